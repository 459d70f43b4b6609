//===- cpu/TileLowering.cpp - One tile op to vectors over scratch
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/cpu/TileLowering.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/support/Folds.h"
#include "passes/support/Lanes.h"
#include "passes/support/RowMap.h"
#include "passes/support/TileOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::cpu;

static int64_t padded(int64_t size, int64_t lanes) {
  return llvm::divideCeil(size, lanes) * lanes;
}

static Type scratchType(TileType type) {
  Type element = type.getElementType();
  if (isa<FloatType>(element))
    return Float32Type::get(type.getContext());
  // Vectors of i1 have eight to a byte in memory, and memrefs one.
  return element.isInteger(1) ? IntegerType::get(type.getContext(), 8)
                              : element;
}

MemRefType mlir::hip::cpu::bufferType(TileType type, int64_t lanes) {
  int64_t outer = type.isVector() ? 1 : type.getColumns();
  return MemRefType::get({outer, padded(type.getShape().front(), lanes)},
                         scratchType(type));
}

MemRefType mlir::hip::cpu::gatheredType(TileType type, int64_t lanes) {
  return MemRefType::get({type.getRows(), padded(type.getColumns(), lanes)},
                         scratchType(type));
}

VectorType TileLowering::vectorOf(Type element) {
  return VectorType::get({lanes}, element);
}

Value TileLowering::loadVector(Value buffer, ValueRange at) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  return vector::LoadOp::create(b, vectorOf(element), buffer, at);
}

void TileLowering::storeVector(Value value, Value buffer, ValueRange at) {
  vector::StoreOp::create(b, value, buffer, at);
}

/// `type`, or vectors of it where `like` is one.
static Type shapedLike(Value like, Type type) {
  auto vector = dyn_cast<VectorType>(like.getType());
  return vector ? vector.clone(type) : type;
}

Value TileLowering::widened(Value number) {
  Type element = getElementTypeOrSelf(number);
  if (element.isInteger(1))
    return arith::ExtUIOp::create(b, shapedLike(number, b.getI8Type()), number);
  if (!isa<FloatType>(element) || element.isF32())
    return number;
  if (isa<VectorType>(number.getType()))
    return arith::ExtFOp::create(b, vectorOf(b.getF32Type()), number);
  return b.widen(number);
}

Value TileLowering::rounded(Value number, Type element) {
  if (getElementTypeOrSelf(number) == element)
    return number;
  if (element.isInteger(1))
    return arith::TruncIOp::create(b, shapedLike(number, element), number);
  if (isa<VectorType>(number.getType()))
    return arith::TruncFOp::create(b, vectorOf(element), number);
  return b.narrow(number, element);
}

Value TileLowering::spread(Value scalar, Type element) {
  return vector::BroadcastOp::create(b, vectorOf(element), scalar);
}

Value TileLowering::rowsOf(Value tile) {
  int64_t size = cast<TileType>(tile.getType()).getShape().front();
  Value rows = live.of(tile);
  if (!rows)
    return b.index(size);
  return size % lanes == 0 ? rows : b.min(rows, b.index(size));
}

/// Rows are the outer loop: what is of rows alone is computed once for all of
/// their columns.
void TileLowering::forEachVector(Value tile,
                                 function_ref<void(ValueRange)> body,
                                 function_ref<void(Value)> addRow) {
  auto shape = bufferType(cast<TileType>(tile.getType()), lanes).getShape();
  Value rows = live.of(tile);
  b.loop(b.index(0), rows ? rows : b.index(shape[1]), b.index(lanes),
         [&](Value r) {
           if (addRow)
             addRow(r);
           b.loop(b.index(shape[0]), [&](Value c) { body({c, r}); });
         });
}

void TileLowering::forEachStrip(
    Value tile, int64_t most,
    function_ref<void(Value row, int64_t vectors)> body) {
  Value zero = b.index(0), strip = b.index(most * lanes);
  if (Value rows = live.of(tile)) {
    Value whole = b.mul(b.div(rows, strip), strip);
    b.loop(zero, whole, strip, [&](Value row) { body(row, most); });
    return b.loop(whole, rows, b.index(lanes),
                  [&](Value row) { body(row, 1); });
  }
  int64_t vectors = llvm::divideCeil(
      cast<TileType>(tile.getType()).getShape().front(), lanes);
  int64_t whole = vectors / most * most;
  b.loop(zero, b.index(whole * lanes), strip,
         [&](Value row) { body(row, most); });
  if (whole < vectors)
    body(b.index(whole * lanes), vectors - whole);
}

void TileLowering::copy(Value tile, Value from, Value to) {
  forEachVector(
      tile, [&](ValueRange at) { storeVector(loadVector(from, at), to, at); });
}

/// Rows that only fill up a vector are 0: what scratch holds may be slow to
/// compute with (subnormal numbers).
void TileLowering::clearPadding(TileType type, Value to) {
  if (type.isVector() || type.getRows() % lanes == 0)
    return;
  Type element = scratchType(type);
  Value zero =
      spread(arith::ConstantOp::create(b, b.getZeroAttr(element)), element);
  Value last = b.index(type.getRows() / lanes * lanes);
  b.loop(b.index(type.getColumns()),
         [&](Value c) { storeVector(zero, to, {c, last}); });
}

template <> void TileLowering::fillBy(TileSplatOp op, Value to) {
  Value number = widened(op.getValue());
  Value value = spread(number, number.getType());
  forEachVector(op.getTile(),
                [&](ValueRange at) { storeVector(value, to, at); });
}

Value TileLowering::onScalars(Block &body, ValueRange arguments) {
  IRMapping mapping;
  mapping.map(body.getArguments(), arguments);
  for (Operation &op : body.without_terminator()) {
    if (auto power = dyn_cast<math::Exp2Op>(op)) {
      Value x = mapping.lookupOrDefault(power.getOperand());
      mapping.map(power, cpu::exp2(b, x));
    } else {
      b.clone(op, mapping);
    }
  }
  return mapping.lookupOrDefault(body.getTerminator()->getOperand(0));
}

template <> void TileLowering::fillBy(TileGenerateOp op, Value to) {
  TileType type = op.getTile().getType();
  Block &body = op.getBody().front();
  clearPadding(type, to);
  if (type.isVector())
    return b.loop(rowsOf(op.getTile()), [&](Value x) {
      b.store(widened(onScalars(body, x)), to, {b.index(0), x});
    });
  b.loop(b.index(type.getColumns()), [&](Value c) {
    b.loop(rowsOf(op.getTile()), [&](Value r) {
      b.store(widened(onScalars(body, {r, c})), to, {c, r});
    });
  });
}

/// Whether every op of a region works on vectors as on scalars; of loads each
/// lane has its own.
static bool hasVectorForm(Block &body) {
  return llvm::all_of(body.without_terminator(), [](Operation &op) {
    if (isa<arith::ConstantOp, memref::LoadOp>(op))
      return true;
    if (auto size = dyn_cast<memref::DimOp>(op))
      return size.getConstantIndex().has_value();
    return isLanewise(op);
  });
}

static bool isVector(Value value) { return isa<VectorType>(value.getType()); }

/// What `body` gives for each lane of the arguments.
Value TileLowering::perLane(ValueRange arguments, Type element,
                            function_ref<Value(ValueRange)> body) {
  Value result = arith::ConstantOp::create(b, b.getZeroAttr(vectorOf(element)));
  for (int64_t lane = 0; lane < lanes; ++lane) {
    SmallVector<Value> numbers =
        llvm::map_to_vector(arguments, [&](Value wide) -> Value {
          return isVector(wide) ? vector::ExtractOp::create(
                                      b, wide, ArrayRef<int64_t>{lane})
                                : wide;
        });
    result = vector::InsertOp::create(b, body(numbers), result,
                                      ArrayRef<int64_t>{lane});
  }
  return result;
}

Value TileLowering::asVector(VectorBody &body, Value value) {
  Value known = body.values.lookupOrDefault(value);
  if (isVector(known))
    return known;
  if (!body.spread.contains(value))
    body.spread.map(value, spread(known, known.getType()));
  return body.spread.lookup(value);
}

void TileLowering::add(VectorBody &body, Operation &op) {
  auto isSame = [&](Value value) {
    return !isVector(body.values.lookupOrDefault(value));
  };
  bool allSame = llvm::all_of(op.getOperands(), isSame);
  auto wide = [&](Value value) { return asVector(body, value); };
  if (isa<math::Exp2Op>(op)) {
    Value x = op.getOperand(0);
    x = allSame ? body.values.lookupOrDefault(x) : wide(x);
    return body.values.map(op.getResult(0), cpu::exp2(b, x));
  }
  if (allSame) {
    b.clone(op, body.values);
    return;
  }
  if (auto load = dyn_cast<memref::LoadOp>(op)) {
    auto read = [&](ValueRange at) { return b.load(load.getMemRef(), at); };
    return body.values.map(load,
                           perLane(llvm::map_to_vector(load.getIndices(), wide),
                                   load.getType(), read));
  }
  SmallVector<Value> operands = llvm::map_to_vector(op.getOperands(), wide);
  body.values.map(op.getResults(),
                  createLanewise(b, op, operands, lanes)->getResults());
}

void TileLowering::addKnown(VectorBody &body) {
  auto isKnown = [&](Value value) {
    return value.getParentBlock() != &body.block || body.values.contains(value);
  };
  for (Operation &op : body.block.without_terminator())
    if (!body.added.contains(&op) && llvm::all_of(op.getOperands(), isKnown)) {
      add(body, op);
      body.added.insert(&op);
    }
}

Value TileLowering::onLanes(Block &body, ValueRange arguments) {
  Type element = body.getTerminator()->getOperand(0).getType();
  return perLane(arguments, element,
                 [&](ValueRange numbers) { return onScalars(body, numbers); });
}

Value TileLowering::onEach(Block &body, ValueRange arguments) {
  if (!hasVectorForm(body))
    return onLanes(body, arguments);
  VectorBody wide{body};
  wide.values.map(body.getArguments(), arguments);
  addKnown(wide);
  return asVector(wide, body.getTerminator()->getOperand(0));
}

/// Lanes are rows: a number per column is the same in all of them.
Value TileLowering::operandAt(Value operand, int64_t axis, ValueRange at) {
  auto type = cast<TileType>(operand.getType());
  Value from = buffers.lookup(operand), zero = b.index(0);
  Value numbers;
  if (axis == 1)
    numbers = b.load(from, {zero, at[0]});
  else
    numbers = loadVector(from, {axis == 0 ? zero : at[0], at[1]});
  return rounded(numbers, type.getElementType());
}

void TileLowering::map(TileMapOp op, Value to) {
  Block &body = op.getBody().front();
  bool hasVectors = hasVectorForm(body);
  VectorBody wide{body};
  auto read = [&](ValueRange at, bool perRow) {
    for (auto [argument, operand, axis] :
         llvm::zip(body.getArguments(), op.getSources(), op.getAxes()))
      if ((axis == 0) == perRow)
        wide.values.map(argument, operandAt(operand, axis, at));
  };
  auto addRow = [&](Value row) {
    read({row, row}, /*perRow=*/true);
    if (hasVectors)
      addKnown(wide);
  };
  forEachVector(
      op.getTile(),
      [&](ValueRange at) {
        read(at, /*perRow=*/false);
        Value result;
        if (hasVectors) {
          addKnown(wide);
          result = asVector(wide, body.getTerminator()->getOperand(0));
        } else {
          SmallVector<Value> arguments;
          for (Value argument : body.getArguments())
            arguments.push_back(wide.values.lookup(argument));
          result = onLanes(body, arguments);
        }
        storeVector(widened(result), to, at);
      },
      addRow);
}

void TileLowering::mapRows(TileMapOp op, Value to) {
  ArrayRef<int64_t> shape = cast<MemRefType>(to.getType()).getShape();
  Value zero = b.index(0);
  b.loop(b.index(shape[0]), [&](Value row) {
    b.loop(zero, b.index(shape[1]), b.index(lanes), [&](Value column) {
      SmallVector<Value> arguments, at{row, column};
      for (Value source : op.getSources())
        arguments.push_back(
            rounded(loadVector(buffers.lookup(source), at),
                    cast<TileType>(source.getType()).getElementType()));
      storeVector(widened(onEach(op.getBody().front(), arguments)), to, at);
    });
  });
}

Value TileLowering::anyOf(Value vector, function_ref<Value(Value)> holds) {
  Type element = cast<TileType>(vector.getType()).getElementType();
  Value from = buffers.lookup(vector), zero = b.index(0);
  Value none = arith::ConstantOp::create(b, b.getBoolAttr(false));
  return b.loop(zero, rowsOf(vector), b.index(1), {none},
                [&](Value i, ValueRange found) {
                  Value number = rounded(b.load(from, {zero, i}), element);
                  return SmallVector<Value>{b.either(found[0], holds(number))};
                })[0];
}

Value TileLowering::any(TileAnyOp op) {
  return anyOf(op.getSource(), [&](Value number) {
    return onScalars(op.getBody().front(), {number});
  });
}

Value TileLowering::anyFlag(Value flags) {
  return anyOf(flags, [](Value flag) { return flag; });
}

Value TileLowering::firstLanes(int64_t count) {
  SmallVector<bool> live(lanes, false);
  std::fill_n(live.begin(), count, true);
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(vectorOf(b.getI1Type()), live));
}

/// The rows of each column: vectors to one, and then its lanes.
void TileLowering::reduceRows(TileReduceOp op, Value to) {
  auto source = cast<TileType>(op.getSource().getType());
  TileReduceKind kind = op.getKind();
  Value from = buffers.lookup(op.getSource()), zero = b.index(0);
  int64_t whole = source.getRows() / lanes * lanes;
  int64_t rest = source.getRows() - whole;
  Value neutral = spread(b.f32(neutralOf(kind)), b.getF32Type());
  b.loop(b.index(source.getColumns()), [&](Value c) {
    Value all = neutral;
    if (whole)
      all = b.loop(zero, b.index(whole), b.index(lanes), {all},
                   [&](Value r, ValueRange x) {
                     return SmallVector<Value>{
                         foldOf(b, kind, x[0], loadVector(from, {c, r}))};
                   })[0];
    if (rest) {
      // Lanes past the last row hold nothing of the tile.
      Value last = loadVector(from, {c, b.index(whole)});
      all = foldOf(b, kind, all, b.select(firstLanes(rest), last, neutral));
    }
    // Halves onto each other: a vector.reduction of floats goes lane by lane.
    for (int64_t width = lanes / 2; width; width /= 2) {
      SmallVector<int64_t> other;
      for (int64_t lane = 0; lane < lanes; ++lane)
        other.push_back(lane ^ width);
      all = foldOf(b, kind, all, vector::ShuffleOp::create(b, all, all, other));
    }
    b.store(vector::ExtractOp::create(b, all, ArrayRef<int64_t>{0}), to,
            {zero, c});
  });
}

/// The columns of each row, or those that are folded to one column: lanes are
/// rows, of which several vectors hide how long a fold takes.
void TileLowering::reduceColumns(TileReduceOp op, Value to) {
  constexpr int64_t kVectors = 4;
  auto source = cast<TileType>(op.getSource().getType());
  Value from = buffers.lookup(op.getSource());
  TileType tile = op.getTile().getType();
  Value width = b.index(tile.isVector() ? 1 : tile.getColumns());
  auto at = [&](Value c, Value r) { return loadVector(from, {c, r}); };
  auto fold = [&](ArrayRef<Value> places, Value column) {
    SmallVector<Value> first;
    for (Value r : places)
      first.push_back(at(column, r));
    auto folded =
        b.loop(b.add(column, width), b.index(source.getColumns()), width, first,
               [&](Value c, ValueRange carried) {
                 SmallVector<Value> next;
                 for (auto [r, x] : llvm::zip(places, carried))
                   next.push_back(foldOf(b, op.getKind(), x, at(c, r)));
                 return next;
               });
    for (auto [r, x] : llvm::zip(places, folded))
      storeVector(x, to, {column, r});
  };
  forEachStrip(op.getTile(), kVectors, [&](Value row, int64_t vectors) {
    SmallVector<Value> places;
    for (int64_t v = 0; v < vectors; ++v)
      places.push_back(b.add(row, b.index(v * lanes)));
    if (tile.isVector())
      return fold(places, b.index(0));
    b.loop(width, [&](Value column) { fold(places, column); });
  });
}

template <> void TileLowering::fillBy(TileReduceOp op, Value to) {
  op.getAxis() == 0 ? reduceRows(op, to) : reduceColumns(op, to);
}

template <> void TileLowering::fillBy(TileLoadOp op, Value to) {
  TileType type = op.getTile().getType();
  RowMap map(viewOf(op.getView()));
  Value last = map.lastIndex(b, op.getBoundary());
  clearPadding(type, to);
  b.loop(rowsOf(op.getTile()), [&](Value r) {
    RowPlace at = map.held(b, r, last);
    Value live = map.isThere(b, at);
    b.loop(b.index(type.getColumns()), [&](Value c) {
      auto number = b.ifElse(
          live, b.getF32Type(),
          [&] {
            SmallVector<Value> place(at.indices);
            place.push_back(c);
            return SmallVector<Value>{b.widen(b.load(at.storage, place))};
          },
          [&] { return SmallVector<Value>{b.f32(0)}; });
      b.store(number[0], to, {c, r});
    });
  });
}

void TileLowering::store(TileStoreOp op) {
  auto type = cast<TileType>(op.getTile().getType());
  Type element = op.getView().getType().getElementType();
  RowMap map(viewOf(op.getView()));
  Value from = buffers.lookup(op.getTile());
  b.loop(rowsOf(op.getTile()), [&](Value r) {
    RowPlace at = map.at(b, r);
    b.when(map.isThere(b, at), [&] {
      auto write = [&](Value c, ValueRange place) {
        b.store(b.narrow(b.load(from, {c, r}), element), at.storage, place);
      };
      if (type.isVector())
        return write(b.index(0), at.indices);
      b.loop(b.index(type.getColumns()), [&](Value c) {
        SmallVector<Value> place(at.indices);
        place.push_back(c);
        write(c, place);
      });
    });
  });
}

LogicalResult TileLowering::fill(Operation *op, Value to) {
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case<TileSplatOp, TileGenerateOp, TileReduceOp, TileLoadOp>(
          [&](auto known) {
            fillBy(known, to);
            return success();
          })
      .Default([](Operation *other) {
        return other->emitOpError() << "has no lowering to vectors";
      });
}
