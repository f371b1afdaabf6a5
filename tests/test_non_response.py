"""What failing implies: closed forms of the two parts, and planted truths in small simulations.

Stochastic tests: seeds are the arguments (0 where none is given), draws the replications; they
fail at four Monte-Carlo standard errors, which `difference` prints.
"""

import numpy as np
import pytest

from anagen.errors import InputError
from anagen.population.non_response import (
    Group,
    after_failure,
    control_of,
    difference,
    means,
)
from anagen.priors import central_parameters
from anagen.regimen import UNTREATED, Course, Regimen
from anagen.simulate.past import usual

LOTION, TABLET, PRP = ("minoxidil", "topical"), ("minoxidil", "oral"), ("prp", "injection")
ALL = Group(name="all")
FAILED = Group(name="failed", failed=("minoxidil topical",))
RESPONDED = Group(name="responded", failed=("minoxidil topical",), responded=True)
REGIMENS = [UNTREATED, usual(*LOTION), usual(*TABLET), usual(*PRP)]
NAMES = [r.name for r in REGIMENS]


@pytest.fixture(scope="module")
def men():
    return after_failure([LOTION, PRP], REGIMENS, draws=10, people=12, threads=2)


# ---- the arithmetic ----------------------------------------------------------------------------


def test_the_person_and_nature_parts_of_a_known_law_are_found():
    # gain = a + t, chance = 1/2 - q a - r t with a, t of mean 0 and variances A, T:
    # person = -2 r T, nature = -2 q A; 4000 draws of 5 people, seed 1
    rng, q, r = np.random.default_rng(1), 0.1, 0.05
    draw = np.repeat(np.arange(4000), 5)
    a = rng.uniform(-2, 2, 4000)[draw]
    t = rng.uniform(-3, 3, 20_000)
    found = difference(5 + a + t, 0.5 - q * a - r * t, draw)
    person, nature = -2 * r * 3, -2 * q * 4 / 3
    assert abs(found.person - person) < 4 * found.person_error
    assert abs(found.nature - nature) < 4 * found.nature_error
    assert abs(found.total - person - nature) < 4 * found.error
    assert max(found.person_error, found.nature_error) < 0.03


def test_the_error_is_the_spread_of_repeated_runs():
    # 400 runs of 60 draws, seed 2: the relative error of an SD is 3.5 %, limit four of them
    rng, draw = np.random.default_rng(2), np.repeat(np.arange(60), 6)

    def run():
        a = rng.normal(size=60)[draw]
        gain = a + rng.normal(size=360)
        return difference(gain, 1 / (1 + np.exp(gain)), draw)

    runs = [run() for _ in range(400)]
    for part, error in (("total", "error"), ("person", "person_error")):
        spread = np.std([getattr(x, part) for x in runs], ddof=1)
        stated = np.sqrt(np.mean([getattr(x, error) ** 2 for x in runs]))
        assert stated == pytest.approx(spread, rel=4 * 0.035 + 1 / 60)


def test_a_chance_that_is_the_same_for_all_changes_nothing():
    rng, draw = np.random.default_rng(3), np.repeat(np.arange(9), 4)
    found = difference(rng.normal(size=36), np.full(36, 0.3), draw)
    assert found.total == pytest.approx(0, abs=1e-12)
    assert found.person == pytest.approx(0, abs=1e-12)
    assert found.error == pytest.approx(0, abs=1e-12)
    assert (found.low, found.high) == pytest.approx((0, 0), abs=1e-12)


# ---- simulated people --------------------------------------------------------------------------


def test_failed_and_responded_add_up_to_all(men):
    both = Group(name="both", failed=("minoxidil topical", "prp injection"))
    either = Group(name="either", failed=both.failed, responded=True)
    assert men.belongs(ALL) == pytest.approx(1)
    assert men.base.sum() == pytest.approx(1)
    assert means(men.base, men.draw) * np.bincount(men.draw) == pytest.approx(1 / len(men.seeds))
    for one, other in ((FAILED, RESPONDED), (both, either)):
        assert men.belongs(one) + men.belongs(other) == pytest.approx(1)
        for name in NAMES:
            parts = [men.share(g)[0] * men.line(name, 24, g).mean for g in (one, other)]
            assert sum(parts) == pytest.approx(men.line(name, 24, ALL).mean, abs=1e-9)


def test_nobody_failing_is_all(men):
    for name in NAMES:
        d = men.line(name, 24, ALL).versus_all
        assert (d.total, d.person, d.error) == pytest.approx((0, 0, 0), abs=1e-9)
    people, draws = men.effective(ALL)
    assert draws == pytest.approx(len(men.seeds))
    assert people <= len(men.draw) * (1 + 1e-9)
    assert men.effective(FAILED)[0] < people


@pytest.fixture(scope="module")
def known_nature():
    """Every draw has the same numbers, with which the enzyme matters; a tablet arrives active."""
    planted = {
        "minoxidil_potency": 3.0, "minoxidil_half_exposure": 1.0,
        "sulfotransferase_log_spread": 1.0, "minoxidil_activated_elsewhere_share": 1.0,
    }  # fmt: skip
    return after_failure(
        [LOTION, TABLET], [usual(*LOTION), usual(*TABLET)], draws=16, people=24, threads=2,
        parameters=central_parameters() | planted,
    )  # fmt: skip


def test_those_whom_the_lotion_failed_have_less_of_its_enzyme(known_nature):
    sult, draw = known_nature.traits["sult_activity"], known_nature.draw
    less = difference(sult, known_nature.belongs(FAILED), draw)
    assert less.total < -4 * less.error
    assert known_nature.trait("sult_activity", FAILED) < known_nature.trait(
        "sult_activity", RESPONDED
    )
    tablet = difference(sult, known_nature.chance["minoxidil oral"], draw)
    assert abs(tablet.total) < 4 * tablet.error


def test_a_failed_lotion_speaks_against_the_lotion_more_than_against_the_tablet(known_nature):
    gain, chance = known_nature.gain[:, :, 0], known_nature.belongs(FAILED)
    own = difference(gain[:, 0], chance, known_nature.draw)
    apart = difference(gain[:, 0] - gain[:, 1], chance, known_nature.draw)
    assert own.total < -4 * own.error
    assert apart.total < -4 * apart.error


def test_nothing_is_learnt_of_a_nature_that_is_known(known_nature):
    for option in (0, 1):
        gain = known_nature.gain[:, option, 0]
        d = difference(gain, known_nature.belongs(FAILED), known_nature.draw)
        assert d.nature_error > 0
        assert abs(d.nature) < 4 * d.nature_error


def test_failing_a_therapy_without_potency_says_nothing_of_another():
    # planted: PRP holds nothing, so that whom it failed is luck of the patch and the needles
    nothing = {"prp_potency": 0.0, "tgf_beta_potency": 0.0}
    found = after_failure([PRP], REGIMENS, draws=12, people=12, threads=2, parameters=nothing)
    group = Group(name="failed", failed=("prp injection",))
    prp = found.line(usual(*PRP).name, 24, group)
    assert (prp.mean, prp.low, prp.high, prp.versus_all.total) == (0, 0, 0, 0)
    for name in (usual(*LOTION).name, usual(*TABLET).name):
        d = found.line(name, 24, group).versus_all
        assert d.nature_error > 0
        assert abs(d.nature) < 4 * d.nature_error
        assert abs(d.total) < 4 * d.error


def test_without_potency_all_fail_alike_where_no_gain_can_be_measured():
    # nothing in the lotion: it is judged as its vehicle, that is as no treatment, to the last bit
    nothing = {"minoxidil_potency": 0.0}
    found = after_failure([LOTION, TABLET], REGIMENS, draws=10, people=8, parameters=nothing)
    assert np.array_equal(found.chance["minoxidil topical"], found.chance["minoxidil oral"])
    for route in (LOTION, TABLET):
        assert not found.gain[:, NAMES.index(usual(*route).name)].any()


def test_threads_and_other_options_change_nothing():
    one = after_failure([LOTION], REGIMENS[:2], draws=4, people=4)
    two = after_failure([LOTION, PRP], REGIMENS, draws=4, people=4, threads=2)
    assert np.array_equal(one.gain, two.gain[:, :2])
    assert np.array_equal(one.chance["minoxidil topical"], two.chance["minoxidil topical"])


def test_what_a_gain_is_counted_over():
    assert control_of(UNTREATED) is UNTREATED
    assert control_of(usual("microneedling", "device")) is UNTREATED
    assert control_of(usual(*PRP)).sham
    assert control_of(Regimen(name="lotion", courses=(Course(therapy="vehicle"),))) is UNTREATED


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"failed": [("surgery", "device")]}, "failed"),
        ({"draws": 1}, "draws"),
        ({"people": 1}, "people"),
        ({"draws": 2, "parameters": {"androgen_severity_cap": 0.0}}, "draws"),
    ],
)
def test_bad_input_is_one_sentence(change, field):
    given = {"failed": [LOTION], "regimens": REGIMENS[:1], "draws": 2, "people": 2} | change
    with pytest.raises(InputError) as error:
        after_failure(given.pop("failed"), given.pop("regimens"), **given)
    assert error.value.field == field


def test_an_unknown_failure_is_refused(men):
    with pytest.raises(InputError, match="not tried"):
        men.belongs(Group(name="x", failed=("exosome injection",)))
