"""`anagen simulate`: what it prints and leaves, and what it refuses before any work."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import jsonschema
import pytest
from test_bad_input import one_sentence

from anagen.files import data_path
from anagen.report import progress
from anagen.report.simulate_numbers import amount, percent
from anagen.report.wording import forbidden_phrases

EXAMPLES = Path(__file__).parents[1] / "examples"
PATIENT = EXAMPLES / "patients" / "man_of_34.toml"
INJECTED = EXAMPLES / "regimens" / "exosome_injection.toml"
ORAL = EXAMPLES / "regimens" / "finasteride.toml"
SMALL = ("--draws", 4, "--weeks", 26)
SECTIONS = (
    "What the assumptions allow", "Density", "Time line", "What arrives where",
    "Could the cargo do it?", "Mechanism by mechanism", "Phases, calibre, shedding",
    "Scalp pictures", "What the answer hangs on", "Protocols", "After a session",
    "Every endpoint", "What this is not", "Sources of the numbers",
)  # fmt: skip


@pytest.fixture
def left(anagen, tmp_path):
    ran = anagen("simulate", PATIENT, INJECTED, ORAL, *SMALL, "--out", tmp_path,
                 "--vary", "spacing_mm=3,10", "--vary", "volume_ml_per_point=0.05",
                 "--month", "march")  # fmt: skip
    assert (ran.code, ran.err) == (0, "")
    return ran.out, tmp_path


def test_what_a_run_leaves(left, anagen):
    out, folder = left
    page = (folder / "report.html").read_text()
    headings = [html.unescape(h) for h in re.findall(r"<h[1-3][^>]*>(.*?)</h[1-3]>", page)]
    for section in SECTIONS:
        assert any(h.startswith(section) for h in headings), section
    said = re.sub(r"<style>.*?</style>|<script>.*?</script>|<ol>.*?</ol>", "", page, flags=re.S)
    assert forbidden_phrases(html.unescape(re.sub(r"<[^>]+>", " ", said))) == []
    assert re.findall(r"(?:src|href)=[\"']?http|url\(http|@import", page) == []
    assert "None" not in re.sub(r"<[^>]+>", " ", said).replace("None is", "")
    assert "prior only" in page
    assert "closed solver" in page
    assert "gates, which say who must not be treated, are not run" in page
    names = {path.name for path in (folder / "figures").iterdir()}
    assert {"density_1.svg", "map_1_1.svg", "scalp_50.svg", "vary.svg"} <= names
    assert "ranking.svg" not in names  # four draws rank nothing above chance

    summary = json.loads((folder / "summary.json").read_text())
    schema = json.loads(data_path("schema", "simulate.json").read_text())
    jsonschema.validate(summary, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(summary | {"calibrated": True}, schema)
    assert [t["refused"] is None for t in summary["vary"]] == [False, True]
    record = json.loads((folder / "run.json").read_text())
    assert [f["file"] for f in record["input"]] == [p.name for p in (PATIENT, INJECTED, ORAL)]
    assert record["citations"] == summary["citations"]
    assert record["month"] == summary["month"] == 3.5
    assert "today is in March" in page
    assert "part of any change from today is the season" in page
    assert "cannot be given" in out
    seen = html.unescape(re.sub(r"<[^>]+>", " ", said))
    for text in (seen, out.split("Report:")[0]):
        assert "4 draws are too few for intervals" in text
        assert re.findall(r"dimensionless|cm\*\*2|[+−]0\.0\b|[a-z]+_[a-z]+", text) == []
    assert re.findall(r"\d+\.\d{4,}", out.split("Approval")[0]) == []
    assert forbidden_phrases(out) == []

    again = anagen("simulate", PATIENT, INJECTED, ORAL, *SMALL, "--json", "--threads", 1,
                   "--vary", "spacing_mm=3,10", "--vary", "volume_ml_per_point=0.05",
                   "--month", 3.5)  # fmt: skip
    assert again.out == (folder / "summary.json").read_text()


OTHERS = {
    "woman_of_29_areata": (
        "What regrows on its own comes first: untreated, SALT is 20 or less in",
        "exosome, injected (extrapolation): SALT, points; shares of 4 draws", "SALT by one rater",
        "controlled trial of exosome alone in alopecia",
        "SALT score given 52, simulated",
    ),
    "woman_of_38_shedding": (
        "Acute shedding usually ends without therapy once its trigger is over; untreated, density",
        "Density lies above today's in", "telogen effluvium (acute telogen effluvium)",
        "no controlled trial of exosome alone in telogen effluvium",
    ),
    "man_of_41_dermatitis": (
        "the inflammation of the scalp is treated as such",
        "with scalp inflammation (seborrhoeic derm",
        "Norwood-Hamilton IV; earlier therapies",
        "pattern hair loss together with scalp inflammation was found",
    ),
    "woman_of_60_scarring": (
        "see a dermatologist first", "does not grow again, in this simulation either",
        "follicles alive over sham", "scarring alopecia (frontal fibrosing alopecia)",
    ),
}  # fmt: skip
"""What the report of each other diagnosis has to say."""


@pytest.mark.parametrize("name", OTHERS)
def test_every_diagnosis_is_told_in_its_own_words(name, anagen, tmp_path):
    patient = EXAMPLES / "patients" / f"{name}.toml"
    ran = anagen("simulate", patient, INJECTED, *SMALL, "--out", tmp_path)
    assert (ran.code, ran.err) == (0, "")
    page = (tmp_path / "report.html").read_text()
    said = re.sub(r"<style>.*?</style>|<script>.*?</script>|<ol>.*?</ol>", "", page, flags=re.S)
    seen = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", said)).split())
    for text in OTHERS[name]:
        assert text in seen, text
    assert forbidden_phrases(seen) == forbidden_phrases(ran.out) == []
    assert "None" not in seen.replace("None is", "").replace("None of that is", "")
    for text in (seen, ran.out.split("Report:")[0]):
        assert re.findall(r"dimensionless|cm\*\*2|[+−]0\.0\b|[a-z]+_[a-z]+", text) == []
    summary = json.loads((tmp_path / "summary.json").read_text())
    jsonschema.validate(summary, json.loads(data_path("schema", "simulate.json").read_text()))
    assert bool(summary["salt"]) == (name == "woman_of_29_areata")


def test_another_seed_is_another_luck(anagen):
    texts = [anagen("simulate", PATIENT, ORAL, "--draws", 2, "--weeks", 8, "--json", "--seed", seed)
             for seed in (0, 0, 1)]  # fmt: skip
    assert texts[0].out == texts[1].out != texts[2].out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--vary", "spacing=3"], "did you mean 'spacing_mm'"),
        (["--vary", "spacing_mm=3,x"], "'x' is not a number"),
        (["--vary", "platelet_fold=3"], "no course of 'exosome, injected' has it"),
        (["--vary", "wide=3"], "allowed: area_cm2, depth_mm, particles, spacing_mm, volume_"),
        (["--weeks", "8"], "week 8 lies on the horizon of 8; use --weeks 9 or leave it out"),
        (["--weeks", "5"], "course[0].weeks: week 8 lies after the horizon of 5"),
        (["--weeks", "0"], "must lie between 1 and 520"),
        (["--weeks", "nan"], "must lie between 1 and 520"),
        (["--draws", "1"], "must lie between 2"),
        (["--draws", "2001"], "2 and 2000 (given: 2001); each takes 0.1 to 1 s"),
        (["--seed", "-1"], "must lie between 0"),
        (["--hypothesis", "grad"], "did you mean 'gradual'"),
        (["--solver", "closd"], "did you mean 'closed'"),
        (["--month", "marhc"], "did you mean 'march'"),
        (["--month", "13"], "must be a name, or lie between 1 (January) and 13"),
        (["--month", "nan"], "must be a name, or lie between 1 (January) and 13"),
        (["--out", str(PATIENT)], "is a file"),
        (["--out", str(PATIENT / "below")], "is a file"),
    ],
    ids=lambda x: x if isinstance(x, str) else " ".join(x)[-30:],
)
def test_what_is_refused_before_any_work(args, said, anagen, monkeypatch):
    monkeypatch.setattr("anagen.forecast.command.run", None)
    ran = anagen("simulate", PATIENT, INJECTED, *args)
    assert (ran.code, ran.out) == (2, "")
    assert said in one_sentence(ran.err)


def test_a_search_in_which_nothing_can_be_given(anagen):
    ran = anagen("simulate", PATIENT, INJECTED, *SMALL, "--vary", "spacing_mm=0.2,0.3")
    assert (ran.code, ran.out) == (2, "")
    assert "no combination can be given; the first: " in one_sentence(ran.err)


def test_files_that_are_refused(anagen, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text("schema = 1\n[patient]\nsex = 'female'\ndiagnosis = 'hormonal'\n")
    ran = anagen("simulate", other, INJECTED)
    assert "'hormonal' is not simulated; give telogen_effluvium" in one_sentence(ran.err)
    ran = anagen("simulate", tmp_path / "nobody.toml", INJECTED)
    assert "no such file" in one_sentence(ran.err)
    ran = anagen("simulate", INJECTED, PATIENT)
    assert "this is a regimen file; give PATIENT.toml first" in one_sentence(ran.err)
    ran = anagen("simulate", PATIENT, INJECTED, PATIENT)
    assert "this is a patient file; give one, and give it first" in one_sentence(ran.err)
    ran = anagen("simulate", PATIENT, INJECTED, INJECTED)
    assert "two options are called" in one_sentence(ran.err)
    broken = tmp_path / "broken.toml"
    broken.write_text("schema = 1\n[[course]]\ntherapy = 'exosomes'\nroute = 'injektion'\n")
    assert one_sentence(anagen("simulate", PATIENT, broken).err).startswith(f"error: {broken}")


@pytest.mark.parametrize(
    ("share", "said"),
    [(0, "0 %"), (0.001, "< 1 %"), (0.5, "50 %"), (0.999, "> 99 %"), (1, "100 %")],
)
def test_a_share_is_never_rounded_to_none_or_all(share, said):
    assert percent(share) == said


@pytest.mark.parametrize(
    ("share", "step", "said"),
    [(0.02, 5, "< 5 %"), (0.04, 5, "5 %"), (0.38, 10, "40 %"), (0.96, 10, "> 90 %"),
     (1, 10, "100 %"), (0, 10, "0 %"), (0.25, 10, "30 %")],
)  # fmt: skip
def test_a_share_is_rounded_to_what_its_error_supports(share, step, said):
    assert percent(share, step) == said


@pytest.mark.parametrize(
    ("x", "said"),
    [(0, "0"), (0.25, "0.25"), (345.6, "346"), (1e10, "1.0e10"), (4.4e-7, "4.4e−7"), (None, "–")],
)
def test_amounts(x, said):
    assert amount(x) == said


@pytest.mark.parametrize(("terminal", "waited", "shown"),
                         [(True, 3, True), (True, 1, False), (False, 3, False)])  # fmt: skip
def test_a_bar_is_for_a_person_who_waits(terminal, waited, shown, monkeypatch, capsys):
    clock = iter([0.0, waited, waited])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock, waited))
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    with progress.Progress(2) as bar:
        bar.step()
        assert (bar.bar is not None) == shown
    assert capsys.readouterr().out == ""
