"""The engine's numbers do not depend on how it is asked, add up, and reduce to simpler cases."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from anagen.follicle.counts import DAILY
from anagen.follicle.events import run_events
from anagen.follicle.law import FollicleLaw, ForcedExit
from anagen.follicle.residence import Residence
from anagen.follicle.scalps import Course, Reading, Scalps
from anagen.follicle.trace import trace_events

LAW = FollicleLaw(
    anagen=Residence(100, 0.5),
    catagen=Residence(14, 0.3),
    telogen=Residence(40, 0.4, "gamma"),
    kenogen=Residence(30, 0.6),
    kenogen_share=0.5,
    emergence_delay=21,
    androgen_drive=(0.8, 0.2, -0.3, -0.6),
    size_step=0.4,
    sensitivity_cv=0.4,
    calibre_cv=0.2,
    vellus_share=0.1,
)
DAYS, HISTORY, VISITS = 120, 150, (0, 1, 60, 120)
PATIENTS = {
    "patient": [7, 3, 11, 0, 4_000_000_000],
    "history": [90, 150, 0, 40, 150],
    "severity": [1.0, 0.5, 2.0, 0.0, 3.0],
    "affected_share": [0.5, 1.0, 0.7, 0.5, 0.9],
    "onset": [-80, -150, 5, 0, -100],
    "onset_spread": 60,
    "ramp": [100, 300, 50, 90, 400],
    "phase_scale": np.linspace(0.6, 1.6, 20).reshape(5, 4),
}


def wave(days, rows, columns=()):
    day = np.arange(days).reshape(1, days, *[1] * len(columns))
    phase = np.arange(rows * int(np.prod(columns))).reshape(rows, 1, *columns)
    return np.exp(0.6 * np.sin(day / 15 + phase))


def treatment(days=DAYS, patients=5, strength=0.4):
    """Everything at once, in two positions; a longer one begins as a shorter one."""
    hazard = np.full((3, days), 1e-3)
    hazard[0] = 0
    row = np.array([[0, 1], [1, 2], [2, -1], [-1, 0], [1, 1]])[:patients]
    return Course(
        days=days, clock=wave(days, 3, (4,)), growth=wave(days, 3), calibre=wave(days, 3) ** 0.3,
        hazard=hazard, row=row, dht=1 - strength * wave(days, patients) / 2,
        exits={1: (ForcedExit(20, 0.3, 0.6), ForcedExit(50, 0.5), ForcedExit(20, 0.4))},
    )  # fmt: skip


def scalps(who=slice(None), follicles=230, **other):
    own = {k: v if np.ndim(v) == 0 else np.asarray(v)[who] for k, v in PATIENTS.items()}
    return Scalps(follicles=follicles, **(own | other))


def part(course, who):
    return replace(course, row=np.asarray(course.row)[who], dht=np.asarray(course.dht)[who])


PAST = treatment(HISTORY)
OPTIONS = [treatment(), Course(days=DAYS), treatment(strength=0.8)]


def run(who=scalps(), options=OPTIONS, history=PAST, law=LAW, **other):  # noqa: B008
    return run_events(law, who, options, history=history, **({"visits": VISITS, "seed": 5} | other))


def arrays(counts):
    return counts.counts, counts.sums, counts.visits, counts.histogram


def equal(one, other, of=np.s_[:, :], part_of=np.s_[:, :]):
    """Bit for bit, over the patients and options ``of`` the one and ``part_of`` the other."""
    return [
        np.array_equal(a[of], b[part_of]) for a, b in zip(arrays(one), arrays(other), strict=True)
    ] == [True] * 4


WHOLE = run()


@pytest.mark.parametrize(("threads", "block"), [(1, 1), (1, 7), (1, 64), (2, 1), (2, 64), (16, 3)])
def test_threads_and_blocks_change_nothing(threads, block):
    assert equal(WHOLE, run(threads=threads, block=block))


@pytest.mark.parametrize("order", [[4, 2, 0, 1, 3], [1, 3], [1]])
def test_neither_order_nor_company_of_patients_changes_any(order):
    some = run(scalps(order), [part(OPTIONS[0], order), OPTIONS[1]], part(PAST, order))
    assert equal(WHOLE, some, np.s_[order, :2])


@pytest.mark.parametrize("order", [[2, 0, 1], [1], [2]])
def test_options_do_not_see_each_other(order):
    some = run(options=[OPTIONS[o] for o in order])
    assert equal(WHOLE, some, np.s_[:, order])


def test_another_seed_replicate_or_patient_has_other_luck():
    for other in (run(seed=6), run(replicate=1), run(scalps(patient=range(5)))):
        assert not np.array_equal(WHOLE.counts[:, 1, 0], other.counts[:, 1, 0])


def test_more_follicles_keep_those_before_them():
    one, option, past = scalps([1]), part(OPTIONS[0], [1]), part(PAST, [1])
    few, many = (
        trace_events(LAW, replace(one, follicles=n), option, range(6), history=past)
        for n in (6, 230)
    )
    assert [t.day.tolist() for t in few] == [t.day.tolist() for t in many]
    assert sum(len(t.day) for t in few) > 20


@pytest.mark.parametrize("longer", [DAYS + 1, 2 * DAYS])
def test_a_longer_horizon_begins_as_the_shorter(longer):
    long = run(options=[treatment(longer), Course(days=longer)])
    for name in DAILY:
        assert np.array_equal(WHOLE.daily(name)[:, :2], long.daily(name)[:, :, : DAYS + 1])
    assert np.array_equal(WHOLE.visits[:, :2], long.visits)


def test_looking_changes_nothing():
    for name in DAILY:
        assert np.array_equal(WHOLE.daily(name), run(visits=()).daily(name))
    unseen = run(daily=False)
    assert np.array_equal(WHOLE.visits, unseen.visits)
    assert np.array_equal(WHOLE.histogram, unseen.histogram)
    few = run(visits=(60,))
    assert np.array_equal(WHOLE.visits[:, :, 2], few.visits[:, :, 0])


@pytest.mark.parametrize("tables", [("clock",), ("growth",), ("calibre",), ("hazard",), None])
def test_tables_that_say_rest_are_rest(tables):
    one = np.ones((1, DAYS))
    rest = {"clock": np.ones((1, DAYS, 4)), "growth": one, "calibre": one, "hazard": 0 * one}
    named = Course(days=DAYS, **{k: rest[k] for k in tables or rest}, dht=one)
    long = np.ones((1, HISTORY))
    past = Course(days=HISTORY, clock=np.ones((1, HISTORY, 4)), growth=long, dht=long)
    who = scalps()
    assert equal(run(who, [Course(days=DAYS)], None), run(who, [named], past))


def test_a_clock_without_change_needs_no_table():
    """Clocks of rate 2 are laws of half the mean: with fixed phases, tick for tick."""
    means = (64, 16, 32, 20)
    slow, fast = (
        FollicleLaw(**dict(zip(("anagen", "catagen", "telogen", "kenogen"),
                               [Residence(m / rate, law="fixed") for m in means], strict=True)))
        for rate in (1, 2)
    )  # fmt: skip
    who = Scalps(follicles=300)
    twice = run(who, [Course(days=DAYS, clock=np.full((1, DAYS, 4), 2.0))], None, slow,
                start="anagen")  # fmt: skip
    assert np.array_equal(twice.counts, run(who, [Course(days=DAYS)], None, fast, start="anagen")
                          .counts)  # fmt: skip
    scaled = run(Scalps(follicles=300, phase_scale=0.5), [Course(days=DAYS)], None, slow)
    assert equal(scaled, run(who, [Course(days=DAYS)], None, fast))


def test_without_severity_nobody_is_affected():
    plain = replace(LAW, androgen_drive=(0, 0, 0, 0), size_step=0)
    none = run(scalps(severity=0))
    assert equal(none, run(scalps(affected_share=0)))
    assert equal(none, run(law=plain))
    assert not equal(none, WHOLE)


def test_without_miniaturisation_every_hair_keeps_its_calibre():
    law = replace(LAW, size_step=0, calibre_cv=0, vellus_share=0)
    counts = run(law=law, options=[Course(days=DAYS)], history=None)
    visible = counts.at_visit("visible")
    assert np.array_equal(counts.at_visit("calibre"), 70 * visible)
    assert np.array_equal(counts.at_visit("calibre_squared"), 70**2 * visible)
    assert np.array_equal(counts.daily("growth").max(axis=-1) % 1, np.zeros((5, 1)))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_share_of_cycles_with_kenogen_at_its_ends(share):
    fixed = [Residence(m, law="fixed") for m in (50, 10, 20, 15)]
    law = FollicleLaw(anagen=fixed[0], catagen=fixed[1], telogen=fixed[2], kenogen=fixed[3],
                      kenogen_share=share)  # fmt: skip
    counts = run(Scalps(follicles=100), [Course(days=DAYS)], None, law, start="anagen")
    empty, day = counts.daily("kenogen")[0, 0], np.arange(DAYS + 1)
    assert np.array_equal(empty, share * 100 * ((day >= 80) & (day < 95)))
    assert np.array_equal(counts.daily("shed")[0, 0], 100 * (day == 80))


def test_follicles_are_conserved():
    phases = sum(WHOLE.daily(n) for n in ("anagen", "catagen", "telogen", "kenogen"))
    lost = WHOLE.daily("lost")
    assert (phases + lost == 230).all()
    assert (np.diff(lost, axis=-1) >= 0).all()
    assert lost[0, 0, -1] > lost[0, 0, 0] > 0  # the history destroys too
    assert (lost[:, 1] == lost[:, 1, :1]).all()


def test_what_shows_is_what_came_less_what_fell():
    """Hair by hair from the traces: emergence, shedding, and hairs thrown out at once."""
    past = replace(PAST, hazard=None, row=[[0, 1]], dht=np.ones((1, HISTORY)))
    option = replace(OPTIONS[0], hazard=None, row=[[1, 2]], dht=OPTIONS[0].dht[:1])
    who = scalps([1], follicles=150)
    counts = run(who, [option], past, start="anagen")
    visible, shed = np.zeros((2, DAYS + 1))
    for trace in trace_events(LAW, who, option, range(150), history=past, start="anagen", seed=5):
        hair, since = False, 0.0
        for (day, phase), (end, then) in pairwise(
            [*zip(trace.day, trace.phase, strict=True), (DAYS + 1, -1)]
        ):
            if phase == 0:
                since, hair = day + 21, day + 21 <= end
            if hair and phase < 3:
                shown = max(day, since) if phase == 0 else day
                visible[max(int(np.ceil(shown)), 0) : max(int(np.ceil(end)), 0)] += 1
            if hair and phase in (0, 1, 2) and then in (0, 3) and end > 0:
                shed[int(np.ceil(end))] += 1
                hair = False
    assert np.array_equal(visible, counts.daily("visible")[0, 0])
    assert np.array_equal(shed, counts.daily("shed")[0, 0])
    assert shed[20] > shed[19] + 3  # the trigger of day 20


def test_a_visit_sees_what_the_days_count():
    at = list(VISITS)
    assert np.array_equal(WHOLE.at_visit("visible"), WHOLE.daily("visible")[..., at])
    hairs = WHOLE.at_visit("visible")
    # a visit rounds each hair down to a tick
    gap = WHOLE.daily("length")[..., at] - WHOLE.at_visit("length")
    assert (gap >= 0).all()
    assert (gap <= 2 * hairs / 1024).all()
    rest = WHOLE.at_visit("growth")[:, 1, 1:]  # after day 0 the option at rest grows at full speed
    np.testing.assert_allclose(WHOLE.daily("growth")[:, 1, at[1:]], rest, atol=0.3, rtol=1e-4)
    np.testing.assert_allclose(
        WHOLE.daily("mass")[:, 1, at[1:]], WHOLE.at_visit("mass")[:, 1, 1:], rtol=3e-3
    )


def test_a_visits_sums_and_histogram_are_of_the_same_hairs():
    hairs, calibre = WHOLE.at_visit("visible"), WHOLE.at_visit("calibre")
    assert np.array_equal(WHOLE.histogram.sum(axis=-1), hairs)
    low = WHOLE.histogram @ (2.5 * np.arange(64))
    assert (low <= calibre).all()
    assert (calibre <= low + 2.5 * hairs).all()
    assert np.array_equal(WHOLE.histogram[..., 12:].sum(axis=-1), WHOLE.at_visit("nonvellus"))
    assert np.array_equal(WHOLE.histogram[..., 24:].sum(axis=-1), WHOLE.at_visit("terminal"))
    assert (WHOLE.at_visit("calibre_squared") * hairs >= calibre**2 * (1 - 1e-9)).all()
    assert (WHOLE.at_visit("length_squared") * hairs >= WHOLE.at_visit("length") ** 2 * 0.99).all()
    for small, large in (
        ("growing", "visible"), ("detected", "growing"), ("growing_nonvellus", "nonvellus"),
        ("growing_nonvellus", "growing"), ("terminal", "nonvellus"),
        ("nonvellus_calibre", "calibre"),
    ):  # fmt: skip
        assert (WHOLE.at_visit(small) <= WHOLE.at_visit(large)).all()
    shade = WHOLE.at_visit("shade")
    assert (shade <= 90 * calibre).all()
    assert (shade > 0).all()


def growing_only(**other):
    """All follicles grow a hair of 64 um from the start to the end."""
    long = Residence(5000, law="fixed")
    return FollicleLaw(
        anagen=long, catagen=long, telogen=long, kenogen=long, emergence_delay=0, **other
    )


def test_a_visit_reads_the_speed_and_calibre_of_the_day_that_has_passed():
    speed = np.array([[0.5, 0.25, 2.0, 1.0, 0.0]])
    option, rest = Course(days=5, growth=speed, calibre=speed), Course(days=5)
    past = Course(days=3, growth=[[1, 1, 0.75]], calibre=[[1, 1, 0.75]])
    who = Scalps(follicles=10, history=3, full_calibre=64)
    counts = run_events(growing_only(), who, [option, rest], history=past, visits=range(6),
                        start="anagen", reading=Reading(slow=0.75, cover_days=3.5))  # fmt: skip
    expected = [0.75, *speed[0]], [0.75, 1, 1, 1, 1, 1]  # day 0 is the history's, whatever follows
    for o, drive in enumerate(expected):
        assert counts.at_visit("growth")[0, o].tolist() == [10 * x for x in drive]
        assert counts.at_visit("calibre")[0, o].tolist() == [640 * x for x in drive]
        assert counts.at_visit("detected")[0, o].tolist() == [10 * (x >= 0.75) for x in drive]
    grown = 2.75 + np.concatenate([[0], np.cumsum(speed)])
    assert counts.at_visit("length")[0, 0].tolist() == (10 * grown).tolist()
    covers = 640 * np.array(expected[0]) * np.minimum(grown, 3.5)
    assert counts.at_visit("shade")[0, 0].tolist() == covers.tolist()


@pytest.mark.parametrize("days", [21, 22, 40])
@pytest.mark.parametrize("anagen", [21, 5000])
def test_a_hair_shows_from_the_very_tick_on_which_it_emerges(days, anagen):
    """At the end of a window, at a step of DHT, and where anagen ends on that tick."""
    law = replace(growing_only(), anagen=Residence(anagen, law="fixed"), emergence_delay=21,
                  androgen_drive=(0, 0, 0, 0))  # fmt: skip
    who = Scalps(follicles=6, severity=1, affected_share=1, ramp=1)
    dht = np.where(np.arange(days) < 21, 1, 0.5)[None]
    counts = run_events(law, who, [Course(days=days), Course(days=days, dht=dht)],
                        visits=(20, 21), start="anagen")  # fmt: skip
    shown = [0] * 21 + [6] * (days - 20)
    assert counts.daily("visible").tolist() == [[shown, shown]]
    assert counts.at_visit("visible").tolist() == [[[0, 6], [0, 6]]]


def test_a_club_hair_keeps_the_calibre_of_its_end():
    law = replace(growing_only(), anagen=Residence(10, law="fixed"))
    counts = run_events(law, Scalps(follicles=4, full_calibre=64),
                        [Course(days=30, calibre=np.arange(30)[None] / 16)], visits=(10, 30),
                        start="anagen")  # fmt: skip
    assert counts.at_visit("growing").tolist() == [[[0, 0]]]
    assert counts.at_visit("calibre").tolist() == [[[4 * 36, 4 * 36]]]  # 64 x 9/16


def test_the_reserve_caps_the_size():
    counts = run_events(growing_only(), Scalps(follicles=8, reserve=0.5, full_calibre=64),
                        [Course(days=3)], visits=(3,), start="anagen")  # fmt: skip
    assert counts.at_visit("calibre").item() == 8 * 32
    assert counts.daily("growth")[0, 0].tolist() == [4] * 4
    assert counts.daily("mass")[0, 0, 3] == 8 * 32**2 * 0.5


def test_dht_of_the_history_ends_with_it():
    late = scalps([4], severity=3, history=100, onset=-100)
    past = Course(days=100, dht=np.full((1, 100), 0.3))
    rest, said, low = (
        run(late, [Course(days=DAYS, dht=dht)], past)
        for dht in (None, np.ones((1, DAYS)), np.full((1, DAYS), 0.3))
    )
    assert equal(rest, said)
    assert rest.counts[0, 0, 0, -1] < low.counts[0, 0, 0, -1]


def test_a_short_history_sees_the_end_of_the_course_of_the_longest():
    """The triggers and the DHT of days before its own history are not its own."""
    dht = np.where(np.arange(100) < 20, 1, 0.3)[None]
    exits = (ForcedExit(10, 0.5), ForcedExit(80, 0.6, 0.3))
    clock = np.rint(16 * wave(100, 1, (4,))) / 16  # whole ticks a day, wherever it begins
    long = Course(days=100, dht=dht, clock=clock, exits={0: exits})
    tail = Course(days=50, dht=dht[:, 50:], clock=clock[:, 50:],
                  exits={0: (ForcedExit(30, 0.6, 0.3),)})  # fmt: skip
    given = {"follicles": 2000, "severity": 1.5, "affected_share": 1.0, "onset": -50, "ramp": 20}
    both = run(Scalps(patient=[0, 1], history=[100, 50], **given), [Course(days=DAYS)], long)
    alone = run(Scalps(patient=1, history=50, **given), [Course(days=DAYS)], tail)
    assert equal(both, alone, np.s_[1:])


@pytest.mark.parametrize("options", [1, 2])
def test_a_history_may_have_positions_of_its_own(options):
    """Odd follicles have lived three times as fast: some of theirs have ended; 1 position after."""
    fast = np.stack([np.ones((50, 4)), np.full((50, 4), 3.0)])
    fixed = replace(growing_only(), anagen=Residence(100, law="fixed"))
    past = Course(days=50, clock=fast, row=[[0, 1]])
    option = Course(days=40, clock=np.ones((1, 40, 4)), row=np.zeros((1, options), dtype=int))
    counts = run_events(fixed, Scalps(follicles=101, history=50), [option], history=past,
                        start="anagen", visits=(0,))  # fmt: skip
    assert counts.daily("anagen")[0, 0, [0, 40]].tolist() == [51, 51]
    assert counts.at_visit("growing").item() == 51


def test_who_is_destroyed_on_the_last_tick_is_lost_there():
    """Of 100,000 some 36 (in e, over the 1024 ticks of the day) end on the very last one."""
    hazard = np.zeros((1, 60))
    hazard[0, 49] = 1
    who = Scalps(follicles=100_000)
    short, long = (
        run(who, [Course(days=d, hazard=hazard[:, :d])], None, visits=(50,)) for d in (50, 60)
    )
    lost = short.daily("lost")[0, 0]
    assert lost[:50].max() == 0
    assert lost[50] > 50_000
    assert np.array_equal(short.counts, long.counts[..., :51])
    assert np.array_equal(short.visits, long.visits)
    assert short.at_visit("visible").item() == short.daily("visible")[0, 0, 50]


def test_a_clock_that_stood_still_does_not_depend_on_the_horizon():
    rate = np.ones((1, 300, 4))
    rate[0, 50:60], rate[0, 100:] = 0, 40
    who = Scalps(follicles=100_000)
    short, long = (run(who, [Course(days=d, clock=rate[:, :d])], None) for d in (120, 300))
    assert np.array_equal(short.counts, long.counts[..., :121])
    held = short.daily("anagen")[0, 0, 50:61]
    assert (held == held[0]).all()


def test_long_tables_count_beyond_a_small_integer():
    """40,000 days overflow 16 bits."""
    days, who = 40_000, Scalps(follicles=20)
    rest, told = (
        run(who, [Course(days=days, clock=clock)], None) for clock in (None, np.ones((1, days, 4)))
    )
    assert equal(rest, told)
