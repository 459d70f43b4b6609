//===- nvvm/CopyPatterns.cpp - Rows of arrays to shared memory
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "passes/nvvm/Patterns.h"
#include "passes/support/AddressSpaces.h"
#include "passes/support/Keys.h"
#include "passes/support/TileOps.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::nvvm;

using Predicate = arith::CmpIPredicate;

namespace {

/// A row of an array to copy, if it is live. What `fixed` indices add to its
/// address is summed first.
struct SourceRow {
  Value live, array;
  SmallVector<Value> indices, fixed;

  Value address(ScalarBuilder &b, Value column) const {
    SmallVector<Value> place(indices), known(fixed);
    place.push_back(column);
    known.push_back(column);
    return addressOf(b, array, place, known);
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
    runAsync(group);
  }

  /// The copies of a group are issued in a row, right before `group`: for each
  /// that follows another instruction costs sm_90 three more.
  void runAsync(Operation *group) {
    SmallVector<std::function<void()>> copies;
    bool unrolled = b.canUnroll(to.type.getRows(), width);
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
            NVVM::CpAsyncOp::create(b, target, source, layout::kVectorBytes,
                                    NVVM::LoadCacheModifierKind::CG, bytes);
          };
          unrolled ? copies.push_back(copy) : copy();
        });
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(group);
    for (auto &copy : copies)
      copy();
  }

private:
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
  Value last = lastRow(b, op);
  copyRows(b, op, adaptor.getMemory(), [&](Value r) -> SourceRow {
    SmallVector<Value> at =
        rowPlace(b, op.getIndices(), op.getHeads(), r, last);
    Value live = b.compare(Predicate::slt, at.back(), op.getLimit());
    return {live, op.getSource(), at, {}};
  });
  return {};
}

static Value lowerGather(ThreadBuilder &b, GpuGatherOp op,
                         GpuGatherOp::Adaptor adaptor) {
  Memory rows{adaptor.getRows(), op.getRows().getType()};
  copyRows(b, op, adaptor.getMemory(), [&](Value r) -> SourceRow {
    Value number = b.read(rows, b.index(0), r);
    Value live = b.compare(Predicate::sge, number, b.i32(0));
    // A dead row's address is not used.
    Value key = arith::IndexCastUIOp::create(b, b.getIndexType(), number);
    StoredRow row =
        storedRow(b, op.getSource(), op.getBatch(), op.getHead(), key, live);
    return {live, row.storage, row.indices, {op.getBatch(), op.getHead()}};
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
  addPattern(types, patterns, lowerCommit);
  addPattern(types, patterns, lowerWait);
}
