"""Certainty of a body of evidence by the GRADE domains, each downgrade with its reason.

Starts at high for randomised and at low for other evidence (Guyatt 2008) and loses one or two
levels per domain. Everything is computed from the study files; nothing is entered by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from anagen.evidence.contrasts import Contrast
from anagen.evidence.distributions import normal_quantile
from anagen.evidence.pools import Pool, decisive_interval
from anagen.evidence.risk_of_bias import grave, overall_of
from anagen.evidence.selection import Found, Question
from anagen.evidence.study import Study
from anagen.parameters import parameter

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


def certainty(question: Question, found: Found, pools: Sequence[Pool]) -> Certainty:
    """Certainty of what ``found`` says about ``question``; ``pools`` are its pools.

    Without any clinical study the level is "no evidence".
    """
    if not found.controlled and not found.uncontrolled:
        return Certainty("no evidence", "no evidence", ())
    randomised = [c for c in found.controlled if c.study.design.allocation == "randomised"]
    start: Level = "high" if randomised else "low"
    checks = (
        _risk_of_bias(found),
        _inconsistency(found.controlled, pools),
        _indirectness(question, found),
        _imprecision(found, pools),
        _publication_bias(found),
    )
    downgrades = tuple(check for check in checks if check is not None)
    step = LADDER.index(start) - sum(d.steps for d in downgrades)
    return Certainty(LADDER[max(step, 0)], start, downgrades)


def _risk_of_bias(found: Found) -> Downgrade | None:
    if not found.controlled:
        return Downgrade("risk of bias", 2, "no controlled study: the gain cannot be told from "
                         "needle, vehicle, season and regression to the mean")  # fmt: skip
    worst = {c.study.id: overall_of(c.study, [r.id for r in c.results]) for c in found.controlled}
    bad = sorted(study for study, judgement in worst.items() if grave(judgement))
    if len(bad) == len(worst):
        return Downgrade("risk of bias", 2, f"high in every controlled study ({', '.join(bad)})")
    unclear = sorted(study for study, judgement in worst.items() if judgement != "low")
    if bad or len(unclear) * 2 > len(worst):
        named = ", ".join(bad or unclear)
        return Downgrade("risk of bias", 1, f"high or not described in what was read ({named})")
    return None


def _inconsistency(controlled: Sequence[Contrast], pools: Sequence[Pool]) -> Downgrade | None:
    pooled = next((p.pooled for p in pools if p.pooled is not None), None)
    if pooled is not None:
        if pooled.i2 is not None and pooled.i2 > 50:
            return Downgrade("inconsistency", 1, f"I2 is {pooled.i2:.0f} %")
        return None
    says = {s for c in controlled if (s := significance(c)) is not None}
    if {"gain", "no difference"} <= says:
        return Downgrade("inconsistency", 1, "some controlled studies report a difference from "
                         "control and some report none")  # fmt: skip
    return None


def significance(contrast: Contrast) -> str | None:
    """What one contrast says against its control: gain, loss, no difference, or None (unknown)."""
    p = (contrast.p or "").lower()
    if contrast.direction == "no_difference" or p.startswith(("ns", "not sig")):
        return "no difference"
    if contrast.estimate is not None and contrast.variance is not None:
        half = normal_quantile(0.975) * contrast.variance**0.5
        if abs(contrast.estimate) <= half:
            return "no difference"
        return "gain" if contrast.estimate > 0 else "loss"
    if contrast.direction in ("up", "down") and (p.startswith(("<0.05", "<0.01", "<0.001", "0.0"))):
        return "gain" if contrast.direction == "up" else "loss"
    return None


def _indirectness(question: Question, found: Found) -> Downgrade | None:
    reasons = []
    arms = [c.active for c in found.controlled] or [
        arm for s in found.uncontrolled for arm in s.arms if question.asks_arm(arm)]  # fmt: skip
    if "exosome" in question.therapies and arms:
        sources = {arm.source for arm in arms if arm.therapy == "exosome"}
        if sources <= {"plant", "animal", "unknown", None}:
            reasons.append("the vesicles tested are not, or not known to be, of human cells")
    if found.controlled and all(c.unit == "hairs" for c in found.controlled):
        reasons.append("a count whose target area was not stated")
    if found.controlled and all(c.study.population.diagnosis == "healthy"
                                for c in found.controlled):  # fmt: skip
        reasons.append("people without hair loss")
    mixed = sorted({c.study.id for c in found.controlled if _confounded(c)})
    if mixed and len(mixed) == len({c.study.id for c in found.controlled}):
        reasons.append(f"the product cannot be told from what came with it ({', '.join(mixed)})")
    return Downgrade("indirectness", min(len(reasons), 2), "; ".join(reasons)) if reasons else None


def _confounded(contrast: Contrast) -> bool:
    ids = {r.id for r in contrast.results}
    return any(r.kind == "confounded" and (not r.results or ids & set(r.results))
               for r in contrast.study.remarks)  # fmt: skip


def _imprecision(found: Found, pools: Sequence[Pool]) -> Downgrade | None:
    needed = parameter("information_size_continuous").value
    pool = next((p for p in pools if p.pooled is not None), None)
    if pool is None or pool.pooled is None:
        people = participants([c.study for c in found.controlled])
        if not found.controlled:
            return Downgrade("imprecision", 1, "no effect against a control can be estimated")
        return Downgrade("imprecision", 2, "no legitimate pool and few people "
                         f"({people} in controlled studies)" if people < needed else
                         "no legitimate pool")  # fmt: skip
    (low, high), _ = decisive_interval(pool.pooled)
    small = [f"{pool.participants} people, fewer than {needed:.0f}"] if (
        pool.participants < needed) else []  # fmt: skip
    small += ["two trials cannot show how much trials differ"] if pool.pooled.k < 3 else []
    null = ["the interval includes no effect"] if low <= 0 <= high else []
    steps = bool(small) + bool(null)
    return Downgrade("imprecision", steps, "; ".join(small + null)) if steps else None


def _publication_bias(found: Found) -> Downgrade | None:
    silent = sorted(s.id for s in found.registered if s.registration is not None
                    and s.registration.status == "completed"
                    and not s.registration.results_posted)  # fmt: skip
    if silent:
        return Downgrade("publication bias", 1, f"completed and silent: {', '.join(silent)}")
    studies = {c.study.id: c.study for c in found.controlled}
    paid = [s.id for s in studies.values() if s.funding.kind == "industry"]
    if studies and len(paid) == len(studies):
        return Downgrade("publication bias", 1, "every controlled study was paid by industry")
    return None


SAME_PEOPLE = frozenset({"double_publication", "same_patients", "same_trial"})


def once(studies: Iterable[Study]) -> list[Study]:
    """Each study once, by id; of two that report the same people, the one that stands first."""
    kept: dict[str, Study] = {}
    for study in sorted({s.id: s for s in studies}.values(), key=lambda s: s.id):
        twins = {o.study for o in study.overlaps if o.kind in SAME_PEOPLE}
        twins |= {k.id for k in kept.values() for o in k.overlaps
                  if o.study == study.id and o.kind in SAME_PEOPLE}  # fmt: skip
        if not twins & set(kept):
            kept[study.id] = study
    return list(kept.values())


def participants(studies: Iterable[Study]) -> int:
    """People in ``studies``, each person once as far as the files say."""
    return sum(people_in(study) for study in once(studies))


def people_in(study: Study) -> int:
    """People in one study: its stated total, else the sum of its arms (0 when neither is said)."""
    if study.population.n is not None:
        return study.population.n
    sizes = [arm.n for arm in study.arms if arm.n is not None]
    return (max if study.design.layout in ("split_scalp", "crossover") else sum)(sizes or [0])
