//===- Expr.h - Integer expressions over dynamic dimensions -----*- C++ -*-===//
//
// Everything in a launch plan that depends on the shapes of one call (grids,
// buffer sizes, offsets, conditions) is such an expression. It is kept as
// postfix code, so that it is trivially stored and evaluated without recursion.
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_PACKAGE_EXPR_H
#define HIPC_RUNTIME_PACKAGE_EXPR_H

#include "runtime/base/Tensor.h"

#include <vector>

namespace hipc {

/// The values are part of the package format: add at the end.
enum class ExprOp : uint8_t {
  Const,        ///< `value`
  Dim,          ///< size `axis` of input `tensor`
  InputStride,  ///< stride `axis` of input `tensor`, in elements
  OutputStride, ///< stride `axis` of output `tensor`, in elements
  Add,
  Sub,
  Mul,
  FloorDiv, ///< rounds to minus infinity
  CeilDiv,  ///< rounds to plus infinity
  Rem,      ///< a - floorDiv(a, b) * b
  Min,
  Max,
  Eq, ///< comparisons give 0 or 1
  Ne,
  Lt,
  Le,
  Select, ///< condition, value if not 0, value if 0; both sides are evaluated
  LeadingZeros, ///< of the 64 bits; 64 for 0
};
constexpr unsigned kExprOpCount =
    static_cast<unsigned>(ExprOp::LeadingZeros) + 1;

/// How many values an operation takes from the stack.
int exprOperands(ExprOp op);

struct ExprCode {
  ExprOp op = ExprOp::Const;
  uint32_t tensor = 0;
  uint32_t axis = 0;
  int64_t value = 0;

  bool operator==(const ExprCode &) const = default;
};

/// What an expression may refer to. `outputs` is empty while their shapes are
/// still being asked for.
struct ExprEnv {
  std::span<const Tensor> inputs;
  std::span<const Tensor> outputs;
};

/// Ranks of the tensors that an expression may refer to.
struct ExprScope {
  std::vector<int64_t> inputRanks;
  std::vector<int64_t> outputRanks;
};

/// Names that print for tensors; a missing name prints as "in0" or "out0".
struct ExprNames {
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::string_view member = ".";   ///< between a tensor and its sizes
  std::string_view functions = ""; ///< in front of the names of functions
};

class Expr {
public:
  /// The constant 0.
  Expr() : Expr(int64_t{0}) {}
  Expr(int64_t value) : postfix{{ExprOp::Const, 0, 0, value}} {}
  explicit Expr(std::vector<ExprCode> code) : postfix(std::move(code)) {}

  static Expr dim(uint32_t input, uint32_t axis);
  static Expr inputStride(uint32_t input, uint32_t axis);
  static Expr outputStride(uint32_t output, uint32_t axis);
  /// Applies `op`; operations on constants are folded.
  static Expr apply(ExprOp op, std::initializer_list<Expr> operands);

  const std::vector<ExprCode> &code() const { return postfix; }
  std::optional<int64_t> constant() const;
  bool operator==(const Expr &) const = default;

  /// Checks stack discipline and references, so that evaluation can fail only
  /// by arithmetic. Constants are always in scope.
  Status verify(const ExprScope &scope) const;

  /// What evaluate() gives, or nothing: then evaluate() says why, or has the
  /// value of a rare operation. Launches come often.
  std::optional<int64_t> quickValue(const ExprEnv &env) const;

  /// Refuses bad code, division by zero and overflow.
  Expected<int64_t> evaluate(const ExprEnv &env) const;

  /// Infix text, such as "ceildiv(q.dim[2], 64) * 2".
  std::string text(const ExprNames &names = {}) const;

private:
  std::vector<ExprCode> postfix;
};

inline Expr operator+(Expr a, Expr b) {
  return Expr::apply(ExprOp::Add, {std::move(a), std::move(b)});
}
inline Expr operator-(Expr a, Expr b) {
  return Expr::apply(ExprOp::Sub, {std::move(a), std::move(b)});
}
inline Expr operator*(Expr a, Expr b) {
  return Expr::apply(ExprOp::Mul, {std::move(a), std::move(b)});
}
inline Expr floorDiv(Expr a, Expr b) {
  return Expr::apply(ExprOp::FloorDiv, {std::move(a), std::move(b)});
}
inline Expr ceilDiv(Expr a, Expr b) {
  return Expr::apply(ExprOp::CeilDiv, {std::move(a), std::move(b)});
}
inline Expr rem(Expr a, Expr b) {
  return Expr::apply(ExprOp::Rem, {std::move(a), std::move(b)});
}
inline Expr min(Expr a, Expr b) {
  return Expr::apply(ExprOp::Min, {std::move(a), std::move(b)});
}
inline Expr max(Expr a, Expr b) {
  return Expr::apply(ExprOp::Max, {std::move(a), std::move(b)});
}
inline Expr eq(Expr a, Expr b) {
  return Expr::apply(ExprOp::Eq, {std::move(a), std::move(b)});
}
inline Expr ne(Expr a, Expr b) {
  return Expr::apply(ExprOp::Ne, {std::move(a), std::move(b)});
}
inline Expr lt(Expr a, Expr b) {
  return Expr::apply(ExprOp::Lt, {std::move(a), std::move(b)});
}
inline Expr le(Expr a, Expr b) {
  return Expr::apply(ExprOp::Le, {std::move(a), std::move(b)});
}
inline Expr select(Expr condition, Expr ifTrue, Expr ifFalse) {
  return Expr::apply(ExprOp::Select, {std::move(condition), std::move(ifTrue),
                                      std::move(ifFalse)});
}

} // namespace hipc

#endif // HIPC_RUNTIME_PACKAGE_EXPR_H
