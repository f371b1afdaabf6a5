"""Skin, intact and needled, and what cannot be given: bounds, conservation, order of routes."""

import numpy as np
import pytest

from anagen.delivery import skin
from anagen.delivery.layer import Layer, layer_course
from anagen.delivery.microneedling import channel_depth, needled
from anagen.delivery.microneedling import entering_share as channels_share
from anagen.delivery.positions import session_nodes
from anagen.delivery.topical import applied, entering_share
from anagen.errors import InputError
from anagen.parameters import load_parameters, parameter
from anagen.priors import central_parameters, draw_parameters

TABLES = ("skin", "topical", "microneedling", "diffusion", "clearance", "injection")
NAMES = [name for name, p in load_parameters().items() if p.table in TABLES]
P = central_parameters(NAMES)
VESICLE = skin.vesicle(P)
NODES = session_nodes((0.0,), 14)
MM, DENSITY = 0.5, 400.0
BULGE, BULB = 1.4, 3.5
HALF_EFFECT = parameter("effect_half_concentration_dermal_papilla").value


def exposure(course):
    """Concentration summed over the nodes [amount day/mL], by depth."""
    return (np.diff(NODES) * (course[:, 1:] + course[:, :-1]) / 2).sum(axis=1)


def on_intact(p=P, dose=1e9, solute=VESICLE, **more):
    return applied(
        [0.5, BULGE, BULB], NODES, application_days=(0.0,), dose_per_cm2=dose, solute=solute, p=p,
        **more,
    )  # fmt: skip


def on_needled(mm=MM, density=DENSITY, p=P, dose=1e9, solute=VESICLE, **more):
    return needled(
        [0.5, BULGE, BULB], NODES, session_days=(0.0,), dose_per_cm2=dose, solute=solute,
        needle_mm=mm, density_per_cm2=density, p=p, **more,
    )  # fmt: skip


# ---- skin --------------------------------------------------------------------------------------


def test_depths_deepen_with_age_until_21_and_with_size():
    ages = [2, 10, 21, 34, 70]
    for law in (skin.bulge_depth, skin.matrix_depth, skin.resting_depth):
        depths = np.array([law(P, age) for age in ages])
        assert (np.diff(depths[:3]) > 0).all()
        assert (depths[2:] == depths[2]).all()
    assert skin.bulge_depth(P, 30) == pytest.approx(parameter("bulge_depth").value, rel=0.002)
    assert skin.matrix_depth(P, 30) == pytest.approx(parameter("matrix_depth").value, rel=0.002)
    depths = skin.follicle_depths(P, 34, [0.1, 0.4, 0.7, 1.0])
    assert depths.shape == (5,)
    assert depths[0] == P["papilla_depth_telogen"]
    assert (np.diff(depths) > 0).all()
    assert depths[-1] == pytest.approx(skin.matrix_depth(P, 34))
    assert skin.bulb_depth(P, 34, 0.0) == P["follicle_length_miniaturised"]


def test_follicles_lie_in_the_scalp_in_nearly_every_draw():
    for seed in range(200):
        p = draw_parameters(seed, NAMES)
        depths = skin.follicle_depths(p, 34, [0.2, 1.0])
        assert (depths > 0).all()
        assert (depths <= p["scalp_thickness"]).all()


def test_a_half_life_of_ten_hours_and_a_diffusion_in_mm():
    assert np.exp(-skin.vesicle_loss(P) * 10 / 24) == pytest.approx(0.5)
    assert skin.vesicle_diffusion(P) == pytest.approx(
        parameter("vesicle_diffusion_dermis").value_in("mm**2/day")
    )


# ---- layers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [0.0, 0.3])
def test_what_entered_is_in_the_skin_or_lost(depth):
    layer = Layer(amount=2e6, depth=depth, duration=0.5, diffusion=0.05, loss=1.2, fluid_share=0.2)
    # the value at a plane source rises as a root: midpoints of unequal layers, finer at the surface
    faces = 4.0 * np.linspace(0, 1, 1200) ** 2
    z = (faces[1:] + faces[:-1]) / 2
    times = np.array([0.0, 0.2, 0.5, 1.0, 2.0])
    c = layer_course(layer, z, times, (0.0,))
    mass = (c * np.diff(faces)[:, None]).sum(axis=0) * 0.1 * layer.fluid_share  # 0.1 mL per mm, cm2
    start = np.maximum(times - 0.5, 0)
    left = (np.exp(-1.2 * start) - np.exp(-1.2 * times)) / (1.2 * 0.5)
    assert mass == pytest.approx(layer.amount * left, rel=1e-4)


@pytest.mark.parametrize("depth", [0.0, 0.3])
def test_the_reference_solver_agrees_on_layers(depth):
    layer = Layer(amount=2e6, depth=depth, duration=0.2, diffusion=0.05, loss=1.2, fluid_share=0.2)
    z, times = np.array([0.1, 0.5, 1.4]), np.array([0.1, 0.2, 0.5, 1.0, 3.0, 5.0])
    closed = layer_course(layer, z, times, (0.0,))
    solved = layer_course(layer, z, times, (0.0,), "reference")
    assert solved == pytest.approx(closed, rel=0.01, abs=2e-3 * closed.max())


def test_applications_add_up():
    layer = Layer(amount=1.0, depth=0.2, duration=1.0, diffusion=0.05, loss=1.2, fluid_share=0.2)
    nodes = np.arange(0, 30.0, 0.5)
    daily = layer_course(layer, [0.5, 1.4], nodes, np.arange(0, 30.0))
    summed = sum(layer_course(layer, [0.5, 1.4], nodes, (day,)) for day in range(30))
    assert daily == pytest.approx(summed)
    # steady: one dose a day against one loss a day, everywhere in the endless skin
    z = np.linspace(0, 6, 1201)
    late = layer_course(layer, z, np.linspace(29, 30, 25), np.arange(-60, 30.0)).mean(axis=1)
    held = (late[1:] + late[:-1]).sum() / 2 * (z[1] - z[0]) * 0.1 * 0.2
    assert held == pytest.approx(1 / 1.2, rel=2e-3)


# ---- topical -----------------------------------------------------------------------------------


def test_less_than_a_hundredth_passes_intact_skin_in_a_day_over_the_whole_prior():
    p = parameter("topical_fraction_crossing_24_hours")
    for share in np.append(p.low, [p.high]):
        for residence in (24.0, 72.0):
            drawn = P | {p.name: share, "stratum_corneum_residence": residence}
            per_day = entering_share(drawn) * min(1.0, 24 / residence)
            assert per_day <= 0.01 * (1 + 1e-12)
            # and what is found in the skin after a day is no more
            z = np.linspace(0, 4, 401)
            c = applied(z, np.array([0, 1.0]), application_days=(0.0,), dose_per_cm2=1.0,
                        solute=VESICLE, p=drawn)  # fmt: skip
            held = (c[1:, 1] + c[:-1, 1]).sum() / 2 * 0.01 * 0.1 * P["fluid_share_open_to_vesicles"]
            assert held < 0.01


def test_massage_multiplies_and_the_shunt_reaches_deeper():
    assert on_intact(massage=True) == pytest.approx(P["massage_gain"] * on_intact())
    shunted, flat = (
        exposure(on_intact(P | {"follicular_entry_share": s}))[1] for s in (0.95, 0.05)
    )
    assert shunted > 2 * flat
    assert (on_intact(dose=0.0) == 0).all()
    assert on_intact(dose=3e9) == pytest.approx(3 * on_intact())


# ---- microneedling -----------------------------------------------------------------------------


def test_longer_needles_and_more_channels_bring_more_to_depth():
    by_length = [exposure(on_needled(mm=mm))[1:] for mm in (0.25, 0.5, 1.0, 1.5, 2.5)]
    assert (np.diff(by_length, axis=0) > 0).all()
    by_density = [exposure(on_needled(density=n)) for n in (50, 400, 2000)]
    assert (np.diff(by_density, axis=0) > 0).all()
    assert channel_depth(1.0, 0.2) == pytest.approx(0.2)


def test_no_more_than_the_whole_dose_enters():
    crowded = 1e6
    assert channels_share(crowded, P) == 1
    assert channels_share(DENSITY, P) == pytest.approx(P["microneedling_fraction_entering"])
    full, none = on_needled(density=crowded), on_needled(density=crowded, dose=0.0)
    assert full.max() > 0
    assert (none == 0).all()


def test_needles_beat_intact_skin_and_do_not_reach_a_terminal_bulb():
    needles, intact = exposure(on_needled()), exposure(on_intact())
    assert (needles > intact).all()
    assert needles[0] > 10 * needles[1] > 1e4 * needles[2]
    peak = on_needled(dose=1e10)[2].max()
    assert peak < 1e-3 * HALF_EFFECT  # practically nothing, at the highest trial dose


def test_needled_skin_takes_the_rest_of_the_dose_as_intact_skin():
    closed = P | {"microneedling_fraction_entering": 1e-12}
    assert on_needled(p=closed) == pytest.approx(on_intact(), rel=1e-6)


def test_the_reference_solver_agrees_on_needled_skin():
    closed, solved = on_needled(), on_needled(solver="reference")
    for z in (0, 1):
        assert np.abs(closed[z] - solved[z]).max() < 0.01 * closed[z].max()


# ---- bad input ---------------------------------------------------------------------------------


def test_doses_and_needles_that_cannot_be_are_refused_in_one_sentence():
    with pytest.raises(InputError, match=r"density_per_cm2: must be more than 0 \(given: 0\)"):
        on_needled(density=0)
    with pytest.raises(InputError, match=r"needle_mm: must be more than 0 \(given: inf\)"):
        on_needled(mm=np.inf)
    for give in (on_intact, on_needled):
        with pytest.raises(InputError, match=r"dose_per_cm2: must be 0 or more \(given: -1\)"):
            give(dose=-1.0)
