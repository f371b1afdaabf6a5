"""The follicles of a picture are those of the counts; sizes may be served by rows of their own."""

import numpy as np
import pytest

from anagen.errors import InputError
from anagen.follicle.events import run_events
from anagen.follicle.law import FollicleLaw
from anagen.follicle.portrait import portrait
from anagen.follicle.residence import Residence
from anagen.follicle.scalps import Course, Scalps

DAYS, VISITS = 200, (0, 50, 200)
LAW = FollicleLaw(
    anagen=Residence(400, 0.3), catagen=Residence(15, 0.3), telogen=Residence(90, 0.3),
    kenogen=Residence(60, 0.3), androgen_drive=(0.8, 0, 0, -0.5), size_step=0.3, size_hill=2,
    sensitivity_cv=0.3, calibre_cv=0.2,
)  # fmt: skip
SCALP = Scalps(follicles=120, patient=[5], history=3000, severity=1.5, affected_share=0.7,
               onset=-3000, onset_spread=500, ramp=800)  # fmt: skip
RNG = np.random.default_rng(1)


def fast(rows: int) -> np.ndarray:
    """Clocks that push telogen and kenogen on, by another factor in every row."""
    clock = np.ones((rows, DAYS, 4))
    clock[..., 2:] = 1 + np.arange(rows)[:, None, None]
    return clock


PLACES = Course(days=DAYS, clock=fast(4), growth=np.full((4, DAYS), 1.2),
                calibre=np.full((4, DAYS), 1.1), hazard=np.full((4, DAYS), 1e-3),
                row=[[0, 1, 2, 3]])  # fmt: skip


def test_sums_over_the_portrait_are_the_counts() -> None:
    options = [Course(days=DAYS), PLACES]
    one_by_one = portrait(LAW, SCALP, options, VISITS, seed=3, replicate=2)
    counts = run_events(LAW, SCALP, options, visits=VISITS, seed=3, replicate=2)
    for name, values in (
        ("visible", one_by_one.visible),
        ("growing", one_by_one.growing),
        ("calibre", one_by_one.calibre),
        ("length", one_by_one.length),
    ):
        assert np.array_equal(counts.at_visit(name)[0], values.sum(axis=2))
    for code, name in enumerate(("anagen", "catagen", "telogen", "kenogen", "lost")):
        daily = counts.daily(name)[0][:, VISITS]
        assert np.array_equal(daily, (one_by_one.phase == code).sum(axis=2))
    assert one_by_one.visible[1, 2].sum() not in (0, SCALP.follicles)


def test_a_size_class_reads_its_own_row() -> None:
    """Follicles below the edge live as in a run of their row alone, the others as in theirs."""
    rest, pushed = Course(days=DAYS, clock=fast(1)), Course(days=DAYS, clock=fast(2)[1:])
    both = Course(days=DAYS, clock=fast(2), row=[[[1, 0]]], size_edges=(0.6,))
    a, b, c = (portrait(LAW, SCALP, [x], VISITS) for x in (rest, pushed, both))
    from_small = np.isclose(c.calibre, b.calibre) & (c.phase == b.phase)
    from_large = np.isclose(c.calibre, a.calibre) & (c.phase == a.phase)
    assert np.all(from_small | from_large)
    moved = ~np.all(from_large, axis=(0, 1))  # follicles that the small one's row has changed
    kept = ~np.all(from_small, axis=(0, 1))
    assert moved.sum() > 5
    assert kept.sum() > 5
    assert not np.any(moved & kept)
    counts = run_events(LAW, SCALP, [rest, both, pushed], visits=VISITS)
    assert np.array_equal(counts.at_visit("visible")[0, 1], c.visible[0].sum(axis=1))
    alone = run_events(LAW, SCALP, [both], visits=VISITS)
    assert np.array_equal(alone.counts[:, 0], counts.counts[:, 1])
    assert np.array_equal(alone.sums[:, 0], counts.sums[:, 1])


def test_equal_rows_make_size_classes_nothing() -> None:
    one = run_events(LAW, SCALP, [PLACES], visits=VISITS)
    row = np.repeat(np.arange(4)[None, :, None], 3, axis=2)
    apart = Course(days=DAYS, clock=fast(4), growth=np.full((4, DAYS), 1.2),
                   calibre=np.full((4, DAYS), 1.1), hazard=np.full((4, DAYS), 1e-3),
                   row=row, size_edges=(0.3, 0.7))  # fmt: skip
    three = run_events(LAW, SCALP, [apart], visits=VISITS)
    assert np.array_equal(one.counts, three.counts)
    assert np.array_equal(one.sums, three.sums)
    assert np.array_equal(one.visits, three.visits)


@pytest.mark.parametrize(
    ("row", "edges", "sentence"),
    [
        ([[0, 1]], (0.5,), "2 sizes; give row as many|must have shape|patients, positions"),
        ([[[0, 1]]], (0.5, 0.5), "rising sizes"),
        ([[[0, 1]]], (0.3, 0.6), "2 edges part 3 sizes"),
        ([[[0, 1]]], (1.5,), "between 0 and 1"),
        (None, (0.5,), "1 edges part 2 sizes"),
    ],
)
def test_bad_size_edges(row: object, edges: tuple[float, ...], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        Course(days=DAYS, clock=fast(2), row=row, size_edges=edges)


def test_options_that_part_sizes_differently_are_refused() -> None:
    one = Course(days=DAYS, clock=fast(2), row=[[[0, 1]]], size_edges=(0.5,))
    other = Course(days=DAYS, clock=fast(2), row=[[[0, 1]]], size_edges=(0.4,))
    with pytest.raises(InputError, match="part sizes differently"):
        run_events(LAW, SCALP, [one, other])
    with pytest.raises(InputError, match="one patient at a time"):
        portrait(LAW, Scalps(follicles=2, patient=[1, 2]), [one], VISITS)
