"""What common random numbers are worth: python validation/trials/common_numbers.py.

Variance of the difference between two designs' estimates, each by the same people and luck, over
that with luck of its own (`anagen.trial.scan.crn_factor`); 0.25 is worth four times the replicates.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from layouts import DENSITY, MEN, PRP, SALINE, SEED
from records import HOME

from anagen.trial.design import Design, design_of
from anagen.trial.run import Plan
from anagen.trial.scan import changed, crn_factor
from anagen.trial.workers import processes

REPLICATES = 60
GROWN = 100
SCANS: dict[str, tuple[str, Any, Any]] = {
    "people of an arm": ("arm.*.n", 40, 50),
    "platelets, times blood's": ("arm[0].courses[0].platelet_fold", 4, 6),
    "spacing of the points [mm]": ("arm[0].courses[0].spacing_mm", 10, 15),
    "last visit [week]": ("trial.visits_weeks", [0, 12, 24], [0, 12, 26]),
    "share who leave": ("trial.dropout", 0.1, 0.2),
}


def base() -> Design:
    """Two arms of 40 men, PRP and saline."""
    return design_of({
        "trial": {"name": "scan", "visits_weeks": [0, 12, 24], "endpoint": DENSITY,
                  "dropout": 0.1, "analysis": "ancova"},
        "population": {**MEN, "age": [18, 60]},
        "arm": [{"name": "PRP", "n": 40, "courses": PRP},
                {"name": "saline", "n": 40, "courses": SALINE}],
    })  # fmt: skip


def main() -> None:
    """Measure, print and write the factors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=REPLICATES)
    parser.add_argument("--workers", type=int, default=2, help="processes (2)")
    options = parser.parse_args()
    plan = Plan(base(), "central", SEED, follicles=GROWN)
    text = ["what,from,to,factor,se,replicates"]
    for name, (path, one, other) in SCANS.items():
        plans = [replace(plan, design=changed(plan.design, path, x)) for x in (one, other)]
        found = crn_factor(*plans, options.replicates, processes(options.workers))
        print(f"{name}: {one} to {other}: {found.factor:.3f} +/- {found.se:.3f}", flush=True)
        text.append(f'"{name}","{one}","{other}",{found.factor:.4f},{found.se:.4f},'
                    f"{found.replicates}")  # fmt: skip
    (HOME / "common_numbers.csv").write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    main()
