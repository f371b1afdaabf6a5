"""The test of the primary endpoint by each method that a layout has."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import get_args

import numpy as np
from scipy import special

from anagen.trial.data import Floats, Ints, TrialData
from anagen.trial.outcome import OF_TEST, Outcome
from anagen.trial.protocol import Structure
from anagen.trial.statistics.comparison import ancova, t_test
from anagen.trial.statistics.estimate import Estimate, NotEstimableError
from anagen.trial.statistics.mmrm import analyse_mmrm
from anagen.trial.statistics.paired import crossover, paired_ancova, paired_t_test

STRUCTURES = get_args(Structure)
"""Covariances from the freest on; the ones after that of the design are tried where it fails."""


def numbers_of(found: Estimate) -> Floats:
    """An estimate as numbers, (`OF_TEST`,)."""
    return np.array([getattr(found, name) for name in OF_TEST])


def tried(test: Callable[[], Estimate]) -> Floats:
    """The numbers of a test, nan where it is not possible."""
    try:
        return numbers_of(test())
    except NotEstimableError:
        return np.full(len(OF_TEST), np.nan)


def turned(numbers: Floats) -> Floats:
    """The numbers of the opposite difference."""
    estimate, se, df, low, high, p = numbers
    return np.array([-estimate, se, df, -high, -low, p])


def stratum_of(data: TrialData) -> Ints | None:
    """The stratum of every row; None where all are of one."""
    return data.stratum if np.ptp(data.stratum) > 0 else None


def by_visit(out: Outcome, change: Floats, baseline: Floats, data: TrialData) -> tuple[int, Floats]:
    """Place of the covariance that fitted (-1: none) and tests, (pairs, visits, numbers)."""
    trial, pairs = out.design.trial, out.design.pairs
    tests = np.full((len(pairs), change.shape[1] - 1, len(OF_TEST)), np.nan)
    first = STRUCTURES.index(trial.covariance)
    seen = np.isfinite(change[:, 1:]).any(axis=1)
    # a rated change begins at 0 for everybody: nothing to adjust for
    before = baseline[seen] if seen.any() and np.ptp(baseline[seen]) > 0 else None
    stratum = None
    if stratum_of(data) is not None:
        stratum = np.unique(data.stratum, return_inverse=True)[1]
    try:
        fitted = analyse_mmrm(
            change[seen, 1:], before, data.arm[seen], len(out.design.arms),
            None if stratum is None else stratum[seen], STRUCTURES[first:],
            trial.degrees_of_freedom, 1 - trial.alpha,
        )  # fmt: skip
    except NotEstimableError:  # too few people left: the replicate says so by its -1
        return -1, tests
    for k, (i, j) in enumerate(pairs):
        for v in range(tests.shape[1]):
            tests[k, v] = tried(partial(fitted.difference, i, j, v))
    return STRUCTURES.index(fitted.fit.structure), tests


def primary_tests(out: Outcome, data: TrialData) -> Floats:
    """Tests of the primary endpoint by the method of the design, (primary pairs, numbers).

    Where the mixed model is not possible, those of the analysis of covariance.
    """
    trial, pairs = out.design.trial, out.design.primary
    x = data.values(trial.endpoint, trial.estimand, trial.better)
    change, v, level = x - x[:, :1], out.primary + 1, 1 - trial.alpha
    if trial.layout == "split_scalp":
        return side_tests(out, data, x, v)[[out.method]]
    if trial.layout == "crossover":
        return period_test(out, data, change[:, v])[None]
    found = np.full((len(pairs), len(OF_TEST)), np.nan)
    if trial.analysis == "mmrm":
        seen = np.asarray(np.isfinite(change[:, 1:]).any(axis=0))
        if seen[out.primary]:
            _, tests = by_visit(out, change[:, np.append(True, seen)], x[:, 0], data)
            found = tests[: len(pairs), int(seen[: out.primary].sum())]
    for k, (i, j) in enumerate(pairs):
        one, other = (change[data.arm == a, v] for a in (i, j))
        if trial.analysis == "t_test":
            found[k] = tried(partial(t_test, one, other, level=level))
        elif not np.isfinite(found[k, 0]):
            found[k] = tried(partial(
                ancova, change[:, v], x[:, 0], data.arm, i, j, stratum=stratum_of(data),
                level=level,
            ))  # fmt: skip
    return found


def side_tests(out: Outcome, data: TrialData, x: Floats, visit: int) -> Floats:
    """Tests of the two sides of heads at one ``visit``: paired t, paired ANCOVA; (2, numbers)."""
    (i, j), level = out.design.pairs[0], 1 - out.design.trial.alpha
    a, b = ((x - x[:, :1])[data.arm == side, visit] for side in (i, j))
    before = [x[data.arm == side, 0] for side in (i, j)]
    return np.stack([tried(lambda: paired_t_test(a, b, level=level)),
                     tried(lambda: paired_ancova(a, b, *before, level=level))])  # fmt: skip


def period_test(out: Outcome, data: TrialData, change: Floats) -> Floats:
    """Test of a crossover's ``change`` (rows,) within a period, free of period effects."""
    level, order = 1 - out.design.trial.alpha, np.argsort(data.person, kind="stable")
    first, second = (order[data.part[order] == part] for part in (0, 1))
    found = tried(lambda: crossover(
        change[first], change[second], data.sequence[first], level=level).effect)  # fmt: skip
    return found if out.design.pairs[0][0] == 0 else turned(found)


def both_of(data: TrialData, x: Floats, i: int, j: int) -> tuple[Floats, Floats]:
    """Values ``x`` (rows,) under arm ``i`` and under ``j`` of the same people, (people,) each."""
    order = np.argsort(data.person, kind="stable")
    own = data.arm[order]
    return x[order[own == i]], x[order[own == j]]


def z_of(tests: Floats, better: int) -> Floats:
    """Tests, (..., numbers), as z above 0 in favour of the arm; 0 where there is none."""
    estimate, se, df = tests[..., 0], tests[..., 1], tests[..., 2]
    known = np.isfinite(estimate) & (se > 0)
    t = better * np.where(known, estimate, 0.0) / np.where(known, se, 1.0)
    return np.asarray(-special.ndtri(special.stdtr(np.where(known, df, 1.0), -t)))
