r"""Receptors and pathways: how full they are, how a signal rises and lasts, how inputs add up.

$C(t) \to a = C^h/(EC_{50}^h + C^h) \to \dot y = (a - y)/\tau \to S = x/(1 + |x|)$
with $x = \sum \text{potency} \cdot y$ over all products.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.compiled import Word, inline, kernel
from anagen.errors import InputError

Floats = NDArray[np.float64]

SIGNALS = ("initiation", "calming", "perfusion", "growth_factor", "repair", "wound")
"""What a therapy can say to a follicle: the five claimed mechanisms, and the wound of a needle."""


def occupancy(concentration: ArrayLike, half: float, hill: float = 1.0) -> Floats:
    r"""Share of the receptors (or uptake sites) that are taken: $a = C^h/(EC_{50}^h + C^h)$.

    ``concentration`` $C \ge 0$ and ``half`` $EC_{50} > 0$ in one unit; ``hill`` $h > 0$. For
    vesicles $EC_{50}$ spans 2.5 decades (``effect_half_concentration_dermal_papilla``).
    """
    if not (half > 0 and hill > 0):
        raise InputError(f"must be more than 0 (given: {half}, hill {hill})", field="half")
    ratio = np.asarray(concentration, dtype=float) / half
    if hill != 1:
        ratio = np.power(ratio, hill, where=ratio > 0, out=np.zeros_like(ratio))
    return np.asarray(ratio / (1 + ratio))


def respond(level: ArrayLike, nodes: ArrayLike, *, rise: ArrayLike, decay: ArrayLike) -> Floats:
    r"""Pathway that follows its input with its own rise and decay; the mean of every day.

    $\dot y = (a - y)/\tau$ from $y(0) = 0$, where $\tau$ is ``rise`` [day] while $a > y$ and
    ``decay`` [day] while $a < y$. Exact for $a$ straight between nodes, but for the node interval
    in which $a$ crosses $y$.

    Parameters
    ----------
    level
        Occupancy $a$ at the nodes, shape (..., nodes), 0 to 1.
    nodes
        Rising days, all whole days from 0 to the last among them.
    rise, decay
        Time constants (``pathway_rise_time``, ``pathway_persistence_time``, or those of vessels),
        one for all, or arrays that broadcast to the leading shape: one for each patient.

    Returns
    -------
    Daily means of $y$, shape (..., days). Raises InputError for nodes without the whole days.
    """
    a = np.asarray(level, dtype=float)
    t = np.ascontiguousarray(nodes, dtype=float)
    days = round(float(t[-1]))
    edges = np.searchsorted(t, np.arange(days + 1))
    if t[0] != 0 or np.any(np.diff(t) <= 0) or not np.array_equal(t[edges], np.arange(days + 1)):
        raise InputError("must rise from 0 through every whole day", field="nodes")
    flat = np.ascontiguousarray(a.reshape(-1, len(t)))
    shared = np.ndim(rise) == np.ndim(decay) == 0
    tau = np.empty((1 if shared else len(flat), 2))
    for column, (name, given) in enumerate((("rise", rise), ("decay", decay))):
        if not np.all(np.asarray(given) > 0):
            raise InputError(f"must be more than 0 days (given: {given!s})", field=name)
        tau[:, column] = np.broadcast_to(given, () if shared else a.shape[:-1]).ravel()
    found = np.zeros((len(flat), days))
    lengths, of = np.unique(np.round(np.diff(t), 12), return_inverse=True)  # a few, again and again
    _respond(flat, t, of, tau, np.exp(-lengths[:, None] / tau[:, None]), found)
    return found.reshape(*a.shape[:-1], days)


@kernel
def _respond(
    a: Floats, t: Floats, of: NDArray[np.int64], taus: Floats, left: Floats, found: Floats
) -> None:
    """`respond` row by row; ``left`` of a difference after a step, (1 or rows, lengths, 2)."""
    for row in range(a.shape[0]):
        own, y = min(row, taus.shape[0] - 1), 0.0
        for i in range(t.shape[0] - 1):
            y, area = step(
                a[row, i], a[row, i + 1], y, t[i + 1] - t[i], taus[own], left[own, of[i]]
            )
            found[row, np.int64(t[i])] += area


@inline
def step(a0: Word, a1: Word, y: Word, h: Word, taus: Floats, left: Floats) -> tuple[Word, Word]:
    """One step of `respond` over ``h`` days: the value at its end, and its integral."""
    if a0 == 0 and a1 == 0:
        return (y * left[1], y * (1 - left[1]) * taus[1]) if y > 0 else (0.0, 0.0)
    falls = np.int64(a0 + a1 < 2 * y)
    tau, e, slope = taus[falls], left[falls], (a1 - a0) / h
    lag = y - a0 + slope * tau  # what is left of the start, beside the straight line behind a
    return a1 - slope * tau + lag * e, h * ((a0 + a1) / 2 - slope * tau) + lag * tau * (1 - e)


def saturate(total: ArrayLike, out: Floats | None = None) -> Floats:
    r"""Signal of all products together: $S = x/(1 + |x|)$, in $(-1, 1)$.

    ``total`` $x$ is the sum of potency times response over products: inputs add before they
    saturate, and a product may push the wrong way (TGF-beta in PRP). The form is assumed. ``out``
    may be ``total`` itself.
    """
    x = np.asarray(total, dtype=float)
    room = np.abs(x)
    room += 1
    return np.asarray(np.divide(x, room, out=out))
