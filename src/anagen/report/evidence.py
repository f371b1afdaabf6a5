"""Write the evidence on one question: forest, funnel, heterogeneity, certainty, studies."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from anagen import plot
from anagen.evidence.study import Study
from anagen.evidence.table import table_csv
from anagen.files import write_whole
from anagen.report.answer import environment, run_record, to_json, write_figures
from anagen.report.figures import (
    Figure,
    Rows,
    drawn,
    forest_alt,
    forest_note,
    funnel_alt,
    funnel_rows,
    pool_rows,
    reading_row,
)
from anagen.report.references import references
from anagen.verdict.lookup import Evidence, PoolView
from anagen.vocabulary import label, words


def write_evidence(
    evidence: Evidence, studies: Sequence[Study], out: Path, run: dict[str, Any]
) -> Path:
    """Write ``summary.json``, ``report.html``, figures, ``evidence.csv`` and ``run.json``.

    Raises OutputError when the folder ``out`` cannot be written.
    """
    chosen = [x for x in studies if x.id in set(evidence.citations)]
    figures = [pool_figures(pool) for pool in evidence.pools]
    page = render_evidence(evidence, chosen, figures)
    write_whole(out / "summary.json", to_json(evidence))
    write_whole(out / "evidence.csv", table_csv(chosen))
    write_figures({f"{i}_{slug(pool)}_{kind}": figure
                   for i, (pool, by_kind) in enumerate(zip(evidence.pools, figures, strict=True), 1)
                   for kind, figure in by_kind.items()}, out)  # fmt: skip
    write_whole(out / "run.json", run_record(run, evidence.citations))
    return write_whole(out / "report.html", page)


def render_evidence(
    evidence: Evidence,
    studies: Sequence[Study],
    figures: Sequence[dict[str, Figure]] | None = None,
) -> str:
    """The page as HTML that needs nothing else."""
    template = environment().get_template("evidence.html.j2")
    if figures is None:
        figures = [pool_figures(pool) for pool in evidence.pools]
    return str(template.render(
        e=evidence, title=title(evidence), figures=figures, pool_name=pool_name,
        pool_terms=pool_terms, references=references(evidence.citations, studies),
        csv_base64=base64.b64encode(table_csv(studies).encode()).decode(),
    ))  # fmt: skip


def title(evidence: Evidence) -> str:
    """What was asked, in words; an outcome may be a family (``density``)."""
    asked = [
        label(kind, word) if word in words(kind) else word.replace("_", " ")
        for kind in ("therapy", "outcome", "condition")
        for word in evidence.filters.get(kind, ())
    ]
    return f"Evidence: {', '.join(asked)}" if asked else "Evidence: everything in the base"


def pool_name(pool: PoolView) -> str:
    """Therapy, dose and outcome of a pool."""
    therapies = " + ".join(label("therapy", t) for t in pool.therapy.split("+"))
    return f"{therapies} {pool.dose}".strip() + f": {label('outcome', pool.outcome)}"


def pool_terms(pool: PoolView) -> str:
    """What else the trials of a pool share."""
    both = " + ".join(label("therapy", t) for t in pool.background.split("+") if t)
    terms = [label("condition", pool.diagnosis), f"against {pool.control}", pool.source,
             label("route", pool.route) if pool.route != "none" else "",
             f"both arms got {both}" if both else ""]  # fmt: skip
    return "; ".join(term for term in terms if term)


def slug(pool: PoolView) -> str:
    """A pool's name as part of a file name."""
    return re.sub(r"\W+", "_", f"{pool.therapy} {pool.dose} {pool.outcome}".lower()).strip("_")


def pool_figures(pool: PoolView) -> dict[str, Figure]:
    """Forest plot of every reading with an estimate, and a funnel for three or more trials."""
    rows = forest_rows(pool)
    if not rows:
        return {}
    axis = f"difference from control, {pool.unit}"
    figures = {"forest": drawn("Forest plot.", forest_note(rows), forest_alt(rows, pool.unit),
                               lambda w: plot.forest(rows, axis, w))}  # fmt: skip
    points = funnel_rows(pool.readings, pool.effect)
    if points and pool.effect is not None:
        centre = pool.effect.estimate
        figures["funnel"] = drawn("Funnel plot.", "", funnel_alt(points, centre),
                                  lambda w: plot.funnel(points, centre, axis, w))  # fmt: skip
    return figures


def forest_rows(pool: PoolView) -> Rows:
    """One row per reading with an estimate, then the pool and its prediction interval."""
    rows = [reading_row(r, f"{r.study}, {r.arm}") for r in pool.readings if r.estimate is not None]
    return rows + pool_rows(pool.effect)
