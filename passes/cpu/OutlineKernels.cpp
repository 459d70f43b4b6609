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
#include "mlir/IR/Matchers.h"
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

/// Moves one gpu.launch into `func @NAME(!llvm.ptr args, i64 x, y, z, worker)`,
/// and calls it through the pool. Captured values travel in 8-byte slots; those
/// of a memref are its base pointer, offset, sizes and strides.
class Outliner {
public:
  Outliner(gpu::LaunchOp launch, StringRef name)
      : launch(launch), name(name), b(launch.getLoc(), launch) {
    pointer = LLVM::LLVMPointerType::get(launch.getContext());
    word = b.getI64Type();
  }

  LogicalResult run();

private:
  void writeSlots();
  LogicalResult checkThreadBlocks();
  void makeKernel();
  void mapOneThread(IRMapping &mapping);
  void callPool();
  SmallVector<Value> wordsOf(Value captured);
  Value readCaptured(Type type);
  Value slot(Value slots, int32_t number);

  gpu::LaunchOp launch;
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
  b.setInsertionPoint(launch);
  SmallVector<Value> words;
  for (Value value : captured)
    words.append(wordsOf(value));
  {
    // Once a call, however often a loop around the launch turns.
    OpBuilder::InsertionGuard guard(b);
    auto function = launch->getParentOfType<func::FuncOp>();
    b.setInsertionPointToStart(&function.front());
    auto count = LLVM::ConstantOp::create(
        b, word, b.getI64IntegerAttr(words.size() + 1));
    slots = LLVM::AllocaOp::create(b, pointer, word, count);
  }
  for (auto [i, value] : llvm::enumerate(words))
    LLVM::StoreOp::create(b, value, slot(slots, i));
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

void Outliner::makeKernel() {
  auto module = launch->getParentOfType<ModuleOp>();
  b.setInsertionPointToEnd(module.getBody());
  auto type = b.getFunctionType({pointer, word, word, word, word}, {});
  auto kernel = func::FuncOp::create(b, name, type);
  kernel.setPrivate();
  Block *entry = kernel.addEntryBlock();
  b.setInsertionPointToStart(entry);
  IRMapping mapping;
  for (Value value : captured)
    mapping.map(value, readCaptured(value.getType()));
  gpu::KernelDim3 block = launch.getBlockIds();
  Value ids[] = {block.x, block.y, block.z};
  for (auto [i, id] : llvm::enumerate(ids))
    mapping.map(id, arith::IndexCastOp::create(b, b.getIndexType(),
                                               entry->getArgument(i + 1)));
  mapOneThread(mapping);
  for (Operation &op : launch.getBody().front().without_terminator())
    b.clone(op, mapping);
  func::ReturnOp::create(b);
}

/// The one thread of a thread block has index 0 of 1.
void Outliner::mapOneThread(IRMapping &mapping) {
  gpu::KernelDim3 thread = launch.getThreadIds(), block = launch.getBlockSize();
  for (Value id : {thread.x, thread.y, thread.z})
    mapping.map(id, b.index(0));
  for (Value size : {block.x, block.y, block.z})
    mapping.map(size, b.index(1));
}

/// A thread block is one task of the pool, so it has one thread, and the pool
/// does not tell it the size of the grid.
LogicalResult Outliner::checkThreadBlocks() {
  gpu::KernelDim3 block = launch.getBlockSizeOperandValues(),
                  grid = launch.getGridSize();
  for (Value size : {block.x, block.y, block.z})
    if (!matchPattern(size, m_One()))
      return launch.emitOpError()
             << "has thread blocks of several threads; on a CPU a thread block "
                "is one task: make it 1 x 1 x 1";
  for (Value size : {grid.x, grid.y, grid.z})
    if (!size.use_empty())
      return launch.emitOpError() << "reads the size of its grid; use the "
                                     "number that the grid was made of";
  return success();
}

void Outliner::callPool() {
  auto module = launch->getParentOfType<ModuleOp>();
  auto kernelType = b.getFunctionType({pointer, word, word, word, word}, {});
  auto type = b.getFunctionType({kernelType, pointer, word, word, word}, {});
  if (!module.lookupSymbol(kLaunch)) {
    b.setInsertionPointToEnd(module.getBody());
    func::FuncOp::create(b, kLaunch, type).setPrivate();
  }
  b.setInsertionPoint(launch);
  SmallVector<Value> operands{func::ConstantOp::create(
      b, kernelType, FlatSymbolRefAttr::get(b.getContext(), name))};
  operands.push_back(slots);
  gpu::KernelDim3 grid = launch.getGridSizeOperandValues();
  for (Value size : {grid.x, grid.y, grid.z})
    operands.push_back(arith::IndexCastOp::create(b, word, size));
  func::CallOp::create(b, kLaunch, TypeRange{}, operands);
}

LogicalResult Outliner::run() {
  if (failed(checkThreadBlocks()))
    return failure();
  FailureOr<SetVector<Value>> values = captureValues(launch);
  if (failed(values))
    return failure();
  captured = std::move(*values);
  writeSlots();
  makeKernel();
  callPool();
  launch.erase();
  return success();
}

namespace {

struct OutlineCpuKernels
    : mlir::hip::impl::HipOutlineCpuKernelsBase<OutlineCpuKernels> {
  void runOnOperation() override {
    auto outline = [](gpu::LaunchOp launch, StringRef name) {
      return Outliner(launch, name).run();
    };
    if (failed(forEachKernel(getOperation(), outline)))
      signalPassFailure();
  }
};

} // namespace
