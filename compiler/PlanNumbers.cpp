//===- PlanNumbers.cpp - Index arithmetic as expressions of a plan
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/PlanNumbers.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace hipc {

/// Sizes are not negative, so signed and unsigned ops agree.
static std::optional<ExprOp> binaryOf(Operation *op) {
  using Found = std::optional<ExprOp>;
  return llvm::TypeSwitch<Operation *, Found>(op)
      .Case<arith::AddIOp>([](auto) { return ExprOp::Add; })
      .Case<arith::SubIOp>([](auto) { return ExprOp::Sub; })
      .Case<arith::MulIOp, arith::AndIOp>([](auto) { return ExprOp::Mul; })
      .Case<arith::DivUIOp, arith::DivSIOp, arith::FloorDivSIOp>(
          [](auto) { return ExprOp::FloorDiv; })
      .Case<arith::CeilDivUIOp, arith::CeilDivSIOp>(
          [](auto) { return ExprOp::CeilDiv; })
      .Case<arith::RemUIOp, arith::RemSIOp>([](auto) { return ExprOp::Rem; })
      .Case<arith::MinSIOp, arith::MinUIOp>([](auto) { return ExprOp::Min; })
      .Case<arith::MaxSIOp, arith::MaxUIOp>([](auto) { return ExprOp::Max; })
      .Default([](Operation *) { return Found(); });
}

static Expr compare(arith::CmpIPredicate predicate, const Expr &a,
                    const Expr &b) {
  using P = arith::CmpIPredicate;
  switch (predicate) {
  case P::eq:
    return Expr::apply(ExprOp::Eq, {a, b});
  case P::ne:
    return Expr::apply(ExprOp::Ne, {a, b});
  case P::slt:
  case P::ult:
    return Expr::apply(ExprOp::Lt, {a, b});
  case P::sle:
  case P::ule:
    return Expr::apply(ExprOp::Le, {a, b});
  case P::sgt:
  case P::ugt:
    return Expr::apply(ExprOp::Lt, {b, a});
  case P::sge:
  case P::uge:
    return Expr::apply(ExprOp::Le, {b, a});
  }
  llvm_unreachable("all predicates are covered");
}

std::optional<Expr>
numberOf(Operation *op, llvm::function_ref<Expected<Expr>(Value)> operand) {
  APInt constant;
  if (matchPattern(op, m_ConstantInt(&constant)))
    return Expr(constant.getSExtValue());
  SmallVector<Expr> operands;
  for (Value value : op->getOperands()) {
    Expected<Expr> expr = operand(value);
    if (!expr)
      return std::nullopt;
    operands.push_back(*expr);
  }
  if (std::optional<ExprOp> binary = binaryOf(op);
      binary &&
      (!isa<arith::AndIOp>(op) || op->getResult(0).getType().isInteger(1)))
    return Expr::apply(*binary, {operands[0], operands[1]});
  if (isa<arith::IndexCastOp, arith::IndexCastUIOp, arith::ExtSIOp,
          arith::ExtUIOp, arith::TruncIOp>(op))
    return operands[0];
  if (auto comparison = dyn_cast<arith::CmpIOp>(op))
    return compare(comparison.getPredicate(), operands[0], operands[1]);
  if (isa<arith::SelectOp>(op))
    return Expr::apply(ExprOp::Select, {operands[0], operands[1], operands[2]});
  if (isa<math::CountLeadingZerosOp>(op) &&
      op->getResult(0).getType().isInteger(64))
    return Expr::apply(ExprOp::LeadingZeros, {operands[0]});
  return std::nullopt;
}

} // namespace hipc
