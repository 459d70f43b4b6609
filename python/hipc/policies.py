"""Pruning policies: which keys, besides sinks and the window, a block of query rows attends.

All are frozen: equal policies hash alike, and `str()` gives the text that MLIR programs and the
tools' `--policy` take. Keys and rows are counted in tokens.
"""

import ast
import dataclasses
import functools
import re
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
    """Places for blocks of which so many keys are kept (S16)."""
    most = kept // block
    return most if most <= STATIC_ENTRIES else min(most, -(-keys // block))


class Policy:
    """Base of the policies."""

    NAME = ""
    #: Whether sinks and the window matter to it.
    prunes = True
    #: Whether it searches, so that there are lists to return and to use again.
    makes_lists = True

    @property
    def list_block_q(self):
        """Query rows that share a list."""
        return self.block_q

    def list_length(self, keys):
        """Places for blocks in the list of a block of query rows, of so many keys (S16)."""
        return _room(self.keep, self.block_k, keys)

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
    def list_block_q(self):
        return self.stages[-1][0]

    def list_length(self, keys):
        _, chunk, keep, _ = self.stages[-1]
        return -(-keys // chunk) if keep == "all" else _room(keep, chunk, keys)

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


class _Unlisted(Policy):
    """Base of the policies that search nothing."""

    makes_lists = False

    def list_length(self, keys):
        return 0

    def __post_init__(self):
        self._check_sampling("block_q")


@dataclass(frozen=True)
class Window(_Unlisted):
    """StreamingLLM: sinks and the window, nothing else. block_q: query rows of a tile."""

    NAME = "window"
    block_q: int = 64


@dataclass(frozen=True)
class Dense(_Unlisted):
    """Every key, exactly. block_q: query rows of a tile. Sinks and window do not matter.

    Without block_q it is 128 for float16 and bfloat16 of head sizes up to 128 on sm_90a and sm_100a, where that
    is a quarter faster for long prompts, else 64. Other kinds may not fit the shared memory of a GPU with
    128; NotImplementedError says so.
    """

    NAME = "dense"
    prunes = False
    block_q: int | None = None

    def __post_init__(self):
        if self.block_q is not None:
            super().__post_init__()

    def __str__(self):
        return self.NAME if self.block_q is None else super().__str__()


POLICIES = {policy.NAME: policy for policy in (Tree, Stages, Boxes, Window, Dense)}
WORDS = re.compile(r"\b(all|first|center|last|max|mean|leaf|path)\b")


def parse_policy(text):
    """The policy that a text such as "tree<block_q = 64, block_k = 2, keep = 512>" names.

    The inverse of str(); `#hip.` may stand before, and what is left out has its default, as in programs and
    tools. InvalidError (a ValueError) for other text.
    """
    if not isinstance(text, str):
        raise ArgumentTypeError(f"a policy is {shown(text)}; give a text such as 'tree<keep = 512>'")
    return _parsed(text)


@functools.lru_cache(maxsize=256)
def _parsed(text):
    match = re.fullmatch(r"\s*(?:#hip\.)?(\w+)\s*(?:<(.*)>)?\s*", text, re.DOTALL)
    if not match or match[1] not in POLICIES:
        raise InvalidError(f"{shown(text)} is no policy; give one of {', '.join(POLICIES)} with <...>")
    policy = POLICIES[match[1]]
    try:
        call = ast.parse(f"f({WORDS.sub(_quoted, match[2] or '')})", mode="eval").body
        arguments = [ast.literal_eval(argument) for argument in call.args]
        pairs = [(word.arg, ast.literal_eval(word.value)) for word in call.keywords]
    except (SyntaxError, TypeError, ValueError, RecursionError, MemoryError):
        raise InvalidError(f"{shown(text)} is no policy; give {policy()}, or some of its parameters") from None
    names, named = [field.name for field in dataclasses.fields(policy)], dict(pairs)
    if len(named) < len(pairs):
        raise InvalidError(f"{shown(text)} has a parameter twice; give each once")
    unknown = [name for name in named if name not in names]
    if unknown or len(arguments) > (policy is Stages):
        what = f"parameter {unknown[0]!r}" if unknown else f"value without a name, {shown(arguments[-1])}"
        raise InvalidError(f"{shown(text)} has a {what}; there are {', '.join(names)}")
    try:
        return policy(*arguments, **named)
    except (Error, TypeError) as error:
        raise InvalidError(f"{shown(text)} is no policy: {error}") from None


def _quoted(match):
    return repr(match[0])
