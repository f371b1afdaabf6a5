"""Write the evidence on one question: forest, funnel, heterogeneity, certainty, studies."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from anagen import plot
from anagen.evidence.distributions import normal_quantile
from anagen.evidence.study import Study
from anagen.evidence.table import table_csv
from anagen.files import write_whole
from anagen.report.answer import environment, run_record, to_json
from anagen.report.figures import both
from anagen.report.references import references
from anagen.verdict.lookup import Evidence, PoolView


def write_evidence(
    evidence: Evidence, studies: Sequence[Study], out: Path, run: dict[str, Any]
) -> Path:
    """Write ``summary.json``, ``report.html``, ``evidence.csv`` and ``run.json`` to ``out``.

    Raises OutputError when the folder cannot be written.
    """
    chosen = [x for x in studies if x.id in set(evidence.citations)]
    page = render_evidence(evidence, chosen)
    write_whole(out / "summary.json", to_json(evidence))
    write_whole(out / "evidence.csv", table_csv(chosen))
    write_whole(out / "run.json", run_record(run, evidence.citations))
    return write_whole(out / "report.html", page)


def render_evidence(evidence: Evidence, studies: Sequence[Study]) -> str:
    """The page as HTML that needs nothing else."""
    template = environment().get_template("evidence.html.j2")
    figures = [_figures(pool) for pool in evidence.pools]
    return str(template.render(
        e=evidence, figures=figures, references=references(evidence.citations, studies),
        csv_base64=base64.b64encode(table_csv(studies).encode()).decode(),
    ))  # fmt: skip


def _figures(pool: PoolView) -> dict[str, dict[str, str]]:
    rows = forest_rows(pool)
    if not rows:
        return {}
    axis = f"difference from control, {pool.unit}"
    drawn = {"forest": both(lambda w: plot.forest(rows, axis, w))}
    if pool.effect is not None:
        centre = pool.effect.estimate
        points = funnel_rows(pool)
        drawn["funnel"] = both(lambda w: plot.funnel(points, centre, axis, w))
    return drawn


def forest_rows(pool: PoolView) -> list[dict[str, Any]]:
    """One row per reading with an estimate, then the pool and its prediction interval."""
    rows: list[dict[str, Any]] = [
        {"label": f"{r.study}, {r.arm}", "estimate": r.estimate,
         "low": r.low if r.low is not None else r.assumed_low,
         "high": r.high if r.high is not None else r.assumed_high,
         "kind": "study" if r.low is not None else "assumed"}
        for r in pool.readings if r.estimate is not None]  # fmt: skip
    e = pool.effect
    if e is not None:
        rows.append({"label": f"pool of {e.k}", "estimate": e.estimate, "low": e.low,
                     "high": e.high, "kind": "pool"})  # fmt: skip
        if e.prediction_low is not None:
            rows.append({"label": "a new trial", "estimate": None, "low": e.prediction_low,
                         "high": e.prediction_high, "kind": "prediction"})  # fmt: skip
    return rows


def funnel_rows(pool: PoolView) -> list[dict[str, Any]]:
    """Estimate and standard error of every reading in the pool."""
    width = 2 * normal_quantile(0.975)
    used = set(pool.effect.studies) if pool.effect else set()
    return [{"label": r.study, "estimate": r.estimate, "se": (r.high - r.low) / width}
            for r in pool.readings if r.study in used and r.high is not None
            and r.low is not None]  # fmt: skip
