"""Write an answer to a folder: summary, report, table of numbers, record of the run."""

from __future__ import annotations

import base64
import hashlib
import json
import platform
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from anagen.evidence.claims import load_claims
from anagen.evidence.risk_of_bias import overall
from anagen.evidence.study import RiskOfBias, Study
from anagen.evidence.table import table_csv
from anagen.files import data_path, write_whole
from anagen.parameters import parameter
from anagen.report.figures import charts
from anagen.report.references import references
from anagen.verdict.summary import Answer, Count, Part
from anagen.verdict.words import HEADLINE, bounds, people, plural, signed, span
from anagen.vocabulary import label, words

SIGN = {"low": "+", "no_information": "?", "some_concerns": "!", "moderate": "!", "high": "−",
        "serious": "−", "critical": "−"}  # fmt: skip


def to_json(summary: Part) -> str:
    """The summary as JSON text: same input, same bytes."""
    return json.dumps(summary.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"


def write_answer(answer: Answer, studies: Sequence[Study], out: Path, run: dict[str, Any]) -> Path:
    """Write everything that a run leaves in ``out``; returns the report's path.

    Raises OutputError when the folder cannot be written; each file is whole or absent.
    """
    page = render_answer(answer, studies)
    write_whole(out / "summary.json", to_json(answer))
    write_whole(out / "evidence.csv", table_csv(studies))
    write_whole(out / "run.json", run_record(run, answer.citations))
    return write_whole(out / "report.html", page)


def run_record(run: dict[str, Any], citations: Sequence[str]) -> str:
    """What was run: command, input, versions and a hash of all shipped data."""
    packages = ("anagen", "numpy", "scipy", "altair", "vl-convert-python")
    record = {**run, "python": platform.python_version(),
              "versions": {name: version(name) for name in packages},
              "data_sha256": data_hash(), "citations": list(citations)}  # fmt: skip
    return json.dumps(record, indent=1) + "\n"


def data_hash() -> str:
    """SHA-256 over every shipped data file, in order of name."""
    digest = hashlib.sha256()
    root = data_path()
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".yaml", ".csv", ".bib")):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def environment() -> Any:
    """The Jinja environment of all reports: escaped, strict about unknown names."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(loader=PackageLoader("anagen.report"), autoescape=True,
                       undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    made.globals.update(signed=signed, span=span, bounds=bounds, number=number,
                        words=label, tallied=tallied,
                        headline=HEADLINE, version=version("anagen"))  # fmt: skip
    return made


def tallied(count: Count) -> str:
    """``2 studies, 75 people``; ``none`` when there is no study."""
    return f"{plural(count.studies, 'study')}, {people(count)}" if count.studies else "none"


def number(value: float | None, digits: int = 1) -> str:
    """A number, or a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")


def render_answer(answer: Answer, studies: Sequence[Study]) -> str:
    """The report as one HTML page that needs nothing else."""
    groups: dict[str, list[Any]] = {}
    for row in answer.claims:
        groups.setdefault(row.group, []).append(row)
    tally = Counter(str(row.verdict) for row in answer.claims)
    template = environment().get_template("answer.html.j2")
    return str(template.render(
        answer=answer, groups=list(groups.items()), charts=charts(answer, studies),
        tally=[(code, tally[code]) for code in HEADLINE if tally[code]],
        comparators={c.id: c for c in answer.comparators}, said_by=load_claims().said_by,
        rob=bias_tables(answer, studies),
        assumed_sd=f"{parameter('sd_of_change_density').value:g}",
        references=references(answer.citations, studies),
        csv_base64=base64.b64encode(table_csv(studies).encode()).decode(),
    ))  # fmt: skip


def bias_tables(answer: Answer, studies: Sequence[Study]) -> list[dict[str, Any]]:
    """Traffic lights of every controlled exosome or secretome study, one table per tool."""
    ids = {i for row in answer.claims for body in (row.body, row.nearest) if body is not None
           for i in body.controlled.ids}  # fmt: skip
    chosen = [study for study in studies if study.id in ids]
    tables = []
    for tool, name in (("rob2", "RoB 2 (randomised)"), ("robins_i", "ROBINS-I (not randomised)")):
        rows = [
            {"name": _covered(study, entry), "cells": _lights(entry, tool)}
            for study in chosen
            for entry in study.risk_of_bias
            if entry.tool == tool
        ]
        domains = [label(tool, d) for d in words(tool)]
        tables.append({"name": name, "domains": domains, "rows": rows})
    return [table for table in tables if table["rows"]]


def _covered(study: Study, entry: RiskOfBias) -> str:
    named = "all" if entry.results == ["all"] else plural(len(entry.results), "result")
    return f"{study.id} ({named})"


def _lights(entry: RiskOfBias, tool: str) -> list[dict[str, str]]:
    judged = [entry.domains[d] for d in words(tool)]
    cells = [(str(j.judgement), j.reason) for j in judged]
    cells.append((overall(entry), "the worst domain"))
    return [{"judgement": j, "reason": reason, "sign": SIGN[j]} for j, reason in cells]
