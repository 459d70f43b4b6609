"""A deterministic set of small cases: every policy, attribute, type and shape corner.

Integer-valued inputs with |x| <= 8 and D <= 256 make every float32 dot product exact in any order,
so lists must agree bit for bit, ties included. `python3 cases.py` prints the cases.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from reference import Boxes, Dense, Stages, Tree, Union, Window
from reference.bands import Band

TYPES = {"f32": np.dtype(np.float32), "f16": np.dtype(np.float16)}
try:
    import ml_dtypes
    TYPES["bf16"] = np.dtype(ml_dtypes.bfloat16)
except ImportError:  # scripts/fuzz.sh runs f32 and f16 where there is NumPy alone.
    pass
INTEGER_VALUES = ("ternary", "eights", "sparse", "repeated", "equal")
SEED = 20240610
RANDOM_CASES = {"tree": 190, "stages": 190, "boxes": 120, "window": 25, "dense": 15, "union": 130}
LONG_EVERY = 25


@dataclass(frozen=True)
class Case:
    number: int
    policy: object
    dtype: str
    batch: int
    query_heads: int
    kv_heads: int
    rows: int
    keys: int
    head_size: int
    value_size: int
    sink: int
    window: int
    causal: bool
    heads: str
    values: str
    scale: float | None = None
    softcap: float | None = None
    tag: str = ""

    @property
    def id(self):
        shape = f"q{self.rows}k{self.keys}d{self.head_size}"
        mask = "causal" if self.causal else "full"
        parts = [f"{self.number:03}", self.policy.NAME, self.dtype, shape, mask, self.heads,
                 self.values, self.tag]
        return "-".join(part for part in parts if part)

    @cached_property
    def arrays(self):
        """q, k, v of [B, H, T, D]."""
        rng = np.random.default_rng([SEED, self.number])
        shapes = ((self.query_heads, self.rows, self.head_size),
                  (self.kv_heads, self.keys, self.head_size),
                  (self.kv_heads, self.keys, self.value_size))
        return tuple(fill(rng, self.values, (self.batch, *shape)).astype(TYPES[self.dtype])
                     for shape in shapes)

    @property
    def candidates(self):
        """The most candidate keys of any query block."""
        band = Band(self.policy.block_q, self.policy.chunk, self.sink, self.window, self.causal)
        return int(band.ends(self.rows, self.keys).max()) - self.sink


def fill(rng, values, shape):
    """ternary and sparse make ties the rule; repeated draws whole rows from three; equal is one
    value everywhere; normal is not integer-valued."""
    if values == "ternary":
        return rng.integers(-1, 2, shape)
    if values == "eights":
        return rng.integers(-8, 9, shape)
    if values == "sparse":
        return rng.integers(-8, 9, shape) * (rng.random(shape) < 0.05)
    if values == "repeated":
        few = rng.integers(-2, 3, (*shape[:-2], 3, shape[-1]))
        return np.take_along_axis(few, rng.integers(0, 3, (*shape[:-1], 1)), -2)
    if values == "equal":
        return np.ones(shape)
    return rng.standard_normal(shape)


def _pick(rng, options, weights=None):
    if weights is not None:
        weights = np.asarray(weights) / np.sum(weights)
    return options[rng.choice(len(options), p=weights)]


def _tree(rng):
    block_k = _pick(rng, (1, 2, 4, 8, 16, 32, 64, 128, 3, 12), (4, 8, 6, 5, 3, 2, 1, 1, 1, 1))
    reduce = _pick(rng, ("max", "max", "mean"))
    return Tree(block_q=_pick(rng, (1, 2, 4, 8, 16, 32, 64, 128, 48)), block_k=block_k,
                keep=block_k * _pick(rng, (1, 2, 3, 4, 7, 8, 16, 33)),
                representative=_pick(rng, ("first", "center", "last")),
                q_stride=_pick(rng, (1, 1, 2, 4, 8) + (3,) * (reduce == "max")),
                k_stride=_pick(rng, (1, 1, 2, 3, 8)), reduce=reduce)


def _stages(rng):
    count = _pick(rng, (1, 2, 3, 4), (2, 3, 3, 1))
    block_q, chunk = _pick(rng, (1, 4, 8, 16, 32, 64)), _pick(rng, (1, 2, 4, 8, 16, 3, 6))
    granule = _pick(rng, [g for g in (1, 2, 3, 4, 8) if chunk % g == 0])
    reduce = _pick(rng, ("max", "max", "mean"))
    stages = []
    for index in range(count):
        keep = chunk * _pick(rng, (1, 2, 3, 4, 6, 9))
        if rng.random() < 0.12:
            keep = "all"
        stages.insert(0, (block_q, chunk, keep, _pick(rng, (1, 1, 2, 4))))
        if index + 1 < count:
            block_q *= _pick(rng, (1, 1, 2, 4) if block_q < 64 else (1, 2))
            chunk *= _pick(rng, (1, 2, 2, 4, 3)) if chunk < 64 else 1
    return Stages(stages=tuple(stages), granule=granule, k_stride=_pick(rng, (1, 1, 2)),
                  representative=_pick(rng, ("first", "center", "last")),
                  score=_pick(rng, ("leaf", "path")), reduce=reduce)


def _boxes(rng):
    block_k = _pick(rng, (1, 2, 4, 8, 16, 3))
    box, levels = block_k, []
    for _ in range(_pick(rng, (1, 2, 3), (3, 2, 1))):
        box *= _pick(rng, (1, 2, 4, 8, 3) if box <= 16 else (1, 2))
        levels.insert(0, (box, box * _pick(rng, (1, 2, 3, 5, 8))))
    return Boxes(block_q=_pick(rng, (1, 4, 16, 32, 64, 128)), block_k=block_k,
                 levels=tuple(levels), keep=block_k * _pick(rng, (1, 2, 4, 7, 16)),
                 q_stride=_pick(rng, (1, 1, 2, 3, 8)))


def _with_rows(policy, band, lists):
    """The policy with so many rows a band and a list."""
    if policy.NAME != "stages":
        return replace(policy, block_q=lists)
    rows = [band, *[lists] * (len(policy.stages) - 1)]
    return replace(policy, stages=tuple((block_q, *stage[1:]) for block_q, stage in zip(rows, policy.stages)))


def _union_parts(rng, band, lists, depth):
    for _ in range(_pick(rng, (1, 2, 3), (1, 6, 2))):
        kind = _pick(rng, ("tree", "boxes", "stages", "union", "dense"), (4, 4, 4, 1.5 * (depth < 2), 0.3))
        if kind == "union":
            yield Union(tuple(_union_parts(rng, band, lists, depth + 1)))
        elif kind == "stages" or band != lists:
            stages = _stages(rng)
            while band != lists and len(stages.stages) < 2:
                stages = _stages(rng)
            yield _with_rows(stages, band, lists)
        else:
            yield Dense(lists) if kind == "dense" else _with_rows(BUILDERS[kind](rng), band, lists)


def _union(rng):
    """Parts whose chunks have a common multiple that leaves candidates among a few hundred keys."""
    lists = _pick(rng, (1, 4, 16, 32, 64, 128))
    band = lists * _pick(rng, (1, 2, 4), (8, 1, 1))
    while True:
        parts = list(_union_parts(rng, band, lists, 0))
        if rng.random() < 0.1:
            parts.append(parts[0])
        if math.lcm(*(part.chunk for part in parts)) <= 96:
            return Union(tuple(parts))


BUILDERS = {"tree": _tree, "stages": _stages, "boxes": _boxes,
            "window": lambda rng: Window(block_q=_pick(rng, (1, 4, 16, 64, 128))),
            "dense": lambda rng: Dense(block_q=_pick(rng, (1, 16, 64, 128))),
            "union": _union}


def _lengths(rng, long):
    """Rows and keys: whole prompts, chunks of a prompt, decode steps, more rows than keys."""
    keys = int(rng.integers(600, 1500) if long else rng.integers(1, 300))
    kind = _pick(rng, ("whole", "suffix", "decode", "few", "more"), (10, 6, 3, 3, 1))
    rows = {"whole": keys, "suffix": int(rng.integers(1, keys + 1)), "decode": 1,
            "few": min(keys, int(rng.integers(1, 9))),
            "more": keys + int(rng.integers(1, 40))}[kind]
    return min(rows, 200) if long else rows, keys


def _random_case(rng, number, kind):
    long = number % LONG_EVERY == 0
    policy = BUILDERS[kind](rng)
    query_heads, kv_heads = _pick(rng, ((1, 1), (2, 2), (4, 2), (4, 1), (3, 1), (6, 2), (8, 2)),
                                  (3, 3, 4, 3, 1, 1, 1))
    head_size = 32 if long else _pick(rng, (32, 64, 96, 128, 256), (10, 5, 2, 2, 1))
    value_size = head_size if rng.random() < 0.8 else _pick(rng, (32, 64, 96, 128, 256))
    rows, keys = _lengths(rng, long)
    multiple = policy.sink_multiple
    return Case(number, policy, _pick(rng, ("f32", "f16", "bf16")), _pick(rng, (1, 1, 2)),
                query_heads, kv_heads, rows, keys, head_size, value_size,
                sink=multiple * int(rng.integers(0, max(2, 48 // multiple))),
                window=_pick(rng, (0, 1, 7, 16, 32, 100)), causal=bool(rng.random() < 0.75),
                heads=_pick(rng, ("query", "kv", "all")),
                values=_pick(rng, INTEGER_VALUES, (5, 2, 3, 2, 1)),
                scale=_pick(rng, (None, None, None, 0.125, 0.03125)),
                softcap=_pick(rng, (None,) * 7 + (5.0, 30.0)))


CORNERS = (Tree(block_q=16, block_k=4, keep=32), Boxes(16, 4, ((16, 64),), 32),
           Stages(((32, 16, 64, 2), (16, 4, 32, 1))))
UNION_CORNERS = (Union((Tree(16, 2, 32), Boxes(16, 4, ((16, 64),), 32))),
                 Union((Stages(((32, 16, 64, 2), (16, 4, 32, 1))), Stages(((32, 8, 16, 1), (16, 2, 8, 1))))))


def _corners(number, policies):
    """Shapes that random numbers seldom hit, each with every kind of policy that has a list."""
    shapes = (("short-of-sink", 9, 9, 16, 0), ("sink-is-all", 16, 16, 16, 0),
              ("no-candidates", 40, 40, 16, 64), ("one-key", 1, 1, 0, 0),
              ("first-candidate", 33, 33, 16, 1), ("no-window", 64, 64, 0, 0),
              ("decode", 1, 257, 16, 32), ("all-fits", 64, 64, 16, 16),
              ("rows-before-keys", 50, 20, 0, 4))
    for policy in policies:
        for tag, rows, keys, sink, window in shapes:
            for causal in (True, False):
                yield Case(number, policy, "f16", 1, 2, 1, rows, keys, 32, 32, sink, window, causal,
                           "query", "ternary", tag=tag)
                number += 1


def integer_cases():
    rng = np.random.default_rng(SEED)
    cases = list(_corners(0, CORNERS))
    for kind, count in RANDOM_CASES.items():
        for _ in range(count):
            cases.append(_random_case(rng, len(cases), kind))
    return [*cases, *_corners(len(cases), UNION_CORNERS)]


def real_cases():
    """Inputs that are not integers: the accumulation order is part of what is compared."""
    policies = (Tree(32, 2, 16), Tree(16, 4, 32, "first", 4, 2, "mean"), Tree(64, 1, 24, "last"),
                Stages(((32, 32, 128, 2), (16, 8, 64, 1), (16, 2, 16, 1))),
                Stages(((64, 16, 96, 4), (64, 4, 32, 1)), 2, "center", 1, "path", "mean"),
                Boxes(32, 4, ((32, 128), (8, 64)), 16), Boxes(64, 8, ((16, 64),), 32, 2),
                Window(32), Dense(64), Union((Tree(32, 2, 16), Boxes(32, 4, ((32, 128), (8, 64)), 16))))
    number = 900
    for policy in policies:
        for dtype in TYPES:
            for heads, causal in (("query", True), ("kv", False)):
                yield Case(number, policy, dtype, 1, 4, 2, 150, 277, 64, 64, 32, 32, causal, heads,
                           "normal")
                number += 1


if __name__ == "__main__":
    for each in (*integer_cases(), *real_cases()):
        print(each.id, each.policy, f"heads={each.query_heads}/{each.kv_heads} B={each.batch} "
              f"Dv={each.value_size} sink={each.sink} window={each.window} scale={each.scale} "
              f"softcap={each.softcap} candidates={each.candidates}")
