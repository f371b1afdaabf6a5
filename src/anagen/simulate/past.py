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
from anagen.measurement.instruments import visible_change
from anagen.patient import Past, Patient
from anagen.regimen import Regimen, regimen_of
from anagen.simulate.run import simulate

JUDGED = ("none", "partial", "good")
"""Responses that say what gain was seen; the others say nothing about it."""
ONE_HAIR = 1.0
"""Least gain in density [hairs/cm2] that is called one, however bare the area."""
HALF, NEARLY_ALL = 0.5, 0.9
"""Part of SALT that a therapy of alopecia areata has to take away to be called one, and good."""
LEAST_CHANCE = 1e-12
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
    if past.response not in JUDGED:
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
    $s = \ell / 1.96$ its standard error; good from a second threshold on, amid the two anchors of
    a visible change, partial between. In alopecia areata the gain is the part of SALT lost, and the
    thresholds are a half and nine tenths, with an error of the same share.
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
        gain, limit, good = _gain(found.true, names.index(made.name), people[0], least)
        sd = limit / critical_value(0.95)
        below = [special.ndtr((edge - gain) / sd) for edge in (limit, np.maximum(good, limit))]
        chance = {"none": below[0], "partial": below[1] - below[0], "good": 1 - below[1]}
        total += np.log(np.maximum(chance[past.response], LEAST_CHANCE))
    return total


def _gain(
    true: Mapping[str, Floats], option: int, patient: Patient, least: Floats
) -> tuple[Floats, Floats, Floats]:
    """What a therapy gave by its last visit, from which gain on it is called one, and good."""
    if "alopecia_areata" in patient.diagnoses:
        salt = true["salt"][:, option]
        gain = 1 - salt[:, -1] / np.maximum(salt[:, 0], 1.0)
        return gain, np.full(len(salt), HALF), np.full(len(salt), NEARLY_ALL)
    shown = true["total_hair_density"][:, option]
    visible = np.full(len(shown), np.mean(visible_change()))
    return shown[:, -1] - shown[:, 0], np.maximum(least, ONE_HAIR), visible
