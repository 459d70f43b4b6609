"""Finds libhipc.so and declares its functions (capi/hipc.h)."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from ctypes import POINTER, c_char_p, c_float, c_int32, c_int64, c_size_t, c_uint8, c_uint16, c_void_p
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .errors import BY_CODE, InternalError, NotFoundError

ABI = 2
NAME = "libhipc.so"
# From the root of a source tree, the best first.
BUILD_FOLDERS = ("build/release", "build/static", "build/dev", "build/wheel")
LOG = ctypes.CFUNCTYPE(None, c_void_p, c_int32, c_char_p)


class Device(ctypes.Structure):
    _fields_ = [("type", c_int32), ("id", c_int32)]


class DType(ctypes.Structure):
    _fields_ = [("code", c_uint8), ("bits", c_uint8), ("lanes", c_uint16)]


class EngineOptions(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("device", c_char_p), ("cache", c_char_p),
                ("cache_bytes", c_int64), ("threads", c_int32), ("log", LOG),
                ("log_user", c_void_p)]


class Attention(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("dtype", DType), ("query_heads", c_int64),
                ("kv_heads", c_int64), ("head_size", c_int64), ("value_size", c_int64),
                ("policy", c_char_p), ("sink", c_int64), ("window", c_int64),
                ("not_causal", c_int32), ("list_heads", c_int32), ("has_scale", c_int32),
                ("scale", c_float), ("softcap", c_float), ("score", c_char_p),
                ("has_lists", c_int32), ("returns_lse", c_int32), ("returns_lists", c_int32),
                ("scale_at_run", c_int32), ("has_summaries", c_int32), ("kv_storage", c_int32),
                ("page_size", c_int64), ("has_positions", c_int32), ("kv_dtype", DType),
                ("has_kv_scales", c_int32), ("sink_at_run", c_int32), ("window_at_run", c_int32),
                ("has_ragged_queries", c_int32), ("refresh", POINTER(c_int32)), ("refresh_count", c_int32)]


class Shape(ctypes.Structure):
    _fields_ = [("dtype", DType), ("ndim", c_int32), ("shape", c_int64 * 8)]


SIGNATURES = {
    "hipc_version": (c_char_p, []),
    "hipc_abi": (c_int32, []),
    "hipc_last_error": (c_char_p, []),
    "hipc_engine_create": (c_int32, [POINTER(EngineOptions), POINTER(c_void_p)]),
    "hipc_engine_destroy": (None, [c_void_p]),
    "hipc_engine_device": (Device, [c_void_p]),
    "hipc_engine_target": (c_char_p, [c_void_p]),
    "hipc_load": (c_int32, [c_void_p, c_char_p, c_size_t, POINTER(c_void_p)]),
    "hipc_compile": (c_int32, [c_void_p, c_char_p, c_size_t, c_char_p, POINTER(c_void_p)]),
    "hipc_compile_attention": (c_int32, [c_void_p, POINTER(Attention), POINTER(c_void_p)]),
    "hipc_compile_summaries": (c_int32, [c_void_p, POINTER(Attention), POINTER(c_void_p)]),
    "hipc_attention_text": (c_int32, [POINTER(Attention), POINTER(c_void_p)]),
    "hipc_free": (None, [c_void_p]),
    "hipc_program_destroy": (None, [c_void_p]),
    "hipc_program_explain": (c_int32, [c_void_p, POINTER(c_void_p)]),
    "hipc_program_inputs": (c_int32, [c_void_p]),
    "hipc_program_outputs": (c_int32, [c_void_p]),
    "hipc_program_output_shapes": (c_int32, [c_void_p, c_void_p, c_int32, POINTER(Shape), c_int32]),
    "hipc_program_workspace": (c_int32, [c_void_p, c_void_p, c_int32, POINTER(c_size_t)]),
    "hipc_run_call": (c_int32, [c_void_p]),
}


def candidates() -> Iterator[Path]:
    """Where the library may be: inside the wheel, $HIPC_LIBRARY, then a build tree.

    An editable install has a folder of the package besides, for what was built.
    """
    package = Path(__file__).resolve().parent
    folders = map(Path, sys.modules[__package__].__path__)
    yield from (folder / "lib" / NAME for folder in dict.fromkeys((package, *folders)))
    if "HIPC_LIBRARY" in os.environ:
        yield Path(os.environ["HIPC_LIBRARY"])
    for build in BUILD_FOLDERS:
        for folder in ("lib", "bin"):
            yield package.parent.parent / build / folder / NAME


def find() -> Path:
    """Path of the library; NotFoundError names the places it was looked for."""
    tried = list(candidates())
    for path in tried:
        if path.is_file():
            return path
    raise NotFoundError(f"no {NAME}; install a wheel that has it, build the target `hipc`, or set "
                        f"HIPC_LIBRARY. Looked for {', '.join(map(str, tried))}")


def _open() -> Any:
    path = find()
    try:
        opened = ctypes.CDLL(str(path))
        for name, (result, arguments) in SIGNATURES.items():
            function = getattr(opened, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise NotFoundError(f"{path} does not load: {error}") from None
    if opened.hipc_abi() != ABI:
        raise InternalError(f"{path} has ABI {opened.hipc_abi()}, but this package needs {ABI}; "
                            "use a library of the same release")
    return opened


_opened: Any = None


def library() -> Any:
    """The library, loaded on the first call."""
    global _opened
    if _opened is None:
        _opened = _open()
    return _opened


def check(code: int, inputs: Iterable[str] = (), outputs: Iterable[str] = ()) -> None:
    """Raises the exception of a hipc_code that is not HIPC_OK, with the text of this thread, in which arrays
    have the names that the caller gave them."""
    if code:
        text = library().hipc_last_error().decode(errors="replace")
        for role, names in (("input", inputs), ("output", outputs)):
            for place, name in enumerate(names):
                text = re.sub(rf"\b{role} {place}\b", name, text)
        raise BY_CODE.get(code, InternalError)(text or f"hipc_code {code}")


def take_text(pointer: ctypes.c_void_p) -> str:
    """The text that a function gave to the caller, which is freed."""
    try:
        return ctypes.string_at(pointer.value or 0).decode(errors="replace")
    finally:
        library().hipc_free(pointer)
