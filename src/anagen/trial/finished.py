"""The finished replicates of a scenario: read array by array, counted, summed up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anagen.trial import summary as s
from anagen.trial.data import Floats, Ints, Mask
from anagen.trial.outcome import OF_TEST, Outcome
from anagen.trial.run import Scenario
from anagen.trial.simulated_power import monte_carlo_power
from anagen.trial.store import Store

ESTIMATE, SE, _, LOW, HIGH, P = range(len(OF_TEST))
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Finished:
    """The finished replicates of one scenario, read array by array."""

    out: Outcome
    store: Store

    @cached_property
    def which(self) -> Ints:
        """Which replicates are finished."""
        return self.store.finished()

    def __len__(self) -> int:
        return len(self.which)

    def __getitem__(self, name: str) -> Floats:
        rows = self.store.rows(self.out.places[name], self.which)
        return self.out.array(name, rows)


Stores = Mapping[Scenario, Finished]


def spread(values: Floats) -> s.Spread | None:
    """Mean and quantiles of what is known of ``values``; None where nothing is."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    q = np.quantile(known, QUANTILES)
    return s.Spread(mean=float(known.mean()), **dict(zip(
        ("q05", "q25", "q50", "q75", "q95"), map(float, q), strict=True)))  # fmt: skip


def share(hits: Mask) -> s.Share | None:
    """A share of replicates; None without any."""
    if not len(hits):
        return None
    found = monte_carlo_power(hits)
    return s.Share(share=found.share, se=found.se, low=found.low, high=found.high,
                   replicates=found.replicates)  # fmt: skip


def decided(out: Outcome, done: Finished, pair: int) -> Floats:
    """The tests by which each replicate decides on a ``pair``, (replicates, `OF_TEST`).

    Those of the method of the design, or of the one that stands in where it is not possible.
    """
    place = out.endpoints.index(out.design.trial.endpoint)
    return done["contrasts"][:, pair, place, out.primary]


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
    """Whether each replicate of a null trial finds any difference, in either direction."""
    if method == out.method and out.design.trial.interim_weeks:
        return rejects(out, done, pair, method)
    p = done["methods"][:, method, pair, P]
    if method == out.method:
        p = done["adjusted"][:, pair]
    return np.asarray(p < out.design.trial.alpha)
