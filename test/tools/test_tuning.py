"""hip-compile --tuning: schedules that were measured come before the compiler's own."""

import json
import re

import pytest
from hip_compile import run

KERNEL = re.compile(r"kernel '([^']+)': #hip\.schedule<([^>]+)>, (.*)$", re.M)


def compiled(folder, table, *words, chip="sm_90a"):
    """The PTX, and what --explain says of kernels: {name: (schedule, of whom)}."""
    ptx = folder / "p.ptx"
    (folder / "t.json").write_text(table if isinstance(table, str) else json.dumps(table))
    done = run("attention", "--policy", "dense", "--chip", chip, "--format=ptx", "-o", ptx, "--explain", "--tuning",
               folder / "t.json", *words)
    assert done.returncode == 0, done.stderr
    return ptx.read_text(), {name: (schedule, of) for name, schedule, of in KERNEL.findall(done.stdout + done.stderr)}


def test_a_table_comes_before_the_model(tmp_path):
    plain = tmp_path / "plain.ptx"
    assert run("attention", "--policy", "dense", "--format=ptx", "-o", plain).returncode == 0
    empty = {"chip": "sm_90a", "kernels": []}
    code, kernels = compiled(tmp_path, empty)
    assert code == plain.read_text()  # an empty table changes nothing
    assert {"of many rows", "of few rows"} == {re.search("of (many|few) rows", name)[0] for name in kernels}
    assert all("the model's" in of and "t.json has no such kernel" in of for _, of in kernels.values())
    many = next(name for name in kernels if "many" in name)
    model = kernels[many][0]
    tuned = model.replace("stages = 3", "stages = 2")  # the default, which is left out
    code, kernels = compiled(tmp_path, {"chip": "sm_90a", "kernels": [{"kernel": many, "schedule": tuned, "gain": 1.02}]})
    assert code != plain.read_text()
    assert kernels[many][0] == tuned.replace(", stages = 2", "")
    assert f"from {tmp_path / 't.json'}; the model has #hip.schedule<{model}>" in kernels[many][1]
    # What is as the model has it is the same code.
    assert compiled(tmp_path, {"chip": "sm_90a", "kernels": [{"kernel": many, "schedule": model}]})[0] == plain.read_text()


@pytest.mark.parametrize("table, words, pieces", [
    ("{", (), ["t.json"]), ("[]", (), ["t.json", "no array \"kernels\""]),
    ({"kernels": []}, (), ["t.json: has no text \"chip\""]),
    ({"chip": "sm_90a", "kernels": [{"kernel": "a"}]}, (), ["kernel 1 has no text \"schedule\""]),
    ({"chip": "sm_90a", "kernels": [1]}, (), ["kernel 1 is no object"]),
    ({"chip": "sm_80", "kernels": []}, (), ["t.json: has schedules for sm_80, but this is code for sm_90a"]),
    ({"chip": "sm_90a", "kernels": []}, ("--chip", "cpu"), ["for sm_90a, but this is code for a CPU"]),
    ({"chip": "sm_90a", "kernels": [{"kernel": "a", "schedule": "threads = 5, rows = 1, columns = 1"}]}, (), ["threads = 5"])])
def test_tables_are_refused(tmp_path, table, words, pieces):
    (tmp_path / "t.json").write_text(table if isinstance(table, str) else json.dumps(table))
    done = run("attention", "--policy", "dense", "--tuning", tmp_path / "t.json", "-o", tmp_path / "p.hipc", *words)
    assert done.returncode == 1 and not (tmp_path / "p.hipc").exists()
    for piece in pieces:
        assert piece in done.stderr


def test_a_table_has_to_be_there(tmp_path):
    done = run("attention", "--tuning", tmp_path / "none.json", "-o", tmp_path / "p.hipc")
    assert done.returncode == 1 and "none.json" in done.stderr
