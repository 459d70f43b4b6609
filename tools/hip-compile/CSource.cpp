//===- CSource.cpp - A package as a program in C
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CSource.h"

#include "CSupport.h"
#include "runtime/call/Shapes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace hipc;

namespace hip_compile {

/// Names of C and of what we write, which no argument may have.
constexpr llvm::StringRef kTaken[] = {
    "auto",     "break",    "case",     "char",   "const",   "continue",
    "default",  "do",       "double",   "else",   "enum",    "extern",
    "float",    "for",      "goto",     "if",     "inline",  "int",
    "long",     "register", "restrict", "return", "short",   "signed",
    "sizeof",   "static",   "struct",   "switch", "typedef", "union",
    "unsigned", "void",     "volatile", "while",  "grid",    "offsets",
    "follows",  "program",  "result",   "stream", "work",    "workspace"};

/// The name as an identifier, or another one where it cannot be.
static std::string identifier(llvm::StringRef name, llvm::StringRef otherwise,
                              llvm::ArrayRef<std::string> used = {}) {
  bool fits =
      !name.empty() && !llvm::isDigit(name[0]) &&
      llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
  if (!fits || llvm::is_contained(kTaken, name) ||
      llvm::is_contained(used, name.str()))
    return otherwise.str();
  return name.str();
}

/// What is not finite has its name of math.h, which C programs include.
static std::string spell(float value) {
  if (std::isnan(value))
    return "NAN";
  if (std::isinf(value))
    return value < 0 ? "-INFINITY" : "INFINITY";
  char text[32];
  std::snprintf(text, sizeof(text), "%af", double(value));
  return text;
}

/// As a C compiler reads it back; texts have no other control characters.
static std::string quoted(llvm::StringRef text) {
  std::string literal = "\"";
  for (char c : text)
    if (c == '\t' || c == '\n')
      literal += c == '\t' ? "\\t" : "\\n";
    else
      literal.append(c == '"' || c == '\\', '\\').push_back(c);
  return literal + '"';
}

namespace {
class Writer {
public:
  Writer(const Package &package, const std::string &header)
      : package(package), plan(package.plan), headerName(header),
        prefix(identifier(plan.name, "hip_program")) {
    std::vector<std::string> used;
    auto add = [&](llvm::StringRef name, const std::string &otherwise) {
      used.push_back(identifier(name, otherwise, used));
      return used.back();
    };
    for (size_t i = 0; i < plan.inputs.size(); ++i)
      names.inputs.push_back(add(plan.inputs[i].name, join("in", i)));
    for (size_t i = 0; i < plan.outputs.size(); ++i)
      names.outputs.push_back(add(plan.outputs[i].spec.name, join("out", i)));
    names.member = "->";
    names.functions = "hip_";
  }

  std::string header() const;
  std::string source() const;

private:
  // Declarations.
  std::string arrays(bool outputs, bool numbers) const;
  std::string describe(const TensorSpec &spec, const std::string &name,
                       std::span<const Expr> sizes) const;
  std::vector<std::string> arrayNames(bool outputs) const;
  Values values() const;

  // Functions.
  std::string kernelNames() const;
  std::string ptx() const;
  std::string check() const;
  std::string checkArray(const TensorSpec &spec, const std::string &name,
                         std::span<const Expr> sizes, bool written) const;
  std::string layout() const;
  std::string steps(size_t first, size_t end, const std::string &indent) const;
  std::string kernel(const KernelStep &step, const std::string &indent) const;
  std::string copy(const CopyStep &step, const std::string &indent) const;
  std::string parameter(const Argument &argument, size_t number,
                        const std::string &indent) const;
  std::string encode(const Argument &argument, size_t number) const;

  std::string address(BufferRef buffer, const Expr &offset) const;
  std::string text(const Expr &expr) const { return expr.text(names); }

  const Package &package;
  const Plan &plan;
  std::string headerName, prefix;
  ExprNames names;
};
} // namespace

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

/// Of a number: whether it is an f32, else an i32.
static bool isReal(const TensorSpec &number) {
  return number.dtype == DType::F32;
}

/// "const attention_array *q, float scale"
std::string Writer::arrays(bool outputs, bool numbers) const {
  std::string list;
  auto add = [&](const std::string &parameter) {
    list += (list.empty() ? "" : ", ") + parameter;
  };
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    if (!plan.inputs[i].number)
      add("const " + prefix + "_array *" + names.inputs[i]);
    else if (numbers)
      add((isReal(plan.inputs[i]) ? "float " : "int32_t ") + names.inputs[i]);
  }
  if (outputs)
    for (const std::string &name : names.outputs)
      add("const " + prefix + "_array *" + name);
  return list;
}

/// Those that a call passes on.
std::vector<std::string> Writer::arrayNames(bool outputs) const {
  std::vector<std::string> list;
  for (size_t i = 0; i < plan.inputs.size(); ++i)
    if (!plan.inputs[i].number)
      list.push_back(names.inputs[i]);
  if (outputs)
    llvm::append_range(list, names.outputs);
  return list;
}

/// What header and source both name.
Values Writer::values() const {
  return {{"NAME", prefix},
          {"KERNELS", join(package.kernels.size())},
          {"WORK_ALIGNMENT", join(kStorageAlignment)},
          {"ALL", arrays(/*outputs=*/true, /*numbers=*/false)},
          {"IN", arrays(/*outputs=*/false, /*numbers=*/false)},
          {"CALL", arrays(/*outputs=*/true, /*numbers=*/true)}};
}

/// " *   q: bf16 [any, 32, any, 128]"
std::string Writer::describe(const TensorSpec &spec, const std::string &name,
                             std::span<const Expr> sizes) const {
  std::vector<std::string> shape;
  shape.reserve(spec.dims.size());
  for (size_t i = 0; i < spec.dims.size(); ++i)
    shape.push_back(i < sizes.size()           ? text(sizes[i])
                    : spec.dims[i] == kDynamic ? "any"
                                               : join(spec.dims[i]));
  return join(" *   ", name, ": ", dtypeName(spec.dtype), " [",
              llvm::join(shape, ", "), "]\n");
}

std::string Writer::header() const {
  std::string guard = llvm::StringRef(prefix).upper() + "_H";
  size_t rank = 1;
  std::string shapes;
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    const TensorSpec &spec = plan.inputs[i];
    rank = std::max(rank, spec.dims.size());
    shapes += spec.number ? join(" *   ", names.inputs[i], ": ",
                                 dtypeName(spec.dtype), "\n")
                          : describe(spec, names.inputs[i], {});
  }
  for (size_t i = 0; i < plan.outputs.size(); ++i) {
    const OutputSpec &output = plan.outputs[i];
    rank = std::max(rank, output.spec.dims.size());
    shapes += describe(output.spec, names.outputs[i], output.dims);
  }
  Values all = values();
  llvm::append_values(all, Value("GUARD", guard),
                      Value("COMPILER", package.compilerVersion),
                      Value("TARGET", package.target), Value("SHAPES", shapes),
                      Value("RANK", join(rank)));
  return fill(kHeader, all);
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

std::string Writer::kernelNames() const {
  std::vector<std::string> list;
  list.reserve(package.kernels.size());
  for (const std::string &kernel : package.kernels)
    list.push_back("    " + quoted(kernel));
  return llvm::join(list, ",\n");
}

/// A literal a line.
std::string Writer::ptx() const {
  auto isPtx = [](const Blob &blob) { return blob.kind == BlobKind::Ptx; };
  llvm::StringRef rest = llvm::find_if(package.blobs, isPtx)->bytes;
  std::string literal;
  while (!rest.empty()) {
    size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    literal += "    " + quoted(rest.take_front(end)) + "\n";
    rest = rest.drop_front(end);
  }
  return literal;
}

std::string Writer::checkArray(const TensorSpec &spec, const std::string &name,
                               std::span<const Expr> sizes,
                               bool written) const {
  std::string lines = join(
      "  if (!takes(", name, ", ", spec.dims.size(), ", ",
      dtypeBytes(spec.dtype), ", ",
      spec.dtype == DType::I32 || spec.dtype == DType::I64, ", ", written,
      "))\n    return ",
      quoted(join(name, ": sizes below 2^31, strides of whole rows, the last "
                        "one 1, data and rows at multiples of 16 bytes")),
      ";\n");
  for (size_t i = 0; i < spec.dims.size(); ++i) {
    if (i >= sizes.size() && spec.dims[i] == kDynamic)
      continue;
    std::string wanted = i < sizes.size() ? text(sizes[i]) : join(spec.dims[i]);
    lines +=
        join("  if (", name, "->dim[", i, "] != ", wanted, ")\n    return ",
             quoted(join(name, ": size ", i, " has to be ", wanted)), ";\n");
  }
  return lines;
}

/// The message with the expressions that its values are.
static std::string messageOf(const Check &check, const ExprNames &names) {
  std::string message = check.message;
  for (size_t i = 0; i < check.values.size(); ++i) {
    std::string mark = join("{", i, "}");
    for (size_t at = message.find(mark); at != std::string::npos;
         at = message.find(mark, at))
      message.replace(at, mark.size(), check.values[i].text(names));
  }
  return message;
}

std::string Writer::check() const {
  std::string lines;
  for (size_t i = 0; i < plan.inputs.size(); ++i)
    if (!plan.inputs[i].number)
      lines += checkArray(plan.inputs[i], names.inputs[i], {}, false);
  for (const Check &check : plan.checks)
    lines += join("  if (!(", text(check.condition), "))\n    return ",
                  quoted(messageOf(check, names)), ";\n");
  for (size_t i = 0; i < plan.outputs.size(); ++i)
    lines += checkArray(plan.outputs[i].spec, names.outputs[i],
                        plan.outputs[i].dims, true);
  return lines;
}

std::string Writer::layout() const {
  std::string lines;
  for (size_t i = 0; i < plan.workspace.size(); ++i)
    lines += join("  total = place(&offsets[", i, "], total, ",
                  text(plan.workspace[i].bytes), "); /* ",
                  plan.workspace[i].name, " */\n");
  return lines;
}

std::string Writer::address(BufferRef buffer, const Expr &offset) const {
  std::string base;
  switch (buffer.kind) {
  case BufferKind::Workspace:
    base = join("work + offsets[", buffer.index, "]");
    break;
  case BufferKind::Input:
    base = "(char *)" + names.inputs[buffer.index] + "->data";
    break;
  case BufferKind::Output:
    base = "(char *)" + names.outputs[buffer.index] + "->data";
    break;
  }
  return offset.constant() == 0 ? base : base + " + (" + text(offset) + ")";
}

static std::string enumerator(DType element) {
  return element == DType::F32    ? "CU_TENSOR_MAP_DATA_TYPE_FLOAT32"
         : element == DType::BF16 ? "CU_TENSOR_MAP_DATA_TYPE_BFLOAT16"
                                  : "CU_TENSOR_MAP_DATA_TYPE_FLOAT16";
}

static std::string swizzleName(uint32_t bytes) {
  return bytes ? join("CU_TENSOR_MAP_SWIZZLE_", bytes, "B")
               : "CU_TENSOR_MAP_SWIZZLE_NONE";
}

/// A local of the block that each kernel has for itself.
std::string Writer::parameter(const Argument &argument, size_t number,
                              const std::string &indent) const {
  std::string name = join("p", number);
  switch (argument.kind) {
  case Argument::Kind::Pointer:
    return join(indent, "void *", name, " = ",
                address(argument.buffer, argument.value), ";\n");
  case Argument::Kind::Integer:
    return join(indent, "int64_t ", name, " = ", text(argument.value), ";\n");
  case Argument::Kind::Float:
    return join(indent, "float ", name, " = ", spell(argument.real), ";\n");
  case Argument::Kind::Number:
    // An integer fills its slot.
    return join(indent,
                isReal(plan.inputs[argument.buffer.index]) ? "float "
                                                           : "int64_t ",
                name, " = ", names.inputs[argument.buffer.index], ";\n");
  case Argument::Kind::TensorMap:
    return join(indent, "CUtensorMap ", name, ";\n");
  }
  llvm_unreachable("unknown argument");
}

/// The call that makes a tensor map.
std::string Writer::encode(const Argument &argument, size_t number) const {
  const TensorMapSpec &map = *argument.map;
  auto list = [&](const std::vector<Expr> &exprs) {
    std::vector<std::string> texts;
    texts.reserve(exprs.size());
    for (const Expr &expr : exprs)
      texts.push_back(text(expr));
    return texts.empty() ? std::string("0") : llvm::join(texts, ", ");
  };
  std::vector<std::string> box;
  box.reserve(map.box.size());
  for (uint32_t size : map.box)
    box.push_back(join(size));
  return join("encode(&p", number, ", ", enumerator(map.element), ", ",
              dtypeBytes(map.element), ", ", map.sizes.size(), ", ",
              address(argument.buffer, argument.value), ",\n",
              "               (int64_t[]){", list(map.sizes), "}, (int64_t[]){",
              list(map.strides), "},\n", "               (cuuint32_t[]){",
              llvm::join(box, ", "), "}, ", swizzleName(map.swizzle), ")");
}

std::string Writer::kernel(const KernelStep &step,
                           const std::string &indent) const {
  std::string inner = indent + "  ", lines = indent + "{\n";
  lines += join(inner, "const int64_t grid[3] = {", text(step.grid[0]), ", ",
                text(step.grid[1]), ", ", text(step.grid[2]), "};\n");
  std::vector<std::string> pointers, maps;
  for (size_t i = 0; i < step.arguments.size(); ++i) {
    lines += parameter(step.arguments[i], i, inner);
    pointers.push_back(join("&p", i));
    if (step.arguments[i].kind == Argument::Kind::TensorMap)
      maps.push_back(encode(step.arguments[i], i));
  }
  std::string list =
      pointers.empty() ? std::string("0") : llvm::join(pointers, ", ");
  lines += join(inner, "void *parameters[] = {", list, "};\n");
  for (const std::string &map : maps)
    lines += join(inner, "if (result == CUDA_SUCCESS && !empty(grid))\n", inner,
                  "  result = ", map, ";\n");
  lines += join(inner, "if (result == CUDA_SUCCESS)\n", inner,
                "  result = launch(program->kernels[", step.kernel, "], grid, ",
                step.threads[0], ", ", step.threads[1], ", ", step.threads[2],
                ", ", text(step.dynamicSharedBytes), ", stream, parameters, ",
                step.dependent ? "program->overlaps && follows" : "0", ");\n",
                inner, "follows |= !empty(grid);\n");
  return lines + indent + "}\n";
}

std::string Writer::copy(const CopyStep &step,
                         const std::string &indent) const {
  std::string bytes = text(step.bytes);
  return join(
      indent, "follows = 0;\n", indent, "if (result == CUDA_SUCCESS && ", bytes,
      " > 0)\n", indent, "  result = cuMemcpyDtoDAsync((CUdeviceptr)(",
      address(step.to, Expr(0)), "), (CUdeviceptr)(",
      address(step.from, Expr(0)), "), (size_t)(", bytes, "), stream);\n");
}

std::string Writer::steps(size_t first, size_t end,
                          const std::string &indent) const {
  std::string lines;
  for (size_t i = first; i < end; ++i) {
    const Step &step = plan.steps[i];
    if (const auto *launched = std::get_if<KernelStep>(&step)) {
      lines += kernel(*launched, indent);
    } else if (const auto *copied = std::get_if<CopyStep>(&step)) {
      lines += copy(*copied, indent);
    } else {
      const auto &loop = std::get<LoopStep>(step);
      std::string counter = join("i", i);
      lines +=
          join(indent, "for (int64_t ", counter, " = 0, n = ", text(loop.count),
               "; ", counter, " < n; ++", counter, ") {\n",
               steps(i + 1, i + 1 + loop.steps, indent + "  "), indent, "}\n");
      i += loop.steps;
    }
  }
  return lines;
}

std::string Writer::source() const {
  std::vector<std::string> in = arrayNames(/*outputs=*/false);
  std::string use;
  for (const std::string &name : in)
    use += "  (void)" + name + ";\n";
  Values all = values();
  llvm::append_values(
      all, Value("HEADER", headerName), Value("KERNEL_NAMES", kernelNames()),
      Value("PTX", ptx()), Value("CHECK", check()), Value("LAYOUT", layout()),
      Value("USE", use), Value("COMMA", in.empty() ? "" : ", "),
      Value("ALIGNMENT", join(kWorkspaceAlignment)),
      Value("OFFSETS", join(std::max<size_t>(plan.workspace.size(), 1))),
      Value("STEPS", steps(0, plan.steps.size(), "  ")),
      Value("ALL_NAMES", llvm::join(arrayNames(/*outputs=*/true), ", ")),
      Value("IN_NAMES", llvm::join(in, ", ")));
  return fill(
      join(kSourceStart, hasTensorMaps(plan) ? kEncode : "", kSourceEnd), all);
}

CFiles writeC(const Package &package, const std::string &name) {
  Writer writer(package, name);
  return {writer.header(), writer.source()};
}

} // namespace hip_compile
