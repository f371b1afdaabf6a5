"""Write a virtual trial to a folder: summary, report, figures with their data, record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from anagen.evidence.study import Study
from anagen.files import write_whole
from anagen.report import trial_limits, trial_people, trial_plan, trial_question, trial_results
from anagen.report.answer import environment, run_record, write_figures
from anagen.report.references import references
from anagen.report.trial_blocks import (
    Content,
    Drawn,
    Section,
    csv_of,
)
from anagen.report.trial_words import first_words
from anagen.trial.summary import Summary
from anagen.vocabulary import label

ORDER = (
    trial_question.simulated,
    trial_question.context,
    trial_question.estimand,
    trial_question.population,
    trial_plan.arms,
    trial_plan.measurement,
    trial_plan.conduct,
    trial_plan.randomisation,
    trial_plan.analysis,
    trial_plan.size,
    trial_results.results,
    trial_results.characteristics,
    trial_results.assurance,
    trial_people.subgroups,
    trial_people.responders,
    trial_limits.safety,
    trial_limits.validation,
    trial_limits.sensitivity,
    trial_limits.confirmatory,
    trial_limits.provenance,
    trial_limits.unknown,
)
"""The sections of the report, in order."""


def sections(told: Content) -> list[Section]:
    """Every section of the report."""
    return [make(told) for make in ORDER]


def write_trial(told: Content, studies: Sequence[Study], out: Path) -> Path:
    """Write summary, figures with their data, record and report in ``out``; the page's path.

    Everything is made before anything is written, the page last. Raises OutputError when the folder
    cannot be written; each file is whole or absent.
    """
    parts = sections(told)
    page = render_trial(told, parts, studies)
    drawn = list(figures(parts))
    write_whole(out / "summary.json", summary_json(told.summary))
    write_figures({d.name: d.figure for d in drawn}, out)
    for d in drawn:
        write_whole(out / "figures" / f"{d.name}.csv", csv_of(d.rows))
    write_whole(out / "run.json", run_record(told.run, told.summary.citations))
    return write_whole(out / "report.html", page)


def summary_json(summary: Summary) -> str:
    """The summary as JSON text: same input, same bytes."""
    content = summary.model_dump(mode="json")
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def figures(parts: Sequence[Section]) -> Iterator[Drawn]:
    """Every figure of the report."""
    for part in parts:
        yield from (b for b in part.blocks if isinstance(b, Drawn))


def render_trial(told: Content, parts: Sequence[Section], studies: Sequence[Study]) -> str:
    """The report as one HTML page that needs nothing else."""
    s = told.summary
    meta = [
        f"{sum(x.replicates for x in s.scenarios)} replicates in all",
        s.hypothesis.replace("_", " "),
        label("instrument", s.instrument),
        f"seed {s.seed}",
    ]
    cited = list(dict.fromkeys([*s.citations, *(i for b in told.beside for i in b.ids)]))
    made = environment()
    made.filters["tied"] = tied
    return str(
        made.get_template("trial.html.j2").render(
            title=title(told),
            meta=meta,
            lead=list(first_words(told)),
            warnings=[tied(w) for w in s.warnings],
            sections=parts,
            references=references(cited, studies, pooled=bool(told.beside)),
        )
    )


def tied(text: str) -> str:
    """The text with every percent sign on the line of its number."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def title(told: Content) -> str:
    """What the report is called."""
    return f"Simulated trial: {told.summary.name}"
