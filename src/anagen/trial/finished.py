"""The finished replicates of a scenario: read array by array, counted, summed up."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from anagen.evidence.distributions import critical_value
from anagen.trial import summary as s
from anagen.trial.data import Floats, Ints, Mask
from anagen.trial.outcome import OF_TEST, Outcome
from anagen.trial.run import Plan, Scenario
from anagen.trial.statistics.simulated_power import monte_carlo_power

ESTIMATE, SE, _, LOW, HIGH, P = range(len(OF_TEST))
HELD = 4_000_000
"""Bytes of an array up to which it is kept once read."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class Source(Protocol):
    """Somewhere that rows of finished replicates are kept: a store, or a table in memory."""

    @property
    def replicates(self) -> int:
        """How many there are to be."""

    def finished(self) -> Ints:
        """Finished replicates, in order."""

    def rows(self, columns: slice, which: Ints | None = None) -> Floats:
        """Some columns of them, (replicates, columns)."""


@dataclass(frozen=True, eq=False)
class Table:
    """Rows in memory, (replicates, width), all finished."""

    table: Floats

    @property
    def replicates(self) -> int:
        """How many."""
        return len(self.table)

    def finished(self) -> Ints:
        """Finished replicates, in order."""
        return np.arange(len(self.table))

    def rows(self, columns: slice, which: Ints | None = None) -> Floats:
        """Some columns of them, (replicates, columns)."""
        return self.table[:, columns] if which is None else self.table[which, columns]


@dataclass(frozen=True, eq=False)
class Finished:
    """The finished replicates of one scenario, read array by array; small arrays are kept."""

    out: Outcome
    store: Source
    plan: Plan | None = None
    held: dict[tuple[int, int], Floats] = field(default_factory=dict)

    @cached_property
    def which(self) -> Ints:
        """Which replicates are finished."""
        return self.store.finished()

    def __len__(self) -> int:
        return len(self.which)

    @cached_property
    def sets(self) -> Ints | None:
        """Parameter set of each; None where all have one."""
        if self.plan is None or not self.plan.drawn:
            return None
        return np.array([self.plan.draw(int(r)) for r in self.which])

    def share(self, hits: Mask, known: Mask | None = None) -> s.Share | None:
        """A share of these replicates, or of those ``known``, with its Monte-Carlo error."""
        some = np.ones(len(self), dtype=bool) if known is None else known
        return share(hits[some], None if self.sets is None else self.sets[some])

    def __getitem__(self, name: str) -> Floats:
        place = self.out.places[name]
        return self.out.array(name, self._columns(place.start, place.stop))

    def of_endpoint(self, name: str, e: int) -> Floats:
        """The array ``name`` of one endpoint, its second axis, (replicates, first, ...).

        All endpoints of all visits together would be too much to hold for many replicates.
        """
        first, endpoints, *rest = self.out.shapes[name]
        size, start = math.prod(rest), self.out.places[name].start
        begins = [start + (i * endpoints + e) * size for i in range(first)]
        parts = [self._columns(at, at + size).reshape(-1, *rest) for at in begins]
        return np.stack(parts, axis=1)

    def _columns(self, start: int, stop: int) -> Floats:
        found = self.held.get((start, stop))
        if found is None:
            found = self.store.rows(slice(start, stop), self.which)
            if found.nbytes <= HELD:
                self.held[start, stop] = found
        return found


Stores = Mapping[Scenario, Finished]


def spread(values: Floats) -> s.Spread | None:
    """Mean and quantiles of what is known of ``values``; None where nothing is."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    q = np.quantile(known, QUANTILES)
    return s.Spread(mean=float(known.mean()), **dict(zip(
        ("q05", "q25", "q50", "q75", "q95"), map(float, q), strict=True)))  # fmt: skip


def share(hits: Mask, sets: Ints | None = None) -> s.Share | None:
    r"""A share of replicates with its Monte-Carlo error and Wilson's interval; None without any.

    ``sets`` (replicates,): the parameter set of each. Where several share one, the error is that of
    the means of sets, $\sqrt{\sum_g (m_g (\bar x_g - \bar x))^2 G / (G - 1)} / n$, and the
    interval that of as many independent replicates as it is worth.
    """
    if not len(hits):
        return None
    found = monte_carlo_power(hits)
    if sets is None or len(np.unique(sets)) == len(sets) or found.se == 0:
        return s.Share(share=found.share, se=found.se, low=found.low, high=found.high,
                       replicates=found.replicates)  # fmt: skip
    _, of = np.unique(sets, return_inverse=True)
    groups = int(of.max()) + 1
    sums = np.bincount(of, weights=hits - found.share)
    se = float(np.sqrt(np.sum(sums**2) * groups / max(groups - 1, 1)) / len(hits))
    worth = max(found.share * (1 - found.share) / se**2, 2.0) if se > 0 else len(hits)
    low, high = wilson(found.share, min(worth, len(hits)))
    return s.Share(share=found.share, se=max(se, found.se), low=low, high=high,
                   replicates=found.replicates)  # fmt: skip


def wilson(share: float, n: float) -> tuple[float, float]:
    r"""Score interval of 95 % of a ``share`` $p$ of ``n`` trials, not always whole (Wilson 1927).

    $(p + z^2/2n \pm z \sqrt{p(1-p)/n + z^2/4n^2}) / (1 + z^2/n)$.
    """
    z = critical_value(0.95)
    middle, half = share + z**2 / (2 * n), z * math.sqrt(share * (1 - share) / n + (z / n) ** 2 / 4)
    return (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)


def at_stop(out: Outcome, done: Finished, pair: int, method: int) -> Floats:
    """Tests of a ``pair`` by a ``method`` as the trial ends, (replicates, `OF_TEST`).

    With interim analyses those of the design's method at the look at which it stopped.
    """
    if method == out.method and out.design.trial.interim_weeks:
        return done["stopped"][:, pair]
    return done["methods"][:, method, pair]


def decided(out: Outcome, done: Finished, pair: int) -> Floats:
    """The tests by which each replicate decides on a ``pair``, (replicates, `OF_TEST`).

    Those of the method of the design, or of the one that stands in where it is not possible.
    """
    place = out.endpoints.index(out.design.trial.endpoint)
    return done.of_endpoint("contrasts", place)[:, pair, out.primary]


def rejects(out: Outcome, done: Finished, pair: int, method: int) -> Mask:
    """Whether each replicate finds the arm of a primary ``pair`` better, by one ``method``.

    The method of the design holds the error as the design asks: after multiplicity, or at any of
    its interim analyses.
    """
    trial = out.design.trial
    own = method == out.method
    tests = decided(out, done, pair) if own else done["methods"][:, method, pair]
    good = trial.better * tests[:, ESTIMATE] > 0
    if own and trial.interim_weeks:
        looks, stop = done["looks"], done["stop"][:, 0]
        by_then = np.arange(looks.shape[1]) <= stop[:, None]
        return np.asarray((by_then & (looks[:, :, 1] > 0)).any(axis=1))
    p = done["adjusted"][:, pair] if own else tests[:, P]
    return np.asarray(good & (p < trial.alpha))


def errs(out: Outcome, done: Finished, pair: int, method: int) -> Mask:
    """Whether each replicate of a null trial finds a difference, in either direction.

    With interim analyses: whether it finds the arm better, as their boundaries are one-sided.
    """
    if method == out.method and out.design.trial.interim_weeks:
        return rejects(out, done, pair, method)
    p = done["methods"][:, method, pair, P]
    if method == out.method:
        p = done["adjusted"][:, pair]
    return np.asarray(p < out.design.trial.alpha)
