"""Reads arrays of any library without copying them, and makes arrays like them.

An adapter knows one library. `read(array)` gives (pointer, form) and, in a third place, what keeps the pointer
valid, if something has to. The form is all else of an array, in the library's own terms, and has a hash: a call
looks up what it did with arrays of these forms before. Only a new form is put into DLPack's numbers:
`view(form)` is the tuple

    (device type, device id, dtype code, dtype bits, shape, strides)

with strides in elements.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from .errors import ArgumentTypeError, Error, InvalidError, NotFoundError, UnsupportedError


class TracedError(UnsupportedError):
    """An array stands for those that a transform of JAX will give."""


CPU, CUDA = 1, 2
# Memory of other kinds that the processor or the GPU reads as its own.
SAME_MEMORY = {1: CPU, 3: CPU, 2: CUDA, 13: CUDA}
# What view() gives.
View = tuple[Any, ...]
# Names of element types by (DLPack code, bits).
NAMES = {(0, 8): "int8", (0, 16): "int16", (0, 32): "int32", (0, 64): "int64", (1, 8): "uint8",
         (2, 16): "float16", (2, 32): "float32", (2, 64): "float64", (4, 16): "bfloat16",
         (6, 8): "bool", (10, 8): "float8_e4m3fn", (12, 8): "float8_e5m2"}
CODES = {name: code for code, name in NAMES.items()}
# What q, k and v may be: MLIR's names of these types.
ELEMENTS = {"float16": "f16", "bfloat16": "bf16", "float32": "f32"}
# What k and v may be besides, whatever q is (S23b).
NARROW = "float8_e4m3fn", "float8_e5m2"
DEFAULT_STREAM = 0
MOST_KEPT_BYTES = 32 << 20


def row_major(shape: Sequence[int]) -> tuple[int, ...]:
    """Strides in elements."""
    strides: list[int] = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def dtype_name(view: View) -> str:
    return code_name(view[2:4])


def code_name(code: tuple[int, int]) -> str:
    return NAMES.get(code, f"DLPack type {code[0]} of {code[1]} bits")


def device_name(view: View) -> str:
    return "cpu" if view[0] == CPU else f"cuda:{view[1]}"


def type_of_result(code: tuple[int, int]) -> str:
    """The name of a DLPack type that arrays are made of here."""
    if code not in NAMES:
        raise UnsupportedError(f"a result is {code_name(code)}, which no array is made of here; give out=")
    return NAMES[code]


def numpy_dtype(code: tuple[int, int]) -> Any:
    """What NumPy calls a DLPack type."""
    name = type_of_result(code)
    if name not in ("bfloat16", *NARROW):
        return name
    try:
        import ml_dtypes
    except ImportError:
        raise NotFoundError(f"a result is {name}, which NumPy has from ml_dtypes; install that, or give out=") \
            from None
    return getattr(ml_dtypes, name)


class NumPyAdapter:
    """numpy.ndarray, also with ml_dtypes' bfloat16."""

    # Whether parts of arrays are views of them that can be written.
    slices = True

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
        return numpy.empty(shape, like.dtype if like.dtype.name == type_of_result(code) else numpy_dtype(code))

    def maker(self, shape, code, _form, view):
        """empty() as a function of `like` alone, whose form is `form`."""
        return lambda like: self.empty(shape, code, like, view)

    def same_bits(self, one, other):
        """Whether arrays of one form have the same bits, also where those are NaN."""
        kind = f"i{one.dtype.itemsize}"
        return bool((one.view(kind) == other.view(kind)).all())

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


NO_GRADIENT = "a tensor requires a gradient, and attention has none; use torch.no_grad() or detach()"


def refuse_memory(tensor):
    """Raises the error of a tensor without plain memory, with what to do about it."""
    if tensor.is_nested:
        raise ArgumentTypeError("a nested tensor has rows of its own in each batch entry; give its parts one by one: "
                                "[hip_mlir.torch.attention(*x) for x in zip(q.unbind(), k.unbind(), v.unbind())]")
    advice = "give tensor.to_dense()"
    if str(tensor.layout) == "torch.strided":
        advice = "give one on the CPU or CUDA, or use hip_mlir.torch.attention, which goes with torch.func and meta"
    raise ArgumentTypeError(f"a tensor on {tensor.device} of layout {tensor.layout} has no memory that can be read; "
                            f"{advice}")


class TorchAdapter(NumPyAdapter):
    """torch.Tensor on the CPU and CUDA: current stream, scratch from torch's allocator.

    Scratch of calls in the default stream is kept for the next one there, if it is small: they run
    one after the other, and that stream is never captured and never ends.
    """

    def __init__(self):
        import torch
        self.torch = torch
        self.codes = {getattr(torch, name): code for name, code in CODES.items() if hasattr(torch, name)}
        # The documented torch.cuda.current_stream() makes an object, at several times the cost.
        self.raw_stream = getattr(torch._C, "_cuda_getCurrentRawStream",
                                  lambda device: torch.cuda.current_stream(device).cuda_stream)
        self.kept = {}
        self.is_tracing = torch._C._is_tracing
        self.dispatch_modes = torch._C._len_torch_dispatch_stack
        self.forward = torch.autograd.forward_ad

    def read(self, array, writable=False):
        if array.requires_grad or self.forward._current_level >= 0:
            self.refuse_derivatives(array)
        try:
            read = array.data_ptr(), (array.dtype, array.device, array.shape, array.stride())
        except RuntimeError:
            read = None
        if read is None or not read[0] and array.numel():
            refuse_memory(array)
        if array.is_neg():
            raise InvalidError("a tensor is a view that stands for the negative of its memory; give "
                               "tensor.resolve_neg()")
        return read

    def refuse_derivatives(self, tensor):
        if tensor.requires_grad and self.torch.is_grad_enabled():
            raise UnsupportedError(NO_GRADIENT)
        if self.forward._current_level >= 0 and self.forward.unpack_dual(tensor).tangent is not None:
            raise UnsupportedError("a tensor has a tangent of forward-mode differentiation, and attention has none; "
                                   "give the primal of torch.autograd.forward_ad.unpack_dual()")

    def is_recording(self):
        """Whether a trace or a mode of PyTorch would miss what is not an op."""
        return self.is_tracing() or self.dispatch_modes() > 0

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
        return self.torch.empty(shape, dtype=getattr(self.torch, type_of_result(code)), device=like.device)

    def maker(self, shape, code, form, view):
        dtype, _, like_shape, _ = form
        if self.codes[dtype] != code:
            return super().maker(shape, code, form, view)
        if tuple(like_shape) == shape:  # takes half the time of new_empty()
            return partial(self.torch.empty_like, memory_format=self.torch.contiguous_format)
        return lambda like: like.new_empty(shape)

    def pointer(self, array):
        return array.data_ptr()

    def same_bits(self, one, other):
        kind = self.torch.int16 if one.dtype.itemsize == 2 else self.torch.int32
        return self.torch.equal(one.view(kind), other.view(kind))

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
        if self.is_recording():
            raise UnsupportedError("torch.jit.trace, make_fx or another TorchDispatchMode is on, and would take the "
                                   "result as a constant; use hip_mlir.torch.attention, which they see")
        return self.raw_stream(view[1]) if view[0] == CUDA else DEFAULT_STREAM


class NumberAdapter:
    """Numbers of Python and NumPy, which programs take by value: an f32 without dimensions on the CPU."""

    def read(self, number, writable=False):
        if writable:
            raise ArgumentTypeError(f"an output is the number {number!r}; give an array")
        value = ctypes.c_float(number)
        if math.isinf(value.value) and not math.isinf(number):
            raise InvalidError(f"a number is {number!r}, which is beyond the range of f32; give at most "
                               f"{MOST_F32:.8g}")
        return ctypes.addressof(value), NUMBER, value

    def view(self, form):
        return CPU, 0, *CODES["float32"], (), ()


class IntegerAdapter(NumberAdapter):
    """Whole numbers that programs take by value: an i32."""

    def read(self, number, writable=False):
        value = ctypes.c_int32(number)
        return ctypes.addressof(value), INTEGER, value

    def view(self, form):
        return CPU, 0, *CODES["int32"], (), ()


class Extent:
    """A size that a program takes as that of an array without numbers: int32 [size, 0]."""

    __slots__ = ("size",)

    def __init__(self, size: int) -> None:
        self.size = size


class ExtentAdapter:
    """Extents, which have no memory on any device."""

    def read(self, extent, writable=False):
        return 0, extent.size

    def view(self, form):
        return CPU, 0, *CODES["int32"], (form, 0), (0, 1)


# The form of all numbers, of those of i32, and what they are.
NUMBER, INTEGER = "number", "integer"
NUMBERS = {"builtins.int", "builtins.float", "numpy.integer", "numpy.floating"}
MOST_F32 = 2.0**128 - 2.0**104


def is_number(x: object) -> bool:
    """Whether x is a number that is no array."""
    return isinstance(adapter_of(x), NumberAdapter)


def is_array(x: object) -> bool:
    """Whether x can be read: a NumPy array, a torch tensor or anything with __dlpack__."""
    return type(x).__name__ == "ndarray" or hasattr(x, "__dlpack__")


# What a subclass changes to give its numbers a meaning of their own: units, masks, what is not there yet.
NUMPY_RULES = ("__array_ufunc__", "__array_function__")
TORCH_RULES = ("__torch_function__", "__torch_dispatch__")


def _has_rules(kind, base, names, allowed=()):
    """Whether a subclass computes by other rules than its base."""
    def rule(of, name):
        found = getattr(of, name, None)
        return getattr(found, "__func__", found)
    return any(rule(kind, name) not in (rule(base, name), *allowed) for name in names)


def _make_adapter(kind):
    module = str(kind.__module__).split(".")[0]
    bases = {f"{str(base.__module__).split('.')[0]}.{base.__name__}": base for base in kind.__mro__}
    name = f"{kind.__module__}.{kind.__qualname__}"
    if "numpy.MaskedArray" in bases:
        raise ArgumentTypeError(f"a {name} has a mask, which would be dropped; give its data, "
                                "numpy.asarray(array), and mask scores with score_mod=")
    if "numpy.ndarray" in bases:
        # JAX has a subclass of its own for constants of what it traces.
        if module != "jax" and _has_rules(kind, bases["numpy.ndarray"], NUMPY_RULES):
            raise ArgumentTypeError(f"a {name} computes by rules of its own, which would be dropped; give "
                                    "numpy.asarray(array)")
        return NumPyAdapter()
    if "torch.Tensor" in bases:
        import torch
        if _has_rules(kind, torch.Tensor, TORCH_RULES, (torch._C._disabled_torch_function_impl,)):
            raise ArgumentTypeError(f"a {name} computes by rules of its own, which would be dropped; give a plain "
                                    "torch.Tensor, or use hip_mlir.torch.attention, which follows them")
        return TorchAdapter()
    if kind is Extent:
        return ExtentAdapter()
    if kind is not bool and not bases.keys().isdisjoint(NUMBERS):
        return NumberAdapter()
    from . import _dlpack
    return _dlpack.adapter(kind, module)


_adapters: dict[type, Any] = {}
_shared: dict[type, Any] = {}


def adapter_of(array: object) -> Any:
    """The adapter of an array's type; ArgumentTypeError if there is none."""
    kind = type(array)
    adapter = _adapters.get(kind)
    if adapter is None:
        made = _make_adapter(kind)
        adapter = _adapters[kind] = _shared.setdefault(type(made), made)
    return adapter


def read_arrays(names: Sequence[str], arrays: Sequence[Any], writable: bool = False) -> list[Any]:
    """What adapters read of arrays, whose names are told in errors."""
    try:
        return [adapter_of(array).read(array, writable) for array in arrays]
    except Error:  # and which of them it is
        return [_named(name, adapter_of, array, "read", array, writable) for name, array in zip(names, arrays)]


def views_of(names: Sequence[str], arrays: Sequence[Any], read: Sequence[Any]) -> list[View]:
    """Views of arrays, of what was read of them."""
    return [_named(name, adapter_of, array, "view", form) for name, array, (_, form, *_) in zip(names, arrays, read)]


def _named(name: str, adapter: Any, array: Any, method: str, *arguments: Any) -> Any:
    try:
        return getattr(adapter(array), method)(*arguments)
    except Error as error:
        # Raised below, where it has no other one as its context: torch.compile of PyTorch 2.11 takes no `from None`.
        named = type(error)(f"{name}: {error}")
    raise named


def out_names(count: int) -> list[str]:
    """What the arrays of out= are called."""
    return ["out"] if count == 1 else [f"out[{place}]" for place in range(count)]
