"""A program of a user on NumPy arrays, which mypy and pyright read and nothing runs: every public name, called as
documented. assert_type says what a call gives; a line with an `ignore` is an error that they have to find."""

import enum
from pathlib import Path
from typing import Any, Unpack, assert_type

import numpy as np

import hip_mlir
from hip_mlir.typing import Array, ArrayT, CallOptions, ListHeads, Lookup, PolicyLike, Value

Halves = np.ndarray[tuple[int, int, int, int], np.dtype[np.float16]]
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
Integers = np.ndarray[tuple[int, ...], np.dtype[np.int32]]


def attention(q: Halves, k: Halves, v: Halves, lse: Floats, lists: tuple[Integers, Integers], wants_lse: bool) -> None:
    assert_type(hip_mlir.attention(q, k, v, hip_mlir.HIP, sink=128, window=1024), Halves)
    assert_type(hip_mlir.attention(q, k, v), Halves)
    assert_type(hip_mlir.attention(q, k, v, "tree<keep = 64>", causal=False, scale=np.float32(2), softcap=30), Halves)
    assert_type(hip_mlir.attention(q, k, v, return_lse=True), tuple[Halves, Floats])
    tree = hip_mlir.Tree()
    assert_type(hip_mlir.attention(q, k, v, tree, return_lists=True), tuple[Halves, tuple[Integers, Integers]])
    out, found_lse, (blocks, counts) = hip_mlir.attention(q, k, v, tree, return_lse=True, return_lists=True)
    assert_type(out, Halves)
    assert_type(found_lse, Floats)
    assert_type(blocks, Integers)
    assert_type(counts, Integers)
    assert_type(hip_mlir.attention(q, k, v, tree, lists=(blocks, counts), engine=hip_mlir.Engine("cpu")), Halves)
    assert_type(hip_mlir.attention(q, k, v, out=out), Halves)
    assert_type(hip_mlir.attention(q, k, v, return_lse=True, out=(out, lse)), tuple[Halves, Floats])
    every = hip_mlir.attention(q, k, v, tree, return_lse=True, return_lists=True, out=(out, lse, blocks, counts))
    assert_type(every, tuple[Halves, Floats, tuple[Integers, Integers]])
    assert_type(hip_mlir.attention(q, k, v, tree, return_lists=True, out=(out, lists)),
                tuple[Halves, tuple[Integers, Integers]])
    # Which of them is known in the run alone.
    either = hip_mlir.attention(q, k, v, return_lse=wants_lse)
    assert_type(either, Halves | tuple[Array | tuple[Array, Array], ...])

    kept = hip_mlir.Summaries(tree, check=True)
    assert_type(hip_mlir.attention(q, k, v, tree, summaries=kept), Halves)
    paged = hip_mlir.PagedSummaries(tree, arrays=[q], dtype="float16")
    assert_type(paged.arrays, tuple[Any, ...])
    assert_type(hip_mlir.PagedSummaries.shapes((9, 16, 2, 64)), list[tuple[int, ...]])
    kept.update(k)
    assert_type((kept.keys, kept.boxes), tuple[int, tuple[int, ...]])
    kept.reset()

    refresh = hip_mlir.Refresh(blocks, every=(8, 1), lists=[blocks, counts])
    assert_type(hip_mlir.attention(q, k, v, tree, refresh=refresh), Halves)
    assert_type(hip_mlir.Refresh.shapes((1, 4, 1, 64), (1, 2, 99, 64), tree, 8), list[tuple[int, ...]])
    hip_mlir.Refresh(blocks, every=0.5)  # type: ignore[arg-type]

    hip_mlir.attention([1.0], k, v)  # type: ignore[call-overload]
    hip_mlir.attention(q, k, None)  # type: ignore[call-overload]
    hip_mlir.attention(q, k, v, 64)  # type: ignore[call-overload]
    hip_mlir.attention(q, k, v, sinks=128)  # type: ignore[call-overload]
    hip_mlir.attention(q, k, v, sink=1.5)  # type: ignore[call-overload]
    hip_mlir.attention(q, k, v, list_heads="each")  # type: ignore[call-overload]
    hip_mlir.attention(q, k, v, engine="cpu")  # type: ignore[call-overload]
    hip_mlir.attention(q, k, v, score_mod=lambda score: score)  # type: ignore[arg-type, misc]
    hip_mlir.attention(q, k, v, return_lse=True, out=out)  # type: ignore[call-overload]
    hip_mlir.attention(q, k, v, tree, lists=blocks)  # type: ignore[call-overload]
    hip_mlir.attention(q, k, v, tree, summaries=[q])  # type: ignore[call-overload]
    hip_mlir.attention(q, k, v, tree, refresh=8)  # type: ignore[call-overload]


def storage(q: Halves, pages: Halves, integers: Integers) -> None:
    paged = hip_mlir.Paged(pages, pages, integers, integers)
    assert_type(hip_mlir.attention(q, kv=paged, policy="hip", window=64), Halves)
    assert_type(hip_mlir.attention(q, kv=paged, positions=integers, return_lse=True), tuple[Halves, Floats])
    ragged = hip_mlir.Ragged(k=pages, v=pages, offsets=integers)
    assert_type(hip_mlir.attention(q, kv=ragged, policy=hip_mlir.HIP, return_lists=True),
                tuple[Halves, tuple[Integers, Integers]])
    assert_type(hip_mlir.attention(q, kv=ragged, out=q, layout="bthd"), Halves)
    assert_type(hip_mlir.attention(q, kv=ragged, q_rows=hip_mlir.RaggedRows(integers, 5), return_lse=True),
                tuple[Halves, Floats])
    assert_type(hip_mlir.explain(q, kv=paged), str)
    hip_mlir.attention_text("float16", 32, 8, 128, storage="paged", page_size=16, has_positions=True)

    hip_mlir.attention(q, kv=(pages, pages, integers, integers))  # type: ignore[call-overload]
    hip_mlir.Paged(pages, pages, integers)  # type: ignore[call-arg]
    hip_mlir.Ragged(pages, pages, [0, 1])  # type: ignore[arg-type]
    hip_mlir.RaggedRows(integers, integers)  # type: ignore[arg-type]
    hip_mlir.attention_text("float16", 32, 8, 128, storage="pages")  # type: ignore[arg-type]
    paged.table = integers  # type: ignore[misc]


class Device(enum.Enum):
    CPU = 1


class Theirs:
    """An array of a library that knows the newest DLPack."""

    def __dlpack__(self, *, stream: int | None = None, max_version: tuple[int, int] | None = None) -> object:
        return stream, max_version

    def __dlpack_device__(self) -> tuple[Device, int]:
        return Device.CPU, 0


def others(q: Theirs, k: Theirs, bfloat16: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> None:
    assert_type(hip_mlir.attention(q, k, k), Theirs)
    assert_type(hip_mlir.attention(q, k, k, return_lse=True), tuple[Theirs, Theirs])
    assert_type(hip_mlir.attention(q, k, k, "hip", return_lists=True), tuple[Theirs, tuple[Theirs, Theirs]])
    assert_type(hip_mlir.attention(q, k, k, "hip", return_lse=True, return_lists=True),
                tuple[Theirs, Theirs, tuple[Theirs, Theirs]])
    assert_type(hip_mlir.attention(bfloat16, bfloat16, bfloat16), np.ndarray[tuple[int, ...], np.dtype[np.generic]])


def of_any_library(q: ArrayT, k: Array, v: Array, policy: PolicyLike, **options: Unpack[CallOptions]) -> ArrayT:
    return hip_mlir.attention(q, k, v, policy, **options)


def by_name(q: Halves, heads: ListHeads) -> Halves:
    return of_any_library(q, q, q, "hip", list_heads=heads, window=64)


def policies() -> None:
    tree = hip_mlir.Tree(block_q=64, block_k=2, keep=512, representative="first", q_stride=2, k_stride=2, reduce="mean")
    assert_type(tree.keep, int)
    assert_type(tree.kept_keys, int)
    stages = hip_mlir.Stages([(64, 64, "all", 4), (32, 8, 256, 1)], granule=2, score="path")
    assert_type(stages.block_q, int)
    boxes = hip_mlir.Boxes(levels=[(512, 16384), (64, 2048)], keep=512)
    assert_type(boxes.chunk, int)
    union = hip_mlir.Union(tree, stages, boxes, hip_mlir.Dense(64))
    assert_type(union.parts, tuple[hip_mlir.Policy, ...])
    assert_type(union.list_length(4096), int)
    assert_type(hip_mlir.Dense().block_q, int | None)
    assert_type(hip_mlir.Window().makes_lists, bool)
    auto = hip_mlir.Auto(union, until=1000, step_until=2000)
    assert_type(auto.policy, hip_mlir.Policy)
    assert_type(auto.chosen(1, 4096), hip_mlir.Policy)
    assert_type(hip_mlir.HIP, hip_mlir.Union)
    assert_type(hip_mlir.parse_policy("hip"), hip_mlir.Policy)
    assert_type(str(hip_mlir.HIP), str)

    hip_mlir.Tree(keep="all")  # type: ignore[arg-type]
    hip_mlir.Tree(representative="middle")  # type: ignore[arg-type]
    hip_mlir.Stages([(64, 64, "none", 4)])  # type: ignore[list-item]
    hip_mlir.Boxes(levels=[64, 2048])  # type: ignore[list-item]
    hip_mlir.Union([tree, boxes])  # type: ignore[arg-type]
    hip_mlir.Tree(stride=2)  # type: ignore[call-arg]
    tree.keep = 64  # type: ignore[misc]


@hip_mlir.score_mod
def alibi(score: Value, b: Value, h: Value, i: Value, j: Value) -> Value:
    return score - (i - j) * hip_mlir.exp2(-(h + 1.0))


def scores(q: Halves) -> None:
    assert_type(alibi, hip_mlir.ScoreMod)
    assert_type(alibi.text, str)
    slopes = hip_mlir.table([0.5, 0.25])
    assert_type(slopes[0], float)
    assert_type(hip_mlir.table(np.ones(4, np.float32)), Lookup)
    assert_type(hip_mlir.attention(q, q, q, score_mod=alibi), Halves)
    assert_type(hip_mlir.attention(q, q, q, score_mod=lambda s, b, h, i, j: s + slopes[h] * (j - i)), Halves)

    def all_of_it(score: Value, b: Value, h: Value, i: Value, j: Value) -> Value:
        assert_type(hip_mlir.where((i >= j) & ~(i == 0), score, -1e9), Value)
        assert_type(hip_mlir.minimum(score, 2) + hip_mlir.maximum(1.5, score), Value)
        assert_type(hip_mlir.exp(score) * hip_mlir.log(score) / hip_mlir.log2(score) - hip_mlir.tanh(score), Value)
        assert_type(divmod(i, 4), tuple[Value, Value])
        assert_type(np.float32(2) * abs(score) ** 2 + slopes[b], Value)
        if score > 0:  # pyright: ignore[reportGeneralTypeIssues]
            print("mypy does not ask what __bool__ gives")
        range(i)  # type: ignore[call-overload]
        float(score)  # type: ignore[arg-type]
        score + "1"  # type: ignore[operator]
        return score

    hip_mlir.score_mod(all_of_it, mask_mod=lambda b, h, i, j: j <= i)
    hip_mlir.attention(q, q, q, mask_mod=lambda b, h, i, j: (i - j < 16) & (j <= i))
    hip_mlir.attention(q, q, q, mask_mod=lambda i, j: j <= i)  # type: ignore[arg-type, misc]
    hip_mlir.score_mod(lambda score, i, j: score)  # type: ignore[arg-type, misc]


def programs(q: Halves, theirs: Theirs, out: Floats) -> None:
    engine = hip_mlir.Engine("cuda:0", cache=Path("cache"), cache_bytes=1 << 20, threads=4, log=print)
    assert_type(engine.device, str)
    assert_type(engine.target, str)
    text = hip_mlir.attention_text("float16", 32, 8, 128, hip_mlir.HIP, value_size=64, has_lists=True)
    assert_type(text, str)
    program = hip_mlir.compile(text, "attention", engine=engine)
    assert_type(program, hip_mlir.Program)
    assert_type(hip_mlir.load(Path("attention.hipc"), engine), hip_mlir.Program)
    assert_type(engine.compile(text), hip_mlir.Program)
    assert_type(engine.load(b"package"), hip_mlir.Program)
    assert_type((program.inputs, program.outputs, program.engine), tuple[int, int, hip_mlir.Engine])
    assert_type(program(q, q, q, 0.125, out=out), Floats)
    assert_type(program(q, q, q, out=(q, out)), tuple[Halves, Floats])
    result = program(q, np.float32(0.125))
    assert isinstance(result, np.ndarray)
    assert_type(result, np.ndarray[tuple[int, ...], np.dtype[np.generic]])
    assert_type(program(theirs, 2), Theirs | tuple[Theirs, ...])
    assert_type(program.explain(), str)
    assert_type(hip_mlir.explain(program), str)
    assert_type(hip_mlir.explain(q, q, q, hip_mlir.HIP, window=64, return_lse=True), str)
    assert_type(hip_mlir.version(), str)

    hip_mlir.attention_text("float64", 32, 8, 128)  # type: ignore[arg-type]
    hip_mlir.compile(b"module {}")  # type: ignore[arg-type]
    hip_mlir.Engine(0)  # type: ignore[arg-type]
    hip_mlir.explain(q, q, 64)  # type: ignore[call-overload]
    program("q")  # type: ignore[call-overload]


def reports(q: Halves) -> None:
    report = hip_mlir.report(q, q, q, "hip", rows=[0, 5], top=32, sink=128, engine=hip_mlir.Engine())
    assert_type(report, hip_mlir.Report)
    assert_type(report.mass, Floats)
    assert_type(report.best, np.ndarray[tuple[int, ...], np.dtype[np.bool_]])
    assert_type(report.rows, tuple[int, ...])
    assert_type(report.policy, hip_mlir.Policy)
    hip_mlir.report(q, q, q)  # type: ignore[call-arg]


def errors() -> None:
    of_arguments: list[type[hip_mlir.Error]] = [hip_mlir.ArgumentTypeError, hip_mlir.InvalidError,
                                                hip_mlir.UnsupportedError]
    others: list[type[hip_mlir.Error]] = [hip_mlir.CapacityError, hip_mlir.CorruptError, hip_mlir.DeviceError,
                                          hip_mlir.InternalError, hip_mlir.NotFoundError]
    try:
        hip_mlir.version()
    except hip_mlir.NotFoundError as error:
        assert_type(error, hip_mlir.NotFoundError)
        caught: FileNotFoundError = error
        print(caught, of_arguments, others)
