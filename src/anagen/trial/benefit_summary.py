"""Who benefits, summed up: individual effects, what goes with them, what enrichment would save."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from anagen.errors import InputError
from anagen.trial import summary as s
from anagen.trial.enrichment import Enrichment, enrich
from anagen.trial.finished import spread
from anagen.trial.individual_effects import SHARES, Effects, individual_effects
from anagen.trial.planning import TOLD
from anagen.trial.protocol import Trial
from anagen.trial.run import Plan, nature
from anagen.trial.statistics.known import or_none

PEOPLE, LUCKS = 150, 4
"""People under every arm, and areas of each scalp over whose luck their effects are means."""
DRAWS, FEW, FEW_LUCKS = 10, 40, 2
"""Parameter sets over which the same is told, and the people and areas of each."""
RULES = 4
"""Rules of enrichment that are told, the best in their own people first."""


def benefits(plan: Plan, *, drawn: bool) -> list[s.Benefit]:
    """Individual effects of every arm over the control, central parameters; ``drawn``: of more."""
    made = nature(plan, None)
    found = individual_effects(plan.design, made.parameters, made.law, PEOPLE, LUCKS, plan.seed,
                               made.unexplained)  # fmt: skip
    over = _over_draws(plan) if drawn else [None] * len(found)
    return [_benefit(one, plan, more) for one, more in zip(found, over, strict=True)]


def _over_draws(plan: Plan) -> list[s.OverDraws]:
    """The same of fewer people under several parameter sets, one entry per arm."""
    sets = []
    for draw in range(DRAWS):
        made = nature(plan, draw)
        sets.append(individual_effects(plan.design, made.parameters, made.law, FEW, FEW_LUCKS,
                                       plan.seed, made.unexplained))  # fmt: skip
    return [_of_draws(arm) for arm in zip(*sets, strict=True)]


def _of_draws(sets: Sequence[Effects]) -> s.OverDraws:
    def over(values: list[float]) -> s.Spread | None:
        return spread(np.array(values))

    return s.OverDraws(
        parameter_sets=len(sets), mean=over([one.mean[0] for one in sets]),
        people_sd=over([math.sqrt(one.people_variance) for one in sets]),
        **{name: over([100 * one.shares[name] for one in sets]) for name in SHARES},
    )  # fmt: skip


def _benefit(one: Effects, plan: Plan, more: s.OverDraws | None) -> s.Benefit:
    mean, error = one.mean
    shares = {name: or_none(100 * one.shares[name]) for name in SHARES}
    return s.Benefit(
        arm=one.arm, versus=one.versus, people=one.people, lucks=one.lucks, mean=mean,
        mean_se=error, people_sd=math.sqrt(one.people_variance),
        luck_sd=math.sqrt(one.luck_variance), error=float(np.mean(one.error)),
        reliability=or_none(one.reliability), **shares,
        associations=[s.Association(of=a.of, correlation=a.correlation, low=a.low, high=a.high,
                                    measured=a.measured) for a in one.associations()],
        enrichment=_enrichment(one, plan.design.trial), over_draws=more,
    )  # fmt: skip


def _enrichment(one: Effects, trial: Trial) -> s.Enrichment | None:
    """What recruiting some of the people would save; None where no gain is told from none."""
    mean, error = one.mean
    if not mean > TOLD * error or trial.layout != "parallel":  # a rule is worked out for two arms
        return None
    try:
        made = enrich(one, alpha=trial.alpha)
    except InputError:  # nothing on day 0 parts these people
        return None
    return s.Enrichment(
        everybody=_rule(made.everybody), best=_rule(made.best),
        rules=[_rule(rule) for rule in made.rules[:RULES]], chosen=made.chosen,
        optimism=or_none(made.optimism),
    )  # fmt: skip


def _rule(one: Enrichment) -> s.Rule:
    return s.Rule(
        rule=one.rule, effect=one.effect, effect_se=one.effect_se, sd=one.sd, n=or_none(one.n),
        share=100 * one.share, screened=or_none(one.screened),
    )  # fmt: skip
