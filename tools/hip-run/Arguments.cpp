//===- Arguments.cpp - What the command line asks for
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"

#include "dialect/gpu/Chips.h"
#include "runtime/cpu/ThreadPool.h"
#include "tools/support/AttentionFlags.h"
#include "tools/support/Chip.h"
#include "tools/support/DebugTags.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CommandLine.h"

using llvm::StringRef;
namespace cl = llvm::cl;
using namespace hipc;
using hip_tool::AttentionFlags;
using hip_tool::checkRange;
using hip_tool::requireFlag;

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
struct ArrayOpt : hip_tool::Flag<std::string> {
  ArrayOpt(StringRef name, StringRef help)
      : Flag(category, attention, name, help, cl::value_desc("array.npy")) {}
};

/// An option of both forms.
template <typename T> struct CommonOpt : hip_tool::Option<T> {
  template <typename... Mods>
  CommonOpt(StringRef name, StringRef help, const Mods &...mods)
      : hip_tool::Option<T>(name, cl::desc(help), cl::cat(category),
                            cl::sub(attention), cl::sub(run), mods...) {}
};

ArrayOpt query("q", "queries [B, Hq, Tq, D]");
ArrayOpt key("k", "keys [B, Hkv, Tk, D]");
ArrayOpt value("v", "values [B, Hkv, Tk, Dv]");
ArrayOpt attentionOut("out", "result [B, Hq, Tq, Dv]");
ArrayOpt lse("lse", "log-sum-exp [B, Hq, Tq]");
ArrayOpt blocks("blocks", "block list [B, Hs, M, N]");
ArrayOpt counts("counts", "number of blocks of each list [B, Hs, M]");
hip_tool::Flag<std::string>
    queryOffsets(category, attention, "query-offsets",
                 "queries are packed, [Hq, T, D]: the rows of all batch "
                 "entries one after another; where each begins, and where the "
                 "last ends, such as '0,5,57', or an i32 array [B + 1]",
                 cl::value_desc("numbers or array.npy"));
hip_tool::Flag<std::string>
    keyOffsets(category, attention, "key-offsets",
               "the same for keys and values [Hkv, T, D]",
               cl::value_desc("numbers or array.npy"));
AttentionFlags attentionFlags(category, attention);
hip_tool::Flag<std::string>
    report(category, attention, "report",
           "print what the policy keeps for some query rows, as a table or as "
           "'json'",
           cl::ValueOptional, cl::value_desc("form"));
hip_tool::Flag<int64_t>
    reportRows(category, attention, "report-rows",
               "query rows of a report (default: one of 8192, 4 to 64)",
               cl::value_desc("count"));
hip_tool::Flag<int64_t>
    reportTop(category, attention, "report-top",
              "best keys of a row that a report looks for (default: 64)",
              cl::init(64), cl::value_desc("count"));

hip_tool::Flag<std::string>
    picture(category, attention, "picture",
            "an SVG of the keys that each block of query rows attends",
            cl::value_desc("file.svg"));
hip_tool::Flag<int64_t>
    pictureHead(category, attention, "picture-head",
                "whose list of the first batch entry it shows (default: 0)",
                cl::value_desc("list"));

const auto kArray = cl::value_desc("array.npy");
cl::opt<std::string> program(cl::Positional, cl::desc("program"),
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
CommonOpt<int64_t> optLevel("opt-level", "0 to 3 (default: 3)", cl::init(3),
                            cl::value_desc("level"));
CommonOpt<int64_t> threads("threads", "workers (default: one per processor)",
                           cl::value_desc("count"));
CommonOpt<bool> noCache("no-cache",
                        "compile even if there is a cached package");
CommonOpt<bool> timing("timing", "print the milliseconds of each phase");
CommonOpt<int64_t> repeat("repeat", "number of runs; prints the best time",
                          cl::init(1), cl::value_desc("count"));
CommonOpt<Device>
    device("device", "where to run", cl::init(Device::Auto),
           cl::values(clEnumValN(Device::Auto, "auto",
                                 "the GPU if there is one (default)"),
                      clEnumValN(Device::Cpu, "cpu", "the CPU"),
                      clEnumValN(Device::Cuda, "cuda", "the first GPU")));
const std::string kChipHelp =
    join("GPU to compile for: ", hip_tool::chipChoices(),
         " (default: that of this machine; with --pipeline ptx ",
         mlir::hip::kDefaultChip, ")");
CommonOpt<std::string> chip("chip", kChipHelp,
                            cl::init(std::string(mlir::hip::kDefaultChip)),
                            cl::value_desc("chip"));
const std::string kScheduleHelp = "run the schedule for this GPU (its tiles, "
                                  "splits and fusion) on the CPU: " +
                                  hip_tool::chipChoices();
CommonOpt<std::string> scheduleFor("schedule-for", kScheduleHelp,
                                   cl::value_desc("chip"));
cl::list<std::string>
    debugTags("hip-debug", cl::CommaSeparated,
              cl::desc("print what passes decide, which compiles anew; 'help' "
                       "lists the tags"),
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

/// A flag that says how to compile and was given; empty without one.
static std::string givenCompileFlag() {
  const cl::Option *flags[] = {&entry,    &pipeline, &cpu,
                               &optLevel, &chip,     &scheduleFor};
  for (const cl::Option *flag : flags)
    if (flag->getNumOccurrences())
      return flag->ArgStr.str();
  return debugTags.empty() ? "" : debugTags.ArgStr.str();
}

/// A GPU's schedule runs on the CPU in the pipeline cpu.
static Status checkScheduleFor() {
  if (!scheduleFor.getNumOccurrences())
    return {};
  if (pipeline != "cpu" || device == Device::Cuda)
    return error(Code::Invalid, "--schedule-for is for the CPU, but ",
                 device == Device::Cuda ? std::string("--device is cuda")
                                        : "--pipeline is " + pipeline,
                 "; leave one of them out");
  return {};
}

/// The chip that a flag names, where it was given.
static Status readChip(const cl::opt<std::string> &flag, std::string &chip) {
  if (!flag.getNumOccurrences())
    return {};
  auto read =
      hip_tool::readChip(join("--", std::string_view(flag.ArgStr)), flag);
  if (read)
    chip = *read;
  return read.status();
}

static Status checkCommon() {
  HIPC_RETURN_IF_ERROR(
      checkRange(repeat, 1, std::numeric_limits<int64_t>::max()));
  HIPC_RETURN_IF_ERROR(checkRange(optLevel, 0, 3));
  if (threads.getNumOccurrences())
    HIPC_RETURN_IF_ERROR(checkRange(threads, 1, ThreadPool::kMostWorkers));
  return checkScheduleFor();
}

static Status readReport(std::optional<ReportArguments> &asked) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  for (const auto *flag : {&reportRows, &reportTop})
    if (flag->getNumOccurrences())
      HIPC_RETURN_IF_ERROR(checkRange(*flag, 1, kMost));
  if (!report.getNumOccurrences())
    return {};
  if (!report.empty() && report != "table" && report != "json")
    return error(Code::Invalid, "--report '", report.getValue(),
                 "', but there are table and json");
  asked = {report == "json", reportRows, reportTop};
  return {};
}

static Status readPicture(std::optional<PictureArguments> &asked) {
  if (pictureHead.getNumOccurrences() && picture.empty())
    return error(Code::Invalid, "--picture-head ", pictureHead.getValue(),
                 " is given, but no --picture; name its file");
  if (picture.getNumOccurrences() && picture.empty())
    return error(Code::Invalid, "--picture needs the name of a file");
  if (!picture.empty())
    asked = {picture, pictureHead};
  return {};
}

/// Reports and pictures are of arrays with a batch.
static Status checkOffsets(bool reports, bool draws) {
  for (const auto *flag : {&queryOffsets, &keyOffsets}) {
    std::string_view name = flag->ArgStr;
    if (flag->getNumOccurrences() && flag->empty())
      return error(Code::Invalid, "--", name,
                   " needs numbers, such as 0,5,57, or a .npy file");
    if (!flag->empty() && (reports || draws))
      return error(Code::Invalid, "--", name, " is given, but --",
                   reports ? "report" : "picture",
                   " needs arrays with a batch; leave one of them out");
  }
  return {};
}

static Expected<AttentionArguments> readAttention() {
  for (const auto *option : {&query, &key, &value})
    HIPC_RETURN_IF_ERROR(requireFlag(*option));
  Expected<AttentionProgram> program = attentionFlags.read();
  if (!program)
    return program.status();
  std::optional<ReportArguments> asked;
  HIPC_RETURN_IF_ERROR(readReport(asked));
  std::optional<PictureArguments> drawn;
  HIPC_RETURN_IF_ERROR(readPicture(drawn));
  HIPC_RETURN_IF_ERROR(checkOffsets(asked.has_value(), drawn.has_value()));
  if (emit == Emit::Nothing && !asked && !drawn)
    HIPC_RETURN_IF_ERROR(requireFlag(attentionOut));
  if (blocks.empty() != counts.empty())
    return error(Code::Invalid,
                 "--blocks and --counts go together, but only --",
                 blocks.empty() ? "counts" : "blocks", " is given");
  program->lse = !lse.empty();
  program->list = !blocks.empty();
  return AttentionArguments{{{query, key, value},
                             attentionOut,
                             lse,
                             blocks,
                             counts,
                             queryOffsets,
                             keyOffsets},
                            *program,
                            asked,
                            drawn};
}

static Expected<FileArguments> readFile() {
  if (program.empty())
    return error(Code::Invalid,
                 "no program: name a .mlir file or a package, or use the "
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
  hip_tool::addCommonFlags("hip-run");
  std::vector<const char *> words = expandLists(argc, argv);
  cl::ParseCommandLineOptions(int(words.size()), words.data(),
                              "hip-run: compile and run on arrays\n");
  HIPC_RETURN_IF_ERROR(checkCommon());
  Arguments arguments;
  arguments.compile = {entry, pipeline, cpu, unsigned(optLevel), program};
  HIPC_RETURN_IF_ERROR(readChip(chip, arguments.compile.chip));
  HIPC_RETURN_IF_ERROR(readChip(scheduleFor, arguments.compile.scheduleFor));
  arguments.compileFlag = givenCompileFlag();
  arguments.chipGiven = chip.getNumOccurrences();
  arguments.device = device;
  // A pipeline that is named is one of the CPU, which runs schedules too.
  if (device == Device::Auto &&
      (pipeline.getNumOccurrences() || scheduleFor.getNumOccurrences()))
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
    arguments.compile.described = true;
    return arguments;
  }
  Expected<FileArguments> read = readFile();
  if (!read)
    return read.status();
  arguments.file = std::move(*read);
  return arguments;
}

} // namespace hip_run
