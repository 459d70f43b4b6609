//===- layout/Directions.cpp - Which vectors are per row, which per column
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/layout/Directions.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/support/TileOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::hip;

static bool isVector(Value value) {
  auto tile = dyn_cast<TileType>(value.getType());
  return tile && tile.isVector();
}

void Directions::tie(Value a, Value b) {
  alike[a].push_back(b);
  alike[b].push_back(a);
}

/// Says it of all vectors that lie as `vector` does.
LogicalResult Directions::set(Value vector, Direction direction) {
  SmallVector<Value> todo{vector};
  while (!todo.empty()) {
    Value next = todo.pop_back_val();
    auto [known, isNew] = directions.insert({next, direction});
    if (isNew)
      llvm::append_range(todo, alike.lookup(next));
    else if (known->second != direction)
      return emitError(next.getLoc())
             << "the numbers of a " << next.getType()
             << " are per row for one op and per column for another; make a "
                "tile for each";
  }
  return success();
}

LogicalResult Directions::visit(Operation *op) {
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](TileReduceOp fold) {
        return set(fold.getTile(),
                   fold.getAxis() == 1 ? Direction::Rows : Direction::Dealt);
      })
      .Case([&](TileGatherOp gather) {
        return set(gather.getRows(), Direction::Dealt);
      })
      .Case([&](TileMapOp map) {
        for (auto [operand, axis] : llvm::zip(map.getSources(), map.getAxes()))
          if (axis >= 0 && failed(set(operand, axis == 0 ? Direction::Rows
                                                         : Direction::Dealt)))
            return failure();
        Value changes = map.getChanges();
        return changes && isVector(changes) && !isVector(map.getTile())
                   ? set(changes, Direction::Rows)
                   : success();
      })
      .Default([](Operation *) { return success(); });
}

/// Whether `op` makes a vector of no tile.
static bool makesVector(Operation *op) {
  return isTileOp(op) && op->getNumResults() == 1 &&
         isVector(op->getResult(0)) &&
         llvm::none_of(op->getOperandTypes(), llvm::IsaPred<TileType>);
}

/// Ops that make a vector of no other, with a copy for each further use.
static SmallVector<SmallVector<Operation *>> copyForUses(TileKernelOp kernel) {
  SmallVector<SmallVector<Operation *>> all;
  kernel.getBody().walk([&](Operation *op) {
    if (makesVector(op) && !op->use_empty())
      all.push_back({op});
  });
  for (auto &copies : all) {
    OpBuilder builder(copies[0]->getContext());
    builder.setInsertionPointAfter(copies[0]);
    for (OpOperand &use :
         llvm::make_early_inc_range(llvm::drop_begin(copies[0]->getUses()))) {
      copies.push_back(builder.clone(*copies[0]));
      use.set(copies.back()->getResult(0));
    }
  }
  return all;
}

/// Leaves one op for each direction; uses that ask for none take what there is.
void Directions::join(ArrayRef<Operation *> copies) {
  llvm::SmallMapVector<Direction, Operation *, 2> first;
  // What lies as others do lies as they do without being asked.
  for (Operation *op : copies)
    if (Value vector = op->getResult(0);
        alike.contains(vector) && !directions.contains(vector))
      (void)set(vector, Direction::Dealt);
  for (Operation *op : copies)
    if (auto *known = directions.find(op->getResult(0));
        known != directions.end())
      first.insert({known->second, op});
  Operation *any = first.empty() ? copies[0] : first.front().second;
  for (Operation *op : copies) {
    auto *known = directions.find(op->getResult(0));
    Operation *kept =
        known == directions.end() ? any : first.lookup(known->second);
    if (op == kept)
      continue;
    op->replaceAllUsesWith(kept);
    op->erase();
  }
}

LogicalResult Directions::find(TileKernelOp kernel) {
  auto all = copyForUses(kernel);
  LogicalResult found = visitAll(kernel);
  for (ArrayRef<Operation *> copies : all)
    join(copies);
  return found;
}

LogicalResult Directions::visitAll(TileKernelOp kernel) {
  kernel.getBody().walk([&](Operation *op) {
    if (auto map = dyn_cast<TileMapOp>(op); map && isVector(map.getTile()))
      for (Value operand : map.getOperands())
        if (isVector(operand))
          tie(operand, map.getTile());
    if (auto loop = dyn_cast<scf::ForOp>(op))
      for (auto [init, argument, next, result] :
           llvm::zip(loop.getInitArgs(), loop.getRegionIterArgs(),
                     loop.getYieldedValues(), loop.getResults()))
        if (isVector(init)) {
          tie(init, argument);
          tie(argument, next);
          tie(argument, result);
        }
  });
  WalkResult walked = kernel.getBody().walk([&](Operation *op) {
    return failed(visit(op)) ? WalkResult::interrupt() : WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}
