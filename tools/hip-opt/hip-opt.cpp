//===- hip-opt.cpp - Run hip passes over MLIR files
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "passes/pipelines/Pipelines.h"
#include "tools/support/Registry.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::hip::registerToolDialects(registry);
  mlir::registerAllPasses();
  mlir::hip::registerPipelines();
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "hip-opt: attention with hierarchical pruning\n", registry));
}
