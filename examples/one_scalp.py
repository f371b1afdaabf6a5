"""One man's scalp, untreated and on finasteride: python examples/one_scalp.py [FILE.png].

A man of 40 whose first follicle was affected ten years ago is grown to today and followed for two
years, once untreated and once on 1 mg of finasteride a day, with the same luck. The law's numbers
are not known well, so that he is simulated once for each of many parameter sets drawn from their
ranges: the bands show what the ranges leave open. Nothing here is fitted to a trial, and nothing is
advice.
"""

from __future__ import annotations

import sys
from pathlib import Path

import altair as alt
import numpy as np

from anagen.patient import Patient
from anagen.plot import ACCENT, FAINT, INK, WARM, png
from anagen.priors import draw_parameters
from anagen.regimen import FINASTERIDE, UNTREATED
from anagen.simulate import Result, simulate

MAN = Patient(id="example", age=40, years_since_onset=10)
OPTIONS = (UNTREATED, FINASTERIDE)
COLOURS = alt.Scale(domain=[o.name for o in OPTIONS], range=[WARM, ACCENT])
ENDPOINTS = {
    "total_hair_density": "total density [hairs/cm2]",
    "terminal_hair_density": "terminal density, 60 um and more [hairs/cm2]",
    "anagen_hair_density": "anagen density [hairs/cm2]",
    "hair_weight": "hair grown in 30 days [mg/cm2]",
}
MONTH = {"weighing_interval": 30.0}  # a setting of the reading, not something unknown
WIDTH, HEIGHT = 330, 190


def simulated(draws: int, follicles: int) -> list[Result]:
    """The man under each of ``draws`` parameter sets."""
    weeks = [4.0 * k for k in range(27)]
    return [
        simulate(MAN, OPTIONS, weeks=104, visits_weeks=weeks, seed=seed, follicles=follicles,
                 parameters=draw_parameters(seed) | MONTH, batches=1, instrument=None)
        for seed in range(draws)
    ]  # fmt: skip


def bands(runs: list[Result], endpoint: str) -> list[dict[str, float | str]]:
    """Median, middle half and 90 % of the changes from today, month by month."""
    change = np.array([run.change(endpoint)[0] for run in runs])
    ends = np.quantile(change, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
    return [
        {"option": option, "month": week / 4.345, "q05": low, "q25": lower, "q50": middle,
         "q75": upper, "q95": high}
        for o, option in enumerate(runs[0].options)
        for week, (low, lower, middle, upper, high)
        in zip(runs[0].weeks, ends[:, o].T.tolist(), strict=True)
    ]  # fmt: skip


def course(runs: list[Result], endpoint: str, title: str) -> alt.LayerChart:
    """One endpoint's change over time: a line, the middle half, and 90 % between thin lines."""
    today = np.median([run.true[endpoint][0, 0, 0] for run in runs])
    base = alt.Chart(alt.InlineData(values=bands(runs, endpoint))).encode(
        x=alt.X("month:Q", title="months from today", axis=alt.Axis(values=list(range(0, 25, 4)))),
        color=alt.Color("option:N", scale=COLOURS, legend=None),
    )
    zero = alt.Chart(alt.InlineData(values=[{"y": 0}])).mark_rule(color=FAINT, strokeDash=[2, 3])
    edges = [
        base.mark_line(strokeWidth=0.8, strokeDash=[4, 3], opacity=0.8).encode(y=f"{q}:Q")
        for q in ("q05", "q95")
    ]
    half = base.mark_area(opacity=0.22).encode(y=alt.Y("q25:Q", title="change"), y2="q75:Q")
    middle = base.mark_line(strokeWidth=2.2).encode(y="q50:Q")
    return alt.layer(zero.encode(y="y:Q"), half, *edges, middle).properties(
        width=WIDTH, height=HEIGHT,
        title=alt.TitleParams(title, subtitle=f"today {today:.3g} (median of the draws)"),
    )  # fmt: skip


def calibres(runs: list[Result], wide: float = 7.5, most: float = 112.5) -> alt.LayerChart:
    """Hairs by calibre today and after two years, the mean of the draws."""
    found = np.mean([run.histogram[0] for run in runs], axis=0)
    merge = round(wide / runs[0].bin_width)
    bins = found[..., : round(most / runs[0].bin_width)].reshape(*found.shape[:-1], -1, merge)
    now = {"today": (0, 0)}
    later = {name: (o, -1) for o, name in enumerate(runs[0].options)}
    rows = [
        {"who": who, "from": k * wide, "to": (k + 1) * wide, "hairs": hairs}
        for who, (option, visit) in (now | later).items()
        for k, hairs in enumerate(bins.sum(axis=-1)[option, visit].tolist())
    ]
    names = ["today", *runs[0].options]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("from:Q", title="calibre [um]", axis=alt.Axis(values=[0, 30, 60, 90])),
        x2="to:Q",
        color=alt.Color("who:N", title=None, scale=alt.Scale(
            domain=names, range=[INK, WARM, ACCENT]), legend=alt.Legend(
                orient="none", legendX=WIDTH - 120, legendY=4, symbolOpacity=1)),
    )  # fmt: skip
    filled = base.mark_bar(opacity=0.16, stroke=None).encode(
        y=alt.Y("hairs:Q", title="hairs/cm2"), y2=alt.datum(0)
    )
    tops = base.mark_rule(strokeWidth=2.6).encode(y="hairs:Q")
    return alt.layer(filled.transform_filter("datum.who == 'today'"), tops).properties(
        width=WIDTH, height=HEIGHT,
        title=alt.TitleParams("hairs by calibre", subtitle="today, and after two years (mean)"),
    )  # fmt: skip


def gains(runs: list[Result]) -> alt.LayerChart:
    """What the drug adds after two years, total and anagen apart: one point per draw."""
    names = {"total_hair_density": "total", "anagen_hair_density": "anagen",
             "terminal_hair_density": "terminal"}  # fmt: skip
    rows = [
        {"kind": kind, "gain": float(run.gain(endpoint, FINASTERIDE.name, UNTREATED.name)[0, -1])}
        for run in runs
        for endpoint, kind in names.items()
    ]
    y = alt.Y("kind:N", title=None, sort=list(names.values()))
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=y)
    ticks = base.mark_tick(color=ACCENT, opacity=0.45, thickness=1.4, size=26).encode(
        x=alt.X(
            "gain:Q", title="finasteride minus untreated [hairs/cm2]", axis=alt.Axis(tickCount=6)
        )
    )
    middle = base.mark_tick(color=INK, thickness=3, size=34).encode(x="median(gain):Q")
    return alt.layer(ticks, middle).properties(
        width=WIDTH, height=HEIGHT,
        title=alt.TitleParams("gain of the drug after two years",
                              subtitle="one mark per draw, the median in black"),
    )  # fmt: skip


def figure(runs: list[Result]) -> alt.VConcatChart:
    """All panels of the man."""
    panels = [course(runs, endpoint, title) for endpoint, title in ENDPOINTS.items()]
    title = alt.TitleParams(
        "A man of 40, ten years into pattern loss: untreated (red), finasteride 1 mg a day (green)",
        subtitle=[
            f"Simulated, vertex, {len(runs)} parameter sets drawn from their ranges. Line: median; "
            "band: middle half; dashed: 90 %.",
            "Change from today; the bands are what the ranges leave open. Not fitted to any trial: "
            "for men like those of the trials",
            "the model's gain on the drug is in the median 1.4 to 2.2 times what was seen there.",
        ],
        anchor="start", frame="bounds", fontSize=15, subtitleColor=FAINT, offset=16,
    )  # fmt: skip
    rows = [panels[:2], panels[2:], [calibres(runs), gains(runs)]]
    return (
        alt.vconcat(*(alt.hconcat(*row, bounds="flush", spacing=80) for row in rows), spacing=26)
        .properties(title=title)
        .resolve_scale(color="independent")
        .configure(font="Helvetica, Arial, sans-serif", background="white", padding=14)
        .configure_view(stroke=None)
        .configure_axis(labelColor=INK, titleColor=INK, titleFontWeight="normal",
                        gridColor="#e6eaec", domainColor="#b9c3c8", tickColor="#b9c3c8")
        .configure_title(color=INK, fontSize=12, subtitleColor=FAINT, anchor="start",
                         frame="group", offset=9)
    )  # fmt: skip


def main(path: str = "one_scalp.png", draws: int = 120, follicles: int = 600) -> None:
    """Simulate, print the man in numbers and write the figure."""
    runs = simulated(draws, follicles)
    print(f"{'after two years':32}" + "".join(f"{o.name:>22}" for o in OPTIONS))
    for endpoint in (*ENDPOINTS, "anagen_fraction", "hair_diameter"):
        change = np.array([run.change(endpoint)[0, :, -1] for run in runs])
        ends = np.quantile(change, [0.05, 0.5, 0.95], axis=0)
        cells = (f"{m:+.3g} ({low:+.3g} to {high:+.3g})" for low, m, high in ends.T)
        print(f"{endpoint:32}" + "".join(f"{cell:>26}" for cell in cells))
    Path(path).write_bytes(png(figure(runs)))
    print(f"wrote {path}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
