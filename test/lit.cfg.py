"""FileCheck tests: one folder a part of the tree, as in the sources."""

import os
import re
import shutil

import lit.formats

config.name = "hip-mlir"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".mlir", ".test"]
config.excludes = ["fuzz", "numeric", "unit", "Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.hip_build, "test")
tools = os.path.join(config.hip_build, "bin")
config.environment["PATH"] = os.pathsep.join(
    [tools, config.llvm_tools, os.environ["PATH"]])
# Tests leave the cache of the user alone.
config.environment["HIPC_CACHE_DIR"] = os.path.join(config.test_exec_root, "cache")
config.substitutions.append(("%hip_source", config.hip_source))

# Tests run the tools of this build, never ones that the PATH happens to hold.
for tool in ("hip-opt", "hip-run", "hip-compile", "hip-lsp-server"):
    name = r"(?<![\w./-])" + re.escape(tool) + r"(?![\w./-])"
    config.substitutions.append((name, os.path.join(tools, tool)))

# Stock mlir-opt with what a build makes for it; builds with archives or sanitizers make none.
plugin = os.path.join(config.hip_build, "lib", "HipMlirPlugin.so")
if os.path.exists(plugin):
    config.available_features.add("mlir-plugin")
loaded = f"--load-dialect-plugin={plugin} --load-pass-plugin={plugin}"
config.substitutions.append(("%mlir_opt", f"{os.path.join(config.llvm_tools, 'mlir-opt')} {loaded}"))

# scripts/setup.sh installs it.
if shutil.which("ptxas"):
    config.available_features.add("ptxas")
if shutil.which("python3"):
    config.available_features.add("python3")
