"""The words of the field, one name per thing: read from ``data/vocabulary.yaml``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from anagen.errors import InputError, unknown_word
from anagen.files import data_path, read_yaml


@cache
def vocabulary() -> dict[str, dict[str, Any]]:
    """Every list of words: ``vocabulary()["therapy"]["exosome"]["label"]``."""
    return read_vocabulary(data_path("vocabulary.yaml"))


def read_vocabulary(path: Path) -> dict[str, dict[str, Any]]:
    """Read the lists of ``path``. Raises InputError for the first entry that is malformed."""
    content = read_yaml(path)
    for field, problem in _problems(content):
        raise InputError(problem, file=path, field=field)
    lists: dict[str, dict[str, Any]] = content
    return lists


def _problems(content: Any) -> Iterator[tuple[str | None, str]]:
    """What keeps ``content`` from being lists of labelled words, each word in one place."""
    if not isinstance(content, dict):
        yield None, "expected one list of words per kind"
        return
    for kind, entries in content.items():
        if not isinstance(entries, dict):
            yield str(kind), "expected 'word: {label: ...}' lines"
            continue
        taken: dict[str, str] = {}
        for word, entry in entries.items():
            yield from _problems_of_entry(f"{kind}.{word}", kind, entry)
            also = entry.get("synonyms", []) if isinstance(entry, dict) else []
            for name in [word, *(also if isinstance(also, list) else [])]:
                if taken.setdefault(str(name), str(word)) != word:
                    yield f"{kind}.{word}", f"'{name}' also stands for {taken[str(name)]}; keep one"


def _problems_of_entry(field: str, kind: str, entry: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(entry, dict) or not isinstance(entry.get("label"), str):
        yield field, "the label is missing; write {label: ...}"
        return
    if not isinstance(entry.get("synonyms", []), list):
        yield field, "synonyms are a list, as [a, b]"
    if kind == "outcome":
        for key in ("unit", "family"):
            if not isinstance(entry.get(key), str):
                yield field, f"the key '{key}' is missing; add it"
        if entry.get("better") not in ("up", "down", "none"):
            yield field, unknown_word("better", entry.get("better"), ("up", "down", "none"))
    match entry.get("range", [0, 1]):
        case [int() | float() as low, int() | float() as high] if low < high:
            return
    yield field, "a range is two numbers, the lower first, as [0, 100]"


@cache
def words(kind: str) -> dict[str, dict[str, Any]]:
    """The entries of one list (``therapy``, ``outcome``, ``condition``, ``route``, ...)."""
    try:
        return vocabulary()[kind]
    except KeyError:
        raise InputError(unknown_word("list of words", kind, vocabulary())) from None


def known(kind: str, word: str) -> str:
    """``word`` if it is in the list ``kind``; a synonym becomes its standard word.

    Raises InputError with the nearest allowed word.
    """
    if not isinstance(word, str):
        raise InputError(f"a {kind} is a word such as '{next(iter(words(kind)))}', not {word!r}")
    try:
        return _spellings(kind)[_plain(word)]
    except KeyError:
        raise InputError(unknown_word(kind, word, words(kind))) from None


def spelled(kind: str, word: str) -> str | None:
    """The standard word that ``word`` spells in the list ``kind``, if it does."""
    return _spellings(kind).get(_plain(word))


def _plain(word: str) -> str:
    return word.strip().lower().replace(" ", "_").replace("-", "_")


@cache
def _spellings(kind: str) -> dict[str, str]:
    """Every plain spelling of a word of the list ``kind``, synonyms included, and the word."""
    also = {_plain(s): word for word, entry in words(kind).items()
            for s in entry.get("synonyms", ())}  # fmt: skip
    return also | {_plain(word): word for word in words(kind)}


def known_outcome(word: str) -> str:
    """``word`` if it is an outcome or a family of outcomes (``density``, ``thickness``, ...).

    Raises InputError that offers both.
    """
    families = {str(entry["family"]) for entry in words("outcome").values()}
    if isinstance(word, str) and word.strip().lower() in families:
        return word.strip().lower()
    try:
        return known("outcome", word)
    except InputError:
        if not isinstance(word, str):
            raise
        every = families | set(words("outcome"))
        raise InputError(unknown_word("outcome or family", word, every)) from None


def span(kind: str, word: str) -> tuple[float, float] | None:
    """Lowest and highest number that ``word`` can stand for, where its list says so."""
    low, high = words(kind).get(word, {}).get("range", (None, None))
    return None if low is None else (float(low), float(high))


def label(kind: str, word: str) -> str:
    """The word as people read it, for example ``"alopecia areata"``."""
    return str(words(kind)[word].get("label", word.replace("_", " ")))
