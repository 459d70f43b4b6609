"""What a policy keeps of arrays: mass, the best keys and the output, measured on some query rows."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, SupportsFloat, SupportsIndex

from ._arrays import ELEMENTS, dtype_name, read_arrays, views_of
from ._attention import MOST_PLANS, checked_engine, checked_options, engine_of
from ._call_checks import check_views
from ._checks import integer
from ._fields import documented
from ._forms import keep
from ._policy_text import policy_of
from ._report_text import ROWS, exact_text, kept_text
from ._storage import DENSE_KEYS
from .errors import InvalidError
from .policies import Policy
from .program import compile_text

if TYPE_CHECKING:
    import numpy as np

    from .engine import Engine
    from .typing import Array, ListHeads, NumPyArray, PolicyLike

# Unless told otherwise, one of so many query rows is measured, in at most one of so many blocks of them.
ROWS_SHARE, BLOCKS_SHARE = 8192, 64
LEAST_ROWS, MOST_ROWS, LEAST_BLOCKS = 4, 64, 2
# Lists of a call that searches all keys, whose memory this bounds: about as many as a GPU has multiprocessors.
LISTS_A_CALL = 128


@documented
@dataclass(frozen=True)
class Report:
    """What report() measured. Arrays are NumPy's, [B, Hq, rows], or [Hq, rows] of arrays without a batch.

    policy: what was measured; of Auto, the policy that the call gets.
    top: how many of the best keys of a row were looked for.
    rows: the query rows measured.
    seen: keys that each row may see, [rows].
    mass: share of dense attention's mass on the keys attended, 0 to 1.
    best: whether the key with the greatest score is among them.
    recall: share of the `top` keys with the greatest scores that is among them, 0 to 1.
    error: |out - dense out| / |dense out|.
    keys: keys attended.
    """

    policy: Policy
    top: int
    rows: tuple[int, ...]
    seen: NumPyArray[np.int64] = field(repr=False)
    mass: NumPyArray[np.float32] = field(repr=False)
    best: NumPyArray[np.bool_] = field(repr=False)
    recall: NumPyArray[np.float64] = field(repr=False)
    error: NumPyArray[np.float32] = field(repr=False)
    keys: NumPyArray[np.int64] = field(repr=False)

    def __str__(self) -> str:
        def line(name: str, values: Any) -> str:
            heads = values.mean(axis=tuple(i for i in range(values.ndim) if i != values.ndim - 2))
            return f"  {name:16} {values.mean():.4f}, heads {heads.min():.4f} to {heads.max():.4f}"
        share = (self.keys / self.seen).mean()
        return "\n".join((
            f"{self.policy} on {len(self.rows)} query rows",
            line("mass kept", self.mass), line("best key kept", self.best), line(f"best {self.top} kept", self.recall),
            line("output error", self.error), f"  keys attended    {self.keys.mean():.0f}, {share:.1%} of those seen"))


def report(q: Array, k: Array, v: Array, policy: PolicyLike, *,
           rows: SupportsIndex | Sequence[SupportsIndex] | None = None, top: SupportsIndex = 64,
           sink: SupportsIndex = 128, window: SupportsIndex = 1024, causal: bool = True,
           scale: SupportsFloat | None = None, softcap: SupportsFloat | None = None, list_heads: ListHeads = "kv",
           engine: Engine | None = None) -> Report:
    """What `policy` keeps of attention over these arrays, measured on some query rows of every head.

    Arguments:
        q, k, v, policy, sink, window, causal, scale, softcap, list_heads, engine: as in hip_mlir.attention().
        rows: how many query rows, or which. By default one of 8,192, at least 4 and at most 64, in a few blocks.
        top: how many of the best keys of a row are looked for.

    Runs where the arrays are, on the CPU and on a GPU alike: searches on the blocks of query rows that the rows lie
    in; dense attention of the rows and a search for their best keys, whose lists alone are copied to the host. At
    131,072 tokens on an H200 that takes 4 % of the time of dense attention over all, and a larger share of fewer.

    Returns a hip_mlir.Report; print() shows means over rows and the range over heads. Raises as
    hip_mlir.attention() does.
    """
    policy = policy_of("policy", policy)
    engine = None if engine is None else checked_engine(engine)
    options = checked_options(policy, sink, window, causal, scale, softcap, list_heads, None, True, policy.makes_lists)
    return _Sample((q, k, v), engine, options, integer("top", top, 1)).report(rows)


class _Sample:
    """Arrays and options of one report()."""

    def __init__(self, arrays: tuple[Any, Any, Any], engine: Engine | None, options: tuple[Any, ...], top: int) -> None:
        names = DENSE_KEYS.names
        q, k, v = views = views_of(names, arrays, read_arrays(names, arrays))
        check_views(*views)
        self.engine = engine_of(engine, q)
        self.policy, self.sink, self.window, self.causal, self.scale, self.softcap, self.list_heads, *_ = options
        self.top, self.heads = top, q[4][-3]
        self.count, self.keys = q[4][-2], k[4][-2]
        self.policy = self.policy.chosen(self.count, self.keys)
        self.sizes = ELEMENTS[dtype_name(q)], self.heads, k[4][-3], q[4][-1], v[4][-1]
        self.scale = q[4][-1] ** -0.5 if self.scale is None else self.scale
        self.block = self.policy.search_block_q or ROWS
        self.batched = len(q[4]) == 4
        self.entries = [*zip(*arrays)] if self.batched else [arrays]
        if not self.entries:
            raise InvalidError(f"q has shape {list(q[4])}, of which there is nothing to measure; give more")

    def report(self, rows: Any) -> Report:
        import numpy as np
        rows = np.array(self._rows(rows))
        parts = zip(*(self._entry(*entry, rows) for entry in self.entries))
        measured = (np.stack(each) if self.batched else each[0] for each in parts)
        return Report(self.policy, self.top, tuple(map(int, rows)), self._seen(rows), *measured)

    def _rows(self, rows: Any) -> list[int]:
        first = max(0, self.count - self.keys) if self.causal else 0
        if first >= self.count or not self.keys:
            raise InvalidError(f"q has {self.count} rows and k {self.keys} keys, so that no row sees a key; give more")
        if rows is None:
            rows = min(max(self.count // ROWS_SHARE, LEAST_ROWS), MOST_ROWS)
        if not isinstance(rows, (list, tuple, range)):
            return self._spread(integer("rows", rows, 1), first)
        chosen = sorted({integer("a row", row, first, self.count - 1) for row in rows})
        if not chosen:
            raise InvalidError("rows is empty; give one or more")
        return chosen

    def _spread(self, rows: int, first: int) -> list[int]:
        """So many rows from `first` on, or all, in a few blocks of rows: a search costs the same for one of them."""
        size, room = self.block, self.count - first
        blocks = min(rows, max(LEAST_BLOCKS, room // size // BLOCKS_SHARE), -(-self.count // size) - first // size)
        chosen: set[int] = set()
        for place in range(blocks):
            start = (first + (2 * place + 1) * room // (2 * blocks)) // size * size
            inside = range(max(start, first), min(start + size, self.count))
            share = min(-(-rows // blocks), len(inside))
            chosen.update(inside[(2 * each + 1) * len(inside) // (2 * share)] for each in range(share))
        return sorted(chosen)

    def _seen(self, rows: Any) -> Any:
        """How many keys query rows may see."""
        return self.keys - self.count + rows + 1 if self.causal else 0 * rows + self.keys

    def _run(self, text: str, queries: Any, positions: Any, k: Any, v: Any, scale: float) -> Any:
        """Results of one of the programs, of queries [N, Hq, rows, D], each over all keys."""
        program = self.engine._plans.get(text)
        if program is None:
            program = keep(self.engine._plans, MOST_PLANS, text, compile_text(self.engine, text))
        spread = (_spread(array, len(positions)) for array in (k, v))
        return program(queries, *spread, _like(queries, positions.astype("int32")), scale)

    def _entry(self, q: Any, k: Any, v: Any, rows: Any) -> tuple[Any, ...]:
        """(mass, best, recall, error, keys), each [Hq, rows], of an entry of the batch."""
        import numpy as np
        # Everything is launched before the first copy waits for it.
        exact_parts, kept_parts = self._exact(q, k, v, rows), self._kept(q, k, v, rows)
        exact, exact_lse, top, best = _joined(exact_parts)
        out, lse, *lists = _joined(kept_parts)
        top, best = top[..., 0], best[..., 0]
        length = np.linalg.norm(exact, axis=-1)
        error = np.linalg.norm(out - exact, axis=-1) / np.where(length > 0, length, 1)
        kept = _KeptKeys(self, rows, *lists)
        found = np.minimum(self.top, self._seen(rows))[:, None]
        among = kept.has(top) & (np.arange(self.top) < found[..., None])
        measured = (np.minimum(np.exp(lse - exact_lse), 1), kept.has(best)[..., 0], among.sum(-1) / found, error,
                    kept.counts())
        return tuple(each.T for each in measured)

    def _exact(self, q: Any, k: Any, v: Any, rows: Any) -> list[list[Any]]:
        """Of parts of the rows dense attention's out [rows, Hq, Dv] and lse, and the ranges [rows, Hq, n, 2] of the top
        keys and the best."""
        text = exact_text(self.sizes, self.top, self.causal, self.softcap)
        size, parts = max(1, LISTS_A_CALL // self.heads), []
        for start in range(0, len(rows), size):
            some = rows[start:start + size]
            queries = _taken(q, some).swapaxes(0, 1)[:, :, None]
            # The best keys are those of the greatest products, whatever the scale (S10).
            queries = -queries if self.scale < 0 else queries
            results = self._run(text, queries, some + self.keys - self.count, k, v, abs(self.scale))
            parts.append([each[:, :, 0] for each in results])
        return parts

    def _kept(self, q: Any, k: Any, v: Any, rows: Any) -> list[list[Any]]:
        """Of parts of the rows what the policy gives: out, lse and, if it makes any, lists [rows, Hs, N] and counts."""
        text = kept_text(self.sizes, self.policy, self.causal, self.softcap, *self._pruning(), self.list_heads)
        whole = rows < self.count // self.block * self.block
        return [self._blocks(text, q, k, v, some) for some in (rows[whole], rows[~whole]) if len(some)]

    def _pruning(self) -> tuple[int, int]:
        return (self.sink, self.window) if self.policy.prunes else (0, 0)

    def _blocks(self, text: str, q: Any, k: Any, v: Any, rows: Any) -> list[Any]:
        """_kept() of rows in blocks that are equally long."""
        import numpy as np
        starts, block = np.unique(rows // self.block * self.block, return_inverse=True)
        size = min(self.block, self.count - starts[0])
        queries = _taken(q, (starts[:, None] + np.arange(size)).reshape(-1))
        queries = queries.reshape(self.heads, len(starts), size, -1).swapaxes(0, 1)
        results = self._run(text, queries, starts + self.keys - self.count, k, v, self.scale)
        inside, block = rows % self.block, _like(q, block)
        places = [_like(q, inside)] * 2
        if self.policy.makes_lists:
            places += [_like(q, inside // self.policy.list_block_q)] * 2
        return [each[block, :, place] for each, place in zip(results, places)]


class _KeptKeys:
    """Which keys a policy attends in some rows: sinks, the listed, and the band (S3)."""

    def __init__(self, sample: _Sample, rows: Any, blocks: Any = None, counts: Any = None) -> None:
        import numpy as np
        self.heads, self.size = sample.heads, sample.policy.block_k
        self.seen = sample._seen(rows)
        sink, window = sample._pruning()
        self.sink = np.minimum(sink, self.seen)
        # The first row of a block decides for all.
        visible = sample._seen(rows // sample.block * sample.block)
        chunk = sample.policy.chunk if sample.policy.prunes else 1
        self.band = sink + np.maximum(0, visible - window - sink) // chunk * chunk
        if not sample.policy.prunes:
            self.band = 0 * self.seen
        self.listed = counts
        if blocks is not None:
            self._number(blocks, counts, 1 + sample.keys // self.size)

    def _number(self, blocks: Any, counts: Any, most: int) -> None:
        """All lists as one, ascending: those of a list have numbers from its place times `most` on."""
        import numpy as np
        lists = np.arange(counts.size).reshape(counts.shape)
        self.listed = np.repeat(counts, self.heads // counts.shape[1], axis=1)
        self.first = np.repeat(lists, self.heads // counts.shape[1], axis=1)[..., None] * most
        used = np.arange(blocks.shape[-1]) < counts[..., None]
        self.numbers = np.append((lists[..., None] * most + blocks)[used], -1)

    def has(self, keys: Any) -> Any:
        """Whether keys [rows, Hq, n] are attended."""
        import numpy as np
        sink, band = (limit[:, None, None] for limit in (self.sink, self.band))
        kept = (keys < sink) | (keys >= band)
        if self.listed is None:
            return kept
        wanted = self.first + keys // self.size
        # The last number is none, and stands past the end.
        return kept | (self.numbers[np.searchsorted(self.numbers[:-1], wanted)] == wanted)

    def counts(self) -> Any:
        """How many are attended, [rows, Hq]."""
        import numpy as np
        found = self.sink + np.maximum(self.seen - np.maximum(self.band, self.sink), 0)
        return found[:, None] + (np.zeros((1, self.heads), int) if self.listed is None else self.listed * self.size)


def _space(array: Any) -> Any:
    """The functions of an array's library, as the array API names them."""
    if hasattr(array, "__array_namespace__"):
        return array.__array_namespace__()
    return importlib.import_module(type(array).__module__.partition(".")[0])


def _like(array: Any, numbers: Any) -> Any:
    """Integers of NumPy in the library and on the device of an array. A copy does not wait for what runs there."""
    if hasattr(array, "new_empty"):
        import torch
        return torch.as_tensor(numbers).to(array.device, non_blocking=True)
    return _space(array).asarray(numbers)


def _joined(parts: Any) -> list[Any]:
    """Arrays of all parts, as NumPy's: joined where they are, since each copy waits."""
    return [to_host(each[0] if len(each) == 1 else _space(each[0]).concatenate(each)) for each in zip(*parts)]


def _taken(array: Any, rows: Any) -> Any:
    """Some rows of [H, T, D], a copy."""
    return array[:, _like(array, rows)]


def _spread(array: Any, count: int) -> Any:
    """An array as each of `count` entries of a batch; a view, where the library has such ones."""
    if hasattr(array, "expand"):
        return array.expand(count, *array.shape)
    return _space(array).broadcast_to(array, (count, *array.shape))


def to_host(array: Any) -> Any:
    """The array as NumPy's, floats as float32."""
    import numpy as np
    if hasattr(array, "detach"):
        array = array.detach()
        array = (array.float() if array.is_floating_point() else array).cpu().numpy()
    elif hasattr(array, "get"):  # CuPy
        array = array.get()
    array = np.asarray(array)
    return array if array.dtype.kind in "iub" else array.astype(np.float32)
