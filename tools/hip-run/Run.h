//===- Run.h - Compile, run and write
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_RUN_RUN_H
#define HIP_RUN_RUN_H

#include "Arguments.h"

namespace hip_run {

/// `hip-run attention`.
hipc::Status runAttention(const Arguments &arguments);

/// `hip-run FILE`, a program or a package.
hipc::Status runFile(const Arguments &arguments);

/// Does what a command line requests.
hipc::Status runCommand(int argc, char **argv);

/// `hip-run --batch`: command lines of standard input, words between tabs, each
/// answered by a line "done"; the first that fails ends it.
hipc::Status runBatch();

} // namespace hip_run

#endif // HIP_RUN_RUN_H
