//===- gpu/HighProducts.cpp - A fault of ptxas, gone round
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/gpu/HighProducts.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

static constexpr StringLiteral kHighProduct = "\tmul.hi.u32 \t";
static constexpr StringLiteral kExtension = "\tcvt.u64.u32 \t";
static constexpr StringLiteral kDifference = "\tsub.s64 \t";
static constexpr StringLiteral kNegation = "\tneg.s64 \t";
static constexpr StringLiteral kSum = "\tadd.s64 \t";

/// The operands of a line that is this instruction; else none.
static SmallVector<StringRef, 3> operands(StringRef line,
                                          StringRef instruction) {
  SmallVector<StringRef, 3> found;
  if (line.consume_front(instruction) && line.consume_back(";"))
    line.split(found, ", ");
  return found;
}

static void
forEach(StringRef text, StringRef instruction,
        llvm::function_ref<void(ArrayRef<StringRef> operands)> body) {
  for (StringRef line : llvm::split(text, '\n'))
    if (auto found = operands(line, instruction); !found.empty())
      body(found);
}

/// Registers of high products that something is subtracted from.
static llvm::StringSet<> findMinuends(StringRef text) {
  llvm::StringSet<> products, negated, minuends;
  llvm::StringMap<StringRef> extended;
  forEach(text, kHighProduct,
          [&](auto line) { products.insert(line.front()); });
  if (products.empty()) // as in most kernels
    return minuends;
  forEach(text, kExtension, [&](auto line) {
    if (products.contains(line.back()))
      extended[line.front()] = line.back();
  });
  forEach(text, kNegation, [&](auto line) { negated.insert(line.front()); });
  auto isMinuend = [&](StringRef number) {
    if (auto found = extended.find(number); found != extended.end())
      minuends.insert(found->second);
  };
  forEach(text, kDifference, [&](auto line) { isMinuend(line[1]); });
  forEach(text, kSum, [&](auto line) {
    for (int i : {1, 2})
      if (negated.contains(line[3 - i]))
        isMinuend(line[i]);
  });
  return minuends;
}

std::string mlir::hip::withoutHighProducts(StringRef text) {
  llvm::StringSet<> minuends = findMinuends(text);
  if (minuends.empty())
    return text.str();
  std::string out;
  for (StringRef line : llvm::split(text, '\n')) {
    auto product = operands(line, kHighProduct);
    if (product.empty() || !minuends.contains(product[0]))
      out += line;
    else
      out += ("\t{ .reg .b32 low; .reg .b64 product; mul.wide.u32 product, " +
              product[1] + ", " + product[2] + "; mov.b64 {low, " + product[0] +
              "}, product; }")
                 .str();
    out += '\n';
  }
  out.pop_back(); // split() gives a last line that has no end
  return out;
}
