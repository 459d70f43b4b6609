//===- Execute.h - From a program to results
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_RUN_EXECUTE_H
#define HIP_RUN_EXECUTE_H

#include "Arguments.h"
#include "compiler/PackageCache.h"

namespace hip_run {

using Results = std::vector<hipc::OwnedTensor>;

/// A program by a name and its text, which is made only if it is compiled, or
/// one that was compiled ahead of time.
struct Source {
  std::string request;
  hipc::TextWriter text;
  std::optional<hipc::Package> package;
};

/// Compiles or takes from the cache, runs as often as asked for, and prints
/// both times. The program has to give `outputs` results. Unless told where it
/// runs on the first GPU, or on the CPU where there is none or the program has
/// no form for it.
hipc::Expected<Results> execute(const Arguments &arguments,
                                const Source &source,
                                std::span<const hipc::Tensor> inputs,
                                size_t outputs);

} // namespace hip_run

#endif // HIP_RUN_EXECUTE_H
