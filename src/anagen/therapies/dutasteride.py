"""Dutasteride by mouth: scalp dihydrotestosterone (DHT) over its resting level."""

from __future__ import annotations

from collections.abc import Mapping

from numpy.typing import ArrayLike

from anagen.errors import InputError, unknown_word
from anagen.therapies.dht_turnover import Floats, dht_course
from anagen.therapies.dht_turnover import dutasteride as published

ROUTES = ("oral",)


def scalp_course(daily_mg: ArrayLike, p: Mapping[str, float], route: str = "oral") -> Floats:
    """Scalp DHT share at the end of each day, shape (days,).

    ``daily_mg`` swallowed, shape (days,); studied from 0.01 to 40 mg in serum and from 0.1 to
    2.5 mg in scalp. On the scale of Drake 1999; Olsen 2006 read ``scalp_dht_scale_olsen`` times
    the fall. Raises InputError.
    """
    if route not in ROUTES:
        raise InputError(unknown_word("route of dutasteride", route, ROUTES), field="route")
    return dht_course(daily_mg, published(p)).scalp
