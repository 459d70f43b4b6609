"""Packed queries: q_rows=, beside a call for each batch entry (S1b)."""

import re

import ml_dtypes
import numpy as np
import pytest

import hip_mlir
from test_storage import HEADS, KV_HEADS, LENGTHS, OPTIONS, POLICIES, SIZE, paged, ragged

# More than a query block, one, none; the second entry has no key.
ROWS = 70, 1, 33, 0
STORES = {"ragged": ragged, "pages of 16": lambda entries: paged(entries, 16)}


def make(integers, rows=ROWS, lengths=LENGTHS, dtype=np.float32, value_size=SIZE):
    """q [total, Hq, D] with its RaggedRows, and the (k, v) of each batch entry."""
    starts = np.cumsum([0, *rows]).astype(np.int32)
    q = integers(sum(rows), HEADS, SIZE, dtype=dtype)
    return q, hip_mlir.RaggedRows(starts, max(rows)), [
        (integers(KV_HEADS, length, SIZE, dtype=dtype), integers(KV_HEADS, length, value_size, dtype=dtype))
        for length in lengths]


def alone(q, q_rows, entries, policy, **options):
    """(first row, end, results) of each entry with rows, in a call of its own."""
    for b, (k, v) in enumerate(entries):
        first, end = q_rows.offsets[b:b + 2]
        if first < end:
            own = q[first:end].swapaxes(0, 1)
            yield b, first, end, hip_mlir.attention(own[None], k[None], v[None], policy, return_lse=True,
                                                    **{**OPTIONS, **options})


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("policy, dtype", [*((policy, np.float32) for policy in POLICIES),
                                           ("dense", ml_dtypes.bfloat16), ("hip", np.float16)])
def test_entries_are_those_of_their_own_calls(policy, dtype, store, integers):
    q, q_rows, entries = make(integers, dtype=dtype, value_size=16)
    for _ in range(2):
        out, lse = hip_mlir.attention(q, kv=STORES[store](entries), policy=POLICIES[policy], q_rows=q_rows,
                                      return_lse=True, **OPTIONS)
        assert out.shape == (len(q), HEADS, 16) and lse.shape == (HEADS, len(q)) and out.flags.c_contiguous
        for b, first, end, (own_out, own_lse) in alone(q, q_rows, entries, POLICIES[policy]):
            np.testing.assert_array_equal(out[first:end].swapaxes(0, 1), own_out[0], f"entry {b}")
            np.testing.assert_array_equal(lse[:, first:end], own_lse[0], f"entry {b}")


@pytest.mark.parametrize("list_heads", ["kv", "query", "all"])
@pytest.mark.parametrize("policy", ["tree", "stages", "boxes", "hip"])
def test_lists(policy, list_heads, integers):
    """Those of each entry; past its last row they are empty. The same lists attended again give the same."""
    q, q_rows, entries = make(integers, (70, 1, 0, 33))
    options = {"kv": ragged(entries), "policy": POLICIES[policy], "q_rows": q_rows, "list_heads": list_heads, **OPTIONS}
    out, (blocks, counts) = hip_mlir.attention(q, return_lists=True, **options)
    block_q = POLICIES[policy].list_block_q
    assert counts.shape[0] == 4 and counts.shape[2] == -(-70 // block_q)
    own = {"list_heads": list_heads, "return_lists": True}
    for b, first, end, (_, _, (own_blocks, own_counts)) in alone(q, q_rows, entries, POLICIES[policy], **own):
        many = own_counts.shape[2]
        np.testing.assert_array_equal(counts[b, :, :many], own_counts[0])
        assert not counts[b, :, many:].any()
        for h, m in np.ndindex(own_counts.shape[1:]):
            n = own_counts[0, h, m]
            np.testing.assert_array_equal(blocks[b, h, m, :n], own_blocks[0, h, m, :n])
    assert not counts[2].any()
    np.testing.assert_array_equal(hip_mlir.attention(q, lists=(blocks, counts), **options), out)


def test_one_program_takes_any_most(integers):
    """The most rows are a size: another number compiles nothing and changes no bit."""
    engine = hip_mlir.Engine("cpu")
    q, q_rows, entries = make(integers)
    made = [hip_mlir.attention(q, kv=ragged(entries), policy=POLICIES["tree"], q_rows=q_rows._replace(most=most),
                               engine=engine, **OPTIONS) for most in (70, 71, 500)]
    for other in made[1:]:
        np.testing.assert_array_equal(other, made[0])
    assert len(engine._plans) == 1


def test_positions_and_masks(integers):
    """Positions are of an entry's first row, and a mask is told the entry and its row."""
    q, q_rows, entries = make(integers)
    positions = np.array([3, 0, 40, 0], np.int32)
    mask = hip_mlir.score_mod(mask_mod=lambda b, h, i, j: (i + j + b) % 3 > 0)
    for options in ({"positions": positions}, {"mask_mod": lambda b, h, i, j: (i + j + b) % 3 > 0},
                    {"score_mod": mask, "positions": positions, "causal": False}):
        for policy in ("dense", "tree"):
            out = hip_mlir.attention(q, kv=ragged(entries), policy=POLICIES[policy], q_rows=q_rows, **OPTIONS,
                                     **options)
            for b, (k, v) in enumerate(entries):
                first, end = q_rows.offsets[b:b + 2]
                own = dict(options)
                if "positions" in own:
                    own["positions"] = positions[b:b + 1]
                for name in own.keys() & {"mask_mod", "score_mod"}:
                    own.pop(name)
                    own["mask_mod"] = lambda _b, h, i, j, b=b: (i + j + b) % 3 > 0
                if first < end:
                    expected = hip_mlir.attention(q[first:end].swapaxes(0, 1)[None], k[None], v[None], POLICIES[policy],
                                                  **OPTIONS, **own)
                    np.testing.assert_array_equal(out[first:end].swapaxes(0, 1), expected[0])


def test_keys_in_one_array(integers):
    """Dense keys of one length, in either layout, and out=."""
    q, q_rows, _ = make(integers, (5, 40, 0))
    k, v = integers(3, KV_HEADS, 90, SIZE), integers(3, KV_HEADS, 90, SIZE)
    out = hip_mlir.attention(q, k, v, q_rows=q_rows)
    for b, first, end, (own, _) in alone(q, q_rows, list(zip(k, v)), hip_mlir.Dense()):
        np.testing.assert_array_equal(out[first:end].swapaxes(0, 1), own[0])
    swapped = [np.ascontiguousarray(x.swapaxes(1, 2)) for x in (k, v)]
    np.testing.assert_array_equal(hip_mlir.attention(q, *swapped, q_rows=q_rows, layout="bthd"), out)
    into, lse = np.full_like(q, 7), np.full((HEADS, len(q)), 7, np.float32)
    assert hip_mlir.attention(q, k, v, q_rows=q_rows, return_lse=True, out=(into, lse))[0] is into
    np.testing.assert_array_equal(into, out)
    np.testing.assert_array_equal(lse, hip_mlir.attention(q, k, v, q_rows=q_rows, return_lse=True)[1])


@pytest.mark.parametrize("offsets, entry, first, end", [
    ((2, 5, 5), 0, 2, 5), ((-7, 4, 1 << 30), 0, 0, 4), ((-7, 4, 1 << 30), 1, 4, 18), ((17, 3, 99), 1, 3, 18)])
def test_wrong_offsets_are_held(offsets, entry, first, end, integers):
    """Rows [first, end) of an entry, whatever its offsets and those of the other say; row 17 has two (S24)."""
    q, _, entries = make(integers, (9, 9), (30, 20))
    q_rows = hip_mlir.RaggedRows(np.array(offsets, np.int32), 18)
    out = hip_mlir.attention(q, kv=ragged(entries), q_rows=q_rows)
    k, v = entries[entry]
    expected = hip_mlir.attention(q[first:end].swapaxes(0, 1)[None], k[None], v[None])
    owned = slice(first, min(end, 17) if offsets[0] == 17 else end)
    np.testing.assert_array_equal(out[owned].swapaxes(0, 1), expected[0][:, :len(out[owned])])


def test_text_and_empty_calls(integers):
    q, q_rows, entries = make(integers)
    assert "attention" in hip_mlir.explain(q, kv=ragged(entries), q_rows=q_rows, policy="tree")
    text = hip_mlir.attention_text("float16", 8, 2, 64, storage="ragged", has_q_rows=True)
    assert "!hip.query<?x8x?x64xf16>" in text
    none = hip_mlir.RaggedRows(np.zeros(5, np.int32), 0)
    assert hip_mlir.attention(q[:0], kv=ragged(entries), q_rows=none).shape == (0, HEADS, SIZE)


Q, ROWS_3 = np.zeros((6, HEADS, SIZE), np.float32), hip_mlir.RaggedRows(np.zeros(4, np.int32), 2)
KEYS = np.zeros((3, KV_HEADS, 9, SIZE), np.float32)


@pytest.mark.parametrize("call, error, text", [
    ({"q_rows": tuple(ROWS_3)}, TypeError, "q_rows is (array("),
    ({"q": Q[None]}, ValueError, "q has shape [1, 6, 4, 32]; with q_rows= give [total, Hq, D]"),
    ({"q_rows": ROWS_3._replace(most=-1)}, ValueError, "q_rows.most = -1; give 0 or more"),
    ({"q_rows": ROWS_3._replace(most=2.5)}, TypeError, "q_rows.most is 2.5; give an int"),
    ({"q_rows": ROWS_3._replace(offsets=np.zeros((4, 1), np.int32))}, ValueError,
     "q_rows.offsets has shape [4, 1]; give [B + 1]"),
    ({"q_rows": ROWS_3._replace(offsets=np.zeros(0, np.int32))}, ValueError,
     "q_rows.offsets has shape [0]; give [B + 1]"),
    ({"q_rows": ROWS_3._replace(offsets=np.zeros(4, np.int64))}, TypeError, "q_rows.offsets is int64; give int32"),
    ({"q_rows": ROWS_3._replace(offsets=[0, 1])}, TypeError, "q_rows.offsets: a list is no array"),
    ({"q_rows": ROWS_3._replace(offsets=np.zeros(6, np.int32))}, ValueError, "k has batch size 3, but q has 5"),
    ({"q": Q[:, :3]}, ValueError, "q has 3 heads, no multiple of the 2 of k"),
    ({"policy": "tree", "lists": (np.zeros((3, 2, 2, 4), np.int32), np.zeros((3, 2, 2), np.int32))}, ValueError,
     "blocks has shape [3, 2, 2, 4]; 2 query rows in blocks of 64 need [3, 2, 1, N]"),
])
def test_errors(call, error, text):
    with pytest.raises(error, match=re.escape(text)):
        hip_mlir.attention(**{"q": Q, "k": KEYS, "v": KEYS, "q_rows": ROWS_3, **call})


@pytest.mark.parametrize("store", ["one array", *STORES])
def test_jax_jit(store, integers):
    """All results of a traced call, of either layout; `most` is a number of Python."""
    jax = pytest.importorskip("jax")
    q, q_rows, entries = make(integers, lengths=(90,) * 4 if store == "one array" else LENGTHS)
    options = {"policy": POLICIES["tree"], "return_lse": True, "return_lists": True, "layout": "bthd", **OPTIONS}
    if store == "one array":
        kv = [np.stack([entry[part].swapaxes(0, 1) for entry in entries]) for part in (0, 1)]
    else:
        kv = STORES[store](entries)

    def attend(q, offsets, kv, positions=None, lists=None, **others):
        stored = {"k": kv[0], "v": kv[1]} if store == "one array" else {"kv": kv}
        own = options if lists is None else {**options, "lists": lists, "return_lists": False}
        return hip_mlir.attention(q, **stored, q_rows=q_rows._replace(offsets=offsets), positions=positions, **own, **others)
    wanted = attend(q, q_rows.offsets, kv)
    with jax.default_device(jax.devices("cpu")[0]):
        out, lse, (blocks, counts) = jax.jit(attend)(q, q_rows.offsets, kv)
        for got, want in zip((out, lse, counts), (*wanted[:2], wanted[2][1])):
            np.testing.assert_array_equal(got, want)
        positions = np.array([3, 0, 40, 0], np.int32)
        again = jax.jit(attend)(q, q_rows.offsets, kv, positions, (blocks, counts))
        for got, want in zip(again, attend(q, q_rows.offsets, kv, positions, wanted[2])):
            np.testing.assert_array_equal(got, want)
        mapped = jax.vmap(attend, in_axes=(0, None, None))(np.stack([q, 2 * q]), q_rows.offsets, kv)
        np.testing.assert_array_equal(mapped[0][0], wanted[0])
        np.testing.assert_array_equal(mapped[0][1], attend(2 * q, q_rows.offsets, kv)[0])


def test_jax_refuses():
    jax = pytest.importorskip("jax")
    with pytest.raises(ValueError, match=r"q has shape \[1, 6, 4, 32\]; with q_rows= give \[total, Hq, D\]"):
        jax.jit(lambda q: hip_mlir.attention(q, KEYS, KEYS, q_rows=ROWS_3))(Q[None])
    with pytest.raises(TypeError, match="q_rows.most is .*; give an int"):
        jax.jit(lambda q, q_rows: hip_mlir.attention(q, KEYS, KEYS, q_rows=q_rows))(Q, ROWS_3)
