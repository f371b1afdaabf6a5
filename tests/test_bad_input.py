"""Bad input: one sentence that says where, what was given, what is allowed; exit 2; no output."""

from __future__ import annotations

import pytest
from conftest import write_study

from anagen.files import data_path, read_yaml


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
    "misspelt key that is needed": (
        lambda s: s.update(populaton=s.pop("population")),
        ["unknown key 'populaton'; did you mean 'population'?"],
    ),
    "unknown key at the top": (_set(["yeer"], 4), ["unknown key 'yeer'", "'year'"]),
    "missing key": (_set(["funding"], None), ["funding", "missing"]),
    "number as a key": (lambda s: s.update({12: "x"}), ["unknown key '12'"]),
    "empty value": (lambda s: s.update(label=None), ["label", "is empty"]),
    "unknown use": (
        _set(["results", 0, "use"], "calibrate"),
        ["results[0].use", "unknown use 'calibrate'; did you mean 'calibration'?"],
    ),
    "unknown level": (
        _set(["results", 0, "seen", "level"], "abstrakt"),
        ["seen.level", "unknown level 'abstrakt'; did you mean 'abstract'?"],
    ),
    "unknown statistic": (
        _set(["results", 0, "statistic"], "diference"),
        ["unknown statistic 'diference'; did you mean 'difference'?"],
    ),
    "unknown kind": (_set(["kind"], "trail"), ["unknown kind 'trail'; did you mean 'trial'?"]),
    "unknown judgement": (
        lambda s: s["risk_of_bias"][0]["domains"]["measurement"].update(judgement="lo"),
        ["measurement.judgement", "did you mean 'low'?"],
    ),
    "unknown passport item": (
        _set(["passport"], {"sorce_tissue": "present"}),
        ["passport.sorce_tissue", "did you mean 'source_tissue'?"],
    ),
    "wrong unit": (_set(["results", 0, "unit"], "um"), ["unit", "um", "hairs"]),
    "nonsense unit": (_set(["results", 0, "unit"], "hairs/furlong3"), ["unit", "furlong"]),
    "text for a number": (_set(["results", 0, "mean"], "twelve"), ["results[0].mean", "twelve"]),
    "number with its unit": (
        _set(["results", 0, "week"], "12 weeks"),
        ["results[0].week", "a number is needed without unit or quotes (given: '12 weeks')"],
    ),
    "number for a text": (
        _set(["label"], 12),
        ["label", "a text is needed; put it in quotes"],
    ),
    "word for a list": (_set(["arms"], "exosome"), ["arms", "a list is needed"]),
    "word for a part": (_set(["design"], "RCT"), ["design", "'key: value' lines are needed"]),
    "infinite": (
        _set(["results", 0, "mean"], float("inf")),
        ["results[0].mean", "must be a finite number"],
    ),
    "no number": (_set(["results", 0, "sd"], float("nan")), ["sd", "must be a finite number"]),
    "fraction of a person": (
        _set(["arms", 0, "n"], 9.5),
        ["arms[0].n", "a whole number is needed", "9.5"],
    ),
    "nobody": (_set(["arms", 0, "n"], 0), ["arms.exosome.n", "0 people"]),
    "more than a million": (
        _set(["population", "n"], 2_000_000),
        ["population.n", "1000000"],
    ),
    "more people in a result than in the study": (
        _set(["results", 0, "n"], 401),
        ["results.density_exosome.n", "401 people, more than the 400"],
    ),
    "more people in an arm than in the study": (
        _set(["arms", 0, "n"], 401),
        ["arms.exosome.n", "401 people, more than the 400"],
    ),
    "men among women": (
        _set(["population", "n_male"], 3),
        ["population.n_male", "3", "sex: female"],
    ),
    "women among men": (
        lambda s: s["population"].update(sex="male", n_female=3),
        ["population.n_female", "3", "sex: male"],
    ),
    "sexes that do not add up": (
        lambda s: s["population"].update(sex="mixed", n_male=100, n_female=250),
        ["population", "100 men and 250 women are not 400"],
    ),
    "impossible change": (_set(["results", 0, "mean"], 501.0), ["501", "outside -500 to 500"]),
    "number beyond all numbers": (_set(["results", 0, "mean"], 1e300), ["1e+300", "outside"]),
    "spread beyond all numbers": (_set(["results", 0, "sd"], 1e300), ["1e+300", "outside"]),
    "impossible percent": (
        lambda s: _first(s).update(statistic="change_percent", unit="percent", mean=5000.0),
        ["5000 percent", "outside"],
    ),
    "impossible delta": (
        lambda s: _first(s).update(statistic="cliffs_delta", unit="delta", mean=1.5),
        ["1.5 delta", "outside -1 to 1"],
    ),
    "impossible needle": (
        _set(["arms", 0, "needle_mm"], [0.5, 30.0]),
        ["needle_mm", "0.1 to 5"],
    ),
    "needle upside down": (_set(["arms", 0, "needle_mm"], [1.5, 0.5]), ["needle_mm", "downwards"]),
    "impossible interval": (
        _set(["arms", 0, "interval_weeks"], 1000),
        ["interval_weeks", "1000", "0.1 to 520"],
    ),
    "no sessions": (_set(["arms", 0, "sessions"], 0), ["sessions", "0 is outside 1"]),
    "impossible age": (_set(["population", "age"], {"mean": 300.0}), ["age.mean", "300"]),
    "low at second hand": (
        lambda s: [r["seen"].update(level="press") for r in s["results"]],
        ["risk_of_bias[0]", "'low' for numbers seen only at second hand"],
    ),
    "unknown overlap": (
        _set(["overlaps"], [{"study": "Amini205", "kind": "context", "text": "?"}]),
        ["unknown study 'Amini205'; did you mean 'Amini2025'?"],
    ),
    "identifier of a shipped study": (
        _set(["reference", "doi"], "10.3390/LIFE15030500"),
        ["same identifier 10.3390/life15030500 as Amini2025"],
    ),
    "registration of a shipped study": (
        _set(["registration"], {"ids": ["NCT06930326"]}),
        ["same identifier nct06930326 as Amini2025"],
    ),
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
    "negative week": (_set(["results", 0, "week"], -4), ["week", "-4 is outside 0"]),
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
    "newer schema": (_set(["schema"], 2), ["schema '2'; allowed: 1"]),
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
    checked = anagen("check", path)
    assert checked.code == 2
    assert sentence in checked.err.splitlines()
    assert len(set(checked.err.splitlines())) == len(checked.err.splitlines())


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
     ("id: a\nage:\n\tmean: 1\n", "line 3", "a tab; indent with spaces"),
     ("id: a\n\tlabel: b\n", "line 2", "a tab; indent with spaces"),
     ("? [a, b]\n: 1\n", "line 1", "a key must be one word"),
     ("id: a\n{b: 1}: 2\n", "line 2", "a key must be one word"),
     ("n: !!int many\n", "", "not valid YAML"),
     ("a: !!map [1]\n", "", "not valid YAML"),
     ("a: \0\n", "", "not valid YAML"),
     ("foo: 1\n", "", "allowed: .yaml or .yml (study, regulation, claims"),
     ("", "", "the file is empty"),
     ("# only a comment\n", "", "the file is empty")],
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


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "the file is empty"), ("name,symbol\n", "only a header"),
     ("name,name\na,b\n", "two columns have the same name")],
)  # fmt: skip
def test_table_without_rows_or_with_a_column_twice(text, said, anagen, tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(text)
    ran = anagen("check", path)
    assert ran.code == 2
    assert said in one_sentence(ran.err)


def test_bibliography_without_entries(anagen, tmp_path):
    path = tmp_path / "empty.bib"
    path.write_text("")
    assert "no entry" in one_sentence(anagen("check", path).err)


def test_byte_order_mark_is_no_letter(study, anagen, tmp_path):
    path = write_study(tmp_path, study)
    table = tmp_path / "skin.csv"
    for made, text in ((path, path.read_bytes()),
                       (table, data_path("parameters", "skin.csv").read_bytes())):  # fmt: skip
        made.write_bytes(b"\xef\xbb\xbf" + text)
        assert anagen("check", made) == (0, "1 file: nothing to mend\n", "")


def test_leading_zeros_and_colons_are_not_turned_into_other_numbers(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: 010\nb: 1:30\nc: 1e10\nd: no\ne: -3\nf: 1_000\n")
    expected = {"a": 10, "b": "1:30", "c": 1e10, "d": "no", "e": -3, "f": 1000}
    assert read_yaml(path) == expected


def test_not_utf8(anagen, tmp_path):
    path = tmp_path / "Latin.yaml"
    path.write_bytes("label: Müller".encode("latin-1"))
    ran = anagen("check", path)
    assert ran.code == 2
    assert "UTF-8" in one_sentence(ran.err)


def test_what_python_cannot_write_is_said_without_the_command_line(tmp_path):
    from anagen.errors import OutputError
    from anagen.files import write_whole

    (tmp_path / "a").write_text("mine")
    with pytest.raises(OutputError) as error:
        write_whole(tmp_path / "a" / "b.json", "{}")
    assert str(tmp_path / "a") in str(error.value)
    assert "--" not in str(error.value)


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"<svg>cut sh", b"something else"])
def test_a_damaged_cache_is_made_again(damage, monkeypatch, tmp_path):
    from anagen.files import cached

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = []

    def make():
        made.append(1)
        return "<svg>whole</svg>\nsecond line\n"

    assert cached("a.svg", make) == cached("a.svg", make) == "<svg>whole</svg>\nsecond line\n"
    assert len(made) == 1
    (tmp_path / "anagen" / "a.svg").write_bytes(damage)
    assert cached("a.svg", make) == "<svg>whole</svg>\nsecond line\n"
    assert len(made) == 2
