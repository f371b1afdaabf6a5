"""What a therapy adds: an arm beside the control that differs from it by that therapy alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations

from anagen.evidence.changes import (
    POOLED_USES,
    Change,
    changes,
    people_of,
    standard,
    standard_unit,
)
from anagen.evidence.effect_size import Group, mean_difference
from anagen.evidence.printed_p import p_for_spread
from anagen.evidence.study import Arm, Result, Study
from anagen.evidence.summary_statistics import (
    mean_sd_from_median_and_width,
    mean_sd_from_median_iqr,
    variance_from_ci,
    variance_from_p,
)
from anagen.vocabulary import label

NOTHING = frozenset({"vehicle", "untreated"})
VEHICLES = {"topical": "topical vehicle", "injection": "saline injection",
            "oral": "oral placebo", "device": "sham device"}  # fmt: skip
WITHIN_PERSON = frozenset({"split_scalp", "crossover"})


def treatments(arm: Arm) -> frozenset[str]:
    """The active treatments of an arm: therapy and co-therapies, without vehicle."""
    return frozenset({arm.therapy, *arm.cotherapy}) - NOTHING


def control_kind(arm: Arm) -> str:
    """What a control arm is given, for example ``saline injection with minoxidil``.

    The needle comes before the vehicle that it carries.
    """
    others = treatments(arm) - {arm.therapy}
    if treatments(arm) == {"microneedling"}:
        return "microneedling alone"
    if arm.therapy == "untreated":
        base = "no treatment"
    elif arm.therapy == "vehicle":
        base = VEHICLES.get(arm.route, "vehicle, route not stated")
    else:
        base = label("therapy", arm.therapy)
    named = " and ".join(sorted(label("therapy", other) for other in others))
    return f"{base} with {named}" if named else base


def isolated_by(active: Arm, control: Arm) -> frozenset[str]:
    """What ``active`` has and ``control`` has not.

    Against no treatment the needle or the carrier (``vehicle``) is part of the difference.
    """
    carrier = {"vehicle"} if control.therapy == "untreated" and not treatments(control) else set()
    return treatments(active) - treatments(control) | carrier


@dataclass(frozen=True)
class Contrast:
    """One outcome of ``active`` minus ``control`` at one visit of one study.

    ``estimate`` and ``variance`` are None when they cannot be had; ``obstacle`` then says why.
    ``control_variance`` is the part of the variance that arms with the same control share.
    """

    study: Study
    active: Arm
    control: Arm
    outcome: str
    unit: str
    week: float | None
    estimate: float | None
    variance: float | None
    method: str
    obstacle: str | None
    direction: str | None
    p: str | None
    n: int | None  # people in both arms together; heads, where both are on one person
    results: tuple[Result, ...]
    printed: str | None = None  # an effect that the source gives in another measure
    n_active: int | None = None
    n_control: int | None = None
    control_variance: float | None = None

    @property
    def isolates(self) -> frozenset[str]:
        """The treatments that make the difference."""
        return isolated_by(self.active, self.control)

    @property
    def background(self) -> frozenset[str]:
        """The treatments that both arms got."""
        return treatments(self.control)

    @property
    def poolable(self) -> bool:
        """Whether it has an estimate, a variance, no obstacle and a use that allows pooling."""
        uses = {result.use for result in self.results} <= POOLED_USES
        return None not in (self.estimate, self.variance) and self.obstacle is None and uses


def _people(study: Study, n_active: int | None, n_control: int | None) -> int | None:
    if n_active is None or n_control is None:
        return study.population.n if len(study.arms) == 2 else None
    if study.design.layout in WITHIN_PERSON:
        return min(n_active, n_control)
    return n_active + n_control


def _pairs(study: Study) -> list[tuple[Arm, Arm]]:
    """Arms of one study of which the first has everything the second has, and more."""
    return [(a, c) for a, c in permutations(study.arms, 2) if treatments(a) > treatments(c)]


def _centre_and_spread(change: Change) -> tuple[float | None, float | None]:
    result, n = change.result, change.n
    if not change.median or result.median is None or n is None:
        return change.mean, change.sd
    if result.iqr is not None:
        found = mean_sd_from_median_iqr((result.iqr[0], result.median, result.iqr[1]), n)
    elif result.iqr_width is not None:
        found = mean_sd_from_median_and_width(result.median, result.iqr_width, n)
    else:
        return change.mean, change.sd
    return standard(found.mean, result), standard(found.sd, result)


def _obstacle(active: Change, control: Change, spreads: tuple[float | None, ...]) -> str | None:
    """What keeps a difference of two arms from having a variance; None when nothing does."""
    if active.study.design.layout in WITHIN_PERSON:
        return "the correlation within a person was not seen"
    if None in spreads:
        return "no standard deviation was seen"
    if 0 in spreads:
        return "a standard deviation of 0"
    if active.n is None or control.n is None:
        return "the number of people per arm was not seen"
    return None


def _against_control(result: Result) -> tuple[str | None, str | None]:
    """Direction and p of a result where they are about the control, not about the baseline."""
    about = result.p.against if result.p is not None else None
    if about == "control" or (result.versus is not None and about != "baseline"):
        return result.direction, result.p.printed if result.p else None
    return None, None


def _from_two_arms(active: Change, control: Change) -> Contrast:
    (m1, s1), (m2, s2) = _centre_and_spread(active), _centre_and_spread(control)
    estimate = variance = shared = None
    obstacle: str | None = "its value was not seen"
    if m1 is not None and m2 is None:
        obstacle = "the control arm's value was not seen"
    if m1 is not None and m2 is not None:
        estimate, obstacle = m1 - m2, _obstacle(active, control, (s1, s2))
        if obstacle is None and s1 and s2 and active.n and control.n:
            effect = mean_difference(Group(m1, s1, active.n), Group(m2, s2, control.n))
            variance, shared = effect.variance, s2**2 / control.n
        if active.unit == "hairs":
            obstacle = "a count whose target area was not stated"
    how = "estimated from medians and quartiles" if active.median else "difference of changes"
    towards, p = _against_control(active.result)
    return Contrast(active.study, active.arm, control.arm, active.outcome, active.unit,
                    active.week, estimate, variance, how, obstacle,
                    towards if estimate is None else None, p,
                    _people(active.study, active.n, control.n), (active.result, control.result),
                    None, active.n, control.n, shared)  # fmt: skip


def _with_p(contrast: Contrast) -> Contrast:
    """The variance that the printed p allows, where no spread was seen (``variance_from_p``).

    Not for medians: there a rank test speaks.
    """
    p = p_for_spread(contrast.p) if contrast.p else None
    lacks = contrast.obstacle in ("no standard deviation was seen", "no standard error was seen",
                                  "the correlation within a person was not seen",
                                  "the number of people per arm was not seen")  # fmt: skip
    if p is None or not lacks or not contrast.estimate or "median" in contrast.method:
        return contrast
    variance = variance_from_p(contrast.estimate, p)
    return replace(contrast, variance=variance, obstacle=None,
                   method=f"{contrast.method}; spread from the printed p")  # fmt: skip


def _printed_difference(study: Study, active: Arm, control: Arm, result: Result) -> Contrast:
    estimate = variance = printed = None
    obstacle: str | None = "its value was not seen"
    if result.statistic in ("difference", "difference_percent"):
        estimate = standard(result.mean, result)
        low, high = (standard(x, result) for x in result.ci) if result.ci else (None, None)
        if estimate is not None and low is not None and high is not None:
            level = result.ci_percent / 100
            variance = variance_from_ci(low, high, estimate=estimate, level=level)
        elif result.se is not None:
            variance = (standard(result.se, result) or 0.0) ** 2
        obstacle = None if variance is not None else "no standard error was seen"
    elif result.statistic != "not_reached":
        obstacle = f"printed as {result.statistic.replace('_', ' ')}, not as a difference"
        printed = _in_its_measure(result)
    return Contrast(study, active, control, result.outcome, standard_unit(result), result.week,
                    estimate, variance, "difference as printed", obstacle,
                    *_against_control(result),
                    result.n or _people(study, active.n, control.n), (result,),
                    printed)  # fmt: skip


def _in_its_measure(result: Result) -> str | None:
    """An effect as the source measures it, for example ``Cliff's delta 0.73 (0.41 to 0.89)``."""
    if result.mean is None:
        return None
    names = {"cliffs_delta": "Cliff's delta", "standardised_difference": "standardised difference"}
    name = names.get(result.statistic, result.statistic.replace("_", " "))
    interval = f" ({result.ci[0]:g} to {result.ci[1]:g})" if result.ci else ""
    return f"{name} {result.mean:g}{interval}"


def _share(arm: Arm, result: Result) -> tuple[float, int] | None:
    """Share of people (0 to 1) and how many were asked; None when either was not seen."""
    n = result.n if result.n is not None else None if arm.n_level == "memory" else arm.n
    if result.share is not None:
        return result.share / 100, n or 0
    return (result.events / n, n) if result.events is not None and n else None


def _from_shares(study: Study, arms: tuple[Arm, Arm], a: Result, c: Result) -> Contrast | None:
    """Difference of two shares in percentage points, variance ``sum p (1 - p) / n``."""
    one, two = _share(arms[0], a), _share(arms[1], c)
    if one is None or two is None:
        return None
    variance: float | None = None
    within = study.design.layout in WITHIN_PERSON
    parts = [_share_variance(*share) for share in (one, two)]
    if None not in parts and not within:
        variance = sum(part for part in parts if part is not None)
    obstacle = ("the correlation within a person was not seen" if within
                else "the number of people per arm was not seen")  # fmt: skip
    return Contrast(study, *arms, a.outcome, "percentage points", a.week,
                    100 * (one[0] - two[0]), variance, "difference of shares",
                    None if variance is not None else obstacle, *_against_control(a),
                    _people(study, one[1] or None, two[1] or None), (a, c), None,
                    one[1] or None, two[1] or None, parts[1])  # fmt: skip


def _share_variance(p: float, n: int) -> float | None:
    """``p (1 - p) / n`` in percentage points squared; half an event eases a share of 0 or 1."""
    if not n:
        return None
    eased = (p * n + 0.5) / (n + 1) if p in (0, 1) else p
    return 1e4 * eased * (1 - eased) / n


def _shares(study: Study, active: Arm, control: Arm) -> list[Contrast]:
    rows = [r for r in study.results if (r.share is not None or r.events is not None)
            and r.versus is None and r.subgroup is None and r.week != 0]  # fmt: skip
    found = [
        _from_shares(study, (active, control), a, c)
        for a in rows
        for c in rows
        if (a.arm, c.arm) == (active.id, control.id)
        and (a.outcome, a.week, a.definition) == (c.outcome, c.week, c.definition)
    ]
    return [contrast for contrast in found if contrast is not None]


def _matched(active: Arm, control: Arm, by_arm: list[Change]) -> list[Contrast]:
    """Each change of ``active`` with that of ``control`` seen in the same kind of source.

    Where the control was measured but not seen at all, the contrast has no value and says so.
    """
    found = []
    own, other = ([c for c in by_arm if c.arm is arm] for arm in (active, control))
    for a in own:
        same = [c for c in other if (c.outcome, c.scale, c.week) == (a.outcome, a.scale, a.week)
                or (c.outcome, c.week, c.mean) == (a.outcome, a.week, None)]  # fmt: skip
        same.sort(key=lambda c: c.result.seen.level != a.result.seen.level)
        if same:
            found.append(_from_two_arms(a, same[0]))
        elif not any(c.outcome == a.outcome for c in other):
            found.append(_from_two_arms(a, replace(a, arm=control, mean=None, n=control.n)))
    return found


def _merged(printed: list[Contrast], matched: list[Contrast]) -> list[Contrast]:
    """One contrast per outcome, unit and visit: a printed difference, else the arms' difference.

    What was printed about an unseen difference (its p, its direction) goes with the arms' one.
    """
    found = [p for p in printed if p.estimate is not None]
    taken = {(p.outcome, p.unit, p.week) for p in found}
    said = {(p.outcome, p.week): p for p in printed if p.estimate is None}
    for contrast in matched:
        words = said.pop((contrast.outcome, contrast.week), None)
        p = contrast.p or (words.p if words else None)
        towards = contrast.direction or (words.direction if words else None)
        other = words.printed if words else None
        if (contrast.outcome, contrast.unit, contrast.week) not in taken:
            found.append(replace(contrast, p=p, direction=towards, printed=other))
    return found + list(said.values())


def contrasts(study: Study) -> list[Contrast]:
    """Every comparison inside ``study`` of an arm with a control that lacks part of it.

    Arms are matched on outcome, scale and visit. A comparison that isolates several treatments
    at once (``isolates`` has more than one) says nothing about any single one of them.
    """
    by_arm = changes(study)
    found: list[Contrast] = []
    for active, control in _pairs(study):
        printed = [_printed_difference(study, active, control, r) for r in study.results
                   if (r.arm, r.versus, r.subgroup) == (active.id, control.id, None)]  # fmt: skip
        found += _merged(printed, _matched(active, control, by_arm))
        found += _shares(study, active, control)
    return [_with_p(contrast) for contrast in found]


__all__ = ["Contrast", "contrasts", "control_kind", "isolated_by", "people_of", "treatments"]
