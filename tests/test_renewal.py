"""The renewal equation against closed forms, the linear ODE of memoryless phases, and itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm

from anagen.errors import InputError
from anagen.follicle.law import (
    PHASES,
    FollicleLaw,
    ForcedExit,
    androgen_load,
    androgen_ramp,
    clock_factor,
    size_target,
)
from anagen.follicle.renewal import class_clock, class_target, expected
from anagen.follicle.residence import LAWS, Residence
from anagen.follicle.stationary import (
    at_rate,
    growing_share,
    mean_cycle,
    phase_shares,
    shed_per_day,
    size_after,
    under_load,
    visible_length,
    visible_share,
)

laws = pytest.mark.parametrize("name", LAWS)


def a_law(name="lognormal", scale=1.0, **other):
    means = ((120, 0.5), (14, 0.3), (40, 0.4), (30, 0.6))
    a, c, t, k = (Residence(scale * m, cv, name) for m, cv in means)
    delay = scale * other.pop("emergence_delay", 21.0)
    return FollicleLaw(anagen=a, catagen=c, telogen=t, kenogen=k, emergence_delay=delay, **other)


def at_rest(law, days, **other):
    return expected(law, class_clock(law, np.ones((days, 4))), **other)


def waves(days):
    return np.exp(0.8 * np.sin(np.arange(days)[:, None] / [20, 10, 15, 12]))


def phases(found):
    return np.stack([found[name] for name in PHASES], axis=1)


@laws
@pytest.mark.parametrize("delay", [0.0, 0.5, 10.3, 21.0])
def test_a_scalp_at_rest_stays_at_rest(name, delay):
    law = a_law(name, kenogen_share=0.8, emergence_delay=delay)
    found = at_rest(law, 120)
    np.testing.assert_allclose(phases(found) - phase_shares(law), 0, atol=1e-12)
    np.testing.assert_allclose(found["visible"], visible_share(law), atol=1e-5)
    np.testing.assert_allclose(found["growth"], growing_share(law), atol=1e-5)
    np.testing.assert_allclose(found["shed"][1:], shed_per_day(law), atol=1e-8)
    np.testing.assert_allclose(found["length"], visible_length(law), rtol=1e-5)


@pytest.mark.parametrize("name", ["lognormal", "gamma"])
def test_constant_clocks_lead_to_rest_at_those_clocks_from_any_start(name):
    law = a_law(name, androgen_drive=(0.6, 0.0, 0.0, -0.5))
    goal = at_rate(under_load(law, 1.0), 1.5)
    days = 900
    clock = class_clock(law, np.full((days, 4), 1.5), severity=1.0, onset=-9, ramp=1)
    for start in ("stationary", "anagen"):
        found = expected(law, clock, start=start, growth=np.full(days, 0.5))
        np.testing.assert_allclose(phases(found)[-1], phase_shares(goal), atol=1e-5)
        assert found["visible"][-1] == pytest.approx(visible_share(goal), abs=1e-5)
        assert found["shed"][-1] == pytest.approx(shed_per_day(goal), rel=1e-4)
        assert found["length"][-1] == pytest.approx(0.5 * visible_length(goal), rel=1e-4)


@pytest.mark.parametrize("start", ["stationary", "anagen"])
def test_memoryless_phases_follow_the_linear_ode(start):
    """dN/dt = Q N, solved exactly day by day under clocks that change daily."""
    law, days, q = a_law("exponential", kenogen_share=0.7), 250, 0.7
    rates = waves(days)
    now = phase_shares(law) if start == "stationary" else np.eye(4)[0]
    solved = [now]
    for rate in rates / [p.mean for p in law.residences]:
        a, c, t, k = rate
        flow = [[-a, 0, (1 - q) * t, k], [a, -c, 0, 0], [0, c, -t, 0], [0, 0, q * t, -k]]
        solved.append(expm(np.array(flow)) @ solved[-1])
    found = expected(law, class_clock(law, rates), start=start)
    np.testing.assert_allclose(phases(found), np.array(solved), atol=5e-5)


@pytest.mark.parametrize("start", ["stationary", "anagen"])
@pytest.mark.parametrize("name", ["lognormal", "exponential"])
def test_error_falls_with_the_square_of_the_step(name, start):
    """The same days on grids of 1, 1/2 and 1/8 day, by giving all times in those units."""
    days, runs = 90, {}
    for fine in (1, 2, 8):
        law = a_law(name, scale=fine, kenogen_share=0.8)
        found = expected(law, class_clock(law, np.repeat(waves(days), fine, axis=0)), start=start)
        runs[fine] = {key: value[::fine] for key, value in found.items()}
        runs[fine]["length"] /= fine
        runs[fine]["shed"] = np.add.reduceat(found["shed"][1:], np.arange(0, days * fine, fine))
    for key in (*PHASES, "visible", "growth", "length", "shed"):
        coarse, half = (np.abs(runs[fine][key] - runs[8][key]).max() for fine in (1, 2))
        assert coarse < (5e-3 if key == "length" else 1.5e-4)
        # halving the step leaves a quarter; against 1/8 the ratio of squares is (1-1/64)/(1/4-1/64)
        assert coarse / half == pytest.approx(4.2, abs=0.1)


def test_class_clock_integrates_the_staircase_of_the_law():
    """Against the law's own functions at the middles of 1/2000-day steps."""
    law, days, fine = a_law(androgen_drive=(1.2, 0.3, 0.0, -0.8), size_hill=2.0), 60, 2000
    rates, dht = waves(days), np.where(np.arange(days) < 40, 1.0, 0.43)
    t = (np.arange(days * fine) + 0.5) / fine
    load = androgen_load(1.37, androgen_ramp(t, -3.4, 41.7), np.repeat(dht, fine))
    factor = clock_factor(law.androgen_drive, load[:, None]).reshape(days, fine, 4).mean(axis=1)
    clock = class_clock(law, rates, 1.37, -3.4, 41.7, dht)
    np.testing.assert_allclose(clock[1:], np.cumsum(rates * factor, axis=0), atol=2e-3)
    target = size_target(load, 1.0, 2.0).reshape(days, fine).mean(axis=1)
    np.testing.assert_allclose(class_target(law, days, 1.37, -3.4, 41.7, dht), target, atol=1e-4)


def test_a_load_without_severity_is_none():
    law = a_law(androgen_drive=(1.0, 1.0, 1.0, 1.0))
    days = np.repeat(np.arange(31.0)[:, None], 4, axis=1)
    np.testing.assert_allclose(class_clock(law, np.ones((30, 4))), days)
    np.testing.assert_allclose(class_target(law, 30), 1.0)


def test_follicles_are_conserved_whatever_happens():
    law, days = a_law(kenogen_share=0.6, size_step=0.5), 300
    rates = waves(days)
    rates[40:60], rates[100:130, 3] = 0.0, 0.0
    found = expected(
        law, class_clock(law, rates, 1.5, 0, 200), target=class_target(law, days, 1.5, 0, 200),
        hazard=np.full(days, 1e-3), exits=(ForcedExit(80, 0.4, 0.3), ForcedExit(80, 0.5)),
    )  # fmt: skip
    np.testing.assert_allclose(phases(found).sum(axis=1) + found["lost"], 1, atol=1e-12)
    np.testing.assert_allclose(found["lost"], 1 - np.exp(-1e-3 * np.arange(days + 1)))
    held = phases(found)[40:61] * np.exp(1e-3 * np.arange(40, 61))[:, None]
    np.testing.assert_allclose(held - held[0], 0, atol=1e-12)
    np.testing.assert_allclose(found["shed"][41:61], 0, atol=1e-12)


def test_destruction_takes_every_follicle_alike():
    law, hazard = a_law(), 0.002 * np.arange(120)
    whole, some = at_rest(law, 120), at_rest(law, 120, hazard=hazard)
    alive = np.exp(-np.concatenate([[0], np.cumsum(hazard)]))
    for name in (*PHASES, "visible", "length", "growth"):
        np.testing.assert_allclose(some[name], whole[name] * alive)


def test_what_is_destroyed_is_not_shed():
    """At rest under hazard h: rate x the integral of exp(-h t) over the day."""
    law, h, day = a_law(), 0.02, np.arange(1, 61)
    found = at_rest(law, 60, hazard=np.full(60, h))
    alive = (np.exp(-h * (day - 1)) - np.exp(-h * day)) / h
    np.testing.assert_allclose(found["shed"][1:], shed_per_day(law) * alive, rtol=1e-4)


def test_a_trigger_moves_its_share_at_once():
    law = a_law(kenogen_share=0.6)
    rest, found = at_rest(law, 60), at_rest(law, 60, exits=(ForcedExit(30, 0.5, 0.2),))
    change = phases(found)[30] - phases(rest)[30]
    thrown = 0.5 * rest["anagen"][30]
    np.testing.assert_allclose(change / thrown, [-1 + 0.2 * 0.4, 0.8, 0, 0.2 * 0.6], atol=1e-12)
    at_once = 0.2 * 0.5 * rest["growth"][30]
    assert found["shed"][30] - rest["shed"][30] == pytest.approx(at_once)
    assert rest["visible"][30] - found["visible"][30] == pytest.approx(at_once)
    np.testing.assert_allclose(found["visible"][:30], rest["visible"][:30])


def test_a_trigger_sheds_in_the_end_what_it_threw_out():
    """Fixed phases: all that were thrown are shed when catagen and telogen have passed."""
    law = a_law("fixed", kenogen_share=0.0)
    rest, found = at_rest(law, 120), at_rest(law, 120, exits=(ForcedExit(30, 0.5),))
    extra = (found["shed"] - rest["shed"]).cumsum()
    wave, own = 30 + 14 + 40, 2 / mean_cycle(law)  # those who would have come by themselves
    assert extra[wave - 2] == pytest.approx(0, abs=1e-12)
    assert extra[wave + 2] == pytest.approx(0.5 * (growing_share(law) - own), rel=1e-4)


@pytest.mark.parametrize("step", [0.3, 1.0])
def test_size_follows_the_number_of_the_cycle(step):
    """Fixed phases from one start keep all follicles in the same cycle; size is then known."""
    law = a_law("fixed", size_step=step, size_hill=2.0)
    found = at_rest(law, 1000, start="anagen", target=np.full(1000, size_target(1.3, 1.0, 2.0)))
    middle = 60 + 204 * np.arange(5)
    np.testing.assert_allclose(found["anagen"][middle], 1, atol=1e-9)
    size = size_after(law, 1.3, np.arange(5))
    np.testing.assert_allclose(found["size"][middle], size, atol=1e-9)
    np.testing.assert_allclose(found["size_squared"][middle], size**2, atol=1e-9)
    np.testing.assert_allclose(found["mass"][middle], size**3, atol=1e-9)


def test_abrupt_miniaturisation_leaves_two_sizes_only():
    # sizes 1 and s: E m^2 = (1 + s) E m - s, at any time and spread of cycles
    law, s = a_law(size_step=1.0), 0.4
    found = at_rest(law, 400, target=np.full(400, s))
    two = (1 + s) * found["size"] - s * found["anagen"]
    np.testing.assert_allclose(found["size_squared"], two, atol=1e-12)
    assert found["size"][0] == found["anagen"][0]
    assert found["size"][-1] / found["anagen"][-1] < 0.42


def test_sizes_scale_what_hair_shows():
    law = a_law()
    whole, half = at_rest(law, 90), at_rest(law, 90, size=0.5)
    for name, power in (("visible", 0), ("growth", 1), ("length", 1), ("calibre", 1), ("mass", 3)):
        np.testing.assert_allclose(half[name], whole[name] * 0.5**power)


def test_hair_lengthens_by_the_growth_clock_alone():
    """All in anagen from day 0 and none leaves: length = clock days of growth since emergence."""
    law = replace(a_law("fixed", emergence_delay=20.5), anagen=Residence(500, law="fixed"))
    growth = 1 + 0.5 * np.sin(np.arange(200) / 9)
    found = at_rest(law, 200, start="anagen", growth=growth)
    grown = np.concatenate([[0], np.cumsum(growth)])
    np.testing.assert_allclose(found["length"][21:], (grown - (grown[20] + grown[21]) / 2)[21:])
    np.testing.assert_allclose(found["visible"], np.arange(201) >= 20.5)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"clock": -np.arange(10.0)[:, None] * np.ones(4)}, "clock"),
        ({"clock": np.arange(10.0)}, "clock"),
        ({"growth": np.ones(3)}, "growth"),
        ({"hazard": -np.ones(9)}, "hazard"),
        ({"start": "telogen"}, "start"),
        ({"exits": (ForcedExit(9, 0.1),)}, "day of an exit"),
    ],
)
def test_bad_input_is_named(change, field):
    given = {"clock": np.arange(10.0)[:, None] * np.ones(4)} | change
    with pytest.raises(InputError) as refused:
        expected(a_law(), given.pop("clock"), **given)
    assert refused.value.field == field
