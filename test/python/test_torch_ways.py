"""Whatever PyTorch does besides running ops: traces, fakes, transforms, modes, subclasses and autocast."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

import hip_mlir  # noqa: E402
import hip_mlir.torch  # noqa: E402
from torch._subclasses.fake_tensor import FakeTensorMode  # noqa: E402
from torch.fx.experimental.proxy_tensor import make_fx  # noqa: E402
from torch.overrides import TorchFunctionMode  # noqa: E402
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

from test_storage import POLICIES, TREE as STORED_TREE, check_stored, converted, stored  # noqa: E402, F401

DEVICES = ["cpu"] + (["cuda"] if torch.cuda.is_available() else [])
ATTENTION = hip_mlir.torch.attention
TREE = hip_mlir.Tree(keep=32)
SPARSE = {"sink": 16, "window": 16}
ENTRY = hip_mlir.score_mod(lambda s, b, h, i, j: s * (b + 1.0) - (i - j) * 0.125)
GRADIENT = "requires a gradient.*no_grad"


def sdpa(query, key, value):
    return hip_mlir.torch.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)


def tensors(*leading, rank=4, rows=40):
    torch.manual_seed(3)
    return [torch.randn(*leading, *(2,)[:rank - 3], heads, rows, 32) for heads in (4, 2, 2)]


def close(got, wanted, atol=2e-5):
    assert got.shape == wanted.shape
    torch.testing.assert_close(got, wanted, rtol=0, atol=atol, check_dtype=False)


def export(function, *example):
    class Model(torch.nn.Module):
        def forward(self, *x):
            return function(*x)
    return torch.export.export(Model(), example).module()


TRACES = {
    "jit": lambda f, *x: torch.jit.trace(f, x),
    "real": lambda f, *x: make_fx(lambda q, k, v: f(q, k, v), tracing_mode="real")(*x),
    "fake": lambda f, *x: make_fx(lambda q, k, v: f(q, k, v), tracing_mode="fake")(*x),
    "symbolic": lambda f, *x: make_fx(lambda q, k, v: f(q, k, v), tracing_mode="symbolic")(*x),
    "fx": lambda f, *x: torch.fx.symbolic_trace(lambda q, k, v: f(q, k, v)),
    "export": export,
    "functionalize": lambda f, *x: torch.func.functionalize(f),
}


# jit.trace is deprecated, and its warning of sizes that are compared means a check of ours.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("function", [ATTENTION, sdpa], ids=["attention", "sdpa"])
@pytest.mark.parametrize("name", TRACES)
def test_traces_are_of_the_call(name, function):
    """And not of its result: other tensors give another one."""
    q, k, v = tensors()
    traced = TRACES[name](function, q, k, v)
    close(traced(2 * q, k, v), function(2 * q, k, v))


def test_traces_of_options():
    q, k, v = tensors()

    def both(q, k, v):
        out, lse, lists = ATTENTION(q, k, v, TREE, return_lse=True, return_lists=True, **SPARSE)
        return out, lse, ATTENTION(q, k, v, TREE, lists=lists, score_mod=ENTRY, **SPARSE)

    for got, wanted in zip(make_fx(both)(q, k, v)(q, 2 * k, v), both(q, 2 * k, v)):
        close(got, wanted)


@pytest.mark.parametrize("make", ["fake", "meta"])
def test_tensors_without_numbers(make):
    mode = FakeTensorMode()
    q, k, v = (mode.from_tensor(x) if make == "fake" else x.to("meta") for x in tensors())
    out, lse, lists = ATTENTION(q, k, v, TREE, return_lse=True, return_lists=True, **SPARSE)
    wanted = ATTENTION(*tensors(), TREE, return_lse=True, return_lists=True, **SPARSE)
    for got, like in zip((out, lse, *lists), (*wanted[:2], *wanted[2])):
        assert (got.shape, got.dtype, got.device) == (like.shape, like.dtype, q.device)
    with torch.autocast("cpu"):
        assert ATTENTION(q, k, v, TREE, lists=lists, **SPARSE).shape == out.shape
    for arguments, options, words in (
            ((q, k[..., :16], v), {}, "k has head size 16, but q has 32"),
            ((q, k.half(), v), {}, "k is float16, but q is float32"),
            ((q[:, :3], k, v), {}, "q has 3 heads, no multiple of the 2 of k"),
            ((q, k, v), {"policy": "trees"}, "'trees' is no policy"),
            ((q, k, v), {"sink": 1.5}, "sink is 1.5; give an int"),
            ((q, k, v), {"lists": 3}, "lists is 3; give the pair"),
            ((q, k, v), {"policy": TREE, "lists": (lists[0][:1], lists[1])}, "blocks has shape"),
            ((q, k, v), {"policy": TREE, "lists": lists, "return_lists": True}, "leave out one")):
        with pytest.raises(hip_mlir.Error, match=words):
            ATTENTION(*arguments, **options)


@pytest.mark.parametrize("rank", [3, 4])
@pytest.mark.parametrize("options", [{}, {"score_mod": ENTRY}], ids=["plain", "score"])
@pytest.mark.parametrize("dims", [(0, 0, 0), (0, None, None), (None, 0, 0), (-1, 2, 1)], ids=str)
def test_vmap(dims, options, rank):
    whole = tensors(3, rank=rank)
    given = [x[0] if dim is None else x.movedim(0, dim) for x, dim in zip(whole, dims)]
    got = torch.vmap(lambda *x: ATTENTION(*x, **options), in_dims=dims)(*given)
    single = [[x[0] if dim is None else x[n] for x, dim in zip(whole, dims)] for n in range(3)]
    close(got, torch.stack([hip_mlir.attention(*x, **options) for x in single]))


def test_vmap_of_vmap():
    whole = tensors(3, 2)
    got = torch.vmap(torch.vmap(lambda *x: ATTENTION(*x, score_mod=ENTRY)))(*whole)
    wanted = [hip_mlir.attention(*(x[m, n] for x in whole), score_mod=ENTRY) for m in range(3) for n in range(2)]
    close(got, torch.stack(wanted).unflatten(0, (3, 2)))


def test_vmap_of_lists():
    whole = tensors(3, rows=100)
    out, lse, lists = torch.vmap(
        lambda *x: ATTENTION(*x, TREE, return_lse=True, return_lists=True, **SPARSE))(*whole)
    again, again_lse = torch.vmap(
        lambda *x: ATTENTION(*x[:3], TREE, lists=x[3:], return_lse=True, **SPARSE))(*whole, *lists)
    close(again, out)
    close(again_lse, lse)
    for n in range(3):
        wanted = hip_mlir.attention(*(x[n] for x in whole), TREE, return_lse=True, return_lists=True, **SPARSE)
        close(out[n], wanted[0])
        close(lse[n], wanted[1])
        assert lists[0][n].shape == wanted[2][0].shape and torch.equal(lists[1][n], wanted[2][1])


def test_gradients_are_refused():
    q, k, v = tensors()

    def loss(q):
        return ATTENTION(q, k, v).sum()

    leaf = q.clone().requires_grad_()
    for wrong in (lambda: torch.func.grad(loss)(q), lambda: torch.func.vjp(loss, q), lambda: loss(leaf),
                  lambda: torch.vmap(torch.func.grad(loss))(torch.stack([q, q])),
                  lambda: torch.compile(loss, backend="aot_eager")(leaf),
                  lambda: torch.ops.hip_mlir.attention(leaf, k, v, "dense", 128, 1024, True, None, None, "kv", None)):
        with pytest.raises(hip_mlir.UnsupportedError, match=GRADIENT):
            wrong()
    with pytest.raises(hip_mlir.UnsupportedError, match="q: a tensor has a tangent"):
        torch.func.jvp(loss, (q,), (q,))
    with torch.no_grad():
        close(ATTENTION(leaf, k, v), ATTENTION(q, k, v))
    # What does not depend on attention has its gradient.
    close(torch.func.grad(lambda x: (x * ATTENTION(q, k, v)).sum())(q), ATTENTION(q, k, v))


class Names(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        self.names.append(str(function))
        return function(*arguments, **(options or {}))


class Functions(TorchFunctionMode):
    names = ()

    def __torch_function__(self, function, types, arguments=(), options=None):
        self.names = *self.names, str(function)
        return function(*arguments, **(options or {}))


@pytest.mark.parametrize("mode, name", [(Names, "hip_mlir.attention.default"), (Functions, "hip_mlir.attention")])
def test_modes_see_the_op(mode, name):
    x = tensors()
    wanted = ATTENTION(*x)
    with mode() as seen:
        close(ATTENTION(*x), wanted)
    assert name in seen.names
    with torch.device("cpu"):
        close(ATTENTION(*x), wanted)


def test_what_no_mode_would_see():
    x = tensors()
    program = hip_mlir.compile(hip_mlir.attention_text("float32", 4, 2, 32), engine=hip_mlir.Engine("cpu"))
    for call in (lambda: hip_mlir.attention(*x), lambda: program(*x),
                 lambda: make_fx(lambda q, k, v: hip_mlir.attention(q, k, v))(*x)):
        with pytest.raises(hip_mlir.UnsupportedError, match="TorchDispatchMode is on.*use hip_mlir.torch.attention"):
            with Names():
                call()


class Own(torch.Tensor):
    """A subclass by __torch_function__."""

    @classmethod
    def __torch_function__(cls, function, types, arguments=(), options=None):
        return super().__torch_function__(function, types, arguments, options or {})


class Halves(torch.Tensor):
    """A subclass by __torch_dispatch__: two tensors, one with each half of the rows of a batch."""

    @staticmethod
    def __new__(cls, first, second):
        shape = first.shape[0] + second.shape[0], *first.shape[1:]
        return torch.Tensor._make_wrapper_subclass(cls, shape, dtype=first.dtype)

    def __init__(self, first, second):
        self.parts = first, second

    @classmethod
    def __torch_dispatch__(cls, function, types, arguments=(), options=None):
        return cls(*(function(*(x.parts[n] if isinstance(x, cls) else x for x in arguments), **(options or {}))
                     for n in (0, 1)))


def test_subclasses():
    x = tensors()
    wanted = ATTENTION(*x)
    own = ATTENTION(*(y.as_subclass(Own) for y in x))
    assert type(own) is Own
    close(own.as_subclass(torch.Tensor), wanted)
    halves = ATTENTION(*(Halves(y[:1], y[1:]) for y in x))
    assert type(halves) is Halves
    close(torch.cat(halves.parts), wanted)


@pytest.mark.filterwarnings("ignore")
def test_subclasses_without_a_rule():
    q, k, v = tensors()
    masked = torch.masked.masked_tensor(q, q > 0)
    for function in (ATTENTION, sdpa):
        with pytest.raises(hip_mlir.UnsupportedError, match="a MaskedTensor has no rule for torch.ops.hip_mlir"):
            function(masked, k, v)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_nested_tensors_are_told_by_their_parts(layout):
    parts = [tensors(rank=3, rows=rows) for rows in (40, 24)]
    nested = [torch.nested.nested_tensor([x.transpose(0, 1) for x in pair], layout=layout).transpose(1, 2)
              for pair in zip(*parts)]
    for function in (ATTENTION, sdpa):
        with pytest.raises(hip_mlir.ArgumentTypeError, match="^q: a nested tensor .*x.unbind|^q: .*q.unbind"):
            function(*nested)
    q, k, v = nested
    for got, part in zip([ATTENTION(*x) for x in zip(q.unbind(), k.unbind(), v.unbind())], parts):
        close(got, ATTENTION(*part))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast(dtype, device):
    torch.compiler.reset()  # PyTorch 2.6 compiles nothing again for another type of autocast
    x = [y.to(device) for y in tensors()]
    for given in (x, (x[0], x[1].to(torch.bfloat16), x[2].half())):
        with torch.autocast(device, dtype=dtype):
            plain = torch.nn.functional.scaled_dot_product_attention(*given, is_causal=True, enable_gqa=True)
            compiled = torch.compile(sdpa, backend="aot_eager", fullgraph=True)
            got = ATTENTION(*given), sdpa(*given), compiled(*given)
        for each in got:
            assert each.dtype == plain.dtype == dtype
            close(each, plain, atol=3e-2)
    with torch.autocast(device, dtype=dtype):
        with torch.autocast(device, enabled=False):
            x = [y.to(dtype) for y in x] if device == "cuda" else x
            assert ATTENTION(*x).dtype == x[0].dtype
        with pytest.raises(hip_mlir.ArgumentTypeError, match="q is float64"):
            ATTENTION(*(y.double() for y in x))


@pytest.mark.parametrize("call, words", [
    (lambda q, k, v: ATTENTION(q.numpy(), k, v), "q is a ndarray; give a torch.Tensor"),
    (lambda q, k, v: ATTENTION(q, None, v), "k is missing; give arrays k and v, or kv="),
    (lambda q, k, v: sdpa(q, k, [1]), "v is a list; give a torch.Tensor"),
    (lambda q, k, v: sdpa(q, k[0], v), r"shapes \[2, 4, 40, 32\], \[2, 40, 32\] and .*; give .* for all three"),
    (lambda q, k, v: sdpa(q[0, 0], k, v), r"have shapes \[40, 32\], "),
    (lambda q, k, v: sdpa(q, k, v[..., :8, :]), "v has 8 rows, but k has 40"),
    (lambda q, k, v: sdpa(q.to_sparse(), k, v), "q: a tensor on cpu of layout torch.sparse_coo .*to_dense"),
    (lambda q, k, v: ATTENTION(q, k, v.to("meta")), "v: a tensor on meta"),
    (lambda q, k, v: hip_mlir.torch.scaled_dot_product_attention(q, k, v, is_causal="yes"), "is_causal is 'yes'"),
    (lambda q, k, v: hip_mlir.torch.scaled_dot_product_attention(q, k, v, enable_gqa=2), "enable_gqa is 2"),
    (lambda q, k, v: hip_mlir.torch.scaled_dot_product_attention(q, k, v, dropout_p=0.5), "dropout_p = 0.5; .*give 0"),
    (lambda q, k, v: torch.vmap(ATTENTION)(*(x[None] for x in (q, k[..., :16], v))), "k has head size 16"),
    (lambda q, k, v: torch.compile(ATTENTION, backend="aot_eager")(q, k[..., :16], v), "k has head size 16"),
])
def test_wrong_calls(call, words):
    with pytest.raises(hip_mlir.Error, match=words):
        call(*tensors())


def test_stored_calls(stored):
    q, kv, *expected = stored
    q, kv = torch.from_numpy(q), converted(kv, torch.from_numpy)
    for function in (hip_mlir.attention, ATTENTION):
        for _ in range(2):
            check_stored(function(q, kv=kv, return_lse=True, return_lists=True, **STORED_TREE), expected)
    lists = tuple(map(torch.from_numpy, expected[2]))
    np.testing.assert_array_equal(ATTENTION(q, kv=kv, lists=lists, **STORED_TREE), expected[0])
    with torch.autocast("cpu", torch.bfloat16):
        assert ATTENTION(q, kv=kv, **STORED_TREE).dtype == torch.bfloat16
    with pytest.raises(TypeError, match="kv.v_pages is float16|kv.v is float16"):
        hip_mlir.attention(q, kv=type(kv)(kv[0], kv[1].half(), *kv[2:]))


def test_stored_compile(stored):
    """The op is in the graph, with results of every kind; kv= is an argument, or made inside of it."""
    q, kv, *expected = stored
    q, kv = torch.from_numpy(q), converted(kv, torch.from_numpy)
    lists = tuple(map(torch.from_numpy, expected[2]))

    def every(q, kv):
        return ATTENTION(q * 1, kv=kv, return_lse=True, return_lists=True, **STORED_TREE)

    def again(q, kv, lists, positions):
        return ATTENTION(q, kv=kv, lists=lists, positions=positions, **STORED_TREE) + 0

    def made_here(q, *arrays):
        return ATTENTION(q, kv=type(kv)(*arrays), policy=POLICIES["dense"], return_lse=True)[1]

    compiled = {function: torch.compile(function, fullgraph=True, backend="aot_eager")
                for function in (every, again, made_here)}
    with torch.no_grad():
        check_stored(compiled[every](q, kv), expected)
        positions = torch.zeros(len(q), dtype=torch.int32)
        np.testing.assert_array_equal(compiled[again](q, kv, lists, positions), again(q, kv, lists, positions))
        np.testing.assert_array_equal(compiled[made_here](q, *kv), made_here(q, *kv))


def test_stored_inductor(stored):
    q, kv, *expected = stored
    compiled = torch.compile(lambda q, kv: ATTENTION(q, kv=kv, **STORED_TREE) * 2, fullgraph=True)
    out = compiled(torch.from_numpy(q), converted(kv, torch.from_numpy))
    np.testing.assert_array_equal(out, 2 * expected[0])


def test_stored_rows_before_heads(stored):
    """layout="bthd", eager, in torch.compile and of meta tensors."""
    q, kv, *expected = stored
    q, kv = torch.from_numpy(q).transpose(1, 2).contiguous(), converted(kv, torch.from_numpy)

    def attend(q, kv):
        return ATTENTION(q, kv=kv, layout="bthd", **STORED_TREE)

    for function in (attend, torch.compile(attend, fullgraph=True, backend="aot_eager")):
        np.testing.assert_array_equal(function(q, kv).transpose(1, 2), expected[0])
    k = torch.ones(4, 9, 2, 32)
    lse = torch.compile(lambda q: ATTENTION(q, k, k, layout="bthd", return_lse=True)[1], fullgraph=True,
                        backend="aot_eager")(q)
    np.testing.assert_array_equal(lse, hip_mlir.attention(q.transpose(1, 2), k.transpose(1, 2), k.transpose(1, 2),
                                                          return_lse=True)[1])
    assert ATTENTION(q.to("meta"), k.to("meta"), k.to("meta"), layout="bthd").shape == q.shape


def test_stored_shapes(stored):
    """Meta tensors have results, and the errors of the call."""
    q, kv, *expected = stored
    q, kv = torch.from_numpy(q).to("meta"), converted(kv, lambda x: torch.from_numpy(x).to("meta"))
    out, lse, (blocks, counts) = ATTENTION(q, kv=kv, return_lse=True, return_lists=True, **STORED_TREE)
    for got, wanted in zip((out, lse, blocks, counts), (*expected[:2], *expected[2])):
        assert tuple(got.shape) == wanted.shape and got.is_meta and str(got.dtype).endswith(wanted.dtype.name)
    with pytest.raises(ValueError, match=r"has shape \[.*the 2 batch entries of q need"):
        ATTENTION(q[:2], kv=kv)
    for wrong in (tuple(kv), 5):
        with pytest.raises(TypeError, match="kv is"):
            ATTENTION(q, kv=wrong)


def test_stored_transforms(stored):
    q, kv, *expected = stored
    q, kv = torch.from_numpy(q), converted(kv, torch.from_numpy)
    with pytest.raises(hip_mlir.UnsupportedError, match="torch.vmap maps attention with kv="):
        torch.vmap(lambda q: ATTENTION(q, kv=kv))(q[None])
    with pytest.raises(hip_mlir.UnsupportedError, match="requires a gradient"):
        ATTENTION(q.clone().requires_grad_(), kv=kv)
    graph = make_fx(lambda q: ATTENTION(q, kv=kv, **STORED_TREE))(q)
    assert "hip_mlir.stored_attention" in graph.code
    np.testing.assert_array_equal(graph(q), expected[0])
