"""Whether the answer would survive worse courses of those who left."""

from __future__ import annotations

import zlib

import numpy as np

from anagen.trial.data import Floats, TrialData
from anagen.trial.outcome import Outcome
from anagen.trial.primary import primary_tests, stratum_of
from anagen.trial.statistics.estimate import NotEstimableError, estimate_of
from anagen.trial.statistics.missing_data import reference_based, tipping_point

DRAWS = 20
"""Imputations of a replicate: its error is averaged over replicates."""


def robust_of(out: Outcome, data: TrialData) -> Floats:
    """Jump to reference, and the shift at which significance is lost, (primary pairs, `OF_ROBUST`).

    Those who left an arm are taken to have gone on like the control from then on (estimate and p);
    and to have been worse by a shift in the unit of the endpoint than is expected of them at
    random, until the difference is no longer significant. nan where nobody left, nothing is
    significant, or it cannot be imputed.
    """
    trial, found = out.design.trial, np.full(out.shapes["robust"], np.nan)
    x = data.values(trial.endpoint, trial.estimand, trial.better)
    gone = ~np.isfinite(x[:, out.primary + 1])
    if not gone.any():
        return found
    tests, strata = primary_tests(out, data), stratum_of(data)
    for k, (i, j) in enumerate(out.design.primary):
        own = np.isin(data.arm, (i, j)) & np.isfinite(x[:, 0])
        seed = zlib.crc32(np.ascontiguousarray(np.nan_to_num(x[own])).tobytes())
        try:
            made = reference_based(
                x[own, 1 : out.primary + 2], x[own, 0], (data.arm[own] == i).astype(np.int64), 0,
                "jump_to_reference", draws=DRAWS, seed=seed, level=1 - trial.alpha,
                stratum=None if strata is None else strata[own],
            ).differences[1]  # fmt: skip
            found[k, :2] = made.estimate, made.p
        except NotEstimableError:  # too few people seen to impute by
            pass
        if np.isfinite(tests[k, 0]) and tests[k, 0] * trial.better > 0:
            arm = data.arm == i
            mar = estimate_of(tests[k, 0], tests[k, 1], tests[k, 2], 1 - trial.alpha)
            shift = tipping_point(mar, float(gone[arm].mean()), alpha=trial.alpha,
                                  people=int(arm.sum()))  # fmt: skip
            found[k, 2] = np.nan if shift is None or not np.isfinite(shift) else shift
    return found
