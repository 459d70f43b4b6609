"""Attention backends of vLLM and SGLang: batches of a small server on the CPU, beside sums in f64.

Where a server is not installed, stand-ins for the classes of its interface take its place (server_stubs.py); the caches,
tables and batches are made here, in the shapes that it has them in.
"""

import importlib
import json
import math
import types
from importlib.metadata import EntryPoint

import pytest
import server_stubs
from conftest import ROOT

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

import hip_mlir  # noqa: E402
from hip_mlir.integrations import _config  # noqa: E402

tomllib = pytest.importorskip("tomllib", reason="Python is older than 3.11")

HEADS, KV_HEADS, SIZE = 4, 2, 32
PAGES, WIDTH = 40, 12
COVERING = '{"prefill": "tree<keep = 512>", "decode": "tree<keep = 512>", "sink": 32, "window": 32}'
SPARSE = '{"prefill": "tree<block_q = 16, keep = 16>", "decode": "tree<keep = 16>", "sink": 8, "window": 8}'
# Rows of each request in each step: a prompt in parts beside others, requests that wait or end, steps that decode.
STEPS = [{"a": 40}, {"a": 30, "b": 1, "c": 17}, {"b": 1, "a": 1, "c": 50}, {"a": 1, "b": 1, "c": 1}, {"c": 1, "b": 1},
         {"b": 1, "a": 9, "c": 25}]


class Layer:
    """What is asked of a layer: window counts keys that a row sees, with its own."""

    def __init__(self, window=None, softcap=None, sinks=None):
        self.scale, self.window, self.softcap, self.sinks = 0.25, window, softcap, sinks

    def reference(self, q, k, v):
        """The last rows q [T, Hq, D] over k and v [Tk, Hkv, D]."""
        q, k, v = (x.double() for x in (q, k, v))
        k, v = (x.repeat_interleave(HEADS // KV_HEADS, 1) for x in (k, v))
        scores = torch.einsum("ihd,jhd->hij", q, k) * self.scale
        if self.softcap:
            scores = self.softcap * torch.tanh(scores / self.softcap)
        row = torch.arange(len(k) - len(q), len(k))[:, None]
        key = torch.arange(len(k))
        hidden = (key > row) | (key <= row - (self.window or len(k)))
        scores = scores.masked_fill(hidden, -math.inf)
        if self.sinks is not None:
            scores = torch.cat([scores, self.sinks.double()[:, None, None].expand(-1, len(q), 1)], 2)
        weights = scores.softmax(2)[..., :len(k)]
        return torch.einsum("hij,jhd->ihd", weights, v).float()


LAYERS = {"plain": Layer(), "window": Layer(window=24), "softcap": Layer(softcap=1.5),
          "sinks": Layer(sinks=torch.tensor([0.5, 2.0, -1.0, 3.0]))}


class Traffic:
    """Rows of requests, step by step, with all keys so far."""

    def __init__(self):
        self.random = torch.Generator().manual_seed(5)
        self.kept = {}

    def rows(self, step):
        """[(request, q [T, Hq, D], k, v)] of a step."""
        made = []
        for name, count in step.items():
            q, k, v = (torch.randn(count, heads, SIZE, generator=self.random) for heads in (HEADS, KV_HEADS, KV_HEADS))
            old = self.kept.get(name)
            self.kept[name] = (k, v) if old is None else tuple(map(torch.cat, zip(old, (k, v))))
            made.append((name, q, k, v))
        return made

    def lengths(self, step):
        return torch.tensor([len(self.kept[name][0]) for name in step], dtype=torch.int32)


class Vllm:
    """A model runner with a layer: pages [P, Hkv, page, 2 * D], of which the first is of padding."""

    def __init__(self, layer, page=16):
        self.page = page
        server_stubs.install("vllm")
        module = importlib.import_module("hip_mlir.integrations.vllm")
        module.register()
        module.register()
        registry = importlib.import_module("vllm.v1.attention.backends.registry")
        self.backend = registry.AttentionBackendEnum["HIP_MLIR"].get_class()
        assert self.backend.get_name() == "HIP_MLIR" and not self.backend.forward_includes_kv_cache_update
        self.builder = self.backend.get_builder_cls()(None, ["model.layers.3.self_attn.attn"], None, "cpu")
        self.implementation = self.backend.get_impl_cls()(
            HEADS, SIZE, layer.scale, KV_HEADS, None, layer.window, "auto", layer.softcap, "decoder", None,
            **({} if layer.sinks is None else {"sinks": layer.sinks}))
        self.layer = types.SimpleNamespace(layer_name="model.layers.3.self_attn.attn")
        self.cache = torch.zeros(PAGES, KV_HEADS, page, 2 * SIZE)
        order = torch.randperm(PAGES - 1, generator=torch.Generator().manual_seed(2)) + 1
        self.tables = {name: order[i * WIDTH:(i + 1) * WIDTH].int() for i, name in enumerate("abc")}

    def prepare(self, traffic, step, padding=0):
        """Arguments of a forward pass; the last rows are padding."""
        rows, lengths = traffic.rows(step), traffic.lengths(step)
        slots = []
        for (name, q, *_), length in zip(rows, lengths.tolist()):
            places = torch.arange(length - len(q), length)
            slots.append(self.tables[name][places // self.page].long() * self.page + places % self.page)
        starts = torch.tensor([0, *step.values()], dtype=torch.int32).cumsum(0).int()
        self.batch = types.SimpleNamespace(
            query_start_loc=starts, query_start_loc_cpu=starts, seq_lens=lengths, num_reqs=len(step),
            num_actual_tokens=int(starts[-1]), max_query_len=max(step.values()), max_seq_len=int(lengths.max()),
            block_table_tensor=torch.stack([self.tables[name] for name in step]), causal=True,
            slot_mapping=torch.cat([*slots, torch.full((padding,), -1)]))
        return [torch.cat([*each, torch.full((padding, *each[0].shape[1:]), 9.0)]) for each in list(zip(*rows))[1:]]

    def forward(self, q, k, v):
        metadata = self.builder.build(0, self.batch)
        self.implementation.do_kv_cache_update(self.layer, k, v, self.cache, self.batch.slot_mapping)
        return self.implementation.forward(self.layer, q, k, v, self.cache, metadata, torch.full_like(q, 7.0))


class Mode:
    def __init__(self, decodes):
        self.decodes = decodes

    def is_decode(self):
        return self.decodes

    def is_idle(self):
        return False

    def is_mixed(self):
        return False


class Pool:
    """Slots of keys and values of one layer; those of the first page are of padding."""

    def __init__(self, slots):
        self.k, self.v = torch.zeros(slots, KV_HEADS, SIZE), torch.zeros(slots, KV_HEADS, SIZE)

    def set_kv_buffer(self, layer, slots, k, v):
        self.k[slots], self.v[slots] = k, v

    def get_key_buffer(self, layer):
        return self.k

    def get_value_buffer(self, layer):
        return self.v


class Sglang:
    """A model runner with a layer and a pool, and the slots of each request."""

    def __init__(self, layer, page=16):
        server_stubs.install("sglang")
        module = importlib.import_module("hip_mlir.integrations.sglang")
        module.register()
        module.register()
        choices = importlib.import_module("sglang.srt.arg_groups.choices").ATTENTION_BACKEND_CHOICES
        assert choices.count("hip_mlir") == 1
        self.pool, self.page = Pool(PAGES * page + 3), page
        order = torch.randperm(PAGES - 1, generator=torch.Generator().manual_seed(2)) + 1
        slots = (order[:3 * WIDTH].reshape(3, WIDTH, 1) * page + torch.arange(page)).reshape(3, -1).int()
        # Requests are not the first of the pool of requests, and not in order.
        self.places = {"a": 4, "b": 0, "c": 2}
        table = torch.full((6, slots.shape[1]), -1, dtype=torch.int32)
        table[list(self.places.values())] = slots
        self.runner = types.SimpleNamespace(page_size=page, use_mla_backend=False, token_to_kv_pool=self.pool,
                                            req_to_token_pool=types.SimpleNamespace(req_to_token=table))
        registry = importlib.import_module("sglang.srt.layers.attention.attention_registry")
        self.backend = registry.ATTENTION_BACKENDS["hip_mlir"](self.runner)
        self.others = {} if layer.sinks is None else {"sinks": layer.sinks}
        self.layer = types.SimpleNamespace(
            layer_id=3, scaling=layer.scale, tp_q_head_num=HEADS, qk_head_dim=SIZE, logit_cap=layer.softcap or 0.0,
            sliding_window_size=-1 if layer.window is None else layer.window - 1, logit_capping_method="tanh",
            is_cross_attention=False, attn_type=types.SimpleNamespace(value="decoder"), k_scale=None, v_scale=None)

    def prepare(self, traffic, step, padding=0):
        rows, lengths = traffic.rows(step), traffic.lengths(step)
        table = self.runner.req_to_token_pool.req_to_token
        slots = [table[self.places[name], length - len(q):length] for (name, q, *_), length in zip(rows, lengths.tolist())]
        decodes = set(step.values()) == {1}
        self.batch = types.SimpleNamespace(
            forward_mode=Mode(decodes), seq_lens=lengths.long(), seq_lens_cpu=lengths.long(),
            req_pool_indices=torch.tensor([self.places[name] for name in step]),
            extend_seq_lens_cpu=None if decodes else list(step.values()),
            extend_seq_lens=None if decodes else torch.tensor(list(step.values()), dtype=torch.int32),
            out_cache_loc=torch.cat([*slots, torch.zeros(padding, dtype=torch.int32)]).long())
        return [torch.cat([*each, torch.zeros(padding, *each[0].shape[1:])]) for each in list(zip(*rows))[1:]]

    def forward(self, q, k, v):
        self.backend.init_forward_metadata(self.batch)
        out = self.backend.forward(q.flatten(1), k, v, self.layer, self.batch, **self.others)
        return out.unflatten(1, (HEADS, SIZE))


@pytest.fixture(params=[Vllm, Sglang])
def server(request):
    return request.param


@pytest.mark.parametrize("page", [16, 64])
@pytest.mark.parametrize("layer", LAYERS)
def test_each_request_attends_its_own_keys(server, layer, page, monkeypatch):
    monkeypatch.setenv("HIP_MLIR_CONFIG", COVERING)
    made, traffic = server(LAYERS[layer], page), Traffic()
    for step in STEPS:
        rows = made.prepare(traffic, step)
        out, begin = made.forward(*rows), 0
        for name, count in step.items():
            wanted = LAYERS[layer].reference(rows[0][begin:begin + count], *traffic.kept[name])
            torch.testing.assert_close(out[begin:begin + count], wanted, rtol=1e-5, atol=1e-5)
            begin += count


def test_slots_as_pages():
    """A page of SGLang is one slot where nothing is said."""
    made, traffic = Sglang(LAYERS["plain"], 1), Traffic()
    step = {"a": 9}
    rows = made.prepare(traffic, step)
    torch.testing.assert_close(made.forward(*rows), LAYERS["plain"].reference(rows[0], *traffic.kept["a"]), rtol=1e-5,
                               atol=1e-5)


def test_a_sparse_policy_has_the_bits_of_each_request_alone(server, monkeypatch):
    monkeypatch.setenv("HIP_MLIR_CONFIG", SPARSE)
    layer, differs = LAYERS["plain"], False
    made, traffic = server(layer), Traffic()
    for step in STEPS:
        rows = made.prepare(traffic, step)
        out, begin = made.forward(*rows), 0
        for name, count in step.items():
            q, (k, v) = rows[0][begin:begin + count], traffic.kept[name]
            policy = hip_mlir.Tree(keep=16) if count == 1 else hip_mlir.Tree(block_q=16, keep=16)
            wanted = hip_mlir.torch.attention(q[None], k[None], v[None], policy, sink=8, window=8, scale=layer.scale,
                                              layout="bthd")
            assert torch.equal(out[begin:begin + count], wanted[0])
            differs |= not torch.allclose(wanted[0], layer.reference(q, k, v), atol=1e-3)
            begin += count
    assert differs


@pytest.mark.parametrize("prefill", ["boxes<block_k = 2, levels = [(16, 32)], keep = 8>", "tree<keep = 16>"],
                         ids=["boxes", "tree"])
@pytest.mark.parametrize("page, summaries", [(16, True), (64, True), (16, False), (8, True)])
def test_boxes_are_searched_by_kept_summaries(server, page, summaries, prefill, monkeypatch):
    """Which have come with the keys: of prompts whatever attends them, in parts or not. Small pages keep none."""
    config = {"prefill": prefill, "decode": "boxes<block_k = 2, levels = [(16, 32)], keep = 8>", "sink": 16, "window": 8}
    monkeypatch.setenv("HIP_MLIR_CONFIG", json.dumps({**config, "summaries": summaries}))
    layer, seen, plain = LAYERS["plain"], [], hip_mlir.torch.attention
    made, traffic = server(layer, page), Traffic()

    def record(query, **others):
        seen.append("summaries" in others)
        assert not seen[-1] or others["summaries"].boxes == (16,)
        return plain(query, **others)
    monkeypatch.setattr(hip_mlir.torch, "attention", record)
    reads = []
    for step in [*STEPS, {"c": 1, "a": 1}, {"c": 1, "a": 1}]:
        rows = made.prepare(traffic, step)
        out, begin = made.forward(*rows), 0
        reads += seen
        seen.clear()
        for name, count in step.items():
            q, (k, v) = rows[0][begin:begin + count], traffic.kept[name]
            policy = config["decode"] if count == 1 else prefill
            wanted = plain(q[None], k[None], v[None], policy, sink=16, window=8, scale=layer.scale, layout="bthd")
            assert torch.equal(out[begin:begin + count], wanted[0])
            begin += count
    kept = summaries and page >= 16
    assert all(reads) == (kept and prefill.startswith("boxes")) and any(reads) == kept


@pytest.mark.parametrize("layer", LAYERS)
def test_parts_of_prompts_are_one_call(server, layer, monkeypatch):
    """Of packed queries, and another of the requests that decode; no lists and no table of more keys than there are."""
    monkeypatch.setenv("HIP_MLIR_CONFIG", SPARSE)
    made, traffic, seen = server(LAYERS[layer]), Traffic(), []
    plain = hip_mlir.torch.attention

    def record(query, **others):
        q_rows, kv = others.get("q_rows"), others["kv"]
        seen.append((tuple(query.shape[:-2]), q_rows and (q_rows.offsets.tolist(), q_rows.most), len(kv.table)))
        assert q_rows is None or kv.table.shape[1] == -(-max(len(k) for k, _ in traffic.kept.values()) // made.page)
        return plain(query, **others)
    monkeypatch.setattr(hip_mlir.torch, "attention", record)
    for step in ({"a": 40, "c": 9, "b": 11}, {"b": 1, "c": 1, "a": 20}, {"b": 1, "a": 9, "c": 25}):
        made.forward(*made.prepare(traffic, step))
    assert seen == [((60,), ([0, 40, 49, 60], 40), 3), ((2, 1), None, 2), ((22,), ([2, 22], 20), 1), ((1, 1), None, 1),
                    ((35,), ([1, 10, 35], 25), 2)]


def test_padding_changes_nothing(server, monkeypatch):
    monkeypatch.setenv("HIP_MLIR_CONFIG", COVERING)
    outs = []
    for padding in (0, 5):
        made, traffic = server(LAYERS["plain"]), Traffic()
        for step in STEPS[:3]:
            rows = made.prepare(traffic, step, padding)
            outs.append(made.forward(*rows)[:sum(step.values())])
    assert all(map(torch.equal, outs[:3], outs[3:]))


@pytest.mark.parametrize("settings, exact", [('{"dense_layers": 4}', True), ('{"dense_layers": 3}', False),
                                             ('{"layers": {"3": {"prefill": "dense"}}}', True)])
def test_layers_have_their_own_settings(server, settings, exact, monkeypatch):
    """The layer is number 3."""
    sparse = SPARSE[:-1] + ", " + settings[1:]
    monkeypatch.setenv("HIP_MLIR_CONFIG", sparse)
    made, traffic = server(LAYERS["plain"]), Traffic()
    rows = made.prepare(traffic, {"a": 70})
    wanted = LAYERS["plain"].reference(rows[0], *traffic.kept["a"])
    assert torch.allclose(made.forward(*rows), wanted, atol=1e-5) == exact


def test_a_decode_step_reads_nothing_of_the_device(server, monkeypatch):
    """SGLang gives the greatest length on the host; what a CUDA graph records does without."""
    monkeypatch.setenv("HIP_MLIR_CONFIG", COVERING)
    made, traffic = server(LAYERS["plain"]), Traffic()
    for step in STEPS[:3]:
        made.forward(*made.prepare(traffic, step))
    rows = made.prepare(traffic, STEPS[3])
    wanted = made.forward(*rows)
    if server is Sglang:
        monkeypatch.setattr(made.backend, "init_forward_metadata", made.backend.init_forward_metadata_in_graph)

    def read(*_):
        raise AssertionError("read on the host")
    for name in ("tolist", "item", "__bool__", "__int__", "__index__", "cpu", "numpy", "nonzero"):
        monkeypatch.setattr(torch.Tensor, name, read)
    out = made.forward(*rows)
    monkeypatch.undo()
    assert torch.equal(out, wanted)


def test_vllm_is_told_what_there_is():
    backend = Vllm(LAYERS["plain"]).backend
    assert backend.supports_sink() and backend.supports_sliding_window()
    assert [backend.supports_head_size(size) for size in (128, 1024, 1032, 20)] == [True, True, False, False]
    builder = backend.get_builder_cls()
    assert builder._cudagraph_support.name == "UNIFORM_SINGLE_TOKEN_DECODE" and builder.reorder_batch_threshold == 1
    assert not backend.supports_device_cpu_query_lens_mismatch()
    assert [backend.supports_compute_capability(types.SimpleNamespace(major=major)) for major in (7, 8, 9)] == [
        False, True, True]


def test_vllm_measures_memory_without_a_batch():
    made = Vllm(LAYERS["plain"])
    output = torch.full((3, HEADS, SIZE), 7.0)
    given = made.implementation.forward(made.layer, output, output, output, made.cache, None, output)
    assert given is output and not output.any()


@pytest.mark.parametrize("arguments, words", [
    ({"alibi_slopes": [0.5] * HEADS}, "ALiBi"), ({"attn_type": "encoder_only"}, "attn_type = 'encoder_only'"),
    ({"kv_cache_dtype": "fp8"}, "kv_cache_dtype = 'fp8'; give one of auto, float16, bfloat16"),
])
def test_vllm_layers_that_are_refused(arguments, words):
    implementation = Vllm(LAYERS["plain"]).backend.get_impl_cls()
    with pytest.raises(NotImplementedError, match=words):
        implementation(HEADS, SIZE, 1.0, KV_HEADS, **arguments)


def test_vllm_outputs_of_8_bits_are_refused():
    made, rows = Vllm(LAYERS["plain"]), torch.zeros(3, HEADS, SIZE)
    with pytest.raises(NotImplementedError, match="outputs of 8 bits"):
        made.implementation.forward(made.layer, rows, rows, rows, made.cache, None, rows, torch.ones(1))


@pytest.mark.parametrize("changes, words", [
    ({"use_mla_backend": True}, "MLA"), ({"page_size": 48}, "--page-size is 48; give a power of two"),
    ({"token_to_kv_pool": types.SimpleNamespace(swa_layer_nums=2)}, "--disable-hybrid-swa-memory"),
])
def test_sglang_runners_that_are_refused(changes, words):
    runner = Sglang(LAYERS["plain"]).runner
    registry = importlib.import_module("sglang.srt.layers.attention.attention_registry")
    with pytest.raises(NotImplementedError, match=words):
        registry.ATTENTION_BACKENDS["hip_mlir"](types.SimpleNamespace(**{**vars(runner), **changes}))


@pytest.mark.parametrize("changes, words", [
    ({"is_cross_attention": True}, "layer 3 is no causal attention of a decoder"),
    ({"attn_type": types.SimpleNamespace(value="encoder_only")}, "layer 3 is no causal attention"),
    ({"k_scale": 1.0}, "keys of 8 bits with scales"),
    ({"logit_cap": 3.0, "logit_capping_method": "sigmoid"}, "caps scores by 'sigmoid'"),
])
def test_sglang_layers_that_are_refused(changes, words):
    made = Sglang(LAYERS["plain"])
    rows = made.prepare(Traffic(), {"a": 4})
    vars(made.layer).update(changes)
    with pytest.raises(NotImplementedError, match=words):
        made.forward(*rows)


def test_sglang_batches_that_are_refused():
    made = Sglang(LAYERS["plain"])
    rows = made.prepare(Traffic(), {"a": 4})
    made.others = {"q_rope": torch.zeros(1), "k_rope": None}
    with pytest.raises(NotImplementedError, match="layer 3 gives q_rope, which hip does not know"):
        made.forward(*rows)
    made.batch.extend_seq_lens_cpu = None
    with pytest.raises(NotImplementedError, match="leave out --speculative-algorithm"):
        made.forward(*rows)


def test_settings_of_the_environment(monkeypatch):
    monkeypatch.delenv("HIP_MLIR_CONFIG", raising=False)
    assert _config.served_config() == _config.Config()
    text = '{"prefill": "tree<keep = 64>", "refresh": [8, 2], "layers": {"5": {"window": 64}}}'
    monkeypatch.setenv("HIP_MLIR_CONFIG", text)
    wanted = _config.Config(prefill=hip_mlir.Tree(keep=64), refresh=(8, 2), layers={5: {"window": 64}})
    assert _config.served_config() == wanted
    for text, words in (("window=3", "is no JSON"), ("[]", "give a JSON object of prefill, decode"),
                        ('{"layers": {"x": {}}}', "layers of .HIP_MLIR_CONFIG is {'x': {}}; give an object of layer"),
                        ('{"windows": 3}', "give a JSON object of prefill"), ('{"window": -1}', "window = -1")):
        monkeypatch.setenv("HIP_MLIR_CONFIG", text)
        with pytest.raises(ValueError, match=words):
            _config.served_config()


@pytest.mark.parametrize("group, server", [("vllm.general_plugins", "vllm"), ("sglang.srt.plugins", "sglang")])
def test_entry_points_lead_to_the_plugins(group, server):
    server_stubs.install(server)
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"][group]
    EntryPoint("hip_mlir", points["hip_mlir"], group).load()()
