"""Figures from rows of numbers: the same charts for the report, notebooks and the page.

Every function takes plain rows (lists of dictionaries) and a width in pixels and returns an
Altair chart; ``svg`` and ``png`` draw it without a browser or a network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeAlias

from anagen.files import cached

if TYPE_CHECKING:
    import altair as alt

Rows: TypeAlias = Sequence[dict[str, Any]]
INK, ACCENT, WARM, FAINT = "#22313a", "#0b6e6e", "#c2571a", "#8a979e"


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


def _label_room(width: int) -> int:
    return int(width * (0.5 if width > 500 else 0.44))


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

    room = _label_room(width)
    order = [row["label"] for row in rows]
    colour = alt.Color(
        "kind:N",
        legend=None,
        scale=alt.Scale(
            domain=["study", "pool", "prediction", "assumed"], range=[INK, ACCENT, ACCENT, FAINT]
        ),
    )
    y = alt.Y("label:N", sort=order, title=None,
              axis=alt.Axis(labelLimit=room, grid=False, ticks=False, domain=False))  # fmt: skip
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
    chart = alt.layer(zero, ends, points).properties(height=max(26 * len(order), 60))
    return _styled(chart, width)


def funnel(rows: Rows, centre: float, axis: str, width: int = 760) -> Any:
    """Funnel plot: ``estimate`` against ``se``, with the 95 % limits around ``centre``."""
    import altair as alt

    top = max(row["se"] for row in rows) * 1.15
    cone = [{"se": 0.0, "low": centre, "high": centre},
            {"se": top, "low": centre - 1.96 * top, "high": centre + 1.96 * top}]  # fmt: skip
    y = alt.Y("se:Q", title="standard error", scale=alt.Scale(domain=[top, 0]))
    sides = [alt.Chart(_values(cone)).mark_line(color=FAINT, strokeDash=[4, 3]).encode(
        x=alt.X(f"{side}:Q", title=axis), y=y) for side in ("low", "high")]  # fmt: skip
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
        the interval or None, ``series``: ``control``, ``uncontrolled`` or ``implausible``.
    axis
        Title of the horizontal axis, with the unit.
    width
        Width of the whole figure in pixels.
    """
    import altair as alt

    room = _label_room(width)
    order = list(dict.fromkeys(row["label"] for row in rows))
    scale = alt.Scale(domain=["control", "uncontrolled", "implausible"],
                      range=[ACCENT, WARM, FAINT])  # fmt: skip
    y = alt.Y("label:N", sort=order, title=None,
              axis=alt.Axis(labelLimit=room, grid=True, ticks=False, domain=False))  # fmt: skip
    base = alt.Chart(_values(rows)).encode(
        y=y, color=alt.Color("series:N", scale=scale, title=None)
    )
    ends = base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=1.4).encode(
        x=_x("low", axis, width), x2="high:Q")  # fmt: skip
    points = base.mark_point(size=85, opacity=0.9, strokeWidth=2).encode(
        x=_x("mean", axis, width),
        shape=alt.Shape("series:N", legend=None, scale=alt.Scale(
            domain=["control", "uncontrolled", "implausible"],
            range=["circle", "triangle-up", "cross"])),
        tooltip=["study:N", "mean:Q"])  # fmt: skip
    zero = alt.Chart(_values([{"x": 0}])).mark_rule(color=FAINT, strokeDash=[2, 3]).encode(x="x:Q")
    chart = alt.layer(zero, ends, points).properties(height=max(30 * len(order), 80))
    return _styled(chart, width)


def evidence_map(rows: Rows, width: int = 760) -> Any:
    """Evidence map: ``condition`` x ``therapy``, a bubble per ``design``, sized by people.

    Empty cells are the message: where nobody has looked.
    """
    import altair as alt

    conditions = list(dict.fromkeys(row["condition"] for row in rows))
    therapies = list(dict.fromkeys(row["therapy"] for row in rows))
    narrow = width < 500
    designs = ["controlled", "no control", "registered"]
    x = alt.X(
        "therapy:N",
        sort=therapies,
        title=None,
        axis=alt.Axis(labelAngle=-60 if narrow else -25, labelLimit=150, grid=False),
    )
    y = alt.Y("condition:N", sort=conditions, title=None,
              axis=alt.Axis(labelLimit=110 if narrow else 220, grid=True))  # fmt: skip
    base = alt.Chart(_values(rows)).encode(x=x, y=y)
    bubbles = base.transform_filter("datum.participants > 0").mark_circle(
        opacity=0.85, stroke="white").encode(
        xOffset=alt.XOffset("design:N", sort=designs, scale=alt.Scale(domain=designs)),
        size=alt.Size("participants:Q", title="people", scale=alt.Scale(
            type="sqrt", range=[0, 220 if narrow else 620]),
            legend=alt.Legend(values=[20, 100, 500, 2000], columns=2 if narrow else 4)),
        color=alt.Color("design:N", title=None, scale=alt.Scale(
            domain=designs, range=[ACCENT, WARM, FAINT]),
            legend=alt.Legend(columns=1 if narrow else 3)))  # fmt: skip
    nobody = (
        base.transform_aggregate(n="sum(studies)", groupby=["condition", "therapy"])
        .transform_filter("datum.n == 0")
        .mark_text(color=FAINT, text="none" if not narrow else "·")
        .encode(x=x, y=y)
    )
    return _styled(alt.layer(nobody, bubbles).properties(height=34 * len(conditions)), width)


def svg(chart: Any) -> str:
    """The chart as SVG text, drawn offline; kept for the next run, as drawing takes a second."""
    spec = chart.to_dict(validate=False)
    text = json.dumps(spec, sort_keys=True) + version("vl-convert-python")

    def draw() -> str:
        import vl_convert

        return str(vl_convert.vegalite_to_svg(spec))

    return cached(f"{hashlib.sha256(text.encode()).hexdigest()}.svg", draw)


def png(chart: Any, scale: float = 2.0) -> bytes:
    """The chart as a PNG picture, drawn offline."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(chart.to_dict(), scale=scale))
