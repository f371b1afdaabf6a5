"""Traced follicles live the lives that the engine counts."""

import numpy as np
import pytest

from anagen.errors import InputError
from anagen.follicle.events import run_events
from anagen.follicle.law import FollicleLaw
from anagen.follicle.residence import Residence
from anagen.follicle.scalps import Course, Scalps
from anagen.follicle.trace import trace_events

LAW = FollicleLaw(
    anagen=Residence(300, 0.5),
    catagen=Residence(14, 0.3),
    telogen=Residence(90, 0.4),
    kenogen=Residence(60, 0.5),
    kenogen_share=0.7,
    androgen_drive=(0.8, 0.0, 0.0, -0.5),
    size_step=0.4,
    sensitivity_cv=0.3,
    calibre_cv=0.2,
)
SCALP = Scalps(follicles=300, history=2000, severity=1.5, affected_share=0.6, onset=-1800,
               onset_spread=400, ramp=900)  # fmt: skip
DAYS = 200
OPTION = Course(days=DAYS, dht=np.full((1, DAYS), 0.4))


def test_all_traces_together_are_the_counts_of_the_run():
    counts = run_events(LAW, SCALP, [OPTION], seed=5)
    traces = trace_events(LAW, SCALP, OPTION, range(300), seed=5)
    days = np.arange(DAYS + 1)
    found = np.array([trace.at(days)[0] for trace in traces])
    for phase, name in enumerate(("anagen", "catagen", "telogen", "kenogen")):
        assert np.array_equal((found == phase).sum(axis=0), counts.daily(name)[0, 0])
    length = np.sum([trace.at(days)[1] for trace in traces], axis=0)
    # A hair may have grown before its trace begins, 2000 days ago; by now none is left of those.
    born = [trace for trace in traces if (trace.phase[trace.day < 0] == 0).any()]
    assert len(born) == len(traces)
    assert length == pytest.approx(counts.daily("length")[0, 0], rel=2e-3)


def test_a_trace_knows_its_history_and_its_size():
    trace = trace_events(LAW, SCALP, OPTION, [7], seed=5)[0]
    assert trace.day[0] == -2000
    assert (np.diff(trace.day) >= 0).all()
    assert ((trace.size > 0) & (trace.size <= 1)).all()
    assert trace.follicle == 7


@pytest.mark.parametrize("follicle", [-1, 300])
def test_a_follicle_that_the_scalp_lacks_is_refused(follicle):
    with pytest.raises(InputError, match="between 0 and 299"):
        trace_events(LAW, SCALP, OPTION, [follicle])


def test_one_patient_at_a_time():
    with pytest.raises(InputError, match="one patient"):
        trace_events(LAW, Scalps(follicles=5, patient=[1, 2]), OPTION, [0])


def test_too_long_a_life_is_refused_not_cut():
    quick = FollicleLaw(
        **{p: Residence(1, 0.5) for p in ("anagen", "catagen", "telogen", "kenogen")}
    )
    with pytest.raises(InputError, match="shorter time"):
        trace_events(quick, Scalps(follicles=1), Course(days=9000), [0])


def test_the_destroyed_are_traced_to_their_end_and_no_further():
    scalp = Scalps(follicles=200)
    burnt = Course(days=100, hazard=np.full((1, 100), 0.02))
    counts = run_events(LAW, scalp, [burnt], seed=3)
    days = np.arange(101)
    found = [trace.at(days) for trace in trace_events(LAW, scalp, burnt, range(200), seed=3)]
    phases = np.array([phase for phase, _ in found])
    assert np.array_equal((phases == 4).sum(axis=0), counts.daily("lost")[0, 0])
    assert np.array_equal((phases == 0).sum(axis=0), counts.daily("anagen")[0, 0])
    lengths = np.array([length for _, length in found])
    assert (lengths[phases == 4] == 0).all()


def test_a_trace_knows_the_calibre_of_its_own_follicle():
    law = FollicleLaw(
        anagen=Residence(1000, 0.5), catagen=Residence(14, 0.3), telogen=Residence(90, 0.4),
        kenogen=Residence(60, 0.5), calibre_cv=0.3, vellus_share=0.3, vellus_size=0.3,
    )  # fmt: skip
    scalp, rest = Scalps(follicles=200, full_calibre=70), Course(days=10)
    seen = run_events(law, scalp, [rest], visits=[10], seed=1).at_visit("calibre")[0, 0, 0]
    traces = trace_events(law, scalp, rest, range(200), seed=1)
    at_start = [t for t in traces if t.phase[-1] != 3 and t.day[-1] == 0]  # one phase all along
    assert len({t.full_calibre for t in at_start}) > 100
    visible = run_events(law, scalp, [rest], visits=[10], seed=1).at_visit("visible")[0, 0, 0]
    mean = np.mean([t.full_calibre for t in traces])
    assert seen / visible == pytest.approx(mean, rel=0.1)
