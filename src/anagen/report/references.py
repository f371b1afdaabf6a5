"""The references behind a result: studies from their own files, methods from references.bib."""

from __future__ import annotations

from collections.abc import Sequence

from anagen.citations import Reference, format_reference, load_references, to_bibtex
from anagen.evidence.study import Study

METHODS = ("guyatt2008", "sterne2019", "sterne2016", "viechtbauer2005", "hartung2001",
           "higgins2009", "wan2014", "hanley1983")  # fmt: skip


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
    return cited + [shelf[key] for key in METHODS if key in shelf]


def references(keys: Sequence[str], studies: Sequence[Study]) -> list[str]:
    """One line per study in ``keys`` and per method used, in that order."""
    return [format_reference(ref) for ref in _cited(keys, studies)]


def references_bibtex(keys: Sequence[str], studies: Sequence[Study]) -> list[str]:
    """The same references as BibTeX entries."""
    return [to_bibtex(_cited(keys, studies))]
