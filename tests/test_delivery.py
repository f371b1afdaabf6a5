"""Closed forms, the injected scalp, and when it is read: golden values, conservation, limits."""

import dataclasses
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import trapezoid

from anagen.delivery import depot as forms
from anagen.delivery.finite_volume import Medium
from anagen.delivery.injection import Depot, injected, solved_profile, wetted, wetted_share
from anagen.delivery.positions import session_nodes, target_positions
from anagen.delivery.release import constant_release, first_order_release
from anagen.delivery.saturation import linear_uptake_error
from anagen.errors import InputError
from anagen.simulate import arrival

HOUR = 3600.0
TEN_HOURS = math.log(2) / (10 * HOUR)
DEPOT = Depot(
    amount=1e9, volume=0.05, spacing=10.0, depth=3.0, diffusion=0.05, loss=1.66, thickness=5.5,
    swollen_share=0.5,
)  # fmt: skip
ORIGIN = np.zeros((1, 2))


def course(depot, positions, depths, nodes, days=(0.0,), offsets=None, **more):
    offsets = np.zeros((len(days), 2)) if offsets is None else offsets
    return injected(
        np.asarray(positions, dtype=float), depths, np.asarray(nodes, dtype=float),
        session_days=days, offsets=offsets, depot=depot, **more,
    )  # fmt: skip


# ---- golden values (um, s) ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("radius", "r", "diffusion", "hours", "share", "with_loss"),
    [
        (500, 0, 1, 24, 0.305388, 0.057860),
        (500, 500, 1, 24, 0.178622, 0.033842),
        (500, 700, 1, 24, 0.105923, 0.020069),
        (2880, 2880, 1, 24, 0.442418, 0.083822),
        (2880, 3300, 1, 24, 0.125996, 0.023872),
        (100, 150, 3, 2, 0.021562, 0.018771),
    ],
)
def test_a_filled_sphere_spreads_as_computed(radius, r, diffusion, hours, share, with_loss):
    # printed to six decimals
    free = forms.sphere_source(r, hours * HOUR, radius, diffusion)
    lost = forms.sphere_source(r, hours * HOUR, radius, diffusion, TEN_HOURS)
    assert free == pytest.approx(share, rel=1e-5, abs=5e-7)
    assert lost == pytest.approx(with_loss, rel=1e-5, abs=5e-7)


def test_the_other_golden_values():
    per_ml = 1e12  # um3
    day = 24 * HOUR
    assert forms.point_source(200, day, 1e9, 1) * per_ml == pytest.approx(7.8732e11, rel=1e-5)
    assert forms.plane_source(300, day, 1e6 / 1e8, 1) * per_ml == pytest.approx(1.4793e7, rel=1e-4)
    for length, share in ((100, 0.97641), (500, 0.60078)):
        middle = forms.steady_slab(0.0, length / 2, 1.0, TEN_HOURS)
        assert middle == pytest.approx(share, rel=1e-5)
    for diffusion, per_hour in ((0.1, 2714), (1, 27143), (6.6, 179146)):
        captured = HOUR * forms.smoluchowski_capture(60, diffusion, 1e10 / per_ml)
        assert captured == pytest.approx(per_hour, abs=0.6)


def test_closed_forms_reduce_to_one_another():
    # a tiny sphere is a point, a thin layer a plane; close to the centre is the centre
    ball = 4 / 3 * math.pi * 0.01**3
    small = forms.sphere_source(0.3, 1.0, 0.01, 0.05) / ball  # for one unit of amount
    assert small == pytest.approx(forms.point_source(0.3, 1.0, 1.0, 0.05), rel=1e-3)
    thin = forms.slab_source(0.3, 1.0, 1.0, 1e-3, 0.05)
    assert thin == pytest.approx(forms.plane_source(0.3, 1.0, 1.0, 0.05), rel=1e-4)
    assert forms.sphere_source([0.0, 1e-9], 1.0, 0.5, 0.05) == pytest.approx(
        forms.sphere_source([1e-3, 1e-3], 1.0, 0.5, 0.05), rel=1e-4
    )
    assert forms.sphere_source([0.4, 0.5, 0.6], 0.0, 0.5, 0.05) == pytest.approx([1, 0.5, 0])


def test_a_wet_sphere_holds_its_volume_and_pressure_falls_outwards():
    radius = forms.wetted_radius([0.02, 0.05, 0.1], 0.5)
    assert 4 / 3 * math.pi * radius**3 * 0.5 == pytest.approx([20, 50, 100])
    q, mu, k = 5e-9, 1e-3, 1e-14  # 0.3 mL/min in SI
    drop = forms.darcy_pressure(q, mu, k, 1e-3, 3e-3)
    parts = [forms.darcy_pressure(q, mu, k, a, b) for a, b in ((1e-3, 2e-3), (2e-3, 3e-3))]
    assert drop == pytest.approx(sum(parts))
    shell = 1.5e-3  # dp/dr = -Q mu / (4 pi k r2)
    slope = forms.darcy_pressure(q, mu, k, shell, shell + 1e-9) / 1e-9
    assert slope == pytest.approx(q * mu / (4 * math.pi * k * shell**2), rel=1e-5)


def test_release_over_time_has_its_closed_forms():
    t = np.array([0.1, 0.5, 2.0, 9.0])
    # a source that only decays: exp(-k v)
    even = constant_release(lambda v: np.exp(-1.7 * v), t, 1.0)
    start = np.maximum(t - 1, 0)
    assert even == pytest.approx((np.exp(-1.7 * start) - np.exp(-1.7 * t)) / 1.7, rel=1e-8)
    first = first_order_release(lambda v: np.exp(-1.7 * v), t, 6.0)
    assert first == pytest.approx(6 * (np.exp(-1.7 * t) - np.exp(-6 * t)) / (6 - 1.7), rel=2e-3)


# ---- positions and times -----------------------------------------------------------------------


def test_positions_are_one_per_cell_and_must_be_a_square_number():
    rng = np.random.default_rng(2)
    for points in (target_positions(64, 8.0), target_positions(64, 8.0, rng)):
        cells = {(int(x), int(y)) for x, y in points}
        assert len(cells) == 64
    with pytest.raises(InputError, match=r"perfect square such as 49 or 64 \(given: 50\)"):
        target_positions(50, 8.0)
    landed = arrival.offsets(4, list(range(1000)), 10.0)
    assert landed.min() >= 0
    assert landed.max() < 10
    # seed 4: uniform mean 5 with standard error 10/sqrt(12 000); four of them
    assert np.abs(landed.mean(axis=0) - 5).max() < 4 * 10 / math.sqrt(12_000)


def filtered(nodes, distance, half_life, half_effect, rise=0.25, fall=2.0):
    """Mean per day of a saturating response with its own rise and decay, two sessions."""
    c = np.zeros_like(nodes)
    for day in (0.0, 9.0):
        since = nodes - day
        on = since > 0
        loss = math.log(2) * 24 / half_life
        c[on] += forms.sphere_source(distance, since[on], 2.9, 0.05, loss)
    a = c / (half_effect + c)
    state, area = 0.0, np.zeros_like(nodes)
    for i, dt in enumerate(np.diff(nodes)):
        goal = (a[i] + a[i + 1]) / 2
        rate = rise if goal > state else fall
        fade = math.exp(-dt / rate)
        area[i + 1] = area[i] + goal * dt + (state - goal) * rate * (1 - fade)
        state = goal + (state - goal) * fade
    return np.diff(np.interp(np.arange(22.0), nodes, area))


@pytest.mark.parametrize("half_effect", [1e-3, 0.1, 1.0])
@pytest.mark.parametrize("half_life", [2.0, 10.0, 72.0])
@pytest.mark.parametrize("distance", [0.0, 2.9, 3.4])
def test_the_nodes_catch_a_filtered_response_to_one_percent(distance, half_life, half_effect):
    coarse = filtered(session_nodes((0, 9), 21), distance, half_life, half_effect)
    fine = filtered(np.linspace(0, 21, 21_001), distance, half_life, half_effect)
    assert np.abs(coarse - fine).max() < 0.01 * fine.max()
    assert coarse.sum() == pytest.approx(fine.sum(), rel=0.01)


def test_nodes_rise_and_hold_every_day_and_session():
    nodes = session_nodes((0, 2.5, 28), 30)
    assert (np.diff(nodes) > 0).all()
    assert set(np.arange(31)) <= set(nodes)
    assert 2.5 in nodes
    assert nodes.max() == 30


# ---- injection ---------------------------------------------------------------------------------


def direct(depot, position, z, t, reach=60.0):
    """The same superposition summed point by point, without table or cut."""
    n = math.ceil(reach / depot.spacing)
    x, y = np.meshgrid(*2 * [depot.spacing * np.arange(-n, n + 1)])
    flat = (position[0] - x) ** 2 + (position[1] - y) ** 2
    shifts = 2 * depot.thickness * np.arange(-4, 5)
    heights = z - np.concatenate((depot.depth + shifts, -depot.depth + shifts))
    r = np.sqrt(flat.ravel()[:, None] + heights**2)
    return depot.first * forms.sphere_source(r, t, depot.radius, depot.diffusion, depot.loss).sum()


@settings(deadline=None)
@given(
    st.tuples(st.floats(0, 10), st.floats(0, 10)), st.floats(0, 5.5),
    st.sampled_from([0.01, 0.3, 1.0, 4.0]), st.floats(0.003, 0.26), st.sampled_from([0.23, 1.7, 8]),
)  # fmt: skip
def test_table_and_cut_err_by_less_than_a_thousandth(position, z, t, diffusion, loss):
    depot = dataclasses.replace(DEPOT, diffusion=diffusion, loss=loss)
    found = course(depot, [position], [z], [0, t])[0, 0, 1]
    assert found == pytest.approx(direct(depot, position, z, t), abs=1e-3 * depot.first)


@pytest.mark.parametrize(("volume", "spacing"), [(0.05, 10.0), (0.1, 5.0), (0.02, 7.0)])
@pytest.mark.parametrize("release", [math.inf, 3.0])
def test_what_was_injected_is_in_the_scalp_or_lost(volume, spacing, release):
    # per cell: fluid share times the integral over a period of the grid and the thickness
    depot = dataclasses.replace(
        DEPOT, volume=volume, spacing=spacing, diffusion=0.1, release=release
    )
    side, deep = 28, 33
    points = target_positions(side**2, spacing)
    z = (np.arange(deep) + 0.5) * depot.thickness / deep
    nodes = np.array([0, 0.7, 1.5, 3.0])
    offsets = np.array([[1.3, 2.1], [4.0, 0.2]])
    c = course(depot, points, z, nodes, (0.0, 0.5), offsets)
    cell = spacing**2 * depot.thickness / 1000
    mass = c.mean(axis=(0, 1)) * depot.swollen_share * cell
    expected = np.zeros(4)
    for day in (0.0, 0.5):
        t = nodes - day
        left = np.exp(-depot.loss * t)
        if math.isfinite(release):
            left = release * (left - np.exp(-release * t)) / (release - depot.loss)
        expected += np.where(t > 0, depot.amount * left, 0.0)
    assert mass == pytest.approx(expected, rel=2e-3)


def test_the_wetted_sphere_starts_at_the_concentration_injected():
    found = course(DEPOT, [[0, 0], [5, 5]], [3.0], [0, 1e-6])
    assert found[0, :, 1] == pytest.approx([1e9 / 0.05, 0.0], rel=1e-5)
    assert (found[0, :, 0] == 0).all()  # just before the session


def test_nothing_gives_nothing_and_dose_is_linear():
    points, nodes = target_positions(16, 10.0), session_nodes((0.0,), 10)
    one = course(DEPOT, points, [1.4, 3.5], nodes)
    ten = course(dataclasses.replace(DEPOT, amount=1e10), points, [1.4, 3.5], nodes)
    assert one.max() > 0
    assert ten == pytest.approx(10 * one)
    assert (course(dataclasses.replace(DEPOT, amount=0.0), points, [1.4], nodes) == 0).all()


def test_sessions_add_up_and_a_second_one_leaves_the_past_alone():
    points, nodes = target_positions(9, 10.0), session_nodes((0.0, 2.0), 8)
    offsets = np.array([[1.0, 2.0], [6.0, 7.0]])
    both = course(DEPOT, points, [2.5], nodes, (0.0, 2.0), offsets)
    first = course(DEPOT, points, [2.5], nodes, (0.0,), offsets[:1])
    second = course(DEPOT, points, [2.5], nodes, (2.0,), offsets[1:])
    assert both == pytest.approx(first + second, abs=1e-6 * DEPOT.first)
    before = nodes <= 2
    assert (both[..., before] == first[..., before]).all()


def test_a_faster_carrier_tends_to_a_free_solute():
    nodes = np.array([0, 0.5, 1.0])
    free = course(DEPOT, [[0, 0], [2.5, 0]], [3.0], nodes)
    carried = [
        course(dataclasses.replace(DEPOT, release=rate), [[0, 0], [2.5, 0]], [3.0], nodes)
        for rate in (3.0, 30.0, 3000.0)
    ]
    gaps = [np.abs(c - free).max() for c in carried]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 2e-3 * DEPOT.first


def test_the_reference_solver_agrees_with_the_closed_form():
    points, nodes = target_positions(16, 10.0), session_nodes((0.0,), 5)
    closed = course(DEPOT, points, [1.4, 3.5], nodes)
    solved = course(DEPOT, points, [1.4, 3.5], nodes, solver="reference")
    late = nodes >= 0.2
    assert np.abs(closed - solved)[..., late].max() < 1e-3 * DEPOT.first
    # the front of the first minutes is thinner than a cell of the mesh
    assert np.abs(closed - solved).max() < 0.03 * DEPOT.first


def test_64_positions_give_the_mean_of_256():
    days = (0.0, 28.0, 56.0)
    nodes = session_nodes(days, 84)
    offsets = arrival.offsets(5, [0, 28, 56], 10.0)
    means, shares = [], []
    for n in (64, 256, 1024):
        points = target_positions(n, 10.0)
        c = course(DEPOT, points, [1.4, 3.5], nodes, days, offsets)
        means.append(trapezoid(c.mean(axis=1), nodes))
        shares.append(wetted_share(wetted(points, [3.0], offsets, DEPOT))[1][-1, 0])
    for coarse, allowed in ((0, 0.1), (1, 0.05)):
        assert means[coarse] == pytest.approx(means[2], rel=allowed)
        assert shares[coarse] == pytest.approx(shares[2], abs=0.7 * allowed)


def test_one_patient_is_fast():
    days = (0.0, 28.0, 56.0)
    points, nodes = target_positions(64, 11.3), session_nodes(days, 364)
    offsets = arrival.offsets(1, [0, 28, 56], 10.0)
    spent = []
    for _ in range(12):
        start = time.perf_counter()
        course(DEPOT, points, [1.4, 2.2, 2.9, 3.5], nodes, days, offsets)
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.01  # half a millisecond on an idle core


# ---- what gets wet -----------------------------------------------------------------------------


def wet_share(volume, spacing, depth=3.0):
    depot = dataclasses.replace(DEPOT, volume=volume, spacing=spacing)
    points = target_positions(300**2, spacing)
    return wetted_share(wetted(points, [depth], ORIGIN, depot))[0][0, 0]


@pytest.mark.parametrize(("volume", "share"), [(0.02, 0.14), (0.05, 0.26), (0.10, 0.41)])
def test_a_centimetre_grid_wets_a_part_of_the_plane_through_its_depots(volume, share):
    assert wet_share(volume, 10.0) == pytest.approx(share, abs=0.006)
    assert wet_share(volume, 10.0, depth=3.0 + 1.9) < share  # less above and below


@pytest.mark.parametrize("volume", [0.02, 0.05, 0.10])
def test_discs_that_overlap_wet_their_union(volume):
    # a disc in its square of side a, with its four caps beyond the sides cut off
    a, radius = 5.0, float(forms.wetted_radius(volume, 0.5))
    if radius >= a / math.sqrt(2):
        share = 1.0
    else:
        half = a / 2
        cap = 0.0
        if radius > half:
            cap = radius**2 * math.acos(half / radius) - half * math.sqrt(radius**2 - half**2)
        share = (math.pi * radius**2 - 4 * cap) / a**2
    assert wet_share(volume, a) == pytest.approx(share, abs=0.002)


def test_at_half_a_centimetre_spheres_meet():
    # at 0.05 mL the discs' areas sum to 1.04 of the plane, but they overlap
    found = [wet_share(v, 5.0) for v in (0.02, 0.05, 0.1)]
    assert found == pytest.approx([0.566, 0.924, 1.0], abs=0.002)


def test_four_sessions_of_a_moving_grid_wet_about_seventy_percent():
    # independent sessions: 1 - (1 - 0.26)^4 = 0.70; seeds 0 to 399, each of 4 sessions
    points, days = target_positions(64, 10.0), [0, 28, 56, 84]
    runs = np.array([
        wetted_share(wetted(points, [3.0], arrival.offsets(seed, days, 10.0), DEPOT))[1][:, 0]
        for seed in range(400)
    ])  # fmt: skip
    error = runs.std(axis=0, ddof=1) / math.sqrt(len(runs))
    expected = 1 - (1 - math.pi * DEPOT.radius**2 / 100) ** np.arange(1, 5)
    assert expected[-1] == pytest.approx(0.70, abs=0.005)
    assert (np.abs(runs.mean(axis=0) - expected) < 4 * error + 2e-3).all()
    still = wetted(points, [3.0], np.zeros((4, 2)), DEPOT)
    each, so_far = wetted_share(still)
    assert so_far[-1] == pytest.approx(each[0])  # a grid that never moves caps the coverage


# ---- what linear uptake costs ------------------------------------------------------------------


def test_linear_uptake_is_exact_when_thin_and_errs_downwards_with_dose():
    args = {"uptake_share": 0.5, "half_saturation": 1.8e10, "half_effect": 2e9}
    errors = [
        linear_uptake_error(dataclasses.replace(DEPOT, amount=dose), **args)
        for dose in (1e4, 1e8, 1e9, 1e10)
    ]
    assert errors[0] == pytest.approx((0, 0), abs=1e-5)
    centre, edge = np.array(errors).T
    assert (np.diff(centre) < 0).all()
    assert (np.diff(edge) < 0).all()
    assert centre[-1] > -0.5  # a depot that loses half as fast lasts at most twice as long


# ---- bad input ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"depth": -1.0}, r"depth: must be 0 or more \(given: -1\)"),
        ({"amount": -1.0}, r"amount: must be 0 or more \(given: -1\)"),
        ({"amount": math.nan}, r"amount: must be 0 or more \(given: nan\)"),
        ({"volume": 0.0}, r"volume: must be more than 0"),
        ({"spacing": -5.0}, r"spacing: must be more than 0 \(given: -5\)"),
        ({"swollen_share": 1.2}, r"swollen_share: must lie between 0 and 1 \(given: 1.2\)"),
    ],
)
def test_a_depot_that_cannot_be_is_refused(change, sentence):
    with pytest.raises(InputError, match=sentence):
        dataclasses.replace(DEPOT, **change)


def test_a_point_below_a_thin_scalp_of_a_draw_sits_on_the_skull():
    thin = dataclasses.replace(DEPOT, thickness=2.5)
    on_it = dataclasses.replace(thin, depth=2.5)
    assert (course(thin, [[1, 2]], [1.4], [0, 1]) == course(on_it, [[1, 2]], [1.4], [0, 1])).all()


def test_the_reference_solver_refuses_a_carrier_and_takes_a_saturable_medium():
    with pytest.raises(InputError, match="free at once"):
        solved_profile(dataclasses.replace(DEPOT, release=3.0))
    medium = Medium(diffusion=0.05, loss=0.8, fluid_share=0.5, capacity=4e10, half_saturation=2e10)
    r, t = np.linspace(0, 4, 9)[None], np.array([[0.5]])
    saturable = solved_profile(DEPOT, medium)(r, t)
    assert (saturable < forms.sphere_source(r, t, DEPOT.radius, 0.05, 0.8) + 1e-3).all()
    assert saturable[0, 0] > forms.sphere_source(0, 0.5, DEPOT.radius, 0.05, 0.8 + 4.45)
