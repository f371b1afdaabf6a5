"""Virtual trials: a design, replicates of it on virtual people, their analysis, what it can tell.

Everything here is simulated; a simulated trial is no evidence about patients. Public names are
loaded when they are first used, so that the command line stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anagen.trial.adam import write_adam
    from anagen.trial.design import Design, read_design
    from anagen.trial.run import Plan
    from anagen.trial.summary import Summary
    from anagen.trial.virtual import virtual_trial
    from anagen.trial.workers import processes, scheduler

_HOME = {
    "Design": "design",
    "Plan": "run",
    "Summary": "summary",
    "processes": "workers",
    "read_design": "design",
    "scheduler": "workers",
    "virtual_trial": "virtual",
    "write_adam": "adam",
}

__all__ = [
    "Design", "Plan", "Summary", "processes", "read_design", "scheduler", "virtual_trial",
    "write_adam",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
