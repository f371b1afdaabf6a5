"""What the law says about exosome products, and the harms reported: ``data/regulation.yaml``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from anagen.errors import InputError
from anagen.evidence.studies import load_record
from anagen.evidence.study import Record
from anagen.files import data_path, read_yaml

Status = Literal[
    "not_approved",  # needs an approval that it does not have
    "prohibited",
    "restricted",  # acted against, without a general rule
    "advertising_restricted",  # claims or words are limited, the product is not
    "outside_scope",  # no law covers it
    "case_by_case",
    "not_found",  # we found no text; this says nothing about the law
    "guidance",  # advice, not law
]
Product = Literal["human_derived", "plant_derived", "any"]
Route = Literal["injection", "topical", "any"]
Seen = Literal["primary", "secondary", "press", "vendor", "memory"]

_MONTH, _DAY = r"(0[1-9]|1[0-2])", r"(0[1-9]|[12]\d|3[01])"
Date = Annotated[str, Field(pattern=rf"^(19|20)\d\d(-{_MONTH}(-{_DAY})?)?$")]
"""YYYY, YYYY-MM or YYYY-MM-DD, as exact as the source."""
Day = Annotated[str, Field(pattern=rf"^20\d\d-{_MONTH}-{_DAY}$")]
Country = Annotated[str, Field(pattern=r"^([A-Z]{2}|world)$")]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]
Sources = Annotated[list[Text], Field(min_length=1)]


class Rule(Record):
    """What one authority says about some products by some routes, with its date."""

    id: Identifier
    country: Country  # ISO 3166 two letters, EU, or world
    agency: Text
    date: Date | None  # None: undated
    products: Annotated[list[Product], Field(min_length=1)]
    routes: Annotated[list[Route], Field(min_length=1)]
    status: Status
    text: Text  # one sentence in our words
    source: Sources
    seen: Seen  # how close to the authority the text was seen

    def covers(self, product: str = "any", route: str = "any") -> bool:
        """Whether the rule speaks about ``product`` by ``route``; ``any`` asks about all."""
        return _meets(product, self.products) and _meets(route, self.routes)


def _meets(asked: str, named: Sequence[str]) -> bool:
    return asked == "any" or asked in named or "any" in named


class Harm(Record):
    """Harm reported after an exosome product, anywhere on the body."""

    id: Identifier
    year: int | None
    text: Text
    people: Annotated[int, Field(ge=1)] | None  # people harmed, where the text says how many
    setting: Literal["scalp", "face", "other"]
    serious: bool
    review: bool = False  # a review, which may count cases that are listed by themselves
    source: Sources
    seen: Seen


class Regulation(Record):
    """Rules and harms as found on the day ``checked``."""

    schema_: Literal[1] = Field(alias="schema")
    checked: Day
    entries: list[Rule]
    harms: list[Harm]

    def rules(self, country: str, product: str = "any", route: str = "any") -> tuple[Rule, ...]:
        """List the rules of ``country``, and of the world, on ``product`` by ``route``."""
        return tuple(
            rule
            for rule in self.entries
            if rule.country in (country, "world") and rule.covers(product, route)
        )


def read_regulation(path: Path) -> Regulation:
    """Read the rules of ``path``. Raises InputError for what is malformed or twice there."""
    law = load_record(Regulation, read_yaml(path), path)
    seen: set[str] = set()
    for name in [rule.id for rule in law.entries] + [harm.id for harm in law.harms]:
        if name in seen:
            raise InputError(f"the id '{name}' is there twice; rename one", file=path)
        seen.add(name)
    return law


@cache
def load_regulation() -> Regulation:
    """Load the shipped rules and harms."""
    return read_regulation(data_path("regulation.yaml"))


def approval_notice(law: Regulation, countries: Sequence[str] = ("world", "US")) -> str:
    """What has been approved, in the words of the table, with date and source.

    One dated rule per country: the first that says "not approved".
    """
    told = []
    for country in countries:
        rules = [r for r in law.entries if r.country == country and r.status == "not_approved"]
        for rule in sorted(rules, key=lambda r: r.date or "9999")[:1]:
            text = rule.text.rstrip(".")
            told.append(f"{text} ({rule.agency}, {rule.date or 'undated'}; {rule.source[0]})")
    return ". ".join(told) + "." if told else "No rule on approval was found."
