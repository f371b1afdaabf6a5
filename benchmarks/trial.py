"""Time and memory of virtual trials: python benchmarks/trial.py [--replicates 100] [--only PART].

2 x 200 men, 1000 follicles each, visits to week 52, minoxidil 5 % against vehicle, MMRM; with and
without a published baseline table. A replicate holds entry, growth from the history and analysis.
Ratios are taken within one run. Memory is not measured where /proc is not.
"""

from __future__ import annotations

import argparse
import os
import pickle
import statistics
import time
from multiprocessing import active_children
from pathlib import Path

from anagen.trial.analysis import analyse
from anagen.trial.design import design_of
from anagen.trial.outcome import Outcome
from anagen.trial.run import Plan, data_of, here, row_of
from anagen.trial.workers import processes, scheduler

PEOPLE, FOLLICLES, WARM = 200, 1000, 7
GOAL = {"replicate": 2.0, "thousand": 600.0, "memory": 1.5 * 2**30}
FEW, MANY = 50, 400
"""Replicates between which memory must not grow."""
LOTION = {"route": "topical", "form": "solution", "per_day": 2}


def design(people=PEOPLE, **population):
    arms = {"minoxidil 5 %": {"therapy": "minoxidil", "strength_percent": 5, **LOTION},
            "vehicle": {"therapy": "vehicle", **LOTION}}  # fmt: skip
    return design_of({
        "trial": {"name": "benchmark", "visits_weeks": [0, 12, 24, 36, 52], "dropout": 0.1},
        "population": {"diagnosis": "androgenetic_alopecia", "sex": "male", "age": [18, 49],
                       **population},
        "arm": [{"name": name, "n": people, "courses": [c]} for name, c in arms.items()],
    })  # fmt: skip


def plan(table=False, **given):
    line = {"baseline": {"nonvellus_hair_density": {"mean": 152, "sd": 45}}} if table else {}
    return Plan(design(given.pop("people", PEOPLE), **line), "central", **given)


def peak(pid):
    """Largest resident memory of a process so far, bytes; 0 where it cannot be told."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return max(int(text.split()[1]) * 1024 for text in lines if text.startswith("VmHWM"))


def replicate():
    for table in (False, True):
        one, parts, start = plan(table, follicles=FOLLICLES), [], time.perf_counter()
        row_of(one, 0)
        first = time.perf_counter() - start
        for r in range(1, WARM + 1):
            start = time.perf_counter()
            data = data_of(one, r)
            middle = time.perf_counter()
            Outcome(one.design).row(analyse(one.design, data))
            parts.append((time.perf_counter() - start, time.perf_counter() - middle))
        whole, analysis = ([part[i] for part in parts] for i in (0, 1))
        name = "with a baseline table" if table else "without a baseline table"
        print(f"one replicate {name}: {statistics.median(whole):.2f} s ({min(whole):.2f}-"
              f"{max(whole):.2f}; goal {GOAL['replicate']:g}), analysis "
              f"{1e3 * statistics.median(analysis):.0f} ms; the first {first:.1f} s")  # fmt: skip


def timed(runner, one, n):
    """Seconds to the first row, and rows a second from then on."""
    start, found = time.perf_counter(), []
    for _ in runner(one, range(n)):
        found.append(time.perf_counter() - start)
    later = [t for t in found if t > found[0] + 0.05]  # a task's rows come together
    return found[0], len(later) / (found[-1] - found[0]), found[-1]


def scaling(n):
    """Runners beside each other, each with its gain over one worker of its kind."""
    from distributed import LocalCluster

    one = plan(follicles=FOLLICLES)
    row_of(one, 0)
    rows = {"this process": timed(here, one, n)}
    for count in (1, 2):
        rows[f"{count} processes"] = timed(processes(count), one, n)
    for count in (1, 2):
        with LocalCluster(n_workers=count, threads_per_worker=1, processes=True,
                          dashboard_address=":0") as cluster:  # fmt: skip
            rows[f"{count} Dask workers"] = timed(scheduler(cluster.scheduler_address), one, n)
    print(f"{n} replicates without a table, {os.cpu_count()} processors, load now "
          f"{os.getloadavg()[0]:.1f}")  # fmt: skip
    for name, (first, rate, whole) in rows.items():
        kind = name.partition(" ")[2]
        gain = rate / rows.get(f"1 {kind}", (0, rate, 0))[1]
        print(f"  {name:16} first rows {first:5.1f} s, then {rate:5.2f} a second (x {gain:.2f}), "
              f"all {whole:6.1f} s; 1000 at that rate {first + 1000 / rate:6.0f} s")  # fmt: skip


def memory():
    """Peak of this process and of its workers after few replicates and after many."""
    one, most = plan(follicles=FOLLICLES), {}
    for done, _ in enumerate(processes(2)(one, range(MANY)), 1):
        if done in (FEW, MANY - 10):
            most[done] = [peak(p) for p in (os.getpid(), *(c.pid for c in active_children()))]
    for done, found in most.items():
        sizes = ", ".join(f"{size / 2**20:.0f}" for size in found)
        print(f"memory after {done} replicates, this process and the workers: {sizes} MiB "
              f"(goal {GOAL['memory'] / 2**20:.0f})")  # fmt: skip


def thousand():
    for table in (False, True):
        first, _, whole = timed(processes(2), plan(table, follicles=FOLLICLES), 1000)
        name = "with" if table else "without"
        print(f"1000 replicates {name} a table on 2 processes: {whole:.0f} s, first rows after "
              f"{first:.1f} s (goal {GOAL['thousand']:g})")  # fmt: skip


def scalps():
    """Whole scalps: follicles a second of one process, and what is sent."""
    for people, follicles in ((PEOPLE, FOLLICLES), (10, 100_000), (2000, 100)):
        one = plan(people=people, follicles=follicles)
        row_of(one, 0)
        start = time.perf_counter()
        row = row_of(one, 1)
        seconds = time.perf_counter() - start
        print(f"2 x {people} people x {follicles} follicles: {seconds:.2f} s, "
              f"{2 * people * follicles / seconds / 1e6:.2f} million follicles a second, peak "
              f"{peak(os.getpid()) / 2**20:.0f} MiB; sent {len(pickle.dumps(one)) / 1024:.1f} KiB, "
              f"back {row.nbytes / 1024:.1f} KiB")  # fmt: skip


def main():
    parts = {"replicate": replicate, "scaling": scaling, "scalps": scalps, "memory": memory,
             "thousand": thousand}  # fmt: skip
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=100)
    parser.add_argument("--only", choices=parts, action="append")
    given = parser.parse_args()
    for name in given.only or [name for name in parts if name != "thousand"]:
        parts[name](*([given.replicates] if name == "scaling" else []))


if __name__ == "__main__":
    main()
