"""How kernels are compiled: two decorators over numba that keep a function's type.

Compiled code is cached beside the source, so that only the first call after an installation waits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Word = Any
"""An integer of a kernel: int64, or uint64 for random words and rows of arrays."""

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
# Without numba's memory management (_nrt) no array is counted as it is handed on, which is worth a
# factor of three to the event engine. Such a kernel allocates nothing.


def kernel(function: Function) -> Function:
    """Compile ``function`` without allocation; it runs beside other threads."""
    compiled: Function = numba.njit(**_OPTIONS)(function)
    return compiled


def inline(function: Function) -> Function:
    """The same, always laid into its callers."""
    compiled: Function = numba.njit(**_OPTIONS, forceinline=True)(function)
    return compiled
