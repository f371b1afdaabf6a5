"""The main job: every claim beside the evidence, computed from the study files."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from anagen.evidence.changes import Change
from anagen.evidence.claims import Asks, Claim, Comparator, load_claims
from anagen.evidence.contrasts import treatments
from anagen.evidence.control_response import ControlResponse, control_responses
from anagen.evidence.regulation import Regulation, approval_notice, load_regulation
from anagen.evidence.selection import find
from anagen.evidence.study import Study
from anagen.verdict import summary as s
from anagen.verdict.bodies import gain, gather
from anagen.verdict.harms import harms
from anagen.verdict.judgement import capped, judge
from anagen.verdict.words import HEADLINE, say, say_comparator, say_control
from anagen.vocabulary import label

QUESTION = "Do exosomes work for hair loss, and for whom?"


def make_answer(studies: Sequence[Study]) -> s.Answer:
    """The answer from ``studies``: one row per claim of ``data/claims.yaml``.

    Nothing is random and nothing is entered by hand: another study file changes the answer.
    """
    claims, law = load_claims(), load_regulation()
    controls = control_responses(studies)
    percent = control_responses(studies, "percent of baseline")
    comparators = [_comparator(c, studies, controls) for c in claims.comparators]
    published = [s.PublishedHarm(
        id=h.id, text=h.text, setting=h.setting, serious=h.serious, review=h.review,
        source="; ".join(h.source), seen=h.seen) for h in law.harms]  # fmt: skip
    rows = [_row(c, studies, [*controls, *percent], published) for c in claims.claims]
    rows = [
        _within_parent(row, claim, rows) for row, claim in zip(rows, claims.claims, strict=True)
    ]
    return s.Answer(
        question=QUESTION, search=claims.search,
        bottom_line=_bottom_line(rows, comparators, [control_row(c) for c in controls]),
        evidence_checked=law.checked,
        coverage=coverage(studies),
        claims=rows,
        comparators=comparators,
        controls=[control_row(c) for c in controls],
        controls_percent=[control_row(c) for c in percent],
        published_harms=published,
        regulation=[s.Legal(
            id=e.id, country=e.country, agency=e.agency, date=e.date, status=e.status, text=e.text,
            source="; ".join(e.source), seen=e.seen) for e in law.entries],
        warnings=_warnings(studies, law),
        citations=_citations(rows, comparators, controls),
    )  # fmt: skip


def _comparator(
    c: Comparator, studies: Sequence[Study], controls: Sequence[ControlResponse]
) -> s.Comparator:
    body = gather(c.asks.question(), studies, controls)[0]
    return s.Comparator(id=c.id, label=c.label, lead=c.lead, words=say_comparator(body), body=body)


def _nearest_label(asks: Asks | None) -> str | None:
    return " and ".join(label("therapy", t) for t in asks.therapies) if asks else None


def _row(
    claim: Claim,
    studies: Sequence[Study],
    controls: Sequence[ControlResponse],
    published: Sequence[s.PublishedHarm],
) -> s.Row:
    question = claim.asks.question()
    body = gather(question, studies, controls)[0]
    nearest = gather(claim.nearest.question(), studies, controls)[0] if claim.nearest else None
    name = _nearest_label(claim.nearest)
    excluded_by = _excluded_by(claim, studies)
    counted = harms(question, studies) if claim.group == "harm" else None
    code = judge(claim, body, counted)
    said = say(claim, code, body, (nearest, name), excluded_by, (counted, published))
    return s.Row(
        id=claim.id, group=claim.group, lead=claim.lead, claim=claim.claim, verdict=code,
        words=" ".join(part for part in said if part), controlled_words=said.controlled,
        uncontrolled_words=said.uncontrolled, nearest_words=said.nearest,
        body=body, nearest=nearest, nearest_label=name, compare=claim.compare,
        would_show=claim.would_show, would_settle=_would_settle(claim, studies),
        findings=_findings(claim, studies), excluded_by=excluded_by, harms=counted,
    )  # fmt: skip


def _within_parent(row: s.Row, claim: Claim, rows: Sequence[s.Row]) -> s.Row:
    """A part of a claim (``part_of``) is never surer than the whole."""
    parent = next((r for r in rows if r.id == claim.part_of), None)
    code = capped(row.verdict, parent.verdict) if parent is not None else row.verdict
    if parent is None or code == row.verdict:
        return row
    capped_by = f"The wider claim, “{parent.claim}”, is not surer than that."
    told = (HEADLINE[code], capped_by, row.controlled_words, row.uncontrolled_words,
            row.nearest_words)  # fmt: skip
    return row.model_copy(update={"verdict": code, "words": " ".join(t for t in told if t)})


def _would_settle(claim: Claim, studies: Sequence[Study]) -> list[s.Settles]:
    """Registered trials whose arms and people are those of the claim."""
    if claim.group == "exclusion":
        return []
    loose = claim.asks.model_copy(update={"together_with": []} if claim.settled_with else {})
    found = find(loose.question(), studies).registered
    if claim.settled_with:
        wanted = set(claim.settled_with)
        found = [x for x in found if any(treatments(a) & wanted for a in x.arms)]
    return [s.Settles(study=x.id, text=x.will_answer or x.label) for x in found]


def _findings(claim: Claim, studies: Sequence[Study]) -> list[str]:
    seen = {study.id: study for study in studies}
    return [f"{i}: {r.text}" for i in claim.see if i in seen
            for r in seen[i].remarks if r.kind == "finding"]  # fmt: skip


def _excluded_by(claim: Claim, studies: Sequence[Study]) -> list[str]:
    if claim.excludes is None:
        return []
    about = {"exosome", "secretome"}
    return [x.id for x in studies if claim.excludes in x.population.excludes
            and any(treatments(a) & about for a in x.arms)]  # fmt: skip


def control_row(c: ControlResponse) -> s.ControlRow:
    """One line of the control-response table."""
    p = c.pooled
    low, high = c.span or (None, None)
    sizes = [row.n for row in c.last]
    return s.ControlRow(
        kind=c.kind, unit=c.unit, k=len(c.used), pooled=p.estimate if p else None,
        se=p.se if p else None, low=p.interval[0] if p else None,
        high=p.interval[1] if p else None, between_trial_sd=_root(p.tau2) if p else None,
        people=sum(n for n in sizes if n) if all(sizes) else None, trials=len(c.last),
        notes=sorted({note for row in c.last for note in _notes(row)}),
        span_low=low, span_high=high, readings=[gain(row) for row in c.rows],
    )  # fmt: skip


def _notes(row: Change) -> list[str]:
    """When a control arm was read, and what its other half got."""
    notes = [f"week {row.week:g}"] if row.week is not None else []
    if row.study.design.layout == "split_scalp":
        other = sorted({label("therapy", t) for arm in row.study.arms if arm is not row.arm
                        for t in treatments(arm)})  # fmt: skip
        notes.append(f"the other half of the scalp got {' and '.join(other)}")
    return notes


def _root(variance: float | None) -> float | None:
    return None if variance is None else math.sqrt(variance)


def coverage(studies: Sequence[Study]) -> s.Coverage:
    """How much evidence there is, and how it was seen."""
    results = [r for study in studies for r in study.results]
    return s.Coverage(
        studies=len(studies), results=len(results),
        remembered_apart=sum(len(study.remembered) for study in studies),
        results_by_level=dict(sorted(Counter(r.seen.level for r in results).items())),
        results_by_use=dict(sorted(Counter(r.use for r in results).items())),
        studies_by_kind=dict(sorted(Counter(study.kind for study in studies).items())),
    )  # fmt: skip


def _bottom_line(
    rows: Sequence[s.Row], comparators: Sequence[s.Comparator], controls: Sequence[s.ControlRow]
) -> list[str]:
    """The answer in a few sentences; the rows and comparators marked ``lead`` are quoted."""
    claimed = [row for row in rows if row.group not in ("exclusion", "harm")]
    untested = [row.claim for row in claimed if row.verdict == "not_studied"
                and row.group in ("indication", "non-response")]  # fmt: skip
    lines = [_first_line(claimed)]
    for row in rows:
        if row.lead:
            lines += [f"In {row.lead}: {row.controlled_words or 'no controlled study was found.'}",
                      row.uncontrolled_words, row.nearest_words]  # fmt: skip
    alone = [say_control(c) for c in controls if c.span_low is not None]
    lines.append(f"Alone, in hairs/cm2 from baseline: {'; '.join(alone)}.")
    lines += [f"For comparison, {c.label}: {c.words}" for c in comparators if c.lead]
    if untested:
        lines.append(f"For whom: no study was found for {len(untested)} of the uses it is sold "
                     f"for ({'; '.join(untested)}).")  # fmt: skip
    return [line for line in lines if line]


def _first_line(claimed: Sequence[s.Row]) -> str:
    counts = Counter(str(row.verdict) for row in claimed)
    shown = counts["probably"] + counts["does"]
    head = "In part" if shown else "Not shown"
    parts = [f"{head}: of {len(claimed)} claims of benefit, {shown or 'none'} {_is(shown)} borne "
             "out by controlled trials"]  # fmt: skip
    for code, words in (
        ("may", "may hold, at low certainty"),
        ("works_against", "contradicted"),
        ("no_visible_effect", "without an effect that people could see"),
    ):
        n = counts[code]
        parts += [f"{n} {words}" if code == "may" else f"{n} {_is(n)} {words}"] if n else []
    return "; ".join(parts) + "."


def _is(count: int) -> str:
    return "is" if count < 2 else "are"


def _warnings(studies: Sequence[Study], law: Regulation) -> list[str]:
    levels = Counter(r.seen.level for study in studies for r in study.results)
    total = sum(levels.values())
    full = levels.get("full_text", 0)
    return [
        f"{total - full} of {total} numbers were read in abstracts, tables of other papers, "
        "registries or press; read the papers before relying on one.",
        f"Approval: {approval_notice(law)} This is not medical advice.",
    ]


def _citations(
    rows: Sequence[s.Row], comparators: Sequence[s.Comparator], controls: Sequence[ControlResponse]
) -> list[str]:
    bodies = [b for row in rows for b in (row.body, row.nearest) if b is not None]
    bodies += [c.body for c in comparators]
    ids = {i for b in bodies for c in (b.controlled, b.uncontrolled, b.registered) for i in c.ids}
    ids |= {p.study for b in bodies for p in b.published_pools}
    ids |= {c.study.id for row in controls for c in row.rows}
    return sorted(ids)
