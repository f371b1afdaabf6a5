r"""Trials that may stop early: boundaries of the kinds in use, their power and their size.

Looks at the shares $0 < t_1 < \dots < t_K = 1$ of the maximal information; the drift $\theta$ is
$E Z$ at the end. All errors are one-sided, all boundaries on the scale of z. Jennison & Turnbull
2000 (from memory). What happens at a look is in `anagen.trial.statistics.interim`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from anagen.errors import InputError, brief, unknown_word
from anagen.evidence.distributions import checked_level
from anagen.trial.statistics.crossing import TAIL, Stages, crossing, futility_spent, spent
from anagen.trial.statistics.estimate import Floats
from anagen.trial.statistics.power import Comparison, Proportions

Spending = Callable[[Floats, float], Floats]
"""Error spent by the shares of information, (looks,), out of an error."""

EARLY_Z = 3.0
"""Boundary of Haybittle and Peto at every look but the last."""
LEAST_GAP = 0.005
"""Looks closer than this share of the information are one look."""
MOST_ROUNDS = 100


def obrien_fleming_spending(t: Floats, error: float) -> Floats:
    r"""$2 - 2\,\Phi(z_{1-\alpha/2} / \sqrt t)$, Lan & DeMets 1983, DOI 10.1093/biomet/70.3.659."""
    return np.asarray(2 * ndtr(ndtri(error / 2) / np.sqrt(t)))


def pocock_spending(t: Floats, error: float) -> Floats:
    r"""$\alpha \ln\{1 + (e - 1)\,t\}$, Lan & DeMets 1983, DOI 10.1093/biomet/70.3.659."""
    return np.asarray(error * np.log1p((math.e - 1) * t))


def hwang_shih_decani_spending(gamma: float) -> Spending:
    r"""$\alpha (1 - e^{-\gamma t}) / (1 - e^{-\gamma})$ for $\gamma \ne 0$, Hwang et al. 1990."""
    return lambda t, error: np.asarray(error * np.expm1(-gamma * t) / math.expm1(-gamma))


SPENDING: dict[str, Spending] = {
    "lan_demets_obrien_fleming": obrien_fleming_spending,
    "lan_demets_pocock": pocock_spending,
}
KINDS = ("obrien_fleming", "pocock", "haybittle_peto", *SPENDING)


@dataclass(frozen=True, eq=False, kw_only=True)
class SequentialDesign:
    """A group-sequential test.

    ``fractions`` (looks,) shares of the information, ``upper`` and ``lower`` (looks,) boundaries on
    z: reject above, give up below (-inf: never), where the last two are one. ``binding``: ``upper``
    holds its error only if the trial does stop below ``lower``.
    """

    kind: str
    fractions: Floats
    alpha: float
    upper: Floats
    lower: Floats
    binding: bool
    spending: Spending | None = None

    def stages(self, drift: float = 0.0) -> Stages:
        """`Stages` under ``drift``, futility stops obeyed."""
        return crossing(self.upper, self.lower, self.fractions, drift)

    def expected_fraction(self, drift: float = 0.0) -> float:
        """Mean share of the maximal information that is used under ``drift``."""
        stages = self.stages(drift)
        return float((stages.efficacy + stages.futility) @ self.fractions)

    def drift(self, power: float = 0.8) -> float:
        """Drift at which the trial rejects with probability ``power``."""
        if not self.alpha < checked_level(power):
            problem = f"must be above the error of {self.alpha:g} (given: {power:g})"
            raise InputError(problem, field="power")
        return float(brentq(lambda d: self.stages(d).power - power, 0.0, 4 * TAIL, xtol=1e-11))

    def inflation(self, power: float = 0.8) -> float:
        """Maximal information over that of one look of the same ``alpha`` and ``power``."""
        return float((self.drift(power) / (ndtri(power) - ndtri(self.alpha))) ** 2)


def _fractions(looks: int | ArrayLike) -> Floats:
    given = np.asarray(looks, dtype=float)
    count = given.ndim == 0 and float(given).is_integer() and given >= 1
    t = np.arange(1, int(given) + 1) / given if count else np.atleast_1d(given)
    gaps = np.diff(t, prepend=0.0)
    if (
        t.ndim != 1
        or not t.size
        or not np.all(gaps >= LEAST_GAP - 1e-12)
        or not math.isclose(t[-1], 1.0)
    ):
        problem = f"shares of information must rise by {LEAST_GAP} or more and end at 1"
        raise InputError(f"{problem} (given: {brief(t.tolist())})", field="looks")
    return np.asarray(t)


def _lower(futility: ArrayLike | None, looks: int) -> Floats:
    given = np.full(looks - 1, -np.inf) if futility is None else np.asarray(futility, dtype=float)
    if given.shape != (looks - 1,) or np.isnan(given).any():
        problem = f"needs one z for each of the {looks - 1} looks before the last (-inf: none)"
        raise InputError(f"{problem} (given: {brief(given.tolist())})", field="futility")
    return given


def boundaries(
    kind: str | Spending, looks: int | ArrayLike, alpha: float = 0.025,
    futility: ArrayLike | None = None, binding: bool = False,
) -> SequentialDesign:  # fmt: skip
    r"""Boundaries that spend a one-sided ``alpha`` exactly.

    O'Brien & Fleming 1979: $c / \sqrt{t_k}$; Pocock 1977: $c$; Haybittle 1971 & Peto 1976: 3 until
    the last look; Lan & DeMets 1983: what a spending function gives.

    Parameters
    ----------
    kind
        One of `KINDS`, or a function of (shares of information, error) that gives the error spent.
    looks
        Number of equally spaced looks, or their shares of the information, ending at 1.
    futility
        z below which to give up, (looks - 1,); -inf for none.
    binding
        Whether ``upper`` may count on the futility stops.

    Raises
    ------
    InputError
        unknown kind, shares that do not rise to 1, futility at or above the upper boundary.
    """
    t, alpha = _fractions(looks), checked_level(alpha)
    lower = np.append(_lower(futility, len(t)), -np.inf)
    counted = lower if binding else np.full(len(t), -np.inf)
    spending = SPENDING.get(kind) if isinstance(kind, str) else kind
    if spending is not None:
        upper = spent(t, np.diff(spending(t, alpha), prepend=0.0), counted)
    elif kind in KINDS:
        upper = _solved(str(kind), t, alpha, counted)
    else:
        raise InputError(unknown_word("kind of boundary", kind, KINDS), field="kind")
    return _checked(SequentialDesign(
        kind=kind if isinstance(kind, str) else "spending", fractions=t, alpha=alpha, upper=upper,
        lower=np.append(lower[:-1], upper[-1]), binding=binding, spending=spending,
    ))  # fmt: skip


def _checked(found: SequentialDesign) -> SequentialDesign:
    wrong = np.flatnonzero(found.lower[:-1] >= found.upper[:-1])
    if wrong.size:
        problem = f"look {wrong[0] + 1}: futility is not below the upper boundary"
        raise InputError(f"{problem} of {found.upper[wrong[0]]:.4g}", field="futility")
    return found


def _solved(kind: str, t: Floats, alpha: float, lower: Floats) -> Floats:
    """The one constant of a boundary without a spending function."""
    shapes = {"obrien_fleming": 1 / np.sqrt(t), "pocock": np.ones_like(t)}

    def upper(c: float) -> Floats:
        return shapes[kind] * c if kind in shapes else np.append(np.full(len(t) - 1, EARLY_Z), c)

    def excess(c: float) -> float:
        return crossing(upper(c), lower, t).power - alpha

    if excess(2 * TAIL) > 0:
        problem = f"{alpha:g} is spent before the last look; take more, or fewer looks"
        raise InputError(problem, field="alpha")
    return upper(float(brentq(excess, -TAIL, 2 * TAIL, xtol=1e-12)))


def with_beta_spending(
    planned: SequentialDesign, beta: float = 0.2, spending: Spending = obrien_fleming_spending,
    binding: bool = False,
) -> SequentialDesign:  # fmt: skip
    r"""The design with futility that spends ``beta``, the chance to miss the effect planned for.

    The drift is that at which both boundaries meet at the last look, so that the power is 1 -
    ``beta`` (Pampallona, Tsiatis & Kim 2001, from memory). ``binding``: the upper boundary is
    lowered in turn, until neither moves.
    """
    if not checked_level(beta) < 1 - planned.alpha:
        problem = f"must be below 1 less alpha, {1 - planned.alpha:g} (given: {beta:g})"
        raise InputError(problem, field="beta")
    t = planned.fractions
    shares = np.diff(spending(t, beta), prepend=0.0)
    kind = planned.kind if planned.spending is None else planned.spending
    found = planned

    def apart(drift: float) -> float:
        return float(min(futility_spent(t, shares, found.upper, drift)[-1] - found.upper[-1], 1.0))

    for _ in range(MOST_ROUNDS):
        drift = float(brentq(apart, 0.0, 2 * TAIL, xtol=1e-12))
        futility, before = futility_spent(t, shares, found.upper, drift)[:-1], found.upper
        found = boundaries(kind, t, planned.alpha, futility, binding)
        if np.allclose(found.upper, before, rtol=0, atol=1e-10):
            return replace(found, kind=planned.kind)
    raise InputError(f"no boundaries spend both errors (beta {beta:g})", field="beta")


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan:
    """People in all that a group-sequential trial needs; not rounded.

    ``fixed`` without looks, ``maximum`` if it never stops, ``looks`` (looks,) at each look,
    ``expected_true`` and ``expected_null`` on average, with and without the effect; ``stages``
    with it.
    """

    fixed: float
    maximum: float
    looks: Floats
    expected_true: float
    expected_null: float
    stages: Stages


def sized(
    planned: SequentialDesign, comparison: Comparison | Proportions, power: float = 0.8
) -> Plan:
    """The `Plan` for the effect of a ``comparison``, tested one-sided at the design's alpha.

    The fixed size, with Student's t where the SD is unknown, times the inflation of a z test.
    """
    fixed = replace(comparison, alpha=planned.alpha, sides=1).n(power)
    drift = planned.drift(power)
    maximum = fixed * planned.inflation(power)
    return Plan(
        fixed=fixed, maximum=maximum, looks=maximum * planned.fractions,
        expected_true=maximum * planned.expected_fraction(drift),
        expected_null=maximum * planned.expected_fraction(0.0), stages=planned.stages(drift),
    )  # fmt: skip
