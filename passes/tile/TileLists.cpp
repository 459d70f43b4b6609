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
using namespace mlir::hip::tile;

using Predicate = arith::CmpIPredicate;

template <typename OpTy> static void lowerList(TileBuilder &b, OpTy op) {
  onEachList(b, op, op.getOuts()[1], [&](ValueRange list) {
    Team team(b, tile::scheduleOf(op).getThreads());
    emitList(b, team, op, list);
  });
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
  Selection(TileBuilder &b, Team &team, SelectOp op, ValueRange list)
      : b(b), team(team), op(op), list(list), zero(b.index(0)), one(b.index(1)),
        keep(b.toI32(b.index(op.getKeep()))) {}

  void run() {
    present = b.loadIndex(op.getCounts(), list);
    if (team.isSerial())
      keepOrders();
    Value none = i32(0);
    Value threshold = b.ifElse(
        b.compare(Predicate::sgt, b.toI32(present), keep), b.getI32Type(),
        [&] { return SmallVector<Value>{findThreshold()}; },
        [&] { return SmallVector<Value>{none}; })[0];
    write(threshold);
    if (orders)
      memref::DeallocOp::create(b, orders);
  }

private:
  Value i32(int64_t value) {
    return arith::ConstantOp::create(b, b.getI32IntegerAttr(int32_t(value)));
  }

  /// A thread alone has room for all of them. Many convert them each time.
  void keepOrders() {
    auto type = MemRefType::get({ShapedType::kDynamic}, b.getI32Type());
    Value room = memref::AllocOp::create(b, type, ValueRange{present});
    b.loop(present, [&](Value x) { b.store(orderOf(x), room, {x}); });
    orders = room;
  }

  /// A u32 that orders as the score of range `x`; 0 for NaN.
  Value orderOf(Value x) {
    if (orders)
      return b.load(orders, {x});
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
    return team.sum(present, [&](Value x) -> Value {
      Value hit = b.compare(predicate, orderOf(x), bound);
      return arith::ExtUIOp::create(b, b.getI32Type(), hit);
    });
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
    Value ties = b.toIndex(b.sub(keep, count(Predicate::ugt, threshold)));
    RangeList from{op.getRanges(), llvm::to_vector(list)};
    RangeList to{op.getOuts()[0], llvm::to_vector(list)};
    auto ends = team.rounds(
        present, {zero, ties}, [&](Value x, Value live, ValueRange state) {
          Value order = orderOf(x);
          Value tied = b.both(live, b.compare(Predicate::eq, order, threshold));
          auto [tiesBefore, tiesHere] = team.scan(b.select(tied, one, zero));
          Value chosen =
              b.both(tied, b.compare(Predicate::slt, tiesBefore, state[1]));
          Value above =
              b.both(live, b.compare(Predicate::ugt, order, threshold));
          Value next = to.append(b, team, state[0], b.either(above, chosen),
                                 from.start(b, x), from.length(b, x));
          return SmallVector<Value>{next,
                                    b.max(b.sub(state[1], tiesHere), zero)};
        });
    b.storeIndex(ends[0], op.getOuts()[1], list);
  }

  TileBuilder &b;
  Team &team;
  SelectOp op;
  ValueRange list;
  Value zero, one, keep, present, orders;
};

} // namespace

void mlir::hip::tile::lower(TileBuilder &b, SelectOp op) {
  onEachList(b, op, op.getOuts()[1], [&](ValueRange list) {
    Team team(b, scheduleOf(op).getThreads());
    Selection(b, team, op, list).run();
  });
}

void mlir::hip::tile::lower(TileBuilder &b, SummarizeOp op) {
  onEachList(b, op, op.getOuts()[0], [&](ValueRange box) {
    Team team(b, scheduleOf(op).getThreads());
    emitBox(b, team, op, box);
  });
}
