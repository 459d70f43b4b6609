//===- Arguments.h - What the command line asks for
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_RUN_ARGUMENTS_H
#define HIP_RUN_ARGUMENTS_H

#include "compiler/AttentionProgram.h"
#include "compiler/Compiler.h"
#include "tools/support/Arrays.h"

namespace hip_run {

/// Where `attention` reads its arrays and writes its results.
struct AttentionFiles : hip_tool::ArrayFiles {
  std::string out, lse, blocks, counts;
  /// Where entries of one array begin; empty: arrays have a batch.
  std::string queryOffsets, keyOffsets;
};

/// What a report is of.
struct ReportArguments {
  bool json = false;
  int64_t rows = 0; ///< 0: as many as sampleRows() takes
  int64_t top = 64;
};

/// Where a picture goes, and the list head that it is of.
struct PictureArguments {
  std::string file;
  int64_t head = 0;
};

struct AttentionArguments {
  AttentionFiles files;
  hipc::AttentionProgram program; ///< but for the types, which files have
  std::optional<ReportArguments> report;
  std::optional<PictureArguments> picture;
};

struct FileArguments {
  std::string program;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
};

/// Where the program runs; Auto is the GPU if there is one.
enum class Device { Auto, Cpu, Cuda };

/// Which form is printed instead of running.
enum class Emit { Nothing, Mlir, Tile, Llvm, Package };

struct Arguments {
  std::optional<AttentionArguments> attention; ///< else `file`
  FileArguments file;
  hipc::CompileOptions compile;
  std::string compileFlag; ///< one that was given, if any was
  bool chipGiven = false; ///< else a program is compiled for the GPU it runs on
  bool cache = true;
  bool timing = false;
  Device device = Device::Auto;
  int64_t threads = 0;
  int64_t repeat = 1;
  Emit emit = Emit::Nothing;
};

/// Parses the command line; ends the process for --help and unknown flags.
hipc::Expected<Arguments> parseArguments(int argc, char **argv);

} // namespace hip_run

#endif // HIP_RUN_ARGUMENTS_H
