"""What it implies for every therapy that another one failed: simulated people, judged and weighed.

Under every draw from the priors people who noticed their loss get the failed therapies and those to
come, all as if tried today. That somebody was judged a failure says two things. One is about the
person: activity of enzymes, hair left to win. The other is about nature's numbers, as the potency
of a product, which all people of a draw share. The two parts are told apart.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anagen.errors import InputError
from anagen.measurement.instruments import instrument, measurable_change
from anagen.patient import Past, Patient
from anagen.population.target import quantile
from anagen.priors import draw_parameters
from anagen.regimen import UNTREATED, Regimen
from anagen.simulate import simulate
from anagen.simulate.baseline import baselines
from anagen.simulate.conditioning import effective_sample_size
from anagen.simulate.forecast import luck_of, sham_of
from anagen.simulate.options import skins_of
from anagen.simulate.past import FOLLICLES, judged, usual
from anagen.simulate.reference import reference_men
from anagen.therapies.minoxidil import relative_activity

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NOTICED = 0.15
"""Part of the non-vellus hair that is lost before it is noticed (Rushton 1991)."""
POOL, LEAST_SHARE = 10, 0.05
"""People grown for each one kept; a draw in which fewer of them noticed a loss is left out."""
LEVEL = 0.90
INSTRUMENT = "phototrichogram_corrected"


@dataclass(frozen=True, kw_only=True)
class Group:
    """Who is meant: people whom all of ``failed`` failed, or the others; none failed: everybody."""

    name: str
    failed: tuple[str, ...] = ()
    responded: bool = False


@dataclass(frozen=True, kw_only=True)
class Difference:
    r"""Mean gain of a group less that of all [hairs/cm2], with Monte-Carlo errors (one SD).

    ``total`` is the sum of ``person`` (within draws) and ``nature`` (between draws). ``low`` and
    ``high``: `LEVEL` of the differences within a draw, over draws.
    """

    total: float
    error: float
    person: float
    person_error: float
    nature: float
    nature_error: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Line:
    """Gain of one regimen over its sham in one group [hairs/cm2], over draws and people.

    ``low`` to ``high`` holds `LEVEL` of the people; ``measurable``: share whose gain is beyond the
    instrument's error.
    """

    mean: float
    low: float
    high: float
    measurable: float
    versus_all: Difference


@dataclass(frozen=True, kw_only=True)
class AfterFailure:
    """N people of K draws under R regimens.

    ``gain``: over the sham [hairs/cm2], (N, R, weeks); of no treatment: the change from today.
    ``chance`` that a therapy is judged to have failed, by its name, (N,). ``draw``: number of the
    draw of each person, (N,), 0 to K - 1 in order; ``seeds`` of their parameter sets, (K,).
    ``least``: measurable change [hairs/cm2], (N,). ``traits`` of people (N,): ``sult_activity``
    over the normal one, ``low_activity`` (1: below the cut-off of the test), ``lost`` share of
    the hair, ``density`` [hairs/cm2]. ``asked``: draws asked for.
    """

    regimens: tuple[str, ...]
    weeks: tuple[float, ...]
    gain: Floats
    chance: Mapping[str, Floats]
    draw: Ints
    seeds: tuple[int, ...]
    least: Floats
    traits: Mapping[str, Floats]
    asked: int

    @property
    def base(self) -> Floats:
        """Weights of all people, (N,): every draw weighs alike, and so do its people."""
        return np.asarray(1 / np.bincount(self.draw)[self.draw] / len(self.seeds))

    def belongs(self, group: Group) -> Floats:
        """Chance that each person belongs to the ``group``, (N,). Raises InputError."""
        for name in group.failed:
            if name not in self.chance:
                problem = f"'{name}' was not tried; one of {', '.join(self.chance)}"
                raise InputError(problem, field="failed")
        every = math.prod(
            (self.chance[name] for name in group.failed), start=np.ones(len(self.draw))
        )
        return np.asarray(1 - every if group.responded else every)

    def share(self, group: Group) -> tuple[float, float, float]:
        """Share of people in the ``group``: mean, low and high (`LEVEL`) over draws."""
        f = means(self.belongs(group), self.draw)
        low, high = _interval(f, np.ones(len(f)))
        return float(f.mean()), low, high

    def effective(self, group: Group) -> tuple[float, float]:
        """Effective number (Kish) of people and of draws in the ``group``."""
        chance = self.belongs(group)
        people = effective_sample_size(self.base * chance)
        return people, effective_sample_size(means(chance, self.draw))

    def trait(self, name: str, group: Group) -> float:
        """Mean of a trait of people in the ``group``."""
        weights = self.base * self.belongs(group)
        return float(np.average(self.traits[name], weights=weights))

    def parameter(self, name: str, group: Group) -> float:
        """Median of nature's number ``name`` over the draws, as the ``group`` weighs them."""
        values = np.array([draw_parameters(k, [name])[name] for k in self.seeds])
        return _interval(values, means(self.belongs(group), self.draw), 0.0)[0]

    def line(self, regimen: str, week: float, group: Group) -> Line:
        """The gain of one regimen by one week in one ``group``."""
        gain = self.gain[:, self.regimens.index(regimen), self.weeks.index(week)]
        chance = self.belongs(group)
        weights = self.base * chance
        low, high = _interval(gain, weights)
        return Line(
            mean=float(np.average(gain, weights=weights)), low=low, high=high,
            measurable=float(np.average(gain >= self.least, weights=weights)),
            versus_all=difference(gain, chance, self.draw),
        )  # fmt: skip


def means(x: Floats, draw: Ints) -> Floats:
    """Mean over the people of each draw, (K,)."""
    return np.asarray(np.bincount(draw, x) / np.bincount(draw))


def _interval(x: Floats, weights: Floats, level: float = LEVEL) -> tuple[float, float]:
    """Between which a share ``level`` of the ``weights`` lies, as much below as above."""
    share = weights / weights.sum()
    return quantile(x, share, (1 - level) / 2), quantile(x, share, (1 + level) / 2)


def difference(gain: Floats, chance: Floats, draw: Ints) -> Difference:
    r"""How the mean of a group differs from that of all, and which part lies within the draws.

    .. math::
        \frac{\sum_k s_k}{\sum_k f_k} - \bar m
        = \frac{\sum_k c_k}{\sum_k f_k} + \frac{\sum_k (f_k - \bar f) m_k}{\sum_k f_k} + O(1/n)

    In draw $k$ with $n_k$ people: $m_k$ the mean ``gain``, $f_k$ that of the ``chance`` to be of
    the group, $s_k$ that of their product, $c_k = (s_k - f_k m_k) n_k/(n_k - 1)$ their covariance
    without bias. The first term is what the group says about a person of a known nature, the rest
    what it says about nature. Monte-Carlo errors: delta method over draws. Arrays (N,), draws of
    two people or more.
    """
    n = np.bincount(draw)
    m, f, s = (means(x, draw) for x in (gain, chance, gain * chance))
    c = (s - f * m) * n / (n - 1)
    total, person = s.sum() / f.sum() - m.mean(), c.sum() / f.sum()
    moved = (s - f * s.sum() / f.sum()) / f.mean() - (m - m.mean())
    within = (c - f * person) / f.mean()

    def error(influence: Floats) -> float:
        return float(influence.std(ddof=1) / math.sqrt(len(n)))

    apart = np.divide(s, f, out=m.copy(), where=f > 0) - m
    low, high = _interval(apart, f)
    return Difference(
        total=float(total), error=error(moved), person=float(person), person_error=error(within),
        nature=float(total - person), nature_error=error(moved - within), low=low, high=high,
    )  # fmt: skip


def after_failure(
    failed: Sequence[tuple[str, str]],
    regimens: Sequence[Regimen],
    *,
    sex: str = "male",
    weeks: Sequence[float] = (24,),
    draws: int = 200,
    people: int = 20,
    hypothesis: str = "gradual",
    seed: int = 0,
    threads: int = 1,
    parameters: Mapping[str, float] | None = None,
) -> AfterFailure:
    """Try the ``failed`` therapies and the ``regimens`` on people with pattern loss who noticed it.

    Parameters
    ----------
    failed
        Therapy and route of what may have failed; each is given and judged as `past.judged` does.
    regimens, weeks
        What is to come, each beside its own sham, and when its gain is read.
    sex, draws, people
        Who: of each of the parameter sets 0 to ``draws`` - 1, up to so many ``people``, years since
        onset spread as in the trials (``time_since_onset``), loss at the vertex noticed.
    hypothesis, seed, threads
        How follicles shrink; the name of the luck; threads, on which nothing depends.
    parameters
        Numbers held at a value in all draws, by name.

    Raises
    ------
    InputError
        A therapy that is not simulated, too few draws or people, nobody who noticed a loss, and as
        `simulate`.
    """
    for name, given in (("draws", draws), ("people", people)):
        if given < 2:
            raise InputError(f"must be 2 or more (given: {given})", field=name)
    for therapy, route in failed:
        if usual(therapy, route) is None:
            problem = f"no usual course of {therapy} ({route}); see data/past_therapies.yaml"
            raise InputError(problem, field="failed")

    def one(k: int) -> _Draw | None:
        p, luck = draw_parameters(k) | dict(parameters or {}), luck_of(seed, k)
        return _draw(failed, regimens, sex, weeks, people, hypothesis, k, luck, p)

    with ThreadPoolExecutor(threads) as pool:
        found = [made for made in pool.map(one, range(draws)) if made is not None]
    if not found:
        raise InputError(f"nobody noticed a loss in {draws} draws; give more", field="draws")
    return AfterFailure(
        regimens=tuple(r.name for r in regimens), weeks=tuple(weeks),
        gain=np.concatenate([d.gain for d in found]),
        chance={" ".join(f): np.concatenate([d.chance[f] for d in found]) for f in failed},
        draw=np.repeat(np.arange(len(found)), [len(d.least) for d in found]),
        seeds=tuple(d.seed for d in found), least=np.concatenate([d.least for d in found]),
        traits={t: np.concatenate([d.traits[t] for d in found]) for t in found[0].traits},
        asked=draws,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Draw:
    """The people of one draw."""

    seed: int
    gain: Floats
    chance: dict[tuple[str, str], Floats]
    least: Floats
    traits: dict[str, Floats]


def _draw(
    failed: Sequence[tuple[str, str]], regimens: Sequence[Regimen], sex: str,
    weeks: Sequence[float], people: int, hypothesis: str, k: int, luck: int,
    p: Mapping[str, float],
) -> _Draw | None:  # fmt: skip
    """One draw; None where hardly anybody noticed a loss."""
    pool = [w.model_copy(update={"sex": sex}) for w in reference_men(p, POOL * people)]
    today = baselines(pool, p, hypothesis=hypothesis, instrument=INSTRUMENT, follicles=FOLLICLES,
                      seed=luck)  # fmt: skip
    noticed = np.flatnonzero(today["lost"] >= NOTICED)
    if len(noticed) < max(2, LEAST_SHARE * len(pool)):
        return None
    some = noticed[np.linspace(0, len(noticed) - 1, min(people, len(noticed))).round().astype(int)]
    who, density = [pool[i] for i in some], today["total_hair_density"][some]
    least = np.asarray(measurable_change(instrument(INSTRUMENT), density))
    sult = np.array([s.sult_activity for s in skins_of(who, p, drawn=True, seed=luck)], dtype=float)
    cutoff = relative_activity(p["sulfotransferase_low_share"], p)
    return _Draw(
        seed=k,
        gain=_gains(who, regimens, weeks, p, hypothesis, luck),
        chance={
            (therapy, route): np.exp(judged(
                who if therapy == "minoxidil" else _of_normal_activity(who),
                [Past(therapy=therapy, route=route, response="none")], p, hypothesis, luck, least,
            ))
            for therapy, route in failed
        },
        least=least,
        traits={"sult_activity": sult, "low_activity": (sult < cutoff).astype(float),
                "lost": today["lost"][some], "density": density},
    )  # fmt: skip


def _gains(
    who: Sequence[Patient], regimens: Sequence[Regimen], weeks: Sequence[float],
    p: Mapping[str, float], hypothesis: str, luck: int,
) -> Floats:  # fmt: skip
    """Gain of every regimen over its control [hairs/cm2], (people, regimens, weeks)."""
    gain = np.empty((len(who), len(regimens), len(weeks)))
    every = [(i, r, control_of(r)) for i, r in enumerate(regimens)]
    for people, activated in ((who, True), (_of_normal_activity(who), False)):
        pairs = [pair for pair in every if _activated(pair[1]) == activated]
        if not pairs:
            continue
        options = {r.name: r for _, own, control in pairs for r in (own, control)}
        found = simulate(
            people, list(options.values()), weeks=max(weeks), visits_weeks=weeks, parameters=p,
            hypothesis=hypothesis, people="drawn", instrument=None, follicles=FOLLICLES, batches=1,
            seed=luck,
        )  # fmt: skip
        shown, order = found.true["total_hair_density"], list(options)
        at = [found.weeks.index(round(7 * w) / 7) for w in weeks]
        for i, regimen, control in pairs:
            own, other = shown[:, order.index(regimen.name)], shown[:, order.index(control.name)]
            gain[:, i] = (own - (own[:, :1] if control is regimen else other))[:, at]
    return gain


def control_of(regimen: Regimen) -> Regimen:
    """What a gain is counted over: the sham; no treatment for what holds nothing; else itself."""
    if regimen.active:
        return sham_of(regimen)
    return UNTREATED if regimen.sessions or regimen.courses else regimen


def _activated(regimen: Regimen) -> bool:
    """Whether something in it has to be activated by sulfotransferase."""
    drugs = [c.cargo.therapy if c.cargo else c.therapy for c in regimen.active]
    return "minoxidil" in drugs


def _of_normal_activity(who: Sequence[Patient]) -> list[Patient]:
    """The same people; sulfotransferase plays no part, so that all share their exposures."""
    return [w.model_copy(update={"sult_activity": "normal"}) for w in who]
