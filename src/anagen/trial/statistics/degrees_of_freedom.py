r"""Degrees of freedom of a contrast when the covariance was estimated from the same few people.

$\Phi(\theta)$ is the covariance of the coefficients, $\theta$ the covariance parameters, $w$ the
covariance of their estimates.
"""

from __future__ import annotations

import numpy as np

from anagen.evidence.least_squares import Floats

__all__ = ["approximate_df", "kenward_roger_covariance"]


def approximate_df(contrast: Floats, phi: Floats, slopes: Floats, w: Floats) -> float:
    r"""Degrees of freedom of one contrast by matching the variance of its variance.

    .. math:: \nu = \frac{2 (c'\Phi c)^2}{g' w g}, \quad
              g_k = \frac{\partial\, c'\Phi c}{\partial \theta_k} = c'\Phi P_k \Phi c

    With $w$ from the observed information this is Satterthwaite's df (Satterthwaite 1946, in the
    form of Fai & Cornelius 1996). For a single contrast the F moments that Kenward & Roger 1997
    match give the same expression and a scale of exactly 1; they take the expected information,
    SAS the observed one.

    ``contrast`` c (p,), ``phi`` (p, p), ``slopes`` P_k = X'V^-1 (dV/dtheta_k) V^-1 X (k, p, p),
    ``w`` (k, k).
    """
    u = phi @ contrast
    gradient = slopes @ u @ u
    return float(2.0 * (contrast @ u) ** 2 / (gradient @ w @ gradient))


def kenward_roger_covariance(
    phi: Floats, slopes: Floats, q: Floats, r: Floats | float, w: Floats
) -> Floats:
    r"""Covariance of the coefficients, with the error of the covariance parameters in it.

    .. math:: \Phi_A = \Phi + 2 \Phi \Big\{ \sum_{kl} w_{kl}
              (Q_{kl} - P_k \Phi P_l - \tfrac14 R_{kl}) \Big\} \Phi

    Kenward & Roger 1997, DOI 10.2307/2533558. ``q`` and ``r`` are the sums
    :math:`\sum w_{kl} Q_{kl}` and :math:`\sum w_{kl} R_{kl}` (p, p), with
    :math:`Q_{kl} = X'V^{-1}\dot V_k V^{-1} \dot V_l V^{-1} X` and
    :math:`R_{kl} = X'V^{-1} \ddot V_{kl} V^{-1} X`, which vanishes for linear structures.
    """
    weighted = np.tensordot(w, slopes, 1)
    products = (slopes @ phi @ weighted).sum(axis=0)
    adjusted = phi + 2.0 * phi @ (q - products - 0.25 * r) @ phi
    return np.asarray(0.5 * (adjusted + adjusted.T))
