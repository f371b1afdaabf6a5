"""Write an answer to a folder: summary, report, figures, table of numbers, record of the run."""

from __future__ import annotations

import base64
import json
import platform
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anagen.evidence.claims import load_claims
from anagen.evidence.risk_of_bias import overall
from anagen.evidence.study import RiskOfBias, Study
from anagen.evidence.table import table_csv
from anagen.files import data_hash, write_whole
from anagen.parameters import parameter
from anagen.report.figures import Figure, charts
from anagen.report.references import references
from anagen.verdict.summary import Answer, Count, Part
from anagen.verdict.words import (
    HEADLINE,
    bounds,
    first_upper,
    new_trial,
    people,
    plural,
    say_effect,
    signed,
    span,
)
from anagen.vocabulary import label, vocabulary, words

if TYPE_CHECKING:
    from markupsafe import Markup

SIGN = {"low": "+", "no_information": "?", "some_concerns": "!", "moderate": "!", "high": "−",
        "serious": "−", "critical": "−"}  # fmt: skip


def to_json(summary: Part) -> str:
    """The summary as JSON text: same input, same bytes."""
    content = summary.model_dump(mode="json")
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_answer(answer: Answer, studies: Sequence[Study], out: Path, run: dict[str, Any]) -> Path:
    """Write everything that a run leaves in ``out``; returns the report's path.

    Raises OutputError when the folder cannot be written; each file is whole or absent.
    """
    figures = charts(answer, studies)
    page = render_answer(answer, studies, figures)
    write_whole(out / "summary.json", to_json(answer))
    write_whole(out / "evidence.csv", table_csv(studies))
    write_figures(figures, out)
    write_whole(out / "run.json", run_record(run, answer.citations))
    return write_whole(out / "report.html", page)


def write_figures(figures: Mapping[str, Figure], out: Path) -> None:
    """Write every figure as ``figures/NAME.svg``, as wide as on a desk."""
    for name, figure in figures.items():
        write_whole(out / "figures" / f"{name}.svg", figure.wide)


def run_record(run: dict[str, Any], citations: Sequence[str]) -> str:
    """What was run: command, input, versions and hashes of all shipped and given data."""
    packages = ("anagen", "numpy", "scipy", "altair", "vl-convert-python")
    given = run.get("studies")
    record = {**run, "python": platform.python_version(),
              "versions": {name: version(name) for name in packages},
              "data_sha256": data_hash(),
              "studies_sha256": data_hash(Path(given), "*") if given else None,
              "citations": list(citations)}  # fmt: skip
    return json.dumps(record, indent=1, allow_nan=False) + "\n"


def environment() -> Any:
    """The Jinja environment of all reports: escaped, strict about unknown names."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(loader=PackageLoader("anagen.report"), autoescape=True,
                       undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    made.globals.update(signed=signed, span=span, bounds=bounds, number=number, label=label,
                        country=country, tallied=tallied, plural=plural, say_effect=say_effect,
                        new_trial=new_trial, headline=HEADLINE,
                        assumed_sd=f"{parameter('sd_of_change_density').value:g}",
                        version=version("anagen"))  # fmt: skip
    made.filters.update(first_upper=first_upper, addresses=addresses)
    return made


def tallied(count: Count) -> str:
    """``2 studies, 75 people``; ``none`` when there is no study."""
    return f"{plural(count.studies, 'study')}, {people(count)}" if count.studies else "none"


def number(value: float | None, digits: int = 1) -> str:
    """A number, or a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")


def country(code: str) -> str:
    """A country's name; the code as it is where the vocabulary has no name for it."""
    return label("country", code) if code in vocabulary().get("country", {}) else code


def addresses(text: str) -> Markup:
    """The text with its long tokens (addresses, identifiers) marked as breakable anywhere."""
    from markupsafe import Markup, escape

    wrap = Markup('<span class="address">{}</span>')
    parts = re.split(r"(\s+)", text)
    return Markup().join(wrap.format(p) if len(p) > 20 else escape(p) for p in parts)


def render_answer(
    answer: Answer, studies: Sequence[Study], figures: Mapping[str, Figure] | None = None
) -> str:
    """The report as one HTML page that needs nothing else."""
    groups: dict[str, list[Any]] = {}
    for row in answer.claims:
        groups.setdefault(row.group, []).append(row)
    tally = Counter(str(row.verdict) for row in answer.claims)
    claims = load_claims()
    template = environment().get_template("answer.html.j2")
    return str(template.render(
        answer=answer, groups=list(groups.items()),
        charts=charts(answer, studies) if figures is None else figures,
        tally=[(code, tally[code]) for code in HEADLINE if tally[code]],
        comparators={c.id: c for c in answer.comparators}, said_by=claims.said_by,
        search_note=getattr(claims, "search", None),
        rob=bias_tables(answer, studies), passports=passport_rows(studies),
        references=references(answer.citations, studies),
        csv_base64=base64.b64encode(table_csv(studies).encode()).decode(),
    ))  # fmt: skip


def passport_rows(studies: Sequence[Study]) -> list[dict[str, Any]]:
    """What the sources of vesicle studies show of their product, item by item named."""
    rows = []
    for study in studies:
        arms = [arm for arm in study.arms if arm.therapy == "exosome"]
        if study.passport is None or not arms or study.kind not in ("trial", "case_report"):
            continue
        shown = [label("passport", item) for item, state in study.passport.items()
                 if state == "present"]  # fmt: skip
        doses = sorted({f"{arm.particles_per_session:.0e}" for arm in arms
                        if arm.particles_per_session})  # fmt: skip
        rows.append({"name": study.id, "source": label("source", arms[0].source or "unknown"),
                     "dose": ", ".join(doses) or "not stated", "shown": shown,
                     "of": len(words("passport"))})  # fmt: skip
    return rows


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
        domains = [*(label(tool, d) for d in words(tool)), "overall"]
        tables.append({"name": name, "domains": domains, "rows": rows})
    return [table for table in tables if table["rows"]]


def _covered(study: Study, entry: RiskOfBias) -> str:
    named = "all" if entry.results == ["all"] else plural(len(entry.results), "result")
    return f"{study.id} ({named})"


def _lights(entry: RiskOfBias, tool: str) -> list[dict[str, str]]:
    judged = [entry.domains[d] for d in words(tool)]
    cells = [(str(j.judgement), j.reason) for j in judged]
    cells.append((overall(entry), "the worst domain"))
    return [{"judgement": j, "said": j.replace("_", " "),
             "reason": reason, "sign": SIGN[j]} for j, reason in cells]  # fmt: skip
