//===- package/NameFunctions.cpp - Functions under names of their own
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Passes.h"
#include "passes/support/Names.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPNAMEFUNCTIONS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

struct NameFunctions : mlir::hip::impl::HipNameFunctionsBase<NameFunctions> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    auto functions = llvm::to_vector(getOperation().getOps<func::FuncOp>());
    // @fn.f makes room before @f takes its name.
    llvm::sort(functions, [](func::FuncOp a, func::FuncOp b) {
      return a.getName().size() > b.getName().size();
    });
    for (func::FuncOp function : functions)
      if (!function.isExternal() && failed(rename(symbols, function)))
        return signalPassFailure();
  }

  LogicalResult rename(SymbolTable &symbols, func::FuncOp function) {
    StringRef name = function.getName();
    if (name.contains('\0'))
      return function.emitOpError()
             << "has a name with a zero byte, which symbols cannot have";
    std::string next = (kFunctionPrefix + name).str();
    if (symbols.lookup(next))
      return function.emitOpError()
             << "becomes @" << next << ", which is declared; rename it";
    return symbols.rename(function, next);
  }
};

} // namespace
