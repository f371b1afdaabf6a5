"""The benchmark's result: ratios with their spread, goals met or missed, a table, a JSON file."""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from anagen.bench import kinetic_peers, kinetics, outside, process
from anagen.bench.timing import THREADED, Timing, time_peers
from anagen.bench.work import bench_data
from anagen.files import write_whole

LABELS = {
    "engine": "event engine (under test)",
    THREADED: "event engine, threads",
    "limit": "minimal loop (the limit)",
    "numpy_events": "NumPy, event by event",
    "numba_daily": "numba, day by day",
    "numpy_daily": "NumPy, day by day",
    "starsim": "Starsim",
    "simpy": "SimPy",
    "mesa": "Mesa",
}


@dataclass(frozen=True)
class Goal:
    """A wish for one number: what was found, in how wide a range, and whether it will do."""

    what: str
    unit: str
    found: float  # median; nan where it was not measured
    low: float
    high: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def verdict(self) -> str:
        """Met, missed or not measured."""
        if math.isnan(self.found):
            return "not measured"
        met = self.found >= (self.at_least or 0) and self.found <= (self.at_most or math.inf)
        return "met" if met else "missed"

    @property
    def wish(self) -> str:
        """The goal in signs."""
        return f">= {self.at_least:g}" if self.at_most is None else f"<= {self.at_most:g}"


@dataclass(frozen=True)
class Bench:
    """Everything one run of the benchmark found."""

    quick: bool
    threads: int
    machine: dict[str, Any]
    timings: list[Timing]
    goals: list[Goal]
    kinetics: list[kinetics.Contender]
    seconds: float


def run_bench(
    quick: bool = False, out: Path | None = None, threads: int = 2, *, memory: bool = False
) -> Bench:
    """Time everything, judge the goals and, where ``out`` is given, write ``out/bench.json``.

    ``quick`` times smaller parts for fewer rounds and skips what takes processes of its own;
    ``threads`` is for the one row that uses more than one; ``memory`` runs 1e8 follicles.
    """
    start, load = time.perf_counter(), _load()
    timings = time_peers(quick=quick, threads=threads)
    goals = [_ratio(goal, timings) for goal in bench_data()["goals"]]
    contenders, findings = kinetics.time_kinetics(quick=quick, threads=threads)
    goals += [_goal(finding) for finding in findings]
    if not quick:
        goals += _first_calls() + _memory(full=memory) + _people(threads)
    bench = Bench(
        quick, threads, _machine() | {"load": load}, timings, goals, contenders,
        time.perf_counter() - start,
    )  # fmt: skip
    if out is not None:
        write_whole(out / "bench.json", json.dumps(as_json(bench), indent=1) + "\n")
    return bench


def ratios(of: Timing, over: Timing, *, per_event: bool = False, by: str = "cpu") -> list[float]:
    """Time of one over time of another, round by round."""
    share = over.events / of.events if per_event else 1.0
    return [share * a / b for a, b in zip(getattr(of, by), getattr(over, by), strict=True)]


def _ratio(goal: dict[str, Any], timings: list[Timing]) -> Goal:
    by_key = {t.key: t for t in timings}
    of, over = tuple(goal["of"]), tuple(goal["over"])
    by, per_event = goal.get("by", "cpu"), goal.get("per") == "event"
    what = f"{of[0]} {LABELS[of[1]]} / {over[0] + ' ' if over[0] != of[0] else ''}{LABELS[over[1]]}"
    what += ", per event" * per_event + ", wall" * (by == "wall")
    found = [math.nan]
    if of in by_key and over in by_key:
        found = ratios(by_key[of], by_key[over], per_event=per_event, by=by)
    return Goal(what, "x", statistics.median(found), min(found), max(found),
                goal.get("at_least"), goal.get("at_most"))  # fmt: skip


def _goal(f: kinetics.Finding) -> Goal:
    found = f.found or [math.nan]
    return Goal(
        f.what, f.unit, statistics.median(found), min(found), max(found), f.at_least, f.at_most
    )


def _first_calls() -> list[Goal]:
    limits, found = bench_data()["limits"], process.first_calls()
    names = ("first call after an install", "compile_seconds"), ("later process", "cached_seconds")
    return [
        Goal(f"{name}: seconds before results", "s", s, s, s, at_most=limits[limit])
        for (name, limit), s in zip(names, found, strict=True)
    ]


def _memory(*, full: bool) -> list[Goal]:
    spec = bench_data()["memory"]
    sizes = [(spec["follicles"], block) for block in spec["blocks"]]
    if full:
        sizes.append((spec["full"], spec["blocks"][-1]))
    goals = []
    for follicles, block in sizes:
        gib = process.memory(follicles, spec["patients"], spec["days"], block)["gib"]
        what = f"peak memory, {follicles:.0e} follicles, blocks of {block} patients"
        goals.append(Goal(what, "GiB", gib, gib, gib, at_most=bench_data()["limits"]["memory_gib"]))
    return goals


def _people(threads: int) -> list[Goal]:
    spec, limits = bench_data()["people"], bench_data()["limits"]
    found = process.people(spec["patients"], spec["follicles"], spec["years"], threads)
    what = f"{spec['patients']:,} people x {spec['follicles']} follicles x {spec['years']} years"
    s, gib = found["seconds"], found["gib"]
    return [
        Goal(f"{what}, {threads} threads", "s", s, s, s, at_most=limits["people_seconds"]),
        Goal(f"{what}, peak memory", "GiB", gib, gib, gib, at_most=limits["memory_gib"]),
    ]


def _machine() -> dict[str, Any]:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    packages = {name: version(name) for name in ("anagen", "numpy", "numba")}
    packages |= outside.installed() | kinetic_peers.versions()
    return {
        "cpu": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": packages,
    }


def _load() -> float | None:
    """What else runs here: processes that wanted a core in the last minute, where it is known."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def as_json(bench: Bench) -> dict[str, Any]:
    """All times, ratios and goals as plain values."""
    times = [
        {"work": t.work, "peer": t.peer, "follicles": t.follicles, "days": t.days,
         "extrapolated": t.scale, "events": t.events, "cpu_seconds": t.cpu, "wall_seconds": t.wall}
        for t in bench.timings
    ]  # fmt: skip
    goals = [
        {"what": g.what, "unit": g.unit, "median": _number(g.found), "low": _number(g.low),
         "high": _number(g.high), "goal": g.wish, "verdict": g.verdict}
        for g in bench.goals
    ]  # fmt: skip
    return {"quick": bench.quick, "threads": bench.threads, "seconds": bench.seconds,
            "machine": bench.machine, "times": times, "goals": goals,
            "kinetics": [asdict(c) for c in bench.kinetics]}  # fmt: skip


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def print_bench(bench: Bench) -> None:
    """Print the machine, the table of times and the goals."""
    machine = bench.machine
    packages = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    load = "unknown load" if machine["load"] is None else f"load {machine['load']:.1f}"
    print(f"{machine['cpu']}, {machine['cores']} cores, {load} before the start")
    print(f"Python {machine['python']}, {packages}")
    print("Seconds for the whole work: median of rounds in turn (lowest-highest). A part of the")
    print("work 'run' is scaled up by follicle-days ('scaled'). Ratios are rounds against rounds.")
    print(f"\n{'work':11}{'peer':27}{'run':>20}{'scaled':>9}{'CPU s':>30}{'wall s':>10}"
          f"{'ns/event':>11}{'x engine':>30}")  # fmt: skip
    engine = {t.work: t for t in bench.timings if t.peer == "engine"}
    for timing in sorted(bench.timings, key=lambda t: (t.work, statistics.median(t.cpu))):
        print(_line(timing, engine[timing.work]))
    print("", *kinetics.lines(bench.kinetics), sep="\n")
    print(f"\n{'goal':72}{'found':>24}{'goal':>9}  verdict")
    for goal in bench.goals:
        print(f"{goal.what:72}{_spread([goal.low, goal.found, goal.high]) + ' ' + goal.unit:>24}"
              f"{goal.wish:>9}  {goal.verdict}")  # fmt: skip
    print(f"\n{bench.seconds:.0f} s in all{', quick: small parts, wide spread' * bench.quick}")


def _line(timing: Timing, engine: Timing) -> str:
    run = f"{timing.follicles:,} x {timing.days} d"
    scaled = f"{timing.scale:.0f}x" if timing.scale > 1 else ""
    event = f"{statistics.median(timing.cpu) / engine.events * 1e9:.4g}" if engine.events else ""
    return (
        f"{timing.work:11}{LABELS[timing.peer]:27}{run:>20}{scaled:>9}{_spread(timing.cpu):>30}"
        f"{statistics.median(timing.wall):10.3g}{event:>11}{_spread(ratios(timing, engine)):>30}"
    )


def _spread(values: list[float]) -> str:
    if math.isnan(values[0]):
        return ""
    if len(set(values)) == 1:
        return f"{values[0]:.3g}"
    return f"{statistics.median(values):.3g} ({min(values):.3g}-{max(values):.3g})"
