//===- AttentionProgram.cpp - The module of hip-run attention
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionProgram.h"

#include "dialect/HipOps.h"
#include "runtime/jit/Diagnostics.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace mlir::hip;

namespace hip_run {

// Dimensions of [B, heads, T, D].
constexpr int64_t kRows = 2;

static mlir::hip::Heads dialectHeads(Heads heads) {
  switch (heads) {
  case Heads::Query:
    return mlir::hip::Heads::Query;
  case Heads::Kv:
    return mlir::hip::Heads::Kv;
  case Heads::All:
    return mlir::hip::Heads::All;
  }
  llvm_unreachable("unknown heads");
}

namespace {
class AttentionBuilder {
public:
  AttentionBuilder(MLIRContext *context, const AttentionArguments &arguments,
                   PolicyAttrInterface policy)
      : b(context), loc(b.getUnknownLoc()), arguments(arguments),
        policy(policy) {}

  OwningOpRef<ModuleOp> build(const AttentionArrays &arrays);

private:
  RankedTensorType inputType(const hipc::Tensor &tensor);
  SmallVector<Value> emptyAttention();
  SmallVector<Value> attention();
  SmallVector<Value> prune();
  SmallVector<Value> sparseAttention(Value blocks, Value counts);
  Value ceilDiv(Value size, int64_t divisor);
  Value empty(ArrayRef<int64_t> shape, Type element, ValueRange sizes);
  int64_t selectionHeads();
  FloatAttr optionalFloat(std::optional<float> value);

  OpBuilder b;
  Location loc;
  const AttentionArguments &arguments;
  PolicyAttrInterface policy;
  TypedValue<RankedTensorType> query, key, value;
};
} // namespace

RankedTensorType AttentionBuilder::inputType(const hipc::Tensor &tensor) {
  SmallVector<int64_t> shape(tensor.dims.begin(), tensor.dims.end());
  shape[kRows] = ShapedType::kDynamic;
  Type element = parseType(hipc::dtypeName(tensor.dtype), b.getContext());
  return RankedTensorType::get(shape, element);
}

Value AttentionBuilder::ceilDiv(Value size, int64_t divisor) {
  Value by = arith::ConstantIndexOp::create(b, loc, divisor);
  return arith::CeilDivUIOp::create(b, loc, size, by);
}

Value AttentionBuilder::empty(ArrayRef<int64_t> shape, Type element,
                              ValueRange sizes) {
  return tensor::EmptyOp::create(b, loc, shape, element, sizes);
}

FloatAttr AttentionBuilder::optionalFloat(std::optional<float> value) {
  return value ? b.getF32FloatAttr(*value) : FloatAttr();
}

int64_t AttentionBuilder::selectionHeads() {
  switch (arguments.heads) {
  case Heads::Query:
    return query.getType().getDimSize(1);
  case Heads::Kv:
    return key.getType().getDimSize(1);
  case Heads::All:
    return 1;
  }
  llvm_unreachable("unknown heads");
}

/// Destinations of out and, if asked for, lse.
SmallVector<Value> AttentionBuilder::emptyAttention() {
  SmallVector<int64_t> shape(query.getType().getShape());
  shape.back() = value.getType().getShape().back();
  Value rows = tensor::DimOp::create(b, loc, query, kRows);
  SmallVector<Value> outs = {
      empty(shape, query.getType().getElementType(), rows)};
  if (arguments.wantsLse())
    outs.push_back(empty(ArrayRef(shape).drop_back(), b.getF32Type(), rows));
  return outs;
}

SmallVector<Value> AttentionBuilder::attention() {
  SmallVector<Value> outs = emptyAttention();
  return SmallVector<Value>(
      AttentionOp::create(
          b, loc, ValueRange(outs).getTypes(), query, key, value,
          /*positions=*/Value(), outs, policy, arguments.sink, arguments.window,
          arguments.causal, dialectHeads(arguments.heads),
          optionalFloat(arguments.scale), optionalFloat(arguments.softcap))
          ->getResults());
}

/// Blocks and counts; M = ceil(Tq / block_q), N as many as the policy keeps.
SmallVector<Value> AttentionBuilder::prune() {
  int64_t blockK = policy.getListBlockK(), kept = policy.getKeptKeys();
  bool all = ShapedType::isDynamic(kept);
  Value rows = tensor::DimOp::create(b, loc, query, kRows);
  SmallVector<Value> sizes = {ceilDiv(rows, policy.getListBlockQ())};
  SmallVector<int64_t> shape = {query.getType().getDimSize(0), selectionHeads(),
                                ShapedType::kDynamic};
  Value counts = empty(shape, b.getI32Type(), sizes);
  shape.push_back(all ? ShapedType::kDynamic : kept / blockK);
  if (all)
    sizes.push_back(ceilDiv(tensor::DimOp::create(b, loc, key, kRows), blockK));
  SmallVector<Value> outs = {empty(shape, b.getI32Type(), sizes), counts};
  return SmallVector<Value>(
      PruneOp::create(b, loc, ValueRange(outs).getTypes(), query, key,
                      /*summaries=*/ValueRange(), /*positions=*/Value(), outs,
                      policy, arguments.sink, arguments.window,
                      arguments.causal, dialectHeads(arguments.heads))
          ->getResults());
}

SmallVector<Value> AttentionBuilder::sparseAttention(Value blocks,
                                                     Value counts) {
  SmallVector<Value> outs = emptyAttention();
  auto band =
      BandAttr::get(b.getContext(), policy.getBandBlockQ(), policy.getChunk(),
                    arguments.sink, arguments.window, arguments.causal);
  return SmallVector<Value>(
      BlockSparseAttentionOp::create(
          b, loc, ValueRange(outs).getTypes(), query, key, value, blocks,
          counts, /*positions=*/Value(), /*band_start=*/Value(), outs, band,
          policy.getListBlockQ(), policy.getListBlockK(),
          optionalFloat(arguments.scale), optionalFloat(arguments.softcap))
          ->getResults());
}

OwningOpRef<ModuleOp> AttentionBuilder::build(const AttentionArrays &arrays) {
  OwningOpRef<ModuleOp> module(ModuleOp::create(loc));
  b.setInsertionPointToEnd(module->getBody());
  SmallVector<Type> types;
  for (const hipc::Tensor &view : arrays.views())
    types.push_back(inputType(view));
  auto entry =
      func::FuncOp::create(b, loc, "attention", b.getFunctionType(types, {}));
  Block *body = entry.addEntryBlock();
  b.setInsertionPointToEnd(body);
  query = cast<TypedValue<RankedTensorType>>(body->getArgument(0));
  key = cast<TypedValue<RankedTensorType>>(body->getArgument(1));
  value = cast<TypedValue<RankedTensorType>>(body->getArgument(2));
  SmallVector<Value> results;
  if (arguments.wantsList()) {
    SmallVector<Value> list = prune();
    results = sparseAttention(list[0], list[1]);
    results.append(list);
  } else {
    results = attention();
  }
  func::ReturnOp::create(b, loc, results);
  entry.setFunctionType(
      b.getFunctionType(types, ValueRange(results).getTypes()));
  return module;
}

static hipc::Expected<PolicyAttrInterface> parsePolicy(const std::string &text,
                                                       MLIRContext *context) {
  hipc::FirstError errors(context);
  Attribute attribute = parseAttribute("#hip." + text, context);
  if (auto policy = dyn_cast_if_present<PolicyAttrInterface>(attribute))
    return policy;
  hipc::Status status =
      errors.status(hipc::Code::Invalid, "is not a pruning policy");
  return hipc::error(status.code(), "--policy '", text,
                     "': ", status.message());
}

/// All bits of a number, so that no two numbers look the same.
static std::string spell(std::optional<float> number) {
  return number ? hipc::join(std::bit_cast<uint32_t>(*number)) : "none";
}

std::string describeAttention(const AttentionArguments &arguments,
                              const AttentionArrays &arrays) {
  std::string text =
      hipc::join("attention; sink ", arguments.sink, "; window ",
                 arguments.window, "; causal ", arguments.causal, "; heads ",
                 int(arguments.heads), "; scale ", spell(arguments.scale),
                 "; softcap ", spell(arguments.softcap), "; lse ",
                 arguments.wantsLse(), "; list ", arguments.wantsList());
  for (hipc::Tensor view : arrays.views()) {
    view.dims[kRows] = hipc::kDynamic;
    text += hipc::join("; ", hipc::dtypeName(view.dtype), " ",
                       hipc::toString(view.dims));
  }
  return hipc::join(text, "; policy ", arguments.policy);
}

hipc::Expected<std::string> buildAttention(const AttentionArguments &arguments,
                                           const AttentionArrays &arrays) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<HipDialect, arith::ArithDialect, func::FuncDialect,
                      tensor::TensorDialect>();
  auto policy = parsePolicy(arguments.policy, &context);
  if (!policy)
    return policy.status();
  hipc::FirstError errors(&context);
  OwningOpRef<ModuleOp> module =
      AttentionBuilder(&context, arguments, *policy).build(arrays);
  if (failed(verify(*module)))
    return errors.status(hipc::Code::Invalid, "the program is not valid");
  std::string text;
  llvm::raw_string_ostream(text) << *module << "\n";
  return text;
}

} // namespace hip_run
