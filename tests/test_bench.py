"""The benchmark's peers do the engine's work: equal in distribution before anything is timed.

Every comparison has a fixed seed and fails at 4 standard errors (SE); SEs are exact where a closed
form gives them, else from the spread of the patients' differences.
"""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from anagen.bench import (
    limit,
    numba_daily,
    numba_loaded,
    numpy_daily,
    numpy_events,
    outside,
    process,
    table,
    tested,
    timing,
)
from anagen.bench.work import LOADED_SERIES, SERIES, bench_data, make_work
from anagen.errors import InputError
from anagen.follicle.law import ANAGEN, PHASES, FollicleLaw
from anagen.follicle.residence import Residence

LENGTH, SHED = SERIES.index("length"), SERIES.index("shed")
ROUNDS = {
    "engine": (tested.run, 100_000, 500),
    "limit": (limit.run, 100_000, 500),
    "numpy_events": (numpy_events.run, 100_000, 500),
    "numpy_daily": (numpy_daily.run, 50_000, 300),
    "numba_daily": (numba_daily.run, 100_000, 500),
    "simpy": (outside.simpy, 2_000, 500),
    "mesa": (outside.mesa, 3_000, 60),
    "starsim": (outside.starsim, 20_000, 60),
}
FAST = FollicleLaw(
    anagen=Residence(6, 0.4),
    catagen=Residence(2, 0.3),
    telogen=Residence(3, 0.3),
    kenogen=Residence(2, 0.4),
    emergence_delay=0,
)
"""Phases of a few days: a peer that loses the rest of a day is far off."""


def _run(peer, seed, law=None, most_days=1000):
    run, follicles, days = ROUNDS[peer]
    if peer in outside.NAMES and peer not in outside.installed():
        pytest.skip(f"{peer} is not installed (extra bench)")
    work = make_work("W1", follicles, min(days, most_days))
    work = dataclasses.replace(work, law=law or work.law)
    return work, run(work, seed)[0, 0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("peer", ROUNDS)
def test_the_rest_of_a_day_counts(peer):
    """The test below with phases of 2 to 6 days, after 30 days; and the mean length, 4 SE."""
    work, sums = _run(peer, 9, FAST, most_days=30)
    assert np.all(sums[: len(PHASES)].sum(axis=0) == work.total)
    sums = sums[:, -1] / work.total
    mean = np.array([r.mean for r in FAST.residences])
    share = mean / mean.sum()
    error = np.sqrt(share * (1 - share) / work.total)
    assert np.abs((sums[: len(PHASES)] - share) / error).max() < 4
    first, variance = _length_moments(FAST)
    if peer != "limit":
        assert abs(sums[LENGTH] - first) < 4 * math.sqrt(variance / work.total)


@pytest.mark.filterwarnings("ignore")  # of the outside libraries
@pytest.mark.parametrize("peer", ROUNDS)
def test_w1_stays_in_its_stationary_state(peer):
    """Phase shares are mean / cycle on every day; SE of a share sqrt(p (1 - p) / n)."""
    work, sums = _run(peer, seed=1)
    mean = np.array([r.mean for r in work.law.residences])
    share = mean / mean.sum()
    error = np.sqrt(share * (1 - share) / work.total)
    for day in (0, work.days // 2, work.days):
        z = (sums[: len(PHASES), day] / work.total - share) / error
        assert np.abs(z).max() < 4, (day, z)
    assert np.all(sums[: len(PHASES)].sum(axis=0) == work.total)


def _length_moments(law):
    """Mean and variance of a hair's length in the stationary state, 0 in kenogen.

    In anagen the age, moments m2 / (2 m) and m3 / (3 m); a club hair has the plain anagen law's.
    """
    mean = np.array([r.mean for r in law.residences])
    share = mean / mean.sum()
    m, growth = law.anagen.mean, 1 + law.anagen.cv**2  # lognormal: E x^k = m^k growth^(k(k-1)/2)
    club = share[1] + share[2]
    first = share[ANAGEN] * m * growth / 2 + club * m
    second = share[ANAGEN] * m**2 * growth**3 / 3 + club * m**2 * growth
    return first, second - first**2


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("peer", [p for p in ROUNDS if p != "limit"])
def test_w1_lengths_and_shedding_have_their_closed_forms(peer):
    """Mean length from the moments of the lognormal law; one hair shed per cycle.

    Shed hairs over a stretch far shorter than a cycle: at most the variance of a Poisson count.
    """
    work, sums = _run(peer, seed=2)
    mean, variance = _length_moments(work.law)
    error = math.sqrt(variance / work.total)
    for day in (0, work.days):
        assert abs(sums[LENGTH, day] / work.total - mean) < 4 * error
    cycle = sum(r.mean for r in work.law.residences)
    expected = work.total * work.days / cycle
    assert sums[SHED, 0] == 0
    assert abs(sums[SHED].sum() - expected) < 4 * math.sqrt(expected)


def _largest_z(a, b, days):
    """Of the patients' mean differences between two runs, in SE, over options, series and days."""
    difference = (a - b)[..., list(days)]
    spread = difference.std(axis=0, ddof=1) / math.sqrt(len(difference))
    mean = difference.mean(axis=0)
    return np.max(np.abs(mean[spread > 0]) / spread[spread > 0]), np.all(mean[spread == 0] == 0)


@pytest.mark.parametrize("law", ["bench", "fast"])
@pytest.mark.parametrize("name", ["W2", "W3"])
@pytest.mark.parametrize("peer", [numpy_events, numpy_daily, numba_daily])
def test_patients_with_clocks_agree_with_the_engine(name, peer, law):
    """60 patients x 100 follicles: the mean of the patients' differences, 4 SE."""
    work = make_work(name, 60 * bench_data()["works"][name]["follicles"], 365)
    work = dataclasses.replace(work, follicles=100, law=FAST if law == "fast" else work.law)
    z, rest_equal = _largest_z(tested.run(work, 3), peer.run(work, 4), (0, 1, 100, 200, 365))
    assert rest_equal
    assert z < 4


@pytest.mark.parametrize("name", ["W4", "W4 at rest"])
def test_the_full_law_day_by_day_agrees_with_the_engine(name):
    """100 patients x 300 follicles with 15 years of history, every series, 4 SE."""
    work = dataclasses.replace(make_work(name, 100_000), follicles=300)
    a, b = tested.run(work, 5), numba_loaded.run(work, 6)
    assert a.shape == b.shape == (100, 1, len(LOADED_SERIES), 366)
    z, rest_equal = _largest_z(a, b, (0, 60, 182, 365))
    assert rest_equal
    assert z < 4


def test_the_loads_of_w4_matter():
    """So that the comparison above can fail: androgen costs hairs, the drug regains some."""
    loaded, rest = (
        tested.run(make_work(name, 5000), 7).sum(axis=0)[0, LOADED_SERIES.index("visible")] / 5000
        for name in ("W4", "W4 at rest")
    )
    assert loaded[0] < 0.7 * rest[0]
    assert loaded[-1] > loaded[0] + 0.2


def test_a_cut_keeps_the_first_patients_and_days():
    whole, cut = make_work("W3", 10_000), make_work("W3", 4_000, 30)
    assert (whole.patients, cut.patients, cut.options) == (5, 2, 4)
    for a, b in zip(whole.clocks, cut.clocks, strict=True):
        np.testing.assert_array_equal(a[:2, :30], b)
    assert cut.follicle_days == 2 * 2000 * 4 * 30
    assert make_work("W1", 500).total == 500


def test_bad_works_are_refused():
    with pytest.raises(InputError, match=r"unknown work 'W9'.*W1"):
        make_work("W9")
    with pytest.raises(InputError, match="at least 1 follicle"):
        make_work("W1", 0)


@pytest.mark.parametrize("quick", [True, False])
def test_every_goal_is_measured_where_its_peers_are_installed(quick):
    planned = {(name, peer) for peer, name, _ in timing.plan(quick=quick, threads=2)}
    absent = set(outside.NAMES) - set(outside.installed())
    for goal in bench_data()["goals"]:
        for name, peer in (goal["of"], goal["over"]):
            assert (name, peer) in planned or peer in absent


@pytest.fixture
def small(monkeypatch):
    """A plan of two peers on a small part of W1."""
    part = make_work("W1", 2000, 100)
    jobs = [("engine", "W1", part), ("numba_daily", "W1", part)]
    monkeypatch.setattr(timing, "plan", lambda **_: iter(jobs))


def test_a_run_reports_times_ratios_and_what_was_not_measured(small, tmp_path, capsys):
    bench = table.run_bench(quick=True, out=tmp_path, threads=2)
    table.print_bench(bench)
    printed = capsys.readouterr().out
    written = json.loads((tmp_path / "bench.json").read_text())
    rounds = bench_data()["repeats"]["quick"]
    for row in written["times"]:
        assert row["extrapolated"] == pytest.approx(1e6 * 3650 / (2000 * 100))
        assert len(row["cpu_seconds"]) == len(row["wall_seconds"]) == rounds
        assert min(row["wall_seconds"]) > 0
    engine, daily = written["times"]
    goal = next(g for g in written["goals"] if g["what"].startswith("W1 numba"))
    each = np.array(daily["cpu_seconds"]) / engine["cpu_seconds"]
    assert [goal["low"], goal["median"], goal["high"]] == pytest.approx(np.sort(each))
    absent = next(g for g in written["goals"] if "Starsim" in g["what"])
    assert (absent["median"], absent["verdict"]) == (None, "not measured")
    for text in ("numba, day by day", "18250x", "not measured", written["machine"]["cpu"]):
        assert text in printed


def test_ratios_are_taken_round_by_round_and_per_event():
    work = make_work("W1", 1000, 10)
    a = timing.Timing("W2", "engine", 1, 1, 1.0, work, events=10, cpu=[2, 6], wall=[1, 1])
    b = timing.Timing("W1", "engine", 1, 1, 1.0, work, events=5, cpu=[1, 2], wall=[4, 2])
    assert table.ratios(a, b) == [2, 3]
    assert table.ratios(a, b, per_event=True) == [1, 1.5]
    assert table.ratios(a, b, by="wall") == [0.25, 0.5]


@pytest.mark.parametrize(
    ("found", "at_least", "at_most", "verdict"),
    [(5, 5, None, "met"), (4.9, 5, None, "missed"), (1.3, None, 1.3, "met"),
     (1.31, None, 1.3, "missed"), (math.nan, 5, None, "not measured")],
)  # fmt: skip
def test_a_goal_is_met_missed_or_not_measured(found, at_least, at_most, verdict):
    goal = table.Goal("ratio", "x", found, found, found, at_least, at_most)
    assert goal.verdict == verdict


def test_engine_events_are_counted_by_shed_hairs():
    """Stationary: 4 events per cycle and follicle; SE as of a Poisson count of shed hairs."""
    work = make_work("W1", 50_000, 1000)
    shed = work.follicle_days / sum(r.mean for r in work.law.residences)
    assert abs(tested.events(tested.simulate(work, 8)) / 4 - shed) < 4 * math.sqrt(shed)


def test_memory_does_not_grow_with_follicles():
    """Twenty times the follicles, at most 5 MiB more: nothing is kept per follicle."""
    few, many = (process.memory(n, 10, 365, 4)["gib"] for n in (20_000, 400_000))
    assert many - few < 5 / 1024
    assert few > 0.02  # an interpreter with NumPy and numba has at least that


@pytest.mark.parametrize("beyond", [1, numba_daily.BLOCK - 1])
def test_the_last_block_may_be_partial(beyond):
    n = numba_daily.BLOCK * 2 + beyond
    sums = numba_daily.run(make_work("W1", n, 40), 1)[0, 0]
    assert np.all(sums[: len(PHASES)].sum(axis=0) == n)


def test_people_are_grown_in_a_process_of_their_own():
    found = process.people(200, 50, 15, 1)
    assert 0.05 < found["lost"] < 0.95
    assert 0 < found["gib"] < 1
    assert found["seconds"] > 0
