"""The verdict in plain words. Every number in a sentence comes from the body it describes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from anagen.evidence.claims import Claim
from anagen.parameters import parameter
from anagen.verdict import summary as s
from anagen.vocabulary import label, words

HEADLINE = {
    "not_studied": "Not studied.",
    "no_control": "Not shown: no controlled study of it alone.",
    "not_shown": "Not shown.",
    "no_clear_effect": "No clear effect.",
    "may": "May have an effect; low certainty.",
    "probably": "Probably has an effect.",
    "does": "Has an effect.",
    "works_against": "Points the other way.",
    "harms_unknown": "Harms not excluded.",
    "harms_seen": "Serious harms were seen.",
    "exclusion_stands": "The exclusion stands.",
    "exclusion_challenged": "Trials challenge the exclusion.",
}
BY_LEVEL: dict[str, s.VerdictCode] = {
    "very low": "not_shown", "low": "may", "moderate": "probably", "high": "does"}  # fmt: skip
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
    return f"{count.participants} people" if count.participants else "people not stated"


def first_upper(text: str) -> str:
    """``text`` with its first letter raised, the rest as it is."""
    return text[:1].upper() + text[1:]


def some(items: Sequence[str], at_most: int = 4) -> str:
    """The first items, and how many more there are."""
    more = len(items) - at_most
    shown = "; ".join(items[:at_most])
    return f"{shown}; and {more} more" if more > 0 else shown


def judge_benefit(body: s.Body) -> s.VerdictCode:
    """The verdict on a benefit: from the counts, the effect and the certainty, nothing else."""
    e = body.effect
    if body.controlled.studies == 0:
        seen = body.uncontrolled.studies + body.compared.studies
        return "no_control" if seen else "not_studied"
    if e is None:
        return "not_shown"
    if e.low <= 0 <= e.high:
        return "no_clear_effect"
    better = words("outcome")[e.outcome]["better"]
    if (e.estimate > 0) == (better == "up"):
        return BY_LEVEL[body.certainty.level]
    return "not_shown" if body.certainty.level == "very low" else "works_against"


def judge(claim: Claim, body: s.Body, harms: s.Harms | None) -> s.VerdictCode:
    """The verdict code of a claim."""
    if claim.group == "harm":
        return "harms_seen" if harms is not None and harms.serious else "harms_unknown"
    benefit = judge_benefit(body)
    if claim.group == "exclusion":
        shown = benefit in ("may", "probably", "does")
        return "exclusion_challenged" if shown else "exclusion_stands"
    return benefit


def say_size(effect: s.Effect) -> str:
    """Whether an effect on density is one that observers see."""
    if effect.unit != "hairs/cm2":
        return ""
    seen = parameter("visible_density_difference")
    if effect.high >= seen.low:
        return ""
    return f"; smaller than what observers see ({seen.low:.0f} to {seen.high:.0f})"


def say_effect(effect: s.Effect) -> str:
    """An effect in one sentence, with every interval that matters."""
    beside = ""
    if effect.k == 2:
        beside = f"; Knapp-Hartung{span(effect.knapp_hartung_low, effect.knapp_hartung_high)}"
    elif 2 < effect.k <= 5:
        beside = f"; z{span(effect.z_low, effect.z_high)}"
    prediction = ""
    needed = parameter("minimum_studies_prediction_interval").value
    if effect.prediction_low is not None and effect.k >= needed:
        prediction = f"; a new trial:{span(effect.prediction_low, effect.prediction_high)}"
    trials = f"{effect.k} trials" if effect.k > 1 else f"one trial, {effect.studies[0]}"
    return (
        f"{label('outcome', effect.outcome)} {signed(effect.estimate)}"
        f"{span(effect.low, effect.high)} {effect.unit} against {effect.control} "
        f"({trials}, {effect.participants} people{beside}{prediction}){say_size(effect)}"
    )


def say_reading(reading: s.Reading, who: str = "") -> str:
    """One controlled reading in one clause; ``who`` says more of the study or the arm."""
    who = f" ({who})" if who else ""
    where = f"{reading.study}{who}, {label('outcome', reading.outcome)}"
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


def _telling(readings: Sequence[s.Reading], by_arm: bool = False) -> list[s.Reading]:
    """One reading per study (or arm), those with a number or a direction if there are any."""
    said = [r for r in readings if r.estimate is not None or r.direction is not None]
    rank = sorted(said or readings, key=lambda r: (r.estimate is None, r.use == "context"))
    one_each: dict[tuple[str, str], s.Reading] = {}
    for r in rank:
        one_each.setdefault((r.study, r.arm if by_arm else ""), r)
    return sorted(one_each.values(), key=lambda r: (r.study, r.arm))


def say_controlled(body: s.Body) -> str:
    """What the controlled studies say; what speaks against the effect is named with it."""
    n = body.controlled
    if n.studies == 0:
        return ""
    if body.effect is not None:
        against = [d.reason for d in body.certainty.downgrades if d.domain == "inconsistency"]
        rest = [say_effect(e) for e in body.other_effects]
        more = f" Also: {some(rest, 3)}." if rest else ""
        doubt = f" {first_upper('; '.join(against))}." if against else ""
        return f"{first_upper(say_effect(body.effect))}.{doubt}{more}"
    head = plural(n.studies, "controlled study")
    shown = some([say_reading(r, r.label) for r in _telling(body.readings)])
    return f"{head} ({people(n)}), no legitimate pool. {shown}."


def say_uncontrolled(body: s.Body) -> str:
    """What studies without an isolating control report, beside what their control does alone."""
    texts = []
    if body.uncontrolled.studies:
        n = body.uncontrolled
        told = "; ".join(_gains([g for g in body.gains if g.study in n.ids])) or "no value seen"
        texts.append(f"Without a control: {plural(n.studies, 'study')}, {people(n)}; {told}.")
    if body.compared.studies:
        c = body.compared
        texts.append(f"Only against another treatment or in a mixture: "
                     f"{plural(c.studies, 'study')} ({', '.join(c.ids)}).")  # fmt: skip
    return " ".join(texts)


def _gains(gains: Sequence[s.Gain]) -> list[str]:
    parts = []
    clean = [g for g in gains if g.mean is not None and not g.given_with]
    for unit in ("hairs/cm2", "um", "percent of baseline", "points"):
        parts += _range([g for g in clean if g.unit == unit], unit)
    mixed = {g.study for g in gains if g.given_with}
    if mixed:
        parts.append(f"{plural(len(mixed), 'study')} gave other active treatments too")
    return parts


def _range(gains: Sequence[s.Gain], unit: str) -> list[str]:
    parts = []
    means = [g.mean for g in gains if g.mean is not None and not g.implausible]
    if means:
        what = "gain" if max(means) > 0 else "change"
        what = f"{what}s of" if len(means) > 1 else f"a {what} of"
        parts.append(f"{what} {bounds(min(means), max(means))} {unit}")
    odd = [f"{signed(g.mean)} in {g.study}" for g in gains if g.implausible and g.mean is not None]
    if odd:
        parts.append(f"not believable as reported: {', '.join(odd)} ({unit})")
    alone = {(g.control, g.control_low, g.control_high) for g in gains
             if g.control_high is not None}  # fmt: skip
    if alone:
        said = [f"{kind} {bounds(lo, hi)}" for kind, lo, hi in sorted(alone, key=str)]
        parts.append(f"beside that, {' and '.join(said)}")
    return parts


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
    texts += [say_reading(r) for r in _telling(body.readings)[:4]
              if r.estimate is not None or r.direction is not None]  # fmt: skip
    pools = [p for p in body.published_pools if p.controlled] or body.published_pools
    texts += [say_pool(p) for p in pools[:2]]
    if not texts:
        return f"Nearest evidence, {name}: none found."
    return f"Nearest evidence, {name}: {'; '.join(texts)}; certainty {body.certainty.level}."


def say_harms(harms: s.Harms | None, published: int) -> str:
    """Few people without a serious event still leave room for harm (Hanley 1983)."""
    if harms is None or harms.people == 0:
        return "No scalp study reported serious harms in a countable way."
    beside = (f" (controls: {harms.control_serious} in {harms.control_people})"
              if harms.control_people else "")  # fmt: skip
    milder = (
        f" Any event: {harms.any_events} in the {harms.any_people} people of "
        f"{plural(len(harms.any_ids), 'study')} that counted them."
        if harms.any_ids
        else ""
    )
    return (
        f"{harms.serious} serious events in {harms.people} treated people of scalp studies that "
        f"said so{beside}; up to {harms.upper_percent:.1f} % would still fit (95 % bound).{milder} "
        f"{plural(published, 'report')} of serious harm after exosome products elsewhere."
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
        looked += ", no effect against a control"
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
    if claim.group == "harm":
        return Said(head, say_harms(*harms), "", "")
    if claim.group == "exclusion":
        return Said(head, say_exclusion(body, excluded_by), "", "")
    if code == "not_studied":
        return Said(head, "No clinical study of it was found.", "", say_nearest(*nearest))
    return Said(head, say_controlled(body), say_uncontrolled(body), say_nearest(*nearest))


def say_comparator(body: s.Body) -> str:
    """A comparator's effect against its own control, or every curated reading of it."""
    level = body.certainty.level
    if body.effect is not None and body.effect.k > 1:
        return f"{first_upper(say_effect(body.effect))}; certainty {level}."
    usable = [r for r in body.readings if r.use in CURATED or r.direction is not None]
    texts = [say_reading(r, r.arm) for r in _telling(usable, by_arm=True)]
    texts += [say_pool(p) for p in body.published_pools if p.controlled]
    if texts:
        return f"No legitimate pool here; {some(texts, 6)}."
    kept_out = sorted({r.study for r in body.readings})
    out = f" Kept out of pools by their remarks: {', '.join(kept_out)}." if kept_out else ""
    own = "; ".join(_gains(body.gains))
    own = f" In its own arms: {own}." if own else ""
    return f"No controlled reading that may be used.{out}{own}"


def say_control(row: s.ControlRow) -> str:
    """One kind of control arm in a clause: its pool, else its readings with who they were."""
    if row.pooled is not None:
        means = bounds(row.span_low, row.span_high)
        pooled = f"{signed(row.pooled)}{span(row.low, row.high)}"
        return f"{row.kind} {pooled} in {row.k} pooled trials (means {means})"
    within = parameter("pool_horizon").value
    studies = sorted({g.study for g in row.readings
                      if g.use in CURATED and (g.week or 0.0) <= within})  # fmt: skip
    n = f", {row.people} people" if row.people else ""
    return f"{row.kind} {bounds(row.span_low, row.span_high)} ({', '.join(studies)}{n})"
