//===- Decisions.cpp - What passes chose
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/jit/Decisions.h"

#include "mlir/IR/Location.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;

namespace hipc {

static Decision::Kind kindOf(llvm::remarks::Type type) {
  switch (type) {
  case llvm::remarks::Type::Passed:
    return Decision::Kind::Taken;
  case llvm::remarks::Type::Missed:
  case llvm::remarks::Type::Failure:
    return Decision::Kind::Missed;
  default:
    return Decision::Kind::Note;
  }
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
  explicit Collector(std::vector<Decision> &decisions) : decisions(decisions) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    std::string text;
    for (const auto &argument : remark.getArgs())
      text += argument.val;
    decisions.push_back(
        {kindOf(remark.getRemarkType()), remark.getCategoryName().str(),
         remark.getRemarkName().str(), place(remark.getLocation()), text});
  }

private:
  std::vector<Decision> &decisions;
};
} // namespace

void collectDecisions(MLIRContext &context, std::vector<Decision> &decisions) {
  remark::RemarkCategories all;
  all.passed = all.missed = all.failed = all.analysis = ".*";
  // It can only fail to open a file, and there is none.
  LogicalResult enabled = remark::enableOptimizationRemarks(
      context, std::make_unique<Collector>(decisions),
      std::make_unique<remark::RemarkEmittingPolicyAll>(), all);
  assert(succeeded(enabled) && "no remarks");
  (void)enabled;
}

} // namespace hipc
