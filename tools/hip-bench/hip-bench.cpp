//===- hip-bench.cpp - Times beside NumPy
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CpuBench.h"

#include "runtime/cpu/ThreadPool.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

namespace cl = llvm::cl;
using namespace hipc;
using namespace hip_bench;

static cl::OptionCategory category("hip-bench options");
static cl::SubCommand cpu("cpu", "causal attention on the CPU: NumPy dense, "
                                 "our dense, our tree");
static cl::list<int64_t> lengths("T", cl::desc("lengths (16384,65536)"),
                                 cl::CommaSeparated, cl::cat(category),
                                 cl::sub(cpu));
static cl::opt<int64_t> threads("threads", cl::desc("workers (default: 2)"),
                                cl::init(2), cl::cat(category), cl::sub(cpu));
static cl::opt<int64_t> repeat("repeat", cl::desc("runs a median (default: 3)"),
                               cl::init(3), cl::cat(category), cl::sub(cpu));
static cl::opt<std::string> pipeline("pipeline",
                                     cl::desc("of our programs (default: cpu)"),
                                     cl::init("cpu"), cl::cat(category),
                                     cl::sub(cpu));
static cl::opt<std::string> python("python", cl::desc("a Python with NumPy"),
                                   cl::init("python3"), cl::cat(category),
                                   cl::sub(cpu));
static cl::opt<std::string>
    script("numpy-script", cl::desc("default: benchmarks/numpy_dense.py"),
           cl::init("benchmarks/numpy_dense.py"), cl::cat(category),
           cl::sub(cpu));

static Status checkRange(std::string_view flag, int64_t value, int64_t most) {
  if (value >= 1 && value <= most)
    return {};
  return error(Code::Invalid, "--", flag, " ", value,
               ", but it has to be at least 1 and at most ", most);
}

static Status runTool() {
  constexpr int64_t kMostRuns = 1000, kLongest = int64_t{1} << 24;
  if (!cpu)
    return error(Code::Invalid, "no subcommand: there is 'cpu'");
  if (lengths.empty()) {
    lengths.push_back(16384);
    lengths.push_back(65536);
  }
  HIPC_RETURN_IF_ERROR(
      checkRange("threads", threads, ThreadPool::kMostWorkers));
  HIPC_RETURN_IF_ERROR(checkRange("repeat", repeat, kMostRuns));
  for (int64_t length : lengths)
    HIPC_RETURN_IF_ERROR(checkRange("T", length, kLongest));
  return benchCpu({std::vector<int64_t>(lengths.begin(), lengths.end()),
                   pipeline,
                   {python, script, threads, repeat}});
}

int main(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  cl::HideUnrelatedOptions(category, cpu);
  cl::ParseCommandLineOptions(argc, argv, "hip-bench: times beside NumPy\n");
  Status status = runTool();
  if (status.ok())
    return 0;
  llvm::errs() << "hip-bench: error: " << status.message() << "\n";
  return 1;
}
