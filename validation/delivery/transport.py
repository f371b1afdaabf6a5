"""Delivery against what was measured of depots, drainage, channels and skin that is left whole.

`rows()` gives every comparison.
"""

from __future__ import annotations

import numpy as np
from rows import Row, held, shown

from anagen.delivery.injection import Depot, wetted, wetted_share
from anagen.delivery.layer import layer_course
from anagen.delivery.positions import target_positions
from anagen.delivery.saturation import linear_uptake_error
from anagen.delivery.skin import vesicle, vesicle_diffusion, vesicle_loss
from anagen.delivery.topical import entering_share, entry_layer
from anagen.parameters import parameter
from anagen.priors import central_parameters, draw_parameters, quantile
from anagen.simulate.arrival import offsets

NAMES = (
    "vesicle_diffusion_dermis", "vesicle_depot_half_life",
    "fluid_share_open_to_vesicles", "topical_fraction_crossing_24_hours",
    "stratum_corneum_residence", "follicular_entry_share", "infundibulum_depth",
    "channel_closure_time_uncovered", "uptake_share_of_loss",
)  # fmt: skip
P = central_parameters(NAMES)
DRAWS = 400
DEPTH = parameter("injection_depth").value


def topical() -> list[Row]:
    """Share of what is put on intact skin that has entered it after a day."""
    z = np.linspace(0, 5, 501)
    entered, found = [], []
    for seed in range(DRAWS):
        p = draw_parameters(seed, NAMES)
        hours = p["stratum_corneum_residence"]
        entered.append(entering_share(p) * min(1.0, 24 / hours))
        layer = entry_layer(
            vesicle(p), entering_share(p), depth=p["infundibulum_depth"], duration=hours / 24
        )
        c = layer_course(layer, z, np.array([0.0, 1.0]), (0.0,))[:, 1]
        per_cm2 = 0.1 * layer.fluid_share * (z[1] - z[0])  # mL of fluid per layer and cm2
        found.append((c[1:] + c[:-1]).sum() / 2 * per_cm2)
    source = "zhang2021, explant (its own source)"
    return [
        held("topical, entered in 24 h, largest of draws [share]", max(entered), 0, 0.01, source),
        held("topical, in the skin at 24 h, largest of draws [share]", max(found), 0, 0.01, source),
    ]


def depots() -> list[Row]:
    """Half-life of our vesicle depot beside that of albumin under the skin."""
    ours, theirs = parameter("vesicle_depot_half_life"), parameter("albumin_depot_half_life")
    source = "jensen2012, 20 people, foot"
    rows = [
        held(f"depot half-life, {100 * share:g} % of the prior [h]", float(quantile(ours, share)),
             theirs.low, theirs.high, source,
             "no value for vesicles exists; the prior is wider than albumin on purpose")
        for share in (0.025, 0.25, 0.5, 0.75, 0.975)
    ]  # fmt: skip
    values = quantile(ours, np.linspace(0.001, 0.999, 999))
    inside = np.mean((theirs.low <= values) & (values <= theirs.high))
    return [*rows, shown("share of our prior within albumin's range", float(inside), source)]


def drainage() -> list[Row]:
    """Share that leaves by lymph in the end; ours knows neither size nor site."""
    drained = 1 - parameter("uptake_share_of_loss").value
    return [
        held(
            f"drained, {what}, rat [share]",
            drained,
            p.low,
            p.high,
            ", ".join(p.sources),
            "one loss for all sizes and sites; the site alone moved it eightfold",
        )
        for what, p in (
            ("100 nm, foot", parameter("liposome_100nm_drained_foot")),
            ("100 nm, flank", parameter("liposome_100nm_drained_flank")),
            ("40 nm, foot", parameter("liposome_40nm_drained_foot")),
        )
    ]


def channels() -> list[Row]:
    """How long channels stay open: one number per draw against what was seen."""
    ours = parameter("channel_closure_time_uncovered").value
    dye, water = (
        parameter(n) for n in ("channel_closure_time_needle_370um", "barrier_recovery_time")
    )
    covered = parameter("channel_half_life_covered")
    name = "channels open, uncovered [h]"
    why = "measured uncovered in people, by impedance; rat skin and dye see a pore for longer"
    return [
        held(f"{name}, impedance, human", ours, 0, 2, "gupta2011 (its own source)"),
        held(f"{name}, water loss, rat", ours, water.low, water.high, "kalluri2011", why),
        held(f"{name}, dye, rat", ours, dye.low, dye.high, "kalluri2011", why),
        held(
            f"{name}, against covered, human",
            ours,
            covered.low,
            covered.high,
            "pmc8259462",
            "a scalp is left uncovered after needling",
        ),
    ]


def depot(volume: float, spacing: float, amount: float = 1e9) -> Depot:
    """A depot of vesicles with the tables' values."""
    return Depot(
        amount=amount,
        volume=volume,
        spacing=spacing,
        depth=DEPTH,
        thickness=parameter("scalp_thickness").value,
        swollen_share=parameter("swollen_fluid_share").value,
        diffusion=vesicle_diffusion(P),
        loss=vesicle_loss(P),
    )


def wetting() -> list[Row]:
    """Wet share of the plane through the depots; the reference sums discs, ours joins them."""
    rows = []
    for spacing, shares in ((10.0, (0.14, 0.26, 0.41)), (5.0, (0.57, 1.0, 1.0))):
        points = target_positions(200**2, spacing)
        for volume, share in zip((0.02, 0.05, 0.10), shares, strict=True):
            wet = wetted(points, [DEPTH], np.zeros((1, 2)), depot(volume, spacing))
            found = float(wetted_share(wet)[0][0, 0])
            name = f"wet at depot depth, {volume:g} mL, {spacing:g} mm grid [share]"
            why = "the discs overlap; their areas add up to more than the union"
            rows.append(held(name, found, share - 0.005, share + 0.005, "summed areas", why))
    points, each = target_positions(64, 10.0), depot(0.05, 10.0)
    runs = [
        wetted_share(wetted(points, [DEPTH], offsets(seed, [0, 28, 56, 84], 10.0), each))[1][-1, 0]
        for seed in range(DRAWS)
    ]
    mean = float(np.mean(runs))
    rows.append(held("wet once in four sessions, 0.05 mL, 10 mm", mean, 0.68, 0.72, "independence"))
    return rows


def linear_uptake() -> list[Row]:
    """What the closed forms lose by uptake that never saturates, over dose and half-saturation."""
    half_effect = parameter("effect_half_concentration_dermal_papilla").value
    c50 = parameter("uptake_half_saturation")
    share = parameter("uptake_share_of_loss")
    rows = []
    for amount in (1e8, 1e9, 1e10):
        errors = np.array([
            linear_uptake_error(
                depot(0.05, 10.0, amount), uptake_share=part, half_effect=half_effect,
                half_saturation=c * c50.value_in("particles/mL") / c50.value,
            )
            for c in (c50.low, c50.value, c50.high)
            for part in (share.low, share.value, share.high)
        ])  # fmt: skip
        for place, column in (("centre", 0), ("edge", 1)):
            for word, row in (("middle", 4), ("worst", int(np.argmin(errors[:, column])))):
                name = f"linear uptake, {amount:.0e} per point, {place}, {word} [relative error]"
                rows.append(shown(name, float(errors[row, column]), "saturable finite volumes"))
    return rows


def rows() -> list[Row]:
    """Every comparison."""
    return [*topical(), *depots(), *drainage(), *channels(), *wetting(), *linear_uptake()]
