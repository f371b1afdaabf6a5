"""What a diagnosis lays on the follicles: cut at today, shared, joined, and as therapies leave it.

Luck is shared, so most statements hold to the bit; where people are the replications the limit is
four standard errors.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from anagen.conditions.burden import Burden, Exit
from anagen.conditions.diagnoses import burden_of
from anagen.errors import InputError
from anagen.follicle.events import run_events
from anagen.follicle.portrait import portrait
from anagen.follicle.scalps import Scalps
from anagen.patient import Labs, Patient, Trigger
from anagen.priors import central_parameters
from anagen.regimen import FINASTERIDE, UNTREATED, Course, Needling, Regimen, Session
from anagen.simulate import follicle_law, simulate
from anagen.simulate.drive_tables import course, tables
from anagen.simulate.exposure import expose
from anagen.simulate.laid import Laid, burdens_of, treated, window
from anagen.simulate.model import follicle_scalps, people_scalps
from anagen.simulate.options import distinct, history_of, joined, options_of

P = central_parameters()
LAW = follicle_law(P)
DAYS = 400
LIMIT = 4  # standard errors
WOMAN = {"sex": "female", "years_since_onset": 10.0, "age": 45.0}
ILL = [
    Patient(id=1, diagnosis="alopecia_areata", salt=55.0, episode_weeks=90.0),
    Patient(id=2, age=40, years_since_onset=8.0, comorbid=("seborrhoeic_dermatitis",)),
    Patient(id=3, age=66, diagnosis="ageing"),
    Patient(id=4, diagnosis="telogen_effluvium", years_since_onset=2.0, subtypes=("chronic",),
            trigger=Trigger(kind="fever", week=-10, severity=1.0)),
    Patient(id=5, diagnosis="scarring_alopecia", years_since_onset=3.0),
    Patient(id=6, years_since_onset=6.0, labs=Labs(ferritin_ug_l=9.0)),
    Patient(id=7, diagnosis="healthy", trigger=Trigger(kind="drug", week=3, severity=1.0)),
]  # fmt: skip
RNG = np.random.default_rng(20261123)
KETOCONAZOLE = Regimen(name="shampoo", courses=(
    Course(therapy="ketoconazole", route="topical", strength_percent=2, per_day=0.3),
))  # fmt: skip
CORRECTION = Regimen(name="iron", courses=(Course(therapy="nutrient_correction", route="oral"),))


def at_least(x, other=0.0):
    """Whether the mean of ``x`` lies above ``other`` by the limit of its standard errors."""
    return x.mean() - other > LIMIT * x.std(ddof=1) / math.sqrt(len(x)) > 0


# ---- the cut at today --------------------------------------------------------------------------


@pytest.mark.parametrize("who", ILL, ids=lambda w: w.diagnosis)
@pytest.mark.parametrize("first", [-3000, -200, -1, 0, 30])
def test_two_windows_are_the_one_that_holds_both(who, first):
    b = burden_of(P, who, DAYS, np.random.default_rng(who.key))
    one, middle, last = window(b, P, first, 100, 6.5), first + 100, DAYS - first - 100
    other = window(b, P, middle, last, 6.5)
    both = window(b, P, first, 100 + last, 6.5)
    for name in b.loads:
        np.testing.assert_array_equal(np.append(one.loads[name], other.loads[name]),
                                      both.loads[name])  # fmt: skip
    for name in ("hazard", "season", "attack"):
        a, c, all_of_it = (getattr(x, name) for x in (one, other, both))
        if all_of_it is not None:
            np.testing.assert_array_equal(np.concatenate([a, c], axis=-1), all_of_it)
            assert all_of_it.shape[-1] == 100 + last
    if both.attack is not None:
        np.testing.assert_array_equal(other.before, one.attack[:, -1])
    late = tuple(replace(e, day=e.day + 100) for e in other.exits)
    assert one.exits + late == both.exits


CERTAIN = P | {"attack_exit_share": 1.0, "attack_immediate_share": 0.0,
               "effluvium_share_factor_fever": 100.0, "effluvium_immediate_share_fever": 0.0,
               "effluvium_share_factor_drug": 100.0,
               "effluvium_immediate_share_drug": 0.0}  # fmt: skip
"""Triggers that throw out every follicle in anagen: an exit's luck is named by its day."""
BEFORE, AFTER = 3500, 200


def lived(who):
    """The same person from history and option, and from one long option: two counts."""
    b = burden_of(CERTAIN, who, AFTER, None)
    scalp = people_scalps([who], P, drawn=False, seed=0)
    whole = follicle_scalps([who], P, scalp, 500, drawn=False, seed=0, history=BEFORE)
    assert np.asarray(whole.history).tolist() == [BEFORE]
    positions = 1 if b.place is None else len(b.place)

    def stretch(first, length):
        laid = window(b, CERTAIN, first, length, None)
        return course(tables({}, CERTAIN, length, laid), length, positions, laid=laid, p=CERTAIN)

    past = history_of([b], CERTAIN, BEFORE, None)
    visits = [0, 1, AFTER // 2, AFTER]
    parts = run_events(LAW, whole, [stretch(0, AFTER)], history=past, visits=visits, seed=1)
    fresh = replace(whole, history=0, onset=np.asarray(whole.onset) + BEFORE)
    visits = [BEFORE + v for v in visits]
    long = run_events(LAW, fresh, [stretch(-BEFORE, BEFORE + AFTER)], visits=visits, seed=1)
    return parts, long


@pytest.mark.parametrize("who", ILL, ids=lambda w: f"{w.key} {w.diagnosis}")
def test_a_life_cut_at_today_is_that_life(who):
    """500 follicles on all days after today: cutting a clock may move an event by a tick."""
    parts, long = lived(who)
    apart = parts.counts[..., 1:] != long.counts[..., BEFORE + 1 :]
    assert apart.mean() < 1e-2
    assert np.abs(parts.counts[..., 1:] - long.counts[..., BEFORE + 1 :]).max() <= 1
    assert parts.daily("shed")[..., 1:].sum() > 0


RECENT = Patient(id=8, diagnosis="telogen_effluvium", subtypes=("chronic",), years_since_onset=0.1)
"""Calibre still falls today."""


@pytest.mark.parametrize("who", [*ILL, RECENT], ids=lambda w: f"{w.key} {w.diagnosis}")
def test_calibre_goes_on_across_today(who):
    parts, long = lived(who)
    mean = [x.at_visit("calibre") / x.at_visit("visible") for x in (parts, long)]
    np.testing.assert_allclose(*mean, rtol=1e-3)


# ---- sharing and joining -----------------------------------------------------------------------


def test_people_with_one_burden_share_its_tables():
    rest, one = Burden(), Burden(loads={"stress": np.ones(60)})
    other = Burden(loads={"stress": np.full(60, 2.0)})
    own, which = distinct([rest, one, rest, other, one])
    assert [id(b) for b in own] == [id(rest), id(one), id(other)]
    assert which.tolist() == [0, 1, 0, 2, 1]
    who = [Patient(id=i, diagnosis="healthy") for i in range(5)]
    (made,) = options_of([UNTREATED], who, P, 60, hypothesis="gradual", drawn=False, seed=0,
                         burdens=[rest, one, rest, other, one])  # fmt: skip
    assert made.course.rows == 2
    assert np.asarray(made.course.row)[:, 0].tolist() == [-1, 0, -1, 1, 0]


def test_the_healthy_and_pattern_loss_share_one_burden_and_the_ill_have_their_own():
    names = ("healthy", "androgenetic_alopecia", "scalp_inflammation", "healthy")
    who = [Patient(id=i, diagnosis=name) for i, name in enumerate(names)]
    found = burdens_of(who, P, 50, drawn=True, seed=1)
    assert found[0] is found[1] is found[3]
    assert found[2] is not found[0]


def test_all_at_rest_need_no_tables():
    assert history_of([Burden(), Burden()], P, 900, None) is None
    nothing = joined([course({}, 30, 4), course({}, 30, 4)], np.array([0, 1, 1]))
    assert nothing.rows == 0


@pytest.mark.parametrize("burden", [
    Burden(), Burden(history=300, loads={n: np.zeros(500) for n in ("stress", "inflammation")}),
    Burden(history=300, hazard=np.zeros(500)),
    Burden(history=300, exits=(Exit(-5, 0.0), Exit(20, 0.0, 0.5))),
    Burden(history=300, attack=np.full((2, 500), 0.99), place=np.zeros(4, dtype=int)),
])  # fmt: skip
def test_a_burden_that_is_nothing_leaves_every_follicle(burden):
    scalps = Scalps(follicles=300, patient=[3], history=300)
    free = run_events(LAW, scalps, [course({}, 200, 4)], visits=[0, 200], seed=2)
    laid = [window(burden, P, -300, 300, None), window(burden, P, 0, 200, None)]
    before, after = (course(tables({}, P, x.days, x), x.days, 4, laid=x, p=P) for x in laid)
    found = run_events(LAW, scalps, [after], history=before, visits=[0, 200], seed=2)
    for name in ("counts", "sums", "visits", "histogram"):
        np.testing.assert_array_equal(getattr(found, name), getattr(free, name))


WEEKS = (0.0, 4.0)
OPTIONS = [
    UNTREATED,
    FINASTERIDE,
    KETOCONAZOLE,
    CORRECTION,
    Regimen(name="baricitinib", courses=(Course(therapy="baricitinib", mg_per_day=4),)),
    Regimen(name="points", courses=(Course(
        therapy="exosome", route="injection", particles=1e12, area_cm2=100,
        volume_ml_per_point=0.05, weeks=WEEKS,
    ),), sessions=(Session(weeks=(8.0,), needling=Needling(needle_mm=1.5)),)),
]  # fmt: skip


@pytest.mark.parametrize("patchy", [False, True])
@pytest.mark.parametrize("month", [None, 3.5])
def test_people_together_are_what_they_are_alone(month, patchy):
    """Mixed diagnoses, women, exits: to the bit, in any order and on any threads."""
    areata = [w for w in ILL if "alopecia_areata" in w.diagnoses]
    who = [*areata, *(w.model_copy(update={"id": 60 + i}) for i, w in enumerate(areata))]
    who = who if patchy else [
        *(w for w in ILL if w not in areata), Patient(id=12, **WOMAN),
        Patient(id=9, postmenopausal=True, **WOMAN),
        Patient(id=10, diagnosis="healthy"), Patient(id=11, years_since_onset=12.0), RECENT,
    ]  # fmt: skip
    common = {"weeks": 12, "visits_weeks": [6, 12], "follicles": 100, "batches": 1, "seed": 4,
              "people": "drawn", "positions": 100, "month": month,
              "parameters": {"vesicle_potency": 30.0, "vesicle_null_rank": 1.0}}  # fmt: skip
    together = simulate(who, OPTIONS, **common)
    order = RNG.permutation(len(who))
    shuffled = simulate([who[i] for i in order], OPTIONS, threads=2, **common)
    alone = [simulate(w, OPTIONS, **common) for w in who]
    for name, x in together.true.items():
        np.testing.assert_array_equal(x[order], shuffled.true[name], err_msg=name)
        for i, one in enumerate(alone):
            if name in one.true:
                np.testing.assert_array_equal(x[i], one.true[name][0], err_msg=name)
    np.testing.assert_array_equal(
        together.counts[0].counts, np.concatenate([a.counts[0].counts for a in alone])
    )


def test_people_with_patches_are_grown_apart():
    """Their places are those of the whole scalp, a hundred: others would be grown differently."""
    with pytest.raises(InputError, match="apart from other diagnoses; simulate these people in a"):
        simulate([Patient(id=1), Patient(id=2, diagnosis="alopecia_areata", salt=20)], [UNTREATED])


# ---- what therapies leave ----------------------------------------------------------------------


def test_a_load_that_is_left_out_is_no_load_in_the_tables():
    laid = Laid(days=50, loads={"nutrition": np.ones(50), "stress": np.full(50, 0.7)})
    without = treated(laid, {"nutrition": np.zeros(50)})
    alone = Laid(days=50, loads={"stress": np.full(50, 0.7)})
    found, expected = tables({}, P, 50, without), tables({}, P, 50, alone)
    for name in found:
        np.testing.assert_array_equal(found[name], expected.get(name, 1.0), err_msg=name)


def test_a_gap_that_is_filled_at_once_tends_to_the_person_without_it():
    """40 people, ten years: the gain of the correction is the whole loss, within its error."""
    gap = [Patient(id=i, diagnosis="nutrition_gap", years_since_onset=6) for i in range(40)]
    well = [Patient(id=i, diagnosis="healthy") for i in range(40)]
    common = {"weeks": 520, "visits_weeks": [0, 520], "follicles": 250, "batches": 1,
              "parameters": {"nutrition_load_unstated": 1.0, "theta_anagen_nutrition": 1.0,
                             "deficiency_correction_time": 1e-9}}  # fmt: skip
    ill = simulate(gap, [UNTREATED, CORRECTION], **common).true["total_hair_density"]
    fit = simulate(well, [UNTREATED], **common).true["total_hair_density"]
    assert at_least(fit[:, 0, 0] - ill[:, 0, 0])
    assert at_least(fit[:, 0, 1] - ill[:, 0, 1])
    left = fit[:, 0, 1] - ill[:, 1, 1]
    assert abs(left.mean()) < LIMIT * left.std(ddof=1) / math.sqrt(40)


def test_the_shampoo_calms_seborrhoeic_dermatitis_and_leaves_psoriasis_to_the_bit():
    kinds = [("psoriasis",), ("seborrhoeic_dermatitis",), ("seborrhoeic_dermatitis", "psoriasis")]
    who = [Patient(id=100 * k + i, diagnosis="scalp_inflammation", subtypes=subtypes)
           for k, subtypes in enumerate(kinds) for i in range(20)]  # fmt: skip
    found = simulate(who, [UNTREATED, KETOCONAZOLE], weeks=52, follicles=250, batches=1)
    gain = found.gain("anagen_hair_density", "shampoo", "untreated").reshape(3, 20, -1)
    assert (gain[0] == 0).all()
    year = gain[..., -1]
    assert at_least(year[1])
    assert at_least(year[2])
    (counts,) = found.counts
    np.testing.assert_array_equal(counts.counts[:20, 0], counts.counts[:20, 1])
    # where both are, half of the inflammation is within reach
    (option,) = options_of([KETOCONAZOLE], [who[i] for i in (0, 20, 40)], P, 90,
                           hypothesis="gradual", drawn=False, seed=0,
                           burdens=[Burden(loads={"inflammation": np.ones(90)})] * 3)  # fmt: skip
    log = -np.log(
        np.asarray(option.course.clock)[:, -1, 0] / math.exp(P["theta_anagen_inflammation"])
    )
    assert log[0] == 0
    assert log[2] == pytest.approx(log[1] / 2)


STRENGTHS = np.array([0.0, 1.2, 2.0, 3.0, 8.0])
INHIBITION = 0.5


def patchy(left):
    """A scalp of five kinds of place, attacked for four years up to and after today."""
    attack = np.repeat(STRENGTHS[:, None], 1400 + 700, axis=1)
    b = Burden(history=1400, attack=attack, place=np.arange(5))
    laid = treated(window(b, P, 0, 700, None), {"attack": np.full(700, left)})
    return b, laid


AT_ONCE = P | {"areata_response_time": 1e-9}
"""An attack that follows its therapy without a delay."""


@pytest.mark.parametrize("strength", [1.2, 1.6, 2.0])
def test_an_attack_follows_what_a_drug_leaves_of_it_and_comes_back(strength):
    r"""Free from $-T\ln(1 - (1 - 1/A)/I)$ on, and held again $T\ln(I/(1 - 1/A))$ after the last."""
    inhibition, last, days, delay = 0.7, 400, 900, P["areata_response_time"]
    spared = np.where(np.arange(days) < last, 1 - inhibition, 1.0)
    laid = Laid(days=days, attack=np.full((1, days), strength), before=np.ones(1),
                place=np.zeros(1, int), spared=spared)  # fmt: skip
    free = np.flatnonzero(tables({}, P, days, laid)["attack"][0, 0] == 0)
    excess, lowest = 1 - 1 / strength, inhibition * (1 - math.exp(-last / delay))
    assert free[0] == math.ceil(-delay * math.log(1 - excess / inhibition)) - 1
    assert free[-1] == last + math.ceil(delay * math.log(lowest / excess)) - 2
    assert np.all(np.diff(free) == 1)


def test_an_inhibitor_frees_exactly_the_patches_that_it_outweighs():
    b, laid = patchy(1 - INHIBITION)
    held = 1 - tables({}, AT_ONCE, 700, laid)["clock"][0, :, :, 3]
    free = STRENGTHS < 1 / (1 - INHIBITION)
    assert free.tolist() == [True, True, False, False, False]
    np.testing.assert_array_equal(held, np.repeat(~free[:, None], 700, axis=1).astype(float))
    scalps = Scalps(follicles=250, patient=[1], history=1400)
    option = course(tables({}, AT_ONCE, 700, laid), 700, 5, laid=laid, p=P)
    seen = portrait(LAW, scalps, [option], [0, 700], history=history_of([b], P, 1400, None), seed=5)
    place = np.arange(250) % 5
    hair = np.array([[seen.visible[0, v][place == k].mean() for k in range(5)] for v in (0, 1)])
    assert (hair[0, 1:] == 0).all()  # all four patches are bare today
    assert (hair[1, 2:] == 0).all()
    assert hair[1, 1] > 0.7
    # the phase of those held: none grows
    assert (seen.phase[0, 1][place >= 2] == 3).all()


@pytest.mark.parametrize(("calming", "expected"), [(0.4, 1.0), (0.5, 1.0), (0.6, 0.0), (-1, 1.0)])
def test_calming_acts_on_an_attack(calming, expected):
    laid = Laid(days=20, attack=np.full((1, 20), 2.0), before=np.ones(1), place=np.zeros(1, int))
    found = tables({"calming": np.full((3, 1, 20), calming)}, AT_ONCE, 20, laid)
    assert (found["attack"] == expected).all()
    assert (found["clock"][..., 3] == 1 - expected).all()


def test_an_attack_that_begins_throws_follicles_out_and_one_that_goes_on_does_not():
    attack = np.concatenate([np.zeros((2, 40)), [[2.0] * 60, [0.5] * 60]], axis=1)
    b = Burden(history=50, attack=attack, place=np.array([0, 1]))
    for first, days in ((-50, [[40], []]), (-10, [[0], []]), (-5, [[], []])):
        laid = window(b, P, first, 50, None)
        found = course(tables({}, P, 50, laid), 50, 2, laid=laid, p=P).exits
        assert [[e.day for e in found.get(k, ())] for k in range(2)] == days
        for e in found.get(0, ()):
            assert (e.share, e.immediate) == (P["attack_exit_share"], P["attack_immediate_share"])


def test_two_courses_of_a_correction_are_one_that_pauses():
    both = (Course(therapy="nutrient_correction", route="oral", stop_week=20),
            Course(therapy="nutrient_correction", route="oral", start_week=40))  # fmt: skip
    one, two = (expose(Regimen(name="iron", courses=c), P, 400).left["nutrition"]
                for c in (both[:1], both))  # fmt: skip
    np.testing.assert_array_equal(one[:280], two[:280])
    assert two[-1] < 0.5 * one[-1]


# ---- women: what follows no DHT ----------------------------------------------------------------


def test_less_is_gained_by_finasteride_where_more_follows_no_dht():
    """30 women: the share that DHT does not move, from none of it to all."""
    women = [Patient(id=i, **WOMAN) for i in range(30)]
    gains = []
    for share in (0.0, 0.4, 0.8, 1.0):
        found = simulate(
            women, [UNTREATED, FINASTERIDE], weeks=104, visits_weeks=[104], follicles=250,
            batches=1, parameters={"androgen_independent_share_female": share},
        )  # fmt: skip
        gains.append(found.gain("total_hair_density", FINASTERIDE.name, "untreated")[:, -1])
    for more, less in pairwise(gains):
        assert at_least(more - less)
    (counts,) = found.counts
    np.testing.assert_array_equal(counts.counts[:, 0], counts.counts[:, 1])
    for x in found.true.values():
        np.testing.assert_array_equal(x[:, 0], x[:, 1])
