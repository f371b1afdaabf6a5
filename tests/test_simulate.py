"""People and regimens end to end: what nothing leaves alone, what luck is shared, what is read.

Stochastic tests: seeds are the arguments, people the replications; limit four standard errors.
"""

import math
import re
import time
from dataclasses import replace

import numpy as np
import pytest

from anagen.errors import InputError
from anagen.follicle.events import run_events
from anagen.follicle.scalps import Course as Stretch
from anagen.follicle.scalps import Reading, Scalps
from anagen.measurement import endpoints
from anagen.measurement.instruments import instrument
from anagen.parameters import parameter
from anagen.patient import Patient
from anagen.priors import central_parameters, draw_parameters
from anagen.regimen import FINASTERIDE, PLACEBO, UNTREATED, Course, Regimen
from anagen.simulate import follicle_law, simulate
from anagen.simulate.reading import DENSITIES
from anagen.simulate.reference import (
    reference,
    reference_men,
)
from anagen.vocabulary import words

MAN = Patient(age=40, years_since_onset=10)
MEN = [Patient(id=i, years_since_onset=10) for i in range(40)]
STOPPED = Regimen(
    name="one year", courses=(Course(therapy="finasteride", mg_per_day=1, stop_week=52),)
)
LOTION = Regimen(name="lotion", courses=(Course(therapy="vehicle", route="topical"),))
NOTHING = {name: 0.0 for name in central_parameters() if name.startswith("theta_")}
EXACT = replace(instrument("phototrichogram_corrected"), reading_error=0.0, calibre_limit=0.0)


def assert_same(one, other):
    assert one.true.keys() == other.true.keys()
    for name in one.true:
        np.testing.assert_array_equal(one.true[name], other.true[name])


# ---- nothing does nothing ----------------------------------------------------------------------


def test_no_drive_is_no_disease():
    loaded = simulate(MAN, [UNTREATED, FINASTERIDE], parameters=NOTHING | {"size_step_gradual": 0})
    free = simulate(MAN, [UNTREATED, FINASTERIDE], parameters={"affected_share_vertex": 0})
    assert_same(loaded, free)


def test_no_affected_follicle_is_a_healthy_scalp():
    healthy = simulate(Patient(diagnosis="healthy"), [UNTREATED])
    today = simulate(Patient(), [UNTREATED], parameters={"affected_share_vertex": 0})
    assert_same(healthy, today)


def test_ten_years_without_an_affected_follicle_leave_a_healthy_scalp():
    # 40 men with ten years of history against 40 healthy people without any
    common = {"weeks": 4, "batches": 1}
    grown = simulate(MEN, [UNTREATED], parameters={"affected_share_vertex": 0}, **common)
    well = [Patient(id=1000 + i, diagnosis="healthy") for i in range(40)]
    healthy = simulate(well, [UNTREATED], **common)
    for name in ("total_hair_density", "anagen_fraction", "hair_diameter"):
        a, b = grown.true[name][:, 0, 0], healthy.true[name][:, 0, 0]
        error = math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 40)
        assert abs(a.mean() - b.mean()) < 4 * error


def test_a_drug_that_leaves_dht_alone_and_a_tablet_without_drug_do_nothing():
    found = simulate(
        MAN, [UNTREATED, FINASTERIDE, PLACEBO], parameters={"finasteride_scalp_exposure": 0}
    )
    for values in (found.true, found.read):
        for x in values.values():
            np.testing.assert_array_equal(x[:, 1:], x[:, :1].repeat(2, axis=1))


# ---- what androgen and the drug do -------------------------------------------------------------


@pytest.mark.parametrize("endpoint", ["total_hair_density", "anagen_fraction", "hair_weight"])
def test_more_drive_on_anagen_never_helps(endpoint):
    means = [
        simulate(MEN, [UNTREATED], weeks=4, batches=1, parameters={"theta_anagen_androgen": theta})
        .true[endpoint][:, 0, 0]
        .mean()
        for theta in (0.0, 0.7, 1.4, 2.1)
    ]
    assert (np.diff(means) < 0).all()


def test_the_drug_helps_and_its_gain_is_lost_after_stopping():
    found = simulate(
        MEN, [UNTREATED, FINASTERIDE, STOPPED], weeks=364, visits_weeks=[52, 364], batches=1
    )
    kept = found.gain("total_hair_density", "finasteride 1 mg", "untreated")
    lost = found.gain("total_hair_density", "one year", "untreated")
    error = kept.std(axis=0, ddof=1) / math.sqrt(40)
    assert (kept[:, 1:].mean(axis=0) > 4 * error[1:]).all()
    np.testing.assert_array_equal(kept[:, 1], lost[:, 1])
    end = lost[:, 2]
    assert abs(end.mean()) < 4 * end.std(ddof=1) / math.sqrt(40)


def test_total_and_anagen_gains_are_apart():
    found = simulate(MEN, [UNTREATED, FINASTERIDE], batches=1)
    total, anagen = (
        found.gain(f"{kind}_hair_density", "finasteride 1 mg", "untreated")[:, -1].mean()
        for kind in ("total", "anagen")
    )
    assert anagen > total > 0


# ---- luck --------------------------------------------------------------------------------------


def test_a_patient_more_an_option_more_and_threads_change_nobody():
    options = [FINASTERIDE, LOTION]
    for people in ("typical", "drawn"):
        common = {"seed": 5, "people": people}
        alone = simulate(MEN[3], options, **common)
        among = simulate(MEN[:6], [UNTREATED, *options], threads=2, **common)
        for values, others in ((alone.true, among.true), (alone.read, among.read)):
            for name in values:
                np.testing.assert_array_equal(values[name][0], others[name][3, 1:])


def test_another_seed_is_another_luck_and_drawn_people_differ():
    one, two = (simulate(MAN, [UNTREATED], seed=seed) for seed in (1, 2))
    assert not np.array_equal(one.true["total_hair_density"], two.true["total_hair_density"])
    drawn = simulate(MEN, [UNTREATED], weeks=4, batches=1, people="drawn")
    spread = drawn.scalp.follicle_density
    assert len(set(spread.tolist())) == len(MEN)


def test_the_baseline_reading_is_one_for_all_options():
    found = simulate(MEN[:5], [UNTREATED, FINASTERIDE, PLACEBO])
    for x in found.read.values():
        np.testing.assert_array_equal(x[:, :, 0], x[:, :1, 0].repeat(3, axis=1))
    assert (found.change("total_hair_density", read=True)[:, :, 0] == 0).all()


# ---- what is read ------------------------------------------------------------------------------


def test_a_reading_varies_by_the_area_and_the_instrument():
    # 400 like people, 4 batches of 250: variance of a reading is that of the follicles in the area
    # plus the instrument's, and the simulated follicles' own; error of a variance s2 sqrt(2/399)
    people = [Patient(id=i, diagnosis="healthy") for i in range(400)]
    tool = replace(EXACT, reading_error=0.05)
    found = simulate(people, [UNTREATED], weeks=1, batches=4, instrument=tool)
    x = found.read["total_hair_density"][:, 0, 0]
    rho = float(found.scalp.follicle_density[0])
    share = x.mean() / rho
    expected = rho**2 * share * (1 - share) / rho + (0.05 * x.mean()) ** 2
    assert abs(x.var(ddof=1) / expected - 1) < 4 * math.sqrt(2 / 399)


def test_an_exact_instrument_reads_what_is_there():
    found = simulate(MAN, [UNTREATED], batches=1, instrument=EXACT)
    for name in ("total_hair_density", "nonvellus_hair_density", "hair_diameter", "coverage"):
        np.testing.assert_allclose(found.read[name], found.true[name])


def test_slow_hair_is_read_as_resting_and_thin_hair_is_missed():
    found = simulate(MEN, [UNTREATED], weeks=4, batches=1)
    slow = found.true["anagen_fraction"] - found.read["anagen_fraction"]
    assert slow.min() >= 0 < slow.mean()
    blind = replace(EXACT, calibre_limit=25.0)
    missing = simulate(MEN, [UNTREATED], weeks=4, batches=1, instrument=blind)
    assert (missing.read["total_hair_density"] < missing.true["total_hair_density"]).all()


def test_an_instrument_without_growth_gives_no_anagen():
    found = simulate(MAN, [UNTREATED], instrument="trichoscopy_corrected")
    assert "anagen_fraction" in found.true
    assert "anagen_fraction" not in found.read
    assert simulate(MAN, [UNTREATED], instrument=None).read == {}


def artefact_of(found):
    """What the lotion adds to every reading of every person, (patients, visits)."""
    x = found.read["total_hair_density"]
    assert found.options == ("untreated", "lotion")
    return x[:, 1] - x[:, 0]


def test_the_artefact_is_the_same_for_everybody_in_any_company_under_any_seed():
    exact = {"instrument": EXACT, "batches": 1}
    one = artefact_of(simulate(MEN[:1], [UNTREATED, LOTION], **exact))
    well = [Patient(id=i, diagnosis="healthy") for i in range(3)]
    for seed, cohort in ((1, MEN[:1]), (0, MEN[:7]), (2, well)):
        others = artefact_of(simulate(cohort, [UNTREATED, LOTION], seed=seed, **exact))
        np.testing.assert_allclose(others, np.broadcast_to(one, others.shape), atol=1e-9)
    assert (np.diff(one) > 0).all()
    assert one[0, 0] == 0


def test_the_reference_cohort_alone_shows_the_published_total():
    # 2,000 men of 250 follicles under another luck than that of the artefact: the difference of
    # two equal means. Others differ by their own progression: healthy scalps have none.
    week = parameter("topical_vehicle_reading_time").value
    total = parameter("topical_vehicle_change").value
    common = {"weeks": week, "visits_weeks": [week], "batches": 1, "instrument": EXACT}
    p = central_parameters()
    men = reference_men(p)
    found = simulate(men, [LOTION], people="drawn", follicles=250, seed=77, **common)
    change = found.change("total_hair_density", read=True)[:, 0, 1]
    error = math.sqrt(2 / len(men)) * change.std(ddof=1)
    assert abs(change.mean() - total) < 4 * error < 1.5
    np.testing.assert_allclose(
        found.read["total_hair_density"][..., 0], found.true["total_hair_density"][..., 0]
    )
    progression = reference(p, "gradual").progression["topical_vehicle"]
    well = [Patient(id=i, diagnosis="healthy") for i in range(400)]
    healthy = simulate(well, [UNTREATED, LOTION], **common)
    added = artefact_of(healthy)[:, 1].mean()
    assert added == pytest.approx(total - progression)
    assert progression < -2


def test_a_lotion_after_the_last_visit_adds_nothing_and_two_are_refused():
    late = Regimen(
        name="late", courses=(Course(therapy="vehicle", route="topical", start_week=60),)
    )
    found = simulate(MAN, [UNTREATED, late], weeks=52)
    for x in found.read.values():
        np.testing.assert_array_equal(x[:, 0], x[:, 1])
    first = Course(therapy="vehicle", route="topical", stop_week=8)
    twice = Regimen(name="on and off", courses=(first, late.courses[0]))
    with pytest.raises(InputError, match="'on and off' pauses what is put on before week 60"):
        simulate(MAN, [twice])


def test_a_lotion_changed_without_a_pause_is_one_treatment():
    def lotion(**when):
        return Course(therapy="vehicle", route="topical", **when)

    one = Regimen(name="one", courses=(lotion(),))
    first, second = lotion(stop_week=8), lotion(start_week=8, form="foam")
    two = Regimen(name="two", courses=(first, second))
    found = simulate(MAN, [one, two], weeks=24)
    for x in found.read.values():
        np.testing.assert_array_equal(x[:, 0], x[:, 1])


def test_limits_of_growth_and_cover_are_in_each_persons_own_millimetres():
    # someone who differs in growth rate alone is read as in a world where all grow at that rate
    alike = {f"{t}_between_people": 0.0 for t in ("follicle_density", "full_calibre", "anagen")}
    alike["androgen_severity_between_people"] = 0.0
    drawn = simulate(MEN[:6], [UNTREATED], weeks=4, people="drawn", parameters=alike)
    rates = drawn.scalp.growth_rate
    assert len(set(rates.tolist())) == 6
    for i, rate in enumerate(rates.tolist()):
        world = simulate(MEN[i], [UNTREATED], weeks=4, parameters=alike | {"growth_rate": rate})
        for name in ("anagen_fraction", "coverage", "total_hair_density"):
            np.testing.assert_allclose(drawn.read[name][i], world.read[name][0], rtol=1e-12)


def test_no_hair_covers_more_than_the_length_that_covers():
    # shadows [mm2/cm2] are at most the calibres summed [mm/cm2] x the cover length, and near it
    found = simulate(MEN, [UNTREATED], weeks=4, batches=1, people="drawn", instrument=None)
    shadows = -100 * np.log1p(-found.true["coverage"])
    most = found.true["cumulative_thickness"] * parameter("cover_length").value
    assert (shadows <= most * (1 + 1e-3)).all()  # whole ticks
    assert (shadows > 0.7 * most).all()


def test_limits_of_another_number_of_patients_are_refused():
    who, week = Scalps(follicles=5, patient=[1, 2, 3]), [Stretch(days=7)]
    law = follicle_law(central_parameters())
    for given in ({"slow": [0.1, 0.2]}, {"cover_days": [9.0, 8.0]}):
        with pytest.raises(InputError, match="must be one for all or 3, one per patient"):
            run_events(law, who, week, reading=Reading(**given))


def test_mean_diameter_and_thickness_as_read_are_of_the_hairs_seen():
    blind = replace(EXACT, calibre_limit=25.0)
    found = simulate(MEN, [UNTREATED], weeks=4, batches=1, instrument=blind)
    edges = found.bin_width * np.arange(found.histogram.shape[-1])
    seen = found.histogram * (edges >= 25)
    middle = (seen * (edges + found.bin_width / 2)).sum(axis=-1)
    mean, half = found.read["hair_diameter"], found.bin_width / 2
    assert (np.abs(mean - middle / seen.sum(axis=-1)) < half).all()
    np.testing.assert_allclose(
        1000 * found.read["cumulative_thickness"], mean * found.read["total_hair_density"]
    )
    assert (mean > found.true["hair_diameter"]).all()


def test_the_luck_of_the_area_favours_no_count():
    # 200 like men: a reading without error is right on average, in total and in a class
    people = [Patient(id=i, years_since_onset=10) for i in range(200)]
    found = simulate(people, [UNTREATED], weeks=4, instrument=EXACT)
    for name in ("total_hair_density", "nonvellus_hair_density", "hair_diameter"):
        miss = (found.read[name] - found.true[name])[:, 0, 0]
        assert abs(miss.mean()) < 4 * miss.std(ddof=1) / math.sqrt(200)


def test_a_rare_class_never_reads_below_nothing_nor_above_the_total():
    rough = replace(EXACT, reading_error=0.3)
    bald = [Patient(id=i, years_since_onset=30) for i in range(40)]
    read = simulate(bald, [UNTREATED], instrument=rough).read
    for name in DENSITIES[1:]:
        assert (read[name] >= 0).all()
        assert (read[name] <= read["total_hair_density"]).all()


def test_hair_is_weighed_over_the_interval_before_a_visit():
    interval = 10.0
    found = simulate(
        MAN, [UNTREATED], weeks=4, visits_weeks=[0, 1, 4], batches=1,
        parameters={"weighing_interval": interval},
    )  # fmt: skip
    counts, density = found.counts[0], found.scalp.follicle_density[0]
    mass = counts.daily("mass")[0, 0]
    # day 7 lies less than an interval after day 0: the instant value, which has its own rounding
    expected = np.array([mass[0], mass[7], mass[19:29].mean()]) / counts.follicles
    full_rate, shaft = found.scalp.growth_rate[0], parameter("shaft_density").value
    weight = np.pi / 4 * 1e-6 * expected * density * full_rate * interval * shaft
    weighed = found.true["hair_weight"][0, 0]
    np.testing.assert_allclose(weighed[:2], weight[:2], rtol=3e-3)
    assert weighed[2] == pytest.approx(weight[2])


def test_units_and_words_are_those_of_the_vocabulary():
    found = simulate(MAN, [UNTREATED], weeks=4)
    for name, x in found.true.items():
        assert name in words("outcome")
        assert found.unit(name) == endpoints.UNITS[name]
        assert x.shape == (1, 1, 2)
    # a typical scalp, orders of magnitude that a wrong unit would miss
    healthy = simulate(Patient(diagnosis="healthy"), [UNTREATED], weeks=4, follicles=20_000)
    true = {name: float(x[0, 0, 0]) for name, x in healthy.true.items()}
    assert 170 < true["total_hair_density"] < 260
    assert 0.8 < true["anagen_fraction"] < 0.95
    assert 50 < true["hair_diameter"] < 80
    assert 0.3 < true["hair_growth_rate"] < 0.4
    assert 60 < true["shed_hairs_per_day"] < 250
    assert 4 < true["hair_weight"] < 16


def test_the_histogram_holds_every_visible_hair():
    found = simulate(MAN, [UNTREATED, FINASTERIDE])
    np.testing.assert_allclose(found.histogram.sum(axis=-1), found.true["total_hair_density"])


def test_any_draw_can_be_simulated_under_any_hypothesis():
    for seed, hypothesis in enumerate(("gradual", "abrupt", "kenogen_driven") * 3):
        found = simulate(
            MAN, [UNTREATED, FINASTERIDE], parameters=draw_parameters(seed), hypothesis=hypothesis
        )
        assert np.isfinite(found.true["total_hair_density"]).all()


# ---- speed and bad input -----------------------------------------------------------------------


def test_a_consultation_answers_within_a_second():
    man = Patient(age=45, years_since_onset=15)
    options = [UNTREATED, PLACEBO, FINASTERIDE, STOPPED, LOTION]
    simulate(man, options, weeks=52)  # the kernel is compiled, or read from its cache
    begin = time.perf_counter()
    simulate(man, options, weeks=52)
    assert time.perf_counter() - begin < 1


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: Patient(diagnosis="alopecia_areat"), "unknown diagnosis 'alopecia_areat'"),
        (lambda: Patient(sex="mal"), "did you mean 'male'"),
        (lambda: simulate(Patient(diagnosis="hormonal"), [UNTREATED]), "'hormonal' is not simul"),
        (lambda: Patient(years_since_onset=-1), "must lie between 0 and 80"),
        (lambda: Patient(age=30, years_since_onset=31), "must lie between 0 and 30"),
        (lambda: Patient(id=-1), "must be 0 to 2^32 - 1"),
        (lambda: Course(therapy="finasterid", mg_per_day=1), "did you mean 'finasteride'"),
        (lambda: Course(therapy="vitamins"), "'vitamins' is not simulated yet"),
        (lambda: Course(therapy="dutasteride", route="topical", mg_per_day=1), "unknown route"),
        (lambda: Course(therapy="finasteride"), "needs more than 0 mg"),
        (lambda: Course(therapy="vehicle", mg_per_day=1), "holds no drug"),
        (lambda: Course(therapy="vehicle", start_week=5, stop_week=5), "before week 5"),
        (lambda: simulate([], [UNTREATED]), "give at least one patient"),
        (lambda: simulate(MAN, []), "needs one or more"),
        (lambda: simulate(MAN, [UNTREATED, UNTREATED]), "with a name of its own"),
        (lambda: simulate([MAN, MAN], [UNTREATED]), "two patients with one id"),
        (lambda: simulate(Patient(site="vertx"), [UNTREATED]), "did you mean 'vertex'"),
        (lambda: simulate(MAN, [UNTREATED], weeks=0), "must lie between 1 and 2080"),
        (lambda: simulate(MAN, [UNTREATED], weeks=math.inf), "must lie between 1 and 2080"),
        (lambda: simulate(MAN, [UNTREATED], visits_weeks=[60]), "must lie between 0 and 52"),
        (lambda: simulate(MAN, [UNTREATED], hypothesis="gradal"), "did you mean 'gradual'"),
        (lambda: simulate(MAN, [UNTREATED], people="draw"), "did you mean 'drawn'"),
        (lambda: simulate(MAN, [UNTREATED], instrument="trichoscopy"), "unknown instrument"),
        (lambda: simulate(MAN, [UNTREATED], instrument="weight"), "'weight' is not simulated"),
        (lambda: simulate(MAN, [UNTREATED], batches=0), "must lie between 1 and the 1000"),
        (lambda: simulate(MAN, [UNTREATED], people="drawn", seed=-1), "must be a whole number"),
        (lambda: simulate(MAN, [UNTREATED], follicles=100), "simulate at least as many"),
        (lambda: simulate(MAN, [UNTREATED], parameters={"growth_rat": 1}), "'growth_rate'"),
        (lambda: simulate(MAN, [UNTREATED], parameters={"anagen_duration": -1}), "mean"),
        (lambda: simulate(MAN, [UNTREATED]).change("density"), "unknown endpoint 'density'"),
        (lambda: simulate(MAN, [UNTREATED]).gain("coverage", "a", "b"), "unknown option 'a'"),
    ],
)
def test_bad_input_is_one_clear_sentence(call, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)) as error:
        call()
    assert "\n" not in str(error.value)
