//===- Compile.cpp - From text to a package
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/Compiler.h"
#include "compiler/Diagnostics.h"
#include "compiler/Host.h"
#include "compiler/HostTarget.h"
#include "compiler/LlvmScope.h"
#include "compiler/OutputSizes.h"
#include "compiler/Pipelines.h"
#include "compiler/PlanBuilder.h"
#include "compiler/Remarks.h"
#include "compiler/Signature.h"
#include "compiler/Sizes.h"
#include "dialect/HipDialect.h"
#include "dialect/gpu/Chips.h"
#include "passes/pipelines/Registry.h"
#include "passes/support/Names.h"
#include "runtime/base/Stopwatch.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ThreadPool.h"

using namespace mlir;

namespace hipc {

std::string targetFor(std::string_view gpu) {
  return gpu.empty() ? hostProcessor() : std::string(mlir::hip::chipFor(gpu));
}

CompileOptions optionsFor(std::string_view gpu) {
  CompileOptions options;
  options.pipeline = gpu.empty() ? kCpuPipeline : kPtxPipeline;
  if (!gpu.empty())
    options.chip = targetFor(gpu);
  return options;
}

/// The most threads of one compilation; programs have fewer kernels.
constexpr size_t kMostThreads = 8;

namespace {
/// One compilation of a module.
class Compilation {
public:
  Compilation(std::string_view source, const CompileOptions &options)
      : source(source), options(options),
        context(dialects(), MLIRContext::Threading::DISABLED),
        errors(&context, options.described ? "" : source) {}

  void collect(std::vector<Remark> &remarks) {
    collectRemarks(context, remarks);
  }
  Status parse();
  Status lower();
  Expected<Package> generate();

  std::string text();

private:
  static DialectRegistry dialects();
  Status readEntry();
  Status readTuning();
  void startThreads();
  Package newPackage(std::string target);
  Expected<Package> generatePlan();

  std::string_view source;
  const CompileOptions &options;
  std::optional<llvm::DefaultThreadPool>
      threads; ///< has to outlive the context
  MLIRContext context;
  FirstError errors;
  OwningOpRef<ModuleOp> module;
  HostEntry host;
};
} // namespace

DialectRegistry Compilation::dialects() {
  DialectRegistry registry;
  mlir::hip::registerPipelineDialects(registry);
  return registry;
}

Status Compilation::parse() {
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBufferCopy(source, options.sourceName),
      llvm::SMLoc());
  module = parseSourceFile<ModuleOp>(sources, &context);
  if (!module)
    return errors.status(Code::Invalid, options.sourceName + ": not a module");
  HIPC_RETURN_IF_ERROR(readTuning());
  return readEntry();
}

/// Puts the table on the module, where hip-schedule finds it.
Status Compilation::readTuning() {
  const Tuning &tuning = options.tuning;
  if (tuning.file.empty() || options.pipeline == "none")
    return {};
  bool forGpu = isForGpu(options.pipeline);
  if (!forGpu || tuning.chip != options.chip)
    return error(Code::Invalid, tuning.file, ": has schedules for ",
                 tuning.chip, ", but this is code for ",
                 forGpu ? options.chip : "a CPU");
  Builder b(&context);
  NamedAttrList kernels;
  for (const TunedKernel &kernel : tuning.kernels) {
    Attribute schedule =
        parseAttribute(join("#hip.schedule<", kernel.schedule, ">"), &context);
    if (!schedule)
      return errors.status(Code::Invalid, join(tuning.file, ": no schedule"));
    kernels.set(kernel.name, schedule);
  }
  (*module)->setAttr(
      mlir::hip::kTuning,
      b.getDictionaryAttr(
          {b.getNamedAttr("from", b.getStringAttr(tuning.file)),
           b.getNamedAttr("kernels", kernels.getDictionary(&context))}));
  return {};
}

/// The signature comes from the tensors, which lowering takes away.
Status Compilation::readEntry() {
  Expected<func::FuncOp> entry = findEntry(*module, options.entry);
  if (!entry)
    return error(entry.status().code(), options.sourceName, ": ",
                 entry.status().message());
  Expected<HostEntry> signature = readSignature(*entry);
  if (!signature)
    return error(signature.status().code(), options.sourceName, ": ",
                 signature.status().message());
  host = std::move(*signature);
  host.outputDims = findOutputSizes(*entry);
  host.checks = findSizeChecks(*entry);
  keepInputs(*entry, isForGpu(options.pipeline));
  return {};
}

/// Kernels of a GPU are modules of their own, which threads compile in
/// parallel. The threads end with the compilation, so that a later fork() loses
/// none.
void Compilation::startThreads() {
  threads.emplace(llvm::optimal_concurrency(kMostThreads));
  context.setThreadPool(*threads);
}

Status Compilation::lower() {
  auto machine = createTargetMachine({options.cpu, options.optLevel});
  if (!machine)
    return machine.status();
  if (options.pipeline == kPtxPipeline)
    startThreads();
  PassManager passes(&context);
  HIPC_RETURN_IF_ERROR(addPipeline(passes, options.pipeline,
                                   {vectorLanes(**machine), options.chip,
                                    options.optLevel, options.scheduleFor}));
  if (failed(passes.run(*module)))
    return errors.status(Code::Unsupported,
                         join(options.sourceName, ": pipeline '",
                              options.pipeline, "' failed without a message"));
  return {};
}

Package Compilation::newPackage(std::string target) {
  Package package;
  package.compilerVersion = HIPC_COMPILER_VERSION;
  package.target = std::move(target);
  package.source = source;
  return package;
}

Expected<Package> Compilation::generatePlan() {
  Expected<mlir::func::FuncOp> entry = findEntry(*module, options.entry);
  if (!entry)
    return entry.status();
  Expected<BuiltPlan> built = buildPlan(*entry, host);
  if (!built)
    return error(built.status().code(), options.sourceName, ": ",
                 built.status().message());
  Package package = newPackage(options.chip);
  package.kind = PackageKind::Plan;
  package.plan = std::move(built->plan);
  llvm::append_range(package.plan.checks, host.checks);
  package.kernels = std::move(built->kernels);
  module->walk([&](gpu::BinaryOp binary) {
    for (auto object : binary.getObjects().getAsRange<gpu::ObjectAttr>())
      package.blobs.push_back(
          {BlobKind::Ptx, options.chip, object.getObject().getValue().str()});
  });
  return package;
}

Expected<Package> Compilation::generate() {
  if (options.pipeline == kPtxPipeline)
    return generatePlan();
  auto machine = createTargetMachine({options.cpu, options.optLevel});
  if (!machine)
    return machine.status();
  llvm::LLVMContext llvmContext;
  auto translated =
      translateModuleToLLVMIR(*module, llvmContext, options.sourceName);
  if (!translated)
    return errors.status(Code::Internal,
                         options.sourceName + ": no translation to LLVM IR");
  Expected<std::string> object = emitObject(*translated, **machine);
  if (!object)
    return object.status();
  Package package = newPackage(targetName(**machine));
  package.kind = PackageKind::Host;
  package.blobs.push_back(
      {BlobKind::Object, package.target, *object, targetFeatures(**machine)});
  package.host = std::move(host);
  return package;
}

std::string Compilation::text() {
  std::string text;
  llvm::raw_string_ostream(text) << *module << "\n";
  return text;
}

Expected<Package> compile(std::string_view source,
                          const CompileOptions &options, CompileTimes *times,
                          std::vector<Remark> *remarks) {
  Stopwatch total;
  LlvmScope scope;
  Compilation compilation(source, options);
  if (remarks)
    compilation.collect(*remarks);
  HIPC_RETURN_IF_ERROR(compilation.parse());
  double parseMs = total.milliseconds();
  HIPC_RETURN_IF_ERROR(compilation.lower());
  Expected<Package> package = compilation.generate();
  if (times)
    *times = {parseMs, total.milliseconds() - parseMs};
  return package;
}

Expected<std::string> lowerToText(std::string_view source,
                                  const CompileOptions &options) {
  LlvmScope scope;
  Compilation compilation(source, options);
  HIPC_RETURN_IF_ERROR(compilation.parse());
  HIPC_RETURN_IF_ERROR(compilation.lower());
  return compilation.text();
}

} // namespace hipc
