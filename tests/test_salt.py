"""SALT from what an area bears: identities, what a rater adds, who has responded."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monte_carlo import assert_moment
from scipy import stats

from anagen.errors import InputError
from anagen.measurement import endpoints, salt
from anagen.priors import central_parameters

SEED = 20261126
P = central_parameters()
HAIR = {k: P[k] for k in ("calibre_between_hairs", "vellus_share", "vellus_size")}


def test_the_share_of_thick_hair_is_that_of_a_lognormal_mixture():
    sigma = math.sqrt(math.log1p(HAIR["calibre_between_hairs"] ** 2))
    hair = stats.lognorm(sigma, scale=math.exp(-(sigma**2) / 2))
    assert hair.mean() == pytest.approx(1)
    d0 = np.array([45.0, 60.0, 80.0])
    q, m = HAIR["vellus_share"], HAIR["vellus_size"]
    expected = (1 - q) * hair.sf(30 / d0) + q * hair.sf(30 / (d0 * m))
    np.testing.assert_allclose(salt.healthy_nonvellus_share(d0, cutoff=30.0, **HAIR), expected)


def test_the_share_of_thick_hair_is_that_of_sampled_hairs():
    # 200,000 hairs
    rng, n = np.random.default_rng(SEED), 200_000
    sigma = math.sqrt(math.log1p(HAIR["calibre_between_hairs"] ** 2))
    z = np.exp(sigma * rng.standard_normal(n) - sigma**2 / 2)
    size = np.where(rng.random(n) < HAIR["vellus_share"], HAIR["vellus_size"], 1.0)
    thick = (60.0 * size * z >= 30.0).astype(float)
    assert_moment(thick, float(salt.healthy_nonvellus_share(60.0, cutoff=30.0, **HAIR)))


def test_of_hairs_nearly_alike_all_but_vellus_ones_are_thick():
    alike = HAIR | {"calibre_between_hairs": 1e-6}
    share = salt.healthy_nonvellus_share(68.0, cutoff=30.0, **alike)
    assert share == pytest.approx(1 - HAIR["vellus_share"])
    assert salt.healthy_nonvellus_share(20.0, cutoff=30.0, **alike) == pytest.approx(0)


def test_an_area_has_lost_what_it_lacks():
    lost = salt.loss_from_density([0.0, 50.0, 200.0, 230.0], 200.0)
    np.testing.assert_allclose(lost, [100, 75, 0, 0])


@given(st.floats(0, 1), st.floats(20, 400))
def test_a_scalp_that_keeps_a_share_everywhere_has_lost_the_rest(kept, healthy):
    loss = salt.loss_from_density(np.full(4, kept * healthy), np.full(4, healthy))
    assert endpoints.salt(loss) == pytest.approx(100 * (1 - kept), abs=1e-9)


def test_a_rater_errs_most_at_half_and_never_on_a_full_or_a_bald_scalp():
    # 40,000 ratings; at 50 points the error is as stated and nothing is cut off
    z = np.random.default_rng(SEED + 1).standard_normal(40_000)
    found = salt.read_salt(50.0, z, error=5.0)
    assert_moment(found, 50.0)
    assert_moment((found - 50.0) ** 2, 25.0)
    for end in (0.0, 100.0):
        np.testing.assert_array_equal(salt.read_salt(end, z, error=5.0), end)
    near = salt.read_salt(3.0, z, error=12.0)
    assert near.min() >= 0
    np.testing.assert_array_equal(salt.read_salt([20.0, 70.0], [1.0, -1.0], error=0.0), [20, 70])


def test_the_error_is_alike_for_what_is_left_and_what_is_lost():
    z = np.array([-1.0, 0.5, 2.0])
    lost = salt.read_salt(30.0, z, error=5.0)
    left = 100 - salt.read_salt(70.0, -z, error=5.0)
    np.testing.assert_allclose(lost, left)


def test_responses_by_their_definitions():
    np.testing.assert_array_equal(salt.salt_le_20([0, 20, 20.01, 100]), [True, True, False, False])
    baseline = np.array([80.0, 80.0, 0.0, 50.0])
    found = salt.salt50(baseline, [40.0, 41.0, 0.0, 0.0])
    np.testing.assert_array_equal(found, [True, False, False, True])


def test_salt_refuses_what_cannot_be():
    for bad, sentence in (
        (lambda: salt.loss_from_density(5.0, 0.0), "healthy: must be more than 0 hairs/cm2"),
        (lambda: salt.healthy_nonvellus_share(
            68.0, cutoff=30.0, **HAIR | {"calibre_between_hairs": 0}),
         "calibre_between_hairs: must be more than 0 (given: 0)"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=re.escape(sentence)):
            bad()
