//===- Cubins.h - Machine code that the driver made of PTX ------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CUDA_CUBINS_H
#define HIPC_RUNTIME_CUDA_CUBINS_H

#include "runtime/cuda/CudaDevice.h"
#include "runtime/package/PackageFolder.h"

namespace hipc::cuda {

/// The cubin of `ptx` for the device, from the folder or made now and kept
/// there. Nothing where the driver makes none: loading the PTX says why.
std::optional<std::string> cubinOf(const CudaDevice &device,
                                   const std::string &ptx,
                                   const PackageFolder &folder);

} // namespace hipc::cuda

#endif // HIPC_RUNTIME_CUDA_CUBINS_H
