//===- gpu/OutlineKernels.cpp - Each kernel to a gpu.module
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "passes/Passes.h"
#include "passes/gpu/Occupancy.h"
#include "passes/support/Captures.h"
#include "passes/support/Debug.h"
#include "passes/support/Phases.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPOUTLINEGPUKERNELS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

/// Moves one gpu.launch into an llvm.func of numbers and pointers, in a module
/// of its own, and calls it by gpu.launch_func. A memref is a pointer to its
/// first element, its sizes and its strides; integers are i64.
class GpuOutliner {
public:
  GpuOutliner(gpu::LaunchOp launch, gpu::GPUModuleOp module, StringRef name,
              int64_t sharedBytes)
      : launch(launch), module(module), name(name), b(launch.getLoc(), launch),
        sharedBytes(sharedBytes) {
    word = b.getI64Type();
    global = LLVM::LLVMPointerType::get(b.getContext(), kGlobalSpace);
  }

  LogicalResult run();

private:
  SmallVector<Type> parameters();
  IntegerAttr minBlocks();
  /// The threads of a thread block, if all three numbers are known.
  SmallVector<int32_t> knownThreads();
  LLVM::LLVMFuncOp makeKernel();
  Value readCaptured(Block &entry, Type type);
  void mapIds(IRMapping &mapping);

  gpu::LaunchOp launch;
  gpu::GPUModuleOp module;
  StringRef name;
  ScalarBuilder b;
  int64_t sharedBytes;
  Type word, global;
  SetVector<Value> captured;
  unsigned next = 0;
};

} // namespace

SmallVector<Type> GpuOutliner::parameters() {
  SmallVector<Type> types;
  for (Value value : captured) {
    if (auto memref = dyn_cast<MemRefType>(value.getType())) {
      types.push_back(global);
      types.append(2 * memref.getRank(), word);
    } else {
      types.push_back(isa<FloatType>(value.getType()) ? value.getType() : word);
    }
  }
  return types;
}

Value GpuOutliner::readCaptured(Block &entry, Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  Value first = entry.getArgument(next++);
  if (!memref) {
    if (type.isIndex())
      return arith::IndexCastOp::create(b, type, first);
    if (isa<FloatType>(type) || type == word)
      return first;
    return arith::TruncIOp::create(b, type, first);
  }
  Type generic = LLVM::LLVMPointerType::get(b.getContext());
  Value pointer = LLVM::AddrSpaceCastOp::create(b, generic, first);
  Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
  auto sizes = entry.getArguments().slice(next, memref.getRank());
  auto strides =
      entry.getArguments().slice(next + memref.getRank(), memref.getRank());
  next += 2 * memref.getRank();
  SmallVector<Value> from(sizes.begin(), sizes.end()),
      apart(strides.begin(), strides.end());
  return describe(b, memref, pointer, zero, from, apart);
}

void GpuOutliner::mapIds(IRMapping &mapping) {
  gpu::KernelDim3 id = launch.getBlockIds(), thread = launch.getThreadIds(),
                  grid = launch.getGridSize(), block = launch.getBlockSize();
  auto map = [&](gpu::KernelDim3 &from, auto make) {
    mapping.map(from.x, make(gpu::Dimension::x));
    mapping.map(from.y, make(gpu::Dimension::y));
    mapping.map(from.z, make(gpu::Dimension::z));
  };
  map(id, [&](auto d) -> Value { return gpu::BlockIdOp::create(b, d); });
  map(thread, [&](auto d) -> Value { return gpu::ThreadIdOp::create(b, d); });
  map(grid, [&](auto d) -> Value { return gpu::GridDimOp::create(b, d); });
  map(block, [&](auto d) -> Value { return gpu::BlockDimOp::create(b, d); });
}

/// The thread blocks per multiprocessor that registers leave room for. If
/// shared memory is full first, a thread may use all 255: ptxas, which does not
/// know of dynamic shared memory, else spills some for thread blocks that never
/// come.
IntegerAttr GpuOutliner::minBlocks() {
  if (auto given = launch->getAttrOfType<IntegerAttr>(kMinBlocks))
    return given;
  constexpr int64_t kMostRegisters = 256;
  IntegerAttr threads, bytes;
  Value shared = launch.getDynamicSharedMemorySize();
  if (!shared || !matchPattern(shared, m_Constant(&bytes)) ||
      !matchPattern(launch.getBlockSizeX(), m_Constant(&threads)))
    return {};
  int64_t blocks = (sharedBytes + kReservedSharedBytes) /
                   (bytes.getInt() + kReservedSharedBytes);
  bool fits =
      blocks * threads.getInt() * kMostRegisters <= kSmParts * kPartRegisters;
  return fits && blocks ? b.getI32IntegerAttr(blocks) : IntegerAttr();
}

SmallVector<int32_t> GpuOutliner::knownThreads() {
  gpu::KernelDim3 block = launch.getBlockSizeOperandValues();
  SmallVector<int32_t> threads;
  for (Value size : {block.x, block.y, block.z}) {
    IntegerAttr known;
    if (!matchPattern(size, m_Constant(&known)) || known.getInt() < 1 ||
        known.getInt() > 1024)
      return {};
    threads.push_back(known.getInt());
  }
  return threads;
}

LLVM::LLVMFuncOp GpuOutliner::makeKernel() {
  b.setInsertionPointToEnd(module.getBody());
  Type none = LLVM::LLVMVoidType::get(b.getContext());
  auto kernel = LLVM::LLVMFuncOp::create(
      b, name, LLVM::LLVMFunctionType::get(none, parameters()));
  kernel->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  kernel->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(), b.getUnitAttr());
  if (SmallVector<int32_t> threads = knownThreads(); !threads.empty())
    kernel->setAttr(NVVM::NVVMDialect::getReqntidAttrName(),
                    b.getDenseI32ArrayAttr(threads));
  if (IntegerAttr blocks = minBlocks())
    kernel->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(), blocks);
  Block &entry = *kernel.addEntryBlock(b);
  b.setInsertionPointToStart(&entry);
  IRMapping mapping;
  mapIds(mapping);
  for (Value value : captured)
    mapping.map(value, readCaptured(entry, value.getType()));
  for (Operation &op : launch.getBody().front().without_terminator())
    b.clone(op, mapping);
  LLVM::ReturnOp::create(b, ValueRange{});
  return kernel;
}

LogicalResult GpuOutliner::run() {
  FailureOr<SetVector<Value>> values = captureValues(launch);
  if (failed(values))
    return failure();
  captured = std::move(*values);
  if (int64_t bytes = argumentBytes(captured); bytes > kMostArgumentBytes)
    return launch.emitOpError()
           << "takes " << bytes << " bytes of arguments, but a GPU passes "
           << kMostArgumentBytes
           << "; give its op fewer arrays, such as a union of unions";
  LLVM::LLVMFuncOp kernel = makeKernel();
  b.setInsertionPoint(launch);
  gpu::LaunchFuncOp::create(
      b,
      SymbolRefAttr::get(module.getNameAttr(),
                         {FlatSymbolRefAttr::get(kernel.getNameAttr())}),
      launch.getGridSizeOperandValues(), launch.getBlockSizeOperandValues(),
      launch.getDynamicSharedMemorySize(), captured.getArrayRef());
  launch.erase();
  return success();
}

/// "NAME: OP, OP": tools read it.
static void tellSteps(gpu::LaunchOp launch, StringRef name) {
  auto steps = launch->getAttrOfType<ArrayAttr>(kSteps);
  if (!steps || steps.empty())
    return;
  debug(DebugTag::Tile, launch, [&](llvm::raw_ostream &out) {
    out << name << ": ";
    llvm::interleaveComma(
        steps.getAsRange<StringAttr>(), out,
        [&](StringAttr step) { out << "hip." << step.getValue(); });
  });
}

static gpu::GPUModuleOp makeModule(ModuleOp module, StringRef name) {
  OpBuilder b(module.getBodyRegion());
  b.setInsertionPointToEnd(module.getBody());
  module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                  b.getUnitAttr());
  return gpu::GPUModuleOp::create(b, module.getLoc(), name);
}

namespace {

struct OutlineGpuKernels
    : mlir::hip::impl::HipOutlineGpuKernelsBase<OutlineGpuKernels> {
  using HipOutlineGpuKernelsBase::HipOutlineGpuKernelsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto outline = [&](gpu::LaunchOp launch, StringRef name) {
      tellSteps(launch, name);
      return GpuOutliner(launch, makeModule(module, name), name, shared).run();
    };
    if (failed(forEachKernel(module, outline)))
      signalPassFailure();
  }
};

} // namespace
