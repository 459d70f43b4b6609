"""A decode step: the CPU computes the query rows that are there, which have the numbers of a long call."""

import numpy as np
import pytest

import hip_run
from reference import Boxes, Dense, Stages, Tree, Union, Window

BLOCK = 64
POLICIES = [Dense(BLOCK), Window(BLOCK), Tree(BLOCK, 2, 64), Boxes(BLOCK, 8, ((16, 64),), 32),
            Stages(((64, 16, 128, 4), (64, 4, 64, 1))), Union((Tree(BLOCK, 2, 32), Boxes(BLOCK, 8, ((16, 64),), 32)))]


@pytest.mark.parametrize("heads", ["query", "kv", "all"])
@pytest.mark.parametrize("rows", [1, 3, 16, 17])
@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.NAME)
def test_rows_alone_have_the_bits_of_rows_among_others(tool, tmp_path, policy, rows, heads):
    """The rows of the last block, by themselves and after a whole block: the same list, and the same sums."""
    rng = np.random.default_rng(rows)
    q = rng.standard_normal((1, 8, BLOCK + rows, 32)).astype(np.float16)
    k, v = (rng.standard_normal((1, 2, 333, 32)).astype(np.float16) for _ in range(2))

    def run(name, queries):
        return hip_run.attention(tool, tmp_path / name, queries, k, v, policy, sink=64, window=64, heads=heads,
                                 pipeline="cpu")

    all_rows, alone = run("all", q), run("alone", np.ascontiguousarray(q[:, :, BLOCK:]))
    assert alone.out.tobytes() == np.ascontiguousarray(all_rows.out[:, :, BLOCK:]).tobytes()
    assert alone.lse.tobytes() == np.ascontiguousarray(all_rows.lse[:, :, BLOCK:]).tobytes()
    if policy.listed:
        assert np.array_equal(alone.counts[:, :, 0], all_rows.counts[:, :, 1])
        for head in range(alone.counts.shape[1]):
            count = alone.counts[0, head, 0]
            assert np.array_equal(alone.blocks[0, head, 0, :count], all_rows.blocks[0, head, 1, :count])
