"""`anagen trial`: what it prints and leaves, how it goes on, what it refuses before any work."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from test_bad_input import one_sentence

from anagen.files import data_path
from anagen.report.wording import forbidden_phrases
from anagen.trial import run as runs

DESIGN = """schema = 1
[trial]
name = "Minoxidil 5 % and vehicle in men"
visits_weeks = [0, 24]
dropout = 0.1
[population]
diagnosis = "androgenetic_alopecia"
sex = "male"
[[arm]]
name = "minoxidil 5 %"
n = 8
courses = [{ therapy = "minoxidil", route = "topical", form = "solution", strength_percent = 5 }]
[[arm]]
name = "vehicle"
n = 8
courses = [{ therapy = "vehicle", route = "topical" }]
"""
SMALL = ("--follicles", 30, "--workers", 1)
LEFT = {
    "summary.json", "report.html", "run.json", "adsl.csv", "adsl.parquet", "adhc.csv",
    "adhc.parquet",
}  # fmt: skip


@pytest.fixture
def design(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "POOL", 150)  # who enters is learnt sooner, and less well
    path = tmp_path / "design.toml"
    path.write_text(DESIGN)
    return path


def refused(ran, *words: str) -> None:
    """The command ended with one sentence that holds the ``words``, and exit code 2."""
    sentence = one_sentence(ran.err)
    assert (ran.code, ran.out) == (2, "")
    for word in words:
        assert word in sentence


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, by its name in it."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_what_a_run_leaves_and_that_it_goes_on_byte_for_byte(anagen, design, tmp_path):
    once, twice = tmp_path / "once", tmp_path / "twice"
    ran = anagen("trial", design, "--replicates", 6, *SMALL, "--out", once)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Simulated trial: Minoxidil 5 % and vehicle in men")
    for column in ("difference, hairs/cm2", "power", "closed form", "assurance", "type I error"):
        assert column in ran.out
    assert forbidden_phrases(ran.out) == []
    assert str(once / "report.html") in ran.out.replace("\n", "")

    assert anagen("trial", design, "--replicates", 3, *SMALL, "--out", twice).code == 0
    three = json.loads((twice / "summary.json").read_text())
    assert [s["replicates"] for s in three["scenarios"]] == [3, 3, 3]
    assert anagen("trial", design, "--replicates", 6, *SMALL, "--out", twice).code == 0
    assert contents(once) == contents(twice)

    names = set(contents(once))
    assert {name for name in names if "/" not in name} == LEFT
    assert {f"replicates/{s}/replicates.json" for s in ("central", "drawn", "null")} <= names
    drawn = {name for name in names if name.endswith(".svg")}
    assert drawn
    assert {name.replace(".svg", ".csv") for name in drawn} <= names
    record = json.loads((once / "run.json").read_text())
    assert record["input"][0]["text"] == DESIGN
    assert record["seed"] == 0
    assert "anagen" in record["versions"]

    fewer = anagen("trial", design, "--replicates", 3, *SMALL, "--out", twice, "--json")
    assert json.loads(fewer.out) == three


def test_json_follows_its_schema(anagen, design):
    ran = anagen("trial", design, "--replicates", 2, *SMALL, "--scenarios", "central", "--json")
    assert (ran.code, ran.err) == (0, "")
    schema = json.loads(data_path("schema", "trial.json").read_text())
    summary = json.loads(ran.out)
    jsonschema.validate(summary, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(summary | {"simulated": False}, schema)
    assert all(c["assurance"] is None for c in summary["contrasts"])
    written = json.loads(data_path("schema", "design.json").read_text())
    assert {"trial", "population", "arm"} <= set(written["required"])


def test_an_interrupted_run_says_what_is_kept_and_goes_on(anagen, design, tmp_path, monkeypatch):
    given, whole = runs.row_of, tmp_path / "whole"
    out = tmp_path / "out"
    command = ("trial", design, "--replicates", 4, *SMALL, "--scenarios", "central")

    def stopped(plan, replicate):
        if replicate == 2:
            raise KeyboardInterrupt
        return given(plan, replicate)

    monkeypatch.setattr(runs, "row_of", stopped)
    ran = anagen(*command, "--out", out)
    assert ran.code == 130
    assert ran.out == ""
    assert "2 of 4 replicates" in ran.err
    assert str(out / "replicates") in ran.err
    assert {path.name for path in out.iterdir()} == {"replicates"}
    assert anagen(*command).code == 130
    monkeypatch.setattr(runs, "row_of", given)
    assert anagen(*command, "--out", out).code == 0
    assert anagen(*command, "--out", whole).code == 0
    assert contents(out) == contents(whole)


REFUSED = {
    "unknown scenario": (("--scenarios", "centrel"), ["--scenarios", "did you mean 'central'"]),
    "no scenario": (("--scenarios", ","), ["--scenarios", "allowed:"]),
    "no scenario with an effect": (("--scenarios", "null"), ["--scenarios", "central or drawn"]),
    "one replicate": (("--replicates", 1), ["--replicates", "between 2 and", "given: 1"]),
    "no follicles": (("--follicles", 0), ["follicles"]),
    "unknown hypothesis": (("--hypothesis", "sudden"), ["sudden", "gradual"]),
    "seed below 0": (("--seed", -1), ["seed", "given: -1"]),
    "workers here and there": (
        ("--workers", 2, "--scheduler", "tcp://localhost:1"), ["--workers", "scheduler"]),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_bad_options_are_refused_before_any_file(case, anagen, design, tmp_path):
    options, words = REFUSED[case]
    out = tmp_path / "out"
    ran = anagen("trial", design, "--out", out, *options)
    refused(ran, *words)
    assert not out.exists()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [("n = 8", "n = 1", ["arm[0].n", "needs two"]),
     ("dropout = 0.1", "dropuot = 0.1", ["trial", "dropuot", "'dropout'"]),
     ("[trial]", "[trail]", ["trail", "'trial'"]),
     ("visits_weeks = [0, 24]", "visits_weeks = [4, 24]", ["trial.visits_weeks", "begin with 0"])],
)  # fmt: skip
def test_bad_designs_are_refused_before_any_file(old, new, words, anagen, design, tmp_path):
    design.write_text(DESIGN.replace(old, new, 1))
    out = tmp_path / "out"
    refused(anagen("trial", design, "--out", out, *SMALL), *words)
    assert not out.exists()


def test_a_design_is_told_from_a_population(anagen, design, tmp_path):
    assert anagen("check", design).code == 0
    design.write_text(DESIGN.replace("n = 8", "n = 1", 1))
    refused(anagen("check", design), "arm[0].n")
    alone = tmp_path / "population.toml"
    kept = re.findall(r"schema.*|\[population\]|diagnosis.*|sex.*", DESIGN)
    alone.write_text("\n".join(kept))
    assert anagen("check", alone).code == 0
    alone.write_text(re.sub("sex = .*", "", alone.read_text()))
    refused(anagen("check", alone), "population.sex")
