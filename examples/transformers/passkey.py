#!/usr/bin/env python3
"""Passkey prompts answered through transformers' `generate`, by SDPA and by hip_mlir.

Usage: passkey.py FOLDER [--device cuda|cpu] [--lengths 2048,...] [--prompts N]

FOLDER holds the model (tiny_lm.py says how) and passkey.jsonl.gz. Prefill and decode both go through
the attention implementation named. The exit status is 0 when
  - `hip_dense` answers what `sdpa` answers, with close logits;
  - `hip` with a budget that covers the prompt does too;
  - `hip` as it is (the union of a tree and boxes), and with boxes, answers every prompt that dense attention answers.
Lists of boxes that four decode steps share and the tree (HiP) are shown beside them: a later digit may lie in a box
that an earlier step had no use for, and the tree's losses are known; neither is a failure.
"""

import argparse
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent))

import tiny_lm  # noqa: E402
import hip_mlir  # noqa: E402
from hip_mlir.integrations.transformers import Config, register  # noqa: E402

SINK, WINDOW = 128, 512
# Relative to the greatest logit: float32, and bfloat16 through eight layers.
CLOSE = {torch.float32: 1e-3, torch.bfloat16: 5e-2}
COVERING = hip_mlir.Boxes(levels=((64, 2048),), keep=2048)
COVERED = 2048


def config(policy, **more):
    return Config(prefill=policy, decode=policy, sink=SINK, window=WINDOW, **more)


CONFIGS = {"covering": config(COVERING), "hip": Config(sink=SINK, window=WINDOW), "boxes": config(hip_mlir.Boxes()),
           "boxes_refresh": config(hip_mlir.Boxes(), refresh=(4,)), "tree": config(hip_mlir.Tree(), refresh=1),
           "tree_dense3": config(hip_mlir.Tree(), refresh=1, dense_layers=3)}


def answer(model, tokens, digits):
    """(text, logits of the first new token, seconds)."""
    start = time.perf_counter()
    result = model.generate(tokens, attention_mask=torch.ones_like(tokens), max_new_tokens=digits,
                            do_sample=False, return_dict_in_generate=True, output_logits=True,
                            pad_token_id=257)
    new = result.sequences[0, tokens.shape[1]:].tolist()
    logits = result.logits[0].float()
    return bytes(x if x < 256 else 63 for x in new).decode("latin-1"), logits, time.perf_counter() - start


def run(model, name, prompts):
    """Answers of one implementation to all prompts."""
    model.set_attn_implementation(name)
    if model.config._attn_implementation != name:
        raise RuntimeError(f"transformers did not take {name}")
    answer(model, prompts[0][0], 1)
    return [answer(model, tokens, len(digits)) for tokens, digits in prompts]


def compare(name, got, dense, prompts, close):
    """Faults of an implementation's answers beside those of SDPA."""
    must_match = name in ("hip_dense", "covering")
    must_answer = name in ("hip", "boxes")
    for (text, logits, _), (expected, wanted, _), (_, digits) in zip(got, dense, prompts):
        difference = ((logits - wanted).abs().max() / wanted.abs().max()).item()
        # What dense attention gets wrong may hang on rounding.
        if must_match and expected == digits != text:
            yield f"{name} generated {text!r}, sdpa {expected!r}"
        if must_match and not difference <= close:
            yield f"{name} has logits {difference:.1e} from sdpa's; {close:.0e} at most"
        if must_answer and expected == digits != text:
            yield f"{name} answered {text!r}; dense attention answered {digits!r}"


def show(name, got, dense, prompts):
    right = sum(text == digits for (text, _, _), (_, digits) in zip(got, prompts))
    seconds = sum(took for *_, took in got) / len(got)
    difference = max(((a - b).abs().max() / b.abs().max()).item()
                     for (_, a, _), (_, b, _) in zip(got, dense))
    print(f"  {name:14} {right:3} of {len(prompts)} right, {1e3 * seconds:8.1f} ms a prompt, "
          f"logits {difference:.1e} from sdpa", flush=True)


def check_length(model, folder, length, count):
    prompts = [(tokens.to(model.device), digits)
               for tokens, digits in tiny_lm.read_prompts(folder, length, count)]
    print(f"{length} tokens", flush=True)
    dense = run(model, "sdpa", prompts)
    show("sdpa", dense, dense, prompts)
    for name in ("hip_dense", *CONFIGS):
        if name == "covering" and length > COVERED:
            continue
        got = run(model, name, prompts)
        show(name, got, dense, prompts)
        yield from compare(name, got, dense, prompts, CLOSE[model.dtype])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--lengths", default="2048,4096,8192,16384,32768")
    parser.add_argument("--prompts", type=int, default=8, help="of each length, at most 20")
    arguments = parser.parse_args()
    for name, each in CONFIGS.items():
        register(each, name=name)
    dtype = torch.bfloat16 if arguments.device.startswith("cuda") else torch.float32
    model = tiny_lm.load(arguments.folder, arguments.device, dtype)
    start, faults = time.perf_counter(), []
    for length in map(int, arguments.lengths.split(",")):
        faults += check_length(model, arguments.folder, length, arguments.prompts)
    for fault in faults:
        print(f"FAULT {fault}")
    print(f"{'FAILED' if faults else 'PASSED'} on {arguments.device} in {time.perf_counter() - start:.0f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
