"""What people of an arm really get, and how long they stay: adherence, stopping, rescue, leaving.

Luck is named by the person and what is decided, so that nobody's depends on who else takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import special

from anagen.regimen import Course, Regimen
from anagen.simulate.model import reading_normals
from anagen.trial.data import Floats, Ints
from anagen.trial.protocol import Arm, Shares, Trial, last

STREAM = 2_000_000
"""First stream of luck of a trial, beyond all of a person's traits and readings."""
LEAVES, STOPS, RESCUED, ATTENDS = range(STREAM, STREAM + 4)
STEP = 4.0
"""Weeks within which people who stop are taken to do so together."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Lived:
    """What one group of an arm's people got: the ``regimen``, and ``who`` they are (places)."""

    regimen: Regimen
    who: Ints


def uniforms(seed: int, keys: Sequence[int], stream: int, at: Sequence[int] = (0,)) -> Floats:
    """Numbers from 0 to 1 named by (seed, person, stream, at), shape (people, at)."""
    return np.asarray(special.ndtr(reading_normals(seed, keys, [stream], at)[0]))


def week_of(shares: Shares, u: Floats, end: float) -> Floats:
    """Week in which the cumulative ``shares`` reach ``u``; inf beyond the last of them.

    Linear in time between the given weeks; one number is the share by week ``end``.
    """
    weeks, levels = _by_week(shares, end)
    return np.where(u < levels[-1], np.interp(u, levels, weeks), np.inf)


def _by_week(shares: Shares, end: float) -> tuple[Floats, Floats]:
    """Weeks from 0 on and the cumulative shares by then; one number is the share by ``end``."""
    table = shares if isinstance(shares, dict) else {end: shares}
    given = {0.0: 0.0} | {float(week): share for week, share in table.items()}
    return np.array(list(given)), np.array(list(given.values()))


def stopping(trial: Trial, arm: Arm, seed: int, keys: Sequence[int]) -> Floats:
    """Week from which each person takes nothing more, (people,); inf: never.

    The middle of the `STEP` weeks in which it falls, so that few regimens differ; 0 for whoever
    never begins.
    """
    shares = trial.discontinuation if arm.discontinuation is None else arm.discontinuation
    if last(shares) == 0:
        return np.full(len(keys), np.inf)
    end = trial.visits_weeks[-1]
    weeks = week_of(shares, uniforms(seed, keys, STOPS)[:, 0], end)
    middle = STEP * (np.floor(np.minimum(weeks, end) / STEP) + 0.5) * (weeks > 0)
    return np.where(weeks <= end, np.minimum(middle, end), np.inf)


def rescuing(trial: Trial, arm: Arm, seed: int, keys: Sequence[int]) -> Floats:
    """Visit at which each person begins the rescue, (people,); inf: never."""
    rescue = arm.rescue or trial.rescue
    if rescue is None:
        return np.full(len(keys), np.inf)
    visits = np.array([w for w in trial.visits_weeks[:-1] if w >= rescue.from_week])
    u = uniforms(seed, keys, RESCUED)[:, 0]
    place = np.minimum(u / max(rescue.share, 1e-12) * len(visits), len(visits) - 1).astype(int)
    return np.where(u < rescue.share, visits[place], np.inf)


def intercurrent(trial: Trial, arm: Arm, seed: int, keys: Sequence[int]) -> tuple[Floats, Floats]:
    """Weeks in which people stop and begin the rescue, (people,) each; who has stopped begins none.

    As `stopping` and `rescuing` give them.
    """
    stopped, rescued = stopping(trial, arm, seed, keys), rescuing(trial, arm, seed, keys)
    return stopped, np.where(rescued < stopped, rescued, np.inf)


def leaving(trial: Trial, arm: Arm, seed: int, keys: Sequence[int], kept: Floats) -> Floats:
    r"""Week from which each person is not seen any more, (people,); inf: stays to the end.

    Between two visits the chance is that of the cumulative shares $F$,
    $h_j = (F_j - F_{j-1}) / (1 - F_{j-1})$; its odds are multiplied by
    ``dropout_odds_per_10_percent_lost`` for every 10 % of the baseline that was lost by the visit
    before. ``kept`` (people, visits): the primary endpoint over its baseline, where 1 is unchanged
    and less is worse.
    """
    shares = trial.dropout if arm.dropout is None else arm.dropout
    weeks = np.array(trial.visits_weeks)
    gone = np.full(len(keys), np.inf)
    if last(shares) == 0:
        return gone
    reached = np.interp(weeks, *_by_week(shares, float(weeks[-1])))
    reached[0] = 0.0  # who has left by week 0 is seen on it, and never again
    u = uniforms(seed, keys, LEAVES, range(len(weeks)))
    slope = np.log(trial.dropout_odds_per_10_percent_lost)
    for j in range(1, len(weeks)):
        hazard = np.clip((reached[j] - reached[j - 1]) / (1 - reached[j - 1]), 0.0, 1.0)
        lost = 10 * (1 - np.nan_to_num(kept[:, j - 1], nan=1.0))
        chance = special.expit(special.logit(hazard) + slope * lost) if slope else hazard
        goes = ~np.isfinite(gone) & (u[:, j] < chance)
        inside = weeks[j - 1] + (weeks[j] - weeks[j - 1]) * u[:, j] / np.maximum(chance, 1e-300)
        gone = np.where(goes, np.maximum(inside, np.nextafter(weeks[j - 1], np.inf)), gone)
    return gone


def lived(
    trial: Trial, arm: Arm, regimen: Regimen, seed: int, keys: Sequence[int], stopped: Floats,
    rescued: Floats,
) -> list[Lived]:  # fmt: skip
    """People of an arm by what they really get of the ``regimen``."""
    adherence = trial.adherence if arm.adherence is None else arm.adherence
    taken = doses_taken(regimen, adherence)
    weeks = session_weeks(regimen)
    attends = np.ones((len(keys), len(weeks)), dtype=bool)
    if adherence < 1 and weeks:
        at = [round(7 * week) for week in weeks]
        attends = uniforms(seed, keys, ATTENDS, at) < adherence
    groups: dict[tuple[object, ...], list[int]] = {}
    for i in range(len(keys)):
        groups.setdefault((stopped[i], rescued[i], *attends[i]), []).append(i)
    rescue = arm.rescue or trial.rescue
    found = []
    for some in groups.values():
        i = some[0]
        missed = {week for week, there in zip(weeks, attends[i], strict=True) if not there}
        own = kept_weeks(taken, partial(_not_in, missed))
        own = until(own, stopped[i])
        if rescue is not None and np.isfinite(rescued[i]):
            own = rescued_from(own, rescue.courses, float(rescued[i]))
        found.append(Lived(regimen=own, who=np.array(some)))
    return found


def _not_in(missed: set[float], week: float) -> bool:
    return week not in missed


def session_weeks(regimen: Regimen) -> tuple[float, ...]:
    """Weeks of all sessions of a regimen, each once."""
    given = {week for course in regimen.courses for week in course.weeks}
    return tuple(sorted(given | {week for one in regimen.sessions for week in one.weeks}))


def doses_taken(regimen: Regimen, share: float) -> Regimen:
    """The ``regimen`` with a share of every daily dose taken."""
    if share == 1:
        return regimen
    courses = []
    for c in regimen.courses:
        changed = {"mg_per_day": c.mg_per_day * share}
        if c.per_day is not None:
            changed["per_day"] = c.per_day * share
        courses.append(c if c.weeks else c.model_copy(update=changed))
    return regimen.model_copy(update={"courses": tuple(courses)})


def kept_weeks(regimen: Regimen, kept: Callable[[float], bool]) -> Regimen:
    """The ``regimen`` with only those sessions whose week is ``kept``."""

    def some(weeks: tuple[float, ...]) -> dict[str, tuple[float, ...]]:
        return {"weeks": tuple(week for week in weeks if kept(week))}

    courses = [c.model_copy(update=some(c.weeks)) if c.weeks else c for c in regimen.courses]
    sessions = [one.model_copy(update=some(one.weeks)) for one in regimen.sessions]
    there = [c for c, was in zip(courses, regimen.courses, strict=True) if c.weeks or not was.weeks]
    held = [session for session in sessions if session.weeks]
    return regimen.model_copy(update={"courses": tuple(there), "sessions": tuple(held)})


def until(regimen: Regimen, week: float) -> Regimen:
    """The ``regimen`` as far as it was given before ``week``."""
    if not np.isfinite(week):
        return regimen
    before = kept_weeks(regimen, lambda w: w < week)
    courses = []
    for c in before.courses:
        if not c.weeks and c.start_week >= week:
            continue
        stop = week if c.stop_week is None else min(c.stop_week, week)
        courses.append(c if c.weeks else c.model_copy(update={"stop_week": float(stop)}))
    return before.model_copy(update={"courses": tuple(courses)})


def later(regimen: Regimen, weeks: float) -> Regimen:
    """The ``regimen`` begun ``weeks`` later."""
    courses = tuple(_shifted(c, weeks) for c in regimen.courses)
    sessions = tuple(
        s.model_copy(update={"weeks": tuple(w + weeks for w in s.weeks)}) for s in regimen.sessions
    )
    return regimen.model_copy(update={"courses": courses, "sessions": sessions})


def _shifted(course: Course, weeks: float) -> Course:
    if course.weeks:
        return course.model_copy(update={"weeks": tuple(w + weeks for w in course.weeks)})
    stop = None if course.stop_week is None else course.stop_week + weeks
    return course.model_copy(update={"start_week": course.start_week + weeks, "stop_week": stop})


def one_after_the_other(first: Regimen, second: Regimen, at: float, name: str) -> Regimen:
    """The ``first`` regimen, then the ``second`` from week ``at`` on."""
    own, then = emptied(first), later(emptied(second), at)
    return own.model_copy(update={
        "name": name, "courses": (*own.courses, *then.courses),
        "sessions": (*own.sessions, *then.sessions),
    })  # fmt: skip


def held(regimen: Regimen, week: float, to: float) -> Regimen:
    """The ``regimen`` with what is taken daily up to ``week`` taken on ``to`` another."""
    courses = tuple(c.model_copy(update={"stop_week": float(to)}) if c.stop_week == week else c
                    for c in regimen.courses)  # fmt: skip
    return regimen.model_copy(update={"courses": courses})


def emptied(regimen: Regimen) -> Regimen:
    """A sham as vehicles by the same routes, so that something else can be given with it.

    What is rinsed off leaves no vehicle and is dropped.
    """
    if not regimen.sham:
        return regimen
    vehicles = tuple(c.model_copy(update={"therapy": "vehicle"})
                     for c in regimen.courses if not c.rinsed)  # fmt: skip
    return regimen.model_copy(update={"courses": vehicles, "sham": False})


def rescued_from(regimen: Regimen, courses: Sequence[Course], week: float) -> Regimen:
    """The ``regimen`` with other ``courses`` begun in ``week``; they end one of the same kind."""
    added = tuple(_shifted(c, week) for c in courses)
    same = {(c.therapy, c.route) for c in added}
    base = emptied(regimen)
    own = tuple(c for c in base.courses if (c.therapy, c.route) not in same)
    alike = tuple(c for c in base.courses if (c.therapy, c.route) in same)
    ended = until(base.model_copy(update={"courses": alike, "sessions": ()}), week).courses
    return base.model_copy(update={"courses": (*own, *ended, *added)})
