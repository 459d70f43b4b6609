//===- HostTarget.cpp - Object code for this machine
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/HostTarget.h"

#include "compiler/Host.h"
#include "runtime/cpu/Processor.h"

#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"

namespace hipc {

Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const TargetOptions &options) {
  Expected<const llvm::Target *> target = nativeTarget();
  if (!target)
    return target.status();
  bool host = options.cpu == "host";
  std::string cpu = host ? hostProcessor() : options.cpu;
  std::unique_ptr<llvm::MCSubtargetInfo> info(
      (*target)->createMCSubtargetInfo(hostTriple(), "", ""));
  if (!info || !info->isCPUStringValid(cpu))
    return error(Code::Unsupported, "cpu '", cpu, "' is not one of ",
                 std::string_view((*target)->getName()),
                 "; use 'host' or a name that llc -mcpu takes");
  auto level = llvm::CodeGenOpt::getLevel(int(options.optLevel));
  if (!level)
    return error(Code::Invalid, "optimisation level ", options.optLevel,
                 ", but there are levels 0 to 3");
  return std::unique_ptr<llvm::TargetMachine>((*target)->createTargetMachine(
      hostTriple(), cpu, host ? hostFeatures() : "", llvm::TargetOptions(),
      llvm::Reloc::PIC_, std::nullopt, *level, /*JIT=*/true));
}

std::string describeTarget(const TargetOptions &options) {
  bool host = options.cpu == "host";
  return join(hostTriple().str(), "/", host ? hostProcessor() : options.cpu,
              "/", host ? hostFeatures() : "", "/", options.optLevel);
}

std::string targetName(const llvm::TargetMachine &machine) {
  return join(machine.getTargetTriple().str(), "/",
              std::string_view(machine.getTargetCPU()));
}

std::string targetFeatures(const llvm::TargetMachine &machine) {
  const llvm::MCSubtargetInfo *info = machine.getMCSubtargetInfo();
  std::string features;
  for (std::string_view name : codeFeatures())
    if (info->checkFeatures(join("+", name)))
      features += join(features.empty() ? "" : ",", name);
  return features;
}

/// Several server processors default to vectors of half their width.
static void preferWidestVectors(llvm::Module &module,
                                const llvm::TargetMachine &machine) {
  if (!machine.getMCSubtargetInfo()->checkFeatures("+avx512f"))
    return;
  for (llvm::Function &function : module)
    if (!function.isDeclaration())
      function.addFnAttr("prefer-vector-width", "512");
}

static void optimise(llvm::Module &module, llvm::TargetMachine &machine) {
  const llvm::OptimizationLevel kLevels[] = {
      llvm::OptimizationLevel::O0, llvm::OptimizationLevel::O1,
      llvm::OptimizationLevel::O2, llvm::OptimizationLevel::O3};
  auto level = kLevels[static_cast<unsigned>(machine.getOptLevel())];
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  // Kernels already work on enough vectors side by side; unrolling their loops
  // takes a third of the compile time and gains 3 % at most.
  llvm::PipelineTuningOptions tuning;
  tuning.LoopUnrolling = false;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  auto passes = level == llvm::OptimizationLevel::O0
                    ? builder.buildO0DefaultPipeline(level)
                    : builder.buildPerModuleDefaultPipeline(level);
  passes.run(module, modules);
}

int64_t vectorLanes(const llvm::TargetMachine &machine) {
  const llvm::MCSubtargetInfo *info = machine.getMCSubtargetInfo();
  auto has = [&](const char *feature) {
    return machine.getTargetTriple().isX86() && info->checkFeatures(feature);
  };
  if (has("+avx512f"))
    return 16;
  return has("+avx2") ? 8 : 4;
}

Expected<std::string> emitObject(llvm::Module &module,
                                 llvm::TargetMachine &machine) {
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
  preferWidestVectors(module, machine);
  optimise(module, machine);
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, nullptr,
                                  llvm::CodeGenFileType::ObjectFile))
    return error(Code::Unsupported, "no object files for ",
                 targetName(machine));
  passes.run(module);
  return std::string(bytes.begin(), bytes.end());
}

} // namespace hipc
