"""Redness, tenderness and swelling after a session: what is known of them, and what is not."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import betaincinv

from anagen.errors import InputError, unknown_word
from anagen.parameters import load_parameters, parameter

ROUTES = ("injection", "microneedling", "topical")
EFFECTS = ("redness", "tenderness", "swelling")
ONE_SIDED = 0.95


@dataclass(frozen=True, kw_only=True)
class AfterEffect:
    """One effect: its usual duration [day] with the plausible range, and its assumed source.

    ``share`` of people who get it is None: no trial of a product for hair has reported it.
    """

    effect: str
    days: float
    low: float
    high: float
    sources: tuple[str, ...]
    share: None = None


@dataclass(frozen=True, kw_only=True)
class AnyEffect:
    """People with any side effect, where it was counted, and the one-sided 95 % upper bound."""

    people: int
    affected: int
    upper: float
    sources: tuple[str, ...]


def after_effects(route: str) -> list[AfterEffect]:
    """The effects expected after a session by ``route``, longest first. Raises InputError."""
    _known(route)
    rows = [(effect, load_parameters().get(f"{effect}_time_{route}")) for effect in EFFECTS]
    found = [
        AfterEffect(effect=effect, days=p.value, low=p.low, high=p.high, sources=p.sources)
        for effect, p in rows
        if p is not None
    ]
    return sorted(found, key=lambda row: -row.days)


def any_effect(route: str) -> AnyEffect | None:
    """People with any side effect by ``route``; None where nobody counted. Raises InputError."""
    _known(route)
    if f"{route}_people_followed" not in load_parameters():
        return None
    followed, hit = (parameter(f"{route}_people_{word}") for word in ("followed", "affected"))
    n, x = round(followed.value), round(hit.value)
    return AnyEffect(people=n, affected=x, upper=upper_bound(x, n), sources=followed.sources)


def upper_bound(affected: int, people: int) -> float:
    """One-sided 95 % Clopper-Pearson bound of a share; about 3/n when nobody was affected."""
    if not 0 <= affected <= people or people == 0:
        problem = f"must lie between 0 and the people followed (given: {affected} of {people})"
        raise InputError(problem, field="affected")
    return (
        float(betaincinv(affected + 1, people - affected, ONE_SIDED)) if affected < people else 1.0
    )


def _known(route: str) -> None:
    if route not in ROUTES:
        raise InputError(unknown_word("route", route, ROUTES), field="route")
