//===- hip-opt.cpp - Run hip passes over MLIR files
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "passes/pipelines/Pipelines.h"
#include "passes/pipelines/Registry.h"
#include "tools/support/DebugTags.h"
#include "tools/support/Flags.h"
#include "llvm/Support/CommandLine.h"

static void enable(const std::string &tag) {
  mlir::hip::enableDebugFlag("hip-opt", tag);
}

static llvm::cl::list<std::string>
    debugTags("hip-debug", llvm::cl::CommaSeparated,
              llvm::cl::desc("print what passes decide; 'help' lists the tags"),
              llvm::cl::value_desc("tags"),
              llvm::cl::cb<void, std::string>(enable));

int main(int argc, char **argv) {
  hip_tool::addCommonFlags("hip-opt");
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::hip::registerPipelineDialects(registry);
  mlir::registerAllPasses();
  mlir::hip::registerPipelines();
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "hip-opt: attention with hierarchical pruning\n", registry));
}
