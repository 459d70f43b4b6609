//===- ServeBench.cpp - A server's traffic, beside SDPA
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ServeBench.h"

#include "PythonScript.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"

using namespace hipc;

namespace hip_bench {

constexpr const char *kScript = "benchmarks/speed/serve.py";

/// Prints those of the modules that are named which are not there.
constexpr const char *kMissing =
    "import importlib.util, sys; print(', '.join(name for name in sys.argv[1:] "
    "if not importlib.util.find_spec(name)))";

static Expected<std::string> findScript(const ServeOptions &options) {
  std::vector<std::string> places = {options.script};
  if (options.script.empty())
    places = {kScript, join(options.checkout, "/", kScript)};
  for (const std::string &place : places)
    if (llvm::sys::fs::exists(place))
      return place;
  return error(Code::NotFound, "no ", places.front(),
               options.script.empty() ? " in the working directory, nor where "
                                        "this tool was built"
                                      : "",
               "; run in a checkout of hip-mlir, or name the script by "
               "--serve-script");
}

Status benchServe(const ServeOptions &options) {
  Expected<std::string> script = findScript(options);
  if (!script)
    return script.status();
  constexpr const char *kNeeds = "NumPy, PyTorch, transformers and hip_mlir";
  Expected<std::string> missing =
      readScript({options.python, "-c", kNeeds},
                 {kMissing, "numpy", "torch", "transformers", "hip_mlir"});
  if (!missing)
    return missing.status();
  if (llvm::StringRef names = llvm::StringRef(*missing).trim(); !names.empty())
    return error(Code::NotFound, "--python ", options.python, " has no ",
                 std::string_view(names),
                 "; pip install PyTorch and, in a checkout, '.[transformers]', "
                 "or name another Python");
  return runScript({options.python, *script, kNeeds}, options.words);
}

} // namespace hip_bench
