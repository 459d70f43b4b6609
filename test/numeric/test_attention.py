"""Outputs and lse of hip-run against float64, and what must hold bit for bit (S18-S22)."""

import dataclasses

import numpy as np
import pytest

from bounds import bounds
from cases import TYPES, Case, integer_cases, real_cases
from conftest import expected_attention
from reference import Band, Boxes, Dense, Stages, Tree, Union, Window, attention, prune
from reference.attention import attended_keys, default_scale

CASES = [*integer_cases(), *real_cases()]
# exp2(x * log2(e) * scale) is then exp2(x): float32(ln 2) * log2(e) rounds to 1.
LN2 = float(np.float32(np.log(2.0)))


def check_attention(output, expected, case):
    """Within the bounds of bounds.py; NaN exactly where float64 has it."""
    scale = default_scale(case.head_size) if case.scale is None else case.scale
    out_bound, lse_bound = bounds(expected, TYPES[case.dtype], case.head_size, scale, case.softcap)
    check_close("lse", output.lse, expected.lse, lse_bound)
    check_close("out", output.out.astype(np.float64), expected.out, out_bound)


def check_close(name, got, expected, bound):
    got = got.astype(np.float64)
    assert np.array_equal(np.isnan(got), np.isnan(expected)), f"{name}: NaN in other places"
    with np.errstate(invalid="ignore"):
        wrong = ~((got == expected) | np.isnan(expected) | (np.abs(got - expected) <= bound))
    if wrong.any():
        where = tuple(int(x) for x in np.argwhere(wrong)[0])
        pytest.fail(f"{name}{list(where)} = {got[where]!r}, expected {expected[where]!r} "
                    f"+- {bound[where]:.3g}; {wrong.sum()} of {wrong.size} elements differ")


def test_output(run_case, case, pipeline):
    check_attention(run_case(case, pipeline), expected_attention(case), case)


def covering(case):
    """The same policy with budgets that hold every candidate."""
    return covered_by(case.policy, case.keys + 1)


def covered_by(policy, room):
    up = lambda size: -(-room // size) * size
    if isinstance(policy, Union):
        return Union(tuple(covered_by(part, room) for part in policy.parts))
    if isinstance(policy, Tree):
        return dataclasses.replace(policy, keep=up(policy.block_k))
    if isinstance(policy, Stages):
        return dataclasses.replace(policy, stages=tuple((q, c, up(c), s)
                                                        for q, c, _, s in policy.stages))
    return dataclasses.replace(policy, keep=up(policy.block_k),
                               levels=tuple((box, up(box)) for box, _ in policy.levels))


COVERED = [case for case in CASES if case.candidates and case.policy.listed][::9]


@pytest.mark.parametrize("covered", COVERED, ids=lambda case: case.id)
def test_budget_of_all_candidates_is_dense(run_case, covered, pipeline):
    """S4: bit for bit."""
    policy = covering(covered)
    dense = Dense(block_q=covered.policy.list_block_q)
    all_kept = run_case(covered, pipeline, "-covering", policy=policy)
    expected = run_case(covered, pipeline, "-dense", policy=dense)
    for name in ("out", "lse"):
        got, want = getattr(all_kept, name), getattr(expected, name)
        same = got.tobytes() == want.tobytes()
        assert same, f"{name}: {np.sum(got != want)} of {got.size} elements differ from dense"


REPEATED = [case for case in CASES if case.keys > 100][::40]


@pytest.mark.parametrize("repeated", REPEATED, ids=lambda case: case.id)
def test_deterministic(run_case, repeated, pipeline):
    """S22: two runs, and one thread or two, give the same bytes."""
    runs = [run_case(repeated, pipeline, f"-run{i}", threads=threads)
            for i, threads in enumerate((1, 1, 2))]
    for other in runs[1:]:
        for name in ("out", "lse", "counts"):
            one, two = getattr(runs[0], name), getattr(other, name)
            assert one is two is None or one.tobytes() == two.tobytes(), name


POWERS = [(policy, dtype) for policy in
          (Dense(64), Window(16), Tree(16, 4, 32), Boxes(32, 4, ((16, 64),), 32),
           Stages(((32, 16, 64, 2), (16, 4, 32, 1))),
           Union((Tree(32, 2, 24), Boxes(32, 4, ((16, 64),), 16)))) for dtype in TYPES]


@pytest.mark.parametrize("policy,dtype", POWERS, ids=lambda x: getattr(x, "NAME", x))
def test_powers_of_two(run_case, policy, dtype, pipeline):
    """Section 8: with scale = float32(ln 2), scores 0..8 and integer V every probability is a power
    of two from 2^-8 and every sum is exact: one division and the rounding to the type are left."""
    case = Case(950, policy, dtype, 1, 2, 1, 120, 160, 32, 32, 16, 16, True, "query", "ternary",
                scale=LN2, tag=f"powers{POWERS.index((policy, dtype))}")
    rng = np.random.default_rng(case.number)
    q, k = np.zeros((1, 2, 120, 32)), np.zeros((1, 1, 160, 32))
    v = rng.integers(-8, 9, k.shape)
    q[..., 3] = 1
    k[..., 3] = rng.integers(0, 9, (1, 1, 160))
    q, k, v = arrays = tuple(x.astype(TYPES[dtype]) for x in (q, k, v))
    output = run_case(case, pipeline, arrays=arrays)
    expected = power_of_two_quotients(case, *(x.astype(np.float64) for x in arrays),
                                      *prune(policy, q, k, 16, 16, heads=case.heads))
    # A reciprocal and a product round twice where a division rounds once.
    ulp = np.spacing(np.abs(expected))
    near = [(expected + step).astype(TYPES[dtype]) for step in (-ulp, 0 * ulp, ulp)]
    right = np.logical_or.reduce([output.out == each for each in near])
    assert right.all(), f"{np.sum(~right)} of {right.size} elements differ"


def power_of_two_quotients(case, q, k, v, blocks, counts):
    """float32 quotients of sums of 2^(s_j - max s) and of their products with V, both exact."""
    policy = case.policy
    band = Band(policy.block_q, policy.chunk, case.sink, case.window)
    ends, last = band.ends(case.rows, case.keys), band.last_keys(case.rows, case.keys)
    quotients = np.zeros((*q.shape[:3], v.shape[-1]), np.float32)
    for h, i in np.ndindex(q.shape[1:3]):
        m = i // policy.list_block_q
        seen = attended_keys(policy, band, blocks[0, h, m, :counts[0, h, m]],
                             ends[i // policy.block_q], last[i], case.keys)
        powers = q[0, h, i] @ k[0, 0, seen].T
        weights = np.exp2(powers - powers.max())
        quotients[0, h, i] = np.float32(weights @ v[0, 0, seen]) / np.float32(weights.sum())
    return quotients


GROWTHS = [(growth, dtype) for growth in (1, 7, 9, 20, 60, 140, 1000) for dtype in TYPES]


@pytest.mark.parametrize("softcap", [None, 30000.0], ids=["plain", "capped"])
@pytest.mark.parametrize("growth,dtype", GROWTHS)
def test_scores_that_grow(run_case, growth, dtype, softcap, pipeline):
    """Every tile of keys weighs 2^growth times what was before it, or the other way round. Weights are relative to the
    running maximum as it was until they are 2^8 times as heavy: one that waited for 2^17 had no f16, one that waited for
    2^128 no f32. (Waiting for less only costs time.)"""
    number = 960 + GROWTHS.index((growth, dtype))
    case = Case(number, Dense(16), dtype, 1, 2, 1, 3, 320, 32, 32, 0, 0, False, "query", "normal",
                scale=LN2, softcap=softcap, tag=f"grows{growth}{'-capped' * (softcap is not None)}")
    q, k = np.zeros((1, 2, 3, 32)), np.zeros((1, 1, 320, 32))
    q[0, 0, :, 3], q[0, 1, :, 3] = 1, -1
    k[..., 3] = np.arange(320) // 32 * growth
    q, k = q.astype(TYPES[dtype]), k.astype(TYPES[dtype])
    arrays = q, k, case.arrays[2]
    expected = attention(case.policy, *arrays, *prune(case.policy, q, k, 0, 0, False), 0, 0, False, scale=LN2,
                         softcap=softcap)
    assert np.isfinite(expected.out).all()
    check_attention(run_case(case, pipeline, arrays=arrays), expected, case)


def test_nan_reaches_only_its_readers(run_case, pipeline):
    """S20: NaN and Inf in K, V or Q touch only the rows that read them."""
    case = Case(951, Tree(16, 4, 16), "f32", 1, 2, 1, 90, 90, 32, 32, 8, 8, True, "query",
                "normal", tag="nan")
    q, k, v = (x.copy() for x in case.arrays)
    k[0, 0, 70], v[0, 0, 75], v[0, 0, 83, 5], q[0, 1, 40] = np.nan, np.nan, np.inf, np.nan
    with np.errstate(all="ignore"):
        lists = prune(case.policy, q, k, case.sink, case.window, heads=case.heads)
        expected = attention(case.policy, q, k, v, *lists, case.sink, case.window)
    assert np.isnan(expected.out).any(axis=-1).sum(axis=-1).tolist() != [[0, 0]]
    output = run_case(case, pipeline, arrays=(q, k, v))
    assert np.array_equal(np.isnan(output.out), np.isnan(expected.out))
    clean = run_case(case, pipeline, "-clean")
    before = output.out[:, 0, :70] == clean.out[:, 0, :70]
    assert before.all()


def test_row_without_keys(run_case, pipeline):
    """S20: rows before the first key give 0 and -inf."""
    case = Case(952, Window(16), "f32", 1, 1, 1, 40, 10, 32, 32, 0, 4, True, "query", "ternary",
                tag="no-keys")
    output = run_case(case, pipeline)
    assert (output.out[:, :, :30] == 0).all() and np.isneginf(output.lse[:, :, :30]).all()
    assert np.isfinite(output.lse[:, :, 30:]).all()
