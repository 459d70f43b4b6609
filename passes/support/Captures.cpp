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
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::hip;

LogicalResult mlir::hip::checkKernel(TileKernelOp kernel) {
  if (kernel->getParentOfType<func::FuncOp>())
    return success();
  return kernel.emitOpError()
         << "is not in a func.func; kernels are outlined before functions are "
            "lowered";
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

FailureOr<SetVector<Value>> mlir::hip::captureValues(TileKernelOp kernel,
                                                     bool takesMaps) {
  OpBuilder b(kernel.getContext());
  b.setInsertionPointToStart(&kernel.getBody().front());
  SetVector<Value> values, captured;
  getUsedValuesDefinedAbove(kernel.getBody(), values);
  for (Value value : values)
    if (auto constant = value.getDefiningOp<arith::ConstantOp>();
        constant && !isa<TensorType>(value.getType())) {
      Value inside = b.clone(*constant)->getResult(0);
      replaceAllUsesInRegionWith(value, inside, kernel.getBody());
    }
  getUsedValuesDefinedAbove(kernel.getBody(), captured);
  for (Value value : captured)
    if (!isArgument(value.getType()) &&
        !(takesMaps && isa<TensorMapType>(value.getType())))
      return kernel.emitOpError()
             << "uses a value of type " << value.getType()
             << "; a kernel takes numbers of 1 to 64 bits and strided memrefs";
  return captured;
}

int64_t mlir::hip::argumentBytes(const SetVector<Value> &values) {
  int64_t bytes = 0;
  for (Value value : values) {
    if (isa<TensorMapType>(value.getType())) {
      bytes = llvm::alignTo(bytes, kTensorMapAlignment) + kTensorMapBytes;
      continue;
    }
    auto memref = dyn_cast<MemRefType>(value.getType());
    bytes += (memref ? 1 + 2 * memref.getRank() : 1) * 8;
  }
  return bytes;
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

/// Kernels are those of tile programs: of others passes see nothing.
static LogicalResult checkNoLaunches(ModuleOp module) {
  WalkResult walked = module.walk([](gpu::LaunchOp launch) {
    launch.emitOpError() << "is no kernel that passes read; make it a "
                            "hip.tile.kernel";
    return WalkResult::interrupt();
  });
  return failure(walked.wasInterrupted());
}

LogicalResult mlir::hip::forEachKernel(
    ModuleOp module,
    function_ref<LogicalResult(TileKernelOp, StringRef)> outline) {
  if (failed(checkNoLaunches(module)))
    return failure();
  SmallVector<TileKernelOp> kernels;
  module.walk([&](TileKernelOp op) { kernels.push_back(op); });
  for (auto [i, kernel] : llvm::enumerate(kernels)) {
    if (failed(checkKernel(kernel)))
      return failure();
    if (kernel->getParentOfType<ModuleOp>() != module)
      return kernel.emitOpError() << "is in a module of the module; kernels "
                                     "are those of the outermost one";
    auto function = kernel->getParentOfType<func::FuncOp>();
    if (failed(outline(kernel, kernelName(module, function.getName(), i))))
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
