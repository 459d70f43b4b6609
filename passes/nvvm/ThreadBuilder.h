//===- nvvm/ThreadBuilder.h - What one thread of a kernel has and reads
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_NVVM_THREADBUILDER_H
#define HIP_PASSES_NVVM_THREADBUILDER_H

#include "dialect/HipOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "passes/support/ScalarBuilder.h"

namespace mlir::hip::nvvm {

/// The elements of a vector: those that it was made of, if they are known.
SmallVector<Value> elementsOf(OpBuilder &b, Location loc, Value vector);

/// Shared memory as code has it: a pointer, and what it holds.
struct Memory {
  Value pointer;
  SmemType type;
};

/// Builds the program of one thread of the kernel around an op.
class ThreadBuilder : public ScalarBuilder {
public:
  ThreadBuilder(const OpBuilder &builder, Operation *op);

  /// Number of this thread in its thread block or role, and how many there are.
  Value thread;
  int64_t threads;
  Value lane();

  /// A barrier of all of them.
  void meet();
  /// Makes what this thread wrote, and what it has seen of other threads,
  /// visible to wgmma.
  void fence();
  /// A barrier that gives whether `found`, an i32, is other than 0 in any of
  /// them.
  Value meetWithAny(Value found);

  /// Where register 0 of a layout is, along an axis.
  Value first(const layout::Layout &layout, int64_t axis);
  /// Where register `number` is, given `first`; with `clamp` padding repeats
  /// the tile's last element.
  Value place(const layout::Layout &layout, Value first, int64_t number,
              int64_t axis, bool clamp = true);
  /// Whether this thread has the copy of its elements that is written.
  Value isFirstCopy(const layout::Layout &layout);
  /// Which copy of its elements this thread has, and how many threads have one.
  std::pair<Value, int64_t> copyOf(const layout::Layout &layout);

  /// The elements of a vector, and a vector of them.
  SmallVector<Value> elements(Value vector) {
    return elementsOf(*this, getLoc(), vector);
  }
  Value vector(ValueRange elements, Type element);

  /// The op's body on the numbers of one place, or on vectors of so many: of
  /// ops that have such a form (Lanes.h).
  Value inlined(Block &body, ValueRange arguments, int64_t lanes = 1);

  Value pointer(const Memory &memory, Value row, Value column);
  /// The number there, or a vector of so many from there on; `write` alike.
  Value read(const Memory &memory, Value row, Value column, int64_t lanes = 1);
  void write(Value number, const Memory &memory, Value row, Value column);

  /// body(row, column) for each of `rows` x `columns` places, dealt out to the
  /// threads: by a loop, or written out.
  void overPlaces(int64_t rows, int64_t columns, bool unrolled,
                  function_ref<void(Value, Value)> body);
  /// Whether places can be written out: each thread stays in its column.
  bool canUnroll(int64_t rows, int64_t columns) const;

  /// Whether `condition` holds in any thread of the warp.
  Value anyLane(Value condition);
  /// The number of the lane at `distance`, as a butterfly.
  Value exchange(Value number, int32_t distance);

private:
  /// Of the barrier and its threads, if not of the whole thread block.
  Value barrier, barrierThreads;
};

/// Bytes that are added to a pointer last, if they are known; it is left with
/// the rest.
int64_t takeOffset(Value &pointer);

/// PTX for what has no op: its result, if it has one.
Value assembly(ScalarBuilder &b, TypeRange results, ValueRange operands,
               StringRef text, StringRef constraints);

/// Pointer to the bytes of an address in an address space of NVVM.
Value toPointer(ScalarBuilder &b, Value address, unsigned space);

/// Bytes of the element at `indices`, from the start of address space. What
/// `fixed` ones among them add is summed first, for a loop to keep.
Value addressOf(ScalarBuilder &b, Value memref, ValueRange indices,
                ValueRange fixed);

} // namespace mlir::hip::nvvm

#endif // HIP_PASSES_NVVM_THREADBUILDER_H
