"""People of a trial of failures are people whom the therapy failed when simulated."""

from __future__ import annotations

import math

import numpy as np
import pytest

from anagen.patient import Past
from anagen.population.history import chosen_by_history
from anagen.population.made import make_population
from anagen.population.plausible import plausible
from anagen.population.request import Request
from anagen.population.sources import rows_read
from anagen.regimen import UNTREATED
from anagen.simulate import simulate
from anagen.simulate.model import parameter_set
from anagen.simulate.past import usual, usual_weeks

P = parameter_set(None)
MEN = {"diagnosis": "androgenetic_alopecia", "sex": "male", "age": (25, 55)}
N, POOL, SEED = 200, 1200, 5
HOW = {"hypothesis": "gradual", "follicles": 240, "seed": SEED, "threads": 1}


def asked(response):
    past = Past(therapy="minoxidil", route="topical", response=response)
    return Request(history=(past,), **MEN)


def gains(people):
    """Change of density [hairs/cm2] on the lotion, as it was judged."""
    week = usual_weeks()
    run = simulate(
        people, [UNTREATED, usual("minoxidil", "topical")], weeks=week, visits_weeks=[week],
        parameters=P, people="drawn", follicles=240, batches=1, instrument=None, seed=SEED,
    )  # fmt: skip
    shown = run.true["total_hair_density"][:, 1]
    return shown[:, -1] - shown[:, 0]


def test_those_whom_a_therapy_failed_gain_less_from_it():
    """200 of 1200 men chosen by each response, 240 follicles, one seed: means apart by 4 SE."""
    pool = plausible(asked("none"), POOL, SEED)
    found = {}
    for response in ("none", "partial"):
        chosen = chosen_by_history(asked(response), pool, N, P, **HOW)
        assert len({w.key for w in chosen.people}) == N
        found[response] = gains(chosen.people)
    failed, helped = found["none"], found["partial"]
    error = math.sqrt((failed.var(ddof=1) + helped.var(ddof=1)) / N)
    assert helped.mean() - failed.mean() > 4 * error


def test_a_response_that_is_not_known_chooses_nobody_and_says_so():
    pool = plausible(asked("unknown"), 60, SEED)
    chosen = chosen_by_history(asked("unknown"), pool, 50, P, **HOW)
    assert chosen.people == pool[:50]
    assert chosen.warnings == ("history: minoxidil (unknown) is not simulated, and chooses nobody",)


def test_too_few_who_responded_so_are_told():
    chosen = chosen_by_history(asked("good"), plausible(asked("good"), 60, SEED), 55, P, **HOW)
    assert len(chosen.people) == 55
    assert any("respond as asked for; the nearest make up 55" in said for said in chosen.warnings)


@pytest.mark.parametrize("norwood", [(), ("III vertex", "IV")])
def test_a_population_has_its_history_and_its_grades(norwood):
    made = make_population(
        asked("none").model_copy(update={"norwood": norwood}), 60, seed=SEED, follicles=100
    )
    assert len(made.patients) == 60
    assert not any("not yet chosen" in said for said in made.warnings)
    assert all(w.norwood in norwood for w in made.patients) or not norwood
    assert np.isclose(made.weights.sum(), 1)


def test_what_earlier_therapies_rest_on_is_cited():
    plain, tried = (
        rows_read(make_population(request, 60, seed=SEED, follicles=50))
        for request in (Request(**MEN), asked("none"))
    )
    more = tried - plain
    assert {"minoxidil_potency", "minoxidil_skin_half_life"} & more
    assert not any("vesicle" in name for name in more)


def test_few_within_narrow_limits_are_not_taken_twice():
    narrow = asked("none").model_copy(
        update={"age": (20, 60), "norwood": ("III vertex", "IV"), "years_since_onset": (18, 20)}
    )
    made = make_population(narrow, 60, seed=SEED, follicles=50)
    assert len({w.key for w in made.patients}) == 60
