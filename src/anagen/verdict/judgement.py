"""The verdict code of a claim: from counts, effect and certainty, nothing else."""

from __future__ import annotations

from anagen.evidence.claims import Claim
from anagen.evidence.significance import side
from anagen.parameters import parameter
from anagen.verdict import summary as s

BY_LEVEL: dict[str, s.VerdictCode] = {
    "very low": "not_shown", "low": "may", "moderate": "probably", "high": "does"}  # fmt: skip


def unseen(effect: s.Effect) -> bool:
    """Whether the whole interval of a density effect is below what observers see."""
    seen = parameter("visible_density_difference").low
    return effect.unit == "hairs/cm2" and max(abs(effect.low), abs(effect.high)) < seen


def judge_benefit(body: s.Body) -> s.VerdictCode:
    """The verdict on a benefit: from the counts, the effect and the certainty, nothing else."""
    e, level = body.effect, body.certainty.level
    if body.controlled.studies == 0:
        seen = body.uncontrolled.studies + body.compared.studies
        return "no_control" if seen else "not_studied"
    if e is None or (level == "very low" and not e.low <= 0 <= e.high):
        return "not_shown"
    if e.low <= 0 <= e.high:
        return "no_visible_effect" if unseen(e) and level != "very low" else "no_clear_effect"
    if side(e.outcome, e.estimate > 0) == "worse":
        return "works_against"
    return "too_small" if unseen(e) else BY_LEVEL[level]


RANK = ("not_shown", "may", "probably", "does")


def judge(claim: Claim, body: s.Body, harms: s.Harms | None) -> s.VerdictCode:
    """The verdict code of a claim.

    A claim that needs several comparisons (``needs``) is not shown while one of them is missing.
    """
    if claim.group == "harm":
        return "harms_seen" if harms is not None and more_harm(harms) else "harms_unknown"
    benefit = judge_benefit(body)
    compared = {tuple(r.isolates) for r in body.readings}
    if benefit in RANK and not all((need,) in compared for need in claim.needs):
        benefit = "not_shown"
    if claim.group == "exclusion":
        shown = benefit in ("may", "probably", "does")
        return "exclusion_challenged" if shown else "exclusion_stands"
    return benefit


def capped(code: s.VerdictCode, parent: s.VerdictCode) -> s.VerdictCode:
    """A part of a claim is never surer than the whole."""
    if code in RANK and (parent not in RANK or RANK.index(code) > RANK.index(parent)):
        return parent if parent in RANK else "not_shown"
    return code


def more_harm(harms: s.Harms) -> bool:
    """Serious harm without a control, or a larger share of it than in the controls."""
    treated = harms.controlled_serious * max(harms.control_people, 1)
    control = harms.control_serious * max(harms.controlled_people, 1)
    return harms.uncontrolled_serious > 0 or treated > control
