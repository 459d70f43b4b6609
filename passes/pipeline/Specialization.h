//===- pipeline/Specialization.h - A loop split between roles of warps
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_PIPELINE_SPECIALIZATION_H
#define HIP_PASSES_PIPELINE_SPECIALIZATION_H

#include "mlir/IR/IRMapping.h"
#include "passes/pipeline/LoopStages.h"
#include "passes/support/ScalarBuilder.h"

namespace mlir::hip {

/// Memory with a slot for each stage, and the mbarriers that say when a slot is
/// full and when it is empty again. Without a reader among the consumers there
/// are none.
struct Channel {
  Value array, full, empty;

  bool isRead() const { return full != nullptr; }
};

/// The slot of an iteration, and how often all slots have been used, modulo 2
/// (the pipeline state of CUTLASS).
struct PipelineState {
  Value slot, phase;
};

/// Splits one kernel around its loop, which may be in a loop over the work of
/// several thread blocks (hip-persist): slots and phases go on from one to the
/// next.
class Specialization {
public:
  Specialization(TileKernelOp kernel, scf::ForOp loop, int64_t threads,
                 int64_t producers)
      : b(loop.getLoc(), loop.getContext()), kernel(kernel), loop(loop),
        memory(loop), makers(loop, memory), threads(threads),
        producers(producers) {
    auto around = dyn_cast<scf::ForOp>(loop->getParentOp());
    if (around && around->getParentOp() == kernel &&
        around->getNumResults() == 0)
      work = around;
    stages = cast<IntegerAttr>(loop->getAttr(kStages)).getInt();
  }

  /// Why the kernel stays as it is, if it does.
  std::optional<StageFault> findFault();
  void run(int64_t blocks);

private:
  void collect();
  bool isConsumers(Operation *op) const;
  void makeChannel(Value array);
  bool comesInBoxes(GpuGatherOp gather);
  Value makeMbarriers(int64_t arrivals);
  GpuRolesOp makeRoles(int64_t blocks);

  // Producers.cpp
  void produce(Block *role);
  SmallVector<Value> produceWork(Value item, ValueRange first);
  SmallVector<Value> produceAll(ValueRange first);
  SmallVector<Value> produceIteration(Value iteration, ValueRange numbers,
                                      const PipelineState &now);
  SmallVector<Value> makeNumbers(Value iteration);
  void copyRows(Value iteration, const PipelineState &now);
  Value makeMap(GpuGatherOp gather);
  void copyByThreads(GpuGatherOp gather, const PipelineState &now,
                     IRMapping &mapping);
  void copyBoxes(GpuGatherOp gather, const PipelineState &now,
                 const IRMapping &mapping);

  // Consumers.cpp
  void consume(Block *role);
  void carryState(Block *role);
  void useChannel(const Channel &channel, const PipelineState &now);
  scf::ForOp countIterations(ValueRange first);
  void readBounds(const IRMapping &mapping);

  // SpecializeWarps.cpp, for both roles
  PipelineState next(const PipelineState &now);
  Value exists(Value iteration);
  void fill(const Channel &channel, const PipelineState &now,
            function_ref<void(Value)> write);

  ScalarBuilder b;
  TileKernelOp kernel;
  scf::ForOp loop;
  /// The loop around it, if there is one.
  scf::ForOp work;
  /// What producers have of that loop's body.
  IRMapping ofWork;
  CopiedMemory memory;
  StageMakers makers;
  int64_t threads, producers, stages = 0;
  llvm::SetVector<Operation *> consumed;
  llvm::MapVector<Value, Channel> channels;
  Value lower, upper, step;
};

} // namespace mlir::hip

#endif // HIP_PASSES_PIPELINE_SPECIALIZATION_H
