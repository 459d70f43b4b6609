//===- gpu/Occupancy.h - How many warps an SM runs at a time
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_GPU_OCCUPANCY_H
#define HIP_PASSES_GPU_OCCUPANCY_H

#include "dialect/gpu/Chips.h"
#include "passes/support/AddressSpaces.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

namespace mlir::hip {

inline constexpr int64_t kWarpThreads = 32;
/// Registers of a warp and shared memory are allocated in units.
inline constexpr int64_t kRegisterPiece = 256, kSharedPiece = 128;
/// Shared memory that the system reserves for each thread block: a
/// multiprocessor has this much more than one kernel can request.
inline constexpr int64_t kReservedSharedBytes = 1024;

/// The resources of one thread block of a kernel.
struct BlockUse {
  int64_t threads = 0, registers = 0, sharedBytes = 0;
};

struct Occupancy {
  int64_t blocks = 0, warps = 0, mostWarps = 0;
  llvm::StringRef limit; ///< the resource that is exhausted first
};

inline Occupancy occupancyOf(const Chip &chip, const BlockUse &block) {
  int64_t warps = llvm::divideCeil(block.threads, kWarpThreads);
  int64_t ofWarp = llvm::alignTo(
      std::max<int64_t>(block.registers, 1) * kWarpThreads, kRegisterPiece);
  int64_t shared =
      llvm::alignTo(block.sharedBytes + kReservedSharedBytes, kSharedPiece);
  std::pair<int64_t, llvm::StringRef> bounds[] = {
      {chip.blocks, "blocks"},
      {chip.warps / warps, "warps"},
      {kPartRegisters / ofWarp * kSmParts / warps, "registers"},
      {(chip.sharedBytes + kReservedSharedBytes) / shared, "shared memory"}};
  // The first of equals: only the least bound says what to change.
  auto least = *std::min_element(
      std::begin(bounds), std::end(bounds),
      [](const auto &a, const auto &b) { return a.first < b.first; });
  return {least.first, least.first * warps, chip.warps, least.second};
}

} // namespace mlir::hip

#endif // HIP_PASSES_GPU_OCCUPANCY_H
