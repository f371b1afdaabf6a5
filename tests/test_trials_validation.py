"""What validation/trials commits, recomputed by chance; the normal people it rests on; its judging.

Slices are drawn anew in every run and name their seed where they fail; they are compared to the
digits that were kept, and to one in a million where linear algebra may differ in the last bits.
"""

from __future__ import annotations

import csv
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from monte_carlo import LIMIT, assert_moment

sys.path.append(str(Path(__file__).parents[1] / "validation" / "trials"))

import layouts
import null_trials
import replay_trials
from records import HOME, differences, read, slices, write

from anagen.errors import InputError
from anagen.trial.analysis import analyse
from anagen.trial.outcome import Outcome
from anagen.trial.replicate import replicate_data
from anagen.trial.run import Plan, data_of, nature
from anagen.trial.statistics.comparison import noninferior
from anagen.trial.statistics.estimate import estimate_of
from anagen.trial.statistics.power import parallel
from anagen.trial.surrogate import Surrogate, covariance_of, from_changes, learnt

AGAIN = "; if a table or a law was changed on purpose, run the script of validation/trials again"


# ---- what is committed ---------------------------------------------------------------------------


@pytest.mark.parametrize("layout", null_trials.OF["surrogate"])
def test_replicates_on_normal_people_are_met_again(layout: str) -> None:
    wrong = null_trials.recomputed("surrogate", layout, 20)
    assert not wrong, str(wrong) + AGAIN


@pytest.mark.parametrize("layout", null_trials.OF["engine"])
def test_replicates_on_simulated_people_are_met_again(layout: str) -> None:
    wrong = null_trials.recomputed("engine", layout, 3)
    assert not wrong, str(wrong) + AGAIN


def test_replays_are_met_again() -> None:
    own, some = slices(range(len(replay_trials.TRIALS)), 2)
    for place in some:
        wrong = replay_trials.recomputed(replay_trials.TRIALS[place], 1)
        assert not wrong, f"{wrong} (trials by seed {own}){AGAIN}"


def test_every_error_is_as_asked_and_the_summary_is_of_what_is_committed() -> None:
    with (HOME / "type_one_error.csv").open(newline="") as file:
        kept = {(row["kind"], row["layout"], row["test"]): row for row in csv.DictReader(file)}
    seen = 0
    for kind, names in null_trials.OF.items():
        for layout in names:
            rows = read(null_trials.path_of(kind, layout))
            assert len(rows) == null_trials.REPLICATES[kind]
            for found in null_trials.judged(kind, layout, rows):
                assert found.agrees, found
                row = kept[kind, layout, found.test]
                assert float(row["share"]) == pytest.approx(found.share, abs=6e-5)
                seen += 1
    assert seen == len(kept)


def test_published_values_are_those_of_the_study_files() -> None:
    for value in replay_trials.published():
        found = replay_trials.printed(value.study, value.results, value.of)
        assert value.value == pytest.approx(found, abs=1e-9), value


def test_positive_trials_exclude_no_effect_and_quantiles_are_of_what_is_committed() -> None:
    with (HOME / "quantiles.csv").open(newline="") as file:
        kept = {(row["trial"], row["quantity"]): row for row in csv.DictReader(file)}
    seen = 0
    for trial in replay_trials.TRIALS:
        rows = read(replay_trials.path_of(trial))
        assert len(rows) == replay_trials.REPLICATES
        for found in replay_trials.lines(trial, rows):
            assert found.outside_none is not False, found
            row = kept[trial, found.quantity]
            ours = [float(row[f"{what}_{q}"]) for what in ("effect", "none") for q in (5, 50, 95)]
            assert ours == pytest.approx([*found.effect, *found.none], rel=1e-4, abs=1e-9)
            seen += 1
    assert seen == len(kept)


# ---- the judging ---------------------------------------------------------------------------------


def test_an_error_is_judged_by_its_monte_carlo_error() -> None:
    def of(share: float, rule: str) -> null_trials.Judged:
        return null_trials.Judged("surrogate", "x", "t", 2000, 0, share, 0.05, rule)

    error = math.sqrt(0.05 * 0.95 / 2000)
    assert of(0.05 + 3.9 * error, "within").agrees
    assert not of(0.05 + 4.1 * error, "within").agrees
    assert not of(0.05 - 4.1 * error, "within").agrees
    assert of(0.0, "most").agrees
    assert not of(0.05 + 4.1 * error, "most").agrees
    assert of(1.0, "shown").agrees


def test_a_kept_row_that_has_moved_is_told(tmp_path: Path) -> None:
    row = {"p": 0.123456789, "z": -1.5, "none": math.nan}
    write(tmp_path / "x.csv", {3: row, 1: row}, 4)
    kept = read(tmp_path / "x.csv")
    assert list(kept) == [1, 3]
    assert not differences(kept[3], row, 4)
    assert len(differences(kept[3], row | {"p": 0.1236}, 4)) == 1
    assert len(differences(kept[3], row | {"none": 0.5}, 4)) == 1
    assert len(differences(kept[3], row | {"more": 1.0}, 4)) == 1
    own, some = slices(range(100), 5)
    assert slices(range(100), 5, own) == (own, some)


def test_a_replay_without_effect_is_the_trial_without_effect() -> None:
    plan = replay_trials.plan_of("prp_split_scalp")
    none = data_of(Plan(plan.design, "no_effect", plan.seed), 1)
    found = replay_trials.replicate("prp_split_scalp", 1)
    name = "difference: PRP against saline"
    assert found[f"no effect, {name}"] == replay_trials.read_off(plan.design, none)[name]
    assert found[f"effect, {name}"] != found[f"no effect, {name}"]


# ---- normal people -------------------------------------------------------------------------------


def test_normal_people_have_the_moments_asked_for() -> None:
    # 40 replicates of 35 heads: 1400 heads, two sides, four visits
    whole = layouts.people("split_scalp")
    parts = [whole.data(1, r) for r in range(40)]
    x = np.stack([np.concatenate([d.full[layouts.DENSITY][d.arm == a] for d in parts])
                  for a in (0, 1)], axis=1).reshape(1400, 8)  # fmt: skip
    mean = np.concatenate([whole.mean[a, a] for a in (0, 1)])
    for i in range(8):
        assert_moment(x[:, i], mean[i])
        for j in range(i, 8):
            assert_moment((x[:, i] - mean[i]) * (x[:, j] - mean[j]), whole.covariance[i, j])


def test_covariances_are_those_of_the_textbook() -> None:
    residual = 400 * 0.7 ** np.abs(np.subtract.outer(range(3), range(3)))
    found = from_changes(40, [-0.1, -0.2, 0.0], residual)
    change = found[1:, 1:] - found[0, 1:] - found[1:, :1] + found[0, 0]
    slope = np.array([-0.1, -0.2, 0.0])
    assert change == pytest.approx(1600 * np.outer(slope, slope) + residual)
    assert (found[0, 1:] - found[0, 0]) / 1600 == pytest.approx(slope)
    both = covariance_of([1.0, 2.0], [[1, 0.5], [0.5, 1]], -0.3)
    assert both == pytest.approx(np.array([[1, 1, -0.3, -0.3], [1, 4, -0.3, -1.2],
                                           [-0.3, -0.3, 1, 1], [-0.3, -1.2, 1, 4]]))  # fmt: skip
    assert np.linalg.eigvalsh(covariance_of([1.0, 2.0], np.eye(2), 1.0)).min() > -1e-12
    with pytest.raises(InputError, match="between -1 and 1"):
        covariance_of([1.0], [[1.0]], 1.2)
    with pytest.raises(InputError, match="visits by"):
        covariance_of([1.0, 2.0], [[1.0]])


def test_one_more_person_leaves_the_others_as_they_are() -> None:
    few, more = (layouts.like(layouts.designed((n, 20)), layouts.AR1) for n in (20, 21))
    a, b = (whole.data(5, 2) for whole in (few, more))
    keep = np.arange(41) != 20
    for name, x in a.full.items():
        assert np.array_equal(x, b.full[name][keep], equal_nan=True)
    assert np.array_equal(a.left, b.left[keep])


def test_who_does_worse_leaves_and_the_strata_differ() -> None:
    whole = layouts.people("response_dependent_dropout")
    gone, kept = [], []
    for r in range(30):  # 1800 people of the arm of whom 40 % leave
        data = whole.data(1, r)
        x = data.full[layouts.DENSITY][data.arm == 0]
        away = data.left[data.arm == 0] < 24
        gain = x[:, 2] - x[:, 0]
        gone.append(gain[away].mean())
        kept.append(gain[~away].mean())
    error = math.hypot(np.std(gone) / 30**0.5, np.std(kept) / 30**0.5)
    assert np.mean(kept) - np.mean(gone) > LIMIT * error
    data = layouts.people("stratified").data(1, 0)
    x, counts = data.full[layouts.DENSITY], np.bincount(2 * data.stratum + data.arm)
    assert abs(counts[0] - counts[1]) <= 2
    assert abs(counts[2] - counts[3]) <= 2
    assert x[data.stratum == 1].mean() - x[data.stratum == 0].mean() > 20


def test_people_learnt_from_simulated_ones_are_like_them() -> None:
    # 150 heads learnt from are 150 heads read: moments agree exactly, not within an error
    plan = layouts.simulated("split_scalp")
    found = learnt(plan, 150)
    trial = plan.design.trial.model_copy(update={"dropout": 0.0})
    arms = tuple(arm.model_copy(update={"n": 150}) for arm in plan.design.arms)
    large = plan.design.model_copy(update={"trial": trial, "arms": arms})
    data = replicate_data(large, nature(plan, None), plan.seed, 0)
    x = [data.full[layouts.DENSITY][data.arm == a] for a in (0, 1)]
    for a in (0, 1):
        assert found.mean[a, a] == pytest.approx(x[a].mean(axis=0))
    assert found.covariance == pytest.approx(np.cov(np.hstack(x), rowvar=False))
    assert found.design is plan.design


def test_what_no_people_can_be_is_refused() -> None:
    design = layouts.designed((5, 5))
    mean = np.full((2, 1, 4), 150.0)
    with pytest.raises(InputError, match="mean"):
        Surrogate(design=design, mean=mean[:, :, :3], covariance=layouts.AR1)
    with pytest.raises(InputError, match="no variance below 0"):
        Surrogate(design=design, mean=mean, covariance=-layouts.AR1)
    split = layouts.designed((5, 5), "split_scalp")
    with pytest.raises(InputError, match="parallel"):
        Surrogate(design=split, mean=np.full((2, 2, 4), 150.0), covariance=np.eye(8),
                  shifts=np.zeros((2, 4)))  # fmt: skip


def test_the_familywise_p_is_that_of_the_analysis() -> None:
    whole = layouts.people("three_arms")
    for name in layouts.ADJUSTMENTS:
        design = layouts.changed(whole.design, multiplicity=name)
        data = whole.data(layouts.SEED, 4)
        found = analyse(design, data)["adjusted"]
        assert found.min() == layouts.three_arms(data, whole.design)[name]


# ---- known answers -------------------------------------------------------------------------------


def test_ten_people_an_arm_have_a_power_of_about_17_percent() -> None:
    # difference 9.5, SD 20 (reference 17 %, at 20 an arm 31 %); 2,000 committed replicates
    assert parallel(9.5, 20).power(20) == pytest.approx(0.17, abs=0.005)
    assert parallel(9.5, 20).power(40) == pytest.approx(0.31, abs=0.005)
    rows = read(null_trials.path_of("surrogate", "ten_per_arm"))
    found = np.mean([row["power, t_test"] < 0.05 for row in rows.values()])
    assert abs(found - 0.17) < LIMIT * math.sqrt(0.17 * 0.83 / len(rows))


def test_a_difference_of_minus_0_3_with_error_2_9_fails_a_margin_of_5() -> None:
    for df in (36, 100, math.inf):
        found = noninferior(estimate_of(-0.3, 2.9, df, 0.95), 5.0)
        assert not found.shown
        assert found.limit < -5.9


def test_normal_people_pass_through_every_layout() -> None:
    for name in ("split_scalp", "crossover", "parallel"):
        whole = layouts.people(name)
        found = analyse(whole.design, whole.data(3, 0))
        out = Outcome(whole.design)
        assert np.isfinite(found["methods"]).all()
        assert out.row(found).shape == (out.width,)
