"""What a trial's answer hangs on: drawn parameters by rank correlation with the estimate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from anagen.errors import InputError
from anagen.parameters import parameter
from anagen.priors import draw_parameters
from anagen.trial.data import Floats
from anagen.trial.outcome import OF_TEST, Outcome
from anagen.trial.run import Plan
from anagen.trial.statistics.rank_correlation import by_chance, rank_correlation_se, spearman
from anagen.trial.store import Store

TOP = 5
FEWEST = 50
"""Parameter sets below which nothing is ranked."""


@dataclass(frozen=True, kw_only=True)
class Influence:
    """One parameter: rank correlation ``rho`` with the estimate, and its Monte-Carlo ``se``.

    ``kind`` says whether its number is measured, fitted or assumed; ``low`` to ``high`` [``unit``]
    is where it was drawn from.
    """

    name: str
    rho: float
    se: float
    kind: str
    low: float
    high: float
    unit: str


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """The parameters with the largest rank correlation with the estimate of one comparison.

    ``sets``: parameter sets drawn; ``parameters``: those that vary; ``by_chance``: what the largest
    of so many correlations stays below in 95 % of cases when none of the parameters matters.
    """

    arm: str
    versus: str
    sets: int
    parameters: int
    by_chance: float
    top: tuple[Influence, ...]

    @property
    def beyond_chance(self) -> tuple[Influence, ...]:
        """Those of the top whose correlation chance would hardly give."""
        return tuple(one for one in self.top if abs(one.rho) > self.by_chance)


def rank_parameters(plan: Plan, store: Store, names: Iterable[str], pair: int = 0) -> Ranking:
    """Rank the drawn parameters among ``names`` by the estimate of a ``pair`` at the primary visit.

    Replicates with the same parameter set count once, by their mean. Raises InputError where every
    replicate has the same parameters, or fewer than 10 sets are finished.
    """
    if not plan.drawn:
        given = f"(given: {plan.scenario}); rank those of 'drawn'"
        raise InputError(f"all replicates have the same parameters {given}", field="scenario")
    sets, estimate = _by_set(plan, store, pair)
    if len(sets) < FEWEST:
        problem = f"{FEWEST} parameter sets or more are needed to rank them (given: {len(sets)})"
        raise InputError(problem, field="replicates")
    table = [draw_parameters(draw, sorted(names)) for draw in sets]
    x = np.array([list(row.values()) for row in table])
    varies = np.flatnonzero(np.ptp(x, axis=0) > 0)
    rho = spearman(x[:, varies], estimate)
    order = np.argsort(-np.abs(rho), kind="stable")[:TOP]
    known = list(table[0])
    i, j = plan.design.pairs[pair]
    return Ranking(
        arm=plan.design.names[i], versus=plan.design.names[j], sets=len(sets),
        parameters=len(varies), by_chance=by_chance(len(sets), len(varies)),
        top=tuple(_influence(known[varies[k]], float(rho[k]), len(sets)) for k in order),
    )  # fmt: skip


def _by_set(plan: Plan, store: Store, pair: int) -> tuple[list[int], Floats]:
    """Parameter sets of the finished replicates, and the mean estimate under each."""
    out = Outcome(plan.design)
    which = store.finished()
    tests = out.array("methods", store.rows(out.places["methods"], which))
    estimate = tests[:, out.method, pair, OF_TEST.index("estimate")]
    known = np.isfinite(estimate)
    draws = np.array([plan.draw(int(r)) for r in which[known]], dtype=np.int64)
    sets, place = np.unique(draws, return_inverse=True)
    total = np.bincount(place, weights=estimate[known], minlength=len(sets))
    return sets.tolist(), total / np.maximum(np.bincount(place, minlength=len(sets)), 1)


def _influence(name: str, rho: float, sets: int) -> Influence:
    p = parameter(name)
    return Influence(name=name, rho=rho, se=rank_correlation_se(rho, sets), kind=p.kind, low=p.low,
                     high=p.high, unit=p.unit)  # fmt: skip
