r"""Who enters a trial: streams of people who meet its published table, its grades and its history.

A pool of people is weighted once to the table (`make_population`). What chose and weighted them is
kept as a law that gives any other candidate a chance to enter: by how earlier therapies did, by
what hair is lost, by the tilt $e^{\lambda \cdot c}$ that meets the table. The chance depends on the
candidate and the law alone (acceptance sampling; von Neumann 1951, from memory). Each trial then
has candidates of its own, and one more entrant, or arm, changes nobody else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from anagen.errors import InputError
from anagen.patient import Patient
from anagen.population import FLOOR
from anagen.population.baseline import Line, columns_of, members
from anagen.population.grading import (
    Kept,
    degree_chances,
    degrees,
    grades_of,
    pattern_lost,
    scale_of,
)
from anagen.population.history import chances, shares
from anagen.population.made import FOLLICLES, INSTRUMENT, Population, make_population
from anagen.population.matching import Floats, Ints
from anagen.population.plausible import plausible, uniforms
from anagen.population.request import PERSONAL, Request, Subgroup
from anagen.population.target import Target
from anagen.simulate.model import parameter_set

PEOPLE = 1000
"""People of the pool from which a law of entry is learnt."""
MOST = 200
"""Candidates looked at for each one who is to enter."""
BEYOND = 2.0
"""Standard errors of their number by which more entrants are expected of the candidates drawn."""


@dataclass(frozen=True, kw_only=True)
class Tilt:
    r"""Chance to enter by some lines of the table, $\min(1, e^{\lambda \cdot c - m})$.

    ``targets`` give the moments $c$, with their ``multipliers`` $\lambda$; ``groups``: subgroups
    that they are of; ``largest`` $m$: the largest exponent met in the pool, beyond which it is cut.
    """

    targets: tuple[Target, ...]
    multipliers: tuple[float, ...]
    groups: tuple[Subgroup, ...]
    largest: float = 0.0

    @property
    def is_read(self) -> bool:
        """Whether a scalp must be grown and read for it."""
        return bool(_grown(self.targets, self.groups))

    def exponent(self, who: Sequence[Patient], columns: Mapping[str, Floats]) -> Floats:
        r"""$\lambda \cdot c$ of each, (people,), summed line by line so that the order is fixed."""
        inside = {"": np.ones(len(who), dtype=bool)}
        inside |= {group.name: members(group, who, columns) for group in self.groups}
        total = np.zeros(len(who))
        for lam, target in zip(self.multipliers, self.targets, strict=True):
            x = columns.get(target.of, np.zeros(len(who)))
            total += lam * target.moment(x, inside[target.subgroup])
        return total

    def chance(self, who: Sequence[Patient], columns: Mapping[str, Floats]) -> Floats:
        """Chance to enter, (people,); who has a value that cannot be read (NaN) stays out."""
        return np.asarray(np.exp(np.minimum(self.exponent(who, columns) - self.largest, 0.0)))


@dataclass(frozen=True, kw_only=True)
class EntryLaw:
    """Chance of a candidate to enter a trial, learnt from a pool of ``people`` on one nature.

    ``stated`` and ``read`` are the parts of the table's tilt that are known before and after a
    scalp is grown, ``scale`` and ``kept`` what history and grades do (`Steps`); ``rate`` is the
    share of candidates expected to enter. ``ess`` [people] to ``warnings`` are those of the pool
    (`Population`).
    """

    request: Request
    parameters: Mapping[str, float]
    hypothesis: str
    instrument: str
    follicles: int
    stated: Tilt
    read: Tilt
    scale: float
    kept: Mapping[str, Kept]
    rate: float
    people: int
    seed: int
    floor: float
    ess: float
    ess_exact: float
    reached: bool
    sentence: str
    table: tuple[Line, ...]
    warnings: tuple[str, ...]


def learn_entry(
    request: Request,
    p: Mapping[str, float] | None = None,
    *,
    hypothesis: str = "gradual",
    instrument: str = INSTRUMENT,
    follicles: int = FOLLICLES,
    people: int = PEOPLE,
    floor: float = FLOOR,
    seed: int = 0,
    threads: int = 1,
) -> EntryLaw:
    """Learn who enters the trial of a ``request`` where nature's numbers are ``p``.

    Parameters
    ----------
    request
        Who, and the published table.
    p, hypothesis
        One parameter set (None: the tables' central values) and how follicles shrink.
    instrument, follicles
        How baselines are read, and follicles grown of each person.
    people, floor, seed, threads
        The pool, as in `make_population`.

    Raises
    ------
    InputError
        As `make_population`. A table out of reach is no error: ``reached`` is false, ``sentence``
        says what is missed, and the entrants are as near to it as the floor lets the pool be.
    """
    made = make_population(
        request, people, seed=seed, threads=threads, parameters=p, hypothesis=hypothesis,
        instrument=instrument, follicles=follicles, floor=floor,
    )  # fmt: skip
    stated, read = (_tilt(made, before) for before in (True, False))
    tilts = [tilt.chance(made.patients, made.columns) for tilt in (stated, read)]
    steps, rate = made.steps, math.prod(made.steps.rates) * float(np.mean(tilts[0] * tilts[1]))
    # chances matter in proportion: where none is cut they are made as large as can be
    scale, share = max(steps.scale, 1.0), 1.0
    if steps.kept:
        share = min(max(float(of.shares.max()) for of in steps.kept.values()), 1.0)
    kept = {name: replace(of, shares=of.shares / share) for name, of in steps.kept.items()}
    rate /= share * min(steps.scale, 1.0)
    return EntryLaw(
        request=request, parameters=parameter_set(p), hypothesis=hypothesis, instrument=instrument,
        follicles=follicles, stated=stated, read=read, scale=scale, kept=kept, rate=rate,
        people=people, seed=seed, floor=floor, ess=made.ess, ess_exact=made.ess_exact,
        reached=made.reached, sentence=made.sentence, table=made.table, warnings=made.warnings,
    )  # fmt: skip


def _tilt(made: Population, before: bool) -> Tilt:
    """The lines of the table that are known ``before`` anything is grown, or the others."""
    request, of = made.request, {group.name: group for group in made.request.subgroup}
    lines = [
        (_fixed(target, made.columns), float(lam))
        for target, lam in zip(request.targets(), made.steps.multipliers, strict=True)
        if _is_stated(target, of.get(target.subgroup)) == before
    ]
    groups = tuple(of[name] for name in {t.subgroup: None for t, _ in lines} if name)
    tilt = Tilt(
        targets=tuple(t for t, _ in lines), multipliers=tuple(lam for _, lam in lines),
        groups=groups,
    )  # fmt: skip
    return replace(tilt, largest=float(tilt.exponent(made.patients, made.columns).max()))


def _is_stated(target: Target, group: Subgroup | None) -> bool:
    """Whether a line is of what is known of a candidate before anything is grown."""
    graded = group is not None and bool(group.norwood or group.ludwig or group.sinclair)
    return not graded and not _grown((target,), () if group is None else (group,))


def _grown(targets: Sequence[Target], groups: Sequence[Subgroup]) -> set[str]:
    """Columns of the lines and of their subgroups that only a grown scalp has."""
    named = {target.of for target in targets} | {name for g in groups for name in g.within}
    return named - {"", *PERSONAL}


def _fixed(target: Target, columns: Mapping[str, Floats]) -> Target:
    """The line in units of the pool where it has no unit of its own."""
    return replace(target, spread=target.scale(columns[target.of])) if target.of else target


@dataclass(frozen=True, kw_only=True)
class Entrants:
    """Who entered, by rising key, and their baselines by name, (people,), where asked for."""

    patients: tuple[Patient, ...]
    columns: Mapping[str, Floats] = field(default_factory=dict)

    def of(self, which: Ints) -> Entrants:
        """Some of them, by place."""
        return Entrants(
            patients=tuple(self.patients[i] for i in which),
            columns={name: x[which] for name, x in self.columns.items()},
        )


def entrants(
    law: EntryLaw, n: int, seed: int, *, threads: int = 1, columns: bool = False
) -> Entrants:
    """Take the first ``n`` who enter of the stream of candidates that a ``seed`` names.

    Candidate k is person k of `plausible` and enters if the uniform number of that name is below
    the chance that the ``law`` gives: the first ``n`` are the same whatever ``n`` is, and nobody
    comes twice. With ``columns`` also their baselines, as `simulate` with the same parameters and
    seed, ``people="drawn"`` and as many follicles in one batch reads them on day 0. Nothing depends
    on ``threads``. Raises InputError where fewer than ``n`` of 200 ``n`` candidates enter, and for
    numbers out of range.
    """
    if n < 1:
        raise InputError(f"must be 1 or more (given: {n})", field="n")
    if not 0 <= seed < 2**32:
        raise InputError(f"must be a whole number from 0 to 2^32 - 1 (given: {seed})", field="seed")
    found, done, rate = list[Patient](), 0, law.rate
    while len(found) < n and done < MOST * n:
        short = n - len(found)
        size = (short + BEYOND * math.sqrt(short)) / max(rate, 1 / MOST)
        first, done = done, min(done + math.ceil(size), MOST * n)
        u = uniforms(seed, "entry", done)[first:]
        found += _entering(law, plausible(law.request, done, seed, first=first), u, seed, threads)
        rate = len(found) / done
    if len(found) < n:
        problem = f"only {len(found)} of {done} candidates enter the trial, {n} are needed"
        raise InputError(f"{problem}; widen the limits or the table", field="population")
    who = tuple(found[:n])
    return Entrants(patients=who, columns=_columns(law, who, seed, threads) if columns else {})


def _entering(
    law: EntryLaw, who: list[Patient], u: Floats, seed: int, threads: int
) -> list[Patient]:
    """Those of ``who`` who enter; every step sees only whom the last one left, cheapest first."""
    who, u = _left(who, u, law.stated.chance(who, _stated(who)))
    if who and math.isfinite(law.scale):
        judge = chances(
            law.request, who, law.parameters, hypothesis=law.hypothesis, follicles=law.follicles,
            seed=seed, threads=threads,
        )  # fmt: skip
        who, u = _left(who, u, shares(judge, law.scale))
    if who and law.kept:
        who, u = _graded(law, who, u, seed, threads)
    if who and law.read.targets:
        x = _columns(law, who, seed, threads) if law.read.is_read else _stated(who)
        who, u = _left(who, u, law.read.chance(who, x))
    return who


def _left(who: Sequence[Patient], u: Floats, chance: Floats) -> tuple[list[Patient], Floats]:
    """Who is left after a step: those with ``u`` below it, and their numbers anew uniform."""
    some = np.flatnonzero(u < chance)
    return [who[i] for i in some.tolist()], u[some] / chance[some]


def _graded(
    law: EntryLaw, who: Sequence[Patient], u: Floats, seed: int, threads: int
) -> tuple[list[Patient], Floats]:
    """Who is left by grades, each with his own, of the ``kept`` scales of the law."""
    request, chance, found = law.request, np.zeros(len(who)), list(who)
    scales = np.array([scale_of(request, w) for w in who])
    for scale, kept in law.kept.items():
        some = np.flatnonzero(scales == scale)
        if not len(some):
            continue
        if not scale:
            chance[some] = kept.shares
            continue
        alike = [who[i] for i in some.tolist()]
        lost = pattern_lost(
            alike, law.parameters, hypothesis=law.hypothesis,
            follicles=law.follicles, seed=seed, threads=threads,
        )  # fmt: skip
        asked = degrees(request, scale)
        own = degree_chances(request, scale, lost)[:, : len(asked)] * kept.shares
        chance[some] = np.minimum(own.sum(axis=1), 1.0)
        into = np.flatnonzero(u[some] < chance[some])
        people = [alike[i] for i in into.tolist()]
        grades = grades_of(list(asked.values()), own[into], people, seed, kept.years)
        for i, person, grade in zip(some[into], people, grades, strict=True):
            found[i] = person.model_copy(update={scale: grade})
    return _left(found, u, chance)


def _columns(law: EntryLaw, who: Sequence[Patient], seed: int, threads: int) -> dict[str, Floats]:
    return columns_of(
        who, law.parameters, hypothesis=law.hypothesis, instrument=law.instrument,
        follicles=law.follicles, seed=seed, threads=threads,
    )  # fmt: skip


def _stated(who: Sequence[Patient]) -> dict[str, Floats]:
    """Columns that are known before anything is grown; NaN where not."""
    return {name: np.array([getattr(w, name) for w in who], dtype=float) for name in PERSONAL}
