"""JAK inhibitors, ketoconazole shampoo and the correction of a deficiency."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from anagen.errors import InputError
from anagen.parameters import load_parameters
from anagen.priors import quantile
from anagen.therapies import jak_inhibitors, ketoconazole, nutrient_correction
from anagen.therapies.first_order import first_order

ROWS = load_parameters()
P = {name: row.value for name, row in ROWS.items()}
DRUGS = jak_inhibitors.DRUGS
TABLES = ("jak_inhibitors", "ketoconazole", "nutrient_correction")
SEBORRHOEIC = ("seborrhoeic_dermatitis",)
DAYS = 200
DOSES = st.lists(st.just(0.0) | st.floats(1e-3, 50), min_size=1, max_size=60)
SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


def course(value, days=DAYS, stop=None):
    """``value`` on every day, 0 from day ``stop`` on."""
    return np.where(np.arange(days) < (days if stop is None else stop), value, 0.0)


def drawn(share):
    """Every parameter of these therapies at one quantile of its prior."""
    own = {n: float(quantile(r, share)) for n, r in ROWS.items() if r.table in TABLES}
    return P | own


# ---- towards a goal ----------------------------------------------------------------------------


@given(rise=st.floats(0.05, 300), fall=st.floats(0.05, 300), goal=st.floats(0.01, 10))
def test_a_rise_and_a_return_follow_their_closed_forms(rise, fall, goal):
    n = np.arange(1, 101)
    level = first_order(course(goal, 200, stop=100), rise, fall)
    assert level[:100] == pytest.approx(-goal * np.expm1(-n / rise), rel=1e-9)
    assert level[100:] == pytest.approx(level[99] * np.exp(-n / fall), rel=1e-9, abs=1e-300)


def test_half_is_gone_after_a_half_life():
    level = first_order(course(1.0, 400, stop=300), 10.0, 20 / math.log(2))
    assert level[319] == pytest.approx(level[299] / 2)


@given(SHARES)
def test_a_level_stays_between_rest_and_its_goals(goals):
    level = first_order(goals, 7.0, 30.0)
    assert np.all((level >= 0) & (level <= max(goals)))


# ---- JAK inhibitors ----------------------------------------------------------------------------


@pytest.mark.parametrize("drug", DRUGS)
def test_the_steady_state_is_dose_over_clearance(drug):
    c = jak_inhibitors.concentration(course(4.0), P, drug)
    # mg/day over L/h: 1e6 ng/mg, 1e3 mL/L, 24 h/day
    absorbed = 4e6 * P[f"{drug}_bioavailability"]
    assert c[-1] == pytest.approx(absorbed / (P[f"{drug}_clearance"] * 1e3 * 24))
    q = 2 ** (-24 / P[f"{drug}_half_life"])
    n = np.arange(1, DAYS + 1)
    assert c == pytest.approx(c[-1] * (1 - q**n))


@pytest.mark.parametrize("drug", DRUGS)
def test_daily_means_agree_with_an_integrated_compartment(drug):
    """Doses of three days and what is left of them, by an ODE solver that restarts at each dose."""
    doses, k = [30.0, 0.0, 10.0, 0.0, 0.0], math.log(2) / P[f"{drug}_half_life"]
    volume = P[f"{drug}_clearance"] / k
    amount, means = 0.0, []
    for dose in doses:
        amount += dose * P[f"{drug}_bioavailability"]
        run = solve_ivp(
            lambda t, y: [-k * y[0], y[0]], (0, 24), [amount, 0], rtol=1e-10, atol=1e-12
        )
        means.append(1000 * run.y[1, -1] / volume / 24)
        amount = run.y[0, -1]
    assert jak_inhibitors.concentration(doses, P, drug) == pytest.approx(means, rel=1e-6)


@given(DOSES, st.sampled_from(DRUGS))
def test_what_was_absorbed_is_cleared(doses, drug):
    c = jak_inhibitors.concentration([*doses, *[0.0] * 60], P, drug)
    cleared = c.sum() * P[f"{drug}_clearance"] * 24 / 1000
    assert cleared == pytest.approx(sum(doses) * P[f"{drug}_bioavailability"], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("drug", DRUGS)
def test_the_largest_effect_is_halved_at_the_half_concentration(drug):
    dose = P[f"{drug}_half_concentration"] * P[f"{drug}_clearance"] * 24 / 1000
    dose /= P[f"{drug}_bioavailability"]
    for hill in (1.0, 2.5):
        p = P | {f"{drug}_hill": hill}
        found = jak_inhibitors.inhibition(course(dose), p, drug)[-1]
        assert found == pytest.approx(p[f"{drug}_max_inhibition"] / 2)
        # three times the concentration: 3^h / (1 + 3^h), at a Hill exponent of 1 three quarters
        more = jak_inhibitors.inhibition(course(3 * dose), p, drug)[-1]
        assert more == pytest.approx(p[f"{drug}_max_inhibition"] * 3**hill / (1 + 3**hill))


@given(DOSES, st.sampled_from(DRUGS), st.floats(0.001, 0.999), st.floats(1.1, 5))
def test_more_of_a_drug_stops_more_of_the_attack(doses, drug, share, factor):
    p = drawn(share)
    less = jak_inhibitors.inhibition(doses, p, drug)
    more = jak_inhibitors.inhibition(factor * np.array(doses), p, drug)
    assert np.all((less >= 0) & (less <= more) & (more <= p[f"{drug}_max_inhibition"]))
    assert more.sum() > less.sum() or not less.any()


@pytest.mark.parametrize("drug", DRUGS)
def test_no_dose_is_exactly_nothing(drug):
    assert not jak_inhibitors.inhibition(course(0.0), P, drug).any()
    assert np.all(jak_inhibitors.attack_left({drug: course(0.0)}, P) == 1)


def test_two_drugs_act_one_after_the_other():
    doses = {"baricitinib": course(4.0), "ritlecitinib": course(50.0, stop=100)}
    left = jak_inhibitors.attack_left(doses, P)
    alone = [jak_inhibitors.attack_left({drug: mg}, P) for drug, mg in doses.items()]
    assert left == pytest.approx(alone[0] * alone[1])
    assert left[-1] == pytest.approx(alone[0][-1])


def test_the_prior_leaves_the_response_at_the_tested_doses_open():
    """From hardly anything to nearly all, so that trials, not the table, decide."""
    for drug, dose in (("baricitinib", 4.0), ("ritlecitinib", 50.0)):
        wide = [P | {f"{drug}_half_concentration": getattr(ROWS[f"{drug}_half_concentration"], end)}
                for end in ("low", "high")]  # fmt: skip
        strong, weak = (jak_inhibitors.inhibition(course(dose), p, drug)[-1] for p in wide)
        assert weak < 0.25
        assert strong > 0.75


# ---- ketoconazole ------------------------------------------------------------------------------


def test_the_shampoo_saturates_with_its_frequency():
    p = P | {"ketoconazole_onset_time": 1.0}
    half, most = p["ketoconazole_half_frequency"], p["ketoconazole_max_suppression"]
    for times, share in ((1, 1 / 2), (3, 3 / 4), (9, 9 / 10)):
        left = ketoconazole.load_left(course(times * half), p, SEBORRHOEIC)
        assert left[-1] == pytest.approx(1 - most * share)


def test_the_inflammation_returns_with_its_own_time():
    left = ketoconazole.load_left(course(2 / 7, stop=100), P, SEBORRHOEIC)
    t = np.arange(1, 101)
    taken, offset = 1 - left, P["ketoconazole_offset_time"]
    assert taken[100:] == pytest.approx(taken[99] * np.exp(-t / offset))
    assert taken[:100] == pytest.approx(
        -taken[99] * np.expm1(-t / P["ketoconazole_onset_time"])
        / -np.expm1(-100 / P["ketoconazole_onset_time"])
    )  # fmt: skip


def test_only_seborrhoeic_dermatitis_is_treated():
    often = course(2 / 7)
    alone = ketoconazole.load_left(often, P, SEBORRHOEIC)
    assert np.all(ketoconazole.load_left(often, P, ("psoriasis",)) == 1)
    assert np.all(ketoconazole.load_left(often, P, ()) == alone)
    both = ketoconazole.load_left(often, P, (*SEBORRHOEIC, "psoriasis"))
    assert 1 - both == pytest.approx((1 - alone) / 2)


@given(SHARES, st.floats(0.001, 0.999), st.floats(0.1, 1))
def test_more_shampoo_leaves_less(often, share, part):
    p, rare = drawn(share), part * np.array(often)
    most = ketoconazole.load_left(often, p, SEBORRHOEIC)
    least = ketoconazole.load_left(rare, p, SEBORRHOEIC)
    assert np.all((most >= 0) & (most <= least + 1e-12) & (least <= 1))


def test_half_the_strength_is_half_as_often():
    half = ketoconazole.suppression(course(0.3), P, 1.0)
    assert half == pytest.approx(ketoconazole.suppression(course(0.15), P))
    assert np.all(ketoconazole.load_left(course(0.3), P, SEBORRHOEIC, 0.0) == 1)
    assert np.all(ketoconazole.load_left(course(0.0), P, SEBORRHOEIC) == 1)


# ---- correction of a deficiency ----------------------------------------------------------------


def test_a_deficiency_is_made_up_for_and_returns():
    fill, empty = P["deficiency_correction_time"], P["deficiency_return_time"]
    left = nutrient_correction.load_left(course(1.0, stop=100), P)
    t = np.arange(1, 101)
    assert left[:100] == pytest.approx(np.exp(-t / fill))
    assert 1 - left[100:] == pytest.approx((1 - left[99]) * np.exp(-t / empty))
    assert nutrient_correction.load_left(course(1.0, days=5000), P)[-1] == pytest.approx(
        0, abs=1e-9
    )


@given(SHARES, st.floats(0.001, 0.999), st.floats(0, 1))
def test_more_correction_leaves_less(shares, quantile_, part):
    p = drawn(quantile_)
    whole = nutrient_correction.load_left(shares, p)
    some = nutrient_correction.load_left(part * np.array(shares), p)
    assert np.all((whole >= 0) & (whole <= some + 1e-12) & (some <= 1))
    assert np.all(nutrient_correction.load_left(0 * np.array(shares), p) == 1)


# ---- what cannot be ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: jak_inhibitors.inhibition([4.0], P, "baricitinb"), "did you mean 'baricitinib'"),
        (
            lambda: jak_inhibitors.inhibition([4.0, -1.0], P, "baricitinib"),
            "daily_mg: must be",
        ),
        (
            lambda: jak_inhibitors.inhibition([math.nan], P, "ritlecitinib"),
            "daily_mg: must be",
        ),
        (lambda: jak_inhibitors.attack_left({}, P), "courses: no course was given"),
        (
            lambda: ketoconazole.load_left([-0.1], P, SEBORRHOEIC),
            "applications: must be a n",
        ),
        (
            lambda: ketoconazole.load_left([0.1], P, SEBORRHOEIC, -2.0),
            "strength_percent: must",
        ),
        (lambda: ketoconazole.load_left([0.1], P, ("psoriasi",)), "did you mean 'psoriasis'"),
        (lambda: nutrient_correction.load_left([2.0], P), "given: must lie between 0 and 1"),
        (
            lambda: nutrient_correction.load_left([math.inf], P),
            "must be a number of 0 or more",
        ),
    ],
)
def test_bad_input_is_one_sentence(call, sentence):
    with pytest.raises(InputError) as error:
        call()
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
