//===- tile/TileSplitKeys.cpp - Attention of few rows by parts of the keys
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/layout/Layout.h"
#include "mlir/IR/Matchers.h"
#include "passes/support/Keys.h"
#include "passes/tile/Lowering.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::tile;

/// The greatest that an i32 may be, by what the host knows without the numbers
/// of a call: an index, or null where it may be any. Of sums and products both
/// sides have to be known to be at least 0.
static Value mostOf(TileBuilder &b, Value number) {
  APInt constant;
  if (matchPattern(number, m_ConstantInt(&constant)))
    return constant.isNegative() ? Value() : b.index(constant.getSExtValue());
  Operation *op = number.getDefiningOp();
  if (auto cast = dyn_cast_or_null<arith::IndexCastOp>(op))
    return cast.getIn().getDefiningOp<memref::DimOp>() ? cast.getIn() : Value();
  if (!isa_and_nonnull<arith::RemUIOp, arith::MinSIOp, arith::MaxSIOp,
                       arith::MaxUIOp, arith::AddIOp, arith::MulIOp>(op))
    return {};
  Value right = mostOf(b, op->getOperand(1));
  if (isa<arith::RemUIOp>(op))
    return right ? b.sub(right, b.index(1)) : right;
  Value left = mostOf(b, op->getOperand(0));
  if (!left || !right)
    return isa<arith::MinSIOp>(op) ? (left ? left : right) : Value();
  if (isa<arith::AddIOp>(op))
    return b.add(left, right);
  if (isa<arith::MulIOp>(op))
    return b.mul(left, right);
  return isa<arith::MinSIOp>(op) ? b.min(left, right) : b.max(left, right);
}

/// The most keys a row can see, by what the host knows: sinks, the capacity of
/// the list, and the longest band (S3).
static Value mostKeys(TileBuilder &b, BlockSparseAttentionOp op) {
  BandAttr band = op.getBand();
  Value keys = b.size(op.getKey(), 2), most = keys;
  Value window = op.getDynamicWindow() ? mostOf(b, op.getDynamicWindow())
                                       : Value(b.index(band.getWindow()));
  if (!op.getBandStart() && window)
    most = b.min(
        keys, b.add(window, b.index(band.getChunk() + band.getBlockQ() - 2)));
  // Sinks and band are together no more than all keys.
  most = op.getDynamicSink() ? keys : b.add(most, b.index(band.getSink()));
  if (!op.getBlocks())
    return b.min(most, keys);
  Value listed = b.mul(b.size(op.getBlocks(), 3), b.index(op.getBlockK()));
  return b.add(most, listed);
}

/// The most parts that the keys of a row are cut into, of which a batch entry
/// has so many `groups` of heads: together they are thread blocks for a GPU.
static int64_t mostSplits(int64_t groups) {
  constexpr int64_t kThreadBlocks = 512, kLeast = 16, kMost = 128;
  return std::clamp(kThreadBlocks / groups, kLeast, kMost);
}

/// f32 [splits, ...] with the first `rank` sizes of `like`.
static Value partialArray(TileBuilder &b, Value splits, Value like,
                          int64_t rank) {
  ArrayRef<int64_t> sizes = cast<MemRefType>(like.getType()).getShape();
  SmallVector<int64_t> shape{ShapedType::kDynamic};
  SmallVector<Value> dynamic{splits};
  for (int64_t i = 0; i < rank; ++i) {
    shape.push_back(sizes[i]);
    if (ShapedType::isDynamic(sizes[i]))
      dynamic.push_back(b.size(like, i));
  }
  return memref::AllocOp::create(b, MemRefType::get(shape, b.getF32Type()),
                                 dynamic);
}

void mlir::hip::tile::attendByParts(TileBuilder &b, BlockSparseAttentionOp op) {
  ScheduleAttr schedule = scheduleOf(op);
  int64_t heads = packedHeads(headsWithOneList(op), schedule.getSplitRows());
  AttentionPart part{heads, schedule.getSplitRows() / heads};
  // One warp multiplies: more keys take it longer than to wait for them.
  constexpr int64_t kMostColumns = 32;
  part.columns = std::min(schedule.getColumns(), kMostColumns);
  part.tiles = llvm::divideCeil(schedule.getSplitKeys(), part.columns);
  part.mostSplits = mostSplits(headsOf(op.getQuery()) / heads);
  Value tiles = b.ceilDiv(mostKeys(b, op), b.index(part.columns));
  part.splits = b.max(
      b.min(b.ceilDiv(tiles, b.index(part.tiles)), b.index(part.mostSplits)),
      b.index(1));
  part.out = partialArray(b, part.splits, op.getOut(), 4);
  part.lse = partialArray(b, part.splits, op.getOut(), 3);
  attend(b, op, part);
  int64_t numbers = cast<MemRefType>(op.getOut().getType()).getDimSize(3);
  int64_t threads = schedule.getThreads() == 1 ? 1 : layout::threadsOf(numbers);
  Partials partials{{part.out}, {part.lse}, part.splits, part.mostSplits};
  merge(b, threads, partials, op.getOut(), op.getLse(), op.getQuery());
  memref::DeallocOp::create(b, part.lse);
  memref::DeallocOp::create(b, part.out);
}
