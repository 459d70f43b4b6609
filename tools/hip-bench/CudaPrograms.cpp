//===- CudaPrograms.cpp - What hip-bench cuda times
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaPrograms.h"

#include <algorithm>
#include <random>

using namespace hipc;

namespace hip_bench {

/// "3k" is InfiniteHiP's preset (S14); "3k-mean" scores means of rows, as its
/// authors' kernels do.
static const CudaVariant kVariants[] = {
    {"dense", "dense<block_q = 128>", 128, 1, -1, 0, 0},
    {"dense64", "dense<block_q = 64>", 64, 1, -1, 0, 0},
    {"3k", "stages<[(64, 256, 32768, 4), (64, 32, 8192, 4), (64, 8, 2048, 1)]>",
     64, 256, 2048, 256, 1024},
    {"3k-mean",
     "stages<[(64, 256, 32768, 4), (64, 32, 8192, 4), (64, 8, 2048, 1)], "
     "reduce = mean>",
     64, 256, 2048, 256, 1024},
    {"tree", "tree<block_q = 64, block_k = 2, keep = 512>", 64, 2, 512, 128,
     1024},
    {"boxes",
     "boxes<block_q = 64, block_k = 8, levels = [(64, 2048)], "
     "keep = 512>",
     64, 64, 512, 128, 1024},
    {"hip",
     "union<[tree<keep = 448>, boxes<levels = [(64, 4096)], keep = 64>]>", 64,
     64, 512, 128, 1024},
    {"hip-tree", "tree<keep = 448>", 64, 2, 448, 128, 1024},
    {"hip-boxes", "boxes<levels = [(64, 4096)], keep = 64>", 64, 64, 64, 128,
     1024},
    {"window", "window<block_q = 64>", 64, 1, 0, 128, 1024},
    {"sparse", "", kListBlock, kListBlock, 0, 0, 0},
};

const CudaVariant *findVariant(std::string_view name) {
  for (const CudaVariant &variant : kVariants)
    if (variant.name == name)
      return &variant;
  return nullptr;
}

std::string variantNames() {
  std::string names;
  for (const CudaVariant &variant : kVariants)
    names += join(variant.name, ", ");
  return names + "decode";
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static std::string arrayType(int64_t batch, int64_t heads) {
  return join("tensor<", batch, "x", heads, "x?x", kSize, "xbf16>");
}

std::string programText(const CudaVariant &variant, const CudaShape &shape,
                        std::string_view heads, int64_t kept,
                        std::string_view schedule) {
  std::string tuned =
      schedule.empty() ? ""
                       : join(", hip.schedule = #hip.schedule<", schedule, ">");
  std::string query = arrayType(shape.batch, kHeads);
  std::string key = arrayType(shape.batch, kKvHeadCount);
  std::string lists = join("tensor<", shape.batch, "x", kHeads, "x?x");
  std::string blocks = join(lists, std::max<int64_t>(kept - 1, 1), "xi32>");
  std::string counts = join("tensor<", shape.batch, "x", kHeads, "x?xi32>");
  bool listed = variant.policy.empty();
  std::string text =
      join("func.func @attention(%q: ", query, ", %k: ", key, ", %v: ", key);
  if (listed)
    text += join(", %blocks: ", blocks, ", %counts: ", counts);
  text += join(") -> ", query, " {\n  %c2 = arith.constant 2 : index\n",
               "  %t = tensor.dim %q, %c2 : ", query,
               "\n  %e = tensor.empty(%t) : ", query, "\n  %o = hip.",
               listed ? "block_sparse_attention" : "attention",
               " ins(%q, %k, %v : ", query, ", ", key, ", ", key, ")");
  if (listed)
    text +=
        join("\n    list(%blocks, %counts : ", blocks, ", ", counts,
             ") outs(%e : ", query, ") band #hip.band<block_q = ", kListBlock,
             ", chunk = ", kListBlock,
             ", sink = 0, window = 0> {block_q = ", kListBlock,
             " : i64, block_k = ", kListBlock, " : i64", tuned, "}");
  else
    text += join("\n    outs(%e : ", query, ") policy #hip.", variant.policy,
                 " {sink = ", variant.sink, ", window = ", variant.window,
                 ", causal, heads = #hip.heads<", heads, ">", tuned, "}");
  return join(text, " -> ", query, "\n  return %o : ", query, "\n}\n");
}

//===----------------------------------------------------------------------===//
// Work
//===----------------------------------------------------------------------===//

double attendedPairs(const CudaVariant &variant, const CudaShape &shape,
                     int64_t kept) {
  double pairs = 0;
  int64_t first = shape.keys - shape.queries;
  for (int64_t row = 0; row < shape.queries; row += variant.blockQ) {
    int64_t rows = std::min(variant.blockQ, shape.queries - row);
    if (variant.policy.empty()) {
      int64_t listed = std::min((first + row) / kListBlock, kept - 1);
      pairs += double(listed + 1) * kListBlock * kListBlock;
      continue;
    }
    int64_t past = first + row + 1 - variant.window - variant.sink;
    int64_t candidates =
        std::max<int64_t>(past, 0) / variant.chunk * variant.chunk;
    int64_t listed =
        variant.keep < 0 ? candidates : std::min(variant.keep, candidates);
    // Sinks, what is listed and the band; the candidates that are not kept are
    // all that a row misses.
    for (int64_t i = 0; i < rows; ++i)
      pairs += double(first + row + i + 1 - candidates + listed);
  }
  return pairs * kHeads * shape.batch;
}

/// `count` of the numbers below `limit`, ascending.
static std::vector<int32_t> sample(int64_t limit, int64_t count,
                                   std::mt19937 &random) {
  std::vector<int32_t> chosen;
  for (int64_t top = limit - count; top < limit; ++top) { // Floyd's
    auto next = static_cast<int32_t>(random() % (top + 1));
    bool seen = std::find(chosen.begin(), chosen.end(), next) != chosen.end();
    chosen.push_back(seen ? static_cast<int32_t>(top) : next);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

BlockLists randomLists(const CudaShape &shape, int64_t kept) {
  std::mt19937 random(0);
  int64_t most = std::max<int64_t>(kept - 1, 1);
  int64_t queryBlocks = (shape.queries + kListBlock - 1) / kListBlock;
  int64_t first = shape.keys - shape.queries;
  BlockLists lists;
  lists.countDims = {shape.batch, kHeads, queryBlocks};
  lists.blockDims = {shape.batch, kHeads, queryBlocks, most};
  for (int64_t head = 0; head < shape.batch * kHeads; ++head)
    for (int64_t m = 0; m < queryBlocks; ++m) {
      int64_t earlier = (first + m * kListBlock) / kListBlock;
      int64_t count = std::min(earlier, kept - 1);
      std::vector<int32_t> chosen = sample(earlier, count, random);
      chosen.resize(most);
      lists.blocks.insert(lists.blocks.end(), chosen.begin(), chosen.end());
      lists.counts.push_back(static_cast<int32_t>(count));
    }
  return lists;
}

} // namespace hip_bench
