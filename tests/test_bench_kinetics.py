"""The kinetic system: every contender solves the same equations, and what is timed is that."""

from __future__ import annotations

import math

import numpy as np
import pytest

from anagen.bench import kinetic_peers, kinetics
from anagen.bench.kinetic_peers import Patients
from anagen.bench.work import bench_data

DAYS = 364


def _one(**given: float) -> Patients:
    """Two alike patients that saturate at once and for long, but for what is ``given``."""
    usual = {"dose": 1e9, "loss": 1.0, "half": 1e9, "rise": 0.25, "decay": 2.0,
             "vessel_rise": 14.0, "vessel_decay": 60.0}  # fmt: skip
    return Patients(*(np.full(2, float(value)) for value in (usual | given).values()))


def test_third_reference_of_a_level_that_stays_full():
    """Without loss the level is 1 from day 0: daily means of 1 - exp(-t / rise) are known."""
    held = _one(dose=1e22, loss=1e-9, rise=40.0, vessel_rise=60.0)
    found = kinetic_peers.third_reference(held.part(0, 1))[0]
    day = np.arange(DAYS)
    for row, rise in zip(found, (40.0, 60.0), strict=True):
        mean = 1 - rise * (np.exp(-day / rise) - np.exp(-(day + 1) / rise))
        assert row == pytest.approx(mean, abs=1e-7)


def test_third_reference_of_few_receptors_taken():
    """C << EC50, equal rise and decay: y is a sum of differences of two exponentials."""
    loss, tau = 1.0, 3.0
    given = _one(dose=1e3, half=1e9, loss=loss, rise=tau, decay=tau)
    found = kinetic_peers.third_reference(given.part(0, 1))[0, 0]
    edges = np.arange(DAYS + 1.0)
    integral = np.zeros(DAYS + 1)
    for session in bench_data()["kinetics"]["sessions"]:
        t = np.maximum(edges - session, 0)
        out, gone = tau * -np.expm1(-t / tau), -np.expm1(-loss * t) / loss
        integral += 1e-6 / (1 - loss * tau) * (gone - out)
    assert found == pytest.approx(np.diff(integral), rel=1e-5, abs=1e-10)


def test_the_package_lies_within_its_stated_error_of_the_reference():
    patients = kinetics.draw_patients(8)
    error = kinetics.solve(patients) - kinetic_peers.third_reference(patients)
    assert np.abs(error).max() < 0.01
    assert np.sqrt((error**2).mean()) < 3e-4


@pytest.mark.filterwarnings("ignore")  # of the outside libraries
@pytest.mark.parametrize("name", kinetic_peers.PEERS)
def test_peers_solve_the_same_system(name):
    """Within ten times their tolerance of 1e-3, on patients that saturate and that do not."""
    known = kinetic_peers.installed()
    if name not in known:
        pytest.skip(f"{name} is not installed (extra bench)")
    patients = kinetics.draw_patients(6)
    error = known[name](patients) - kinetic_peers.third_reference(patients)
    assert np.abs(error).max() < 0.01
    assert np.sqrt((error**2).mean()) < 1e-3


def test_threads_and_blocks_change_nothing():
    patients = kinetics.draw_patients(150)
    alone = kinetics.solve(patients)
    assert alone.shape == (150, 2, DAYS)
    assert np.array_equal(alone, kinetics.solve(patients, threads=2))
    assert np.array_equal(alone[:10], kinetics.solve(kinetics.draw_patients(10)))


def test_patients_lie_in_their_ranges():
    drawn = kinetics.draw_patients(500)
    for name, (low, high) in bench_data()["kinetics"]["ranges"].items():
        values = getattr(drawn, name)
        assert low <= values.min() < values.max() <= high
        middle = math.sqrt(low * high)
        error = 4 * math.log(high / low) / math.sqrt(12 * 500)
        assert abs(np.log(values / middle).mean()) < error


def test_the_delivered_regimen_speaks_on_all_signals():
    told = kinetics.deliver(seed=3)
    assert set(told.levels) == {"initiation", "calming", "perfusion", "growth_factor", "repair"}
    for level in told.levels.values():
        assert level.shape[1:] == (64, DAYS)
        assert level.max() > 0.01
    other = kinetics.deliver(seed=4).levels["initiation"]
    assert not np.array_equal(told.levels["initiation"], other)


def test_findings_are_ratios_of_each_round(monkeypatch):
    made = [
        kinetics.Contender(kinetics.OURS, 1, 0, 0.01, 2e-4, cpu=[1.0, 2.0], wall=[1.0, 2.0]),
        kinetics.Contender(kinetics.THREADED, 1, 0, 0.01, 2e-4, cpu=[1, 2], wall=[0.5, 0.25]),
        kinetics.Contender("diffrax", 1, 0, 0.01, 3e-4, cpu=[12.0, 18.0], wall=[1.0, 2.0]),
    ]
    found = {f.what: f.found for f in kinetics._findings({c.name: c for c in made})}
    assert found["kinetic part diffrax / closed form"] == [12, 9]
    assert found["kinetic part diffrax / closed form, RMS error"] == [pytest.approx(1.5)]
    assert found["kinetic part libroadrunner / closed form"] == []
    assert found["kinetic part closed form, threads: patients per second"] == [2, 4]
