"""Pattern hair loss: what androgen lays on the follicles of a site, and how they shrink.

A share of the follicles is affected, one after another from the onset on; each comes to its full
load over a ramp. The load itself, its staircase and what it does to clocks and size are the
follicle law's. In women fewer follicles are affected, and a share of the load, larger after the
menopause, does not follow scalp DHT; the polycystic ovary syndrome raises the load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from anagen.conditions.healthy import Floats
from anagen.errors import InputError, unknown_word
from anagen.patient import PUBERTY, Patient
from anagen.priors import between_people
from anagen.units import DAYS_PER_YEAR as YEAR

SITES = ("vertex", "frontal", "temporal", "occipital")
HYPOTHESES = ("gradual", "abrupt", "kenogen_driven")
"""How follicles miniaturise is disputed: each is a setting of the same law, in the tables."""
PHASES = ("anagen", "catagen", "telogen", "kenogen")


@dataclass(frozen=True, kw_only=True)
class AndrogenLoad:
    """What the follicle engine needs of people with pattern loss, one entry per person.

    ``severity`` (1: a typical man), ``affected_share``, ``onset`` [day, 0 is today],
    ``onset_spread`` and ``ramp`` [day], ``independent``: share of the load that does not follow
    DHT.
    """

    severity: Floats
    affected_share: Floats
    onset: Floats
    onset_spread: Floats
    ramp: Floats
    independent: Floats


def affected_share(p: Mapping[str, float], site: str, *, as_woman: bool = False) -> float:
    """Share of a site's follicles that pattern loss can reach, as men or as women lose.

    Raises InputError for another site.
    """
    if site not in SITES:
        raise InputError(unknown_word("site", site, SITES), field="site")
    return p[f"affected_share_{site}{'_female' if as_woman else ''}"]


def independent_share(p: Mapping[str, float], patient: Patient) -> float:
    r"""Share of a person's load that does not follow DHT: 0 in men, $i_w$ in women.

    After the menopause $i_w + (1 - i_w) m_w$. Both numbers (``androgen_independent_...``) are
    assumed: trials of finasteride in women disagree.
    """
    if patient.sex == "male":
        return 0.0
    share = p["androgen_independent_share_female"]
    gain = p["androgen_independent_gain_postmenopausal"] if patient.postmenopausal else 0.0
    return share + (1 - share) * gain


def effective_dht(dht: ArrayLike, independent: ArrayLike) -> Floats:
    r"""DHT as the load feels it: $i + (1 - i) d$.

    ``dht`` $d$ is scalp DHT over its resting level (0 or more), ``independent`` $i$ the share of
    the load that does not follow it (0 to 1); arrays that broadcast. The mixture is assumed.
    """
    i = np.asarray(independent, dtype=float)
    return np.asarray(i + (1 - i) * np.asarray(dht, dtype=float))


def years_of(p: Mapping[str, float], patient: Patient) -> float:
    """Years since a person's pattern loss began; typical ones where it only goes with a diagnosis.

    Those are ``time_since_onset``, no more than the age leaves.
    """
    if patient.pattern_years is not None:
        return patient.pattern_years
    typical = p["time_since_onset"] / YEAR
    return typical if patient.age is None else min(typical, max(patient.age - PUBERTY, 0.0))


def androgen_load(
    p: Mapping[str, float], patients: Sequence[Patient], normals: Floats | None
) -> AndrogenLoad:
    """Load of ``patients`` whose loss began ``years_since_onset`` ago at their ``site``.

    ``normals`` (one standard normal number per person) spreads the severity between people; None
    leaves all of them typical. A woman of ``male_pattern`` loses where men do.
    """
    since = np.array([years_of(p, who) for who in patients], dtype=float)
    cv = p["androgen_severity_between_people"]
    severity = np.ones(since.shape) if normals is None else between_people(normals, cv)
    raised = [p["androgen_severity_factor_pcos"] if who.pcos else 1.0 for who in patients]
    shares = [
        affected_share(p, who.site, as_woman=who.sex == "female" and not who.male_pattern)
        for who in patients
    ]
    return AndrogenLoad(
        severity=severity * np.array(raised),
        affected_share=np.array(shares),
        onset=-since * YEAR,
        onset_spread=np.full(since.shape, p["androgen_onset_spread"]),
        ramp=np.full(since.shape, p["androgen_ramp_time"]),
        independent=np.array([independent_share(p, who) for who in patients]),
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
