"""A smoke run of each fuzzer, what they have found so far, and the fuzzers themselves."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
sys.path.insert(0, str(FOLDER))

import fuzz  # noqa: E402
import generate  # noqa: E402
import mutate  # noqa: E402
import packages  # noqa: E402
import process  # noqa: E402
from finding import Finding, minimize  # noqa: E402

BIN = Path(os.environ.get("HIP_RUN", ROOT / "build" / "dev" / "bin" / "hip-run")).parent
TOOLS = fuzz.Tools(BIN, BIN.parent / "lib" / "libhipc.so", ("reference", "cpu"))
# What each does in about a minute on two processors.
SMOKE = {"mutate": 32, "generate": 20, "packages": 480, "calls": 320}
CORPUS = sorted((FOLDER / "corpus").glob("*.mlir"))


@pytest.mark.parametrize("kind", SMOKE)
def test_smoke(kind, tmp_path):
    done = subprocess.run([ROOT / "scripts" / "fuzz.sh", "10", kind, f"--count={SMOKE[kind]}", "--seed=1",
                           f"--tools={BIN}", f"--library={TOOLS.library}", f"--keep={tmp_path}"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{SMOKE[kind]} inputs, 0 kinds of faults" in done.stdout


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_corpus(path):
    """The first line is the command. It ends well, as it has to where it says (right), or says what is wrong."""
    line = path.read_text().split("\n")[0].removeprefix("// ")
    tool, *words = line.removesuffix("(right)").split()
    outcome = process.run([BIN / tool, *words, path, "-o", "/dev/null"])
    assert process.fault(outcome) is None, outcome.errors
    assert outcome.status == 0 or not line.endswith("(right)"), outcome.errors


def script(folder, text):
    path = folder / "hip-opt"
    path.write_text("#!/usr/bin/env python3\n" + text)
    path.chmod(0o755)
    return fuzz.Tools(folder, folder, ())


# A hip-opt that dies of the word 'bad', never ends with 'slow', and says nothing of 'mute'.
LIAR = """import os, signal, sys, time
files = [word for word in sys.argv[1:] if word.endswith(".mlir")]
parts = [open(files[0]).read()] if files else sys.stdin.read().split("// -----\\n")
line, status = 1, 0
for number, part in enumerate(parts):
    if "bad" in part:
        sys.stderr.write("x.cpp:1: f(): Assertion `good' failed.\\n #5 0x1 mlir::hip::f(int) (a.so)\\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGABRT)
    if "slow" in part:
        time.sleep(99)
    if "mute" in part or "wrong" in part:
        status = 1
        if "wrong" in part:
            sys.stderr.write(f"within split at <stdin>:{line} offset :1:1: error: wrong\\n")
    else:
        sys.stdout.write(part or "module\\n")
    sys.stdout.write("// -----\\n" if number + 1 < len(parts) else "")
    line += part.count("\\n") + 1
sys.exit(status)
"""


@pytest.mark.parametrize("word, kind", [("bad", "Assertion `good' failed in mlir::hip::f"),
                                        ("mute", "ends with 1 and no message")])
def test_one_fault_among_many_inputs_is_found(word, kind, tmp_path):
    tools = script(tmp_path, LIAR)
    texts = ["a\n", "wrong\n", "b\n", f"c\n{word}\nd\n", "wrong\n", "e\n"]
    printed, (found,) = mutate.through(tools, ["--pass"], texts)
    assert found.kind == kind and found.files == {"input.mlir": texts[3].encode()}
    assert [bool(text.strip()) for text in printed] == [True, False, True, False, False, True]


def test_a_hang_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(mutate, "SECONDS", 1)
    _, (found,) = mutate.through(script(tmp_path, LIAR), ["--hip-x=y"], ["a\n", "slow\n"])
    assert found.kind == "hang of --hip-x"


def test_findings_are_made_small(tmp_path):
    tools = script(tmp_path, LIAR)
    text = "".join(f"line {x}\n" for x in range(50)) + "bad\n" + "more\n" * 30
    finding = Finding("mutate", "Assertion `good' failed in mlir::hip::f",
                      [tools.tool("hip-opt"), "{input.mlir}", "-o", "/dev/null"], {"input.mlir": text.encode()})
    assert minimize(finding, tmp_path / "small").files["input.mlir"].split() == [b"bad"]


def test_mutants_are_a_function_of_the_seed():
    one, two = ([mutate.mutant(np.random.default_rng(seed), TOOLS) for seed in range(40)] for _ in range(2))
    assert one == two and len(set(one)) > 30


def test_every_pass_and_pipeline_is_tried():
    flags = {words[0] for words in mutate.passes(TOOLS) if words}
    registered = (ROOT / "passes" / "Passes.td").read_text().count(": Pass<")
    assert len({flag for flag in flags if flag.startswith("--hip-") and "=" not in flag}) >= registered + 5


def right_program(kind):
    """A program of this kind with rows and keys, and the results that NumPy wants, as far as they are exact."""
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        shape = generate.make_shape(rng, False)
        if shape.kind == kind and shape.batch and shape.rows and min(shape.lengths) > 40 and not shape.static:
            return generate.Program(rng, shape)
    raise AssertionError("no program")


@pytest.mark.parametrize("kind", ["attention", "prune", "given"])
def test_a_wrong_result_is_seen(kind, tmp_path):
    """One element of each result changed, in every program that runs rightly."""
    program = right_program(kind)
    results, finding = generate.run(TOOLS, program, tmp_path, "cpu")
    assert results, finding.kind
    assert program.fault(results) is None
    for number, (name, _) in enumerate(program.text.results):
        if not results[number].size or name == "%list#0" and not results[number + 1].any():
            continue
        changed = [array.copy() for array in results]
        # Of -inf, which is the lse of a row without keys, there is no other.
        at = np.argmax(np.isfinite(changed[number].astype(np.float64)))
        changed[number].reshape(-1)[at] += np.array(7, changed[number].dtype)
        assert program.fault(changed), name


def test_sealed_packages_are_whole(tmp_path):
    for package in packages.packages(TOOLS):
        assert packages.sealed(package) == package
