"""What the report of a virtual trial is built of: sections of text, tables, lists and figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from anagen.report.figures import Figure, Rows
from anagen.report.simulate_numbers import percent, signed
from anagen.trial.design import Design
from anagen.trial.sensitivity import Ranking
from anagen.trial.summary import Contrast, Share, Spread, Summary
from anagen.vocabulary import label, words


@dataclass(frozen=True)
class Text:
    """A paragraph; ``meta`` in small letters, ``lead`` in bold."""

    text: str
    style: str = ""
    kind: str = "text"


@dataclass(frozen=True)
class Items:
    """A list."""

    items: Sequence[str]
    kind: str = "items"


@dataclass(frozen=True)
class Table:
    """Title, head and rows of a table; ``folded``: shown when a reader opens it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    folded: bool = False
    kind: str = "table"


@dataclass(frozen=True)
class Drawn:
    """A figure and the rows that it draws, which are written beside it."""

    name: str
    figure: Figure
    rows: Rows
    kind: str = "figure"


Block = Text | Items | Table | Drawn


@dataclass(frozen=True)
class Section:
    """One section of the report."""

    heading: str
    blocks: Sequence[Block]


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A pooled effect of published trials, and the simulated contrast set beside it.

    The pool with its 95 % ``low`` and ``high``; ``simulated`` at ``week``, the visit nearest to the
    trials'; ``central``: with the central parameters, where that is known.
    """

    arm: str
    therapy: str
    outcome: str
    unit: str
    estimate: float
    low: float
    high: float
    trials: int
    people: int
    trials_week: float
    week: float
    simulated: Spread
    central: float | None
    ids: tuple[str, ...]

    @property
    def inside(self) -> bool:
        """Whether the middle of what is simulated lies in the trials' interval."""
        return self.low <= self.simulated.q50 <= self.high


@dataclass(frozen=True, kw_only=True)
class Content:
    """Everything that the report of a trial is made of.

    ``follicles``: grown of each person; ``run``: the record of the run.
    """

    summary: Summary
    design: Design
    follicles: int
    ranking: Ranking | None = None
    beside: Sequence[Beside] = ()
    run: dict[str, Any] = field(default_factory=dict)


RANGE = "median (5 to 95 % of the replicates)"


# ---- numbers -------------------------------------------------------------------------------------


def digits_of(unit: str) -> int:
    """Decimals of a number in ``unit``."""
    return {"ratio": 3, "mm/day": 3, "mm/cm2": 2, "mg/cm2": 2}.get(unit, 1)


def middle90(x: Spread | None, digits: int = 1) -> str:
    """Median over replicates and the range that holds 90 % of them, with signs."""
    if x is None:
        return "–"
    ends = f"{signed(x.q05, digits)} to {signed(x.q95, digits)}"
    return f"{signed(x.q50, digits)} ({ends})"


def plain90(x: Spread | None, digits: int = 1) -> str:
    """The same of a quantity that is no change."""
    if x is None:
        return "–"
    return f"{x.q50:.{digits}f} ({x.q05:.{digits}f} to {x.q95:.{digits}f})".replace("-", "−")


def share_of(x: Share | None) -> str:
    """A share of replicates with its Monte-Carlo standard error, in percent.

    Of none or all the error is not known: how far the share may be from it stands there.
    """
    if x is None:
        return "–"
    if x.share in (0, 1):
        return f"0 % (to {100 * x.high:.1f})" if x.share == 0 else f"100 % (from {100 * x.low:.1f})"
    return f"{100 * x.share:.1f} % ± {100 * x.se:.1f}"


def chance(x: float) -> str:
    """A power in closed form, in percent; nearly certain is not certain."""
    return "> 99.9 %" if x > 0.9995 else f"{100 * x:.1f} %"


def share_within(x: Share | None) -> str:
    """The same with its 95 % interval in place of the error."""
    if x is None:
        return "–"
    return f"{100 * x.share:.1f} % ({100 * x.low:.1f} to {100 * x.high:.1f})"


def whole(x: float) -> str:
    """A mean number of people: no decimals where it is whole."""
    return f"{x:.0f}" if abs(x - round(x)) < 0.05 else f"{x:.1f}"


def share(x: float) -> str:
    """A share of people that was set."""
    return "none" if x == 0 else percent(x) if x >= 0.005 else f"{100 * x:g} %"


def endpoint_name(name: str) -> str:
    """An endpoint in words."""
    return label("outcome", name) if name in words("outcome") else name.replace("_", " ")


def column_name(name: str) -> str:
    """A column of the baseline table, or what people are told apart by, in words."""
    for kind in ("outcome", "patient_number", "patient_baseline"):
        if name in words(kind):
            return label(kind, name)
    return name.replace("_", " ")


def primary_of(summary: Summary) -> list[Contrast]:
    """The primary comparisons."""
    return [c for c in summary.contrasts if c.primary]


def scenario_names(summary: Summary) -> list[str]:
    """Scenarios that were run."""
    return [s.scenario for s in summary.scenarios]


def csv_of(rows: Rows) -> str:
    """Rows as CSV, with the columns of all of them."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    table = csv.DictWriter(text, columns, lineterminator="\n", restval="")
    table.writeheader()
    table.writerows({k: "" if v is None else v for k, v in row.items()} for row in rows)
    return text.getvalue()
