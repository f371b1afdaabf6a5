"""The references behind a result: studies from their own files, methods from references.bib."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal

from pydantic import Field

from anagen.citations import Reference, format_reference, load_references, to_bibtex
from anagen.evidence.studies import load_record
from anagen.evidence.study import Record, Study
from anagen.files import data_path, read_yaml


class Method(Record):
    """One method and the references that stand behind it."""

    what: str
    keys: list[str]
    answer: bool


class Methods(Record):
    """The file ``data/methods.yaml``."""

    schema_: Literal[1] = Field(alias="schema")
    methods: list[Method]


@cache
def load_methods() -> tuple[Method, ...]:
    """Every method with its references. Raises InputError when the file is malformed."""
    path = data_path("methods.yaml")
    return tuple(load_record(Methods, read_yaml(path), path).methods)


def study_reference(study: Study) -> Reference:
    """A study's own citation, as far as its file knows it."""
    r = study.reference
    authors = r.authors.replace(", ", " and ") if r.authors else None
    return Reference(key=study.id, kind="misc", author=authors, title=r.title or study.label,
                     journal=r.journal, year=str(study.year) if study.year else None, doi=r.doi,
                     pmid=r.pmid, url=r.url or _first_address(study))  # fmt: skip


def _first_address(study: Study) -> str | None:
    where = [address for result in study.results for address in result.seen.where]
    return where[0] if where else None


def _cited(keys: Sequence[str], studies: Sequence[Study]) -> list[Reference]:
    by_id = {study.id: study for study in studies}
    shelf = load_references()
    cited = [study_reference(by_id[key]) for key in keys if key in by_id]
    return cited + [shelf[key] for m in load_methods() if m.answer for key in m.keys]


def references(keys: Sequence[str], studies: Sequence[Study]) -> list[str]:
    """One line per study in ``keys`` and per method used, in that order."""
    return [format_reference(ref) for ref in _cited(keys, studies)]


def references_bibtex(keys: Sequence[str], studies: Sequence[Study]) -> list[str]:
    """The same references as BibTeX entries."""
    return [to_bibtex(_cited(keys, studies))]
