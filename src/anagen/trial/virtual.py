"""A virtual trial from its design to its summary, in one call."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from anagen.errors import InputError
from anagen.trial import defaults
from anagen.trial.benefit_summary import benefits
from anagen.trial.design import Design
from anagen.trial.run import Plan, Runner, Scenario, Told, here, run
from anagen.trial.scan import scan, scanned
from anagen.trial.summarise import summarise
from anagen.trial.summary import Summary


def virtual_trial(
    design: Design,
    *,
    replicates: int = defaults.REPLICATES,
    scenarios: Sequence[Scenario] = defaults.SCENARIOS,
    seed: int = 0,
    hypothesis: str = "gradual",
    follicles: int | None = None,
    folder: Path | None = None,
    runner: Runner = here,
    told: Told = lambda: None,
    scans: Sequence[tuple[str, Sequence[Any]]] = (),
) -> Summary:
    """Run ``design`` in every one of the ``scenarios`` and sum it up.

    Parameters
    ----------
    design
        From `anagen.trial.design.read_design`.
    replicates, seed
        Replicates of every scenario, and the name of their luck.
    scenarios
        ``central`` for power, ``drawn`` for assurance and predictive intervals, ``null`` for the
        type I error, ``no_effect`` for predictions without any effect; with ``central`` also
        ``assumed``, where the design names a ``difference``.
    hypothesis, follicles
        How follicles shrink; follicles grown of each person (None: those of the area read).
    folder
        Where finished replicates are kept, a folder for each scenario (None: not).
    scans
        Fields of the design, as `anagen.trial.scan.changed` names them, each with the values that
        it is to have in turn, in the same people with the same luck.
    runner, told
        Who works off the replicates (`anagen.trial.workers`), and what is called after each.

    Raises
    ------
    InputError
        What cannot be simulated, too few people who enter, a folder of another design.
    """
    if scans and "central" not in scenarios:
        problem = "are of the central parameters; name central among the scenarios"
        raise InputError(problem, field="scans")
    if "central" in scenarios and design.trial.difference is not None:
        scenarios = tuple(dict.fromkeys((*scenarios, "assumed")))
    plans = {name: Plan(design, name, seed, hypothesis, follicles) for name in scenarios}
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) if folder is None else folder
        stores = {
            name: run(plan, replicates, home / name, runner=runner, told=told)
            for name, plan in plans.items()
        }
        made = summarise(plans, stores)
    if "central" not in plans:
        return made
    plan, (i, j) = plans["central"], design.primary[0]
    found = [scan(plan, what, values, replicates, runner) for what, values in scans]
    more = [scanned(one, design.names[i], design.names[j]) for one in found]
    return made.model_copy(
        update={"benefits": benefits(plan, drawn="drawn" in plans), "scans": more}
    )
