"""Finasteride: scalp dihydrotestosterone (DHT) over its resting level."""

from __future__ import annotations

from collections.abc import Mapping

from numpy.typing import ArrayLike

from anagen.errors import InputError, unknown_word
from anagen.therapies.dht_turnover import Floats, dht_course
from anagen.therapies.dht_turnover import finasteride as tight_binding

ROUTES = ("oral", "topical")


def scalp_course(daily_mg: ArrayLike, p: Mapping[str, float], route: str = "oral") -> Floats:
    """Scalp DHT share at the end of each day, shape (days,), by tight binding to the enzyme.

    ``daily_mg`` swallowed (``oral``) or put on the scalp (``topical``), shape (days,). Fitted to
    0.01 to 5 mg by mouth (Drake 1999); the topical numbers are assumed. Both routes at once:
    `dht_turnover.dht_course`. Raises InputError.
    """
    if route not in ROUTES:
        raise InputError(unknown_word("route of finasteride", route, ROUTES), field="route")
    oral, topical = (daily_mg, 0.0) if route == "oral" else (0.0, daily_mg)
    return dht_course(oral, tight_binding(p), topical_mg=topical).scalp
