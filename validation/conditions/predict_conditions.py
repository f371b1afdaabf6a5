"""Every diagnosis beside what was published: python validation/conditions/predict_conditions.py.

Prior predictive: every draw takes one parameter set from the ranges of the tables, grows people on
it and reads them as the study did; nothing is fitted. A published value should lie inside the 90 %
interval of the draws, the study's own sampling error included; where it does not, it is printed as
MISSED, which is a finding. Exit code 1 if a check fails: the flux identity, what is destroyed stays
so, regrowth falls with severity. ``--quick``: few draws, for a first look; ``--only PART``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from types import ModuleType

import groups
import lasting
import patches
import pattern_trials
import shedding
from expected import Check, Floats, Line, Size, line, tabled

PARTS: dict[str, ModuleType] = {
    "groups": groups, "pattern": pattern_trials, "shedding": shedding, "areata": patches,
    "lasting": lasting,
}  # fmt: skip
FULL = {"groups": (200, Size(100, 300)), "pattern": (150, Size(150, 200)),
        "shedding": (150, Size(80, 500)), "areata": (100, Size(60, 200)),
        "lasting": (100, Size(50, 200))}  # fmt: skip
QUICK = {"groups": (12, Size(40, 200)), "pattern": (6, Size(60, 150)),
         "shedding": (12, Size(40, 300)), "areata": (5, Size(30, 100)),
         "lasting": (5, Size(12, 100))}  # fmt: skip
"""Draws of each part, people of a group and follicles of each."""


def one(part: str, size: Size, seed: int) -> dict[str, float]:
    """One draw of a part."""
    found: dict[str, float] = PARTS[part].draw(seed, size)
    return found


def predict(part: str, draws: int, size: Size, workers: int = 1) -> dict[str, Floats]:
    """Outcomes of the draws 0, 1, ... of a part, one array each; alike for any ``workers``."""
    task = partial(one, part, size)
    if workers == 1:
        return tabled([task(seed) for seed in range(draws)])
    with ProcessPoolExecutor(workers) as pool:
        return tabled(list(pool.map(task, range(draws), chunksize=4)))


def judged(part: str, table: dict[str, Floats]) -> list[Line]:
    """Every published value of a part beside its draws."""
    return [line(value, table) for value in PARTS[part].values()]


def show(lines: Iterable[Line]) -> None:
    """Print the lines."""
    for found in lines:
        value = found.value
        ours = f"{found.middle:.3g} ({found.low:.3g} to {found.high:.3g})"
        ours += f", width {found.high - found.low:.3g}"
        mark = {True: "inside", False: "MISSED", None: ""}[found.inside]
        theirs = ", ".join(f"{x:.4g}" for x in value.values)
        few = f" in {found.kept:.0%} of the draws" if found.kept < 1 else ""
        print(f"  {value.outcome:50s} {ours:42s} {theirs:14s} {mark:7s} {value.use:12s} "
              f"{value.source}{few}")  # fmt: skip


def failures(checks: Sequence[Check]) -> int:
    """Print the checks; how many failed."""
    for check in checks:
        mark = "" if check.agrees else "  FAILED"
        print(f"  {check.name:50s} {check.ours:42s} {check.reference}{mark}")
    return sum(not check.agrees for check in checks)


def main() -> int:
    """Print every part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few draws: half a minute")
    parser.add_argument("--only", choices=PARTS, help="one part")
    parser.add_argument("--workers", type=int, default=2, help="processes (2)")
    options = parser.parse_args()
    every: list[Line] = []
    failed = 0
    for part in [options.only] if options.only else PARTS:
        draws, size = (QUICK if options.quick else FULL)[part]
        table = predict(part, draws, size, options.workers)
        print(f"\n{part}: {draws} draws; median (90 % interval) | published")
        lines = judged(part, table)
        show(lines)
        every += [found for found in lines if found.inside is not None]
        failed += failures(list(PARTS[part].checks(table)))
    for word, part_of in (("told ranges or structure", True), ("are tests", False)):
        some = [found for found in every if (found.value.use == "told") is part_of]
        inside = sum(bool(found.inside) for found in some)
        print(
            f"\n{len(some)} published values {word}: {inside} inside, {len(some) - inside} missed"
        )
    print(f"\n{failed} checks failed")
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
