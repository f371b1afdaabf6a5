"""Scans of a design: the same luck for every value, nested people, paired differences."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pytest
from monte_carlo import LIMIT
from scipy.special import ndtri

from anagen.errors import InputError
from anagen.trial.data import ROWS, TrialData
from anagen.trial.design import Design, design_of
from anagen.trial.looks import first_people
from anagen.trial.outcome import SIZES
from anagen.trial.planning import required
from anagen.trial.run import Plan, data_of
from anagen.trial.scan import (
    changed,
    crn_factor,
    decisive_tests,
    factor_of,
    finished,
    scan,
    scan_designs,
)
from anagen.trial.statistics.simulated_power import n_for_power

SEED = 62
LAYOUTS = {
    "parallel": {"dropout": 0.3, "discontinuation": 0.3, "adherence": 0.8},
    "split_scalp": {"layout": "split_scalp", "dropout": 0.3},
    "crossover": {"layout": "crossover", "dropout": 0.3, "period_weeks": 26},
}


@pytest.fixture(autouse=True)
def a_small_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who enters is learnt from few: it is not what is tested here."""
    monkeypatch.setattr("anagen.trial.run.POOL", 100)


@lru_cache
def a_design(layout: str = "parallel", n: int = 12, arms: int = 2) -> Design:
    def minoxidil(strength: float) -> list[dict[str, object]]:
        return [{"therapy": "minoxidil", "route": "topical", "form": "solution",
                 "strength_percent": strength, "per_day": 2}]  # fmt: skip

    table = [{"name": "5 %", "n": n, "courses": minoxidil(5)}, {"name": "nothing", "n": n},
             {"name": "2 %", "n": n, "courses": minoxidil(2)}]  # fmt: skip
    return design_of({
        "trial": {"name": "A small trial", "visits_weeks": [0, 12, 24], "analysis": "ancova",
                  "control": "nothing", **LAYOUTS[layout]},
        "population": {"diagnosis": "androgenetic_alopecia", "sex": "male", "age": [18, 49]},
        "arm": table[:arms],
    })  # fmt: skip


def a_plan(design: Design) -> Plan:
    return Plan(design, "central", SEED, follicles=60)


def assert_same(a: TrialData, b: TrialData) -> None:
    """Every number of two replicates is the same, bit for bit."""
    assert a.patients == b.patients
    for name in set(ROWS) - {"person"}:  # people are numbered anew in every replicate
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    assert (a.person[:, None] == a.person).tolist() == (b.person[:, None] == b.person).tolist()
    for part in ("full", "columns"):
        assert set(getattr(a, part)) == set(getattr(b, part))
        for name, x in getattr(a, part).items():
            np.testing.assert_array_equal(x, getattr(b, part)[name])


def test_one_more_patient_changes_nobody_else() -> None:
    design = a_design()
    more = changed(design, "arm[0].n", 13)
    a, b = data_of(a_plan(design), 3), data_of(a_plan(more), 3)
    assert b.rows == a.rows + 1
    assert_same(a, b.of(np.delete(np.arange(b.rows), 12)))


def test_one_more_arm_changes_nobody_else() -> None:
    a, b = (data_of(a_plan(a_design(arms=arms)), 3) for arms in (2, 3))
    assert_same(a, b.of(b.arm < 2))
    assert b.rows == 36


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_first_people_are_the_smaller_trial(layout: str) -> None:
    small, large = (a_plan(a_design(layout, n)) for n in (5, 12))
    whole = data_of(large, 1)
    assert_same(data_of(small, 1), whole.of(first_people(whole, 5 / 12)))


def test_power_by_size_is_that_of_the_smaller_trials() -> None:
    whole, half = (finished(a_plan(a_design(n=n)), range(4)) for n in (24, 12))
    assert whole["sizes"][:, SIZES.index(0.5)] == pytest.approx(half["sizes"][:, -1], rel=1e-9)


def test_required_people_are_read_off_nested_trials() -> None:
    """By the probit line through simulated powers, with its interval."""
    done = finished(a_plan(a_design(n=24)), range(20))
    for found in required(done.out, {"central": done}):
        shares = [size.power.share for size in found.curve]
        assert [size.n for size in found.curve] == [5, 8, 12, 17, 24]
        assert shares[0] < 0.6 < shares[-1]
        assert found.low < found.n < found.high
        fitted = n_for_power([5, 8, 12, 17, 24], done["sizes"][:, :, 0] > ndtri(0.975),
                             found.target)  # fmt: skip
        assert found.n == pytest.approx(fitted.n)


def test_a_field_is_changed_and_nothing_else() -> None:
    design = a_design()
    for path in ("arm[0].courses[0].strength_percent", "arm.0.courses.0.strength_percent"):
        other = changed(design, path, 2)
        assert other.arms[0].courses[0].strength_percent == 2
        assert changed(other, path, 5) == design
    assert [arm.n for arm in changed(design, "arm.*.n", 7).arms] == [7, 7]
    assert changed(design, "trial.alpha", 0.1).trial.alpha == 0.1  # not written in the design


@pytest.mark.parametrize(("path", "value"),
    [("arm[2].n", 5), ("arm.first.n", 5), ("trial.wrong", 1), ("arm[0].courses[0].x.y", 1),
     ("trial.name.first", 1), ("arm[0].n", 1)])  # fmt: skip
def test_a_path_that_leads_nowhere_is_named(path: str, value: float) -> None:
    with pytest.raises(InputError) as error:
        changed(a_design(), path, value)
    assert error.value.field


def test_a_scan_pairs_its_values() -> None:
    plan, what = a_plan(a_design()), "arm[0].courses[0].strength_percent"
    found = scan(plan, what, [0.1, 2, 5], 4)
    assert [p.value for p in found.points] == [0.1, 2, 5]
    tests = [decisive_tests(a_plan(changed(plan.design, what, v)), range(4))[:, 0]
             for v in (0.1, 2, 5)]  # fmt: skip
    for point, x in zip(found.points, tests, strict=True):
        assert point.estimate == pytest.approx(x.mean())
        assert point.estimate_se == pytest.approx(x.std(ddof=1) / math.sqrt(4))
    for step, a, b in zip(found.steps, tests, tests[1:], strict=False):
        assert step.estimate == pytest.approx((b - a).mean())
        assert step.estimate_se == pytest.approx((b - a).std(ddof=1) / math.sqrt(4))
        apart = a.var(ddof=1) + b.var(ddof=1)
        assert step.estimate_factor == pytest.approx((b - a).var(ddof=1) / apart)
    assert found.steps[1].estimate_factor < 0.3
    with pytest.raises(InputError, match="two values"):
        scan(plan, what, [5], 6)


def test_two_designs_that_are_one_differ_by_nothing() -> None:
    design = a_design()
    found = scan_designs(a_plan(design), "nothing", {"a": design, "b": design}, 4)
    (step,) = found.steps
    assert (step.estimate, step.estimate_se, step.estimate_factor, step.power) == (0, 0, 0, 0)
    factor = crn_factor(a_plan(design), a_plan(design), 4)
    assert (factor.factor, factor.se) == (0, 0)


def test_common_random_numbers_help_doses() -> None:
    design = a_design()
    other = changed(design, "arm[0].courses[0].strength_percent", 2)
    found = crn_factor(a_plan(design), a_plan(other), 6)
    assert found.factor + LIMIT * found.se < 1
    with pytest.raises(InputError, match="3 or more"):
        crn_factor(a_plan(design), a_plan(other), 2)


def test_factor_of_nested_means() -> None:
    r"""Means of the first m, n of the same people: $(1/m - 1/n) / (1/m + 1/n)$, 1/7 at 60, 80."""
    rng = np.random.default_rng(SEED)
    same, new = rng.normal(size=(2, 3000, 80))
    small, large = same[:, :60].mean(axis=1), same.mean(axis=1)
    found = factor_of(large - small, new.mean(axis=1) - small)
    assert abs(found.factor - 1 / 7) < LIMIT * found.se
    assert found.se == pytest.approx(math.sqrt(2 * 2 / 3000) / 7, rel=0.2)
