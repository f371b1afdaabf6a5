"""The steps of the androgen load are fine enough: halving them moves no answer."""

import numpy as np

from anagen.follicle import tables
from anagen.follicle.events import run_events
from anagen.follicle.law import FollicleLaw
from anagen.follicle.residence import Residence
from anagen.follicle.scalps import Course, Scalps

LAW = FollicleLaw(
    anagen=Residence(900, 0.5),
    catagen=Residence(17, 0.3),
    telogen=Residence(100, 0.4),
    kenogen=Residence(90, 0.5),
    androgen_drive=(1.6, 0.0, 0.0, -1.2),
    size_step=0.3,
    sensitivity_cv=0.4,
    severity_cap=2.0,
)
MEN = Scalps(follicles=50_000, history=15 * 365, severity=1.0, affected_share=0.65,
             onset=-12 * 365, onset_spread=5 * 365, ramp=6 * 365)  # fmt: skip
YEAR = 365
OPTIONS = [Course(days=YEAR), Course(days=YEAR, dht=np.full((1, YEAR), 0.41))]


def gains_of_a_drug():
    """Visible hairs per 230 follicles gained by a drug year, for each of four replications."""
    runs = [
        run_events(LAW, MEN, OPTIONS, visits=[YEAR], daily=False, seed=11, replicate=k)
        for k in range(4)
    ]
    seen = np.array([run.at_visit("visible")[0, :, 0] for run in runs])
    return (seen[:, 1] - seen[:, 0]) / MEN.follicles * 230


def test_half_the_androgen_step_moves_the_gain_of_a_drug_by_less_than_a_quarter_hair(monkeypatch):
    # Seed 11, 4 replications of 50,000 follicles; both step sizes share their luck.
    coarse = gains_of_a_drug()
    monkeypatch.setattr(tables, "ANDROGEN_STEP", tables.ANDROGEN_STEP / 2)
    moved = gains_of_a_drug() - coarse
    error = moved.std(ddof=1) / 2
    assert coarse.mean() > 5
    assert 0 < error < 0.2
    assert abs(moved.mean()) < 0.25 + 4 * error
