"""When a change would first be measured or seen, beside what clinics say."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from anagen.evidence.claims import load_claims
from anagen.forecast.options import Options
from anagen.forecast.spread import Part, Spread, share, spread
from anagen.measurement import instruments
from anagen.simulate.forecast import Forecast

BY_WEEKS = (8, 12, 24, 52)
WEEKS_PER_MONTH = 365.25 / 12 / 7


class ClinicClaim(Part):
    """What clinics say about the time, as a span of weeks."""

    id: str
    claim: str
    from_week: float
    to_week: float


class First(Part):
    """When density has risen over today's by ``threshold`` to stay, in an option."""

    option: str
    what: str  # measurable or visible rise over today, the latter by its low and high anchor
    threshold: float  # hairs/cm2; of the measurable change its median over the draws
    by_week: dict[int, float]  # share of the draws that got there
    ever: float
    week: Spread  # over the draws that ever get there


def clinic_claims() -> list[ClinicClaim]:
    """The claims about time, with the weeks that their words name."""
    found = []
    for claim in load_claims().claims:
        named = re.search(r"(\d+)-(\d+) (week|month)s", claim.claim)
        if claim.group == "timing" and named:
            unit = 1.0 if named[3] == "week" else WEEKS_PER_MONTH
            found.append(ClinicClaim(id=claim.id, claim=claim.claim,
                                     from_week=unit * int(named[1]),
                                     to_week=unit * int(named[2])))  # fmt: skip
    return found


def first_weeks(forecast: Forecast, options: Options) -> Iterator[First]:
    """First measurable and first visible week of every option."""
    low, high = instruments.visible_change()
    wanted = {
        "measurable rise over today": forecast.measurable(),
        "visible rise over today (low anchor)": np.asarray(low),
        "visible rise over today (high anchor)": np.asarray(high),
    }
    weeks = [week for week in BY_WEEKS if week <= forecast.weeks[-1]]
    for o, regimen in enumerate(options.regimens):
        for what, threshold in wanted.items():
            week = forecast.first_week(o, threshold)
            yield First(
                option=regimen.name, what=what, threshold=float(np.median(threshold)),
                by_week={w: share(week <= w) for w in weeks}, ever=share(np.isfinite(week)),
                week=spread(week[np.isfinite(week)]),
            )  # fmt: skip
