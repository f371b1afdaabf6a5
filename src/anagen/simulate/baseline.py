"""Today's scalp of many people: grown from their history, a few of them at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from anagen.conditions.healthy import Floats
from anagen.patient import Patient
from anagen.regimen import UNTREATED
from anagen.simulate.model import parameter_set
from anagen.simulate.reading import nonvellus_at_rest, tool
from anagen.simulate.result import Result
from anagen.simulate.run import People, simulate

AT_ONCE, AT_ONCE_ILL = 2500, 100
"""People grown together; fewer where each has tables of his own, to bound the memory."""


def baselines(
    who: Sequence[Patient],
    p: Mapping[str, float] | None = None,
    *,
    hypothesis: str = "gradual",
    instrument: str = "phototrichogram_corrected",
    follicles: int = 500,
    people: People = "drawn",
    month: float | None = None,
    seed: int = 0,
    threads: int = 1,
    error: bool = False,
) -> dict[str, Floats]:
    """Every endpoint of ``who`` today, by its word, shape (people,).

    As the ``instrument`` sees it, with its error of reading where ``error`` is asked for; the luck
    is that of ``follicles``. Further keys: ``follicle_density``, and ``lost``, the share that is
    missing of the non-vellus density without any disease. The rest as in `simulate`. Raises
    InputError.
    """
    full = parameter_set(p)
    read = tool(instrument, full).instrument
    if read is not None and not error:
        read = replace(read, reading_error=0.0)
    plain = all(set(w.diagnoses) <= {"androgenetic_alopecia", "healthy"} for w in who)
    size = AT_ONCE if plain and month is None else AT_ONCE_ILL
    parts = []
    for first in range(0, len(who), size):
        made = simulate(
            who[first : first + size], [UNTREATED], weeks=1, visits_weeks=[0], parameters=p,
            hypothesis=hypothesis, people=people, instrument=read, follicles=follicles, batches=1,
            positions=1, month=month, seed=seed, threads=threads,
        )  # fmt: skip
        parts.append(_today(made, full))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _today(made: Result, p: Mapping[str, float]) -> dict[str, Floats]:
    found = {name: values[:, 0, 0] for name, values in (made.true | made.read).items()}
    lost = 1 - made.true["nonvellus_hair_density"][:, 0, 0] / nonvellus_at_rest(made.scalp, p)
    return found | {"lost": lost, "follicle_density": made.scalp.follicle_density}
