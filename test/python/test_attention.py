"""hip_mlir.attention on NumPy arrays against the NumPy reference."""

import re

import ml_dtypes
import numpy as np
import pytest
import reference

import hip_mlir

POLICIES = [hip_mlir.Dense(), hip_mlir.Window(), hip_mlir.Tree(block_q=32, block_k=2, keep=32),
            hip_mlir.Stages(stages=((32, 32, 128, 2), (32, 8, 32, 1))),
            hip_mlir.Boxes(block_q=32, block_k=8, levels=((32, 96),), keep=32),
            hip_mlir.Union(hip_mlir.Tree(32, 2, 24), hip_mlir.Boxes(block_q=32, levels=((32, 96),), keep=16))]
TOLERANCE = {"float32": 2e-5, "float16": 4e-3, "bfloat16": 3e-2}
SINK, WINDOW = 32, 48
SHAPE = {"q": (2, 4, 96, 32), "k": (2, 2, 320, 32), "v": (2, 2, 320, 32)}


def expected(policy, q, k, v, heads="kv", sink=SINK, window=WINDOW, causal=True, **options):
    rules = reference.parse_policy(str(hip_mlir.Dense(64) if policy == hip_mlir.Dense() else policy))
    lists = reference.prune(rules, q, k, sink, window, causal, heads)
    return reference.attention(rules, q, k, v, *lists, sink, window, causal, **options), lists


def same_lists(got, wanted):
    blocks, counts = got
    assert blocks.dtype == counts.dtype == np.int32
    np.testing.assert_array_equal(counts, wanted[1])
    listed = np.arange(blocks.shape[-1]) < counts[..., None]
    np.testing.assert_array_equal(np.where(listed, blocks, 0), np.where(listed, wanted[0], 0))


def close(got, wanted, dtype="float32"):
    np.testing.assert_allclose(got.astype(np.float64), wanted, rtol=0, atol=TOLERANCE[dtype] * 4)


def inputs(integers, dtype=np.float32):
    return [integers(*SHAPE[name], dtype=dtype) for name in "qkv"]


@pytest.mark.parametrize("dtype", [np.float32, np.float16, ml_dtypes.bfloat16])
@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.NAME)
def test_policies(policy, dtype, integers):
    q, k, v = inputs(integers, dtype)
    out, lse, *lists = hip_mlir.attention(q, k, v, policy, sink=SINK, window=WINDOW, scale=0.1,
                                      return_lse=True, return_lists=policy.makes_lists)
    wanted, wanted_lists = expected(policy, q, k, v, scale=0.1)
    if policy.makes_lists:
        same_lists(*lists, wanted_lists)
    assert out.dtype == q.dtype and lse.dtype == np.float32
    close(out, wanted.out, q.dtype.name)
    close(lse, wanted.lse)


@pytest.mark.parametrize("heads", ["query", "kv", "all"])
def test_list_heads(heads, integers):
    q, k, v = inputs(integers)
    out, lists = hip_mlir.attention(q, k, v, POLICIES[2], sink=SINK, window=WINDOW, list_heads=heads,
                                return_lists=True)
    wanted, wanted_lists = expected(POLICIES[2], q, k, v, heads)
    same_lists(lists, wanted_lists)
    close(out, wanted.out)


def test_list_heads_by_default(integers):
    q, k, v = inputs(integers)
    _, (blocks, counts) = hip_mlir.attention(q, k, v, POLICIES[2], sink=SINK, window=WINDOW, return_lists=True)
    assert blocks.shape == (2, 2, 3, 16) and counts.shape == (2, 2, 3)


@pytest.mark.parametrize("options", [{"causal": False}, {"softcap": 3.0}, {"scale": 0.25}], ids=str)
def test_options(options, integers):
    q, k, v = inputs(integers)
    out = hip_mlir.attention(q, k, v, POLICIES[4], sink=SINK, window=WINDOW, **options)
    close(out, expected(POLICIES[4], q, k, v, **options)[0].out)


def test_three_dimensions(integers):
    q, k, v = (x[0] for x in inputs(integers))
    out, lse = hip_mlir.attention(q, k, v, return_lse=True)
    wanted = expected(hip_mlir.Dense(), q[None], k[None], v[None])[0]
    assert out.shape == q.shape and lse.shape == q.shape[:-1]
    close(out, wanted.out[0])


def test_strides(integers):
    """[B, T, H, D] seen as [B, H, T, D], every other row, and a batch that is broadcast."""
    q = integers(2, 96, 4, 32).transpose(0, 2, 1, 3)
    k = integers(2, 2, 640, 32)[:, :, ::2]
    v = np.broadcast_to(integers(1, 2, 320, 32), (2, 2, 320, 32))
    out = hip_mlir.attention(q, k, v, POLICIES[2], sink=SINK, window=WINDOW)
    close(out, expected(POLICIES[2], q, k, v)[0].out)


def test_value_size_and_read_only(integers):
    q, k, v = integers(1, 4, 8, 32), integers(1, 2, 8, 32), integers(1, 2, 8, 64)
    for array in (q, k, v):
        array.setflags(write=False)
    out = hip_mlir.attention(q, k, v)
    assert out.shape == (1, 4, 8, 64)
    close(out, expected(hip_mlir.Dense(), q, k, v)[0].out)


def test_out(integers):
    q, k, v = inputs(integers)
    out = np.full((2, 96, 4, 32), np.nan, np.float32).transpose(0, 2, 1, 3)
    assert hip_mlir.attention(q, k, v, out=out) is out
    np.testing.assert_array_equal(out, hip_mlir.attention(q, k, v))
    lse = np.empty((2, 4, 96), np.float32)
    results = hip_mlir.attention(q, k, v, return_lse=True, out=(out, lse))
    assert results[0] is out and results[1] is lse
    np.testing.assert_array_equal(lse, hip_mlir.attention(q, k, v, return_lse=True)[1])


def test_lists_again(integers):
    q, k, v = inputs(integers)
    options = {"policy": POLICIES[4], "sink": SINK, "window": WINDOW}
    out, lists = hip_mlir.attention(q, k, v, return_lists=True, **options)
    np.testing.assert_array_equal(hip_mlir.attention(q, k, v, lists=lists, **options), out)
    nothing = (lists[0], np.zeros_like(lists[1]))
    bare = hip_mlir.attention(q, k, v, lists=nothing, **options)
    assert not np.array_equal(bare, out)


@pytest.mark.parametrize("list_heads", ["query", "kv", "all"])
@pytest.mark.parametrize("rows", [96, 1])
def test_lists_in_any_order(integers, rows, list_heads):
    """S5, S16b: a listed block is attended once, whatever the order, repetition and length of the list."""
    q, k, v = inputs(integers)
    options = {"policy": POLICIES[4], "sink": SINK, "window": WINDOW, "list_heads": list_heads}
    out, (blocks, counts) = hip_mlir.attention(q[:, :, -rows:], k, v, return_lists=True, **options)
    mixed = np.full((*blocks.shape[:3], 3 * blocks.shape[-1]), -1, np.int32)
    mixed[..., 1] = 10**9
    rng = np.random.default_rng(7)
    for at in np.ndindex(counts.shape):
        some = blocks[at][:counts[at]]
        mixed[at][2:2 + 2 * len(some)] = rng.permutation([*some, *some[::-1]])
    lists = mixed, np.where(counts == 0, -3, 2 * counts + 2).astype(np.int32)
    np.testing.assert_array_equal(hip_mlir.attention(q[:, :, -rows:], k, v, lists=lists, **options), out)


def test_lists_of_an_earlier_step(integers):
    """S17: keys that no search has seen are attended, as part of a window that grew over them."""
    policy = hip_mlir.Boxes(block_q=64, block_k=8, levels=((32, 96),), keep=32)
    q, k, v = integers(1, 4, 1, 32), integers(1, 2, 400, 32), integers(1, 2, 400, 32)
    steps = 3
    _, lists = hip_mlir.attention(q, k[:, :, :-steps], v[:, :, :-steps], policy, sink=32, window=64,
                              return_lists=True)
    out = hip_mlir.attention(q, k, v, policy, sink=32, window=64 + steps, lists=lists)
    end = 32 + (400 - (64 + steps) - 32) // 32 * 32
    keys = set(range(32)) | set(range(end, 400))
    for head in range(4):
        starts = lists[0][0, head // 2, 0, :lists[1][0, head // 2, 0]]
        listed = {block * 8 + offset for block in starts.tolist() for offset in range(8)}
        chosen = sorted(keys | listed)
        score = q[0, head, 0].astype(np.float64) @ k[0, head // 2, chosen].T / np.sqrt(32)
        weights = np.exp(score - score.max())
        close(out[0, head, 0], weights @ v[0, head // 2, chosen] / weights.sum())


def test_decode_grows_without_compiling(integers):
    q, k, v = integers(1, 4, 1, 32), integers(1, 2, 200, 32), integers(1, 2, 200, 32)
    engine = hip_mlir.Engine("cpu")
    for keys in range(150, 200):
        out = hip_mlir.attention(q, k[:, :, :keys], v[:, :, :keys], POLICIES[2], sink=SINK, window=WINDOW,
                             engine=engine)
        close(out, expected(POLICIES[2], q, k[:, :, :keys], v[:, :, :keys])[0].out)
    assert len(engine._plans) == 1


def test_threads_share_a_program(integers):
    from concurrent.futures import ThreadPoolExecutor
    arrays = [[integers(1, 4, rows, 32), integers(1, 2, rows, 32), integers(1, 2, rows, 32)]
              for rows in range(1, 33)]
    wanted = [hip_mlir.attention(*each) for each in arrays]
    with ThreadPoolExecutor(8) as pool:
        for got, want in zip(pool.map(lambda each: hip_mlir.attention(*each), arrays * 4), wanted * 4):
            np.testing.assert_array_equal(got, want)


def test_parts_are_explained():
    q, k, v = (np.zeros(SHAPE[name], np.float32) for name in "qkv")
    text = hip_mlir.explain(q, k, v, hip_mlir.Union(hip_mlir.Tree(keep=48), hip_mlir.Boxes(keep=16)))
    assert re.search(r"hip\.prune.*#hip\.union<\[#hip\.tree<.*keep = 48>, #hip\.boxes<.*keep = 16>\]>", text)
    assert "hip.union" in text.replace("#hip.union", "")


def test_explain_and_text():
    q = np.zeros((1, 4, 8, 32), np.float32)
    assert "#hip.dense without a list" in hip_mlir.explain(q, q, q)
    text = hip_mlir.attention_text("bfloat16", 4, 2, 64, hip_mlir.Tree(keep=128), sink=64)
    assert "#hip.tree<block_q = 64, block_k = 2, keep = 128>" in text and "sink = 64" in text


def test_compile(integers):
    text = hip_mlir.attention_text("float32", 4, 2, 32, POLICIES[2], sink=SINK, window=WINDOW, return_lse=True)
    program = hip_mlir.compile(text, engine=hip_mlir.Engine("cpu"))
    assert (program.inputs, program.outputs) == (3, 2)
    q, k, v = inputs(integers)
    out, lse = program(q, k, v)
    again = hip_mlir.attention(q, k, v, POLICIES[2], sink=SINK, window=WINDOW, return_lse=True)
    np.testing.assert_array_equal(out, again[0])
    np.testing.assert_array_equal(lse, again[1])
    assert hip_mlir.explain(program) == program.explain() != ""


def test_programs_may_begin_with_a_number(integers):
    """The arrays say what library the results are of."""
    text = """func.func @f(%x: f32, %a: tensor<?xf32>) -> tensor<?xf32> {
  %zero = arith.constant 0 : index
  %size = tensor.dim %a, %zero : tensor<?xf32>
  %out = tensor.empty(%size) : tensor<?xf32>
  %r = linalg.map ins(%a : tensor<?xf32>) outs(%out : tensor<?xf32>) (%y: f32, %o: f32) {
    %z = arith.mulf %x, %y : f32
    linalg.yield %z : f32
  }
  return %r : tensor<?xf32>
}"""
    a = integers(6)
    np.testing.assert_array_equal(hip_mlir.Engine("cpu").compile(text)(3, a), 3 * a)


def test_dense_text_has_no_sink_and_window():
    """A dense policy has no use for them: one program for all."""
    texts = {hip_mlir.attention_text("float32", 4, 2, 32, hip_mlir.Dense(64), sink=sink, window=window)
             for sink, window in ((128, 1024), (5, 1024), (128, 7))}
    assert len(texts) == 1


def test_engine(tmp_path, integers):
    lines = []
    engine = hip_mlir.Engine("cpu", cache=tmp_path, threads=1, log=lambda level, text: lines.append(level))
    assert engine.device == "cpu" and engine.target
    q, k, v = inputs(integers)
    out = hip_mlir.attention(q, k, v, engine=engine)
    np.testing.assert_array_equal(out, hip_mlir.attention(q, k, v))
    assert list(tmp_path.iterdir())
    program = engine.compile(hip_mlir.attention_text("float32", 4, 2, 32))
    del engine
    np.testing.assert_array_equal(program(q, k, v), out)


def test_scale_compiles_once(integers):
    """Any number, also of another type, and with lists, without a batch and in its own out."""
    q, k, v = inputs(integers)
    engine, scales = hip_mlir.Engine("cpu"), (0.1, 0, -0.25, np.float32(0.5), np.int64(1), 1e30)
    for scale in scales:
        wanted, _ = expected(hip_mlir.Dense(64), q, k, v, scale=float(scale))
        out, lse = hip_mlir.attention(q, k, v, hip_mlir.Dense(64), scale=scale, return_lse=True, engine=engine)
        close(out, wanted.out)
        np.testing.assert_allclose(lse, wanted.lse, rtol=1e-6, atol=1e-4)
        single = np.empty_like(q[0])
        hip_mlir.attention(q[0], k[0], v[0], hip_mlir.Dense(64), scale=scale, out=single, engine=engine)
        close(single, wanted.out[0])
    assert len(engine._plans) == 2
    tree = {"policy": POLICIES[2], "sink": SINK, "window": WINDOW, "engine": engine, "scale": 0.25}
    out, lists = hip_mlir.attention(q, k, v, return_lists=True, **tree)
    np.testing.assert_array_equal(hip_mlir.attention(q, k, v, lists=lists, **tree), out)


@pytest.mark.parametrize("name, value, words", [
    ("scale", 1e40, "infinite in f32"), ("scale", np.inf, "finite"), ("scale", np.nan, "finite"),
    ("softcap", 1e-60, "rounds to 0 in f32"), ("softcap", 1e40, "infinite in f32"), ("softcap", 0, "positive")])
def test_numbers_of_f32(integers, name, value, words):
    q, k, v = inputs(integers)
    with pytest.raises(hip_mlir.InvalidError, match=words):
        hip_mlir.attention(q, k, v, **{name: value})


BAND_CALLS = [(32, 48), (64, 0), (96, 7), (512, 1), (32, 2**31 - 1)]


@pytest.mark.parametrize("policy", POLICIES[1:], ids=lambda policy: policy.NAME)
def test_sink_and_window_compile_once(policy, integers):
    """Any numbers that no call rounds, for prompts and steps, and lists of an earlier call."""
    q, k, v = inputs(integers)
    engine = hip_mlir.Engine("cpu")
    for sink, window in BAND_CALLS:
        for rows in (96, 1):
            queries = np.ascontiguousarray(q[:, :, :rows])
            wanted, wanted_lists = expected(policy, queries, k, v, sink=sink, window=window)
            out, *lists = flat(hip_mlir.attention(queries, k, v, policy, sink=sink, window=window, engine=engine,
                                                  return_lists=policy.makes_lists))
            close(out, wanted.out)
            if lists:
                same_lists(*lists, wanted_lists)
    assert len(engine._plans) == 1
    if policy.makes_lists:
        again = hip_mlir.attention(queries, k, v, policy, sink=sink, window=window, engine=engine, lists=lists[0])
        np.testing.assert_array_equal(again, out)


def flat(results):
    return results if isinstance(results, tuple) else (results,)


def test_sink_and_window_of_a_program(integers):
    """The defaults, no sinks, and a sink that a call would round are numbers of a program."""
    q, k, v = inputs(integers)
    engine = hip_mlir.Engine("cpu")
    stages = POLICIES[3]
    for sink, window in ((128, 1024), (0, 1024), (8, 1024), (8, 7), (8, 9)):
        wanted, _ = expected(stages, q, k, v, sink=sink, window=window)
        close(hip_mlir.attention(q, k, v, stages, sink=sink, window=window, engine=engine), wanted.out)
    assert len(engine._plans) == 4
    assert "a number, i32" in hip_mlir.explain(q, k, v, stages, window=7, engine=engine)
    assert "a number, i32" not in hip_mlir.explain(q, k, v, stages, engine=engine)


@pytest.mark.parametrize("name", ["sink", "window"])
@pytest.mark.parametrize("value, error, text", [
    (-1, hip_mlir.InvalidError, "give 0 or more"), (2**31, hip_mlir.InvalidError, "give at most"),
    (True, hip_mlir.ArgumentTypeError, "give an int"), (1.5, hip_mlir.ArgumentTypeError, "give an int")])
def test_sink_and_window_are_numbers_of_keys(integers, name, value, error, text):
    q, k, v = inputs(integers)
    with pytest.raises(error, match=f"{name}.*{text}"):
        hip_mlir.attention(q, k, v, hip_mlir.Window(), **{name: value})


def test_program_takes_integers(integers):
    q, k, v = inputs(integers)
    text = hip_mlir.attention_text("float32", 4, 2, 32, hip_mlir.Window(), sink=0, window=0)
    text = text.replace(") -> tensor", ", %window: i32) -> tensor", 1).replace(" outs(", " window(%window : i32) outs(", 1)
    program = hip_mlir.Engine("cpu").compile(text)
    for window in (1, 48):
        wanted, _ = expected(hip_mlir.Window(), q, k, v, sink=0, window=window)
        close(program(q, k, v, np.array(window, np.int32)), wanted.out)
    with pytest.raises(hip_mlir.InvalidError, match="has element type f32, but the program takes i32"):
        program(q, k, v, 48)


@pytest.mark.parametrize("scale", ["1", True, [1.0]])
def test_scale_is_a_number(integers, scale):
    q, k, v = inputs(integers)
    with pytest.raises(hip_mlir.ArgumentTypeError, match="give a number"):
        hip_mlir.attention(q, k, v, scale=scale)


def test_program_takes_numbers(integers):
    q, k, v = inputs(integers)
    text = hip_mlir.attention_text("float32", 4, 2, 32, hip_mlir.Dense(64), scale=0.5)
    text = text.replace("scale = 5.000000e-01 : f32", "").replace(", }", "}").replace("{, ", "{")
    text = text.replace(") -> tensor", ", %scale: f32) -> tensor", 1).replace(" outs(", " scale(%scale : f32) outs(", 1)
    program = hip_mlir.Engine("cpu").compile(text)
    assert program.inputs == 4
    for scale in (0.5, np.float32(0.25), 2, np.int64(1), np.float16(0.125)):
        close(program(q, k, v, scale), expected(hip_mlir.Dense(64), q, k, v, scale=float(scale))[0].out)
    with pytest.raises(hip_mlir.InvalidError, match="beyond the range of f32"):
        program(q, k, v, 1e40)
    program(q, k, v, np.inf)  # no fault (S18)
    with pytest.raises(hip_mlir.ArgumentTypeError, match="array 3: a bool is no array"):
        program(q, k, v, True)
    with pytest.raises(hip_mlir.InvalidError, match="array 3 has rank 1"):
        program(q, k, v, np.ones(1, np.float32))
