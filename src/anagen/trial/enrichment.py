r"""Recruit those who gain more: how many fewer people a trial would need, and how many to screen.

A rule is a third of the people by one covariate that a clinic knows on day 0. Of many rules the
best looks better than it is; its worth is therefore read in people who did not choose it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anagen.errors import InputError
from anagen.trial.data import Mask
from anagen.trial.individual_effects import Effects
from anagen.trial.statistics import power

PART = 1 / 3
"""Share of the people whom a rule takes."""
FEWEST = 10
"""People, at least, whom a rule must take so that an SD is worth having."""
FOLDS = 5
TIMES = 10
"""How often people are parted anew into folds."""

Rule = tuple[str, int]
"""A covariate, and 1 for its top third or -1 for its bottom third."""


@dataclass(frozen=True, kw_only=True)
class Enrichment:
    """What a trial of some people would need.

    ``effect`` mean gain over the control, with its error over people, and ``sd`` of the read change
    within arms, in the unit of the endpoint; ``n`` per arm for the power asked for, not rounded
    (t test, two arms; inf: none reaches it); ``share`` of those screened who may enter,
    ``screened`` people to be screened for both arms.
    """

    rule: str
    effect: float
    effect_se: float
    sd: float
    n: float
    share: float
    screened: float


@dataclass(frozen=True, kw_only=True)
class Enriched:
    """Everybody, every rule in the people it was made of, and the best rule in others.

    ``best`` is out of sample: mean over partings of what the rule chosen in four fifths of the
    people does in the last fifth. ``chosen``: how often each rule was the one. ``optimism``: n of
    the best rule in its own people over n of ``best``; below 1, choosing flattered it.
    """

    everybody: Enrichment
    rules: tuple[Enrichment, ...]
    best: Enrichment
    chosen: dict[str, float]
    optimism: float


def enrich(
    effects: Effects, *, alpha: float = 0.05, target: float = 0.8, seed: int = 0
) -> Enriched:
    """What recruiting a third of the people by a covariate known on day 0 would save.

    ``alpha`` two-sided, ``target`` the power, ``seed`` of the partings into folds. Raises
    InputError where nothing is known on day 0 of enough people.
    """
    rules = rules_of(effects)
    if not rules or effects.people < FOLDS * FEWEST / PART:
        problem = f"{effects.people} people, {len(rules)} rules; needs a covariate and"
        raise InputError(f"{problem} {FOLDS * FEWEST / PART:.0f} people or more", field="people")
    whole = [inside(effects, rule, np.ones(effects.people, dtype=bool)) for rule in rules]
    everybody = _needs(effects, "everybody", np.arange(effects.people), 1.0, alpha, target)
    table = [_needs(effects, _said(rule), np.flatnonzero(who), float(np.mean(who)), alpha, target)
             for rule, who in zip(rules, whole, strict=True)]  # fmt: skip
    best, chosen = _out_of_sample(effects, rules, alpha, target, seed)
    own = min(e.n for e in table)
    ordered = sorted(table, key=lambda e: e.n)
    return Enriched(everybody=everybody, rules=tuple(ordered), best=best, chosen=chosen,
                    optimism=own / best.n if math.isfinite(best.n) else math.nan)  # fmt: skip


def rules_of(effects: Effects) -> list[Rule]:
    """Top and bottom third of each covariate known of everybody that parts people so."""
    found = []
    for name, x in effects.known.items():
        if not np.all(np.isfinite(x)):
            continue
        for side in (1, -1):
            share = np.mean(side * x >= np.quantile(side * x, 1 - PART))
            if FEWEST / len(x) <= share <= (1 + PART) / 2:  # ties may take more than a third
                found.append((name, side))
    return found


def inside(effects: Effects, rule: Rule, among: Mask) -> Mask:
    """Who meets a ``rule`` whose threshold is that ``among`` some of the people, (people,)."""
    name, side = rule
    x = side * effects.known[name]
    return np.asarray(x >= np.quantile(x[among], 1 - PART))


def _said(rule: Rule) -> str:
    return f"{'top' if rule[1] > 0 else 'bottom'} third of {rule[0]}"


def _sd(effects: Effects, who: NDArray[Any]) -> float:
    """SD of the read change within arms, pooled, with what the design adds."""
    own = float(np.mean(effects.read[:, who].var(axis=1, ddof=1)))
    return math.hypot(math.sqrt(own), effects.unexplained)


def _per_arm(effect: float, sd: float, alpha: float, target: float) -> float:
    """People per arm, not rounded; inf where the effect is none or the wrong way."""
    if not effect > 0:
        return math.inf
    try:
        return replace(power.parallel(effect, sd), alpha=alpha, sides=2).n(target) / 2
    except InputError:  # beyond all people there are
        return math.inf


def _needs(
    effects: Effects, rule: str, who: NDArray[Any], share: float, alpha: float, target: float
) -> Enrichment:
    gains = effects.expected[who]
    effect, sd = float(gains.mean()), _sd(effects, who)
    n = _per_arm(effect, sd, alpha, target)
    return Enrichment(
        rule=rule, effect=effect, effect_se=float(gains.std(ddof=1) / math.sqrt(len(gains))),
        sd=sd, n=n, share=share, screened=2 * n / share,
    )  # fmt: skip


def _out_of_sample(
    effects: Effects, rules: Sequence[Rule], alpha: float, target: float, seed: int
) -> tuple[Enrichment, dict[str, float]]:
    """The best rule by cross-validation, and the share of the choices that fell on each."""
    rng, n = np.random.default_rng(seed), effects.people
    numbers, chosen = [], dict[str, float]()
    for _ in range(TIMES):
        fold = rng.permutation(n) % FOLDS
        for f in range(FOLDS):
            worth = [_worth(effects, rule, fold != f) for rule in rules]
            rule = rules[int(np.argmax(worth))]
            held = inside(effects, rule, fold != f) & (fold == f)
            chosen[_said(rule)] = chosen.get(_said(rule), 0.0) + 1 / (TIMES * FOLDS)
            if (k := int(held.sum())) > 1:
                gains = effects.expected[held]
                numbers.append((k, gains.mean(), gains.var(ddof=1), _sd(effects, held) ** 2))
    # within folds, as they may have chosen different rules
    k, *found = np.array(numbers).T
    effect, spread, variance = (float(np.average(x, weights=k)) for x in found)
    share, sd = float(k.sum()) / (TIMES * n), math.sqrt(variance)
    size, se = _per_arm(effect, sd, alpha, target), math.sqrt(spread / (n * share))
    best = Enrichment(rule="best by cross-validation", effect=effect, effect_se=se, sd=sd,
                      n=size, share=share, screened=2 * size / share)  # fmt: skip
    return best, dict(sorted(chosen.items(), key=lambda item: -item[1]))


def _worth(effects: Effects, rule: Rule, among: Mask) -> float:
    """Standardised effect of a rule among some people: the larger, the fewer are needed."""
    who = inside(effects, rule, among) & among
    return float(effects.expected[who].mean() / _sd(effects, who))
