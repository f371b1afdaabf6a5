"""Who entered a virtual trial, was allocated, stopped, left and was analysed: a flow of boxes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from anagen.plot import ACCENT, FAINT, INK
from anagen.report.figures import NARROW, WIDE, Figure, Rows
from anagen.report.trial_blocks import Drawn, whole
from anagen.trial.summary import ArmSummary, Summary

FONT, LINE, PAD, GAP, ARROW = 13, 18, 10, 14, 26
"""Size of the letters, height of a line, room in and between boxes, length of an arrow; pixels."""
LETTER = 6.9
"""Width that a letter takes in a box, on average."""
LEAST = 165
"""Narrowest column of an arm."""
OF_LAYOUT = {
    "parallel": ("people", "Randomised to an arm", "Allocated to"),
    "split_scalp": ("sides", "Sides of every head randomised", "Side given"),
    "crossover": ("periods", "Randomised to an order of periods", "Period given"),
}


@dataclass(frozen=True)
class Box:
    """A box with its left edge, top and width, and lines of text of which the first is bold."""

    x: float
    y: float
    width: float
    lines: Sequence[str]

    @property
    def height(self) -> float:
        """Height in pixels."""
        return LINE * len(self.lines) + 2 * PAD - 4

    @property
    def middle(self) -> float:
        """Where arrows come in and go out."""
        return self.x + self.width / 2

    @property
    def foot(self) -> float:
        """Lower edge."""
        return self.y + self.height

    def svg(self) -> str:
        """The box as drawn."""
        at = self.y + PAD + FONT - 3
        text = "".join(
            f'<text x="{self.middle:.1f}" y="{at + LINE * i:.1f}" text-anchor="middle" '
            f'fill="{INK}" font-size="{FONT}"{_bold(i)}>{escape(line)}</text>'
            for i, line in enumerate(self.lines)
        )
        return (
            f'<rect x="{self.x:.1f}" y="{self.y:.1f}" width="{self.width:.1f}" rx="4" '
            f'height="{self.height:.1f}" fill="#f5f8f8" stroke="{ACCENT}"/>{text}'
        )


def _bold(line: int) -> str:
    return ' font-weight="700"' if line == 0 else ""


def arrow(x: float, top: float, foot: float) -> str:
    """An arrow straight down."""
    return (
        f'<path d="M{x:.1f} {top:.1f}V{foot - 5:.1f}" stroke="{FAINT}" fill="none"/>'
        f'<path d="M{x - 4:.1f} {foot - 7:.1f}h8l-4 7z" fill="{FAINT}"/>'
    )


def flow_rows(summary: Summary) -> Rows:
    """One row per arm: planned number, and means over the replicates."""
    return [{"arm": a.arm, "planned": a.n, **a.flow.model_dump()} for a in summary.arms]


def entered(summary: Summary) -> int:
    """Simulated people of the trial: heads where a scalp is split."""
    sizes = [a.n for a in summary.arms]
    return sizes[0] if summary.layout == "split_scalp" else sum(sizes)


def _column(summary: Summary, arm: ArmSummary, end: float) -> list[list[str]]:
    """The three boxes of an arm, each a list of paragraphs."""
    unit, _, given = OF_LAYOUT[summary.layout]
    f = arm.flow
    return [
        [f"{given} {arm.arm}", f"{whole(f.randomised)} {unit}"],
        [
            f"Left by week {end:g}: {whole(f.left)}",
            f"Stopped treatment: {whole(f.stopped)}",
            f"Began rescue: {whole(f.rescued)}",
        ],
        [f"Analysed: {whole(f.analysed)} {unit}", f"read at week {summary.week:g}"],
    ]


def _folded(paragraphs: Sequence[str], width: float) -> list[str]:
    letters = int((width - 2 * PAD) / LETTER)
    return [line for text in paragraphs for line in textwrap.wrap(text, letters)]


def flow_svg(summary: Summary, width: int) -> str:
    """The flow as SVG of its own, ``width`` pixels wide; arms that do not fit stand below."""
    end = max(v.week for arm in summary.arms for v in arm.visits)
    who = "heads" if summary.layout == "split_scalp" else "people"
    head = min(width - 2 * GAP, 340.0)
    top = Box(
        (width - head) / 2,
        2,
        head,
        _folded([f"Simulated {who} who entered: {entered(summary)}"], head),
    )
    second = Box(top.x, top.foot + ARROW, head, _folded([OF_LAYOUT[summary.layout][1]], head))
    parts = [top.svg(), arrow(top.middle, top.foot, second.y), second.svg()]
    foot = second.foot
    columns = max(1, min(len(summary.arms), (width - GAP) // (LEAST + GAP)))
    for first in range(0, len(summary.arms), columns):
        bank = summary.arms[first : first + columns]
        drawn, foot = _bank(summary, bank, end, foot, width, second.middle if not first else None)
        parts += drawn
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {foot + 4:.0f}" '
        f'width="{width}" height="{foot + 4:.0f}" '
        f'font-family="Helvetica, Arial, sans-serif">{"".join(parts)}</svg>'
    )


def _bank(
    summary: Summary,
    bank: Sequence[ArmSummary],
    end: float,
    above: float,
    width: int,
    trunk: float | None,
) -> tuple[list[str], float]:
    """A row of arms below ``above``, and where it ends; ``trunk``: where the arrow comes from."""
    size = min((width - GAP * (len(bank) + 1)) / len(bank), 300.0)
    left = (width - size * len(bank) - GAP * (len(bank) - 1)) / 2
    places = [left + i * (size + GAP) for i in range(len(bank))]
    bus, top = above + ARROW / 2, above + 1.5 * ARROW
    middles = [x + size / 2 for x in places]
    parts = list(_fork(trunk, above, bus, middles)) if trunk is not None else []
    foot = top
    columns = [[_folded(box, size) for box in _column(summary, arm, end)] for arm in bank]
    for level in range(len(columns[0])):
        most = max(len(column[level]) for column in columns)
        for x, column in zip(places, columns, strict=True):
            lines = [*column[level], *[""] * (most - len(column[level]))]
            box = Box(x, foot, size, lines)
            begin = bus if level == 0 and trunk is not None else foot - ARROW
            if level or trunk is not None:
                parts.append(arrow(box.middle, begin, foot))
            parts.append(box.svg())
        foot = box.foot + ARROW
    return parts, foot - ARROW


def _fork(trunk: float, above: float, bus: float, middles: Sequence[float]) -> Iterator[str]:
    """From one box to several."""
    low, high = min(*middles, trunk), max(*middles, trunk)
    yield f'<path d="M{trunk:.1f} {above:.1f}V{bus:.1f}" stroke="{FAINT}" fill="none"/>'
    yield f'<path d="M{low:.1f} {bus:.1f}H{high:.1f}" stroke="{FAINT}" fill="none"/>'


def flow_figure(summary: Summary) -> Drawn:
    """The flow for a wide and for a narrow page."""
    unit = OF_LAYOUT[summary.layout][0]
    said = "; ".join(
        f"{a.arm}: {whole(a.flow.randomised)} allocated, {whole(a.flow.left)} left, "
        f"{whole(a.flow.analysed)} analysed"
        for a in summary.arms
    )
    figure = Figure(
        "Flow of the simulated trial.",
        f"Numbers of {unit}: means over the replicates. Who stopped treatment or began rescue is "
        "still read; who left is not.",
        f"Flow: {entered(summary)} entered; {said}.",
        flow_svg(summary, WIDE),
        flow_svg(summary, NARROW),
    )
    return Drawn("flow", figure, flow_rows(summary))
