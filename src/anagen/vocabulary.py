"""The words of the field, one name per thing: read from ``data/vocabulary.yaml``."""

from __future__ import annotations

from functools import cache
from typing import Any

from anagen.errors import InputError, unknown_word
from anagen.files import data_path, read_yaml


@cache
def vocabulary() -> dict[str, dict[str, Any]]:
    """Every list of words: ``vocabulary()["therapy"]["exosome"]["label"]``."""
    words: dict[str, dict[str, Any]] = read_yaml(data_path("vocabulary.yaml"))
    return words


@cache
def words(kind: str) -> dict[str, dict[str, Any]]:
    """The entries of one list (``therapy``, ``outcome``, ``condition``, ``route``, ...)."""
    return vocabulary()[kind]


def known(kind: str, word: str) -> str:
    """``word`` if it is in the list ``kind``; a synonym becomes its standard word.

    Raises InputError with the nearest allowed word.
    """
    entries = words(kind)
    key = word.strip().lower().replace(" ", "_").replace("-", "_")
    if key in entries:
        return key
    for name, entry in entries.items():
        if key in entry.get("synonyms", ()):
            return name
    raise InputError(unknown_word(kind, word, entries))


def label(kind: str, word: str) -> str:
    """The word as people read it, for example ``"alopecia areata"``."""
    return str(words(kind)[word].get("label", word.replace("_", " ")))
