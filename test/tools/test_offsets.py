"""hip-run attention --query-offsets and --key-offsets: entries of several lengths beside runs of their own."""

import subprocess

import numpy as np
import pytest
from hip_compile import HIP_RUN, TOOL

TREE = "--policy", "tree<block_q = 16, block_k = 2, keep = 16>", "--sink", "8", "--window", "8"
ROWS, KEYS = [40, 0, 1, 16], [90, 9, 33, 16]
RESULTS = "out", "lse", "blocks", "counts"


def run(folder, *words, code=0):
    done = subprocess.run([HIP_RUN, "attention", *TREE, "--device", "cpu", *words], capture_output=True, text=True,
                          cwd=folder, timeout=120)
    assert done.returncode == code, done.stderr
    return done.stderr


def attend(folder, arrays, *words):
    """Results of arrays q, k and v."""
    for name, array in zip("qkv", arrays):
        np.save(folder / f"{name}.npy", array)
    run(folder, *(word for name in ("q", "k", "v", *RESULTS) for word in (f"--{name}", f"{name}.npy")), *words)
    return [np.load(folder / f"{name}.npy") for name in RESULTS]


def listed(counts):
    return ",".join(map(str, np.cumsum([0, *counts])))


def make(rng, batch=(), rows=sum(ROWS), keys=sum(KEYS)):
    return [rng.integers(-4, 5, (*batch, heads, count, 32)).astype(np.float32)
            for heads, count in ((4, rows), (2, keys), (2, keys))]


def check(folder, packed, own):
    """Results of packed queries beside own(entry), the arrays of each."""
    out, lse, blocks, counts = packed
    assert blocks.shape[:3] == (len(ROWS), 2, 3) and counts.shape == (len(ROWS), 2, 3)
    starts = np.cumsum([0, *ROWS])
    for entry, rows in enumerate(ROWS):
        many = -(-rows // 16)
        assert not counts[entry, :, many:].any()
        if rows:
            wanted = attend(folder, own(entry))
            begin, end = starts[entry:entry + 2]
            for got, want in ((out[..., begin:end, :], wanted[0]), (lse[..., begin:end], wanted[1]),
                              (counts[entry, :, :many], wanted[3])):
                np.testing.assert_array_equal(got.reshape(want.shape), want)
            np.testing.assert_array_equal(blocks[entry, :, :many], wanted[2].reshape(2, many, -1))


@pytest.mark.parametrize("batch", [(), (1,)])
def test_both_are_packed(batch, tmp_path):
    """By numbers, and by files of either type."""
    arrays = make(np.random.default_rng(3), batch)
    packed = attend(tmp_path, arrays, "--query-offsets", listed(ROWS), "--key-offsets", listed(KEYS))
    assert packed[0].shape == (*batch, 4, sum(ROWS), 32) and packed[1].shape == (*batch, 4, sum(ROWS))
    starts, key_starts = np.cumsum([0, *ROWS]), np.cumsum([0, *KEYS])
    np.save(tmp_path / "rows.npy", starts.astype(np.int32))
    np.save(tmp_path / "keys.npy", key_starts)
    for one, two in zip(packed, attend(tmp_path, arrays, "--query-offsets", "rows.npy", "--key-offsets", "keys.npy")):
        np.testing.assert_array_equal(one, two)

    def own(entry):
        q, k, v = arrays
        rows, keys = (slice(*each[entry:entry + 2]) for each in (starts, key_starts))
        return q[..., rows, :], k[..., keys, :], v[..., keys, :]
    check(tmp_path, packed, own)


def test_queries_alone(tmp_path):
    q, *_ = make(rng := np.random.default_rng(4))
    _, k, v = make(rng, (len(ROWS),), keys=50)
    starts = np.cumsum([0, *ROWS])
    packed = attend(tmp_path, (q, k, v), "--query-offsets", listed(ROWS))
    check(tmp_path, packed, lambda entry: (q[:, starts[entry]:starts[entry + 1]], k[entry], v[entry]))


def test_keys_alone(tmp_path):
    """As many rows of each entry."""
    q, _, _ = make(rng := np.random.default_rng(5), (len(KEYS),), rows=7)
    _, k, v = make(rng)
    out, lse, _, counts = attend(tmp_path, (q, k, v), "--key-offsets", listed(KEYS))
    for entry, (begin, end) in enumerate(zip(starts := np.cumsum([0, *KEYS]), starts[1:])):
        own_out, own_lse, _, own_counts = attend(tmp_path, (q[entry], k[:, begin:end], v[:, begin:end]))
        for got, want in ((out, own_out), (lse, own_lse), (counts, own_counts)):
            np.testing.assert_array_equal(got[entry], want)


@pytest.mark.parametrize("words, text", [
    (["--query-offsets", "0,x"], "--query-offsets 0,x: 'x' is not a whole number; give numbers such as 0,5,57, or a .npy file"),
    (["--query-offsets", ""], "--query-offsets needs numbers, such as 0,5,57, or a .npy file"),
    (["--query-offsets", "0,5,3,57"], "0,5,3,57: 3 comes after 5; give where each entry begins, ascending from 0, and "
                                      "finally the 57 rows of q.npy (S1b)"),
    (["--query-offsets", "1,57"], "begins with 1; give"),
    (["--query-offsets", "0,56"], "ends with 56; give where"),
    (["--query-offsets", "q.npy"], "q.npy: has element type f32 and shape [4, 57, 32], but --query-offsets takes i32 or "
                                   "i64 [B + 1] (S24)"),
    (["--query-offsets", "none.npy"], "none.npy"),
    (["--key-offsets", ""], "--key-offsets needs numbers"),
    (["--query-offsets", "0,40,57", "--key-offsets", "0,148"], "queries are of 2 batch entries, but keys of 1; pass"),
    (["--query-offsets", "0,57", "--report"], "--query-offsets is given, but --report needs arrays with a batch"),
    (["--key-offsets", "0,148", "--picture", "p.svg"], "--key-offsets is given, but --picture needs"),
    (["--query-offsets", "0,57", "--q", "two.npy"], "two.npy: has batch 2, but offsets say whose rows it has; pass"),
])
def test_refused(words, text, tmp_path):
    for name, array in zip("qkv", make(np.random.default_rng(6))):
        np.save(tmp_path / f"{name}.npy", array)
    np.save(tmp_path / "two.npy", np.zeros((2, 4, 57, 32), np.float32))
    given = ["--k", "k.npy", "--v", "v.npy", "--out", "o.npy", *words]
    assert text in run(tmp_path, *given, *([] if "--q" in words else ["--q", "q.npy"]), code=1)
    assert not (tmp_path / "o.npy").exists()


def test_a_file_of_offsets_is_not_written(tmp_path):
    for name, array in zip("qkv", make(np.random.default_rng(6))):
        np.save(tmp_path / f"{name}.npy", array)
    np.save(tmp_path / "rows.npy", np.array([0, 57], np.int32))
    text = run(tmp_path, "--q", "q.npy", "--k", "k.npy", "--v", "v.npy", "--query-offsets", "rows.npy", "--out", "rows.npy",
               code=1)
    assert "rows.npy" in text and np.load(tmp_path / "rows.npy").dtype == np.int32


def test_the_program_may_be_printed(tmp_path):
    for name, array in zip("qkv", make(np.random.default_rng(6))):
        np.save(tmp_path / f"{name}.npy", array)
    words = ["--q", "q.npy", "--k", "k.npy", "--v", "v.npy", "--query-offsets", "0,57", "--key-offsets", "0,148", "--emit", "mlir"]
    done = subprocess.run([HIP_RUN, "attention", *TREE, *words], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert "hip.query.ragged" in done.stdout and "hip.kv.ragged" in done.stdout


def test_a_package_of_them(tmp_path):
    """hip-compile's flags of these names: offsets and the most rows are inputs."""
    q, k, v = make(np.random.default_rng(7), (1,))
    wanted = attend(tmp_path, (q, k, v), "--query-offsets", listed(ROWS), "--key-offsets", listed(KEYS))
    inputs = {"q": q, "k": k[0].swapaxes(0, 1), "v": v[0].swapaxes(0, 1), "keys": np.cumsum([0, *KEYS], dtype=np.int32),
              "rows": np.cumsum([0, *ROWS], dtype=np.int32), "most": np.zeros((max(ROWS), 0), np.int32)}
    for name, array in inputs.items():
        np.save(tmp_path / f"{name}.npy", np.ascontiguousarray(array))
    sizes = ["--query-heads", "4", "--kv-heads", "2", "--head-size", "32", "--dtype", "f32"]
    subprocess.run([TOOL, "attention", *TREE, *sizes, "--query-offsets", "--key-offsets", "--lse", "--list", "--chip", "cpu",
                    "-o", "a.hipcpkg"], cwd=tmp_path, check=True)
    subprocess.run([HIP_RUN, "a.hipcpkg", *(word for name in inputs for word in ("--in", f"{name}.npy")),
                    *(word for name in RESULTS for word in ("--out", f"own-{name}.npy"))], cwd=tmp_path, check=True)
    for name, want in zip(RESULTS, wanted):
        got = np.load(tmp_path / f"own-{name}.npy")
        if name == "blocks":  # what is past a count may be anything
            got = np.where(np.arange(got.shape[-1]) < wanted[3][..., None], got, 0)
        np.testing.assert_array_equal(got, want)
    refused = subprocess.run([TOOL, "attention", *TREE, "--query-offsets", "--key-offsets", "--batch", "2", "-o", "a"],
                             cwd=tmp_path, capture_output=True, text=True)
    assert refused.returncode == 1 and "--batch 2 is given, but --query-offsets and --key-offsets" in refused.stderr
