"""What a forecast says, in sentences: every number comes from the summary, none is promised."""

from __future__ import annotations

import json
from collections.abc import Sequence

from anagen.forecast.exposure import BULB, Arrived
from anagen.forecast.protocol import Tried
from anagen.forecast.ranking import Ranked
from anagen.forecast.summary import Signal, Simulated
from anagen.report.simulate_gains import SAME, of_salt, regimens, say_regimen
from anagen.report.simulate_numbers import amounts, is_zero, of_draws, percent, readable
from anagen.report.simulate_patient import say_known, say_not_used, say_shed, say_tested
from anagen.vocabulary import label

PRIOR_ONLY = (
    "Simulated, not calibrated: prior only. This says what the assumptions allow, not what will "
    "happen."
)
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


def say_law(summary: Simulated) -> list[str]:
    """What the law of a signal leaves out, where a vesicle product is given."""
    return [
        "A signal runs a clock faster for as long as it lasts, days after a session; a switch "
        "thrown by one pulse, as in mice, is not in the law."
    ] if summary.nothing else []  # fmt: skip


def say_few(summary: Simulated) -> list[str]:
    """A warning where the draws are too few."""
    return [w for w in summary.warnings if "too few for intervals" in w]


def say_signal(summary: Simulated, signal: Signal) -> str:
    """What a signal moves."""
    without = {
        "calming": ("the load of an inflamed scalp", "scalp_inflammation"),
        "repair": ("the hazard of a scarring disease", "scarring_alopecia"),
    }
    if signal.signal in without:
        what, disease = without[signal.signal]
        has = "" if disease in summary.diagnoses else ", which this patient has not"
        return f"{signal.signal}: {what}{has}"
    moved = ", ".join(MOVES[m] for m in signal.moves)
    return f"{readable(signal.signal)}: {moved or 'nothing'}"


def _product(a: Arrived) -> str:
    """Which product of which regimen."""
    return f"{a.option}, {label('therapy', a.therapy)}"


def say_microrna(summary: Simulated, a: Arrived) -> str:
    """Whether one abundant microRNA could do it."""
    s = a.stoichiometry
    if s is None:
        return f"{_product(a)}: microRNA: not applicable, no vesicles are counted."
    return (
        f"{_product(a)}: a mechanism by one abundant microRNA: {amounts(s.copies_per_cell)} copies "
        f"reach a cell where {amounts(s.copies_needed)} are needed, {amounts(s.shortfall)} times "
        f"too few; enough in {of_draws(summary, s.enough)} of the draws."
    )


def say_growth_factors(summary: Simulated, a: Arrived) -> str:
    """Whether the growth-factor mass is that of platelets."""
    s = a.stoichiometry
    if s is None:
        return f"{_product(a)}: growth-factor mass: not applicable, no vesicles are counted."
    return (
        f"{_product(a)}: a mechanism by growth-factor mass: the vesicles of a session hold "
        f"{amounts(s.growth_factor_mass)} ng, platelet-rich plasma of the same volume "
        f"{amounts(s.platelet_mass)} ng of one factor; as much in "
        f"{of_draws(summary, s.as_much)} of the draws."
    )


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
    found, unit = len(beyond_chance(summary)), "in SALT " if of_salt(summary) else ""
    return (
        f"{told} These were ranked by the net gain {unit}of {r.option} over {r.versus}, averaged "
        f"over all visits after today. By chance alone the largest of so many correlations stays "
        f"below {r.by_chance:.2f} in 95 % of cases; "
        f"{f'{found} of them' if found else 'none of them'} "
        f"{'is' if found < 2 else 'are'} larger{': these are shown' if found else ''}."
    )


def say_tried(tried: Tried) -> str:
    """The values of one combination."""
    told = []
    for key, value in tried.values.items():
        name, _, unit = FIELDS[key].partition(", ")
        told.append(f"{name} {value:g} {unit}".strip())
    return ", ".join(told)


def say_error(summary: Simulated) -> str:
    """Monte-Carlo error of a share."""
    few = summary.known.effective is not None
    why = ", as many of them are people who came more than once" if few else ""
    return (f"Shares of {summary.draws} draws carry a Monte-Carlo error of up to "
            f"{100 * summary.error:.1f} points (one standard error){why}.")  # fmt: skip


def by_regimen(summary: Simulated) -> list[tuple[str, list[str]]]:
    """What is said of each regimen, under its name."""
    return [(name, list(say_regimen(summary, name))) for name in regimens(summary)]


def of_all(summary: Simulated) -> list[str]:
    """What is said of all regimens together."""
    return [*say_law(summary), *say_known(summary), *say_not_used(summary), *say_shed(summary),
            *(say_tested(t) for t in summary.tested)]  # fmt: skip


def short(summary: Simulated) -> list[str]:
    """A few sentences for the terminal."""
    same = any(is_zero(g.over_sham) for g in summary.gains if g.option != g.sham)
    same = same and not of_salt(summary)
    told = [line for name in regimens(summary) for line in list(say_regimen(summary, name))[1:]]
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
