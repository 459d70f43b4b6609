"""The pruning policies (S13-S15) as values, and the text inside `<...>` that names them.

Every policy tells: `block_q` (rows that share one E(m), S3), `list_block_q` (rows that share one
list; smaller only for stages that refine), `block_k`, `chunk` (c of S3), `sink_multiple` and
`width(keys)` (N of S16). Where the rules leave room: N is ceil(Tk / block_k) for a last stage that
keeps `all`; window and dense have no list (N = 0).
"""

import ast
import math
import re
from dataclasses import dataclass, fields

REPRESENTATIVES = ("first", "center", "last")
REDUCTIONS = ("max", "mean")
ALL = "all"


def _require(condition, message):
    if not condition:
        raise ValueError(message)


def _width(keep, block_k, keys):
    """S16: all there are keys for, or above 4,096 blocks no more than those."""
    if keep == ALL:
        return -(-keys // block_k)
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
    #: Whether it keeps all candidates by its kind, and whether it makes a list.
    is_dense = False
    listed = True
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
    keep = property(lambda self: self.stages[-1][2])

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
        return _width(self.keep, self.block_k, keys)


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
    keep = 0
    listed = False

    def width(self, _keys):
        return 0


@dataclass(frozen=True)
class Dense(Window):
    """S15: every candidate is kept."""

    NAME = "dense"
    __str__ = _Policy.__str__
    keep = ALL
    is_dense = True


@dataclass(frozen=True)
class Union(_Policy):
    """S14c: what any part keeps."""

    NAME = "union"
    parts: tuple
    block_q = property(lambda self: self.parts[0].block_q)
    list_block_q = property(lambda self: self.parts[0].list_block_q)
    block_k = property(lambda self: math.gcd(*(part.block_k for part in self.parts)))
    chunk = property(lambda self: math.lcm(*(part.chunk for part in self.parts)))
    sink_multiple = property(lambda self: math.lcm(*(part.sink_multiple for part in self.parts)))
    is_dense = property(lambda self: any(part.is_dense for part in self.parts))
    listed = property(lambda self: not self.is_dense)

    def __post_init__(self):
        _require(self.parts, "a union has no part (S14c)")
        flat = [each for part in self.parts for each in getattr(part, "parts", (part,))]
        object.__setattr__(self, "parts", tuple(dict.fromkeys(flat)))
        for part in self.parts:
            _require(part.NAME != "window", f"{part} keeps nothing (S14c)")
            for name in ("block_q", "list_block_q"):
                _require(getattr(part, name) == getattr(self, name),
                         f"{name} = {getattr(part, name)} and {getattr(self, name)} differ (S14c)")

    @property
    def keep(self):
        kept = [part.keep for part in self.parts]
        return ALL if ALL in kept else sum(kept)

    def __str__(self):
        return f"union<[{', '.join(map(str, self.parts))}]>"

    def width(self, keys):
        return 0 if self.is_dense else _width(self.keep, self.block_k, keys)


POLICIES = {policy.NAME: policy for policy in (Tree, Stages, Boxes, Window, Dense, Union)}


def levels_of(policy):
    """S14b: the levels of all boxes in a policy, which take a summary each."""
    parts = getattr(policy, "parts", (policy,))
    return [level for part in parts if isinstance(part, Boxes) for level in part.levels]


def parse_policy(text):
    """Reads 'tree<block_q = 64, block_k = 2, keep = 512>' and its kin; `#hip.` may stand before."""
    match = re.fullmatch(r"\s*(?:#hip\.)?(\w+)\s*<(.*)>\s*", text, re.DOTALL)
    _require(match and match[1] in POLICIES, f"'{text}' names none of {sorted(POLICIES)} (S15)")
    if match[1] == "union":
        return Union(tuple(parse_policy(part) for part in _split(match[2])))
    python = re.sub(r"\b(first|center|last|max|mean|leaf|path|all)\b", r"'\1'", match[2])
    call = ast.parse(f"f({python})", mode="eval").body
    freeze = lambda node: _freeze(ast.literal_eval(node))
    arguments = [freeze(argument) for argument in call.args]
    return POLICIES[match[1]](*arguments, **{k.arg: freeze(k.value) for k in call.keywords})


def _split(text):
    """The parts of `[part, part]`, which have commas and brackets of their own."""
    text = text.strip()
    _require(text[:1] + text[-1:] == "[]", f"'{text}' is no list of parts (S14c)")
    parts, depth = [""], 0
    for char in text[1:-1]:
        depth += (char in "<[(") - (char in ">])")
        if char == "," and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return [part for part in parts if part.strip()]


def _freeze(value):
    return tuple(_freeze(x) for x in value) if isinstance(value, (list, tuple)) else value
