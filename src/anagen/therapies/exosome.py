"""Exosomes: what a product's label says, what may work of it, and how strongly it could act.

No trial has compared two products in hair, and no trial gives an effect on one mechanism. So all
vesicle products and conditioned media share one mean potency, of either sign, that is exactly zero
with a stated probability; each product's own potency lies around the mean, and its split over the
mechanisms is *prior only*.
"""

from __future__ import annotations

from collections.abc import Mapping

from anagen.vocabulary import known

MECHANISMS = ("initiation", "calming", "perfusion", "growth_factor", "repair")
"""The five claims, as signals."""
PRODUCTS = {
    "umbilical_stem_cell": "umbilical",
    "bone_marrow_stem_cell": "bone_marrow",
    "foreskin_stem_cell": "foreskin",
    "placental_stem_cell": "placental",
    "adipose_stem_cell": "adipose",
    "dermal_papilla": "dermal_papilla",
    "plant": "plant",
    "platelet": "platelet",
    "secretome": "secretome",
}
"""Word of a source, or conditioned medium, and the stem of its names in the tables."""
GENERIC = "generic"
"""Stem of the names of any other source, and of one that was not stated."""


def does_nothing(p: Mapping[str, float]) -> bool:
    """Whether this parameter set says that the whole class does nothing at all.

    So it is in a share ``exosome_null_probability`` of the draws.
    """
    return p["vesicle_null_rank"] < p["exosome_null_probability"]


def potency(p: Mapping[str, float], source: str) -> dict[str, float]:
    r"""Potency of a product on each mechanism: $\pi_k = w_k (\pi + \sigma z)$, or zero on all.

    $\pi$ (``vesicle_potency``) is common to all products, $\sigma$ their spread, $z$ the product's
    place in it; $w_k$ (``potency_weight_<product>_<mechanism>``) is a judgement, 1 for a generic
    stem cell vesicle. Raises InputError for a source that is not in the vocabulary.
    """
    name = PRODUCTS.get(source) or (known("source", source) and GENERIC)
    own = (
        p["vesicle_potency"] + p["vesicle_potency_between_products"] * p[f"vesicle_product_{name}"]
    )
    return {
        m: 0.0 if does_nothing(p) else own * p[f"potency_weight_{name}_{m}"] for m in MECHANISMS
    }


def working_particles(labelled: float, p: Mapping[str, float]) -> float:
    """Particles that can act, of those that the label counts.

    labelled x ``functional_particle_fraction`` (intact and working, never measured) x
    ``particle_label_ratio`` (another laboratory would count another number).
    """
    return labelled * p["functional_particle_fraction"] * p["particle_label_ratio"]
