"""The prior predictive validation of the diagnoses: its arithmetic, and that it can tell a fault.

Sampled parts run the fixed seeds 0 to 3 of a few people; each test states its replications.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[1] / "validation" / "conditions"))

import groups
import lasting
import patches
import pattern_trials
import predict_conditions as pc
import shedding
from expected import LEAST_DRAWS, Size, Value, agrees, line, mean, sd, tabled, thrown

from anagen.conditions.alopecia_areata import CLASSES, still_attacked
from anagen.priors import draw_parameters

FEW = {"groups": Size(12, 100), "pattern": Size(24, 80), "shedding": Size(12, 200),
       "areata": Size(12, 60), "lasting": Size(6, 60)}  # fmt: skip


@pytest.fixture(scope="module")
def tables():
    """Four draws of every part: enough for identities, not for an interval."""
    return {part: pc.predict(part, 4, size) for part, size in FEW.items()}


# ---- the arithmetic of a comparison ------------------------------------------------------------


def test_published_numbers_are_per_square_centimetre_and_as_the_targets_have_them():
    assert sd("NaturalHistory1990", "change_w43_novice") == pytest.approx(15.8, abs=0.1)
    assert sd("NaturalHistory1990", "change_w43_expert") == pytest.approx(12.5, abs=0.1)
    assert pattern_trials.gained("Shapiro2020", 20, "_saline") == pytest.approx(15.7, abs=0.05)
    assert pattern_trials.gained("Shapiro2020", 20, "_prp") == pytest.approx(20.0, abs=0.05)
    assert pattern_trials.gained("Panchaprateep2020", 24) == pytest.approx(35.1)
    assert mean("PostCovidShedding2021", "onset") == 45


@pytest.mark.parametrize(
    ("rule", "values", "interval", "expected"),
    [
        ("inside", (3.0, 5.0), (2.0, 6.0), True),
        ("inside", (3.0, 7.0), (2.0, 6.0), False),
        ("least", (5.0,), (2.0, 6.0), True),
        ("least", (5.0,), (2.0, 4.0), False),
        ("most", (5.0,), (4.0, 9.0), True),
        ("most", (3.0,), (4.0, 9.0), False),
        ("range", (3.0, 9.0), (5.0, 6.0), True),
        ("range", (3.0, 4.0), (5.0, 6.0), False),
    ],
)
def test_a_value_is_judged_by_its_rule(rule, values, interval, expected):
    assert agrees(Value("x", values, rule=rule), *interval) is expected


def test_the_studys_own_error_is_thrown_on_every_draw():
    # 20 x 4000 trials: the error of an SD of n normal numbers is SD / sqrt(2 n), of a share's
    # likewise to within a few percent; the spread of the draws is that of 4000
    draws = np.random.default_rng(1).normal(30.0, 3.0, 4000)
    found = thrown(draws, Value("x", (0.0,), error=4.0)).std()
    assert found == pytest.approx(5.0, abs=4 * 5.0 / math.sqrt(2 * 4000))
    same = np.full(4000, 6.2)
    shares = thrown(same, Value("x", (0.0,), people=189))
    spread = 100 * math.sqrt(0.062 * 0.938 / 189)
    assert shares.std() == pytest.approx(spread, abs=4 * spread / math.sqrt(2 * 4000))
    assert shares.mean() == pytest.approx(6.2, abs=4 * spread / math.sqrt(80_000))
    assert np.allclose(shares / 100 * 189, np.round(shares / 100 * 189))


def test_an_outcome_that_few_draws_have_is_not_judged():
    values = np.array([1.0, *[math.nan] * 9])
    assert line(Value("x", (1.0,)), {"x": values}).inside is None
    assert LEAST_DRAWS > 0.1
    assert line(Value("x", (1.0,)), {"x": np.full(10, math.nan)}).inside is None
    both = tabled([{"a": 1.0}, {"b": 2.0}])
    assert both["a"][0] == 1
    assert math.isnan(both["a"][1])


@pytest.mark.parametrize("part", FEW)
def test_every_published_value_has_an_outcome(part, tables):
    named = {value.outcome for value in pc.PARTS[part].values()}
    few_enter = {name for name in named if name.startswith(("men: ", "women: "))}
    few_respond = {name for name in named if name.startswith(("stays", "steps", "stops"))}
    assert named - few_enter - few_respond <= set(tables[part])
    assert named <= set(tables[part]) | few_enter | few_respond
    assert all(value.values or value.rule == "shown" for value in pc.PARTS[part].values())


def test_a_draw_is_named_by_its_seed(tables):
    again = groups.draw(2, FEW["groups"])
    assert all(tables["groups"][name][2] == x for name, x in again.items())


# ---- what has to hold --------------------------------------------------------------------------


def test_what_is_destroyed_stays_so(tables):
    # 4 draws of 6 women with 60 follicles each, three kinds, up to six regimens: exact
    verdicts = list(lasting.checks(tables["lasting"]))[:4]
    assert all(check.agrees for check in verdicts)
    for kind in lasting.KINDS:
        broken = tables["lasting"] | {f"{kind}: follicles regained": np.array([0.0, 1.0])}
        assert not all(check.agrees for check in list(lasting.checks(broken))[:3])
    later = tables["lasting"] | {"burnt out: follicles lost later": np.array([0.0, 2.0])}
    assert not list(lasting.checks(later))[3].agrees


def test_the_flux_identity_is_met_and_a_fault_of_it_is_told():
    # 6 draws of 3 x 20 people with 1200 follicles over a week: some 500 hairs fall in each, so
    # that a ratio is known to 5 %; judged at the check's own 4 standard errors
    table = pc.predict("groups", 6, Size(20, 100))
    assert next(groups.checks(table)).agrees
    fault = table | {"shed per day": 1.3 * table["shed per day"]}
    assert not next(groups.checks(fault)).agrees
    assert all(check.agrees for check in groups.checks(table))


def test_severity_lowers_the_remissions_of_the_law_in_every_draw(tables):
    first = next(patches.checks(tables["areata"]))
    assert first.agrees
    names = [f"first year ends the attack, {name} [%]" for name in CLASSES]
    swapped = dict(tables["areata"])
    swapped[names[0]], swapped[names[3]] = swapped[names[3]], swapped[names[0]]
    assert not next(patches.checks(swapped)).agrees
    for seed in range(20):
        left = still_attacked(draw_parameters(seed), np.linspace(0, 1, 11), 364.0)
        assert np.all(np.diff(left) > 0)


def test_hairs_shed_without_a_rest_bring_the_onset_forward(tables):
    # 4 draws; hairs that fall without a rest against none of them, the same people
    assert list(shedding.checks(tables["shedding"]))[2].agrees
    onset, late = (tables["shedding"][f"{n}: onset [day]"] for n in ("infection", "none early"))
    both = np.isfinite(onset) & np.isfinite(late)
    assert both.any()
    swapped = tables["shedding"] | {
        "infection: onset [day]": late + shedding.WEEK,
        "none early: onset [day]": onset,
    }
    assert not list(shedding.checks(swapped))[2].agrees


def test_a_higher_dose_of_dutasteride_does_more(tables):
    # 4 draws; all options share the luck
    assert next(pattern_trials.checks(tables["pattern"])).agrees
    doses = [f"men: dutasteride {mg} mg, nonvellus, week 24" for mg in ("0.05", "2.5")]
    upside_down = dict(tables["pattern"])
    upside_down[doses[0]], upside_down[doses[1]] = (tables["pattern"][d] for d in doses[::-1])
    assert not next(pattern_trials.checks(upside_down)).agrees
