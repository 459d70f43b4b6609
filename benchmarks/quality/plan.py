"""What is measured: policies at equal budgets, and the cells of each kind, the most important first."""

from dataclasses import asdict, dataclass, replace

import hip_mlir
from hip_mlir.policies import parts_of
from results import HELD_OUT_SEED, SEED

SINK, WINDOW = 128, 512
BUDGETS = (128, 256, 512, 1024, 2048)
LENGTHS = (2048, 4096, 8192, 16384, 32768)
REFRESHES = (1, 2, 4, 8, 16, 32)
# Of the default: its tree in each so-many-th step, its boxes in each.
REFRESHES_BY_PART = ((8, 1), (4, 1), (16, 1), (32, 1))
TEXT_LENGTH = 32768
PROMPTS = 100
# What the lab measures unless told otherwise, of the sets of ModelCells; the others choose a default, or check it.
WHOLE = ("main", "budgets", "heads", "layers", "refresh")
# Processes side by side that keep a GPU busy.
JOBS = 6
# Of the longest arrays there are fewer, as making them takes longer than measuring.
TRIALS = {1 << 17: 8, 1 << 19: 8, 1 << 20: 4}


@dataclass(frozen=True)
class Setting:
    """How each layer attends. `name` and `keep` are what results are sorted by.

    refresh: decode steps from one search of every part to the next, or a tuple with a number for each part.
    """

    name: str
    keep: int
    policy: str
    sink: int = SINK
    window: int = WINDOW
    list_heads: str = "kv"
    refresh: int | tuple = 1

    def options(self):
        return {"sink": self.sink, "window": self.window, "list_heads": self.list_heads}

    def refreshes(self):
        """The number of each part, as Config takes it."""
        parts = parts_of(hip_mlir.parse_policy(self.policy))
        return self.refresh if isinstance(self.refresh, tuple) else (self.refresh,) * len(parts)


def at_budget(keep):
    """The policies that attend `keep` keys besides sinks and a window of WINDOW, by name."""
    return {"window": hip_mlir.Window(), "tree": hip_mlir.Tree(keep=keep), "stages": stages(keep),
            "boxes": hip_mlir.Boxes(levels=((64, 4 * keep),), keep=keep), "union": union(keep)}


def stages(keep):
    return hip_mlir.Stages(((64, 64, 16 * keep, 4), (64, 16, 4 * keep, 2), (64, 4, keep, 1)))


def union(keep, levels=None, boxes=None, **more):
    """A tree and `boxes` keys of boxes, an eighth unless told: hip_mlir.HIP where keep is 512."""
    boxes = boxes or keep // 8
    return hip_mlir.Union(hip_mlir.Tree(keep=keep - boxes, **more),
                      hip_mlir.Boxes(levels=levels or ((64, 8 * keep),), keep=boxes))


def union_name(keep, policy):
    """What tells the unions of one budget apart: the keys of boxes' levels, and what else is not as in union()."""
    if policy == union(keep):
        return "union"
    boxes = next(part for part in policy.parts if isinstance(part, hip_mlir.Boxes))
    tree = next(part for part in policy.parts if isinstance(part, hip_mlir.Tree))
    words = [f"{kept:,} keys" + (f" of {box}" if box != 64 else "") for box, kept in boxes.levels]
    words += [f"{boxes.keep} of boxes"] if boxes.keep != keep // 8 else []
    words += [f"tree of {tree.block_k}"] if tree.block_k != 2 else []
    words += ["and stages"] if len(policy.parts) > 2 else []
    return ", ".join(["union", *words])


def setting(name, keep, policy, **more):
    # A window has the keys that others search for.
    if name == "window":
        more["window"] = WINDOW + keep
    return Setting(name, keep, str(policy), **more)


def union_setting(keep, policy, **more):
    # Sinks are whole boxes of the first level.
    boxes = next(part for part in policy.parts if isinstance(part, hip_mlir.Boxes))
    return setting(union_name(keep, policy), keep, policy, sink=max(SINK, boxes.levels[0][0]), **more)


def main_settings(keep=512, **more):
    return [setting("dense", 0, hip_mlir.Dense(), **more),
            *(setting(name, keep, policy, **more) for name, policy in at_budget(keep).items())]


def searches():
    """Unions that may be better than the default, at its budget."""
    levels = (((64, 2048),), ((64, 8192),), ((64, 1024),), ((16, 2048),), ((32, 2048),), ((16, 4096),), ((32, 4096),),
              ((512, 16384), (64, 2048)), ((512, 16384), (64, 4096)), ((512, 32768), (64, 4096)))
    found = [union(512, each) for each in levels]
    found += [union(512, ((64, first),), boxes) for first, boxes in ((2048, 32), (4096, 32), (4096, 96))]
    found.append(union(512, ((64, 2048),), block_k=4))
    found.append(hip_mlir.Union(hip_mlir.Tree(keep=384), stages(64), hip_mlir.Boxes(levels=((64, 4096),), keep=64)))
    return [union_setting(512, policy) for policy in found]


def smaller():
    """Unions of fewer keys than the default. One whose budget grows with T is a row of each length."""
    return [union_setting(keep, policy) for keep, policy in (
        (256, union(256)), (256, union(256, ((64, 4096),))), (384, union(384, ((64, 4096),))))]


def windows(window=1024):
    """Searches beside the window that calls have unless told otherwise, and more of them."""
    found = [setting("tree", 512, hip_mlir.Tree(keep=512)), union_setting(512, union(512)),
             union_setting(1024, union(1024)),
             union_setting(512, union(512), list_heads="query")]
    return [replace(each, name=f"{each.name}, window {window:,}", window=window) for each in found]


def held_out():
    """The default, and what came nearest to it on the first seed."""
    levels = (((64, 2048),), ((64, 8192),), ((32, 4096),), ((16, 4096),))
    return [main_settings()[0], union_setting(512, union(512)),
            *(union_setting(512, union(512, each)) for each in levels)]


def _cell(kind, each, **more):
    return {"kind": kind, **asdict(each), **more}


class ModelCells:
    """Cells of a model with texts of these names; sets() names them."""

    def __init__(self, texts, lengths=LENGTHS, prompts=PROMPTS, text_length=TEXT_LENGTH, refreshes=REFRESHES,
                 by_part=REFRESHES_BY_PART, seed=None):
        self.texts, self.lengths, self.text_length = texts, lengths, text_length
        self.prompts, self.refreshes, self.by_part, self.seed = prompts, refreshes, by_part, seed or SEED
        self.of_keys = list(dict.fromkeys([length for length in lengths if length >= 8192][:1] + [lengths[-1]]))
        self.held_out_seed = seed or HELD_OUT_SEED

    def sets(self):
        return {"main": self.main, "searches": self.searches, "held-out": self.held_out, "refresh": self.refresh,
                "budgets": self.budgets, "heads": self.heads, "windows": self.windows, "layers": self.layers}

    def main(self):
        main = main_settings()
        yield from self._of_texts(main)
        yield from self._of_prompts("passkey", main, self.lengths[::-1])
        yield from self._of_prompts("keys", main, self.of_keys)

    def searches(self):
        yield from self._everything(searches())
        yield from self._of_texts(smaller())
        yield from self._of_prompts("passkey", smaller(), self.lengths[::-1])
        yield from self._of_prompts("keys", smaller(), self.of_keys)

    def budgets(self):
        yield from self._everything([each for keep in BUDGETS if keep != 512 for each in main_settings(keep)[1:]],
                                    kinds=("passkey",))

    def heads(self):
        yield from self._everything([each for heads in ("query", "all")
                                     for each in main_settings(list_heads=heads)[2:]], kinds=("passkey",))

    def windows(self):
        yield from self._of_texts(windows())

    def held_out(self):
        yield from self._of_prompts("passkey", held_out(), self.lengths[::-1], self.held_out_seed)
        yield from self._of_prompts("keys", held_out(), self.of_keys, self.held_out_seed)

    def layers(self):
        for each in main_settings():
            for source in ("text", "passkey"):
                yield _cell("layers", each, source=source, length=min(8192, self.lengths[-1]), every=128,
                            seed=self.seed)

    def refresh(self):
        for refresh in self.refreshes:
            dense, _, *searched = main_settings(refresh=refresh)
            yield from self._decoded(([dense] if refresh == 1 else []) + searched)
        default = union_setting(512, union(512))
        yield from self._decoded([replace(default, refresh=refresh) for refresh in self.by_part])

    def _of_texts(self, settings):
        return [_cell("texts", each, text=text, length=self.text_length, decoded=0)
                for each in settings for text in self.texts]

    def _of_prompts(self, kind, settings, lengths, seed=None):
        return [_cell(kind, each, length=length, count=self.prompts, seed=seed or self.seed, decoded=0)
                for length in lengths for each in settings]

    def _everything(self, settings, kinds=("passkey", "keys")):
        """Texts, and prompts of the greatest length."""
        yield from self._of_texts(settings)
        for kind in kinds:
            yield from self._of_prompts(kind, settings, [self.lengths[-1]])

    def _decoded(self, settings):
        """The question, and the end of a text, are decoded token by token."""
        for each in settings:
            yield _cell("passkey", each, length=min(8192, self.lengths[-1]), count=self.prompts, seed=self.seed,
                        decoded=40)
            yield _cell("texts", each, text=self.texts[0], length=min(8192, self.text_length), decoded=256)


def recorded_cells(budgets=BUDGETS, every=28):
    yield _cell("recorded", main_settings()[0], every=every)
    for keep in budgets:
        for each in main_settings(keep)[1:]:
            yield _cell("recorded", each, every=every)


def wide(keep):
    """Boxes of one to three levels whose first ones are wide."""
    fine, middle = (64, 8 * keep), (512, 64 * keep)
    levels = {"boxes": ((64, 16 * keep),), "boxes, two levels": (middle, fine),
              "boxes, three levels": ((4096, max(262144, 128 * keep)), middle, fine)}
    return [setting(f"{name}, wide", keep, hip_mlir.Boxes(levels=each, keep=keep), sink=max(512, each[0][0]))
            for name, each in levels.items()]


def synthetic_cells(lengths=tuple(TRIALS), trials=TRIALS, seed=None):
    settings = main_settings()[1:] + wide(512) + main_settings(2048)[2:] + wide(2048)
    # 0.5 % of 1 M keys.
    settings += [union_setting(5120, union(5120)), *wide(5120)]
    for length in lengths:
        for each in settings + (searches() if length == min(TRIALS) else []):
            yield _cell("synthetic", each, length=length, trials=trials[length], seed=seed or SEED)


def seconds(cell):
    """About how long a cell takes on an H200 that six processes share, to deal them out evenly."""
    tokens = cell.get("count", cell.get("trials", 1)) * cell.get("length", 8192)
    if cell["kind"] == "keys":  # eight prompts share a text
        tokens //= 4
    return 1 + 6e-6 * tokens + 0.01 * cell.get("decoded", 0)
