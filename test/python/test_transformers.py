"""The attention implementations of transformers on a small random Llama, on the CPU."""

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
transformers = pytest.importorskip("transformers", reason="transformers is not installed")

import hip_mlir  # noqa: E402
from hip_mlir import _summaries  # noqa: E402
from hip_mlir.engine import default_engine  # noqa: E402
from hip_mlir.integrations import transformers as integration  # noqa: E402
from hip_mlir.integrations.transformers import Config, register  # noqa: E402

SMALL = hip_mlir.Boxes(block_q=32, levels=((32, 64),), keep=32)
CONFIG = {"prefill": SMALL, "decode": SMALL, "sink": 32, "window": 32}
UNION = hip_mlir.Union(hip_mlir.Tree(keep=32), hip_mlir.Boxes(levels=((32, 64),), keep=16))
SHARED = {"prefill": UNION, "decode": UNION, "sink": 32, "window": 32}


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(5)
    config = transformers.LlamaConfig(
        vocab_size=64, hidden_size=64, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, head_dim=32, max_position_embeddings=512, bos_token_id=None, eos_token_id=None)
    return transformers.LlamaForCausalLM(config).eval()


@pytest.fixture
def tokens():
    return torch.randint(0, 64, (2, 200), generator=torch.Generator().manual_seed(7))


def generate(model, name, tokens, steps=12, **options):
    model.set_attn_implementation(name)
    with torch.no_grad():
        result = model.generate(tokens, attention_mask=torch.ones_like(tokens), max_new_tokens=steps,
                                do_sample=False, output_logits=True, return_dict_in_generate=True,
                                pad_token_id=0, **options)
    return result.sequences, torch.stack(result.logits)


@pytest.fixture
def calls(monkeypatch):
    """What hip_mlir.attention was called with."""
    seen = []
    plain = integration.hip_mlir.torch.attention

    def record(query, key, value, policy, **options):
        seen.append((query.shape[2], key.shape[2], policy, options))
        return plain(query, key, value, policy, **options)
    monkeypatch.setattr(integration.hip_mlir.torch, "attention", record)
    return seen


@pytest.fixture
def searches(monkeypatch):
    """Which parts each decode step searched that shares lists, by what its program was."""
    seen = []
    plain = integration.Steps._program

    def record(steps, due, *arrays):
        seen.append(due)
        return plain(steps, due, *arrays)
    monkeypatch.setattr(integration.Steps, "_program", record)
    return seen


def test_defaults():
    config = Config()
    assert config.prefill == config.decode == hip_mlir.HIP
    assert (config.sink, config.window, config.list_heads, config.refresh) == (128, 1024, "kv", 8)
    assert Config(decode="tree<keep = 64>").decode == hip_mlir.Tree(keep=64)


def test_dense_is_sdpa(model, tokens, calls):
    register()
    wanted, logits = generate(model, "sdpa", tokens)
    assert not calls
    got, close = generate(model, "hip_dense", tokens)
    assert torch.equal(got, wanted)
    torch.testing.assert_close(close, logits, rtol=0, atol=1e-4)
    assert len(calls) == 3 * 12 and {policy for *_, policy, _ in calls} == {hip_mlir.Dense()}


def test_a_covering_budget_is_dense(model, tokens):
    cover = hip_mlir.Boxes(levels=((32, 512),), keep=512)
    register(Config(prefill=cover, decode=cover, sink=32, window=32))
    wanted, logits = generate(model, "sdpa", tokens)
    got, close = generate(model, "hip", tokens)
    assert torch.equal(got, wanted)
    torch.testing.assert_close(close, logits, rtol=0, atol=1e-4)


def test_sparse_differs(model, tokens):
    register(Config(**CONFIG))
    assert not torch.allclose(generate(model, "hip", tokens)[1], generate(model, "sdpa", tokens)[1], atol=1e-4)


def test_layers(model, tokens, calls):
    tree = hip_mlir.Tree(keep=32)
    register(Config(**CONFIG, dense_layers=1, refresh=1, layers={2: {"decode": tree, "window": 64}}),
             name="mine")
    generate(model, "mine", tokens, 2)
    assert [(rows, policy, options["window"]) for rows, _, policy, options in calls] == [
        (200, hip_mlir.Dense(), 32), (200, SMALL, 32), (200, SMALL, 64),
        (1, hip_mlir.Dense(), 32), (1, SMALL, 32), (1, tree, 64)]


@pytest.mark.parametrize("refresh, wanted", [
    (3, [(True, True), (False, True), (False, True), (True, True), (False, True), (False, True), (True, True)]),
    ((1, 2), [(True, True), (True, False), (True, True), (True, False), (True, True), (True, False), (True, True)]),
], ids=str)
def test_refresh(model, tokens, calls, searches, refresh, wanted):
    register(Config(**SHARED, refresh=refresh))
    generate(model, "hip", tokens, 8)
    assert searches[::3] == searches[1::3] == searches[2::3] == wanted
    assert [rows for rows, *_ in calls] == [200] * 3  # only the prompt
    # Nothing of one prompt serves the next.
    searches.clear()
    generate(model, "hip", tokens, 2)
    assert searches == [(True, True)] * 3


@pytest.mark.parametrize("options", [{"refresh": 1}, {"refresh": (1, 1)}, {"decode": SMALL, "refresh": 1}], ids=str)
def test_a_search_in_each_step_is_a_plain_call(model, tokens, calls, searches, options):
    register(Config(**{**SHARED, **options}))
    generate(model, "hip", tokens, 4)
    assert not searches and len(calls) == 3 * 4


@pytest.mark.parametrize("config", [CONFIG, SHARED], ids=["boxes", "union"])
def test_summaries_are_kept(model, tokens, monkeypatch, config):
    """Tokens and logits of steps that summarise all keys, while a step reads those of a box that became full (S17b)."""
    added = []
    plain = _summaries._Level.add

    def record(level, k, k_scale, entries):
        added.append((k.shape[2], level.done, entries))
        plain(level, k, k_scale, entries)
    monkeypatch.setattr(_summaries._Level, "add", record)
    register(Config(**config))
    tokens_with, logits_with = generate(model, "hip", tokens, 60)
    # The first step has the prompt's boxes to make, of 32 keys each.
    assert added[::3] == added[1::3] == added[2::3] == [(201, 0, 6), (224, 6, 7), (256, 7, 8)]
    updated = hip_mlir.Summaries._updated

    def anew(summaries, *arrays):
        summaries.reset()
        return updated(summaries, *arrays)
    monkeypatch.setattr(hip_mlir.Summaries, "_updated", anew)
    tokens_anew, logits_anew = generate(model, "hip", tokens, 60)
    assert len(added) > 3 * 50
    assert torch.equal(tokens_with, tokens_anew) and torch.equal(logits_with, logits_anew)


def test_steps_with_summaries_are_those_without(model, tokens, calls, searches):
    register(Config(**CONFIG))
    tokens_with, logits_with = generate(model, "hip", tokens, 40)
    assert searches == [(True,)] * 3 * 39 and len(calls) == 3
    register(Config(**CONFIG, refresh=1))
    tokens_without, logits_without = generate(model, "hip", tokens, 40)
    assert len(calls) == 3 * 41
    assert torch.equal(tokens_with, tokens_without) and torch.equal(logits_with, logits_without)


def test_a_step_that_searches_everything_is_a_plain_call(model):
    """The same bits, and lists of each part over the candidates of the union."""
    implementation = integration.Implementation(Config(**SHARED))
    layer = model.model.layers[0].self_attn
    random = torch.Generator().manual_seed(3)
    q, k, v = (torch.randn(2, heads, rows, 32, generator=random) for heads, rows in ((4, 1), (2, 210), (2, 210)))
    first, _ = implementation(layer, q, k, v, None)
    wanted = hip_mlir.attention(q, k, v, UNION, sink=32, window=32)
    assert torch.equal(first.transpose(1, 2), wanted)
    steps = implementation.steps[layer]
    for found, part in zip(steps.found, UNION.parts):
        start = 32 + (210 - 32 - 32) // 32 * 32
        _, (blocks, counts) = hip_mlir.attention(q, k[:, :, :start + 32], v[:, :, :start + 32], part, sink=32,
                                                 window=32,
                                             return_lists=True)
        listed = torch.arange(blocks.shape[-1]) < counts[..., None]
        assert torch.equal(found.counts, counts)
        assert torch.equal(found.blocks.where(listed, 0), blocks.where(listed, 0))


def test_steps_of_layers_with_other_windows_reuse_the_program(model):
    implementation = integration.Implementation(Config())
    layer = model.model.layers[0].self_attn
    random = torch.Generator().manual_seed(3)
    q, k, v = (torch.randn(1, heads, rows, 32, generator=random) for heads, rows in ((4, 1), (2, 210), (2, 210)))
    plans = default_engine(1)._plans
    counts = []
    for window in (40, 4, 1, 209):
        out, _ = implementation(layer, q, k, v, None, sliding_window=window)
        wanted = torch.nn.functional.scaled_dot_product_attention(q, k[:, :, -window:], v[:, :, -window:], enable_gqa=True)
        torch.testing.assert_close(out.transpose(1, 2), wanted, rtol=0, atol=1e-5)
        counts.append(len(plans))
    assert len(set(counts)) == 1


def test_refresh_of_a_covering_budget_is_dense(model, tokens):
    """Keys between two searches are attended: S17."""
    cover = hip_mlir.Union(hip_mlir.Tree(keep=512), hip_mlir.Boxes(levels=((32, 512),), keep=512))
    register(Config(prefill=cover, decode=cover, sink=32, window=32, refresh=(5, 7)))
    wanted, logits = generate(model, "sdpa", tokens, 40)
    got, close = generate(model, "hip", tokens, 40)
    assert torch.equal(got, wanted)
    torch.testing.assert_close(close, logits, rtol=0, atol=1e-4)


def test_refuses_dropout_and_masks(model):
    implementation = integration.Implementation(Config())
    q = torch.zeros(1, 4, 8, 32)
    layer = model.model.layers[0].self_attn
    for options, words in (({"dropout": 0.1}, "dropout"),
                           ({"sliding_window": 4, "is_causal": False}, "sliding_window = 4 and is not causal"),
                           ({"position_bias": q}, "position_bias"), ({"output_attentions": True}, "weights")):
        with pytest.raises(NotImplementedError, match=words):
            implementation(layer, q, q, q, None, **options)
    with pytest.raises(NotImplementedError, match="mask"):
        implementation(layer, q, q, q, torch.ones(1, 1, 8, 8))


@pytest.mark.parametrize("options, kind, words", [
    ({"prefill": 7}, TypeError, "prefill is 7"), ({"decode": "trees"}, ValueError, "'trees' is no policy"),
    ({"refresh": 0}, ValueError, "refresh = 0"), ({"refresh": (8, 0)}, ValueError, "refresh = 0"),
    ({"refresh": [8, 1]}, TypeError, r"refresh is \[8, 1\]; give an int or a tuple of them"),
    ({"refresh": (8, True)}, TypeError, "refresh is True"),
    ({"refresh": (8,)}, ValueError, r"refresh = \(8,\) has 1 numbers, but decode has 2 parts, tree<.*boxes<"),
    ({"refresh": (8, 1), "layers": {2: {"decode": hip_mlir.Tree()}}}, ValueError,
     "has 2 numbers, but decode has 1 parts"),
    ({"sink": 1.0}, TypeError, "sink is 1.0"), ({"list_heads": "x"}, ValueError, "list_heads = 'x'"),
    ({"layers": {1: {"size": 3}}}, ValueError, "layer 1 sets size"),
    ({"layers": {1: {"window": -3}}}, ValueError, "window = -3"),
])
def test_config_refuses(options, kind, words):
    with pytest.raises(kind, match=words):
        Config(**options)


def test_compiles_whole(model, tokens):
    """The model traces whole with hip attention in it."""
    register(Config(**CONFIG))
    model.set_attn_implementation("hip")
    with torch.no_grad():
        wanted = model(tokens, use_cache=False).logits
        compiled = torch.compile(model, fullgraph=True, backend="aot_eager")
        got = compiled(tokens, attention_mask=torch.ones_like(tokens), use_cache=False).logits
    torch.testing.assert_close(got, wanted, rtol=0, atol=1e-5)
