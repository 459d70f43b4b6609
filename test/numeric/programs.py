"""MLIR programs for hip-run, written from a few choices, and their runs."""

from dataclasses import dataclass

import numpy as np

from hip_run import execute, load, where

TYPE_NAMES = {"float32": "f32", "float16": "f16", "bfloat16": "bf16", "int32": "i32",
              "float8_e4m3fn": "f8E4M3FN", "float8_e5m2": "f8E5M2"}


def tensor(array, dynamic=()):
    """The type of an array; sizes of the dimensions in `dynamic` are not in it."""
    sizes = ["?" if i in dynamic else str(size) for i, size in enumerate(array.shape)]
    return f"tensor<{'x'.join([*sizes, TYPE_NAMES[array.dtype.name]])}>"


@dataclass
class Storage:
    """Keys or values as a program takes them: arrays, their types, and the op of the view."""

    arrays: list
    types: list
    view: str = ""  # "hip.kv.paged {0}[{1}] lengths({2})"
    kv: str = ""    # the view's type

    @property
    def type(self):
        return self.kv or self.types[0]

    def arguments(self, name):
        return [f"%{name}{i}: {type_}" for i, type_ in enumerate(self.types)]

    def value(self, name):
        """Lines that make the value, and its name."""
        names = [f"%{name}{i}" for i in range(len(self.arrays))]
        if not self.view:
            return "", names[0]
        return f"  %{name} = {self.view.format(*names)} : {', '.join(self.types)}\n", f"%{name}"


def dense(entries):
    """[B, Hkv, T, D] as it is."""
    array = np.stack(entries)
    return Storage([array], [tensor(array, (2,))])


def _view_type(entries):
    heads, _, size = entries[0].shape
    return f"!hip.kv<{len(entries)}x{heads}x?x{size}x{TYPE_NAMES[entries[0].dtype.name]}>"


def strided(entries):
    """[B, T, Hkv, D] under hip.kv.contiguous."""
    array = np.ascontiguousarray(np.stack(entries).transpose(0, 2, 1, 3))
    return Storage([array], [tensor(array, (1,))], "hip.kv.contiguous {0} layout<bthd>",
                   _view_type(entries))


def ragged(entries):
    """Entries of different lengths, one after another."""
    array = np.concatenate([entry.transpose(1, 0, 2) for entry in entries])
    ends = np.cumsum([0, *(entry.shape[1] for entry in entries)]).astype(np.int32)
    return Storage([array, ends], [tensor(array, (0,)), tensor(ends)], "hip.kv.ragged {0}[{1}]",
                   _view_type(entries))


def paged(entries, page, seed):
    """Pages in no order, with spare ones that hold NaN."""
    rng = np.random.default_rng(seed)
    heads, _, size = entries[0].shape
    used = [-(-entry.shape[1] // page) for entry in entries]
    places = rng.permutation(sum(used) + 3)
    pages = np.full((len(places), page, heads, size), np.nan, entries[0].dtype)
    table = np.zeros((len(entries), max(used) + 1), np.int32)
    for b, entry in enumerate(entries):
        for i in range(used[b]):
            place = table[b, i] = places[sum(used[:b]) + i]
            rows = entry[:, i * page:(i + 1) * page].transpose(1, 0, 2)
            pages[place, :len(rows)] = rows
    lengths = np.array([entry.shape[1] for entry in entries], np.int32)
    return Storage([pages, table, lengths], [tensor(pages, (0,)), tensor(table, (1,)),
                                             tensor(lengths)],
                   "hip.kv.paged {0}[{1}] lengths({2})", _view_type(entries))


def attention_program(q, key, value, value_size, policy, attributes, score=""):
    """@f(q, key, value) -> (out, lse) by hip.attention."""
    query = tensor(q, (2,))
    batch, heads = q.shape[:2]
    out = f"tensor<{batch}x{heads}x?x{value_size}x{TYPE_NAMES[q.dtype.name]}>"
    lse = f"tensor<{batch}x{heads}x?xf32>"
    key_lines, k = key.value("k")
    value_lines, v = value.value("v")
    arguments = ", ".join([f"%q: {query}", *key.arguments("k"), *value.arguments("v")])
    return f"""func.func @f({arguments}) -> ({out}, {lse}) {{
{key_lines}{value_lines}  %rows = arith.constant 2 : index
  %t = tensor.dim %q, %rows : {query}
  %o = tensor.empty(%t) : {out}
  %l = tensor.empty(%t) : {lse}
  %r:2 = hip.attention ins(%q, {k}, {v} : {query}, {key.type}, {value.type})
    outs(%o, %l : {out}, {lse}) policy #hip.{policy}{score} {{{attributes}}} -> {out}, {lse}
  return %r#0, %r#1 : {out}, {lse}
}}
"""


def run(tool, folder, text, inputs, results, pipeline):
    """Runs the text on arrays; gives `results` arrays."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "program.mlir").write_text(text)
    command = [str(folder / "program.mlir"), *where(pipeline)]
    for i, array in enumerate(inputs):
        np.save(folder / f"in{i}.npy", array)
        command += ["--in", str(folder / f"in{i}.npy")]
    for i in range(results):
        command += ["--out", str(folder / f"out{i}.npy")]
    execute(tool, command, pipeline == "cuda")
    return [load(folder / f"out{i}.npy") for i in range(results)]
