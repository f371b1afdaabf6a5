"""From a trial's population to weighted virtual people: drawn, grown, graded, matched.

People of one trial share nature's numbers, so a pool has one parameter set: mixing draws would
take what is not known of nature for a difference between people, and the weights would then choose
among natures. For the prior predictive a population is made for each draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from anagen.conditions.healthy import unknown_group
from anagen.errors import InputError
from anagen.patient import Patient, not_simulated
from anagen.population import FLOOR, PEOPLE
from anagen.population.baseline import Line, columns_of, masks, table
from anagen.population.grading import SURPLUS, Kept, graded
from anagen.population.history import Chosen, chosen_by_history
from anagen.population.matching import Floats, Match, match
from anagen.population.plausible import plausible
from anagen.population.request import Request
from anagen.population.target import Mask, Target, moments
from anagen.simulate.model import parameter_set

SURPLUS_OF_HISTORY = 3
"""People grown for each one who is to have responded to a therapy as asked for."""
FEWEST, MOST = 50, 100_000
FOLLICLES = 250
"""Follicles grown of each person: about those of 1 cm2, so that a reading has that area's luck."""
INSTRUMENT = "phototrichogram_corrected"


@dataclass(frozen=True, kw_only=True)
class Steps:
    """How the people of a pool were chosen: `Chosen` by history, by their grades, by weights.

    ``scale`` is that of the history; ``rates`` are the shares of people that history and grades
    kept; ``multipliers`` (lines,) weigh the moments of the table.
    """

    scale: float
    kept: Mapping[str, Kept]
    rates: tuple[float, float]
    multipliers: Floats


@dataclass(frozen=True, kw_only=True)
class Population:
    """Weighted virtual people of a trial.

    ``weights`` (people,) add up to 1; ``ess`` [people]; ``columns``: baseline values by endpoint,
    (people,), as read. ``reached``: whether the table is met with the floor kept; ``sentence`` says
    so, or what is out of reach. With the same ``seed``, parameters and hypothesis `simulate` gives
    each of the ``patients``, with ``people="drawn"``, the same scalp.
    """

    request: Request
    patients: tuple[Patient, ...]
    weights: Floats
    ess: float
    ess_exact: float
    reached: bool
    sentence: str
    table: tuple[Line, ...]
    columns: Mapping[str, Floats]
    floor: float
    seed: int
    hypothesis: str
    instrument: str
    warnings: tuple[str, ...]
    steps: Steps = field(repr=False)


def make_population(
    request: Request,
    n: int = PEOPLE,
    *,
    seed: int = 0,
    threads: int = 1,
    parameters: Mapping[str, float] | None = None,
    hypothesis: str = "gradual",
    instrument: str = INSTRUMENT,
    follicles: int = FOLLICLES,
    floor: float = FLOOR,
    within_error: bool = False,
) -> Population:
    """Make a population of ``n`` plausible people, weighted to meet the published table.

    Parameters
    ----------
    request
        Who, and the published table.
    n, seed, threads
        People of the pool, the name of their luck, and threads, on which nothing depends.
    parameters, hypothesis
        One parameter set (None: the tables' central values) and how follicles shrink.
    instrument, follicles
        How baselines are read, and follicles grown of each person.
    floor
        Least effective sample size as a share of the pool.
    within_error
        Whether each line may be missed by its own standard error (needs ``n`` in the request).

    Raises
    ------
    InputError
        Limits that nobody meets, a column that this diagnosis or instrument does not have, and
        numbers out of range.
    """
    if not FEWEST <= n <= MOST:
        raise InputError(f"must lie between {FEWEST} and {MOST} (given: {n})", field="n")
    if within_error and not request.n:
        raise InputError("is missing; the errors of the published lines need it", field="n")
    p = parameter_set(parameters)
    graded_of = n * SURPLUS if request.graded else n
    judged_of = graded_of * SURPLUS_OF_HISTORY if request.history else graded_of
    drawn = plausible(request, n, seed, surplus=judged_of // n)
    wrong = not_simulated(drawn[0])
    if wrong:
        raise InputError(wrong)
    past = Chosen(people=drawn)
    if request.history:
        past = chosen_by_history(
            request, drawn, min(graded_of, len(drawn)), p, hypothesis=hypothesis,
            follicles=follicles, seed=seed, threads=threads,
        )  # fmt: skip
    chosen = graded(request, past.people, n, p, hypothesis=hypothesis, follicles=follicles,
                    seed=seed, threads=threads)  # fmt: skip
    who = chosen.people
    columns = columns_of(
        who, p, hypothesis=hypothesis, instrument=instrument, follicles=follicles, seed=seed,
        threads=threads,
    )  # fmt: skip
    targets = request.targets()
    _check_columns(request, columns)
    inside = masks(request, who, columns)
    slack = None
    if within_error:
        slack = np.array([t.slack(columns.get(t.of, np.zeros(n)), inside[t.subgroup])
                          for t in targets])  # fmt: skip
    found = match(moments(targets, columns, inside), floor, slack)
    lines = table(targets, columns, inside, found)
    return Population(
        request=request, patients=tuple(who), weights=found.weights, ess=found.ess,
        ess_exact=found.ess_exact, reached=found.reached,
        sentence=_sentence(found, targets, lines, n, floor), table=tuple(lines), columns=columns,
        floor=floor, seed=seed, hypothesis=hypothesis, instrument=instrument,
        warnings=(*past.warnings, *chosen.warnings, *_warnings(request, who, inside)),
        steps=Steps(
            scale=past.scale, kept=chosen.kept, multipliers=found.multipliers,
            rates=(past.rate, n / len(past.people)),
        ),
    )  # fmt: skip


def _check_columns(request: Request, columns: Mapping[str, Floats]) -> None:
    """Every column of the table is known of everyone."""
    asked = dict.fromkeys(request.baseline, "baseline")
    for group in request.subgroup:
        asked |= dict.fromkeys((*group.baseline, *group.within), f"subgroup.{group.name}")
    for of, where in asked.items():
        if of not in columns or not np.all(np.isfinite(columns[of])):
            have = sorted(name for name, x in columns.items() if np.all(np.isfinite(x)))
            problem = f"'{of}' is not read of these people; allowed: {', '.join(have)}"
            raise InputError(problem, field=f"population.{where}")


def _sentence(found: Match, targets: list[Target], lines: list[Line], n: int, floor: float) -> str:
    """Whether the table is met, and if not, why and how near the people come."""
    share = f"{100 * found.ess / n:.0f} % of the pool of {n}"
    if not targets:
        return f"no published table: the {n} people weigh the same"
    if found.reached:
        return f"the table is met with an effective sample size of {found.ess:.0f}, {share}"
    if found.impossible.any():
        which = [i for i in range(len(targets)) if found.impossible[i]]
        why = "no weights of the pool meet"
        if len(which) > 1 or not _alone(targets[which[0]], lines[which[0]]):
            why = f"with the other lines {why}"
    else:
        which = [int(np.argmax(np.abs(found.remainders)))]
        why = (
            f"meeting it leaves an effective sample size of {100 * found.ess_exact / n:.1f} % of "
            f"the pool, less than {100 * floor:.0f} %; furthest away is"
        )
    said = "; ".join(_nearest(targets[i], lines[i]) for i in which)
    return f"the table is not reachable: {why} {said}"


def _alone(target: Target, line: Line) -> bool:
    return line.virtual is None or target.statistic == "percent"


def _nearest(target: Target, line: Line) -> str:
    near = "nobody of the pool is in it"
    if line.virtual is not None:
        near = f"nearest with the floor kept {line.virtual:.4g}"
    return f"{target.label} ({line.unit}: published {line.published:g}, {near})"


def _warnings(request: Request, who: list[Patient], inside: Mapping[str, Mask]) -> tuple[str, ...]:
    """What a reader must know: groups without data, small subgroups, what is not drawn."""
    said = {unknown_group(w): None for w in who}
    for name, mask in inside.items():
        if mask.mean() < 0.05:
            said[f"subgroup {name}: only {100 * mask.mean():.1f} % of the pool"] = None
    if request.washout:
        said["washout: taken as long enough that nothing of the earlier therapy is left"] = None
    return tuple(s for s in said if s)
