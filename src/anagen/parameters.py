"""Every number of the model with unit, range, kind and source: ``data/parameters/*.csv``.

One table per subject, one name per number over all tables. A number rests on literature
(``references.bib``), on a study file (``study:Olsen2002``) or is an assumption (``assumed``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from anagen.citations import ASSUMED, load_references
from anagen.errors import InputError, unknown_word
from anagen.files import data_path, read_csv
from anagen.units import convert, why_no_unit

Distribution = Literal["fixed", "normal", "lognormal", "uniform", "loguniform", "beta"]
Kind = Literal["measured", "fitted", "assumed"]

DISTRIBUTIONS = ("fixed", "normal", "lognormal", "uniform", "loguniform", "beta")
KINDS = ("measured", "fitted", "assumed")
STUDY = "study:"
"""Prefix of a source that is a study file."""

COLUMNS = (
    "name", "symbol", "value", "low", "high", "distribution", "unit", "kind", "organism", "tissue",
    "source", "locator", "note",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One number.

    ``low`` and ``high`` bound what is plausible: hard ends of a uniform, loguniform or beta law,
    a spread (named in ``note`` where the source says which) of a normal or lognormal one. Of a
    fixed number they only say where published values lie.
    """

    name: str
    symbol: str
    value: float
    low: float
    high: float
    distribution: Distribution
    unit: str
    kind: Kind
    organism: str
    tissue: str
    sources: tuple[str, ...]  # keys of references.bib, or study:<id>
    locator: str
    note: str
    table: str

    @property
    def assumed(self) -> bool:
        """Whether the number is an assumption of this project."""
        return self.kind == ASSUMED

    @property
    def derived(self) -> bool:
        """Whether the number was computed from other numbers; the note says how."""
        return "derived" in self.note

    @property
    def studies(self) -> tuple[str, ...]:
        """Ids of the study files that the number rests on."""
        return tuple(s.removeprefix(STUDY) for s in self.sources if s.startswith(STUDY))

    def value_in(self, unit: str) -> float:
        """Convert the value to ``unit``. Raises InputError when that measures something else."""
        return convert(self.value, self.unit, unit)


def _number(row: dict[str, str], column: str) -> float:
    try:
        number = float(row[column])
    except ValueError:
        problem = f"'{row[column]}' is not a number; write digits without the unit, as in 1.5"
        raise InputError(problem, field=column) from None
    if not math.isfinite(number):
        raise InputError(f"must be a finite number (given: '{row[column]}')", field=column)
    return number


def _one_of(row: dict[str, str], column: str, allowed: Iterable[str]) -> str:
    if row[column] not in allowed:
        raise InputError(unknown_word(column, row[column], allowed), field=column)
    return row[column]


def _parameter(row: dict[str, str], table: str) -> Parameter:
    for column in ("name", "unit", "source", "locator"):
        if not row[column].strip():
            raise InputError("empty; every number needs it", field=column)
    return Parameter(
        name=row["name"],
        symbol=row["symbol"],
        value=_number(row, "value"),
        low=_number(row, "low"),
        high=_number(row, "high"),
        distribution=cast("Distribution", _one_of(row, "distribution", DISTRIBUTIONS)),
        unit=row["unit"],
        kind=cast("Kind", _one_of(row, "kind", KINDS)),
        organism=row["organism"],
        tissue=row["tissue"],
        sources=tuple(key.strip() for key in row["source"].split(";")),
        locator=row["locator"],
        note=row["note"],
        table=table,
    )


def _ordered(p: Parameter) -> str | None:
    if not p.low <= p.value <= p.high:
        span = f"{p.low:g} to {p.high:g}"
        return f"the value {p.value:g} lies outside its range {span}; mend the value or the range"
    return None


def _law_fits(p: Parameter) -> str | None:
    if p.distribution in ("lognormal", "loguniform") and p.low <= 0:
        return f"a {p.distribution} law needs a range above zero, not from {p.low:g}"
    if p.distribution == "beta" and not (p.low >= 0 and p.high <= 1):
        return f"a beta law needs a range within 0 to 1, not {p.low:g} to {p.high:g}"
    if p.distribution != "fixed" and p.low == p.high:
        return f"a {p.distribution} law needs a range; write fixed for a single value"
    return None


def _kind_fits(p: Parameter) -> str | None:
    if p.assumed != (ASSUMED in p.sources):
        sources = ";".join(p.sources)
        return f"kind '{p.kind}' and source '{sources}' disagree; '{ASSUMED}' goes in both or none"
    return None


def _unit_known(p: Parameter) -> str | None:
    return why_no_unit(p.unit)


@cache
def _sources() -> frozenset[str]:
    """Every key that may stand as a source: references and study files."""
    ids = (path.stem for path in data_path("studies").glob("*.yaml"))
    return frozenset(load_references()) | {f"{STUDY}{name}" for name in ids}


def _sources_known(p: Parameter) -> str | None:
    for key in p.sources:
        if key not in _sources():
            do = f"allowed: a key of references.bib, {STUDY}<id> or {ASSUMED}"
            return unknown_word("source", key, _sources(), do)
    return None


Rule = Callable[[Parameter], "str | None"]
QUICK: tuple[Rule, ...] = (_ordered, _law_fits, _kind_fits)
THOROUGH: tuple[Rule, ...] = (*QUICK, _unit_known, _sources_known)
"""Rules that also need pint and the reference list: for `anagen check` and a user's tables."""


def read_table(path: Path, rules: Iterable[Rule] = THOROUGH) -> list[Parameter]:
    """Read the parameters of one table. Raises InputError naming the line and the column."""
    found: list[Parameter] = []
    rules = tuple(rules)
    for line, row in enumerate(read_csv(path), start=2):
        unknown = [column for column in row if column not in COLUMNS]
        if unknown:
            raise InputError(unknown_word("column", unknown[0], COLUMNS), file=path, line=1)
        missing = [column for column in COLUMNS if column not in row]
        if missing:
            raise InputError(f"the column '{missing[0]}' is missing; add it", file=path, line=1)
        try:
            parameter = _parameter(row, path.stem)
        except InputError as error:
            raise InputError(error.problem, file=path, line=line, field=error.field) from None
        for rule in rules:
            problem = rule(parameter)
            if problem:
                raise InputError(problem, file=path, line=line, field=parameter.name)
        found.append(parameter)
    return found


def _by_name(tables: Iterable[tuple[Path, list[Parameter]]]) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for path, parameters in tables:
        for p in parameters:
            if p.name in found:
                problem = f"the name is taken in {found[p.name].table}.csv; choose another"
                raise InputError(problem, file=path, field=p.name)
            found[p.name] = p
    return found


@cache
def _shipped() -> dict[str, Parameter]:
    paths = sorted(data_path("parameters").glob("*.csv"))
    return _by_name((path, read_table(path, QUICK)) for path in paths)


def load_parameters(path: Path | None = None) -> dict[str, Parameter]:
    """Load every parameter by name: the shipped ones, or those of the table or folder ``path``.

    Raises InputError for a malformed row, a range that does not hold its value, a law that does
    not fit its range, a name that appears twice, and (outside the shipped tables, where the tests
    see to it) an unknown unit or source.
    """
    if path is None:
        return dict(_shipped())
    if not path.exists():
        raise InputError("no such table or folder of parameters", file=path)
    paths = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    if not paths:
        raise InputError("no .csv table in this folder", file=path)
    return _by_name((table, read_table(table)) for table in paths)


def parameter(name: str) -> Parameter:
    """Look up the shipped parameter ``name``. Raises InputError with the nearest name."""
    try:
        return _shipped()[name]
    except KeyError:
        do = "the names are in data/parameters/*.csv"
        raise InputError(unknown_word("parameter", name, _shipped(), do)) from None
