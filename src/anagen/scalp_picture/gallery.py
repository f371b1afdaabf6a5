"""Scalp pictures side by side: one SVG to print, and a page part with a before/after slider.

Every row is one simulated course, chosen by its rank among all of them and named by the caller
(the 5th, 50th, 95th percentile; never the luckiest). A row shows every option at every visit: no
option is shown without its comparator, and none at a visit of its own choice.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from anagen.errors import InputError
from anagen.scalp_picture.picture import CLIP, LINE, WIDTH, Floats, Hairs, drawn, text

GAP = 24  # px between pictures


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One picture of a gallery: ``row`` names the course, as "median course (50th percentile)"."""

    row: str
    option: str
    week: float
    hairs: Hairs


@dataclass(frozen=True)
class Grid:
    """The pictures by (row, option, week), complete, with the words in the order given."""

    rows: list[str]
    options: list[str]
    weeks: list[float]
    hairs: dict[tuple[str, str, float], Hairs]


def arranged(panels: Sequence[Panel]) -> Grid:
    """The panels as a complete grid.

    Raises InputError for a picture that is missing or there twice, a single option, and visits
    that do not begin today.
    """
    hairs = {(p.row, p.option, p.week): p.hairs for p in panels}
    rows = list(dict.fromkeys(p.row for p in panels))
    options = list(dict.fromkeys(p.option for p in panels))
    weeks = sorted({p.week for p in panels})
    if len(options) < 2:
        problem = f"needs the comparator beside it: two options or more (given: {options})"
        raise InputError(problem, field="panels")
    if weeks[0] != 0 or len(weeks) < 2:
        raise InputError(f"needs week 0 and a later one (given: {weeks})", field="panels")
    whole = len(rows) * len(options) * len(weeks)
    if len(hairs) < whole or len(panels) > whole:
        problem = f"needs each option once at every visit of every row: {whole} pictures, not "
        raise InputError(f"{problem}{len(panels)} ({len(hairs)} different)", field="panels")
    return Grid(rows, options, weeks, hairs)


def gallery_svg(
    panels: Sequence[Panel],
    xy: Floats,
    side: float = 10.0,
    *,
    title: str,
    caption: str,
    trimmed: float = CLIP,
) -> str:
    """All pictures in one SVG: options beside each other, visits below each other, row by row.

    ``xy`` (F, 2) [mm], ``side`` and ``trimmed`` [mm] as `scalp_svg` takes them, the same for all.
    """
    grid = arranged(panels)
    width = len(grid.options) * (WIDTH + GAP) - GAP
    told = textwrap.wrap(f"{caption} {explained(trimmed)}", width // 6)
    parts = [text(0, 18, title, 17, weight="bold")]
    parts += [text(0, 38 + LINE * i, row, 12) for i, row in enumerate(told)]
    y = 34 + LINE * len(told)
    for row in grid.rows:
        parts.append(text(0, y + 18, row, 15, weight="bold"))
        y += 30
        for week in grid.weeks:
            tallest = 0
            for column, option in enumerate(grid.options):
                hairs = grid.hairs[row, option, week]
                picture, height = drawn(hairs, xy, side, option=option, week=week,
                                        lines=hairs.numbers(side), trimmed=trimmed)  # fmt: skip
                x = column * (WIDTH + GAP)
                parts.append(f'<g transform="translate({x},{y})">{picture}</g>')
                tallest = max(tallest, height)
            y += tallest + GAP // 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" width="{width}" '
        f'height="{y}"><title>{escape(title)} (simulated)</title>'
        f'<rect width="{width}" height="{y}" fill="#fff"/>{"".join(parts)}</svg>'
    )


def explained(trimmed: float) -> str:
    """What every picture of a gallery is, for its reader."""
    return (
        f"Simulated pictures, not photographs: hair cut to {trimmed:g} mm, widths and lengths to "
        "scale, light and cut the same in all. A hair counts where it leaves the skin, inside the "
        "square."
    )


def _file(name: str) -> str:
    return files("anagen.scalp_picture").joinpath(name).read_text(encoding="utf-8")


def gallery(
    panels: Sequence[Panel],
    xy: Floats,
    side: float = 10.0,
    *,
    title: str,
    caption: str,
    trimmed: float = CLIP,
) -> str:
    """A part of a page that needs nothing else: a slider over today and a later visit, by row.

    One slider moves all options of a row together. Without scripts, and on paper, every picture
    is shown whole, one below the other.

    Parameters
    ----------
    panels
        Every option at every visit of every row, week 0 among them.
    xy, side, trimmed
        As `scalp_svg` takes them, the same for all.
    title, caption
        Heading, and what the reader must know, as text.

    Raises
    ------
    InputError
        A picture that is missing or there twice, a single option, or no later visit.
    """
    grid = arranged(panels)
    courses = "".join(_course(grid, row, xy, side, trimmed) for row in grid.rows)
    return (
        f'<section class="scalps" aria-label="{escape(title)}">'
        f"<style>{_file('slider.css')}</style>"
        f'<h3 class="asis">{escape(title)}</h3><p>{escape(caption)} {explained(trimmed)}</p>'
        f"{courses}<script>{_file('slider.js')}</script></section>"
    )


def _course(grid: Grid, row: str, xy: Floats, side: float, trimmed: float) -> str:
    """One row of the page: its controls, and a stack of pictures for each option."""
    later = grid.weeks[1:]
    chosen = "".join(
        f'<option value="{w:g}"{" selected" if w == later[-1] else ""}>week {w:g}</option>'
        for w in later
    )
    stacks = []
    for option in grid.options:
        pictures, notes = [], []
        for week in grid.weeks:
            hairs, after = grid.hairs[row, option, week], week > 0
            picture, _ = drawn(hairs, xy, side, option=option, week=week, lines=(),
                               trimmed=trimmed, right=after)  # fmt: skip
            kind = f'class="after" data-week="{week:g}"' if after else 'class="before"'
            note = f' data-week="{week:g}"' if after else ""
            pictures.append(f"<div {kind}>{picture}</div>")
            notes.append(f"<p{note}>Week {week:g}. {escape(' '.join(hairs.numbers(side)))}</p>")
        stacks.append(f'<figure><div class="stack">{"".join(pictures)}</div>'
                      f"<figcaption>{''.join(notes)}</figcaption></figure>")  # fmt: skip
    return (
        f'<div class="course"><h4>{escape(row)}</h4><div class="controls">'
        '<label>today <input type="range" min="0" max="100" value="50" '
        f'aria-label="{escape(row)}: today on the left, later on the right"> later</label>'
        f'<label>compare today with <select aria-label="{escape(row)}: later visit">'
        f"{chosen}</select></label>"
        f'</div><div class="options">{"".join(stacks)}</div></div>'
    )
