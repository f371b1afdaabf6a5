"""A trial small enough for a test: two arms of a lotion, two visits after the baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from anagen.patient import Patient
from anagen.trial.data import TrialData
from anagen.trial.design import Design, design_of

FOLLICLES, N = 50, 26
LOTION = {"therapy": "minoxidil", "route": "topical", "form": "solution", "strength_percent": 5,
          "per_day": 2}  # fmt: skip
VEHICLE = {"therapy": "vehicle", "route": "topical"}
PRP = {"therapy": "prp", "route": "injection", "platelet_fold": 4, "volume_ml_per_point": 0.05,
       "spacing_mm": 10, "depth_mm": 3, "weeks": [0, 4, 8]}  # fmt: skip
SALINE = {"therapy": "vehicle", "route": "injection", "volume_ml_per_point": 0.05,
          "spacing_mm": 10, "depth_mm": 3, "weeks": [0, 4, 8]}  # fmt: skip
ACTIVE = {"name": "active", "n": 20, "courses": [LOTION]}
CONTROL = {"name": "control", "n": 20, "courses": [VEHICLE]}
TRIAL = {"name": "tiny", "visits_weeks": [0, 12, 24]}
MEN = {"diagnosis": "androgenetic_alopecia", "sex": "male"}


def tables(
    arms: Sequence[Mapping[str, Any]] = (ACTIVE, CONTROL), population: Mapping[str, Any] = MEN,
    responder: Sequence[Mapping[str, Any]] = (), subgroup: Sequence[Mapping[str, Any]] = (),
    **trial: Any,
) -> dict[str, Any]:  # fmt: skip
    """What a design file holds."""
    return {"trial": TRIAL | trial, "population": dict(population), "arm": list(arms),
            "responder": list(responder), "subgroup": list(subgroup)}  # fmt: skip


def tiny(*args: Any, **given: Any) -> Design:
    """The design of `tables`."""
    return design_of(tables(*args, **given))


def made_up(
    design: Design, x: np.ndarray, arm: np.ndarray, person: np.ndarray | None = None,
    columns: Mapping[str, np.ndarray] | None = None, **given: np.ndarray,
) -> TrialData:  # fmt: skip
    """Data in which every endpoint is ``x`` (rows, visits), and nobody leaves unless it is said."""
    n = len(x)
    whole, never = np.zeros(n, dtype=np.int64), np.full(n, np.inf)
    rows = {"part": whole, "sequence": arm, "stratum": whole, "entry": np.zeros(n), "left": never,
            "stopped": never, "rescued": never}  # fmt: skip
    rows["person"] = np.arange(n) if person is None else person
    patient = Patient(diagnosis="androgenetic_alopecia", sex="male", age=40)
    read = dict.fromkeys(design.endpoints, x)
    known = {name: v[:, 0] for name, v in read.items()} | {"age": x[:, 0]}
    known |= {"years_since_onset": x[:, 0], **(columns or {})}
    return TrialData(weeks=design.trial.visits_weeks, patients=(patient,) * n, arm=arm,
                     full=read, columns=known, **(rows | given))  # fmt: skip


def readings(seed: int, effects: tuple[float, ...], visits: int = 3, n: int = N) -> np.ndarray:
    """Values of n people of each arm: a person's level, a visit's error, an effect that grows."""
    rng = np.random.default_rng(seed)
    arm = np.repeat(np.arange(len(effects)), n)
    time = np.arange(visits) / (visits - 1)
    level = rng.normal(150, 30, len(arm))[:, None]
    return level + rng.normal(0, 12, (len(arm), visits)) + np.outer(np.array(effects)[arm], time)


def left(seed: int, rows: int, share: float = 0.3) -> np.ndarray:
    """Weeks of leaving, some between the first visits and some between the last."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(rows) < share, rng.uniform(1, 24, rows), np.inf)


def ols(y: np.ndarray, base: np.ndarray, arm: np.ndarray, i: int, j: int) -> tuple[float, ...]:
    """Arm i minus arm j, adjusted for the baseline, over all arms given."""
    import statsmodels.api as sm

    seen = np.isfinite(y)
    arms = np.unique(arm)
    x = np.column_stack([(arm[seen] == a).astype(float) for a in arms] + [base[seen]])
    fit = sm.OLS(y[seen], x).fit()
    c = [(a == i) - float(a == j) for a in arms] + [0.0]
    t = fit.t_test(c)
    return (t.effect.item(), t.sd.item(), float(fit.df_resid), *t.conf_int()[0], t.pvalue.item())
