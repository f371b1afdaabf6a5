"""The scalp at rest against numerical integration, histology and laws of random sums."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate

from anagen.follicle.law import FollicleLaw, androgen_ramp, next_size, size_target
from anagen.follicle.residence import LAWS, Residence
from anagen.follicle.stationary import (
    at_rate,
    club_share,
    growing_share,
    histology_shares,
    length_biased,
    mean_cycle,
    mean_length,
    overshoot,
    overshoot_integral,
    phase_shares,
    share_sd,
    shed_per_day,
    showing_share,
    size_after,
    under_load,
    visible_length,
    visible_share,
)
from anagen.parameters import parameter


def a_law(name="lognormal", **other):
    a, c, t, k = (Residence(m, cv, name) for m, cv in ((300, 0.5), (14, 0.3), (60, 0.4), (50, 0.6)))
    return FollicleLaw(anagen=a, catagen=c, telogen=t, kenogen=k, **other)


@pytest.fixture(params=LAWS)
def residence(request):
    return Residence(80.0, 0.6, request.param)


def integral(f, edges):
    pieces = [integrate.quad(f, *ends, epsabs=1e-8, limit=200)[0] for ends in pairwise(edges)]
    return sum(pieces)


def test_overshoots_are_the_integrals_of_the_survival(residence):
    for x in (0.0, 21.0, 79.0, 81.0, 400.0):
        edges = [x, max(x, 80.0), x + 200, x + 1000, x + 2e4]
        once = integral(residence.survival, edges)
        twice = integral(lambda u, x=x: (u - x) * residence.survival(u), edges)
        assert overshoot(residence, x) == pytest.approx(once, abs=1e-6)
        assert overshoot_integral(residence, x) == pytest.approx(twice, rel=1e-7, abs=1e-4)


def test_length_biased_law_is_the_one_of_the_residence(residence):
    x = np.array([1.0, 30, 79, 81, 200, 600])
    biased = length_biased(residence)
    assert biased.mean == pytest.approx(80 * (1 + residence.cv**2))
    np.testing.assert_allclose(biased.survival(x), residence.biased_survival(x), atol=1e-13)


def test_shares_do_not_depend_on_the_residence_laws():
    for name in LAWS:
        np.testing.assert_allclose(phase_shares(a_law(name)), np.array([300, 14, 60, 50]) / 424)
    shares = phase_shares(a_law(kenogen_share=0.5))
    np.testing.assert_allclose(shares, np.array([300, 14, 60, 25]) / 399)


def test_histology_gives_the_means_that_it_was_read_with():
    # anagen 1000 d with the printed 92.2 / 1.6 / 6.2 % means catagen 17 d and telogen 67 d
    read = [parameter(f"{p}_fraction_histology").value for p in ("anagen", "catagen", "telogen")]
    a, c, t, k = (Residence(m, 0.5) for m in (1000, 17, 67, 90))
    law = FollicleLaw(anagen=a, catagen=c, telogen=t, kenogen=k, kenogen_share=0.3)
    np.testing.assert_allclose(histology_shares(law), read, atol=0.001)


def test_hundred_thousand_follicles_of_three_years_shed_91_a_day():
    law = FollicleLaw(
        anagen=Residence(1095 - 190, 0.3), catagen=Residence(17, 0.3), telogen=Residence(83, 0.3),
        kenogen=Residence(90, 0.3), emergence_delay=0,
    )  # fmt: skip
    assert shed_per_day(law, 100_000) == pytest.approx(100_000 / 1095)


def test_spread_of_a_share_is_the_published_one_of_small_populations():
    # Halloy 2000: fluctuations vanish as the square root of the number; 0.45 of 100 has SD 0.050
    assert share_sd(0.45, 100) == pytest.approx(0.0497, abs=5e-4)
    assert share_sd(0.45, 10_000) == pytest.approx(share_sd(0.45, 100) / 10)


@pytest.mark.parametrize("name", LAWS)
def test_hair_at_rest_balances(name):
    """What emerges is shed; what grows is shed with it (length), for any law and delay."""
    law = a_law(name, emergence_delay=21.0, kenogen_share=0.7)
    grown_per_day = growing_share(law)
    mean_shed_length = float(overshoot(law.anagen, 21.0)) / showing_share(law)
    assert grown_per_day == pytest.approx(shed_per_day(law) * mean_shed_length)
    # Little's law: visible hairs = shed per day x mean time a hair is seen
    seen = mean_shed_length + 14 + 60
    assert visible_share(law) == pytest.approx(shed_per_day(law) * seen)


def test_without_delay_every_hair_is_visible():
    law = a_law(emergence_delay=0.0)
    assert visible_share(law) == pytest.approx(1 - phase_shares(law)[3])
    assert growing_share(law) == pytest.approx(phase_shares(law)[0])
    assert club_share(law) == pytest.approx(phase_shares(law)[1:3].sum())


def test_memoryless_hair_is_as_long_on_average_as_it_has_left_to_grow():
    law = a_law("exponential", emergence_delay=0.0)
    assert mean_length(law) == pytest.approx(300.0)
    assert visible_length(law) == pytest.approx(300.0 * visible_share(law))


def test_fixed_anagen_gives_half_its_length_growing_and_all_of_it_resting():
    law = a_law("fixed", emergence_delay=0.0)
    assert visible_length(law) == pytest.approx((300 * 150 + 74 * 300) / mean_cycle(law))


def test_mean_length_by_sampling_a_random_moment():
    """Seed 1, 400,000 hairs; fails at 4 standard errors."""
    law, n = a_law(emergence_delay=21.0, kenogen_share=0.7), 400_000
    rng = np.random.default_rng(1)
    whole = law.anagen.biased_quantile(rng.random(n))
    plain = law.anagen.quantile(rng.random(n))
    a, c, t, _ = phase_shares(law)
    growing = rng.random(n) < a / (a + c + t)
    grew = np.where(growing, whole * rng.random(n), plain)
    length = (grew - 21)[grew >= 21]
    se = length.std() / np.sqrt(length.size)
    assert abs(length.mean() - mean_length(law)) < 4 * se


def test_constant_clocks_and_load_only_change_the_means():
    law = a_law(androgen_drive=(1.0, 0.0, 0.0, -0.5))
    loaded = under_load(law, 0.7)
    assert loaded.anagen.mean == pytest.approx(300 * np.exp(-0.7))
    assert loaded.kenogen.mean == pytest.approx(50 * np.exp(0.35))
    assert loaded.telogen == law.telogen
    assert at_rate(at_rate(law, [2, 1, 4, 1]), [0.5, 1, 0.25, 1]) == law
    fast = at_rate(a_law(emergence_delay=0.0), 2.0)
    np.testing.assert_allclose(phase_shares(fast), phase_shares(law))
    assert shed_per_day(fast) == pytest.approx(2 * shed_per_day(a_law(emergence_delay=0.0)))


def test_size_after_cycles_repeats_the_rule():
    law = a_law(size_step=0.3, size_hill=2.0)
    load = float(1.4 * androgen_ramp(10.0, 0.0, 5.0))
    size, sizes = 1.0, [1.0]
    for _ in range(9):
        size = float(next_size(size, size_target(load, 1.0, 2.0), 0.3, 1.0))
        sizes.append(size)
    np.testing.assert_allclose(size_after(law, load, np.arange(10)), sizes)
