"""Random models of transformers, small enough for a test of each kind; of tests that have PyTorch and transformers."""

import torch
import transformers

import hip_mlir

SIZES = {"vocab_size": 64, "hidden_size": 64, "intermediate_size": 96, "num_attention_heads": 4, "num_key_value_heads": 2,
         "head_dim": 32, "max_position_embeddings": 512, "bos_token_id": None, "eos_token_id": None, "pad_token_id": 0}
WINDOW = 24
# A policy that keeps all of a prompt of these tests, and settings with it.
COVER = hip_mlir.Union(hip_mlir.Tree(keep=512), hip_mlir.Boxes(levels=((32, 512),), keep=512))
COVERING = {"prefill": COVER, "decode": COVER, "sink": 32, "window": 32}


def make(kind, config, head=None):
    """A causal model of `kind`, such as Llama, with these settings; head: the kind that its class has."""
    torch.manual_seed(5)
    whole = getattr(transformers, f"{kind}Config")(**SIZES, **config)
    model = getattr(transformers, f"{head or kind}ForCausalLM")(whole).eval()
    with torch.no_grad():
        for name, each in model.named_parameters():
            if name.endswith("sinks"):
                each.copy_(torch.randn(each.shape) + 3)
            elif each.dim() > 1 and "norm" not in name:
                each.mul_(4)  # so that attention is no mean of all keys
    return model
