"""How the reports write simulated numbers: shares, changes, intervals, magnitudes."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from anagen.forecast.spread import Band, Spread
from anagen.forecast.summary import Simulated
from anagen.verdict import words as verdict

ENOUGH = 100
"""Independent people that the draws are worth, below which it is said beside a share."""
STEPS = {0.01: 1, 0.05: 5}
"""To how many points a share is rounded, by the Monte-Carlo error it has at most; else to 10."""


def percent(share: float, step: int = 1) -> str:
    """A share as a percentage in steps; what is neither none nor all is not rounded to it."""
    if 0 < share < step / 200:
        return f"< {step} %"
    if 0 < 1 - share < step / 200:
        return f"> {100 - step} %"
    return f"{step * math.floor(100 * share / step + 0.5)} %"


def of_draws(summary: Simulated, share: float) -> str:
    """A share of the draws, rounded to what their number supports."""
    steps = (step for error, step in STEPS.items() if summary.error <= error)
    return percent(share, next(steps, 10))


def worth(summary: Simulated) -> str:
    """How many independent people the draws are worth, where they are few."""
    return f" (worth {summary.worth:.0f} people)" if summary.worth < ENOUGH else ""


def signed(x: float, digits: int = 1) -> str:
    """A change with its sign; one that rounds to nothing is 0."""
    return "0" if round(x, digits) == 0 else verdict.signed(x, digits)


def range90(x: Spread, digits: int = 1) -> str:
    """Median and 90 % interval, signed."""
    if x.q50 is None or x.q05 is None or x.q95 is None:
        return "–"
    ends = f"{signed(x.q05, digits)} to {signed(x.q95, digits)}"
    return f"{signed(x.q50, digits)} ({ends})"


def at(course: Band, place: int, digits: int = 1, *, sign: bool = False) -> str:
    """Median and 90 % interval of a course at one of its visits or weeks."""
    ends = [getattr(course, name)[place] for name in ("q50", "q05", "q95")]
    if None in ends:
        return "–"
    m, low, high = (signed(x, digits) if sign else f"{x:.{digits}f}" for x in ends)
    return f"{m} ({low} to {high})"


def amount(x: float | None) -> str:
    """A number over many magnitudes, as 1.2e8 or 0.031."""
    if x is None:
        return "–"
    if 100 <= x < 10_000:
        return f"{x:.0f}"
    return re.sub(r"e([+-])0?", _exponent, f"{x:.1e}" if x >= 100 or 0 < x < 1e-3 else f"{x:.2g}")


def _exponent(found: re.Match[str]) -> str:
    return "e−" if found[1] == "-" else "e"


def week(number: float) -> str:
    """A week without needless decimals."""
    return f"{round(number, 1):g}"


def amounts(x: Spread) -> str:
    """Median and 90 % interval of such a number."""
    return f"{amount(x.q50)} ({amount(x.q05)} to {amount(x.q95)})"


def is_zero(x: Spread) -> bool:
    """Whether the 90 % interval reads 0 to 0."""
    return all(end is not None and round(end, 1) == 0 for end in (x.q05, x.q95))


def readable(text: str) -> str:
    """The text with its raw names in plain letters."""
    return re.sub(r"\b[A-Za-z]\w*_\w+", lambda name: name[0].replace("_", " "), text)


def say_unit(unit: str) -> str:
    """A unit as the reports write it; nothing for a pure number."""
    return "" if unit == "dimensionless" else unit.replace("**", "")


def at_weeks(numbers: Sequence[float]) -> str:
    """``at week 24 and at week 52``."""
    return "at week " + " and at week ".join(map(week, numbers))
