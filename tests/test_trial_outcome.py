"""What is kept of a replicate: estimands by hand, and every array by another way of computing it.

Data are made up with a seed; no follicle is grown here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests
from tiny_trial import ACTIVE, CONTROL, PRP, SALINE, made_up, tiny

from anagen.measurement.instruments import instrument, measurable_change
from anagen.trial.analysis import analyse, groups_of, heterogeneity
from anagen.trial.data import TrialData
from anagen.trial.design import Design
from anagen.trial.looks import fractions_of, sequential
from anagen.trial.outcome import OF_FLOW, OF_TEST, SIZES, Outcome
from anagen.trial.primary import STRUCTURES

SEED, N = 11, 26
NEVER = np.inf
THREE = [dict(ACTIVE, name="high"), dict(ACTIVE, name="low"), CONTROL]
RULES = [{"name": "gain", "endpoint": "hair_diameter", "op": "change_ge", "value": 10},
         {"name": "half", "endpoint": "hair_diameter", "op": "change_percent_ge", "value": 5,
          "week": 12}]  # fmt: skip
ESTIMATE, SE, DF, LOW, HIGH, P = range(len(OF_TEST))


def readings(seed: int, effects: tuple[float, ...], visits: int = 3, n: int = N) -> np.ndarray:
    """Values of n people of each arm: a person's level, a visit's error, an effect that grows."""
    rng = np.random.default_rng(seed)
    arm = np.repeat(np.arange(len(effects)), n)
    time = np.arange(visits) / (visits - 1)
    level = rng.normal(150, 30, len(arm))[:, None]
    return level + rng.normal(0, 12, (len(arm), visits)) + np.outer(np.array(effects)[arm], time)


def left(seed: int, rows: int, share: float = 0.3) -> np.ndarray:
    """Weeks of leaving, some between the first visits and some between the last."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(rows) < share, rng.uniform(1, 24, rows), NEVER)


def parallel(**given: Any) -> tuple[Design, TrialData, dict[str, np.ndarray]]:
    design = tiny(THREE, responder=RULES, subgroup=[{"of": "age", "cuts": [140, 160]}], **given)
    x = readings(SEED, (14.0, 6.0, 0.0))
    rows = np.arange(len(x))
    data = made_up(design, x, np.repeat([0, 1, 2], N), left=left(SEED, len(x)),
                   stopped=np.where(rows % 9 == 0, 12.0, NEVER),
                   rescued=np.where(rows % 11 == 0, 0.0, NEVER))  # fmt: skip
    return design, data, analyse(design, data)


def ols(y: np.ndarray, base: np.ndarray, arm: np.ndarray, i: int, j: int) -> tuple[float, ...]:
    """Arm i minus arm j, adjusted for the baseline, over all arms given."""
    seen = np.isfinite(y)
    arms = np.unique(arm)
    x = np.column_stack([(arm[seen] == a).astype(float) for a in arms] + [base[seen]])
    fit = sm.OLS(y[seen], x).fit()
    c = [(a == i) - float(a == j) for a in arms] + [0.0]
    t = fit.t_test(c)
    return (t.effect.item(), t.sd.item(), float(fit.df_resid), *t.conf_int()[0], t.pvalue.item())


# ---- estimands -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("estimand", "expected"),
    [
        ("treatment_policy", [[10, 20, 30, 40], [10, 20, 30, 40], [10, 20, 30, 40],
                              [10, 20, np.nan, np.nan], [10, 20, 30, 40], [10] + 3 * [np.nan]]),
        ("hypothetical", [[10, 20, 30, 40], [10, 20, np.nan, np.nan], [10, np.nan, np.nan, np.nan],
                          [10, 20, np.nan, np.nan], [10, 20, 30, np.nan], [10] + 3 * [np.nan]]),
        ("while_on_treatment", [[10, 20, 30, 40], [10, 20, 20, 20], [10, 10, 10, 10],
                                [10, 20, np.nan, np.nan], [10, 20, 30, 30], [10] + 3 * [np.nan]]),
        ("composite", [[10, 20, 30, 40], [10, 20, 10, 10], [10, 10, 10, 10],
                       [10, 20, np.nan, np.nan], [10, 20, 30, 10], [10] + 3 * [np.nan]]),
    ],
)  # fmt: skip
def test_an_estimand_says_what_a_reading_counts_for(estimand: Any, expected: Any) -> None:
    """Stays; stops at 8; stops at 0 before its rescue; leaves at 10 having stopped at 8; begins
    rescue at 16; leaves before the first visit."""
    design = tiny(visits_weeks=[0, 8, 16, 24])
    x = np.tile([10.0, 20, 30, 40], (6, 1))
    data = made_up(
        design, x, np.array([0, 0, 0, 1, 1, 1]), left=np.array([NEVER] * 3 + [10, NEVER, 3]),
        stopped=np.array([NEVER, 8, 0, 8, NEVER, NEVER]),
        rescued=np.array([NEVER, NEVER, 16, NEVER, 16, NEVER]),
    )  # fmt: skip
    given = data.values("total_hair_density", estimand)
    assert np.array_equal(given, np.array(expected, dtype=float), equal_nan=True)


def test_who_leaves_on_the_day_of_a_visit_is_not_seen_on_it() -> None:
    design = tiny()
    data = made_up(design, np.ones((2, 3)), np.array([0, 1]), left=np.array([12.0, 12.1]))
    assert data.seen.tolist() == [[True, False, False], [True, True, False]]


# ---- the row -------------------------------------------------------------------------------------


def test_a_row_gives_every_array_back() -> None:
    design, _, found = parallel()
    out = Outcome(design)
    row = out.row(found)
    assert row.shape == (out.width,)
    assert sorted(found) == sorted(out.shapes)
    for name, place in out.places.items():
        back = out.array(name, np.stack([row, row])[:, place])
        assert back.shape == (2, *out.shapes[name])
        assert np.array_equal(back[1], found[name], equal_nan=True)
    assert sum(p.stop - p.start for p in out.places.values()) == out.width


def test_the_order_of_rows_changes_nothing() -> None:
    design, data, found = parallel()
    order = np.random.default_rng(SEED).permutation(data.rows)
    other = analyse(design, data.of(order))
    for name in set(found) - {"sizes"}:  # those are of who came first
        assert other[name] == pytest.approx(found[name], rel=1e-7, nan_ok=True), name


# ---- parallel arms -------------------------------------------------------------------------------


def test_means_of_the_arms_are_of_who_is_seen() -> None:
    design, data, found = parallel()
    out = Outcome(design)
    x = data.values("hair_diameter")
    e = out.endpoints.index("hair_diameter")
    for a in range(3):
        own = x[data.arm == a]
        change = own - own[:, :1]
        for v in range(3):
            seen = np.isfinite(own[:, v])
            n, base, value, mean, sd = found["arms"][a, e, v]
            assert n == seen.sum()
            assert (base, value) == pytest.approx((own[seen, 0].mean(), own[seen, v].mean()))
            assert mean == pytest.approx(value - base)
            assert sd == pytest.approx(change[seen, v].std(ddof=1))
    assert (found["arms"][:, e, 1, 0] < N).all()


def test_contrasts_are_those_of_the_regression_with_all_arms() -> None:
    design, data, found = parallel()
    out = Outcome(design)
    x, e = data.values("hair_diameter"), out.endpoints.index("hair_diameter")
    for k, (i, j) in enumerate(design.pairs):
        for v in (1, 2):
            expected = ols(x[:, v] - x[:, 0], x[:, 0], data.arm, i, j)
            assert found["contrasts"][k, e, v - 1] == pytest.approx(expected, rel=1e-8)
    swapped = tiny([THREE[2], THREE[0], THREE[1]], control="control")
    moved = np.array([1, 2, 0])[data.arm]
    again = analyse(
        swapped,
        made_up(
            swapped,
            data.full["salt"] if "salt" in data.full else data.full["hair_diameter"],
            moved,
            left=data.left,
        ),
    )
    assert again["contrasts"][0, e, 1, 0] == pytest.approx(found["contrasts"][0, e, 1, 0])


def test_the_three_methods_are_those_they_are_named_after() -> None:
    design, data, found = parallel()
    x = data.values(design.trial.endpoint)
    change = x[:, 2] - x[:, 0]
    for k, (i, j) in enumerate(design.pairs):
        expected = ols(change, x[:, 0], data.arm, i, j)
        assert found["methods"][1, k] == pytest.approx(expected, rel=1e-8)
        a, b = (change[(data.arm == s) & np.isfinite(change)] for s in (i, j))
        t = stats.ttest_ind(a, b)
        interval = t.confidence_interval()
        assert found["methods"][2, k, [DF, LOW, HIGH, P]] == pytest.approx(
            (t.df, interval.low, interval.high, t.pvalue), rel=1e-8)  # fmt: skip
    assert found["structure"][0] == STRUCTURES.index("unstructured")


def test_without_missing_visits_the_mixed_model_is_the_regression_at_the_visit() -> None:
    """Unstructured, complete, baseline by visit: the same estimate and standard error."""
    design = tiny()
    x = readings(SEED, (8.0, 0.0))
    found = analyse(design, made_up(design, x, np.repeat([0, 1], N)))
    mixed, plain = found["methods"][0, 0], found["methods"][1, 0]
    assert mixed[[ESTIMATE, SE]] == pytest.approx(plain[[ESTIMATE, SE]], rel=1e-6)
    assert mixed[P] == pytest.approx(plain[P], rel=1e-3)


@pytest.mark.parametrize("analysis", ["mmrm", "ancova", "t_test"])
def test_the_table_by_visit_is_by_the_analysis_that_was_asked(analysis: str) -> None:
    design, _, found = parallel(analysis=analysis)
    out = Outcome(design)
    e = out.endpoints.index(design.trial.endpoint)
    shown = found["contrasts"][:, e, out.primary]
    assert np.array_equal(shown, found["methods"][out.methods.index(analysis)])
    assert not np.array_equal(shown, found["methods"][out.methods.index(analysis) - 1])


@pytest.mark.parametrize(("ours", "theirs"), [("holm", "holm"), ("hochberg", "simes-hochberg"),
                                              ("hommel", "hommel")])  # fmt: skip
def test_p_values_are_adjusted_over_the_primary_comparisons_alone(ours: str, theirs: str) -> None:
    _, _, found = parallel(multiplicity=ours, analysis="ancova")
    p = found["methods"][1, :2, P]
    expected = multipletests(p, method=theirs)[1]
    assert found["adjusted"] == pytest.approx(expected, rel=1e-9)
    _, _, plain = parallel(analysis="ancova")
    assert np.array_equal(plain["adjusted"], p)


def test_dunnett_is_scipys_where_there_is_no_baseline_to_adjust_for() -> None:
    design = tiny(THREE, analysis="t_test", multiplicity="dunnett")
    x = readings(SEED, (14.0, 6.0, 0.0))
    data = made_up(design, x, np.repeat([0, 1, 2], N))
    found = analyse(design, data)
    p = found["methods"][2, :2, P]
    assert (found["adjusted"] > p).all()
    assert (found["adjusted"] < 2 * p).all()


def test_responders_are_counted_and_who_left_is_none() -> None:
    design, data, found = parallel()
    x = data.values("hair_diameter")
    for r, met in enumerate((x[:, 2] - x[:, 0] >= 10, 100 * (x[:, 1] / x[:, 0] - 1) >= 5)):
        hits = [met[data.arm == a] for a in range(3)]
        assert found["responders"][r].tolist() == [[h.sum(), N] for h in hits]
        for k, (i, j) in enumerate(design.pairs):
            counts = [[h.sum(), N - h.sum()] for h in (hits[i], hits[j])]
            difference, low, high, p = found["responding"][r, k]
            assert difference == pytest.approx(hits[i].mean() - hits[j].mean())
            assert p == pytest.approx(stats.chi2_contingency(counts, correction=False).pvalue)
            assert low < difference < high


def test_ranks_and_times_to_a_measurable_gain() -> None:
    design, data, found = parallel()
    rated = data.values("global_assessment")[:, 2]
    x = data.values(design.trial.endpoint)
    least = float(measurable_change(instrument(design.trial.instrument), x[:, 0].mean()))
    for k, (i, j) in enumerate(design.pairs):
        a, b = (rated[(data.arm == s) & np.isfinite(rated)] for s in (i, j))
        ranks = stats.mannwhitneyu(a, b, method="asymptotic")
        assert found["others"][k, 0] == pytest.approx(ranks.pvalue)
        time, event = (np.zeros(data.rows) for _ in range(2))
        for row in range(data.rows):  # by hand: the first visit with the gain, else the last seen
            for v in (1, 2):
                if event[row] == 0 and np.isfinite(x[row, v]):
                    time[row], event[row] = data.weeks[v], x[row, v] - x[row, 0] >= least
        some = np.isin(data.arm, (i, j)) & (time > 0)
        group = data.arm[some] == i
        chi2 = logrank_chi2(time[some], event[some], group)
        assert found["others"][k, 1] == pytest.approx(stats.chi2.sf(chi2, 1), rel=1e-6)


def logrank_chi2(time: np.ndarray, event: np.ndarray, group: np.ndarray) -> float:
    excess = variance = 0.0
    for t in np.unique(time[event > 0]):
        risk, now = time >= t, (time == t) & (event > 0)
        n, n1, d = risk.sum(), (risk & group).sum(), now.sum()
        excess += (now & group).sum() - d * n1 / n
        variance += d * (n1 / n) * (1 - n1 / n) * (n - d) / max(n - 1, 1)
    return float(excess**2 / variance)


def test_effects_in_subgroups_are_regressions_of_their_own_people() -> None:
    design, data, found = parallel()
    x, age = data.values(design.trial.endpoint), data.columns["age"]
    change = x[:, 2] - x[:, 0]
    places = np.searchsorted([140, 160], age)
    assert np.array_equal(groups_of(design, data)[0], places)
    for k, (i, j) in enumerate(design.primary):
        table = found["subgroups"][k]
        for g in range(3):
            some = np.isin(data.arm, (i, j)) & (places == g)
            expected = ols(change[some], x[some, 0], data.arm[some], i, j)
            assert table[g] == pytest.approx(expected[:2], rel=1e-8)
        w = 1 / table[:, 1] ** 2
        q = (w * (table[:, 0] - (w * table[:, 0]).sum() / w.sum()) ** 2).sum()
        assert found["interaction"][k, 0] == pytest.approx(stats.chi2.sf(q, 2))


def test_heterogeneity_of_groups_that_are_known() -> None:
    two = np.array([[1.0, 3.0], [6.0, 4.0]])  # a z of 1
    assert heterogeneity(two) == pytest.approx(2 * stats.norm.sf(1))
    assert heterogeneity(np.array([*two, [np.nan, np.nan]])) == heterogeneity(two)
    assert np.isnan(heterogeneity(two[:1]))


def test_the_flow_counts_people_and_the_full_difference_misses_nobody() -> None:
    design, data, found = parallel()
    for a in range(3):
        own = data.arm == a
        expected = {
            "randomised": N, "stopped": np.isfinite(data.stopped[own]).sum(),
            "rescued": np.isfinite(data.rescued[own]).sum(),
            "left": (data.left[own] < NEVER).sum(), "analysed": (data.left[own] > 24).sum(),
        }  # fmt: skip
        assert dict(zip(OF_FLOW, found["flow"][a], strict=True)) == expected
    x = data.full[design.trial.endpoint]
    means = [(x[:, 2] - x[:, 0])[data.arm == a].mean() for a in range(3)]
    assert found["full"] == pytest.approx([means[i] - means[j] for i, j in design.pairs])


# ---- sides and periods ---------------------------------------------------------------------------


def test_sides_of_heads_are_compared_within_the_head() -> None:
    sides = [dict(ACTIVE, courses=[PRP]), dict(CONTROL, courses=[SALINE])]
    design = tiny(sides, layout="split_scalp", analysis="t_test")
    x = readings(SEED, (7.0, 0.0))
    gone = np.tile(left(SEED, N), 2)
    data = made_up(design, x, np.repeat([0, 1], N), np.tile(np.arange(N), 2), left=gone)
    found = analyse(design, data)
    seen = gone[:N] > 24
    a, b = ((x[rows, 2] - x[rows, 0])[seen] for rows in (slice(0, N), slice(N, None)))
    t = stats.ttest_rel(a, b)
    assert found["methods"][0, 0, [ESTIMATE, DF, P]] == pytest.approx(
        ((a - b).mean(), seen.sum() - 1, t.pvalue))  # fmt: skip
    assert found["correlation"][0] == pytest.approx(np.corrcoef(a, b)[0, 1])
    base = (x[:N, 0] - x[N:, 0])[seen]
    fit = sm.OLS(a - b, sm.add_constant(base)).fit()
    assert found["methods"][1, 0, [ESTIMATE, SE, P]] == pytest.approx(
        (fit.params[0], fit.bse[0], fit.pvalues[0]))  # fmt: skip
    e = Outcome(design).endpoints.index(design.trial.endpoint)
    assert np.array_equal(found["contrasts"][0, e, 1], found["methods"][0, 0])
    other = tiny(sides, layout="split_scalp", analysis="ancova")
    assert np.array_equal(analyse(other, data)["contrasts"][0, e, 1], found["methods"][1, 0])


@pytest.mark.parametrize("control", ["active", "control"])
def test_a_crossover_is_half_the_difference_between_its_sequences(control: str) -> None:
    arms = [dict(ACTIVE, courses=[PRP]), CONTROL]
    design = tiny(arms, layout="crossover", period_weeks=24, control=control)
    first, second = readings(SEED, (9.0, 0.0)), readings(SEED + 1, (0.0, 9.0))
    x, person = np.concatenate([first, second]), np.tile(np.arange(2 * N), 2)
    sequence = np.tile(np.repeat([0, 1], N), 2)
    part = np.repeat([0, 1], 2 * N)
    arm = np.where(part == 0, sequence, 1 - sequence)
    gone = np.where((part == 1) & (person % 7 == 0), -1.0, NEVER)
    data = made_up(design, x, arm, person, part=part, sequence=sequence, left=gone)
    mixed = np.random.default_rng(SEED).permutation(len(x))
    found = analyse(design, data.of(mixed))["methods"][0, 0]
    d = (first[:, 2] - first[:, 0]) - (second[:, 2] - second[:, 0])
    kept = np.arange(2 * N) % 7 != 0
    t = stats.ttest_ind(d[:N][kept[:N]], d[N:][kept[N:]])
    effect = (d[:N][kept[:N]].mean() - d[N:][kept[N:]].mean()) / 2
    interval = np.array([*t.confidence_interval()]) / 2
    if control == "active":  # then it is the other arm minus the active one
        effect, interval = -effect, -interval[::-1]
    assert found[[ESTIMATE, DF, P]] == pytest.approx((effect, t.df, t.pvalue))
    assert found[[LOW, HIGH]] == pytest.approx(interval)


# ---- interim analyses ----------------------------------------------------------------------------


def looked(effect: float, **given: Any) -> tuple[Design, TrialData, dict[str, np.ndarray]]:
    arms = [dict(ACTIVE, n=N), dict(CONTROL, n=N)]
    design = tiny(arms, accrual_weeks=52, interim_weeks=[40, 60], futility_z=[0.0, 0.5],
                  analysis="ancova", **given)  # fmt: skip
    x = readings(SEED, (effect, 0.0))
    entry = np.tile(52 * (np.arange(N) + 0.5) / N, 2)
    data = made_up(design, x, np.repeat([0, 1], N), entry=entry, left=left(SEED, 2 * N))
    return design, data, analyse(design, data)


@pytest.mark.parametrize("effect", [-40.0, 4.0, 60.0])
def test_looks_see_what_was_read_by_then_and_stop_at_the_first_boundary(effect: float) -> None:
    design, data, found = looked(effect)
    assert fractions_of(design) == pytest.approx((16 / 52, 36 / 52, 1))
    plan = sequential(design.trial.boundary, 0.05, fractions_of(design), (0.0, 0.5))
    x, stop = data.values(design.trial.endpoint), None
    for k, week in enumerate((40, 60, 76)):
        read = np.where(data.entry + 24 <= week, x[:, 2], np.nan)
        _, _, df, _, _, p = (test := ols(read - x[:, 0], x[:, 0], data.arm, 0, 1))
        one_sided = stats.t.sf(test[0] / test[1], df)
        z, rejects, futile = found["looks"][k]
        assert z == pytest.approx(stats.norm.isf(one_sided), rel=1e-6)
        assert 2 * min(one_sided, 1 - one_sided) == pytest.approx(p)
        assert rejects == (z >= plan.upper[k])
        assert futile == (k < 2 and z < (0.0, 0.5)[k])
        if stop is None and (rejects or futile or k == 2):
            stop = (k, (data.entry <= week).sum())
    assert tuple(found["stop"]) == stop
    people = 2 * sum(52 * (i + 0.5) / N <= (40, 60, 76)[stop[0]] for i in range(N))
    assert stop[1] == people
    assert stop[0] == {-40.0: 0, 4.0: stop[0], 60.0: 1}[effect]
    assert (people < 2 * N) == (stop[0] == 0)


def test_a_smaller_trial_is_the_first_people_of_the_larger_one() -> None:
    design, data, found = looked(8.0)
    x = data.values(design.trial.endpoint)
    for s, share in enumerate(SIZES):
        n = round(share * N)
        rows = np.r_[0:n, N : N + n]
        test = ols((x[:, 2] - x[:, 0])[rows], x[rows, 0], data.arm[rows], 0, 1)
        z = stats.norm.isf(stats.t.sf(test[0] / test[1], test[2]))
        assert found["sizes"][s, 0] == pytest.approx(z, rel=1e-6)


# ---- what cannot be analysed ---------------------------------------------------------------------


def test_a_covariance_that_does_not_fit_is_replaced_by_the_next_and_said() -> None:
    weeks = [0, 4, 8, 12, 16, 20, 24]
    design = tiny([dict(ACTIVE, n=4), dict(CONTROL, n=4)], visits_weeks=weeks)
    x = readings(SEED, (5.0, 0.0), visits=7, n=4)
    found = analyse(design, made_up(design, x, np.repeat([0, 1], 4)))
    assert found["structure"][0] > STRUCTURES.index("unstructured")
    assert np.isfinite(found["methods"][0, 0]).all()
    asked = tiny([dict(ACTIVE, n=4), dict(CONTROL, n=4)], visits_weeks=weeks, covariance="ar1")
    assert analyse(asked, made_up(asked, x, np.repeat([0, 1], 4)))["structure"][0] >= 2


def gone(who: Mapping[int, float], **given: Any) -> tuple[Design, dict[str, np.ndarray]]:
    design = tiny(**given)
    away = np.full(2 * N, NEVER)
    for row, week in who.items():
        away[row] = week
    x = readings(SEED, (5.0, 0.0))
    return design, analyse(design, made_up(design, x, np.repeat([0, 1], N), left=away))


@pytest.mark.parametrize("analysis", ["mmrm", "ancova", "t_test"])
def test_an_arm_of_which_nobody_is_left_has_no_test_at_the_end(analysis: str) -> None:
    design, found = gone(dict.fromkeys(range(N), 20.0), analysis=analysis)
    out = Outcome(design)
    assert np.isnan(found["methods"]).all()
    assert np.isnan(found["adjusted"]).all()
    assert found["structure"][0] == -1
    assert found["flow"][0].tolist() == [N, 0, 0, N, 0]
    assert np.isfinite(found["full"]).all()
    e = out.endpoints.index("hair_diameter")
    assert np.isnan(found["contrasts"][0, e, 1]).all()
    assert np.isfinite(found["contrasts"][0, e, 0]).all()  # they were there at week 12
    assert found["arms"][0, e, 2, 0] == 0
    assert np.isfinite(out.row(found)[out.places["flow"]]).all()


def test_all_but_one_of_an_arm_left() -> None:
    _, found = gone(dict.fromkeys(range(1, N), 3.0))
    assert np.isnan(found["methods"][1:]).all()
    assert found["flow"][0].tolist() == [N, 0, 0, N - 1, 1]
    assert found["adjusted"].shape == (1,)


def test_where_the_mixed_model_fails_the_regression_decides() -> None:
    """A visit to which nobody came has no mean, and so no model of all visits."""
    design = tiny([dict(ACTIVE, n=N), dict(CONTROL, n=N)])
    x = readings(SEED, (40.0, 0.0))
    x[:, 1] = np.nan
    data = made_up(design, x, np.repeat([0, 1], N))
    found = analyse(design, data)
    assert found["structure"][0] == -1
    assert np.isnan(found["methods"][0]).all()
    assert np.isfinite(found["methods"][1]).all()
    assert found["adjusted"] == pytest.approx(found["methods"][1, :, P])


def test_what_nobody_is_known_of_is_missing_and_no_warning() -> None:
    design = tiny([dict(ACTIVE, n=N), dict(CONTROL, n=N)], estimand="hypothetical")
    unknown = {"years_since_onset": np.full(2 * N, np.nan)}
    x = readings(SEED, (5.0, 0.0))
    data = made_up(design, x, np.repeat([0, 1], N), columns=unknown)
    found = analyse(design, data)
    assert np.isnan(found["subgroups"][0, 2:4]).all()
    assert np.isnan(found["interaction"][0, 1])
    stops = made_up(design, x, np.repeat([0, 1], N), columns=unknown,
                    stopped=np.repeat([0.0, NEVER], N))  # fmt: skip
    assert np.isnan(analyse(design, stops)["full"]).all()
