//===- hip-bench.cpp - Times beside NumPy
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CpuBench.h"
#include "CudaBench.h"
#include "HostBench.h"
#include "ListFlags.h"
#include "QualityFlags.h"
#include "ServeBench.h"
#include "TuneBench.h"

#include "runtime/cpu/ThreadPool.h"
#include "tools/support/Chip.h"
#include "tools/support/Flags.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace cl = llvm::cl;
using namespace hipc;
using namespace hip_bench;

static cl::OptionCategory category("hip-bench options");
static cl::SubCommand cpu("cpu", "causal attention on the CPU: NumPy dense, "
                                 "our dense, our tree");
static cl::SubCommand cuda("cuda", "causal attention on the first GPU, bf16, "
                                   "32 query and 8 KV heads, D = 128; prints "
                                   "one JSON object per line");
static cl::SubCommand host("host", "what the C API costs its host: look-ups, "
                                   "calls, processes until their first "
                                   "result; prints one JSON object per line");

static cl::SubCommand quality("quality",
                              "what policies keep of recorded arrays q.npy, "
                              "k.npy and v.npy, and which is the fastest with "
                              "the wanted recall");
static cl::SubCommand
    serve("serve", "a server's traffic in small, beside SDPA; flags that are "
                   "not below, and all after --, go to the script");
static cl::SubCommand
    tune("tune", "schedules of attention around the compiler's own, on the "
                 "first GPU; prints one JSON object per line, the last one of "
                 "each kernel its best");
static QualityFlags qualityFlags(category, quality);
static ListFlags listFlags(category, cpu, cuda);

/// Numbers between commas.
using Numbers = cl::list<int64_t, bool, hip_tool::NumberParser<int64_t>>;

/// An option of the subcommands that `mods` names.
template <typename Option> struct BenchOpt : Option {
  template <typename... Mods>
  BenchOpt(llvm::StringRef name, llvm::StringRef help, const Mods &...mods)
      : Option(name, cl::desc(help), cl::cat(category), mods...) {}
};
static BenchOpt<Numbers> lengths("T", "lengths (16384,65536)",
                                 cl::CommaSeparated, cl::sub(cpu),
                                 cl::sub(cuda), cl::sub(tune));
static BenchOpt<hip_tool::Option<int64_t>>
    threads("threads", "workers (default: 2)", cl::init(2), cl::sub(cpu));
static BenchOpt<hip_tool::Option<int64_t>>
    repeat("repeat", "runs per median (default: 3 on the CPU, 20 on a GPU)",
           cl::sub(cpu), cl::sub(cuda), cl::sub(tune));
static BenchOpt<cl::opt<std::string>> pipeline("pipeline",
                                               "of our programs (default: cpu)",
                                               cl::init("cpu"), cl::sub(cpu));
static BenchOpt<cl::opt<std::string>>
    python("python",
           "a Python with NumPy, for a server with PyTorch, transformers and "
           "hip_mlir too",
           cl::init("python3"), cl::sub(cpu), cl::sub(serve));
static BenchOpt<cl::opt<std::string>>
    script("numpy-script", "default: benchmarks/numpy_dense.py",
           cl::init("benchmarks/numpy_dense.py"), cl::sub(cpu));
static BenchOpt<cl::opt<std::string>>
    serveScript("serve-script", "default: benchmarks/speed/serve.py",
                cl::sub(serve));
static cl::list<std::string> serveFlags(cl::Sink, cl::sub(serve));
static cl::list<std::string> serveWords(cl::Positional,
                                        cl::desc("[flags of the script]"),
                                        cl::sub(serve));
static BenchOpt<cl::list<std::string>> what(
    "what",
    "dense, sparse (with given lists), 3k, 3k-mean, tree, boxes, hip, "
    "its parts hip-tree and hip-boxes, window; decode:POLICY "
    "for one query, decode for five policies (default: dense,sparse,3k,tree,"
    "boxes,hip,decode; of tune dense,hip,decode:dense,decode:hip)",
    cl::CommaSeparated, cl::sub(cuda), cl::sub(tune));
static BenchOpt<Numbers> batches("batch", "batch sizes (default: 1)",
                                 cl::CommaSeparated, cl::sub(cuda));
static BenchOpt<cl::opt<std::string>>
    table("table",
          "JSON file that the best ones are put into, such as "
          "benchmarks/speed/tuned/sm_90a.json",
          cl::sub(tune));
static BenchOpt<cl::opt<std::string>> commit("commit", "a note in the table",
                                             cl::sub(tune));
static BenchOpt<hip_tool::Option<int64_t>>
    rounds("rounds", "times that every choice is tried (default: 2)",
           cl::init(2), cl::sub(tune));
static BenchOpt<Numbers> persistent("persistent",
                                    "numbers of thread blocks that take work "
                                    "again and again, to try (default: none)",
                                    cl::CommaSeparated, cl::sub(tune));
static BenchOpt<cl::opt<bool>>
    reorder("reorder",
            "also try what changes the order of sums, and with it bits: keys "
            "of a tile and of a part",
            cl::sub(tune));
// The option keeps no copy.
static const std::string kChipHelp =
    "to compile for: " + hip_tool::chipChoices() + " (default: the GPU's own)";
static BenchOpt<cl::opt<std::string>> chip("chip", kChipHelp, cl::sub(cuda),
                                           cl::sub(tune));
static BenchOpt<cl::opt<std::string>>
    heads("heads",
          "what shares a list: kv, query or all (default: kv, of given lists "
          "query)",
          cl::sub(cpu), cl::sub(cuda), cl::sub(tune));
static BenchOpt<cl::opt<std::string>>
    schedule("schedule",
             "#hip.schedule of the attention kernel, such as 'threads = 128, "
             "rows = 128, columns = 64' (default: the compiler's)",
             cl::sub(cuda));
static BenchOpt<cl::opt<bool>>
    flush("flush",
          "empty the L2 cache before each run (decode steps of tune: always)",
          cl::sub(cuda), cl::sub(tune));
static BenchOpt<cl::opt<bool>>
    kept("kept",
         "policies with boxes take summaries of the keys that were made before "
         "(S17b)",
         cl::sub(cuda), cl::sub(tune));
static BenchOpt<cl::opt<std::string>>
    library("library", "libhipc.so (default: ../lib/libhipc.so from here)",
            cl::sub(host));
static BenchOpt<cl::opt<std::string>>
    device("device", "auto (default), cpu, cuda, cuda:NUMBER", cl::init("auto"),
           cl::sub(host));
static BenchOpt<cl::opt<std::string>> cache("cache", "folder of --until",
                                            cl::Hidden, cl::sub(host));
static BenchOpt<cl::opt<std::string>>
    until("until", "be a process to its 'driver' or 'result'", cl::Hidden,
          cl::sub(host));

/// The folder that has bin/hip-bench.
static std::string toolRoot() {
  std::string beside = llvm::sys::fs::getMainExecutable(
      "hip-bench", reinterpret_cast<void *>(&toolRoot));
  return llvm::sys::path::parent_path(llvm::sys::path::parent_path(beside))
      .str();
}

static Status runHost() {
  HostOptions options{library, device, cache, until};
  if (options.library.empty())
    options.library = toolRoot() + "/lib/libhipc.so";
  return benchHost(options);
}

/// The flags and words of the script in the order that they were given in.
static std::vector<std::string> wordsOfScript() {
  std::vector<std::pair<unsigned, std::string>> placed;
  // The address of a list of strings is that of its strings.
  for (const auto *list :
       {std::addressof(serveFlags), std::addressof(serveWords)})
    for (size_t i = 0; i < list->size(); ++i)
      placed.emplace_back(list->getPosition(i), (*list)[i]);
  llvm::sort(placed);
  std::vector<std::string> words;
  words.reserve(placed.size());
  for (auto &[position, word] : placed)
    words.push_back(std::move(word));
  return words;
}

static Status runServe() {
  // build/PRESET of a checkout.
  return benchServe(
      {python, serveScript, toolRoot() + "/../..", wordsOfScript()});
}

static Status checkRange(std::string_view flag, int64_t value, int64_t most) {
  if (value >= 1 && value <= most)
    return {};
  return error(Code::Invalid, "--", flag, " ", value,
               ", but it has to be at least 1 and at most ", most);
}

static std::vector<int64_t> given(const Numbers &list,
                                  std::vector<int64_t> otherwise) {
  if (list.empty())
    return otherwise;
  return {list.begin(), list.end()};
}

static Expected<ListSharing> readSharing(ListSharing otherwise) {
  if (heads.empty())
    return otherwise;
  for (ListSharing each :
       {ListSharing::Kv, ListSharing::Query, ListSharing::All})
    if (heads == nameOf(each))
      return each;
  return error(Code::Invalid, "--heads '", heads.getValue(),
               "': there are kv, query and all");
}

/// What both that run on a GPU take.
static Status readDevice(CudaOptions &options) {
  if (chip.getNumOccurrences()) {
    Expected<std::string> read = hip_tool::readChip("--chip", chip);
    if (!read)
      return read.status();
    options.chip = *read;
  }
  options.flush = flush;
  options.kept = kept;
  if (repeat.getNumOccurrences())
    options.repeat = repeat;
  return {};
}

static Status runCuda() {
  constexpr int64_t kMostBatches = 4096;
  CudaOptions options;
  options.what = {what.begin(), what.end()};
  if (what.empty())
    options.what = {"dense", "sparse", "3k", "tree", "boxes", "hip", "decode"};
  options.lengths = given(lengths, {16384, 65536});
  options.batches = given(batches, {1});
  for (int64_t batch : options.batches)
    HIPC_RETURN_IF_ERROR(checkRange("batch", batch, kMostBatches));
  std::string flag = listFlags.given();
  if (!flag.empty() && !llvm::is_contained(options.what, "sparse"))
    return error(Code::Invalid, flag, " is for given lists, but --what '",
                 llvm::join(options.what, ","),
                 "' has no sparse; add it, or leave the flag out");
  Expected<ListSharing> sharing = readSharing(ListSharing::Kv);
  if (!sharing)
    return sharing.status();
  options.heads = nameOf(*sharing);
  Expected<std::vector<ListOptions>> lists =
      listFlags.read(*readSharing(ListSharing::Query), options.lengths);
  if (!lists)
    return lists.status();
  options.lists = std::move(*lists);
  HIPC_RETURN_IF_ERROR(readDevice(options));
  options.schedule = schedule;
  return benchCuda(options);
}

static Status runTune() {
  TuneOptions options;
  options.cuda.what = {what.begin(), what.end()};
  if (what.empty())
    options.cuda.what = {"dense", "hip", "decode:dense", "decode:hip"};
  options.cuda.lengths = given(lengths, {16384, 65536});
  options.cuda.batches = {1};
  Expected<ListSharing> sharing = readSharing(ListSharing::Kv);
  if (!sharing)
    return sharing.status();
  options.cuda.heads = nameOf(*sharing);
  HIPC_RETURN_IF_ERROR(readDevice(options.cuda));
  constexpr int64_t kMostRounds = 100, kMostPersistent = 1 << 20;
  HIPC_RETURN_IF_ERROR(checkRange("rounds", rounds, kMostRounds));
  for (int64_t blocks : persistent)
    HIPC_RETURN_IF_ERROR(checkRange("persistent", blocks, kMostPersistent));
  options.table = table;
  options.commit = commit;
  options.persistent = given(persistent, {});
  options.rounds = rounds;
  options.reorders = reorder;
  return benchTune(options);
}

static Status runQuality() {
  Expected<QualityOptions> options = qualityFlags.read();
  return options ? benchQuality(*options) : options.status();
}

static Status runCpu() {
  CpuOptions options{given(lengths, {16384, 65536}), pipeline, {}, {}};
  options.numpy = {python, script, threads,
                   repeat.getNumOccurrences() ? repeat.getValue() : 3};
  std::string flag = listFlags.given();
  if (flag.empty() && heads.getNumOccurrences())
    return error(Code::Invalid, "--heads '", heads.getValue(),
                 "' is for given lists, but there are none; request some by "
                 "--block-k, --keep or --lists");
  Expected<ListSharing> sharing = readSharing(ListSharing::Query);
  if (!sharing)
    return sharing.status();
  if (!flag.empty()) {
    auto lists = listFlags.read(*sharing, options.lengths);
    if (!lists)
      return lists.status();
    options.lists = std::move(*lists);
  }
  return benchCpu(options);
}

static Status runTool() {
  constexpr int64_t kMostRuns = 1000, kLongest = int64_t{1} << 24;
  if (!cpu && !cuda && !host && !quality && !serve && !tune)
    return error(Code::Invalid, "no subcommand: there are 'cpu', 'cuda', "
                                "'host', 'quality', 'serve' and 'tune'");
  if (host)
    return runHost();
  if (quality)
    return runQuality();
  if (serve)
    return runServe();
  if (repeat.getNumOccurrences())
    HIPC_RETURN_IF_ERROR(checkRange("repeat", repeat, kMostRuns));
  for (int64_t length : lengths)
    HIPC_RETURN_IF_ERROR(checkRange("T", length, kLongest));
  if (cuda)
    return runCuda();
  if (tune)
    return runTune();
  HIPC_RETURN_IF_ERROR(
      checkRange("threads", threads, ThreadPool::kMostWorkers));
  return runCpu();
}

int main(int argc, char **argv) {
  hip_tool::addCommonFlags("hip-bench");
  cl::HideUnrelatedOptions(category);
  cl::HideUnrelatedOptions(category, cpu);
  cl::HideUnrelatedOptions(category, cuda);
  cl::HideUnrelatedOptions(category, host);
  cl::HideUnrelatedOptions(category, quality);
  cl::HideUnrelatedOptions(category, serve);
  cl::HideUnrelatedOptions(category, tune);
  cl::ParseCommandLineOptions(argc, argv, "hip-bench: times beside NumPy\n");
  Status status = runTool();
  if (status.ok())
    return 0;
  llvm::errs() << "hip-bench: error: " << status.message() << "\n";
  return 1;
}
