"""Figures of a virtual trial: visits by arm, contrasts, subgroups, what the answer hangs on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from anagen import plot
from anagen.evidence.distributions import critical_value
from anagen.plot import ACCENT, FAINT, INK, VIOLET, WARM
from anagen.report.figures import Rows, drawn
from anagen.report.simulate_figures import Sheets, named, styled
from anagen.report.trial_blocks import Drawn, column_name, endpoint_name, primary_of
from anagen.trial.sensitivity import Ranking
from anagen.trial.summary import Group, Summary

COLOURS = (ACCENT, WARM, VIOLET, INK, FAINT)
"""Of arms in turn: apart in every common kind of colour vision, and told apart by dashes too."""
DASHES = ([1, 0], [7, 3], [2, 2], [8, 3, 2, 3], [4, 6])
MARKS = ("circle", "square", "triangle-up", "diamond", "cross")
STEP = 30
MOST_BANDS = 4
"""Arms up to which bands are drawn over each other."""


def visit_rows(summary: Summary) -> Rows:
    """Mean change of the primary endpoint by arm and visit."""
    return [
        {
            "arm": a.arm,
            "week": v.week,
            "unit": v.unit,
            "mean": v.change_mean.mean,
            "median": v.change_mean.q50,
            "low": v.change_mean.q05,
            "high": v.change_mean.q95,
            "q25": v.change_mean.q25,
            "q75": v.change_mean.q75,
            "people": v.n,
        }
        for a in summary.arms
        for v in a.visits
        if v.endpoint == summary.endpoint
    ]


def visits_figure(summary: Summary) -> Drawn:
    """Observed mean change at every visit, by arm, with the band over replicates."""
    rows = visit_rows(summary)
    names = [a.arm for a in summary.arms]
    axis, weeks = f"change from baseline, {summary.unit}", sorted({r["week"] for r in rows})

    def make(width: int) -> Any:
        import altair as alt

        def scale(of: Sequence[Any]) -> Any:
            return alt.Scale(domain=names, range=[of[i % len(of)] for i in range(len(names))])

        sheets = Sheets()
        legend = _legend(width)
        colour = alt.Color("arm:N", scale=scale(COLOURS), legend=legend)
        base = alt.Chart(sheets.add(rows)).encode(
            x=alt.X(
                "week:Q", title="week", scale=alt.Scale(nice=False), axis=alt.Axis(values=weeks)
            ),
            color=colour,
        )
        y = alt.Y("mean:Q", title=axis)
        band = base.mark_area(opacity=0.14 if len(names) <= MOST_BANDS else 0.05).encode(
            y=alt.Y("low:Q", title=axis), y2="high:Q"
        )
        line = base.mark_line(strokeWidth=2.2).encode(
            y=y, strokeDash=alt.StrokeDash("arm:N", scale=scale(DASHES), legend=None)
        )
        points = base.mark_point(filled=True, size=70, opacity=1).encode(
            y=y, shape=alt.Shape("arm:N", scale=scale(MARKS), legend=legend)
        )
        zero = (
            alt.Chart(sheets.add([{"y": 0}]))
            .mark_rule(color=FAINT, strokeDash=[2, 3])
            .encode(y="y:Q")
        )
        size = {"width": width - 70, "height": 300 if width > 500 else 220}
        return styled(sheets, alt.layer(zero, band, line, points).properties(**size))

    last = [row for row in rows if row["week"] == summary.week]
    said = "; ".join(f"{row['arm']} {row['mean']:+.1f}" for row in last)
    figure = drawn(
        f"Mean change of {endpoint_name(summary.endpoint)} as read, by arm and visit.",
        "Line: mean over replicates; band: 5 to 95 % of the replicates, "
        + _from_where(summary)
        + ". Simulated.",
        f"Mean change in {summary.unit} by visit; at week {summary.week:g}: {said}.",
        make,
    )
    return Drawn("visits", figure, rows)


def _legend(width: int) -> Any:
    """A legend below the figure, whole words of one size."""
    import altair as alt

    return alt.Legend(
        title=None,
        orient="bottom",
        columns=1 if width < 500 else 3,
        symbolSize=90,
        labelLimit=0,
        labelFontSize=12,
        symbolOpacity=1,
    )


def _from_where(summary: Summary) -> str:
    """What the spread over replicates holds."""
    if any(s.scenario == "drawn" for s in summary.scenarios):
        return "which holds chance and what is not known of the parameters"
    return "which holds chance alone, as all replicates have the central parameters"


def contrast_rows(summary: Summary) -> Rows:
    """Difference of the primary endpoint by comparison with the control and visit."""
    pairs = [(c.arm, c.versus) for c in primary_of(summary)]
    return [
        {
            "label": f"{c.arm} − {c.versus}, week {c.week:g}",
            "estimate": c.difference.q50,
            "low": c.difference.q05,
            "high": c.difference.q95,
            "kind": "pool" if c.primary else "study",
            "q25": c.difference.q25,
            "q75": c.difference.q75,
            "mean": c.difference.mean,
            "unit": c.unit,
        }
        for c in summary.contrasts
        if c.endpoint == summary.endpoint
        and (c.arm, c.versus) in pairs
        and c.difference is not None
    ]


def contrasts_figure(summary: Summary) -> Drawn | None:
    """Differences from the control at every visit."""
    rows = contrast_rows(summary)
    if not rows:
        return None
    axis = f"difference from control, {summary.unit}"
    figure = drawn(
        "Difference from the control, by visit.",
        "Mark: median over replicates; line: 5 to 95 % of them; diamond: the primary visit. "
        "Simulated.",
        f"{len(rows)} simulated differences in {summary.unit}: "
        + "; ".join(f"{r['label']} {r['estimate']:+.1f}" for r in rows if r["kind"] == "pool"),
        lambda w: plot.forest(rows, axis, w),
    )
    return Drawn("contrasts", figure, rows)


def power_rows(summary: Summary) -> Rows:
    """Power by size, with its 95 % Monte-Carlo interval."""
    return [
        {"comparison": f"{r.arm} − {r.versus}, {r.basis} difference", "n": x.n,
         "power": 100 * x.power.share, "low": 100 * x.power.low, "high": 100 * x.power.high}
        for r in summary.required for x in r.curve
    ]  # fmt: skip


def power_figure(summary: Summary) -> Drawn:
    """Simulated power of the first people of every arm."""
    rows = list({(r["comparison"], r["n"]): r for r in power_rows(summary)}.values())
    names = list(dict.fromkeys(r["comparison"] for r in rows))
    who = "heads" if summary.layout == "split_scalp" else "people of the arm"

    def make(width: int) -> Any:
        import altair as alt

        def scale(of: Sequence[Any]) -> Any:
            return alt.Scale(domain=names, range=[of[i % len(of)] for i in range(len(names))])

        sheets = Sheets()
        legend = alt.Legend(title=None, orient="bottom", columns=1, labelLimit=0)
        base = alt.Chart(sheets.add(rows)).encode(
            x=alt.X("n:Q", title=who, scale=alt.Scale(zero=False)),
            color=alt.Color("comparison:N", scale=scale(COLOURS), legend=legend))  # fmt: skip
        full = alt.Scale(domain=[0, 100])
        ends = base.mark_rule(strokeWidth=1.6).encode(
            y=alt.Y("low:Q", title="power, %", scale=full), y2="high:Q")  # fmt: skip
        marks = base.mark_point(filled=True, size=70, opacity=1).encode(
            y=alt.Y("power:Q", title="power, %", scale=full),
            shape=alt.Shape("comparison:N", scale=scale(MARKS), legend=legend))  # fmt: skip
        asked = alt.Chart(sheets.add([{"y": 80}])).mark_rule(
            color=FAINT, strokeDash=[2, 3]).encode(y="y:Q")  # fmt: skip
        size = {"width": width - 70, "height": 200}
        return styled(sheets, alt.layer(asked, ends, marks).properties(**size))

    figure = drawn(
        "Simulated power by size.",
        "Power of the first people of every simulated trial, with its 95 % Monte-Carlo interval; "
        "dotted: 80 %.",
        "Power by size: " + "; ".join(f"{r['n']}: {r['power']:.0f} %" for r in rows), make,
    )  # fmt: skip
    return Drawn("power", figure, rows)


def group_rows(groups: Sequence[Group]) -> Rows:
    """Effects in subgroups, as one trial would see them and shrunk."""
    z = critical_value(0.95)
    several = len({g.arm for g in groups}) > 1
    return [
        {
            "label": f"{column_name(g.of)}: {g.group}" + (f" ({g.arm})" if several else ""),
            "estimate": g.estimate,
            "low": g.estimate - z * g.se,
            "high": g.estimate + z * g.se,
            "shrunk": g.shrunk,
            "arm": g.arm,
        }
        for g in groups
    ]


def groups_figure(summary: Summary) -> Drawn | None:
    """Forest of the subgroups: one trial's interval, and the estimate drawn to the mean."""
    rows = group_rows(summary.subgroups)
    if not rows:
        return None
    axis = f"difference from control, {summary.unit}"

    def make(width: int) -> Any:
        import altair as alt

        sheets, room = Sheets(), min(int(width * 0.42), 300)
        y = named([r["label"] for r in rows], room)
        base = alt.Chart(sheets.add(rows)).encode(y=y)
        ends = base.mark_rule(color=INK, strokeWidth=1.6).encode(
            x=alt.X("low:Q", title=axis), x2="high:Q"
        )
        seen = base.mark_point(filled=True, shape="square", size=70, color=INK, opacity=1).encode(
            x="estimate:Q"
        )
        pulled = base.mark_point(
            filled=False, shape="diamond", size=120, color=WARM, opacity=1, strokeWidth=2
        ).encode(x="shrunk:Q")
        zero = (
            alt.Chart(sheets.add([{"x": 0}]))
            .mark_rule(color=FAINT, strokeDash=[2, 3])
            .encode(x="x:Q")
        )
        size = {"width": width - room - 40, "height": max(STEP * len(rows), 60)}
        return styled(sheets, alt.layer(zero, ends, seen, pulled).properties(**size))

    figure = drawn(
        "Effect by subgroup: hypothesis only.",
        "Square: mean over replicates, with the 95 % interval that one trial of this size would "
        "give; open diamond: the same shrunk to what differs beyond chance. Simulated.",
        f"{len(rows)} subgroup effects from {min(r['estimate'] for r in rows):+.1f} to "
        f"{max(r['estimate'] for r in rows):+.1f} {summary.unit}.",
        make,
    )
    return Drawn("subgroups", figure, rows)


def influence_rows(ranking: Ranking) -> Rows:
    """The parameters with the largest rank correlation, and its 95 % Monte-Carlo interval."""
    z = critical_value(0.95)
    return [
        {
            "label": parameter_name(one.name),
            "parameter": one.name,
            "estimate": one.rho,
            "se": one.se,
            "low": max(one.rho - z * one.se, -1.0),
            "high": min(one.rho + z * one.se, 1.0),
            "kind": "study" if abs(one.rho) > ranking.by_chance else "assumed",
            "rests_on": one.kind,
        }
        for one in ranking.top
    ]


def parameter_name(name: str) -> str:
    """A parameter in plain letters."""
    return name.replace("_", " ")


def ranking_figure(ranking: Ranking) -> Drawn:
    """What the spread of the difference over draws hangs on."""
    rows = influence_rows(ranking)
    figure = drawn(
        f"What the difference {ranking.arm} − {ranking.versus} hangs on.",
        "Rank correlation of a drawn parameter with the estimate, and its 95 % Monte-Carlo "
        f"interval; grey and dashed: within what chance gives the largest of "
        f"{ranking.parameters} (±{ranking.by_chance:.2f}).",
        "Rank correlations: " + "; ".join(f"{r['label']} {r['estimate']:+.2f}" for r in rows),
        lambda w: plot.forest(rows, "rank correlation with the difference", w),
    )
    return Drawn("sensitivity", figure, rows)
