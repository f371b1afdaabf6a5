r"""Mixed model for repeated measures (MMRM): the marginal normal model of a trial's visits.

$y_i \sim N(X_i \beta, \Sigma)$ for the visits of person i, with missing visits left out: valid
where dropout depends on what was observed (missing at random). Restricted maximum likelihood;
Mallinckrodt 2008, DOI 10.1177/009286150804200402, describes its use in trials (from memory).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.errors import InputError, unknown_word
from anagen.evidence.least_squares import Floats
from anagen.trial.statistics.covariance import STRUCTURES, CovarianceStructure, structure_of
from anagen.trial.statistics.degrees_of_freedom import approximate_df, kenward_roger_covariance
from anagen.trial.statistics.estimate import Estimate, NotEstimableError, estimate_of
from anagen.trial.statistics.restricted_likelihood import (
    Maximum,
    Sums,
    TooFewError,
    maximise,
    sums_of,
)

Ints = NDArray[np.int64]

__all__ = [
    "METHODS", "MmrmAnalysis", "MmrmFit", "TrialContrasts", "analyse_mmrm", "contrast",
    "fit_mmrm", "fit_with_fallback", "trial_design_matrix",
]  # fmt: skip

METHODS = ("satterthwaite", "kenward_roger", "kenward_roger_expected", "residual")
MARGINS = ("observed", "balanced")


@dataclass(frozen=True, eq=False, kw_only=True)
class MmrmFit:
    """A fitted model; its coefficients are meant for `contrast`.

    ``beta`` (p,) and ``covariance`` (p, p), not adjusted for the estimation of ``sigma`` (v, v);
    ``minus_two_loglik`` of the restricted
    likelihood, without the constant ln|X'X|. ``message`` says how a fit that has not ``converged``
    ended, ``note`` which freer structures failed before this one, and why (empty: none).
    """

    beta: Floats
    covariance: Floats
    sigma: Floats
    minus_two_loglik: float
    structure: str
    observations: int
    people: int
    converged: bool
    iterations: int
    message: str
    note: str = ""
    law: CovarianceStructure = field(repr=False)
    sums: Sums = field(repr=False)
    maximum: Maximum = field(repr=False)

    @cached_property
    def observed_weights(self) -> Floats:
        """Covariance of the covariance parameters by the observed information, shape (k, k)."""
        return np.asarray(2.0 * np.linalg.inv(self.maximum.derivatives.observed))

    @cached_property
    def expected_weights(self) -> Floats:
        """The same by the expected information."""
        return np.asarray(2.0 * np.linalg.inv(self.maximum.derivatives.expected))

    @cached_property
    def adjusted_phi(self) -> Floats:
        """Kenward & Roger's covariance in the orthonormal basis (p, p), observed information."""
        return self._adjusted(self.observed_weights)

    @cached_property
    def adjusted_phi_expected(self) -> Floats:
        """The same by the expected information."""
        return self._adjusted(self.expected_weights)

    def _adjusted(self, w: Floats) -> Floats:
        theta, top = self.maximum.theta, self.maximum.top
        d, second, v = self.law.slopes(theta), self.law.curvatures(theta), top.weights
        weighted = np.tensordot(w, d, 1)
        q = ((v @ d[:, None] @ v) @ weighted[:, None] @ v).sum(axis=0)
        r = np.zeros_like(q) if second is None else v @ np.tensordot(w, second, 2) @ v
        over = self.sums.over_people(np.stack((q, r)))[:, :-1, :-1]
        products = self.maximum.derivatives.products
        return kenward_roger_covariance(top.phi, products, over[0], over[1], w)


def fit_mmrm(
    y: Floats, x: Floats, structure: str | CovarianceStructure = "unstructured"
) -> MmrmFit:
    """Fit the model by restricted maximum likelihood.

    Parameters
    ----------
    y
        Endpoint by person and visit, shape (n, v); NaN where not observed. People without any
        observation are left out.
    x
        Design, shape (n, v, p); what it says of visits that were not observed is not read.
    structure
        "unstructured", "toeplitz", "ar1" or "compound_symmetry", or another law of Sigma.

    Returns
    -------
    MmrmFit
        Look at ``converged``: `contrast` refuses a fit that has not.

    Raises
    ------
    InputError
        nobody observed (at all, or at a visit), columns that repeat one another, more parameters
        than the observations allow, an unknown structure.
    """
    return _fit(sums_of(y, x), structure)


def fit_with_fallback(
    y: Floats, x: Floats, structures: Sequence[str] = tuple(STRUCTURES)
) -> MmrmFit:
    """The first structure that converges; ``note`` of the fit says which failed before, and why.

    Raises InputError as `fit_mmrm` does, or where no structure converges.
    """
    sums, failures = sums_of(y, x), []
    for name in structures:
        try:
            fit = _fit(sums, name)
        except TooFewError as failure:
            failures.append(f"{name} failed ({failure.problem})")
            continue
        if fit.converged:
            note = "; ".join([*failures, f"{name} used instead"]) if failures else ""
            return replace(fit, note=note)
        failures.append(f"{name} failed ({fit.message})")
    raise NotEstimableError(
        f"no covariance structure could be fitted: {'; '.join(failures)}", field="structures"
    )


def _fit(sums: Sums, structure: str | CovarianceStructure) -> MmrmFit:
    law = structure_of(structure, len(sums.pairs)) if isinstance(structure, str) else structure
    return _fit_at(sums, law, maximise(sums, law))


def _fit_at(sums: Sums, law: CovarianceStructure, found: Maximum) -> MmrmFit:
    inverse = np.linalg.inv(sums.triangle)
    return MmrmFit(
        beta=sums.ordinary + inverse @ found.top.coefficients,
        covariance=inverse @ found.top.phi @ inverse.T, sigma=law.covariance(found.theta),
        minus_two_loglik=found.top.minus_two_log, structure=law.name,
        observations=sums.observations, people=sums.people, converged=not found.fault,
        iterations=found.steps, message=found.fault, law=law, sums=sums, maximum=found,
    )  # fmt: skip


def contrast(
    fit: MmrmFit, c: ArrayLike, method: str = "satterthwaite", level: float = 0.95
) -> Estimate:
    """A linear combination of the coefficients, with interval and test of Student's t.

    Parameters
    ----------
    fit
        A fit that converged.
    c
        Weights of the coefficients, shape (p,), not all zero.
    method
        "satterthwaite"; "kenward_roger", which adjusts the standard error as well, with the
        observed information as SAS has it; "kenward_roger_expected", with the expected information
        as in the paper; "residual": observed values less coefficients.
    level
        Confidence level.

    Raises
    ------
    InputError
        a fit that did not converge, another shape, an unknown method, a level outside 0 to 1.
    """
    if not fit.converged:
        raise NotEstimableError(
            f"the fit did not converge: {fit.message}; choose a simpler structure"
        )
    if method not in METHODS:
        raise InputError(unknown_word("method", method, METHODS), field="method")
    weights = np.asarray(c, dtype=np.float64)
    if weights.shape != fit.beta.shape:
        raise InputError(f"expected {fit.beta.size} weights, one per coefficient, got shape "
                         f"{weights.shape}", field="c")  # fmt: skip
    turned = np.asarray(np.linalg.solve(fit.sums.triangle.T, weights))
    phi, df = _phi_and_df(fit, turned, method)
    return estimate_of(float(weights @ fit.beta), float(np.sqrt(turned @ phi @ turned)), df, level)


def _phi_and_df(fit: MmrmFit, turned: Floats, method: str) -> tuple[Floats, float]:
    """Covariance in the orthonormal basis and degrees of freedom of one contrast there."""
    phi, w = fit.maximum.top.phi, fit.observed_weights
    if method == "residual":
        return phi, float(fit.observations - fit.beta.size)
    if method == "kenward_roger_expected":
        w = fit.expected_weights
    df = approximate_df(turned, phi, fit.maximum.derivatives.products, w)
    if method == "satterthwaite":
        return phi, df
    return (fit.adjusted_phi if method == "kenward_roger" else fit.adjusted_phi_expected), df


@dataclass(frozen=True)
class TrialContrasts:
    """Contrast vectors (p,) for the columns of `trial_design_matrix`; all count from 0."""

    arms: int
    visits: int
    columns: int

    def mean(self, arm: int, visit: int) -> Floats:
        """Least-squares mean of an arm at a visit."""
        for given, count, name in ((arm, self.arms, "arm"), (visit, self.visits, "visit")):
            if not 0 <= given < count:
                raise InputError(f"must lie between 0 and {count - 1} (given: {given})", field=name)
        c = np.zeros(self.columns)
        c[arm * self.visits + visit] = 1.0
        return c

    def difference(self, arm: int, other: int, visits: int | Sequence[int]) -> Floats:
        """Mean of ``arm`` less that of ``other`` at a visit, or averaged over several."""
        over = [visits] if isinstance(visits, int) else list(visits)
        each = [self.mean(arm, visit) - self.mean(other, visit) for visit in over]
        return np.asarray(np.mean(each, axis=0))


def trial_design_matrix(
    seen: NDArray[np.bool_], arm: Ints, n_arms: int, baseline: Floats | None = None,
    stratum: Ints | None = None, covariates: Floats | None = None, margins: str = "observed",
) -> tuple[Floats, TrialContrasts]:  # fmt: skip
    """The regulators' model: endpoint ~ arm x visit + baseline x visit + stratum + covariates.

    Every column but the arm-by-visit means is centred, so that a coefficient of those *is* a
    least-squares mean: at the mean baseline and covariates of the people seen at least once, each
    counted once, and at their shares of the strata ("observed" ``margins``) or at equal shares
    ("balanced").

    Parameters
    ----------
    seen
        Whether the endpoint was observed, shape (n, v).
    arm
        Arm of each person, 0 to ``n_arms`` - 1, shape (n,).
    baseline, stratum, covariates
        Value before treatment (n,); stratum, counted from 0 (n,); further columns (n, k).

    Returns
    -------
    tuple
        x of shape (n, v, p) and the contrasts of its columns.

    Raises
    ------
    InputError
        fewer than two people of an arm observed, or nobody of it at a visit; arm or stratum out of
        range; unknown margins; a baseline or covariate missing, or the same for everybody.
    """
    if margins not in MARGINS:
        raise InputError(unknown_word("margins", margins, MARGINS), field="margins")
    _check_arms(seen, arm, n_arms)
    (n, v), present = seen.shape, np.asarray(seen.any(axis=1))
    at_visit = np.eye(v)
    parts = [np.einsum("na,vw->nvaw", np.eye(n_arms)[arm], at_visit).reshape(n, v, -1)]
    if baseline is not None:
        parts.append(_centred(baseline[:, None], present, "baseline")[:, None] * at_visit)
    if stratum is not None:
        parts.append(_strata(stratum, present, margins)[:, None].repeat(v, 1))
    if covariates is not None:
        parts.append(_centred(covariates, present, "covariates")[:, None].repeat(v, 1))
    x = np.concatenate(parts, axis=-1)
    return x, TrialContrasts(n_arms, v, x.shape[-1])


def _check_arms(seen: NDArray[np.bool_], arm: Ints, n_arms: int) -> None:
    if arm.min(initial=0) < 0 or arm.max(initial=0) >= n_arms:
        raise InputError(f"arms count from 0 to {n_arms - 1} (given: {arm.min()} to {arm.max()})",
                         field="arm")  # fmt: skip
    for a in range(n_arms):
        people = seen[arm == a]
        if (count := int(people.any(axis=1).sum())) < 2:
            raise NotEstimableError(
                f"arm {a} (counted from 0) has {count} people with an observation; two are needed",
                field="arm",
            )
        if not people.any(axis=0).all():
            visit = int(np.flatnonzero(~people.any(axis=0))[0])
            raise NotEstimableError(
                f"nobody of arm {a} was observed at visit {visit} (both counted from "
                "0); leave that visit out",
                field="y",
            )


def _centred(columns: Floats, present: NDArray[np.bool_], name: str) -> Floats:
    known = columns[present]
    if not np.isfinite(known).all():
        raise InputError("a number is missing for a person with an observation", field=name)
    if (np.ptp(known, axis=0) == 0).any():
        raise NotEstimableError("the same for everybody; leave it out", field=name)
    return np.asarray(columns - known.mean(axis=0))


def _strata(stratum: Ints, present: NDArray[np.bool_], margins: str) -> Floats:
    """Indicators of every stratum but the first that has people, less their margins."""
    if stratum.min() < 0:
        raise InputError(f"strata count from 0 (given: {stratum.min()})", field="stratum")
    found = np.unique(stratum[present])
    indicators = (stratum[:, None] == found[1:]).astype(np.float64)
    share = indicators[present].mean(axis=0) if margins == "observed" else 1.0 / found.size
    return np.asarray(indicators - share)


@dataclass(frozen=True, kw_only=True)
class MmrmAnalysis:
    """Least-squares means of every arm and visit, ``means[arm][visit]``, and their differences."""

    fit: MmrmFit
    means: tuple[tuple[Estimate, ...], ...]
    contrasts: TrialContrasts
    method: str
    level: float

    def difference(self, arm: int, other: int, visits: int | Sequence[int]) -> Estimate:
        """``arm`` less ``other`` at a visit, or averaged over several visits; counted from 0."""
        c = self.contrasts.difference(arm, other, visits)
        return contrast(self.fit, c, self.method, self.level)


def analyse_mmrm(
    change: Floats, baseline: Floats | None, arm: Ints, n_arms: int, stratum: Ints | None = None,
    structures: Sequence[str] = tuple(STRUCTURES), method: str = "satterthwaite",
    level: float = 0.95, covariates: Floats | None = None, margins: str = "observed",
) -> MmrmAnalysis:  # fmt: skip
    """The analysis of a trial with visits: `trial_design_matrix`, `fit_with_fallback`, contrasts.

    ``change`` (n, v), NaN where not observed: the change from baseline, or the value itself (the
    differences between arms are the same, because the baseline is in the model). ``structures`` are
    tried in turn; give one alone to forbid a fallback. The rest as in `trial_design_matrix` and
    `contrast`, which say what raises InputError.
    """
    x, contrasts = trial_design_matrix(
        ~np.isnan(change), arm, n_arms, baseline, stratum, covariates, margins
    )
    fit = fit_with_fallback(change, x, structures)
    means = tuple(
        tuple(contrast(fit, contrasts.mean(a, t), method, level) for t in range(contrasts.visits))
        for a in range(n_arms)
    )
    return MmrmAnalysis(fit=fit, means=means, contrasts=contrasts, method=method, level=level)
