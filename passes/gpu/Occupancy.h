//===- gpu/Occupancy.h - How many warps an SM runs at a time
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_GPU_OCCUPANCY_H
#define HIP_PASSES_GPU_OCCUPANCY_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

namespace mlir::hip {

/// What one streaming multiprocessor of a chip holds, as the CUDA programming
/// guide lists it.
struct SmLimits {
  llvm::StringRef chip;
  int64_t warps, blocks, sharedBytes;
};

inline constexpr SmLimits kSmLimits[] = {{"sm_80", 64, 32, 164 * 1024},
                                         {"sm_89", 48, 24, 100 * 1024},
                                         {"sm_90a", 64, 32, 228 * 1024},
                                         {"sm_100a", 64, 32, 228 * 1024},
                                         {"sm_120a", 48, 24, 100 * 1024}};

inline constexpr int64_t kWarpThreads = 32;
/// An SM has four parts, each with registers of its own.
inline constexpr int64_t kSmParts = 4, kPartRegisters = 16 * 1024;
/// Registers of a warp and shared memory come in pieces.
inline constexpr int64_t kRegisterPiece = 256, kSharedPiece = 128;
/// What the system keeps of each block.
inline constexpr int64_t kReservedSharedBytes = 1024;

/// What one block of a kernel takes.
struct BlockUse {
  int64_t threads = 0, registers = 0, sharedBytes = 0;
};

struct Occupancy {
  int64_t blocks = 0, warps = 0, mostWarps = 0;
  llvm::StringRef limit; ///< what the SM runs out of first
};

/// Null for a chip that is not in the table.
inline const SmLimits *findSmLimits(llvm::StringRef chip) {
  const auto *found =
      std::find_if(std::begin(kSmLimits), std::end(kSmLimits),
                   [&](const SmLimits &limits) { return limits.chip == chip; });
  return found == std::end(kSmLimits) ? nullptr : found;
}

inline Occupancy occupancyOf(const SmLimits &limits, const BlockUse &block) {
  int64_t warps = llvm::divideCeil(block.threads, kWarpThreads);
  int64_t ofWarp = llvm::alignTo(
      std::max<int64_t>(block.registers, 1) * kWarpThreads, kRegisterPiece);
  int64_t shared =
      llvm::alignTo(block.sharedBytes + kReservedSharedBytes, kSharedPiece);
  std::pair<int64_t, llvm::StringRef> bounds[] = {
      {limits.blocks, "blocks"},
      {limits.warps / warps, "warps"},
      {kPartRegisters / ofWarp * kSmParts / warps, "registers"},
      {limits.sharedBytes / shared, "shared memory"}};
  // The first of equals: only the least bound says what to change.
  auto least = *std::min_element(
      std::begin(bounds), std::end(bounds),
      [](const auto &a, const auto &b) { return a.first < b.first; });
  return {least.first, least.first * warps, limits.warps, least.second};
}

} // namespace mlir::hip

#endif // HIP_PASSES_GPU_OCCUPANCY_H
