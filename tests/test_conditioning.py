"""From what is known to who may be meant: identities, planted truth, and what cannot be.

The luck of candidates is named, so that every run gives the same numbers; where draws or people
are replications, their number is stated and the limit is four standard errors.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monte_carlo import LIMIT, standard_error
from scipy import special, stats

from anagen.conditions.severity import loss_of_grade
from anagen.measurement.instruments import instrument, measurable_change, visible_change
from anagen.parameters import parameter
from anagen.patient import Baseline, Past, Patient
from anagen.priors import central_parameters, draw_parameters
from anagen.regimen import FINASTERIDE, UNTREATED
from anagen.simulate import conditioning, simulate
from anagen.simulate.baseline import baselines
from anagen.simulate.conditioning import (
    CANDIDATES,
    LEAST_EFFECTIVE,
    Person,
    candidate,
    evidence,
    known,
    systematic,
    tempered,
)
from anagen.simulate.forecast import forecast, luck_of
from anagen.simulate.options import skins_of
from anagen.simulate.past import FOLLICLES, judged, tried, usual_weeks

DRAWS = 16
EACH = 10  # candidates of a parameter set in the first round
MAN = {"id": 7, "age": 45, "years_since_onset": 10.0}
LOGS = st.lists(st.floats(-1e3, 0), min_size=2, max_size=60).map(np.array)
DENSITY = "total_hair_density"


def who_may_be(draws=DRAWS, seed=0, **fields):
    return known(Patient(**(MAN | fields)), draws, hypothesis="gradual", seed=seed, luck_of=luck_of)


def of_people(people, endpoint=DENSITY, seed=0):
    """The endpoint today of each draw's person, as candidates were grown."""
    return np.array([
        baselines([p.patient], draw_parameters(p.draw), follicles=FOLLICLES,
                  seed=luck_of(seed, p.draw))[endpoint][0] for p in people
    ])  # fmt: skip


def everybody(**fields):
    """The candidates of the first round, with no regard to what was measured."""
    patient = Patient(**(MAN | fields))
    return [Person(k, candidate(patient, j, draw_parameters(k), luck_of(0, k)))
            for k in range(DRAWS) for j in range(EACH)]  # fmt: skip


def activity(people, seed=0):
    """Sulfotransferase activity that each draw's person has."""
    skins = [
        skins_of([p.patient], draw_parameters(p.draw), drawn=True, seed=luck_of(seed, p.draw))[0]
        for p in people
    ]
    return np.array([float(skin.sult_activity) for skin in skins])


def assert_sampled(kept, x, logs):
    """The ``kept`` come from the ``x`` of all candidates, by likelihoods whose ``logs`` are given.

    Mean and variance, with the error of as many independent draws by these weights.
    """
    w = special.softmax(logs)
    mean = w @ x
    for power, expected in ((1, 0.0), (2, w @ (x - mean) ** 2)):
        found = (kept - mean) ** power
        error = math.sqrt(w @ ((x - mean) ** power - expected) ** 2 / len(kept))
        assert abs(found.mean() - expected) < LIMIT * error, (power, found.mean(), expected, error)


def by_parameter_set(x):
    """Means over the candidates of each set, which are independent."""
    return x.reshape(DRAWS, EACH).mean(axis=1)


# ---- weights -----------------------------------------------------------------------------------


@given(LOGS, st.floats(0.1, 1.0))
def test_enough_candidates_remain_and_no_more_is_given_up_than_that_takes(logs, share):
    least = share * len(logs)
    weights, power = tempered(logs, least)
    assert weights.sum() == pytest.approx(1)
    effective = 1 / np.sum(weights**2)
    assert effective >= least * (1 - 1e-9)
    full, _ = tempered(logs, 0.0)
    np.testing.assert_allclose(full, special.softmax(logs), rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(weights, special.softmax(power * logs), rtol=1e-9, atol=1e-300)
    if power < 1:  # a little more of the evidence would leave too few
        assert 1 / np.sum(full**2) < least
        more = special.softmax(min(1.0, power * (1 + 1e-6) + 1e-9) * logs)
        assert 1 / np.sum(more**2) < least * (1 + 1e-9)


@given(LOGS, st.floats(-1e3, 1e3), st.floats(0.1, 0.9))
def test_a_constant_of_the_likelihood_weighs_nothing(logs, constant, share):
    one, power = tempered(logs, share * len(logs))
    other, same = tempered(logs + constant, share * len(logs))
    assert same == pytest.approx(power, rel=1e-3, abs=1e-9)
    np.testing.assert_allclose(one, other, atol=1e-3)


def test_the_impossible_weigh_nothing_and_all_of_them_alike():
    weights, power = tempered(np.array([-np.inf, 0.0, -np.inf, 0.0]), 2.0)
    assert weights.tolist() == [0, 0.5, 0, 0.5]
    assert power == 1
    none, power = tempered(np.full(5, -np.inf), 1.0)
    assert none.tolist() == [0.2] * 5
    assert power == 0


@given(LOGS, st.integers(1, 200))
def test_each_is_kept_as_often_as_its_weight_says_to_within_one(logs, n):
    weights, _ = tempered(logs, 0.0)
    picked = systematic(weights, n)
    assert len(picked) == n
    times = np.bincount(picked, minlength=len(logs))
    assert np.abs(times - n * weights).max() <= 1 + 1e-9
    assert (np.diff(picked) >= 0).all()


# ---- nothing known -----------------------------------------------------------------------------


def test_who_says_nothing_is_nobody_in_particular():
    patient = Patient(**MAN)
    found = who_may_be(5)
    assert evidence(patient) == ()
    assert found.people == tuple(Person(k, patient) for k in range(5))
    assert found.warnings == ()
    assert (found.power, found.effective, found.candidates) == (1, math.inf, 0)


@pytest.mark.parametrize("fields", [
    {"history": (Past(therapy="minoxidil", route="topical", response="unknown"),)},
    {"history": (Past(therapy="vehicle", response="none"),)},
    {"baseline": Baseline(instrument="phototrichogram_corrected")},
])  # fmt: skip
def test_what_says_nothing_of_hair_changes_no_forecast(fields):
    """To the bit the same forecast as without it."""
    plain, other = (
        forecast(Patient(**(MAN | own)), [UNTREATED, FINASTERIDE], weeks=24, draws=4)
        for own in ({}, fields)
    )
    assert plain.true.keys() == other.true.keys()
    for name, x in plain.true.items():
        np.testing.assert_array_equal(x, other.true[name])


def test_the_first_candidate_keeps_the_name_and_none_comes_twice():
    patient, p = Patient(**MAN), draw_parameters(0)
    people = [candidate(patient, j, p, 5) for j in range(CANDIDATES)]
    assert people[0] == patient
    assert len({who.key for who in people}) == CANDIDATES


def test_unstated_years_of_a_graded_man_are_drawn_and_end_with_his_youth():
    young = Patient(id=1, age=24, norwood="III vertex")
    p = draw_parameters(2)
    years = np.array([candidate(young, j, p, 9).years_since_onset for j in range(CANDIDATES)])
    assert len(set(years.tolist())) > 3
    assert (years >= 0).all()
    assert years.max() <= 24 - parameter("age_of_first_loss").value
    stated = Patient(id=1, age=24, norwood="III vertex", years_since_onset=2)
    assert {candidate(stated, j, p, 9).years_since_onset for j in range(5)} == {2}


# ---- planted truth -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def prior():
    return of_people(everybody())


@pytest.fixture(scope="module")
def planted(prior):
    """A man with less hair than nine tenths of those like him."""
    return float(np.quantile(prior, 0.1))


def test_a_measured_density_moves_what_is_thought(prior, planted):
    """16 draws, 16 sets of candidates: to the one measured, and it spreads less about it."""
    kept = of_people(who_may_be(baseline=Baseline(total_hair_density=planted)).people)
    before = by_parameter_set(prior)
    error = math.hypot(standard_error(before), standard_error(kept))
    assert before.mean() - kept.mean() > LIMIT * error
    apart = by_parameter_set((prior - planted) ** 2)
    near = (kept - planted) ** 2
    error = math.hypot(standard_error(apart), standard_error(near))
    assert apart.mean() - near.mean() > LIMIT * error


@pytest.mark.parametrize("share", [None, 0.4, 0.2, 0.1, 0.025])
def test_candidates_are_kept_by_bayes_rule(prior, planted, monkeypatch, share):
    """16 of 160 candidates, for the instrument's own error (None) and for better and worse ones."""
    sd = (share or instrument("phototrichogram_corrected").reading_error) * planted
    if share is not None:
        monkeypatch.setattr(conditioning, "reading_sd", lambda *given: sd)
    found = who_may_be(baseline=Baseline(total_hair_density=planted))
    logs = stats.norm.logpdf(planted, prior, sd)
    assert found.candidates == prior.size
    assert found.power == 1
    assert found.effective == pytest.approx(1 / np.sum(special.softmax(logs) ** 2))
    assert_sampled(of_people(found.people), prior, logs)


def test_no_precision_at_all_is_no_evidence(prior, monkeypatch):
    monkeypatch.setattr(conditioning, "reading_sd", lambda *given: 1e9)
    found = who_may_be(baseline=Baseline(total_hair_density=100.0))
    assert found.effective == pytest.approx(found.candidates)
    kept = of_people(found.people)
    assert_sampled(kept, prior, np.zeros(prior.size))


def test_a_forecast_begins_with_those_kept(prior, planted):
    """16 draws: the forecast's own follicles, not only those it was chosen by."""
    patient = Patient(**MAN, baseline=Baseline(total_hair_density=planted))
    made = forecast(patient, [UNTREATED], weeks=4, draws=DRAWS, visits_weeks=[4])
    told = made.read[DENSITY][:, 0, 0]
    gap = told - of_people(who_may_be(baseline=patient.baseline).people)
    assert abs(gap.mean()) < LIMIT * standard_error(gap)
    before = by_parameter_set(prior)
    error = math.hypot(standard_error(before), standard_error(told))
    assert before.mean() - told.mean() > LIMIT * error


def test_a_grade_is_a_loss():
    """16 of 160 candidates per grade: kept by its picture's loss, more of it the higher it is."""
    years = {"years_since_onset": 15.0}
    everybodys, lost = of_people(everybody(**years), "lost"), []
    for grade in ("II", "III vertex", "VI"):
        lost.append(of_people(who_may_be(norwood=grade, **years).people, "lost"))
        loss = loss_of_grade(Patient(**MAN, norwood=grade))
        side = np.where(everybodys < loss.centre, loss.centre - loss.low, loss.high - loss.centre)
        z = special.ndtri(0.975) * (everybodys - loss.centre) / side  # low and high hold 95 %
        assert_sampled(lost[-1], everybodys, -0.5 * z**2)
    for less, more in pairwise(lost):
        error = math.hypot(standard_error(less), standard_error(more))
        assert more.mean() - less.mean() > LIMIT * error


# ---- what was tried ----------------------------------------------------------------------------


LOTION = Past(therapy="minoxidil", route="topical", response="none")


def gain_of(people):
    """Gain in density that each candidate has by the usual minoxidil."""
    made = tried(LOTION)
    parts = []
    for k in range(DRAWS):
        some = [p.patient for p in people if p.draw == k]
        found = simulate(
            some, [made], weeks=usual_weeks(), visits_weeks=[usual_weeks()], people="drawn",
            parameters=draw_parameters(k), instrument=None, follicles=FOLLICLES, batches=1,
            seed=luck_of(0, k),
        )  # fmt: skip
        parts.append(np.diff(found.true[DENSITY][:, 0], axis=-1)[:, 0])
    return np.concatenate(parts)


@pytest.mark.parametrize("word", ["none", "good"])
def test_who_judged_minoxidil_is_kept_by_the_chance_of_saying_so(prior, word):
    """16 of 160 candidates: their activity, which nothing was said of."""
    people = everybody()
    least = measurable_change(instrument("phototrichogram_corrected"), prior)
    sd, gain = least / special.ndtri(0.975), gain_of(people)
    edge = least if word == "none" else np.maximum(least, np.mean(visible_change()))
    below = stats.norm.logcdf if word == "none" else stats.norm.logsf
    found = who_may_be(history=(LOTION.model_copy(update={"response": word}),))
    logs = below((edge - gain) / sd)
    assert found.effective == pytest.approx(1 / np.sum(special.softmax(logs) ** 2), rel=1e-6)
    assert_sampled(activity(found.people), activity(people), logs)


def test_the_chance_that_minoxidil_failed_falls_with_the_activity():
    """1200 men on the tables' values: covariances beyond none by four standard errors."""
    men, p = [Patient(**(MAN | {"id": i})) for i in range(1200)], central_parameters()
    least = np.full(1200, 15.0)
    chance = {word: np.exp(judged(men, [LOTION.model_copy(update={"response": word})], p, "gradual",
                                  0, least)) for word in ("none", "partial", "good")}  # fmt: skip
    np.testing.assert_allclose(chance["none"] + chance["partial"] + chance["good"], 1)
    active = np.array([float(s.sult_activity) for s in skins_of(men, p, drawn=True, seed=0)])
    for word, sign in (("none", -1), ("good", 1)):
        product = sign * (active - active.mean()) * (chance[word] - chance[word].mean())
        assert product.mean() > LIMIT * standard_error(product)


# ---- what cannot be ----------------------------------------------------------------------------


def test_a_density_that_nobody_has_is_said_so_and_the_spread_is_widened():
    found = who_may_be(baseline=Baseline(total_hair_density=490.0, hair_growth_rate=0.9))
    assert 0 <= found.power < 1
    assert found.effective >= LEAST_EFFECTIVE * DRAWS * (1 - 1e-6)
    assert len(found.people) == DRAWS
    (said,) = found.warnings
    assert said.startswith("baseline: hardly any simulated person is like this one")


def test_more_threads_change_nobody(planted):
    patient = Patient(**MAN, baseline=Baseline(total_hair_density=planted))
    one, two = (
        known(patient, 6, hypothesis="gradual", seed=3, luck_of=luck_of, threads=n) for n in (1, 2)
    )
    assert one == two
