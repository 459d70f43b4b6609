"""Score functions and masks as regions: a function runs once, and its text and the arrays it reads are kept."""

from __future__ import annotations

import inspect
import math
import re
import weakref
from collections.abc import Callable, Hashable
from types import MethodType
from typing import TYPE_CHECKING, Any

from ._checks import shown
from ._forms import keep
from .errors import ArgumentTypeError, Error, InvalidError
from .tracing import Trace, Value, _as, _plain, where

if TYPE_CHECKING:
    from .typing import Array, MaskFunction, ScoreFunction

ARGUMENTS = (("s", "f32"), ("b", "index"), ("h", "index"), ("i", "index"), ("j", "index"))
# Of a region: what is before the name of its batch entry, the name, and the rest of the arguments.
HEAD = re.compile(r"(\s*\^[\w$.-]+\(\s*%[\w$.-]+\s*:\s*f32\s*,\s*)(%[\w$.-]+)([^)]*\)\s*:)")
MOST_TRACES = 1024
SOFTCAP = """^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %cap: f32):
  %ratio = arith.divf %s, %cap : f32
  %bounded = math.tanh %ratio : f32
  %score = arith.mulf %bounded, %cap : f32
  hip.yield %score : f32"""


class ScoreMod:
    """A traced score function. `text` is the region, `arrays` what its arguments after j stand for.

    Those of equal texts that read the same arrays are equal; equal texts are one program, whatever arrays it reads.
    """

    __slots__ = ("__weakref__", "_functions", "arrays", "name", "text")
    name: str
    text: str
    arrays: tuple[Array, ...]

    def __init__(self, text: str, name: str = "score", arrays: tuple[Array, ...] = ()) -> None:
        if not isinstance(text, str):
            raise ArgumentTypeError(f"the text of a score function is {shown(text)}; give a str")
        self.text, self.name, self.arrays = text, name, tuple(arrays)
        # What was traced, (score function or None, masks), which further masks are added to.
        self._functions: tuple[Any, tuple[Any, ...]] | None = None

    def __eq__(self, other: object) -> bool:
        return (isinstance(other, ScoreMod) and self.text == other.text and len(self.arrays) == len(other.arrays)
                and all(x is y for x, y in zip(self.arrays, other.arrays)))

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"<hip_mlir.ScoreMod {self.name}>\n{self.text}"

    def _alone(self) -> ScoreMod:
        """The same without its arrays, as programs are looked up."""
        return ScoreMod(self.text, self.name) if self.arrays else self


def score_mod(function: ScoreFunction | ScoreMod | None = None, mask_mod: MaskFunction | None = None) -> ScoreMod:
    """Traces a function of (score, b, h, i, j) once; attention(score_mod=) takes the result.

    mask_mod: a function of (b, h, i, j) that says which keys j a row i attends to; the score of others is -inf.
    Returns a ScoreMod. ArgumentTypeError (a TypeError) for what cannot be traced.
    """
    if isinstance(function, ScoreMod) and mask_mod is None:
        return function
    score, masks = _parts(function, mask_mod)
    made = _trace(score, masks)
    made._functions = score, masks
    return made


def _parts(function: Any, mask: Any) -> tuple[Any, tuple[Any, ...]]:
    """The score function, or None, and the masks that are traced with it."""
    masks: tuple[Any, ...] = () if mask is None else (mask,)
    if isinstance(function, ScoreMod):
        if function._functions is None:
            raise InvalidError(f"score_mod {function.name} is a text and mask_mod is given; write the mask into the "
                               "text, as arith.select with -inf (0xFF800000)")
        function, before = function._functions
        masks = before + masks
    if function is not None and not callable(function) or function is None and not masks:
        raise ArgumentTypeError(f"score_mod is {shown(function)}; give a function of (score, b, h, i, j)")
    for one in masks:
        if not callable(one):
            raise ArgumentTypeError(f"mask_mod is {shown(one)}; give a function of (b, h, i, j)")
    return function, masks


def _trace(score: Any, masks: tuple[Any, ...]) -> ScoreMod:
    trace = Trace()
    values = [Value(trace, f"%{name}", kind) for name, kind in ARGUMENTS]
    value = values[0]
    if score is not None:
        result = _call(score, trace, values, "score_mod", "(score, b, h, i, j)")
        try:
            value = _as(trace, _plain(result, trace), "f32")
        except ArgumentTypeError:
            if isinstance(result, Value):
                raise
            raise ArgumentTypeError(f"a score function returned {shown(result)}; return a number") from None
    for mask in masks:
        kept = _plain_truth(_call(mask, trace, values[1:], "mask_mod", "(b, h, i, j)"), trace)
        value = where(kept, value, -math.inf)
    read = [*trace.captured.values()]
    arguments = [*ARGUMENTS, *((one.name[1:], one.type) for one in read)]
    head = f"^bb0({', '.join(f'%{name}: {kind}' for name, kind in arguments)}):"
    text = "\n".join([head, *trace.lines, f"  hip.yield {value.name} : f32"])
    return ScoreMod(text, getattr(masks[0] if score is None else score, "__name__", "score"),
                    tuple(one.array for one in read))


def _plain_truth(result: Any, trace: Trace) -> Value:
    try:
        return _as(trace, _plain(result, trace), "i1")
    except ArgumentTypeError:
        kind = f"an {result.kind}" if isinstance(result, Value) else shown(result)
        raise ArgumentTypeError(f"a mask_mod returned {kind}; return a comparison, such as j <= i") from None


def _call(function: Callable[..., Any], trace: Trace, arguments: list[Value], what: str, called: str) -> Any:
    name = getattr(function, "__name__", type(function).__name__)
    try:
        inspect.signature(function).bind(*arguments)
    except ValueError:  # a built-in function that does not tell
        pass
    except TypeError as error:
        raise ArgumentTypeError(f"{what} {name}{inspect.signature(function)} is called with {called}: "
                                f"{error}; give a function of these {len(arguments)}") from None
    try:
        return function(*arguments)
    except Error:
        raise
    except Exception as error:
        if trace.refused is not None:
            raise trace.refused from None
        raise ArgumentTypeError(f"{what} {name} raised {type(error).__name__} for traced values: {error}; use "
                                "their operators, numbers and functions of hip_mlir") from error


# Functions traced by attention() itself, as long as they live.
_traced: dict[Hashable, ScoreMod] = {}


def traced(function: Any, mask: Any) -> ScoreMod | None:
    """What attention() is given, traced the first time."""
    if mask is None and (function is None or isinstance(function, ScoreMod)):
        return function
    key: list[Hashable] = []
    for what, one, places in (("score_mod", function, "(score, b, h, i, j)"), ("mask_mod", mask, "(b, h, i, j)")):
        try:
            hash(one)
        except TypeError:
            raise ArgumentTypeError(f"{what} is {shown(one)}; give a function of {places}") from None
        key.append(_weak(one, lambda _: _traced.pop(names, None)))
    names = tuple(key)
    known = _traced.get(names)
    if known is None:
        known = keep(_traced, MOST_TRACES, names, _trace(*_parts(function, mask)))
    return known


def _weak(function: Any, ended: Callable[[Any], object]) -> Hashable:
    """A reference that keeps no function alive, nor the arrays that it reads; the function where there is none."""
    if function is None or isinstance(function, MethodType):  # made anew for each call
        return function
    try:
        return weakref.ref(function, ended)
    except TypeError:
        return function  # type: ignore[no-any-return]


def repeat_batch(text: str, size: int) -> str:
    """A region for a batch in which `size` entries are repeated: b is the entry less the repetitions before it."""
    head = HEAD.match(text)
    if head is None:
        raise InvalidError(f"the text of a score function begins with {shown(text)}; give a block with arguments "
                           "(f32, index, index, index, index) (S18)")
    name, body = head[2], text[head.end():]
    if not re.search(re.escape(name) + r"(?![\w$.-])", body):
        return text
    folded = f"%all.{name[1:]}"
    return (f"{head[1]}{folded}{head[3]}\n  {folded}.size = arith.constant {max(size, 1)} : index\n"
            f"  {name} = arith.remsi {folded}, {folded}.size : index{body}")
