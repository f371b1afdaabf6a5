"""Season and acute shedding: identities, direction, and the renewal equation as the expectation.

Stochastic tests: seeds are given, scalps the replications (their number is stated), and the limit
is four standard errors.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from anagen.conditions.burden import Burden, Exit
from anagen.conditions.diagnoses import burden_of
from anagen.conditions.telogen_effluvium import exits_of
from anagen.errors import InputError
from anagen.follicle.events import run_events
from anagen.follicle.law import ForcedExit
from anagen.follicle.renewal import class_clock, expected
from anagen.follicle.scalps import Scalps
from anagen.patient import Patient, Trigger
from anagen.priors import central_parameters
from anagen.regimen import UNTREATED
from anagen.simulate import follicle_law, simulate
from anagen.simulate.drive_tables import course, tables
from anagen.simulate.laid import SEASONAL_HISTORY, YEAR, season, window
from anagen.simulate.options import history_of

P = central_parameters()
LAW = follicle_law(P)
LIMIT = 4  # standard errors
HEALTHY = [Patient(id=i, diagnosis="healthy") for i in range(60)]
PHASES = ("anagen", "catagen", "telogen", "kenogen")


def stretch(burden, first, days, month):
    laid = window(burden, P, first, days, month)
    return course(tables({}, P, days, laid), days, 1, laid=laid, p=P)


def clock(first, days, month):
    rates = np.ones((days, 4))
    rates[:, 0] = season(first, days, month, P)
    return class_clock(LAW, rates)


def agrees(found, expectation):
    """Means of the scalps on the last axis of days against their expectation."""
    error = found.std(axis=0, ddof=1) / math.sqrt(len(found))
    far = np.abs(found.mean(axis=0) - expectation) / np.where(error > 0, error, np.inf)
    assert far.max() < LIMIT, far.max()


# ---- season ------------------------------------------------------------------------------------


@pytest.mark.parametrize("amplitude", [0.0, 0.3, 0.6, 1.1])
def test_the_mean_over_a_year_is_one(amplitude):
    four_years = season(-100, 1461, 6.25, P | {"season_amplitude": amplitude})
    assert four_years.mean() == pytest.approx(1, abs=1e-6)
    assert four_years.max() / four_years.min() == pytest.approx(math.exp(2 * amplitude), rel=1e-3)


def test_the_clock_is_fastest_on_its_day_of_the_year_whatever_the_month_of_today():
    for month in (1, 3.5, 12.9):
        wave = season(-400, 800, month, P)
        day = (np.flatnonzero(np.diff(np.sign(np.diff(wave))) < 0) + 1 - 400) + (
            month - 1
        ) / 12 * YEAR
        assert len(day) >= 2
        np.testing.assert_allclose((day - P["season_peak_day"] + YEAR / 2) % YEAR, YEAR / 2, atol=1)


@pytest.mark.parametrize("month", [0.9, 13, math.nan])
def test_a_month_beyond_the_year_is_refused(month):
    with pytest.raises(InputError, match="month: must lie between 1"):
        season(0, 10, month, P)


def test_no_amplitude_is_no_season():
    """To the bit for people with a longer history; the healthy then start somewhere else in it."""
    men = [Patient(id=i, years_since_onset=10) for i in range(5)]
    common = {"weeks": 26, "batches": 1, "follicles": 200, "instrument": None}
    none = {"parameters": {"season_amplitude": 0.0}}
    plain = simulate(men, [UNTREATED], **common)
    flat = simulate(men, [UNTREATED], month=9, **none, **common)
    np.testing.assert_array_equal(plain.counts[0].counts, flat.counts[0].counts)
    for name, x in plain.true.items():
        np.testing.assert_array_equal(x, flat.true[name], err_msg=name)
    a, b = (simulate(HEALTHY, [UNTREATED], **more, **common).true["anagen_fraction"][:, 0, 0]
            for more in ({}, {"month": 9} | none))  # fmt: skip
    assert abs(a.mean() - b.mean()) < LIMIT * math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / len(a))


def test_more_hair_grows_in_march_and_more_is_shed_in_late_summer():
    """The same 60 people of 800 follicles in the middle of March and of September."""
    found = {m: simulate(HEALTHY, [UNTREATED], weeks=4, batches=1, follicles=800, month=m,
                         instrument=None).true for m in (3.5, 9.5)}  # fmt: skip
    for name, sign in (("anagen_fraction", 1), ("shed_hairs_per_day", -1)):
        gap = sign * (found[3.5][name] - found[9.5][name])[:, 0, 0]
        assert gap.mean() > LIMIT * gap.std(ddof=1) / math.sqrt(len(gap)) > 0, name


def test_a_further_year_of_history_changes_nothing():
    """The expectation today after three years of season and after four; 1000 follicles' luck."""
    three, four = (
        expected(LAW, clock(-before, before, 9.0)) for before in (SEASONAL_HISTORY, 1464)
    )
    for name in (*PHASES, "visible"):
        share = four[name][-1]
        luck = math.sqrt(share * (1 - share) / 1000)
        assert abs(three[name][-1] - share) < luck / 4, name


def test_the_seasons_follow_the_renewal_equation():
    """60 scalps of 500 follicles through three years of history and one more."""
    before, after = SEASONAL_HISTORY, 360
    scalps = Scalps(follicles=500, patient=np.arange(60), history=before)
    found = run_events(
        LAW, scalps, [stretch(Burden(), 0, after, 3.0)], seed=11,
        history=history_of([Burden()] * 60, P, before, 3.0),
    )  # fmt: skip
    want = expected(LAW, clock(-before, before + after, 3.0))
    days = np.arange(0, after + 1, 60)
    for name in (*PHASES, "visible"):
        agrees(found.daily(name)[:, 0][:, days] / 500, want[name][before + days])
    months = found.daily("shed")[:, 0, 1:].reshape(60, 12, 30).sum(axis=-1) / 500
    agrees(months, want["shed"][before + 1 :].reshape(12, 30).sum(axis=-1))


# ---- acute shedding ----------------------------------------------------------------------------

FEVER = Trigger(kind="fever", week=-8, severity=1.0)
AT, DAYS = 20, 360


def shed_after(share, immediate, *, law=LAW, people=60, seed=3):
    """People without and with an exit on one day; the same luck."""
    thrown = Burden(exits=(Exit(AT, share, immediate),))
    scalps = Scalps(follicles=500, patient=np.arange(people))
    options = [stretch(b, 0, DAYS, None) for b in (Burden(), thrown)]
    return run_events(law, scalps, options, visits=[0, AT, DAYS], seed=seed)


def test_hair_that_is_shed_at_once_is_all_hair_that_grew():
    found = shed_after(1.0, 1.0)
    before, after = found.daily("visible")[:, 0, AT], found.daily("visible")[:, 1, AT]
    growing = found.at_visit("growing")[:, 0, 1]
    # the state of a day is that after its trigger, and so is what was shed by then
    gone = found.daily("shed")[:, 1, AT] - found.daily("shed")[:, 0, AT]
    np.testing.assert_array_equal(before - after, growing)
    np.testing.assert_array_equal(gone, growing)


def test_all_that_is_thrown_out_is_shed_within_a_rest_and_no_hair_twice():
    """Where residences hardly spread: old hair is gone, and no new hair has had its time."""
    law = follicle_law(P | {"residence_variation": 0.05})
    found = shed_after(1.0, 0.0, law=law)
    rest = math.ceil(1.5 * (P["catagen_duration"] + P["telogen_duration"]))
    assert AT + rest < DAYS
    lost = found.daily("shed")[:, 1, AT + 1 : AT + rest].sum(axis=-1)
    np.testing.assert_array_equal(lost, found.daily("visible")[:, 1, AT])


@pytest.mark.parametrize(("share", "immediate"), [(0.4, 0.0), (0.4, 0.5), (1.0, 1.0)])
def test_a_trigger_follows_the_renewal_equation(share, immediate):
    found = shed_after(share, immediate)
    want = expected(LAW, class_clock(LAW, np.ones((DAYS, 4))),
                    exits=[ForcedExit(AT, share, immediate)])  # fmt: skip
    days = np.array([0, AT - 1, AT, AT + 1, 60, 120, 180, 240, DAYS])
    for name in (*PHASES, "visible"):
        agrees(found.daily(name)[:, 1][:, days] / 500, want[name][days])
    agrees(found.daily("shed")[:, 1, 1:].reshape(60, 12, 30).sum(axis=-1) / 500,
           want["shed"][1:].reshape(12, 30).sum(axis=-1))  # fmt: skip


def test_what_is_shed_more_is_what_was_thrown_out_less_what_would_have_been_shed_later():
    """Hairs are conserved: visible today = visible then + emerged - shed, in both lives."""
    found = shed_after(0.4, 0.2)
    shed = found.daily("shed")[:, :, 1:].cumsum(axis=-1)
    emerged = found.daily("visible")[..., 1:] - found.daily("visible")[..., :1] + shed
    assert (np.diff(emerged, axis=-1) >= 0).all()
    extra = (shed[:, 1, -1] - shed[:, 0, -1]) / 500
    want = [expected(LAW, class_clock(LAW, np.ones((DAYS, 4))), exits=e)["shed"][1:].sum()
            for e in ([], [ForcedExit(AT, 0.4, 0.2)])]  # fmt: skip
    agrees(extra, want[1] - want[0])
    assert extra.mean() > 0.2


def test_a_patient_with_a_trigger_sheds_as_its_exit_says():
    """60 typical people through `simulate`: eight weeks ago, and a year from there on."""
    who = [Patient(id=i, diagnosis="telogen_effluvium", trigger=FEVER) for i in range(60)]
    burden = burden_of(P, who[0], DAYS, None)
    thrown = exits_of(P, FEVER)
    assert burden.exits == thrown
    assert thrown[0].day == -56
    found = simulate(who, [UNTREATED], weeks=52, batches=1, follicles=500, instrument=None)
    (counts,) = found.counts
    days = np.array([0, 28, 84, 168, 364])
    exits = [ForcedExit(56 + e.day, e.share, e.immediate) for e in thrown]
    want = expected(LAW, class_clock(LAW, np.ones((56 + 365, 4))), exits=exits)
    for name in (*PHASES, "visible"):
        agrees(counts.daily(name)[:, 0][:, days] / 500, want[name][56 + days])


def test_hair_is_back_after_two_cycles():
    """The same 60 people with and without the trigger, which halved their growing hair."""
    cycle = sum(P[f"{phase}_duration"] for phase in PHASES)
    weeks = [0, 12, 2 * cycle / 7, 2 * cycle / 7 + 26, 2 * cycle / 7 + 52]
    ill, well = (
        simulate(
            [Patient(id=i, diagnosis="healthy", trigger=trigger) for i in range(60)], [UNTREATED],
            weeks=weeks[-1], visits_weeks=weeks, batches=1, follicles=500, instrument=None,
            parameters={"effluvium_share_factor_fever": 1.0},
        ).true["total_hair_density"][:, 0]
        for trigger in (Trigger(kind="fever", week=1, severity=1.0), None)
    )  # fmt: skip
    lost = well - ill
    error = lost.std(axis=0, ddof=1) / math.sqrt(60)
    assert lost[:, 1].mean() > LIMIT * error[1]
    assert abs(lost[:, 2:].mean()) < LIMIT * lost[:, 2:].mean(axis=1).std(ddof=1) / math.sqrt(60)
    # at its lowest it had lost several times what may be left now
    assert abs(lost[:, 2:].mean()) < 0.2 * lost[:, 1].mean()
