"""Figures of a forecast, from its summary and the exposure of a patch of scalp."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from typing import Any

import altair as alt

from anagen.forecast.exposure import BULB, PATCH, REST, Patch
from anagen.forecast.salt import SALT
from anagen.forecast.spread import Band
from anagen.forecast.summary import Option, Simulated
from anagen.plot import ACCENT, FAINT, INK, LETTER, WARM
from anagen.report.figures import Figure, Rows, drawn
from anagen.report.simulate_gains import gain_unit, of_salt
from anagen.report.simulate_numbers import of_draws, range90, readable, signed, week
from anagen.report.simulate_words import FIELDS, beyond_chance, say_tried

QUANTILES = ("q05", "q25", "q50", "q75", "q95")
ROLES = {"regimen": (ACCENT, [1, 0]), "sham": (WARM, [6, 3]), "untreated": (FAINT, [2, 2]),
         "control response": (INK, [1, 3])}  # fmt: skip
CHANGE = "change, hairs/cm2"
GRID = "#e6eaec"
SMALL = "datum.value && abs(datum.value) < 1e-3 ? format(datum.value, '.0e') : datum.label"
"""What a tick says: a very small number by its magnitude."""


def courses(course: Band, weeks: Sequence[float], who: str, *, band: bool = True) -> Rows:
    """A course as rows of a panel."""
    return [{"week": w, "who": who, "band": band} | {q: getattr(course, q)[i] for q in QUANTILES}
            for i, w in enumerate(weeks)]  # fmt: skip


def averaged(course: Band) -> Band:
    """A course whose line is the mean: of a few hairs counted, the median is a step."""
    return course.model_copy(update={"q50": course.mean})


class Sheets(dict[str, Rows]):
    """The rows of a figure by the name under which its parts find them: copied once, not often."""

    def add(self, rows: Rows) -> Any:
        """Data for a chart."""
        name = f"rows_{len(self)}"
        self[name] = rows
        return alt.NamedData(name)


class Spec(dict[str, Any]):
    """A chart written as Vega-Lite: many panels, made in a hundredth of the library's time."""

    def to_dict(self, *, validate: bool = True) -> dict[str, Any]:
        """The specification."""
        return dict(self)


def panel(
    sheets: Sheets, rows: Rows, title: str, axis: str, size: tuple[int, int], *, zero: bool = False
) -> Spec:
    """Median with the 50 and 90 % bands by week; colour and dash say who. ``zero``: axis from 0."""
    there = [who for who in ROLES if any(row["who"] == who for row in rows)]

    def scaled(which: int) -> dict[str, Any]:
        scale = {"domain": there, "range": [ROLES[who][which] for who in there]}
        return {"field": "who", "type": "nominal", "legend": None, "scale": scale}

    def y(field: str) -> dict[str, Any]:
        return {"field": field, "type": "quantitative", "title": axis, "scale": {"zero": zero},
                "axis": {"tickCount": 5, "labelExpr": SMALL}}  # fmt: skip

    def band(low: str, high: str, opacity: float) -> dict[str, Any]:
        return {"mark": {"type": "area", "opacity": opacity},
                "transform": [{"filter": "datum.band"}],
                "encoding": {"y": y(low), "y2": {"field": high}}}  # fmt: skip

    x = {"field": "week", "type": "quantitative", "title": "week", "axis": {"tickCount": 5}}
    line = {"mark": {"type": "line", "strokeWidth": 2},
            "encoding": {"y": y("q50"), "strokeDash": scaled(1)}}  # fmt: skip
    return Spec(
        data={"name": sheets.add(rows).name}, width=size[0], height=size[1], title=title,
        encoding={"x": x, "color": scaled(0)},
        layer=[band("q05", "q95", 0.16), band("q25", "q75", 0.26), line],
    )  # fmt: skip


def grid(sheets: Sheets, charts: Sequence[Spec], columns: int, *, y: str = "independent") -> Spec:
    """Panels in rows, in the style of all figures."""
    scales = {"y": y, "color": "independent", "strokeDash": "independent"}
    empty = styled(Sheets(), alt.Chart(alt.NamedData("none")).mark_point()).to_dict(validate=False)
    return Spec({"$schema": empty["$schema"], "config": empty["config"]}, datasets=dict(sheets),
                concat=list(charts), columns=columns, spacing=18,
                resolve={"scale": scales})  # fmt: skip


def styled(sheets: Sheets, chart: Any) -> Any:
    """The rows, and the style of all figures, for charts of several panels."""
    made = (
        chart.configure(font="Helvetica, Arial, sans-serif", background="white", padding=4)
        .configure_view(stroke=None)
        .configure_axis(labelColor=INK, titleColor=INK, titleFontWeight="normal", gridColor=GRID,
                        domainColor="#b9c3c8", tickColor="#b9c3c8", labelFontSize=11,
                        titleFontSize=11)
        .configure_title(color=INK, fontSize=12, anchor="start", offset=6)
    )  # fmt: skip
    made.datasets = dict(sheets)
    return made


def sized(width: int, columns: int, height: int) -> tuple[int, tuple[int, int]]:
    """Columns and the size of a panel on a page of ``width``."""
    columns = columns if width > 500 else 1 + columns // 4
    return columns, ((width - 70 * columns) // columns, height)


def trio(summary: Simulated, name: str) -> list[Option]:
    """A regimen, its sham and no treatment, each once."""
    by_name = {o.option: o for o in summary.options}
    last = next(o for o in summary.options if o.role == "untreated" or o is summary.options[-1])
    chosen = [by_name[name], by_name[by_name[name].sham or name], last]
    return list({o.option: o for o in chosen}.values())


def density_figure(summary: Simulated, name: str) -> Figure:
    """True follicles above; below, as the instrument reads them, with the control response."""
    options, weekly = trio(summary, name), range(int(summary.weeks[-1]) + 1)

    def make(width: int) -> Any:
        sheets = Sheets()
        columns, size = sized(width, len(options), 150)
        true = [panel(sheets, courses(o.density_change, weekly, o.role), o.option, CHANGE, size)
                for o in options]  # fmt: skip
        read = []
        for o in options:
            total = o.endpoints[0]
            rows = courses(total.read_change, summary.weeks, o.role) if total.read_change else []
            rows += courses(o.artefact, summary.weeks, "control response", band=False)
            read.append(panel(sheets, rows, f"{o.option}, as read", CHANGE, size))
        return grid(sheets, [*true, *read], columns, y="shared")

    return drawn(
        "Hair density, change from today.",
        "Line: median; bands: 50 and 90 % of the draws. Above, the follicles themselves; below, as "
        "the instrument would read them, with its error. Dotted: the control response, an artefact "
        "of counting that every arm given alike shows; it is no hair.",
        f"Change of hair density over {week(summary.weeks[-1])} weeks under "
        + ", ".join(o.option for o in options),
        make,
    )


def salt_figure(summary: Simulated, name: str) -> Figure:
    """SALT of the follicles above, and as a rater reads it below, visit by visit."""
    options = trio(summary, name)

    def make(width: int) -> Any:
        sheets = Sheets()
        columns, size = sized(width, len(options), 150)
        scores = [(o, next(e for e in o.endpoints if e.endpoint == SALT)) for o in options]
        true = [panel(sheets, courses(e.value, summary.weeks, o.role), o.option, "SALT, points",
                      size, zero=True) for o, e in scores]  # fmt: skip
        read = [panel(sheets, courses(e.read_value, summary.weeks, o.role), f"{o.option}, as read",
                      "SALT, points", size, zero=True) for o, e in scores]  # fmt: skip
        return grid(sheets, [*true, *read], columns, y="shared")

    return drawn(
        "SALT, points of 100; less is better.",
        "Line: median; bands: 50 and 90 % of the draws. Above, the follicles themselves; below, as "
        "a rater would score them, with the error of a rating. Where a therapy works in less than "
        "half of the draws, the median of its course may move while the median difference is 0.",
        f"SALT over {week(summary.weeks[-1])} weeks under " + ", ".join(o.option for o in options),
        make,
    )


def timeline_figure(summary: Simulated, name: str) -> Figure:
    """Clinic claims as bands beside the share of draws that got there."""
    bands: Rows = [{"label": f"said: {c.claim}", "from": c.from_week, "to": c.to_week}
                   for c in summary.clinic if name in summary.nothing]  # fmt: skip
    rows: Rows = []
    role = {o.option: o.role for o in trio(summary, name)}
    for f in summary.first:
        if f.option in role:
            shares = {w: of_draws(summary, s) for w, s in f.by_week.items()}
            rows += [{"label": f"{role[f.option]}: {f.what}", "week": w,
                      "number": s.removesuffix(" %")} for w, s in shares.items()]  # fmt: skip
    order = [b["label"] for b in bands] + list(dict.fromkeys(r["label"] for r in rows))
    risen = ("density has by that week risen over today's, to stay, by what the instrument can "
             "tell (measurable) or people see")  # fmt: skip
    if of_salt(summary):
        risen = "SALT is by that visit so low, to stay"

    def make(width: int) -> Any:
        sheets = Sheets()
        room = min(int(width * 0.42), 300)
        y = named(order, room)
        x: dict[str, Any] = {"scale": alt.Scale(domain=[0, max(summary.weeks[-1] + 3, 27)])}
        said = [alt.Chart(sheets.add(bands)).mark_bar(
            color=WARM, opacity=0.6, height=12).encode(
            x=alt.X("from:Q", title="week", **x), x2="to:Q", y=y)] if bands else []  # fmt: skip
        got = alt.Chart(sheets.add(rows)).mark_text(color=INK, fontSize=11).encode(
            x=alt.X("week:Q", title="week", **x), y=y, text="number:N")  # fmt: skip
        size = {"width": width - room - 40, "height": (24 if width > 500 else 34) * len(order)}
        return styled(sheets, alt.layer(*said, got).properties(**size))

    return drawn(
        f"When would it show? {name}.",
        f"{'Bands: what clinics say. ' if bands else ''}Numbers: percent of the draws in which "
        f"{risen}.",
        f"{'Clinic claims in weeks beside s' if bands else 'S'}imulated shares of draws by week",
        make,
    )  # fmt: skip


def named(order: Sequence[str], room: int) -> Any:
    """An axis of names in ``order``, in lines that fit ``room`` pixels."""
    folded = {name: textwrap.wrap(name, room // LETTER) for name in order}
    said = " : ".join(f"datum.value === {json.dumps(name)} ? {json.dumps(lines)}"
                      for name, lines in folded.items())  # fmt: skip
    axis = alt.Axis(labelExpr=f"{said} : ''", labelLimit=room, labelFontSize=11)
    return alt.Y("label:N", sort=list(order), title=None, axis=axis)


def map_figure(patch: Patch, name: str) -> Figure:
    """Receptor-days over the patch at two depths, with the injection points."""
    step = PATCH / len(patch.positions) ** 0.5
    top = float(patch.receptor_days.max())
    points: Rows = [{"x": x, "y": y, "session": f"session {int(s) + 1}"} for x, y, s in
                    patch.points.tolist()]  # fmt: skip

    def one(sheets: Sheets, depth: str, values: Any, side: int) -> Any:
        rows = [{"x": float(x) - step / 2, "y": float(y) - step / 2, "x2": float(x) + step / 2,
                 "y2": float(y) + step / 2, "v": round(float(v), 4)}
                for (x, y), v in zip(patch.positions, values, strict=True)]  # fmt: skip
        scale = alt.Scale(domain=[0, PATCH], nice=False)
        heat = alt.Chart(sheets.add(rows)).mark_rect(strokeWidth=0).encode(
            x=alt.X("x:Q", title="mm", scale=scale), x2="x2:Q",
            y=alt.Y("y:Q", title="mm", scale=scale), y2="y2:Q",
            color=alt.Color("v:Q", title="receptor-days", scale=alt.Scale(
                domain=[0, top or 1], scheme="tealblues")))  # fmt: skip
        dots = alt.Chart(sheets.add(points)).mark_point(
            size=36, color=WARM, strokeWidth=1.6).encode(
            x="x:Q", y="y:Q", shape=alt.Shape("session:N", title=None))  # fmt: skip
        return alt.layer(heat, dots).properties(width=side, height=side, title=depth)

    def make(width: int) -> Any:
        sheets, (columns, side) = Sheets(), (2, 270) if width > 500 else (1, 215)
        charts = [one(sheets, REST, patch.receptor_days[0], side),
                  one(sheets, f"bulb of a {BULB}", patch.receptor_days[1], side)]  # fmt: skip
        return styled(sheets, alt.concat(*charts, columns=columns, spacing=24))

    return drawn(
        f"Where anything arrives: {name}.",
        "Time-integrated occupancy of the receptors after all sessions, by the closed form at "
        "the tables' central values, whatever the potency; open marks are injection points.",
        f"Map of 20 by 20 mm: receptor-days from {patch.receptor_days.min():.2g} to {top:.2g}",
        make,
    )


def signal_figure(summary: Simulated, name: str) -> Figure | None:
    """Every signal at rest and at the bulb."""
    signals, weekly = [s for s in summary.signals if s.option == name], _weekly(summary)
    if not signals:
        return None

    def make(width: int) -> Any:
        sheets = Sheets()
        columns, size = sized(width, 4, 110)
        made = []
        for s in signals:
            for where, course in ((REST, s.at_rest), ("bulb", s.at_bulb)):
                rows = courses(course, weekly[: len(course.mean)], "regimen")
                made.append(panel(sheets, rows, f"{readable(s.signal)}, {where}", "S", size))
        return grid(sheets, made, columns)

    return drawn("Signals.",
                 "Signal S (−1 to 1), mean over the area; median, 50 and 90 % of the draws.",
                 f"Courses of {len(signals)} signals", make)  # fmt: skip


def _weekly(summary: Simulated) -> list[int]:
    return list(range(int(summary.weeks[-1]) + 2))


def course_figure(summary: Simulated, name: str) -> Figure:
    """Phases, calibre and shedding under a regimen, its sham and no treatment."""
    options, weekly = trio(summary, name), range(int(summary.weeks[-1]) + 1)
    role = {o.option: o.role for o in options}
    beside = [c for c in summary.contrasts if c.kind == "untreated" and c.option in role
              and c.endpoint == "shed_hairs_per_day"]  # fmt: skip

    def make(width: int) -> Any:
        sheets = Sheets()
        columns, size = sized(width, 4, 130)
        made = []
        for phase in ("anagen", "catagen", "telogen", "kenogen"):
            rows = [
                row
                for o in options
                for row in courses(o.phases[phase], weekly, o.role, band=o.option == name)
            ]
            made.append(panel(sheets, rows, phase, "share of follicles", size))  # fmt: skip
        for endpoint, title, axis in (
            ("hair_diameter", "calibre", "um"),
            ("shed_hairs_per_day", "shedding, mean", "hairs/day"),
        ):
            rows = []
            for o in options:
                found = next(e for e in o.endpoints if e.endpoint == endpoint).value
                few = endpoint == "shed_hairs_per_day"
                rows += courses(averaged(found) if few else found, summary.weeks, o.role,
                                band=o.option == name and not few)  # fmt: skip
            made.append(panel(sheets, rows, title, axis, size))
        rows = [
            row
            for c in beside
            if role[c.option] != "untreated"
            for row in courses(averaged(c.gain), summary.weeks, role[c.option], band=False)
        ]
        if rows:
            made.append(panel(sheets, rows, "shedding over untreated, mean", "hairs/day", size))
        return grid(sheets, made, columns)

    return drawn(
        "Week by week.",
        "Solid, with bands (50 and 90 %): the regimen; dashed: its sham; dotted: untreated. "
        "Shedding: mean of the draws, of one week's count in 1 cm2 each, scaled to the scalp.",
        "Shares of follicles by phase, mean calibre and hairs shed per day, by week", make,
    )  # fmt: skip


def ranking_figure(summary: Simulated) -> Figure | None:
    """Rank correlations of the parameters with the net gain, averaged over the visits."""
    r = summary.ranking
    top = beyond_chance(summary)
    rows: Rows = [{"label": f"{readable(x.name)} ({x.kind})", "rho": x.rho} for x in top]
    if not rows:
        return None
    order = [row["label"] for row in rows]
    ends: Rows = [{"x": -r.by_chance}, {"x": r.by_chance}]

    def make(width: int) -> Any:
        sheets = Sheets()
        room = int(width * 0.5)
        bars = alt.Chart(sheets.add(rows)).mark_bar(height=10, color=ACCENT).encode(
            x=alt.X("rho:Q", title="rank correlation with the mean net gain"),
            y=named(order, room))  # fmt: skip
        rules = alt.Chart(sheets.add(ends)).mark_rule(
            color=WARM, strokeDash=[4, 3]).encode(x="x:Q")  # fmt: skip
        size = {"width": width - room - 30, "height": (22 if width > 500 else 34) * len(rows)}
        return styled(sheets, alt.layer(bars, rules).properties(**size))

    told = "; ".join(f"{readable(x.name)} {signed(x.rho, 2)}" for x in top)
    return drawn("Rank correlations.",
                 "Dashed: what the largest of so many correlations stays below by chance alone.",
                 told, make)  # fmt: skip


def vary_figure(summary: Simulated) -> Figure | None:
    """Median net gain over the grid: a line for one key, a heat map for two."""
    keys = list(summary.vary[0].values) if summary.vary else []
    rows: Rows = [
        {**t.values, "gain": t.gain.q50, "low": t.gain.q05, "high": t.gain.q95,
         "said": range90(t.gain), "wet": None if t.wet_all is None else t.wet_all[BULB]}
        for t in summary.vary if t.gain is not None
    ]  # fmt: skip
    if len(keys) not in (1, 2) or not rows:
        return None

    def line(width: int) -> Any:
        sheets = Sheets()
        base = alt.Chart(sheets.add(rows)).encode(x=alt.X(f"{keys[0]}:Q", title=FIELDS[keys[0]]))
        y = alt.Y("low:Q", title=f"net gain, {gain_unit(summary)}")
        band = base.mark_area(opacity=0.2, color=ACCENT).encode(y=y, y2="high:Q")
        middle = base.mark_line(point=True, color=ACCENT).encode(y="gain:Q")
        return styled(sheets, alt.layer(band, middle).properties(width=width - 70, height=200))

    def heat(width: int) -> Any:
        sheets = Sheets()
        base = alt.Chart(sheets.add(rows)).encode(
            x=alt.X(f"{keys[0]}:O", title=FIELDS[keys[0]], axis=alt.Axis(labelAngle=0)),
            y=alt.Y(f"{keys[1]}:O", title=FIELDS[keys[1]]),
        )
        scale = alt.Scale(domain=[0, 1], range=["#f3f9f9", "#79b6b6"], interpolate="rgb")
        cells = base.mark_rect(stroke=GRID).encode(
            color=alt.Color("wet:Q", title="wetted", scale=scale)
        )
        text = base.mark_text(color=INK, fontSize=12).encode(text="said:N")  # fmt: skip
        return styled(sheets, alt.layer(cells, text).properties(width=width - 160, height=200))

    told = "; ".join(f"{say_tried(t)}: {signed(t.gain.q50 or 0)}" for t in summary.vary if t.gain)
    note = (
        f"Over its own sham at week {week(summary.weeks[-1])}, {gain_unit(summary)}: median and 90 "
        "% of the draws. Shade: share of full follicles' bulbs wetted in all; empty: refused."
    )
    return drawn("Net gain by protocol.", note, told, line if len(keys) == 1 else heat)
