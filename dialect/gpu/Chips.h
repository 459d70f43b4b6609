//===- gpu/Chips.h - The one table of GPUs
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_DIALECT_GPU_CHIPS_H
#define HIP_DIALECT_GPU_CHIPS_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace mlir::hip {

/// What kernels are cut for. Measured on sm_90a; other chips have its numbers
/// until someone measures there.
struct Tuning {
  /// Query rows of a dense tile of types of two bytes and heads of up to
  /// kWideHead numbers: 128 where two of them fit a multiprocessor.
  int64_t denseRows = 64;
  static constexpr int64_t kWideHead = 128;
  /// Shared memory of the tiles of eight warps that attend, and of the rows or
  /// the keys that are scored at a time.
  int64_t attentionBytes = 224 * 1024, scoreBytes = 96 * 1024;
  /// The most query rows, of all heads that share a list, that a key is scored
  /// with when it is read: 256 where two such tiles fit a multiprocessor.
  int64_t scoreRows = 64;
  /// Threads of a multiprocessor that have 128 registers each.
  int64_t threads = 512;
  /// Thread blocks that a multiprocessor holds of steps in one kernel: with 128
  /// registers no step spills, and with longer rows than kShortRow bytes no
  /// more fit its shared memory.
  int64_t shortRowBlocks = 4, longRowBlocks = 3;
  static constexpr int64_t kShortRow = 256;
};

/// A chip with the oldest PTX version that knows it and what we use of it, and
/// what one of its streaming multiprocessors holds, as the CUDA programming
/// guide lists it.
struct Chip {
  llvm::StringRef name;
  llvm::StringRef features;
  /// Bytes of shared memory that one kernel can ask for.
  int64_t sharedBytes;
  int64_t warps, blocks;
  Tuning tuning = {};
  bool wgmma = false;

  /// Warps that copy for others: mbarriers that threads sleep at, fences of the
  /// async proxy and registers that move between warpgroups (PTX ISA 8.0).
  bool hasRoles() const;
};

/// Oldest first; one row is a chip.
inline constexpr Chip kChips[] = {
    {"sm_80", "+ptx78", 163 * 1024, 64, 32},
    {"sm_89", "+ptx78", 99 * 1024, 48, 24},
    {"sm_90a",
     "+ptx80",
     227 * 1024,
     64,
     32,
     {.denseRows = 128, .scoreRows = 256},
     /*wgmma=*/true},
    {"sm_100a", "+ptx86", 227 * 1024, 64, 32, {.denseRows = 128}},
    {"sm_120a", "+ptx87", 99 * 1024, 48, 24},
    {"sm_121a", "+ptx88", 99 * 1024, 48, 24}};

/// A multiprocessor has four parts, each with registers of its own.
inline constexpr int64_t kSmParts = 4, kPartRegisters = 16 * 1024;

/// What is compiled for where nothing else is named.
inline constexpr llvm::StringLiteral kDefaultChip = "sm_90a";

/// Null for a name that is no chip's.
inline const Chip *findChip(llvm::StringRef name) {
  for (const Chip &chip : kChips)
    if (chip.name == name)
      return &chip;
  return nullptr;
}

/// "sm_80, sm_89, ...": for texts that live as long as the process.
inline llvm::StringRef chipNames() {
  static const std::string *names = [] {
    auto *all = new std::string;
    for (const Chip &chip : kChips)
      *all += (all->empty() ? "" : ", ") + chip.name.str();
    return all;
  }();
  return *names;
}

/// The number in "sm_86"; 0 for another text.
inline int chipNumber(llvm::StringRef name) {
  int number = 0;
  return name.consume_front("sm_") && !name.consumeInteger(10, number) ? number
                                                                       : 0;
}

inline bool Chip::hasRoles() const { return chipNumber(name) >= 90; }

/// The chip whose code runs on one of this number: its own, which ends in `a`,
/// or the newest of before, whose PTX drivers compile for later ones. Null for
/// one that is too old.
inline const Chip *chipToRunOn(int number) {
  const Chip *best = nullptr;
  for (const Chip &chip : kChips) {
    int its = chipNumber(chip.name);
    if (chip.name.ends_with("a") ? its == number : its <= number)
      best = &chip;
  }
  return best;
}

/// The chip to compile for: itself where `name` is one, else what a GPU of that
/// compute capability runs, such as sm_90a on "sm_90". A name without one
/// stays; whoever compiles refuses it.
inline llvm::StringRef chipFor(llvm::StringRef name) {
  const Chip *chip = findChip(name);
  if (!chip)
    chip = chipToRunOn(chipNumber(name));
  return chip ? chip->name : name;
}

/// What to do about a name that is no chip's.
inline std::string chipHint(llvm::StringRef name) {
  int number = chipNumber(name);
  const Chip *instead = chipToRunOn(number);
  if (instead)
    return "code for " + instead->name.str() + " runs there";
  if (number)
    return "it is older than " + kChips[0].name.str() + ", which code needs";
  return "name one of " + chipNames().str();
}

} // namespace mlir::hip

#endif // HIP_DIALECT_GPU_CHIPS_H
