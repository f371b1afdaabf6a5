r"""Power and sample size in closed form: the start of a plan, before trials are simulated.

A comparison of means is summed up by the variance $V$ of the estimated difference times the number
of people $n$, and by the degrees of freedom that its model takes. Everything else follows from
Student's t with noncentrality $\delta \sqrt{n / V}$. ``n`` is a real number: round up by arm.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, stdtrit

from anagen.errors import InputError
from anagen.evidence.distributions import checked_level
from anagen.trial.statistics.comparison import noninferior
from anagen.trial.statistics.estimate import Estimate
from anagen.trial.statistics.quadrature import sd_law

MOST_PEOPLE = 1e9


def _checked_sides(sides: int) -> int:
    if sides not in (1, 2):
        raise InputError(f"a test has 1 or 2 sides (given: {sides})", field="sides")
    return sides


def noncentral_power(shift: float, df: float, alpha: float = 0.025, sides: int = 1) -> float:
    r"""Power of a t test (``df`` inf: of a z test) whose statistic is centred on ``shift``.

    .. math:: P(T_{\nu,\theta} > c) + [s = 2]\, P(T_{\nu,\theta} < -c), \quad
              c = t_{\nu, 1 - \alpha / s}

    ``shift`` $\theta$ is the noncentrality, ``df`` $\nu$ 1 or more, ``sides`` $s$ 1 or 2, ``alpha``
    that of all sides together. Integrated over the law of the SD (Johnson, Kotz & Balakrishnan
    1995, ch. 31, from memory), as SciPy's noncentral t is NaN at some shifts.
    """
    limit = float(stdtrit(df, 1 - checked_level(alpha) / _checked_sides(sides)))
    s, probability = sd_law(df, 1 / max(abs(limit), 1.0))

    def beyond(theta: float) -> float:
        return float(probability @ ndtr(theta - limit * s))

    return beyond(shift) + (beyond(-shift) if sides == 2 else 0.0)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A test of a difference of means.

    ``delta`` the true difference from the null value, ``variance`` that of the estimated difference
    times n (``delta``'s unit squared), ``lost_df`` coefficients of the model, ``alpha`` of all
    ``sides`` together; ``known_sd``: a z test.
    """

    delta: float
    variance: float
    lost_df: int
    alpha: float = 0.025
    sides: int = 1
    known_sd: bool = False

    def __post_init__(self) -> None:
        if not math.isfinite(self.delta):
            raise InputError(f"must be a number (given: {self.delta})", field="delta")
        if not (math.isfinite(self.variance) and self.variance > 0):
            raise InputError(f"must be above 0 (given: {self.variance})", field="variance")

    def noncentrality(self, n: float) -> float:
        r"""Centre of the test statistic of ``n`` people, $\delta \sqrt{n / V}$."""
        return self.delta * math.sqrt(n / self.variance)

    def _df(self, n: float) -> float:
        if not n >= self.lost_df + 1:
            raise InputError(f"needs {self.lost_df + 1} people or more (given: {n:g})", field="n")
        return math.inf if self.known_sd else n - self.lost_df

    def power(self, n: float) -> float:
        """Probability that the test of ``n`` people in all rejects."""
        return noncentral_power(self.noncentrality(n), self._df(n), self.alpha, self.sides)

    def n(self, power: float = 0.8) -> float:
        """People in all that reach ``power``; not rounded. InputError where none do."""
        return _root_n(self.power, power, self.lost_df + 1.0)

    def detectable(self, n: float, power: float = 0.8) -> float:
        """Minimal detectable difference of ``n`` people at ``power``, in the unit of ``delta``."""
        df, most = self._df(n), 1e4
        if not self.alpha < checked_level(power):
            problem = f"must be above the error of {self.alpha:g} (given: {power:g})"
            raise InputError(problem, field="power")
        shift = brentq(
            lambda s: noncentral_power(s, df, self.alpha, self.sides) - power,
            0.0, most, xtol=1e-10,
        )  # fmt: skip
        return float(shift) * math.sqrt(self.variance / n)


def _root_n(power_of: Callable[[float], float], target: float, fewest: float) -> float:
    checked_level(target)
    most = 2 * fewest
    while power_of(most) < target:
        most *= 2
        if most > MOST_PEOPLE:
            raise InputError(f"no number of people reaches a power of {target:g}", field="delta")
    if power_of(fewest) >= target:
        return fewest
    return float(brentq(lambda n: power_of(n) - target, fewest, most, xtol=1e-10))


def _between(delta: float, variance: float, allocation: float, lost: int) -> Comparison:
    if not (math.isfinite(allocation) and allocation > 0):
        raise InputError(f"must be above 0 (given: {allocation}); 2 is 2:1", field="allocation")
    factor = (1 + allocation) ** 2 / allocation
    return Comparison(delta=delta, variance=variance * factor, lost_df=lost)


def checked_correlation(correlation: float) -> float:
    """The correlation as it is if it lies strictly between -1 and 1; InputError otherwise."""
    if not -1 < correlation < 1:
        raise InputError(f"must lie between -1 and 1 (given: {correlation})", field="correlation")
    return correlation


def parallel(delta: float, sd: float, allocation: float = 1.0) -> Comparison:
    r"""Two-sample t test: $V = \sigma^2 (1 + r)^2 / r$ with $r$ treated people per control.

    ``sd`` $\sigma$ in the unit of ``delta``; ``allocation`` $r$. Textbook variance of a difference.
    """
    return _between(delta, sd**2, allocation, 2)


def ancova(delta: float, sd: float, correlation: float, allocation: float = 1.0) -> Comparison:
    r"""Analysis of covariance on one baseline: $V = \sigma^2 (1 - \rho^2) (1 + r)^2 / r$.

    ``correlation`` $\rho$ of the endpoint with the baseline, within arms. Borm et al. 2007,
    DOI 10.1016/j.jclinepi.2007.02.006 (from memory).
    """
    kept = 1 - checked_correlation(correlation) ** 2
    return _between(delta, sd**2 * kept, allocation, 3)


def paired(delta: float, sd_of_difference: float) -> Comparison:
    """Paired t test of ``n`` differences with SD ``sd_of_difference``."""
    return Comparison(delta=delta, variance=sd_of_difference**2, lost_df=1)


def split_scalp(delta: float, sd: float, correlation: float, spill_over: float = 0.0) -> Comparison:
    r"""Both sides of one head: $V = 2 \sigma^2 (1 - \rho)$, with $\delta (1 - s)$ left to be seen.

    ``sd`` $\sigma$ of one side, ``correlation`` $\rho$ of the sides of a person, ``spill_over`` $s$
    the share of the effect that reaches the control side; ``n`` counts heads.
    """
    if not 0 <= spill_over < 1:
        raise InputError(f"must be 0 to below 1 (given: {spill_over})", field="spill_over")
    variance = 2 * sd**2 * (1 - checked_correlation(correlation))
    return Comparison(delta=delta * (1 - spill_over), variance=variance, lost_df=1)


def non_inferiority(comparison: Comparison, margin: float) -> Comparison:
    """The test that the difference lies above ``-margin``, ``margin`` above 0 in its unit."""
    if not margin > 0:
        raise InputError(f"must be above 0 (given: {margin})", field="margin")
    return replace(comparison, delta=comparison.delta + margin, sides=1)


def non_inferior(estimate: Estimate, margin: float) -> bool:
    """Whether the interval of a difference (higher is better) lies wholly above ``-margin``."""
    return noninferior(estimate, margin).shown


@dataclass(frozen=True, kw_only=True)
class Proportions:
    r"""Test of two shares by z with a pooled null variance (Fleiss 1981, from memory).

    .. math:: \Phi\left(\frac{p_1 - p_2 - z_{1-\alpha/s} \sqrt{\bar p (1-\bar p)(1/n_1 + 1/n_2)}}
              {\sqrt{p_1(1-p_1)/n_1 + p_2(1-p_2)/n_2}}\right)

    ``treated`` $p_1$ and ``control`` $p_2$ are responder shares, ``allocation`` $n_1/n_2$. A
    two-sided test counts the side of the effect only, as R's ``power.prop.test`` does.
    """

    treated: float
    control: float
    allocation: float = 1.0
    alpha: float = 0.025
    sides: int = 1

    def __post_init__(self) -> None:
        if not (0 < self.treated < 1 and 0 < self.control < 1):
            given = f"given: {self.treated} and {self.control}"
            raise InputError(f"shares must lie between 0 and 1 ({given})", field="treated")
        if not self.allocation > 0:
            raise InputError(f"must be above 0 (given: {self.allocation})", field="allocation")
        _checked_sides(self.sides)

    def power(self, n: float) -> float:
        """Probability that the test of ``n`` people in all rejects."""
        p1, p2, r = self.treated, self.control, self.allocation
        n1, n2 = n * r / (1 + r), n / (1 + r)
        mean = (p1 * r + p2) / (1 + r)
        null = math.sqrt(mean * (1 - mean) * (1 / n1 + 1 / n2))
        true = math.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
        limit = ndtri(1 - checked_level(self.alpha) / self.sides)
        difference = abs(p1 - p2) if self.sides == 2 else p1 - p2
        return float(ndtr((difference - limit * null) / true))

    def n(self, power: float = 0.8) -> float:
        """People in all that reach ``power``; not rounded."""
        return _root_n(self.power, power, 1.0)


def cohen_h(treated: float, control: float) -> float:
    r"""Effect size of two shares, $h = 2 \arcsin\sqrt{p_1} - 2 \arcsin\sqrt{p_2}$ (Cohen 1988)."""
    return 2 * (math.asin(math.sqrt(treated)) - math.asin(math.sqrt(control)))


def arcsine(treated: float, control: float, allocation: float = 1.0) -> Comparison:
    """Test of two shares after the variance-stabilising arcsine: `cohen_h` has a known SD of 1."""
    effect = parallel(cohen_h(treated, control), 1.0, allocation)
    return replace(effect, known_sd=True)


def arm_sizes(n: float, allocation: float = 1.0) -> tuple[int, int]:
    """Treated and control people that hold at least ``n`` in all at ``allocation``, each whole."""
    treated, slack = n * allocation / (1 + allocation), 1e-9 * n  # whole but for rounding: as it is
    return math.ceil(treated - slack), math.ceil(n - treated - slack)


def with_dropout(n: float, dropout: float) -> float:
    """People to recruit so that ``n`` complete where the share ``dropout`` leaves: n / (1 - d)."""
    if not 0 <= dropout < 1:
        raise InputError(f"must be 0 to below 1 (given: {dropout})", field="dropout")
    return n / (1 - dropout)
