"""#hip.auto (S14d): the bits of dense attention up to a number of keys, those of its policy above."""

import numpy as np
import pytest

import hip_run
from reference import Boxes, Dense, Tree, Union

SINK, WINDOW, UNTIL, STEP_UNTIL = 32, 32, 200, 300
POLICIES = [Tree(32, 2, 32), Union((Tree(32, 2, 16), Boxes(32, 8, ((16, 32),), 16)))]


class Text:
    """A policy by its text alone, which makes no list."""

    listed = False

    def __init__(self, text):
        self.text = text

    def __str__(self):
        return self.text


@pytest.mark.parametrize("rows, keys, is_dense", [
    (17, UNTIL, True), (17, UNTIL + 1, False), (16, UNTIL + 1, True), (1, STEP_UNTIL, True), (16, STEP_UNTIL + 1, False)])
@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.NAME)
def test_answer_is_dense_or_the_policys(tool, tmp_path, policy, rows, keys, is_dense, pipeline):
    rng = np.random.default_rng(keys)
    q = rng.standard_normal((1, 4, rows, 32)).astype(np.float32)
    k, v = (rng.standard_normal((1, 2, keys, 32)).astype(np.float32) for _ in range(2))

    def run(name, policy):
        return hip_run.attention(tool, tmp_path / name, q, k, v, policy, SINK, WINDOW, pipeline=pipeline)

    chosen = run("auto", Text(f"auto<{policy}, until = {UNTIL}, step_until = {STEP_UNTIL}>"))
    dense, pruned = run("dense", Text("dense")), run("pruned", policy)
    assert dense.out.tobytes() != pruned.out.tobytes()
    expected = dense if is_dense else pruned
    assert chosen.out.tobytes() == expected.out.tobytes()
    assert chosen.lse.tobytes() == expected.lse.tobytes()
