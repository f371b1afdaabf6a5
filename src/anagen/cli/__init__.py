"""The command line: answer, evidence, simulate, population, trial, check, cite, bench.

Bad input ends in one sentence on standard error and exit code 2.
"""

from __future__ import annotations

import io
import sys

import typer

from anagen.cli.data import bench, check, cite
from anagen.cli.evidence import answer, evidence
from anagen.cli.population import population
from anagen.cli.simulate import simulate
from anagen.cli.trial import trial
from anagen.errors import AnagenError, OutputError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Do exosomes work for hair loss, and for whom?",
)
for _command in (answer, evidence, simulate, population, trial, check, cite, bench):
    app.command()(_command)


def main() -> None:
    """Run the command line; every expected error is one sentence and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal may lack the minus sign
    try:
        app(prog_name="anagen")
    except AnagenError as error:
        do = "; give another --out folder" if isinstance(error, OutputError) else ""
        typer.echo(f"error: {error}{do}", err=True)
        raise SystemExit(2) from None
