"""A design in words: the estimand, what each arm gets, the law where it would run, warnings."""

from __future__ import annotations

import math
from collections.abc import Sequence

from anagen.evidence.regulation import load_regulation
from anagen.population.entry import EntryLaw
from anagen.regimen import Course, Regimen
from anagen.trial.design import Design
from anagen.trial.lived import session_weeks
from anagen.trial.protocol import Arm, Responder, Trial, better, last
from anagen.trial.published import PublishedSd
from anagen.trial.summary import Attributes, Planned, Spread
from anagen.vocabulary import label, words

EVENTS = {
    "treatment_policy": "stopping treatment and beginning rescue are part of the treatment: what "
    "is read afterwards counts",
    "hypothetical": "what would have been read without stopping or rescue: readings afterwards are "
    "taken as missing at random",
    "while_on_treatment": "the last reading before stopping or rescue stands for the later ones",
    "composite": "after stopping or rescue nothing is taken as gained: the baseline stands for the "
    "later readings",
}
SIGNS = {
    "value_le": "value of {0:g} or less", "value_ge": "value of {0:g} or more",
    "change_le": "change of {0:g} or less", "change_ge": "change of {0:g} or more",
    "change_percent_le": "change of {0:g} % of the own baseline or less",
    "change_percent_ge": "change of {0:g} % of the own baseline or more",
}  # fmt: skip
PLAIN = ("particles", "ratio", "1/day")
"""Units that say no more than the label."""
VESICLES = ("exosome", "secretome")
LITTLE = 0.3
ENOUGH = 50
"""Replicates below which a share is told to be rough."""
SMALL = 20
"""People of an arm below which a trial says so."""
UNBLINDED = {
    "open_label": "open label: expectation is not simulated, and could add to every rating",
    "single_blind": "single blind: whoever knows the arm could be moved by it; not simulated",
}


def attributes(design: Design) -> Attributes:
    """The estimand in the five attributes of ICH E9(R1)."""
    trial, people = design.trial, design.population
    arms = " and ".join(f"'{name}'" for i, name in enumerate(design.names) if i != design.control)
    control = design.names[design.control]
    what = (
        label("outcome", trial.endpoint) if trial.endpoint in words("outcome") else trial.endpoint
    )
    return Attributes(
        treatment=f"{arms} against '{control}', as assigned",
        population=f"people with {label('condition', people.diagnosis)}"
        + ("" if people.sex == "any" else f", {people.sex}"),
        variable=f"change of {what} from baseline to week {trial.primary:g}",
        intercurrent_events=EVENTS[trial.estimand], summary_measure="difference of means",
        strategy=trial.estimand,
    )  # fmt: skip


def treatment(arm: Arm) -> list[str]:
    """What an arm gets, a line per course and session."""
    found = [_course(c) for c in arm.courses]
    for session in arm.sessions:
        weeks = ", ".join(f"{w:g}" for w in session.weeks)
        needles = session.needling
        done = "session"
        if needles is not None:
            density = f"{needles.density_per_cm2:g} channels/cm2"
            done = f"needling, {needles.needle_mm:g} mm, {density}"
        found.append(f"{done} in weeks {weeks}" + (", with massage" if session.massage else ""))
    if arm.sham:
        found.append("sham: the same, with nothing active in it")
    return found or ["untreated"]


def _course(course: Course) -> str:
    """A course with its dose and its time."""
    parts = [f"{label('therapy', course.therapy)}, {label('route', course.route)}"]
    units = words("regimen_number")
    for name in ("particles", "volume_ml_per_point", "spacing_mm", "depth_mm", "platelet_fold",
                 "ug_per_ml", "strength_percent", "ml_per_application", "per_day"):  # fmt: skip
        value = getattr(course, name)
        if value is not None:
            entry = units.get(name, {"label": "depth", "unit": "mm"})
            unit = "" if entry["unit"] in PLAIN else f" {entry['unit']}"
            parts.append(f"{entry['label']} {value:g}{unit}")
    if course.mg_per_day:
        parts.append(f"{course.mg_per_day:g} mg a day")
    if course.particles_per_cm2 is not None:
        parts.append(f"{course.particles_per_cm2:.3g} particles/cm2")
    if course.weeks:
        parts.append(f"in weeks {', '.join(f'{w:g}' for w in course.weeks)}")
    else:
        end = "the end" if course.stop_week is None else f"week {course.stop_week:g}"
        parts.append(f"from week {course.start_week:g} to {end}")
    return "; ".join(parts)


def rule(responder: Responder) -> str:
    """Who counts as a responder."""
    return f"{responder.endpoint}: {SIGNS[responder.op].format(responder.value)}"


def regulation(design: Design) -> list[str]:
    """What the law says, where the trial would run, about its vesicle arms by their routes."""
    routes = {c.route for arm in design.arms for c in arm.courses
              if c.therapy in VESICLES}  # fmt: skip
    if not routes:
        return []
    law, country = load_regulation(), design.trial.country or "world"
    found = {r.id: r for route in sorted(routes) for r in law.rules(country, route=route)}
    said = [f"{r.country}, {r.agency}, {r.date or 'undated'}: {r.text} ({r.source[0]})"
            for r in found.values()]  # fmt: skip
    if design.trial.country is None:
        said.append("no country is given: write trial.country for its rules")
    elif not any(r.country == country for r in found.values()):
        said.append(f"{country}: no rule on this route was found, which says nothing about the law")
    return said


def too_alike(trial: Trial, planned: Sequence[Planned], known: PublishedSd | None) -> list[str]:
    """Whether simulated people differ less in their change than those of trials did."""
    if known is None or not planned or trial.layout != "parallel":
        return []
    sds = [one.sd for one in planned if one.basis == "simulated"]
    if not sds:
        return []
    sd = sum(sds) / len(sds)
    if sd >= known.low:
        return []
    there = f"{known.arms} arms of trials ({', '.join(known.studies)})"
    return [f"the simulated SD of change is {sd:.1f} {known.unit}, where {there} had "
            f"{known.low:g} to {known.high:g}: power here is too high; write change_sd = "
            f"{known.median:g} in [trial] to plan with theirs"]  # fmt: skip


def unlike_needles(design: Design) -> list[str]:
    """Arms that are pricked more or less often than the control: the needles' part of an effect."""
    counts = [_needles(arm.regimen) for arm in design.arms]
    control = counts[design.control]
    said = []
    for arm, (points, channels) in zip(design.arms, counts, strict=True):
        pairs = zip((points, channels), control, strict=True)
        if all(math.isclose(own, other, rel_tol=0.01) for own, other in pairs):
            continue
        gets = f"{points:.3g} injections and {channels:.3g} needle channels per cm2 in all"
        said.append(f"arm '{arm.name}' gets {gets}, the control {control[0]:.3g} and "
                    f"{control[1]:.3g}: part of the difference is the needles'")  # fmt: skip
    return said


def _needles(regimen: Regimen) -> tuple[float, float]:
    """Injections and needle channels per cm2 over all sessions."""
    injected = sum((c.points_per_cm2 or 0.0) * len(c.session_days) for c in regimen.courses
                   if c.route == "injection")  # fmt: skip
    return injected, sum(n.density_per_cm2 or 0.0 for n in regimen.needled.values())


def too_few(replicates: int) -> list[str]:
    """Whether there are so few replicates that a share says little."""
    if replicates >= ENOUGH:
        return []
    error = 100 * math.sqrt(0.25 / replicates)
    return [
        f"{replicates} replicates: a power is known to about ± {error:.0f} points; 200 are usual"
    ]


def pairing(trial: Trial, correlation: Spread | None) -> list[str]:
    """Whether the two sides of a head agree so little that pairing gains nothing."""
    if trial.layout != "split_scalp" or correlation is None or correlation.q50 >= LITTLE:
        return []
    said = f"the changes of the two sides correlate by {correlation.q50:.2f}: pairing gains little"
    do = "try within_person_correlation = 0.3, 0.5, 0.7"
    return [f"{said}; no trial printed this number, {do}"]


def not_added(design: Design, unexplained: float) -> list[str]:
    """Whether a ``change_sd`` lies below what is simulated, so that nothing was added."""
    if design.trial.change_sd is None or unexplained > 0:
        return []
    return [f"change_sd = {design.trial.change_sd:g} is less than what is simulated: nothing is "
            "taken away"]  # fmt: skip


def warnings(design: Design, law: EntryLaw) -> list[str]:
    """What a reader must know before the numbers."""
    trial = design.trial
    said = [f"arm '{a.name}': {a.n} people are few: most trials of this size miss their own effect"
            for a in design.arms if a.n < SMALL]  # fmt: skip
    if not law.reached:
        said.insert(0, law.sentence)
    if trial.blinding in UNBLINDED:
        said.append(UNBLINDED[trial.blinding])
    said += unlike_needles(design)
    if any(c.therapy in VESICLES for arm in design.arms for c in arm.courses):
        said.append("the potency of vesicles and media is centred on none before any fit: at the "
                    "central parameters their power is no more than the error of the test; "
                    "assurance averages over what it might be")  # fmt: skip
    if trial.multiplicity == "none" and len(design.primary) > 1:
        said.append(f"{len(design.primary)} primary comparisons without adjustment: the error of "
                    "the whole trial is larger than alpha")  # fmt: skip
    if trial.season_start is not None:
        said.append("season_start: who enters is chosen by readings without a season")
    if last(trial.dropout) == 0 and all(a.dropout is None for a in design.arms):
        said.append("nobody leaves, as in no trial of this length")
    late = sorted({w for a in design.arms for w in session_weeks(a.regimen)
                   if w >= trial.visits_weeks[-1]})  # fmt: skip
    if late and trial.layout != "crossover":
        said.append(f"sessions in week {late[0]:g} or later come after the last visit")
    if trial.layout == "crossover":
        said.append(
            "what the first period leaves behind is simulated and biases the difference "
            "where the washout is short: the truth shown is that of the first period"
        )
    if trial.change_sd is not None:
        said.append(
            "change_sd is added to densities alone: photographs and other endpoints differ "
            "less between people than in trials"
        )
    if trial.layout == "split_scalp" and trial.spillover == 0:
        said.append(
            "nothing spills over to the other side: a treatment that spreads would show less"
        )
    if better(trial.endpoint) < 0:
        said.append(f"less {trial.endpoint} is better: differences below 0 favour the arm")
    return [*said, *law.warnings, *design.warnings]
