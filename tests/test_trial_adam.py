"""Tables in the layout of ADaM: keys, baselines, changes, flags, and both files alike."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from anagen.trial.adam import ADHC, ADSL, NUMBERS, PARAMETERS, WHOLE, adhc, adsl, write_adam
from anagen.trial.data import TrialData
from anagen.trial.design import Design, design_of
from anagen.trial.run import Plan, data_of

DOCUMENT = Path(__file__).parents[1] / "docs" / "adam.md"
MINOXIDIL = {"therapy": "minoxidil", "route": "topical", "form": "solution",
             "strength_percent": 5, "per_day": 2}  # fmt: skip
LAYOUTS = {
    "parallel": {"dropout": 0.4, "discontinuation": 0.4, "strata": [{"of": "age", "cuts": [35]}]},
    "split_scalp": {"layout": "split_scalp", "dropout": 0.4},
    "crossover": {"layout": "crossover", "dropout": 0.4, "period_weeks": 26, "washout_weeks": 2},
}


@lru_cache
def a_replicate(layout: str, n: int = 12) -> tuple[Design, TrialData]:
    design = design_of({
        "trial": {"name": "A small trial", "visits_weeks": [0, 12, 24], **LAYOUTS[layout]},
        "population": {"diagnosis": "androgenetic_alopecia", "sex": "male", "age": [18, 49]},
        "arm": [{"name": "minoxidil", "n": n, "courses": [MINOXIDIL]},
                {"name": "nothing", "n": n}],
        "responder": [{"name": "gains", "endpoint": "nonvellus_hair_density",
                       "op": "change_percent_ge", "value": 5}],
    })  # fmt: skip
    return design, data_of(Plan(design, "central", follicles=60), 0)


everywhere = pytest.mark.parametrize("layout", LAYOUTS)


@everywhere
def test_keys_are_unique_and_every_person_is_known(layout: str) -> None:
    design, data = a_replicate(layout)
    people, records = adsl(design, data), adhc(design, data)
    assert people.USUBJID.is_unique
    assert len(people) == len(np.unique(data.person))
    assert set(records.USUBJID) == set(people.USUBJID)
    keys = ["USUBJID", "PARAMCD", "BASETYPE", "AVISITN", "DTYPE"]
    assert not records.duplicated(keys).any()
    assert not records.duplicated(["USUBJID", "ASEQ"]).any()
    assert (records.groupby("USUBJID").ASEQ.max() == records.groupby("USUBJID").size()).all()
    assert (people.SIMFL == "Y").all()
    assert (records.SIMFL == "Y").all()


@everywhere
def test_one_baseline_and_changes_from_it(layout: str) -> None:
    records = adhc(*a_replicate(layout))
    each = records.groupby(["USUBJID", "PARAMCD", "BASETYPE"])
    assert (each.BASE.nunique() <= 1).all()
    assert (each.ABLFL.count() == 1).all()
    start = records[records.ABLFL == "Y"]
    assert start.AVAL.equals(start.BASE)
    assert start.CHG.isna().all()
    later = records[records.ABLFL.isna()]
    assert later.CHG.equals(later.AVAL - later.BASE)
    known = later[later.PCHG.notna()]
    assert np.allclose(known.PCHG.astype(float), (100 * known.CHG / known.BASE).astype(float))
    assert (later.AVISITN > 0).all()
    assert (later[later.APERIOD.isna()].ADY == 7 * later[later.APERIOD.isna()].AVISITN + 1).all()


@everywhere
def test_readings_are_those_of_the_trial_and_stop_when_the_person_leaves(layout: str) -> None:
    design, data = a_replicate(layout)
    records = adhc(design, data)
    own = records[records.PARAMCD == "TAHC"]
    x = data.values("nonvellus_hair_density")
    assert sorted(own.AVAL.dropna()) == sorted(x[np.isfinite(x)])
    assert len(own) == data.seen.sum() < data.seen.size
    left = data.left[np.unique(data.person, return_index=True)[1]]
    people = adsl(design, data)
    assert (people.EOSSTT == "DISCONTINUED").tolist() == np.isfinite(left).tolist()
    assert people.DCSREAS.isna().tolist() == (people.COMPLFL == "Y").tolist()
    last = records.merge(people[["USUBJID", "EOSDY"]], on="USUBJID")
    assert (last.ADY <= last.EOSDY).all()


@pytest.mark.parametrize("estimand",
    ["treatment_policy", "hypothetical", "while_on_treatment", "composite"])  # fmt: skip
def test_flagged_records_are_the_values_of_the_analysis(estimand: str) -> None:
    given, data = a_replicate("parallel")
    design = given.model_copy(update={"trial": given.trial.model_copy(
        update={"estimand": estimand})})  # fmt: skip
    records = adhc(design, data)
    flagged = records[(records.ANL01FL == "Y") & (records.PARAMCD == "TAHC")]
    table = flagged.pivot(index="USUBJID", columns="AVISITN", values="AVAL")
    x = data.values("nonvellus_hair_density", estimand)
    ours = table.loc[adsl(design, data).USUBJID].to_numpy(dtype=float, na_value=np.nan)
    order = np.argsort(data.person)
    np.testing.assert_array_equal(ours, x[order])
    derived = records.DTYPE.notna()
    assert derived.any() == (estimand in ("while_on_treatment", "composite"))
    assert np.isfinite(data.stopped).any()


def test_crossover_has_periods_split_scalps_have_sides() -> None:
    crossed, split = adhc(*a_replicate("crossover")), adhc(*a_replicate("split_scalp"))
    assert set(crossed.APERIOD) == {1, 2}
    assert set(split.SIDE) == {"first", "second"}
    assert crossed.SIDE.isna().all()
    assert split.APERIOD.isna().all()
    second = crossed[(crossed.APERIOD == 2) & (crossed.AVISITN == 12)]
    assert (second.ADY == 7 * 40 + 1).all()
    people = adsl(*a_replicate("crossover"))
    assert set(people.ARM) == {"minoxidil, then nothing", "nothing, then minoxidil"}
    both = crossed.merge(people[["USUBJID", "TRT01P", "TRT02P"]], on="USUBJID")
    first = both.APERIOD == 1
    assert (both.TRT01P.where(first, both.TRT02P) == both.TRTP).all()


def test_responders_are_flagged_after_the_baseline_only() -> None:
    design, data = a_replicate("parallel")
    records = adhc(design, data)
    own = records[(records.PARAMCD == "TAHC") & records.ABLFL.isna()]
    assert ((own.PCHG >= 5) == (own.CRIT1FL == "Y")).all()
    assert set(own.CRIT1FL) == {"Y", "N"}
    assert records[(records.PARAMCD != "TAHC") | (records.ABLFL == "Y")].CRIT1FL.isna().all()


def test_strata_are_those_of_randomisation() -> None:
    people = adsl(*a_replicate("parallel"))
    assert (people.STRAT1D == "age").all()
    assert ((people.AGE <= 35) == (people.STRAT1R == "up to 35")).all()
    assert people.STRAT1R.nunique() == 2


def test_shares_are_percent() -> None:
    design, data = a_replicate("parallel")
    records = adhc(design, data)
    percent = records[(records.PARAMCD == "ANAGPCT") & (records.ABLFL == "Y")]
    assert sorted(percent.AVAL) == sorted(100 * data.full["anagen_fraction"][:, 0])
    assert percent.PARAM.str.endswith("(%)").all()


@everywhere
def test_both_files_hold_the_same(layout: str, tmp_path: Path) -> None:
    design, data = a_replicate(layout)
    written = write_adam(design, data, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in written)
    for name, frame in (("adsl", adsl(design, data)), ("adhc", adhc(design, data))):
        held = pd.read_parquet(tmp_path / f"{name}.parquet")
        pd.testing.assert_frame_equal(held, frame)
        text = pd.read_csv(tmp_path / f"{name}.csv", dtype="string")
        assert list(text) == list(frame)
        for column in frame:
            assert len(column) <= 8
            wanted = "Float64" if column in NUMBERS else "Int64" if column in WHOLE else "string"
            assert frame[column].dtype == wanted
            assert text[column].isna().equals(frame[column].isna())
            kind = {"Float64": float, "Int64": int, "string": str}[wanted]
            assert [kind(v) for v in text[column].dropna()] == frame[column].dropna().tolist()


def test_parameter_codes_are_short_and_one_to_one() -> None:
    assert len(set(PARAMETERS.values())) == len(PARAMETERS)
    assert all(len(code) <= 8 for code in PARAMETERS.values())
    records = adhc(*a_replicate("parallel"))
    assert (records.groupby("PARAMCD")[["PARAM", "PARAMN"]].nunique() == 1).all(axis=None)


def test_the_document_names_every_variable_and_parameter() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for name in (*ADSL, *ADHC, *PARAMETERS.values()):
        assert f"`{name}`" in text


def test_nobody_seen_after_the_baseline_is_out_of_the_full_analysis_set() -> None:
    design, data = a_replicate("parallel")
    left = data.left.copy()
    left[0] = 1.0
    people = adsl(design, replace(data, left=left))
    assert (people.FASFL == "N").sum() == (left <= 12).sum() > 0
