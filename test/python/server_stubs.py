"""Stand-ins for the classes that attention backends of vLLM 0.33.0 and SGLang 0.5.23 build on, where those are missing.

They have what the interfaces say of names, arguments and defaults, and nothing of what the servers do.
"""

import enum
import importlib
import sys
import types


class AttentionCGSupport(enum.Enum):
    ALWAYS = 3
    UNIFORM_BATCH = 2
    UNIFORM_SINGLE_TOKEN_DECODE = 1
    NEVER = 0


class VllmBackend:
    supported_kv_cache_dtypes = ["auto", "float16", "bfloat16"]
    forward_includes_kv_cache_update = True

    @staticmethod
    def get_name():
        raise NotImplementedError

    @classmethod
    def supports_sink(cls):
        return False

    @classmethod
    def supports_sliding_window(cls):
        return False

    @classmethod
    def supports_device_cpu_query_lens_mismatch(cls):
        return True


class AttentionMetadataBuilder:
    _cudagraph_support = AttentionCGSupport.NEVER

    def __init__(self, kv_cache_spec, layer_names, vllm_config, device):
        self.kv_cache_spec, self.layer_names, self.vllm_config, self.device = (
            kv_cache_spec, layer_names, vllm_config, device)


class AttentionBackendEnum(enum.Enum):
    FLASH_ATTN = "vllm.v1.attention.backends.flash_attn.FlashAttentionBackend"

    def get_class(self):
        module, _, name = OVERRIDES[self.name].rpartition(".")
        return getattr(importlib.import_module(module), name)


OVERRIDES = {}


def register_backend(backend, class_path=None, is_mamba=False):
    """Adds a member by name, and refuses one that is there, as vLLM does."""
    if backend in AttentionBackendEnum.__members__:
        raise ValueError(f"Backend {backend} already exists")
    member = object.__new__(AttentionBackendEnum)
    member._name_, member._value_ = backend, class_path
    AttentionBackendEnum._member_map_[backend] = member
    OVERRIDES[backend] = class_path


ATTENTION_BACKENDS = {}


def register_attention_backend(name):
    def decorator(make):
        ATTENTION_BACKENDS[name] = make
        return make
    return decorator


class SglangBackend:
    def init_forward_metadata(self, forward_batch):
        self.init_forward_metadata_out_graph(forward_batch)
        self.init_forward_metadata_in_graph(forward_batch)

    def init_forward_metadata_out_graph(self, forward_batch, in_capture=False):
        pass

    def init_forward_metadata_in_graph(self, forward_batch):
        pass

    def forward(self, q, k, v, layer, forward_batch, save_kv_cache=True, **kwargs):
        if forward_batch.forward_mode.is_decode():
            return self.forward_decode(q, k, v, layer, forward_batch, save_kv_cache=save_kv_cache, **kwargs)
        return self.forward_extend(q, k, v, layer, forward_batch, save_kv_cache=save_kv_cache, **kwargs)


MODULES = {
    "vllm.v1.attention.backend": {
        "AttentionBackend": VllmBackend, "AttentionCGSupport": AttentionCGSupport,
        "AttentionImpl": type("AttentionImpl", (), {}), "AttentionMetadata": type("AttentionMetadata", (), {}),
        "AttentionMetadataBuilder": AttentionMetadataBuilder},
    "vllm.v1.attention.backends.registry": {
        "AttentionBackendEnum": AttentionBackendEnum, "register_backend": register_backend},
    "sglang.srt.arg_groups.choices": {"ATTENTION_BACKEND_CHOICES": ["triton", "flashinfer"]},
    "sglang.srt.layers.attention.attention_registry": {
        "ATTENTION_BACKENDS": ATTENTION_BACKENDS, "register_attention_backend": register_attention_backend},
    "sglang.srt.layers.attention.base_attn_backend": {"AttentionBackend": SglangBackend},
}


def install(server):
    """Puts the stand-ins of `vllm` or `sglang` where they are imported from, unless it is installed."""
    names = [name for name in MODULES if name.split(".")[0] == server]
    try:
        for name in names:
            importlib.import_module(name)
        return
    except ImportError:
        pass
    for name in names:
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            sys.modules.setdefault(".".join(parts[:end]), types.ModuleType(".".join(parts[:end])))
        vars(sys.modules[name]).update(MODULES[name])
