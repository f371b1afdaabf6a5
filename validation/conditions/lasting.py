"""Scarring, scalp inflammation, ageing and nutritional gaps: directions, sizes, what never is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from expected import Check, Size, Table, Value, mean

from anagen.patient import Labs, Patient
from anagen.priors import draw_parameters
from anagen.regimen import FINASTERIDE, UNTREATED, Course, Regimen
from anagen.simulate import Result, simulate

KINDS = {
    "lichen_planopilaris": "vertex",
    "frontal_fibrosing": "frontal",
    "central_centrifugal": "vertex",
}
"""Kinds of scarring alopecia, and the site at which each is looked at."""
WEEKS = 104
MOST = 24
"""People with scarring alopecia in a draw: each has tables of their own."""
LABS = Labs(ferritin_ug_l=10, vitamin_d_nmol_l=20, zinc_umol_l=6)
"""Low in everything."""
OLD, YOUNG = 70.0, 30.0


def given(name: str, route: str, **more: Any) -> Regimen:
    therapy = more.pop("therapy")
    return Regimen(name=name, courses=(Course(therapy=therapy, route=route, **more),))


POINTS = {"volume_ml_per_point": 0.05, "spacing_mm": 10.0, "depth_mm": 3.0, "weeks": (0, 4, 8)}
ANYTHING = (
    UNTREATED,
    FINASTERIDE,
    given("minoxidil", "topical", therapy="minoxidil", strength_percent=5),
    given("baricitinib", "oral", therapy="baricitinib", mg_per_day=4),
    given("PRP", "injection", therapy="prp", platelet_fold=4.0, **POINTS),
    given("exosome", "injection", therapy="exosome", particles=1e11, area_cm2=100.0,
          source="umbilical_stem_cell", **POINTS),
)  # fmt: skip


def draw(seed: int, size: Size) -> dict[str, float]:
    """Scarring by kind, and each steady load beside the same people in health."""
    p = draw_parameters(seed)
    found: dict[str, float] = {}
    for kind in KINDS:
        found |= scarring(kind, seed, size, p)
    return found | burnt_out(seed, size, p) | steady(seed, size, p)


def people(size: Size, **fields: Any) -> list[Patient]:
    return [Patient(id=i, **fields) for i in range(size.people)]


def run_of(who: list[Patient], seed: int, size: Size, p: dict[str, float], **more: Any) -> Result:
    """People drawn, one batch, as read without error by nobody: true values."""
    options = {"regimens": [UNTREATED], "weeks": 1, "visits_weeks": [0], "instrument": None} | more
    regimens = options.pop("regimens")
    return simulate(who, regimens, parameters=p, people="drawn", batches=1,
                    follicles=size.follicles, seed=seed, **options)  # fmt: skip


def scarring(kind: str, seed: int, size: Size, p: dict[str, float]) -> dict[str, float]:
    """Active disease for two years under everything that there is."""
    few = size._replace(people=min(size.people, MOST))
    who = people(few, sex="female", site=KINDS[kind], diagnosis="scarring_alopecia",
                 subtypes=(kind,), activity="active")  # fmt: skip
    options = ANYTHING if kind == "lichen_planopilaris" else ANYTHING[:3]
    run = run_of(who, seed, size, p, weeks=WEEKS, visits_weeks=[WEEKS], regimens=options,
                 positions=4)  # fmt: skip
    lost = run.counts[0].daily("lost") / size.follicles
    living = 1 - lost[:, 0, 0]
    return {
        f"{kind}: living follicles [1/cm2]": float((living * run.scalp.follicle_density).mean()),
        f"{kind}: living [%]": 100 * float(living.mean()),
        f"{kind}: lost in two years, untreated [% of the living]":
            100 * float((lost[:, 0, -1] - lost[:, 0, 0]).sum() / living.sum()),
        f"{kind}: most spared by a therapy [%]":
            100 * float((lost[:, 0, -1] - lost[:, 1:, -1].min(axis=1)).mean()),
        f"{kind}: follicles regained": float((np.diff(lost, axis=-1) < 0).sum()),
    }  # fmt: skip


def burnt_out(seed: int, size: Size, p: dict[str, float]) -> dict[str, float]:
    """Nothing more is lost once the disease is over."""
    who = people(size, sex="female", diagnosis="scarring_alopecia", activity="burnt_out")
    run = run_of(who, seed, size, p, weeks=WEEKS, visits_weeks=[WEEKS])
    lost = run.counts[0].daily("lost")[:, 0]
    return {"burnt out: follicles lost later": float((lost[:, -1] - lost[:, 0]).sum())}


def steady(seed: int, size: Size, p: dict[str, float]) -> dict[str, float]:
    """Each load over health in the same people: percent of density, calibre, shedding, anagen."""
    rest = run_of(people(size, diagnosis="healthy"), seed, size, p)
    old, young = (
        run_of(people(size, diagnosis="ageing", age=age), seed, size, p) for age in (OLD, YOUNG)
    )
    ill = {
        "dermatitis": (run_of(people(size, diagnosis="scalp_inflammation",
                              subtypes=("seborrhoeic_dermatitis",)), seed, size, p), rest),
        "psoriasis": (run_of(people(size, diagnosis="scalp_inflammation",
                             subtypes=("psoriasis",)), seed, size, p), rest),
        "ageing, 70 over 30": (old, young),
        "low labs": (run_of(people(size, diagnosis="healthy", labs=LABS), seed, size, p), rest),
    }  # fmt: skip
    endpoints = {"density": "total_hair_density", "diameter": "hair_diameter",
                 "shedding": "shed_hairs_per_day", "anagen": "anagen_fraction"}  # fmt: skip
    return {
        f"{name}: {word} [%]": 100 * ratio(run, base, endpoint)
        for name, (run, base) in ill.items()
        for word, endpoint in endpoints.items()
    }


def ratio(run: Result, base: Result, endpoint: str) -> float:
    """Mean of an endpoint on day 0 over that of the same people at rest, less 1."""
    values = [np.nanmean(r.true[endpoint][:, 0, 0]) for r in (run, base)]
    return float(values[0] / values[1] - 1)


def values() -> list[Value]:
    """Biopsies of scarring alopecia; the loads have directions only."""
    row = "density_scarring"
    found = [
        Value(f"{kind}: living follicles [1/cm2]", (mean("Biopsy700ND", row),),
              "345 biopsies, all kinds", error=3.8, use="told")
        for kind in KINDS
    ]  # fmt: skip
    words = ("living [%]", "lost in two years, untreated [% of the living]",
             "most spared by a therapy [%]")  # fmt: skip
    found += [Value(f"{kind}: {word}", rule="shown") for kind in KINDS for word in words]
    down = (("dermatitis", "anagen"), ("psoriasis", "anagen"), ("ageing, 70 over 30", "diameter"),
            ("ageing, 70 over 30", "density"))  # fmt: skip
    found += [Value(f"{name}: {word} [%]", (0.0,), "lower", rule="most") for name, word in down]
    found += [
        Value(f"{name}: {word} [%]", rule="shown")
        for name in ("dermatitis", "psoriasis", "ageing, 70 over 30", "low labs")
        for word in ("density", "diameter", "shedding", "anagen")
        if (name, word) not in down
    ]
    return found


def checks(table: Table) -> Iterator[Check]:
    """What is destroyed stays so, and what is over destroys nothing."""
    for kind in KINDS:
        back = float(np.nansum(table[f"{kind}: follicles regained"]))
        yield Check(f"{kind}: no follicle comes back under anything", f"{back:.0f}", "0", back == 0)
    later = float(np.nansum(table["burnt out: follicles lost later"]))
    yield Check("burnt out: none lost later", f"{later:.0f}", "0", later == 0)
    for name in ("dermatitis", "low labs", "ageing, 70 over 30"):
        worst = float(np.nanquantile(table[f"{name}: density [%]"], 0.95))
        yield Check(f"{name}: density is not raised", f"95 % of draws below {worst:.2g} %",
                    "below 2 %, the luck of few follicles", worst < 2)  # fmt: skip
