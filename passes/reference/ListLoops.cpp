//===- reference/ListLoops.cpp - Steps on lists as loops
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/reference/Lowering.h"
#include "passes/reference/Ranges.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::reference;

using Predicate = arith::CmpIPredicate;

void mlir::hip::reference::forEach(ScalarBuilder &b, Value array, int64_t rank,
                                   function_ref<void(ValueRange)> body) {
  SmallVector<Value> indices;
  std::function<void(int64_t)> nest = [&](int64_t dimension) {
    if (dimension == rank)
      return body(indices);
    b.loop(b.size(array, dimension), [&](Value iv) {
      indices.push_back(iv);
      nest(dimension + 1);
      indices.pop_back();
    });
  };
  nest(0);
}

/// How many of the `present` ranges come before range `x` by S12.
static Value rankOf(ScalarBuilder &b, Value scores, ValueRange list,
                    Value present, Value x) {
  SmallVector<Value> at = llvm::to_vector(list);
  auto score = [&](Value i) {
    SmallVector<Value> indices = at;
    indices.push_back(i);
    return b.load(scores, indices);
  };
  Value mine = score(x), zero = b.index(0), one = b.index(1);
  auto rank = b.loop(zero, present, one, {zero}, [&](Value y, ValueRange n) {
    Value other = score(y);
    // Lists ascend by start, so of equal scores the earlier entry goes first.
    Value above = b.greater(other, mine);
    Value below = b.greater(mine, other);
    Value differs = b.either(above, below);
    Value earlier = b.compare(Predicate::slt, y, x);
    Value first = b.select(differs, above, earlier);
    return SmallVector<Value>{b.select(first, b.add(n[0], one), n[0])};
  });
  return rank[0];
}

/// Calls body(list, count so far) in the order of x in [0, steps of the list),
/// and stores how many entries that leaves.
template <typename OpTy>
static void makeLists(ScalarBuilder &b, OpTy op,
                      function_ref<Value(ValueRange list, Value none)> body) {
  reference::forEach(b, op.getOuts()[1], 3, [&](ValueRange list) {
    b.storeIndex(body(list, b.index(0)), op.getOuts()[1], list);
  });
}

/// body(x, count) for x in [0, steps), from `count`: the last count.
static Value inOrder(ScalarBuilder &b, Value steps, Value count,
                     function_ref<Value(Value, Value)> body) {
  return b.loop(b.index(0), steps, b.index(1), {count},
                [&](Value x, ValueRange now) {
                  return SmallVector<Value>{body(x, now[0])};
                })[0];
}

void mlir::hip::reference::lower(ScalarBuilder &b, SelectOp op) {
  Value keep = b.index(op.getKeep());
  makeLists(b, op, [&](ValueRange list, Value none) {
    Ranges from(b, op.getRanges(), list), to(b, op.getOuts()[0], list);
    Value present = entryCount(b, op.getCounts(), list, op.getRanges());
    return inOrder(b, present, none, [&](Value x, Value count) {
      Value rank = rankOf(b, op.getScores(), list, present, x);
      Value kept = b.compare(Predicate::slt, rank, keep);
      return to.append(count, kept, from.start(x), from.length(x));
    });
  });
}

/// S6: chunk x of n is [floor(x N / n), floor((x + 1) N / n)) of the N granules
/// of the candidates. There are as many as asked for, but no more than
/// granules; or as many of `size` keys as there are.
void mlir::hip::reference::lower(ScalarBuilder &b, PartitionOp op) {
  Band band = bandOf(b, op);
  Value granule = b.index(op.getGranule()), one = b.index(1);
  makeLists(b, op, [&](ValueRange list, Value none) {
    Value keys = keyCount(b, op.getKey(), list[0]);
    QueryRows rows(b, op.getQuery(), list[0]);
    Value position =
        firstPosition(b, op.getPositions(), rows.count, keys, list[0]);
    Value end =
        bandStart(b, band, op.getBand().getBlockQ(), list[2], position, keys);
    Value first = b.div(band.sink, granule);
    Value granules = b.sub(b.div(end, granule), first);
    Value chunks = op.getChunks() ? b.min(granules, b.index(*op.getChunks()))
                                  : b.div(b.mul(granules, granule),
                                          b.index(*op.getSize()));
    chunks = ofLiveRows(
        b, rows, b.mul(list[2], b.index(op.getBand().getBlockQ())), chunks);
    Ranges to(b, op.getOuts()[0], list);
    return inOrder(b, chunks, none, [&](Value x, Value count) {
      auto edge = [&](Value chunk) {
        return b.div(b.mul(chunk, granules), chunks);
      };
      Value from = edge(x), length = b.sub(edge(b.add(x, one)), from);
      return to.append(count, b.add(first, from), length);
    });
  });
}

/// S7: each part but the last, which has the rest, has ceil(n / ways).
void mlir::hip::reference::lower(ScalarBuilder &b, SplitOp op) {
  Value ways = b.index(op.getWays()), queryWays = b.index(op.getQueryWays());
  makeLists(b, op, [&](ValueRange list, Value none) {
    SmallVector<Value> parent = {list[0], list[1], b.div(list[2], queryWays)};
    Ranges from(b, op.getRanges(), parent), to(b, op.getOuts()[0], list);
    Value present = entryCount(b, op.getCounts(), parent, op.getRanges());
    return inOrder(b, present, none, [&](Value x, Value count) {
      Value start = from.start(x), length = from.length(x);
      Value part = b.ceilDiv(length, ways);
      return inOrder(b, ways, count, [&](Value way, Value now) {
        Value before = b.min(b.mul(way, part), length);
        Value own = b.min(part, b.sub(length, before));
        return to.append(now, b.add(start, before), own);
      });
    });
  });
}

/// S16: the blocks of block_k keys of each range, one after another.
void mlir::hip::reference::lower(ScalarBuilder &b, BlocksOp op) {
  Value granule = b.index(op.getGranule()), size = b.index(op.getBlockK());
  Value zero = b.index(0), capacity = b.size(op.getOuts()[0], 3);
  makeLists(b, op, [&](ValueRange list, Value none) {
    Ranges from(b, op.getRanges(), list);
    Value present = entryCount(b, op.getCounts(), list, op.getRanges());
    return inOrder(b, present, none, [&](Value x, Value count) {
      // Keys of i32 granules of i32 keys are below 2^62.
      Value keys = b.mul(from.length(x), granule);
      Value first = b.div(b.mul(from.start(x), granule), size);
      Value blocks = b.div(keys, size), left = b.sub(capacity, count);
      Value named =
          b.compare(Predicate::sle, b.add(first, blocks), b.index(kMostKeys));
      Value written = b.select(named, b.min(blocks, left), zero);
      b.loop(written, [&](Value i) {
        b.storeIndex(b.add(first, i), op.getOuts()[0],
                     entryAt(list, b.add(count, i)));
      });
      return b.add(count, written);
    });
  });
}

/// One more where `condition` holds.
static Value countIf(ScalarBuilder &b, Value count, Value condition) {
  return b.select(condition, b.add(count, b.index(1)), count);
}

/// S24: entries that are no candidates, S5: or not above the one before, and
/// a count that the list has no room for or that is negative.
void mlir::hip::reference::lower(ScalarBuilder &b, CheckListOp op) {
  Value blocks = op.getBlocks(), one = b.index(1);
  forEach(b, op.getOuts()[0], 3, [&](ValueRange list) {
    auto [from, to] = candidatesOf(b, op, list);
    Value first = from, end = to, zero = b.index(0);
    Value present = entryCount(b, op.getCounts(), list, blocks);
    Value wrong = inOrder(b, present, zero, [&](Value x, Value count) {
      Value block = b.loadIndex(blocks, entryAt(list, x));
      Value before =
          b.loadIndex(blocks, entryAt(list, b.max(b.sub(x, one), zero)));
      Value outside = b.either(b.compare(Predicate::slt, block, first),
                               b.compare(Predicate::sge, block, end));
      Value falls = b.both(b.compare(Predicate::sgt, x, zero),
                           b.compare(Predicate::sle, block, before));
      return countIf(b, count, b.either(outside, falls));
    });
    Value said = b.loadIndex(op.getCounts(), list);
    Value held = b.compare(Predicate::ne, said, present);
    b.storeIndex(countIf(b, wrong, held), op.getOuts()[0], list);
  });
}

/// S24: offsets or a length that are held to what is stored, and pages in use
/// that there are not.
void mlir::hip::reference::lower(ScalarBuilder &b, CheckKeysOp op) {
  Value keys = op.getKeys(), zero = b.index(0), one = b.index(1);
  KeyStorage from(keys);
  forEach(b, op.getOuts()[0], 1, [&](ValueRange at) {
    Value batch = at[0], faults = zero;
    auto held = [&](Value said, Value is) {
      faults = countIf(b, faults, b.compare(Predicate::ne, said, is));
    };
    auto heldOffsets = [&](Value offsets, Value first, Value count) {
      held(b.loadIndex(offsets, batch), first);
      held(b.loadIndex(offsets, b.add(batch, one)), b.add(first, count));
    };
    if (isa<QueryType>(keys.getType())) {
      QueryRows rows(b, keys, batch);
      heldOffsets(rows.offsets, rows.start, rows.count);
    } else if (from.starts) {
      heldOffsets(from.starts, startOf(b, from.starts, batch, from.rows),
                  keyCount(b, keys, batch));
    } else if (from.table) {
      Value count = keyCount(b, keys, batch);
      Value pages = b.size(from.rows, 0);
      Value used = b.ceilDiv(count, b.size(from.rows, 1));
      faults = inOrder(b, used, faults, [&](Value x, Value wrong) {
        Value page = b.loadIndex(from.table, {batch, x});
        Value none = b.either(b.compare(Predicate::slt, page, zero),
                              b.compare(Predicate::sge, page, pages));
        return countIf(b, wrong, none);
      });
      held(b.loadIndex(from.lengths, batch), count);
    }
    b.storeIndex(faults, op.getOuts()[0], at);
  });
}

/// Puts `block` in its place among the first `count` of the result, if it is
/// not there; gives the next count. What there is no room for is the last.
static Value insert(ScalarBuilder &b, Value result, ValueRange list,
                    Value block, Value count) {
  Value zero = b.index(0), one = b.index(1), capacity = b.size(result, 3);
  auto at = [&](Value x) { return entryAt(list, x); };
  auto found =
      b.loop(zero, count, one, {zero, zero}, [&](Value x, ValueRange n) {
        Value other = b.loadIndex(result, at(x));
        auto more = [&](Predicate predicate, Value sum) {
          Value holds = b.compare(predicate, other, block);
          return b.select(holds, b.add(sum, one), sum);
        };
        return SmallVector<Value>{more(Predicate::slt, n[0]),
                                  more(Predicate::eq, n[1])};
      });
  Value place = found[0];
  Value isNew = b.both(b.compare(Predicate::eq, found[1], zero),
                       b.compare(Predicate::slt, place, capacity));
  b.when(isNew, [&] {
    Value last = b.min(count, b.sub(capacity, one));
    b.loop(b.sub(last, place), [&](Value x) {
      Value to = b.sub(last, x);
      b.store(b.load(result, at(b.sub(to, one))), result, at(to));
    });
    b.storeIndex(block, result, at(place));
  });
  return b.select(isNew, b.min(b.add(count, one), capacity), count);
}

void mlir::hip::reference::lower(ScalarBuilder &b, UnionOp op) {
  Value one = b.index(1), result = op.getOuts()[0];
  makeLists(b, op, [&](ValueRange list, Value none) {
    auto [first, end] = candidatesOf(b, op, list);
    Value count = none;
    for (auto [part, blocks] : llvm::enumerate(op.getLists())) {
      Value ways = b.index(op.getListBlockK()[part] / int64_t(op.getBlockK()));
      Value present = entryCount(b, op.getCounts()[part], list, blocks);
      Value entries = blocks, from = first, to = end;
      count = inOrder(b, present, count, [&](Value x, Value before) {
        Value start = b.mul(b.loadIndex(entries, entryAt(list, x)), ways);
        Value least = b.max(start, from);
        Value most = b.min(b.add(start, ways), to);
        return b.loop(
            least, most, one, {before}, [&](Value block, ValueRange now) {
              return SmallVector<Value>{insert(b, result, list, block, now[0])};
            })[0];
      });
    }
    return count;
  });
}
