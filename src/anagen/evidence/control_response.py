"""What needles, saline, vehicle and nothing at all do on their own: the central table.

An uncontrolled gain means nothing until it stands beside the gain of its own control.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from anagen.evidence.changes import Change, changes, family
from anagen.evidence.contrasts import control_kind, treatments
from anagen.evidence.meta_analysis import Pooled, pool
from anagen.evidence.study import Study
from anagen.parameters import parameter

KINDS = ("topical vehicle", "saline injection", "microneedling alone", "oral placebo",
         "sham device", "no treatment")  # fmt: skip


@dataclass(frozen=True)
class ControlResponse:
    """Change of hair density in one kind of control arm.

    ``pooled`` needs at least two arms with a spread, at their last visit within a year.
    ``rows`` are all readings, those kept out of pools included.
    """

    kind: str
    unit: str
    rows: tuple[Change, ...]
    used: tuple[Change, ...]
    pooled: Pooled | None

    @property
    def last(self) -> tuple[Change, ...]:
        """The believable readings: one per study, its last visit within a year."""
        return _one_per_study([c for c in self.rows if c.mean is not None and c.poolable_use
                               and (c.week or 0.0) <= parameter("pool_horizon").value])  # fmt: skip

    @property
    def span(self) -> tuple[float, float] | None:
        """Lowest and highest of the ``last`` mean changes."""
        means = [c.mean for c in self.last if c.mean is not None]
        return (min(means), max(means)) if means else None


def is_control(change: Change) -> bool:
    """A control arm: nothing active, or the needle alone."""
    return treatments(change.arm) <= {"microneedling"}


def control_responses(studies: Iterable[Study], unit: str = "hairs/cm2") -> list[ControlResponse]:
    """The control-response table for hair density in ``unit`` (or ``percent of baseline``).

    Natural-history and vehicle arms count whatever therapy their study was about.
    """
    rows = [c for study in studies if study.kind == "trial" for c in changes(study)
            if is_control(c) and family(c.outcome) == "density" and c.unit == unit
            and c.mean is not None]  # fmt: skip
    table = []
    others = sorted({control_kind(c.arm) for c in rows} - set(KINDS))
    for kind in (*KINDS, *others):
        own = tuple(c for c in rows if control_kind(c.arm) == kind)
        if own:
            used = _one_per_study([c for c in own if c.poolable_use and c.sd and c.n])
            table.append(ControlResponse(kind, unit, own, used, _pool(used)))
    return table


def _one_per_study(rows: Sequence[Change]) -> tuple[Change, ...]:
    """One arm per study: its last visit within a year."""
    horizon = parameter("pool_horizon").value
    last: dict[str, Change] = {}
    for row in sorted(rows, key=lambda c: c.week or 0.0):
        if (row.week or 0.0) <= horizon or row.study.id not in last:
            last[row.study.id] = row
    return tuple(last.values())


def _pool(rows: Sequence[Change]) -> Pooled | None:
    if len(rows) < 2:
        return None
    means = [c.mean for c in rows if c.mean is not None]
    variances = [c.sd**2 / c.n for c in rows if c.sd is not None and c.n is not None]
    return pool(means, variances)


def matched_control(change: Change, table: Sequence[ControlResponse]) -> ControlResponse | None:
    """The control response that an uncontrolled ``change`` must be set beside, by how it was given.

    Needling before the vesicles makes needling alone the control; an injection, saline; a
    lotion, its vehicle. None when the route is not stated, no such control was measured, or the
    change is not one of density.
    """
    if family(change.outcome) != "density":
        return None
    if "microneedling" in change.arm.cotherapy:
        kind = "microneedling alone"
    else:
        kind = {"injection": "saline injection", "topical": "topical vehicle",
                "oral": "oral placebo"}.get(change.arm.route, "")  # fmt: skip
    return next((row for row in table if row.kind == kind), None)
