"""Claim by claim: what is claimed, what the evidence says (`anagen answer`)."""

from anagen.verdict.answer import make_answer
from anagen.verdict.summary import Answer

__all__ = ["Answer", "make_answer"]
