"""Parses the examples of the given .td files with hip-opt.

Usage: doc_examples.py HIP_OPT FILE.td...

An example is a ```mlir block, which every op has, or, of an attribute,
"Example: `#hip...`". Fails where one does not parse or an op has none.
"""

import pathlib
import re
import subprocess
import sys
import textwrap

DEFINITION = re.compile(r"^def (Hip_\w+Op)\b", re.MULTILINE)
BLOCK = re.compile(r"^ *```mlir\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
ATTRIBUTE = re.compile(r"Example: `(#hip[^`]*)`")
HOLDER = "func.func private @f() attributes {{hip_example = {}}}\n"


def examples(text):
    """Gives (offset, program) of each example in a file."""
    for match in BLOCK.finditer(text):
        yield match.start(1), textwrap.dedent(match.group(1))
    for match in ATTRIBUTE.finditer(text):
        yield match.start(1), HOLDER.format(match.group(1))


def undocumented(text):
    """Gives (offset, name) of each op without a block."""
    starts = list(DEFINITION.finditer(text))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    for match, end in zip(starts, ends):
        if not BLOCK.search(text, match.start(), end):
            yield match.start(), match.group(1)


def parses(hip_opt, where, program):
    """Whether hip-opt takes `program`; says where it stands if not."""
    done = subprocess.run([hip_opt, "--verify-roundtrip", "-"], input=program,
                          capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{where}: does not parse\n{done.stderr}")
    return done.returncode == 0


def check(hip_opt, file):
    """Gives (examples that parse, examples, ops without one)."""
    text = pathlib.Path(file).read_text(encoding="utf-8")

    def where(offset):
        return f"{file}:{text.count(chr(10), 0, offset) + 1}"

    good = [parses(hip_opt, where(offset), program)
            for offset, program in examples(text)]
    missing = list(undocumented(text))
    for offset, name in missing:
        print(f"{where(offset)}: {name} has no example")
    return sum(good), len(good), len(missing)


def main(hip_opt, *files):
    counts = [check(hip_opt, file) for file in files]
    good, total, missing = map(sum, zip(*counts))
    print(f"{good} of {total} examples parse, {missing} ops have none")
    return 0 if total and good == total and not missing else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
