"""Draws reduced to a mean and quantiles: of one number, or of a course over weeks."""

from __future__ import annotations

import math
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Floats = NDArray[np.float64]


class Part(BaseModel):
    """Base of every part of a summary."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Spread(Part):
    """One number over the draws in which it is defined; None where it is in none."""

    mean: float | None
    q05: float | None
    q25: float | None
    q50: float | None
    q75: float | None
    q95: float | None


class Interval(Spread):
    """The same with the ends of the 80 % and the 95 % interval."""

    q025: float | None
    q10: float | None
    q90: float | None
    q975: float | None


class Band(Part):
    """A course over the draws, one list entry per visit or week."""

    mean: list[float | None]
    q05: list[float | None]
    q25: list[float | None]
    q50: list[float | None]
    q75: list[float | None]
    q95: list[float | None]


LEVELS = {"q025": 0.025, "q05": 0.05, "q10": 0.1, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q90": 0.9,
          "q95": 0.95, "q975": 0.975}  # fmt: skip
Kind = TypeVar("Kind", Spread, Interval, Band)


def _told(model: type[Kind], x: Floats) -> Kind:
    """Mean and quantiles of the draws ``x``, shape (draws, ...), as a ``model``."""
    names: list[str] = [name for name in model.model_fields if name != "mean"]
    levels: list[float] = [LEVELS[name] for name in names]
    if len(x) and not np.isnan(x).any():
        rows = [x.mean(axis=0), *np.quantile(x, levels, axis=0)]
    else:
        flat = x.reshape(len(x), math.prod(x.shape[1:]))
        columns = [_of_some(column[~np.isnan(column)], levels) for column in flat.T]
        rows = list(np.array(columns).T.reshape(-1, *x.shape[1:]))
    values: dict[str, Any] = {n: _plain(v) for n, v in zip(["mean", *names], rows, strict=True)}
    return model.model_construct(**values)


def _of_some(x: Floats, levels: list[float]) -> list[float]:
    if not len(x):
        return [np.nan] * (1 + len(levels))
    return [float(x.mean()), *np.quantile(x, levels).tolist()]


def _plain(value: Any) -> Any:
    """Numbers as JSON takes them; None for what is not defined."""
    if np.ndim(value):
        return [None if np.isnan(v) else float(v) for v in value]
    return None if np.isnan(value) else float(value)


def spread(x: Floats) -> Spread:
    """The draws ``x``, shape (draws,)."""
    return _told(Spread, x)


def interval(x: Floats) -> Interval:
    """The draws ``x``, shape (draws,), with wider ends."""
    return _told(Interval, x)


def band(x: Floats) -> Band:
    """The draws ``x``, shape (draws, visits or weeks)."""
    return _told(Band, x)


def share(true: Any) -> float:
    """Share of the draws in which something is so."""
    return float(np.mean(true))
