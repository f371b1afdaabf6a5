"""Signals against follicles and cells in culture, and the sums on cargo."""

from __future__ import annotations

import numpy as np
from rows import Row, held, shown
from scipy import optimize

from anagen.follicle.residence import Residence
from anagen.parameters import parameter
from anagen.priors import central_parameters, draw_parameters
from anagen.signalling.response import occupancy
from anagen.signalling.stoichiometry import check

P = central_parameters()
DRAWS = 400
PROTEIN = "fibroblast vesicles on dermal papilla cells, rajendran2022"


def anagen_on_day(day: float, theta: float, cv: float, control: float) -> float:
    """Share still in anagen on ``day`` under a full signal, of which the control keeps ``control``.

    The residence in culture has the spread ``cv`` and the mean that the control shows; the signal
    runs its clock at $e^\\theta$.
    """

    def gap(mean: float) -> float:
        return float(Residence(mean, cv).survival(day)) - control

    mean = optimize.brentq(gap, day / 20, day * 200)
    return float(Residence(mean, cv).survival(day * np.exp(theta)))


def culture() -> list[Row]:
    """IGF-1 on follicles in culture (140 follicles): anagen on day 12 and growth."""
    kept, rate = parameter("anagen_fraction_day12_igf1"), parameter("growth_rate_culture_igf1")
    ours = [
        anagen_on_day(12, p["theta_anagen_growth_factor"], p["residence_variation"], 0.458)
        for p in map(draw_parameters, range(DRAWS))
    ]
    low, high = np.quantile(ours, [0.05, 0.95])
    central = anagen_on_day(12, P["theta_anagen_growth_factor"], P["residence_variation"], 0.458)
    growth = np.exp(P["theta_growth_growth_factor"])
    gain = parameter("shaft_elongation_gain_vesicles")
    return [
        held("anagen on day 12 at full signal, central [share]", central, kept.low, kept.high,
             "ahn2012"),
        held("anagen on day 12, 5 % of the prior [share]", low, 0.458, kept.value, "ahn2012: no "
             "effect to the published one"),
        held("anagen on day 12, 95 % of the prior [share]", high, kept.value, 1.0, "ahn2012"),
        held("growth over control at full signal [ratio]", growth, rate.low / 0.08,
             rate.high / 0.08, "ahn2012"),
        held("gain of the shaft at full signal [share]", growth - 1, gain.low, gain.high,
             "rajendran2022, tang2023: direction only"),
    ]  # fmt: skip


def half_inhibition() -> list[Row]:
    """Growth left at a concentration of interleukin 1: 1 less the occupancy."""
    beta, alpha = (
        parameter("interleukin1_beta_half_inhibition"),
        parameter("interleukin1_alpha_half_inhibition"),
    )
    left = 1 - float(occupancy(10_000.0, alpha.value))
    return [
        held("growth left at the published IC50 of interleukin 1 beta [share]",
             1 - float(occupancy(beta.value, beta.value)), 0.5, 0.5, "xiong1997"),
        held("growth left at 10 ng/mL interleukin 1 alpha [share]", left, 0, 0.05,
             "harmon1993: growth stops in 2-4 days"),
    ]  # fmt: skip


def papilla_cells() -> list[Row]:
    """Vesicles on dermal papilla cells: 2.5 to 10 ug/mL all raised proliferation, 7.5 most."""
    per_ug, half = (
        P["particles_per_microgram_protein"],
        P["effect_half_concentration_dermal_papilla"],
    )
    level = [float(occupancy(ug * per_ug, half, P["effect_hill_coefficient"])) for ug in
             (2.5, 5.0, 7.5, 10.0)]  # fmt: skip
    return [
        held("receptors taken at 2.5 ug/mL [share]", level[0], 0.1, 1, f"{PROTEIN}: an effect"),
        held("effect at 10 ug/mL over that at 7.5", level[3] / level[2], 0.5, 1.0,
             f"{PROTEIN}: 10 did less than 7.5",
             "a law of receptors rises for ever; the peak is not modelled"),
    ]  # fmt: skip


def cargo() -> list[Row]:
    """The sums on cargo at a trial's highest dose: 1e10 per cm2 in 0.05 mL, into 0.15 mL."""
    found = check(1e10, 0.15, 0.05, P)
    gaps = [check(1e10, 0.15, 0.05, p).shortfall for p in map(draw_parameters, range(DRAWS))]
    share = float(np.mean(np.array(gaps) > 1))
    source = "chevillet2014, targetscan72; escape from memory"
    return [
        held("vesicles per cell if none is lost", found.vesicles_per_cell, 1e3, 1e4,
             "reference arithmetic"),
        shown("microRNA copies too few, by a factor of", found.shortfall, source),
        shown("share of draws in which microRNA is too little", share, source),
        shown("PDGF-AB of PRP over one growth factor of vesicles, by mass",
              found.platelet_mass / found.growth_factor_mass, "su2008; vesicles from memory"),
    ]  # fmt: skip


def rows() -> list[Row]:
    """Every comparison."""
    return [*culture(), *half_inhibition(), *papilla_cells(), *cargo()]
