"""Several hypotheses at once: adjusted p values, many arms against one control, gatekeeping."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import ndtr

from anagen.errors import InputError, brief, unknown_word
from anagen.evidence.distributions import checked_level
from anagen.trial.statistics.estimate import Floats
from anagen.trial.statistics.quadrature import panels, sd_law

IN_STATSMODELS = {
    "bonferroni": "bonferroni", "hochberg": "simes-hochberg", "hommel": "hommel",
    "benjamini_hochberg": "fdr_bh", "benjamini_yekutieli": "fdr_by",
}  # fmt: skip
METHODS = ("none", "holm", *IN_STATSMODELS, "fixed_sequence")
NORMAL_TAIL = 9.0  # 2e-19 of a standard normal law lies beyond
MOST_PER_CONTROL = 10_000


def _checked_p(p: ArrayLike) -> Floats:
    values = np.asarray(p, dtype=float)
    if values.ndim != 1 or not values.size or not np.all((values >= 0) & (values <= 1)):
        problem = f"expected one list of numbers from 0 to 1 (given: {brief(values.tolist())})"
        raise InputError(problem, field="p")
    return values


def adjusted(p: ArrayLike, method: str) -> Floats:
    """Adjusted p values, (hypotheses,): reject those at or below the error allowed for all.

    ``p`` (hypotheses,), for "fixed_sequence" in the order of testing; ``method`` one of `METHODS`.
    All but "none" and the Benjamini methods (false discovery rate) hold the familywise error,
    Hochberg and Hommel for independent or positively dependent tests only.

    Raises
    ------
    InputError
        unknown method, no p value or one outside 0 to 1.
    """
    values = _checked_p(p)
    if method not in METHODS:
        raise InputError(unknown_word("adjustment", method, METHODS), field="method")
    if method in OWN:
        return OWN[method](values)
    from statsmodels.stats.multitest import multipletests

    return np.asarray(multipletests(values, method=IN_STATSMODELS[method])[1])


def fixed_sequence(p: ArrayLike) -> Floats:
    """Gatekeeping in order: each hypothesis needs all before it, max of the p values so far.

    Maurer, Hothorn & Lehmacher 1995 (from memory).
    """
    return np.maximum.accumulate(_checked_p(p))


def holm(p: ArrayLike) -> Floats:
    """Step-down Bonferroni, max of $(k - i + 1) p_{(i)}$ so far (Holm 1979).

    Not that of statsmodels, which collects garbage at every call: 1000 times the work.
    """
    values = _checked_p(p)
    order, left = np.argsort(values), np.arange(values.size, 0, -1)
    found = np.empty_like(values)
    found[order] = np.minimum(np.maximum.accumulate(left * values[order]), 1.0)
    return found


OWN: dict[str, Callable[[Floats], Floats]] = {
    "none": np.copy,
    "holm": holm,
    "fixed_sequence": fixed_sequence,
}


def graphical(p: ArrayLike, weights: ArrayLike, transitions: ArrayLike) -> Floats:
    r"""Adjusted p values of the sequentially rejective graph of weighted Bonferroni tests.

    The hypothesis with the least $p_j / w_j$ goes first and passes its weight on:

    .. math:: w_l \leftarrow w_l + w_j g_{jl}, \qquad
              g_{lm} \leftarrow \frac{g_{lm} + g_{lj} g_{jm}}{1 - g_{lj} g_{jl}}

    Bretz, Maurer, Brannath & Posch 2009, DOI 10.1002/sim.3495.

    Parameters
    ----------
    p
        (hypotheses,).
    weights
        $w$, (hypotheses,): shares of the error, adding up to 1 at most.
    transitions
        $g$, (hypotheses, hypotheses): shares of a rejected row's weight that each column gets;
        0 on the diagonal, rows adding up to 1 at most.

    Raises
    ------
    InputError
        shapes that do not fit, a negative share, or shares of more than 1 in all.
    """
    values, (w, g) = _checked_p(p), _checked_graph(weights, transitions, np.size(p))
    found, left, reached = np.empty_like(values), list(range(values.size)), 0.0
    while left:
        asked = [values[i] / w[i] if w[i] > 0 else math.inf for i in left]
        j = left.pop(int(np.argmin(asked)))
        reached = max(reached, min(*asked, 1.0))
        found[j] = reached
        w = w + w[j] * g[j]
        loops = 1 - g[:, j] * g[j]
        passed = g + np.outer(g[:, j], g[j])
        g = np.divide(passed, loops[:, None], out=np.zeros_like(g), where=loops[:, None] > 1e-12)
        np.fill_diagonal(g, 0.0)
    return found


def _checked_graph(weights: ArrayLike, transitions: ArrayLike, k: int) -> tuple[Floats, Floats]:
    w, g = np.asarray(weights, dtype=float), np.asarray(transitions, dtype=float)
    for name, table, shape in (("weights", w, (k,)), ("transitions", g, (k, k))):
        if table.shape != shape:
            raise InputError(f"expected shape {shape}, got {table.shape}", field=name)
        if not (np.all(table >= 0) and np.all(table.sum(axis=-1) <= 1 + 1e-9)):
            raise InputError("shares must be 0 or more and add up to 1 at most", field=name)
    if np.any(np.diag(g) != 0):
        raise InputError("a hypothesis cannot pass weight to itself", field="transitions")
    return w, g


def dunnett_below(limit: float, loadings: Floats, df: float, sides: int = 2) -> float:
    r"""Probability that all comparisons with one control stay below ``limit``.

    .. math:: \int\!\!\int \prod_i \left[\Phi\left(\frac{c s + b_i u}{\sqrt{1 - b_i^2}}\right) -
              \Phi\left(\frac{-c s + b_i u}{\sqrt{1 - b_i^2}}\right)\right] d\Phi(u)\, dF_\nu(s)

    ``limit`` $c$, ``loadings`` (arms,) $b_i = \sqrt{n_i / (n_i + n_0)}$, so that two statistics
    correlate by $b_i b_j$, ``df`` $\nu$ of the SD $s$ (inf: known); one-sided without the second
    term. Dunnett 1955, DOI 10.1080/01621459.1955.10501294; by quadrature.
    """
    rest = np.sqrt(1 - loadings**2)
    u, du = panels(-NORMAL_TAIL, NORMAL_TAIL, 2 * float(rest.min()))
    du = du * np.exp(-(u**2) / 2) / math.sqrt(2 * math.pi)
    s, ds = sd_law(df, 2 / max(abs(limit), 1.0))
    inside = np.ones((s.size, u.size))
    for b, r in zip(loadings[:, None] * u, rest, strict=True):
        upper = ndtr((limit * s[:, None] + b) / r)
        inside *= upper - ndtr((-limit * s[:, None] + b) / r) if sides == 2 else upper
    return float(ds @ inside @ du)


def _loadings(n_treated: ArrayLike, n_control: float, df: float, sides: int) -> Floats:
    n = np.atleast_1d(np.asarray(n_treated, dtype=float))
    if n.ndim != 1 or not (np.all(n > 0) and n_control > 0 and np.all(np.isfinite(n))):
        given = f"given: {brief(n.tolist())} and {n_control}"
        raise InputError(f"arms must hold people ({given})", field="n_treated")
    if not df >= 1:
        raise InputError(f"must be 1 or more (given: {df:g})", field="df")
    if np.any(n > MOST_PER_CONTROL * n_control):
        problem = f"an arm of more than {MOST_PER_CONTROL} times the control has no comparison"
        raise InputError(
            f"{problem} (given: {brief(n.tolist())} and {n_control})", field="n_treated"
        )
    if sides not in (1, 2):
        raise InputError(f"a test has 1 or 2 sides (given: {sides})", field="sides")
    return np.asarray(np.sqrt(n / (n + n_control)))


def dunnett_critical_value(
    n_treated: ArrayLike, n_control: float, df: float = math.inf, alpha: float = 0.05,
    sides: int = 2,
) -> float:  # fmt: skip
    """Limit that the largest of many-to-one t statistics exceeds with probability ``alpha``.

    ``n_treated`` (arms,) people of the treated arms, ``n_control`` those of their common control,
    ``df`` degrees of freedom of the common SD.
    """
    loadings, level = _loadings(n_treated, n_control, df, sides), 1 - checked_level(alpha)
    high = 2.0
    while dunnett_below(high, loadings, df, sides) < level:
        high *= 2
    return float(brentq(
        lambda c: dunnett_below(c, loadings, df, sides) - level,
        0.0 if sides == 2 else -NORMAL_TAIL, high, xtol=1e-11,
    ))  # fmt: skip


def dunnett(
    t: ArrayLike, n_treated: ArrayLike, n_control: float, df: float = math.inf, sides: int = 2
) -> Floats:
    """Single-step adjusted p values, (arms,), of many-to-one statistics ``t`` (arms,).

    Arms and degrees of freedom as in `dunnett_critical_value`; one-sided p speak for a higher arm.
    """
    loadings = _loadings(n_treated, n_control, df, sides)
    values = np.asarray(t, dtype=float)
    if values.shape != loadings.shape or not np.all(np.isfinite(values)):
        problem = (
            f"needs one number for each of {loadings.size} arms (given: {brief(values.tolist())})"
        )
        raise InputError(problem, field="t")
    size = np.abs(values) if sides == 2 else values
    below = [dunnett_below(float(c), loadings, df, sides) for c in size]
    return np.asarray(np.clip(1 - np.asarray(below), 0.0, 1.0))
