"""Grades of grown people: what hair they have lost says, as far as the law can lose it.

Stochastic tests: seeds are the arguments, people the replications; limit four standard errors.
"""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from anagen.conditions.severity import DEGREES, SPREAD, loss_of_grade
from anagen.parameters import load_parameters
from anagen.patient import Patient
from anagen.population import Request, make_population
from anagen.population.grading import (
    SURPLUS,
    by_years,
    degree_chances,
    degrees,
    graded,
    log_density,
    scaled,
)
from anagen.population.plausible import plausible
from anagen.simulate.baseline import baselines
from anagen.simulate.model import parameter_set

P = parameter_set(None)
ROWS = {d: load_parameters()[f"local_loss_{d}"] for d in DEGREES}
N = 500


def made(n=N, seed=1, **asked):
    """Graded people of a request, what they have lost, and what was said of them."""
    request = Request(**({"diagnosis": "androgenetic_alopecia"} | asked))
    drawn = plausible(request, n, seed, surplus=SURPLUS)
    found = graded(request, drawn, n, P, hypothesis="gradual", follicles=250, seed=seed, threads=2)
    lost = baselines(found.people, P, follicles=250, seed=seed, threads=2)["lost"]
    return found.people, lost, found.warnings


def mean_of(people, lost, scale, grade):
    """Mean loss of a grade and its standard error."""
    own = lost[[getattr(w, scale) == grade for w in people]]
    return own.mean(), own.std() / math.sqrt(len(own))


# ---- what a grade says -------------------------------------------------------------------------


@pytest.mark.parametrize("degree", DEGREES)
def test_the_law_of_a_degree_is_that_of_a_patients_grade(degree):
    row = ROWS[degree]
    lost = np.linspace(0, 1, 7)
    side = np.where(lost < row.value, row.value - row.low, row.high - row.value)
    other = stats.norm(row.value, 2 * side / SPREAD).logpdf(lost) + np.log(2 * side / SPREAD)
    found = log_density(lost, row.value, row.low, row.high) + math.log(row.high - row.low)
    assert found == pytest.approx(other + 0.5 * math.log(2 * math.pi))
    shares = [
        ("norwood", g, s) for g in ("II", "III vertex", "IVa", "IV", "V") for s in ("vertex",)
    ]
    for scale, grade, site in shares:
        asked = Request(diagnosis="androgenetic_alopecia", sex="male", norwood=[grade], site=site)
        (own,) = degrees(asked, scale)
        loss = loss_of_grade(Patient(norwood=grade, site=site))
        row = ROWS[own]
        assert (loss.centre, loss.low, loss.high) == (row.value, row.low, row.high)


def test_the_law_of_a_degree_has_the_same_mass_for_each():
    masses = []
    for row in ROWS.values():
        centre, low, high = row.value, row.low, row.high
        z = 2 / SPREAD
        halves = [math.exp(-math.log(high - low)) * math.sqrt(math.pi / 2) * side * z
                  for side in (centre - low, high - centre)]  # fmt: skip
        masses.append(sum(halves))
        inside = np.linspace(max(low, 0), min(high, 1), 2001)
        area = integrate.simpson(np.exp(log_density(inside, centre, low, high)), x=inside)
        assert area == pytest.approx(0.95 * sum(halves), rel=0.01)
    assert masses == pytest.approx([masses[0]] * len(masses))


def test_more_loss_is_never_a_milder_degree():
    scale = ["I", "IVa", "III vertex", "IV", "V"]
    ask = Request(diagnosis="androgenetic_alopecia", sex="male", norwood=scale)
    chance = degree_chances(ask, "norwood", np.linspace(-0.2, 1.0, 200))
    assert chance.sum(axis=1) == pytest.approx(1)
    order = [DEGREES.index(d) for d in degrees(ask, "norwood")]
    below = np.cumsum(chance[:, np.argsort(order)], axis=1)
    assert np.all(np.diff(below, axis=0) <= 1e-9)  # stochastically rising


# ---- who is kept -------------------------------------------------------------------------------


@given(st.lists(st.floats(1e-6, 1.0), min_size=2, max_size=40), st.floats(0.01, 0.99))
@settings(max_examples=60, deadline=None)
def test_shares_add_up_and_keep_their_proportion_below_one(sizes, part):
    sizes, n = np.array(sizes), part * len(sizes)
    shares = scaled(sizes, n)
    assert shares.sum() == pytest.approx(n)
    assert shares.max() <= 1
    free = shares < 1
    if free.any():
        assert shares[free] / sizes[free] == pytest.approx(
            np.full(free.sum(), (shares / sizes)[free][0])
        )
        assert (sizes[~free] >= sizes[free].max() * (1 - 1e-9)).all()


def test_shares_of_what_is_counted_several_times_add_up():
    counts = np.array([100.0, 10.0, 1.0])
    shares = scaled(1 / counts, 30, counts)
    assert shares @ counts == pytest.approx(30)
    assert (shares * counts)[:2].min() > 9.99  # of the rare ones all, of the others as many
    assert shares[2] == 1


# ---- grown people ------------------------------------------------------------------------------


def test_loss_rises_with_the_grade_at_the_vertex():
    people, lost, said = made(
        sex="male", age=[18, 60], norwood=["II", "IVa", "III vertex", "IV", "V"]
    )
    assert said == ()
    assert len({w.id for w in people}) == N
    means = [mean_of(people, lost, "norwood", g) for g in ("II", "IVa", "III vertex", "IV")]
    for (a, error), (b, other) in itertools.pairwise(means):
        assert b - a > 4 * math.hypot(error, other)
    bare, error = mean_of(people, lost, "norwood", "V")
    least, other = means[0]
    assert bare - least > 0.4 + 4 * math.hypot(error, other)
    assert bare > means[2][0] + 4 * math.hypot(error, means[2][1])


def test_women_lose_more_by_ludwig():
    people, lost, _ = made(sex="female", age=[18, 65], ludwig=["I", "II", "III"], site="frontal")
    (a, e), (b, f), (c, g) = (mean_of(people, lost, "ludwig", x) for x in ("I", "II", "III"))
    assert b - a > 4 * math.hypot(e, f)
    assert c - b > 4 * math.hypot(f, g)


def test_shares_of_grades_are_even_where_the_law_has_such_people():
    people, _, _ = made(n=1000, sex="male", age=[18, 60], norwood=["II", "III vertex", "IV"])
    grades = [w.norwood for w in people]
    for grade in ("II", "III vertex", "IV"):
        limit = 4 * math.sqrt(2 / 9 / 1000)
        assert grades.count(grade) / 1000 == pytest.approx(1 / 3, abs=limit)


def test_grades_that_the_site_cannot_tell_apart_follow_the_years():
    people, lost, _ = made(n=1000, sex="male", age=[18, 60], norwood=["I", "II", "III"])
    steps = np.array([["I", "II", "III"].index(w.norwood) for w in people])
    years = np.array([w.years_since_onset for w in people])
    assert np.corrcoef(steps, years)[0, 1] > 0.1 + 4 / math.sqrt(1000)
    assert np.bincount(steps) / 1000 == pytest.approx([1 / 3] * 3, abs=4 * math.sqrt(2 / 9 / 1000))
    assert lost.mean() < ROWS["none"].high


def test_steps_by_years_are_as_many_of_each():
    u = (np.random.default_rng(3).permutation(4000) + 0.5) / 4000
    found = by_years(4, np.arange(4000.0), u)
    assert np.bincount(found) / 4000 == pytest.approx([0.25] * 4, abs=4 * math.sqrt(3 / 16 / 4000))
    assert not by_years(1, np.arange(5.0), u[:5]).any()


def test_a_grade_beyond_the_law_is_told_and_the_nearest_are_taken():
    people, lost, said = made(sex="male", age=[18, 60], norwood=["V"])
    assert "the nearest make up 500" in said[0]
    some, _, _ = made(sex="male", age=[18, 60], norwood=["IV"])
    own = baselines(some, P, follicles=250, seed=1)["lost"]
    error = math.hypot(lost.std(), own.std()) / math.sqrt(N)
    assert lost.mean() > own.mean() + 4 * error
    assert {w.norwood for w in people} == {"V"}


def test_both_sexes_keep_their_shares_and_their_own_scales():
    people, _, _ = made(
        sex="any", age=[18, 65], norwood=["III", "IV"], ludwig=["I"], site="frontal"
    )
    women = [w for w in people if w.sex == "female"]
    assert len(women) / N == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(N))
    assert all(w.ludwig == "I" and w.norwood is None for w in women)
    assert all(w.norwood in ("III", "IV") for w in people if w.sex == "male")


def test_bald_patches_do_not_raise_a_grade():
    ask = {"sex": "male", "age": [18, 60], "norwood": ["II"]}
    request = Request(diagnosis="alopecia_areata", comorbid=["androgenetic_alopecia"],
                      salt=[60, 100], **ask)  # fmt: skip
    pool = make_population(request, 50)
    assert pool.columns["nonvellus_hair_density"].mean() < 100
    assert not any("nearest" in said for said in pool.warnings)


def test_no_grade_is_given_where_none_was_asked_for():
    pool = make_population(Request(diagnosis="androgenetic_alopecia", sex="male"), 60)
    assert all(w.grade is None for w in pool.patients)
    assert [w.id for w in pool.patients] == list(range(60))
