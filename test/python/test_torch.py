"""hip_mlir and hip_mlir.torch on PyTorch tensors; on a GPU too where there is one."""

import math
from concurrent.futures import ThreadPoolExecutor

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

import hip_mlir  # noqa: E402
import hip_mlir.torch  # noqa: E402
from hip_mlir._arrays import MOST_KEPT_BYTES, TorchAdapter  # noqa: E402

DEVICES = ["cpu"] + (["cuda"] if torch.cuda.is_available() else [])
F = torch.nn.functional
TREE = hip_mlir.Tree(keep=64)
BOXES = hip_mlir.Boxes(levels=((32, 96),), keep=32)
SPARSE = {"sink": 32, "window": 64}
TEXT = (str(TREE), 32, 64, True, None, None, "kv", None)


@pytest.fixture(params=DEVICES)
def tensors(request):
    torch.manual_seed(3)
    # A GPU has no kernels for f32.
    dtype = torch.float32 if request.param == "cpu" else torch.bfloat16
    return [torch.randn(2, heads, 300, 64, device=request.param, dtype=dtype) for heads in (8, 2, 2)]


def close(got, wanted):
    atol = 2e-5 if got.dtype == torch.float32 else 3e-2
    torch.testing.assert_close(got, wanted, rtol=0, atol=atol)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("rows", [300, 100])
def test_sdpa(causal, rows, tensors):
    q, k, v = tensors
    q = q[:, :, :rows]
    options = {"is_causal": causal, "enable_gqa": True, "scale": 0.2}
    got = hip_mlir.torch.scaled_dot_product_attention(q, k, v, **options)
    close(got, F.scaled_dot_product_attention(q, k, v, **options))
    close(hip_mlir.torch.scaled_dot_product_attention(q[0], k[0], v[0], **options), got[0])


def test_sdpa_any_strides(tensors):
    q, k, v = (x.transpose(1, 2).contiguous().transpose(1, 2) for x in tensors)
    k = k.transpose(2, 3).contiguous().transpose(2, 3)
    got = hip_mlir.torch.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    close(got, F.scaled_dot_product_attention(*tensors, is_causal=True, enable_gqa=True))


@pytest.mark.parametrize("options, kind, words", [
    ({"attn_mask": torch.ones(1)}, NotImplementedError, "attn_mask"),
    ({"dropout_p": 0.1}, NotImplementedError, "dropout_p = 0.1"),
    ({"enable_gqa": False}, ValueError, "enable_gqa=True"),
    ({"policy": 3}, TypeError, "policy is 3"), ({"policy": "trees"}, ValueError, "'trees' is no policy"),
])
def test_sdpa_refuses(options, kind, words, tensors):
    with pytest.raises(kind, match=words):
        hip_mlir.torch.scaled_dot_product_attention(*tensors, **{"enable_gqa": True, **options})


def test_refuses_gradients(tensors):
    q, k, v = tensors
    with pytest.raises(NotImplementedError, match="gradient"):
        hip_mlir.attention(q.requires_grad_(), k, v)
    with torch.no_grad():
        hip_mlir.attention(q, k, v)


def test_compiles_without_a_break(tensors):
    def block(q, k, v):
        return hip_mlir.torch.attention(q * 2, k, v, TREE, **SPARSE) + 1
    compiled = torch.compile(block, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(*tensors), block(*tensors), rtol=0, atol=0)


def test_compiles_for_any_length(tensors):
    compiled = torch.compile(lambda q, k, v: hip_mlir.torch.attention(q, k, v, return_lse=True),
                             fullgraph=True, backend="aot_eager", dynamic=True)
    for rows in (40, 41, 300):
        cut = [x[:, :, :rows] for x in tensors]
        for got, wanted in zip(compiled(*cut), hip_mlir.attention(*cut, return_lse=True)):
            torch.testing.assert_close(got, wanted, rtol=0, atol=0)


def test_compiles_lists(tensors):
    @torch.compile(fullgraph=True, backend="aot_eager")
    def twice(q, k, v):
        out, lists = hip_mlir.torch.attention(q, k, v, TREE, return_lists=True, **SPARSE)
        return out, hip_mlir.torch.attention(q, k, v, TREE, lists=lists, **SPARSE)
    first, second = twice(*tensors)
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    torch.testing.assert_close(first, hip_mlir.attention(*tensors, TREE, **SPARSE), rtol=0, atol=0)


def test_compiles_score_functions(tensors):
    slope = hip_mlir.score_mod(lambda s, b, h, i, j: s - (i - j) * 0.125)
    compiled = torch.compile(lambda *x: hip_mlir.torch.attention(*x, score_mod=slope), fullgraph=True,
                             backend="aot_eager")
    torch.testing.assert_close(compiled(*tensors), hip_mlir.attention(*tensors, score_mod=slope), rtol=0, atol=0)


def test_ops_are_as_they_say(tensors):
    _, lists = hip_mlir.attention(*tensors, TREE, return_lists=True, **SPARSE)
    torch.library.opcheck(torch.ops.hip_mlir.attention, (*tensors, *TEXT))
    torch.library.opcheck(torch.ops.hip_mlir.attention_and_lse, (*tensors, *TEXT))
    torch.library.opcheck(torch.ops.hip_mlir.attention_over_lists, (*tensors, *lists, *TEXT))
    # What is past a count may be anything, so that two runs differ there.
    torch.library.opcheck(torch.ops.hip_mlir.attention_and_lists, (*tensors, *TEXT),
                          test_utils=("test_schema", "test_faketensor", "test_autograd_registration"))


@pytest.mark.parametrize("policy", [hip_mlir.Tree(keep=64), hip_mlir.Boxes(levels=((32, 2048),), keep=64),
                                    hip_mlir.Stages(
    stages=((64, 32, 128, 1), (32, 8, "all", 1))), hip_mlir.Union(hip_mlir.Tree(keep=48),
                                                                  hip_mlir.Boxes(levels=((32, 2048),),
                                                                                           keep=16))],
                         ids=lambda policy: policy.NAME)
@pytest.mark.parametrize("heads", ["query", "kv", "all"])
def test_fake_lists_have_their_shapes(policy, heads, tensors):
    _, lists = hip_mlir.attention(*tensors, policy, return_lists=True, list_heads=heads, **SPARSE)
    made = hip_mlir.torch._lists_like(tensors[0], tensors[1], str(policy), heads)
    assert [x.shape for x in made] == [x.shape for x in lists]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_kept_summaries(dtype, tensors):
    """Decode steps, also in inference mode and out of it again, have the bits of those that make their own."""
    q, k, v = (x.to(x.dtype if x.is_cuda else dtype) for x in tensors)
    kept = hip_mlir.Summaries(BOXES, check=True)
    for keys in range(1, 300, 13):
        with torch.inference_mode(keys % 2 == 0):
            now = q[:, :, :1], k[:, :, :keys], v[:, :, :keys]
            got = hip_mlir.torch.attention(*now, BOXES, summaries=kept, **SPARSE)
            assert torch.equal(got, hip_mlir.torch.attention(*now, BOXES, **SPARSE))
            assert torch.equal(got, hip_mlir.attention(*now, BOXES, summaries=kept, **SPARSE))
        assert kept.keys == keys and kept.arrays[0].shape == (2, 2, keys // 32, 2, 64)
    k[1, 0, 3] += 1
    with pytest.raises(ValueError, match="keys that were there have changed"):
        kept.update(k)


@pytest.mark.parametrize("layout", ["bhtd", "bthd"])
@pytest.mark.parametrize("given", [False, True], ids=["after a call", "given"])
def test_compiled_calls_keep_summaries_beside_pages(layout, given):
    """They are an argument that the op writes: later calls, also eager ones, read what compiled ones have made."""
    page, room, batch = 16, 320, 2
    policy = hip_mlir.Union(BOXES, hip_mlir.Boxes(block_k=2, levels=((16, 64),), keep=12))
    random = torch.Generator().manual_seed(3)
    k_pages, v_pages = (torch.randn(batch * room // page, page, 2, 32, generator=random) for _ in range(2))
    table = torch.randperm(len(k_pages), generator=random).int().view(batch, -1)
    kept = hip_mlir.PagedSummaries(policy, check=True)
    if given:
        arrays = {box: torch.full(shape, math.nan) for box, shape in zip(kept.boxes, kept.shapes(k_pages.shape, policy))}
        kept = hip_mlir.PagedSummaries(policy, arrays=[arrays[box] for box in kept.boxes], check=True)

    def call(q, lengths, **summaries):
        kv = hip_mlir.Paged(k_pages, v_pages, table, lengths)
        return hip_mlir.torch.attention(q, kv=kv, policy=policy, layout=layout, **summaries, **SPARSE)
    compiled = torch.compile(lambda q, lengths: call(q, lengths, summaries=kept) * 1, fullgraph=True, backend="aot_eager")

    def rows(count):
        return torch.randn(*((batch, 4, count, 32) if layout == "bhtd" else (batch, count, 4, 32)), generator=random)
    q, lengths = rows(201), torch.tensor([201, 77], dtype=torch.int32)
    first = compiled if given else lambda q, lengths: call(q, lengths, summaries=kept)
    assert torch.equal(first(q, lengths), call(q, lengths))
    spoiled = None
    for step in range(40):
        q, lengths = rows(1), lengths + 1
        run = compiled if step % 4 else lambda q, lengths: call(q, lengths, summaries=kept)
        assert torch.equal(run(q, lengths), call(q, lengths))
        spoiled = q, lengths
    # They are what is searched.
    kept._check = False
    torch.compiler.reset()
    for array in kept.arrays:
        array.zero_()
    assert not torch.equal(compiled(*spoiled), call(*spoiled))


def test_traces_make_summaries_of_their_own(tensors):
    """The same bits without what a trace cannot keep."""
    kept = hip_mlir.Summaries(BOXES)
    def step(q, k, v):
        return hip_mlir.torch.attention(q, k, v, BOXES, summaries=kept, **SPARSE)
    wanted = step(*tensors)
    assert torch.equal(torch.compile(step, fullgraph=True, backend="eager")(*tensors), wanted)
    assert torch.equal(torch.vmap(step)(*(x.unsqueeze(0) for x in tensors))[0], wanted)
    assert kept.keys == 300


@pytest.mark.skipif("cuda" not in DEVICES, reason="no GPU")
def test_dense_rows_depend_on_the_chip():
    arrays = [torch.randn(1, heads, 512, 128, device="cuda", dtype=torch.bfloat16) for heads in (8, 2, 2)]
    wide = torch.cuda.get_device_capability() in ((9, 0), (10, 0))
    assert f"rows = {128 if wide else 64}," in hip_mlir.explain(*arrays)
    close(hip_mlir.attention(*arrays), hip_mlir.attention(*arrays, hip_mlir.Dense(64)))


@pytest.mark.skipif("cuda" not in DEVICES, reason="no GPU")
def test_cuda_graph_and_stream():
    q, k, v = (torch.randn(1, heads, 512, 64, device="cuda", dtype=torch.bfloat16) for heads in (8, 2, 2))
    wanted = hip_mlir.attention(q, k, v, TREE, **SPARSE)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        out = hip_mlir.attention(q, k, v, TREE, **SPARSE)
    q.mul_(2)
    graph.replay()
    torch.testing.assert_close(out, hip_mlir.attention(q, k, v, TREE, **SPARSE), rtol=0, atol=0)
    assert not torch.equal(out, wanted)
    with torch.cuda.stream(torch.cuda.Stream()):
        other = hip_mlir.attention(q, k, v, TREE, **SPARSE)
    torch.cuda.synchronize()
    torch.testing.assert_close(other, out, rtol=0, atol=0)


@pytest.mark.skipif("cuda" not in DEVICES, reason="no GPU")
def test_threads_and_streams_share_no_scratch():
    """Decode steps, which need scratch memory, at once in the default stream and in others."""
    steps = [[torch.randn(1, heads, rows, 64, device="cuda", dtype=torch.bfloat16)
              for heads, rows in ((8, 1), (2, keys), (2, keys))] for keys in (700, 3000, 5000, 9000)]
    wanted = [hip_mlir.attention(*step) for step in steps]
    torch.cuda.synchronize()

    def work(number):
        stream = torch.cuda.default_stream() if number % 2 else torch.cuda.Stream()
        with torch.cuda.stream(stream):
            got = [(i % 4, hip_mlir.attention(*steps[i % 4])) for i in range(number, number + 200)]
            stream.synchronize()
        return all(torch.equal(out, wanted[step]) for step, out in got)
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))


def no_memory():
    """Name -> what stands for k, and words of the error."""
    x = torch.randn(1, 2, 8, 16)
    masked = pytest.importorskip("torch.masked").masked_tensor
    fake = pytest.importorskip("torch._subclasses.fake_tensor").FakeTensorMode
    with fake():
        not_there = torch.zeros(1, 2, 8, 16)

    class Own(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, arguments=(), options=None):
            return super().__torch_function__(function, types, arguments, options or {})

    return {
        "sparse": (x.to_sparse(), "torch.sparse_coo has no memory"),
        "compressed": (torch.eye(4).to_sparse_csr(), "torch.sparse_csr has no memory"),
        "zeros": (torch._efficientzerotensor((1, 2, 8, 16)), "has no memory"),
        "meta": (x.to("meta"), "on meta .*has no memory"),
        "negated": (torch.randn(1, 2, 8, 16, dtype=torch.complex64).conj().imag, "resolve_neg"),
        "complex": (x.to(torch.complex64), "complex64"),
        "masked": (masked(x, x > 0), "MaskedTensor computes by rules"),
        "fake": (not_there, "FakeTensor computes by rules"),
        "own rules": (x.as_subclass(Own), "Own computes by rules"),
    }


@pytest.mark.parametrize("name", ["sparse", "compressed", "zeros", "meta", "negated", "complex", "masked", "fake",
                                  "own rules"])
@pytest.mark.filterwarnings("ignore")
def test_refuses_what_has_no_numbers_of_its_own(name):
    array, words = no_memory()[name]
    x = torch.randn(1, 2, 8, 16)
    with pytest.raises(hip_mlir.Error, match=f"^k: .*{words}"):
        hip_mlir.attention(x, array, x)


@pytest.mark.filterwarnings("ignore")
def test_refuses_transforms():
    x = torch.randn(1, 2, 8, 16)
    forward = torch.autograd.forward_ad

    def dual(function):
        with forward.dual_level():
            return function(forward.make_dual(x, x))

    for transform in (lambda f: torch.func.vmap(f)(x[None]), lambda f: torch.func.grad(lambda y: f(y).sum())(x),
                      lambda f: torch.func.jvp(f, (x,), (x,)), dual):
        with pytest.raises(hip_mlir.Error):
            transform(lambda y: hip_mlir.attention(y, y, y))
    with pytest.raises(hip_mlir.UnsupportedError, match="hip_mlir.torch.attention"):
        torch.jit.trace(lambda y: hip_mlir.attention(y, y, y), (x,))
    y = torch.randn(1, 2, 8, 16)
    traced = torch.jit.trace(lambda y: hip_mlir.torch.attention(y, y, y), (x,))
    close(traced(y), hip_mlir.attention(y, y, y))


def test_reads_views_and_subclasses_that_change_nothing():
    class Plain(torch.Tensor):
        pass

    x = torch.randn(1, 2, 8, 16)
    wanted = hip_mlir.attention(x, x, x)
    for array in (x.as_subclass(Plain), torch.nn.Parameter(x, requires_grad=False), (-x.conj()).neg()):
        close(hip_mlir.attention(x, array, array), wanted)


def test_empty_tensors_have_no_memory_and_need_none():
    q, none = torch.ones(1, 2, 8, 16), torch.zeros(1, 2, 0, 16)
    assert none.data_ptr() == 0
    assert not hip_mlir.attention(q, none, none).any()
    with pytest.raises(hip_mlir.UnsupportedError, match="^k: a tensor is on meta; move it"):
        hip_mlir.attention(q, none.to("meta"), none)


def test_bools_of_torch_are_no_numbers():
    q, yes = torch.ones(1, 2, 8, 16), torch.tensor(True)
    for name, words in (("sink", "give an int"), ("scale", "give a number"), ("softcap", "give a number")):
        with pytest.raises(hip_mlir.ArgumentTypeError, match=f"{name} is tensor.True.; {words}"):
            hip_mlir.attention(q, q, q, **{name: yes})
    close(hip_mlir.attention(q, q, q, causal=yes), hip_mlir.attention(q, q, q))


def test_forms_name_the_device():
    view = TorchAdapter().view
    rest = (2, 3), (3, 1)
    assert view((torch.bfloat16, torch.device("cuda", 1), *rest)) == (2, 1, 4, 16, *rest)
    assert view((torch.float16, torch.device("cpu"), *rest)) == (1, 0, 2, 16, *rest)


def test_work_joins_the_current_stream():
    adapter = TorchAdapter()
    adapter.raw_stream = {1: 41}.get
    assert (adapter.stream((2, 1)), adapter.stream((1, 0))) == (41, 0)


def test_scratch_memory_is_kept_for_the_default_stream():
    """What is small, while no call has it. Memory of the CPU stands for that of a GPU."""
    adapter, view, default = TorchAdapter(), (2, "cpu"), 0

    def scratch(size, stream=default):
        owner, pointer = adapter.scratch(size, view, stream)
        assert pointer == owner.data_ptr() and owner.nbytes >= size
        return owner

    first = scratch(1000)
    adapter.release(first, view, default)
    assert scratch(1000) is first
    assert scratch(1000) is not first  # in use
    adapter.release(first, view, default)
    assert scratch(1001) is not first
    adapter.release(first, view, default)
    assert scratch(1000, stream=7) is not first
    assert adapter.scratch(1000, (2, "meta"), default)[0] is not first
    assert scratch(1000) is first
    adapter.release(first, view, 7)
    assert scratch(1000) is not first
    for extra in (0, 1):
        owner = torch.empty(MOST_KEPT_BYTES + extra, dtype=torch.uint8)
        adapter.release(owner, view, default)
        assert (scratch(1000) is owner) == (not extra)


def test_score_functions_of_torch():
    x = torch.randn(1, 2, 8, 16)
    slopes = torch.tensor([0.5, 0.25])
    got = hip_mlir.attention(x, x, x, score_mod=lambda s, b, h, i, j: torch.where(i >= j, s, -1.0) + slopes[h])
    wanted = hip_mlir.attention(x, x, x, score_mod=lambda s, b, h, i, j: (
        hip_mlir.where(i >= j, s, -1.0) + hip_mlir.table([0.5, 0.25])[h]))
    close(got, wanted)
    with pytest.raises(TypeError, match="torch.sin"):
        hip_mlir.score_mod(lambda s, b, h, i, j: torch.sin(s))


def test_report(tensors):
    """hip_mlir.report() on the tensors' device says what it says of the same numbers in NumPy."""
    options = {"policy": hip_mlir.Boxes(levels=((64, 128),), keep=64), "sink": 64, "window": 64,
               "rows": [5, 70, 190, 297]}
    got = hip_mlir.report(*tensors, **options)
    want = hip_mlir.report(*(x.float().cpu().numpy() for x in tensors), **options)
    assert got.mass.shape == (2, 8, 4)
    atol = 1e-5 if tensors[0].dtype == torch.float32 else 2e-2
    for name in ("seen", "keys", "best", "recall", "mass", "error"):
        # Scores that differ by rounding may change a list.
        torch.testing.assert_close(*(torch.tensor(getattr(each, name), dtype=torch.float64) for each in (got, want)),
                                   rtol=0, atol=atol)
