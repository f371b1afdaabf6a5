"""Changes that vary, and sides of heads that agree, as a design asks for beyond simulation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from anagen.errors import InputError
from anagen.patient import Patient
from anagen.simulate.clinic import OF_PERSON
from anagen.simulate.model import reading_normals
from anagen.simulate.reading import DENSITIES
from anagen.trial.data import Floats
from anagen.trial.lived import STREAM

UNEXPLAINED = STREAM + 100
"""First stream of the change that is not explained: of the person, then one per side."""
OF_PERIOD = 100


def unexplained(
    who: Sequence[Patient], weeks: Sequence[float], sd: float, stays: float, seed: int,
    side: int = 0, period: int = 0,
) -> Floats:  # fmt: skip
    r"""Change beyond what is simulated, (people, visits), 0 on day 0.

    $\sigma (\sqrt{h}\, u + \sqrt{1 - h}\, e_v)$ with standard normal $u$ of the person, alike on
    both sides of a head, and $e_v$ of the visit and side; ``sd`` $\sigma$, and ``stays`` $h$, the
    part that stays with a person (``unexplained_change_that_stays``). A ``period`` has luck of its
    own.
    """
    if sd == 0:
        return np.zeros((len(who), len(weeks)))
    days, keys = [round(7 * week) for week in weeks], [w.key for w in who]
    first = UNEXPLAINED + OF_PERIOD * period
    of_person = reading_normals(seed, keys, [first], [OF_PERSON])[0]
    of_visit = reading_normals(seed, keys, [first + 1 + side], days)[0]
    noise = math.sqrt(stays) * of_person + math.sqrt(1 - stays) * of_visit
    return np.where(np.array(days) > 0, sd * noise, 0.0)


def with_change(found: Mapping[str, Floats], name: str, more: Floats) -> dict[str, Floats]:
    """Readings with ``more`` (people, visits) of the endpoint ``name``.

    Where it is a density, all densities and the thickness per area take the same share of
    themselves, so that a class of hairs stays a part of all; none falls below 0.
    """
    if not np.any(more):
        return dict(found)
    x = found[name]
    if name not in DENSITIES:
        return {**found, name: x + more}
    factor = np.maximum(1 + more / np.where(x > 0, x, np.inf), 0.0)
    return {n: y * factor if n in (*DENSITIES, "cumulative_thickness") else y
            for n, y in found.items()}  # fmt: skip


def coupled(sides: tuple[Floats, Floats], simulated: float, wanted: float) -> tuple[Floats, Floats]:
    r"""Two sides whose changes correlate as ``wanted``, from sides that do as ``simulated``.

    Deviations $a, b$ of the changes from their side's mean become
    $\sqrt{(1+\rho)/(1+r)}\,(a+b)/2 \pm \sqrt{(1-\rho)/(1-r)}\,(a-b)/2$, which keeps every mean and,
    where both sides vary alike, every variance. (heads, visits); baselines stay as they are.
    Raises InputError where the sides are one (r of 1 or -1).
    """
    if not abs(simulated) < 1:
        raise InputError(f"sides correlate by {simulated:g} and cannot be parted",
                         field="trial.within_person_correlation")  # fmt: skip
    change = [x - x[:, :1] for x in sides]
    mean = [c.mean(axis=0) for c in change]
    a, b = (c - m for c, m in zip(change, mean, strict=True))
    same = math.sqrt((1 + wanted) / (1 + simulated)) * (a + b) / 2
    apart = math.sqrt((1 - wanted) / (1 - simulated)) * (a - b) / 2
    new = (same + apart, same - apart)
    first, second = (x[:, :1] + m + d for x, m, d in zip(sides, mean, new, strict=True))
    return first, second
