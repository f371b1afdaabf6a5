"""What a regimen gives beyond its sham, in sentences and as a table: density, or SALT."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from anagen.forecast.salt import SALT, SaltGain, Shares
from anagen.forecast.summary import Gain, Simulated
from anagen.measurement.salt import CLEAR
from anagen.report.simulate_numbers import (
    at_weeks,
    is_zero,
    of_draws,
    percent,
    range90,
    signed,
    week,
    worth,
)
from anagen.report.simulate_published import beside_rows, say_published

SAME = (
    "the same count in nearly every draw, because almost nothing arrives or acts: an assumption, "
    "not a finding"
)
CLASS = "vesicle products and conditioned media; platelets are not switched off"


@dataclass(frozen=True)
class Table:
    """Title, head and rows of a table; the first cell of a row says what stands in the others."""

    title: str
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
            f"{summary.draws} of {summary.draws} draws{worth(summary)}, {when}; what a reading "
            "shows, the sham shows too."
        )
    counted = " and ".join(
        f"{of_draws(summary, g.measurable)} at week {week(g.week)} "
        f"(a loss in {of_draws(summary, g.measurable_loss)})"
        for g in told
    )
    return (
        f"Under these assumptions, beyond its sham, “{option}” gives a gain that could be measured "
        f"in so many of the draws{worth(summary)}: {counted}."
    )


def _salt_verdict(summary: Simulated, told: list[SaltGain]) -> str:
    option, when = told[0].option, at_weeks([g.week for g in told])
    what, _ = reached(told[-1])
    counted = ", ".join(
        f"{of_draws(summary, x.option)} at week {week(g.week)} "
        f"(its sham {of_draws(summary, x.sham)}, untreated {of_draws(summary, x.untreated)})"
        for g, x in ((g, reached(g)[1]) for g in told)
    )
    clear = f"SALT is {what} in so many of the draws{worth(summary)}: {counted}."
    if not any(g.measurable or g.measurable_loss for g in told):
        return (
            f"Beyond its sham, “{option}” gives nothing that a rater could tell in "
            f"{summary.draws} of {summary.draws} draws{worth(summary)}, {when}. {clear}"
        )
    beyond = of_draws(summary, told[-1].measurable)
    return (
        f"Under these assumptions “{option}” brings SALT below its sham's, by more than a rater's "
        f"error, in {beyond} of the draws at week {week(told[-1].week)}. {clear}"
    )


def reached(g: SaltGain) -> tuple[str, Shares]:
    """The score that tells who has responded: 20, or 1 where today's is 20 or less already."""
    if g.today.q50 is not None and g.today.q50 <= CLEAR:
        return "1 or less", g.le_1
    return "20 or less", g.le_20


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
        f"({ends}). In {of_draws(summary, g.measurable)} of the draws{worth(summary)} the gain is "
        f"beyond the instrument's error; {of_draws(summary, g.visible_low)} reach the low anchor "
        f"of a visible one and {of_draws(summary, g.visible_high)} the high one. In "
        f"{of_draws(summary, g.loss)} it is a net loss "
        f"({of_draws(summary, g.measurable_loss)} beyond the instrument's error)."
    )


def say_salt(summary: Simulated, g: SaltGain) -> str:
    """SALT beyond the sham, and who got low or to half; why two medians part where nothing does."""
    head = f"{g.option}, week {week(g.week)}{mark(summary, g.option)}: SALT beyond its sham"
    what, who = reached(g)
    told = (
        f"{head} {range90(g.over_sham, 0)} points (90 %; below 0 is better); lower than the "
        f"sham's in {of_draws(summary, g.better)} of the draws{worth(summary)}, by more than a "
        f"rater's error in {of_draws(summary, g.measurable)}, the same in "
        f"{of_draws(summary, g.zero)}. SALT is {what} in {_shares(summary, who)}; halved in "
        f"{_shares(summary, g.salt50)}."
    )
    own, its = g.option_score.q50 or 0.0, g.sham_score.q50 or 0.0
    if abs(g.over_sham.q50 or 0.0) >= 0.5 or abs(own - its) < 1:
        return told
    return (
        f"{told} The medians of the two courses are {own:.0f} and {its:.0f}, yet the median "
        "difference is 0: in half of the draws or more nothing changes, and those in which much "
        "does move the median of the whole group."
    )


def _shares(summary: Simulated, x: Shares) -> str:
    own, sham, none = (of_draws(summary, share) for share in (x.option, x.sham, x.untreated))
    return f"{own} (sham {sham}, untreated {none})"


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
        f"{of_draws(summary, summary.nothing[option])} of the draws{worth(summary)}, by an assumed "
        f"chance of {percent(summary.null_prior)}; the net gain is exactly 0 in "
        f"{of_draws(summary, zero.zero)} at week {week(zero.week)}."
    ]


def say_regimen(summary: Simulated, option: str) -> Iterator[str]:
    """Everything that is said of one regimen: its gain, what the sham reads, the mass at zero."""
    g = next(g for g in reversed(summary.gains) if g.option == option)
    if g.option != g.sham:
        salt = [x for x in summary.salt if x.option == option]
        yield say_salt(summary, salt[-1]) if salt else say_gain(summary, g)
    yield from say_published(summary, option)
    if not of_salt(summary):
        yield say_sham(g)
    yield from say_zero(summary, option)


def gain_tables(summary: Simulated) -> list[Table]:
    """The gains of every regimen: a row to a quantity, a column to a week told."""
    made = _salt_table if of_salt(summary) else _density_table
    return [made(summary, name) for name in regimens(summary)]


def _title(summary: Simulated, option: str, unit: str) -> str:
    few = f", worth {summary.worth:.0f} people" if worth(summary) else ""
    return f"{option}{mark(summary, option)}: {unit}; shares of {summary.draws} draws{few}"


def _density_table(summary: Simulated, option: str) -> Table:
    told = [g for g in summary.gains if g.option == option]
    weeks = [g.week for g in told]
    rows = [
        ["net gain over sham (90 %)", *(range90(g.over_sham) for g in told)],
        *beside_rows(summary, option, weeks),
        ["over untreated (90 %)", *(range90(g.over_untreated) for g in told)],
        ["measurable gain over sham", *(of_draws(summary, g.measurable) for g in told)],
        ["visible gain: low, high anchor",
         *(f"{of_draws(summary, g.visible_low)}, {of_draws(summary, g.visible_high)}"
           for g in told)],
        ["net loss", *(of_draws(summary, g.loss) for g in told)],
    ]  # fmt: skip
    if "scarring_alopecia" in summary.diagnoses:
        rows.append(["follicles alive over sham, share (90 %)",
                     *(range90(g.living_over_sham, 3) for g in told)])  # fmt: skip
    rows.append(["sham alone reads (90 %)", *(range90(g.sham_read_change) for g in told)])
    return Table(_title(summary, option, "hairs/cm2"), _head(weeks), rows)


def _head(weeks: list[float]) -> list[str]:
    return ["", *(f"week {week(w)}" for w in weeks)]


def _salt_table(summary: Simulated, option: str) -> Table:
    told = [g for g in summary.salt if g.option == option]
    weeks, low = [g.week for g in told], [reached(g) for g in told]
    what = low[-1][0]
    rows = [
        ["SALT over sham (90 %)", *(range90(g.over_sham, 0) for g in told)],
        ["over untreated (90 %)", *(range90(g.over_untreated, 0) for g in told)],
        [f"SALT {what}", *(of_draws(summary, x.option) for _, x in low)],
        [f"SALT {what}, sham", *(of_draws(summary, x.sham) for _, x in low)],
        [f"SALT {what}, untreated", *(of_draws(summary, x.untreated) for _, x in low)],
        *beside_rows(summary, option, weeks),
        ["SALT halved", *(of_draws(summary, g.salt50.option) for g in told)],
        ["SALT halved, sham", *(of_draws(summary, g.salt50.sham) for g in told)],
        ["SALT halved, untreated", *(of_draws(summary, g.salt50.untreated) for g in told)],
        ["lower than with sham", *(of_draws(summary, g.better) for g in told)],
    ]
    return Table(_title(summary, option, "SALT, points"), _head(weeks), rows)
