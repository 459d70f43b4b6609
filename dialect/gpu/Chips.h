//===- gpu/Chips.h - The one table of GPUs
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Free of LLVM, since the library that only loads packages includes it too.
//
//===----------------------------------------------------------------------===//

#ifndef HIP_DIALECT_GPU_CHIPS_H
#define HIP_DIALECT_GPU_CHIPS_H

#include <string>
#include <string_view>

namespace mlir::hip {

/// What kernels are tuned for. Measured on sm_90a; other chips use its numbers
/// until they are measured.
struct Tuning {
  /// Query rows of a tile of dense attention, for 2-byte types and head sizes
  /// of up to kWideHead: 128 if two such tiles fit a multiprocessor.
  int64_t denseRows = 64;
  static constexpr int64_t kWideHead = 128;
  /// Shared memory for the tiles of eight warps of attention, and for the rows
  /// or keys that are scored at a time.
  int64_t attentionBytes = 224 * 1024, scoreBytes = 96 * 1024;
  /// The most query rows, over all heads that share a list, that are scored
  /// with a key once it is read: 256 if two such tiles fit a multiprocessor.
  int64_t scoreRows = 64;
  /// Threads of a multiprocessor if each has 128 registers.
  int64_t threads = 512;
  /// Thread blocks per multiprocessor of a kernel of several steps: with 128
  /// registers no step spills, and with rows longer than kShortRow bytes shared
  /// memory holds no more.
  int64_t shortRowBlocks = 4, longRowBlocks = 3;
  static constexpr int64_t kShortRow = 256;
};

/// A chip, with the oldest PTX version that has it and the features that we
/// use, and the capacity of one of its streaming multiprocessors according to
/// the CUDA programming guide.
struct Chip {
  std::string_view name;
  std::string_view features;
  /// The most bytes of shared memory that a kernel can request.
  int64_t sharedBytes;
  int64_t warps, blocks;
  Tuning tuning = {};
  bool wgmma = false;

  /// Warp specialization: mbarriers that suspend threads, fences of the async
  /// proxy, and registers that move between warpgroups (PTX ISA 8.0).
  bool hasRoles() const;
  /// Clusters of thread blocks that wait for each other (PTX ISA 7.8).
  bool hasClusters() const;
  /// Kernels that start while the one before them runs (PTX ISA 7.8).
  bool hasDependentLaunches() const;
  /// An instruction that converts two 8-bit floats to f16 (PTX ISA 8.1).
  bool hasFloat8() const;
};

/// One row for each chip, the oldest first.
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

/// The largest cluster that every chip with clusters supports.
inline constexpr int64_t kMostCluster = 8;

/// A multiprocessor has four parts, each with registers of its own.
inline constexpr int64_t kSmParts = 4, kPartRegisters = 16 * 1024;

/// The default target.
inline constexpr std::string_view kDefaultChip = "sm_90a";

/// Null if no chip has this name.
constexpr const Chip *findChip(std::string_view name) {
  for (const Chip &chip : kChips)
    if (chip.name == name)
      return &chip;
  return nullptr;
}

/// The number in "sm_86" or "sm_90a"; 0 for any other text.
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

/// The chip whose code runs on a GPU of this number: its own (code for a chip
/// that ends in `a` runs nowhere else), or the newest one before it, whose PTX
/// drivers compile for later GPUs. Null if the GPU is too old.
constexpr const Chip *chipToRunOn(int number) {
  const Chip *best = nullptr;
  for (const Chip &chip : kChips) {
    int its = chipNumber(chip.name);
    if (chip.name.ends_with("a") ? its == number : its <= number)
      best = &chip;
  }
  return best;
}

/// A GPU named by its compute capability, and the chip whose code it runs. Code
/// for sm_80 may request more shared memory than other GPUs have.
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
static_assert(servedByRule(), "kServed agrees with chipToRunOn()");

/// Whether tools accept the name.
constexpr bool isGpuName(std::string_view name) {
  for (const Served &served : kServed)
    if (served.name == name)
      return true;
  return findChip(name);
}

/// The chip to compile for: `name` itself if it is one, else the chip whose
/// code a GPU of that compute capability runs, such as sm_90a for "sm_90". If
/// there is none the name is returned as it is, and the compiler rejects it.
constexpr std::string_view chipFor(std::string_view name) {
  const Chip *chip = findChip(name);
  if (!chip)
    chip = chipToRunOn(chipNumber(name));
  return chip ? chip->name : name;
}

/// "sm_80, sm_86, ...", in a string that lives as long as the process.
inline const std::string &chipNames() {
  static const std::string *names = [] {
    auto *all = new std::string;
    for (const Chip &chip : kChips)
      all->append(all->empty() ? "" : ", ").append(chip.name);
    return all;
  }();
  return *names;
}

/// Those, and the other GPUs that tools accept.
inline std::string gpuNames() {
  std::string names = chipNames();
  for (const Served &served : kServed)
    names.append(", ").append(served.name);
  return names;
}

/// What to do about a name that no chip has.
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
