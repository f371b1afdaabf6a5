r"""The exact expectation of the follicle law by its renewal equation, for one class of follicle.

A class is what shares clocks: one patient, one position, one androgen severity and onset. What
entered phase $p$ at time $s$ and has not left it at $t$ is

$$ N_p(t) = \int_0^t e_p(s)\, S_p(C_p(t) - C_p(s))\, ds + (\text{those found in it at day 0}), $$

with $C_p$ the phase's cumulative clock, $S_p$ the survival of its residence law and $e_p$ the
entries per day; what leaves one phase enters the next. The equation is linear, so what a follicle
carries (powers of its size, a hair, a length) follows the same kernel as the follicle itself.

The grid is daily. Entries are taken as even within a day and $S$ is integrated exactly over it,
so follicles are conserved to rounding and the error falls with the square of the step; an
emergence delay need not be whole days. Cost: days squared, about two seconds for ten years.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anagen.errors import InputError, unknown_word
from anagen.follicle.law import (
    ANAGEN,
    ANDROGEN_STEP,
    CATAGEN,
    KENOGEN,
    PHASES,
    TELOGEN,
    FollicleLaw,
    ForcedExit,
    androgen_load,
    clock_factor,
    cumulative_clock,
    size_target,
    staircase,
)
from anagen.follicle.residence import Floats, Residence
from anagen.follicle.stationary import mean_cycle, overshoot, overshoot_integral

Start = Literal["stationary", "anagen"]

SIZES, HAIRS, LENGTH, CARRIED = slice(0, 4), slice(4, 8), 8, 9
"""What is carried per follicle: size to the powers 0-3; the same if its hair shows; its length."""
BARE = np.repeat([1, 0], [4, 5])  # what is left to carry without the hair
SHORT_SPAN = 1e-3  # clock days; over less the mean of S is S in the middle (no cancellation)
NEGLIGIBLE = 1e-13  # share of entrants that may be forgotten


def class_loads(
    days: int, severity: float, onset: float, ramp: float, dht: ArrayLike
) -> tuple[Floats, Floats]:
    r"""Loads of a class within each day, and the share of the day spent at each; (days, K) both.

    Level $k\Delta$ of the load's own staircase is reached when
    $s\,(t - t_0)/T = (k - \frac12)\Delta$, the last at $\mathrm{st}(s)$; every level is
    multiplied by the staircase of the day's DHT (`androgen_load`).
    """
    top = round(float(staircase(severity, ANDROGEN_STEP)) / ANDROGEN_STEP)
    steps = np.arange(1, top + 1) - 0.5
    reached = onset + ramp * steps * ANDROGEN_STEP / (severity or 1.0)
    edges = np.concatenate([[-np.inf], reached, [np.inf]])
    day = np.arange(days)[:, None]
    share = np.clip(np.minimum(day + 1, edges[1:]) - np.maximum(day, edges[:-1]), 0.0, 1.0)
    level = ANDROGEN_STEP * np.arange(top + 1)
    return androgen_load(level, 1.0, np.broadcast_to(dht, days)[:, None]), share


def class_clock(
    law: FollicleLaw,
    rates: ArrayLike,
    severity: float = 0.0,
    onset: float = 0.0,
    ramp: float = 1.0,
    dht: ArrayLike = 1.0,
) -> Floats:
    r"""Cumulative clocks of a class at the days' ends: $C_p(d) = \int_0^d e^{\theta_p a} R_p\,dt$.

    ``rates`` $R$ has shape (days, 4), one row of a course; ``severity`` $s$ is the class's (the
    patient's times the follicle's); ``onset`` $t_0$ and ``ramp`` $T$ in days from the first row;
    ``dht`` is one share or one per day. Load steps fall within days and are integrated exactly.
    Returns shape (days + 1, 4).
    """
    rates = np.asarray(rates, dtype=float)
    load, share = class_loads(len(rates), severity, onset, ramp, dht)
    factor = clock_factor(law.androgen_drive, load[:, :, None])
    daily = rates * np.einsum("dk,dkp->dp", share, factor)
    return cumulative_clock(daily.T).T


def class_target(
    law: FollicleLaw,
    days: int,
    severity: float = 0.0,
    onset: float = 0.0,
    ramp: float = 1.0,
    dht: ArrayLike = 1.0,
) -> Floats:
    """Size $m^*(a)$ that a class tends to, mean over each day; arguments as in `class_clock`."""
    load, share = class_loads(days, severity, onset, ramp, dht)
    target = size_target(load, law.androgen_half_size, law.size_hill)
    return np.asarray((share * target).sum(axis=1))


def sizes_at_onset(step: float, target: float) -> Floats:
    r"""Matrix of the powers 0-3 of $m' = (1-\eta) m + \eta m^*$ from those of $m$ (binomial)."""
    keep, gain = 1 - step, step * target
    rows = [[math.comb(k, i) * keep**i * gain ** abs(k - i) for i in range(4)] for k in range(4)]
    return np.array(rows)


def mean_survival(law: Residence, age: Floats) -> Floats:
    r"""Mean of $S$ between neighbouring ages of a falling sequence: $\int S\,du$ over the span.

    ``age`` [day of clock], n of them; returns n - 1 means.
    """
    span = age[:-1] - age[1:]
    short = span < SHORT_SPAN
    mean = -np.diff(law.survival_integral(age)) / np.where(short, 1.0, span)
    mean[short] = law.survival((age[:-1] + age[1:])[short] / 2)
    return np.asarray(mean)


class _Phase:
    """Who entered a phase when: ``entries`` evenly over a step, ``atoms`` at an instant.

    ``found`` are those found in the phase at day 0 and still there at each instant of the grid.
    """

    def __init__(self, law: Residence, clock: Floats) -> None:
        self.law, self.clock = law, clock
        self.entries = np.zeros((len(clock) - 1, CARRIED))
        self.atoms, self.found = np.zeros((2, len(clock), CARRIED))
        self.reach = float(law.quantile(1 - NEGLIGIBLE))

    def thin(self, share: float) -> None:
        """Take away a share of those who are in."""
        self.entries *= 1 - share
        self.atoms *= 1 - share
        self.found *= 1 - share

    def staying(self, n: int) -> tuple[int, Floats]:
        """First step that still matters at instant n; the share staying of it and of each later."""
        gone = np.searchsorted(self.clock[: n + 1], self.clock[n] - self.reach, side="right")
        first = max(int(gone) - 1, 0)
        return first, mean_survival(self.law, self.clock[n] - self.clock[first : n + 1])

    def atoms_staying(self, n: int) -> tuple[NDArray[np.int64], Floats]:
        """Instants of the atoms before or at n, and what stays of each."""
        at = np.flatnonzero(self.atoms[: n + 1, 0])
        stay = self.law.survival(self.clock[n] - self.clock[at])
        return at, stay[:, None] * self.atoms[at]


class _Follicles:
    """The four phases on a grid of days, with days at rest before day 0 for hairs on their way.

    Those hairs are ordinary entries then. ``held`` is what each phase holds at each
    instant, ``shed`` and ``shed_at_once`` the hairs lost over a step and at an instant.
    """

    def __init__(
        self, law: FollicleLaw, clock: Floats, growth: Floats, target: Floats | None, size: float
    ) -> None:
        self.law, self.delay, self.lead = law, law.emergence_delay, math.ceil(law.emergence_delay)
        before = np.arange(-self.lead, 0.0)
        self.clock = np.vstack([np.repeat(before[:, None], 4, axis=1), clock - clock[0]])
        self.growth = np.concatenate([before, growth])
        self.target, self.first = target, np.asarray(size ** np.arange(4.0))
        self.phases = [_Phase(p, c) for p, c in zip(law.residences, self.clock.T, strict=True)]
        self.held = np.zeros((len(self.clock), 4, CARRIED))
        self.shed, self.shed_at_once = np.zeros((2, len(self.clock)))

    def onset_sizes(self, n: int) -> Floats:
        """Matrix of `sizes_at_onset` for anagen onsets in the step from instant n."""
        if self.target is None:
            return np.eye(4)
        return sizes_at_onset(self.law.size_step, float(self.target[n - self.lead]))

    def start_stationary(self) -> None:
        """Phases in proportion to their mean days, residual times of the length-biased law."""
        law, now = self.law, self.clock[self.lead :]
        flow, plain = 1 / mean_cycle(law), np.zeros(CARRIED)
        plain[SIZES] = self.first
        club = plain.copy()
        club[HAIRS] = self.first * law.anagen.survival(self.delay)
        club[LENGTH] = self.first[1] * overshoot(law.anagen, self.delay)
        carried = {CATAGEN: club, TELOGEN: club, KENOGEN: plain * law.kenogen_share}
        for p, each in carried.items():
            there = flow * overshoot(law.residences[p], now[:, p])
            self.phases[p].found[self.lead :] = there[:, None] * each
            self.held[self.lead, p] = self.phases[p].found[self.lead]
        anagen, age = self.phases[ANAGEN], self.lead + now[:, ANAGEN]
        anagen.entries[: self.lead, SIZES] = flow * self.first
        there, days = flow * overshoot(law.anagen, age), flow * overshoot_integral(law.anagen, age)
        anagen.found[self.lead :, SIZES] = there[:, None] * self.first
        anagen.found[self.lead :, HAIRS] = there[:, None] * self.first
        shown_for = self.growth[self.lead :] + self.lead - self.delay
        anagen.found[self.lead :, LENGTH] = self.first[1] * (shown_for * there + days)
        self.held[self.lead, ANAGEN] = self.growing(self.lead, *anagen.staying(self.lead))

    def enter_anagen(self, n: int, sizes: Floats) -> None:
        """Let follicles with these powers of size enter anagen at instant n."""
        self.phases[ANAGEN].atoms[n, SIZES] += sizes
        self.held[n, ANAGEN, SIZES] += sizes
        if self.delay == 0:
            self.held[n, ANAGEN, HAIRS] += sizes

    def showing(self, n: int, onset: ArrayLike, width: int) -> Floats:
        """Share of the hairs of onsets within ``width`` after ``onset`` that show at instant n."""
        late = n - self.delay - np.asarray(onset, dtype=float)
        return np.asarray(np.clip(late, 0, 1) if width else late >= 0, dtype=float)

    def growing(self, n: int, first: int, stay: Floats) -> Floats:
        """What anagen holds at instant n: follicles, those whose hair shows, and its length.

        A hair of onset s shows if s + delay <= n and has grown G(n) - G(s + delay) since.
        """
        anagen = self.phases[ANAGEN]
        held = anagen.found[n].copy()
        at, atoms = anagen.atoms_staying(n)
        step = np.arange(first, n)
        for onset, width, there in (
            (step, 1, stay[:, None] * anagen.entries[first:n, SIZES]),
            (at, 0, atoms[:, SIZES]),
        ):
            shown = self.showing(n, onset, width)
            emerged = onset + width * shown / 2 + self.delay  # of those that show, on average
            grown = self.growth[n] - np.interp(emerged, np.arange(len(self.growth)), self.growth)
            held[SIZES] += there.sum(axis=0)
            held[HAIRS] += shown @ there
            held[LENGTH] += (shown * grown) @ there[:, 1]
        return np.asarray(held)

    def emerging(self, n: int) -> tuple[Floats, float]:
        """Hairs that come to show in the step from n, as anagen outlasted the delay; their growth.

        The growth [days times size] is that beyond half a step each, the mean of even entries.
        """
        anagen, early = self.phases[ANAGEN], max(math.floor(n - self.delay), 0)
        onset, grid = np.arange(early, n + 1), np.arange(len(self.clock))
        came = []
        for width, entered in ((1, anagen.entries), (0, anagen.atoms)):
            now = self.showing(n + 1, onset, width) - self.showing(n, onset, width)
            middle = onset + width / 2
            age = np.diff(np.interp([middle, middle + self.delay], grid, anagen.clock), axis=0)[0]
            came.append((now * anagen.law.survival(age))[:, None] * entered[early : n + 1, SIZES])
        shown_for = n + 1 - self.delay - onset
        return np.sum(came, axis=(0, 1)), float((shown_for - 0.5) @ came[1][:, 1])

    def throw_out(self, n: int, exit_: ForcedExit) -> None:
        """Take a share out of anagen at instant n: some shed at once, the rest enter catagen."""
        anagen, catagen, _, kenogen = self.phases
        gone = exit_.share * self.held[n, ANAGEN]
        self.held[n, ANAGEN] -= gone
        anagen.thin(exit_.share)
        at_once = exit_.immediate * gone
        self.shed_at_once[n] += at_once[HAIRS][0]
        for phase, p, entering in (
            (catagen, CATAGEN, gone - at_once),
            (kenogen, KENOGEN, self.law.kenogen_share * at_once * BARE),
        ):
            phase.atoms[n] += entering
            self.held[n, p] += entering
        sizes = self.onset_sizes(n) @ at_once[SIZES]
        self.enter_anagen(n, (1 - self.law.kenogen_share) * sizes)

    def step(self, n: int) -> None:
        """From instant n to the next: what enters anagen closes the circle of the four phases."""
        q, old, stay = self.law.kenogen_share, np.zeros((4, CARRIED)), np.zeros(4)
        spans = [phase.staying(n + 1) for phase in self.phases]
        for p, (phase, (first, staying)) in enumerate(zip(self.phases, spans, strict=True)):
            there = phase.found[n + 1] + phase.atoms_staying(n + 1)[1].sum(axis=0)
            old[p] = there + staying[:-1] @ phase.entries[first:n]
            stay[p] = staying[-1]
        gone, go = self.held[n] - old, 1 - stay
        flow = np.zeros(CARRIED)
        for p in (ANAGEN, CATAGEN, TELOGEN):
            flow = gone[p] + go[p] * flow
        back = gone[KENOGEN] + (go[KENOGEN] * q + 1 - q) * flow
        round_trip = go[ANAGEN] * go[CATAGEN] * go[TELOGEN] * (go[KENOGEN] * q + 1 - q)
        onset = self.onset_sizes(n)
        entering = np.linalg.solve(np.eye(4) - round_trip * onset, onset @ back[SIZES])

        self.phases[ANAGEN].entries[n, SIZES] = entering
        self.held[n + 1, ANAGEN] = self.growing(n + 1, *spans[ANAGEN])
        flow = self.held[n, ANAGEN] - self.held[n + 1, ANAGEN]
        flow[SIZES] += entering
        hairs, extra = self.emerging(n)
        flow[HAIRS] += hairs
        grew = self.held[n : n + 2, ANAGEN, HAIRS][:, 1].mean() + extra
        flow[LENGTH] += grew * (self.growth[n + 1] - self.growth[n])
        for p in (CATAGEN, TELOGEN, KENOGEN):
            if p == KENOGEN:
                self.shed[n + 1] = flow[HAIRS][0]
                flow = q * flow * BARE
            self.phases[p].entries[n] = flow
            self.held[n + 1, p] = old[p] + stay[p] * flow
            flow = gone[p] + go[p] * flow


def expected(
    law: FollicleLaw,
    clock: ArrayLike,
    *,
    start: Start = "stationary",
    growth: ArrayLike | None = None,
    target: ArrayLike | None = None,
    size: float = 1.0,
    hazard: ArrayLike | None = None,
    exits: Sequence[ForcedExit] = (),
) -> dict[str, Floats]:
    r"""Expectation per follicle of one class, day by day: name to shape (days + 1,).

    Parameters
    ----------
    law, clock
        The law and the cumulative clocks of the class, shape (days + 1, 4): `class_clock`.
    start
        ``stationary`` (at rest up to day 0) or ``anagen`` (all enter anagen at day 0).
    growth, hazard
        Factor on growth speed and destruction hazard [1/day], shape (days,); None: 1 and 0.
    target, size
        Size that follicles tend to, shape (days,): `class_target`; None: sizes stay. ``size`` is
        that of every follicle at day 0. Exact where the papilla reserve does not bind.
    exits
        Triggers; they act at the first instant of their day, and the state of that day is after it.

    Returns
    -------
    dict
        ``anagen``, ``catagen``, ``telogen``, ``kenogen``, ``lost``; ``visible``; ``shed`` (in the
        day that ends); sums of size over follicles in anagen ``size``, ``size_squared``, over
        growing hairs ``growth`` and (cubed, times speed) ``mass``, over visible hairs ``calibre``,
        ``calibre_squared`` and (times days of full growth) ``length``. A spread of full calibres
        multiplies ``mass`` and ``calibre_squared`` by $1 + cv^2$.

    Raises
    ------
    InputError
        For clocks that run backwards, arrays of other lengths or an exit outside the days.
    """
    c = np.asarray(clock, dtype=float)
    days = len(c) - 1
    if c.ndim != 2 or c.shape[1] != 4 or days < 1 or not np.all(np.diff(c, axis=0) >= 0):
        problem = f"must rise over days in four columns, one per phase (given: shape {c.shape})"
        raise InputError(problem, field="clock")
    if start not in ("stationary", "anagen"):
        raise InputError(unknown_word("start", start, ("stationary", "anagen")), field="start")
    late = [trigger.day for trigger in exits if not 0 <= trigger.day < days]
    if late:
        problem = f"must lie from 0 to {days - 1}, the last day (given: {late[0]})"
        raise InputError(problem, field="day of an exit")
    aim = None if target is None else _daily("target", target, days)
    grown = cumulative_clock(_daily("growth", 1.0 if growth is None else growth, days))
    alive = np.exp(-cumulative_clock(_daily("hazard", 0.0 if hazard is None else hazard, days)))
    follicles = _Follicles(law, c, grown, aim, size)
    if start == "stationary":
        follicles.start_stationary()
    else:
        follicles.enter_anagen(follicles.lead, follicles.first)
    for n in range(follicles.lead, follicles.lead + days):
        for trigger in exits:
            if trigger.day == n - follicles.lead:
                follicles.throw_out(n, trigger)
        follicles.step(n)
    return _read(follicles, alive, np.append(1.0, np.diff(grown)))


def _daily(name: str, value: ArrayLike, days: int) -> Floats:
    """One number per day, or one for all."""
    array = np.asarray(value, dtype=float)
    if array.shape not in ((), (days,)) or not np.all(array >= 0):
        problem = f"must be {days} numbers, one per day, none below 0 (given: shape {array.shape})"
        raise InputError(problem, field=name)
    return np.broadcast_to(array, (days,))


def _read(follicles: _Follicles, alive: Floats, speed: Floats) -> dict[str, Floats]:
    """The daily expectations under independent destruction: all shares times the share alive."""
    held = follicles.held[follicles.lead :]
    hairs = held[:, :, HAIRS]
    shed, at_once = follicles.shed[follicles.lead :], follicles.shed_at_once[follicles.lead :]
    mean_alive = (alive + np.concatenate([alive[:1], alive[:-1]])) / 2
    sums = {name: held[:, p, 0] for p, name in enumerate(PHASES)} | {
        "visible": hairs[:, :, 0].sum(axis=1),
        "size": held[:, ANAGEN, 1],
        "size_squared": held[:, ANAGEN, 2],
        "growth": hairs[:, ANAGEN, 1],
        "mass": hairs[:, ANAGEN, 3] * speed,  # that of the day that has passed
        "calibre": hairs[:, :, 1].sum(axis=1),
        "calibre_squared": hairs[:, :, 2].sum(axis=1),
        "length": held[:, :, LENGTH].sum(axis=1),
    }
    found = {name: value * alive for name, value in sums.items()}
    return found | {"shed": shed * mean_alive + at_once * alive, "lost": 1 - alive}
