"""What lists keep, as a picture: cells of query rows by keys, drawn by matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsIndex

from ._attention import checked_options
from ._checks import integer, shown
from ._policy_text import policy_of
from ._report import to_host
from ._report_text import ROWS
from .errors import ArgumentTypeError, InvalidError, NotFoundError
from .policies import Policy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .typing import Array, PolicyLike

# Cells of a picture, each way.
MOST_CELLS = 256
# Opacity is a power of the share that is kept, so that a few keys of many show.
GAMMA = 0.5


def plot(lists: tuple[Array, Array] | None, policy: PolicyLike, keys: SupportsIndex, rows: SupportsIndex | None = None, *,
         sink: SupportsIndex = 128, window: SupportsIndex = 1024, causal: bool = True, head: SupportsIndex = 0,
         batch: SupportsIndex = 0, ax: Axes | None = None) -> Axes:
    """Draws what the list of a head keeps: query rows from the top, keys from the left.

    Arguments:
        lists: the pair (blocks, counts) that hip_mlir.attention(..., return_lists=True) gave, int32 [B, Hs, M, N] and
            [B, Hs, M], or without B; None for a policy that makes none, such as Window and Dense.
        policy, sink, window, causal: as in that call.
        keys: Tk of that call. rows: its Tq; by default as many rows as there are keys, or, of fewer lists, M whole
            blocks of query rows.
        head: which head's list, of Hs. batch: of which batch entry.
        ax: the matplotlib Axes to draw on; by default a new figure's.

    At most 256 by 256 cells are drawn, whatever the lengths. A cell is as dark as the root of the share of its pairs of
    row and key that are attended.

    Returns the Axes. Raises hip_mlir.NotFoundError without matplotlib, otherwise as hip_mlir.attention() does.
    """
    named = policy_of("policy", policy)
    _, sinks, newest, hides, *_ = checked_options(named, sink, window, causal, None, None, "kv", None, False, False)
    count = integer("keys", keys, 1)
    made, height, listed = _read(lists, named, count, rows, integer("head", head), integer("batch", batch))
    kept = Kept(made, height, count, sinks, newest, hides, listed)
    if ax is None:
        _, ax = _pyplot().subplots(layout="constrained")
    mesh = ax.pcolormesh(*kept.edges(), kept.shares() ** GAMMA, cmap="Blues", vmin=0, vmax=1, rasterized=True)
    mesh.set_label("kept")
    ax.set(xlim=(0, count), ylim=(height, 0), xlabel="key", ylabel="query row",
           title=f"{made.NAME}: {kept.total():.3g}% of the keys seen")
    return ax


def _pyplot() -> Any:
    try:
        import matplotlib.pyplot
    except ImportError:
        raise NotFoundError("hip_mlir.plot() needs matplotlib, which is not installed; run pip install "
                            "'hip-mlir[plot]' or pip install matplotlib") from None
    return matplotlib.pyplot


def _read(lists: Any, policy: Policy, keys: int, rows: SupportsIndex | None, head: int,
          batch: int) -> tuple[Policy, int, tuple[Any, Any] | None]:
    """The policy that the call had, its rows, and the blocks [M, N] and counts [M] of the head, or None."""
    if lists is None:
        height = keys if rows is None else integer("rows", rows, 1)
        policy = policy.chosen(height, keys)
        if policy.makes_lists:
            raise InvalidError(f"lists is None, but {policy.NAME} makes lists; give what return_lists=True gave")
        return policy, height, None
    if not policy.makes_lists:
        raise InvalidError(f"lists are given, but {policy.NAME} makes none; give None")
    if not isinstance(lists, (tuple, list)) or len(lists) != 2:
        raise ArgumentTypeError(f"lists is {shown(lists)}; give the pair (blocks, counts) that return_lists=True gave")
    blocks, counts = _of_head(lists[0], lists[1], head, batch)
    return policy, _rows(policy, keys, rows, len(counts)), (blocks, counts)


def _of_head(blocks: Any, counts: Any, head: int, batch: int) -> tuple[Any, Any]:
    blocks, counts = to_host(blocks), to_host(counts)
    if blocks.ndim not in (3, 4) or blocks.shape[:-1] != counts.shape:
        raise InvalidError(f"blocks has shape {list(blocks.shape)} and counts {list(counts.shape)}; give [B, Hs, M, N] "
                           "and [B, Hs, M], or both without B")
    for name, array in (("blocks", blocks), ("counts", counts)):
        if array.dtype.kind not in "iu":
            raise ArgumentTypeError(f"{name} is {array.dtype}; give int32")
    if blocks.ndim == 3:
        blocks, counts = blocks[None], counts[None]
    for name, place, size in (("batch", batch, len(blocks)), ("head", head, blocks.shape[1])):
        if place >= size:
            raise InvalidError(f"{name} = {place}, but lists are of {size}; give at most {size - 1}")
    return blocks[batch, head], counts[batch, head]


def _rows(policy: Policy, keys: int, rows: SupportsIndex | None, lists: int) -> int:
    """Tq of a call that gave so many lists a head."""
    size = policy.list_block_q or ROWS
    if rows is None:
        rows = keys if -(-keys // size) == lists else lists * size
    height = integer("rows", rows, 1)
    if -(-height // size) != lists:
        raise InvalidError(f"rows = {height} are {-(-height // size)} blocks of {size} query rows, but there are {lists} "
                           "lists; give the rows of the call that made them")
    return height


class Kept:
    """Pairs of a query row and a key that is attended (S3), counted in cells."""

    def __init__(self, policy: Policy, rows: int, keys: int, sink: int, window: int, causal: bool,
                 lists: tuple[Any, Any] | None = None) -> None:
        self.rows, self.keys, self.causal = rows, keys, causal
        self.size = policy.list_block_q or ROWS
        self.row_step, self.key_step = _step(rows, self.size), _step(keys, policy.block_k)
        self._count(policy, sink, window, lists)

    def edges(self) -> tuple[Any, Any]:
        """Where cells start, and the last ones end: of keys, of rows."""
        import numpy as np
        def starts(count: int, step: int) -> Any:
            return np.append(np.arange(0, count, step), count)
        return starts(self.keys, self.key_step), starts(self.rows, self.row_step)

    def shares(self) -> Any:
        """Share of each cell's pairs that is attended, [cells of rows, cells of keys]."""
        import numpy as np
        across, down = map(np.diff, self.edges())
        return self.pairs / (down[:, None] * across)

    def total(self) -> float:
        """Percentage of the pairs that rows see."""
        return float(100 * self.pairs.sum() / max(1, self._seen_before(self.keys).sum()))

    def _count(self, policy: Policy, sink: int, window: int, lists: tuple[Any, Any] | None) -> None:
        import numpy as np
        starts = np.arange(0, self.rows, self.size)
        edges = self.edges()[0]
        first = self.keys - self.rows + starts // (policy.block_q or ROWS) * (policy.block_q or ROWS) + 1
        visible = first if self.causal else first * 0 + self.keys
        chunk = policy.chunk if policy.prunes else 1
        band = sink + np.maximum(0, visible - window - sink) // chunk * chunk
        if not policy.prunes:
            sink, band = 0, band * 0
        # What lies before each edge of sinks and band.
        attended = self._seen_before(np.minimum(edges, sink))
        attended += self._seen_before(np.maximum(edges, band[:, None])) - self._seen_before(band[:, None])
        self.pairs = np.add.reduceat(np.diff(attended), np.arange(0, len(starts), self.row_step // self.size))
        if lists is not None:
            self._add_listed(*lists, policy.block_k, sink, band, np.minimum(self.size, self.rows - starts))

    def _seen_before(self, ends: Any) -> Any:
        """Pairs of each list's rows and the keys before `ends` that they see, [lists, ends]."""
        import numpy as np
        starts = np.arange(0, self.rows, self.size)[:, None]
        count = np.minimum(self.size, self.rows - starts)
        if not self.causal:
            return count * np.minimum(ends, self.keys)
        # Rows that see no key are left out; the next one sees one key, and each further one more.
        seen = self.keys - self.rows + starts + 1
        hidden = np.clip(1 - seen, 0, count)
        seen, count = seen + hidden, count - hidden
        below = np.clip(ends - seen, 0, count)
        return below * seen + below * (below - 1) // 2 + (count - below) * np.minimum(ends, self.keys)

    def _add_listed(self, blocks: Any, counts: Any, size: int, sink: int, band: Any, rows: Any) -> None:
        """Blocks between sinks and band, each once; every row of a list sees all of them."""
        import numpy as np
        lists, places = np.nonzero(np.arange(blocks.shape[-1]) < counts[:, None])
        starts = blocks[lists, places].astype(np.int64) * size
        kept = (starts >= sink) & (starts + size <= band[lists])
        # By np.unique() millions of blocks take seconds.
        places = np.sort(lists[kept] * self.keys + starts[kept])
        lists, starts = np.divmod(places[np.diff(places, prepend=-1) > 0], self.keys)
        cells = lists * self.size // self.row_step * self.pairs.shape[1] + starts // self.key_step
        self.pairs = self.pairs + np.bincount(cells, rows[lists] * size, self.pairs.size).reshape(self.pairs.shape)


def _step(count: int, multiple: int) -> int:
    """Rows or keys of a cell."""
    return multiple * max(1, -(-(-(-count // multiple)) // MOST_CELLS))
