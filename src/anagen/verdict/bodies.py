"""From studies found to numbers shown: counts, readings, gains, pools, certainty."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from scipy.special import stdtrit

from anagen.evidence.certainty import certainty
from anagen.evidence.changes import Change, family
from anagen.evidence.contrasts import Contrast, control_kind
from anagen.evidence.control_response import ControlResponse, matched_control
from anagen.evidence.counting import once, participants, people_in
from anagen.evidence.distributions import critical_value
from anagen.evidence.pools import Pool, decisive_interval, last_visit, make_pools
from anagen.evidence.risk_of_bias import overall_of
from anagen.evidence.selection import Found, Question, find
from anagen.evidence.study import Study
from anagen.parameters import parameter
from anagen.verdict import summary as s

NOT_A_BENEFIT = frozenset({"harm", "description", "composite", "measurement", "timing"})


def count(studies: Iterable[Study]) -> s.Count:
    """Studies and people, each once."""
    counted = once(studies)
    return s.Count(studies=len(counted), participants=participants(counted),
                   unknown=sum(not people_in(x) for x in counted),
                   ids=[x.id for x in counted])  # fmt: skip


def effect(pool: Pool) -> s.Effect | None:
    """The effect of a pool or of its one trial, None when there is neither."""
    p = pool.effect
    if p is None:
        return None
    (low, high), name = decisive_interval(p)
    prediction = p.prediction_interval or (None, None)
    unguarded = p.unguarded_interval or (None, None)
    asked = pool.alike
    return s.Effect(
        what=" ".join(part for part in (asked.therapy, asked.dose, asked.source) if part),
        isolates=asked.therapy,
        control=asked.control, outcome=asked.outcome, unit=asked.unit, k=p.k,
        randomised=asked.randomised, participants=pool.participants,
        people_unknown=pool.people_unknown, bounded=pool.bounded, estimate=p.estimate,
        low=low, high=high,
        interval_method=name, z_low=p.z_interval[0], z_high=p.z_interval[1],
        knapp_hartung_low=p.interval[0], knapp_hartung_high=p.interval[1],
        unguarded_low=unguarded[0], unguarded_high=unguarded[1],
        prediction_low=prediction[0], prediction_high=prediction[1],
        tau2=p.tau2, tau2_method=p.tau2_method, i2=p.i2, q=p.q, p=p.p,
        studies=[c.study.id for c in pool.used],
    )  # fmt: skip


def primary(question: Question, pools: Sequence[Pool]) -> Pool | None:
    """The pool that the verdict rests on.

    The first outcome asked for, randomised before other evidence, then the most trials and
    people. Harms and mixtures of outcomes never stand for a benefit, unless harms are asked for.
    None when equally placed pools point in opposite directions.
    """
    asked = list(question.outcomes)
    barred = NOT_A_BENEFIT - set(asked)

    def place(pool: Pool) -> tuple[int, bool]:
        names = (pool.alike.outcome, family(pool.alike.outcome))
        first = min((asked.index(n) for n in names if n in asked), default=len(asked))
        return (first, not pool.alike.randomised)

    usable = [p for p in pools if p.effect is not None and family(p.alike.outcome) not in barred]
    if not usable:
        return None
    best = min(place(p) for p in usable)
    level = [p for p in usable if place(p) == best]
    enough = parameter("information_size_continuous").low
    if {"better", "worse"} <= {p.says() for p in level if p.participants >= enough}:
        return None
    return min(level, key=lambda p: (-len(p.used), -p.participants))


def half_width(variance: float) -> float:
    """Half of the 95 % interval of an estimate with ``variance``, normal law."""
    return critical_value(0.95) * math.sqrt(variance)


def _around(
    at: float | None, variance: float | None, df: float | None = None
) -> tuple[float | None, float | None]:
    if at is None or variance is None:
        return None, None
    half = half_width(variance) if df is None else float(stdtrit(df, 0.975)) * math.sqrt(variance)
    return at - half, at + half


def _freedom(c: Contrast) -> float | None:
    """Welch's degrees of freedom of a difference of two arms; None where there are no arms."""
    if None in (c.variance, c.control_variance, c.n_active, c.n_control) or (
        c.unit == "percentage points"):  # fmt: skip
        return None
    two, one = c.control_variance or 0.0, (c.variance or 0.0) - (c.control_variance or 0.0)
    below = one**2 / ((c.n_active or 2) - 1) + two**2 / ((c.n_control or 2) - 1)
    return (one + two) ** 2 / below if below > 0 else None


def _assumed_variance(c: Contrast) -> float | None:
    """Variance of a difference if every arm's changes had the SD seen in other trials."""
    if c.variance is not None or c.unit != "hairs/cm2" or c.study.design.layout != "parallel":
        return None
    sizes = [r.n or arm.n for r, arm in zip(c.results, (c.active, c.control), strict=False)]
    if len(sizes) < 2 or not all(sizes):
        return None
    return sum(parameter("sd_of_change_density").value ** 2 / n for n in sizes if n)


def reading(c: Contrast) -> s.Reading:
    """One contrast as a reader sees it."""
    low, high = _around(c.estimate, c.variance, _freedom(c))
    ids = {r.id for r in c.results}
    assumed_low, assumed_high = _around(c.estimate, _assumed_variance(c))
    return s.Reading(
        study=c.study.id, label=c.study.label, arm=c.active.label, versus=c.control.label,
        control=control_kind(c.control), outcome=c.outcome, unit=c.unit, week=c.week, n=c.n,
        estimate=c.estimate,

        se=math.sqrt(c.variance) if c.variance is not None else None,
        low=low, high=high, assumed_low=assumed_low,
        assumed_high=assumed_high, method=c.method, direction=c.direction, p=c.p,
        obstacle=c.obstacle, printed=c.printed, isolates=sorted(c.isolates),
        implausible=_remark(c.study, "implausible", ids),
        assumed=_remark(c.study, "assumed_detail", ids) is not None,
        healthy=c.study.population.diagnosis == "healthy",
        risk_of_bias=overall_of(c.study, [r.id for r in c.results]), use=c.results[0].use,
        seen=c.results[0].seen.level,
    )  # fmt: skip


def _remark(study: Study, kind: str, results: set[str]) -> str | None:
    """The first remark of a kind that is about one of the results, or about all."""
    found = (r.text for r in study.remarks
             if r.kind == kind and (not r.results or results & set(r.results)))  # fmt: skip
    return next(found, None)


def gain(change: Change, controls: Sequence[ControlResponse] = ()) -> s.Gain:
    """One uncontrolled gain beside what its control does on its own."""
    match = matched_control(change, [c for c in controls if c.unit == change.unit])
    span = match.span if match is not None else None
    odd = _remark(change.study, "implausible", {change.result.id})
    if odd is None and change.result.use == "negative_control":
        odd = "kept as a negative control: a series that must come out as implausible"
    return s.Gain(
        study=change.study.id, label=change.study.label, arm=change.arm.label,
        outcome=change.outcome, unit=change.unit, week=change.week, n=change.n,
        mean=change.mean, sd=change.sd, median=change.median, direction=change.result.direction,
        given_with=sorted(set(change.arm.cotherapy) - {"microneedling"}),
        control=match.kind if match is not None else None,
        control_low=span[0] if span else None, control_high=span[1] if span else None,
        implausible=odd, use=change.result.use,
        seen=change.result.seen.level,
    )  # fmt: skip


def published_pools(question: Question, studies: Sequence[Study]) -> list[s.PublishedPool]:
    """Pooled effects that meta-analyses print for this question."""
    rows = []
    for study in studies:
        arms = {arm.id: arm for arm in study.arms if question.asks_arm(arm)}
        for r in study.results if study.kind == "meta_analysis" else ():
            if r.arm not in arms or r.mean is None or not question.asks_outcome(r.outcome, r.week):
                continue
            percent = r.statistic in ("change_percent", "difference_percent")
            low, high = r.ci or (None, None)
            rows.append(s.PublishedPool(
                study=study.id, label=study.label, arm=arms[r.arm].label, outcome=r.outcome,
                unit="percent of baseline" if percent else r.unit,
                n=r.n if r.n is not None else arms[r.arm].n, estimate=r.mean,
                low=low, high=high,
                controlled=r.versus is not None or r.statistic.startswith("difference"),
            ))  # fmt: skip
    return rows


def _last_gains(rows: Sequence[Change]) -> list[Change]:
    last: dict[tuple[str, str, str, str], Change] = {}
    for row in sorted(rows, key=lambda c: (c.mean is not None, c.week or 0.0)):
        last[(row.study.id, row.arm.id, row.outcome, row.unit)] = row
    return sorted(last.values(), key=lambda c: c.study.id)


def gather(
    question: Question, studies: Sequence[Study], controls: Sequence[ControlResponse]
) -> tuple[s.Body, Found, list[Pool]]:
    """Everything the studies say about ``question``: to show, as found, and pooled."""
    found = find(question, studies)
    pools = make_pools(found.controlled)
    main = primary(question, pools)
    sure = certainty(question, found, main)
    others = [effect(p) for p in pools if p is not main and p.effect is not None]
    people = {x.id for x in once([*(c.study for c in found.controlled), *found.compared,
                                  *found.uncontrolled])}  # fmt: skip
    body = s.Body(
        controlled=count(c.study for c in found.controlled),
        compared=count(x for x in found.compared if x.id in people),
        uncontrolled=count(x for x in found.uncontrolled if x.id in people),
        registered=count(found.registered),
        effect=effect(main) if main is not None else None,
        other_effects=[e for e in others if e is not None],
        no_pool_reason=_no_pool_reason(pools, main),
        readings=[reading(c) for c in _apart(last_visit(found.controlled))],
        gains=[gain(c, controls) for c in _last_gains(found.gains)],
        published_pools=published_pools(question, found.published_pools),
        certainty=s.Certainty(
            level=sure.level, start=sure.start,
            downgrades=[s.Downgrade(domain=d.domain, steps=d.steps, reason=d.reason)
                        for d in sure.downgrades],
        ),
    )  # fmt: skip
    return body, found, pools


def _apart(contrasts: Sequence[Contrast]) -> list[Contrast]:
    """Without the readings of a pooled report whose components are there for the same outcome."""
    there = {(c.study.id, c.outcome) for c in contrasts}
    return [
        c
        for c in contrasts
        if not any(
            o.kind == "component" and (o.study, c.outcome) in there for o in c.study.overlaps
        )
    ]


def _no_pool_reason(pools: Sequence[Pool], main: Pool | None) -> str | None:
    if main is not None:
        return main.reason
    if not pools:
        return "no controlled study was found"
    if {"better", "worse"} <= {p.says() for p in pools if p.effect is not None}:
        return "trials point in opposite directions"
    said = {f"{p.alike.outcome.replace('_', ' ')} in {p.alike.unit}: {p.reason}"
            for p in pools if p.reason}  # fmt: skip
    return "; ".join(sorted(said)) or "no outcome that stands for a benefit"
