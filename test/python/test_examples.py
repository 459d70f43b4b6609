"""The examples that need no GPU run and pass."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT


def run(script, *arguments):
    env = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    done = subprocess.run([sys.executable, ROOT / "examples" / script, *arguments], env=env, text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASSED" in done.stdout
    return done.stdout


def test_python():
    assert "needle in lists of heads [0, 1, 3]" in run("python/needle.py")


def test_torch():
    pytest.importorskip("torch", reason="PyTorch is not installed")
    assert "FAULT" not in run("torch/attention.py", "--device", "cpu")


def test_transformers():
    """Needs the folder of a model: HIP_TINY_LM."""
    pytest.importorskip("transformers", reason="transformers is not installed")
    folder = os.environ.get("HIP_TINY_LM")
    if not folder:
        pytest.skip("HIP_TINY_LM does not name a model's folder")
    run("transformers/passkey.py", folder, "--lengths", "2048", "--prompts", "1", "--device", "cpu")
