//===- support/Captures.cpp - What a kernel takes from around it
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/Captures.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace mlir::hip;

FailureOr<SetVector<Value>> mlir::hip::captureValues(gpu::LaunchOp launch) {
  OpBuilder b(launch.getContext());
  b.setInsertionPointToStart(&launch.getBody().front());
  SetVector<Value> values, captured;
  getUsedValuesDefinedAbove(launch.getBody(), values);
  for (Value value : values)
    if (auto constant = value.getDefiningOp<arith::ConstantOp>()) {
      Value inside = b.clone(*constant)->getResult(0);
      replaceAllUsesInRegionWith(value, inside, launch.getBody());
    }
  getUsedValuesDefinedAbove(launch.getBody(), captured);
  for (Value value : captured)
    if (!value.getType().isIntOrIndexOrFloat() &&
        !isa<MemRefType>(value.getType()))
      return launch.emitOpError() << "uses a value of type " << value.getType()
                                  << "; a kernel takes numbers and memrefs";
  return captured;
}

LogicalResult mlir::hip::forEachKernel(
    ModuleOp module,
    function_ref<LogicalResult(gpu::LaunchOp, StringRef)> outline) {
  SmallVector<gpu::LaunchOp> launches;
  module.walk([&](gpu::LaunchOp op) { launches.push_back(op); });
  for (auto [i, launch] : llvm::enumerate(launches)) {
    StringRef parent = launch->getParentOfType<func::FuncOp>().getName();
    std::string name = (parent + "_kernel_" + Twine(i)).str();
    if (failed(outline(launch, name)))
      return failure();
  }
  return success();
}

Value mlir::hip::describe(ScalarBuilder &b, MemRefType type, Value pointer,
                          Value offset, ValueRange sizes, ValueRange strides) {
  LLVMTypeConverter converter(b.getContext());
  Location loc = b.getLoc();
  auto descriptor =
      MemRefDescriptor::poison(b, loc, converter.convertType(type));
  descriptor.setAllocatedPtr(b, loc, pointer);
  descriptor.setAlignedPtr(b, loc, pointer);
  descriptor.setOffset(b, loc, offset);
  for (auto [i, size] : llvm::enumerate(sizes))
    descriptor.setSize(b, loc, i, size);
  for (auto [i, stride] : llvm::enumerate(strides))
    descriptor.setStride(b, loc, i, stride);
  return UnrealizedConversionCastOp::create(b, type, Value(descriptor))
      .getResult(0);
}
