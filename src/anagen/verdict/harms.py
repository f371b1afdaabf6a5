"""Harms among treated people with hair loss: what was counted, and what could still be there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from scipy.special import betaincinv

from anagen.evidence.counting import once
from anagen.evidence.selection import Question
from anagen.evidence.study import Arm, Study
from anagen.verdict.summary import Harms


@dataclass
class _Tally:
    people: int = 0
    events: int = 0
    ids: list[str] = field(default_factory=list)

    def add(self, study: Study, n: int, events: int) -> None:
        """Count one arm."""
        self.people += n
        self.events += events
        if study.id not in self.ids:
            self.ids.append(study.id)


def upper_bound(events: int, people: int) -> float:
    """One-sided 95 % Clopper-Pearson bound of a share.

    With no event in n people it solves ``(1 - p)^n = 0.05``, about 3/n (Hanley 1983).
    """
    return float(betaincinv(events + 1, people - events, 0.95)) if people > events else 1.0


def _counts(study: Study, arm: Arm, outcome: str) -> list[tuple[int, int]]:
    """People and events that one arm reports, results marked implausible left out."""
    doubted = {i for r in study.remarks if r.kind == "implausible" for i in r.results}
    rows = [r for r in study.results if (r.arm, r.outcome, r.subgroup) == (arm.id, outcome, None)
            and r.id not in doubted]  # fmt: skip
    found = []
    for r in rows:
        n = r.n if r.n is not None else arm.n
        events = r.events if r.events is not None else (
            round(r.share * n / 100) if r.share is not None and n else None)  # fmt: skip
        if n and events is not None:
            found.append((n, events))
    return found


def _serious(study: Study, arm: Arm) -> tuple[int, int] | None:
    """Serious events of an arm; nobody with any event means nobody with a serious one."""
    own = _counts(study, arm, "serious_adverse_event")
    if own:
        return max(own, key=lambda pair: pair[1])
    quiet = [pair for pair in _counts(study, arm, "adverse_event") if pair[1] == 0]
    return quiet[0] if quiet else None


def _any_event(study: Study, arm: Arm) -> tuple[int, int] | None:
    """The most people with one kind of event that an arm reports."""
    return max(_counts(study, arm, "adverse_event"), key=lambda pair: pair[1], default=None)


def harms(question: Question, studies: Sequence[Study]) -> Harms:
    """Serious and other harms in the arms that ``question`` asks about, controls beside them.

    Controls stand beside the treated people of their own trials only. Only studies of people
    with hair loss count; harms elsewhere are in the regulation file.
    """
    tally: dict[str, _Tally] = defaultdict(_Tally)
    for study in once(studies):
        asked = [arm for arm in study.arms if question.asks_arm(arm)]
        if study.kind != "trial" or study.population.diagnosis == "healthy" or not asked:
            continue
        for name, look in (("serious", _serious), ("any", _any_event)):
            controls = [seen for arm in study.arms
                        if arm not in asked and (seen := look(study, arm))]  # fmt: skip
            for seen in filter(None, (look(study, arm) for arm in asked)):
                tally[name].add(study, *seen)
                tally[f"{name} beside" if controls else f"{name} alone"].add(study, *seen)
            for seen in controls:
                tally[f"{name} control"].add(study, *seen)
    serious, some = tally["serious"], tally["any"]
    return Harms(
        people=serious.people, serious=serious.events, ids=serious.ids,
        upper_percent=100 * upper_bound(serious.events, serious.people),
        uncontrolled_serious=tally["serious alone"].events,
        controlled_people=tally["serious beside"].people,
        controlled_serious=tally["serious beside"].events,
        control_people=tally["serious control"].people,
        control_serious=tally["serious control"].events,
        any_people=some.people, any_events=some.events,
        any_controlled_people=tally["any beside"].people,
        any_controlled_events=tally["any beside"].events, any_ids=some.ids,
        any_upper_percent=100 * upper_bound(some.events, some.people),
        any_control_people=tally["any control"].people,
        any_control_events=tally["any control"].events,
    )  # fmt: skip
