"""Attention on arrays: descriptor, compiled plan, call."""

import ctypes
import math

from ._arrays import CODES, adapter_of, device_name, dtype_name, read_outputs, views_of
from ._forms import Form, form_of, keep
from ._library import Attention, DType, check, library, take_text
from .engine import Engine, default_engine
from .errors import ArgumentTypeError, InvalidError
from .policies import Dense, Policy
from .program import MOST_FORMS, Program
from .tracing import ScoreMod, score_mod as trace

LIST_HEADS = {"query": 0, "kv": 1, "all": 2}
ELEMENTS = {CODES[name] for name in ("float16", "bfloat16", "float32")}
MOST_PLANS = 1024
# Positions are i32.
MOST_KEYS = (1 << 31) - 1
DENSE = Dense()
# Score functions traced by attention() itself, by the function.
_traced = {}
# Forms of calls without an engine of their own.
_forms = {}


def _integer(name, value, least=0):
    if not isinstance(value, int) or isinstance(value, bool):
        raise ArgumentTypeError(f"{name} is {value!r}; give an int")
    if value < least:
        raise InvalidError(f"{name} = {value}; give {least} or more")
    if value > MOST_KEYS:
        raise InvalidError(f"{name} = {value}; give at most {MOST_KEYS}")
    return value


def _real(name, value):
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise ArgumentTypeError(f"{name} is {value!r}; give a number")
    number = float(value)
    if not math.isfinite(number):
        raise InvalidError(f"{name} = {number}; give a finite number")
    return number


def _traced_score(function):
    if function is None or isinstance(function, ScoreMod):
        return function
    try:
        known = _traced.get(function)
    except TypeError:
        raise ArgumentTypeError(f"score_mod is {function!r}; give a function of "
                                "(score, b, h, i, j)") from None
    if known is None:
        known = keep(_traced, MOST_PLANS, function, trace(function))
    return known


def _check_options(policy, sink, window, causal, scale, softcap, list_heads, score, *lists):
    if not isinstance(policy, Policy):
        raise ArgumentTypeError(f"policy is {policy!r}; give a hipc.Tree, Stages, Boxes, Window or Dense")
    if any(lists) and not policy.makes_lists:
        raise InvalidError(f"{policy.NAME} makes no lists; leave out return_lists and lists (S15)")
    _integer("sink", sink)
    _integer("window", window)
    if causal not in (True, False):
        raise ArgumentTypeError(f"causal is {causal!r}; give True or False")
    if scale is not None:
        _real("scale", scale)
    if softcap is not None:
        if _real("softcap", softcap) <= 0:
            raise InvalidError(f"softcap = {softcap}; give a positive number or None")
        if score is not None:
            raise InvalidError("takes softcap or score_mod, not both (S18)")
    if list_heads not in LIST_HEADS:
        raise InvalidError(f"list_heads = {list_heads!r}; give one of {', '.join(LIST_HEADS)}")


def _check_views(q, k, v):
    """What makes q, k and v fit each other, as far as one compiled program can tell."""
    names = (("q", q), ("k", k), ("v", v))
    for name, view in names:
        if len(view[4]) != len(q[4]) or len(view[4]) not in (3, 4):
            raise InvalidError(f"{name} has shape {list(view[4])}; give [B, H, T, D], or [H, T, D] "
                               "for all three")
        if view[2:4] not in ELEMENTS:
            raise ArgumentTypeError(f"{name} is {dtype_name(view)}; give float16, bfloat16 or float32")
        if view[2:4] != q[2:4]:
            raise ArgumentTypeError(f"{name} is {dtype_name(view)}, but q is {dtype_name(q)}; make "
                                    "them the same (S19)")
        if view[:2] != q[:2]:
            raise InvalidError(f"{name} is on {device_name(view)}, but q is on {device_name(q)}")
    if k[4][-1] != q[4][-1]:
        raise InvalidError(f"k has head size {k[4][-1]}, but q has {q[4][-1]}")
    if v[4][-3] != k[4][-3]:
        raise InvalidError(f"v has {v[4][-3]} heads, but k has {k[4][-3]}")
    if not k[4][-3] or q[4][-3] % k[4][-3]:
        raise InvalidError(f"q has {q[4][-3]} heads, no multiple of the {k[4][-3]} of k")


def descriptor(code, heads, sizes, policy, sink, window, causal, scale, softcap, list_heads, score,
               has_lists, return_lse, return_lists, target=None):
    """The hipc_attention of these options; heads: (query, key), sizes: (of q and k, of v)."""
    policy = policy.resolved(target, code[1], max(sizes))
    pruned = policy.prunes
    made = Attention(size=ctypes.sizeof(Attention), dtype=DType(*code, 1), query_heads=heads[0],
                     kv_heads=heads[1], head_size=sizes[0], value_size=sizes[1],
                     policy=str(policy).encode(), sink=sink if pruned else 0,
                     window=window if pruned else 0, not_causal=not causal,
                     list_heads=LIST_HEADS[list_heads], softcap=softcap or 0.0,
                     has_lists=has_lists, returns_lse=return_lse, returns_lists=return_lists)
    if scale is not None:
        made.has_scale, made.scale = 1, float(scale)
    if score is not None:
        made.score = score.text.encode()
    return made


def _make_plan(engine, views, options):
    q, k, v = views[:3]
    made = descriptor(q[2:4], (q[4][-3], k[4][-3]), (q[4][-1], v[4][-1]), *options, engine.target)
    handle = ctypes.c_void_p()
    check(library().hipc_compile_attention(engine._handle, ctypes.byref(made), ctypes.byref(handle)))
    return Program(engine, handle)


def _plan_of(engine, views, options):
    """The compiled program for arrays of such views; a look-up after the first time."""
    q, k, v = views[:3]
    _check_views(q, k, v)
    _check_options(*options[:9], options[10])
    if len(views) > 3:
        _check_lists(options[0], options[6], *views)
    if engine is None:
        engine = default_engine(*q[:2])
    elif engine._where != q[:2]:
        raise InvalidError(f"q is on {device_name(q)}, but the engine is on {engine.device}")
    key = (q[2:4], q[4][-3], q[4][-1], k[4][-3], v[4][-1], options)
    plan = engine._plans.get(key)
    if plan is None:
        plan = keep(engine._plans, MOST_PLANS, key, _make_plan(engine, views, options))
    return plan


def _arrays(q, k, v, lists):
    if lists is None:
        return q, k, v
    if not isinstance(lists, (tuple, list)) or len(lists) != 2:
        raise ArgumentTypeError(f"lists is {lists!r:.60}; give the pair (blocks, counts) that "
                                "return_lists=True gave")
    return q, k, v, *lists


def _check_lists(policy, list_heads, q, k, _v, blocks, counts):
    """What a program leaves free, as it depends on Tq (S16)."""
    heads = {"query": q[4][-3], "kv": k[4][-3], "all": 1}[list_heads]
    rows = policy.list_block_q
    wanted = (*q[4][:-3], heads, -(-q[4][-2] // rows))
    for name, view, shape in (("blocks", blocks, blocks[4][:-1]), ("counts", counts, counts[4])):
        if tuple(shape) != wanted:
            rest = ", N" if name == "blocks" else ""
            raise InvalidError(f"{name} has shape {list(view[4])}; {q[4][-2]} query rows in blocks of "
                               f"{rows} need [{', '.join(map(str, wanted))}{rest}]")
        if view[2:4] != (0, 32):
            raise ArgumentTypeError(f"{name} is {dtype_name(view)}; give int32")


def attention(q, k, v, policy=DENSE, *, sink=128, window=1024, causal=True, scale=None, softcap=None,
              list_heads="query", return_lse=False, return_lists=False, lists=None, score_mod=None,
              out=None, engine=None):
    """Attention of q over the keys that the policy keeps, the first `sink` and the last `window`.

    Arguments:
        q: [B, Hq, Tq, D], or [Hq, Tq, D]; float16, bfloat16 or float32. The last dimension is
            contiguous, other strides are free. Its rows are the last Tq of the Tk positions.
        k: [B, Hkv, Tk, D]; Hkv divides Hq: query head h reads head h // (Hq // Hkv).
        v: [B, Hkv, Tk, Dv].
        policy: hipc.Tree, Stages, Boxes, Window or Dense (exact, the default).
        sink, window: keys that are always attended; a dense policy has no use for them.
        causal: whether a row sees no later keys.
        scale: factor of q.k; 1 / sqrt(D) if None. softcap: c in c * tanh(score / c), or None.
        list_heads: "query", "kv" or "all": which query heads share a list.
        return_lse: also return the log-sum-exp of each row, float32 [B, Hq, Tq].
        return_lists: also return (blocks, counts), int32 [B, Hs, ceil(Tq / block_q), N] and
            [B, Hs, ceil(Tq / block_q)]: what the policy chose.
        lists: such a pair, of an earlier call or your own, attended instead of searching anew. The
            blocks of a list may be in any order; repeated ones count once, and those that are no
            candidates are skipped. Blocks that `window` has grown over are attended as part of it.
        score_mod: a function of (score, b, h, i, j), see hipc.score_mod. A plain function is
            traced on its first use; what it captured then stays.
        out: an array (with return_lse and return_lists: a flat tuple of arrays) to write.
        engine: a hipc.Engine; by default that of the arrays' device.

    Arrays are NumPy's (also ml_dtypes' bfloat16), PyTorch's, CuPy's, JAX's or any with __dlpack__,
    and are not copied. On CUDA, work goes into the library's current stream and scratch memory
    comes from its allocator.

    Returns out [B, Hq, Tq, Dv] like q; with return_lse and return_lists the tuple (out, lse,
    (blocks, counts)) less what was not asked for.

    Raises ValueError (hipc.InvalidError) for shapes, strides and numbers that do not fit, TypeError
    (hipc.ArgumentTypeError) for types and element types, NotImplementedError
    (hipc.UnsupportedError) for what this build or device cannot do; see hipc.Error.
    """
    adapter = adapter_of(q)
    if lists is None and type(q) is type(k) is type(v):
        read = adapter.read(q), adapter.read(k), adapter.read(v)
    else:
        read = [adapter_of(array).read(array) for array in _arrays(q, k, v, lists)]
    if out is None:
        written = None
    else:
        out = _flat(out)
        written = read_outputs(out)
    options = (policy, sink, window, causal, scale, softcap, list_heads, score_mod, return_lse, return_lists)
    forms = _forms if engine is None else engine._forms
    key = form_of(adapter, read, written), options
    try:
        form = forms.get(key)
    except TypeError:  # an option without a hash, which no option is
        form = None
    if form is None:
        views = views_of(_arrays(q, k, v, lists), read)
        form = keep(forms, MOST_FORMS, key, _make_form(engine, adapter, read[0][1], views, out, written, options))
    results = form.run(read, q, out, written)
    if return_lists:
        results[-2:] = [(results[-2], results[-1])]
    return results[0] if len(results) == 1 else tuple(results)


def _make_form(engine, adapter, kind, views, out, written, options):
    *others, score, lse, lists = options
    score = None if score is None else _traced_score(score)
    plan = _plan_of(engine, views, (*others, score, len(views) > 3, bool(lse), bool(lists)))
    return Form(plan, adapter, kind, views, None if out is None else views_of(out, written),
                batched=len(views[0][4]) == 4)


def _flat(out):
    """out as a flat tuple: it may be an array, or (out, lse, (blocks, counts))."""
    if not isinstance(out, (tuple, list)):
        return (out,)
    if out and isinstance(out[-1], (tuple, list)):
        return (*out[:-1], *out[-1])
    return out


def explain(q, k=None, v=None, policy=DENSE, *, sink=128, window=1024, causal=True, scale=None,
            softcap=None, list_heads="query", return_lse=False, return_lists=False, lists=None,
            score_mod=None, engine=None):
    """What hipc.attention() with these arguments runs and why: kernels, tiles, registers.

    Also takes one hipc.Program. Returns text; compiles, but runs nothing.
    """
    if isinstance(q, Program):
        return q.explain()
    arrays = _arrays(q, k, v, lists)
    views = views_of(arrays, [adapter_of(array).read(array) for array in arrays])
    options = (policy, sink, window, causal, scale, softcap, list_heads, _traced_score(score_mod),
               lists is not None, bool(return_lse), bool(return_lists))
    return _plan_of(engine, views, options).explain()


def attention_text(dtype, query_heads, kv_heads, head_size, policy=DENSE, *, value_size=None, sink=128,
                   window=1024, causal=True, scale=None, softcap=None, list_heads="query",
                   return_lse=False, return_lists=False, has_lists=False, score_mod=None):
    """The MLIR module that hipc.attention() compiles for such arrays, as text for hipc.compile().

    dtype: "float16", "bfloat16" or "float32". The rest is as in hipc.attention().
    """
    if dtype not in CODES or CODES[dtype] not in ELEMENTS:
        raise InvalidError(f"dtype = {dtype!r}; give 'float16', 'bfloat16' or 'float32'")
    for name, value in (("query_heads", query_heads), ("kv_heads", kv_heads), ("head_size", head_size)):
        _integer(name, value, 1)
    score = _traced_score(score_mod)
    _check_options(policy, sink, window, causal, scale, softcap, list_heads, score, has_lists, return_lists)
    made = descriptor(CODES[dtype], (query_heads, kv_heads), (head_size, value_size or head_size), policy,
                      sink, window, causal, scale, softcap, list_heads, score, has_lists, return_lse,
                      return_lists)
    text = ctypes.c_void_p()
    check(library().hipc_attention_text(ctypes.byref(made), ctypes.byref(text)))
    return take_text(text)


def compile(mlir_text, entry=None, *, engine=None):
    """Compiles the text of an MLIR module, or takes it from a cache.

    entry: name of a public function, needed where there are several. engine: a hipc.Engine; by
    default one on "auto": the first GPU, else the CPU. Returns a hipc.Program. Raises ValueError
    (hipc.InvalidError) with the compiler's diagnostics where the text is wrong.
    """
    from .program import compile_text
    if engine is not None and not isinstance(engine, Engine):
        raise ArgumentTypeError(f"engine is {engine!r}; give a hipc.Engine")
    return compile_text(engine or _auto_engine(), mlir_text, entry)


_auto = []


def _auto_engine():
    if not _auto:
        _auto.append(Engine())
    return _auto[0]


def version():
    """Version of libhipc.so, "MAJOR.MINOR.PATCH"."""
    return library().hipc_version().decode()
