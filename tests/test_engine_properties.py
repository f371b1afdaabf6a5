"""Whatever laws, courses and scalps: follicles are conserved, counts bounded, and a run ends."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from anagen.follicle.counts import DAILY
from anagen.follicle.events import run_events
from anagen.follicle.law import FollicleLaw, ForcedExit
from anagen.follicle.residence import LAWS, Residence
from anagen.follicle.scalps import Course, Scalps

cv = st.floats(0.05, 2.0)
rates = st.floats(0, 30)


@st.composite
def residences(draw):
    return Residence(draw(st.floats(0.1, 60)), draw(cv), draw(st.sampled_from(LAWS)))


@st.composite
def small_laws(draw):
    unit = st.floats(0, 1)
    return FollicleLaw(
        **{p: draw(residences()) for p in ("anagen", "catagen", "telogen", "kenogen")},
        kenogen_share=draw(unit), emergence_delay=draw(st.floats(0, 30)), size_step=draw(unit),
        androgen_drive=draw(st.tuples(*[st.floats(-1.3, 1.3)] * 4)), sensitivity_cv=draw(cv),
        calibre_cv=draw(st.floats(0.01, 1)), vellus_share=draw(unit),
    )  # fmt: skip


@st.composite
def small_courses(draw, days, first=0):
    """Three rows; each day one of a few numbers, so that extremes come often."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    few = rng.choice(draw(st.lists(rates, min_size=1, max_size=4)), (3, days, 4))
    some = np.minimum(few[..., 0], 16)
    exits = st.builds(ForcedExit, st.integers(first, days - 1), st.floats(0, 1), st.floats(0, 1))
    return Course(
        days=days,
        clock=draw(st.sampled_from([None, few])),
        growth=draw(st.sampled_from([None, some])),
        calibre=draw(st.sampled_from([None, some / 8])),
        hazard=some / 100,
        row=rng.integers(-1, 3, (2, 3)),
        dht=np.minimum(few[:2, :, 1], 1),
        exits={draw(st.integers(0, 2)): tuple(draw(st.lists(exits, max_size=3)))},
    )


@settings(max_examples=60, deadline=5000, derandomize=True)
@given(st.data())
def test_whatever_the_numbers_follicles_are_conserved_and_bounded(data):
    law, days = data.draw(small_laws()), data.draw(st.integers(2, 50))
    past = data.draw(small_courses(days))
    options = [data.draw(small_courses(days, 1)), Course(days=days)]
    who = Scalps(
        follicles=40, patient=[8, 9], history=[days, days // 2], onset=[-days, days // 3],
        severity=data.draw(st.floats(0, 100)), affected_share=data.draw(st.floats(0, 1)),
        onset_spread=data.draw(st.floats(0, 100)), ramp=data.draw(st.floats(1, 100)),
        phase_scale=data.draw(st.floats(0.1, 3)),
    )  # fmt: skip
    counts = run_events(law, who, options, history=past, visits=range(days + 1),
                        start=data.draw(st.sampled_from(["stationary", "anagen"])))  # fmt: skip
    get = {name: counts.daily(name) for name in DAILY}
    phases = get["anagen"] + get["catagen"] + get["telogen"] + get["kenogen"]
    assert (phases + get["lost"] == 40).all()
    for name in DAILY:
        assert (get[name] >= 0).all(), name
    assert (get["visible"] <= 40 - get["kenogen"] - get["lost"]).all()
    assert (np.diff(get["lost"]) >= 0).all()
    assert (get["growth"] <= get["anagen"]).all()
    assert (counts.visits >= 0).all()
    assert np.array_equal(counts.at_visit("visible"), get["visible"])
    assert (counts.at_visit("growing") <= get["anagen"]).all()
    assert np.array_equal(counts.histogram.sum(axis=-1), get["visible"])
    assert np.array_equal(counts.visits[:, 0, 0], counts.visits[:, 1, 0])  # one baseline
