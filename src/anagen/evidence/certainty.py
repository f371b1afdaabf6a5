"""Certainty of the effect that a verdict rests on, by the GRADE domains.

Starts at high for randomised and at low for other evidence (Guyatt 2008) and loses one or two
levels per domain, each with its reason. Everything is computed from the study files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

from anagen.evidence.contrasts import Contrast, isolated_by, treatments
from anagen.evidence.counting import participants, people_in
from anagen.evidence.pools import Pool, contradictions, last_visit, source_kind
from anagen.evidence.risk_of_bias import grave, overall_of
from anagen.evidence.selection import Found, Question
from anagen.evidence.significance import says
from anagen.evidence.study import Study
from anagen.parameters import Parameter, parameter

Level = Literal["no evidence", "very low", "low", "moderate", "high"]
LADDER: tuple[Level, ...] = ("very low", "low", "moderate", "high")


@dataclass(frozen=True)
class Downgrade:
    """One GRADE domain that lowers the certainty by ``steps``, and why."""

    domain: str
    steps: int
    reason: str


@dataclass(frozen=True)
class Certainty:
    """How sure the evidence allows one to be."""

    level: Level
    start: Level
    downgrades: tuple[Downgrade, ...]


def certainty(question: Question, found: Found, pool: Pool | None) -> Certainty:
    """Certainty of ``pool``; without one, of all controlled contrasts together.

    Without any clinical study the level is "no evidence".
    """
    body = list(pool.used) if pool is not None and pool.used else found.controlled
    if not body and not found.uncontrolled and not found.compared:
        return Certainty("no evidence", "no evidence", ())
    randomised = body and all(c.study.design.allocation == "randomised" for c in body)
    start: Level = "high" if randomised else "low"
    checks = (
        _risk_of_bias(body),
        _inconsistency(pool, found.controlled),
        _indirectness(question, found, body),
        _imprecision(pool, body, found.controlled),
        _publication_bias(question, found, body),
    )
    downgrades = tuple(check for check in checks if check is not None)
    step = LADDER.index(start) - sum(d.steps for d in downgrades)
    return Certainty(LADDER[max(step, 0)], start, downgrades)


def _risk_of_bias(body: Sequence[Contrast]) -> Downgrade | None:
    if not body:
        return Downgrade("risk of bias", 2, "no controlled study: the gain cannot be told from "
                         "needle, vehicle, season and regression to the mean")  # fmt: skip
    results: dict[str, list[str]] = defaultdict(list)
    for c in body:
        results[c.study.id] += [r.id for r in c.results]
    studies = {c.study.id: c.study for c in body}
    worst = {name: overall_of(studies[name], ids) for name, ids in results.items()}
    bad = sorted(name for name, judgement in worst.items() if grave(judgement))
    if len(bad) == len(worst):
        return Downgrade("risk of bias", 2, f"high in every controlled study ({', '.join(bad)})")
    fine = ("low", "moderate")  # what moderate (ROBINS-I) leaves open, the start at low pays for
    unclear = sorted(name for name, judgement in worst.items() if judgement not in fine)
    if bad or len(unclear) * 2 > len(worst):
        named = ", ".join(f"{name}: {worst[name].replace('_', ' ')}" for name in unclear)
        return Downgrade("risk of bias", 1, f"not low in every study ({named})")
    return None


def _inconsistency(pool: Pool | None, controlled: Sequence[Contrast]) -> Downgrade | None:
    if pool is None or pool.effect is None:
        said = {c.study.id: s for c in last_visit(controlled) if (s := says(c)) is not None}
        if len(set(said.values())) > 1:
            named = ", ".join(f"{name}: {s}" for name, s in sorted(said.items()))
            return Downgrade("inconsistency", 1, f"controlled studies disagree ({named})")
        return None
    i2 = pool.effect.i2
    reasons = []
    if i2 is not None and i2 > parameter("substantial_heterogeneity").value:
        reasons.append(f"I2 is {i2:.0f} %")
    against = contradictions(pool, controlled)
    if against:
        named = ", ".join(sorted(f"{c.study.id}: {says(c) or 'another effect'}" for c in against))
        reasons.append(f"other controlled studies say otherwise ({named})")
    return Downgrade("inconsistency", len(reasons), "; ".join(reasons)) if reasons else None


def _indirectness(question: Question, found: Found, body: Sequence[Contrast]) -> Downgrade | None:
    reasons = []
    arms = [c.active for c in body] or [
        arm for s in found.uncontrolled for arm in s.arms if question.asks_arm(arm)]  # fmt: skip
    vesicles = {source_kind(arm) for arm in arms if arm.therapy == "exosome"}
    if vesicles and "human cells" not in vesicles:
        reasons.append("the vesicles tested are not, or not known to be, of human cells")
    if body and all(c.unit == "hairs" for c in body):
        reasons.append("a count whose target area was not stated")
    if any(c.study.population.diagnosis == "healthy" for c in body):
        reasons.append("people without hair loss")
    mixed = sorted({c.study.id for c in body if _confounded(c)})
    if mixed:
        reasons.append(f"the product cannot be told from what came with it ({', '.join(mixed)})")
    return Downgrade("indirectness", min(len(reasons), 2), "; ".join(reasons)) if reasons else None


def _confounded(contrast: Contrast) -> bool:
    ids = {r.id for r in contrast.results}
    return any(r.kind == "confounded" and (not r.results or ids & set(r.results))
               for r in contrast.study.remarks)  # fmt: skip


def _imprecision(
    pool: Pool | None, body: Sequence[Contrast], controlled: Sequence[Contrast]
) -> Downgrade | None:
    size = parameter("information_size_continuous")
    if not body:
        return Downgrade("imprecision", 1, "no effect against a control can be estimated")
    if pool is None or pool.effect is None or pool.interval is None:
        people = participants([c.study for c in body])
        return Downgrade(
            "imprecision",
            3 if people < size.value else 2,
            f"no interval that could be pooled ({people} people)",
        )
    steps, reasons = _too_few(pool, size, _in_parents(pool, controlled))
    low, high = pool.interval
    seen = parameter("visible_density_difference").low
    precise = pool.alike.unit == "hairs/cm2" and max(abs(low), abs(high)) < seen
    if low <= 0 <= high and not precise:
        steps, reasons = steps + 1, [*reasons, "the interval includes no effect"]
    return Downgrade("imprecision", min(steps, 3), "; ".join(reasons)) if steps else None


def _in_parents(pool: Pool, controlled: Sequence[Contrast]) -> int:
    """People of reports that count the pool's trials as their components."""
    used = {c.study.id for c in pool.used}
    parents = [
        c.study
        for c in controlled
        if any(o.kind == "component" and o.study in used for o in c.study.overlaps)
    ]
    return sum(people_in(study) for study in {s.id: s for s in parents}.values())


def _too_few(pool: Pool, size: Parameter, in_parents: int) -> tuple[int, list[str]]:
    """Steps for few people and few trials.

    Very few people (below the low end of the information size) cost three levels; one trial
    below the information size, or of unknown size, two; two trials one, or two where
    Knapp-Hartung includes no effect and not every trial excludes it by itself.
    """
    n = max(pool.participants, in_parents)
    k = pool.effect.k if pool.effect is not None else 0
    unknown = pool.people_unknown and n < size.value
    reasons = ["the number of people was not seen"] if unknown else []
    if n < size.value and not unknown:
        reasons.append(f"{n} people, fewer than {size.value:.0f}")
    if k < 3:
        reasons.append({1: "one trial"}.get(k, "two trials cannot show how much trials differ"))
    if n < size.low and not unknown:
        return 3, [*reasons, f"even fewer than {size.low:.0f}"]
    steps = 1 if reasons else 0
    if unknown or (k == 1 and n < size.value):
        steps = 2
    if k == 2 and pool.effect is not None and not all(says(c) == pool.says() for c in pool.used):
        low, high = pool.effect.interval
        steps = 2 if low <= 0 <= high else steps
    return steps, reasons


def _publication_bias(
    question: Question, found: Found, body: Sequence[Contrast]
) -> Downgrade | None:
    silent = sorted(s.id for s in found.registered if s.registration is not None
                    and s.registration.status == "completed"
                    and not s.registration.results_posted and _isolates(question, s))  # fmt: skip
    if silent:
        return Downgrade("publication bias", 1, f"completed and silent: {', '.join(silent)}")
    studies = {c.study.id: c.study for c in body}
    if studies and all(s.funding.kind == "industry" for s in studies.values()):
        return Downgrade("publication bias", 1, "every controlled study was paid by industry")
    return None


def _isolates(question: Question, study: Study) -> bool:
    """Whether a registered trial compares an asked therapy with a control that lacks only that."""
    asked = set(question.therapies)
    return any(treatments(a) > treatments(c) and len(isolated_by(a, c)) == 1
               and isolated_by(a, c) <= asked for a, c in permutations(study.arms, 2))  # fmt: skip
