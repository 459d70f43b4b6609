//===- gpu/DotLowering.cpp - hip.tile.dot to mma.sync or fma
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/gpu/Stages.h"
#include "passes/gpu/ThreadLowering.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::gpupasses;

using layout::Fragment;

PlacedTile ThreadLowering::dot(TileDotOp op) {
  PlacedTile to = place(op);
  to.registers = alignedWith(to, op.getAcc());
  if (Type element = matrixType(op))
    dotMma(op, to, element);
  else
    dotFma(op, to);
  return to;
}

/// Four 8x8 matrices of 16-bit numbers; lane l gives the address of a row.
SmallVector<Value> ThreadLowering::loadMatrices(SharedBuffer &buffer, Value row,
                                                Value column, bool transposed) {
  Type word = b.getI32Type();
  auto type = LLVM::LLVMStructType::getLiteral(b.getContext(),
                                               SmallVector<Type>(4, word));
  auto shape = NVVM::LdStMatrixShapeAttr::get(b.getContext(), 8, 8);
  Value loaded = NVVM::LdMatrixOp::create(
      b, type, kernel.pointer(b, buffer, row, column), 4,
      transposed ? NVVM::MMALayout::col : NVVM::MMALayout::row, shape,
      NVVM::LdStMatrixEltType::B16);
  SmallVector<Value> words;
  for (int64_t i = 0; i < 4; ++i)
    words.push_back(LLVM::ExtractValueOp::create(b, loaded, i));
  return words;
}

/// Two numbers of 16 bits in a word, the first in the low half. An instruction
/// rounds two at a time, so what rounds each of them is left aside.
Value ThreadLowering::pack(Value low, Value high) {
  auto pairOf = [&](Value x, Value y) -> Value {
    auto type = VectorType::get({2}, x.getType());
    return vector::FromElementsOp::create(b, type, ValueRange{x, y});
  };
  auto first = low.getDefiningOp<arith::TruncFOp>(),
       second = high.getDefiningOp<arith::TruncFOp>();
  Value both;
  if (first && second)
    both = arith::TruncFOp::create(b, VectorType::get({2}, low.getType()),
                                   pairOf(first.getIn(), second.getIn()));
  else
    both = pairOf(low, high);
  return LLVM::BitcastOp::create(b, b.getI32Type(), both);
}

/// The left operand of an mma: from `buffer`, or without one the accumulators
/// of the dot before, whose columns are this one's inner dimension.
SmallVector<Value> ThreadLowering::leftFragment(TileDotOp op, int64_t rowBlock,
                                                int64_t innerBlock,
                                                SharedBuffer *buffer) {
  PlacedTile &a = tileOf(op.getA());
  int64_t inner = innerBlock * layout::kMmaInner;
  if (!buffer) {
    SmallVector<Value> words;
    for (int64_t half : {0, 1})
      for (int64_t i : {0, 2}) {
        auto at = [&](int64_t j) {
          return a.registers[a.fragment.registerOf(rowBlock,
                                                   innerBlock * 2 + half, j)];
        };
        words.push_back(pack(at(i), at(i + 1)));
      }
    return words;
  }
  kernel.access(b, {buffer}, {});
  const Fragment &f = a.fragment;
  Value warpRow = b.div(kernel.warp, b.index(f.columnWarps));
  Value block = b.add(b.mul(warpRow, b.index(layout::kMmaRows)),
                      b.index(rowBlock * f.rowWarps * layout::kMmaRows));
  Value row = b.add(block, arith::RemUIOp::create(b, kernel.lane, b.index(16)));
  // Padding repeats the last row; its results are not used.
  if (f.hasPadding())
    row = b.min(row, b.index(f.rows - 1));
  Value column =
      b.add(b.mul(b.div(kernel.lane, b.index(16)), b.index(8)), b.index(inner));
  return loadMatrices(*buffer, row, column, /*transposed=*/false);
}

/// Two 8-column blocks of the right operand of an mma.
SmallVector<Value> ThreadLowering::rightFragment(TileDotOp op,
                                                 const Fragment &f,
                                                 Value columnPair,
                                                 Value innerBlock) {
  SharedBuffer &buffer = *tileOf(op.getB()).shared;
  kernel.access(b, {&buffer}, {});
  Value warpColumn =
      arith::RemUIOp::create(b, kernel.warp, b.index(f.columnWarps));
  Value strip =
      b.mul(warpColumn, b.index(f.columnBlocks() * layout::kMmaColumns));
  Value first =
      b.add(strip, b.mul(columnPair, b.index(2 * layout::kMmaColumns)));
  Value inner = b.mul(innerBlock, b.index(layout::kMmaInner));
  Value low = arith::RemUIOp::create(b, kernel.lane, b.index(8));
  Value pair = arith::RemUIOp::create(b, kernel.lane, b.index(16));
  Value high = b.mul(b.div(kernel.lane, b.index(16)), b.index(8));
  // The second block of the last pair may lie past the tile; it is not used.
  auto inside = [&](Value column, int64_t columns) {
    return f.columnBlocks() % 2 == 0
               ? column
               : b.min(column, b.index(f.columns - columns));
  };
  if (op.getTransposeB()) {
    Value side = b.mul(b.div(pair, b.index(8)), b.index(8));
    return loadMatrices(buffer, inside(b.add(first, b.add(high, low)), 1),
                        b.add(inner, side), /*transposed=*/false);
  }
  return loadMatrices(buffer, b.add(inner, pair),
                      inside(b.add(first, high), layout::kMmaColumns),
                      /*transposed=*/true);
}

static SmallVector<Value> asOperands(ScalarBuilder &b, ArrayRef<Value> words,
                                     Type element) {
  if (!element.isF16())
    return llvm::to_vector(words);
  SmallVector<Value> pairs;
  for (Value word : words)
    pairs.push_back(
        LLVM::BitcastOp::create(b, VectorType::get({2}, element), word));
  return pairs;
}

void mlir::hip::gpupasses::multiply(ScalarBuilder &b,
                                    MutableArrayRef<Value> acc,
                                    ArrayRef<Value> left, ArrayRef<Value> right,
                                    Type element) {
  auto type = LLVM::LLVMStructType::getLiteral(
      b.getContext(), SmallVector<Type>(4, b.getF32Type()));
  auto unit = element.isF16() ? NVVM::MMATypes::f16 : NVVM::MMATypes::bf16;
  SmallVector<Value> a = asOperands(b, left, element),
                     columns = asOperands(b, right, element);
  Value product = NVVM::MmaOp::create(
      b, type, a, columns, acc, {16, 8, 16}, std::nullopt, std::nullopt,
      std::array{unit, unit},
      std::array{NVVM::MMALayout::row, NVVM::MMALayout::col});
  for (int64_t i = 0; i < 4; ++i)
    acc[i] = LLVM::ExtractValueOp::create(b, product, i);
}

void ThreadLowering::dotMma(TileDotOp op, PlacedTile &to, Type element) {
  PlacedTile &a = tileOf(op.getA());
  bool inRegisters =
      a.kind == LayoutKind::Fragment && a.fragment.columnWarps == 1;
  SharedBuffer *left = inRegisters ? nullptr : &inShared(op.getA(), element);
  if (!op.getSkipZero())
    return dotMmaPlain(op, to.registers, to.fragment, left, element);
  // Barriers are for all threads, so they go before the branch.
  kernel.access(b, {tileOf(op.getB()).shared}, {});
  if (left)
    kernel.access(b, {left}, {});
  Value nonFinite = b.ifElse(
      op.getSkipZero(), b.getI1Type(),
      [&] {
        return SmallVector<Value>{
            hasNonFinite(*tileOf(op.getB()).shared, element)};
      },
      [&] {
        return SmallVector<Value>{
            arith::ConstantOp::create(b, b.getBoolAttr(false))};
      })[0];
  SmallVector<Value> before = to.registers;
  to.registers = b.ifElse(
      nonFinite, TypeRange(ValueRange(before)),
      [&] { return dotMmaSkipping(op, before, to.fragment, left, element); },
      [&] {
        SmallVector<Value> acc = before;
        dotMmaPlain(op, acc, to.fragment, left, element);
        return acc;
      });
}

void ThreadLowering::dotMmaPlain(TileDotOp op, MutableArrayRef<Value> acc,
                                 const Fragment &f, SharedBuffer *leftBuffer,
                                 Type element) {
  int64_t inner = tileOf(op.getA()).fragment.columns / layout::kMmaInner;
  for (int64_t k = 0; k < inner; ++k) {
    SmallVector<SmallVector<Value>> left;
    for (int64_t m = 0; m < f.rowBlocks(); ++m)
      left.push_back(leftFragment(op, m, k, leftBuffer));
    for (int64_t pair = 0; pair * 2 < f.columnBlocks(); ++pair) {
      SmallVector<Value> right =
          rightFragment(op, f, b.index(pair), b.index(k));
      for (int64_t m = 0; m < f.rowBlocks(); ++m)
        for (int64_t n : {pair * 2, pair * 2 + 1})
          if (n < f.columnBlocks())
            multiply(b, acc.slice(f.registerOf(m, n, 0), 4), left[m],
                     ArrayRef(right).slice((n - pair * 2) * 2, 2), element);
    }
  }
}

/// One fma a product, k ascending: the bits of the CPU.
void ThreadLowering::dotFma(TileDotOp op, PlacedTile &to) {
  const Fragment &f = to.fragment;
  SharedBuffer &a = inShared(op.getA(), b.getF32Type());
  SharedBuffer &right = inShared(op.getB(), b.getF32Type());
  kernel.access(b, {&a, &right}, {});
  Value row = firstRow(f), column = firstColumn(f), none = b.f32(0);
  int64_t inner = tileOf(op.getA()).fragment.columns;
  to.registers = b.loop(
      b.index(0), b.index(inner), b.index(1), to.registers,
      [&](Value k, ValueRange carried) {
        SmallVector<Value> left, factors, next;
        for (int64_t r = 0; r < f.threadRows(); ++r) {
          Value at = b.add(row, b.index(f.rowOffset(r)));
          if (f.hasPadding())
            at = b.min(at, b.index(f.rows - 1));
          left.push_back(readShared(a, at, k));
        }
        for (int64_t c = 0; c < f.threadColumns(); ++c) {
          Value at = b.add(column, b.index(f.columnOffset(c)));
          factors.push_back(op.getTransposeB() ? readShared(right, at, k)
                                               : readShared(right, k, at));
        }
        for (auto [i, before] : llvm::enumerate(carried)) {
          Value x = left[f.rowOf(i)];
          Value sum = math::FmaOp::create(b, x, factors[f.columnOf(i)], before);
          if (op.getSkipZero()) {
            Value live = b.compare(arith::CmpFPredicate::UNE, x, none);
            sum = b.select(live, sum, before);
          }
          next.push_back(sum);
        }
        return next;
      });
}
