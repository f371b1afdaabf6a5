"""Hold the follicle law against published models: python validation/hair_cycle/compare.py.

Prints every comparison; exit code 1 if one of the judged ones misses its tolerance.
"""

from __future__ import annotations

import automaton
import halloy
import histology
import wang


def main() -> int:
    """Run all comparisons."""
    failed = 0
    for title, part in (
        ("deterministic automaton", halloy),
        ("stochastic automaton", automaton),
        ("activator and inhibitor", wang),
        ("shedding, density, histology", histology),
    ):
        print(f"\n{title}")
        for check in part.checks():
            mark = {True: "", False: "  MISSED", None: "  (not judged)"}[check.agrees]
            print(f"  {check.name:60s} {check.ours:>28s}   {check.reference}{mark}")
            failed += check.agrees is False
    print(f"\n{failed} missed")
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
