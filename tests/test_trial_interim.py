"""Looks at an unfinished trial, smaller trials inside it, and trials that cannot be analysed.

Data are made up with a seed; no follicle is grown here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy import stats
from tiny_trial import ACTIVE, CONTROL, N, left, made_up, ols, readings, tiny

from anagen.trial.analysis import analyse
from anagen.trial.data import TrialData
from anagen.trial.design import Design
from anagen.trial.looks import fractions_of, sequential
from anagen.trial.outcome import OF_TEST, SIZES, Outcome
from anagen.trial.primary import STRUCTURES

SEED, NEVER = 11, np.inf
P = OF_TEST.index("p")


# ---- interim analyses ----------------------------------------------------------------------------


def looked(effect: float, **given: Any) -> tuple[Design, TrialData, dict[str, np.ndarray]]:
    arms = [dict(ACTIVE, n=N), dict(CONTROL, n=N)]
    design = tiny(arms, accrual_weeks=52, interim_weeks=[40, 60], futility_z=[0.0, 0.5],
                  analysis="ancova", **given)  # fmt: skip
    x = readings(SEED, (effect, 0.0))
    entry = np.tile(52 * (np.arange(N) + 0.5) / N, 2)
    data = made_up(design, x, np.repeat([0, 1], N), entry=entry, left=left(SEED, 2 * N))
    return design, data, analyse(design, data)


@pytest.mark.parametrize("effect", [-40.0, 4.0, 60.0])
def test_looks_see_what_was_read_by_then_and_stop_at_the_first_boundary(effect: float) -> None:
    design, data, found = looked(effect)
    assert fractions_of(design) == pytest.approx((16 / 52, 36 / 52, 1))
    plan = sequential(design.trial.boundary, 0.05, fractions_of(design), (0.0, 0.5))
    x, stop = data.values(design.trial.endpoint), None
    for k, week in enumerate((40, 60, 76)):
        read = np.where(data.entry + 24 <= week, x[:, 2], np.nan)
        _, _, df, _, _, p = (test := ols(read - x[:, 0], x[:, 0], data.arm, 0, 1))
        one_sided = stats.t.sf(test[0] / test[1], df)
        z, rejects, futile = found["looks"][k]
        assert z == pytest.approx(stats.norm.isf(one_sided), rel=1e-6)
        assert 2 * min(one_sided, 1 - one_sided) == pytest.approx(p)
        assert rejects == (z >= plan.upper[k])
        assert futile == (k < 2 and z < (0.0, 0.5)[k])
        if stop is None and (rejects or futile or k == 2):
            stop = (k, (data.entry <= week).sum())
    assert tuple(found["stop"]) == stop
    people = 2 * sum(52 * (i + 0.5) / N <= (40, 60, 76)[stop[0]] for i in range(N))
    assert stop[1] == people
    assert stop[0] == {-40.0: 0, 4.0: stop[0], 60.0: 1}[effect]
    assert (people < 2 * N) == (stop[0] == 0)


def test_a_smaller_trial_is_the_first_people_of_the_larger_one() -> None:
    design, data, found = looked(8.0)
    x = data.values(design.trial.endpoint)
    for s, share in enumerate(SIZES):
        n = round(share * N)
        rows = np.r_[0:n, N : N + n]
        test = ols((x[:, 2] - x[:, 0])[rows], x[rows, 0], data.arm[rows], 0, 1)
        z = stats.norm.isf(stats.t.sf(test[0] / test[1], test[2]))
        assert found["sizes"][s, 0] == pytest.approx(z, rel=1e-6)


# ---- what cannot be analysed ---------------------------------------------------------------------


def test_a_covariance_that_does_not_fit_is_replaced_by_the_next_and_said() -> None:
    weeks = [0, 4, 8, 12, 16, 20, 24]
    design = tiny([dict(ACTIVE, n=4), dict(CONTROL, n=4)], visits_weeks=weeks)
    x = readings(SEED, (5.0, 0.0), visits=7, n=4)
    found = analyse(design, made_up(design, x, np.repeat([0, 1], 4)))
    assert found["structure"][0] > STRUCTURES.index("unstructured")
    assert np.isfinite(found["methods"][0, 0]).all()
    asked = tiny([dict(ACTIVE, n=4), dict(CONTROL, n=4)], visits_weeks=weeks, covariance="ar1")
    assert analyse(asked, made_up(asked, x, np.repeat([0, 1], 4)))["structure"][0] >= 2


def gone(who: Mapping[int, float], **given: Any) -> tuple[Design, dict[str, np.ndarray]]:
    design = tiny(**given)
    away = np.full(2 * N, NEVER)
    for row, week in who.items():
        away[row] = week
    x = readings(SEED, (5.0, 0.0))
    return design, analyse(design, made_up(design, x, np.repeat([0, 1], N), left=away))


@pytest.mark.parametrize("analysis", ["mmrm", "ancova", "t_test"])
def test_an_arm_of_which_nobody_is_left_has_no_test_at_the_end(analysis: str) -> None:
    design, found = gone(dict.fromkeys(range(N), 20.0), analysis=analysis)
    out = Outcome(design)
    assert np.isnan(found["methods"]).all()
    assert np.isnan(found["adjusted"]).all()
    assert found["structure"][0] == -1
    assert found["flow"][0].tolist() == [N, 0, 0, N, 0]
    assert np.isfinite(found["full"]).all()
    e = out.endpoints.index("hair_diameter")
    assert np.isnan(found["contrasts"][0, e, 1]).all()
    assert np.isfinite(found["contrasts"][0, e, 0]).all()  # they were there at week 12
    assert found["arms"][0, e, 2, 0] == 0
    assert np.isfinite(out.row(found)[out.places["flow"]]).all()


def test_all_but_one_of_an_arm_left() -> None:
    _, found = gone(dict.fromkeys(range(1, N), 3.0))
    assert np.isnan(found["methods"][1:]).all()
    assert found["flow"][0].tolist() == [N, 0, 0, N - 1, 1]
    assert found["adjusted"].shape == (1,)


def test_where_the_mixed_model_fails_the_regression_decides() -> None:
    """A visit to which nobody came has no mean, and so no model of all visits."""
    design = tiny([dict(ACTIVE, n=N), dict(CONTROL, n=N)])
    x = readings(SEED, (40.0, 0.0))
    x[:, 1] = np.nan
    data = made_up(design, x, np.repeat([0, 1], N))
    found = analyse(design, data)
    assert found["structure"][0] == -1
    assert np.isnan(found["methods"][0]).all()
    assert np.isfinite(found["methods"][1]).all()
    assert found["adjusted"] == pytest.approx(found["methods"][1, :, P])


def test_what_nobody_is_known_of_is_missing_and_no_warning() -> None:
    design = tiny([dict(ACTIVE, n=N), dict(CONTROL, n=N)], estimand="hypothetical")
    unknown = {"years_since_onset": np.full(2 * N, np.nan)}
    x = readings(SEED, (5.0, 0.0))
    data = made_up(design, x, np.repeat([0, 1], N), columns=unknown)
    found = analyse(design, data)
    assert np.isnan(found["subgroups"][0, 2:4]).all()
    assert np.isnan(found["interaction"][0, 1])
    stops = made_up(design, x, np.repeat([0, 1], N), columns=unknown,
                    stopped=np.repeat([0.0, NEVER], N))  # fmt: skip
    assert np.isnan(analyse(design, stops)["full"]).all()
