"""Engines: a device with its caches of compiled programs."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, Literal, SupportsIndex, get_args

from ._arrays import CPU
from ._checks import encoded, integer, path, shown
from ._library import LOG, EngineOptions, check, library
from .errors import ArgumentTypeError

if TYPE_CHECKING:
    from ._forms import Form
    from .program import Program

Level = Literal["info", "warning"]
LEVELS = get_args(Level)
MOST_THREADS = (1 << 31) - 1
MOST_BYTES = (1 << 63) - 1


def _log_callback(log: Callable[[Level, str], object]) -> Any:
    """A C callback that calls log(level, text); what it raises is not let into C."""
    def call(_user: int | None, level: int, text: bytes) -> None:
        try:
            log(LEVELS[level], text.decode(errors="replace"))
        except Exception:  # noqa: BLE001 - there is no caller to tell
            pass
    return LOG(call)


class Engine:
    """A device and its caches. Most programs need none: calls make one for each device.

    device: "auto" (a GPU where there is one), "cpu", "cuda" or "cuda:1".
    cache: folder of compiled programs, a str, bytes or path; None is $HIPC_CACHE_DIR, else hipc under the XDG cache
        folder; "" is none.
    cache_bytes: bound of that folder, 0 is 1 GiB. threads: of the CPU, 0 is one a processor.
    log: a function of (level, text), level "info" or "warning", called from any thread.

    Raises NotFoundError without such a device, InvalidError for a name that is none.
    """

    def __init__(self, device: str = "auto", cache: str | bytes | os.PathLike[str] | None = None, *,
                 cache_bytes: SupportsIndex = 0, threads: SupportsIndex = 0,
                 log: Callable[[Level, str], object] | None = None) -> None:
        options = EngineOptions(size=ctypes.sizeof(EngineOptions),
                                threads=integer("threads", threads, most=MOST_THREADS),
                                cache_bytes=integer("cache_bytes", cache_bytes, most=MOST_BYTES))
        if not isinstance(device, str):
            raise ArgumentTypeError(f"device is {shown(device)}; give a str such as 'cpu' or 'cuda:0'")
        options.device = encoded("device", device)
        if cache is not None:
            options.cache = path("cache", cache)
        if log is not None:
            if not callable(log):
                raise ArgumentTypeError(f"log is {shown(log)}; give a function of (level, text)")
            self._log = options.log = _log_callback(log)
        self._handle = ctypes.c_void_p()
        self._plans: dict[Hashable, Program] = {}
        self._forms: dict[Hashable, Form] = {}
        check(library().hipc_engine_create(ctypes.byref(options), ctypes.byref(self._handle)))
        where = library().hipc_engine_device(self._handle)
        self._where = (where.type, where.id)

    @property
    def device(self) -> str:
        """Where programs run: "cpu" or "cuda:N"."""
        return "cpu" if self._where[0] == CPU else f"cuda:{self._where[1]}"

    @property
    def target(self) -> str:
        """The chip ("sm_90a") or the processor that programs are compiled for."""
        target: bytes = library().hipc_engine_target(self._handle)
        return target.decode()

    def compile(self, mlir_text: str, entry: str | None = None) -> Program:
        """As hip_mlir.compile(), for this engine."""
        from .program import compile_text
        return compile_text(self, mlir_text, entry)

    def load(self, package: str | os.PathLike[str] | bytes | bytearray | memoryview) -> Program:
        """As hip_mlir.load(), for this engine."""
        from .program import load_package
        return load_package(self, package)

    def __repr__(self) -> str:
        return f"<hip_mlir.Engine {self.device} ({self.target})>"

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            library().hipc_engine_destroy(self._handle)


_defaults: dict[tuple[int, int], Engine] = {}
_lock = threading.Lock()


def _new_lock() -> None:
    """In a child of fork(), where another thread of the parent may hold the old one for ever."""
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_new_lock)


def default_engine(device_type: int, device_id: int = 0) -> Engine:
    """The engine of a device (DLPack's numbers), made on first use."""
    engine = _defaults.get((device_type, device_id))
    if engine is None:
        with _lock:
            key = (device_type, device_id)
            if key not in _defaults:
                _defaults[key] = Engine("cpu" if device_type == CPU else f"cuda:{device_id}")
            engine = _defaults[key]
    return engine
