"""How many people a trial needs: in closed form, and read off the simulated trials."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import numpy as np
from scipy import special

from anagen.errors import InputError
from anagen.trial import summary as s
from anagen.trial.design import Design
from anagen.trial.finished import SE, Finished, Stores, share
from anagen.trial.outcome import OF_ARM, OF_FLOW, SIZES, Outcome
from anagen.trial.run import Scenario
from anagen.trial.statistics import power
from anagen.trial.statistics.known import known_mean, or_none
from anagen.trial.statistics.simulated_power import n_for_power

TARGETS = (0.8, 0.9)
Basis = Literal["simulated", "assumed"]
BASES: dict[Scenario, Basis] = {"central": "simulated", "assumed": "assumed"}
"""Scenarios that show an effect, and where it is from."""
TOLD = 2.0
"""Monte-Carlo errors beyond which a simulated difference is told from none."""


def planned(out: Outcome, done: Stores) -> Iterator[s.Planned]:
    """The closed form, one-sided at half of alpha: of what is simulated, and of what is assumed."""
    if "central" not in done:
        return
    design, found = out.design, done["central"]
    for k in range(len(design.primary)):
        full, sd = found["full"][:, k], _sd(out, found, k)
        full = full[np.isfinite(full)]
        error = float(full.std(ddof=1) / np.sqrt(len(full))) if len(full) > 1 else np.nan
        with contextlib.suppress(InputError):  # no closed form of nobody, or of people all alike
            yield _planned(out, found, k, "simulated", known_mean(full), error, sd)
        if design.trial.difference is not None:
            parallel = design.trial.layout == "parallel" and design.trial.change_sd is not None
            assumed = (design.trial.change_sd if parallel else None) or sd
            with contextlib.suppress(InputError):
                yield _planned(out, found, k, "assumed", design.trial.difference, 0.0, assumed)


def _planned(
    out: Outcome, done: Finished, pair: int, basis: Basis,
    delta: float, error: float, sd: float,
) -> s.Planned:  # fmt: skip
    """One comparison in closed form, with the share of people who stay as simulated."""
    design, (i, j) = out.design, out.design.primary[pair]
    plan, people, arms = _comparison(design, pair, design.trial.better * delta, sd)
    flow = done["flow"][:, [i, j]].mean(axis=0)
    kept = float((flow[:, OF_FLOW.index("analysed")] / flow[:, 0]).mean())
    told = design.trial.better * delta > TOLD * error
    return s.Planned(
        arm=design.names[i], versus=design.names[j], basis=basis, delta=delta, delta_se=error,
        sd=sd, n=people, power=plan.power(people * kept),
        detectable=plan.detectable(people * kept),
        n_for_80=_n(plan, 0.8, kept, arms) if told else None,
        n_for_90=_n(plan, 0.9, kept, arms) if told else None,
    )  # fmt: skip


def _comparison(
    design: Design, pair: int, delta: float, sd: float
) -> tuple[power.Comparison, int, int]:
    """A primary pair in closed form, its people in all, and the arms that they are spread over."""
    n = [design.arms[a].n for a in design.primary[pair]]
    if design.trial.layout == "parallel":
        plan, people, arms = power.parallel(delta, sd, n[0] / n[1]), sum(n), 2
    else:
        people = n[0] if design.trial.layout == "split_scalp" else sum(n)
        plan, arms = power.paired(delta, sd), 1
    return replace(plan, alpha=design.trial.alpha / 2), people, arms


def _sd(out: Outcome, done: Finished, pair: int) -> float:
    """SD of change between people of both arms, or of the difference within people; nan: none."""
    i, j = out.design.primary[pair]
    if out.design.trial.layout != "parallel":
        own = done["methods"][:, out.method, pair, SE]
        seen = done["flow"][:, [i, j], OF_FLOW.index("analysed")].mean(axis=1)  # of both periods
        return known_mean(own * np.sqrt(seen))
    e = out.endpoints.index(out.design.trial.endpoint)
    sds = done.of_endpoint("arms", e)[:, [i, j], out.primary + 1, OF_ARM.index("change_sd")]
    return float(np.sqrt(known_mean(sds**2)))


def required(out: Outcome, done: Stores) -> Iterator[s.Required]:
    """People for 80 and 90 % power, by the same analysis without adjustment or looks."""
    for scenario, basis in BASES.items():
        if scenario in done:
            for k in range(len(out.design.primary)):
                yield from _required(out, done[scenario], k, basis)


def _required(out: Outcome, done: Finished, pair: int, basis: Basis) -> Iterator[s.Required]:
    design, z = out.design, done["sizes"][:, :, pair]
    i, j = design.primary[pair]
    least = float(special.ndtri(1 - design.trial.alpha / 2))
    ns, won = [max(2, round(size * design.arms[i].n)) for size in SIZES], z > least
    curve = [s.Size(n=n, power=hits) for n, column in zip(ns, won.T, strict=True)
             if (hits := share(column)) is not None]  # fmt: skip
    for target in TARGETS:
        n: float | None = None
        low, high, note = n, n, ""
        try:
            found = n_for_power(ns, won, target)
            n, low, high, note = (*map(or_none, (found.n, found.low, found.high)), found.note)
        except InputError as error:
            note = error.problem
        yield s.Required(arm=design.names[i], versus=design.names[j], basis=basis, target=target,
                         n=n, low=low, high=high, note=note, curve=curve)  # fmt: skip


def _n(plan: power.Comparison, target: float, kept: float, arms: int) -> int | None:
    """People of each of equal arms, with those who leave; None where no number would do."""
    try:
        return int(np.ceil(plan.n(target) / arms / kept))
    except InputError:
        return None
