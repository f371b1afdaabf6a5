"""Anagen: do exosomes work for hair loss, and for whom?

Public names are loaded when they are first used, so that ``import anagen`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anagen.api import answer, find_evidence
    from anagen.errors import AnagenError, InputError
    from anagen.evidence.meta_analysis import Pooled, pool
    from anagen.evidence.studies import load_studies
    from anagen.evidence.study import Study
    from anagen.parameters import Parameter, parameter

_HOME = {
    "answer": "anagen.api",
    "find_evidence": "anagen.api",
    "AnagenError": "anagen.errors",
    "InputError": "anagen.errors",
    "Pooled": "anagen.evidence.meta_analysis",
    "pool": "anagen.evidence.meta_analysis",
    "load_studies": "anagen.evidence.studies",
    "Study": "anagen.evidence.study",
    "Parameter": "anagen.parameters",
    "parameter": "anagen.parameters",
}

__all__ = [
    "AnagenError",
    "InputError",
    "Parameter",
    "Pooled",
    "Study",
    "answer",
    "find_evidence",
    "load_studies",
    "parameter",
    "pool",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'anagen' has no attribute '{name}'")
    return getattr(import_module(_HOME[name]), name)
