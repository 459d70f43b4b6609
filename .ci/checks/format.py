"""Formatting, file length and include direction of every tracked source file."""

import re
import subprocess
import sys
from pathlib import Path

LONGEST = 600
TEXT = (".cpp", ".h", ".hpp", ".c", ".td", ".py", ".sh", ".mlir", ".cmake", ".md", ".txt")
# Folder -> what its files may include of the project.
MAY_INCLUDE = {
    "dialect": ("dialect/",),
    "passes/support": ("dialect/", "passes/support/"),
    "passes/pipelines": ("dialect/", "passes/", "runtime/package/"),
    "passes": ("dialect/", "passes/Passes.h", "passes/support/", "{self}/", "runtime/package/"),
    "runtime/jit": ("dialect/", "passes/", "runtime/"),
    "runtime/capi": ("runtime/",),
    "runtime": ("runtime/",),
}
NO_LLVM = ("runtime/package", "runtime/cpu", "runtime/cuda", "runtime/npy")


def tracked(root):
    listed = subprocess.run(["git", "ls-files"], cwd=root, check=True, text=True,
                            capture_output=True).stdout
    return [Path(name) for name in listed.split("\n") if name.endswith(TEXT)]


def text_faults(path, text):
    generated = path.parts[:2] == ("docs", "reference")
    if path.suffix != ".npy" and not generated and len(text.splitlines()) > LONGEST:
        yield f"is {len(text.splitlines())} lines long; {LONGEST} at most"
    for number, line in enumerate(text.splitlines(), 1):
        if line != line.rstrip():
            yield f"line {number} ends with a blank"
        if "\t" in line:
            yield f"line {number} has a tab"


def include_faults(path, text):
    folder = next((f for f in MAY_INCLUDE if path.as_posix().startswith(f + "/")), None)
    if folder is None or path.suffix not in (".cpp", ".h"):
        return
    allowed = [a.replace("{self}", path.parent.as_posix()) for a in MAY_INCLUDE[folder]]
    for name in re.findall(r'^#include "([^"]+)"', text, re.M):
        ours = name.split("/")[0] in ("dialect", "passes", "runtime", "tools")
        if ours and not name.startswith(tuple(allowed)) and not name.startswith("passes/Passes.h"):
            yield f"includes {name}, which {folder} may not"
        if path.as_posix().startswith(NO_LLVM) and name.split("/")[0] in ("llvm", "mlir"):
            yield f"includes {name}: {folder} is free of LLVM"


def format_faults(root, path):
    if path.suffix not in (".cpp", ".h", ".hpp", ".c"):
        return
    result = subprocess.run(["clang-format-22", "--dry-run", "-Werror", str(path)], cwd=root,
                            text=True, capture_output=True)
    if result.returncode:
        yield "is not formatted; run clang-format-22 -i: " + result.stderr.split("\n")[0]


def main(root, counts):
    passed = failed = 0
    for path in tracked(root):
        text = (Path(root) / path).read_text()
        faults = [*text_faults(path, text), *include_faults(path, text),
                  *format_faults(root, path)]
        for fault in faults:
            print(f"FAIL {path}: {fault}")
        passed += not faults
        failed += bool(faults)
    print(f"{passed} files are in order, {failed} are not")
    Path(counts).write_text(f"{passed} {failed} 0\n")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
