"""How long a follicle stays in a phase: four laws of a positive time with a mean and a spread.

The lognormal law is the default: 930 follicles followed for 14 years gave it (Bernard 2012,
key ``bernard2012``). The gamma law is the alternative, the exponential one the memoryless null
model, the fixed one a clock without spread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from anagen.errors import InputError, unknown_word
from anagen.follicle.limits import numbers

LawName = Literal["lognormal", "gamma", "exponential", "fixed"]
LAWS: tuple[str, ...] = get_args(LawName)
Floats = NDArray[np.float64]
MEANS = 0.05, 1e6
CVS = 1e-3, 10
"""What a mean [day] and a coefficient of variation may be: a tick is 1/1024 day."""
MANY = 100
"""Probabilities beyond which their normal scores are kept."""


@dataclass(frozen=True)
class Residence:
    """The residence time of one phase.

    ``mean`` in days, ``cv`` the coefficient of variation (SD over mean). An exponential law has
    ``cv`` 1 and a fixed one 0, whatever is given. Raises InputError for a mean beyond 0.05 to 1e6
    days or a ``cv`` beyond 0.001 to 10.
    """

    mean: float
    cv: float = 1.0
    law: LawName = "lognormal"

    def __post_init__(self) -> None:
        if self.law not in LAWS:
            raise InputError(unknown_word("residence law", self.law, LAWS), field="law")
        object.__setattr__(self, "mean", float(numbers("mean", self.mean, *MEANS)))
        if self.spread_free:
            object.__setattr__(self, "cv", 1.0 if self.law == "exponential" else 0.0)
        elif isinstance(self.cv, (int, float)) and self.cv == 0:
            raise InputError("is 0; a phase without spread is law 'fixed'", field="cv")
        else:
            object.__setattr__(self, "cv", float(numbers("cv", self.cv, *CVS)))

    @property
    def spread_free(self) -> bool:
        """Whether the law leaves no choice of spread."""
        return self.law in ("exponential", "fixed")

    @property
    def _sigma(self) -> float:
        return math.sqrt(math.log1p(self.cv**2))

    @property
    def _mu(self) -> float:
        return math.log(self.mean) - self._sigma**2 / 2

    @property
    def _shape(self) -> float:
        return 1 / self.cv**2

    def survival(self, age: ArrayLike) -> Floats:
        r"""Share of follicles still in the phase at ``age`` [day of clock].

        $S(x) = 1 - \Phi((\ln x - \mu)/\sigma)$ (lognormal), $Q(k, k x/m)$ (gamma, exponential
        with $k = 1$), $1\{x < m\}$ (fixed).
        """
        x = np.maximum(np.asarray(age, dtype=float), 0.0)
        if self.law == "fixed":
            return np.asarray(x < self.mean, dtype=float)
        if self.law == "lognormal":
            with np.errstate(divide="ignore"):
                return np.asarray(special.ndtr((self._mu - np.log(x)) / self._sigma))
        return np.asarray(special.gammaincc(self._shape, self._shape * x / self.mean))

    def survival_integral(self, age: ArrayLike) -> Floats:
        r"""$\int_0^x S(u)\,du$ [day], which tends to the mean.

        $= x S(x) + m S^{*}$, with $S^{*}$ the length-biased law's distribution function at $x$.
        """
        x = np.maximum(np.asarray(age, dtype=float), 0.0)
        return np.asarray(x * self.survival(x) + self.mean * (1 - self.biased_survival(x)))

    def biased_survival(self, age: ArrayLike) -> Floats:
        r"""Survival of the length-biased law, density $x f(x) / m$.

        That is the law of the phase that a follicle is found in: long phases are found more often.
        Lognormal: $\mu \to \mu + \sigma^2$; gamma: $k \to k + 1$ at the same scale.
        """
        x = np.maximum(np.asarray(age, dtype=float), 0.0)
        if self.law == "fixed":
            return self.survival(x)
        if self.law == "lognormal":
            with np.errstate(divide="ignore"):
                z = (self._mu + self._sigma**2 - np.log(x)) / self._sigma
            return np.asarray(special.ndtr(z))
        return np.asarray(special.gammaincc(self._shape + 1, self._shape * x / self.mean))

    def quantile(self, p: ArrayLike) -> Floats:
        """Time [day] within which a share ``p`` (0 to 1) of follicles has left the phase."""
        return self._quantile(np.asarray(p, dtype=float), biased=False)

    def biased_quantile(self, p: ArrayLike) -> Floats:
        """The same of the length-biased law (see `biased_survival`)."""
        return self._quantile(np.asarray(p, dtype=float), biased=True)

    def _quantile(self, p: Floats, *, biased: bool) -> Floats:
        if self.law == "fixed":
            return np.full(p.shape, self.mean)
        if self.law == "lognormal":
            mu = self._mu + biased * self._sigma**2
            return np.asarray(np.exp(mu + self._sigma * _scores(p)))
        shape = self._shape + biased
        return np.asarray(special.gammaincinv(shape, p) * self.mean / self._shape)


def _scores(p: Floats) -> Floats:
    """Normal scores of ``p``; those of many probabilities are kept for the next law."""
    return _many_scores(p.tobytes()) if p.size > MANY else np.asarray(special.ndtri(p))


@lru_cache(maxsize=8)
def _many_scores(p: bytes) -> Floats:
    return np.asarray(special.ndtri(np.frombuffer(p)))
