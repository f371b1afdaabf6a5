"""From a regimen to signals and DHT: what is zero, what is more, what adds up, what is shared.

Where the injection grid lands is luck: seeds are the replications, limit four standard errors of
the difference within seeds.
"""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from anagen.delivery.injection import wetted, wetted_share
from anagen.delivery.positions import target_positions
from anagen.delivery.skin import follicle_depths, vesicle
from anagen.errors import InputError
from anagen.patient import Patient
from anagen.priors import central_parameters
from anagen.regimen import UNTREATED, Cargo, Course, Needling, Regimen, Session
from anagen.signalling.response import SIGNALS
from anagen.simulate import simulate
from anagen.simulate.arrival import depot, offsets
from anagen.simulate.control import treated
from anagen.simulate.drive_tables import SIZES
from anagen.simulate.exposure import SIDE, Skin, expose
from anagen.simulate.forecast import sham_of
from anagen.therapies.exosome import MECHANISMS
from anagen.vocabulary import words

DAYS = 112
WEEKS = (0.0, 4.0, 8.0)
P = central_parameters() | {"vesicle_potency": 3.0}
NEEDLES = Session(weeks=WEEKS, needling=Needling(needle_mm=1.5))
PRP = Course(
    therapy="prp", route="injection", platelet_fold=4, volume_ml_per_point=0.1, weeks=WEEKS
)


def option(*courses, sessions=()):
    return Regimen(name="option", courses=courses, sessions=sessions)


def injected(particles=1e11, volume=0.05, weeks=WEEKS, **more):
    return Course(
        therapy="exosome", route="injection", particles=particles, area_cm2=100,
        volume_ml_per_point=volume, weeks=weeks, **more,
    )  # fmt: skip


def put_on(particles=1e11, weeks=WEEKS, **more):
    return Course(
        therapy="exosome", route="topical", particles=particles, area_cm2=100, weeks=weeks, **more
    )


def drug(therapy, **more):
    return Course(therapy=therapy, **more)


def mean(regimen, name="initiation", p=P, **how):
    """Mean of a signal over depths, positions and days; 0 where it is absent."""
    level = expose(regimen, p, DAYS, **how).levels.get(name)
    return 0.0 if level is None else float(level.mean())


def assert_same(one, other):
    assert one.levels.keys() == other.levels.keys()
    for name, level in one.levels.items():
        np.testing.assert_array_equal(level, other.levels[name])
    assert (one.dht is None) == (other.dht is None)
    if one.dht is not None:
        np.testing.assert_array_equal(one.dht, other.dht)


# ---- nothing does nothing ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"vesicle_potency": 0.0},
        {"vesicle_null_rank": 0.0},
        {f"potency_weight_generic_{m}": 0.0 for m in MECHANISMS},
    ],
)
@pytest.mark.parametrize("sessions", [(), (NEEDLES,)])
def test_a_product_without_potency_is_its_vehicle(change, sessions):
    p = P | change
    wounds = {"saline_injection": 0.4, "microneedling": 0.3}
    for course, vehicle in (
        (injected(), Course(therapy="vehicle", route="injection", volume_ml_per_point=0.05,
                            area_cm2=100, weeks=WEEKS)),
        (put_on(), Course(therapy="vehicle", route="topical", area_cm2=100, weeks=WEEKS)),
    ):  # fmt: skip
        one, other = (
            expose(option(c, sessions=sessions), p, DAYS, wounds=wounds) for c in (course, vehicle)
        )
        assert_same(one, other)
        assert set(one.levels) <= {"wound"}


def test_nothing_given_is_no_signal_and_no_dht():
    for regimen in (UNTREATED, option(drug("vehicle")), option(sessions=(NEEDLES,))):
        exposed = expose(regimen, P, DAYS)
        assert exposed.levels == {}
        assert exposed.dht is None


def test_each_signal_comes_from_its_own_potency_alone():
    """Whatever is given, a mechanism without weight has no signal, and the others stay."""
    regimen = option(injected(), sessions=(NEEDLES,))
    full = expose(regimen, P, DAYS)
    assert set(full.levels) == set(MECHANISMS) < set(SIGNALS)
    for m in MECHANISMS:
        without = expose(regimen, P | {f"potency_weight_generic_{m}": 0.0}, DAYS)
        assert set(without.levels) == set(MECHANISMS) - {m}
        for name, level in without.levels.items():
            np.testing.assert_array_equal(level, full.levels[name])


# ---- more is more ------------------------------------------------------------------------------


def test_more_particles_sessions_and_volume_raise_the_mean_of_every_signal():
    # one grid for all that is compared, so each step is a comparison without luck
    for rows in (
        [injected(particles=n) for n in (1e9, 1e10, 1e11, 1e12)],
        [injected(weeks=w) for w in ((0.0,), (0.0, 4.0), WEEKS)],
        [injected(volume=v) for v in (0.02, 0.05, 0.1)],
    ):
        found = [expose(option(row), P, DAYS).levels for row in rows]
        for m in MECHANISMS:
            assert (np.diff([level[m].mean() for level in found]) > 0).all()


def test_a_closer_grid_of_like_points_raises_the_mean():
    # as many particles per cm2 in points of like volume; 24 seeds
    mm = (15.0, 10.0, 7.0, 5.0)
    found = np.array([
        [mean(option(injected(spacing_mm=s)), seed=seed) for s in mm] for seed in range(24)
    ])  # fmt: skip
    steps = np.diff(found, axis=1)
    assert (steps.mean(axis=0) > 4 * steps.std(axis=0, ddof=1) / math.sqrt(24)).all()


def test_prp_grows_with_platelets_and_its_tgf_beta_takes_growth_away():
    for name, untouched in (("initiation", False), ("growth_factor", False), ("perfusion", True)):
        found = [mean(option(PRP), name, P | {"tgf_beta_potency": x}) for x in (0.0, 1.0, 3.0)]
        steps = np.diff(found)
        assert (steps == 0).all() if untouched else (steps < 0).all()
    # so much of it that the sum is below nothing: a product can push the wrong way
    assert mean(option(PRP), p=P | {"tgf_beta_potency": 10.0}) < 0
    rich = PRP.model_copy(update={"platelet_fold": 8.0})
    assert mean(option(rich), "perfusion") > mean(option(PRP), "perfusion")


def test_low_sulfotransferase_lowers_the_lotion_and_less_so_the_tablet():
    lotion = option(drug("minoxidil", route="topical", strength_percent=5))
    tablet = option(drug("minoxidil", route="oral", mg_per_day=5))
    kept = []
    for regimen in (lotion, tablet):
        found = [mean(regimen, skin=Skin(sult_activity=word)) for word in ("low", "normal", "high")]
        assert found[0] < found[1] < found[2]
        kept.append(found[0] / found[1])
    assert kept[0] < kept[1] < 1


# ---- what is added up --------------------------------------------------------------------------


def test_inputs_of_two_products_add_before_they_saturate():
    """PRP injected and vesicles put on after needling: at every place x/(1+x) of the sum of x."""
    p = P | {"tgf_beta_potency": 0.0, "vesicle_potency": 30.0}
    one, other, both = (
        expose(option(*courses, sessions=(NEEDLES,)), p, DAYS).levels
        for courses in ((PRP,), (put_on(),), (PRP, put_on()))
    )
    for name in ("initiation", "growth_factor", "perfusion"):
        a, b = np.broadcast_arrays(one[name], other[name])
        total = a / (1 - a) + b / (1 - b)
        np.testing.assert_allclose(both[name], total / (1 + total), rtol=1e-12, atol=1e-300)
        busy = (a > 1e-3) & (b > 1e-5)
        assert busy.any()
        assert (both[name] >= np.maximum(a, b)).all()
        assert (both[name][busy] < (a + b)[busy]).all()


def test_the_cargo_of_vesicles_acts_on_the_path_of_the_drug():
    """Loaded vesicles that do nothing themselves are so much of the drug put on the skin."""
    p = P | {"vesicle_potency": 0.0}
    works, absorbed = p["functional_particle_fraction"], p["finasteride_topical_absorbed_share"]
    loaded = option(injected(cargo=Cargo(therapy="finasteride", mg=0.05)))
    # on the skin a share is absorbed, in it all that works
    per_session = 0.05 * works / absorbed * p["lotion_area"] / 100
    tubs = [
        drug("finasteride", route="topical", strength_percent=0.1, per_day=1,
             ml_per_application=per_session, start_week=w, stop_week=w + 1 / 7)
        for w in WEEKS
    ]  # fmt: skip
    one, other = expose(loaded, p, DAYS), expose(option(*tubs), p, DAYS)
    np.testing.assert_allclose(one.dht, other.dht, rtol=1e-12)
    assert one.dht.min() < 0.9
    assert one.levels == {}


def test_minoxidil_as_cargo_is_minoxidil_and_so_is_each_application_of_a_day():
    p = P | {"vesicle_potency": 0.0}
    share = p["minoxidil_absorbed_fraction"]
    loaded = option(injected(cargo=Cargo(therapy="minoxidil", mg=1.0)))
    often = [
        drug("minoxidil", route="topical", strength_percent=5, per_day=1, start_week=w,
             stop_week=w + 1 / 7,
             ml_per_application=p["functional_particle_fraction"] / share / 50
             * p["lotion_area"] / 100)
        for w in WEEKS
    ]  # fmt: skip
    one, other = expose(loaded, p, DAYS), expose(option(*often), p, DAYS)
    for name in ("initiation", "growth_factor", "perfusion"):
        np.testing.assert_allclose(one.levels[name], other.levels[name], rtol=1e-12)
    once, twice = (
        expose(option(put_on(weeks=(), per_day=n, cargo=Cargo(therapy="minoxidil", mg=mg))), p, 30)
        for n, mg in ((1, 2.0), (2, 1.0))
    )
    np.testing.assert_allclose(once.levels["initiation"], twice.levels["initiation"], rtol=1e-12)


# ---- what a session does -----------------------------------------------------------------------


def test_numbing_changes_nothing_and_massage_only_what_is_put_on():
    def session(**more):
        return Session(weeks=WEEKS, needling=Needling(needle_mm=1.5), **more)

    plain = expose(option(put_on(), sessions=(session(),)), P, DAYS)
    for numbing in words("numbing"):
        assert_same(plain, expose(option(put_on(), sessions=(session(numbing=numbing),)), P, DAYS))
    assert_same(plain, expose(option(put_on(), sessions=(session(massage=False),)), P, DAYS))
    rubbed = expose(option(put_on(), sessions=(session(massage=True),)), P, DAYS)
    assert rubbed.levels["initiation"].mean() > plain.levels["initiation"].mean()
    needle, hand = (
        expose(option(injected(), sessions=(session(massage=m),)), P, DAYS) for m in (False, True)
    )
    assert_same(needle, hand)
    gainless = P | {"massage_gain": 1.0}
    rubbed = expose(option(put_on(), sessions=(session(massage=True),)), gainless, DAYS)
    assert_same(plain, rubbed)


def test_needles_bring_more_than_intact_skin():
    assert mean(option(put_on(), sessions=(NEEDLES,))) > 2 * mean(option(put_on())) > 0


# ---- luck and numerics -------------------------------------------------------------------------


def test_options_with_the_same_sessions_share_the_grid_in_any_company():
    """Saline in the same points wets the same follicles; a course more moves nobody's grid."""
    saline = Course(
        therapy="vehicle", route="injection", volume_ml_per_point=0.05, area_cm2=100, weeks=WEEKS
    )
    alone, vehicle, among = (
        expose(r, P, DAYS, seed=3)
        for r in (option(injected()), option(saline), option(PRP, injected()))
    )
    for one in (vehicle.wet[0], among.wet[1]):
        for mine, other in zip(alone.wet[0], one, strict=True):
            np.testing.assert_array_equal(mine, other)
    # a session has the luck of its day, whatever was before
    late = expose(option(injected(weeks=(4.0, 8.0))), P, DAYS, seed=3).wet[0]
    np.testing.assert_array_equal(alone.wet[0][0][1:], late[0])
    # the hand sets the grid down anew each time, and reaches more follicles
    assert (np.diff(alone.wet[0][1], axis=0) > 0).all()
    other = expose(option(injected()), P, DAYS, seed=4)
    assert not np.array_equal(alone.levels["initiation"], other.levels["initiation"])


def test_wet_shares_are_those_of_the_delivery_and_of_the_discs():
    course = injected(spacing_mm=5.0, volume=0.02)
    exposed = expose(option(course), P, DAYS, positions=2500, seed=9)
    given = depot(course, 0.0, P, vesicle(P))
    depths = follicle_depths(P, 40.0, SIZES)
    where = offsets(9, [0, 28, 56], given.spacing)
    wet = wetted(target_positions(2500, SIDE), depths, where, given)
    for mine, theirs in zip(exposed.wet[0], wetted_share(wet), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    # 4 whole cells of the grid lie on the area: the share is that of a disc, but for its rim
    flat = np.maximum(given.radius**2 - (depths - given.depth) ** 2, 0)
    assert np.sqrt(flat).max() < 2.5
    np.testing.assert_allclose(
        exposed.wet[0][0], np.broadcast_to(np.pi * flat / 25, (3, len(depths))), atol=0.01
    )


def test_64_positions_give_the_mean_of_256():
    # 16 seeds, each with its own grid; the mean difference within four standard errors, and those
    # within 2 % of the signal
    found = np.array([
        [mean(option(injected()), positions=n, seed=seed) for n in (64, 256)] for seed in range(16)
    ])  # fmt: skip
    miss = found[:, 0] - found[:, 1]
    error = miss.std(ddof=1) / 4
    assert abs(miss.mean()) < 4 * error < 0.02 * found.mean()


def test_the_reference_solver_agrees():
    # closed forms against finite volumes: within 1 % where there is signal
    for regimen in (option(injected(weeks=(0.0,))),
                    option(put_on(weeks=(0.0,)), sessions=(NEEDLES,))):  # fmt: skip
        closed, solved = (
            expose(regimen, P, 14, solver=solver, positions=16).levels["initiation"]
            for solver in ("closed", "reference")
        )
        np.testing.assert_allclose(closed, solved, atol=0.01 * closed.max())


def test_a_solver_that_is_unknown_is_refused_with_the_nearest_word():
    with pytest.raises(InputError, match=r"^solver: unknown solver 'closd'; did you mean 'closed'"):
        simulate(Patient(), [UNTREATED], weeks=4, solver="closd")


# ---- the wound ---------------------------------------------------------------------------------


def test_needles_and_points_wound_once_a_session_whatever_is_applied():
    wounds = {"saline_injection": 0.4, "microneedling": 0.3}
    needled = [
        expose(option(*courses, sessions=(NEEDLES,)), P, DAYS, wounds=wounds).levels["wound"]
        for courses in ((), (put_on(),), (put_on(), drug("minoxidil", route="oral", mg_per_day=1)))
    ]
    for level in needled[1:]:
        np.testing.assert_array_equal(level, needled[0])
    for none in ({}, {"saline_injection": 0.4}):
        assert "wound" not in expose(option(sessions=(NEEDLES,)), P, DAYS, wounds=none).levels
    both = expose(option(injected(), sessions=(NEEDLES,)), P, DAYS, wounds=wounds).levels["wound"]
    points = expose(option(injected()), P, DAYS, wounds=wounds).levels["wound"]
    assert (both >= np.maximum(points, needled[0])).all()
    assert (both[..., 1:] > points[..., 1:]).all()
    assert both.max() < points.max() + needled[0].max()


def test_a_denser_grid_and_a_larger_potency_wound_more():
    def size(spacing=10.0, potency=0.4):
        regimen = option(injected(spacing_mm=spacing, volume=0.01))
        wounds = {"saline_injection": potency}
        return expose(regimen, P, DAYS, wounds=wounds).levels["wound"].mean()

    assert size(5.0) > size() > size(15.0)
    assert size(potency=0.8) > size() > size(potency=0.1)


WAYS = {
    "exosome": injected(), "prp": PRP, "media": Course(
        therapy="secretome", route="injection", ug_per_ml=100, volume_ml_per_point=0.05,
        weeks=WEEKS,
    ),
    "put on": put_on(),
    "lotion": drug("minoxidil", route="topical", strength_percent=5),
    "topical finasteride": drug(
        "finasteride", route="topical", strength_percent=0.25, ml_per_application=1
    ),
    "tablet": drug("finasteride", mg_per_day=1),
    "other tablet": drug("dutasteride", mg_per_day=0.5),
}  # fmt: skip


@pytest.mark.parametrize("pair", list(combinations(WAYS, 2)), ids=" + ".join)
def test_a_sham_keeps_the_needles_and_nothing_else(pair):
    """Whatever is combined, its sham can be given, and wounds and reads as the regimen does."""
    both = Regimen(name="both", courses=tuple(WAYS[n] for n in pair), sessions=(NEEDLES,))
    sham = sham_of(both)
    wounds = {"saline_injection": 1.0, "microneedling": 1.0}
    full, empty = (expose(r, P, DAYS, wounds=wounds) for r in (both, sham))
    assert set(empty.levels) == {"wound"}
    assert empty.dht is None
    np.testing.assert_array_equal(full.levels["wound"], empty.levels["wound"])
    assert treated(both, DAYS) == treated(sham, DAYS)
    assert set(full.wet) == set(empty.wet)
    assert sham_of(sham) == sham


def test_points_of_one_day_make_one_wound():
    """Two products at one point per cm2 each are one session of two points per cm2."""
    two = option(injected(), PRP)
    dense = option(injected(spacing_mm=10 / np.sqrt(2)))
    one, other = (expose(r, P, DAYS, wounds={"saline_injection": 1.0}) for r in (two, dense))
    np.testing.assert_allclose(one.levels["wound"], other.levels["wound"], rtol=1e-12)


def test_what_is_true_of_vesicles_alone_changes_nothing_for_a_protein_put_on():
    medium = Course(
        therapy="secretome", route="topical", ug_per_ml=100, ml_per_application=2, area_cm2=100,
        weeks=WEEKS,
    )  # fmt: skip
    rows = ("vesicle_diffusion_dermis", "vesicle_depot_half_life", "fluid_share_open_to_vesicles")
    other = P | {name: P[name] / 2 for name in rows}
    for course, moves in ((medium, False), (put_on(), True)):
        one, two = (
            expose(option(course, sessions=(NEEDLES,)), p, DAYS).levels["initiation"]
            for p in (P, other)
        )
        assert one.max() > 0
        assert (not np.array_equal(one, two)) == moves


def test_needles_and_massage_count_for_what_is_put_on_daily():
    daily = put_on(weeks=(), per_day=1)
    kneaded = Session(weeks=WEEKS, massage=True)
    plain, rubbed, needled = (
        expose(Regimen(name="x", courses=(daily,), sessions=s), P, DAYS).levels["initiation"]
        for s in ((), (kneaded,), (NEEDLES,))
    )
    assert rubbed.sum() > plain.sum()
    assert needled.sum() > plain.sum()
