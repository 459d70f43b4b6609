//===- Arguments.cpp - What the command line asks for
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"

#include "tools/support/DebugTags.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CommandLine.h"

using llvm::StringRef;
namespace cl = llvm::cl;
using namespace hipc;

namespace hip_run {

namespace {
cl::OptionCategory category("hip-run options");
cl::SubCommand attention("attention",
                         "Attention under a pruning policy, from "
                         "arrays [B, heads, T, D] or [heads, T, D]");
// Not the top level, which LLVM's own options share.
cl::SubCommand run("run",
                   "A program on arrays; the word 'run' may be left out");

/// An option of `hip-run attention`.
template <typename T> struct AttentionOpt : cl::opt<T> {
  template <typename... Mods>
  AttentionOpt(StringRef name, StringRef help, const Mods &...mods)
      : cl::opt<T>(name, cl::desc(help), cl::cat(category), cl::sub(attention),
                   mods...) {}
};

/// An option of both forms.
template <typename T> struct CommonOpt : cl::opt<T> {
  template <typename... Mods>
  CommonOpt(StringRef name, StringRef help, const Mods &...mods)
      : cl::opt<T>(name, cl::desc(help), cl::cat(category), cl::sub(attention),
                   cl::sub(run), mods...) {}
};

const auto kArray = cl::value_desc("array.npy");

AttentionOpt<std::string> query("q", "queries [B, Hq, Tq, D]", kArray);
AttentionOpt<std::string> key("k", "keys [B, Hkv, Tk, D]", kArray);
AttentionOpt<std::string> value("v", "values [B, Hkv, Tk, Dv]", kArray);
AttentionOpt<std::string> policy("policy",
                                 "such as 'tree<block_q = 64, block_k = 2, "
                                 "keep = 512>', 'dense<block_q = 64>'",
                                 cl::value_desc("policy"));
AttentionOpt<int64_t> sink("sink", "keys at the start that are always attended",
                           cl::value_desc("keys"));
AttentionOpt<int64_t> window("window", "newest keys that are always attended",
                             cl::value_desc("keys"));
AttentionOpt<bool> causal("causal", "a row sees no later keys (default: true)",
                          cl::init(true));
AttentionOpt<Heads>
    heads("heads", "what shares a list of blocks", cl::init(Heads::Query),
          cl::values(clEnumValN(Heads::Query, "query", "no heads (default)"),
                     clEnumValN(Heads::Kv, "kv", "query heads of one KV head"),
                     clEnumValN(Heads::All, "all", "all heads")));
AttentionOpt<float> scale("scale", "of scores (default: 1 / sqrt(D))",
                          cl::value_desc("number"));
AttentionOpt<float> softcap("softcap", "scores become cap * tanh(score / cap)",
                            cl::value_desc("number"));
AttentionOpt<std::string> attentionOut("out", "result [B, Hq, Tq, Dv]", kArray);
AttentionOpt<std::string> lse("lse", "log-sum-exp [B, Hq, Tq]", kArray);
AttentionOpt<std::string> blocks("blocks", "block list [B, Hs, M, N]", kArray);
AttentionOpt<std::string> counts("counts", "blocks a list [B, Hs, M]", kArray);

cl::opt<std::string> program(cl::Positional, cl::desc("program.mlir"),
                             cl::cat(category), cl::sub(run));
cl::opt<std::string> entry("entry", cl::desc("public function to call"),
                           cl::value_desc("name"), cl::cat(category),
                           cl::sub(run));
cl::list<std::string> inputs("in", cl::desc("arguments, in order"), kArray,
                             cl::cat(category), cl::sub(run));
cl::list<std::string> outputs("out", cl::desc("results, in order"), kArray,
                              cl::cat(category), cl::sub(run));

CommonOpt<std::string> pipeline("pipeline", "cpu or reference", cl::init("cpu"),
                                cl::value_desc("name"));
CommonOpt<std::string> cpu("cpu", "processor to compile for (default: host)",
                           cl::init("host"), cl::value_desc("name"));
CommonOpt<unsigned> optLevel("opt-level", "0 to 3 (default: 3)", cl::init(3),
                             cl::value_desc("level"));
CommonOpt<int64_t> threads("threads", "workers (default: one a processor)",
                           cl::value_desc("count"));
CommonOpt<bool> noCache("no-cache",
                        "compile even if a cached package is there");
CommonOpt<bool> timing("timing", "print the milliseconds of each phase");
CommonOpt<int64_t> repeat("repeat", "runs, of which the best is timed",
                          cl::init(1), cl::value_desc("count"));
CommonOpt<Device>
    device("device", "where to run", cl::init(Device::Auto),
           cl::values(clEnumValN(Device::Auto, "auto",
                                 "the GPU where there is one (default)"),
                      clEnumValN(Device::Cpu, "cpu", "the CPU"),
                      clEnumValN(Device::Cuda, "cuda", "the first GPU")));
CommonOpt<std::string> chip("chip", "GPU that --pipeline ptx is for",
                            cl::init("sm_90a"), cl::value_desc("chip"));
cl::list<std::string>
    debugTags("hip-debug", cl::CommaSeparated,
              cl::desc("say what passes decide, compiling anew; 'help' lists "
                       "the tags"),
              cl::value_desc("tags"), cl::cat(category), cl::sub(attention),
              cl::sub(run), cl::callback([](const std::string &tag) {
                mlir::hip::enableDebugFlag("hip-run", tag);
              }));
CommonOpt<Emit>
    emit("emit", "print a form of the program and stop",
         cl::values(clEnumValN(Emit::Mlir, "mlir", "tensors"),
                    clEnumValN(Emit::Tile, "tile", "tiles"),
                    clEnumValN(Emit::Llvm, "llvm", "the LLVM dialect"),
                    clEnumValN(Emit::Package, "package", "the launch plan")));
} // namespace

static std::optional<float> given(const cl::opt<float> &option) {
  if (option.getNumOccurrences() == 0)
    return std::nullopt;
  return option.getValue();
}

static Status checkCommon() {
  if (repeat < 1)
    return error(Code::Invalid, "--repeat ", repeat.getValue(),
                 ", but it has to be at least 1");
  if (threads.getNumOccurrences() &&
      (threads < 1 || threads > ThreadPool::kMostWorkers))
    return error(Code::Invalid, "--threads ", threads.getValue(),
                 ", but it has to be at least 1 and at most ",
                 ThreadPool::kMostWorkers);
  return {};
}

static Status requireFlag(const cl::opt<std::string> &option) {
  if (!option.empty())
    return {};
  return error(Code::Invalid, "attention needs --",
               std::string_view(option.ArgStr));
}

static Expected<AttentionArguments> readAttention() {
  for (const auto *option : {&query, &key, &value, &policy})
    HIPC_RETURN_IF_ERROR(requireFlag(*option));
  if (emit == Emit::Nothing)
    HIPC_RETURN_IF_ERROR(requireFlag(attentionOut));
  if (blocks.empty() != counts.empty())
    return error(Code::Invalid,
                 "--blocks and --counts go together, but only --",
                 blocks.empty() ? "counts" : "blocks", " is given");
  return AttentionArguments{
      {query, key, value, attentionOut, lse, blocks, counts},
      policy,
      sink,
      window,
      causal,
      heads,
      given(scale),
      given(softcap)};
}

static Expected<FileArguments> readFile() {
  if (program.empty())
    return error(Code::Invalid, "no program: name a .mlir file, or use the "
                                "subcommand 'attention'");
  return FileArguments{program, inputs, outputs};
}

/// Whether the first word is a program or a flag of `run`.
static bool leavesOutRun(int argc, char **argv) {
  constexpr StringRef kKnown[] = {"run",   "attention", "-h",
                                  "-help", "--help",    "--version"};
  return argc > 1 && llvm::find(kKnown, StringRef(argv[1])) == std::end(kKnown);
}

/// `--in A.npy B.npy` stands for `--in A.npy --in B.npy`.
static std::vector<const char *> expandLists(int argc, char **argv) {
  std::vector<const char *> words;
  const char *list = nullptr;
  for (int i = 0; i < argc; ++i) {
    StringRef word = argv[i];
    bool isFlag = word.starts_with("-");
    bool follows = i > 0 && !StringRef(argv[i - 1]).starts_with("-");
    if (isFlag)
      list = word.ltrim('-') == "in" || word.ltrim('-') == "out" ? argv[i]
                                                                 : nullptr;
    else if (list && follows && word.ends_with(".npy"))
      words.push_back(list);
    words.push_back(argv[i]);
    if (i == 0 && leavesOutRun(argc, argv))
      words.push_back("run");
  }
  return words;
}

Expected<Arguments> parseArguments(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  cl::HideUnrelatedOptions(category, attention);
  cl::HideUnrelatedOptions(category, run);
  std::vector<const char *> words = expandLists(argc, argv);
  cl::ParseCommandLineOptions(words.size(), words.data(),
                              "hip-run: compile and run on arrays\n");
  HIPC_RETURN_IF_ERROR(checkCommon());
  Arguments arguments;
  arguments.compile = {entry, pipeline, cpu, optLevel, program, chip};
  arguments.device = device;
  // A pipeline that is named is one of the CPU.
  if (device == Device::Auto && pipeline.getNumOccurrences())
    arguments.device = Device::Cpu;
  // What is in the cache has nothing left to decide.
  arguments.cache = !noCache && debugTags.empty();
  arguments.timing = timing;
  arguments.threads = threads;
  arguments.repeat = repeat;
  arguments.emit = emit;
  if (attention) {
    Expected<AttentionArguments> read = readAttention();
    if (!read)
      return read.status();
    arguments.attention = std::move(*read);
    arguments.compile.sourceName = "attention";
    return arguments;
  }
  Expected<FileArguments> read = readFile();
  if (!read)
    return read.status();
  arguments.file = std::move(*read);
  return arguments;
}

} // namespace hip_run
