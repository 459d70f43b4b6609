"""Measurements of one cell: what a language model loses, what it still finds, and what attention keeps."""

import itertools
from dataclasses import fields

import numpy as np

import hip_mlir
import prompts
from plan import Setting
from results import ROOT, share
from synthetic import synthetic

# Where the parts of a text end, of which bits per byte are told.
POSITIONS = (256, 1024, 2048, 4096, 8192, 16384, 32768)
ANSWER_TOKENS = 5
# What prompts share is read up to a multiple of so many tokens, so that each keeps the query blocks that it has alone.
BLOCK = 64
RECORDED = ROOT / "examples/data/passkey"
RECORDED_SCALE = 0.125
TOP = 64


def setting_of(cell):
    # JSON has lists for tuples.
    values = {field.name: cell[field.name] for field in fields(Setting)}
    return Setting(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


def texts(lab, cell):
    """Bits per byte of a text, the last `decoded` tokens of it token by token."""
    model = lab.model
    tokens = np.array([model.encode(lab.texts[cell["text"]])[:cell["length"]]])
    whole = tokens.shape[1] - cell["decoded"]
    model.use(setting_of(cell))
    hidden = model.start(tokens[:, :whole])
    known = min(whole, tokens.shape[1] - 1)
    parts = [model.bits(hidden[:, :known], tokens[:, 1:known + 1])]
    for place in range(whole, tokens.shape[1] - 1):
        parts.append(model.bits(model.step(tokens[:, place]), tokens[:, place + 1:place + 2]))
    return _by_position(np.concatenate(parts, axis=1)[0], model.sizes(tokens[0])[1:], cell["decoded"])


def _by_position(bits, sizes, decoded):
    def ratio(part):
        return round(float(bits[part].sum() / sizes[part].sum()), 5)
    ends = [end for end in POSITIONS if end < len(bits)] + [len(bits)]
    found = {"bits": ratio(slice(None)), "bytes": int(sizes.sum()), "tokens": len(bits) + 1,
             "by_position": [[end, ratio(slice(start, end))] for start, end in zip([0, *ends], ends)]}
    if decoded:
        found["decoded_bits"] = ratio(slice(-decoded, None))
    return found


def answers(model, asked, decoded):
    """The texts that the model writes after prompts of one length, whose last `decoded` tokens are decoded."""
    size, found = max(1, model.batch_tokens // len(asked[0].tokens)), []
    for batch in _batches(asked, size):
        tokens = np.array([prompt.tokens for prompt in batch])
        whole = tokens.shape[1] - decoded
        hidden = _begun(model, tokens[:, :whole], min(prompt.shared for prompt in batch) // BLOCK * BLOCK)
        for place in range(whole, tokens.shape[1]):
            hidden = model.step(tokens[:, place])
        written = [model.best(hidden)]
        while len(written) < ANSWER_TOKENS:
            written.append(model.best(model.step(written[-1])))
        found += [model.decode(row) for row in np.array(written).T]
    return found


def _batches(asked, size):
    """So many prompts; twice as many of those that share their beginning, whose batch is mostly memory."""
    start = 0
    while start < len(asked):
        first, shared = asked[start], asked[start].shared
        batch = asked[start:start + (2 * size if shared else size)]
        alike = itertools.takewhile(lambda prompt: prompt.tokens[:shared] == first.tokens[:shared], batch)
        batch = [*alike] if shared else batch
        yield batch
        start += len(batch)


def _begun(model, tokens, shared):
    """Hidden states of prompts [B, T]; the first `shared` tokens, which all have, are read once."""
    if not 0 < shared < tokens.shape[1] or len(tokens) == 1:
        return model.start(tokens)
    model.start(tokens[:1, :shared])
    model.repeat(len(tokens))
    return model.more(tokens[:, shared:])


def _retrieval(lab, cell, asked):
    lab.model.use(setting_of(cell))
    # Names differ in tokens, where tokens are no bytes.
    lengths = sorted({len(prompt.tokens) for prompt in asked})
    right = {}
    for group in ([prompt for prompt in asked if len(prompt.tokens) == length] for length in lengths):
        for prompt, text in zip(group, answers(lab.model, group, cell["decoded"])):
            right.setdefault(round(prompt.depth, 1), []).append(text == prompt.answer)
    every = [each for group in right.values() for each in group]
    return {**share(sum(every), len(every)),
            "by_depth": [[depth, sum(group), len(group)] for depth, group in sorted(right.items())]}


def passkey(lab, cell):
    """Share of prompts with one pass key that are answered exactly."""
    return _retrieval(lab, cell, prompts.passkeys(lab.model.encode, [*lab.texts.values()], cell["length"],
                                                  cell["count"], cell["seed"]))


def keys(lab, cell):
    """Share of the keys asked for, of texts that hide several."""
    return _retrieval(lab, cell, prompts.several(lab.model.encode, [*lab.texts.values()], cell["length"],
                                                 cell["count"], cell["seed"]))


def _numbers(report):
    """A report's means by head; of the best keys a share with its interval."""
    def heads(array):
        return [round(float(x), 4) for x in array.reshape(-1, array.shape[-1]).mean(axis=-1)]
    return {"mass": heads(report.mass), "recall": heads(report.recall), "error": heads(report.error),
            "best": share(report.best.sum(), report.best.size), "best_by_head": heads(report.best),
            "keys": round(float(report.keys.mean()), 1), "seen": round(float(report.seen.mean()), 1)}


def layers(lab, cell):
    """What each layer and head keeps of q, k and v that exact attention gives."""
    key = cell["source"], cell["length"]
    if key not in lab.qkv:
        lab.qkv.clear()
        if cell["source"] == "text":
            tokens = lab.model.encode(next(iter(lab.texts.values())))[:cell["length"]]
        else:
            tokens = prompts.passkeys(lab.model.encode, [*lab.texts.values()], cell["length"], 4, cell["seed"])[3].tokens
        lab.qkv[key] = lab.model.qkv([tokens])
    setting = setting_of(cell)
    policy = hip_mlir.parse_policy(setting.policy)
    rows = range(cell["every"] - 1, cell["length"], cell["every"])
    return {"layers": [_numbers(hip_mlir.report(*arrays, policy, rows=rows, top=TOP, **setting.options()))
                       for arrays in lab.qkv[key]]}


def recorded(lab, cell):
    """What is kept of the recorded layer in examples/data."""
    q, k, v = (np.load(f"{RECORDED}_{name}.npy") for name in "qkv")
    setting = setting_of(cell)
    rows = range(cell["every"] - 1, q.shape[1], cell["every"])
    report = hip_mlir.report(*lab.to_device(q, k, v), hip_mlir.parse_policy(setting.policy), rows=rows, top=TOP,
                         scale=RECORDED_SCALE, **setting.options())
    return _numbers(report)


KINDS = {"texts": texts, "passkey": passkey, "keys": keys, "layers": layers, "recorded": recorded,
         "synthetic": synthetic}
