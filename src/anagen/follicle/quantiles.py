"""Integer quantile tables: one 32-bit random word becomes one time in ticks, without floats.

The word is folded to its tail and read like a floating-point number: 32 nodes per halving of the
tail probability, so that both tails are as fine as the middle. Largest relative error of a
quantile about 1e-4 (a test holds it).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from anagen.compiled import Word, inline
from anagen.errors import InputError
from anagen.follicle.residence import Floats

TICKS = 1024
"""Ticks per day, the engine's unit of time."""
MAX_TICKS = 2**31 - 1

NODES = 1025  # per side: 32 halvings x 32 nodes and the median
_SHIFT, _BIAS = 47, 1023 << 5


@cache
def probabilities() -> Floats:
    """Tail probability at each node, (NODES,): from 2^-33 to 1/2."""
    k = np.arange(NODES)
    return np.asarray(np.ldexp(1 + (k % 32) / 32, k // 32 - 33))


def quantile_table(quantile: Callable[[Floats], Floats], unit: float = TICKS) -> NDArray[np.int32]:
    """Tabulate ``quantile`` (of a probability) in steps of 1/``unit``, from 1 to 2^31 - 1.

    Shape (2 NODES,): the lower tail, then the upper tail. Raises InputError where the law reaches
    beyond 2^31 ticks.
    """
    tail = probabilities()
    values = np.rint(np.concatenate([quantile(tail), quantile(1 - tail)]) * unit)
    if not np.all(values <= MAX_TICKS):
        longest = MAX_TICKS / unit
        problem = (
            f"the residence law reaches beyond {longest:.0f} days (2^31 ticks); "
            "give a shorter mean or a smaller cv"
        )
        raise InputError(problem, field="mean")
    return np.asarray(np.maximum(values, 1), dtype=np.int32)


@inline
def draw(table: NDArray[np.int32], word: Word) -> Word:
    """Read the time [tick] that a 32-bit ``word`` (uint64) stands for from a `quantile_table`."""
    side = word >> np.uint64(31)
    tail = word ^ (np.uint64(0xFFFFFFFF) * side)
    bits = np.float64(np.int64(tail + tail + np.uint64(1))).view(np.int64)
    node = np.uint64((bits >> _SHIFT) - _BIAS) + side * np.uint64(NODES)
    low = np.int64(table[node])
    step = np.int64(table[node + np.uint64(1)]) - low
    return low + ((step * ((bits >> 31) & 0xFFFF) + 0x8000) >> 16)
