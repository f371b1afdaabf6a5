"""What a virtual trial says before all, on the page and in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from anagen.report.simulate_numbers import signed
from anagen.report.trial_blocks import (
    Beside,
    Content,
    chance,
    digits_of,
    middle90,
    primary_of,
    share_of,
)
from anagen.trial.summary import Scanned, Summary

NO_EVIDENCE = (
    "Range: 5 to 95 % of the replicates; ±: Monte-Carlo error; power and assurance count "
    "findings in favour of the arm, the type I error either direction. Everything is simulated, "
    "and nothing here is evidence."
)


def first_words(told: Content) -> Iterator[str]:
    """A sentence for every primary comparison, then where published trials found something else."""
    missed = [line for line in told.summary.baseline if not line.reached]
    if missed:
        yield f"These are not the people asked for: {told.summary.population}."
    for c in primary_of(told.summary):
        difference = middle90(c.difference, digits_of(c.unit))
        parts = [f"{difference} {c.unit} over parameters drawn from what is not known"]
        if c.assurance is not None:
            parts.append(f"assurance {share_of(c.assurance)}")
        if c.power is not None:
            parts.append(f"power with the central parameters {share_of(c.power)}")
        yield f"Simulated: {c.arm} against {c.versus} at week {c.week:g}: {'; '.join(parts)}."
    yield from assumptions(told)
    yield from misfits(told)
    yield NO_EVIDENCE


def assumptions(told: Content) -> Iterator[str]:
    """What the trial would find if the difference that the design names were so."""
    planned = {(p.arm, p.versus): p for p in told.summary.planned if p.basis == "assumed"}
    for c in told.summary.assumed:
        plan = planned.get((c.arm, c.versus))
        if c.chosen and plan is not None:
            need = "" if plan.n_for_80 is None else f"; {plan.n_for_80} {people(told)} for 80 %"
            both = f"{share_of(c.power)} (simulated), {chance(plan.power)} (closed form)"
            added = f"{signed(plan.delta)} {told.summary.unit}"
            yield f"If {c.arm} truly added {added}: power {both}{need}."


def people(told: Content) -> str:
    """Whom a number of people counts."""
    return {"parallel": "people per arm", "split_scalp": "heads",
            "crossover": "people"}[told.summary.layout]  # fmt: skip


def misfits(told: Content) -> Iterator[str]:
    """Where the simulated median lies outside of what trials found, in the primary endpoint."""
    for b in told.beside:
        if not b.inside and b.outcome == told.summary.endpoint:
            yield _misfit(b)


def _misfit(b: Beside) -> str:
    side = "overshoots" if b.simulated.q50 > b.high else "falls short"
    found = f"{signed(b.estimate)} ({signed(b.low)} to {signed(b.high)})"
    central = "" if b.central is None else f", {signed(b.central)} at central values"
    return (
        f"{b.arm}: simulated {middle90(b.simulated)} at week {b.week:g}{central}, published trials "
        f"{found} {b.unit}: the median of the draws {side}. Trust the trials."
    )


def warnings_of(told: Content) -> list[str]:
    """What a reader must know, after the numbers of a terminal."""
    return [*assumptions(told), *misfits(told), *told.summary.warnings]


def short_table(summary: Summary) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table in a terminal: what each primary comparison came to."""
    chosen = {(c.arm, c.versus): c for c in summary.characteristics if c.chosen}
    planned = {(p.arm, p.versus): p for p in summary.planned if p.basis == "simulated"}
    head = [f"week {summary.week:g}", f"difference, {summary.unit}", "assurance", "power, centre",
            "closed form", "type I error"]  # fmt: skip
    rows = []
    for c in primary_of(summary):
        pair = (c.arm, c.versus)
        plan = planned.get(pair)
        rows.append([
            f"{c.arm} − {c.versus}", middle90(c.difference, digits_of(c.unit)),
            share_of(c.assurance), share_of(c.power),
            "–" if plan is None else chance(plan.power),
            share_of(chosen[pair].type_i_error if pair in chosen else None),
        ])  # fmt: skip
    return head, rows


def scan_title(made: Scanned) -> str:
    """What a scan is of."""
    return f"{made.what}: {made.arm} against {made.versus}, the same people and luck"


def scan_table(made: Scanned, unit: str) -> tuple[list[str], list[list[str]]]:
    """Head and rows of a scan: each value, and what it changes from the one before."""
    head = ["value", f"difference, {unit}", "power", "more than the value before",
            "power more than before"]  # fmt: skip
    rows = []
    steps = {str(step.after): step for step in made.steps}
    for point in made.points:
        step = steps.get(str(point.value))
        more = ["–", "–"]
        if step is not None:
            more = [f"{signed(step.estimate)} ± {step.estimate_se:.2f}",
                    f"{signed(100 * step.power)} ± {100 * step.power_se:.1f} points"]  # fmt: skip
        value = f"{point.value:g}" if isinstance(point.value, float) else point.value
        rows.append([value, f"{signed(point.estimate)} ± {point.estimate_se:.1f}",
                     share_of(point.power), *more])  # fmt: skip
    return head, rows
