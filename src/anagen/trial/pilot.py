"""A pilot under one parameter set: how much changes vary, and how far sides of heads agree."""

from __future__ import annotations

import math

import numpy as np

from anagen.population.entry import entrants
from anagen.trial.data import Floats
from anagen.trial.design import Design
from anagen.trial.lived import Lived
from anagen.trial.replicate import SIDES, Nature, readings, regimen_of_arm


def pilot_changes(design: Design, nature: Nature, people: int, seed: int, side: int) -> Floats:
    """Change of the primary endpoint to the primary visit of people who get the control, (people,).

    A pilot: the same parameters, people of their own, nobody leaves.
    """
    who = entrants(nature.law, people, seed).patients
    plan = regimen_of_arm(design, design.control, null=False)
    groups = [Lived(regimen=plan, who=np.arange(people))]
    read = readings(design, nature, who, groups, (0.0, design.trial.primary), seed, side)
    return np.asarray(np.diff(read[design.trial.endpoint])[:, 0])


def measured_coupling(design: Design, nature: Nature, heads: int, seed: int) -> float:
    """Correlation of the primary endpoint's change on two sides of heads that get the control."""
    a, b = (pilot_changes(design, nature, heads, seed, side) for side in range(SIDES))
    return float(np.corrcoef(a, b)[0, 1])


def still_unexplained(design: Design, nature: Nature, people: int, seed: int) -> float:
    """SD of change that must be added for the control to have the design's ``change_sd``."""
    wanted = design.trial.change_sd
    if wanted is None:
        return 0.0
    simulated = pilot_changes(design, nature, people, seed, side=0).std(ddof=1)
    return math.sqrt(max(wanted**2 - float(simulated) ** 2, 0.0))
