//===- nvvm/SyncPatterns.cpp - Where threads of roles wait for each other
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "passes/nvvm/Patterns.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::nvvm;

static Value lowerBarrier(ThreadBuilder &b, GpuBarrierOp,
                          GpuBarrierOp::Adaptor) {
  b.meet();
  return {};
}

static Value lowerFence(ThreadBuilder &b, GpuFenceOp, GpuFenceOp::Adaptor) {
  b.fence();
  return {};
}

/// LLVM's intrinsics for these say that they touch no memory.
static Value lowerAwaitGrids(ThreadBuilder &b, GpuAwaitGridsOp,
                             GpuAwaitGridsOp::Adaptor) {
  return assembly(b, {}, {}, "griddepcontrol.wait;", "~{memory}");
}

static Value lowerLaunchDependents(ThreadBuilder &b, GpuLaunchDependentsOp,
                                   GpuLaunchDependentsOp::Adaptor) {
  return assembly(b, {}, {}, "griddepcontrol.launch_dependents;", "~{memory}");
}

static Value wordAt(ThreadBuilder &b, Value words, SmemType type, Value index) {
  return b.pointer({words, type}, b.index(0), index);
}

/// One thread makes them; a barrier is to follow.
static Value lowerInit(ThreadBuilder &b, GpuMbarrierInitOp op,
                       GpuMbarrierInitOp::Adaptor adaptor) {
  SmemType type = op.getMbarriers().getType();
  Value isFirst = b.compare(arith::CmpIPredicate::eq, b.thread, b.index(0));
  b.when(isFirst, [&] {
    for (int64_t i = 0; i < type.getColumns(); ++i)
      NVVM::MBarrierInitOp::create(
          b, wordAt(b, adaptor.getMbarriers(), type, b.index(i)),
          b.i32(op.getArrivals()), Value());
  });
  return {};
}

static Value lowerArrive(ThreadBuilder &b, GpuArriveOp op,
                         GpuArriveOp::Adaptor adaptor) {
  Value word = wordAt(b, adaptor.getMbarriers(), op.getMbarriers().getType(),
                      op.getIndex());
  auto arrive = [&] {
    NVVM::MBarrierArriveOp::create(b, b.getI64Type(), word, Value());
  };
  if (op.getCopies()) {
    NVVM::CpAsyncMBarrierArriveOp::create(b, word, /*noinc=*/true);
  } else if (op.getWarp()) {
    NVVM::SyncWarpOp::create(b, b.i32(-1));
    b.when(b.compare(arith::CmpIPredicate::eq, b.lane(), b.index(0)), arrive);
  } else {
    arrive();
  }
  return {};
}

static Value lowerAwait(ThreadBuilder &b, GpuAwaitOp op,
                        GpuAwaitOp::Adaptor adaptor) {
  Value word = wordAt(b, adaptor.getMbarriers(), op.getMbarriers().getType(),
                      op.getIndex());
  constexpr StringLiteral kWait =
      "{\n"
      ".reg .pred done;\n"
      "again:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 done, [$0], $1;\n"
      "@!done bra again;\n"
      "}";
  return assembly(b, {}, {word, op.getPhase()}, kWait, "r,r,~{memory}");
}

static Value lowerExpect(ThreadBuilder &b, GpuExpectOp op,
                         GpuExpectOp::Adaptor adaptor) {
  Value word = wordAt(b, adaptor.getMbarriers(), op.getMbarriers().getType(),
                      op.getIndex());
  Value isFirst = b.compare(arith::CmpIPredicate::eq, b.thread, b.index(0));
  b.when(isFirst, [&] {
    NVVM::MBarrierExpectTxOp::create(b, word, op.getBytes(),
                                     NVVM::MemScopeKind::CTA);
  });
  return {};
}

/// Barriers 3 and 4 are the turns of the first and of the second warpgroup: one
/// waits there, the other one arrives.
static void atTurn(ThreadBuilder &b, std::optional<int64_t> only, bool takes) {
  constexpr int64_t kGroup = layout::kWarpgroup, kFirst = 3;
  Value group = b.toI32(b.div(b.thread, b.index(kGroup)));
  Value turn = takes ? group : b.sub(b.i32(1), group);
  auto meet = [&] {
    Value barrier = b.add(turn, b.i32(kFirst)), threads = b.i32(2 * kGroup);
    if (takes)
      NVVM::BarrierOp::create(b, TypeRange(), barrier, threads,
                              NVVM::BarrierReductionAttr(), Value());
    else
      assembly(b, {}, {barrier, threads}, "bar.arrive $0, $1;",
               "r,r,~{memory}");
  };
  if (only)
    b.when(b.compare(arith::CmpIPredicate::eq, group, b.i32(*only)), meet);
  else
    meet();
}

static Value lowerTakeTurn(ThreadBuilder &b, GpuTakeTurnOp op,
                           GpuTakeTurnOp::Adaptor) {
  atTurn(b, op.getOnly(), /*takes=*/true);
  return {};
}

static Value lowerPassTurn(ThreadBuilder &b, GpuPassTurnOp op,
                           GpuPassTurnOp::Adaptor) {
  atTurn(b, op.getOnly(), /*takes=*/false);
  return {};
}

void mlir::hip::nvvm::addSyncPatterns(const TypeConverter &types,
                                      RewritePatternSet &patterns) {
  addPattern(types, patterns, lowerBarrier);
  addPattern(types, patterns, lowerFence);
  addPattern(types, patterns, lowerAwaitGrids);
  addPattern(types, patterns, lowerLaunchDependents);
  addPattern(types, patterns, lowerInit);
  addPattern(types, patterns, lowerArrive);
  addPattern(types, patterns, lowerAwait);
  addPattern(types, patterns, lowerExpect);
  addPattern(types, patterns, lowerTakeTurn);
  addPattern(types, patterns, lowerPassTurn);
}
