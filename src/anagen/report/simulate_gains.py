"""What a regimen gives beyond its sham, in sentences and as a table: density, or SALT."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from anagen.forecast.salt import SALT, SaltGain, Shares
from anagen.forecast.summary import Gain, Simulated
from anagen.report.simulate_numbers import at_weeks, is_zero, percent, range90, signed, week

SAME = (
    "the same count in nearly every draw, because almost nothing arrives or acts: an assumption, "
    "not a finding"
)
CLASS = "vesicle products and conditioned media; platelets are not switched off"
SHEDDING = ("telogen_effluvium", "scalp_inflammation", "nutrition_gap", "ageing")
"""Diagnoses in which shed hairs are told beside the density."""


@dataclass(frozen=True)
class Table:
    """Head and rows of a table."""

    columns: list[str]
    rows: list[list[str]]


def of_salt(summary: Simulated) -> bool:
    """Whether the diagnosis is judged by SALT."""
    return summary.endpoint == SALT


def gain_unit(summary: Simulated) -> str:
    """Unit of a gain where more is better."""
    return "points of SALT less" if of_salt(summary) else "hairs/cm2"


def regimens(summary: Simulated) -> list[str]:
    """Names of the regimens asked for."""
    return list(dict.fromkeys(g.option for g in summary.gains))


def mark(summary: Simulated, option: str) -> str:
    """What stands at every number that rests on no trial."""
    return " (extrapolation)" if summary.extrapolations[option] else ""


def verdicts(summary: Simulated) -> list[str]:
    """What is said first, one sentence to a regimen; that no trial is behind it comes with it."""
    return [_with_reasons(summary, name, say_verdict(summary, name)) for name in regimens(summary)]


def _with_reasons(summary: Simulated, option: str, told: str) -> str:
    why = "; ".join(summary.extrapolations[option])
    return f"{told} Extrapolation: {why}." if why else told


def say_verdict(summary: Simulated, option: str) -> str:
    """Whether a regimen gives anything beyond the sham, at the weeks told."""
    told = [g for g in summary.gains if g.option == option]
    if told[0].option == told[0].sham:
        return (f"{option}: nothing in it is active, so it is its own sham; its net gain is 0 by "
                "construction.")  # fmt: skip
    if of_salt(summary):
        return _salt_verdict(summary, [g for g in summary.salt if g.option == option])
    when = at_weeks([g.week for g in told])
    if not any(g.measurable or g.measurable_loss for g in told):
        return (
            f"Beyond its sham, “{option}” gives nothing that anyone could measure in "
            f"{summary.draws} of {summary.draws} draws, {when}; what a reading shows, the sham "
            "shows too."
        )
    counted = " and ".join(
        f"in {round(g.measurable * summary.draws)} of {summary.draws} draws at week {week(g.week)} "
        f"(a loss in {round(g.measurable_loss * summary.draws)})"
        for g in told
    )
    return (
        f"Under these assumptions, beyond its sham, “{option}” gives a gain that could be measured "
        f"{counted}."
    )


def _salt_verdict(summary: Simulated, told: list[SaltGain]) -> str:
    option, when = told[0].option, at_weeks([g.week for g in told])
    counted = ", ".join(
        f"{round(g.le_20.option * summary.draws)} at week {week(g.week)} "
        f"(its sham {round(g.le_20.sham * summary.draws)}, untreated "
        f"{round(g.le_20.untreated * summary.draws)})"
        for g in told
    )
    clear = f"SALT is 20 or less in so many of {summary.draws} draws: {counted}."
    if not any(g.measurable or g.measurable_loss for g in told):
        return (
            f"Beyond its sham, “{option}” gives nothing that a rater could tell in "
            f"{summary.draws} of {summary.draws} draws, {when}. {clear}"
        )
    beyond = round(told[-1].measurable * summary.draws)
    return (
        f"Under these assumptions “{option}” brings SALT below its sham's, by more than a rater's "
        f"error, in {beyond} of {summary.draws} draws at week {week(told[-1].week)}. {clear}"
    )


def say_gain(summary: Simulated, g: Gain) -> str:
    """The net gain with its intervals, the chances and the chance of loss."""
    i = g.over_sham
    head = f"{g.option}, week {week(g.week)}{mark(summary, g.option)}: net gain over its sham"
    if is_zero(i):
        return f"{head} 0 hairs/cm2 (90 %: 0 to 0): {SAME}."
    ends = "; ".join(
        f"{name} {signed(low or 0)} to {signed(high or 0)}"
        for name, low, high in (("50 %", i.q25, i.q75), ("80 %", i.q10, i.q90),
                                ("95 %", i.q025, i.q975))
    )  # fmt: skip
    return (
        f"{head} {signed(i.q50 or 0)} hairs/cm2 "
        f"({ends}). In {percent(g.measurable)} of the draws the gain is beyond the instrument's "
        f"error; {percent(g.visible_low)} reach the low anchor of a visible one and "
        f"{percent(g.visible_high)} the high one. In {percent(g.loss)} it is a net loss "
        f"({percent(g.measurable_loss)} beyond the instrument's error)."
    )


def say_salt(summary: Simulated, g: SaltGain) -> str:
    """SALT beyond the sham, and who got to 20 or less or to half."""
    head = f"{g.option}, week {week(g.week)}{mark(summary, g.option)}: SALT beyond its sham"
    return (
        f"{head} {range90(g.over_sham)} points (90 %; below 0 is better); lower than the sham's in "
        f"{percent(g.better)} of the draws, by more than a rater's error in "
        f"{percent(g.measurable)}, the same in {percent(g.zero)}. SALT is 20 or less in "
        f"{_shares(g.le_20)}; halved in {_shares(g.salt50)}."
    )


def _shares(x: Shares) -> str:
    return f"{percent(x.option)} (sham {percent(x.sham)}, untreated {percent(x.untreated)})"


def say_sham(g: Gain) -> str:
    """How much of what is read the sham shows too."""
    own, sham = g.read_change.q50 or 0.0, g.sham_read_change.q50 or 0.0
    told = (f"{g.option}, week {week(g.week)}: a reading changes by {signed(own)} hairs/cm2 in the "
            f"median, that of the sham alone by {signed(sham)}")  # fmt: skip
    if g.sham_share is None:
        return f"{told}."
    if g.sham_share >= 1:
        return f"{told}: the sham alone reads as much."
    return f"{told}: the sham's share of the reading is {percent(g.sham_share)}."


def say_zero(summary: Simulated, option: str) -> list[str]:
    """The mass at exactly zero, where the regimen holds a product of the class."""
    if option not in summary.nothing:
        return []
    last = [g for g in summary.gains if g.option == option][-1]
    zero = next((g for g in reversed(summary.salt) if g.option == option), last)
    return [
        f"{option}: the whole class ({CLASS}) does nothing in "
        f"{percent(summary.nothing[option])} of the draws, by an assumed chance of "
        f"{percent(summary.null_prior)}; the net gain is exactly 0 in "
        f"{percent(zero.zero)} at week {week(zero.week)}."
    ]


def say_regimen(summary: Simulated, option: str) -> Iterator[str]:
    """Everything that is said of one regimen: its gain, what the sham reads, the mass at zero."""
    g = next(g for g in reversed(summary.gains) if g.option == option)
    if g.option != g.sham:
        salt = [x for x in summary.salt if x.option == option]
        yield say_salt(summary, salt[-1]) if salt else say_gain(summary, g)
    if not of_salt(summary):
        yield say_sham(g)
    yield from say_zero(summary, option)


def gain_table(summary: Simulated) -> Table:
    """The gains of every regimen at every week told."""
    return _salt_table(summary) if of_salt(summary) else _density_table(summary)


def _density_table(summary: Simulated) -> Table:
    shedding = bool(set(SHEDDING) & set(summary.diagnoses))
    scarring = "scarring_alopecia" in summary.diagnoses
    rows = []
    for g in summary.gains:
        row = [
            f"{g.option}, {week(g.week)}{mark(summary, g.option)}", range90(g.over_sham),
            range90(g.over_untreated), percent(g.measurable),
            f"{percent(g.visible_low)}, {percent(g.visible_high)}", percent(g.loss),
        ]  # fmt: skip
        row += [range90(g.shed_over_sham, 0)] if shedding else []
        row += [range90(g.living_over_sham, 3)] if scarring else []
        rows.append([*row, range90(g.sham_read_change)])
    columns = ["option, week", "net gain over sham (90 %)", "over untreated (90 %)",
               "measurable gain over sham", "visible gain over sham: low, high anchor",
               "net loss"]  # fmt: skip
    columns += ["shed hairs per day over sham (90 %)"] if shedding else []
    columns += ["living follicles over sham, share (90 %)"] if scarring else []
    return Table([*columns, "sham alone reads"], rows)


def _salt_table(summary: Simulated) -> Table:
    columns = ["option, week", "SALT over sham (90 %)", "over untreated (90 %)",
               "20 or less: option, sham, untreated", "halved: option, sham, untreated",
               "lower than with sham"]  # fmt: skip
    rows = [
        [f"{g.option}, {week(g.week)}{mark(summary, g.option)}", range90(g.over_sham),
         range90(g.over_untreated), _listed(g.le_20), _listed(g.salt50), percent(g.better)]
        for g in summary.salt
    ]  # fmt: skip
    return Table(columns, rows)


def _listed(x: Shares) -> str:
    return ", ".join(percent(share) for share in (x.option, x.sham, x.untreated))
