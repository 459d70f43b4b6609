"""Types for annotations of programs that use hip_mlir.

    from hip_mlir.typing import Array, ArrayT, PolicyLike

    def attend(q: ArrayT, keys: Array, policy: PolicyLike) -> ArrayT: ...
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol, SupportsFloat, SupportsIndex, TypedDict, TypeVar, Union

from ._paged_summaries import PagedSummaries
from ._refresh import Refresh
from ._score_mods import ScoreMod
from ._storage import Paged, Ragged, RaggedRows
from ._summaries import Summaries
from ._tables import Lookup, Table
from .engine import Engine
from .policies import Policy
from .tracing import Operand, Value

if TYPE_CHECKING:
    import numpy as np

    ScalarT = TypeVar("ScalarT", bound=np.generic)
    NumPyArray = np.ndarray[tuple[int, ...], np.dtype[ScalarT]]

__all__ = ["Array", "ArrayT", "CallOptions", "DType", "Layout", "ListHeads", "Lookup", "MaskFunction", "Operand",
           "Options", "PolicyLike", "ScoreFunction", "StorageName", "SupportsDLPack", "Table", "TensorOptions",
           "Value"]


class SupportsDLPack(Protocol):
    """What shares its memory by DLPack: arrays of PyTorch, JAX, CuPy and others."""

    def __dlpack__(self) -> object:
        """A capsule of the array."""


#: What functions take as an array. NumPy annotates __dlpack__ for its own types alone, not for ml_dtypes' bfloat16.
Array = Union[SupportsDLPack, "NumPyArray[np.generic]"]
#: The library's array type that a call takes and gives.
ArrayT = TypeVar("ArrayT", bound=Array)
NumPyT = TypeVar("NumPyT", bound="NumPyArray[np.generic]")
LseT = TypeVar("LseT", bound=Array)
ListT = TypeVar("ListT", bound=Array)
#: Lists: blocks and counts.
Pair = tuple[ListT, ListT]
#: What out= takes.
Results = Union[Array, tuple[Union[Array, Pair[Array]], ...]]
#: What a program takes for an input of type f32.
Number = Union[float, "np.floating", "np.integer"]

#: A policy, or its text.
PolicyLike = Union[Policy, str]
#: Which query heads share a list: those that read one KV head, none, all.
ListHeads = Literal["kv", "query", "all"]
#: Element types of q, k and v.
DType = Literal["float16", "bfloat16", "float32"]
#: Order of dimensions: heads before rows, or rows before heads.
Layout = Literal["bhtd", "bthd"]
#: How keys and values are stored: attention_text() has this as `storage`.
StorageName = Literal["contiguous", "ragged", "paged"]
#: A function of (score, b, h, i, j), see hip_mlir.score_mod().
ScoreFunction = Callable[[Value, Value, Value, Value, Value], Operand]
#: A function of (b, h, i, j) that says whether row i attends to key j, see hip_mlir.score_mod().
MaskFunction = Callable[[Value, Value, Value, Value], Operand]


class Options(TypedDict, total=False):
    """Arguments by name that every function of attention has; hip_mlir.attention() describes them."""

    sink: SupportsIndex
    window: SupportsIndex
    causal: bool
    scale: SupportsFloat | None
    softcap: SupportsFloat | None
    list_heads: ListHeads


class TensorOptions(Options, total=False):
    """Those that hip_mlir.torch.attention() has too."""

    score_mod: ScoreFunction | ScoreMod | None
    mask_mod: MaskFunction | None
    kv: Paged | Ragged | None
    q_rows: RaggedRows | None
    positions: Array | None
    layout: Layout
    lists: Pair[Array] | None
    summaries: Summaries | PagedSummaries | None


class CallOptions(TensorOptions, total=False):
    """Those that hip_mlir.attention() has too, besides what says which results it gives."""

    refresh: Refresh | None
    k_scale: Array | None
    v_scale: Array | None
    engine: Engine | None
