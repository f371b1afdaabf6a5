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
    ends = [effect.low, effect.high]
    if effect.k > 1:
        ends += [effect.knapp_hartung_low, effect.knapp_hartung_high]
    return effect.unit == "hairs/cm2" and max(abs(end) for end in ends) < seen


def judge_benefit(body: s.Body) -> s.VerdictCode:
    """The verdict on a benefit: from the counts, the effect and the certainty, nothing else."""
    e, level = body.effect, body.certainty.level
    if body.controlled.studies == 0:
        seen = body.uncontrolled.studies + body.compared.studies
        return "no_control" if seen else "not_studied"
    if e is None or (level == "very low" and not e.low <= 0 <= e.high):
        return "not_shown"
    if e.low <= 0 <= e.high:
        sure = level in ("moderate", "high")
        return "no_visible_effect" if sure and unseen(e) else "no_clear_effect"
    if side(e.outcome, e.estimate > 0) == "worse":
        return "works_against"
    return BY_LEVEL[level]


RANK = ("not_shown", "may", "probably", "does")


def judge(claim: Claim, body: s.Body, harms: s.Harms | None) -> s.VerdictCode:
    """The verdict code of a claim.

    A claim that needs several comparisons (``needs``) is not shown while one of them is not.
    """
    if claim.group == "harm":
        e = body.effect  # a harm need not be certain to be told
        worse = e is not None and not e.low <= 0 <= e.high and (
            side(e.outcome, e.estimate > 0) == "worse")  # fmt: skip
        seen = harms is not None and more_harm(harms)
        return "harms_seen" if seen or worse else "harms_unknown"
    benefit = judge_benefit(body)
    if benefit in RANK and not all(_shown(body, part) for part in claim.needs):
        benefit = "not_shown"
    if claim.group == "exclusion":
        shown = benefit in ("may", "probably", "does")
        return "exclusion_challenged" if shown else "exclusion_stands"
    return benefit


def _shown(body: s.Body, part: str) -> bool:
    """Whether an effect isolates ``part`` and its interval lies on the better side."""
    effects = [e for e in [body.effect, *body.other_effects] if e is not None]
    return any(e.isolates == part and not e.low <= 0 <= e.high
               and side(e.outcome, e.estimate > 0) == "better" for e in effects)  # fmt: skip


def capped(code: s.VerdictCode, parent: s.VerdictCode) -> s.VerdictCode:
    """A part of a claim is never surer than the whole, where the whole has a rank."""
    if code in RANK and parent in RANK and RANK.index(code) > RANK.index(parent):
        return parent
    return code


def more_harm(harms: s.Harms) -> bool:
    """Serious harm without a control, or a larger share of it than in the controls."""
    treated = harms.controlled_serious * max(harms.control_people, 1)
    control = harms.control_serious * max(harms.controlled_people, 1)
    return harms.uncontrolled_serious > 0 or treated > control
