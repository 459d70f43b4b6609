"""Score functions: a Python function of (score, b, h, i, j) as the region of hip.attention.

    import hipc

    @hipc.score_mod
    def alibi(score, b, h, i, j):
        return score - (i - j) * hipc.exp2(-(h + 1.0))

The function runs once, on traced values: write `hipc.where(c, x, y)` for `if`, and minimum, maximum,
exp, exp2, log, tanh of this package. `score` is the scaled product (f32), b the batch entry, h the
query head, i the row of the query and j the key (integers from 0). Numbers of Python become
constants; `/` gives f32, `//` and `%` round down as in Python.
"""

import math
import struct

from .errors import ArgumentTypeError, InvalidError

ARGUMENTS = (("s", "f32"), ("b", "index"), ("h", "index"), ("i", "index"), ("j", "index"))
LN_2 = math.log(2)
ORDERED = {"lt": ("olt", "slt"), "le": ("ole", "sle"), "gt": ("ogt", "sgt"), "ge": ("oge", "sge"),
           "eq": ("oeq", "eq"), "ne": ("une", "ne")}


class Trace:
    """The operations written so far."""

    def __init__(self):
        self.lines = []
        self.known = {}

    def emit(self, text, kind):
        """The value of an operation; equal operations are written once."""
        if text not in self.known:
            name = f"%t{len(self.lines)}"
            self.lines.append(f"  {name} = {text}")
            self.known[text] = Value(self, name, kind)
        return self.known[text]

    def constant(self, number, kind):
        if kind == "f32":
            try:
                bits = struct.unpack("<I", struct.pack("<f", number))[0]
            except OverflowError:
                raise InvalidError(f"{number!r} is beyond the range of f32") from None
            return self.emit(f"arith.constant 0x{bits:08X} : f32", kind)
        if kind == "i1":
            return self.emit(f"arith.constant {'true' if number else 'false'}", kind)
        return self.emit(f"arith.constant {int(number)} : index", kind)


def _kind_of(x):
    if isinstance(x, Value):
        return x.kind
    if isinstance(x, bool):
        return "i1"
    if isinstance(x, int):
        return "index"
    if isinstance(x, float):
        return "f32"
    raise ArgumentTypeError(f"a score function met {x!r}; use its arguments and numbers")


def _as(trace, x, kind):
    """x as a value of a kind; integers become f32 where a float is wanted."""
    if not isinstance(x, Value):
        _kind_of(x)
        return trace.constant(x, kind)
    if x.trace is not trace:
        raise InvalidError("a value of another score function was used")
    if x.kind == kind:
        return x
    if (x.kind, kind) == ("index", "f32"):
        small = trace.emit(f"arith.index_cast {x.name} : index to i32", "i32")
        return trace.emit(f"arith.sitofp {small.name} : i32 to f32", "f32")
    raise ArgumentTypeError(f"a score function uses {x.kind} as {kind}; compare it, or use where()")


def _common(a, b):
    kinds = {_kind_of(a), _kind_of(b)}
    return "f32" if "f32" in kinds else "index" if "index" in kinds else "i1"


def _binary(names, a, b, kind=None):
    """names: the operation on f32 and on index."""
    trace = (a if isinstance(a, Value) else b).trace
    kind = kind or _common(a, b)
    if kind == "i1":
        raise ArgumentTypeError("a score function calculates with a comparison; use hipc.where()")
    a, b = _as(trace, a, kind), _as(trace, b, kind)
    return trace.emit(f"{names[kind != 'f32']} {a.name}, {b.name} : {kind}", kind)


def _compare(name, a, b):
    kind = _common(a, b)
    a, b = _as(a.trace, a, kind), _as(a.trace, b, kind)
    operation = "cmpf" if kind == "f32" else "cmpi"
    predicate = ORDERED[name][kind != "f32"]
    return a.trace.emit(f"arith.{operation} {predicate}, {a.name}, {b.name} : {kind}", "i1")


def _logical(name, a, b):
    a, b = _as(a.trace, a, "i1"), _as(a.trace, b, "i1")
    return a.trace.emit(f"arith.{name} {a.name}, {b.name} : i1", "i1")


def _floor_divide(a, b):
    """(quotient, remainder) of integers, rounded down."""
    if "f32" in (_kind_of(a), _kind_of(b)):
        raise ArgumentTypeError("a score function uses // or % on f32; they take integers")
    quotient = _binary((None, "arith.divsi"), a, b, "index")
    remainder = _binary((None, "arith.remsi"), a, b, "index")
    signs_differ = (remainder < 0) ^ (_as(remainder.trace, b, "index") < 0)
    down = (remainder != 0) & signs_differ
    return where(down, quotient - 1, quotient), where(down, remainder + b, remainder)


class Value:
    """A traced number: f32, an integer (index) or a comparison (i1)."""

    __slots__ = ("kind", "name", "trace")
    __hash__ = object.__hash__

    def __init__(self, trace, name, kind):
        self.trace, self.name, self.kind = trace, name, kind

    def __bool__(self):
        raise ArgumentTypeError("a score function has no `if`, `and`, `or`, `min` or `max`; use "
                                "hipc.where(), &, |, hipc.minimum() or hipc.maximum()")

    def __add__(self, x): return _binary(("arith.addf", "arith.addi"), self, x)
    def __radd__(self, x): return _binary(("arith.addf", "arith.addi"), x, self)
    def __sub__(self, x): return _binary(("arith.subf", "arith.subi"), self, x)
    def __rsub__(self, x): return _binary(("arith.subf", "arith.subi"), x, self)
    def __mul__(self, x): return _binary(("arith.mulf", "arith.muli"), self, x)
    def __rmul__(self, x): return _binary(("arith.mulf", "arith.muli"), x, self)
    def __truediv__(self, x): return _binary(("arith.divf",), self, x, "f32")
    def __rtruediv__(self, x): return _binary(("arith.divf",), x, self, "f32")
    def __floordiv__(self, x): return _floor_divide(self, x)[0]
    def __rfloordiv__(self, x): return _floor_divide(x, self)[0]
    def __mod__(self, x): return _floor_divide(self, x)[1]
    def __rmod__(self, x): return _floor_divide(x, self)[1]
    def __neg__(self): return 0 - self if self.kind == "index" else -1.0 * self
    def __pos__(self): return self
    def __abs__(self): return maximum(self, -self) if self.kind == "index" else _absolute(self)
    def __lt__(self, x): return _compare("lt", self, x)
    def __le__(self, x): return _compare("le", self, x)
    def __gt__(self, x): return _compare("gt", self, x)
    def __ge__(self, x): return _compare("ge", self, x)
    def __eq__(self, x): return _compare("eq", self, x)
    def __ne__(self, x): return _compare("ne", self, x)
    def __and__(self, x): return _logical("andi", self, x)
    def __rand__(self, x): return _logical("andi", self, x)
    def __or__(self, x): return _logical("ori", self, x)
    def __ror__(self, x): return _logical("ori", self, x)
    def __xor__(self, x): return _logical("xori", self, x)
    def __invert__(self): return _logical("xori", self, True)

    def __pow__(self, exponent):
        if not isinstance(exponent, int) or not 0 < exponent <= 8:
            raise ArgumentTypeError(f"a score function has ** {exponent!r}; give an int of 1 to 8")
        return self if exponent == 1 else self * self ** (exponent - 1)


def _absolute(x):
    return x.trace.emit(f"math.absf {x.name} : f32", "f32")


def _need_traced(*values):
    for value in values:
        if isinstance(value, Value):
            return value.trace
    raise ArgumentTypeError("call this in a score function, on a value of its arguments")


def where(condition, x, y):
    """x where the condition holds, else y."""
    trace = _need_traced(condition)
    kind = _common(x, y)
    c, x, y = _as(trace, condition, "i1"), _as(trace, x, kind), _as(trace, y, kind)
    return trace.emit(f"arith.select {c.name}, {x.name}, {y.name} : {kind}", kind)


def minimum(x, y):
    """The lesser of two numbers; NaN if one is."""
    _need_traced(x, y)
    return _binary(("arith.minimumf", "arith.minsi"), x, y)


def maximum(x, y):
    """The greater of two numbers; NaN if one is."""
    _need_traced(x, y)
    return _binary(("arith.maximumf", "arith.maxsi"), x, y)


def _unary(name, x):
    trace = _need_traced(x)
    return trace.emit(f"math.{name} {_as(trace, x, 'f32').name} : f32", "f32")


def exp(x):
    """e to the power of x, in a score function."""
    return _unary("exp", x)


def exp2(x):
    """2 to the power of x, in a score function."""
    return _unary("exp2", x)


def log(x):
    """Natural logarithm, in a score function."""
    return _unary("log2", x) * LN_2


def log2(x):
    """Logarithm to base 2, in a score function."""
    return _unary("log2", x)


def tanh(x):
    """Hyperbolic tangent, in a score function."""
    return _unary("tanh", x)


class ScoreMod:
    """A traced score function. `text` is the region; equal texts are equal and hash alike."""

    __slots__ = ("name", "text")

    def __init__(self, text, name="score"):
        self.text, self.name = text, name

    def __eq__(self, other):
        return isinstance(other, ScoreMod) and self.text == other.text

    def __hash__(self):
        return hash(self.text)

    def __repr__(self):
        return f"<hipc.ScoreMod {self.name}>\n{self.text}"


def score_mod(function):
    """Traces a function of (score, b, h, i, j) once; attention(score_mod=) takes the result.

    Returns a ScoreMod. ArgumentTypeError (a TypeError) for what cannot be traced.
    """
    if isinstance(function, ScoreMod):
        return function
    if not callable(function):
        raise ArgumentTypeError(f"score_mod is {function!r}; give a function of (score, b, h, i, j)")
    trace = Trace()
    result = function(*(Value(trace, f"%{name}", kind) for name, kind in ARGUMENTS))
    if isinstance(result, bool) or not isinstance(result, (Value, int, float)):
        raise ArgumentTypeError(f"a score function returned {result!r}; return a number")
    value = _as(trace, result, "f32")
    head = f"^bb0({', '.join(f'%{name}: {kind}' for name, kind in ARGUMENTS)}):"
    text = "\n".join([head, *trace.lines, f"  hip.yield {value.name} : f32"])
    return ScoreMod(text, getattr(function, "__name__", "score"))
