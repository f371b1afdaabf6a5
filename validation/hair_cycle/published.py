"""What trials and surveys printed of untreated hair and of finasteride: the targets to predict."""

from __future__ import annotations

import math
from dataclasses import dataclass

from anagen.evidence.studies import load_studies
from anagen.evidence.study import Result
from anagen.parameters import parameter


def result(study: str, name: str) -> Result:
    """One result of a study file."""
    found = next(s for s in load_studies() if s.id == study)
    return next(r for r in found.results if r.id == name)


def published(study: str, name: str) -> float:
    """Its mean, per cm2 where it is per circle."""
    row = result(study, name)
    assert row.mean is not None
    return row.mean / (row.area_cm2 or 1.0)


def error(study: str, name: str) -> float:
    """Its printed standard error."""
    se = result(study, name).se
    assert se is not None
    return se


@dataclass(frozen=True)
class Target:
    """Published values of one outcome, their standard error, and the baseline to match."""

    outcome: str
    values: tuple[float, ...]
    error: float
    baseline: float | None = None
    source: str = ""


def targets() -> list[Target]:
    """Everything that is judged; SD of a change in density from the table ``evidence``."""
    sd = parameter("sd_of_change_density").value
    arm, two = sd / math.sqrt(672 / 2), sd * math.sqrt(2 / 672 + 2 / 679)  # of two trials, one
    start = published("Kaufman1998", "count_w0")
    us, abroad = "Kaufman1998US", "Kaufman1998International"

    def both(arm_id: str, week: int) -> tuple[float, ...]:
        return tuple(published(study, f"change_w{week}_{arm_id}") for study in (us, abroad))

    def net(week: int) -> tuple[float, ...]:
        pairs = zip(both("finasteride1", week), both("placebo", week), strict=True)
        return tuple(drug - placebo for drug, placebo in pairs)

    last = published("Kaufman2008", "change_w260")
    percent = published("Kaufman2008", "change_percent_w260")
    untreated = [published("NaturalHistory1990", f"change_w43_{o}") for o in ("novice", "expert")]
    shares = tuple(
        published("VanNeste2000", f"anagen_w0_{a}") / published("VanNeste2000", f"total_w0_{a}")
        for a in ("finasteride1", "placebo")
    )
    ratio = published("Biopsy700ND", "ratio_androgenetic")
    return [
        *(Target(f"healthy {name}", tuple(published("Loussouarn2005", f"{outcome}_{group}")
                                          for group in ("african", "asian", "caucasian")),
                 0, None, "three groups")
          for name, outcome in (("density [1/cm2]", "density"), ("telogen [%]", "telogen"),
                                ("growth [mm/day]", "growth"))),
        Target("healthy thin hairs [%]", (6.15,), 4.6 / math.sqrt(39), None, "women, frontal"),
        Target("healthy histology: anagen [%]", (92.2, 91.9), 0, None, "20 cadavers; 90 Thai"),
        Target("healthy histology: telogen [%]", (6.2, 7.9), 0, None, "the same"),
        Target("baseline density [1/cm2]", (start, 196, 200), 0, None, "Kaufman; Van Neste"),
        Target("baseline anagen share", shares, 4.9 / 200, 198, "informed a range"),
        Target("baseline T:V ratio", (ratio,), 0.1, None, "95 biopsies; informed a range"),
        Target("untreated, week 43", tuple(untreated), 14 / math.sqrt(22), None, "C1"),
        Target("placebo, week 26", both("placebo", 26), arm, start, "C2"),
        Target("placebo, week 52", both("placebo", 52), arm, start, "C2"),
        Target("placebo, week 260", (last,), sd / math.sqrt(15), start, "C2, 15 men"),
        Target("placebo, week 260 [%]", (percent,), 100 * sd / 178 / math.sqrt(15), start, "C2"),
        Target("young men, week 104 [%]", (published("Rushton1991", "density_w104"),),
               100 * sd / 200 / math.sqrt(26), None, "C3, 26 men"),
        Target("young men, week 104, > 40 um [%]", (published("Rushton1991", "meaningful_w104"),),
               100 * sd / 200 / math.sqrt(26), None, "C3, their length left out"),
        Target("finasteride, week 26", both("finasteride1", 26), arm, start, "C9"),
        Target("finasteride, week 52", both("finasteride1", 52), arm, start, "C9"),
        Target("net of finasteride, week 26", net(26), two, start, "C9"),
        Target("net of finasteride, week 52", net(52), two, start, "C9"),
        Target("net of finasteride, week 104", (published("Kaufman1998", "difference_w104"),),
               two, start, "C10"),
        *(Target(f"{name}net of finasteride, week 48", (published("VanNeste2000", net_gain),),
                 error("VanNeste2000", net_gain), 198, "Van Neste 2000")
          for name, net_gain in (("", "net_total_w48"), ("anagen, ", "net_anagen_w48"))),
        *price_2006(),
    ]  # fmt: skip


def price_2006() -> list[Target]:
    """Weight beside count over four years.

    The standard errors were not seen: they are those of 15 men an arm (as in `Kaufman2008`, whose
    men stayed as long) with an SD of 12 % for counts and 20 % for weight, both assumed.
    """
    count, weight = 12 / math.sqrt(15), 20 / math.sqrt(15)
    return [
        Target(f"{arm}{name}, week 192 [%]", (published("Price2006", f"{what}_w192_{key}"),), error,
               None, "Price 2006")
        for name, what, error in (("", "count", count), (", weight", "weight", weight))
        for arm, key in (("placebo", "placebo"), ("finasteride", "finasteride1"))
    ]  # fmt: skip
