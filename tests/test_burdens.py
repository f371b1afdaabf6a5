"""One contract for every diagnosis, and the closed forms of each."""

import math
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from anagen.conditions import alopecia_areata as aa
from anagen.conditions import nutrition_gap, severity, telogen_effluvium
from anagen.conditions.burden import LOADS
from anagen.conditions.diagnoses import DIAGNOSES, burden_of
from anagen.errors import InputError
from anagen.follicle.law import season
from anagen.parameters import load_parameters, parameter
from anagen.patient import Labs, Patient, Trigger
from anagen.priors import draw_parameters
from anagen.units import DAYS_PER_YEAR as YEAR
from anagen.vocabulary import vocabulary

P = {name: p.value for name, p in load_parameters().items()}
DAYS = 400
GAP = Labs(ferritin_ug_l=10)
PEOPLE = {
    "healthy": Patient(diagnosis="healthy"),
    "androgenetic_alopecia": Patient(years_since_onset=8),
    "alopecia_areata": Patient(diagnosis="alopecia_areata", salt=37, episode_weeks=30),
    "telogen_effluvium": Patient(
        diagnosis="telogen_effluvium", trigger=Trigger(kind="fever", week=-9.5, severity=0.8)
    ),
    "chronic": Patient(diagnosis="chronic_telogen_effluvium", years_since_onset=2),
    "scalp_inflammation": Patient(diagnosis="psoriasis", years_since_onset=3),
    "scarring_alopecia": Patient(diagnosis="lpp", years_since_onset=4),
    "ageing": Patient(diagnosis="ageing", age=63),
    "nutrition_gap": Patient(diagnosis="nutrition_gap", labs=GAP, years_since_onset=1),
    "several": Patient(
        diagnosis="alopecia_areata", salt=12, comorbid=("scalp_inflammation", "lpp"), labs=GAP,
        trigger=Trigger(kind="drug", week=-150, severity=1),
    ),
}  # fmt: skip


def drawn(seed, i=0):
    return np.random.Generator(np.random.Philox(key=[seed, i]))


def tables(b):
    return [*b.loads.values(), *(t for t in (b.hazard, b.attack) if t is not None)]


def same(a, b):
    return (
        a.history == b.history
        and a.exits == b.exits
        and len(tables(a)) == len(tables(b))
        and all(np.array_equal(x, y) for x, y in zip(tables(a), tables(b), strict=True))
        and np.array_equal(a.place, b.place)
    )


# ---- every diagnosis ---------------------------------------------------------------------------


@pytest.mark.parametrize("rng", [None, 5])
@pytest.mark.parametrize("who", PEOPLE)
def test_tables_are_as_long_as_history_and_days_and_nowhere_negative(who, rng):
    b = burden_of(P, PEOPLE[who], DAYS, rng and drawn(rng))
    for table in tables(b):
        assert table.shape[-1] == b.history + DAYS
        assert np.isfinite(table).all()
        assert (table >= 0).all()
    assert set(b.loads) <= set(LOADS)
    for event in b.exits:
        assert -b.history <= event.day < DAYS
        assert 0 < event.share <= 1
        assert 0 <= event.immediate <= 1
    if b.attack is not None:
        assert b.place.shape == (aa.PLACES,)
        assert set(b.place) <= set(range(len(b.attack)))
        assert not b.attack[0].any()


@pytest.mark.parametrize("who", PEOPLE)
def test_only_healthy_people_and_pattern_loss_are_at_rest(who):
    b = burden_of(P, PEOPLE[who], DAYS, None)
    assert b.at_rest == (who in ("healthy", "androgenetic_alopecia"))


@pytest.mark.parametrize("who", PEOPLE)
def test_the_typical_person_is_one_and_a_key_names_a_person(who):
    person = PEOPLE[who]
    assert same(burden_of(P, person, DAYS, None), burden_of(P, person, DAYS, None))
    one, again = (burden_of(P, person, DAYS, drawn(7)) for _ in range(2))
    other = burden_of(P, person, DAYS, drawn(7, 1))
    assert same(one, again)
    assert same(one, other) == one.at_rest


@pytest.mark.parametrize("rng", [None, 9])
@pytest.mark.parametrize("who", PEOPLE)
def test_more_days_ahead_change_nothing_before_them(who, rng):
    p = P | {"areata_relapse_rate": 2.0, "areata_new_patch_rate": 5.0}
    short, long = (burden_of(p, PEOPLE[who], n, rng and drawn(rng)) for n in (DAYS, 3 * DAYS))
    assert short.history == long.history
    assert short.exits == long.exits
    for a, b in zip(tables(short), tables(long), strict=True):
        assert np.array_equal(a, b[: len(a), : a.shape[-1]] if a.ndim > 1 else b[: len(a)])


def test_every_diagnosis_that_is_offered_is_in_the_contract():
    assert {p.diagnosis for p in PEOPLE.values()} == set(DIAGNOSES)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("who", PEOPLE)
def test_every_draw_of_the_priors_gives_a_burden(who, seed):
    p = draw_parameters(seed, P)
    b = burden_of(p, PEOPLE[who], DAYS, drawn(seed))
    assert all(np.isfinite(table).all() and (table >= 0).all() for table in tables(b))


def test_an_onset_is_that_of_the_diagnosis_and_what_goes_with_it_has_its_own():
    alone = burden_of(P, Patient(diagnosis="psoriasis"), DAYS, None)
    both = burden_of(P, Patient(years_since_onset=20, comorbid=("psoriasis",)), DAYS, None)
    assert both.history == alone.history == math.ceil(YEAR * P["inflammation_time"])
    long = burden_of(P, Patient(diagnosis="psoriasis", years_since_onset=20), DAYS, None)
    assert long.history == 20 * YEAR


def test_low_blood_values_act_without_being_named_and_only_once():
    shown = burden_of(P, Patient(diagnosis="healthy", labs=GAP), DAYS, None)
    named = burden_of(P, Patient(diagnosis="nutrition_gap", labs=GAP), DAYS, None)
    assert same(shown, named)
    fine = Patient(diagnosis="healthy", labs=Labs(ferritin_ug_l=200, zinc_umol_l=20))
    assert burden_of(P, fine, DAYS, None).at_rest


@pytest.mark.parametrize(
    ("patient", "sentence"),
    [
        (Patient(diagnosis="hormonal"), "unknown diagnosis 'hormonal'; simulated are: healthy"),
        (Patient(diagnosis="ageing"), "give the age in years"),
        (Patient(diagnosis="acute_telogen_effluvium"), "acute shedding has one; give trigger"),
    ],
)
def test_bad_input_is_one_clear_sentence(patient, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)):
        burden_of(P, patient, DAYS, None)


# ---- loads, exits and hazards ------------------------------------------------------------------


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(list(vocabulary()["trigger"])))
def test_a_severer_trigger_throws_out_more_up_to_the_published_resting_share(one, other, kind):
    mild, grave = sorted((one, other))
    gone = []
    for grade in (mild, grave):
        exits = telogen_effluvium.exits_of(P, Trigger(kind=kind, week=0, severity=grade))
        # of the follicles once in anagen so many are left, and so many of these were shed early
        gone.append(1 - math.prod(1 - e.share for e in exits))
        early = (1 - exits[0].share) - math.prod(1 - e.share for e in exits)
        assert early == pytest.approx(gone[-1] * P[f"effluvium_immediate_share_{kind}"])
        assert all(e.immediate == (e.day > 0) for e in exits)
    assert gone[0] <= gone[1] + 1e-12
    full = telogen_effluvium.largest_share(P)
    resting = P["telogen_fraction_histology"] + full * P["anagen_fraction_histology"]
    assert resting == pytest.approx(P["telogen_effluvium_fraction"])


def test_a_trigger_falls_on_its_day_and_a_later_one_is_left_out():
    def sheds(week):
        trigger = Trigger(kind="surgery", week=week, severity=1)
        person = Patient(diagnosis="telogen_effluvium", trigger=trigger)
        return burden_of(P, person, DAYS, None)

    first = -66 + round(P["effluvium_release_delay"])
    width = round(P["effluvium_release_spread"])
    assert [e.day for e in sheds(-9.5).exits] == [-66, *range(first, first + width)]
    assert sheds(-9.5).history == 66
    late = range(28 + 66 + first, 28 + 66 + first + width)
    assert [e.day for e in sheds(4).exits] == [28, *(day for day in late if day < DAYS)]
    assert not sheds(60).exits


@pytest.mark.parametrize("age", [20.0, 30.0, 55.5])
def test_ageing_counts_decades(age):
    b = burden_of(P, Patient(diagnosis="ageing", age=age), DAYS, None)
    beyond = age - P["ageing_onset_age"]
    today = b.loads["ageing"][b.history]
    assert today == pytest.approx(max(beyond, 0) / 10)
    if beyond >= 0:
        assert b.loads["ageing"][0] < 1 / 3652
        assert b.loads["ageing"][-1] - today == pytest.approx((DAYS - 1) / 3652.5)


@given(st.floats(0, 200), st.floats(0, 200))
def test_less_iron_is_never_less_load(one, other):
    def load(ferritin):
        return nutrition_gap.load_of_labs(P, Patient(labs=Labs(ferritin_ug_l=ferritin)))

    low, high = sorted((one, other))
    assert load(low) >= load(high)
    assert load(0) == P["ferritin_weight"]
    assert load(P["ferritin_cut_off"]) == 0


def test_without_blood_values_a_gap_has_its_default_load():
    b = burden_of(P, Patient(diagnosis="nutrition_gap"), DAYS, None)
    assert set(b.loads["nutrition"]) == {P["nutrition_load_unstated"]}
    everything = Labs(ferritin_ug_l=0, vitamin_d_nmol_l=0, zinc_umol_l=0)
    assert nutrition_gap.load_of_labs(P, Patient(labs=everything)) == 1


@pytest.mark.parametrize(("activity", "later"), [("active", True), ("burnt_out", False)])
def test_scarring_destroys_while_active_and_never_after(activity, later):
    def hazard(**given):
        person = Patient(diagnosis="lpp", years_since_onset=4, **given)
        b = burden_of(P, person, DAYS, None)
        return b.hazard[: b.history], b.hazard[b.history :]

    rate = P["scarring_hazard_lichen_planopilaris"]
    before, after = hazard(activity=activity)
    assert set(before) == {rate}
    assert set(after) == {rate if later else 0.0}
    before, after = hazard()
    assert before.sum() + after.sum() == pytest.approx(
        rate * min(math.ceil(YEAR * P["scarring_active_time"]), 4 * YEAR + DAYS)
    )


def test_frontal_fibrosing_loss_hardly_touches_the_crown():
    def rate(site):
        return burden_of(P, Patient(diagnosis="ffa", site=site), DAYS, None).hazard.max()

    assert rate("frontal") == P["scarring_hazard_frontal_fibrosing"]
    assert rate("vertex") == pytest.approx(P["scarring_outside_share"] * rate("frontal"))


def test_people_spread_about_the_typical_load():
    # 2000 people, a mean of lognormal factors of mean 1: limit 4 standard errors
    person, n = PEOPLE["scalp_inflammation"], 2000
    levels = [burden_of(P, person, 1, drawn(3, i)).loads["inflammation"][0] for i in range(n)]
    typical = burden_of(P, person, 1, None).loads["inflammation"][0]
    cv = P["inflammation_between_people"]
    assert np.mean(levels) / typical == pytest.approx(1, abs=4 * cv / math.sqrt(n))


# ---- grades ------------------------------------------------------------------------------------


@pytest.mark.parametrize("site", severity.SITES)
@pytest.mark.parametrize(
    ("scale", "grades"),
    [
        ("norwood", ["I", "II", "III", "IV", "V", "VI", "VII"]),
        ("ludwig", ["I", "II", "III"]),
        ("sinclair", [1, 2, 3, 4, 5]),
    ],
)
def test_a_higher_grade_is_never_less_loss(scale, grades, site):
    sex = "male" if scale == "norwood" else "female"
    losses = [
        severity.loss_of_grade(Patient(sex=sex, site=site, **{scale: grade})) for grade in grades
    ]
    for end in ("low", "centre", "high"):
        assert (np.diff([getattr(loss, end) for loss in losses]) >= 0).all()
    for loss in losses:
        assert 0 <= loss.low <= loss.centre <= loss.high <= 1


def test_every_word_of_the_scales_has_its_picture():
    assert set(severity.SCALES["norwood"]) == set(vocabulary()["norwood"])
    assert set(severity.SCALES["ludwig"]) == set(vocabulary()["ludwig"])
    low, high = vocabulary()["patient_number"]["sinclair"]["range"]
    assert list(severity.SCALES["sinclair"]) == list(range(low, high + 1))
    assert severity.loss_of_grade(Patient()) is None


def test_degrees_of_loss_part_and_the_first_is_noticed():
    rows = [parameter(f"local_loss_{degree}") for degree in severity.DEGREES]
    for less, more in pairwise(rows):
        assert less.value < more.value
        assert less.low < more.low
        assert less.high < more.high
    assert rows[0].value < 0.15 < rows[1].value  # Rushton 1991: men notice a loss of 15 %


# ---- season ------------------------------------------------------------------------------------


def test_the_season_rows_follow_from_march_and_september():
    # resting follicles are those that left anagen within the last rest: at a fixed rest of 100 days
    # and at a widely spread one, the amplitudes of the note give a two- and a threefold swing
    day = np.arange(3 * 365)
    for cv, twofold, threefold in ((0.05, 0.4, 0.62), (1.0, 0.65, 1.05)):
        sigma = math.sqrt(math.log1p(cv**2))
        still = stats.lognorm(sigma, scale=100 * math.exp(-(sigma**2) / 2)).sf(day + 0.5)
        for amplitude, swing in ((twofold, 2), (threefold, 3)):
            left = season(np.arange(5 * 365), amplitude, 0)
            resting = np.convolve(left, still)[3 * 365 : 4 * 365]
            assert resting.max() / resting.min() == pytest.approx(swing, rel=0.07)
            late = (np.argmax(resting) + 3 * 365) % YEAR
            assert late == pytest.approx(50, abs=8)
    row = parameter("season_amplitude")
    assert row.low < 0.4 < row.value < 1.05 < row.high


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_no_draw_turns_a_load_of_the_drive_round(seed):
    p = draw_parameters(seed, P)
    assert p["theta_anagen_attack"] > 2
    for load in ("stress", "ageing", "nutrition"):
        assert p[f"theta_anagen_{load}"] >= 0 >= p[f"theta_calibre_{load}"]
