"""Drug, enzyme and DHT: the published model, its integrator, and the refit of finasteride."""

import sys
import time
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from anagen.errors import InputError
from anagen.parameters import load_parameters
from anagen.priors import quantile
from anagen.therapies import dutasteride as dutasteride_tablet
from anagen.therapies import finasteride as finasteride_drug
from anagen.therapies.dht_turnover import (
    DAY,
    combined_scalp,
    dht_course,
    dutasteride,
    finasteride,
    finasteride_published,
)

sys.path.append(str(Path(__file__).parents[1] / "validation" / "delivery"))
import drugs

ROWS = load_parameters()
P = {name: row.value for name, row in ROWS.items()}
DUTASTERIDE, FINASTERIDE = dutasteride(P), finasteride(P)


def fall(mg, drug, days=1460):
    return 100 * (1 - dht_course(np.full(days, mg), drug).serum[-1])


# ---- the published model -----------------------------------------------------------------------


@pytest.mark.parametrize(("mg", "points"), [(0.05, 52.9), (0.1, 70.3), (0.5, 90.6), (2.5, 97.6)])
def test_dutasteride_suppresses_serum_dht_as_published(mg, points):
    assert fall(mg, DUTASTERIDE) == pytest.approx(points, abs=0.5)


def test_the_course_of_dutasteride_is_the_published_one():
    course = dht_course(np.full(364, 0.5), DUTASTERIDE)
    days = np.array([1, 7, 28, 84])
    assert 100 * (1 - course.serum[days - 1]) == pytest.approx([43.7, 81.0, 87.3, 90.1], abs=0.5)
    assert course.drug[-1] == pytest.approx(25.2, abs=0.1)


@pytest.mark.parametrize(
    ("mg", "points"), [(0.01, 1.7), (0.05, 8.0), (0.2, 24.5), (1.0, 54.6), (5.0, 71.8)]
)
def test_finasteride_as_published_fails_below_5_mg_as_documented(mg, points):
    found = fall(mg, finasteride_published(P), days=42)
    assert found == pytest.approx(points, abs=0.3)
    if 0.05 <= mg <= 1:
        assert found < drugs.observed()["serum", mg] - 15


# ---- the equations and their integrator --------------------------------------------------------


def by_solve_ivp(daily_mg, topical_mg, drug):
    """The printed equations by an adaptive implicit solver, day by day; rows (serum, scalp)."""
    (ka, vc, vp, q, cl, vmax, km, k1, k2, ko1, ko2, e, kout, f, fs, phi, ks, share, kr, cls) = (
        astuple(drug)
    )

    def rates(_, y):
        gut, skin, a2, a3, s1, s2, t1, t2, serum, scalp = y
        c, local = a2 / vc, phi * a2 / vc + kr * skin / cls
        out = (cl + vmax / (km + c) + ko2 * e * s2) * c
        flow = q * (c - a3 / vp)
        return [
            -ka * gut, -kr * skin, ka * gut + kr * skin - out - flow, flow,
            k1 * (1 - s1) - ko1 * c * s1, k2 * (1 - s2) - ko2 * c * s2,
            k1 * (1 - t1) - ko1 * local * t1, k2 * (1 - t2) - ko2 * local * t2,
            kout * (f * s2 + (1 - f) * s1 - serum), ks * (fs * t2 + (1 - fs) * t1 - scalp),
        ]  # fmt: skip

    y, found = np.array([0.0] * 4 + [1.0] * 6), []
    for mg, on_scalp in zip(daily_mg, topical_mg, strict=True):
        y[:2] += 1000 * mg, share * 1000 * on_scalp
        y = solve_ivp(rates, (0, DAY), y, method="LSODA", rtol=1e-8, atol=1e-10).y[:, -1]
        found.append(y[-2:])
    return np.array(found).T


@pytest.mark.parametrize(
    ("drug", "mg", "topical"),
    [(DUTASTERIDE, 0.5, 0), (DUTASTERIDE, 0.05, 0), (FINASTERIDE, 0.05, 0), (FINASTERIDE, 1, 2)],
)
def test_the_error_of_the_integrator_is_below_a_third_of_a_point(drug, mg, topical):
    daily, on_scalp = np.repeat([mg, 0.0], [20, 20]), np.repeat([topical, 0.0], [20, 20])
    course = dht_course(daily, drug, topical_mg=on_scalp)
    exact = by_solve_ivp(daily, on_scalp, drug)
    assert np.abs([course.serum, course.scalp] - exact).max() < 0.003


def test_the_tightest_and_quickest_enzyme_of_the_prior_is_integrated_too():
    edge = {"finasteride_type2_half_concentration": 0.001, "finasteride_scalp_offset_time": 4.8}
    drug, daily = finasteride(P | edge), np.repeat([0.05, 0.2, 0.0], [15, 15, 15])
    course = dht_course(daily, drug)
    assert np.abs([course.serum, course.scalp] - by_solve_ivp(daily, 0 * daily, drug)).max() < 0.006


@pytest.mark.parametrize(("drug", "mg"), [(DUTASTERIDE, 0.5), (FINASTERIDE, 0.2)])
def test_half_the_step_makes_a_quarter_of_the_error(drug, mg):
    serum = [dht_course(np.full(60, mg), drug, steps=n).serum for n in (64, 128, 2048)]
    coarse, fine = (np.abs(s - serum[2]).max() for s in serum[:2])
    assert coarse / fine == pytest.approx(4, rel=0.15)


def test_a_linear_drug_reaches_its_closed_form():
    # without saturable loss and enzyme the mean steady concentration is dose over clearance; the
    # trough of a one-compartment drug is known too
    plain = replace(DUTASTERIDE, saturable=0.0, clearance=20.0, exchange=0.0, absorption=1e3)
    k = plain.clearance / plain.central
    trough = 1000 / plain.central * np.exp(-k * DAY) / -np.expm1(-k * DAY)
    course = dht_course(np.full(60, 1.0), plain, steps=256)
    assert course.drug[-1] == pytest.approx(trough, rel=1e-3)


def test_the_drug_is_in_the_body_or_gone():
    kept = replace(FINASTERIDE, clearance=0.0, enzyme=0.0, exchange=0.0)
    course = dht_course(np.full(30, 1.0), kept, topical_mg=np.full(30, 1.0))
    gone = dht_course([1.0] * 30 + [0.0] * 60, kept, topical_mg=[1.0] * 30 + [0.0] * 60)
    assert course.drug[-1] * kept.central < 30_000 * (1 + kept.skin_share)
    assert gone.drug[-1] * kept.central == pytest.approx(30_000 * (1 + kept.skin_share), rel=1e-3)


def test_enzyme_at_a_constant_concentration_is_the_closed_form():
    # no loss of drug after one dose: S settles where renewal meets binding
    still = replace(DUTASTERIDE, clearance=0.0, saturable=0.0)
    course = dht_course([1.0] + [0.0] * 400, still)
    c = 1000 / (still.central + still.peripheral)
    assert course.drug[-1] == pytest.approx(c, rel=1e-6)
    s1, s2 = (
        k / (k + ko * c)
        for k, ko in ((still.renewal1, still.binding1), (still.renewal2, still.binding2))
    )
    assert course.serum[-1] == pytest.approx(still.type2 * s2 + (1 - still.type2) * s1, rel=1e-6)


def test_a_year_takes_at_most_two_milliseconds():
    dose = np.full(364, 0.5)
    dht_course(dose, DUTASTERIDE)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        dht_course(dose, DUTASTERIDE)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.002


# ---- doses -------------------------------------------------------------------------------------

DRUGS = {"dutasteride": DUTASTERIDE, "finasteride": FINASTERIDE}


@pytest.mark.parametrize("drug", DRUGS.values(), ids=DRUGS)
def test_without_a_dose_everything_is_exactly_at_rest(drug):
    course = dht_course(np.zeros(50), drug)
    assert (course.drug == 0).all()
    assert (course.serum == 1).all()
    assert (course.scalp == 1).all()


@pytest.mark.parametrize("drug", DRUGS.values(), ids=DRUGS)
@settings(deadline=None, max_examples=40)
@given(st.tuples(st.floats(0, 5), st.floats(0, 5)))
def test_more_drug_never_leaves_more_dht(drug, doses):
    low, high = (dht_course(np.full(60, mg), drug) for mg in sorted(doses))
    assert (high.serum <= low.serum + 1e-9).all()
    assert (high.scalp <= low.scalp + 1e-9).all()


@pytest.mark.parametrize("drug", DRUGS.values(), ids=DRUGS)
def test_dht_returns_after_the_last_dose(drug):
    course = dht_course(np.repeat([1.0, 0.0], [100, 1400]), drug)
    assert course.scalp[99] < 0.6
    assert course.serum[-1] == pytest.approx(1, abs=1e-3)
    assert course.scalp[-1] == pytest.approx(1, abs=1e-3)


def test_the_return_follows_the_drawn_time():
    # once the drug is gone, occupied enzyme falls by e in the time of the row
    for days in (5.0, 40.0):
        drug = finasteride(P | {"finasteride_scalp_offset_time": days})
        course = dht_course(np.repeat([1.0, 0.0], [60, 400]), replace(drug, binding1=0.0))
        at = 60 + int(4 * days)
        taken = 1 - course.type2[[at, at + 10]]
        assert taken[0] / taken[1] == pytest.approx(np.exp(10 / days), rel=0.02)


def test_tight_binding_makes_a_small_dose_count():
    # with the enzyme's uptake, 0.05 mg does nearly what 0.2 mg does and 0.01 mg does little
    for dose, drug in ((0.05, FINASTERIDE), (0.2, FINASTERIDE)):
        assert fall(dose, drug, days=84) > 50
    loose = replace(FINASTERIDE, enzyme=0.0)
    assert fall(0.01, FINASTERIDE, days=84) < fall(0.01, loose, days=84) - 10


def test_topical_drug_reaches_the_scalp_before_the_serum():
    oral = dht_course(np.full(84, 0.05), FINASTERIDE)
    topical = dht_course(
        0.0, FINASTERIDE, topical_mg=np.full(84, 0.05 / FINASTERIDE.skin_share)
    )  # the same drug taken up
    assert topical.serum[-1] == pytest.approx(oral.serum[-1], abs=0.02)
    assert topical.scalp[-1] < oral.scalp[-1] - 0.02


# ---- two drugs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("drug", DRUGS.values(), ids=DRUGS)
def test_one_drug_alone_is_its_own_combination(drug):
    course = dht_course(np.repeat([0.5, 0.0], [60, 60]), drug)
    rest = dht_course(np.zeros(120), FINASTERIDE)
    assert combined_scalp([course, rest], drug) == pytest.approx(course.scalp, abs=0.03)
    assert combined_scalp([course, rest], drug)[59] == pytest.approx(course.scalp[59], abs=0.012)
    assert combined_scalp([rest], drug) == pytest.approx(np.ones(120))


def test_two_drugs_leave_less_than_either_but_not_the_product():
    courses = [dht_course(np.full(200, 0.5), d) for d in (FINASTERIDE, DUTASTERIDE)]
    both = combined_scalp(courses, FINASTERIDE)[-1]
    assert both < min(c.scalp[-1] for c in courses)
    assert both > courses[0].scalp[-1] * courses[1].scalp[-1]


def test_twice_the_binding_is_two_drugs():
    # of a drug that binds at a constant rate, two courses are one with twice the concentration
    still = replace(DUTASTERIDE, clearance=0.0, saturable=0.0)
    one, two = (dht_course([mg] + [0.0] * 400, still) for mg in (0.02, 0.04))
    assert combined_scalp([one, one], still)[-1] == pytest.approx(two.scalp[-1], rel=1e-4)


# ---- the refit ---------------------------------------------------------------------------------


def test_the_shipped_numbers_are_the_optimum_of_the_fit():
    # steps of 1 % stand above what rounding to four digits leaves
    shipped = np.array([P[name] for name in drugs.FITTED])
    best = np.sum(drugs.misfit(shipped) ** 6)
    for k in range(len(shipped)):
        for factor in (0.99, 1.01):
            shifted = shipped.copy()
            shifted[k] *= factor
            assert np.sum(drugs.misfit(shifted) ** 6) > best


def test_the_refit_redone_gives_the_shipped_numbers():
    assert drugs.fit() == pytest.approx([P[name] for name in drugs.FITTED], rel=0.01)


def test_the_fit_recovers_known_numbers():
    true = np.array([60.0, 50.0, 0.7, 0.6, 0.4, 0.8])
    made = drugs.predicted(P | dict(zip(drugs.FITTED, true, strict=True)))
    assert drugs.fit(made) == pytest.approx(true, rel=0.02)


def test_the_refit_meets_the_four_doses_in_serum_and_scalp_within_6_points():
    found, data = drugs.predicted(P), drugs.observed()
    missed = {key for key, value in data.items() if not abs(found[key] - value) < 6}
    assert missed == {("scalp", 0.01)}
    assert len(data) == 12


def test_scalp_at_plasma_exposure_does_not_meet_them(monkeypatch):
    # why the scalp has an exposure of its own: the same six numbers alone leave 6.3 points
    monkeypatch.setitem(drugs.TABLE, "finasteride_scalp_exposure", 1.0)
    assert np.abs(drugs.misfit(drugs.fit())).max() > 1


def test_no_numbers_of_the_prior_jump_from_10_to_50_micrograms_as_published():
    # occupancy of one site is concave in the dose where scalp sees plasma's level or more: a fifth
    # of the dose does a fifth or more (less half a point for type 1); 60 draws, seed 6
    names = [n for n, row in ROWS.items() if row.table in ("dht", "dutasteride")]
    rng = np.random.default_rng(6)
    for _ in range(60):
        p = P | {n: float(quantile(ROWS[n], rng.random())) for n in names}
        found = drugs.predicted(p)
        assert found["scalp", 0.01] > found["scalp", 0.05] / 5 - 0.5
    data = drugs.observed()
    assert data["scalp", 0.01] < data["scalp", 0.05] / 5 - 6


def test_every_published_number_agrees_or_says_why_not():
    rows = drugs.rows()
    assert [name for name, *_, verdict in rows if verdict == "UNEXPLAINED"] == []
    assert sum(verdict == "ok" for *_, verdict in rows) > 25


def test_the_prior_leaves_a_sensible_spread_at_1_mg():
    # 400 draws by quantile, seed 5; what is asserted lies far beyond the Monte-Carlo error (0.01)
    names = [n for n, row in ROWS.items() if row.table in ("dht", "dutasteride")]
    rng = np.random.default_rng(5)
    scalp = []
    for _ in range(400):
        p = P | {n: float(quantile(ROWS[n], rng.random())) for n in names}
        scalp.append(finasteride_drug.scalp_course(np.full(84, 1.0), p)[-1])
    low, middle, high = np.quantile(scalp, [0.05, 0.5, 0.95])
    assert 0.33 < low < middle < high < 0.60
    assert high - low > 0.05
    assert middle == pytest.approx(0.41, abs=0.03)  # Drake 1999


# ---- bad input ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dose", [-1.0, np.nan, np.inf])
def test_a_dose_that_cannot_be_is_refused(dose):
    with pytest.raises(InputError, match=r"daily_mg: must be 0 mg or more"):
        dht_course([dose], FINASTERIDE)
    with pytest.raises(InputError, match=r"topical_mg: must be 0 mg or more"):
        dht_course(0.0, FINASTERIDE, topical_mg=[dose])


def test_a_route_that_was_not_studied_is_refused():
    with pytest.raises(InputError, match="allowed: oral"):
        dutasteride_tablet.scalp_course([0.5], P, "topical")
    with pytest.raises(InputError, match="did you mean 'topical'"):
        finasteride_drug.scalp_course([0.5], P, "topicall")
    with pytest.raises(InputError, match="no course was given"):
        combined_scalp([], FINASTERIDE)
