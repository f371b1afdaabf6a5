"""Pool what may be pooled, and say why not where it may not."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from anagen.evidence.contrasts import WITHIN_PERSON, Contrast, control_kind
from anagen.evidence.distributions import critical_value
from anagen.evidence.meta_analysis import Pooled, pool
from anagen.evidence.significance import Says, says, side
from anagen.evidence.study import Arm, Study
from anagen.parameters import parameter
from anagen.vocabulary import words


@dataclass(frozen=True)
class Alike:
    """What two contrasts must share to be pooled."""

    therapy: str
    dose: str
    route: str
    source: str  # of vesicles and secretomes: human cells, other, not stated
    control: str
    background: str
    diagnosis: str
    randomised: bool
    outcome: str
    unit: str


@dataclass(frozen=True)
class Pool:
    """Contrasts that ask the same thing, and their effect or the reason for none.

    ``effect`` is the random-effects mean of two or more independent contrasts, or the one trial
    that gives an effect with its spread (``effect.k`` is 1). It is None when there is neither;
    ``reason`` says why there is no pool.
    """

    alike: Alike
    used: tuple[Contrast, ...]
    left_out: tuple[tuple[Contrast, str], ...]
    effect: Pooled | None
    reason: str | None

    @property
    def participants(self) -> int:
        """People in the contrasts that were used; of a study that does not split them, all."""
        return sum(c.n or c.study.population.n or 0 for c in self.used)

    @property
    def people_unknown(self) -> bool:
        """Whether a study does not say how many people it has."""
        return any(not (c.n or c.study.population.n) for c in self.used)

    @property
    def bounded(self) -> bool:
        """Whether a spread was taken from a printed p: the interval is then at most this wide."""
        return any("printed p" in c.method for c in self.used)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The interval that a verdict rests on (``decisive_interval``)."""
        return decisive_interval(self.effect)[0] if self.effect is not None else None

    def says(self) -> Says | None:
        """Better, worse or no difference, by the decisive interval."""
        if self.effect is None or self.interval is None:
            return None
        if self.interval[0] <= 0 <= self.interval[1]:
            return "no difference"
        return side(self.alike.outcome, self.effect.estimate > 0)


def decisive_interval(pooled: Pooled) -> tuple[tuple[float, float], str]:
    """The interval that a verdict rests on, and its name.

    Guarded Knapp-Hartung; with two trials it has one degree of freedom and says nothing, so the
    z interval stands in and the certainty is lowered for it.
    """
    if pooled.k < 3:
        return pooled.z_interval, "z"
    return pooled.interval, "guarded Knapp-Hartung"


def dose_of(arm: Arm) -> str:
    """The dose that makes two arms of one therapy different: ``5 %``, ``1 mg/day`` or nothing."""
    if words("therapy")[arm.therapy]["family"] != "drug":
        return ""  # a strength beside it is that of the drug given with it
    if arm.strength_percent is not None:
        return f"{arm.strength_percent:g} %"
    return f"{arm.mg_per_day:g} mg/day" if arm.mg_per_day is not None else ""


def source_kind(arm: Arm) -> str:
    """Human cells, other or not stated, for vesicles and secretomes; empty for the rest."""
    if words("therapy")[arm.therapy]["family"] not in ("vesicle", "secretome"):
        return ""
    if arm.source in (None, "unknown"):
        return "source not stated"
    return "human cells" if words("source")[str(arm.source)]["human"] else "plant or animal"


def alike(contrast: Contrast) -> Alike:
    """The question that a contrast answers."""
    arm = contrast.active
    own = arm.therapy in contrast.isolates  # else the dose is that of the background
    return Alike(
        therapy="+".join(sorted(contrast.isolates)), dose=dose_of(arm) if own else "",
        route=arm.route, source=source_kind(arm), control=control_kind(contrast.control),
        background="+".join(sorted(contrast.background)),
        diagnosis=contrast.study.population.diagnosis,
        randomised=contrast.study.design.allocation == "randomised", outcome=contrast.outcome,
        unit=contrast.unit,
    )  # fmt: skip


def last_visit(contrasts: Sequence[Contrast]) -> list[Contrast]:
    """One contrast per study, pair of arms, outcome and unit: the last visit within a year."""
    best: dict[tuple[str, ...], Contrast] = {}
    for c in contrasts:
        key = (c.study.id, c.active.id, c.control.id, c.outcome, c.unit)
        old = best.get(key)
        best[key] = c if old is None or _rank(c) > _rank(old) else old
    return list(best.values())


def _rank(c: Contrast) -> tuple[bool, bool, bool, float]:
    week = c.week if c.week is not None else -1.0
    within = week <= parameter("pool_horizon").value
    curated = all(r.use != "context" for r in c.results)
    return (c.poolable, within, curated, week if within else -week)


def independent(contrasts: Sequence[Contrast]) -> tuple[list[Contrast], list[tuple[Contrast, str]]]:
    """Keep each person once: one contrast per study, no pool beside its components.

    Arms that share a control are combined. Returns what is kept, and what is left out and why.
    """
    groups: dict[str, list[Contrast]] = defaultdict(list)
    for contrast in contrasts:
        groups[contrast.study.id].append(contrast)
    kept: dict[str, Contrast] = {}
    out: list[tuple[Contrast, str]] = []
    for name, group in groups.items():
        if len(group) == 1 or _combinable(group):
            kept[name] = combined(group)
        else:
            out += [(c, "several comparisons of one study that cannot be combined") for c in group]
    for name, contrast in list(kept.items()):
        clash = _counted_elsewhere(contrast.study, kept)
        if clash:
            del kept[name]
            out.append((contrast, clash))
    return list(kept.values()), out


def _combinable(group: Sequence[Contrast]) -> bool:
    """One control arm, people apart, and every part of the formula known."""
    one_control = len({c.control.id for c in group}) == 1
    apart = group[0].study.design.layout not in WITHIN_PERSON
    known = all(None not in (c.n_active, c.n_control, c.control_variance) for c in group)
    return one_control and apart and known and all(
        (c.variance or 0.0) >= (c.control_variance or 0.0) for c in group)  # fmt: skip


def combined(group: Sequence[Contrast]) -> Contrast:
    r"""Arms of one study with one control as a single arm, weighted by their people.

    .. math:: d = \sum w_i d_i, \quad v = \sum w_i^2 (v_i - v_c) + v_c, \quad
              w_i = n_i / \sum n_i

    with v_c the variance of the control mean, which the contrasts share (Cochrane Handbook,
    chapter 23).
    """
    first = group[0]
    if len(group) == 1:
        return first
    total = sum(c.n_active or 0 for c in group)
    weights = [(c.n_active or 0) / total for c in group]
    shared = first.control_variance or 0.0
    estimate = sum(w * (c.estimate or 0.0) for w, c in zip(weights, group, strict=True))
    own = sum(w**2 * ((c.variance or 0.0) - shared) for w, c in zip(weights, group, strict=True))
    n = total + (first.n_control or 0)
    return replace(first, estimate=estimate, variance=own + shared, n=n,
                   method=f"{len(group)} arms combined",
                   results=tuple(r for c in group for r in c.results))  # fmt: skip


def _counted_elsewhere(study: Study, kept: dict[str, Contrast]) -> str | None:
    for overlap in study.overlaps:
        if overlap.kind != "context" and overlap.study in kept:
            return f"counts people of {overlap.study} ({overlap.kind.replace('_', ' ')})"
    return None


def _left_out(c: Contrast) -> str:
    kept_back = next((r.use for r in c.results if r.use in ("context", "negative_control")), None)
    return c.obstacle or f"marked {(kept_back or c.results[0].use).replace('_', ' ')}"


def _make_pool(question: Alike, contrasts: Sequence[Contrast]) -> Pool:
    """Random-effects pool (REML, guarded Knapp-Hartung) of contrasts that ask the same thing."""
    candidates = last_visit(contrasts)
    out = [(c, _left_out(c)) for c in candidates if not c.poolable]
    used, shared = independent([c for c in candidates if c.poolable])
    out += shared
    reason = None if len(used) > 1 else _why_not(used, out)
    if not used:
        return Pool(question, (), tuple(out), None, reason)
    effect = pool([c.estimate for c in used if c.estimate is not None],
                  [c.variance for c in used if c.variance is not None])  # fmt: skip
    return Pool(question, tuple(used), tuple(out), effect, reason)


def _why_not(used: Sequence[Contrast], out: Sequence[tuple[Contrast, str]]) -> str:
    reasons = Counter(reason for _, reason in out)
    listed = "; ".join(f"{count} x {reason}" for reason, count in reasons.most_common())
    if not used:
        return f"no comparison can be pooled ({listed})"
    rest = f"; left out: {listed}" if listed else ""
    return f"only one comparison gives an effect with its spread ({used[0].study.id}){rest}"


def make_pools(contrasts: Sequence[Contrast]) -> list[Pool]:
    """One pool (or refusal) per question that the contrasts answer; the largest first."""
    groups: dict[Alike, list[Contrast]] = defaultdict(list)
    for contrast in contrasts:
        groups[alike(contrast)].append(contrast)
    pools = [_make_pool(question, group) for question, group in groups.items()]
    return sorted(pools, key=lambda p: (-len(p.used), -p.participants, str(p.alike)))


def contradictions(pool_: Pool, contrasts: Sequence[Contrast]) -> list[Contrast]:
    """Controlled readings outside ``pool_`` that say something else about the same outcomes.

    A reading contradicts when it points the other way, when its interval excludes the pool's
    estimate, or when enough people showed no difference. Each study is named once; what the
    curators kept out of pools does not count.
    """
    if pool_.effect is None:
        return []
    inside = {c.study.id for c in pool_.used}
    kind = words("outcome")[pool_.alike.outcome]["family"]
    others = [c for c in last_visit(contrasts)
              if c.study.id not in inside and words("outcome")[c.outcome]["family"] == kind
              and all(r.use not in ("context", "negative_control") for r in c.results)]  # fmt: skip
    return list({c.study.id: c for c in others if _against(pool_, c)}.values())


def _against(pool_: Pool, c: Contrast) -> bool:
    said, own = says(c), pool_.says()
    if {said, own} == {"better", "worse"}:
        return True
    effect = pool_.effect
    if c.unit == pool_.alike.unit and effect is not None and None not in (c.estimate, c.variance):
        half = critical_value(0.95) * math.sqrt(c.variance or 0.0)
        return abs((c.estimate or 0.0) - effect.estimate) > half
    enough = (c.n or 0) >= parameter("information_size_continuous").low
    return said == "no difference" and own != "no difference" and enough
