"""One line of a comparison, and the numbers that the models are held against."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from anagen.files import read_yaml

MODELS: dict[str, Any] = read_yaml(Path(__file__).with_name("models.yaml"))


class Check(NamedTuple):
    """What we get, what it is held against, and whether the two agree.

    ``agrees`` is None where a number is shown beside another one but not judged.
    """

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
