"""From rows to the summary: counts and shares of made-up replicates, and what an analysis errs by.

Seed 5; rows are made by hand or by the analysis of normal data, so that the truth is known.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from monte_carlo import LIMIT
from tiny_trial import ACTIVE, CONTROL, PRP, SALINE, made_up, tiny

from anagen.errors import InputError
from anagen.trial.analysis import analyse
from anagen.trial.design import Design
from anagen.trial.finished import Finished, share, spread
from anagen.trial.outcome import OF_TEST, Outcome
from anagen.trial.primary import STRUCTURES
from anagen.trial.run import Plan, Scenario
from anagen.trial.sources import citations
from anagen.trial.store import Store
from anagen.trial.summarise import summarise
from anagen.trial.summary import Characteristics, Summary

SEED, N = 5, 20
ARMS = [dict(ACTIVE, n=N), dict(CONTROL, n=N)]
RULE = {"name": "gain", "endpoint": "hair_diameter", "op": "change_ge", "value": 10}
Arrays = dict[str, np.ndarray]


def arrays(design: Design, estimate: float = 5.0, p: float = 0.01, **given: Any) -> Arrays:
    """A replicate in which every test says the same."""
    out = Outcome(design)
    found = {name: np.full(shape, 1.0) for name, shape in out.shapes.items()}
    test = np.array([estimate, 2.0, 38.0, estimate - 4, estimate + 4, p])
    assert len(test) == len(OF_TEST)
    found["contrasts"][:], found["methods"][:] = test, test
    found["adjusted"][:], found["structure"][:] = p, 0.0
    found["arms"][:] = [N, 150.0, 155.0, estimate, 12.0]
    found["flow"][:] = [N, 0, 0, 2, N - 2]
    found["full"][:], found["responders"][:] = estimate, [5, N]
    found["subgroups"][:] = [estimate, 3.0]
    for name, value in given.items():
        found[name][...] = value
    return found


def summed(
    folder: Path, design: Design, made: Mapping[Scenario, list[Arrays]], asked: int | None = None
) -> Summary:
    """The summary of replicates that were made up, by scenario."""
    out, plans, stores = Outcome(design), {}, {}
    for name, rows in made.items():
        plans[name] = Plan(design, name, SEED, follicles=50)
        stores[name] = Store(folder / name, asked or len(rows), out.width, plans[name].about())
        for r, row in enumerate(rows):
            stores[name].put(r, out.row(row))
    return summarise(plans, stores)


def chosen(summary: Summary) -> Characteristics:
    return next(c for c in summary.characteristics if c.chosen)


# ---- shares and spreads --------------------------------------------------------------------------


def test_a_share_has_its_monte_carlo_error_and_wilsons_interval() -> None:
    found = share(np.arange(40) < 10)
    assert found is not None
    assert (found.share, found.replicates) == (0.25, 40)
    assert found.se == pytest.approx(math.sqrt(0.25 * 0.75 / 40))
    z, n = 1.959964, 40
    middle = (0.25 + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(0.25 * 0.75 / n + z**2 / (4 * n**2))
    assert (found.low, found.high) == pytest.approx((middle - half, middle + half), rel=1e-6)
    assert share(np.zeros(0, dtype=bool)) is None


def test_a_spread_is_of_what_is_known() -> None:
    x = np.append(np.arange(1.0, 102.0), np.nan)
    found = spread(np.random.default_rng(SEED).permutation(x))
    assert found is not None
    assert found.model_dump() == pytest.approx(
        {"mean": 51, "q05": 6, "q25": 26, "q50": 51, "q75": 76, "q95": 96})  # fmt: skip
    assert spread(np.array([np.nan])) is None


# ---- what is counted -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """Central: 6 of 10 in favour, 1 against. Drawn: 3 of 6. Null: 2 of 8, either way."""
    design = tiny(ARMS, responder=[RULE], margin=-4.0)
    made: dict[Scenario, list[Arrays]] = {
        "central": [arrays(design, 5.0, 0.01)] * 6 + [arrays(design, -5.0, 0.01)]
        + [arrays(design, 1.0, 0.6)] * 3,
        "drawn": [arrays(design, 8.0, 0.001)] * 3 + [arrays(design, 0.0, 0.9)] * 3,
        "null": [arrays(design, 3.0, 0.02), arrays(design, -3.0, 0.02)]
        + [arrays(design, 0.0, 0.5)] * 6,
    }  # fmt: skip
    return summed(tmp_path_factory.mktemp("counted"), design, made)


def test_power_assurance_and_error_are_counted_each_in_its_scenario(counted: Summary) -> None:
    one = chosen(counted)
    shares = [found.share for found in (one.power, one.assurance, one.type_i_error) if found]
    assert shares == [0.6, 0.5, 0.25]  # power is in favour of the arm, an error is either way
    main = [c for c in counted.contrasts if c.primary]
    assert len(main) == 1
    assert (main[0].arm, main[0].versus, main[0].week) == ("active", "control", 24)
    assert (main[0].power, main[0].assurance) == (one.power, one.assurance)
    assert main[0].difference is not None
    assert main[0].difference.mean == pytest.approx(4.0)  # of the draws
    assert [s.replicates for s in counted.scenarios] == [10, 6, 8]
    assert [s.parameter_sets for s in counted.scenarios] == [1, 6, 1]
    assert not counted.partial


def test_bias_is_from_what_staying_would_have_shown(counted: Summary) -> None:
    one = chosen(counted)
    assert (one.truth, one.bias, one.failed) == (pytest.approx(2.8), pytest.approx(0), 0)
    assert one.se_mean == pytest.approx(2)
    x = [5] * 6 + [-5] + [1] * 3
    assert one.se_empirical == pytest.approx(np.std(x, ddof=1))
    assert one.coverage is not None
    assert one.coverage.share == pytest.approx(0.9)  # 2.8 lies within 4 of 5 and 1, not of -5


def test_non_inferiority_is_by_the_limit_on_the_bad_side(counted: Summary) -> None:
    limits = counted.non_inferiority[0]
    assert limits.margin == 4
    assert limits.power is not None
    assert limits.power.share == pytest.approx(0.9)  # lows 1, -9, -3
    assert limits.assurance is not None
    assert limits.assurance.share == pytest.approx(0.5)  # 0 - 4 is at the margin, not within


def test_responders_groups_and_flow(counted: Summary) -> None:
    assert [r.share.mean for r in counted.responders] == [25.0, 25.0]
    assert [r.versus for r in counted.responders] == ["control", None]
    assert counted.arms[0].flow.model_dump() == {
        "randomised": N, "stopped": 0, "rescued": 0, "left": 2, "analysed": N - 2}  # fmt: skip
    for group in counted.subgroups:
        assert (group.estimate, group.se) == pytest.approx((2.8, 3.0))
        assert group.shrunk == pytest.approx(2.8)  # alike groups stay where they are
    visit = next(v for v in counted.arms[0].visits if v.week == 24)
    assert visit.change_sd == pytest.approx(12)
    assert visit.n == N


def test_the_closed_form_is_of_the_simulated_difference_and_sd(counted: Summary) -> None:
    plan = counted.planned[0]
    assert (plan.delta, plan.sd, plan.n) == (pytest.approx(2.8), pytest.approx(12), 2 * N)
    from statsmodels.stats.power import TTestIndPower

    people = N * 0.9  # 18 of 20 are analysed
    theirs = TTestIndPower().power(2.8 / 12, nobs1=people, alpha=0.025, alternative="larger")
    assert plan.power == pytest.approx(theirs, rel=1e-3)


def test_the_summary_is_valid_json_without_any_number_that_is_none(counted: Summary) -> None:
    text = counted.model_dump_json()
    assert "NaN" not in text
    assert "Infinity" not in text
    json.loads(text, parse_constant=pytest.fail)
    assert Summary.model_validate_json(text) == counted
    assert counted.simulated is True


# ---- less than everything ------------------------------------------------------------------------


def test_what_was_not_run_is_none_and_what_is_unfinished_is_said(tmp_path: Path) -> None:
    design = tiny(ARMS)
    made: dict[Scenario, list[Arrays]] = {"drawn": [arrays(design), arrays(design, 6.0)]}
    found = summed(tmp_path, design, made, asked=5)
    one = chosen(found)
    assert one.power is one.type_i_error is one.bias is one.coverage is None
    assert one.assurance is not None
    assert one.assurance.replicates == 2
    assert found.partial
    assert found.replicates == 5
    assert found.planned == found.required == []
    with pytest.raises(InputError, match="no replicate is finished"):
        summed(tmp_path / "none", design, {"drawn": []}, asked=5)


def lost(design: Design) -> Arrays:
    """A replicate in which nothing at all could be analysed."""
    none = arrays(design)
    for name in set(none) - {"flow", "structure", "reached", "responders"}:
        none[name][...] = np.nan
    none["structure"][:] = -1
    return none


@pytest.mark.parametrize("layout", ["parallel", "split_scalp", "crossover"])
@pytest.mark.parametrize("all_of_them", [False, True])
def test_replicates_that_could_not_be_analysed_are_counted_as_such(
    tmp_path: Path, layout: str, all_of_them: bool
) -> None:
    given = {"layout": layout} | ({"period_weeks": 24} if layout == "crossover" else {})
    arms = [dict(ARMS[0], courses=[PRP]), dict(ARMS[1], courses=[SALINE])]
    design = tiny(arms, responder=[RULE], **given)
    good = [] if all_of_them else [arrays(design), arrays(design, 6.0)]
    bad = lost(design)
    if layout != "parallel":
        bad["structure"][:] = np.nan
    made: dict[Scenario, list[Arrays]] = {"central": [*good, bad, bad], "null": [bad, bad]}
    found = summed(tmp_path, design, made)
    one = chosen(found)
    assert one.failed == 2
    assert one.power is not None
    assert one.power.share == pytest.approx(0 if all_of_them else 0.5)  # never dropped silently
    assert one.power.replicates == len(good) + 2
    if not all_of_them:
        assert one.truth == pytest.approx(5.5)
    assert "NaN" not in found.model_dump_json()


def test_fallbacks_are_counted_by_what_was_used_and_their_result_stands(tmp_path: Path) -> None:
    """Two by a simpler covariance; one by the analysis of covariance, which then decides."""
    design = tiny(ARMS)
    simpler = arrays(design, structure=STRUCTURES.index("ar1"))
    none = arrays(design, structure=-1)
    none["methods"][0] = np.nan  # the mixed model
    found = summed(tmp_path, design, {"central": [arrays(design), simpler, simpler, none]})
    assert found.scenarios[0].fallbacks == {"ar1": 2, "ancova": 1}
    one = chosen(found)
    assert one.failed == 1
    assert one.power is not None
    assert one.power.share == 1.0


def test_a_trial_with_looks_is_won_at_any_of_them_and_not_after_its_end(tmp_path: Path) -> None:
    design = tiny(ARMS, accrual_weeks=52, interim_weeks=[50], futility_z=[0.0])

    def ended(at: int, why: int, people: int) -> Arrays:
        looks = np.zeros((2, 3))
        looks[at, why] = 1
        return arrays(design, looks=looks, stop=np.array([at, people]))

    after = ended(0, 2, 30)  # futile at the first look; what the last would say does not count
    after["looks"][1, 1] = 1
    made: dict[Scenario, list[Arrays]] = {
        "central": [ended(0, 1, 30), ended(1, 1, 40), after, ended(1, 0, 40)],
        "null": [ended(1, 0, 40), after],
    }
    found = summed(tmp_path, design, made)
    one, plan = chosen(found), found.sequential
    assert one.power is not None
    assert one.type_i_error is not None
    assert (one.power.share, one.type_i_error.share) == (0.5, 0.0)
    assert plan is not None
    assert (plan.expected_people, plan.expected_people_under_null) == (35, 35)
    first, last = plan.looks
    hits = [first.stops_for_effect, first.stops_for_futility, last.stops_for_effect]
    assert [h.share for h in hits if h] == [0.25, 0.25, 0.25]
    assert (first.lower_z, last.lower_z) == (0, None)
    assert first.information == pytest.approx(26 / 52)
    assert first.people == pytest.approx(2 * N * 50 / 52)
    assert (first.week, last.week) == (50, 76)


# ---- what an analysis errs by --------------------------------------------------------------------

REPLICATES, EFFECT = 40, 9.0


def normal_rows(design: Design, leave: Callable[[np.ndarray, Any], np.ndarray]) -> list[Arrays]:
    rng, found = np.random.default_rng(SEED), []
    arm = np.repeat([0, 1], N)
    for _ in range(REPLICATES):
        level = rng.normal(150, 25, (2 * N, 1))
        x = level + rng.normal(0, 10, (2 * N, 3)) + np.outer(arm == 0, [0, EFFECT / 2, EFFECT])
        data = made_up(design, x, arm, left=leave(x, rng))
        found.append(analyse(design, data))
    return found


def test_the_mixed_model_is_unbiased_where_people_leave_at_random(tmp_path: Path) -> None:
    """40 % leave, whatever they gain: 40 replicates, 4 Monte-Carlo errors."""
    design = tiny(ARMS)

    def leave(x: np.ndarray, rng: Any) -> np.ndarray:
        return np.where(rng.random(len(x)) < 0.4, rng.choice([6.0, 18.0], len(x)), np.inf)

    found = summed(tmp_path, design, {"central": normal_rows(design, leave)})
    one = chosen(found)
    assert one.method == "mmrm"
    assert one.bias is not None
    assert one.bias_se is not None
    assert abs(one.bias) < LIMIT * one.bias_se < 4
    assert one.truth == pytest.approx(EFFECT, abs=LIMIT * 15 * math.sqrt(2 / N / REPLICATES))
    assert one.se_mean is not None
    assert one.se_empirical is not None
    assert one.se_mean == pytest.approx(one.se_empirical, rel=LIMIT / math.sqrt(2 * REPLICATES))
    assert one.coverage is not None
    assert one.coverage.share > 0.95 - LIMIT * math.sqrt(0.05 * 0.95 / REPLICATES)
    closed = found.planned[0].power
    assert one.power is not None
    assert abs(one.power.share - closed) < LIMIT * one.power.se + 0.15  # that has no baseline


def test_the_sources_of_a_rescue_are_cited_too() -> None:
    tablet = {"therapy": "finasteride", "route": "oral", "mg_per_day": 1}
    plain = set(citations(tiny(), "gradual"))
    assert plain < set(citations(tiny(rescue={"share": 0.1, "courses": [tablet]}), "gradual"))


def test_finished_rows_are_read_array_by_array(tmp_path: Path) -> None:
    design = tiny(ARMS)
    out = Outcome(design)
    store = Store(tmp_path, 4, out.width, Plan(design, "central", SEED).about())
    rows = [arrays(design, float(k)) for k in range(3)]
    for place, row in zip((3, 0, 2), rows, strict=True):
        store.put(place, out.row(row))
    done = Finished(out, store)
    assert done.which.tolist() == [0, 2, 3]
    assert len(done) == 3
    assert done["full"][:, 0].tolist() == [1, 2, 0]
    assert np.array_equal(done["methods"][2], rows[0]["methods"])
