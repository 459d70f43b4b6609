//===- nvvm/MmaSync.cpp - A product of TensorCores by mma.sync
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/nvvm/Patterns.h"
#include "passes/support/Folds.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::nvvm;

MmaSync::MmaSync(ThreadBuilder &b, GpuMmaOp op, Value left, Value rightPointer)
    : b(b), transposed(op.getTransposeB()), sign(op.getSign()),
      element(op.getB().getType().getElementType()),
      acc(op.getAcc().getType().getRegisters()),
      rowBlocks(acc.registers[3].size), columnBlocks(acc.registers[2].size),
      rightMemory{rightPointer, op.getB().getType()} {
  ArrayRef<int64_t> right = op.getB().getType().getShape();
  innerBlocks = right[op.getTransposeB() ? 1 : 0] / layout::kMmaInner;
  if (auto memory = dyn_cast<SmemType>(op.getA().getType()))
    a = {left, memory};
  else
    held = b.elements(left);
}

MmaSync::MmaSync(ThreadBuilder &b, TileType acc, ValueRange left,
                 const Memory &rightMemory)
    : b(b), element(rightMemory.type.getElementType()), acc(acc.getRegisters()),
      rowBlocks(this->acc.registers[3].size),
      columnBlocks(this->acc.registers[2].size),
      innerBlocks(rightMemory.type.getRows() / layout::kMmaInner), held(left),
      rightMemory(rightMemory) {}

/// Four 8x8 matrices of 16-bit numbers; lane l gives the address of a row.
SmallVector<Value> MmaSync::loadMatrices(const Memory &memory, Value row,
                                         Value column, bool transposed) {
  auto type = LLVM::LLVMStructType::getLiteral(
      b.getContext(), SmallVector<Type>(4, b.getI32Type()));
  auto shape = NVVM::LdStMatrixShapeAttr::get(b.getContext(), 8, 8);
  Value loaded = NVVM::LdMatrixOp::create(
      b, type, b.pointer(memory, row, column), 4,
      transposed ? NVVM::MMALayout::col : NVVM::MMALayout::row, shape,
      NVVM::LdStMatrixEltType::B16);
  SmallVector<Value> words;
  for (int64_t i = 0; i < 4; ++i)
    words.push_back(LLVM::ExtractValueOp::create(b, loaded, i));
  return words;
}

Value mlir::hip::nvvm::pack(ScalarBuilder &b, Value low, Value high) {
  auto pairOf = [&](Value x, Value y) -> Value {
    auto type = VectorType::get({2}, x.getType());
    return vector::FromElementsOp::create(b, type, ValueRange{x, y});
  };
  auto first = low.getDefiningOp<arith::TruncFOp>(),
       second = high.getDefiningOp<arith::TruncFOp>();
  Value both =
      first && second
          ? arith::TruncFOp::create(b, VectorType::get({2}, low.getType()),
                                    pairOf(first.getIn(), second.getIn()))
          : pairOf(low, high);
  return LLVM::BitcastOp::create(b, b.getI32Type(), both);
}

SmallVector<Value> mlir::hip::nvvm::packAll(ScalarBuilder &b,
                                            ValueRange numbers) {
  SmallVector<Value> words;
  for (size_t i = 0; i < numbers.size(); i += 2)
    words.push_back(pack(b, numbers[i], numbers[i + 1]));
  return words;
}

SmallVector<Value> mlir::hip::nvvm::unpackAll(ScalarBuilder &b,
                                              ValueRange words, Type element) {
  SmallVector<Value> numbers;
  for (Value word : words) {
    Value both =
        LLVM::BitcastOp::create(b, VectorType::get({2}, element), word);
    for (int64_t i : {0, 1})
      numbers.push_back(vector::ExtractOp::create(b, both, i));
  }
  return numbers;
}

/// In registers: the accumulators of the dot before, whose columns are this
/// one's inner dimension.
SmallVector<Value> MmaSync::storedLeft(int64_t rowBlock, int64_t innerBlock) {
  if (!held.empty()) {
    SmallVector<Value> words;
    for (int64_t half : {0, 1})
      for (int64_t i : {0, 2}) {
        int64_t at =
            (rowBlock * innerBlocks * 2 + innerBlock * 2 + half) * 4 + i;
        words.push_back(pack(b, held[at], held[at + 1]));
      }
    return words;
  }
  // Lane l reads row l mod 16, and columns from 8 (l / 16).
  Value lane = b.lane(), sixteen = b.index(layout::kMmaRows);
  int64_t step = acc.registers[3].step.row;
  Value warpRow = b.div(b.div(b.thread, b.index(layout::kWarp)),
                        b.index(acc.threads[2].size));
  Value block = b.add(b.mul(warpRow, sixteen), b.index(rowBlock * step));
  Value row = b.add(block, arith::RemUIOp::create(b, lane, sixteen));
  // Padding repeats the last row; its results are not used.
  if (acc.hasPadding(0))
    row = b.min(row, b.index(acc.shape.row - 1));
  Value column = b.add(b.mul(b.div(lane, sixteen), b.index(8)),
                       b.index(innerBlock * layout::kMmaInner));
  return loadMatrices(a, row, column, /*transposed=*/false);
}

/// Signs are chosen in registers, so that shared memory has the rows once.
SmallVector<Value> MmaSync::left(int64_t rowBlock, int64_t innerBlock) {
  SmallVector<Value> words = storedLeft(rowBlock, innerBlock);
  if (sign)
    for (Value &word : words) {
      auto pair = VectorType::get({2}, element);
      Value both = LLVM::BitcastOp::create(b, pair, word);
      word = LLVM::BitcastOp::create(b, b.getI32Type(), ofSign(b, both, *sign));
    }
  return words;
}

/// Two 8-column blocks of the right operand.
SmallVector<Value> MmaSync::right(Value columnPair, Value innerBlock) {
  Value lane = b.lane(), eight = b.index(8), sixteen = b.index(16);
  Value warpColumn = arith::RemUIOp::create(
      b, b.div(b.thread, b.index(layout::kWarp)), b.index(acc.threads[2].size));
  Value strip = b.mul(warpColumn, b.index(columnBlocks * layout::kMmaColumns));
  Value first =
      b.add(strip, b.mul(columnPair, b.index(2 * layout::kMmaColumns)));
  Value inner = b.mul(innerBlock, b.index(layout::kMmaInner));
  Value low = arith::RemUIOp::create(b, lane, eight);
  Value pair = arith::RemUIOp::create(b, lane, sixteen);
  Value high = b.mul(b.div(lane, sixteen), eight);
  // The second block of the last pair may lie past the tile; it is not used.
  auto inside = [&](Value column, int64_t columns) {
    return columnBlocks % 2 == 0
               ? column
               : b.min(column, b.index(acc.shape.column - columns));
  };
  if (transposed) {
    Value side = b.mul(b.div(pair, eight), eight);
    return loadMatrices(rightMemory, inside(b.add(first, b.add(high, low)), 1),
                        b.add(inner, side), /*transposed=*/false);
  }
  return loadMatrices(rightMemory, b.add(inner, pair),
                      inside(b.add(first, high), layout::kMmaColumns),
                      /*transposed=*/true);
}

/// Words of two numbers, as NVVM wants them: f16 alone are vectors there.
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

void mlir::hip::nvvm::multiply(ThreadBuilder &b, MutableArrayRef<Value> acc,
                               ArrayRef<Value> left, ArrayRef<Value> right,
                               Type element) {
  auto type = LLVM::LLVMStructType::getLiteral(
      b.getContext(), SmallVector<Type>(4, b.getF32Type()));
  NVVM::MMATypes unit =
      *NVVM::symbolizeMMATypes(llvm::formatv("{0}", element).str());
  SmallVector<Value> a = asOperands(b, left, element),
                     columns = asOperands(b, right, element);
  Value product = NVVM::MmaOp::create(
      b, type, a, columns, acc, {16, 8, 16}, std::nullopt, std::nullopt,
      std::array{unit, unit},
      std::array{NVVM::MMALayout::row, NVVM::MMALayout::col});
  for (int64_t i = 0; i < 4; ++i)
    acc[i] = LLVM::ExtractValueOp::create(b, product, i);
}

SmallVector<Value> MmaSync::plain(SmallVector<Value> numbers) {
  for (int64_t k = 0; k < innerBlocks; ++k) {
    SmallVector<SmallVector<Value>> rows;
    for (int64_t m = 0; m < rowBlocks; ++m)
      rows.push_back(left(m, k));
    for (int64_t pair = 0; pair * 2 < columnBlocks; ++pair) {
      SmallVector<Value> columns = right(b.index(pair), b.index(k));
      for (int64_t m = 0; m < rowBlocks; ++m)
        for (int64_t n : {pair * 2, pair * 2 + 1})
          if (n < columnBlocks)
            multiply(b, MutableArrayRef(numbers).slice(registerOf(m, n), 4),
                     rows[m], ArrayRef(columns).slice((n - pair * 2) * 2, 2),
                     element);
    }
  }
  return numbers;
}
