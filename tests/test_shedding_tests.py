"""Tests of shedding give normal counts in normal people and follow the shedding beyond."""

import math
import re

import numpy as np
import pytest
from monte_carlo import LIMIT, assert_moment
from scipy import stats

from anagen.errors import InputError
from anagen.measurement import shedding_tests as tests
from anagen.parameters import load_parameters
from anagen.priors import between_people, central_parameters, draw_parameters

SEED = 20261124
N = 40_000
TABLE = [n for n, row in load_parameters().items() if row.table == "shedding_tests"]
P = central_parameters() | central_parameters(TABLE)


def healthy_people(p, rng, n=N):
    """Shedding per scalp and per visible hair of healthy people, by renewal at rest."""
    anagen, density = (
        between_people(rng.standard_normal(n), p[f"{trait}_between_people"])
        for trait in ("anagen", "follicle_density")
    )
    hair = p["anagen_duration"] * anagen + p["catagen_duration"] + p["telogen_duration"]
    cycle = hair + p["kenogen_share_of_cycles"] * p["kenogen_duration"]
    scalp = p["follicle_density"] * density * p["scalp_area"] / cycle
    return scalp, 1 / (hair - p["emergence_delay"])


def test_alike_people_shed_one_hair_per_cycle():
    alike = P | {"anagen_between_people": 1e-9}
    scalp, share = tests.shedding_at_rest(alike)
    hair = P["anagen_duration"] + P["catagen_duration"] + P["telogen_duration"]
    cycle = hair + P["kenogen_share_of_cycles"] * P["kenogen_duration"]
    assert scalp == pytest.approx(P["follicle_density"] * P["scalp_area"] / cycle)
    assert share == pytest.approx(1 / (hair - P["emergence_delay"]))
    visible = (hair - P["emergence_delay"]) / cycle  # share of follicles with a hair to be seen
    density = P["follicle_density"] * P["scalp_area"]
    assert scalp == pytest.approx(share * visible * density)


def test_the_mean_over_people_is_that_of_sampled_people():
    scalp, share = healthy_people(P, np.random.default_rng(SEED))
    expected = tests.shedding_at_rest(P)
    assert_moment(scalp, expected[0])
    assert_moment(share, expected[1])


def test_counts_are_the_quantiles_of_their_laws():
    u = np.concatenate([[0.0, 1 - 2**-53], np.random.default_rng(SEED + 9).random(5000)])
    for mean in (1e-6, 0.44, 7.0, 130.0):
        expected = np.maximum(stats.poisson.ppf(u, mean), 0)
        np.testing.assert_array_equal(tests.poisson_count(mean, u), expected)
    for share in (1e-6, 0.008, 0.3, 1.0):
        expected = np.maximum(stats.binom.ppf(u, 55, share), 0)
        np.testing.assert_array_equal(tests.binomial_count(55, share, u), expected)
    assert np.all(tests.poisson_count(0.0, u) == 0)
    assert np.all(tests.binomial_count(55, 0.0, u) == 0)


def test_counts_have_mean_and_variance_of_their_laws():
    # 40,000 draws each
    u = np.random.default_rng(SEED + 1).random(N)
    poisson = tests.poisson_count(3.7, u)
    assert_moment(poisson, 3.7)
    assert_moment((poisson - 3.7) ** 2, 3.7)
    pulled = tests.binomial_count(55, 0.1, u)
    assert_moment(pulled, 5.5)
    assert_moment((pulled - 5.5) ** 2, 55 * 0.1 * 0.9)


@pytest.mark.parametrize("test", tests.COLLECTED)
def test_normal_people_give_the_normal_count(test):
    # 40,000 people of the renewal law; the share collected is tied to their mean
    rng = np.random.default_rng(SEED + 2)
    scalp, _ = healthy_people(P, rng)
    found = tests.collected_count(scalp, P, rng.standard_normal(N), rng.random(N), test=test)
    assert_moment(found, P[f"{test}_count_normal"])


def test_normal_people_give_the_normal_pull_and_the_published_share_of_two_or_fewer():
    # 0.972 of 181 people were not used to make the law: within 4 of their binomial SD
    rng = np.random.default_rng(SEED + 3)
    _, share = healthy_people(P, rng)
    found = tests.pulled_count(share, P, rng.standard_normal(N), rng.random(N))
    assert_moment(found, P["pull_count_normal"])
    published = P["pull_share_normal"]
    normal = 1 - tests.positive_pull(found, P["pull_test_normal_most"]).mean()
    assert abs(normal - published) < LIMIT * math.sqrt(published * (1 - published) / 181)


@pytest.mark.parametrize("seed", range(3))
def test_the_normal_count_holds_in_every_draw_of_the_parameters(seed):
    # what a draw says of scalp, cycle and density cancels; 40,000 people each
    p = draw_parameters(seed) | draw_parameters(seed, TABLE)
    p |= {"wash_share_between_people": 1e-6}
    rng = np.random.default_rng(SEED + 4 + seed)
    scalp, _ = healthy_people(p, rng)
    c = p["wash_count_normal"] / tests.shedding_at_rest(p)[0]
    assert 0 < c < 1
    found = tests.collected_count(scalp, p, np.zeros(N), rng.random(N), test="wash")
    assert_moment(found, p["wash_count_normal"])


def test_counts_follow_the_shedding_and_persons_keep_their_share():
    alike = P | {"wash_share_between_people": 1e-9}
    rng = np.random.default_rng(SEED + 7)
    shedding, _ = tests.shedding_at_rest(P)
    for factor in (0.5, 2.0, 4.5):
        found = tests.collected_count(
            factor * shedding, alike, np.zeros(N), rng.random(N), test="wash"
        )
        assert_moment(found, factor * P["wash_count_normal"])
        days = P["wash_test_days"]
        assert_moment((found - found.mean()) ** 2 * days, factor * P["wash_count_normal"])
    normals = np.linspace(-2, 2, 9)
    mine = tests.collected_count(200.0, P, normals, np.full(9, 0.5), test="wash")
    assert np.all(np.diff(mine) >= 0)
    assert mine[-1] > mine[0]


def test_more_hair_is_never_caught_or_pulled_than_there_is():
    many = np.array([8.0])
    u = np.array([0.999999])
    caught = tests.collected_count(30.0, P, many, u, test="comb")
    assert caught <= stats.poisson.ppf(u, 3 * 30.0) / 3
    assert tests.pulled_count(1.0, P, many, u) == round(P["pull_test_hairs"])
    assert tests.pulled_count(0.0, P, many, u) == 0


def test_more_shedding_makes_a_pull_positive_more_often():
    rng = np.random.default_rng(SEED + 8)
    normals, u = rng.standard_normal(N), rng.random(N)
    _, share = tests.shedding_at_rest(P)
    positive = [
        tests.positive_pull(tests.pulled_count(k * share, P, normals, u), 2).mean()
        for k in (1, 2, 4, 8)
    ]
    assert np.all(np.diff(positive) > 0)


def test_three_hairs_are_a_positive_pull_and_two_are_not():
    np.testing.assert_array_equal(tests.positive_pull([0, 2, 3], 2), [False, False, True])


def test_shedding_tests_refuse_what_cannot_be():
    for bad, sentence in (
        (lambda: tests.poisson_count([-1.0], 0.5), "mean: must be 0 or more (lowest given: -1)"),
        (lambda: tests.binomial_count(5, [1.2], 0.5), "share: must lie between 0 and 1"),
        (lambda: tests.collected_count(1.0, P, 0.0, 0.5, test="sieve"),
         "test: must be one of wash, comb (given: 'sieve')"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=re.escape(sentence)):
            bad()
