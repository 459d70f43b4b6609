//===- cpu/OutlineKernels.cpp - Kernels to functions that a pool calls
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Passes.h"
#include "passes/support/Captures.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPOUTLINECPUKERNELS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

/// No name of a program's function becomes this one: see hip-name-functions.
constexpr StringLiteral kLaunch = "hip.cpu_launch";

/// Moves one kernel into `func @NAME(!llvm.ptr args, i64 x, y, z, worker)`,
/// and calls it through the pool. Captured values travel in 8-byte slots; those
/// of a memref are its base pointer, offset, sizes and strides.
class Outliner {
public:
  Outliner(TileKernelOp kernel, StringRef name)
      : kernel(kernel), name(name), b(kernel.getLoc(), kernel) {
    pointer = LLVM::LLVMPointerType::get(kernel.getContext());
    word = b.getI64Type();
  }

  LogicalResult run();

private:
  void writeSlots();
  LogicalResult checkThreads();
  void makeFunction();
  void forOneThread(func::FuncOp function);
  void callPool();
  SmallVector<Value> wordsOf(Value captured);
  Value readCaptured(Type type);
  Value slot(Value slots, int32_t number);

  TileKernelOp kernel;
  StringRef name;
  ScalarBuilder b;
  Type pointer, word;
  SetVector<Value> captured;
  Value slots;
  int32_t next = 0;
};

} // namespace

Value Outliner::slot(Value slots, int32_t number) {
  return LLVM::GEPOp::create(b, pointer, word, slots,
                             ArrayRef<LLVM::GEPArg>{number});
}

SmallVector<Value> Outliner::wordsOf(Value value) {
  auto memref = dyn_cast<MemRefType>(value.getType());
  if (!memref) {
    if (isa<FloatType>(value.getType())) {
      Type bits = b.getIntegerType(value.getType().getIntOrFloatBitWidth());
      value = arith::BitcastOp::create(b, bits, value);
    }
    if (value.getType().isIndex())
      return {arith::IndexCastOp::create(b, word, value)};
    if (value.getType() == word)
      return {value};
    return {arith::ExtUIOp::create(b, word, value)};
  }
  auto metadata = memref::ExtractStridedMetadataOp::create(b, value);
  SmallVector<Value> words{
      memref::ExtractAlignedPointerAsIndexOp::create(b, value),
      metadata.getOffset()};
  llvm::append_range(words, metadata.getSizes());
  llvm::append_range(words, metadata.getStrides());
  for (Value &index : words)
    index = arith::IndexCastOp::create(b, word, index);
  return words;
}

void Outliner::writeSlots() {
  b.setInsertionPoint(kernel);
  SmallVector<Value> words;
  for (Value value : captured)
    words.append(wordsOf(value));
  {
    // Once a call, however often a loop around the kernel turns.
    OpBuilder::InsertionGuard guard(b);
    auto function = kernel->getParentOfType<func::FuncOp>();
    b.setInsertionPointToStart(&function.front());
    auto count = LLVM::ConstantOp::create(
        b, word, b.getI64IntegerAttr(words.size() + 1));
    slots = LLVM::AllocaOp::create(b, pointer, word, count);
  }
  for (auto [i, value] : llvm::enumerate(words))
    LLVM::StoreOp::create(b, value, slot(slots, int32_t(i)));
}

/// In the kernel: the value that the next slots hold.
Value Outliner::readCaptured(Type type) {
  Value args = b.getInsertionBlock()->getParent()->getArgument(0);
  auto read = [&](Type as) -> Value {
    return LLVM::LoadOp::create(b, as, slot(args, next++));
  };
  auto memref = dyn_cast<MemRefType>(type);
  if (type.isIndex())
    return arith::IndexCastOp::create(b, type, read(word));
  if (!memref)
    return read(type);
  Value base = read(pointer), offset = read(word);
  SmallVector<Value> sizes, strides;
  for (int64_t i = 0; i < memref.getRank(); ++i)
    sizes.push_back(read(word));
  for (int64_t i = 0; i < memref.getRank(); ++i)
    strides.push_back(read(word));
  return describe(b, memref, base, offset, sizes, strides);
}

void Outliner::makeFunction() {
  auto module = kernel->getParentOfType<ModuleOp>();
  b.setInsertionPointToEnd(module.getBody());
  auto type = b.getFunctionType({pointer, word, word, word, word}, {});
  auto function = func::FuncOp::create(b, name, type);
  function.setPrivate();
  Block *entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  IRMapping mapping;
  for (Value value : captured)
    mapping.map(value, readCaptured(value.getType()));
  for (auto [i, id] : llvm::enumerate(kernel.getBlockIds()))
    mapping.map(id, arith::IndexCastOp::create(b, b.getIndexType(),
                                               entry->getArgument(i + 1)));
  for (Operation &op : kernel.getBody().front().without_terminator())
    b.clone(op, mapping);
  forOneThread(function);
  func::ReturnOp::create(b);
}

/// It has number 0, and nobody to wait for.
void Outliner::forOneThread(func::FuncOp function) {
  function.walk([&](Operation *op) {
    if (isa<gpu::ThreadIdOp>(op)) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPoint(op);
      op->getResult(0).replaceAllUsesWith(b.index(0));
    }
    if (isa<gpu::ThreadIdOp, TilePhaseOp>(op))
      op->erase();
  });
}

/// A thread block is one task of the pool, so it has one thread.
LogicalResult Outliner::checkThreads() {
  if (kernel.getThreads() == 1)
    return success();
  return kernel.emitOpError()
         << "has thread blocks of " << kernel.getThreads()
         << " threads; on a CPU a thread block is one task: make it threads(1)";
}

void Outliner::callPool() {
  auto module = kernel->getParentOfType<ModuleOp>();
  auto functionType = b.getFunctionType({pointer, word, word, word, word}, {});
  auto type = b.getFunctionType({functionType, pointer, word, word, word}, {});
  if (!module.lookupSymbol(kLaunch)) {
    b.setInsertionPointToEnd(module.getBody());
    func::FuncOp::create(b, kLaunch, type).setPrivate();
  }
  b.setInsertionPoint(kernel);
  SmallVector<Value> operands{func::ConstantOp::create(
      b, functionType, FlatSymbolRefAttr::get(b.getContext(), name))};
  operands.push_back(slots);
  SmallVector<Value> grid = llvm::to_vector(kernel.getGrid());
  grid.resize(3, b.index(1));
  for (Value size : grid)
    operands.push_back(arith::IndexCastOp::create(b, word, size));
  func::CallOp::create(b, kLaunch, TypeRange{}, operands);
}

LogicalResult Outliner::run() {
  if (failed(checkThreads()))
    return failure();
  FailureOr<SetVector<Value>> values = captureValues(kernel);
  if (failed(values))
    return failure();
  captured = std::move(*values);
  writeSlots();
  makeFunction();
  callPool();
  kernel.erase();
  return success();
}

namespace {

struct OutlineCpuKernels
    : mlir::hip::impl::HipOutlineCpuKernelsBase<OutlineCpuKernels> {
  void runOnOperation() override {
    auto outline = [](TileKernelOp kernel, StringRef name) {
      return Outliner(kernel, name).run();
    };
    if (failed(forEachKernel(getOperation(), outline)))
      signalPassFailure();
  }
};

} // namespace
