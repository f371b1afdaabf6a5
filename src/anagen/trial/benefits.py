"""Who benefits, summed up: individual effects, what goes with them, what enrichment would save."""

from __future__ import annotations

import math

import numpy as np

from anagen.errors import InputError
from anagen.trial import summary as s
from anagen.trial.benefit import SHARES, Effects, individual_effects
from anagen.trial.enrichment import Enrichment, enrich
from anagen.trial.run import Plan, nature

PEOPLE, LUCKS = 150, 4
"""People under every arm, and areas of each scalp over whose luck their effects are means."""
RULES = 4
"""Rules of enrichment that are told, the best in their own people first."""


def benefits(plan: Plan) -> list[s.Benefit]:
    """Individual effects of every arm over the control under the plan's central parameters."""
    made = nature(plan, None)
    found = individual_effects(plan.design, made.parameters, made.law, PEOPLE, LUCKS, plan.seed,
                               made.unexplained)  # fmt: skip
    return [_benefit(one, plan) for one in found]


def _benefit(one: Effects, plan: Plan) -> s.Benefit:
    mean, error = one.mean
    shares = {name: _finite(100 * one.shares[name]) for name in SHARES}
    return s.Benefit(
        arm=one.arm, versus=one.versus, people=one.people, lucks=one.lucks, mean=mean,
        mean_se=error, people_sd=math.sqrt(one.people_variance),
        luck_sd=math.sqrt(one.luck_variance), error=float(np.mean(one.error)),
        reliability=_finite(one.reliability), **shares,
        associations=[s.Association(of=a.of, correlation=a.correlation, low=a.low, high=a.high,
                                    measured=a.measured) for a in one.associations()],
        enrichment=_enrichment(one, plan.design.trial.alpha),
    )  # fmt: skip


def _enrichment(one: Effects, alpha: float) -> s.Enrichment | None:
    """What recruiting some of the people would save; None where no gain is told from none."""
    mean, error = one.mean
    if not mean > 2 * error:
        return None
    try:
        made = enrich(one, alpha=alpha)
    except InputError:  # nothing on day 0 parts these people
        return None
    return s.Enrichment(
        everybody=_rule(made.everybody), best=_rule(made.best),
        rules=[_rule(rule) for rule in made.rules[:RULES]], chosen=made.chosen,
        optimism=_finite(made.optimism),
    )  # fmt: skip


def _rule(one: Enrichment) -> s.Rule:
    return s.Rule(
        rule=one.rule, effect=one.effect, effect_se=one.effect_se, sd=one.sd, n=_finite(one.n),
        share=100 * one.share, screened=_finite(one.screened),
    )  # fmt: skip


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
