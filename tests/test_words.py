"""Sentences say what the body holds, and a verdict follows from effect and certainty alone."""

from __future__ import annotations

import itertools

import pytest

from anagen import answer
from anagen.verdict.judgement import capped, judge_benefit
from anagen.verdict.summary import Body
from anagen.verdict.words import (
    bounds,
    first_upper,
    plural,
    say_comparator,
    say_effect,
    signed,
    some,
    span,
)

MINOXIDIL = next(c for c in answer().comparators if c.id == "minoxidil_5").body


def with_effect(low: float, high: float, level: str, outcome: str = "total_hair_density") -> Body:
    middle = (low + high) / 2
    ends = {"low": low, "high": high, "knapp_hartung_low": low, "knapp_hartung_high": high}
    e = MINOXIDIL.effect.model_copy(update={"estimate": middle, "outcome": outcome, **ends})
    sure = MINOXIDIL.certainty.model_copy(update={"level": level})
    return MINOXIDIL.model_copy(update={"effect": e, "certainty": sure})


def test_numbers_in_words():
    assert (signed(-2.94), signed(0.0), signed(15.98)) == ("−2.9", "+0.0", "+16.0")
    assert span(-1.06, 17.06) == " (−1.1 to 17.1)"
    assert span(None, 3.0) == ""
    assert bounds(1.0, 1.0) == "+1.0"
    assert (plural(1, "study"), plural(2, "study"), plural(0, "trial")) == (
        "1 study", "2 studies", "0 trials")  # fmt: skip
    assert first_upper("SALT 20 or less") == "SALT 20 or less"
    assert some(["a", "b", "c"], 2) == "a; b; and 1 more"


@pytest.mark.parametrize(
    ("low", "high", "level", "verdict"),
    [(20.0, 40.0, "high", "does"), (20.0, 40.0, "moderate", "probably"),
     (20.0, 40.0, "low", "may"), (20.0, 40.0, "very low", "not_shown"),
     (-2.0, 40.0, "high", "no_clear_effect"), (-2.0, 9.0, "high", "no_visible_effect"),
     (-2.0, 9.0, "low", "no_clear_effect"),
     (-2.0, 9.0, "very low", "no_clear_effect"), (2.0, 9.0, "high", "does"),
     (-40.0, -20.0, "high", "works_against"), (-40.0, -20.0, "very low", "not_shown")],
)  # fmt: skip
def test_a_verdict_follows_from_interval_and_certainty(low, high, level, verdict):
    assert judge_benefit(with_effect(low, high, level)) == verdict


def test_less_shedding_is_a_benefit():
    less = with_effect(-40.0, -20.0, "high", "shed_hairs_per_day")
    assert judge_benefit(less) == "does"


def test_more_certainty_never_weakens_a_verdict():
    strength = ["not_shown", "may", "probably", "does"]
    levels = ["very low", "low", "moderate", "high"]
    verdicts = [judge_benefit(with_effect(20.0, 40.0, level)) for level in levels]
    for weaker, stronger in itertools.pairwise(verdicts):
        assert strength.index(weaker) < strength.index(stronger)


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [("probably", "may", "may"), ("may", "probably", "may"),
     ("probably", "not_studied", "probably"),
     ("no_control", "not_shown", "no_control"), ("does", "does", "does")],
)  # fmt: skip
def test_a_part_is_never_surer_than_the_whole(part, whole, told):
    assert capped(part, whole) == told


def test_every_interval_that_matters_is_said():
    text = say_effect(MINOXIDIL.effect)
    for part in ("+16.0", "(9.3 to 22.6)", "z (12.9 to 19.0)", "3 trials", "721 people"):
        assert part in text


def test_a_comparator_without_a_pool_says_so_and_names_doses():
    dutasteride = next(c for c in answer().comparators if c.id == "dutasteride")
    assert say_comparator(dutasteride.body).startswith("No pool of ours")
    for dose in ("0.05 mg", "0.1 mg", "0.5 mg", "2.5 mg"):
        assert dose in dutasteride.words


def test_believable_gains_are_told_apart():
    main = next(r for r in answer().claims if r.id == "pattern_hair_loss")
    assert "not believable as reported" in main.uncontrolled_words
    for gain in main.body.gains:
        if gain.implausible and gain.unit == "hairs/cm2":
            assert f"{signed(gain.mean)} in {gain.study}" in main.uncontrolled_words
