"""Summaries of keys in pages, which lie beside the pages (S17b)."""

from __future__ import annotations

import ctypes
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from ._arrays import (CODES, ELEMENTS, NARROW, Extent, View, adapter_of, code_name, device_name, dtype_name,
                      read_arrays, views_of)
from ._checks import flag, integer, one_of, shown
from ._forms import Form, keep
from ._library import Attention, DType, check, library
from ._policy_text import policy_of
from ._storage import KINDS, Paged, Ragged
from ._summaries import Summaries, checked_boxes, keys_of, type_as_read
from .engine import Engine, default_engine
from .errors import ArgumentTypeError, InvalidError, UnsupportedError
from .policies import HIP, Boxes, Policy
from .program import MOST_FORMS, Program

if TYPE_CHECKING:
    from .typing import Array, DType as DTypeName, PolicyLike

NAMES = "kv.k_pages", "kv.table", "kv.lengths", "k_scale"
# Places of the number of rows and of what is kept, after the inputs that are there.
MORE = "rows", "summaries"


class PagedSummaries:
    """The summaries of all keys of a paged cache, so that a step reads them in place of the keys.

        kept = hip_mlir.PagedSummaries(policy)
        for ...:  # prompts, chunks of them and decode steps, of any requests
            out = hip_mlir.attention(q, policy=policy, kv=hip_mlir.Paged(...), summaries=kept)

    policy: what reads them: Boxes, or what has Boxes among its parts; or the text of one. Boxes and pages divide one
        another.
    arrays: an array for each level of boxes, of the shapes of shapes(); by default the first call makes them.
    dtype: the element type of keys of 8 bits, as which they are read: that of q.
    check: compare them in each call with those of all keys, made at once.
    engine: a hip_mlir.Engine that makes them; by default that of the keys' device.

    The summaries of a box of keys lie with the page that has its last key, and are found by the table of the call
    (S17b): requests that share pages share them, and one that ends or is moved leaves nothing behind. A call makes those
    that its rows have completed, by the lengths on the device: it may be part of a CUDA graph, if arrays are there
    before. So each key has to come with a call whose q has no fewer rows than an entry has new keys, or with update().
    Tables that have the same page have the same keys before it, as those of a cache that shares prefixes do.
    """

    def __init__(self, policy: PolicyLike = HIP, *, arrays: Sequence[Array] | None = None,
                 dtype: DTypeName | None = None, check: bool = False, engine: Engine | None = None) -> None:
        self._policy = checked_boxes(policy_of("policy", policy), engine)
        self._boxes, self._check, self._engine = self._policy.boxes, flag("check", check), engine
        self._code = None if dtype is None else CODES[one_of("dtype", dtype, ELEMENTS)]
        self._whole: list[Any] = [] if arrays is None else list(arrays)
        # Of levels of the same boxes the first.
        self._levels: dict[int, Any] = {}
        self._forms: dict[Hashable, Form] = {}
        self._seen: Any = None

    @property
    def policy(self) -> Policy:
        """The policy that they are for."""
        return self._policy

    @property
    def boxes(self) -> tuple[int, ...]:
        """Keys of a box of each level, in the order of the policy."""
        return self._boxes

    @property
    def arrays(self) -> tuple[Any, ...]:
        """An array of each level, as shapes() says. Empty before the first call, unless they were given."""
        return tuple(self._whole)

    @staticmethod
    def shapes(k_pages: Sequence[int], policy: PolicyLike = HIP) -> list[tuple[int, ...]]:
        """Shapes of the arrays beside k_pages of this shape, [P, page, Hkv, D]: [P, max(1, page // box), Hkv, 2, D] for
        each level of boxes. Levels of the same boxes share the first of theirs."""
        pages, page, heads, size = k_pages
        return [(pages, _rows_of(page, box), heads, 2, size)
                for box in checked_boxes(policy_of("policy", policy)).boxes]

    def update(self, kv: Paged, rows: int, *, k_scale: Array | None = None) -> None:
        """Makes the summaries of the boxes that the last `rows` keys of each entry have completed; more rows than have
        come give the same. hip_mlir.attention(summaries=) does so by itself, of as many rows as q has."""
        if not isinstance(kv, Paged):
            raise ArgumentTypeError(f"kv is {shown(kv)}; give a hip_mlir.Paged")
        self._updated(kv, integer("rows", rows, 0), k_scale)

    def _updated(self, kv: Paged, rows: int, k_scale: Any = None, like: Any = None) -> list[Any]:
        """update(), and an array of each level; keys of 8 bits are read as `like`."""
        arrays = [kv.k_pages, kv.table, kv.lengths, *(() if k_scale is None else (k_scale,))]
        read: list[Any] = read_arrays(NAMES, arrays)
        if read[0][1] != self._seen:
            self._begin(arrays, read, like)
            self._seen = read[0][1]
        for box, array in self._levels.items():
            self._run(box, array, arrays, read, rows)
        if self._check:
            self._compare(arrays, read)
        return self._whole

    def _run(self, box: int, array: Any, arrays: Sequence[Any], read: Sequence[Any], rows: int) -> None:
        adapter = adapter_of(arrays[0])
        extent = Extent(rows)
        given = [*read, adapter_of(extent).read(extent), adapter.read(array)]
        written = [adapter.read(array, True)]
        key = box, type(arrays[0]), rows, tuple([one[1] for one in given])
        form = self._forms.get(key)
        if form is None:
            names = [*NAMES[:len(read)], *MORE]
            views = views_of(names, [*arrays, extent, array], given)
            views[-2] = *views[0][:2], *views[-2][2:]
            form = keep(self._forms, MOST_FORMS, key,
                        Form(self._program(views, box, len(read) > 3), adapter, read[0][1], views, names, views[-1:]))
        form.run(given, arrays[0], [array], written)

    def _program(self, views: Sequence[View], box: int, scaled: bool) -> Program:
        """What brings one level up to date."""
        k, kept = views[0], views[-1]
        engine = default_engine(*k[:2]) if self._engine is None else self._engine
        if engine._where != k[:2]:
            raise InvalidError(f"kv.k_pages is on {device_name(k)}, but the engine is on {engine.device}; move one of "
                               "them")
        _, page, heads, size = k[4]
        key = "paged summaries", k[2:4], kept[2:4], page, heads, size, box, scaled
        program = engine._plans.get(key)
        if program is None:
            policy = str(Boxes(block_k=box, levels=((box, box),), keep=box))
            made = Attention(size=ctypes.sizeof(Attention), dtype=DType(*kept[2:4], 1), query_heads=heads,
                             kv_heads=heads, head_size=size, policy=policy.encode(), kv_storage=KINDS[Paged],
                             page_size=page)
            if k[2:4] != kept[2:4]:
                made.kv_dtype, made.has_kv_scales = DType(*k[2:4], 1), scaled
            handle = ctypes.c_void_p()
            check(library().hipc_compile_summaries(engine._handle, ctypes.byref(made), ctypes.byref(handle)))
            program = keep(engine._plans, MOST_FORMS, key, Program(engine, handle))
        return program

    def _begin(self, arrays: Sequence[Any], read: Sequence[Any], like: Any) -> None:
        """The first keys, or those of another form: arrays are made, or checked."""
        k = views_of(NAMES, arrays, read)[0]
        if len(k[4]) != 4 or 0 in k[4][1:] or k[4][1] & (k[4][1] - 1):
            raise InvalidError(f"kv.k_pages has shape {list(k[4])}; give [P, page, Hkv, D], page a power of two (S23)")
        adapter, code = adapter_of(arrays[0]), type_as_read("kv.k_pages", k, self._code, like, self)
        if dtype_name(k) in NARROW:
            self._code = code
        if not adapter.slices:
            raise UnsupportedError(f"kv.k_pages is a {type(arrays[0]).__name__}, beside which summaries cannot be "
                                   "kept; give NumPy, PyTorch or CuPy arrays, or leave out summaries")
        wanted = self.shapes(k[4], self._policy)
        if not self._whole:
            made = {box: adapter.empty(shape, code, arrays[0], k) for box, shape in zip(self._boxes, wanted)}
            self._whole = [made[box] for box in self._boxes]
        _check_arrays(self._whole, wanted, code, k)
        self._levels = dict(zip(reversed(self._boxes), reversed(self._whole)))
        self._whole = [self._levels[box] for box in self._boxes]

    def _compare(self, arrays: Sequence[Any], read: Sequence[Any]) -> None:
        """With those of all keys that there are, which change nothing where all is well."""
        room = arrays[1].shape[1] * arrays[0].shape[1]
        for box, kept in self._levels.items():
            adapter, view = adapter_of(kept), views_of(("summaries",), (kept,), read_arrays(("summaries",), (kept,)))[0]
            whole = adapter.empty(view[4], view[2:4], kept, view)
            whole[...] = kept
            self._run(box, whole, arrays, read, room)
            if not adapter.same_bits(whole, kept):
                raise InvalidError(f"summaries of boxes of {box} keys are not those of the keys, which were changed, or "
                                   "came without a call of as many rows; call update() with rows of all keys (S17b)")

    def __repr__(self) -> str:
        return f"<hip_mlir.PagedSummaries, {len(self._whole)} arrays, for {self._policy}>"


def checked_summaries(summaries: object, kv: object) -> Summaries | PagedSummaries:
    """Those of the keys of a call, in an array or in pages."""
    if not isinstance(summaries, (Summaries, PagedSummaries)):
        raise ArgumentTypeError(f"summaries is {shown(summaries)}; give a hip_mlir.Summaries, or of keys in pages a "
                                "hip_mlir.PagedSummaries")
    if isinstance(kv, Ragged):
        raise UnsupportedError("summaries and kv= are given, but no call looks at offsets, so that none knows which of "
                               "the keys are new; leave out summaries, or give arrays k and v, or pages")
    if isinstance(summaries, PagedSummaries) != isinstance(kv, Paged):
        raise InvalidError(f"summaries is a hip_mlir.{type(summaries).__name__}, but keys are "
                           f"{'in an array' if kv is None else 'in pages'}; give a hip_mlir."
                           f"{'Summaries' if kv is None else 'PagedSummaries'}")
    return summaries


def summaries_of(summaries: object, q: Any, k: Any, kv: Any, layout: str, q_rows: Any, k_scale: Any) -> list[Any]:
    """The arrays that a call reads of them, up to date."""
    kept = checked_summaries(summaries, kv)
    if isinstance(kept, Summaries):
        return kept._updated(keys_of(k, layout), k_scale, q)
    rows = q.shape[-3 if layout == "bthd" else -2] if q_rows is None else q_rows.most
    return kept._updated(kv, rows, k_scale, q)


def _rows_of(page: int, box: int) -> int:
    """Summaries that lie with a page."""
    if page % box and box % page:
        raise InvalidError(f"the policy has boxes of {box} keys, and pages have {page}, but they have to divide one "
                           "another; give a policy with other boxes (S17b)")
    return max(1, page // box)


def _check_arrays(arrays: Sequence[Any], wanted: Sequence[tuple[int, ...]], code: tuple[int, int], k: View) -> None:
    if len(arrays) != len(wanted):
        raise InvalidError(f"arrays has {len(arrays)} arrays, but the policy has {len(wanted)} levels of boxes; give "
                           "those of hip_mlir.PagedSummaries.shapes() (S17b)")
    names = [f"arrays[{place}]" for place in range(len(arrays))]
    for name, view, shape in zip(names, views_of(names, arrays, read_arrays(names, arrays, True)), wanted):
        if view[4] != shape:
            raise InvalidError(f"{name} has shape {list(view[4])}; these pages need {list(shape)} (S17b)")
        if view[2:4] != code:
            raise ArgumentTypeError(f"{name} is {dtype_name(view)}; give {code_name(code)}")
        if view[:2] != k[:2]:
            raise InvalidError(f"{name} is on {device_name(view)}, but kv.k_pages is on {device_name(k)}; move it "
                               "there")
