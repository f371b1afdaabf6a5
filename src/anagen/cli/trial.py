"""`anagen trial`: a virtual trial, run many times."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, cast

import typer

from anagen.cli.common import (
    AsJson,
    Hypothesis,
    Luck,
    Out,
    console_of,
    load,
    print_json,
    writable,
)
from anagen.errors import InputError, unknown_word
from anagen.trial import defaults

if TYPE_CHECKING:
    from anagen.evidence.study import Study
    from anagen.report.progress import Progress
    from anagen.report.trial_blocks import Content
    from anagen.trial.design import Design
    from anagen.trial.run import Plan, Runner, Scenario
    from anagen.trial.sensitivity import Ranking
    from anagen.trial.summary import Summary

KEPT = "replicates"
"""Folder in that of the report where finished replicates are kept, a folder for each scenario."""
INTERRUPTED = 130
"""Exit code of a command that was ended by Ctrl-C."""
MOST_WORKERS = 2


def trial(
    file: Annotated[Path, typer.Argument(help="Trial design (TOML).", metavar="DESIGN.toml")],
    replicates: Annotated[
        int, typer.Option(help="Whole trials of every scenario, with new people and luck.")
    ] = defaults.REPLICATES,
    scenarios: Annotated[
        str,
        typer.Option(
            help="central (power), drawn (assurance), null (type I error), no_effect; by commas."
        ),
    ] = ",".join(defaults.SCENARIOS),
    workers: Annotated[
        int | None,
        typer.Option(help="Processes; the result does not depend on it.", min=1, max=256),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Dask scheduler to send the replicates to.", metavar="ADDRESS"),
    ] = None,
    scan: Annotated[
        list[str] | None,
        typer.Option(
            help="Field of the design and its values, as 'arm[0].n=40,60'; may be repeated.",
            metavar="KEY=A,B",
        ),
    ] = None,
    follicles: Annotated[
        int | None, typer.Option(help="Grown of each person; those of the area read if omitted.")
    ] = None,
    hypothesis: Hypothesis = "gradual",
    seed: Luck = 0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """A virtual trial, run many times: power, assurance, errors, report. All simulated."""
    from anagen.report.progress import Progress
    from anagen.trial.design import read_design

    writable(out)
    asked = Asked(file, read_design(file), _scenarios(scenarios), replicates, follicles,
                  hypothesis, seed, _scans(scan or []))  # fmt: skip
    runner = _runner(workers, scheduler)
    with _home(out) as home, Progress(replicates * len(asked.scenarios), "replicates") as progress:
        try:
            told, page = _run(asked, runner, home, out, progress)
        except KeyboardInterrupt:
            _interrupted(out, progress)
    if as_json:
        from anagen.report.trial import summary_json

        print_json(summary_json(told.summary))
        return
    _print_trial(told)
    if page is not None:
        typer.echo(f"\nReport: {page}")


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    file: Path
    design: Design
    scenarios: tuple[Scenario, ...]
    replicates: int
    follicles: int | None
    hypothesis: str
    seed: int
    scans: tuple[tuple[str, list[float | str]], ...]

    def plan(self, scenario: Scenario) -> Plan:
        """The plan of one scenario."""
        from anagen.trial.run import Plan

        return Plan(self.design, scenario, self.seed, self.hypothesis, self.follicles)

    @property
    def record(self) -> dict[str, Any]:
        """What was asked, for the record of the run; nothing that the result does not depend on."""
        from anagen.input_file import input_record

        return {
            "command": "trial", "replicates": self.replicates, "scenarios": list(self.scenarios),
            "follicles": self.plan(self.scenarios[0]).grown, "hypothesis": self.hypothesis,
            "seed": self.seed, "scans": self.scans, "input": [input_record(self.file)],
        }  # fmt: skip


def _run(
    asked: Asked, runner: Runner, home: Path, out: Path | None, progress: Progress
) -> tuple[Content, Path | None]:
    """Run every scenario; the report, where a folder is named for it."""
    from anagen.trial.run import MOST, data_of
    from anagen.trial.scan import changed
    from anagen.trial.virtual import virtual_trial

    if not 2 <= asked.replicates <= MOST:
        problem = f"must lie between 2 and {MOST} (given: {asked.replicates})"
        raise InputError(problem, field="--replicates")
    main = "central" if "central" in asked.scenarios else asked.scenarios[0]
    for what, values in asked.scans:
        if main != "central":
            problem = "is of the central parameters; name central among the --scenarios"
            raise InputError(problem, field="--scan")
        for value in values:
            changed(asked.design, what, value)
    data = data_of(asked.plan(main), 0)  # what cannot be simulated is refused before any file
    summary = virtual_trial(
        asked.design, replicates=asked.replicates, scenarios=asked.scenarios, seed=asked.seed,
        hypothesis=asked.hypothesis, follicles=asked.follicles, folder=home, runner=runner,
        told=progress.step, scans=asked.scans,
    )  # fmt: skip
    studies = load(None)
    told = _content(asked, summary, home, studies)
    if out is None:
        return told, None
    from anagen.report.trial import write_trial
    from anagen.trial.adam import write_adam

    write_adam(asked.design, data, out)
    return told, write_trial(told, studies, out)


def _content(asked: Asked, summary: Summary, home: Path, studies: Sequence[Study]) -> Content:
    """Everything that the report is made of."""
    from anagen.report.trial_blocks import Content
    from anagen.report.trial_published import published_beside

    return Content(
        summary=summary, design=asked.design, follicles=asked.plan(asked.scenarios[0]).grown,
        ranking=_ranking(asked, home),
        beside=list(published_beside(summary, asked.design, studies)),
        run=asked.record,
    )  # fmt: skip


def _ranking(asked: Asked, home: Path) -> Ranking | None:
    """What the difference hangs on; None without enough parameter sets."""
    from anagen.trial.run import store_of
    from anagen.trial.sensitivity import FEWEST, rank_parameters
    from anagen.trial.sources import rows_read

    if "drawn" not in asked.scenarios or asked.replicates < FEWEST:
        return None
    plan = asked.plan("drawn")
    store = store_of(plan, asked.replicates, home / plan.scenario)
    return rank_parameters(plan, store, rows_read(asked.design, asked.hypothesis))


def _scans(texts: Sequence[str]) -> tuple[tuple[str, list[float | str]], ...]:
    """What is to be scanned. Raises InputError."""
    from anagen.trial.scan import read_scan

    return tuple(read_scan(text) for text in texts)


def _scenarios(text: str) -> tuple[Scenario, ...]:
    """The scenarios named, each once. Raises InputError."""
    from anagen.trial.run import SCENARIOS

    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names or ("",):
        if name not in SCENARIOS:
            raise InputError(unknown_word("scenario", name, SCENARIOS), field="--scenarios")
    if not {"central", "drawn"} & set(names):
        problem = f"central or drawn is needed, as the others hold no effect (given: {text})"
        raise InputError(problem, field="--scenarios")
    return cast("tuple[Scenario, ...]", names)


def _runner(workers: int | None, scheduler: str | None) -> Runner:
    """Who works off the replicates. Raises InputError for workers here and elsewhere at once."""
    from anagen.trial import workers as pools
    from anagen.trial.run import here

    if scheduler is not None:
        if workers is not None:
            problem = f"workers are those of the scheduler {scheduler}; leave one of the two out"
            raise InputError(problem, field="--workers")
        return pools.scheduler(scheduler)
    some = min(MOST_WORKERS, os.cpu_count() or 1) if workers is None else workers
    return here if some == 1 else pools.processes(some)


@contextmanager
def _home(out: Path | None) -> Iterator[Path]:
    """Where replicates are kept: in the report's folder, or until the command ends."""
    if out is not None:
        yield out / KEPT
        return
    with tempfile.TemporaryDirectory() as scratch:
        yield Path(scratch)


def _interrupted(out: Path | None, progress: Progress) -> NoReturn:
    """Say what is kept and how to go on, and end."""
    done = f"interrupted: {progress.done} of {progress.steps} replicates are finished"
    kept = "and lost; with --out FOLDER they are kept, and the same command goes on"
    if out is not None:
        kept = f"and kept in {out / KEPT}; the same command goes on from there"
    typer.echo(f"{done} {kept}", err=True)
    raise typer.Exit(INTERRUPTED)


def _print_trial(told: Content) -> None:
    from rich.table import Table

    from anagen.report.trial import title
    from anagen.report.trial_words import (
        NO_EVIDENCE,
        scan_table,
        scan_title,
        short_table,
        warnings_of,
    )

    console = console_of()
    console.print(title(told), style="bold")
    columns, rows = short_table(told.summary)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for i, name in enumerate(columns):
        table.add_column(name, overflow="fold", no_wrap=i > 0)
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for made in told.summary.scans:
        columns, rows = scan_table(made, told.summary.unit)
        table = Table(box=None, padding=(0, 2, 0, 0), title=scan_title(made), title_justify="left")
        for name in columns:
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    console.print(NO_EVIDENCE)
    for line in warnings_of(told):
        console.print(line, style="dim")
