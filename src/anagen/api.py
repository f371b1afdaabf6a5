"""The two questions in Python: `anagen.answer()` and `anagen.find_evidence(...)`."""

from __future__ import annotations

from pathlib import Path

from anagen.evidence.selection import Question
from anagen.evidence.studies import load_studies
from anagen.verdict import Answer, make_answer
from anagen.verdict.lookup import Evidence, make_evidence


def answer(studies: Path | None = None) -> Answer:
    """Every claim made for exosome hair therapy, beside what the published trials say.

    Parameters
    ----------
    studies
        Folder of further study files, checked before use.

    Raises
    ------
    InputError
        A study file that cannot be used.
    """
    return make_answer(load_studies(studies))


def find_evidence(
    therapy: str | None = None,
    outcome: str | None = None,
    condition: str | None = None,
    studies: Path | None = None,
) -> Evidence:
    """Studies, pooled effects and certainty for a filter; words of ``docs/nomenclature.md``.

    Raises
    ------
    InputError
        An unknown therapy, outcome or condition, with the nearest known one.
    """
    question = Question.of(therapy, outcome, condition)
    return make_evidence(question, load_studies(studies))
