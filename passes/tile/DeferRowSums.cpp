//===- tile/DeferRowSums.cpp - Sums of rows that wait for the end of a loop
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   for i, s: s' = fma(s, decay, sum of the rows of w)
//
// becomes
//
//   for i, t: t' = fma(t, decay per row, sums of every eighth column of w)
//   s = sum of the rows of t
//
// Threads that share a row then meet once, and not in each iteration.
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "dialect/layout/Layout.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "passes/Passes.h"
#include "passes/support/Debug.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPDEFERROWSUMS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// Columns that are left of a row: those that all units have.
constexpr int64_t kColumns = layout::kMmaColumns;

namespace {

/// Row sums that a loop carries as its argument `number`.
struct RowSums {
  scf::ForOp loop;
  unsigned number;
  TileMapOp update;
  TileReduceOp fold;

  BlockArgument before() { return loop.getRegionIterArg(number); }
  bool find();
  void defer();

private:
  bool isFma();
};

} // namespace

/// Whether the update is fma(before, x, fold) or fma(x, before, fold).
bool RowSums::isFma() {
  Block &body = update.getBody().front();
  auto fma = body.getTerminator()->getOperand(0).getDefiningOp<math::FmaOp>();
  if (!fma || body.getOperations().size() != 2 ||
      update.getSources().size() != 3)
    return false;
  auto sourceOf = [&](Value argument) -> Value {
    return update.getSources()[cast<BlockArgument>(argument).getArgNumber()];
  };
  bool scales =
      sourceOf(fma.getA()) == before() || sourceOf(fma.getB()) == before();
  return scales && sourceOf(fma.getC()) == fold.getTile() &&
         fma.getA() != fma.getB();
}

bool RowSums::find() {
  auto init = loop.getInitArgs()[number].getDefiningOp<TileSplatOp>();
  auto tile = dyn_cast<TileType>(before().getType());
  if (!init || !matchPattern(init.getValue(), m_PosZeroFloat()) ||
      !tile.isVector() || !before().hasOneUse())
    return false;
  update = dyn_cast<TileMapOp>(*before().user_begin());
  if (!update || !update->hasOneUse() || update->getBlock() != loop.getBody() ||
      loop.getYieldedValues()[number] != update.getTile() ||
      update.getSources().front() != before())
    return false;
  for (Value source : update.getSources())
    if (auto reduce = source.getDefiningOp<TileReduceOp>())
      if (reduce.getKind() == TileReduceKind::Sum && reduce.getAxis() == 1 &&
          reduce->hasOneUse())
        fold = reduce;
  return fold && isFma() &&
         fold.getSource().getType().getColumns() % kColumns == 0;
}

void RowSums::defer() {
  OpBuilder b(loop);
  Location loc = fold.getLoc();
  auto init = loop.getInitArgs()[number].getDefiningOp<TileSplatOp>();
  TileType rows = fold.getTile().getType();
  auto type = TileType::get(b.getContext(), {rows.getSize(), kColumns},
                            rows.getElementType());
  loop.getInitArgsMutable()[number].set(
      TileSplatOp::create(b, loc, type, init.getValue()));
  for (Value value : {Value(before()), Value(fold.getTile()),
                      Value(update.getTile()), Value(loop.getResult(number))})
    value.setType(type);
  SmallVector<int64_t> axes;
  for (Value source : update.getSources())
    axes.push_back(source.getType() == type ? -1 : 0);
  update.setAxes(axes);
  // Where a row's sum does not change, its columns may.
  update.getChangesMutable().clear();
  b.setInsertionPointAfter(loop);
  Value all = loop.getResult(number);
  auto sum = TileReduceOp::create(b, loc, rows, TileReduceKind::Sum, all,
                                  /*axis=*/1);
  all.replaceAllUsesExcept(sum.getTile(), sum);
  debug(DebugTag::Schedule, loop, [](llvm::raw_ostream &out) {
    out << "sums " << kColumns << " columns of each row, and these at its end";
  });
}

namespace {

struct DeferRowSums : mlir::hip::impl::HipDeferRowSumsBase<DeferRowSums> {
  void runOnOperation() override {
    getOperation()->walk([](scf::ForOp loop) {
      if (!loop->getParentOfType<TileKernelOp>())
        return;
      for (unsigned i = 0; i < loop.getNumRegionIterArgs(); ++i)
        if (RowSums sums{loop, i, {}, {}}; sums.find())
          sums.defer();
    });
  }
};

} // namespace
