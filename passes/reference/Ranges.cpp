//===- reference/Ranges.cpp - A range list of the reference lowering
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/reference/Ranges.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::reference;

using Predicate = arith::CmpIPredicate;

Value reference::entryCount(ScalarBuilder &b, Value counts, ValueRange list,
                            Value entries) {
  Value said = b.loadIndex(counts, list);
  return b.min(b.max(said, b.index(0)), b.size(entries, 3));
}

SmallVector<Value> reference::entryAt(ValueRange list, Value x) {
  SmallVector<Value> place = llvm::to_vector(list);
  place.push_back(x);
  return place;
}

Value Ranges::length(Value x) {
  constexpr int64_t kBeyond = int64_t(1) << 31;
  Value zero = b.index(0), first = start(x);
  Value said = b.loadIndex(ranges, at(x, 1));
  Value begins = b.compare(Predicate::sge, first, zero);
  Value ends = b.compare(Predicate::slt, b.add(first, said), b.index(kBeyond));
  return b.select(b.both(begins, ends), b.max(said, zero), zero);
}

Value Ranges::append(Value count, Value kept, Value start, Value length) {
  Value capacity = b.size(ranges, 3);
  Value fits = b.both(kept, b.compare(Predicate::slt, count, capacity));
  b.when(fits, [&] {
    b.storeIndex(start, ranges, at(count, 0));
    b.storeIndex(length, ranges, at(count, 1));
  });
  return b.select(fits, b.add(count, b.index(1)), count);
}
