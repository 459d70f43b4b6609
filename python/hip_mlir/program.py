"""Programs: loaded code that takes arrays."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ._arrays import adapter_of, is_number, out_names, read_arrays, views_of
from ._checks import encoded, shown
from ._forms import Form, form_of, keep
from ._library import check, library, take_text
from .errors import ArgumentTypeError, InvalidError, NotFoundError

if TYPE_CHECKING:
    import numpy as np

    from .engine import Engine
    from .typing import Array, ArrayT, Number, NumPyArray

    OutT = TypeVar("OutT", bound=tuple[Array, ...])

# Forms that are remembered for each program; a decode meets a new one each step.
MOST_FORMS = 1024


class Program:
    """Compiled code. Call it with its input arrays, in order; the result is an array, or a tuple
    where there are several outputs. An input of type f32 takes a number.

    `out` is an array (or a tuple of them) to write instead of new ones. On CUDA the call puts its
    work into the current stream of the arrays' library and returns.
    """

    def __init__(self, engine: Engine, handle: ctypes.c_void_p) -> None:
        self._engine, self._handle = engine, handle
        self._inputs: int = library().hipc_program_inputs(handle)
        self._outputs: int = library().hipc_program_outputs(handle)
        self._forms: dict[Hashable, Form] = {}

    @property
    def inputs(self) -> int:
        """Number of input arrays."""
        return self._inputs

    @property
    def outputs(self) -> int:
        """Number of output arrays."""
        return self._outputs

    @property
    def engine(self) -> Engine:
        """The engine that the program was compiled for."""
        return self._engine

    def explain(self) -> str:
        """What was chosen and why, as text."""
        text = ctypes.c_void_p()
        check(library().hipc_program_explain(self._handle, ctypes.byref(text)))
        return take_text(text)

    @overload  # a tuple of one array gives that array
    def __call__(self, *arrays: Array | Number,  # type: ignore[overload-overlap]
                 out: ArrayT | tuple[ArrayT]) -> ArrayT: ...
    @overload
    def __call__(self, *arrays: Array | Number, out: OutT) -> OutT: ...
    @overload
    def __call__(self, *arrays: NumPyArray[np.generic] | Number,
                 out: None = ...) -> NumPyArray[np.generic] | tuple[NumPyArray[np.generic], ...]: ...
    @overload
    def __call__(self, *arrays: ArrayT | Number, out: None = ...) -> ArrayT | tuple[ArrayT, ...]: ...
    def __call__(self, *arrays: Array | Number,
                 out: Array | tuple[Array, ...] | None = None) -> Array | tuple[Array, ...]:
        if len(arrays) != self._inputs:
            raise ArgumentTypeError(f"got {len(arrays)} arrays; the program takes {self._inputs}")
        names = [f"array {place}" for place in range(len(arrays))]
        read = read_arrays(names, arrays)
        given: Any = (out,) if out is not None and not isinstance(out, (tuple, list)) else out
        outs = out_names(self._outputs if given is None else len(given))
        written = None if given is None else read_arrays(outs, given, True)
        first = next((place for place, array in enumerate(arrays) if not is_number(array)), 0)
        adapter = adapter_of(arrays[first])
        key = form_of(adapter, read, written)
        form = self._forms.get(key)
        if form is None:
            form = Form(self, adapter, read[first][1], views_of(names, arrays, read), names,
                        None if written is None else views_of(outs, given, written), first=first)
            keep(self._forms, MOST_FORMS, key, form)
        results = form.run(read, arrays[first], given, written)
        return results[0] if len(results) == 1 else tuple(results)

    def __repr__(self) -> str:
        return (f"<hip_mlir.Program of {self._inputs} inputs and {self._outputs} outputs for "
                f"{self._engine.target}>")

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            library().hipc_program_destroy(self._handle)


def compile_text(engine: Engine, text: str, entry: str | None = None) -> Program:
    """See hip_mlir.compile()."""
    if not isinstance(text, str):
        raise ArgumentTypeError(f"mlir_text is a {type(text).__name__}; give a str")
    if entry is not None and not isinstance(entry, str):
        raise ArgumentTypeError(f"entry is {shown(entry)}; give the name of a function")
    if entry == "":
        raise InvalidError("entry is ''; give the name of a function, or None where there is only one")
    data, handle = encoded("mlir_text", text, null=True), ctypes.c_void_p()
    name = None if entry is None else encoded("entry", entry)
    check(library().hipc_compile(engine._handle, data, len(data), name, ctypes.byref(handle)))
    return Program(engine, handle)


def load_package(engine: Engine, package: str | os.PathLike[str] | bytes | bytearray | memoryview) -> Program:
    """See hip_mlir.load()."""
    if isinstance(package, (str, os.PathLike)):
        try:
            data = Path(package).read_bytes()
        except (OSError, ValueError) as error:
            raise NotFoundError(f"package {shown(str(package))} cannot be read: {error}") from None
    elif isinstance(package, (bytes, bytearray, memoryview)):
        data = bytes(package)
    else:
        raise ArgumentTypeError(f"package is a {type(package).__name__}; give a path, or the bytes of a package")
    handle = ctypes.c_void_p()
    check(library().hipc_load(engine._handle, data, len(data), ctypes.byref(handle)))
    return Program(engine, handle)
