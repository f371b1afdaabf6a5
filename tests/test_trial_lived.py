"""What people get and how long they stay: shares asked for are shares lived, by luck of their own.

Stochastic tests: seed 20, 20,000 people, four standard errors of a share.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from monte_carlo import LIMIT, assert_moment
from tiny_trial import ACTIVE, CONTROL, LOTION, PRP, SALINE, tiny

from anagen.patient import Patient
from anagen.regimen import Course, Regimen, Session
from anagen.simulate import simulate
from anagen.trial.design import Design
from anagen.trial.lived import (
    doses_taken,
    emptied,
    later,
    leaving,
    lived,
    one_after_the_other,
    rescued_from,
    rescuing,
    session_weeks,
    stopping,
    until,
    week_of,
)
from anagen.trial.replicate import replicate_data

SEED, PEOPLE = 20, 20_000
KEYS = range(PEOPLE)
STAYED = np.ones((PEOPLE, 3))
NEVER = np.full(PEOPLE, np.inf)
TABLET = {"therapy": "finasteride", "route": "oral", "mg_per_day": 1}


def assert_share(hits: np.ndarray, expected: float) -> None:
    error = math.sqrt(expected * (1 - expected) / len(hits))
    assert abs(hits.mean() - expected) <= LIMIT * error, (hits.mean(), expected, error)


def left(design: Design, kept: np.ndarray = STAYED, seed: int = SEED) -> np.ndarray:
    return leaving(design.trial, design.arms[0], seed, KEYS, kept)


@pytest.mark.parametrize(
    ("dropout", "cumulative"),
    [
        (0.3, {12: 0.15, 24: 0.3}),
        ({"12": 0.2, "24": 0.3}, {6: 0.1, 12: 0.2, 24: 0.3}),
        ({"6": 0.1, "24": 0.28}, {12: 0.16, 24: 0.28}),
        ({"0": 0.1, "24": 0.3}, {12: 0.2, 24: 0.3}),
        ({"12": 0.2}, {12: 0.2, 24: 0.2}),
        ({"48": 0.6}, {12: 0.15, 24: 0.3}),
        (0, {24: 0.0}),
    ],
)
def test_as_many_leave_by_each_visit_as_was_asked(dropout, cumulative) -> None:
    week = left(tiny(dropout=dropout))
    for at, share in cumulative.items():
        assert_share(week <= at, share)
    assert week.min() > 0  # everybody has a baseline


def test_an_arm_that_loses_more_is_asked_in_the_place_of_the_trial() -> None:
    design = tiny([dict(ACTIVE, dropout=0.4), CONTROL], dropout=0.1)
    assert_share(left(design) <= 24, 0.4)
    own = leaving(design.trial, design.arms[1], SEED, KEYS, STAYED)
    assert_share(own <= 24, 0.1)


def test_who_loses_more_leaves_more_by_the_odds_that_were_given() -> None:
    factor, share = 2.0, 0.2
    design = tiny(dropout={"12": 0.0, "24": share}, dropout_odds_per_10_percent_lost=factor)
    odds = share / (1 - share)
    for lost in (-0.1, 0.0, 0.1, 0.25):  # of the baseline, by the visit before
        kept = np.tile([1.0, 1 - lost, 0.5], (PEOPLE, 1))  # what comes later does not matter
        expected = odds * factor ** (10 * lost)
        assert_share(left(design, kept) <= 24, expected / (1 + expected))
    # as many who gain as lose by the same share: the mean of the two
    both = np.where(np.arange(PEOPLE)[:, None] % 2, [1.0, 0.9, 1], [1.0, 1.1, 1])
    week = left(design, both)
    assert (week[1::2] <= 24).mean() > (week[::2] <= 24).mean() + 0.1
    mean = np.mean([odds * f / (1 + odds * f) for f in (0.5, 2)])
    assert abs((week <= 24).mean() - mean) < LIMIT * math.sqrt(mean * (1 - mean) / PEOPLE)
    unknown = left(design, np.full((PEOPLE, 3), np.nan))
    assert np.array_equal(unknown, left(design))


def test_luck_is_ones_own() -> None:
    design = tiny(dropout=0.5, discontinuation=0.5, rescue={"share": 0.5, "courses": [TABLET]})
    trial, arm = design.trial, design.arms[0]
    order = np.random.default_rng(SEED).permutation(500)
    for chance in (
        lambda keys: leaving(trial, arm, SEED, keys, STAYED[: len(keys)]),
        lambda keys: stopping(trial, arm, SEED, keys),
        lambda keys: rescuing(trial, arm, SEED, keys),
    ):
        straight = chance(np.arange(500))
        assert np.array_equal(chance(order), straight[order])
        assert np.array_equal(chance(np.arange(7)), straight[:7])
    u = [np.isfinite(f) for f in (left(design), stopping(trial, arm, SEED, KEYS),
                                  rescuing(trial, arm, SEED, KEYS))]  # fmt: skip
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert_moment((u[a] - 0.5) * (u[b] - 0.5), 0.0)


def test_stopping_is_in_the_middle_of_four_weeks_that_the_share_has_reached() -> None:
    design = tiny(discontinuation={"12": 0.2, "24": 0.3})
    week = stopping(design.trial, design.arms[0], SEED, KEYS)
    assert set(np.unique(week)) == {2.0, 6.0, 10.0, 14.0, 18.0, 22.0, np.inf}
    assert_share(np.isfinite(week), 0.3)
    assert_share(week < 12, 0.2)
    beyond = tiny(discontinuation={"48": 0.4})  # half of them after the end
    assert_share(np.isfinite(stopping(beyond.trial, beyond.arms[0], SEED, KEYS)), 0.2)


def test_weeks_of_shares_are_linear_between_what_is_given() -> None:
    u = np.array([0.0, 0.05, 0.1, 0.2, 0.29, 0.3, 0.9])
    weeks = week_of({"12": 0.1, "24": 0.3}, u, 24)
    assert weeks == pytest.approx([0, 6, 12, 18, 23.4, np.inf, np.inf])
    assert week_of(0.5, np.array([0.25]), 24) == pytest.approx([12])


def test_rescue_begins_at_any_visit_from_the_first_allowed_one() -> None:
    design = tiny(visits_weeks=[0, 8, 16, 24],
                  rescue={"share": 0.3, "from_week": 8, "courses": [TABLET]})  # fmt: skip
    week = rescuing(design.trial, design.arms[0], SEED, KEYS)
    assert set(np.unique(week)) == {8.0, 16.0, np.inf}
    assert_share(week == 8, 0.15)
    assert_share(week == 16, 0.15)


def test_every_session_is_attended_as_often_as_asked_and_doses_are_scaled() -> None:
    design = tiny([dict(ACTIVE, courses=[PRP, LOTION, TABLET], adherence=0.7), CONTROL])
    arm = design.arms[0]
    groups = lived(design.trial, arm, arm.regimen, SEED, KEYS, NEVER, NEVER)
    assert sorted(np.concatenate([g.who for g in groups])) == list(KEYS)
    assert len(groups) == 2**3
    attended = {w: np.zeros(PEOPLE, dtype=bool) for w in (0.0, 4.0, 8.0)}
    for group in groups:
        for week in session_weeks(group.regimen):
            attended[week][group.who] = True
        daily = {c.therapy: c for c in group.regimen.courses if not c.weeks}
        assert daily["minoxidil"].per_day == pytest.approx(1.4)
        assert daily["finasteride"].mg_per_day == pytest.approx(0.7)
        assert all(c.platelet_fold == 4 for c in group.regimen.courses if c.weeks)
        assert set(session_weeks(group.regimen)) <= set(session_weeks(arm.regimen))
    for there in attended.values():
        assert_share(there, 0.7)
    total = np.sum(list(attended.values()), axis=0)
    assert_moment(total, 3 * 0.7)
    assert_moment((total - 2.1) ** 2, 3 * 0.7 * 0.3)  # sessions are missed apart
    whole = lived(design.trial, design.arms[1], arm.regimen, SEED, KEYS, NEVER, NEVER)
    assert len(whole) == 1
    assert whole[0].regimen == arm.regimen
    assert doses_taken(arm.regimen, 1) == arm.regimen


def test_a_session_is_missed_with_everything_that_is_done_in_it() -> None:
    needled = Session(needling={"needle_mm": 1.0, "density_per_cm2": 100}, weeks=[0, 4, 8])
    design = tiny([dict(ACTIVE, courses=[PRP], adherence=0.5), CONTROL])
    plan = Regimen(name="both", courses=[PRP], sessions=(needled,))
    for group in lived(design.trial, design.arms[0], plan, SEED, range(300), NEVER, NEVER):
        weeks = {c.weeks for c in group.regimen.courses} or {()}
        assert weeks == ({s.weeks for s in group.regimen.sessions} or {()})


def test_stopping_ends_courses_and_takes_later_sessions_away() -> None:
    plan = Regimen(name="plan", courses=[PRP, LOTION, dict(TABLET, start_week=12)])
    cut = {c.therapy: c for c in until(plan, 8.0).courses}
    assert set(cut) == {"prp", "minoxidil"}  # the tablet had not been begun
    assert cut["prp"].weeks == (0.0, 4.0)
    assert (cut["minoxidil"].start_week, cut["minoxidil"].stop_week) == (0, 8)
    assert until(plan, 0.0).courses == ()
    assert until(plan, np.inf) is plan
    early = Regimen(name="early", courses=[dict(LOTION, stop_week=4)])
    assert until(early, 8.0).courses[0].stop_week == 4
    design = tiny([dict(ACTIVE, courses=[LOTION]), CONTROL], discontinuation=0.4)
    stop = stopping(design.trial, design.arms[0], SEED, range(200))
    for group in lived(design.trial, design.arms[0], plan, SEED, range(200), stop, NEVER[:200]):
        ends = {stop[i] for i in group.who}
        assert len(ends) == 1
        assert group.regimen == until(plan, ends.pop())


def test_rescue_is_added_and_ends_the_same_treatment() -> None:
    plan = Regimen(name="plan", courses=[LOTION, PRP])
    more = (Course(**dict(LOTION, strength_percent=2)), Course(**TABLET))
    found = rescued_from(plan, more, 12.0)
    mine = [c for c in found.courses if c.therapy == "minoxidil"]
    assert [(c.strength_percent, c.start_week, c.stop_week) for c in mine] == [
        (5, 0, 12), (2, 12, None)]  # fmt: skip
    assert [c.start_week for c in found.courses if c.therapy == "finasteride"] == [12]
    assert [c.weeks for c in found.courses if c.therapy == "prp"] == [(0, 4, 8)]
    assert Regimen(name="whole", courses=found.courses).courses == found.courses


def test_a_sham_stays_one_beside_a_rescue_and_in_a_crossover() -> None:
    sham = Regimen(name="sham", courses=[PRP], sham=True)
    rescued = rescued_from(sham, (Course(**TABLET),), 12.0)
    assert [c.therapy for c in rescued.active] == ["finasteride"]
    crossed = one_after_the_other(sham, Regimen(name="PRP", courses=[PRP]), 32, "sham first")
    assert [c.weeks for c in crossed.active] == [(32, 36, 40)]
    assert session_weeks(crossed) == (0, 4, 8, 32, 36, 40)
    man = Patient(diagnosis="androgenetic_alopecia", sex="male", age=40, years_since_onset=10)
    joined = emptied(sham).model_copy(update={"name": "emptied"})
    made = simulate([man], [sham, joined, Regimen(name="saline", courses=[SALINE])],
                    weeks=24, visits_weeks=(0, 24), people="drawn", follicles=50, batches=1,
                    seed=1)  # fmt: skip
    x = made.read["total_hair_density"]
    assert np.array_equal(x[:, 0], x[:, 1])
    assert np.array_equal(x[:, 0], x[:, 2])


def test_later_moves_everything_by_as_much() -> None:
    plan = Regimen(name="plan", courses=[dict(LOTION, start_week=2, stop_week=10), PRP])
    moved = later(plan, 30)
    assert (moved.courses[0].start_week, moved.courses[0].stop_week) == (32, 40)
    assert moved.courses[1].weeks == (30, 34, 38)
    assert later(moved, -30) == plan


def test_what_an_arm_does_not_take_it_does_not_feel() -> None:
    """Stopped at once, an arm reads as one that gets nothing; its people are the same."""
    from anagen.population.entry import learn_entry
    from anagen.simulate.model import parameter_set
    from anagen.trial.replicate import Nature

    untreated = {"name": "active", "n": 20}
    stops = tiny([dict(ACTIVE, discontinuation={"0": 1.0}), CONTROL])
    none = tiny([untreated, CONTROL])
    law = learn_entry(none.population, follicles=50, people=100)
    nature = Nature(parameters=parameter_set(None), law=law, follicles=50)
    a, b = (replicate_data(d, nature, 3, 0) for d in (stops, none))
    assert np.all(a.stopped[:20] == 0)
    assert np.isinf(a.left).all()
    assert np.array_equal(a.full["total_hair_density"], b.full["total_hair_density"])
