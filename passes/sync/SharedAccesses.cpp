//===- sync/SharedAccesses.cpp - What ops do to shared memory
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/sync/SharedAccesses.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "passes/support/TileOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::hip;

bool SharedAccess::meets(const SharedAccess &other) const {
  if (!writes && !other.writes)
    return false;
  if (array == other.array && staged && other.staged)
    return false;
  return begin < other.end && other.begin < end;
}

bool SharedAccess::isLike(const SharedAccess &other) const {
  return array == other.array && writes == other.writes &&
         staged == other.staged;
}

void SharedAccesses::add(const SharedAccess &access) {
  if (llvm::none_of(accesses, [&](auto &x) { return x.isLike(access); }))
    accesses.push_back(access);
}

void SharedAccesses::add(const SharedAccesses &others) {
  for (const SharedAccess &access : others.accesses)
    add(access);
}

bool SharedAccesses::contains(const SharedAccesses &others) const {
  return llvm::all_of(others.accesses, [&](const SharedAccess &theirs) {
    return llvm::any_of(accesses, [&](auto &x) { return x.isLike(theirs); });
  });
}

std::optional<std::pair<SharedAccess, SharedAccess>>
SharedAccesses::meeting(const SharedAccesses &others) const {
  for (const SharedAccess &theirs : others.accesses)
    for (const SharedAccess &ours : accesses)
      if (ours.meets(theirs))
        return std::pair(ours, theirs);
  return std::nullopt;
}

void SharedEffects::append(const SharedEffects &next) {
  if (!hasBarrier)
    before.add(next.before);
  if (next.hasBarrier)
    after.clear();
  after.add(next.after);
  hasBarrier |= next.hasBarrier;
}

bool mlir::hip::takesSharedMemory(Operation *op) {
  return isGpuOp(op) &&
         llvm::any_of(op->getOperandTypes(), llvm::IsaPred<SmemType>);
}

namespace {

/// Collects what one op does.
class Collector {
public:
  explicit Collector(Operation *op) : op(op) {}

  FailureOr<SharedEffects> collect();

private:
  void read(Value memory) { access(memory, /*writes=*/false); }
  void write(Value memory) { access(memory, /*writes=*/true); }
  void access(Value memory, bool writes);
  void barrier();
  LogicalResult check(Operation *made);

  Operation *op;
  SharedEffects effects;
  bool failed = false;
};

} // namespace

LogicalResult Collector::check(Operation *made) {
  auto array = dyn_cast_or_null<GpuAllocOp>(made);
  if (!array)
    return op->emitOpError()
           << "takes shared memory that comes from no hip.gpu.alloc; give it "
              "an array or its hip.gpu.slot";
  if (array.getOffset())
    return success();
  return array.emitOpError() << "has no offset; run hip-allocate-shared";
}

void Collector::access(Value memory, bool writes) {
  bool staged = false;
  for (; auto slot = memory.getDefiningOp<GpuSlotOp>(); staged = true)
    memory = slot.getMemory();
  Operation *made = memory.getDefiningOp();
  if (failed || mlir::failed(check(made))) {
    failed = true;
    return;
  }
  auto array = cast<GpuAllocOp>(made);
  int64_t begin = *array.getOffset();
  SharedEffects next;
  next.before.add({op, array, writes, staged, begin,
                   begin + array.getMemory().getType().getBytes()});
  next.after = next.before;
  effects.append(next);
}

void Collector::barrier() {
  SharedEffects next;
  next.hasBarrier = true;
  effects.append(next);
}

FailureOr<SharedEffects> Collector::collect() {
  TypeSwitch<Operation *>(op)
      .Case<gpu::BarrierOp, TilePhaseOp, GpuBarrierOp>([&](auto) { barrier(); })
      .Case([&](GpuLocalLoadOp load) { read(load.getMemory()); })
      .Case([&](GpuLocalStoreOp store) { write(store.getMemory()); })
      .Case([&](GpuFillOp fill) {
        for (Value source : fill.getSources())
          read(source);
        write(fill.getMemory());
      })
      .Case([&](GpuCopyOp copy) { write(copy.getMemory()); })
      .Case<GpuGatherOp, GpuGatherBoxesOp>([&](auto gather) {
        read(gather.getRows());
        write(gather.getMemory());
      })
      .Case([&](GpuMmaOp mma) {
        if (isa<SmemType>(mma.getA().getType()))
          read(mma.getA());
        read(mma.getB());
      })
      .Case([&](GpuSkipZeroOp skip) {
        write(skip.getB());
        barrier();
        write(skip.getB());
      })
      .Case([&](GpuReduceOp reduce) {
        write(reduce.getScratch());
        barrier();
        read(reduce.getScratch());
      })
      // A stage is accessed by who takes it; mbarriers are what orders others.
      // What a cluster sends each other is read after a wait, too.
      .Case<GpuSlotOp, GpuMbarrierInitOp, GpuArriveOp, GpuAwaitOp, GpuExpectOp,
            GpuMulticastOp>([](auto) {})
      .Default([&](Operation *other) {
        if (!takesSharedMemory(other))
          return;
        other->emitOpError() << "takes shared memory, but effectsOf() does not "
                                "say whether it reads or writes it";
        failed = true;
      });
  if (failed)
    return failure();
  return effects;
}

FailureOr<SharedEffects> mlir::hip::effectsOf(Operation *op) {
  return Collector(op).collect();
}
