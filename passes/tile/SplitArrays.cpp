//===- tile/SplitArrays.cpp - Arrays of each version of a kernel
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/tile/OwnArrays.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPSPLITARRAYS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

struct SplitArrays : mlir::hip::impl::HipSplitArraysBase<SplitArrays> {
  void runOnOperation() override {
    SmallVector<TileKernelOp> kernels;
    getOperation()->walk([&](TileKernelOp kernel) {
      if (kernel.getScheduleAttr())
        kernels.push_back(kernel);
    });
    for (TileKernelOp kernel : kernels)
      OwnArrays(kernel).separate();
  }
};

} // namespace
