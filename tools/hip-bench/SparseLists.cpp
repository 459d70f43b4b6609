//===- SparseLists.cpp - Lists of blocks to time attention over
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparseLists.h"

#include <algorithm>
#include <random>

using namespace hipc;

namespace hip_bench {

std::string_view nameOf(ListKind kind) {
  constexpr std::string_view kNames[] = {"random", "neighbours", "first"};
  return kNames[static_cast<int>(kind)];
}

std::string_view nameOf(ListSharing sharing) {
  constexpr std::string_view kNames[] = {"query", "kv", "all"};
  return kNames[static_cast<int>(sharing)];
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

static int64_t ceilDiv(int64_t x, int64_t y) { return (x + y - 1) / y; }

static int64_t queryBlocks(const ListOptions &options, const ListShape &shape) {
  return ceilDiv(shape.queries, options.blockQ);
}

int64_t listHeads(const ListOptions &options, const ListShape &shape) {
  switch (options.sharing) {
  case ListSharing::Query:
    return shape.heads;
  case ListSharing::Kv:
    return shape.kvHeads;
  case ListSharing::All:
    return 1;
  }
  return 0;
}

int64_t lengthOf(const ListOptions &options) {
  return std::max<int64_t>(options.keep / options.blockK, 1);
}

/// Position of the first row of query block m.
static int64_t firstOf(const ListOptions &options, const ListShape &shape,
                       int64_t m) {
  return shape.keys - shape.queries + m * options.blockQ;
}

/// Blocks that query block m may list: whole ones before its first row (S3).
static int64_t candidates(const ListOptions &options, const ListShape &shape,
                          int64_t m) {
  int64_t end = options.causal ? firstOf(options, shape, m) + 1 : shape.keys;
  return end / options.blockK;
}

static int64_t countOf(const ListOptions &options, const ListShape &shape,
                       int64_t m) {
  return std::min(candidates(options, shape, m), options.keep / options.blockK);
}

int64_t listEntries(const ListOptions &options, const ListShape &shape) {
  return shape.batch * listHeads(options, shape) * queryBlocks(options, shape) *
         lengthOf(options);
}

//===----------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------===//

namespace {

/// Draws lists; the same ones of a seed everywhere.
class Drawer {
public:
  explicit Drawer(int64_t seed) : random(static_cast<uint32_t>(seed)) {}

  /// `count` of the numbers below `limit`, entry e in the e-th part.
  std::vector<int32_t> draw(int64_t limit, int64_t count) {
    std::vector<int32_t> drawn;
    drawn.reserve(count);
    for (int64_t entry = 0; entry < count; ++entry)
      drawn.push_back(inPart(limit, count, entry));
    return drawn;
  }

  /// The same with every fourth entry drawn anew.
  std::vector<int32_t> redraw(std::vector<int32_t> drawn, int64_t limit) {
    for (size_t entry = 3; entry < drawn.size(); entry += 4)
      drawn[entry] = inPart(limit, drawn.size(), entry);
    return drawn;
  }

private:
  int32_t inPart(int64_t limit, int64_t parts, int64_t part) {
    int64_t first = part * limit / parts,
            size = (part + 1) * limit / parts - first;
    return static_cast<int32_t>(first + (int64_t(random()) * size >> 32));
  }

  std::mt19937 random;
};

} // namespace

/// The lists of one head.
static std::vector<std::vector<int32_t>>
headLists(const ListOptions &options, const ListShape &shape, Drawer &drawer) {
  constexpr int64_t kNeighbours = 8;
  std::vector<std::vector<int32_t>> lists;
  std::vector<int32_t> shared;
  int64_t sharedLimit = 0;
  for (int64_t m = 0; m < queryBlocks(options, shape); ++m) {
    int64_t limit = candidates(options, shape, m),
            count = countOf(options, shape, m);
    bool neighbours = options.kind == ListKind::Neighbours;
    if (neighbours && m % kNeighbours == 0) {
      shared = drawer.draw(limit, count);
      sharedLimit = limit;
    }
    std::vector<int32_t> list;
    if (neighbours)
      list = drawer.redraw(shared, sharedLimit);
    else if (options.kind == ListKind::Random)
      list = drawer.draw(limit, count);
    // Candidates that the first of the neighbours did not have.
    int64_t next = neighbours ? sharedLimit : 0;
    while (static_cast<int64_t>(list.size()) < count)
      list.push_back(static_cast<int32_t>(next++));
    lists.push_back(std::move(list));
  }
  return lists;
}

BlockLists makeLists(const ListOptions &options, const ListShape &shape) {
  int64_t heads = listHeads(options, shape), length = lengthOf(options);
  BlockLists made;
  made.countDims = {shape.batch, heads, queryBlocks(options, shape)};
  made.blockDims = {shape.batch, heads, queryBlocks(options, shape), length};
  made.blocks.reserve(listEntries(options, shape));
  Drawer drawer(options.seed);
  for (int64_t head = 0; head < shape.batch * heads; ++head)
    for (std::vector<int32_t> &list : headLists(options, shape, drawer)) {
      made.counts.push_back(static_cast<int32_t>(list.size()));
      list.resize(length);
      made.blocks.insert(made.blocks.end(), list.begin(), list.end());
    }
  return made;
}

ListWork workOf(const ListOptions &options, const ListShape &shape) {
  ListWork work;
  for (int64_t m = 0; m < queryBlocks(options, shape); ++m) {
    int64_t rows = std::min(options.blockQ, shape.queries - m * options.blockQ);
    int64_t first = firstOf(options, shape, m);
    int64_t band = candidates(options, shape, m) * options.blockK;
    int64_t listed = countOf(options, shape, m) * options.blockK;
    // Keys past the candidates: of each row, or of the last one, which has all.
    int64_t seen = options.causal ? first + rows : shape.keys;
    double past = double(seen - band) * rows;
    if (options.causal)
      past -= double(rows) * (rows - 1) / 2;
    work.pairs += double(listed) * rows + past;
    work.keys += double(listed + seen - band);
  }
  work.pairs *= shape.batch * shape.heads;
  work.keys *= shape.batch * listHeads(options, shape);
  // Heads of other keys read those of their own.
  if (options.sharing == ListSharing::All)
    work.keys *= shape.kvHeads;
  return work;
}

} // namespace hip_bench
