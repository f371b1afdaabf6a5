"""What every therapy does before anything is fitted: python validation/delivery/prior_effects.py.

Net gains over the matching control in men like those of the trials (15 % of their hair lost), over
draws from the priors, beside what was published. A published value has to lie within the 90 %
interval of the draws; nothing is tuned to it. ``--quick``: fewer draws, for a first look.
"""

from __future__ import annotations

import sys

import numpy as np

from anagen.follicle.events import run_events
from anagen.patient import Patient
from anagen.priors import draw_parameters
from anagen.regimen import Course, Needling, Regimen, Session
from anagen.simulate.model import follicle_law, follicle_scalps, people_scalps
from anagen.simulate.options import options_of
from anagen.simulate.reference import reference_men

DRAWS, QUICK = 200, 24
MEN, FOLLICLES = 120, 64
NOTICED = 0.15
"""Part of his hair that a man has lost before he notices (Rushton 1991)."""
WEEKS = (0, 8, 16, 20, 24, 26, 48, 52)
MONTHLY = (0, 4, 8)


def option(name: str, *courses: Course, sessions: tuple[Session, ...] = ()) -> Regimen:
    return Regimen(name=name, courses=courses, sessions=sessions)


def injected(therapy: str, **fields: object) -> Course:
    return Course(
        therapy=therapy, route="injection", volume_ml_per_point=0.05, spacing_mm=10.0, depth_mm=3.0,
        weeks=MONTHLY, **fields,
    )  # fmt: skip


LOTION = option("lotion", Course(therapy="vehicle", route="topical"))
SALINE = option("saline", injected("vehicle"))
NEEDLES = (Session(weeks=MONTHLY, needling=Needling(needle_mm=0.5)),)
VESICLES = {"particles": 1e11, "area_cm2": 100.0, "source": "umbilical_stem_cell"}
OPTIONS = (
    option("untreated"),
    LOTION,
    option("minoxidil 2 %", Course(therapy="minoxidil", route="topical", strength_percent=2)),
    option("minoxidil 5 %", Course(therapy="minoxidil", route="topical", strength_percent=5)),
    option("finasteride 1 mg", Course(therapy="finasteride", mg_per_day=1)),
    option("dutasteride 0.5 mg", Course(therapy="dutasteride", mg_per_day=0.5)),
    SALINE,
    option("PRP", injected("prp", platelet_fold=4.0)),
    option("exosome, injected", injected("exosome", **VESICLES)),
    option("needling alone", sessions=NEEDLES),
    option("exosome, needled", Course(therapy="exosome", route="topical", weeks=MONTHLY,
           **VESICLES), sessions=NEEDLES),
)  # fmt: skip
PUBLISHED = (
    ("minoxidil 2 %", "lotion", 48, 8.8, "study:Olsen2002"),
    ("minoxidil 5 %", "lotion", 48, 14.7, "study:Olsen2002"),
    ("minoxidil 5 %", "lotion", 16, 16.2, "study:Olsen2007 (foam)"),
    ("finasteride 1 mg", "untreated", 26, 16.0, "Kaufman 1998"),
    ("finasteride 1 mg", "untreated", 52, 21.0, "Kaufman 1998"),
    ("dutasteride 0.5 mg", "untreated", 24, 25.1, "study:Olsen2006"),
    ("PRP", "saline", 20, 4.3, "study:Shapiro2020"),
    ("exosome, injected", "saline", 24, None, "no such trial"),
    ("exosome, needled", "needling alone", 24, None, "no such trial"),
)


def shown(p: dict[str, float], seed: int) -> np.ndarray:
    """Mean density [hairs/cm2] of the men who noticed, shape (options, weeks)."""
    men = reference_men(p, MEN)
    scalp = people_scalps(men, p, drawn=True, seed=seed)
    loads = follicle_scalps(men, p, scalp, FOLLICLES, drawn=True, seed=seed)
    days = [7 * week for week in WEEKS]
    options = options_of(
        OPTIONS, men, p, days[-1], hypothesis="gradual", drawn=True, seed=seed, positions=64
    )
    law = follicle_law(p)
    counts = run_events(
        law, loads, [o.course for o in options], visits=days, daily=False, seed=seed
    )
    well = [Patient(id=man.id, diagnosis="healthy") for man in men]
    healthy = run_events(
        law, follicle_scalps(well, p, scalp, FOLLICLES, drawn=True, seed=seed),
        [options[0].course], visits=[0], daily=False, seed=seed,
    )  # fmt: skip
    density = counts.at_visit("visible") / FOLLICLES * scalp.follicle_density[:, None, None]
    whole = healthy.at_visit("visible")[:, 0, 0] / FOLLICLES * scalp.follicle_density
    noticed = density[:, 0, 0] <= (1 - NOTICED) * whole
    return density[noticed].mean(axis=0) if noticed.sum() > MEN / 20 else None


def main() -> int:
    draws = QUICK if "--quick" in sys.argv else DRAWS
    names = [o.name for o in OPTIONS]
    every = [(draw_parameters(seed), seed) for seed in range(draws)]
    found = np.array([x for x in (shown(p, seed) for p, seed in every) if x is not None])
    print(f"{len(found)} of {draws} draws with men who noticed; hairs/cm2, median (5 to 95 %)\n")
    missed = 0
    for therapy, control, week, published, source in PUBLISHED:
        at = WEEKS.index(week)
        net = found[:, names.index(therapy), at] - found[:, names.index(control), at]
        low, middle, high = np.quantile(net, [0.05, 0.5, 0.95])
        inside = published is None or low <= published <= high
        missed += not inside
        beside = "" if published is None else f"published {published:+.1f}"
        print(f"{therapy:20s} over {control:15s} week {week:2d}: {middle:+6.1f} ({low:+.1f} to "
              f"{high:+.1f}), SD {net.std():.1f}  {beside} {source}"
              f"{'' if inside else '  OUTSIDE'}")  # fmt: skip
    ceiling(draws)
    return int(missed > 0)


def ceiling(draws: int) -> None:
    """The most that the law can give the reference protocol, whatever the potency."""
    gains = {}
    for potency in (-100.0, 100.0):
        found = []
        for seed in range(0, draws, 2):
            p = draw_parameters(seed) | {
                "vesicle_potency": potency, "vesicle_potency_between_products": 0.0,
                "exosome_null_probability": 0.0,
            }  # fmt: skip
            density = shown(p, seed)
            if density is not None:
                names, at = [o.name for o in OPTIONS], WEEKS.index(24)
                found.append(density[names.index("exosome, injected"), at]
                             - density[names.index("saline"), at])  # fmt: skip
        gains[potency] = np.quantile(found, [0.05, 0.5, 0.95])
    for potency, (low, middle, high) in gains.items():
        print(f"exosome, injected, potency {potency:+.0f}, week 24: {middle:+.1f} "
              f"({low:+.1f} to {high:+.1f})")  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
