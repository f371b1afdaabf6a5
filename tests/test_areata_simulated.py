"""Alopecia areata to the score: SALT of a simulated scalp against its own follicles.

Stochastic tests: people are the replications (their number and the seed are stated), and the limit
is four standard errors.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from anagen.conditions.alopecia_areata import AREA, AREAS
from anagen.conditions.diagnoses import burden_of
from anagen.follicle.portrait import portrait
from anagen.measurement import endpoints
from anagen.parameters import parameter
from anagen.patient import Patient
from anagen.priors import central_parameters
from anagen.regimen import FINASTERIDE, UNTREATED, Course, Regimen
from anagen.simulate import baseline, simulate
from anagen.simulate.baseline import baselines
from anagen.simulate.model import people_scalps
from anagen.simulate.reading import nonvellus_at_rest
from anagen.simulate.run import prepared

P = central_parameters()
LIMIT = 4  # standard errors
N = 60
TABLET = Regimen(name="tablet", courses=(Course(therapy="baricitinib", mg_per_day=4),))
ALL_OF_IT = {"baricitinib_max_inhibition": 1.0, "baricitinib_half_concentration": 1e-9}
QUIET = {"areata_relapse_rate": 0.0, "areata_new_patch_rate": 0.0}
THICK = parameter("vellus_diameter_cutoff").value


def people(score, weeks=104.0, n=N):
    return [Patient(id=i, diagnosis="alopecia_areata", salt=score, episode_weeks=weeks)
            for i in range(n)]  # fmt: skip


def today(score, weeks=104.0, n=N, **parameters):
    found = simulate(people(score, weeks, n), [UNTREATED], weeks=4, visits_weeks=[0], batches=1,
                     follicles=1000, parameters=parameters)  # fmt: skip
    return found.true["salt"][:, 0, 0]


# ---- the score of the follicles ----------------------------------------------------------------


@pytest.mark.parametrize("score", [20.0, 60.0, 95.0])
@pytest.mark.parametrize("drawn", [False, True])
def test_the_score_is_the_weighted_loss_of_its_four_areas(score, drawn):
    """Every follicle of one scalp by its place: ten at each of a hundred places."""
    (who,) = people(score, n=1)
    weeks, word = (0, 26, 52), "drawn" if drawn else "typical"
    found = simulate(who, [UNTREATED, TABLET], weeks=52, visits_weeks=weeks, batches=1, seed=9,
                     follicles=1000, people=word)  # fmt: skip
    scalp = people_scalps([who], P, drawn=drawn, seed=9)
    made = prepared([who], scalp, [UNTREATED, TABLET], P, 364, follicles=1000, seed=9, drawn=drawn,
                    hypothesis="gradual", positions=4, solver="closed")  # fmt: skip
    seen = portrait(made.law, made.scalps, made.courses, [7 * w for w in weeks],
                    history=made.history, seed=9)  # fmt: skip
    thick = seen.visible & (seen.calibre >= THICK)
    area = AREA[np.arange(1000) % 100]
    healthy = nonvellus_at_rest(scalp, P)[0]
    share = np.array([thick[..., area == a].mean(axis=-1) for a in range(len(AREAS))])
    loss = 100 * (1 - share * scalp.follicle_density[0] / healthy)
    expected = np.tensordot(endpoints.SALT_WEIGHTS, loss, axes=1)
    np.testing.assert_allclose(found.true["salt"][0], np.clip(expected, 0, 100), atol=1e-9)
    # a rater gives no area a loss below 0: where chance does, the sum of the areas is higher
    raters = endpoints.salt(np.moveaxis(np.clip(loss, 0, 100), 0, -1))
    assert (raters >= found.true["salt"][0] - 1e-9).all()
    some_below = (loss < 0).any(axis=0)
    np.testing.assert_allclose(raters[~some_below], found.true["salt"][0][~some_below], atol=1e-9)


def test_hair_is_missing_at_the_places_under_attack():
    (who,) = people(60.0, n=1)
    place = burden_of(P, who, 100, None).place
    found = simulate(who, [UNTREATED], weeks=4, visits_weeks=[0], batches=1, follicles=1000)
    scalp = people_scalps([who], P, drawn=False, seed=0)
    made = prepared([who], scalp, [UNTREATED], P, 28, follicles=1000, seed=0, drawn=False,
                    hypothesis="gradual", positions=4, solver="closed")  # fmt: skip
    seen = portrait(made.law, made.scalps, made.courses, [0], history=made.history)
    bare = place[np.arange(1000) % 100] > 0
    assert bare.mean() == pytest.approx(0.6)
    assert seen.visible[0, 0][bare].mean() < 0.1
    assert seen.visible[0, 0][~bare].mean() > 0.8
    assert seen.visible.mean() == found.counts[0].at_visit("visible")[0, 0, 0] / 1000


def test_scores_lie_within_the_scale_and_are_of_those_who_are_ill():
    who = [*people(8.0, n=3), *(w.model_copy(update={"id": 50 + w.id}) for w in people(100.0, n=3))]
    found = simulate(who, [UNTREATED, TABLET], weeks=52, follicles=400, people="drawn")
    for x in (found.true["salt"], found.read["salt"]):
        assert ((x >= 0) & (x <= 100)).all()


@pytest.mark.parametrize(
    "beside",
    [
        {"comorbid": ("androgenetic_alopecia",), "years_of_pattern_loss": 15.0},
        {"comorbid": ("scarring_alopecia",), "activity": "burnt_out"},
    ],
)
def test_what_another_diagnosis_has_taken_is_not_in_the_score(beside):
    """40 people whose SALT of 50 is long bare: it is of the hair that they bear unattacked."""
    who = [
        Patient(id=i, age=50, diagnosis="alopecia_areata", salt=50, episode_weeks=104, **beside)
        for i in range(40)
    ]
    found = simulate(who, [UNTREATED], weeks=1, visits_weeks=[0], follicles=800, batches=1)
    score = found.true["salt"][:, 0, 0]
    assert abs(score.mean() - 50) < LIMIT * score.std(ddof=1) / math.sqrt(40) + 1
    alone = [w.model_copy(update={"comorbid": (), "activity": None}) for w in who]
    bears = simulate(alone, [UNTREATED], weeks=1, visits_weeks=[0], follicles=800, batches=1)
    less = found.true["nonvellus_hair_density"] / bears.true["nonvellus_hair_density"]
    assert less.mean() < 0.95  # it has taken some


def test_a_drug_for_pattern_loss_does_not_move_the_score():
    """30 men with both: finasteride brings back what pattern loss took, which is not scored."""
    who = [
        Patient(id=i, age=45, diagnosis="alopecia_areata", salt=50, episode_weeks=104,
                comorbid=("androgenetic_alopecia",), years_of_pattern_loss=15.0)
        for i in range(30)
    ]  # fmt: skip
    found = simulate(who, [UNTREATED, FINASTERIDE], weeks=52, visits_weeks=[52], follicles=800,
                     batches=1)  # fmt: skip
    hair = found.true["nonvellus_hair_density"][:, :, -1]
    assert hair[:, 1].mean() > 1.1 * hair[:, 0].mean()
    gap = (found.true["salt"][:, 1] - found.true["salt"][:, 0])[:, -1]
    assert abs(gap.mean()) < 4 * gap.std(ddof=1) / math.sqrt(30) + 1


def test_low_iron_is_not_in_the_score():
    person = Patient(id=3, diagnosis="alopecia_areata", salt=0, labs={"ferritin_ug_l": 4})
    found = simulate(person, [UNTREATED], weeks=1, visits_weeks=[0], follicles=800, batches=1)
    assert found.true["salt"][0, 0, 0] == 0


def test_scores_of_a_mixed_group_are_those_of_its_people(monkeypatch):
    """Grown two at a time: whoever comes first, those without the disease have no score."""
    monkeypatch.setattr(baseline, "AT_ONCE_ILL", 2)
    ill = people(40.0, n=2)
    others = [Patient(id=i, diagnosis="ageing", age=70) for i in (90, 91)]
    alone = baselines(ill, follicles=200)["salt"]
    for who in ([*ill, *others], [*others, *ill], [others[0], *ill, others[1]]):
        found = baselines(who, follicles=200)["salt"]
        of = np.array(["alopecia_areata" in w.diagnoses for w in who])
        np.testing.assert_array_equal(found[of], alone)
        assert np.isnan(found[~of]).all()


# ---- today, and once the attack is over --------------------------------------------------------


@pytest.mark.parametrize("score", [20.0, 60.0, 90.0])
@pytest.mark.parametrize("weeks", [104.0, 400.0])
def test_who_has_a_score_today_has_it_in_the_simulation(score, weeks):
    """60 typical people, 1000 follicles each, whose places are all long bare."""
    found = today(score, weeks)
    assert abs(found.mean() - score) < LIMIT * found.std(ddof=1) / math.sqrt(N)
    assert found.std(ddof=1) < 2


@pytest.mark.parametrize("weeks", [8.0, 26.0])
def test_a_young_episode_reads_nearly_as_scored(weeks):
    """60 typical people: more places are attacked, as their hair has not fallen yet.

    The closed form leaves out hair that skips the empty interval, which stays: some points.
    """
    found = today(50.0, weeks)
    assert 44 < found.mean() < 51


def test_hair_is_back_once_nothing_attacks():
    """60 people ten years after their last attack: as dense as 60 who never had one."""
    weeks = [0, 520]
    common = {"weeks": 520, "visits_weeks": weeks, "batches": 1, "follicles": 400,
              "parameters": ALL_OF_IT | QUIET}  # fmt: skip
    ill = simulate(people(60.0), [UNTREATED, TABLET], **common)
    well = simulate([Patient(id=i, diagnosis="healthy") for i in range(N)], [UNTREATED], **common)
    a, b = (x.true["nonvellus_hair_density"][:, -1, -1] for x in (ill, well))
    assert abs(a.mean() - b.mean()) < LIMIT * math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / N)
    score = ill.true["salt"][:, 1, :]
    assert score[:, 0].mean() > 50
    # sampling leaves some points: a score is never below 0
    luck = (100 * b / nonvellus_at_rest(well.scalp, P)).std(ddof=1)
    assert score[:, 1].mean() < 4 * luck
