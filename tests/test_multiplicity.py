"""Multiplicity: R's p.adjust, closed tests by enumeration, Dunnett against mvtnorm and theory."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monte_carlo import assert_moment
from reference_data import all_to_printed_digits
from scipy.special import stdtr, stdtrit

from anagen.errors import InputError
from anagen.trial.statistics.multiplicity import (
    METHODS,
    adjusted,
    dunnett,
    dunnett_critical_value,
    fixed_sequence,
    graphical,
)

P = [0.001, 0.008, 0.039, 0.041, 0.042, 0.060, 0.074, 0.205]
# p.adjust of R 4.2.2
R = {
    "holm": ".008 .056 .234 .234 .234 .234 .234 .234",
    "hochberg": ".008 .056 .148 .148 .148 .148 .148 .205",
    "hommel": ".008 .056 .111 .111 .111 .120 .148 .205",
    "benjamini_hochberg": ".008 .032 .0672 .0672 .0672 .08 .08457143 .205",
    "benjamini_yekutieli": ".02174286 .08697143 .18264 .18264 .18264 .21742857 .22985306 .55716071",
}
p_values = st.lists(st.floats(1e-6, 1), min_size=1, max_size=6).map(np.array)


@pytest.mark.parametrize("method", sorted(R))
def test_adjusted_p_match_r(method):
    assert all_to_printed_digits(adjusted(P, method), R[method])
    order = [4, 0, 7, 2, 6, 1, 3, 5]
    np.testing.assert_allclose(adjusted(np.array(P)[order], method), adjusted(P, method)[order])


def closed(p, test):
    """Adjusted p of a closed test: the largest p of the intersections that hold a hypothesis."""
    k, found = len(p), np.zeros(len(p))
    for size in range(1, k + 1):
        for members in map(list, itertools.combinations(range(k), size)):
            found[members] = np.maximum(found[members], min(test(members), 1.0))
    return found


@given(p_values)
def test_holm_and_hommel_are_closed_tests(p):
    bonferroni = closed(p, lambda members: len(members) * p[members].min())
    np.testing.assert_allclose(adjusted(p, "holm"), bonferroni)

    def simes(members):
        ranks = np.arange(1, len(members) + 1)
        return (len(members) * np.sort(p[members]) / ranks).min()

    np.testing.assert_allclose(adjusted(p, "hommel"), closed(p, simes))


@given(p_values)
def test_order_of_the_methods(p):
    found = {method: adjusted(p, method) for method in METHODS}
    order = ("none", "hommel", "hochberg", "holm", "bonferroni")
    for less, more in itertools.pairwise(order):
        assert np.all(found[less] <= found[more] + 1e-12), (less, more)
    if len(p) == 1:
        assert all(np.allclose(values, p) for values in found.values())


def test_fixed_sequence_stops_at_the_first_failure():
    np.testing.assert_array_equal(
        fixed_sequence([0.01, 0.2, 0.001, 0.3]), [0.01, 0.2, 0.2, 0.3]
    )  # fmt: skip


@given(p_values)
def test_chains_and_complete_graphs_are_known_procedures(p):
    k = len(p)
    first = np.eye(k)[0]
    np.testing.assert_allclose(graphical(p, first, np.eye(k, k=1)), fixed_sequence(p))
    complete = (1 - np.eye(k)) / max(k - 1, 1)
    np.testing.assert_allclose(graphical(p, np.full(k, 1 / k), complete), adjusted(p, "holm"))


TWO_DOSES = [[0, 0.5, 0.5, 0], [0.5, 0, 0, 0.5], [0, 1, 0, 0], [1, 0, 0, 0]]


def test_graph_of_two_doses_worked_by_hand():
    # two doses on a primary (1, 2) and a secondary endpoint (3, 4). 1: .01 / .5 = .02. Then w =
    # (-, 3/4, 1/4, 0), g23 = 1/3, g24 = 2/3. 2: .04 / .75 = .0533; 3: .02 / .5; 4: .03 / 1, both
    # held back by 2
    found = graphical([0.01, 0.04, 0.02, 0.03], [0.5, 0.5, 0, 0], TWO_DOSES)
    np.testing.assert_allclose(found, [0.02, 0.04 / 0.75, 0.04 / 0.75, 0.04 / 0.75])


@given(st.integers(0, 10_000))
def test_graph_is_the_closed_test_of_its_weights(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 6))
    g = rng.dirichlet(np.ones(k), k) * (1 - np.eye(k)) * (rng.random((k, k)) < 0.7)
    w, p = rng.dirichlet(np.ones(k)) * rng.uniform(0.5, 1), rng.random(k) ** 3

    def weights(members):  # what is not in the intersection leaves in a random order
        share, pass_on = w.copy(), g.copy()
        for j in rng.permutation([i for i in range(k) if i not in members]):
            others = [i for i in range(k) if i != j]
            new, table = share.copy(), np.zeros((k, k))
            for a in others:
                new[a] = share[a] + share[j] * pass_on[j, a]
                for b in others:
                    back = pass_on[a, j] * pass_on[j, a]
                    if a != b and back < 1:
                        gained = pass_on[a, b] + pass_on[a, j] * pass_on[j, b]
                        table[a, b] = gained / (1 - back)
            new[j] = 0
            share, pass_on = new, table
        return share[members]

    def weighted_bonferroni(members):
        share = weights(members)
        return min((p[i] / s for i, s in zip(members, share, strict=True) if s > 0), default=1.0)

    expected = closed(p, weighted_bonferroni)
    np.testing.assert_allclose(graphical(p, w, g), expected, rtol=1e-9)


def test_dunnett_limits_match_mvtnorm():
    # mvtnorm, qmvt(0.95, tail = "both"), equal arms: quasi-Monte Carlo, errors stated
    known = {2: (2.2122, 1e-4), 3: (2.3470, 2.5e-3), 4: (2.4427, 1e-3), 5: (2.511, 2e-3)}
    for k, (expected, error) in known.items():
        assert dunnett_critical_value([50] * k, 50) == pytest.approx(expected, abs=error)
    finite = {
        10: (2.568587, 2.759075, 2.890399), 20: (2.378838, 2.540348, 2.650924),
        math.inf: (2.212183, 2.348913, 2.441657, 2.511413),
    }  # fmt: skip
    for df, row in finite.items():
        found = [dunnett_critical_value([9] * k, 9, df) for k in range(2, 2 + len(row))]
        np.testing.assert_allclose(found, row, atol=3e-4)


def test_dunnett_p_of_unequal_arms_match_mvtnorm():
    # 1 - pmvt(-t, t, df = 141), its own error estimate below 2e-6
    t, n = [1.2, 2.1, 2.9], [20, 35, 50]
    two, one = [0.49928138, 0.097953940, 0.0122499595], [0.25532398, 0.048999346, 0.0061251561]
    np.testing.assert_allclose(dunnett(t, n, 40, 141), two, atol=2e-6)
    np.testing.assert_allclose(dunnett(t, n, 40, 141, sides=1), one, atol=2e-6)


@pytest.mark.parametrize("df", [3, 40, math.inf])
def test_dunnett_reduces_to_known_tests(df):
    t = float(stdtrit(df, 0.975))
    assert dunnett_critical_value(30, 40, df) == pytest.approx(t, abs=1e-9)
    assert dunnett_critical_value(30, 40, df, 0.025, sides=1) == pytest.approx(t, abs=1e-9)
    np.testing.assert_allclose(dunnett([-1.7], 30, 40, df), 2 * stdtr(df, -1.7), atol=1e-11)
    # a huge control leaves the arms independent: Sidak's p for a known SD
    p = dunnett([2.0, 0.5], [1, 1], 1e12, math.inf)
    np.testing.assert_allclose(p, 1 - (1 - 2 * stdtr(math.inf, [-2.0, -0.5])) ** 2, atol=1e-6)
    # a tiny control makes them one test
    assert dunnett_critical_value([1e4, 1e4], 1, df) == pytest.approx(t, rel=0.006)


def test_limit_and_p_agree():
    n, df = [12, 30, 18], 60
    limit = dunnett_critical_value(n, 25, df, 0.03)
    np.testing.assert_allclose(dunnett([limit, -limit, 0.0], n, 25, df), [0.03, 0.03, 1.0])
    scaled = dunnett_critical_value(np.multiply(n, 10), 250, df, 0.03)
    assert scaled == pytest.approx(limit)


def test_dunnett_holds_the_familywise_error():
    # seed 17, 40 000 null trials of 6, 9 and 15 people against 10
    rng, n, control, df = np.random.default_rng(17), np.array([6, 9, 15]), 10, 36
    means = rng.normal(0, 1 / np.sqrt(n), (40_000, 3)) - rng.normal(0, control**-0.5, (40_000, 1))
    sd = np.sqrt(rng.chisquare(df, (40_000, 1)) / df)
    t = means / sd / np.sqrt(1 / n + 1 / control)
    limit = dunnett_critical_value(n, control, df)
    assert_moment(np.abs(t).max(axis=1) > limit, 0.05)
    one_sided = dunnett_critical_value(n, control, df, 0.025, sides=1)
    assert_moment(t.max(axis=1) > one_sided, 0.025)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: adjusted([0.1, 1.2], "holm"), "numbers from 0 to 1"),
        (lambda: adjusted([0.1, math.nan], "hommel"), "numbers from 0 to 1"),
        (lambda: adjusted([], "holm"), "numbers from 0 to 1"),
        (lambda: adjusted([0.1], "homel"), "did you mean 'hommel'"),
        (lambda: graphical([0.1, 0.2], [0.5], np.zeros((2, 2))), "weights: expected shape"),
        (lambda: graphical([0.1, 0.2], [0.9, 0.5], np.zeros((2, 2))), "add up to 1 at most"),
        (lambda: graphical([0.1, 0.2], [0.5, 0.5], np.eye(2)), "to itself"),
        (lambda: dunnett([1, 2], [10, 10, 10], 10), "one number for each of 3 arms"),
        (lambda: dunnett_critical_value([10, 0], 10), "arms must hold people"),
        (lambda: dunnett_critical_value([1e6, 10], 10), "no comparison"),
        (lambda: dunnett_critical_value([10, 10], 10, 0), "df: must be 1 or more"),
        (lambda: dunnett_critical_value([10, 10], 10, sides=3), "1 or 2 sides"),
    ],
)
def test_bad_input_is_told(call, words):
    with pytest.raises(InputError, match=words):
        call()
