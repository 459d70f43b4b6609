//===- Arguments.h - What the command line asks for
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_RUN_ARGUMENTS_H
#define HIP_RUN_ARGUMENTS_H

#include "runtime/jit/Engine.h"

namespace hip_run {

/// Where `attention` reads its arrays and writes its results.
struct AttentionFiles {
  std::string query, key, value;
  std::string out, lse, blocks, counts;
};

enum class Heads { Query, Kv, All };

struct AttentionArguments {
  AttentionFiles files;
  std::string policy;
  int64_t sink = 0;
  int64_t window = 0;
  bool causal = true;
  Heads heads = Heads::Query;
  std::optional<float> scale;
  std::optional<float> softcap;

  bool wantsLse() const { return !files.lse.empty(); }
  bool wantsList() const {
    return !files.blocks.empty() || !files.counts.empty();
  }
  size_t outputs() const { return 1 + wantsLse() + 2 * wantsList(); }
};

struct FileArguments {
  std::string program;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
};

/// Where the program runs; Auto is the GPU where there is one.
enum class Device { Auto, Cpu, Cuda };

/// Which form is printed instead of running.
enum class Emit { Nothing, Mlir, Tile, Llvm, Package };

struct Arguments {
  std::optional<AttentionArguments> attention; ///< else `file`
  FileArguments file;
  hipc::CompileOptions compile;
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
