"""hip-compile attention: what a caller gives beside q, k and v, and what those arrays are called."""

import json
import subprocess
from pathlib import Path

import pytest
from hip_compile import run

STUB = Path(__file__).parent / "cuda"
SIZES = "--dtype=f16", "--query-heads=4", "--kv-heads=2", "--head-size=64"
UNION = "union<[tree<keep = 32>, boxes<keep = 32>]>"
ALL = "positions,summaries,scale,sink,window"


def arrays_of(plan, side):
    return [array["name"] for array in plan[side]]


def plan_of(*words):
    done = run("attention", *SIZES, *words, "--format=json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("words, inputs, outputs", [
    (["--policy=boxes", f"--inputs={ALL}", "--lse", "--list"],
     ["positions", "summaries", "scale", "sink", "window"], ["out", "lse", "blocks", "counts"]),
    (["--policy=tree", "--inputs=list"], ["blocks", "counts"], ["out"]),
    ([f"--policy={UNION}", "--refresh=8,1", "--inputs=summaries"],
     ["step", "kept_blocks", "kept_counts", "summaries"], ["out", "next_blocks", "next_counts"]),
    ([f"--policy={UNION}", "--refresh=8,2", "--lse"],
     ["step", "kept_blocks0", "kept_counts0", "kept_blocks1", "kept_counts1"],
     ["out", "lse", "next_blocks0", "next_counts0", "next_blocks1", "next_counts1"]),
    (["--policy=boxes<levels = [(256, 4096), (64, 1024)]>", "--page-size=16", "--inputs=summaries"],
     ["table", "lengths", "summaries0", "summaries1"], ["out"]),
    (["--policy=dense", "--page-size=16", "--kv-dtype=f8E4M3FN", "--inputs=kv-scales"],
     ["table", "lengths", "k_scale", "v_scale"], ["out"]),
    (["--policy=dense", "--query-offsets", "--key-offsets"], ["kv_offsets", "q_offsets", "q_rows"], ["out"])])
@pytest.mark.parametrize("chip", ["cpu", "sm_90a"])
def test_inputs_and_their_names(chip, words, inputs, outputs):
    plan = plan_of(*words, f"--chip={chip}")
    assert (arrays_of(plan, "inputs"), arrays_of(plan, "outputs")) == (["q", "k", "v", *inputs], outputs)


@pytest.mark.parametrize("words, inputs", [
    (["--page-size=32"], ["k", "table", "lengths", "rows", "kept_summaries"]),
    (["--page-size=32", "--kv-dtype=f8E5M2", "--inputs=kv-scales"],
     ["k", "table", "lengths", "k_scale", "rows", "kept_summaries"]), ([], ["k"])])
def test_summaries_have_a_program_of_their_own(words, inputs):
    plan = plan_of("--policy=boxes", "--summarize", *words)
    assert (arrays_of(plan, "inputs"), arrays_of(plan, "outputs")) == (inputs, ["summaries"])


def test_types_and_sizes():
    plan = plan_of("--policy=boxes", "--page-size=16", "--kv-dtype=f8E5M2", f"--inputs={ALL}")
    arrays = {array["name"]: array for array in plan["inputs"]}
    assert arrays["k"]["shape"] == arrays["v"]["shape"] == [None, 16, 2, 64]
    assert arrays["k"]["type"] == "f8E5M2" and arrays["summaries"]["type"] == arrays["q"]["type"] == "f16"
    assert arrays["summaries"]["shape"] == [None, 1, 2, 2, 64] and arrays["positions"]["type"] == "i32"
    assert [name for name in arrays if arrays[name].get("by_value")] == ["scale", "sink", "window"]


@pytest.mark.parametrize("words", [
    ["--policy", UNION, "--refresh=8,1", f"--inputs={ALL}", "--page-size=16"],
    ["--policy", UNION, "--refresh=8,4", "--lse"], ["--policy=boxes", "--summarize", "--page-size=16"],
    ["--policy=dense", "--query-offsets", "--page-size=16", "--kv-dtype=f8E4M3FN", "--inputs=kv-scales"]])
def test_c_of_a_decode_step_compiles(words, tmp_path):
    done = run("attention", *SIZES, *words, "--format=c", "-o", tmp_path / "step.c")
    assert done.returncode == 0, done.stderr
    subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", STUB, "-c", tmp_path / "step.c", "-o",
                    tmp_path / "step.o"], check=True)


@pytest.mark.parametrize("policy", ["hip", "stages"])
@pytest.mark.parametrize("chip, dtype, size", [("sm_89", "f32", 128), ("sm_86", "f16", 256), ("sm_120a", "bf16", 256),
                                               ("sm_80", "f32", 256)])
def test_long_heads_fit_every_chip(chip, dtype, size, policy):
    """A thread block has 99 KiB of shared memory on sm_86, sm_89 and sm_120a."""
    done = run("attention", f"--policy={policy}", f"--dtype={dtype}", f"--head-size={size}", f"--chip={chip}", "--format=json")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words, message", [
    (["--policy=tree", "--inputs=positions,nothing"], "'nothing', but there are positions, list, summaries, kv-scales"),
    (["--policy=tree", "--inputs=list", "--list"], "--inputs list and --list are given, but a list that the caller has"),
    (["--policy=tree", "--refresh=8", "--list"], "--refresh and --list are given, but steps keep the lists"),
    (["--policy=tree", "--refresh=8", "--inputs=list"], "--refresh and --inputs list are given"),
    (["--policy=boxes", "--inputs=list,summaries"], "--inputs list and --inputs summaries are given, but with a list"),
    (["--policy=tree", "--inputs=scale", "--scale=0.1"], "--inputs scale and --scale are given"),
    (["--policy=tree", "--inputs=sink", "--sink=16"], "--inputs sink and --sink are given"),
    (["--policy=tree", "--inputs=window", "--window=16"], "--inputs window and --window are given"),
    (["--policy=tree", "--page-size=24"], "--page-size 24, but it has to be a power of two, such as 16"),
    (["--policy=tree", "--page-size=0"], "--page-size 0, but it has to be at least 1"),
    (["--policy=tree", "--page-size=16", "--key-offsets"], "--key-offsets and --page-size are given"),
    (["--policy=tree", "--page-size=16", "--query-offsets", "--batch=2"], "--query-offsets and --page-size leave no array"),
    (["--policy=tree", "--kv-dtype=f32"], "--kv-dtype f32, but it has to be f8E4M3FN, f8E5M2, or that of --dtype, f16"),
    (["--policy=tree", "--kv-dtype=fp8"], "--kv-dtype fp8, but it has to be"),
    (["--policy=tree", "--inputs=kv-scales"], "--inputs kv-scales, but keys of f16 have no scales"),
    (["--policy=tree", "--refresh=0"], "--refresh 0, but the least is 1"),
    (["--policy=tree", "--refresh=8,1"], "has 1 parts, but there are 2 intervals"),
    (["--policy=tree", "--inputs=summaries"], "has no boxes, so it reads no summaries"),
    (["--policy=dense", "--inputs=list"], "makes no lists"),
    (["--policy=tree", "--summarize"], "has no boxes"),
])
def test_refuses(words, message, tmp_path):
    done = run("attention", *SIZES, *words, "--format=ptx", "-o", tmp_path / "o")
    assert done.returncode == 1 and message in done.stderr, done.stderr
    assert not list(tmp_path.iterdir())
