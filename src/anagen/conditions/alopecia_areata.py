"""Alopecia areata: patches of scalp whose follicles an immune attack holds.

The scalp is a hundred places, one for each point of SALT, in its four areas. A patch is a run of
places in one area that share their fate: an attack of one strength that is on or off. It ends by
itself at a hazard that falls with the extent and the length of the episode, unless it is one of
those that never do; the patches of one person are alike in this. It may come back, and new patches
may come. Only the present episode is known: what is bare today is under attack today. Regrowth
trails the end of an attack by what is left of kenogen and by emergence, which are the follicle
law's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from anagen.conditions.burden import Burden, Floats, Ints
from anagen.patient import Patient
from anagen.units import DAYS_PER_YEAR as YEAR

AREAS = {"top": 40, "right": 18, "left": 18, "back": 24}
"""Places of each area of the scalp: its weight in the SALT score."""
PLACES = 100
AREA = np.repeat(np.arange(len(AREAS)), list(AREAS.values()))
"""Area of each place."""
CLASSES = ("limited", "moderate", "severe", "very_severe")
BOUNDS = (1.0, 25.0, 50.0, 95.0, 100.0)
"""SALT at which the classes of severity begin, and the end of the last."""
NEGLIGIBLE = 1e-12  # of a share or an exponent
LATEST = 50.0
"""Log of the longest episode, over its slowing, that is told from one without an end."""
DAYS_PER_WEEK = 7
NODES = 16
"""Points at which the beginnings of patches are averaged."""


# ---- laws --------------------------------------------------------------------------------------


def remission_exponent(p: Mapping[str, float], extent: ArrayLike) -> Floats:
    r"""Exponent of the remission law: $\kappa = h_0 \ell\, e^{-c S}$.

    ``extent`` $S$ is the share of the scalp bare (0 to 1); rate $h_0$ [1/day]
    (``areata_remission_rate``), slowing $\ell$ [day], fall $c$ with the extent.
    """
    rate, slowing = p["areata_remission_rate"], p["areata_remission_slowing"]
    fall = np.exp(-p["areata_remission_extent"] * np.asarray(extent, dtype=float))
    return np.asarray(rate * slowing * fall)


def persistent_share(p: Mapping[str, float], extent: ArrayLike) -> Floats:
    r"""Share of patches whose attack never ends by itself: $n = 1/(1 + e^{-c_n S}(1 - n_0)/n_0)$.

    ``extent`` $S$ is the share of the scalp bare (0 to 1); $n_0$ (``areata_persistent_share``)
    holds as it tends to 0, and the log odds rise by $c_n$ from there to the whole scalp.
    """
    odds = special.logit(p["areata_persistent_share"])
    return np.asarray(
        special.expit(odds + p["areata_persistent_extent"] * np.asarray(extent, dtype=float))
    )


def still_attacked(p: Mapping[str, float], extent: ArrayLike, length: ArrayLike) -> Floats:
    r"""Share of patches still attacked ``length`` days into the episode.

    $n + (1 - n)(1 + L/\ell)^{-\kappa}$: of the share $1 - n$ (`persistent_share`) that can remit
    each does so at the hazard $h_0 e^{-cS}/(1 + L/\ell)$ (a Lomax law), $L$ the ``length``, $S$ the
    ``extent`` and $\kappa$ by `remission_exponent`. The form is assumed; only its direction is
    published.
    """
    never, slowing = persistent_share(p, extent), p["areata_remission_slowing"]
    grown = 1 + np.asarray(length, dtype=float) / slowing
    return np.asarray(never + (1 - never) * grown ** -remission_exponent(p, extent))


def remission_share(
    p: Mapping[str, float], extent: ArrayLike, length: ArrayLike, time: ArrayLike
) -> Floats:
    """Share of the patches attacked ``length`` days into the episode that remit in ``time`` days.

    ``extent``: share of the scalp bare. Before relapses; hair shows later.
    """
    later = np.asarray(length, dtype=float) + np.asarray(time, dtype=float)
    return np.asarray(1 - still_attacked(p, extent, later) / still_attacked(p, extent, length))


def remission_time(
    p: Mapping[str, float], extent: ArrayLike, length: ArrayLike, share: ArrayLike
) -> Floats:
    """Days until a ``share`` of the patches has remitted, infinite where so many never do.

    The inverse of `remission_share`: of a uniform ``share`` (0 to 1) it is a patch's own time.
    """
    never, slowing = persistent_share(p, extent), p["areata_remission_slowing"]
    kappa = np.maximum(remission_exponent(p, extent), NEGLIGIBLE)
    left = (1 - np.asarray(share, dtype=float)) * still_attacked(p, extent, length) - never
    growth = -np.log(np.maximum(left, NEGLIGIBLE) / np.maximum(1 - never, NEGLIGIBLE)) / kappa
    time = slowing * np.expm1(np.minimum(growth, LATEST)) - np.asarray(length, dtype=float)
    return np.where((left > 0) & (growth < LATEST), time, math.inf)


def responding_share(p: Mapping[str, float], extent: ArrayLike, inhibition: ArrayLike) -> Floats:
    r"""Share of patches that an ``inhibition`` $I$ sets free: $P(A(1 - I) < 1)$.

    The strength is $A = 1 + X$ with $\ln X$ normal about $\ln a_1 + b_1 S$ with variance
    $s_a^2 + s_w^2$ (people, patches), so the share is $\Phi((\ln\frac{I}{1-I} - \ln a_1 - b_1 S) /
    \sqrt{s_a^2 + s_w^2})$. ``extent`` $S$ and ``inhibition`` from 0 to 1.
    """
    spread = math.hypot(p["areata_attack_between_people"], p["areata_attack_between_patches"])
    reach = special.logit(np.asarray(inhibition, dtype=float)) - _log_excess(p, extent)
    return np.asarray(special.ndtr(reach / spread))


def _log_excess(p: Mapping[str, float], extent: ArrayLike) -> Floats:
    """Median of the log excess over 1 of an attack's strength."""
    rise = p["areata_attack_rise"] * np.asarray(extent, dtype=float)
    return np.asarray(np.log(p["areata_attack_excess"]) + rise)


def hair_left(p: Mapping[str, float], days: ArrayLike) -> Floats:
    r"""Share of a place's hair that is still there ``days`` after an attack took hold.

    $h(t) = a (1 - e_a e_s) S(t) + (1 - a) R(t)$: of hair in growth (share $a$ of the visible hair
    at rest) what is not shed at once, and of resting hair, what has not fallen. $S$ is the survival
    of catagen and telogen together (taken as one lognormal time of mean $m$), and
    $R(t) = \int_t^\infty S / m$ that of resting hair found on the day. $e_a$, $e_s$:
    ``attack_exit_share`` and ``attack_immediate_share``; times in days.
    """
    t = np.maximum(np.asarray(days, dtype=float), NEGLIGIBLE)
    rests = np.array([p["catagen_duration"], p["telogen_duration"]])
    grows, m = p["anagen_duration"] - p["emergence_delay"], rests.sum()
    variance = p["residence_variation"] ** 2 * np.sum(rests**2)
    s = math.sqrt(math.log1p(variance / m**2))
    z = (math.log(m) - np.log(t)) / s
    survival, biased = special.ndtr(z - s / 2), special.ndtr(z + s / 2)
    a, kept = grows / (grows + m), 1 - p["attack_exit_share"] * p["attack_immediate_share"]
    return np.asarray(a * kept * survival + (1 - a) * (biased - t / m * survival))


def attacked_today(p: Mapping[str, float], salt: float, history: int) -> int:
    """Places under attack whose hair is by now so far gone that the score is ``salt``.

    The patches began evenly over the share of the ``history`` [day] in which they came
    (``areata_spread_share``); all 100 at most.
    """
    begun = history * (1 - p["areata_spread_share"] * (np.arange(NODES) + 0.5) / NODES)
    return min(math.floor(salt / (1 - float(hair_left(p, begun).mean())) + 0.5), PLACES)


def shared_fates(shares: ArrayLike, score: float, correlation: float) -> Floats:
    r"""Fates of one person's patches, low an early end: $\Phi(\sqrt\rho\,z + \sqrt{1-\rho}\,z_j)$.

    ``shares`` are uniform, one per patch, with normal scores $z_j$; ``score`` $z$ is the person's,
    standard normal between people, ``correlation`` $\rho$ from 0 to 1. Over people each fate is
    uniform, so that laws of a patch stay as they are (a Gaussian copula).
    """
    own = math.sqrt(1 - correlation) * special.ndtri(np.asarray(shares, dtype=float))
    return np.asarray(special.ndtr(math.sqrt(correlation) * score + own))


def salt_of_people(p: Mapping[str, float], share: float) -> float:
    """SALT score below which a ``share`` (0 to 1) of the people with bare scalp lie.

    Shares of the classes (``areata_<class>_share``, scaled to add up to 1); even within a class.
    """
    weights = np.array([p[f"areata_{name}_share"] for name in CLASSES])
    edges = np.concatenate([[0.0], np.cumsum(weights) / weights.sum()])
    return float(np.interp(share, edges, BOUNDS))


# ---- one person --------------------------------------------------------------------------------


Patch = tuple[float, float, float]
"""From and until which day a patch is first attacked, and the normal score of its strength."""


class Luck:
    """Uniform numbers: drawn, or, for the typical person, evenly spread in a fixed order.

    The fates of a drawn person's patches are correlated, with the person's own ``score``.
    """

    def __init__(
        self, rng: np.random.Generator | None, correlation: float = 0.0, score: float = 0.0
    ) -> None:
        self.rng, self.correlation, self.score = rng, correlation, score
        self.order = np.random.default_rng(0)
        self.name = 0 if rng is None else int(rng.integers(2**63))

    def uniform(self, n: int) -> Floats:
        """``n`` numbers between 0 and 1, both left out."""
        if self.rng is None:
            return np.asarray(self.order.permutation((np.arange(n) + 0.5) / n))
        return np.asarray((self.rng.integers(0, 2**52, n) + 0.5) / 2**52)

    def one(self) -> float:
        """A single number; the typical person has 0.5."""
        return float(self.uniform(1)[0])

    def fates(self, n: int) -> Floats:
        """When the attacks on ``n`` patches end, as shares of their law (`shared_fates`)."""
        if self.rng is None:
            return self.uniform(n)
        return shared_fates(self.uniform(n), self.score, self.correlation)

    def of(self, patch: int) -> Luck:
        """A patch's own luck, so that a later end of a run changes nothing before it."""
        if self.rng is None:
            return Luck(None)
        own = np.random.Generator(np.random.Philox(key=[self.name, patch]))
        return Luck(own, self.correlation, self.score)


def patch_size(mean: float, share: float) -> int:
    """Places of a patch: geometric from 1 on with this ``mean``, at a ``share`` of its law."""
    return 1 if mean <= 1 else 1 + int(math.log1p(-share) / math.log1p(-1 / mean))


def put_patch(place: Ints, size: int, where: float) -> int:
    """Give a new patch up to ``size`` free places of one area; how many it got.

    ``place`` (100,), the patch of each place and 0 for none, is written to. ``where`` (0 to 1)
    chooses the area, the likelier the more of it is free.
    """
    free = np.flatnonzero(place == 0)
    if not len(free):
        return 0
    chosen = AREA[free[int(where * len(free))]]
    taken = free[AREA[free] == chosen][:size]
    place[taken] = place.max() + 1
    return len(taken)


def wait(per_year: float, share: float) -> float:
    """Days until an event of a constant rate, at a ``share`` (0 to 1) of its exponential law."""
    return -YEAR * math.log1p(-share) / per_year if per_year > 0 else math.inf


def spells(
    p: Mapping[str, float], extent: float, patch: Patch, days: int, luck: Callable[[], Luck]
) -> Iterator[tuple[float, float]]:
    """From and until which day a ``patch`` is attacked: its first spell, then its relapses.

    ``luck`` gives the patch's own luck, asked for where the first spell ends in time.
    """
    start, stop, _ = patch
    own = luck() if stop < days else None
    while start < days:
        yield start, stop
        if own is None:
            return
        start = stop + wait(p["areata_relapse_rate"], own.one())
        stop = start + float(remission_time(p, extent, 0.0, own.fates(1)[0]))


def bare_places(p: Mapping[str, float], salt: float, history: int, luck: Luck) -> Ints:
    """Patch of each place today, (100,), 0 where none is (`attacked_today` says how many)."""
    place = np.zeros(PLACES, dtype=np.int64)
    mean = max(p["areata_patch_extent"], salt / p["areata_patches_most"])
    bare = attacked_today(p, salt, history)
    sizes, wheres = luck.uniform(PLACES), luck.uniform(PLACES)
    for share, where in zip(sizes.tolist(), wheres.tolist(), strict=True):
        if bare == 0:
            break
        bare -= put_patch(place, min(patch_size(mean, share), bare), where)
    return place


def todays_patches(
    p: Mapping[str, float], many: int, extent: float, history: int, luck: Luck
) -> list[Patch]:
    """The patches that are bare today, attacked since some day of the episode.

    The first began with the episode, ``history`` days ago, the others within the share of it
    during which patches came.
    """
    begun = history * (1 - p["areata_spread_share"] * luck.uniform(many))
    begun[:1] = history
    ends = remission_time(p, extent, history, luck.fates(many))
    scores = special.ndtri(luck.uniform(many))
    return list(zip((-begun).tolist(), ends.tolist(), scores.tolist(), strict=True))


def new_patches(
    p: Mapping[str, float], place: Ints, extent: float, days: int, luck: Luck
) -> list[Patch]:
    """The patches of the ``days`` to come, on places still free, which are written to ``place``."""
    found: list[Patch] = []
    mean, coming = p["areata_patch_extent"], luck.of(0)
    day = wait(p["areata_new_patch_rate"], coming.one())
    while day < days and put_patch(place, patch_size(mean, coming.one()), coming.one()):
        lasts = float(remission_time(p, extent, 0.0, coming.fates(1)[0]))
        found.append((day, day + lasts, float(special.ndtri(coming.one()))))
        day += wait(p["areata_new_patch_rate"], coming.one())
    return found


def burden(
    p: Mapping[str, float], patient: Patient, days: int, rng: np.random.Generator | None
) -> Burden:
    """Attack on the patches of a person and on those to come, ``days`` after today.

    As many places are attacked today, each since some day of the episode, as make the SALT score;
    without a score it is that of some person with bare scalp. ``rng`` None: the typical person,
    with patches of evenly spread fates. Kind 0 is never attacked.
    """
    own, score = (0.0, 0.0) if rng is None else rng.standard_normal(2).tolist()
    luck = Luck(rng, p["areata_remission_correlation"], score)
    someone = salt_of_people(p, luck.one())
    salt = someone if patient.salt is None else patient.salt
    weeks = p["areata_episode"] if patient.episode_weeks is None else patient.episode_weeks
    history, extent = max(math.ceil(DAYS_PER_WEEK * weeks), 1), salt / PLACES
    place = bare_places(p, salt, history, luck)
    found = todays_patches(p, int(place.max()), extent, history, luck)
    found += new_patches(p, place, extent, days, luck)
    attack = np.zeros((len(found) + 1, history + days))
    for k, patch in enumerate(found, start=1):
        spread = p["areata_attack_between_people"] * own
        spread += p["areata_attack_between_patches"] * patch[2]
        strength = 1 + math.exp(float(_log_excess(p, extent)) + spread)
        for start, stop in spells(p, extent, patch, days, partial(luck.of, k)):
            until = math.ceil(min(stop, days))
            attack[k, history + math.ceil(start) : history + until] = strength
    return Burden(history=history, attack=attack, place=place)
