"""Mantel-Haenszel and Peto against metafor 3.8-1, and against theory."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_data import all_to_printed_digits, column

from anagen.errors import InputError
from anagen.evidence.effect_size import Events, log_odds_ratio, log_risk_ratio, risk_difference
from anagen.evidence.sparse import MEASURES, FourFold, mantel_haenszel, peto

ARMS = ("events_active", "n_active", "events_control", "n_control")
measures = pytest.mark.parametrize("measure", sorted(MEASURES))
trial = st.integers(5, 50).flatmap(
    lambda n: st.tuples(st.integers(1, n - 1), st.just(n), st.integers(1, n - 1), st.just(n))
)


def _bcg() -> FourFold:
    return FourFold(*(column("bcg", field) for field in ARMS))


def test_mantel_haenszel_matches_metafor_on_bcg():
    # metafor 3.8-1, rma.mh(measure = "RR")
    found = mantel_haenszel(_bcg())
    assert all_to_printed_digits([found.estimate, found.se], "-0.4537096 .0393374")
    assert found.k == 13


def test_peto_matches_metafor_on_bcg():
    # metafor 3.8-1, rma.peto
    found = peto(_bcg())
    assert all_to_printed_digits([found.estimate, found.se], "-0.4744463 .0406591")
    assert found.q_df == 12


@given(trial)
def test_a_single_trial_gives_its_own_effect(one):
    a, n1, c, n2 = one
    for measure, law in (
        ("log_risk_ratio", log_risk_ratio),
        ("log_odds_ratio", log_odds_ratio),
        ("risk_difference", risk_difference),
    ):
        own = law(Events(a, n1), Events(c, n2))
        found = mantel_haenszel(FourFold([a], [n1], [c], [n2]), measure)
        assert found.estimate == pytest.approx(own.estimate, abs=1e-12)
        assert found.se == pytest.approx(math.sqrt(own.variance))


@measures
def test_copies_of_a_trial_share_its_effect_and_shrink_its_error(measure):
    one = mantel_haenszel(FourFold([4], [40], [9], [38]), measure)
    nine = mantel_haenszel(FourFold([4] * 9, [40] * 9, [9] * 9, [38] * 9), measure)
    assert nine.estimate == pytest.approx(one.estimate)
    assert nine.se == pytest.approx(one.se / 3)
    assert (one.p, nine.p is None) == (None, False)


@measures
@given(trial, trial, trial)
def test_exchanged_arms_change_the_sign_only(measure, one, two, three):
    a, n1, c, n2 = np.array([one, two, three]).T
    forth = mantel_haenszel(FourFold(a, n1, c, n2), measure)
    back = mantel_haenszel(FourFold(c, n2, a, n1), measure)
    assert forth.estimate == pytest.approx(-back.estimate, abs=1e-12)
    assert forth.se == pytest.approx(back.se)
    assert peto(FourFold(a, n1, c, n2)).estimate == pytest.approx(
        -peto(FourFold(c, n2, a, n1)).estimate, abs=1e-12
    )


def test_a_trial_without_events_says_nothing_about_a_ratio():
    some = FourFold([1, 3], [20, 30], [4, 6], [20, 31])
    more = FourFold([1, 3, 0], [20, 30, 50], [4, 6, 0], [20, 31, 50])
    for measure in ("log_risk_ratio", "log_odds_ratio"):
        one, two = mantel_haenszel(some, measure), mantel_haenszel(more, measure)
        assert (one.estimate, one.se, one.k) == pytest.approx((two.estimate, two.se, two.k))
    assert peto(some) == peto(more)
    differences = [mantel_haenszel(part, "risk_difference") for part in (some, more)]
    assert abs(differences[1].estimate) < abs(differences[0].estimate)


def test_rare_balanced_events_make_peto_and_mantel_haenszel_agree():
    rare = FourFold([3, 2, 4], [5000] * 3, [4, 3, 3], [5000] * 3)
    found = peto(rare).estimate
    assert found == pytest.approx(mantel_haenszel(rare, "log_odds_ratio").estimate, abs=2e-3)


def test_rare_events_keep_their_coverage():
    # seed 9, 2000 replicates, 6 trials of 200 a side, risks 0.02 and 0.04: RR 0.5 at 0.95
    rng, n, hits = np.random.default_rng(9), np.full(6, 200), 0
    for _ in range(2000):
        a, c = rng.binomial(n, 0.02), rng.binomial(n, 0.04)
        low, high = mantel_haenszel(FourFold(a, n, c, n)).interval
        hits += low <= math.log(0.5) <= high
    assert abs(hits / 2000 - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 2000)


BAD = [
    (lambda: FourFold([1], [10], [1, 2], [10, 10]), "give events and participants of both arms"),
    (lambda: FourFold([], [], [], []), "give events and participants of both arms"),
    (lambda: FourFold([11], [10], [1], [10]), "events_active: events must lie between"),
    (lambda: FourFold([1], [10], [-1], [10]), "events_control: events must lie between"),
    (lambda: FourFold([math.nan], [10], [1], [10]), "events_active: events must lie between"),
    (lambda: FourFold([0], [0], [1], [10]), "n_active: participants must be 1 or more"),
    (lambda: mantel_haenszel(FourFold([0], [9], [1], [9])), "use the risk difference"),
    (lambda: mantel_haenszel(FourFold([1], [9], [1], [9]), "risk_ratio"), "log_risk_ratio"),
    (lambda: peto(FourFold([0], [9], [0], [9])), "an odds ratio cannot be estimated"),
]


@pytest.mark.parametrize(("act", "sentence"), BAD)
def test_counts_that_cannot_be_are_refused_with_one_sentence(act, sentence):
    with pytest.raises(InputError) as refused:
        act()
    assert sentence in str(refused.value)
