//===- CpuBench.cpp - Dense and sparse attention on the CPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CpuBench.h"
#include "Programs.h"

#include "compiler/Compiler.h"
#include "runtime/device/Backend.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>
#include <random>

using namespace hipc;

namespace hip_bench {

namespace {
// As benchmarks/numpy_dense.py has them.
constexpr int64_t kQueryHeads = 8;
constexpr int64_t kKvHeads = 2;
constexpr int64_t kHeadSize = 64;

struct Variant {
  std::string_view name;
  PolicyOptions options;
};
constexpr Variant kVariants[] = {
    {"hip dense", {"dense<block_q = 64>"}},
    {"hip tree(64, 2, keep 512), sink 128, window 512",
     {"tree<block_q = 64, block_k = 2, keep = 512>", 128, 512}},
};

struct Row {
  std::string name;
  Measurement measured;
};
} // namespace

static Expected<OwnedTensor> randomTensor(int64_t heads, int64_t length,
                                          unsigned seed) {
  Expected<OwnedTensor> tensor =
      OwnedTensor::uninitialized(DType::F32, {1, heads, length, kHeadSize});
  if (!tensor)
    return tensor;
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  auto *values = static_cast<float *>(tensor->view.data);
  for (int64_t i = 0; i < heads * length * kHeadSize; ++i)
    values[i] = normal(generator);
  return tensor;
}

static Expected<Measurement> measureProgram(std::string_view text,
                                            const CpuOptions &options,
                                            std::span<const Tensor> inputs) {
  Expected<std::unique_ptr<device::Backend>> cpu =
      device::createCpu(options.numpy.threads);
  if (!cpu)
    return cpu.status();
  CompileOptions compileOptions;
  compileOptions.pipeline = options.pipeline;
  Expected<Package> package = compile(text, compileOptions);
  if (!package)
    return package.status();
  Expected<device::ExecutableRef> program = (*cpu)->load(std::move(*package));
  if (!program)
    return program.status();
  Expected<int64_t> outputBytes = denseBytes(DType::F32, inputs[0].dims);
  return measure(options.numpy.repeat, *outputBytes,
                 [&] { return (*program)->call(inputs, 1).status(); });
}

static Expected<OwnedTensor> copyOf(const std::vector<int32_t> &values,
                                    const Dims &dims) {
  Expected<OwnedTensor> tensor = OwnedTensor::uninitialized(DType::I32, dims);
  if (tensor)
    std::memcpy(tensor->view.data, values.data(),
                values.size() * sizeof(int32_t));
  return tensor;
}

static ListShape shapeOf(int64_t length) {
  return {1, kQueryHeads, kKvHeads, length, length, kHeadSize};
}

/// Attention over given lists.
static Expected<Row> measureLists(const ListOptions &lists,
                                  const CpuOptions &options,
                                  std::vector<Tensor> inputs, int64_t length) {
  ListShape shape = shapeOf(length);
  HIPC_RETURN_IF_ERROR(checkMemory(lists, shape));
  BlockLists made = makeLists(lists, shape);
  Expected<OwnedTensor> blocks = copyOf(made.blocks, made.blockDims),
                        counts = copyOf(made.counts, made.countDims);
  for (const Expected<OwnedTensor> *tensor : {&blocks, &counts}) {
    HIPC_RETURN_IF_ERROR(tensor->status());
    inputs.push_back((*tensor)->view);
  }
  Expected<Measurement> measured = measureProgram(
      listProgram(lists, shape, "f32", /*schedule=*/""), options, inputs);
  if (!measured)
    return measured.status();
  return Row{join("hip lists(", lists.blockQ, ", ", lists.blockK, ", keep ",
                  lists.keep, "), ", nameOf(lists.kind), ", heads ",
                  nameOf(lists.sharing), lists.causal ? "" : ", not causal"),
             *measured};
}

static Expected<std::vector<Row>> measureAll(const CpuOptions &options,
                                             int64_t length) {
  std::vector<Row> rows;
  auto add = [&](std::string_view name, Expected<Measurement> measured) {
    if (measured)
      rows.push_back({std::string(name), *measured});
    return measured.status();
  };
  HIPC_RETURN_IF_ERROR(add("numpy dense, threads in BLAS",
                           measureNumpy(options.numpy, length, false)));
  HIPC_RETURN_IF_ERROR(add("numpy dense, one thread per query block",
                           measureNumpy(options.numpy, length, true)));
  std::vector<OwnedTensor> owned;
  std::vector<Tensor> inputs;
  for (unsigned i = 0; i < 3; ++i) {
    auto tensor = randomTensor(i == 0 ? kQueryHeads : kKvHeads, length, i);
    if (!tensor)
      return tensor.status();
    inputs.push_back(tensor->view);
    owned.push_back(std::move(*tensor));
  }
  for (const Variant &variant : kVariants)
    HIPC_RETURN_IF_ERROR(add(
        variant.name,
        measureProgram(policyProgram(variant.options, shapeOf(length), "f32",
                                     /*schedule=*/""),
                       options, inputs)));
  for (const ListOptions &lists : options.lists) {
    Expected<Row> row = measureLists(lists, options, inputs, length);
    if (!row)
      return row.status();
    rows.push_back(std::move(*row));
  }
  return rows;
}

/// Ratios are to the faster NumPy, the first two rows, and to our dense.
static void print(const std::vector<Row> &rows) {
  double numpy = std::min(rows[0].measured.medianMs, rows[1].measured.medianMs);
  double dense = rows[2].measured.medianMs;
  llvm::outs() << "   median ms  vs numpy  vs dense  beyond MiB\n";
  for (const Row &row : rows) {
    double ms = row.measured.medianMs;
    llvm::outs() << llvm::format("%12.3f %8.2fx %8.2fx %11.1f  ", ms,
                                 numpy / ms, dense / ms, row.measured.beyondMib)
                 << row.name;
    if (row.measured.scale > 1)
      llvm::outs() << llvm::format(
          " (1 KV group and 1 query block in 16 measured; time scaled by %.1f)",
          row.measured.scale);
    llvm::outs() << "\n";
  }
}

Status benchCpu(const CpuOptions &options) {
  for (int64_t length : options.lengths) {
    llvm::outs() << "T = " << length << ", " << kQueryHeads << " query and "
                 << kKvHeads << " KV heads, D = " << kHeadSize
                 << ", f32, causal; " << options.numpy.threads
                 << " threads, pipeline " << options.pipeline << ", median of "
                 << options.numpy.repeat << "\n";
    llvm::outs().flush();
    Expected<std::vector<Row>> rows = measureAll(options, length);
    if (!rows)
      return rows.status();
    print(*rows);
  }
  return {};
}

} // namespace hip_bench
