"""What hip-run refuses: exit code 1, what was wrong with both values, and no output file."""

import os
import subprocess
from pathlib import Path

import bad_files
import pytest
from bad_programs import PROGRAMS

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 60
TREE = "tree<block_q = 64, block_k = 2, keep = 64>"
STAGES = "stages<[(64, 64, {0}, 1), (64, 8, 64, 1)]>"
BOXES = "boxes<block_q = 64, block_k = 8, levels = [({0})], keep = {1}>"
DEFAULTS = {"q": "{in}/q.npy", "k": "{in}/k.npy", "v": "{in}/v.npy", "policy": TREE, "sink": "16",
            "window": "64", "out": "{out}/o.npy"}


def attention(*words, **flags):
    """A command of `hip-run attention` that is good but for `flags` (None: left out)."""
    flags = {**DEFAULTS, **flags}
    given = [word for flag, value in flags.items() if value is not None
             for word in (f"--{flag}", value)]
    return ["attention", *given, *words]


def array(name, flag="k"):
    return attention(**{flag: f"{{in}}/{name}.npy"})


# Name -> (arguments, what the message has to contain).
FLAGS = {
    **{f"without {flag}": (attention(**{flag: None}), [f"--{flag}"])
       for flag in ("q", "k", "v", "policy", "out")},
    "q not there": (attention(q="{in}/none.npy"), ["{in}/none.npy", "No such file"]),
    "k is a folder": (attention(k="{in}"), ["{in}", "Is a directory"]),
    "unknown flag": (attention("--budget", "3"), ["--budget"]),
    "unknown flag of a file": (["{in}/none.mlir", "--policy", TREE], ["--policy"]),
    "word too many": (attention("more"), ["more"]),
    "flag without value": (attention("--lse"), ["lse", "requires a value"]),
    "no arguments": ([], ["no program"]),
    "blocks only": (attention("--blocks", "{out}/b.npy"), ["--blocks and --counts", "only --blocks"]),
    "counts only": (attention("--counts", "{out}/c.npy"), ["--blocks and --counts", "only --counts"]),
    "threads 0": (attention("--threads", "0"), ["--threads 0", "at least 1"]),
    "threads negative": (attention("--threads", "-2"), ["--threads -2", "at least 1"]),
    "threads garbage": (attention("--threads", "two"), ["threads", "'two'"]),
    "threads fraction": (attention("--threads", "1.5"), ["threads", "'1.5'"]),
    "threads huge": (attention("--threads", "100000000"), ["--threads 100000000", "at most"]),
    "repeat 0": (attention("--repeat", "0"), ["--repeat 0", "at least 1"]),
    "sink garbage": (attention(sink="some"), ["sink", "'some'"]),
    "window garbage": (attention(window="1e3"), ["window", "'1e3'"]),
    "window overflow": (attention(window="99999999999999999999"), ["window", "99999999999999999999"]),
    "causal garbage": (attention("--causal=maybe"), ["causal", "'maybe'"]),
    "heads garbage": (attention("--heads", "some"), ["--heads", "'some', but there are kv, query, all"]),
    "emit garbage": (attention("--emit", "ptx"), ["--emit", "'ptx', but there are mlir, tile, llvm, package"]),
    "opt-level 4": (attention("--opt-level", "4"), ["--opt-level 4", "at least 0 and at most 3"]),
    "opt-level negative": (attention("--opt-level", "-1"), ["--opt-level -1", "at least 0"]),
    "opt-level empty": (attention("--opt-level="), ["opt-level", "''", "not a whole number"]),
    "repeat huge": (attention("--repeat", "9223372036854775808"), ["repeat", "9223372036854775808", "64 bits"]),
    "sink beyond i32": (attention(sink="2147483648"), ["--sink 2147483648", "at most 2147483647"]),
    "window beyond i32": (attention(window="3000000000"), ["--window 3000000000", "at most 2147483647"]),
    "sink with more": (attention(sink="16k"), ["sink", "'16k'", "not a whole number"]),
    "scale beyond f32": (attention("--scale", "1e40"), ["--scale 1", "infinite in f32", "3.4e+38"]),
    "softcap beyond f32": (attention("--softcap", "1e40"), ["--softcap 1", "infinite in f32", "3.4e+38"]),
    "softcap below f32": (attention("--softcap", "1e-60"), ["--softcap 1", "rounds to 0 in f32"]),
    "softcap beyond f64": (attention("--softcap", "1e400"), ["softcap", "finite"]),
    "softcap with more": (attention("--softcap", "3.0x"), ["softcap", "'3.0x'", "not a number"]),
    "misspelt flag with h": (attention("--hip-tiel"), ["--hip-tiel"]),
    "help with more": (attention("--helpme"), ["--helpme"]),
    "out is q": (attention(q="{in}/q.npy", out="{in}/q.npy"), ["{in}/q.npy", "read by this command"]),
    "lse is v, spelled otherwise": (attention("--lse", "{in}/./v.npy"), ["{in}/./v.npy", "read by this command"]),
    "cpu unknown": (attention("--cpu", "z80"), ["cpu 'z80'", "host"]),
    "schedule of an old chip": (attention("--schedule-for", "sm_75"), ["--schedule-for sm_75", "older than sm_80"]),
    "schedule of another pipeline": (attention("--schedule-for", "sm_90a", "--pipeline", "reference"),
                                     ["--schedule-for is for the CPU", "--pipeline is reference"]),
    "schedule of another device": (attention("--schedule-for", "sm_90a", "--device", "cuda"),
                                   ["--schedule-for is for the CPU", "--device is cuda"]),
    "pipeline unknown": (attention("--pipeline", "fast"), ["pipeline 'fast'", "reference"]),
    "scale NaN": (attention("--scale", "nan"), ["S18", "--scale nan", "finite"]),
    "scale infinite": (attention("--scale", "inf"), ["S18", "--scale inf", "finite"]),
    "scale garbage": (attention("--scale", "big"), ["scale", "'big'"]),
    "softcap negative": (attention("--softcap", "-2"), ["S18", "--softcap -2", "above 0"]),
    "softcap 0": (attention("--softcap", "0"), ["S18", "--softcap 0", "above 0"]),
    "softcap NaN": (attention("--softcap", "nan"), ["S18", "softcap"]),
    "sink negative": (attention(sink="-2"), ["--sink -2", "at least 0"]),
    "window negative": (attention(window="-1"), ["--window -1", "at least 0"]),
    "sink 12 of stages": (attention(sink="12", policy=STAGES.format(128)),
                          ["S3", "sink = 12", "block_k = 8", "use 16"]),
    "sink 3": (attention(sink="3"), ["S3", "sink = 3", "block_k = 2", "use 4"]),
}
POLICY = {
    "unknown": ("forest<block_q = 64>", ["forest", "tree, stages, boxes, window, dense, union"]),
    "empty": ("", ["--policy"]),
    "not a policy": ("band<block_q = 64, chunk = 2, sink = 0, window = 0, causal = true>",
                     ["band", "tree, stages, boxes, window, dense, union"]),
    "garbage": ("???", ["???", "tree, stages, boxes, window, dense, union"]),
    "prefix alone": ("#hip.", ["#hip.", "tree, stages, boxes, window, dense, union"]),
    "prefix twice": ("#hip.#hip.tree", ["#hip.#hip.tree", "tree, stages, boxes, window, dense, union"]),
    "open": ("tree<block_q = 64", ["tree<block_q = 64", "unbalanced '<'"]),
    "rest": (TREE + " more", ["more"]),
    "unknown parameter": (TREE[:-1] + ", budget = 4>", ["unknown", "budget", "there are block_q, block_k"]),
    "twice": (TREE[:-1] + ", keep = 128>", ["'keep' is given twice"]),
    "text": ("tree<block_q = many, block_k = 2, keep = 64>", ["'block_q' has to be an integer"]),
    "value without a name": ("tree<64>", ["name = value"]),
    "overflow": ("tree<keep = 18446744073709551616>", ["keep = 18446744073709551616", "64 bits"]),
    "block_q 0": ("tree<block_q = 0, block_k = 2, keep = 64>", ["S13", "block_q = 0", "at least 1"]),
    "block_k 0": ("tree<block_q = 64, block_k = 0, keep = 64>", ["S13", "block_k = 0", "at least 1"]),
    "keep 0": ("tree<block_q = 64, block_k = 2, keep = 0>", ["S13", "keep = 0", "at least 1"]),
    "keep negative": ("tree<block_q = 64, block_k = 2, keep = -64>", ["S13", "keep = -64"]),
    "keep 511": ("tree<block_q = 64, block_k = 2, keep = 511>", ["S13", "511", "block_k = 2", "512"]),
    "representative": (TREE[:-1] + ", representative = middle>", ["'middle'", "first, center and last"]),
    "reduce": (TREE[:-1] + ", reduce = sum>", ["'sum'", "max and mean"]),
    "mean of 3": (TREE[:-1] + ", reduce = mean, q_stride = 3>", ["S9", "power of two", "3"]),
    "k_stride 0": (TREE[:-1] + ", k_stride = 0>", ["S8", "k_stride = 0", "at least 1"]),
    "stages none": ("stages<[]>", ["S14", "at least one stage"]),
    "stages keep": (STAGES.format(100), ["S14", "keep = 100", "chunk = 64", "use 128"]),
    "stages chunk": ("stages<[(64, 64, 128, 1), (64, 48, 96, 1)]>", ["S14", "64", "48"]),
    "stages block_q": ("stages<[(64, 64, 128, 1), (128, 8, 64, 1)]>", ["S14", "64", "128"]),
    "boxes no level": ("boxes<block_q = 64, block_k = 8, levels = [], keep = 64>", ["S14b", "level"]),
    "boxes box": (BOXES.format("60, 2048", 64), ["S14b", "box = 60", "block_k = 8", "64"]),
    "boxes keep": (BOXES.format("64, 128", 60), ["S14b", "keep = 60", "block_k = 8", "64"]),
    "boxes sink": (BOXES.format("64, 128", 64), ["S3", "sink = 16", "box = 64"]),
    "union none": ("union", ["S14c", "at least one part", "none"]),
    "union window": ("union<[tree, window]>", ["S14c", "window<block_q = 64>", "leave it out"]),
    "union block_q": ("union<[tree, boxes<block_q = 32>]>", ["S14c", "block_q = 32", "64"]),
    "union part": ("union<[tree, bush]>", ["'bush'", "tree, stages, boxes, window, dense, union, auto"]),
    "auto dense": ("auto<dense>", ["S14d", "nothing to choose", "#hip.tree"]),
    "auto in a union": ("union<[auto<tree>, boxes]>", ["S14d", "put the union inside it"]),
    "union keep": ("union<[tree<keep = 2147483646>, boxes]>", ["S14c", "keep of all parts = 2147484158"]),
    "union sink": ("union<[tree, boxes]>", ["S3", "sink = 16", "parts of the union need = 64"]),
    "union in unions": ("union<[" * 3000 + "tree" + "]>" * 3000, ["brackets", "64 deep", "side by side"]),
    "window 0": ("window<block_q = 0>", ["S15", "block_q = 0"]),
}
NO_LIST = ["S15", "makes no lists", "dense<block_q = 64>"]
ARRAYS = {
    "empty": ["truncated"], "magic_only": ["truncated", "8 bytes", "has 6"],
    "no_length": ["truncated"], "cut_header": ["truncated"],
    "cut_data": ["truncated", "65536 bytes", "has 65535", "[2, 256, 32]"],
    "no_data": ["65536 bytes", "has 0"], "trailing": ["65536 bytes", "has 65539"],
    "zip": ["not a .npy file"], "text": ["not a .npy file"], "version9": ["version 9", "1 to 3"],
    "not_dict": ["malformed header", "'{'", "[1, 2"], "garbage": ["malformed header"],
    "no_shape": ["lacks 'shape'"], "no_descr": ["lacks 'descr'"],
    "unknown_key": ["unknown key 'colour'"], "negative": ["a size", "-256"],
    "huge": ["4000000000"], "claims_more": ["25600000 bytes", "has 65536"],
    "open_string": ["end of a string"], "order": ["True or False", "Maybe"],
    "long_header": ["1073741824", "1048576"], "k_u4": ["'<u4'", "<f4"], "k_c8": ["'<c8'", "<f4"],
    "k_text": ["'<U1'"], "k_big_endian": ["big-endian", "'>f4'", "little-endian"],
    "k_fortran": ["Fortran", "row-major"], "k_record": ["record type"], "rank9": ["dimensions", "8"],
    "rank0": ["rank 0", "[heads, T, D]", "S24"], "rank1": ["rank 1", "[8]", "S24"],
    "rank2": ["rank 2", "[4, 8]", "S24"], "rank5": ["rank 5", "S24"],
    "k4": ["rank 4", "rank 3", "q.npy", "S24"], "k_3heads": ["4 heads", "3", "q.npy"],
    "k_0heads": ["heads", "0"], "k_d16": ["head size 16", "32", "S24"],
    "k_t128": ["number of keys 256", "128", "v.npy"],
    "k_f16": ["element type f16", "f32", "S24"], "k_bf16": ["element type bf16", "f32", "S24"],
    "k_i32": ["element type i32", "f32", "S24"],
}
VALUES = {"v_1head": ["number of heads 1", "2"], "v_t128": ["number of keys 128", "256"],
          "v_f64": ["element type f64", "f32"], "v4": ["rank 4", "rank 3"]}
QUERIES = {"q_batch2": ["rank 4", "rank 3"], "q_f64": ["f64", "f32"], "q_i32": ["i32", "f32"]}
I32 = attention(q="{in}/q_i32.npy", k="{in}/k_i32.npy", v="{in}/v_i32.npy")
OUTPUTS = {
    "folder missing": (attention(out="{out}/none/o.npy"), ["{out}/none/o.npy", "no folder"]),
    "folder is a file": (attention(out="{in}/q.npy/o.npy"), ["{in}/q.npy", "not a folder"]),
    "out is a folder": (attention(out="{in}"), ["{in}", "is a folder"]),
    "lse folder missing": (attention("--lse", "{out}/none/l.npy"), ["{out}/none/l.npy", "no folder"]),
    "lse is a folder": (attention("--lse", "{in}"), ["{in}", "is a folder"]),
    "not writable": (attention(out="/proc/self/o.npy"), ["/proc/self/o.npy"]),
    "disk full at the second": (attention("--lse", "/dev/full"), ["/dev/full", "No space left"]),
    "out twice": (attention("--lse", "{out}/o.npy"), ["{out}/o.npy", "two results"]),
    "out twice, spelled otherwise": (attention("--lse", "{out}/./o.npy"), ["{out}/./o.npy",
                                                                          "{out}/o.npy"]),
    "blocks are counts": (attention("--blocks", "{out}/b.npy", "--counts", "{out}/b.npy"),
                          ["{out}/b.npy", "two results"]),
    "type of no attention": (I32, ["i32", "f16, bf16 or f32"]),
    "list of dense": (attention("--blocks", "{out}/b.npy", "--counts", "{out}/c.npy",
                                policy="dense<block_q = 64>"), NO_LIST),
    "batch": (attention(q="{in}/q_batch2.npy", k="{in}/k4.npy", v="{in}/v4.npy"),
              ["k4.npy", "batch 1", "q_batch2.npy", "2"]),
}
CASES = {
    **FLAGS, **OUTPUTS, **PROGRAMS,
    **{f"policy {name}": (attention(policy=text), pieces) for name, (text, pieces) in POLICY.items()},
    **{f"k {name}": (array(name), [f"{{in}}/{name}.npy", *pieces]) for name, pieces in ARRAYS.items()},
    **{f"v {name}": (array(name, "v"), [f"{name}.npy", *pieces]) for name, pieces in VALUES.items()},
    **{f"q {name}": (array(name, "q"), [f"{name}.npy", *pieces])
       for name, pieces in QUERIES.items()},
}


@pytest.fixture(scope="session")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    bad_files.write_all(folder)
    for name, (text, *_) in PROGRAMS.texts.items():
        (folder / f"{name}.mlir").write_text(text)
    return folder


def run(words, inputs, out):
    tool = os.environ.get("HIP_RUN", ROOT / "build" / "dev" / "bin" / "hip-run")
    words = [word.replace("{in}", str(inputs)).replace("{out}", str(out)) for word in words]
    return subprocess.run([tool, *words], capture_output=True, text=True, timeout=TIMEOUT_SECONDS)


@pytest.mark.parametrize("name", CASES)
def test_is_refused(name, inputs, tmp_path):
    words, pieces = CASES[name]
    done = run(words, inputs, tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    for piece in pieces:
        piece = piece.replace("{in}", str(inputs)).replace("{out}", str(tmp_path))
        assert piece in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_good_command_is_not_refused(inputs, tmp_path):
    done = run(attention("--lse", "{out}/l.npy"), inputs, tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["l.npy", "o.npy"]


def test_a_refused_run_keeps_the_old_output(inputs, tmp_path):
    (tmp_path / "o.npy").write_bytes(b"old")
    assert run(attention("--lse", "/dev/full"), inputs, tmp_path).returncode == 1
    assert (tmp_path / "o.npy").read_bytes() == b"old"


def test_there_are_enough_cases():
    assert len(CASES) >= 100
