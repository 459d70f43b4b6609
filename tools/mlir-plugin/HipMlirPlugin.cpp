//===- HipMlirPlugin.cpp - The dialect and its passes, for stock mlir-opt
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// mlir-opt --load-dialect-plugin=HipMlirPlugin.so
//          --load-pass-plugin=HipMlirPlugin.so
//          --pass-pipeline='builtin.module(hip-to-ptx{chip=sm_90a})' FILE
//
// mlir-opt reads flags before it loads passes: they are named in a pipeline.
//
//===----------------------------------------------------------------------===//

#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "passes/pipelines/Pipelines.h"
#include "passes/pipelines/Registry.h"

using namespace mlir;

extern "C" {

LLVM_ATTRIBUTE_VISIBILITY_DEFAULT DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "hip", HIP_VERSION,
          [](DialectRegistry *registry) {
            hip::registerPipelineDialects(*registry);
          }};
}

LLVM_ATTRIBUTE_VISIBILITY_DEFAULT PassPluginLibraryInfo
mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "hip", HIP_VERSION, hip::registerPipelines};
}

} // extern "C"
