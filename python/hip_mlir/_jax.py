"""Attention inside JAX's transforms: jit calls it on the host, vmap makes its dimension part of the batch."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import jax
import numpy as np

from . import _attention, _ffi
from ._arrays import CODES, CPU, NARROW, Extent, adapter_of, dtype_name
from ._call_checks import list_shapes
from ._checks import shown
from ._score_mods import ScoreMod, repeat_batch
from ._storage import KINDS, PACKING, Given, RaggedRows, heads_first
from .errors import ArgumentTypeError, UnsupportedError

TARGET = "hip_mlir_attention"


def attention(arrays: Sequence[Any], given: Given, out: object, engine: object, options: tuple[Any, ...],
              captured: Sequence[Any] = ()) -> jax.Array | tuple[jax.Array | tuple[jax.Array, jax.Array], ...]:
    """hip_mlir.attention() where JAX traces some of the arrays, which are those of `given`, or of what
    the score function reads.

    The options are checked ones. Results are traced arrays. What is wrong is an error here, before the run.
    """
    if out is not None:
        raise UnsupportedError("out is given, but JAX makes the results of what it traces; leave it out")
    if engine is not None:
        raise UnsupportedError(f"engine is {shown(engine)}, but what JAX traces has the default engine; leave it out")
    if given.layout == "bthd":
        laid_out = range(given.packed, given.laid_out)
        arrays = [_swapped(x) if place in laid_out else x for place, x in enumerate(arrays)]
        results: Any = attention(arrays, given._replace(layout="bhtd"), out, engine, options, captured)
        if given.packed:
            return results
        return (_swapped(results[0]), *results[1:]) if isinstance(results, tuple) else _swapped(results)
    policy, *rest, score, return_lse, return_lists = options
    views = [_view(name, array) for name, array in zip(given.names, arrays)]
    if dtype_name(views[1]) in NARROW:
        raise UnsupportedError(f"{given.names[1]} is {dtype_name(views[1])}, among arrays that JAX traces; call "
                               "hip_mlir.attention() outside of jax.jit, or convert keys and values to the type of q")
    _attention.plan_of(None, heads_first(given, views), options, given)
    for name, array in zip(_attention.captured_names(captured), captured):
        _check_captured(name, array)
    q, _, v = arrays[:3]
    most, rows, places = None, q.shape, q.shape[:-1]
    if given.packed:
        # A number of Python, and no array.
        place = given.names.index(PACKING[1])
        most, arrays = arrays[place].size, [*arrays[:place], *arrays[place + 1:]]
        rows, places = (arrays[place - 1].shape[0] - 1, q.shape[1], most, q.shape[2]), (q.shape[1], q.shape[0])
    keys, _ = given.shapes([array.shape for array in arrays[1:]])
    results = [jax.ShapeDtypeStruct((*q.shape[:-1], v.shape[-1]), q.dtype)]
    if return_lse:
        results.append(jax.ShapeDtypeStruct(places, np.float32))
    if return_lists:
        results += [jax.ShapeDtypeStruct(shape, np.int32)
                    for shape in list_shapes(rows, keys, policy, rest[-1])]
    text = json.dumps([q.ndim, str(policy), *rest, score and score.text, return_lse, return_lists,
                       KINDS[given.storage], most, given.positions, given.lists, len(captured)])
    made = list(_traced(text, tuple(results), *arrays, *captured))
    if return_lists:
        made[-2:] = [(made[-2], made[-1])]
    return made[0] if len(made) == 1 else tuple(made)


def _swapped(array):
    return jax.numpy.swapaxes(array, -3, -2)


def _check_captured(name, array):
    _view(name, array)
    kept = jax.dtypes.canonicalize_dtype(array.dtype)
    if kept != array.dtype:
        raise ArgumentTypeError(f"{name} is {array.dtype}, which JAX makes {kept}; give an array of that")


def _view(name, array):
    if isinstance(array, Extent):
        adapter = adapter_of(array)
        return adapter.view(adapter.read(array)[1])
    if not isinstance(array, (jax.Array, np.ndarray)):
        raise ArgumentTypeError(f"{name} is {shown(array)}, among arrays that JAX traces; give one of JAX or NumPy")
    if isinstance(array, np.ndarray):
        adapter_of(array)  # which refuses masks and rules of subclasses
    code = CODES.get(array.dtype.name)
    if code is None:
        raise ArgumentTypeError(f"{name} has dtype {array.dtype}; give float16, bfloat16, float32 or int32")
    return CPU, 0, *code, tuple(array.shape), ()


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def _traced(text, results, *arrays):
    return jax.lax.platform_dependent(*arrays, cpu=partial(_by_ffi, text, results),
                                      default=partial(_by_callback, text, results))


@_traced.defjvp
def _refuse_derivatives(_text, _results, _arrays, _tangents):
    raise UnsupportedError("JAX differentiates attention (grad, vjp or jvp), which has no derivative; give "
                           "jax.lax.stop_gradient() of q, k and v, or differentiate what does not depend on them")


def _by_ffi(text, results, *arrays):
    return tuple(jax.ffi.ffi_call(TARGET, results, vmap_method=_vmap_method(text))(*arrays, call=text))


def _by_callback(text, results, *arrays):
    """On other devices JAX copies the arrays to the host and the results back."""
    return tuple(jax.pure_callback(partial(_on_copies, text, results), results, *arrays,
                                   vmap_method=_vmap_method(text)))


def _vmap_method(text):
    """Of arrays a dimension becomes part of the batch; what is stored in other ways is read entry by entry."""
    *_, kind, most, _, _, captured = _options(text)
    return "sequential" if kind or most is not None or captured else "expand_dims"


def _on_copies(text, results, *arrays):
    copies = [np.asarray(array) for array in arrays]
    sizes = _mapped_sizes(copies, _options(text)[0])
    outputs = [np.empty((*sizes, *result.shape), result.dtype) for result in results]
    _run(text, copies, outputs)
    return tuple(outputs)


@lru_cache
def _options(text):
    """[dimensions of q without those that are mapped, policy, sink, ..., storage, most rows of packed queries or None,
    positions, lists, arrays that the score reads] of a call."""
    return json.loads(text)


def _mapped_sizes(arrays, rank):
    """Sizes of the mapped dimensions, which all arrays begin with; what is not mapped has 1 there."""
    return np.broadcast_shapes(*(array.shape[:arrays[0].ndim - rank] for array in arrays))


def _run(text, arrays, outputs):
    rank, policy, sink, window, causal, scale, softcap, list_heads, score, return_lse, return_lists, \
        kind, most, has_positions, has_lists, captured = _options(text)
    arrays, read = arrays[:len(arrays) - captured], arrays[len(arrays) - captured:]
    if sizes := _mapped_sizes(arrays, rank):
        if score is not None:
            score = repeat_batch(score, arrays[0].shape[len(sizes)] if rank == 4 else 1)
        arrays = [_folded(np.broadcast_to(x, (*sizes, *x.shape[len(sizes):])), sizes, rank) for x in arrays]
        outputs = [_folded(x, sizes, rank) for x in outputs]
    options: Any = {"sink": sink, "window": window, "causal": causal, "scale": scale, "softcap": softcap,
                    "list_heads": list_heads, "return_lse": return_lse, "return_lists": return_lists,
                    "score_mod": None if score is None else ScoreMod(score, arrays=tuple(read)), "out": tuple(outputs)}
    q, *stored = arrays
    if has_lists:
        *stored, blocks, counts = stored
        options["lists"] = blocks, counts
    if has_positions:
        *stored, options["positions"] = stored
    if most is not None:
        *stored, offsets = stored
        options["q_rows"] = RaggedRows(offsets, most)
    storage = next(storage for storage, number in KINDS.items() if number == kind)
    options |= dict(zip("kv", stored)) if storage is None else {"kv": storage(*stored)}
    _attention.attention(q, policy=policy, **options)


def _folded(array, sizes, rank):
    """The array with its mapped dimensions, and that of the batch where there is one, as one."""
    rest = array.shape[len(sizes):]
    batch = math.prod(sizes)
    return array.reshape((batch * rest[0], *rest[1:]) if rank == 4 else (batch, *rest))


_ffi.register(TARGET, _run)
