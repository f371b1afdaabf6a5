"""Earlier therapies: simulated as they are usually given, and judged as the patient judged them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from scipy import special

from anagen.conditions.healthy import Floats
from anagen.evidence.distributions import critical_value
from anagen.files import data_path, read_yaml
from anagen.patient import Past, Patient
from anagen.regimen import Regimen, regimen_of
from anagen.simulate.run import simulate

FAILED, WORKED = ("none",), ("partial", "good")
"""Responses that say whether a gain was seen; the others say nothing about it."""
ONE_HAIR = 1.0
"""Least gain in density [hairs/cm2] that is called one, however bare the area."""
HALF = 0.5
"""Part of SALT that a therapy of alopecia areata has to take away (SALT50)."""
FOLLICLES = 240
"""Follicles of a candidate: about a target area of 1 cm2."""


@cache
def _usual() -> dict[str, Any]:
    content: dict[str, Any] = read_yaml(data_path("past_therapies.yaml"))
    return content


def usual_weeks() -> float:
    """Week at which an earlier therapy is judged."""
    return float(_usual()["weeks"])


@cache
def usual(therapy: str, route: str) -> Regimen | None:
    """The usual course of ``therapy`` by ``route``; None where none is simulated."""
    routes = _usual()["therapies"].get(therapy, {})
    found = route if route != "unknown" else next(iter(routes), None)
    if found not in routes:
        return None
    courses = [{"therapy": therapy, "route": found} | c for c in routes[found].get("course", [])]
    name = f"{therapy} before" if len(routes) == 1 else f"{therapy} ({found}) before"
    return regimen_of(name, courses, routes[found].get("session", []))


def tried(past: Past) -> Regimen | None:
    """What was tried, where it can be simulated and its result is known."""
    if past.response not in (*FAILED, *WORKED):
        return None
    return usual(past.therapy, past.route)


def judged(
    people: Sequence[Patient],
    history: Sequence[Past],
    p: Mapping[str, float],
    hypothesis: str,
    luck: int,
    least: Floats,
) -> Floats:
    r"""Log chance that each of ``people`` judges the therapies of a ``history`` as it says.

    Each is simulated as if tried today: a gain in density $\Delta$ is called none with the chance
    $\Phi((\ell - \Delta)/s)$, $\ell$ the ``least`` measurable change [hairs/cm2] (people,) and
    $s = \ell / 1.96$ its standard error. In alopecia areata the gain is the part of SALT lost, and
    the threshold one half, with an error of the same share.
    """
    asked = [(past, tried(past)) for past in history]
    given = {made.name: made for _, made in asked if made is not None}
    if not given:
        return np.zeros(len(people))
    week = usual_weeks()
    found = simulate(
        people, list(given.values()), weeks=week, visits_weeks=[week], parameters=p,
        hypothesis=hypothesis, people="drawn", instrument=None, follicles=FOLLICLES, batches=1,
        seed=luck,
    )  # fmt: skip
    names, total = list(given), np.zeros(len(people))
    for past, made in asked:
        if made is None:
            continue
        gain, limit = _gain(found.true, names.index(made.name), people[0], least)
        z = critical_value(0.95) * (limit - gain) / limit
        total += special.log_ndtr(z if past.response in FAILED else -z)
    return total


def _gain(
    true: Mapping[str, Floats], option: int, patient: Patient, least: Floats
) -> tuple[Floats, Floats]:
    """What a therapy gave by its last visit, and from which gain on it is called one."""
    if "alopecia_areata" in patient.diagnoses:
        salt = true["salt"][:, option]
        return 1 - salt[:, -1] / np.maximum(salt[:, 0], 1.0), np.full(len(salt), HALF)
    shown = true["total_hair_density"][:, option]
    return shown[:, -1] - shown[:, 0], np.maximum(least, ONE_HAIR)
