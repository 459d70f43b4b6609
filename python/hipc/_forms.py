"""Calls: the C side of a program's arguments, written once for arrays of one form.

A model's layers and steps pass arrays of the same forms (element types, devices, shapes and strides), so that a
call changes pointers alone.
"""

import ctypes
from struct import Struct

from ._arrays import code_name, device_name, dtype_name, row_major
from ._library import Shape, check, library
from .errors import ArgumentTypeError, InvalidError

# A DLTensor with its shape and strides behind it, all at known places of one buffer.
HEAD_BYTES = 48
MOST_DIMENSIONS = 8
RECORD_BYTES = HEAD_BYTES + 16 * MOST_DIMENSIONS
RECORD_WORDS = RECORD_BYTES // 8
RECORDS = [Struct(f"=QiiiBBHQQQ{2 * n}q").pack_into for n in range(MOST_DIMENSIONS + 1)]


def keep(table, most, key, value):
    """Puts a value into a table, which is emptied when it has `most`, and returns it."""
    if len(table) >= most:
        table.clear()
    table[key] = value
    return value


def form_of(read, written):
    """A key of the forms of inputs, and of outputs where the caller gives them."""
    forms = tuple([one[1] for one in read])
    return forms if written is None else (*forms, tuple([one[1] for one in written]))


class Form:
    """Arrays of one form for one program, and records of them that lack only the pointers.

    `views` are of the inputs, `written` of the outputs, or None where each call makes them. Without
    `batched` all lack the first dimension, which is 1.
    """

    __slots__ = ("_program", "_handle", "_first", "_views", "_inputs", "_outputs", "_sizes", "_scratch",
                 "_idle", "_run")

    def __init__(self, program, views, written=None, batched=True):
        self._program, self._handle = program, program._handle
        self._inputs, self._outputs = len(views), program.outputs
        self._run = library().hipc_run
        lift = list if batched else with_batch
        self._first, self._views = views[0], lift(views)
        frame = self._new_frame()
        shapes, self._scratch = self._ask_sizes(frame[1])
        self._sizes = [(shape if batched else shape[1:], code) for shape, code in shapes]
        if written is None:
            self._views += [(*views[0][:2], *code, shape, row_major(shape)) for shape, code in shapes]
        else:
            self._check_outputs(written)
            self._views += lift(written)
        self._write(frame[0], self._inputs)
        self._idle = [frame]

    def run(self, adapter, read, like, out, written):
        """Runs on what adapters read of arrays of this form. Returns the list of outputs, which are those of
        `out` if it is given."""
        try:
            frame = self._idle.pop()
        except IndexError:  # another thread has it
            frame = self._new_frame()
        words, first, place = frame[0], self._first, 0
        for one in read:
            words[place] = one[0]
            place += RECORD_WORDS
        if written is None:
            results = []
            for shape, code in self._sizes:
                result = adapter.empty(shape, code, like, first)
                words[place] = adapter.pointer(result)
                place += RECORD_WORDS
                results.append(result)
        else:
            results = list(out)
            for one in written:
                words[place] = one[0]
                place += RECORD_WORDS
        stream, scratch = adapter.stream(first), self._scratch
        owner, pointer = adapter.scratch(scratch, first, stream) if scratch else (None, None)
        code = self._run(self._handle, frame[1], self._inputs, frame[2], self._outputs, pointer, scratch,
                         stream)
        self._idle.append(frame)
        if owner is not None:
            adapter.release(owner, first, stream)
        if code:
            check(code)
        adapter.finish(first)
        return results

    def _new_frame(self):
        """(words that no other call uses, addresses in them of the lists of inputs and outputs)."""
        count = self._inputs + self._outputs
        words = (ctypes.c_uint64 * (count * (RECORD_WORDS + 1)))()
        self._write(words, 0)
        base = ctypes.addressof(words)
        for place in range(count):
            words[count * RECORD_WORDS + place] = base + place * RECORD_BYTES
        inputs = base + count * RECORD_BYTES
        return words, inputs, inputs + 8 * self._inputs

    def _write(self, words, start):
        """The DLTensors from place `start` on say what the views say, without pointers."""
        base = ctypes.addressof(words)
        for place, view in enumerate(self._views[start:], start):
            device, number, code, bits, shape, strides = view
            ndim, offset = len(shape), place * RECORD_BYTES
            sizes = base + offset + HEAD_BYTES
            RECORDS[ndim](words, offset, 0, device, number, ndim, code, bits, 1, sizes, sizes + 8 * ndim, 0,
                          *shape, *strides)

    def _ask_sizes(self, inputs):
        """([(shape, DLPack type) of each output], bytes of scratch)."""
        shapes, scratch = (Shape * self._outputs)(), ctypes.c_size_t()
        check(library().hipc_program_output_shapes(self._handle, inputs, self._inputs, shapes, self._outputs))
        check(library().hipc_program_workspace(self._handle, inputs, self._inputs, ctypes.byref(scratch)))
        return [(tuple(s.shape[:s.ndim]), (s.dtype.code, s.dtype.bits)) for s in shapes], scratch.value

    def _check_outputs(self, written):
        if len(written) != self._outputs:
            raise ArgumentTypeError(f"out has {len(written)} arrays; the program has {self._outputs} outputs")
        for view, (shape, code) in zip(written, self._sizes):
            if view[4] != shape:
                raise InvalidError(f"out has shape {view[4]}; the result has {shape}")
            if view[2:4] != code:
                raise ArgumentTypeError(f"out is {dtype_name(view)}; the result is {code_name(code)}")
            if view[:2] != self._first[:2]:
                raise InvalidError(f"out is on {device_name(view)}, but the inputs are on "
                                   f"{device_name(self._first)}")


def with_batch(views):
    """Views of arrays that lack the batch dimension, with one of size 1."""
    return [(*kind, (1, *shape), (shape[0] * strides[0] if shape else 1, *strides))
            for *kind, shape, strides in views]
