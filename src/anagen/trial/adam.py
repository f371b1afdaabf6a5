"""One simulated replicate in the layout of the ADaM data sets ADSL and ADHC (hair counts).

The layout is that of CDISC's ADaM, so that programs for it run; the people are simulated, and
every record says so (SIMFL). Nothing has a date: times are study days, day 1 the first visit.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anagen.files import write_whole
from anagen.measurement.endpoints import UNITS
from anagen.patient import SCALES
from anagen.trial.data import Floats, Ints, Mask, TrialData
from anagen.trial.design import Design
from anagen.trial.outcome import endpoints_of, levels_of
from anagen.trial.protocol import BY_NAME, Responder, better
from anagen.trial.replicate import group_of
from anagen.trial.statistics.responders import responded
from anagen.trial.words import rule
from anagen.vocabulary import label, words

PARAMETERS = {
    "nonvellus_hair_density": "TAHC", "total_hair_density": "TOTHC",
    "terminal_hair_density": "TTHC", "anagen_hair_density": "ANAGHC",
    "anagen_fraction": "ANAGPCT", "telogen_fraction": "TELOPCT", "hair_diameter": "TAHW",
    "cumulative_thickness": "CUMTHK", "terminal_vellus_ratio": "TVRATIO",
    "hair_growth_rate": "HGROWTH", "hair_weight": "HWEIGHT", "coverage": "COVERPCT",
    "follicle_density": "FOLLDENS", "shed_hairs_per_day": "SHEDDAY", "wash_count": "WASH",
    "comb_count": "COMB60", "pull_count": "PULL", "global_assessment": "GAIS", "salt": "SALT",
}  # fmt: skip
"""PARAMCD of every endpoint; PARAMN is its place."""
IN_PERCENT = ("anagen_fraction", "telogen_fraction", "coverage")
"""Endpoints that are shares in this package and percent in the tables."""
METHODS = {
    "hair_weight": "clipped hair weighed", "shed_hairs_per_day": "shed hairs collected",
    "wash_count": "wash test", "comb_count": "comb test", "pull_count": "pull test",
    "global_assessment": "rated photographs", "salt": "rated scalp",
}  # fmt: skip
"""How an endpoint is read that no picture of the target area gives."""
NO_AREA = ("shed_hairs_per_day", "wash_count", "comb_count", "pull_count", "global_assessment",
           "salt")  # fmt: skip
DERIVED = {"while_on_treatment": "LOCF", "composite": "WORST"}
"""DTYPE of the records that an estimand puts in place of what was read."""
SIDES = ("first", "second")
DAYS = 7

ADSL = {
    "STUDYID": "trial", "USUBJID": "person, in all trials", "SUBJID": "person, in the trial",
    "ARM": "planned arm, sequence or pair of sides", "ARMCD": "the same, short",
    "TRT01P": "planned treatment, first period", "TRT01A": "actual treatment, first period",
    "TRT02P": "planned treatment, second period", "TRT02A": "actual treatment, second period",
    "AGE": "age", "AGEU": "unit of the age", "SEX": "sex, M or F",
    "ETHNIC": "ethnicity, in the word recorded", "COUNTRY": "country whose rules are shown",
    "NORWOOD": "Norwood-Hamilton grade", "LUDWIG": "Ludwig grade", "SINCLAIR": "Sinclair grade",
    "YRSONSET": "years since the first follicle was affected", "RANDFL": "randomised, Y or N",
    "SAFFL": "safety population, Y or N", "ITTFL": "intention to treat, Y or N",
    "FASFL": "primary endpoint read on day 1 and later, Y or N",
    "COMPLFL": "seen at the last visit, Y or N", "EOSSTT": "COMPLETED or DISCONTINUED",
    "DCSREAS": "reason for leaving", "TRTSDY": "first study day of treatment",
    "TRTEDY": "last study day under the treatment assigned", "EOSDY": "study day of the end",
    "RESCDY": "study day of the first rescue treatment", "SIMFL": "simulated, Y",
}  # fmt: skip
"""Variables of ADSL, one record per person; STRATwD and STRATwR follow for every stratum."""
ADHC = {
    "STUDYID": "trial", "USUBJID": "person", "ASEQ": "number of the record within the person",
    "TRTP": "planned treatment", "TRTA": "actual treatment", "PARAMCD": "parameter, short",
    "PARAM": "parameter with its unit", "PARAMN": "parameter, as a number",
    "AVISIT": "visit", "AVISITN": "week of the visit", "ADY": "study day", "AVAL": "value",
    "BASE": "baseline value", "CHG": "change from baseline, after it",
    "PCHG": "the same in percent of the baseline", "ABLFL": "baseline record, Y",
    "ANL01FL": "counts in the primary analysis, Y", "DTYPE": "how the value was derived, if it was",
    "BASETYPE": "which baseline", "AREA_CM2": "scalp read, cm2", "METHOD": "how it was read",
    "SITE": "where on the scalp", "SIDE": "side of a split scalp",
    "APERIOD": "period of a crossover", "SIMFL": "simulated, Y",
}  # fmt: skip
"""Variables of ADHC, one record per person, parameter, visit (and side, period, derivation);
CRITn and CRITnFL follow for every responder rule."""
NUMBERS = ("AGE", "YRSONSET", "AVISITN", "AVAL", "BASE", "CHG", "PCHG", "AREA_CM2")
WHOLE = ("SINCLAIR", "TRTSDY", "TRTEDY", "EOSDY", "RESCDY", "ASEQ", "PARAMN", "ADY", "APERIOD")

Frame = Any
"""A pandas frame; pandas is slow to import and brings no types."""


def study_id(design: Design) -> str:
    """The name of the trial in capitals, as an identifier."""
    return re.sub(r"[^A-Z0-9]+", "-", design.trial.name.upper()).strip("-")


def adsl(design: Design, data: TrialData) -> Frame:
    """ADSL of one replicate: a record per person, columns as `ADSL`."""
    first = np.unique(data.person, return_index=True)[1]
    found = _people(design, data, first) | _disposition(design, data, first)
    strata = {}
    if design.trial.layout == "parallel":
        strata = dict(_strata(design, data.of(first)))
    return _frame(found, [*ADSL, *strata], strata)


def _people(design: Design, data: TrialData, first: Ints) -> dict[str, Any]:
    """Who, and which arm; ``first`` are the first rows of the people."""
    trial, who = design.trial, [data.patients[i] for i in first]
    arms = [_treatments(design, int(data.sequence[i]), int(data.arm[i])) for i in first]
    joint = {"split_scalp": "first side {}, second side {}", "crossover": "{}, then {}"}
    named = joint.get(trial.layout, "{}")
    ids = _ids(design, data.person[first])
    scales = {s.upper(): [getattr(w, s) for w in who] for s in SCALES}
    years = [w.years_since_onset if "years_since_onset" in w.model_fields_set else None
             for w in who]  # fmt: skip
    return scales | {
        "STUDYID": study_id(design), "USUBJID": ids, "SUBJID": [x.rsplit("-", 1)[1] for x in ids],
        "ARM": [named.format(*own) for own in arms],
        "ARMCD": ["".join(_letter(design, name) for name in own) for own in arms],
        "TRT01P": [own[0] for own in arms], "TRT01A": [own[0] for own in arms],
        "TRT02P": [own[-1] if trial.layout == "crossover" else None for own in arms],
        "TRT02A": [own[-1] if trial.layout == "crossover" else None for own in arms],
        "AGE": [w.age for w in who], "AGEU": ["YEARS" if w.age is not None else None for w in who],
        "SEX": [w.sex[0].upper() for w in who], "ETHNIC": [w.ethnicity for w in who],
        "COUNTRY": trial.country, "YRSONSET": years,
    }  # fmt: skip


def _treatments(design: Design, sequence: int, arm: int) -> tuple[str, ...]:
    """What a person gets: one arm, both sides, or both periods in order."""
    names = design.names
    match design.trial.layout:
        case "split_scalp":
            return (names[0], names[1])
        case "crossover":
            return (names[sequence], names[1 - sequence])
    return (names[arm],)


def _letter(design: Design, name: str) -> str:
    return chr(ord("A") + design.names.index(name))


def _ids(design: Design, person: Ints) -> list[str]:
    study = study_id(design)
    return [f"{study}-{n + 1:05d}" for n in person.tolist()]


def _disposition(design: Design, data: TrialData, first: Ints) -> dict[str, Any]:
    """Who stayed, who stopped, and when; a person's earliest of all rows."""
    trial = design.trial
    start = data.part * _period(design)
    end = trial.visits_weeks[-1] + (_period(design) if trial.layout == "crossover" else 0.0)
    left = data.left[first]  # of the first period or side: who left it is not in the second
    stayed = ~np.isfinite(left)

    def earliest(weeks: Floats) -> Floats:
        found = np.full(len(first), np.inf)
        np.minimum.at(found, np.unique(data.person, return_inverse=True)[1], weeks + start)
        return found

    rescued = earliest(np.where(data.rescued < data.left, data.rescued, np.inf))
    gone = np.where(stayed, end, left)
    x = data.values(trial.endpoint)
    later = np.isfinite(x[:, :1]).any(axis=1) & np.isfinite(x[:, 1:]).any(axis=1)
    read = np.isin(data.person[first], data.person[later])
    return {
        **dict.fromkeys(("RANDFL", "SAFFL", "ITTFL", "SIMFL"), "Y"), "FASFL": _yes_no(read),
        "COMPLFL": _yes_no(stayed),
        "EOSSTT": np.where(stayed, "COMPLETED", "DISCONTINUED"),
        "DCSREAS": [None if s else "NOT SIMULATED" for s in stayed], "TRTSDY": 1,
        "TRTEDY": _days(np.minimum(earliest(data.stopped), gone)), "EOSDY": _days(gone),
        "RESCDY": _days(rescued),
    }  # fmt: skip


def _period(design: Design) -> float:
    """Weeks from the start of one period of a crossover to the next; 0 in other layouts."""
    weeks = design.trial.period_weeks
    return 0.0 if weeks is None else weeks + design.trial.washout_weeks


def _yes_no(what: Mask) -> list[str]:
    return ["Y" if yes else "N" for yes in what]


def _days(weeks: Floats) -> Floats:
    """Study days of weeks since the first visit; nan: never."""
    return np.where(np.isfinite(weeks), np.floor(DAYS * weeks) + 1, np.nan)


def _strata(design: Design, data: TrialData) -> Iterator[tuple[str, Any]]:
    """STRATwD and STRATwR of every stratum of the design."""
    for w, split in enumerate(design.trial.strata, 1):
        yield f"STRAT{w}D", split.of
        if split.of in BY_NAME:
            yield f"STRAT{w}R", [getattr(p, split.of) for p in data.patients]
            continue
        levels = levels_of(design.population, split)
        places = group_of(split, data.patients, data.columns)
        yield f"STRAT{w}R", [levels[g] if g >= 0 else None for g in places]


# ---- ADHC ----------------------------------------------------------------------------------------


def adhc(design: Design, data: TrialData) -> Frame:
    """ADHC of one replicate: a record per reading, columns as `ADHC`.

    A visit that did not take place has no record. Under an estimand that puts other values in place
    of readings these are records of their own (DTYPE), and ANL01FL marks what the analysis takes.
    """
    import pandas as pd

    parts = [pd.DataFrame(part) for name in PARAMETERS if name in endpoints_of(design)
             for part in _records(design, data, name)]  # fmt: skip
    every = pd.concat(parts, ignore_index=True)
    order = ["USUBJID", "PARAMN", "APERIOD", "SIDE", "AVISITN", "DTYPE"]
    every = every.sort_values(order, kind="stable", na_position="first", ignore_index=True)
    every["ASEQ"] = every.groupby("USUBJID").cumcount() + 1
    extra = [c for n in range(1, len(design.responders) + 1) for c in (f"CRIT{n}", f"CRIT{n}FL")]
    return _frame({c: every[c] for c in every}, [*ADHC, *extra], {})


def _records(design: Design, data: TrialData, name: str) -> Iterator[dict[str, Any]]:
    """The readings of one endpoint, then the values put in their place, if any."""
    trial = design.trial
    seen, used = data.values(name), data.values(name, trial.estimand, better(name))
    after = np.array(data.weeks) > np.minimum(data.stopped, data.rescued)[:, None]
    other = DERIVED.get(trial.estimand)
    there = np.broadcast_to(data.seen, seen.shape)
    counts = np.isfinite(used) & ~(after if other else np.zeros_like(after))
    yield _table(design, data, name, (seen, there, counts), None)
    if other:
        put = after & np.isfinite(used)
        yield _table(design, data, name, (used, put, put), other)


def _table(
    design: Design, data: TrialData, name: str, values: tuple[Floats, Mask, Mask],
    derived: str | None,
) -> dict[str, Any]:  # fmt: skip
    """Records of one endpoint where ``values`` (value, is there, is analysed) are there."""
    trial, scale = design.trial, 100.0 if name in IN_PERCENT else 1.0
    row, visit = np.nonzero(values[1])
    x, before = scale * values[0], scale * data.values(name)[:, :1]
    aval, base, later = x[row, visit], before[row, 0], visit > 0
    change = np.where(later, aval - base, np.nan)
    week = np.array(data.weeks)[visit]
    treated = np.array(design.names, dtype=object)[data.arm[row]]
    unit = "%" if name in IN_PERCENT else UNITS[name]
    said = label("outcome", name) if name in words("outcome") else name
    part = data.part[row]
    crossed, split = trial.layout == "crossover", trial.layout == "split_scalp"
    found = {
        "STUDYID": study_id(design), "USUBJID": _ids(design, data.person[row]), "TRTP": treated,
        "TRTA": treated, "PARAMCD": PARAMETERS[name], "PARAM": f"{said} ({unit})",
        "PARAMN": list(PARAMETERS).index(name) + 1,
        "AVISIT": [f"Week {w:g}" if w > 0 else "Baseline" for w in week.tolist()],
        "AVISITN": week, "ADY": np.floor(DAYS * (week + part * _period(design))) + 1,
        "AVAL": aval, "BASE": base, "CHG": change,
        "PCHG": 100 * change / np.where(base != 0, base, np.nan),
        "ABLFL": _flag(~later), "ANL01FL": _flag(values[2][row, visit]),
        "DTYPE": np.full(len(row), derived, dtype=object),
        "BASETYPE": [_base_type(design, int(p)) for p in part],
        "AREA_CM2": np.nan if name in NO_AREA else trial.target_area_cm2,
        "METHOD": METHODS.get(name, trial.instrument),
        "SITE": [data.patients[i].site for i in row],
        "SIDE": np.array(SIDES, dtype=object)[part] if split else np.full(len(row), None),
        "APERIOD": part + 1.0 if crossed else np.full(len(row), np.nan), "SIMFL": "Y",
    }  # fmt: skip
    for n, responder in enumerate(design.responders, 1):
        found |= _criterion(n, responder, name, values[0][row, visit], data, row, later)
    return found


def _flag(what: Mask, said: str = "Y") -> NDArray[np.object_]:
    """A word where something is so, nothing elsewhere."""
    return np.array([said if yes else None for yes in what], dtype=object)


def _base_type(design: Design, part: int) -> str:
    match design.trial.layout:
        case "split_scalp":
            return f"BASELINE OF THE {SIDES[part].upper()} SIDE"
        case "crossover":
            return f"START OF PERIOD {part + 1}"
    return "BASELINE"


def _criterion(
    n: int, responder: Responder, name: str, value: Floats, data: TrialData, row: Ints,
    later: Mask,
) -> Mapping[str, Any]:  # fmt: skip
    """CRITn and CRITnFL, Y or N, on the records after the baseline that the rule is about."""
    none = np.full(len(row), None, dtype=object)
    if responder.endpoint != name:
        return {f"CRIT{n}": none, f"CRIT{n}FL": none}
    base = data.values(name)[row, 0]
    fits = later & np.isfinite(value) & ((base > 0) | ("percent" not in responder.op))
    met = none.copy()
    hits = responded(value[fits], responder.op, responder.value, base[fits])
    met[fits] = np.where(hits > 0, "Y", "N")
    said = _flag(later, f"{responder.name}: {rule(responder)}")
    return {f"CRIT{n}": said, f"CRIT{n}FL": met}


# ---- both ----------------------------------------------------------------------------------------


def _frame(found: Mapping[str, Any], names: list[str], more: Mapping[str, Any]) -> Frame:
    """A frame with the columns ``names`` in order and one type each: text, Float64 or Int64."""
    import pandas as pd

    every = {**found, **more}
    frame = pd.DataFrame({name: every[name] for name in names})
    kinds = {name: "Float64" if name in NUMBERS else "Int64" if name in WHOLE else "string"
             for name in names}  # fmt: skip
    return frame.astype(kinds)


def write_adam(design: Design, data: TrialData, folder: Path) -> list[Path]:
    """Write ADSL and ADHC as ``.parquet`` and ``.csv`` into a ``folder``; the files, in order.

    Each is written under a temporary name and moved. Missing is empty in the CSV. Raises
    OutputError.
    """
    written = []
    for name, frame in (("adsl", adsl(design, data)), ("adhc", adhc(design, data))):
        held = io.BytesIO()
        frame.to_parquet(held, index=False)
        written.append(write_whole(folder / f"{name}.parquet", held.getvalue()))
        written.append(write_whole(folder / f"{name}.csv", frame.to_csv(index=False)))
    return written
