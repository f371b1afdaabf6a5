"""Units at the border: ``convert(140, "nm", "um")`` is 0.14; nothing inside carries units.

pint is imported only when two spellings of a unit differ, because importing it and reading its
definitions takes about half a second.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from anagen.errors import InputError, hint

if TYPE_CHECKING:
    import pint

DEFINITIONS = """
hair = [hair] = _ = hairs
follicle = [follicle] = _ = follicles
follicular_unit = [follicular_unit] = FU = follicular_units
person = [person] = _ = people = persons
score_point = [score] = _ = points
cell = [cell] = _ = cells
punch = [punch] = _ = punches
ratio = 1
"""
"""What pint does not know. ``particle`` is known: 1 pmol/L is 6.02e8 particles/mL."""

DAYS_PER_YEAR = 365.25
"""Of the Julian year, in which rates and ages per year are meant."""

COMMON = (
    "dimensionless", "percent", "ratio", "points", "people", "hairs", "hairs/cm2", "hairs/day",
    "follicles/cm2", "FU/cm2", "hairs/FU", "follicles", "FU", "cells", "cells/mL", "particles",
    "particles/mL", "particles/cm2", "particles/ug", "nm", "um", "mm", "cm", "mm/day", "um/day",
    "mm/cm2", "cm2", "um2/s", "1/cm2", "mL", "uL", "mL/min", "ng/mL", "pg/mL", "ug/mL", "mg",
    "mg/day", "ug", "ng", "pmol/g", "pmol/L", "nmol/L", "second", "min", "hour", "day", "week",
    "month", "year", "1/hour", "1/day", "mV",
)  # fmt: skip
"""Spellings offered when a unit is not known."""

EXAMPLES = "'um', 'hairs/cm2', 'mm/day', 'percent'"

_SUPERSCRIPTS = {"²": "**2", "³": "**3", "⁻¹": "**-1", "⁻²": "**-2", "⁻³": "**-3"}
_POWER = re.compile(r"(?<![A-Za-z_\d])([A-Za-z_]+)([23])(?![\d.])")


def spell(text: str) -> str:
    """Give a unit its one spelling: ``cm2``, ``cm^2`` and ``cm²`` all become ``cm**2``.

    ``points`` becomes our score point, because pint's point is a printer's length.
    """
    unit = text.strip().replace("^", "**").replace("·", "*").replace("μ", "u").replace("µ", "u")
    for mark, power in _SUPERSCRIPTS.items():
        unit = unit.replace(mark, power)
    unit = re.sub(r"\bpoints?\b", "score_point", unit)
    unit = re.sub(r"^per\s+(?=\w)", "1/", unit)
    return _POWER.sub(r"\1**\2", unit).replace("%", "percent") or "dimensionless"


@cache
def _registry() -> pint.UnitRegistry[float]:
    import pint

    registry: pint.UnitRegistry[float] = pint.UnitRegistry()
    for line in DEFINITIONS.split("\n"):
        if line.strip():
            registry.define(line)
    return registry


@cache
def _parsed(text: str) -> pint.Unit:
    """Read a unit as pint has it. Raises InputError when it is not a unit."""
    import pint

    try:
        if "//" in text:
            raise ValueError("two strokes")
        return _registry().Unit(spell(text))
    except pint.UndefinedUnitError as error:
        name = error.unit_names if isinstance(error.unit_names, str) else error.unit_names[0]
        near = hint(text, COMMON) or hint(name, COMMON)
        raise InputError(f"unknown unit '{text}'; {near}write it as in {EXAMPLES}") from None
    except Exception:  # pint raises many kinds for text that is no unit expression
        near = hint(text, COMMON)
        raise InputError(f"'{text}' is not a unit; {near}write it as in {EXAMPLES}") from None


@cache
def _same(given: str, wanted: str) -> bool:
    return spell(given) == spell(wanted)


def is_unit(text: str) -> bool:
    """Whether ``text`` is a unit that can be converted."""
    return why_no_unit(text) is None


def why_no_unit(text: str) -> str | None:
    """Why ``text`` cannot be converted, with the nearest unit; None when it can."""
    try:
        _parsed(text)
    except InputError as error:
        return error.problem
    return None


def convert(value: float, given: str, wanted: str) -> float:
    """Convert ``value`` from the unit ``given`` to the unit ``wanted``.

    Parameters
    ----------
    value
        The number, in ``given``.
    given, wanted
        Units; ``cm2``, ``cm^2`` and ``cm**2`` are the same.

    Raises
    ------
    InputError
        For an unknown unit, or one that measures something else.
    """
    if given == wanted or _same(given, wanted):
        return value
    source, target = _parsed(given), _parsed(wanted)
    if source.dimensionality != target.dimensionality:
        raise InputError(
            f"'{given}' cannot be converted to '{wanted}': they measure different things"
        )
    return float(_registry().Quantity(value, source).to(target).magnitude)
