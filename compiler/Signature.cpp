//===- Signature.cpp - The entry of a module
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/Signature.h"

#include "compiler/Compiler.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace hipc {

/// Host functions are named after the function they call.
constexpr std::string_view kHostPrefix = "hipc_";

static std::string spell(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

Expected<func::FuncOp> findEntry(ModuleOp module, const std::string &name) {
  SmallVector<func::FuncOp> matches;
  std::string known;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isExternal() || !function.isPublic())
      continue;
    known += join(known.empty() ? "" : ", ", "@",
                  std::string_view(function.getName()));
    if (name.empty() || function.getName() == name)
      matches.push_back(function);
  }
  if (matches.size() == 1)
    return matches.front();
  if (!name.empty())
    return error(Code::NotFound, "no public function @", name,
                 " in the module, only [", known, "]");
  return error(Code::Invalid, "the module has ", matches.size(),
               " public functions [", known,
               "], but the entry has to be one; name it");
}

static Expected<TensorSpec> readSpec(std::string_view role, size_t index,
                                     Type type, bool takesNumber) {
  if (takesNumber && type.isF32())
    return TensorSpec{"", DType::F32, {}, /*number=*/true};
  if (takesNumber && type.isSignlessInteger(32))
    return TensorSpec{"", DType::I32, {}, /*number=*/true};
  auto tensor = dyn_cast<RankedTensorType>(type);
  std::optional<DType> dtype;
  if (tensor)
    dtype = parseDType(spell(tensor.getElementType()));
  if (!dtype || tensor.getRank() > kMaxRank)
    return error(Code::Unsupported, role, " ", index, " of the entry is ",
                 spell(type), ", but it has to be ",
                 takesNumber ? "f32, i32 or " : "",
                 "a ranked tensor of at most ", kMaxRank,
                 " dimensions and a type of .npy arrays (S24)");
  TensorSpec spec{"", *dtype, {}};
  for (int64_t size : tensor.getShape())
    spec.dims.push_back(ShapedType::isDynamic(size) ? kDynamic : size);
  return spec;
}

static Status readSpecs(std::string_view role, TypeRange types,
                        bool takesNumbers, std::vector<TensorSpec> &specs) {
  for (auto [i, type] : llvm::enumerate(types)) {
    Expected<TensorSpec> spec = readSpec(role, i, type, takesNumbers);
    if (!spec)
      return spec.status();
    specs.push_back(std::move(*spec));
  }
  return {};
}

std::string sourceEntry(const Package &package) {
  std::string_view name = package.entryName();
  if (package.kind == PackageKind::Host && name.starts_with(kHostPrefix))
    name.remove_prefix(std::string_view(kHostPrefix).size());
  return std::string(name);
}

Expected<HostEntry> readSignature(func::FuncOp entry) {
  HostEntry host;
  host.name = join(kHostPrefix, std::string_view(entry.getName()));
  HIPC_RETURN_IF_ERROR(
      readSpecs("input", entry.getArgumentTypes(), true, host.inputs));
  HIPC_RETURN_IF_ERROR(
      readSpecs("output", entry.getResultTypes(), false, host.outputs));
  return host;
}

static Value destinationOfBranches(OpResult result);

/// The value in whose memory another one is made, if ops may write there. Loops
/// copy their initial values if they have to.
static Value destinationOf(Value value) {
  while (auto result = dyn_cast<OpResult>(value)) {
    Operation *op = result.getOwner();
    if (auto writer = dyn_cast<DestinationStyleOpInterface>(op))
      value = writer.getTiedOpOperand(result)->get();
    else if (auto cast = dyn_cast<tensor::CastOp>(op))
      value = cast.getSource();
    else if (Value both = destinationOfBranches(result))
      value = both;
    else
      break;
  }
  return value;
}

/// The same for a result of an scf.if: that of both branches, null if they
/// differ.
static Value destinationOfBranches(OpResult result) {
  auto branch = dyn_cast<scf::IfOp>(result.getOwner());
  if (!branch)
    return {};
  unsigned number = result.getResultNumber();
  Value yes = destinationOf(branch.thenYield().getOperand(number)),
        no = destinationOf(branch.elseYield().getOperand(number));
  return yes == no ? yes : Value();
}

/// Copies an input and replaces it by the copy from here on.
static void copyInput(BlockArgument input) {
  OpBuilder b(input.getContext());
  b.getContext()->loadDialect<bufferization::BufferizationDialect>();
  b.setInsertionPointToStart(input.getOwner());
  auto copy = bufferization::AllocTensorOp::create(
      b, input.getLoc(), cast<RankedTensorType>(input.getType()), ValueRange(),
      /*copy=*/input);
  input.replaceAllUsesExcept(copy, copy);
}

void keepInputs(func::FuncOp entry, bool hasPlan) {
  llvm::SmallPtrSet<Value, 4> givenBack;
  entry.walk([&](func::ReturnOp exit) {
    for (Value value : exit.getOperands())
      if (!isa<BlockArgument>(value))
        givenBack.insert(destinationOf(value));
  });
  for (BlockArgument input : entry.getArguments()) {
    if (!isa<TensorType>(input.getType()))
      continue;
    bool isCopied = givenBack.contains(input);
    if (isCopied && hasPlan)
      continue;
    entry.setArgAttr(input.getArgNumber(),
                     bufferization::BufferizationDialect::kWritableAttrName,
                     BoolAttr::get(entry.getContext(), false));
    if (isCopied)
      copyInput(input);
  }
}

} // namespace hipc
