"""Sinks and window that each call gives (S3): one program for all numbers, with the results of programs that have them."""

import numpy as np
import pytest

import hip_run
import programs
from cases import Case, fill
from reference import Boxes, Dense, Stages, Tree, Union, Window, attention, prune
from reference.bands import at_run
from test_attention import check_attention

MOST = 2**31 - 1
POLICIES = {"window": Window(16), "tree": Tree(16, 4, 32), "boxes": Boxes(16, 4, ((16, 64),), 32),
            "stages": Stages(((32, 16, 64, 2), (16, 4, 32, 1))), "dense": Dense(16),
            "union": Union((Tree(16, 2, 32), Boxes(16, 4, ((16, 64),), 32), Stages(((16, 8, 16, 1), (16, 2, 8, 1)))))}
# (rows, keys, sink, window): no number, blocks, odd ones, more than there are keys, below 0.
CALLS = [(1, 300, 0, 100), (17, 300, 64, 7), (90, 300, 3, 0), (120, 120, 16, 33), (1, 300, 128, MOST), (40, 300, MOST, 16),
         (50, 30, 8, 8), (33, 200, -5, -2**31), (20, 150, 1, 1)]
SPLIT, CHIP = "cpu-split", "sm_90a"


def program(q, k, v, policy, causal):
    text = programs.attention_program(q, programs.dense(k), programs.dense(v), v[0].shape[-1], policy,
                                      "causal" if causal else "")
    text = text.replace(") -> (", ", %s: i32, %w: i32) -> (", 1)
    return text.replace("\n    outs(", "\n    sink(%s : i32) window(%w : i32) outs(", 1)


def draw(number, rows, keys):
    rng = np.random.default_rng(number)
    shapes = (4, rows, 32), (2, keys, 32), (2, keys, 32)
    return [fill(rng, "eights", (1, *shape)).astype(np.float32) for shape in shapes]


def numbers_of(policy, keys, given):
    """Sinks and window of the call. More sinks than keys, which make the reference no array, are all of them."""
    sink, window = at_run(policy.chunk, *given)
    return min(sink, -(-keys // policy.chunk) * policy.chunk), window


def check_call(tool, place, name, number, causal, way):
    """Against NumPy: a list that is not the same has another result."""
    rows, keys, *given = CALLS[number]
    policy = POLICIES[name]
    sink, window = numbers_of(policy, keys, given)
    q, k, v = draw(number, rows, keys)
    got = hip_run.Output(*programs.run(tool, place / str(number), program(q, k, v, policy, causal),
                                       [q, k, v, *map(np.int32, given)], 2, way), None, None)
    case = Case(number, policy, "f32", 1, 4, 2, rows, keys, 32, 32, sink, window, causal, "kv", "eights")
    lists = prune(policy, q, k, sink, window, causal)
    check_attention(got, attention(policy, q, k, v, *lists, sink, window, causal), case)
    return got


@pytest.mark.parametrize("causal", [True, False], ids=["causal", "full"])
@pytest.mark.parametrize("name", POLICIES)
def test_calls(tool, place, name, causal, pipeline):
    for number in range(len(CALLS)):
        check_call(tool, place, name, number, causal, pipeline)


@pytest.mark.parametrize("way", [SPLIT, CHIP])
@pytest.mark.parametrize("name", POLICIES)
def test_ways_of_a_gpu(tool, place, name, way):
    """Keys in parts, of which there are as many as the keys need; searches that are one kernel, tiles of wgmma."""
    for number in range(len(CALLS)):
        check_call(tool, place, name, number, True, way)


@pytest.mark.parametrize("way", ["reference", "cpu", SPLIT, CHIP])
@pytest.mark.parametrize("name", POLICIES)
def test_bits_are_those_of_a_program_with_the_numbers(tool, place, name, way):
    for number in (1, 4):
        rows, keys, *given = CALLS[number]
        sink, window = numbers_of(POLICIES[name], keys, given)
        got = check_call(tool, place, name, number, True, way)
        wanted = hip_run.attention(tool, place / f"{number}-static", *draw(number, rows, keys), POLICIES[name], sink,
                                   window, pipeline=way)
        assert got.out.tobytes() == wanted.out.tobytes()
        assert got.lse.tobytes() == wanted.lse.tobytes()
