"""Writes a wheel of the package `hipc` with libhipc.so inside: wheel.py LIBRARY FOLDER.

The tag is the oldest manylinux that has the symbols the library needs. A wheel is a zip file, so that
nothing but Python and llvm-objdump is needed to make one.
"""

import base64
import hashlib
import platform
import re
import subprocess
import sys
import zipfile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "python"
OBJDUMP = "llvm-objdump-22"
# Libraries that every manylinux machine has.
SYSTEM = re.compile(r"(libc|libm|libdl|libpthread|librt)\.so\.\d|ld-linux-[\w-]+\.so\.\d")
# Files of one content make wheels of one content.
STAMP = (1980, 1, 1, 0, 0, 0)


def objdump(option, library):
    return subprocess.run([OBJDUMP, option, str(library)], check=True, text=True,
                          capture_output=True).stdout


def check_needed(library):
    needed = re.findall(r"^\s+NEEDED\s+(\S+)", objdump("-p", library), re.M)
    foreign = [name for name in needed if not SYSTEM.fullmatch(name)]
    if foreign:
        raise SystemExit(f"error: {library} needs {', '.join(foreign)}, which not every machine has; "
                         "build the static preset")


def tag(library):
    versions = re.findall(r"GLIBC_2\.(\d+)", objdump("-T", library))
    return f"py3-none-manylinux_2_{max(17, *map(int, versions))}_{platform.machine()}"


def version():
    text = (PACKAGE / "hip_mlir/__init__.py").read_text()
    return re.search(r'^__version__ = "(.+)"', text, re.M)[1]


def metadata(number):
    pyproject = (PACKAGE / "pyproject.toml").read_text()
    summary = re.search(r'^description = "(.+)"', pyproject, re.M)[1]
    python = re.search(r'^requires-python = "(.+)"', pyproject, re.M)[1]
    return (f"Metadata-Version: 2.4\nName: hip-mlir\nVersion: {number}\nSummary: {summary}\n"
            f"License-Expression: Apache-2.0 WITH LLVM-exception\nRequires-Python: {python}\n")


def contents(library, number, tags):
    """Pairs of a name in the wheel and its bytes."""
    for path in sorted((PACKAGE / "hip_mlir").rglob("*")):
        if path.suffix in (".py", ".typed"):
            yield path.relative_to(PACKAGE).as_posix(), path.read_bytes()
    yield "hip_mlir/lib/libhipc.so", library.read_bytes()
    info = f"hip_mlir-{number}.dist-info"
    yield f"{info}/METADATA", metadata(number).encode()
    yield f"{info}/WHEEL", (f"Wheel-Version: 1.0\nGenerator: hip-mlir\nRoot-Is-Purelib: false\n"
                            f"Tag: {tags}\n").encode()
    yield f"{info}/licenses/LICENSE", (PACKAGE.parent / "LICENSE").read_bytes()


def record(entries, number):
    lines = []
    for name, data in entries:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}")
    name = f"hip_mlir-{number}.dist-info/RECORD"
    return name, "\n".join([*lines, f"{name},,", ""]).encode()


def write(library, folder):
    """Path of the wheel."""
    check_needed(library)
    number, tags = version(), tag(library)
    entries = list(contents(library, number, tags))
    wheel = folder / f"hip_mlir-{number}-{tags}.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, data in [*entries, record(entries, number)]:
            file.writestr(zipfile.ZipInfo(name, STAMP), data, zipfile.ZIP_DEFLATED)
    return wheel


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), Path(sys.argv[2])))
