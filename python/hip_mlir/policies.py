"""Pruning policies: which keys, besides sinks and the window, a block of query rows attends.

All are frozen: equal policies hash alike, and `str()` gives the text that MLIR programs and the
tools' `--policy` take. Keys and rows are counted in tokens.
"""

import dataclasses
import math
from dataclasses import dataclass

from ._checks import integer, one_of, shown
from .errors import ArgumentTypeError, Error, InvalidError

REPRESENTATIVES = ("first", "center", "last")
REDUCTIONS = ("max", "mean")
SCORES = ("leaf", "path")


def _positive(name, value):
    return integer(name, value, 1)


def _multiple(name, value, what, of):
    if value % of:
        raise InvalidError(f"{name} = {value} is not a multiple of {what} = {of}; give {max(value // of, 1) * of}")


def _rows(name, rows, width):
    """A sequence of tuples as a tuple of tuples of `width`."""
    try:
        frozen = tuple(tuple(row) for row in rows)
    except TypeError:
        raise ArgumentTypeError(f"{name} is {shown(rows)}; give a list of tuples of {width}") from None
    if not frozen or any(len(row) != width for row in frozen):
        raise InvalidError(f"{name} = {shown(list(frozen))}; give one or more tuples of {width}")
    return frozen


def _list_text(rows):
    return f"[{', '.join('(' + ', '.join(map(str, row)) + ')' for row in rows)}]"


# Lists of up to so many blocks have room for all that may be kept, however few keys there are.
STATIC_ENTRIES = 4096


def _room(kept, block, keys):
    """Places for blocks of which so many keys are kept, None for all (S16)."""
    if kept is None:
        return -(-keys // block)
    most = kept // block
    return most if most <= STATIC_ENTRIES else min(most, -(-keys // block))


class Policy:
    """Base of the policies."""

    NAME = ""
    #: Whether sinks and the window matter to it.
    prunes = True
    #: Whether it searches, so that there are lists to return and to use again.
    makes_lists = True
    #: Whether decode steps search it anew each time: what it finds moves with each query.
    searches_each_step = False

    @property
    def list_block_q(self):
        """Query rows that share a list."""
        return self.block_q

    @property
    def kept_keys(self):
        """Keys that a list has at most; None for all."""
        return self.keep

    @property
    def search_block_q(self):
        """Query rows that are searched together: a call of a multiple of them chooses as one of all rows does."""
        return self.list_block_q

    @property
    def chunk(self):
        """Keys that candidates are counted in (c of S3)."""
        return self.block_k

    def chosen(self, rows, keys):
        """The policy of a call of so many query rows on so many keys: itself, unless it is Auto."""
        return self

    def list_length(self, keys):
        """Places for blocks in the list of a block of query rows, of so many keys (S16)."""
        return _room(self.kept_keys, self.block_k, keys)

    def __str__(self):
        parts = ((f.name, getattr(self, f.name)) for f in dataclasses.fields(self))
        text = ", ".join(f"{n} = {_list_text(v) if isinstance(v, tuple) else v}" for n, v in parts)
        return f"{self.NAME}<{text}>"

    def _check_sampling(self, *names):
        for name in names:
            object.__setattr__(self, name, _positive(name, getattr(self, name)))
        if hasattr(self, "representative"):
            one_of("representative", self.representative, REPRESENTATIVES)
        if hasattr(self, "reduce"):
            one_of("reduce", self.reduce, REDUCTIONS)

    def _check_mean(self, stride):
        if getattr(self, "reduce", "max") == "mean" and stride & (stride - 1):
            raise InvalidError(f"q_stride = {stride}; reduce = mean needs a power of two")


@dataclass(frozen=True)
class Tree(Policy):
    """HiP: a search that halves ranges of keys and keeps the best, O(log T) steps for each block.

    block_q: query rows that share a list. block_k: keys of a listed block. keep: keys kept, a
    multiple of block_k. representative: the key that stands for a range: first, center or last.
    q_stride, k_stride: score every so-many rows and keys. reduce: max over rows, or mean of
    q_stride rows.
    """

    NAME = "tree"
    block_q: int = 64
    block_k: int = 2
    keep: int = 512
    representative: str = "center"
    q_stride: int = 1
    k_stride: int = 1
    reduce: str = "max"

    def __post_init__(self):
        self._check_sampling("block_q", "block_k", "keep", "q_stride", "k_stride")
        self._check_mean(self.q_stride)
        _multiple("keep", self.keep, "block_k", self.block_k)


@dataclass(frozen=True)
class Stages(Policy):
    """InfiniteHiP: stages that score one key of each chunk and keep the best chunks, ever smaller.

    stages: tuples (block_q, chunk, keep, q_stride), keep = keys left after it or "all"; each keep
    is a multiple of its chunk, each chunk of the next, each block_q of the next. granule: keys of
    the smallest range searched. score: `leaf`, of the last key searched, or `path`, of the best.
    """

    NAME = "stages"
    stages: tuple = ((64, 64, 8192, 4), (64, 16, 2048, 2), (64, 4, 512, 1))
    granule: int = 1
    representative: str = "first"
    k_stride: int = 1
    score: str = "leaf"
    reduce: str = "max"

    def __post_init__(self):
        self._check_sampling("granule", "k_stride")
        one_of("score", self.score, SCORES)
        stages = tuple(self._checked_stage(*stage) for stage in _rows("stages", self.stages, 4))
        object.__setattr__(self, "stages", stages)
        for coarse, fine in zip(self.stages, self.stages[1:]):
            _multiple("block_q", coarse[0], "the next stage's", fine[0])
            _multiple("chunk", coarse[1], "the next stage's", fine[1])

    def _checked_stage(self, block_q, chunk, keep, q_stride):
        block_q, chunk, q_stride = (_positive(name, value) for name, value in (
            ("block_q", block_q), ("chunk", chunk), ("q_stride", q_stride)))
        self._check_mean(q_stride)
        _multiple("chunk", chunk, "granule", self.granule)
        if isinstance(keep, str):
            one_of("keep", keep, ("all", "a number"))
        else:
            keep = _positive("keep", keep)
            _multiple("keep", keep, "chunk", chunk)
        return block_q, chunk, keep, q_stride

    @property
    def block_q(self):
        """Query rows that share a window: those of the first stage."""
        return self.stages[0][0]

    @property
    def list_block_q(self):
        return self.stages[-1][0]

    @property
    def block_k(self):
        """Keys of a listed block: a chunk of the last stage."""
        return self.stages[-1][1]

    @property
    def chunk(self):
        return self.stages[0][1]

    @property
    def kept_keys(self):
        keep = self.stages[-1][2]
        return None if keep == "all" else keep

    @property
    def search_block_q(self):
        return self.stages[0][0]

    def __str__(self):
        names = ("granule", "representative", "k_stride", "score", "reduce")
        named = "".join(f", {name} = {getattr(self, name)}" for name in names)
        return f"stages<{_list_text(self.stages)}{named}>"


@dataclass(frozen=True)
class Boxes(Policy):
    """Bounds first: boxes of keys by an upper bound of their scores, then exact scores inside.

    levels: tuples (box, keys kept), coarse to fine; boxes are multiples of the next and of
    block_k. keep: keys kept at the end, a multiple of block_k. `sink` has to be a multiple of the
    first box. A bound cannot hide a single key as a representative can.
    """

    NAME = "boxes"
    searches_each_step = True
    block_q: int = 64
    block_k: int = 8
    levels: tuple = ((64, 2048),)
    keep: int = 512
    q_stride: int = 1

    def __post_init__(self):
        self._check_sampling("block_q", "block_k", "keep", "q_stride")
        levels = tuple((_positive("box", box), _positive("keys kept", kept))
                       for box, kept in _rows("levels", self.levels, 2))
        object.__setattr__(self, "levels", levels)
        sizes = [box for box, _ in levels] + [self.block_k]
        for box, kept in levels:
            _multiple("keys kept", kept, "box", box)
        for coarse, fine in zip(sizes, sizes[1:]):
            _multiple("box", coarse, "the next", fine)
        _multiple("keep", self.keep, "block_k", self.block_k)

    @property
    def chunk(self):
        return self.levels[0][0]


class _Unlisted(Policy):
    """Base of the policies that search nothing."""

    makes_lists = False
    block_k = 1

    def list_length(self, keys):
        return 0

    def __post_init__(self):
        self._check_sampling("block_q")


@dataclass(frozen=True)
class Window(_Unlisted):
    """StreamingLLM: sinks and the window, nothing else. block_q: query rows of a tile."""

    NAME = "window"
    kept_keys = 0
    block_q: int = 64


@dataclass(frozen=True)
class Dense(_Unlisted):
    """Every key, exactly. block_q: query rows of a tile. Sinks and window do not matter.

    Without block_q the compiler takes what is fastest on the device: 64 or 128. Not all kinds fit the shared memory of
    a GPU with 128; NotImplementedError says so.
    """

    NAME = "dense"
    prunes = False
    kept_keys = None
    block_q: int | None = None

    def __post_init__(self):
        if self.block_q is not None:
            super().__post_init__()

    def __str__(self):
        return self.NAME if self.block_q is None else super().__str__()


@dataclass(frozen=True, init=False, repr=False)
class Union(Policy):
    """What any of several policies keeps, each of which searches the same keys by itself.

    parts: Tree, Stages, Boxes, Dense or Union, all with one block_q. Their order does not matter, equal ones
    count once, and a union among them stands for its parts. A tree keeps most of the weight but may lose single
    keys, which boxes find: hip_mlir.HIP has both. Listed blocks have the greatest number of keys that divides all
    parts' block_k, and `sink` has to be a multiple of what each part needs.
    """

    NAME = "union"
    parts: tuple

    def __init__(self, *parts):
        if not parts:
            raise InvalidError("a union of no policies; give one or more, such as Union(Tree(), Boxes())")
        for part in parts:
            _check_part(part)
        rows = next((part.block_q for part in parts if part.block_q is not None), None)
        parts = (Dense(rows) if part == Dense() else part for part in parts)
        parts = tuple(dict.fromkeys(each for part in parts for each in parts_of(part)))
        for name in ("block_q", "list_block_q"):
            _check_same(name, parts)
        object.__setattr__(self, "parts", parts)

    @property
    def makes_lists(self):
        return all(part.makes_lists for part in self.parts)

    @property
    def prunes(self):
        return all(part.prunes for part in self.parts)

    @property
    def block_q(self):
        return self.parts[0].block_q

    @property
    def list_block_q(self):
        return self.parts[0].list_block_q

    @property
    def block_k(self):
        return math.gcd(*(part.block_k for part in self.parts))

    @property
    def chunk(self):
        return math.lcm(*(part.chunk for part in self.parts))

    @property
    def kept_keys(self):
        kept = [part.kept_keys for part in self.parts]
        return None if None in kept else sum(kept)

    @property
    def search_block_q(self):
        return max(part.search_block_q for part in self.parts)

    def list_length(self, keys):
        return super().list_length(keys) if self.makes_lists else 0

    def __str__(self):
        return f"union<[{', '.join(map(str, self.parts))}]>"

    def __repr__(self):
        return f"Union({', '.join(map(repr, self.parts))})"


@dataclass(frozen=True)
class Auto(_Unlisted):
    """Every key while that is fast, else a policy.

    policy: what prunes calls on more than `until` keys; HIP unless told otherwise. until: keys up to which a call
    attends to all of them. step_until: the same for calls of at most 16 query rows, such as decode steps. The
    defaults are where both take as long on an H200. It makes no lists: `chosen()` says which policy a call gets.
    """

    NAME = "auto"
    STEP_ROWS = 16
    prunes = True
    policy: Policy = None
    until: int = 16384
    step_until: int = 131072

    def __post_init__(self):
        policy = HIP if self.policy is None else self.policy
        if not isinstance(policy, Policy) or not policy.NAME:
            raise ArgumentTypeError(f"policy = {shown(policy)}; give one of {class_names()}")
        if isinstance(policy, (Auto, Dense)):
            raise InvalidError(f"policy = {policy} leaves nothing to choose; give one that prunes, such as "
                               "hip_mlir.HIP")
        object.__setattr__(self, "policy", policy)
        self._check_sampling("until", "step_until")

    def chosen(self, rows, keys):
        return Dense() if keys <= (self.step_until if rows <= self.STEP_ROWS else self.until) else self.policy

    @property
    def block_q(self):
        return self.policy.block_q

    @property
    def block_k(self):
        return self.policy.block_k

    @property
    def chunk(self):
        return self.policy.chunk

    @property
    def kept_keys(self):
        return self.policy.kept_keys

    @property
    def parts(self):
        """Those of `policy`."""
        return parts_of(self.policy)

    def __str__(self):
        return f"auto<{self.policy}, until = {self.until}, step_until = {self.step_until}>"


def _check_part(part):
    if not isinstance(part, Policy) or not part.NAME:
        raise ArgumentTypeError(f"a part of a union is {shown(part)}; give one of {class_names()}")
    if isinstance(part, Auto):
        raise InvalidError(f"a union has the part {part}; give Auto() the union")
    if part.kept_keys == 0:
        raise InvalidError(f"a union has the part {part}, which keeps nothing; leave it out")


def _check_same(name, parts):
    first = getattr(parts[0], name)
    other = next((part for part in parts if getattr(part, name) != first), None)
    if other:
        raise InvalidError(f"{other} has {name} = {getattr(other, name)}, but the first part of the union has "
                           f"{first}; give all parts one")


def parts_of(policy):
    """The policies that search by themselves."""
    return getattr(policy, "parts", (policy,))


#: What the name "hip" stands for, and what integrations do unless told otherwise: the body by a tree, single keys
#: by boxes, at the budget of one search.
HIP = Union(Tree(keep=448), Boxes(levels=((64, 4096),), keep=64))

POLICIES = {policy.NAME: policy for policy in (Tree, Stages, Boxes, Window, Dense, Union, Auto)}


def class_names():
    return ", ".join(f"hip_mlir.{policy.__name__}" for policy in POLICIES.values())
