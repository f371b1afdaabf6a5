"""Peers from outside: W1 in Starsim, SimPy and Mesa, where they are installed (extra ``bench``).

Written as their own guides write models: Starsim a module with one array per state, SimPy a process
per follicle, Mesa an agent per follicle with one step a day.
"""

from __future__ import annotations

import importlib
import math
import os
from collections.abc import Callable, Generator
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np

from anagen.bench.work import SERIES, Work
from anagen.follicle.law import ANAGEN, KENOGEN, PHASES, TELOGEN
from anagen.follicle.residence import Floats

NAMES = {"starsim": "starsim", "simpy": "simpy", "mesa": "mesa"}
SHED, LENGTH = SERIES.index("shed"), SERIES.index("length")


def installed() -> dict[str, str]:
    """Version of each outside peer that is installed."""
    return {name: version(module) for name, module in NAMES.items() if find_spec(module)}


class Follicles:
    """The law of W1 in plain NumPy, for the starts and the draws of these peers."""

    def __init__(self, work: Work, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        laws = work.law.residences
        self.mean, self.sd = np.array([[r.mean, r.mean * r.cv] for r in laws]).T
        self.sigma = np.sqrt(np.log1p((self.sd / self.mean) ** 2))
        self.mu = np.log(self.mean) - self.sigma**2 / 2

    def found(self, n: int) -> tuple[Floats, Floats, Floats]:
        """Stationary follicles: phase, days left in it, length of hair."""
        rng = self.rng
        phase = rng.choice(len(PHASES), p=self.mean / self.mean.sum(), size=n)
        whole = rng.lognormal(self.mu[phase] + self.sigma[phase] ** 2, self.sigma[phase])
        gone = whole * rng.random(n)
        club = rng.lognormal(self.mu[ANAGEN], self.sigma[ANAGEN], n)
        length = np.select([phase == ANAGEN, phase == KENOGEN], [gone, 0], club)
        return np.asarray(phase, dtype=float), whole - gone, length

    def draw(self, phase: int) -> float:
        """One residence time [day]."""
        return math.exp(self.rng.normal(self.mu[phase], self.sigma[phase]))


def simpy(work: Work, seed: int) -> Floats:
    """W1 in SimPy, one process per follicle; sums as in `work`, (1, 1, len(SERIES), days + 1)."""
    environment = importlib.import_module("simpy").Environment()
    law, days = Follicles(work, seed), work.days
    change = np.zeros((len(SERIES), days + 2))

    def follicle(phase: int, left: float, length: float) -> Generator[Any, None, None]:
        change[phase, 0] += 1
        change[LENGTH, 0] += length  # while it grows: length less the time
        while True:
            yield environment.timeout(left)
            now, new = environment.now, (phase + 1) % len(PHASES)
            day = math.ceil(now)
            change[phase, day] -= 1
            change[new, day] += 1
            if phase == ANAGEN:
                length += now
                change[LENGTH, day] += now
            elif phase == TELOGEN:
                change[SHED, day] += 1
                change[LENGTH, day] -= length
            elif phase == KENOGEN:
                length = -now
                change[LENGTH, day] -= now
            phase, left = new, law.draw(new)

    for phase, left, length in zip(*law.found(work.total), strict=True):
        environment.process(follicle(int(phase), left, length))
    environment.run(until=days + 0.5)
    sums = np.cumsum(change[:, :-1], axis=1)
    sums[SHED] = change[SHED, :-1]
    sums[LENGTH] += np.arange(days + 1) * sums[ANAGEN]
    return np.asarray(sums[None, None])


def mesa(work: Work, seed: int) -> Floats:
    """W1 in Mesa, one step per agent and day; sums as in `simpy`."""
    library: Any = importlib.import_module("mesa")
    law = Follicles(work, seed)
    out = np.zeros((work.days + 1, len(SERIES)))

    class Follicle(library.Agent):  # type: ignore[misc]
        def __init__(self, model: Any, phase: int, left: float, length: float) -> None:
            super().__init__(model)
            self.phase, self.left, self.length = phase, left, length

        def step(self) -> None:
            tally = self.model.tally
            tally[self.phase] += 1
            tally[LENGTH] += self.length
            self.left -= 1
            if self.phase == ANAGEN:
                self.length += 1
            while self.left <= 0:
                if self.phase == ANAGEN:
                    self.length += self.left
                elif self.phase == TELOGEN:
                    self.length = 0
                    self.model.shed += 1
                elif self.phase == KENOGEN:
                    self.length = -self.left
                self.phase = (self.phase + 1) % len(PHASES)
                self.left += law.draw(self.phase)

    class Scalp(library.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(seed=seed)
            self.shed = 0
            for phase, left, length in zip(*law.found(work.total), strict=True):
                Follicle(self, int(phase), left, length)

        def step(self) -> None:
            self.tally = [0.0] * len(SERIES)
            self.tally[SHED], self.shed = self.shed, 0
            self.agents.do("step")

    scalp = Scalp()
    for day in range(work.days + 1):
        scalp.step()
        out[day] = scalp.tally
    return np.asarray(out.T[None, None])


def _hair(ss: Any, law: Follicles, n: int) -> Any:
    """A Starsim module of ``n`` follicles, with an array per state."""

    class Hair(ss.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.define_pars(
                **{p: ss.lognorm_ex(mean=law.mean[k], std=law.sd[k]) for k, p in enumerate(PHASES)}
            )
            self.define_states(
                *(ss.BoolState(f"in_{phase}") for phase in PHASES),
                ss.FloatArr("ti_next"),
                ss.FloatArr("ti_base"),
                ss.FloatArr("club", default=0.0),
            )

        def init_post(self) -> None:
            super().init_post()
            phase, left, length = law.found(n)
            for k, name in enumerate(PHASES):
                self[f"in_{name}"][:] = phase == k
            self.ti_next[:], self.ti_base[:] = left, -length
            self.club[:] = np.where(phase == ANAGEN, 0, length)

        def init_results(self) -> None:
            super().init_results()
            self.define_results(*(ss.Result(f"n_{name}", dtype=float) for name in SERIES))

        def step(self) -> None:
            for k, name in enumerate(PHASES):
                inside = self[f"in_{name}"]
                due = (inside & (self.ti_next <= self.ti)).uids
                new = PHASES[(k + 1) % len(PHASES)]
                if k == ANAGEN:
                    self.club[due] = self.ti_next[due] - self.ti_base[due]
                elif k == TELOGEN:
                    self.results["n_shed"][self.ti] = len(due)
                    self.club[due] = 0
                elif k == KENOGEN:
                    self.ti_base[due] = self.ti_next[due]
                inside[due] = False
                self[f"in_{new}"][due] = True
                self.ti_next[due] = self.ti_next[due] + self.pars[new].rvs(due)

        def update_results(self) -> None:
            super().update_results()
            for name in PHASES:
                self.results[f"n_{name}"][self.ti] = self[f"in_{name}"].sum()
            growing = self.in_anagen.uids
            grown = (self.ti - self.ti_base[growing]).sum()
            self.results["n_length"][self.ti] = grown + self.club.sum()

    return Hair()


def starsim(work: Work, seed: int) -> Floats:
    """W1 in Starsim, one module with an array per state; sums as in `simpy`."""
    os.environ.setdefault("STARSIM_INSTALL_FONTS", "0")
    ss: Any = importlib.import_module("starsim")
    hair = _hair(ss, Follicles(work, seed), work.total)
    simulation = ss.Sim(
        n_agents=work.total, start="2000-01-01", dur=ss.days(work.days), dt=ss.days(1),
        modules=[hair], rand_seed=seed, verbose=0,
    )  # fmt: skip
    simulation.run()
    results = simulation.results.hair
    return np.array([[[results[f"n_{name}"] for name in SERIES]]], dtype=float)


PEERS: dict[str, Callable[[Work, int], Floats]] = {"starsim": starsim, "simpy": simpy, "mesa": mesa}
