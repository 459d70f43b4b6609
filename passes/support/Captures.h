//===- support/Captures.h - What a kernel takes from around it
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_CAPTURES_H
#define HIP_PASSES_SUPPORT_CAPTURES_H

#include "dialect/HipOps.h"
#include "passes/support/ScalarBuilder.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::hip {

/// Rejects kernels that are not in a func.func.
LogicalResult checkKernel(TileKernelOp kernel);

/// Copies constants into the kernel and returns the other values that it
/// captures: numbers, memrefs and, if it `takesMaps`, tensor maps. Any other is
/// an error.
FailureOr<SetVector<Value>> captureValues(TileKernelOp kernel,
                                          bool takesMaps = false);

/// Size of a tensor map that the driver encodes (CUDA driver API, CUtensorMap).
constexpr int64_t kTensorMapBytes = 128, kTensorMapAlignment = 64;

/// What a kernel of PTX before ISA 8.1 takes.
constexpr int64_t kMostArgumentBytes = 4096;

/// Bytes of arguments for `values`: a memref is a pointer, its sizes and its
/// strides.
int64_t argumentBytes(const SetVector<Value> &values);

/// The name as a PTX identifier: letters, digits, _ and $, no digit in front.
std::string spelledForPtx(StringRef name);

/// `name`, or with a number after it where the module has that symbol.
std::string unusedName(ModuleOp module, StringRef name);

/// Calls `outline` on each kernel of the module, with a name for it that no
/// symbol has and that PTX can spell: that of its function and its number.
LogicalResult
forEachKernel(ModuleOp module,
              function_ref<LogicalResult(TileKernelOp, StringRef)> outline);

/// A memref that starts at `pointer`: sizes and strides are i64.
Value describe(ScalarBuilder &b, MemRefType type, Value pointer, Value offset,
               ValueRange sizes, ValueRange strides);

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_CAPTURES_H
