//===- hip-run.cpp - Compile and run on arrays
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Run.h"

#include "llvm/Support/raw_ostream.h"

using namespace hip_run;

hipc::Status hip_run::runCommand(int argc, char **argv) {
  hipc::Expected<Arguments> arguments = parseArguments(argc, argv);
  if (!arguments)
    return arguments.status();
  return arguments->attention ? runAttention(*arguments) : runFile(*arguments);
}

int main(int argc, char **argv) {
  bool batch = argc == 2 && llvm::StringRef(argv[1]) == "--batch";
  hipc::Status status = batch ? runBatch() : runCommand(argc, argv);
  if (status.ok())
    return 0;
  llvm::errs() << "hip-run: error: " << status.message() << "\n";
  return 1;
}
