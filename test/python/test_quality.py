"""The quality lab's arithmetic, its prompts and files, and a short run of it."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import ROOT

LAB = ROOT / "benchmarks/quality"
sys.path.append(str(LAB))

import hip_mlir  # noqa: E402
import measure  # noqa: E402
import plan  # noqa: E402
import prompts  # noqa: E402
import results  # noqa: E402
import synthetic  # noqa: E402

TEXT = "It was a dark night and nobody was at sea.\n" * 200


def encode(text):
    return list(text.encode("latin-1"))


@pytest.mark.parametrize("right, total, low, high", [
    (0, 10, 0, .2775), (10, 10, .7225, 1), (8, 10, .4902, .9433), (95, 100, .8882, .9785)])
def test_wilson(right, total, low, high):
    assert results.wilson(right, total) == pytest.approx((low, high), abs=1e-4)


def test_wilson_of_nothing():
    assert results.wilson(0, 0) == (0, 1)


def test_passkeys():
    made = prompts.passkeys(encode, [TEXT], 2048, 20, 7)
    assert [prompt.depth for prompt in made[:10]] == pytest.approx(np.arange(.05, 1, .1))
    assert len({prompt.answer for prompt in made}) == 20
    for prompt in made:
        text = bytes(prompt.tokens).decode()
        assert len(text) == 2048 and text.endswith("\n\nWhat is the pass key? The pass key is ")
        sentence = f"\n\nThe pass key is {prompt.answer}. Remember it.\n\n"
        assert text.count(sentence) == 1 and text.count(prompt.answer) == 1
        place = text.index(sentence)
        # At its depth, before a space.
        assert 0 <= place - int(prompt.depth * (2048 - 40 - 41)) < 64 and text[place + len(sentence)] in " \n"


def test_prompts_follow_their_seed():
    one, same, other = (prompts.passkeys(encode, [TEXT], 1024, 5, seed) for seed in (1, 1, 2))
    assert one == same and one != other
    # More prompts begin with the same ones.
    assert prompts.passkeys(encode, [TEXT], 1024, 9, 1)[:5] == one


def test_several():
    made = prompts.several(encode, [TEXT], 4096, 16, 3, keys=12, asked=4)
    assert len(made) == 16 and {len(prompt.tokens) for prompt in made} == {4096}
    for number, prompt in enumerate(made):
        text = bytes(prompt.tokens).decode()
        name = text.rsplit("for ", 1)[1].removesuffix(" is ")
        assert text.count("Remember it.") == 12
        assert f"\n\nThe pass key for {name} is {prompt.answer}. Remember it.\n\n" in text
        body = text.split("\n\nWhat is")[0]
        assert body == bytes(made[number // 4 * 4].tokens).decode().split("\n\nWhat is")[0]


def test_results_go_on(tmp_path, capsys):
    path = tmp_path / "new/results.jsonl"
    results.Results(path, "chip").add({"kind": "a", "n": 1}, {"share": 1}, 0.5)
    with path.open("a") as file:
        file.write('{"cell": {"kind": "b"')
    again = results.Results(path, "chip")
    assert "line 2 was cut off" in capsys.readouterr().out
    assert {"n": 1, "kind": "a"} in again and {"kind": "b"} not in again
    again.add({"kind": "b"}, {}, 1)
    lines = [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]
    assert [line["cell"]["kind"] for line in lines] == ["a", "b"]
    assert lines[0]["chip"] == "chip" and lines[0]["commit"] and lines[0]["date"].endswith("Z")
    assert {"kind": "b"} in results.Results(tmp_path / "other.jsonl", "chip", [path])


def test_positions():
    bits = np.arange(2000.0)
    found = measure._by_position(bits, np.full(2000, 2), 100)
    assert found["bits"] == 999.5 / 2 and found["bytes"] == 4000
    assert found["by_position"] == [[256, 63.75], [1024, 319.75], [2000, 755.75]]
    assert found["decoded_bits"] == (1900 + 1999) / 4


class CountingModel:
    """Says the digits that stand at the start of its prompt, and counts steps."""

    batch_tokens, steps = 200, 0

    def start(self, tokens):
        self.rows, self.place, self.length = tokens, 0, tokens.shape[1]
        return self.rows

    def step(self, tokens):
        self.steps += 1
        self.length += 1
        self.place += self.length > 100
        return tokens

    def best(self, _hidden):
        return self.rows[:, self.place]

    def decode(self, tokens):
        return bytes(tokens.tolist()).decode()


def test_answers():
    asked = [prompts.Prompt(tuple(encode(f"{n}" + "x" * 95)), str(n), 0) for n in (12345, 99, 54321)]
    asked[1] = prompts.Prompt(tuple(encode("00099" + "x" * 95)), "00099", 0)
    for decoded in (0, 40):
        model = CountingModel()
        assert measure.answers(model, asked, decoded) == ["12345", "00099", "54321"]
        # Two prompts fit a batch.
        assert model.steps == 2 * (decoded + 4)


class SharingModel(CountingModel):
    """Keeps what it has read of each prompt."""

    batch_tokens = 400

    def start(self, tokens):
        self.begun = [*getattr(self, "begun", ()), tokens.shape]
        super().start(tokens)
        self.rows = self.rows[:, :5]
        self.read = tokens
        return self.rows

    def repeat(self, count):
        self.rows, self.read = np.repeat(self.rows, count, axis=0), np.repeat(self.read, count, axis=0)

    def more(self, tokens):
        self.length += tokens.shape[1]
        self.read = np.concatenate([self.read, tokens], axis=1)
        return self.rows

    def best(self, hidden):
        self.whole = [*getattr(self, "whole", ()), *map(tuple, self.read)]
        return super().best(hidden)


def test_prompts_share_what_they_begin_with():
    """A text of several prompts is read once, up to whole query blocks; then each goes on by itself."""
    body = {number: f"{number}" + "x" * 90 for number in (12345, 54321)}
    asked = [prompts.Prompt(tuple(encode(text + f"{place:05}")), str(number), 0, len(text))
             for number, text in body.items() for place in range(6)]
    model = SharingModel()
    assert measure.answers(model, asked, 0) == ["12345"] * 6 + ["54321"] * 6
    assert model.begun == [(1, 64)] * 2
    assert list(dict.fromkeys(model.whole)) == [prompt.tokens for prompt in asked]
    # No more than twice a batch at once, and the last tokens by steps.
    model = SharingModel()
    model.batch_tokens = 200
    assert measure.answers(model, asked, 20) == ["12345"] * 6 + ["54321"] * 6
    assert model.begun == [(1, 64)] * 4
    alone = prompts.several(encode, [TEXT], 2048, 8, 3, keys=8, asked=4)
    assert all(alone[0].tokens[:alone[0].shared] == each.tokens[:each.shared] for each in alone[1:4])
    assert alone[3].tokens[:alone[3].shared] != alone[4].tokens[:alone[4].shared]


def test_equal_budgets():
    """Policies of one budget attend as many keys."""
    q, k, v = (np.load(f"{measure.RECORDED}_{name}.npy") for name in "qkv")
    for keep in (128, 512):
        for each in plan.main_settings(keep)[1:]:
            if each.name == "union":  # parts may choose the same blocks
                continue
            report = hip_mlir.report(q, k, v, hip_mlir.parse_policy(each.policy), rows=[7167],
                                     scale=measure.RECORDED_SCALE,
                                 **each.options())
            assert abs(report.keys.mean() - (plan.SINK + plan.WINDOW + keep + 32)) <= 65, each


def test_stretched():
    q, k, v, place = synthetic.stretched(1 << 15, 5)
    real = np.load(ROOT / "examples/data/passkey_k.npy")
    assert q.shape == (4, 64, 64) and k.shape == v.shape == (1, 1 << 15, 64) and k.dtype == np.float16
    np.testing.assert_array_equal(k[0, :128], real[0, :128])
    np.testing.assert_array_equal(k[0, -1024:], real[0, -1024:])
    np.testing.assert_array_equal(k[0, place], real[0, synthetic.NEEDLE])
    assert np.isfinite(k.astype(np.float32)).all()
    scores = q[:, -1].astype(np.float32) @ k[0].astype(np.float32).T
    assert list(scores[list(synthetic.LOOKING)].argmax(-1)) == [place] * 3


def lab(*arguments, fails=False):
    done = subprocess.run([sys.executable, LAB / "lab.py", *map(str, arguments)], text=True, capture_output=True,
                          env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_short_run(tmp_path):
    """Recorded and stretched keys, and a model where HIP_TINY_LM names one."""
    out = tmp_path / "results.jsonl"
    text = lab("--quick", "--out", out)
    lines = results.read(out)
    found = {(line["cell"]["kind"], line["cell"]["name"]): line["result"] for line in lines}
    kinds = {"recorded", "synthetic", *({"texts", "passkey", "layers"} if os.environ.get("HIP_TINY_LM") else ())}
    assert text.strip().endswith("PASSED") and {kind for kind, _ in found} == kinds
    recorded = {name: np.mean(result["mass"]) for (kind, name), result in found.items() if kind == "recorded"}
    assert recorded["dense"] == 1 and min(recorded["tree"], recorded["boxes"]) > recorded["window"] > .5
    assert found["synthetic", "window"]["needle"]["right"] == 0
    assert found["synthetic", "boxes"]["needle"]["right"] == 3
    assert found["synthetic", "boxes"]["share_of_keys"] < .02
    # Nothing is measured twice.
    assert lab("--quick", "--out", out).strip() == "PASSED" and results.read(out) == lines


def test_jobs(tmp_path):
    """Processes side by side measure what one does, and what is timed after the rest."""
    files = [tmp_path / f"{jobs}.jsonl" for jobs in (1, 3)]
    texts = [lab("recorded", "synthetic", "--quick", "--policy", "window", "--jobs", jobs, "--out", file)
             for jobs, file in zip((1, 3), files)]
    one, three = ({results.key_of(line["cell"]): line["result"] for line in results.read(file)} for file in files)
    assert one.keys() == three.keys() and all(text.strip().endswith("PASSED") for text in texts)
    for key, result in one.items():
        for name in set(result) - {"block_seconds", "row_seconds"}:
            assert result[name] == three[key][name], (key, name)
    assert [line["cell"]["kind"] for line in results.read(files[1])] == ["recorded", "synthetic"]
    assert "--jobs is 0; give 1 or more" in lab("--jobs", 0, fails=True)


def test_the_whole_takes_less_than_eight_minutes():
    """As docs/quality.md says, by what its cells took."""
    from documented import times, wall_minutes, whole
    from tables import lines_of
    found = [each for each in times(lines_of(sorted((LAB / "results").glob("tiny*.jsonl")))) if whole(each[0])]
    assert {name for name, *_ in found} == {*plan.WHOLE, "recorded", "synthetic"}
    for name, known, count in found:
        assert len(known) == count, f"{name}: {count - len(known)} cells were not measured"
    assert sum(wall_minutes(name, known) for name, known, _ in found) < 8


def tables(*arguments):
    done = subprocess.run([sys.executable, LAB / "tables.py", *map(str, arguments)], text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def passkeys_file(tmp_path, each, *shares, **more):
    file = results.Results(tmp_path / "results.jsonl", "chip")
    for length, right in shares:
        cell = {**plan.asdict(each), "kind": "passkey", "model": "tiny", "length": length, "decoded": 0,
                "seed": results.SEED, **more}
        file.add(cell, results.share(right, 100), 1)
    return file.path


SHARES = """
| | 2,048 | 32,768 |
| --- | --- | --- |
| window 512 | 1.000 (0.963 to 1.000) | 0.030 (0.010 to 0.085) |
"""


def test_tables(tmp_path):
    file = passkeys_file(tmp_path, plan.main_settings()[1], (32768, 3), (2048, 100))
    assert tables(file, "--all") == f"### Passkeys by tokens, tiny\n{SHARES}\n"
    assert tables(file) == f"### passkeys\n{SHARES}\n"


def test_tables_of_another_seed(tmp_path):
    file = passkeys_file(tmp_path, plan.main_settings()[1], (32768, 3), (2048, 100), seed=7)
    assert tables(file, "--all") == f"### Passkeys by tokens, tiny, seed 7\n{SHARES}\n"
    assert tables(file) == f"### held-out-passkeys\n{SHARES}\n"


def test_tables_of_intervals_by_part(tmp_path):
    default = plan.replace(plan.main_settings()[-1], refresh=(8, 1))
    file = passkeys_file(tmp_path, default, (8192, 90), decoded=40)
    passkeys_file(tmp_path, plan.replace(default, refresh=8), (8192, 30), decoded=40)
    assert tables(file) == """### decoded-passkeys

| | 8 |
| --- | --- |
| union 512 | 0.300 (0.219 to 0.396) |

### decoded-passkeys-by-part

| | 8, 1 |
| --- | --- |
| union 512 | 0.900 (0.826 to 0.945) |

"""


def test_update(tmp_path):
    file, document = passkeys_file(tmp_path, plan.main_settings()[1], (32768, 3), (2048, 100)), tmp_path / "a.md"
    text = "One\n\n<!-- table: passkeys -->\n{}\nTwo\n\n<!-- table: keys -->\n{}\nThree\n"
    document.write_text(text.format("", "\n| old |\n| --- |\n"))
    for _ in range(2):
        tables(file, "--update", document)
        assert document.read_text() == text.format(SHARES, "")


def test_document_has_the_results():
    """docs/quality.md says what the files of results do."""
    from documented import documented
    from tables import lines_of, updated
    text = (ROOT / "docs/quality.md").read_text()
    assert text == updated(text, dict(documented(lines_of(sorted((LAB / "results").glob("*.jsonl")))))), \
        "docs/quality.md differs; run benchmarks/quality/tables.py benchmarks/quality/results/*.jsonl --update docs/quality.md"


def test_names_of_policies():
    """Results of one name are of one policy, and the plan's are those of the files."""
    assert plan.union(512) == hip_mlir.HIP
    settings = [each for keep in plan.BUDGETS for each in plan.main_settings(keep)]
    settings += plan.searches() + plan.smaller() + plan.held_out()
    settings += [each for keep in (512, 2048, 5120) for each in plan.wide(keep)]
    cells = [plan.asdict(each) for each in settings]
    cells += [line["cell"] for file in (LAB / "results").glob("*.jsonl") for line in results.read(file)]
    found = {}
    for cell in cells:
        what = cell["policy"], cell["sink"], cell["window"]
        assert found.setdefault((cell["name"], cell["keep"]), what) == what, cell


def test_intervals():
    default = plan.union_setting(512, plan.union(512))
    assert default.name == "union" and default.refreshes() == (1, 1)
    assert plan.replace(default, refresh=8).refreshes() == (8, 8)
    by_part = plan.replace(default, refresh=(8, 1))
    assert by_part.refreshes() == (8, 1)
    cell = json.loads(json.dumps(plan.asdict(by_part)))
    assert cell["refresh"] == [8, 1] and measure.setting_of(cell) == by_part
    assert results.key_of(cell) == results.key_of(plan.asdict(by_part))


def test_sets():
    made = {name: list(cells()) for name, cells in plan.ModelCells(["a", "b"], lengths=(2048, 32768)).sets().items()}
    assert {cell["seed"] for cell in made["held-out"]} == {results.HELD_OUT_SEED}
    assert {cell.get("seed", results.SEED) for name, cells in made.items() if name != "held-out" for cell in cells} == \
        {results.SEED}
    assert {cell["seed"] for name in ("main", "held-out") for cell in plan.ModelCells(["a"], seed=5).sets()[name]()
            if cell["kind"] == "passkey"} == {5}
    assert [cell["refresh"] for cell in made["refresh"] if cell["kind"] == "passkey"][-4:] == list(plan.REFRESHES_BY_PART)


def test_shares():
    from lab import shared
    chosen = [cell for cells in plan.ModelCells(["a"]).sets().values() for cell in cells()]
    parts = [shared(chosen, place, 6) for place in range(6)]
    assert sorted(map(results.key_of, sum(parts, []))) == sorted(map(results.key_of, chosen))
    times = [sum(map(plan.seconds, part)) for part in parts]
    assert max(times) < 1.2 * min(times)


def test_experiments():
    """Rules choose as many keys as they should; the needle's is among them, and exact ones choose the best."""
    import experiments
    rng = np.random.default_rng(3)
    k = rng.standard_normal((4096, 16)).astype(np.float32)
    q = rng.standard_normal((8, 16)).astype(np.float32)
    k[777] = 4 * q[0]
    best = set(experiments.best_of((q @ k.T).max(0).reshape(-1, 8).max(1), 64))
    for name, rule in experiments.RULES.items():
        found, _ = rule(q, k, 1024, 512)
        assert 448 <= len(found) == len(set(found)) <= 512 and 0 <= found.min() <= found.max() < 4096, name
        assert name == "tree" or 777 in found, name
    # 64 boxes of 64 keys, a bound of which is two products, and 1,024 keys.
    assert [rule(q, k, 1024, 512)[1] for rule in (experiments.boxes, experiments.spheres, experiments.more_spheres,
                                                  experiments.means_between)] == [1152, 1088, 1152, 1152]
    assert experiments.tree(q, k, 1024, 512)[1] == 3 * 512
    # A first level of everything is exact.
    for rule in (experiments.boxes, experiments.spheres):
        assert {int(key) // 8 for key in rule(q, k, 4096, 512)[0]} == best
    assert len(experiments.by_mass(1)(q, k, 1024, 512)[0]) == 1024
    assert len(experiments.by_mass(.01)(q, k, 1024, 512)[0]) < 128


def test_sets_that_are_measured():
    """The whole unless told otherwise, or all."""
    import lab as lab_of
    arguments = SimpleNamespace(model="tiny", seed=None, quick=False, device="cuda", sets=[])
    sets = plan.ModelCells(["a"]).sets()

    def chosen(*names):
        arguments.sets = [*names]
        return {results.key_of(cell) for cell in lab_of._model_cells(arguments, ["a"])}

    def keys(names):
        return {results.key_of({**cell, "model": "tiny"}) for name in names for cell in sets[name]()}
    assert chosen() == keys(plan.WHOLE) < chosen("all") == keys(sets)
    assert chosen("searches") == keys(["searches"]) and not keys(["held-out"]) & chosen()
    with pytest.raises(SystemExit, match="there is no set hold-out; give some of main"):
        chosen("hold-out")


def test_refuses():
    assert "there is no kind speed" in lab("speed", fails=True)
    env = {**os.environ}
    env.pop("HIP_TINY_LM", None)
    done = subprocess.run([sys.executable, LAB / "lab.py", "passkey"], text=True, capture_output=True, env=env)
    assert done.returncode == 2 and "give --folder or $HIP_TINY_LM" in done.stderr


def save_tensors(path, tensors):
    """A .safetensors file of float32 arrays."""
    header, place = {}, 0
    for name, array in tensors.items():
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": [place, place + array.nbytes]}
        place += array.nbytes
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(array.tobytes() for array in tensors.values()))


def test_a_packed_model_is_read(tmp_path, rng):
    """Matrices to half a step of their rows, vectors as they were."""
    import numpy_model
    import pack_model
    tensors = {"a.weight": rng.standard_normal((5, 7), np.float32), "norm.weight": rng.standard_normal(7, np.float32)}
    tensors["a.weight"][2] = 0
    save_tensors(tmp_path / "some.safetensors", tensors)
    (tmp_path / "config.json").write_text('{"weight_files": ["some.safetensors"], "dtype": "float32"}')
    subprocess.run([sys.executable, pack_model.__file__, tmp_path, tmp_path / "out"], check=True,
                   env={**os.environ, "PYTHONPATH": str(ROOT / "python")})
    read = numpy_model.NumpyModel(tmp_path / "out").weights
    assert list(read) == list(tensors)
    np.testing.assert_array_equal(read["norm.weight"], tensors["norm.weight"])
    # Scales are rounded to f16.
    step = np.abs(tensors["a.weight"]).max(axis=1, keepdims=True) / pack_model.MOST
    assert (np.abs(read["a.weight"] - tensors["a.weight"]) <= 0.52 * step).all()
