"""Options and fixtures of the numeric tests."""

import functools
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import hip_run  # noqa: E402
from reference import attention, prune  # noqa: E402

PIPELINES = ("reference", "cpu")


def pytest_addoption(parser):
    parser.addoption("--every", type=int, default=1, metavar="N",
                     help="run only every Nth generated case and other test (all by default)")
    parser.addoption("--pipelines", default=",".join(PIPELINES), metavar="NAMES",
                     help="what runs the programs; 'cuda' is the first GPU")


def pytest_generate_tests(metafunc):
    """`case` takes the module's CASES, `pipeline` every pipeline."""
    if "case" in metafunc.fixturenames:
        cases = metafunc.module.CASES[::metafunc.config.getoption("every")]
        metafunc.parametrize("case", cases, ids=lambda case: case.id)
    if "pipeline" in metafunc.fixturenames:
        metafunc.parametrize("pipeline", metafunc.config.getoption("pipelines").split(","))


def pytest_collection_modifyitems(config, items):
    others = [item for item in items if "case" not in item.fixturenames]
    left_out = set(others) - set(others[::config.getoption("every")])
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def tool():
    path = hip_run.find()
    if path is None:
        pytest.skip("no hip-run: set HIP_RUN or build build/dev")
    return path


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("hip-run")


@pytest.fixture
def place(folder, request):
    """A folder of the test's own, which is not made."""
    return folder / request.path.stem / "".join(c if c.isalnum() else "-" for c in request.node.name)


@pytest.fixture(scope="session")
def run_case(tool, folder):
    """Runs a case (variants override its fields); one that ran before is read back."""
    def run(case, pipeline, name="", threads=None, arrays=None, policy=None):
        arrays = case.arrays if arrays is None else arrays
        if case.batch == 1 and case.number % 2:
            arrays = tuple(array[0] for array in arrays)
        output = hip_run.attention(
            tool, folder / f"{case.id}-{pipeline}{name}", *arrays, policy or case.policy, case.sink,
            case.window, case.causal, case.heads, case.scale, case.softcap, pipeline, threads)
        assert output.out.shape == (*arrays[0].shape[:-1], arrays[2].shape[-1])
        assert output.lse.shape == arrays[0].shape[:-1]
        if arrays[0].ndim == 3:
            output = hip_run.Output(*(x if x is None else x[np.newaxis]
                                      for x in vars(output).values()))
        return output
    return run


@functools.lru_cache(maxsize=None)
def expected_lists(case):
    q, k, _ = case.arrays
    with np.errstate(all="ignore"):
        return prune(case.policy, q, k, case.sink, case.window, case.causal, case.heads)


@functools.lru_cache(maxsize=4)
def expected_attention(case):
    return attention(case.policy, *case.arrays, *expected_lists(case), case.sink, case.window,
                     case.causal, scale=case.scale, softcap=case.softcap)
