//===- QualityFlags.cpp - The flags of `hip-bench quality`
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QualityFlags.h"

#include "runtime/cpu/ThreadPool.h"

namespace cl = llvm::cl;
using namespace hipc;

namespace hip_bench {

QualityFlags::QualityFlags(cl::OptionCategory &category,
                           cl::SubCommand &command)
    : attention(category, command),
      files(cl::Positional, cl::desc("q.npy k.npy v.npy..."), cl::cat(category),
            cl::sub(command)),
      policies(category, command, "policies",
               "policies to compare, separated by ';' (default: dense, and for "
               "each --keep a window, tree, stages, boxes and a union)",
               cl::value_desc("policy; policy...")),
      device(category, command, "device", "auto (default), cpu, cuda",
             cl::init("auto")),
      keep("keep",
           cl::desc("keys that each policy keeps beside sinks and window "
                    "(default: 512,1024,2048)"),
           cl::CommaSeparated, cl::cat(category), cl::sub(command)),
      recall(category, command, "recall",
             "the wanted share of the best keys (default: 0.99)",
             cl::init(0.99)),
      rows(category, command, "rows",
           "query rows of a recording to measure (default: 64)", cl::init(64),
           cl::value_desc("count")),
      top(category, command, "top",
          "best keys of a row to look for (default: 64)", cl::init(64),
          cl::value_desc("count")),
      repeat(category, command, "repeat", "runs per median (default: 3)",
             cl::init(3)),
      threads(category, command, "threads",
              "workers (default: one per processor)", cl::value_desc("count")),
      json(category, command, "json", "print one JSON object per line") {
  attention.comparePolicies();
}

Status QualityFlags::check() const {
  constexpr int64_t kMostKeep = int64_t{1} << 26, kMostRuns = 1000,
                    kMost = std::numeric_limits<int32_t>::max();
  for (const auto *flag : {&rows, &top})
    HIPC_RETURN_IF_ERROR(hip_tool::checkRange(*flag, 1, kMost));
  HIPC_RETURN_IF_ERROR(hip_tool::checkRange(repeat, 1, kMostRuns));
  if (threads.getNumOccurrences())
    HIPC_RETURN_IF_ERROR(
        hip_tool::checkRange(threads, 1, ThreadPool::kMostWorkers));
  for (int64_t each : keep)
    if (each < 1 || each > kMostKeep || each % kKeepMultiple)
      return error(Code::Invalid, "--keep ", each,
                   ", but it has to be a multiple of ", kKeepMultiple,
                   " of at most ", kMostKeep);
  if (!keep.empty() && policies.getNumOccurrences())
    return error(Code::Invalid,
                 "--keep is for the default policies, which --policies "
                 "replaces; give only one of the two");
  if (!(recall >= 0 && recall <= 1))
    return error(Code::Invalid, "--recall ", std::to_string(recall),
                 ", but it has to be at least 0 and at most 1");
  return {};
}

Expected<QualityOptions> QualityFlags::read() const {
  HIPC_RETURN_IF_ERROR(check());
  Expected<AttentionProgram> program = attention.read();
  if (!program)
    return program.status();
  std::vector<int64_t> keeps(keep.begin(), keep.end());
  if (keeps.empty())
    keeps = {512, 1024, 2048};
  QualityOptions options;
  options.contenders = contenders(keeps);
  if (policies.getNumOccurrences()) {
    auto named = readContenders(policies.getValue());
    if (!named)
      return named.status();
    options.contenders = std::move(*named);
  }
  options.files = {files.begin(), files.end()};
  options.program = std::move(*program);
  options.recall = recall;
  options.rows = rows;
  options.top = top;
  options.repeat = repeat;
  options.threads = threads;
  options.device = device;
  options.json = json;
  return options;
}

} // namespace hip_bench
