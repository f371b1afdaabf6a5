"""Read p values as they are printed."""

from __future__ import annotations

import re

ALPHA = 0.05
JUST_BELOW = 0.0499  # so that what is significant stays so after rounding


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

    Words: ``significant``, ``sig``; ``NS``, ``n.s.``, and every negation before ``sig``.
    """
    words = printed.lower()
    text = words.replace(" ", "")
    if re.match(r"^(ns|n\.s\.)", text) or re.search(r"(\bno\b|\bnot\b|\bnon|\bin)[^.;]*sig", words):
        return False
    number = p_number(printed)
    if number is not None:
        sign, value = number
        return False if sign == ">" else value <= ALPHA if sign == "<" else value < ALPHA
    return True if "sig" in text else None


def p_for_spread(printed: str) -> float | None:
    """The p value that a spread can be taken from (``variance_from_p``), None when there is none.

    An exact p of any size; of a bound its largest value, just below 0.05 for ``<0.05``; a print
    of 0.000 means below 0.001. A p above a limit bounds nothing.
    """
    number = p_number(printed)
    if number is None or number[0] == ">":
        return None
    sign, value = number
    value = 0.001 if value == 0 else value
    if sign == "<":
        return min(value, JUST_BELOW) if value <= ALPHA else None
    return value if value < 1 else None
