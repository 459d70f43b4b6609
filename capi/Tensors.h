//===- Tensors.h - Tensors of DLPack as ours
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_CAPI_TENSORS_H
#define HIPC_CAPI_TENSORS_H

#include "capi/hipc.h"
#include "runtime/package/Plan.h"

#include <vector>

namespace hipc::capi {

/// Nothing for a type that programs do not have.
std::optional<DType> dtypeOf(hipc_dtype dtype);
hipc_dtype dtypeOf(DType dtype);

/// "f32", or the numbers of a type without a name.
std::string spell(hipc_dtype dtype);

/// Arguments of a call on `device`; `role` is "input" or "output", and `specs`
/// say which of them are numbers, in memory of the host. Sizes,
/// strides and addresses are the program's to check. `read` may hold what an
/// earlier call has read: tensors of the same form are then read faster.
Status readTensors(const hipc_tensor *const *tensors, int32_t count,
                   std::string_view role, hipc_device device,
                   std::vector<Tensor> &read,
                   std::span<const TensorSpec> specs = {});

} // namespace hipc::capi

#endif // HIPC_CAPI_TENSORS_H
