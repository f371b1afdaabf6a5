"""Addressable randomness: Philox4x32-10 keyed by seed and patient.

A draw is named, not consumed: the key is (seed, patient), the counter (follicle, cycle, stream,
replicate). Any draw can be made again at any time, on any thread, in any order, so that arms share
luck and an added patient changes nobody else. Salmon, Moraes, Dror and Shaw 2011, key
``salmon2011``; the known answers of its authors' test file are tests here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anagen.compiled import Word, inline

Words64 = NDArray[np.uint64]

CYCLE, START, TRAITS, FATE, EXIT = 0, 1, 2, 3, 4
"""Streams: one decision each. A cycle's four phases; the state at the start; the follicle's own
traits; its destruction; whether a trigger throws it out of anagen."""

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


@inline
def philox(
    key0: Word, key1: Word, c0: Word, c1: Word, c2: Word, c3: Word
) -> tuple[Word, Word, Word, Word]:
    """Four 32-bit words for one key (two words) and one counter (four words), all uint64.

    Ten rounds; in each the two products' halves are mixed with the key, which then moves on.
    """
    for _ in range(10):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (p1 >> _HALF) ^ c1 ^ key0, p1 & _LOW, (p0 >> _HALF) ^ c3 ^ key1, p0 & _LOW
        key0, key1 = (key0 + _W0) & _LOW, (key1 + _W1) & _LOW
    return c0, c1, c2, c3


_M64 = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
_W64 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)


def _product(a: np.uint64, b: Words64) -> tuple[Words64, Words64]:
    """The high and the low 64 bits of a x b."""
    a0, a1, b0, b1 = a & _LOW, a >> _HALF, b & _LOW, b >> _HALF
    middle = a1 * b0 + ((a0 * b0) >> _HALF)
    cross = a0 * b1 + (middle & _LOW)
    return a1 * b1 + (middle >> _HALF) + (cross >> _HALF), a * b


def philox64(key0: Words64, key1: Words64, c2: int | Words64 = 0, c3: int | Words64 = 0) -> Words64:
    """First word of Philox4x64-10 for arrays of keys and counters (0, 0, ``c2``, ``c3``).

    As of ``numpy.random.Philox(key, counter)``, which counts on by one before it begins.
    """
    a, b, c, d = (np.zeros_like(key0) + np.asarray(x, np.uint64) for x in (1, 0, c2, c3))
    for _ in range(10):
        (high0, low0), (high1, low1) = _product(_M64[0], a), _product(_M64[1], c)
        a, b, c, d = high1 ^ b ^ key0, low1, high0 ^ d ^ key1, low0
        key0, key1 = key0 + _W64[0], key1 + _W64[1]
    return a


def uniform(word: Words64) -> NDArray[np.float64]:
    """The number from 0 to below 1 that a 64-bit word stands for, in steps of 2^-53."""
    return np.asarray((word >> np.uint64(11)) * 2.0**-53)
