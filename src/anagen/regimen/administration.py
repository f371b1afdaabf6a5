"""How a therapy can be given: the table ``data/administration.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from anagen.errors import InputError, unknown_word
from anagen.evidence.studies import load_record
from anagen.evidence.study import Record, Route, Therapy
from anagen.files import data_path, read_yaml
from anagen.parameters import parameter

Timing = Literal["daily", "sessions"]


class Way(Record):
    """One therapy by one route.

    ``needs`` and ``may`` are fields of a course, ``most`` the highest number of a field that is
    taken, ``omitted`` and ``usually_below`` name parameters, for this way ahead of those for all.
    """

    given: list[Timing]
    needs: list[str] = []
    may: list[str] = []
    most: dict[str, float] = {}
    omitted: dict[str, str] = {}
    usually_below: dict[str, str] = {}


class Administration(Record):
    """The whole table; its own comments say what each part is."""

    ways: dict[Therapy, dict[Route, Way]]
    instead: dict[Therapy, str]
    timing: dict[Timing, list[str]]
    daily_only: list[str]
    active: list[str]
    cargo: list[Therapy]
    rinsed: list[Therapy]
    omitted: dict[str, str]
    omitted_word: dict[str, str]
    usually_within: dict[str, list[str]]
    usually_below: dict[str, str]


@cache
def administration() -> Administration:
    """The shipped table."""
    return read_administration(data_path("administration.yaml"))


def read_administration(path: Path) -> Administration:
    """Read the table at ``path``. Raises InputError, also for a row that no parameter table has."""
    table = load_record(Administration, read_yaml(path), path)
    rows = [*table.omitted.values(), *table.usually_below.values()]
    rows += [row for names in table.usually_within.values() for row in names]
    ways = [way for routes in table.ways.values() for way in routes.values()]
    rows += [row for way in ways for row in (*way.omitted.values(), *way.usually_below.values())]
    for row in rows:
        try:
            parameter(row)
        except InputError as error:
            raise InputError(error.problem, file=path) from None
    return table


def routes_of(therapy: str) -> dict[str, Way]:
    """The ways of giving ``therapy``. Raises InputError where it is not simulated yet."""
    table = administration()
    if therapy in table.instead:
        raise InputError(f"{therapy} {table.instead[therapy]}", field="therapy")
    if therapy not in table.ways:
        allowed = ", ".join(sorted(table.ways))
        problem = f"'{therapy}' is not simulated yet; allowed: {allowed}"
        raise InputError(problem, field="therapy")
    return table.ways[therapy]


def way_of(therapy: str, route: str) -> Way:
    """How ``therapy`` is given by ``route``. Raises InputError where it is not."""
    routes = routes_of(therapy)
    if route not in routes:
        raise InputError(unknown_word(f"route of {therapy}", route, routes), field="route")
    return routes[route]


def unusual(field: str, value: float, way: Way | None = None) -> str | None:
    """A sentence where ``value`` lies outside what is usual for ``field``."""
    table = administration()
    below = table.usually_below | (way.usually_below if way else {})
    rows = table.usually_within.get(field, [below[field]] if field in below else [])
    if not rows:
        return None
    found = [parameter(row) for row in rows]
    high = max(p.high for p in found)
    low = min(p.low for p in found) if field not in below else 0.0
    if low <= value <= high:
        return None
    usual = f"up to {high:g}" if field in below else f"{low:g} to {high:g}"
    return f"{field}: {value:g} is unusual; {usual} is usual ({', '.join(rows)})"
