"""Tutorials run from top to bottom, as a reader would run them, and print what they say.

In a folder that looks like the root of a built checkout, `python` blocks of a page share one namespace and `sh` blocks
one environment. A block after "Save as `NAME`:" is that file. A `text` block is what the block before it printed, where
`...` stands for anything. Of a page that needs a library which is not installed, names are checked alone
(test_examples.py). What is indented and not fenced is tested elsewhere: test/tools/test_install.py builds examples/embed.
"""

import ast
import contextlib
import doctest
import importlib.util
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from blocks import blocks_of
from conftest import BUILD, ROOT

TUTORIALS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/tutorials/*.md"))
# What CI does not have; everything else has to be there.
OPTIONAL = {"torch", "transformers"}
# Verified by test_examples.py where it is no file, drawn by the site.
NOT_RUN = {"mlir", "mermaid"}
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture(scope="module", autouse=True)
def environment(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HIPC_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("HIPC_LIBRARY", str(BUILD / "lib/libhipc.so"))
        patch.setenv("PYTHONPATH", str(ROOT / "python"))
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        patch.setenv("CC", "clang-22")
        yield


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    (tmp_path / "build").mkdir()
    (tmp_path / "build/dev").symlink_to(BUILD)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Reader:
    """Does what a page says."""

    def __init__(self):
        self.names, self.printed = {"__name__": "tutorial"}, None

    def do(self, block):
        if block.name:
            Path(block.name).write_text(block.text)
        elif block.language not in NOT_RUN:
            getattr(self, f"do_{block.language}")(block)

    def do_python(self, block):
        printed = io.StringIO()
        # As many lines before it as the page has: a traceback names the page's.
        code = compile("\n" * block.line + block.text, ROOT / block.page, "exec")
        with contextlib.redirect_stdout(printed):
            exec(code, self.names)
        self.printed = printed.getvalue()

    def do_sh(self, block):
        """The variables that a block exports are those of the next one."""
        script = f"[[ ! -f .environment ]] || source .environment\n{block.text}\nexport -p > .environment"
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        assert done.returncode == 0, f"{block}: {done.stdout}"
        self.printed = done.stdout

    def do_text(self, block):
        assert doctest.OutputChecker().check_output(block.text, self.printed, FLAGS), f"{block}: printed {self.printed}"


def missing(page):
    """Libraries that a page imports, may lack, and lacks."""
    trees = (ast.parse(block.text) for block in blocks_of(page) if block.language == "python")
    found = {name.split(".")[0] for tree in trees for node in ast.walk(tree)
             for name in ([node.module] if isinstance(node, ast.ImportFrom) else
                          [each.name for each in node.names] if isinstance(node, ast.Import) else [])}
    return sorted(name for name in found & OPTIONAL if importlib.util.find_spec(name) is None)


@pytest.mark.parametrize("page", [page for page in TUTORIALS if not missing(page)])
def test_tutorial(page, checkout):
    reader = Reader()
    for block in blocks_of(page):
        reader.do(block)


def test_wrong_output_is_found(checkout):
    pages = [page for page in TUTORIALS if not missing(page)]
    block = next(block for page in pages for block in blocks_of(page) if block.language == "text")
    reader = Reader()
    reader.printed = "something else"
    with pytest.raises(AssertionError, match="something else"):
        reader.do(block)
