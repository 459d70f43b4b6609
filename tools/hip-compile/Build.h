//===- Build.h - From a program to what is written
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_COMPILE_BUILD_H
#define HIP_COMPILE_BUILD_H

#include "Arguments.h"
#include "tools/support/Ptxas.h"

namespace hip_compile {

/// A package, how it came to be, and what an assembler says of it.
struct Compiled {
  hipc::Package package;
  std::vector<hipc::Remark> remarks;
  hipc::CompileTimes times;
  std::optional<hip_tool::Assembly> assembly;
  std::string assembler;    ///< "ptxas 13.0.88"
  std::string notAssembled; ///< why there is no assembly of a GPU's code
  double assembleMs = 0;
};

/// Compiles to a package. Assembles it if that is requested, or to explain it
/// if there is an assembler.
hipc::Expected<Compiled> build(const Arguments &arguments,
                               const std::string &source);

/// A package that was compiled before. What passes chose follows from its
/// source.
hipc::Expected<Compiled> reopen(const Arguments &arguments,
                                const std::string &bytes);

/// A file to write; the path "-" stands for the standard output.
struct Written {
  std::string path, bytes;
};

/// The bytes of the chosen format. A package holds the cubin if it is
/// requested.
std::vector<Written> contents(const Arguments &arguments, Compiled &compiled);

/// The header beside a source in C.
std::string headerPath(const std::string &source);

/// The formats above PTX, which are texts of passes.
hipc::Expected<std::string> lower(const Arguments &arguments,
                                  const std::string &source);

} // namespace hip_compile

#endif // HIP_COMPILE_BUILD_H
