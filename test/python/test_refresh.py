"""Decode steps that search by a counter (S17), against steps that are given lists and band starts."""

import numpy as np
import pytest

import hip_mlir
from hip_mlir._steps import Steps, intervals_of

TREE, BOXES = hip_mlir.Tree(keep=32), hip_mlir.Boxes(levels=((32, 96),), keep=16)
STAGES = hip_mlir.Stages(stages=((64, 16, 64, 1), (64, 4, 16, 1)))
UNION = hip_mlir.Union(TREE, BOXES)
FIRST = 300
OPTIONS = {"sink": 32, "window": 48, "causal": True, "scale": None, "softcap": None, "list_heads": "kv"}


def arrays(integers, steps, dtype=np.float32, batch=2):
    return (integers(steps, batch, 4, 1, 32, dtype=dtype), integers(batch, 2, FIRST + steps, 32, dtype=dtype),
            integers(batch, 2, FIRST + steps, 64, dtype=dtype))


def counter():
    return np.zeros(1, np.int32)


@pytest.mark.parametrize("policy, every, options", [
    (UNION, (1, 1), {}), (UNION, (4, 1), {}), (UNION, 4, {}), (UNION, (4, 3), {"list_heads": "query", "softcap": 3.0}),
    (UNION, (1, 70), {"causal": False, "scale": 0.25}), (TREE, 5, {"list_heads": "all"}), (TREE, 5, {"window": 1024}),
    (hip_mlir.Union(STAGES, TREE, BOXES), (2, 3, 1), {}),
    (hip_mlir.Union(hip_mlir.Tree(block_k=1, keep=5000), BOXES), (3, 1), {}),
], ids=["each step", "tree shared", "by default", "both shared", "beyond a chunk", "one part", "few keys", "three parts",
        "long lists"])
def test_same_bits_as_steps_of_the_host(policy, every, options, integers):
    options = {**OPTIONS, **options}
    refresh, steps = hip_mlir.Refresh(counter(), every), Steps(policy, intervals_of(policy, every), **options)
    count = 80 if every == (1, 70) else 9
    q, k, v = arrays(integers, count)
    for number in range(count):
        now = q[number], k[:, :, :FIRST + number], v[:, :, :FIRST + number]
        out = hip_mlir.attention(*now, policy, refresh=refresh, **options)
        np.testing.assert_array_equal(out, steps(*now), err_msg=f"step {number}")
        refresh.step[...] += 1


def decode(integers, count, policy=UNION, every=(4, 1)):
    """(arrays, a Refresh for another call of the step, what the step gives, options) of one step after another."""
    plain, other = (hip_mlir.Refresh(counter(), every) for _ in range(2))
    q, k, v = arrays(integers, count, np.float16)
    for number in range(count):
        now = q[number], k[:, :, :FIRST + number], v[:, :, :FIRST + number]
        yield now, other, hip_mlir.attention(*now, policy, refresh=plain, **OPTIONS), OPTIONS
        for refresh in (plain, other):
            refresh.step[...] += 1


def test_arrays_that_never_change(integers):
    """As a CUDA graph has them: pages with lengths, a step, lists, and an output, all written in place."""
    page, room = 16, 2 * FIRST // 16
    k_pages, v_pages = np.zeros((2 * room, page, 2, 32), np.float16), np.zeros((2 * room, page, 2, 64), np.float16)
    table, lengths = np.arange(2 * room, dtype=np.int32).reshape(2, room), np.zeros(2, np.int32)
    query, out = np.zeros((2, 4, 1, 32), np.float16), np.zeros((2, 4, 1, 64), np.float16)
    kv = hip_mlir.Paged(k_pages, v_pages, table, lengths)
    lists = [np.full(shape, 77, np.int32) for shape in
             hip_mlir.Refresh.shapes(query.shape, (2, 2, room * page, 32), UNION, (4, 1))]
    refresh = hip_mlir.Refresh(counter(), (4, 1), lists=lists)
    for (q, k, v), _, wanted, _ in decode(integers, 9):
        keys = k.shape[2]
        query[...], lengths[...] = q, keys
        for pages, array in ((k_pages, k), (v_pages, v)):
            for entry in range(2):
                rows = pages[entry * room:(entry + 1) * room].reshape(room * page, 2, -1)
                rows[:keys] = array[entry].transpose(1, 0, 2)
        result = hip_mlir.attention(query, policy=UNION, kv=kv, refresh=refresh, out=out, **OPTIONS)
        assert result is out
        np.testing.assert_array_equal(out, wanted)
        refresh.step[...] += 1
    assert all(one is other for one, other in zip(refresh.lists, lists)) and len(lists) == 2


def test_with_summaries(integers):
    kept = hip_mlir.Summaries(UNION)
    for now, refresh, wanted, options in decode(integers, 9):
        np.testing.assert_array_equal(hip_mlir.attention(*now, UNION, refresh=refresh, summaries=kept, **options), wanted)


def test_lse_layout_and_one_sequence(integers):
    for (q, k, v), refresh, wanted, options in decode(integers, 5):
        out, lse = hip_mlir.attention(q[1], k[1], v[1], str(UNION), refresh=refresh, return_lse=True, **options)
        np.testing.assert_array_equal(out, wanted[1])
        assert lse.shape == (4, 1) and [x.ndim for x in refresh.lists] == [3, 2]
    rows_first = hip_mlir.Refresh(counter(), (4, 1))
    swapped = [np.ascontiguousarray(x.swapaxes(1, 2)) for x in (q, k, v)]
    rows_first.step[...] = 4
    out = hip_mlir.attention(*swapped, UNION, refresh=rows_first, layout="bthd", **options)
    np.testing.assert_array_equal(out.swapaxes(1, 2), wanted)


def test_a_score_that_reads_arrays(integers):
    """Which lie between the lists and the numbers."""
    bias = integers(4, dtype=np.float32)
    score = hip_mlir.score_mod(lambda s, b, h, i, j: s + hip_mlir.table(bias)[h])
    for now, refresh, wanted, options in decode(integers, 5):
        out = hip_mlir.attention(*now, UNION, refresh=refresh, score_mod=score, **options)
        np.testing.assert_allclose(out, wanted, rtol=0, atol=0.01)


def test_lists_grow_with_their_keys(integers):
    """Where a policy keeps more blocks than a list has places, they are as many as the keys have."""
    policy = hip_mlir.Tree(block_k=1, keep=5000)
    refresh = hip_mlir.Refresh(counter(), 3)
    q, k, v = arrays(integers, 4)
    hip_mlir.attention(q[0], k[:, :, :FIRST], v[:, :, :FIRST], policy, refresh=refresh, **OPTIONS)
    first = refresh.lists[0].copy()
    assert first.shape == (2, 2, 1, FIRST)
    refresh.step[...] = 1
    hip_mlir.attention(q[1], k[:, :, :FIRST + 3], v[:, :, :FIRST + 3], policy, refresh=refresh, **OPTIONS)
    assert refresh.lists[0].shape == (2, 2, 1, FIRST + 3)
    np.testing.assert_array_equal(refresh.lists[0][..., :FIRST], first)
    refresh.reset()
    assert refresh.step[0] == 0


def test_text_and_explanation(integers):
    text = hip_mlir.attention_text("float16", 4, 2, 32, UNION, sink=32, window=48, refresh=(4, 1))
    assert text.count("scf.if") == 1 and "chunk = 32" in text and "tensor<1xi32>" in text
    q, k, v = arrays(integers, 1)
    told = hip_mlir.explain(q[0], k, v, UNION, refresh=hip_mlir.Refresh(counter()), sink=32, window=48)
    assert "block_sparse_attention" in told
    assert "every 8 steps" in repr(hip_mlir.Refresh(counter()))


def test_refuses(integers):
    q, k, v = arrays(integers, 1)
    now = q[0], k, v

    def refuses(kind, text, policy=UNION, every=8, lists=None, step=None, **options):
        with pytest.raises(kind, match=text):
            refresh = hip_mlir.Refresh(counter() if step is None else step, every, lists=lists)
            hip_mlir.attention(*now, policy, refresh=refresh, sink=32, **options)

    refuses(ValueError, "every = 0; give 1 or more", every=0)
    refuses(TypeError, "every is 1.5", every=1.5)
    refuses(ValueError, r"every = \(8,\) has 1 numbers, but the policy has 2 parts", every=(8,))
    refuses(ValueError, "dense makes no lists that could be refreshed", "dense")
    refuses(ValueError, "refresh and return_lists are given", return_lists=True)
    refuses(ValueError, "refresh has 0 lists, but this call keeps 2 arrays", lists=[])
    blocks, counts = (np.zeros(shape, np.int32) for shape in hip_mlir.Refresh.shapes(q[0].shape, k.shape, UNION))
    refuses(ValueError, r"refresh.lists\[0\] has shape \[2, 2, 1, 8\]; this call needs", lists=[blocks[..., :8], counts])
    refuses(TypeError, r"refresh.lists\[1\] is float32; give int32", lists=[blocks, counts.astype(np.float32)])
    refuses(ValueError, "refresh.step", step=np.zeros(2, np.int32))
    refuses(ValueError, "refresh.step", step=np.zeros(1, np.float32))
    with pytest.raises(ValueError, match="refresh and lists are given"):
        hip_mlir.attention(*now, UNION, refresh=hip_mlir.Refresh(counter()), lists=(blocks, counts))
    with pytest.raises(TypeError, match="refresh is 8; give a hip_mlir.Refresh"):
        hip_mlir.attention(*now, UNION, refresh=8)


def test_a_static_cache(integers):
    """Arrays of all keys there will be, and the position of the row."""
    refresh = hip_mlir.Refresh(counter(), (4, 1))
    for number, ((q, k, v), _, wanted, options) in enumerate(decode(integers, 9)):
        positions = np.full(2, FIRST + number - 1, np.int32)
        out = hip_mlir.attention(q, k.base, v.base, UNION, refresh=refresh, positions=positions, **options)
        assert k.base.shape[2] == FIRST + 9
        np.testing.assert_array_equal(out, wanted)
        refresh.step[...] += 1


def test_packed_rows(integers):
    """Entries of one row each, one after another."""
    rows = hip_mlir.RaggedRows(np.arange(3, dtype=np.int32), 1)
    for (q, k, v), refresh, wanted, options in decode(integers, 5):
        ragged = hip_mlir.Ragged(*(x.transpose(0, 2, 1, 3).reshape(-1, *x.shape[1::2]) for x in (k, v)),
                                 np.array([0, k.shape[2], 2 * k.shape[2]], np.int32))
        out = hip_mlir.attention(q[:, :, 0], policy=UNION, kv=ragged, q_rows=rows, refresh=refresh, **options)
        np.testing.assert_array_equal(out, wanted[:, :, 0])


@pytest.mark.parametrize("rows", [2, 7])
def test_several_rows_a_step(integers, rows):
    """The band grows by the rows of each step."""
    refresh, steps = hip_mlir.Refresh(counter(), 3), 7
    q, k, v = (integers(2, heads, steps * rows + FIRST, 32, dtype=np.float32) for heads in (4, 2, 2))
    for number in range(steps):
        keys = FIRST + number * rows
        now = q[:, :, keys - rows:keys], k[:, :, :keys], v[:, :, :keys]
        out = hip_mlir.attention(*now, TREE, refresh=refresh, **OPTIONS)
        if number % 3 == 0:
            plain, lists = hip_mlir.attention(*now, TREE, return_lists=True, **OPTIONS)
            np.testing.assert_array_equal(out, plain)
        grown = {**OPTIONS, "window": OPTIONS["window"] + number % 3 * rows}
        np.testing.assert_array_equal(out, hip_mlir.attention(*now, TREE, lists=lists, **grown))
        refresh.step[...] += 1
