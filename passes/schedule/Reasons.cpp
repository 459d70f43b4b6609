//===- schedule/Reasons.cpp - Why attention is cut as it is
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/schedule/Reasons.h"
#include "dialect/CopyBoxes.h"
#include "dialect/HipVerify.h"
#include "dialect/layout/Layout.h"
#include "passes/support/Debug.h"
#include "passes/support/Keys.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::hip;

static int64_t sizeOf(Value array) {
  return std::max<int64_t>(shapeOf(array.getType()).back(), 1);
}

static int64_t bytesOf(Value array) {
  return elementOf(array.getType()).getIntOrFloatBitWidth() / 8;
}

std::string mlir::hip::againstWgmma(BlockSparseAttentionOp op, int64_t blockQ,
                                    const Chip &chip) {
  constexpr int64_t kMostNumbers = 256;
  if (!chip.wgmma)
    return llvm::formatv("{0} has none", chip.name);
  if (bytesOf(op.getQuery()) != 2)
    return llvm::formatv("it takes f16 and bf16, the query is {0}",
                         elementOf(op.getQuery().getType()));
  for (Value array : {op.getQuery(), op.getOut()})
    if (int64_t size = sizeOf(array);
        size % layout::kMmaInner != 0 || size > kMostNumbers)
      return llvm::formatv("it takes rows of a multiple of {0} numbers up to "
                           "{1}, and these have {2}",
                           layout::kMmaInner, kMostNumbers, size);
  // By block_q alone: with lists and without one unit adds in one order (S4).
  if (std::min(blockQ, kMostTileRows) % kGroupRows != 0)
    return llvm::formatv("block_q = {0} is not a multiple of {1} rows", blockQ,
                         kGroupRows);
  return {};
}

int64_t mlir::hip::runsForBoxes(BlockSparseAttentionOp op, int64_t columns) {
  constexpr int64_t kLeastRun = 16;
  int64_t runs = keyRuns(op, columns);
  auto fits = [&](Value array) {
    return canCopyBoxes(columns, sizeOf(array) * bytesOf(array), runs);
  };
  return runs >= kLeastRun && fits(op.getQuery()) && fits(op.getOut()) ? runs
                                                                       : 0;
}

/// Swizzled for wgmma, else padded.
int64_t mlir::hip::sharedRows(BlockSparseAttentionOp op,
                              ScheduleAttr schedule) {
  auto pitch = [&](Value array) {
    int64_t bytes = sizeOf(array) * bytesOf(op.getQuery());
    return schedule.getUnit() == MatrixUnit::Wgmma || schedule.getSwizzled()
               ? bytes
               : layout::paddedPitch(bytes);
  };
  int64_t keys = schedule.getStages() * schedule.getColumns();
  return schedule.getRows() * pitch(op.getQuery()) +
         keys * (pitch(op.getQuery()) + pitch(op.getOut()));
}

static std::string tellUnit(BlockSparseAttentionOp op, ScheduleAttr schedule,
                            const Chip &chip) {
  if (schedule.getUnit() == MatrixUnit::Wgmma)
    return llvm::formatv(
        "unit = wgmma: {0} has it, for {1} and rows of {2} and "
        "{3} numbers",
        chip.name, elementOf(op.getQuery().getType()), sizeOf(op.getQuery()),
        sizeOf(op.getOut()));
  std::string against = againstWgmma(op, op.getBlockQ(), chip);
  if (against.empty())
    against = llvm::formatv("no tile of keys fits {0} bytes of shared memory",
                            chip.sharedBytes);
  return llvm::formatv("unit = {0}, not wgmma: {1}",
                       stringifyMatrixUnit(schedule.getUnit()), against);
}

static std::string tellRows(BlockSparseAttentionOp op, ScheduleAttr schedule) {
  int64_t rows = schedule.getRows(), blockQ = op.getBlockQ(),
          warps = schedule.getThreads() / layout::kWarp;
  std::string text =
      llvm::formatv("rows = {0}: blocks of {1} query rows", rows, blockQ);
  if (rows > blockQ)
    text += llvm::formatv(", of {0} heads that share a list", rows / blockQ);
  return text +
         llvm::formatv(", {0} rows per warp", llvm::divideCeil(rows, warps))
             .str();
}

static std::string tellKeys(BlockSparseAttentionOp op, ScheduleAttr schedule,
                            const Chip &chip) {
  std::string text = llvm::formatv(
      "columns = {0}, stages = {1}: {2} bytes of rows, of {3} bytes of shared "
      "memory that {4} has for a kernel",
      schedule.getColumns(), schedule.getStages(), sharedRows(op, schedule),
      chip.sharedBytes, chip.name);
  if (schedule.getUnit() == MatrixUnit::Wgmma)
    text += llvm::formatv(
        "; {0} registers of a thread for result, scores and weights",
        wgmmaRegisters(sizeOf(op.getOut()), schedule.getColumns()));
  return text;
}

static std::string tellProducers(BlockSparseAttentionOp op,
                                 ScheduleAttr schedule) {
  int64_t producers = schedule.getProducers(), out = sizeOf(op.getOut());
  if (producers == 0)
    return "producers = 0: warps copy for themselves where wgmma does not "
           "multiply";
  if (schedule.getEngine() == CopyEngine::Tma)
    return llvm::formatv("producers = {0}, engine = tma: a warpgroup, of which "
                         "a warp names boxes of {1} keys in a row",
                         producers, keyRuns(op, schedule.getColumns()));
  if (out <= kShortOut)
    return llvm::formatv(
        "producers = {0}: as many as consumers, since rows of the "
        "result have {1} numbers, at most {2}",
        producers, out, kShortOut);
  return llvm::formatv("producers = {0}: a warpgroup, since rows of the result "
                       "have {1} numbers, more than {2}, which take registers",
                       producers, out, kShortOut);
}

void mlir::hip::tellChoices(BlockSparseAttentionOp op, ScheduleAttr schedule,
                            const Chip &chip) {
  auto say = [&](auto &&text) {
    debug(DebugTag::Schedule, op,
          [&](llvm::raw_ostream &out) { out << text(); });
  };
  say([&] { return tellUnit(op, schedule, chip); });
  say([&] { return tellRows(op, schedule); });
  say([&] { return tellKeys(op, schedule, chip); });
  say([&] { return tellProducers(op, schedule); });
}
