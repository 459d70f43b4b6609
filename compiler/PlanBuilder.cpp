//===- PlanBuilder.cpp - Host code to a launch plan
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/PlanBuilder.h"

#include "compiler/PlanNumbers.h"
#include "compiler/TensorMapArgument.h"
#include "dialect/HipOps.h"
#include "passes/support/Names.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace hipc {

namespace {
/// A memref: part of a buffer. Offset and strides are in elements.
struct Array {
  BufferRef buffer;
  Expr offset;
  std::vector<Expr> sizes, strides;
  int64_t elementBytes = 0;
};

class PlanBuilder {
public:
  PlanBuilder(func::FuncOp entry, const HostEntry &signature)
      : entry(entry), signature(signature) {}

  Expected<BuiltPlan> run();

private:
  Status takeInputs();
  Status takeOutputs();
  Status output(uint32_t number, Value value);
  Status translate(Block &block);
  Status translate(Operation *op);
  Status translate(memref::AllocOp op);
  Status translate(memref::SubViewOp op);
  Status translate(memref::CopyOp op);
  Status translate(scf::ForOp op);
  Status translate(scf::IfOp op);
  Status repeat(Expr count, Block &body);
  Status translate(gpu::LaunchFuncOp op);

  Expected<Expr> number(Value value);
  Expected<Argument> argument(Value value);
  Expected<Argument> tensorMap(hip::TensorMapOp op);
  Expected<std::vector<Expr>> numbers(ArrayRef<OpFoldResult> values);
  Expected<Array> array(Value value);
  Expected<Array> dense(BufferRef buffer, MemRefType type, ValueRange dynamic);
  uint32_t kernel(StringRef name);
  Status unsupported(Operation *op);
  Status checkLoops();

  func::FuncOp entry;
  const HostEntry &signature;
  Plan plan;
  llvm::MapVector<StringRef, uint32_t> kernels;
  DenseMap<Value, Expr> knownNumbers;
  DenseMap<Value, Array> arrays;
  /// Whether the block that is translated runs at all: 1 or 0.
  Expr taken = 1;
};

int64_t bytesOf(MemRefType type) {
  return llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

Expr product(const Expr &a, const Expr &b) {
  return Expr::apply(ExprOp::Mul, {a, b});
}
Expr sum(const Expr &a, const Expr &b) {
  return Expr::apply(ExprOp::Add, {a, b});
}

Expr bytesOf(const Array &array) {
  Expr bytes = array.elementBytes;
  for (const Expr &size : array.sizes)
    bytes = product(size, bytes);
  return bytes;
}

/// The value that casts and the clone at a function's end stand for.
Value origin(Value value) {
  while (Operation *def = value.getDefiningOp()) {
    if (auto cast = dyn_cast<memref::CastOp>(def))
      value = cast.getSource();
    else if (auto clone = dyn_cast<bufferization::CloneOp>(def))
      value = clone.getInput();
    else
      break;
  }
  return value;
}
} // namespace

Status PlanBuilder::unsupported(Operation *op) {
  return error(Code::Unsupported, "'", op->getName().getStringRef().str(),
               "' has no place in a launch plan, which is kernels, index "
               "arithmetic and buffers; run the program on the CPU");
}

Status PlanBuilder::checkLoops() {
  WalkResult walked = entry.walk([](scf::ForOp loop) {
    return loop.getNumResults() > 0 ? WalkResult::interrupt()
                                    : WalkResult::advance();
  });
  if (!walked.wasInterrupted())
    return {};
  return error(
      Code::Unsupported,
      "an scf.for carries an array or number from one iteration to the next, "
      "which a launch plan cannot; write its iterations one after "
      "another, or run the program on the CPU");
}

Expected<Expr> PlanBuilder::number(Value value) {
  auto found = knownNumbers.find(value);
  if (found != knownNumbers.end())
    return found->second;
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return Expr(constant.getSExtValue());
  return error(Code::Unsupported, "a launch plan needs a number that only the "
                                  "device or an iteration of a loop knows");
}

Expected<std::vector<Expr>>
PlanBuilder::numbers(ArrayRef<OpFoldResult> values) {
  std::vector<Expr> exprs;
  for (OpFoldResult value : values) {
    if (std::optional<int64_t> constant = getConstantIntValue(value)) {
      exprs.emplace_back(*constant);
      continue;
    }
    Expected<Expr> expr = number(cast<Value>(value));
    if (!expr)
      return expr.status();
    exprs.push_back(*expr);
  }
  return exprs;
}

Expected<Array> PlanBuilder::array(Value value) {
  auto found = arrays.find(value);
  if (found != arrays.end())
    return found->second;
  return error(Code::Unsupported, "a launch plan needs an array that was made "
                                  "by an op it does not have");
}

Status PlanBuilder::takeInputs() {
  for (auto [i, argument] : llvm::enumerate(entry.getArguments())) {
    plan.inputs.push_back(signature.inputs[i]);
    if (signature.inputs[i].number)
      continue; // see argument()
    auto type = dyn_cast<MemRefType>(argument.getType());
    if (!type)
      return error(Code::Unsupported, "input ", i,
                   " is neither an array nor f32 or i32; a launch plan takes "
                   "those");
    Array array{{BufferKind::Input, uint32_t(i)}, 0, {}, {}, bytesOf(type)};
    for (int64_t axis = 0; axis < type.getRank(); ++axis) {
      array.sizes.push_back(type.isDynamicDim(axis)
                                ? Expr::dim(i, axis)
                                : Expr(type.getDimSize(axis)));
      bool last = axis == type.getRank() - 1;
      array.strides.push_back(last ? Expr(1) : Expr::inputStride(i, axis));
    }
    arrays[argument] = std::move(array);
  }
  return {};
}

/// What a function returns is an output from the start: an allocation, or an
/// argument that it writes to, whose numbers are copied there first.
Status PlanBuilder::output(uint32_t number, Value value) {
  const TensorSpec &spec = signature.outputs[number];
  Array array{{BufferKind::Output, number}, 0, {}, {}, 0};
  auto type = cast<MemRefType>(value.getType());
  array.elementBytes = bytesOf(type);
  if (isa<BlockArgument>(value)) {
    Array from = arrays[value];
    if (from.buffer.kind != BufferKind::Input)
      return error(Code::Unsupported, "results ", from.buffer.index, " and ",
                   number, " are one array; return a copy");
    array.sizes = from.sizes;
    plan.steps.emplace_back(
        CopyStep{from.buffer, array.buffer, bytesOf(array)});
  } else if (auto alloc = value.getDefiningOp<memref::AllocOp>()) {
    Expected<std::vector<Expr>> sizes = numbers(alloc.getMixedSizes());
    if (!sizes)
      return sizes.status();
    array.sizes = *sizes;
  } else {
    return error(Code::Unsupported, "result ", number,
                 " is neither an argument nor made by the program");
  }
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    array.strides.push_back(axis == type.getRank() - 1
                                ? Expr(1)
                                : Expr::outputStride(number, axis));
  plan.outputs.push_back({spec, array.sizes});
  arrays[value] = std::move(array);
  return {};
}

Status PlanBuilder::takeOutputs() {
  // Sizes of results are known before anything is written.
  for (Operation &op : entry.getBody().front()) {
    auto dim = dyn_cast<memref::DimOp>(op);
    if (dim && arrays.count(dim.getSource()))
      HIPC_RETURN_IF_ERROR(translate(&op));
    if (dim || op.getNumResults() != 1)
      continue;
    if (std::optional<Expr> expr =
            numberOf(&op, [&](Value value) { return this->number(value); }))
      knownNumbers[op.getResult(0)] = *expr;
  }
  auto exit = cast<func::ReturnOp>(entry.getBody().front().getTerminator());
  for (auto [i, value] : llvm::enumerate(exit.getOperands()))
    HIPC_RETURN_IF_ERROR(output(i, origin(value)));
  return {};
}

Expected<Array> PlanBuilder::dense(BufferRef buffer, MemRefType type,
                                   ValueRange dynamic) {
  Array array{buffer, 0, {}, {}, bytesOf(type)};
  for (int64_t size : type.getShape()) {
    if (!ShapedType::isDynamic(size)) {
      array.sizes.emplace_back(size);
      continue;
    }
    Expected<Expr> expr = number(dynamic.front());
    if (!expr)
      return expr.status();
    array.sizes.push_back(*expr);
    dynamic = dynamic.drop_front();
  }
  Expr stride = 1;
  for (const Expr &size : llvm::reverse(array.sizes)) {
    array.strides.insert(array.strides.begin(), stride);
    stride = product(size, stride);
  }
  return array;
}

Status PlanBuilder::translate(memref::AllocOp op) {
  if (arrays.count(op))
    return {}; // an output
  BufferRef buffer{BufferKind::Workspace, uint32_t(plan.workspace.size())};
  Expected<Array> made = dense(buffer, op.getType(), op.getDynamicSizes());
  if (!made)
    return made.status();
  Expr bytes = bytesOf(*made);
  if (taken.constant() != 1)
    bytes = product(taken, bytes);
  plan.workspace.push_back({join("buffer", buffer.index), bytes});
  arrays[op] = *made;
  return {};
}

Status PlanBuilder::translate(memref::SubViewOp op) {
  Expected<Array> source = array(op.getSource());
  Expected<std::vector<Expr>> offsets = numbers(op.getMixedOffsets()),
                              sizes = numbers(op.getMixedSizes()),
                              steps = numbers(op.getMixedStrides());
  if (!source || !offsets || !sizes || !steps)
    return unsupported(op);
  Array part{source->buffer, source->offset, {}, {}, source->elementBytes};
  llvm::SmallBitVector dropped = op.getDroppedDims();
  for (size_t i = 0; i < source->sizes.size(); ++i) {
    part.offset = sum(part.offset, product((*offsets)[i], source->strides[i]));
    if (dropped[i])
      continue;
    part.sizes.push_back((*sizes)[i]);
    part.strides.push_back(product((*steps)[i], source->strides[i]));
  }
  arrays[op] = std::move(part);
  return {};
}

Status PlanBuilder::translate(memref::CopyOp op) {
  Expected<Array> from = array(op.getSource()), to = array(op.getTarget());
  if (!from)
    return from.status();
  if (!to)
    return to.status();
  if (from->offset.constant() != 0 || to->offset.constant() != 0)
    return unsupported(op);
  plan.steps.emplace_back(CopyStep{from->buffer, to->buffer, bytesOf(*from)});
  return {};
}

Status PlanBuilder::translate(scf::ForOp op) {
  Expected<Expr> from = number(op.getLowerBound()),
                 to = number(op.getUpperBound()), step = number(op.getStep());
  if (!from || !to || !step)
    return unsupported(op);
  Expr span = Expr::apply(ExprOp::Sub, {*to, *from});
  return repeat(Expr::apply(ExprOp::CeilDiv, {span, *step}), *op.getBody());
}

/// A branch becomes a loop of one iteration or none.
Status PlanBuilder::translate(scf::IfOp op) {
  Expected<Expr> condition = number(op.getCondition());
  if (op->getNumResults() > 0 || !condition)
    return unsupported(op);
  Expr outside = taken;
  for (Region *branch : {&op.getThenRegion(), &op.getElseRegion()}) {
    if (branch->empty())
      continue;
    bool yes = branch == &op.getThenRegion();
    Expr holds = Expr::apply(yes ? ExprOp::Ne : ExprOp::Eq, {*condition, 0});
    taken = outside.constant() == 1 ? holds : product(outside, holds);
    HIPC_RETURN_IF_ERROR(repeat(holds, branch->front()));
  }
  taken = outside;
  return {};
}

Status PlanBuilder::repeat(Expr count, Block &body) {
  size_t at = plan.steps.size();
  plan.steps.emplace_back(LoopStep{std::move(count), 0});
  HIPC_RETURN_IF_ERROR(translate(body));
  std::get<LoopStep>(plan.steps[at]).steps = plan.steps.size() - at - 1;
  return {};
}

uint32_t PlanBuilder::kernel(StringRef name) {
  return kernels.insert({name, kernels.size()}).first->second;
}

/// What a kernel takes by value: a number of the plan, or an input that is a
/// number.
Expected<Argument> PlanBuilder::argument(Value value) {
  auto input = dyn_cast<BlockArgument>(value);
  if (input && input.getOwner() == &entry.getBody().front() &&
      signature.inputs[input.getArgNumber()].number)
    return Argument::number(input.getArgNumber());
  if (isa<FloatType>(value.getType()))
    return error(Code::Unsupported, "a launch plan passes an f32 input to "
                                    "kernels as it is; calculate with it "
                                    "before the call");
  Expected<Expr> expr = number(value);
  if (!expr)
    return expr.status();
  return Argument::integer(*expr);
}

/// Columns that are as many apart as a box has are an axis of their own, the
/// outermost one: boxes of several of them have one below another.
Expected<Argument> PlanBuilder::tensorMap(hip::TensorMapOp op) {
  Expected<Array> mapped = array(op.getArray());
  if (!mapped)
    return mapped.status();
  auto type = cast<MemRefType>(op.getArray().getType());
  auto memory = cast<hip::SmemType>(op.getMemory());
  int64_t columns = op.getBoxColumns();
  std::vector<Expr> sizes = mapped->sizes, strides = mapped->strides;
  sizes.back() = columns;
  sizes.insert(sizes.begin(), type.getDimSize(3) / columns);
  strides.insert(strides.begin(), columns);
  int64_t box[] = {op.getBoxPanels(), 1, 1, int64_t(op.getRuns()), columns};
  return tensorMapArgument(mapped->buffer, type, mapped->offset, sizes, strides,
                           box, memory.getSwizzle());
}

Status PlanBuilder::translate(gpu::LaunchFuncOp op) {
  KernelStep step;
  step.kernel = kernel(op.getKernelName().getValue());
  step.dependent = op->hasAttr(hip::kDependentLaunch);
  gpu::KernelDim3 grid = op.getGridSizeOperandValues(),
                  block = op.getBlockSizeOperandValues();
  Value sizes[] = {grid.x, grid.y, grid.z},
        threads[] = {block.x, block.y, block.z};
  for (int i = 0; i < 3; ++i) {
    Expected<Expr> size = number(sizes[i]), count = number(threads[i]);
    if (!size)
      return size.status();
    if (!count || !count->constant())
      return unsupported(op);
    step.grid[i] = *size;
    step.threads[i] = *count->constant();
  }
  if (Value bytes = op.getDynamicSharedMemorySize()) {
    Expected<Expr> shared = number(bytes);
    if (!shared)
      return shared.status();
    step.dynamicSharedBytes = *shared;
  }
  for (Value operand : op.getKernelOperands()) {
    if (!isa<MemRefType>(operand.getType())) {
      auto map = operand.getDefiningOp<hip::TensorMapOp>();
      Expected<Argument> passed = map ? tensorMap(map) : argument(operand);
      if (!passed)
        return passed.status();
      step.arguments.push_back(*passed);
      continue;
    }
    Expected<Array> passed = array(operand);
    if (!passed)
      return passed.status();
    step.arguments.push_back(Argument::pointer(
        passed->buffer, product(passed->offset, passed->elementBytes)));
    for (const Expr &size : passed->sizes)
      step.arguments.push_back(Argument::integer(size));
    for (const Expr &stride : passed->strides)
      step.arguments.push_back(Argument::integer(stride));
  }
  plan.steps.emplace_back(std::move(step));
  return {};
}

Status PlanBuilder::translate(Operation *op) {
  if (op->getNumResults() == 1 && knownNumbers.count(op->getResult(0)))
    return {};
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    Expected<Array> source = array(dim.getSource());
    std::optional<int64_t> axis = dim.getConstantIndex();
    if (!source || !axis || *axis < 0 || *axis >= int64_t(source->sizes.size()))
      return unsupported(op);
    knownNumbers[dim] = source->sizes[*axis];
    return {};
  }
  if (auto cast = dyn_cast<memref::CastOp>(op)) {
    Expected<Array> source = array(cast.getSource());
    if (!source)
      return source.status();
    arrays[cast] = *source;
    return {};
  }
  // Workspace lives as long as the call; the clone is the output itself; maps
  // are made where a kernel takes them.
  if (isa<memref::DeallocOp, bufferization::CloneOp, func::ReturnOp,
          scf::YieldOp, hip::TensorMapOp>(op))
    return {};
  if (op->getNumResults() == 1)
    if (std::optional<Expr> expr =
            numberOf(op, [&](Value value) { return number(value); })) {
      knownNumbers[op->getResult(0)] = *expr;
      return {};
    }
  return llvm::TypeSwitch<Operation *, Status>(op)
      .Case<memref::AllocOp, memref::SubViewOp, memref::CopyOp, scf::ForOp,
            scf::IfOp, gpu::LaunchFuncOp>(
          [&](auto known) { return translate(known); })
      .Default([&](Operation *other) {
        // Floating-point constants and the like matter to kernels alone.
        return isPure(other) && other->use_empty() ? Status()
                                                   : unsupported(other);
      });
}

Status PlanBuilder::translate(Block &block) {
  for (Operation &op : block)
    HIPC_RETURN_IF_ERROR(translate(&op));
  return {};
}

Expected<BuiltPlan> PlanBuilder::run() {
  plan.name = entry.getName().str();
  HIPC_RETURN_IF_ERROR(checkLoops());
  HIPC_RETURN_IF_ERROR(takeInputs());
  HIPC_RETURN_IF_ERROR(takeOutputs());
  HIPC_RETURN_IF_ERROR(translate(entry.getBody().front()));
  BuiltPlan built{std::move(plan), {}};
  for (auto &[name, number] : kernels)
    built.kernels.push_back(name.str());
  return built;
}

Expected<BuiltPlan> buildPlan(func::FuncOp entry, const HostEntry &signature) {
  return PlanBuilder(entry, signature).run();
}

} // namespace hipc
