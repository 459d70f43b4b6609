"""clang-tidy over sources of the product, from the build's compile database; any warning fails.

A file that passed is not looked at again while its text, the headers of ours that it includes, its command
and .clang-tidy are the same: BUILD/tidy has an empty file named by the hash of these for each.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TIDY = "clang-tidy-22"
# What is clean so far.
FOLDERS = ("runtime", "capi")
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)


def commands(root, build):
    """File -> its command, of what is checked."""
    database = json.loads((build / "compile_commands.json").read_text())
    paths = {Path(entry["file"]): entry["command"] for entry in database}
    return {path: command for path, command in sorted(paths.items())
            if path.is_relative_to(root) and path.relative_to(root).parts[0] in FOLDERS}


class Sources:
    """Files with all that they include of ours, or of what TableGen made."""

    def __init__(self, root, build):
        self.folders = root, build
        self.texts, self.included = {}, {}

    def text(self, path):
        if path not in self.texts:
            self.texts[path] = path.read_bytes()
        return self.texts[path]

    def direct(self, path):
        if path not in self.included:
            names = INCLUDE.findall(self.text(path).decode())
            places = [folder / name for name in names for folder in (path.parent, *self.folders)]
            self.included[path] = [place for place in places if place.is_file()]
        return self.included[path]

    def closure(self, path):
        seen, todo = {path}, [path]
        while todo:
            fresh = set(self.direct(todo.pop())) - seen
            seen |= fresh
            todo += fresh
        return sorted(seen)


def hash_of(sources, path, command, common):
    digest = hashlib.sha256(common + command.encode())
    for each in sources.closure(path):
        digest.update(str(each).encode() + hashlib.sha256(sources.text(each)).digest())
    return digest.hexdigest()


def check(root, build, path):
    """What clang-tidy says of a file; empty if nothing."""
    done = subprocess.run([TIDY, "-p", str(build), "--quiet", "--warnings-as-errors=*", str(path)],
                          cwd=root, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout if done.returncode else ""


def main(root, build, counts):
    root, build = Path(root).resolve(), Path(build).resolve()
    kept = build / "tidy"
    kept.mkdir(exist_ok=True)
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
    common = version + (root / ".clang-tidy").read_bytes()
    sources, todo, passed = Sources(root, build), {}, 0
    for path, command in commands(root, build).items():
        mark = kept / hash_of(sources, path, command, common)
        if mark.exists():
            passed += 1
        else:
            todo[path] = mark
    print(f"{len(todo)} files to check, {passed} are as they were when they passed", flush=True)
    said, failed = set(), 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, faults in zip(todo, pool.map(lambda each: check(root, build, each), todo)):
            if not faults:
                todo[path].touch()
                passed += 1
                continue
            failed += 1
            # A header's fault is said once.
            fresh = [line for line in faults.splitlines() if line not in said]
            said.update(line for line in fresh if " error: " in line)
            print(f"FAIL {path.relative_to(root)}", *fresh, sep="\n", flush=True)
    print(f"{passed} files are clean, {failed} are not")
    Path(counts).write_text(f"{passed} {failed} 0\n")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
