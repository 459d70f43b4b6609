"""FileCheck tests: one folder a part of the tree, as in the sources."""

import os

import lit.formats

config.name = "hip-mlir"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".mlir", ".test"]
config.excludes = ["numeric", "unit", "Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.hip_build, "test")
config.environment["PATH"] = os.pathsep.join(
    [os.path.join(config.hip_build, "bin"), config.llvm_tools, os.environ["PATH"]])
config.substitutions.append(("%hip_source", config.hip_source))
