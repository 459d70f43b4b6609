"""Lists of hip-run against the reference, bit for bit up to the counts (S5, S12, S16)."""

import dataclasses

import numpy as np
import pytest

from cases import integer_cases, real_cases
from conftest import expected_lists
from reference import Boxes, Stages, Tree, attention, prune

CASES = [case for case in (*integer_cases(), *real_cases()) if case.policy.listed]


def check_lists(output, blocks, counts):
    assert output.blocks.shape == blocks.shape
    assert output.counts.shape == counts.shape
    for where in np.ndindex(counts.shape):
        count = counts[where]
        got = output.blocks[where][:output.counts[where]].tolist()
        expected = blocks[where][:count].tolist()
        assert got == expected, (f"list {where} of (batch, head, query block): got {got}, "
                                 f"expected {expected}")


def test_lists(run_case, case, pipeline):
    check_lists(run_case(case, pipeline), *expected_lists(case))


PREFIX_CASES = [case for case in CASES
                if case.causal and case.rows == case.keys and case.candidates
                and case.keys > 2 * case.policy.block_q][::8]


def test_appended_keys_change_nothing(run_case, pipeline):
    """Section 8: whole query blocks of a prompt's first half give the same lists and outputs."""
    assert PREFIX_CASES
    for case in PREFIX_CASES:
        cut = case.keys // 2 // case.policy.block_q * case.policy.block_q
        arrays = tuple(np.ascontiguousarray(x[:, :, :cut]) for x in case.arrays)
        whole = run_case(case, pipeline)
        half = run_case(case, pipeline, "-half", arrays=arrays)
        lists = half.counts.shape[-1]
        check_lists(half, *_first(whole, lists, half.blocks.shape[-1]))
        assert half.out.tobytes() == np.ascontiguousarray(whole.out[:, :, :cut]).tobytes(), case.id


def _first(output, lists, width):
    blocks = np.zeros((*output.blocks.shape[:2], lists, width), np.int32)
    blocks[..., :] = output.blocks[:, :, :lists, :width]
    return blocks, output.counts[:, :, :lists]


def test_permuted_heads(run_case, pipeline):
    """Section 8: permuting KV heads with their groups permutes lists and outputs."""
    for case in [each for each in CASES if each.kv_heads == 2 and each.heads != "all"][:12:2]:
        q, k, v = case.arrays
        group = case.query_heads // 2
        swapped = tuple(np.roll(x, s, axis=1) for x, s in ((q, group), (k, 1), (v, 1)))
        one, two = run_case(case, pipeline), run_case(case, pipeline, "-swap", arrays=swapped)
        shift = one.counts.shape[1] // 2
        check_lists(two, np.roll(one.blocks, shift, axis=1), np.roll(one.counts, shift, axis=1))
        assert two.out.tobytes() == np.roll(one.out, group, axis=1).tobytes(), case.id


def test_nan_scores_lose(run_case, pipeline):
    """S10: a key whose score is NaN loses to every number, -inf included."""
    case = next(c for c in CASES if c.policy.NAME == "tree" and c.candidates > 4 * c.policy.keep
                and c.policy.block_k == 1 and c.dtype == "f32")
    case = dataclasses.replace(case, tag="nan")
    q, k, v = (x.copy() for x in case.arrays)
    k[:, :, ::3] = np.nan
    q[..., 0] = 1
    k[:, :, 1::3, 0] = -np.inf
    with np.errstate(all="ignore"):
        lists = prune(case.policy, q, k, case.sink, case.window, case.causal, case.heads)
    check_lists(run_case(case, pipeline, arrays=(q, k, v)), *lists)


MOST = 2**31 - 1
GENEROUS = [Tree(16, 2, MOST - 1), Tree(16, 4, 4 * 4097), Tree(16, 1, 4096), Tree(32, 512, 512 * 5000),
            Stages(((32, 16, MOST - 15, 4), (16, 4, MOST - 3, 1))), Stages(((16, 8192, 8192, 1), (16, 1, MOST, 1))),
            Stages(((16, 8, "all", 1), (16, 2, 2 * 4099, 1))),
            Boxes(16, 4, ((32, 2**31 - 32), (8, 8 * 4097)), MOST - 3), Boxes(16, 2, ((16, 16 * 4097),), 8)]


@pytest.mark.parametrize("policy", GENEROUS, ids=str)
@pytest.mark.parametrize("heads", ["query", "all"])
def test_lists_longer_than_the_keys(run_case, policy, heads, pipeline):
    """S4, S16: a policy that would keep more keys than there are has room for those that there are."""
    case = next(c for c in CASES if c.values == "ternary" and c.causal and 150 < c.keys < 600 and c.dtype == "f32")
    case = dataclasses.replace(case, policy=policy, sink=policy.sink_multiple % 8192, window=24, heads=heads,
                               scale=None, softcap=None, tag=f"generous{GENEROUS.index(policy)}")
    lists = prune(policy, *case.arrays[:2], case.sink, case.window, case.causal, heads)
    output = run_case(case, pipeline)
    check_lists(output, *lists)
    expected = attention(policy, *case.arrays, *lists, case.sink, case.window, case.causal)
    np.testing.assert_allclose(output.out, expected.out, atol=1e-4)
