"""The pruning policies (S13-S15) as values, and the text inside `<...>` that names them.

Every policy tells: `block_q` (rows that share one E(m), S3), `list_block_q` (rows that share one
list; smaller only for stages that refine), `block_k`, `chunk` (c of S3), `sink_multiple` and
`width(keys)` (N of S16). Where the rules leave room: N is ceil(Tk / block_k) for a last stage that
keeps `all`; window and dense have no list (N = 0).
"""

import ast
import re
from dataclasses import dataclass, fields

REPRESENTATIVES = ("first", "center", "last")
REDUCTIONS = ("max", "mean")
ALL = "all"


def _require(condition, message):
    if not condition:
        raise ValueError(message)


def _width(keep, block_k, keys):
    """S16: above 4,096 blocks no more than there are keys for."""
    return keep // block_k if keep // block_k <= 4096 else min(keep // block_k, -(-keys // block_k))


def _check_sampling(policy):
    """S9: the strides of every policy, and what a mean needs."""
    for name in ("q_stride", "k_stride"):
        value = getattr(policy, name, 1)
        _require(value >= 1, f"{name} = {value} is not positive (S8, S9)")
    reduce, stride = getattr(policy, "reduce", "max"), getattr(policy, "q_stride", 1)
    _require(reduce in REDUCTIONS, f"reduce = {reduce} is none of {REDUCTIONS} (S9)")
    _require(reduce == "max" or stride & (stride - 1) == 0,
             f"reduce = mean needs a power of two, but q_stride = {stride} (S9)")
    representative = getattr(policy, "representative", "first")
    _require(representative in REPRESENTATIVES,
             f"representative = {representative} is none of {REPRESENTATIVES} (S8)")


class _Policy:
    list_block_q = property(lambda self: self.block_q)
    sink_multiple = property(lambda self: self.block_k)

    def __str__(self):
        return f"{self.NAME}<{', '.join(f'{k} = {_text(v)}' for k, v in self.items())}>"

    def items(self):
        return [(field.name, getattr(self, field.name)) for field in fields(self)]


def _text(value):
    if isinstance(value, tuple):
        inner = ", ".join(_text(x) if isinstance(x, (tuple, int)) else str(x) for x in value)
        return f"[{inner}]" if value and isinstance(value[0], tuple) else f"({inner})"
    return str(value)


@dataclass(frozen=True)
class Tree(_Policy):
    """S13 (HiP)."""

    NAME = "tree"
    block_q: int
    block_k: int
    keep: int
    representative: str = "center"
    q_stride: int = 1
    k_stride: int = 1
    reduce: str = "max"
    __str__ = _Policy.__str__
    chunk = property(lambda self: self.block_k)

    def __post_init__(self):
        _check_sampling(self)
        _require(self.keep % self.block_k == 0,
                 f"keep = {self.keep} is not a multiple of block_k = {self.block_k} (S13)")

    def width(self, keys):
        return _width(self.keep, self.block_k, keys)


@dataclass(frozen=True)
class Stages(_Policy):
    """S14 (InfiniteHiP); a stage is (block_q, chunk, keep or `all`, q_stride)."""

    NAME = "stages"
    stages: tuple
    granule: int = 1
    representative: str = "first"
    k_stride: int = 1
    score: str = "leaf"
    reduce: str = "max"
    __str__ = _Policy.__str__
    block_q = property(lambda self: self.stages[0][0])
    list_block_q = property(lambda self: self.stages[-1][0])
    block_k = property(lambda self: self.stages[-1][1])
    chunk = property(lambda self: self.stages[0][1])

    def __post_init__(self):
        _check_sampling(self)
        _require(self.stages, "stages is empty (S14)")
        _require(self.score in ("leaf", "path"), f"score = {self.score} is not leaf or path (S11)")
        for block_q, chunk, keep, q_stride in self.stages:
            _require(chunk % self.granule == 0,
                     f"chunk = {chunk} is not a multiple of granule = {self.granule} (S14)")
            _require(keep == ALL or keep % chunk == 0,
                     f"keep = {keep} is not a multiple of chunk = {chunk} (S14)")
            _require(self.reduce == "max" or q_stride & (q_stride - 1) == 0,
                     f"reduce = mean needs a power of two, but q_stride = {q_stride} (S9)")
        for coarse, fine in zip(self.stages, self.stages[1:]):
            for index, name in ((0, "block_q"), (1, "chunk")):
                _require(coarse[index] % fine[index] == 0,
                         f"{name} = {coarse[index]} is not a multiple of the next stage's "
                         f"{fine[index]} (S14)")

    def items(self):
        return super().items()[1:]

    def __str__(self):
        named = "".join(f", {name} = {value}" for name, value in self.items())
        return f"stages<{_text(self.stages)}{named}>"

    def width(self, keys):
        keep = self.stages[-1][2]
        return -(-keys // self.block_k) if keep == ALL else _width(keep, self.block_k, keys)


@dataclass(frozen=True)
class Boxes(_Policy):
    """S14b; a level is (box, keys kept)."""

    NAME = "boxes"
    block_q: int
    block_k: int
    levels: tuple
    keep: int
    q_stride: int = 1
    __str__ = _Policy.__str__
    chunk = property(lambda self: self.levels[0][0])
    sink_multiple = property(lambda self: self.levels[0][0])

    def __post_init__(self):
        _check_sampling(self)
        _require(self.levels, "levels is empty (S14b)")
        sizes = [box for box, _ in self.levels] + [self.block_k]
        for coarse, fine in zip(sizes, sizes[1:]):
            _require(coarse % fine == 0, f"box {coarse} is not a multiple of {fine} (S14b)")
        for size, keep in (*self.levels, (self.block_k, self.keep)):
            _require(keep % size == 0, f"keep = {keep} is not a multiple of {size} (S14b)")

    def width(self, keys):
        return _width(self.keep, self.block_k, keys)


@dataclass(frozen=True)
class Window(_Policy):
    """S15: no candidate is kept."""

    NAME = "window"
    block_q: int = 64
    __str__ = _Policy.__str__
    block_k = 1
    chunk = 1

    def width(self, _keys):
        return 0


@dataclass(frozen=True)
class Dense(Window):
    """S15: every candidate is kept."""

    NAME = "dense"
    __str__ = _Policy.__str__


POLICIES = {policy.NAME: policy for policy in (Tree, Stages, Boxes, Window, Dense)}


def parse_policy(text):
    """Reads 'tree<block_q = 64, block_k = 2, keep = 512>' and its kin; `#hip.` may stand before."""
    match = re.fullmatch(r"\s*(?:#hip\.)?(\w+)\s*<(.*)>\s*", text, re.DOTALL)
    _require(match and match[1] in POLICIES, f"'{text}' names none of {sorted(POLICIES)} (S15)")
    python = re.sub(r"\b(first|center|last|max|mean|leaf|path|all)\b", r"'\1'", match[2])
    call = ast.parse(f"f({python})", mode="eval").body
    freeze = lambda node: _freeze(ast.literal_eval(node))
    arguments = [freeze(argument) for argument in call.args]
    return POLICIES[match[1]](*arguments, **{k.arg: freeze(k.value) for k in call.keywords})


def _freeze(value):
    return tuple(_freeze(x) for x in value) if isinstance(value, (list, tuple)) else value
