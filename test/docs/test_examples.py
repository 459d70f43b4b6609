"""Examples in pages and descriptions: MLIR verifies, Python compiles and names what is there."""

import re
import subprocess

import pytest
from blocks import all_blocks, pages
from conftest import BUILD, ROOT
from names import faults


@pytest.mark.parametrize("block", all_blocks("mlir"), ids=str)
def test_mlir(block):
    """A first line `// RUN: hip-opt FLAGS` adds flags."""
    flags = re.match(r"\s*// RUN: hip-opt (.*)", block.text)
    done = subprocess.run([BUILD / "bin/hip-opt", *(flags[1].split() if flags else [])], input=block.text, text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("block", all_blocks("python"), ids=str)
def test_python(block):
    assert list(faults(block.text, str(block))) == []


def test_files_of_the_build():
    """What pages name in build/dev is there."""
    names = {name for page in pages() for name in re.findall(r"\bbuild/dev/(\w[\w./-]*\w)", (ROOT / page).read_text())}
    assert {"bin/hip-opt", "bin/hip-lsp-server", "tablegen_compile_commands.yml"} <= names
    # Left by checks, not by a build.
    made_later = {"tidy"}
    assert [name for name in sorted(names - made_later) if not (BUILD / name).exists()] == []


@pytest.mark.parametrize("text, fault", [
    ("import hip_mlir\nhip_mlir.attend(1)", "there is no hip_mlir.attend"),
    ("from hip_mlir.torch import attend", "there is no hip_mlir.torch.attend"),
    ("import hip_mlir.torch as ours\nours.attention(1, 2, 3, keep=4)", "hip_mlir.torch.attention has no argument keep"),
    ("import hip_mlir\nhip_mlir.Tree(kept=4)", "hip_mlir.Tree has no argument kept")])
def test_wrong_python_is_found(text, fault):
    assert fault in list(faults(text, "here"))
