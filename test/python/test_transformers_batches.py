"""Continuous batching of transformers: rows of several requests, over gathered keys and over pages in place."""

import importlib.util
import json
import math

import pytest
from conftest import ROOT

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
transformers = pytest.importorskip("transformers", reason="transformers is not installed")

import hip_mlir  # noqa: E402
from hip_mlir.integrations import _batches, _cache_pages, _calls, _continuous  # noqa: E402
from hip_mlir.integrations import transformers as integration  # noqa: E402
from hip_mlir.integrations.transformers import Config, register, serving  # noqa: E402
from tiny_models import COVERING, WINDOW, make  # noqa: E402

HYBRID = {"sliding_window": WINDOW, "num_hidden_layers": 2, "layer_types": ["sliding_attention", "full_attention"]}
MODELS = {
    "Llama": {"num_hidden_layers": 2},
    "Qwen3": {"num_hidden_layers": 2},
    "Mistral": {"num_hidden_layers": 2, "sliding_window": WINDOW},
    "Gemma2": {**HYBRID, "query_pre_attn_scalar": 11, "attn_logit_softcapping": 0.5},
    "GptOss": {**HYBRID, "num_local_experts": 2, "num_experts_per_tok": 1},
}
LENGTHS = 70, 5, 110, 33
STEPS = 8
# A batch takes a part of the longer prompts.
SMALL = {"page_size": 16, "num_blocks": 64, "max_batch_tokens": 48, "auto_switch_to_flash": False}


@pytest.fixture(scope="module")
def prompts():
    random = torch.Generator().manual_seed(7)
    return [torch.randint(1, 64, (length,), generator=random).tolist() for length in LENGTHS]


@pytest.fixture
def calls(monkeypatch):
    """(requests, keys as, first rows) of each batch that attention saw."""
    seen = []
    plain = _continuous.attend_batch

    def record(query, stored, call, rows=None, *others):
        seen.append((len(query), type(stored), rows and rows.starts))
        return plain(query, stored, call, rows, *others)
    monkeypatch.setattr(_continuous, "attend_batch", record)
    return seen


def generate_batch(model, prompts, **settings):
    config = transformers.GenerationConfig(do_sample=False, max_new_tokens=STEPS, eos_token_id=-1, pad_token_id=0)
    batching = transformers.ContinuousBatchingConfig(**{**SMALL, **settings})
    made = list(model.generate_batch(prompts, generation_config=config, continuous_batching_config=batching).values())
    assert [each.error for each in made] == [None] * len(prompts)
    return [each.generated_tokens for each in made]


def generate(model, prompts):
    """The tokens of each prompt by itself."""
    model.set_attn_implementation("eager")
    made = []
    for prompt in prompts:
        tokens = torch.tensor([prompt])
        made.append(model.generate(tokens, attention_mask=torch.ones_like(tokens), max_new_tokens=STEPS,
                                   min_new_tokens=STEPS, do_sample=False)[0, len(prompt):].tolist())
    return made


@pytest.mark.parametrize("name", ["hip", "hip_dense"])
@pytest.mark.parametrize("kind", ["Llama", "Qwen3"])
def test_tokens_are_those_of_sdpa(kind, name, prompts, calls):
    register(Config(**COVERING))
    model = make(kind, MODELS[kind])
    model.set_attn_implementation("sdpa")
    wanted = generate_batch(model, prompts)
    assert not calls
    with serving(model, name):
        assert generate_batch(model, prompts) == wanted
    # Parts of prompts come with decode steps; then all four requests decode over their pages.
    assert (48, hip_mlir.Ragged, [0, 1, 2, 48]) in calls
    assert calls.count((4, hip_mlir.Paged, None)) >= 2 * 3


@pytest.mark.parametrize("kind", MODELS)
def test_tokens_are_those_of_each_prompt_alone(kind, prompts, calls):
    register(Config(**COVERING))
    model = make(kind, MODELS[kind])
    wanted = generate(model, prompts)
    with serving(model):
        assert generate_batch(model, prompts) == wanted
    # Without tables a decode step is one call too, over gathered keys; no layer reads what another has read.
    slides = "sliding_window" in MODELS[kind]
    assert ((4, hip_mlir.Ragged, None) in calls) == slides and ((4, hip_mlir.Paged, None) in calls) != slides
    assert all(one[2] is two[2] for one, two in zip(calls[::2], calls[1::2]))


@pytest.mark.parametrize("settings", [{"max_blocks_per_request": 0}, {"page_size": 12}], ids=str)
def test_gathered_keys(prompts, calls, settings):
    """Where no tables are asked for, or a page is no power of two."""
    register(Config(**COVERING))
    model = make("Llama", MODELS["Llama"])
    model.set_attn_implementation("sdpa")
    wanted = generate_batch(model, prompts)
    with serving(model):
        assert generate_batch(model, prompts, **settings) == wanted
    assert {each[1] for each in calls} == {hip_mlir.Ragged}


def test_a_sparse_policy_is_followed(prompts, calls):
    register(Config(prefill=hip_mlir.Window(), decode=hip_mlir.Window(), sink=0, window=16))
    model = make("Llama", MODELS["Llama"])
    wanted = generate(model, prompts)
    with serving(model):
        sparse = generate_batch(model, prompts)
    # The prompt of 5 tokens with its answer fits the window.
    assert sparse[1] == wanted[1] and sparse != wanted


BOXES = hip_mlir.Boxes(block_k=2, levels=((16, 64), (4, 24)), keep=12)


@pytest.fixture
def checked(monkeypatch):
    """Summaries that layers have made, each of which is compared in each call; and how many calls read them."""
    made, reads = [], []
    plain, attend = _cache_pages.PagedSummaries, _calls.attend

    class Checked(plain):
        def __init__(self, policy, arrays):
            super().__init__(policy, arrays=arrays, check=True)
            made.append(self)

    def record(query, keys, *others):
        reads.extend([keys["summaries"]] if "summaries" in keys else [])
        return attend(query, keys, *others)
    monkeypatch.setattr(_cache_pages, "PagedSummaries", Checked)
    monkeypatch.setattr(_calls, "attend", record)
    return made, reads


@pytest.mark.parametrize("policy", [BOXES, hip_mlir.Union(hip_mlir.Tree(keep=16), BOXES)], ids=["boxes", "union"])
@pytest.mark.parametrize("page", [32, 64])
def test_summaries_beside_pages(prompts, checked, policy, page):
    """Parts of prompts and steps bring them up to date, steps over pages read them, and tokens are as without."""
    settings = {"prefill": policy, "decode": policy, "sink": 16, "window": 16}
    model = make("Llama", MODELS["Llama"])
    register(Config(**settings, summaries=False))
    with serving(model):
        wanted = generate_batch(model, prompts, page_size=page)
    assert not any(checked)
    register(Config(**settings))
    with serving(model):
        assert generate_batch(model, prompts, page_size=page) == wanted
    made, reads = checked
    assert len(made) == 2 and set(map(id, reads)) == set(map(id, made)) and len(reads) >= 2 * 3
    # Layers share an array, of which each has its own pages.
    one, two = ([array.data_ptr() for array in each.arrays] for each in made)
    assert [(b - a) // array[:2].nbytes for a, b, array in zip(one, two, made[0].arrays)] == [1] * len(one)


def test_answers_that_begin_alike_have_summaries(prompts, checked):
    """A page that is copied for a further answer takes its summaries along."""
    register(Config(prefill=BOXES, decode=BOXES, sink=16, window=16))
    model = make("Llama", MODELS["Llama"])
    copies, plain = [], _cache_pages.CachePages._copied

    def record(pages, pairs):
        copies.extend(pairs.values())
        plain(pages, pairs)
    config = transformers.GenerationConfig(do_sample=True, num_return_sequences=3, max_new_tokens=STEPS, eos_token_id=-1,
                                           pad_token_id=0)
    batching = transformers.ContinuousBatchingConfig(**{**SMALL, "page_size": 32})
    with pytest.MonkeyPatch.context() as patch, serving(model):
        patch.setattr(_cache_pages.CachePages, "_copied", record)
        made = model.generate_batch(prompts, generation_config=config, continuous_batching_config=batching)
    assert {each.error for each in made.values()} == {None}
    assert copies and checked[1]


@pytest.mark.parametrize("settings", [{"page_size": 16}, {"page_size": 32, "max_blocks_per_request": 0},
                                      {"page_size": 32, "cpu_offload_space": 1e-9}], ids=str)
def test_no_summaries(prompts, checked, settings):
    """Of small pages, where no step reads pages in place, and where keys may come back from the host."""
    register(Config(prefill=BOXES, decode=BOXES, sink=16, window=16))
    model = make("Llama", MODELS["Llama"])
    with serving(model):
        generate_batch(model, prompts[:2], **settings)
    assert not any(checked)


def test_the_model_is_left_as_it_was(prompts):
    register(Config(**COVERING))
    model = make("Llama", MODELS["Llama"])
    model.set_attn_implementation("sdpa")
    with pytest.raises(KeyError), serving(model):
        raise KeyError
    assert model.config._attn_implementation == "sdpa" and "init_continuous_batching" not in vars(model)
    assert not model._forward_pre_hooks
    assert generate_batch(model, prompts[:2]) == generate(model, prompts[:2])


def test_serving_refuses():
    model = make("Llama", MODELS["Llama"])
    for name in ("none", "sdpa"):
        with pytest.raises(ValueError, match=f"name = '{name}' is no implementation of hip"), serving(model, name):
            pass
    with pytest.raises(NotImplementedError, match="Linear of transformers .* has no continuous batching"):
        with serving(torch.nn.Linear(2, 2)):
            pass
    register()
    with serving(model), pytest.raises(NotImplementedError, match=r"CUDA graphs of prompts: give \(False, True\)"):
        model.init_continuous_batching(
            continuous_batching_config=transformers.ContinuousBatchingConfig(**SMALL, use_cuda_graph=True))


def random_rows(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


# Of one row, of none, a part of a prompt, a whole one, two of one row each, and a part again.
ROWS, KEYS, PAGE = [1, 0, 40, 23, 1, 1, 17], [50, 9, 100, 23, 1, 33, 90], 16


@pytest.fixture(params=["paged", "ragged"])
def batch(request):
    """(keys of requests first up to last as attend_batch() takes them, and of each [(k, v)]) of a cache."""
    pages = [-(-count // PAGE) for count in KEYS]
    k_pages, v_pages = random_rows(24, PAGE, 2, 32), random_rows(24, PAGE, 2, 16)
    table = torch.full((len(KEYS), 7), -1, dtype=torch.int32)
    order = torch.randperm(24, generator=torch.Generator().manual_seed(1)).int()
    for entry, count in enumerate(pages):
        table[entry, :count] = order[sum(pages[:entry]):sum(pages[:entry]) + count]
    taken = [[x[table[entry, :count].long()].flatten(0, 1)[:KEYS[entry]] for x in (k_pages, v_pages)]
             for entry, count in enumerate(pages)]

    def stored(first, last):
        if request.param == "paged":
            lengths = torch.tensor(KEYS[first:last], dtype=torch.int32)
            return hip_mlir.Paged(k_pages, v_pages, table[first:last], lengths), ()
        starts = starts_of(KEYS[first:last])
        k, v = (torch.cat([each[part] for each in taken[first:last]]) for part in (0, 1))
        return hip_mlir.Ragged(k, v, torch.tensor(starts, dtype=torch.int32)), starts
    return stored, taken


def starts_of(counts):
    return [sum(counts[:entry]) for entry in range(len(counts) + 1)]


def rows_of(counts):
    starts = starts_of(counts)
    return _batches.Rows(torch.tensor(starts, dtype=torch.int32), starts)


def test_each_request_has_the_bits_of_its_own_call(batch):
    stored, taken = batch
    query, starts = random_rows(sum(ROWS) + 2, 4, 32), starts_of(ROWS)
    options = {"policy": hip_mlir.Tree(keep=16, block_q=16), "sink": 8, "window": 8, "layout": "bthd"}
    seen = []

    def call(q, keys, longest=None):
        seen.append((tuple(q.shape[:-2]), "q_rows" in keys, longest))
        return hip_mlir.torch.attention(q, **keys, **options)
    kv, key_starts = stored(0, len(ROWS))
    out = _batches.attend_batch(query, kv, call, rows_of(ROWS), key_starts)
    many = (len(query),)
    longest = (100, 90) if key_starts else (None, None)
    assert seen == [((1, 1), False, None), (many, True, longest[0]), ((2, 1), False, None), (many, True, longest[1])]
    for entry, (k, v) in enumerate(taken):
        if ROWS[entry]:
            wanted = hip_mlir.torch.attention(query[None, starts[entry]:starts[entry + 1]], k[None], v[None], **options)
            assert torch.equal(out[starts[entry]:starts[entry + 1]], wanted[0])
    assert not out[sum(ROWS):].any()
    given = torch.full_like(out, 7)
    assert _batches.attend_batch(query, kv, call, rows_of(ROWS), key_starts, given) is given
    assert torch.equal(given[:sum(ROWS)], out[:sum(ROWS)]) and (given[sum(ROWS):] == 7).all()


@pytest.mark.parametrize("window, softcap, sinks", [(24, None, None), (24, 1.5, None), (200, None, None),
                                                    (None, None, [0.5, 2.0, -1.0, 3.0])])
def test_a_batch_of_one_request_has_its_bits(batch, window, softcap, sinks):
    """With what layers have: windows, soft-caps and sinks."""
    stored, taken = batch
    config = Config(prefill=hip_mlir.Tree(keep=16, block_q=16), decode=hip_mlir.Tree(keep=16), sink=8, window=8)
    call = _calls.call_of(config, _calls.options_of(config, True, 0.25, softcap), window, sinks and torch.tensor(sinks))
    query, starts = random_rows(sum(ROWS), 4, 32), starts_of(ROWS)
    whole, key_starts = stored(0, len(ROWS))
    out = _batches.attend_batch(query, whole, call, rows_of(ROWS), key_starts)
    for entry, count in enumerate(ROWS):
        own, key_starts = stored(entry, entry + 1)
        rows = slice(starts[entry], starts[entry + 1])
        assert torch.equal(out[rows], _batches.attend_batch(query[rows], own, call, rows_of([count]), key_starts))
        if window and count:
            k, v = (x.repeat_interleave(2, 1).transpose(0, 1)[None] for x in taken[entry])
            row, key = torch.arange(KEYS[entry] - count, KEYS[entry])[:, None], torch.arange(KEYS[entry])
            seen = (key <= row) & (key > row - window)
            if softcap is None:
                wanted = torch.nn.functional.scaled_dot_product_attention(query[rows].transpose(0, 1)[None], k, v, seen,
                                                                          scale=0.25)
                torch.testing.assert_close(out[rows], wanted[0].transpose(0, 1), rtol=1e-5, atol=1e-5)


def test_auto_is_chosen_by_the_longest_request(monkeypatch):
    """Not by the keys of all, which lie in one array."""
    config = Config(prefill=hip_mlir.Auto(hip_mlir.Window(), until=100), decode=hip_mlir.Window())
    seen = []
    monkeypatch.setattr(_calls, "attend", lambda query, keys, policy, *_: seen.append(policy) or query)
    call = _calls.call_of(config, _calls.options_of(config, True, None, None), None, None)
    for keys in ([100, 90], [101, 90]):
        k, starts = torch.zeros(sum(keys), 2, 32), starts_of(keys)
        stored = hip_mlir.Ragged(k, k, torch.tensor(starts, dtype=torch.int32))
        _batches.attend_batch(torch.zeros(40, 4, 32), stored, call, rows_of([30, 10]), starts)
    assert seen == [hip_mlir.Dense(), hip_mlir.Window()]


def test_a_decode_step_reads_nothing_on_the_host(monkeypatch):
    """And writes a row of each request at its end; one of padding, without keys, writes zeros into a page of zeros."""
    register(Config(**COVERING))
    pages = random_rows(6, 16, 2, 32)
    pages[0] = 0
    k_pages, v_pages = pages.clone(), pages.clone()
    table = torch.tensor([[3, 1], [5, -1], [-1, -1]], dtype=torch.int32)
    offsets = torch.tensor([0, 20, 21, 21], dtype=torch.int32)
    query, key, value = random_rows(1, 4, 3, 32), random_rows(1, 2, 3, 32), random_rows(1, 2, 3, 32) + 1
    implementation = integration.Implementation(Config(**COVERING))

    def step():
        return implementation(torch.nn.Module(), query, key, value, None, is_causal=True, cu_seq_lens_q=torch.arange(4).int(),
                              cu_seq_lens_k=offsets, max_length_q=1, block_table=table, k_cache=k_pages, v_cache=v_pages)[0]
    wanted = step()

    def read(*_):
        raise AssertionError("read on the host")
    for name in ("tolist", "item", "__bool__", "__int__", "__index__", "cpu", "numpy", "nonzero"):
        monkeypatch.setattr(torch.Tensor, name, read)
    out = step()
    monkeypatch.undo()
    assert torch.equal(out, wanted) and not out[0, 2].any()
    for stored, new in ((k_pages, key), (v_pages, value)):
        assert torch.equal(stored[1, 3], new[0, :, 0]) and torch.equal(stored[5, 0], new[0, :, 1])
        stored[1, 3], stored[5, 0] = pages[1, 3], pages[5, 0]
        assert torch.equal(stored, pages)


def test_refuses_what_is_no_batch_of_requests():
    implementation = integration.Implementation(Config())
    query, offsets = torch.zeros(2, 4, 8, 32), torch.tensor([0, 8], dtype=torch.int32)
    with pytest.raises(ValueError, match="query has 2 batch entries beside cu_seq_lens_q"):
        implementation(torch.nn.Module(), query, query, query, None, cu_seq_lens_q=offsets, cu_seq_lens_k=offsets)
    with pytest.raises(NotImplementedError, match="leaves its cache to the attention function"):
        implementation(torch.nn.Module(), query[:1], query[:1], query[:1], None, cu_seq_lens_q=offsets,
                       cu_seq_lens_k=offsets, cache=object())


@pytest.fixture(scope="module")
def serve():
    spec = importlib.util.spec_from_file_location("serve", ROOT / "benchmarks/speed/serve.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_server_in_small(serve, tmp_path, capsys):
    """Every implementation gets the same requests, and the model's tokens are those of SDPA where the budget covers them."""
    file = tmp_path / "lines.json"
    arguments = ["--requests", "3", "--rate", "50", "--prompt-tokens", "30", "90", "--new-tokens", "4", "--device", "cpu",
                 "--batch-tokens", "64", "--page", "16", "--json", str(file)]
    assert serve.main(arguments) == 0
    lines = json.loads(file.read_text())
    assert [line["implementation"] for line in lines] == ["sdpa", "hip_dense", "hip"]
    for line in lines:
        assert line["same_covered"] == [3, 3] and line["same_others"] == [0, 0]
        assert line["tokens_per_second"] * line["seconds"] == pytest.approx(3 * 4)
        assert 0 < line["first_token_median"] <= line["first_token_95"] <= line["seconds"]
        assert line["prompt_tokens"] == lines[0]["prompt_tokens"]
    assert "| hip |" in capsys.readouterr().out


def test_a_server_that_gives_other_tokens_fails(serve, monkeypatch):
    """A window of 16 keys is said to cover what it does not."""
    arguments = ["--requests", "2", "--rate", "50", "--prompt-tokens", "80", "90", "--new-tokens", "4", "--device", "cpu",
                 "--policy", "window", "--sink", "0", "--window", "16"]
    monkeypatch.setattr(serve, "covered_tokens", lambda *_: math.inf)
    monkeypatch.setattr(serve, "IMPLEMENTATIONS", ("sdpa", "hip"))
    assert serve.main(arguments) == 1


def test_traffic_is_as_the_options_say(serve):
    options = serve.parse(["--requests", "200", "--rate", "4", "--prompt-tokens", "100", "400"])
    traffic = serve.make_traffic(options)
    arrivals, lengths = [each[0] for each in traffic], sorted(len(each[1]) for each in traffic)
    assert traffic == serve.make_traffic(options)
    assert arrivals[0] == 0 and arrivals == sorted(arrivals) and 150 < 4 * arrivals[-1] < 250
    assert 100 <= lengths[0] and lengths[-1] <= 400 and 170 < lengths[100] < 230
    assert serve.covered_tokens(hip_mlir.HIP, 128, 1024) == 128 + 1024 + 448
    assert serve.covered_tokens(hip_mlir.Dense(), 0, 0) == math.inf
