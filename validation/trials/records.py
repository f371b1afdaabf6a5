"""Tables of replicates as they are committed: CSV, a row for each, and whether one is met again."""

from __future__ import annotations

import csv
import math
import os
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from anagen.trial.workers import ONE_THREAD

HOME = Path(__file__).parent
Row = dict[str, float]
DIGITS = 5
HALF = 0.56
"""Half a unit in the last digit kept, and a little for tables that were rounded twice."""
MOST_TOLD = 3
AGREES = 1e-6
"""Relative difference that the last bits of linear algebra on another machine may make."""


def write(path: Path, rows: Mapping[int, Mapping[str, float]], digits: int = DIGITS) -> None:
    """Rows by replicate, in order; whole numbers stay whole."""
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        names = list(next(iter(rows.values())))
        out.writerow(["replicate", *names])
        for r in sorted(rows):
            out.writerow([r, *(f"{rows[r][name]:.{digits}g}" for name in names)])


def read(path: Path) -> dict[int, Row]:
    """Rows by replicate."""
    with path.open(newline="") as file:
        table = csv.DictReader(file)
        return {int(line.pop("replicate")): {k: float(v) for k, v in line.items()}
                for line in table}  # fmt: skip


def differences(kept: Mapping[str, float], again: Mapping[str, float], digits: int) -> list[str]:
    """What of a row is not met again, to the digits that were kept."""
    wrong = [f"{name} is new" for name in again if name not in kept]
    allowed = AGREES + HALF * 10 ** (1 - digits)
    for name, x in kept.items():
        y = again.get(name, math.inf)
        both = math.isnan(x) and math.isnan(y)
        if not both and not math.isclose(x, y, rel_tol=allowed, abs_tol=1e-12):
            wrong.append(f"{name}: kept {x:.9g}, now {y:.9g}")
    return wrong[:MOST_TOLD]


def slices(replicates: Sequence[int], n: int, seed: int | None = None) -> tuple[int, list[int]]:
    """``n`` of the replicates by chance, and the seed of that chance."""
    import numpy as np

    own = secrets.randbits(32) if seed is None else seed
    chosen = np.random.default_rng(own).choice(replicates, min(n, len(replicates)), replace=False)
    return own, sorted(int(r) for r in chosen)


def worked(task: Callable[[int], Any], replicates: Iterable[int], workers: int) -> dict[int, Any]:
    """A task for every replicate, on several processes; alike for any number of them."""
    todo = list(replicates)
    if workers == 1:
        return {r: task(r) for r in todo}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))  # read by the processes as they begin
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        return dict(zip(todo, pool.map(task, todo, chunksize=5), strict=True))
