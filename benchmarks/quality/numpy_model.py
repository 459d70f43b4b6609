"""The tiny byte-level model in NumPy, with attention by hip_mlir on the CPU.

The folder has config.json and the safetensors or .npz files that it names; examples/transformers/tiny_lm.py says which
tensors. All arithmetic is float32.
"""

import functools
import json
import math
from pathlib import Path

import numpy as np

import hip_mlir
import plan
from byte_tokens import ByteTokens

# Rows whose numbers between two layers stay in a cache.
ROWS = 1024
TYPES = {"F32": np.float32, "F16": np.float16}


def read_safetensors(path):
    """A file's tensors by name, bfloat16 and float16 as float32."""
    data = Path(path).read_bytes()
    size = int.from_bytes(data[:8], "little")
    header, body = json.loads(data[8:8 + size]), memoryview(data)[8 + size:]
    tensors = {}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        begin, end = info["data_offsets"]
        if info["dtype"] == "BF16":
            values = (np.frombuffer(body[begin:end], np.uint16).astype(np.uint32) << 16).view(np.float32)
        else:
            values = np.frombuffer(body[begin:end], TYPES[info["dtype"]]).astype(np.float32)
        tensors[name] = values.reshape(info["shape"])
    return tensors


def read_packed(path):
    """The same of an .npz file of pack_model.py: matrices are whole numbers with a scale for each row."""
    with np.load(path) as file:
        scales = {name: file[name].astype(np.float32) for name in file.files if name.endswith(".scale")}
        return {name: file[name] * scales.get(f"{name}.scale", np.float32(1))
                for name in file.files if name not in scales}


@functools.lru_cache(maxsize=64)
def rotation(first, count, size, base):
    """Cosines and sines of `count` positions, [count, size / 2]; all layers take the same."""
    angle = np.arange(first, first + count)[:, None] * base ** (-np.arange(0, size, 2) / size)
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


class NumpyModel(ByteTokens):
    """Prompts go in by start(), further tokens by more() and step(); all give the last layer's hidden states."""

    # Tokens that are worth one batch.
    batch_tokens = 8192
    chip = None

    def __init__(self, folder):
        folder = Path(folder)
        self.config = json.loads((folder / "config.json").read_text())
        self.weights = {}
        for name in self.config["weight_files"]:
            read = read_packed if name.endswith(".npz") else read_safetensors
            self.weights.update(read(folder / name))
        self.setting, self.watch = None, None

    def use(self, setting):
        """Attention of all layers from now on."""
        if max(setting.refreshes()) != 1:
            raise ValueError(f"refresh = {setting.refresh}; lists are shared by decode steps on --device cuda only")
        self.setting, self.policy = setting, hip_mlir.parse_policy(setting.policy)

    def start(self, tokens):
        """tokens [B, T] of new sequences -> hidden states [B, T, d]."""
        self.cache = [None] * self.config["n_layers"]
        return self._forward(np.asarray(tokens))

    def repeat(self, count):
        """Each sequence as so many, which go on by themselves."""
        self.cache = [tuple(np.repeat(array, count, axis=0) for array in both) for both in self.cache]

    def more(self, tokens):
        """Further tokens [B, n] -> hidden states [B, n, d]."""
        return self._forward(np.asarray(tokens))

    def step(self, tokens):
        """One more token each, [B] -> hidden states [B, 1, d]."""
        return self._forward(np.asarray(tokens)[:, None])

    def bits(self, hidden, targets):
        """Bits of the tokens `targets` [B, n] after hidden states [B, n, d], float64."""
        logits = self._logits(hidden).astype(np.float64)
        logits -= logits.max(axis=-1, keepdims=True)
        chosen = np.take_along_axis(logits, np.asarray(targets)[..., None], -1)[..., 0]
        return (np.log(np.exp(logits).sum(axis=-1)) - chosen) / math.log(2)

    def best(self, hidden):
        """The most likely token after the last of hidden states [B, n, d]."""
        return self._logits(hidden[:, -1]).argmax(axis=-1)

    def qkv(self, tokens):
        """(q, k, v) of each layer, with exact attention."""
        seen = []
        self.watch = lambda *arrays: seen.append(arrays)
        self.use(plan.main_settings()[0])
        self.start(tokens)
        self.watch = None
        return seen

    def _logits(self, hidden):
        return self._norm(hidden, "norm") @ self.weights["embed.weight"].T

    def _forward(self, tokens):
        # A few rows at a time, whose numbers stay in a cache from one step to the next.
        starts = range(0, tokens.shape[1], ROWS)
        parts = [self.weights["embed.weight"][tokens[:, start:start + ROWS]] for start in starts]
        for layer in range(self.config["n_layers"]):
            out = self._attention(parts, layer)
            parts = [self._finish(part, out[:, :, start:start + ROWS], layer) for start, part in zip(starts, parts)]
        return np.concatenate(parts, axis=1)

    def _norm(self, x, name):
        mean = np.mean(x * x, axis=-1, keepdims=True)
        return x / np.sqrt(mean + np.float32(self.config["rms_eps"])) * self.weights[f"{name}.weight"]

    def _product(self, x, layer, name):
        return x @ self.weights[f"layers.{layer}.{name}.weight"].T

    def _heads(self, x, layer, name):
        """[B, T, d] -> [B, H, T, D]."""
        y = self._product(x, layer, name)
        return y.reshape(*y.shape[:2], -1, self.config["head_dim"]).swapaxes(1, 2)

    def _attention(self, parts, layer):
        """Of all rows, [B, H, T, D]."""
        past = self.cache[layer]
        first = past[0].shape[2] if past else 0
        projected = [self._project(part, layer, first + ROWS * place) for place, part in enumerate(parts)]
        q, k, v = (np.concatenate(each, axis=2) for each in zip(*projected))
        if past:
            k, v = (np.concatenate(both, axis=2) for both in zip(past, (k, v)))
        self.cache[layer] = k, v
        if self.watch:
            self.watch(q, k, v)
        return self._attend(q, k, v, layer)

    def _project(self, x, layer, first):
        """q, k and v of rows of positions from `first` on."""
        x = self._norm(x, f"layers.{layer}.attn_norm")
        q, k, v = (self._heads(x, layer, f"attn.{name}") for name in "qkv")
        return self._rotate(q, first), self._rotate(k, first), v

    def _finish(self, x, out, layer):
        """Rows after the layer, of those before it and what their attention gave."""
        x = x + self._product(out.swapaxes(1, 2).reshape(*x.shape[:2], -1), layer, "attn.o")
        return x + self._mlp(self._norm(x, f"layers.{layer}.mlp_norm"), layer)

    def _attend(self, q, k, v, layer):
        return hip_mlir.attention(q, k, v, self.policy, **self.setting.options())

    def _rotate(self, x, first):
        """Rotary embedding of positions from `first` on, pairs (i, i + D / 2)."""
        size = x.shape[-1]
        cos, sin = rotation(first, x.shape[2], size, self.config["rope_base"])
        a, b = x[..., :size // 2], x[..., size // 2:]
        return np.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)

    def _mlp(self, x, layer):
        gate = self._product(x, layer, "mlp.gate")
        gate = gate / (1 + np.exp(-np.maximum(gate, -80))) * self._product(x, layer, "mlp.up")
        return self._product(gate, layer, "mlp.down")

