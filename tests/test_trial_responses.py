"""Responders, ordered ratings and times to a change."""

from __future__ import annotations

import math

import numpy as np
import pytest
from monte_carlo import LIMIT
from scipy import stats
from type_one_error import ALPHA, assert_type_one_error

from anagen.errors import InputError
from anagen.trial.statistics.ordinal import proportional_odds, rank_sum, superiority_interval
from anagen.trial.statistics.responders import compare_responders, newcombe, responded, share
from anagen.trial.statistics.time_to_change import kaplan_meier, log_rank, times_to_change

SEED, REPLICATES = 20, 2000
NAN = np.nan


@pytest.mark.parametrize(
    ("rule", "threshold", "wanted"),
    [
        ("value_le", 20, [1, 1, 0, NAN]),
        ("value_ge", 20, [0, 1, 1, NAN]),
        ("change_le", -30, [0, 1, 0, NAN]),
        ("change_ge", 10, [0, 0, 1, NAN]),
        ("change_percent_le", -50, [1, 1, 0, NAN]),
        ("change_percent_ge", 100, [0, 0, 1, NAN]),
    ],
)
def test_who_is_a_responder(rule, threshold, wanted) -> None:
    value, baseline = [10.0, 20.0, 60.0, NAN], [30.0, 50.0, 30.0, 40.0]
    np.testing.assert_array_equal(responded(value, rule, threshold, baseline), wanted)


def test_responder_refusals() -> None:
    with pytest.raises(InputError, match="unknown rule"):
        responded([1.0], "change_gt", 1)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="needs one"):
        responded([1.0], "change_ge", 1)
    with pytest.raises(InputError, match="no percent"):
        responded([1.0], "change_percent_ge", 1, [0.0])
    with pytest.raises(InputError, match="1 people"):
        compare_responders([1, NAN], [0, 1], missing="observed")
    with pytest.raises(InputError, match="allowed"):
        compare_responders([1, 0.5], [0, 1])


def test_published_intervals_of_shares() -> None:
    """81 of 263: .2553 to .3662 (Newcombe 1998a); 56/70 - 48/80: .0524 to .3339 (1998b, 10)."""
    one = share(81, 263)
    assert (one.low, one.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert newcombe(share(56, 70), share(48, 80)) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert newcombe(share(0, 10), share(0, 10)) == pytest.approx((-0.2775, 0.2775), abs=5e-5)


def test_responders_with_and_without_those_missing() -> None:
    a, b = np.repeat([1, 0, NAN], [30, 10, 10]), np.repeat([1, 0, NAN], [15, 25, 10])
    composite, seen = compare_responders(a, b), compare_responders(a, b, missing="observed")
    assert (composite.a.people, seen.a.people) == (50, 40)
    assert (composite.difference, seen.difference) == pytest.approx((0.3, 0.375))
    assert composite.p == pytest.approx(2 * stats.norm.sf(0.3 / math.sqrt(0.45 * 0.55 * 2 / 50)))
    exact = compare_responders(a, b, test="fisher")
    assert exact.p == pytest.approx(stats.fisher_exact([[30, 20], [15, 35]]).pvalue)
    assert composite.number_needed is not None
    assert composite.number_needed[0] == pytest.approx(1 / 0.3)
    assert composite.number_needed[1] < 1 / 0.3 < composite.number_needed[2]
    assert compare_responders(a, a[::-1]).number_needed is None
    assert compare_responders([0, 0], [0, 0]).p == 1


def test_number_needed_turns_its_sign_with_the_arms() -> None:
    a, b = np.repeat([1, 0], [30, 10]), np.repeat([1, 0], [10, 30])
    there, back = compare_responders(a, b).number_needed, compare_responders(b, a).number_needed
    assert there is not None
    assert back is not None
    assert back == pytest.approx((-there[0], -there[2], -there[1]))


def test_ranks_are_the_share_of_pairs_won() -> None:
    rng = np.random.default_rng(SEED)
    a, b = rng.integers(-2, 4, 15), rng.integers(-3, 3, 20)
    pairs = np.sign(a[:, None] - b[None])
    found = rank_sum(np.append(a, NAN), b)
    assert found.superiority == pytest.approx((pairs + 1).mean() / 2)
    ranks, n = stats.rankdata(np.concatenate((a, b))), 35
    ties = np.unique(np.concatenate((a, b)), return_counts=True)[1]
    spread = math.sqrt(15 * 20 / 12 * (n + 1 - (ties**3 - ties).sum() / (n * (n - 1))))
    z = (abs(ranks[:15].sum() - 15 * 36 / 2) - 0.5) / spread
    assert found.p == pytest.approx(2 * stats.norm.sf(z))
    other = rank_sum(b, a)
    mirrored = (1 - found.superiority, 1 - found.high, 1 - found.low)
    assert (other.superiority, other.low, other.high) == pytest.approx(mirrored)
    assert rank_sum([0, 0, 0], [0, 0]).p == 1


def test_superiority_interval_solves_its_equation_and_ends_at_1() -> None:
    low, high = superiority_interval(0.7, 20, 30)
    for t in (low, high):
        v = t * (1 - t) / 600 * (1 + 24 * ((1 - t) / (2 - t) + t / (1 + t)))
        assert abs(0.7 - t) == pytest.approx(stats.norm.ppf(0.975) * math.sqrt(v))
    low, high = superiority_interval(1.0, 5, 5)
    assert high == 1
    assert 0.4 < low < 1


def test_superiority_interval_covers_with_ties() -> None:
    """Seed 20, 2,000 trials of 30 against 30 rated -3 to 3: at least 0.95 less 4 errors."""
    rng = np.random.default_rng(SEED)
    scale = np.arange(-3, 4)
    pa, pb = np.array([1, 2, 4, 8, 12, 6, 2]) / 35, np.array([1, 4, 8, 12, 6, 3, 1]) / 35
    truth = (pa[:, None] * pb * (np.sign(scale[:, None] - scale) + 1) / 2).sum()
    a, b = (rng.choice(scale, (REPLICATES, 30), p=p) for p in (pa, pb))
    theta = (np.sign(a[:, :, None] - b[:, None, :]) + 1).mean((1, 2)) / 2
    table = {t: superiority_interval(float(t), 30, 30) for t in np.unique(theta)}
    covered = np.mean([table[t][0] <= truth <= table[t][1] for t in theta])
    assert covered > 0.95 - LIMIT * math.sqrt(0.95 * 0.05 / REPLICATES)


def test_proportional_odds_of_two_categories_is_the_odds_ratio() -> None:
    found = proportional_odds([1] * 30 + [0] * 10, [1] * 15 + [0] * 25)
    assert found.converged
    assert found.empty == (-3, -2, -1, 2, 3)
    assert "nobody was rated -3" in found.note
    e = found.log_odds_ratio
    assert e is not None
    assert e.estimate == pytest.approx(math.log(30 * 25 / (10 * 15)), abs=1e-4)
    assert e.se == pytest.approx(math.sqrt(1 / 30 + 1 / 10 + 1 / 15 + 1 / 25), abs=1e-4)


def test_proportional_odds_recovers_a_planted_odds_ratio() -> None:
    """Seed 20, one trial of 2 x 5,000: a shift of 0.7 on the logistic scale within 4 errors."""
    rng = np.random.default_rng(SEED)
    latent = rng.logistic(size=(2, 5000)) + np.array([[0.7], [0.0]])
    a, b = np.digitize(latent, [-3, -2, -1, 0.5, 1.5, 3]) - 3
    e = proportional_odds(a, b).log_odds_ratio
    assert e is not None
    assert abs(e.estimate - 0.7) < LIMIT * e.se
    mirrored = proportional_odds(b, a).log_odds_ratio
    assert mirrored is not None
    assert mirrored.estimate == pytest.approx(-e.estimate, abs=1e-4)


def test_proportional_odds_says_when_there_is_no_estimate() -> None:
    apart = proportional_odds([2, 3, 3], [-1, 0, 2])
    assert apart.log_odds_ratio is None
    assert not apart.converged
    assert "do not overlap" in apart.note
    assert "the same" in proportional_odds([0, 0], [0, 0]).note
    with pytest.raises(InputError, match="allowed: -3"):
        proportional_odds([4, 0], [0, 1])


def test_times_are_visits_and_leavers_are_censored() -> None:
    change = [
        [0, 12, 3, 15],  # seen at 8, lost again later
        [0, NAN, 11, 20],  # missed 8: seen at 16
        [2, 3, NAN, NAN],  # left after 8
        [NAN] * 4,  # never seen
        [1, 2, 3, 4],  # never
        [10, NAN, NAN, NAN],
    ]
    found = times_to_change(change, [4, 8, 16, 24], 10)
    np.testing.assert_array_equal(found.weeks, [8, 16, 8, 24, 4])
    np.testing.assert_array_equal(found.after, [4, 4, 8, 24, 0])
    np.testing.assert_array_equal(found.seen, [True, True, False, False, True])
    assert found.left_out == 1
    fallen = times_to_change(-np.array(change), [4, 8, 16, 24], -10)
    np.testing.assert_array_equal(fallen.weeks, found.weeks)


def test_kaplan_meier_by_hand_and_its_median() -> None:
    """1 of 5 at week 4, 1 of 4 at 8 (one leaves), 1 of 2 at 16: 0.8, 0.6, 0.3."""
    change = [[10, 0, 0], [0, 10, 0], [0, 0, NAN], [0, 0, 10], [0, 0, 0]]
    found = kaplan_meier(times_to_change(change, [4, 8, 16], 10))
    np.testing.assert_allclose(found.unchanged, [0.8, 0.6, 0.3])
    assert (found.median, found.median_after, found.events) == (16, 8, 3)
    greenwood = 1 / (5 * 4) + 1 / (4 * 3)
    half = stats.norm.ppf(0.975) * math.sqrt(greenwood) / abs(math.log(0.6))
    assert found.low[1] == pytest.approx(0.6 ** math.exp(half))
    assert found.high[1] == pytest.approx(0.6 ** math.exp(-half))
    never = kaplan_meier(times_to_change(np.zeros((4, 2)), [4, 8], 10))
    assert never.median is None
    assert never.unchanged[-1] == 1
    assert (never.low[-1], never.high[-1]) == (0, 1)
    all_at_once = kaplan_meier(times_to_change(np.full((4, 2), 10.0), [4, 8], 10))
    assert (all_at_once.median, all_at_once.median_after) == (4, 0)


def test_log_rank_is_that_of_statsmodels_and_refuses() -> None:
    from statsmodels.duration.survfunc import survdiff

    rng = np.random.default_rng(SEED)
    arms = [times_to_change(rng.normal(m, 10, (40, 4)), [4, 8, 16, 24], 10) for m in (6, 2)]
    z, p = log_rank(*arms)
    weeks, seen = (np.concatenate([getattr(t, k) for t in arms]) for k in ("weeks", "seen"))
    theirs = survdiff(weeks, seen.astype(int), np.repeat([0, 1], 40))
    assert (z**2, p) == pytest.approx(theirs)
    assert z > 0
    still = times_to_change(np.zeros((4, 2)), [4, 8], 10)
    assert log_rank(still, still) == (0.0, 1.0)
    for weeks, threshold, match in (([8, 4], 10, "rising"), ([4, 8], 0, "above or below")):
        with pytest.raises(InputError, match=match):
            times_to_change(np.zeros((4, 2)), weeks, threshold)


def test_type_one_error_of_the_discrete_tests() -> None:
    """Seed 20, 2,000 replicates (log-rank and ranks 1,000) without an effect, 60 per arm.

    The discrete laws are near the 0.05 they aim at; Fisher's test stays below it.
    """
    rng = np.random.default_rng(SEED)
    y = (rng.random((2, REPLICATES, 60)) < 0.4).astype(float)
    pairs = list(zip(*y, strict=True))
    assert_type_one_error([compare_responders(a, b).p for a, b in pairs])
    exact = np.array([compare_responders(a, b, test="fisher").p for a, b in pairs[:500]])
    assert (exact < ALPHA).mean() < ALPHA + LIMIT * math.sqrt(0.05 * 0.95 / 500)
    ratings = rng.integers(-3, 4, (2, 1000, 60))
    assert_type_one_error([rank_sum(a, b).p for a, b in zip(*ratings, strict=True)])
    change = rng.normal(2, 10, (2, 1000, 60, 4))
    change[..., 2:][rng.random((2, 1000, 60)) < 0.2] = NAN
    times = [[times_to_change(c, [4, 8, 16, 24], 10) for c in arm] for arm in change]
    assert_type_one_error([log_rank(a, b)[1] for a, b in zip(*times, strict=True)])
