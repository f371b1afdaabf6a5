"""What trials found of the same therapy, in words: beside what is simulated of it."""

from __future__ import annotations

from collections.abc import Iterator

from anagen.forecast.published import POINTS, Effect, Published
from anagen.forecast.salt import TOTAL
from anagen.forecast.summary import Simulated
from anagen.forecast.tested import PEOPLE
from anagen.report.simulate_numbers import signed, week
from anagen.verdict.words import plural
from anagen.vocabulary import label

RETURNS = "; in this model all miniaturised hair can come back"
"""The known reason of too large a gain in pattern loss (``validation/hair_cycle``)."""
SIDES = {"above": "overshoots", "below": "falls short"}


def misfits(summary: Simulated) -> list[str]:
    """What a reader has to know before any number: where trials found something else."""
    return [_misfit(p) for p in summary.published if p.lies in SIDES]


def _misfit(p: Published) -> str:
    why = RETURNS if p.lies == "above" and p.diagnosis == "androgenetic_alopecia" else ""
    return (
        f"{p.option}: simulated {_effect(p.simulated)}, trials {_interval(p)} {p.unit} over "
        f"control: the model {SIDES[str(p.lies)]} here{why}. Trust the trials."
    )


def say_published(summary: Simulated, option: str) -> Iterator[str]:
    """The trials' effects of what a regimen holds, each beside the simulated one."""
    for p in summary.published:
        if p.option == option:
            yield _beside(p) if p.estimate is not None else _nothing(p)


def _beside(p: Published) -> str:
    told = (f"{given(p)}, published ({_who(p)}): {_interval(p)} {p.unit} over control in "
            f"{label('outcome', str(p.outcome))} (95 % interval of the mean)")  # fmt: skip
    if p.simulated is None:
        why = "no visit near its week, or nobody like its people"
        return f"{told}; nothing simulated is set beside it ({why})."
    side = "; not judged: this is not the people of the trials, or more is given"
    side = f": {p.lies} the trials' interval" if p.lies else side
    over = "Monte-Carlo error" if p.unit == POINTS else "90 % of the draws"
    when = f"at week {week(p.simulated.week)} ({over})"
    return f"{told}; simulated {_effect(p.simulated)} {when}{side}."


def _nothing(p: Published) -> str:
    return (f"{given(p)}: no published effect over control on hair density or SALT 20 or less, "
            f"with its spread, to set beside it in {label('condition', p.diagnosis)}.")  # fmt: skip


def given(p: Published) -> str:
    """Therapy, dose and route."""
    dose = f" {p.dose}" if p.dose else ""
    return f"{label('therapy', p.therapy)}{dose}, {label('route', p.route)}"


def _who(p: Published) -> str:
    people = f"{p.people} people" if p.people else "number of people not stated"
    said = [plural(p.trials, "trial"), people, *([PEOPLE[p.sex]] if p.sex in PEOPLE else [])]
    return ", ".join([*said, *([f"week {week(p.week)}"] if p.week is not None else [])])


def _interval(p: Published) -> str:
    """The trials' effect with its 95 % interval."""
    return _spread(p.estimate or 0.0, p.low or 0.0, p.high or 0.0)


def _effect(x: Effect | None) -> str:
    return "–" if x is None else _spread(x.middle, x.low, x.high)


def _spread(middle: float, low: float, high: float) -> str:
    return f"{signed(middle)} ({signed(low)} to {signed(high)})"


def beside_rows(summary: Simulated, option: str, weeks: list[float]) -> Iterator[list[str]]:
    """Rows of the table of gains: what trials found, under the week that is nearest to theirs.

    With the simulated effect before it where it is another outcome than that of the table.
    """
    for p in summary.published:
        if p.option != option or p.estimate is None or p.week is None:
            continue
        place = min(range(len(weeks)), key=lambda i: abs(weeks[i] - (p.week or 0.0)))
        if p.outcome != TOTAL and p.simulated is not None:
            what = f"{label('outcome', str(p.outcome))} over sham, week {week(p.simulated.week)}"
            yield [what, *_cells(len(weeks), place, _effect(p.simulated))]
        of = "" if p.outcome == TOTAL else f" of {label('outcome', str(p.outcome))}"
        said = f"trials{of}: {given(p)}, week {week(p.week)} (95 %)"
        yield [said, *_cells(len(weeks), place, _interval(p))]


def _cells(number: int, place: int, text: str) -> list[str]:
    return [text if i == place else "" for i in range(number)]
