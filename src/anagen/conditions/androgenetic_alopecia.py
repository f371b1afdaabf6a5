"""Pattern hair loss of men: what androgen lays on the follicles of a site, and how they shrink.

A share of the follicles is affected, one after another from the onset on; each comes to its full
load over a ramp. The load itself, its staircase and what it does to clocks and size are the
follicle law's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from anagen.conditions.healthy import Floats, between_people
from anagen.errors import InputError, unknown_word

SITES = ("vertex", "frontal", "temporal", "occipital")
HYPOTHESES = ("gradual", "abrupt", "kenogen_driven")
"""How follicles miniaturise is disputed: each is a setting of the same law, in the tables."""
PHASES = ("anagen", "catagen", "telogen", "kenogen")
YEAR = 365.25


@dataclass(frozen=True, kw_only=True)
class AndrogenLoad:
    """What the follicle engine needs of a man, one entry per man.

    ``severity`` (1: typical), ``affected_share``, ``onset`` [day, 0 is today], ``onset_spread`` and
    ``ramp`` [day].
    """

    severity: Floats
    affected_share: Floats
    onset: Floats
    onset_spread: Floats
    ramp: Floats


def affected_share(p: Mapping[str, float], site: str) -> float:
    """Share of a site's follicles that androgen can reach. Raises InputError for another site."""
    if site not in SITES:
        raise InputError(unknown_word("site", site, SITES), field="site")
    return p[f"affected_share_{site}"]


def androgen_load(
    p: Mapping[str, float], years: ArrayLike, sites: list[str], normals: Floats | None
) -> AndrogenLoad:
    """Load of men whose loss began ``years`` ago at their ``sites``.

    ``normals`` (one standard normal number per man) spreads the severity between men; None leaves
    all of them typical. Raises InputError for years that are negative or not finite.
    """
    since = np.asarray(years, dtype=float)
    if not np.all(np.isfinite(since) & (since >= 0)):
        problem = f"must be 0 or more (given: {since.min():g}); how long ago the loss began"
        raise InputError(problem, field="years_since_onset")
    cv = p["androgen_severity_between_people"]
    return AndrogenLoad(
        severity=np.ones(since.shape) if normals is None else between_people(normals, cv),
        affected_share=np.array([affected_share(p, site) for site in sites]),
        onset=-since * YEAR,
        onset_spread=np.full(since.shape, p["androgen_onset_spread"]),
        ramp=np.full(since.shape, p["androgen_ramp_time"]),
    )


@dataclass(frozen=True, kw_only=True)
class Miniaturisation:
    """A hypothesis of how follicles shrink, in numbers.

    ``drive``: theta of the four clocks per unit load; ``step`` (eta), ``half_size`` (a50), ``hill``
    (h). There is no theta on the shaft: size is androgen's one path to it.
    """

    drive: tuple[float, float, float, float]
    step: float
    half_size: float
    hill: float


def miniaturisation(p: Mapping[str, float], hypothesis: str) -> Miniaturisation:
    """The law's numbers under a ``hypothesis``, one of `HYPOTHESES`.

    A row ``<name>_<hypothesis>`` stands in for the row ``<name>``. Raises InputError for an
    unknown hypothesis.
    """
    if hypothesis not in HYPOTHESES:
        raise InputError(unknown_word("hypothesis", hypothesis, HYPOTHESES), field="hypothesis")

    def number(name: str) -> float:
        own = f"{name}_{hypothesis}"
        return p[own] if own in p else p[name]

    anagen, catagen, telogen, kenogen = (number(f"theta_{phase}_androgen") for phase in PHASES)
    return Miniaturisation(
        drive=(anagen, catagen, telogen, kenogen),
        step=number("size_step"),
        half_size=number("androgen_half_size"),
        hill=number("androgen_size_hill"),
    )
