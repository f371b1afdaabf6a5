"""Figures from rows of numbers: the same charts for the report, notebooks and the page.

Every function takes plain rows (lists of dictionaries) and a width in pixels and returns an
Altair chart; ``svg`` and ``png`` draw it without a browser or a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import altair as alt

Rows: TypeAlias = Sequence[dict[str, Any]]
INK, ACCENT, WARM, FAINT = "#22313a", "#0b6e6e", "#c2571a", "#8a979e"


def _values(rows: Rows) -> alt.InlineData:
    import altair as alt

    return alt.InlineData(values=list(rows))


def _styled(chart: Any, width: int) -> Any:
    size = 12 if width > 500 else 11
    return (
        chart.configure(font="Helvetica, Arial, sans-serif", background="white")
        .configure_view(stroke=None)
        .configure_axis(labelColor=INK, titleColor=INK, titleFontWeight="normal", gridColor="#e6eaec",
                        domainColor="#b9c3c8", tickColor="#b9c3c8", labelFontSize=size,
                        titleFontSize=size)
        .configure_legend(labelFontSize=size, titleFontSize=size, orient="bottom", labelLimit=0)
        .configure_text(fontSize=size)
    )  # fmt: skip


def _label_room(rows: Rows, width: int) -> int:
    longest = max((len(str(row["label"])) for row in rows), default=10)
    return min(7 * longest, int(width * (0.52 if width > 500 else 0.46)))


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

    room = _label_room(rows, width)
    order = [row["label"] for row in rows]
    colour = alt.Color("kind:N", legend=None, scale=alt.Scale(
        domain=["study", "pool", "prediction", "assumed"], range=[INK, ACCENT, ACCENT, FAINT]))  # fmt: skip
    y = alt.Y("label:N", sort=order, title=None,
              axis=alt.Axis(labelLimit=room, grid=False, ticks=False, domain=False))  # fmt: skip
    base = alt.Chart(_values(rows)).encode(y=y, color=colour)
    ends = base.mark_rule(strokeWidth=1.6).encode(
        x=alt.X("low:Q", title=axis), x2="high:Q",
        strokeDash=alt.condition("datum.kind == 'prediction' || datum.kind == 'assumed'",
                                 alt.value([4, 3]), alt.value([1, 0])))  # fmt: skip
    points = base.transform_filter("isValid(datum.estimate)").mark_point(filled=True, size=70,
                                                                         opacity=1).encode(
        x="estimate:Q",
        shape=alt.Shape("kind:N", legend=None, scale=alt.Scale(
            domain=["study", "pool", "prediction", "assumed"],
            range=["square", "diamond", "stroke", "square"])))  # fmt: skip
    zero = (
        alt.Chart(_values([{"x": 0}])).mark_rule(color=FAINT, strokeDash=[2, 3]).encode(x="x:Q")
    )
    chart = alt.layer(zero, ends, points).properties(
        width=width - room - 40, height=max(26 * len(order), 60)
    )
    return _styled(chart, width)


def funnel(rows: Rows, centre: float, axis: str, width: int = 760) -> Any:
    """Funnel plot: ``estimate`` against ``se`` of each row, with the 95 % limits around ``centre``."""
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
    chart = alt.layer(*sides, middle, points, names).properties(width=width - 90, height=260)
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

    room = _label_room(rows, width)
    order = list(dict.fromkeys(row["label"] for row in rows))
    scale = alt.Scale(domain=["control", "uncontrolled", "implausible"],
                      range=[ACCENT, WARM, FAINT])  # fmt: skip
    y = alt.Y("label:N", sort=order, title=None,
              axis=alt.Axis(labelLimit=room, grid=True, ticks=False, domain=False))  # fmt: skip
    base = alt.Chart(_values(rows)).encode(
        y=y, color=alt.Color("series:N", scale=scale, title=None))
    ends = base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=1.4).encode(
        x=alt.X("low:Q", title=axis), x2="high:Q")  # fmt: skip
    points = base.mark_point(size=85, opacity=0.9, strokeWidth=2).encode(
        x=alt.X("mean:Q", title=axis),
        shape=alt.Shape("series:N", legend=None, scale=alt.Scale(
            domain=["control", "uncontrolled", "implausible"],
            range=["circle", "triangle-up", "cross"])),
        tooltip=["study:N", "mean:Q"])  # fmt: skip
    zero = (
        alt.Chart(_values([{"x": 0}])).mark_rule(color=FAINT, strokeDash=[2, 3]).encode(x="x:Q")
    )
    chart = alt.layer(zero, ends, points).properties(
        width=width - room - 40, height=max(34 * len(order), 80)
    )
    return _styled(chart, width)


def evidence_map(rows: Rows, width: int = 760) -> Any:
    """Evidence map: ``condition`` x ``therapy``, one bubble per ``design``, area = ``participants``.

    Empty cells are the message: where nobody has looked.
    """
    import altair as alt

    conditions = list(dict.fromkeys(row["condition"] for row in rows))
    therapies = list(dict.fromkeys(row["therapy"] for row in rows))
    narrow = width < 500
    chart = alt.Chart(_values(rows)).mark_circle(opacity=0.75, stroke="white").encode(
        x=alt.X("therapy:N", sort=therapies, title=None,
                axis=alt.Axis(labelAngle=-60 if narrow else -25, labelLimit=150, grid=True)),
        y=alt.Y("condition:N", sort=conditions, title=None,
                axis=alt.Axis(labelLimit=130 if narrow else 220, grid=True)),
        xOffset=alt.XOffset("design:N", sort=["controlled", "no control", "registered"]),
        size=alt.Size("participants:Q", title="people", scale=alt.Scale(range=[0, 260 if narrow
                                                                               else 700])),
        color=alt.Color("design:N", title=None, scale=alt.Scale(
            domain=["controlled", "no control", "registered"], range=[ACCENT, WARM, FAINT])),
        tooltip=["condition:N", "therapy:N", "design:N", "studies:Q", "participants:Q"],
    ).properties(width=width - (160 if narrow else 250), height=34 * len(conditions))  # fmt: skip
    return _styled(chart, width)


def svg(chart: Any) -> str:
    """The chart as SVG text, drawn offline."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(chart.to_dict()))


def png(chart: Any, scale: float = 2.0) -> bytes:
    """The chart as a PNG picture, drawn offline."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(chart.to_dict(), scale=scale))
