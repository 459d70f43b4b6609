"""Pruning policies: which keys, besides sinks and the window, a block of query rows attends.

All are frozen: equal policies hash alike, and `str()` gives the text that MLIR programs and the
tools' `--policy` take. Keys and rows are counted in tokens.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, SupportsIndex, get_args

from ._checks import integer, one_of, shown
from ._fields import documented
from .errors import ArgumentTypeError, InvalidError

Representative = Literal["first", "center", "last"]
Reduction = Literal["max", "mean"]
Score = Literal["leaf", "path"]


def _positive(name: str, value: SupportsIndex) -> int:
    return integer(name, value, 1)


def _multiple(name: str, value: int, what: str, of: int) -> None:
    if value % of:
        raise InvalidError(f"{name} = {value} is not a multiple of {what} = {of}; give {max(value // of, 1) * of}")


def _rows(name: str, rows: Iterable[Iterable[Any]], width: int) -> tuple[tuple[Any, ...], ...]:
    """A sequence of tuples as a tuple of tuples of `width`."""
    try:
        frozen = tuple(tuple(row) for row in rows)
    except TypeError:
        raise ArgumentTypeError(f"{name} is {shown(rows)}; give a list of tuples of {width}") from None
    if not frozen or any(len(row) != width for row in frozen):
        raise InvalidError(f"{name} = {shown(list(frozen))}; give one or more tuples of {width}")
    return frozen


def _list_text(rows: Iterable[Iterable[object]]) -> str:
    return f"[{', '.join('(' + ', '.join(map(str, row)) + ')' for row in rows)}]"


# Lists of up to so many blocks have room for all that may be kept, however few keys there are.
STATIC_ENTRIES = 4096


def _room(kept: int | None, block: int, keys: int) -> int:
    """Places for blocks of which so many keys are kept, None for all (S16)."""
    if kept is None:
        return -(-keys // block)
    most = kept // block
    return most if most <= STATIC_ENTRIES else min(most, -(-keys // block))


class Policy:
    """Base of the policies."""

    NAME: ClassVar[str] = ""
    #: Whether decode steps search it anew each time: what it finds moves with each query.
    searches_each_step: ClassVar[bool] = False

    if TYPE_CHECKING:  # fields of some policies, properties of others
        @property
        def block_q(self) -> int | None:
            """Query rows of a tile, which share a window; None where the compiler chooses."""

        @property
        def block_k(self) -> int:
            """Keys of a listed block."""

        @property
        def kept_keys(self) -> int | None:
            """Keys that a list has at most; None for all."""

    @property
    def prunes(self) -> bool:
        """Whether sinks and the window matter to it."""
        return True

    @property
    def makes_lists(self) -> bool:
        """Whether it searches, so that there are lists to return and to use again."""
        return True

    @property
    def list_block_q(self) -> int | None:
        """Query rows that share a list."""
        return self.block_q

    @property
    def boxes(self) -> tuple[int, ...]:
        """Keys of a box of each level of bounds, each of which reads a summary of the keys."""
        return ()

    @property
    def search_block_q(self) -> int | None:
        """Query rows that are searched together: a call of a multiple of them chooses as one of all rows does."""
        return self.list_block_q

    @property
    def chunk(self) -> int:
        """Keys that candidates are counted in (c of S3)."""
        return self.block_k

    def chosen(self, rows: int, keys: int) -> Policy:
        """The policy of a call of so many query rows on so many keys: itself, unless it is Auto."""
        return self

    def list_length(self, keys: int) -> int:
        """Places for blocks in the list of a block of query rows, of so many keys (S16)."""
        return _room(self.kept_keys, self.block_k, keys)

    def __str__(self) -> str:
        parts = ((f.name, getattr(self, f.name)) for f in dataclasses.fields(self))  # type: ignore[arg-type]
        text = ", ".join(f"{n} = {_list_text(v) if isinstance(v, tuple) else v}" for n, v in parts)
        return f"{self.NAME}<{text}>"

    def _check_sampling(self, *names: str) -> None:
        for name in names:
            object.__setattr__(self, name, _positive(name, getattr(self, name)))
        if hasattr(self, "representative"):
            one_of("representative", self.representative, get_args(Representative))
        if hasattr(self, "reduce"):
            one_of("reduce", self.reduce, get_args(Reduction))

    def _check_mean(self, stride: int) -> None:
        if getattr(self, "reduce", "max") == "mean" and stride & (stride - 1):
            raise InvalidError(f"q_stride = {stride}; reduce = mean needs a power of two")


@dataclass(frozen=True)
class Tree(Policy):
    """HiP: a search that halves ranges of keys and keeps the best, O(log T) steps for each block.

    block_q: query rows that share a list, 1 or more.
    block_k: keys of a listed block, 1 or more.
    keep: keys kept, a multiple of block_k.
    representative: the key that stands for a range.
    q_stride: scores one of so many rows, 1 or more.
    k_stride: scores one of so many keys, 1 or more.
    reduce: the greatest score of the rows, or the mean of q_stride rows, which has to be a power of two.
    """

    NAME: ClassVar[str] = "tree"
    block_q: int = 64
    block_k: int = 2
    keep: int = 512
    representative: Representative = "center"
    q_stride: int = 1
    k_stride: int = 1
    reduce: Reduction = "max"

    def __post_init__(self) -> None:
        self._check_sampling("block_q", "block_k", "keep", "q_stride", "k_stride")
        self._check_mean(self.q_stride)
        _multiple("keep", self.keep, "block_k", self.block_k)

    @property
    def kept_keys(self) -> int:
        return self.keep


@dataclass(frozen=True)
class Stages(Policy):
    """InfiniteHiP: stages that score one key of each chunk and keep the best chunks, ever smaller.

    stages: (block_q, chunk, keep, q_stride) of each: query rows that share a list, keys of a chunk, keys left
        after it or "all", and the rows of which one is scored, all of them 1 or more. Each keep is a multiple of
        its chunk, each chunk of granule and of the next chunk, each block_q of the next.
    granule: keys of the smallest range searched, 1 or more.
    representative: the key that stands for a range.
    k_stride: scores one of so many keys, 1 or more.
    score: of the last key searched (leaf), or of the best (path).
    reduce: the greatest score of the rows, or the mean of q_stride rows, which has to be a power of two.
    """

    NAME: ClassVar[str] = "stages"
    stages: Sequence[tuple[int, int, int | Literal["all"], int]] = (
        (64, 64, 8192, 4), (64, 16, 2048, 2), (64, 4, 512, 1))
    granule: int = 1
    representative: Representative = "first"
    k_stride: int = 1
    score: Score = "leaf"
    reduce: Reduction = "max"

    def __post_init__(self) -> None:
        self._check_sampling("granule", "k_stride")
        one_of("score", self.score, get_args(Score))
        stages = tuple(self._checked_stage(*stage) for stage in _rows("stages", self.stages, 4))
        object.__setattr__(self, "stages", stages)
        for coarse, fine in zip(self.stages, self.stages[1:]):
            _multiple("block_q", coarse[0], "the next stage's", fine[0])
            _multiple("chunk", coarse[1], "the next stage's", fine[1])

    def _checked_stage(self, block_q: int, chunk: int, keep: int | str, q_stride: int) -> tuple[object, ...]:
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
    def block_q(self) -> int:
        """Query rows that share a window: those of the first stage."""
        return self.stages[0][0]

    @property
    def list_block_q(self) -> int:
        return self.stages[-1][0]

    @property
    def block_k(self) -> int:
        """Keys of a listed block: a chunk of the last stage."""
        return self.stages[-1][1]

    @property
    def chunk(self) -> int:
        return self.stages[0][1]

    @property
    def kept_keys(self) -> int | None:
        keep = self.stages[-1][2]
        return None if keep == "all" else keep

    @property
    def search_block_q(self) -> int:
        return self.stages[0][0]

    def __str__(self) -> str:
        names = ("granule", "representative", "k_stride", "score", "reduce")
        named = "".join(f", {name} = {getattr(self, name)}" for name in names)
        return f"stages<{_list_text(self.stages)}{named}>"


@dataclass(frozen=True)
class Boxes(Policy):
    """Bounds first: boxes of keys by an upper bound of their scores, then exact scores inside.

    block_q: query rows that share a list, 1 or more.
    block_k: keys of a listed block, 1 or more.
    levels: (keys of a box, keys kept) of each, coarse to fine; boxes are multiples of the next and of block_k.
    keep: keys kept at the end, a multiple of block_k.
    q_stride: scores one of so many rows, 1 or more.

    `sink` has to be a multiple of the first box. A bound cannot hide a single key as a representative can.
    """

    NAME: ClassVar[str] = "boxes"
    searches_each_step: ClassVar[bool] = True
    block_q: int = 64
    block_k: int = 8
    levels: Sequence[tuple[int, int]] = ((64, 2048),)
    keep: int = 512
    q_stride: int = 1

    def __post_init__(self) -> None:
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
    def boxes(self) -> tuple[int, ...]:
        return tuple(box for box, _ in self.levels)

    @property
    def chunk(self) -> int:
        return self.levels[0][0]

    @property
    def kept_keys(self) -> int:
        return self.keep


class _Unlisted(Policy):
    """Base of the policies that search nothing."""

    @property
    def makes_lists(self) -> bool:
        return False

    @property
    def block_k(self) -> int:
        return 1

    def list_length(self, keys: int) -> int:
        return 0

    def __post_init__(self) -> None:
        self._check_sampling("block_q")


@dataclass(frozen=True)
class Window(_Unlisted):
    """StreamingLLM: sinks and the window, nothing else.

    block_q: query rows of a tile, 1 or more.
    """

    NAME: ClassVar[str] = "window"
    block_q: int = 64

    @property
    def kept_keys(self) -> int:
        return 0


@dataclass(frozen=True)
class Dense(_Unlisted):
    """Every key, exactly. Sinks and window do not matter.

    block_q: query rows of a tile, 1 or more. Without it the compiler takes what is fastest on the device, 64 or 128.

    Not all kinds fit the shared memory of a GPU with 128; NotImplementedError says so.
    """

    NAME: ClassVar[str] = "dense"
    block_q: int | None = None

    def __post_init__(self) -> None:
        if self.block_q is not None:
            super().__post_init__()

    @property
    def prunes(self) -> bool:
        return False

    @property
    def kept_keys(self) -> None:
        return None

    def __str__(self) -> str:
        return self.NAME if self.block_q is None else super().__str__()


@dataclass(frozen=True, init=False, repr=False)
class Union(Policy):
    """What any of several policies keeps, each of which searches the same keys by itself.

    parts: Tree, Stages, Boxes, Dense or Union, one or more, all with one block_q. Their order does not matter, equal
        ones count once, and a union among them stands for its parts.

    A tree keeps most of the weight but may lose single keys, which boxes find: hip_mlir.HIP has both. Listed blocks
    have the greatest number of keys that divides all parts' block_k, and `sink` has to be a multiple of what each
    part needs.
    """

    NAME: ClassVar[str] = "union"
    parts: tuple[Policy, ...]

    def __init__(self, *parts: Policy) -> None:
        if not parts:
            raise InvalidError("a union of no policies; give one or more, such as Union(Tree(), Boxes())")
        for part in parts:
            _check_part(part)
        rows = next((part.block_q for part in parts if part.block_q is not None), None)
        tiled = (Dense(rows) if part == Dense() else part for part in parts)
        parts = tuple(dict.fromkeys(each for part in tiled for each in parts_of(part)))
        for name in ("block_q", "list_block_q"):
            _check_same(name, parts)
        object.__setattr__(self, "parts", parts)

    @property
    def makes_lists(self) -> bool:
        return all(part.makes_lists for part in self.parts)

    @cached_property
    def prunes(self) -> bool:
        return all(part.prunes for part in self.parts)

    @property
    def block_q(self) -> int | None:
        return self.parts[0].block_q

    @property
    def list_block_q(self) -> int | None:
        return self.parts[0].list_block_q

    @property
    def boxes(self) -> tuple[int, ...]:
        return tuple(box for part in self.parts for box in part.boxes)

    @property
    def block_k(self) -> int:
        return math.gcd(*(part.block_k for part in self.parts))

    @cached_property
    def chunk(self) -> int:
        return math.lcm(*(part.chunk for part in self.parts))

    @property
    def kept_keys(self) -> int | None:
        kept = [part.kept_keys for part in self.parts]
        return sum(each for each in kept if each is not None) if None not in kept else None

    @property
    def search_block_q(self) -> int | None:
        return max((part.search_block_q for part in self.parts), key=lambda rows: rows or 0)

    def list_length(self, keys: int) -> int:
        return super().list_length(keys) if self.makes_lists else 0

    def __str__(self) -> str:
        return f"union<[{', '.join(map(str, self.parts))}]>"

    def __repr__(self) -> str:
        return f"Union({', '.join(map(repr, self.parts))})"


@dataclass(frozen=True)
class Auto(_Unlisted):
    """Every key while that is fast, else a policy.

    policy: what prunes calls on more keys; neither Dense nor Auto.
    until: keys up to which a call attends to all of them, 1 or more.
    step_until: the same for calls of at most 16 query rows, such as decode steps.

    The default numbers are where both take as long on an H200. It makes no lists: `chosen()` says which policy a call
    gets.
    """

    NAME: ClassVar[str] = "auto"
    STEP_ROWS: ClassVar[int] = 16
    policy: Policy = field(default_factory=lambda: HIP)
    until: int = 16384
    step_until: int = 131072

    def __post_init__(self) -> None:
        if not isinstance(self.policy, Policy) or not self.policy.NAME:
            raise ArgumentTypeError(f"policy = {shown(self.policy)}; give one of {class_names()}")
        if isinstance(self.policy, (Auto, Dense)):
            raise InvalidError(f"policy = {self.policy} leaves nothing to choose; give one that prunes, such as "
                               "hip_mlir.HIP")
        self._check_sampling("until", "step_until")

    def chosen(self, rows: int, keys: int) -> Policy:
        return Dense() if keys <= (self.step_until if rows <= self.STEP_ROWS else self.until) else self.policy

    @property
    def block_q(self) -> int | None:
        return self.policy.block_q

    @property
    def boxes(self) -> tuple[int, ...]:
        return self.policy.boxes

    @property
    def block_k(self) -> int:
        return self.policy.block_k

    @property
    def chunk(self) -> int:
        return self.policy.chunk

    @property
    def kept_keys(self) -> int | None:
        return self.policy.kept_keys

    @property
    def parts(self) -> tuple[Policy, ...]:
        """Those of `policy`."""
        return parts_of(self.policy)

    def __str__(self) -> str:
        return f"auto<{self.policy}, until = {self.until}, step_until = {self.step_until}>"


def _check_part(part: Policy) -> None:
    if not isinstance(part, Policy) or not part.NAME:
        raise ArgumentTypeError(f"a part of a union is {shown(part)}; give one of {class_names()}")
    if isinstance(part, Auto):
        raise InvalidError(f"a union has the part {part}; give Auto() the union")
    if part.kept_keys == 0:
        raise InvalidError(f"a union has the part {part}, which keeps nothing; leave it out")


def _check_same(name: str, parts: tuple[Policy, ...]) -> None:
    first = getattr(parts[0], name)
    other = next((part for part in parts if getattr(part, name) != first), None)
    if other:
        raise InvalidError(f"{other} has {name} = {getattr(other, name)}, but the first part of the union has "
                           f"{first}; give all parts one")


def parts_of(policy: Policy) -> tuple[Policy, ...]:
    """The policies that search by themselves."""
    return getattr(policy, "parts", (policy,))


#: What the name "hip" stands for, and what integrations do unless told otherwise: the body by a tree, single keys
#: by boxes, at the budget of one search.
HIP: Union = Union(Tree(keep=448), Boxes(levels=((64, 4096),), keep=64))

POLICIES: dict[str, type[Policy]] = {
    policy.NAME: documented(policy) for policy in (Tree, Stages, Boxes, Window, Dense, Union, Auto)}


def class_names() -> str:
    return ", ".join(f"hip_mlir.{policy.__name__}" for policy in POLICIES.values())
