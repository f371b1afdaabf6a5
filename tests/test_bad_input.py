"""Bad input: one sentence that says where, what was given, what is allowed; exit 2; no output."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import write_study


def _first(study):
    return study["results"][0]


def _set(path, value):
    """A mutation: put ``value`` at ``path`` of the study (None removes the key)."""

    def mutate(study):
        part = study
        for step in path[:-1]:
            part = part[step]
        if value is None:
            del part[path[-1]]
        else:
            part[path[-1]] = value

    return mutate


BROKEN = {
    "unknown therapy": (_set(["arms", 0, "therapy"], "exosme"), ["arms[0].therapy", "'exosome'"]),
    "unknown outcome": (
        _set(["results", 0, "outcome"], "hair_densty"),
        ["results[0].outcome", "hair"],
    ),
    "unknown condition": (
        _set(["population", "diagnosis"], "alopecia_aerata"),
        ["alopecia_areata"],
    ),
    "unknown route": (_set(["arms", 0, "route"], "injektion"), ["arms[0].route", "'injection'"]),
    "unknown key": (_set(["results", 0, "weeek"], 4), ["unknown key 'weeek'", "'week'"]),
    "unknown key at the top": (_set(["yeer"], 4), ["unknown key 'yeer'", "'year'"]),
    "missing key": (_set(["funding"], None), ["funding", "missing"]),
    "unknown use": (_set(["results", 0, "use"], "calibrate"), ["results[0].use", "calibration"]),
    "unknown level": (_set(["results", 0, "seen", "level"], "heard"), ["seen.level", "abstract"]),
    "wrong unit": (_set(["results", 0, "unit"], "um"), ["unit", "um", "hairs"]),
    "nonsense unit": (_set(["results", 0, "unit"], "hairs/furlong3"), ["unit", "furlong"]),
    "text for a number": (_set(["results", 0, "mean"], "twelve"), ["results[0].mean", "twelve"]),
    "number for a text": (_set(["label"], 12), ["label", "12"]),
    "fraction of a person": (_set(["arms", 0, "n"], 9.5), ["arms[0].n", "9.5"]),
    "nobody": (_set(["arms", 0, "n"], 0), ["arms.exosome.n", "0 people"]),
    "negative SD": (_set(["results", 0, "sd"], -3.0), ["sd", "negative"]),
    "CI that excludes its mean": (
        _set(["results", 0, "ci"], [30.0, 40.0]),
        ["ci", "excludes", "22"],
    ),
    "CI upside down": (_set(["results", 0, "ci"], [40.0, 10.0]), ["ci", "downwards"]),
    "CI with one end": (_set(["results", 0, "ci"], [40.0]), ["results[0].ci", "at least 2"]),
    "share above 100": (
        lambda s: _first(s).update(outcome="responder", unit="percent", share=130.0),
        ["share", "130"],
    ),
    "negative week": (_set(["results", 0, "week"], -4), ["week", "negative"]),
    "impossible level": (
        lambda s: _first(s).update(statistic="value", mean=9000.0),
        ["9000", "outside"],
    ),
    "unknown arm": (_set(["results", 0, "arm"], "exosom"), ["unknown arm 'exosom'", "'exosome'"]),
    "nothing said": (
        lambda s: [_first(s).pop(k) for k in ("mean", "sd")],
        ["no number", "not_reached"],
    ),
    "no source": (_set(["results", 0, "seen", "where"], []), ["seen.where", "no source"]),
    "no locator": (_set(["results", 0, "seen", "locator"], None), ["locator"]),
    "memory among results": (
        _set(["results", 0, "seen"], {"level": "memory"}),
        ["memory", "remembered"],
    ),
    "same result id": (
        _set(["results", 1, "id"], "density_exosome"),
        ["density_exosome", "2 times"],
    ),
    "no risk of bias": (_set(["risk_of_bias"], []), ["risk-of-bias", "needs one"]),
    "domain left out": (
        lambda s: s["risk_of_bias"][0]["domains"].pop("measurement"),
        ["measurement"],
    ),
    "foreign judgement": (
        lambda s: s["risk_of_bias"][0]["domains"]["measurement"].update(judgement="critical"),
        ["critical", "rob2"],
    ),
    "no passport": (_set(["passport"], None), ["passport", "missing"]),
    "country in words": (_set(["country"], "Korea"), ["country", "Korea"]),
    "newer schema": (_set(["schema"], 2), ["schema", "2"]),
    "pool used for a fit": (_set(["kind"], "meta_analysis"), ["calibration", "meta_analysis"]),
}


def one_sentence(err: str) -> str:
    lines = err.strip().splitlines()
    assert lines[0].startswith("error: ")
    assert "Traceback" not in err
    return lines[0]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_study_is_refused_in_one_sentence(name, study, anagen, tmp_path):
    mutate, fragments = BROKEN[name]
    mutate(study)
    path = write_study(tmp_path / "mine", study)
    out = tmp_path / "out"
    ran = anagen("answer", "--studies", path.parent, "--out", out)
    assert ran.code == 2
    sentence = one_sentence(ran.err)
    assert len(ran.err.strip().splitlines()) == 1
    assert path.name in sentence
    for fragment in fragments:
        assert fragment in sentence
    assert not out.exists()
    assert anagen("check", path).code == 2


def test_the_unbroken_study_is_accepted(study, anagen, tmp_path):
    path = write_study(tmp_path, study)
    assert anagen("check", path).code == 0


def test_sd_without_n(study, anagen, tmp_path):
    del study["arms"][0]["n"]
    ran = anagen("check", write_study(tmp_path, study))
    assert ran.code == 2
    assert "sd without n" in one_sentence(ran.err)


def test_visits_out_of_order(study, anagen, tmp_path):
    study["results"].insert(1, {**study["results"][0], "id": "early", "week": 12})
    ran = anagen("check", write_study(tmp_path, study))
    assert ran.code == 2
    assert "week 12 after week 24" in one_sentence(ran.err)


def test_file_that_is_not_named_after_its_study(study, anagen, tmp_path):
    ran = anagen("check", write_study(tmp_path, study, name="other"))
    assert ran.code == 2
    assert "Planted2030.yaml" in one_sentence(ran.err)


def test_duplicate_study(study, anagen, tmp_path):
    study["id"] = "Olsen2002"
    ran = anagen("answer", "--studies", write_study(tmp_path, study).parent)
    assert ran.code == 2
    assert "Olsen2002" in one_sentence(ran.err)
    assert "twice" in ran.err


def test_duplicate_identifier(study, anagen, tmp_path):
    study["reference"]["doi"] = "10.3390/life15030500"
    ran = anagen("answer", "--studies", write_study(tmp_path, study).parent)
    assert ran.code == 2
    assert "Amini2025" in one_sentence(ran.err)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [("schema: 1\nid: [a\nlabel: b\n", "line 3", "not valid YAML"),
     ("schema: 1\nid: a\nid: b\n", "line 3", "given twice"),
     ("- just\n- a list\n", "", "key: value"),
     ("", "", "key: value")],
)  # fmt: skip
def test_malformed_yaml_names_its_line(text, line, said, anagen, tmp_path):
    path = tmp_path / "Bad.yaml"
    path.write_text(text)
    ran = anagen("check", path)
    assert ran.code == 2
    sentence = one_sentence(ran.err)
    assert line in sentence
    assert said in sentence


def test_malformed_csv_names_its_line(anagen, tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("name,symbol\na,b\nc,d,e\n")
    ran = anagen("check", path)
    assert ran.code == 2
    assert "line 3" in one_sentence(ran.err)


def test_not_utf8(anagen, tmp_path):
    path = tmp_path / "Latin.yaml"
    path.write_bytes("label: Müller".encode("latin-1"))
    ran = anagen("check", path)
    assert ran.code == 2
    assert "UTF-8" in one_sentence(ran.err)


@pytest.mark.parametrize(
    ("args", "fragments"),
    [(["evidence", "--therapy", "exosme"], ["therapy", "'exosme'", "'exosome'"]),
     (["evidence", "--outcome", "hair_densty"], ["outcome", "hair_densty"]),
     (["evidence", "--condition", "alopecia aerata"], ["condition", "'alopecia_areata'"]),
     (["check", "nowhere.yaml"], ["nowhere.yaml", "no such file"]),
     (["check", "notes.txt"], ["notes.txt"]),
     (["cite", "nowhere"], ["nowhere"]),
     (["answer", "--studies", "nowhere"], ["nowhere", "no such folder"])],
)  # fmt: skip
def test_bad_words_on_the_command_line(args, fragments, anagen):
    ran = anagen(*args)
    assert ran.code == 2
    sentence = one_sentence(ran.err)
    for fragment in fragments:
        assert fragment in sentence


def test_cite_wants_a_run_record(anagen, tmp_path):
    path = tmp_path / "run.json"
    path.write_text("{}")
    ran = anagen("cite", path)
    assert ran.code == 2
    assert "run record" in one_sentence(ran.err)


def test_out_that_is_a_file(anagen, tmp_path):
    path = tmp_path / "out"
    path.write_text("mine")
    ran = anagen("answer", "--out", path)
    assert ran.code == 2
    assert "is a file" in one_sentence(ran.err)
    assert path.read_text() == "mine"


def test_out_under_a_file(anagen, tmp_path):
    (tmp_path / "a").write_text("mine")
    ran = anagen("answer", "--out", tmp_path / "a" / "b")
    assert ran.code == 2
    assert "cannot be written" in one_sentence(ran.err)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_out_without_permission(anagen, tmp_path):
    tmp_path.chmod(0o500)
    ran = anagen("answer", "--out", tmp_path / "out")
    assert ran.code == 2
    assert "cannot be written" in one_sentence(ran.err)


def test_unknown_option_is_refused(anagen):
    assert anagen("answer", "--outt", "x").code == 2


def test_an_earlier_report_survives_a_failed_run(study, anagen, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.html").write_text("earlier")
    study["results"][0]["sd"] = -1.0
    write_study(tmp_path / "mine", study)
    assert anagen("answer", "--studies", tmp_path / "mine", "--out", out).code == 2
    assert (out / "report.html").read_text() == "earlier"
    assert [p.name for p in Path(out).iterdir()] == ["report.html"]
