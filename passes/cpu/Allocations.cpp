//===- cpu/Allocations.cpp - Memory of compiled code from the runtime
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "passes/Passes.h"
#include "passes/support/Captures.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPCPUALLOCATIONS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

constexpr StringLiteral kAlloc = "hipc_cpu_alloc", kFree = "hipc_cpu_free";

/// Bytes of an allocation; all ones where they are more than 64 bits hold.
class ByteCount {
public:
  ByteCount(ScalarBuilder &b, int64_t bytes) : b(b), total(constant(bytes)) {
    overflow = arith::ConstantOp::create(b, b.getBoolAttr(false));
  }
  void multiply(Value size) {
    auto pair = LLVM::LLVMStructType::getLiteral(
        b.getContext(), {b.getI64Type(), b.getI1Type()});
    Value both = LLVM::UMulWithOverflowOp::create(b, pair, total, size);
    total = LLVM::ExtractValueOp::create(b, both, ArrayRef<int64_t>{0});
    overflow = b.either(
        overflow, LLVM::ExtractValueOp::create(b, both, ArrayRef<int64_t>{1}));
  }
  Value get() { return b.select(overflow, constant(-1), total); }

private:
  Value constant(int64_t value) {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(value));
  }
  ScalarBuilder &b;
  Value total, overflow;
};

/// Where the runtime's function is declared; what it gives nobody else has.
func::FuncOp declare(ModuleOp module, StringRef name, FunctionType type) {
  if (auto known = module.lookupSymbol<func::FuncOp>(name))
    return known;
  OpBuilder b(module.getBodyRegion());
  auto function = func::FuncOp::create(b, module.getLoc(), name, type);
  function.setPrivate();
  if (type.getNumResults() > 0)
    function.setResultAttr(0, LLVM::LLVMDialect::getNoAliasAttrName(),
                           b.getUnitAttr());
  return function;
}

void lower(memref::AllocOp op) {
  ScalarBuilder b(op.getLoc(), op);
  MemRefType type = op.getType();
  Type word = b.getI64Type();
  SmallVector<Value> sizes, strides(type.getRank());
  ValueRange dynamic = op.getDynamicSizes();
  for (int64_t size : type.getShape()) {
    Value number =
        ShapedType::isDynamic(size) ? dynamic.front() : b.index(size);
    sizes.push_back(arith::IndexCastOp::create(b, word, number));
    if (ShapedType::isDynamic(size))
      dynamic = dynamic.drop_front();
  }
  uint64_t element = DataLayout::closest(op).getTypeSize(type.getElementType());
  ByteCount bytes(b, element);
  Value stride = arith::ConstantOp::create(b, b.getI64IntegerAttr(1));
  for (int64_t i = type.getRank() - 1; i >= 0; --i) {
    bytes.multiply(sizes[i]);
    strides[i] = stride;
    stride = b.mul(stride, sizes[i]);
  }
  auto function = declare(
      op->getParentOfType<ModuleOp>(), kAlloc,
      b.getFunctionType(word, LLVM::LLVMPointerType::get(b.getContext())));
  Value memory =
      func::CallOp::create(b, function, ValueRange{bytes.get()}).getResult(0);
  Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
  op.replaceAllUsesWith(describe(b, type, memory, zero, sizes, strides));
  op.erase();
}

/// The runtime gives memory that is aligned by itself.
void lower(memref::DeallocOp op) {
  ScalarBuilder b(op.getLoc(), op);
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  Value address =
      memref::ExtractAlignedPointerAsIndexOp::create(b, op.getMemref());
  address = arith::IndexCastOp::create(b, b.getI64Type(), address);
  auto function = declare(op->getParentOfType<ModuleOp>(), kFree,
                          b.getFunctionType(pointer, {}));
  Value memory = LLVM::IntToPtrOp::create(b, pointer, address);
  func::CallOp::create(b, function, ValueRange{memory});
  op.erase();
}

struct CpuAllocations : mlir::hip::impl::HipCpuAllocationsBase<CpuAllocations> {
  void runOnOperation() override {
    // Those with a layout of their own stay upstream's.
    getOperation()->walk([](Operation *op) {
      if (auto alloc = dyn_cast<memref::AllocOp>(op);
          alloc && alloc.getType().getLayout().isIdentity())
        lower(alloc);
      else if (auto dealloc = dyn_cast<memref::DeallocOp>(op);
               dealloc && isa<MemRefType>(dealloc.getMemref().getType()))
        lower(dealloc);
    });
  }
};

} // namespace
