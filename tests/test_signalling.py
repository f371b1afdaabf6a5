"""Response, drive and stoichiometry against closed forms; one path for each mechanism."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from anagen.errors import InputError
from anagen.parameters import parameter
from anagen.priors import central_parameters
from anagen.signalling import drive, response, stoichiometry

DAYS = 12
FINE = np.unique(np.concatenate([np.arange(DAYS + 1), np.linspace(0, DAYS, 24 * DAYS + 1)]))


def test_occupancy_at_its_half_and_its_limits() -> None:
    c = np.array([0.0, 2e9, 2e9 * 1e9])
    for hill in (0.7, 1.0, 2.0):
        assert response.occupancy(c, 2e9, hill) == pytest.approx([0, 0.5, 1], abs=1e-6)
    assert response.occupancy(6.0, 2.0, 2.0) == pytest.approx(9 / 10)
    with pytest.raises(InputError, match="more than 0"):
        response.occupancy(1.0, 0.0)


def test_response_to_a_step_is_exponential() -> None:
    level = np.ones((2, 3, len(FINE)))
    got = response.respond(level, FINE, rise=2.0, decay=5.0)
    day = np.arange(DAYS)
    mean = 1 - 2.0 * (np.exp(-day / 2.0) - np.exp(-(day + 1) / 2.0))
    assert got.shape == (2, 3, DAYS)
    assert got == pytest.approx(np.broadcast_to(mean, got.shape), rel=1e-10)


def test_response_decays_with_its_own_time() -> None:
    level = np.where(FINE <= 1, 1.0, 0.0)
    nodes = np.insert(FINE, np.searchsorted(FINE, 1, side="right"), 1 + 1e-9)
    level = np.where(nodes <= 1, 1.0, 0.0)
    got = response.respond(level, nodes, rise=0.05, decay=3.0)
    start = 1 - np.exp(-1 / 0.05)
    day = np.arange(1, DAYS)
    mean = start * 3.0 * (np.exp(-(day - 1) / 3.0) - np.exp(-day / 3.0))
    assert got[1:] == pytest.approx(mean, rel=1e-6)


def test_response_against_scipy_for_a_pulse_that_fades() -> None:
    """Rise 0.25, decay 2 days under a dose that saturates and leaves with a half-life of 10 h."""
    rise, decay, loss = 0.25, 2.0, np.log(2) / (10 / 24)

    def level(t: np.ndarray) -> np.ndarray:
        return response.occupancy(20 * np.exp(-loss * np.asarray(t)), 1.0)

    def slope(t: float, y: np.ndarray) -> np.ndarray:
        gap = level(np.array(t)) - y
        return gap / (rise if gap[0] > 0 else decay)

    grid = np.linspace(0, DAYS, 200 * DAYS + 1)
    y = solve_ivp(slope, (0, DAYS), [0.0], t_eval=grid, rtol=1e-9, atol=1e-12, max_step=0.01).y[0]
    means = [np.trapezoid(y[200 * d : 200 * d + 201], dx=1 / 200) for d in range(DAYS)]
    got = response.respond(level(FINE), FINE, rise=rise, decay=decay)
    assert got == pytest.approx(means, rel=2e-3)


def test_response_error_falls_with_the_square_of_the_step() -> None:
    def solve(per_day: int) -> np.ndarray:
        nodes = np.linspace(0, DAYS, per_day * DAYS + 1)
        return response.respond(np.sin(nodes) ** 2, nodes, rise=1.5, decay=1.5)

    exact = solve(512)
    errors = [np.abs(solve(n) - exact).max() for n in (4, 8, 16)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.all(orders > 1.9)


@pytest.mark.parametrize("nodes", [[0.0, 2.0], [0.5, 1.0], [0.0, 1.0, 1.0, 2.0]])
def test_nodes_hold_every_day(nodes: list[float]) -> None:
    with pytest.raises(InputError, match="every whole day"):
        response.respond(np.ones(len(nodes)), nodes, rise=1, decay=1)


def test_inputs_add_before_they_saturate() -> None:
    x = np.linspace(-5, 5, 101)
    s = response.saturate(x)
    assert np.all(np.diff(s) > 0)
    assert np.abs(s).max() < 1
    assert response.saturate(1.0) == 0.5
    assert response.saturate(2.0) < 2 * response.saturate(1.0)
    assert response.saturate(2.0 - 2.0) == 0  # one product may undo another
    assert np.array_equal(-s, response.saturate(-x))


def test_rows_of_the_drive_are_those_of_its_table() -> None:
    p = central_parameters()
    used = {f"theta_{moved}_{by}" for moved, row in drive.thetas(p).items() for by in row}
    rows = {n for n in p if n.startswith("theta_") and "androgen" not in n}
    assert used == rows
    moved = {n.split("_", 2)[2] for n in rows}
    assert not moved & {"calming", "repair"}  # one path each, and no row


def test_a_factor_is_the_exponential_of_the_sum() -> None:
    theta = {"initiation": 1.2, "wound": 0.5}
    levels = {"initiation": np.array([0.0, 1.0]), "wound": np.array([1.0, 1.0]), "repair": 9.0}
    assert drive.factor(theta, levels) == pytest.approx(np.exp([0.5, 1.7]))
    assert drive.factor(theta, {"repair": np.ones(2)}) is None


def test_calming_and_repair_take_away_and_never_add() -> None:
    assert drive.calmed(2.0, 0.25) == 1.5
    assert drive.repaired(1e-3, 1.0) == 0
    assert drive.calmed(2.0, -0.5) == 2.0
    assert drive.repaired(1e-3, -0.5) == 1e-3


def test_microrna_alone_falls_short_by_orders_of_magnitude() -> None:
    """1e10 particles into 1 cm2 of the scalp's dermis, 0.15 mL: the highest dose of a trial."""
    p = central_parameters()
    kindest = stoichiometry.check(1e10, 0.15, 0.05, p)
    assert kindest.vesicles_per_cell == pytest.approx(1e10 / (0.15 * 3e7))
    assert kindest.copies_per_cell == pytest.approx(kindest.vesicles_per_cell * 0.00825 * 0.05)
    assert 100 < kindest.shortfall < 1e5
    everything_escapes = p | {"endosomal_escape_fraction": 1.0}
    assert stoichiometry.check(1e10, 0.15, 0.05, everything_escapes).shortfall > 10
    needed = parameter("microrna_copies_per_cell_threshold").value / 0.00825
    assert needed == pytest.approx(1.2e5, rel=0.02)
    assert kindest.platelet_mass == pytest.approx(3.8)
    assert stoichiometry.check(1e9, 0.15, 0.05, p).growth_factor_mass < kindest.platelet_mass
    assert stoichiometry.check(0, 0.15, 0.05, p).shortfall == float("inf")


def test_patients_with_time_constants_of_their_own() -> None:
    level = response.occupancy(20 * np.exp(-FINE), 1.0)
    rise, decay = np.array([0.2, 0.5, 1.0]), np.array([2.0, 1.0, 4.0])
    together = response.respond(np.tile(level, (3, 1)), FINE, rise=rise, decay=decay)
    alone = [
        response.respond(level, FINE, rise=r, decay=d) for r, d in zip(rise, decay, strict=True)
    ]
    assert np.array_equal(together, alone)
    one = response.respond(level[None], FINE, rise=rise[:1], decay=decay[:1])
    assert np.array_equal(one[0], alone[0])
    with pytest.raises(InputError, match=r"decay.*more than 0 days"):
        response.respond(level, FINE, rise=1.0, decay=0.0)
