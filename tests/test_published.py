"""What trials found beside what is simulated, who was in them, and what is said first."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import planted_study, write_study
from rich.console import Console

from anagen.cli.simulate import tables
from anagen.evidence.pools import make_pools
from anagen.evidence.selection import Question, find
from anagen.evidence.studies import load_studies
from anagen.forecast.exposure import patches_of
from anagen.forecast.options import with_shams
from anagen.forecast.published import published
from anagen.forecast.simulated import make_simulated
from anagen.forecast.stops import NAMED, stops
from anagen.forecast.tested import extrapolations, sex_of
from anagen.patient import Past, Patient, read_patient
from anagen.regimen import Course, Regimen, read_regimen
from anagen.report import simulate_gains as gain_words
from anagen.report import simulate_patient as patient_words
from anagen.report.simulate_published import misfits, say_published
from anagen.simulate.forecast import forecast

EXAMPLES = Path(__file__).parents[1] / "examples"
MAN = Patient(age=34, sex="male", diagnosis="androgenetic_alopecia", years_since_onset=6)
TOTAL = "total_hair_density"


def regimen(name):
    return read_regimen(EXAMPLES / "regimens" / f"{name}.toml")


EXOSOME, ORAL = regimen("exosome_injection"), regimen("finasteride")


@pytest.fixture(scope="module")
def options():
    return with_shams([EXOSOME, ORAL])


@pytest.fixture(scope="module")
def made(options):
    return forecast(MAN, options.regimens, weeks=52, draws=4)


@pytest.fixture(scope="module")
def summary(made, options):
    return make_simulated(made, options, load_studies(), patches_of(made, options))


@pytest.fixture
def planted(tmp_path):
    """One trial in 400 men: 12 hairs/cm2 more than saline, with standard error 2."""
    study = planted_study(gain=12.0, sd=20.0, n=200)
    study["population"]["sex"] = "male"
    write_study(tmp_path, study)
    return [s for s in load_studies(tmp_path) if s.id == "Planted2030"]


def shifted(made, options, by):
    """The forecast with a net gain of ``by`` at every visit in every draw."""
    total = made.true[TOTAL].copy()
    total[:, 0] = total[:, options.sham[0]] + by
    return replace(made, true=made.true | {TOTAL: total})


@pytest.mark.parametrize(
    ("by", "lies"), [(0.0, "below"), (8.0, "below"), (8.2, "inside"), (12.0, "inside"),
                     (15.8, "inside"), (16.0, "above"), (116.0, "above")],
)  # fmt: skip
def test_a_median_outside_the_trials_interval_is_told(by, lies, made, options, planted):
    """Closed form: 20 sqrt(2 / 200) = 2, so that the 95 % interval is 12 -+ 3.92."""
    found = published(shifted(made, options, by), options, planted)
    one = next(p for p in found if p.therapy == "exosome")
    assert (one.estimate, one.low, one.high) == pytest.approx((12, 8.08, 15.92), abs=0.001)
    assert (one.trials, one.people, one.sex, one.week) == (1, 400, "male", 24)
    assert (one.simulated.week, one.simulated.middle, one.lies) == (24, pytest.approx(by), lies)


@pytest.mark.parametrize(
    "other", [{"sex": "female"}, {"age": 16.0}, {"history": (Past(therapy="exosome"),)}]
)
def test_whom_the_trials_do_not_describe_is_not_judged_by_them(other, made, options, planted):
    who = replace(shifted(made, options, 116.0), patient=MAN.model_copy(update=other))
    assert published(who, options, planted)[0].lies is None


def test_what_overshoots_is_said_before_any_other_number(made, options, planted):
    far = shifted(made, options, 116.0)
    told = make_simulated(far, options, planted, patches_of(far, options))
    (line,) = patient_words.before_all(told)
    assert line == (
        "exosome, injected: simulated +116.0 (+116.0 to +116.0), trials +12.0 (+8.1 to +15.9) "
        "hairs/cm2 over control: the model overshoots here; in this model all miniaturised hair "
        "can come back. Trust the trials."
    )
    (table, _) = gain_words.gain_tables(told)
    assert ["trials: exosome, scalp injection, week 24 (95 %)", "+12.0 (+8.1 to +15.9)", ""
            ] in table.rows  # fmt: skip
    near = shifted(made, options, 12.0)
    assert misfits(make_simulated(near, options, planted, patches_of(near, options))) == []


def test_the_published_effect_is_that_of_the_pool(made, options, summary):
    (own,) = [p for p in summary.published if p.therapy == "finasteride"]
    question = Question(("finasteride",), ("androgenetic_alopecia",), (TOTAL,))
    pool = max(make_pools(find(question, load_studies()).controlled), key=lambda p: len(p.used))
    assert (own.dose, own.trials, own.people) == ("1 mg/day", 2, 1351)
    assert (own.estimate, own.low, own.high) == (pool.effect.estimate, *pool.interval)
    gain = made.gain(TOTAL, 1, options.sham[1])[:, made.weeks.index(52.0)]
    assert own.simulated.middle == pytest.approx(np.median(gain), abs=1e-12)
    assert set(own.ids) <= set(summary.citations)
    (none,) = [p for p in summary.published if p.therapy == "exosome"]
    assert none.estimate is None
    assert "no published effect" in next(say_published(summary, EXOSOME.name))


def test_a_trial_of_another_dose_another_time_or_a_mixture_says_nothing(made, options):
    studies, last = load_studies(), made.weeks.index(40.0)
    course = ORAL.courses[0]
    less = Course(therapy="finasteride", route="oral", mg_per_day=0.2)
    both = Regimen(name="both", courses=(course, *regimen("minoxidil_5").courses))
    for other, estimates in ((Regimen(name="less", courses=(less,)), 0), (both, 2)):
        asked = replace(options, regimens=(EXOSOME, other, *options.regimens[2:]))
        found = published(made, replace(asked, asked=(1,)), studies)
        assert sum(p.estimate is not None for p in found) == estimates
        assert {p.lies for p in found} == {None}
    short = replace(made, weeks=made.weeks[: last + 1])
    (early,) = published(short, replace(options, asked=(1,)), studies)
    assert (early.week, early.simulated, early.lies) == (52, None, None)


def test_who_was_not_in_the_trials_is_an_extrapolation(options, planted):
    woman = MAN.model_copy(update={"sex": "female"})
    assert extrapolations(MAN, options, planted)[EXOSOME.name] == []
    assert extrapolations(woman, options, planted)[EXOSOME.name] == [
        "trials of exosome in men only"]  # fmt: skip
    assert sex_of(planted) == "male"
    assert "trials of finasteride in men only" in extrapolations(
        woman, options, load_studies())[ORAL.name]  # fmt: skip
    boy = MAN.model_copy(update={"age": 16.0, "years_since_onset": 0.0})
    (why,) = extrapolations(boy, options, load_studies())[ORAL.name]
    assert why == "no finasteride trial is known to have had people so young"


def test_a_score_below_that_of_the_trials_is_an_extrapolation():
    drug = with_shams([regimen("baricitinib")])
    for salt, said in ((30.0, ["trials of baricitinib in people with a SALT of 50 or more only"]),
                       (60.0, [])):  # fmt: skip
        who = Patient(sex="female", diagnosis="alopecia_areata", salt=salt)
        assert extrapolations(who, drug, load_studies())["baricitinib 4 mg"] == said


@pytest.mark.parametrize("kind", NAMED)
def test_every_stop_of_a_file_is_named_first(kind, summary):
    field = {"medical_condition": "conditions", "drug": "drugs", "finding": "findings"}[kind]
    for word in NAMED[kind]:
        (named,) = stops(Patient(sex="female", diagnosis="healthy", **{field: [word]}))
        told = patient_words.before_all(summary.model_copy(update={"stops": [named]}))
        assert told[0] == (
            "Stops and contraindications are not checked by this command; this file names "
            f"{named}: see a doctor before any of these treatments."
        )
    assert stops(MAN) == []
    assert stops(MAN.model_copy(update={"age": 17.0})) == ["a child (17 years)"]


@pytest.mark.parametrize("width", [80, 120, 200])
def test_a_terminal_table_never_cuts_a_number(width, summary, areata):
    """Widest numbers that there are, in every table; each cell stands whole on one line."""
    g = summary.gains[0]
    wide = g.over_sham.model_copy(update={"q50": -123.45, "q05": -234.56, "q95": 345.67})
    gains = [x.model_copy(update={"over_sham": wide, "sham_read_change": wide,
                                  "living_over_sham": wide}) for x in summary.gains]  # fmt: skip
    density = summary.model_copy(update={
        "gains": gains, "diagnoses": ["androgenetic_alopecia", "scarring_alopecia"]})  # fmt: skip
    for told in (density, areata[1]):
        made = gain_words.gain_tables(told)
        for table, drawn in zip(made, tables(told), strict=True):
            console = Console(width=width, file=io.StringIO())
            console.print(drawn)
            lines = console.file.getvalue().splitlines()
            assert max(map(len, lines)) <= width
            for row in table.rows:
                cells = [cell for cell in row[1:] if cell]
                assert any(all(cell in line for cell in cells) for line in lines), row


@pytest.fixture(scope="module")
def areata():
    woman = Patient(age=29, sex="female", diagnosis="alopecia_areata", salt=55, episode_weeks=40)
    options = with_shams([regimen("baricitinib")])
    made = forecast(woman, options.regimens, weeks=52, draws=6)
    return made, make_simulated(made, options, load_studies(), patches_of(made, options))


def test_shares_of_responders_stand_beside_the_trials_difference(areata):
    made, summary = areata
    (own,) = summary.published
    (g,) = [g for g in summary.salt if g.week == 36]
    assert (own.outcome, own.unit, own.trials, own.week) == ("salt_le_20", "percentage points", 2,
                                                             36)  # fmt: skip
    assert own.simulated.middle == pytest.approx(100 * (g.le_20.option - g.le_20.sham), abs=1e-9)
    low = made.true["salt"][:, :, -1] <= 1
    assert summary.salt[-1].le_1.option == np.mean(low[:, 0])
    assert summary.clinic == []


def test_who_is_clear_already_is_not_judged_by_twenty(areata):
    (g,) = [g for g in areata[1].salt if g.week == 36]
    mild = g.model_copy(update={"today": g.today.model_copy(update={"q50": 15.0})})
    assert gain_words.reached(g) == ("20 or less", g.le_20)
    assert gain_words.reached(mild) == ("1 or less", g.le_1)


def test_why_a_median_moves_where_the_median_difference_is_zero(areata):
    def said(own, sham, difference):
        (g,) = [g for g in areata[1].salt if g.week == 36]
        new = {"option_score": own, "sham_score": sham, "over_sham": difference}
        moved = {k: getattr(g, k).model_copy(update={"q50": v}) for k, v in new.items()}
        return gain_words.say_salt(areata[1], g.model_copy(update=moved))

    assert "medians of the two courses are 40 and 52, yet" in said(40.0, 52.0, 0.0)
    assert "medians of the two courses" not in said(40.0, 52.0, -9.0)
    assert "medians of the two courses" not in said(52.0, 52.0, 0.0)


def test_what_clinics_say_stands_beside_their_products_alone(made, summary):
    assert [c.id for c in summary.clinic] != []
    drug = with_shams([ORAL])
    alone = forecast(MAN, drug.regimens, weeks=8, draws=2)
    assert make_simulated(alone, drug, [], patches_of(alone, drug)).clinic == []


def test_a_mean_of_shed_hairs_is_told_only_of_enough_of_them(summary):
    shed = summary.model_copy(update={"diagnoses": ["telogen_effluvium"]})
    assert patient_words.say_shed(shed.model_copy(update={"worth": 5.0})) == []
    (told,) = patient_words.say_shed(shed.model_copy(update={"worth": 500.0}))
    assert "mean over the draws" in told
    assert patient_words.say_shed(summary.model_copy(update={"worth": 500.0})) == []


def test_how_few_people_the_draws_are_worth_is_said_beside_the_shares(summary):
    few, many = (summary.model_copy(update={"worth": n}) for n in (12.0, 150.0))
    for word in (gain_words.verdicts, lambda s: list(gain_words.say_regimen(s, ORAL.name))):
        assert "(worth 12 people)" in " ".join(word(few))
        assert "worth" not in " ".join(word(many))
    assert all("worth 12 people" in t.title for t in gain_words.gain_tables(few))


def test_the_example_woman_has_her_subtype_named(summary):
    woman = read_patient(EXAMPLES / "patients" / "woman_of_60_scarring.toml")
    told = summary.model_copy(update={"diagnoses": list(woman.diagnoses),
                                      "subtypes": list(woman.subtypes)})  # fmt: skip
    assert patient_words.say_who(told) == "scarring alopecia (frontal fibrosing alopecia)"
