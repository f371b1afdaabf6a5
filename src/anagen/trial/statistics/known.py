"""Numbers of which some are not known (nan): their mean, and None where there is none."""

from __future__ import annotations

import math

import numpy as np

from anagen.trial.statistics.estimate import Floats


def known_mean(values: Floats) -> float:
    """Mean of what is known; nan where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan


def or_none(value: float) -> float | None:
    """A number as a summary has it: None where it is not finite."""
    return float(value) if math.isfinite(value) else None
