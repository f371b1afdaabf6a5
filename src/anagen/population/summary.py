"""The shape of what `anagen population` says: ``summary.json``, and its JSON schema."""

from __future__ import annotations

from typing import Literal

import numpy as np

from anagen.evidence.study import Record
from anagen.population.baseline import Line, Spread, spreads
from anagen.population.made import Population
from anagen.population.request import Request
from anagen.population.sources import citations


class Summary(Record):
    """A made population.

    ``people``: size of the pool; ``ess``: effective sample size [people], ``ess_exact`` that which
    meeting the whole table would leave (none: no weights meet it); ``floor`` a share of the pool.
    """

    kind: Literal["population"] = "population"
    schema_version: Literal[1] = 1
    simulated: Literal[True] = True
    seed: int
    hypothesis: str
    instrument: str
    request: Request
    people: int
    ess: float
    ess_exact: float | None
    floor: float
    reached: bool
    sentence: str
    table: list[Line]
    spreads: list[Spread]
    warnings: list[str]
    citations: list[str]


def summarise(made: Population) -> Summary:
    """The summary of a population."""
    return Summary(
        seed=made.seed, hypothesis=made.hypothesis, instrument=made.instrument,
        request=made.request, people=len(made.patients), ess=made.ess,
        ess_exact=None if np.isnan(made.ess_exact) else made.ess_exact,
        floor=made.floor, reached=made.reached,
        sentence=made.sentence, table=list(made.table),
        spreads=spreads(made.columns, made.weights), warnings=list(made.warnings),
        citations=citations(made),
    )  # fmt: skip
