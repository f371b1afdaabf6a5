"""`anagen check`, `anagen cite` and `anagen bench`: data, sources, speed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from anagen.cli.common import Out, Studies, load, writable
from anagen.errors import InputError

POOLED = ("answer", "evidence")
"""Commands that pool studies, and so rest on the references of the methods."""


def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Studies, parameters, references, law, ...; none: all that ships."),
    ] = None,
) -> None:
    """Lint the evidence base, or the files given: units, sources, ranges, double counting."""
    from anagen.checks import check_base, check_files
    from anagen.verdict.words import plural

    problems = list(check_files(files) if files else check_base())
    for problem in problems:
        typer.echo(f"error: {problem}", err=True)
    if problems:
        raise typer.Exit(2)
    typer.echo(f"{plural(len(files), 'file') if files else 'data'}: nothing to mend")


def cite(
    run: Annotated[Path, typer.Argument(help="A folder that a run left, or its run.json.")],
    bibtex: Annotated[bool, typer.Option(help="Print BibTeX instead of lines.")] = False,
    studies: Studies = None,
) -> None:
    """The references that this very result rests on."""
    from anagen.report.references import references, references_bibtex

    keys, command = _citations_of(run)
    write = references_bibtex if bibtex else references
    for line in write(keys, load(studies), pooled=command in POOLED):
        typer.echo(line)


def _citations_of(run: Path) -> tuple[list[str], str]:
    from anagen.files import read_text

    path = run / "run.json" if run.is_dir() else run
    try:
        content = json.loads(read_text(path))
        keys, command = content["citations"], str(content.get("command"))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError("not a run record; give the folder that --out named", file=path) from None
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        problem = "must be a list of texts, as the run wrote it; run it again"
        raise InputError(problem, file=path, field="citations")
    return keys, command


def bench(
    out: Out = None,
    quick: Annotated[bool, typer.Option(help="Smaller parts, fewer rounds: 35 s.")] = False,
    threads: Annotated[int, typer.Option(help="For the row with threads.", min=1, max=256)] = 2,
    memory: Annotated[bool, typer.Option(help="Also run 1e8 follicles.")] = False,
) -> None:
    """Time the event engine beside its peers, all in one run: ratios with their spread."""
    from anagen.bench.table import print_bench, run_bench

    writable(out)
    print_bench(run_bench(quick, out, threads, memory=memory))
