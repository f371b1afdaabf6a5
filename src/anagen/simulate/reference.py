"""The reference cohort: what the controls of the trials do by themselves, and how large a wound is.

It is simulated once per parameter set and hypothesis. For the draws that ship with the program
that was done beforehand (``data/reference_cohort.csv``, made by `reference_row`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np
from scipy import special

from anagen.conditions.healthy import Floats
from anagen.files import data_path, read_csv
from anagen.follicle.events import run_events
from anagen.follicle.scalps import Course
from anagen.measurement import control_response
from anagen.measurement.control_response import WOUNDING, wound_part
from anagen.parameters import load_parameters
from anagen.patient import Patient
from anagen.priors import between_people
from anagen.simulate.drive_tables import course, tables
from anagen.simulate.exposure import wound_signal
from anagen.simulate.model import follicle_law, follicle_scalps, people_scalps
from anagen.units import DAYS_PER_YEAR as YEAR

KINDS = ("topical_vehicle", *WOUNDING)
"""Kinds of control that carry an artefact."""
SESSIONS = {"saline_injection": (0, 28, 56), "microneedling": (0, 28, 56, 84)}
"""Days of the sessions of the control arms that wound."""
POTENCIES = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Wound potencies at which the cohort is simulated; between them the gain is interpolated."""
SEED, MEN, FOLLICLES = 20_021_007, 2000, 250
"""Luck and size of the cohort: Monte-Carlo error of its progression 0.24 hairs/cm2."""
LONGEST = 25.0
"""Years since onset, at most, of a man of a trial: men up to 40 whose loss began at 15."""
TABLES = ("hair_cycle", "follicle", "androgen", "control_response")
"""Tables on which the cohort depends, besides the drive's rows of androgen and wound."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The cohort under one parameter set; hairs/cm2 by kind of control, on its day of reading.

    ``progression``: change of the untreated; ``potency`` of the wound signal, so that its
    ``gain`` over the untreated is the share of the needle's change that is real, or the most that
    the law can give.
    """

    progression: dict[str, float]
    potency: dict[str, float]
    gain: dict[str, float]


def reference(p: Mapping[str, float], hypothesis: str) -> Reference:
    """The cohort of a parameter set: as shipped where it ships, else simulated (1 s), and kept."""
    shipped = _shipped().get(reference_key(p, hypothesis))
    return shipped or _simulated(tuple((name, p[name]) for name in _names()), hypothesis)


def reference_key(p: Mapping[str, float], hypothesis: str) -> str:
    """Name of what the cohort depends on: its parameters, to the last bit, and the hypothesis."""
    text = ";".join(f"{name}={p[name].hex()}" for name in _names())
    return hashlib.sha256(f"{hypothesis};{text}".encode()).hexdigest()[:16]


@cache
def _names() -> tuple[str, ...]:
    known = load_parameters()
    own = (n for n, q in known.items() if q.table in TABLES)
    drive = (
        n
        for n, q in known.items()
        if q.table == "drive" and {"androgen", "wound"} & {*n.split("_")}
    )
    return (*own, *drive, "wound_rise_time", "wound_decay_time")


@cache
def _shipped() -> dict[str, Reference]:
    path = data_path("reference_cohort.csv")
    return {row["key"]: _of_row(row) for row in read_csv(path)}


def _of_row(row: Mapping[str, str]) -> Reference:
    parts = {
        part: {kind: float.fromhex(row[f"{part}_{kind}"]) for kind in KINDS}
        for part in ("progression", "potency", "gain")
    }
    return Reference(**parts)


def reference_row(p: Mapping[str, float], hypothesis: str) -> dict[str, str]:
    """The cohort as a row of the shipped table, simulated anew; numbers to the last bit."""
    made = _simulated(tuple((name, p[name]) for name in _names()), hypothesis)
    values = {
        f"{part}_{kind}": getattr(made, part)[kind].hex()
        for part in ("progression", "potency", "gain")
        for kind in KINDS
    }
    return {"key": reference_key(p, hypothesis)} | values


def reference_men(p: Mapping[str, float], men: int = MEN) -> list[Patient]:
    """The cohort: men like those of the trials, whether or not a trial takes them.

    Years since onset at the mid-quantiles of their spread (``time_since_onset``), vertex; other
    traits are drawn with `SEED`, each for itself.
    """
    z = special.ndtri((np.arange(men) + 0.5) / men)
    spread = between_people(z, p["time_since_onset_between_people"])
    years = np.minimum(p["time_since_onset"] / YEAR * spread, LONGEST)
    return [Patient(id=i, years_since_onset=float(y)) for i, y in enumerate(years)]


def changes(
    options: Sequence[Course], visits: Sequence[int], p: Mapping[str, float], hypothesis: str
) -> Floats:
    """Mean change of total density [hairs/cm2] of the cohort, shape (options, visits)."""
    men = reference_men(p)
    scalp = people_scalps(men, p, drawn=True, seed=SEED, correlated=False)
    loads = follicle_scalps(men, p, scalp, FOLLICLES, drawn=True, seed=SEED)
    counts = run_events(
        follicle_law(p, hypothesis), loads, options, visits=(0, *visits), daily=False, seed=SEED
    )
    shown = counts.at_visit("visible") / counts.follicles * scalp.follicle_density[:, None, None]
    return np.asarray((shown[..., 1:] - shown[..., :1]).mean(axis=0))


@lru_cache(maxsize=64)
def _simulated(items: tuple[tuple[str, float], ...], hypothesis: str) -> Reference:
    p = dict(items)
    controls = {kind: control_response.control(kind) for kind in KINDS}
    read = {kind: round(c.read) for kind, c in controls.items()}
    visits = sorted(set(read.values()))
    options = [_wounded(kind, x, p, visits[-1]) for kind in SESSIONS for x in POTENCIES]
    found = changes(options, visits, p, hypothesis)
    at = {kind: visits.index(day) for kind, day in read.items()}
    progression = {kind: float(found[0, at[kind]]) for kind in KINDS}
    potency, gain = dict.fromkeys(KINDS, 0.0), dict.fromkeys(KINDS, 0.0)
    share = p["wound_share_of_needle_change"]
    for i, kind in enumerate(SESSIONS):
        own = found[i * len(POTENCIES) : (i + 1) * len(POTENCIES), at[kind]] - progression[kind]
        gains = np.maximum.accumulate(own)
        arm = replace(controls[kind], total=p[f"{kind}_change"])
        wanted = max(wound_part(arm, progression[kind], share), 0.0)
        potency[kind] = float(np.interp(wanted, gains, POTENCIES))
        gain[kind] = float(np.interp(potency[kind], POTENCIES, own))
    return Reference(progression=progression, potency=potency, gain=gain)


def _wounded(kind: str, potency: float, p: Mapping[str, float], days: int) -> Course:
    """The sessions of a control arm with a wound of some potency, and nothing else."""
    if potency == 0:
        return Course(days=days)
    wound = wound_signal(dict.fromkeys(SESSIONS[kind], potency), p, days)
    return course(tables({"wound": wound[None, None]}, p, days), days, 1)
