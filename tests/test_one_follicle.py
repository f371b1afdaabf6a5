"""The page that a newcomer reads, against the closed forms and the renewal equation.

Counts fail at 4 binomial standard errors; sums at 4 standard errors of the mean of 25 seeds.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anagen.follicle.law import PHASES, FollicleLaw, ForcedExit, relaxed, season
from anagen.follicle.renewal import class_clock, class_target, expected
from anagen.follicle.residence import LAWS, Residence
from anagen.follicle.stationary import (
    at_rate,
    growing_share,
    phase_shares,
    shed_per_day,
    visible_length,
    visible_share,
)

PAGE = Path(__file__).parents[1] / "examples" / "one_follicle.py"
COUNTS = (*PHASES, "lost", "visible", "shed")
SUMS = ("length", "growth", "mass", "calibre", "calibre_squared")
DRIVE = {"androgen_drive": (1.2, 0.2, -0.3, -1.0)}
SIZES = {"size_step": 0.5, "androgen_half_size": 0.7, "size_hill": 2.0}
PLAIN = {"sensitivity_cv": 0.0, "calibre_cv": 0.0}


@pytest.fixture(scope="module")
def page():
    spec = importlib.util.spec_from_file_location("one_follicle", PAGE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["one_follicle"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["one_follicle"]


def both_laws(page, name="lognormal", **other):
    """The same law as the page and as the package write it."""
    means = {"anagen": (120, 0.5), "catagen": (14, 0.3), "telogen": (40, 0.4), "kenogen": (30, 0.6)}
    ours = {phase: Residence(m, cv, name) for phase, (m, cv) in means.items()}
    theirs = {phase: (name, m, cv) for phase, (m, cv) in means.items()}
    rest = {"size_step": 0.0, "androgen_drive": (0.0, 0.0, 0.0, 0.0)} | PLAIN
    return FollicleLaw(**ours, **other), page.Law(**theirs, **(rest | other))


def agree_in_counts(seen, wanted, n, days, names=COUNTS):
    for name in names:
        for day in days:
            p = float(np.clip(wanted[name][day], 0, 1))
            se = np.sqrt(p * (1 - p) / n)
            assert abs(seen[name][day] / n - p) <= 4 * se + 1e-12, (name, day)


def agree_in_sums(runs, wanted, n, days, names=SUMS):
    for name in names:
        means = np.array([run[name][days] / n for run in runs])
        se = means.std(axis=0, ddof=1) / np.sqrt(len(runs))
        assert np.all(np.abs(means.mean(axis=0) - wanted[name][days]) <= 4 * se), name


@pytest.mark.parametrize("name", LAWS)
def test_at_rest_it_keeps_to_the_closed_forms(page, name):
    """60,000 follicles, seed 3, 12 dates."""
    law, theirs = both_laws(page, name, kenogen_share=0.7)
    n, days = 60_000, np.arange(1, 61, 5)
    seen = page.simulate(n, 60, law=theirs, seed=3)
    wanted = dict(zip(PHASES, phase_shares(law)[:, None] * np.ones(61), strict=True))
    wanted |= {"visible": np.full(61, visible_share(law)), "shed": np.full(61, shed_per_day(law))}
    agree_in_counts(seen, wanted, n, days, (*PHASES, "visible", "shed"))


def test_growth_and_length_at_rest_are_the_closed_forms(page):
    """25 runs of 2,000 follicles, seeds 0 to 24."""
    law, theirs = both_laws(page)
    runs = [page.simulate(2000, 20, law=theirs, seed=s) for s in range(25)]
    wanted = {"growth": np.full(21, growing_share(law)), "length": np.full(21, visible_length(law))}
    agree_in_sums(runs, wanted, 2000, np.arange(0, 21, 4), ("growth", "length"))


def eventful(days):
    """Clocks, holding, growth, destruction, DHT and triggers, all at once."""
    day = np.arange(days)
    clock = np.exp(0.5 * np.sin(day[:, None] / [60, 30, 100, 20]))
    clock[50:60], clock[100:140, 3] = 0.0, 0.0
    return {
        "clock": clock,
        "growth": 1 + 0.3 * np.sin(day / 40),
        "hazard": np.where(day > 150, 5e-4, 0.0),
        "dht": np.where(day > 180, 0.4, 1.0),
        "exits": ((120, 0.3, 0.25), (170, 0.2, 1.0), (170, 0.1, 0.0)),
    }


def expectation(law, days, course, start="stationary", **load):
    """The renewal equation for what `eventful` says."""
    load = {"dht": course["dht"]} | load
    return expected(
        law, class_clock(law, course["clock"], **load), start=start, growth=course["growth"],
        target=class_target(law, days, **load), hazard=course["hazard"],
        exits=[ForcedExit(*trigger) for trigger in course["exits"]],
    )  # fmt: skip


@pytest.mark.parametrize("start", ["stationary", "anagen"])
def test_eventful_days_follow_the_renewal_equation(page, start):
    """25 runs of 2,000 follicles, seeds 0 to 24; every rule of the law at work, 12 dates."""
    days, n, seeds = 240, 2000, 25
    law, theirs = both_laws(page, kenogen_share=0.7, emergence_delay=20.3, **DRIVE, **SIZES)
    load, course = {"severity": 1.3, "onset": -20.4, "ramp": 150.0}, eventful(days)
    wanted = expectation(law, days, course, start, **load)
    patient = page.Patient(full_calibre=1.0, **load)
    options = {"law": theirs, "patient": patient, "course": page.Course(**course), "start": start}
    runs = [page.simulate(n, days, seed=s, **options) for s in range(seeds)]
    total = {name: np.sum([run[name] for run in runs], axis=0) for name in COUNTS}
    dates = np.arange(20, 241, 20)
    agree_in_counts(total, wanted, n * seeds, np.concatenate([dates, [120, 170]]))
    agree_in_sums(runs, wanted, n, dates)
    assert wanted["calibre"][240] < 0.75 * wanted["visible"][240]


def test_smaller_steps_lead_to_the_same_days(page):
    """40,000 follicles, seed 7, steps of a quarter of a day."""
    law, theirs = both_laws(page, **DRIVE)
    load, days = {"severity": 2.0, "onset": 3.3, "ramp": 30.0}, 50
    course = eventful(days) | {"exits": ()}
    options = {"law": theirs, "patient": page.Patient(**load), "course": page.Course(**course)}
    seen = page.simulate(40_000, days, dt=0.25, seed=7, **options)
    agree_in_counts(seen, expectation(law, days, course, **load), 40_000, np.arange(5, 51, 5))


def test_a_mixed_scalp_is_the_mean_of_its_classes(page):
    """40,000 follicles, seed 8: 60 % affected, onsets spread over 40 days (40 classes)."""
    law, theirs = both_laws(page, **DRIVE)
    days, load = 90, {"severity": 1.5, "ramp": 20.0}
    course = eventful(days) | {"exits": ()}
    patient = page.Patient(affected_share=0.6, onset=5.0, onset_spread=40.0, **load)
    options = {"law": theirs, "patient": patient, "course": page.Course(**course)}
    seen = page.simulate(40_000, days, seed=8, **options)
    spread = [expectation(law, days, course, onset=5.5 + k, **load) for k in range(40)]
    healthy = expectation(law, days, course)
    mean = {k: 0.6 * np.mean([c[k] for c in spread], axis=0) + 0.4 * healthy[k] for k in COUNTS}
    agree_in_counts(seen, mean, 40_000, np.arange(10, 91, 10))


def test_the_season_and_the_patient_only_move_the_clocks(page):
    """40,000 follicles, seed 9."""
    law, theirs = both_laws(page)
    days, scale = 90, (0.7, 1.0, 1.3, 2.0)
    wave = season(np.arange(days) + 0.5, 1.0, 50.0)
    own = at_rate(law, 1 / np.array(scale))
    wanted = expected(own, class_clock(own, wave[:, None] ** [1, 0, 0, 0]))
    options = {"law": theirs, "patient": page.Patient(phase_scale=scale)}
    seen = page.simulate(40_000, days, seed=9, course=page.Course(season=(1.0, 50.0)), **options)
    agree_in_counts(seen, wanted, 40_000, np.arange(10, 91, 10))


def test_calibre_relaxes_and_a_club_hair_keeps_its_own(page):
    law, theirs = both_laws(page, "fixed", emergence_delay=0.0)
    days = 170
    course = page.Course(calibre=np.where(np.arange(days) < 40, 1.3, 0.8), relaxation=15.0)
    seen = page.simulate(4, days, law=theirs, course=course, start="anagen")
    grown = 4 * 75 * relaxed(course.calibre, 15.0)
    np.testing.assert_allclose(seen["calibre"][1:121], grown[1:121])
    np.testing.assert_allclose(seen["calibre"][121:], grown[120])
    assert law.anagen.mean == 120


def test_calibres_spread_as_the_law_says(page):
    """200,000 follicles, seed 2; mean and share of vellus at 4 standard errors."""
    _, theirs = both_laws(page, "fixed", emergence_delay=0.0)
    theirs = replace(theirs, calibre_cv=0.2, vellus_share=0.3, vellus_size=0.2)
    n = 200_000
    seen = page.simulate(n, 1, law=theirs, start="anagen", seed=2)
    mean, square = 75 * (0.7 + 0.3 * 0.2), 75**2 * 1.04 * (0.7 + 0.3 * 0.04)
    assert abs(seen["calibre"][1] / n - mean) < 4 * np.sqrt((square - mean**2) / n)
    # 75 um with a spread of 20 % falls below 30 um with probability 1e-6, 15 um comes above never
    assert abs(seen["nonvellus"][1] / n - 0.7) < 4 * np.sqrt(0.21 / n)


def test_the_papilla_caps_what_can_regrow(page):
    _, theirs = both_laws(page, "fixed", size_step=0.5)
    patient = page.Patient(reserve=0.6)
    seen = page.simulate(100, 300, law=theirs, patient=patient, seed=1)
    np.testing.assert_allclose(seen["calibre"], 0.6 * 75 * seen["visible"])


def test_the_page_stands_alone():
    tree = ast.walk(ast.parse(PAGE.read_text(encoding="utf-8")))
    names = {node.module for node in tree if isinstance(node, ast.ImportFrom)}
    assert names == {"__future__", "dataclasses"}


def test_the_page_prints_its_table(page, capsys):
    page.main(300)
    out = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in out] == [
        "healthy",
        *["year"] * 6,
        "affected",
        *["year"] * 6,
    ]
    shares = [[float(x.rstrip("%")) for x in line.split()[2:]] for line in out if "year" in line]
    healthy, affected = shares[5], shares[11]
    assert sum(healthy[:4]) == pytest.approx(100, abs=0.3)
    assert affected[5] < healthy[5] - 20
