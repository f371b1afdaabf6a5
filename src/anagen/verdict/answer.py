"""The main job: every claim beside the evidence, computed from the study files."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from anagen.evidence.claims import Asks, Claim, Comparator, load_claims
from anagen.evidence.contrasts import treatments
from anagen.evidence.control_response import ControlResponse, control_responses
from anagen.evidence.regulation import load_regulation
from anagen.evidence.selection import find
from anagen.evidence.study import Study
from anagen.verdict import summary as s
from anagen.verdict.bodies import gain, gather
from anagen.verdict.words import bounds, judge, say, say_comparator, signed
from anagen.vocabulary import label

HARMS = ("serious_adverse_event", "adverse_event")
QUESTION = "Do exosomes work for hair loss, and for whom?"


def make_answer(studies: Sequence[Study]) -> s.Answer:
    """The answer from ``studies``: one row per claim of ``data/claims.yaml``.

    Nothing is random and nothing is entered by hand: another study file changes the answer.
    """
    claims, law = load_claims(), load_regulation()
    controls = control_responses(studies)
    percent = control_responses(studies, "percent of baseline")
    comparators = [_comparator(c, studies, controls) for c in claims.comparators]
    harmful = [h for h in law.harms if h.serious]
    rows = [_row(c, studies, [*controls, *percent], len(harmful)) for c in claims.claims]
    return s.Answer(
        question=QUESTION,
        bottom_line=_bottom_line(rows, comparators, [control_row(c) for c in controls]),
        evidence_checked=law.checked,
        coverage=coverage(studies),
        claims=rows,
        comparators=comparators,
        controls=[control_row(c) for c in controls],
        controls_percent=[control_row(c) for c in percent],
        published_harms=[s.PublishedHarm(
            id=h.id, text=h.text, setting=h.setting, serious=h.serious,
            source="; ".join(h.source), seen=h.seen) for h in law.harms],
        regulation=[s.Legal(
            id=e.id, country=e.country, agency=e.agency, date=e.date, status=e.status, text=e.text,
            source="; ".join(e.source), seen=e.seen) for e in law.entries],
        warnings=_warnings(studies),
        citations=_citations(rows, comparators, controls),
    )  # fmt: skip


def _comparator(
    c: Comparator, studies: Sequence[Study], controls: Sequence[ControlResponse]
) -> s.Comparator:
    body, _ = gather(c.asks.question(), studies, controls)
    return s.Comparator(id=c.id, label=c.label, words=say_comparator(body), body=body)


def _nearest_label(asks: Asks | None) -> str | None:
    return " and ".join(label("therapy", t) for t in asks.therapies) if asks else None


def _row(
    claim: Claim, studies: Sequence[Study], controls: Sequence[ControlResponse], harmful: int
) -> s.Row:
    body, found = gather(claim.asks.question(), studies, controls)
    nearest = gather(claim.nearest.question(), studies, controls)[0] if claim.nearest else None
    code = judge(claim, body)
    name = _nearest_label(claim.nearest)
    excluded_by = _excluded_by(claim, studies)
    harms = _harms(found.studies()) if claim.group == "harm" else None
    said = say(claim, code, body, (nearest, name), excluded_by, (harms, harmful))
    return s.Row(
        id=claim.id, group=claim.group, claim=claim.claim, verdict=code,
        words=" ".join(part for part in said if part), controlled_words=said.controlled,
        uncontrolled_words=said.uncontrolled, nearest_words=said.nearest,
        body=body, nearest=nearest, nearest_label=name, compare=claim.compare,
        would_show=claim.would_show, would_settle=_would_settle(claim, studies),
        findings=_findings(claim, studies), excluded_by=excluded_by, harms=harms,
    )  # fmt: skip


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


def _harms(studies: Sequence[Study]) -> s.Harms:
    """Serious events among people with hair loss, and the exact 95 % upper bound for none.

    With no event in n people the bound solves (1 - p)^n = 0.05 (rule of three: about 3/n).
    """
    people = events = 0
    ids = []
    for study in studies:
        counts = [
            (r.n or _arm_size(study, r.arm), r.events)
            for r in study.results
            if r.events is not None and r.outcome in HARMS and not _doubted(study, r.id)
        ]
        known = [(n, e) for n, e in counts if n]
        if known and study.kind == "trial" and study.population.diagnosis != "healthy":
            people += max(n for n, _ in known)
            events += min(e for _, e in known if e is not None)
            ids.append(study.id)
    upper = _upper_bound(events, people)
    return s.Harms(people=people, events=events, upper_percent=100 * upper, ids=ids)


def _arm_size(study: Study, arm_id: str) -> int | None:
    return next((arm.n for arm in study.arms if arm.id == arm_id), None)


def _doubted(study: Study, result_id: str) -> bool:
    return any(r.kind == "implausible" and result_id in r.results for r in study.remarks)


def _upper_bound(events: int, people: int) -> float:
    """One-sided 95 % Clopper-Pearson bound of a share."""
    from scipy.special import betaincinv

    return float(betaincinv(events + 1, people - events, 0.95)) if people else 1.0


def control_row(c: ControlResponse) -> s.ControlRow:
    """One line of the control-response table."""
    p = c.pooled
    low, high = c.span or (None, None)
    return s.ControlRow(
        kind=c.kind, unit=c.unit, k=len(c.used), pooled=p.estimate if p else None,
        se=p.se if p else None, low=p.interval[0] if p else None,
        high=p.interval[1] if p else None, between_trial_sd=_root(p.tau2) if p else None,
        span_low=low, span_high=high, readings=[gain(row) for row in c.rows],
    )  # fmt: skip


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
    by_id = {row.id: row for row in rows}
    shown = [row for row in rows if row.verdict in ("may", "probably", "does")]
    claimed = [row for row in rows if row.group not in ("exclusion", "harm")]
    head = "Not shown" if not shown else "In part"
    untested = [row.claim for row in claimed if row.verdict == "not_studied"
                and row.group in ("indication", "non-response")]  # fmt: skip
    main = by_id["pattern_hair_loss"]
    alone = [f"{c.kind} {_typical(c)}" for c in controls if c.span_low is not None]
    first = comparators[0]
    return [
        f"{head}: of {len(claimed)} claims of benefit, {len(shown) or 'none'} "
        f"{'is' if len(shown) < 2 else 'are'} borne out by controlled trials that can be pooled.",
        f"In pattern hair loss: {main.controlled_words}",
        main.uncontrolled_words,
        f"On their own, in hairs/cm2 from baseline: {'; '.join(alone)}.",
        main.nearest_words,
        f"For comparison, {first.label}: {first.words}",
        f"For whom: no study was found for {len(untested)} of the uses it is sold for "
        f"({'; '.join(untested)}).",
    ]


def _typical(c: s.ControlRow) -> str:
    return signed(c.pooled) if c.pooled is not None else bounds(c.span_low, c.span_high)


def _warnings(studies: Sequence[Study]) -> list[str]:
    levels = Counter(r.seen.level for study in studies for r in study.results)
    total = sum(levels.values())
    full = levels.get("full_text", 0)
    return [
        f"{total - full} of {total} numbers were read in abstracts, tables of other papers, "
        "registries or press; read the papers before relying on one.",
        "Exosomes are approved for hair loss by no major regulator; this is not medical advice.",
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
