"""Which studies speak to a question: therapy, condition, outcome, route, co-therapy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from anagen.evidence.changes import Change, changes, family
from anagen.evidence.contrasts import Contrast, contrasts
from anagen.evidence.study import Arm, Study
from anagen.vocabulary import known, known_outcome


@dataclass(frozen=True)
class Question:
    """What is asked of the evidence; an empty part asks for everything.

    Words are those of ``data/vocabulary.yaml``; ``outcomes`` takes outcomes or families
    (``density``, ``thickness``, ...). Raises InputError for an unknown word.
    """

    therapies: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    together_with: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    after_failed: tuple[str, ...] = ()
    sex: str | None = None
    strength_percent: float | None = None
    weeks: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Replace synonyms by the standard word, refuse what is unknown."""
        for name, kind in (("therapies", "therapy"), ("conditions", "condition"),
                           ("routes", "route"), ("together_with", "therapy"),
                           ("without", "therapy"), ("after_failed", "therapy")):  # fmt: skip
            object.__setattr__(self, name, tuple(known(kind, w) for w in getattr(self, name)))
        outcomes = tuple(known_outcome(word) for word in self.outcomes)
        object.__setattr__(self, "outcomes", outcomes)

    @classmethod
    def of(cls, therapy: str | None, outcome: str | None, condition: str | None) -> Question:
        """The question of one therapy, one outcome (or family) and one condition, or any."""
        return cls(
            therapies=(therapy,) if therapy else (),
            conditions=(condition,) if condition else (),
            outcomes=(outcome,) if outcome else (),
        )

    def asks_study(self, study: Study) -> bool:
        """Whether the people of ``study`` are those that the question is about."""
        people = study.population
        return (
            (not self.conditions or people.diagnosis in self.conditions)
            and (not self.after_failed or bool(set(people.failed) & set(self.after_failed)))
            and self.sex in (None, people.sex)
        )

    def asks_arm(self, arm: Arm) -> bool:
        """Whether ``arm`` was given what the question is about."""
        given = {arm.therapy, *arm.cotherapy}
        return (
            (not self.therapies or bool(given & set(self.therapies)))
            and (not self.routes or arm.route in self.routes)
            and set(self.together_with) <= given
            and not set(self.without) & given
            and self.strength_percent in (None, arm.strength_percent)
        )

    def asks_plan(self, study: Study) -> bool:
        """Whether a registered trial plans to measure what is asked; density when it is silent."""
        planned = study.planned or ["total_hair_density"]
        return not self.outcomes or any(
            o in self.outcomes or family(o) in self.outcomes for o in planned
        )

    def asks_outcome(self, outcome: str, week: float | None) -> bool:
        """Whether a reading of ``outcome`` at ``week`` speaks to the question."""
        named = outcome in self.outcomes or family(outcome) in self.outcomes
        if self.outcomes and not named:
            return False
        return self.weeks is None or (week is not None and self.weeks[0] <= week <= self.weeks[1])


@dataclass
class Found:
    """What the evidence base holds for one question.

    Attributes
    ----------
    controlled
        Contrasts that isolate one asked therapy.
    compared
        Studies of it against another treatment, in a mixture or against nothing: a control is
        there, but it does not isolate the therapy.
    uncontrolled
        Studies without any other arm.
    gains
        Changes from baseline that the compared and the uncontrolled studies report.
    registered
        Announced, nothing published.
    published_pools
        Meta-analyses and reviews, kept apart so that they never meet their components.
    other
        On the subject, without a usable result.
    """

    controlled: list[Contrast] = field(default_factory=list)
    compared: list[Study] = field(default_factory=list)
    uncontrolled: list[Study] = field(default_factory=list)
    gains: list[Change] = field(default_factory=list)
    registered: list[Study] = field(default_factory=list)
    published_pools: list[Study] = field(default_factory=list)
    other: list[Study] = field(default_factory=list)

    def studies(self) -> list[Study]:
        """Every study found, once, in file order."""
        every = [c.study for c in self.controlled] + self.compared + self.uncontrolled
        every += self.registered + self.published_pools + self.other
        return sorted({s.id: s for s in every}.values(), key=lambda s: s.id)


def _isolated(question: Question, contrast: Contrast) -> bool:
    """Whether the contrast is about one asked therapy, or about one part of an asked mixture."""
    asked = set(question.therapies) | set(question.together_with)
    return not question.therapies or (
        len(contrast.isolates) == 1 and bool(contrast.isolates & asked)
    )


def find(question: Question, studies: Iterable[Study]) -> Found:
    """Sort the studies that speak to ``question`` by what they can say (``Found``)."""
    studies = list(studies)
    found = Found()
    for study in studies:
        active = [arm for arm in study.arms if question.asks_arm(arm)
                  and (arm.role != "control" or arm.therapy in question.therapies)]  # fmt: skip
        if not active or not question.asks_study(study):
            continue
        if study.kind == "registration":
            wanted = question.asks_plan(study) and not _published(study, studies)
            found.registered += [study] if wanted else []
        elif study.kind in ("meta_analysis", "review"):
            found.published_pools.append(study)
        elif study.kind in ("trial", "case_report"):
            _sort_trial(question, study, active, found)
        else:
            found.other.append(study)
    return found


def _published(registered: Study, studies: Iterable[Study]) -> bool:
    """Whether another file reports the registered trial."""
    linked = {o.study for o in registered.overlaps if o.kind == "same_trial"}
    return any(s.kind != "registration" and (s.id in linked or any(
        o.study == registered.id and o.kind == "same_trial" for o in s.overlaps))
        for s in studies)  # fmt: skip


def _sort_trial(question: Question, study: Study, active: list[Arm], found: Found) -> None:
    controlled = [
        c
        for c in contrasts(study)
        if question.asks_arm(c.active)
        and _isolated(question, c)
        and question.asks_outcome(c.outcome, c.week)
    ]
    found.controlled += controlled
    if controlled:
        return
    ids = {arm.id for arm in active}
    if not any(r.arm in ids and question.asks_outcome(r.outcome, r.week) for r in study.results):
        found.other += [] if question.outcomes else [study]
        return
    alone = all(arm.id in ids for arm in study.arms)
    (found.uncontrolled if alone else found.compared).append(study)
    found.gains += [c for c in changes(study) if c.arm.id in ids
                    and question.asks_outcome(c.outcome, c.week)]  # fmt: skip
