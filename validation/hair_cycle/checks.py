"""One line of a comparison: what we get, what it is held against, and whether the two agree."""

from __future__ import annotations

from typing import NamedTuple


class Check(NamedTuple):
    """``agrees`` is None where a number is shown beside another one but not judged."""

    name: str
    ours: str
    reference: str
    agrees: bool | None = None


def close(name: str, ours: float, reference: float, tolerance: float) -> Check:
    """Judge ``ours`` by its absolute distance from ``reference``."""
    agrees = abs(ours - reference) <= tolerance
    return Check(name, f"{ours:.6g}", f"{reference:.6g} +/- {tolerance:g}", agrees)


def within_error(name: str, z: float) -> Check:
    """Judge the largest deviation, in Monte-Carlo standard errors."""
    return Check(name, f"{z:.2f} standard errors", "at most 4", abs(z) <= 4)
