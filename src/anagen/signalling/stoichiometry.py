"""Can a vesicle do by its cargo what is claimed? Two sums on the back of an envelope.

They are computed and shown with every report, because potency is fitted and not derived: a
mechanism by microRNA alone, or by growth-factor mass alone, has to pass these first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Stoichiometry:
    """What one session brings against what a cell would need."""

    vesicles_per_cell: float  # in the wetted tissue, if none is lost
    copies_per_cell: float  # of one abundant microRNA, after escape from the endosome
    copies_needed: float
    growth_factor_mass: float  # ng of one factor per session, in the vesicles
    platelet_mass: float  # ng of PDGF-AB in PRP of the same volume, for comparison

    @property
    def shortfall(self) -> float:
        """How many times too few copies reach a cell; 1 or less: enough."""
        return self.copies_needed / self.copies_per_cell if self.copies_per_cell else float("inf")


def copies_per_cell(vesicles: float, copies: float, escape: float) -> float:
    """MicroRNA copies that a cell gets: vesicles taken up x copies per vesicle x escape.

    ``vesicles`` per cell; ``copies`` per vesicle (``microrna_copies_per_vesicle``: 0.00825, one
    abundant microRNA); ``escape``: share that leaves the endosome (``endosomal_escape_fraction``).
    """
    return vesicles * copies * escape


def check(particles: float, tissue: float, volume: float, p: Mapping[str, float]) -> Stoichiometry:
    """The sums for one session: ``particles`` into ``tissue`` [mL], given in ``volume`` [mL].

    Every vesicle is taken up and every cell gets the same: the kindest case.
    """
    per_cell = particles / (tissue * p["cell_density_dermis"])
    protein = particles / p["particles_per_microgram_protein"]  # ug
    return Stoichiometry(
        vesicles_per_cell=per_cell,
        copies_per_cell=copies_per_cell(
            per_cell, p["microrna_copies_per_vesicle"], p["endosomal_escape_fraction"]
        ),
        copies_needed=p["microrna_copies_per_cell_threshold"],
        growth_factor_mass=1000 * protein * p["growth_factor_mass_fraction"],
        platelet_mass=volume * p["platelet_gel_pdgf_ab"],
    )
