#include "dialect/gpu/Chips.h"
#include "test/device/Witness.h"
#include "test/device/WitnessNumbers.h"

#include <cstdlib>

namespace hipc::test {

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

std::string LoopWitness::name() const {
  return join(unit, "_", dtypeName(dtype), "_threads", threads, "_producers",
              producers, "_stages", stages, "_keys", columns, "_size", size);
}

std::string LoopWitness::program(Place place) const {
  std::string_view type = dtypeName(dtype);
  std::string q = join("<1x", kHeads, "x", rows(), "x", size, "x", type, ">"),
              k = join("<1x1x?x", size, "x", type, ">"),
              o = join("<1x", kHeads, "x", rows(), "x", size, "xf32>");
  auto tile = [](int64_t r, int64_t c, std::string_view element) {
    return join("!hip.tile<", r, "x", c, "x", element, ">");
  };
  std::string query = tile(rows(), size, type), key = tile(columns, size, type),
              scores = tile(rows(), columns, "f32"),
              weights = tile(rows(), columns, type),
              sum = tile(rows(), size, "f32"),
              row = join("!hip.tile<", rows(), "xf32>"),
              numbers = join("!hip.tile<", columns, "xi32>");
  std::string schedule =
      place == Place::Cpu
          ? "threads(1)"
          : join("threads(", threads,
                 ") {schedule = #hip.schedule<threads = ", threads,
                 ", rows = ", rows(), ", columns = ", columns,
                 ", min_blocks = 1, stages = ", stages,
                 ", producers = ", producers, ", unit = ", unit, ">}");
  auto rowsOf = [&](std::string_view element) {
    return join("!hip.rows<", size, "x", element, ">");
  };
  auto view = [&](std::string_view name, std::string_view from) {
    return join("    %", name, " = hip.tile.view %", from,
                "[%c0, %c0, %c0] : memref", k, " -> ", rowsOf(type), "\n");
  };
  auto gather = [&](std::string_view name, std::string_view from) {
    return join("      %", name, " = hip.tile.gather %", from,
                " rows(%j) : ", rowsOf(type), ", ", numbers, " -> ", key, "\n");
  };
  return join(
      "func.func @f(%q: tensor", q, ", %k: tensor", k, ", %v: tensor", k,
      ") -> tensor", o,
      " {\n  %c0 = arith.constant 0 : index\n  %c1 = arith.constant 1 : index\n"
      "  %c2 = arith.constant 2 : index\n  %heads = arith.constant ",
      kHeads, " : index\n  %n = arith.constant ", columns,
      " : index\n  %m = arith.constant ", rows(),
      " : index\n  %zero = arith.constant 0.0 : f32\n"
      "  %much = arith.constant 4096.0 : f32\n"
      "  %keys = tensor.dim %k, %c2 : tensor",
      k,
      "\n  %tiles = arith.divui %keys, %n : index"
      "\n  %qm = bufferization.to_buffer %q read_only : tensor",
      q, " to memref", q,
      "\n  %km = bufferization.to_buffer %k read_only : tensor", k,
      " to memref", k,
      "\n  %vm = bufferization.to_buffer %v read_only : tensor", k,
      " to memref", k, "\n  %om = memref.alloc() : memref", o,
      "\n  hip.tile.kernel grid(%heads) ", schedule,
      " (%head) {\n    %qrows = hip.tile.view %qm[%c0, %head, %c0] to %m : "
      "memref",
      q, " -> ", rowsOf(type),
      "\n    %a = hip.tile.load %qrows : ", rowsOf(type), " -> ", query, "\n",
      view("krows", "km"), view("vrows", "vm"),
      "    %none = hip.tile.splat %zero : ", sum,
      "\n    %all = scf.for %i = %c0 to %tiles step %c1 iter_args(%before = "
      "%none) -> (",
      sum,
      ") {\n      %first = arith.muli %i, %n : index\n"
      "      %j = hip.tile.generate {\n      ^bb0(%x: index):\n"
      "        %y = arith.addi %first, %x : index\n"
      "        %z = arith.index_cast %y : index to i32\n"
      "        hip.tile.yield %z : i32\n      } : ",
      numbers, "\n", gather("key", "krows"),
      "      %nothing = hip.tile.splat %zero : ", scores,
      "\n      %s = hip.tile.dot %nothing, %a, %key {transpose_b} : ", scores,
      ", ", query, ", ", key,
      "\n      %most = hip.tile.reduce <max> %s {axis = 1 : i64} : ", scores,
      " -> ", row,
      // As attention: the sum is used between the products.
      "\n      %acc = hip.tile.map %before, %most per row : ", sum, ", ", row,
      " {\n      ^bb0(%x: f32, %y: f32):\n"
      "        %great = arith.cmpf ogt, %y, %much : f32\n"
      "        %z = arith.select %great, %zero, %x : f32\n"
      "        hip.tile.yield %z : f32\n      } -> ",
      sum, "\n", gather("value", "vrows"),
      "      %p = hip.tile.map %s : ", scores,
      " {\n      ^bb0(%x: f32):\n        %y = arith.truncf %x : f32 to ", type,
      "\n        hip.tile.yield %y : ", type, "\n      } -> ", weights,
      "\n      %sum = hip.tile.dot %acc, %p, %value : ", sum, ", ", weights,
      ", ", key, "\n      scf.yield %sum : ", sum,
      "\n    }\n    %orows = hip.tile.view %om[%c0, %head, %c0] to %m : memref",
      o, " -> ", rowsOf("f32"), "\n    hip.tile.store %all, %orows : ", sum,
      ", ", rowsOf("f32"),
      "\n  }\n  %o = bufferization.to_tensor %om restrict writable : memref", o,
      " to tensor", o, "\n  return %o : tensor", o, "\n}\n");
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// -1, 0 or 1, so that a product of up to 256 of them is a whole number that
/// bf16 has; of each array others.
static int64_t numberOf(int array, int64_t head, int64_t row, int64_t column) {
  uint64_t mixed = uint64_t(row) * 0x9E3779B97F4A7C15u +
                   uint64_t(column) * 0xC2B2AE3D27D4EB4Fu +
                   uint64_t(head * 3 + array + 1) * 0x165667B19E3779F9u;
  mixed ^= mixed >> 29;
  mixed *= 0xBF58476D1CE4E5B9u;
  return int64_t((mixed >> 40) % 3) - 1;
}

std::vector<OwnedTensor> LoopWitness::inputs(int64_t keys) const {
  std::vector<OwnedTensor> made;
  for (int array : {0, 1, 2})
    made.push_back(matrices(dtype, array ? 1 : kHeads, array ? keys : rows(),
                            size,
                            [&](int64_t head, int64_t row, int64_t column) {
                              return numberOf(array, head, row, column);
                            }));
  return made;
}

std::vector<float> LoopWitness::expected(int64_t keys) const {
  // (q k^T) v is q (k^T v).
  std::vector<int64_t> inner(size * size), row(size);
  for (int64_t key = 0; key < keys; ++key)
    for (int64_t x = 0; x < size; ++x)
      if (int64_t k = numberOf(1, 0, key, x))
        for (int64_t y = 0; y < size; ++y)
          inner[x * size + y] += k * numberOf(2, 0, key, y);
  std::vector<float> sums;
  for (int64_t head = 0; head < kHeads; ++head)
    for (int64_t i = 0; i < rows(); ++i) {
      std::fill(row.begin(), row.end(), 0);
      for (int64_t x = 0; x < size; ++x)
        if (int64_t q = numberOf(0, head, i, x))
          for (int64_t y = 0; y < size; ++y)
            row[y] += q * inner[x * size + y];
      sums.insert(sums.end(), row.begin(), row.end());
    }
  return sums;
}

std::string LoopWitness::fault(const std::vector<float> &got,
                               int64_t keys) const {
  std::vector<float> want = expected(keys);
  int64_t wrong = 0, first = 0;
  for (int64_t at = want.size() - 1; at >= 0; --at)
    if (got[at] != want[at]) {
      ++wrong;
      first = at;
    }
  if (wrong == 0)
    return {};
  int64_t row = first / size;
  return join(wrong, " of ", want.size(), " sums over ", keys,
              " keys are wrong, the first one in thread block ", row / rows(),
              " at (", row % rows(), ", ", first % size,
              "): ", spell(got[first]), " and not ", spell(want[first]));
}

//===----------------------------------------------------------------------===//
// Cases
//===----------------------------------------------------------------------===//

std::vector<LoopWitness> loopWitnesses(std::string_view chip) {
  const mlir::hip::Chip *its = mlir::hip::findChip(chip);
  std::vector<LoopWitness> all = {{"mma_sync", 128, 64, 64, 0, 2},
                                  {"mma_sync", 256, 32, 128, 0, 2}};
  if (!its || !its->wgmma)
    return all;
  // One warpgroup and two, those that copy for themselves, too.
  all.insert(all.end(), {{"wgmma", 128, 64, 64, 0, 2},
                         {"wgmma", 128, 64, 64, 128, 2},
                         {"wgmma", 128, 128, 128, 128, 3},
                         {"wgmma", 256, 64, 64, 256, 3},
                         {"wgmma", 256, 128, 128, 256, 2},
                         {"wgmma", 256, 96, 128, 256, 3},
                         {"wgmma", 256, 48, 256, 128, 2},
                         {"wgmma", 256, 64, 64, 256, 3, DType::F16}});
  return all;
}

} // namespace hipc::test
