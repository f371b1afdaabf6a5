"""The command line: `anagen answer`, `evidence`, `simulate`, `check`, `cite`, `bench`.

Bad input ends in one sentence on standard error and exit code 2.
"""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anagen.errors import AnagenError, InputError, OutputError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from anagen.evidence.study import Study
    from anagen.forecast.summary import Simulated
    from anagen.verdict.lookup import Evidence
    from anagen.verdict.summary import Answer

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Do exosomes work for hair loss, and for whom?",
)


def _folder(text: str) -> Path:
    """The folder that an option names; an empty name would be the one we are in."""
    if not text.strip():
        raise InputError("an empty name of a folder; name one, or leave the option out")
    return Path(text)


Out = Annotated[
    Path | None,
    typer.Option(help="Folder for the report and the data.", parser=_folder, metavar="FOLDER"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]
Studies = Annotated[
    Path | None,
    typer.Option(
        help="Folder of further study files, checked before use.", parser=_folder, metavar="FOLDER"
    ),
]
Seed = Annotated[int, typer.Option(help="Recorded; nothing here is random.")]


def _load(extra: Path | None) -> tuple[Study, ...]:
    from anagen.evidence.studies import load_studies

    return load_studies(extra)


def _writable(out: Path | None) -> None:
    """Refuse an --out that cannot be a folder before any work is done."""
    if out is None:
        return
    there = next(path for path in (out.absolute(), *out.absolute().parents) if path.exists())
    if there == out.absolute() and not there.is_dir():
        raise OutputError(f"{out} is a file")
    if not there.is_dir() or not os.access(there, os.W_OK):
        why = "may not be written" if there.is_dir() else "is a file"
        raise OutputError(f"the report cannot be written in the folder {out} ({there} {why})")


def _print_json(text: str) -> None:
    """JSON as it is, or with escapes where the terminal has too few letters."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(json.loads(text), indent=1) + "\n"
    sys.stdout.write(text)


def _console() -> Console:
    from rich.console import Console

    width = None if sys.stdout.isatty() else 120
    return Console(width=width, highlight=False, markup=False, emoji=False)


@app.command()
def answer(
    out: Out = None, as_json: AsJson = False, studies: Studies = None, seed: Seed = 0
) -> None:
    """Every claim made for the therapy, beside what the published trials say."""
    from anagen.report.answer import to_json, write_answer
    from anagen.verdict import make_answer

    _writable(out)
    base = _load(studies)
    summary = make_answer(base)
    if out is not None:
        run = {"command": "answer", "seed": seed, "studies": str(studies) if studies else None}
        report = write_answer(summary, base, out, run)
    if as_json:
        _print_json(to_json(summary))
        return
    _print_answer(summary)
    if out is not None:
        typer.echo(f"\nReport: {report}")


def _print_answer(summary: Answer) -> None:
    from rich.table import Table

    from anagen.verdict.words import first_upper, say_control

    console = _console()
    console.print(summary.question, style="bold")
    for line in summary.bottom_line:
        console.print(line)
    table = Table(box=None, padding=(0, 2, 1, 0), expand=True)
    table.add_column("claim", width=24, overflow="fold")
    table.add_column("controlled studies (people)", width=10)
    table.add_column("certainty", width=11)
    table.add_column("verdict", ratio=1, overflow="fold")
    for row in summary.claims:
        n = row.body.controlled
        table.add_row(f"“{row.claim}”", f"{n.studies} ({n.participants})",
                      row.body.certainty.level, row.words)  # fmt: skip
    console.print(table)
    for c in summary.controls:
        console.print(f"{first_upper(say_control(c))}, hairs/cm2 from baseline.")
    for warning in summary.warnings:
        console.print(warning, style="dim")


@app.command()
def evidence(
    therapy: Annotated[
        str | None, typer.Option(help="For example exosome, minoxidil, prp.")
    ] = None,
    outcome: Annotated[
        str | None, typer.Option(help="For example total_hair_density, or a family: density.")
    ] = None,
    condition: Annotated[
        str | None, typer.Option(help="For example androgenetic_alopecia.")
    ] = None,
    out: Out = None,
    as_json: AsJson = False,
    studies: Studies = None,
    seed: Seed = 0,
) -> None:
    """Studies, pooled effects, heterogeneity and certainty for a filter."""
    from anagen.evidence.selection import Question
    from anagen.report.answer import to_json
    from anagen.report.evidence import write_evidence
    from anagen.verdict.lookup import make_evidence
    from anagen.vocabulary import known_outcome

    _writable(out)
    outcome = known_outcome(outcome) if outcome else None
    question = Question.of(therapy, outcome, condition)
    base = _load(studies)
    summary = make_evidence(question, base)
    if out is not None:
        run = {"command": "evidence", "seed": seed, "filters": summary.filters,
               "studies": str(studies) if studies else None}  # fmt: skip
        report = write_evidence(summary, base, out, run)
    if as_json:
        _print_json(to_json(summary))
        return
    _print_evidence(summary)
    if out is not None:
        typer.echo(f"\nReport: {report}")


def _print_evidence(summary: Evidence) -> None:
    from anagen.verdict.words import say_controlled, say_effect, say_uncontrolled
    from anagen.vocabulary import label

    console = _console()
    for pool in summary.pools:
        what = f"{pool.therapy} {pool.dose}".strip() + f", {label('outcome', pool.outcome)}"
        console.print(what, style="bold")
        console.print(f"  {say_effect(pool.effect)}" if pool.effect
                      else f"  no legitimate pool: {pool.reason}")  # fmt: skip
    console.print(say_controlled(summary.body), say_uncontrolled(summary.body))
    sure = summary.body.certainty
    why = "; ".join(f"{d.domain} -{d.steps} ({d.reason})" for d in sure.downgrades)
    console.print(f"Certainty: {sure.level}{f'. {why}' if why else ''}.")
    for study in summary.studies:
        console.print(f"  {study.study}: {study.label}", style="dim")
    for warning in summary.warnings:
        console.print(warning)


@app.command()
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

    _writable(out)
    request = Request.read(patient, regimens, weeks=weeks, draws=draws, hypothesis=hypothesis,
                           solver=solver, vary=vary or [], month=month, seed=seed,
                           threads=threads)  # fmt: skip
    base = _load(None)
    with Progress(request.steps) as progress:
        made = run(request, base, progress.step)
        report = None
        if out is not None:
            from anagen.report.simulate import write_simulated

            report = write_simulated(made, base, out, request.record)
    if as_json:
        from anagen.report.simulate_words import to_json as simulated_json

        _print_json(simulated_json(made.summary))
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

    console, gains = _console(), gain_table(summary)
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


@app.command()
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


@app.command()
def cite(
    run: Annotated[Path, typer.Argument(help="A folder that a run left, or its run.json.")],
    bibtex: Annotated[bool, typer.Option(help="Print BibTeX instead of lines.")] = False,
    studies: Studies = None,
) -> None:
    """The references that this very result rests on."""
    from anagen.report.references import references, references_bibtex

    keys, command = _citations_of(run)
    write = references_bibtex if bibtex else references
    for line in write(keys, _load(studies), pooled=command != "simulate"):
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


@app.command()
def bench(
    out: Out = None,
    quick: Annotated[bool, typer.Option(help="Smaller parts, fewer rounds: 35 s.")] = False,
    threads: Annotated[int, typer.Option(help="For the row with threads.", min=1, max=256)] = 2,
    memory: Annotated[bool, typer.Option(help="Also run 1e8 follicles.")] = False,
) -> None:
    """Time the event engine beside its peers, all in one run: ratios with their spread."""
    from anagen.bench.table import print_bench, run_bench

    _writable(out)
    print_bench(run_bench(quick, out, threads, memory=memory))


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
