//===- gpu/EmitPtx.cpp - Kernels to PTX text
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Matchers.h"
#include "passes/Passes.h"
#include "passes/gpu/Chips.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPEMITPTX
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// Upstream makes dynamic shared memory internal, which the back end then turns
/// into an array of its own in each kernel.
static void exportSharedMemory(gpu::GPUModuleOp kernels) {
  for (auto global : kernels.getOps<LLVM::GlobalOp>())
    if (global.getAddrSpace() == kSharedSpace) {
      global.setLinkage(LLVM::Linkage::External);
      global->removeAttr("unnamed_addr");
    }
}

/// Only functions of the module itself: packages link nothing.
static LogicalResult checkCalls(gpu::GPUModuleOp kernels) {
  WalkResult walked = kernels.walk([&](LLVM::LLVMFuncOp function) {
    if (!function.isExternal() || function.getName().starts_with("llvm."))
      return WalkResult::advance();
    function.emitError() << "kernels call " << function.getName()
                         << ", which no GPU instruction is; score regions may "
                            "use exp, exp2, log2, tanh and arith";
    return WalkResult::interrupt();
  });
  return failure(walked.wasInterrupted());
}

/// Kernels that ask for more shared memory than the chip has.
static LogicalResult checkShared(ModuleOp module, const Chip &chip) {
  WalkResult walked = module.walk([&](gpu::LaunchFuncOp launch) {
    IntegerAttr bytes;
    Value asked = launch.getDynamicSharedMemorySize();
    if (!asked || !matchPattern(asked, m_Constant(&bytes)) ||
        bytes.getInt() <= chip.sharedBytes)
      return WalkResult::advance();
    launch.emitOpError() << "needs " << bytes.getInt()
                         << " bytes of shared memory, " << chip.name << " has "
                         << chip.sharedBytes
                         << "; take fewer columns in #hip.schedule";
    return WalkResult::interrupt();
  });
  return failure(walked.wasInterrupted());
}

namespace {

struct EmitPtx : mlir::hip::impl::HipEmitPtxBase<EmitPtx> {
  using HipEmitPtxBase::HipEmitPtxBase;

  void runOnOperation() override {
    const Chip *target = findChip(chip);
    if (!target) {
      getOperation().emitError() << "no PTX for chip '" << chip.getValue()
                                 << "', only for " << chipNames();
      return signalPassFailure();
    }
    if (failed(checkShared(getOperation(), *target)))
      return signalPassFailure();
    OpBuilder b(&getContext());
    Attribute attribute = NVVM::NVVMTargetAttr::get(
        &getContext(), optLevel, "nvptx64-nvidia-cuda", target->name,
        target->features);
    WalkResult walked = getOperation().walk([&](gpu::GPUModuleOp kernels) {
      exportSharedMemory(kernels);
      kernels.setTargetsAttr(b.getArrayAttr(attribute));
      return failed(checkCalls(kernels)) ? WalkResult::interrupt()
                                         : WalkResult::advance();
    });
    gpu::TargetOptions options("", {}, "", "",
                               gpu::CompilationTarget::Assembly);
    if (walked.wasInterrupted() || failed(gpu::transformGpuModulesToBinaries(
                                       getOperation(), nullptr, options)))
      signalPassFailure();
  }
};

} // namespace
