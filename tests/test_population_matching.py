"""Weights of maximum entropy: closed forms, another optimiser, refusal.

Stochastic tests: seeds are the arguments; limit four standard errors.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from anagen.errors import InputError
from anagen.population.matching import (
    EXACT,
    match,
    select,
    shortfalls,
    tilted,
)
from anagen.population.target import Target, quantile
from anagen.simulate.conditioning import effective_sample_size

N = 20_000
Z = special.ndtri((np.arange(N) + 0.5) / N)  # mid-quantiles: a normal law without luck


@pytest.mark.parametrize("sigma", [0.5, 2.0])
@pytest.mark.parametrize("shift", [-0.8, 0.3, 1.0])
def test_a_tilted_normal_moves_by_the_multiplier_times_the_variance(sigma, shift):
    x = sigma * Z
    weights = tilted((x - shift * sigma)[None])
    assert weights @ x == pytest.approx(shift * sigma, abs=1e-5)
    slope = np.polyfit(x, np.log(weights), 1)[0]
    assert slope == pytest.approx(shift / sigma, rel=2e-3)  # lambda sigma^2 is the shift
    expected = math.exp(-(shift**2))
    assert effective_sample_size(weights) / N == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("ridge", [0.1, 1.0, 10.0])
def test_a_ridge_stops_a_normal_part_of_the_way(ridge):
    # minimum of lambda^2 / 2 - lambda t + rho lambda^2 / 2
    weights = tilted((Z - 0.7)[None], ridge)
    assert weights @ Z == pytest.approx(0.7 / (1 + ridge), rel=1e-3)


def test_a_share_alone_weighs_each_group_evenly():
    inside = np.arange(1000) < 200
    share = Target(of="", statistic="percent", published=50.0, subgroup="some")
    found = match(share.moment(np.zeros(1000), inside)[None], 0.25)
    assert found.reached
    assert found.weights[inside] == pytest.approx(np.full(200, 0.5 / 200), rel=1e-4)
    assert found.weights[~inside] == pytest.approx(np.full(800, 0.5 / 800), rel=1e-4)
    assert found.ess == pytest.approx(1 / (0.25 / 200 + 0.25 / 800), rel=1e-4)


def test_people_enrolled_by_a_covariate_are_found_again_by_its_published_table():
    """What the table does not print, but goes with what it prints, comes back too."""
    rng = np.random.default_rng(7)
    seen = rng.standard_normal(6000)
    hidden = 0.6 * seen + 0.8 * rng.standard_normal(6000)
    enrolled = select(np.exp(0.8 * seen), 1000, rng)
    mean, sd = seen[enrolled].mean(), seen[enrolled].std()
    lines = [Target(of="x", statistic="mean", published=mean, spread=sd),
             Target(of="x", statistic="sd", published=sd, mean=mean, spread=sd)]  # fmt: skip
    everyone = np.ones(6000, dtype=bool)
    found = match(np.array([t.moment(seen, everyone) for t in lines]), 0.25)
    assert found.reached
    error = math.hypot(1 / math.sqrt(1000), 1 / math.sqrt(found.ess))
    assert found.weights @ hidden == pytest.approx(hidden[enrolled].mean(), abs=4 * error)
    assert abs(hidden.mean() - hidden[enrolled].mean()) > 8 * error  # before weighting it was not


def primal(moments, slack):
    """The same weights by another way: entropy minimised over the weights themselves."""
    n = moments.shape[1]

    def entropy(w):
        return float(special.xlogy(w, w * n).sum())

    limits = [{"type": "eq", "fun": lambda w: w.sum() - 1}]
    for row, s in zip(moments, slack, strict=True):
        if s == 0:
            limits.append({"type": "eq", "fun": lambda w, row=row: row @ w})
        else:
            limits.append({"type": "ineq", "fun": lambda w, row=row, s=s: s - row @ w})
            limits.append({"type": "ineq", "fun": lambda w, row=row, s=s: s + row @ w})
    found = optimize.minimize(
        entropy, np.full(n, 1 / n), jac=lambda w: np.log(np.maximum(w * n, 1e-300)) + 1,
        bounds=[(1e-12, 1)] * n, constraints=limits, method="SLSQP",
        options={"maxiter": 1000, "ftol": 1e-14},
    )  # fmt: skip
    assert found.success
    return found.x


@pytest.mark.parametrize("slack", [None, np.array([0.1, 0.05, 0.0])])
def test_the_dual_agrees_with_minimising_over_the_weights(slack):
    rng = np.random.default_rng(3)
    moments = rng.standard_normal((3, 40)) + np.array([[0.4], [-0.3], [0.1]])
    ours = tilted(moments, slack=slack)
    other = primal(moments, np.zeros(3) if slack is None else slack)
    assert ours == pytest.approx(other, abs=2e-5)


def test_a_slack_is_used_no_further_than_needed():
    found = match((Z - 0.5)[None], 0.25, np.array([0.1]))
    assert found.reached
    assert found.weights @ Z == pytest.approx(0.4, abs=1e-4)
    assert match((Z - 0.05)[None], 0.25, np.array([0.1])).ess == pytest.approx(N, rel=1e-6)


def test_a_target_outside_the_pool_is_refused_and_the_nearest_keeps_the_floor():
    x = np.linspace(-1, 1, 500)
    found = match((x - 2.0)[None], 0.25)
    assert not found.reached
    assert found.impossible.all()
    assert math.isnan(found.ess_exact)
    assert found.ess == pytest.approx(125, rel=0.01)
    assert 0.3 < found.weights @ x < 1


def test_targets_that_only_together_are_out_of_reach_are_told_apart():
    x = np.linspace(-1, 1, 500)
    alone = [match((x - 0.9)[None], 0.0), match((x**2 - 0.1)[None], 0.0)]
    assert not any(m.impossible.any() for m in alone)
    both = match(np.array([x - 0.9, x**2 - 0.1]), 0.0)  # a mean of 0.9 has a square of 0.81
    assert both.impossible.any()
    assert not both.reached


def test_a_table_below_the_floor_is_refused_and_the_nearest_keeps_it():
    found = match((Z - 1.5)[None], 0.25)
    assert not found.reached
    assert not found.impossible.any()
    assert found.ess_exact / N == pytest.approx(math.exp(-2.25), rel=0.1)  # no tail
    assert found.ess == pytest.approx(0.25 * N, rel=0.01)
    reach = math.sqrt(math.log(4))  # the shift whose effective sample size is a quarter
    assert found.weights @ Z == pytest.approx(reach, rel=0.01)
    assert match((Z - 1.5)[None], 0.1).reached


@given(st.integers(0, 10_000), st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_a_table_made_by_some_weights_is_always_met(seed, k):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((k, 200))
    own = rng.dirichlet(np.ones(200))
    moments = x - (x @ own)[:, None]
    assert shortfalls(moments, np.zeros(k)).max() < EXACT
    found = match(moments, 0.0)
    assert found.reached
    assert np.abs(found.remainders).max() <= EXACT
    assert found.weights.sum() == pytest.approx(1)
    assert found.ess >= effective_sample_size(own) * 0.5  # no farther from even than need be


def test_quantiles_and_the_sd_are_met_as_published():
    everyone = np.ones(N, dtype=bool)
    x = np.exp(0.4 * Z)
    lines = [Target(of="x", statistic=s, published=v, spread=0.5)
             for s, v in (("q1", 0.9), ("median", 1.1), ("q3", 1.5))]  # fmt: skip
    found = match(np.array([t.moment(x, everyone) for t in lines]), 0.25)
    assert found.reached
    for target in lines:
        value = target.value(x, everyone, found.weights)
        assert value == pytest.approx(target.published, abs=2e-3)
    lines = [Target(of="x", statistic="mean", published=1.2, spread=0.3),
             Target(of="x", statistic="sd", published=0.3, mean=1.2, spread=0.3)]  # fmt: skip
    found = match(np.array([t.moment(x, everyone) for t in lines]), 0.25)
    values = [t.value(x, everyone, found.weights) for t in lines]
    assert values == pytest.approx([1.2, 0.3], abs=1e-4)


@pytest.mark.parametrize(
    ("statistic", "published", "error"),
    [("mean", 10.0, 2.0), ("sd", 2.0, 2.0 / math.sqrt(2)), ("percent", 20.0, 40.0)],
)
def test_slack_is_the_standard_error_of_the_published_number(statistic, published, error):
    n = 400
    t = Target(of="x", statistic=statistic, published=published, mean=10.0, spread=2.0, n=n)
    x, inside = 10 + 2 * Z, np.ones(N, dtype=bool)
    # a moment moves by this much when the published number moves by its standard error
    moved = Target(of="x", statistic=statistic, published=published + error / math.sqrt(n),
                   mean=10.0, spread=2.0, n=n)  # fmt: skip
    change = abs((moved.moment(x, inside) - t.moment(x, inside)).mean())
    assert t.slack(x, inside) == pytest.approx(change, rel=0.1)


def test_systematic_resampling_draws_everyone_as_often_as_they_weigh():
    rng = np.random.default_rng(2)
    weights = rng.dirichlet(np.full(30, 0.5))
    counts = np.bincount(select(weights, 100, rng), minlength=30)
    assert (np.abs(counts - 100 * weights) < 1).all()
    total = sum(np.bincount(select(weights, 10, rng), minlength=30) for _ in range(4000))
    error = np.sqrt(0.25 / 4000)  # of a count whose two values are one apart
    assert np.abs(total / 4000 - 10 * weights).max() < 4 * error
    with pytest.raises(InputError, match="1 or more"):
        select(weights, 0, rng)


def test_a_weighted_quantile_of_equal_weights_is_the_order_statistic():
    x = np.random.default_rng(1).permutation(np.arange(1.0, 101))
    assert quantile(x, np.full(100, 0.01), 0.25) == 25
    assert quantile(x, np.full(100, 0.01), 0.5) == 50


def test_a_floor_that_cannot_be_is_refused():
    with pytest.raises(InputError, match="between 0 and 1"):
        match(Z[None], 1.5)
