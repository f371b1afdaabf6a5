"""Figures from rows of numbers: the same charts for the report, notebooks and the page.

Every function takes plain rows (lists of dictionaries) and a width in pixels and returns an
Altair chart; ``svg`` and ``png`` draw it without a browser or a network.
"""

from __future__ import annotations

import hashlib
import json
import re
import textwrap
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeAlias

from anagen.evidence.distributions import critical_value
from anagen.files import cached

if TYPE_CHECKING:
    import altair as alt

Rows: TypeAlias = Sequence[dict[str, Any]]
INK, ACCENT, WARM, FAINT, VIOLET = "#22313a", "#0b6e6e", "#b84f14", "#5d6b73", "#5b3f8c"
LETTER = 6  # pixels that a letter of a label takes, on average


def _values(rows: Rows) -> alt.InlineData:
    import altair as alt

    return alt.InlineData(values=list(rows))


def _styled(chart: Any, width: int) -> Any:
    size = 12 if width > 500 else 11
    fit = chart.properties(width=width, autosize={"type": "fit-x", "contains": "padding"})
    return (
        fit.configure(font="Helvetica, Arial, sans-serif", background="white")
        .configure_view(stroke=None)
        .configure_axis(labelColor=INK, titleColor=INK, titleFontWeight="normal",
                        gridColor="#e6eaec",
                        domainColor="#b9c3c8", tickColor="#b9c3c8", labelFontSize=size,
                        titleFontSize=size)
        .configure_legend(labelFontSize=size, titleFontSize=size, orient="bottom", labelLimit=0)
        .configure_text(fontSize=size)
    )  # fmt: skip


def _x(field: str, title: str, width: int) -> Any:
    import altair as alt

    return alt.X(f"{field}:Q", title=title, axis=alt.Axis(tickCount=10 if width > 500 else 5))


def _broken(rows: Rows, field: str, width: int, room: float) -> Rows:
    """The rows with ``field`` broken into lines that fit ``room``, a share of the width."""
    letters = int(room * width / LETTER)
    return [{**row, field: _folded(row[field], letters)} for row in rows]


def _folded(text: str, letters: int) -> str:
    """The text in lines: after a comma or before a bracket, then where it is too long."""
    parts = [text] if len(text) <= letters else re.split(r"(?<=,) | (?=\()", text, maxsplit=1)
    return "\n".join(line for part in parts
                     for line in textwrap.wrap(part, letters, break_long_words=False))  # fmt: skip


def _lines(**options: Any) -> Any:
    """An axis of names: broken where ``_broken`` broke them, centred on the tick, never cut."""
    import altair as alt

    lines = r"length(split(datum.value, '\n'))"
    centred = {"condition": [{"test": f"{lines} > 2", "value": -12},
                             {"test": f"{lines} > 1", "value": -6}], "value": 0}  # fmt: skip
    return alt.Axis(labelExpr=r"split(datum.label, '\n')", labelLimit=0, labelOffset=centred,
                    ticks=False, domain=False, **options)  # fmt: skip


def forest(rows: Rows, axis: str, width: int = 760) -> Any:
    """Forest plot: one line per row, in the given order, zero marked.

    Parameters
    ----------
    rows
        ``label``, ``estimate``, ``low``, ``high`` (numbers or None), ``kind``: ``study``,
        ``pool``, ``prediction`` or ``assumed`` (interval rests on an assumed spread).
    axis
        Title of the horizontal axis, with the unit.
    width
        Width of the whole figure in pixels.
    """
    import altair as alt

    rows = _broken(rows, "label", width, 0.45 if width > 500 else 0.36)
    order = [row["label"] for row in rows]
    colour = alt.Color(
        "kind:N",
        legend=None,
        scale=alt.Scale(
            domain=["study", "pool", "prediction", "assumed"], range=[INK, ACCENT, ACCENT, FAINT]
        ),
    )
    y = alt.Y("label:N", sort=order, title=None, axis=_lines(grid=False))
    base = alt.Chart(_values(rows)).encode(y=y, color=colour)
    ends = base.mark_rule(strokeWidth=1.6).encode(
        x=_x("low", axis, width), x2="high:Q",
        strokeDash=alt.condition("datum.kind == 'prediction' || datum.kind == 'assumed'",
                                 alt.value([4, 3]), alt.value([1, 0])))  # fmt: skip
    points = base.transform_filter("isValid(datum.estimate)").mark_point(filled=True, size=70,
                                                                         opacity=1).encode(
        x="estimate:Q",
        shape=alt.Shape("kind:N", legend=None, scale=alt.Scale(
            domain=["study", "pool", "prediction", "assumed"],
            range=["square", "diamond", "stroke", "square"])))  # fmt: skip
    zero = alt.Chart(_values([{"x": 0}])).mark_rule(color=FAINT, strokeDash=[2, 3]).encode(x="x:Q")
    step = 26 if width > 500 else 34
    chart = alt.layer(zero, ends, points).properties(height=max(step * len(order), 60))
    return _styled(chart, width)


def funnel(rows: Rows, centre: float, axis: str, width: int = 760) -> Any:
    """Funnel plot: ``estimate`` against ``se``, with the 95 % limits around ``centre``."""
    import altair as alt

    top = max(row["se"] for row in rows) * 1.15
    side = critical_value(0.95) * top
    cone = [{"se": 0.0, "low": centre, "high": centre},
            {"se": top, "low": centre - side, "high": centre + side}]  # fmt: skip
    y = alt.Y("se:Q", title="standard error", scale=alt.Scale(domain=[top, 0]))
    sides = [alt.Chart(_values(cone)).mark_line(color=FAINT, strokeDash=[4, 3]).encode(
        x=alt.X(f"{end}:Q", title=axis), y=y) for end in ("low", "high")]  # fmt: skip
    middle = (
        alt.Chart(_values([{"x": centre}])).mark_rule(color=ACCENT, opacity=0.6).encode(x="x:Q")
    )
    points = alt.Chart(_values(rows)).mark_point(filled=True, size=80, color=INK, opacity=1).encode(
        x="estimate:Q", y=y)  # fmt: skip
    names = points.mark_text(align="left", dx=8, color=INK).encode(text="label:N")
    chart = alt.layer(*sides, middle, points, names).properties(height=260)
    return _styled(chart, width)


def control_response(rows: Rows, axis: str, width: int = 760) -> Any:
    """Gains from baseline: control arms beside uncontrolled gains of the therapy.

    Parameters
    ----------
    rows
        ``label`` (kind of arm), ``study``, ``mean`` in the unit of ``axis``, ``low``/``high`` of
        the interval or None, ``series``: ``control`` (circle), ``uncontrolled`` (triangle),
        ``nearest`` (square: the closest other therapy) or ``implausible`` (cross).
    axis
        Title of the horizontal axis, with the unit.
    width
        Width of the whole figure in pixels.
    """
    import altair as alt

    rows = _broken(rows, "label", width, 0.45 if width > 500 else 0.42)
    order = list(dict.fromkeys(row["label"] for row in rows))
    series = ["control", "uncontrolled", "nearest", "implausible"]
    colours = alt.Scale(domain=series, range=[ACCENT, WARM, VIOLET, FAINT])
    shapes = alt.Scale(domain=series, range=["circle", "triangle-up", "square", "cross"])
    y = alt.Y("label:N", sort=order, title=None, axis=_lines(grid=True))
    base = alt.Chart(_values(rows)).encode(
        y=y, color=alt.Color("series:N", scale=colours, legend=None)
    )
    ends = base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=1.4).encode(
        x=_x("low", axis, width), x2="high:Q")  # fmt: skip
    points = base.mark_point(size=85, opacity=0.9, strokeWidth=2).encode(
        x=_x("mean", axis, width), shape=alt.Shape("series:N", legend=None, scale=shapes),
        tooltip=["study:N", "mean:Q"])  # fmt: skip
    zero = alt.Chart(_values([{"x": 0}])).mark_rule(color=FAINT, strokeDash=[2, 3]).encode(x="x:Q")
    step = 30 if width > 500 else 36
    chart = alt.layer(zero, ends, points).properties(height=max(step * len(order), 80))
    return _styled(chart, width)


DESIGNS = ["controlled", "no control", "registered"]


def evidence_map(rows: Rows, width: int = 760) -> Any:
    """Evidence map: ``therapy`` x ``condition``, a bubble per ``design``, sized by people.

    The cells that say "none" are the message: where nobody has looked. "?" is a study that does
    not say how many people it has.
    """
    import altair as alt

    narrow = width < 500
    rows = _broken(rows, "therapy", width, 0.24 if narrow else 0.3)
    rows = _broken(rows, "condition", width, 0.36 if narrow else 0.2)
    therapies = list(dict.fromkeys(row["therapy"] for row in rows))
    conditions = list(dict.fromkeys(row["condition"] for row in rows))
    x = alt.X("condition:N", sort=conditions, title=None,
              axis=_lines(labelAngle=-90 if narrow else -40, grid=False))  # fmt: skip
    y = alt.Y("therapy:N", sort=therapies, title=None, axis=_lines(grid=True, labelPadding=10))
    base = alt.Chart(_values(rows)).encode(x=x, y=y)
    cells = base.transform_aggregate(
        n="sum(studies)", people="sum(participants)", groupby=["condition", "therapy"]
    )
    size = 9.5 if narrow else 12
    nobody = cells.transform_filter("datum.n == 0").mark_text(
        color=FAINT, text="none", fontSize=size).encode(x=x, y=y)  # fmt: skip
    unsaid = cells.transform_filter("datum.n > 0 && datum.people == 0").mark_text(
        color=INK, text="?", fontSize=size).encode(x=x, y=y)  # fmt: skip
    chart = alt.layer(nobody, unsaid, _bubbles(base, narrow))
    return _styled(chart.properties(height=30 * len(therapies)), width)


def _bubbles(base: Any, narrow: bool) -> Any:
    import altair as alt

    return base.transform_filter("datum.participants > 0").mark_circle(
        opacity=0.85, stroke="white").encode(
        xOffset=alt.XOffset("design:N", sort=DESIGNS, scale=alt.Scale(domain=DESIGNS)),
        size=alt.Size("participants:Q", title="people", scale=alt.Scale(
            type="sqrt", range=[12, 150 if narrow else 620]),
            legend=alt.Legend(values=[20, 100, 500, 2000], columns=2 if narrow else 4)),
        color=alt.Color("design:N", title=None, scale=alt.Scale(
            domain=DESIGNS, range=[ACCENT, WARM, FAINT]),
            legend=alt.Legend(columns=1 if narrow else 3)))  # fmt: skip


def svg(chart: Any) -> str:
    """The chart as SVG text, drawn offline; kept for the next run, as drawing takes a second."""
    spec = chart.to_dict(validate=False)
    text = json.dumps(spec, sort_keys=True, allow_nan=False) + version("vl-convert-python")

    def draw() -> str:
        import vl_convert

        return str(vl_convert.vegalite_to_svg(spec))

    return cached(f"{hashlib.sha256(text.encode()).hexdigest()}.svg", draw)


def png(chart: Any, scale: float = 2.0) -> bytes:
    """The chart as a PNG picture, drawn offline."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(chart.to_dict(), scale=scale))
