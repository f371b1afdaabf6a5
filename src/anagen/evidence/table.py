"""The evidence as one long table: one row per number, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from anagen.evidence.risk_of_bias import overall_of
from anagen.evidence.study import Study

COLUMNS = (
    "study", "year", "country", "kind", "allocation", "layout", "blinding", "diagnosis", "sex",
    "arm", "versus", "therapy", "cotherapy", "source", "route", "sessions", "particles_per_session",
    "outcome", "measured", "statistic", "unit", "area_cm2", "week", "n", "mean", "median", "sd",
    "se", "ci_low", "ci_high", "iqr_width", "share", "events", "low", "high", "direction", "p",
    "use", "seen", "locator", "where", "risk_of_bias", "note",
)  # fmt: skip


def table(studies: Sequence[Study]) -> list[dict[str, object]]:
    """Every number of ``studies`` with the columns ``COLUMNS``; units as in the source."""
    rows = []
    for study in studies:
        arms = {arm.id: arm for arm in study.arms}
        for r in study.results:
            arm = arms[r.arm]
            ci_low, ci_high = r.ci or (None, None)
            values = {
                **r.model_dump(include=set(COLUMNS)), "study": study.id, "year": study.year,
                "country": study.country, "kind": study.kind,
                "allocation": study.design.allocation, "layout": study.design.layout,
                "blinding": study.design.blinding, "diagnosis": study.population.diagnosis,
                "sex": study.population.sex, "therapy": arm.therapy,
                "cotherapy": "+".join(arm.cotherapy), "source": arm.source, "route": arm.route,
                "sessions": arm.sessions, "particles_per_session": arm.particles_per_session,
                "n": r.n if r.n is not None else arm.n, "ci_low": ci_low, "ci_high": ci_high,
                "p": r.p.printed if r.p else None, "seen": r.seen.level,
                "locator": r.seen.locator, "where": " ".join(r.seen.where),
                "risk_of_bias": overall_of(study, [r.id]),
            }  # fmt: skip
            rows.append({column: values.get(column) for column in COLUMNS})
    return rows


def table_csv(studies: Sequence[Study]) -> str:
    """The table as CSV text; what is not known is empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table(studies))
    return out.getvalue()
