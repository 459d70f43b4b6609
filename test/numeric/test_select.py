"""hip.select on scores of every kind (S12): crowded, tied, far apart, infinite, NaN."""

import numpy as np
import pytest

import programs
from reference.ranges import select

PROGRAM = """func.func @f(%r: {ranges}, %c: {counts}, %s: {scores}, %ro: {kept}, %co: {counts}) -> ({kept}, {counts}) {{
  %o:2 = hip.select ins(%r, %c, %s : {ranges}, {counts}, {scores}) outs(%ro, %co : {kept}, {counts})
    {{keep = {keep} : i64}} -> {kept}, {counts}
  return %o#0, %o#1 : {kept}, {counts}
}}
"""
LISTS = 3
BIG = np.finfo(np.float32).max


def _mixed(random, count):
    scores = random.normal(size=count)
    scores[::5], scores[1::7], scores[2::11] = np.nan, np.inf, -np.inf
    return scores


SCORES = {
    "normal": lambda random, count: random.normal(size=count),
    "crowded": lambda random, count: 250 + 4 * random.normal(size=count),
    "ties": lambda random, count: random.integers(-2, 3, size=count),
    "equal": lambda random, count: np.full(count, 7),
    # All but one in a single step of a histogram.
    "outlier": lambda random, count: np.where(np.arange(count) == count // 2, 1e6, random.normal(size=count)),
    # Differences that are no number of f32, and such that have no reciprocal.
    "huge": lambda random, count: BIG * random.uniform(-1, 1, size=count),
    "tiny": lambda random, count: 1e-45 * random.integers(0, 5, size=count),
    "infinite": lambda random, count: np.where(random.random(count) < 0.3, np.inf, random.normal(size=count)),
    "mixed": _mixed,
    "nan": lambda random, count: np.where(np.arange(count) % 50 == 3, 1, np.nan),
    "ascending": lambda random, count: np.arange(count),
}
# Ranges of the longest list, and how many are kept: threads have several, one, or none.
SIZES = [(40, 7), (513, 256), (1500, 32), (5000, 1024)]


@pytest.mark.parametrize("count,keep", SIZES)
@pytest.mark.parametrize("kind", SCORES)
def test_select(tool, folder, kind, count, keep, pipeline):
    random = np.random.default_rng(len(kind) * count)
    counts = np.array([[[count, count // 2, keep]]], np.int32)
    lengths = random.integers(1, 4, size=(LISTS, count))
    starts = np.cumsum(lengths + random.integers(0, 3, size=lengths.shape), axis=1) - lengths
    ranges = np.stack([starts, lengths], axis=-1).astype(np.int32)[None, None]
    with np.errstate(over="ignore"):
        scores = np.stack([SCORES[kind](random, count) for _ in range(LISTS)]).astype(np.float32)[None, None]
    kept = np.zeros((1, 1, LISTS, keep, 2), np.int32)
    text = PROGRAM.format(ranges=programs.tensor(ranges), counts=programs.tensor(counts), keep=keep,
                          scores=programs.tensor(scores), kept=programs.tensor(kept))
    out, sizes = programs.run(tool, folder, text, [ranges, counts, scores, kept, counts], 2, pipeline)
    for i in range(LISTS):
        here = counts[0, 0, i]
        start, length = select(*ranges[0, 0, i, :here].T, scores[0, 0, i, :here], keep)
        assert sizes[0, 0, i] == len(start), (kind, i)
        np.testing.assert_array_equal(out[0, 0, i, :len(start)], np.stack([start, length], axis=-1))
