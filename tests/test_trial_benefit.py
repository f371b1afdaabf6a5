"""Who benefits: variance components, thresholds, rank correlations, enrichment, shrinkage."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pytest
from monte_carlo import LIMIT, assert_moment
from reference_data import bcg
from scipy import stats

from anagen.errors import InputError
from anagen.population.entry import entrants
from anagen.simulate import simulate
from anagen.trial.design import Design, design_of
from anagen.trial.enrichment import PART, enrich, inside, rules_of
from anagen.trial.individual_effects import Effects, individual_effects, rank_association
from anagen.trial.replicate import follicles_of
from anagen.trial.run import Plan, nature
from anagen.trial.statistics import power
from anagen.trial.statistics.shrinkage import shrunk

SEED = 61
MEAN, BETWEEN, LUCK = 10.0, 6.0, 9.0
NAN = np.nan


def planted(
    people: int, lucks: int, rng: np.random.Generator, slope: float = 0.0, noise: int = 0
) -> Effects:
    """Gains with known variance components, and covariates: x with a slope, others without."""
    x, own = rng.normal(size=(2, people))
    expected = MEAN + slope * x + BETWEEN * own
    gains = expected[:, None] + rng.normal(0, LUCK, (people, lucks))
    read = np.stack([expected, np.zeros(people)]) + rng.normal(0, 12, (2, people))
    known = {"x": x} | {f"noise {k}": rng.normal(size=people) for k in range(noise)}
    return Effects(
        arm="a", versus="b", endpoint="nonvellus_hair_density",
        instrument="phototrichogram_corrected", gains=gains, read=read, unexplained=0.0,
        density=np.full(people, 180.0), known=known, hidden={},
    )  # fmt: skip


@lru_cache
def a_design(endpoint: str = "nonvellus_hair_density", same: bool = False) -> Design:
    minoxidil = {"therapy": "minoxidil", "route": "topical", "form": "solution",
                 "strength_percent": 5, "per_day": 2}  # fmt: skip
    return design_of({
        "trial": {"name": "T", "visits_weeks": [0, 24], "endpoint": endpoint},
        "population": {"diagnosis": "androgenetic_alopecia", "sex": "male", "age": [18, 49]},
        "arm": [{"name": "minoxidil", "n": 20, "courses": [minoxidil]},
                {"name": "control", "n": 20, "courses": [minoxidil] if same else []}],
    })  # fmt: skip


def simulated(people: int, lucks: int = 3, **of: object) -> Effects:
    design = a_design(**of)  # type: ignore[arg-type]
    made = nature(Plan(design, "central", follicles=60), None)
    (found,) = individual_effects(design, made.parameters, made.law, people, lucks, SEED)
    return found


# ---- individual effects --------------------------------------------------------------------------


def test_variance_components_are_those_planted() -> None:
    rng = np.random.default_rng(SEED)
    found = [planted(100, 4, rng) for _ in range(200)]
    assert_moment([e.people_variance for e in found], BETWEEN**2)
    assert_moment([e.luck_variance for e in found], LUCK**2)
    assert_moment([e.mean[0] for e in found], MEAN)
    assert_moment([e.mean[1] ** 2 for e in found], (BETWEEN**2 + LUCK**2 / 4) / 100)
    assert_moment([float((e.error**2).mean()) for e in found], LUCK**2 / 4)


def test_luck_makes_no_share_larger() -> None:
    """Share above a threshold: normal tail of the people alone, not of people and luck."""
    effects = planted(20_000, 2, np.random.default_rng(SEED))
    limit = MEAN + 2 * BETWEEN
    wanted, raw = stats.norm.sf(2), float(np.mean(effects.expected >= limit))
    error = math.sqrt(wanted * (1 - wanted) / effects.people)
    assert abs(float(np.mean(effects.likely >= limit)) - wanted) < LIMIT * error
    assert raw - wanted > 2 * LIMIT * error
    assert effects.likely.var(ddof=1) == pytest.approx(effects.people_variance)
    assert effects.reliability == pytest.approx(36 / (36 + 81 / 2), rel=0.05)


def test_thresholds_are_those_of_the_instrument_and_of_eyes() -> None:
    effects = planted(500, 9, np.random.default_rng(SEED))
    shares = effects.shares
    assert shares["measurable"] >= shares["visible_high"]
    assert shares["visible_low"] >= shares["visible_high"]


def test_the_same_treatment_in_both_arms_gains_nothing() -> None:
    effects = simulated(12, same=True)
    assert (effects.gains == 0).all()
    assert (effects.read[0] == effects.read[1]).all()
    assert effects.people_variance == effects.luck_variance == 0
    assert effects.shares == {"measurable": 0, "visible_low": 0, "visible_high": 0}
    assert effects.associations() == []


def test_minoxidil_works_more_where_it_is_activated() -> None:
    effects = simulated(200)
    assert effects.mean[0] > LIMIT * effects.mean[1]
    found = {a.of: a for a in effects.associations()}
    activity = found["sulfotransferase_activity"]
    assert not activity.measured
    assert activity.correlation > LIMIT * activity.se
    assert found["nonvellus_hair_density"].measured
    assert "female" not in found  # men only: alike in all


def test_more_people_leave_the_first_as_they_are() -> None:
    few, many = simulated(12), simulated(20)
    np.testing.assert_array_equal(few.gains, many.gains[:12])
    np.testing.assert_array_equal(few.read, many.read[:, :12])


def test_less_shedding_is_a_gain_and_has_no_threshold() -> None:
    design = a_design("shed_hairs_per_day")
    assert design.trial.better == -1
    effects = simulated(12, endpoint="shed_hairs_per_day")
    assert all(math.isnan(x) for x in effects.shares.values())
    made = nature(Plan(design, "central", follicles=60), None)
    one = simulate(
        entrants(made.law, 12, SEED).patients, [arm.regimen for arm in design.arms], weeks=24,
        visits_weeks=[0, 24], people="drawn", follicles=follicles_of(design), batches=1, side=2,
        seed=SEED,
    )  # fmt: skip
    change = one.change("shed_hairs_per_day")[..., -1]
    np.testing.assert_allclose(effects.gains[:, 1], change[:, 1] - change[:, 0])


@pytest.mark.parametrize(("people", "lucks", "field"),
    [(5, 4, "people"), (20, 1, "lucks"), (20, 10, "lucks")])  # fmt: skip
def test_numbers_out_of_range_are_named(people: int, lucks: int, field: str) -> None:
    with pytest.raises(InputError) as error:
        simulated(people, lucks)
    assert error.value.field == field


def test_rank_correlation_of_normal_pairs() -> None:
    r"""$\rho_S = (6 / \pi) \arcsin(r / 2)$ (Pearson 1907), and an interval that covers it."""
    rng, r, n, times = np.random.default_rng(SEED), 0.6, 60, 400
    wanted = 6 / math.pi * math.asin(r / 2)
    inside, estimates, errors = [], [], []
    for _ in range(times):
        x, e = rng.normal(size=(2, n))
        found = rank_association("x", x, r * x + math.sqrt(1 - r**2) * e, measured=True)
        assert found is not None
        inside.append(found.low < wanted < found.high)
        estimates.append(found.correlation)
        errors.append(found.se)
    assert abs(np.mean(inside) - 0.95) < LIMIT * math.sqrt(0.95 * 0.05 / times)
    assert np.mean(errors) == pytest.approx(np.std(estimates), rel=LIMIT / math.sqrt(2 * times))
    assert rank_association("x", np.ones(20), np.arange(20.0), measured=True) is None
    assert rank_association("x", np.full(20, NAN), np.arange(20.0), measured=True) is None


# ---- enrichment ----------------------------------------------------------------------------------


def test_a_third_gains_what_the_normal_law_says() -> None:
    r"""Mean of the top third of a normal covariate: $\phi(q) / (1/3) = 1.0908$ SDs."""
    slope = 5.0
    effects = planted(6000, 4, np.random.default_rng(SEED), slope)
    found = enrich(effects)
    top = next(e for e in found.rules if e.rule == "top third of x")
    wanted = MEAN + slope * stats.norm.pdf(stats.norm.ppf(1 - PART)) / PART
    assert abs(top.effect - wanted) < LIMIT * top.effect_se
    assert top.share == pytest.approx(PART, abs=1e-3)
    assert found.rules[0].rule == "top third of x"
    assert found.chosen == {"top third of x": pytest.approx(1.0)}
    assert found.best.effect == pytest.approx(top.effect, rel=0.01)
    assert found.best.n < found.everybody.n
    assert found.best.screened == pytest.approx(2 * found.best.n / found.best.share)


def test_people_needed_are_those_of_the_plan() -> None:
    effects = planted(600, 4, np.random.default_rng(SEED))
    everybody = enrich(effects).everybody
    plan = power.parallel(everybody.effect, everybody.sd)
    assert everybody.n == pytest.approx(plan.n(0.8) / 2, rel=1e-3)  # the far side adds nothing
    pooled = math.sqrt(float(effects.read.var(axis=1, ddof=1).mean()))
    assert everybody.sd == pytest.approx(pooled)


def test_choosing_among_worthless_rules_does_not_flatter_itself() -> None:
    rng = np.random.default_rng(SEED)
    found = [(e, enrich(e)) for e in (planted(150, 4, rng, noise=6) for _ in range(25))]
    own = [min(x.rules, key=lambda r: r.n).effect - MEAN for _, x in found]
    assert np.mean(own) > LIMIT * np.std(own) / math.sqrt(len(own))  # what choosing adds
    assert_moment([x.best.effect - MEAN for _, x in found], 0.0)
    assert np.mean([x.optimism for _, x in found]) < 1


def test_no_gain_needs_no_number_and_unknown_covariates_make_no_rule() -> None:
    effects = planted(300, 4, np.random.default_rng(SEED))
    worse = Effects(**{**vars(effects), "gains": effects.gains - 3 * MEAN,
                       "known": {"x": effects.known["x"], "alike": np.zeros(300),
                                 "partly": np.append(NAN, np.arange(299.0))}})  # fmt: skip
    assert {name for name, _ in rules_of(worse)} == {"x"}
    found = enrich(worse)
    assert found.everybody.n == math.inf
    assert math.isnan(found.optimism)
    assert inside(worse, ("x", 1), np.ones(300, dtype=bool)).sum() == 100
    with pytest.raises(InputError, match="150 people or more"):
        enrich(planted(100, 4, np.random.default_rng(SEED)))


# ---- shrinkage -----------------------------------------------------------------------------------


def test_eight_schools_agree_and_become_their_mean() -> None:
    """Rubin 1981: no variance between schools beyond chance; pooled effect 7.7 (Gelman and others,
    Bayesian Data Analysis, from memory)."""
    y = np.array([28, 8, -3, 7, -1, 1, 18, 12.0])
    se = np.array([15, 10, 16, 11, 9, 11, 10, 18.0])
    found = shrunk(np.stack([y, se], axis=1))
    assert found == pytest.approx(np.full(8, 7.7), abs=0.05)


def test_trials_of_a_vaccine_are_pulled_by_the_printed_tau2() -> None:
    """DerSimonian-Laird on the BCG trials: tau2 0.308760, mean -0.714117 (metafor 3.8)."""
    y, v = bcg()
    found = shrunk(np.stack([y, np.sqrt(v)], axis=1))
    wanted = -0.714117 + 0.308760 / (0.308760 + v) * (y + 0.714117)
    assert found == pytest.approx(wanted, abs=2e-6)


def test_shrinkage_keeps_holes_lone_groups_and_sure_ones() -> None:
    groups = np.array([[1, 0.1], [NAN, 1], [4, 0.1], [9, 0.0], [2, NAN], [7, 0.1]])
    found = shrunk(groups)
    assert np.isnan(found).tolist() == [False, True, False, True, True, False]
    assert found[[0, 2, 5]] == pytest.approx(groups[[0, 2, 5], 0], abs=0.01)
    assert shrunk(np.array([[3.0, 1.0]])).tolist() == [3.0]
    assert shrunk(np.array([[NAN, 1.0]])).shape == (1,)
    moved = shrunk(groups + np.array([5.0, 0.0]))
    np.testing.assert_allclose(moved, found + 5)


def test_pulled_estimates_are_nearer_the_truth() -> None:
    rng = np.random.default_rng(SEED)
    gained = []
    for _ in range(300):
        truth, se = rng.normal(10, 2, 8), rng.uniform(1, 6, 8)
        seen = rng.normal(truth, se)
        pulled = shrunk(np.stack([seen, se], axis=1))
        gained.append(np.mean((seen - truth) ** 2) - np.mean((pulled - truth) ** 2))
    assert np.mean(gained) > LIMIT * np.std(gained) / math.sqrt(len(gained))
