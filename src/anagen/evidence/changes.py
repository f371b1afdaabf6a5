"""What one arm gained: change from baseline, as printed or as visit minus baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from anagen.evidence.study import Arm, Result, Study
from anagen.evidence.summary_statistics import sd_from_se
from anagen.units import convert
from anagen.vocabulary import words

Scale = Literal["absolute", "percent"]
POOLED_USES = frozenset({"calibration", "validation"})


@dataclass(frozen=True)
class Change:
    """Mean (or median) change of one outcome of one arm from baseline to one visit.

    ``mean`` and ``sd`` (the spread of individual changes) are in ``unit``, the standard unit of
    the outcome. ``sd`` is None when it was not seen; ``mean`` is None when the outcome was
    measured but its value was not seen.
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

    @property
    def median(self) -> bool:
        """Whether the centre is a median."""
        return self.result.mean is None and self.result.median is not None

    @property
    def poolable_use(self) -> bool:
        """Whether the curators let this number into a pool."""
        return self.result.use in POOLED_USES


def unit_of(result: Result) -> str:
    """The unit after a count of hairs has been divided by its target area."""
    return "hairs/cm2" if result.unit == "hairs" and result.area_cm2 else result.unit


def per_area(value: float | None, result: Result) -> float | None:
    """A count of hairs in a target circle as hairs per cm2; anything else as it is."""
    if value is None or result.unit != "hairs" or not result.area_cm2:
        return value
    return value / result.area_cm2


def standard(value: float | None, result: Result) -> float | None:
    """``value`` in the standard unit of the outcome (percent changes stay percent)."""
    value = per_area(value, result)
    if value is None or result.statistic in ("change_percent", "difference_percent"):
        return value
    return convert(value, unit_of(result), standard_unit(result))


def standard_unit(result: Result) -> str:
    """The unit that ``standard`` gives: that of the outcome, or ``percent of baseline``."""
    if result.statistic in ("change_percent", "difference_percent"):
        return "percent of baseline"
    known_area = unit_of(result) == "hairs/cm2"
    return "hairs/cm2" if known_area else str(words("outcome")[result.outcome]["unit"])


def sd_of(result: Result, n: int | None) -> float | None:
    """Standard deviation of a result: as printed, or from its standard error."""
    if result.sd is not None:
        return standard(result.sd, result)
    if result.se is not None and n is not None:
        return standard(sd_from_se(result.se, n), result)
    return None


def people_of(arm: Arm, result: Result) -> int | None:
    """People behind a result: its own n, else that of the arm."""
    return result.n if result.n is not None else arm.n


def _printed(study: Study, arm: Arm, result: Result) -> Change:
    n = people_of(arm, result)
    centre = result.mean if result.mean is not None else result.median
    percent = result.statistic == "change_percent"
    return Change(study, arm, result, result.outcome, standard_unit(result),
                  "percent" if percent else "absolute", result.week, n,
                  standard(centre, result), sd_of(result, n))  # fmt: skip


def _from_levels(study: Study, arm: Arm, result: Result) -> Change | None:
    """Change as visit minus baseline; the spread of a change does not follow from two levels."""
    base = next((b for b in study.results if b.statistic == "value" and b.week == 0
                 and b.mean is not None and (b.arm, b.outcome, b.unit, b.subgroup)
                 == (result.arm, result.outcome, result.unit, result.subgroup)), None)  # fmt: skip
    if base is None or base.mean is None or result.mean is None or not result.week:
        return None
    return Change(study, arm, result, result.outcome, standard_unit(result), "absolute",
                  result.week, people_of(arm, result),
                  standard(result.mean - base.mean, result), None)  # fmt: skip


def changes(study: Study) -> list[Change]:
    """Every change from baseline of whole arms, printed ones first.

    An outcome that was measured but whose value was not seen is there with ``mean`` None.
    Subgroups stay in the study file: a part of an arm never stands for the arm.
    """
    arms = {arm.id: arm for arm in study.arms}
    whole = [r for r in study.results if r.versus is None and r.subgroup is None and r.arm in arms]
    found = [_printed(study, arms[r.arm], r) for r in whole
             if r.statistic in ("change", "change_percent")
             or (r.statistic == "not_reached" and r.week != 0)]  # fmt: skip
    shown = {(c.arm.id, c.outcome, c.week) for c in found
             if c.scale == "absolute" and c.mean is not None}  # fmt: skip
    for r in whole:
        if r.statistic == "value" and (r.arm, r.outcome, r.week) not in shown:
            change = _from_levels(study, arms[r.arm], r)
            found += [change] if change else []
    return found


def family(outcome: str) -> str:
    """The family of an outcome: density, thickness, growth, cycle, severity, harm, ..."""
    return str(words("outcome")[outcome]["family"])
