#include "runtime/package/Expr.h"

#include <bit>

namespace hipc {

/// Deep enough for any expression a compiler writes; bounds the evaluator.
static constexpr int kMaxStack = 64;

int exprOperands(ExprOp op) {
  switch (op) {
  case ExprOp::Const:
  case ExprOp::Dim:
  case ExprOp::InputStride:
  case ExprOp::OutputStride:
    return 0;
  case ExprOp::LeadingZeros:
    return 1;
  case ExprOp::Select:
    return 3;
  case ExprOp::Add:
  case ExprOp::Sub:
  case ExprOp::Mul:
  case ExprOp::FloorDiv:
  case ExprOp::CeilDiv:
  case ExprOp::Rem:
  case ExprOp::Min:
  case ExprOp::Max:
  case ExprOp::Eq:
  case ExprOp::Ne:
  case ExprOp::Lt:
  case ExprOp::Le:
    return 2;
  }
  return 0; // no operation; Expr::verify refuses it
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

static Expr leaf(ExprOp op, uint32_t tensor, uint32_t axis) {
  return Expr(std::vector<ExprCode>{{op, tensor, axis, 0}});
}

Expr Expr::dim(uint32_t input, uint32_t axis) {
  return leaf(ExprOp::Dim, input, axis);
}
Expr Expr::inputStride(uint32_t input, uint32_t axis) {
  return leaf(ExprOp::InputStride, input, axis);
}
Expr Expr::outputStride(uint32_t output, uint32_t axis) {
  return leaf(ExprOp::OutputStride, output, axis);
}

std::optional<int64_t> Expr::constant() const {
  if (postfix.size() == 1 && postfix[0].op == ExprOp::Const)
    return postfix[0].value;
  return std::nullopt;
}

static bool isComparison(const Expr &expr) {
  ExprOp last = expr.code().back().op;
  return last == ExprOp::Eq || last == ExprOp::Ne || last == ExprOp::Lt ||
         last == ExprOp::Le;
}

/// The operand that `op` gives as it is: x * 1, 1 * x, x + 0, and a comparison
/// that is compared with 0.
static const Expr *unchanged(ExprOp op, const Expr &a, const Expr &b) {
  if (op == ExprOp::Mul && b.constant() == 1)
    return &a;
  if (op == ExprOp::Mul && a.constant() == 1)
    return &b;
  if (op == ExprOp::Add && b.constant() == 0)
    return &a;
  if (op == ExprOp::Ne && b.constant() == 0 && isComparison(a))
    return &a;
  return nullptr;
}

Expr Expr::apply(ExprOp op, std::initializer_list<Expr> operands) {
  assert(exprOperands(op) == static_cast<int>(operands.size()) &&
         "wrong number of operands");
  if (operands.size() == 2)
    if (const Expr *same =
            unchanged(op, operands.begin()[0], operands.begin()[1]))
      return *same;
  std::vector<ExprCode> code;
  bool constants = true;
  for (const Expr &operand : operands) {
    code.insert(code.end(), operand.postfix.begin(), operand.postfix.end());
    constants &= operand.constant().has_value();
  }
  code.push_back({op, 0, 0, 0});
  Expr result(std::move(code));
  if (constants)
    if (Expected<int64_t> value = result.evaluate({}))
      return Expr(*value);
  return result;
}

//===----------------------------------------------------------------------===//
// Checking and evaluating
//===----------------------------------------------------------------------===//

static Status checkReference(const ExprCode &code,
                             const std::vector<int64_t> &ranks,
                             std::string_view what) {
  if (code.tensor >= ranks.size())
    return error(Code::Invalid, "expression refers to ", what, " ", code.tensor,
                 " of ", ranks.size());
  if (code.axis >= ranks[code.tensor])
    return error(Code::Invalid, "expression refers to axis ", code.axis, " of ",
                 what, " ", code.tensor, ", which has rank ",
                 ranks[code.tensor]);
  return {};
}

Status Expr::verify(const ExprScope &scope) const {
  int depth = 0;
  for (const ExprCode &code : postfix) {
    if (static_cast<unsigned>(code.op) >= kExprOpCount)
      return error(Code::Invalid, "unknown expression operation ",
                   static_cast<unsigned>(code.op));
    if (code.op == ExprOp::Dim || code.op == ExprOp::InputStride)
      HIPC_RETURN_IF_ERROR(checkReference(code, scope.inputRanks, "input"));
    if (code.op == ExprOp::OutputStride)
      HIPC_RETURN_IF_ERROR(checkReference(code, scope.outputRanks, "output"));
    depth -= exprOperands(code.op);
    if (depth < 0)
      return error(Code::Invalid, "expression takes from an empty stack");
    if (++depth > kMaxStack)
      return error(Code::Invalid, "expression needs a stack deeper than ",
                   kMaxStack);
  }
  if (depth != 1)
    return error(Code::Invalid, "expression leaves ", depth,
                 " values instead of 1");
  return {};
}

static std::optional<int64_t> quickLeaf(const ExprCode &code,
                                        const ExprEnv &env) {
  if (code.op == ExprOp::Const)
    return code.value;
  std::span<const Tensor> tensors =
      code.op == ExprOp::OutputStride ? env.outputs : env.inputs;
  if (code.tensor >= tensors.size())
    return std::nullopt;
  const Tensor &tensor = tensors[code.tensor];
  const Dims &list = code.op == ExprOp::Dim ? tensor.dims : tensor.strides;
  if (code.axis >= list.size())
    return std::nullopt;
  return list[code.axis];
}

/// The same, with what is wrong where it has no value.
static Expected<int64_t> readLeaf(const ExprCode &code, const ExprEnv &env) {
  if (std::optional<int64_t> value = quickLeaf(code, env))
    return *value;
  return error(Code::Invalid, "expression refers to axis ", code.axis, " of ",
               code.op == ExprOp::OutputStride ? "output " : "input ",
               code.tensor, ", which the environment lacks");
}

/// What binary() gives; nothing where that is an error or the operands are
/// unusual.
static std::optional<int64_t> quickBinary(ExprOp op, int64_t a, int64_t b) {
  int64_t result = 0;
  bool failed = false;
  switch (op) {
  case ExprOp::Add:
    failed = __builtin_add_overflow(a, b, &result);
    break;
  case ExprOp::Sub:
    failed = __builtin_sub_overflow(a, b, &result);
    break;
  case ExprOp::Mul:
    failed = __builtin_mul_overflow(a, b, &result);
    break;
  case ExprOp::CeilDiv:
  case ExprOp::FloorDiv:
  case ExprOp::Rem:
    if (a < 0 || b <= 0)
      return std::nullopt;
    return op == ExprOp::Rem ? a % b
                             : a / b + (op == ExprOp::CeilDiv && a % b != 0);
  case ExprOp::Min:
    return std::min(a, b);
  case ExprOp::Max:
    return std::max(a, b);
  case ExprOp::Eq:
    return a == b;
  case ExprOp::Ne:
    return a != b;
  case ExprOp::Lt:
    return a < b;
  case ExprOp::Le:
    return a <= b;
  case ExprOp::Const:
  case ExprOp::Dim:
  case ExprOp::InputStride:
  case ExprOp::OutputStride:
  case ExprOp::Select:
  case ExprOp::LeadingZeros:
    return std::nullopt; // not of two operands
  }
  return failed ? std::nullopt : std::optional(result);
}

static Expected<int64_t> divide(ExprOp op, int64_t a, int64_t b) {
  if (b == 0)
    return error(Code::Invalid, "division of ", a, " by zero");
  if (b == -1) {
    // The one quotient that does not fit is -INT64_MIN.
    int64_t quotient = 0;
    if (op == ExprOp::Rem)
      return 0;
    if (__builtin_sub_overflow(int64_t{0}, a, &quotient))
      return error(Code::Invalid, "overflow in ", a, " / ", b);
    return quotient;
  }
  int64_t quotient = a / b;
  int64_t remainder = a % b;
  bool sameSign = (remainder < 0) == (b < 0);
  if (op == ExprOp::CeilDiv)
    return quotient + (remainder != 0 && sameSign);
  if (op == ExprOp::FloorDiv)
    return quotient - (remainder != 0 && !sameSign);
  return remainder != 0 && !sameSign ? remainder + b : remainder;
}

static Expected<int64_t> binary(ExprOp op, int64_t a, int64_t b) {
  if (std::optional<int64_t> value = quickBinary(op, a, b))
    return *value;
  switch (op) {
  case ExprOp::Add:
  case ExprOp::Sub:
  case ExprOp::Mul:
    return error(Code::Invalid, "overflow of 64 bits in an operation on ", a,
                 " and ", b);
  case ExprOp::FloorDiv:
  case ExprOp::CeilDiv:
  case ExprOp::Rem:
    return divide(op, a, b);
  case ExprOp::Min:
  case ExprOp::Max:
  case ExprOp::Eq:
  case ExprOp::Ne:
  case ExprOp::Lt:
  case ExprOp::Le:
  case ExprOp::Const:
  case ExprOp::Dim:
  case ExprOp::InputStride:
  case ExprOp::OutputStride:
  case ExprOp::Select:
  case ExprOp::LeadingZeros:
    break; // never fails, or is not of two operands
  }
  return error(Code::Invalid, "unknown expression operation ",
               static_cast<unsigned>(op));
}

/// Evaluates to a `Number` that `leaf` and `binary` give as well; `fail` makes
/// one of why there is none.
template <typename Number, typename Leaf, typename Binary, typename Fail>
static Number walk(const std::vector<ExprCode> &postfix, Leaf leaf,
                   Binary binary, Fail fail) {
  int64_t stack[kMaxStack];
  int depth = 0;
  for (const ExprCode &code : postfix) {
    int operands = exprOperands(code.op);
    if (depth < operands)
      return fail("expression takes from an empty stack");
    depth -= operands;
    if (depth == kMaxStack)
      return fail("expression needs a stack deeper than ", kMaxStack);
    const int64_t *top = stack + depth;
    Number value = int64_t{0};
    if (operands == 0)
      value = leaf(code);
    else if (operands == 1)
      value = std::countl_zero(static_cast<uint64_t>(top[0]));
    else if (operands == 2)
      value = binary(code.op, top[0], top[1]);
    else
      value = top[0] ? top[1] : top[2];
    if (!value)
      return value;
    stack[depth++] = *value;
  }
  if (depth != 1)
    return fail("expression leaves ", depth, " values instead of 1");
  return stack[0];
}

std::optional<int64_t> Expr::quickValue(const ExprEnv &env) const {
  if (postfix.size() == 1)
    return exprOperands(postfix[0].op) ? std::nullopt
                                       : quickLeaf(postfix[0], env);
  return walk<std::optional<int64_t>>(
      postfix, [&](const ExprCode &code) { return quickLeaf(code, env); },
      quickBinary, [](auto &&...) { return std::nullopt; });
}

Expected<int64_t> Expr::evaluate(const ExprEnv &env) const {
  if (std::optional<int64_t> value = quickValue(env))
    return *value;
  return walk<Expected<int64_t>>(
      postfix, [&](const ExprCode &code) { return readLeaf(code, env); },
      binary, [](auto &&...parts) { return error(Code::Invalid, parts...); });
}

} // namespace hipc
