"""S21, S22: the bits of a batch entry do not depend on the other entries."""

import dataclasses

import numpy as np
import pytest

from cases import Case
from reference import Boxes, Dense, Stages, Tree, Union, Window

POLICIES = [Tree(32, 2, 32), Stages(((32, 16, 64, 4), (16, 4, 32, 1))),
            Boxes(32, 4, ((16, 64),), 32), Window(32), Dense(64),
            Union((Tree(32, 2, 32), Boxes(32, 4, ((16, 64),), 32)))]
SHAPES = [(150, 150), (1, 300), (5, 200)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", ["f32", "bf16"])
@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.NAME)
def test_a_batch_is_its_entries(run_case, policy, dtype, shape, pipeline):
    number = 960 + POLICIES.index(policy)
    eight = Case(number, policy, dtype, 8, 4, 2, *shape, 64, 64, 32, 16, True, "query", "normal",
                 tag="eight")
    whole = run_case(eight, pipeline)
    alone = dataclasses.replace(eight, batch=1, tag="alone")
    for b in (0, 3, 7):
        arrays = tuple(np.ascontiguousarray(array[b:b + 1]) for array in eight.arrays)
        one = run_case(alone, pipeline, f"-{b}", arrays=arrays)
        for name in ("out", "lse", "blocks", "counts"):
            got, want = getattr(one, name), getattr(whole, name)
            assert got is want is None or got[0].tobytes() == want[b].tobytes(), (name, b)
