//===- nvvm/ThreadBuilder.cpp - What one thread of a kernel has and reads
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/nvvm/ThreadBuilder.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "passes/support/Lanes.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::nvvm;

using Predicate = arith::CmpIPredicate;

/// What hip-gpu-to-nvvm puts first into a kernel.
static Value threadId(TileKernelOp kernel) {
  return *kernel.getBody().getOps<gpu::ThreadIdOp>().begin();
}

ThreadBuilder::ThreadBuilder(const OpBuilder &builder, Operation *op)
    : ScalarBuilder(op->getLoc(), builder) {
  auto kernel = op->getParentOfType<TileKernelOp>();
  threads = kernel.getThreads();
  thread = threadId(kernel);
  auto roles = op->getParentOfType<GpuRolesOp>();
  if (!roles)
    return;
  bool consumes = roles.isConsumers(op);
  threads = roles.threadsOf(op);
  if (!consumes)
    thread = sub(thread, index(roles.getConsumers()));
  // Barrier 0 is of the whole thread block.
  barrier = i32(consumes ? 1 : 2);
  barrierThreads = i32(threads);
}

Value mlir::hip::nvvm::assembly(ScalarBuilder &b, TypeRange results,
                                ValueRange operands, StringRef text,
                                StringRef constraints) {
  auto made = LLVM::InlineAsmOp::create(
      b, results, operands, text, constraints, /*has_side_effects=*/true,
      /*is_align_stack=*/false, LLVM::TailCallKind::None,
      LLVM::AsmDialectAttr(), ArrayAttr());
  return results.empty() ? Value() : made.getResult(0);
}

void ThreadBuilder::meet() {
  if (barrier)
    NVVM::BarrierOp::create(*this, TypeRange(), barrier, barrierThreads,
                            NVVM::BarrierReductionAttr(), Value());
  else
    gpu::BarrierOp::create(*this);
}

void ThreadBuilder::fence() {
  NVVM::FenceProxyOp::create(
      *this,
      NVVM::ProxyKindAttr::get(getContext(), NVVM::ProxyKind::async_shared),
      NVVM::SharedSpaceAttr::get(getContext(), NVVM::SharedSpace::shared_cta));
}

/// NVVM has reductions at barrier 0 alone.
static Value reduceAtBarrier(ScalarBuilder &b, Value barrier, Value threads,
                             Value found) {
  constexpr StringLiteral kReduce = "{\n"
                                    ".reg .pred ours, all;\n"
                                    "setp.ne.b32 ours, $1, 0;\n"
                                    "bar.red.or.pred all, $2, $3, ours;\n"
                                    "selp.b32 $0, 1, 0, all;\n"
                                    "}";
  return assembly(b, b.getI32Type(), {found, barrier, threads}, kReduce,
                  "=r,r,r,r,~{memory}");
}

Value ThreadBuilder::meetWithAny(Value found) {
  auto any =
      NVVM::BarrierReductionAttr::get(getContext(), NVVM::BarrierReduction::OR);
  Value all = barrier ? reduceAtBarrier(*this, barrier, barrierThreads, found)
                      : NVVM::BarrierOp::create(*this, getI32Type(), Value(),
                                                Value(), any, found)
                            .getRes();
  return compare(Predicate::ne, all, i32(0));
}

Value ThreadBuilder::lane() {
  return arith::RemUIOp::create(*this, thread, index(layout::kWarp));
}

Value ThreadBuilder::first(const layout::Layout &layout, int64_t axis) {
  Value sum = index(0);
  int64_t below = 1;
  for (const layout::Digit &digit : layout.threads) {
    int64_t step = digit.step.along(axis), above = below * digit.size;
    if (step != 0 && digit.size > 1) {
      Value value = div(thread, index(below));
      if (above < threads)
        value = createOrFold<arith::RemUIOp>(value, index(digit.size));
      sum = add(sum, mul(value, index(step)));
    }
    below = above;
  }
  return sum;
}

Value ThreadBuilder::place(const layout::Layout &layout, Value first,
                           int64_t number, int64_t axis, bool clamp) {
  Value at = add(first, index(layout.registerPlace(number).along(axis)));
  if (!clamp || !layout.hasPadding(axis))
    return at;
  return min(at, index(layout.shape.along(axis) - 1));
}

Value ThreadBuilder::isFirstCopy(const layout::Layout &layout) {
  Value is;
  int64_t below = 1;
  for (const layout::Digit &digit : layout.threads) {
    if (digit.isCopy() && digit.size > 1) {
      Value copy = createOrFold<arith::RemUIOp>(div(thread, index(below)),
                                                index(digit.size));
      Value here = compare(Predicate::eq, copy, index(0));
      is = is ? both(is, here) : here;
    }
    below *= digit.size;
  }
  if (below < threads) {
    Value here = compare(Predicate::ult, thread, index(below));
    is = is ? both(is, here) : here;
  }
  return is;
}

std::pair<Value, int64_t> ThreadBuilder::copyOf(const layout::Layout &layout) {
  Value which = index(0);
  int64_t count = 1, below = 1;
  auto append = [&](int64_t size) {
    Value digit =
        createOrFold<arith::RemUIOp>(div(thread, index(below)), index(size));
    which = add(which, mul(digit, index(count)));
    count *= size;
  };
  for (const layout::Digit &digit : layout.threads) {
    if (digit.isCopy() && digit.size > 1)
      append(digit.size);
    below *= digit.size;
  }
  if (below < threads)
    append(threads / below);
  return {which, count};
}

SmallVector<Value> mlir::hip::nvvm::elementsOf(OpBuilder &b, Location loc,
                                               Value vector) {
  if (auto made = vector.getDefiningOp<vector::FromElementsOp>())
    return llvm::to_vector(made.getElements());
  return llvm::to_vector_of<Value>(
      vector::ToElementsOp::create(b, loc, vector).getElements());
}

Value ThreadBuilder::vector(ValueRange elements, Type element) {
  auto type = VectorType::get({int64_t(elements.size())}, element);
  return vector::FromElementsOp::create(*this, type, elements);
}

Value ThreadBuilder::inlined(Block &body, ValueRange arguments, int64_t lanes) {
  IRMapping mapping;
  mapping.map(body.getArguments(), arguments);
  auto isVector = [](Value value) { return isa<VectorType>(value.getType()); };
  auto inLanes = [&](Value value) -> Value {
    Value known = mapping.lookupOrDefault(value);
    auto type = VectorType::get({lanes}, value.getType());
    return isVector(known) ? known
                           : vector::BroadcastOp::create(*this, type, known);
  };
  for (Operation &op : body.without_terminator()) {
    if (llvm::none_of(op.getOperands(), [&](Value value) {
          return isVector(mapping.lookupOrDefault(value));
        })) {
      clone(op, mapping);
      continue;
    }
    auto operands = llvm::map_to_vector(op.getOperands(), inLanes);
    Operation *wide = createLanewise(*this, op, operands, lanes);
    mapping.map(op.getResults(), wide->getResults());
  }
  Value yielded = body.getTerminator()->getOperand(0);
  return lanes == 1 ? mapping.lookupOrDefault(yielded) : inLanes(yielded);
}

Value mlir::hip::nvvm::toPointer(ScalarBuilder &b, Value address,
                                 unsigned space) {
  Value word = arith::IndexCastOp::create(b, b.getI64Type(), address);
  Type type = LLVM::LLVMPointerType::get(b.getContext(), space);
  return LLVM::IntToPtrOp::create(b, type, ValueRange{word});
}

Value mlir::hip::nvvm::addressOf(ScalarBuilder &b, Value memref,
                                 ValueRange indices, ValueRange fixed) {
  auto type = cast<MemRefType>(memref.getType());
  Value bytes = b.index(type.getElementType().getIntOrFloatBitWidth() / 8);
  auto metadata = memref::ExtractStridedMetadataOp::create(b, memref);
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(
      b, metadata.getBaseBuffer());
  address = b.add(address, b.mul(metadata.getOffset(), bytes));
  for (bool isFixed : {true, false})
    for (auto [index, stride] : llvm::zip(indices, metadata.getStrides()))
      if (llvm::is_contained(fixed, index) == isFixed)
        address = b.add(address, b.mul(index, b.mul(stride, bytes)));
  return address;
}

/// Splits a known summand off `value`.
static int64_t takeConstant(Value &value) {
  Value rest;
  IntegerAttr known;
  if (matchPattern(value, m_Constant(&known))) {
    value = Value();
    return known.getInt();
  }
  if (!matchPattern(value, m_Op<arith::AddIOp>(matchers::m_Any(&rest),
                                               m_Constant(&known))))
    return 0;
  value = rest;
  return known.getInt();
}

/// Splits a known number of bytes off a pointer.
int64_t mlir::hip::nvvm::takeOffset(Value &pointer) {
  auto step = pointer.getDefiningOp<LLVM::GEPOp>();
  if (!step || !step.getDynamicIndices().empty() ||
      !step.getElemType().isInteger(8))
    return 0;
  pointer = step.getBase();
  return step.getRawConstantIndices().front();
}

/// Splits whole rows off a pointer, as a slot adds them: a sum of rows that is
/// multiplied by the pitch holds no register for each of its parts.
static Value takeRows(ThreadBuilder &b, Value &pointer, int64_t pitch) {
  auto step = pointer.getDefiningOp<LLVM::GEPOp>();
  Value index, count;
  IntegerAttr bytes;
  if (!step || step.getDynamicIndices().size() != 1 ||
      !step.getElemType().isInteger(8))
    return Value();
  index = step.getDynamicIndices().front();
  if (auto cast = index.getDefiningOp<arith::IndexCastOp>())
    index = cast.getIn();
  if (!matchPattern(index, m_Op<arith::MulIOp>(matchers::m_Any(&count),
                                               m_Constant(&bytes))) ||
      bytes.getInt() % pitch != 0)
    return Value();
  pointer = step.getBase();
  return b.mul(count, b.index(bytes.getInt() / pitch));
}

/// Splits off what is a multiple of `unit`, if `value` ends in that.
static int64_t takeMultiple(Value &value, int64_t unit) {
  Value rest = value;
  int64_t known = takeConstant(rest);
  if (known % unit != 0)
    return 0;
  value = rest;
  return known;
}

/// Bytes of an element from the start of its array, less the known ones.
static Value plainPlace(ThreadBuilder &b, SmemType type, Value row,
                        Value column, Value rows, int64_t &known) {
  known += takeConstant(column) * type.getElementBytes();
  known += takeConstant(row) * type.getPitch();
  Value place;
  if (column)
    place = b.mul(column, b.index(type.getElementBytes()));
  if (rows)
    row = row ? b.add(row, rows) : rows;
  if (!row)
    return place;
  Value start = b.mul(row, b.index(type.getPitch()));
  return place ? b.add(start, place) : start;
}

/// The same in atoms (layout::offsetOf). Whole ones are known bytes.
static Value swizzledPlace(ThreadBuilder &b, SmemType type, Value row,
                           Value column, Value rows, int64_t &known) {
  int64_t strip = type.getStrip();
  int64_t swizzle = type.getSwizzle(), element = type.getElementBytes();
  auto modulo = [&](Value value, int64_t size) {
    return b.createOrFold<arith::RemUIOp>(value, b.index(size));
  };
  known += takeMultiple(column, swizzle / element) * element * strip;
  known += takeMultiple(row, strip) * type.getPitch();
  Value place = b.index(0);
  if (row) {
    Value inner = modulo(row, strip);
    Value whole = b.mul(b.div(row, b.index(strip)), b.index(strip));
    place = b.add(b.mul(whole, b.index(type.getPitch())),
                  b.mul(inner, b.index(swizzle)));
    row = inner;
  }
  if (rows)
    place = b.add(place, b.mul(rows, b.index(type.getPitch())));
  Value byte = column ? b.mul(column, b.index(element)) : b.index(0),
        moved = b.index(0);
  if (row) {
    Value line = b.div(row, b.index(128 / swizzle));
    moved = b.mul(modulo(line, swizzle / layout::kVectorBytes),
                  b.index(layout::kVectorBytes));
  }
  Value atom = b.div(byte, b.index(swizzle));
  place = b.add(place, b.mul(atom, b.index(swizzle * strip)));
  return b.add(place,
               b.createOrFold<arith::XOrIOp>(modulo(byte, swizzle), moved));
}

/// Known parts of an address go last, into the instruction's immediate offset:
/// so rows that a thread steps over share one register.
Value ThreadBuilder::pointer(const Memory &memory, Value row, Value column) {
  SmemType type = memory.type;
  Value base = memory.pointer;
  int64_t known = takeOffset(base);
  Value rows = takeRows(*this, base, type.getPitch());
  auto placeOf = type.getSwizzle() > 0 ? swizzledPlace : plainPlace;
  Value place = placeOf(*this, type, row, column, rows, known);
  auto step = [&](Value from, LLVM::GEPArg by) -> Value {
    return LLVM::GEPOp::create(*this, base.getType(), getI8Type(), from,
                               ArrayRef<LLVM::GEPArg>{by});
  };
  if (place)
    base = step(base, createOrFold<arith::IndexCastOp>(getI64Type(), place));
  return step(base, static_cast<int32_t>(known));
}

/// Numbers are aligned to their size, vectors to theirs.
static unsigned alignmentOf(const Memory &memory, int64_t lanes) {
  return lanes == 1 ? 0 : lanes * memory.type.getElementBytes();
}
Value ThreadBuilder::read(const Memory &memory, Value row, Value column,
                          int64_t lanes) {
  Type type = memory.type.getElementType();
  if (lanes > 1)
    type = VectorType::get({lanes}, type);
  return LLVM::LoadOp::create(*this, type, pointer(memory, row, column),
                              alignmentOf(memory, lanes));
}

void ThreadBuilder::write(Value number, const Memory &memory, Value row,
                          Value column) {
  auto vector = dyn_cast<VectorType>(number.getType());
  LLVM::StoreOp::create(
      *this, number, pointer(memory, row, column),
      alignmentOf(memory, vector ? vector.getNumElements() : 1));
}

bool ThreadBuilder::canUnroll(int64_t rows, int64_t columns) const {
  constexpr int64_t kMostUnrolled = 16;
  int64_t places = rows * columns;
  return threads % columns == 0 && places % threads == 0 &&
         places <= threads * kMostUnrolled;
}

void ThreadBuilder::overPlaces(int64_t rows, int64_t columns, bool unrolled,
                               function_ref<void(Value, Value)> body) {
  Value width = index(columns);
  if (unrolled) {
    Value first = div(thread, width);
    Value column = createOrFold<arith::RemUIOp>(thread, width);
    for (int64_t i = 0; i < rows * columns / threads; ++i)
      body(add(first, index(i * (threads / columns))), column);
    return;
  }
  loop(thread, index(rows * columns), index(threads), [&](Value i) {
    body(div(i, width), createOrFold<arith::RemUIOp>(i, width));
  });
}

Value ThreadBuilder::anyLane(Value condition) {
  Value everyLane = arith::ConstantOp::create(*this, getI32IntegerAttr(-1));
  return NVVM::VoteSyncOp::create(*this, getI1Type(), everyLane, condition,
                                  NVVM::VoteSyncKind::any);
}

Value ThreadBuilder::exchange(Value number, int32_t distance) {
  return gpu::ShuffleOp::create(*this, number, distance, layout::kWarp,
                                gpu::ShuffleMode::XOR)
      .getShuffleResult();
}
