//===- nvvm/NonFinite.cpp - NaN and infinity under a mask
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An mma multiplies all numbers, and 0 times infinity is NaN: a row would get
// what it does not read (S20). If a masked tile has non-finite numbers, the
// finite ones are multiplied alone, and two more products count the infinities
// of either sign that each row does read. NaN counts as both.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/nvvm/Patterns.h"
#include <limits>

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::nvvm;

namespace {

/// Bits of two numbers of 16 bits in a word, and tests on both at once.
class PairBits {
public:
  PairBits(ThreadBuilder &b, Type element)
      : b(b), exponent(bitsOf(APFloat::getInf(semanticsOf(element)))),
        mantissa(0x7fff - exponent),
        one(bitsOf(APFloat::getOne(semanticsOf(element)))) {}

  /// The top bit of each half where its number is NaN or infinite.
  Value nonFinite(Value word) {
    // An exponent of all ones carries over into the top bit.
    return both(plus(both(word, exponent), mantissa + 1), 0x8000);
  }
  /// The same where it is NaN.
  Value nan(Value word) {
    // A mantissa that is not 0 carries the sum over into the top bit.
    Value carried = plus(both(word, mantissa), 0x7fff);
    return arith::AndIOp::create(b, nonFinite(word), both(carried, 0x8000));
  }
  /// All bits of a half from its top bit.
  Value spread(Value top) {
    Value low = arith::ShRUIOp::create(b, top, word(15));
    return arith::MulIOp::create(b, low, word(0xffff));
  }
  Value finite(Value number) {
    Value mask = spread(nonFinite(number));
    return arith::AndIOp::create(b, number, inverted(mask));
  }
  /// 1.0 where the number is NaN or the infinity of a sign.
  Value counted(Value number, bool negative) {
    Value sign = negative ? number : inverted(number);
    Value infinite =
        arith::AndIOp::create(b, nonFinite(number), both(sign, 0x8000));
    Value hit = arith::OrIOp::create(b, infinite, nan(number));
    return both(spread(hit), one);
  }

private:
  static const llvm::fltSemantics &semanticsOf(Type element) {
    assert(element.getIntOrFloatBitWidth() == 16 && "a word has two numbers");
    return cast<FloatType>(element).getFloatSemantics();
  }
  static uint32_t bitsOf(const APFloat &number) {
    return uint32_t(number.bitcastToAPInt().getZExtValue());
  }
  Value word(uint32_t bits) {
    return arith::ConstantOp::create(b, b.getI32IntegerAttr(int32_t(bits)));
  }
  static uint32_t twice(uint32_t half) { return half << 16 | half; }
  Value both(Value value, uint32_t half) {
    return arith::AndIOp::create(b, value, word(twice(half)));
  }
  Value plus(Value value, uint32_t half) {
    return arith::AddIOp::create(b, value, word(twice(half)));
  }
  Value inverted(Value value) {
    return arith::XOrIOp::create(b, value, word(~0u));
  }

  ThreadBuilder &b;
  uint32_t exponent, mantissa, one;
};

} // namespace

Value MmaSync::hasNonFinite() {
  constexpr int64_t kNumbers = 8, kWords = 4; // of one 16-byte load
  PairBits bits(b, element);
  auto type = VectorType::get({kWords}, b.getI32Type());
  Value none = b.i32(0), all = none;
  int64_t width = rightMemory.type.getColumns() / kNumbers,
          vectors = rightMemory.type.getRows() * width;
  for (int64_t i = 0; i < vectors; i += b.threads) {
    Value which = b.add(b.thread, b.index(i));
    if (i + b.threads > vectors)
      which = b.min(which, b.index(vectors - 1));
    Value column = b.mul(arith::RemUIOp::create(b, which, b.index(width)),
                         b.index(kNumbers));
    Value at = b.pointer(rightMemory, b.div(which, b.index(width)), column);
    Value loaded = LLVM::LoadOp::create(b, type, at, /*alignment=*/16);
    for (int64_t w = 0; w < kWords; ++w) {
      Value word = vector::ExtractOp::create(b, loaded, w);
      all = arith::OrIOp::create(b, all, bits.nonFinite(word));
    }
  }
  return b.meetWithAny(all);
}

Value MmaSync::meetsNonFinite(Value condition) {
  auto no = [&] {
    return SmallVector<Value>{
        arith::ConstantOp::create(b, b.getBoolAttr(false))};
  };
  return b.ifElse(
      condition, b.getI1Type(),
      [&] { return SmallVector<Value>{hasNonFinite()}; }, no)[0];
}

/// The accumulators of one block of 16 rows and 8 columns.
SmallVector<Value> MmaSync::oneBlock(Value block, int64_t rowBlock,
                                     ArrayRef<Value> before) {
  PairBits bits(b, element);
  Value two = b.index(2);
  Value odd = b.compare(arith::CmpIPredicate::ne,
                        arith::RemUIOp::create(b, block, two), b.index(0));
  SmallVector<Value> numbers(before), plus(4, b.f32(0)), minus(4, b.f32(0));
  for (int64_t k = 0; k < innerBlocks; ++k) {
    SmallVector<Value> rows = left(rowBlock, k), finite, positive, negative;
    SmallVector<Value> words = right(b.div(block, two), b.index(k));
    for (int64_t i : {0, 1}) {
      Value word = b.select(odd, words[i + 2], words[i]);
      finite.push_back(bits.finite(word));
      positive.push_back(bits.counted(word, false));
      negative.push_back(bits.counted(word, true));
    }
    multiply(b, numbers, rows, finite, element);
    multiply(b, plus, rows, positive, element);
    multiply(b, minus, rows, negative, element);
  }
  double infinity = std::numeric_limits<double>::infinity();
  auto ifMet = [&](Value count, double number) {
    Value met = b.compare(arith::CmpFPredicate::OGT, count, b.f32(0));
    return b.select(met, b.f32(number), b.f32(0));
  };
  for (auto [number, up, down] : llvm::zip(numbers, plus, minus)) {
    number = b.add(number, ifMet(up, infinity));
    number = b.add(number, ifMet(down, -infinity));
  }
  return numbers;
}

/// One block of 8 columns an iteration, from the front of the accumulators to
/// their end: after all iterations they are in order again.
SmallVector<Value> MmaSync::skipping(ValueRange before) {
  return b.loop(b.index(0), b.index(columnBlocks), b.index(1), before,
                [&](Value block, ValueRange carried) {
                  SmallVector<Value> next;
                  for (int64_t m = 0; m < rowBlocks; ++m) {
                    auto row = llvm::to_vector(
                        carried.slice(registerOf(m, 0), 4 * columnBlocks));
                    ArrayRef<Value> numbers(row);
                    llvm::append_range(next, numbers.drop_front(4));
                    llvm::append_range(
                        next, oneBlock(block, m, numbers.take_front(4)));
                  }
                  return next;
                });
}
