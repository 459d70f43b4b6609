"""Reads arrays of any library without copying them, and makes arrays like them.

An adapter knows one library. `read(array)` gives a view: the tuple

    (pointer, device type, device id, dtype code, dtype bits, shape, strides)

of DLPack's numbers, strides in elements; an eighth place may hold what keeps the pointer valid.
"""

from .errors import ArgumentTypeError, InvalidError, UnsupportedError

CPU, CUDA = 1, 2
# Memory of other kinds that the processor or the GPU reads as its own.
SAME_MEMORY = {1: CPU, 3: CPU, 2: CUDA, 13: CUDA}
# Names of element types by (DLPack code, bits).
NAMES = {(0, 8): "int8", (0, 16): "int16", (0, 32): "int32", (0, 64): "int64", (1, 8): "uint8",
         (2, 16): "float16", (2, 32): "float32", (2, 64): "float64", (4, 16): "bfloat16",
         (6, 8): "bool"}
CODES = {name: code for code, name in NAMES.items()}


def row_major(shape):
    """Strides in elements."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def dtype_name(view):
    return NAMES.get((view[3], view[4]), f"DLPack type {view[3]} of {view[4]} bits")


def device_name(view):
    return "cpu" if view[1] == CPU else f"cuda:{view[2]}"


class NumPyAdapter:
    """numpy.ndarray, also with ml_dtypes' bfloat16."""

    def __init__(self):
        self.codes = {}

    def _code(self, dtype):
        code = CODES.get(dtype.name)
        if code is None or not dtype.isnative:
            raise ArgumentTypeError(f"an array has dtype {dtype}; give float16, bfloat16 (ml_dtypes), "
                                    "float32 or int32 in the machine's byte order")
        self.codes[dtype] = code
        return code

    def read(self, array, writable=False):
        dtype = array.dtype
        code = self.codes.get(dtype) or self._code(dtype)
        pointer, read_only = array.__array_interface__["data"]
        if writable and read_only:
            raise InvalidError("an output array is read-only; give one that can be written")
        size = dtype.itemsize
        if any(stride % size for stride in array.strides):
            raise InvalidError(f"an array has strides of {array.strides} bytes, no multiples of its "
                               f"{size}-byte elements; copy it")
        strides = tuple(stride // size for stride in array.strides)
        return pointer, CPU, 0, *code, array.shape, strides

    def pointer(self, array):
        """Address of the first element of an array that empty() made."""
        return array.__array_interface__["data"][0]

    def empty(self, shape, code, like, _view):
        """A row-major array of DLPack type `code` on the device of `like`."""
        import numpy
        name = NAMES[code]
        dtype = like.dtype if like.dtype.name == name else name
        return numpy.empty(shape, dtype)

    def scratch(self, _size, _view):
        """(owner, pointer) of memory on the view's device, aligned to 256 bytes."""
        return None, None

    def stream(self, _view):
        """The CUstream that work on the view's device goes into; None is the default one."""
        return None

    def finish(self, _view):
        """What has to happen between the launch and handing out the outputs."""


class TorchAdapter(NumPyAdapter):
    """torch.Tensor on the CPU and CUDA: current stream, scratch from torch's allocator."""

    def __init__(self):
        import torch
        self.torch = torch
        self.codes = {getattr(torch, name): code for name, code in CODES.items()}
        self.dtypes = {code: dtype for dtype, code in self.codes.items()}
        # The documented torch.cuda.current_stream() makes an object, at several times the cost.
        self.raw_stream = getattr(torch._C, "_cuda_getCurrentRawStream", None)

    def read(self, array, writable=False):
        code = self.codes.get(array.dtype)
        if code is None:
            raise ArgumentTypeError(f"a tensor has dtype {array.dtype}; give float16, bfloat16, "
                                    "float32 or int32")
        if array.requires_grad and self.torch.is_grad_enabled():
            raise UnsupportedError("a tensor requires a gradient, and attention has none; use "
                                   "torch.no_grad() or detach()")
        if array.is_cuda:
            return array.data_ptr(), CUDA, array.get_device(), *code, array.shape, array.stride()
        if array.device.type != "cpu":
            raise UnsupportedError(f"a tensor is on {array.device}; move it to the CPU or to CUDA")
        return array.data_ptr(), CPU, 0, *code, array.shape, array.stride()

    def empty(self, shape, code, like, _view):
        if self.codes[like.dtype] == code:
            return like.new_empty(shape)
        return self.torch.empty(shape, dtype=self.dtypes[code], device=like.device)

    def pointer(self, array):
        return array.data_ptr()

    def scratch(self, size, view):
        if not size:
            return None, None
        tensor = self.torch.empty(size, dtype=self.torch.uint8, device=view[2])
        return tensor, tensor.data_ptr()

    def stream(self, view):
        return self.raw_stream(view[2]) if view[1] == CUDA else None


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


