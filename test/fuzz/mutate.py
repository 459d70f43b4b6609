"""Mutated MLIR through every pass, pipeline and tool.

Seeds are the programs of test/, of the documentation and of the corpus, and what the pipelines make of them.
Many mutants go through one process, as --split-input-file takes them; where it dies they are halved until one is
left.
"""

import re
import sys
from functools import lru_cache
from pathlib import Path

import numpy as np
from finding import Finding
from process import SECONDS, fault, foreign, run

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/ptx"))

from configurations import CHIPS  # noqa: E402

BATCH = 32
# Of the valid mutants, how many go through hip-compile and hip-run, which take longer.
TOOLS_SHARE = 0.3
MARK = "// -----\n"
TOKEN = re.compile(r"""%[\w$.]+(?:\#\d+)?|[#!@][\w.$]+|"[^"]*"|-?\d+\.\d+(?:[eE][-+]?\d+)?|0x[0-9a-fA-F]{6,}"""
                   r"""|(?:\d+|\?)(?=x[\d?a-z!])|\d+|[A-Za-z_][\w.$]*|\n|[ ]+|.""", re.S)
TYPE = re.compile(r"(?:tensor|memref|!hip\.\w+)<[^<>]*(?:<[^<>]*>)?[^<>]*>")
ATTRIBUTE = re.compile(r"\b[a-z]\w* = (?:[#\w.<>+-]+(?: : \w+)?|\[[^\]]*\])")
POLICY = re.compile(r"#hip\.\w+<(?:[^<>]|<[^<>]*>)*>")
INTEGERS = [0, 1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 256, 511, 512, 1000,
            1024, 4096, 65535, 65536, 99999, 2**20, 2**24, 2**30, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**40, 2**62,
            2**63 - 1, -1, -2, -(2**31), -(2**63)]
FLOATS = ["0.0", "-0.0", "1.0", "-1.0", "0.5", "1.0e-45", "3.0e38", "1.0e300", "0x7FC00000", "0x7F800000",
          "0xFF800000", "2.0"]
ELEMENTS = ["f16", "bf16", "f32", "f64", "i1", "i8", "i16", "i32", "i64", "index", "i0", "f8E4M3FN", "f8E5M2",
            "none", "vector<4xf32>", "complex<f32>"]
WORDS = [["query", "kv", "all"], ["first", "center", "last"], ["max", "mean"], ["leaf", "path"],
         ["#hip.token", "#hip.mean", "#hip.box", "#hip.box<8>"], ["bhtd", "bthd"], ["tensor", "memref"], ["true", "false"], ["maximumf", "minimumf", "addf", "mulf", "divf"],
         ["addi", "muli", "divsi", "divui", "remsi", "remui", "floordivsi", "ceildivsi", "shli", "shrsi"],
         ["max_number", "sum", "min", "max"], ["addf", "exp2", "mulf"]]
# What runs no pass of its own, and passes of upstream that use our interfaces.
OTHERS = [[], ["--verify-roundtrip"], ["--canonicalize", "--cse"], ["--one-shot-bufferize=bufferize-function-boundaries"],
          ["--transform-interpreter"], ["--mlir-print-op-generic"], ["--inline", "--sccp", "--canonicalize"]]
TILES = ["--hip-multiversion=chip=sm_90a", "--hip-schedule=chip=sm_90a", "--hip-tile"]
# What makes threads of tile programs, in the order of the pipeline.
DEVICE_PASSES = ["--hip-persist", "--hip-assign-layouts", "--hip-promote-shared", "--hip-schedule-loops", "--hip-specialize-warps",
                 "--hip-overlap-products", "--hip-pipeline-loops", "--hip-allocate-shared", "--hip-insert-barriers",
                 "--hip-insert-fences", "--hip-gpu-to-nvvm"]


#===-----------------------------------------------------------------------===#
# Seeds
#===-----------------------------------------------------------------------===#

def _clean(text):
    """Without comments, which FileCheck reads."""
    lines = (re.sub(r"\s*//.*", "", line) for line in text.split("\n"))
    return "\n".join(line for line in lines if line.strip()) + "\n"


def _written():
    for path in sorted(ROOT.glob("test/**/*.mlir")):
        yield from path.read_text().split("// -----")
    for path in sorted(ROOT.glob("docs/**/*.md")):
        yield from re.findall(r"```mlir\n(.*?)```", path.read_text(), re.S)


@lru_cache(maxsize=None)
def seeds(tools):
    texts = [text for text in map(_clean, _written()) if "hip." in text or "gpu." in text]
    lowered = []
    for flags in (["--hip-to-buffers"], ["--hip-to-tile"]):
        lowered += through(tools, flags, texts)[0]
    stage = texts
    for flags in (TILES, *([flag] for flag in DEVICE_PASSES[:-1])):
        stage = [text for text in through(tools, flags, stage)[0] if text.strip()]
        lowered += stage
    lowered = [text for text in lowered if 0 < text.count("\n") < 400]
    return sorted({*texts, *lowered})


@lru_cache(maxsize=None)
def valid_seeds(tools):
    texts = seeds(tools)
    return [text for text, out in zip(texts, through(tools, [], texts)[0]) if out.strip()]


@lru_cache(maxsize=None)
def pool(tools, pattern):
    """All that matches in any seed."""
    return sorted({match for text in seeds(tools) for match in pattern.findall(text)})


@lru_cache(maxsize=None)
def passes(tools):
    """Flags of every pass and pipeline of ours, as hip-opt lists them."""
    listed = run([tools.tool("hip-opt"), "--help"]).out
    names = sorted(set(re.findall(r"^ +(--hip-[\w-]+) +-", listed, re.M)))
    variants = [["--hip-schedule=chip=sm_90a"], ["--hip-multiversion=split-keys=16", "--hip-schedule", "--hip-tile"],
                ["--hip-to-cpu=lanes=8 fuse-prune=true split-keys=16"],
                [*TILES, *DEVICE_PASSES]]
    chips = [[f"--hip-to-ptx=chip={chip}"] for chip in CHIPS]
    return OTHERS + [[name] for name in names] + variants + chips


#===-----------------------------------------------------------------------===#
# Mutants
#===-----------------------------------------------------------------------===#

def pick(rng, options):
    return options[int(rng.integers(len(options)))]


def _replace(rng, text, old, span, new):
    """One occurrence, or all. The number of a result stays small: MLIR's parser takes memory for as many."""
    if rng.random() < 0.6:
        return re.sub(r"(?<![\w.#])" + re.escape(old) + (r"(?=x)|" + r"(?<![\w.#])" + re.escape(old) + r"(?![\w.])"),
                      lambda _: new, text)
    return text[:span[0]] + new + text[span[1]:]


def _token(rng, text, accept, make):
    found = [match for match in TOKEN.finditer(text) if accept(match[0])]
    if not found:
        return text
    match = pick(rng, found)
    return _replace(rng, text, match[0], match.span(), make(match[0]))


def _integer(rng, text):
    return _token(rng, text, lambda t: t.isdigit() or t == "?",
                  lambda t: pick(rng, ["?", *map(str, INTEGERS)]) if rng.random() < 0.9 else str(int(rng.integers(2**32))))


def _near(rng, text):
    """A number of the text by a small change."""
    change = lambda n: pick(rng, [n + 1, max(n - 1, 0), n * 2, n // 2, n * 3, n + 7])
    return _token(rng, text, str.isdigit, lambda t: str(change(int(t))))


def _float(rng, text):
    return _token(rng, text, lambda t: re.fullmatch(r"-?\d+\.\d+.*|0x\w+", t), lambda _: pick(rng, FLOATS))


def _element(rng, text):
    names = [name for name in ELEMENTS if "<" not in name]
    found = [m for m in re.finditer(r"(?<=[x<: ])(?:%s)\b" % "|".join(names), text)]
    if not found:
        return text
    match, new = pick(rng, found), pick(rng, ELEMENTS)
    if rng.random() < 0.5:
        return re.sub(r"(?<=[x<: ])%s\b" % match[0], new, text)
    return text[:match.start()] + new + text[match.end():]


def _word(rng, text):
    here = {token.split(".")[-1] for token in TOKEN.findall(text)}
    group = pick(rng, [group for group in WORDS if here.intersection(group)] or WORDS)
    return _token(rng, text, lambda t: t.split(".")[-1] in group,
                  lambda t: ".".join([*t.split(".")[:-1], pick(rng, group)]))


def _name(rng, text):
    """Another value in a value's place."""
    names = re.findall(r"%[\w$.]+(?:#\d+)?", text)
    if not names:
        return text
    match = pick(rng, list(re.finditer(r"%[\w$.]+(?:#\d+)?", text)))
    return text[:match.start()] + pick(rng, names) + text[match.end():]


def _line(rng, text):
    lines = text.split("\n")
    at = int(rng.integers(len(lines)))
    kind = int(rng.integers(3))
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, lines[at])
    else:
        other = int(rng.integers(len(lines)))
        lines[at], lines[other] = lines[other], lines[at]
    return "\n".join(lines)


def _swap_of(pattern):
    def mutate(rng, text, tools):
        found = list(pattern.finditer(text))
        options = pool(tools, pattern)
        if not found or not options:
            return text
        match, new = pick(rng, found), pick(rng, options)
        if rng.random() < 0.6:
            return text.replace(match[0], new)
        return text[:match.start()] + new + text[match.end():]
    return mutate


def _drop_attribute(rng, text, _):
    found = list(re.finditer(ATTRIBUTE.pattern + r",? ?|\bcausal,? ?", text))
    if not found:
        return text
    match = pick(rng, found)
    return text[:match.start()] + text[match.end():]


def _add_attribute(rng, text, tools):
    found = [m for m in re.finditer(r"\{(?=\w+(?: =|,|\}))", text)] or [m for m in re.finditer(r"(?= ->)", text)]
    if not found:
        return text
    match, new = pick(rng, found), pick(rng, [*pool(tools, ATTRIBUTE), "causal"])
    return text[:match.end()] + (new + ", " if match[0] else f" {{{new}}}") + text[match.end():]


def _operation(rng, text, tools):
    return _swap_of(re.compile(r"\b(?:hip|arith|math|gpu|memref|tensor|scf|func)\.[a-z_.]+\b"))(rng, text, tools)


def _splice(rng, text, tools):
    return text + pick(rng, seeds(tools))


def _delete(rng, text, _):
    tokens = TOKEN.findall(text)
    first = int(rng.integers(len(tokens)))
    return "".join(tokens[:first] + tokens[first + int(rng.integers(1, 6)):])


def _dimension(rng, text, _):
    """A dimension more or less in every array of a type."""
    found = list(TYPE.finditer(text))
    if not found:
        return text
    old = pick(rng, found)[0]
    new = re.sub(r"<(?:\d+|\?)x", "<", old, count=1) if rng.random() < 0.5 else old.replace("<", "<1x", 1)
    return text.replace(old, new)


_plain = lambda f: lambda rng, text, _: f(rng, text)
MUTATIONS = [*[_plain(f) for f in (_integer, _integer, _integer, _integer, _near, _near, _near, _float, _element,
                                   _element, _word, _word, _name, _line)],
             _swap_of(TYPE), _swap_of(POLICY), _swap_of(ATTRIBUTE), _drop_attribute, _add_attribute, _operation, _splice,
             _delete, _dimension]


def mutant(rng, tools):
    text = pick(rng, valid_seeds(tools) if rng.random() < 0.8 else seeds(tools))
    for _ in range(min(int(rng.geometric(0.6)), 6)):
        text = pick(rng, MUTATIONS)(rng, text, tools) or text
    return text.replace("// -----", "") + "\n"


#===-----------------------------------------------------------------------===#
# Runs
#===-----------------------------------------------------------------------===#

def _split(tools, flags, texts, seconds):
    command = [tools.tool("hip-opt"), *flags, "--split-input-file", "--mlir-disable-threading"]
    return run(command, seconds, MARK.join(texts).encode(errors="surrogateescape"))


def _single(tools, flags, text):
    return run([tools.tool("hip-opt"), *flags, "--mlir-disable-threading"], SECONDS, text.encode())


def _sections(outcome, texts):
    """What became of each text, '' where it was refused; None where that cannot be said."""
    parts = re.split(r"^// -----\n", outcome.out, flags=re.M)
    if outcome.timed_out or outcome.status not in (0, 1) or len(parts) != len(texts):
        return None
    return parts


def _silent(outcome, parts, texts):
    """Indices of the texts that were refused without a message."""
    starts = np.cumsum([0, *(text.count("\n") + 1 for text in texts)]) + 1
    told = {int(line) for line in re.findall(r"within split at <stdin>:(\d+) offset", outcome.errors)}
    refused = [x for x, part in enumerate(parts) if not part.strip()]
    return [x for x in refused if int(starts[x]) not in told] if len(told) < len(refused) else []


def through(tools, flags, texts):
    """(printed form of each text or '', findings) of one hip-opt command."""
    if len(texts) == 1:
        outcome = _single(tools, flags, texts[0])
        name = fault(outcome)
        # What upstream's own parser and passes die of is not ours.
        if not name or flags in OTHERS and foreign(outcome):
            return [outcome.out if outcome.status == 0 else ""], []
        return [""], [Finding("mutate", name + (f" of {' '.join(flags).split('=')[0]}" if name == "hang" else ""),
                              [tools.tool("hip-opt"), *flags, "{input.mlir}", "-o", "/dev/null"],
                              {"input.mlir": texts[0].encode()}, outcome.errors)]
    outcome = _split(tools, flags, texts, SECONDS + len(texts) / 2)
    parts = _sections(outcome, texts)
    if parts is not None:
        silent = _silent(outcome, parts, texts)
        found = [finding for x in silent for finding in through(tools, flags, [texts[x]])[1]]
        return parts, found
    half = len(texts) // 2
    (one, a), (two, b) = (through(tools, flags, part) for part in (texts[:half], texts[half:]))
    return one + two, a + b


#===-----------------------------------------------------------------------===#
# hip-compile and hip-run
#===-----------------------------------------------------------------------===#

# A program of these alone touches no memory but by our ops.
SAFE = re.compile(r"\b(hip\.(?!tile)\w+|arith|math|tensor\.(?:dim|empty|cast)|func\.func|func\.return|return|bb)\b")
OPERATION = re.compile(r"^ *(?:%[\w#:, %]+ = )?\"?([a-z_]+\.[\w.]+)", re.M)
SIGNATURE = re.compile(r"^  func\.func @([\w.$-]+)\((.*?)\)(?: -> (.*?))? (?:attributes .*)?\{$", re.M)
DTYPES = {"f32": np.float32, "f16": np.float16, "bf16": "V2", "i32": np.int32, "i64": np.int64, "f64": np.float64}
MOST_ELEMENTS = 1 << 18


def _array(rng, type_, sizes):
    """An array of the type; None where .npy has none."""
    *dims, element = type_.split("x")
    if element not in DTYPES:
        return None
    shape = [pick(rng, sizes) if dim == "?" else int(dim) for dim in dims]
    if np.prod(shape, dtype=np.float64) > MOST_ELEMENTS:
        return None
    if element.startswith("i"):
        low, high = pick(rng, [(0, 1), (0, 4), (0, 100), (-3, 300), (-(2**31), 2**31 - 1)])
        values = rng.integers(low, high, shape)
        return (np.cumsum(values, -1) % 200 if rng.random() < 0.4 and shape else values).astype(DTYPES[element])
    if element == "bf16":
        return rng.standard_normal(shape).astype(np.float32).view(np.uint32).__rshift__(16).astype(np.uint16).view("V2")
    return rng.standard_normal(shape).astype(DTYPES[element])


def _calls(tools, rng, folder, text, printed):
    """hip-compile in one format, and hip-run on small arrays if the program can have no fault of its own."""
    program = folder / "program.mlir"
    program.write_text(text)
    chip = pick(rng, [*CHIPS, "cpu"])
    yield [tools.tool("hip-compile"), "{program.mlir}", f"--chip={chip}", "-o", "{out}",
           f"--format={pick(rng, ['package', 'ptx', 'nvvm', 'tile', 'mlir'])}"], {}
    signature = SIGNATURE.search(printed)
    if not signature or not all(SAFE.fullmatch(op) or SAFE.match(op) for op in OPERATION.findall(printed)):
        return
    sizes = [int(rng.integers(0, 80))] * 3 + [pick(rng, [0, 1, 2, 64, 130])]
    types = re.findall(r": (?:tensor<([^>]*)>|(\S+))", signature[2])
    arrays = [_array(rng, type_, sizes) if type_ else None for type_, _ in types]
    if any(array is None for array in arrays):
        return
    results = len(re.findall(r"tensor<", signature[3] or ""))
    for pipeline in ("reference", "cpu"):
        files = {}
        command = [tools.tool("hip-run"), "{program.mlir}", "--no-cache", "--pipeline", pipeline]
        for x, array in enumerate(arrays):
            np.save(folder / "in.npy", array)
            files[f"in{x}.npy"] = (folder / "in.npy").read_bytes()
            command += ["--in", "{in%d.npy}" % x]
        for x in range(results):
            command += ["--out", "{out%d}" % x]
        yield command, files


def _through_tools(tools, rng, folder, text, printed):
    for command, files in _calls(tools, rng, folder, text, printed):
        files["program.mlir"] = text.encode(errors="surrogateescape")
        outs = {word[1:-1]: b"" for word in command if str(word).startswith("{out")}
        finding = Finding("mutate", "", command, {**files, **outs})
        outcome = finding.run(folder)
        name = fault(outcome)
        if name:
            finding.kind = f"hang of {command[0].name} {command[2 if finding.files.keys() > {'in0.npy'} else 4]}" \
                if name == "hang" else name
            finding.output = outcome.errors
            yield finding


def work(tools, rng, folder):
    """One batch: (inputs that ran, findings)."""
    texts = [mutant(rng, tools) for _ in range(BATCH)]
    printed, findings = through(tools, [], texts)
    valid = [(text, out) for text, out in zip(texts, printed) if out.strip()]
    for flags in passes(tools):
        if valid and flags:
            findings += through(tools, flags, [text for text, _ in valid])[1]
    for text, out in valid:
        if rng.random() < TOOLS_SHARE:
            findings += _through_tools(tools, rng, folder, text, out)
    return {"inputs": len(texts), "valid": len(valid)}, findings
