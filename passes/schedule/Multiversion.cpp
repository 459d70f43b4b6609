//===- schedule/Multiversion.cpp - Versions of ops for few query rows
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "passes/Passes.h"
#include "passes/schedule/ChipOf.h"
#include "passes/schedule/Sizes.h"
#include "passes/schedule/Tuned.h"
#include "passes/schedule/Versions.h"
#include "passes/support/Debug.h"
#include "passes/support/Keys.h"
#include "passes/support/Names.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPMULTIVERSION
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// Keys of a thread block where each row has several: as many as hide the
/// merge on a GPU.
constexpr int64_t kSplitKeys = 64;

bool mlir::hip::makeVersions(ScalarBuilder &b, Value isFew,
                             ArrayRef<Operation *> ops,
                             function_ref<void(Operation *)> scheduleFew) {
  if (matchPattern(isFew, m_Zero()))
    return false;
  if (matchPattern(isFew, m_One())) {
    llvm::for_each(ops, scheduleFew);
    return true;
  }
  auto branch = scf::IfOp::create(b, isFew, /*withElse=*/true);
  for (Operation *op : ops) {
    OpBuilder inside(branch.getThenRegion().front().getTerminator());
    scheduleFew(inside.clone(*op));
    op->moveBefore(branch.getElseRegion().front().getTerminator());
  }
  return true;
}

/// The same without producers, for parts of the keys.
static ScheduleAttr byParts(ScheduleAttr whole, int64_t keys, int64_t rows) {
  return ScheduleAttr::get(whole.getContext(), whole.getThreads(),
                           whole.getRows(), whole.getColumns(), keys, rows,
                           /*fewRows=*/0, whole.getMinBlocks(),
                           whole.getOrder(), /*stages=*/2, whole.getSwizzled(),
                           /*producers=*/0, MatrixUnit::MmaSync,
                           CopyEngine::CpAsync, /*persistent=*/0,
                           /*cluster=*/1);
}

/// Attention of so few rows that those of all heads that share keys fit a tile
/// is by parts of `keys` keys.
static LogicalResult versionAttention(BlockSparseAttentionOp op, const Few &few,
                                      int64_t keys) {
  ScheduleAttr whole = scheduleFor(op, few.chip);
  if (!whole)
    return failure();
  // A CPU's tiles have the rows that suit its caches.
  int64_t tileRows =
      few.chip ? few.rows : std::min<int64_t>(few.rows, whole.getRows());
  int64_t heads = packedHeads(headsWithOneList(op), tileRows);
  int64_t rows = tileRows / heads;
  ScalarBuilder b(op.getLoc(), op);
  Value isFew = b.compare(arith::CmpIPredicate::ule, b.size(op.getQuery(), 2),
                          b.index(rows));
  if (matchPattern(isFew, m_Zero()))
    return success();
  ScheduleAttr model = whole;
  whole = tunedOr(model, op, few.chip);
  ScheduleAttr parts = tunedOr(byParts(model, keys, tileRows), op, few.chip);
  if (!whole || !parts)
    return failure();
  // In both versions a query block has the same rows.
  settleBlocks(op, whole.getRows());
  op->setAttr(kSchedule, whole);
  debug(DebugTag::Schedule, op, [&](llvm::raw_ostream &out) {
    out << "up to " << rows << " rows in parts of " << parts.getSplitKeys()
        << " keys, " << heads << (heads == 1 ? " head" : " heads")
        << " per tile";
  });
  if (whole == model && !matchPattern(isFew, m_One()))
    tellSchedule(op, whole, few.chip);
  Operation *ops[] = {op};
  makeVersions(b, isFew, ops,
               [&](Operation *version) { version->setAttr(kSchedule, parts); });
  return success();
}

namespace {

struct Multiversion : mlir::hip::impl::HipMultiversionBase<Multiversion> {
  using HipMultiversionBase::HipMultiversionBase;

  void runOnOperation() override {
    constexpr int64_t kMostRows = 1024; // of #hip.schedule
    if (rows < 1 || rows > kMostRows) {
      getOperation()->emitError()
          << "rows = " << rows.getValue() << ", but few are 1 to " << kMostRows;
      return signalPassFailure();
    }
    Few few{rows, lists, nullptr};
    if (!chip.empty()) {
      few.chip = chipOf(getOperation(), chip);
      if (!few.chip)
        return signalPassFailure();
      versionSearches(getOperation(), few);
    }
    int64_t keys = splitKeys >= 0 ? int64_t(splitKeys)
                   : few.chip     ? kSplitKeys
                                  : 0;
    if (keys > 0 && failed(versionAttentions(few, keys)))
      signalPassFailure();
  }

  LogicalResult versionAttentions(const Few &few, int64_t keys) {
    SmallVector<BlockSparseAttentionOp> ops;
    getOperation()->walk([&](BlockSparseAttentionOp op) {
      if (!op->hasAttr(kSchedule) && op.hasPureBufferSemantics())
        ops.push_back(op);
    });
    for (BlockSparseAttentionOp op : ops)
      if (failed(versionAttention(op, few, keys)))
        return failure();
    return success();
  }
};

} // namespace
