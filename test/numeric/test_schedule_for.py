"""What GPUs run, on the CPU: their tiles, their split keys and their fused searches (`--schedule-for`)."""

import pytest

import programs
from cases import integer_cases, real_cases
from conftest import expected_attention, expected_lists
from reference import Dense
from test_attention import check_attention
from test_programs import DECODE, POLICIES, VIEWS, Shape, check, run
from test_selection import check_lists

# A list of few rows has 16 warps on the first, and 8 on the other, which has less than half the shared memory.
CHIPS = ("sm_90a", "sm_89")
CASES = [*integer_cases(), *real_cases()][::20]


@pytest.mark.parametrize("chip", CHIPS)
def test_case(run_case, case, chip):
    """Selections bit for bit, outputs within the bounds of any machine."""
    output = run_case(case, chip)
    if case.policy.listed:
        check_lists(output, *expected_lists(case))
    check_attention(output, expected_attention(case), case)


@pytest.mark.parametrize("rows,policy", DECODE[::2], ids=lambda x: str(getattr(x, "NAME", x)))
def test_decode(tool, place, rows, policy):
    """Few rows at the end of paged keys: searches side by side, keys in parts."""
    shape = Shape(lengths=(300, 171), rows=rows, query_heads=8, sink=64, heads="kv")
    q, ks, vs, out, lse = run(tool, place, shape, policy, VIEWS["paged64"], CHIPS[0])
    check(shape, policy, q, ks, vs, out, lse)


@pytest.mark.parametrize("policy", POLICIES)
def test_lengths(tool, place, policy):
    """S1, S20: entries of their own lengths, and rows and whole entries without keys."""
    shape = Shape(lengths=(190, 7, 0, 333), dtype="f32", heads="kv")
    q, ks, vs, out, lse = run(tool, place, shape, POLICIES[policy], VIEWS["ragged"], CHIPS[0])
    check(shape, POLICIES[policy], q, ks, vs, out, lse)


def test_dense_tiles_of_the_chip(tool, place):
    """Dense attention whose tiles the chip chooses: 128 rows here, of which the last has few."""
    shape = Shape(lengths=(300,), rows=140, dtype="f16", heads="kv")
    q, ks, vs, out, lse = run(tool, place, shape, "dense", VIEWS["dense"], CHIPS[0])
    check(shape, Dense(128), q, ks, vs, out, lse)
