//===- package/HostEntry.cpp - A packed entry point for every public function
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "passes/Passes.h"
#include "passes/support/Names.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPHOSTENTRY
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

constexpr StringLiteral kCInterface = "_mlir_ciface_";

/// Descriptors that a function returns: none, one, or a struct of several.
SmallVector<Type> resultDescriptors(Type result) {
  auto whole = dyn_cast<LLVM::LLVMStructType>(result);
  if (!whole)
    return {};
  if (whole.isOpaque() || whole.getBody().empty())
    return {};
  if (isa<LLVM::LLVMStructType>(whole.getBody().front()))
    return llvm::to_vector(whole.getBody());
  return {whole};
}

struct HostEntry : mlir::hip::impl::HipHostEntryBase<HostEntry> {
  void runOnOperation() override {
    SmallVector<LLVM::LLVMFuncOp> interfaces;
    getOperation()->walk([&](LLVM::LLVMFuncOp func) {
      if (func.getName().starts_with(kCInterface) && !func.isExternal())
        interfaces.push_back(func);
    });
    for (LLVM::LLVMFuncOp func : interfaces)
      if (failed(wrap(func)))
        return signalPassFailure();
  }

  LogicalResult wrap(LLVM::LLVMFuncOp interface) {
    StringRef name = interface.getName().drop_front(kCInterface.size());
    auto inner = SymbolTable::lookupNearestSymbolFrom<LLVM::LLVMFuncOp>(
        interface, StringAttr::get(&getContext(), name));
    if (!inner)
      return interface.emitError() << "has no function '" << name << "'";
    name.consume_front(kFunctionPrefix);
    Type result = inner.getFunctionType().getReturnType();
    SmallVector<Type> results = resultDescriptors(result);
    if (results.empty() && !isa<LLVM::LLVMVoidType>(result))
      return inner.emitError() << "returns " << result
                               << "; an entry returns tensors or memrefs only";

    ImplicitLocOpBuilder b(inner.getLoc(), interface);
    b.setInsertionPointAfter(interface);
    Type pointer = LLVM::LLVMPointerType::get(&getContext());
    auto type = LLVM::LLVMFunctionType::get(b.getI32Type(), pointer);
    auto entry = LLVM::LLVMFuncOp::create(b, ("hipc_" + name).str(), type);
    b.setInsertionPointToStart(entry.addEntryBlock(b));
    Value args = entry.getArgument(0);
    auto argument = [&](int32_t i) -> Value {
      Value slot = LLVM::GEPOp::create(b, pointer, pointer, args,
                                       ArrayRef<LLVM::GEPArg>{i});
      return LLVM::LoadOp::create(b, pointer, slot);
    };
    SmallVector<Value> operands;
    Value returned;
    if (!results.empty()) {
      Value one = LLVM::ConstantOp::create(b, b.getI64IntegerAttr(1));
      returned = LLVM::AllocaOp::create(b, pointer, result, one);
      operands.push_back(returned);
    }
    auto inputs = int32_t(interface.getNumArguments() - operands.size());
    if (inputs < 0) {
      entry.erase();
      return interface.emitError()
             << "is no C interface: it takes pointers, to the results first";
    }
    for (int32_t i = 0; i < inputs; ++i) {
      Value operand = argument(i);
      // Arrays go by their descriptors, numbers by value.
      Type type = interface.getArgumentTypes()[operands.size()];
      if (!isa<LLVM::LLVMPointerType>(type))
        operand = LLVM::LoadOp::create(b, type, operand);
      operands.push_back(operand);
    }
    LLVM::CallOp::create(b, interface, operands);
    for (auto [i, descriptor] : llvm::enumerate(results)) {
      Value from = returned;
      if (result != descriptor)
        from = LLVM::GEPOp::create(b, pointer, result, returned,
                                   ArrayRef<LLVM::GEPArg>{0, int32_t(i)});
      Value value = LLVM::LoadOp::create(b, descriptor, from);
      LLVM::StoreOp::create(b, value, argument(inputs + int32_t(i)));
    }
    Value ok = LLVM::ConstantOp::create(b, b.getI32IntegerAttr(0));
    LLVM::ReturnOp::create(b, ok);
    return success();
  }
};

} // namespace
