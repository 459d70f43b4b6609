//===- tile/Exchange.h - Numbers that a cluster's thread blocks send
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_TILE_EXCHANGE_H
#define HIP_PASSES_TILE_EXCHANGE_H

#include "passes/tile/OwnArrays.h"

namespace mlir::hip {

/// A loop that stores a tile in each iteration, and the array that it fills.
struct Division {
  scf::ForOp loop;
  TileStoreOp store;
  memref::AllocOp array;
  /// The loop of the kernel, if any, that fills the array anew each time.
  scf::ForOp around;
  /// Whether no other division is in that loop.
  bool isAlone = true;

  /// The op of the kernel's or of that loop's body that the loop is in.
  Operation *ancestor();
  /// How often that loop filled the array before.
  Value fillings(ScalarBuilder &b);
};

/// An array in the shared memory of each thread block of a cluster: what one of
/// them stores it sends to all. An mbarrier for each loop that fills the array
/// counts the bytes that come.
class Exchange {
public:
  /// All loops that fill one array.
  explicit Exchange(ArrayRef<Division> divisions) : divisions(divisions) {}

  memref::AllocOp array() const { return divisions.front().array; }
  bool isPossible();
  /// Bytes of shared memory, beside the mbarriers.
  int64_t bytes() const;

  /// Makes them from byte `first` on; `b` is at the kernel's start.
  void allocate(ScalarBuilder &b, int64_t first);
  /// Sends instead of storing, and waits for what all of the cluster sent.
  void exchange(OwnArrays &arrays);

private:
  void awaitReaders(ScalarBuilder &b, Division division, Operation *whole);
  void exchange(Division division, Value mbarrier);

  SmallVector<Division> divisions;
  SmallVector<Value> mbarriers;
  Value memory;
};

} // namespace mlir::hip

#endif // HIP_PASSES_TILE_EXCHANGE_H
