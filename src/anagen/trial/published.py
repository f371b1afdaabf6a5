"""How much people differ in their change, as trials printed it: what power hangs on."""

from __future__ import annotations

from statistics import median

from anagen.evidence.studies import load_studies
from anagen.evidence.study import Record
from anagen.measurement.endpoints import UNITS
from anagen.trial.design import Design
from anagen.vocabulary import words

FEWEST = 20
"""People of an arm whose SD is taken up; of fewer it says little."""


class PublishedSd(Record):
    """SD of change of an endpoint's kind in arms of trials: lowest, median, highest."""

    low: float
    median: float
    high: float
    unit: str
    arms: int
    studies: list[str]


def published_sd(design: Design) -> PublishedSd | None:
    """SDs of change in the same unit and condition, of trials that are not held for validation."""
    endpoint, kinds = design.trial.endpoint, words("outcome")
    family = kinds.get(endpoint, {}).get("family", endpoint)
    found = [
        (r.sd, study.id)
        for study in load_studies() for r in study.results
        if r.statistic == "change" and r.sd is not None and r.unit == UNITS[endpoint]
        and r.use != "validation" and (r.n or 0) >= FEWEST
        and kinds.get(r.outcome, {}).get("family") == family
        and study.population.diagnosis == design.population.diagnosis
    ]  # fmt: skip
    if not found:
        return None
    sds = [sd for sd, _ in found]
    return PublishedSd(low=min(sds), median=median(sds), high=max(sds), unit=UNITS[endpoint],
                       arms=len(sds), studies=sorted({name for _, name in found}))  # fmt: skip
