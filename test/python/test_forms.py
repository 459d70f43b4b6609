"""What is remembered of the forms of arrays, and arrays at the ends of what forms can be."""

from types import SimpleNamespace

import numpy as np
import pytest

import hip_mlir
from hip_mlir._arrays import NumPyAdapter, numpy_dtype
from hip_mlir._forms import Form, keep

COPY = """func.func @f(%a: tensor<{0}xf32>) -> tensor<{0}xf32> {{
  return %a : tensor<{0}xf32>
}}"""


def test_tables_have_a_bound():
    table = {}
    for number in range(3):
        assert keep(table, 3, number, -number) == -number
    assert table == {0: 0, 1: -1, 2: -2}
    keep(table, 3, 3, -3)
    assert table == {3: -3}


def test_arrays_of_eight_dimensions():
    a = np.arange(24, dtype=np.float32).reshape(1, 2, 1, 3, 1, 4, 1, 1)
    program = hip_mlir.compile(COPY.format("x".join("?" * 8)), engine=hip_mlir.Engine("cpu"))
    for array in (a, SimpleNamespace(__dlpack__=a.__dlpack__, __dlpack_device__=a.__dlpack_device__)):
        np.testing.assert_array_equal(program(array), a)


@pytest.mark.parametrize("device", [(2, 0), (1, 0)])
def test_outputs_are_where_the_inputs_are(device):
    form = Form.__new__(Form)
    form._outputs, form._sizes, form._first = 1, [((3,), (2, 32))], (2, 1, 2, 32, (3,), (1,))
    form._names = ["q"], ["out"]
    form._check_outputs([form._first])
    with pytest.raises(hip_mlir.InvalidError, match="out is on .*, but the inputs are on cuda:1"):
        form._check_outputs([(*device, *form._first[2:])])


def test_results_of_types_that_no_array_has():
    with pytest.raises(hip_mlir.UnsupportedError, match="a result is DLPack type 7 of 8 bits.*give out="):
        numpy_dtype((7, 8))


def test_strides_beyond_64_bits_without_a_batch():
    """Of arrays without elements: the stride of the batch that they lack does not fit."""
    q, bare = np.ones((8, 8, 16), np.float32), np.ones((8, 0, 16), np.float32)
    far = np.lib.stride_tricks.as_strided(bare, strides=(2**63 - 64, 64, 4))
    assert not hip_mlir.attention(q, far, far).any()


@pytest.mark.parametrize("change", [
    {"dtype": np.float16}, {"query_heads": 4}, {"kv_heads": 1}, {"head_size": 32, "value_size": 16},
    {"value_size": 32}, {"causal": False}], ids=str)
def test_plans_are_of_all_that_they_depend_on(rng, change):
    """A call is what it is with a new engine, after one that differs in one thing."""
    def call(engine, dtype=np.float32, query_heads=2, kv_heads=2, head_size=16, value_size=16, **options):
        some = np.random.default_rng(5)
        q, k, v = (some.standard_normal((1, *shape)).astype(dtype) for shape in (
            (query_heads, 8, head_size), (kv_heads, 8, head_size), (kv_heads, 8, value_size)))
        return hip_mlir.attention(q, k, v, engine=engine, **options)

    used = hip_mlir.Engine("cpu")
    call(used)
    np.testing.assert_array_equal(call(used, **change), call(hip_mlir.Engine("cpu"), **change))
    assert len(used._plans) == 2


@pytest.mark.parametrize("code", [0, 1])
def test_steps_of_a_call(code):
    """Scratch memory is given back after the launch, and what calls share is there for the next, also of one that
    fails; what comes after a launch is for those that do not."""
    steps, a = [], np.ones(3, np.float32)

    class Recorder(NumPyAdapter):
        def scratch(self, size, view, stream):
            steps.append(f"scratch of {size}")
            return "owner", 0

        def release(self, owner, view, stream):
            steps.append(f"release {owner}")

        def finish(self, view):
            steps.append("finish")

    program = hip_mlir.compile(COPY.format("?"), engine=hip_mlir.Engine("cpu"))
    program(a)
    form, = program._forms.values()
    form._adapter, form._scratch, form._run = Recorder(), 64, lambda record: steps.append("run") or code
    frames = list(form._idle)
    if code:
        with pytest.raises(hip_mlir.InvalidError):
            program(a)
    else:
        program(a)
    assert steps == ["scratch of 64", "run", "release owner"] + ["finish"] * (not code)
    assert form._idle == frames and len(frames) == 1


INTO = """func.func @f(%q: tensor<1x2x?x16xf32>, %o: tensor<1x2x?x16xf32>, %p: tensor<1x2x?x16xf32>)
    -> tensor<1x2x?x16xf32> {{
  %0 = hip.attention ins(%q, %q, %q : {0}, {0}, {0}) outs(%o : {0}) policy #hip.dense<block_q = 32> {{causal}} -> {0}
  %1 = hip.attention ins(%0, %q, %q : {0}, {0}, {0}) outs(%p : {0}) policy #hip.dense<block_q = 32> {{causal}} -> {0}
  return %1 : {0}
}}""".format("tensor<1x2x?x16xf32>")
SLICE = """func.func @f(%q: tensor<1x2x?x16xf32>, %w: tensor<3x2x?x16xf32>) -> tensor<3x2x?x16xf32> {
  %c2 = arith.constant 2 : index
  %n = tensor.dim %w, %c2 : tensor<3x2x?x16xf32>
  %r = tensor.insert_slice %q into %w[1, 0, 0, 0] [1, 2, %n, 16] [1, 1, 1, 1]
    : tensor<1x2x?x16xf32> into tensor<3x2x?x16xf32>
  return %r : tensor<3x2x?x16xf32>
}"""
ITSELF = INTO.replace("outs(%o", "outs(%q").replace("outs(%p", "outs(%q")


@pytest.mark.parametrize("name, text, count", [("into", INTO, 3), ("slice", SLICE, 2), ("itself", ITSELF, 3)])
def test_inputs_are_only_read(rng, name, text, count):
    """Also those that an op has for its destination, whether or not that is given back."""
    q = rng.standard_normal((1, 2, 40, 16)).astype(np.float32)
    others = [rng.standard_normal((3 if name == "slice" else 1, 2, 40, 16)).astype(np.float32) for _ in range(count - 1)]
    before = [array.copy() for array in (q, *others)]
    got = hip_mlir.compile(text, engine=hip_mlir.Engine("cpu"))(q, *others)
    for array, wanted in zip((q, *others), before):
        np.testing.assert_array_equal(array, wanted)
    if name == "slice":
        np.testing.assert_array_equal(got, np.stack([before[1][0], q[0], before[1][2]]))
    else:
        once = hip_mlir.attention(q, q, q, hip_mlir.Dense(32))
        np.testing.assert_array_equal(got, hip_mlir.attention(once, q, q, hip_mlir.Dense(32)))
