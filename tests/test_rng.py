"""Random words have the published values and no pattern; a word becomes the time it stands for."""

import numpy as np
import pytest

from anagen.errors import InputError
from anagen.follicle.quantiles import TICKS, draw, quantile_table
from anagen.follicle.residence import Residence
from anagen.rng import philox, philox64

ONES = 0xFFFFFFFF
KNOWN = [  # the Random123 distribution's kat_vectors: key, counter, words
    ((0, 0), (0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 2, (ONES,) * 4, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    ((0xA4093822, 0x299F31D0), (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
     (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
]  # fmt: skip
NAME = ("seed", "patient", "follicle", "cycle", "stream", "replicate")
N = 20_000


def words(*name):
    return philox(*map(np.uint64, name))


@pytest.mark.parametrize(("key", "counter", "expected"), KNOWN)
def test_philox_gives_the_known_answers_of_its_authors(key, counter, expected):
    assert words(*key, *counter) == expected


def chi_square(x, y):
    """z of the table of the first 4 bits of one word by those of another: 16 x 16 equal cells."""
    cells = np.bincount(((x >> 28) * 16 + (y >> 28)).astype(int), minlength=256)
    expected = len(x) / 256
    return (((cells - expected) ** 2 / expected).sum() - 255) / np.sqrt(2 * 255)


@pytest.mark.parametrize("neighbour", NAME)
def test_words_of_neighbouring_names_are_even_and_independent(neighbour):
    """20,000 follicles of seed 3; chi-square over 256 cells, so z within 4."""
    at = NAME.index(neighbour)
    name = np.tile([3, 5, 0, 2, 0, 1], (N, 1))
    name[:, 2] = np.arange(0, 2 * N, 2)
    beside = name.copy()
    beside[:, at] += 1
    here, there = (np.array([words(*row) for row in rows]) for rows in (name, beside))
    for i in range(4):
        assert abs(chi_square(here[:, i], there[:, i])) < 4
        assert abs(chi_square(here[:, i], here[:, (i + 1) % 4])) < 4
        bits = (here[:, i, None] >> np.arange(32)) & 1
        assert np.abs(bits.mean(axis=0) - 0.5).max() < 4 * 0.5 / np.sqrt(N)


LAWS = [
    ("lognormal", 0.3, 5e-5), ("lognormal", 0.5, 1e-4), ("lognormal", 1.5, 2e-4),
    ("gamma", 0.4, 1e-4), ("gamma", 1.5, 5e-4), ("exponential", 1.0, 1e-4), ("fixed", 0.0, 0.0),
]  # fmt: skip
laws = pytest.mark.parametrize(("law", "cv", "error"), LAWS)
biased = pytest.mark.parametrize("found", [False, True])


def quantile_of(law, cv, found):
    residence = Residence(100, cv, law)
    return residence.biased_quantile if found else residence.quantile


@laws
@biased
def test_a_word_becomes_its_quantile(law, cv, error, found):
    """Relative error of each law, beside the tick to which times are rounded; both tails."""
    edge = 2 ** np.arange(32, dtype=np.uint64)
    word = np.concatenate([np.linspace(0, ONES, 5001).astype(np.uint64), edge, ONES - edge])
    word.sort()
    quantile = quantile_of(law, cv, found)
    exact = np.maximum(quantile((word.astype(float) + 0.5) / 2**32) * TICKS, 1)
    table = quantile_table(quantile)
    got = np.array([draw(table, w) for w in word], dtype=float)
    assert (np.abs(got - exact) <= 1 + error * exact).all()
    assert (np.diff(got) >= 0).all()
    assert got[[0, -1]] == pytest.approx(exact[[0, -1]], abs=1, rel=1e-6)


@laws
@biased
def test_a_table_keeps_the_mean(law, cv, error, found):
    even = (np.arange(N) + 0.5) / N
    quantile = quantile_of(law, cv, found)
    table = quantile_table(quantile)
    got = np.mean([draw(table, np.uint64(p * 2**32)) for p in even])
    assert got / TICKS == pytest.approx(quantile(even).mean(), rel=max(error / 4, 1e-9))


def test_a_law_beyond_the_longest_time_is_refused():
    with pytest.raises(InputError, match="2\\^31 ticks"):
        quantile_table(Residence(1e6, 1.0).quantile)


def test_philox64_gives_the_words_of_numpy():
    """Agreement with the outside generator, bit by bit."""
    keys = np.random.default_rng(7).integers(0, 2**64, (2, 50), dtype=np.uint64)
    keys[:, 0], keys[:, 1] = 0, 2**64 - 1
    outside = [np.random.Philox(key=pair.copy()).random_raw() for pair in keys.T]
    assert philox64(keys[0], keys[1]).tolist() == outside
    counted = [
        np.random.Philox(key=pair.copy(), counter=[0, 0, i, 3]).random_raw()
        for i, pair in enumerate(keys.T)
    ]
    at = np.arange(keys.shape[1], dtype=np.uint64)
    assert philox64(keys[0], keys[1], at, 3).tolist() == counted
