"""Tiled sparse attention, compiled: HiP, InfiniteHiP, boxes, windows and dense, on CPU and GPU.

    import hip_mlir
    out = hip_mlir.attention(q, k, v, policy=hip_mlir.HIP, sink=128, window=1024)

Arrays [B, H, T, D] are NumPy's, PyTorch's, CuPy's, JAX's or any with __dlpack__. `help(hip_mlir.attention)`
has every argument; jax.jit and jax.vmap may be around it. hip_mlir.torch has custom ops for torch.compile,
hip_mlir.integrations attention implementations for transformers, vLLM and SGLang; none is imported before you ask.

Programs are compiled on first use and kept in memory and on disk; growing T does not recompile.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._attention import attention, attention_text, compile, explain, load, version
from ._paged_summaries import PagedSummaries
from ._policy_text import parse_policy
from ._refresh import Refresh
from ._score_mods import ScoreMod, score_mod
from ._storage import Paged, Ragged, RaggedRows
from ._summaries import Summaries
from ._tables import table
from .engine import Engine
from .errors import (ArgumentTypeError, CapacityError, CorruptError, DeviceError, Error, InternalError,
                     InvalidError, NotFoundError, UnsupportedError)
from .policies import HIP, Auto, Boxes, Dense, Policy, Stages, Tree, Union, Window
from .program import Program
from .tracing import exp, exp2, log, log2, maximum, minimum, tanh, where

if TYPE_CHECKING:
    from ._plot import plot
    from ._report import Report, report

__version__ = "0.1.0"

__all__ = ["ArgumentTypeError", "Auto", "Boxes", "CapacityError", "CorruptError", "Dense", "DeviceError", "Engine",
           "Error", "HIP", "InternalError", "InvalidError", "NotFoundError", "Paged", "PagedSummaries", "Policy",
           "Program", "Ragged", "RaggedRows", "Refresh", "ScoreMod", "Report", "Stages", "Summaries", "Tree", "Union",
           "UnsupportedError", "Window", "attention", "attention_text", "compile", "exp", "exp2", "explain", "load",
           "log", "log2", "maximum", "minimum", "parse_policy", "plot", "report", "score_mod", "table", "tanh",
           "version", "where"]
# What most programs never ask for is imported when it is.
_LATER = {"Report": "_report", "plot": "_plot", "report": "_report"}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_LATER[name]}", __name__), name)
