"""The prior predictive validation: its arithmetic, and that it can tell a fault from none.

Sampled parts run the fixed seeds of a few draws; each test states its replications.
"""

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[1] / "validation" / "hair_cycle"))

import natural_history as nh
from published import Target, published, targets

from anagen.parameters import parameter


@pytest.fixture(scope="module")
def few():
    """Six draws of 40 men: enough for identities, not for an interval."""
    return nh.predict(6, 40, 150, rule="everyone")


def test_published_counts_are_per_square_centimetre():
    found = {t.outcome: t for t in targets()}
    assert found["net of finasteride, week 104"].values == pytest.approx([138 / 5.1])
    assert found["placebo, week 260"].values == pytest.approx([-46.9], abs=0.05)
    assert published("Kaufman1998", "count_w0") == pytest.approx(
        parameter("vertex_density_balding_men").value, abs=0.5
    )
    weeks = {26: 16, 52: 21}
    for week, net in weeks.items():
        values = found[f"net of finasteride, week {week}"].values
        assert np.mean(values) == pytest.approx(net, abs=0.5)


def test_every_target_is_an_outcome(few):
    assert {t.outcome for t in targets()} <= set(few.plain)
    assert {t.baseline for t in targets()} - {None} == set(few.matched)


def test_matching_meets_the_baseline_with_the_least_change():
    rng = np.random.default_rng(4)
    values, everyone = rng.normal(190, 40, 300), np.ones(300, dtype=bool)
    weights = nh.matching(values, everyone, 172.0)
    assert np.average(values, weights=weights) == pytest.approx(172.0)
    # maximum entropy: log weight is straight in the value
    assert np.corrcoef(values, np.log(weights))[0, 1] == pytest.approx(-1.0)
    same = nh.matching(values, everyone, float(values.mean()))
    assert nh.effective(same) == pytest.approx(300)
    assert nh.effective(weights) < 300


def test_a_baseline_out_of_reach_has_no_weights():
    values = np.array([150.0, 160.0, 170.0])
    assert nh.effective(nh.matching(values, np.ones(3, dtype=bool), 180.0)) == 0
    low = nh.matching(values, np.array([True, True, False]), 155.0)
    assert low[2] == 0
    assert low[0] == pytest.approx(low[1])
    assert nh.effective(nh.matching(values, np.zeros(3, dtype=bool), 155.0)) == 0


def test_the_interval_holds_the_trials_own_error():
    # 4000 draws of spread 3 with an error of 4 are of spread 5; error of a 5 % quantile of a
    # normal law is about 2.1 spread / sqrt(n)
    values = np.random.default_rng(8).normal(0, 3, 4000)
    low, middle, high = nh.interval(np.append(values, math.nan), 4.0)
    reach, error = 1.645 * 5, 4 * 2.1 * 5 / math.sqrt(4000)
    assert low == pytest.approx(-reach, abs=error)
    assert high == pytest.approx(reach, abs=error)
    assert middle == pytest.approx(0, abs=error)


def test_a_drug_without_effect_is_told_from_the_trials():
    verdicts = list(nh.no_effect())
    assert len(verdicts) == 4
    assert all(check.agrees for check in verdicts)


def test_a_trial_without_effect_would_not_be_told_apart(monkeypatch):
    weak = Target("net of finasteride, week 52", (0.5,), 1.1)
    monkeypatch.setattr(nh, "targets", lambda: [weak])
    assert [check.agrees for check in nh.no_effect()] == [False]


def test_shedding_is_the_flux_identity(few):
    # 6 draws x 40 healthy people x 150 follicles over 26 weeks, some 200,000 follicle years / 6
    ratio = few.plain["shed per day"] / few.plain["shed per day by the identity"]
    assert abs(ratio.mean() - 1) < 4 * ratio.std(ddof=1) / math.sqrt(len(ratio))


def test_the_same_draws_give_the_same_trial(few):
    again = nh.predict(2, 40, 150, rule="everyone")
    for name, values in again.plain.items():
        np.testing.assert_array_equal(values, few.plain[name][:2])


def test_who_enters_has_lost_what_a_man_notices():
    men, _ = nh.grow(3, 60, 150, "gradual")
    assert (men.lost[nh.included(men, "density")] >= nh.NOTICED).all()
    assert (men.thinner[nh.included(men, "thickness")] >= nh.NOTICED).all()
    assert nh.included(men, "everyone").all()
    healthy = replace(men, lost=np.zeros(60))
    assert not nh.included(healthy, "density").any()


def test_a_missed_value_is_said_and_does_not_fail_the_command(capsys, few):
    far = Target("placebo, week 52", (-500.0,), 1.0)
    check, _ = nh.line(far, few)
    assert check.agrees is False
    assert nh.show([(check, "")]) == 1
    assert "MISSED" in capsys.readouterr().out
