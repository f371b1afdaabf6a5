"""Hold the drugs against published numbers, and redo the fit of finasteride.

`rows()` gives every comparison.
python validation/delivery/drugs.py    the fitted rows of dht.csv and dutasteride.csv anew
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from rows import Row, held
from scipy.optimize import least_squares

from anagen.parameters import load_parameters, parameter
from anagen.priors import quantile
from anagen.therapies.dht_turnover import (
    dht_course,
    dutasteride,
    finasteride,
    finasteride_published,
)
from anagen.therapies.minoxidil import depot, follicle_exposure, occupancy, sult_distribution
from anagen.therapies.prp import releasate, release

TABLE = {name: p.value for name, p in load_parameters().items()}
FITTED = (
    "finasteride_enzyme_uptake",
    "finasteride_type1_half_concentration",
    "finasteride_serum_type2_share",
    "scalp_type2_share",
    "dutasteride_scalp_exposure",
    "scalp_dht_scale_olsen",
)
"""Rows that `fit` gives."""
SHARES = ("finasteride_serum_type2_share", "scalp_type2_share", "scalp_dht_scale_olsen")
SERUM = {0.05: "50ug", 0.2: "200ug", 1.0: "1mg", 5.0: "5mg"}
SCALP = {0.01: "10ug"} | SERUM
OLSEN = {0.1: "100ug", 0.5: "500ug", 2.5: "2500ug"}
"""Doses [mg/day] and the ends of their rows' names."""
Key = tuple[str, float]
UNSEEN: Key = ("scalp", 0.01)
"""The published number that the fit is not given, and that the model misses."""
LIMIT = 6.0
"""What the refit may be off [points]."""


@cache
def observed() -> dict[Key, float]:
    """Published fall of DHT [points]; scalp of Drake 1999 beyond its placebo arm.

    The placebo arm is taken out as a factor: what is left on drug over what is left on placebo.
    """
    placebo = 1 + TABLE["scalp_dht_change_placebo"] / 100
    left = {mg: 1 + TABLE[f"scalp_dht_change_finasteride_{end}"] / 100 for mg, end in SCALP.items()}
    return {
        **{("serum", mg): -TABLE[f"serum_dht_change_finasteride_{e}"] for mg, e in SERUM.items()},
        **{("scalp", mg): 100 * (1 - share / placebo) for mg, share in left.items()},
        **{("olsen", mg): TABLE[f"scalp_dht_fall_dutasteride_{e}"] for mg, e in OLSEN.items()},
    }


def predicted(p: Mapping[str, float]) -> dict[Key, float]:
    """The same by the model: finasteride at day 42, dutasteride at week 24."""
    found: dict[Key, float] = {}
    for mg in SCALP:
        course = dht_course(np.full(42, mg), finasteride(p))
        if mg in SERUM:
            found["serum", mg] = 100 * (1 - course.serum[-1])
        found["scalp", mg] = 100 * (1 - course.scalp[-1])
    for mg in OLSEN:
        scalp = dht_course(np.full(168, mg), dutasteride(p)).scalp[-1]
        found["olsen", mg] = 100 * p["scalp_dht_scale_olsen"] * (1 - scalp)
    return found


def misfit(values: np.ndarray, data: Mapping[Key, float] | None = None) -> np.ndarray:
    """Model minus data over `LIMIT` for ``values`` of `FITTED`, without `UNSEEN`."""
    found = predicted(TABLE | dict(zip(FITTED, values, strict=True)))
    seen = {key: value for key, value in (data or observed()).items() if key != UNSEEN}
    return np.array([(found[key] - value) / LIMIT for key, value in seen.items()])


def fit(data: Mapping[Key, float] | None = None) -> np.ndarray:
    """Least sum of sixth powers of `misfit`, so that the largest counts most.

    Over the logarithms of `FITTED`; shares stay at or below 1. Least squares gives the start.
    """
    log_values = np.log([TABLE[name] for name in FITTED])
    top = np.array([0.0 if name in SHARES else 12.0 for name in FITTED])
    for power in (1, 3):
        log_values = least_squares(
            lambda z, power=power: misfit(np.exp(z), data) ** power,
            np.minimum(log_values, top - 1e-3), bounds=(-12.0, top), jac="3-point", diff_step=1e-3,
        ).x  # fmt: skip
    return np.exp(log_values)


def print_fit(redraws: int = 100) -> None:
    """Best values, and the 95 % range over data redrawn with the residual scatter."""
    best = fit()
    rest = LIMIT * misfit(best)
    scatter = float(np.sqrt(rest @ rest / (len(rest) - len(best))))
    luck = np.random.default_rng(1).normal(0, scatter, (redraws, len(rest)))
    seen = {key: value for key, value in observed().items() if key != UNSEEN}
    centre = np.array([*seen.values()])
    again = [fit(dict(zip(seen, centre + shift, strict=True))) for shift in luck]
    low, high = np.percentile(again, [2.5, 97.5], axis=0)
    print(f"residual scatter {scatter:.1f} points")
    for row in zip(FITTED, best, low, high, strict=True):
        print("{:40s} {:8.4g} {:8.4g} {:8.4g}".format(*row))


def rows() -> list[Row]:
    """Every number that the drugs are held against."""
    return [*turnover_rows(), *refit_rows(), *prp_rows(), *minoxidil_rows()]


def turnover_rows() -> list[Row]:
    """The published model: dutasteride must agree to 0.5 points, finasteride fails below 5 mg."""
    drug, source = dutasteride(TABLE), "gisleskog1998, gisleskog1999; re-implementation"
    year = dht_course(np.full(364, 0.5), drug)
    found = [
        held(f"dutasteride {mg} mg, steady fall of serum DHT [points]",
            100 * (1 - dht_course(np.full(1460, mg), drug).serum[-1]), fall - 0.5, fall + 0.5,
            source)
        for mg, fall in ((0.05, 52.9), (0.1, 70.3), (0.5, 90.6), (2.5, 97.6))
    ]  # fmt: skip
    found += [
        held(f"dutasteride 0.5 mg, day {day} [points]",
            100 * (1 - year.serum[day - 1]), fall - 0.5, fall + 0.5, source)
        for day, fall in ((1, 43.7), (7, 81.0), (28, 87.3), (84, 90.1))
    ]  # fmt: skip
    found.append(
        held("dutasteride 0.5 mg, trough at 1 year [ng/mL]", year.drug[-1], 25.1, 25.3, source)
    )
    why = "known misfit of the published model: no tight binding; replaced by the refit"
    for mg in SERUM:
        serum = dht_course(np.full(42, mg), finasteride_published(TABLE)).serum[-1]
        fall = observed()["serum", mg]
        name = f"finasteride as published, {mg:g} mg, day 42 [points]"
        found.append(held(name, 100 * (1 - serum), fall - 6, fall + 6, "drake1999", why))
    return found


def refit_rows() -> list[Row]:
    """The refit, held to 6 points, and topical finasteride."""
    label = {"serum": "serum, finasteride", "scalp": "scalp, finasteride",
             "olsen": "scalp, dutasteride"}  # fmt: skip
    source = {"serum": "drake1999", "scalp": "drake1999", "olsen": "study:Olsen2006"}
    why = (
        "not in the fit: one site binds at least a fifth as much of a fifth of the dose, so 56 "
        "points at 0.05 mg leave 11 or more at 0.01 mg; 2 were read"
    )
    model = predicted(TABLE)
    found = [
        held(f"refit, {label[what]} {mg:g} mg [points]", model[what, mg], fall - LIMIT,
            fall + LIMIT, source[what], why if (what, mg) == UNSEEN else "")
        for (what, mg), fall in observed().items()
    ]  # fmt: skip
    spray, tablet = (
        dht_course(mg, finasteride(TABLE), topical_mg=topical)
        for mg, topical in ((0.0, np.full(7, 5.0)), (np.full(7, 1.0), 0.0))
    )
    fall = (1 - spray.serum[-1]) / (1 - tablet.serum[-1])
    topical = held("topical 5 mg a day, week 1: serum fall over that of 1 mg oral", fall, 68 / 72,
                  75 / 62, "0.25 % twice a day, n = 24; 1 mL each and what is absorbed are assumed",
                  "absorbed share and volume are assumed")  # fmt: skip
    other = 100 * (1 - dht_course(np.full(168, 1.0), finasteride(TABLE)).serum[-1])
    trial = held("finasteride 1 mg, week 24, serum in another trial [points]", other, 49.6, 61.6,
                "study:Piraccini2022", "it read a smaller fall than Drake 1999")  # fmt: skip
    return [*found, topical, trial]


def prp_rows() -> list[Row]:
    """Release over 60 to 300 min, and the strength of the undiluted product."""
    half = 60 * TABLE["platelet_factor_release_time"] * np.log(2)
    return [
        held("PRP, half of the factors are out [min]", half, 60, 300, "su2008"),
        held("PRP, share out at 300 min", release(5, TABLE), 0.9, 1, "su2008"),
        held("PRP, growth factors at 4-fold over culture's best", releasate(4, TABLE).growth,
             10, 20, "ouci7qvrve54, doczz6479300: 5 to 10 % by volume"),
    ]  # fmt: skip


def minoxidil_rows() -> list[Row]:
    """Absorption, washout, strength and who responds."""
    absorbed = parameter("minoxidil_absorbed_fraction")
    low, high = 100 * quantile(absorbed, [0.025, 0.975])
    gone = depot(61 * [1.0] + 5 * [0.0], TABLE["minoxidil_half_life_topical"])
    gain = occupancy([0.2, 0.4, 1.0], TABLE)
    true, false = TABLE["sulfotransferase_sensitivity"], 1 - TABLE["sulfotransferase_specificity"]
    implied = (1 - TABLE["sulfotransferase_low_share"] - false) / (true - false)
    return [
        held("minoxidil absorbed, lowest [%]", low, 0.25, 0.35, "franz1985, label"),
        held("minoxidil absorbed, highest [%]", high, 4, 5, "franz1985, label"),
        held("minoxidil in urine [%]", 100 * absorbed.value, 1.6, 3.9, "minoxidillabel, franz1985",
            "1.4-1.7 % absorbed is printed beside 1.6-3.9 % in urine; the prior holds both"),
        held("minoxidil gone 4 days after the last dose [%]", 100 * (1 - gone[-1] / gone[60]), 93,
            98, "minoxidillabel"),
        held("gain on 2 % over 5 %", gain[1] / gain[2], 8.8 / 14.7 - 0.01, 11.3 / 16.6 + 0.01,
            "study:Olsen2002, study:Lucky2004 (fitted)"),
        held("gain on 1 % in women [hairs/cm2]", 16.6 * gain[0] / gain[2], 1.6, 10.7,
            "study:Tsuboi2007 less its vehicle; SE 2.3 assumed from an SD of 18"),
        held("responders that the SULT test implies", implied, 0.3, 0.4, "study:Goren2014",
            "95 % and 73 % with 41 % below the cut-off are from different groups of people"),
        held("responders on 2 % where 40 % respond to 5 %", responders_on_2_percent(), 0.13, 0.2,
            "study:Roberts2014", "the spread of activity between people is assumed (0.6)"),
    ]  # fmt: skip


def responders_on_2_percent(share: float = 0.4) -> float:
    """Share who reach on 2 % the exposure that ``share`` of people reach on 5 %."""
    people = (np.arange(2000) + 0.5) / 2000
    normal = sult_distribution((1 + TABLE["sulfotransferase_low_share"]) / 2, TABLE)
    exposures = [
        [follicle_exposure(np.full(30, mg), 0.0, TABLE, float(a / normal))[-1]
         for a in sult_distribution(people, TABLE)]
        for mg in (40.0, 100.0)
    ]  # fmt: skip
    return float(np.mean(exposures[0] > np.quantile(exposures[1], 1 - share)))


if __name__ == "__main__":
    print_fit()
