"""Formatting, file length and include direction of every tracked source file."""

import re
import subprocess
import sys
from pathlib import Path

LONGEST = 600
TEXT = (".cpp", ".h", ".hpp", ".c", ".td", ".py", ".sh", ".mlir", ".cmake", ".md", ".txt")
# Folder -> what its files may include of the project; the first that fits is the file's. Each may include
# its own folder.
MAY_INCLUDE = {
    "dialect": ("dialect/",),
    "passes/support": ("dialect/",),
    "passes/pipelines": ("dialect/", "passes/"),
    "passes": ("dialect/", "passes/Passes.h", "passes/support/"),
    "runtime/base": (),
    "runtime/package": ("runtime/base/",),
    "runtime/call": ("runtime/base/", "runtime/package/"),
    "runtime/npy": ("runtime/base/",),
    "runtime/cpu": ("runtime/base/", "runtime/package/", "runtime/call/"),
    "runtime/cuda": ("runtime/base/", "runtime/package/", "runtime/call/"),
    "runtime/device": ("runtime/",),
    "compiler": ("dialect/", "passes/", "runtime/base/", "runtime/package/",
                 "runtime/cpu/Processor.h"),
    "capi": ("compiler/", "runtime/", "dialect/gpu/Chips.h"),
}
OURS = ("dialect", "passes", "compiler", "runtime", "capi", "tools")


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
    name = path.as_posix()
    folder = next((f for f in MAY_INCLUDE if name.startswith(f + "/")), None)
    if folder is None or path.suffix not in (".cpp", ".h", ".hpp", ".td"):
        return
    allowed = (*MAY_INCLUDE[folder], path.parent.as_posix() + "/")
    for included in re.findall(r'^#?\s*include ["<]([^">]+)', text, re.M):
        top = included.split("/")[0]
        if top in OURS and not included.startswith(allowed):
            yield f"includes {included}, which {folder} may not"
        if name.startswith("runtime/") and top in ("llvm", "mlir"):
            yield f"includes {included}: runtime is free of LLVM"


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
