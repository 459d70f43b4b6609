#include "runtime/package/Expr.h"

namespace hipc {

namespace {
/// Binding strength of the outermost operation of a printed piece.
enum Precedence { Comparison, Sum, Product, Primary };

struct Piece {
  std::string text;
  Precedence precedence = Primary;
};

/// How an operation is written: between its operands, as a function of them,
/// or, of a leaf, neither.
struct Form {
  std::string_view infix, function;
  Precedence precedence = Primary;
};

Form formOf(ExprOp op) {
  switch (op) {
  case ExprOp::Add:
    return {" + ", "", Sum};
  case ExprOp::Sub:
    return {" - ", "", Sum};
  case ExprOp::Mul:
    return {" * ", "", Product};
  case ExprOp::Eq:
    return {" == ", "", Comparison};
  case ExprOp::Ne:
    return {" != ", "", Comparison};
  case ExprOp::Lt:
    return {" < ", "", Comparison};
  case ExprOp::Le:
    return {" <= ", "", Comparison};
  case ExprOp::FloorDiv:
    return {"", "floordiv"};
  case ExprOp::CeilDiv:
    return {"", "ceildiv"};
  case ExprOp::Rem:
    return {"", "mod"};
  case ExprOp::Min:
    return {"", "min"};
  case ExprOp::Max:
    return {"", "max"};
  case ExprOp::Select:
    return {"", "select"};
  case ExprOp::LeadingZeros:
    return {"", "clz"};
  case ExprOp::Const:
  case ExprOp::Dim:
  case ExprOp::InputStride:
  case ExprOp::OutputStride:
    break;
  }
  return {};
}

std::string tensorName(const std::vector<std::string> &names, uint32_t index,
                       std::string_view fallback) {
  if (index < names.size() && !names[index].empty())
    return names[index];
  return join(fallback, index);
}

std::string leafText(const ExprCode &code, const ExprNames &names) {
  std::string input = tensorName(names.inputs, code.tensor, "in");
  switch (code.op) {
  case ExprOp::Const:
    return join(code.value);
  case ExprOp::Dim:
    return join(input, names.member, "dim[", code.axis, "]");
  case ExprOp::InputStride:
    return join(input, names.member, "stride[", code.axis, "]");
  case ExprOp::OutputStride:
    return join(tensorName(names.outputs, code.tensor, "out"), names.member,
                "stride[", code.axis, "]");
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
  case ExprOp::Select:
  case ExprOp::LeadingZeros:
    break; // have operands
  }
  return "<malformed>";
}

std::string enclosed(const Piece &piece, bool needed) {
  return needed ? join("(", piece.text, ")") : piece.text;
}

Piece combine(ExprOp op, std::span<const Piece> operands,
              const ExprNames &names) {
  Form form = formOf(op);
  if (!form.infix.empty()) {
    // Left-associative: the right side needs parentheses at equal strength,
    // comparisons on both sides.
    const Piece &left = operands[0], &right = operands[1];
    bool wrapLeft = form.precedence == Comparison
                        ? left.precedence == Comparison
                        : left.precedence < form.precedence;
    return {join(enclosed(left, wrapLeft), form.infix,
                 enclosed(right, right.precedence <= form.precedence)),
            form.precedence};
  }
  std::string text = join(names.functions, form.function, "(");
  for (size_t i = 0; i < operands.size(); ++i)
    text += join(i ? ", " : "", operands[i].text);
  return {text + ")", Primary};
}
} // namespace

std::string Expr::text(const ExprNames &names) const {
  std::vector<Piece> stack;
  for (const ExprCode &code : postfix) {
    size_t operands = exprOperands(code.op);
    if (stack.size() < operands)
      return "<malformed>";
    Piece piece;
    if (operands == 0)
      piece.text = leafText(code, names);
    else
      piece = combine(code.op, std::span(stack).last(operands), names);
    stack.resize(stack.size() - operands);
    stack.push_back(std::move(piece));
  }
  return stack.size() == 1 ? stack[0].text : "<malformed>";
}

} // namespace hipc
