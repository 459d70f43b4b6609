//===- gpu/EmitPtx.cpp - Kernels to PTX text
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/gpu/Chips.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Threading.h"
#include "passes/Passes.h"
#include "passes/gpu/HighProducts.h"
#include "passes/gpu/JoinPtx.h"
#include "passes/support/AddressSpaces.h"
#include "passes/support/Captures.h"
#include "passes/support/Names.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPEMITPTX
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// The name of the gpu.binary.
static constexpr StringLiteral kBinary = "kernels";

/// Upstream makes dynamic shared memory internal, which the back end then turns
/// into an array of its own in each kernel, and aligns it for vectors.
static void exportSharedMemory(gpu::GPUModuleOp kernels) {
  auto alignment = cast_or_null<IntegerAttr>(
      kernels->removeDiscardableAttr(kSharedAlignment));
  for (auto global : kernels.getOps<LLVM::GlobalOp>())
    if (global.getAddrSpace() == kSharedSpace) {
      global.setLinkage(LLVM::Linkage::External);
      global->removeAttr("unnamed_addr");
      if (alignment)
        global.setAlignment(alignment.getInt());
    }
}

/// Only functions of the module itself: packages link nothing.
static LogicalResult checkCalls(gpu::GPUModuleOp kernels) {
  WalkResult walked = kernels.walk([&](LLVM::LLVMFuncOp function) {
    if (!function.isExternal() || function.getName().starts_with("llvm."))
      return WalkResult::advance();
    function.emitError() << "kernels call " << function.getName()
                         << ", which is no function of theirs, but packages "
                            "link nothing; use ops that have instructions "
                            "(S18b lists those of math)";
    return WalkResult::interrupt();
  });
  return failure(walked.wasInterrupted());
}

/// LLVM ends the process where it would call its own library.
static LogicalResult checkNumbers(gpu::GPUModuleOp kernels) {
  auto isWide = [](Type type) {
    Type number = getElementTypeOrSelf(type);
    return number.isInteger() ? number.getIntOrFloatBitWidth() > 64
                              : isa<Float80Type, Float128Type>(number);
  };
  WalkResult walked = kernels.walk([&](Operation *op) {
    auto wide = llvm::find_if(op->getResultTypes(), isWide);
    if (wide == op->result_type_end())
      return WalkResult::advance();
    op->emitError() << "a kernel computes with " << *wide
                    << ", but a GPU has numbers of up to 64 bits";
    return WalkResult::interrupt();
  });
  return failure(walked.wasInterrupted());
}

/// LLVM ends the process where PTX cannot spell a name.
static LogicalResult checkNames(gpu::GPUModuleOp kernels) {
  for (auto symbol : kernels.getOps<SymbolOpInterface>()) {
    StringRef name = symbol.getName();
    if (!name.starts_with("llvm.") && spelledForPtx(name) != name)
      return symbol.emitError()
             << "'" << name << "' is not a PTX name, which has letters, "
             << "digits, _ and $; name it '" << spelledForPtx(name) << "'";
  }
  return success();
}

/// LLVM ends the process where PTX has no such memory.
static LogicalResult checkSpaces(gpu::GPUModuleOp kernels) {
  constexpr unsigned kSpaces[] = {0, kGlobalSpace, kSharedSpace, 4};
  for (auto global : kernels.getOps<LLVM::GlobalOp>())
    if (!llvm::is_contained(kSpaces, global.getAddrSpace()))
      return global.emitError()
             << "a global in address space " << global.getAddrSpace()
             << ", which PTX does not have; use " << kGlobalSpace
             << " (global), " << kSharedSpace << " (shared) or 4 (constant)";
  return success();
}

/// LLVM ends the process for an instruction that the chip does not have.
static LogicalResult checkChip(gpu::GPUModuleOp kernels, const Chip &chip) {
  auto its = NVVM::NVVMCheckSMVersion::getTargetSMVersionFromStr(chip.name);
  auto has = [&](Operation *op) {
    // Upstream has no trait for these.
    if (isa<NVVM::SetMaxRegisterOp>(op))
      return chip.hasRoles();
    if (isa<NVVM::ClusterArriveOp>(op))
      return chip.hasClusters();
    auto asks = dyn_cast<NVVM::RequiresSMInterface>(op);
    return !asks || asks.getRequiredMinSMVersion().isCompatibleWith(its);
  };
  WalkResult walked = kernels.walk([&](Operation *op) {
    if (has(op))
      return WalkResult::advance();
    op->emitOpError() << "is not an instruction of " << chip.name
                      << "; name a chip that has it";
    return WalkResult::interrupt();
  });
  return failure(walked.wasInterrupted());
}

/// PTX is joined from texts with one function each.
static LogicalResult checkKernel(gpu::GPUModuleOp kernels) {
  auto functions = kernels.getOps<LLVM::LLVMFuncOp>();
  size_t defined = llvm::count_if(
      functions, [](LLVM::LLVMFuncOp f) { return !f.isExternal(); });
  if (defined == 1)
    return failure(failed(checkNames(kernels)) || failed(checkSpaces(kernels)));
  return kernels.emitOpError()
         << "has " << defined << " functions; give each kernel a gpu.module";
}

/// Kernels that ask for more shared memory than the chip has.
static LogicalResult checkShared(ModuleOp module, const Chip &chip) {
  WalkResult walked = module.walk([&](gpu::LaunchFuncOp launch) {
    IntegerAttr bytes;
    Value asked = launch.getDynamicSharedMemorySize();
    if (!asked || !matchPattern(asked, m_Constant(&bytes)) ||
        bytes.getInt() <= chip.sharedBytes)
      return WalkResult::advance();
    launch.emitError() << "a kernel needs " << bytes.getInt()
                       << " bytes of shared memory, " << chip.name << " has "
                       << chip.sharedBytes
                       << "; take a smaller head size or block_q, a shorter "
                          "element type, or fewer columns in #hip.schedule";
    return WalkResult::interrupt();
  });
  return failure(walked.wasInterrupted());
}

/// The PTX of each module. They share nothing, so that threads of the context
/// take one each.
static FailureOr<SmallVector<std::string>>
emitAll(MLIRContext *context, ArrayRef<gpu::GPUModuleOp> modules,
        gpu::TargetAttrInterface target) {
  SmallVector<std::string> texts(modules.size());
  gpu::TargetOptions options("", {}, "", "", gpu::CompilationTarget::Assembly);
  auto emit = [&](size_t i) -> LogicalResult {
    std::optional<SmallVector<char, 0>> text =
        target.serializeToObject(modules[i], options);
    if (!text)
      return failure();
    texts[i] = withoutHighProducts({text->data(), text->size()});
    return success();
  };
  if (failed(failableParallelForEachN(context, 0, modules.size(), emit)))
    return failure();
  return texts;
}

/// One gpu.binary in place of the modules, whose kernels are called in it.
static void replaceModules(ModuleOp module, ArrayRef<gpu::GPUModuleOp> modules,
                           Attribute target, StringRef ptx) {
  for (gpu::GPUModuleOp kernels : modules)
    kernels.erase();
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  auto object = gpu::ObjectAttr::get(b.getContext(), target,
                                     gpu::CompilationTarget::Assembly,
                                     b.getStringAttr(ptx), nullptr, nullptr);
  auto binary =
      gpu::BinaryOp::create(b, module.getLoc(), unusedName(module, kBinary),
                            nullptr, b.getArrayAttr(object));
  module.walk([&](gpu::LaunchFuncOp launch) {
    launch.setKernelAttr(
        SymbolRefAttr::get(binary.getNameAttr(),
                           {FlatSymbolRefAttr::get(launch.getKernelName())}));
  });
}

namespace {

struct EmitPtx : mlir::hip::impl::HipEmitPtxBase<EmitPtx> {
  using HipEmitPtxBase::HipEmitPtxBase;

  void runOnOperation() override {
    const Chip *target = findChip(chip);
    if (!target) {
      getOperation().emitError()
          << "no PTX for chip '" << chip.getValue() << "', only for "
          << chipNames() << "; " << chipHint(chip);
      return signalPassFailure();
    }
    if (failed(checkShared(getOperation(), *target)))
      return signalPassFailure();
    SmallVector<gpu::GPUModuleOp> modules;
    for (auto kernels : getOperation().getOps<gpu::GPUModuleOp>()) {
      exportSharedMemory(kernels);
      if (failed(checkKernel(kernels)) || failed(checkCalls(kernels)) ||
          failed(checkNumbers(kernels)) || failed(checkChip(kernels, *target)))
        return signalPassFailure();
      modules.push_back(kernels);
    }
    if (modules.empty())
      return;
    auto attribute = NVVM::NVVMTargetAttr::get(&getContext(), optLevel,
                                               "nvptx64-nvidia-cuda",
                                               target->name, target->features);
    FailureOr<SmallVector<std::string>> texts = emitAll(
        &getContext(), modules, cast<gpu::TargetAttrInterface>(attribute));
    if (failed(texts))
      return signalPassFailure();
    FailureOr<std::string> joined = joinPtx(*texts);
    if (failed(joined)) {
      getOperation().emitError()
          << "PTX of LLVM has a header that is not known; build with LLVM 22";
      return signalPassFailure();
    }
    replaceModules(getOperation(), modules, attribute, *joined);
  }
};

} // namespace
