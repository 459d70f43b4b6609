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
#include "passes/Passes.h"
#include "passes/gpu/Occupancy.h"
#include "passes/support/Captures.h"
#include "passes/support/Debug.h"
#include "passes/support/Names.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPOUTLINEGPUKERNELS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

/// Moves one kernel into an llvm.func of numbers and pointers, in a module of
/// its own, and calls it by gpu.launch_func. A memref is a pointer to its first
/// element, its sizes and its strides; integers are i64.
class GpuOutliner {
public:
  GpuOutliner(TileKernelOp kernel, gpu::GPUModuleOp module, StringRef name,
              int64_t sharedBytes)
      : kernel(kernel), module(module), name(name), b(kernel.getLoc(), kernel),
        sharedBytes(sharedBytes) {
    word = b.getI64Type();
    global = LLVM::LLVMPointerType::get(b.getContext(), kGlobalSpace);
  }

  LogicalResult run();

private:
  SmallVector<Type> parameters();
  IntegerAttr minBlocks();
  void passMaps(LLVM::LLVMFuncOp function);
  LLVM::LLVMFuncOp makeFunction();
  void launch(LLVM::LLVMFuncOp function);
  Value readCaptured(Block &entry, Type type);
  void mapIds(IRMapping &mapping);
  void moveBody(IRMapping &mapping);

  TileKernelOp kernel;
  gpu::GPUModuleOp module;
  StringRef name;
  ScalarBuilder b;
  int64_t sharedBytes;
  Type word, global;
  Value thread;
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
    } else if (isa<TensorMapType>(value.getType())) {
      types.push_back(LLVM::LLVMPointerType::get(b.getContext()));
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
    if (isa<TensorMapType>(type))
      return UnrealizedConversionCastOp::create(b, type, first).getResult(0);
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
  for (auto [i, id] : llvm::enumerate(kernel.getBlockIds()))
    mapping.map(id, kernel.getCluster() > 1
                        ? Value(gpu::ClusterIdOp::create(b, gpu::Dimension(i)))
                        : gpu::BlockIdOp::create(b, gpu::Dimension(i)));
  thread = gpu::ThreadIdOp::create(b, gpu::Dimension::x);
}

/// The thread blocks per multiprocessor that registers leave room for. If
/// shared memory is full first, a thread may use all 255: ptxas, which does not
/// know of dynamic shared memory, else spills some for thread blocks that never
/// come.
IntegerAttr GpuOutliner::minBlocks() {
  if (IntegerAttr given = kernel.getMinBlocksAttr())
    return given;
  constexpr int64_t kMostRegisters = 256;
  int64_t threads = kernel.getThreads(), bytes = kernel.getSharedBytes();
  if (bytes == 0)
    return {};
  int64_t blocks =
      (sharedBytes + kReservedSharedBytes) / (bytes + kReservedSharedBytes);
  bool fits = blocks * threads * kMostRegisters <= kSmParts * kPartRegisters;
  return fits && blocks ? b.getI32IntegerAttr(int32_t(blocks)) : IntegerAttr();
}

static bool isThreadId(Operation *op) {
  auto id = dyn_cast<gpu::ThreadIdOp>(op);
  return id && id.getDimension() == gpu::Dimension::x;
}

/// The number of the thread is read once, and a phase ends where all threads
/// have come.
void GpuOutliner::moveBody(IRMapping &mapping) {
  for (Operation &op : kernel.getBody().front().without_terminator())
    b.clone(op, mapping);
  Operation *first = thread.getDefiningOp();
  b.getInsertionBlock()->walk([&](Operation *op) {
    OpBuilder at(op);
    if (isThreadId(op) && op != first)
      op->replaceAllUsesWith(first);
    else if (isa<TilePhaseOp>(op))
      gpu::BarrierOp::create(at, op->getLoc());
    else
      return;
    op->erase();
  });
}

/// Tensor maps are passed by value, in memory that stays as it is.
void GpuOutliner::passMaps(LLVM::LLVMFuncOp function) {
  Type bytes = LLVM::LLVMArrayType::get(b.getI8Type(), kTensorMapBytes);
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    if (type == word || type == global || !isa<LLVM::LLVMPointerType>(type))
      continue;
    auto set = [&, i = i](StringRef name, Attribute value) {
      function.setArgAttr(i, name, value);
    };
    set(LLVM::LLVMDialect::getByValAttrName(), TypeAttr::get(bytes));
    set(LLVM::LLVMDialect::getAlignAttrName(),
        b.getI64IntegerAttr(kTensorMapAlignment));
    set(NVVM::NVVMDialect::getGridConstantAttrName(), b.getUnitAttr());
  }
}

LLVM::LLVMFuncOp GpuOutliner::makeFunction() {
  b.setInsertionPointToEnd(module.getBody());
  Type none = LLVM::LLVMVoidType::get(b.getContext());
  auto function = LLVM::LLVMFuncOp::create(
      b, name, LLVM::LLVMFunctionType::get(none, parameters()));
  auto set = [&](StringRef attribute, Attribute value) {
    function->setAttr(attribute, value);
  };
  set(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  set(NVVM::NVVMDialect::getKernelFuncAttrName(), b.getUnitAttr());
  set(NVVM::NVVMDialect::getReqntidAttrName(),
      b.getDenseI32ArrayAttr({int32_t(kernel.getThreads()), 1, 1}));
  if (IntegerAttr blocks = minBlocks())
    set(NVVM::NVVMDialect::getMinctasmAttrName(), blocks);
  if (auto cluster = int32_t(kernel.getCluster()); cluster > 1)
    set(NVVM::NVVMDialect::getClusterDimAttrName(),
        b.getDenseI32ArrayAttr({cluster, 1, 1}));
  passMaps(function);
  Block &entry = *function.addEntryBlock(b);
  b.setInsertionPointToStart(&entry);
  IRMapping mapping;
  mapIds(mapping);
  for (Value value : captured)
    mapping.map(value, readCaptured(entry, value.getType()));
  moveBody(mapping);
  LLVM::ReturnOp::create(b, ValueRange{});
  return function;
}

/// Calls the function, over three sizes.
void GpuOutliner::launch(LLVM::LLVMFuncOp function) {
  b.setInsertionPoint(kernel);
  SmallVector<Value> grid = llvm::to_vector(kernel.getGrid());
  grid.resize(3, b.index(1));
  grid[0] = b.mul(grid[0], b.index(kernel.getCluster()));
  Value threads = b.index(kernel.getThreads()), one = b.index(1), bytes;
  if (kernel.getSharedBytes() > 0)
    bytes = b.i32(kernel.getSharedBytes());
  auto name = SymbolRefAttr::get(
      module.getNameAttr(), {FlatSymbolRefAttr::get(function.getNameAttr())});
  auto call = gpu::LaunchFuncOp::create(
      b, name, gpu::KernelDim3{grid[0], grid[1], grid[2]},
      gpu::KernelDim3{threads, one, one}, bytes, captured.getArrayRef());
  if (kernel->hasAttr(kDependentLaunch))
    call->setAttr(kDependentLaunch, b.getUnitAttr());
}

LogicalResult GpuOutliner::run() {
  FailureOr<SetVector<Value>> values =
      captureValues(kernel, /*takesMaps=*/true);
  if (failed(values))
    return failure();
  captured = std::move(*values);
  if (int64_t bytes = argumentBytes(captured); bytes > kMostArgumentBytes)
    return kernel.emitOpError()
           << "takes " << bytes << " bytes of arguments, but a GPU passes "
           << kMostArgumentBytes
           << "; give its op fewer arrays, such as a union of unions";
  if (Attribute alignment = kernel->getAttr(kSharedAlignment))
    module->setAttr(kSharedAlignment, alignment);
  launch(makeFunction());
  kernel.erase();
  return success();
}

/// "NAME: OP, OP": tools read it.
static void tellSteps(TileKernelOp kernel, StringRef name) {
  ArrayAttr steps = kernel.getStepsAttr();
  if (!steps || steps.empty())
    return;
  debug(DebugTag::Tile, kernel, [&](llvm::raw_ostream &out) {
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
    auto outline = [&](TileKernelOp kernel, StringRef name) {
      tellSteps(kernel, name);
      return GpuOutliner(kernel, makeModule(module, name), name, shared).run();
    };
    if (failed(forEachKernel(module, outline)))
      signalPassFailure();
  }
};

} // namespace
