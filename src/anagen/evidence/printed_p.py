"""Read p values as they are printed."""

from __future__ import annotations

import re

ALPHA = 0.05


def p_number(printed: str) -> tuple[str, float] | None:
    """Sign (``<``, ``>``, ``=``) and value of a printed p, None when it prints no number.

    Reads ``<0.001``, ``= 0.01``, ``P = 0,03``, ``1e-5``, ``less than 0.05``.
    """
    text = printed.lower().replace(" ", "").replace(",", ".").replace("lessthan", "<")
    found = re.search(r"([<>=≤]?)(\d*\.\d+(?:e-?\d+)?|\d+e-\d+)", text)
    if found is None:
        return None
    return found.group(1).replace("≤", "<") or "=", float(found.group(2))


def significant(printed: str) -> bool | None:
    """Whether a printed p value is below 0.05; None when the print does not say.

    Words: ``significant``, ``sig``; ``NS``, ``n.s.``, ``not significant``, ``non-significant``.
    """
    text = printed.lower().replace(" ", "").replace("-", "")
    if re.match(r"^(ns|n\.s\.|notsig|nosig|nonsig|notstat)", text):
        return False
    number = p_number(printed)
    if number is not None:
        sign, value = number
        return False if sign == ">" else value <= ALPHA if sign == "<" else value < ALPHA
    return True if "sig" in text else None
