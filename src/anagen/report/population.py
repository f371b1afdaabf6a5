"""Write a made population to a folder: summary, report, its people, record of the run."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from anagen.evidence.study import Study
from anagen.files import write_whole
from anagen.population.baseline import Line
from anagen.population.made import Population
from anagen.population.summary import Summary, summarise
from anagen.report.answer import environment, run_record
from anagen.report.references import references
from anagen.vocabulary import label, words

PERSONAL = ("id", "age", "sex", "ethnicity", "site", "norwood", "ludwig", "sinclair",
            "postmenopausal", "years_since_onset", "years_of_pattern_loss",
            "episode_weeks")  # fmt: skip
DIGITS = 3
"""Significant digits of a value; of a difference in SDs, decimals."""


def write_population(
    made: Population, studies: Sequence[Study], out: Path, run: dict[str, Any]
) -> Path:
    """Write ``summary.json``, ``people.csv``, ``report.html`` and ``run.json``; the page's path.

    Raises OutputError when the folder ``out`` cannot be written.
    """
    summary = summarise(made)
    content = json.dumps(summary.model_dump(mode="json"), indent=1, allow_nan=False) + "\n"
    page = render_population(summary, studies)
    write_whole(out / "summary.json", content)
    write_whole(out / "people.csv", people_csv(made))
    write_whole(out / "run.json", run_record(run, summary.citations))
    return write_whole(out / "report.html", page)


def people_csv(made: Population) -> str:
    """The pool, one person a line: weight (they add up to 1), who, baseline as read."""
    text = io.StringIO()
    columns = [name for name in made.columns if name not in PERSONAL]
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["weight", *PERSONAL, *columns])
    for i, person in enumerate(made.patients):
        own = [getattr(person, name) for name in PERSONAL]
        read = [made.columns[name][i] for name in columns]
        numbers = ["" if np.isnan(x) else f"{x:.6g}" for x in read]
        table.writerow([f"{made.weights[i]:.6g}", *("" if x is None else x for x in own), *numbers])
    return text.getvalue()


def render_population(summary: Summary, studies: Sequence[Study]) -> str:
    """The page as HTML that needs nothing else."""
    template = environment().get_template("population.html.j2")
    return str(template.render(
        s=summary, title=f"Virtual people: {label('condition', summary.request.diagnosis)}",
        column=column, line_name=line_name, significant=significant, difference=difference,
        references=references(summary.citations, studies, pooled=False),
    ))  # fmt: skip


def column(name: str) -> str:
    """A column of the baseline table in words."""
    for kind in ("outcome", "patient_number", "patient_baseline"):
        if name in words(kind):
            return label(kind, name)
    return name.replace("_", " ")


def line_name(line: Line) -> str:
    """What a line of the table is about, with its subgroup."""
    where = line.subgroup or "all"
    if line.statistic == "percent":
        return f"{where}, share of the people"
    names = {"sd": "SD", "q1": "lower quartile", "q3": "upper quartile"}
    return f"{column(line.endpoint)}, {names.get(line.statistic, line.statistic)}, {where}"


def significant(value: float | None) -> str:
    """A value with three significant digits and a true minus sign; a dash where there is none."""
    if value is None:
        return "–"
    text = np.format_float_positional(value, DIGITS, fractional=False, trim="-")
    return "0" if float(text) == 0 else text.replace("-", "−")


def difference(value: float | None) -> str:
    """A difference in SDs: what rounds to nothing is 0."""
    return significant(None if value is None else round(value, DIGITS))
