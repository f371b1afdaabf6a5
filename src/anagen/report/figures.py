"""Figures of the answer: rows of numbers, captions and spoken descriptions.

The rows come from the summary; only the evidence map counts the study files themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from anagen import plot
from anagen.evidence.contrasts import contrasts, treatments
from anagen.evidence.counting import participants
from anagen.evidence.distributions import critical_value
from anagen.evidence.study import Study
from anagen.parameters import parameter
from anagen.verdict.summary import Answer, Body, Comparator, Effect, Gain, Reading
from anagen.verdict.words import bounds, new_trial, plural, signed, span
from anagen.vocabulary import label, words

Rows: TypeAlias = list[dict[str, Any]]
WIDE, NARROW = 800, 350
AXIS_CHANGE = "change from baseline, hairs/cm2"
AXIS_DIFFERENCE = "difference from control, hairs/cm2"
FIRST_THERAPIES = ("exosome", "secretome")
NOT_MAPPED = ("healthy", "other_medical")
POOL_NOTE = (
    "Diamonds: pooled effects with the interval that the verdict rests on (guarded Knapp-Hartung; "
    "z with two trials)."
)
DASHED = {"prediction": "Dashed: where a new trial is expected.",
          "assumed": "Grey and dashed: the interval rests on an assumed spread."}  # fmt: skip


class Figure(NamedTuple):
    """One figure with its caption, for a wide and a narrow page; ``alt`` says what it shows."""

    title: str
    note: str
    alt: str
    wide: str
    narrow: str


def drawn(title: str, note: str, alt: str, make: Callable[[int], Any]) -> Figure:
    """Draw one figure as SVG for a wide and for a narrow page."""
    return Figure(title, note, alt, plot.svg(make(WIDE)), plot.svg(make(NARROW)))


def control_rows(answer: Answer) -> Rows:
    """Control arms by kind, then the uncontrolled gains behind the claims that lead."""
    rows: Rows = []
    horizon = parameter("pool_horizon").value
    for c in answer.controls:
        for g in c.readings:
            if g.mean is not None and g.use != "context" and (g.week or 0) <= horizon:
                low, high = _limits(g)
                rows.append({"label": c.kind, "study": g.study, "mean": g.mean,
                             "series": "control", "low": low, "high": high})  # fmt: skip
    for row in answer.claims:
        if row.lead:
            rows += _gain_rows(row.body, "exosome", "uncontrolled")
            if row.nearest is not None:
                rows += _gain_rows(row.nearest, short(row.nearest_label or "nearest"), "nearest")
    return list({(r["label"], r["study"], r["mean"]): r for r in rows}.values())


def _limits(g: Gain) -> tuple[float | None, float | None]:
    if g.mean is None or g.sd is None or not g.n:
        return None, None
    half = critical_value(0.95) * g.sd / g.n**0.5
    return g.mean - half, g.mean + half


def _gain_rows(body: Body, therapy: str, series: str) -> Rows:
    return [{"label": f"{g.study} ({therapy}, no control)", "study": g.study, "mean": g.mean,
             "series": "implausible" if g.implausible else series, "low": None, "high": None}
            for g in body.gains if g.unit == "hairs/cm2" and g.mean is not None
            and words("outcome")[g.outcome]["family"] == "density"]  # fmt: skip


def short(name: str) -> str:
    """A label without its second name: ``secretome`` of ``secretome / conditioned medium``."""
    return " and ".join(part.split(" / ")[0] for part in name.split(" and "))


def reading_row(r: Reading, name: str) -> dict[str, Any]:
    """One controlled reading as a line of a forest plot."""
    assumed = r.low is None and r.assumed_low is not None
    return {"label": name, "estimate": r.estimate, "kind": "assumed" if assumed else "study",
            "low": r.assumed_low if assumed else r.low,
            "high": r.assumed_high if assumed else r.high}  # fmt: skip


def pool_rows(effect: Effect | None, of: str = "") -> Rows:
    """A pool and, with enough trials, where a new one is expected; nothing for a single trial."""
    if effect is None or effect.k < 2:
        return []
    rows: Rows = [{"label": f"pool of {effect.k}{of}", "estimate": effect.estimate,
                   "low": effect.low, "high": effect.high, "kind": "pool"}]  # fmt: skip
    expected = new_trial(effect)
    if expected is not None:
        rows.append({"label": f"a new trial{of}", "estimate": None, "low": expected[0],
                     "high": expected[1], "kind": "prediction"})  # fmt: skip
    return rows


def comparator_rows(answer: Answer) -> Rows:
    """Every comparator's trials, its pool and prediction interval, in hairs/cm2."""
    rows: Rows = []
    for c in answer.comparators:
        for r in c.body.readings:
            fits = r.unit == "hairs/cm2" and r.estimate is not None
            if fits and r.use in ("calibration", "validation"):
                same = sum(x.study == r.study for x in c.body.readings) > 1
                name = f"{r.study}, {r.arm}" if same else f"{r.study}, {c.label}"
                rows.append(reading_row(r, name))
        if c.body.effect is not None and c.body.effect.unit == "hairs/cm2":
            rows += pool_rows(c.body.effect, f", {c.label}")
    return rows


def forest_note(rows: Rows) -> str:
    """What the marks of a forest plot mean, as far as they are in it."""
    kinds = {row["kind"] for row in rows}
    notes = [POOL_NOTE] if "pool" in kinds else []
    return " ".join([*notes, *(text for kind, text in DASHED.items() if kind in kinds)])


def funnel_rows(readings: Sequence[Reading], effect: Effect | None) -> Rows:
    """Estimates and standard errors of the pooled readings; nothing for fewer than three.

    The standard error is half the interval over the normal quantile; where the interval is
    Welch's (few people in two arms), that is a little too large.
    """
    if effect is None or effect.k < 3:
        return []
    return [{"label": r.study, "estimate": r.estimate, "se": r.se}
            for r in readings if r.study in effect.studies and r.estimate is not None
            and (r.outcome, r.unit) == (effect.outcome, effect.unit)
            and r.se is not None]  # fmt: skip


def mapped_conditions() -> list[str]:
    """Every condition of the vocabulary that is a kind of hair loss."""
    return [c for c in words("condition") if c not in NOT_MAPPED]


def mapped_therapies(studies: Sequence[Study]) -> list[str]:
    """Vesicles and secretomes, then every therapy that a trial gave to people with hair loss."""
    given = {t for study in studies
             if study.kind == "trial" and study.population.diagnosis in mapped_conditions()
             for arm in study.arms for t in treatments(arm)}  # fmt: skip
    return [*FIRST_THERAPIES, *(t for t in words("therapy") if t in given - {*FIRST_THERAPIES})]


def map_rows(studies: Sequence[Study]) -> Rows:
    """People by condition, therapy and design; every cell is there, empty ones with 0."""
    rows: Rows = []
    therapies = mapped_therapies(studies)
    for condition in mapped_conditions():
        for therapy in therapies:
            cell: dict[str, list[Study]] = {design: [] for design in plot.DESIGNS}
            for study in studies:
                design = _design(study, condition, therapy)
                if design:
                    cell[design].append(study)
            rows += [{"condition": label("condition", condition),
                      "therapy": short(label("therapy", therapy)), "design": design,
                      "studies": len(group), "participants": participants(group)}
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


def _range(values: Sequence[float]) -> str:
    return bounds(min(values), max(values)) if values else "none"


def control_alt(rows: Rows) -> str:
    """What the figure of control arms and uncontrolled gains shows, in one sentence."""
    alone = [r["mean"] for r in rows if r["series"] == "control"]
    gains = [r["mean"] for r in rows if r["series"] != "control"]
    odd = sum(r["series"] == "implausible" for r in rows)
    return (
        f"Dot plot of change in hairs/cm2: {plural(len(alone), 'reading')} of control arms, "
        f"{_range(alone)}; {plural(len(gains), 'gain')} without a control, {_range(gains)}, "
        f"{odd} of them not believable as reported."
    )


def forest_alt(rows: Rows, unit: str) -> str:
    """What a forest plot shows, in one sentence."""
    single = [r["estimate"] for r in rows if r["kind"] in ("study", "assumed")]
    pools = [f"{r['label']} {signed(r['estimate'])}{span(r['low'], r['high'])}"
             for r in rows if r["kind"] == "pool"]  # fmt: skip
    return (
        f"Forest plot in {unit}: {plural(len(single), 'estimate')} of single trials, "
        f"{_range(single)}; {'; '.join(pools) or 'no pool'}."
    )


def funnel_alt(rows: Rows, centre: float) -> str:
    """What a funnel plot shows, in one sentence."""
    errors = [r["se"] for r in rows]
    return (
        f"Funnel plot of {plural(len(rows), 'trial')} around {signed(centre)}, standard errors "
        f"{min(errors):.1f} to {max(errors):.1f}."
    )


def map_alt(rows: Rows) -> str:
    """What the evidence map shows, in one sentence."""
    cells: dict[tuple[str, str], int] = {}
    for r in rows:
        key = (r["condition"], r["therapy"])
        cells[key] = cells.get(key, 0) + r["studies"]
    most = max(rows, key=lambda r: int(r["participants"]))
    empty = sum(n == 0 for n in cells.values())
    return (
        f"Evidence map: {empty} of {len(cells)} pairs of therapy and condition have no study; most "
        f"people, {most['participants']}, are in studies of {most['therapy']} in "
        f"{most['condition']} ({most['design']})."
    )


def charts(answer: Answer, studies: Sequence[Study]) -> dict[str, Figure]:
    """Every figure of the answer by name; funnels are those of the leading comparators."""
    controls, forest, cells = control_rows(answer), comparator_rows(answer), map_rows(studies)
    figures = {
        "control": drawn(
            "Change of hair density from baseline, hairs/cm2.",
            "Bars: 95 % intervals, where a spread was seen.",
            control_alt(controls),
            lambda w: plot.control_response(controls, AXIS_CHANGE, w),
        ),
        "comparators": drawn(
            "Difference from control in hair density, hairs/cm2.", forest_note(forest),
            forest_alt(forest, "hairs/cm2"), lambda w: plot.forest(forest, AXIS_DIFFERENCE, w),
        ),
        "map": drawn(
            "Evidence map.",
            "Bubble: people studied; ?: number of people not stated; none: no study in this base. "
            "The base was gathered for exosomes and secretomes; other treatments are here as "
            "comparators.",
            map_alt(cells), lambda w: plot.evidence_map(cells, w),
        ),
    }  # fmt: skip
    pooled = any(row.lead and row.body.effect is not None and row.body.effect.k > 1
                 for row in answer.claims)  # fmt: skip
    for c in answer.comparators:
        points = funnel_rows(c.body.readings, c.body.effect) if c.lead else []
        if points:
            figures[f"funnel_{c.id}"] = _funnel(c, points, pooled)
    return figures


def _funnel(c: Comparator, points: Rows, exosome_pool: bool) -> Figure:
    effect = c.body.effect
    centre = effect.estimate if effect is not None else 0.0
    unit = effect.unit if effect is not None else ""
    needed = int(parameter("minimum_studies_small_study_test").value)
    few = (f"Too few trials for a test of small-study effects (it needs {needed}); shown so that "
           "nobody has to guess. ") if len(points) < needed else ""  # fmt: skip
    none = "" if exosome_pool else "No pool of exosome trials exists to draw."
    axis = f"difference from control, {unit}"
    return drawn(f"Funnel of the {c.label} trials.", few + none, funnel_alt(points, centre),
                 lambda w: plot.funnel(points, centre, axis, w))  # fmt: skip
