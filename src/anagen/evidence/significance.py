"""What one comparison says against its control, from its interval or from its printed p value."""

from __future__ import annotations

from typing import Literal

from anagen.evidence.contrasts import Contrast
from anagen.evidence.distributions import critical_value
from anagen.evidence.printed_p import significant
from anagen.vocabulary import words

Says = Literal["better", "worse", "no difference"]


def says(contrast: Contrast) -> Says | None:
    """What the comparison says about the people: better, worse, no difference; None if unknown.

    The printed p comes first where the interval is only estimated or cannot be pooled.
    """
    if contrast.direction == "no_difference":
        return "no difference"
    printed = significant(contrast.p) if contrast.p else None
    if contrast.variance is not None and (printed is None or contrast.obstacle is None):
        half = critical_value(0.95) * contrast.variance**0.5
        printed = abs(contrast.estimate or 0.0) > half
    if printed is None:
        return None
    if not printed:
        return "no difference"
    if contrast.estimate is not None:
        return side(contrast.outcome, contrast.estimate > 0)
    up = {"up": True, "down": False}.get(contrast.direction or "")
    return None if up is None else side(contrast.outcome, up)


def side(outcome: str, up: bool) -> Says | None:
    """Whether more (``up``) of an outcome is better or worse; None where neither is."""
    better = words("outcome")[outcome]["better"]
    if better == "none":
        return None
    return "better" if up == (better == "up") else "worse"
