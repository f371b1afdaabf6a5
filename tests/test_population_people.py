"""Healthy people by group, and plausible people of a diagnosis.

Stochastic tests: seeds are the arguments, people the replications; limit four standard errors.
"""

import math

import numpy as np
import pytest
from scipy import stats

from anagen.conditions.healthy import (
    GROUPS,
    TRAITS,
    correlated,
    healthy_scalp,
    unknown_group,
    visible_share,
)
from anagen.errors import InputError
from anagen.evidence.studies import load_studies
from anagen.parameters import parameter
from anagen.patient import PUBERTY, Patient
from anagen.population import Request
from anagen.population.plausible import EARLY, WEEKS_A_YEAR, age_law, plausible
from anagen.priors import central_parameters, draw_parameters
from anagen.regimen import UNTREATED
from anagen.simulate import simulate
from anagen.simulate.reference import reference_men
from anagen.vocabulary import words

P = central_parameters()
MEN = {"diagnosis": "androgenetic_alopecia", "sex": "male"}
N = 4000


def normals(n, seed=1):
    rng = np.random.default_rng(seed)
    return {trait: rng.standard_normal(n) for trait in TRAITS}


def published(study, result):
    found = next(s for s in load_studies() if s.id == study)
    return next(r for r in found.results if r.id == result)


# ---- healthy people ----------------------------------------------------------------------------


def test_a_man_without_age_and_group_has_the_general_rows_to_the_last_bit():
    scalp = healthy_scalp(P, [Patient()], None)
    assert scalp.follicle_density[0] == P["follicle_density"]
    assert scalp.growth_rate[0] == P["growth_rate"]
    assert scalp.full_calibre[0] == P["full_calibre"]
    assert scalp.anagen[0] == 1.0


@pytest.mark.parametrize("seed", [0, 5])
def test_the_reference_cohort_is_untouched_by_the_people_tables(seed):
    p, z = draw_parameters(seed), normals(50)
    men = reference_men(p, 50)
    own = {n: v for n, v in p.items() if not n.startswith("correlation_")}
    with_rows, without = healthy_scalp(p, men, z), healthy_scalp(own, men, z)
    for trait in ("follicle_density", "growth_rate", "anagen"):
        assert np.array_equal(getattr(with_rows, trait), getattr(without, trait))


@pytest.mark.parametrize("group", sorted(set(GROUPS.values())))
@pytest.mark.parametrize("seed", [None, 3])
def test_a_group_has_its_published_hair_density_whatever_the_cycle(group, seed):
    p = P if seed is None else draw_parameters(seed)
    ethnicity = next(word for word, g in GROUPS.items() if g == group)
    one, follicles = Patient(diagnosis="healthy", ethnicity=ethnicity), 20_000
    made = simulate(one, [UNTREATED], weeks=1, visits_weeks=[0], parameters=p, instrument=None,
                    follicles=follicles, batches=1, seed=2)  # fmt: skip
    shown = made.true["total_hair_density"].item()
    v = visible_share(p, p["anagen_factor_african"] if group == "african" else 1.0)
    error = made.scalp.follicle_density[0] * math.sqrt(v * (1 - v) / follicles)
    assert shown == pytest.approx(p[f"hair_density_{group}"], abs=4 * error)


@pytest.mark.parametrize(
    ("ethnicity", "arm"),
    [("african", "african"), ("european", "caucasian"), ("east_asian", "asian")],
)
def test_groups_lie_within_the_spread_of_the_reference_study(ethnicity, arm):
    scalp = healthy_scalp(P, [Patient(ethnicity=ethnicity)], None)
    growth = published("Loussouarn2005", f"growth_{arm}")
    assert abs(scalp.growth_rate[0] - growth.mean) < growth.sd
    hairs = scalp.follicle_density[0] * visible_share(P, scalp.anagen[0])
    density = published("Loussouarn2005", f"density_{arm}")
    assert abs(hairs - density.mean) < density.sd
    cycle = scalp.anagen[0] * P["anagen_duration"] + P["catagen_duration"] + P["telogen_duration"]
    telogen = published("Loussouarn2005", f"telogen_{arm}")
    assert abs(100 * P["telogen_duration"] / cycle - telogen.mean) < telogen.sd


def test_density_falls_with_age_by_the_slope_of_the_biopsies():
    at = healthy_scalp(P, [Patient(age=a) for a in (26.5, 36.5, 76.5)], None).follicle_density
    assert at[0] == P["follicle_density"]
    assert (at / at[0] - 1) == pytest.approx([0, -0.022, -0.11])


def test_density_is_highest_at_the_vertex_then_the_occiput_then_the_temple():
    for seed in range(20):
        who = [Patient(site=s) for s in ("vertex", "occipital", "temporal")]
        at = healthy_scalp(draw_parameters(seed), who, None).follicle_density
        assert at[0] >= max(at[1:])
    at = healthy_scalp(P, who, None).follicle_density
    assert at[0] > at[1] > at[2]


def test_every_ethnicity_has_data_or_a_warning():
    for word in (None, *words("ethnicity")):
        assert (unknown_group(Patient(ethnicity=word)) is None) == (word in GROUPS)


def test_correlations_of_traits_are_those_of_the_table_and_keep_the_marginals():
    p = P | {"correlation_density_calibre": -0.4, "correlation_growth_calibre": 0.5}
    z = correlated(p, normals(N))
    limit = 4 / math.sqrt(N)
    for trait, wanted in (("follicle_density", -0.4), ("growth_rate", 0.5), ("anagen", 0.0)):
        assert np.corrcoef(z[trait], z["full_calibre"])[0, 1] == pytest.approx(wanted, abs=limit)
    assert z["full_calibre"].mean() == pytest.approx(0, abs=limit)
    assert z["full_calibre"].std() == pytest.approx(1, abs=limit)


def test_without_correlation_every_score_stays_as_it_was():
    assert P["correlation_density_calibre"] == P["correlation_growth_calibre"] == 0
    z = normals(100)
    assert all(np.array_equal(correlated(P, z)[trait], z[trait]) for trait in TRAITS)


def test_correlations_that_no_joint_law_has_are_refused():
    p = P | {"correlation_density_calibre": 0.8, "correlation_growth_calibre": 0.7}
    with pytest.raises(InputError, match="more than 1"):
        correlated(p, normals(3))


# ---- plausible people --------------------------------------------------------------------------


def test_the_law_of_age_goes_through_the_surveys_it_was_fitted_to():
    for result, age in (("prevalence_18_29", 24), ("prevalence_40_49", 44.5)):
        share = published("Rhodes1998", result).share
        assert 100 * age_law(age, False) == pytest.approx(share, abs=0.5)
    share = published("Maryborough2005", "prevalence_women_80").share
    assert 100 * age_law(84, True) == pytest.approx(share, abs=0.5)


def test_the_law_of_age_is_below_the_survey_over_all_ages():
    # reported in the table's note: an even community of 18-49 has fewer than were printed
    ages = np.linspace(18, 49, 200)
    short = published("Rhodes1998", "prevalence_all").share - 100 * age_law(ages, False).mean()
    assert 0 < short < 10


def test_ages_follow_the_prevalence_within_the_limits():
    who = plausible(Request(age=[18, 49], norwood=["III", "V"], **MEN), N, seed=3)
    ages = np.array([w.age for w in who])
    assert 18 <= ages.min() <= ages.max() <= 49
    grid = np.linspace(18, 49, 2000)
    law = np.cumsum(age_law(grid, np.zeros(2000, dtype=bool)))
    found = stats.kstest(ages, lambda x: np.interp(x, grid, law / law[-1]))
    assert found.statistic < 4 / math.sqrt(N)


def test_course_and_age_belong_together():
    who = plausible(Request(age=[18, 60], norwood=["III", "IV", "VI"], **MEN), N, seed=4)
    age, years = (np.array([getattr(w, n) for w in who]) for n in ("age", "years_since_onset"))
    assert (years <= age - parameter("age_of_first_loss").low).all()
    assert np.corrcoef(age, years)[0, 1] > 0.3 + 4 / math.sqrt(N)


def test_early_grades_have_lost_for_less_long():
    early = plausible(Request(norwood=list(EARLY), **MEN), 1000, seed=1)
    late = plausible(Request(norwood=["V"], **MEN), 1000, seed=1)
    means = [np.mean([w.years_since_onset for w in who]) for who in (early, late)]
    assert means[0] < means[1] - 2


def test_groups_and_sexes_have_the_shares_asked_for():
    ask = Request(diagnosis="healthy", sex="any", ethnicity={"african": 25, "east_asian": 75})
    who = plausible(ask, N, seed=5)
    limit = 4 * 0.5 / math.sqrt(N)
    assert np.mean([w.ethnicity == "african" for w in who]) == pytest.approx(0.25, abs=limit)
    assert np.mean([w.sex == "female" for w in who]) == pytest.approx(0.5, abs=limit)
    indian = plausible(Request(diagnosis="healthy", sex="any", country="IN"), 20)
    assert {w.ethnicity for w in indian} == {"south_asian"}


def test_limits_hold_for_every_diagnosis():
    ask = Request(diagnosis="alopecia_areata", sex="any", salt=[50, 100], episode_weeks=[26, 260])
    who = plausible(ask, 500, seed=6)
    assert all(50 <= w.salt <= 100 and 26 <= w.episode_weeks <= 260 for w in who)
    ask = Request(
        diagnosis="telogen_effluvium", sex="any",
        trigger={"kind": "post_partum", "week": [-20, -8], "severity": [0.2, 0.5]},
    )  # fmt: skip
    who = plausible(ask, 200, seed=6)
    assert {w.sex for w in who} == {"female"}
    assert all(-20 <= w.trigger.week <= -8 and 0.2 <= w.trigger.severity <= 0.5 for w in who)
    ask = Request(
        diagnosis="androgenetic_alopecia", sex="female", postmenopausal=True, ludwig=["I", "II"]
    )
    assert all(w.postmenopausal for w in plausible(ask, 200))


def test_a_diagnosis_keeps_its_course_beside_pattern_loss():
    ask = {"diagnosis": "scarring_alopecia", "sex": "female", "age": [40, 60]}
    alone = plausible(Request(**ask), N, seed=7)
    both = plausible(Request(comorbid=["androgenetic_alopecia"], **ask), N, seed=7)
    own, beside = (np.array([w.years_since_onset for w in who]) for who in (alone, both))
    error = math.sqrt((own.var() + beside.var()) / N)
    assert own.mean() == pytest.approx(beside.mean(), abs=4 * error)
    pattern = np.array([w.years_of_pattern_loss for w in both])
    assert pattern.mean() > beside.mean() + 5
    assert all(w.years_of_pattern_loss is None for w in alone)
    assert all(w.pattern_years == w.years_since_onset
               for w in plausible(Request(norwood=["V"], **MEN), 20))  # fmt: skip


def test_areata_keeps_its_episode_and_salt_beside_pattern_loss():
    ask = Request(
        diagnosis="alopecia_areata", sex="any", comorbid=["androgenetic_alopecia"],
        salt=[50, 100], episode_weeks=[26, 260],
    )  # fmt: skip
    for w in plausible(ask, 200, seed=6):
        assert 50 <= w.salt <= 100
        assert 26 <= w.episode_weeks <= 260
        assert w.years_since_onset == pytest.approx(w.episode_weeks / WEEKS_A_YEAR)
        assert w.years_of_pattern_loss <= w.age - parameter("age_of_first_loss").low


def test_the_youngest_and_new_mothers_can_be():
    # a person who cannot be is refused when he is made: these limits hold some candidates of it
    boys = plausible(Request(age=[5, 16], norwood=["I", "II"], **MEN), 200, seed=2)
    assert min(w.age for w in boys) >= PUBERTY
    ask = Request(
        diagnosis="telogen_effluvium", sex="any", age=[18, 65], trigger={"kind": "post_partum"}
    )
    assert not any(w.postmenopausal for w in plausible(ask, 500, seed=2))


def test_limits_that_nobody_meets_are_refused_in_one_sentence():
    ask = Request(
        diagnosis="androgenetic_alopecia", sex="female", postmenopausal=True, age=[18, 25]
    )
    with pytest.raises(InputError, match="only 0 of 2000 candidates keep within the limits"):
        plausible(ask, 100)


def test_a_seed_names_the_people():
    ask = Request(age=[18, 49], **MEN)
    assert plausible(ask, 50, seed=1) == plausible(ask, 50, seed=1)
    assert plausible(ask, 50, seed=1) != plausible(ask, 50, seed=2)
