"""hip-compile --format=c and --format=json: the C program does what the JSON says, on a driver that prints it."""

import json
import math
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from hip_compile import TOOL

FOLDER = Path(__file__).resolve().parent / "cuda"
TYPES = {"f16": 6, "f32": 7, "bf16": 9}
WORK = 1 << 40
MAIN = """
#include "attention.h"
#include <inttypes.h>
#include <stdio.h>

int main(void) {
  attention_array arrays[] = {%(arrays)s};
  attention_program program;
  if (attention_load(&program))
    return 2;
  const char *wrong = attention_check(%(all)s);
  printf("check %%s\\n", wrong ? wrong : "");
  if (!wrong)
    printf("workspace %%" PRId64 "\\n", attention_workspace(%(inputs)s));
  CUresult result = attention_launch(NULL, &program, %(call)s, (void *)INT64_C(%(work)d));
  printf("result %%d\\n", result);
  return attention_unload(&program);
}
"""


class Array(NamedTuple):
    data: int
    dim: tuple
    stride: tuple

    @staticmethod
    def make(data, *dim, gap=0):
        """Row-major, with `gap` numbers behind each head."""
        rows, size = dim[2:]
        head = rows * size + gap
        return Array(data, dim, (dim[1] * head, head, size, 1))

    def in_c(self):
        return (f"{{(void *)INT64_C({self.data}), {{{', '.join(map(str, self.dim))}}}, "
                f"{{{', '.join(map(str, self.stride))}}}}}")


FUNCTIONS = {
    "floordiv": lambda a, b: a // b, "ceildiv": lambda a, b: -(-a // b), "mod": lambda a, b: a % b, "min": min,
    "max": max, "select": lambda c, a, b: a if c else b, "clz": lambda a: 64 - (a % 2**64).bit_length()}


class Call:
    """What a call of the program in JSON does, by these arrays."""

    def __init__(self, plan, inputs, outputs):
        self.plan = plan
        self.names = {f"in{i}": array for i, array in enumerate(inputs)}
        self.names |= {f"out{i}": array for i, array in enumerate(outputs)}
        self.places, self.bytes = {}, 0
        for i, buffer in enumerate(plan["workspace"]):
            self.places[f"workspace{i}"] = WORK + self.bytes
            self.bytes = -(-(self.bytes + self.value(buffer["bytes"])) // 256) * 256

    def value(self, text):
        return int(eval(text, dict(FUNCTIONS), self.names))

    def values(self, texts):
        return [self.value(text) for text in texts]

    def address(self, part):
        name = part["pointer"]
        base = self.places[name] if name in self.places else self.names[name].data
        return base + self.value(part["offset"])

    def map(self, part):
        sizes, strides = self.values(part["sizes"]), self.values(part["strides"])
        words = [TYPES[part["type"]] << 32 | len(sizes) << 16 | {0: 0, 32: 1, 64: 2, 128: 3}[part["swizzle"]] << 8,
                 self.address(part), *sizes]
        last = -(-sizes[0] * (4 if part["type"] == "f32" else 2) // 16) * 16
        for size, stride in zip(sizes[1:], strides):
            last = last if size == 1 else stride
            words.append(last)
        words += part["box"]
        return words

    def parameter(self, part):
        if "tensor_map" in part:
            return self.map(part["tensor_map"])
        if "pointer" in part:
            return self.address(part)
        return self.value(part["i64"]) if "i64" in part else part["f32"]

    def steps(self, steps=None):
        """Steps in their order, those of repeats as often as they come."""
        for step in self.plan["steps"] if steps is None else steps:
            if "repeat" in step:
                for _ in range(self.value(step["repeat"])):
                    yield from self.steps(step["steps"])
            else:
                yield step

    def launches(self):
        follows = False
        for step in self.steps():
            if "copy" in step:
                follows = False
            elif 0 not in (grid := self.values(step["grid"])):
                yield [step["kernel"], *grid, *step["threads"], self.value(step["dynamic_shared_bytes"]),
                       int(step["dependent"] and follows), *map(self.parameter, step["parameters"])]
                follows = True


def kernels_of(steps):
    """Steps of kernels, also those in loops."""
    for step in steps:
        yield from kernels_of(step["steps"]) if "repeat" in step else [step] if "kernel" in step else []


def forms(plan):
    """A letter for each parameter of each kernel."""
    found = {step["kernel"]: "".join("m" if "tensor_map" in part else "p" if "pointer" in part
                                     else "i" if "i64" in part else "f" for part in step["parameters"])
             for step in kernels_of(plan["steps"])}
    return " ".join(found[kernel] for kernel in plan["kernels"])


def read(line):
    """The numbers of a launch, as Call.launches() has them. What a map has no word for is not looked at."""
    kernel, *words = line.split()[1:]
    return [kernel, *([int(each) for each in word.split(",")] if "," in word else
                      float.fromhex(word) if "x" in word else int(word) for word in words)]


def same(got, wanted):
    if isinstance(wanted, list):
        return got[:len(wanted)] == wanted
    return math.isclose(got, wanted, rel_tol=1e-6) if isinstance(wanted, float) else got == wanted


class Program:
    def __init__(self, folder, *flags):
        self.folder = folder
        command = [TOOL, "attention", *flags]
        self.plan = json.loads(subprocess.run([*command, "--format=json"], check=True, capture_output=True).stdout)
        subprocess.run([*command, "--format=c", "-o", folder / "attention.c"], check=True)

    def run(self, inputs, outputs, work=WORK, **environment):
        """Lines that the driver and the host print."""
        arrays = [*inputs, *outputs]
        every = [f"&arrays[{i}]" for i in range(len(arrays))]
        (self.folder / "main.c").write_text(MAIN % {
            "arrays": ", ".join(array.in_c() for array in arrays), "all": ", ".join(every), "call": ", ".join(every),
            "inputs": ", ".join(every[:len(inputs)]), "work": work})
        subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", FOLDER, "-I", self.folder, "-o",
                        self.folder / "main", self.folder / "main.c", self.folder / "attention.c",
                        FOLDER / "driver.c"], check=True)
        done = subprocess.run([self.folder / "main"], check=True, capture_output=True, text=True, cwd=self.folder,
                              env={"FORMS": forms(self.plan), **environment})
        return done.stdout.splitlines()


def arrays(rows, keys, batch=1, gap=0):
    return ([Array.make(1 << 41, batch, 8, rows, 64, gap=gap), Array.make(1 << 42, batch, 2, keys, 64, gap=gap),
             Array.make(1 << 43, batch, 2, keys, 64)], [Array.make(1 << 44, batch, 8, rows, 64)])


FLAGS = "--query-heads=8", "--kv-heads=2", "--head-size=64", "--sink=64", "--window=128", "--chip=sm_90a"


@pytest.mark.parametrize("policy", ["dense", "hip"])
def test_launches_are_those_of_the_json(policy, tmp_path):
    program = Program(tmp_path, f"--policy={policy}", *FLAGS)
    for rows, keys, batch, gap in ((300, 5000, 2, 0), (1, 4096, 1, 640), (70, 70, 1, 64)):
        given = arrays(rows, keys, batch, gap)
        call, lines = Call(program.plan, *given), program.run(*given)
        assert f"workspace {call.bytes}" in lines and lines[-1] == "result 0" and "check " in lines
        launches, wanted = [read(line) for line in lines if line.startswith("launch")], list(call.launches())
        assert len(launches) == len(wanted) > 0
        for got, want in zip(launches, wanted):
            assert len(got) == len(want) and all(map(same, got, want)), (got, want)
    ptx = subprocess.run([TOOL, "attention", f"--policy={policy}", *FLAGS, "--format=ptx"], check=True,
                         capture_output=True).stdout
    assert (tmp_path / "module.ptx").read_bytes() == ptx
    assert [line for line in lines if line.startswith("shared")] == [
        f"shared {kernel} {232448 - 1024}" for kernel in program.plan["kernels"]]


def test_launches_that_overlap(tmp_path):
    """All launches of a decode step but the first may start early, where the driver captures that."""
    program, given = Program(tmp_path, "--policy=hip", *FLAGS), arrays(1, 65536)
    dependent = [launch[8] for launch in Call(program.plan, *given).launches()]
    assert len(dependent) > 2 and dependent == [0] + [1] * (len(dependent) - 1)
    for version, wanted in (("12030", dependent), ("12020", [0] * len(dependent))):
        lines = program.run(*given, VERSION=version)
        assert [read(line)[8] for line in lines if line.startswith("launch")] == wanted


def test_refuses_other_arrays(tmp_path):
    program = Program(tmp_path, "--policy=hip", *FLAGS)
    (q, k, v), (out,) = arrays(100, 2000)
    for change, words in ((([q, k._replace(dim=(1, 4, 2000, 64)), v], [out]), "k: size 1 has to be 2"),
                          (([q, k, v._replace(dim=(1, 2, 1999, 64))], [out]), "pass equal sizes"),
                          (([q._replace(data=(1 << 41) + 8), k, v], [out]), "q: sizes below"),
                          (([q, k._replace(stride=(256000, 128000, 68, 1)), v], [out]), "k: sizes below"),
                          (([q, k._replace(dim=(1, 2, 1 << 31, 64)), v], [out]), "k: sizes below"),
                          (([q, k, v], [out._replace(dim=(1, 8, 99, 64))]), "out: size 2 has to be q->dim[2]")):
        lines = program.run(*change)
        check, = (line for line in lines if line.startswith("check"))
        assert words in check and lines[-1] == "result 1"
        assert not any(line.startswith("launch") for line in lines)
    for work in (0, WORK + 32):
        assert program.run([q, k, v], [out], work)[-1] == "result 1"


@pytest.mark.parametrize("flags, words", [
    (["--format=c"], "-o -, but --format c writes a source and a header"),
    (["--format=c", "-o", "attention.txt"], "attention.txt, but --format c .* ends in .c"),
    (["--format=c", "-o", "a.c", "--chip=cpu"], "--format c is for GPUs"),
    (["--format=c", "-o", "a.c", "--cubin"], "--cubin is for packages, but --format is c"),
])
def test_refuses_flags(flags, words, tmp_path):
    done = subprocess.run([TOOL, "attention", *flags], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1 and re.search(words, done.stderr), done.stderr
    assert not list(tmp_path.iterdir())


def test_json_of_a_cpu():
    plan = json.loads(subprocess.run([TOOL, "attention", "--policy=tree", *FLAGS[:-1], "--chip=cpu",
                      "--format=json"], check=True,
                                     capture_output=True).stdout)
    assert plan["inputs"][1]["shape"] == [None, 2, None, 64] and "steps" not in plan
    assert plan["outputs"][0]["sizes"] == ["in0.dim[0]", "8", "in0.dim[2]", "64"]


@pytest.mark.parametrize("chip", ["cpu", "sm_90a"])
def test_arrays_have_names(chip):
    text = subprocess.run([TOOL, "attention", "--policy=tree", *FLAGS[:-1], f"--chip={chip}", "--lse", "--list",
                           "--format=json"], check=True, capture_output=True).stdout
    plan = json.loads(text)
    assert [array["name"] for array in plan["inputs"]] == ["q", "k", "v"]
    assert [array["name"] for array in plan["outputs"]] == ["out", "lse", "blocks", "counts"]


NUMBERS = """func.func @f(%q: tensor<1x2x?x64xf16>, %k: tensor<1x1x?x64xf16>, %o: tensor<1x2x?x64xf16>, %w: i32, %s: f32)
    -> tensor<1x2x?x64xf16> {
  %0 = hip.attention ins(%q, %k, %k : tensor<1x2x?x64xf16>, tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>)
    window(%w : i32) scale(%s : f32) outs(%o : tensor<1x2x?x64xf16>) policy #hip.window<block_q = 64> {causal}
    -> tensor<1x2x?x64xf16>
  return %0 : tensor<1x2x?x64xf16>
}
"""


def test_numbers_go_by_value(tmp_path):
    """An integer in the 8 bytes that its kernel takes."""
    (tmp_path / "f.mlir").write_text(NUMBERS)
    command = [TOOL, tmp_path / "f.mlir", "--chip=sm_90a"]
    plan = json.loads(subprocess.run([*command, "--format=json"], check=True, capture_output=True).stdout)
    assert [(array["type"], array.get("by_value", False)) for array in plan["inputs"][3:]] == [("i32", True), ("f32", True)]
    taken = [part for step in kernels_of(plan["steps"]) for part in step["parameters"] if "i32_of" in part or "f32_of" in part]
    assert {"i32_of": "in3"} in taken and {"f32_of": "in4"} in taken
    subprocess.run([*command, "--format=c", "-o", tmp_path / "f.c"], check=True)
    assert "int32_t in3, float in4" in " ".join((tmp_path / "f.h").read_text().split())
    assert re.search(r"int64_t p\d+ = in3;", (tmp_path / "f.c").read_text())
    subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", FOLDER, "-c", tmp_path / "f.c", "-o",
                    tmp_path / "f.o"], check=True)
