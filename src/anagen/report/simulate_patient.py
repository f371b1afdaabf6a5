"""What is said of the patient: what was known and used, what comes before any therapy, trials."""

from __future__ import annotations

from collections.abc import Iterator

from anagen.forecast.command import MONTHS
from anagen.forecast.salt import TOTAL
from anagen.forecast.summary import Simulated
from anagen.forecast.tested import PEOPLE, Tested
from anagen.parameters import parameter
from anagen.report.simulate_gains import of_salt, reached
from anagen.report.simulate_numbers import at, of_draws, range90, readable, week, worth
from anagen.report.simulate_published import misfits
from anagen.simulate.forecast import AREA
from anagen.verdict.words import plural
from anagen.vocabulary import label, words

SHED = "shed_hairs_per_day"
JUDGED = {
    "density": "hair density", "severity": "SALT", "inflammation": "inflammation",
    "shedding": "shed hairs",
}  # fmt: skip
"""Families of outcomes in words."""
ENOUGH_HAIRS = 100
"""Hairs to be counted over all draws before a mean of shed hairs is told."""


def before_all(summary: Simulated) -> list[str]:
    """What has to be read before any number: what is not checked here, who the draws are not."""
    told = []
    if summary.stops:
        told.append(
            "Stops and contraindications are not checked by this command; this file names "
            f"{', '.join(summary.stops)}: see a doctor before any of these treatments."
        )
    return [*told, *(f"{readable(line[0].upper() + line[1:])}." for line in summary.known.warnings),
            *misfits(summary)]  # fmt: skip


def say_who(summary: Simulated) -> str:
    """The diagnoses, with the subtypes that the file names."""
    kinds = {word: str(words("subtype")[word]["condition"]) for word in summary.subtypes}
    told = []
    for diagnosis in summary.diagnoses:
        own = [label("subtype", word) for word, of in kinds.items() if of == diagnosis]
        told.append(label("condition", diagnosis) + (f" ({', '.join(own)})" if own else ""))
    return " with ".join(told)


def first_words(summary: Simulated) -> list[str]:
    """What comes before any therapy's share: who to see, what goes by itself, what to correct."""
    return list(_first_words(summary))


def _first_words(summary: Simulated) -> Iterator[str]:
    ill = summary.diagnoses
    if "scarring_alopecia" in ill:
        yield (
            "Scarring alopecia: see a dermatologist first. What the disease has destroyed does not "
            "grow again, in this simulation either; at most the loss slows. Untreated, the share "
            f"of follicles alive is {_now_and_then(summary)} (median, 90 %)."
        )
    if "nutrition_gap" in ill:
        yield (
            "A correctable load comes first: what the body lacks is made up for before anything "
            "else is judged. Whether low stores thin hair at all is disputed."
        )
    if "scalp_inflammation" in ill:
        yield "A correctable load comes first: the inflammation of the scalp is treated as such."
    if "telogen_effluvium" in ill and not summary.acute:
        yield (
            "Shedding that goes on has a cause to look for first; simulated is a load that stays "
            "as it is."
        )
    if summary.acute:
        yield (
            "Acute shedding usually ends without therapy once its trigger is over; "
            f"{_untreated(summary)}. {_risen(summary)}"
        )
    elif of_salt(summary):
        yield _on_its_own(summary)
    elif "healthy" in ill:
        yield f"No hair loss is given, so that there is none to win back; {_untreated(summary)}."
    else:
        yield f"U{_untreated(summary)[1:]}."
    yield from _season(summary)


def _untreated(summary: Simulated) -> str:
    g = summary.gains
    weeks = list(dict.fromkeys(x.week for x in g))
    told = [next(x.untreated_change for x in g if x.week == w) for w in weeks]
    density = ", ".join(f"{range90(x)} by week {week(w)}" for x, w in zip(told, weeks, strict=True))
    return f"untreated, density changes by {density} hairs/cm2 (median, 90 %)"


def _risen(summary: Simulated) -> str:
    g = summary.gains[-1]
    return (
        f"Density lies above today's in {of_draws(summary, g.untreated_rise)} of the draws"
        f"{worth(summary)} at week {week(g.week)}."
    )


def _season(summary: Simulated) -> Iterator[str]:
    """That the season has its part, where it is simulated."""
    if summary.month is not None:
        name = MONTHS[int(summary.month) - 1].capitalize()
        yield (
            f"Season: today is in {name} (northern half of the earth); part of any change from "
            "today is the season's, in every option alike."
        )


def say_shed(summary: Simulated) -> list[str]:
    """Mean of the shed hairs over the draws, where enough hairs are counted for one."""
    none = next(o for o in summary.options if o.role == "untreated" or o is summary.options[-1])
    mean = next(e for e in none.endpoints if e.endpoint == SHED).value.mean
    now, then = mean[0] or 0.0, mean[-1] or 0.0
    counted = 7 * AREA * min(now, then) / parameter("scalp_area").value * summary.worth
    if "telogen_effluvium" not in summary.diagnoses or counted < ENOUGH_HAIRS:
        return []
    return [f"Untreated, {now:.0f} hairs are shed a day in the week from today and {then:.0f} in "
            f"that of week {week(summary.weeks[-1])}, mean over the draws."]  # fmt: skip


def _now_and_then(summary: Simulated) -> str:
    living = next(o.living for o in summary.options if o.role == "untreated"
                  or o is summary.options[-1])  # fmt: skip
    return f"{at(living, 0, 2)} today and {at(living, -1, 2)} at week {week(summary.weeks[-1])}"


def _on_its_own(summary: Simulated) -> str:
    """Regrowth without treatment, which every option shares."""
    told = [g for g in summary.salt if g.option == summary.salt[0].option]
    what, _ = reached(told[0])
    clear = ", ".join(f"{of_draws(summary, reached(g)[1].untreated)} at week {week(g.week)}"
                      for g in told)  # fmt: skip
    halved = ", ".join(f"{of_draws(summary, g.salt50.untreated)} at week {week(g.week)}"
                       for g in told)  # fmt: skip
    return (
        f"What regrows on its own comes first: untreated, SALT is {what} in {clear} of the "
        f"draws{worth(summary)}, half of today's or less in {halved}. None of that is a therapy's "
        "gain."
    )


def say_known(summary: Simulated) -> list[str]:
    """What the draws agree with, and how today's values lie beside those given."""
    known = summary.known
    told = [f"Known of this patient: {text}." for text in known.text]
    if known.today:
        sides = "; ".join(
            f"{label('outcome', t.endpoint)} given {t.given:g}, simulated "
            f"{t.drawn.q50:.{_digits(t.unit)}f} (90 %: {t.drawn.q05:.{_digits(t.unit)}f} to "
            f"{t.drawn.q95:.{_digits(t.unit)}f}) {t.unit}".removesuffix(" ratio")
            for t in known.today
        )
        told.append(f"Today, before anything is given: {sides}.")
    if all(t.endpoint != TOTAL for t in known.today):
        x = known.density
        told.append(f"Density today is drawn: median {x.q50:.0f}, 90 % {x.q05:.0f} to {x.q95:.0f} "
                    "hairs/cm2.")  # fmt: skip
    return told


def _digits(unit: str) -> int:
    return 2 if unit in ("ratio", "mm/day") else 0


def say_not_used(summary: Simulated) -> list[str]:
    """What of the patient is not used."""
    told = "; ".join(summary.not_used)
    return [f"Of this patient not used: {told}."] if told else []


def say_tested(t: Tested) -> str:
    """How many people have been in controlled trials of it."""
    who, what = label("condition", t.diagnosis), " or ".join(JUDGED[o] for o in t.outcomes)
    if not t.studies:
        other = f" ({t.any_outcome} of other outcomes)" if t.any_outcome else ""
        return (f"{label('therapy', t.therapy)}: no controlled trial of {what} in {who} was "
                f"found{other}.")  # fmt: skip
    sex = f", {PEOPLE[t.sex]}" if t.sex in PEOPLE else ""
    return (f"{label('therapy', t.therapy)}: {plural(t.studies, 'controlled trial')} of {what} in "
            f"{who}, {t.participants} people{sex}.")  # fmt: skip
