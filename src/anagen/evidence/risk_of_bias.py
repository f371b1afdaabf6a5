"""Risk of bias of a result: the domains as judged in the study file, and the worst of them."""

from __future__ import annotations

from collections.abc import Iterable

from anagen.evidence.study import RiskOfBias, Study

# From best to worst; no information is worse than low and never counts as low.
ORDER = {
    "rob2": ("low", "no_information", "some_concerns", "high"),
    "robins_i": ("low", "no_information", "moderate", "serious", "critical"),
}


def assessment_of(study: Study, result_id: str) -> RiskOfBias | None:
    """The risk-of-bias entry that covers ``result_id``, None when the file has none."""
    for entry in study.risk_of_bias:
        if entry.results == ["all"] or result_id in entry.results:
            return entry
    return None


def overall(entry: RiskOfBias) -> str:
    """The worst domain of one assessment (RoB 2: Sterne 2019; ROBINS-I: Sterne 2016).

    A result without any concern but with domains that the source does not describe is
    ``no_information``, never ``low``. ``not_assessed`` when no tool applies.
    """
    if entry.tool == "none" or not entry.domains:
        return "not_assessed"
    order = ORDER[entry.tool]
    return max((d.judgement for d in entry.domains.values()), key=order.index)


def overall_of(study: Study, result_ids: Iterable[str]) -> str:
    """The worst overall judgement over several results of one study."""
    entries = [assessment_of(study, result_id) for result_id in result_ids]
    ranked = [(ORDER[e.tool].index(overall(e)), overall(e)) for e in entries
              if e is not None and e.tool != "none" and e.domains]  # fmt: skip
    return max(ranked)[1] if ranked else "not_assessed"


def grave(judgement: str) -> bool:
    """Whether a judgement is of the kind that makes a result hard to believe."""
    return judgement in ("high", "serious", "critical")
