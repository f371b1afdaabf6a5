"""One replicate: new people enter, are randomised, treated, read at every visit, and some leave.

Every arm of a trial without strata has a stream of people of its own: with the same seed one more
person, or one more arm at the end of the design, changes nobody else. With strata people come in
one stream and are assigned in permuted blocks within each stratum.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from anagen.errors import InputError
from anagen.parameters import parameter
from anagen.patient import Patient
from anagen.population.entry import Entrants, EntryLaw, entrants
from anagen.regimen import Regimen
from anagen.simulate import simulate
from anagen.trial.asked_spread import coupled, unexplained, with_change
from anagen.trial.data import ROWS, Floats, Ints, TrialData
from anagen.trial.design import Design
from anagen.trial.lived import (
    Lived,
    emptied,
    held,
    intercurrent,
    leaving,
    lived,
    one_after_the_other,
    uniforms,
    until,
)
from anagen.trial.protocol import BY_NAME, MIDDLE, Arm, Subgroup

AFTER_VISIT = ("shed_hairs_per_day", "wash_count", "comb_count", "pull_count")
"""Counted over the week that begins at a visit; the baseline is that of people not yet treated."""
BEFORE = Regimen(name=" before treatment")
COMMON = 63
"""Stream of people who are randomised to any arm; the others belong to one arm each."""
STREAMS, SEEDS = 64, 1_000_003
SIDES = 2


@dataclass(frozen=True, kw_only=True)
class Nature:
    """What is alike in a whole replicate: parameters, hypothesis, who enters, follicles grown.

    ``null``: every arm gets what the control gets; ``assumed``: then with the design's
    ``difference``. ``unexplained``: SD of the change that the design asks for beyond what is
    simulated. ``coupling``: correlation between the sides of a head as it is simulated, where the
    design asks for another.
    """

    parameters: Mapping[str, float]
    law: EntryLaw
    hypothesis: str = "gradual"
    follicles: int
    null: bool = False
    unexplained: float = 0.0
    assumed: bool = False
    coupling: float | None = None

    @property
    def stays(self) -> float:
        """Part of the unexplained change that stays with a person."""
        return self.parameters["unexplained_change_that_stays"]


def follicles_of(design: Design) -> int:
    """Follicles in the area read, at the tables' density: their luck is that of a reading."""
    return max(1, round(design.trial.target_area_cm2 * parameter("follicle_density").value))


def stream_seed(seed: int, replicate: int, stream: int) -> int:
    """Name of the luck of one stream of people of one replicate."""
    return int(((seed * SEEDS + replicate) * STREAMS + stream) % 2**32)


def replicate_data(design: Design, nature: Nature, seed: int, replicate: int) -> TrialData:
    """The data of one replicate. Raises InputError where too few people enter."""
    match design.trial.layout:
        case "split_scalp":
            return _split(design, nature, stream_seed(seed, replicate, 0))
        case "crossover":
            return _joined([_sequence(design, nature, seed, replicate, first) for first in (0, 1)])
    if design.trial.strata:
        return _stratified(design, nature, stream_seed(seed, replicate, COMMON), seed, replicate)
    parts = []
    for a, arm in enumerate(design.arms):
        own = stream_seed(seed, replicate, a)
        found = entrants(nature.law, arm.n, own)
        parts.append(_arm(design, nature, a, found, own, np.zeros(arm.n, dtype=np.int64)))
    return _with_entry(design, _joined(parts))


def arm_of(design: Design, a: int, null: bool) -> Arm:
    """Arm ``a``; under the null it gets, takes and is rescued as the control, and leaves as it is.

    Who leaves is no part of the treatment: a sound analysis bears it without a false difference.
    """
    own = design.arms[a]
    if not null:
        return own
    kept = {"name": own.name, "n": own.n, "dropout": own.dropout}
    return design.arms[design.control].model_copy(update=kept)


def regimen_of_arm(design: Design, a: int, null: bool) -> Regimen:
    """What arm ``a`` is to get; under the null what the control gets, by the arm's own name."""
    return arm_of(design, a, null).regimen


def _arm(
    design: Design, nature: Nature, a: int, people: Entrants, seed: int, stratum: Ints
) -> TrialData:
    """The rows of one arm of a parallel trial."""
    trial, arm, who = design.trial, arm_of(design, a, nature.null), people.patients
    keys = [w.key for w in who]
    stopped, rescued = intercurrent(trial, arm, seed, keys)
    groups = lived(trial, arm, arm.regimen, seed, keys, stopped, rescued)
    full = readings(design, nature, who, groups, trial.visits_weeks, seed)
    full = with_assumed(design, nature, a, full)
    left = leaving(trial, arm, seed, keys, _kept(full[trial.endpoint], trial.better))
    n = len(who)
    return TrialData(
        weeks=trial.visits_weeks, patients=tuple(who), arm=np.full(n, a),
        person=np.array(keys), part=np.zeros(n, dtype=np.int64), sequence=np.full(n, a),
        stratum=stratum, entry=np.zeros(n), left=left, stopped=stopped, rescued=rescued,
        full=full, columns=columns_of(who, full),
    )  # fmt: skip


def _kept(values: Floats, better: int) -> Floats:
    """The endpoint over its baseline; where less is better, what is left to lose over that."""
    base = np.where(values[:, :1] > 0, values[:, :1], np.nan)
    return values / base if better > 0 else 2 - values / base


def readings(
    design: Design, nature: Nature, who: Sequence[Patient], groups: Sequence[Lived],
    weeks: Sequence[float], seed: int, side: int = 0,
) -> dict[str, Floats]:  # fmt: skip
    """Every endpoint of ``who`` at the ``weeks``, (people, visits), under what each really got."""
    season = design.trial.season_start
    _, visit = np.unique([round(7 * week) for week in weeks], return_inverse=True)
    found: dict[str, Floats] = {}
    for group in groups:
        made = simulate(
            [who[i] for i in group.who], [group.regimen, BEFORE], weeks=max(weeks[-1], 1),
            visits_weeks=weeks, parameters=nature.parameters, hypothesis=nature.hypothesis,
            people="drawn", instrument=design.trial.instrument, follicles=nature.follicles,
            batches=1, month=None if season is None else MIDDLE[season], side=side, seed=seed,
        )  # fmt: skip
        for name, x in made.read.items():
            rows = found.setdefault(name, np.full((len(who), len(weeks)), np.nan))
            rows[group.who] = x[:, 0][:, visit]
            if name in AFTER_VISIT:
                rows[group.who, 0] = x[:, 1, 0]
    more = unexplained(who, weeks, nature.unexplained, nature.stays, seed, side)
    return with_change(found, design.trial.endpoint, more)


def with_assumed(
    design: Design, nature: Nature, a: int, full: dict[str, Floats]
) -> dict[str, Floats]:
    """Readings with the design's ``difference``, where it is assumed: none in the control.

    It rises evenly to the primary visit and stays (assumed).
    """
    if not nature.assumed or a == design.control or design.trial.difference is None:
        return full
    rise = np.minimum(np.array(design.trial.visits_weeks) / design.trial.primary, 1.0)
    name = design.trial.endpoint
    return with_change(full, name, design.trial.difference * rise + 0 * full[name])


def columns_of(who: Sequence[Patient], full: Mapping[str, Floats]) -> dict[str, Floats]:
    """What is known of people on day 0 as numbers, (people,); nan where it is not."""
    own = ("age", "years_since_onset", "years_of_pattern_loss", "episode_weeks")
    stated = {name: np.array([_number(getattr(w, name)) for w in who]) for name in own}
    return stated | {name: np.asarray(x[:, 0]) for name, x in full.items()}


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _joined(parts: Sequence[TrialData]) -> TrialData:
    """The rows of several parts; people are numbered anew, each once."""
    first, people = parts[0], 0
    numbers = []
    for part in parts:
        _, own = np.unique(part.person, return_inverse=True)
        numbers.append(own + people)
        people += int(own.max(initial=-1)) + 1
    arrays: dict[str, Any] = {n: np.concatenate([getattr(part, n) for part in parts]) for n in ROWS}
    return TrialData(
        weeks=first.weeks, patients=tuple(w for part in parts for w in part.patients),
        **arrays | {"person": np.concatenate(numbers)},
        full={n: np.concatenate([part.full[n] for part in parts]) for n in first.full},
        columns={n: np.concatenate([part.columns[n] for part in parts]) for n in first.columns},
        direct=None if first.direct is None else np.concatenate(
            [part.direct for part in parts if part.direct is not None]),
    )  # fmt: skip


def _with_entry(design: Design, data: TrialData) -> TrialData:
    """Entry evenly over the time of accrual; the arms take turns by their sizes."""
    if design.trial.accrual_weeks == 0:
        return data
    n = np.array([arm.n for arm in design.arms])
    place = np.concatenate(
        [(np.arange(k) + 0.5) / k for k in np.bincount(data.arm, minlength=len(n))]
    )
    entry = design.trial.accrual_weeks * place
    return replace(data, entry=entry)


# ---- strata --------------------------------------------------------------------------------------


def group_of(split: Subgroup, who: Sequence[Patient], columns: Mapping[str, Floats]) -> Ints:
    """Which group of a ``split`` each person is in, (people,), from 0; -1: not known."""
    if split.of in BY_NAME:
        words = [getattr(w, split.of) for w in who]
        order = {word: i for i, word in enumerate(sorted({str(w) for w in words if w is not None}))}
        return np.array([-1 if w is None else order[str(w)] for w in words])
    x = columns[split.of]
    return np.where(np.isfinite(x), np.searchsorted(np.array(split.cuts), x, side="left"), -1)


def _stratified(design: Design, nature: Nature, own: int, seed: int, replicate: int) -> TrialData:
    """One stream of people, assigned to the arms in permuted blocks within strata."""
    sizes = [arm.n for arm in design.arms]
    people = entrants(nature.law, sum(sizes), own, columns=True)
    stratum = np.zeros(sum(sizes), dtype=np.int64)
    for split in design.trial.strata:
        if split.of not in BY_NAME and split.of not in people.columns:
            known = ", ".join(sorted(people.columns))
            raise InputError(f"'{split.of}' is not known on day 0; allowed: {known}",
                             field="trial.strata")  # fmt: skip
        groups = group_of(split, people.patients, people.columns)
        stratum = stratum * (int(groups.max(initial=0)) + 2) + groups + 1
    arm = assigned(
        sizes, stratum, design.trial.block_size, stream_seed(seed, replicate, COMMON - 1)
    )
    parts = [
        _arm(design, nature, a, people.of(np.flatnonzero(arm == a)), own, stratum[arm == a])
        for a in range(len(sizes))
    ]
    data, order = (
        _joined(parts),
        np.concatenate([np.flatnonzero(arm == a) for a in range(len(sizes))]),
    )
    entry = design.trial.accrual_weeks * (order + 0.5) / len(order)
    return replace(data, entry=entry)


def assigned(sizes: Sequence[int], stratum: Ints, block: int | None, seed: int) -> Ints:
    """The arm of each person in order of entry: permuted blocks within strata, (people,).

    A block holds every arm in the ratio of the ``sizes`` (the smallest such block, or of ``block``
    people). Raises InputError for a block that cannot hold the ratio.
    """
    ratio = np.array(sizes) // math.gcd(*sizes)
    if block is not None and block % ratio.sum():
        problem = f"must be a multiple of {ratio.sum()}, for arms of {', '.join(map(str, sizes))}"
        raise InputError(f"{problem} people (given: {block})", field="trial.block_size")
    times = 1 if block is None else block // int(ratio.sum())
    members = np.repeat(np.arange(len(sizes)), ratio * times)
    found = np.empty(len(stratum), dtype=np.int64)
    for s in np.unique(stratum):
        own = np.flatnonzero(stratum == s)
        blocks = -(-len(own) // len(members))
        u = uniforms(seed, range(blocks), int(s), range(len(members)))
        found[own] = members[np.argsort(u, axis=1, kind="stable")].ravel()[: len(own)]
    return found


# ---- split scalp, crossover ----------------------------------------------------------------------


def _split(design: Design, nature: Nature, seed: int) -> TrialData:
    """Both sides of every head: the one arm on a side, the other on the other."""
    n = design.arms[0].n
    people = entrants(nature.law, n, seed)
    parts = [_arm_side(design, nature, a, people, seed) for a in range(SIDES)]
    left = np.minimum(parts[0].left, parts[1].left)  # a person leaves with both sides
    full = [dict(part.full) for part in parts]
    wanted = design.trial.within_person_correlation
    if wanted is not None and nature.coupling is not None:
        name = design.trial.endpoint
        full = [f | {name: x} for f, x in zip(full, coupled(
            (full[0][name], full[1][name]), nature.coupling, wanted), strict=True)]  # fmt: skip
    zero = np.zeros(n, dtype=np.int64)
    sides = [replace(part, full=f, left=left, part=np.full(n, a), sequence=zero)
             for a, (part, f) in enumerate(zip(parts, full, strict=True))]  # fmt: skip
    both = _joined(sides)
    return replace(both, person=np.tile(np.arange(n), SIDES))


def _arm_side(design: Design, nature: Nature, a: int, people: Entrants, seed: int) -> TrialData:
    """One side of every head, with what spills over from the other."""
    trial, arm, who = design.trial, arm_of(design, a, nature.null), people.patients
    keys = [w.key for w in who]
    stopped, rescued = intercurrent(trial, arm, seed, keys)

    def read(plan: Regimen) -> dict[str, Floats]:
        groups = lived(trial, arm, plan, seed, keys, stopped, rescued)
        return readings(design, nature, who, groups, trial.visits_weeks, seed, side=a)

    direct = with_assumed(design, nature, a, read(arm.regimen))
    other, full = regimen_of_arm(design, 1 - a, nature.null), direct
    alone = alone_of(other, arm.regimen)
    if trial.spillover > 0 and alone.active:
        spilt, sham = read(other), read(shammed(other, alone))
        full = {name: x + trial.spillover * (spilt[name] - sham[name]) for name, x in full.items()}
    if trial.spillover > 0 and nature.assumed and a == design.control:
        there = with_assumed(design, nature, 1 - a, full)[trial.endpoint]
        more = trial.spillover * (there - full[trial.endpoint])
        full = with_change(full, trial.endpoint, more)
    left = leaving(trial, arm, seed, keys, _kept(full[trial.endpoint], trial.better))
    n = len(who)
    zero = np.zeros(n, dtype=np.int64)
    return TrialData(
        weeks=trial.visits_weeks, patients=tuple(who), arm=np.full(n, a), person=np.array(keys),
        part=zero, sequence=zero, stratum=zero, entry=np.zeros(n), left=left, stopped=stopped,
        rescued=rescued, full=full, columns=columns_of(who, full),
        direct=direct[trial.endpoint],
    )  # fmt: skip


def alone_of(other: Regimen, own: Regimen) -> Regimen:
    """What of the ``other`` side's regimen a side does not get itself."""
    kept = tuple(c for c in other.courses if c not in own.courses)
    return other.model_copy(update={"courses": kept})


def shammed(regimen: Regimen, part: Regimen) -> Regimen:
    """The ``regimen`` with those courses empty that are also in ``part``."""
    empty = emptied(part.model_copy(update={"sham": True})).courses
    rest = tuple(c for c in regimen.courses if c not in part.courses)
    return regimen.model_copy(update={"courses": (*rest, *empty)})


def _sequence(design: Design, nature: Nature, seed: int, replicate: int, first: int) -> TrialData:
    """Both periods of the people who have arm ``first`` first."""
    trial, arm, own = design.trial, design.arms[first], stream_seed(seed, replicate, first)
    people = entrants(nature.law, arm.n, own)
    who, keys = people.patients, [w.key for w in people.patients]
    assert trial.period_weeks is not None
    again = trial.period_weeks + trial.washout_weeks
    weeks = [*trial.visits_weeks, *(again + w for w in trial.visits_weeks)]
    plans = [until(regimen_of_arm(design, a, nature.null), trial.period_weeks)
             for a in (first, 1 - first)]  # fmt: skip
    if nature.null:  # the same lotion twice: how its response returns after a pause is not known
        plans[0] = held(plans[0], trial.period_weeks, again)
    whole = one_after_the_other(plans[0], plans[1], again, arm.name)
    never = np.full(len(who), np.inf)
    groups = lived(trial, arm, whole, own, keys, never, never)
    full = readings(design, replace(nature, unexplained=0.0), who, groups, weeks, own)
    v = len(trial.visits_weeks)
    left = leaving(trial, arm, own, keys, _kept(full[trial.endpoint][:, :v], trial.better))
    parts = []
    for period, a in enumerate((first, 1 - first)):
        part = {name: x[:, period * v : (period + 1) * v] for name, x in full.items()}
        more = unexplained(who, trial.visits_weeks, nature.unexplained, nature.stays, own,
                           period=period)  # fmt: skip
        part = with_assumed(design, nature, a, with_change(part, trial.endpoint, more))
        n = len(who)
        gone = left if period == 0 else np.where(np.isfinite(left), -1.0, np.inf)
        parts.append(TrialData(
            weeks=trial.visits_weeks, patients=tuple(who), arm=np.full(n, a),
            person=np.array(keys), part=np.full(n, period), sequence=np.full(n, first),
            stratum=np.zeros(n, dtype=np.int64), entry=np.zeros(n), left=gone, stopped=never,
            rescued=never, full=part, columns=columns_of(who, part),
        ))  # fmt: skip
    both = _joined(parts)
    return replace(both, person=np.tile(np.arange(len(who)), 2))
