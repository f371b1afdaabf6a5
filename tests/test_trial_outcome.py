"""What is kept of a replicate: estimands by hand, and every array by another way of computing it.

Data are made up with a seed; no follicle is grown here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests
from tiny_trial import ACTIVE, CONTROL, PRP, SALINE, N, left, made_up, ols, readings, tiny
from type_one_error import assert_type_one_error

from anagen.measurement.instruments import instrument, measurable_change
from anagen.trial.analysis import analyse, groups_of, heterogeneity
from anagen.trial.data import TrialData
from anagen.trial.design import Design
from anagen.trial.outcome import OF_FLOW, OF_TEST, Outcome
from anagen.trial.primary import STRUCTURES

SEED = 11
NEVER = np.inf
THREE = [dict(ACTIVE, name="high"), dict(ACTIVE, name="low"), CONTROL]
RULES = [{"name": "gain", "endpoint": "hair_diameter", "op": "change_ge", "value": 10},
         {"name": "half", "endpoint": "hair_diameter", "op": "change_percent_ge", "value": 5,
          "week": 12}]  # fmt: skip
ESTIMATE, SE, DF, LOW, HIGH, P = range(len(OF_TEST))


def parallel(**given: Any) -> tuple[Design, TrialData, dict[str, np.ndarray]]:
    design = tiny(THREE, responder=RULES, subgroup=[{"of": "age", "cuts": [140, 160]}], **given)
    x = readings(SEED, (14.0, 6.0, 0.0))
    rows = np.arange(len(x))
    data = made_up(design, x, np.repeat([0, 1, 2], N), left=left(SEED, len(x)),
                   stopped=np.where(rows % 9 == 0, 12.0, NEVER),
                   rescued=np.where(rows % 11 == 0, 0.0, NEVER))  # fmt: skip
    return design, data, analyse(design, data)


# ---- estimands -----------------------------------------------------------------------------------


def test_composite_never_takes_a_loss_for_no_loss() -> None:
    design = tiny(visits_weeks=[0, 8, 16, 24])
    data = made_up(design, np.array([[20.0, 25, 15, 12]] * 2), np.array([0, 1]),
                   stopped=np.array([8, NEVER]))  # fmt: skip
    lost, gained = (data.values("total_hair_density", "composite", better) for better in (1, -1))
    assert lost[0].tolist() == [20, 25, 15, 12]
    assert gained[0].tolist() == [20, 25, 20, 20]


@pytest.mark.parametrize(
    ("estimand", "expected"),
    [
        ("treatment_policy", [[10, 20, 30, 40], [10, 20, 30, 40], [10, 20, 30, 40],
                              [10, 20, np.nan, np.nan], [10, 20, 30, 40], [10] + 3 * [np.nan]]),
        ("hypothetical", [[10, 20, 30, 40], [10, 20, np.nan, np.nan], [10, np.nan, np.nan, np.nan],
                          [10, 20, np.nan, np.nan], [10, 20, 30, np.nan], [10] + 3 * [np.nan]]),
        ("while_on_treatment", [[10, 20, 30, 40], [10, 20, 20, 20], [10, 10, 10, 10],
                                [10, 20, 20, 20], [10, 20, 30, 30], [10] + 3 * [np.nan]]),
        ("composite", [[10, 20, 30, 40], [10, 20, 10, 10], [10, 10, 10, 10],
                       [10, 20, 10, 10], [10, 20, 30, 10], [10] + 3 * [np.nan]]),
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
    for name in set(found) - {"sizes", "robust"}:  # of who came first; imputed by chance
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
        two = np.isin(data.arm, (i, j)) & np.isfinite(change)
        df = np.array([(two & (places == g)).sum() - 3 for g in range(3)])
        w = 1 / table[:, 1] ** 2
        q = (w * (table[:, 0] - (w * table[:, 0]).sum() / w.sum()) ** 2).sum()
        c = ((1 - w / w.sum()) ** 2 / df).sum()
        expected = stats.f.sf(q / 2 / (1 + c / 4), 2, 8 / (3 * c))
        assert found["interaction"][k, 0] == pytest.approx(expected)


def test_the_difference_of_two_groups_is_tested_as_welch_tests_two_means() -> None:
    rng = np.random.default_rng(SEED)
    a, b = rng.normal(0, 1, 9), rng.normal(1, 3, 14)
    groups = np.array([[x.mean(), x.std(ddof=1) / len(x) ** 0.5, len(x) - 1] for x in (a, b)])
    assert heterogeneity(groups) == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue)
    unknown = np.array([*groups, [np.nan] * 3])
    assert heterogeneity(unknown) == heterogeneity(groups)
    assert np.isnan(heterogeneity(groups[:1]))
    sure = np.array([[1.0, 3.0, 1e12], [6.0, 4.0, 1e12], [2.0, 2.0, 1e12]])  # Cochran's Q
    w = 1 / sure[:, 1] ** 2
    q = w @ (sure[:, 0] - np.average(sure[:, 0], weights=w)) ** 2
    assert heterogeneity(sure) == pytest.approx(stats.chi2.sf(q, 2), rel=1e-6)


def test_groups_that_do_not_differ_are_told_apart_in_one_trial_of_twenty() -> None:
    """Three groups of 6 a piece, 4,000 replicates; Cochran's Q would say so in 12 %."""
    rng, n = np.random.default_rng(SEED), 6
    x = rng.normal(0, 1, (4000, 3, n))
    s = x.std(axis=2, ddof=1) / n**0.5
    p = [heterogeneity(np.column_stack([m, e, np.full(3, n - 1.0)]))
         for m, e in zip(x.mean(axis=2), s, strict=True)]  # fmt: skip
    assert_type_one_error(p)


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


def test_a_rating_of_change_has_no_baseline_to_adjust_for() -> None:
    """Complete, it is the t test at the visit, by both models."""
    design = tiny([dict(ACTIVE, n=N), dict(CONTROL, n=N)], endpoint="global_assessment")
    x = readings(SEED, (5.0, 0.0)) - 150
    x[:, 0] = 0
    found = analyse(design, made_up(design, x, np.repeat([0, 1], N)))
    assert found["structure"][0] == STRUCTURES.index("unstructured")
    for method in (0, 1):
        assert found["methods"][method, 0] == pytest.approx(found["methods"][2, 0], rel=1e-6)
    assert found["subgroups"].shape == (1, 4, 2)  # of age and years since onset


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
