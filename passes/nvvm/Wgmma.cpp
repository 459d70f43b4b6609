//===- nvvm/Wgmma.cpp - A product of TensorCores by wgmma
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Four warps multiply 64 rows at a time; registers are as those of mma.sync
// (PTX ISA, "wgmma"). The whole product is one piece of assembly, from the
// fence before its first instruction to the wait after its last one, or to its
// commit where a hip.gpu.mma_wait follows: accumulators are outputs that are
// tied to inputs, so that nothing can come between.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Matchers.h"
#include "passes/nvvm/Patterns.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::nvvm;

namespace {

/// Where a matrix is, as an instruction reads it: two words, of which the
/// upper one is known.
struct Descriptor {
  Value low;
  uint32_t high;
  /// Bytes from what an instruction reads to what the next one does.
  SmallVector<int64_t> steps;
};

/// Emits the instructions of one product.
class Wgmma {
public:
  Wgmma(ThreadBuilder &b, GpuMmaOp op, Value left, Value right);

  /// acc + a b, in flight where the op is asynchronous.
  SmallVector<Value> run(ArrayRef<Value> acc);

private:
  Descriptor leftInMemory(Value pointer, int64_t rowBlock);
  Descriptor rightOf(Value pointer);
  SmallVector<Value> leftWords(int64_t rowBlock);
  SmallVector<Value> multiply(int64_t firstBlock, int64_t blocks,
                              ArrayRef<Value> acc);

  ThreadBuilder &b;
  GpuMmaOp op;
  Type element;
  int64_t rows, columns, innerBlocks, rowBlocks;
  bool startsAtZero = false;
  Value left, right;
  /// Whether the left factor comes from registers: it is there, or threads
  /// choose its numbers of a sign. They have it as for mma.sync.
  bool inRegisters;
  MmaSync leftFactor;
};

} // namespace

/// Assembly whose outputs are accumulators, `count` of them, each tied to the
/// input in `tied`, if there are any. Words and whole numbers are inputs.
static SmallVector<Value> onAccumulators(ThreadBuilder &b, StringRef text,
                                         int64_t count,
                                         SmallVector<Value> operands,
                                         ArrayRef<Value> tied) {
  SmallVector<std::string> constraints(count, "=f");
  for (Value operand : operands)
    constraints.push_back(operand.getType().isF32() ? "f" : "r");
  for (size_t i = 0; i < tied.size(); ++i)
    constraints.push_back(std::to_string(i));
  constraints.push_back("~{memory}");
  llvm::append_range(operands, tied);
  auto results = LLVM::LLVMStructType::getLiteral(
      b.getContext(), SmallVector<Type>(count, b.getF32Type()));
  Value all =
      assembly(b, Type(results), operands, text, llvm::join(constraints, ","));
  SmallVector<Value> numbers;
  for (int64_t i = 0; i < count; ++i)
    numbers.push_back(LLVM::ExtractValueOp::create(b, all, i));
  return numbers;
}

Wgmma::Wgmma(ThreadBuilder &b, GpuMmaOp op, Value left, Value right)
    : b(b), op(op), element(op.getB().getType().getElementType()), left(left),
      right(right),
      inRegisters(op.getSign() || isa<TileType>(op.getA().getType())),
      leftFactor(b, op, left, right) {
  TileType acc = op.getAcc().getType();
  layout::Layout layout = acc.getRegisters();
  rowBlocks = layout.registers[3].size;
  rows = acc.getRows() / rowBlocks;
  columns = acc.getColumns();
  ArrayRef<int64_t> shape = op.getB().getType().getShape();
  innerBlocks = shape[op.getTransposeB() ? 1 : 0] / layout::kMmaInner;
}

/// The same in all lanes of a warp; the compiler is told by a shuffle.
static Value uniform(ThreadBuilder &b, Value number) {
  return NVVM::ShflOp::create(b, b.getI32Type(), b.i32(-1), number, b.i32(0),
                              b.i32(layout::kWarp - 1), NVVM::ShflKind::idx,
                              UnitAttr());
}

/// Address, distances and swizzle of a matrix (PTX ISA, "matrix descriptor").
static Descriptor describe(ThreadBuilder &b, Value address, SmemType type,
                           bool columnsFirst) {
  int64_t swizzle = type.getSwizzle();
  int64_t groups = type.getOffset(layout::kAtomRows, 0),
          strips = columnsFirst ? type.getOffset(0, swizzle) : 16;
  uint32_t code = swizzle == 128 ? 1 : swizzle == 64 ? 2 : 3;
  Value low = arith::ShRUIOp::create(b, address, b.i32(4));
  low = arith::OrIOp::create(b, low, b.i32(strips / 16 << 16));
  return {low, uint32_t(groups / 16) | code << 30, {}};
}

/// The rows of this warpgroup.
Descriptor Wgmma::leftInMemory(Value pointer, int64_t rowBlock) {
  auto type = cast<SmemType>(op.getA().getType());
  Value group = b.toI32(b.div(b.thread, b.index(layout::kWarpgroup)));
  constexpr int64_t kGroupRows = 4 * layout::kMmaRows;
  Value start = b.mul(uniform(b, group), b.i32(kGroupRows * type.getPitch()));
  Value base = LLVM::PtrToIntOp::create(b, b.getI32Type(), pointer);
  Value address =
      b.add(base, b.add(start, b.i32(rowBlock * rows * type.getPitch())));
  Descriptor left = describe(b, address, type, /*columnsFirst=*/false);
  for (int64_t i = 0; i < innerBlocks; ++i)
    left.steps.push_back(
        type.getOffset(0, i * layout::kMmaInner * type.getElementBytes()));
  return left;
}

Descriptor Wgmma::rightOf(Value pointer) {
  SmemType type = op.getB().getType();
  bool transposed = op.getTransposeB();
  Value address = LLVM::PtrToIntOp::create(b, b.getI32Type(), pointer);
  Descriptor right = describe(b, uniform(b, address), type, !transposed);
  for (int64_t i = 0; i < innerBlocks; ++i) {
    int64_t at = i * layout::kMmaInner;
    right.steps.push_back(transposed
                              ? type.getOffset(0, at * type.getElementBytes())
                              : type.getOffset(at, 0));
  }
  return right;
}

/// "${0}, ${1}, ..." for so many operands from `first` on.
static std::string operandList(int64_t first, int64_t count) {
  std::string list;
  for (int64_t i = first; i < first + count; ++i)
    list += (i == first ? "$" : ", $") + std::to_string(i);
  return list;
}

/// The descriptor `name` of step i, from its low word, operand `at`.
static std::string stepText(StringRef name, const Descriptor &descriptor,
                            int64_t at, int64_t i) {
  return llvm::formatv("add.s32 low, ${1}, {2};\n"
                       "mov.b64 {0}, {{low, {3}};\n",
                       name, at, descriptor.steps[i] / 16,
                       static_cast<int32_t>(descriptor.high));
}

/// The words of a block of rows of the left factor from registers.
SmallVector<Value> Wgmma::leftWords(int64_t rowBlock) {
  SmallVector<Value> words;
  for (int64_t i = 0; i < innerBlocks; ++i)
    llvm::append_range(words, leftFactor.left(rowBlock, i));
  return words;
}

/// The text of a product: outputs, then words of the left factor or its
/// descriptor for each block of rows, then the right descriptor, then the tied
/// inputs.
SmallVector<Value> Wgmma::multiply(int64_t firstBlock, int64_t blocks,
                                   ArrayRef<Value> acc) {
  int64_t count = acc.size(), each = count / blocks;
  SmallVector<Value> operands;
  SmallVector<Descriptor> lefts(blocks);
  SmallVector<int64_t> leftAt;
  for (int64_t block = 0; block < blocks; ++block) {
    leftAt.push_back(count + operands.size());
    if (inRegisters) {
      llvm::append_range(operands, leftWords(firstBlock + block));
    } else {
      lefts[block] = leftInMemory(left, firstBlock + block);
      operands.push_back(lefts[block].low);
    }
  }
  Descriptor second = rightOf(right);
  int64_t rightAt = count + operands.size();
  operands.push_back(second.low);

  std::string text = "{\n.reg .b32 low;\n.reg .b64 left, right;\n"
                     ".reg .pred adds;\nwgmma.fence.sync.aligned;\n";
  // PTX spells the types of wgmma as MLIR does.
  std::string type = llvm::formatv("{0}", element);
  for (int64_t i = 0; i < innerBlocks; ++i) {
    text += stepText("right", second, rightAt, i);
    text += llvm::formatv("setp.ne.b32 adds, {0}, 0;\n",
                          i == 0 && startsAtZero ? 0 : 1);
    for (int64_t block = 0; block < blocks; ++block) {
      std::string factor = "left";
      if (inRegisters)
        factor = "{" + operandList(leftAt[block] + 4 * i, 4) + "}";
      else
        text += stepText("left", lefts[block], leftAt[block], i);
      text +=
          llvm::formatv("wgmma.mma_async.sync.aligned.m64n{0}k16.f32.{1}.{1} "
                        "{{{2}}, {3}, right, adds, 1, 1{4}, {5};\n",
                        columns, type, operandList(block * each, each), factor,
                        inRegisters ? "" : ", 0", op.getTransposeB() ? 0 : 1);
    }
  }
  text += "wgmma.commit_group.sync.aligned;\n";
  text += op.getAsync() ? "}" : "wgmma.wait_group.sync.aligned 0;\n}";

  return onAccumulators(b, text, count, operands,
                        startsAtZero ? ArrayRef<Value>() : acc);
}

/// Blocks of rows go together where nothing but the result takes registers, and
/// one by one else.
SmallVector<Value> Wgmma::run(ArrayRef<Value> acc) {
  startsAtZero = llvm::all_of(
      acc, [](Value number) { return matchPattern(number, m_AnyZeroFloat()); });
  bool together = !inRegisters && !op.getAsync();
  int64_t blocks = together ? rowBlocks : 1, count = acc.size() / rowBlocks;
  SmallVector<Value> numbers;
  for (int64_t i = 0; i < rowBlocks; i += blocks)
    llvm::append_range(
        numbers, multiply(i, blocks, acc.slice(i * count, blocks * count)));
  return numbers;
}

/// The same numbers, once they are complete: tied, so that nothing that takes
/// them goes before the wait.
static Value lowerMmaWait(ThreadBuilder &b, GpuMmaWaitOp op,
                          GpuMmaWaitOp::Adaptor adaptor) {
  SmallVector<Value> operands;
  SmallVector<Value> numbers = b.elements(adaptor.getSource());
  for (Value kept : adaptor.getKeeps()) {
    SmallVector<Value> held = b.elements(kept);
    bool isWhole = held.front().getType().isF32();
    llvm::append_range(operands, isWhole ? held : packAll(b, held));
  }
  std::string text =
      llvm::formatv("wgmma.wait_group.sync.aligned {0};", op.getPending());
  return b.vector(onAccumulators(b, text, numbers.size(), operands, numbers),
                  b.getF32Type());
}

/// Zeros in place of the right factor: all threads have read it by then.
static void clear(ThreadBuilder &b, const Memory &memory) {
  b.meet();
  Value zero =
      arith::ConstantOp::create(b, b.getZeroAttr(memory.type.getElementType()));
  b.overPlaces(memory.type.getRows(), memory.type.getColumns(),
               /*unrolled=*/false,
               [&](Value r, Value c) { b.write(zero, memory, r, c); });
  b.fence();
  b.meet();
}

namespace {

/// Has two results, of which one is the words of the left factor.
struct SkipZero : OpConversionPattern<GpuSkipZeroOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(GpuSkipZeroOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ThreadBuilder b(rewriter, op);
    Memory right{adaptor.getB(), op.getB().getType()};
    Type element = right.type.getElementType();
    SmallVector<Value> acc = b.elements(adaptor.getAcc());
    MmaSync product(b, op.getAcc().getType(), b.elements(adaptor.getA()),
                    right);
    SmallVector<Value> words = packAll(b, b.elements(adaptor.getA())),
                       before(acc);
    llvm::append_range(before, words);
    auto skip = [&] {
      SmallVector<Value> done = product.skipping(acc);
      clear(b, right);
      done.append(words.size(), b.i32(0));
      return done;
    };
    SmallVector<Value> after =
        b.ifElse(product.meetsNonFinite(op.getCondition()),
                 TypeRange(ValueRange(before)), skip, [&] { return before; });
    SmallVector<Value> rest =
        unpackAll(b, ArrayRef(after).drop_front(acc.size()), element);
    rewriter.replaceOp(
        op, {b.vector(ArrayRef(after).take_front(acc.size()), b.getF32Type()),
             b.vector(rest, element)});
    return success();
  }
};

} // namespace

SmallVector<Value> mlir::hip::nvvm::byWgmma(ThreadBuilder &b, GpuMmaOp op,
                                            Value a, Value right,
                                            ArrayRef<Value> acc) {
  return Wgmma(b, op, a, right).run(acc);
}

void mlir::hip::nvvm::addWgmmaPatterns(const TypeConverter &types,
                                       RewritePatternSet &patterns) {
  addPattern(types, patterns, lowerMmaWait);
  patterns.add<SkipZero>(types, patterns.getContext());
}
