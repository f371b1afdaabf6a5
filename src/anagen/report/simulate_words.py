"""What a forecast says, in sentences: every number comes from the summary, none is promised."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from anagen.forecast.exposure import BULB, Arrived
from anagen.forecast.protocol import Tried
from anagen.forecast.ranking import Ranked
from anagen.forecast.spread import Band, Spread
from anagen.forecast.summary import Gain, Signal, Simulated, Tested
from anagen.verdict import words as verdict
from anagen.verdict.words import plural
from anagen.vocabulary import label

PRIOR_ONLY = (
    "Simulated, not calibrated: prior only. This says what the assumptions allow, not what will "
    "happen."
)
SAME = (
    "the same count in nearly every draw, because almost nothing arrives or acts: an assumption, "
    "not a finding"
)
CLASS = "vesicle products and conditioned media; platelets are not switched off"
FIELDS = {
    "particles": "particles", "area_cm2": "area, cm2",
    "volume_ml_per_point": "volume per point, mL", "spacing_mm": "spacing, mm",
    "depth_mm": "depth, mm", "platelet_fold": "platelets, fold",
    "ug_per_ml": "concentration, ug/mL", "strength_percent": "strength, %",
    "ml_per_application": "volume per application, mL", "per_day": "applications per day",
    "mg_per_day": "dose, mg/day", "start_week": "first week", "stop_week": "last week",
}  # fmt: skip
"""Words for the fields of a course that can be varied."""
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


def signed(x: float, digits: int = 1) -> str:
    """A change with its sign; one that rounds to nothing is 0."""
    return "0" if round(x, digits) == 0 else verdict.signed(x, digits)


def range90(x: Spread, digits: int = 1) -> str:
    """Median and 90 % interval, signed."""
    if x.q50 is None or x.q05 is None or x.q95 is None:
        return "–"
    ends = f"{signed(x.q05, digits)} to {signed(x.q95, digits)}"
    return f"{signed(x.q50, digits)} ({ends})"


def at(course: Band, place: int, digits: int = 1, *, sign: bool = False) -> str:
    """Median and 90 % interval of a course at one of its visits or weeks."""
    ends = [getattr(course, name)[place] for name in ("q50", "q05", "q95")]
    if None in ends:
        return "–"
    m, low, high = (signed(x, digits) if sign else f"{x:.{digits}f}" for x in ends)
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


def is_zero(x: Spread) -> bool:
    """Whether the 90 % interval reads 0 to 0."""
    return all(end is not None and round(end, 1) == 0 for end in (x.q05, x.q95))


def say_verdict(summary: Simulated, option: str) -> str:
    """Whether anyone could measure anything beyond the sham, at the weeks told."""
    told = [g for g in summary.gains if g.option == option]
    if told[0].option == told[0].sham:
        return (f"{option}: nothing in it is active, so it is its own sham; its net gain is 0 by "
                "construction.")  # fmt: skip
    when = f"at week {' and at week '.join(week(g.week) for g in told)}"
    if not any(g.measurable or g.measurable_loss for g in told):
        return (
            f"Beyond its sham, “{option}” gives nothing that anyone could measure in "
            f"{summary.draws} of {summary.draws} draws, {when}; what a reading shows, the sham "
            "shows too."
        )
    counted = " and ".join(
        f"in {round(g.measurable * summary.draws)} of {summary.draws} draws at week {week(g.week)} "
        f"(a loss in {round(g.measurable_loss * summary.draws)})"
        for g in told
    )
    return (
        f"Under these assumptions, beyond its sham, “{option}” gives a gain that could be measured "
        f"{counted}."
    )


def say_gain(g: Gain) -> str:
    """The net gain with its intervals, the chances and the chance of loss."""
    i, head = g.over_sham, f"{g.option}, week {week(g.week)}: net gain over its sham"
    if is_zero(i):
        return f"{head} 0 hairs/cm2 (90 %: 0 to 0): {SAME}."
    ends = "; ".join(
        f"{name} {signed(low or 0)} to {signed(high or 0)}"
        for name, low, high in (("50 %", i.q25, i.q75), ("80 %", i.q10, i.q90),
                                ("95 %", i.q025, i.q975))
    )  # fmt: skip
    return (
        f"{head} {signed(i.q50 or 0)} hairs/cm2 "
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
    if g.sham_share >= 1:
        return f"{told}: the sham alone reads as much."
    return f"{told}: the sham's share of the reading is {percent(g.sham_share)}."


def say_zero(summary: Simulated, option: str) -> list[str]:
    """The mass at exactly zero, where the regimen holds a product of the class."""
    if option not in summary.nothing:
        return []
    zero = next(g for g in reversed(summary.gains) if g.option == option)
    return [
        f"{option}: the whole class ({CLASS}) does nothing in "
        f"{percent(summary.nothing[option])} of the draws, by an assumed chance of "
        f"{percent(summary.null_prior)}; the net gain in this area is exactly 0 in "
        f"{percent(zero.zero)} at week {week(zero.week)}."
    ]


def say_law(summary: Simulated) -> list[str]:
    """What the law of a signal leaves out, where a vesicle product is given."""
    return [
        "A signal runs a clock faster for as long as it lasts, days after a session; a switch "
        "thrown by one pulse, as in mice, is not in the law."
    ] if summary.nothing else []  # fmt: skip


def say_few(summary: Simulated) -> list[str]:
    """A warning where the draws are too few."""
    return [w for w in summary.warnings if "too few for intervals" in w]


def say_not_used(summary: Simulated) -> list[str]:
    """What of the patient is not used."""
    return [f"Of this patient not used: {text}." for text in summary.not_used]


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
    return f"{readable(signal.signal)}: {moved or 'nothing'}"


def _product(a: Arrived) -> str:
    """Which product of which regimen."""
    return f"{a.option}, {label('therapy', a.therapy)}"


def say_microrna(a: Arrived) -> str:
    """Whether one abundant microRNA could do it."""
    s = a.stoichiometry
    if s is None:
        return f"{_product(a)}: microRNA: not applicable, no vesicles are counted."
    return (
        f"{_product(a)}: a mechanism by one abundant microRNA: {amounts(s.copies_per_cell)} copies "
        f"reach a cell where {amounts(s.copies_needed)} are needed, {amounts(s.shortfall)} times "
        f"too few; enough in {percent(s.enough)} of the draws."
    )


def say_growth_factors(a: Arrived) -> str:
    """Whether the growth-factor mass is that of platelets."""
    s = a.stoichiometry
    if s is None:
        return f"{_product(a)}: growth-factor mass: not applicable, no vesicles are counted."
    return (
        f"{_product(a)}: a mechanism by growth-factor mass: the vesicles of a session hold "
        f"{amounts(s.growth_factor_mass)} ng, platelet-rich plasma of the same volume "
        f"{amounts(s.platelet_mass)} ng of one factor; as much in {percent(s.as_much)} of the "
        "draws."
    )


def readable(text: str) -> str:
    """The text with its raw names in plain letters."""
    return re.sub(r"\b[A-Za-z]\w*_\w+", lambda name: name[0].replace("_", " "), text)


def say_unit(unit: str) -> str:
    """A unit as the reports write it; nothing for a pure number."""
    return "" if unit == "dimensionless" else unit.replace("**", "")


def say_source(source: str) -> str:
    """A source of a parameter in plain letters."""
    return readable(source.removeprefix("study:"))


def beyond_chance(summary: Simulated) -> list[Ranked]:
    """The parameters whose rank correlation is above what chance gives."""
    r = summary.ranking
    return [row for row in r.top if abs(row.rho) > r.by_chance]


def say_chance(summary: Simulated) -> str:
    """What was ranked, and which of it counts."""
    r, kinds = summary.ranking, summary.parameters
    read = sum(kinds.values())
    told = (
        f"This run reads {read} parameters ({kinds['measured']} measured, {kinds['fitted']} "
        f"fitted, {kinds['assumed']} assumed); {r.parameters} of them vary over the draws."
    )
    if not r.top:
        return f"{told} The mean net gain is the same in all draws: nothing can be ranked."
    found = len(beyond_chance(summary))
    return (
        f"{told} These were ranked by the net gain of {r.option} over {r.versus}, averaged over "
        f"all visits after today. By chance alone the largest of so many correlations stays below "
        f"{r.by_chance:.2f} in 95 % of cases; "
        f"{f'{found} of them' if found else 'none of them'} "
        f"{'is' if found < 2 else 'are'} larger{': these are shown' if found else ''}."
    )


def say_error(draws: int) -> str:
    """Monte-Carlo error of a share."""
    return (f"Shares of {draws} draws carry a Monte-Carlo error of up to "
            f"{100 * 0.5 / draws**0.5:.1f} points (one standard error).")  # fmt: skip


def say_tried(tried: Tried) -> str:
    """The values of one combination."""
    told = []
    for key, value in tried.values.items():
        name, _, unit = FIELDS[key].partition(", ")
        told.append(f"{name} {value:g} {unit}".strip())
    return ", ".join(told)


def by_regimen(summary: Simulated) -> list[tuple[str, list[str]]]:
    """What is said of each regimen, under its name."""
    told = []
    for name in dict.fromkeys(g.option for g in summary.gains):
        g = next(g for g in reversed(summary.gains) if g.option == name)
        beyond = [say_gain(g)] if g.option != g.sham else []
        told.append((name, [*beyond, say_sham(g), *say_zero(summary, name)]))
    return told


def of_all(summary: Simulated) -> list[str]:
    """What is said of all regimens together."""
    return [*say_law(summary), *say_not_used(summary), *(say_tested(t) for t in summary.tested)]


def verdicts(summary: Simulated) -> list[str]:
    """What is said first, one sentence to a regimen."""
    return [say_verdict(summary, n) for n in dict.fromkeys(g.option for g in summary.gains)]


def short(summary: Simulated) -> list[str]:
    """A few sentences for the terminal."""
    last = [g for g in summary.gains if g.week == summary.weeks[-1] and g.option != g.sham]
    told = [line for g in last for line in (say_sham(g), *say_zero(summary, g.option))]
    same = any(is_zero(g.over_sham) for g in last)
    return [*([f"0 to 0: {SAME}."] if same else []), *told, *of_all(summary)]


def say_wetted(tried: Tried) -> str:
    """Share wetted at the bulb of a full follicle, at the first session and in all."""
    if tried.wet_first is None or tried.wet_all is None:
        return "–"
    return f"{percent(tried.wet_first[BULB])}, {percent(tried.wet_all[BULB])}"


def what_it_is_not(summary: Simulated) -> Sequence[str]:
    """The limits of a forecast."""
    return (
        "Not calibrated: the parameters are drawn from their ranges before any trial was fitted.",
        "Not evidence: nothing simulated counts as a trial.",
        f"Not this person's scalp: {summary.draws} plausible people of the same description.",
        "Not a consultation: its gates, which say who must not be treated, are not run before this "
        "simulation; for research use only.",
        "Not advice: no diagnosis, no dosing, no device; for ranking hypotheses, designing trials "
        "and supporting counselling by a clinician.",
    )
