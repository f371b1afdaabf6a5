"""The literature that the numbers rest on: ``data/references.bib`` read, printed and written.

Clinical studies are not here: each study file carries its own citation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from anagen.errors import InputError, unknown_word
from anagen.files import data_path, read_text

ASSUMED = "assumed"
"""Key of the numbers that are this project's assumption."""

KINDS = ("article", "book", "incollection", "misc")


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One entry of the reference list; a field that could not be verified is None."""

    key: str
    kind: str  # article, book, incollection, misc
    title: str | None = None
    author: str | None = None  # "Surname, A. and Surname, B.", "... and others"
    year: str | None = None
    journal: str | None = None
    booktitle: str | None = None
    publisher: str | None = None
    volume: str | None = None
    number: str | None = None
    pages: str | None = None
    doi: str | None = None
    pmid: str | None = None
    url: str | None = None
    note: str | None = None

    @property
    def checked(self) -> bool:
        """Whether the bibliographic details were verified."""
        return self.note is None or "not checked" not in self.note


FIELDS = tuple(f.name for f in fields(Reference) if f.name not in ("key", "kind"))


def read_references(path: Path) -> dict[str, Reference]:
    """Read the entries of the BibTeX file ``path``, by key, in the order of the file.

    Raises InputError with the line of an entry that is malformed, twice there, of an unknown kind
    or with an unknown field, and for a file without entries.
    """
    from bibtexparser.entrypoint import parse_string

    library = parse_string(read_text(path))
    for block in library.failed_blocks:
        line = None if block.start_line is None else block.start_line + 1
        raise InputError(f"not valid BibTeX: {block.error}", file=path, line=line)
    found: dict[str, Reference] = {}
    for entry in library.entries:
        line = None if entry.start_line is None else entry.start_line + 1
        content = {field.key: str(field.value) for field in entry.fields}
        if entry.entry_type not in KINDS:
            raise InputError(unknown_word("kind of entry", entry.entry_type, KINDS),
                             file=path, line=line, field=entry.key)  # fmt: skip
        for name in content:
            if name not in FIELDS:
                raise InputError(unknown_word("field", name, FIELDS),
                                 file=path, line=line, field=entry.key)  # fmt: skip
        found[entry.key] = Reference(key=entry.key, kind=entry.entry_type, **content)
    if not found:
        raise InputError("no entry; write '@article{key, title = {...}}'", file=path)
    return found


@cache
def load_references() -> dict[str, Reference]:
    """Load the shipped reference list, by key."""
    return read_references(data_path("references.bib"))


def reference(key: str) -> Reference:
    """Look up the shipped reference ``key``. Raises InputError with the nearest key that exists."""
    known = load_references()
    if key not in known:
        raise InputError(unknown_word("reference", key, known, "add it to references.bib"))
    return known[key]


def _authors(ref: Reference) -> str | None:
    """``Egger et al.``-style list: up to three names, then "et al."."""
    if ref.author is None:
        return None
    names = [name.strip() for name in ref.author.split(" and ")]
    more = "others" in names or len(names) > 3
    named = [name.replace(",", "") for name in names if name != "others"][: 3 if not more else 1]
    return ", ".join(named) + (" et al." if more else "")


def _where(ref: Reference) -> str | None:
    """Journal or book with volume, issue and pages: ``BMJ 315(7109):629-634``."""
    place = ref.journal or ref.booktitle or ref.publisher
    if place is None:
        return None
    issue = f"({ref.number})" if ref.number else ""
    volume = f" {ref.volume}{issue}" if ref.volume else issue
    pages = f":{ref.pages.replace('--', '-')}" if ref.pages and ref.volume else ""
    return f"{place}{volume}{pages}"


def format_reference(ref: Reference) -> str:
    """``ref`` in one line: who, when, what, where, identifier, and what was not verified."""
    who = _authors(ref)
    head = " ".join(part for part in (who, f"({ref.year})" if ref.year else None) if part)
    link = f"doi:{ref.doi}" if ref.doi else f"PMID {ref.pmid}" if ref.pmid else ref.url
    parts = [head or None, ref.title, _where(ref), link]
    line = ". ".join(part.rstrip(".") for part in parts if part) or ref.key
    note = ref.note if ref.title is None or not ref.checked else None
    return f"{line}. [{note}]" if note else f"{line}."


def to_bibtex(references: Iterable[Reference]) -> str:
    """Write ``references`` as BibTeX, one entry per reference, fields in a fixed order."""
    entries = []
    for ref in references:
        lines = [f"  {name} = {{{value}}}," for name in FIELDS
                 if (value := getattr(ref, name)) is not None]  # fmt: skip
        entries.append("\n".join([f"@{ref.kind}{{{ref.key},", *lines, "}"]) + "\n")
    return "\n".join(entries)
