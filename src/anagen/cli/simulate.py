"""`anagen simulate`: one patient under regimens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anagen.cli.common import (
    AsJson,
    Hypothesis,
    Luck,
    Out,
    Threads,
    console_of,
    load,
    print_json,
    writable,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from anagen.forecast.summary import Simulated


def simulate(
    patient: Annotated[Path, typer.Argument(help="Patient file (TOML).", metavar="PATIENT.toml")],
    regimens: Annotated[
        list[Path], typer.Argument(help="Regimen files (TOML).", metavar="REGIMEN.toml...")
    ],
    weeks: Annotated[float, typer.Option(help="Horizon.")] = 52,
    draws: Annotated[
        int,
        typer.Option(
            help="Parameter sets drawn from their ranges, 2 to 2000; each takes 0.1 to 1 s."
        ),
    ] = 200,
    hypothesis: Hypothesis = "gradual",
    solver: Annotated[
        str, typer.Option(help="Delivery: closed forms, or reference (finite volumes, slow).")
    ] = "closed",
    vary: Annotated[
        list[str] | None,
        typer.Option(help="KEY=a,b,c: other values of a field of the first regimen; repeatable."),
    ] = None,
    month: Annotated[
        str | None,
        typer.Option(
            help="Today's month for the season: a name, or 1 to below 13 (northern half)."
        ),
    ] = None,
    seed: Luck = 0,
    threads: Threads = 2,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """One patient under regimens, their shams and no treatment: course with intervals."""
    from anagen.forecast.command import Request, run
    from anagen.report.progress import Progress

    writable(out)
    request = Request.read(patient, regimens, weeks=weeks, draws=draws, hypothesis=hypothesis,
                           solver=solver, vary=vary or [], month=month, seed=seed,
                           threads=threads)  # fmt: skip
    base = load(None)
    with Progress(request.steps) as progress:
        made = run(request, base, progress.step)
        report = None
        if out is not None:
            from anagen.report.simulate import write_simulated

            report = write_simulated(made, base, out, request.record)
    if as_json:
        from anagen.report.simulate_words import to_json as simulated_json

        print_json(simulated_json(made.summary))
        return
    _print_simulated(made.summary)
    if report is not None:
        typer.echo(f"\nReport: {report}")


def _print_simulated(summary: Simulated) -> None:
    from anagen.report import simulate_words as words
    from anagen.report.simulate_gains import verdicts
    from anagen.report.simulate_numbers import readable
    from anagen.report.simulate_patient import before_all, first_words

    console = console_of()
    said_first = (*before_all(summary), *first_words(summary), *verdicts(summary))
    for line in (*said_first, words.PRIOR_ONLY, *words.say_few(summary)):
        console.print(line, style="bold")
    for table in tables(summary):
        console.print(table)
    for line in words.short(summary):
        console.print(line)
    approval = [f"Approval: {summary.regulation}"] if summary.regulation else []
    said = words.say_few(summary)
    for warning in (*(w for w in summary.warnings if w not in said), *approval):
        console.print(readable(warning), style="dim")


def tables(summary: Simulated) -> list[Table]:
    """The gains and the protocols as tables for a terminal: what folds are words, not numbers."""
    from anagen.report import simulate_words as words
    from anagen.report.simulate_gains import gain_tables, gain_unit
    from anagen.report.simulate_numbers import of_draws, range90, readable

    made = [_table(t.title, t.columns, t.rows) for t in gain_tables(summary)]
    rows = []
    for t in summary.vary:
        if t.gain is None or t.measurable is None:
            rows.append([f"{words.say_tried(t)}: cannot be given: {readable(t.refused or '')}",
                         "", "", ""])  # fmt: skip
        else:
            rows.append([words.say_tried(t), words.say_wetted(t), range90(t.gain),
                         of_draws(summary, t.measurable)])  # fmt: skip
    columns = ["protocol", "wetted", "net gain (90 %)", "measurable"]
    title = f"Protocols: {gain_unit(summary)}; wetted at the bulb: first session, all"
    return [*made, _table(title, columns, rows)] if rows else made


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table whose first column folds at its words, and whose numbers are never cut."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), title=title, title_justify="left")
    table.add_column(columns[0], overflow="fold")
    for name in columns[1:]:
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table
