"""One scalp picture: the hairs of a target area at one visit under one option, drawn to scale.

The view is that of the macrophotograph of a clipped target area under a contact glass: every hair
is cut to the same length and lies flat. Width is the calibre and length the length above the skin,
both to scale; a hair shorter than the cut is as short as it is. Resting hair looks like growing
hair, as it does to a camera; the numbers under the picture tell them apart. An opening without a
hair is a faint dot; a destroyed follicle leaves none. Skin, light, hair colour and cut never
depend on the option or the visit.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, fields
from html import escape

import numpy as np
from numpy.typing import NDArray

from anagen.errors import InputError
from anagen.parameters import parameter

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ANAGEN, CATAGEN, TELOGEN, KENOGEN, DESTROYED = range(5)
CLIP = 1.0
"""Length [mm] to which trials clip a target area (reference ``trialregistries``)."""
WIDTH, MARGIN = 360, 1.0  # picture [px]; skin around the target area [mm]
SKIN, HAIR, OPENING, BORDER, INK = "#e6ddd3", "#2a211d", "#a89686", "#8d7b6c", "#22313a"
FONT = "Helvetica, Arial, sans-serif"
LINE = 15  # px from line to line
OPENING_RADIUS = 0.045  # mm
WHORL = (-0.4, 1.4)  # its centre in sides of the square: hair falls nearly parallel inside
SPREAD, BEND = 0.2, 0.05  # SD of a hair's own direction [rad]; of its bow, in lengths


@dataclass(frozen=True, kw_only=True)
class Hairs:
    """The follicles of a target area at one visit under one option; arrays of shape (F,).

    ``visible``: a hair stands above the skin; ``growing``: and is in anagen; ``calibre`` [um];
    ``length`` above the skin [mm]; ``phase``: 0 anagen, 1 catagen, 2 telogen, 3 kenogen,
    4 destroyed. Raises InputError for unequal shapes, a visible hair of no width, and one in an
    empty or destroyed follicle.
    """

    visible: Flags
    growing: Flags
    calibre: Floats
    length: Floats
    phase: NDArray[np.int64]

    def __post_init__(self) -> None:
        shapes = {f.name: np.shape(getattr(self, f.name)) for f in fields(self)}
        if len(set(shapes.values())) > 1 or len(shapes["visible"]) != 1:
            raise InputError(f"needs arrays of one shape (follicles,) (given: {shapes})")
        seen = np.asarray(self.visible, dtype=bool)
        if np.any(seen & (np.asarray(self.phase) >= KENOGEN)):
            raise InputError("a follicle in kenogen or destroyed has no hair", field="visible")
        calibre, length = np.asarray(self.calibre)[seen], np.asarray(self.length)[seen]
        if not (np.all((calibre > 0) & np.isfinite(calibre)) and np.all(length >= 0)):
            problem = "a visible hair needs a calibre above 0 um and a length of 0 mm or more"
            raise InputError(problem, field="calibre")

    @property
    def empty(self) -> Flags:
        """Openings without a hair, (F,): kenogen, or the next hair still below the skin."""
        return np.asarray(~np.asarray(self.visible) & (np.asarray(self.phase) < DESTROYED))

    def numbers(self, side: float) -> tuple[str, str]:
        """What the picture shows, in two sentences with units; ``side`` [mm] of the square."""
        vellus = parameter("vellus_diameter_cutoff").value
        seen, empty = np.asarray(self.visible), self.empty
        fine = int((seen & (np.asarray(self.calibre) < vellus)).sum())
        coming = int((empty & (np.asarray(self.phase) == ANAGEN)).sum())
        return (
            f"In {side**2 / 100:g} cm2: {seen.sum()} visible hairs, "
            f"{(seen & np.asarray(self.growing)).sum()} of them growing, {fine} finer than "
            f"{vellus:g} um.",
            f"Openings without a hair (dots): {empty.sum()}, of these {coming} with a new hair "
            "below the skin.",
        )


def scalp_svg(
    hairs: Hairs,
    xy: Floats,
    side: float = 10.0,
    *,
    option: str,
    week: float,
    caption: str = "",
    trimmed: float = CLIP,
) -> str:
    """One picture as SVG text, 360 px wide.

    Parameters
    ----------
    hairs
        What is drawn.
    xy
        Where the follicles lie [mm], shape (F, 2), from `layout`.
    side
        Side of the target area [mm].
    option, week
        The regimen's name, and weeks from today.
    caption
        One more sentence under the picture, as which course of how many it is.
    trimmed
        Length [mm] to which the hair is cut; the same for all pictures that are compared.

    Raises
    ------
    InputError
        Positions of another number of follicles or outside the square, or no length left.
    """
    lines = [*hairs.numbers(side), *([caption] if caption else [])]
    return drawn(hairs, xy, side, option=option, week=week, lines=lines, trimmed=trimmed)[0]


def drawn(
    hairs: Hairs,
    xy: Floats,
    side: float,
    *,
    option: str,
    week: float,
    lines: Sequence[str],
    trimmed: float,
    right: bool = False,
) -> tuple[str, int]:
    """A picture with ``lines`` under it, and its height [px]; ``right``: week and count right."""
    _check(hairs, xy, side, trimmed)
    seen = int(np.sum(hairs.visible))
    head = textwrap.wrap(option, 46) or [""]
    foot = [row for line in lines for row in textwrap.wrap(line, 60)]
    top = 6 + 17 * len(head)
    height = top + WIDTH + LINE * len(foot) + 8
    said = f"{option}, week {week:g}, simulated: {seen} visible hairs"
    rows = [
        *(text(0, 15 + 17 * i, row, 14, weight="bold") for i, row in enumerate(head)),
        f'<svg y="{top}" width="{WIDTH}" height="{WIDTH}" overflow="hidden" '
        f'viewBox="{-MARGIN:g} {-MARGIN:g} {side + 2 * MARGIN:g} {side + 2 * MARGIN:g}">',
        _skin(hairs, xy, side, trimmed),
        "</svg>",
        text(WIDTH - 8 if right else 8, top + 16, f"week {week:g}: {seen} visible hairs", 12,
              anchor="end" if right else "start", halo=True),
        text(WIDTH - 8, top + WIDTH - 9, "simulated", 12, anchor="end", halo=True),
        text(1.3 * WIDTH / (side + 2 * MARGIN) + 6, top + WIDTH - 9, "1 mm", 12, halo=True),
        *(text(0, top + WIDTH + LINE * (i + 1), row, 12) for i, row in enumerate(foot)),
    ]  # fmt: skip
    told = (f"{' '.join(hairs.numbers(side))} Hair cut to {trimmed:g} mm, drawn to scale; it "
            "counts where it leaves the skin, inside the square.")  # fmt: skip
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-label="{escape(said)}"><title>{escape(said)}</title>'
        f'<desc>{escape(told)}</desc><rect width="{WIDTH}" height="{height}" fill="#fff"/>'
        f"{''.join(rows)}</svg>",
        height,
    )


def _check(hairs: Hairs, xy: Floats, side: float, trimmed: float) -> None:
    follicles = len(hairs.visible)
    if np.shape(xy) != (follicles, 2):
        problem = f"needs shape ({follicles}, 2), a place for each follicle"
        raise InputError(f"{problem} (given: {np.shape(xy)})", field="xy")
    if not np.all((np.asarray(xy) >= 0) & (np.asarray(xy) <= side)):
        raise InputError(f"must lie between 0 and {side:g} mm, the side", field="xy")
    if not trimmed > 0:
        raise InputError(f"must be above 0 mm (given: {trimmed})", field="trimmed")


def _skin(hairs: Hairs, xy: Floats, side: float, trimmed: float) -> str:
    """Skin, openings, hairs, border and scale bar, in mm."""
    angle, bow = _fall(xy, side)
    calibre = np.asarray(hairs.calibre, dtype=float) / 1000
    length = np.maximum(np.minimum(hairs.length, trimmed), calibre)  # never shorter than wide
    along = length[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    middle = along / 2 + bow[:, None] * along[:, ::-1] * [-1, 1]
    dots = "".join(f'<circle cx="{x:.3f}" cy="{y:.3f}" r="{OPENING_RADIUS}"/>'
                   for x, y in xy[hairs.empty])  # fmt: skip
    strokes = "".join(
        f'<path d="M{xy[f, 0]:.3f} {xy[f, 1]:.3f}q{middle[f, 0]:.3f} {middle[f, 1]:.3f} '
        f'{along[f, 0]:.3f} {along[f, 1]:.3f}" stroke-width="{calibre[f]:.4f}"/>'
        for f in np.flatnonzero(hairs.visible)
    )
    low, whole = -MARGIN, side + 2 * MARGIN
    return (
        f'<rect x="{low:g}" y="{low:g}" width="{whole:g}" height="{whole:g}" fill="{SKIN}"/>'
        f'<rect width="{side:g}" height="{side:g}" fill="none" stroke="{BORDER}" '
        'stroke-width="0.03"/>'
        f'<g class="openings" fill="{OPENING}">{dots}</g>'
        f'<g class="hairs" fill="none" stroke="{HAIR}">{strokes}</g>'
        f'<path class="scale" d="M{low + 0.3:g} {side + MARGIN - 0.4:g}h1" stroke="{INK}" '
        'stroke-width="0.1"/>'
    )


def _fall(xy: Floats, side: float) -> tuple[Floats, Floats]:
    """Direction [rad] and bow [lengths] of each hair, (F,): its own at all visits and options.

    Hair turns around a whorl outside the square; a follicle's luck depends on its number alone.
    """
    away = np.asarray(xy) - side * np.array(WHORL)
    luck = np.random.Generator(np.random.Philox(key=0)).standard_normal((len(xy), 2))
    turn = np.arctan2(away[:, 1], away[:, 0]) + np.pi / 4
    return turn + SPREAD * luck[:, 0], BEND * np.clip(luck[:, 1], -2, 2)


def text(
    x: float, y: float, words: str, size: int, *,
    weight: str = "normal", anchor: str = "start", halo: bool = False,
) -> str:  # fmt: skip
    """A line of text at (x, y) [px]; ``halo``: readable over hair."""
    around = f' stroke="{SKIN}" stroke-width="4" paint-order="stroke"' if halo else ""
    return (f'<text x="{x:.0f}" y="{y:.0f}" font-family="{FONT}" font-size="{size}" '
            f'font-weight="{weight}" text-anchor="{anchor}" fill="{INK}"{around}>'
            f"{escape(words)}</text>")  # fmt: skip


def png(svg: str, scale: float = 2.0) -> bytes:
    """The SVG text as a PNG picture, drawn offline."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(svg, scale=scale))
