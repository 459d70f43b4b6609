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
#include "passes/support/ListMemory.h"
#include "passes/tile/Exchange.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPCLUSTER
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

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
  scf::ForOp repetitionOf(scf::ForOp loop);
  bool planExchanges();
  bool isSent(memref::AllocOp array);
  void allocate(ScalarBuilder &b);
  void divide(const Division &division);
  void wait(const Division &division);
  void copyArray(memref::AllocOp array);

  TileKernelOp kernel;
  int64_t size;
  OwnArrays arrays;
  SmallVector<Division> divisions;
  /// Arrays that are sent.
  SmallVector<Exchange> exchanges;
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
  return Division{loop, store,
                  view.getSource().getDefiningOp<memref::AllocOp>(),
                  repetitionOf(loop)};
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
  scf::ForOp loop = division.loop, around = division.around;
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
  SmallPtrSet<Operation *, 4> loops;
  WalkResult result = kernel.getBody().walk([&](Operation *op) {
    if (auto store = dyn_cast<TileStoreOp>(op)) {
      std::optional<Division> division = divisionOf(store);
      if (!division || !loops.insert(division->loop).second)
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
         llvm::all_of(divisions, [&](auto &each) { return isApart(each); }) &&
         planExchanges();
}

/// The loop of the kernel, if any, that fills the array anew each time.
scf::ForOp Cluster::repetitionOf(scf::ForOp loop) {
  auto around = loop->getParentOfType<scf::ForOp>();
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

/// Each thread block has its own lists. An array that is divided and not sent
/// is one for all; where a loop fills it again and again it is double-buffered,
/// so that none writes what another one still reads.
void Cluster::copyArray(memref::AllocOp array) {
  auto *division = llvm::find_if(
      divisions, [&](const Division &each) { return each.array == array; });
  if (division == divisions.end() && isWrittenOnly(array))
    return;
  if (division == divisions.end())
    return arrays.copy(array, size, rank);
  scf::ForOp around = division->around;
  if (!around)
    return;
  ScalarBuilder b(around.getLoc(), around.getContext());
  b.setInsertionPointToStart(around.getBody());
  Value fillings = division->fillings(b);
  arrays.copy(array, 2, b.createOrFold<arith::RemUIOp>(fillings, b.index(2)));
}

/// Short arrays are sent. Whether all others are filled by one loop.
bool Cluster::planExchanges() {
  llvm::MapVector<Operation *, SmallVector<Division>> byArray;
  for (Division &division : divisions)
    division.isAlone = llvm::count_if(divisions, [&](const Division &other) {
                         return other.around == division.around;
                       }) == 1;
  for (const Division &division : divisions)
    byArray[division.array].push_back(division);
  int64_t bytes = 0;
  for (auto &[array, fillings] : byArray) {
    Exchange exchange(fillings);
    if (exchange.isPossible() && !arrays.isResult(exchange.array()) &&
        bytes + exchange.bytes() <= kSentBytes) {
      bytes += exchange.bytes();
      exchanges.push_back(exchange);
    } else if (fillings.size() > 1) {
      return false;
    }
  }
  return true;
}

/// Their mbarriers are there before anything comes.
void Cluster::allocate(ScalarBuilder &b) {
  constexpr int64_t kAlignment = 128;
  int64_t used = llvm::alignTo(kernel.getSharedBytes(), kAlignment);
  for (Exchange &exchange : exchanges) {
    exchange.allocate(b, used);
    used = llvm::alignTo(used + exchange.bytes(), kAlignment);
  }
  if (exchanges.empty())
    return;
  kernel.setSharedBytes(used);
  NVVM::FenceMbarrierInitOp::create(b, b.getLoc());
}

bool Cluster::isSent(memref::AllocOp array) {
  return llvm::any_of(exchanges, [&](const Exchange &exchange) {
    return exchange.array() == array;
  });
}

void Cluster::divide() {
  ScalarBuilder b(kernel.getLoc(), kernel.getContext());
  b.setInsertionPointToStart(&kernel.getBody().front());
  rank = gpu::ClusterBlockIdOp::create(b, gpu::Dimension::x);
  allocate(b);
  for (memref::AllocOp array : arrays.get())
    if (!isSent(array))
      copyArray(array);
  for (const Division &division : divisions)
    if (!isSent(division.array))
      wait(division);
  for (Exchange &exchange : exchanges)
    exchange.exchange(arrays);
  for (const Division &division : divisions)
    divide(division);
  kernel.setCluster(size);
  debug(DebugTag::Tile, kernel, [&](llvm::raw_ostream &out) {
    out << "a cluster of " << size << " thread blocks divides "
        << divisions.size() << (divisions.size() == 1 ? " loop" : " loops");
    if (!exchanges.empty())
      out << ", and sends " << exchanges.size()
          << (exchanges.size() == 1 ? " array" : " arrays");
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
