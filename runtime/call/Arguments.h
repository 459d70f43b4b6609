//===- Arguments.h - Checks of a call's tensors (S24) -----------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CALL_ARGUMENTS_H
#define HIPC_RUNTIME_CALL_ARGUMENTS_H

#include "runtime/package/Plan.h"

namespace hipc {

/// Checks number, element types, ranks, static sizes and strides of the inputs;
/// their data may be null, for callers that ask for output shapes only.
Status checkInputs(const std::vector<TensorSpec> &specs,
                   std::span<const Tensor> inputs);

/// Checks that the inputs' data is there and aligned.
Status checkInputAddresses(const std::vector<TensorSpec> &specs,
                           std::span<const Tensor> inputs);

/// Checks one output but for its address, against the shape that the call gives
/// it.
Status checkOutput(const TensorSpec &spec, int64_t index, const Dims &shape,
                   const Tensor &output);

/// Checks that an output's data is there and aligned.
Status checkOutputAddress(const TensorSpec &spec, int64_t index,
                          const Tensor &output);

/// Refuses outputs that share memory with an input, with another output or with
/// the workspace, and a workspace that does with an input. Inputs may share,
/// and output i may be input updated[i] itself, where that is no kNoInput: an
/// array that the program brings up to date. All have been checked but for
/// this.
Status checkOverlaps(std::span<const Tensor> inputs,
                     std::span<const Tensor> outputs,
                     const Tensor &workspace = {nullptr, DType::I8, {0}, {1}},
                     std::span<const size_t> updated = {});

constexpr size_t kNoInput = size_t(-1);

/// Whether two are one array: at one place, and read the same way.
bool isSameArray(const Tensor &a, const Tensor &b);

/// Refuses a call with `got` outputs for an entry with `expected`.
Status checkOutputCount(size_t expected, size_t got);

} // namespace hipc

#endif // HIPC_RUNTIME_CALL_ARGUMENTS_H
