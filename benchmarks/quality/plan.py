"""What is measured: policies at equal budgets, and the cells of each kind, the most important first."""

from dataclasses import asdict, dataclass

import hipc

SINK, WINDOW = 128, 512
BUDGETS = (128, 256, 512, 1024, 2048)
LENGTHS = (2048, 4096, 8192, 16384, 32768)
REFRESHES = (1, 2, 4, 8, 16, 32)
TEXT_LENGTH = 32768
PROMPTS = 100
# Prompts of the lab are of this seed; a policy that was chosen on them is checked on another.
SEED = 20261128


@dataclass(frozen=True)
class Setting:
    """How each layer attends. `name` and `keep` are what results are sorted by."""

    name: str
    keep: int
    policy: str
    sink: int = SINK
    window: int = WINDOW
    list_heads: str = "kv"
    refresh: int = 1

    def options(self):
        return {"sink": self.sink, "window": self.window, "list_heads": self.list_heads}


def at_budget(keep):
    """The policies that attend `keep` keys besides sinks and a window of WINDOW, by name."""
    stages = ((64, 64, 16 * keep, 4), (64, 16, 4 * keep, 2), (64, 4, keep, 1))
    found = {"window": hipc.Window(), "tree": hipc.Tree(keep=keep), "stages": hipc.Stages(stages),
             "boxes": hipc.Boxes(levels=((64, 4 * keep),), keep=keep)}
    return {**found, "union": union(keep)}


def union(keep, boxes=None, tree=None, **more):
    """A tree of 7/8 of the keys and boxes of the rest, which is the best known."""
    eighth = keep // 8
    return hipc.Union(tree or hipc.Tree(keep=keep - eighth, **more),
                      boxes or hipc.Boxes(levels=((64, 4 * keep),), keep=eighth))


def setting(name, keep, policy, **more):
    # A window has the keys that others search for.
    if name == "window":
        more["window"] = WINDOW + keep
    return Setting(name, keep, str(policy), **more)


def main_settings(keep=512, **more):
    return [setting("dense", 0, hipc.Dense(), **more),
            *(setting(name, keep, policy, **more) for name, policy in at_budget(keep).items())]


def searches():
    """Unions that may be better than the default, at its budget."""
    boxes = {"boxes of 16": ((16, 2048),), "boxes of 32": ((32, 2048),), "1,024 keys": ((64, 1024),),
             "4,096 keys": ((64, 4096),), "4,096 keys of 16": ((16, 4096),), "two levels": ((512, 16384), (64, 2048))}
    found = {f"union, {name}": union(512, hipc.Boxes(levels=levels, keep=64)) for name, levels in boxes.items()}
    found["union, 32 of boxes"] = union(512, hipc.Boxes(keep=32), hipc.Tree(keep=480))
    found["union, tree of 4"] = union(512, block_k=4)
    # Sinks are whole boxes.
    return [setting(name, 512, policy, sink=512 if "two levels" in name else SINK) for name, policy in found.items()]


def _cell(kind, each, **more):
    return {"kind": kind, **asdict(each), **more}


def model_cells(texts, lengths=LENGTHS, prompts=PROMPTS, text_length=TEXT_LENGTH, refreshes=REFRESHES):
    """Cells of a model with texts of these names."""
    main, most = main_settings(), lengths[-1]
    budgets = [each for keep in BUDGETS if keep != 512 for each in main_settings(keep)[1:]]
    heads = [each for heads in ("query", "all") for each in main_settings(list_heads=heads)[2:]]
    asked = {"count": prompts, "seed": SEED, "decoded": 0}

    def of_texts(settings):
        return [_cell("texts", each, text=text, length=text_length, decoded=0) for each in settings for text in texts]

    def of_prompts(kind, settings, lengths):
        return [_cell(kind, each, length=length, **asked) for length in lengths for each in settings]
    yield from of_texts(main)
    yield from of_prompts("passkey", main, lengths[::-1])
    yield from of_prompts("keys", main, [length for length in lengths if length >= 8192][:1] + [most])
    yield from of_texts(budgets + heads + searches())
    yield from of_prompts("passkey", searches() + heads + budgets, [most])
    yield from of_prompts("keys", searches(), [most])
    for each in main:
        for source in ("text", "passkey"):
            yield _cell("layers", each, source=source, length=min(8192, most), every=128, seed=SEED)
    for refresh in refreshes:
        dense, _, *searched = main_settings(refresh=refresh)
        for each in ([dense] if refresh == 1 else []) + searched:
            # The question, and the end of a text, are decoded token by token.
            yield _cell("passkey", each, length=min(8192, most), **{**asked, "decoded": 40})
            yield _cell("texts", each, text=texts[0], length=min(8192, text_length), decoded=256)


def recorded_cells(budgets=BUDGETS, every=28):
    yield _cell("recorded", main_settings()[0], every=every)
    for keep in budgets:
        for each in main_settings(keep)[1:]:
            yield _cell("recorded", each, every=every)


def synthetic_cells(lengths=(1 << 17, 1 << 19, 1 << 20), trials=8):
    wide = {"boxes": hipc.Boxes(levels=((64, 8192),), keep=512),
            "boxes, two levels": hipc.Boxes(levels=((512, 32768), (64, 4096)), keep=512),
            "boxes, three levels": hipc.Boxes(levels=((4096, 262144), (512, 32768), (64, 4096)), keep=512)}
    settings = main_settings()[1:] + main_settings(2048)[2:]
    settings += [setting(f"{name}, wide", 512, policy, sink=4096 if "three" in name else 512)
                 for name, policy in wide.items()]
    settings += searches()
    for length in lengths:
        for each in settings:
            yield _cell("synthetic", each, length=length, trials=trials, seed=SEED)
