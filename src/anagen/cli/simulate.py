"""`anagen simulate`: one patient under regimens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anagen.cli.common import AsJson, Out, console_of, load, print_json, writable

if TYPE_CHECKING:
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
            help="Parameter sets drawn from their ranges; beyond 200 each takes 1 s more."
        ),
    ] = 200,
    hypothesis: Annotated[
        str, typer.Option(help="How follicles shrink: gradual, abrupt or kenogen_driven.")
    ] = "gradual",
    solver: Annotated[
        str, typer.Option(help="Delivery: closed forms, or reference (finite volumes, slow).")
    ] = "closed",
    vary: Annotated[
        list[str] | None,
        typer.Option(help="KEY=a,b,c: other values of a field of the first regimen; repeatable."),
    ] = None,
    month: Annotated[
        str | None,
        typer.Option(help="Today's month for the season: a name, or 1 to 13 (northern half)."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Name of the luck.")] = 0,
    threads: Annotated[
        int, typer.Option(help="The result does not depend on it.", min=1, max=256)
    ] = 2,
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
    from rich.table import Table

    from anagen.report import simulate_words as words
    from anagen.report.simulate_gains import gain_table, verdicts
    from anagen.report.simulate_numbers import readable
    from anagen.report.simulate_patient import first_words

    console, gains = console_of(), gain_table(summary)
    said_first = (*first_words(summary), *verdicts(summary), words.PRIOR_ONLY)
    for line in (*said_first, *words.say_few(summary)):
        console.print(line, style="bold")
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in gains.columns:
        table.add_column(column, overflow="fold", min_width=0 if table.columns else 24)
    for row in gains.rows:
        table.add_row(*row)
    console.print(table)
    if summary.vary:
        console.print(_protocols(summary))
    for line in words.short(summary):
        console.print(line)
    approval = [f"Approval: {summary.regulation}"] if summary.regulation else []
    said = words.say_few(summary)
    for warning in (*(w for w in summary.warnings if w not in said), *approval):
        console.print(readable(warning), style="dim")


def _protocols(summary: Simulated) -> Table:
    from rich.table import Table

    from anagen.report import simulate_words as words
    from anagen.report.simulate_gains import gain_unit
    from anagen.report.simulate_numbers import percent, range90, readable

    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in (
        "protocol",
        "wetted at the bulb: first, all",
        f"net gain (90 %), {gain_unit(summary)}",
        "measurable",
    ):
        table.add_column(column, overflow="fold")
    for t in summary.vary:
        if t.gain is None or t.measurable is None:
            table.add_row(words.say_tried(t), f"cannot be given: {readable(t.refused or '')}",
                          "", "")  # fmt: skip
        else:
            table.add_row(words.say_tried(t), words.say_wetted(t), range90(t.gain),
                          percent(t.measurable))  # fmt: skip
    return table
