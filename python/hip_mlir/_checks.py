"""Single arguments as what the library takes: whole and real numbers, flags, texts, paths."""

from __future__ import annotations

import math
import operator
import os
import sys
import struct
from collections.abc import Collection
from typing import Any

from .errors import ArgumentTypeError, InvalidError

# Positions are i32 (S5).
MOST_KEYS = (1 << 31) - 1
MOST_SHOWN = 60


def shown(value: object) -> str:
    """A value for an error, which no repr() keeps from being raised."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - whatever it is, its type can be told
        text = f"a {type(value).__name__}"
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN - 3]}..."


def is_truth(value: object) -> bool:
    """Whether it is a bool of Python or of an array library, which also counts as a number there."""
    return isinstance(value, bool) or str(getattr(value, "dtype", "")).endswith("bool")


def integer(name: str, value: Any, least: int = 0, most: int = MOST_KEYS) -> int:
    """An int of anything that is a whole number, within bounds."""
    if type(value) is int and least <= value <= most:
        return value
    try:
        if is_truth(value):
            raise TypeError
        number = operator.index(value)
    except Exception:  # noqa: BLE001 - libraries raise what they like
        raise ArgumentTypeError(f"{name} is {shown(value)}; give an int") from None
    if number < least:
        raise InvalidError(f"{name} = {shown(number)}; give {least} or more")
    if number > most:
        raise InvalidError(f"{name} = {shown(number)}; give at most {most}")
    return number


def real(name: str, value: Any) -> float:
    """A float of anything that is a real number, which f32 can hold."""
    try:
        if is_truth(value) or not hasattr(value, "__float__"):
            raise TypeError
        number = float(value)
    except OverflowError:
        number = math.inf
    except Exception:  # noqa: BLE001
        raise ArgumentTypeError(f"{name} is {shown(value)}; give a number") from None
    if not math.isfinite(number):
        raise InvalidError(f"{name} = {shown(value)}; give a finite number")
    try:
        rounded: float = struct.unpack("<f", struct.pack("<f", number))[0]
    except OverflowError:
        raise InvalidError(f"{name} = {number} is infinite in f32, whose greatest is 3.4e+38; give a lesser "
                           "number") from None
    if number and not rounded:
        raise InvalidError(f"{name} = {number} rounds to 0 in f32, whose least is 1.4e-45; give a greater number")
    return number


def flag(name: str, value: Any) -> bool:
    """A bool of True, False, 1 or 0."""
    if is_truth(value) and not getattr(value, "shape", ()) or isinstance(value, int) and value in (0, 1):
        return bool(value)
    raise ArgumentTypeError(f"{name} is {shown(value)}; give True or False")


def one_of(name: str, value: str, choices: Collection[str]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise InvalidError(f"{name} = {shown(value)}; give one of {', '.join(choices)}")
    return value


def encoded(name: str, text: str, null: bool = False) -> bytes:
    """The bytes of a text for C, where a 0 ends it unless its length goes along (`null`)."""
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise InvalidError(f"{name} has the lone surrogate {text[error.start]!r} at {error.start}, which no text in "
                           "UTF-8 has; take it out") from None
    if b"\0" in data and not null:
        raise InvalidError(f"{name} = {shown(text)} has a 0 at {text.index(chr(0))}, which ends texts in C; take "
                           "it out")
    return data


def path(name: str, value: str | bytes | os.PathLike[str]) -> bytes:
    """The bytes of a path: a str, bytes or what has __fspath__."""
    try:
        text = os.fsdecode(value)
        data = os.fsencode(text)
    except TypeError:
        raise ArgumentTypeError(f"{name} is {shown(value)}; give a str, bytes or a pathlib.Path") from None
    except UnicodeError:
        raise InvalidError(f"{name} = {shown(value)} is no path in {sys.getfilesystemencoding()}; give one "
                           "without lone surrogates") from None
    if b"\0" in data:
        raise InvalidError(f"{name} = {shown(value)} has a 0 at {data.index(0)}, which no path has; take it out")
    return data
