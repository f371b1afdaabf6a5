"""`anagen answer` and `anagen evidence`: what the published trials say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from anagen.cli.common import (
    AsJson,
    Out,
    Seed,
    Studies,
    console_of,
    load,
    print_json,
    writable,
)

if TYPE_CHECKING:
    from anagen.verdict.lookup import Evidence
    from anagen.verdict.summary import Answer


def answer(
    out: Out = None, as_json: AsJson = False, studies: Studies = None, seed: Seed = 0
) -> None:
    """Every claim made for the therapy, beside what the published trials say."""
    from anagen.report.answer import to_json, write_answer
    from anagen.verdict import make_answer

    writable(out)
    base = load(studies)
    summary = make_answer(base)
    if out is not None:
        run = {"command": "answer", "seed": seed, "studies": str(studies) if studies else None}
        report = write_answer(summary, base, out, run)
    if as_json:
        print_json(to_json(summary))
        return
    _print_answer(summary)
    if out is not None:
        typer.echo(f"\nReport: {report}")


def _print_answer(summary: Answer) -> None:
    from rich.table import Table

    from anagen.verdict.words import first_upper, say_control

    console = console_of()
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

    writable(out)
    outcome = known_outcome(outcome) if outcome else None
    question = Question.of(therapy, outcome, condition)
    base = load(studies)
    summary = make_evidence(question, base)
    if out is not None:
        run = {"command": "evidence", "seed": seed, "filters": summary.filters,
               "studies": str(studies) if studies else None}  # fmt: skip
        report = write_evidence(summary, base, out, run)
    if as_json:
        print_json(to_json(summary))
        return
    _print_evidence(summary)
    if out is not None:
        typer.echo(f"\nReport: {report}")


def _print_evidence(summary: Evidence) -> None:
    from anagen.verdict.words import say_controlled, say_effect, say_uncontrolled
    from anagen.vocabulary import label

    console = console_of()
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
