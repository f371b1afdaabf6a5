"""One call: grow every patient's scalp to today and follow it under every regimen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from anagen.conditions.burden import Burden
from anagen.conditions.healthy import Floats, Scalp
from anagen.delivery.layer import Solver
from anagen.errors import InputError, unknown_word
from anagen.follicle.events import run_events
from anagen.follicle.law import FollicleLaw
from anagen.follicle.scalps import Course, Scalps
from anagen.measurement.instruments import Instrument
from anagen.patient import Patient, not_simulated
from anagen.regimen import Regimen
from anagen.simulate.clinic import biopsies, clinic_readings
from anagen.simulate.control import artefacts
from anagen.simulate.exposure import POSITIONS
from anagen.simulate.laid import SEASONAL_HISTORY, burdens_of
from anagen.simulate.model import (
    follicle_law,
    follicle_scalps,
    load_of,
    parameter_set,
    people_scalps,
)
from anagen.simulate.options import Option, history_of, options_of
from anagen.simulate.reading import (
    SHED_DAYS,
    Tool,
    mean_of,
    nonvellus_at_rest,
    read_endpoints,
    seen_endpoints,
    sums_of,
    tool,
    true_endpoints,
    with_area_luck,
)
from anagen.simulate.result import Result

People = Literal["typical", "drawn"]
MOST_WEEKS = 52 * 40
AREATA = "alopecia_areata"
SIDE, SIDES = 1_000_000, 10
"""Batches of one area of a scalp, at most, and areas of it that can be told apart."""


def simulate(
    patients: Patient | Sequence[Patient],
    regimens: Sequence[Regimen],
    *,
    weeks: float = 52,
    visits_weeks: Sequence[float] | None = None,
    parameters: Mapping[str, float] | None = None,
    hypothesis: str = "gradual",
    people: People = "typical",
    instrument: str | Instrument | None = "phototrichogram_corrected",
    follicles: int = 1000,
    batches: int = 8,
    positions: int = POSITIONS,
    solver: Solver = "closed",
    month: float | None = None,
    side: int = 0,
    seed: int = 0,
    threads: int = 1,
) -> Result:
    """Simulate ``patients`` under every one of ``regimens``.

    All regimens share a patient's history and luck, so that their difference is the therapy's.

    Parameters
    ----------
    patients, regimens
        Who, and the options.
    weeks, visits_weeks
        Horizon, and the visits (None: every four weeks); day 0 is always a visit.
    parameters
        Numbers in place of the tables' central ones, by name: a draw, or a few.
    hypothesis
        How follicles shrink: ``gradual``, ``abrupt`` or ``kenogen_driven``.
    people
        ``typical``, or ``drawn`` from the spread between people.
    instrument
        How hair is read: by pictures of an area, beside which shed hairs are collected, hairs are
        pulled and photographs rated; or by ``histology``, a biopsy at every visit. None gives true
        values only.
    follicles, batches
        Follicles simulated per patient, and in how many batches, whose spread gives the luck of
        the area read. With one batch a reading holds the instrument's error only.
    positions, solver
        Sampled positions of the target area at which delivery is followed (a square number), and
        by which solver: ``closed`` forms or finite volumes (``reference``, slow). Where an immune
        attack is grown, the places of the scalp that it strikes are the positions.
    month
        Month of day 0 for the season: 1 (January) to 13, 3.5 is the middle of March (northern half
        of the earth); None: the average over the year.
    side
        Which of the areas of a scalp that are alike (0 to 9): each has follicles and readings of
        its own, the person is the same.
    seed, threads
        Name of the luck; the result does not depend on ``threads``.

    Raises
    ------
    InputError
        An unknown word, a number out of range, or fewer follicles than the instrument reads.
    """
    who = [patients] if isinstance(patients, Patient) else list(patients)
    _check(who, regimens, people, solver, follicles, batches, seed, side)
    p, visits = parameter_set(parameters), _visits(weeks, visits_weeks)
    drawn = people == "drawn"
    scalp = people_scalps(who, p, drawn=drawn, seed=seed)
    reader = tool(instrument, p, scalp.growth_rate)
    per_batch = math.ceil(follicles / batches)
    made = prepared(
        who, scalp, regimens, p, visits[-1], follicles=per_batch, hypothesis=hypothesis,
        drawn=drawn, seed=seed, positions=positions, solver=solver, month=month,
    )  # fmt: skip
    counts = tuple(
        run_events(made.law, made.scalps, made.courses, history=made.history, visits=visits,
                   reading=reader.reading, seed=seed, replicate=SIDE * side + k, threads=threads)
        for k in range(batches)
    )  # fmt: skip
    batch = [sums_of(c, visits, p["weighing_interval"]) for c in counts]
    sums = mean_of(batch)
    bare = unattacked(who, scalp, p, made, visits, reader, seed)
    true, read = true_endpoints(sums, p, scalp, bare), dict[str, Floats]()
    if reader.instrument is not None and reader.instrument.name == "histology":
        read = biopsies(sums, reader.reading.bin_width, p, scalp, who, visits, seed)
    elif reader.instrument is not None:
        grown = made.scalps.follicles
        lucky = with_area_luck(batch, reader.instrument, scalp, who, grown, seed)
        seen = seen_endpoints(lucky, reader, p, scalp, bare)
        extra = artefacts(regimens, visits, p, hypothesis, reader.instrument.name)
        read = read_endpoints(seen, extra, reader.instrument, who, visits, p, seed, side)
        read |= clinic_readings(true, p, who, visits, seed)
    return Result(
        patients=tuple(w.id for w in who),
        options=tuple(r.name for r in regimens),
        weeks=tuple(v / 7 for v in visits),
        true=true,
        read=read,
        histogram=sums["histogram"] * scalp.follicle_density[:, None, None, None],
        bin_width=reader.reading.bin_width,
        scalp=scalp,
        counts=counts,
        exposures=tuple(option.exposures for option in made.options),
    )


@dataclass(frozen=True)
class Calm:
    """The past and the options of the same people without any immune attack."""

    history: Course | None
    options: list[Option]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A run as the engine takes it: law, patients with their follicles, past, options."""

    law: FollicleLaw
    scalps: Scalps
    history: Course | None
    options: list[Option]
    burdens: list[Burden]
    calm: Calm | None

    @property
    def courses(self) -> list[Course]:
        """The course of every option."""
        return [option.course for option in self.options]


def prepared(
    who: Sequence[Patient],
    scalp: Scalp,
    regimens: Sequence[Regimen],
    p: Mapping[str, float],
    days: int,
    *,
    follicles: int,
    hypothesis: str,
    drawn: bool,
    seed: int,
    positions: int,
    solver: Solver,
    month: float | None = None,
) -> Prepared:
    """What the follicle engine takes for the patients ``who``.

    ``scalp`` is what they bring; ``days`` to the last visit; ``follicles`` of each, or a few more,
    so that every place which an attack may strike has as many; ``drawn`` from the spread between
    people; the rest as in `simulate`. Raises InputError.
    """
    days += SHED_DAYS
    burdens = burdens_of(who, p, days, drawn=drawn, seed=seed)
    past = [max(b.history, 0 if month is None else SEASONAL_HISTORY) for b in burdens]
    places = next((len(b.place) for b in burdens if b.place is not None), 1)
    even = math.ceil(follicles / places) * places  # as many follicles at every place
    scalps = follicle_scalps(who, p, scalp, even, drawn=drawn, seed=seed, history=past)
    grown = int(np.max(scalps.history))

    def followed(laid: list[Burden]) -> Calm:
        options = options_of(
            regimens, who, p, days, hypothesis=hypothesis, drawn=drawn, seed=seed,
            positions=places if places > 1 else positions, solver=solver, burdens=laid,
            month=month, independent=load_of(who, p, drawn=drawn, seed=seed).independent,
        )  # fmt: skip
        return Calm(history_of(laid, p, grown, month), options)

    lived, calm = followed(burdens), None
    ill = any(AREATA in w.diagnoses for w in who)
    if ill and not all(_alone(w, b) for w, b in zip(who, burdens, strict=True)):
        calm = followed([replace(b, attack=None, place=None) for b in burdens])
    return Prepared(
        law=follicle_law(p, hypothesis), scalps=scalps, options=lived.options,
        history=lived.history, burdens=burdens, calm=calm,
    )  # fmt: skip


def unattacked(
    who: Sequence[Patient], scalp: Scalp, p: Mapping[str, float], made: Prepared,
    visits: Sequence[int], reader: Tool, seed: int,
) -> Floats | None:  # fmt: skip
    """Non-vellus hairs [1/cm2] that people with alopecia areata bear without it, (P, O, V).

    By themselves those of a healthy scalp; with anything else the same follicles are grown without
    the attack, under the same options. None where nobody has the disease.
    """
    if not any(AREATA in w.diagnoses for w in who):
        return None
    healthy = nonvellus_at_rest(scalp, p)[:, None, None]
    if made.calm is None:
        return healthy
    counts = run_events(
        made.law, made.scalps, [o.course for o in made.calm.options], history=made.calm.history,
        visits=visits, reading=reader.reading, daily=False, seed=seed,
    )  # fmt: skip
    shown = counts.at_visit("nonvellus") / counts.follicles * scalp.follicle_density[:, None, None]
    alone = [_alone(w, b) for w, b in zip(who, made.burdens, strict=True)]
    return np.where(np.array(alone)[:, None, None], healthy, np.maximum(shown, 1.0))


def _alone(person: Patient, burden: Burden) -> bool:
    """Whether an attack is all that is laid on a person."""
    return set(person.diagnoses) == {AREATA} and burden.plain


def _visits(weeks: float, visits_weeks: Sequence[float] | None) -> list[int]:
    """Days of the visits, 0 first."""
    if not (math.isfinite(weeks) and 1 <= weeks <= MOST_WEEKS):
        raise InputError(f"must lie between 1 and {MOST_WEEKS} (given: {weeks})", field="weeks")
    given = [*range(0, math.floor(weeks), 4), weeks] if visits_weeks is None else visits_weeks
    if not all(0 <= w <= weeks for w in given):
        problem = f"must lie between 0 and {weeks:g}, the horizon (given: {list(given)})"
        raise InputError(problem, field="visits_weeks")
    return sorted({0, *(round(7 * w) for w in given)})


def _check(
    who: Sequence[Patient],
    regimens: Sequence[Regimen],
    people: str,
    solver: str,
    follicles: int,
    batches: int,
    seed: int,
    side: int,
) -> None:
    if not 0 <= side < SIDES:
        raise InputError(f"must lie between 0 and {SIDES - 1} (given: {side})", field="side")
    if not who:
        raise InputError("empty; give at least one patient", field="patients")
    for person in who:
        wrong = not_simulated(person)
        if wrong:
            raise InputError(wrong)
    ill = [AREATA in person.diagnoses for person in who]
    if any(ill) and not all(ill):
        problem = "alopecia areata is grown over the whole scalp, apart from other diagnoses"
        raise InputError(
            f"{problem}; simulate these people in a call of their own", field="patients"
        )
    names = [r.name for r in regimens]
    if not names or len(set(names)) < len(names):
        problem = f"needs one or more, each with a name of its own (given: {names})"
        raise InputError(problem, field="regimens")
    if people not in get_args(People):
        raise InputError(unknown_word("people", people, get_args(People)), field="people")
    if solver not in get_args(Solver):
        raise InputError(unknown_word("solver", solver, get_args(Solver)), field="solver")
    if not 1 <= batches <= follicles:
        problem = f"must lie between 1 and the {follicles} follicles (given: {batches})"
        raise InputError(problem, field="batches")
    if not 0 <= seed < 2**32:
        raise InputError(f"must be a whole number from 0 to 2^32 - 1 (given: {seed})", field="seed")
