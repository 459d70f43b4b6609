"""Paths and fixtures of the Python tests; HIPC_LIBRARY or build/ has the library."""

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "test/numeric")]


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """Every program is compiled once in a session, and none before it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HIPC_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def rng():
    return np.random.default_rng(11)


@pytest.fixture
def integers(rng):
    """Makes arrays of small integers, whose scores are exact in any order."""
    def make(*shape, dtype=np.float32):
        return rng.integers(-4, 5, shape).astype(dtype)
    return make
