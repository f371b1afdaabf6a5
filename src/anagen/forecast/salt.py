"""The endpoint that a diagnosis is judged by, and what a therapy does to it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from anagen.evidence.distributions import critical_value
from anagen.forecast.options import Options
from anagen.forecast.spread import Floats, Interval, Part, Spread, interval, share, spread
from anagen.measurement import salt
from anagen.parameters import parameter
from anagen.patient import Patient
from anagen.simulate.forecast import Forecast

TOTAL = "total_hair_density"
SALT = "salt"
NOTHING_BARE = 1.0
"""SALT up to which a scalp counts as clear where it is 20 or less already."""
SALT_WEEKS = (24.0, 36.0)
"""Weeks at which trials of alopecia areata are read; the horizon comes with them."""


class Shares(Part):
    """Share of the draws that got there under a regimen, its sham and no treatment."""

    option: float
    sham: float
    untreated: float


class SaltGain(Part):
    """SALT under a regimen at one week [points; less is better]: differences below 0 are gains.

    ``option_score`` and ``sham_score``: the two courses themselves, whose medians may differ where
    the median difference is 0. Shares of the draws: ``le_1`` have hardly anything bare,
    ``measurable`` and ``measurable_loss`` are beyond a rater's error, ``zero`` exactly the sham's
    score, ``le_20_today`` 20 or less before any therapy.
    """

    option: str
    sham: str
    week: float
    today: Spread
    untreated: Interval
    option_score: Spread
    sham_score: Spread
    over_sham: Interval
    over_untreated: Interval
    le_20: Shares
    le_20_today: float
    le_1: Shares
    salt50: Shares
    better: float
    measurable: float
    measurable_loss: float
    zero: float


def own_endpoint(patient: Patient) -> str:
    """SALT where the patient has alopecia areata, else the total density."""
    return SALT if "alopecia_areata" in patient.diagnoses else TOTAL


def net(forecast: Forecast, option: int, versus: int) -> Floats:
    """Gain in the diagnosis' own endpoint, (K, V); more is better whatever the endpoint."""
    endpoint = own_endpoint(forecast.patient)
    gain = forecast.gain(endpoint, option, versus)
    return -gain if endpoint == SALT else gain


def salt_gains(forecast: Forecast, options: Options) -> Iterator[SaltGain]:
    """Every regimen at the weeks of trials and at the horizon; none without alopecia areata."""
    if own_endpoint(forecast.patient) != SALT:
        return
    weeks = [w for w in SALT_WEEKS if w in forecast.weeks]
    for o in options.asked:
        for week in dict.fromkeys((*weeks, forecast.weeks[-1])):
            yield _salt_gain(forecast, options, o, forecast.weeks.index(week))


def _salt_gain(forecast: Forecast, options: Options, o: int, v: int) -> SaltGain:
    sham, none, score = options.sham[o], options.untreated, forecast.true[SALT]
    today, diff = score[:, none, 0], forecast.gain(SALT, o, sham)[:, v]

    def reached(option: int) -> tuple[float, float, float]:
        now = score[:, option, v]
        return (share(salt.salt_le_20(now)), share(salt.salt50(today, now)),
                share(now <= NOTHING_BARE))  # fmt: skip

    least = rating_error(today, score[:, o, v])
    low, halved, clear = zip(*map(reached, (o, sham, none)), strict=True)
    names = ("option", "sham", "untreated")
    return SaltGain(
        option=forecast.options[o], sham=forecast.options[sham], week=forecast.weeks[v],
        today=spread(today), untreated=interval(score[:, none, v]),
        option_score=spread(score[:, o, v]), sham_score=spread(score[:, sham, v]),
        over_sham=interval(diff),
        over_untreated=interval(forecast.gain(SALT, o, none)[:, v]),
        le_20=Shares(**dict(zip(names, low, strict=True))),
        le_20_today=share(salt.salt_le_20(today)),
        le_1=Shares(**dict(zip(names, clear, strict=True))),
        salt50=Shares(**dict(zip(names, halved, strict=True))),
        better=share(diff < 0), measurable=share((diff < 0) & (diff <= -least)),
        measurable_loss=share((diff > 0) & (diff >= least)), zero=share(diff == 0),
    )  # fmt: skip


def rating_error(before: Floats, after: Floats) -> Floats:
    r"""Change of SALT [points] beyond a rater's error: $z\sqrt{s_0^2 + s_1^2}$ of two ratings.

    Each has the error $s = 2 e \sqrt{x (100 - x)} / 100$ of `anagen.measurement.salt.read_salt`.
    """
    e = parameter("reading_error_salt").value
    squares = [(2 * e / salt.FULL) ** 2 * x * (salt.FULL - x) for x in (before, after)]
    return np.asarray(critical_value(0.95) * np.sqrt(squares[0] + squares[1]))


def first_reached(forecast: Forecast, option: int) -> dict[str, Floats]:
    """First visit's week from which SALT stays low, and halved, (K,); inf: never.

    Low is 20 or less; 1 or less where the median of today is 20 or less already.
    """
    score = forecast.true[SALT][:, option]
    already = bool(np.median(score[:, 0]) <= salt.CLEAR)
    low = "SALT 1 or less" if already else "SALT 20 or less"
    reached = {
        low: score <= NOTHING_BARE if already else salt.salt_le_20(score),
        "SALT half of today's or less": salt.salt50(score[:, :1], score),
    }
    weeks = np.asarray(forecast.weeks)
    found = {}
    for what, so in reached.items():
        lasting = np.logical_and.accumulate(so[:, ::-1], axis=1)[:, ::-1]
        found[what] = np.where(lasting.any(axis=1), weeks[lasting.argmax(axis=1)], np.inf)
    return found
