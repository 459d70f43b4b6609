"""Damaged packages and arrays into the tools.

A package is native code and its launch plan is trusted with it: what is changed and sealed again with a right
checksum is read, checked and explained, but not run. What is changed without that has to be refused, and whole packages
run on damaged arrays.
"""

import re
import struct
from functools import lru_cache

import numpy as np
from finding import Finding
from process import fault, run

BATCH = 32
ATTENTION = ["attention", "--query-heads=2", "--kv-heads=1", "--head-size=16", "--dtype=f32", "--lse", "--list",
             "--policy=tree<block_q = 16, block_k = 2, keep = 8>"]
SHAPES = {"q.npy": (1, 2, 20, 16), "k.npy": (1, 1, 40, 16), "v.npy": (1, 1, 40, 16)}
OUTPUTS = 4
CHECKSUM_BYTES = 8
WORDS = [0, 1, 2, 7, 255, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63 - 1, 2**63, 2**64 - 1]
HEADERS = [b"<f4", b"<f2", b"<f8", b"<i4", b"<i8", b"|V2", b">f4", b"|O", b"<U4", b"False", b"True", b"1", b"2", b"20",
           b"40", b"16", b"0", b"-1", b"9223372036854775807", b"99999999999999999999", b"()", b"(", b",", b"'", b"{", b"}"]


def _crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0xC96C5795D7870F42 if byte & 1 else 0)
        table.append(byte)
    return table


CRC = _crc_table()


def sealed(data):
    """With its size and checksum (CRC-64/XZ) made right."""
    data = data[:12] + struct.pack("<Q", len(data)) + data[20:-CHECKSUM_BYTES]
    crc = 2**64 - 1
    for byte in data:
        crc = CRC[(crc ^ byte) & 255] ^ crc >> 8
    return data + struct.pack("<Q", crc ^ 2**64 - 1)


def pick(rng, options):
    return options[int(rng.integers(len(options)))]


@lru_cache(maxsize=None)
def packages(tools):
    """For the processor and for a GPU."""
    outcomes = [run([tools.tool("hip-compile"), *ATTENTION, f"--chip={chip}", "-o", "/dev/stdout"], text=False)
                for chip in ("cpu", "sm_90a")]
    assert all(outcome.out.startswith(b"HIPCPKG") for outcome in outcomes), outcomes[0].errors
    return [outcome.out for outcome in outcomes]


def damaged(rng, data):
    """A copy with bytes, words or pieces changed, mostly where the plan is, in front of the code and behind it."""
    data = bytearray(data)
    code = re.search(rb"\x7fELF|//\n|\.version", bytes(data))
    edge = code.start() if code and rng.random() < 0.8 else len(data)
    for _ in range(int(rng.geometric(0.5))):
        at = int(rng.integers(0, min(edge, len(data)) + 1))
        if rng.random() < 0.3 and edge < len(data):
            at = len(data) - 1 - int(rng.integers(0, min(2500, len(data))))
        kind = int(rng.integers(5))
        if kind == 0:
            data[at:at + 1] = bytes([int(rng.integers(256))])
        elif kind == 1:
            data[at:at + 8] = struct.pack("<Q", pick(rng, WORDS))
        elif kind == 2:
            data[at:at + 4] = struct.pack("<I", pick(rng, WORDS) & 0xffffffff)
        elif kind == 3:
            del data[at:at + int(rng.integers(1, 40))]
        else:
            data[at:at] = data[at:at + int(rng.integers(1, 40))]
    return bytes(data)


def damaged_array(rng, data):
    header = data.index(b"\n") + 1
    if rng.random() < 0.7:
        words = list(re.finditer(rb"\d+|'[^']*'|False|[(){},]", data[:header]))
        word = pick(rng, words)
        return data[:word.start()] + pick(rng, HEADERS) + data[word.end():]
    return damaged(rng, data)


def arrays(rng, folder):
    data = {}
    for name, shape in SHAPES.items():
        np.save(folder / name, rng.standard_normal(shape).astype(np.float32))
        data[name] = (folder / name).read_bytes()
    return data


def call(tools, package, inputs):
    command = [tools.tool("hip-run"), "{p.hipc}"]
    for name in inputs:
        command += ["--in", "{%s}" % name]
    outs = {f"out{x}.npy": b"" for x in range(OUTPUTS)}
    for name in outs:
        command += ["--out", "{%s}" % name]
    return Finding("packages", "", command, {"p.hipc": package, **inputs, **outs})


def make(tools, rng, folder):
    package = pick(rng, packages(tools))
    kind = pick(rng, ("show", "explain", "sealed out", "arrays"))
    if kind == "arrays":
        inputs = arrays(rng, folder)
        name = pick(rng, list(inputs))
        return call(tools, packages(tools)[0], {**inputs, name: damaged_array(rng, inputs[name])}), False
    broken = damaged(rng, package)
    if kind == "sealed out":
        return call(tools, broken, arrays(rng, folder)), broken != package
    command = [tools.tool("hip-run"), "{p.hipc}", "--emit=package"] if kind == "show" \
        else [tools.tool("hip-compile"), "{p.hipc}", "--explain"]
    return Finding("packages", "", command, {"p.hipc": sealed(broken) if len(broken) > 28 else broken}), False


def work(tools, rng, folder):
    findings = []
    for _ in range(BATCH):
        finding, refused = make(tools, rng, folder)
        outcome = finding.run(folder)
        finding.kind = fault(outcome) or ("a damaged package runs" if refused and outcome.status == 0 else "")
        finding.output = outcome.errors
        if finding.kind:
            findings.append(finding)
    return {"inputs": BATCH}, findings
