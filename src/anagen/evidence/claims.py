"""The claims made for the therapy, and the question that each one puts to the evidence."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from anagen.errors import InputError
from anagen.evidence.selection import Question
from anagen.evidence.studies import load_record
from anagen.evidence.study import Condition, Interval, OutcomeOrFamily, Record, Route, Therapy
from anagen.files import data_path, read_yaml


class Asks(Record):
    """The words of a question, as in ``data/claims.yaml``."""

    therapies: list[Therapy]
    conditions: list[Condition] = []
    outcomes: list[OutcomeOrFamily] = []
    routes: list[Route] = []
    together_with: list[Therapy] = []
    without: list[Therapy] = []
    after_failed: list[Therapy] = []
    sex: Literal["male", "female"] | None = None
    strength_percent: float | None = None
    weeks: Interval | None = None

    def question(self) -> Question:
        """The question that these words put."""
        return Question(
            tuple(self.therapies), tuple(self.conditions), tuple(self.outcomes),
            tuple(self.routes), tuple(self.together_with), tuple(self.without),
            tuple(self.after_failed), self.sex, self.strength_percent,
            (self.weeks[0], self.weeks[1]) if self.weeks else None,
        )  # fmt: skip


class Comparator(Record):
    """A therapy that the claims are set beside."""

    id: str
    label: str
    asks: Asks
    lead: bool = False  # quoted in the bottom line


class Claim(Record):
    """One sentence that is said of the therapy."""

    id: str
    group: Literal[
        "mechanism", "indication", "non-response", "exclusion", "route", "timing", "harm"
    ]
    claim: str
    asks: Asks
    nearest: Asks | None = None
    would_show: str
    compare: list[str]
    see: list[str] = []
    excludes: Condition | None = None
    lead: str | None = None  # quoted in the bottom line, under these words
    settled_with: list[Therapy] = []
    needs: list[Therapy] = []  # each of these must have been isolated
    part_of: str | None = None  # the wider claim, than which this one is never surer


class Claims(Record):
    """The file ``data/claims.yaml``."""

    schema_: Literal[1] = Field(alias="schema")
    said_by: str
    search: str  # how the evidence was gathered
    comparators: list[Comparator]
    claims: list[Claim]


def read_claims(path: Path) -> Claims:
    """The claims of ``path``. Raises InputError for what is malformed or twice there."""
    said = load_record(Claims, read_yaml(path), path)
    for part in (said.comparators, said.claims):
        for name, times in Counter(item.id for item in part).items():
            if times > 1:
                raise InputError(f"the id '{name}' is there twice; rename one", file=path)
    return said


@cache
def load_claims() -> Claims:
    """The shipped claims and comparators."""
    return read_claims(data_path("claims.yaml"))
