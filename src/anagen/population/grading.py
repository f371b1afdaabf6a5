r"""Grades of grown people: by the hair that they have lost, as a grade of one patient is read.

A grade stands for a degree of loss at a site (`conditions.severity`), the degree for a share of
non-vellus density lost: a law of two halves about its centre. Before the loss is known every
degree of the scale, and no loss, is as likely. Who is drawn a degree that was asked for is kept.
Grades of one degree at the site, which loss cannot tell apart, follow the years since onset.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import special

from anagen.conditions.severity import DEGREES, SCALES, SITES, log_density
from anagen.parameters import load_parameters
from anagen.patient import Patient
from anagen.population.matching import Floats, Ints
from anagen.population.plausible import Rows, uniforms
from anagen.population.request import Request
from anagen.simulate.baseline import baselines
from anagen.simulate.conditioning import pattern_loss_alone, systematic

SURPLUS = 4
"""People grown for each one that is to be graded."""
EVERYONE = 1e12
"""Share that keeps whoever has any chance at all."""

Grade = str | int


@dataclass(frozen=True, kw_only=True)
class Kept:
    """How people of one scale are kept and graded.

    ``shares`` (degrees,): who has a degree that was asked for is kept with this chance; above 1
    where too few were grown. ``years``: years since onset of those kept, by degree.
    """

    shares: Floats
    years: tuple[Floats, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Graded:
    """People with their grades, in the order of their ids, and what a reader must know.

    ``kept``: how, by scale; people of no scale are kept with the one share under the empty name.
    """

    people: list[Patient]
    warnings: tuple[str, ...] = ()
    kept: Mapping[str, Kept] = field(default_factory=dict)


def graded(
    request: Request, who: Sequence[Patient], n: int, p: Mapping[str, float], *,
    hypothesis: str, follicles: int, seed: int, threads: int,
) -> Graded:  # fmt: skip
    """Choose ``n`` of the people ``who`` and grade them by their pattern loss, grown alone.

    Every scale keeps the share that it has among the first ``n``, with as many of every grade as
    far as people of it were grown; people for whom no grade was asked for have none. Where fewer
    than needed have a degree that was asked for, the nearest are taken and a warning says so.
    Raises InputError as `simulate`.
    """
    if not request.graded:
        return Graded(people=list(who[:n]))
    lost = pattern_lost(who, p, hypothesis=hypothesis, follicles=follicles, seed=seed,
                        threads=threads)  # fmt: skip
    kept = dict[str, Kept]()
    scales, found, said = np.array([scale_of(request, w) for w in who]), [], []
    for scale in np.unique(scales):
        some = np.flatnonzero(scales == scale)
        wanted = int((scales[:n] == scale).sum())
        if not scale:
            found += [who[i] for i in some[:wanted]]
            kept[""] = Kept(shares=np.array([n / len(who)]))
            continue
        asked = degrees(request, scale)
        chance = degree_chances(request, scale, lost[some])[:, : len(asked)]
        there = float(chance.sum())
        sizes = [len(g) for g in asked.values()]
        own = evened(chance, sizes, wanted) if there > wanted else np.ones(len(sizes))
        chance = chance * own
        taken = systematic(scaled(chance.sum(axis=1), wanted), wanted)
        people = [who[i] for i in some[taken]]
        grades = grades_of(list(asked.values()), chance[taken], people, seed)
        years = _years_by_degree(asked.values(), grades, people)
        more = min(scaling(chance.sum(axis=1), wanted), EVERYONE)
        kept[scale] = Kept(shares=own * more, years=years)
        found += [w.model_copy(update={scale: g}) for w, g in zip(people, grades, strict=True)]
        if there <= wanted:
            said.append(
                f"{scale}: of {len(some)} people grown only {there:.0f} have lost as much or as "
                f"little hair at the site ({request.site}) as the grades asked for; the nearest "
                f"make up {wanted}"
            )
    return Graded(people=sorted(found, key=lambda w: w.key), warnings=tuple(said), kept=kept)


def pattern_lost(
    who: Sequence[Patient], p: Mapping[str, float], *,
    hypothesis: str, follicles: int, seed: int, threads: int,
) -> Floats:  # fmt: skip
    """Share of the non-vellus density that pattern loss alone takes of each, (people,)."""
    alone = [pattern_loss_alone(w) for w in who]
    grown = baselines(alone, p, hypothesis=hypothesis, follicles=follicles, seed=seed,
                      threads=threads)  # fmt: skip
    return grown["lost"]


def scale_of(request: Request, person: Patient) -> str:
    """The scale by which a person of the request is graded; empty where none was asked for."""
    if person.sex == "male" or request.male_pattern:
        return "norwood" if request.norwood else ""
    return "ludwig" if request.ludwig else "sinclair" if request.sinclair else ""


def degrees(request: Request, scale: str) -> dict[str, list[Grade]]:
    """The grades of a ``scale`` that are asked for by degree of loss at the site, mildest first."""
    found: dict[str, list[Grade]] = {}
    for grade in SCALES[scale]:
        if grade in getattr(request, scale):
            found.setdefault(_degree(scale, grade, request.site), []).append(grade)
    return found


def _degree(scale: str, grade: Grade, site: str) -> str:
    return DEGREES[SCALES[scale][grade][SITES.index(site)]]


def degree_chances(request: Request, scale: str, lost: Floats, rows: Rows | None = None) -> Floats:
    """Chance of every degree that a ``scale`` has at the site, and of none, given what is ``lost``.

    ``lost`` (people,) is a share of the non-vellus density; below the centre of the mildest degree
    or above that of the barest it is taken for theirs. First the columns of `degrees`, those asked
    for, then the others; rows add up to 1.
    """
    table, asked = rows or load_parameters(), degrees(request, scale)
    there = {DEGREES[0]} | {_degree(scale, grade, request.site) for grade in SCALES[scale]}
    order = [*asked, *(d for d in DEGREES if d in there and d not in asked)]
    low, high = (table[f"local_loss_{d}"].value for d in (DEGREES[0], DEGREES[-1]))
    loss = np.clip(lost, low, high)
    rows_of = [table[f"local_loss_{d}"] for d in order]
    logs = np.array([log_density(loss, row.value, row.low, row.high) for row in rows_of])
    return np.asarray(special.softmax(logs, axis=0).T)


def evened(chance: Floats, grades: Sequence[int], n: int) -> Floats:
    """Share of every degree to be kept, so that ``n`` people have as many of every grade.

    ``chance`` (people, degrees), adding up to more than ``n``; ``grades``: how many a degree
    stands for. Of a rare degree all are kept.
    """
    there = chance.sum(axis=0)
    return scaled(np.array(grades) / there, n, there)


def scaled(sizes: Floats, n: float, counts: Floats | None = None) -> Floats:
    """Shares in proportion to ``sizes`` above 0, at most 1, that add up to ``n``.

    ``counts``: how often each is counted in the sum (None: once); all are 1 where ``n`` is beyond.
    """
    scale = scaling(sizes, n, counts)
    return np.minimum(sizes * scale, 1.0) if math.isfinite(scale) else np.ones(len(sizes))


def scaling(sizes: Floats, n: float, counts: Floats | None = None) -> float:
    """The factor of ``sizes`` that makes `scaled` of them; infinite where all shares are 1."""
    each = np.ones(len(sizes)) if counts is None else counts
    falling = np.argsort(sizes)[::-1]
    many, big = each[falling], sizes[falling]
    left = np.cumsum((many * big)[::-1])[::-1]
    scale = (n - np.cumsum(many) + many) / left  # were all larger ones to be 1
    within = np.flatnonzero(scale * big <= 1)
    return float(scale[within[0]]) if len(within) else math.inf


def grades_of(
    asked: Sequence[Sequence[Grade]], chance: Floats, who: Sequence[Patient], seed: int,
    others: Sequence[Floats] | None = None,
) -> list[Grade]:  # fmt: skip
    """A grade each of those ``asked`` for by degree: the degree by its chance, then by years.

    ``chance`` (people, degrees), in proportion; ``others``: years since onset by degree, rising,
    of the people among whom each is ranked (None: among themselves).
    """
    keys = np.array([w.key for w in who], dtype=int)
    most = int(keys.max(initial=0)) + 1
    edges = np.cumsum(chance, axis=1) / chance.sum(axis=1, keepdims=True)
    u = uniforms(seed, "grade", most)[keys]
    place = np.minimum((u[:, None] > edges).sum(axis=1), len(asked) - 1)
    years = _years(who)
    luck = uniforms(seed, "grade_within_degree", most)[keys]
    found: list[Grade] = [0] * len(who)
    for k, steps in enumerate(asked):
        some = np.flatnonzero(place == k)
        among = None if others is None else others[k]
        own = by_years(len(steps), years[some], luck[some], others=among)
        for i, step in zip(some, own, strict=True):
            found[i] = steps[step]
    return found


def _years(who: Sequence[Patient]) -> Floats:
    return np.array([w.pattern_years for w in who], dtype=float)


def _years_by_degree(
    asked: Iterable[Sequence[Grade]], grades: Sequence[Grade], who: Sequence[Patient]
) -> tuple[Floats, ...]:
    """Years since onset by degree of the ``grades`` given, rising."""
    years = _years(who)
    inside = ([grade in steps for grade in grades] for steps in asked)
    return tuple(np.sort(years[np.array(some, dtype=bool)]) for some in inside)


def by_years(
    steps: int, years: Floats, u: Floats, rows: Rows | None = None, others: Floats | None = None
) -> Ints:
    """A step each, as many of every one; higher with the ``years`` (a Gaussian copula).

    ``others``: years of the people, rising, among whom each is ranked (None: each other).
    """
    if steps == 1 or not len(years):
        return np.zeros(len(years), dtype=np.int64)
    if others is None:
        rank = (np.argsort(np.argsort(years, kind="stable")) + 0.5) / len(years)
    else:
        rank = (np.searchsorted(others, years) + 0.5) / (len(others) + 1)
    r = (rows or load_parameters())["correlation_grade_years"].value
    score = r * special.ndtri(rank) + math.sqrt(1 - r**2) * special.ndtri(u + 2.0**-54)
    return np.asarray(np.minimum((special.ndtr(score) * steps).astype(np.int64), steps - 1))
