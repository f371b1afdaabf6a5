r"""What one number of a design does to its power: the same people and luck for every value.

With common random numbers the difference of two designs has the variance $v_a + v_b - 2 c_{ab}$
instead of $v_a + v_b$: people, readings and who leaves are named by the seed, not drawn anew, so
that most of what differs is the design's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from anagen.errors import InputError
from anagen.trial import summary as s
from anagen.trial.data import Floats, Mask
from anagen.trial.design import Design, design_of
from anagen.trial.finished import Finished, Table, decided, rejects
from anagen.trial.outcome import OF_TEST, Outcome
from anagen.trial.run import Plan, Runner, here
from anagen.trial.statistics.simulated_power import (
    SimulatedShare,
    monte_carlo_power,
)

ESTIMATE, P = OF_TEST.index("estimate"), OF_TEST.index("p")


@dataclass(frozen=True, kw_only=True)
class Point:
    """One value of a scan: power, and the mean estimate with its Monte-Carlo error."""

    value: float | str
    power: SimulatedShare
    estimate: float
    estimate_se: float


@dataclass(frozen=True, kw_only=True)
class Step:
    """From one value to the next, by the same luck: differences and their Monte-Carlo errors.

    ``estimate_factor`` and ``power_factor``: variance of the difference over what independent
    replicates would have given (nan: none varies); 0.25 is worth four times the replicates.
    """

    before: float | str
    after: float | str
    estimate: float
    estimate_se: float
    estimate_factor: float
    power: float
    power_se: float
    power_factor: float


@dataclass(frozen=True, kw_only=True)
class Scan:
    """A scan of ``what``: a point for every value, a step between neighbours."""

    what: str
    replicates: int
    points: tuple[Point, ...]
    steps: tuple[Step, ...]


def changed(design: Design, path: str, value: Any) -> Design:
    """The ``design`` with one field at a ``path`` changed, as ``arm[0].courses[0].spacing_mm``.

    The path is that of the design file; ``*`` stands for every place of a list, as ``arm.*.n``, and
    ``arm.0`` for ``arm[0]``. Raises InputError for a path that leads nowhere or a value that cannot
    be.
    """
    tables = design.model_dump(exclude_unset=True)
    for name, plural in (("arm", "arms"), ("responder", "responders"), ("subgroup", "subgroups")):
        tables[name] = tables.pop(plural, ())
    keys = re.sub(r"\[(\d+|\*)\]", r".\1", path).split(".")
    return design_of(_with(tables, keys, value, path))


def _with(part: Any, keys: Sequence[str], value: Any, path: str) -> Any:
    """A part of the tables with the value put in, everything else as it was."""
    if not keys:
        return value
    key, rest = keys[0], keys[1:]
    if isinstance(part, list | tuple):
        places = range(len(part)) if key == "*" else [int(key)] if key.isdigit() else []
        if not places or max(places) >= len(part):
            problem = f"'{key}' is no place of a list of {len(part)}; count from 0, or write *"
            raise InputError(problem, field=path)
        return [_with(x, rest, value, path) if i in places else x for i, x in enumerate(part)]
    if not isinstance(part, Mapping) or (rest and key not in part):
        known = ", ".join(part) if isinstance(part, Mapping) else "nothing below"
        raise InputError(f"'{key}' leads nowhere (there: {known})", field=path)
    return {**part, key: _with(part.get(key), rest, value, path)}


def scan(
    plan: Plan, what: str, values: Sequence[Any], replicates: int, runner: Runner = here,
    pair: int = 0,
) -> Scan:  # fmt: skip
    """Power and estimate of a ``plan`` for every one of the ``values`` of one field.

    Parameters
    ----------
    plan
        The design, its scenario and seed.
    what, values
        Path of the field, as `changed` takes it, and what to put there, in order.
    replicates
        Replicates of every value, 2 or more; number r has the same people and luck for all.
    runner
        Who works them off.
    pair
        Which of the design's pairs of arms is compared, from 0.

    Raises
    ------
    InputError
        As `changed` and the simulation do; for fewer than two values or replicates.
    """
    designs = [changed(plan.design, what, value) for value in values]
    return scan_designs(plan, what, dict(zip(map(_named, values), designs, strict=True)),
                        replicates, runner, pair)  # fmt: skip


def _named(value: Any) -> float | str:
    return value if isinstance(value, int | float | str) else str(value)


def scan_designs(
    plan: Plan, what: str, designs: Mapping[float | str, Design], replicates: int,
    runner: Runner = here, pair: int = 0,
) -> Scan:  # fmt: skip
    """`scan` of ready ``designs`` by the name of each, in place of that of the ``plan``."""
    if len(designs) < 2 or replicates < 2:
        problem = f"two values and two replicates or more (given: {len(designs)}, {replicates})"
        raise InputError(problem, field="replicates")
    if not 0 <= pair < len(plan.design.primary):
        problem = f"must be a comparison with the control, 0 to {len(plan.design.primary) - 1}"
        raise InputError(f"{problem} (given: {pair})", field="pair")
    done = [finished(replace(plan, design=design), range(replicates), runner)
            for design in designs.values()]  # fmt: skip
    tests = [decided(one.out, one, pair) for one in done]
    hits = [rejects(one.out, one, pair, one.out.method) for one in done]
    names = list(designs)
    points = tuple(_point(*each) for each in zip(names, tests, hits, strict=True))
    steps = tuple(
        _step(names[k : k + 2], tests[k : k + 2], hits[k : k + 2]) for k in range(len(names) - 1)
    )
    return Scan(what=what, replicates=replicates, points=points, steps=steps)


def finished(plan: Plan, replicates: Sequence[int], runner: Runner = here) -> Finished:
    """Some replicates of a ``plan``, in order, kept in memory."""
    rows = dict(runner(plan, list(replicates)))
    return Finished(Outcome(plan.design), Table(np.stack([rows[r] for r in replicates])))


def decisive_tests(
    plan: Plan, replicates: Sequence[int], runner: Runner = here, pair: int = 0
) -> Floats:
    """The test by which each replicate decides on a ``pair``, (replicates, `OF_TEST`), in order."""
    done = finished(plan, replicates, runner)
    return decided(done.out, done, pair)


def _point(value: float | str, tests: Floats, hits: Mask) -> Point:
    known = tests[np.isfinite(tests[:, ESTIMATE]), ESTIMATE]
    return Point(value=value, power=monte_carlo_power(hits), estimate=float(known.mean()),
                 estimate_se=float(known.std(ddof=1) / math.sqrt(len(known))))  # fmt: skip


def _step(names: Sequence[float | str], tests: Sequence[Floats], hits: Sequence[Mask]) -> Step:
    a, b = (t[:, ESTIMATE] for t in tests)
    both = np.isfinite(a) & np.isfinite(b)
    estimate = _paired(a[both], b[both])
    power = _paired(hits[0].astype(float), hits[1].astype(float))
    return Step(
        before=names[0], after=names[1], estimate=estimate[0], estimate_se=estimate[1],
        estimate_factor=estimate[2], power=power[0], power_se=power[1], power_factor=power[2],
    )  # fmt: skip


def _paired(a: Floats, b: Floats) -> tuple[float, float, float]:
    """Mean of b - a, its Monte-Carlo error, and its variance over that of independent draws."""
    difference, apart = b - a, float(a.var(ddof=1) + b.var(ddof=1))
    own = float(difference.var(ddof=1))
    return float(difference.mean()), math.sqrt(own / len(a)), own / apart if apart else math.nan


@dataclass(frozen=True, kw_only=True)
class Factor:
    """Variance with common over that with independent random numbers, and its error (jackknife)."""

    factor: float
    se: float
    replicates: int


def crn_factor(
    one: Plan, other: Plan, replicates: int, runner: Runner = here, pair: int = 0
) -> Factor:
    """What common random numbers do for the difference of two designs' estimates, measured.

    The first is run on replicates 0 to R - 1, the ``other`` on the same and on the next R, which
    share no luck with them. Raises InputError for fewer than three replicates.
    """
    if replicates < 3:
        raise InputError(f"must be 3 or more (given: {replicates})", field="replicates")
    same, new = range(replicates), range(replicates, 2 * replicates)
    a = decisive_tests(one, same, runner, pair)[:, ESTIMATE]
    b, c = (decisive_tests(other, some, runner, pair)[:, ESTIMATE] for some in (same, new))
    known = np.isfinite(a + b + c)
    return factor_of(b[known] - a[known], c[known] - a[known])


def factor_of(common: Floats, independent: Floats) -> Factor:
    """Ratio of the variances of two sets of differences, (replicates,) each."""
    n = len(common)
    ratio = float(common.var(ddof=1) / independent.var(ddof=1))
    rest = [np.arange(n) != i for i in range(n)]
    left = np.array([common[r].var(ddof=1) / independent[r].var(ddof=1) for r in rest])
    se = math.sqrt((n - 1) / n * float(np.sum((left - left.mean()) ** 2)))
    return Factor(factor=ratio, se=se, replicates=n)


def scanned(found: Scan, arm: str, versus: str) -> s.Scanned:
    """A scan as the summary of a trial has it; ``arm`` against ``versus`` was compared."""
    return s.Scanned(
        what=found.what, arm=arm, versus=versus,
        points=[s.ScanPoint(value=p.value, power=s.Share(**vars(p.power)), estimate=p.estimate,
                            estimate_se=p.estimate_se) for p in found.points],
        steps=[s.ScanStep(
            before=x.before, after=x.after, estimate=x.estimate, estimate_se=x.estimate_se,
            power=x.power, power_se=x.power_se,
            factor=x.estimate_factor if math.isfinite(x.estimate_factor) else None,
        ) for x in found.steps],
    )  # fmt: skip


def read_scan(text: str) -> tuple[str, list[float | str]]:
    """The field and the values of ``KEY=a,b,c``. Raises InputError."""
    what, _, values = text.partition("=")
    given = [value.strip() for value in values.split(",") if value.strip()]
    if not what.strip() or len(given) < 2:
        problem = "write a field and two values or more, as arm[0].courses[0].spacing_mm=7.5,10"
        raise InputError(f"{problem} (given: {text})", field="--scan")
    return what.strip(), [_number(value) for value in given]


def _number(text: str) -> float | str:
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number
