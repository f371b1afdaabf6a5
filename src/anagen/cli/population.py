"""`anagen population`: virtual people weighted to a trial's baseline table."""

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
from anagen.population import FLOOR, PEOPLE

if TYPE_CHECKING:
    from anagen.population.summary import Summary


def population(
    file: Annotated[
        Path, typer.Argument(help="File with a [population] table (TOML).", metavar="FILE.toml")
    ],
    people: Annotated[int, typer.Option(help="Plausible people of the pool.")] = PEOPLE,
    floor: Annotated[
        float, typer.Option(help="Least effective sample size, as a share of these people.")
    ] = FLOOR,
    within_error: Annotated[
        bool, typer.Option(help="Let each line be missed by its own standard error (needs n).")
    ] = False,
    hypothesis: Hypothesis = "gradual",
    seed: Luck = 0,
    threads: Threads = 2,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Virtual people for a trial: drawn, grown, weighted to its published baseline table."""
    from anagen.input_file import input_record
    from anagen.population.made import make_population
    from anagen.population.request import read_request
    from anagen.population.summary import summarise

    writable(out)
    asked = read_request(file)
    made = make_population(
        asked, people, seed=seed, threads=threads, hypothesis=hypothesis, floor=floor,
        within_error=within_error,
    )  # fmt: skip
    summary = summarise(made)
    if out is not None:
        from anagen.report.population import write_population

        run = {
            "command": "population", "people": people, "floor": floor, "hypothesis": hypothesis,
            "within_error": within_error, "seed": seed, "input": [input_record(file)],
        }  # fmt: skip
        report = write_population(made, load(None), out, run)
    if as_json:
        print_json(summary.model_dump_json(indent=1) + "\n")
        return
    _print_population(summary)
    if out is not None:
        typer.echo(f"\nReport: {report}")


def _print_population(summary: Summary) -> None:
    from rich.table import Table

    from anagen.report.population import line_name, significant

    console = console_of()
    console.print(f"{summary.sentence[:1].upper()}{summary.sentence[1:]}.", style="bold")
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("line", "unit", "published", "virtual", "unweighted", "reached"):
        table.add_column(column, overflow="fold")
    for line in summary.table:
        values = map(significant, (line.published, line.virtual, line.pool))
        table.add_row(line_name(line), line.unit, *values, "yes" if line.reached else "no")
    console.print(table)
    console.print("Simulated, not calibrated: virtual people are no evidence.")
    for warning in summary.warnings:
        console.print(warning, style="dim")
