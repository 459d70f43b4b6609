"""clang-tidy over the product's sources, from the build's compile database; any warning fails.

Most of the time goes to MLIR's headers, so the files of a folder are checked as one unit, the text of all;
those that do not compile behind the others, as they have a function of the same name, are another unit. A file
that passed is not looked at again while its text, the headers of ours that it includes, its command,
.clang-tidy and this script are the same: BUILD/tidy has an empty file named by the hash of these for each.
"""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TIDY = "clang-tidy-22"
FOLDERS = ("runtime", "capi", "dialect", "passes", "compiler", "tools")
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)
CONFLICT = re.compile(r"\[clang-diagnostic-(error|macro-redefined)\b")
FAULT = re.compile(r"^(\S+?):\d+:\d+: (?:error|fatal error): ", re.M)


def commands(root, build):
    """File -> its command without its own name and object, of what is checked."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = Path(entry["file"])
        if path.is_relative_to(root) and path.relative_to(root).parts[0] in FOLDERS:
            words = shlex.split(entry["command"])
            output = words.index("-o")
            found[path] = [word for word in words[:output] + words[output + 2:] if word not in ("-c", str(path))]
    return dict(sorted(found.items()))


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
    digest = hashlib.sha256(common + shlex.join(command).encode())
    for each in sources.closure(path):
        digest.update(str(each).encode() + hashlib.sha256(sources.text(each)).digest())
    return digest.hexdigest()


def units_of(paths, compiled):
    """Lists of files of one folder, command and language, longest first."""
    units = defaultdict(list)
    for path in paths:
        units[path.parent, path.suffix, *compiled[path]].append(path)
    return sorted(units.values(), key=len, reverse=True)


class Checker:
    def __init__(self, root, build, compiled):
        self.root, self.build, self.compiled = root, build, compiled

    def run(self, source, unit):
        """What clang-tidy says of a file with the text of a unit; empty if nothing."""
        tidy = [TIDY, "--quiet", "--warnings-as-errors=*", f"--config-file={self.root / '.clang-tidy'}", str(source),
                "--", *self.compiled[unit[0]][1:], "-ferror-limit=0", "-iquote", str(unit[0].parent)]
        done = subprocess.run(tidy, cwd=self.build, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.stdout or f"{source}: clang-tidy ended with {done.returncode}" if done.returncode else ""

    def run_together(self, unit):
        texts = [path.read_text() for path in unit]
        name = hashlib.sha256("".join(map(str, unit)).encode()).hexdigest()[:16]
        source = self.build / "tidy" / f"unit-{name}{unit[0].suffix}"
        source.write_text("".join(texts))
        said = self.run(source, unit)
        source.unlink()
        places = [(path, line) for path, text in zip(unit, texts) for line in range(1, text.count("\n") + 1)]
        return re.sub(re.escape(str(source)) + r":(\d+)", lambda at: "%s:%s" % places[int(at[1]) - 1], said)

    def check(self, unit):
        if len(unit) == 1:
            return self.run(unit[0], unit)
        said = self.run_together(unit)
        conflicts = {line.split(":")[0]: line for line in said.splitlines() if CONFLICT.search(line)}
        if not conflicts:
            return said
        apart = [path for path in unit if str(path) in conflicts]
        if len(apart) in (0, len(unit)):
            apart = unit[len(unit) // 2:]
        print(f"{len(apart)} of {len(unit)} files of {unit[0].parent.relative_to(self.root)} are checked apart:",
              *conflicts.values(), sep="\n", flush=True)
        return self.check([path for path in unit if path not in apart]) + self.check(apart)


def main(root, build, counts):
    root, build = Path(root).resolve(), Path(build).resolve()
    kept = build / "tidy"
    kept.mkdir(exist_ok=True)
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
    common = version + (root / ".clang-tidy").read_bytes() + Path(__file__).read_bytes()
    sources, compiled = Sources(root, build), commands(root, build)
    marks = {path: kept / hash_of(sources, path, command, common) for path, command in compiled.items()}
    todo = [path for path in compiled if not marks[path].exists()]
    print(f"{len(todo)} files to check, {len(compiled) - len(todo)} are as they were when they passed", flush=True)
    said, failed = set(), set()
    units, checker = units_of(todo, compiled), Checker(root, build, compiled)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for unit, faults in zip(units, pool.map(checker.check, units)):
            if not faults:
                for path in unit:
                    marks[path].touch()
                continue
            failed |= set(FAULT.findall(faults)) or {str(unit[0])}
            # A header's fault is said once.
            print(*[line for line in faults.splitlines() if line not in said], sep="\n", flush=True)
            said.update(line for line in faults.splitlines() if " error: " in line)
    passed = max(len(compiled) - len(failed), 0)
    print(f"{passed} files are clean, {len(failed)} are not")
    Path(counts).write_text(f"{passed} {len(failed)} 0\n")
    return len(failed) != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
