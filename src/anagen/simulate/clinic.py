"""What the clinic reads beside pictures: shed hairs collected, hairs pulled, a rater, a biopsy.

Luck belongs to a person and a visit, so that it is the same under every option.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import special

from anagen.conditions.healthy import Floats, Scalp
from anagen.measurement import biopsy, endpoints, photograph, shedding_tests
from anagen.parameters import parameter
from anagen.patient import Patient
from anagen.simulate.model import CLINIC, reading_normals

TESTS = ("wash", "comb", "pull", "rating", "punch")
"""Readings, each with a stream of luck of its own."""
OF_PERSON = 2**31
"""The day that names luck which belongs to a person at all visits."""


def _normals(test: str, seed: int, who: Sequence[Patient], days: Sequence[int]) -> Floats:
    """Standard normal numbers of a ``test``, shape (people, 1, days)."""
    stream = CLINIC + TESTS.index(test)
    found = reading_normals(seed, [w.key for w in who], [stream], days)
    return np.asarray(found[0][:, None, :])


def clinic_readings(
    true: Mapping[str, Floats],
    p: Mapping[str, float],
    who: Sequence[Patient],
    visits: Sequence[int],
    seed: int,
) -> dict[str, Floats]:
    """Wash test, 60-second comb count, pull test and the global photograph, (P, O, V) each.

    ``true`` endpoints of the people ``who`` on the days of the ``visits``; the rating is of the
    change in cover since day 0, by one rater, -3 to 3.
    """

    def own(test: str) -> tuple[Floats, Floats]:
        return _normals(test, seed, who, [OF_PERSON]), special.ndtr(
            _normals(test, seed, who, visits))  # fmt: skip

    shed, shown = true["shed_hairs_per_day"], true["total_hair_density"]
    whole = np.where(shown > 0, shown * p["scalp_area"], np.inf)
    found = {
        f"{test}_count": shedding_tests.collected_count(shed, p, *own(test), test=test)
        for test in ("wash", "comb")
    }
    found["pull_count"] = shedding_tests.pulled_count(shed / whole, p, *own("pull"))
    cover = np.clip(true["coverage"], 0.0, 1 - 1e-9)
    gain = photograph.density_equivalent(cover[..., :1], cover, shown[..., :1])
    chances = photograph.grade_chances(
        np.nan_to_num(gain), threshold=photograph.threshold(p), step=p["photograph_step"],
        slope=p["photograph_slope"], lapse=p["photograph_lapse"],
    )  # fmt: skip
    rated = photograph.grades(chances, own("rating")[1]).astype(float)
    rated[..., np.asarray(visits) == 0] = 0.0  # there is nothing to compare with
    return found | {"global_assessment": rated}


def biopsies(
    sums: Mapping[str, Floats],
    bin_width: float,
    p: Mapping[str, float],
    scalp: Scalp,
    who: Sequence[Patient],
    visits: Sequence[int],
    seed: int,
) -> dict[str, Floats]:
    """A punch at every visit, each from follicles of its own, (P, O, V).

    ``sums`` per follicle: ``anagen``, ``catagen``, ``telogen`` (P, O, V) and the ``histogram``
    (P, O, V, bins) by calibre in steps of ``bin_width`` [um]. Hairs of all phases are taken to be
    alike in size, as the engine counts calibre over phases.
    """
    days = list(visits)
    phases = np.stack([sums[name] for name in ("anagen", "catagen", "telogen")], axis=-1)
    sizes = biopsy.size_shares(
        sums["histogram"], bin_width, vellus=parameter("vellus_diameter_cutoff").value,
        terminal=parameter("terminal_diameter_cutoff").value,
    )  # fmt: skip
    shares = biopsy.sections(phases, sizes[..., None, :])
    area = biopsy.punch_area(p["biopsy_punch_diameter"])
    z = _normals("punch", seed, who, days)
    rho = scalp.follicle_density[:, None, None]
    inside = biopsy.follicles_in_punch(rho, area, z, dispersion=p["punch_count_dispersion"])
    drawn = biopsy.punch_counts(shares, inside, _uniforms(seed, who, days, int(inside.max())))
    anagen, catagen, telogen = (drawn[..., i, :].sum(axis=-1) for i in range(3))
    terminal, intermediate, vellus = (drawn[..., i].sum(axis=-1) for i in range(3))
    return {
        "anagen_fraction": endpoints.anagen_fraction_histology(anagen, catagen, telogen),
        "telogen_fraction": endpoints.telogen_fraction_histology(anagen, catagen, telogen),
        "terminal_vellus_ratio": endpoints.terminal_vellus_ratio(terminal + intermediate, vellus),
        "follicle_density": endpoints.follicle_density_histology(anagen + catagen + telogen, area),
    }


def _uniforms(seed: int, who: Sequence[Patient], days: Sequence[int], n: int) -> Floats:
    """One number per person, visit and follicle of the punch, shape (people, 1, days, n)."""
    first = CLINIC + len(TESTS)
    z = reading_normals(seed, [w.key for w in who], range(first, first + max(n, 1)), days)
    return np.asarray(special.ndtr(np.moveaxis(z, 0, -1))[:, None])
