"""One replicate: who enters, how they are randomised, and what two sides or periods share.

Stochastic tests: seed 7; four standard errors, or a Kolmogorov-Smirnov p above 1e-4.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from monte_carlo import LIMIT
from scipy import stats
from tiny_trial import ACTIVE, CONTROL, FOLLICLES, LOTION, PRP, SALINE, tiny

from anagen.errors import InputError
from anagen.measurement.endpoints import UNITS
from anagen.population.entry import EntryLaw, entrants, learn_entry
from anagen.simulate import simulate
from anagen.simulate.model import parameter_set
from anagen.trial.asked_spread import coupled
from anagen.trial.data import ROWS, TrialData
from anagen.trial.design import Design
from anagen.trial.outcome import Outcome
from anagen.trial.pilot import measured_coupling, pilot_changes, still_unexplained
from anagen.trial.replicate import (
    Nature,
    assigned,
    follicles_of,
    replicate_data,
    stream_seed,
)
from anagen.trial.run import Plan, row_of

SEED = 7
ENDPOINT = "nonvellus_hair_density"
SPLIT = {"layout": "split_scalp", "endpoint": ENDPOINT}
CROSSED = {"layout": "crossover", "period_weeks": 24, "washout_weeks": 8}
NEEDLED = dict(ACTIVE, courses=[PRP])
SALT = dict(CONTROL, courses=[SALINE])
SHED = {"shed_hairs_per_day", "wash_count", "comb_count", "pull_count"}
LIVED = {"dropout": 0.3, "discontinuation": 0.2}


@cache
def law() -> EntryLaw:
    return learn_entry(tiny().population, follicles=FOLLICLES, people=200, seed=SEED)


def nature(**given: Any) -> Nature:
    return Nature(parameters=parameter_set(None), law=law(), follicles=FOLLICLES, **given)


def made(design: Design, replicate: int = 0, **given: Any) -> TrialData:
    return replicate_data(design, nature(**given), SEED, replicate)


def assert_same(a: TrialData, b: TrialData) -> None:
    assert a.patients == b.patients
    for name in set(ROWS) - {"person"}:
        assert np.array_equal(getattr(a, name), getattr(b, name)), name
    for mine, other in ((a.full, b.full), (a.columns, b.columns)):
        assert mine.keys() == other.keys()
        for name in mine:
            assert np.array_equal(mine[name], other[name], equal_nan=True), name


def changes(data: TrialData, a: int, name: str = ENDPOINT) -> np.ndarray:
    x = data.full[name][data.arm == a]
    return x[:, -1] - x[:, 0]


# ---- parallel arms -------------------------------------------------------------------------------


def test_one_more_person_and_one_more_arm_leave_the_others_as_they_were() -> None:
    arms = [NEEDLED, CONTROL]
    few = made(tiny(arms, **LIVED))
    more = made(tiny([dict(NEEDLED, n=23), CONTROL], **LIVED))
    place = np.r_[0:20, 23:43]
    assert_same(few, more.of(place))
    third = made(tiny([*arms, dict(ACTIVE, name="third")], **LIVED))
    assert_same(few, third.of(np.arange(40)))
    assert len(set(third.person)) == third.rows == 60


def test_the_same_seed_gives_the_same_bytes_and_another_replicate_other_people() -> None:
    plan = Plan(tiny([NEEDLED, CONTROL], **LIVED), "central", SEED, follicles=FOLLICLES)
    row = row_of(plan, 3)
    assert row.tobytes() == row_of(plan, 3).tobytes()
    assert row.shape == (Outcome(plan.design).width,)
    assert not np.array_equal(row, row_of(plan, 4), equal_nan=True)
    names = {stream_seed(s, r, a) for s in range(3) for r in range(50) for a in range(64)}
    assert len(names) == 3 * 50 * 64


def test_baselines_are_those_by_which_people_entered() -> None:
    """But for shed hairs, which are counted in the week after a visit, and so under treatment."""
    data = made(tiny([dict(ACTIVE, courses=[]), CONTROL]), replicate=2)
    for a in (0, 1):
        found = entrants(law(), 20, stream_seed(SEED, 2, a), columns=True)
        mine = data.of(data.arm == a)
        assert mine.patients == found.patients
        shared = set(found.columns) & set(mine.columns)
        assert {"total_hair_density", "hair_diameter", "age"} <= shared
        for name in shared - (SHED if a == 1 else set()):
            assert mine.columns[name] == pytest.approx(found.columns[name], rel=1e-12), name
        for name in shared & set(UNITS):
            assert np.array_equal(mine.columns[name], mine.full[name][:, 0]), name


def test_threads_change_nothing_of_who_is_read() -> None:
    data = made(tiny())
    who = data.of(data.arm == 0).patients
    regimen = tiny().arms[0].regimen
    read = [simulate(who, [regimen], weeks=24, visits_weeks=(0, 12, 24), follicles=FOLLICLES,
                     parameters=parameter_set(None), people="drawn", batches=1,
                     seed=stream_seed(SEED, 0, 0), threads=threads).read[ENDPOINT][:, 0]
            for threads in (1, 2)]  # fmt: skip
    assert read[0].tobytes() == read[1].tobytes()
    assert read[0].tobytes() == data.full[ENDPOINT][:20].tobytes()


def test_under_the_null_every_arm_has_one_law() -> None:
    """Another strength, adherence, stopping and rescue of an arm: none of it is left."""
    rescue = {"share": 0.5, "courses": [{"therapy": "finasteride", "route": "oral",
                                         "mg_per_day": 1}]}  # fmt: skip
    arms = [dict(ACTIVE, n=80, adherence=0.5, discontinuation=0.5, rescue=rescue),
            dict(CONTROL, courses=[dict(LOTION, strength_percent=2)], n=80)]  # fmt: skip
    design = tiny(arms)
    null, real = made(design, null=True), made(design)
    for name in (ENDPOINT, "hair_diameter"):
        same = stats.ks_2samp(changes(null, 0, name), changes(null, 1, name))
        assert same.pvalue > 1e-4, name
    assert np.isinf(null.stopped).all()
    assert np.isinf(null.rescued).all()
    assert np.isfinite(real.stopped[:80]).any()
    assert np.array_equal(changes(null, 1), changes(real, 1))  # the control has its own


def test_a_sham_is_what_a_needle_with_saline_is() -> None:
    sham = dict(NEEDLED, sham=True)
    a, b = (made(tiny([arm, CONTROL])) for arm in (sham, dict(SALT, name="active")))
    assert np.array_equal(changes(a, 0), changes(b, 0))


def test_people_enter_evenly_over_the_accrual() -> None:
    design = tiny([dict(ACTIVE, n=30), CONTROL], accrual_weeks=52, interim_weeks=[50])
    entry = made(design).entry
    for rows in (slice(0, 30), slice(30, 50)):
        n = len(entry[rows])
        assert np.diff(entry[rows]) == pytest.approx(np.full(n - 1, 52 / n))
        assert entry[rows].mean() == pytest.approx(26)
    assert (entry > 0).all()
    assert (entry < 52).all()
    half = (entry <= 26).astype(int)
    assert (half[:30].sum(), half[30:].sum()) == (15, 10)  # the arms keep their ratio


# ---- strata --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sizes", "block"), [((40, 40), None), ((60, 20), 8), ((20, 40, 20), 12)])
def test_blocks_hold_the_ratio_within_every_stratum(sizes, block) -> None:
    rng = np.random.default_rng(SEED)
    stratum = rng.choice(3, sum(sizes), p=[0.6, 0.3, 0.1])
    arm = assigned(sizes, stratum, block, seed=SEED)
    assert np.array_equal(arm, assigned(sizes, stratum, block, seed=SEED))
    ratio = np.array(sizes) / sum(sizes)
    size = block or round(1 / ratio.min() if len(set(sizes)) > 1 else len(sizes))
    for s in range(3):
        own = arm[stratum == s]
        for first in range(0, len(own) - size + 1, size):
            held = np.bincount(own[first : first + size], minlength=len(sizes))
            assert np.array_equal(held, size * ratio)
    # the order within a block is by chance: every arm is as often the first
    firsts = [assigned(sizes, np.zeros(sum(sizes), dtype=np.int64), block, seed=k)[0]
              for k in range(400)]  # fmt: skip
    share = np.bincount(firsts, minlength=len(sizes)) / 400
    assert np.all(np.abs(share - ratio) < LIMIT * np.sqrt(ratio * (1 - ratio) / 400))


def test_a_block_that_cannot_hold_the_ratio_is_refused() -> None:
    with pytest.raises(InputError, match="multiple of 5, for arms of 30, 20 people \\(given: 4"):
        assigned((30, 20), np.zeros(50, dtype=np.int64), 4, seed=1)


def test_strata_are_balanced_and_everybody_is_there_once() -> None:
    design = tiny(strata=[{"of": "age", "cuts": [40]}, {"of": ENDPOINT, "cuts": [100, 150]}],
                  block_size=4)  # fmt: skip
    data = made(design)
    assert data.rows == len(set(data.person)) == 40
    assert len({w.key for w in data.patients}) == 40
    for s in np.unique(data.stratum):
        counts = np.bincount(data.arm[data.stratum == s], minlength=2)
        assert abs(counts[0] - counts[1]) <= 2  # of a block that is not full
        ages = data.columns["age"][data.stratum == s] > 40
        density = np.searchsorted([100, 150], data.columns[ENDPOINT][data.stratum == s])
        assert len(set(ages)) == len(set(density)) == 1
    assert len(np.unique(data.stratum)) > 2


# ---- split scalp ---------------------------------------------------------------------------------


def test_the_sides_of_a_head_are_one_persons_and_are_read_apart() -> None:
    data = made(tiny([NEEDLED, SALT], dropout=0.5, **SPLIT))
    a, b = (data.of(data.arm == side) for side in (0, 1))
    assert a.patients == b.patients
    assert np.array_equal(a.person, b.person)
    assert np.array_equal(a.left, b.left)  # a person leaves with both sides
    assert np.isfinite(a.left).any()
    same, other = "follicle_density", ENDPOINT
    assert np.array_equal(a.columns[same], b.columns[same])
    assert not np.array_equal(a.columns[other], b.columns[other])
    assert np.corrcoef(a.columns[other], b.columns[other])[0, 1] > 0.5


def test_spillover_is_none_or_a_side_that_is_treated_too() -> None:
    """The whole effect beside saline is that of a head with the treatment on both sides."""
    arms = [NEEDLED, SALT]

    def read(spill: float) -> TrialData:
        return made(tiny(arms, spillover=spill, **SPLIT))

    none, half, whole = (read(spill) for spill in (0.0, 0.5, 1.0))
    plain = made(tiny(arms, **SPLIT))
    both = made(tiny([NEEDLED, dict(NEEDLED, name="also")], **SPLIT))
    for name in (ENDPOINT, "hair_diameter"):
        assert np.array_equal(none.full[name], plain.full[name])
        assert whole.full[name] == pytest.approx(both.full[name], rel=1e-12)
        middle = (none.full[name] + whole.full[name]) / 2
        assert half.full[name] == pytest.approx(middle, rel=1e-12)
    assert not np.array_equal(changes(none, 1), changes(whole, 1))
    assert np.array_equal(changes(none, 0), changes(whole, 0))  # saline does not spread


@pytest.mark.parametrize("wanted", [-0.5, 0.0, 0.8])
def test_coupled_sides_correlate_as_wanted_and_keep_means_and_variances(wanted: float) -> None:
    rng, n, simulated = np.random.default_rng(SEED), 4000, 0.4
    z = rng.multivariate_normal([0, 0], [[1, simulated], [simulated, 1]], size=(n, 2))
    base = rng.normal(150, 30, (2, n, 1))
    sides = tuple(np.concatenate([base[s], base[s] + [3, 9] + 5 * z[..., s]], 1) for s in (0, 1))
    new = coupled(sides, simulated, wanted)
    old_change, change = ([x[:, 1:] - x[:, :1] for x in pair] for pair in (sides, new))
    for s in (0, 1):
        assert np.array_equal(new[s][:, 0], sides[s][:, 0])
        assert change[s].mean(0) == pytest.approx(old_change[s].mean(0))
        assert change[s].var(0) == pytest.approx(25, rel=LIMIT * np.sqrt(2 / n))
    for v in (0, 1):
        r = np.corrcoef(change[0][:, v], change[1][:, v])[0, 1]
        assert abs(r - wanted) < LIMIT * (1 - wanted**2 + 0.2) / np.sqrt(n)
    unchanged = coupled(sides, simulated, simulated)
    assert unchanged[0] == pytest.approx(sides[0])
    with pytest.raises(InputError, match="cannot be parted"):
        coupled(sides, 1.0, 0.5)


def test_the_asked_correlation_is_that_of_the_changes_of_a_replicate() -> None:
    n, wanted = 150, 0.6
    design = tiny([dict(SALT, name="a", n=n), dict(SALT, n=n)],
                  within_person_correlation=wanted, **SPLIT)  # fmt: skip
    coupling = measured_coupling(design, nature(), n, SEED)
    data = made(design, coupling=coupling)
    r = np.corrcoef(changes(data, 0), changes(data, 1))[0, 1]
    assert abs(np.arctanh(r) - np.arctanh(wanted)) < LIMIT * np.sqrt(2 / (n - 3))


# ---- crossover -----------------------------------------------------------------------------------


def test_a_crossover_has_both_periods_of_everybody_in_two_orders() -> None:
    data = made(tiny([NEEDLED, dict(CONTROL, n=16)], dropout=0.4, **CROSSED))
    assert data.rows == 2 * 36
    assert len(set(data.person)) == 36
    for person in range(36):
        own = data.of(data.person == person)
        assert sorted(own.arm) == sorted(own.part) == [0, 1]
        assert own.patients[0] == own.patients[1]
        assert own.arm[own.part == 0] == own.sequence[0]
        if np.isfinite(own.left[own.part == 0]):
            assert not own.seen[own.part == 1].any()
    assert np.isfinite(data.left).any()
    assert np.array_equal(np.bincount(data.sequence), [40, 32])


def test_the_second_period_is_what_comes_after_the_washout() -> None:
    data = made(tiny([NEEDLED, CONTROL], **CROSSED))
    first = data.of((data.sequence == 0) & (data.part == 0))
    second = data.of((data.sequence == 0) & (data.part == 1))
    plan = tiny([NEEDLED, CONTROL]).arms[0].regimen
    later = CONTROL["courses"][0] | {"start_week": 32, "stop_week": 56}
    whole = plan.model_copy(update={"courses": (*plan.courses,
                                                type(plan.courses[0])(**later))})  # fmt: skip
    read = simulate(first.patients, [whole], weeks=56, visits_weeks=(0, 12, 24, 32, 44, 56),
                    parameters=parameter_set(None), people="drawn", follicles=FOLLICLES,
                    batches=1, seed=stream_seed(SEED, 0, 0)).read[ENDPOINT][:, 0]  # fmt: skip
    assert first.full[ENDPOINT] == pytest.approx(read[:, :3], rel=1e-12)
    assert second.full[ENDPOINT] == pytest.approx(read[:, 3:], rel=1e-12)
    assert second.columns[ENDPOINT] == pytest.approx(read[:, 3], rel=1e-12)


def test_a_crossover_with_a_lotion_has_a_null_also_with_a_washout() -> None:
    """The control twice, without a pause: both orders have one law, and the real trial its own."""
    design = tiny([NEEDLED, CONTROL], **CROSSED)
    null = made(design, null=True)
    a, b = (changes(null.of(null.part == 1), side) for side in (0, 1))
    assert stats.ks_2samp(a, b).pvalue > 1e-4
    mine, real = (x.full[ENDPOINT][(x.sequence == 1) & (x.part == 0)] for x in (null, made(design)))
    assert np.array_equal(mine, real)  # the control's own first period


# ---- how much people differ ----------------------------------------------------------------------


def test_the_control_has_the_asked_sd_of_change() -> None:
    sd, n, pilot = 30.0, 300, 300
    design = tiny([dict(ACTIVE, n=2), dict(CONTROL, n=n)], visits_weeks=[0, 12, 24],
                  endpoint=ENDPOINT, change_sd=sd)  # fmt: skip
    extra = still_unexplained(design, nature(), pilot, SEED)
    data = made(design, unexplained=extra)
    plain = made(replace_sd(design))
    assert np.array_equal(data.full[ENDPOINT][:, 0], plain.full[ENDPOINT][:, 0])
    assert np.array_equal(data.full["hair_diameter"], plain.full["hair_diameter"])
    found, own = changes(data, 1).std(ddof=1), changes(plain, 1).std(ddof=1)
    assert 0 < own < sd
    error = sd / np.sqrt(2 * n) + own**2 / sd / np.sqrt(2 * pilot)
    assert abs(found - sd) < LIMIT * error
    assert still_unexplained(replace_sd(design, 0.5), nature(), 50, SEED) == 0  # already beyond
    added = data.full[ENDPOINT][20:, 1:] - plain.full[ENDPOINT][20:, 1:]
    assert 0 < np.corrcoef(added.T)[0, 1] < 1  # a part of it stays with a person


def replace_sd(design: Design, sd: float | None = None) -> Design:
    return design.model_copy(update={"trial": design.trial.model_copy(update={"change_sd": sd})})


def test_a_pilot_is_of_the_control_and_of_as_many_follicles_as_are_counted() -> None:
    design = tiny([dict(ACTIVE, courses=[dict(LOTION)]), CONTROL], target_area_cm2=2.0)
    other = replace(nature(), null=True)
    assert np.array_equal(pilot_changes(design, nature(), 20, 5, 0),
                          pilot_changes(design, other, 20, 5, 0))  # fmt: skip
    assert follicles_of(design) == pytest.approx(2 * follicles_of(tiny()), abs=1)
