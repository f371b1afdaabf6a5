"""The follicle law against published models of the hair cycle: the quick parts of the validation.

Sampled parts run fixed seeds; each helper states its replications and is judged at four Monte-Carlo
standard errors, or at the tolerance that is tabled in validation/hair_cycle/README.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[1] / "validation" / "hair_cycle"))

import automaton
import compare
import halloy
import histology
import wang
from checks import Check


@pytest.fixture(scope="module")
def levels():
    """Inhibitor levels over the three regimes, each with its follicle's cycles."""
    betas = (-11.0, -7.0, -5.0, -3.0, -1.0, 0.0, 1.0, 2.0)
    return dict(zip(betas, wang.simulate(betas), strict=True))


@pytest.fixture(scope="module")
def receptors():
    return wang.receptor_scan()


@pytest.mark.parametrize("transient", [halloy.OUTSIDE, halloy.OWN], ids=["outside", "own"])
def test_the_equations_give_the_transient_of_earlier_runs(transient):
    for month, shares in transient.items():
        assert halloy.state(month)[:3] == pytest.approx(shares, abs=1e-4)


def test_the_equations_decay_by_the_closed_form_to_lengths_over_their_sum():
    roots = np.linalg.eigvals(halloy.rates(0.0))
    for expected in (halloy.eigenvalue(), halloy.eigenvalue().conjugate(), 0):
        assert np.abs(roots - expected).min() < 1e-9
    assert halloy.steady_state() == pytest.approx(automaton.EXPECTED, abs=1e-9)
    assert halloy.state(200)[:3] == pytest.approx(automaton.EXPECTED, abs=1e-9)


@pytest.mark.parametrize("loss", [0.0, 0.02, 0.3])
def test_a_loss_from_telogen_conserves_follicles_and_ends_in_loss(loss):
    months = (0, 3, 12, 48, 4800)
    course = np.array([halloy.state(month, loss=loss) for month in months])
    assert course.sum(axis=1) == pytest.approx(1, abs=1e-11)
    assert course.min() > -1e-12
    assert course[-1, 3] == pytest.approx(float(loss > 0), abs=1e-9)


def test_the_loss_as_encoded_does_not_conserve_follicles():
    assert halloy.follicles_as_encoded(0.0, 12) == pytest.approx(1, abs=1e-12)
    assert halloy.follicles_as_encoded(0.05, 12) == pytest.approx(1.2349, abs=1e-4)


def test_the_exponential_automaton_follows_the_equations():
    assert halloy.automaton_deviation(follicles=100_000, months=12, seed=1) <= 4


@pytest.mark.parametrize(("law", "cv"), [("lognormal", 0.5), ("gamma", 0.5), ("exponential", 1.0)])
def test_mean_phase_shares_depend_on_mean_lengths_alone(law, cv):
    assert automaton.mean_shares(law, cv) == pytest.approx(automaton.EXPECTED, abs=0.005)


def test_the_anagen_share_fluctuates_as_independent_follicles_do():
    sd, error = automaton.fluctuation(1000)
    binomial = np.sqrt(automaton.EXPECTED[0] * (1 - automaton.EXPECTED[0]) / 1000)
    assert error < 0.025 * binomial
    assert abs(sd - binomial) <= 4 * error


def test_the_expected_share_after_a_common_start_is_that_of_the_equations():
    days = np.arange(0, 361, automaton.MONTH)
    ours = automaton.expected_anagen("exponential", 1.0, 360)[days]
    theirs = [halloy.state(day / automaton.MONTH, np.eye(4)[0])[0] for day in days]
    assert ours == pytest.approx(theirs, abs=1e-5)


@pytest.mark.parametrize("cv", automaton.RINGING)
def test_a_common_start_rings_the_longer_the_less_phases_vary(cv):
    assert automaton.ringing(cv) == pytest.approx(automaton.RINGING[cv], abs=0.03)
    assert automaton.ringing_deviation(cv) <= 4


def test_ligand_spreads_to_its_closed_form():
    # made in [h, h + w], none at Z, no flux at 0: level above the source is I w (h + w/2 - Z)/D
    h, width, made = -4.0, wang.P["papilla_width"], 3.0
    level = made * wang.covered(h, width, 0.1)[0]
    steady = 1e6 * level @ wang.implicit_diffusion(1e6, 0.1)
    distance = h + width / 2 - wang.P["domain_end"]
    expected = made * width * distance / wang.P["ligand_diffusion"]
    assert steady[:32] == pytest.approx(expected, rel=1e-4)


def test_the_tip_moves_as_its_rate_says():
    day = np.linspace(0.1, 1.5, 50)
    for growing, speed in ((True, -0.2 * day**4), (False, 2 * day**2)):
        start = np.full(50, wang.P["tip_shallowest" if growing else "tip_deepest"])
        ahead, behind = (
            wang.tip(start, day + move, np.full(50, growing)) for move in (1e-5, -1e-5)
        )
        assert (ahead - behind) / 2e-5 == pytest.approx(speed, rel=1e-6)


def test_durations_converge_with_step_and_grid():
    coarse, fine_step, fine_grid = (
        wang.durations(wang.simulate([-3.0, 0.0], days=150, step=step, cell=cell))
        for step, cell in ((0.05, 0.1), (0.025, 0.1), (0.05, 0.05))
    )
    assert coarse == pytest.approx(fine_step, abs=0.1)
    assert coarse == pytest.approx(fine_grid, abs=0.1)


def test_the_follicle_cycles_between_locked_growth_and_locked_rest(levels):
    regimes = [run.regime for run in levels.values()]
    assert regimes == ["locked growth", *["cycles"] * 6, "locked rest"]


def test_more_inhibitor_shortens_growth_and_lengthens_rest(levels):
    growth, rest = wang.durations([run for run in levels.values() if run.cycling]).T
    assert (np.diff(growth) < 0).all()
    assert (np.diff(rest) > 0).all()


def test_many_receptors_shorten_both_phases_and_steady_them(receptors):
    rise = {}
    for number in (wang.FEW, wang.MANY):
        rise[number] = np.abs(receptors[number, wang.HIGH] - receptors[number, wang.LOW])
    assert (rise[wang.FEW] > rise[wang.MANY]).all()
    for level in wang.LEVELS:
        assert (receptors[wang.MANY, level] < receptors[wang.FEW, level]).all()


@pytest.mark.parametrize("number", wang.SHIFTS)
def test_published_shifts_are_met_with_one_offset_of_the_inhibitor(receptors, number):
    low, high = wang.LOW + wang.OFFSET, wang.HIGH + wang.OFFSET
    moved = receptors[number, high] - receptors[number, low]
    assert moved == pytest.approx(wang.SHIFTS[number], abs=1)


def test_histological_shares_imply_the_tabled_lengths():
    assert histology.HISTOLOGY.sum() == pytest.approx(1, abs=1e-9)
    assert round(histology.implied_days("catagen")) == histology.P["catagen_duration"].value
    assert round(histology.implied_days("telogen")) == histology.P["telogen_duration"].low


@pytest.mark.parametrize("name", ["histology's lengths", "anagen of 40 days"])
def test_the_engine_keeps_the_identities_of_shares_shedding_and_density(name):
    deviations = histology.engine_deviations(histology.tried_laws()[name])
    assert max(deviations.values()) <= 4, deviations


@pytest.mark.parametrize(("agrees", "code"), [(True, 0), (None, 0), (False, 1)])
def test_a_missed_comparison_fails_the_command(monkeypatch, capsys, agrees, code):
    for part in (halloy, automaton, wang, histology):
        monkeypatch.setattr(part, "checks", lambda: iter([Check("planted", "1", "2", agrees)]))
    assert compare.main() == code
    assert ("MISSED" in capsys.readouterr().out) is (code == 1)
