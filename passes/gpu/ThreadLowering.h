//===- gpu/ThreadLowering.h - One tile op to what a thread does
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_GPU_THREADLOWERING_H
#define HIP_PASSES_GPU_THREADLOWERING_H

#include "passes/gpu/KernelState.h"

namespace mlir::hip::gpupasses {

/// A tile where it is: numbers in registers of this thread, or a buffer in
/// shared memory. A line that is read across threads has both.
struct PlacedTile {
  LayoutKind kind = LayoutKind::Fragment;
  layout::Fragment fragment{};
  SmallVector<Value> registers;
  SharedBuffer *shared = nullptr;
};

/// How many registers a thread needs for a tile of `type`.
PlacedTile placeOf(TileType type, LayoutAttr layout, int64_t threads);

/// A row of an array to copy, if it is live. What `fixed` indices add to its
/// address is summed first.
struct SourceRow {
  Value live, array;
  SmallVector<Value> indices, fixed;

  Value address(ScalarBuilder &b, Value column) const;
};

class ThreadLowering {
public:
  ThreadLowering(ScalarBuilder &b, KernelState &kernel,
                 DenseMap<Value, PlacedTile> &tiles)
      : b(b), kernel(kernel), tiles(tiles) {}

  PlacedTile splat(TileSplatOp op);
  PlacedTile generate(TileGenerateOp op);
  PlacedTile map(TileMapOp op);
  Value any(TileAnyOp op);
  PlacedTile dot(TileDotOp op);
  PlacedTile reduce(TileReduceOp op);
  PlacedTile load(TileLoadOp op);
  PlacedTile gather(TileGatherOp op);
  void store(TileStoreOp op);

  /// Gives a line its copy in shared memory.
  void share(TileType type, PlacedTile &tile);

  /// From here on shared memory of tiles is that of stage `slot` of `owner`, an
  /// op of a loop that reads ahead, and copies are asynchronous.
  void beginStage(Operation *owner, Value slot);
  void endStage();
  /// Starts the copies of all stages since the last call: in a row, for each
  /// that follows another instruction costs sm_90 three more.
  void startCopies();
  /// The tile that `owner` made in stage `slot`.
  PlacedTile inStage(Operation *owner, Value slot);

  /// Where the tile of `op` will be.
  PlacedTile place(Operation *op);

private:
  SharedBuffer &allocate(int64_t rows, int64_t columns, Type element,
                         bool padded);
  PlacedTile &tileOf(Value tile) { return tiles.find(tile)->second; }

  // Which row and column of a tile the numbers of this thread are.
  Value firstRow(const layout::Fragment &fragment);
  Value firstColumn(const layout::Fragment &fragment);
  Value rowOf(const PlacedTile &tile, Value first, int64_t i);
  Value clampedRow(const PlacedTile &tile, Value first, int64_t i);
  Value columnOf(const PlacedTile &tile, Value first, int64_t i);
  Value lineColumn(TileType type, int64_t i, bool clamped);

  Value onScalars(Block &body, ValueRange arguments);
  /// Whether it holds in any thread of the warp.
  Value anyLane(Value condition);
  /// Whether a tile's places can be dealt out without a loop.
  bool isUnrolled(int64_t rows, int64_t columns);
  /// body(row, column) for each place of a tile, dealt out to the threads.
  void overPlaces(int64_t rows, int64_t columns,
                  function_ref<void(Value, Value)> body, bool unrolled = false);
  Value readShared(SharedBuffer &buffer, Value row, Value column);
  void writeShared(Value number, SharedBuffer &buffer, Value row, Value column);
  /// The numbers of an operand that belong to those of `as`.
  SmallVector<Value> alignedWith(const PlacedTile &as, Value operand);
  SharedBuffer &inShared(Value tile, Type element);
  /// A matrix as a fragment: as it is, or read from shared memory.
  PlacedTile asFragment(Value tile);

  SmallVector<Value> mapRegisters(TileMapOp op, const PlacedTile &to);
  void mapShared(TileMapOp op, PlacedTile &to);
  void copyRows(PlacedTile &to, TileType type, ArrayRef<SharedBuffer *> read,
                bool mayWait, function_ref<SourceRow(Value)> rowAt);
  void copyNumber(SharedBuffer &to, Value r, Value column,
                  const SourceRow &row);
  void copyPiece(SharedBuffer &to, Value r, Value column, const SourceRow &row);
  void storeLine(TileStoreOp op);
  void storeRow(TileStoreOp op, const PlacedTile &from, ValueRange at,
                int64_t row, Value firstColumn);

  PlacedTile foldColumns(TileReduceOp op);
  PlacedTile foldRows(TileReduceOp op);
  Value fold(TileReduceKind kind, Value x, Value y);
  Value neutral(TileReduceKind kind);

  void dotMma(TileDotOp op, PlacedTile &to, Type element);
  void dotMmaPlain(TileDotOp op, MutableArrayRef<Value> acc,
                   const layout::Fragment &f, SharedBuffer *left, Type element);
  void dotFma(TileDotOp op, PlacedTile &to);
  SmallVector<Value> leftFragment(TileDotOp op, int64_t rowBlock,
                                  int64_t innerBlock, SharedBuffer *buffer);
  SmallVector<Value> rightFragment(TileDotOp op, const layout::Fragment &f,
                                   Value columnPair, Value innerBlock);
  /// Whether a tile of 16-bit numbers has NaN or infinity.
  Value hasNonFinite(SharedBuffer &buffer, Type element);
  /// The same where zeros of `a` meet NaN and infinity without effect.
  SmallVector<Value> dotMmaSkipping(TileDotOp op, ValueRange before,
                                    const layout::Fragment &f,
                                    SharedBuffer *left, Type element);
  SmallVector<Value> loadMatrices(SharedBuffer &buffer, Value row, Value column,
                                  bool transposed);
  Value pack(Value low, Value high);

  ScalarBuilder &b;
  KernelState &kernel;
  DenseMap<Value, PlacedTile> &tiles;
  Operation *stageOwner = nullptr;
  Value stageSlot;
  DenseMap<Operation *, SharedBuffer *> stages;
  SmallVector<std::function<void()>> copies;
};

/// One mma m16n8k16: the four numbers of `acc` += those of the operands' words.
void multiply(ScalarBuilder &b, MutableArrayRef<Value> acc,
              ArrayRef<Value> left, ArrayRef<Value> right, Type element);

/// Bytes of the element at `indices`, from the start of address space. What
/// `fixed` ones among them add is summed first, for a loop to keep.
Value addressOf(ScalarBuilder &b, Value memref, ValueRange indices,
                ValueRange fixed);

} // namespace mlir::hip::gpupasses

#endif // HIP_PASSES_GPU_THREADLOWERING_H
