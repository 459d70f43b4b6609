"""What hip-compile refuses: exit code 1, what was wrong, and no output file."""

import pytest
from hip_compile import PROGRAM, run

TREE = "tree<block_q = 64, block_k = 2, keep = 64>"
GOOD = ["{in}/good.mlir", "-o", "{out}/o"]
IDENTITY = "func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {\n  return %a : tensor<4xf32>\n}\n"
HOST_OP = """func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = linalg.exp ins(%a : tensor<4xf32>) outs(%a : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""
# Reads the size of a dimension that the array has not.
NO_DIMENSION = PROGRAM.replace("  %0 =", """  %c4 = arith.constant 4 : index
  %n = tensor.dim %q, %c4 : tensor<1x2x?x32xf16>
  %e = tensor.empty(%n) : tensor<1x2x?x32xf16>
  %0 =""").replace("outs(%o", "outs(%e")
FILES = {
    "good.mlir": PROGRAM, "empty.mlir": "", "prose.mlir": "This is a program.",
    "open.mlir": PROGRAM[:-2], "two.mlir": PROGRAM + PROGRAM.replace("@f", "@g"),
    "identity.mlir": IDENTITY, "host.mlir": HOST_OP, "dimension.mlir": NO_DIMENSION,
    "sink.mlir": PROGRAM.replace("#hip.window<block_q = 16>", f"#hip.{TREE}").replace("sink = 4",
                                                                                      "sink = 3"),
}


def attention(*words, **flags):
    """A command of `hip-compile attention` that is good but for `flags` (None: left out)."""
    flags = {"policy": TREE, "sink": "16", "window": "64", "format": "ptx", "o": "{out}/o", **flags}
    return ["attention", *[f"--{name.replace('_', '-')}={value}" for name, value in flags.items()
                           if value is not None], *words]


# Name -> (arguments, what the message has to contain).
CASES = {
    "no arguments": ([], ["no program", "'attention'"]),
    "not there and no output": (["{in}/none.mlir"], ["{in}/none.mlir", "No such file"]),
    "output is the program": (["{in}/good.mlir", "-o", "{in}/good.mlir"], ["{in}/good.mlir", "read by this command"]),
    "output is the program, spelled otherwise": (["{in}/good.mlir", "-o", "{in}/./good.mlir"],
                                                 ["{in}/./good.mlir", "read by this command"]),
    "misspelt flag with h": ([*GOOD, "--hip-tiel"], ["--hip-tiel"]),
    "older chip": ([*GOOD, "--chip=sm_75"], ["--chip sm_75", "older than sm_80"]),
    **{f"chip {chip}": ([*GOOD, f"--chip=sm_{chip}"], [f"--chip sm_{chip},", f"code for {runs} runs there"])
       for chip, runs in {"88": "sm_86", "99": "sm_89", "103a": "sm_89", "100f": "sm_100a", "80a": "sm_80"}.items()},
    "no program": (["-o", "{out}/o"], ["no program"]),
    "not there": (["{in}/none.mlir", "-o", "{out}/o"], ["{in}/none.mlir", "No such file"]),
    "a folder": (["{in}", "-o", "{out}/o"], ["{in}", "Is a directory"]),
    "empty": (["{in}/empty.mlir", "-o", "{out}/o"], ["0 public functions"]),
    "prose": (["{in}/prose.mlir", "-o", "{out}/o"], ["prose.mlir:1:1", "'This'", "^"]),
    "open": (["{in}/open.mlir", "-o", "{out}/o"], ["open.mlir:", "expected"]),
    "rule": (["{in}/sink.mlir", "-o", "{out}/o"], ["sink.mlir:3:8", "S3", "sink = 3", "use 4"]),
    "two entries": (["{in}/two.mlir", "-o", "{out}/o"], ["2 public functions", "@f, @g"]),
    "no entry": ([*GOOD, "--entry", "h"], ["no public function @h", "@f"]),
    **{f"no kernels, {name}": (["{in}/identity.mlir", f"--format={name}", "-o", "{out}/o"],
                               ["{in}/identity.mlir", "needs no kernels", f"no {name} of it", "a package"])
       for name in ("ptx", "cubin")},
    "op of the host": (["{in}/host.mlir", "-o", "{out}/o"], ["linalg.exp", "launch plan"]),
    "no such dimension": (["{in}/dimension.mlir", "-o", "{out}/o"], ["memref.dim", "launch plan"]),
    "unknown flag": ([*GOOD, "--budget", "3"], ["--budget"]),
    "flag of the other form": ([*GOOD, "--policy", TREE], ["--policy"]),
    "word too many": (["more", *GOOD], ["Too many positional arguments", "at most 1"]),
    "format": ([*GOOD, "--format=elf"], ["--format", "'elf', but there are package, c, json, cubin"]),
    "format without value": ([*GOOD, "--format"], ["format", "requires a value"]),
    "chip": ([*GOOD, "--chip=sm_70"], ["--chip sm_70", "cpu, native, sm_80", "sm_120a"]),
    "chip by its name": ([*GOOD, "--chip=H100"], ["--chip H100", "sm_90a"]),
    "no chip": ([*GOOD, "--chip="], ["--chip ,", "sm_90a"]),
    "tag": ([*GOOD, "--hip-debug=tiel"], ["no tag 'tiel'"]),
    "level": ([*GOOD, "--opt-level=4"], ["--opt-level 4", "at least 0 and at most 3"]),
    "processor": ([*GOOD, "--chip=cpu", "--cpu=z80"], ["cpu 'z80'", "host"]),
    **{f"{name} of a CPU": ([*GOOD, "--chip=cpu", f"--format={name}"],
                            [f"--format {name} is for GPUs", "sm_90a"])
       for name in ("ptx", "cubin", "nvvm")},
    "machine code of a CPU": ([*GOOD, "--chip=cpu", "--cubin"], ["--cubin is for GPUs"]),
    "machine code in text": ([*GOOD, "--cubin", "--format=ptx"], ["--cubin is for packages", "ptx"]),
    "package to the terminal": (["{in}/good.mlir"], ["a package is not text", "-o"]),
    "package to a pipe": (["{in}/good.mlir", "-o", "-"], ["a package is not text", "-o"]),
    "cubin to the terminal": (["{in}/good.mlir", "--format=cubin"], ["a cubin is not text", "-o"]),
    "no assembler": ([*GOOD, "--format=cubin", "--ptxas={in}/none"], ["--ptxas {in}/none"]),
    "assembler is a folder": ([*GOOD, "--cubin", "--ptxas={in}"], ["--ptxas {in}"]),
    "assembler is another": ([*GOOD, "--cubin", "--ptxas=/bin/true"], ["/bin/true", "does not say"]),
    "assembler fails": ([*GOOD, "--cubin", "--ptxas=/bin/false"], ["/bin/false", "code 1"]),
    "assembler to explain": ([*GOOD, "--explain", "--ptxas={in}/none"], ["--ptxas {in}/none"]),
    "folder missing": (["{in}/good.mlir", "-o", "{out}/none/o"], ["{out}/none/o", "no folder"]),
    "output is a folder": (["{in}/good.mlir", "-o", "{in}"], ["{in}", "is a folder"]),
    "not writable": (["{in}/good.mlir", "-o", "/proc/self/o"], ["/proc/self/o"]),
    "disk full": (["{in}/good.mlir", "--format=ptx", "-o", "/dev/full"], ["No space left"]),
    "cut package": (["{in}/cut.hipc", "--explain"], ["{in}/cut.hipc", "1000 bytes", "cut"]),
    "package of a header": (["{in}/header.hipc", "--explain"], ["{in}/header.hipc", "8 bytes"]),
    "damaged package": (["{in}/damaged.hipc", "--explain"], ["{in}/damaged.hipc", "checksum"]),
    "later package": (["{in}/later.hipc", "--explain"], ["{in}/later.hipc", "version"]),
    "package again": (["{in}/good.hipc", "-o", "{out}/o"], ["{in}/good.hipc", "--explain"]),
    "no policy": (attention(policy=None), ["--policy"]),
    "unknown policy": (attention(policy="forest<block_q = 64>"), ["forest", "tree, stages, boxes, window, dense, union"]),
    "policy rule": (attention(policy=TREE.replace("64>", "63>")), ["S13", "63", "64"]),
    "no such type": (attention(dtype="f8"), ["--dtype f8", "f16, bf16 or f32"]),
    "type of no attention": (attention(dtype="i32"), ["--dtype i32", "S24"]),
    "heads": (attention(query_heads=6, kv_heads=4), ["--query-heads 6", "--kv-heads 4", "S24"]),
    "no heads": (attention(kv_heads=0), ["--kv-heads 0", "at least 1"]),
    "heads garbage": (attention(query_heads="many"), ["query-heads", "'many'"]),
    "head size 0": (attention(head_size=0), ["--head-size 0", "at least 1"]),
    "head size negative": (attention(head_size=-64), ["--head-size -64", "at least 1"]),
    "value size 0": (attention(value_size=0), ["--value-size 0", "at least 1"]),
    "batch 0": (attention(batch=0), ["--batch 0", "at least 1"]),
    "odd head size": (attention(head_size=33), ["S18", "head size of the values is 33", "multiples of 8", "pad values and out to 40"]),
    "head size beyond shared memory": (attention(head_size=1024, dtype="f32", chip="sm_80"),
                                       ["a kernel needs", "bytes of shared memory", "sm_80 has 166912"]),
    "beyond another chip": (attention(head_size=768, dtype="f32", chip="sm_89"),
                            ["bytes of shared memory", "sm_89 has 101376"]),
    "sink": (attention(sink=3), ["S3", "sink = 3", "use 4"]),
    "list of dense": (attention("--list", policy="dense<block_q = 64>"), ["S15", "no lists", "dense<block_q = 64>"]),
    "scale": (attention(scale="nan"), ["S18", "--scale nan", "finite"]),
    "scale beyond f32": (attention(scale="1e40"), ["--scale 1", "infinite in f32"]),
    "head size beyond i32": (attention(head_size=2**31), ["--head-size 2147483648", "at most 2147483647"]),
}


@pytest.fixture(scope="session")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    assert run(folder / "good.mlir", "-o", folder / "good.hipc").returncode == 0
    good = (folder / "good.hipc").read_bytes()
    middle = len(good) // 2
    for name, content in (("cut", good[:1000]), ("header", good[:8]),
                          ("damaged", good[:middle] + b"\0\0\0\0" + good[middle + 4:]),
                          ("later", good[:8] + b"\xff" + good[9:])):
        (folder / f"{name}.hipc").write_bytes(content)
    return folder


@pytest.mark.parametrize("name", CASES)
def test_is_refused(name, inputs, tmp_path):
    words, pieces = CASES[name]
    before = sorted(inputs.iterdir())
    spell = lambda text: text.replace("{in}", str(inputs)).replace("{out}", str(tmp_path))  # noqa: E731
    done = run(*map(spell, words))
    assert done.returncode == 1, done.stdout + done.stderr
    for piece in map(spell, pieces):
        assert piece in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == [] and sorted(inputs.iterdir()) == before


def test_a_refused_run_keeps_the_old_output(inputs, tmp_path):
    (tmp_path / "o").write_bytes(b"old")
    assert run(inputs / "good.mlir", "--cubin", "--ptxas=/bin/false", "-o",
               tmp_path / "o").returncode == 1
    assert (tmp_path / "o").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["o"]


def test_the_good_commands_are_not_refused(inputs, tmp_path):
    for words in (["attention", "--policy", TREE, "--sink=16", "--format=ptx"],
                  [inputs / "good.mlir", "--chip=cpu", "-o", tmp_path / "o"]):
        done = run(*words)
        assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["o"]


def test_there_are_enough_cases():
    assert len(CASES) >= 25
