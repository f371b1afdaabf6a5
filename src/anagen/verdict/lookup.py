"""What the evidence holds for a filter of therapy, outcome and condition (`anagen evidence`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from anagen.evidence.control_response import control_responses
from anagen.evidence.heterogeneity import q_profile
from anagen.evidence.meta_analysis import leave_one_out
from anagen.evidence.pools import Pool
from anagen.evidence.regulation import approval_notice, load_regulation
from anagen.evidence.selection import Question
from anagen.evidence.small_study import egger, rank_test
from anagen.evidence.study import Study
from anagen.parameters import parameter
from anagen.verdict import summary as s
from anagen.verdict.bodies import effect, gather, reading


class LeftOut(s.Part):
    """A contrast that is not in a pool, and why."""

    study: str
    reason: str


class SmallStudy(s.Part):
    """Tests of small-study effects; only with enough studies."""

    egger_p: float | None
    rank_p: float | None
    reason: str | None


class PoolView(s.Part):
    """One pool with its diagnostics, or the reason why there is none."""

    therapy: str
    dose: str
    route: str
    source: str
    control: str
    background: str
    diagnosis: str
    randomised: bool
    outcome: str
    unit: str
    effect: s.Effect | None
    reason: str | None
    readings: list[s.Reading]
    left_out: list[LeftOut]
    leave_one_out: dict[str, float]
    tau2_interval: list[float] | None
    small_study: SmallStudy


class StudyView(s.Part):
    """One study in a line."""

    study: str
    label: str
    kind: str
    year: int | None
    diagnosis: str
    participants: int | None
    remarks: list[str]
    passport_present: int | None


class Evidence(s.Part):
    """The evidence on one question."""

    kind: Literal["evidence"] = "evidence"
    schema_version: Literal[1] = 1
    simulated: Literal[False] = False
    filters: dict[str, list[str]]
    body: s.Body
    pools: list[PoolView]
    studies: list[StudyView]
    warnings: list[str]
    citations: list[str]


def make_evidence(question: Question, studies: Sequence[Study]) -> Evidence:
    """Every study that speaks to ``question``, every pool that may be made, every refusal."""
    controls = [*control_responses(studies), *control_responses(studies, "percent of baseline")]
    body, found, pools = gather(question, studies, controls)
    shown = found.studies()
    return Evidence(
        filters={"therapy": list(question.therapies), "condition": list(question.conditions),
                 "outcome": list(question.outcomes)},
        body=body,
        pools=[_view(p) for p in pools],
        studies=[_study(x) for x in shown],
        warnings=[*([] if shown else ["No study matches; widen the filters."]),
                  f"Approval: {approval_notice(load_regulation())}"],
        citations=[x.id for x in shown],
    )  # fmt: skip


def _view(p: Pool) -> PoolView:
    left = [LeftOut(study=c.study.id, reason=reason) for c, reason in p.left_out]
    without: dict[str, float] = {}
    interval = None
    if p.effect is not None:
        y, v = [c.estimate or 0.0 for c in p.used], [c.variance or 0.0 for c in p.used]
        if p.effect.k > 2:
            parts = leave_one_out(y, v)
            without = {c.study.id: x.estimate for c, x in zip(p.used, parts, strict=True)}
            interval = list(q_profile(y, v).tau2)
    return PoolView(
        therapy=p.alike.therapy, dose=p.alike.dose, route=p.alike.route, source=p.alike.source,
        control=p.alike.control, background=p.alike.background,
        diagnosis=p.alike.diagnosis,
        randomised=p.alike.randomised,
        outcome=p.alike.outcome, unit=p.alike.unit,
        effect=effect(p), reason=p.reason,
        readings=[reading(c) for c in (*p.used, *(c for c, _ in p.left_out))],
        left_out=left, leave_one_out=without, tau2_interval=interval, small_study=_small(p),
    )  # fmt: skip


def _small(p: Pool) -> SmallStudy:
    needed = int(parameter("minimum_studies_small_study_test").value)
    if p.effect is None or p.effect.k < needed:
        k = p.effect.k if p.effect else len(p.used)
        return SmallStudy(egger_p=None, rank_p=None,
                          reason=f"{k} studies; these tests need {needed}")  # fmt: skip
    y, v = [c.estimate or 0.0 for c in p.used], [c.variance or 0.0 for c in p.used]
    return SmallStudy(egger_p=egger(y, v).p, rank_p=rank_test(y, v).p, reason=None)


def _study(x: Study) -> StudyView:
    present = sum(v == "present" for v in x.passport.values()) if x.passport is not None else None
    return StudyView(
        study=x.id, label=x.label, kind=x.kind, year=x.year, diagnosis=x.population.diagnosis,
        participants=x.population.n, remarks=[r.text for r in x.remarks],
        passport_present=present,
    )  # fmt: skip
