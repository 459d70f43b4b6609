//===- HipOps.td - All ops of the hip dialect -----------------------------===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_OPS_TD
#define HIP_OPS_TD

include "dialect/HipQueryOps.td"
include "dialect/HipPruneOps.td"
include "dialect/HipAttentionOps.td"
include "dialect/HipKernelOps.td"
include "dialect/HipTileOps.td"
include "dialect/HipGpuOps.td"
include "dialect/HipGridOps.td"

#endif // HIP_OPS_TD
