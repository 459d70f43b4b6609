"""Calls: the C side of a program's arguments, written once for arrays of one form.

A model's layers and steps pass arrays of the same forms (element types, devices, shapes and strides), so that a
call changes pointers alone.
"""

from __future__ import annotations

import ctypes
from collections.abc import Container, Sequence
from struct import Struct
from typing import TYPE_CHECKING, Any, TypeVar

from ._arrays import View, code_name, device_name, dtype_name, out_names, row_major
from ._library import Shape, check, library
from ._storage import swap
from .errors import ArgumentTypeError, InvalidError

if TYPE_CHECKING:
    from .program import Program

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")
# A DLTensor with its shape and strides behind it, all at known places of one buffer.
HEAD_BYTES = 48
MOST_DIMENSIONS = 8
RECORD_BYTES = HEAD_BYTES + 16 * MOST_DIMENSIONS
RECORD_WORDS = RECORD_BYTES // 8
# A hipc_call, and the places of its words that calls change or that are read here.
CALL = Struct("=QQQQiiQQQ").pack_into
CALL_WORDS = 8
INPUTS, SCRATCH, SCRATCH_BYTES, STREAM = 2, 5, 6, 7
RECORDS = [Struct(f"=QiiiBBHQQQ{2 * n}q").pack_into for n in range(MOST_DIMENSIONS + 1)]


def keep(table: dict[KeyT, ValueT], most: int, key: KeyT, value: ValueT) -> ValueT:
    """Puts a value into a table, which is emptied when it has `most`, and returns it."""
    if len(table) >= most:
        table.clear()
    table[key] = value
    return value


def form_of(adapter: Any, read: Sequence[Any], written: Sequence[Any] | None) -> tuple[Any, ...]:
    """A key of the forms of inputs, and of outputs where the caller gives them."""
    if len(read) == 3 and written is None:
        return adapter, read[0][1], read[1][1], read[2][1]
    forms = [one[1] for one in read]
    return (adapter, *forms) if written is None else (adapter, *forms, tuple([one[1] for one in written]))


class Form:
    """Arrays of one form for one program, and records of them that lack only the pointers.

    `views` are of the inputs, `written` of the outputs, or None where each call makes them. `first` is the
    place of the first input that is no number, whose form is `kind` in the adapter's terms. Without `batched`
    all but the inputs at the places `apart` lack the first dimension, which is 1. `names` are of the inputs, in errors.
    With `rows_first` each call makes the first output with its rows before its heads; the first `packed` outputs lack
    their first dimension, which is 1. The last outputs, of the views `updated`, are inputs that calls bring up to date.
    """

    __slots__ = ("_program", "_adapter", "_first", "_views", "_inputs", "_outputs", "_sizes", "_makers",
                 "_scratch", "_idle", "_run", "_names")

    def __init__(self, program: Program, adapter: Any, kind: Any, views: Sequence[View], names: Sequence[str],
                 written: Sequence[View] | None = None, batched: bool = True, first: int = 0,
                 rows_first: bool = False, apart: Container[int] = (), packed: int = 0,
                 updated: Sequence[View] = ()) -> None:
        self._program, self._adapter = program, adapter
        self._inputs, self._outputs = len(views), program.outputs
        self._run = library().hipc_run_call
        self._names = names, out_names(program.outputs)
        for name, view in zip([*names, *self._names[1]], [*views, *(written or [])]):
            if len(view[4]) > MOST_DIMENSIONS:
                raise InvalidError(f"{name} has {len(view[4])} dimensions; give at most {MOST_DIMENSIONS}")
        lift = list if batched else with_batch
        self._first, self._views = views[first], list(views) if batched else with_batch(views, apart)
        self._scratch: int = 0
        frame = self._new_frame()
        shapes, self._scratch = self._ask_sizes(frame[0][frame[1] + INPUTS])
        self._sizes = [(shape if batched else shape[1:], code) for shape, code in shapes]
        if written is None:
            made = list(self._sizes)
            views = [(*self._first[:2], *code, shape, row_major(shape)) for shape, code in shapes]
            for place in range(packed):
                made[place] = made[place][0][1:], made[place][1]
            if rows_first:
                made[0] = swap(made[0][0]), made[0][1]
                views[0] = (*views[0][:5], swap(row_major(swap(views[0][4]))))
            last = len(made) - len(updated)
            self._makers = [adapter.maker(*size, kind, self._first) for size in made[:last]]
            self._views += [*views[:last], *lift(updated)]
        else:
            self._check_outputs([*written, *updated])
            self._views += lift([*written, *updated])
        frame[0][frame[1] + SCRATCH_BYTES] = self._scratch
        self._write(frame[0], self._inputs)
        self._idle = [frame]

    def run(self, read: Sequence[Any], like: Any, out: Any, written: Sequence[Any] | None,
            updated: Sequence[Any] = ()) -> list[Any]:
        """Runs on what adapters read of arrays of this form, of which `like` is the first. Returns the list
        of outputs but those `updated`, which are those of `out` if it is given."""
        try:
            frame = self._idle.pop()
        except IndexError:  # another thread has it
            frame = self._new_frame()
        words, call, record = frame
        adapter, first, place = self._adapter, self._first, 0
        for one in read:
            words[place] = one[0]
            place += RECORD_WORDS
        if written is None:
            results = []
            for make in self._makers:
                result = make(like)
                words[place] = adapter.pointer(result)
                place += RECORD_WORDS
                results.append(result)
        else:
            results = list(out)
            for one in written:
                words[place] = one[0]
                place += RECORD_WORDS
        for one in updated:
            words[place] = one[0]
            place += RECORD_WORDS
        stream = words[call + STREAM] = adapter.stream(first)
        if self._scratch:
            owner, words[call + SCRATCH] = adapter.scratch(self._scratch, first, stream)
            code = self._run(record)
            adapter.release(owner, first, stream)
        else:
            code = self._run(record)
        self._idle.append(frame)
        if code:
            check(code, *self._names)
        adapter.finish(first)
        return results

    def _new_frame(self) -> tuple[Any, int, int]:
        """(words that no other call uses, place in them of the hipc_call, its address)."""
        count = self._inputs + self._outputs
        lists = count * RECORD_WORDS
        call = lists + count
        words = (ctypes.c_uint64 * (call + CALL_WORDS))()
        self._write(words, 0)
        base = ctypes.addressof(words)
        for place in range(count):
            words[lists + place] = base + place * RECORD_BYTES
        inputs = base + 8 * lists
        CALL(words, 8 * call, 8 * CALL_WORDS, self._program._handle.value, inputs, inputs + 8 * self._inputs,
             self._inputs, self._outputs, 0, self._scratch, 0)
        return words, call, base + 8 * call

    def _write(self, words: Any, start: int) -> None:
        """The DLTensors from place `start` on say what the views say, without pointers."""
        base = ctypes.addressof(words)
        for place, view in enumerate(self._views[start:], start):
            device, number, code, bits, shape, strides = view
            ndim, offset = len(shape), place * RECORD_BYTES
            sizes = base + offset + HEAD_BYTES
            RECORDS[ndim](words, offset, 0, device, number, ndim, code, bits, 1, sizes, sizes + 8 * ndim, 0,
                          *shape, *strides)

    def _ask_sizes(self, inputs: int) -> tuple[list[tuple[tuple[int, ...], tuple[int, int]]], int]:
        """([(shape, DLPack type) of each output], bytes of scratch)."""
        handle = self._program._handle
        shapes, scratch = (Shape * self._outputs)(), ctypes.c_size_t()
        check(library().hipc_program_output_shapes(handle, inputs, self._inputs, shapes, self._outputs),
              *self._names)
        check(library().hipc_program_workspace(handle, inputs, self._inputs, ctypes.byref(scratch)), *self._names)
        return [(tuple(s.shape[:s.ndim]), (s.dtype.code, s.dtype.bits)) for s in shapes], scratch.value

    def _check_outputs(self, written: Sequence[View]) -> None:
        if len(written) != self._outputs:
            raise ArgumentTypeError(f"out has {len(written)} arrays; the program has {self._outputs} outputs")
        for name, view, (shape, code) in zip(self._names[1], written, self._sizes):
            if view[4] != shape:
                raise InvalidError(f"{name} has shape {view[4]}; the result has {shape}")
            if view[2:4] != code:
                raise ArgumentTypeError(f"{name} is {dtype_name(view)}; the result is {code_name(code)}")
            if view[:2] != self._first[:2]:
                raise InvalidError(f"{name} is on {device_name(view)}, but the inputs are on "
                                   f"{device_name(self._first)}; give one there")


def with_batch(views: Sequence[View], apart: Container[int] = ()) -> list[View]:
    """Views of arrays that lack the batch dimension, with one of size 1; numbers and those `apart` have none."""
    return [(*kind, (1, *shape), (_batch_stride(shape, strides), *strides)) if shape and place not in apart
            else (*kind, shape, strides) for place, (*kind, shape, strides) in enumerate(views)]


def _batch_stride(shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """A stride that a batch of 1 never takes, if it fits 64 bits."""
    stride = shape[0] * strides[0]
    return stride if abs(stride) < 1 << 63 else 0
