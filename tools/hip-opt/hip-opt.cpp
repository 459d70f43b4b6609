//===- hip-opt.cpp - Run hip passes over MLIR files
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/InitAllPasses.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "passes/pipelines/Pipelines.h"
#include "tools/support/DebugTags.h"
#include "tools/support/Flags.h"
#include "tools/support/Registry.h"
#include "llvm/Support/CommandLine.h"

static void enable(const std::string &tag) {
  mlir::hip::enableDebugFlag("hip-opt", tag);
}

static llvm::cl::list<std::string>
    debugTags("hip-debug", llvm::cl::CommaSeparated,
              llvm::cl::desc("say what passes decide; 'help' lists the tags"),
              llvm::cl::value_desc("tags"),
              llvm::cl::cb<void, std::string>(enable));

/// LLVM takes every flag that begins with `h` for the `-h` of help, an unknown
/// pass as well.
static bool isKnownFlag(llvm::StringRef argument) {
  llvm::StringRef name = argument.ltrim('-').split('=').first;
  return !argument.starts_with("-") || !name.starts_with("h") || name == "h" ||
         mlir::PassInfo::lookup(name) || mlir::PassPipelineInfo::lookup(name) ||
         llvm::cl::getRegisteredOptions().count(name);
}

int main(int argc, char **argv) {
  hip_tool::addCommonFlags("hip-opt");
  mlir::DialectRegistry registry;
  mlir::hip::registerToolDialects(registry);
  mlir::registerAllPasses();
  mlir::hip::registerPipelines();
  for (const char *argument : llvm::ArrayRef(argv, argc).drop_front())
    if (!isKnownFlag(argument)) {
      llvm::errs() << "hip-opt: error: unknown pass or flag '" << argument
                   << "'; --help lists them\n";
      return 1;
    }
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "hip-opt: attention with hierarchical pruning\n", registry));
}
