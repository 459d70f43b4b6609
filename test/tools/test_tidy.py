"""The check that runs clang-tidy: what it looks at, what it keeps and what fails it."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".ci/checks"))

import tidy  # noqa: E402

FAULT = "runtime/a.cpp:1:1: error: a fault [some-check]"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A source with a header, a test that is no product, and a clang-tidy that refuses what has the word `bad`."""
    for name, text in (("runtime/a.cpp", '#include "runtime/a.h"\n'), ("runtime/a.h", "int a;\n"),
                       ("test/t.cpp", "bad\n"), (".clang-tidy", "Checks: '*'\n"), ("build/x", "")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    sources = [str(tmp_path / name) for name in ("runtime/a.cpp", "test/t.cpp")]
    (tmp_path / "build/compile_commands.json").write_text(
        json.dumps([{"file": source, "command": "c++ " + source} for source in sources]))
    program = tmp_path / "fake-tidy"
    program.write_text(f"#!/bin/sh\ncat runtime/* | grep -q bad || exit 0\necho '{FAULT}'\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(tidy, "TIDY", str(program))
    return tmp_path


def run(tree, capsys):
    failed = tidy.main(str(tree), str(tree / "build"), str(tree / "counts"))
    return failed, (tree / "counts").read_text().split(), capsys.readouterr().out


def test_looks_once_at_what_does_not_change(tree, capsys):
    assert run(tree, capsys)[2].startswith("1 files to check, 0 are")
    failed, counts, out = run(tree, capsys)
    assert not failed and counts == ["1", "0", "0"]
    assert out.startswith("0 files to check, 1 are")


@pytest.mark.parametrize("name", ["runtime/a.cpp", "runtime/a.h", ".clang-tidy"])
def test_looks_again_after_a_change(tree, capsys, name):
    run(tree, capsys)
    with open(tree / name, "a") as file:
        file.write("\n")
    assert run(tree, capsys)[2].startswith("1 files to check")


def test_a_warning_fails_until_it_is_gone(tree, capsys):
    (tree / "runtime/a.h").write_text("bad\n")
    for _ in range(2):
        failed, counts, out = run(tree, capsys)
        assert failed and counts == ["0", "1", "0"]
        assert "FAIL runtime/a.cpp" in out and FAULT in out
    (tree / "runtime/a.h").write_text("good\n")
    assert not run(tree, capsys)[0]
