"""What one arm gained: change from baseline, as printed or as visit minus baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from anagen.evidence.study import Arm, Result, Study
from anagen.vocabulary import words

Scale = Literal["absolute", "percent"]
POOLED_USES = frozenset({"calibration", "validation"})


@dataclass(frozen=True)
class Change:
    """Mean (or median) change of one outcome of one arm from baseline to one visit.

    ``sd`` is the spread of individual changes in the same unit, None when it was not seen;
    ``mean`` is None when the outcome was measured but its value was not seen.
    """

    study: Study
    arm: Arm
    result: Result
    outcome: str
    unit: str
    scale: Scale
    week: float | None
    n: int | None
    mean: float | None
    sd: float | None
    median: bool
    derived: bool

    @property
    def poolable_use(self) -> bool:
        """Whether the curators let this number into a pool."""
        return self.result.use in POOLED_USES


def per_area(value: float | None, area_cm2: float | None) -> float | None:
    """Hairs counted in a target circle, as hairs per cm2: ``value / area_cm2``."""
    return value if value is None or area_cm2 is None else value / area_cm2


def unit_of(result: Result) -> str:
    """The unit after a count has been divided by its target area."""
    return "hairs/cm2" if result.unit == "hairs" and result.area_cm2 else result.unit


def sd_of(result: Result, n: int | None) -> float | None:
    """Standard deviation of a result: as printed, or ``SE sqrt(n)``."""
    if result.sd is not None:
        return per_area(result.sd, result.area_cm2)
    if result.se is not None and n is not None:
        return per_area(result.se * float(n) ** 0.5, result.area_cm2)
    return None


def _printed(study: Study, arm: Arm, result: Result) -> Change:
    n = result.n if result.n is not None else arm.n
    centre = result.mean if result.mean is not None else result.median
    percent = result.statistic == "change_percent"
    unit = "percent of baseline" if percent else unit_of(result)
    return Change(study, arm, result, result.outcome, unit, "percent" if percent else "absolute",
                  result.week, n, per_area(centre, result.area_cm2), sd_of(result, n),
                  result.mean is None and result.median is not None,
                  result.seen.level == "derived")  # fmt: skip


def _from_levels(study: Study, arm: Arm, result: Result) -> Change | None:
    """Change as visit minus baseline; the spread of a change does not follow from two levels."""
    base = next((b for b in study.results if b.statistic == "value" and b.week == 0
                 and b.mean is not None and (b.arm, b.outcome, b.unit, b.subgroup)
                 == (result.arm, result.outcome, result.unit, result.subgroup)), None)  # fmt: skip
    if base is None or base.mean is None or result.mean is None or not result.week:
        return None
    n = result.n if result.n is not None else arm.n
    mean = per_area(result.mean - base.mean, result.area_cm2)
    return Change(study, arm, result, result.outcome, unit_of(result), "absolute", result.week,
                  n, mean, None, False, True)  # fmt: skip


def changes(study: Study) -> list[Change]:
    """Every change from baseline that a study's arms show, printed ones first.

    An outcome that was measured but whose value was not seen is there with ``mean`` None.
    """
    arms = {arm.id: arm for arm in study.arms}
    found: list[Change] = []
    for result in study.results:
        if result.versus is not None or result.arm not in arms:
            continue
        arm = arms[result.arm]
        if result.statistic in ("change", "change_percent") or (
            result.statistic == "not_reached" and result.week != 0
        ):
            found.append(_printed(study, arm, result))
    shown = {(c.arm.id, c.outcome, c.week, c.result.subgroup)
             for c in found if c.scale == "absolute" and c.mean is not None}  # fmt: skip
    for result in study.results:
        if result.statistic != "value" or result.versus is not None:
            continue
        key = (result.arm, result.outcome, result.week, result.subgroup)
        if key not in shown and result.arm in arms:
            change = _from_levels(study, arms[result.arm], result)
            found += [change] if change else []
    return found


def family(outcome: str) -> str:
    """The family of an outcome: density, thickness, growth, cycle, severity, harm, ..."""
    return str(words("outcome")[outcome]["family"])
