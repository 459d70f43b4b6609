"""What a policy keeps of arrays: mass, the best keys and the output, measured on some query rows."""

from dataclasses import dataclass, field

from ._attention import DENSE, attention
from ._checks import integer
from ._policy_text import policy_of
from .errors import InvalidError
from .policies import Policy

# Tiles of policies that leave their query rows open.
ROWS = 64
# Unless told otherwise, one of so many query rows is measured, in at most one of so many blocks of them.
ROWS_SHARE, BLOCKS_SHARE = 2048, 64
LEAST_ROWS, MOST_ROWS, LEAST_BLOCKS = 4, 64, 2


@dataclass(frozen=True)
class Report:
    """What report() measured. Arrays are NumPy's, [B, Hq, rows], or [Hq, rows] of arrays without a batch.

    rows: the query rows measured. mass: share of dense attention's mass on the keys attended. best: whether the
    key with the greatest score is among them. recall: share of the `top` keys with the greatest scores that is.
    error: |out - dense out| / |dense out|. keys: keys attended. seen: keys that each row may see, [rows].
    """

    policy: Policy
    top: int
    rows: tuple
    seen: object = field(repr=False)
    mass: object = field(repr=False)
    best: object = field(repr=False)
    recall: object = field(repr=False)
    error: object = field(repr=False)
    keys: object = field(repr=False)

    def __str__(self):
        def line(name, values):
            heads = values.mean(axis=tuple(i for i in range(values.ndim) if i != values.ndim - 2))
            return f"  {name:16} {values.mean():.4f}, heads {heads.min():.4f} to {heads.max():.4f}"
        share = (self.keys / self.seen).mean()
        return "\n".join((
            f"{self.policy} on {len(self.rows)} query rows",
            line("mass kept", self.mass), line("best key kept", self.best), line(f"best {self.top} kept", self.recall),
            line("output error", self.error), f"  keys attended    {self.keys.mean():.0f}, {share:.1%} of those seen"))


def report(q, k, v, policy, *, rows=None, top=64, sink=128, window=1024, causal=True, scale=None, softcap=None,
           list_heads="kv", engine=None):
    """What `policy` keeps of attention over these arrays, measured on some query rows of every head.

    Arguments:
        q, k, v, policy, sink, window, causal, scale, softcap, list_heads, engine: as in hipc.attention().
        rows: how many query rows, or which. By default one of 2,048, at least 4 and at most 64, in a few blocks.
        top: how many of the best keys of a row are looked for.

    Searches run on the blocks of query rows that the rows lie in, dense attention on the rows: of a long prompt
    at most 5 % of the time of dense attention over all. k is copied once, as float32.

    Returns a hipc.Report; print() shows means over rows and the range over heads. Raises as hipc.attention() does.
    """
    policy = policy_of("policy", policy)
    options = {"causal": causal, "scale": scale, "softcap": softcap, "engine": engine}
    sample = _Sample(q, k, v, policy, options, {"sink": sink, "window": window, "list_heads": list_heads},
                     integer("top", top, 1))
    return sample.report(rows)


class _Sample:
    """Arrays and options of one report()."""

    def __init__(self, q, k, v, policy, options, pruning, top):
        # Refuses what does not fit before it is sliced.
        attention(q[..., :0, :], k, v, policy, return_lse=True, return_lists=policy.makes_lists, **options, **pruning)
        self.q, self.k, self.v, self.policy = q, k, v, policy
        self.options, self.pruning, self.top = options, pruning, top
        self.count, self.keys = q.shape[-2], k.shape[-2]
        self.wide = _wide(k)

    def report(self, rows):
        import numpy as np
        rows = self._rows(rows)
        size = self.policy.search_block_q or ROWS
        blocks = {}
        for row in rows:
            blocks.setdefault(row // size * size, []).append(row)
        parts = [self._block(start, min(start + size, self.count), inside) for start, inside in blocks.items()]
        seen = np.array([self._seen(row) for row in rows])
        return Report(self.policy, self.top, tuple(rows), seen,
                      *(np.concatenate(each, axis=-1) for each in zip(*parts)))

    def _rows(self, rows):
        first = max(0, self.count - self.keys) if self.options["causal"] else 0
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

    def _spread(self, rows, first):
        """So many rows from `first` on, or all, in a few blocks of rows: a search costs the same for one of them."""
        size, room = self.policy.search_block_q or ROWS, self.count - first
        blocks = min(rows, max(LEAST_BLOCKS, room // size // BLOCKS_SHARE), -(-self.count // size) - first // size)
        chosen = set()
        for place in range(blocks):
            start = (first + (2 * place + 1) * room // (2 * blocks)) // size * size
            inside = range(max(start, first), min(start + size, self.count))
            share = min(-(-rows // blocks), len(inside))
            chosen.update(inside[(2 * each + 1) * len(inside) // (2 * share)] for each in range(share))
        return sorted(chosen)

    def _seen(self, row):
        """How many keys a query row may see."""
        return self.keys - self.count + row + 1 if self.options["causal"] else self.keys

    def _attend(self, start, end, policy, **more):
        """attention() of some rows, which see what they see among all."""
        seen = self._seen(end - 1)
        return attention(self.q[..., start:end, :], self.k[..., :seen, :], self.v[..., :seen, :], policy,
                         return_lse=True, **self.options, **more)

    def _block(self, start, end, rows):
        """(mass, best, recall, error, keys) of some rows of one searched block."""
        import numpy as np
        policy = self.policy
        out, lse, *lists = self._attend(start, end, policy, return_lists=policy.makes_lists, **self.pruning)
        exact, exact_lse = self._attend(rows[0], rows[-1] + 1, DENSE)
        out, lse, exact, exact_lse = map(_host, (out, lse, exact, exact_lse))
        lists = [_host(array) for array in lists[0]] if lists else None
        inside, dense = [row - start for row in rows], [row - rows[0] for row in rows]
        out, exact = out[..., inside, :], exact[..., dense, :]
        length = np.linalg.norm(exact, axis=-1)
        error = np.linalg.norm(out - exact, axis=-1) / np.where(length > 0, length, 1)
        mass = np.minimum(np.exp(lse[..., inside] - exact_lse[..., dense]), 1)
        best, recall, keys = (np.stack(each, axis=-1)
                              for each in zip(*(self._kept(row, start, lists) for row in rows)))
        return mass, best, recall, error, keys

    def _kept(self, row, start, lists):
        """(whether the best key is kept, share of the top keys kept, keys attended), each [.., Hq], of a row."""
        import numpy as np
        seen = self._seen(row)
        best, top = self._best(row, seen)
        sink, band = self._bounds(start, seen)
        heads = self.q.shape[-3]
        keys = np.full((*top.shape[:-1],), min(sink, seen) + max(seen - band, 0))
        listed = np.zeros(top.shape, bool)
        if lists:
            blocks, counts = self._list(lists, (row - start) // self.policy.list_block_q, heads)
            keys = keys + counts * self.policy.block_k
            listed = (top[..., None] // self.policy.block_k == blocks[..., None, :]).any(-1)
        kept = listed | (top < sink) | (top >= band)
        return np.take_along_axis(kept, (top == best).argmax(-1)[..., None], -1)[..., 0], kept.mean(-1), keys

    def _best(self, row, seen):
        """The key of the greatest score [.., Hq, 1] of a query row, and the top keys [.., Hq, n]."""
        rows = _wide(self.q[..., row:row + 1, :])
        batch, (heads, _, size), groups = tuple(rows.shape[:-3]), rows.shape[-3:], self.k.shape[-3]
        keys = self.wide[..., :seen, :].swapaxes(-1, -2)
        scores = (rows.reshape(*batch, groups, heads // groups, size) @ keys).reshape(*batch, heads, seen)
        if self.options["scale"] is not None and self.options["scale"] < 0:
            scores = -scores
        best, top = _host(scores.argmax(-1))[..., None], _top(scores, min(self.top, seen))
        return best, top

    def _bounds(self, start, seen):
        """Where sinks end and the band begins, of a block of rows from `start` on (S3)."""
        if not self.policy.prunes:
            return seen, seen
        sink, window = self.pruning["sink"], self.pruning["window"]
        visible = self._seen(start)
        chunk = self.policy.chunk
        return sink, sink + max(0, visible - window - sink) // chunk * chunk

    def _list(self, lists, place, heads):
        """(blocks [.., Hq, N], with -1 for none, and counts [.., Hq]) of the list of a block of rows."""
        import numpy as np
        blocks, counts = (array[..., place, :] if array.ndim > lists[1].ndim else array[..., place]
                          for array in lists)
        blocks = np.where(np.arange(blocks.shape[-1]) < counts[..., None], blocks, -1)
        share = heads // counts.shape[-1]
        return np.repeat(blocks, share, axis=-2), np.repeat(counts, share, axis=-1)


def _wide(array):
    """A copy of the array in float32, in its own library."""
    if hasattr(array, "detach"):
        return array.detach().float()
    return array.astype("float32")


def _host(array):
    """The array as NumPy's, floats as float32."""
    import numpy as np
    if hasattr(array, "detach"):
        array = array.detach()
        array = (array.float() if array.is_floating_point() else array).cpu().numpy()
    elif hasattr(array, "get"):  # CuPy
        array = array.get()
    array = np.asarray(array)
    return array if array.dtype.kind in "iub" else array.astype(np.float32)


def _top(scores, count):
    """The places of the greatest scores of the last dimension, as NumPy's."""
    if hasattr(scores, "topk"):
        return _host(scores.topk(count, sorted=False).indices)
    space = scores.__array_namespace__()
    return _host(space.argpartition(scores, scores.shape[-1] - count, axis=-1)[..., -count:])
