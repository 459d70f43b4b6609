"""Arrays of CuPy, of JAX and of anything else that has __dlpack__."""

import ctypes
from ctypes import c_char_p, c_int32, c_int64, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p

from ._arrays import CUDA, NAMES, SAME_MEMORY, NumPyAdapter, TracedError, numpy_dtype, row_major
from .errors import ArgumentTypeError, Error, InvalidError, NotFoundError, UnsupportedError

READ_ONLY = 1
ALIGNMENT = 256
MOST_DIMENSIONS = 8
# The version of DLPack that is asked for; all of its major version can be read.
VERSION = (1, 0)
JAX = ("jax", "jaxlib")


class Tensor(ctypes.Structure):
    """DLTensor."""

    _fields_ = [("data", c_void_p), ("device_type", c_int32), ("device_id", c_int32),
                ("ndim", c_int32), ("code", c_uint8), ("bits", c_uint8), ("lanes", c_uint16),
                ("shape", ctypes.POINTER(c_int64)), ("strides", ctypes.POINTER(c_int64)),
                ("byte_offset", c_uint64)]


class Versioned(ctypes.Structure):
    """DLManagedTensorVersioned."""

    _fields_ = [("major", c_uint32), ("minor", c_uint32), ("context", c_void_p),
                ("deleter", c_void_p), ("flags", c_uint64), ("tensor", Tensor)]


_is_valid = ctypes.pythonapi.PyCapsule_IsValid
_is_valid.restype, _is_valid.argtypes = ctypes.c_int, [ctypes.py_object, c_char_p]
_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype, _pointer.argtypes = c_void_p, [ctypes.py_object, c_char_p]


def _tensor_of(capsule):
    """(DLTensor, flags) inside a capsule of either version."""
    if _is_valid(capsule, b"dltensor"):
        return Tensor.from_address(_pointer(capsule, b"dltensor")), 0
    if _is_valid(capsule, b"dltensor_versioned"):
        managed = Versioned.from_address(_pointer(capsule, b"dltensor_versioned"))
        if managed.major != 1:
            raise UnsupportedError(f"a capsule has DLPack {managed.major}.{managed.minor}; this "
                                   "package reads version 1")
        return managed.tensor, managed.flags
    raise ArgumentTypeError("__dlpack__ gave no capsule that is named dltensor and not yet taken")


def read_capsule(capsule, writable=False):
    """(pointer, view, capsule). The capsule stays unconsumed, so its own destructor frees it, which must
    not be before the pointer has been used."""
    tensor, flags = _tensor_of(capsule)
    if tensor.lanes != 1 or (tensor.code, tensor.bits) not in NAMES:
        raise ArgumentTypeError(f"an array has DLPack type {tensor.code} of {tensor.bits} bits and "
                                f"{tensor.lanes} lanes; give float16, bfloat16, float32 or int32")
    if not 0 <= tensor.ndim <= MOST_DIMENSIONS or tensor.ndim and not tensor.shape:
        raise InvalidError(f"an array has {tensor.ndim} dimensions in its DLPack capsule; give at most "
                           f"{MOST_DIMENSIONS}, with their sizes")
    if tensor.device_type not in SAME_MEMORY:
        raise UnsupportedError(f"an array is on DLPack device {tensor.device_type}; give CPU or CUDA")
    if writable and flags & READ_ONLY:
        raise InvalidError("an output array is read-only; give one that can be written")
    shape = tuple(tensor.shape[:tensor.ndim])
    strides = tuple(tensor.strides[:tensor.ndim]) if tensor.strides else row_major(shape)
    pointer = (tensor.data or 0) + tensor.byte_offset
    kind = SAME_MEMORY[tensor.device_type]
    device = tensor.device_id if kind == CUDA else 0
    return pointer, (kind, device, tensor.code, tensor.bits, shape, strides), capsule


def _device_type(array):
    try:
        return int(array.__dlpack_device__()[0])
    except (AttributeError, TypeError):
        raise ArgumentTypeError(f"a {type(array).__name__} is no array; give one of NumPy, "
                                "PyTorch, CuPy, JAX or another with __dlpack__") from None
    except Exception as error:  # noqa: BLE001 - libraries raise what they like
        raise InvalidError(f"a {type(array).__name__} cannot be shared: {error}") from None


def _capsule(array, options):
    """The array's capsule. Exporters share data that may not be written only with whom asks for a version that can
    say so; those from before there were versions do not know the word."""
    try:
        try:
            return array.__dlpack__(max_version=VERSION, **options)
        except TypeError:
            return array.__dlpack__(**options)
    except Error:
        raise
    except Exception as error:  # noqa: BLE001
        raise InvalidError(f"a {type(array).__name__} cannot be shared: {error}") from None


class DLPackAdapter(NumPyAdapter):
    """Anything with __dlpack__. On the CPU results are NumPy arrays; on CUDA give `out`."""

    slices = False

    def read(self, array, writable=False):
        kind = _device_type(array)
        return read_capsule(_capsule(array, {"stream": 1} if SAME_MEMORY.get(kind) == CUDA else {}), writable)

    def view(self, form):
        return form

    def empty(self, shape, code, like, view):
        if view[0] == CUDA:
            raise UnsupportedError(f"cannot make a {type(like).__name__} on CUDA; give out=")
        import numpy
        return numpy.empty(shape, numpy_dtype(code))

    def scratch(self, _size, view, _stream):
        if view[0] == CUDA:
            raise UnsupportedError("has no allocator for scratch memory on CUDA; use PyTorch, CuPy "
                                   "or JAX arrays")
        return None, 0


class CuPyAdapter(NumPyAdapter):
    """cupy.ndarray: current stream, scratch from CuPy's pool."""

    def __init__(self):
        super().__init__()
        import cupy
        self.cupy = cupy

    def read(self, array, writable=False):
        return array.data.ptr, (array.dtype, array.device.id, array.shape, array.strides)

    def view(self, form):
        dtype, device, shape, strides = form
        return CUDA, device, *self._code(dtype), shape, self._strides(dtype, strides)

    def pointer(self, array):
        return array.data.ptr

    def empty(self, shape, code, like, _view):
        name = NAMES[code]
        return self.cupy.empty(shape, like.dtype if like.dtype.name == name else name)

    def scratch(self, size, _view, _stream):
        memory = self.cupy.cuda.alloc(size)
        return memory, memory.ptr

    def stream(self, _view):
        return self.cupy.cuda.get_current_stream().ptr


def _wait_for_cuda(device):
    """Waits for the default stream of a device, whose primary context is in use."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        raise NotFoundError("libcuda.so.1 is missing") from None
    handle, context = c_int32(), c_void_p()
    driver.cuDeviceGet(ctypes.byref(handle), device)
    driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), handle)
    driver.cuCtxPushCurrent_v2(context)
    status = driver.cuStreamSynchronize(None)
    driver.cuCtxPopCurrent_v2(ctypes.byref(context))
    driver.cuDevicePrimaryCtxRelease_v2(handle)
    if status:
        raise RuntimeError(f"cuStreamSynchronize gave {status}")


class JaxAdapter(DLPackAdapter):
    """jax.Array. JAX has no stream to join: a call waits for its inputs and for its results."""

    def read(self, array, writable=False):
        if writable:
            raise InvalidError("out is a JAX array, which cannot change; use the result")
        try:
            array.block_until_ready()
        except Exception as error:  # noqa: BLE001 - of computations too
            raise InvalidError(f"a {type(array).__name__} cannot be shared: {error}") from None
        if len(array.devices()) > 1:
            raise UnsupportedError(f"an array is on {len(array.devices())} devices; put it on one, or call "
                                   "hip_mlir.attention inside jax.jit or jax.shard_map")
        return read_capsule(_capsule(array, {}))

    def pointer(self, array):
        return self.read(array)[0]

    def empty(self, shape, code, like, _view):
        import jax
        return jax.numpy.zeros(shape, NAMES[code], device=like.sharding)

    def scratch(self, size, view, _stream):
        import jax
        device = [d for d in jax.devices("cuda") if d.local_hardware_id == view[1]][0]
        memory = jax.numpy.zeros(size + ALIGNMENT, "uint8", device=device)
        pointer = self.read(memory)[0]
        return memory, -(-pointer // ALIGNMENT) * ALIGNMENT

    def finish(self, view):
        if view[0] == CUDA:
            _wait_for_cuda(view[1])


def adapter(kind, module):
    """The adapter of a type of a module that is neither NumPy nor PyTorch."""
    if module == "cupy":
        return CuPyAdapter()
    if any(base.__name__ == "Tracer" and str(base.__module__).split(".")[0] in JAX for base in kind.__mro__):
        raise TracedError(f"a {kind.__name__} is an array that JAX traces, in jit, grad, vmap or scan, and has "
                          "no numbers yet; call hip_mlir outside of them, or through jax.pure_callback")
    return JaxAdapter() if module in JAX else DLPackAdapter()
