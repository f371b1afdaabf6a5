"""Group-sequential boundaries against rpact, gsDesign and theory; decisions at a look."""

from __future__ import annotations

import math

import numpy as np
import pytest
from monte_carlo import LIMIT
from reference_data import all_to_printed_digits, to_printed_digits
from scipy.integrate import quad
from scipy.special import ndtr, ndtri

from anagen.errors import InputError
from anagen.trial.statistics.crossing import crossing
from anagen.trial.statistics.group_sequential import (
    EARLY_Z,
    KINDS,
    SPENDING,
    boundaries,
    hwang_shih_decani_spending,
    sized,
    with_beta_spending,
)
from anagen.trial.statistics.interim import (
    conditional_power,
    conditional_power_futility,
    decide,
    respent,
)
from anagen.trial.statistics.power import parallel, split_scalp

# rpact 3.3.4, getDesignGroupSequential(alpha = 0.025, sided = 1), equally spaced looks
RPACT = {
    "obrien_fleming": (
        "2.796510 1.977431", "3.471091 2.454432 2.004036",
        "4.048591 2.862786 2.337455 2.024296", "4.561742 3.225639 2.633723 2.280871 2.040073",
    ),
    "pocock": (
        "2.178272 2.178272", "2.289478 2.289478 2.289478", "2.361300 2.361300 2.361300 2.361300",
        "2.413180 2.413180 2.413180 2.413180 2.413180",
    ),
    "lan_demets_obrien_fleming": (
        "2.962588 1.968596", "3.710303 2.511427 1.993047",
        "4.332634 2.963132 2.359044 2.014090", "4.876885 3.357012 2.680280 2.289817 2.031032",
    ),
    "lan_demets_pocock": (
        "2.156999 2.200977", "2.279428 2.294911 2.295940", "2.368328 2.367524 2.358168 2.350036",
        "2.437977 2.426814 2.410194 2.396649 2.386000",
    ),
    "haybittle_peto": (None, "3 3 1.975098", None, None),
}  # fmt: skip
INFLATION = {
    "obrien_fleming": "1.007786 1.017406 1.023846 1.028411",
    "pocock": "1.110413 1.166386 1.202469 1.228573",
}
TABLE = [
    (kind, k + 2, row) for kind, rows in RPACT.items() for k, row in enumerate(rows) if row
]  # fmt: skip
UNEVEN = [0.15, 0.4, 0.85, 1.0]
NEVER = -math.inf
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.mark.parametrize(("kind", "looks", "printed"), TABLE)
def test_boundaries_match_rpact_to_all_printed_digits(kind, looks, printed):
    assert all_to_printed_digits(boundaries(kind, looks).upper, printed)


@pytest.mark.parametrize("kind", sorted(INFLATION))
def test_inflation_at_80_percent_power_matches_rpact(kind):
    found = [boundaries(kind, looks).inflation(0.8) for looks in (2, 3, 4, 5)]
    assert all_to_printed_digits(found, INFLATION[kind])


def test_constants_of_many_looks_match_the_textbook():
    # Jennison & Turnbull 2000, tables 2.1 and 2.3 (two-sided 0.05; from memory)
    for looks, pocock, obrien_fleming in ((10, "2.555", "2.087"), (20, "2.672", "2.126")):
        assert to_printed_digits(boundaries("pocock", looks).upper[-1], pocock)
        assert to_printed_digits(boundaries("obrien_fleming", looks).upper[-1], obrien_fleming)


@pytest.mark.parametrize(
    ("kind", "maximum", "with_effect", "without"),
    [
        ("obrien_fleming", 129.75141, 109.19399, 129.43053),
        ("pocock", 148.75104, 104.39438, None),
        ("lan_demets_obrien_fleming", 129.16331, 110.38737, None),
    ],
)
def test_sizes_of_a_trial_of_means_match_rpact(kind, maximum, with_effect, without):
    # rpact's search for the fixed n stops 3e-7 above the root (see test_power)
    plan = sized(boundaries(kind, 3), parallel(delta=10, sd=20), power=0.8)
    assert plan.maximum == pytest.approx(maximum, rel=5e-7)
    assert plan.expected_true == pytest.approx(with_effect, rel=5e-7)
    if without:
        assert plan.expected_null == pytest.approx(without, rel=5e-7)
        assert all_to_printed_digits(plan.stages.efficacy, ".032915 .409481 .357604")
    assert plan.stages.power == pytest.approx(0.8, abs=1e-9)
    np.testing.assert_allclose(plan.looks, plan.maximum * np.array([1, 2, 3]) / 3)


def test_other_comparisons_are_inflated_alike():
    planned, heads = boundaries("pocock", 2), split_scalp(8, 18, 0.5)
    plan = sized(planned, heads, 0.9)
    assert plan.fixed == pytest.approx(heads.n(0.9))
    assert plan.maximum / plan.fixed == pytest.approx(planned.inflation(0.9))


@every_kind
@pytest.mark.parametrize("looks", [1, 2, 7, UNEVEN], ids=str)
@pytest.mark.parametrize("alpha", [0.01, 0.025, 0.1])
def test_alpha_is_spent_exactly(kind, looks, alpha):
    found = boundaries(kind, looks, alpha)
    stages = found.stages()
    assert stages.power == pytest.approx(alpha, abs=1e-10)
    assert stages.efficacy.sum() + stages.futility.sum() == pytest.approx(1, abs=1e-12)
    if kind in SPENDING:
        spent = SPENDING[kind](found.fractions, alpha)
        np.testing.assert_allclose(np.cumsum(stages.efficacy), spent, atol=1e-11)


@every_kind
def test_one_look_is_the_fixed_test(kind):
    found = boundaries(kind, 1)
    assert found.upper == pytest.approx(ndtri(0.975))
    assert found.inflation() == pytest.approx(1)
    assert found.stages(2.8).power == pytest.approx(ndtr(2.8 - ndtri(0.975)))


def test_shapes_of_the_boundaries():
    t = np.array(UNEVEN)
    obrien_fleming = boundaries("obrien_fleming", t).upper * np.sqrt(t)
    np.testing.assert_allclose(obrien_fleming, obrien_fleming[0])
    assert np.ptp(boundaries("pocock", t).upper) == 0
    assert set(boundaries("haybittle_peto", t).upper[:-1]) == {EARLY_Z}


def test_a_look_that_never_stops_changes_nothing():
    two = boundaries("pocock", 2).upper
    idle = np.array([math.inf, two[0], math.inf, two[1]])
    times, none = np.array([0.2, 0.5, 0.9, 1.0]), np.full(4, NEVER)
    assert crossing(idle, none, times, 1.3).power == pytest.approx(
        boundaries("pocock", 2).stages(1.3).power, abs=1e-11
    )


def test_probabilities_are_those_of_simulated_trials():
    # seed 11, 200 000 paths: each share within four Monte-Carlo standard errors
    rng, n, drift = np.random.default_rng(11), 200_000, 2.1
    found = boundaries("lan_demets_pocock", UNEVEN, futility=[NEVER, 0.3, 1.0], binding=True)
    gaps = np.diff(found.fractions, prepend=0)
    for theta in (0.0, drift):
        steps = rng.normal(theta * gaps, np.sqrt(gaps), (n, 4))
        z = np.cumsum(steps, axis=1) / np.sqrt(found.fractions)
        up, low = z >= found.upper, z < found.lower
        first = np.argmax(up | low, axis=1)  # the last look always ends a trial
        stages = found.stages(theta)
        for hit, expected in ((up, stages.efficacy), (low, stages.futility)):
            share = np.bincount(first, hit[np.arange(n), first], 4) / n
            error = np.sqrt(expected * (1 - expected) / n)
            assert np.all(np.abs(share - expected) <= LIMIT * error), (share, expected)
        used = float(found.fractions[first].mean())
        error = found.fractions[first].std() / math.sqrt(n)
        assert abs(used - found.expected_fraction(theta)) < LIMIT * error


# gsDesign 3.11, snapshots of its own tests: Hwang-Shih-DeCani spending, -4 above and -2 below
def test_beta_spending_without_obligation_matches_gsdesign():
    planned = boundaries(hwang_shih_decani_spending(-4), 3)
    found = with_beta_spending(planned, 0.1, hwang_shih_decani_spending(-2))
    assert all_to_printed_digits(found.upper, "3.0107 2.5465 1.9992")
    assert all_to_printed_digits(found.lower, "-0.2387 0.9411 1.9992")
    null, true = found.stages(), found.stages(found.drift(0.9))
    assert all_to_printed_digits(null.efficacy, ".0013 .0049 .0171")
    assert all_to_printed_digits(null.futility, ".4057 .4290 .1420")
    assert all_to_printed_digits(true.efficacy, ".1412 .4403 .3185")
    assert all_to_printed_digits(true.futility, ".0148 .0289 .0563")


def test_binding_beta_spending_matches_gsdesign():
    planned = boundaries(hwang_shih_decani_spending(-4), 5)
    found = with_beta_spending(planned, 0.1, hwang_shih_decani_spending(-2), binding=True)
    assert all_to_printed_digits(found.upper, "3.25 2.99 2.69 2.37 1.97")
    assert all_to_printed_digits(found.lower, "-.92 -.07 .66 1.32 1.97")
    inflation, drift = found.inflation(0.9), found.drift(0.9)
    assert all_to_printed_digits(inflation * found.fractions, ".214 .428 .641 .855 1.069")
    assert to_printed_digits(inflation * found.expected_fraction(0.0), ".5636")
    assert to_printed_digits(inflation * found.expected_fraction(drift), ".7306")
    assert all_to_printed_digits(found.stages().futility, ".1777 .3135 .2708 .1527 .0602")
    assert all_to_printed_digits(found.stages(drift).efficacy, ".0397 .1610 .2743 .2677 .1573")


@every_kind
def test_beta_spending_reaches_its_power_for_every_kind(kind):
    for binding in (False, True):
        found = with_beta_spending(boundaries(kind, UNEVEN), 0.2, binding=binding)
        drift = found.drift(0.8)
        spent = SPENDING["lan_demets_obrien_fleming"](found.fractions, 0.2)
        np.testing.assert_allclose(np.cumsum(found.stages(drift).futility), spent, atol=1e-8)
        error = found.stages().power
        assert (error == pytest.approx(0.025, abs=1e-8)) is binding
        assert found.kind == kind


@every_kind
def test_only_binding_futility_lowers_the_upper_boundary(kind):
    free, given = boundaries(kind, 3), [0.0, 1.0]
    loose, bound = (boundaries(kind, 3, futility=given, binding=b) for b in (False, True))
    np.testing.assert_array_equal(loose.upper, free.upper)
    assert loose.stages().power < 0.025  # obeyed all the same, the error is smaller
    assert bound.upper[-1] < free.upper[-1]
    assert bound.stages().power == pytest.approx(0.025, abs=1e-10)
    assert loose.stages(2.8).power < free.stages(2.8).power
    assert loose.expected_fraction(0) < free.expected_fraction(0)


def test_conditional_power_with_one_look_left_is_closed_form():
    planned, z, t = boundaries("obrien_fleming", 3), 1.4, 2 / 3
    for drift, used in ((2.5, 2.5), (None, z / math.sqrt(t))):
        away = z * math.sqrt(t) + used * (1 - t) - planned.upper[-1]
        expected = ndtr(away / math.sqrt(1 - t))
        assert conditional_power(planned, 2, z, drift) == pytest.approx(expected, abs=1e-12)


def test_conditional_power_averages_to_power():
    planned, drift = boundaries("lan_demets_pocock", 4), 2.2
    first, mean = planned.upper[0], drift * 0.5
    rest = quad(
        lambda z: math.exp(-((z - mean) ** 2) / 2) * conditional_power(planned, 1, z, drift),
        mean - 8, first, epsabs=1e-9,
    )[0] / math.sqrt(2 * math.pi)  # fmt: skip
    stages = planned.stages(drift)
    assert stages.efficacy[0] + rest == pytest.approx(stages.power, abs=1e-8)


@pytest.mark.parametrize("drift", [None, 2.8])
def test_futility_from_conditional_power_is_its_inverse(drift):
    planned = boundaries("obrien_fleming", UNEVEN)
    z = conditional_power_futility(planned, 0.15, drift)
    found = [conditional_power(planned, k + 1, float(v), drift) for k, v in enumerate(z)]
    np.testing.assert_allclose(found, 0.15, atol=1e-8)
    assert boundaries("obrien_fleming", UNEVEN, futility=z).stages().power < 0.025


@pytest.mark.parametrize("kind", sorted(SPENDING))
def test_spending_again_at_other_looks(kind):
    planned = boundaries(kind, 3)
    as_planned = respent(planned, [40, 80, 120], 120)
    np.testing.assert_allclose(as_planned, planned.upper, atol=1e-9)
    uneven = respent(planned, [18, 48, 102, 120], 120)
    np.testing.assert_allclose(uneven, boundaries(kind, UNEVEN).upper, atol=1e-9)
    for information, final in (([40, 90], True), ([40, 90, 150], False), ([70], True)):
        z, t = respent(planned, information, 120, final), np.array(information) / 120
        error = crossing(z, np.full(len(t), NEVER), t).power
        assert error == pytest.approx(0.025, abs=1e-10)
    early = respent(planned, [40, 90], 120)
    assert early[0] == pytest.approx(planned.upper[0])  # what was used stays
    assert early[1] > respent(planned, [40, 90], 120, final=True)[1]


def test_decisions():
    planned = boundaries("obrien_fleming", 3, futility=[0.0, 1.0])
    assert [decide(planned, z).action for z in ([3.6], [1], [-0.1], [1, 0.5], [1, 2.5])] == [
        "reject", "go on", "futility", "futility", "reject"
    ]  # fmt: skip
    last = decide(planned, [-0.1, 1.5, 1.9])  # futility that does not bind was overruled
    assert (last.action, last.conditional_power, last.look) == ("not rejected", None, 3)
    assert decide(planned, [1, 1.5, 2.1]).action == "reject"
    middle = decide(planned, [1, 1.5])
    assert middle.conditional_power == pytest.approx(conditional_power(planned, 2, 1.5))
    assert (middle.upper, middle.lower) == (planned.upper[1], 1.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: boundaries("obrien_flemming", 3), "did you mean 'obrien_fleming'"),
        (lambda: boundaries("pocock", 0), "end at 1"),
        (lambda: boundaries("pocock", [0.5, 0.4, 1]), "must rise"),
        (lambda: boundaries("pocock", [0.5, 1.5]), "end at 1"),
        (lambda: boundaries("pocock", math.nan), "end at 1"),
        (lambda: boundaries("pocock", 2.5), "end at 1"),
        (lambda: boundaries("pocock", 3, 1.2), "level"),
        (lambda: boundaries("pocock", 3).inflation(0.02), "above the error of 0.025"),
        (lambda: with_beta_spending(boundaries("pocock", 3), 0.98), "beta: must be below"),
        (lambda: boundaries("pocock", 3, futility=[1]), "one z for each of the 2"),
        (lambda: boundaries("pocock", 3, futility=[1, 3]), "look 2: futility is not below"),
        (lambda: boundaries("haybittle_peto", 5, 0.001), "spent before the last look"),
        (lambda: decide(boundaries("pocock", 2), [3, 1]), "had ended at look 1"),
        (lambda: decide(boundaries("pocock", 2), [1, 1, 1]), "allowed: 1 to 2"),
        (lambda: decide(boundaries("pocock", 2), [math.nan]), "must be numbers"),
        (lambda: decide(boundaries("pocock", 2, futility=[0], binding=True), [-1, 1]), "ended"),
        (lambda: conditional_power(boundaries("pocock", 2), 2, 1), "allowed: 1 to 1"),
        (lambda: respent(boundaries("pocock", 2), [50], 100), "Lan-DeMets"),
        (lambda: respent(boundaries("lan_demets_pocock", 2), [50, 40], 100), "must rise"),
        (lambda: respent(boundaries("lan_demets_pocock", 2), [100, 110], 100), "spent all"),
    ],
)
def test_bad_input_is_told(call, words):
    with pytest.raises(InputError, match=words):
        call()
