"""What takes a process of its own: the first call after an install, memory, people grown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from anagen.bench import tested
from anagen.bench.work import bench_law, make_work
from anagen.follicle.events import run_events
from anagen.follicle.scalps import Course, Scalps
from anagen.patient import Patient
from anagen.simulate.baseline import baselines


def first_calls() -> tuple[float, float]:
    """Seconds of the first calls with an empty numba cache, and in a later process with a full one.

    The calls are tiny runs at rest and with loads; imports are not counted.
    """
    with tempfile.TemporaryDirectory() as cache:
        seconds = [_child("say_first_call()", NUMBA_CACHE_DIR=cache)["seconds"] for _ in range(2)]
    return seconds[0], seconds[1]


def memory(follicles: int, patients: int, days: int, block: int) -> dict[str, float]:
    """Peak memory [GiB] and wall seconds of one run with daily sums, in a fresh process."""
    return _child(f"say_memory({follicles}, {patients}, {days}, {block})")


def people(patients: int, follicles: int, years: float, threads: int) -> dict[str, float]:
    """Wall seconds and peak memory [GiB] of growing so many people, in a fresh process."""
    return _child(f"say_people({patients}, {follicles}, {years}, {threads})")


def say_first_call() -> None:
    """In the child: run every kernel once and print the seconds."""
    works = [make_work(name, 1000, 30) for name in ("W1", "W2", "W4")]
    start = time.perf_counter()
    for work in works:
        tested.simulate(work, 0)
    print(json.dumps({"seconds": time.perf_counter() - start}))


def say_memory(follicles: int, patients: int, days: int, block: int) -> None:
    """In the child: run the law at rest and print peak memory [GiB] and seconds."""
    scalps = Scalps(patient=np.arange(patients), follicles=follicles // patients)
    start = time.perf_counter()
    run_events(bench_law(loaded=False), scalps, [Course(days=days)], block=block)
    print(json.dumps({"gib": _peak_gib(), "seconds": time.perf_counter() - start}))


def say_people(patients: int, follicles: int, years: float, threads: int) -> None:
    """In the child: grow men with pattern loss to today, compiled before it is timed."""
    men = [Patient(id=i, years_since_onset=years) for i in range(patients)]
    baselines(men[:2], follicles=10, threads=threads)
    start = time.perf_counter()
    found = baselines(men, follicles=follicles, threads=threads)
    seconds = time.perf_counter() - start
    lost = float(np.mean(found["lost"]))
    print(json.dumps({"seconds": seconds, "gib": _peak_gib(), "lost": lost}))


def _peak_gib() -> float:
    """Peak resident memory of this process; Linux keeps it free of the parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 2**20
    import resource

    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 2**30 if sys.platform == "darwin" else size / 2**20


def _child(call: str, **environment: str) -> dict[str, Any]:
    code = f"from anagen.bench.process import *; {call}"
    ran = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, check=True,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    result: dict[str, Any] = json.loads(ran.stdout)
    return result
