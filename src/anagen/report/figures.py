"""Rows behind the figures of the answer: what is drawn, taken from the summary alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from anagen import plot
from anagen.evidence.contrasts import contrasts, treatments
from anagen.evidence.counting import people_in
from anagen.evidence.distributions import normal_quantile
from anagen.evidence.study import Study
from anagen.parameters import parameter
from anagen.verdict.summary import Answer, Reading
from anagen.vocabulary import label

WIDE, NARROW = 800, 350
AXIS_CHANGE = "change from baseline, hairs/cm2"
AXIS_DIFFERENCE = "difference from control, hairs/cm2"


def control_rows(answer: Answer) -> list[dict[str, Any]]:
    """Control arms by kind, then the uncontrolled gains of vesicles and secretomes."""
    rows: list[dict[str, Any]] = []
    for c in answer.controls:
        for g in c.readings:
            if (
                g.mean is None
                or g.use == "context"
                or (g.week or 0) > parameter("pool_horizon").value
            ):
                continue
            half = normal_quantile(0.975) * g.sd / g.n**0.5 if g.sd is not None and g.n else None
            rows.append({"label": c.kind, "study": g.study, "mean": g.mean, "series": "control",
                         "low": g.mean - half if half is not None else None,
                         "high": g.mean + half if half is not None else None})  # fmt: skip
    main = next(row for row in answer.claims if row.id == "pattern_hair_loss")
    for body in (main.body, main.nearest):
        for g in body.gains if body is not None else ():
            if g.unit == "hairs/cm2" and g.mean is not None:
                rows.append({"label": f"{g.study} (no control)", "study": g.study, "mean": g.mean,
                             "series": "implausible" if g.implausible else "uncontrolled",
                             "low": None, "high": None})  # fmt: skip
    return rows


def _reading_row(r: Reading, name: str) -> dict[str, Any]:
    assumed = r.low is None and r.assumed_low is not None
    return {"label": name, "estimate": r.estimate, "kind": "assumed" if assumed else "study",
            "low": r.assumed_low if assumed else r.low,
            "high": r.assumed_high if assumed else r.high}  # fmt: skip


def comparator_rows(answer: Answer) -> list[dict[str, Any]]:
    """Every comparator's trials, its pool and prediction interval, in hairs/cm2."""
    rows: list[dict[str, Any]] = []
    for c in answer.comparators:
        pool = c.body.effect
        for r in c.body.readings:
            fits = r.unit == "hairs/cm2" and r.estimate is not None
            if fits and r.use in ("calibration", "validation"):
                same = sum(x.study == r.study for x in c.body.readings) > 1
                name = f"{r.study}, {r.arm}" if same else f"{r.study}, {c.label}"
                rows.append(_reading_row(r, name))
        if pool is not None and pool.unit == "hairs/cm2":
            rows.append({"label": f"pool, {c.label}", "estimate": pool.estimate,
                         "low": pool.low, "high": pool.high, "kind": "pool"})  # fmt: skip
            if pool.prediction_low is not None:
                rows.append({"label": f"a new trial, {c.label}", "estimate": None,
                             "low": pool.prediction_low, "high": pool.prediction_high,
                             "kind": "prediction"})  # fmt: skip
    return rows


def funnel_rows(answer: Answer, comparator: str) -> tuple[list[dict[str, Any]], float]:
    """Estimates and standard errors of one comparator's pooled trials, and their pool."""
    c = next(x for x in answer.comparators if x.id == comparator)
    if c.body.effect is None:
        return [], 0.0
    used = [r for r in c.body.readings if r.study in c.body.effect.studies and r.low is not None]
    rows = [
        {
            "label": r.study,
            "estimate": r.estimate,
            "se": ((r.high or 0) - (r.low or 0)) / (2 * normal_quantile(0.975)),
        }
        for r in used
    ]
    return rows, c.body.effect.estimate


MAP_CONDITIONS = ("androgenetic_alopecia", "alopecia_areata", "telogen_effluvium",
                  "scalp_inflammation", "scarring_alopecia", "ageing", "hormonal", "nutrition_gap",
                  "chemotherapy_alopecia", "hair_loss_unspecified")  # fmt: skip
MAP_THERAPIES = ("exosome", "secretome", "prp", "microneedling", "minoxidil", "finasteride",
                 "dutasteride", "baricitinib")  # fmt: skip


def map_rows(studies: Sequence[Study]) -> list[dict[str, Any]]:
    """People by condition, therapy and design; every cell is there, empty ones with 0."""
    rows = []
    for condition in MAP_CONDITIONS:
        for therapy in MAP_THERAPIES:
            cell: dict[str, list[Study]] = {"controlled": [], "no control": [], "registered": []}
            for study in studies:
                design = _design(study, condition, therapy)
                if design:
                    cell[design].append(study)
            rows += [{"condition": label("condition", condition),
                      "therapy": label("therapy", therapy), "design": design,
                      "studies": len(group), "participants": sum(people_in(x) for x in group)}
                     for design, group in cell.items()]  # fmt: skip
    return rows


def _design(study: Study, condition: str, therapy: str) -> str | None:
    given = any(therapy in treatments(arm) for arm in study.arms)
    if study.population.diagnosis != condition or not given:
        return None
    if study.kind == "registration":
        return "registered"
    if study.kind not in ("trial", "case_report"):
        return None
    controlled = any(c.isolates == {therapy} for c in contrasts(study))
    return "controlled" if controlled else "no control"


def charts(answer: Answer, studies: Sequence[Study]) -> dict[str, dict[str, str]]:
    """Every figure of the answer as SVG, for a wide and a narrow page."""
    funnel, centre = funnel_rows(answer, "minoxidil_5")
    draw: dict[str, Callable[[int], Any]] = {
        "control": lambda w: plot.control_response(control_rows(answer), AXIS_CHANGE, w),
        "comparators": lambda w: plot.forest(comparator_rows(answer), AXIS_DIFFERENCE, w),
        "map": lambda w: plot.evidence_map(map_rows(studies), w),
    }
    if funnel:
        draw["funnel"] = lambda w: plot.funnel(funnel, centre, AXIS_DIFFERENCE, w)
    return {name: both(make) for name, make in draw.items()}


def both(make: Callable[[int], Any]) -> dict[str, str]:
    """One figure as SVG for a wide and for a narrow page."""
    return {"wide": plot.svg(make(WIDE)), "narrow": plot.svg(make(NARROW))}
