"""Types: mypy and pyright read the package and programs of users, those of typing/."""

import inspect
import os
import subprocess
import sys

import pytest
from conftest import ROOT

import hip_mlir
from hip_mlir import typing as annotations

for checker in ("mypy", "basedpyright"):
    pytest.importorskip(checker)
USERS = ROOT / "test/python/typing"
STUBS = USERS / "stubs"


def check(tmp_path, *command):
    """Runs a checker, which finds the package as an installed one, and PyTorch as a stub."""
    paths = os.pathsep.join(map(str, (ROOT / "python", STUBS)))
    environment = {**os.environ, "PYTHONPATH": paths, "MYPYPATH": paths}
    done = subprocess.run([sys.executable, "-m", *map(str, command)], cwd=tmp_path, env=environment, text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy(tmp_path):
    """--strict, of users and of the package; an `ignore` that is not needed is an error."""
    check(tmp_path, "mypy", "--config-file", ROOT / "pyproject.toml", "--cache-dir", tmp_path,
          *USERS.glob("*.py"), *(ROOT / "python/hip_mlir").rglob("*.py"))


def test_pyright(tmp_path):
    check(tmp_path, "basedpyright", "--pythonpath", sys.executable, "--project", USERS)


def test_everything_public_has_a_type(tmp_path):
    """Of py.typed packages pyright takes what is annotated, and guesses nothing."""
    check(tmp_path, "basedpyright", "--pythonpath", sys.executable, "--ignoreexternal", "--verifytypes", "hip_mlir")


def test_options_are_the_arguments():
    """The keywords that overloads share are those of the functions."""
    for function, options, own in (
            (hip_mlir.attention, annotations.CallOptions, ("return_lse", "return_lists", "out")),
            (hip_mlir.explain, annotations.CallOptions, ("return_lse", "return_lists"))):
        keywords = {name for name, each in inspect.signature(function).parameters.items()
                    if each.kind is each.KEYWORD_ONLY}
        assert keywords == {*options.__annotations__, *own}, function.__name__
