//===- hip-lsp-server.cpp - Editor support for hip programs
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "passes/pipelines/Registry.h"
#include "tools/support/Flags.h"

int main(int argc, char **argv) {
  hip_tool::addCommonFlags("hip-lsp-server");
  mlir::DialectRegistry registry;
  mlir::hip::registerPipelineDialects(registry);
  return failed(mlir::MlirLspServerMain(argc, argv, registry));
}
