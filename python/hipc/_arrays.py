"""Reads arrays of any library without copying them, and makes arrays like them.

An adapter knows one library. `read(array)` gives (pointer, form) and, in a third place, what keeps the pointer
valid, if something has to. The form is all else of an array, in the library's own terms, and has a hash: a call
looks up what it did with arrays of these forms before. Only a new form is put into DLPack's numbers:
`view(form)` is the tuple

    (device type, device id, dtype code, dtype bits, shape, strides)

with strides in elements.
"""

from functools import partial

from .errors import ArgumentTypeError, InvalidError, UnsupportedError

CPU, CUDA = 1, 2
# Memory of other kinds that the processor or the GPU reads as its own.
SAME_MEMORY = {1: CPU, 3: CPU, 2: CUDA, 13: CUDA}
# Names of element types by (DLPack code, bits).
NAMES = {(0, 8): "int8", (0, 16): "int16", (0, 32): "int32", (0, 64): "int64", (1, 8): "uint8",
         (2, 16): "float16", (2, 32): "float32", (2, 64): "float64", (4, 16): "bfloat16",
         (6, 8): "bool"}
CODES = {name: code for code, name in NAMES.items()}
DEFAULT_STREAM = 0
MOST_KEPT_BYTES = 32 << 20


def row_major(shape):
    """Strides in elements."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def dtype_name(view):
    return code_name(view[2:4])


def code_name(code):
    return NAMES.get(code, f"DLPack type {code[0]} of {code[1]} bits")


def device_name(view):
    return "cpu" if view[0] == CPU else f"cuda:{view[1]}"


class NumPyAdapter:
    """numpy.ndarray, also with ml_dtypes' bfloat16."""

    def _code(self, dtype):
        code = CODES.get(dtype.name)
        if code is None or not dtype.isnative:
            raise ArgumentTypeError(f"an array has dtype {dtype}; give float16, bfloat16 (ml_dtypes), "
                                    "float32 or int32 in the machine's byte order")
        return code

    def _strides(self, dtype, strides):
        """Strides in elements, of those in bytes."""
        size = dtype.itemsize
        if any(stride % size for stride in strides):
            raise InvalidError(f"an array has strides of {strides} bytes, no multiples of its "
                               f"{size}-byte elements; copy it")
        return tuple(stride // size for stride in strides)

    def read(self, array, writable=False):
        pointer, read_only = array.__array_interface__["data"]
        if writable and read_only:
            raise InvalidError("an output array is read-only; give one that can be written")
        return pointer, (array.dtype, array.shape, array.strides)

    def view(self, form):
        dtype, shape, strides = form
        return CPU, 0, *self._code(dtype), shape, self._strides(dtype, strides)

    def pointer(self, array):
        """Address of the first element of an array that empty() made."""
        return array.__array_interface__["data"][0]

    def empty(self, shape, code, like, _view):
        """A row-major array of DLPack type `code` on the device of `like`."""
        import numpy
        name = NAMES[code]
        dtype = like.dtype if like.dtype.name == name else name
        return numpy.empty(shape, dtype)

    def maker(self, shape, code, _form, view):
        """empty() as a function of `like` alone, whose form is `form`."""
        return lambda like: self.empty(shape, code, like, view)

    def scratch(self, _size, _view, _stream):
        """(owner, pointer) of memory on the view's device, aligned to 256 bytes."""
        return None, 0

    def release(self, owner, view, stream):
        """Scratch memory has been used for all that it will be, in the order of the stream."""

    def stream(self, _view):
        """The CUstream that work on the view's device goes into, as a number."""
        return DEFAULT_STREAM

    def finish(self, _view):
        """What has to happen between the launch and handing out the outputs."""


class TorchAdapter(NumPyAdapter):
    """torch.Tensor on the CPU and CUDA: current stream, scratch from torch's allocator.

    Scratch of calls in the default stream is kept for the next one there, if it is small: they run
    one after the other, and that stream is never captured and never ends.
    """

    def __init__(self):
        import torch
        self.torch = torch
        self.codes = {getattr(torch, name): code for name, code in CODES.items()}
        self.dtypes = {code: dtype for dtype, code in self.codes.items()}
        # The documented torch.cuda.current_stream() makes an object, at several times the cost.
        self.raw_stream = getattr(torch._C, "_cuda_getCurrentRawStream",
                                  lambda device: torch.cuda.current_stream(device).cuda_stream)
        self.kept = {}

    def read(self, array, writable=False):
        if array.requires_grad and self.torch.is_grad_enabled():
            raise UnsupportedError("a tensor requires a gradient, and attention has none; use "
                                   "torch.no_grad() or detach()")
        return array.data_ptr(), (array.dtype, array.device, array.shape, array.stride())

    def view(self, form):
        dtype, device, shape, strides = form
        code = self.codes.get(dtype)
        if code is None:
            raise ArgumentTypeError(f"a tensor has dtype {dtype}; give float16, bfloat16, float32 or int32")
        if device.type not in ("cpu", "cuda"):
            raise UnsupportedError(f"a tensor is on {device}; move it to the CPU or to CUDA")
        where = (CUDA, device.index) if device.type == "cuda" else (CPU, 0)
        return *where, *code, tuple(shape), strides

    def empty(self, shape, code, like, _view):
        if self.codes[like.dtype] == code:
            return like.new_empty(shape)
        return self.torch.empty(shape, dtype=self.dtypes[code], device=like.device)

    def maker(self, shape, code, form, view):
        dtype, _, like_shape, _ = form
        if self.codes[dtype] != code:
            return super().maker(shape, code, form, view)
        if tuple(like_shape) == shape:  # takes half the time of new_empty()
            return partial(self.torch.empty_like, memory_format=self.torch.contiguous_format)
        return lambda like: like.new_empty(shape)

    def pointer(self, array):
        return array.data_ptr()

    def scratch(self, size, view, stream):
        if stream == DEFAULT_STREAM:
            try:
                tensor = self.kept.pop(view[1])
                if tensor.nbytes >= size:
                    return tensor, tensor.data_ptr()
            except KeyError:  # none yet, or another thread has it
                pass
        tensor = self.torch.empty(size, dtype=self.torch.uint8, device=view[1])
        return tensor, tensor.data_ptr()

    def release(self, owner, view, stream):
        if stream == DEFAULT_STREAM and owner.nbytes <= MOST_KEPT_BYTES:
            self.kept[view[1]] = owner

    def stream(self, view):
        return self.raw_stream(view[1]) if view[0] == CUDA else DEFAULT_STREAM


def is_array(x):
    """Whether x can be read: a NumPy array, a torch tensor or anything with __dlpack__."""
    return type(x).__name__ == "ndarray" or hasattr(x, "__dlpack__")


def _make_adapter(kind):
    module = kind.__module__.split(".")[0]
    bases = {base.__module__.split(".")[0] + "." + base.__name__ for base in kind.__mro__}
    if "numpy.ndarray" in bases:
        return NumPyAdapter()
    if "torch.Tensor" in bases:
        return TorchAdapter()
    from . import _dlpack
    return _dlpack.adapter(kind, module)


_adapters = {}
_shared = {}


def adapter_of(array):
    """The adapter of an array's type; ArgumentTypeError if there is none."""
    kind = type(array)
    adapter = _adapters.get(kind)
    if adapter is None:
        made = _make_adapter(kind)
        adapter = _adapters[kind] = _shared.setdefault(type(made), made)
    return adapter


def read_outputs(out):
    """What adapters read of the arrays that a caller gives for results."""
    return [adapter_of(array).read(array, True) for array in out]


def views_of(arrays, read):
    """Views of arrays, of what was read of them."""
    return [adapter_of(array).view(form) for array, (_, form, *_) in zip(arrays, read)]
