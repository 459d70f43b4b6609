//===- tile/SinkLoads.cpp - Numbers of arrays to the kernels that need them
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/Passes.h"
#include "passes/support/Debug.h"
#include "passes/support/ScalarBuilder.h"
#include "passes/support/TileOps.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPSINKLOADS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

static bool isOnHost(Operation *op) {
  return !isa<TileKernelOp>(op) && !op->getParentOfType<TileKernelOp>();
}

/// Whether `op` computes numbers from its operands alone, whenever it runs.
static bool isArithmetic(Operation *op) {
  return isPure(op) && op->getNumRegions() == 0 && op->getNumResults() > 0 &&
         llvm::all_of(op->getResultTypes(),
                      [](Type type) { return type.isIntOrIndexOrFloat(); });
}

/// A number that the caller gives by value: a launch passes it on as it is.
static bool isGivenNumber(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  return argument && isa<func::FuncOp>(argument.getOwner()->getParentOp()) &&
         value.getType().isIntOrFloat();
}

namespace {

/// The numbers of one function that only the device knows or computes.
class DeviceNumbers {
public:
  explicit DeviceNumbers(func::FuncOp function) : function(function) {}

  LogicalResult run();

private:
  LogicalResult addLoad(memref::LoadOp load);
  void addArithmetic();
  LogicalResult checkUsers();
  LogicalResult checkUser(OpOperand &use);
  LogicalResult checkBranch(scf::IfOp branch);
  void dissolve(scf::IfOp branch);
  void addSlice(Operation *op, SetVector<Operation *> &slice);
  void sinkInto(TileKernelOp kernel);
  bool isKnown(Value value) { return ops.contains(value.getDefiningOp()); }

  func::FuncOp function;
  SetVector<Operation *> ops;      ///< loads and arithmetic, in order
  SmallVector<scf::IfOp> branches; ///< inner ones first
};

} // namespace

/// The place is in the array whatever the call, so that the load may be moved.
static bool isInside(memref::LoadOp load) {
  return llvm::all_of(
      llvm::zip(load.getIndices(), load.getMemRefType().getShape()),
      [](auto each) {
        auto [index, size] = each;
        std::optional<int64_t> place = getConstantIntValue(index);
        return place && *place >= 0 && !ShapedType::isDynamic(size) &&
               *place < size;
      });
}

/// What the program makes itself no kernel could read in another's place.
LogicalResult DeviceNumbers::addLoad(memref::LoadOp load) {
  Value array = rootOf(load.getMemRef());
  auto argument = dyn_cast<BlockArgument>(array);
  if (!argument || argument.getOwner() != &function.front())
    return success();
  if (!isInside(load))
    return load.emitOpError()
           << "reads a place on the host that is no constant inside "
           << load.getMemRefType()
           << "; a kernel could not always read it: give the array a size and "
              "the load a constant, or run on the CPU";
  if (Operation *write = findWrite(array))
    return load.emitOpError()
           << "reads argument " << argument.getArgNumber()
           << " on the host, but '" << write->getName()
           << "' may write to it, so that a kernel could read another number; "
              "load from an array that is only read, or run on the CPU";
  ops.insert(load);
  return success();
}

/// What is computed from the loads and from numbers that are given, loads
/// first.
void DeviceNumbers::addArithmetic() {
  auto isOfDevice = [&](Value v) { return isKnown(v) || isGivenNumber(v); };
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isOnHost(op) && isArithmetic(op) &&
        llvm::any_of(op->getOperands(), isOfDevice))
      ops.insert(op);
  });
}

/// What a branch may do besides kernels: all of it runs in any case.
static bool canAlwaysRun(Operation *op) {
  if (isa<TileKernelOp, memref::AllocOp, memref::DeallocOp, scf::YieldOp>(op))
    return true;
  if (isa<scf::ForOp, scf::IfOp>(op))
    return op->getNumResults() == 0;
  return isPure(op) && op->getNumRegions() == 0;
}

LogicalResult DeviceNumbers::checkBranch(scf::IfOp branch) {
  if (branch.getNumResults() > 0)
    return branch.emitOpError()
           << "gives results by a number that only the device knows; let both "
              "branches write to one array, or run on the CPU";
  WalkResult walked = branch.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<TileKernelOp>(op))
      return WalkResult::skip();
    if (op == branch || canAlwaysRun(op) || ops.contains(op))
      return WalkResult::advance();
    op->emitOpError() << "is in a branch by a number that only the device "
                         "knows, which has kernels and what they need alone; "
                         "move it out, or run on the CPU";
    return WalkResult::interrupt();
  });
  return failure(walked.wasInterrupted());
}

LogicalResult DeviceNumbers::checkUser(OpOperand &use) {
  Operation *user = use.getOwner();
  if (!isOnHost(user) && !isa<TileKernelOp>(user))
    return success();
  if (ops.contains(user))
    return success();
  if (auto branch = dyn_cast<scf::IfOp>(user))
    return checkBranch(branch);
  return user->emitOpError()
         << "takes a number on the host that only the device knows or "
            "computes; kernels and conditions of branches may, or run on the "
            "CPU";
}

LogicalResult DeviceNumbers::checkUsers() {
  for (Operation *op : ops)
    for (OpOperand &use : op->getUses())
      if (failed(checkUser(use)))
        return failure();
  return success();
}

/// The body runs where the condition holds.
static void guard(TileKernelOp kernel, Value condition) {
  Block &body = kernel.getBody().front();
  OpBuilder b(kernel.getContext());
  b.setInsertionPointToStart(&body);
  auto branch = scf::IfOp::create(b, kernel.getLoc(), condition);
  Block &inside = branch.getThenRegion().front();
  inside.getOperations().splice(inside.begin(), body.getOperations(),
                                std::next(body.begin()), std::prev(body.end()));
}

/// Kernels under the condition or its opposite, and all else before them.
void DeviceNumbers::dissolve(scf::IfOp branch) {
  ScalarBuilder b(branch.getLoc(), branch);
  Value holds = branch.getCondition();
  for (Region *region : {&branch.getThenRegion(), &branch.getElseRegion()}) {
    if (region->empty())
      continue;
    Value runs = holds;
    if (region == &branch.getElseRegion()) {
      Value yes = arith::ConstantIntOp::create(b, 1, 1);
      runs = arith::XOrIOp::create(b, holds, yes);
      ops.insert(runs.getDefiningOp());
    }
    region->walk([&](TileKernelOp kernel) { guard(kernel, runs); });
    Block &body = region->front();
    body.getTerminator()->erase();
    branch->getBlock()->getOperations().splice(branch->getIterator(),
                                               body.getOperations());
  }
  branch.erase();
}

/// What `op` is computed from, and `op` itself after it.
void DeviceNumbers::addSlice(Operation *op, SetVector<Operation *> &slice) {
  for (Value operand : op->getOperands())
    if (isKnown(operand))
      addSlice(operand.getDefiningOp(), slice);
  slice.insert(op);
}

/// Loads and computes what the kernel uses at its start.
void DeviceNumbers::sinkInto(TileKernelOp kernel) {
  SetVector<Value> captured, needed;
  getUsedValuesDefinedAbove(kernel.getBody(), captured);
  captured.remove_if([&](Value value) { return !isKnown(value); });
  if (captured.empty())
    return;
  SetVector<Operation *> slice;
  for (Value value : captured)
    addSlice(value.getDefiningOp(), slice);
  OpBuilder b(kernel.getContext());
  b.setInsertionPointToStart(&kernel.getBody().front());
  IRMapping mapping;
  for (Operation *op : slice)
    b.clone(*op, mapping);
  for (Value value : captured)
    replaceAllUsesInRegionWith(value, mapping.lookup(value), kernel.getBody());
  debug(DebugTag::Tile, kernel, [&](llvm::raw_ostream &out) {
    out << "numbers that the host does not know: "
        << llvm::count_if(slice, llvm::IsaPred<memref::LoadOp>);
  });
}

LogicalResult DeviceNumbers::run() {
  WalkResult walked = function.walk([&](memref::LoadOp load) {
    bool fails = isOnHost(load) && failed(addLoad(load));
    return fails ? WalkResult::interrupt() : WalkResult::advance();
  });
  if (walked.wasInterrupted())
    return failure();
  addArithmetic();
  if (ops.empty())
    return success();
  if (failed(checkUsers()))
    return failure();
  function.walk([&](scf::IfOp branch) {
    if (isOnHost(branch) && isKnown(branch.getCondition()))
      branches.push_back(branch);
  });
  for (scf::IfOp branch : branches)
    dissolve(branch);
  function.walk([&](TileKernelOp kernel) { sinkInto(kernel); });
  for (Operation *op : llvm::reverse(ops.getArrayRef()))
    if (isOpTriviallyDead(op))
      op->erase();
  return success();
}

namespace {

struct SinkLoads : mlir::hip::impl::HipSinkLoadsBase<SinkLoads> {
  void runOnOperation() override {
    WalkResult walked = getOperation()->walk([](func::FuncOp function) {
      WalkResult hasKernel =
          function.walk([](TileKernelOp) { return WalkResult::interrupt(); });
      if (!hasKernel.wasInterrupted())
        return WalkResult::advance();
      return failed(DeviceNumbers(function).run()) ? WalkResult::interrupt()
                                                   : WalkResult::advance();
    });
    if (walked.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
