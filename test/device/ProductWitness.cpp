#include "dialect/gpu/Chips.h"
#include "dialect/layout/Layout.h"
#include "test/device/Witness.h"
#include "test/device/WitnessNumbers.h"

namespace hipc::test {

namespace layout = mlir::hip::layout;

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

int64_t ProductWitness::bytesOf(bool left) const {
  return (left || transposed ? inner : columns) * int64_t(sizeof(uint16_t));
}

std::string ProductWitness::name() const {
  auto rowsOf = [&](bool left) {
    int64_t width = swizzled ? layout::widestSwizzle(bytesOf(left)) : 0;
    return width ? join("swizzle", width) : std::string("padded");
  };
  return join(unit, "_", dtypeName(dtype), "_", rows, "x", columns, "x", inner,
              "_threads", threads, "_a_", held ? "registers" : rowsOf(true),
              "_b_", rowsOf(false), transposed ? "_transposed" : "",
              start ? "_adds" : "");
}

std::string ProductWitness::program(Place place) const {
  std::string_view type = dtypeName(dtype);
  auto shaped = [](std::string_view kind, int64_t r, int64_t c,
                   std::string_view element) {
    return join(kind, r, "x", c, "x", element, ">");
  };
  int64_t rightRows = transposed ? columns : inner,
          rightColumns = transposed ? inner : columns;
  std::string a = shaped("<1x1x", rows, inner, type),
              b = shaped("<1x1x", rightRows, rightColumns, type),
              o = shaped("<1x1x", rows, columns, "f32");
  std::string left = shaped("!hip.tile<", rows, inner, type),
              right = shaped("!hip.tile<", rightRows, rightColumns, type),
              sum = shaped("!hip.tile<", rows, columns, "f32"),
              leftView = join("!hip.rows<", inner, "x", type, ">"),
              rightView = join("!hip.rows<", rightColumns, "x", type, ">"),
              sumView = join("!hip.rows<", columns, "xf32>"),
              numbers = join("!hip.tile<", rightRows, "xi32>");
  std::string schedule =
      place == Place::Cpu
          ? "threads(1)"
          : join("threads(", threads,
                 ") {schedule = #hip.schedule<threads = ", threads,
                 ", rows = ", rows, ", columns = ", columns,
                 swizzled ? ", swizzled = true" : "", ", unit = ", unit, ">}");
  // A map of what is in registers is there, too.
  std::string hold =
      held ? join("    %none = hip.tile.splat %nothing : ", left,
                  "\n    %left = hip.tile.map %a, %none : ", left, ", ", left,
                  " {\n    ^bb0(%x: ", type, ", %y: ", type,
                  "):\n      %z = arith.addf %x, %y : ", type,
                  "\n      hip.tile.yield %z : ", type, "\n    } -> ", left,
                  "\n")
           : "";
  return join(
      "func.func @f(%at: tensor", a, ", %bt: tensor", b, ") -> tensor", o,
      " {\n  %c0 = arith.constant 0 : index\n  %c1 = arith.constant 1 : index\n"
      "  %m = arith.constant ",
      rows, " : index\n  %start = arith.constant ", start,
      ".0 : f32\n  %nothing = arith.constant 0.0 : ", type,
      "\n  %am = bufferization.to_buffer %at read_only : tensor", a,
      " to memref", a,
      "\n  %bm = bufferization.to_buffer %bt read_only : tensor", b,
      " to memref", b, "\n  %om = memref.alloc() : memref", o,
      "\n  hip.tile.kernel grid(%c1) ", schedule,
      " (%block) {\n    %arows = hip.tile.view %am[%c0, %c0, %c0] to %m : "
      "memref",
      a, " -> ", leftView, "\n    %a = hip.tile.load %arows : ", leftView,
      " -> ", left,
      "\n    %j = hip.tile.generate {\n    ^bb0(%x: index):\n"
      "      %y = arith.index_cast %x : index to i32\n"
      "      hip.tile.yield %y : i32\n    } : ",
      numbers, "\n    %brows = hip.tile.view %bm[%c0, %c0, %c0] : memref", b,
      " -> ", rightView,
      "\n    %b = hip.tile.gather %brows rows(%j) : ", rightView, ", ", numbers,
      " -> ", right, "\n", hold, "    %acc = hip.tile.splat %start : ", sum,
      "\n    %sum = hip.tile.dot %acc, ", held ? "%left" : "%a", ", %b",
      transposed ? " {transpose_b}" : "", " : ", sum, ", ", left, ", ", right,
      "\n    %orows = hip.tile.view %om[%c0, %c0, %c0] to %m : memref", o,
      " -> ", sumView, "\n    hip.tile.store %sum, %orows : ", sum, ", ",
      sumView,
      "\n  }\n  %o = bufferization.to_tensor %om restrict writable : memref", o,
      " to tensor", o, "\n  return %o : tensor", o, "\n}\n");
}

//===----------------------------------------------------------------------===//
// Questions
//===----------------------------------------------------------------------===//

// Numbers begin with 1, as 0 is what is met nowhere: the left factor's inner
// numbers that the right one's rows meet, its columns, the left factor's rows,
// and its columns.
int64_t ProductWitness::leftAt(int question, int64_t row, int64_t k) const {
  return question < 2 ? k == row % inner : (question == 2 ? row : k) + 1;
}

int64_t ProductWitness::rightAt(int question, int64_t k, int64_t column) const {
  return question >= 2 ? k == column % inner : (question == 0 ? k : column) + 1;
}

float ProductWitness::expected(int question, int64_t row,
                               int64_t column) const {
  int64_t met[] = {row % inner, column, row, column % inner};
  return static_cast<float>(start + met[question] + 1);
}

std::vector<OwnedTensor> ProductWitness::inputs(int question) const {
  std::vector<OwnedTensor> made;
  made.push_back(
      matrices(dtype, 1, rows, inner, [&](int64_t, int64_t row, int64_t k) {
        return leftAt(question, row, k);
      }));
  made.push_back(matrices(
      dtype, 1, transposed ? columns : inner, transposed ? inner : columns,
      [&](int64_t, int64_t x, int64_t y) {
        return rightAt(question, transposed ? y : x, transposed ? x : y);
      }));
  return made;
}

/// By the layout algebra.
std::string ProductWitness::holder(int64_t row, int64_t column) const {
  int64_t warps = threads / layout::kWarp, rowWarps = warps;
  while (rowWarps > layout::ceilDiv(rows, layout::kMmaRows) &&
         rowWarps % 2 == 0)
    rowWarps /= 2;
  layout::Layout held = layout::mma(rows, columns, rowWarps, warps / rowWarps);
  for (int64_t thread = 0; thread < threads; ++thread) {
    layout::Place at = held.threadPlace(thread);
    int64_t number = held.registerAt({row - at.row, column - at.column});
    if (number >= 0)
      return join("register ", number, " of thread ", thread);
  }
  return "no register";
}

std::string
ProductWitness::fault(const std::vector<std::vector<float>> &answers) const {
  constexpr std::string_view kMet[kQuestions] = {"row of B", "column of B",
                                                 "row of A", "column of A"};
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      for (int question = 0; question < kQuestions; ++question) {
        float got = answers[question][row * columns + column],
              want = expected(question, row, column);
        if (got == want)
          continue;
        float number = got - 1 - start;
        bool isOne = number >= 0 && number < 256 && number == int(number);
        return join("element (", row, ", ", column, "), ", holder(row, column),
                    ", met ", isOne ? "" : "no ", kMet[question],
                    isOne ? " " + spell(number) : " (" + spell(got) + ")",
                    " and not ", spell(want - 1 - start));
      }
  return {};
}

//===----------------------------------------------------------------------===//
// Cases
//===----------------------------------------------------------------------===//

using Witnesses = std::vector<ProductWitness>;

/// Each factor in each place and direction, of `one`'s shape and type.
static void addPlaces(ProductWitness one, bool canHold, Witnesses &all) {
  for (bool transposed : {false, true})
    for (bool held : {false, true}) {
      one.transposed = transposed;
      one.held = held;
      if (canHold || !held)
        all.push_back(one);
    }
}

/// A warpgroup for 64 rows.
static void addWgmma(Witnesses &all) {
  ProductWitness one{"wgmma", 64, 64, 64, 128};
  one.swizzled = true;
  // Each swizzle of one factor with each of the other.
  for (int64_t inner : {16, 32, 64})
    for (int64_t columns : {16, 32, 64}) {
      one.inner = inner;
      one.columns = columns;
      one.dtype = DType::BF16;
      addPlaces(one, true, all);
      one.dtype = DType::F16;
      if (inner == columns)
        addPlaces(one, true, all);
    }
  one.dtype = DType::BF16;
  // Tiles of keys, and head sizes of values: every number of columns.
  one.inner = 64;
  for (int64_t columns = 48; columns <= 256; columns += 16) {
    if (columns == 64)
      continue;
    one.columns = columns;
    all.push_back(one);
    all.back().transposed = true;
    all.push_back(one);
    all.back().held = true;
  }
  // Head sizes of queries, and tiles of weights.
  one.columns = 64;
  for (int64_t inner : {48, 80, 96, 128, 192, 256}) {
    one.inner = inner;
    all.push_back(one);
    all.back().transposed = true;
    all.push_back(one);
    all.back().held = true;
  }
  // Two warpgroups, and accumulators that have something.
  one = {"wgmma", 128, 96, 64, 256};
  one.swizzled = true;
  addPlaces(one, true, all);
  one.start = 512;
  addPlaces(one, true, all);
}

static void addMmaSync(Witnesses &all) {
  constexpr std::pair<int64_t, int64_t> kRowsAndThreads[] = {
      {5, 32},   {16, 32},  {32, 32},   {64, 64},  {16, 128},
      {64, 128}, {64, 256}, {128, 128}, {128, 256}};
  for (auto [rows, threads] : kRowsAndThreads) {
    // A warp that holds its rows has none beside it.
    bool canHold = threads / layout::kWarp <= layout::ceilDiv(rows, 16);
    for (bool swizzled : {false, true}) {
      ProductWitness one{"mma_sync", rows, 64, 64, threads};
      one.swizzled = swizzled;
      addPlaces(one, canHold, all);
    }
  }
  for (bool swizzled : {false, true})
    for (int64_t inner : {16, 32, 48, 128}) {
      ProductWitness one{"mma_sync", 64, 32, inner, 128};
      one.swizzled = swizzled;
      addPlaces(one, true, all);
    }
  for (int64_t columns : {8, 16, 24, 40, 128, 256}) {
    addPlaces({"mma_sync", 32, columns, 32, 64}, true, all);
    addPlaces({"mma_sync", 16, columns, 32, 32, DType::F16}, true, all);
  }
  ProductWitness one{"mma_sync", 64, 64, 64, 128};
  one.start = 512;
  addPlaces(one, true, all);
}

Witnesses productWitnesses(std::string_view chip) {
  const mlir::hip::Chip *its = mlir::hip::findChip(chip);
  Witnesses all;
  addMmaSync(all);
  if (its && its->wgmma)
    addWgmma(all);
  return all;
}

std::string wayAround(std::string_view unit) {
  return join("`unit = ", unit == "wgmma" ? "mma_sync" : "fma",
              "` in #hip.schedule goes without it");
}

} // namespace hipc::test
