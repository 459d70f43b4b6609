"""Programs: loaded code that takes arrays."""

import ctypes
from struct import Struct

from ._arrays import adapter_of, device_name, dtype_name, row_major
from ._library import Shape, check, library, take_text
from .errors import ArgumentTypeError, InvalidError

# A DLTensor with its shape and strides behind it, all at known places of one buffer.
HEAD_BYTES = 48
MOST_DIMENSIONS = 8
RECORD_BYTES = HEAD_BYTES + 16 * MOST_DIMENSIONS
RECORDS = [Struct(f"=QiiiBBHQQQ{2 * n}q").pack_into for n in range(MOST_DIMENSIONS + 1)]
# Sizes that are remembered for each program; a decode meets a new one each step.
MOST_SIZES = 4096


class Frame:
    """The C side of one call's arguments, reused from call to call and never by two at once.

    A call like the one before it changes pointers alone.
    """

    __slots__ = ("buffer", "inputs", "outputs", "places", "seen", "size", "words")

    def __init__(self, inputs, outputs):
        count = inputs + outputs
        self.buffer = ctypes.create_string_buffer(count * (RECORD_BYTES + 8))
        base = ctypes.addressof(self.buffer)
        self.words = (ctypes.c_uint64 * (len(self.buffer) // 8)).from_buffer(self.buffer)
        records = range(0, count * RECORD_BYTES, RECORD_BYTES)
        self.places = [offset // 8 for offset in records]
        for place, offset in enumerate(records):
            self.words[count * RECORD_BYTES // 8 + place] = base + offset
        self.inputs = base + count * RECORD_BYTES
        self.outputs = self.inputs + 8 * inputs
        self.seen, self.size = [None] * inputs, None

    def write(self, place, view):
        """The DLTensor at a place says what the view says."""
        shape, ndim, offset = view[5], len(view[5]), 8 * self.places[place]
        sizes = ctypes.addressof(self.buffer) + offset + HEAD_BYTES
        RECORDS[ndim](self.buffer, offset, view[0], view[1], view[2], ndim, view[3], view[4], 1,
                      sizes, sizes + 8 * ndim, 0, *shape, *view[6])

    def write_inputs(self, views):
        """Returns whether anything but pointers is new."""
        new, seen, words, places = False, self.seen, self.words, self.places
        for place, view in enumerate(views):
            kind = view[1:7]
            if kind == seen[place]:
                words[places[place]] = view[0]
            else:
                self.write(place, view)
                seen[place], new = kind, True
        return new

    def write_outputs(self, views):
        """Outputs of the caller's own; the next call writes all anew."""
        first = len(self.seen)
        self.forget()
        for place, view in enumerate(views, first):
            self.write(place, view)

    def forget(self):
        self.seen = [None] * len(self.seen)


class Program:
    """Compiled code. Call it with its input arrays, in order; the result is an array, or a tuple
    where there are several outputs.

    `out` is an array (or a tuple of them) to write instead of new ones. On CUDA the call puts its
    work into the current stream of the arrays' library and returns.
    """

    def __init__(self, engine, handle):
        self._engine, self._handle = engine, handle
        self._inputs = library().hipc_program_inputs(handle)
        self._outputs = library().hipc_program_outputs(handle)
        self._frames, self._sizes = [], {}
        self._run = library().hipc_run

    @property
    def inputs(self):
        """Number of input arrays."""
        return self._inputs

    @property
    def outputs(self):
        """Number of output arrays."""
        return self._outputs

    @property
    def engine(self):
        """The engine that the program was compiled for."""
        return self._engine

    def explain(self):
        """What was chosen and why, as text."""
        text = ctypes.c_void_p()
        check(library().hipc_program_explain(self._handle, ctypes.byref(text)))
        return take_text(text)

    def __call__(self, *arrays, out=None):
        if len(arrays) != self._inputs:
            raise ArgumentTypeError(f"got {len(arrays)} arrays; the program takes {self._inputs}")
        views = [adapter_of(array).read(array) for array in arrays]
        results = self._execute(adapter_of(arrays[0]), views, arrays[0], out)
        return results[0] if len(results) == 1 else tuple(results)

    def __repr__(self):
        return (f"<hipc.Program of {self._inputs} inputs and {self._outputs} outputs for "
                f"{self._engine.target}>")

    def __del__(self):
        if getattr(self, "_handle", None):
            library().hipc_program_destroy(self._handle)

    def _size_of(self, frame, views):
        """([(shape, DLPack type) of each output], bytes of scratch) for inputs in the frame."""
        key = tuple([view[5] for view in views])
        size = self._sizes.get(key)
        if size is None:
            shapes, scratch = (Shape * self._outputs)(), ctypes.c_size_t()
            check(library().hipc_program_output_shapes(self._handle, frame.inputs, self._inputs,
                                                       shapes, self._outputs))
            check(library().hipc_program_workspace(self._handle, frame.inputs, self._inputs,
                                                   ctypes.byref(scratch)))
            size = ([(tuple(s.shape[:s.ndim]), (s.dtype.code, s.dtype.bits)) for s in shapes],
                    scratch.value)
            if len(self._sizes) >= MOST_SIZES:
                self._sizes.clear()
            self._sizes[key] = size
        return size

    def _prepare(self, frame, views):
        """Inputs like none before: sizes, and row-major outputs that still lack a pointer."""
        frame.size = self._size_of(frame, views)
        first = views[0]
        for place, (shape, code) in enumerate(frame.size[0], self._inputs):
            frame.write(place, (0, first[1], first[2], *code, shape, row_major(shape)))

    def _execute(self, adapter, views, like, out, batched=True):
        """Runs on views of the inputs. Returns the list of outputs; without `batched` they lack
        the first dimension, which is 1."""
        frame = self._frames.pop() if self._frames else Frame(self._inputs, self._outputs)
        first = views[0]
        try:
            if frame.write_inputs(views):
                self._prepare(frame, views)
            shapes, scratch = frame.size
            if out is None:
                results = self._make_outputs(frame, adapter, like, first, batched)
            else:
                results = self._use_outputs(frame, out, first, batched)
            owner, pointer = adapter.scratch(scratch, first)
            code = self._run(self._handle, frame.inputs, self._inputs, frame.outputs,
                             self._outputs, pointer, scratch, adapter.stream(first))
            if code:
                check(code)
            del owner
        except BaseException:
            frame.forget()
            raise
        finally:
            self._frames.append(frame)
        adapter.finish(first)
        return results

    def _make_outputs(self, frame, adapter, like, first, batched):
        results, place = [], self._inputs
        for shape, code in frame.size[0]:
            result = adapter.empty(shape if batched else shape[1:], code, like, first)
            frame.words[frame.places[place]] = adapter.pointer(result)
            results.append(result)
            place += 1
        return results

    def _use_outputs(self, frame, out, first, batched):
        results = list(out) if isinstance(out, (tuple, list)) else [out]
        if len(results) != self._outputs:
            raise ArgumentTypeError(f"out has {len(results)} arrays; the program has "
                                    f"{self._outputs} outputs")
        written = [adapter_of(result).read(result, True) for result in results]
        _check_outputs(written, frame.size[0], first, batched)
        frame.write_outputs(written if batched else [with_batch(view) for view in written])
        return results


def _check_outputs(written, shapes, first, batched):
    for view, (shape, code) in zip(written, shapes):
        shape = shape if batched else shape[1:]
        if tuple(view[5]) != shape:
            raise InvalidError(f"out has shape {tuple(view[5])}; the result has {shape}")
        if (view[3], view[4]) != code:
            raise ArgumentTypeError(f"out is {dtype_name(view)}; the result is "
                                    f"{dtype_name((0, 0, 0, *code))}")
        if view[1:3] != first[1:3]:
            raise InvalidError(f"out is on {device_name(view)}, but the inputs are on "
                               f"{device_name(first)}")


def with_batch(view):
    """The view of an array that lacks the batch dimension, with one of size 1."""
    shape, strides = view[5], view[6]
    step = shape[0] * strides[0] if len(shape) else 1
    return (*view[:5], (1, *shape), (step, *strides), *view[7:])


def compile_text(engine, text, entry=None):
    """See hipc.compile()."""
    if not isinstance(text, str):
        raise ArgumentTypeError(f"mlir_text is a {type(text).__name__}; give a str")
    if entry is not None and not isinstance(entry, str):
        raise ArgumentTypeError(f"entry is {entry!r}; give the name of a function")
    data, handle = text.encode(), ctypes.c_void_p()
    check(library().hipc_compile(engine._handle, data, len(data),
                                 entry.encode() if entry else None, ctypes.byref(handle)))
    return Program(engine, handle)
