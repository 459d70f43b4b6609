"""Attention on arrays: descriptor, compiled plan, call."""

from __future__ import annotations

import ctypes
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, Literal, SupportsFloat, SupportsIndex, overload

from ._arrays import (CODES, INTEGER, NARROW, NUMBER, IntegerAdapter, NumberAdapter, TracedError, View, adapter_of,
                      device_name, dtype_name, out_names, read_arrays, views_of)
from ._call_checks import FLOATS, check_call, check_groups
from ._checks import encoded, flag, integer, one_of, real, shown
from ._forms import Form, form_of, keep
from ._library import Attention, DType, check, library, take_text
from ._policy_text import policy_of
from ._refresh import Refresh, checked_every, checked_intervals, checked_refresh, refresh_names
from ._score_mods import SOFTCAP, ScoreMod, traced
from ._storage import (KINDS, STORAGES, Given, Paged, Ragged, RaggedRows, arrays_of, dense_views,
                       heads_first, packed_view, swapped)
from ._paged_summaries import PagedSummaries, checked_summaries, summaries_of
from ._summaries import Summaries, check_boxes
from .engine import Engine, default_engine
from .errors import ArgumentTypeError, Error, InvalidError, UnsupportedError
from .policies import Dense, Policy
from .program import MOST_FORMS, Program

if TYPE_CHECKING:
    from os import PathLike

    import numpy as np
    from typing_extensions import Unpack

    from .typing import (Array, ArrayT, CallOptions, DType as DTypeName, Layout, ListHeads, ListT, LseT, MaskFunction,
                         NumPyArray, NumPyT, Pair, PolicyLike, Results, ScoreFunction, StorageName)

# What checked_options() gives.
Values = tuple[Any, ...]
LIST_HEADS = {"kv": 0, "query": 1, "all": 2}
MOST_PLANS = 1024
# Types of options that never change and whose equals mean the same.
PLAIN = {bool, float, int, object, str, type(None)}
DENSE = Dense()
# Sinks and window where a call names none.
SINK, WINDOW = 128, 1024
# The scale, softcap, sink or window of a program that takes it as an input.
AT_RUN: Any = object()
_numbers: Any = NumberAdapter()
_integers: Any = IntegerAdapter()
# Forms of calls without an engine of their own.
_forms: dict[Hashable, Form] = {}


def checked_options(policy: Any, sink: Any, window: Any, causal: Any, scale: Any, softcap: Any, list_heads: Any,
                    score: Any, return_lse: Any, return_lists: Any) -> Values:
    """The options as values of Python that never change."""
    policy = policy_of("policy", policy)
    sink, window = (number if number is AT_RUN else integer(name, number)
                    for name, number in (("sink", sink), ("window", window)))
    causal, lse = flag("causal", causal), flag("return_lse", return_lse)
    lists = flag("return_lists", return_lists)
    if lists and not policy.makes_lists:
        raise InvalidError(f"{policy.NAME} makes no lists; leave out return_lists and lists (S15)")
    if scale is not None and scale is not AT_RUN:
        scale = real("scale", scale)
    if softcap is not None and softcap is not AT_RUN:
        softcap = checked_softcap(softcap, score)
    return (policy, sink, window, causal, scale, softcap, one_of("list_heads", list_heads, LIST_HEADS), score, lse,
            lists)


def band_at_run(policy: Policy, sink: Any, window: Any) -> tuple[Any, Any]:
    """sink and window, or AT_RUN for one that is an input of the program.

    Numbers of the program are the defaults, no sinks, with which a band lies at whole tiles, and a sink that a call
    would round: the compiler takes it, or refuses it, as it is (S3).
    """
    if sink is not AT_RUN:
        sink = integer("sink", sink)
        if policy.prunes and sink not in (0, SINK) and sink % policy.chunk == 0:
            sink = AT_RUN
    if window is not AT_RUN:
        window = integer("window", window)
        if policy.prunes and window != WINDOW:
            window = AT_RUN
    return sink, window


def checked_softcap(softcap: Any, score: ScoreMod | None) -> float:
    """A softcap, which a call without a score function may have."""
    number = real("softcap", softcap)
    if number <= 0:
        raise InvalidError(f"softcap = {number}; give a positive number or None")
    if score is not None:
        raise InvalidError(f"softcap = {number} and a score_mod or mask_mod are given; give one of them (S18)")
    return number


def descriptor(code: tuple[int, int], heads: tuple[int, int], sizes: tuple[int, int], policy: Policy, sink: Any,
               window: Any, causal: bool, scale: Any, softcap: Any, list_heads: str, score: ScoreMod | None,
               has_lists: bool, return_lse: bool, return_lists: bool) -> Attention:
    """The hipc_attention of these options; heads: (query, key), sizes: (of q and k, of v)."""
    sink, window = (number if policy.prunes else 0 for number in (sink, window))
    sink_at_run, window_at_run = sink is AT_RUN, window is AT_RUN
    made = Attention(size=ctypes.sizeof(Attention), dtype=DType(*code, 1), query_heads=heads[0],
                     kv_heads=heads[1], head_size=sizes[0], value_size=sizes[1],
                     policy=str(policy).encode(), sink=0 if sink_at_run else sink,
                     window=0 if window_at_run else window, not_causal=not causal,
                     sink_at_run=sink_at_run, window_at_run=window_at_run,
                     list_heads=LIST_HEADS[list_heads],
                     has_lists=has_lists, returns_lse=return_lse, returns_lists=return_lists)
    if scale is AT_RUN:
        made.scale_at_run = 1
    elif scale is not None:
        made.has_scale, made.scale = 1, scale
    if softcap is AT_RUN:
        made.score = SOFTCAP.encode()
    elif softcap is not None:
        made.softcap = softcap
    if score is not None:
        made.score = encoded("score_mod", score.text)
    return made


def store(made: Attention, storage: Any, page_size: int, has_positions: bool) -> Attention:
    """The descriptor for keys and values in such a storage."""
    made.kv_storage, made.page_size, made.has_positions = KINDS[storage], page_size, has_positions
    return made


def set_refresh(made: Attention, every: Sequence[int]) -> None:
    """Steps between searches of each part, if there are any."""
    if every:
        made.refresh, made.refresh_count = (ctypes.c_int32 * len(every))(*every), len(every)


def _make_plan(engine: Engine, q: View, k: View, v: View, options: Values, given: Given, page: int,
               has_summaries: bool, every: tuple[int, ...]) -> Program:
    made = descriptor(q[2:4], (q[4][-3], k[4][-3]), (q[4][-1], v[4][-1]), *options)
    store(made, given.storage, page, given.positions)
    made.has_ragged_queries = given.packed
    if dtype_name(k) in NARROW:
        made.kv_dtype, made.has_kv_scales = DType(*k[2:4], 1), given.scales
    made.has_summaries = has_summaries
    set_refresh(made, every)
    handle = ctypes.c_void_p()
    check(library().hipc_compile_attention(engine._handle, ctypes.byref(made), ctypes.byref(handle)))
    return Program(engine, handle)


def engine_of(engine: Engine | None, q: View) -> Engine:
    """The engine of a call whose q is such a view."""
    if engine is None:
        return default_engine(*q[:2])
    if engine._where != q[:2]:
        raise InvalidError(f"q is on {device_name(q)}, but the engine is on {engine.device}; move one of them")
    return engine


def plan_of(engine: Engine | None, views: Sequence[View], options: Values, given: Given,
            boxes: tuple[int, ...] | None = None, every: tuple[int, ...] = ()) -> Program:
    """The compiled program for arrays of such views and checked options; a look-up after the first time. It takes
    summaries of such boxes, if they are given, and searches the parts of its policy every so many steps."""
    scale, softcap = (None if number is None else AT_RUN for number in options[4:6])
    options = (options[0], *band_at_run(*options[:3]), options[3], scale, softcap, *options[6:8], given.lists,
               *options[8:])
    q, k, v = check_call(views, options[0], options[6], options[10], given)
    if boxes is not None:
        check_boxes(options[0], boxes, given.lists)
    page = views[1][4][1] if given.storage is Paged else 0
    engine = engine_of(engine, q)
    key = (q[2:4], k[2:4], q[4][-3], q[4][-1], k[4][-3], v[4][-1], options, given.storage, page, given.positions,
           given.scales, given.packed, boxes is not None, every)
    plan = engine._plans.get(key)
    if plan is None:
        plan = keep(engine._plans, MOST_PLANS, key,
                    _make_plan(engine, q, k, v, options, given, page, boxes is not None, every))
    return plan


@overload
def attention(q: ArrayT, k: Array = ..., v: Array = ..., policy: PolicyLike = ..., *, return_lse: Literal[False] = ...,
              return_lists: Literal[False] = ..., out: None = ...,
              **options: Unpack[CallOptions]) -> ArrayT: ...
@overload
def attention(q: NumPyT, k: Array = ..., v: Array = ..., policy: PolicyLike = ..., *, return_lse: Literal[True],
              return_lists: Literal[False] = ..., out: None = ...,
              **options: Unpack[CallOptions]) -> tuple[NumPyT, NumPyArray[np.float32]]: ...
@overload
def attention(q: NumPyT, k: Array = ..., v: Array = ..., policy: PolicyLike = ..., *, return_lse: Literal[False] = ...,
              return_lists: Literal[True], out: None = ...,
              **options: Unpack[CallOptions]) -> tuple[NumPyT, Pair[NumPyArray[np.int32]]]: ...
@overload
def attention(q: NumPyT, k: Array = ..., v: Array = ..., policy: PolicyLike = ..., *, return_lse: Literal[True],
              return_lists: Literal[True], out: None = ...,
              **options: Unpack[CallOptions]) -> tuple[NumPyT, NumPyArray[np.float32], Pair[NumPyArray[np.int32]]]: ...
@overload
def attention(q: ArrayT, k: Array = ..., v: Array = ..., policy: PolicyLike = ..., *, return_lse: Literal[True],
              return_lists: Literal[False] = ..., out: None = ...,
              **options: Unpack[CallOptions]) -> tuple[ArrayT, ArrayT]: ...
@overload
def attention(q: ArrayT, k: Array = ..., v: Array = ..., policy: PolicyLike = ..., *, return_lse: Literal[False] = ...,
              return_lists: Literal[True], out: None = ...,
              **options: Unpack[CallOptions]) -> tuple[ArrayT, Pair[ArrayT]]: ...
@overload
def attention(q: ArrayT, k: Array = ..., v: Array = ..., policy: PolicyLike = ..., *, return_lse: Literal[True],
              return_lists: Literal[True], out: None = ...,
              **options: Unpack[CallOptions]) -> tuple[ArrayT, ArrayT, Pair[ArrayT]]: ...
@overload
def attention(q: Array, k: Array = ..., v: Array = ..., policy: PolicyLike = ..., *, return_lse: Literal[False] = ...,
              return_lists: Literal[False] = ..., out: ArrayT | tuple[ArrayT],
              **options: Unpack[CallOptions]) -> ArrayT: ...
@overload
def attention(q: Array, k: Array = ..., v: Array = ..., policy: PolicyLike = ..., *, return_lse: Literal[True],
              return_lists: Literal[False] = ..., out: tuple[ArrayT, LseT],
              **options: Unpack[CallOptions]) -> tuple[ArrayT, LseT]: ...
@overload
def attention(q: Array, k: Array = ..., v: Array = ..., policy: PolicyLike = ..., *, return_lse: Literal[False] = ...,
              return_lists: Literal[True], out: tuple[ArrayT, ListT, ListT] | tuple[ArrayT, Pair[ListT]],
              **options: Unpack[CallOptions]) -> tuple[ArrayT, Pair[ListT]]: ...
@overload
def attention(q: Array, k: Array = ..., v: Array = ..., policy: PolicyLike = ..., *, return_lse: Literal[True],
              return_lists: Literal[True], out: tuple[ArrayT, LseT, ListT, ListT] | tuple[ArrayT, LseT, Pair[ListT]],
              **options: Unpack[CallOptions]) -> tuple[ArrayT, LseT, Pair[ListT]]: ...
@overload
def attention(q: ArrayT, k: Array = ..., v: Array = ..., policy: PolicyLike = ..., *, return_lse: bool = ...,
              return_lists: bool = ..., out: None = ...,
              **options: Unpack[CallOptions]) -> ArrayT | tuple[Array | Pair[Array], ...]: ...
def attention(q: Array, k: Array | None = None, v: Array | None = None, policy: PolicyLike = DENSE, *,
              sink: SupportsIndex = SINK, window: SupportsIndex = WINDOW, causal: bool = True,
              scale: SupportsFloat | None = None, softcap: SupportsFloat | None = None, list_heads: ListHeads = "kv",
              kv: Paged | Ragged | None = None, k_scale: Array | None = None, v_scale: Array | None = None,
              q_rows: RaggedRows | None = None, positions: Array | None = None, layout: Layout = "bhtd",
              return_lse: bool = False, return_lists: bool = False, lists: tuple[Array, Array] | None = None,
              summaries: Summaries | PagedSummaries | None = None, refresh: Refresh | None = None,
              score_mod: ScoreFunction | ScoreMod | None = None, mask_mod: MaskFunction | None = None,
              out: Results | None = None, engine: Engine | None = None) -> Results:
    """Attention of q over the keys that the policy keeps, the first `sink` and the last `window`.

    Arguments:
        q: [B, Hq, Tq, D], or [Hq, Tq, D]; float16, bfloat16 or float32. The last dimension is
            contiguous, other strides are free. Its rows are the last Tq of the Tk positions.
        k: [B, Hkv, Tk, D]; Hkv divides Hq: query head h reads head h // (Hq // Hkv).
        v: [B, Hkv, Tk, Dv].
        policy: hip_mlir.HIP (a tree and boxes), Tree, Stages, Boxes, Window, Dense (exact, the default) or
            Union; or such a policy's text, as "hip".
        sink, window: keys that are always attended; a dense policy has no use for them. A program takes any:
            another number compiles nothing, as long as a sink is a multiple of the policy's chunk.
        causal: whether a row sees no later keys.
        scale: factor of q.k; 1 / sqrt(D) if None. softcap: c in c * tanh(score / c), or None. A program
            takes any: another number compiles nothing.
        list_heads: which query heads share a list: "kv", those that read one KV head; "query", none;
            "all".
        kv: keys and values that are not one array, instead of k and v: a hip_mlir.Paged or a
            hip_mlir.Ragged. Each batch entry of q [B, Hq, Tq, D] then has a length of its own.
        k_scale, v_scale: float32 [Hkv], by which numbers of keys and of values are multiplied. Those of
            8 bits alone have them: float8_e4m3fn or float8_e5m2, read as the type of q (S23b).
        q_rows: a hip_mlir.RaggedRows where q [total, Hq, D] has the rows of all batch entries, one entry after
            another, each with its own number of them; out and lse are [total, Hq, Dv] and [Hq, total].
        positions: int32 [B], the position of the first row of each entry (S1), by default its keys
            less Tq: with 0 a shorter prompt is in the first rows of a longer q.
        layout: "bthd" where q, k, v and out have rows before heads: [B, T, H, D], or [T, H, D]. Packed q and out
            always have.
        return_lse: also return the log-sum-exp of each row, float32 [B, Hq, Tq].
        return_lists: also return (blocks, counts), int32 [B, Hs, ceil(Tq / block_q), N] and
            [B, Hs, ceil(Tq / block_q)]: what the policy chose.
        lists: such a pair, of an earlier call or your own, attended instead of searching anew. The
            blocks of a list may be in any order; repeated ones count once, and those that are no
            candidates are skipped. Blocks that `window` has grown over are attended as part of it.
        summaries: a hip_mlir.Summaries for this policy, which the call brings up to date with k, so that decode
            steps make no summaries of old keys; with kv=hip_mlir.Paged(...) a hip_mlir.PagedSummaries, of which entries
            have no more new keys than q has rows. The result has the same bits. Not of hip_mlir.Ragged keys.
        refresh: a hip_mlir.Refresh: the call is a step of a decode, which searches where the number of the step says
            so and else attends the lists of an earlier step (S17). A CUDA graph of the call serves all steps.
        score_mod: a function of (score, b, h, i, j), see hip_mlir.score_mod. A plain function is traced on its first
            use; numbers and arrays that it captured then stay, and each call reads what is in the arrays.
        mask_mod: a function of (b, h, i, j): row i attends to key j, among those that the policy and `causal` leave,
            where it holds. Dense attention skips blocks of 128 rows by 128 keys in which it holds nowhere (S18c).
        out: an array (with return_lse and return_lists: a flat tuple of arrays) to write.
        engine: a hip_mlir.Engine; by default that of the arrays' device.

    Arrays are NumPy's (also ml_dtypes' bfloat16), PyTorch's, CuPy's, JAX's or any with __dlpack__,
    and are not copied. On CUDA, work goes into the library's current stream and scratch memory
    comes from its allocator.

    Returns out [B, Hq, Tq, Dv] like q; with return_lse and return_lists the tuple (out, lse,
    (blocks, counts)) less what was not asked for.

    Raises ValueError (hip_mlir.InvalidError) for shapes, strides and numbers that do not fit, TypeError
    (hip_mlir.ArgumentTypeError) for types and element types, NotImplementedError
    (hip_mlir.UnsupportedError) for what this build or device cannot do; see hip_mlir.Error.
    """
    score, captured = _read_by(score_mod, mask_mod, softcap)
    try:
        adapter = which = adapter_of(q)
        read: Any
        if (lists is None and kv is None and k_scale is None and v_scale is None and q_rows is None
                and positions is None and layout == "bhtd" and type(q) is type(k) is type(v)):
            read = adapter.read(q), adapter.read(k), adapter.read(v)
        else:
            arrays, given = arrays_of(q, k, v, lists, kv, positions, layout, (k_scale, v_scale), q_rows)
            read, which = [adapter_of(array).read(array) for array in arrays], (adapter, given)
        more = [adapter_of(x).read(x) for x in captured]
    except TracedError:
        if summaries is not None or refresh is not None:
            raise UnsupportedError("summaries or refresh are given, but arrays that JAX traces cannot be kept; leave "
                                   "them out") from None
        from . import _jax
        arrays, given = arrays_of(q, k, v, lists, kv, positions, layout, (k_scale, v_scale), q_rows)
        return _jax.attention(arrays, given, out, engine, checked_options(
            policy, sink, window, causal, scale, softcap, list_heads, score, return_lse, return_lists),
            () if softcap is not None else captured)
    except Error:
        arrays, given = arrays_of(q, k, v, lists, kv, positions, layout, (k_scale, v_scale), q_rows)
        read = read_arrays([*given.names, *captured_names(captured)], [*arrays, *captured])
        raise
    outs = None if out is None else _flat(out)
    written = None if outs is None else read_arrays(out_names(len(outs)), outs, True)
    updated: Any = ()
    if refresh is not None:
        held = checked_refresh(refresh, lists, return_lists)
        seen = form_of(which, read, None), policy, list_heads
        if held._seen != seen:
            arrays, given = arrays_of(q, k, v, lists, kv, positions, layout, (k_scale, v_scale), q_rows)
            views = heads_first(given, views_of(given.names, arrays, read))
            held._prepare(q, dense_views(given, views), policy_of("policy", policy), list_heads, seen)
        step, *updated = held._read()
        read = [*read, step, *updated]
    if summaries is not None:
        kept = summaries_of(summaries, q, k, kv, layout, q_rows, k_scale)
        read = [*read, *[adapter_of(array).read(array) for array in kept]]
    if captured:
        read = [*read, *more]
        softcap = None if softcap is None else AT_RUN
    if scale is not None:
        read = [*read, _numbers.read(real("scale", scale))]
        scale = AT_RUN
    if sink is not SINK or window is not WINDOW:
        band = band_at_run(policy_of("policy", policy), sink, window)
        read = [*read, *[_integers.read(number) for number, taken in zip((sink, window), band) if taken is AT_RUN]]
        sink, window = band
    options: Values = (policy, sink, window, causal, scale, softcap, list_heads, score, return_lse, return_lists)
    kinds: Values = tuple(map(type, options))
    if not PLAIN.issuperset(kinds[1:7] + kinds[8:]):
        options = checked_options(*options)
        kinds = tuple(map(type, options))
    if summaries is not None:
        kinds = *kinds, summaries.boxes
    if refresh is not None:
        kinds = *kinds, refresh._every
    forms = _forms if engine is None else checked_engine(engine)._forms
    key = form_of(which, read, written), options, kinds
    try:
        form = forms.get(key)
    except TypeError:  # an option without a hash, which no option is
        form = None
    if form is None:
        options = checked_options(*options)
        arrays, given = arrays_of(q, k, v, lists, kv, positions, layout, (k_scale, v_scale), q_rows)
        views = heads_first(given, views_of(given.names, arrays, read))
        form = keep(forms, MOST_FORMS, key,
                    _make_form(engine, adapter, read, views, outs, written, options, given, summaries, refresh, captured))
    results = form.run(read, q, outs, written, updated)
    if return_lists:
        results[-2:] = [(results[-2], results[-1])]
    return results[0] if len(results) == 1 else tuple(results)


def checked_engine(engine: Engine) -> Engine:
    if not isinstance(engine, Engine):
        raise ArgumentTypeError(f"engine is {shown(engine)}; give a hip_mlir.Engine, such as hip_mlir.Engine('cpu')")
    return engine


def _make_form(engine: Engine | None, adapter: Any, read: Any, views: list[View], out: Any, written: Any,
               options: Values, given: Given, summaries: Summaries | PagedSummaries | None, refresh: Refresh | None,
               captured: Sequence[Any]) -> Form:
    every = () if refresh is None else checked_intervals(options[0], refresh._every)
    plan = plan_of(engine, views, options, given, None if summaries is None else summaries.boxes, every)
    names: tuple[str, ...] = given.names
    apart, updated = set(), []
    if refresh is not None:
        more = refresh_names(1 + len(refresh._lists))
        apart.add(len(views))
        views = views + views_of(more, [refresh._step, *refresh._lists], read[len(views):])
        names, updated = (*names, *more), views[len(views) - len(refresh._lists):]
    if summaries is not None:
        more = [f"summaries[{place}]" for place in range(len(summaries.boxes))]
        views, names = views + views_of(more, summaries._whole, read[len(views):]), (*names, *more)
    if captured:
        more, first = captured_names(captured), len(views)
        apart.update(range(first, first + len(captured)))
        views, names = views + views_of(more, captured, read[first:]), (*names, *more)
        for name, view in zip(more, views[first:]):
            _check_read(name, view, views[0])
    if options[4] is AT_RUN:
        views, names = [*views, _numbers.view(NUMBER)], (*names, "scale")
    for name, number in zip(("sink", "window"), options[1:3]):
        if number is AT_RUN:
            views, names = [*views, _integers.view(INTEGER)], (*names, name)
    if out is not None:
        written = views_of(out_names(len(out)), out, written)
    rows_first = given.layout == "bthd" or given.packed
    if rows_first and written:
        written[0] = swapped(written[0])
    packed = given.packed and 1 + options[8]
    if packed and written:
        written[:packed] = map(packed_view, written[:packed])
    return Form(plan, adapter, read[0][1], views, names, written, batched=len(views[0][4]) == 4,
                rows_first=rows_first, apart=apart, packed=packed, updated=updated)


def _read_by(score: Any, mask: Any, softcap: Any) -> tuple[ScoreMod | None, Sequence[Any]]:
    """The score function of a call, and what its program reads for it."""
    if score is None and mask is None and softcap is None:
        return None, ()
    made = traced(score, mask)
    if softcap is not None:
        return made, (checked_softcap(softcap, made),)
    return (made and made._alone()), () if made is None else made.arrays


def captured_names(captured: Sequence[Any]) -> list[str]:
    """What errors call what a score function reads."""
    return ["softcap" if isinstance(x, float) else f"array {place} of score_mod" for place, x in enumerate(captured)]


def _check_read(name: str, view: View, q: View) -> None:
    if view[:2] != q[:2] and name != "softcap":
        raise InvalidError(f"{name} is on {device_name(view)}, but q is on {device_name(q)}; move it there")


def _flat(out: Any) -> Sequence[Any]:
    """out as a flat tuple: it may be an array, or (out, lse, (blocks, counts))."""
    if not isinstance(out, (tuple, list)):
        return (out,)
    if out and isinstance(out[-1], (tuple, list)):
        return (*out[:-1], *out[-1])
    return out


@overload
def explain(q: Program) -> str: ...
@overload
def explain(q: Array, k: Array = ..., v: Array = ..., policy: PolicyLike = ..., *, return_lse: bool = ...,
            return_lists: bool = ..., **options: Unpack[CallOptions]) -> str: ...
def explain(q: Array | Program, k: Array | None = None, v: Array | None = None, policy: PolicyLike = DENSE, *,
            sink: SupportsIndex = 128, window: SupportsIndex = 1024, causal: bool = True,
            scale: SupportsFloat | None = None, softcap: SupportsFloat | None = None, list_heads: ListHeads = "kv",
            kv: Paged | Ragged | None = None, k_scale: Array | None = None, v_scale: Array | None = None,
            q_rows: RaggedRows | None = None, positions: Array | None = None, layout: Layout = "bhtd",
            return_lse: bool = False, return_lists: bool = False, lists: tuple[Array, Array] | None = None,
            summaries: Summaries | PagedSummaries | None = None, refresh: Refresh | None = None,
            score_mod: ScoreFunction | ScoreMod | None = None, mask_mod: MaskFunction | None = None,
            engine: Engine | None = None) -> str:
    """What hip_mlir.attention() with these arguments runs and why: kernels, tiles, registers.

    Also takes one hip_mlir.Program. Returns text; compiles, but runs nothing.
    """
    if isinstance(q, Program):
        return q.explain()
    arrays, given = arrays_of(q, k, v, lists, kv, positions, layout, (k_scale, v_scale), q_rows)
    views = heads_first(given, views_of(given.names, arrays, read_arrays(given.names, arrays)))
    score, _ = _read_by(score_mod, mask_mod, softcap)
    options = checked_options(policy, sink, window, causal, scale, softcap, list_heads, score, return_lse, return_lists)
    boxes = None if summaries is None else checked_summaries(summaries, kv).boxes
    every = (() if refresh is None else
             checked_intervals(options[0], checked_refresh(refresh, lists, return_lists)._every))
    return plan_of(None if engine is None else checked_engine(engine), views, options, given, boxes, every).explain()


def attention_text(dtype: DTypeName, query_heads: SupportsIndex, kv_heads: SupportsIndex, head_size: SupportsIndex,
                   policy: PolicyLike = DENSE, *, value_size: SupportsIndex | None = None, sink: SupportsIndex = 128,
                   window: SupportsIndex = 1024, causal: bool = True, scale: SupportsFloat | None = None,
                   softcap: SupportsFloat | None = None, list_heads: ListHeads = "kv", return_lse: bool = False,
                   return_lists: bool = False, has_lists: bool = False, has_summaries: bool = False,
                   score_mod: ScoreFunction | ScoreMod | None = None, mask_mod: MaskFunction | None = None,
                   storage: StorageName = "contiguous", page_size: SupportsIndex | None = None,
                   has_positions: bool = False, has_q_rows: bool = False,
                   refresh: int | tuple[int, ...] | None = None) -> str:
    """The MLIR module that hip_mlir.attention() compiles for such arrays, as text for hip_mlir.compile().

    dtype: "float16", "bfloat16" or "float32". storage: "contiguous", "ragged" (hip_mlir.Ragged) or "paged"
    (hip_mlir.Paged), whose page_size is a power of two. has_q_rows: queries are packed (hip_mlir.RaggedRows). refresh:
    steps from one search to the next, as `every` of hip_mlir.Refresh; its step and lists are inputs, and lists outputs
    too. The rest is as in hip_mlir.attention(), but `scale`, `softcap`, `sink` and `window` are numbers of the text.
    """
    one_of("dtype", dtype, FLOATS)
    heads = integer("query_heads", query_heads, 1), integer("kv_heads", kv_heads, 1)
    head_size = integer("head_size", head_size, 1)
    value_size = head_size if value_size is None else integer("value_size", value_size, 1)
    check_groups(*heads, "query_heads = {} is no multiple of kv_heads = {}; give {} or {}")
    score, _ = _read_by(score_mod, mask_mod, softcap)
    options = checked_options(policy, sink, window, causal, scale, softcap, list_heads, score, return_lse, return_lists)
    has_lists = flag("has_lists", has_lists)
    if has_lists and not options[0].makes_lists:
        raise InvalidError(f"{options[0].NAME} makes no lists; leave out has_lists (S15)")
    if has_lists and return_lists:
        raise InvalidError("has_lists=True and return_lists=True are given, but lists of the caller are not given "
                           "back; leave out one of them")
    made = descriptor(CODES[dtype], heads, (head_size, value_size),
                      *(*options[:8], has_lists, *options[8:]))
    if flag("has_summaries", has_summaries):
        check_boxes(options[0], options[0].boxes, has_lists)
        made.has_summaries = True
    one_of("storage", storage, STORAGES)
    if (page_size is None) == (storage == "paged"):
        raise InvalidError(f"page_size = {shown(page_size)} and storage = {storage!r}; give both for pages, or neither")
    store(made, STORAGES[storage], 0 if page_size is None else integer("page_size", page_size, 1),
          flag("has_positions", has_positions))
    made.has_ragged_queries = flag("has_q_rows", has_q_rows)
    if refresh is not None:
        if has_lists or return_lists:
            raise InvalidError("refresh and lists are given, but steps keep the lists of each part; leave out one of "
                               "them (S17)")
        set_refresh(made, checked_intervals(options[0], checked_every(refresh)))
    text = ctypes.c_void_p()
    check(library().hipc_attention_text(ctypes.byref(made), ctypes.byref(text)))
    return take_text(text)


def compile(mlir_text: str, entry: str | None = None, *, engine: Engine | None = None) -> Program:
    """Compiles the text of an MLIR module, or takes it from a cache.

    entry: name of a public function, needed where there are several. engine: a hip_mlir.Engine; by
    default one on "auto": the first GPU, else the CPU. Returns a hip_mlir.Program. Raises ValueError
    (hip_mlir.InvalidError) with the compiler's diagnostics where the text is wrong.
    """
    from .program import compile_text
    return compile_text(_given_or_auto(engine), mlir_text, entry)


def load(package: str | PathLike[str] | bytes | bytearray | memoryview, engine: Engine | None = None) -> Program:
    """A Program of a package that `hip-compile -o` made ahead of time: its path, or its bytes.

    engine: a hip_mlir.Engine of the device that it was made for; by default a GPU where there is one. Raises
    hip_mlir.CorruptError for what is damaged or no package, hip_mlir.InvalidError for code for another device, and
    hip_mlir.NotFoundError for a path that cannot be read. A package is code: load those alone that you trust.
    """
    from .program import load_package
    return load_package(_given_or_auto(engine), package)


_auto: list[Engine] = []


def _given_or_auto(engine: Engine | None) -> Engine:
    if engine is not None:
        return checked_engine(engine)
    if not _auto:
        _auto.append(Engine())
    return _auto[0]


def version() -> str:
    """Version of libhipc.so, "MAJOR.MINOR.PATCH"."""
    found: bytes = library().hipc_version()
    return found.decode()
