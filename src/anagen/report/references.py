"""The references behind a result: studies from their own files, methods from references.bib."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from anagen.citations import Reference, format_reference, load_references, to_bibtex
from anagen.errors import InputError
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


def read_methods(path: Path) -> tuple[Method, ...]:
    """The methods of ``path``. Raises InputError when the file is malformed."""
    return tuple(load_record(Methods, read_yaml(path), path).methods)


@cache
def load_methods() -> tuple[Method, ...]:
    """Every shipped method with its references."""
    return read_methods(data_path("methods.yaml"))


def study_reference(study: Study) -> Reference:
    """A study's own citation, as far as its file knows it; our label never stands as a title."""
    r = study.reference
    note = None if r.title else f"title not seen; in this base: {study.label}"
    authors = r.authors.replace(", ", " and ") if r.authors else None
    return Reference(key=study.id, kind="misc", author=authors, title=r.title,
                     journal=r.journal, year=str(study.year) if study.year else None, doi=r.doi,
                     pmid=r.pmid, url=r.url or _first_address(study), note=note)  # fmt: skip


def _first_address(study: Study) -> str | None:
    where = [address for result in study.results for address in result.seen.where]
    return where[0] if where else None


def _cited(keys: Sequence[str], studies: Sequence[Study], *, pooled: bool) -> list[Reference]:
    by_id = {study.id: study for study in studies}
    shelf = load_references()
    unknown = [key for key in keys if key not in by_id and key not in shelf]
    if unknown:
        names = ", ".join(unknown[:5]) + (" and more" if len(unknown) > 5 else "")
        raise InputError(f"unknown studies: {names}; give the folder they came from by --studies")
    cited = [study_reference(by_id[key]) if key in by_id else shelf[key] for key in keys]
    methods = [key for m in load_methods() if m.answer for key in m.keys] if pooled else []
    return cited + [shelf[key] for key in methods]


def references(keys: Sequence[str], studies: Sequence[Study], *, pooled: bool = True) -> list[str]:
    """One line per study or reference in ``keys``, then, if results were ``pooled``, per method.

    Raises InputError for a key that is neither a reference nor one of ``studies``.
    """
    return [format_reference(ref) for ref in _cited(keys, studies, pooled=pooled)]


def references_bibtex(
    keys: Sequence[str], studies: Sequence[Study], *, pooled: bool = True
) -> list[str]:
    """The same references as BibTeX entries."""
    return [to_bibtex(_cited(keys, studies, pooled=pooled))]
