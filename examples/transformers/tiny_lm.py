"""A byte-level language model as a LlamaForCausalLM of transformers.

The folder has config.json and safetensors files, or .npz files of whole numbers with a scale for each row, with the names
`embed.weight`, `norm.weight` and `layers.L.{attn_norm,mlp_norm,attn.{q,k,v,o},mlp.{gate,up,down}}.weight`. The model is
Llama's: RMSNorm, SwiGLU, rotate-half RoPE, grouped heads, tied embeddings. Tokens are bytes.
"""

import gzip
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM

NAMES = {"attn_norm": "input_layernorm", "mlp_norm": "post_attention_layernorm",
         "attn.q": "self_attn.q_proj", "attn.k": "self_attn.k_proj", "attn.v": "self_attn.v_proj",
         "attn.o": "self_attn.o_proj", "mlp.gate": "mlp.gate_proj", "mlp.up": "mlp.up_proj",
         "mlp.down": "mlp.down_proj"}
# Room for an answer behind the longest prompt.
ANSWER_TOKENS = 64


def llama_config(config):
    """LlamaConfig of a config.json."""
    return LlamaConfig(
        vocab_size=config["vocab_size"], hidden_size=config["d_model"], intermediate_size=config["d_ff"],
        num_hidden_layers=config["n_layers"], num_attention_heads=config["n_q_heads"],
        num_key_value_heads=config["n_kv_heads"], head_dim=config["head_dim"], hidden_act="silu",
        max_position_embeddings=config["max_context"] + ANSWER_TOKENS, rms_norm_eps=config["rms_eps"],
        rope_parameters={"rope_type": "default", "rope_theta": config["rope_base"]},
        tie_word_embeddings=True, attention_bias=False, bos_token_id=None, eos_token_id=None)


def llama_name(name):
    """`layers.3.attn.q.weight` -> `model.layers.3.self_attn.q_proj.weight`."""
    if name == "embed.weight":
        return "model.embed_tokens.weight"
    if name == "norm.weight":
        return "model.norm.weight"
    _, layer, rest = name.split(".", 2)
    return f"model.layers.{layer}.{NAMES[rest.removesuffix('.weight')]}.weight"


def load_packed(path):
    """Tensors of an .npz file, in which a matrix is whole numbers and `NAME.scale` says what a row of them is times."""
    arrays = dict(np.load(path))
    return {name: torch.from_numpy(array.astype(np.float32) * arrays.get(name + ".scale", np.float32(1)))
            for name, array in arrays.items() if not name.endswith(".scale")}


def load(folder, device, dtype):
    """The model, in eval mode."""
    folder = Path(folder)
    config = json.loads((folder / "config.json").read_text())
    weights = {}
    for name in config["weight_files"]:
        weights.update((load_packed if name.endswith(".npz") else load_file)(folder / name))
    model = LlamaForCausalLM(llama_config(config))
    missing, unexpected = model.load_state_dict({llama_name(n): w for n, w in weights.items()}, strict=False)
    if unexpected or set(missing) - {"lm_head.weight"}:
        raise ValueError(f"{folder} lacks {missing} and has {unexpected} too many")
    model.tie_weights()
    return model.to(device=device, dtype=dtype).eval()


def read_prompts(folder, length, count):
    """(tokens [1, length], answer) of so many passkey prompts of so many bytes, evenly chosen."""
    with gzip.open(Path(folder) / "passkey.jsonl.gz", "rt") as lines:
        rows = [row for row in map(json.loads, lines) if row["length"] == length]
    chosen = rows[::max(1, len(rows) // count)][:count]
    return [(torch.tensor([list(row["prompt"].encode("latin-1"))]), row["answer"]) for row in chosen]
