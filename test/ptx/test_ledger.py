"""The check of the ledger itself: what differs from what ran on a GPU is a failure that says so."""

import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "test/ptx"), str(ROOT / ".ci/checks")]

import configurations  # noqa: E402
import ledger  # noqa: E402

HIP_RUN = Path(os.environ.get("HIP_RUN", ROOT / "build" / "dev" / "bin" / "hip-run"))
TOOL = HIP_RUN.with_name("hip-compile")
RELEASED = ("window-f16 all --policy 'window<block_q = 16>' --sink 16 --head-size 32 --dtype f16\n"
            "dense-f32 sm_90a --policy 'dense<block_q = 16>' --head-size 32 --dtype f32  # a comment\n")


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    path = tmp_path_factory.mktemp("list") / "configurations.txt"
    path.write_text("# comment\n\n" + RELEASED)
    return configurations.load(path)


@pytest.fixture(scope="session")
def hashes(released):
    return configurations.hashes(TOOL, released)


@pytest.fixture
def recorded(hashes):
    """A ledger in which everything passed."""
    entries = {name: {chip: {"ptx_sha256": sha256, "cases": len(configurations.SHAPES),
                             "worst_error": 0.5, "milliseconds": 1.0} for chip, sha256 in chips.items()}
               for name, chips in hashes.items()}
    return {"format": 1, "device": "a GPU", "driver": "1", "date": "2026-01-01",
            "configurations": entries}


def check(recorded, tmp_path, released):
    path = tmp_path / "ledger.json"
    path.write_text(recorded if isinstance(recorded, str) else json.dumps(recorded))
    return [f"{name}: {fault}" for name, fault in ledger.check(path, TOOL, released) if fault]


def test_hashes_are_of_the_text_for_each_chip(released, hashes):
    assert [c.name for c in released] == list(hashes) == ["window-f16", "dense-f32"]
    assert {tuple(chips) for chips in hashes.values()} == {("sm_90a", "sm_80")}
    assert len({sha256 for chips in hashes.values() for sha256 in chips.values()}) == 4
    assert released[0].ptx_sha256(TOOL, "sm_80") == hashes["window-f16"]["sm_80"]


def test_what_ran_passes(recorded, tmp_path, released):
    assert check(recorded, tmp_path, released) == []


def test_another_hash_fails_with_both(recorded, hashes, tmp_path, released):
    wrong = "0" * 64
    recorded["configurations"]["dense-f32"]["sm_80"]["ptx_sha256"] = wrong
    fault, = check(recorded, tmp_path, released)
    for piece in ("dense-f32 sm_80", wrong, hashes["dense-f32"]["sm_80"], "a GPU",
                  "run scripts/device-test.sh on a GPU machine"):
        assert piece in fault


@pytest.mark.parametrize("level", ["chip", "configuration", "all"])
def test_what_did_not_run_fails(level, recorded, tmp_path, released):
    entries = recorded["configurations"]
    if level == "chip":
        del entries["window-f16"]["sm_90a"]
    elif level == "configuration":
        del entries["window-f16"]
    else:
        del recorded["configurations"]
    faults = check(recorded, tmp_path, released)
    assert len(faults) == {"chip": 1, "configuration": 2, "all": 4}[level]
    assert all("the ledger lacks it" in fault for fault in faults)
    assert any("window-f16 sm_90a" in fault for fault in faults)


WRONG = [("cases", 0), ("cases", len(configurations.SHAPES) - 1), ("cases", len(configurations.SHAPES) + 1),
         ("cases", None), ("worst_error", 1.0001), ("worst_error", -0.1), ("worst_error", float("nan")),
         ("worst_error", float("inf")), ("worst_error", None), ("worst_error", "0.5"), ("worst_error", True),
         ("milliseconds", 0), ("milliseconds", None), ("milliseconds", float("nan"))]


@pytest.mark.parametrize("field, value", WRONG)
def test_a_run_that_shows_less_fails(field, value, recorded, tmp_path, released):
    """The hash is right, but not all cases ran, or one was out of its bound."""
    recorded["configurations"]["dense-f32"]["sm_80"][field] = value
    fault, = check(recorded, tmp_path, released)
    assert "dense-f32 sm_80" in fault and str(value) in fault and "run scripts/device-test.sh" in fault


@pytest.mark.parametrize("field", ["cases", "worst_error", "milliseconds"])
def test_a_run_that_says_nothing_fails(field, recorded, tmp_path, released):
    del recorded["configurations"]["dense-f32"]["sm_80"][field]
    assert len(check(recorded, tmp_path, released)) == 1


@pytest.mark.parametrize("error", [0, 0.0, 1.0])
def test_errors_up_to_the_bound_pass(error, recorded, tmp_path, released):
    recorded["configurations"]["dense-f32"]["sm_80"]["worst_error"] = error
    assert check(recorded, tmp_path, released) == []


def test_another_chip_fails(recorded, tmp_path, released):
    entry = recorded["configurations"]["dense-f32"]
    entry["sm_70"] = entry["sm_80"]
    fault, = check(recorded, tmp_path, released)
    assert "dense-f32 sm_70" in fault and "sm_90a, sm_80" in fault


def test_the_ledger_that_is_here_is_of_the_shapes_that_run():
    """Without the compiler: every configuration, both chips, all cases, within the bound."""
    recorded = json.loads(ledger.LEDGER.read_text())["configurations"]
    for configuration in configurations.load():
        chips = recorded[configuration.name]
        assert set(chips) == set(configurations.LEDGER_CHIPS)
        assert [ledger.run_fault(entry) for entry in chips.values()] == [None, None]


def test_what_is_not_released_fails(recorded, tmp_path, released):
    recorded["configurations"]["old"] = {}
    fault, = check(recorded, tmp_path, released)
    assert "old" in fault and "no configuration" in fault


@pytest.mark.parametrize("text, piece", [("", "no JSON"), ("[]", "format 1"), ("{}", "format 1"),
                                         ('{"format": 2}', "format 1"), ("{", "no JSON")])
def test_a_file_that_is_no_ledger_fails(text, piece, tmp_path, released):
    fault, = check(text, tmp_path, released)
    assert piece in fault


def test_no_file_fails(tmp_path, released):
    (name, fault), = ledger.check(tmp_path / "ledger.json", TOOL, released)
    assert name == "ledger.json" and "there is no ledger" in fault


def test_names_are_given_once(tmp_path):
    path = tmp_path / "configurations.txt"
    for text in (RELEASED + RELEASED, "a sm_70 --policy 'dense<block_q = 16>'"):
        path.write_text(text)
        with pytest.raises(ValueError, match="twice or chips"):
            configurations.load(path)


def test_the_released_list_has_flags_that_are_known():
    released = configurations.load()
    assert len(released) >= 40
    for configuration in released:
        assert configuration.options.dtype in ("f16", "bf16", "f32"), configuration.name
    assert any(not c.uses_tensor_cores for c in released)
