//===- attention.cpp - Pruned attention and its lists from C++
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A search, of a tree and of boxes here, gives its lists of blocks with its
// result. Attention over these lists has to give the same bits, and does so
// without the search: that is how a decoder refreshes its lists every few steps
// only.
//
//===----------------------------------------------------------------------===//

#include <hipc.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>

constexpr int64_t kHeads = 8, kKvHeads = 2, kRows = 1024, kSize = 64;

/// An array of numbers around 0 and the view of it.
struct Array {
  Array(std::initializer_list<int64_t> sizes, unsigned seed)
      : numbers(std::accumulate(sizes.begin(), sizes.end(), int64_t{1},
                                std::multiplies<>())),
        view(std::span(numbers), sizes) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    for (float &number : numbers)
      number = normal(random);
  }

  std::vector<float> numbers;
  hipc::Tensor view;
};

static int attend() {
  hipc::Engine engine({.device = "cpu"});
  std::printf("hipc %s on %s\n", hipc_version(), engine.target().c_str());
  Array query({1, kHeads, kRows, kSize}, 1),
      key({1, kKvHeads, kRows, kSize}, 2),
      value({1, kKvHeads, kRows, kSize}, 3);
  Array out({1, kHeads, kRows, kSize}, 4), again({1, kHeads, kRows, kSize}, 5);

  hipc::Attention attention{.queryHeads = kHeads,
                            .kvHeads = kKvHeads,
                            .headSize = kSize,
                            .policy = "hip",
                            .sink = 64,
                            .window = 64,
                            .returnsLists = true};
  hipc::Program search = engine.compile(attention);
  std::vector<hipc::Shape> shapes =
      search.outputShapes({query.view, key.view, value.view});
  auto allocate = [](const hipc::Shape &shape) {
    return std::vector<int32_t>(std::accumulate(shape.sizes.begin(),
                                                shape.sizes.end(), int64_t{1},
                                                std::multiplies<>()));
  };
  std::vector<int32_t> blocks = allocate(shapes[1]),
                       counts = allocate(shapes[2]);
  hipc::Tensor blocksView(blocks.data(), hipc::i32, shapes[1].sizes),
      countsView(counts.data(), hipc::i32, shapes[2].sizes);
  search.run({query.view, key.view, value.view},
             {out.view, blocksView, countsView});

  attention.returnsLists = false;
  attention.hasLists = true;
  hipc::Program reuse = engine.compile(attention);
  reuse.run({query.view, key.view, value.view, blocksView, countsView},
            {again.view});
  bool same = out.numbers == again.numbers;
  int64_t kept = std::accumulate(counts.begin(), counts.end(), int64_t{0}) * 2;
  std::printf("lists of %lld keys in all give %s\n",
              static_cast<long long>(kept), same ? "the same bits" : "others");

  // What is wrong is said before anything runs.
  try {
    reuse.run({query.view, key.view, value.view}, {again.view});
    return 1;
  } catch (const hipc::Error &error) {
    std::printf("refused: %s\n", error.what());
    if (error.code() != HIPC_INVALID)
      return 1;
  }
  return same && kept > 0 && std::isfinite(out.numbers[0]) ? 0 : 1;
}

int main() {
  try {
    return attend();
  } catch (const hipc::Error &error) {
    std::fprintf(stderr, "error %d: %s\n", int(error.code()), error.what());
    return 1;
  }
}
