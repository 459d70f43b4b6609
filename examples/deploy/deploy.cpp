//===- deploy.cpp - Runs a package, without a compiler
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Usage: deploy PACKAGE, one that was made where the compiler is:
//
//   hip-compile attention --policy hip --sink 64 --window 64 --dtype f32
//     --query-heads 8 --kv-heads 2 --head-size 64
//     --chip cpu --cpu x86-64-v3 -o attention.hipc
//
// Number d of every value is d here, so that d is what attention gives too,
// whichever keys it keeps.
//
//===----------------------------------------------------------------------===//

#include <hipc.hpp>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

constexpr int64_t kHeads = 8, kKvHeads = 2, kRows = 1024, kSize = 64;

static std::vector<float> randomNumbers(int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> numbers(count);
  for (float &number : numbers)
    number = normal(random);
  return numbers;
}

static int run(const char *path) {
  std::ifstream file(path, std::ios::binary);
  std::string package{std::istreambuf_iterator<char>(file), {}};
  hipc::Engine engine({.device = "cpu"});
  std::printf("hipc %s on %s\n", hipc_version(), engine.target().c_str());
  hipc::Program program = engine.load(package);

  std::vector<float> query = randomNumbers(kHeads * kRows * kSize, 1),
                     key = randomNumbers(kKvHeads * kRows * kSize, 2),
                     value(key.size()), out(query.size());
  for (size_t i = 0; i < value.size(); ++i)
    value[i] = float(i % kSize);
  program.run({{std::span(query), {1, kHeads, kRows, kSize}},
               {std::span(key), {1, kKvHeads, kRows, kSize}},
               {std::span(value), {1, kKvHeads, kRows, kSize}}},
              {{std::span(out), {1, kHeads, kRows, kSize}}});
  float error = 0;
  for (size_t i = 0; i < out.size(); ++i)
    error = std::fmax(error, std::fabs(out[i] - float(i % kSize)));
  std::printf("greatest error %g\n", error);
  if (!(error < 1e-3f))
    return 1;

  // What would need a compiler says so.
  try {
    engine.compile({.queryHeads = kHeads,
                    .kvHeads = kKvHeads,
                    .headSize = kSize,
                    .policy = "dense"});
    return 1;
  } catch (const hipc::Error &error) {
    std::printf("refused: %s\n", error.what());
    return error.code() == HIPC_UNSUPPORTED ? 0 : 1;
  }
}

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: deploy PACKAGE\n");
    return 2;
  }
  try {
    return run(argv[1]);
  } catch (const hipc::Error &error) {
    std::fprintf(stderr, "error %d: %s\n", int(error.code()), error.what());
    return 1;
  }
}
