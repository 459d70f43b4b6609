//===- TensorMaps.h - Encoding of tensor maps -------------------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CUDA_TENSORMAPS_H
#define HIPC_RUNTIME_CUDA_TENSORMAPS_H

#include "runtime/call/TensorMaps.h"
#include "runtime/cuda/Driver.h"

namespace hipc::cuda {

/// Rejects a driver that cannot encode the maps of a plan.
Status checkDriver(const Driver &driver, const Plan &plan);

/// Rejects sizes and strides that the driver's call does not accept.
Status checkForm(const BoundMap &map);

/// The same of the address.
Status checkAddress(const BoundMap &map);

/// Encodes the bytes of a map that has been checked, unless that was done
/// before. A context has to be current.
Status encode(const Driver &driver, BoundMap &map);

} // namespace hipc::cuda

#endif // HIPC_RUNTIME_CUDA_TENSORMAPS_H
