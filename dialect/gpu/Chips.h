//===- gpu/Chips.h - The one table of GPUs
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Without LLVM: a library that only loads packages has it too.
//
//===----------------------------------------------------------------------===//

#ifndef HIP_DIALECT_GPU_CHIPS_H
#define HIP_DIALECT_GPU_CHIPS_H

#include <string>
#include <string_view>

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
  std::string_view name;
  std::string_view features;
  /// Bytes of shared memory that one kernel can ask for.
  int64_t sharedBytes;
  int64_t warps, blocks;
  Tuning tuning = {};
  bool wgmma = false;

  /// Warps that copy for others: mbarriers that threads sleep at, fences of the
  /// async proxy and registers that move between warpgroups (PTX ISA 8.0).
  bool hasRoles() const;
  /// Clusters of thread blocks that wait for each other (PTX ISA 7.8).
  bool hasClusters() const;
  /// Kernels that start while the one before them runs (PTX ISA 7.8).
  bool hasDependentLaunches() const;
  /// Two numbers of 8 bits to f16 by an instruction (PTX ISA 8.1).
  bool hasFloat8() const;
};

/// Oldest first; one row is a chip.
inline constexpr Chip kChips[] = {
    {"sm_80", "+ptx78", 163 * 1024, 64, 32},
    {"sm_86", "+ptx78", 99 * 1024, 48, 16},
    {"sm_89", "+ptx81", 99 * 1024, 48, 24},
    {"sm_90a",
     "+ptx81",
     227 * 1024,
     64,
     32,
     {.denseRows = 128, .scoreRows = 256},
     /*wgmma=*/true},
    {"sm_100a", "+ptx86", 227 * 1024, 64, 32, {.denseRows = 128}},
    {"sm_120a", "+ptx87", 99 * 1024, 48, 24},
    {"sm_121a", "+ptx88", 99 * 1024, 48, 24}};

/// Thread blocks of a cluster that every chip with clusters takes.
inline constexpr int64_t kMostCluster = 8;

/// A multiprocessor has four parts, each with registers of its own.
inline constexpr int64_t kSmParts = 4, kPartRegisters = 16 * 1024;

/// What is compiled for where nothing else is named.
inline constexpr std::string_view kDefaultChip = "sm_90a";

/// Null for a name that is no chip's.
constexpr const Chip *findChip(std::string_view name) {
  for (const Chip &chip : kChips)
    if (chip.name == name)
      return &chip;
  return nullptr;
}

/// The number in "sm_86" and "sm_90a"; 0 for another text.
constexpr int chipNumber(std::string_view name) {
  constexpr std::string_view kPrefix = "sm_";
  if (!name.starts_with(kPrefix))
    return 0;
  int number = 0;
  for (char c : name.substr(kPrefix.size(), 4)) {
    if (c < '0' || c > '9')
      break;
    number = 10 * number + (c - '0');
  }
  return number;
}

inline bool Chip::hasRoles() const { return chipNumber(name) >= 90; }
inline bool Chip::hasClusters() const { return chipNumber(name) >= 90; }
inline bool Chip::hasDependentLaunches() const {
  return chipNumber(name) >= 90;
}

inline bool Chip::hasFloat8() const { return chipNumber(name) >= 89; }

/// The chip whose code runs on a GPU of this number: its own, which where it
/// ends in `a` runs nowhere else, or the newest of before, whose PTX drivers
/// compile for later ones. Null for one that is too old.
constexpr const Chip *chipToRunOn(int number) {
  const Chip *best = nullptr;
  for (const Chip &chip : kChips) {
    int its = chipNumber(chip.name);
    if (chip.name.ends_with("a") ? its == number : its <= number)
      best = &chip;
  }
  return best;
}

/// A GPU that is named by its compute capability, and the chip whose code it
/// runs. Code for sm_80 may ask for more shared memory than others have.
struct Served {
  std::string_view name, chip;
};
inline constexpr Served kServed[] = {
    {"sm_87", "sm_86"},   {"sm_90", "sm_90a"}, {"sm_100", "sm_100a"},
    {"sm_103", "sm_89"},  {"sm_110", "sm_89"}, {"sm_120", "sm_120a"},
    {"sm_121", "sm_121a"}};

constexpr bool servedByRule() {
  for (const Served &served : kServed)
    if (chipToRunOn(chipNumber(served.name)) != findChip(served.chip))
      return false;
  return true;
}
static_assert(servedByRule(), "kServed has what chipToRunOn() finds");

/// Whether a tool takes the name.
constexpr bool isGpuName(std::string_view name) {
  for (const Served &served : kServed)
    if (served.name == name)
      return true;
  return findChip(name);
}

/// The chip to compile for: itself where `name` is one, else what a GPU of that
/// compute capability runs, such as sm_90a on "sm_90". A name without one
/// stays; whoever compiles refuses it.
constexpr std::string_view chipFor(std::string_view name) {
  const Chip *chip = findChip(name);
  if (!chip)
    chip = chipToRunOn(chipNumber(name));
  return chip ? chip->name : name;
}

/// "sm_80, sm_86, ...": for texts that live as long as the process.
inline const std::string &chipNames() {
  static const std::string *names = [] {
    auto *all = new std::string;
    for (const Chip &chip : kChips)
      all->append(all->empty() ? "" : ", ").append(chip.name);
    return all;
  }();
  return *names;
}

/// Those, and the other GPUs that tools take.
inline std::string gpuNames() {
  std::string names = chipNames();
  for (const Served &served : kServed)
    names.append(", ").append(served.name);
  return names;
}

/// What to do about a name that is no chip's.
inline std::string chipHint(std::string_view name) {
  int number = chipNumber(name);
  if (const Chip *instead = chipToRunOn(number))
    return "code for " + std::string(instead->name) + " runs there";
  if (number)
    return "it is older than " + std::string(kChips[0].name) +
           ", which code needs";
  return "name one of " + chipNames();
}

} // namespace mlir::hip

#endif // HIP_DIALECT_GPU_CHIPS_H
