r"""The kinetic part timed: receptors and pathways of many patients, beside ODE solvers.

One position of one patient: sessions that each add a concentration, first-order loss, occupancy
$a = C/(EC_{50} + C)$, and two responses $\dot y = (a - y)/\tau$, the pathway and the vessels, each
with its own rise and decay. Every contender returns daily means, shape (patients, 2, days), and is
held to a third reference (`kinetic_peers.third_reference`). Numbers: ``data/benchmarks.yaml``.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from anagen.bench import kinetic_peers
from anagen.bench.kinetic_peers import Floats, Patients
from anagen.bench.work import bench_data
from anagen.delivery.positions import session_nodes
from anagen.priors import central_parameters
from anagen.regimen import regimen_of
from anagen.signalling.response import occupancy, respond
from anagen.simulate.exposure import Exposure, expose

Way = Callable[[Patients], Floats]

OURS, THREADED = "closed form", "closed form, threads"


@dataclass
class Contender:
    """One way to solve the kinetic system: its errors, and seconds per patient of each round."""

    name: str
    patients: int
    first_call: float  # seconds, compilation included
    largest_error: float  # of a daily mean, against the third reference
    rms_error: float
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)


class Finding(NamedTuple):
    """What was found in each round for one goal; empty where it was not measured."""

    what: str
    unit: str
    found: list[float]
    at_least: float | None = None
    at_most: float | None = None


def draw_patients(n: int) -> Patients:
    """``n`` patients, each number log-uniform in its range; the first ones are always the same."""
    spec = bench_data()["kinetics"]
    low, high = np.log(np.array([spec["ranges"][name] for name in Patients._fields], float)).T
    share = np.random.default_rng(spec["seed"]).random((n, len(low)))
    return Patients(*np.exp(low + (high - low) * share).T)


def solve(patients: Patients, threads: int = 1) -> Floats:
    """Daily means by the package: what is timed. In blocks that stay in the cache."""
    block = bench_data()["kinetics"]["block"]
    blocks = [patients.part(i, i + block) for i in range(0, len(patients.dose), block)]
    if threads == 1:
        return np.concatenate([_solve(b) for b in blocks])
    with ThreadPoolExecutor(threads) as pool:
        return np.concatenate(list(pool.map(_solve, blocks)))


def _solve(patients: Patients) -> Floats:
    spec = bench_data()["kinetics"]
    nodes = session_nodes(spec["sessions"], spec["days"])
    p = patients.columns()
    c = np.zeros((len(p.dose), len(nodes)))
    for day in spec["sessions"]:  # at its own node a session has not come yet
        later = np.searchsorted(nodes, day, side="right")
        c[:, later:] += p.dose * np.exp(-p.loss * (nodes[later:] - day))
    a = occupancy(c / p.half, 1.0)
    path = respond(a, nodes, rise=patients.rise, decay=patients.decay)
    vessels = respond(a, nodes, rise=patients.vessel_rise, decay=patients.vessel_decay)
    return np.stack((path, vessels), axis=1)


def time_kinetics(*, quick: bool, threads: int) -> tuple[list[Contender], list[Finding]]:
    """Time every contender that is installed in turn; delivery and signalling of one regimen."""
    mode = "quick" if quick else "full"
    rounds = bench_data()["repeats"][mode]
    known: dict[str, Way] = {
        OURS: solve,
        THREADED: partial(solve, threads=threads),
        **kinetic_peers.installed(),
    }
    exact_for = draw_patients(bench_data()["kinetics"]["checked"][mode])
    exact = kinetic_peers.third_reference(exact_for)
    sizes = bench_data()["kinetics"]["sizes"][mode]
    contenders = [_meet(n, run, sizes[n], exact_for, exact) for n, run in known.items()]
    for _ in range(rounds):
        for contender in contenders:
            _once(contender, known[contender.name])
    delivery = time_delivery(rounds)
    return contenders, [*_findings({c.name: c for c in contenders}), delivery]


def _meet(name: str, run: Way, patients: int, checked: Patients, exact: Floats) -> Contender:
    """Let a contender compile, and hold it to the third reference."""
    start = time.perf_counter()
    run(checked.part(0, 2))
    first = time.perf_counter() - start
    error = run(checked) - exact
    rms = math.sqrt((error**2).mean())
    return Contender(name, patients, first, float(np.abs(error).max()), rms)


def _once(contender: Contender, run: Way) -> None:
    patients = draw_patients(contender.patients)
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    run(patients)
    contender.cpu.append((time.process_time() - cpu) / contender.patients)
    contender.wall.append((time.perf_counter() - wall) / contender.patients)


def time_delivery(rounds: int) -> Finding:
    """Milliseconds of `deliver`, warm; each round sets the injection grid down anew."""
    deliver(seed=0)
    found = []
    for seed in range(1, rounds + 1):
        start = time.perf_counter()
        deliver(seed)
        found.append(1e3 * (time.perf_counter() - start))
    most = bench_data()["kinetics"]["goals"]["delivery_ms"]
    what = "delivery and signalling of a regimen for all patients, 52 weeks"
    return Finding(what, "ms", found, at_most=most)


def deliver(seed: int) -> Exposure:
    """Signals of the reference regimen at all positions and depths, day by day.

    The product is made to act on all five signals, so that nothing is left out.
    """
    spec: dict[str, Any] = bench_data()["kinetics"]
    p = central_parameters() | spec["acting"]
    regimen = regimen_of("reference", spec["courses"], [])
    return expose(regimen, p, spec["days"], seed=seed)


def _findings(by_name: dict[str, Contender]) -> list[Finding]:
    """Ratios to the package's own time and error, and patients per second with threads."""
    goals, ours, found = bench_data()["kinetics"]["goals"], by_name[OURS], []
    for name in kinetic_peers.PEERS:
        peer = by_name.get(name)
        times = [a / b for a, b in zip(peer.cpu, ours.cpu, strict=True)] if peer else []
        errors = [peer.rms_error / ours.rms_error] if peer else []
        found.append(Finding(f"kinetic part {name} / {OURS}", "x", times, at_least=goals[name]))
        what = f"kinetic part {name} / {OURS}, RMS error"
        found.append(Finding(what, "x", errors, at_least=1))
    rate = [1 / seconds for seconds in by_name[THREADED].wall]
    what = f"kinetic part {THREADED}: patients per second"
    return [*found, Finding(what, "1/s", rate, at_least=goals["patients_per_second"])]


def lines(contenders: list[Contender]) -> list[str]:
    """The contenders as a table to print."""
    head = (
        f"{'kinetic part, one position':29}{'patients':>9}{'first call s':>14}{'CPU us each':>30}"
        f"{'wall us':>9}{'max error':>11}{'RMS error':>11}"
    )
    return [head, *(_line(c) for c in sorted(contenders, key=lambda c: statistics.median(c.wall)))]


def _line(c: Contender) -> str:
    low, middle, high = (1e6 * f(c.cpu) for f in (min, statistics.median, max))
    return (
        f"{c.name:29}{c.patients:9,}{c.first_call:14.2g}"
        f"{f'{middle:.3g} ({low:.3g}-{high:.3g})':>30}{1e6 * statistics.median(c.wall):9.3g}"
        f"{c.largest_error:11.1e}{c.rms_error:11.1e}"
    )
