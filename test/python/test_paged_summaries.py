"""Summaries beside the pages of a cache: the bits of those made at once, whatever requests came and went (S17b)."""

import numpy as np
import pytest
from reference.scores import summarize

import hip_mlir
from hip_mlir._arrays import numpy_dtype

TWO = hip_mlir.Boxes(block_k=2, levels=((16, 64), (4, 24)), keep=12)
MIXED = hip_mlir.Union(TWO, hip_mlir.Tree(keep=32), hip_mlir.Boxes(block_k=4, levels=((8, 48),), keep=24))
LONG = hip_mlir.Boxes(block_k=8, levels=((64, 128),), keep=16)
OPTIONS = {"sink": 64, "window": 16}
HEADS, SIZE, ROOM = 2, 32, 512


def dtype_of(name):
    if name == "bfloat16":
        pytest.importorskip("ml_dtypes")
        return numpy_dtype((4, 16))
    return np.dtype(name)


def bits(array):
    return array.view(f"u{array.dtype.itemsize}")


class Cache:
    """Pages of a few requests, in any order, whose prefixes may be shared."""

    def __init__(self, rng, page, batch, dtype=np.float32, room=ROOM):
        self.page, self.rng, self.dtype = page, rng, dtype
        count = batch * room // page + 3
        self.k, self.v = (np.full((count, page, HEADS, SIZE), np.nan, dtype) for _ in range(2))
        self.free = list(rng.permutation(count))
        self.table = np.full((batch, room // page), -1, np.int32)
        self.lengths = np.zeros(batch, np.int32)

    def grow(self, entry, keys):
        """New keys, into the pages that the entry has and into free ones."""
        for j in range(self.lengths[entry], self.lengths[entry] + keys):
            at = self.table[entry, j // self.page:]
            if at[0] < 0:
                at[0] = self.free.pop()
            for array in (self.k, self.v):
                array[at[0], j % self.page] = self.rng.standard_normal((HEADS, SIZE))
        self.lengths[entry] += keys

    def share(self, entry, other, pages):
        self.table[entry, :pages] = self.table[other, :pages]
        self.lengths[entry] = pages * self.page

    def end(self, entry):
        """Its pages are free, and what is in them stays."""
        used = self.table[entry][self.table[entry] >= 0]
        others = np.delete(self.table, entry, 0)
        self.free += [page for page in used if page not in others]
        self.table[entry], self.lengths[entry] = -1, 0

    @property
    def kv(self):
        return hip_mlir.Paged(self.k, self.v, self.table, self.lengths)

    def keys(self, entry, array=None):
        """[H, T, D]"""
        array = self.k if array is None else array
        pages = self.table[entry, :-(-self.lengths[entry] // self.page)]
        return array[pages].reshape(-1, HEADS, SIZE)[:self.lengths[entry]].swapaxes(0, 1)

    def check(self, kept):
        """Each box of each entry is where its last page is, with the bits of the reference."""
        for box, array in zip(kept.boxes, kept.arrays):
            assert array.shape == (len(self.k), max(1, self.page // box), HEADS, 2, SIZE)
            for entry, length in enumerate(self.lengths):
                for head, keys in enumerate(self.keys(entry)):
                    low, high = summarize(keys.astype(np.float32), box)
                    for i in range(length // box):
                        found = array[self.table[entry, ((i + 1) * box - 1) // self.page], i % array.shape[1], head]
                        np.testing.assert_array_equal(found.astype(np.float32), [low[i], high[i]])


def attend(cache, q, policy, summaries=None, **options):
    return hip_mlir.attention(q, policy=policy, kv=cache.kv, summaries=summaries, **{**OPTIONS, **options})


@pytest.mark.parametrize("page, policy", [(16, MIXED), (16, LONG), (64, LONG), (256, TWO), (1, TWO), (8, MIXED)],
                         ids=["p16", "p16 b64", "p64 b64", "p256 b16", "p1", "p8"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_a_growing_batch_has_the_same_bits(rng, page, policy, dtype):
    """Prompts of several lengths, chunks of them and decode steps; and requests that end."""
    cache, kept = Cache(rng, page, 3, dtype_of(dtype)), hip_mlir.PagedSummaries(policy, check=True)
    for entry, keys in enumerate((200, 0, 77)):
        cache.grow(entry, keys)
    for step, rows in enumerate([200, 130, 1, 1, 5, 1, 1, 33, 1, 1]):
        if step == 1:
            cache.end(0)
        for entry in range(3):
            if step:
                cache.grow(entry, max(0, rows - entry))
        q = rng.standard_normal((3, 4, rows, SIZE)).astype(cache.dtype)
        wanted = attend(cache, q, policy)
        np.testing.assert_array_equal(bits(attend(cache, q, policy, kept)), bits(wanted))
        out, lse = attend(cache, q, policy, kept, return_lse=True)
        np.testing.assert_array_equal(bits(out), bits(wanted))
    cache.check(kept)


def test_each_step_alone(rng):
    """One key a step, over borders of boxes and pages."""
    cache, kept = Cache(rng, 16, 2), hip_mlir.PagedSummaries(MIXED)
    cache.grow(0, 30)
    kept.update(cache.kv, 30)
    for _ in range(70):
        for entry in range(2):
            cache.grow(entry, 1)
        q = rng.standard_normal((2, 4, 1, SIZE)).astype(np.float32)
        np.testing.assert_array_equal(attend(cache, q, MIXED, kept), attend(cache, q, MIXED))
    cache.check(kept)


def test_against_one_array(rng):
    """The lists and results of keys in an array."""
    cache, kept = Cache(rng, 16, 1), hip_mlir.PagedSummaries(MIXED)
    cache.grow(0, 333)
    q = rng.standard_normal((1, 4, 333, SIZE)).astype(np.float32)
    out, lists = attend(cache, q, MIXED, kept, return_lists=True)
    k, v = (np.ascontiguousarray(cache.keys(0, array))[None] for array in (cache.k, cache.v))
    wanted, others = hip_mlir.attention(q, k, v, MIXED, return_lists=True, **OPTIONS)
    np.testing.assert_array_equal(out, wanted)
    np.testing.assert_array_equal(lists[1], others[1])


def test_shared_prefixes_share_summaries(rng):
    """A request begins with pages of another, whose summaries nobody makes anew."""
    cache, kept = Cache(rng, 16, 2), hip_mlir.PagedSummaries(LONG, check=True)
    cache.grow(0, 250)
    kept.update(cache.kv, 250)
    cache.share(1, 0, 13)
    cache.grow(1, 90)
    cache.grow(0, 3)
    q = rng.standard_normal((2, 4, 90, SIZE)).astype(np.float32)
    np.testing.assert_array_equal(attend(cache, q, LONG, kept), attend(cache, q, LONG))
    cache.end(0)
    cache.check(kept)


def test_only_boxes_that_are_complete_are_written(rng):
    cache, kept = Cache(rng, 16, 1), hip_mlir.PagedSummaries(TWO)
    cache.grow(0, 100)
    kept.update(cache.kv, 100)
    for array in kept.arrays:
        array[...] = 7
    cache.grow(0, 1)
    kept.update(cache.kv, 1)
    assert all((array == 7).all() for array in kept.arrays)
    cache.grow(0, 3)
    kept.update(cache.kv, 3)
    assert (kept.arrays[0] == 7).all() and (kept.arrays[1] != 7).any(axis=(2, 3, 4)).sum() == 1
    kept.update(cache.kv, 0)
    kept.update(cache.kv, 10**9)
    cache.check(kept)


def test_packed_rows_layout_and_given_arrays(rng):
    cache = Cache(rng, 16, 3)
    for entry, keys in enumerate((90, 7, 130)):
        cache.grow(entry, keys)
    arrays = [np.zeros(shape, np.float32) for shape in hip_mlir.PagedSummaries.shapes(cache.k.shape, MIXED)]
    kept = hip_mlir.PagedSummaries(MIXED, arrays=arrays, check=True)
    rows = hip_mlir.RaggedRows(np.array([0, 90, 97, 227], np.int32), 130)
    q = rng.standard_normal((227, 4, SIZE)).astype(np.float32)
    np.testing.assert_array_equal(attend(cache, q, MIXED, kept, q_rows=rows), attend(cache, q, MIXED, q_rows=rows))
    assert all(one is other for one, other in zip(kept.arrays, arrays))
    cache.grow(1, 2)
    q = rng.standard_normal((3, 2, 4, SIZE)).astype(np.float32)
    np.testing.assert_array_equal(attend(cache, q, MIXED, kept, layout="bthd"), attend(cache, q, MIXED, layout="bthd"))
    cache.check(kept)


def test_levels_of_the_same_boxes_share_an_array(rng):
    policy, cache = hip_mlir.Union(LONG, hip_mlir.Boxes(levels=((64, 192),), keep=64)), Cache(rng, 16, 2)
    for entry in range(2):
        cache.grow(entry, 400)
    q = rng.standard_normal((2, 4, 400, SIZE)).astype(np.float32)
    wanted = attend(cache, q, policy)
    for arrays in (None, [np.zeros(shape, np.float32) for shape in hip_mlir.PagedSummaries.shapes(cache.k.shape, policy)]):
        kept = hip_mlir.PagedSummaries(policy, arrays=arrays, check=True)
        np.testing.assert_array_equal(attend(cache, q, policy, kept), wanted)
        assert kept.boxes == (64, 64) and kept.arrays[0] is kept.arrays[1]


def test_with_refresh(rng):
    cache, kept = Cache(rng, 16, 2), hip_mlir.PagedSummaries(MIXED, check=True)
    plain, other = (hip_mlir.Refresh(np.zeros(1, np.int32), (1, 4, 2)) for _ in range(2))
    for entry in range(2):
        cache.grow(entry, 150 + entry)
    kept.update(cache.kv, 151)
    for _ in range(9):
        for entry in range(2):
            cache.grow(entry, 1)
        q = rng.standard_normal((2, 4, 1, SIZE)).astype(np.float32)
        wanted = attend(cache, q, MIXED, refresh=plain)
        np.testing.assert_array_equal(attend(cache, q, MIXED, kept, refresh=other), wanted)
        for refresh in (plain, other):
            refresh.step[...] += 1


@pytest.mark.parametrize("scaled", [False, True])
def test_keys_of_8_bits(rng, scaled):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    cache = Cache(rng, 16, 2, np.dtype(ml_dtypes.float8_e4m3fn))
    for entry, keys in enumerate((200, 90)):
        cache.grow(entry, keys)
    scales = {name: np.array([0.5, -2], np.float32) for name in ("k_scale", "v_scale")} if scaled else {}
    kept = hip_mlir.PagedSummaries(MIXED, check=True)
    q = rng.standard_normal((2, 4, 200, SIZE)).astype(np.float16)
    np.testing.assert_array_equal(attend(cache, q, MIXED, kept, **scales), attend(cache, q, MIXED, **scales))
    assert kept.arrays[0].dtype == np.float16
    with pytest.raises(hip_mlir.InvalidError, match="give the dtype of q"):
        hip_mlir.PagedSummaries(MIXED).update(cache.kv, 4)
    named = hip_mlir.PagedSummaries(MIXED, dtype="float16")
    named.update(cache.kv, 200, k_scale=scales.get("k_scale"))
    np.testing.assert_array_equal(attend(cache, q[:, :, :1], MIXED, named, **scales),
                                  attend(cache, q[:, :, :1], MIXED, **scales))


@pytest.mark.parametrize("bad", [-1, 10**6, -2**31, 2**31 - 1])
@pytest.mark.parametrize("page", [16, 256])
def test_pages_that_are_not_there(rng, bad, page):
    """Nothing is written for them, and what they would have is not found."""
    cache = Cache(rng, page, 2)
    for entry in range(2):
        cache.grow(entry, 400)
    whole, kept = (hip_mlir.PagedSummaries(TWO, arrays=[
        np.full(shape, 7, np.float32) for shape in hip_mlir.PagedSummaries.shapes(cache.k.shape, TWO)]) for _ in range(2))
    whole.update(cache.kv, 400)
    gone = cache.table[0, 1]
    cache.table[0, 1] = bad
    kept.update(cache.kv, 400)
    for array, all_of_them in zip(kept.arrays, whole.arrays):
        assert (array[gone] == 7).all()
        others = np.delete(np.arange(len(cache.k)), gone)
        np.testing.assert_array_equal(array[others], all_of_them[others])
    q = rng.standard_normal((2, 4, 1, SIZE)).astype(np.float32)
    out = attend(cache, q, TWO, kept)
    assert np.isfinite(out).all()
    np.testing.assert_array_equal(out[1], attend(cache, q, TWO)[1])


def test_lengths_are_held(rng):
    cache, kept = Cache(rng, 16, 2), hip_mlir.PagedSummaries(TWO)
    cache.grow(0, ROOM)
    cache.grow(1, 30)
    for lengths in ([2**31 - 1, 30], [ROOM, -5], [-2**31, 30]):
        cache.lengths[:] = lengths
        q = rng.standard_normal((2, 4, ROOM, SIZE)).astype(np.float32)
        np.testing.assert_array_equal(attend(cache, q, TWO, kept), attend(cache, q, TWO))


def test_they_are_what_is_searched(rng):
    cache, kept = Cache(rng, 16, 1), hip_mlir.PagedSummaries(TWO)
    cache.grow(0, 300)
    q = rng.standard_normal((1, 4, 1, SIZE)).astype(np.float32)
    kept.update(cache.kv, 300)
    kept.arrays[0][...] = 0
    assert not np.array_equal(attend(cache, q, TWO, kept), attend(cache, q, TWO))


def test_keys_without_a_call_are_told(rng):
    cache = Cache(rng, 16, 1)
    # New memory may happen to hold what belongs there.
    arrays = [np.full(shape, np.nan, np.float32) for shape in hip_mlir.PagedSummaries.shapes(cache.k.shape, TWO)]
    kept = hip_mlir.PagedSummaries(TWO, arrays=arrays, check=True)
    cache.grow(0, 60)
    kept.update(cache.kv, 60)
    cache.grow(0, 30)
    with pytest.raises(hip_mlir.InvalidError, match="boxes of (4|16) keys are not those of the keys, which were "
                                                    "changed, or came without a call of as many rows"):
        kept.update(cache.kv, 1)
    kept.update(cache.kv, 90)
    cache.k[cache.table[0, 1], 3] = 100
    with pytest.raises(hip_mlir.InvalidError, match="call update"):
        attend(cache, np.ones((1, 4, 1, SIZE), np.float32), TWO, kept)


def test_arguments(rng):
    cache, kept = Cache(rng, 16, 2), hip_mlir.PagedSummaries(TWO)
    assert kept.boxes == (16, 4) and kept.arrays == () and "0 arrays, for boxes<" in repr(kept)
    assert hip_mlir.PagedSummaries().policy == hip_mlir.HIP
    assert hip_mlir.PagedSummaries.shapes((9, 64, 2, 32), TWO) == [(9, 4, 2, 2, 32), (9, 16, 2, 2, 32)]
    assert hip_mlir.PagedSummaries.shapes((9, 8, 2, 32), LONG) == [(9, 1, 2, 2, 32)]
    q = rng.standard_normal((2, 4, 1, SIZE)).astype(np.float32)
    k = rng.standard_normal((2, 2, 40, SIZE)).astype(np.float32)

    def refuses(kind, text, what):
        with pytest.raises(kind, match=text):
            what()
    refuses(ValueError, "has no boxes", lambda: hip_mlir.PagedSummaries("tree"))
    refuses(ValueError, "boxes of 6 keys, and pages have 16, but they have to divide", lambda: attend(
        cache, q, hip_mlir.Boxes(block_k=6, levels=((6, 48),), keep=24),
        hip_mlir.PagedSummaries(hip_mlir.Boxes(block_k=6, levels=((6, 48),), keep=24)), sink=48))
    refuses(ValueError, "summaries is a hip_mlir.PagedSummaries, but keys are in an array; give a hip_mlir.Summaries",
            lambda: hip_mlir.attention(q, k, k, TWO, summaries=kept, **OPTIONS))
    refuses(ValueError, "summaries is a hip_mlir.Summaries, but keys are in pages; give a hip_mlir.PagedSummaries",
            lambda: attend(cache, q, TWO, hip_mlir.Summaries(TWO)))
    refuses(NotImplementedError, "no call looks at offsets", lambda: hip_mlir.attention(
        q, policy=TWO, summaries=kept, kv=hip_mlir.Ragged(k[0].swapaxes(0, 1), k[0].swapaxes(0, 1),
                                                          np.array([0, 3, 40], np.int32))))
    refuses(TypeError, "summaries is 3; give a hip_mlir.Summaries, or", lambda: attend(cache, q, TWO, 3))
    refuses(TypeError, "kv is 3; give a hip_mlir.Paged", lambda: kept.update(3, 4))
    refuses(ValueError, "rows", lambda: kept.update(cache.kv, -1))
    refuses(ValueError, "dtype = 3; give one of float16", lambda: hip_mlir.PagedSummaries(TWO, dtype=3))
    refuses(ValueError, "summaries are of boxes of 64 keys, but the policy has boxes of 16, 4",
            lambda: attend(cache, q, TWO, hip_mlir.PagedSummaries(LONG)))
    refuses(ValueError, "arrays has 1 arrays, but the policy has 2 levels of boxes", lambda: hip_mlir.PagedSummaries(
        TWO, arrays=[np.zeros((len(cache.k), 1, 2, 2, SIZE), np.float32)]).update(cache.kv, 1))
    shapes = hip_mlir.PagedSummaries.shapes(cache.k.shape, TWO)
    refuses(ValueError, r"arrays\[1\] has shape .*; these pages need", lambda: hip_mlir.PagedSummaries(
        TWO, arrays=[np.zeros(shapes[0], np.float32)] * 2).update(cache.kv, 1))
    refuses(TypeError, r"arrays\[0\] is float16; give float32", lambda: hip_mlir.PagedSummaries(
        TWO, arrays=[np.zeros(shape, np.float16) for shape in shapes]).update(cache.kv, 1))


def test_explanation_and_text(rng):
    cache = Cache(rng, 16, 2)
    q = rng.standard_normal((2, 4, 1, SIZE)).astype(np.float32)
    told = hip_mlir.explain(q, policy=TWO, kv=cache.kv, summaries=hip_mlir.PagedSummaries(TWO), **OPTIONS)
    assert told != hip_mlir.explain(q, policy=TWO, kv=cache.kv, **OPTIONS)
    text = hip_mlir.attention_text("float16", 4, 2, 32, TWO, has_summaries=True, storage="paged", page_size=32, sink=64)
    assert "tensor<?x2x2x2x32xf16>" in text and text.count("hip.kv.summaries") == 2
