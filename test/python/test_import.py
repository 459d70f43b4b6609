"""What `import hip_mlir` costs and brings, how the library is found, and what help() tells."""

import inspect
import json
import os
import re
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

import hip_mlir
from hip_mlir import _library

PYTHON = str(Path(hip_mlir.__file__).parents[1])
SLOWEST = 0.1


def python(code, **environment):
    """Runs code in a new interpreter; returns (status, output, errors)."""
    env = {**os.environ, "PYTHONPATH": PYTHON, **environment}
    done = subprocess.run([sys.executable, "-c", code], env=env, text=True, capture_output=True)
    return done.returncode, done.stdout, done.stderr


def test_is_quick_and_alone(tmp_path):
    code = ("import time, sys; start = time.process_time(); import hip_mlir; took = time.process_time() - start\n"
            "import json; print(json.dumps([took, [m for m in sys.modules if m in "
            "('numpy', 'torch', 'ml_dtypes', 'transformers')]]))")
    # With bytecode, as pip installs it, whatever the environment says of it. Processor time, the best of a few: a
    # loaded machine is no fault of ours.
    bytecode = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path)}
    runs = [json.loads(python(code, **bytecode)[1]) for _ in range(5)]
    assert list(tmp_path.rglob("*.pyc"))
    assert all(brought == [] for _, brought in runs)
    assert min(took for took, _ in runs) < SLOWEST


def test_library_of_the_environment(tmp_path):
    if (Path(_library.__file__).parent / "lib").exists():
        pytest.skip("the package has its own library")
    code = ("import hip_mlir\ntry:\n    hip_mlir.version()\n"
            "except FileNotFoundError as e:\n    print(type(e).__name__, e)")
    empty = tmp_path / _library.NAME
    empty.write_bytes(b"no library")
    status, output, _ = python(code, HIPC_LIBRARY=str(empty))
    assert status == 0 and output.startswith("NotFoundError") and str(empty) in output


def test_version():
    assert hip_mlir.version().startswith(hip_mlir.__version__)


def test_everything_is_documented():
    for name in hip_mlir.__all__:
        thing = getattr(hip_mlir, name)
        assert thing.__doc__ and len(thing.__doc__) > 20, name
    package = Path(hip_mlir.__file__).parent
    assert (package / "py.typed").exists()


def test_help_names_every_argument():
    for name in inspect.signature(hip_mlir.attention).parameters:
        assert name in hip_mlir.attention.__doc__, name


EXPORTED = (getattr(hip_mlir, name) for name in hip_mlir.__all__)
PUBLIC = [thing for thing in EXPORTED if isinstance(thing, type) and is_dataclass(thing)]


@pytest.mark.parametrize("kind", PUBLIC, ids=lambda kind: kind.__name__)
def test_help_lists_fields(kind):
    for field in fields(kind):
        assert re.search(rf"^{field.name}: .+\n    \S", inspect.getdoc(kind), re.M), field.name


@pytest.mark.parametrize("kind, lines", [
    (hip_mlir.Tree, "keep: int = 512\n    keys kept, a multiple of block_k.\n"
                    "representative: Literal['first', 'center', 'last'] = 'center'\n"),
    (hip_mlir.Auto, "policy: Policy = HIP\n"),
    (hip_mlir.Report, "mass: NumPyArray[np.float32]\n")])
def test_help_has_types_and_defaults(kind, lines):
    """Those of the fields themselves."""
    assert lines in inspect.getdoc(kind)


def test_library_of_an_editable_install(tmp_path, monkeypatch):
    """Such a package has a second folder, whose library is taken before those of the tree."""
    monkeypatch.setattr(hip_mlir, "__path__", [str(tmp_path), *hip_mlir.__path__])
    built = tmp_path / "lib" / _library.NAME
    assert list(_library.candidates())[1] == built
    built.parent.mkdir()
    built.touch()
    if not list(_library.candidates())[0].exists():
        assert _library.find() == built
