"""Scalp pictures of a forecast: three of its draws, lived again and drawn to scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anagen.delivery.positions import target_positions
from anagen.forecast.options import Options
from anagen.forecast.rerun import Relived, relive
from anagen.forecast.salt import SALT, own_endpoint
from anagen.forecast.spread import Floats
from anagen.forecast.summary import Pictured
from anagen.report.simulate_numbers import signed
from anagen.scalp_picture import Hairs, Panel, gallery, gallery_svg, layout
from anagen.simulate.exposure import SIDE
from anagen.simulate.forecast import Forecast

Rows = list[tuple[list[Panel], Floats]]
"""Panels of one draw after another, each with the places of its follicles."""
WEEKS = (0.0, 12.0, 24.0)
"""Visits pictured beside the last one."""
TITLES = ("One of the poorer courses", "A middling course", "One of the better courses")
ALL_OVER = "; follicles from all over the scalp, drawn side by side"
CAPTION = (
    "Three of the simulated courses, chosen by the rank of the first regimen's net gain over its "
    "sham at the last visit, and no other; options share the person, the follicles and their luck."
)


def shown(options: Options) -> list[int]:
    """Every regimen with its sham beside it, and no treatment, each once."""
    pairs = [o for asked in options.asked for o in (asked, options.sham[asked])]
    return list(dict.fromkeys((*pairs, options.untreated)))


def relived(forecast: Forecast, options: Options, draw: int) -> Relived:
    """One draw under the options shown; its counts are the forecast's, or the program is wrong."""
    chosen = shown(options)
    weeks = sorted({w for w in WEEKS if w in forecast.weeks} | {forecast.weeks[-1]})
    found = relive(forecast, draw, [options.regimens[o] for o in chosen], weeks)
    at = [forecast.weeks.index(week) for week in weeks]
    reported = forecast.true["total_hair_density"][draw][np.ix_(chosen, at)]
    hairs = reported / found.density * found.portrait.visible.shape[-1]
    if not np.allclose(hairs, found.portrait.visible.sum(axis=-1), rtol=0, atol=1e-6):
        raise RuntimeError(f"draw {draw} relived counts other hairs than its forecast: a fault of "
                           "the program, not of the input")  # fmt: skip
    return found


def panels(forecast: Forecast, options: Options, pictured: Sequence[Pictured]) -> Rows:
    """The pictures of every row, and where its follicles lie."""
    found: Rows = []
    of_salt = own_endpoint(forecast.patient) == SALT
    unit = "SALT points (below 0 is better)" if of_salt else "hairs/cm2"
    for row in pictured:
        lived = relived(forecast, options, row.draw)
        name = (f"{row.percentile:g}th percentile: beyond its sham {signed(row.gain)} {unit} "
                f"(draw {row.draw}){ALL_OVER if of_salt else ''}")  # fmt: skip
        made = [
            Panel(row=name, option=options.regimens[o].name, week=week, hairs=_hairs(lived, i, j))
            for i, o in enumerate(shown(options))
            for j, week in enumerate(lived.weeks)
        ]
        count = lived.portrait.visible.shape[-1]
        places = target_positions(forecast.positions, SIDE)
        found.append((made, layout(places, count, SIDE, seed=row.draw)))
    return found


def _hairs(lived: Relived, option: int, visit: int) -> Hairs:
    p = lived.portrait
    return Hairs(
        visible=p.visible[option, visit], growing=p.growing[option, visit],
        calibre=p.calibre[option, visit], length=p.length[option, visit] * lived.growth_rate,
        phase=p.phase[option, visit],
    )  # fmt: skip


def slider(rows: Rows) -> str:
    """The pictures as a part of the page."""
    parts = [gallery(made, xy, SIDE, title=title, caption="" if i else CAPTION)
             for i, (title, (made, xy)) in enumerate(zip(TITLES, rows, strict=True))]  # fmt: skip
    return "".join(parts)


def files(rows: Rows, pictured: Sequence[Pictured]) -> dict[str, str]:
    """One SVG a row, by the name of its file; no rows, no files."""
    return {
        f"scalp_{row.percentile:g}.svg":
            gallery_svg(made, xy, SIDE, title=made[0].row, caption=CAPTION)
        for row, (made, xy) in zip(pictured, rows, strict=bool(rows))
    }  # fmt: skip
