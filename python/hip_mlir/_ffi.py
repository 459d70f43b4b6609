"""XLA's foreign functions in ctypes: a C handler that gets a call's buffers as NumPy arrays, without copies.

jax.pure_callback copies what it hands over on threads of XLA, and waits for ever where all of them run callbacks.
"""

import ctypes
import math
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_void_p
from typing import Any

import jax
import numpy as np

from ._arrays import numpy_dtype

# XLA_FFI_DataType -> DLPack's (code, bits).
TYPES = {4: (0, 32), 10: (2, 16), 11: (2, 32), 16: (4, 16)}
METADATA = 1  # XLA_FFI_Extension_Metadata
INVALID_ARGUMENT = 3  # XLA_FFI_Error_Code
# Handlers of this version of the interface are taken by all later ones of its major version.
VERSION = (0, 1)


def _plain(name, *fields):
    return type(name, (ctypes.Structure,), {"_fields_": fields})


def _struct(name, *fields):
    """A structure that begins with its size and a list of extensions, as most do."""
    return _plain(name, ("size", c_size_t), ("extension", c_void_p), *fields)


# What the handler reads and writes of the structures of xla/ffi/api/c_api.h.
Version = _struct("Version", ("major", c_int), ("minor", c_int))
Extension = _plain("Extension", ("size", c_size_t), ("type", c_int), ("next", c_void_p), ("metadata", c_void_p))
Metadata = _plain("Metadata", ("size", c_size_t), ("version", Version), ("traits", c_uint32))
NewError = _struct("NewError", ("message", c_char_p), ("code", c_int))
Api = _struct("Api", ("version", Version), ("internal", c_void_p),
              ("new_error", ctypes.CFUNCTYPE(c_void_p, POINTER(NewError))))
Buffer = _struct("Buffer", ("dtype", c_int), ("data", c_void_p), ("rank", c_int64), ("shape", POINTER(c_int64)))
Buffers = _struct("Buffers", ("count", c_int64), ("types", c_void_p), ("items", POINTER(POINTER(Buffer))))
Text = _plain("Text", ("data", c_void_p), ("length", c_size_t))
Attributes = _struct("Attributes", ("count", c_int64), ("types", c_void_p), ("names", c_void_p),
                     ("items", POINTER(POINTER(Text))))
Frame = _struct("Frame", ("api", POINTER(Api)), ("context", c_void_p), ("stage", c_int), ("inputs", Buffers),
                ("outputs", Buffers), ("attributes", Attributes))
Handler = ctypes.CFUNCTYPE(c_void_p, POINTER(Frame))
# jax.ffi.pycapsule() does this too, and changes what ctypes.pythonapi takes in the whole process.
_new_capsule = ctypes.PYFUNCTYPE(ctypes.py_object, c_void_p, c_char_p, c_void_p)(("PyCapsule_New", ctypes.pythonapi))
# Handlers that XLA may call, for ever.
_handlers: list[Any] = []


def register(target, function):
    """Makes a target of jax.ffi.ffi_call() on CPUs of function(text, inputs, outputs): the call's only attribute, and
    lists of NumPy arrays, of which it writes the outputs. What it raises is an error of XLA."""
    _handlers.append(_handler(function))
    address = ctypes.cast(_handlers[-1], c_void_p)
    jax.ffi.register_ffi_target(target, _new_capsule(address, None, None), platform="cpu")


def _handler(function):
    def call(pointer):
        frame = pointer[0]
        if frame.extension and _describe(Extension.from_address(frame.extension)):
            return None
        try:
            text = frame.attributes.items[0][0]
            function(ctypes.string_at(text.data, text.length).decode(), _arrays(frame.inputs), _arrays(frame.outputs))
        except BaseException as error:  # noqa: BLE001 - there is no Python above
            return _error(frame.api[0], f"{type(error).__name__}: {error}")
    return Handler(call)


def _describe(extension):
    """Answers XLA's question for the version, which it asks before the first call; False where it asks nothing."""
    if extension.type != METADATA:
        return False
    metadata = Metadata.from_address(extension.metadata)
    metadata.version.major, metadata.version.minor = VERSION
    metadata.traits = 0
    return True


def _error(api, message):
    made = NewError(ctypes.sizeof(NewError), None, message.encode(errors="replace"), INVALID_ARGUMENT)
    return api.new_error(ctypes.byref(made))


def _arrays(buffers):
    return [_array(buffers.items[place][0]) for place in range(buffers.count)]


def _array(buffer):
    shape, dtype = tuple(buffer.shape[:buffer.rank]), np.dtype(numpy_dtype(TYPES[buffer.dtype]))
    size = math.prod(shape) * dtype.itemsize
    if not size:
        return np.empty(shape, dtype)
    return np.frombuffer((ctypes.c_char * size).from_address(buffer.data), dtype).reshape(shape)
