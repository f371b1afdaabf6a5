"""Acute shedding after a trigger, and the season: when, how much, and how soon it is over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from expected import LITERATURE, Check, Floats, Size, Table, Value, mean, middle, result, share

from anagen.patient import Patient, Trigger
from anagen.priors import draw_parameters
from anagen.regimen import UNTREATED
from anagen.simulate import Result, simulate

KINDS = ("infection", "fever")
WITHOUT_REST = "effluvium_immediate_share_infection"
TWICE = 2.0  # shedding over that of health from which it is noticed
NORMAL = 0.95  # of the density in health
DAYS, WEEK = 364, 7
EARLY = 60
"""Days after a trigger within which few hairs have gone through a rest."""
MONTH = 365.25 / 12
MARCH = 3.5  # its middle
MONTHS = ((5, 6), (9, 11))
"""First and last month after March of late summer (August, September) and of winter."""


def draw(seed: int, size: Size) -> dict[str, float]:
    """Courses after a full trigger today, of people beside themselves without one; the season."""
    p = draw_parameters(seed)
    rest = grown(seed, size, p, [Patient(id=i, diagnosis="healthy") for i in range(size.people)])
    found = season(seed, size, p)
    for kind in KINDS:
        found |= {f"{kind}: {k}": x for k, x in triggered(kind, seed, size, p, rest).items()}
    later = triggered("infection", seed, size, p | {WITHOUT_REST: 0.0}, rest)
    return found | {f"none early: {name}": x for name, x in later.items()}


def grown(seed: int, size: Size, p: dict[str, float], who: list[Patient], **more: Any) -> Result:
    """A year of people drawn, one batch, true values."""
    return simulate(who, [UNTREATED], weeks=DAYS / WEEK, visits_weeks=[DAYS / WEEK], parameters=p,
                    people="drawn", follicles=size.follicles, batches=1, instrument=None,
                    seed=seed, **more)  # fmt: skip


def triggered(
    kind: str, seed: int, size: Size, p: dict[str, float], rest: Result
) -> dict[str, float]:
    """Onset, peak and end of shedding of all people together, and the hair of each.

    Days count from the trigger, a week after day 0; shedding is the mean of the week that ends on
    a day.
    """
    trigger = Trigger(kind=kind, week=1, severity=1)
    who = [Patient(id=i, diagnosis="telogen_effluvium", trigger=trigger)
           for i in range(size.people)]  # fmt: skip
    run = grown(seed, size, p, who)
    daily = summed(run, "shed")[1:] / summed(rest, "shed")[1:].mean()
    shed = np.convolve(daily, np.full(WEEK, 1 / WEEK), mode="valid")  # ends on days 7, 8, ...
    visible = summed(run, "visible") / summed(rest, "visible")
    over = np.flatnonzero(shed >= TWICE)
    each = [r.true["total_hair_density"][:, 0, -1] for r in (run, rest)]
    return {
        "onset [day]": float(over[0]) if len(over) else np.nan,
        "duration [day]": float(over[-1] - over[0] + 1) if len(over) else np.nan,
        "peak [day]": float(shed.argmax()),
        "peak over health's": float(shed.max()),
        "highest before day 60, over health's": float(shed[:EARLY].max()),
        "least density [%]": 100 * float(visible.min()),
        "day of the least density": float(visible.argmin() - WEEK),
        "normal in a year [%]": 100 * float(np.mean(each[0] >= NORMAL * each[1])),
        "density in a year [%]": 100 * float(visible[DAYS]),
    }


def summed(run: Result, name: str) -> Floats:
    """A daily series of all people together, by their density of follicles, days 0 to 364."""
    daily = run.counts[0].daily(name)[:, 0, : DAYS + 1]
    return np.asarray(run.scalp.follicle_density @ daily)


def season(seed: int, size: Size, p: dict[str, float]) -> dict[str, float]:
    """Share in anagen by month, of hairs in a section and as read, and when telogen is highest."""
    who = [Patient(id=i, diagnosis="healthy") for i in range(size.people)]
    weeks = [MONTH * k / WEEK for k in range(12)]
    run = simulate(who, [UNTREATED], weeks=52, visits_weeks=weeks, parameters=p, people="drawn",
                   follicles=size.follicles, batches=1, month=MARCH, seed=seed)  # fmt: skip
    anagen, catagen, telogen = (summed(run, n) for n in ("anagen", "catagen", "telogen"))
    true = 100 * anagen / (anagen + catagen + telogen)
    shed = summed(run, "shed") * p["scalp_area"] / (size.follicles * size.people)
    at = [round(MONTH * k) for k in range(12)]
    read = 100 * np.nanmean(run.read["anagen_fraction"][:, 0, :12], axis=0)
    summer, winter = (shed[at[first] - 15 : at[last] + 16].mean() for first, last in MONTHS)
    highest = (telogen / (anagen + catagen + telogen))[:DAYS].argmax()
    return {
        "anagen in March [%]": true[at[0]],
        "anagen in September [%]": true[at[6]],
        "anagen as read in March [%]": read[0],
        "anagen as read in September [%]": read[6],
        "telogen highest [month]": (MARCH + highest / MONTH - 1) % 12 + 1,
        "shed in late summer per day": float(summer),
        "late summer over winter": float(summer / winter),
    }


def values() -> list[Value]:
    """Targets C17 and C18, post-Covid shedding, Kunz 2009."""
    row = result("PostCovidShedding2021", "onset")
    assert row.iqr_width is not None
    assert row.n is not None
    error = 1.25 * row.iqr_width / 1.35 / np.sqrt(row.n)  # of a median of a normal law
    march = result("Randall1991", "anagen_march").low
    assert march is not None
    covid = (mean("PostCovidShedding2021", "onset"),)
    shown = (
        "peak [day]",
        "peak over health's",
        "highest before day 60, over health's",
        "least density [%]",
        "day of the least density",
        "density in a year [%]",
    )
    return [
        Value("infection: onset [day]", covid, "30 people after Covid", error=error, use="told"),
        Value("none early: onset [day]", covid, "the same", error=error, use="validation"),
        Value("infection: duration [day]", (mean("PostCovidShedding2021", "duration"),),
              "the same; 10 had not ended", use="validation"),
        Value("fever: onset [day]", (60, 120), "two to four months, clinic pages", rule="range",
              use="told"),
        Value("fever: duration [day]", (30, 120), "C18, one to four months", rule="range",
              use="calibration"),
        Value("fever: normal in a year [%]", (share("AcuteTelogenEffluviumND", "normal_w52"),),
              "C18", use="calibration"),
        *(Value(f"{kind}: {name}", rule="shown") for kind in KINDS for name in shown),
        Value("anagen in March [%]", (march,), "C17", rule="least", use="told"),
        Value("anagen in September [%]", (LITERATURE["season"]["anagen_september"],), "C17",
              use="told"),
        Value("anagen as read in March [%]", rule="shown"),
        Value("anagen as read in September [%]", rule="shown"),
        Value("shed in late summer per day", (mean("Randall1991", "shed_late_summer"),),
              "14 men", use="calibration"),
        Value("late summer over winter", (2.0,), "Randall 1991, more than double", rule="least",
              use="told"),
        Value("telogen highest [month]", (7.0, 8.0), "Kunz 2009, July", rule="range",
              use="validation"),
    ]  # fmt: skip


def checks(table: Table) -> Iterator[Check]:
    """Order of events, and what an early release does to the onset."""
    for kind in KINDS:
        peak, dip = (middle(table, f"{kind}: {n}")
                     for n in ("peak [day]", "day of the least density"))  # fmt: skip
        yield Check(f"{kind}: hair is thinnest after most is shed", f"day {dip:.0f}, {peak:.0f}",
                    "later", dip > peak)  # fmt: skip
    onset, late = (table[f"{name}: onset [day]"] for name in ("infection", "none early"))
    both = np.isfinite(onset) & np.isfinite(late)
    sooner = float((late - onset)[both].mean())
    yield Check("hairs shed without a rest bring the onset forward",
                f"by {sooner:.0f} days in the mean of {both.sum()} draws", "forward",
                sooner > 0)  # fmt: skip
