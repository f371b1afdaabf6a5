"""The engine against the renewal equation, closed forms and the one-page model.

Each test names its seed and its follicles; it fails at 4 standard errors of the engine's own
Monte-Carlo error (binomial for counts, from the visit's second moments for sums).
"""

import importlib.util
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from anagen.follicle.events import run_events
from anagen.follicle.law import PHASES, FollicleLaw, ForcedExit
from anagen.follicle.renewal import class_clock, class_target, expected
from anagen.follicle.residence import LAWS, Residence
from anagen.follicle.scalps import Course, Scalps
from anagen.follicle.stationary import (
    phase_shares,
    shed_per_day,
    size_after,
    visible_length,
    visible_share,
)

COUNTS = (*PHASES, "lost", "visible", "shed")
ROUNDING = 1e-3  # relative: calibres to 1/64 um and sizes to 2^-14, rounded down


def a_law(name="lognormal", **other):
    given = {
        "anagen": Residence(150, 0.5, name), "catagen": Residence(14, 0.3, name),
        "telogen": Residence(60, 0.4, name), "kenogen": Residence(50, 0.6, name),
        "kenogen_share": 0.7, "emergence_delay": 21.3,
        "androgen_drive": (1.2, 0.2, -0.3, -1.0), "size_step": 0.4, "size_hill": 2.0,
    }  # fmt: skip
    return FollicleLaw(**(given | other))


def waves(days, shift=0.0):
    day = np.arange(days)[:, None]
    return np.exp(0.5 * np.sin(day / [60, 30, 100, 20] + shift))


def counts_agree(found, wanted, n, days, names=COUNTS, bias=0.0):
    """z of every count at every day; ``bias``: error of the expectation."""
    for name in names:
        p = np.clip(np.asarray(wanted[name])[days], 0, 1)
        se = np.sqrt(p * (1 - p) / n)
        gap = np.abs(found[name][days] / n - p)
        assert (gap <= 4 * se + bias + 1e-12).all(), (name, (gap / np.maximum(se, 1e-12)).max())


def sum_agrees(total, squares, mean, n, rounding=ROUNDING):
    """z of the sum per follicle of what follicles without hair have 0 of."""
    se = np.sqrt(np.maximum(squares / n - (total / n) ** 2, 0) / n)
    assert (np.abs(total / n - mean) <= 4 * se + rounding * mean).all()


def daily_of(counts, patient=0, option=0, names=COUNTS):
    return {name: counts.daily(name)[patient, option] for name in names}


CLASSES = [(0.0, 0.0), (0.7, 30.0), (1.3, -10.0), (0.7, 200.0), (1.3, 100.0)]
DAYS, EACH, RAMP = 400, 400_000, 150.0
DATES = np.linspace(10, DAYS, 12).astype(int)


@cache
def five_patients():
    """Seed 11; 5 patients x 400,000 follicles, each with clocks of its own."""
    severity, onset = np.array(CLASSES).T
    rates = np.stack([waves(DAYS, i) for i in range(5)])
    growth = 1 + 0.3 * np.sin(np.arange(DAYS) / 40 + np.arange(5)[:, None])
    who = Scalps(follicles=EACH, history=10, severity=severity, affected_share=1.0, onset=onset,
                 ramp=RAMP)  # fmt: skip
    option = Course(days=DAYS, clock=rates, growth=growth, row=np.arange(5)[:, None])
    counts = run_events(a_law(), who, [option], visits=DATES, seed=11)
    return counts, np.concatenate([np.ones((5, 10, 4)), rates], axis=1), growth


@pytest.mark.parametrize("patient", range(5))
def test_two_million_follicles_follow_the_renewal_equation(patient):
    """Three classes of load under clocks that vary in time; 12 dates, every count and sum."""
    counts, rates, growth = five_patients()
    severity, onset = CLASSES[patient]
    load = {"severity": severity, "onset": onset + 10, "ramp": RAMP}
    wanted = expected(
        a_law(), class_clock(a_law(), rates[patient], **load),
        growth=np.concatenate([np.ones(10), growth[patient]]),
        target=class_target(a_law(), DAYS + 10, **load),
    )  # fmt: skip
    wanted = {name: series[10:] for name, series in wanted.items()}
    counts_agree(daily_of(counts, patient), wanted, EACH, DATES)
    visit = {name: counts.at_visit(name)[patient, 0] for name in
             ("length", "length_squared", "calibre", "calibre_squared", "growing")}  # fmt: skip
    sum_agrees(visit["length"], visit["length_squared"], wanted["length"][DATES], EACH)
    sum_agrees(visit["calibre"] / 70, visit["calibre_squared"] / 70**2, wanted["calibre"][DATES],
               EACH)  # fmt: skip
    sum_agrees(visit["calibre_squared"] / 70**2, visit["calibre_squared"] / 70**2,
               wanted["calibre_squared"][DATES], EACH, 2 * ROUNDING)  # fmt: skip
    for name, unit, extra in (("growth", 1, 1), ("mass", 70**2, 3)):
        total = counts.daily(name)[patient, 0][DATES] / unit
        sum_agrees(total, visit["growing"], wanted[name][DATES], EACH, extra * ROUNDING)


@pytest.mark.parametrize("start", ["stationary", "anagen"])
def test_the_full_law_follows_the_renewal_equation(start):
    """Seed 5, 300,000 follicles: history, DHT, holds, triggers (two on one day), destruction."""
    past, days, n, law = 120, 250, 300_000, a_law()
    whole = past + days
    rates = waves(whole)
    rates[140:150], rates[:30, 3], rates[180:230, 3] = 0, 0, 0
    growth = 1 + 0.3 * np.sin(np.arange(whole) / 40)
    hazard = np.where(np.arange(whole) % 100 > 70, 2e-3, 0.0)
    dht = np.select([np.arange(whole) < 60, np.arange(whole) < 230], [1.0, 0.6], 0.3)
    exits = {80: [(0.4, 0.3)], 160: [(0.3, 0.25), (0.5, 0.0)], 260: [(0.2, 1.0)]}

    def course(first, last):
        thrown = tuple(ForcedExit(day - first, *e) for day, many in exits.items() for e in many
                       if first <= day < last)  # fmt: skip
        tables = {"clock": rates, "growth": growth, "hazard": hazard, "dht": dht}
        part = {name: table[None, first:last] for name, table in tables.items()}
        return Course(days=last - first, **part, exits={0: thrown})

    who = Scalps(follicles=n, history=past, severity=1.3, affected_share=1, onset=-110, ramp=200)
    dates = np.array([0, 20, 40, 41, 62, 83, 104, 125, 140, 145, 180, 210, days])
    counts = run_events(law, who, [course(past, whole)], history=course(0, past), visits=dates,
                        start=start, seed=5, threads=2)  # fmt: skip
    load = {"severity": 1.3, "onset": 10, "ramp": 200.0, "dht": dht}
    wanted = expected(
        law, class_clock(law, rates, **load), start=start, growth=growth, hazard=hazard,
        target=class_target(law, whole, **load),
        exits=[ForcedExit(day, *e) for day, many in exits.items() for e in many],
    )  # fmt: skip
    wanted = {name: series[past:] for name, series in wanted.items()}
    assert counts.daily("shed")[0, 0, 0] == 0
    counts_agree(daily_of(counts), wanted, n, dates[1:])
    counts_agree(daily_of(counts), wanted, n, dates[:1], COUNTS[:-1])
    for name, unit in (("length", 1), ("calibre", 70)):
        total = counts.at_visit(name)[0, 0] / unit
        squares = counts.at_visit(f"{name}_squared")[0, 0] / unit**2
        sum_agrees(total, squares, wanted[name][dates], n)


@pytest.mark.parametrize("held", [slice(0, None), slice(50, 100)])
def test_follicles_held_in_kenogen_follow_the_renewal_equation(held):
    """Seed 0, 200,000 follicles; found in kenogen or entering it after exogen."""
    days, n, law = 200, 200_000, a_law(kenogen_share=0.5)
    rates = np.ones((days, 4))
    rates[held, 3] = 0
    counts = run_events(law, Scalps(follicles=n), [Course(days=days, clock=rates[None])])
    wanted = expected(law, class_clock(law, rates))
    counts_agree(daily_of(counts), wanted, n, np.linspace(1, days, 12).astype(int))


@pytest.mark.parametrize("name", LAWS)
def test_a_scalp_at_rest_keeps_to_the_closed_forms(name):
    """Seed 2, 200,000 follicles per law, without tables; days 0, 1, 50, 99 and 200."""
    n, at, law = 200_000, [0, 1, 50, 99, 200], a_law(name)
    counts = run_events(law, Scalps(follicles=n), [Course(days=200)], visits=at, seed=2)
    wanted = {p: np.full(201, s) for p, s in zip(PHASES, phase_shares(law), strict=True)}
    wanted |= {"lost": np.zeros(201), "visible": np.full(201, visible_share(law))}
    wanted["shed"] = np.where(np.arange(201) > 0, shed_per_day(law), 0)
    counts_agree(daily_of(counts), wanted, n, at)
    visit = {k: counts.at_visit(k)[0, 0] for k in ("length", "length_squared", "calibre")}
    sum_agrees(visit["length"], visit["length_squared"], visible_length(law), n, 2e-4)
    assert (visit["calibre"] == 70 * counts.at_visit("visible")[0, 0]).all()
    shed = counts.daily("shed")[0, 0].sum() / n  # almost 1 in 1 cycle: less spread than Poisson
    assert abs(shed - 200 * shed_per_day(law)) <= 4 * np.sqrt(200 * shed_per_day(law) / n)


def test_after_many_cycles_a_scalp_is_still_at_rest():
    """Seed 7, 100,000 follicles of 20 cycles each; every cycle has luck of its own."""
    n, means = 100_000, (5, 1, 3, 2)
    law = a_law(**{p: Residence(m, 0.5) for p, m in zip(PHASES, means, strict=True)},
                emergence_delay=2)  # fmt: skip
    who = Scalps(follicles=n, history=100)
    counts = run_events(law, who, [Course(days=110)], seed=7)
    wanted = {p: np.full(111, s) for p, s in zip(PHASES, phase_shares(law), strict=True)}
    wanted |= {"visible": np.full(111, visible_share(law))}
    counts_agree(daily_of(counts), wanted, n, [0, 30, 60, 110], (*PHASES, "visible"))
    rate = shed_per_day(law)
    shed = counts.daily("shed")[0, 0, 1:] / n
    assert abs(shed.mean() - rate) <= 4 * np.sqrt(rate / (110 * n))
    assert np.abs(shed - rate).max() <= 4 * np.sqrt(rate * (1 - rate) / n)


@pytest.mark.parametrize("scale", [0.37, 2.9])
def test_a_patients_residences_scale_the_laws(scale):
    """Seed 1, 200,000 follicles at rest: the shares of a law with those means."""
    n, law = 200_000, a_law()
    own = [scale, 1.3, 1 / scale, 0.8]
    scaled = {p: replace(r, mean=r.mean * s)
              for p, r, s in zip(PHASES, law.residences, own, strict=True)}  # fmt: skip
    goal = replace(law, **scaled)
    counts = run_events(law, Scalps(follicles=n, phase_scale=own), [Course(days=120)], seed=1)
    wanted = {p: np.full(121, s) for p, s in zip(PHASES, phase_shares(goal), strict=True)}
    wanted |= {"visible": np.full(121, visible_share(goal))}
    counts_agree(daily_of(counts), wanted, n, [0, 60, 120], (*PHASES, "visible"))


@pytest.mark.parametrize("step", [0.3, 1.0])
def test_size_follows_the_number_of_the_cycle(step):
    fixed = {p: Residence(m, law="fixed") for p, m in zip(PHASES, (60, 10, 20, 10), strict=True)}
    law = a_law(**fixed, size_step=step, kenogen_share=1.0, androgen_drive=(0, 0, 0, 0))
    who = Scalps(follicles=7, severity=1.3, affected_share=1.0, ramp=1, full_calibre=100)
    at = 50 + 100 * np.arange(8)
    counts = run_events(law, who, [Course(days=800)], visits=at, start="anagen")
    size = size_after(law, 1.3, np.arange(8))
    assert counts.at_visit("calibre")[0, 0] / 700 == pytest.approx(size, abs=5e-4)
    assert counts.daily("growth")[0, 0, at] / 7 == pytest.approx(size, abs=5e-4)


def test_calibres_spread_as_the_law_says():
    """Seed 4, 400,000 follicles that all grow: a tenth vellus hair, both with a CV of 0.3."""
    n, v, small, cv = 400_000, 0.1, 0.25, 0.3
    law = a_law(anagen=Residence(1e5, law="fixed"), emergence_delay=0, calibre_cv=cv,
                vellus_share=v, vellus_size=small)  # fmt: skip
    counts = run_events(law, Scalps(follicles=n, full_calibre=80), [Course(days=1)], visits=(1,),
                        start="anagen", seed=4)  # fmt: skip
    moment = [(1 - v + v * small**k) * 80**k * np.exp(np.log1p(cv**2) * k * (k - 1) / 2)
              for k in range(5)]  # fmt: skip
    for k, name in ((1, "calibre"), (2, "calibre_squared")):
        se = np.sqrt((moment[2 * k] - moment[k] ** 2) / n)
        assert abs(counts.at_visit(name).item() / n - moment[k]) <= 4 * se + 1e-3 * moment[k]
    sigma = np.sqrt(np.log1p(cv**2))
    edges = np.arange(1, 64) * 2.5
    below = sum(w * stats.norm.cdf(np.log(edges / (80 * s)) / sigma + sigma / 2)
                for w, s in ((1 - v, 1), (v, small)))  # fmt: skip
    found = counts.histogram[0, 0, 0].cumsum()[:-1] / n
    # calibres are rounded down to 1/64 um: less than 0.0005 of the hairs move up an edge
    assert (np.abs(found - below) <= 4 * np.sqrt(below * (1 - below) / n) + 5e-4).all()


def test_a_mixed_scalp_is_the_mean_of_its_classes():
    """Seed 8, 300,000 follicles; sensitivity in classes of one load step, a cap, 30 % unaffected.

    The ramp lasts a day, so that a class is its number of steps alone.
    """
    n, days, share, s, cv, cap = 300_000, 150, 0.7, 0.9, 0.6, 1.5
    law = a_law(sensitivity_cv=cv, severity_cap=cap)
    who = Scalps(follicles=n, severity=s, affected_share=share, ramp=1, onset=40)
    counts = run_events(law, who, [Course(days=days)], seed=8)
    sigma = np.sqrt(np.log1p(cv**2))
    edge = (np.arange(1, 16) - 0.5) * 0.1 / s
    cdf = np.concatenate([[0], stats.norm.cdf(np.log(edge) / sigma + sigma / 2), [1]])
    weight = share * np.diff(cdf)
    weight[0] += 1 - share
    each = [expected(law, class_clock(law, np.ones((days, 4)), 0.1 * k, 40, 1)) for k in range(16)]
    wanted = {name: sum(w * e[name] for w, e in zip(weight, each, strict=True)) for name in COUNTS}
    counts_agree(daily_of(counts), wanted, n, np.linspace(40, days, 12).astype(int), bias=2e-4)


def test_onsets_are_spread_evenly():
    """Seed 9, 200,000 follicles: the mean of the renewal equation over 24 onsets in 120 days."""
    n, days, spread = 200_000, 180, 120
    law = a_law(androgen_drive=(1.3, 0, 0, -1.0))
    who = Scalps(follicles=n, severity=1.0, affected_share=1.0, onset=10, onset_spread=spread,
                 ramp=30)  # fmt: skip
    counts = run_events(law, who, [Course(days=days)], seed=9)
    rest = np.ones((days, 4))
    each = [expected(law, class_clock(law, rest, 1.0, 10 + onset, 30))
            for onset in (np.arange(24) + 0.5) * spread / 24]  # fmt: skip
    wanted = {name: np.mean([e[name] for e in each], axis=0) for name in COUNTS}
    counts_agree(daily_of(counts), wanted, n, np.linspace(10, days, 12).astype(int), bias=5e-4)


def test_a_whole_scalp_follows_the_one_page_model():
    """Seeds 0-7, 8 x 6,000 follicles of the page in half-day steps; seed 3, 200,000 of the engine.

    Everything at once: all spreads, DHT, growth, calibre, triggers, destruction, an own tempo.
    """
    path = Path(__file__).parents[1] / "examples" / "one_follicle.py"
    spec = importlib.util.spec_from_file_location("page_of_the_engine", path)
    page = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = page
    spec.loader.exec_module(page)
    days, n, dates = 150, 200_000, np.linspace(0, 150, 13).astype(int)
    spreads = {"sensitivity_cv": 0.5, "severity_cap": 2.0, "calibre_cv": 0.25, "vellus_share": 0.1,
               "vellus_size": 0.3, "size_step": 0.4, "size_hill": 2.0,
               "androgen_drive": (1.2, 0.2, -0.3, -1.0), "kenogen_share": 0.7,
               "emergence_delay": 21.0}  # fmt: skip
    patient = {"severity": 1.0, "affected_share": 0.6, "onset": 5.0, "onset_spread": 60.0,
               "ramp": 90.0, "reserve": 0.9, "full_calibre": 75.0,
               "phase_scale": (0.8, 1.1, 1.2, 0.7)}  # fmt: skip
    daily = {"clock": waves(days), "growth": 1 + 0.3 * np.sin(np.arange(days) / 20),
             "calibre": 1 + 0.2 * np.sin(np.arange(days) / 15), "hazard": np.full(days, 5e-4),
             "dht": np.where(np.arange(days) < 70, 1, 0.45)}  # fmt: skip
    exits = ((30, 0.3, 0.4), (100, 0.2, 0.0))
    law = a_law(**spreads)
    times = [("lognormal", r.mean, r.cv) for r in law.residences]
    theirs = page.Law(**spreads, **dict(zip(PHASES, times, strict=True)))
    runs = [page.simulate(6000, days, law=theirs, patient=page.Patient(**patient), dt=0.5,
                          course=page.Course(**daily, exits=exits), seed=seed)
            for seed in range(8)]  # fmt: skip
    option = Course(days=days, **{k: v[None] for k, v in daily.items()},
                    exits={0: tuple(ForcedExit(*e) for e in exits)})  # fmt: skip
    counts = run_events(law, Scalps(follicles=n, **patient), [option], visits=dates, seed=3)
    at_visit = ("calibre", "calibre_squared", "nonvellus", "terminal")
    for name in (*COUNTS, "length", "growth", "mass", *at_visit):
        wanted = np.array([run[name][dates] / 6000 for run in runs])
        variance = wanted.var(axis=0, ddof=1).mean()  # of one run, pooled over the dates
        se = np.sqrt(variance / 8 * (1 + 48_000 / n))
        found = counts.at_visit(name)[0, 0] if name in at_visit else counts.daily(name)[0, 0, dates]
        gap = np.abs(wanted.mean(axis=0) - found / n)
        assert (gap <= 4 * se + ROUNDING * wanted.mean(axis=0)).all(), name


def mean_series(name, law=None, option=None, **scalp):
    who = Scalps(follicles=20_000, **({"affected_share": 1.0, "ramp": 30} | scalp))
    counts = run_events(law or a_law(), who, [option or Course(days=300)], seed=6)
    return counts.daily(name)[0, 0, 100:].mean() / 20_000


def test_a_heavier_load_never_lengthens_anagen():
    """Seed 6, 20,000 follicles with the same luck under every load."""
    shares = [mean_series("anagen", severity=s) for s in (0, 0.4, 0.8, 1.6, 3.0)]
    assert (np.diff(shares) < -0.02).all()


def test_a_faster_anagen_clock_lowers_the_share_in_anagen():
    rates = np.ones((5, 300, 4))
    rates[:, :, 0] = np.array([0.25, 0.5, 1, 2, 4])[:, None]
    shares = [mean_series("anagen", option=Course(days=300, clock=r[None])) for r in rates]
    assert (np.diff(shares) < -0.05).all()


def test_less_dht_never_leaves_less_hair():
    hair = [mean_series("visible", severity=1.5, option=Course(days=300, dht=np.full((1, 300), d)))
            for d in (1.0, 0.7, 0.4, 0.1)]  # fmt: skip
    assert (np.diff(hair) > 0.01).all()
