"""A comparison: ours, the published range, and why it misses where it does."""

from __future__ import annotations

import math
from typing import NamedTuple


class Row(NamedTuple):
    """``verdict``: ``ok``, ``not judged``, why it misses, or UNEXPLAINED."""

    name: str
    ours: float
    low: float
    high: float
    source: str
    verdict: str

    @property
    def unexplained(self) -> bool:
        return self.verdict == "UNEXPLAINED"

    def __str__(self) -> str:
        published = "" if math.isnan(self.low) else f"{self.low:.4g} to {self.high:.4g}"
        return f"{self.name:72s} {self.ours:9.4g}  {published:18s} {self.source}: {self.verdict}"


def held(name: str, ours: float, low: float, high: float, source: str, why: str = "") -> Row:
    """A comparison judged by the published range; a miss without a reason is unexplained."""
    inside = low <= ours <= high
    return Row(name, float(ours), low, high, source, "ok" if inside else why or "UNEXPLAINED")


def shown(name: str, ours: float, source: str) -> Row:
    """A number of ours that nothing published can judge."""
    return Row(name, float(ours), math.nan, math.nan, source, "not judged")
