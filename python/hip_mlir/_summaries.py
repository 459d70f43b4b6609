"""Summaries: minima and maxima of the boxes of keys, kept from call to call (S17b)."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

from ._arrays import CODES, ELEMENTS, NARROW, View, adapter_of, device_name, dtype_name, read_arrays, views_of
from ._checks import MOST_KEYS, flag, one_of, shown
from ._forms import keep
from ._library import Attention, DType, check, library
from ._policy_text import policy_of
from .engine import Engine, default_engine
from .errors import ArgumentTypeError, InvalidError, UnsupportedError
from .policies import HIP, Boxes, Policy
from .program import MOST_FORMS, Program

if TYPE_CHECKING:
    from .typing import Array, DType as DTypeName, PolicyLike

# Entries of a new array, which doubles when it is full.
LEAST_ENTRIES = 16


class Summaries:
    """The summaries of the keys of one batch of sequences, so that each call makes those of new keys alone.

        kept = hip_mlir.Summaries(policy)
        for ...:  # decode
            out = hip_mlir.attention(q, k, v, policy, summaries=kept)

    policy: what reads them: Boxes, or what has Boxes among its parts; or the text of one.
    check: compare them in each call with those of all keys, made at once, so that a caller who changes keys that
        were there is told. It costs what keeping them saves.
    dtype: the element type of keys of 8 bits, as which they are read: that of q.
    engine: a hip_mlir.Engine that makes them; by default that of the keys' device.

    Keys that were there stay as they are, and new ones follow them: a call with fewer keys, or with another batch,
    heads, head size, element type or device, is refused, as is one that has k_scale where the last had none. reset()
    forgets all for another sequence. Results have the bits that they have without. NumPy, PyTorch and CuPy arrays can be summarised; one Summaries is for one thread at
    a time.
    """

    def __init__(self, policy: PolicyLike = HIP, *, check: bool = False,
                 dtype: DTypeName | None = None, engine: Engine | None = None) -> None:
        self._policy = checked_boxes(policy_of("policy", policy), engine)
        self._boxes, self._check, self._engine = self._policy.boxes, flag("check", check), engine
        self._code = None if dtype is None else CODES[one_of("dtype", dtype, ELEMENTS)]
        # Levels of the same boxes share an array.
        self._levels = {box: _Level(box) for box in self._boxes}
        self.reset()

    @property
    def policy(self) -> Policy:
        """The policy that they are for."""
        return self._policy

    @property
    def boxes(self) -> tuple[int, ...]:
        """Keys of a box of each level, in the order of the policy."""
        return self._boxes

    @property
    def keys(self) -> int:
        """Keys of the last update, 0 before the first."""
        return self._keys

    @property
    def arrays(self) -> tuple[Any, ...]:
        """An array of each level, [B, Hkv, keys // box, 2, D] like the keys, or of `dtype` where these have 8 bits: minima, then maxima.
        Empty before the first update."""
        levels = (self._levels[box] for box in self._boxes)
        return tuple(level.array[..., :level.done, :, :] for level in levels if level.array is not None)

    def reset(self) -> None:
        """Forgets all keys."""
        self._keys, self._told = 0, ""
        self._form: Any = None
        self._whole: list[Any] = []
        for level in self._levels.values():
            level.array, level.done = None, 0

    def update(self, k: Array, *, k_scale: Array | None = None) -> None:
        """Adds what is new of the keys k, [B, Hkv, Tk, D] or [Hkv, Tk, D], since the last call. k_scale: float32 [Hkv],
        by which keys of 8 bits are multiplied.

        hip_mlir.attention(summaries=) does so by itself. Raises InvalidError where k is not the keys of the last
        call and more, and, with check, where those have changed.
        """
        self._updated(k, k_scale)

    def _updated(self, k: Any, k_scale: Any = None, like: Any = None) -> list[Any]:
        """update(), and an array of each level, with room for more entries; keys of 8 bits are read as `like`."""
        try:
            shape = k.shape
            form = type(k), k.dtype, getattr(k, "device", None), shape[:-2], shape[-1], k_scale is None
            keys = shape[-2]
        except (AttributeError, IndexError, TypeError):
            form, keys = None, -1
        if form is None or form != self._form:
            self._begin(k, k_scale, like, form)
        if keys < self._keys:
            raise InvalidError(f"k has {keys} keys, but these summaries are of {self._keys} already; give the keys of "
                               "the last call and more, or call reset() for another sequence")
        for box, level in self._levels.items():
            if keys // box > level.done:
                level.add(k, k_scale, keys // box)
                self._whole = [self._levels[each].array for each in self._boxes]
        self._keys = keys
        if self._check:
            self._compare(k, k_scale)
        return self._whole

    def _begin(self, k: Any, k_scale: Any, like: Any, form: Any) -> None:
        """The first keys, or those of another form, which are refused."""
        view = _view(k)
        told = _told(k, view, k_scale)
        if self._form is not None:
            raise InvalidError(f"k is {told}, but these summaries are of {self._told}; give keys like those of "
                               "the last call, or call reset() for another sequence")
        engine = default_engine(*view[:2]) if self._engine is None else self._engine
        if engine._where != view[:2]:
            raise InvalidError(f"k is on {device_name(view)}, but the engine is on {engine.device}; move one of them")
        _check_scale(view, k_scale)
        code, scaled = type_as_read("k", view, self._code, like, self), k_scale is not None
        for level in self._levels.values():
            level.program, level.code = _program(engine, view, level.box, code, scaled), code
            level.array = level.empty(k, 0)
        self._whole = [self._levels[each].array for each in self._boxes]
        self._form, self._told = form, told

    def _compare(self, k: Any, k_scale: Any) -> None:
        for box, level in self._levels.items():
            made = _Level(box, level.program, level.code)
            made.array = made.empty(k, level.done)
            made.add(k, k_scale, level.done)
            wanted, kept = (each.array[..., :level.done, :, :] for each in (made, level))
            if not adapter_of(kept).same_bits(wanted, kept):
                raise InvalidError(f"keys that were there have changed: summaries of boxes of {box} keys are not those "
                                   "of k; call reset() after changes (S17b)")

    def __repr__(self) -> str:
        return f"<hip_mlir.Summaries of {self._keys} keys for {self._policy}>"


class _Level:
    """The array of one size of boxes: `done` entries are there, the rest is room."""

    def __init__(self, box: int, program: Any = None, code: Any = None) -> None:
        self.box, self.program, self.code = box, program, code
        self.array: Any = None
        self.done = 0

    def empty(self, k: Any, entries: int) -> Any:
        view = _view(k)
        shape = *view[4][:-2], max(entries, LEAST_ENTRIES), 2, view[4][-1]
        return adapter_of(k).empty(shape, self.code, k, view)

    def add(self, k: Any, k_scale: Any, entries: int) -> None:
        """Makes the entries that are missing of so many."""
        if entries > self.array.shape[-3]:
            old, self.array = self.array, self.empty(k, max(entries, 2 * self.array.shape[-3]))
            self.array[..., :self.done, :, :] = old[..., :self.done, :, :]
        if entries > self.done:
            keys = k[..., self.done * self.box:entries * self.box, :]
            out = self.array[..., self.done:entries, :, :]
            if keys.ndim == 3:
                keys, out = keys[None], out[None]
            self.program(keys, *(() if k_scale is None else (k_scale,)), out=out)
            self.done = entries


def _view(k: Any) -> View:
    """The view of keys, which are checked."""
    adapter, view = adapter_of(k), views_of(("k",), (k,), read_arrays(("k",), (k,)))[0]
    if len(view[4]) not in (3, 4):
        raise InvalidError(f"k has shape {list(view[4])}; give [B, H, T, D] or [H, T, D]")
    if dtype_name(view) not in (*ELEMENTS, *NARROW):
        raise ArgumentTypeError(f"k is {dtype_name(view)}; give one of {', '.join((*ELEMENTS, *NARROW))}")
    if not adapter.slices:
        raise UnsupportedError(f"k is a {type(k).__name__}, which summaries cannot be kept of; give NumPy, PyTorch or "
                               "CuPy arrays, or leave out summaries")
    if not view[4][-1] or not view[4][-3] or view[4][-2] > MOST_KEYS:
        raise InvalidError(f"k has shape {list(view[4])}; give 1 or more heads of 1 or more numbers, and at most "
                           f"{MOST_KEYS} rows (S5)")
    return view


def type_as_read(name: str, k: View, code: tuple[int, int] | None, like: Any, owner: object) -> tuple[int, int]:
    """The element type of the summaries of keys: theirs, or, of 8 bits, `code`, or that of `like`, the call's q."""
    if dtype_name(k) in ELEMENTS:
        return k[2:4]
    if dtype_name(k) not in NARROW:
        raise ArgumentTypeError(f"{name} is {dtype_name(k)}; give one of {', '.join((*ELEMENTS, *NARROW))}")
    if code is None and like is not None:
        code = views_of(("q",), (like,), read_arrays(("q",), (like,)))[0][2:4]
    if code is None:
        raise InvalidError(f"{name} is {dtype_name(k)}, which is read as q is; give the dtype of q to "
                           f"hip_mlir.{type(owner).__name__}")
    return code


def _check_scale(k: View, k_scale: object) -> None:
    if k_scale is not None and dtype_name(k) in ELEMENTS:
        raise ArgumentTypeError(f"k_scale is given, but k is {dtype_name(k)}; give it for keys of "
                                f"{' or '.join(NARROW)} alone (S23b)")


def _told(k: object, view: View, k_scale: object) -> str:
    *batch, heads, _, size = view[4]
    shape = ", ".join(map(str, (*batch, heads, "Tk", size)))
    scaled = "" if k_scale is None else " with k_scale"
    return f"{dtype_name(view)} [{shape}] on {device_name(view)} ({type(k).__name__}){scaled}"


def _program(engine: Engine, view: View, box: int, code: tuple[int, int], scaled: bool) -> Program:
    """What makes the entries of one level."""
    key = "summaries", view[2:4], code, view[4][-3], view[4][-1], box, scaled
    program = engine._plans.get(key)
    if program is None:
        policy = str(Boxes(block_k=box, levels=((box, box),), keep=box))
        made = Attention(size=ctypes.sizeof(Attention), dtype=DType(*code, 1), query_heads=view[4][-3],
                         kv_heads=view[4][-3], head_size=view[4][-1], policy=policy.encode())
        if view[2:4] != code:
            made.kv_dtype, made.has_kv_scales = DType(*view[2:4], 1), scaled
        handle = ctypes.c_void_p()
        check(library().hipc_compile_summaries(engine._handle, ctypes.byref(made), ctypes.byref(handle)))
        program = keep(engine._plans, MOST_FORMS, key, Program(engine, handle))
    return program


def checked_boxes(policy: Policy, engine: object = None) -> Policy:
    """A policy that reads summaries; and what makes them is an engine, if it is given."""
    if not policy.boxes:
        raise InvalidError(f"{policy} has no boxes, so that it reads no summaries; give a policy that has, such as "
                           "hip_mlir.Boxes() or hip_mlir.HIP (S17b)")
    if engine is not None and not isinstance(engine, Engine):
        raise ArgumentTypeError(f"engine is {shown(engine)}; give a hip_mlir.Engine, such as hip_mlir.Engine('cpu')")
    return policy


def keys_of(k: Any, layout: str) -> Any:
    """k as [B, H, T, D], where it is an array that has these dimensions."""
    if layout == "bhtd" or not adapter_of(k).slices or len(k.shape) < 3:
        return k
    return k.swapaxes(-3, -2)


def check_boxes(policy: Policy, boxes: tuple[int, ...], has_lists: bool) -> None:
    """Whether a call with this policy has a use for summaries of such boxes."""
    if has_lists:
        raise InvalidError("lists and summaries are given, but with lists nothing is searched; leave out one of them "
                           "(S17b)")
    if not policy.boxes:
        raise InvalidError(f"{policy.NAME} has no boxes, so that it reads no summaries; leave them out (S17b)")
    if policy.boxes != boxes:
        raise InvalidError(f"summaries are of boxes of {_listed(boxes)} keys, but the policy has boxes of "
                           f"{_listed(policy.boxes)}; give hip_mlir.Summaries of that policy")


def _listed(boxes: tuple[int, ...]) -> str:
    return ", ".join(map(str, boxes))
