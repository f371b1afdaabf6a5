"""Sensitivity to who leaves: tipping point, multiple imputation by a reference, Rubin's rules."""

from __future__ import annotations

import math

import numpy as np
import pytest
from monte_carlo import LIMIT, assert_moment, standard_error
from scipy import stats
from type_one_error import assert_type_one_error

from anagen.errors import InputError
from anagen.trial.statistics.comparison import ancova
from anagen.trial.statistics.estimate import estimate_of
from anagen.trial.statistics.missing_data import reference_based, rubin, shifted, tipping_point
from anagen.trial.statistics.mmrm import analyse_mmrm

SEED, NAN = 20, np.nan
METHODS = ("mar", "jump_to_reference", "copy_reference")
VISITS = 4


def a_trial(
    rng: np.random.Generator, n: int = 60, effect: float = 12.0, arms: int = 2, leave: float = 0.1
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Changes (arms n, 4) that grow to ``effect`` in arm 1, whole and with leavers, baseline, arm.

    Who loses hair at a visit leaves the sooner: missing at random, not completely.
    """
    arm = np.repeat(np.arange(arms), n)
    baseline = rng.normal(150, 30, arm.size)
    steps = rng.normal(0, 8, (arm.size, VISITS)).cumsum(1)
    whole = steps + np.outer(arm == 1, effect * np.arange(1, VISITS + 1) / VISITS)
    whole += 0.1 * (baseline - 150)[:, None]
    chance = leave * np.where(whole[:, :-1] < 0, 2.0, 0.5)
    leaves = (rng.random(chance.shape) < chance).cumsum(1) > 0
    y = whole.copy()
    y[:, 1:][leaves] = NAN
    return whole, y, baseline, arm


def factored_likelihood(y, baseline, arm, reference_from=None) -> float:
    """Difference at the last visit by maximum likelihood of monotone data, visit by visit.

    ``reference_from`` (n,): the visit from which a person's mean is the reference's.
    """
    x = np.column_stack([np.ones(len(y)), arm, baseline - baseline.mean()])
    marginal, filled = np.zeros((VISITS, 3)), y.copy()
    as_reference = x * [1, 0, 1]
    for t in range(VISITS):
        seen = ~np.isnan(y[:, t])
        b = np.linalg.lstsq(np.hstack((x, y[:, :t]))[seen], y[seen, t], rcond=None)[0]
        marginal[t] = b[:3] + b[3:] @ marginal[:t]
        own = x @ marginal.T
        if reference_from is not None:
            late = np.arange(VISITS) >= reference_from[:, None]
            own = np.where(late, as_reference @ marginal.T, own)
        filled[~seen, t] = (own[:, t] + (filled[:, :t] - own[:, :t]) @ b[3:])[~seen]
    return float(np.linalg.lstsq(x, filled[:, -1], rcond=None)[0][1])


@pytest.mark.parametrize("method", METHODS)
def test_without_missing_values_it_is_the_ancova(method) -> None:
    whole, _, baseline, arm = a_trial(np.random.default_rng(SEED), arms=3)
    stratum = np.arange(arm.size) % 2
    found = reference_based(whole, baseline, arm, 0, method, seed=1, stratum=stratum)
    for other in (1, 2):
        plain = ancova(whole[:, -1], baseline, arm, other, 0, stratum=stratum)
        assert found.differences[other] == plain
        assert found.monte_carlo_error[other] < 1e-12
    assert found.imputed.tolist() == [0, 0, 0]


def test_imputation_has_the_closed_form_as_its_mean() -> None:
    """Seed 20, 3,000 imputations of one trial of 2 x 100: within four Monte-Carlo errors.

    The posterior mean of a product of coefficients is not the product of their means: 0.1 is left
    for that.
    """
    _, y, baseline, arm = a_trial(np.random.default_rng(SEED), 100)
    gone = np.isnan(y)
    leaving = np.where(gone.any(1), gone.argmax(1), VISITS)
    froms = {
        "mar": None,
        "jump_to_reference": leaving,
        "copy_reference": np.where(gone.any(1), 0, VISITS),
    }
    for method, reference_from in froms.items():
        found = reference_based(y, baseline, arm, 0, method, draws=3000, seed=1)
        wanted = factored_likelihood(y, baseline, arm, reference_from)
        error = found.monte_carlo_error[1]
        assert error < 0.05
        assert abs(found.differences[1].estimate - wanted) < LIMIT * error + 0.1, method


def test_mar_imputation_agrees_with_the_mmrm() -> None:
    """Seed 20, 3,000 imputations; the standard errors agree within a twentieth."""
    _, y, baseline, arm = a_trial(np.random.default_rng(SEED), 100)
    imputed = reference_based(y, baseline, arm, 0, "mar", draws=3000, seed=2)
    model = analyse_mmrm(y, baseline, arm, 2).difference(1, 0, VISITS - 1)
    mine = imputed.differences[1]
    assert abs(mine.estimate - model.estimate) < LIMIT * imputed.monte_carlo_error[1] + 0.1
    assert mine.se == pytest.approx(model.se, rel=0.05)


def test_a_reference_pulls_a_gain_towards_none_in_order() -> None:
    """Seed 20, 20 trials: jumping gives less than copying, copying less than MAR."""
    rng = np.random.default_rng(SEED)
    gains = []
    for _ in range(20):
        _, y, baseline, arm = a_trial(rng, 100, leave=0.2)
        found = [reference_based(y, baseline, arm, 0, m, seed=3) for m in METHODS]
        gains.append([f.differences[1].estimate for f in found])
    mar, jump, copy = np.array(gains).T
    assert (jump < copy).all()
    assert (copy < mar).all()


def estimates(drawn, method) -> list[float]:
    """Of each trial, with luck of its own: one seed for all would be one error in all."""
    found = [reference_based(*d[1:], 0, method, draws=5, seed=i) for i, d in enumerate(drawn)]
    return [f.differences[1].estimate for f in found]


def test_unbiased_where_dropout_is_at_random_and_under_the_null() -> None:
    """Seed 20, 150 trials of 2 x 60: the planted 12 by MAR, and 0 by every method."""
    rng = np.random.default_rng(SEED)
    drawn = [a_trial(rng, leave=0.15) for _ in range(150)]
    assert_moment(estimates(drawn, "mar"), 12)
    completers = [
        np.nanmean(y[arm == 1, -1]) - np.nanmean(y[arm == 0, -1]) for _, y, _, arm in drawn
    ]
    assert np.mean(completers) < 12 - LIMIT * standard_error(completers)
    nulls = [a_trial(rng, effect=0, leave=0.15) for _ in range(150)]
    for method in METHODS:
        assert_moment(estimates(nulls, method), 0)


def test_type_one_error_under_mar_and_not_above_it_with_a_reference() -> None:
    """Seed 20, 400 trials of 2 x 40 without an effect, 20 imputations, error 0.011."""
    rng = np.random.default_rng(SEED)
    drawn = [a_trial(rng, 40, effect=0) for _ in range(400)]
    p = {
        m: [reference_based(*d[1:], 0, m, draws=20, seed=i).differences[1].p
            for i, d in enumerate(drawn)]
        for m in ("mar", "jump_to_reference")
    }  # fmt: skip
    assert_type_one_error(p["mar"])
    assert np.mean(np.array(p["jump_to_reference"]) < 0.05) < 0.05 + LIMIT * 0.011


def test_delta_moves_the_imputed_by_the_adjusted_share_missing() -> None:
    _, y, baseline, arm = a_trial(np.random.default_rng(SEED))
    plain = reference_based(y, baseline, arm, 0, "mar", seed=6)
    moved = reference_based(y, baseline, arm, 0, "mar", seed=6, delta=-7.0)
    gone = np.isnan(y[:, -1]) & (arm == 1)
    share = ancova(gone.astype(float), baseline, arm, 1, 0).estimate
    step = moved.differences[1].estimate - plain.differences[1].estimate
    assert step == pytest.approx(-7 * share)
    assert share == pytest.approx(plain.imputed[1], abs=0.03)


def test_the_tipping_point_tips() -> None:
    """In closed form p is alpha there; imputed with that delta p is, too (seed 20, 2,000 draws)."""
    _, y, baseline, arm = a_trial(np.random.default_rng(SEED), 100, leave=0.15)
    mar = reference_based(y, baseline, arm, 0, "mar", draws=2000, seed=7)
    e, share = mar.differences[1], mar.imputed[1]
    delta = tipping_point(e, share)
    assert delta is not None
    assert delta < 0
    assert shifted(e, share, delta).p == pytest.approx(0.05)
    sooner = tipping_point(e, share, people=100)
    assert sooner is not None
    assert delta < sooner < 0
    tipped = reference_based(y, baseline, arm, 0, "mar", draws=2000, seed=7, delta=sooner)
    assert tipped.differences[1].p == pytest.approx(0.05, abs=0.02)
    assert e.p < 0.001


def test_tipping_point_in_closed_form_and_its_edges() -> None:
    e = estimate_of(10.0, 3.0, np.inf)
    z = stats.norm.ppf(0.975)
    assert tipping_point(e, 0.25) == pytest.approx(-(10 - 3 * z) / 0.25)
    assert tipping_point(estimate_of(-10.0, 3.0, np.inf), 0.25) == pytest.approx(
        (10 - 3 * z) / 0.25
    )
    d = tipping_point(e, 0.25, people=50)
    assert d is not None
    assert 10 + d * 0.25 == pytest.approx(z * math.sqrt(9 + d**2 * 0.25 * 0.75 / 50))
    assert tipping_point(e, 0.25, people=10**12) == pytest.approx(tipping_point(e, 0.25))
    assert tipping_point(estimate_of(5.0, 3.0, np.inf), 0.25) is None
    assert tipping_point(e, 0.0) == -math.inf
    with pytest.raises(InputError, match="share_missing"):
        tipping_point(e, 1.2)
    with pytest.raises(InputError, match="alpha"):
        tipping_point(e, 0.2, alpha=0)


def test_rubins_rules_by_hand_and_in_their_limits() -> None:
    """W 4, B 1, 5 imputations: T 5.2, gamma 1.2 / 5.2."""
    q, u = 10 + np.array([-1, -1, 0, 1, 1]), np.full(5, 4.0)
    e = rubin(q, u, np.inf)
    assert (e.estimate, e.se) == pytest.approx((10, math.sqrt(5.2)))
    assert e.df == pytest.approx(4 * (5.2 / 1.2) ** 2)
    gamma, few = 1.2 / 5.2, rubin(q, u, 30)
    wanted = 1 / (1 / e.df + 33 / (30 * 31 * (1 - gamma)))
    assert few.df == pytest.approx(wanted)
    assert rubin(np.full(5, 10.0), u, 30) == estimate_of(10, 2, 30)
    with pytest.raises(InputError, match="1 imputations"):
        rubin([1.0], [1.0], 5)


def test_one_seed_one_result_and_the_reference_is_left_alone() -> None:
    _, y, baseline, arm = a_trial(np.random.default_rng(SEED), 30)
    first, again = (reference_based(y, baseline, arm, 0, "mar", seed=8) for _ in range(2))
    assert first.differences == again.differences
    turned = reference_based(y, baseline, 1 - arm, 1, "mar", seed=8, draws=2000)
    straight = reference_based(y, baseline, arm, 0, "mar", seed=8, draws=2000)
    gap = abs(turned.differences[0].estimate - straight.differences[1].estimate)
    assert gap < LIMIT * math.hypot(turned.monte_carlo_error[0], straight.monte_carlo_error[1])
    kept = y.copy()
    kept[arm == 1] = np.where(np.isnan(kept[arm == 1]), 5.0, kept[arm == 1])
    mar, jump = (reference_based(kept, baseline, arm, 0, m, seed=9) for m in METHODS[:2])
    assert jump.differences[1] == mar.differences[1]


def test_refusals() -> None:
    _, y, baseline, arm = a_trial(np.random.default_rng(SEED), 30)

    def refused(match: str, y=y, baseline=baseline, arm=arm, reference=0, method="mar") -> None:
        with pytest.raises(InputError, match=match):
            reference_based(y, baseline, arm, reference, method, seed=1)

    back = y.copy()
    back[3] = [1.0, NAN, 2.0, 3.0]
    refused("person 3 missed a visit and came back", y=back)
    refused("unknown method", method="locf")
    refused("nobody is in arm 2", reference=2)
    refused("without NaN", baseline=np.where(np.arange(60) == 5, NAN, baseline))
    left = y.copy()
    left[np.flatnonzero(arm == 1)[1:], -1] = NAN
    refused(r"arm 1 has [01] people seen at visit 4", y=left)
    few = a_trial(np.random.default_rng(1), 2)[0]
    refused("cannot carry", few, baseline[:4], np.array([0, 0, 1, 1]))
    refused("arm 0 has 0 people seen at visit 1", y=np.full((60, 4), NAN))
