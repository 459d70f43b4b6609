//===- Arguments.h - Checks of a call's tensors (S24) -----------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CALL_ARGUMENTS_H
#define HIPC_RUNTIME_CALL_ARGUMENTS_H

#include "runtime/package/Plan.h"

namespace hipc {

/// Checks number, element types, ranks, static sizes and strides of the inputs;
/// their data may be null, for callers that ask for output shapes only.
Status checkInputs(const std::vector<TensorSpec> &specs,
                   std::span<const Tensor> inputs);

/// Checks that the inputs' data is not null and aligned.
Status checkInputAddresses(const std::vector<TensorSpec> &specs,
                           std::span<const Tensor> inputs);

/// Checks everything of an output except its address, against the shape that
/// the call gives it.
Status checkOutput(const TensorSpec &spec, int64_t index, const Dims &shape,
                   const Tensor &output);

/// Checks that an output's data is not null and aligned.
Status checkOutputAddress(const TensorSpec &spec, int64_t index,
                          const Tensor &output);

/// Rejects outputs that share memory with an input, with another output or with
/// the workspace, and a workspace that shares memory with an input. Inputs may
/// share memory, and output i may be input updated[i] itself, unless that is
/// kNoInput: an array that the program updates. Everything else has been
/// checked before.
Status checkOverlaps(std::span<const Tensor> inputs,
                     std::span<const Tensor> outputs,
                     const Tensor &workspace = {nullptr, DType::I8, {0}, {1}},
                     std::span<const size_t> updated = {});

constexpr size_t kNoInput = size_t(-1);

/// Whether two tensors are the same array: the same address and the same form.
bool isSameArray(const Tensor &a, const Tensor &b);

/// Rejects a call with `got` outputs for an entry with `expected`.
Status checkOutputCount(size_t expected, size_t got);

} // namespace hipc

#endif // HIPC_RUNTIME_CALL_ARGUMENTS_H
