//===- StorageTest.cpp - Paged and ragged keys and values
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CapiTest.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>

namespace hipc_test {
namespace {

constexpr const char *kTree = "tree<block_q = 32, block_k = 2, keep = 16>";
constexpr const char *kDense = "dense<block_q = 32>";
constexpr int64_t kHeads = 2, kSize = 16;

hipc_attention storedAttention(const char *policy, hipc_kv_storage storage,
                               int64_t page = 0) {
  hipc_attention attention = smallAttention(policy);
  attention.sink = 4;
  attention.window = 8;
  attention.kv_storage = storage;
  attention.page_size = page;
  attention.returns_lse = 1;
  return attention;
}

/// Row j of entry b and head h of [2, 2, rows, 16].
const float *rowOf(const Floats &dense, int64_t b, int64_t h, int64_t j) {
  return &dense.data[((b * kHeads + h) * dense.shape[2] + j) * kSize];
}

/// The keys and values of SmallArrays in pages of both entries by turns, from
/// the last page on, with a spare one of NaN.
struct Pages {
  Pages(const SmallArrays &a, int64_t page, std::vector<int32_t> given)
      : count((a.key.shape[2] + page - 1) / page),
        key({2 * count + 1, page, kHeads, kSize}, kF32),
        value({2 * count + 1, page, kHeads, kSize}, kF32),
        table({2, count}, kI32), lengths({2}, kI32) {
    std::ranges::copy(given, lengths.data.begin());
    pack(a.key, key, page);
    pack(a.value, value, page);
  }

  void pack(const Floats &dense, Floats &pages, int64_t page) {
    std::ranges::fill(pages.data, std::numeric_limits<float>::quiet_NaN());
    for (int64_t b = 0; b < 2; ++b)
      for (int64_t j = 0; j < lengths.data[b]; ++j) {
        int64_t which = 2 * (count - 1 - j / page) + b;
        table.data[b * count + j / page] = int32_t(which);
        for (int64_t h = 0; h < kHeads; ++h)
          std::copy_n(
              rowOf(dense, b, h, j), kSize,
              &pages.data[((which * page + j % page) * kHeads + h) * kSize]);
      }
  }

  std::vector<const hipc_tensor *> inputs(const SmallArrays &a) const {
    return {&a.query.tensor, &key.tensor, &value.tensor, &table.tensor,
            &lengths.tensor};
  }

  int64_t count;
  Floats key, value;
  Ints table, lengths;
};

/// The same, one entry after another.
struct Packed {
  Packed(const SmallArrays &a, std::vector<int32_t> given)
      : key({given[0] + given[1], kHeads, kSize}, kF32),
        value({given[0] + given[1], kHeads, kSize}, kF32), offsets({3}, kI32) {
    offsets.data = {0, given[0], given[0] + given[1]};
    offsets.tensor.data = offsets.data.data();
    for (auto [dense, rows] :
         {std::pair(&a.key, &key), std::pair(&a.value, &value)})
      for (int64_t b = 0; b < 2; ++b)
        for (int64_t j = 0; j < given[b]; ++j)
          for (int64_t h = 0; h < kHeads; ++h)
            std::copy_n(
                rowOf(*dense, b, h, j), kSize,
                &rows->data[((offsets.data[b] + j) * kHeads + h) * kSize]);
  }

  std::vector<const hipc_tensor *> inputs(const SmallArrays &a) const {
    return {&a.query.tensor, &key.tensor, &value.tensor, &offsets.tensor};
  }

  Floats key, value;
  Ints offsets;
};

/// Entry b of a call of its own: the first `keys` of it, which `kept` may name
/// some of.
std::vector<float> attendAlone(
    const ProgramPtr &program, const SmallArrays &a, int64_t b, int64_t keys,
    const std::function<bool(int64_t)> &kept = [](int64_t) { return true; }) {
  int64_t rows = a.query.shape[2], most = 0;
  for (int64_t j = 0; j < keys; ++j)
    most += kept(j);
  Floats query({1, 4, rows, kSize}, kF32), key({1, kHeads, most, kSize}, kF32),
      value({1, kHeads, most, kSize}, kF32), out({1, 4, rows, kSize}, kF32),
      lse({1, 4, rows}, kF32);
  std::copy_n(&a.query.data[b * query.data.size()], query.data.size(),
              query.data.begin());
  for (auto [from, to] : {std::pair(&a.key, &key), std::pair(&a.value, &value)})
    for (int64_t h = 0; h < kHeads; ++h)
      for (int64_t j = 0, place = 0; j < keys; ++j)
        if (kept(j))
          std::copy_n(rowOf(*from, b, h, j), kSize,
                      &to->data[(h * most + place++) * kSize]);
  const hipc_tensor *in[] = {&query.tensor, &key.tensor, &value.tensor},
                    *outs[] = {&out.tensor, &lse.tensor};
  EXPECT_EQ(hipc_run(program.get(), in, 3, outs, 2, nullptr, 0, nullptr),
            HIPC_OK)
      << hipc_last_error();
  return out.data;
}

std::vector<float> entryOf(const Floats &out, int64_t b) {
  auto half = std::ptrdiff_t(out.data.size() / 2);
  return {out.data.begin() + b * half, out.data.begin() + (b + 1) * half};
}

/// The entries of lists of 8 that there are (S5), and their counts.
std::vector<int32_t> listed(const Ints &blocks, const Ints &counts) {
  std::vector<int32_t> all = counts.data;
  for (size_t list = 0; list < counts.data.size(); ++list)
    all.insert(all.end(), &blocks.data[8 * list],
               &blocks.data[8 * list] + counts.data[list]);
  return all;
}

/// Outputs and lists have the bits of the same keys in one array; lists are
/// taken back.
TEST_F(CapiTest, StorageChangesNoBits) {
  EnginePtr engine = makeEngine();
  SmallArrays a;
  Packed packed(a, {96, 96});
  std::vector<float> outs, lses;
  std::vector<int32_t> lists;
  auto attend = [&](hipc_kv_storage storage, int64_t page,
                    std::vector<const hipc_tensor *> inputs) {
    hipc_attention attention = storedAttention(kTree, storage, page);
    attention.returns_lists = 1;
    ProgramPtr search = compile(engine.get(), attention);
    attention.returns_lists = 0;
    attention.has_lists = 1;
    ProgramPtr again = compile(engine.get(), attention);
    ASSERT_TRUE(search && again);
    EXPECT_EQ(hipc_program_inputs(search.get()), int32_t(inputs.size()));
    Ints blocks({2, 2, 3, 8}, kI32), counts({2, 2, 3}, kI32);
    run(search, inputs,
        {&a.out.tensor, &a.lse.tensor, &blocks.tensor, &counts.tensor});
    if (outs.empty()) {
      outs = a.out.data;
      lses = a.lse.data;
      lists = listed(blocks, counts);
    }
    EXPECT_EQ(a.out.data, outs) << storage << " " << page;
    EXPECT_EQ(a.lse.data, lses) << storage << " " << page;
    EXPECT_EQ(listed(blocks, counts), lists) << storage << " " << page;
    std::ranges::fill(a.out.data, 0);
    inputs.insert(inputs.end(), {&blocks.tensor, &counts.tensor});
    run(again, inputs, {&a.out.tensor, &a.lse.tensor});
    EXPECT_EQ(a.out.data, outs) << storage << " " << page;
  };
  attend(HIPC_KV_CONTIGUOUS, 0, a.inputs());
  attend(HIPC_KV_RAGGED, 0, packed.inputs(a));
  for (int64_t page : {1, 16, 256})
    attend(HIPC_KV_PAGED, page, Pages(a, page, {96, 96}).inputs(a));
}

constexpr const char *kOneLevel =
    "boxes<block_q = 32, block_k = 2, levels = [(8, 16)], keep = 4>";

/// Programs of one attention: as it is, with kept summaries, and what makes
/// those.
struct SummaryPrograms {
  ProgramPtr search, with, summarize;
};

class StoredSummaries : public CapiTest {
protected:
  SummaryPrograms programsOf(hipc_kv_storage storage, int64_t page = 0) {
    hipc_attention attention = storedAttention(kOneLevel, storage, page);
    attention.sink = 8;
    ProgramPtr search = compile(engine.get(), attention);
    attention.has_summaries = 1;
    ProgramPtr with = compile(engine.get(), attention);
    hipc_program *made = nullptr;
    EXPECT_EQ(hipc_compile_summaries(engine.get(), &attention, &made), HIPC_OK)
        << hipc_last_error();
    return {std::move(search), std::move(with), ProgramPtr(made)};
  }

  EnginePtr engine = makeEngine();
  SmallArrays a;
};

/// Summaries of stored keys are read in place of the keys (S17b).
TEST_F(StoredSummaries, OfRaggedKeysAreRead) {
  Packed packed(a, {96, 41});
  SummaryPrograms programs = programsOf(HIPC_KV_RAGGED);
  run(programs.search, packed.inputs(a), {&a.out.tensor, &a.lse.tensor});
  std::vector<float> expected = a.out.data;
  Floats summaries({2, kHeads, packed.key.shape[0] / 8, 2, kSize}, kF32);
  std::ranges::fill(summaries.data, 0);
  auto given = packed.inputs(a);
  given.push_back(&summaries.tensor);
  run(programs.with, given, {&a.out.tensor, &a.lse.tensor});
  EXPECT_NE(a.out.data, expected);
  run(programs.summarize, {&packed.key.tensor, &packed.offsets.tensor},
      {&summaries.tensor});
  run(programs.with, given, {&a.out.tensor, &a.lse.tensor});
  EXPECT_EQ(a.out.data, expected);
}

/// Those of pages lie beside them, and are brought up to date in place (S17b).
TEST_F(StoredSummaries, LieBesidePages) {
  constexpr int64_t kBox = 8;
  for (int64_t page : {4, 8, 16}) {
    Pages pages(a, page, {96, 41});
    SummaryPrograms programs = programsOf(HIPC_KV_PAGED, page);
    EXPECT_EQ(hipc_program_inputs(programs.summarize.get()), 5);
    run(programs.search, pages.inputs(a), {&a.out.tensor, &a.lse.tensor});
    std::vector<float> expected = a.out.data;
    std::vector<int64_t> shape = {pages.key.shape[0],
                                  std::max<int64_t>(1, page / kBox), kHeads, 2,
                                  kSize};
    Floats kept(shape, kF32), other(shape, kF32);
    std::ranges::fill(kept.data, 0);
    auto given = pages.inputs(a);
    given.push_back(&kept.tensor);
    run(programs.with, given, {&a.out.tensor, &a.lse.tensor});
    EXPECT_NE(a.out.data, expected) << page;
    // A prompt, and what has come since.
    Ints first({2}, kI32);
    first.data = {50, 7};
    std::vector<float> before;
    for (auto [lengths, rows] :
         {std::pair(&first, 50), std::pair(&pages.lengths, 46)}) {
      Ints most({rows, 0}, kI32);
      before = kept.data;
      std::vector<const hipc_tensor *> inputs = {
          &pages.key.tensor, &pages.table.tensor, &lengths->tensor,
          &most.tensor, &kept.tensor};
      run(programs.summarize, inputs, {&other.tensor});
      EXPECT_EQ(kept.data, before) << page;
      run(programs.summarize, inputs, {&kept.tensor});
      EXPECT_EQ(kept.data, other.data) << page;
    }
    run(programs.with, given, {&a.out.tensor, &a.lse.tensor});
    EXPECT_EQ(a.out.data, expected) << page;
  }
}

TEST_F(StoredSummaries, OfFewerPagesAreRefused) {
  Pages pages(a, 16, {96, 41});
  SummaryPrograms programs = programsOf(HIPC_KV_PAGED, 16);
  auto refuses =
      [&](const ProgramPtr &program, std::vector<const hipc_tensor *> inputs,
          std::vector<const hipc_tensor *> outputs, const std::string &text) {
        EXPECT_EQ(hipc_run(program.get(), inputs.data(), int32_t(inputs.size()),
                           outputs.data(), int32_t(outputs.size()), nullptr, 0,
                           nullptr),
                  HIPC_INVALID);
        EXPECT_NE(std::string(hipc_last_error()).find(text), std::string::npos)
            << hipc_last_error();
      };
  Floats few({pages.key.shape[0] - 1, 2, kHeads, 2, kSize}, kF32);
  auto given = pages.inputs(a);
  given.push_back(&few.tensor);
  refuses(programs.with, given, {&a.out.tensor, &a.lse.tensor},
          "pass one for each page (S17b)");
  Ints most({4, 0}, kI32);
  refuses(programs.summarize,
          {&pages.key.tensor, &pages.table.tensor, &pages.lengths.tensor,
           &most.tensor, &few.tensor},
          {&few.tensor}, "pass one for each page (S17b)");
}

TEST_F(StoredSummaries, AreOfBoxesAndPagesThatDivideOneAnother) {
  hipc_attention attention = storedAttention(
      "boxes<block_q = 32, block_k = 2, levels = [(6, 18)], keep = 4>",
      HIPC_KV_PAGED, 16);
  attention.sink = 6;
  attention.has_summaries = 1;
  for (auto *compiled : {hipc_compile_summaries, hipc_compile_attention}) {
    hipc_program *program = nullptr;
    EXPECT_EQ(compiled(engine.get(), &attention, &program), HIPC_INVALID);
    EXPECT_NE(std::string(hipc_last_error())
                  .find("S17b: boxes of 6 keys and pages of 16; one of the two "
                        "has to divide the other"),
              std::string::npos)
        << hipc_last_error();
  }
}

/// Each entry has its own length, which may be 0 (S20).
TEST_F(CapiTest, EntriesHaveTheirLengths) {
  EnginePtr engine = makeEngine();
  SmallArrays a;
  for (const char *policy : {kTree, kDense}) {
    ProgramPtr alone =
        compile(engine.get(), storedAttention(policy, HIPC_KV_CONTIGUOUS));
    for (std::vector<int32_t> lengths :
         {std::vector{96, 41}, std::vector{7, 96}, std::vector{96, 0}}) {
      Pages pages(a, 16, lengths);
      Packed packed(a, lengths);
      ProgramPtr paged = compile(engine.get(),
                                 storedAttention(policy, HIPC_KV_PAGED, 16)),
                 ragged = compile(engine.get(),
                                  storedAttention(policy, HIPC_KV_RAGGED));
      for (auto [program, inputs] : {std::pair(&paged, pages.inputs(a)),
                                     std::pair(&ragged, packed.inputs(a))}) {
        run(*program, inputs, {&a.out.tensor, &a.lse.tensor});
        for (int64_t b = 0; b < 2; ++b)
          EXPECT_EQ(entryOf(a.out, b), attendAlone(alone, a, b, lengths[b]))
              << policy << " " << b << " " << lengths[b];
      }
      if (lengths[1] == 0)
        EXPECT_EQ(a.lse.data.back(), -std::numeric_limits<float>::infinity());
    }
  }
}

/// Keys of a page that is not there are skipped, in every row (S24).
TEST_F(CapiTest, PagesThatAreNotThereAreSkipped) {
  EnginePtr engine = makeEngine();
  hipc_attention attention = storedAttention(kDense, HIPC_KV_PAGED, 16);
  attention.not_causal = 1;
  ProgramPtr paged = compile(engine.get(), attention);
  attention = storedAttention(kDense, HIPC_KV_CONTIGUOUS);
  attention.not_causal = 1;
  ProgramPtr alone = compile(engine.get(), attention);
  SmallArrays a;
  for (int32_t page : {-1, 13, std::numeric_limits<int32_t>::min(),
                       std::numeric_limits<int32_t>::max()}) {
    Pages pages(a, 16, {96, 96});
    pages.table.data[1] = page;
    run(paged, pages.inputs(a), {&a.out.tensor, &a.lse.tensor});
    std::vector<float> expected =
        attendAlone(alone, a, 0, 96, [](int64_t j) { return j / 16 != 1; });
    for (size_t i = 0; i < expected.size(); ++i)
      ASSERT_NEAR(a.out.data[i], expected[i], 1e-6) << page << " " << i;
    EXPECT_EQ(entryOf(a.out, 1), attendAlone(alone, a, 1, 96));
  }
}

/// A tree that meets pages that are not there lists what it can, and stays
/// inside the arrays.
TEST_F(CapiTest, SearchesSkipPagesToo) {
  EnginePtr engine = makeEngine();
  ProgramPtr paged =
      compile(engine.get(), storedAttention(kTree, HIPC_KV_PAGED, 16));
  SmallArrays a;
  Pages pages(a, 16, {96, 96});
  std::ranges::fill(pages.table.data, 1 << 30);
  run(paged, pages.inputs(a), {&a.out.tensor, &a.lse.tensor});
  EXPECT_EQ(a.out.data, std::vector<float>(a.out.data.size(), 0.0f));
  EXPECT_EQ(a.lse.data,
            std::vector<float>(a.lse.data.size(),
                               -std::numeric_limits<float>::infinity()));
}

/// Lengths and offsets beyond what is stored are those of all that is (S24).
TEST_F(CapiTest, LengthsAreHeldToWhatIsStored) {
  EnginePtr engine = makeEngine();
  SmallArrays a;
  ProgramPtr paged =
      compile(engine.get(), storedAttention(kTree, HIPC_KV_PAGED, 16));
  Pages pages(a, 16, {96, 96});
  run(paged, pages.inputs(a), {&a.out.tensor, &a.lse.tensor});
  std::vector<float> right = a.out.data;
  pages.lengths.data = {97, std::numeric_limits<int32_t>::max()};
  pages.lengths.tensor.data = pages.lengths.data.data();
  run(paged, pages.inputs(a), {&a.out.tensor, &a.lse.tensor});
  EXPECT_EQ(a.out.data, right);
  pages.lengths.data[1] = -5;
  run(paged, pages.inputs(a), {&a.out.tensor, &a.lse.tensor});
  EXPECT_EQ(entryOf(a.out, 1), std::vector<float>(right.size() / 2, 0.0f));

  ProgramPtr ragged =
      compile(engine.get(), storedAttention(kTree, HIPC_KV_RAGGED));
  Packed packed(a, {96, 96});
  packed.offsets.data[0] = -7;
  packed.offsets.data[2] = 1 << 30;
  run(ragged, packed.inputs(a), {&a.out.tensor, &a.lse.tensor});
  EXPECT_EQ(a.out.data, right);
}

/// A prompt in the first rows of a query that is longer (S1).
TEST_F(CapiTest, PositionsFollowStorage) {
  EnginePtr engine = makeEngine();
  hipc_attention attention = storedAttention(kTree, HIPC_KV_PAGED, 16);
  ProgramPtr last = compile(engine.get(), attention);
  attention.has_positions = attention.scale_at_run = 1;
  ProgramPtr placed = compile(engine.get(), attention);
  EXPECT_EQ(hipc_program_inputs(placed.get()), 7);
  SmallArrays a;
  Pages pages(a, 16, {96, 41});
  Ints positions({2}, kI32);
  float scale = 0.25f;
  hipc_tensor number = {&scale, {1, 0}, 0, kF32, nullptr, nullptr, 0};
  auto attend = [&](int32_t second) {
    positions.data[1] = second;
    std::vector<const hipc_tensor *> inputs = pages.inputs(a);
    inputs.insert(inputs.end(), {&positions.tensor, &number});
    run(placed, inputs, {&a.out.tensor, &a.lse.tensor});
    return entryOf(a.out, 1);
  };
  std::vector<float> ends = attend(41 - 96), begins = attend(0);
  run(last, pages.inputs(a), {&a.out.tensor, &a.lse.tensor});
  EXPECT_EQ(entryOf(a.out, 1), ends);
  EXPECT_NE(begins, ends);
  // Row i of the first head sees keys up to i.
  const float *key = rowOf(a.value, 1, 0, 0);
  EXPECT_TRUE(std::equal(key, key + kSize, begins.data()));
}

/// A right call of paged keys, for cases to spoil.
struct PagedCall {
  PagedCall() : pages(a, 16, {96, 96}) {
    in = pages.inputs(a);
    std::ranges::fill(a.out.data, -7.0f);
  }

  SmallArrays a;
  Pages pages;
  std::vector<const hipc_tensor *> in;
};

struct StorageCase {
  const char *name;
  std::function<void(PagedCall &)> spoil;
  const char *text;
};

class BadStorage : public testing::TestWithParam<StorageCase> {
protected:
  static void SetUpTestSuite() {
    EnginePtr engine = makeBareEngine();
    hipc_attention attention = storedAttention(kTree, HIPC_KV_PAGED, 16);
    ASSERT_EQ(hipc_compile_attention(engine.get(), &attention, &program),
              HIPC_OK)
        << hipc_last_error();
  }
  static void TearDownTestSuite() { hipc_program_destroy(program); }

  static hipc_code call(const PagedCall &call) {
    const hipc_tensor *outs[] = {&call.a.out.tensor, &call.a.lse.tensor};
    return hipc_run(program, call.in.data(), int32_t(call.in.size()), outs, 2,
                    nullptr, 0, nullptr);
  }

  static hipc_program *program;
};
hipc_program *BadStorage::program = nullptr;

TEST_P(BadStorage, IsRefusedAndWritesNothing) {
  PagedCall right, wrong;
  ASSERT_EQ(call(right), HIPC_OK) << hipc_last_error();
  GetParam().spoil(wrong);
  EXPECT_EQ(call(wrong), HIPC_INVALID);
  EXPECT_NE(std::string(hipc_last_error()).find(GetParam().text),
            std::string::npos)
      << "'" << GetParam().text << "' is not in: " << hipc_last_error();
  EXPECT_EQ(wrong.a.out.data,
            std::vector<float>(wrong.a.out.data.size(), -7.0f));
}

const StorageCase kStorageCases[] = {
    {"TableOfFewerEntries", [](PagedCall &c) { c.pages.table.shape[0] = 1; },
     "input 3 has B = 1 in dimension 0, but input 0 has 2"},
    {"LengthsOfOtherBatch", [](PagedCall &c) { c.pages.lengths.shape[0] = 1; },
     "input 4 has B = 1 in dimension 0, but input 0 has 2"},
    {"TypeOfTable",
     [](PagedCall &c) { c.pages.table.tensor.dtype = {0, 64, 1}; },
     "input 3 has element type i64, but the program takes i32"},
    {"TypeOfLengths", [](PagedCall &c) { c.pages.lengths.tensor.dtype = kF32; },
     "input 4 has element type f32, but the program takes i32"},
    {"RankOfTable", [](PagedCall &c) { c.pages.table.tensor.ndim = 1; },
     "input 3 has rank 1"},
    {"PageOfValues",
     [](PagedCall &c) { c.pages.value.shape = {13 * 2, 8, kHeads, kSize}; },
     "input 2 has size 8 in dimension 1, but the program was compiled for 16"},
    {"PageOfKeys",
     [](PagedCall &c) { c.pages.key.shape = {13 / 2, 32, kHeads, kSize}; },
     "input 1 has size 32 in dimension 1, but the program was compiled for "
     "16"},
    {"HeadsOfKeys", [](PagedCall &c) { c.pages.key.shape[2] = 1; },
     "input 1 has size 1 in dimension 2, but the program was compiled for 2"},
    {"NoLengths", [](PagedCall &c) { c.in.pop_back(); },
     "passes 4 inputs, but the program takes 5"},
};
INSTANTIATE_TEST_SUITE_P(, BadStorage, testing::ValuesIn(kStorageCases),
                         [](const auto &info) { return info.param.name; });

TEST_F(CapiTest, OffsetsAreOnePerEntryAndOne) {
  EnginePtr engine = makeEngine();
  ProgramPtr program =
      compile(engine.get(), storedAttention(kTree, HIPC_KV_RAGGED));
  SmallArrays a;
  Packed packed(a, {96, 96});
  packed.offsets.shape[0] = 2;
  std::vector<const hipc_tensor *> in = packed.inputs(a);
  const hipc_tensor *outs[] = {&a.out.tensor, &a.lse.tensor};
  EXPECT_EQ(hipc_run(program.get(), in.data(), 4, outs, 2, nullptr, 0, nullptr),
            HIPC_INVALID);
  EXPECT_NE(std::string(hipc_last_error())
                .find("input 3 has offsets for B = 1 (one less than they are), "
                      "but input 0 has 2"),
            std::string::npos)
      << hipc_last_error();
}

/// Bits of float8_e5m2: the upper ones of f16, of n / 4.
uint8_t quarters(int n) {
  auto half = static_cast<_Float16>(float(n) / 4);
  uint16_t bits = 0;
  std::memcpy(&bits, &half, sizeof(bits));
  return uint8_t(bits >> 8);
}

/// Outputs have the bits of those of the numbers that are meant.
TEST_F(CapiTest, KeysOfEightBitsAreTheirNumbers) {
  constexpr hipc_dtype kF8E5M2 = {12, 8, 1};
  EnginePtr engine = makeEngine();
  SmallArrays a, wide;
  Array<uint8_t> key({2, 2, 96, 16}, kF8E5M2), value({2, 2, 96, 16}, kF8E5M2);
  Floats scales[] = {{{2}, kF32}, {{2}, kF32}};
  scales[0].data = {0.3f, 2.5f};
  scales[1].data = {1.5f, 0.01f};
  for (auto [narrow, meant, scale] :
       {std::tuple(&key, &wide.key, &scales[0]),
        std::tuple(&value, &wide.value, &scales[1])}) {
    scale->tensor.data = scale->data.data();
    for (size_t i = 0; i < narrow->data.size(); ++i) {
      int number = int(i * 7 % 9) - 4;
      narrow->data[i] = quarters(number);
      meant->data[i] = float(number) / 4 * scale->data[i / (96 * 16) % 2];
    }
  }
  hipc_attention attention = storedAttention(kTree, HIPC_KV_CONTIGUOUS);
  ProgramPtr ofWide = compile(engine.get(), attention);
  attention.kv_dtype = kF8E5M2;
  attention.has_kv_scales = 1;
  ProgramPtr ofNarrow = compile(engine.get(), attention);
  const hipc_tensor *in[] = {&a.query.tensor, &key.tensor, &value.tensor,
                             &scales[0].tensor, &scales[1].tensor},
                    *outs[] = {&a.out.tensor, &a.lse.tensor},
                    *wideIn[] = {&wide.query.tensor, &wide.key.tensor,
                                 &wide.value.tensor},
                    *wideOuts[] = {&wide.out.tensor, &wide.lse.tensor};
  ASSERT_EQ(hipc_run(ofNarrow.get(), in, 5, outs, 2, nullptr, 0, nullptr),
            HIPC_OK)
      << hipc_last_error();
  ASSERT_EQ(hipc_run(ofWide.get(), wideIn, 3, wideOuts, 2, nullptr, 0, nullptr),
            HIPC_OK)
      << hipc_last_error();
  EXPECT_EQ(a.out.data, wide.out.data);
  EXPECT_EQ(a.lse.data, wide.lse.data);
}

} // namespace
} // namespace hipc_test
