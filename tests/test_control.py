"""Control responses: what is tied to the published totals, what is real of it, and to whom.

Stochastic tests: the reference cohort is simulated again with its own luck, so that what is
stated holds but for the interpolation between potencies.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anagen.measurement import control_response
from anagen.measurement.instruments import instrument
from anagen.patient import Patient
from anagen.priors import central_parameters, draw_parameters
from anagen.regimen import PLACEBO, UNTREATED, Course, Needling, Regimen, Session
from anagen.simulate import simulate
from anagen.simulate.control import CONTROLS, artefacts, control, treated
from anagen.simulate.reference import (
    KINDS,
    SEED,
    SESSIONS,
    _names,
    _shipped,
    reference,
    reference_key,
    reference_men,
    reference_row,
)

P = central_parameters()
MEN = [Patient(id=i, years_since_onset=10) for i in range(5)]
EXACT = replace(instrument("phototrichogram_corrected"), reading_error=0.0, calibre_limit=0.0)
WEEKS = {kind: tuple(day / 7 for day in days) for kind, days in SESSIONS.items()}


def salined(weeks=WEEKS["saline_injection"], **more):
    return Course(
        therapy="vehicle", route="injection", volume_ml_per_point=0.05, spacing_mm=10, weeks=weeks,
        **more,
    )  # fmt: skip


def needles(weeks=WEEKS["microneedling"]):
    return Session(weeks=weeks, needling=Needling(needle_mm=P["needle_length_hair_trials"]))


LOTION = Regimen(name="lotion", courses=(Course(therapy="vehicle", route="topical"),))
SALINE = Regimen(name="saline", courses=(salined(),))
NEEDLED = Regimen(name="needled", sessions=(needles(),))
ARMS = {"topical_vehicle": LOTION, "saline_injection": SALINE, "microneedling": NEEDLED}
READ = {kind: round(control_response.control(kind).read) for kind in KINDS}


# ---- what ships --------------------------------------------------------------------------------


def test_the_shipped_cohort_is_the_one_simulated_from_its_key_alone():
    """The central row anew, from the parameters that its key names and no others."""
    shipped = _shipped().get(reference_key(P, "gradual"))
    stale = "run `python validation/reference_cohort.py`: the shipped cohort is another one"
    assert shipped is not None, stale
    made = reference_row({name: P[name] for name in _names()}, "gradual")
    found = {
        f"{part}_{kind}": getattr(shipped, part)[kind].hex()
        for part in ("progression", "potency", "gain")
        for kind in KINDS
    }
    assert made == {"key": reference_key(P, "gradual")} | found, stale


def test_the_key_tells_apart_what_matters_and_nothing_else():
    key = reference_key(P, "gradual")
    assert key == reference_key(P | {"vesicle_potency": 3.0}, "gradual")
    others = [reference_key(P, "abrupt"), reference_key(P | {"wound_rise_time": 6.0}, "gradual")]
    others.append(reference_key(P | {"theta_telogen_wound": np.nextafter(1.2, 2)}, "gradual"))
    assert len({key, *others}) == 4


# ---- tied to the published totals --------------------------------------------------------------


@pytest.mark.parametrize("p", [P, draw_parameters(0)], ids=["central", "draw 0"])
def test_progression_wound_and_artefact_add_up_to_the_total(p):
    known = reference(p, "gradual")
    for kind, arm in ARMS.items():
        (extra,) = artefacts([arm], [0, READ[kind]], p, "gradual")
        assert extra[0] == 0
        assert known.progression[kind] + known.gain[kind] + extra[1] == pytest.approx(
            control(kind, p).total
        )
    share = p["wound_share_of_needle_change"]
    for kind in SESSIONS:
        wanted = share * (control(kind, p).total - known.progression[kind])
        assert 0 <= known.gain[kind] <= max(wanted, 0) * (1 + 1e-9)


def test_the_cohort_read_through_a_run_shows_the_totals():
    """By the whole path: regimen, wound, follicles, reading.

    Progression comes back as it was; the wound's gain is interpolated between potencies, which
    may miss by half a hair/cm2.
    """
    men, known = reference_men(P), reference(P, "gradual")
    found = simulate(
        men, [UNTREATED, SALINE, NEEDLED], weeks=52, people="drawn", follicles=250, batches=1,
        instrument=EXACT, seed=SEED, visits_weeks=sorted({d / 7 for d in READ.values()}),
    )  # fmt: skip
    true, read = (found.change("total_hair_density", read=r).mean(axis=0) for r in (False, True))
    for i, kind in enumerate(SESSIONS, 1):
        at = [round(7 * week) for week in found.weeks].index(READ[kind])
        assert true[0, at] == pytest.approx(known.progression[kind], rel=1e-9)
        assert true[i, at] - true[0, at] == pytest.approx(known.gain[kind], abs=0.5)
        assert read[i, at] == pytest.approx(control(kind, P).total, abs=0.5)


def test_a_change_that_is_all_artefact_wounds_nobody():
    p = P | {"wound_share_of_needle_change": 0.0}
    found = simulate(
        MEN, [UNTREATED, SALINE, NEEDLED], weeks=24, parameters=p, positions=16, batches=1
    )
    for x in found.true.values():
        np.testing.assert_array_equal(x[:, 1:], x[:, :1].repeat(2, axis=1))
    known = reference(p, "gradual")
    assert known.potency == dict.fromkeys(KINDS, 0.0)
    (extra,) = artefacts([SALINE], [0, READ["saline_injection"]], p, "gradual")
    kind = "saline_injection"
    assert extra[1] == pytest.approx(control(kind, p).total - known.progression[kind])


# ---- who carries what --------------------------------------------------------------------------


def test_a_vehicle_without_a_needle_is_its_control_response_alone():
    """The hairs are those of the untreated to the bit; counts are read higher, nothing else."""
    film = Course(
        therapy="vehicle", route="topical", ml_per_application=1, area_cm2=100, weeks=(0.0, 4.0)
    )
    options = [UNTREATED, LOTION, Regimen(name="film", courses=(film,)), PLACEBO]
    found = simulate(MEN, options, weeks=24, instrument=EXACT, batches=1)
    for x in found.true.values():
        np.testing.assert_array_equal(x[:, 1:], x[:, :1].repeat(3, axis=1))
    visits = [round(7 * week) for week in found.weeks]
    extra = artefacts(options, visits, P, "gradual")
    assert (extra[0] == 0).all()
    assert (extra[3] == 0).all()
    assert (extra[1:3, 1:] > 0).all()
    total = found.read["total_hair_density"]
    np.testing.assert_allclose(total - total[:, :1], np.broadcast_to(extra, total.shape), atol=1e-9)
    for name in ("hair_diameter", "anagen_fraction", "hair_growth_rate"):
        x = found.read[name]
        np.testing.assert_array_equal(x[:, 1:], x[:, :1].repeat(3, axis=1))


def test_a_needle_changes_hair_and_reading():
    found = simulate(MEN, [UNTREATED, SALINE, NEEDLED], weeks=24, instrument=EXACT, batches=1)
    visits = [round(7 * week) for week in found.weeks]
    extra = artefacts([UNTREATED, SALINE, NEEDLED], visits, P, "gradual")
    true, read = (x["total_hair_density"] for x in (found.true, found.read))
    week4, week24 = (found.weeks.index(week) for week in (4, 24))
    gain = (true[:, 1:] - true[:, :1]).mean(axis=0)
    assert (gain[:, week4] < 0).all()  # club hairs fall first
    assert (gain[:, week24] > 0).all()
    np.testing.assert_allclose(read - true, np.broadcast_to(extra, true.shape), atol=1e-9)


def test_an_arm_given_in_two_ways_carries_the_larger_artefact():
    both = Regimen(name="both", courses=(LOTION.courses[0], salined()), sessions=(needles(),))
    visits = list(range(0, 365, 7))
    *alone, together = artefacts([*ARMS.values(), both], visits, P, "gradual")
    np.testing.assert_array_equal(together, np.max(alone, axis=0))
    highest = np.argmax(alone, axis=0)[1:]
    assert len(set(highest.tolist())) > 1  # none is the larger one throughout


def test_the_artefact_is_that_of_the_way_and_not_of_what_is_in_it():
    exosome = Course(
        therapy="exosome", route="injection", particles=1e11, area_cm2=100,
        volume_ml_per_point=0.05, weeks=WEEKS["saline_injection"],
    )  # fmt: skip
    prp = Course(
        therapy="prp", route="injection", platelet_fold=4, volume_ml_per_point=0.1,
        weeks=WEEKS["saline_injection"],
    )  # fmt: skip
    arms = [Regimen(name=c.therapy, courses=(c,)) for c in (salined(), exosome, prp)]
    found = artefacts(arms, [0, 84, 168], P, "gradual")
    np.testing.assert_array_equal(found[1:], found[:1].repeat(2, axis=0))


def test_every_route_with_a_control_is_tied_to_the_reference_cohort():
    assert set(CONTROLS.values()) == set(KINDS) - {"microneedling"}
    for kind in CONTROLS.values():
        assert control_response.control(kind).kind == kind


def test_treatment_runs_from_the_first_session_to_one_interval_after_the_last():
    late = salined(weeks=(6.0, 10.0))
    lotion = Course(therapy="vehicle", route="topical", start_week=2, stop_week=12)
    regimen = Regimen(name="late", courses=(late, lotion), sessions=(needles((1.0,)),))
    assert treated(regimen, 200) == {
        "topical_vehicle": (14, 84), "saline_injection": (42, 98), "microneedling": (7, 35),
    }  # fmt: skip
    assert set(treated(regimen, 40)) == {"topical_vehicle", "microneedling"}
    assert treated(UNTREATED, 200) == treated(PLACEBO, 200) == {}
    # one session: half an artefact that rises and then fades, and nothing before it
    once = Regimen(name="once", courses=(salined(weeks=(6.0,)),))
    (extra,) = artefacts([once], [0, 42, 70, 98, 126], P, "gradual")
    assert (extra[:2] == 0).all()
    assert extra[2] > extra[3] > extra[4] > 0
