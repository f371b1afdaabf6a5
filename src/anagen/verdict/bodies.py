"""From studies found to numbers shown: counts, readings, gains, pools, certainty."""

from __future__ import annotations

import math
from collections.abc import Sequence

from anagen.evidence.certainty import certainty, once, participants
from anagen.evidence.changes import Change
from anagen.evidence.contrasts import Contrast, control_kind
from anagen.evidence.control_response import ControlResponse, matched_control
from anagen.evidence.distributions import normal_quantile
from anagen.evidence.pools import Pool, decisive_interval, last_visit, make_pools
from anagen.evidence.risk_of_bias import overall_of
from anagen.evidence.selection import Found, Question, find
from anagen.evidence.study import Study
from anagen.parameters import parameter
from anagen.verdict import summary as s


def count(studies: Sequence[Study]) -> s.Count:
    """Studies and people, each once."""
    counted = once(studies)
    return s.Count(studies=len(counted), participants=participants(counted),
                   ids=[x.id for x in counted])  # fmt: skip


def effect(pool: Pool) -> s.Effect | None:
    """The pooled effect of a pool, None when there is none."""
    p = pool.pooled
    if p is None:
        return None
    prediction = p.prediction_interval or (None, None)
    unguarded = p.unguarded_interval or (None, None)
    (low, high), name = decisive_interval(p)
    return s.Effect(
        outcome=pool.outcome, unit=pool.unit, k=p.k, participants=pool.participants,
        estimate=p.estimate, low=low, high=high, interval_method=name,
        knapp_hartung_low=p.interval[0], knapp_hartung_high=p.interval[1],
        z_low=p.z_interval[0], z_high=p.z_interval[1],
        unguarded_low=unguarded[0], unguarded_high=unguarded[1],
        prediction_low=prediction[0], prediction_high=prediction[1],
        tau2=p.tau2 or 0.0, tau2_method=p.tau2_method, i2=p.i2 or 0.0, q=p.q, p=p.p,
        studies=[c.study.id for c in pool.used],
    )  # fmt: skip


def _half_width(variance: float) -> float:
    return normal_quantile(0.975) * math.sqrt(variance)


def _assumed_variance(c: Contrast) -> float | None:
    """Variance of a difference if every arm's changes had the SD seen in other trials."""
    if c.variance is not None or c.unit != "hairs/cm2" or c.study.design.layout != "parallel":
        return None
    if c.active.n is None or c.control.n is None:
        return None
    sd = parameter("sd_of_change_density").value
    return sd**2 * (1 / c.active.n + 1 / c.control.n)


def reading(c: Contrast) -> s.Reading:
    """One contrast as a reader sees it."""
    half = _half_width(c.variance) if c.variance is not None else None
    guess = _assumed_variance(c)
    assumed = _half_width(guess) if guess is not None and c.estimate is not None else None
    at = c.estimate
    return s.Reading(
        study=c.study.id, label=c.study.label, arm=c.active.label, versus=c.control.label,
        control=control_kind(c.control), outcome=c.outcome, unit=c.unit, week=c.week, n=c.n,
        estimate=at,
        low=at - half if at is not None and half is not None else None,
        high=at + half if at is not None and half is not None else None,
        assumed_low=at - assumed if at is not None and assumed is not None else None,
        assumed_high=at + assumed if at is not None and assumed is not None else None,
        healthy=c.study.population.diagnosis == "healthy",
        method=c.method, direction=c.direction, p=c.p, obstacle=c.obstacle,
        risk_of_bias=overall_of(c.study, [r.id for r in c.results]), use=c.results[0].use,
        seen=c.results[0].seen.level,
    )  # fmt: skip


def gain(change: Change, controls: Sequence[ControlResponse] = ()) -> s.Gain:
    """One uncontrolled gain beside what its control does on its own."""
    match = matched_control(change, [c for c in controls if c.unit == change.unit])
    span = match.span if match is not None else None
    odd = [r.text for r in change.study.remarks if r.kind == "implausible"
           and (not r.results or change.result.id in r.results)]  # fmt: skip
    return s.Gain(
        study=change.study.id, label=change.study.label, arm=change.arm.label,
        outcome=change.outcome, unit=change.unit, week=change.week, n=change.n,
        mean=change.mean, sd=change.sd, median=change.median, direction=change.result.direction,
        given_with=sorted(set(change.arm.cotherapy) - {"microneedling"}),
        control=match.kind if match is not None else None,
        control_low=span[0] if span else None, control_high=span[1] if span else None,
        implausible=odd[0] if odd else None, use=change.result.use,
        seen=change.result.seen.level,
    )  # fmt: skip


def published_pools(question: Question, studies: Sequence[Study]) -> list[s.PublishedPool]:
    """Pooled effects that meta-analyses print for this question."""
    rows = []
    for study in studies:
        arms = {arm.id: arm for arm in study.arms if question.asks_arm(arm)}
        for r in study.results:
            if r.arm not in arms or r.mean is None or study.kind != "meta_analysis":
                continue
            if not question.asks_outcome(r.outcome, None if question.weeks else r.week):
                continue
            percent = r.statistic in ("change_percent", "difference_percent")
            interval = r.ci if r.ci is not None else [None, None]
            rows.append(s.PublishedPool(
                study=study.id, label=study.label, arm=arms[r.arm].label, outcome=r.outcome,
                unit="percent of baseline" if percent else r.unit,
                n=r.n if r.n is not None else arms[r.arm].n, estimate=r.mean,
                low=interval[0], high=interval[1],
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
) -> tuple[s.Body, Found]:
    """Everything the studies say about ``question``, ready to show."""
    found = find(question, studies)
    pools = make_pools(found.controlled)
    sure = certainty(question, found, pools)
    best = next((p for p in pools if p.pooled is not None), None)
    reason = None if best is not None else _no_pool_reason(pools, found)
    body = s.Body(
        controlled=count([c.study for c in found.controlled]),
        uncontrolled=count(found.uncontrolled),
        registered=count(found.registered),
        effect=effect(best) if best is not None else None,
        no_pool_reason=reason,
        readings=[reading(c) for c in last_visit(found.controlled)],
        gains=[gain(c, controls) for c in _last_gains(found.gains)],
        published_pools=published_pools(question, found.published_pools),
        certainty=s.Certainty(
            level=sure.level, start=sure.start,
            downgrades=[s.Downgrade(domain=d.domain, steps=d.steps, reason=d.reason)
                        for d in sure.downgrades],
        ),
    )  # fmt: skip
    return body, found


def _no_pool_reason(pools: Sequence[Pool], found: Found) -> str:
    if not found.controlled:
        return "no controlled study was found"
    reasons = {f"{p.outcome.replace('_', ' ')} in {p.unit}: {p.reason}" for p in pools}
    return "; ".join(sorted(reasons))
