"""A punch holds its follicles, each once, in the shares of the scalp, and others at every visit."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monte_carlo import assert_moment

from anagen.errors import InputError
from anagen.measurement import biopsy, endpoints
from anagen.measurement.instruments import instrument
from anagen.parameters import parameter

SEED = 20261123
PHASES = np.array([0.80, 0.02, 0.10])  # of all follicles; 8 % are empty
SIZES = np.array([0.6, 0.25, 0.15])
SHARES = biopsy.sections(PHASES, SIZES[None, :])


def test_sizes_are_cut_at_the_calibres_and_a_bin_is_shared():
    histogram = np.array([[4, 0, 3, 2, 1], [0, 0, 0, 0, 0]])  # bins of 20 um
    shares = biopsy.size_shares(histogram, 20.0, vellus=30.0, terminal=50.0)
    np.testing.assert_allclose(shares, [[(1.5 + 2 + 1) / 10, 1.5 / 10, 4 / 10], [0, 0, 0]])


@given(
    st.lists(st.integers(0, 50), min_size=4, max_size=40), st.floats(0, 60), st.floats(0, 60)
)  # fmt: skip
def test_every_hair_has_one_size(counts, one, other):
    cuts = {"vellus": min(one, other), "terminal": max(one, other)}
    shares = biopsy.size_shares(counts, 2.5, **cuts)
    assert np.all(shares >= -1e-12)
    assert shares.sum() == pytest.approx(float(any(counts)))


def test_phases_keep_their_shares_whatever_the_sizes():
    by_phase = np.array([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.2, 0.2, 0.6]])
    np.testing.assert_allclose(biopsy.sections(PHASES, by_phase).sum(axis=-1), PHASES)
    np.testing.assert_allclose(SHARES, np.outer(PHASES, SIZES))


def test_punches_take_their_area_and_its_follicles():
    area = biopsy.punch_area(parameter("biopsy_punch_diameter").value)
    assert area == pytest.approx(instrument("histology").target_area)
    assert endpoints.follicle_density_histology(29, area) == pytest.approx(29 / 0.12566, rel=1e-4)
    found = biopsy.follicles_in_punch([0.0, 230.0], area, 0.0, dispersion=0.3)
    np.testing.assert_array_equal(found, [0, 29])


def test_follicles_of_a_punch_have_the_mean_and_dispersion_asked_for():
    # 40,000 punches; rounding to whole follicles adds 1/12 to the variance
    z = np.random.default_rng(SEED).standard_normal(40_000)
    found = biopsy.follicles_in_punch(230.0, 0.1257, z, dispersion=0.3).astype(float)
    mean = 230.0 * 0.1257
    assert_moment(found, mean)
    assert_moment((found - mean) ** 2, 0.3 * mean + 1 / 12)


def test_counts_are_those_of_a_multinomial():
    # 40,000 punches of 29 follicles: means, variances and covariances of nine cells
    n, rng = 29, np.random.default_rng(SEED + 1)
    follicles = np.full(40_000, n)
    counts = biopsy.punch_counts(SHARES, follicles, rng.random((40_000, n)))
    p, x = SHARES.ravel(), counts.reshape(-1, 9).astype(float)
    for i in range(9):
        assert_moment(x[:, i], n * p[i])
        for j in range(i, 9):
            covariance = n * (p[i] * (i == j) - p[i] * p[j])
            assert_moment((x[:, i] - n * p[i]) * (x[:, j] - n * p[j]), covariance)


@given(st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_no_follicle_is_counted_twice_and_the_empty_ones_are_the_rest(n, seed):
    u = np.random.default_rng(seed).random(40)
    counts = biopsy.punch_counts(SHARES, np.array(n), u)
    assert counts.sum() == np.sum(u[:n] < PHASES.sum())
    full = biopsy.punch_counts(SHARES / SHARES.sum(), np.array(n), u)
    assert full.sum() == n


def test_options_share_the_punch_and_visits_do_not():
    # axes patients, options, visits; the second option turns telogen into anagen, the visits alike
    treated = biopsy.sections([0.88, 0.02, 0.02], SIZES[None, :])
    shares = np.stack([SHARES, treated])[None, :, None]
    rng = np.random.default_rng(SEED + 2)
    counts = biopsy.punch_counts(shares, np.array([[[29, 31]]]), rng.random((50, 1, 2, 31)))
    anagen = counts[..., 0, :].sum(axis=-1)
    assert counts.shape == (50, 2, 2, 3, 3)
    assert np.all(anagen[:, 1] >= anagen[:, 0])
    assert np.any(counts[:, 0, 0] != counts[:, 0, 1])


def test_endpoints_of_sections_from_the_cells():
    cells = np.array([[18, 3, 2], [1, 0, 0], [1, 1, 3]])  # phases by sizes
    by_phase, by_size = cells.sum(axis=1), cells.sum(axis=0)
    assert endpoints.anagen_fraction_histology(*by_phase) == pytest.approx(23 / 29)
    assert endpoints.telogen_fraction_histology(*by_phase) == pytest.approx(5 / 29)
    ratio = endpoints.terminal_vellus_ratio(by_size[0] + by_size[1], by_size[2])
    assert ratio == pytest.approx(24 / 5)
    assert np.isnan(endpoints.terminal_vellus_ratio(20, 0))


def test_biopsies_refuse_what_cannot_be():
    for bad, sentence in (
        (lambda: biopsy.size_shares([1], 2.5, vellus=60.0, terminal=30.0),
         "vellus: the vellus cut-off (60 um) lies above the terminal one (30)"),
        (lambda: biopsy.sections([0.9, 0.1, 0.1], SIZES), "phases: shares lie between 0 and 1"),
        (lambda: biopsy.follicles_in_punch(230.0, 0.1, 0.0, dispersion=-1),
         "dispersion: must be 0 or more (given: -1)"),
        (lambda: biopsy.punch_counts(SHARES, np.array(30), np.zeros(29)),
         "uniforms: 30 follicles lie in a punch, but only 29 numbers were given"),
        (lambda: endpoints.follicle_density_histology(29, 0.0), "area: must be more than 0 cm2"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=re.escape(sentence)):
            bad()
