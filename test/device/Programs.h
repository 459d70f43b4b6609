//===- Programs.h - Programs that run on a GPU and on the CPU ---*- C++ -*-===//

#ifndef HIPC_TEST_DEVICE_PROGRAMS_H
#define HIPC_TEST_DEVICE_PROGRAMS_H

#include "runtime/base/Tensor.h"

#include <string>
#include <vector>

namespace hipc::test {

constexpr int64_t kBatch = 2, kHeads = 4, kKvHeads = 2, kSize = 64;
/// Of the program with given lists.
constexpr int64_t kListBlockQ = 64, kListBlockK = 16, kListWidth = 6,
                  kListSink = 32, kListWindow = 32;

/// A policy whose lists a program can give back.
struct ListedPolicy {
  std::string name;
  std::string text;
  int64_t blockQ = 0;
  int64_t blockK = 0;
  int64_t width = 0; ///< blocks of a list; 0: it has none
};

/// How keys and values are stored.
enum class Storage { Dense, Ragged, Paged };

/// (q, k..., v...) -> (out, lse), and blocks and counts where the policy has
/// lists and keys are dense.
std::string policyProgram(const ListedPolicy &policy, std::string_view dtype,
                          Storage storage = Storage::Dense);
/// (q, k, v, blocks, counts) -> (out, lse, faults of each list)
std::string listProgram(std::string_view dtype);

/// (q, k, blocks, counts, more blocks of twice the keys, their counts) ->
/// (blocks, counts) of their union
std::string unionProgram();

/// Integers from -3 to 3 in f16, bf16 or f32.
OwnedTensor integers(DType dtype, const Dims &dims, unsigned seed);
OwnedTensor words(const std::vector<int32_t> &values, const Dims &dims);
/// Numbers of a tensor of f16, f32 or i32.
std::vector<float> numbers(const Tensor &tensor);

} // namespace hipc::test

#endif // HIPC_TEST_DEVICE_PROGRAMS_H
