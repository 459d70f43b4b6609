//===- CudaPrograms.cpp - The policies that hip-bench cuda times
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaPrograms.h"

#include <algorithm>

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
     64, 64, 512, 128, 1024, 64},
    {"hip",
     "union<[tree<keep = 448>, boxes<levels = [(64, 4096)], keep = 64>]>", 64,
     64, 512, 128, 1024, 64},
    {"hip-tree", "tree<keep = 448>", 64, 2, 448, 128, 1024},
    {"hip-boxes", "boxes<levels = [(64, 4096)], keep = 64>", 64, 64, 64, 128,
     1024, 64},
    {"window", "window<block_q = 64>", 64, 1, 0, 128, 1024},
    {"sparse", ""},
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

Expected<std::vector<CudaRequest>>
readRequests(const std::vector<std::string> &words) {
  std::vector<CudaRequest> requests;
  for (const std::string &word : words) {
    std::string_view name = word;
    constexpr std::string_view kDecode = "decode";
    bool decode = name.substr(0, kDecode.size()) == kDecode;
    if (name == kDecode) {
      for (std::string_view each : {"dense", "3k", "tree", "boxes", "hip"})
        requests.push_back({findVariant(each), join(kDecode, ":", each), true});
      continue;
    }
    if (decode)
      name.remove_prefix(std::min(name.size(), kDecode.size() + 1));
    const CudaVariant *variant = findVariant(name);
    if (!variant || (decode && variant->policy.empty()))
      return error(Code::Invalid, "--what '", word, "': there are ",
                   variantNames(), " and decode:POLICY");
    requests.push_back({variant, word, decode});
  }
  return requests;
}

double attendedPairs(const CudaVariant &variant, const ListShape &shape) {
  double pairs = 0;
  int64_t first = shape.keys - shape.queries;
  for (int64_t row = 0; row < shape.queries; row += variant.blockQ) {
    int64_t rows = std::min(variant.blockQ, shape.queries - row);
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

} // namespace hip_bench
