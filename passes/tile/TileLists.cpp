//===- tile/TileLists.cpp - Range list ops to kernels, a cell a list
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/ListSteps.h"
#include "passes/tile/Lowering.h"

using namespace mlir;
using namespace mlir::hip;

using Predicate = arith::CmpIPredicate;

/// A kernel with one cell for each list {batch, head, query block} of `counts`.
static void onEachList(TileBuilder &b, Value counts,
                       function_ref<void(ValueRange)> body) {
  b.kernel({b.size(counts, 2), b.size(counts, 1), b.size(counts, 0)},
           [&](ValueRange cell) {
             SmallVector<Value> list{cell[2], cell[1], cell[0]};
             body(list);
           });
}

template <typename OpTy> static void lowerList(TileBuilder &b, OpTy op) {
  onEachList(b, op.getOuts()[1],
             [&](ValueRange list) { emitList(b, op, list); });
}
void mlir::hip::tile::lower(TileBuilder &b, PartitionOp op) {
  lowerList(b, op);
}
void mlir::hip::tile::lower(TileBuilder &b, SplitOp op) { lowerList(b, op); }
void mlir::hip::tile::lower(TileBuilder &b, BlocksOp op) { lowerList(b, op); }

namespace {

/// S12 without sorting: the keep-th greatest score is built bit by bit from
/// counts, so that a list costs 33 passes that vectorise, whatever its order.
class Selection {
public:
  Selection(TileBuilder &b, SelectOp op, ValueRange list)
      : b(b), op(op), list(list), zero(b.index(0)), one(b.index(1)),
        keep(b.toI32(b.index(op.getKeep()))) {}

  void run() {
    present = b.loadIndex(op.getCounts(), list);
    auto type = MemRefType::get({ShapedType::kDynamic}, b.getI32Type());
    orders = memref::AllocOp::create(b, type, ValueRange{present});
    b.loop(present, [&](Value x) { b.store(orderOf(x), orders, {x}); });
    Value none = i32(0);
    Value threshold = b.ifElse(
        b.compare(Predicate::sgt, b.toI32(present), keep), b.getI32Type(),
        [&] { return SmallVector<Value>{findThreshold()}; },
        [&] { return SmallVector<Value>{none}; })[0];
    write(threshold);
    memref::DeallocOp::create(b, orders);
  }

private:
  Value i32(int64_t value) {
    return arith::ConstantOp::create(b, b.getI32IntegerAttr(int32_t(value)));
  }

  /// A u32 that orders as the score of range `x`; 0 for NaN.
  Value orderOf(Value x) {
    SmallVector<Value> at = llvm::to_vector(list);
    at.push_back(x);
    Value score = b.load(op.getScores(), at);
    Value bits = arith::BitcastOp::create(b, b.getI32Type(), score);
    Value sign = arith::ShRSIOp::create(b, bits, i32(31));
    Value flip = arith::OrIOp::create(b, sign, i32(INT32_MIN));
    Value order = arith::XOrIOp::create(b, bits, flip);
    Value number = b.compare(arith::CmpFPredicate::ORD, score, score);
    return b.select(number, order, i32(0));
  }

  Value count(Predicate predicate, Value bound) {
    return b.loop(zero, present, one, {i32(0)}, [&](Value x, ValueRange n) {
      Value hit = b.compare(predicate, b.load(orders, {x}), bound);
      Value unit = arith::ExtUIOp::create(b, b.getI32Type(), hit);
      return SmallVector<Value>{b.add(n[0], unit)};
    })[0];
  }

  /// The greatest t with at least `keep` orders that are t or above.
  Value findThreshold() {
    return b.loop(
        zero, b.index(32), one, {i32(0)}, [&](Value bit, ValueRange t) {
          Value weight =
              arith::ShRUIOp::create(b, i32(INT32_MIN), b.toI32(bit));
          Value higher = arith::OrIOp::create(b, t[0], weight);
          Value enough =
              b.compare(Predicate::sge, count(Predicate::uge, higher), keep);
          return SmallVector<Value>{b.select(enough, higher, t[0])};
        })[0];
  }

  /// Keeps what is above the threshold, and of its equals the first ones.
  void write(Value threshold) {
    Value ties = b.sub(keep, count(Predicate::ugt, threshold));
    RangeList from{op.getRanges(), llvm::to_vector(list)};
    RangeList to{op.getOuts()[0], llvm::to_vector(list)};
    auto ends = b.loop(
        zero, present, one, {zero, ties}, [&](Value x, ValueRange state) {
          Value order = b.load(orders, {x});
          Value tied = b.both(b.compare(Predicate::eq, order, threshold),
                              b.compare(Predicate::sgt, state[1], i32(0)));
          Value kept =
              b.either(b.compare(Predicate::ugt, order, threshold), tied);
          b.when(kept, [&] {
            to.write(b, state[0], from.start(b, x), from.length(b, x));
          });
          return SmallVector<Value>{
              b.select(kept, b.add(state[0], one), state[0]),
              b.select(tied, b.sub(state[1], i32(1)), state[1])};
        });
    b.storeIndex(ends[0], op.getOuts()[1], list);
  }

  TileBuilder &b;
  SelectOp op;
  ValueRange list;
  Value zero, one, keep, present, orders;
};

} // namespace

void mlir::hip::tile::lower(TileBuilder &b, SelectOp op) {
  onEachList(b, op.getOuts()[1],
             [&](ValueRange list) { Selection(b, op, list).run(); });
}

void mlir::hip::tile::lower(TileBuilder &b, SummarizeOp op) {
  Value boxes = op.getOuts()[0];
  b.kernel({b.size(boxes, 2), b.size(boxes, 1), b.size(boxes, 0)},
           [&](ValueRange cell) {
             SmallVector<Value> box{cell[2], cell[1], cell[0]};
             emitBox(b, op, box);
           });
}
