"""What the engine cannot run it refuses: one sentence, the field, and what was given."""

import numpy as np
import pytest

from anagen.errors import InputError
from anagen.follicle.events import run_events
from anagen.follicle.law import FollicleLaw, ForcedExit
from anagen.follicle.residence import Residence
from anagen.follicle.scalps import Course, Reading, Scalps

NAN, INF = float("nan"), float("inf")
DAYS = 20
LAW = {
    "anagen": Residence(100, 0.5), "catagen": Residence(14, 0.3),
    "telogen": Residence(40, 0.4, "gamma"), "kenogen": Residence(30, 0.6),
    "androgen_drive": (1.2, 0.2, -0.3, -1.0), "size_step": 0.4,
}  # fmt: skip
CLOCK, DAILY = np.ones((1, DAYS, 4)), np.ones((1, DAYS))


def run(law=None, scalp=None, options=None, **other):
    law, scalp = LAW | (law or {}), {"follicles": 10} | (scalp or {})
    return run_events(FollicleLaw(**law), Scalps(**scalp), options or [Course(days=DAYS)], **other)


def refused(field, said, call, *args, **given):
    with pytest.raises(InputError) as error:
        call(*args, **given)
    assert error.value.field == field
    message = str(error.value)
    assert said in message
    assert "\n" not in message


NO_NUMBERS = [NAN, INF, -INF, "1", None, [], 1j, 10**400]
numberless = pytest.mark.parametrize("wrong", NO_NUMBERS, ids=lambda w: str(w)[:8])


def with_one(array, wrong):
    array = np.array(array, dtype=object if isinstance(wrong, str | complex) else float)
    array.flat[-1] = wrong
    return array


@pytest.mark.parametrize("wrong", [NAN, INF, -0.5, 300, "fast", 1j])
@pytest.mark.parametrize("name", ["clock", "growth", "calibre", "hazard", "dht"])
def test_one_bad_number_in_a_table_is_found(name, wrong):
    table = with_one(CLOCK if name == "clock" else DAILY, wrong)
    refused(name, "given: ", Course, days=DAYS, **{name: table})


SHAPES = [(), (DAYS,), (1, DAYS - 1), (1, DAYS, 3), (1, DAYS, 5), (DAYS, 4), (1, 1, DAYS, 4),
          (1, DAYS + 1, 4)]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["clock", "growth", "calibre", "hazard", "dht"])
def test_a_table_of_another_shape_is_refused(name, shape):
    refused(name, f"given: shape {shape}", Course, days=DAYS, **{name: np.ones(shape)})


@pytest.mark.parametrize("name", ["clock", "growth", "calibre", "hazard", "dht"])
def test_an_empty_or_ragged_table_is_refused(name):
    table = CLOCK if name == "clock" else DAILY
    refused(name, "empty", Course, days=DAYS, **{name: table[:0]})
    refused(name, "must be numbers", Course, days=DAYS, **{name: [[1, 2], [1]]})


SCALP = ["patient", "history", "severity", "affected_share", "onset", "onset_spread", "ramp",
         "reserve", "full_calibre", "phase_scale"]  # fmt: skip


@pytest.mark.parametrize("name", SCALP)
@numberless
def test_a_scalp_of_anything_but_numbers_is_refused(name, wrong):
    if name == "patient" and wrong is None:
        assert Scalps(follicles=1).patient == [0]
        return
    refused(name, "give", Scalps, follicles=1, **{name: wrong})
    if wrong not in ([], 10**400):
        refused(name, "given", Scalps, follicles=1, **{name: with_one([1.0, 1.0], wrong)})


@pytest.mark.parametrize("name", SCALP)
def test_patients_are_as_many_in_every_field(name):
    assert Scalps(follicles=1, severity=[0, 0, 0]).patient.tolist() == [0, 1, 2]
    sizes = {"severity": [0, 0, 0]} if name != "severity" else {"ramp": [1, 1, 1]}
    refused(name, "given: shape (2,)", Scalps, follicles=1, **sizes, **{name: [1, 1]})
    refused(name, "given: shape (1, 1, 2)", Scalps, follicles=1, **{name: [[[1, 1]]]})


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"patient": [5, 5]}, "patient", "number them apart"),
        ({"patient": 5, "severity": [0, 0]}, "patient", "number them apart"),
        ({"patient": [1.2, 1.4]}, "patient", "whole"),
        ({"patient": -1}, "patient", "between 0 and 4294967295 (given: -1)"),
        ({"patient": 2**32}, "patient", "given: 4294967296"),
        ({"history": 0.5}, "history", "whole"),
        ({"history": 10.5}, "history", "given: 10.5"),
        ({"history": -1}, "history", "given: -1"),
        ({"history": 40_000}, "history", "between 0 and 36600"),
        ({"severity": 1, "onset": -5}, "onset", "before the history"),
        ({"severity": [0, 1], "onset": -5, "history": [0, 4]}, "onset", "patient 1"),
        ({"severity": -1}, "severity", "given: -1"),
        ({"affected_share": 1.1}, "affected_share", "between 0 and 1"),
        ({"onset_spread": -1}, "onset_spread", "given: -1"),
        ({"ramp": 0}, "ramp", "between 1 and"),
        ({"reserve": 0}, "reserve", "given: 0"),
        ({"full_calibre": 0}, "full_calibre", "given: 0"),
        ({"phase_scale": 0}, "phase_scale", "given: 0"),
        ({"phase_scale": np.ones((4, 4))}, "phase_scale", "(1, 4)"),
        ({"follicles": 0}, "follicles", "between 1 and 2147483647 (given: 0)"),
        ({"follicles": 1.5}, "follicles", "whole"),
        ({"follicles": NAN}, "follicles", "given: nan"),
        ({"follicles": 2**31}, "follicles", "given: 2147483648"),
        ({"follicles": 2**33}, "follicles", "given: 8589934592"),
        ({"follicles": [3]}, "follicles", "a single number"),
    ],
)
def test_scalps(given, field, said):
    refused(field, said, Scalps, **({"follicles": 10} | given))


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"days": 0}, "days", "given: 0"),
        ({"days": 1.5}, "days", "whole"),
        ({"days": NAN}, "days", "given: nan"),
        ({"days": 2**21}, "days", "between 1 and 2097151"),  # 2^31 ticks
        ({"days": "20"}, "days", "given: '20'"),
        ({"clock": CLOCK, "row": [[NAN]]}, "row", "given: nan"),
        ({"clock": CLOCK, "row": [[-0.5]]}, "row", "whole"),
        ({"clock": CLOCK, "row": [[1]]}, "row", "between -1 and 0 (given: 1)"),
        ({"clock": CLOCK, "row": [[-2]]}, "row", "given: -2"),
        ({"clock": CLOCK, "row": [0]}, "row", "(patients, positions)"),
        ({"row": [[0]]}, "row", "without tables"),
        ({"clock": CLOCK, "growth": np.ones((2, DAYS)), "row": [[0]]}, "row", "the same rows"),
        ({"growth": np.ones((2, DAYS))}, "row", "missing"),
        ({"exits": {0: (ForcedExit(1, 0.5),)}}, "exits", "0 rows"),
        ({"clock": CLOCK, "exits": {1: (ForcedExit(1, 0.5),)}}, "exits", "row 1"),
        ({"clock": CLOCK, "exits": {0.5: (ForcedExit(1, 0.5),)}}, "exits", "row 0.5"),
        ({"clock": CLOCK, "exits": {0: (ForcedExit(DAYS, 0.5),)}}, "exits", "beyond"),
    ],
)
def test_courses(given, field, said):
    refused(field, said, Course, **({"days": DAYS} | given))


@pytest.mark.parametrize(
    ("given", "field"),
    [((1.5, 0.5), "day"), ((-1, 0.5), "day"), ((NAN, 0.5), "day"), ((1, 1.1), "share"),
     ((1, NAN), "share"), ((1, "all"), "share"), ((1, 0.5, -0.1), "immediate"),
     ((1, 0.5, NAN), "immediate")],
)  # fmt: skip
def test_triggers(given, field):
    refused(field, "given", ForcedExit, *given)


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ((0.0,), "mean", "between 0.05 and 1000000 (given: 0)"),
        ((0.04,), "mean", "given: 0.04"),
        ((-1.0,), "mean", "given: -1"),
        ((NAN,), "mean", "given: nan"),
        ((1.1e6,), "mean", "given: 1100000"),
        (("1",), "mean", "given: '1'"),
        ((10.0, 0), "cv", "'fixed'"),
        ((10.0, -1.0), "cv", "given: -1"),
        ((10.0, NAN), "cv", "given: nan"),
        ((10.0, 1e-200), "cv", "between 0.001 and 10"),
        ((10.0, 1e200), "cv", "given: 1e+200"),
        ((10.0, 0.5, "normal"), "law", "allowed: "),
    ],
)
def test_residences(given, field, said):
    refused(field, said, Residence, *given)


@pytest.mark.parametrize("name", ["kenogen_share", "emergence_delay", "size_step",
                                  "androgen_half_size", "size_hill", "sensitivity_cv",
                                  "severity_cap", "calibre_cv", "vellus_share",
                                  "vellus_size"])  # fmt: skip
@pytest.mark.parametrize("wrong", [NAN, INF, -1, 1e9, "1", [0.5]])
def test_laws(name, wrong):
    refused(name, "given: ", FollicleLaw, **LAW | {name: wrong})


@pytest.mark.parametrize("wrong", [(1, 2, 3), (NAN, 0, 0, 0), (1e9, 0, 0, 0), "strong", 0.5])
def test_drives(wrong):
    refused("androgen_drive", "given: ", FollicleLaw, **LAW | {"androgen_drive": wrong})


def test_spreads_too_small_to_tabulate():
    refused("sensitivity_cv", "0 or at least", FollicleLaw, **LAW, sensitivity_cv=1e-4)
    refused("calibre_cv", "0 or at least", FollicleLaw, **LAW, calibre_cv=1e-4)


@pytest.mark.parametrize(
    "name", ["nonvellus", "terminal", "slow", "cover_days", "bin_width", "bins"]
)
@numberless
def test_a_reading_of_anything_but_numbers_is_refused(name, wrong):
    refused(name, "give", Reading, **{name: wrong})


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [("bin_width", 0, "given: 0"), ("bin_width", 0.001, "given: 0.001"),
     ("bin_width", 0.7, "64ths"), ("bins", 0, "given: 0"), ("bins", 1.5, "whole"),
     ("bins", 10**6, "4096"), ("nonvellus", -5, "given: -5"), ("cover_days", -1, "given: -1")],
)  # fmt: skip
def test_readings(name, wrong, said):
    refused(name, said, Reading, **{name: wrong})


@pytest.mark.parametrize("name", ["seed", "replicate", "threads", "block"])
@pytest.mark.parametrize("wrong", [-1, 0.5, 1.5, 2**32, NAN, "1", None, [1]])
def test_names_and_sizes_of_a_run(name, wrong):
    refused(name, "given", run, **{name: wrong})


@pytest.mark.parametrize("name", ["threads", "block"])
def test_a_run_without_threads_or_block(name):
    refused(name, "given: 0", run, **{name: 0})


@pytest.mark.parametrize(
    ("visits", "said"),
    [((NAN,), "given: nan"), ((1.5,), "whole"), ((21,), "between 0 and 20 (given: 21)"),
     ((-1,), "given: -1"), ((2, 2), "rising"), ((3, 1), "rising"), (5, "shape"), (("1",), "'1'"),
     ([[1, 2]], "shape")],
)  # fmt: skip
def test_visits(visits, said):
    refused("visits", said, run, visits=visits)


def two(**other):
    return {"severity": [0, 0], **other}


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"start": "telogn"}, "start", "allowed: anagen, stationary"),
        ({"options": [Course(days=20), Course(days=21)]}, "days", "differ in length"),
        ({"options": Course(days=20)}, "options", "a list"),
        ({"history": Course(days=9)}, "history", "covers 9 days"),
        ({"scalp": {"history": 10}, "history": Course(days=9)}, "history", "is 10"),
        ({"options": [Course(days=20, clock=CLOCK, row=[[0, 0]]),
                      Course(days=20, clock=CLOCK, row=[[0, 0, 0]])]}, "row", "[2, 3] positions"),
        ({"options": [Course(days=20, clock=CLOCK, row=[[0], [0]])]}, "row", "serves 2 patients"),
        ({"options": [Course(days=20, dht=np.ones((3, 20)))], "scalp": two()}, "dht",
         "serves 3 patients"),
        ({"scalp": {"history": 20}, "history": Course(days=20, clock=CLOCK, row=[[0, 0]]),
          "options": [Course(days=20, clock=CLOCK, row=[[0, 0, 0]])]}, "history", "positions"),
        ({"law": {"androgen_drive": (3, 0, 0, 0)}, "scalp": {"severity": 1}}, "androgen_drive",
         "256-fold"),
        ({"options": [Course(days=20, dht=4 * DAILY)], "scalp": {"severity": 1}}, "androgen_drive",
         "largest load (16)"),
        ({"options": [Course(days=9000, clock=np.full((1, 9000, 4), 256.0))]}, "clock",
         "2097151 days"),
        ({"options": [Course(days=140_000, growth=np.full((1, 140_000), 16.0))]}, "growth",
         "2097151"),
        ({"options": [Course(days=400, hazard=np.full((1, 400), 16.0))]}, "hazard", "2047"),
        ({"scalp": {"phase_scale": 1000}, "law": {"anagen": Residence(1e4)}}, "phase_scale",
         "2^31"),
        ({"scalp": {"follicles": 2**31 - 1}, "options": [Course(days=10**6)], "daily": False},
         "follicles", "too many"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together(given, field, said):
    refused(field, said, run, **given)


def test_a_law_that_reaches_beyond_the_engines_time_is_refused():
    with pytest.raises(InputError, match="2\\^31 ticks"):
        run({"anagen": Residence(1e6, 3.0)})


def test_no_options():
    refused("options", "one at least", run_events, FollicleLaw(**LAW), Scalps(follicles=1), [])


def test_unknown_series_and_days_that_were_not_kept():
    counts = run(daily=False)
    refused("daily", "did you mean 'anagen'", counts.daily, "anagn")
    refused("at_visit", "allowed: calibre", counts.at_visit, "anagen")
    refused("daily", "daily=True", counts.daily, "anagen")


def test_the_edges_of_what_is_allowed_run():
    """The fastest clocks, the shortest phases and the heaviest load still end, and conserve."""
    short = {p: Residence(0.05, law="fixed") for p in ("anagen", "catagen", "telogen", "kenogen")}
    law = {**short, "emergence_delay": 0, "androgen_drive": (1.3, 1.3, 1.3, 1.3)}
    fast = Course(days=DAYS, clock=np.full((1, DAYS, 4), 256.0), hazard=np.full((1, DAYS), 0.1))
    worst = {"severity": 100, "affected_share": 1, "patient": 2**32 - 1, "phase_scale": 1e-3}
    counts = run(law, worst, [fast], seed=2**32 - 1, replicate=2**32 - 1, visits=np.arange(21))
    phases = sum(counts.daily(n) for n in ("anagen", "catagen", "telogen", "kenogen", "lost"))
    assert (phases == 10).all()
    assert counts.daily("shed").sum() > 1000
    wide = {"anagen": Residence(1.0, 10.0, "gamma"), "catagen": Residence(0.05, 0.001, "gamma")}
    assert run(wide).daily("anagen").max() <= 10
