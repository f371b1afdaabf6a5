"""The verdict in plain words. Every number in a sentence comes from the body it describes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from anagen.evidence.claims import Claim
from anagen.parameters import parameter
from anagen.verdict import summary as s
from anagen.verdict.judgement import unseen
from anagen.vocabulary import label

HEADLINE = {
    "not_studied": "Not studied.",
    "no_control": "Not shown: no controlled study of it alone.",
    "not_shown": "Not shown.",
    "no_clear_effect": "No clear effect.",
    "no_visible_effect": "No effect that people could see.",
    "may": "May have an effect; low certainty.",
    "probably": "Probably has an effect.",
    "does": "Has an effect.",
    "works_against": "Points the other way.",
    "harms_unknown": "Harms not excluded.",
    "harms_seen": "Harms were seen.",
    "exclusion_stands": "The exclusion stands.",
    "exclusion_challenged": "Trials challenge the exclusion.",
}
CURATED = ("calibration", "validation")


def signed(value: float, digits: int = 1) -> str:
    """A change with its sign and a true minus."""
    return f"{value:+.{digits}f}".replace("-", "−")


def span(low: float | None, high: float | None, digits: int = 1) -> str:
    """An interval in brackets, empty when there is none."""
    if low is None or high is None:
        return ""
    return f" ({low:.{digits}f} to {high:.{digits}f})".replace("-", "−")


def bounds(low: float | None, high: float | None) -> str:
    """Lowest to highest, or the one value; empty when there is none."""
    if low is None or high is None:
        return ""
    return signed(low) if low == high else f"{signed(low)} to {signed(high)}"


def plural(count: int, noun: str) -> str:
    """``1 study``, ``2 studies``, ``3 trials``."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") else f"{count} {noun}s"


def people(count: s.Count) -> str:
    """How many people; some sources do not say."""
    if not count.participants:
        return "number of people not stated"
    noun = "person" if count.participants == 1 else "people"
    return f"{'at least ' if count.unknown else ''}{count.participants} {noun}"


def first_upper(text: str) -> str:
    """``text`` with its first letter raised, the rest as it is."""
    return text[:1].upper() + text[1:]


def some(items: Sequence[str], at_most: int = 4) -> str:
    """The first items, and how many more there are."""
    more = len(items) - at_most
    shown = "; ".join(items[:at_most])
    return f"{shown}; and {more} more" if more > 0 else shown


def new_trial(effect: s.Effect) -> tuple[float, float] | None:
    """Where a new trial is expected; None with fewer trials than such an interval needs."""
    needed = parameter("minimum_studies_prediction_interval").value
    if effect.k < needed or effect.prediction_low is None or effect.prediction_high is None:
        return None
    return effect.prediction_low, effect.prediction_high


def say_size(effect: s.Effect) -> str:
    """Whether an effect on density is one that observers see."""
    if not unseen(effect):
        return ""
    seen = parameter("visible_density_difference")
    return f"; below the {seen.low:.0f} to {seen.high:.0f} hairs/cm2 that a viewer notices"


def say_effect(effect: s.Effect, named: bool = False) -> str:
    """An effect in one sentence, with every interval that matters; ``named`` says of what."""
    expected = new_trial(effect)
    beside = ""
    if effect.k == 2:
        kh = (effect.knapp_hartung_low, effect.knapp_hartung_high)
        beside = f"; by Knapp-Hartung{span(*kh)}"
    elif effect.k > 2 and expected is None:
        beside = f"; by z{span(effect.z_low, effect.z_high)}"
    prediction = f"; a new trial:{span(*expected)}" if expected else ""
    trials = f"{effect.k} trials" if effect.k > 1 else f"one trial, {effect.studies[0]}"
    many = "people not stated" if effect.people_unknown else f"{effect.participants} people"
    spread = " with spreads from printed p values, at most this wide" if effect.bounded else ""
    what = f"{effect.what.replace('_', ' ')}: " if named else ""
    return (
        f"{what}{label('outcome', effect.outcome)} {signed(effect.estimate)}"
        f"{span(effect.low, effect.high)} {effect.unit} against {effect.control} "
        f"({trials}, {many}{beside}{prediction}){spread}{say_size(effect)}"
    )


def say_reading(reading: s.Reading, who: str = "") -> str:
    """One controlled reading in one clause; ``who`` says more of the study or the arm."""
    who = f" ({who})" if who else ""
    where = f"{reading.study}{who}, {label('outcome', reading.outcome)}"
    where += f" at week {reading.week:g}" if reading.week is not None else ""
    notes = [note for note, holds in (
        ("not believable as reported", reading.implausible),
        ("read in the press", reading.seen == "press"),
        ("our reading of what was seen", reading.assumed and reading.estimate is None),
    ) if holds]  # fmt: skip
    tail = f" [{'; '.join(notes)}]" if notes else ""
    return f"{where}: {_what_was_read(reading)}{tail}"


def _what_was_read(r: s.Reading) -> str:
    if r.estimate is not None:
        text = f"{signed(r.estimate)}{span(r.low, r.high)} {r.unit} over {r.control}"
        if "median" in r.method:
            text = (f"medians differ by {signed(r.estimate)} {r.unit} from {r.control}, roughly"
                    f"{span(r.low, r.high)} by their quartiles")  # fmt: skip
        text += " with the spread taken from the printed p" if "printed p" in r.method else ""
        text += f", {r.printed}" if r.printed else ""
        return text + (f", printed p {r.p}" if r.p else "")
    if r.direction == "no_difference":
        return f"no difference from {r.control} (size not seen)"
    if r.direction is not None:
        side_ = "more" if r.direction == "up" else "less"
        return f"{side_} than {r.control} (size not seen)"
    return r.printed or f"{r.obstacle}"


def _telling(readings: Sequence[s.Reading], by_arm: bool = False) -> list[s.Reading]:
    """One reading per study (or arm), those with a number or a direction if there are any."""
    said = [r for r in readings if r.estimate is not None or r.direction is not None]
    rank = sorted(said or readings, key=lambda r: (r.estimate is None, r.use == "context"))
    one_each: dict[tuple[str, str], s.Reading] = {}
    for r in rank:
        one_each.setdefault((r.study, r.arm if by_arm else ""), r)
    return sorted(one_each.values(), key=lambda r: (r.study, r.arm))


def _disagreeing(readings: Sequence[s.Reading]) -> str:
    """Studies of which some outcomes differ from control and some do not."""
    directions: dict[str, set[str]] = {}
    for r in readings:
        if r.estimate is None and r.direction is not None:
            directions.setdefault(r.study, set()).add(r.direction)
    mixed = sorted(name for name, seen in directions.items() if len(seen) > 1)
    return f"outcomes disagree within {', '.join(mixed)}" if mixed else ""


def say_controlled(body: s.Body) -> str:
    """What the controlled studies say; what speaks against the effect is named with it."""
    n = body.controlled
    if n.studies == 0:
        return ""
    if body.effect is not None:
        against = [d.reason for d in body.certainty.downgrades if d.domain == "inconsistency"]
        parts = [
            f"{first_upper(say_effect(body.effect, bool(body.other_effects)))}.",
            *(f"{first_upper(x)}." for x in against),
        ]
        rest = [say_effect(e, named=True) for e in body.other_effects]
        parts += [f"Also: {some(rest, 3)}."] if rest else []
        pooled = {i for e in [body.effect, *body.other_effects] for i in e.studies}
        out = sorted(set(n.ids) - pooled)
        parts += [f"Not in these numbers: {', '.join(out)}."] if out else []
        return " ".join(parts)
    head = plural(n.studies, "controlled study")
    shown = [say_reading(r, r.label) for r in _telling(body.readings)]
    shown += [x for x in [_disagreeing(body.readings)] if x]
    verb = "is not enough to pool" if n.studies == 1 else "cannot be pooled"
    return f"{first_upper(head)} ({people(n)}) {verb}. {some(shown)}."


def say_uncontrolled(body: s.Body) -> str:
    """What studies without an isolating control report, each beside its own control alone."""
    texts = []
    if body.uncontrolled.studies:
        n = body.uncontrolled
        told = "; ".join(_gains([g for g in body.gains if g.study in n.ids])) or "no size seen"
        texts.append(f"Without a control: {plural(n.studies, 'study')}, {people(n)}; {told}.")
    if body.compared.studies:
        c = body.compared
        texts.append(f"Only against another treatment, in a mixture or against nothing: "
                     f"{plural(c.studies, 'study')} ({', '.join(c.ids)}).")  # fmt: skip
    return " ".join(texts)


def _gains(gains: Sequence[s.Gain]) -> list[str]:
    parts = []
    clean = [g for g in gains if g.mean is not None and not g.given_with]
    for unit in ("hairs/cm2", "um", "percent of baseline", "points"):
        own = [g for g in clean if g.unit == unit]
        believed = [_gain(g) for g in own if not g.implausible]
        doubted = [_gain(g) for g in own if g.implausible]
        if believed:
            parts.append(f"change in {unit}: {', '.join(believed)}")
        if doubted:
            parts.append(f"not believable as reported, in {unit}: {', '.join(doubted)}")
    mixed = {g.study for g in gains if g.given_with}
    if mixed:
        parts.append(f"{plural(len(mixed), 'study')} gave other active treatments as well")
    return parts


def _gain(g: s.Gain) -> str:
    beside = f" ({g.control} {bounds(g.control_low, g.control_high)})" if (
        g.control_high is not None) else ""  # fmt: skip
    return f"{signed(g.mean or 0.0)} in {g.study}{beside}"


def say_pool(pool: s.PublishedPool) -> str:
    """A pooled effect that others print, and that it may count the trials beside it."""
    return (
        f"published pool {pool.study} ({pool.arm}): {signed(pool.estimate)}"
        f"{span(pool.low, pool.high)} {pool.unit}, which may count trials named here"
    )


def say_nearest(body: s.Body | None, name: str | None) -> str:
    """What the closest other evidence says, and that it is other evidence."""
    if body is None or name is None:
        return ""
    n = body.controlled
    texts = []
    if n.studies:
        texts.append(f"{plural(n.studies, 'controlled study')} ({people(n)})")
    if body.uncontrolled.studies:
        texts.append(f"{plural(body.uncontrolled.studies, 'uncontrolled study')}")
    texts += [say_effect(body.effect)] if body.effect is not None else []
    said = [say_reading(r) for r in _telling(body.readings)
            if r.estimate is not None or r.direction is not None]  # fmt: skip
    texts += [some(said)] if said else []
    pools = [p for p in body.published_pools if p.controlled] or body.published_pools
    texts += [some([say_pool(p) for p in pools], 2)] if pools else []
    if not texts:
        return f"Nearest evidence, {name}: none found."
    return f"Nearest evidence, {name}: {'; '.join(texts)}; certainty {body.certainty.level}."


def say_harms(harms: s.Harms | None, published: Sequence[s.PublishedHarm]) -> str:
    """Few people without a serious event still leave room for harm (Hanley 1983)."""
    serious = [h for h in published if h.serious]
    reports = [h for h in serious if not h.review]
    elsewhere = f"{plural(len(reports), 'report')} of serious harm after exosome products elsewhere"
    if len(serious) > len(reports):
        elsewhere += ", and a review that may count them again"
    if harms is None or harms.people == 0:
        return f"No scalp study counted serious harms. {elsewhere}."
    beside = (f" (in controlled trials {harms.controlled_serious} in {harms.controlled_people}, "
              f"controls {harms.control_serious} in {harms.control_people})"
              if harms.control_people else "")  # fmt: skip
    milder = ""
    if harms.any_ids:
        control = (f" (in controlled trials {harms.any_controlled_events} in "
                   f"{harms.any_controlled_people}, controls {harms.any_control_events} in "
                   f"{harms.any_control_people})" if harms.any_control_people else "")  # fmt: skip
        milder = (f" Any event: {harms.any_events} in {harms.any_people} people of "
                  f"{plural(len(harms.any_ids), 'study')} that counted them{control}, up to "
                  f"{harms.any_upper_percent:.1f} %.")  # fmt: skip
    return (
        f"{plural(harms.serious, 'serious event')} in {harms.people} treated people of scalp "
        f"studies that counted them{beside}; up to {harms.upper_percent:.1f} % would still fit "
        f"(95 % bound).{milder} {elsewhere}."
    )


def say_exclusion(body: s.Body, excluded_by: Sequence[str]) -> str:
    """Whether anybody has looked; who leaves these people out; refer."""
    ids = sorted({*body.controlled.ids, *body.compared.ids, *body.uncontrolled.ids})
    looked = (
        f"{plural(len(ids), 'study')} ({', '.join(ids)})" if ids else "no study has tested them"
    )
    if body.effect is not None:
        looked += f", {say_effect(body.effect)}"
    elif ids:
        looked += ", none with a control that isolates the therapy"
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
        excluded_by: Sequence[str],
        harms: tuple[s.Harms | None, Sequence[s.PublishedHarm]]) -> Said:  # fmt: skip
    """The verdict of one claim in plain words."""
    head = HEADLINE[code]
    if claim.group == "harm":
        pooled = f"{first_upper(say_effect(body.effect))}. " if body.effect is not None else ""
        return Said(head, pooled + say_harms(*harms), "", "")
    if claim.group == "exclusion":
        return Said(head, say_exclusion(body, excluded_by), "", "")
    if code == "not_studied":
        return Said(head, "No clinical study of it was found.", "", say_nearest(*nearest))
    return Said(head, say_controlled(body), say_uncontrolled(body), say_nearest(*nearest))


def say_comparator(body: s.Body) -> str:
    """A comparator's effect against its own control, or every curated reading of it."""
    level = body.certainty.level
    if body.effect is not None:
        named = bool(body.other_effects)
        return f"{first_upper(say_effect(body.effect, named))}; certainty {level}.{_also(body)}"
    usable = [r for r in body.readings if r.use in CURATED or r.direction is not None]
    texts = [say_reading(r, r.arm) for r in _telling(usable, by_arm=True)]
    texts += [x for x in [_disagreeing(usable)] if x]
    texts += [say_pool(p) for p in body.published_pools if p.controlled]
    if texts:
        return f"No pool of ours; {some(texts, 8)}."
    own = "; ".join(_gains(body.gains))
    own = f" In its own arms: {own}." if own else ""
    kept_out = sorted({r.study for r in body.readings})
    out = f" Kept out by their remarks: {', '.join(kept_out)}." if kept_out else ""
    return f"No controlled reading that may be used.{out}{own}"


def _also(body: s.Body) -> str:
    pooled = set(body.effect.studies) if body.effect is not None else set()
    rest = [r for r in body.readings if r.study not in pooled and r.use in CURATED]
    texts = [say_effect(e, named=True) for e in body.other_effects]
    texts += [say_reading(r, r.arm) for r in _telling(rest, by_arm=True)
              if not any(r.study in e.studies for e in body.other_effects)]  # fmt: skip
    texts += [say_pool(p) for p in body.published_pools if p.controlled]
    return f" Also: {some(texts, 6)}." if texts else ""


def say_control(row: s.ControlRow) -> str:
    """One kind of control arm in a clause: its pool, or its readings with who they were."""
    means = bounds(row.span_low, row.span_high)
    if row.pooled is not None:
        pooled = f"{signed(row.pooled)}{span(row.low, row.high)}"
        return f"{row.kind} {pooled} in {row.k} pooled trials (means of {row.trials}: {means})"
    notes = [plural(row.trials, "trial")] + ([f"{row.people} people"] if row.people else [])
    return f"{row.kind} {means} ({', '.join([*notes, *row.notes])})"
