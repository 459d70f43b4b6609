//===- AttentionArguments.cpp - Which attention the command line describes
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionArguments.h"

#include "tools/support/AttentionFlags.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

namespace cl = llvm::cl;
using namespace hipc;
using llvm::StringRef;

namespace hip_compile {

cl::OptionCategory &flagCategory() {
  static cl::OptionCategory category("hip-compile options");
  return category;
}

cl::SubCommand &attentionCommand() {
  static cl::SubCommand attention("attention",
                                  "Attention under a pruning policy, for "
                                  "arrays [B, heads, T, D] of any B and T");
  return attention;
}

namespace {

cl::OptionCategory &category = flagCategory();
cl::SubCommand &attention = attentionCommand();

/// What a caller may give beside q, k and v.
enum class Input { Positions, List, Summaries, Scales, Scale, Sink, Window };

/// An option of `hip-compile attention`.
template <typename T> struct AttentionOpt : hip_tool::Flag<T> {
  template <typename... Mods>
  AttentionOpt(StringRef name, StringRef help, const Mods &...mods)
      : hip_tool::Flag<T>(category, attention, name, help, mods...) {}
};

const auto kCount = cl::value_desc("count");

hip_tool::AttentionFlags attentionFlags(category, attention);
AttentionOpt<std::string> dtype("dtype", "f16, bf16 (default) or f32",
                                cl::init("bf16"), cl::value_desc("type"));
AttentionOpt<std::string>
    kvDtype("kv-dtype",
            "of keys and values, f8E4M3FN or f8E5M2 (default: as --dtype)",
            cl::value_desc("type"));
AttentionOpt<int64_t> queryHeads("query-heads", "query heads (default: 32)",
                                 cl::init(32), kCount);
AttentionOpt<int64_t> kvHeads("kv-heads", "key and value heads (default: 8)",
                              cl::init(8), kCount);
AttentionOpt<int64_t> headSize("head-size", "D (default: 128)", cl::init(128),
                               cl::value_desc("size"));
AttentionOpt<int64_t> valueSize("value-size", "Dv (default: D)",
                                cl::value_desc("size"));
AttentionOpt<int64_t> batch("batch", "B (default: any)", kCount);
AttentionOpt<bool>
    queryOffsets("query-offsets",
                 "queries are packed, [1, Hq, T, D]: the rows of all batch "
                 "entries one after another; two more inputs are offsets "
                 "[B + 1] and an array [Tq, 0], where Tq is the most rows of "
                 "an entry");
AttentionOpt<bool> keyOffsets("key-offsets",
                              "keys and values are packed, [T, Hkv, D]; "
                              "offsets [B + 1] are another input");
AttentionOpt<int64_t>
    pageSize("page-size",
             "keys and values are in pages of so many keys, [P, page, Hkv, "
             "D]; a table [B, pages] and lengths [B] are more inputs",
             cl::value_desc("keys"));
cl::list<Input, bool, hip_tool::Parser<Input>> inputs(
    "inputs", cl::CommaSeparated, cl::cat(category), cl::sub(attention),
    cl::desc("more inputs, separated by commas"),
    cl::values(clEnumValN(Input::Positions, "positions",
                          "of the first row of each batch entry"),
               clEnumValN(Input::List, "list",
                          "blocks and counts, in place of a search"),
               clEnumValN(Input::Summaries, "summaries",
                          "of the keys, for the boxes of the policy"),
               clEnumValN(Input::Scales, "kv-scales",
                          "of keys and of values of 8 bits, for each head"),
               clEnumValN(Input::Scale, "scale", "in place of --scale"),
               clEnumValN(Input::Sink, "sink", "in place of --sink"),
               clEnumValN(Input::Window, "window", "in place of --window")));
cl::list<int64_t, bool, hip_tool::NumberParser<int64_t>> refresh(
    "refresh", cl::CommaSeparated, cl::cat(category), cl::sub(attention),
    cl::desc("a call is a decode step, which searches each part of the policy "
             "every so many steps; the number of the step and the kept lists "
             "are more inputs"),
    cl::value_desc("steps"));
AttentionOpt<bool> lse("lse", "also return the log-sum-exp");
AttentionOpt<bool> list("list", "also return blocks and counts");
AttentionOpt<bool> summarize("summarize",
                             "compile the program that makes summaries "
                             "of keys, instead of attention");

} // namespace

constexpr int64_t kMostKeys = std::numeric_limits<int32_t>::max();

static bool takes(Input input) { return llvm::is_contained(inputs, input); }

/// Sizes and positions are i32 (S5).
static Status checkPositive(const hip_tool::Option<int64_t> &flag) {
  return hip_tool::checkRange(flag, 1, kMostKeys);
}

static Expected<DType> readType() {
  std::optional<DType> parsed = parseDType(dtype.getValue());
  if (parsed && isAttended(*parsed))
    return *parsed;
  return error(Code::Invalid, "--dtype ", dtype.getValue(),
               ", but attention takes ", attendedNames(), " (S24)");
}

/// Of keys and values, where queries have `type`.
static Expected<DType> readStoredType(DType type) {
  bool isGiven = kvDtype.getNumOccurrences();
  std::optional<DType> parsed =
      isGiven ? parseDType(kvDtype.getValue()) : std::optional(type);
  bool isNarrow = parsed == DType::F8E4M3 || parsed == DType::F8E5M2;
  if (!isNarrow && parsed != type)
    return error(Code::Invalid, "--kv-dtype ", kvDtype.getValue(),
                 ", but it has to be ", dtypeName(DType::F8E4M3), ", ",
                 dtypeName(DType::F8E5M2), ", or that of --dtype, ",
                 dtypeName(type), " (S23b)");
  if (!isNarrow && takes(Input::Scales))
    return error(Code::Invalid, "--inputs kv-scales, but keys of ",
                 dtypeName(type),
                 " have no scales; leave it out, or give "
                 "--kv-dtype a type of 8 bits (S23b)");
  return *parsed;
}

/// Two flags that cannot be given together.
static Status checkApart(bool one, std::string_view oneName, bool other,
                         std::string_view otherName, std::string_view why) {
  if (!one || !other)
    return {};
  return error(Code::Invalid, oneName, " and ", otherName, " are given, but ",
               why, "; leave one of them out");
}

static Status checkSizes() {
  for (const auto *flag : {&queryHeads, &kvHeads, &headSize})
    HIPC_RETURN_IF_ERROR(checkPositive(*flag));
  for (const auto *flag : {&valueSize, &batch, &pageSize})
    if (flag->getNumOccurrences())
      HIPC_RETURN_IF_ERROR(checkPositive(*flag));
  if (queryHeads % kvHeads != 0)
    return error(Code::Invalid, "--query-heads ", queryHeads.getValue(),
                 " is not a multiple of --kv-heads ", kvHeads.getValue(),
                 " (S24)");
  if (pageSize.getNumOccurrences() && !llvm::has_single_bit<uint64_t>(pageSize))
    return error(Code::Invalid, "--page-size ", pageSize.getValue(),
                 ", but it has to be a power of two, such as 16 (S23)");
  for (int64_t steps : refresh)
    if (steps < 1)
      return error(Code::Invalid, "--refresh ", steps,
                   ", but the least is 1, a search in each step (S17)");
  return {};
}

static Status checkTogether(const AttentionProgram &program) {
  bool isPaged = pageSize.getNumOccurrences();
  HIPC_RETURN_IF_ERROR(checkApart(keyOffsets, "--key-offsets", isPaged,
                                  "--page-size",
                                  "keys are stored in one way (S23)"));
  if (queryOffsets && (keyOffsets || isPaged) && batch.getNumOccurrences())
    return error(Code::Invalid, "--batch ", batch.getValue(),
                 " is given, but --query-offsets and ",
                 isPaged ? "--page-size" : "--key-offsets",
                 " leave no array with a batch; leave it out");
  bool keeps = !refresh.empty(), givesOrTakes = list || takes(Input::List);
  const char *lists = list ? "--list" : "--inputs list";
  for (const Status &status :
       {checkApart(takes(Input::List), "--inputs list", list, "--list",
                   "a list that the caller has is not given back"),
        checkApart(keeps, "--refresh", givesOrTakes, lists,
                   "steps keep the lists of each part (S17)"),
        checkApart(takes(Input::List), "--inputs list", takes(Input::Summaries),
                   "--inputs summaries",
                   "with a list nothing is searched (S17b)"),
        checkApart(takes(Input::Scale), "--inputs scale",
                   program.scale.has_value(), "--scale",
                   "the scale is an input or a constant"),
        checkApart(takes(Input::Sink), "--inputs sink", program.sink != 0,
                   "--sink", "sinks are an input or a constant"),
        checkApart(takes(Input::Window), "--inputs window", program.window != 0,
                   "--window", "the window is an input or a constant")})
    HIPC_RETURN_IF_ERROR(status);
  return {};
}

/// Keys or values of this size and type.
static TensorSpec stored(DType type, int64_t last) {
  if (keyOffsets)
    return {"", type, {kDynamic, kvHeads, last}};
  if (pageSize.getNumOccurrences())
    return {"", type, {kDynamic, pageSize, kvHeads, last}};
  int64_t entries = batch.getNumOccurrences() ? batch : kDynamic;
  return {"", type, {entries, kvHeads, kDynamic, last}};
}

static void readInputs(AttentionProgram &program) {
  program.takesPositions = takes(Input::Positions);
  program.takesList = takes(Input::List);
  program.takesSummaries = takes(Input::Summaries);
  program.takesKvScales = takes(Input::Scales);
  program.takesScale = takes(Input::Scale);
  program.takesSink = takes(Input::Sink);
  program.takesWindow = takes(Input::Window);
  program.packsQueries = queryOffsets;
}

Expected<AttentionProgram> readAttention() {
  Expected<AttentionProgram> program = attentionFlags.read();
  if (!program)
    return program;
  Expected<DType> type = readType();
  if (!type)
    return type.status();
  Expected<DType> storedType = readStoredType(*type);
  if (!storedType)
    return storedType.status();
  HIPC_RETURN_IF_ERROR(checkSizes());
  HIPC_RETURN_IF_ERROR(checkTogether(*program));
  int64_t entries = batch.getNumOccurrences() ? batch : kDynamic;
  program->query = {
      "", *type, {queryOffsets ? 1 : entries, queryHeads, kDynamic, headSize}};
  program->key = stored(*storedType, headSize);
  program->value =
      stored(*storedType, valueSize.getNumOccurrences() ? valueSize : headSize);
  if (keyOffsets)
    program->storage = KvStorage::Ragged;
  if (pageSize.getNumOccurrences())
    program->storage = KvStorage::Paged;
  readInputs(*program);
  program->refresh.assign(refresh.begin(), refresh.end());
  program->makesSummaries = summarize;
  program->lse = lse;
  program->list = list;
  return program;
}

} // namespace hip_compile
