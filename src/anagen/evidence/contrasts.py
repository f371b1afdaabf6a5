"""What a therapy adds: an arm beside the control that differs from it by that therapy alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations

from anagen.evidence.changes import POOLED_USES, Change, changes, per_area, unit_of
from anagen.evidence.effect_size import Group, mean_difference
from anagen.evidence.study import Arm, Result, Study
from anagen.evidence.summary_statistics import (
    mean_sd_from_median_and_width,
    mean_sd_from_median_iqr,
    variance_from_ci,
)

NOTHING = frozenset({"vehicle", "untreated"})


def treatments(arm: Arm) -> frozenset[str]:
    """The active treatments of an arm: therapy and co-therapies, without vehicle."""
    return frozenset({arm.therapy, *arm.cotherapy}) - NOTHING


def control_kind(arm: Arm) -> str:
    """What a control arm is given, for example ``vehicle by injection``."""
    if arm.therapy == "vehicle":
        names = {"topical": "topical vehicle", "injection": "saline injection",
                 "oral": "oral placebo", "device": "sham device"}  # fmt: skip
        return names.get(arm.route, "vehicle, route not stated")
    if arm.therapy == "untreated":
        return "no treatment"
    return arm.therapy.replace("_", " ") + (" alone" if not arm.cotherapy else " with others")


@dataclass(frozen=True)
class Contrast:
    """One outcome of ``active`` minus ``control`` at one visit of one study.

    ``estimate`` and ``variance`` are None when they cannot be had; ``obstacle`` then says why.
    """

    study: Study
    active: Arm
    control: Arm
    isolates: frozenset[str]  # what active has and control has not
    outcome: str
    unit: str
    week: float | None
    estimate: float | None
    variance: float | None
    method: str
    obstacle: str | None
    direction: str | None
    p: str | None
    n: int | None  # people in both arms together; heads, in a split-scalp trial
    results: tuple[Result, ...]

    @property
    def poolable(self) -> bool:
        """Whether it has an estimate, a variance, no obstacle and a use that allows pooling."""
        uses = {result.use for result in self.results} <= POOLED_USES
        return None not in (self.estimate, self.variance) and self.obstacle is None and uses


def _people(study: Study, n_active: int | None, n_control: int | None) -> int | None:
    if study.design.layout == "split_scalp":
        return n_active
    if n_active is None or n_control is None:
        return study.population.n
    return n_active + n_control


def _pairs(study: Study) -> list[tuple[Arm, Arm]]:
    """Arms of one study of which the first has everything the second has, and more."""
    return [(a, c) for a, c in permutations(study.arms, 2) if treatments(a) > treatments(c)]


def _spread_of_median(change: Change) -> tuple[float, float] | None:
    result, n = change.result, change.n
    if result.median is None or n is None:
        return None
    if result.iqr is not None:
        found = mean_sd_from_median_iqr((result.iqr[0], result.median, result.iqr[1]), n)
    elif result.iqr_width is not None:
        found = mean_sd_from_median_and_width(result.median, result.iqr_width, n)
    else:
        return None
    return found.mean, found.sd


def _centre_and_spread(change: Change) -> tuple[float | None, float | None]:
    if change.median:
        return _spread_of_median(change) or (change.mean, None)
    return change.mean, change.sd


def _from_two_arms(active: Change, control: Change, isolates: frozenset[str]) -> Contrast:
    (m1, s1), (m2, s2) = _centre_and_spread(active), _centre_and_spread(control)
    paired = active.study.design.layout == "split_scalp"
    estimate = variance = obstacle = None
    method = "difference of mean changes"
    if m1 is None or m2 is None:
        obstacle = "its value was not seen"
    else:
        estimate = m1 - m2
        if active.median:
            method = "difference of changes, means and SDs estimated from medians and IQRs"
        if s1 is None or s2 is None:
            obstacle = "no standard deviation was seen"
        elif paired:
            obstacle = "the correlation within a person was not seen"
        elif active.n is None or control.n is None:
            obstacle = "the number of people per arm was not seen"
        else:
            effect = mean_difference(Group(m1, s1, active.n), Group(m2, s2, control.n))
            estimate, variance = float(effect.estimate), float(effect.variance)
        if variance is not None and active.unit == "hairs":
            obstacle = "a count whose target area was not stated"
    p = active.result.p if active.result.p and active.result.p.against == "control" else None
    return Contrast(active.study, active.arm, control.arm, isolates, active.outcome, active.unit,
                    active.week, estimate, variance, method, obstacle,
                    active.result.direction if m1 is None else None,
                    p.printed if p else None, _people(active.study, active.n, control.n),
                    (active.result, control.result))  # fmt: skip


def _printed_difference(
    study: Study, active: Arm, control: Arm, result: Result, isolates: frozenset[str]
) -> Contrast:
    estimate = variance = obstacle = None
    unit = unit_of(result)
    if result.statistic in ("difference", "difference_percent"):
        estimate = per_area(result.mean, result.area_cm2)
        unit = "percent of baseline" if result.statistic == "difference_percent" else unit
        if result.ci is not None and result.mean is not None:
            level = result.ci_percent / 100
            variance = variance_from_ci(*result.ci, estimate=result.mean, level=level)
            variance /= (result.area_cm2 or 1.0) ** 2
        elif result.se is not None:
            variance = (result.se / (result.area_cm2 or 1.0)) ** 2
        obstacle = None if variance is not None else "no standard error was seen"
    elif result.statistic != "not_reached":
        obstacle = f"printed as {result.statistic.replace('_', ' ')}, not as a difference"
    else:
        obstacle = "its value was not seen"
    return Contrast(study, active, control, isolates, result.outcome, unit, result.week, estimate,
                    variance, "difference as printed", obstacle, result.direction,
                    result.p.printed if result.p else None,
                    result.n or _people(study, active.n, control.n), (result,))  # fmt: skip


def _from_shares(
    study: Study, arms: tuple[Arm, Arm], a: Result, c: Result, isolates: frozenset[str]
) -> Contrast:
    """Difference of two shares in percentage points, variance ``sum p (1 - p) / n``."""
    active, control = arms
    sizes = [r.n if r.n is not None else arm.n if arm.n_level != "memory" else None
             for r, arm in ((a, active), (c, control))]  # fmt: skip
    p1, p2 = (a.share or 0.0) / 100, (c.share or 0.0) / 100
    known = [n for n in sizes if n]
    variance = None
    if len(known) == 2:
        variance = 1e4 * (p1 * (1 - p1) / known[0] + p2 * (1 - p2) / known[1])
    return Contrast(study, active, control, isolates, a.outcome, "percentage points", a.week,
                    100 * (p1 - p2), variance, "difference of shares",
                    None if variance is not None else "the number of people per arm was not seen",
                    a.direction, a.p.printed if a.p and a.p.against == "control" else None,
                    sum(known) if len(known) == 2 else study.population.n, (a, c))  # fmt: skip


def _shares(study: Study, active: Arm, control: Arm, isolates: frozenset[str]) -> list[Contrast]:
    rows = [r for r in study.results if r.share is not None and r.versus is None]
    return [_from_shares(study, (active, control), a, c, isolates)
            for a in rows for c in rows if (a.arm, c.arm) == (active.id, control.id)
            and (a.outcome, a.week, a.definition, a.subgroup)
            == (c.outcome, c.week, c.definition, c.subgroup)]  # fmt: skip


def contrasts(study: Study) -> list[Contrast]:
    """Every comparison inside ``study`` of an arm with a control that lacks part of it.

    Arms are matched on outcome, scale and visit. A comparison that isolates several therapies
    at once (``isolates`` has more than one) says nothing about any single one of them.
    """
    by_arm = changes(study)
    found: list[Contrast] = []
    for active, control in _pairs(study):
        isolates = treatments(active) - treatments(control)
        printed = [_printed_difference(study, active, control, result, isolates)
                   for result in study.results
                   if (result.arm, result.versus) == (active.id, control.id)]  # fmt: skip
        matched = [_from_two_arms(a, c, isolates) for a in by_arm for c in by_arm
                   if a.arm is active and c.arm is control and _match(a, c)]  # fmt: skip
        found += _merged(printed, matched) + _shares(study, active, control, isolates)
        found += _control_not_seen(by_arm, active, control, found)
    return found


def _control_not_seen(
    by_arm: list[Change], active: Arm, control: Arm, found: list[Contrast]
) -> list[Contrast]:
    """Gains of the active arm whose control was measured by the study but not seen by us."""
    if any(c.arm is control for c in by_arm) or any(c.active is active for c in found):
        return []
    isolates = treatments(active) - treatments(control)
    return [Contrast(a.study, active, control, isolates, a.outcome, a.unit, a.week, None, None,
                     "not seen", "the control arm's value was not seen", None, None,
                     _people(a.study, active.n, control.n), (a.result,))
            for a in by_arm if a.arm is active and a.result.subgroup is None]  # fmt: skip


def _match(a: Change, c: Change) -> bool:
    return (a.outcome, a.scale, a.week, a.result.subgroup, a.result.statistic) == (
        c.outcome, c.scale, c.week, c.result.subgroup, c.result.statistic)  # fmt: skip


def _merged(printed: list[Contrast], matched: list[Contrast]) -> list[Contrast]:
    """One contrast per outcome and visit: a printed difference first, else the arms' difference.

    What was printed about an unseen difference (its p, its direction) goes with the arms' one.
    """
    found = [p for p in printed if p.estimate is not None]
    taken = {(p.outcome, p.week) for p in found}
    said = {(p.outcome, p.week): p for p in printed if p.estimate is None}
    for contrast in matched:
        key = (contrast.outcome, contrast.week)
        words = said.pop(key, None)
        if words is not None:
            contrast = replace(contrast, p=contrast.p or words.p,  # noqa: PLW2901
                               direction=contrast.direction or words.direction)  # fmt: skip
        found += [contrast] if key not in taken else []
    return found + list(said.values())
