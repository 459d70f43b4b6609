"""A trained model's attention: exact lists, error bounds, attention mass and the hidden number."""

from pathlib import Path

import numpy as np
import pytest

import hip_run
from bounds import bounds
from reference import Band, attention, parse_policy, prune
from reference.attention import attended_keys
from test_selection import check_lists

DATA = Path(__file__).resolve().parents[2] / "examples" / "data"
SCALE, SINK, WINDOW = 0.125, 128, 512
FIRST_DIGIT = 2996
RETRIEVAL_HEADS = (0, 1, 3)
POLICIES = {
    "dense": "dense<block_q = 64>",
    "tree": "tree<block_q = 64, block_k = 2, keep = 512>",
    "stages": "stages<[(64, 64, 8192, 4), (64, 16, 2048, 2), (64, 4, 512, 1)], score = leaf>",
    "boxes": "boxes<block_q = 64, block_k = 8, levels = [(64, 2048)], keep = 512>",
    "window": "window<block_q = 64>",
}


@pytest.fixture(scope="module")
def arrays():
    return tuple(np.load(DATA / f"passkey_{name}.npy")[np.newaxis] for name in "qkv")


@pytest.fixture(scope="module")
def lists(arrays):
    """The reference's lists of each policy, made once."""
    made = {}

    def get(name):
        if name not in made:
            q, k, _ = arrays
            made[name] = prune(parse_policy(POLICIES[name]), q, k, SINK, WINDOW, heads="query")
        return made[name]
    return get


def attended(name, lists, head, block, arrays):
    """Keys that the last row of a query block attends."""
    policy = parse_policy(POLICIES[name])
    rows, keys = arrays[0].shape[2], arrays[1].shape[2]
    blocks, counts = lists(name)
    chosen = blocks[0, head, block, :counts[0, head, block]] if counts.size else np.zeros(0, int)
    band = Band(policy.block_q, policy.chunk, SINK, WINDOW)
    last = int(band.last_keys(rows, keys)[min(rows, (block + 1) * policy.block_q) - 1])
    return attended_keys(policy, band, chosen, band.ends(rows, keys)[block], last, keys)


def mass(name, lists, arrays, head, row):
    """Share of dense attention that a row's attended keys hold; row ends a query block."""
    q, k, _ = arrays
    position = k.shape[2] - q.shape[2] + row
    scores = SCALE * (k[0, 0, :position + 1].astype(np.float64) @ q[0, head, row].astype(float))
    weights = np.exp(scores - scores.max())
    kept = attended(name, lists, head, row // 64, arrays)
    return weights[kept].sum() / weights.sum()


def test_answer_is_where_the_heads_look(arrays):
    """The last row is about to answer, so it looks at the first digit alone."""
    q, k, _ = arrays
    scores = SCALE * (q[0, :, -1].astype(np.float64) @ k[0, 0].astype(np.float64).T)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    for head in RETRIEVAL_HEADS:
        assert weights[head, FIRST_DIGIT] > 0.98


@pytest.mark.parametrize("head", RETRIEVAL_HEADS)
def test_boxes_keep_the_answer(arrays, lists, head):
    last = arrays[0].shape[2] - 1
    kept = attended("boxes", lists, head, last // 64, arrays)
    assert FIRST_DIGIT in kept
    assert mass("boxes", lists, arrays, head, last) > 0.98
    assert mass("window", lists, arrays, head, last) < 0.05  # far outside the band


# Measured with this reference: tree 0.8427, stages 0.8363, boxes 0.7938, window 0.5549.
@pytest.mark.parametrize("name,least", [("tree", 0.84), ("stages", 0.83), ("boxes", 0.79)])
def test_attention_mass(arrays, lists, name, least):
    """Mean over heads and over the last row of every query block."""
    rows = range(63, arrays[0].shape[2], 64)
    mean = np.mean([mass(name, lists, arrays, head, row) for head in range(4) for row in rows])
    assert mean > least


@pytest.fixture(scope="module")
def run_real(tool, folder, arrays):
    def run(name, pipeline):
        return hip_run.attention(tool, folder / f"real-{name}-{pipeline}", *arrays,
                                 parse_policy(POLICIES[name]), SINK, WINDOW, heads="query", scale=SCALE,
                                 pipeline=pipeline)
    return run


@pytest.mark.parametrize("name", ["tree", "stages", "boxes"])
def test_lists(run_real, lists, name):
    check_lists(run_real(name, "reference"), *lists(name))


@pytest.mark.parametrize("name", POLICIES)
def test_output(run_real, arrays, lists, name):
    output = run_real(name, "reference")
    expected = attention(parse_policy(POLICIES[name]), *arrays, *lists(name), SINK, WINDOW,
                         scale=SCALE)
    out_bound, lse_bound = bounds(expected, np.float16, 64, SCALE)
    assert (np.abs(output.out.astype(np.float64) - expected.out) <= out_bound).all()
    assert (np.abs(output.lse - expected.lse) <= lse_bound).all()
