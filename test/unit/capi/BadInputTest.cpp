//===- BadInputTest.cpp - What the C API refuses, and how
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CapiTest.h"

#include <functional>
#include <limits>

namespace hipc_test {
namespace {

constexpr const char *kDense = "dense<block_q = 32>";
constexpr const char *kScoreHead =
    "^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):\n";

/// The code with fragments of the text that the thread has of the error.
void expectError(hipc_code got, hipc_code code,
                 std::initializer_list<std::string_view> parts) {
  EXPECT_EQ(got, code) << hipc_last_error();
  std::string text = hipc_last_error();
  for (std::string_view part : parts)
    EXPECT_NE(text.find(part), std::string::npos)
        << "'" << part << "' is not in: " << text;
}

//===----------------------------------------------------------------------===//
// Engines
//===----------------------------------------------------------------------===//

struct EngineCase {
  const char *name;
  std::function<void(hipc_engine_options &)> spoil;
  hipc_code code;
  const char *text;
};

class BadEngine : public testing::TestWithParam<EngineCase> {};

TEST_P(BadEngine, IsRefused) {
  ::setenv("HIPC_CUDA_LIBRARY", "/none/libcuda.so", 1);
  hipc_engine_options options = {};
  options.size = sizeof(options);
  options.device = "cpu";
  options.cache = "";
  GetParam().spoil(options);
  hipc_engine *engine = reinterpret_cast<hipc_engine *>(1);
  expectError(hipc_engine_create(&options, &engine), GetParam().code,
              {GetParam().text});
  EXPECT_EQ(engine, nullptr);
}

const EngineCase kEngineCases[] = {
    {"NoSize", [](auto &o) { o.size = 0; }, HIPC_INVALID,
     "hipc_engine_options.size is 0; set it to sizeof(hipc_engine_options)"},
    {"WildSize", [](auto &o) { o.size = size_t(-1); }, HIPC_INVALID,
     "hipc_engine_options.size is 18446744073709551615"},
    {"Device", [](auto &o) { o.device = "tpu"; }, HIPC_INVALID,
     "device 'tpu' is not one of auto, cpu, cuda"},
    {"DeviceNumber", [](auto &o) { o.device = "cuda:x"; }, HIPC_INVALID,
     "device 'cuda:x'"},
    {"NegativeDevice", [](auto &o) { o.device = "cuda:-1"; }, HIPC_INVALID,
     "device 'cuda:-1'"},
    {"TrailingText", [](auto &o) { o.device = "cuda:0 "; }, HIPC_INVALID,
     "device 'cuda:0 '"},
    {"NoDriver", [](auto &o) { o.device = "cuda"; }, HIPC_NOT_FOUND,
     "no CUDA driver: /none/libcuda.so"},
    {"NegativeThreads", [](auto &o) { o.threads = -1; }, HIPC_INVALID,
     "threads is -1"},
    {"TooManyThreads", [](auto &o) { o.threads = 1 << 20; }, HIPC_INVALID,
     "threads is 1048576, but there are 1 to 4096"},
    {"NegativeBytes", [](auto &o) { o.cache_bytes = -1; }, HIPC_INVALID,
     "cache_bytes is -1"},
    {"BytesThenDevice",
     [](auto &o) {
       o.cache_bytes = -1;
       o.device = "tpu";
     },
     HIPC_INVALID, "cache_bytes is -1"},
    {"DeviceThenThreads",
     [](auto &o) {
       o.device = "tpu";
       o.threads = -1;
     },
     HIPC_INVALID, "device 'tpu'"},
    {"ThreadsThenCache",
     [](auto &o) {
       o.threads = -1;
       o.cache = "/tmp"; // others may write to it
     },
     HIPC_INVALID, "threads is -1"},
};
INSTANTIATE_TEST_SUITE_P(, BadEngine, testing::ValuesIn(kEngineCases),
                         [](auto &info) { return info.param.name; });

TEST(BadEngines, NullHandle) {
  expectError(hipc_engine_create(nullptr, nullptr), HIPC_INVALID,
              {"'engine' is null"});
}

TEST(Sizes, NewerCallersLeaveWhatIsUnknownAtZero) {
  struct {
    hipc_engine_options known;
    char more[16];
  } options = {};
  options.known.size = sizeof(options);
  options.known.device = "cpu";
  options.known.cache = "";
  hipc_engine *engine = nullptr;
  EXPECT_EQ(hipc_engine_create(&options.known, &engine), HIPC_OK)
      << hipc_last_error();
  hipc_engine_destroy(engine);
  options.more[15] = 1;
  expectError(hipc_engine_create(&options.known, &engine), HIPC_INVALID,
              {"but library " HIPC_TEST_VERSION " knows", "the rest is not 0"});
}

TEST(Sizes, OlderCallersGetDefaults) {
  hipc_engine_options options = {};
  options.size = offsetof(hipc_engine_options, cache_bytes);
  options.device = "cpu";
  options.cache = "";
  options.threads = -1; // past the size: not read
  hipc_engine *engine = nullptr;
  EXPECT_EQ(hipc_engine_create(&options, &engine), HIPC_OK)
      << hipc_last_error();
  hipc_engine_destroy(engine);
}

//===----------------------------------------------------------------------===//
// Descriptors and texts
//===----------------------------------------------------------------------===//

struct AttentionCase {
  const char *name;
  std::function<void(hipc_attention &)> spoil;
  const char *text;
};

class BadAttention : public CapiTest,
                     public testing::WithParamInterface<AttentionCase> {};

TEST_P(BadAttention, IsRefused) {
  EnginePtr engine = makeEngine();
  hipc_attention attention = smallAttention(kDense);
  GetParam().spoil(attention);
  hipc_program *program = reinterpret_cast<hipc_program *>(1);
  expectError(hipc_compile_attention(engine.get(), &attention, &program),
              HIPC_INVALID, {GetParam().text});
  EXPECT_EQ(program, nullptr);
  char *text = nullptr;
  expectError(hipc_attention_text(&attention, &text), HIPC_INVALID,
              {GetParam().text});
  EXPECT_EQ(text, nullptr);
  // The caller wrote no op.
  EXPECT_EQ(std::string(hipc_last_error()).find("' op "), std::string::npos);
}

const AttentionCase kAttentionCases[] = {
    {"NoSize", [](auto &a) { a.size = 0; }, "hipc_attention.size is 0"},
    {"NoDtype", [](auto &a) { a.dtype = {}; },
     "dtype is (code 0, bits 0, lanes 0)"},
    {"Integers", [](auto &a) { a.dtype = kI32; },
     "dtype is i32, but it has to be f16, bf16 or f32"},
    {"Lanes", [](auto &a) { a.dtype.lanes = 4; }, "lanes 4"},
    {"NoHeads", [](auto &a) { a.query_heads = 0; }, "query_heads is 0"},
    {"NoKvHeads", [](auto &a) { a.kv_heads = -2; }, "kv_heads is -2"},
    {"Groups", [](auto &a) { a.query_heads = 5; },
     "query_heads is 5, but it has to be a multiple of kv_heads, which is 2"},
    {"HeadSize", [](auto &a) { a.head_size = 0; }, "head_size is 0"},
    {"ValueSize", [](auto &a) { a.value_size = -1; }, "value_size is -1"},
    {"Storage", [](auto &a) { a.kv_storage = hipc_kv_storage(3); },
     "kv_storage is 3, but it has to be 0, 1 or 2"},
    {"HeadsOfPages",
     [](auto &a) {
       a.kv_storage = HIPC_KV_RAGGED;
       a.query_heads = a.kv_heads = int64_t(1) << 31;
     },
     "kv_heads is 2147483648, but keys in pages or one after another have at "
     "most 2147483647"},
    {"PageOfAnArray", [](auto &a) { a.page_size = 16; },
     "page_size is 16, but kv_storage is 0"},
    {"NoPage", [](auto &a) { a.kv_storage = HIPC_KV_PAGED; },
     "page_size is 0, but it has to be a power of two"},
    {"OddPage",
     [](auto &a) {
       a.kv_storage = HIPC_KV_PAGED;
       a.page_size = 24;
     },
     "page_size is 24, but it has to be a power of two"},
    {"LargePage",
     [](auto &a) {
       a.kv_storage = HIPC_KV_PAGED;
       a.page_size = int64_t(1) << 31;
     },
     "page_size is 2147483648, but it has to be a power of two of at most "
     "1073741824"},
    {"TypeOfKeys", [](auto &a) { a.kv_dtype = kF16; },
     "kv_dtype is f16, but it has to be f8E4M3FN, f8E5M2, or all 0, which "
     "stands for dtype, f32"},
    {"ScalesOfKeys", [](auto &a) { a.has_kv_scales = 1; },
     "has_kv_scales is 1, but numbers of f32 have no scales"},
    {"NoPolicy", [](auto &a) { a.policy = nullptr; }, "policy is null"},
    {"EmptyPolicy", [](auto &a) { a.policy = ""; }, "policy ''"},
    {"UnknownPolicy", [](auto &a) { a.policy = "forest<block_q = 32>"; },
     "policy 'forest<block_q = 32>': there are hip, tree, stages, boxes, "
     "window, dense, union"},
    {"PartOfAnotherKind", [](auto &a) { a.policy = "union<[tree, forest]>"; },
     "policy 'union<[tree, forest]>': 'forest' is no policy"},
    {"PartsOfOtherRows",
     [](auto &a) { a.policy = "union<[tree, boxes<block_q = 32>]>"; },
     "S14c: a part has block_q = 32, but the first has 64"},
    {"ListsOfADensePart",
     [](auto &a) {
       a.policy = "union<[tree, dense]>";
       a.returns_lists = 1;
     },
     "policy 'union<[tree, dense]>': makes no lists"},
    {"NoEndOfBrackets",
     [](auto &a) {
       static const std::string text = [] {
         std::string made;
         for (int i = 0; i < 100000; ++i)
           made += "union<[";
         return made;
       }();
       a.policy = text.c_str();
     },
     "policy: has brackets in brackets, more than 64 deep"},
    {"PolicyPrefix", [](auto &a) { a.policy = "#hip.#hip.tree"; },
     "policy '#hip.#hip.tree': there are hip, tree"},
    {"PolicyOfAnotherKind",
     [](auto &a) { a.policy = "band<block_q = 32, chunk = 2>"; },
     "policy 'band<block_q = 32, chunk = 2>': there are hip, tree"},
    {"ListsOfDense",
     [](auto &a) {
       a.policy = "dense<block_q = 32>";
       a.returns_lists = 1;
     },
     "policy 'dense<block_q = 32>': makes no lists"},
    {"PolicyParameter", [](auto &a) { a.policy = "dense<block = 32>"; },
     "policy 'dense<block = 32>'"},
    {"PolicyValue", [](auto &a) { a.policy = "dense<block_q = -1>"; },
     "policy 'dense<block_q = -1>'"},
    {"PolicyTail", [](auto &a) { a.policy = "dense<block_q = 32> {}"; },
     "policy 'dense<block_q = 32> {}'"},
    {"KeepOfTree",
     [](auto &a) { a.policy = "tree<block_q = 32, block_k = 2, keep = 3>"; },
     "keep"},
    {"ListHeads", [](auto &a) { a.list_heads = hipc_list_heads(3); },
     "list_heads is 3"},
    {"Sink", [](auto &a) { a.sink = -1; }, "hipc_attention.sink is -1"},
    {"SinkOfTree",
     [](auto &a) {
       a.policy = "tree<block_q = 32, block_k = 2, keep = 4>";
       a.sink = 3;
       a.returns_lists = 1;
     },
     "S3: sink = 3 is not a multiple of block_k = 2; use 4"},
    {"Window", [](auto &a) { a.window = int64_t{1} << 31; },
     "hipc_attention.window is 2147483648, but it has to be at least 0 and at "
     "most 2147483647"},
    {"Scale",
     [](auto &a) {
       a.has_scale = 1;
       a.scale = std::numeric_limits<float>::quiet_NaN();
     },
     "hipc_attention.scale is nan, but it has to be finite"},
    {"ScaleTwice",
     [](auto &a) {
       a.has_scale = a.scale_at_run = 1;
       a.scale = 0.5f;
     },
     "has scale = 0.5"},
    {"Softcap", [](auto &a) { a.softcap = -1; },
     "hipc_attention.softcap is -1.000000"},
    {"ListsTwice", [](auto &a) { a.has_lists = a.returns_lists = 1; },
     "has both has_lists and returns_lists"},
    {"SummariesAndLists", [](auto &a) { a.has_lists = a.has_summaries = 1; },
     "has both has_lists and has_summaries"},
    {"SummariesOfATree",
     [](auto &a) {
       a.policy = "tree<block_q = 32, block_k = 2, keep = 4>";
       a.has_summaries = 1;
     },
     "has no boxes, so it reads no summaries; name one that has"},
    {"ScoreText", [](auto &a) { a.score = "hello"; }, "score:1:"},
    {"ScoreArguments",
     [](auto &a) { a.score = "^bb0(%s: f32):\n  hip.yield %s : f32"; },
     "S18: the score region takes"},
    {"ScoreReads",
     [](auto &a) {
       a.score = "^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, "
                 "%a: tensor<3xf32>):\n  hip.yield %s : f32";
     },
     "S18: argument 5 of the score region is tensor<3xf32>, but what follows"},
    {"ScoreEnd",
     [](auto &a) {
       static const std::string text =
           std::string(kScoreHead) + "  %t = arith.addf %s, %s : f32";
       a.score = text.c_str();
     },
     "S18"},
    {"ScoreName",
     [](auto &a) {
       static const std::string text = std::string(kScoreHead) +
                                       "  %t = arith.addf %s, %x : f32\n"
                                       "  hip.yield %t : f32";
       a.score = text.c_str();
     },
     "score:2:"},
    {"ScoreAndMore", [](auto &a) { a.score = "}) : () -> ()\n\"x.y\"() ({"; },
     "score"},
    {"ScoreAndSoftcap",
     [](auto &a) {
       static const std::string text =
           std::string(kScoreHead) + "  hip.yield %s : f32";
       a.score = text.c_str();
       a.softcap = 2;
     },
     "S18: takes softcap or a score region, not both"},
};
INSTANTIATE_TEST_SUITE_P(, BadAttention, testing::ValuesIn(kAttentionCases),
                         [](auto &info) { return info.param.name; });

/// Faults in the order in which they are told; each is made with the one after
/// it.
const AttentionCase kAttentionOrder[] = {
    {"Policy", [](auto &a) { a.policy = nullptr; }, "policy is null"},
    {"ListHeads", [](auto &a) { a.list_heads = hipc_list_heads(3); },
     "list_heads is 3"},
    {"Dtype", [](auto &a) { a.dtype = kI32; }, "dtype is i32"},
    {"ScaleTwice", [](auto &a) { a.has_scale = a.scale_at_run = 1; },
     "and scale_at_run"},
    {"SinkTwice", [](auto &a) { a.sink = a.sink_at_run = 1; },
     "has sink = 1 and sink_at_run"},
    {"WindowTwice", [](auto &a) { a.window = a.window_at_run = 1; },
     "has window = 1 and window_at_run"},
    {"ListsTwice", [](auto &a) { a.has_lists = a.returns_lists = 1; },
     "has both has_lists"},
    {"SummariesAndLists", [](auto &a) { a.has_lists = a.has_summaries = 1; },
     "and has_summaries"},
    {"QueryHeads", [](auto &a) { a.query_heads = -3; }, "query_heads is -3"},
    {"KvHeads", [](auto &a) { a.kv_heads = 0; }, "kv_heads is 0"},
    {"HeadSize", [](auto &a) { a.head_size = 0; }, "head_size is 0"},
    {"ValueSize", [](auto &a) { a.value_size = -1; }, "value_size is -1"},
    {"Groups", [](auto &a) { a.query_heads = 5; }, "query_heads is 5"},
    {"Scale",
     [](auto &a) {
       a.has_scale = 1;
       a.scale = std::numeric_limits<float>::infinity();
     },
     "scale is inf"},
    {"Softcap", [](auto &a) { a.softcap = -1; }, "softcap is -1"},
    {"Sink", [](auto &a) { a.sink = -1; }, "sink is -1"},
    {"Window", [](auto &a) { a.window = -1; }, "window is -1"},
    {"Storage", [](auto &a) { a.page_size = -1; }, "page_size is -1"},
};

TEST(BadAttentions, TheFirstOfTwoFaultsIsTold) {
  for (size_t i = 0; i + 1 < std::size(kAttentionOrder); ++i) {
    SCOPED_TRACE(kAttentionOrder[i].name);
    hipc_attention attention = smallAttention(kDense);
    for (size_t fault : {i, i + 1})
      kAttentionOrder[fault].spoil(attention);
    char *text = nullptr;
    expectError(hipc_attention_text(&attention, &text), HIPC_INVALID,
                {kAttentionOrder[i].text});
  }
}

struct TextCase {
  const char *name, *text, *entry;
  hipc_code code;
  const char *message;
};

class BadText : public CapiTest,
                public testing::WithParamInterface<TextCase> {};

TEST_P(BadText, IsRefusedWithItsPlace) {
  EnginePtr engine = makeEngine();
  hipc_program *program = reinterpret_cast<hipc_program *>(1);
  std::string text = GetParam().text;
  expectError(hipc_compile(engine.get(), text.data(), text.size(),
                           GetParam().entry, &program),
              GetParam().code, {GetParam().message});
  EXPECT_EQ(program, nullptr);
}

constexpr const char *kTwoFunctions =
    "func.func @f(%a: tensor<2xf32>) -> tensor<2xf32> {\n"
    "  return %a : tensor<2xf32>\n}\n"
    "func.func @g(%a: tensor<2xf32>) -> tensor<2xf32> {\n"
    "  return %a : tensor<2xf32>\n}\n";
const TextCase kTextCases[] = {
    {"Empty", "", nullptr, HIPC_INVALID, "0 public functions"},
    {"Syntax", "func.func @f() {\n  retrun\n}\n", nullptr, HIPC_INVALID,
     "program:2:"},
    {"Types",
     "func.func @f(%a: tensor<2xf32>) -> tensor<3xf32> {\n"
     "  return %a : tensor<2xf32>\n}\n",
     nullptr, HIPC_INVALID, "program:2:3:"},
    {"NoEntry", kTwoFunctions, nullptr, HIPC_INVALID,
     "2 public functions [@f, @g]"},
    {"UnknownEntry", kTwoFunctions, "h", HIPC_NOT_FOUND,
     "no public function @h"},
    {"NotTensors", "func.func @f(%a: i64) -> i64 {\n  return %a : i64\n}\n",
     nullptr, HIPC_UNSUPPORTED,
     "input 0 of the entry is i64, but it has to be f32, i32 or a ranked"},
    {"NumberOut", "func.func @f(%a: f32) -> f32 {\n  return %a : f32\n}\n",
     nullptr, HIPC_UNSUPPORTED,
     "output 0 of the entry is f32, but it has to be a ranked"},
    {"Op",
     "func.func @f(%q: tensor<1x4x?x16xf32>, %k: tensor<1x3x?x16xf32>,\n"
     "             %o: tensor<1x4x?x16xf32>) -> tensor<1x4x?x16xf32> {\n"
     "  %r = hip.attention ins(%q, %k, %k : tensor<1x4x?x16xf32>,\n"
     "    tensor<1x3x?x16xf32>, tensor<1x3x?x16xf32>)\n"
     "    outs(%o : tensor<1x4x?x16xf32>) policy #hip.dense<block_q = 64>\n"
     "    {causal} -> tensor<1x4x?x16xf32>\n"
     "  return %r : tensor<1x4x?x16xf32>\n}\n",
     nullptr, HIPC_INVALID, "program:3:8:"},
};
INSTANTIATE_TEST_SUITE_P(, BadText, testing::ValuesIn(kTextCases),
                         [](auto &info) { return info.param.name; });

TEST_F(CapiTest, RefusesNullsToCompile) {
  EnginePtr engine = makeEngine();
  hipc_attention attention = smallAttention(kDense);
  hipc_program *program = nullptr;
  char *text = nullptr;
  expectError(hipc_compile(nullptr, "", 0, nullptr, &program), HIPC_INVALID,
              {"'engine' is null"});
  expectError(hipc_compile(engine.get(), nullptr, 0, nullptr, &program),
              HIPC_INVALID, {"'text' is null"});
  expectError(hipc_compile(engine.get(), "", 0, nullptr, nullptr), HIPC_INVALID,
              {"'program' is null"});
  expectError(hipc_compile(nullptr, nullptr, 0, nullptr, &program),
              HIPC_INVALID, {"'engine' is null"});
  expectError(hipc_compile(nullptr, nullptr, 0, nullptr, nullptr), HIPC_INVALID,
              {"'program' is null"});
  expectError(hipc_load(nullptr, "", 0, &program), HIPC_INVALID,
              {"'engine' is null"});
  expectError(hipc_load(engine.get(), nullptr, 0, &program), HIPC_INVALID,
              {"'package' is null"});
  expectError(hipc_load(engine.get(), "", 0, nullptr), HIPC_INVALID,
              {"'program' is null"});
  expectError(hipc_load(engine.get(), "", 0, &program), HIPC_CORRUPT, {});
  expectError(hipc_compile_attention(nullptr, nullptr, &program), HIPC_INVALID,
              {"'engine' is null"});
  expectError(hipc_compile_attention(nullptr, nullptr, nullptr), HIPC_INVALID,
              {"'program' is null"});
  expectError(hipc_compile_attention(nullptr, &attention, &program),
              HIPC_INVALID, {"'engine' is null"});
  expectError(hipc_compile_attention(engine.get(), nullptr, &program),
              HIPC_INVALID, {"'attention' is null"});
  expectError(hipc_compile_attention(engine.get(), &attention, nullptr),
              HIPC_INVALID, {"'program' is null"});
  expectError(hipc_compile_summaries(nullptr, &attention, &program),
              HIPC_INVALID, {"'engine' is null"});
  expectError(hipc_compile_summaries(engine.get(), nullptr, &program),
              HIPC_INVALID, {"'attention' is null"});
  expectError(hipc_compile_summaries(engine.get(), &attention, nullptr),
              HIPC_INVALID, {"'program' is null"});
  expectError(hipc_attention_text(nullptr, &text), HIPC_INVALID,
              {"'attention' is null"});
  expectError(hipc_attention_text(&attention, nullptr), HIPC_INVALID,
              {"'text' is null"});
  expectError(hipc_program_explain(nullptr, &text), HIPC_INVALID,
              {"'program' is null"});
  expectError(hipc_program_explain(nullptr, nullptr), HIPC_INVALID,
              {"'text' is null"});
  expectError(hipc_attention_text(nullptr, nullptr), HIPC_INVALID,
              {"'text' is null"});
}

} // namespace
} // namespace hipc_test
