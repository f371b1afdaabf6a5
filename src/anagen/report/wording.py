"""Words that no page of ours may say of a therapy (the list is ``data/forbidden_wording.yaml``)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from anagen.errors import InputError
from anagen.evidence.studies import load_record
from anagen.evidence.study import Record
from anagen.files import data_path, read_yaml

Patterns = tuple[tuple[str, re.Pattern[str]], ...]


class Phrase(Record):
    """A phrase as people know it, and the regular expression that finds it."""

    phrase: str
    pattern: str


class Wording(Record):
    """The file ``data/forbidden_wording.yaml``."""

    phrases: list[Phrase]


def read_wording(path: Path) -> Patterns:
    """The phrases of ``path``. Raises InputError for a pattern that is no regular expression."""
    found = []
    for entry in load_record(Wording, read_yaml(path), path).phrases:
        try:
            found.append((entry.phrase, re.compile(entry.pattern, re.IGNORECASE)))
        except re.error as error:
            problem = f"not a regular expression: {error}"
            raise InputError(problem, file=path, field=entry.phrase) from None
    return tuple(found)


@cache
def _patterns() -> Patterns:
    return read_wording(data_path("forbidden_wording.yaml"))


def forbidden_phrases(text: str) -> list[str]:
    """Every forbidden phrase in ``text`` with a few words around it; empty when there is none."""
    found = []
    for phrase, pattern in _patterns():
        for match in pattern.finditer(text):
            around = text[max(0, match.start() - 30) : match.end() + 30]
            found.append(f"{phrase}: ...{' '.join(around.split())}...")
    return found
