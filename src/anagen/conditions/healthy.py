"""A healthy scalp: what people bring before any disease, by group, sex, age and site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anagen.errors import InputError
from anagen.patient import Patient
from anagen.priors import between_people
from anagen.vocabulary import label

Floats = NDArray[np.float64]

TRAITS = ("follicle_density", "growth_rate", "full_calibre", "anagen")
"""What differs between people without disease; each has its row ``<trait>_between_people``."""
GROUPS = {
    "african": "african",
    "european": "european",
    "east_asian": "asian",
    "southeast_asian": "asian",
    "south_asian": "asian",
    "hispanic": "hispanic",
}
"""Group of reference values (a row's last word in ``people.csv``) of each ethnicity with data."""


@dataclass(frozen=True, kw_only=True)
class Scalp:
    """Healthy scalps, one entry per person.

    ``follicle_density`` [1/cm2], ``growth_rate`` [mm/day] and ``full_calibre`` [um] of a hair at
    full size, ``anagen``: mean anagen over its typical value.
    """

    follicle_density: Floats
    growth_rate: Floats
    full_calibre: Floats
    anagen: Floats


def visible_share(p: Mapping[str, float], anagen: float = 1.0) -> float:
    r"""Share of follicles with a visible hair: the renewal theorem's share of a cycle's time.

    $1 - (q_K \mu_K + t_{emerge}) / (f_A \mu_A + \mu_C + \mu_T + q_K \mu_K)$: a follicle is empty in
    kenogen and until its new hair has grown through the canal. ``anagen`` $f_A$ is a factor on mean
    anagen; times in days; not with a load on the follicles.
    """
    empty = p["kenogen_share_of_cycles"] * p["kenogen_duration"]
    hairy = anagen * p["anagen_duration"] + p["catagen_duration"] + p["telogen_duration"]
    return 1 - (empty + p["emergence_delay"]) / (hairy + empty)


def age_factor(p: Mapping[str, float], age: float | None) -> float:
    r"""Follicle density over that of young adults, $1 - k_n (a - a_0)$; 1 for an unknown age.

    ``age`` $a$ in years. A straight line through biopsies of ages 13 to 84 (sinclair2005).
    """
    if age is None:
        return 1.0
    return 1 - p["follicle_density_loss_per_year"] * (age - p["age_of_normal_values"])


def typical(p: Mapping[str, float], person: Patient) -> tuple[float, ...]:
    """Mean of each of `TRAITS` among people of this person's group, sex, age and site.

    Published hair density of a group is that of young adults at the vertex; over its share of
    visible hair it is density of follicles. A person without age and ethnicity, a man at the
    vertex, has the tables' general rows, which span all groups.
    """
    group = GROUPS.get(person.ethnicity or "", "")

    def row(name: str, otherwise: float) -> float:
        return p.get(f"{name}_{group}", otherwise)

    def factor(name: str, word: str) -> float:
        return p.get(f"{name}_factor_{word}", 1.0)

    anagen = row("anagen_factor", 1.0)
    hairs = row("hair_density", 0.0)
    density = hairs / visible_share(p, anagen) if hairs else p["follicle_density"]
    sex = "women" if person.sex == "female" else "men"
    return (
        density * age_factor(p, person.age) * factor("follicle_density", person.site),
        row("growth_rate", p["growth_rate"]),
        row("full_calibre", p["full_calibre"])
        * factor("full_calibre", sex)
        * factor("full_calibre", person.site),
        anagen,
    )


def correlated(p: Mapping[str, float], normals: Mapping[str, Floats]) -> dict[str, Floats]:
    r"""Normal scores of `TRAITS` with the correlations of people: a Gaussian copula.

    $z'_d = r_{nd} z_n + r_{gd} z_g + \sqrt{1 - r_{nd}^2 - r_{gd}^2}\; z_d$: calibre follows density
    and growth, which keep their own scores, as does anagen. At zero correlation nothing changes.
    Raises InputError for correlations that no joint law has.
    """
    # a set without these rows, as the reference cohort's, reads hairs whose calibre plays no part
    to_density = p.get("correlation_density_calibre", 0.0)
    to_growth = p.get("correlation_growth_calibre", 0.0)
    own = 1 - to_density**2 - to_growth**2
    if own < 0:
        problem = f"their squares add up to more than 1 (given: {to_density:g}, {to_growth:g})"
        raise InputError(problem, field="correlation_density_calibre, correlation_growth_calibre")
    calibre = (
        to_density * normals["follicle_density"]
        + to_growth * normals["growth_rate"]
        + np.sqrt(own) * normals["full_calibre"]
    )
    return {**normals, "full_calibre": calibre}


def healthy_scalp(
    p: Mapping[str, float], patients: Sequence[Patient], normals: Mapping[str, Floats] | None
) -> Scalp:
    """Scalps of ``patients`` from the parameter set ``p``.

    ``normals`` holds one standard normal number per person for each of `TRAITS`, independent of
    each other; None makes everyone typical of their group, sex, age and site. Raises InputError.
    """
    means = np.array([typical(p, person) for person in patients]).reshape(-1, len(TRAITS)).T
    found = dict(zip(TRAITS, means, strict=True))
    if normals is not None:
        scores = correlated(p, normals)
        for trait in TRAITS:
            own = between_people(scores[trait], p[f"{trait}_between_people"])
            found[trait] = found[trait] * own
    return Scalp(**found)


def unknown_group(patient: Patient) -> str | None:
    """The warning for a person whose group has no reference values of its own; else None."""
    if patient.ethnicity in GROUPS:
        return None
    given = "not given" if patient.ethnicity is None else label("ethnicity", patient.ethnicity)
    return (
        f"ethnicity: {given}; density, growth and calibre are taken from a wide range "
        "that spans all groups"
    )
