"""Pool what may be pooled, and say why not where it may not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from anagen.evidence.contrasts import Contrast
from anagen.evidence.meta_analysis import Pooled, pool
from anagen.evidence.study import Arm, Study
from anagen.parameters import parameter


@dataclass(frozen=True)
class Pool:
    """Contrasts that ask the same thing, their pooled effect, or the reason for none.

    ``pooled`` is None unless at least two independent contrasts give an estimate and a variance
    in one unit; ``reason`` then says what stands in the way.
    """

    therapy: str
    dose: str
    route: str
    outcome: str
    unit: str
    used: tuple[Contrast, ...]
    left_out: tuple[tuple[Contrast, str], ...]
    pooled: Pooled | None
    reason: str | None

    @property
    def participants(self) -> int:
        """People in the contrasts that were used."""
        return sum(c.n or 0 for c in self.used)


def decisive_interval(pooled: Pooled) -> tuple[tuple[float, float], str]:
    """The interval that a verdict rests on, and its name.

    Guarded Knapp-Hartung; with two trials it has one degree of freedom and says nothing, so the
    z interval stands in and the certainty is lowered for it.
    """
    if pooled.k < 3:
        return pooled.z_interval, "z"
    return pooled.interval, "guarded Knapp-Hartung"


def last_visit(contrasts: Sequence[Contrast]) -> list[Contrast]:
    """One contrast per study, arm and outcome: the last visit within a year (else the first)."""
    best: dict[tuple[str, str, str, str, str], Contrast] = {}
    for contrast in contrasts:
        key = (contrast.study.id, contrast.active.id, contrast.control.id, contrast.outcome,
               contrast.unit)  # fmt: skip
        best[key] = _better(best.get(key), contrast)
    return list(best.values())


def _better(old: Contrast | None, new: Contrast) -> Contrast:
    if old is None:
        return new

    def rank(c: Contrast) -> tuple[bool, bool, float]:
        week = c.week if c.week is not None else -1.0
        within = week <= parameter("pool_horizon").value
        return (c.poolable, within, week if within else -week)

    return max(old, new, key=rank)


def independent(contrasts: Sequence[Contrast]) -> tuple[list[Contrast], list[tuple[Contrast, str]]]:
    """Keep each person once: one contrast per study, no pool beside its components.

    Returns the contrasts kept and those left out with the reason.
    """
    kept: dict[str, Contrast] = {}
    out: list[tuple[Contrast, str]] = []
    for contrast in contrasts:
        twin = kept.get(contrast.study.id)
        if twin is not None:
            out.append((contrast, f"shares its control with another arm of {contrast.study.id}"))
            continue
        kept[contrast.study.id] = contrast
    for contrast in list(kept.values()):
        clash = _counted_elsewhere(contrast.study, kept)
        if clash:
            del kept[contrast.study.id]
            out.append((contrast, clash))
    return list(kept.values()), out


def _counted_elsewhere(study: Study, kept: dict[str, Contrast]) -> str | None:
    for overlap in study.overlaps:
        if overlap.kind != "context" and overlap.study in kept:
            return f"counts people of {overlap.study} ({overlap.kind.replace('_', ' ')})"
    return None


def dose_of(arm: Arm) -> str:
    """The dose that makes two arms of one therapy different: ``5 %``, ``1 mg/day`` or nothing."""
    if arm.strength_percent is not None:
        return f"{arm.strength_percent:g} %"
    return f"{arm.mg_per_day:g} mg/day" if arm.mg_per_day is not None else ""


def _key(contrast: Contrast) -> tuple[str, str, str, str, str]:
    """What two contrasts must share to be pooled: therapy, dose, route, outcome and unit."""
    own = contrast.active.therapy in contrast.isolates  # else the dose is the background's
    dose = dose_of(contrast.active) if own else ""
    return ("+".join(sorted(contrast.isolates)), dose, contrast.active.route,
            contrast.outcome, contrast.unit)  # fmt: skip


def _make_pool(key: tuple[str, str, str, str, str], contrasts: Sequence[Contrast]) -> Pool:
    """Random-effects pool (REML, guarded Knapp-Hartung) of contrasts that ask the same thing."""
    candidates = last_visit(contrasts)
    out = [(c, c.obstacle or f"marked {c.results[0].use}") for c in candidates if not c.poolable]
    used, shared = independent([c for c in candidates if c.poolable])
    out += shared
    if len(used) < 2:
        return Pool(*key, tuple(used), tuple(out), None, _why_not(used, out))
    pooled = pool([c.estimate for c in used if c.estimate is not None],
                  [c.variance for c in used if c.variance is not None])  # fmt: skip
    return Pool(*key, tuple(used), tuple(out), pooled, None)


def _why_not(used: Sequence[Contrast], out: Sequence[tuple[Contrast, str]]) -> str:
    reasons = Counter(reason for _, reason in out)
    listed = "; ".join(f"{count} x {reason}" for reason, count in reasons.most_common())
    if not used and not out:
        return "no controlled comparison was found"
    if not used:
        return f"no comparison gives an effect with its spread ({listed})"
    rest = f"; left out: {listed}" if listed else ""
    return f"only one comparison gives an effect with its spread ({used[0].study.id}){rest}"


def make_pools(contrasts: Sequence[Contrast]) -> list[Pool]:
    """One pool (or refusal) per therapy, dose, route, outcome and unit; pooled ones first."""
    groups: dict[tuple[str, str, str, str, str], list[Contrast]] = defaultdict(list)
    for contrast in contrasts:
        groups[_key(contrast)].append(contrast)
    pools = [_make_pool(key, group) for key, group in sorted(groups.items())]
    return sorted(pools, key=lambda p: (p.pooled is None, -len(p.used)))
