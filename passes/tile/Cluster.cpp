//===- tile/Cluster.cpp - Lists that clusters of thread blocks work on
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What costs most is divided, and all else is repeated: lists are short, and a
// thread block that makes its own waits for no other one.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "passes/Passes.h"
#include "passes/support/Debug.h"
#include "passes/tile/OwnArrays.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPCLUSTER
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

/// A loop that stores a tile in each iteration, and the array that it fills.
struct Division {
  scf::ForOp loop;
  memref::AllocOp array;
};

/// Divides the loops of one kernel among the thread blocks of a cluster.
class Cluster {
public:
  Cluster(TileKernelOp kernel, int64_t size)
      : kernel(kernel), size(size), arrays(kernel, OwnArrays::MayBeResults) {}

  /// Whether all that thread blocks write is either theirs or divided.
  bool fits();
  void divide();

private:
  std::optional<Division> divisionOf(TileStoreOp store);
  bool isOwn(Value array);
  bool isWrittenOnly(Value array);
  bool isApart(const Division &division);
  scf::ForOp repetitionOf(const Division &division);
  void divide(const Division &division);
  void wait(const Division &division);
  void copyArray(memref::AllocOp array);

  TileKernelOp kernel;
  int64_t size;
  OwnArrays arrays;
  SmallVector<Division> divisions;
  Value rank;
};

} // namespace

bool Cluster::isOwn(Value array) {
  auto alloc = array.getDefiningOp<memref::AllocOp>();
  return alloc && llvm::is_contained(arrays.get(), alloc);
}

/// A loop whose iterations are apart: each stores a tile at its own place.
std::optional<Division> Cluster::divisionOf(TileStoreOp store) {
  auto view = store.getView().getDefiningOp<TileViewOp>();
  auto loop = dyn_cast<scf::ForOp>(store->getParentOp());
  if (!view || !loop || loop.getNumResults() > 0 || !isOwn(view.getSource()) ||
      view.getIndices().back() != loop.getInductionVar())
    return std::nullopt;
  return Division{loop, view.getSource().getDefiningOp<memref::AllocOp>()};
}

/// Whether the kernel reads nothing of an array, as of its results.
bool Cluster::isWrittenOnly(Value array) {
  return llvm::none_of(array.getUsers(), [&](Operation *user) {
    return kernel->isProperAncestor(user) && !isa<memref::StoreOp>(user);
  });
}

static bool isShared(Value array) {
  return gpu::GPUDialect::hasWorkgroupMemoryAddressSpace(
      cast<MemRefType>(array.getType()));
}

/// Whether nothing but its tile is stored in the loop, and the array is not
/// used outside the loop that fills it anew.
bool Cluster::isApart(const Division &division) {
  scf::ForOp loop = division.loop, around = repetitionOf(division);
  WalkResult others = loop->walk([](Operation *op) {
    return isa<memref::StoreOp, gpu::BarrierOp, TilePhaseOp>(op)
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  if (others.wasInterrupted())
    return false;
  return !around ||
         (around->getParentOp() == kernel &&
          llvm::all_of(division.array->getUsers(), [&](Operation *op) {
            return !kernel->isProperAncestor(op) ||
                   around->isProperAncestor(op);
          }));
}

bool Cluster::fits() {
  SmallPtrSet<Operation *, 4> loops, filled;
  WalkResult result = kernel.getBody().walk([&](Operation *op) {
    if (auto store = dyn_cast<TileStoreOp>(op)) {
      std::optional<Division> division = divisionOf(store);
      if (!division || !loops.insert(division->loop).second ||
          !filled.insert(division->array).second)
        return WalkResult::interrupt();
      divisions.push_back(*division);
    } else if (auto store = dyn_cast<memref::StoreOp>(op)) {
      Value array = store.getMemref();
      if (!isShared(array) && !isOwn(array) && !isWrittenOnly(array))
        return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return !result.wasInterrupted() && !divisions.empty() &&
         llvm::all_of(divisions, [&](auto &each) { return isApart(each); });
}

/// The loop of the kernel, if any, that fills the array anew each time.
scf::ForOp Cluster::repetitionOf(const Division &division) {
  auto around = division.loop->getParentOfType<scf::ForOp>();
  return around && kernel->isProperAncestor(around) ? around : nullptr;
}

/// Each thread block takes every `size`-th iteration.
void Cluster::divide(const Division &division) {
  scf::ForOp loop = division.loop;
  ScalarBuilder b(loop.getLoc(), loop);
  Value step = loop.getStep();
  loop.setLowerBound(b.add(loop.getLowerBound(), b.mul(rank, step)));
  loop.setStep(b.mul(step, b.index(size)));
}

/// All of the cluster wait for the array before the phase ends.
void Cluster::wait(const Division &division) {
  Operation *end = division.loop;
  auto isBeforePhase = [](Operation *op) {
    for (; op; op = op->getNextNode())
      if (isa<TilePhaseOp>(op))
        return true;
    return false;
  };
  while (end->getParentOp() != kernel && !isBeforePhase(end))
    end = end->getParentOp();
  OpBuilder b(end->getContext());
  b.setInsertionPointAfter(end);
  NVVM::ClusterArriveOp::create(b, end->getLoc(), b.getUnitAttr());
  NVVM::ClusterWaitOp::create(b, end->getLoc(), b.getUnitAttr());
}

/// Each thread block has its own lists. An array that is divided is one for
/// all; where a loop fills it again and again it is double-buffered, so that
/// none writes what another one still reads.
void Cluster::copyArray(memref::AllocOp array) {
  auto division = llvm::find_if(
      divisions, [&](const Division &each) { return each.array == array; });
  if (division == divisions.end() && isWrittenOnly(array))
    return;
  if (division == divisions.end())
    return arrays.copy(array, size, rank);
  scf::ForOp around = repetitionOf(*division);
  if (!around)
    return;
  ScalarBuilder b(around.getLoc(), around.getContext());
  b.setInsertionPointToStart(around.getBody());
  Value fillings =
      b.div(b.sub(around.getInductionVar(), around.getLowerBound()),
            around.getStep());
  arrays.copy(array, 2, b.createOrFold<arith::RemUIOp>(fillings, b.index(2)));
}

void Cluster::divide() {
  ScalarBuilder b(kernel.getLoc(), kernel.getContext());
  b.setInsertionPointToStart(&kernel.getBody().front());
  rank = gpu::ClusterBlockIdOp::create(b, gpu::Dimension::x);
  for (memref::AllocOp array : arrays.get())
    copyArray(array);
  for (const Division &division : divisions) {
    divide(division);
    wait(division);
  }
  kernel.setCluster(size);
  debug(DebugTag::Tile, kernel, [&](llvm::raw_ostream &out) {
    out << "a cluster of " << size << " thread blocks divides "
        << divisions.size() << (divisions.size() == 1 ? " loop" : " loops");
  });
}

namespace {

struct ClusterLists : mlir::hip::impl::HipClusterBase<ClusterLists> {
  void runOnOperation() override {
    SmallVector<TileKernelOp> kernels;
    getOperation()->walk([&](TileKernelOp kernel) {
      ScheduleAttr schedule = kernel.getScheduleAttr();
      if (schedule && schedule.getCluster() > 1 && kernel.getCluster() == 1)
        kernels.push_back(kernel);
    });
    for (TileKernelOp kernel : kernels) {
      Cluster cluster(kernel, kernel.getScheduleAttr().getCluster());
      if (cluster.fits())
        cluster.divide();
    }
  }
};

} // namespace
