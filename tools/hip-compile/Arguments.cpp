//===- Arguments.cpp - What the command line asks for
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"
#include "AttentionArguments.h"

#include "dialect/gpu/Chips.h"
#include "tools/support/Chip.h"
#include "tools/support/DebugTags.h"
#include "tools/support/Flags.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

using llvm::StringRef;
namespace cl = llvm::cl;
using namespace hipc;
using hip_tool::Flag;

namespace hip_compile {

namespace {
cl::OptionCategory &category = flagCategory();
cl::SubCommand &attention = attentionCommand();
// Not the top level, which LLVM's own options share.
cl::SubCommand compileFile("compile", "A program, or a package to explain; the "
                                      "word 'compile' may be left out");

/// An option of both forms.
template <typename T> struct CommonOpt : Flag<T> {
  template <typename... Mods>
  CommonOpt(StringRef name, StringRef help, const Mods &...mods)
      : Flag<T>(category, attention, name, help, cl::sub(compileFile),
                mods...) {}
};

cl::opt<std::string> file(cl::Positional, cl::desc("program.mlir"),
                          cl::cat(category), cl::sub(compileFile));
cl::opt<std::string> entry("entry", cl::desc("public function to compile"),
                           cl::value_desc("name"), cl::cat(category),
                           cl::sub(compileFile));

const std::string kChipHelp = join("cpu, ", hip_tool::chipChoices(),
                                   " (default: ", mlir::hip::kDefaultChip, ")");
CommonOpt<std::string> chip("chip", kChipHelp,
                            cl::init(std::string(mlir::hip::kDefaultChip)),
                            cl::value_desc("chip"));
CommonOpt<std::string> cpu("cpu",
                           "processor to compile for with --chip cpu (default: "
                           "host)",
                           cl::init("host"), cl::value_desc("name"));
CommonOpt<int64_t> optLevel("opt-level", "0 to 3 (default: 3)", cl::init(3),
                            cl::value_desc("level"));
CommonOpt<Format> format(
    "format", "what to write", cl::init(Format::Package),
    cl::values(clEnumValN(Format::Package, "package",
                          "code with its launch plan (default)"),
               clEnumValN(Format::C, "c",
                          "a source and a header in C, with the PTX inside"),
               clEnumValN(Format::Json, "json",
                          "what a host has to know about a package"),
               clEnumValN(Format::Cubin, "cubin", "machine code, by ptxas"),
               clEnumValN(Format::Ptx, "ptx", "PTX text"),
               clEnumValN(Format::Nvvm, "nvvm", "the NVVM dialect"),
               clEnumValN(Format::Tile, "tile", "tiles"),
               clEnumValN(Format::Mlir, "mlir", "tensors")));
CommonOpt<std::string> output("o",
                              "file to write; by default text goes to "
                              "standard output",
                              cl::value_desc("file"));
CommonOpt<bool> cubin("cubin", "put machine code beside the PTX in packages");
CommonOpt<bool> explainFlag("explain", "print what was chosen, and why");
CommonOpt<bool> timing("timing", "print the milliseconds of each phase");
CommonOpt<std::string>
    tuning("tuning",
           "a table of hip-bench tune, whose schedules come before "
           "the compiler's own",
           cl::value_desc("file"));
CommonOpt<std::string> ptxas("ptxas", "the assembler (default: on the PATH)",
                             cl::value_desc("program"));
cl::list<std::string>
    debugTags("hip-debug", cl::CommaSeparated,
              cl::desc("print what passes decide; 'help' lists the tags"),
              cl::value_desc("tags"), cl::cat(category), cl::sub(attention),
              cl::sub(compileFile), cl::callback([](const std::string &tag) {
                mlir::hip::enableDebugFlag("hip-compile", tag);
              }));
} // namespace

FormatTraits traitsOf(Format format) {
  switch (format) {
  case Format::Mlir:
    return {"mlir", /*isCode=*/false, /*isBytes=*/false, /*ofGpu=*/false};
  case Format::Tile:
    return {"tile", /*isCode=*/false, /*isBytes=*/false, /*ofGpu=*/false};
  case Format::Nvvm:
    return {"nvvm", /*isCode=*/false, /*isBytes=*/false, /*ofGpu=*/true};
  case Format::Ptx:
    return {"ptx", /*isCode=*/true, /*isBytes=*/false, /*ofGpu=*/true};
  case Format::Cubin:
    return {"cubin", /*isCode=*/true, /*isBytes=*/true, /*ofGpu=*/true};
  case Format::C:
    return {"c", /*isCode=*/true, /*isBytes=*/false, /*ofGpu=*/true};
  case Format::Json:
    return {"json", /*isCode=*/true, /*isBytes=*/false, /*ofGpu=*/false};
  case Format::Package:
    return {"package", /*isCode=*/true, /*isBytes=*/true, /*ofGpu=*/false};
  }
  llvm_unreachable("unknown format");
}

//===----------------------------------------------------------------------===//
// Both forms
//===----------------------------------------------------------------------===//

/// kCpu or a chip.
static Expected<std::string> readTarget() {
  bool forCpu = chip == std::string(kCpu);
  bool ofGpu = traitsOf(format).ofGpu;
  if (forCpu && (ofGpu || cubin))
    return error(Code::Invalid, ofGpu ? "--format " : "--cubin",
                 ofGpu ? formatName(format) : "",
                 " is for GPUs, but --chip is cpu; name one of ",
                 mlir::hip::gpuNames());
  if (cubin && format != Format::Package)
    return error(Code::Invalid, "--cubin is for packages, but --format is ",
                 formatName(format));
  if (forCpu)
    return std::string(kCpu);
  return hip_tool::readChip("--chip", chip, "cpu, ");
}

/// The header is beside the source, of the same name.
static Status checkSource() {
  if (format != Format::C || StringRef(output).ends_with(".c"))
    return {};
  return error(Code::Invalid, "-o ", output.empty() ? "-" : output.getValue(),
               ", but --format c writes a source and a header of its name; "
               "give a file that ends in .c");
}

static Expected<std::string> readOutput() {
  HIPC_RETURN_IF_ERROR(checkSource());
  bool bytes = traitsOf(format).isBytes;
  if (!output.empty() && !(bytes && output == "-"))
    return output.getValue();
  if (output.empty() && explainFlag)
    return std::string();
  if (bytes)
    return error(Code::Invalid, "a ", formatName(format),
                 " is not text; name a file for it with -o");
  return std::string("-");
}

/// Whether the first word is a program or a flag of `compile`.
static bool leavesOutCompile(int argc, char **argv) {
  constexpr StringRef kKnown[] = {"compile", "attention", "-h",
                                  "-help",   "--help",    "--version"};
  return argc > 1 && llvm::find(kKnown, StringRef(argv[1])) == std::end(kKnown);
}

Expected<Arguments> parseArguments(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  cl::HideUnrelatedOptions(category, attention);
  cl::HideUnrelatedOptions(category, compileFile);
  hip_tool::addCommonFlags("hip-compile");
  std::vector<const char *> words(argv, argv + argc);
  if (leavesOutCompile(argc, argv))
    words.insert(words.begin() + 1, "compile");
  cl::ParseCommandLineOptions(int(words.size()), words.data(),
                              "hip-compile: compile ahead of time\n");
  if (!attention && file.empty())
    return error(Code::Invalid, "no program: name a .mlir file, or use the "
                                "subcommand 'attention'");
  // That the program does not exist is reported before anything about output.
  if (!attention && access(file.c_str(), R_OK))
    return error(Code::NotFound, file.getValue(), ": ", std::strerror(errno));
  Expected<std::string> target = readTarget();
  if (!target)
    return target.status();
  HIPC_RETURN_IF_ERROR(hip_tool::checkRange(optLevel, 0, 3));
  Arguments arguments;
  Expected<std::string> path = readOutput();
  if (!path)
    return path.status();
  arguments.output = *path;
  arguments.target = *target;
  arguments.compile = {entry, arguments.forCpu() ? "cpu" : "ptx",
                       cpu,   unsigned(optLevel),
                       file,  *target};
  if (tuning.getNumOccurrences()) {
    Expected<Tuning> table = readTuning(tuning);
    if (!table)
      return table.status();
    arguments.compile.tuning = std::move(*table);
  }
  arguments.format = format;
  arguments.cubin = cubin;
  arguments.explain = explainFlag;
  arguments.timing = timing;
  arguments.ptxas = ptxas;
  if (attention) {
    Expected<AttentionProgram> program = readAttention();
    if (!program)
      return program.status();
    arguments.attention = std::move(*program);
    arguments.compile.sourceName = "attention";
    arguments.compile.described = true;
    return arguments;
  }
  arguments.file = file;
  return arguments;
}

} // namespace hip_compile
