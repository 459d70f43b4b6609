//===- gpu/Chips.h - GPUs that code is made for
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_GPU_CHIPS_H
#define HIP_PASSES_GPU_CHIPS_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace mlir::hip {

/// A chip with the oldest PTX version that knows it and what we use of it, and
/// what one of its streaming multiprocessors holds, as the CUDA programming
/// guide lists it.
struct Chip {
  llvm::StringRef name;
  llvm::StringRef features;
  /// Bytes of shared memory that one kernel can ask for.
  int64_t sharedBytes;
  int64_t warps, blocks;
};

inline constexpr Chip kChips[] = {{"sm_80", "+ptx78", 163 * 1024, 64, 32},
                                  {"sm_89", "+ptx78", 99 * 1024, 48, 24},
                                  {"sm_90a", "+ptx80", 227 * 1024, 64, 32},
                                  {"sm_100a", "+ptx86", 227 * 1024, 64, 32},
                                  {"sm_120a", "+ptx87", 99 * 1024, 48, 24}};

/// Address spaces of NVVM.
inline constexpr unsigned kGlobalSpace = 1, kSharedSpace = 3;

/// Null for a name that is no chip's.
inline const Chip *findChip(llvm::StringRef name) {
  for (const Chip &chip : kChips)
    if (chip.name == name)
      return &chip;
  return nullptr;
}

inline std::string chipNames() {
  std::string names;
  for (const Chip &chip : kChips)
    names += (names.empty() ? "" : ", ") + chip.name.str();
  return names;
}

} // namespace mlir::hip

#endif // HIP_PASSES_GPU_CHIPS_H
