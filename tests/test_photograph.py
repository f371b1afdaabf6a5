"""What is seen in a photograph meets both anchors, and grades are chances that add up."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monte_carlo import LIMIT, assert_moment

from anagen.errors import InputError
from anagen.measurement import endpoints, photograph
from anagen.parameters import parameter
from anagen.priors import central_parameters, draw_parameters

SEED = 20261125
P = central_parameters()
LAW = {"slope": P["photograph_slope"], "lapse": P["photograph_lapse"]}


@pytest.mark.parametrize("seed", range(5))
def test_each_anchor_is_met_at_its_end_whatever_slope_and_lapse_are(seed):
    drawn = draw_parameters(seed)
    law = {"slope": drawn["photograph_slope"], "lapse": drawn["photograph_lapse"]}
    anchors = parameter("visible_density_difference")
    for w, gain, end in ((0.0, anchors.low, "low"), (1.0, anchors.high, "high")):
        alpha = photograph.threshold(drawn | {"photograph_anchor": w})
        seen = photograph.chance_seen(gain, threshold=alpha, **law)
        assert seen == pytest.approx(drawn[f"photograph_share_{end}_anchor"])


def test_the_anchors_conflict():
    low, high = (photograph.threshold(P | {"photograph_anchor": w}) for w in (0.0, 1.0))
    assert photograph.threshold(P) == pytest.approx((low + high) / 2)
    assert photograph.chance_seen(17.0, threshold=high, **LAW) < 0.10
    assert photograph.chance_seen(43.4, threshold=low, **LAW) > 0.95


@given(st.floats(-200, 200), st.floats(0, 100), st.floats(1, 60), st.floats(0.5, 30))
def test_a_larger_gain_is_seen_by_no_fewer(gain, more, alpha, slope):
    low, high = photograph.chance_seen([gain, gain + more], threshold=alpha, slope=slope, lapse=0.1)
    assert 0 <= low <= high <= 1


def test_half_of_those_who_look_see_the_threshold_and_the_rest_grade_at_random():
    assert photograph.chance_seen(20.0, threshold=20.0, slope=5.0, lapse=0.0) == pytest.approx(0.5)
    ends = photograph.chance_seen([-1e4, 1e4], threshold=20.0, slope=5.0, lapse=0.07)
    np.testing.assert_allclose(ends, [0.03, 0.97 - 0.01])


@given(st.floats(-150, 150), st.floats(1, 50), st.floats(0.3, 3), st.floats(0.5, 20))
def test_grades_add_up_and_improvement_is_what_is_seen(gain, alpha, step, slope):
    law = {"threshold": alpha, "slope": slope, "lapse": 0.05}
    chances = photograph.grade_chances(gain, step=step, **law)
    assert np.all(chances >= 0)
    assert chances.sum() == pytest.approx(1)
    assert chances[4:].sum() == pytest.approx(float(photograph.chance_seen(gain, **law)), abs=1e-9)


def test_losses_are_graded_like_gains():
    law = {"threshold": 20.0, "step": 1.0, "slope": 5.0, "lapse": 0.05}
    gains = np.array([0.0, 12.0, 60.0])
    up, down = (photograph.grade_chances(s * gains, **law) for s in (1, -1))
    np.testing.assert_allclose(up, down[:, ::-1])


def test_grades_drawn_have_their_chances():
    # 40,000 ratings of one pair of pictures
    chances = photograph.grade_chances(25.0, threshold=20.0, step=1.0, slope=5.0, lapse=0.05)
    drawn = photograph.grades(chances, np.random.default_rng(SEED).random(40_000))
    for grade, chance in zip(photograph.GRADES, chances, strict=True):
        error = math.sqrt(chance * (1 - chance) / 40_000)
        assert abs(np.mean(drawn == grade) - chance) < LIMIT * error
    assert set(photograph.grades(chances, np.array([0.0, 1 - 2**-53]))) == {-3, 3}


def test_two_raters_of_the_slope_agree_as_published():
    # panels correlated by 0.795 and readings by 0.806 (note of the row); 40,000 gains, two raters
    rng, n = np.random.default_rng(SEED + 1), 40_000
    spread, slope = parameter("sd_of_change_density").value, P["photograph_slope"]
    gains = rng.normal(10.0, spread, n)
    first, second = (gains + rng.logistic(0.0, slope, n) for _ in range(2))
    r = math.atanh(np.corrcoef(first, second)[0, 1])
    error = LIMIT / math.sqrt(n - 3)
    assert math.atanh(0.795) - error < r < math.atanh(0.806) + error


def test_the_chance_seen_is_that_of_an_observer_with_logistic_noise():
    # 40,000 ratings of one gain, of which a share is given at random
    rng, n, gain = np.random.default_rng(SEED + 2), 40_000, 22.0
    seen = gain + rng.logistic(0.0, 5.5, n) > 20.0
    lapsed, guess = rng.random(n) < 0.1, rng.choice(photograph.GRADES, n) > 0
    expected = photograph.chance_seen(gain, threshold=20.0, slope=5.5, lapse=0.1)
    assert_moment(np.where(lapsed, guess, seen), float(expected))


def test_more_of_the_same_hair_is_its_own_equivalent_and_thicker_hair_counts_too():
    def cover(density, calibre):
        shade = 1000 * calibre * 50.0  # um day of 1,000 follicles
        return endpoints.coverage(shade, 1000, density, full_rate=0.35)

    more = photograph.density_equivalent(cover(150.0, 60.0), cover(180.0, 60.0), 150.0)
    assert more == pytest.approx(30.0)
    thicker = photograph.density_equivalent(cover(150.0, 60.0), cover(150.0, 66.0), 150.0)
    assert thicker == pytest.approx(15.0)
    assert np.isnan(photograph.density_equivalent(0.0, 0.3, 10.0))


def test_photographs_refuse_what_cannot_be():
    good = {"threshold": 20.0, "slope": 5.0, "lapse": 0.05}
    for bad, sentence in (
        (lambda: photograph.chance_seen(1.0, **good | {"slope": 0}), "slope: must be more than 0"),
        (lambda: photograph.chance_seen(1.0, **good | {"lapse": 1}), "lapse: must lie from 0"),
        (lambda: photograph.threshold_of(17.0, 0.01, slope=5.0, lapse=0.1),
         "share: a share of 0.01 cannot be seen with a lapse of 0.1"),
        (lambda: photograph.grade_chances(1.0, step=0.0, **good), "must both be more than 0"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=re.escape(sentence)):
            bad()
