"""Patches of alopecia areata: the score, the laws of remission and who responds, in closed form.

Stochastic tests: the seeds are the arguments, people the replications.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monte_carlo import LIMIT, standard_error
from scipy import integrate, stats

from anagen.conditions import alopecia_areata as aa
from anagen.conditions.diagnoses import burden_of
from anagen.parameters import load_parameters
from anagen.patient import Patient
from anagen.units import DAYS_PER_YEAR as YEAR

P = {name: p.value for name, p in load_parameters().items()}
DAYS = 400


def drawn(seed, i=0):
    return np.random.Generator(np.random.Philox(key=[seed, i]))


@pytest.mark.parametrize("salt", [0, 1, 12.4, 37, 50, 95, 100])
@pytest.mark.parametrize("rng", [None, 1, 2])
@pytest.mark.parametrize("weeks", [8.0, 400.0])
def test_todays_places_under_attack_make_the_score(salt, rng, weeks):
    person = Patient(diagnosis="alopecia_areata", salt=salt, episode_weeks=weeks)
    b = burden_of(P, person, DAYS, rng and drawn(rng))
    attacked = (b.attack[b.place, b.history] >= 1).sum()
    # what is under attack for years is bare; what is for weeks holds hair, so that there is more
    assert abs(attacked - salt) <= 1 if weeks == 400 else attacked >= min(salt, 100)
    held = b.attack[:, : b.history + 1] > 0
    assert (np.diff(held.astype(int), axis=1) >= 0).all()  # bare today: attacked ever since


@pytest.mark.parametrize("salt", [12, 25, 37])
@pytest.mark.parametrize("weeks", [12.0, 26.0, 104.0])
def test_hair_that_attacked_places_have_lost_by_today_makes_the_score(salt, weeks):
    """400 people: half a place, as places are whole, and four standard errors.

    Patches but the first, which is as old as the episode, began evenly over part of it.
    """
    person, gaps = Patient(diagnosis="alopecia_areata", salt=salt, episode_weeks=weeks), []
    for i in range(400):
        b = burden_of(P, person, 1, drawn(19, i))
        since = b.history - (b.attack > 0).argmax(axis=1) + 0.5  # begun within that day
        lost = 1 - aa.hair_left(P, since[b.place])
        gaps.append(np.sum((lost - salt / (b.place > 0).sum())[b.place > 1]))
    assert abs(np.mean(gaps)) < 0.5 + LIMIT * standard_error(gaps)


def test_hair_of_an_attacked_place_falls_from_all_of_it_to_none():
    days = np.array([0.0, 1, 20, 60, 150, 400, 4000])
    left = aa.hair_left(P, days)
    resting = P["catagen_duration"] + P["telogen_duration"]
    grows = P["anagen_duration"] - P["emergence_delay"]
    shed = P["attack_exit_share"] * P["attack_immediate_share"]
    assert left[0] == pytest.approx(1 - shed * grows / (grows + resting), abs=1e-9)
    assert (np.diff(left) < 0).all()
    assert left[-1] < 1e-6
    # without any exit at once the mean time that a hair of anagen stays is that of its rest
    t = np.linspace(0, 5000, 500_001)
    whole = aa.hair_left(P | {"attack_immediate_share": 0.0}, t)
    second = resting**2 + P["residence_variation"] ** 2 * (
        P["catagen_duration"] ** 2 + P["telogen_duration"] ** 2
    )
    a = grows / (grows + resting)
    assert np.trapezoid(whole, t) == pytest.approx(
        a * resting + (1 - a) * second / (2 * resting), rel=1e-4
    )


@pytest.mark.parametrize("seed", range(20))
def test_a_patch_lies_in_one_area_and_no_place_in_two(seed):
    person = Patient(diagnosis="alopecia_areata", salt=60)
    b = burden_of(P, person, 4000, drawn(seed))
    area = np.repeat(np.arange(4), list(aa.AREAS.values()))
    assert sum(aa.AREAS.values()) == aa.PLACES == len(b.place)
    for patch in range(1, len(b.attack)):
        assert len(set(area[b.place == patch])) == 1


def test_a_patch_has_its_mean_size():
    share = (np.arange(200_000) + 0.5) / 200_000
    for mean in (1.0, 3.0, 7.5):
        sizes = [aa.patch_size(mean, u) for u in share]
        assert np.mean(sizes) == pytest.approx(mean, rel=1e-3)


@given(st.floats(0, 1), st.floats(1, 2000), st.floats(0.01, 0.99))
def test_times_of_remission_undo_its_shares(extent, length, share):
    time = float(aa.remission_time(P, extent, length, share))
    if math.isfinite(time):
        assert aa.remission_share(P, extent, length, time) == pytest.approx(share, abs=1e-6)
    else:
        assert aa.remission_share(P, extent, length, 1e9) <= share


def test_the_share_still_attacked_follows_from_the_hazard():
    extent, length = 0.2, 500.0
    odds = P["areata_persistent_share"] / (1 - P["areata_persistent_share"])
    odds *= math.exp(P["areata_persistent_extent"] * extent)
    rate, slow = P["areata_remission_rate"], P["areata_remission_slowing"]
    hazard = integrate.quad(
        lambda x: rate * math.exp(-P["areata_remission_extent"] * extent) / (1 + x / slow),
        0,
        length,
    )[0]
    never = odds / (1 + odds)
    assert aa.persistent_share(P, extent) == pytest.approx(never)
    expected = never + (1 - never) * math.exp(-hazard)
    assert aa.still_attacked(P, extent, length) == pytest.approx(expected)
    assert aa.still_attacked(P, extent, 1e30) == pytest.approx(never, abs=1e-4)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 3000), st.floats(0, 3000))
def test_wider_and_longer_episodes_remit_less(extent, other, length, longer):
    small, large = sorted((extent, other))
    young, old = sorted((length, longer))
    assert aa.remission_share(P, large, 0, old) <= aa.remission_share(P, small, 0, old) + 1e-12
    ahead = [aa.remission_share(P, small, begun, 365) for begun in (young, old)]
    assert ahead[1] <= ahead[0] + 1e-12


def test_patches_remit_as_the_closed_form_says():
    # each of 1500 people's first patch, begun with the episode: limit 4 binomial standard errors
    person = Patient(diagnosis="alopecia_areata", salt=20, episode_weeks=20)
    quiet = P | {"areata_relapse_rate": 0.0, "areata_new_patch_rate": 0.0}
    n, freed = 1500, 0
    for i in range(n):
        b = burden_of(quiet, person, 366, drawn(11, i))
        freed += b.attack[1, -1] == 0
    expected = float(aa.remission_share(P, 0.2, 140, 365))
    error = math.sqrt(expected * (1 - expected) / n)
    assert freed / n == pytest.approx(expected, abs=4 * error)


@pytest.mark.parametrize("inhibition", [0.3, 0.7, 0.9])
def test_who_responds_is_decided_by_the_strength_of_the_attack(inhibition):
    # first patches of 1500 people: independent, limit 4 binomial standard errors
    person = Patient(diagnosis="alopecia_areata", salt=50)
    n = 1500
    strengths = np.array([burden_of(P, person, 1, drawn(13, i)).attack[1].max() for i in range(n)])
    assert (strengths >= 1).all()
    expected = float(aa.responding_share(P, 0.5, inhibition))
    error = math.sqrt(expected * (1 - expected) / n)
    assert np.mean(strengths * (1 - inhibition) < 1) == pytest.approx(expected, abs=4 * error)


def test_the_responding_share_is_a_lognormal_law_of_the_excess():
    spread = math.hypot(P["areata_attack_between_people"], P["areata_attack_between_patches"])
    median = P["areata_attack_excess"] * math.exp(P["areata_attack_rise"] * 0.6)
    reach = 0.8 / (1 - 0.8)  # A (1 - I) < 1 where the excess is below I / (1 - I)
    expected = stats.lognorm(spread, scale=median).cdf(reach)
    assert aa.responding_share(P, 0.6, 0.8) == pytest.approx(expected)
    assert aa.responding_share(P, 0.6, 0.0) == 0
    assert aa.responding_share(P, 0.6, 1.0) == 1


def test_a_persons_patches_resist_alike():
    # correlation of the log excess of two patches: s_a^2 / (s_a^2 + s_w^2), 800 people, 4 errors
    person, n = Patient(diagnosis="alopecia_areata", salt=100), 800
    first = [burden_of(P, person, 1, drawn(17, i)).attack[1:3].max(axis=1) for i in range(n)]
    found = np.corrcoef(np.log(np.array(first) - 1).T)[0, 1]
    between, within = P["areata_attack_between_people"], P["areata_attack_between_patches"]
    expected = between**2 / (between**2 + within**2)
    assert found == pytest.approx(expected, abs=4 * (1 - expected**2) / math.sqrt(n))


def test_a_wider_disease_is_attacked_harder():
    strongest = [
        np.median(burden_of(P, Patient(diagnosis="alopecia_areata", salt=s), 1, None)
                  .attack[1:].max(axis=1))
        for s in (20, 60, 100)
    ]  # fmt: skip
    excess = np.log(np.array(strongest) - 1)
    assert np.diff(excess) == pytest.approx(0.4 * P["areata_attack_rise"], abs=0.05)


def test_people_without_a_score_fall_into_the_classes_by_their_shares():
    weights = np.array([P[f"areata_{name}_share"] for name in aa.CLASSES])
    scores = np.array([aa.salt_of_people(P, u) for u in (np.arange(4000) + 0.5) / 4000])
    found = np.histogram(scores, aa.BOUNDS)[0] / 4000
    assert found == pytest.approx(weights / weights.sum(), abs=1e-3)
    assert (np.diff(scores) >= 0).all()


def test_patches_relapse_at_their_rate():
    # waits of patches set free: their mean is one over the rate; 4000 quantiles of the law
    share = (np.arange(4000) + 0.5) / 4000
    waits = [aa.wait(P["areata_relapse_rate"], u) for u in share]
    assert np.mean(waits) == pytest.approx(YEAR / P["areata_relapse_rate"], rel=2e-3)
    sure = P | {"areata_relapse_rate": 500.0, "areata_remission_rate": 0.01}
    b = burden_of(sure, Patient(diagnosis="alopecia_areata", salt=10), 3000, drawn(4))
    begins = np.diff((b.attack[1:] > 0).astype(int), axis=1, prepend=0) > 0
    assert begins.sum() > len(b.attack) - 1
