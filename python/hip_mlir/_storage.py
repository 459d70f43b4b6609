"""Keys and values that are not one dense array: in pages, or of several lengths in one array (S23); queries of several
lengths in one array (S1b)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ._arrays import NARROW, Extent, View, device_name, dtype_name
from ._checks import integer, one_of, shown
from .errors import ArgumentTypeError, InvalidError

if TYPE_CHECKING:
    from .typing import Array

INT32 = 0, 32


class Paged(NamedTuple):
    """Keys and values in pages, as servers keep them: hip_mlir.attention(q, kv=hip_mlir.Paged(...)).

    Key j of batch entry b is row j % page of page table[b, j // page] (S23). Pages lie in any order, and several entries
    may have the same. Strides are free but for a contiguous last dimension.

    k_pages: [P, page, Hkv, D], the keys; page is a power of two.
    v_pages: [P, page, Hkv, Dv], the values.
    table: int32 [B, max_pages], the page numbers of each entry; what is past its length is not read.
    lengths: int32 [B], the keys of each entry, which may be 0 (S20).

    No call looks at what tables and lengths say: lengths are held to [0, max_pages * page], and keys of a page that is
    not there are skipped (S24).
    """

    k_pages: Array
    v_pages: Array
    table: Array
    lengths: Array


class Ragged(NamedTuple):
    """Keys and values of entries of several lengths, one after another: hip_mlir.attention(q, kv=hip_mlir.Ragged(...)).

    Strides are free but for a contiguous last dimension (S23).

    k: [total, Hkv, D], the keys of all entries.
    v: [total, Hkv, Dv], the values.
    offsets: int32 [B + 1], ascending from 0: batch entry b has rows offsets[b] up to offsets[b + 1].

    No call looks at what offsets say: they are held to [0, total], and the second of an entry to at least its first
    (S24).
    """

    k: Array
    v: Array
    offsets: Array


class RaggedRows(NamedTuple):
    """Which rows of q [total, Hq, D] each batch entry has: hip_mlir.attention(q, ..., q_rows=hip_mlir.RaggedRows(...)).

    One call so attends prompts of several lengths, as one for each would (S1b). `out` is [total, Hq, Dv] and lse
    [Hq, total], in the order of q; what is in rows that no entry has is not specified.

    offsets: int32 [B + 1], ascending: batch entry b has rows offsets[b] up to offsets[b + 1]. Those before the first and
        from the last on are of no entry.
    most: the most rows of an entry, which says how many lists there are: [B, Hs, ceil(most / block_q), N].

    No call looks at what offsets say: they are held to [0, total], the second of an entry to at least its first, and
    its rows to `most` (S24).
    """

    offsets: Array
    most: int


# hipc_kv_storage of each, and what attention_text() calls it.
KINDS: dict[Any, int] = {None: 0, Ragged: 1, Paged: 2}
STORAGES: dict[str, Any] = {"contiguous": None, "ragged": Ragged, "paged": Paged}


# Of each KV head of k and of v, where those have 8 bits (S23b).
SCALES = "k_scale", "v_scale"
# Of packed queries.
PACKING = "q_rows.offsets", "q_rows.most"
# Of arrays with heads before rows, and with rows before heads.
LAYOUTS = ("bhtd", "bthd")


class Given(NamedTuple):
    """Which arrays a call has: of which storage, and what comes after keys, values and what the storage needs."""

    storage: Any = None
    positions: bool = False
    lists: bool = False
    layout: str = "bhtd"
    scales: bool = False
    packed: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """What arrays are called, in their order."""
        stored = ("k", "v") if self.storage is None else tuple(f"kv.{name}" for name in self.storage._fields)
        return ("q", *stored, *SCALES * self.scales, *PACKING * self.packed, *("positions",) * self.positions,
                *("blocks", "counts") * self.lists)

    @property
    def laid_out(self) -> int:
        """How many arrays, from q on, have the layout."""
        return 3 if self.storage is None else 1

    def shapes(self, arrays: Sequence[Any]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Shapes that keys and values of these shapes (of the storage's arrays) have as [B, Hkv, Tk, D], where Tk is
        what there is room for."""
        k, v = tuple(arrays[0]), tuple(arrays[1])
        if self.storage is None:
            return k, v
        if self.storage is Ragged:
            batch = arrays[2][0] - 1
            return (batch, k[1], k[0], k[2]), (batch, v[1], v[0], v[2])
        batch, pages = arrays[2]
        return (batch, k[2], pages * k[1], k[3]), (batch, v[2], pages * v[1], v[3])


DENSE_KEYS = Given()


def arrays_of(q: Any, k: Any, v: Any, lists: Any, kv: Any, positions: Any, layout: Any, scales: Any = (None, None),
              q_rows: Any = None) -> tuple[tuple[Any, ...], Given]:
    """The arrays of a call in their order, and which there are."""
    one_of("layout", layout, LAYOUTS)
    arrays: tuple[Any, ...]
    if kv is None:
        if k is None or v is None:
            raise ArgumentTypeError(f"{'k' if k is None else 'v'} is missing; give arrays k and v, or kv=")
        arrays = q, k, v
    else:
        if not isinstance(kv, (Paged, Ragged)):
            raise ArgumentTypeError(f"kv is {shown(kv)}; give a hip_mlir.Paged or a hip_mlir.Ragged")
        if k is not None or v is not None:
            raise ArgumentTypeError(f"{'v' if k is None else 'k'} and kv= are given; leave out k and v, and name what "
                                    "follows them, as policy=")
        arrays = q, *kv
    given = [name for name, scale in zip(SCALES, scales) if scale is not None]
    if len(given) == 1:
        raise ArgumentTypeError(f"{given[0]} is given alone; give both k_scale and v_scale")
    if given:
        arrays = *arrays, *scales
    if q_rows is not None:
        if not isinstance(q_rows, RaggedRows):
            raise ArgumentTypeError(f"q_rows is {shown(q_rows)}; give a hip_mlir.RaggedRows")
        arrays = *arrays, q_rows.offsets, Extent(integer(PACKING[1], q_rows.most))
    if positions is not None:
        arrays = *arrays, positions
    if lists is not None:
        if not isinstance(lists, (tuple, list)) or len(lists) != 2:
            raise ArgumentTypeError(f"lists is {shown(lists)}; give the pair (blocks, counts) that "
                                    "return_lists=True gave")
        arrays = *arrays, *lists
    return arrays, Given(None if kv is None else type(kv), positions is not None, lists is not None, layout,
                         bool(given), q_rows is not None)


def heads_first(given: Given, views: Sequence[View]) -> list[View]:
    """Views of a call's arrays, of which those with a layout are [B, H, T, D] or [H, T, D] now, and packed queries
    [1, Hq, total, D]."""
    made = list(views)
    for place in range(given.packed, given.laid_out if given.layout == "bthd" else 0):
        made[place] = swapped(made[place])
    if given.packed:
        if len(views[0][4]) != 3:
            raise InvalidError(f"q has shape {list(views[0][4])}; with q_rows= give [total, Hq, D]")
        made[0] = packed_view(swapped(views[0]))
        most = given.names.index(PACKING[1])
        made[most] = *views[0][:2], *views[most][2:]
    return made


def packed_view(view: View) -> View:
    """The view with a first dimension of 1."""
    *kind, shape, strides = view
    return *kind, (1, *shape), (0, *strides) if strides else ()


def swapped(view: View) -> View:
    """The view with rows and heads in each other's place."""
    *kind, shape, strides = view
    return *kind, swap(shape), swap(strides)


def swap(sizes: Sequence[int]) -> tuple[int, ...]:
    """Sizes with the second and the third from the end in each other's place."""
    return (*sizes[:-3], sizes[-2], sizes[-3], sizes[-1]) if len(sizes) > 2 else tuple(sizes)


def dense_views(given: Given, views: Sequence[View]) -> tuple[View, View, View]:
    """Views of q, k and v as [B, H, T, D], of what stores them, which is checked but for what dense arrays have too."""
    q, k, v = views[:3]
    if given.scales:
        _check_scales(given, views)
    if given.packed:
        q = _entries_of(given, views)
    if given.storage is None and not given.positions:
        return q, k, v
    if len(q[4]) != 4:
        what = "positions" if given.storage is None else "kv"
        raise InvalidError(f"q has shape {list(q[4])}; with {what}= give [B, Hq, Tq, D]")
    batch = q[4][0]
    names = given.names
    if given.storage is Ragged:
        _check_shape(names[1:3], (k, v), "[total, Hkv, D]", 3)
        _check_integers(names[3], views[3], q, (batch + 1,))
    elif given.storage is Paged:
        _check_shape(names[1:3], (k, v), "[P, page, Hkv, D]", 4)
        _check_pages(k[4][1], v[4][1])
        _check_integers(names[3], views[3], q, (batch, None))
        _check_integers(names[4], views[4], q, (batch,))
    if given.positions:
        place = names.index("positions")
        _check_integers("positions", views[place], q, (batch,))
    keys, values = given.shapes([view[4] for view in views[1:]])
    return q, (*k[:4], keys, ()), (*v[:4], values, ())


def _entries_of(given: Given, views: Sequence[View]) -> View:
    """What packed queries are as [B, Hq, Tq, D], where Tq is the most rows of an entry."""
    place = given.names.index(PACKING[0])
    q, offsets, most = views[0], views[place], views[place + 1]
    shape = offsets[4]
    if len(shape) != 1 or not shape[0]:
        raise InvalidError(f"{PACKING[0]} has shape {list(shape)}; give [B + 1]")
    _check_kind(PACKING[0], offsets, q)
    return *q[:4], (shape[0] - 1, q[4][1], most[4][0], q[4][3]), ()


def _check_shape(names: Sequence[str], views: Sequence[View], wanted: str, rank: int) -> None:
    for name, view in zip(names, views):
        if len(view[4]) != rank:
            raise InvalidError(f"{name} has shape {list(view[4])}; give {wanted}")


def _check_pages(page: int, of_values: int) -> None:
    if page < 1 or page & (page - 1):
        raise InvalidError(f"kv.k_pages has pages of {page} keys; give a power of two, such as 16 (S23)")
    if of_values != page:
        raise InvalidError(f"kv.v_pages has pages of {of_values} keys, but kv.k_pages has {page}; make them the same")


def _check_scales(given: Given, views: Sequence[View]) -> None:
    q, k = views[:2]
    if dtype_name(k) not in NARROW:
        raise ArgumentTypeError(f"k_scale is given, but {given.names[1]} is {dtype_name(k)}; give one of "
                                f"{', '.join(NARROW)}, or leave out k_scale and v_scale (S23b)")
    heads = k[4][-2 if given.storage else -3] if len(k[4]) > 2 else None
    for name in SCALES:
        view = views[given.names.index(name)]
        if tuple(view[4]) != (heads,):
            raise InvalidError(f"{name} has shape {list(view[4])}; the KV heads of {given.names[1]}, of shape "
                               f"{list(k[4])}, need [{heads}] (S23b)")
        if dtype_name(view) != "float32":
            raise ArgumentTypeError(f"{name} is {dtype_name(view)}; give float32")
        if view[:2] != q[:2]:
            raise InvalidError(f"{name} is on {device_name(view)}, but q is on {device_name(q)}; move it there")


def _check_integers(name: str, view: View, q: View, wanted: tuple[int | None, ...]) -> None:
    shape = view[4]
    if len(shape) != len(wanted) or any(size not in (None, got) for size, got in zip(wanted, shape)):
        sizes = ", ".join("max_pages" if size is None else str(size) for size in wanted)
        raise InvalidError(f"{name} has shape {list(shape)}; the {q[4][0]} batch entries of q need [{sizes}]")
    _check_kind(name, view, q)


def _check_kind(name: str, view: View, q: View) -> None:
    if view[2:4] != INT32:
        raise ArgumentTypeError(f"{name} is {dtype_name(view)}; give int32")
    if view[:2] != q[:2]:
        raise InvalidError(f"{name} is on {device_name(view)}, but q is on {device_name(q)}; move it there")
