"""Split-KV attention (S21): keys in parts, several heads a tile, and their merge, on the CPU.

The pipeline `cpu-split` does on a CPU what GPUs do for few query rows, for up to 512 of them.
"""

import pytest

import programs
from conftest import expected_attention
from reference import Dense, Stages, Tree, Window
from test_attention import CASES as ALL_CASES
from test_attention import check_attention
from test_programs import DECODE, POLICIES, SCORES, VIEWS, Shape, check, run

# Long ones have many parts; the rest of them is one part and an empty one.
CASES = [case for case in ALL_CASES if case.keys > 64][::3]
SPLIT = "cpu-split"


def test_output(run_case, case):
    check_attention(run_case(case, SPLIT), expected_attention(case), case)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("view", ["ragged", "paged4", "strided"])
def test_lengths(tool, place, view, policy):
    """S1, S20: entries of their own lengths, and rows and whole entries without keys."""
    lengths = (190, 7, 0, 333) if view != "strided" else (190, 190)
    shape = Shape(lengths=lengths, dtype="f32", heads="kv")
    q, ks, vs, out, lse = run(tool, place, shape, POLICIES[policy], VIEWS[view], SPLIT)
    check(shape, POLICIES[policy], q, ks, vs, out, lse)


@pytest.mark.parametrize("heads", ["query", "kv", "all"])
@pytest.mark.parametrize("rows,policy", DECODE, ids=lambda x: str(getattr(x, "NAME", x)))
def test_decode(tool, place, rows, policy, heads):
    """A few rows at the end of paged keys, with every way to share lists."""
    shape = Shape(lengths=(300, 171), rows=rows, query_heads=8, sink=64, heads=heads)
    q, ks, vs, out, lse = run(tool, place, shape, policy, VIEWS["paged64"], SPLIT)
    check(shape, policy, q, ks, vs, out, lse)


@pytest.mark.parametrize("score", SCORES)
def test_score_region(tool, place, score):
    """S18: a head's own function, on heads that share a tile."""
    text, function = SCORES[score]
    shape = Shape(lengths=(200,), dtype="f32", heads="kv")
    policy = Tree(16, 4, 32)
    q, ks, vs, out, lse = run(tool, place, shape, policy, VIEWS["dense"], SPLIT, text)
    check(shape, policy, q, ks, vs, out, lse, function)


def test_softcap(tool, place):
    shape = Shape(lengths=(200,), softcap=5.0, scale=0.5, causal=False, heads="all")
    policy = Stages(((16, 16, 64, 2), (16, 4, 32, 1)))
    q, ks, vs, out, lse = run(tool, place, shape, policy, VIEWS["dense"], SPLIT)
    check(shape, policy, q, ks, vs, out, lse)


@pytest.mark.parametrize("block_q", [1, 2, 16])
@pytest.mark.parametrize("way", ["cpu", SPLIT])
def test_group_of_many_heads(tool, place, block_q, way):
    """24 heads on one KV head: a tile holds a part of the group."""
    shape = Shape(lengths=(150,), rows=30, query_heads=24, kv_heads=1, heads="kv", sink=0)
    policy = Tree(block_q, 2, 32)
    q, ks, vs, out, lse = run(tool, place, shape, policy, VIEWS["dense"], way)
    check(shape, policy, q, ks, vs, out, lse)


@pytest.mark.parametrize("policy", [Dense(16), Window(16), Tree(16, 2, 64)],
                         ids=lambda policy: policy.NAME)
def test_batch_size(tool, place, policy):
    """S21: an entry's bits do not depend on the other entries, nor on the room there is for keys."""
    shape = Shape(lengths=(700, 40, 1300), rows=3, heads="kv")
    q, ks, vs, out, lse = run(tool, place / "all", shape, policy, VIEWS["ragged"], SPLIT)
    for b in range(3):
        key, value = VIEWS["ragged"](ks[b:b + 1]), VIEWS["ragged"](vs[b:b + 1])
        text = programs.attention_program(q[b:b + 1], key, value, 32, policy, shape.attributes)
        alone = programs.run(tool, place / str(b), text, [q[b:b + 1], *key.arrays, *value.arrays],
                             2, SPLIT)
        assert alone[0].tobytes() == out[b:b + 1].tobytes()
        assert alone[1].tobytes() == lse[b:b + 1].tobytes()
