//===- reference/ReferenceLoops.cpp - hip on memrefs to plain scalar loops
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/Steps.h"
#include "passes/Passes.h"
#include "passes/reference/Lowering.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPREFERENCELOOPS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

template <typename OpTy> LogicalResult lowerStep(ScalarBuilder &b, OpTy op) {
  if constexpr (isComposite<OpTy>)
    return op.emitOpError() << "is not lowered to loops; run "
                               "hip-expand-attention and hip-expand-prune "
                               "first";
  else
    reference::lower(b, op);
  return success();
}

LogicalResult lowerOne(Operation *op) {
  if (failed(checkReadable(op)))
    return failure();
  ScalarBuilder b(op->getLoc(), op);
  LogicalResult lowered = success();
  visitStep(op, [&](auto step) { lowered = lowerStep(b, step); });
  return lowered;
}

struct ReferenceLoops : mlir::hip::impl::HipReferenceLoopsBase<ReferenceLoops> {
  void runOnOperation() override {
    // Walk: each op is replaced whole, in any order.
    SmallVector<DestinationStyleOpInterface> ops;
    SmallVector<Operation *> views;
    getOperation()->walk([&](Operation *op) {
      if (KeyStorage::isView(op) || QueryRows::isView(op))
        views.push_back(op);
      else if (isa_and_nonnull<HipDialect>(op->getDialect()) &&
               isa<DestinationStyleOpInterface>(op))
        ops.push_back(cast<DestinationStyleOpInterface>(op));
    });
    for (DestinationStyleOpInterface op : ops) {
      if (!op.hasPureBufferSemantics()) {
        op.emitOpError() << "is on tensors; bufferise first";
        return signalPassFailure();
      }
      if (failed(lowerOne(op)))
        return signalPassFailure();
      op->erase();
    }
    for (Operation *view : views)
      if (view->use_empty())
        view->erase();
  }
};

} // namespace
