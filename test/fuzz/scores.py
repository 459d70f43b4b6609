"""Random score regions: the text of one, and the same function on NumPy arrays.

Of integers, every value stays within 2^30, so that the width of an index does not matter. Of floats, `slope` bounds
how much the result changes with the score and `size` what is added to it, so that the error of the result is known.
"""

from dataclasses import dataclass

import numpy as np

MOST = 2**30


@dataclass
class Integer:
    name: str
    low: int
    high: int
    value: object  # (b, h, i, j) -> array


@dataclass
class Float:
    name: str
    slope: float
    size: float
    value: object  # (s, b, h, i, j) -> array


@dataclass
class Score:
    text: str
    value: object
    slope: float
    size: float


def _truncated(a, c):
    """arith.divsi, which rounds towards 0."""
    return np.sign(a) * np.sign(c) * (np.abs(a) // np.abs(c))


# Operations of two operands: on any, on one and a constant (which is no 0), and on what is not negative.
ANY = {"addi": np.add, "subi": np.subtract, "muli": np.multiply, "minsi": np.minimum, "maxsi": np.maximum}
BY_CONSTANT = {"divsi": _truncated, "remsi": lambda a, c: a - _truncated(a, c) * c,
               "floordivsi": lambda a, c: a // c, "ceildivsi": lambda a, c: -(-a // c)}
NOT_NEGATIVE = {"divui": lambda a, c: a // c, "remui": lambda a, c: a % c, "andi": np.bitwise_and, "ori": np.bitwise_or,
                "xori": np.bitwise_xor, "minui": np.minimum, "maxui": np.maximum, "shrui": lambda a, c: a >> (c % 8)}
PREDICATES = {"eq": np.equal, "ne": np.not_equal, "slt": np.less, "sle": np.less_equal, "sgt": np.greater,
              "sge": np.greater_equal}


class Maker:
    def __init__(self, rng, batch, heads, rows, keys):
        self.rng, self.lines, self.names = rng, [], 0
        inputs = (("b", batch), ("h", heads), ("i", rows), ("j", keys))
        self.integers = [Integer(f"%{name}", 0, max(size - 1, 0), lambda *x, at=at: x[at])
                         for at, (name, size) in enumerate(inputs)]
        self.floats = [Float("%s", 1, 0, lambda s, *x: s)]

    def pick(self, options):
        return options[int(self.rng.integers(len(options)))]

    def recent(self):
        """Mostly one of the last, so that they are of use."""
        return self.pick(self.floats[-3:] if self.rng.random() < 0.7 else self.floats)

    def line(self, text):
        self.names += 1
        self.lines.append(f"    %x{self.names} = {text}")
        return f"%x{self.names}"

    def constant(self, value):
        name = self.line(f"arith.constant {value} : index")
        return Integer(name, value, value, lambda *x: np.int64(value))

    def integer(self):
        a = self.pick(self.integers)
        kind = self.pick([ANY, BY_CONSTANT, NOT_NEGATIVE])
        if kind is BY_CONSTANT:
            b = self.constant(self.pick([1, 2, 3, 7, 16, -1, -3, -8]))
        else:
            b = self.pick(self.integers) if self.rng.random() < 0.5 else self.constant(int(self.rng.integers(1, 40)))
        if kind is NOT_NEGATIVE and min(a.low, b.low) < 0:
            return
        operation = self.pick(list(kind))
        if operation in ("divui", "remui") and b.low < 1:
            return
        if operation == "shrui":
            b = self.constant(int(self.rng.integers(0, 8)))
        low, high = self._range(operation, a, b)
        if max(-low, high) >= MOST:
            return
        function = kind[operation]
        name = self.line(f"arith.{operation} {a.name}, {b.name} : index")
        self.integers.append(Integer(name, low, high, lambda *x: function(a.value(*x), b.value(*x))))

    @staticmethod
    def _range(operation, a, b):
        if operation in ("addi", "subi"):
            reach = max(abs(a.low), abs(a.high)) + max(abs(b.low), abs(b.high))
        elif operation == "muli":
            reach = max(abs(a.low), abs(a.high)) * max(abs(b.low), abs(b.high))
        elif operation in ("ori", "xori"):
            reach = 2 * max(a.high, b.high) + 1
        else:
            reach = max(abs(a.low), abs(a.high), abs(b.low), abs(b.high)) + 1
        signed = operation in ("addi", "subi", "muli", "minsi", "maxsi", "divsi", "remsi", "floordivsi", "ceildivsi")
        negative = signed and (operation == "subi" or min(a.low, b.low) < 0)
        return (-reach if negative else 0), reach

    def converted(self):
        """An integer as a float that is not large."""
        a = self.pick(self.integers)
        wide = self.pick(["i32", "i64"])
        cast = self.line(f"arith.index_cast {a.name} : index to {wide}")
        number = self.line(f"arith.sitofp {cast} : {wide} to f32")
        reach = float(max(abs(a.low), abs(a.high)))
        factor = 2.0 ** -int(np.ceil(np.log2(reach + 2)) - self.rng.integers(0, 4))
        power = self.line(f"arith.constant {factor!r} : f32")
        name = self.line(f"arith.mulf {number}, {power} : f32")
        self.floats.append(Float(name, 0, reach * factor,
                                 lambda s, *x: np.float64(np.float32(a.value(*x))) * factor))

    def unary(self):
        a = self.recent()
        operation = self.pick(["negf", "absf", "tanh", "scaled"])
        if operation == "scaled":
            factor = self.pick([0.5, 0.25, -1.0, 0.75, -0.5])
            power = self.line(f"arith.constant {factor!r} : f32")
            name = self.line(f"arith.mulf {a.name}, {power} : f32")
            self.floats.append(Float(name, a.slope, a.size, lambda *x: a.value(*x) * factor))
            return
        dialect = "arith" if operation == "negf" else "math"
        name = self.line(f"{dialect}.{operation} {a.name} : f32")
        function = {"negf": np.negative, "absf": np.abs, "tanh": np.tanh}[operation]
        self.floats.append(Float(name, a.slope, a.size + (operation == "tanh"), lambda *x: function(a.value(*x))))

    def binary(self):
        a, b = self.recent(), self.recent()
        operation = self.pick(["addf", "subf", "maximumf", "minimumf"])
        function = {"addf": np.add, "subf": np.subtract, "maximumf": np.maximum, "minimumf": np.minimum}[operation]
        name = self.line(f"arith.{operation} {a.name}, {b.name} : f32")
        self.floats.append(Float(name, a.slope + b.slope, a.size + b.size,
                                 lambda *x: function(a.value(*x), b.value(*x))))

    def condition(self):
        a, b, predicate = self.pick(self.integers), self.pick(self.integers), self.pick(list(PREDICATES))
        name = self.line(f"arith.cmpi {predicate}, {a.name}, {b.name} : index")
        return name, lambda *x: PREDICATES[predicate](a.value(*x), b.value(*x))

    def select(self):
        a, b = self.recent(), self.recent()
        condition, holds = self.condition()
        name = self.line(f"arith.select {condition}, {a.name}, {b.name} : f32")
        self.floats.append(Float(name, a.slope + b.slope, a.size + b.size, lambda s, *x: np.where(
            holds(*x), a.value(s, *x), b.value(s, *x))))

    def hidden(self):
        """The last value, and -inf where a condition does not hold."""
        a = self.floats[-1]
        condition, holds = self.condition()
        low = self.line("arith.constant 0xFF800000 : f32")
        name = self.line(f"arith.select {condition}, {a.name}, {low} : f32")
        self.floats.append(Float(name, a.slope, a.size, lambda s, *x: np.where(holds(*x), a.value(s, *x), -np.inf)))

    def make(self):
        for _ in range(int(self.rng.integers(0, 8))):
            self.integer()
        steps = [self.converted, self.converted, self.unary, self.binary, self.binary, self.select]
        for _ in range(int(self.rng.integers(1, 8))):
            self.pick(steps)()
        if self.rng.random() < 0.25:
            self.hidden()
        result = self.floats[-1]
        shape = "%s: f32, %b: index, %h: index, %i: index, %j: index"
        text = f" score {{\n  ^bb0({shape}):\n" + "\n".join(self.lines) + f"\n    hip.yield {result.name} : f32\n  }}"
        value = lambda s, b, h, i, j: np.broadcast_to(result.value(s, np.int64(b), np.int64(h), i, j), s.shape)
        return Score(text, value, max(x.slope for x in self.floats), max(x.size for x in self.floats))
