"""Endpoints have their units, readings their error, control responses the published total."""

import dataclasses
import math
import re

import numpy as np
import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monte_carlo import assert_moment

from anagen.errors import InputError
from anagen.evidence.studies import load_study
from anagen.files import data_path
from anagen.measurement import control_response as response
from anagen.measurement import endpoints, instruments
from anagen.measurement.control_response import artefact, control, course, plateau, wound_part
from anagen.measurement.instruments import Instrument, instrument
from anagen.parameters import parameter
from anagen.priors import quantile
from anagen.units import convert
from anagen.vocabulary import words

SEED = 20261122


# ---- endpoints ---------------------------------------------------------------------------------


def test_every_endpoint_is_a_word_and_converts_to_its_unit():
    for name, unit in endpoints.UNITS.items():
        wanted = words("outcome")[name]["unit"]
        area = "*cm2" if name == "hair_weight" else ""  # trials print mg of their own area
        assert convert(1.0, unit + area, wanted) > 0


def test_density_is_the_share_of_follicles_times_their_density():
    counts = np.array([[800, 600], [400, 0]])
    for density in (endpoints.total_hair_density, endpoints.nonvellus_hair_density,
                    endpoints.terminal_hair_density, endpoints.anagen_hair_density):  # fmt: skip
        np.testing.assert_allclose(density(counts, 1000, 230.0), [[184, 138], [92, 0]])


def test_the_two_anagen_shares_differ_by_what_they_see():
    # 100 follicles: 70 in anagen of which 55 fast enough and above the skin, 2 catagen, 18 telogen
    histology = endpoints.anagen_fraction_histology(70, 2, 18)
    pictures = endpoints.anagen_fraction_phototrichogram(55, 88)
    assert histology == pytest.approx(70 / 90)
    assert pictures == pytest.approx(55 / 88)
    assert pictures < histology


def test_a_share_of_no_hair_is_no_number():
    assert np.isnan(endpoints.anagen_fraction_phototrichogram(0, 0))
    np.testing.assert_array_equal(endpoints.hair_diameter([120.0, 0.0], [2, 0]), [60.0, np.nan])


UREG = pint.UnitRegistry()


def test_cumulative_thickness_and_growth_rate_in_units():
    mean, density = 55 * UREG.um, 170 / UREG.cm**2
    found = endpoints.cumulative_thickness(55.0 * 850, 1000, 200.0)
    assert found == pytest.approx((mean * density).to("mm/cm**2").magnitude)
    assert endpoints.hair_growth_rate(30.0, 40, 0.36) == pytest.approx(0.27)


def test_hair_weight_is_cylinders_of_keratin():
    # 85 % of 200 follicles/cm2 grow 60-um hair at 0.3 mm/day for 28 days
    one = math.pi / 4 * (60 * UREG.um) ** 2 * (0.3 * UREG.mm / UREG.day) * (28 * UREG.day)
    weight = one * (1.32 * UREG.g / UREG.cm**3) * 170 / UREG.cm**2
    found = endpoints.hair_weight(850 * 60.0**2, 28, 1000, 200.0, full_rate=0.3, shaft_density=1.32)
    assert found == pytest.approx(weight.to("mg/cm**2").magnitude)


def test_half_the_calibre_is_a_quarter_of_the_weight_and_half_the_thickness():
    def weight(d):
        return endpoints.hair_weight(100 * d**2, 28, 100, 200.0, full_rate=0.3, shaft_density=1.32)

    assert weight(30.0) == pytest.approx(weight(60.0) / 4)
    thick = [endpoints.cumulative_thickness(100 * d, 100, 200.0) for d in (30.0, 60.0)]
    assert thick[0] == pytest.approx(thick[1] / 2)


def test_coverage_is_that_of_flat_rods_dropped_at_random():
    # 150 rods/cm2 of 1 mm x 10 mm; points seen through 2,000 Poisson throws, seed as stated
    rods, width, length, throws = 150.0 / 100, 0.1, 10.0, 2000  # rods per mm2, mm
    rng = np.random.default_rng(SEED)
    reach = length / 2 + width  # beyond it no rod touches the origin
    number = rng.poisson(rods * (2 * reach) ** 2, throws)
    owner = np.repeat(np.arange(throws), number)
    x, y = rng.uniform(-reach, reach, (2, len(owner)))
    angle = rng.uniform(0, math.pi, len(owner))
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    hit = owner[(np.abs(along) < length / 2) & (np.abs(across) < width / 2)]
    seen = np.isin(np.arange(throws), hit).astype(float)
    shade = 1000 * width * length / 0.36 * 500  # um day, 500 rods over 500 follicles
    expected = endpoints.coverage(shade, 500, 150.0, full_rate=0.36)
    assert expected == pytest.approx(1 - math.exp(-rods * width * length))
    assert_moment(seen, float(expected))


@given(st.floats(0, 1e7), st.floats(0, 1e6))
def test_coverage_grows_with_shade_and_stays_below_all(shade, more):
    low = endpoints.coverage(shade, 1000, 200.0, full_rate=0.36)
    high = endpoints.coverage(shade + more, 1000, 200.0, full_rate=0.36)
    assert 0 <= low <= high <= 1


def test_hairs_shed_per_day_by_renewal():
    # 143,000 follicles and a cycle of 1,207 days: one hair each per cycle
    found = endpoints.shed_hairs_per_day(5000 / 1207, 5000, 204.0, scalp_area=700)
    assert found == pytest.approx(204 * 700 / 1207)


def test_salt_adds_the_four_areas_by_their_share_of_the_scalp():
    assert sum(endpoints.SALT_WEIGHTS) == pytest.approx(1)
    np.testing.assert_allclose(endpoints.salt(100 * np.eye(4)), [40, 18, 18, 24])
    assert endpoints.salt([50, 50, 50, 50]) == pytest.approx(50)


def test_endpoints_refuse_what_cannot_be():
    for bad, sentence in (
        (lambda: endpoints.total_hair_density(5, 0, 200.0), "follicles: must be 1 or more"),
        (
            lambda: endpoints.total_hair_density(11, 10, 200.0),
            "between 0 and the 10 follicles simulated (given: 11 to 11)",
        ),
        (
            lambda: endpoints.total_hair_density(5, 10, -1.0),
            "must be 0 or more per cm2 (lowest given: -1)",
        ),
        (lambda: endpoints.salt([10, 20, 30]), "one loss for each of top, right, left, back"),
        (lambda: endpoints.salt([10, 20, 30, 101]), "loss: must lie between 0 and 100 percent"),
    ):
        with pytest.raises(InputError, match=re.escape(sentence)):
            bad()


# ---- instruments -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", instruments.INSTRUMENTS)
def test_an_instrument_is_made_of_the_tables(name):
    made = instrument(name)
    if name == "histology":
        assert (made.reading_error, made.growth_limit) == (0, None)
        assert made.target_area == pytest.approx(0.1257, abs=1e-4)  # a 4-mm punch
        return
    assert made.reading_error * 100 == pytest.approx(parameter(f"reading_error_{name}").value)
    assert made.target_area == parameter("target_area_modern").value
    assert (made.growth_limit is not None) == name.startswith("phototrichogram")


@pytest.mark.parametrize("name", instruments.PICTURES)
def test_a_change_beyond_error_is_196_published_errors_of_change(name):
    published = parameter(f"measurable_change_{name}").value / 100
    found = instruments.measurable_change(instrument(name), 170.0)
    assert found == pytest.approx(1.96 * published * 170, rel=0.015)


def test_what_is_visible_is_a_range_above_what_matching_can_measure():
    low, high = instruments.visible_change()
    assert low < high
    assert instruments.measurable_change(instrument("hair_to_hair"), 170.0) < low


def test_changes_share_the_baseline_reading():
    # 20,000 patients, three visits, nothing changes: SD of a change is sqrt(2) reading errors and
    # two changes correlate by one half, because both hold the same baseline reading
    tool = instrument("phototrichogram_corrected")
    true = np.full((20_000, 3), 170.0)
    normals = np.random.default_rng(SEED).standard_normal(true.shape)
    changes = instruments.change(instruments.read(true, tool, normals))
    reading = tool.reading_error * 170
    for visit in changes.T:
        assert_moment(visit, 0.0)
        assert_moment(visit**2, 2 * reading**2)
    assert_moment(changes[:, 0] * changes[:, 1], reading**2)  # half of 2 reading**2


def test_without_error_the_truth_is_read_and_nothing_reads_below_0():
    true, z = np.array([120.0, 130.0]), np.array([1.0, -2.0])
    np.testing.assert_array_equal(instruments.read(true, instrument("histology"), z), true)
    tool = Instrument(name="made", reading_error=0.05, target_area=1.0)
    np.testing.assert_allclose(instruments.read(true, tool, z), [126, 117])
    rough = dataclasses.replace(tool, reading_error=0.8)
    np.testing.assert_allclose(instruments.read(true, rough, z), [216, 0])


def test_hairs_below_the_calibre_limit_are_not_seen():
    histogram = np.array([[4, 3, 2, 1], [0, 0, 0, 8]])
    for limit, seen in ((0.0, [10, 8]), (2.5, [6, 8]), (3.75, [4.5, 8]), (10.0, [0, 0])):
        tool = Instrument(name="made", reading_error=0.0, target_area=1.0, calibre_limit=limit)
        np.testing.assert_allclose(instruments.hairs_detected(histogram, tool, 2.5), seen)


def test_the_calibres_of_hairs_not_seen_are_taken_off():
    # hairs spread evenly over bins of 2.5 um: 4 of mean 1.25, 3 of 3.75, 2 of 6.25
    histogram = np.array([4, 3, 2])
    whole = 4 * 1.25 + 3 * 3.75 + 2 * 6.25
    for limit, seen in (
        (0.0, whole), (2.5, whole - 5), (3.75, whole - 5 - 1.5 * 3.125), (7.5, 0.0)
    ):  # fmt: skip
        tool = Instrument(name="made", reading_error=0.0, target_area=1.0, calibre_limit=limit)
        found = instruments.calibre_detected(whole, histogram, tool, 2.5)
        assert found == pytest.approx(seen, abs=1e-12)


FOLLICLE_DENSITY, STAY = 200.0, 0.7


def simulated_shares(rng, patients, batches, per_batch):
    """Shares visible at two visits, shape (batches, patients, 2).

    A follicle is visible with chance 0.75 at the first visit; with chance ``STAY`` it then keeps
    its state, otherwise it is drawn anew.
    """
    first = rng.binomial(per_batch, 0.75, (batches, patients))
    kept_seen = rng.binomial(first, STAY + (1 - STAY) * 0.75)
    newly_seen = rng.binomial(per_batch - first, (1 - STAY) * 0.75)
    return np.stack([first, kept_seen + newly_seen], axis=-1) / per_batch


@pytest.mark.parametrize(("batches", "per_batch", "counted"), [(2, 300, 200), (4, 125, 60)])
def test_luck_of_the_area_has_the_spread_of_the_follicles_counted(batches, per_batch, counted):
    # 20,000 patients; variance at each visit and covariance between the visits, so that of a change
    rng = np.random.default_rng(SEED + batches)
    shares = simulated_shares(rng, 20_000, batches, per_batch)
    normals = rng.standard_normal((batches, 20_000, 1))
    found = instruments.with_counting_luck(
        FOLLICLE_DENSITY * shares, normals, simulated=batches * per_batch, counted=counted
    )
    luck = found - FOLLICLE_DENSITY * 0.75
    variance = float(instruments.counting_sd(0.75, counted, FOLLICLE_DENSITY)) ** 2
    assert_moment(luck[:, 0] ** 2, variance)
    assert_moment(luck[:, 1] ** 2, variance)
    assert_moment(luck[:, 0] * luck[:, 1], STAY * variance)
    assert_moment((luck[:, 1] - luck[:, 0]) ** 2, 2 * (1 - STAY) * variance)


def test_luck_is_nothing_when_as_many_are_simulated_as_counted():
    batches = np.array([[150.0, 160.0], [170.0, 150.0]])
    found = instruments.with_counting_luck(batches, np.ones((2, 1)), simulated=200, counted=200)
    np.testing.assert_array_equal(found, batches.mean(axis=0))


def test_counting_sd_is_binomial_and_the_area_holds_its_follicles():
    assert instruments.counting_sd(0.5, 200, 200.0) == pytest.approx(math.sqrt(200 * 0.25))
    one_inch = dataclasses.replace(instrument("hair_to_hair"), target_area=5.07)
    assert instruments.follicles_counted(one_inch, 230.0) == 1166


ERRING = [name for name in instruments.INSTRUMENTS if name != "histology"]


@pytest.mark.parametrize("name", ERRING)
@pytest.mark.parametrize(("level", "years"), [(0.95, 0.0), (0.95, 5.0), (0.8, 5.0)])
def test_nothing_changes_measurably_as_often_as_the_level_says(name, level, years):
    # 40,000 patients who do not change, each with an observer who drifts, if the instrument has one
    tool, rng, n = instrument(name), np.random.default_rng(SEED), 40_000
    rate = tool.drift * rng.standard_normal((n, 1))
    found = instruments.drifted(np.full((n, 2), 170.0), [0.0, years], rate)
    change = instruments.change(instruments.read(found, tool, rng.standard_normal(found.shape)))
    beyond = np.abs(change[:, 0]) > instruments.measurable_change(tool, 170.0, level, years)
    assert_moment(beyond, 1 - level)


def test_readings_of_a_drifting_observer_have_the_error_of_change():
    # 20,000 patients who do not change, read by one observer each at baseline and after 3 years
    tool = instrument("phototrichogram_corrected")
    rng = np.random.default_rng(SEED)
    rate = tool.drift * rng.standard_normal((20_000, 1))
    found = instruments.drifted(np.full((20_000, 2), 170.0), [0.0, 3.0], rate)
    np.testing.assert_array_equal(found[:, 0], 170.0)
    change = instruments.change(instruments.read(found, tool, rng.standard_normal(found.shape)))
    drift_in_error = 9 * tool.drift**2 * tool.reading_error**2  # the error is of what is found
    variance = instruments.error_of_change(tool, 3.0) ** 2 + drift_in_error
    assert_moment(change[:, 0], 0.0)
    assert_moment(change[:, 0] ** 2, 170.0**2 * variance)


def test_the_drift_of_an_instrument_is_the_spread_of_the_drawn_drift():
    bounds = quantile(parameter("observer_drift"), [0.025, 0.975])
    found = 100 * 1.959964 * instrument("phototrichogram_corrected").drift
    np.testing.assert_allclose(bounds, [-found, found])


def test_drift_is_linear_alike_for_all_densities_and_none_without_rate():
    years = np.array([0.0, 1.0, 2.0])
    found = instruments.drifted([[100.0], [200.0]], years, 0.02)
    np.testing.assert_allclose(found, np.outer([100, 200], [1, 1.02, 1.04]))
    np.testing.assert_array_equal(instruments.drifted(100.0, years, 0.0), 100.0)
    assert instruments.drifted(100.0, 60.0, -0.02) == 0


def test_instruments_refuse_what_cannot_be():
    good = {"name": "made", "reading_error": 0.05, "target_area": 1.0}
    for bad, sentence in (
        (lambda: instrument("phototrichogram"), "did you mean 'phototrichogram_"),
        (lambda: Instrument(**good | {"reading_error": -1}), "reading_error: must be 0 or more"),
        (lambda: Instrument(**good | {"target_area": 0}), "target_area: must be more than 0 cm2"),
        (lambda: Instrument(**good | {"drift": -0.1}), "drift: must be 0 or more per year"),
        (lambda: instruments.with_counting_luck([[1.0]], 0.0, simulated=9, counted=3),
         "batches: two batches or more are needed (given: 1)"),
        (lambda: instruments.with_counting_luck([[1.0], [2.0]], 0.0, simulated=9, counted=10),
         "10 follicles lie in the area, but only 9 were simulated; simulate at least as many"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=re.escape(sentence)):
            bad()


# ---- control response --------------------------------------------------------------------------

TIMES = {"rise": 28.0, "fall": 365.0}
PAIRED = "artefact_share_hair_to_hair"
TIED = [kind for kind in response.KINDS if kind not in response.PROGRESSION_ONLY]


@pytest.mark.parametrize("kind", TIED)
@given(
    progression=st.floats(-20, 5), share=st.floats(0, 1), draw=st.floats(-5, 30),
    rise=st.floats(5, 200), fall=st.floats(60, 2000),
)  # fmt: skip
def test_progression_wound_and_artefact_add_up_to_the_published_total(
    kind, progression, share, draw, rise, fall
):
    arm = dataclasses.replace(control(kind), total=draw)
    wound = wound_part(arm, progression, share)
    top = plateau(arm, progression=progression, wound=wound, rise=rise, fall=fall)
    added = artefact(arm.read, arm.treated, top, rise=rise, fall=fall)
    assert progression + wound + added == pytest.approx(draw, abs=1e-9)


@pytest.mark.parametrize("kind", response.WOUNDING)
def test_wound_and_artefact_are_never_there_in_full_together(kind):
    arm = control(kind)
    excess = arm.total - -4.0
    for share in (0.0, 0.5, 1.0):
        wound = wound_part(arm, -4.0, share)
        top = plateau(arm, progression=-4.0, wound=wound, **TIMES)
        added = float(artefact(arm.read, arm.treated, top, **TIMES))
        assert wound == pytest.approx(share * excess)
        assert added == pytest.approx((1 - share) * excess)


def test_a_wound_signal_that_overshoots_is_taken_back():
    arm = control("microneedling")
    top = plateau(arm, progression=-4.0, wound=20.0, **TIMES)
    assert -4.0 + 20.0 + artefact(arm.read, arm.treated, top, **TIMES) == pytest.approx(arm.total)
    assert top < 0


@pytest.mark.parametrize("kind", response.PROGRESSION_ONLY)
def test_an_untreated_arm_and_a_tablet_show_progression_alone(kind):
    assert plateau(control(kind), progression=-9.0, wound=0.0, **TIMES) == 0
    assert wound_part(control(kind), -9.0, 0.5) == 0
    assert control(kind).total < 0


def test_a_lotion_has_no_wound_part():
    assert wound_part(control("topical_vehicle"), -4.0, 0.5) == 0


def test_the_course_rises_while_treated_and_falls_after():
    day = np.arange(-50, 900)
    y = course(day, 84.0, **TIMES)
    assert np.all(y[day <= 0] == 0)
    assert np.all(np.diff(y[(day >= 0) & (day <= 84)]) > 0)
    assert np.all(np.diff(y[day >= 84]) < 0)
    assert y[day == 28] == pytest.approx(1 - math.exp(-1))
    assert y[day == 84 + 365] / y[day == 84] == pytest.approx(math.exp(-1))
    np.testing.assert_array_equal(y[day <= 84], course(day[day <= 84], 900.0, **TIMES))


def test_the_vehicle_arms_read_at_week_16_and_48_are_both_on_the_plateau():
    rise, fall = (parameter(f"control_response_{w}_time").value for w in ("rise", "fall"))
    early, late = course([112, 336], 336, rise=rise, fall=fall)
    assert early > 0.95 * late


@pytest.mark.parametrize(
    ("kind", "study", "arm_id"),
    [("saline_injection", "Shapiro2020", "saline"),
     ("microneedling", "MicroneedlingPRP2020", "microneedling")],
)  # fmt: skip
def test_totals_and_times_are_those_of_the_study_files(kind, study, arm_id):
    read = load_study(data_path("studies") / f"{study}.yaml")
    rows = [r for r in read.results if r.arm == arm_id and r.outcome == "total_hair_density"
            and r.mean is not None]  # fmt: skip
    first, last = min(rows, key=lambda r: r.week), max(rows, key=lambda r: r.week)
    change = last.mean if last.statistic == "change" else last.mean - first.mean
    arm = next(a for a in read.arms if a.id == arm_id)
    found = control(kind)
    assert found.total == pytest.approx(change, abs=0.05)
    assert found.read == 7 * last.week
    assert found.treated == 7 * arm.sessions * arm.interval_weeks


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_pictures_show_all_of_the_artefact_and_paired_hairs_a_share(share):
    found = {m: response.artefact_share({PAIRED: share}, m) for m in response.METHODS}
    assert found.pop("hair_to_hair") == share
    assert found == dict.fromkeys(set(instruments.PICTURES) - {"hair_to_hair"}, 1.0)


def test_control_responses_refuse_what_cannot_be():
    arm = control("saline_injection")
    for bad, sentence in (
        (
            lambda: control("saline_injectn"),
            "unknown control 'saline_injectn'; did you mean 'saline_injection'?",
        ),
        (
            lambda: response.artefact_share({PAIRED: 0.5}, "hair_to_hiar"),
            "method: unknown method 'hair_to_hiar'; did you mean 'hair_to_hair'?",
        ),
        (lambda: wound_part(arm, -4.0, 1.2), "share: must lie between 0 and 1 (given: 1.2)"),
        (lambda: course(1.0, 0.0, **TIMES), "treated: must be more than 0 days (given: 0.0)"),
        (lambda: course(1.0, 9.0, rise=-1, fall=1), "rise: must be more than 0 days (given: -1)"),
    ):
        with pytest.raises(InputError, match=re.escape(sentence)):
            bad()
