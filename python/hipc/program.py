"""Programs: loaded code that takes arrays."""

import ctypes

from ._arrays import adapter_of, read_outputs, views_of
from ._forms import Form, form_of, keep
from ._library import check, library, take_text
from .errors import ArgumentTypeError

# Forms that are remembered for each program; a decode meets a new one each step.
MOST_FORMS = 1024


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
        self._forms = {}

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
        read = [adapter_of(array).read(array) for array in arrays]
        if out is not None and not isinstance(out, (tuple, list)):
            out = (out,)
        written = None if out is None else read_outputs(out)
        adapter = adapter_of(arrays[0])
        key = form_of(adapter, read, written)
        form = self._forms.get(key)
        if form is None:
            form = Form(self, adapter, read[0][1], views_of(arrays, read),
                        None if out is None else views_of(out, written))
            keep(self._forms, MOST_FORMS, key, form)
        results = form.run(read, arrays[0], out, written)
        return results[0] if len(results) == 1 else tuple(results)

    def __repr__(self):
        return (f"<hipc.Program of {self._inputs} inputs and {self._outputs} outputs for "
                f"{self._engine.target}>")

    def __del__(self):
        if getattr(self, "_handle", None):
            library().hipc_program_destroy(self._handle)


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
