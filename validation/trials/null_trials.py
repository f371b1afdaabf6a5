"""Type I error of every analysis and layout: python validation/trials/null_trials.py.

Trials in which no arm differs (or, for non-inferiority, differs by the margin): 2,000 replicates of
every layout on normal numbers (`anagen.trial.surrogate`), 300 of four layouts on simulated people.
An error has to lie within four Monte-Carlo standard errors of alpha. Discrete tests, adjustments
that are conservative by their theory, and a t test that ignores the strata by which people were
randomised may lie below: of them it is asked not to lie above. Exit code 1 if one does not.

``--quick`` recomputes a slice, drawn by chance, of what is committed in ``null/``.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from layouts import (
    ALPHA,
    BOUNDARIES,
    CHANGE_SD,
    SIMULATED,
    SURROGATES,
    Row,
    engine,
    surrogate,
)
from records import HOME, differences, read, slices, worked, write

from anagen.trial.statistics.power import parallel

KEPT = HOME / "null"
LIMIT = 4
REPLICATES = {"surrogate": 2000, "engine": 300}
SLICE = {"surrogate": 20, "engine": 3}
OF = {"surrogate": tuple(SURROGATES), "engine": SIMULATED}
KEPT_DIGITS = {"surrogate": 3, "engine": 7}
ROW: dict[str, Callable[[str, int], Row]] = {"surrogate": surrogate, "engine": engine}
DISCRETE = ("responders, chi-square", "global_assessment_rank_p", "time_to_measurable_rank_p")
CONSERVATIVE = ("holm", "hochberg", "hommel")


@dataclass(frozen=True)
class Judged:
    """Share of replicates that reject, and what is asked of it.

    ``rule``: ``within`` the limit around ``expected``, ``most``: not above it, ``shown``: nothing.
    """

    kind: str
    layout: str
    test: str
    replicates: int
    failed: int
    share: float
    expected: float
    rule: str

    @property
    def error(self) -> float:
        """Monte-Carlo standard error of the share at its expected value."""
        return math.sqrt(self.expected * (1 - self.expected) / self.replicates)

    @property
    def away(self) -> float:
        """How many of them the share lies from what is expected."""
        return (self.share - self.expected) / self.error

    @property
    def agrees(self) -> bool:
        """Whether it is as asked."""
        if self.rule == "shown":
            return True
        return self.away <= LIMIT and (self.rule == "most" or self.away >= -LIMIT)


def asked(layout: str, test: str) -> tuple[float, str]:
    """The error that a test should have, and the rule it is judged by."""
    if test.startswith("power"):
        return parallel(9.5, CHANGE_SD).power(20), "within"  # the other side: 0.00006
    if layout == "response_dependent_dropout" and not test.startswith("MMRM"):
        return ALPHA, "shown"
    if test.startswith("none") or (layout == "as_simulated" and "unstructured" not in test):
        return ALPHA, "shown"
    if test.startswith("non-inferior") or test in BOUNDARIES:
        return ALPHA / 2, "within"
    stratified = layout == "stratified" and test == "t_test"
    if test in DISCRETE or test.startswith(CONSERVATIVE) or stratified:
        return ALPHA, "most"
    return ALPHA, "within"


def judged(kind: str, layout: str, rows: dict[int, Row]) -> Iterator[Judged]:
    """Every test of a layout."""
    for test in rows[min(rows)]:
        if test.startswith("z "):
            continue
        expected, rule = asked(layout, test)
        x = np.array([row[test] for row in rows.values()])
        rejects = (
            x == 1 if test in BOUNDARIES else x < (ALPHA if "non-inf" not in test else ALPHA / 2)
        )
        known = np.isfinite(x)
        share = float(rejects[known].mean())
        yield Judged(
            kind, layout, test, int(known.sum()), int((~known).sum()), share, expected, rule
        )


def path_of(kind: str, layout: str) -> Path:
    """Where the replicates of a layout are committed."""
    return KEPT / f"{kind}_{layout}.csv"


def recomputed(kind: str, layout: str, n: int, seed: int | None = None) -> list[str]:
    """What of ``n`` committed replicates, drawn by chance, is not met again."""
    kept = read(path_of(kind, layout))
    own, some = slices(list(kept), n, seed)
    return [f"{kind} {layout}, replicate {r} (slice of seed {own}): {wrong}"
            for r in some
            for wrong in differences(kept[r], ROW[kind](layout, r), KEPT_DIGITS[kind])]  # fmt: skip


def show(found: Judged) -> None:
    """Print a line."""
    mark = "" if found.agrees else "FAILED"
    not_known = f", {found.failed} not possible" if found.failed else ""
    print(f"  {found.test:44s} {found.share:.4f} (asked: {found.rule} {found.expected:.4g}, "
          f"{found.away:+.1f} errors of {found.error:.4f}{not_known}) {mark}")  # fmt: skip


def summary(every: list[Judged]) -> None:
    """Write the shares of all tests."""
    text = ["kind,layout,test,replicates,not_possible,share,expected,errors_away,rule"]
    text += [f'{j.kind},{j.layout},"{j.test}",{j.replicates},{j.failed},{j.share:.4f},'
             f"{j.expected:.4g},{j.away:+.2f},{j.rule}" for j in every]  # fmt: skip
    (HOME / "type_one_error.csv").write_text("\n".join(text) + "\n")


def main() -> int:
    """Run, or recompute a slice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="recompute a slice: half a minute")
    parser.add_argument("--only", choices=OF, help="surrogates or the engine")
    parser.add_argument("--layout", help="one layout")
    parser.add_argument("--show", action="store_true", help="show what is committed")
    parser.add_argument("--replicates", type=int, help="fewer than the 2,000 and 300")
    parser.add_argument("--workers", type=int, default=2, help="processes (2)")
    options = parser.parse_args()
    failed, every = 0, list[Judged]()
    for kind in [options.only] if options.only else OF:
        for layout in [options.layout] if options.layout else OF[kind]:
            if options.quick:
                wrong = recomputed(kind, layout, SLICE[kind])
                print(
                    f"{kind} {layout}: {'met again' if not wrong else '; '.join(wrong)}", flush=True
                )
                failed += bool(wrong)
                continue
            if not options.show:
                n = range(options.replicates or REPLICATES[kind])
                rows = worked(partial(ROW[kind], layout), n, options.workers)
                write(path_of(kind, layout), rows, KEPT_DIGITS[kind])
            kept = read(path_of(kind, layout))
            print(f"\n{kind}, {layout}: {len(kept)} replicates", flush=True)
            found = list(judged(kind, layout, kept))
            for one in found:
                show(one)
            every += found
            failed += sum(not one.agrees for one in found)
    if not (options.quick or options.only or options.layout):
        summary(every)
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
