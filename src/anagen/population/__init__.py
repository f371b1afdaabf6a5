"""People for a trial: plausible ones, weighted until they meet its published baseline table.

Public names are loaded when they are first used, so that the command line stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anagen.population.made import Population, make_population
    from anagen.population.matching import select
    from anagen.population.request import Request, read_request

PEOPLE = 2000
"""People of a pool."""
FLOOR = 0.25
"""Least effective sample size, as a share of the pool."""

_HOME = {
    "Population": "made",
    "make_population": "made",
    "select": "matching",
    "Request": "request",
    "read_request": "request",
}

__all__ = [
    "FLOOR",
    "PEOPLE",
    "Population",
    "Request",
    "make_population",
    "read_request",
    "select",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
