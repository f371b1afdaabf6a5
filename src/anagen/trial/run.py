"""Run a trial many times: scenarios, replicates one by one, each kept as soon as it is finished."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, get_args

from anagen.errors import InputError, unknown_word
from anagen.files import data_hash
from anagen.population.entry import EntryLaw, learn_entry
from anagen.priors import draw_parameters
from anagen.simulate.forecast import DRAWS
from anagen.simulate.model import parameter_set
from anagen.trial.analysis import analyse
from anagen.trial.data import Floats, TrialData
from anagen.trial.design import Design
from anagen.trial.outcome import Outcome
from anagen.trial.pilot import measured_coupling, still_unexplained
from anagen.trial.replicate import Nature, follicles_of, replicate_data
from anagen.trial.store import Store

Scenario = Literal["central", "drawn", "null", "no_effect", "assumed"]
"""Parameters at the tables' central values, or a draw from their priors for each replicate; both
with every arm given what the control gets (``null``, ``no_effect``); and central, with the
``difference`` that the design names in place of what the arms do (``assumed``)."""
SCENARIOS = get_args(Scenario)
POOL, PILOT = 1000, 400
"""People from whom it is learnt who enters; and how changes vary, and sides of heads agree."""
MOST = 1_000_000
FEWEST_FOLLICLES = 30

Told = Callable[[], None]


@dataclass(frozen=True, eq=False)
class Plan:
    """What one replicate needs to know; it is sent to whoever works on it."""

    design: Design
    scenario: Scenario
    seed: int = 0
    hypothesis: str = "gradual"
    follicles: int | None = None

    def __post_init__(self) -> None:
        if self.scenario not in SCENARIOS:
            raise InputError(unknown_word("scenario", self.scenario, SCENARIOS), field="scenario")
        if self.scenario == "assumed" and self.design.trial.difference is None:
            problem = "is missing; write the difference to be detected, as difference = 8"
            raise InputError(problem, field="trial.difference")
        if self.follicles is not None and self.follicles < FEWEST_FOLLICLES:
            problem = f"must be {FEWEST_FOLLICLES} or more (given: {self.follicles})"
            raise InputError(f"{problem}; fewer are luck alone", field="follicles")
        if not 0 <= self.seed < 2**32:
            problem = f"must be a whole number from 0 to 2^32 - 1 (given: {self.seed})"
            raise InputError(problem, field="seed")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plan) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    @cached_property
    def name(self) -> str:
        """What the plan says, whole; plans that say the same are the same."""
        return json.dumps(self.about(), sort_keys=True)

    @property
    def drawn(self) -> bool:
        """Whether every replicate has parameters of its own."""
        return self.scenario in ("drawn", "no_effect")

    @property
    def null(self) -> bool:
        """Whether every arm gets what the control gets."""
        return self.scenario in ("null", "no_effect", "assumed")

    def draw(self, replicate: int) -> int | None:
        """Which parameter set a replicate has; None: the central one."""
        return replicate % DRAWS if self.drawn else None

    def about(self) -> dict[str, str | int]:
        """What the replicates are of, for the folder that keeps them."""
        text = self.design.model_dump_json()
        return {
            "design": hashlib.sha256(text.encode()).hexdigest(), "scenario": self.scenario,
            "seed": self.seed, "hypothesis": self.hypothesis, "follicles": self.grown,
            "data": _shipped(),
        }  # fmt: skip

    @property
    def grown(self) -> int:
        """Follicles grown of each person."""
        return follicles_of(self.design) if self.follicles is None else self.follicles


@lru_cache(maxsize=1)
def _shipped() -> str:
    return data_hash()


@lru_cache(maxsize=4)
def nature(plan: Plan, draw: int | None) -> Nature:
    """What is alike in all replicates with one parameter set."""
    given: Mapping[str, float] | None = None if draw is None else draw_parameters(draw)
    trial = plan.design.trial
    law = entry_law(plan, draw)
    made = Nature(parameters=parameter_set(given), law=law, hypothesis=plan.hypothesis,
                  follicles=plan.grown, null=plan.null,
                  assumed=plan.scenario == "assumed")  # fmt: skip
    made = replace(made, unexplained=still_unexplained(plan.design, made, PILOT, plan.seed))
    if trial.within_person_correlation is None:
        return made
    return replace(made, coupling=measured_coupling(plan.design, made, PILOT, plan.seed))


def entry_law(plan: Plan, draw: int | None) -> EntryLaw:
    """Who enters under one parameter set, which no scenario changes."""
    return _entry_law(replace(plan, scenario="central"), draw)


@lru_cache(maxsize=4)
def _entry_law(plan: Plan, draw: int | None) -> EntryLaw:
    given = None if draw is None else draw_parameters(draw)
    return learn_entry(
        plan.design.population, parameter_set(given), hypothesis=plan.hypothesis,
        instrument=plan.design.trial.instrument, follicles=plan.grown, people=POOL,
        seed=plan.seed,
    )  # fmt: skip


def data_of(plan: Plan, replicate: int) -> TrialData:
    """The people, treatments and readings of one replicate. Raises InputError."""
    return replicate_data(plan.design, nature(plan, plan.draw(replicate)), plan.seed, replicate)


def row_of(plan: Plan, replicate: int) -> Floats:
    """One replicate from start to end, as a row of `Outcome`. Raises InputError."""
    found = analyse(plan.design, data_of(plan, replicate))
    found["reached"][0] = nature(plan, plan.draw(replicate)).law.reached
    return Outcome(plan.design).row(found)


def rows_of(plan: Plan, replicates: Sequence[int]) -> list[tuple[int, Floats]]:
    """Several replicates in turn, each with its number."""
    return [(r, row_of(plan, r)) for r in replicates]


def in_turn(plan: Plan, replicates: Iterable[int]) -> list[int]:
    """Replicates in the order to run them: those of one parameter set together."""
    return sorted(replicates, key=lambda r: (plan.draw(r) or 0, r))


def here(plan: Plan, replicates: Iterable[int]) -> Iterator[tuple[int, Floats]]:
    """Replicates one after the other in this process, those of one parameter set together."""
    for r in in_turn(plan, replicates):
        yield r, row_of(plan, r)


Runner = Callable[[Plan, Sequence[int]], Iterator[tuple[int, Floats]]]
"""Something that works off replicates of a plan, in any order."""


def store_of(plan: Plan, replicates: int, folder: Path) -> Store:
    """Where a ``folder`` keeps ``replicates`` of a ``plan``. Raises InputError, as `Store`."""
    return Store(folder, replicates, Outcome(plan.design).width, plan.about())


def run(
    plan: Plan, replicates: int, folder: Path, *, runner: Runner = here,
    told: Told = lambda: None,
) -> Store:  # fmt: skip
    """Run ``replicates`` of a ``plan`` into a ``folder``; those that are there are not run again.

    ``told`` is called after every replicate, those that were there included. Raises InputError.
    """
    if not 2 <= replicates <= MOST:
        problem = f"must lie between 2 and {MOST} (given: {replicates})"
        raise InputError(problem, field="replicates")
    store = store_of(plan, replicates, folder)
    missing = store.missing()
    for _ in range(replicates - len(missing)):
        told()
    for replicate, row in runner(plan, missing):
        store.put(replicate, row)
        told()
    store.flush()
    return store
