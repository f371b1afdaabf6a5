"""When a change would first be measured or seen, beside what clinics say."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from anagen.evidence.claims import load_claims
from anagen.forecast.options import Options
from anagen.forecast.salt import SALT, first_reached, own_endpoint
from anagen.forecast.spread import Floats, Part, Spread, share, spread
from anagen.measurement import instruments
from anagen.simulate.forecast import AREA, Forecast

BY_WEEKS = (8, 12, 24, 52)
WEEKS_PER_MONTH = 365.25 / 12 / 7


class ClinicClaim(Part):
    """What clinics say about the time, as a span of weeks."""

    id: str
    claim: str
    from_week: float
    to_week: float


class First(Part):
    """When density has risen over today's by ``threshold`` to stay, in an option.

    In alopecia areata when SALT has fallen to stay, visit by visit.
    """

    option: str
    what: str  # measurable or visible rise over today, the latter by its low and high anchor
    threshold: float | None  # hairs/cm2; of the measurable change its median over the draws
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
    """First measurable and first visible week of every option; in alopecia areata that of SALT."""
    of_salt = own_endpoint(forecast.patient) == SALT
    for o, regimen in enumerate(options.regimens):
        if of_salt:
            for what, week in first_reached(forecast, o).items():
                yield _first(forecast, regimen.name, what, None, week)
            continue
        for what, threshold in _thresholds(forecast).items():
            week = forecast.first_week(o, threshold)
            yield _first(forecast, regimen.name, what, float(np.median(threshold)), week)


def least_measurable(forecast: Forecast) -> Floats:
    """Change of density [hairs/cm2] that can be measured, (K,): one hair of the area at least.

    Else a bare area, which is counted without error, would have risen by nothing at all.
    """
    return np.maximum(forecast.measurable(), 1 / AREA)


def _thresholds(forecast: Forecast) -> dict[str, Floats]:
    low, high = instruments.visible_change()
    return {
        "measurable rise over today": least_measurable(forecast),
        "visible rise over today (low anchor)": np.asarray(low),
        "visible rise over today (high anchor)": np.asarray(high),
    }


def _first(
    forecast: Forecast, option: str, what: str, threshold: float | None, week: Floats
) -> First:
    weeks = [w for w in BY_WEEKS if w <= forecast.weeks[-1]]
    return First(
        option=option, what=what, threshold=threshold,
        by_week={w: share(week <= w) for w in weeks}, ever=share(np.isfinite(week)),
        week=spread(week[np.isfinite(week)]),
    )  # fmt: skip
