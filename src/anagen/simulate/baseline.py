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
    order = sorted(range(len(who)), key=lambda i: _alike(who[i]))
    parts, first = [], 0
    while first < len(who):
        size = AT_ONCE if plain(who[order[first]]) else AT_ONCE_ILL
        some = [who[i] for i in order[first : first + size]]
        some = [w for w in some if _alike(w)[:2] == _alike(some[0])[:2]]
        made = simulate(
            some, [UNTREATED], weeks=1, visits_weeks=[0], parameters=p,
            hypothesis=hypothesis, people=people, instrument=read, follicles=follicles, batches=1,
            positions=1, month=month, seed=seed, threads=threads,
        )  # fmt: skip
        parts.append(_today(made, full))
        first += len(some)
    names, back = dict.fromkeys(name for part in parts for name in part), np.argsort(order)
    return {name: np.concatenate([_of(part, name) for part in parts])[back] for name in names}


def _of(part: Mapping[str, Floats], name: str) -> Floats:
    """An endpoint of one part; nan where nobody of it has any."""
    return part[name] if name in part else np.full(len(part["lost"]), np.nan)


def plain(person: Patient) -> bool:
    """Whether nothing is laid on the person: then people share all tables."""
    return set(person.diagnoses) <= {"androgenetic_alopecia", "healthy"} and person.labs is None


def _alike(person: Patient) -> tuple[object, ...]:
    """Order in which people are grown: tables of one part are as long as its longest history."""
    ill = () if plain(person) else person.diagnoses
    return (not plain(person), ill, person.years_since_onset, person.age or 0)


def _today(made: Result, p: Mapping[str, float]) -> dict[str, Floats]:
    found = {name: values[:, 0, 0] for name, values in (made.true | made.read).items()}
    lost = 1 - made.true["nonvellus_hair_density"][:, 0, 0] / nonvellus_at_rest(made.scalp, p)
    return found | {"lost": lost, "follicle_density": made.scalp.follicle_density}
