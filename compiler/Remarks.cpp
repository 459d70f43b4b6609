//===- Remarks.cpp - Remarks of passes as text
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/Remarks.h"

#include "mlir/IR/Location.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;

namespace hipc {

static Remark::Kind kindOf(llvm::remarks::Type type) {
  switch (type) {
  case llvm::remarks::Type::Passed:
    return Remark::Kind::Taken;
  case llvm::remarks::Type::Missed:
  case llvm::remarks::Type::Failure:
    return Remark::Kind::Missed;
  case llvm::remarks::Type::Unknown:
  case llvm::remarks::Type::Analysis:
  case llvm::remarks::Type::AnalysisFPCommute:
  case llvm::remarks::Type::AnalysisAliasing:
    return Remark::Kind::Note;
  }
  llvm_unreachable("unknown kind of remark");
}

static std::string place(Location loc) {
  auto range = loc->findInstanceOf<FileLineColRange>();
  if (!range)
    return "";
  return join(range.getStartLine(), ":", range.getStartColumn());
}

namespace {
class Collector : public remark::detail::MLIRRemarkStreamerBase {
public:
  explicit Collector(std::vector<Remark> &remarks) : remarks(remarks) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    std::string text;
    for (const auto &argument : remark.getArgs())
      text += argument.val;
    remarks.push_back(
        {kindOf(remark.getRemarkType()), remark.getCategoryName().str(),
         remark.getRemarkName().str(), place(remark.getLocation()), text});
  }

private:
  std::vector<Remark> &remarks;
};
} // namespace

void collectRemarks(MLIRContext &context, std::vector<Remark> &remarks) {
  remark::RemarkCategories all;
  all.passed = all.missed = all.failed = all.analysis = ".*";
  // This can fail only when it opens a file, and there is none.
  LogicalResult enabled = remark::enableOptimizationRemarks(
      context, std::make_unique<Collector>(remarks),
      std::make_unique<remark::RemarkEmittingPolicyAll>(), all);
  assert(succeeded(enabled) && "no remarks");
  (void)enabled;
}

/// Layouts of single tiles are many and follow from the other remarks.
static bool isDetail(const Remark &remark) {
  bool note = remark.kind == Remark::Kind::Note;
  return remark.tag == "tile" ||
         (note && remark.tag == "layout" &&
          llvm::StringRef(remark.op).starts_with("hip.tile."));
}

/// Each line once, with the number of times that it occurs.
static std::string explainKind(std::span<const Remark> remarks, bool missed) {
  std::vector<std::pair<std::string, int>> lines;
  for (const Remark &remark : remarks) {
    if (isDetail(remark) || missed != (remark.kind == Remark::Kind::Missed))
      continue;
    std::string line = join("  ", remark.op, remark.place.empty() ? "" : " at ",
                            remark.place, ": ", remark.text);
    auto known = llvm::find_if(
        lines, [&](const auto &each) { return each.first == line; });
    if (known == lines.end())
      lines.emplace_back(line, 1);
    else
      ++known->second;
  }
  std::string text;
  for (const auto &[line, count] : lines)
    text += join(line, count > 1 ? join(" (", count, " times)") : "", "\n");
  return text;
}

std::string explainRemarks(std::span<const Remark> remarks) {
  std::string text, chosen = explainKind(remarks, /*missed=*/false),
                    missed = explainKind(remarks, /*missed=*/true);
  if (!chosen.empty())
    text += "\nwhat was chosen\n" + chosen;
  if (!missed.empty())
    text += "\nwhat did not apply\n" + missed;
  return text;
}

} // namespace hipc
