"""What a design assumes, what is true of a replicate, and errors of shares that hang together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from test_trial_interim import looked
from tiny_trial import ACTIVE, CONTROL, PRP, SALINE, left, made_up, readings, tiny

from anagen.errors import InputError
from anagen.trial.analysis import analyse
from anagen.trial.finished import share, wilson
from anagen.trial.outcome import OF_ROBUST, OF_TEST, Outcome
from anagen.trial.primary import primary_tests
from anagen.trial.run import Plan, data_of
from anagen.trial.statistics.paired import mcnemar, signed_rank_p

FOLLICLES, HEADS = 50, 12
ENDPOINT = "nonvellus_hair_density"
SIDES = [dict(ACTIVE, n=HEADS, courses=[PRP]), dict(CONTROL, n=HEADS, courses=[SALINE])]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anagen.trial.run.POOL", 60)


def test_an_assumed_difference_is_the_null_and_the_difference_that_rises() -> None:
    design = tiny(difference=6.0)
    null, assumed = (data_of(Plan(design, s, follicles=FOLLICLES), 0) for s in ("null", "assumed"))
    more = assumed.full[ENDPOINT] - null.full[ENDPOINT]
    assert more[null.arm == 0] == pytest.approx(np.tile([0.0, 3.0, 6.0], (20, 1)), abs=1e-9)
    for name, x in null.full.items():
        assert np.array_equal(assumed.full[name][null.arm == 1], x[null.arm == 1], equal_nan=True)
    total = assumed.full["total_hair_density"]
    assert np.all(assumed.full[ENDPOINT] <= total + 1e-9)  # a class stays a part of all
    with pytest.raises(InputError, match="difference"):
        Plan(tiny(), "assumed")


def test_truth_holds_nothing_that_spills_over() -> None:
    found = []
    for spill in (0.0, 0.5):
        design = tiny(SIDES, layout="split_scalp", spillover=spill, endpoint=ENDPOINT)
        found.append(analyse(design, data_of(Plan(design, "central", follicles=FOLLICLES), 0)))
    assert np.array_equal(found[0]["full"], found[1]["full"])
    assert not np.array_equal(found[0]["methods"], found[1]["methods"])


def test_what_is_counted_after_a_visit_has_a_baseline_before_treatment() -> None:
    design = tiny(SIDES)
    real, null = (data_of(Plan(design, s, follicles=FOLLICLES), 0) for s in ("central", "null"))
    for name in ("shed_hairs_per_day", "wash_count", "comb_count", "pull_count"):
        assert np.array_equal(real.full[name][:, 0], null.full[name][:, 0]), name
    later = real.full["shed_hairs_per_day"] != null.full["shed_hairs_per_day"]
    assert later[real.arm == 0, 1:].any()


def test_tests_at_the_stop_are_those_of_the_full_trial_where_it_goes_to_its_end() -> None:
    ended = 0
    for effect in (-40.0, 4.0, 10.0, 60.0):
        design, data, found = looked(effect)
        whole = primary_tests(Outcome(design), data)
        if found["stop"][0] == 2:
            assert found["stopped"] == pytest.approx(whole)
            ended += 1
        else:
            assert not np.allclose(found["stopped"], whole)
    assert 0 < ended < 4


def test_the_error_of_a_share_counts_parameter_sets() -> None:
    hits = np.random.default_rng(3).random(50) < 0.4
    alone, thrice = share(hits), share(np.repeat(hits, 3), np.repeat(np.arange(50), 3))
    assert alone is not None
    assert thrice is not None
    assert thrice.share == alone.share
    assert thrice.se == pytest.approx(alone.se * np.sqrt(50 / 49))
    assert thrice.low < thrice.share < thrice.high
    assert thrice.high - thrice.low == pytest.approx(alone.high - alone.low, rel=0.03)
    apart = share(hits, np.arange(50))
    assert apart == alone


@pytest.mark.parametrize(("k", "n"), [(0, 8), (3, 20), (17, 17)])
def test_the_interval_of_a_share_is_that_of_scipy(k: int, n: int) -> None:
    expected = stats.binomtest(k, n).proportion_ci(method="wilson")
    assert wilson(k / n, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_paired_answers_and_ratings() -> None:
    a, b = np.array([1, 1, 1, 1, 0, 0, np.nan]), np.array([0, 0, 0, 1, 1, 0, 1])
    assert mcnemar(a, b) == pytest.approx(2 * (1 + 4) / 16)  # 3 against 1: twice P(X <= 1)
    assert mcnemar(b, b) == 1.0
    rng = np.random.default_rng(5)
    x, y = rng.integers(-3, 4, 40).astype(float), rng.integers(-3, 4, 40).astype(float)
    expected = stats.wilcoxon(x - y, correction=True, method="asymptotic").pvalue
    assert signed_rank_p(x, y) == pytest.approx(expected)
    assert signed_rank_p(x, x) == 1.0
    assert np.isnan(signed_rank_p(np.array([np.nan]), np.array([1.0])))


def test_worse_courses_take_from_an_effect_only_where_somebody_left() -> None:
    n, effect = 60, 20.0
    design = tiny([dict(ACTIVE, n=n), dict(CONTROL, n=n)])
    x, arm = readings(2, (effect, 0.0), n=n), np.repeat([0, 1], n)
    assert np.isnan(analyse(design, made_up(design, x, arm))["robust"]).all()
    found = analyse(design, made_up(design, x, arm, left=left(2, 2 * n)))
    worse, _, shift = found["robust"][0]
    mar = found["methods"][Outcome(design).method, 0][OF_TEST.index("estimate")]
    assert OF_ROBUST == ("jump_to_reference", "p", "tipping_shift")
    assert 0 < worse < mar
    assert shift < 0
