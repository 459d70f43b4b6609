"""What score functions look numbers up in: lists, whose numbers are constants, and arrays, which each call reads."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, SupportsFloat, SupportsIndex, overload

from ._arrays import is_array
from ._checks import integer, shown
from .errors import ArgumentTypeError, InvalidError
from .tracing import FOREIGN, Value, _plain, where

if TYPE_CHECKING:
    from .typing import Array

# Entries of a list: each is a comparison and a choice.
MOST_ENTRIES = 256
# Whole numbers up to here are exact in f32.
MOST_EXACT = 1 << 24


class Table:
    """Numbers that a score function looks up by an integer; NaN past either end."""

    __slots__ = ("numbers",)
    numbers: list[float]

    def __init__(self, numbers: list[float]) -> None:
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: Value) -> Value: ...
    @overload
    def __getitem__(self, index: SupportsIndex) -> float: ...
    def __getitem__(self, index: Value | SupportsIndex) -> Value | float:
        index = _plain(index)
        count = len(self.numbers)
        if not isinstance(index, Value):
            return self.numbers[integer("the index of a table", index, -count, count - 1)]
        if index.kind != "index":
            raise ArgumentTypeError(f"a score function indexes a table by {index.kind}; give an integer")
        place = where(index < 0, index + count, index)
        return where((place >= 0) & (place < count), self._choose(place, 0, count), math.nan)

    def _choose(self, place: Value, start: int, end: int) -> Value | float:
        if end - start == 1:
            return self.numbers[start]
        middle = (start + end) // 2
        return where(place < middle, self._choose(place, start, middle), self._choose(place, middle, end))


class Lookup:
    """An array that a score function indexes by integers, one for each dimension; each call reads it."""

    __slots__ = ("_array", "_places")

    def __init__(self, array: Any, places: tuple[Any, ...] = ()) -> None:
        self._array, self._places = array, places

    def __len__(self) -> int:
        return int(self._array.shape[len(self._places)])

    def __getitem__(self, index: Any) -> Any:
        """A number, or what the further indices are given to."""
        places = [*self._places]
        for place in index if isinstance(index, tuple) else (index,):
            if len(places) == len(self._array.shape):
                raise ArgumentTypeError(f"a score function gives more than {len(places)} indices to an array of "
                                        f"{len(places)} dimensions; give one for each")
            places.append(self._place(place, self._array.shape[len(places)]))
        trace = next((x.trace for x in places if isinstance(x, Value)), None)
        if len(places) < len(self._array.shape):
            return Lookup(self._array, tuple(places))
        return self._array[tuple(places)] if trace is None else trace.load(self._array, tuple(places))

    def _place(self, index: Any, size: int) -> Value | int:
        if isinstance(index, Value):
            if index.kind != "index":
                raise ArgumentTypeError(f"a score function indexes a table by {index.kind}; give an integer")
            return index
        return integer("the index of a table", index, -size, size - 1)


@overload
def table(numbers: Array) -> Lookup: ...
@overload
def table(numbers: Iterable[SupportsFloat]) -> Table: ...
def table(numbers: Iterable[SupportsFloat] | Array) -> Table | Lookup:
    """What a score function may index by its integers: an array of 1 to 4 dimensions, or a list of numbers.

    `hip_mlir.table(slopes)[h]` is slopes[h]: negative indices count from the end. Floats become f32, and past either
    end they are NaN; other numbers are those at the end there. An array is read at each call, and has to be where q is,
    with a contiguous last dimension: float16, bfloat16, float32, float64, int8 to int64 or bool. A list has at most 256
    numbers, which are constants in f32. ArgumentTypeError for anything else.
    """
    if is_array(numbers) and len(numbers.shape) > 0:  # type: ignore[union-attr]
        return Lookup(numbers)
    try:
        values: Any = numbers
        found = [_plain(x) for x in values]
    except (TypeError, ArgumentTypeError):
        raise ArgumentTypeError(f"a table is of {shown(numbers)}; give a list of numbers, or an array of 1 to 4 "
                                "dimensions") from None
    if not 0 < len(found) <= MOST_ENTRIES:
        raise InvalidError(f"a table has {len(found)} numbers; give 1 to {MOST_ENTRIES}")
    for number in found:
        if isinstance(number, int) and abs(number) > MOST_EXACT:
            raise InvalidError(f"a table has {number}, which is not exact in f32; give numbers up to {MOST_EXACT}")
    return Table([float(number) for number in found])


# PyTorch's tensor[index].
FOREIGN["__getitem__"] = lambda array, index: Lookup(array)[index]
