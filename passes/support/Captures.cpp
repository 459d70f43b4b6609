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
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::hip;

LogicalResult mlir::hip::checkKernel(gpu::LaunchOp launch) {
  if (!launch->getParentOfType<func::FuncOp>())
    return launch.emitOpError()
           << "is in no func.func; kernels are outlined before functions are "
              "lowered";
  if (launch->getParentOfType<gpu::LaunchOp>())
    return launch.emitOpError() << "is in another gpu.launch; a kernel "
                                   "launches none";
  if (launch.getAsyncToken() || !launch.getAsyncDependencies().empty())
    return launch.emitOpError() << "is asynchronous; leave out `async`";
  if (launch.hasClusterSize() || launch.getNumWorkgroupAttributions() > 0 ||
      launch.getNumPrivateAttributions() > 0)
    return launch.emitOpError()
           << "has clusters or memory of its own; a kernel is a grid of thread "
              "blocks";
  if (!launch.getBody().hasOneBlock())
    return launch.emitOpError() << "has " << launch.getBody().getBlocks().size()
                                << " blocks; a kernel has one, and scf in it";
  return success();
}

/// What fits the 8 bytes of an argument, or is an array that code can walk.
static bool isArgument(Type type) {
  if (auto memref = dyn_cast<MemRefType>(type))
    return memref.isStrided() && isArgument(memref.getElementType());
  if (type.isIndex())
    return true;
  return type.isIntOrFloat() && type.getIntOrFloatBitWidth() >= 1 &&
         type.getIntOrFloatBitWidth() <= 64;
}

FailureOr<SetVector<Value>> mlir::hip::captureValues(gpu::LaunchOp launch) {
  OpBuilder b(launch.getContext());
  b.setInsertionPointToStart(&launch.getBody().front());
  SetVector<Value> values, captured;
  getUsedValuesDefinedAbove(launch.getBody(), values);
  for (Value value : values)
    if (auto constant = value.getDefiningOp<arith::ConstantOp>();
        constant && !isa<TensorType>(value.getType())) {
      Value inside = b.clone(*constant)->getResult(0);
      replaceAllUsesInRegionWith(value, inside, launch.getBody());
    }
  getUsedValuesDefinedAbove(launch.getBody(), captured);
  for (Value value : captured)
    if (!isArgument(value.getType()))
      return launch.emitOpError()
             << "uses a value of type " << value.getType()
             << "; a kernel takes numbers of 1 to 64 bits and strided memrefs";
  return captured;
}

int64_t mlir::hip::argumentBytes(const SetVector<Value> &values) {
  int64_t words = 0;
  for (Value value : values) {
    auto memref = dyn_cast<MemRefType>(value.getType());
    words += memref ? 1 + 2 * memref.getRank() : 1;
  }
  return words * 8;
}

std::string mlir::hip::spelledForPtx(StringRef name) {
  std::string spelled(name);
  for (char &c : spelled)
    if (!llvm::isAlnum(c) && c != '_' && c != '$')
      c = '_';
  return spelled.empty() || llvm::isDigit(spelled.front()) ? "_" + spelled
                                                           : spelled;
}

std::string mlir::hip::unusedName(ModuleOp module, StringRef name) {
  std::string unused(name);
  for (size_t n = 1; module.lookupSymbol(unused); ++n)
    unused = (name + "_" + Twine(n)).str();
  return unused;
}

static std::string kernelName(ModuleOp module, StringRef function, size_t i) {
  return unusedName(module,
                    spelledForPtx(function) + "_kernel_" + std::to_string(i));
}

LogicalResult mlir::hip::forEachKernel(
    ModuleOp module,
    function_ref<LogicalResult(gpu::LaunchOp, StringRef)> outline) {
  SmallVector<gpu::LaunchOp> launches;
  module.walk([&](gpu::LaunchOp op) { launches.push_back(op); });
  for (auto [i, launch] : llvm::enumerate(launches)) {
    if (failed(checkKernel(launch)))
      return failure();
    if (launch->getParentOfType<ModuleOp>() != module)
      return launch.emitOpError() << "is in a module of the module; kernels "
                                     "are those of the outermost one";
    auto function = launch->getParentOfType<func::FuncOp>();
    if (failed(outline(launch, kernelName(module, function.getName(), i))))
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
