"""Healthy scalp by group: density, telogen, growth, histology, shedding, age."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from expected import LITERATURE, Check, Floats, Size, Table, Value, mean, middle, sd

from anagen.conditions.healthy import age_factor
from anagen.follicle.stationary import at_rate, shed_per_day
from anagen.patient import Patient
from anagen.priors import draw_parameters
from anagen.regimen import UNTREATED
from anagen.simulate import Result, follicle_law, simulate

GROUPS = {"african": "african", "caucasian": "european", "asian": "east_asian"}
"""Group as printed, and the word of a patient file."""
TRAITS = {
    "density": "total_hair_density", "telogen": "telogen_fraction", "growth": "hair_growth_rate",
}  # fmt: skip
AGES = (18, 35)
BATCHES, FOLLICLES = 8, 1200
"""For the luck of the area read: more follicles than it can hold."""
VELLUS = 30.0  # um


def healthy(group: str, seed: int, size: Size, p: dict[str, float]) -> Result:
    """Healthy people of one group, half of them women, read with the instrument's error."""
    ages = np.random.default_rng([seed, 1]).uniform(*AGES, size.people)
    who = [
        Patient(id=i, diagnosis="healthy", ethnicity=GROUPS[group], age=float(age),
                sex=("male", "female")[i % 2])
        for i, age in enumerate(ages)
    ]  # fmt: skip
    return simulate(who, [UNTREATED], weeks=1, visits_weeks=[0], parameters=p, people="drawn",
                    follicles=FOLLICLES, batches=BATCHES, seed=seed)  # fmt: skip


def draw(seed: int, size: Size) -> dict[str, float]:
    """Means and spreads of each group, and what all of them say of a healthy scalp."""
    p = draw_parameters(seed)
    found: dict[str, float] = {}
    runs = {group: healthy(group, seed, size, p) for group in GROUPS}
    for group, run in runs.items():
        for name, values in read(run).items():
            found[f"{name}, {group}"] = float(np.nanmean(values))
            found[f"SD of {name}, {group}"] = float(np.nanstd(values, ddof=1))
    parts = [histology(run, p) for run in runs.values()]
    found |= {name: float(np.mean([part[name] for part in parts])) for name in parts[0]}
    old, young = (age_factor(p, age) for age in (70, 20))
    found["density by age [%/year]"] = 100 * (old - young) / 50
    return found


def read(run: Result) -> dict[str, Floats]:
    """Density [1/cm2], telogen [%] and growth [mm/day] as read, (people,)."""
    return {
        "density": run.read["total_hair_density"][:, 0, 0],
        "telogen": 100 * (1 - run.read["anagen_fraction"][:, 0, 0]),
        "growth": run.true["hair_growth_rate"][:, 0, 0],
    }


def histology(run: Result, p: dict[str, float]) -> dict[str, float]:
    """Shares of the hairs in a section, thick over thin ones, shedding and its identity."""
    phases = np.array([
        sum(float(c.daily(phase)[:, 0, 0].sum()) for c in run.counts)
        for phase in ("anagen", "catagen", "telogen")
    ])  # fmt: skip
    shares = 100 * phases / phases.sum()
    total = run.true["total_hair_density"][:, 0, 0].sum()
    thick = run.true["nonvellus_hair_density"][:, 0, 0].sum()
    law, area = follicle_law(p), p["scalp_area"]
    expected = [
        shed_per_day(at_rate(law, [1 / anagen, 1, 1, 1]), density * area)
        for anagen, density in zip(run.scalp.anagen, run.scalp.follicle_density, strict=True)
    ]
    shed = np.mean(
        [c.daily("shed")[:, 0, 1:].mean(axis=1) / c.follicles for c in run.counts], axis=0
    )
    return {
        "histology: anagen [%]": shares[0],
        "histology: catagen [%]": shares[1],
        "histology: telogen [%]": shares[2],
        "terminal to vellus": thick / max(total - thick, 1e-9),
        "shed per day": float((shed * run.scalp.follicle_density).mean() * area),
        "shed per day by the identity": float(np.mean(expected)),
    }


def values() -> list[Value]:
    """Loussouarn 2005 and 2001, sections of normal scalp, Sinclair 2005, Randall 1991."""
    found = []
    for trait in TRAITS:
        for group in GROUPS:
            row = f"{trait}_{group}"
            found.append(Value(f"{trait}, {group}", (mean("Loussouarn2005", row),),
                               "Loussouarn 2005", use="told"))  # fmt: skip
            found.append(Value(f"SD of {trait}, {group}", (sd("Loussouarn2005", row),), "the same"))
    for group, row in LITERATURE["loussouarn_2001"].items():
        if group in GROUPS:
            for trait in TRAITS:
                use = "told" if trait != "telogen" else ""
                found.append(Value(f"{trait}, {group}", (row[trait],), "Loussouarn 2001", use=use))
                found.append(Value(f"SD of {trait}, {group}", (row[f"{trait}_sd"],), "the same"))
    thai = LITERATURE["thai_histology"]
    anagen, telogen = (mean("ScalpSectionsND", name) for name in ("anagen", "telogen"))
    catagen = LITERATURE["cadaver_histology"]["catagen"]
    vertex = [mean("ThaiVertex2013", n) for n in ("terminal", "intermediate", "vellus")]
    return [
        *found,
        Value("histology: anagen [%]", (anagen, thai["anagen"]), "20 cadavers; 90 Thai",
              use="told"),
        Value("histology: catagen [%]", (catagen,), "20 cadavers", use="told"),
        Value("histology: telogen [%]", (telogen, thai["telogen"]), "20 cadavers; 90 Thai",
              use="told"),
        Value("terminal to vellus", (mean("ScalpSectionsND", "ratio"), thai["terminal_to_vellus"]),
              "20 cadavers; 90 Thai occiputs", use="told"),
        Value("terminal to vellus", (sum(vertex[:2]) / vertex[2],), "20 Thai vertices"),
        Value("density by age [%/year]", (LITERATURE["sinclair_2005"]["loss_percent_per_year"],),
              "928 women", use="told"),
        Value("shed per day", (mean("Randall1991", "shed_late_summer"),), "14 men, late summer"),
    ]  # fmt: skip


def checks(table: Table) -> Iterator[Check]:
    """The flux identity, and group means within the reference SD."""
    ratio = table["shed per day"] / table["shed per day by the identity"]
    error = ratio.std(ddof=1) / np.sqrt(len(ratio))
    yield Check("hairs shed over the flux identity", f"{ratio.mean():.4f} +/- {error:.4f}",
                "1 within 4 errors", bool(abs(ratio.mean() - 1) <= 4 * error))  # fmt: skip
    for trait in TRAITS:
        for group in GROUPS:
            row = f"{trait}_{group}"
            ours, goal, spread = (
                middle(table, f"{trait}, {group}"), mean("Loussouarn2005", row),
                sd("Loussouarn2005", row),
            )  # fmt: skip
            yield Check(f"{trait}, {group}: median within the reference SD", f"{ours:.4g}",
                        f"{goal:g} (SD {spread:g})", abs(ours - goal) <= spread)  # fmt: skip
