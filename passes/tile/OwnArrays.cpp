//===- tile/OwnArrays.cpp - Arrays that thread blocks do not share
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/tile/OwnArrays.h"

#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace mlir::hip;

OwnArrays::OwnArrays(TileKernelOp kernel, Uses after)
    : kernel(kernel), dimensions(kernel.getGrid().size()), after(after) {
  SetVector<Value> used;
  getUsedValuesDefinedAbove(kernel.getBody(), used);
  for (Value value : used)
    if (auto alloc = value.getDefiningOp<memref::AllocOp>())
      if (isOwn(alloc))
        arrays.push_back(alloc);
}

/// The indices into the array that `use` is, where the op has no other memory.
static std::optional<MutableOperandRange> indicesOf(OpOperand &use) {
  Operation *op = use.getOwner();
  if (auto load = dyn_cast<memref::LoadOp>(op))
    return load.getIndicesMutable();
  if (auto store = dyn_cast<memref::StoreOp>(op);
      store && store.getMemref() == use.get())
    return store.getIndicesMutable();
  if (auto view = dyn_cast<TileViewOp>(op); view && !view.getTable())
    return view.getIndicesMutable();
  return std::nullopt;
}

/// Whether rows of a view do not differ in the first `count` indices.
static bool isFixed(Operation *op, size_t count) {
  auto view = dyn_cast<TileViewOp>(op);
  if (!view)
    return true;
  return llvm::all_of(
      view.getMap().getResults().take_front(count), [](AffineExpr expr) {
        return expr == getAffineConstantExpr(0, expr.getContext());
      });
}

/// Whether `use`, in the kernel, is of the thread block's own part.
bool OwnArrays::isPart(OpOperand &use) {
  std::optional<MutableOperandRange> indices = indicesOf(use);
  if (!indices || indices->size() < dimensions ||
      !isFixed(use.getOwner(), dimensions))
    return false;
  OperandRange first = OperandRange(*indices).take_front(dimensions);
  for (auto [index, id, size] :
       llvm::zip(llvm::reverse(first), kernel.getBlockIds(), kernel.getGrid()))
    if (index != id &&
        !(matchPattern(size, m_One()) && matchPattern(index, m_Zero())))
      return false;
  return true;
}

/// Whether `op` comes after `kernel`, and only once.
static bool isAfter(Operation *op, TileKernelOp kernel) {
  for (Operation *at = kernel; at; at = at->getParentOp()) {
    if (isa<LoopLikeOpInterface>(at))
      return false;
    Operation *other = at->getBlock()->findAncestorOpInBlock(*op);
    if (other && other != at)
      return at->isBeforeInBlock(other);
  }
  return false;
}

bool OwnArrays::isOwn(memref::AllocOp alloc) {
  if (!alloc.getType().getLayout().isIdentity() ||
      alloc.getType().getRank() < int64_t(dimensions))
    return false;
  return llvm::all_of(alloc->getUses(), [&](OpOperand &use) {
    Operation *op = use.getOwner();
    if (kernel->isProperAncestor(op))
      return isPart(use);
    // What another version of the kernel does is not seen by this one.
    return isa<memref::DeallocOp>(op) ||
           insideMutuallyExclusiveRegions(kernel, op) ||
           (after == MayBeResults && isAfter(op, kernel));
  });
}

/// Uses part `block` of `shared`, which has one index for it.
static void replace(OpOperand &use, size_t dimensions, Value shared,
                    Value block) {
  Operation *op = use.getOwner();
  if (auto view = dyn_cast<TileViewOp>(op)) {
    AffineMap map = view.getMap();
    view.setMap(AffineMap::get(map.getNumDims(), /*symbolCount=*/0,
                               map.getResults().drop_front(dimensions - 1),
                               op->getContext()));
  }
  MutableOperandRange indices = *indicesOf(use);
  indices.erase(0, dimensions - 1);
  indices[0].set(block);
  use.set(shared);
}

/// The branch in `block` that has all of `users`, if one has.
static Block *branchOf(Block *block, ArrayRef<Operation *> users) {
  Operation *around = block->findAncestorOpInBlock(*users.front());
  Region *region = nullptr;
  if (isa<scf::IfOp>(around))
    for (Region &each : around->getRegions())
      if (llvm::all_of(users, [&](Operation *user) {
            return each.isAncestor(user->getParentRegion());
          }))
        region = &each;
  return region ? &region->front() : nullptr;
}

/// An array that only one version of a kernel still uses is made in its branch;
/// one that none does, nowhere.
static void narrow(memref::AllocOp alloc) {
  SmallVector<Operation *> users, ends;
  for (Operation *user : alloc->getUsers())
    (isa<memref::DeallocOp>(user) ? ends : users).push_back(user);
  if (users.empty()) {
    for (Operation *end : ends)
      end->erase();
    return alloc->erase();
  }
  Block *block = alloc->getBlock();
  while (Block *inner = branchOf(block, users))
    block = inner;
  if (block == alloc->getBlock())
    return;
  alloc->moveBefore(&block->front());
  for (Operation *end : ends)
    end->moveBefore(block->getTerminator());
}

void OwnArrays::separate() {
  for (memref::AllocOp alloc : arrays) {
    OpBuilder b(kernel);
    auto its = cast<memref::AllocOp>(b.clone(*alloc));
    b.setInsertionPointAfter(kernel);
    memref::DeallocOp::create(b, alloc.getLoc(), its);
    alloc.getResult().replaceUsesWithIf(its, [&](OpOperand &use) {
      return kernel->isProperAncestor(use.getOwner());
    });
    narrow(alloc);
  }
}

bool OwnArrays::isResult(memref::AllocOp alloc) {
  return llvm::any_of(alloc->getUsers(), [&](Operation *user) {
    return !kernel->isProperAncestor(user) && !isa<memref::DeallocOp>(user) &&
           !insideMutuallyExclusiveRegions(kernel, user);
  });
}

void OwnArrays::replaceUses(memref::AllocOp alloc,
                            function_ref<void(OpOperand &)> visit) {
  bool isRead = isResult(alloc);
  for (OpOperand &use : llvm::make_early_inc_range(alloc->getUses())) {
    Operation *op = use.getOwner();
    if (!kernel->isProperAncestor(op))
      continue;
    if (isRead && isa<memref::StoreOp>(op))
      OpBuilder(op).clone(*op);
    visit(use);
  }
  narrow(alloc);
}

void OwnArrays::substitute(memref::AllocOp alloc, Value array) {
  replaceUses(alloc, [&](OpOperand &use) {
    indicesOf(use)->erase(0, dimensions);
    use.set(array);
  });
}

void OwnArrays::substitute(memref::AllocOp alloc, Value array, Value which) {
  replaceUses(alloc,
              [&](OpOperand &use) { replace(use, dimensions, array, which); });
}

/// Uses copy `which` of `copies`.
static void replaceByCopy(OpOperand &use, Value copies, Value which) {
  Operation *op = use.getOwner();
  if (auto view = dyn_cast<TileViewOp>(op)) {
    AffineMap map = view.getMap();
    SmallVector<AffineExpr> rows = {getAffineConstantExpr(0, op->getContext())};
    llvm::append_range(rows, map.getResults());
    view.setMap(AffineMap::get(map.getNumDims(), /*symbolCount=*/0, rows,
                               op->getContext()));
  }
  MutableOperandRange indices = *indicesOf(use);
  SmallVector<Value> all = {which};
  llvm::append_range(all, OperandRange(indices));
  // Operands may move when there are more of them.
  use.set(copies);
  indices.assign(all);
}

void OwnArrays::copy(memref::AllocOp alloc, int64_t count, Value which) {
  ScalarBuilder b(alloc.getLoc(), kernel);
  SmallVector<int64_t> shape = {count};
  llvm::append_range(shape, alloc.getType().getShape());
  auto copies = memref::AllocOp::create(
      b, MemRefType::get(shape, alloc.getType().getElementType()),
      alloc.getDynamicSizes(), alloc.getAlignmentAttr());
  b.setInsertionPointAfter(kernel);
  memref::DeallocOp::create(b, copies);
  replaceUses(alloc,
              [&](OpOperand &use) { replaceByCopy(use, copies, which); });
}

void OwnArrays::share(Value blocks, Value block) {
  for (memref::AllocOp alloc : arrays) {
    ScalarBuilder b(alloc.getLoc(), kernel);
    MemRefType type = alloc.getType();
    SmallVector<int64_t> shape = {ShapedType::kDynamic};
    llvm::append_range(shape, type.getShape().drop_front(dimensions));
    SmallVector<Value> sizes = {blocks};
    llvm::append_range(
        sizes, alloc.getDynamicSizes().take_back(llvm::count(
                   ArrayRef(shape).drop_front(), ShapedType::kDynamic)));
    auto shared = memref::AllocOp::create(
        b, MemRefType::get(shape, type.getElementType()), sizes,
        alloc.getAlignmentAttr());
    b.setInsertionPointAfter(kernel);
    memref::DeallocOp::create(b, shared);
    substitute(alloc, shared, block);
  }
}
