//===- nvvm/CopyPatterns.cpp - Rows of arrays to shared memory
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "passes/nvvm/Patterns.h"
#include "passes/support/AddressSpaces.h"
#include "passes/support/RowMap.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::nvvm;

using Predicate = arith::CmpIPredicate;

namespace {

/// A row to copy, if it is live. What fixed indices add to its address is
/// summed first.
struct SourceRow {
  Value live;
  RowPlace place;

  Value address(ScalarBuilder &b, Value column) const {
    SmallVector<Value> at(place.indices), known(place.fixed);
    at.push_back(column);
    known.push_back(column);
    return addressOf(b, place.storage, at, known);
  }
};

/// Copies rows, by vectors of 16 bytes where rows are whole ones, else element
/// by element. Rows that are not live are 0.
class RowCopy {
public:
  RowCopy(ThreadBuilder &b, Memory to, function_ref<SourceRow(Value)> rowAt)
      : b(b), to(to), rowAt(rowAt) {
    int64_t bytes = to.type.getElementBytes();
    isWhole = to.type.getColumns() * bytes % layout::kVectorBytes == 0 &&
              to.type.getPitch() % layout::kVectorBytes == 0;
    step = isWhole ? layout::kVectorBytes / bytes : 1;
    width = to.type.getColumns() / step;
  }

  /// Copies, and waits. Vectors go past the registers and wait together.
  void run() {
    if (!isWhole)
      return b.overPlaces(
          to.type.getRows(), to.type.getColumns(), /*unrolled=*/false,
          [&](Value r, Value column) { moveElement(r, column); });
    Operation *group = NVVM::CpAsyncCommitGroupOp::create(b);
    NVVM::CpAsyncWaitGroupOp::create(b, 0);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(group);
    constexpr int64_t kMostWritten = 8; // which registers have addresses for
    issue(group, to.type.getRows() * width <= kMostWritten * b.threads);
  }

  /// The copies of a group are issued in a row, right before `group`: for each
  /// that follows another instruction costs sm_90 three more.
  void runAsync(Operation *group) { issue(group, /*isShort=*/true); }

private:
  void issue(Operation *group, bool isShort) {
    SmallVector<std::function<void()>> copies;
    bool unrolled = isShort && b.canUnroll(to.type.getRows(), width);
    b.overPlaces(
        to.type.getRows(), width, unrolled, [&](Value r, Value vector) {
          Value column = b.mul(vector, b.index(step));
          SourceRow row = rowAt(r);
          Value target = b.pointer(to, r, column),
                from = row.address(b, column);
          Value bytes =
              b.select(row.live, b.i32(layout::kVectorBytes), b.i32(0));
          Value source = toPointer(b, from, kGlobalSpace);
          auto copy = [this, target, source, bytes] {
            copyVector(target, source, bytes);
          };
          unrolled ? copies.push_back(copy) : copy();
        });
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(group);
    for (auto &copy : copies)
      copy();
  }

  /// Where one warp copies rows of several lines of the L2 cache, a line is
  /// fetched whole for the copies that follow: dense decode is 3 % faster so on
  /// sm_90a; where more warps copy it is up to 2 % slower. NVVM has no op that
  /// says so.
  void copyVector(Value target, Value source, Value bytes) {
    constexpr int64_t kLine = 128;
    int64_t row = to.type.getColumns() * to.type.getElementBytes();
    if (b.threads > layout::kWarp || row <= kLine || row % kLine != 0) {
      NVVM::CpAsyncOp::create(b, target, source, layout::kVectorBytes,
                              NVVM::LoadCacheModifierKind::CG, bytes);
      return;
    }
    Value offset = b.i32(takeOffset(target));
    assembly(b, {}, {target, offset, source, bytes},
             "cp.async.cg.shared.global.L2::128B [$0+$1], [$2], 16, $3;",
             "l,n,l,r,~{memory}");
  }

  /// What is stored; 0 where the row is not live.
  void moveElement(Value r, Value column) {
    SourceRow row = rowAt(r);
    Type type = to.type.getElementType();
    auto load = [&] {
      Value from = toPointer(b, row.address(b, column), kGlobalSpace);
      return SmallVector<Value>{
          LLVM::LoadOp::create(b, type, from, to.type.getElementBytes())};
    };
    auto zero = [&] {
      return SmallVector<Value>{
          arith::ConstantOp::create(b, b.getZeroAttr(type))};
    };
    b.write(b.ifElse(row.live, type, load, zero)[0], to, r, column);
  }

  ThreadBuilder &b;
  Memory to;
  function_ref<SourceRow(Value)> rowAt;
  bool isWhole;
  int64_t step, width;
};

} // namespace

/// Where the copies of an op's group are issued: at the commit or the arrival
/// that stands for them, or the end of the block that it is after.
static Operation *groupOf(Operation *op) {
  for (Operation *next = op; next; next = next->getNextNode())
    if (isa<GpuCommitOp, GpuArriveOp>(next))
      return next;
  return op->getBlock()->getTerminator();
}

template <typename OpTy>
static void copyRows(ThreadBuilder &b, OpTy op, Value pointer,
                     function_ref<SourceRow(Value)> rowAt) {
  RowCopy copy(b, {pointer, op.getMemory().getType()}, rowAt);
  op.getAsync() ? copy.runAsync(groupOf(op)) : copy.run();
}

static Value lowerCopy(ThreadBuilder &b, GpuCopyOp op,
                       GpuCopyOp::Adaptor adaptor) {
  RowMap map(viewOf(op.getView()));
  Value last = map.lastIndex(b, op.getBoundary());
  copyRows(b, op, adaptor.getMemory(), [&](Value r) -> SourceRow {
    RowPlace at = map.held(b, r, last);
    at.fixed.clear();
    return {map.isThere(b, at), at};
  });
  return {};
}

static Value lowerGather(ThreadBuilder &b, GpuGatherOp op,
                         GpuGatherOp::Adaptor adaptor) {
  Memory rows{adaptor.getRows(), op.getRows().getType()};
  RowMap map(viewOf(op.getView()));
  copyRows(b, op, adaptor.getMemory(), [&](Value r) -> SourceRow {
    Value number = b.read(rows, b.index(0), r);
    Value live = b.compare(Predicate::sge, number, b.i32(0));
    // A dead row's address is not used.
    Value row = arith::IndexCastUIOp::create(b, b.getIndexType(), number);
    return {live, map.at(b, row, live)};
  });
  return {};
}

/// The box at a place of an array's map: {number, row, head, batch, panel}.
static void copyBox(ThreadBuilder &b, Value target, Value map, Value mbarrier,
                    ArrayRef<Value> place) {
  auto cluster = LLVM::LLVMPointerType::get(b.getContext(), kClusterSpace);
  target = LLVM::AddrSpaceCastOp::create(b, cluster, target);
  NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
      b, target, map, place, mbarrier, ValueRange(), Value(), Value(),
      NVVM::TMALoadMode::TILE, /*isCTAOnly=*/false, NVVM::CTAGroupKindAttr(),
      Value());
}

/// The first lane announces the bytes and arrives; then each lane copies a box,
/// or those that are beside each other. A batch entry that there is not has
/// rows of zeros.
static Value lowerGatherBoxes(ThreadBuilder &b, GpuGatherBoxesOp op,
                              GpuGatherBoxesOp::Adaptor adaptor) {
  Memory to{adaptor.getMemory(), op.getMemory().getType()},
      rows{adaptor.getRows(), op.getRows().getType()};
  int64_t boxes = to.type.getRows() / int64_t(op.getRuns());
  Value mbarrier =
      b.pointer({adaptor.getMbarriers(), op.getMbarriers().getType()},
                b.index(0), op.getIndex());
  auto isBelow = [&](int64_t count) {
    return b.compare(Predicate::ult, b.thread, b.index(count));
  };
  b.when(isBelow(1), [&] {
    NVVM::MBarrierArriveExpectTxOp::create(
        b, Type(), mbarrier, b.i32(to.type.getStageBytes()),
        NVVM::MemScopeKind::CTA, /*relaxed=*/false, Value());
  });
  b.when(isBelow(layout::kWarp),
         [&] { NVVM::SyncWarpOp::create(b, b.i32(-1)); });
  // The outliner passes it by value: in memory.
  Value map = UnrealizedConversionCastOp::create(
                  b, LLVM::LLVMPointerType::get(b.getContext()), op.getMap())
                  .getResult(0);
  b.when(isBelow(boxes), [&] {
    Value first = b.mul(b.thread, b.index(op.getRuns()));
    Value number = b.read(rows, b.index(0), first);
    Value live = b.compare(Predicate::sge, number, b.i32(0));
    Value batch = b.select(live, b.toI32(op.getBatch()), b.i32(-1));
    int64_t columns = to.type.getSwizzle() / to.type.getElementBytes();
    int64_t panels = boxes == 1 ? 1 : to.type.getColumns() / columns;
    for (int64_t panel = 0; panel < panels; ++panel)
      copyBox(b, b.pointer(to, first, b.index(panel * columns)), map, mbarrier,
              {b.i32(0), number, b.toI32(op.getHead()), batch, b.i32(panel)});
  });
  return {};
}

static Value lowerCommit(ThreadBuilder &b, GpuCommitOp, GpuCommitOp::Adaptor) {
  NVVM::CpAsyncCommitGroupOp::create(b);
  return {};
}

static Value lowerWait(ThreadBuilder &b, GpuWaitOp op, GpuWaitOp::Adaptor) {
  NVVM::CpAsyncWaitGroupOp::create(b, op.getPending());
  return {};
}

void mlir::hip::nvvm::addCopyPatterns(const TypeConverter &types,
                                      RewritePatternSet &patterns) {
  addPattern(types, patterns, lowerCopy);
  addPattern(types, patterns, lowerGather);
  addPattern(types, patterns, lowerGatherBoxes);
  addPattern(types, patterns, lowerCommit);
  addPattern(types, patterns, lowerWait);
}
