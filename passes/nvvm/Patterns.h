//===- nvvm/Patterns.h - Patterns from tiles to one thread
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_NVVM_PATTERNS_H
#define HIP_PASSES_NVVM_PATTERNS_H

#include "mlir/Transforms/DialectConversion.h"
#include "passes/nvvm/ThreadBuilder.h"

namespace mlir::hip::nvvm {

/// Gives an op the value that a function makes for its result, or none.
template <typename OpTy>
class ThreadPattern : public OpConversionPattern<OpTy> {
public:
  using Lower = Value (*)(ThreadBuilder &, OpTy, typename OpTy::Adaptor);

  ThreadPattern(const TypeConverter &types, MLIRContext *context, Lower lower)
      : OpConversionPattern<OpTy>(types, context), lower(lower) {}

  LogicalResult
  matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ThreadBuilder b(rewriter, op);
    if (Value result = lower(b, op, adaptor))
      rewriter.replaceOp(op, result);
    else
      rewriter.eraseOp(op);
    return success();
  }

private:
  Lower lower;
};

template <typename OpTy>
void addPattern(const TypeConverter &types, RewritePatternSet &patterns,
                Value (*lower)(ThreadBuilder &, OpTy, typename OpTy::Adaptor)) {
  patterns.add<ThreadPattern<OpTy>>(types, patterns.getContext(), lower);
}

/// splat, generate, map, any, reduce and store of tiles in registers.
void addTilePatterns(const TypeConverter &types, RewritePatternSet &patterns);
/// alloc, slot, local_load, local_store and fill.
void addMemoryPatterns(const TypeConverter &types, RewritePatternSet &patterns);
/// copy, gather, gather_boxes, commit and wait.
void addCopyPatterns(const TypeConverter &types, RewritePatternSet &patterns);
/// barrier, fence, mbarrier_init, arrive and await.
void addSyncPatterns(const TypeConverter &types, RewritePatternSet &patterns);
/// mma.
void addMmaPatterns(const TypeConverter &types, RewritePatternSet &patterns);

/// The operands of one mma m16n8k16 as words of two 16-bit numbers, `acc` four
/// numbers of f32: acc += left right.
void multiply(ThreadBuilder &b, MutableArrayRef<Value> acc,
              ArrayRef<Value> left, ArrayRef<Value> right, Type element);

/// Two numbers of 16 bits in a word, the first in the low half. An instruction
/// rounds two at a time, so what rounds each of them is left aside.
Value pack(ScalarBuilder &b, Value low, Value high);
/// The words of numbers, and the numbers of words.
SmallVector<Value> packAll(ScalarBuilder &b, ValueRange numbers);
SmallVector<Value> unpackAll(ScalarBuilder &b, ValueRange words, Type element);

/// acc + a b by wgmma.
SmallVector<Value> byWgmma(ThreadBuilder &b, GpuMmaOp op, Value a, Value right,
                           ArrayRef<Value> acc);
/// mma_wait and skip_zero.
void addWgmmaPatterns(const TypeConverter &types, RewritePatternSet &patterns);

/// A product by mma.sync: where its operands are.
class MmaSync {
public:
  MmaSync(ThreadBuilder &b, GpuMmaOp op, Value a, Value rightPointer);
  /// One whose left factor is in registers.
  MmaSync(ThreadBuilder &b, TileType acc, ValueRange left,
          const Memory &rightMemory);

  /// acc + a b.
  SmallVector<Value> plain(SmallVector<Value> acc);
  /// The same, where zeros of `a` meet NaN and infinity of `b` without effect
  /// (S20).
  SmallVector<Value> skipping(ValueRange acc);
  /// Whether `b` has NaN or infinity where a condition holds. All threads look
  /// at a part each, so all of them have to come here.
  Value meetsNonFinite(Value condition);
  /// The words of a block of 16 rows and 16 inner numbers of `a`, or of those
  /// of them that have the sign.
  SmallVector<Value> left(int64_t rowBlock, int64_t innerBlock);

private:
  Value hasNonFinite();
  SmallVector<Value> storedLeft(int64_t rowBlock, int64_t innerBlock);
  SmallVector<Value> right(Value columnPair, Value innerBlock);
  SmallVector<Value> loadMatrices(const Memory &memory, Value row, Value column,
                                  bool transposed);
  SmallVector<Value> oneBlock(Value block, int64_t rowBlock,
                              ArrayRef<Value> acc);
  int64_t registerOf(int64_t rowBlock, int64_t columnBlock) const {
    return (rowBlock * columnBlocks + columnBlock) * 4;
  }

  ThreadBuilder &b;
  bool transposed = false;
  std::optional<Sign> sign;
  Type element;
  layout::Layout acc;
  int64_t rowBlocks, columnBlocks, innerBlocks;
  /// The left factor: in registers, or in memory.
  SmallVector<Value> held;
  Memory a, rightMemory;
};

} // namespace mlir::hip::nvvm

#endif // HIP_PASSES_NVVM_PATTERNS_H
