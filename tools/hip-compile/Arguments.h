//===- Arguments.h - What the command line asks for
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_COMPILE_ARGUMENTS_H
#define HIP_COMPILE_ARGUMENTS_H

#include "compiler/AttentionProgram.h"
#include "compiler/Compiler.h"

namespace hip_compile {

/// From tensors down to the code that a device loads.
enum class Format { Mlir, Tile, Nvvm, Ptx, Cubin, C, Json, Package };

struct FormatTraits {
  std::string_view name; ///< as the command line spells it
  bool isCode;           ///< else MLIR
  bool isBytes;          ///< else text
  bool ofGpu;            ///< which CPUs have no form of
};
FormatTraits traitsOf(Format format);
inline std::string_view formatName(Format format) {
  return traitsOf(format).name;
}

/// The target that is not a GPU.
constexpr std::string_view kCpu = "cpu";

struct Arguments {
  std::optional<hipc::AttentionProgram> attention; ///< else `file`
  std::string file;                                ///< a program or a package
  std::string target;                              ///< a chip, or kCpu
  hipc::CompileOptions compile;
  Format format = Format::Package;
  std::string output; ///< empty: nothing; "-": standard output
  bool cubin = false; ///< packages hold machine code too
  bool explain = false;
  bool timing = false;
  std::string ptxas; ///< empty: look for it

  bool forCpu() const { return target == kCpu; }
  bool writesText() const {
    return !output.empty() && !traitsOf(format).isCode;
  }
  bool writesCode() const { return !output.empty() && traitsOf(format).isCode; }
};

/// Parses the command line; ends the process for --help and unknown flags.
hipc::Expected<Arguments> parseArguments(int argc, char **argv);

} // namespace hip_compile

#endif // HIP_COMPILE_ARGUMENTS_H
