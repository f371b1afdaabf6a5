"""Addressable randomness: Philox4x32-10 keyed by seed and patient.

A draw is named, not consumed: the key is (seed, patient), the counter (follicle, cycle, stream,
replicate). Any draw can be made again at any time, on any thread, in any order, so that arms share
luck and an added patient changes nobody else. Salmon, Moraes, Dror and Shaw 2011, key
``salmon2011``; the known answers of its authors' test file are tests here.
"""

from __future__ import annotations

import numpy as np

from anagen.compiled import Word, inline

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
