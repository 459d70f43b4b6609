//===- gpu/KernelState.cpp - Threads and shared memory of one kernel
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/gpu/KernelState.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Matchers.h"
#include "passes/gpu/Chips.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::gpupasses;

Value mlir::hip::gpupasses::toPointer(ScalarBuilder &b, Value address,
                                      unsigned space) {
  Value word = arith::IndexCastOp::create(b, b.getI64Type(), address);
  Type type = LLVM::LLVMPointerType::get(b.getContext(), space);
  return LLVM::IntToPtrOp::create(b, type, ValueRange{word});
}

KernelState::KernelState(gpu::LaunchOp kernel) {
  ScalarBuilder b(kernel.getLoc(), kernel);
  b.setInsertionPointToStart(&kernel.getBody().front());
  IntegerAttr count;
  matchPattern(kernel.getBlockSizeX(), m_Constant(&count));
  threads = count.getInt();
  Value shared = kernel.getDynamicSharedMemorySize();
  if (shared && matchPattern(shared, m_Constant(&count)))
    reserved = bytes = count.getInt();
  thread = kernel.getThreadIds().x;
  lane = arith::RemUIOp::create(b, thread, b.index(layout::kWarp));
  warp = b.div(thread, b.index(layout::kWarp));
  auto space =
      gpu::AddressSpaceAttr::get(b.getContext(), gpu::AddressSpace::Workgroup);
  auto type = MemRefType::get({ShapedType::kDynamic}, b.getI8Type(),
                              MemRefLayoutAttrInterface(), space);
  Value memory = gpu::DynamicSharedMemoryOp::create(b, type);
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, memory);
  base = toPointer(b, address, kSharedSpace);
}

SharedBuffer &KernelState::allocate(int64_t rows, int64_t columns, Type element,
                                    bool padded) {
  int64_t row = columns * element.getIntOrFloatBitWidth() / 8;
  int64_t pitch = padded ? layout::sharedPitch(row) : row;
  SharedBuffer fresh{bytes, pitch, rows, columns, element};
  buffers.push_back(fresh);
  // The round before this one of a loop may have read it.
  buffers.back().read = !sawBarrier;
  bytes += llvm::alignTo(rows * pitch, 16);
  return buffers.back();
}

/// Splits a known summand off `value`.
static int64_t takeConstant(Value &value) {
  Value rest;
  IntegerAttr known;
  if (!matchPattern(value, m_Op<arith::AddIOp>(matchers::m_Any(&rest),
                                               m_Constant(&known))))
    return 0;
  value = rest;
  return known.getInt();
}

/// What is known of an address goes last, where an instruction has a place for
/// it: so rows that a thread steps over share one register.
Value KernelState::pointer(ScalarBuilder &b, const SharedBuffer &buffer,
                           Value row, Value column) {
  int64_t known = buffer.offset + takeConstant(row) * buffer.pitch +
                  takeConstant(column) * buffer.elementBytes();
  if (buffer.firstRow)
    row = b.add(row, buffer.firstRow);
  Value place = b.add(b.mul(row, b.index(buffer.pitch)),
                      b.mul(column, b.index(buffer.elementBytes())));
  Value offset = arith::IndexCastOp::create(b, b.getI64Type(), place);
  auto step = [&](Value from, LLVM::GEPArg by) -> Value {
    return LLVM::GEPOp::create(b, base.getType(), b.getI8Type(), from,
                               ArrayRef<LLVM::GEPArg>{by});
  };
  return step(step(base, offset), static_cast<int32_t>(known));
}

SharedBuffer &KernelState::stageOf(ScalarBuilder &b, const SharedBuffer &buffer,
                                   Value slot, int64_t count) {
  buffers.push_back(buffer);
  SharedBuffer &stage = buffers.back();
  stage.rows /= count;
  stage.firstRow = b.mul(slot, b.index(stage.rows));
  return stage;
}

void KernelState::barrier(ScalarBuilder &b) {
  gpu::BarrierOp::create(b);
  for (SharedBuffer &buffer : buffers)
    buffer.read = buffer.written = false;
  sawBarrier = true;
}

void KernelState::beginPhase() {
  mostBytes = sharedBytes();
  bytes = reserved;
  for (SharedBuffer &buffer : buffers)
    buffer.read = buffer.written = false;
  sawBarrier = true;
}

void KernelState::access(ScalarBuilder &b, ArrayRef<SharedBuffer *> reads,
                         ArrayRef<SharedBuffer *> writes) {
  bool conflict = false;
  if (llvm::any_of(reads, [](SharedBuffer *read) { return read->coming; }))
    await(b);
  for (SharedBuffer *buffer : reads)
    conflict |= buffer->written && !buffer->firstRow;
  for (SharedBuffer *buffer : writes)
    conflict |= (buffer->read || buffer->written) && !buffer->firstRow;
  if (conflict)
    barrier(b);
  for (SharedBuffer *buffer : reads)
    buffer->read = true;
  for (SharedBuffer *buffer : writes)
    buffer->written = true;
}

void KernelState::await(ScalarBuilder &b) {
  NVVM::CpAsyncWaitGroupOp::create(b, 0);
  for (SharedBuffer &buffer : buffers)
    buffer.coming = false;
}

bool KernelState::isAwaiting() const {
  return llvm::any_of(buffers, [](auto &buffer) { return buffer.coming; });
}

void KernelState::forget() {
  sawBarrier = false;
  for (SharedBuffer &buffer : buffers)
    buffer.read = buffer.written = true;
}
