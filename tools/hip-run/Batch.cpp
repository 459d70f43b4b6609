//===- Batch.cpp - Many runs in one process
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Run.h"

#include "runtime/device/Backend.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

#include <iostream>

using namespace hipc;

namespace hip_run {

static Status runLine(llvm::StringRef line) {
  llvm::SmallVector<llvm::StringRef> parts;
  line.split(parts, '\t');
  std::vector<std::string> words{"hip-run"};
  words.insert(words.end(), parts.begin(), parts.end());
  std::vector<char *> argv;
  argv.reserve(words.size());
  for (std::string &word : words)
    argv.push_back(word.data());
  llvm::cl::ResetAllOptionOccurrences();
  return runCommand(int(argv.size()), argv.data());
}

Status runBatch() {
  // A GPU's context, which takes longest to make, is made once.
  Expected<std::unique_ptr<device::Backend>> device = device::createCuda();
  for (std::string line; std::getline(std::cin, line);) {
    HIPC_RETURN_IF_ERROR(runLine(line));
    llvm::outs() << "done\n";
    llvm::outs().flush();
  }
  return {};
}

} // namespace hip_run
