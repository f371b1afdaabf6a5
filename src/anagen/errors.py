"""What can go wrong, said so that the reader can mend it.

AnagenError
├── InputError      a file, field or word that a person gave is not usable
└── OutputError     a result could not be written
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class AnagenError(Exception):
    """Base of every error that Anagen raises on purpose; the command line exits with 2."""


class OutputError(AnagenError):
    """A result could not be written; nothing was left half-written."""


class InputError(AnagenError):
    """One sentence about one input: where, what was given, what is allowed, what to do."""

    def __init__(
        self,
        problem: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        field: str | None = None,
    ) -> None:
        self.problem, self.file, self.line, self.field = problem, file, line, field
        super().__init__(str(self))

    def __str__(self) -> str:
        where = [str(self.file)] if self.file is not None else []
        where += [f"line {self.line}"] if self.line is not None else []
        where += [self.field] if self.field else []
        return ": ".join([", ".join(where), self.problem] if where else [self.problem])


def nearest(given: str, allowed: Iterable[str]) -> str | None:
    """The allowed word closest to ``given``, or None when nothing is close."""
    words = {word.lower(): word for word in allowed}
    found = difflib.get_close_matches(given.lower(), words, n=1, cutoff=0.55)
    return words[found[0]] if found else None


def hint(given: object, allowed: Iterable[str]) -> str:
    """``did you mean 'exosome'? ``, with a space at its end; empty when nothing is close."""
    guess = nearest(str(given), allowed)
    return f"did you mean '{guess}'? " if guess else ""


def unknown_word(
    kind: str, given: object, allowed: Iterable[str], otherwise: str | None = None
) -> str:
    """The sentence for a word that is not in its list, with the nearest one that is.

    It ends with every allowed word, or with ``otherwise`` where the list is long.
    """
    words = sorted(allowed)
    listed = f"allowed: {', '.join(words) or 'none'}"
    return f"unknown {kind} '{brief(given)}'; {hint(given, words)}{otherwise or listed}"


def brief(given: object) -> str:
    """What was given, in one line of at most 60 characters."""
    text = " ".join(str(given).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
