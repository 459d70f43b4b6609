//===- schedule/Tuned.cpp - Schedules that were measured
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/schedule/Tuned.h"
#include "dialect/HipVerify.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/schedule/Reasons.h"
#include "passes/support/Debug.h"
#include "passes/support/Keys.h"
#include "passes/support/Names.h"

using namespace mlir;
using namespace mlir::hip;

static std::string sizeText(int64_t size) {
  return ShapedType::isDynamic(size) ? "?" : std::to_string(size);
}

/// What the choice of a schedule depends on, but for the chip. Blocks that
/// attention chooses by its schedule are not known yet.
static std::string kernelName(BlockSparseAttentionOp op, bool isFew) {
  constexpr int64_t kMostColumns = 128;
  std::string text;
  llvm::raw_string_ostream out(text);
  Value query = op.getQuery(), key = op.getKey();
  out << "attention of " << (isFew ? "few" : "many") << " rows, "
      << elementOf(query.getType());
  if (elementOf(key.getType()) != elementOf(query.getType()))
    out << " by " << elementOf(key.getType());
  out << ", D = " << sizeText(shapeOf(query.getType()).back())
      << ", Dv = " << sizeText(shapeOf(op.getOut().getType()).back());
  if (op.getBlockQ() != kAllRows)
    out << ", block_q = " << op.getBlockQ();
  if (op.getBlocks())
    out << ", block_k = " << op.getBlockK();
  out << ", runs = " << keyRuns(op, kMostColumns)
      << ", heads = " << headsWithOneList(op);
  if (!isa<MemRefType>(key.getType()))
    out << ", view";
  if (!op.getScoreRegions().empty())
    out << ", score";
  return text;
}

/// What the op's other choices do not allow.
static std::string against(ScheduleAttr tuned, ScheduleAttr model,
                           BlockSparseAttentionOp op, const Chip &chip) {
  if ((tuned.getSplitKeys() > 0) != (model.getSplitKeys() > 0) ||
      tuned.getSplitRows() != model.getSplitRows())
    return "it and the model's have to split keys or neither, with the same "
           "split_rows";
  if (tuned.getFewRows() != 0 || tuned.getCluster() != 1)
    return "few_rows and cluster are of searches";
  if (tuned.getThreads() == 1)
    return "a thread block of a GPU has whole warps";
  if (tuned.getUnit() == MatrixUnit::Wgmma)
    return againstWgmma(op, std::min(int64_t(op.getBlockQ()), tuned.getRows()),
                        chip);
  return {};
}

ScheduleAttr mlir::hip::tunedOr(ScheduleAttr model, BlockSparseAttentionOp op,
                                const Chip *chip) {
  auto module = op->getParentOfType<ModuleOp>();
  auto table =
      module ? module->getAttrOfType<DictionaryAttr>(kTuning) : nullptr;
  if (!table || !chip || !model)
    return model;
  std::string name = kernelName(op, model.getSplitKeys() > 0);
  StringRef from = table.getAs<StringAttr>("from").getValue();
  auto tuned = table.getAs<DictionaryAttr>("kernels").getAs<ScheduleAttr>(name);
  debug(DebugTag::Schedule, op, [&](llvm::raw_ostream &out) {
    out << "kernel '" << name << "': ";
    if (tuned)
      out << tuned << ", from " << from << "; the model has " << model;
    else
      out << model << ", the model's; " << from << " has no such kernel";
  });
  if (!tuned)
    return model;
  std::string reason = against(tuned, model, op, *chip);
  if (reason.empty())
    return tuned;
  op->emitOpError() << "has " << tuned << " of " << from << " for the kernel '"
                    << name << "', but " << reason << "; the model has "
                    << model;
  return {};
}
