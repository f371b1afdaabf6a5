"""The kinetic system in libroadrunner and diffrax, where installed, and the third reference.

Written as their own guides write models, in concentration over EC50, so that one absolute tolerance
fits all states. Daily means are differences of integrals that are solved along. Tolerances and
solvers (``data/benchmarks.yaml``) are the fastest found with the error of the package's own way.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from functools import cache, partial
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from anagen.bench.work import bench_data

Floats = NDArray[np.float64]

EXACT = {"method": "DOP853", "rtol": 1e-10, "atol": 1e-13, "first_step": 1e-5}
"""How the third reference is solved; the first step is far below every time constant [day]."""


class Patients(NamedTuple):
    """Per patient, shape (patients,): what a session adds, loss [1/day], EC50, time constants."""

    dose: Floats
    loss: Floats
    half: Floats
    rise: Floats
    decay: Floats
    vessel_rise: Floats
    vessel_decay: Floats

    def part(self, start: int, stop: int) -> Patients:
        """The patients from ``start`` up to ``stop``."""
        return Patients(*(values[start:stop] for values in self))

    def columns(self) -> Patients:
        """Each number as a column, to be spread over nodes."""
        return Patients(*(values[:, None] for values in self))


def third_reference(patients: Patients) -> Floats:
    """Daily means, (patients, 2, days), by SciPy between sessions and crossings of level and y."""
    each = [Patients(*row) for row in np.array(patients).T]
    return np.array(
        [[_course(p, p.rise, p.decay), _course(p, p.vessel_rise, p.vessel_decay)] for p in each]
    )


def _course(p: Patients, rise: Any, decay: Any) -> Floats:
    """Daily means of one response of one patient, piece by piece where the law is smooth."""
    spec = bench_data()["kinetics"]
    sessions, days = spec["sessions"], spec["days"]
    integral, state = np.zeros(days + 1), np.zeros(2)
    for n, stop in enumerate((*sessions[1:], days)):
        given = np.array(sessions[: n + 1])
        t, rises = float(given[-1]), bool(_level(given[-1], given, p) > state[0])
        while t < stop:
            wholes = np.arange(np.floor(t) + 1, stop + 1)
            piece = _piece((t, stop), state, wholes, given, p, rise if rises else decay, rises)
            if len(piece.t):
                integral[piece.t.astype(int)] = piece.y[1]
            crossed = piece.status == 1
            t = piece.t_events[0][0] if crossed else stop
            state = piece.y_events[0][0] if crossed else piece.y[:, -1]
            rises ^= crossed
    return np.diff(integral)


def _level(t: float, given: Floats, p: Patients) -> Any:
    """Occupancy at ``t`` after the sessions ``given``."""
    c = (p.dose * np.exp(-p.loss * (t - given))).sum()
    return c / (p.half + c)


def _piece(
    span: tuple[float, float], state: Floats, wholes: Floats, given: Floats, p: Patients, tau: Any,
    rises: bool,
) -> Any:  # fmt: skip
    """Response and its integral at whole days, until the level crosses the response."""

    def slope(t: float, y: Floats) -> list[Any]:
        return [(_level(t, given, p) - y[0]) / tau, y[0]]

    def crossing(t: float, y: Floats) -> Any:
        return _level(t, given, p) - y[0]

    crossing.terminal, crossing.direction = True, -1 if rises else 1  # type: ignore[attr-defined]
    return solve_ivp(slope, span, state, t_eval=wholes, events=crossing, **EXACT)


def libroadrunner(patients: Patients) -> Floats:
    """Daily means, (patients, 2, days), by CVODE on the SBML model, patient by patient."""
    model, numbers = _sbml_model()
    days = bench_data()["kinetics"]["days"]
    found = np.empty((len(patients.dose), 2, days))
    rows = np.column_stack((*patients, patients.dose / patients.half))
    for i, row in enumerate(rows):
        model.reset()
        model.model.setGlobalParameterValues(numbers, row)
        found[i] = np.diff(model.simulate(0, days, days + 1), axis=0).T
    return found


@cache
def _sbml_model() -> tuple[Any, list[int]]:
    """The compiled model, and where in it a patient's numbers and the first concentration lie."""
    spec = bench_data()["kinetics"]
    model = _load("roadrunner").RoadRunner()
    model.addCompartment("skin", 1, False)
    for name in Patients._fields:
        model.addParameter(name, 1.0, False)
    for name in ("a", "x", "y", "v", "sum_y", "sum_v"):
        model.addParameter(name, 0.0, False)
    model.addAssignmentRule("a", "x / (1 + x)", False)
    model.addRateRule("x", "-loss * x", False)
    model.addRateRule("y", "(a - y) / piecewise(rise, a > y, decay)", False)
    model.addRateRule("v", "(a - v) / piecewise(vessel_rise, a > v, vessel_decay)", False)
    model.addRateRule("sum_y", "y", False)
    model.addRateRule("sum_v", "v", False)
    for day in spec["sessions"][1:]:
        model.addEvent(f"session_{day}", True, f"time >= {day}", False)
        model.addEventAssignment(f"session_{day}", "x", "x + dose / half", False)
    model.regenerateModel()
    for name, value in spec["libroadrunner"].items():
        setattr(model.integrator, name, value)
    model.timeCourseSelections = ["sum_y", "sum_v"]
    names = list(model.model.getGlobalParameterIds())
    return model, [names.index(name) for name in (*Patients._fields, "x")]


def diffrax(patients: Patients) -> Floats:
    """Daily means, (patients, 2, days), by a compiled adaptive solver over batches of patients."""
    batch = bench_data()["kinetics"]["diffrax"]["batch"]
    run, n = _jax_model(), len(patients.dose)
    whole = Patients(*(np.resize(v, -(-n // batch) * batch) for v in patients))
    parts = [run(tuple(whole.part(i, i + batch))) for i in range(0, n, batch)]
    return np.concatenate(parts)[:n]


@cache
def _jax_model() -> Any:
    """A compiled function of one batch of patients; its steps end at the sessions."""
    spec = bench_data()["kinetics"]
    jax, library = _load("jax"), _load("diffrax")
    jax.config.update("jax_enable_x64", True)
    np_, own = jax.numpy, spec["diffrax"]
    sessions, days = np_.array(spec["sessions"], dtype=float), np_.arange(spec["days"] + 1.0)

    def slope(t: Any, state: Any, p: Any) -> Any:
        since = t - sessions
        left = np_.where(since >= 0, np_.exp(-p.loss * np_.maximum(since, 0)), 0)
        x = p.dose / p.half * left.sum()
        a, y, v = x / (1 + x), state[0], state[1]
        tau_y = np_.where(a > y, p.rise, p.decay)
        tau_v = np_.where(a > v, p.vessel_rise, p.vessel_decay)
        return np_.array([(a - y) / tau_y, (a - v) / tau_v, y, v])

    def size(error: Any) -> Any:  # the integrals follow: they need no control of their own
        return np_.sqrt((error[:2] ** 2).mean())

    control = library.PIDController(
        rtol=own["rtol"], atol=own["atol"], norm=size, jump_ts=sessions[1:]
    )
    solve = partial(
        library.diffeqsolve, library.ODETerm(slope), getattr(library, own["solver"])(),
        0.0, float(spec["days"]), own["first_step"], np_.zeros(4),
        saveat=library.SaveAt(ts=days), stepsize_controller=control, max_steps=own["most_steps"],
    )  # fmt: skip
    return jax.jit(jax.vmap(lambda p: np_.diff(solve(Patients(*p)).ys[:, 2:], axis=0).T))


def _load(module: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other people's imports
        return importlib.import_module(module)


PEERS: dict[str, tuple[str, Callable[[Patients], Floats]]] = {
    "libroadrunner": ("roadrunner", libroadrunner),
    "diffrax": ("diffrax", diffrax),
}
"""Module and way of each."""


def installed() -> dict[str, Callable[[Patients], Floats]]:
    """The peers that are installed."""
    return {name: run for name, (module, run) in PEERS.items() if find_spec(module)}


def versions() -> dict[str, str]:
    """Version of each peer that is installed."""
    return {name: version(name) for name in installed()}
