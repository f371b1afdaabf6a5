"""What a forecast says, in sentences: every number comes from the summary, none is promised."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from anagen.forecast.exposure import Arrived
from anagen.forecast.protocol import Tried
from anagen.forecast.spread import Course, Spread
from anagen.forecast.summary import Gain, Signal, Simulated, Tested
from anagen.verdict.words import plural, signed
from anagen.vocabulary import label

PRIOR_ONLY = (
    "Simulated, not calibrated: prior only. This says what the assumptions allow, not what will "
    "happen."
)
MOVES = {
    "anagen": "growing clock", "catagen": "catagen clock", "telogen": "resting clock",
    "kenogen": "empty clock", "growth": "speed of growth", "calibre": "thickness",
}  # fmt: skip


def to_json(summary: Simulated) -> str:
    """The summary as JSON text: same input, same bytes."""
    content = summary.model_dump(mode="json")
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def percent(share: float) -> str:
    """A share as a whole percentage; what is neither none nor all is not rounded to it."""
    if 0 < share < 0.005:
        return "< 1 %"
    if 0.995 < share < 1:
        return "> 99 %"
    return f"{100 * share:.0f} %"


def range90(x: Spread, digits: int = 1) -> str:
    """Median and 90 % interval, signed."""
    if x.q50 is None or x.q05 is None or x.q95 is None:
        return "–"
    ends = f"{signed(x.q05, digits)} to {signed(x.q95, digits)}"
    return f"{signed(x.q50, digits)} ({ends})"


def at(course: Course, place: int, digits: int = 1, *, sign: bool = False) -> str:
    """Median and 90 % interval of a course at one of its visits or weeks."""
    ends = [getattr(course, name)[place] for name in ("q50", "q05", "q95")]
    if None in ends:
        return "–"
    m, low, high = (f"{x:{'+' if sign else ''}.{digits}f}".replace("-", "−") for x in ends)
    return f"{m} ({low} to {high})"


def amount(x: float | None) -> str:
    """A number over many magnitudes, as 1.2e8 or 0.031."""
    if x is None:
        return "–"
    if 100 <= x < 10_000:
        return f"{x:.0f}"
    return re.sub(r"e([+-])0?", _exponent, f"{x:.1e}" if x >= 100 or 0 < x < 1e-3 else f"{x:.2g}")


def _exponent(found: re.Match[str]) -> str:
    return "e−" if found[1] == "-" else "e"


def week(number: float) -> str:
    """A week without needless decimals."""
    return f"{round(number, 1):g}"


def amounts(x: Spread) -> str:
    """Median and 90 % interval of such a number."""
    return f"{amount(x.q50)} ({amount(x.q05)} to {amount(x.q95)})"


def say_gain(g: Gain) -> str:
    """The net gain with its intervals, the chances and the chance of loss."""
    i = g.over_sham
    if g.option == g.sham:
        return (f"{g.option}: nothing in it is active, so it is its own sham; its net gain is 0 by "
                "construction.")  # fmt: skip
    ends = "; ".join(
        f"{name} {signed(low or 0)} to {signed(high or 0)}"
        for name, low, high in (("50 %", i.q25, i.q75), ("80 %", i.q10, i.q90),
                                ("95 %", i.q025, i.q975))
    )  # fmt: skip
    return (
        f"{g.option}, week {week(g.week)}: net gain over its sham {signed(i.q50 or 0)} hairs/cm2 "
        f"({ends}). In {percent(g.measurable)} of the draws the gain is beyond the instrument's "
        f"error; {percent(g.visible_low)} reach the low anchor of a visible one and "
        f"{percent(g.visible_high)} the high one. In {percent(g.loss)} it is a net loss "
        f"({percent(g.measurable_loss)} beyond the instrument's error)."
    )


def say_sham(g: Gain) -> str:
    """How much of what is read the sham shows too."""
    own, sham = g.read_change.q50 or 0.0, g.sham_read_change.q50 or 0.0
    told = (f"{g.option}, week {week(g.week)}: a reading changes by {signed(own)} hairs/cm2 in the "
            f"median, that of the sham alone by {signed(sham)}")  # fmt: skip
    if g.sham_share is None:
        return f"{told}."
    part = "all of it or more" if g.sham_share >= 1 else percent(g.sham_share)
    return f"{told}: the sham's share of the reading is {part}."


def say_zero(summary: Simulated) -> list[str]:
    """The mass at exactly zero, by regimen."""
    told = []
    for name, nothing in summary.nothing.items():
        zero = next(g for g in reversed(summary.gains) if g.option == name)
        told.append(
            f"{name}: by assumption the whole class does nothing in {percent(nothing)} of the "
            f"draws; the net gain in this area is exactly 0 in {percent(zero.zero)} at week "
            f"{week(zero.week)}."
        )
    if told:
        told.append(
            "The law bounds the answer too: a signal runs a clock faster for as long as it lasts, "
            "days after a session, so that no potency, however large, gives much more. A switch "
            "thrown by one pulse, as in mice, is not in it."
        )
    return told


def say_tested(t: Tested) -> str:
    """How many people have been in controlled trials of it."""
    who = label("condition", t.diagnosis)
    if not t.studies:
        return f"{label('therapy', t.therapy)}: no controlled trial in {who} was found."
    return (f"{label('therapy', t.therapy)}: {plural(t.studies, 'controlled trial')} of hair "
            f"density in {who}, {t.participants} people in all.")  # fmt: skip


def say_signal(signal: Signal) -> str:
    """What a signal moves."""
    if signal.signal == "calming":
        return "calming: the inflammation load, of which this patient has none simulated"
    if signal.signal == "repair":
        return "repair: the hazard of a scarring disease, which this patient has not"
    moved = ", ".join(MOVES[m] for m in signal.moves)
    return f"{signal.signal.replace('_', ' ')}: {moved or 'nothing'}"


def say_microrna(a: Arrived) -> str:
    """Whether one abundant microRNA could do it."""
    s = a.stoichiometry
    if s is None:
        return f"{a.option}: microRNA: not applicable, no vesicles are counted."
    return (
        f"{a.option}: a mechanism by one abundant microRNA: {amounts(s.copies_per_cell)} copies "
        f"reach a cell where {amounts(s.copies_needed)} are needed, {amounts(s.shortfall)} times "
        f"too few; enough in {percent(s.enough)} of the draws."
    )


def say_growth_factors(a: Arrived) -> str:
    """Whether the growth-factor mass is that of platelets."""
    s = a.stoichiometry
    if s is None:
        return f"{a.option}: growth-factor mass: not applicable, no vesicles are counted."
    return (
        f"{a.option}: a mechanism by growth-factor mass: the vesicles of a session hold "
        f"{amounts(s.growth_factor_mass)} ng, platelet-rich plasma of the same volume "
        f"{amounts(s.platelet_mass)} ng of one factor; as much in {percent(s.as_much)} of the "
        "draws."
    )


def say_chance(summary: Simulated) -> str:
    """What the size of a rank correlation means."""
    r = summary.ranking
    if not r.top:
        return "The net gain is the same in all draws, so that nothing can be ranked."
    over = sum(abs(row.rho) > r.by_chance for row in r.top)
    return (
        f"{r.parameters} parameters over {summary.draws} draws: by chance alone the largest of so "
        f"many correlations stays below {r.by_chance:.2f} in 95 % of cases; {over} of those shown "
        f"{'is' if over == 1 else 'are'} larger."
    )


def say_error(draws: int) -> str:
    """Monte-Carlo error of a share."""
    return (f"Shares of {draws} draws carry a Monte-Carlo error of up to "
            f"{100 * 0.5 / draws**0.5:.1f} points (one standard error).")  # fmt: skip


def say_tried(tried: Tried) -> str:
    """The values of one combination."""
    return ", ".join(f"{key} {value:g}" for key, value in tried.values.items())


def bottom_line(summary: Simulated) -> list[str]:
    """What the page and the terminal say first."""
    last = [g for g in summary.gains if g.week == summary.weeks[-1]]
    return [PRIOR_ONLY, *(say_gain(g) for g in last), *(say_sham(g) for g in last),
            *say_zero(summary), *(say_tested(t) for t in summary.tested)]  # fmt: skip


def short(summary: Simulated) -> list[str]:
    """A few sentences for the terminal."""
    last = [g for g in summary.gains if g.week == summary.weeks[-1]]
    return [*(say_sham(g) for g in last if g.option != g.sham), *say_zero(summary),
            *(say_tested(t) for t in summary.tested)]  # fmt: skip


def wetted(tried: Tried) -> str:
    """Share wetted at the bulb of a full follicle, at the first session and in all."""
    if tried.wet_first is None or tried.wet_all is None:
        return "–"
    deep = "full follicle"
    return f"{percent(tried.wet_first[deep])}, {percent(tried.wet_all[deep])}"


def what_it_is_not(summary: Simulated) -> Sequence[str]:
    """The limits of a forecast."""
    return (
        "Not calibrated: the parameters are drawn from their ranges before any trial was fitted.",
        "Not evidence: nothing simulated counts as a trial.",
        f"Not this person's scalp: {summary.draws} plausible people of the same description.",
        "Not advice: no diagnosis, no dosing, no device; for ranking hypotheses, designing trials "
        "and supporting counselling by a clinician.",
    )
