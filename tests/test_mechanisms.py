"""Every mechanism moves what it should move and nothing else, down to the hairs counted.

Luck is shared between options, so most statements hold to the bit or follicle by follicle. Where
they hold on average people are the replications, and the limit is four standard errors.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from anagen.follicle.events import run_events
from anagen.follicle.scalps import Course as Stretch
from anagen.patient import Patient
from anagen.priors import central_parameters, draw_parameters
from anagen.regimen import UNTREATED, Course, Needling, Regimen, Session, read_regimen
from anagen.signalling.response import SIGNALS
from anagen.simulate import drive_tables, exposure, follicle_law, simulate
from anagen.simulate.drive_tables import course, tables
from anagen.simulate.exposure import Skin, expose
from anagen.simulate.laid import Laid
from anagen.simulate.model import follicle_scalps, people_scalps
from anagen.simulate.options import options_of

THETAS = {
    "theta_telogen_initiation": 2.0, "theta_kenogen_initiation": 2.0, "theta_telogen_wound": 1.2,
    "theta_kenogen_wound": 1.2, "theta_anagen_growth_factor": -1.2,
    "theta_growth_growth_factor": 0.2, "theta_calibre_growth_factor": 0.1,
    "theta_growth_perfusion": 0.1, "theta_calibre_perfusion": 0.1,
    "theta_anagen_inflammation": 0.5, "theta_growth_inflammation": -0.2,
}  # fmt: skip
"""A drive of its own, so that what is stated of directions outlives a calibration."""
P = central_parameters() | THETAS | {"vesicle_potency": 30.0}
PHASES = ("anagen", "catagen", "telogen", "kenogen")
MOVED = {
    "initiation": {"telogen", "kenogen"},
    "calming": {"anagen", "growth"},
    "perfusion": {"growth", "calibre"},
    "growth_factor": {"anagen", "growth", "calibre"},
    "repair": {"hazard"},
    "wound": {"telogen", "kenogen"},
}
"""What a mechanism moves; calming where inflammation is, repair where follicles are destroyed."""
DAYS = 168
INFLAMED, DESTROYED = np.full(DAYS, 0.8), np.full(DAYS, 2e-3)
ILL = Laid(days=DAYS, loads={"inflammation": INFLAMED}, hazard=DESTROYED)
MEN = [Patient(id=i, years_since_onset=10) for i in range(40)]
WEEKS = tuple(float(w) for w in range(0, 24, 2))
VESICLES = Course(
    therapy="exosome", route="injection", particles=1e12, area_cm2=100, volume_ml_per_point=0.05,
    spacing_mm=5, weeks=WEEKS,
)  # fmt: skip
NEEDLES = Session(weeks=WEEKS, needling=Needling(needle_mm=1.5))
LEVELS = expose(
    Regimen(name="all", courses=(VESICLES,), sessions=(NEEDLES,)), P, DAYS,
    wounds={"saline_injection": 1.0, "microneedling": 1.0}, positions=16,
).levels  # fmt: skip


def columns(levels, laid=None):
    """The tables by what they move; rest where a table is absent."""
    found = tables(levels, P, DAYS, laid)
    clock = found.get("clock")
    parts = {ph: 1.0 if clock is None else clock[..., i] for i, ph in enumerate(PHASES)}
    parts |= {name: found.get(name, 1.0) for name in ("growth", "calibre")}
    parts["hazard"] = found.get("hazard", 0.0)
    return {n: np.broadcast_to(x, (len(drive_tables.SIZES), 16, DAYS)) for n, x in parts.items()}


def differing(one, other):
    return {name for name in one if not np.array_equal(one[name], other[name])}


# ---- the tables --------------------------------------------------------------------------------


def test_a_regimen_speaks_with_every_signal():
    assert set(LEVELS) == set(SIGNALS) == set(MOVED)


@pytest.mark.parametrize("signal", SIGNALS)
def test_switching_one_off_changes_what_it_should_and_nothing_else(signal):
    full = columns(LEVELS, ILL)
    without = {name: level for name, level in LEVELS.items() if name != signal}
    assert differing(columns(without, ILL), full) == MOVED[signal]
    alone = columns({signal: LEVELS[signal]}, ILL)
    assert differing(alone, columns({}, ILL)) == MOVED[signal]


@pytest.mark.parametrize("signal", SIGNALS)
def test_without_inflammation_and_destruction_nothing_calms_or_repairs(signal):
    moved = differing(columns({signal: LEVELS[signal]}), columns({}))
    assert moved == (set() if signal in ("calming", "repair") else MOVED[signal])
    if not moved:
        assert tables({signal: LEVELS[signal]}, P, DAYS) == {}


def test_the_directions():
    rest = columns({}, ILL)
    alone = {name: columns({name: level}, ILL) for name, level in LEVELS.items()}
    for signal, name, sign in (
        ("initiation", "telogen", 1), ("initiation", "kenogen", 1), ("wound", "telogen", 1),
        ("wound", "kenogen", 1), ("growth_factor", "anagen", -1), ("growth_factor", "growth", 1),
        ("growth_factor", "calibre", 1), ("perfusion", "growth", 1), ("perfusion", "calibre", 1),
        ("calming", "anagen", -1), ("calming", "growth", 1), ("repair", "hazard", -1),
    ):  # fmt: skip
        change = sign * (alone[signal][name] - rest[name])
        assert change.min() >= 0
        assert change.max() > 0
    # inflammation does the opposite of calming, which can at most take it away
    well = columns({})
    assert (alone["calming"]["anagen"] > well["anagen"]).all()
    assert (rest["anagen"] > well["anagen"]).all()


def test_what_acts_at_rest_is_read_at_the_resting_depth_and_growth_at_the_bulb():
    far = {n: np.concatenate([x[:1] * 0, x[1:]]) for n, x in LEVELS.items() if n != "wound"}
    near = {n: np.concatenate([x[:1], x[1:] * 0]) for n, x in LEVELS.items() if n != "wound"}
    rest = columns({}, ILL)
    assert differing(columns(far), columns({})) == {"anagen", "growth", "calibre"}
    assert differing(columns(near), columns({})) == {"telogen", "kenogen"}
    assert "hazard" in differing(columns(near, ILL), rest) - differing(columns(far, ILL), rest)


def test_perfusion_comes_and_goes_slowly():
    """One injection: initiation is over when the vessels are still there."""
    once = Regimen(name="once", courses=(VESICLES.model_copy(update={"weeks": (0.0,)}),))
    levels = expose(once, P, DAYS, positions=16).levels
    mean = {name: levels[name].mean(axis=(0, 1)) for name in ("initiation", "perfusion")}
    peak = {name: int(x.argmax()) for name, x in mean.items()}
    assert peak["initiation"] < peak["perfusion"]
    week8 = {name: x[56] / x.max() for name, x in mean.items()}
    assert week8["initiation"] < 0.001
    assert week8["perfusion"] > 0.3
    calibre = columns(levels)["calibre"].mean(axis=(0, 1))
    assert calibre.argmax() > peak["perfusion"]


# ---- the follicles -----------------------------------------------------------------------------


def counted(*levels, laid=None, days=DAYS, visits=(84, 168)):
    """The men under options of synthetic signals, the same at all positions."""
    scalp = people_scalps(MEN, P, drawn=False, seed=0)
    loads = follicle_scalps(MEN, P, scalp, 250, drawn=False, seed=0)
    depths = 1 + len(drive_tables.SIZES)
    options = [
        course(tables({n: np.full((depths, 1, days), x) for n, x in own.items()}, P, days, laid),
               days, 4)
        for own in levels
    ]  # fmt: skip
    return run_events(follicle_law(P), loads, options, visits=visits, seed=1)


def shift(found, name):
    """Mean change of a daily count by the second option, and its error, over the last month."""
    x = found.daily(name)[..., -28:].mean(axis=-1)
    gap = x[:, 1] - x[:, 0]
    return gap.mean(), gap.std(ddof=1) / math.sqrt(len(MEN))


def assert_moved(found, **signs):
    for name, sign in signs.items():
        gap, error = shift(found, name)
        assert sign * gap > 4 * error > 0, name


def test_perfusion_thickens_hair_and_leaves_every_count_of_hairs():
    found = counted({}, {"perfusion": 0.6})
    np.testing.assert_array_equal(found.counts[:, 0], found.counts[:, 1])
    for name in ("visible", "growing"):
        x = found.at_visit(name)
        np.testing.assert_array_equal(x[:, 0], x[:, 1])
    for name in ("calibre", "growth", "length", "mass"):
        x = found.at_visit(name)
        assert (x[:, 1] > x[:, 0]).all()


def test_repair_saves_follicles_and_changes_nothing_else_about_them():
    # nobody is destroyed without a hazard: then repair does nothing, to the bit
    idle = counted({}, {"repair": 0.5})
    np.testing.assert_array_equal(idle.counts[:, 0], idle.counts[:, 1])
    found = counted({}, {"repair": 0.5}, laid=Laid(days=DAYS, hazard=DESTROYED))
    before, after = (found.daily("lost")[:, i] for i in (0, 1))
    assert (after <= before).all()
    assert (after[:, -1] < before[:, -1]).all()
    # those saved are all that there is more of: each phase holds what it held, and some of them
    saved = sum(found.daily(ph)[:, 1] - found.daily(ph)[:, 0] for ph in PHASES)
    np.testing.assert_array_equal(saved, before - after)
    for name in (*PHASES, "visible"):
        assert (found.daily(name)[:, 1] >= found.daily(name)[:, 0]).all()
    # half the hazard is the square root of the survival
    n, share = found.follicles * len(MEN), np.exp(-DESTROYED.sum() * 0.5)
    alive = 1 - after[:, -1].sum() / n
    assert abs(alive - share) < 4 * math.sqrt(share * (1 - share) / n)


@pytest.mark.parametrize("signal", ["initiation", "wound"])
def test_initiation_and_wound_end_rest_sooner(signal):
    found = counted({}, {signal: 0.4})
    assert_moved(found, anagen=1, telogen=-1, kenogen=-1, visible=1)
    # the first to feel it are club hairs: they fall earlier, in the first week
    shed = found.daily("shed")[:, :, 1:8].sum(axis=-1)
    early = shed[:, 1] - shed[:, 0]
    assert early.mean() > 4 * early.std(ddof=1) / math.sqrt(len(MEN))


def test_growth_factor_keeps_hair_in_growth():
    found = counted({}, {"growth_factor": 0.8})
    assert_moved(found, anagen=1, catagen=-1, telogen=-1, visible=1)
    x = found.at_visit("calibre") / found.at_visit("visible")
    assert (x[:, 1] > x[:, 0]).all()


def test_calming_gives_back_what_inflammation_takes():
    idle = counted({}, {"calming": 0.6})
    np.testing.assert_array_equal(idle.counts[:, 0], idle.counts[:, 1])
    np.testing.assert_array_equal(idle.sums[:, 0], idle.sums[:, 1])
    found = counted({}, {"calming": 0.6}, laid=Laid(days=DAYS, loads={"inflammation": INFLAMED}))
    assert_moved(found, anagen=1, visible=1, telogen=-1)
    # calming of 0.6 is four tenths of the inflammation, to the bit
    less = counted({}, laid=Laid(days=DAYS, loads={"inflammation": 0.4 * INFLAMED}))
    np.testing.assert_array_equal(found.counts[:, 1], less.counts[:, 0])


# ---- a regimen, to the hairs -------------------------------------------------------------------


def gains(regimen, endpoint, weeks, **parameters):
    """Gain over untreated of the men at ``weeks``, (patients, visits)."""
    found = simulate(
        MEN, [UNTREATED, regimen], weeks=weeks[-1], visits_weeks=weeks, batches=1,
        parameters=THETAS | parameters, instrument=None,
    )  # fmt: skip
    return found.gain(endpoint, regimen.name, "untreated")[:, 1:]


def test_minoxidil_sheds_first_gains_then_and_loses_it_after_stopping():
    tablet = Course(therapy="minoxidil", route="oral", mg_per_day=5.0, stop_week=52)
    strong = {"minoxidil_weight_initiation": 3.0}
    stopped = Regimen(name="stopped", courses=(tablet,))
    shed = gains(stopped, "shed_hairs_per_day", [0, 1, 2, 52], **strong)
    early = shed[:, :2].mean(axis=1)
    assert early.mean() > 4 * early.std(ddof=1) / math.sqrt(len(MEN))
    density = gains(stopped, "total_hair_density", [0, 26, 52, 260], **strong)
    error = density.std(axis=0, ddof=1) / math.sqrt(len(MEN))
    assert (density[:, :2].mean(axis=0) > 4 * error[:2]).all()
    # what is left five years later is a twentieth of the gain at most, within its error
    assert abs(density[:, 2].mean()) < 0.05 * density[:, 1].mean() + 4 * error[2]


def test_a_product_that_does_nothing_leaves_every_hair_of_its_vehicle():
    """So few particles, no potency, or a class that is null: equal to the bit, by each route."""
    weeks = (0.0, 4.0, 8.0)
    points = {"route": "injection", "volume_ml_per_point": 0.05, "area_cm2": 100, "weeks": weeks}
    film = {"route": "topical", "ml_per_application": 1, "area_cm2": 100, "weeks": weeks}
    needles = (Session(weeks=weeks, needling=Needling(needle_mm=1.5)),)
    for particles, parameters in (
        (1.0, {"vesicle_potency": 1.0}),
        (1e11, {"vesicle_potency": 0.0}),
        (1e11, {"vesicle_potency": 10.0, "vesicle_null_rank": 0.0}),
    ):
        options = [
            Regimen(name=f"{therapy} {way['route']} {len(sessions)}", sessions=sessions,
                    courses=(Course(therapy=therapy, **way, **amount),))
            for way in (points, film)
            for sessions in ((), needles)
            for therapy, amount in (("exosome", {"particles": particles}), ("vehicle", {}))
        ]  # fmt: skip
        found = simulate(MEN[:2], options, weeks=24, parameters=parameters, positions=16)
        for values in (found.true, found.read):
            for x in values.values():
                np.testing.assert_array_equal(x[:, 0::2], x[:, 1::2])


def test_people_of_mixed_skins_are_what_they_are_alone():
    """Ages and activities in any order and on any threads: equal to the bit."""
    people = [
        Patient(id=0, years_since_onset=10, sult_activity="low"),
        Patient(id=1, years_since_onset=10, sult_activity="high"),
        Patient(id=2, age=12, diagnosis="healthy"),
        Patient(id=3, years_since_onset=10),
    ]
    lotion = Course(therapy="minoxidil", route="topical", strength_percent=5)
    put_on = Course(therapy="exosome", route="topical", particles=1e13, area_cm2=100,
                    weeks=WEEKS)  # fmt: skip
    options = [
        UNTREATED,
        Regimen(name="lotion", courses=(lotion,)),
        Regimen(name="all", courses=(VESICLES, put_on, lotion), sessions=(NEEDLES,)),
    ]
    common = {"weeks": 24, "batches": 1, "instrument": None, "positions": 16,
              "parameters": {"vesicle_potency": 30.0}}  # fmt: skip
    together = simulate(people, options, **common)
    order = [2, 0, 3, 1]
    among = simulate([people[i] for i in order], options, threads=2, **common)
    alone = [simulate(person, options, **common) for person in people]
    for name, x in together.true.items():
        np.testing.assert_array_equal(x[order], among.true[name])
        for i, one in enumerate(alone):
            np.testing.assert_array_equal(x[i], one.true[name][0])
    gained = together.true["total_hair_density"][:, 1, -1]
    assert len(set(gained.tolist())) == len(people)


def test_low_activity_loses_more_of_the_lotion():
    lotion = Regimen(
        name="lotion", courses=(Course(therapy="minoxidil", route="topical", strength_percent=5),)
    )
    low, high = (
        simulate(
            [Patient(id=i, years_since_onset=10, sult_activity=word) for i in range(40)],
            [UNTREATED, lotion], weeks=24, batches=1, instrument=None, parameters=THETAS,
        ).gain("total_hair_density", "lotion", "untreated")[:, -1]
        for word in ("low", "high")
    )  # fmt: skip
    gap = high - low  # the same men with the same luck
    assert gap.mean() > 4 * gap.std(ddof=1) / math.sqrt(40)


def test_finer_classes_of_size_change_the_gain_little(monkeypatch):
    """What is put on daily reaches shallow bulbs best: what six classes for two move."""
    medium = Course(
        therapy="secretome", route="topical", ug_per_ml=1000, ml_per_application=1, area_cm2=100
    )

    def gain():
        regimen = Regimen(name="medium", courses=(medium,))
        endpoints = ("total_hair_density", "hair_diameter")
        return [gains(regimen, x, [0, 52], vesicle_potency=30.0).mean() for x in endpoints]

    (coarse, calibre) = gain()
    monkeypatch.setattr(drive_tables, "SIZE_EDGES", (0.25, 0.4, 0.55, 0.7, 0.85))
    monkeypatch.setattr(exposure, "SIZES", (0.15, 0.33, 0.48, 0.63, 0.78, 0.93))
    (fine, fine_calibre) = gain()
    assert coarse > 10
    assert abs(fine - coarse) < 0.01 * coarse
    assert 0 < abs(fine_calibre - calibre) < 0.1  # um


def test_people_whose_activity_is_drawn_fall_into_five_kinds_of_skin():
    men = [Patient(id=i, years_since_onset=10) for i in range(200)]
    lotion = Regimen(
        name="lotion", courses=(Course(therapy="minoxidil", route="topical", strength_percent=5),)
    )
    p = central_parameters()
    (option,) = options_of([lotion], men, p, 28, hypothesis="gradual", drawn=True, seed=0)
    assert len(option.skins) == 5
    assert all(skin.age == 21 for skin in option.skins)
    told = options_of(
        [lotion], [Patient(id=0, sult_activity="low")], p, 28, hypothesis="gradual", drawn=True,
        seed=0,
    )[0]  # fmt: skip
    assert told.skins == (Skin(age=21, sult_activity="low"),)
    assert isinstance(told.course, Stretch)


@pytest.mark.parametrize("hypothesis", ["gradual", "abrupt", "kenogen_driven"])
def test_any_draw_can_be_simulated_under_any_regimen(hypothesis):
    folder = Path(__file__).parents[1] / "examples" / "regimens"
    options = [UNTREATED, *map(read_regimen, sorted(folder.glob("*.toml")))]
    assert len(options) > 5
    for seed in range(5):
        found = simulate(
            MEN[0], options, weeks=24, parameters=draw_parameters(seed), hypothesis=hypothesis,
            positions=16, batches=1,
        )  # fmt: skip
        for values in (found.true, found.read):
            assert all(np.isfinite(x).all() for x in values.values())
