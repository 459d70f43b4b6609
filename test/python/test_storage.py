"""Paged and ragged keys and values: kv=, beside the same keys in one array."""

import re

import ml_dtypes
import numpy as np
import pytest

import hip_mlir

POLICIES = {"dense": hip_mlir.Dense(), "window": hip_mlir.Window(), "tree": hip_mlir.Tree(32, 2, 32),
            "stages": hip_mlir.Stages(stages=((32, 32, 128, 2), (32, 8, 32, 1))),
            "boxes": hip_mlir.Boxes(32, 8, ((32, 96),), 32), "hip": hip_mlir.HIP, "auto": hip_mlir.Auto()}
SINK, WINDOW = 64, 48
LENGTHS = 200, 0, 331, 77
HEADS, KV_HEADS, SIZE = 4, 2, 32
OPTIONS = {"sink": SINK, "window": WINDOW}
TREE = {"policy": POLICIES["tree"], **OPTIONS}


def paged(entries, page, spare=3, seed=5):
    """hip_mlir.Paged of entries (k, v), each [Hkv, T, D], in pages of no order; no page but theirs is right."""
    used = [-(-k.shape[1] // page) for k, _ in entries]
    places = np.random.default_rng(seed).permutation(sum(used) + spare)
    table = np.full((len(entries), max([*used, 1]) + 1), 1 << 30, np.int32)
    stored = [np.full((len(places), page, len(x), x.shape[2]), np.nan, x.dtype) for x in entries[0]]
    for b, entry in enumerate(entries):
        for i in range(used[b]):
            place = table[b, i] = places[sum(used[:b]) + i]
            for pages, rows in zip(stored, entry):
                part = rows[:, i * page:(i + 1) * page].swapaxes(0, 1)
                pages[place, :len(part)] = part
    return hip_mlir.Paged(*stored, table, np.array([k.shape[1] for k, _ in entries], np.int32))


def ragged(entries):
    offsets = np.cumsum([0, *(k.shape[1] for k, _ in entries)]).astype(np.int32)
    return hip_mlir.Ragged(*(np.concatenate([entry[i].swapaxes(0, 1) for entry in entries]) for i in range(2)), offsets)


STORAGES = {"ragged": ragged, **{f"pages of {page}": lambda entries, page=page: paged(entries, page)
                                 for page in (1, 16, 256)}}


def make(integers, lengths=LENGTHS, rows=1, dtype=np.float32, value_size=SIZE):
    """q [B, Hq, rows, D] and the (k, v) of each batch entry."""
    return integers(len(lengths), HEADS, rows, SIZE, dtype=dtype), [
        (integers(KV_HEADS, length, SIZE, dtype=dtype), integers(KV_HEADS, length, value_size, dtype=dtype))
        for length in lengths]


def alone(q, entries, policy, **options):
    """The results of each entry in a call of its own, of one array."""
    return [hip_mlir.attention(q[b:b + 1], k[None], v[None], policy, return_lse=True, **OPTIONS, **options)
            for b, (k, v) in enumerate(entries)]


@pytest.mark.parametrize("policy, dtype, stores", [
    *((policy, np.float32, ("ragged", "pages of 16")) for policy in POLICIES),
    ("dense", np.float32, ("pages of 1", "pages of 256")), ("hip", np.float32, ("pages of 1", "pages of 256")),
    ("dense", ml_dtypes.bfloat16, ("ragged", "pages of 16")), ("hip", ml_dtypes.bfloat16, ("ragged", "pages of 16"))])
def test_entries_are_those_of_one_array(policy, dtype, stores, integers):
    """Entries of several lengths, one of them 0, with other values' sizes, for a step and for a prompt: the bits of a
    call for each alone."""
    for rows in (1, 70):
        q, entries = make(integers, rows=rows, dtype=dtype, value_size=16)
        wanted = alone(q, entries, POLICIES[policy])
        for name in stores:
            kv = STORAGES[name](entries)
            out, lse = hip_mlir.attention(q, kv=kv, policy=POLICIES[policy], return_lse=True, **OPTIONS)
            for b, (expected_out, expected_lse) in enumerate(wanted):
                np.testing.assert_array_equal(out[b], expected_out[0], f"{name}, entry {b}")
                np.testing.assert_array_equal(lse[b], expected_lse[0], f"{name}, entry {b}")
            assert not out[1].any() and np.isneginf(lse[1]).all()


@pytest.mark.parametrize("policy, list_heads, stores", [
    ("tree", "kv", STORAGES), ("stages", "kv", ["pages of 16"]), ("boxes", "kv", ["pages of 16"]),
    ("hip", "kv", ["pages of 16"]), ("tree", "query", ["ragged"]), ("tree", "all", ["pages of 16"])])
def test_lists(policy, list_heads, stores, integers):
    """What is selected is the same, and attended again."""
    q, entries = make(integers, (331, 331), 70)
    options = {"policy": POLICIES[policy], "list_heads": list_heads, **OPTIONS}
    k, v = (np.stack([entry[i] for entry in entries]) for i in range(2))
    expected, (blocks, counts) = hip_mlir.attention(q, k, v, return_lists=True, **options)
    for name in stores:
        kv = STORAGES[name](entries)
        out, lists = hip_mlir.attention(q, kv=kv, return_lists=True, **options)
        np.testing.assert_array_equal(lists[1], counts)
        for at in np.ndindex(counts.shape):
            np.testing.assert_array_equal(lists[0][at][:counts[at]], blocks[at][:counts[at]])
        np.testing.assert_array_equal(out, expected)
        np.testing.assert_array_equal(hip_mlir.attention(q, kv=kv, lists=lists, **options), expected)


def test_lists_have_the_room_of_what_is_stored(integers):
    """N = ceil(Tk / block_k) where all is kept, of which Tk is what there is room for (S16)."""
    q, entries = make(integers)
    every = hip_mlir.Stages(stages=((32, 32, "all", 1), (32, 8, "all", 1)))
    for store, room in ((STORAGES["ragged"], sum(LENGTHS)), (STORAGES["pages of 16"], 22 * 16)):
        _, (blocks, counts) = hip_mlir.attention(q, kv=store(entries), policy=every, return_lists=True, **OPTIONS)
        assert blocks.shape == (4, KV_HEADS, 1, -(-room // 8))
        assert counts[1].max() == 0 < counts[2].min()


def test_positions_are_those_of_the_first_rows(integers):
    """Prompts in the first rows of a q that is longer than they are."""
    q, entries = make(integers, (50, 96, 12), 96)
    first = np.zeros(3, np.int32)
    for policy in (POLICIES["tree"], POLICIES["dense"]):
        for kv in (paged(entries, 16), ragged(entries)):
            out = hip_mlir.attention(q, kv=kv, policy=policy, positions=first, **OPTIONS)
            for b, (k, v) in enumerate(entries):
                rows = k.shape[1]
                expected = hip_mlir.attention(q[b:b + 1, :, :rows], k[None], v[None], policy, **OPTIONS)
                np.testing.assert_array_equal(out[b, :, :rows], expected[0])
    k, v = (np.stack([entry[i][:, :12] for entry in entries]) for i in range(2))
    out = hip_mlir.attention(q, k, v, positions=first)
    np.testing.assert_array_equal(out[:, :, :12], hip_mlir.attention(q[:, :, :12], k, v))
    assert (out != hip_mlir.attention(q, k, v)).any()


@pytest.mark.parametrize("shape", [(2,), ()], ids=["batch", "no batch"])
def test_rows_may_be_before_heads(shape, integers):
    """layout="bthd": the same numbers in arrays of that order, which results have too."""
    q, k, v = (integers(*shape, heads, rows, SIZE) for heads, rows in ((HEADS, 70), (KV_HEADS, 331), (KV_HEADS, 331)))
    options = {"policy": POLICIES["tree"], **OPTIONS}
    rows_first = [np.ascontiguousarray(x.swapaxes(-3, -2)) for x in (q, k, v)]
    expected, lse, lists = hip_mlir.attention(q, k, v, return_lse=True, return_lists=True, **options)
    for _ in range(2):
        made = hip_mlir.attention(*rows_first, layout="bthd", return_lse=True, return_lists=True, **options)
        assert made[0].flags.c_contiguous
        np.testing.assert_array_equal(made[0].swapaxes(-3, -2), expected)
        np.testing.assert_array_equal(made[1], lse)
    out = np.empty_like(rows_first[0])
    assert hip_mlir.attention(*rows_first, layout="bthd", lists=lists, out=out, scale=SIZE**-0.5, **options) is out
    np.testing.assert_array_equal(out.swapaxes(-3, -2), expected)
    assert "code object" in hip_mlir.explain(*rows_first, layout="bthd", **options)
    with pytest.raises(hip_mlir.InvalidError, match="layout = 'thd'; give one of bhtd, bthd"):
        hip_mlir.attention(*rows_first, layout="thd")


def test_rows_before_heads_of_pages(integers):
    q, entries = make(integers, rows=5)
    kv = paged(entries, 16)
    out = hip_mlir.attention(np.ascontiguousarray(q.swapaxes(1, 2)), kv=kv, layout="bthd")
    np.testing.assert_array_equal(out.swapaxes(1, 2), hip_mlir.attention(q, kv=kv))


def test_strides_are_free(integers):
    """Pages whose heads come first, part of a larger array, and a table with room to spare."""
    q, entries = make(integers)
    kv = paged(entries, 16)
    wide = np.zeros((len(kv.k_pages), 2 * KV_HEADS, 16, SIZE), np.float32)
    pages = wide.swapaxes(1, 2)[:, :, ::2]
    pages[...] = kv.k_pages
    table = np.concatenate([kv.table, kv.table], 1)[:, :kv.table.shape[1]]
    np.testing.assert_array_equal(hip_mlir.attention(q, kv=kv._replace(k_pages=pages, table=table)),
                                  hip_mlir.attention(q, kv=kv))


@pytest.mark.parametrize("policy", ["dense", "hip"])
def test_pages_that_are_not_there_are_skipped(policy, integers):
    """S24: numbers past either end, and lengths that are too long."""
    q, entries = make(integers, (320, 320), 70)
    kv = paged(entries, 16)
    kv.table[:, -1] = 0
    right = hip_mlir.attention(q, kv=kv, policy=POLICIES[policy], **OPTIONS)
    for number in (-1, len(kv.k_pages), 2**31 - 1, -2**31):
        kv.table[0, 20:] = number
        long = kv._replace(lengths=np.array([2**31 - 1, 320], np.int32))
        # Keys past 320 are none, and the rows are at other places.
        out = hip_mlir.attention(q, kv=long, policy=POLICIES[policy], positions=np.full(2, 250, np.int32), **OPTIONS)
        assert np.isfinite(out).all()
        np.testing.assert_array_equal(out[1], right[1])
        if policy == "dense":
            np.testing.assert_array_equal(out[0], right[0])
    nowhere = kv._replace(table=np.full_like(kv.table, -7))
    assert not hip_mlir.attention(q, kv=nowhere, policy=POLICIES[policy], **OPTIONS).any()
    assert not hip_mlir.attention(q, kv=kv._replace(lengths=np.array([-3, 0], np.int32)), **OPTIONS).any()


def test_offsets_that_name_nothing_are_held(integers):
    q, entries = make(integers, (40, 60))
    kv = ragged(entries)
    right = hip_mlir.attention(q, kv=kv)
    np.testing.assert_array_equal(hip_mlir.attention(q, kv=kv._replace(offsets=np.array([-5, 40, 1 << 30], np.int32))),
                                  right)
    assert not hip_mlir.attention(q, kv=kv._replace(offsets=np.array([90, 40, 7], np.int32)))[1].any()


def test_results_may_be_given_and_calls_are_known_again(integers):
    """out=, a scale and an engine; the second call of a form meets arrays with other numbers."""
    q, entries = make(integers)
    engine = hip_mlir.Engine("cpu")
    for store in (STORAGES["ragged"], STORAGES["pages of 16"]):
        for _ in range(2):
            q, entries = make(integers)
            kv = store(entries)
            out = np.empty_like(q)
            assert hip_mlir.attention(q, kv=kv, scale=0.5, out=out, engine=engine, **OPTIONS) is out
            for b, (k, v) in enumerate(entries):
                np.testing.assert_array_equal(out[b], hip_mlir.attention(q[b:b + 1], k[None], v[None], scale=0.5)[0])


def test_no_batch_and_no_keys(integers):
    q = integers(0, HEADS, 5, SIZE)
    pages, table = np.zeros((0, 16, KV_HEADS, SIZE), np.float32), np.zeros((0, 0), np.int32)
    assert hip_mlir.attention(q, kv=hip_mlir.Paged(pages, pages, table, table[:, 0] if table.size else
                                                   np.zeros(0, np.int32))).shape == q.shape
    q = integers(2, HEADS, 5, SIZE)
    none = np.zeros((0, KV_HEADS, SIZE), np.float32)
    assert not hip_mlir.attention(q, kv=hip_mlir.Ragged(none, none, np.zeros(3, np.int32))).any()


def test_texts_are_programs(integers):
    q, entries = make(integers)
    kv = paged(entries, 16)
    text = hip_mlir.attention_text("float32", HEADS, KV_HEADS, SIZE, POLICIES["tree"], storage="paged", page_size=16,
                                   **OPTIONS)
    assert "hip.kv.paged" in text
    np.testing.assert_array_equal(hip_mlir.compile(text, engine=hip_mlir.Engine("cpu"))(q, *kv),
                                  hip_mlir.attention(q, kv=kv, policy=POLICIES["tree"], **OPTIONS))
    assert "hip.kv.ragged" in hip_mlir.attention_text("float16", 8, 2, 64, storage="ragged", has_positions=True)
    assert "code object" in hip_mlir.explain(q, kv=kv, policy=POLICIES["tree"], **OPTIONS)
    for wrong in ({"storage": "paged"}, {"page_size": 16}, {"storage": "pages", "page_size": 16},
                  {"storage": "paged", "page_size": 24}):
        with pytest.raises(hip_mlir.InvalidError):
            hip_mlir.attention_text("float16", 8, 2, 64, **wrong)


@pytest.fixture(params=["ragged", "pages of 16"])
def stored(request, integers):
    """(q, kv, out, lse, lists) of NumPy, by TREE."""
    q, entries = make(integers)
    kv = STORAGES[request.param](entries)
    return q, kv, *hip_mlir.attention(q, kv=kv, return_lse=True, return_lists=True, **TREE)


def converted(kv, convert):
    return type(kv)(*map(convert, kv))


def check_stored(results, expected):
    """Of out, lse and lists; entries of lists past their counts say nothing."""
    out, lse, (blocks, counts) = results
    for got, wanted in zip((out, lse, counts), (*expected[:2], expected[2][1])):
        np.testing.assert_array_equal(np.asarray(got), wanted)
    assert tuple(blocks.shape) == expected[2][0].shape


def test_jax(stored):
    """jit, with kv= as an argument of the function or captured by it, and vmap."""
    jax = pytest.importorskip("jax")
    q, kv, *expected = stored
    check_stored(hip_mlir.attention(jax.numpy.asarray(q), kv=converted(kv, jax.numpy.asarray), return_lse=True,
                                    return_lists=True, **TREE), expected)
    check_stored(jax.jit(lambda q, kv: hip_mlir.attention(q, kv=kv, return_lse=True, return_lists=True, **TREE))(q, kv),
                 expected)
    out = jax.jit(lambda q, lists: hip_mlir.attention(q, kv=kv, lists=lists, positions=np.zeros(len(q), np.int32),
                                                      **TREE))(q, expected[2])
    np.testing.assert_array_equal(out, hip_mlir.attention(q, kv=kv, lists=expected[2], **TREE,
                                                          positions=np.zeros(len(q), np.int32)))
    mapped = jax.vmap(lambda q: hip_mlir.attention(q, kv=kv, **TREE))(np.stack([q, -q]))
    np.testing.assert_array_equal(mapped[0], expected[0])
    np.testing.assert_array_equal(mapped[1], hip_mlir.attention(-q, kv=kv, **TREE))
    np.testing.assert_array_equal(
        jax.jit(lambda q: hip_mlir.attention(q, kv=kv, layout="bthd", **TREE))(q.swapaxes(1, 2)).swapaxes(1, 2),
        expected[0])
    with pytest.raises(ValueError, match="the 2 batch entries of q need"):
        jax.jit(lambda q: hip_mlir.attention(q[:2], kv=kv))(q)


Q = np.zeros((2, HEADS, 1, SIZE), np.float32)
PAGES = np.zeros((5, 16, KV_HEADS, SIZE), np.float32)
TABLE, TWO = np.zeros((2, 3), np.int32), np.zeros(2, np.int32)
PAGED = hip_mlir.Paged(PAGES, PAGES, TABLE, TWO)
ROWS = np.zeros((9, KV_HEADS, SIZE), np.float32)
RAGGED = hip_mlir.Ragged(ROWS, ROWS, np.zeros(3, np.int32))


@pytest.mark.parametrize("call, error, text", [
    ({"kv": tuple(PAGED)}, TypeError, "kv is (array("),
    ({"kv": PAGED, "k": PAGES}, TypeError, "k and kv= are given; leave out k and v"),
    ({"kv": PAGED, "v": PAGES}, TypeError, "v and kv= are given"),
    ({"kv": PAGED, "k": Q, "v": Q}, TypeError, "k and kv= are given"),
    ({"k": Q}, TypeError, "v is missing; give arrays k and v, or kv="),
    ({}, TypeError, "k is missing"),
    ({"kv": PAGED, "q": Q[0]}, ValueError, "q has shape [4, 1, 32]; with kv= give [B, Hq, Tq, D]"),
    ({"kv": PAGED._replace(table=TABLE[:1])}, ValueError,
     "kv.table has shape [1, 3]; the 2 batch entries of q need [2, max_pages]"),
    ({"kv": PAGED._replace(lengths=np.zeros(3, np.int32))}, ValueError,
     "kv.lengths has shape [3]; the 2 batch entries of q need [2]"),
    ({"kv": PAGED._replace(table=TABLE.astype(np.int64))}, TypeError, "kv.table is int64; give int32"),
    ({"kv": PAGED._replace(table=[[0]])}, TypeError, "kv.table: a list is no array"),
    ({"kv": PAGED._replace(k_pages=PAGES[:, :12], v_pages=PAGES[:, :12])}, ValueError,
     "kv.k_pages has pages of 12 keys; give a power of two"),
    ({"kv": PAGED._replace(v_pages=PAGES[:, :8])}, ValueError,
     "kv.v_pages has pages of 8 keys, but kv.k_pages has 16; make them the same"),
    ({"kv": PAGED._replace(k_pages=PAGES[0])}, ValueError,
     "kv.k_pages has shape [16, 2, 32]; give [P, page, Hkv, D]"),
    ({"kv": PAGED._replace(k_pages=PAGES.astype(np.float16))}, TypeError, "kv.k_pages is float16, but q is float32"),
    ({"kv": PAGED._replace(k_pages=PAGES[..., :16])}, ValueError, "kv.k_pages has head size 16, but q has 32"),
    ({"kv": PAGED._replace(v_pages=PAGES[:, :, :1])}, ValueError, "kv.v_pages has 1 heads, but kv.k_pages has 2"),
    ({"kv": PAGED, "q": Q[:, :3]}, ValueError, "q has 3 heads, no multiple of the 2 of kv.k_pages"),
    ({"kv": RAGGED._replace(offsets=TWO)}, ValueError,
     "kv.offsets has shape [2]; the 2 batch entries of q need [3]"),
    ({"kv": RAGGED._replace(v=ROWS[:7])}, ValueError, "kv.v has 7 rows, but kv.k has 9; make them the same"),
    ({"kv": RAGGED._replace(k=ROWS[0])}, ValueError, "kv.k has shape [2, 32]; give [total, Hkv, D]"),
    ({"kv": RAGGED, "positions": TABLE}, ValueError, "positions has shape [2, 3]; the 2 batch entries of q need [2]"),
    ({"k": Q, "v": Q, "positions": TWO.astype(np.float32)}, TypeError, "positions is float32; give int32"),
    ({"kv": PAGED, "policy": "tree", "lists": (TABLE, TABLE)}, ValueError, "blocks has shape [2, 3]; 1 query rows"),
])
def test_errors(call, error, text):
    with pytest.raises(error, match=re.escape(text)):
        hip_mlir.attention(call.get("q", Q), **{name: value for name, value in call.items() if name != "q"})
