//===- CopyLoops.cpp - memref.copy to loops
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Passes.h"
#include "passes/support/ScalarBuilder.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPCOPYLOOPS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

void copyNest(ScalarBuilder &b, memref::CopyOp copy,
              SmallVector<Value> &indices) {
  int64_t dimension = indices.size();
  if (dimension == cast<MemRefType>(copy.getSource().getType()).getRank())
    return b.store(b.load(copy.getSource(), indices), copy.getTarget(),
                   indices);
  b.loop(b.size(copy.getSource(), dimension), [&](Value iv) {
    indices.push_back(iv);
    copyNest(b, copy, indices);
    indices.pop_back();
  });
}

struct CopyLoops : mlir::hip::impl::HipCopyLoopsBase<CopyLoops> {
  void runOnOperation() override {
    // Walk: each copy is replaced whole.
    getOperation()->walk([](memref::CopyOp copy) {
      ScalarBuilder b(copy.getLoc(), copy);
      SmallVector<Value> indices;
      copyNest(b, copy, indices);
      copy.erase();
    });
  }
};

} // namespace
