"""Models with sliding windows, soft-caps and sink logits, padded batches and static caches, beside eager attention."""

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
transformers = pytest.importorskip("transformers", reason="transformers is not installed")

import hip_mlir  # noqa: E402
from hip_mlir.integrations import transformers as integration  # noqa: E402
from hip_mlir.integrations.transformers import Config, register  # noqa: E402
from tiny_models import COVERING, SIZES, WINDOW, make  # noqa: E402

HYBRID = {"sliding_window": WINDOW, "num_hidden_layers": 3,
          "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]}
MODELS = {
    "Llama": {"num_hidden_layers": 2},
    "Mistral": {"num_hidden_layers": 2, "sliding_window": WINDOW},
    "Gemma2": {**HYBRID, "query_pre_attn_scalar": 11, "attn_logit_softcapping": 0.5},
    "Gemma3Text": {**HYBRID, "query_pre_attn_scalar": 7},
    "GptOss": {**HYBRID, "num_local_experts": 2, "num_experts_per_tok": 1},
}
HEADS = {"Gemma3Text": "Gemma3"}


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return make(request.param, MODELS[request.param], HEADS.get(request.param))


@pytest.fixture(params=["hip", "hip_dense"])
def name(request):
    register(Config(**COVERING))
    return request.param


@pytest.fixture
def tokens():
    return torch.randint(1, 64, (2, 90), generator=torch.Generator().manual_seed(7))


def padded(tokens, length=31):
    """The second prompt has fewer tokens, with padding before them."""
    tokens, mask = tokens.clone(), torch.ones_like(tokens)
    tokens[1, :-length], mask[1, :-length] = 0, 0
    return tokens, mask


def generate(model, implementation, tokens, mask=None, steps=8, **options):
    model.set_attn_implementation(implementation)
    with torch.no_grad():
        made = model.generate(tokens, attention_mask=torch.ones_like(tokens) if mask is None else mask,
                              max_new_tokens=steps, min_new_tokens=steps, do_sample=False, output_logits=True,
                              return_dict_in_generate=True, **options)
    return made.sequences, torch.stack(made.logits)


def check(model, implementation, tokens, mask=None, **options):
    wanted, logits = generate(model, "eager", tokens, mask)
    got, close = generate(model, implementation, tokens, mask, **options)
    assert torch.equal(got, wanted)
    torch.testing.assert_close(close, logits, rtol=1e-4, atol=1e-4 * logits.abs().max().item())


def test_tokens_are_those_of_eager(model, name, tokens):
    check(model, name, tokens)


def test_padded_batches(model, name, tokens):
    check(model, name, *padded(tokens))


def test_static_caches(model, name, tokens):
    check(model, name, tokens, cache_implementation="static", disable_compile=True)


def test_padded_batches_in_static_caches(model, name, tokens):
    check(model, name, *padded(tokens), cache_implementation="static", disable_compile=True)


def test_a_prompt_in_parts(model, name, tokens):
    """Rows of a later part are not the first keys."""
    model.set_attn_implementation("eager")
    tokens, mask = padded(tokens)
    made = {}
    for implementation in ("eager", name):
        model.set_attn_implementation(implementation)
        cache = transformers.DynamicCache(config=model.config)
        with torch.no_grad():
            for begin, end in ((0, 70), (70, 90)):
                made[implementation] = model(tokens[:, begin:end], attention_mask=mask[:, :end],
                                             position_ids=(mask.cumsum(1) - 1).clamp(min=0)[:, begin:end],
                                             cache=cache).logits
    torch.testing.assert_close(made[name], made["eager"], rtol=1e-4, atol=1e-4 * made["eager"].abs().max().item())


def test_a_padded_prompt_has_the_bits_of_the_prompt_alone():
    """Its query blocks begin with its first token, so a sparse search finds what it finds alone."""
    implementation = integration.Implementation(Config(prefill=hip_mlir.Tree(keep=64), sink=32, window=32))
    random = torch.Generator().manual_seed(3)
    q, k, v = (torch.randn(2, heads, 200, 32, generator=random) for heads in (4, 2, 2))
    mask = torch.arange(200) >= torch.tensor([[0], [77]])
    places = integration.make_mask(2, 200, 200, attention_mask=mask)
    together, _ = implementation(torch.nn.Module(), q, k, v, places)
    for entry, first in enumerate((0, 77)):
        alone, _ = implementation(torch.nn.Module(), *(x[entry:entry + 1, :, first:] for x in (q, k, v)), None)
        assert torch.equal(together[entry:entry + 1, first:], alone)


def test_padding_behind_a_prompt(tokens):
    mask = torch.ones_like(tokens, dtype=torch.bool)
    mask[1, 50:] = False
    places = integration.make_mask(2, 90, 90, attention_mask=mask)
    assert places[:, 0, 0].tolist() == [[0, 90, 0], [0, 50, 0]]


def test_refuses_padding_between_tokens(tokens):
    mask = torch.ones_like(tokens, dtype=torch.bool)
    mask[1, 50:60] = False
    with pytest.raises(NotImplementedError, match="padding between its tokens; pad prompts on the left"):
        integration.make_mask(2, 90, 90, attention_mask=mask)
    with pytest.raises(RuntimeError, match="padding between"):
        integration.make_mask(2, 1, 90, torch.tensor(89), attention_mask=mask, allow_is_causal_skip=False)


def test_refuses_other_patterns():
    masks = transformers.masking_utils
    for function in (masks.and_masks(masks.causal_mask_function, masks.causal_mask_function),
                     masks.chunked_causal_mask_function(8, torch.zeros(1, dtype=torch.long))):
        with pytest.raises(NotImplementedError, match="neither causal nor full nor a sliding window"):
            integration.make_mask(1, 16, 16, mask_function=function)


def test_a_step_over_a_static_cache_compiles_whole(name, tokens):
    """One graph for all steps: the length is data of the device."""
    torch.manual_seed(5)
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**SIZES, **MODELS["Llama"])).eval()
    model.set_attn_implementation(name)
    tokens, mask = padded(tokens)
    made = []
    for step in (model, torch.compile(model, fullgraph=True, backend="aot_eager")):
        cache = transformers.StaticCache(config=model.config, max_cache_len=100)
        with torch.no_grad():
            for begin, end in ((0, 86), (86, 87), (87, 88)):
                full = torch.nn.functional.pad(mask[:, :end], (0, 100 - end))
                positions = (mask.cumsum(1) - 1).clamp(min=0)[:, begin:end]
                run = step if begin else model
                made.append(run(tokens[:, begin:end], attention_mask=full, position_ids=positions, cache=cache).logits)
    for plain, compiled in zip(made[:3], made[3:]):
        torch.testing.assert_close(compiled, plain, rtol=0, atol=1e-5)


def test_generate_with_a_compiled_forward_pass(name, tokens):
    """By inductor, in the mode that makes CUDA graphs where there is a GPU; a prompt and its steps are a program each."""
    torch.manual_seed(5)
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**SIZES, num_hidden_layers=1)).eval()
    wanted, _ = generate(model, "sdpa", tokens, steps=4)
    model.set_attn_implementation(name)
    model.forward = torch.compile(model.forward, mode="reduce-overhead", fullgraph=True)
    got, _ = generate(model, name, tokens, steps=4, cache_implementation="static")
    assert torch.equal(got, wanted)
