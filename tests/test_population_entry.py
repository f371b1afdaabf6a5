"""Streams of entrants: the same first n whatever n is, nobody twice, and the published table.

Stochastic tests: seeds are the arguments, people the replications; limit four standard errors.
"""

import math
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from monte_carlo import LIMIT, standard_error

from anagen.errors import InputError
from anagen.patient import Past
from anagen.population import entry
from anagen.population.entry import entrants, learn_entry
from anagen.population.grading import by_years
from anagen.population.history import chosen_by_history
from anagen.population.made import make_population
from anagen.population.plausible import plausible
from anagen.population.request import Request, read_request
from anagen.regimen import UNTREATED
from anagen.simulate import simulate
from anagen.simulate.model import parameter_set
from anagen.simulate.past import usual, usual_weeks

P = parameter_set(None)
FOLLICLES = 50
MEN = {"diagnosis": "androgenetic_alopecia", "sex": "male"}
FAILED = Past(therapy="minoxidil", route="topical", response="none")
TRIAL = read_request(Path("examples/populations/men_of_a_minoxidil_trial.toml"))
REQUESTS = {
    "plain": Request(age=(18, 49), **MEN),
    "table": TRIAL,
    "women": read_request(Path("examples/populations/women_with_pattern_loss.toml")),
    "areata": read_request(Path("examples/populations/severe_alopecia_areata.toml")),
    "history": Request(history=(FAILED,), norwood=("III vertex", "IV", "V"), age=(20, 60), **MEN),
    "of grades": Request(
        norwood=("II", "IV"), subgroup=({"name": "far", "norwood": ("IV",), "percent": 70},), **MEN
    ),
}


def learnt(request, p=P, people=100, **how):
    return learn_entry(request, p, people=people, **({"follicles": FOLLICLES} | how))


@pytest.fixture(scope="module")
def laws():
    return {name: learnt(request) for name, request in REQUESTS.items()}


@pytest.fixture(scope="module")
def trial():
    return learnt(TRIAL, people=1000, threads=2)


def keys(found):
    return [w.key for w in found.patients]


# ---- a stream ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", REQUESTS)
def test_one_more_entrant_changes_nobody_else(laws, name):
    law = laws[name]
    few, more = (entrants(law, n, 11, columns=True) for n in (12, 13))
    assert more.patients[:12] == few.patients
    assert all(np.array_equal(more.columns[c][:12], x, equal_nan=True)
               for c, x in few.columns.items())  # fmt: skip
    assert (np.diff(keys(more)) > 0).all()
    assert few.patients == more.of(np.arange(12)).patients


@pytest.mark.parametrize("name", ["table", "women", "history"])
def test_how_many_candidates_are_looked_at_together_does_not_matter(laws, name):
    law = laws[name]
    slow = replace(law, rate=1.0)  # too few are drawn at first: several rounds
    fast = replace(law, rate=law.rate / 3)
    assert entrants(slow, 15, 3).patients == entrants(fast, 15, 3, threads=2).patients


def test_other_seeds_give_other_people_and_a_law_can_be_sent_away(laws):
    law = laws["table"]
    one, other = (entrants(law, 20, seed) for seed in (1, 2))
    assert not {w.age for w in one.patients} & {w.age for w in other.patients}
    assert entrants(pickle.loads(pickle.dumps(law)), 20, 1).patients == one.patients


@pytest.mark.parametrize("name", ["table", "areata", "history"])
def test_day_0_reads_the_baselines_with_which_they_entered(laws, name):
    found = entrants(laws[name], 8, 5, columns=True)
    run = {"people": "drawn", "seed": 5, "follicles": FOLLICLES, "batches": 1, "parameters": P}
    today = simulate(found.patients, [UNTREATED], weeks=1, visits_weeks=[0], **run)
    later = simulate(found.patients, [UNTREATED], weeks=24, **run)
    for column in set(today.read) & set(found.columns):
        assert np.array_equal(today.read[column][:, 0, 0], found.columns[column], equal_nan=True)
        # sums over bins are added up in another order where there are several visits
        assert later.read[column][:, 0, 0] == pytest.approx(
            found.columns[column], rel=1e-14, nan_ok=True
        )


def test_without_table_grades_and_history_they_are_the_plausible_people(laws, monkeypatch):
    for grown in ("columns_of", "pattern_lost", "chances"):
        monkeypatch.setattr(entry, grown, None)  # nothing of it may be asked for
    assert list(entrants(laws["plain"], 40, 9).patients) == plausible(REQUESTS["plain"], 40, 9)


def test_a_table_of_what_is_stated_grows_nobody_and_takes_every_rare_candidate(monkeypatch):
    """Women 80 % where they are about half: every woman enters, of men as many as leave 20 %."""
    group = {"name": "women", "sex": "female", "percent": 80}
    request = Request(diagnosis="androgenetic_alopecia", sex="any", subgroup=(group,))
    law = learnt(request, people=1000)
    monkeypatch.setattr(entry, "columns_of", None)
    found = entrants(law, 1000, 4).patients
    candidates = plausible(request, found[-1].key + 1, 4)
    assert [w for w in candidates if w.sex == "female"] == [w for w in found if w.sex == "female"]
    share = np.mean([w.sex == "female" for w in found])
    assert share == pytest.approx(0.8, abs=LIMIT * 0.4 * math.sqrt(1 / 1000 + 1 / law.ess))


# ---- the table ---------------------------------------------------------------------------------


def test_entrants_have_the_table(trial):
    """2000 entrants, seed 8; error of their number and of the pool's effective number together."""
    n, found = 2000, entrants(trial, 2000, 8, threads=2, columns=True)
    assert trial.reached
    assert len(set(keys(found))) == n
    both = math.sqrt(1 + n / trial.ess)
    for name, column in TRIAL.baseline.items():
        x = found.columns[name]
        assert x.mean() == pytest.approx(column.mean, abs=LIMIT * both * standard_error(x))
        square = (x - x.mean()) ** 2
        limit = LIMIT * both * standard_error(square)
        assert square.mean() == pytest.approx(column.sd**2, abs=limit)
    young = np.mean(found.columns["age"] <= 30)
    assert young == pytest.approx(0.25, abs=LIMIT * both * math.sqrt(0.25 * 0.75 / n))
    share = trial.rate * (1 - trial.rate)
    looked = found.patients[-1].key + 1
    expected = math.sqrt(share * (1 / looked + 1 / trial.people))
    assert n / looked == pytest.approx(trial.rate, abs=LIMIT * expected)


def test_the_law_says_what_the_pool_says(trial):
    made = make_population(TRIAL, 1000, follicles=FOLLICLES, threads=2)
    weights = np.prod([np.exp(t.exponent(made.patients, made.columns))
                       for t in (trial.stated, trial.read)], axis=0)  # fmt: skip
    assert weights / weights.sum() == pytest.approx(made.weights, rel=1e-9)
    assert trial.table == made.table
    assert (trial.sentence, trial.warnings, trial.ess) == (made.sentence, made.warnings, made.ess)


def test_a_table_out_of_reach_says_so_and_the_nearest_enter():
    request = Request(baseline={"total_hair_density": {"mean": 480, "sd": 5}}, **MEN)
    law = learnt(request, people=200)
    assert not law.reached
    assert "not reachable" in law.sentence
    (line,) = (line for line in law.table if line.statistic == "mean")
    assert line.pool < line.virtual < 480
    x = entrants(law, 200, 2, columns=True).columns["total_hair_density"]
    both = math.sqrt(1 + 200 / law.ess)
    assert x.mean() == pytest.approx(line.virtual, abs=LIMIT * both * standard_error(x))
    assert x.mean() > line.pool + LIMIT * standard_error(x)


def test_too_few_who_enter_is_refused(trial):
    far = replace(trial, stated=replace(trial.stated, largest=trial.stated.largest + 30))
    with pytest.raises(InputError, match="only 0 of 400 candidates enter the trial, 2 are needed"):
        entrants(far, 2, 1)


@pytest.mark.parametrize(("n", "seed", "match"), [(0, 1, "1 or more"), (5, 2**32, "0 to 2")])
def test_numbers_out_of_range_are_refused(trial, n, seed, match):
    with pytest.raises(InputError, match=match):
        entrants(trial, n, seed)


# ---- grades and history ------------------------------------------------------------------------


def test_grades_are_even_and_rise_with_loss_and_years():
    """900 men of five grades; I, II and III are one degree at the vertex, told apart by years."""
    asked = ("I", "II", "III", "III vertex", "IV")
    law = learnt(Request(norwood=asked, age=(18, 60), **MEN), people=600, threads=2)
    n, found = 900, entrants(law, 900, 6, threads=2, columns=True)
    grades = np.array([w.norwood for w in found.patients])
    limit = LIMIT * math.sqrt(0.2 * 0.8 * (1 / n + 1 / law.people))
    assert [np.mean(grades == g) for g in asked] == pytest.approx([0.2] * 5, abs=limit)
    hair = [found.columns["nonvellus_hair_density"][grades == g] for g in ("II", "IV")]
    error = math.hypot(*(standard_error(x) for x in hair))
    assert hair[0].mean() - hair[1].mean() > LIMIT * error
    some = np.isin(grades, asked[:3])
    years = np.array([w.years_since_onset for w in found.patients])[some]
    steps = np.array([asked.index(g) for g in grades[some]])
    assert np.corrcoef(steps, years)[0, 1] > 0.1 + LIMIT / math.sqrt(some.sum())


def test_a_rank_among_many_others_is_a_rank_among_each_other():
    rng = np.random.default_rng(3)
    years, u = rng.exponential(8, 2000), rng.random(2000)
    own, among = by_years(3, years, u), by_years(3, years, u, others=np.sort(years))
    assert np.mean(own != among) < 0.002  # but for ranks at an edge
    assert by_years(3, years[:1], u[:1], others=np.zeros(0)) in (0, 1, 2)


def test_both_sexes_enter_by_their_own_scales():
    request = Request(diagnosis="androgenetic_alopecia", sex="any", norwood=("III", "IV"),
                      site="frontal", age=(18, 65))  # fmt: skip
    law = learnt(request, people=400)
    found = entrants(law, 400, 3).patients
    women = [w for w in found if w.sex == "female"]
    limit = LIMIT * 0.5 * math.sqrt(1 / 400 + 1 / law.people)
    assert len(women) / 400 == pytest.approx(0.5, abs=limit)
    assert all(w.grade is None for w in women)
    assert {w.norwood for w in found if w.sex == "male"} == {"III", "IV"}


def gains(people, seed):
    """Change of density [hairs/cm2] on the lotion, as it was judged."""
    week = usual_weeks()
    run = simulate(people, [UNTREATED, usual("minoxidil", "topical")], weeks=week,
                   visits_weeks=[week], parameters=P, people="drawn", follicles=240, batches=1,
                   instrument=None, seed=seed)  # fmt: skip
    shown = run.true["total_hair_density"][:, 1]
    return shown[:, -1] - shown[:, 0]


def test_a_history_moves_entrants_as_it_moves_a_pool():
    """100 entrants by each response, seed 5, beside 100 of 400 chosen of a pool: 4 SE."""
    found = {}
    for response in ("none", "partial"):
        request = Request(history=(FAILED.model_copy(update={"response": response}),),
                          age=(25, 55), **MEN)  # fmt: skip
        law = learnt(request, people=150, follicles=240)
        pool = chosen_by_history(request, plausible(request, 400, 5), 100, P, threads=1, seed=5,
                                 hypothesis="gradual", follicles=240)  # fmt: skip
        found[response] = gains(entrants(law, 100, 5).patients, 5), gains(pool.people, 5)
    for ours, theirs in found.values():
        error = math.hypot(standard_error(ours), standard_error(theirs))
        assert abs(ours.mean() - theirs.mean()) < LIMIT * error
    failed, helped = (found[response][0] for response in ("none", "partial"))
    error = math.hypot(standard_error(failed), standard_error(helped))
    assert helped.mean() - failed.mean() > LIMIT * error


def test_a_history_that_says_nothing_parts_nobody():
    request = Request(history=(FAILED.model_copy(update={"response": "unknown"}),), **MEN)
    law = learnt(request)
    assert list(entrants(law, 20, 3).patients) == plausible(request, 20, 3)
    assert "history: minoxidil (unknown) is not simulated, and chooses nobody" in law.warnings
