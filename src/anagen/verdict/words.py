"""The verdict in plain words. Every number in a sentence comes from the body it describes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from anagen.evidence.claims import Claim
from anagen.verdict import summary as s
from anagen.vocabulary import label, words

HEADLINE = {
    "not_studied": "Not studied.",
    "no_control": "Not shown: no controlled study.",
    "not_shown": "Not shown.",
    "no_clear_effect": "No clear effect.",
    "may": "May have an effect; low certainty.",
    "probably": "Probably has an effect.",
    "does": "Has an effect.",
    "works_against": "Points the other way.",
    "harms_unknown": "Harms not excluded.",
    "exclusion_stands": "The exclusion stands.",
}
BY_LEVEL: dict[str, s.VerdictCode] = {
    "very low": "not_shown", "low": "may", "moderate": "probably", "high": "does"}  # fmt: skip


def signed(value: float, digits: int = 1) -> str:
    """A change with its sign and a true minus."""
    return f"{value:+.{digits}f}".replace("-", "−")


def span(low: float | None, high: float | None, digits: int = 1) -> str:
    """An interval in brackets, empty when there is none."""
    if low is None or high is None:
        return ""
    return f" ({low:.{digits}f} to {high:.{digits}f})".replace("-", "−")


def plural(count: int, noun: str) -> str:
    """``1 study``, ``2 studies``, ``3 people``."""
    many = {"study": "studies", "person": "people"}.get(noun, f"{noun}s")
    return f"{count} {noun if count == 1 else many}"


def people(count: s.Count) -> str:
    """How many people; some sources do not say."""
    return f"{count.participants} people" if count.participants else "people not stated"


def judge(claim: Claim, body: s.Body) -> s.VerdictCode:
    """The verdict code of a claim: from the counts, the pool and the certainty, nothing else."""
    if claim.group == "harm":
        return "harms_unknown"
    if claim.group == "exclusion":
        return "exclusion_stands"
    if body.controlled.studies == 0:
        return "no_control" if body.uncontrolled.studies else "not_studied"
    if body.effect is None:
        return "not_shown"
    if body.effect.low <= 0 <= body.effect.high:
        return "no_clear_effect"
    better = words("outcome")[body.effect.outcome]["better"]
    if (body.effect.estimate > 0) != (better == "up"):
        return "works_against"
    return BY_LEVEL[body.certainty.level]


def first_upper(text: str) -> str:
    """``text`` with its first letter raised, the rest as it is."""
    return text[:1].upper() + text[1:]


def say_effect(effect: s.Effect) -> str:
    """A pooled effect in one sentence, with every interval that matters."""
    beside = ""
    if effect.interval_method == "z":
        beside = f"; Knapp-Hartung{span(effect.knapp_hartung_low, effect.knapp_hartung_high)}"
    elif effect.k <= 5:
        beside = f"; z{span(effect.z_low, effect.z_high)}"
    prediction = ""
    if effect.prediction_low is not None:
        prediction = f"; a new trial:{span(effect.prediction_low, effect.prediction_high)}"
    return (
        f"{label('outcome', effect.outcome)} {signed(effect.estimate)}"
        f"{span(effect.low, effect.high)} {effect.unit} against control "
        f"({effect.k} trials, {effect.participants} people{beside}{prediction})"
    )


def say_reading(reading: s.Reading) -> str:
    """One controlled reading in one clause."""
    where = f"{reading.study} ({reading.label}), {label('outcome', reading.outcome)}"
    where += f" at week {reading.week:g}" if reading.week is not None else ""
    if reading.estimate is not None:
        text = f"{signed(reading.estimate)}{span(reading.low, reading.high)} {reading.unit}"
        text += f" over {reading.control}"
        text += ", estimated from medians" if "medians" in reading.method else ""
        text += f", printed p {reading.p}" if reading.p else ""
        return f"{where}: {text}"
    if reading.direction == "no_difference":
        return f"{where}: no difference from {reading.control} (value not seen)"
    if reading.direction is not None:
        side = "more" if reading.direction == "up" else "less"
        return f"{where}: {side} than {reading.control} (value not seen)"
    return f"{where}: {reading.obstacle}"


def say_controlled(body: s.Body) -> str:
    """What the controlled studies say."""
    n = body.controlled
    if n.studies == 0:
        return "No controlled study was found."
    if body.effect is not None:
        return f"{first_upper(say_effect(body.effect))}."
    head = "1 controlled study" if n.studies == 1 else f"{n.studies} controlled studies"
    shown = "; ".join(say_reading(r) for r in _telling(body.readings)[:4])
    return f"{head} ({people(n)}), no legitimate pool. {shown}."


def _telling(readings: Sequence[s.Reading]) -> list[s.Reading]:
    """Readings with an estimate or a direction first, the others only when there are no such."""
    said = [r for r in readings if r.estimate is not None or r.direction is not None]
    return said or list(readings)


def say_uncontrolled(body: s.Body) -> str:
    """What the uncontrolled studies report, beside what their control does alone."""
    n = body.uncontrolled
    if n.studies == 0:
        return ""
    clean = [g for g in body.gains if g.mean is not None and not g.given_with]
    mixed = {g.study for g in body.gains if g.given_with}
    parts = []
    for unit in ("hairs/cm2", "um", "percent of baseline", "points"):
        gains = [g for g in clean if g.unit == unit]
        parts += [_range(gains, unit)] if gains else []
    if mixed:
        parts.append(f"{plural(len(mixed), 'study')} gave other active treatments too")
    told = "; ".join(parts) if parts else "no value seen"
    return f"Without a control: {plural(n.studies, 'study')}, {people(n)}; {told}."


def _range(gains: Sequence[s.Gain], unit: str) -> str:
    means = [g.mean for g in gains if g.mean is not None]
    low, high = min(means), max(means)
    what = "gains" if high > 0 else "changes"
    text = f"{what} of {bounds(low, high)} {unit}"
    odd = sorted({g.study for g in gains if g.implausible})
    text += f" (not believable as reported: {', '.join(odd)})" if odd else ""
    alone = {
        (g.control, g.control_low, g.control_high) for g in gains if g.control_high is not None
    }
    beside = [f"{kind} does {bounds(lo, hi)}" for kind, lo, hi in sorted(alone, key=str)]
    return text + (f", where {' and '.join(beside)} on its own" if beside else "")


def bounds(low: float | None, high: float | None) -> str:
    """Lowest to highest, or the one value; empty when there is none."""
    if low is None or high is None:
        return ""
    return signed(low) if low == high else f"{signed(low)} to {signed(high)}"


def say_nearest(body: s.Body | None, name: str | None) -> str:
    """What the closest other evidence says, and that it is other evidence."""
    if body is None or name is None:
        return ""
    n = body.controlled
    texts = []
    if n.studies or body.uncontrolled.studies:
        texts.append(f"{n.studies} controlled ({people(n)}), "
                     f"{body.uncontrolled.studies} uncontrolled")  # fmt: skip
    said = [r for r in body.readings if r.estimate is not None or r.direction is not None]
    one_each = {r.study: r for r in reversed(said)}
    texts += [say_reading(r) for r in sorted(one_each.values(), key=lambda r: r.study)[:4]]
    pools = [p for p in body.published_pools if p.controlled] or body.published_pools
    texts += [f"published pool {p.study} ({p.arm}): {signed(p.estimate)}{span(p.low, p.high)} "
              f"{p.unit}" for p in pools[:2]]  # fmt: skip
    if not texts:
        return f"Nearest evidence, {name}: none found."
    return f"Nearest evidence, {name}: {'; '.join(texts)}; certainty {body.certainty.level}."


def say_harms(harms: s.Harms | None, published: int) -> str:
    """Zero events in few people still leave room for harm (Hanley 1983)."""
    if harms is None or harms.people == 0:
        return "No scalp study reported harms in a countable way."
    return (
        f"{harms.events} serious events in {harms.people} people of scalp studies that said so; "
        f"up to {harms.upper_percent:.1f} % would still fit (95 % bound). "
        f"{published} reports of serious harm after exosome products elsewhere."
    )


def say_exclusion(body: s.Body, excluded_by: Sequence[str]) -> str:
    """Nobody has looked; who leaves these people out; refer."""
    seen = body.controlled.studies + body.uncontrolled.studies
    looked = (
        "no study has tested them"
        if seen == 0
        else f"{plural(seen, 'study')} ({', '.join(body.uncontrolled.ids)}), none with a control"
    )
    who = (f"left out by {', '.join(excluded_by)}" if excluded_by
           else "no study was found that says it leaves them out")  # fmt: skip
    return f"{first_upper(looked)}; {who}. Refer; no forecast is given."


class Said(NamedTuple):
    """The sentences of one verdict: the headline, then what each kind of evidence says."""

    headline: str
    controlled: str
    uncontrolled: str
    nearest: str


def say(claim: Claim, code: s.VerdictCode, body: s.Body, nearest: tuple[s.Body | None, str | None],
        excluded_by: Sequence[str], harms: tuple[s.Harms | None, int]) -> Said:  # fmt: skip
    """The verdict of one claim in plain words."""
    head = HEADLINE[code]
    if code == "harms_unknown":
        return Said(head, say_harms(*harms), "", "")
    if code == "exclusion_stands":
        return Said(head, say_exclusion(body, excluded_by), "", "")
    if code == "not_studied":
        return Said(head, "No clinical study of it was found.", "", say_nearest(*nearest))
    controlled = "" if code == "no_control" else say_controlled(body)
    return Said(head, controlled, say_uncontrolled(body), say_nearest(*nearest))


def say_comparator(body: s.Body) -> str:
    """A comparator's effect against its own control; what was kept out of pools is not quoted."""
    if body.effect is not None:
        return f"{first_upper(say_effect(body.effect))}; certainty {body.certainty.level}."
    usable = [r for r in body.readings
              if r.estimate is not None and r.use in ("calibration", "validation")]  # fmt: skip
    if usable:
        told = "; ".join(say_reading(r) for r in usable[:4])
        return f"{told}; no legitimate pool, so no certainty is given."
    kept_out = sorted({r.study for r in body.readings})
    out = f" Kept out of pools by their remarks: {', '.join(kept_out)}." if kept_out else ""
    return f"No controlled reading that may be used.{out} {say_uncontrolled(body)}".strip()
