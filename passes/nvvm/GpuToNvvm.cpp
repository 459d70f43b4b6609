//===- nvvm/GpuToNvvm.cpp - Tile programs to what one GPU thread does
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/gpu/Chips.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Passes.h"
#include "passes/nvvm/LoopValues.h"
#include "passes/nvvm/Patterns.h"
#include "passes/support/AddressSpaces.h"
#include "passes/support/TileOps.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPGPUTONVVM
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// What one thread has: the numbers of its registers, pointers to memory.
static void addConversions(TypeConverter &types) {
  types.addConversion([](Type type) { return type; });
  types.addConversion([](TileType type) -> std::optional<Type> {
    if (!isa_and_nonnull<RegisterLayoutAttrInterface>(type.getLayout()))
      return Type();
    return VectorType::get({type.getRegisters().registerCount()},
                           type.getElementType());
  });
  types.addConversion([](SmemType type) -> Type {
    return LLVM::LLVMPointerType::get(type.getContext(), kSharedSpace);
  });
}

/// Tiles are in registers of the threads that there are.
static LogicalResult checkTile(Operation *op, Type type, int64_t threads) {
  auto tile = dyn_cast<TileType>(type);
  if (!tile)
    return success();
  auto layout = dyn_cast_or_null<RegisterLayoutAttrInterface>(tile.getLayout());
  if (!layout)
    return op->emitOpError() << "has " << tile
                             << ", which is not in registers; run "
                                "hip-assign-layouts and hip-promote-shared";
  int64_t count = tile.getRegisters().threadCount();
  bool fits =
      isa<ThreadsLayoutAttr>(layout) ? threads % count == 0 : threads == count;
  if (fits)
    return success();
  return op->emitOpError() << "has " << tile << ", which is distributed over "
                           << count << " threads, in a kernel of " << threads;
}

/// Thread blocks send to shared memory alone.
static LogicalResult checkMulticast(GpuMulticastOp op) {
  auto view = op.getView().getDefiningOp<TileViewOp>();
  auto memory = cast<MemRefType>(view.getSource().getType());
  if (gpu::GPUDialect::hasWorkgroupMemoryAddressSpace(memory))
    return success();
  return op.emitOpError() << "stores to " << memory
                          << ", which is not in shared memory; give it a view "
                             "of memory in #gpu.address_space<workgroup>";
}

/// What earlier passes have to have decided.
static LogicalResult checkDecided(Operation *op) {
  if (auto alloc = dyn_cast<GpuAllocOp>(op); alloc && !alloc.getOffset())
    return op->emitOpError() << "has no offset; run hip-allocate-shared";
  if (auto reduce = dyn_cast<TileReduceOp>(op); reduce && reduce.getAxis() == 0)
    return op->emitOpError() << "reduces rows over the warps; run "
                                "hip-promote-shared, which gives it scratch";
  if (auto multicast = dyn_cast<GpuMulticastOp>(op))
    return checkMulticast(multicast);
  return success();
}

/// LLVM ends the process for an instruction that the chip does not have.
static LogicalResult checkChip(Operation *op, const Chip &chip) {
  if (auto mma = dyn_cast<GpuMmaOp>(op);
      mma && mma.getUnit() == MatrixUnit::Wgmma && !chip.wgmma)
    return op->emitOpError()
           << "multiplies by wgmma, which " << chip.name
           << " does not have; take unit = mma_sync in #hip.schedule";
  if (auto kernel = dyn_cast<TileKernelOp>(op);
      kernel && kernel.getCluster() > 1 && !chip.hasClusters())
    return op->emitOpError()
           << "is for a cluster of " << kernel.getCluster()
           << " thread blocks, which need sm_90a or newer, but the chip is "
           << chip.name << "; leave cluster out";
  if (isa<GpuAwaitGridsOp, GpuLaunchDependentsOp>(op) &&
      !chip.hasDependentLaunches())
    return op->emitOpError() << "is of launches that overlap, which need "
                                "sm_90a or newer, but the "
                                "chip is "
                             << chip.name << "; leave hip-overlap-launches out";
  if (chip.hasRoles() || !isa<GpuRolesOp, GpuMbarrierInitOp, GpuArriveOp,
                              GpuAwaitOp, GpuFenceOp, GpuGatherBoxesOp>(op))
    return success();
  return op->emitOpError() << "needs sm_90a or newer, but the chip is "
                           << chip.name
                           << "; take producers = 0 in #hip.schedule";
}

/// The threads that run `op`: those of its role, or of the thread block.
static int64_t threadsAround(Operation *op, int64_t threads) {
  auto roles = op->getParentOfType<GpuRolesOp>();
  return roles ? roles.threadsOf(op) : threads;
}

static LogicalResult checkThreadBlock(TileKernelOp kernel, const Chip *chip) {
  if (failed(checkTileValues(kernel, /*branches=*/true)) ||
      (chip && failed(checkChip(kernel, *chip))))
    return failure();
  FailureOr<int64_t> threads = threadsOf(kernel);
  if (failed(threads))
    return failure();
  WalkResult walked = kernel.getBody().walk([&](Operation *op) {
    int64_t count = threadsAround(op, *threads);
    for (TypeRange types :
         {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
      for (Type type : types)
        if (failed(checkTile(op, type, count)))
          return WalkResult::interrupt();
    bool refused =
        failed(checkDecided(op)) || (chip && failed(checkChip(op, *chip)));
    return refused ? WalkResult::interrupt() : WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}

/// Roles are a branch, in which warpgroups take registers or leave them.
static void branchByRole(GpuRolesOp roles) {
  ScalarBuilder b(roles.getLoc(), OpBuilder(roles));
  auto kernel = roles->getParentOfType<TileKernelOp>();
  Value thread = *kernel.getBody().getOps<gpu::ThreadIdOp>().begin();
  Value consumes = b.compare(arith::CmpIPredicate::ult, thread,
                             b.index(roles.getConsumers()));
  auto branch = scf::IfOp::create(b, consumes, /*withElseRegion=*/true);
  auto move = [&](Block &role, Block &to, int64_t registers, auto action) {
    b.setInsertionPointToStart(&to);
    NVVM::SetMaxRegisterOp::create(b, registers, action);
    auto end = to.getTerminator()->getIterator();
    to.getOperations().splice(end, role.getOperations());
  };
  using Action = NVVM::SetMaxRegisterAction;
  move(roles.getConsumer().front(), *branch.thenBlock(),
       roles.getConsumerRegisters(), Action::increase);
  move(roles.getProducer().front(), *branch.elseBlock(),
       roles.getProducerRegisters(), Action::decrease);
  roles.erase();
}

/// Maps that follow each other under one condition are one branch: LLVM threads
/// no jumps on a GPU.
static void combineBranches(TileKernelOp kernel) {
  SmallVector<Operation *> branches;
  kernel.walk([&](scf::IfOp branch) { branches.push_back(branch); });
  RewritePatternSet patterns(kernel.getContext());
  scf::IfOp::getCanonicalizationPatterns(patterns, kernel.getContext());
  GreedyRewriteConfig config;
  config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
  config.enableFolding(false);
  (void)applyOpPatternsGreedily(branches, std::move(patterns), config);
}

namespace {

struct GpuToNvvm : mlir::hip::impl::HipGpuToNvvmBase<GpuToNvvm> {
  using HipGpuToNvvmBase::HipGpuToNvvmBase;

  void runOnOperation() override {
    auto lowered = [&](TileKernelOp kernel) -> LogicalResult {
      return failed(checkThreadBlock(kernel, findChip(chip))) ? failure()
                                                              : lower(kernel);
    };
    if (failed(forEachTileProgram(getOperation(), lowered)))
      signalPassFailure();
  }

  LogicalResult lower(TileKernelOp kernel) {
    auto start = OpBuilder::atBlockBegin(&kernel.getBody().front());
    gpu::ThreadIdOp::create(start, kernel.getLoc(), gpu::Dimension::x);
    TypeConverter types;
    addConversions(types);
    RewritePatternSet patterns(&getContext());
    nvvm::addTilePatterns(types, patterns);
    nvvm::addMemoryPatterns(types, patterns);
    nvvm::addCopyPatterns(types, patterns);
    nvvm::addSyncPatterns(types, patterns);
    nvvm::addMmaPatterns(types, patterns);
    nvvm::addWgmmaPatterns(types, patterns);
    ConversionTarget target(getContext());
    scf::populateSCFStructuralTypeConversionsAndLegality(types, patterns,
                                                         target);
    target.markUnknownOpDynamicallyLegal([&](Operation *op) {
      return isa<GpuRolesOp, TileViewOp>(op) ||
             (!isOfTileProgram(op) && types.isLegal(op));
    });
    ConversionConfig config;
    config.allowPatternRollback = false;
    if (failed(applyPartialConversion(kernel.getOperation(), target,
                                      std::move(patterns), config)))
      return failure();
    // What took them has the places.
    kernel.walk([](TileViewOp view) { view.erase(); });
    kernel.walk(branchByRole);
    nvvm::carryNumbers(kernel);
    combineBranches(kernel);
    return success();
  }
};

} // namespace
