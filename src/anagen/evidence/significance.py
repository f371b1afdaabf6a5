"""What one comparison says against its control, from its interval or from its printed p value."""

from __future__ import annotations

import re
from typing import Literal

from anagen.evidence.contrasts import Contrast
from anagen.evidence.distributions import critical_value
from anagen.vocabulary import words

Says = Literal["better", "worse", "no difference"]
ALPHA = 0.05


def significant(printed: str) -> bool | None:
    """Whether a printed p value is below 0.05; None when the print does not say.

    Reads ``<0.001``, ``= 0.01``, ``0.06``, ``>0.05``, ``significant``, ``sig``, ``NS``, ``n.s.``.
    """
    text = printed.lower().replace(" ", "")
    if re.match(r"^(ns|n\.s\.|not?sig|nosig)", text):
        return False
    number = re.search(r"([<>=≤]?)(\d*\.\d+)", text)
    if number:
        value, sign = float(number.group(2)), number.group(1)
        return False if sign == ">" else value <= ALPHA if sign in ("<", "≤") else value < ALPHA
    return True if text.startswith("sig") else None


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
    return _side(contrast) if printed else "no difference"


def _side(contrast: Contrast) -> Says | None:
    better = words("outcome")[contrast.outcome]["better"]
    up = contrast.estimate > 0 if contrast.estimate is not None else (
        {"up": True, "down": False}.get(contrast.direction or ""))  # fmt: skip
    if up is None or better == "none":
        return None
    return "better" if up == (better == "up") else "worse"
