//===- HipGpuOps.cpp - Verifiers of memory and time on a GPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"
#include "dialect/MatrixUnits.h"
#include "llvm/Support/InterleavedRange.h"

using namespace mlir;
using namespace mlir::hip;

LogicalResult GpuAllocOp::verify() {
  std::optional<int64_t> offset = getOffset();
  if (!offset || (*offset >= 0 && *offset % layout::kVectorBytes == 0))
    return success();
  return emitOpError() << "is at offset " << *offset
                       << "; offsets are multiples of " << layout::kVectorBytes
                       << " bytes from 0";
}

LogicalResult GpuSlotOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location>,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  auto memory = dyn_cast<SmemType>(adaptor.getMemory().getType());
  if (!memory)
    return failure();
  types.push_back(memory.withStages(1));
  return success();
}

LogicalResult mlir::hip::checkHolds(Operation *op, SmemType memory,
                                    ArrayRef<int64_t> shape, Type element) {
  if (memory.getStages() != 1)
    return op->emitOpError()
           << "accesses all " << memory.getStages() << " stages of " << memory
           << "; take one by hip.gpu.slot";
  if (memory.getShape() != shape || memory.getElementType() != element)
    return op->emitOpError() << "has " << memory << " for "
                             << llvm::interleaved(shape, /*Separator=*/"x")
                             << " of " << element << "; make them the same";
  return success();
}

static LogicalResult checkMove(Operation *op, SmemType memory, TileType tile) {
  if (!isa_and_nonnull<RegisterLayoutAttrInterface>(tile.getLayout()))
    return op->emitOpError() << "has " << tile
                             << ", which is not in registers; give it one of "
                                "their layouts";
  return checkHolds(op, memory, tile.getShape(), tile.getElementType());
}

LogicalResult GpuLocalLoadOp::verify() {
  return checkMove(*this, getMemory().getType(), getTile().getType());
}

LogicalResult GpuLocalStoreOp::verify() {
  return checkMove(*this, getMemory().getType(), getTile().getType());
}

LogicalResult GpuFillOp::verify() {
  SmemType memory = getMemory().getType();
  if (memory.isVector())
    return emitOpError() << "fills " << memory << "; give it a matrix";
  if (failed(checkHolds(*this, memory, memory.getShape(),
                        memory.getElementType())))
    return failure();
  for (Value source : getSources()) {
    auto from = cast<SmemType>(source.getType());
    if (failed(
            checkHolds(*this, from, memory.getShape(), from.getElementType())))
      return failure();
  }
  return success();
}

LogicalResult GpuFillOp::verifyRegions() {
  Block &body = getBody().front();
  SmallVector<Type> expected(2, IndexType::get(getContext()));
  for (Value source : getSources())
    expected.push_back(cast<SmemType>(source.getType()).getElementType());
  if (body.getArgumentTypes() != TypeRange(expected))
    return emitOpError() << "has a region of " << expected
                         << " (row, column and what the sources hold there), "
                            "got "
                         << body.getArgumentTypes();
  SmemType memory = getMemory().getType();
  return checkYield(*this, body, memory.getElementType(), memory);
}

/// Rows that are copied as they are: one stage of a matrix of the view's type,
/// and whole vectors of 16 bytes where the copy is asynchronous.
static LogicalResult checkCopy(Operation *op, SmemType memory, RowsType rows,
                               bool async) {
  if (memory.isVector())
    return op->emitOpError()
           << "copies rows to " << memory << "; give it a matrix";
  if (failed(
          checkHolds(op, memory, memory.getShape(), memory.getElementType())) ||
      failed(checkRowsRead(op, rows, memory.getColumns(),
                           memory.getElementType())))
    return failure();
  int64_t bytes = memory.getColumns() * memory.getElementBytes();
  for (int64_t size : {bytes, memory.getPitch()})
    if (async && size % layout::kVectorBytes != 0)
      return op->emitOpError()
             << "is asynchronous and has rows of " << bytes << " bytes, "
             << memory.getPitch() << " apart; both are to be multiples of "
             << layout::kVectorBytes;
  return success();
}

LogicalResult GpuCopyOp::verify() {
  return checkCopy(*this, getMemory().getType(), getView().getType(),
                   getAsync());
}

LogicalResult GpuGatherOp::verify() {
  SmemType rows = getRows().getType(), memory = getMemory().getType();
  Type number = IntegerType::get(getContext(), 32);
  if (failed(checkHolds(*this, rows, memory.getRows(), number)) ||
      failed(checkRuns(*this, getRuns(), memory.getRows())))
    return failure();
  return checkCopy(*this, memory, getView().getType(), getAsync());
}

/// A wgmma descriptor knows atoms of whole rows, the same distance apart.
static LogicalResult checkAtoms(Operation *op, SmemType factor) {
  int64_t bytes = factor.getColumns() * factor.getElementBytes();
  bool even = factor.getStrip() == layout::kAtomRows ||
              factor.getStrip() == factor.getRows();
  if (factor.getSwizzle() > 0 && factor.getPitch() == bytes && even &&
      factor.getRows() % layout::kAtomRows == 0)
    return success();
  return op->emitOpError()
         << "multiplies by wgmma from " << factor
         << "; it reads swizzled rows without padding, in strips of "
         << layout::kAtomRows << " or of all rows";
}

/// Only a wait may use what is in flight.
static LogicalResult checkAsync(GpuMmaOp op) {
  if (!rowOf(op.getUnit()).isAsync)
    return op.emitOpError()
           << "is asynchronous by " << stringifyMatrixUnit(op.getUnit())
           << "; only wgmma is";
  for (Operation *user : op->getUsers())
    if (!isa<GpuMmaWaitOp>(user))
      return op.emitOpError()
             << "is asynchronous but used by " << user->getName()
             << "; use the result of a hip.gpu.mma_wait";
  return success();
}

LogicalResult GpuMmaOp::verify() {
  TileType acc = getAcc().getType();
  SmemType b = getB().getType();
  const MatrixUnitRow &unit = rowOf(getUnit());
  if (getAsync() && failed(checkAsync(*this)))
    return failure();
  auto mma = dyn_cast_or_null<MmaLayoutAttr>(acc.getLayout());
  if (!mma || !acc.getElementType().isF32())
    return emitOpError() << "accumulates in f32 in a layout of #hip.mma, got "
                         << acc;
  if (b.isVector())
    return emitOpError() << "multiplies by " << b << "; give it a matrix";
  int64_t inner = getTransposeB() ? b.getColumns() : b.getRows();
  SmallVector<int64_t> right{inner, acc.getColumns()};
  if (getTransposeB())
    std::swap(right[0], right[1]);
  if (failed(checkHolds(*this, b, right, b.getElementType())))
    return failure();
  SmallVector<int64_t> left{acc.getRows(), inner};
  auto memory = dyn_cast<SmemType>(getA().getType());
  Type type = memory ? memory.getElementType()
                     : cast<TileType>(getA().getType()).getElementType();
  if (memory && failed(checkHolds(*this, memory, left, type)))
    return failure();
  if (memory && memory.getStrip() > layout::kAtomRows)
    return emitOpError() << "has the left factor in " << memory
                         << "; its warps read strips of " << layout::kAtomRows;
  auto held = MmaLayoutAttr::get(getContext(), mma.getRowWarps(),
                                 /*column_warps=*/1);
  auto tile = dyn_cast<TileType>(getA().getType());
  bool fits = unit.leftInRegisters && mma == held;
  if (tile &&
      (!fits || tile.getShape() != ArrayRef(left) || tile.getLayout() != held))
    return emitOpError()
           << "has the left factor " << tile << "; in registers that is "
           << llvm::interleaved(left, /*Separator=*/"x") << " in " << held
           << ", of a unit that takes it there and an acc in that layout";
  if (unit.isAsync && getSkipZero())
    return emitOpError() << "has skip_zero and uses wgmma; put a "
                            "hip.gpu.skip_zero before it instead";
  // Threads read the factor of which they choose numbers.
  bool isRead = memory && !getSign();
  if (unit.isAsync)
    for (SmemType factor : {b, isRead ? memory : b})
      if (failed(checkAtoms(*this, factor)))
        return failure();
  return checkUnit(
      *this, getUnit(),
      {type, b.getElementType(), acc.getRows(), acc.getColumns(), inner, mma});
}

LogicalResult mlir::hip::checkMbarriers(Operation *op, SmemType memory) {
  if (memory.isVector() && memory.getStages() == 1 &&
      memory.getElementType().isInteger(64))
    return success();
  return op->emitOpError() << "has mbarriers in " << memory
                           << "; they are a vector of i64";
}

LogicalResult GpuMbarrierInitOp::verify() {
  constexpr int64_t kMost = (1 << 20) - 1; // PTX ISA
  if (getArrivals() > kMost)
    return emitOpError() << "waits for " << getArrivals()
                         << " arrivals; an mbarrier counts up to " << kMost;
  return checkMbarriers(*this, getMbarriers().getType());
}

LogicalResult GpuArriveOp::verify() {
  if (getCopies() && getWarp())
    return emitOpError() << "arrives for the copies of each thread and once "
                            "for a warp; keep one of the two";
  return checkMbarriers(*this, getMbarriers().getType());
}

LogicalResult GpuAwaitOp::verify() {
  return checkMbarriers(*this, getMbarriers().getType());
}

LogicalResult GpuExpectOp::verify() {
  return checkMbarriers(*this, getMbarriers().getType());
}

LogicalResult GpuMulticastOp::verify() {
  TileType tile = getTile().getType();
  RowsType rows = getView().getType();
  constexpr unsigned kBits = 32;
  if (!tile.isVector() ||
      tile.getElementType().getIntOrFloatBitWidth() != kBits ||
      !rows.getShape().empty() ||
      rows.getElementType() != tile.getElementType())
    return emitOpError() << "stores " << tile << " to " << rows
                         << "; give it a vector of " << kBits
                         << " bits a number and a view of such numbers";
  auto kernel = (*this)->getParentOfType<TileKernelOp>();
  if (!kernel || kernel.getCluster() == 1)
    return emitOpError() << "is not in a kernel with a cluster; use "
                            "hip.tile.store for one thread block";
  return checkMbarriers(*this, getMbarriers().getType());
}

LogicalResult GpuBarrierOp::verify() {
  if ((*this)->getParentOfType<GpuRolesOp>())
    return success();
  return emitOpError() << "is not in a hip.gpu.roles; for all threads of a "
                          "thread block use gpu.barrier";
}

/// Two warpgroups take turns.
static LogicalResult checkTurn(Operation *op) {
  constexpr int64_t kBoth = 2 * layout::kWarpgroup;
  auto roles = op->getParentOfType<GpuRolesOp>();
  if (!roles)
    return op->emitOpError() << "is not in a hip.gpu.roles, whose warpgroups "
                                "take turns";
  int64_t threads = roles.threadsOf(op);
  if (threads == kBoth)
    return success();
  return op->emitOpError() << "is in a role of " << threads
                           << " threads; only two warpgroups can take turns, "
                           << kBoth << " threads";
}

/// All threads of a thread block have to execute it.
static LogicalResult checkOutsideOfRoles(Operation *op) {
  if (!op->getParentOfType<GpuRolesOp>())
    return success();
  return op->emitOpError() << "is in a role, but all threads of a thread block "
                              "have to execute it; put it before hip.gpu.roles";
}

LogicalResult GpuAwaitGridsOp::verify() { return checkOutsideOfRoles(*this); }
LogicalResult GpuLaunchDependentsOp::verify() {
  return checkOutsideOfRoles(*this);
}

LogicalResult GpuTakeTurnOp::verify() { return checkTurn(*this); }
LogicalResult GpuPassTurnOp::verify() { return checkTurn(*this); }

/// What setmaxnreg takes: a warpgroup each, registers by eights.
static LogicalResult checkRole(GpuRolesOp op, StringRef role, int64_t threads,
                               int64_t registers) {
  constexpr int64_t kWarpgroup = layout::kWarpgroup;
  constexpr int64_t kLeast = 24, kMost = 256, kStep = 8;
  if (threads < kWarpgroup || threads % kWarpgroup != 0)
    return op.emitOpError()
           << "has " << threads << " " << role << "; they are warpgroups of "
           << kWarpgroup << " threads";
  if (registers < kLeast || registers > kMost || registers % kStep != 0)
    return op.emitOpError() << "gives " << role << " " << registers
                            << " registers; a thread has a multiple of "
                            << kStep << " from " << kLeast << " to " << kMost;
  return success();
}

bool GpuRolesOp::isConsumers(Operation *op) {
  return getConsumer().isAncestor(op->getParentRegion());
}

int64_t GpuRolesOp::threadsOf(Operation *op) {
  return isConsumers(op) ? getConsumers() : getProducers();
}

LogicalResult GpuRolesOp::verify() {
  if ((*this)->getParentOfType<GpuRolesOp>())
    return emitOpError()
           << "is in another hip.gpu.roles; threads have one role";
  if (failed(checkRole(*this, "consumers", getConsumers(),
                       getConsumerRegisters())) ||
      failed(checkRole(*this, "producers", getProducers(),
                       getProducerRegisters())))
    return failure();
  constexpr int64_t kMostThreads = 1024;
  if (getConsumers() + getProducers() > kMostThreads)
    return emitOpError() << "has " << getConsumers() << " consumers and "
                         << getProducers() << " producers; together they are "
                         << "at most " << kMostThreads << " threads";
  return success();
}

LogicalResult GpuSkipZeroOp::verify() {
  auto factor = cast<TileType>(getA().getType());
  SmemType b = getB().getType();
  TileType acc = getAcc().getType();
  SmallVector<int64_t> right{factor.getColumns(), acc.getColumns()};
  if (failed(checkHolds(*this, b, right, factor.getElementType())) ||
      failed(checkAtoms(*this, b)))
    return failure();
  auto mma = dyn_cast_or_null<MmaLayoutAttr>(acc.getLayout());
  if (!mma || factor.getLayout() != mma || acc.getRows() != factor.getRows())
    return emitOpError() << "has " << acc << " and " << factor
                         << "; they have the same rows in one #hip.mma";
  return checkUnit(*this, MatrixUnit::Wgmma,
                   {factor.getElementType(), b.getElementType(), acc.getRows(),
                    acc.getColumns(), factor.getColumns(), mma});
}

LogicalResult GpuVoteOp::verify() {
  TileType source = getSource().getType();
  if (!isa_and_nonnull<RegisterLayoutAttrInterface>(source.getLayout()))
    return emitOpError() << "is of the numbers that a warp holds in registers, "
                            "got "
                         << source
                         << "; use hip.tile.any for a tile without a layout";
  return success();
}

LogicalResult GpuReduceOp::verify() {
  TileType source = getSource().getType();
  auto mma = dyn_cast_or_null<MmaLayoutAttr>(source.getLayout());
  if (!mma || !source.getElementType().isF32())
    return emitOpError() << "reduces f32 in a layout of #hip.mma, got "
                         << source;
  SmallVector<int64_t> partial{mma.getRowWarps(), source.getColumns()};
  if (failed(checkHolds(*this, getScratch().getType(), partial,
                        source.getElementType())))
    return failure();
  TileType to = getTile().getType();
  if (to.getSize() != source.getColumns() || !to.getElementType().isF32() ||
      !isa_and_nonnull<ThreadsLayoutAttr>(to.getLayout()))
    return emitOpError() << "gives " << source.getColumns()
                         << " numbers of f32 in a layout of #hip.threads, got "
                         << to;
  return success();
}
