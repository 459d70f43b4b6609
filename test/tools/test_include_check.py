"""Which folder may include which: the check itself."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".ci/checks"))

import format as check  # noqa: E402


def faults(path, included):
    return list(check.include_faults(Path(path), f"// A file.\n\n{included}\n"))


@pytest.mark.parametrize("path, included, piece", [
    ("runtime/cpu/ObjectLoader.cpp", '#include "mlir/IR/Builders.h"', "runtime is free of LLVM"),
    ("runtime/cpu/ObjectLoader.h", "#include <mlir/IR/Builders.h>", "runtime is free of LLVM"),
    ("runtime/cpu/ObjectLoader.cpp", '#include "compiler/Compiler.h"', "runtime/cpu may not"),
    ("capi/NoCompiler.cpp", '#include "dialect/HipOps.h"', "capi may not"),
    ("runtime/device/Backend.h", '#include "passes/Passes.h"', "runtime/device may not"),
    ("runtime/device/Backend.h", '#include "dialect/HipOps.h"', "runtime/device may not"),
    ("runtime/cpu/Launch.cpp", '#include "llvm/ADT/STLExtras.h"', "runtime is free of LLVM"),
    ("runtime/base/Status.h", '#include "runtime/package/Plan.h"', "runtime/base may not"),
    ("dialect/HipOps.td", 'include "passes/Passes.td"', "dialect may not"),
    ("dialect/layout/Fragment.h", '#include "passes/Passes.h"', "dialect may not"),
    ("passes/tile/Tile.cpp", '#include "passes/schedule/Schedule.h"', "passes may not"),
    ("passes/tile/Tile.cpp", '#include "compiler/Compiler.h"', "passes may not"),
    ("compiler/Compile.cpp", '#include "capi/hipc.h"', "compiler may not")])
def test_refuses(path, included, piece):
    found = faults(path, included)
    assert found and all(piece in fault for fault in found), found


@pytest.mark.parametrize("path, included", [
    ("compiler/Host.cpp", '#include "llvm/TargetParser/Host.h"'),
    ("capi/NoCompiler.cpp", '#include "dialect/gpu/Chips.h"'),
    ("runtime/call/Shapes.h", '#include "runtime/package/Package.h"'),
    ("dialect/layout/Fragment.h", '#include "dialect/HipOps.h"'),
    ("passes/tile/Tile.cpp", '#include "passes/tile/TileBuilder.h"'),
    ("compiler/Compile.cpp", '#include "passes/pipelines/Pipelines.h"'),
    ("capi/hipc.hpp", "#include <hipc.h>")])
def test_takes(path, included):
    assert faults(path, included) == []
