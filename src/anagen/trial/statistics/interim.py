"""What a look at the data of a group-sequential trial says: decisions, conditional power."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from anagen.errors import InputError, brief
from anagen.evidence.distributions import checked_level
from anagen.trial.statistics.crossing import TAIL, crossing, spent
from anagen.trial.statistics.estimate import Floats
from anagen.trial.statistics.group_sequential import LEAST_GAP, SequentialDesign


def _checked_look(design: SequentialDesign, look: int, last: int) -> int:
    if not 1 <= look <= last:
        problem = f"look {look} of {len(design.fractions)} was given; allowed: 1 to {last}"
        raise InputError(problem, field="look")
    return look


def conditional_power(
    design: SequentialDesign, look: int, z: float, drift: float | None = None
) -> float:
    r"""Probability to reject at a later look, given ``z`` at this one (Lan, Simon & Halperin 1982).

    With one look left, $\Phi\{(z \sqrt t + \theta (1 - t) - c) / \sqrt{1 - t}\}$. ``look`` counts
    from 1; ``drift`` $\theta$ is E z at the end, None for the trend $z / \sqrt t$. Later futility
    stops are not obeyed.
    """
    here = _checked_look(design, look, len(design.fractions) - 1)
    if not math.isfinite(z):
        raise InputError(f"must be a number (given: {z})", field="z")
    t, later = design.fractions[here - 1], design.fractions[here:]
    trend = z / math.sqrt(t) if drift is None else drift
    rest = later - t
    upper = (design.upper[here:] * np.sqrt(later) - z * math.sqrt(t)) / np.sqrt(rest)
    return crossing(upper, np.full(len(rest), -np.inf), rest, trend).power


def conditional_power_futility(
    design: SequentialDesign, least: float, drift: float | None = None
) -> Floats:
    """Futility boundary, (looks - 1,), where the conditional power falls to ``least``.

    On the scale of z, as `group_sequential.boundaries` takes its ``futility``.
    """
    checked_level(least)
    looks = range(1, len(design.fractions))
    ends = (-4 * TAIL, 4 * TAIL)
    return np.array([
        brentq(lambda z, k=k: conditional_power(design, k, z, drift) - least, *ends, xtol=1e-11)
        for k in looks
    ])  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a look says.

    ``action``: "reject", "futility", "go on", or "not rejected" at the last look. ``z`` against the
    boundaries ``upper`` and ``lower``; ``conditional_power`` under the trend, None at the last
    look.
    """

    look: int
    action: str
    z: float
    upper: float
    lower: float
    conditional_power: float | None


def decide(design: SequentialDesign, z: ArrayLike) -> Decision:
    """The decision at the latest of the looks so far, ``z`` (looks so far,).

    Raises
    ------
    InputError
        no z or more than there are looks, one that is not finite, or an earlier one at which the
        trial had ended: above the upper boundary, or below a lower one that binds.
    """
    zs = np.atleast_1d(np.asarray(z, dtype=float))
    look = _checked_look(design, len(zs), len(design.fractions))
    if not np.all(np.isfinite(zs)):
        raise InputError(f"must be numbers (given: {brief(zs.tolist())})", field="z")
    last, rejected, low = look == len(design.fractions), zs >= design.upper[:look], design.lower
    ended = rejected | (zs < low[:look]) if design.binding else rejected
    if ended[:-1].any():
        problem = f"the trial had ended at look {np.flatnonzero(ended)[0] + 1}"
        raise InputError(f"{problem}; an interim after the end is none", field="z")
    kept = "not rejected" if last else "futility" if zs[-1] < low[look - 1] else "go on"
    return Decision(
        look=look, action="reject" if rejected[-1] else kept, z=float(zs[-1]),
        upper=float(design.upper[look - 1]), lower=float(low[look - 1]),
        conditional_power=None if last else conditional_power(design, look, float(zs[-1])),
    )  # fmt: skip


def respent(
    design: SequentialDesign, information: ArrayLike, maximum: float, final: bool = False
) -> Floats:
    """Upper z, (looks so far,), where the information at the looks is not that of the plan.

    Parameters
    ----------
    design
        A design with a spending function (Lan & DeMets 1983).
    information
        Information at the looks so far, rising; in people or inverse variance, as ``maximum``.
    maximum
        The planned maximal information: the shares of it say how much error is spent.
    final
        Whether this look is the last: it spends all that is left. So does a look at ``maximum`` or
        beyond.

    Raises
    ------
    InputError
        a design without a spending function, or information that does not rise from 0.
    """
    if design.spending is None:
        problem = f"{design.kind} holds for the planned looks only; use a Lan-DeMets kind"
        raise InputError(problem, field="kind")
    t = np.atleast_1d(np.asarray(information, dtype=float)) / maximum
    if not (maximum > 0 and np.all(np.diff(t, prepend=0.0) >= LEAST_GAP)):
        problem = f"must rise by {LEAST_GAP} of the maximum or more at each look"
        raise InputError(
            f"{problem} (given: {brief(np.asarray(information).tolist())})", field="information"
        )
    if np.any(t[:-1] >= 1):
        raise InputError("a look follows one that had spent all the error", field="information")
    total = design.spending(np.minimum(t, 1.0), design.alpha)
    if final:
        total[-1] = design.alpha
    lower = design.lower if design.binding else np.full(len(t), -np.inf)
    if len(lower) < len(t):
        raise InputError("more looks than a binding design has", field="information")
    return spent(t, np.diff(total, prepend=0.0), lower[: len(t)])
