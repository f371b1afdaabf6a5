"""Baseline of every person of a pool, and the virtual table beside the published one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from anagen.evidence.study import Record
from anagen.patient import Patient
from anagen.population.matching import EXACT, Floats, Match
from anagen.population.request import COLUMNS, PERSONAL, Request, Subgroup
from anagen.population.target import Mask, Statistic, Target, quantile
from anagen.simulate.baseline import baselines

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


class Line(Record):
    """One line of the baseline table: published, of the weighted people, of the whole pool.

    ``difference``: virtual minus published in SDs; ``possible`` is false where no weights of the
    pool meet this line together with the others.
    """

    endpoint: str
    unit: str
    subgroup: str
    statistic: Statistic
    published: float
    virtual: float | None
    pool: float | None
    difference: float | None
    reached: bool
    possible: bool


class Spread(Record):
    """How one column is spread among the weighted people."""

    endpoint: str
    unit: str
    mean: float
    sd: float
    q05: float
    q25: float
    q50: float
    q75: float
    q95: float


def columns_of(
    who: Sequence[Patient],
    p: Mapping[str, float],
    *,
    hypothesis: str,
    instrument: str,
    follicles: int,
    seed: int,
    threads: int,
) -> dict[str, Floats]:
    """Every column of a baseline table, (people,): grown and read on day 0, and of the person.

    Arguments as in `anagen.simulate.simulate`. Raises InputError.
    """
    grown = baselines(
        who, p, hypothesis=hypothesis, instrument=instrument, follicles=follicles, seed=seed,
        threads=threads, error=True,
    )  # fmt: skip
    own = {name: [getattr(w, name) for w in who] for name in (*PERSONAL, "salt")}
    stated = {
        name: np.array([np.nan if v is None else v for v in values], dtype=float)
        for name, values in own.items()
        if any(v is not None for v in values)
    }
    return {**stated, **{name: x for name, x in grown.items() if name in COLUMNS}}


def members(group: Subgroup, who: Sequence[Patient], columns: Mapping[str, Floats]) -> Mask:
    """Who of the pool is in a subgroup, (people,)."""
    found = np.ones(len(who), dtype=bool)
    for name in ("sex", "ethnicity", "postmenopausal", "pcos"):
        wanted = getattr(group, name)
        if wanted is not None:
            found &= np.array([getattr(w, name) == wanted for w in who])
    for name in ("norwood", "ludwig", "sinclair"):
        grades = getattr(group, name)
        if grades:
            found &= np.array([getattr(w, name) in grades for w in who])
    for name, (low, high) in group.within.items():
        found &= (columns[name] >= low) & (columns[name] <= high)
    return found


def masks(
    request: Request, who: Sequence[Patient], columns: Mapping[str, Floats]
) -> dict[str, Mask]:
    """Everyone under the empty name, and the members of each subgroup."""
    everyone = {"": np.ones(len(who), dtype=bool)}
    return everyone | {g.name: members(g, who, columns) for g in request.subgroup}


def table(
    targets: Sequence[Target],
    columns: Mapping[str, Floats],
    inside: Mapping[str, Mask],
    found: Match,
) -> list[Line]:
    """The virtual-against-real table, one line per target."""
    even = np.full(len(found.weights), 1 / len(found.weights))
    lines = []
    for i, target in enumerate(targets):
        x, mask = columns.get(target.of, even), inside[target.subgroup]
        virtual, pool = (target.value(x, mask, w) for w in (found.weights, even))
        lines.append(
            Line(
                endpoint=target.of,
                unit="percent" if target.statistic == "percent" else COLUMNS[target.of],
                subgroup=target.subgroup,
                statistic=target.statistic,
                published=target.published,
                virtual=_known(virtual),
                pool=_known(pool),
                difference=_known(target.difference(virtual, x)),
                reached=bool(abs(found.remainders[i]) <= EXACT),
                possible=not found.impossible[i],
            )
        )
    return lines


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def spreads(columns: Mapping[str, Floats], weights: Floats) -> list[Spread]:
    """How every column is spread among the weighted people; those not known of all are left out."""
    found = []
    for name, x in columns.items():
        if not np.all(np.isfinite(x)):
            continue
        mean = float(weights @ x)
        q = [quantile(x, weights, level) for level in LEVELS]
        sd = float(np.sqrt(max(float(weights @ (x - mean) ** 2), 0.0)))
        found.append(Spread(endpoint=name, unit=COLUMNS[name], mean=mean, sd=sd, q05=q[0],
                            q25=q[1], q50=q[2], q75=q[3], q95=q[4]))  # fmt: skip
    return found
