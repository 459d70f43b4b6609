#include "test/device/Programs.h"

#include <cmath>
#include <cstring>
#include <random>

namespace hipc::test {

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static std::string rows(int64_t heads, std::string_view dtype) {
  return join("tensor<", kBatch, "x", heads, "x?x", kSize, "x", dtype, ">");
}

static std::string lseType() {
  return join("tensor<", kBatch, "x", kHeads, "x?xf32>");
}

/// Destinations %o and %l of out and lse.
static std::string destinations(std::string_view query) {
  return join("  %c2 = arith.constant 2 : index\n  %t = tensor.dim %q, %c2 : ",
              query, "\n  %o = tensor.empty(%t) : ", query,
              "\n  %l = tensor.empty(%t) : ", lseType(), "\n");
}

static std::string sparseAttention(std::string_view query, std::string_view key,
                                   std::string_view lists,
                                   std::string_view band) {
  return join("  %r:2 = hip.block_sparse_attention ins(%q, %k, %v : ", query,
              ", ", key, ", ", key, ")\n    ", lists, " outs(%o, %l : ", query,
              ", ", lseType(), ") ", band, " -> ", query, ", ", lseType(),
              "\n");
}

/// The argument list of one of keys and values, and the line of its view.
static std::pair<std::string, std::string>
stored(std::string_view name, std::string_view dtype, Storage storage) {
  std::string n(name);
  if (storage == Storage::Ragged) {
    std::string data = join("tensor<?x", kKvHeads, "x", kSize, "x", dtype, ">");
    std::string ends = join("tensor<", kBatch + 1, "xi32>");
    return {join("%", n, "d: ", data, ", %", n, "e: ", ends),
            join("  %", n, " = hip.kv.ragged %", n, "d[%", n, "e] : ", data,
                 ", ", ends, "\n")};
  }
  std::string pages =
      join("tensor<?x16x", kKvHeads, "x", kSize, "x", dtype, ">");
  std::string table = join("tensor<", kBatch, "x?xi32>"),
              lengths = join("tensor<", kBatch, "xi32>");
  return {join("%", n, "d: ", pages, ", %", n, "t: ", table, ", %", n,
               "n: ", lengths),
          join("  %", n, " = hip.kv.paged %", n, "d[%", n, "t] lengths(%", n,
               "n) : ", pages, ", ", table, ", ", lengths, "\n")};
}

/// On views, by hip.attention.
static std::string viewProgram(const ListedPolicy &policy,
                               std::string_view dtype, Storage storage) {
  std::string query = rows(kHeads, dtype);
  std::string view =
      join("!hip.kv<", kBatch, "x", kKvHeads, "x?x", kSize, "x", dtype, ">");
  auto [keys, keyView] = stored("k", dtype, storage);
  auto [values, valueView] = stored("v", dtype, storage);
  return join(
      "func.func @f(%q: ", query, ", ", keys, ", ", values, ") -> (", query,
      ", ", lseType(), ") {\n", keyView, valueView, destinations(query),
      "  %r:2 = hip.attention ins(%q, %k, %v : ", query, ", ", view, ", ", view,
      ") outs(%o, %l : ", query, ", ", lseType(), ") policy #hip.", policy.text,
      " {sink = 32, window = 32, causal} -> ", query, ", ", lseType(),
      "\n  return %r#0, %r#1 : ", query, ", ", lseType(), "\n}\n");
}

std::string policyProgram(const ListedPolicy &policy, std::string_view dtype,
                          Storage storage) {
  std::string query = rows(kHeads, dtype), key = rows(kKvHeads, dtype);
  if (storage != Storage::Dense)
    return viewProgram(policy, dtype, storage);
  std::string text = join("func.func @f(%q: ", query, ", %k: ", key,
                          ", %v: ", key, ") -> (", query, ", ", lseType());
  if (!policy.width)
    return join(text, ") {\n", destinations(query),
                "  %r:2 = hip.attention ins(%q, %k, %v : ", query, ", ", key,
                ", ", key, ") outs(%o, %l : ", query, ", ", lseType(),
                ") policy #hip.", policy.text,
                " {sink = 32, window = 32, causal} -> ", query, ", ", lseType(),
                "\n  return %r#0, %r#1 : ", query, ", ", lseType(), "\n}\n");
  std::string blocks = join("tensor<", kBatch, "x", kKvHeads, "x?x",
                            policy.width, "xi32>"),
              counts = join("tensor<", kBatch, "x", kKvHeads, "x?xi32>");
  std::string lists = join(blocks, ", ", counts);
  return join(text, ", ", lists, ") {\n", destinations(query),
              "  %size = arith.constant ", policy.blockQ,
              " : index\n  %m = arith.ceildivui %t, %size : index\n"
              "  %bi = tensor.empty(%m) : ",
              blocks, "\n  %ci = tensor.empty(%m) : ", counts,
              "\n  %p:2 = hip.prune ins(%q, %k : ", query, ", ", key,
              ") outs(%bi, %ci : ", lists, ")\n    policy #hip.", policy.text,
              " {sink = 32, window = 32, causal} -> ", lists,
              "\n  %r:2 = hip.attention ins(%q, %k, %v : ", query, ", ", key,
              ", ", key, ") outs(%o, %l : ", query, ", ", lseType(),
              ") policy #hip.", policy.text,
              " {sink = 32, window = 32, causal} -> ", query, ", ", lseType(),
              "\n  return %r#0, %r#1, %p#0, %p#1 : ", query, ", ", lseType(),
              ", ", lists, "\n}\n");
}

static std::string blockLists(std::string_view width) {
  return join("tensor<", kBatch, "x", kHeads, "x?x", width, "xi32>");
}

std::string unionProgram() {
  std::string query = rows(kHeads, "f16"), key = rows(kKvHeads, "f16");
  std::string lists = blockLists("?"),
              counts = join("tensor<", kBatch, "x", kHeads, "x?xi32>");
  std::string both = join(lists, ", ", counts);
  return join(
      "func.func @f(%q: ", query, ", %k: ", key, ", %a: ", lists,
      ", %ac: ", counts, ", %b: ", lists, ", %bc: ", counts, ") -> (", both,
      ") {\n  %c2 = arith.constant 2 : index\n  %c3 = arith.constant 3 : index"
      "\n  %m = tensor.dim %ac, %c2 : ",
      counts, "\n  %an = tensor.dim %a, %c3 : ", lists,
      "\n  %bn = tensor.dim %b, %c3 : ", lists,
      "\n  %b2 = arith.muli %bn, %c2 : index"
      "\n  %n = arith.addi %an, %b2 : index\n  %o = tensor.empty(%m, %n) : ",
      lists, "\n  %oc = tensor.empty(%m) : ", counts,
      "\n  %r:2 = hip.union ins(%q, %k : ", query, ", ", key,
      ") lists(%a, %b : ", lists, ", ", lists, ") counts(%ac, %bc : ", counts,
      ", ", counts, ") outs(%o, %oc : ", both,
      ") band #hip.band<block_q = ", kListBlockQ, ", chunk = ", 2 * kListBlockK,
      ", sink = ", kListSink, ", window = ", kListWindow,
      "> {block_q = ", kListBlockQ, " : i64, block_k = ", kListBlockK,
      " : i64, list_block_k = array<i64: ", kListBlockK, ", ", 2 * kListBlockK,
      ">} -> ", both, "\n  return %r#0, %r#1 : ", both, "\n}\n");
}

std::string listProgram(std::string_view dtype) {
  std::string query = rows(kHeads, dtype), key = rows(kKvHeads, dtype);
  std::string blocks = join("tensor<", kBatch, "x", kHeads, "x?x", kListWidth,
                            "xi32>"),
              counts = join("tensor<", kBatch, "x", kHeads, "x?xi32>");
  std::string lists = join("list(%b, %c : ", blocks, ", ", counts, ")");
  std::string band =
      join("band #hip.band<block_q = ", kListBlockQ, ", chunk = ", kListBlockK,
           ", sink = ", kListSink, ", window = ", kListWindow,
           "> {block_q = ", kListBlockQ, " : i64, block_k = ", kListBlockK,
           " : i64}");
  return join("func.func @f(%q: ", query, ", %k: ", key, ", %v: ", key,
              ", %b: ", blocks, ", %c: ", counts, ") -> (", query, ", ",
              lseType(), ", ", counts, ") {\n", destinations(query),
              sparseAttention(query, key, lists, band),
              "  %m = tensor.dim %c, %c2 : ", counts,
              "\n  %fi = tensor.empty(%m) : ", counts,
              "\n  %f = hip.check_list ins(%q, %k : ", query, ", ", key, ") ",
              lists, " outs(%fi : ", counts, ") ", band, " -> ", counts,
              "\n  return %r#0, %r#1, %f : ", query, ", ", lseType(), ", ",
              counts, "\n}\n");
}

//===----------------------------------------------------------------------===//
// Arrays
//===----------------------------------------------------------------------===//

static int64_t count(const Dims &dims) {
  int64_t product = 1;
  for (int64_t size : dims)
    product *= size;
  return product;
}

OwnedTensor integers(DType dtype, const Dims &dims, unsigned seed) {
  // -3 to 3.
  constexpr uint16_t kHalf[] = {0xC200, 0xC000, 0xBC00, 0,
                                0x3C00, 0x4000, 0x4200},
                     kBrain[] = {0xC040, 0xC000, 0xBF80, 0,
                                 0x3F80, 0x4000, 0x4040};
  std::mt19937 random(seed);
  OwnedTensor made = std::move(*OwnedTensor::zeros(dtype, dims));
  for (int64_t i = 0, n = count(dims); i < n; ++i) {
    unsigned drawn = random() % 7;
    if (dtype == DType::F16 || dtype == DType::BF16)
      static_cast<uint16_t *>(made.view.data)[i] =
          dtype == DType::F16 ? kHalf[drawn] : kBrain[drawn];
    else
      static_cast<float *>(made.view.data)[i] = int(drawn) - 3;
  }
  return made;
}

OwnedTensor words(const std::vector<int32_t> &values, const Dims &dims) {
  OwnedTensor made = std::move(*OwnedTensor::zeros(DType::I32, dims));
  std::memcpy(made.view.data, values.data(), values.size() * sizeof(int32_t));
  return made;
}

static float fromHalf(uint16_t bits) {
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  float value = exponent == 0    ? std::ldexp(fraction, -24)
                : exponent == 31 ? (fraction ? NAN : INFINITY)
                                 : std::ldexp(1024 + fraction, exponent - 25);
  return bits >> 15 ? -value : value;
}

std::vector<float> numbers(const Tensor &tensor) {
  std::vector<float> values;
  for (int64_t i = 0, n = count(tensor.dims); i < n; ++i)
    switch (tensor.dtype) {
    case DType::F16:
      values.push_back(fromHalf(static_cast<uint16_t *>(tensor.data)[i]));
      break;
    case DType::I32:
      values.push_back(static_cast<int32_t *>(tensor.data)[i]);
      break;
    default:
      values.push_back(static_cast<float *>(tensor.data)[i]);
    }
  return values;
}

} // namespace hipc::test
