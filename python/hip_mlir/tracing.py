"""Score functions: a Python function of (score, b, h, i, j) as the region of hip.attention.

    import hip_mlir

    @hip_mlir.score_mod
    def alibi(score, b, h, i, j):
        return score - (i - j) * hip_mlir.exp2(-(h + 1.0))

The function runs once, on traced values: write `hip_mlir.where(c, x, y)` for `if`, and minimum, maximum,
exp, exp2, log, tanh of this package. `score` is the scaled product (f32), b the batch entry, h the
query head, i the row of the query and j the key (integers from 0). Numbers of Python become
constants, also those of NumPy, and `/` gives f32. The functions of NumPy and PyTorch of these names work on traced
values too.

Arrays are inputs of the program: each call reads what is in them. PyTorch's are indexed as they are, `bias[h, i - j]`,
others by `hip_mlir.table(array)[h, i - j]`, and one without dimensions is a number. `hip_mlir.table(list)[h]` is of
constants.

Integers are Python's: `//`, `%` and `>>` round down, comparisons are exact, also with a float of
Python. They have 64 bits: what could exceed them, for any b, h, i and j below 2^31, is refused; one of 64 bits that
an array has is held to [-2^53, 2^53] in arithmetic. An integer that meets an f32 becomes the nearest f32. Where Python
would raise as it divides by a zero that only a run knows, `//` and `%` give 0.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, SupportsFloat, Union

from ._arrays import is_array
from ._checks import shown
from .errors import ArgumentTypeError, InvalidError

# What meets a traced value in arithmetic: another one, or a number of Python or NumPy.
Operand = Union["Value", SupportsFloat]
Bounds = tuple[int, int]
LN_2 = math.log(2)
ORDERED = {"lt": ("olt", "slt"), "le": ("ole", "sle"), "gt": ("ogt", "sgt"), "ge": ("oge", "sge"),
           "eq": ("oeq", "eq"), "ne": ("une", "ne")}
# Least and greatest b, h, i and j, and integers of a score function.
PLACES = (0, (1 << 31) - 1)
INTEGERS = (-(1 << 63), (1 << 63) - 1)
# Of integers that are only known to have 64 bits, in arithmetic; sizes of arrays; dimensions of one.
MOST_HELD = 1 << 53
SIZES = (0, 1 << 48)
MOST_RANK = 4
# Element types of arrays that are read, and how they become f32 or integers.
FLOATS = {"float16": ("f16", "arith.extf"), "bfloat16": ("bf16", "arith.extf"), "float32": ("f32", ""),
          "float64": ("f64", "arith.truncf")}
WIDTHS = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}
READ = (*FLOATS, *WIDTHS, "bool")


class Captured(NamedTuple):
    """An array that a score function reads: its name in the region and its element type."""

    array: Any
    name: str
    element: str

    @property
    def type(self) -> str:
        return f"tensor<{'?x' * len(self.array.shape)}{self.element}>"


class Trace:
    """The operations written so far."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.known: dict[str, Value] = {}
        self.captured: dict[int, Captured] = {}
        self.refused: ArgumentTypeError | None = None

    def emit(self, text: str, kind: str, bounds: Bounds = INTEGERS) -> Value:
        """The value of an operation; equal operations are written once. bounds: of an integer."""
        if kind == "index" and (bounds[0] < INTEGERS[0] or bounds[1] > INTEGERS[1]):
            raise InvalidError(f"a score function's integers have 64 bits, but {text.split()[0]} may give "
                               f"{bounds[0]} to {bounds[1]}; take % or // of its operands, or use floats "
                               "(* 1.0)")
        if text not in self.known:
            name = f"%t{len(self.lines)}"
            self.lines.append(f"  {name} = {text}")
            self.known[text] = Value(self, name, kind, bounds)
        return self.known[text]

    def capture(self, array: Any) -> Captured:
        """The array as an input of the region."""
        if id(array) not in self.captured:
            dtype, rank = dtype_of(array), len(array.shape)
            if dtype not in READ:
                raise ArgumentTypeError(f"a score function reads an array of {dtype}; give one of {', '.join(READ)}")
            if rank > MOST_RANK:
                raise InvalidError(f"a score function reads an array of {rank} dimensions; give at most {MOST_RANK}")
            element = FLOATS[dtype][0] if dtype in FLOATS else "i1" if dtype == "bool" else f"i{WIDTHS[dtype]}"
            self.captured[id(array)] = Captured(array, f"%a{len(self.captured)}", element)
        return self.captured[id(array)]

    def load(self, array: Any, places: tuple[Any, ...]) -> Value:
        """A number of an array; past an end NaN of floats, else what is at that end."""
        read, dtype = self.capture(array), dtype_of(array)
        at, inside = [], None
        for dim, place in enumerate(places):
            index = _as(self, place, "index")
            number = self.constant(dim, "index")
            size = self.emit(f"tensor.dim {read.name}, {number.name} : {read.type}", "index", SIZES)
            if index.bounds[0] < 0:
                index = where(index < 0, index + size, index)
            if dtype in FLOATS:
                known = self.emit(f"arith.cmpi ult, {index.name}, {size.name} : index", "i1")
                inside = known if inside is None else inside & known
            at.append(index.name)
        value = self.emit(f"tensor.extract {read.name}[{', '.join(at)}] : {read.type}", read.element)
        if dtype in WIDTHS:
            most = 1 << (WIDTHS[dtype] - 1)
            return self.emit(f"arith.index_cast {value.name} : {read.element} to index", "index", (-most, most - 1))
        if dtype == "bool":
            return value
        if FLOATS[dtype][1]:
            value = self.emit(f"{FLOATS[dtype][1]} {value.name} : {read.element} to f32", "f32")
        return value if inside is None else where(inside, value, math.nan)

    def refuse(self, text: str) -> NoReturn:
        """Raises; the error is kept, as libraries that call back replace it by one of their own."""
        self.refused = ArgumentTypeError(text)
        raise self.refused

    def constant(self, number: float, kind: str) -> Value:
        if kind == "f32":
            try:
                bits = struct.unpack("<I", struct.pack("<f", number))[0]
            except (OverflowError, struct.error):  # the second for an int beyond any float
                raise InvalidError(f"a score function has {shown(number)}, which is beyond the range of f32; use "
                                   "numbers up to 3.4e+38, or math.inf") from None
            return self.emit(f"arith.constant 0x{bits:08X} : f32", kind)
        if kind == "i1":
            return self.emit(f"arith.constant {'true' if number else 'false'}", kind)
        if not -1 << 63 <= number < 1 << 63:
            raise InvalidError(f"a score function has {shown(number)}, which no integer of 64 bits is; use lesser "
                               "ones, or a float")
        return self.emit(f"arith.constant {int(number)} : index", kind, (int(number), int(number)))


def dtype_of(array: Any) -> str:
    """The name of an array's element type, in any library."""
    return str(array.dtype).rpartition(".")[2]


def _plain(x: Any, trace: Trace | None = None) -> Any:
    """A traced value, or a number as Python has it; in a trace, an array without dimensions is read."""
    if isinstance(x, Value) or type(x) in (bool, int, float):
        return x
    if trace is not None and is_array(x):
        if tuple(x.shape) == ():
            return trace.load(x, ())
        raise ArgumentTypeError(f"a score function met {shown(x)}; index it by its arguments, as "
                                "hip_mlir.table(array)[index]")
    if getattr(x, "shape", None) == () and hasattr(x, "item"):
        x = x.item()
    if isinstance(x, (bool, int, float)):
        return x
    raise ArgumentTypeError(f"a score function met {shown(x)}; use its arguments and numbers")


def _kind_of(x: Operand) -> str:
    x = _plain(x)
    if isinstance(x, Value):
        return x.kind
    return "i1" if isinstance(x, bool) else "index" if isinstance(x, int) else "f32"


def _as(trace: Trace, x: Any, kind: str) -> Value:
    """x as a value of a kind; integers become f32 where a float is wanted."""
    x = _plain(x, trace)
    if not isinstance(x, Value):
        if _kind_of(x) != "i1" and kind == "i1":
            raise ArgumentTypeError(f"a score function uses {shown(x)} as {kind}; use hip_mlir.where()")
        return trace.constant(x, kind)
    if x.trace is not trace:
        raise InvalidError("a value of another score function was used")
    if x.kind == kind:
        return x
    if (x.kind, kind) == ("index", "f32"):
        wide = "i32" if -(1 << 31) <= x.bounds[0] and x.bounds[1] < 1 << 31 else "i64"
        cast = trace.emit(f"arith.index_cast {x.name} : index to {wide}", wide)
        return trace.emit(f"arith.sitofp {cast.name} : {wide} to f32", "f32")
    raise ArgumentTypeError(f"a score function uses {x.kind} as {kind}; compare it, or use where()")


def _common(a: Operand, b: Operand) -> str:
    kinds = {_kind_of(a), _kind_of(b)}
    return "f32" if "f32" in kinds else "index" if "index" in kinds else "i1"


def _binary(names: tuple[str, ...], a: Operand, b: Operand, kind: str | None = None) -> Value:
    """names: the operation on f32 and on index."""
    trace = _need_traced(a, b)
    a, b = _plain(a, trace), _plain(b, trace)
    kind = kind or _common(a, b)
    if kind == "i1":
        raise ArgumentTypeError("a score function calculates with a comparison; use hip_mlir.where()")
    a, b = _as(trace, a, kind), _as(trace, b, kind)
    if kind == "index" and names[1] not in ("arith.minsi", "arith.maxsi"):
        a, b = _held(a), _held(b)
    bounds = BOUNDS[names[1]](a.bounds, b.bounds) if kind == "index" else INTEGERS
    return trace.emit(f"{names[kind != 'f32']} {a.name}, {b.name} : {kind}", kind, bounds)


def _held(x: Value) -> Value:
    """An integer that arithmetic takes: of one that may have all 64 bits the nearest that is not too large for it."""
    return minimum(maximum(x, -MOST_HELD), MOST_HELD) if x.bounds == INTEGERS else x


def _corners(operation: Callable[[int, int], int]) -> Callable[[Bounds, Bounds], Bounds]:
    """Bounds of an operation whose extremes are at those of its operands."""
    def bounds(a: Bounds, b: Bounds) -> Bounds:
        found = [operation(x, y) for x in a for y in b]
        return min(found), max(found)
    return bounds


def _bits(a: Bounds, b: Bounds) -> Bounds:
    """Bounds of a bitwise operation."""
    most = (1 << max(abs(x).bit_length() for x in (*a, *b))) - 1
    return (0 if a[0] >= 0 and b[0] >= 0 else -most - 1), most


def _truncated(a: Bounds, b: Bounds) -> Bounds:
    """Bounds of a quotient that is rounded towards 0, and of 0."""
    most = max(-a[0], a[1])
    return (0 if a[0] >= 0 and b[0] >= 0 else -most), most


def _left(a: Bounds, b: Bounds) -> Bounds:
    """Bounds of a remainder with the sign of a, and of 0."""
    most = max(-b[0], b[1], 1) - 1
    return max(-most, min(a[0], 0)), min(most, max(a[1], 0))


BOUNDS = {"arith.addi": _corners(lambda x, y: x + y), "arith.subi": _corners(lambda x, y: x - y),
          "arith.muli": _corners(lambda x, y: x * y), "arith.minsi": _corners(min),
          "arith.maxsi": _corners(max), "arith.divsi": _truncated, "arith.remsi": _left,
          "arith.andi": _bits, "arith.ori": _bits, "arith.xori": _bits,
          "arith.shli": _corners(lambda x, y: x << min(y, 64)),
          "arith.shrsi": _corners(lambda x, y: x >> min(y, 64))}


def _compare(name: str, a: Value, b: Any) -> Value:
    b = _plain(b, a.trace)
    if a.kind == "index" and _kind_of(b) != "i1" and not isinstance(b, Value):
        return _compare_exactly(name, a, b)
    kind = _common(a, b)
    a, b = _as(a.trace, a, kind), _as(a.trace, b, kind)
    operation = "cmpf" if kind == "f32" else "cmpi"
    predicate = ORDERED[name][kind != "f32"]
    if kind == "i1":  # of which a signed comparison would take True as -1
        predicate = predicate.replace("s", "u", 1)
    return a.trace.emit(f"arith.{operation} {predicate}, {a.name}, {b.name} : {kind}", "i1")


def _compare_exactly(name: str, a: Value, number: float) -> Value:
    """An integer with a number of Python, which may be a fraction, beyond 64 bits or NaN."""
    if not INTEGERS[0] <= number <= INTEGERS[1]:
        least = INTEGERS[1] if number > 0 else INTEGERS[0]
        holds = {"lt": number > least, "le": number > least, "gt": number < least, "ge": number < least,
                 "eq": False, "ne": True}
        return a.trace.constant(holds[name], "i1")
    if number != int(number) and name in ("eq", "ne"):
        return a.trace.constant(name == "ne", "i1")
    whole = math.ceil(number) if name in ("lt", "ge") else math.floor(number)
    if whole > INTEGERS[1]:
        return a.trace.constant(name == "lt", "i1")
    other = a.trace.constant(whole, "index")
    return a.trace.emit(f"arith.cmpi {ORDERED[name][1]}, {a.name}, {other.name} : index", "i1")


def _logical(name: str, a: Value, b: Operand) -> Value:
    b = _plain(b, a.trace)
    if a.kind == "index" and _kind_of(b) == "index":
        return _binary(("", f"arith.{name}"), a, b)
    if "f32" in (a.kind, _kind_of(b)):
        raise ArgumentTypeError("a score function uses &, |, ^ or ~ on f32; they take comparisons or integers")
    a, b = _as(a.trace, a, "i1"), _as(a.trace, b, "i1")
    return a.trace.emit(f"arith.{name} {a.name}, {b.name} : i1", "i1")


def _check_integers(symbols: str, *numbers: Operand) -> None:
    for x in numbers:
        if _kind_of(x) != "index":
            raise ArgumentTypeError(f"a score function uses {symbols} on {_kind_of(x)}; they take integers")


def _within(value: Value, bounds: Bounds) -> Value:
    """The integer, of which more is known."""
    return Value(value.trace, value.name, value.kind, bounds)


def _floor_divide(a: Operand, b: Operand) -> tuple[Value, Value]:
    """(quotient, remainder) of integers, rounded down; 0 where b is 0 in a run."""
    trace = _need_traced(a, b)
    a, b = _plain(a, trace), _plain(b, trace)
    _check_integers("// or %", a, b)
    if not isinstance(b, Value) and b == 0:
        raise InvalidError("a score function divides by the integer 0")
    a, b = _held(_as(trace, a, "index")), _held(_as(trace, b, "index"))
    quotient = _binary(("", "arith.divsi"), a, b)
    remainder = _binary(("", "arith.remsi"), a, b)
    if a.bounds[0] >= 0 and b.bounds[0] >= 0:
        return quotient, remainder
    down = (remainder != 0) & ((remainder < 0) ^ (b < 0))
    least, most = min(b.bounds[0] + 1, 0), max(b.bounds[1] - 1, 0)
    return where(down, quotient - 1, quotient), _within(where(down, remainder + b, remainder), (least, most))


def _shift(name: str, a: Operand, b: Operand) -> Value:
    trace = _need_traced(a, b)
    a, b = _plain(a, trace), _plain(b, trace)
    _check_integers("<< or >>", a, b)
    a, b = _as(trace, a, "index"), _as(trace, b, "index")
    if b.bounds[0] < 0:
        raise InvalidError(f"a score function shifts by {b.bounds[0]} to {b.bounds[1]}; shift by 0 or more")
    return _binary(("", f"arith.{name}"), a, b)


class Value:
    """A traced number: f32, an integer (index) or a comparison (i1)."""

    __slots__ = ("bounds", "kind", "name", "trace")
    bounds: Bounds
    kind: str
    name: str
    trace: Trace

    def __init__(self, trace: Trace, name: str, kind: str, bounds: Bounds = PLACES) -> None:
        self.trace, self.name, self.kind, self.bounds = trace, name, kind, bounds

    def __bool__(self) -> NoReturn:
        self.trace.refuse("a score function has no `if`, `and`, `or`, `min` or `max`; use "
                          "hip_mlir.where(), &, |, hip_mlir.minimum() or hip_mlir.maximum()")

    if not TYPE_CHECKING:  # so that type checkers refuse them, too
        def __hash__(self):
            self.trace.refuse("a score function looks a traced value up in a dict or set; use hip_mlir.where() or "
                              "hip_mlir.table(numbers)[index]")

        def __index__(self):
            self.trace.refuse("a score function indexes by a traced value, or calls int() or range() on it; use "
                              "hip_mlir.table(numbers)[index] for a list or array of numbers, and hip_mlir.where()")

        __int__ = __index__

        def __float__(self):
            self.trace.refuse("a score function calls float() or a function of `math` on a traced value; use those of "
                              f"hip_mlir: {', '.join(FUNCTIONS)}")

        __floor__ = __ceil__ = __trunc__ = __complex__ = __float__

        def __getattr__(self, name):
            """PyTorch's methods, such as x.abs()."""
            if name not in FOREIGN or name.startswith("_"):
                raise AttributeError(f"a traced value has no {name!r}")
            return partial(FOREIGN[name], self)

        def __round__(self, digits=None):
            self.__float__()

        def __iter__(self):
            self.trace.refuse("a score function takes a traced value apart; it is one number")

        def __array__(self, *_arguments, **_options):
            self.trace.refuse("a score function makes an array of a traced value, or indexes one by it; use its "
                              "arguments, numbers and hip_mlir.table(numbers)[index]")

    def __array_ufunc__(self, function: Any, method: str, *arguments: Any, **options: Any) -> Value:
        name = function.__name__ if method == "__call__" else f"{function.__name__}.{method}"
        return self._call("numpy", name, arguments, options)

    def __array_function__(self, function: Any, _types: Any, arguments: Any, options: Any) -> Value:
        return self._call("numpy", function.__name__, arguments, options)

    @classmethod
    def __torch_function__(cls, function: Any, _types: Any, arguments: Any = (), options: Any = None) -> Value:
        given = (*arguments, *(options or {}).values())
        traced: Value = next(x for one in given for x in (one if isinstance(one, tuple) else (one,))
                             if isinstance(x, Value))
        return traced._call("torch", function.__name__, arguments, options)

    def _call(self, library: str, name: str, arguments: Any, options: Any) -> Value:
        """What a function of NumPy or PyTorch gives for traced values."""
        function = FOREIGN.get(name)
        if function is None or options and name not in NAMED:
            self.trace.refuse(f"a score function calls {library}.{name}{' with options' if options else ''} on a "
                              f"traced value; there are {', '.join(FUNCTIONS)}, and arithmetic")
        result: Value = function(*arguments, **(options or {}))
        return result

    def new_ones(self, size: Any, dtype: Any = None) -> Value:
        """True, of which PyTorch's and_masks() and or_masks() make masks."""
        return self._truth(size, dtype, True)

    def new_zeros(self, size: Any, dtype: Any = None) -> Value:
        """False, as new_ones()."""
        return self._truth(size, dtype, False)

    def _truth(self, size: Any, dtype: Any, truth: bool) -> Value:
        if tuple(size) != () or not str(dtype).endswith("bool"):
            self.trace.refuse(f"a score function makes an array of {size} and {dtype}; use its arguments and numbers")
        return self.trace.constant(truth, "i1")

    def __add__(self, x: Operand) -> Value: return _binary(("arith.addf", "arith.addi"), self, x)
    def __radd__(self, x: Operand) -> Value: return _binary(("arith.addf", "arith.addi"), x, self)
    def __sub__(self, x: Operand) -> Value: return _binary(("arith.subf", "arith.subi"), self, x)
    def __rsub__(self, x: Operand) -> Value: return _binary(("arith.subf", "arith.subi"), x, self)
    def __mul__(self, x: Operand) -> Value: return _binary(("arith.mulf", "arith.muli"), self, x)
    def __rmul__(self, x: Operand) -> Value: return _binary(("arith.mulf", "arith.muli"), x, self)
    def __truediv__(self, x: Operand) -> Value: return _binary(("arith.divf",), self, x, "f32")
    def __rtruediv__(self, x: Operand) -> Value: return _binary(("arith.divf",), x, self, "f32")
    def __floordiv__(self, x: Operand) -> Value: return _floor_divide(self, x)[0]
    def __rfloordiv__(self, x: Operand) -> Value: return _floor_divide(x, self)[0]
    def __mod__(self, x: Operand) -> Value: return _floor_divide(self, x)[1]
    def __rmod__(self, x: Operand) -> Value: return _floor_divide(x, self)[1]
    def __divmod__(self, x: Operand) -> tuple[Value, Value]: return _floor_divide(self, x)
    def __rdivmod__(self, x: Operand) -> tuple[Value, Value]: return _floor_divide(x, self)
    def __lshift__(self, x: Operand) -> Value: return _shift("shli", self, x)
    def __rlshift__(self, x: Operand) -> Value: return _shift("shli", x, self)
    def __rshift__(self, x: Operand) -> Value: return _shift("shrsi", self, x)
    def __rrshift__(self, x: Operand) -> Value: return _shift("shrsi", x, self)
    def __neg__(self) -> Value: return 0 - self if self.kind == "index" else -1.0 * self
    def __pos__(self) -> Value: return self
    def __abs__(self) -> Value: return _absolute(self)
    def __lt__(self, x: Operand) -> Value: return _compare("lt", self, x)
    def __le__(self, x: Operand) -> Value: return _compare("le", self, x)
    def __gt__(self, x: Operand) -> Value: return _compare("gt", self, x)
    def __ge__(self, x: Operand) -> Value: return _compare("ge", self, x)
    def __eq__(self, x: Operand) -> Value: return _compare("eq", self, x)  # type: ignore[override]
    def __ne__(self, x: Operand) -> Value: return _compare("ne", self, x)  # type: ignore[override]
    def __and__(self, x: Operand) -> Value: return _logical("andi", self, x)
    def __rand__(self, x: Operand) -> Value: return _logical("andi", self, x)
    def __or__(self, x: Operand) -> Value: return _logical("ori", self, x)
    def __ror__(self, x: Operand) -> Value: return _logical("ori", self, x)
    def __xor__(self, x: Operand) -> Value: return _logical("xori", self, x)
    def __rxor__(self, x: Operand) -> Value: return _logical("xori", self, x)
    def __invert__(self) -> Value: return _logical("xori", self, -1 if self.kind == "index" else True)

    def __pow__(self, exponent: int) -> Value:
        exponent = _plain(exponent)
        if not isinstance(exponent, int) or not 0 < exponent <= 8:
            raise ArgumentTypeError(f"a score function has ** {shown(exponent)}; give an int of 1 to 8")
        return self if exponent == 1 else self * self ** (exponent - 1)

    def __rpow__(self, base: object) -> NoReturn:
        raise ArgumentTypeError(f"a score function has {base!r} ** of a traced value; use hip_mlir.exp2() or "
                                "hip_mlir.exp()")


def _absolute(x: Value) -> Value:
    if x.kind != "index":
        return _unary("absf", x)
    greater = maximum(x, -x)
    return _within(greater, (max(0, greater.bounds[0]), greater.bounds[1]))


def _need_traced(*values: Operand) -> Trace:
    for value in values:
        if isinstance(value, Value):
            return value.trace
    raise ArgumentTypeError("call this in a score function, on a value of its arguments")


def where(condition: Value, x: Operand, y: Operand) -> Value:
    """x where the condition holds, else y."""
    trace = _need_traced(condition, x, y)
    x, y = _plain(x, trace), _plain(y, trace)
    kind = _common(x, y)
    c, x, y = _as(trace, condition, "i1"), _as(trace, x, kind), _as(trace, y, kind)
    bounds = min(x.bounds[0], y.bounds[0]), max(x.bounds[1], y.bounds[1])
    return trace.emit(f"arith.select {c.name}, {x.name}, {y.name} : {kind}", kind, bounds)


def minimum(x: Operand, y: Operand) -> Value:
    """The lesser of two numbers; NaN if one is."""
    _need_traced(x, y)
    return _binary(("arith.minimumf", "arith.minsi"), x, y)


def maximum(x: Operand, y: Operand) -> Value:
    """The greater of two numbers; NaN if one is."""
    _need_traced(x, y)
    return _binary(("arith.maximumf", "arith.maxsi"), x, y)


def _unary(name: str, x: Value) -> Value:
    trace = _need_traced(x)
    return trace.emit(f"math.{name} {_as(trace, x, 'f32').name} : f32", "f32")


def _clamp(x: Value, min: Operand | None = None, max: Operand | None = None) -> Value:
    x = x if min is None else maximum(x, min)
    return x if max is None else minimum(x, max)


def exp(x: Value) -> Value:
    """e to the power of x, in a score function."""
    return _unary("exp", x)


def exp2(x: Value) -> Value:
    """2 to the power of x, in a score function."""
    return _unary("exp2", x)


def log(x: Value) -> Value:
    """Natural logarithm, in a score function."""
    return _unary("log2", x) * LN_2


def log2(x: Value) -> Value:
    """Logarithm to base 2, in a score function."""
    return _unary("log2", x)


def tanh(x: Value) -> Value:
    """Hyperbolic tangent, in a score function."""
    return _unary("tanh", x)


# What can be called on traced values, and the names of the same in NumPy and PyTorch.
FUNCTIONS: dict[str, Callable[..., Value]] = {
    f.__name__: f for f in (where, minimum, maximum, exp, exp2, log, log2, tanh)}
OPERATORS = {
    "add": "__add__", "subtract": "__sub__", "sub": "__sub__", "multiply": "__mul__", "mul": "__mul__",
    "divide": "__truediv__", "div": "__truediv__", "true_divide": "__truediv__", "floor_divide": "__floordiv__",
    "remainder": "__mod__", "negative": "__neg__", "neg": "__neg__", "positive": "__pos__",
    "absolute": "__abs__", "abs": "__abs__", "power": "__pow__", "pow": "__pow__", "less": "__lt__", "lt": "__lt__",
    "less_equal": "__le__", "le": "__le__", "greater": "__gt__", "gt": "__gt__", "greater_equal": "__ge__",
    "ge": "__ge__", "equal": "__eq__", "eq": "__eq__", "not_equal": "__ne__", "ne": "__ne__",
    "logical_and": "__and__", "bitwise_and": "__and__", "logical_or": "__or__", "bitwise_or": "__or__",
    "logical_xor": "__xor__", "bitwise_xor": "__xor__", "logical_not": "__invert__", "invert": "__invert__",
    "bitwise_not": "__invert__"}


def _operator(method: str) -> Callable[..., Any]:
    def apply(*arguments: Any) -> Any:
        trace = _need_traced(*arguments)
        first = arguments[0]
        if not isinstance(first, Value):
            first = _plain(first, trace)
            rest = [_plain(x, trace) for x in arguments[1:]]
            first = _as(trace, first, _common(first, *rest) if rest else _kind_of(first))
        return getattr(first, method)(*arguments[1:])
    return apply


FOREIGN: dict[str, Callable[..., Any]] = FUNCTIONS | {name: _operator(method) for name, method in OPERATORS.items()} | {
    "clamp": _clamp, "clip": _clamp, "square": lambda x: x * x, "sqrt": partial(_unary, "sqrt"),
    "rsqrt": partial(_unary, "rsqrt"), "sigmoid": lambda x: 1 / (1 + exp(-1.0 * x))}
# Those that are called with options.
NAMED = ("clamp", "clip")
