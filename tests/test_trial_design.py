"""Design files: every example is read, and what is wrong is one sentence a trialist can act on."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from tiny_trial import ACTIVE, CONTROL, LOTION, PRP, SALINE, VEHICLE, tables, tiny

from anagen.errors import InputError
from anagen.trial.design import TABLES, design_of, read_design
from anagen.trial.outcome import Outcome
from anagen.trial.primary import STRUCTURES
from anagen.trial.protocol import Boundary
from anagen.trial.statistics import covariance, group_sequential
from anagen.trial.words import attributes, treatment

EXAMPLES = sorted((Path(__file__).parents[1] / "examples" / "trials").glob("*.toml"))
TABLET = {"therapy": "finasteride", "route": "oral", "mg_per_day": 1}
AREATA = {"diagnosis": "alopecia_areata", "sex": "any", "salt": [50, 100]}
RULE = {"name": "gain", "endpoint": "total_hair_density", "op": "change_ge", "value": 10}
SPLIT = {"layout": "split_scalp"}
CROSSED = {"layout": "crossover", "period_weeks": 24}
RESCUE = {"share": 0.2, "courses": [TABLET]}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_every_example_is_read_and_comes_back_from_its_own_numbers(path: Path) -> None:
    design = read_design(path)
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    assert [a.n for a in design.arms] == [a["n"] for a in given["arm"]]
    assert design.trial.visits_weeks == tuple(given["trial"]["visits_weeks"])
    parts = {name: getattr(design, name if name in ("trial", "population") else name + "s")
             for name in TABLES}  # fmt: skip
    again = {name: part.model_dump(exclude_unset=True) if name in ("trial", "population")
             else [one.model_dump(exclude_unset=True) for one in part]
             for name, part in parts.items()}  # fmt: skip
    assert design_of(again) == design
    out = Outcome(design)
    assert max(place.stop for place in out.places.values()) == out.width
    assert design.trial.endpoint in out.endpoints
    assert all(treatment(arm) for arm in design.arms)
    assert attributes(design).strategy == "treatment_policy"


def test_the_control_is_the_last_arm_or_the_named_one_and_its_pairs_come_first() -> None:
    arms = [dict(ACTIVE, name=name) for name in "abc"]
    last, named = tiny(arms), tiny(arms, control="b")
    assert last.pairs == ((0, 2), (1, 2), (0, 1))
    assert named.pairs == ((0, 1), (2, 1), (0, 2))
    assert (last.primary, named.primary) == (last.pairs[:2], named.pairs[:2])


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"arms": [ACTIVE]}, "arm", "two arms or more are needed (given: 1)"),
        ({"arms": [dict(ACTIVE, n=1), CONTROL]}, "arm[0].n",
         "'active' has 1; an arm needs two people or more"),
        ({"arms": [dict(ACTIVE, n=2.5), CONTROL]}, "arm[0].n", "a whole number is needed"),
        ({"arms": [ACTIVE, ACTIVE]}, "arm", "each needs a name of its own (given: active, active)"),
        ({"arms": [dict(ACTIVE, name=" "), CONTROL]}, "arm[0].name", "give the arm a name"),
        ({"control": "contrl"}, "trial.control", "did you mean 'control'? allowed: active, contr"),
        ({"endpoint": "total_hair_densty"}, "trial.endpoint", "mean 'total_hair_density'?"),
        ({"instrument": "hair_to_har"}, "trial.instrument", "did you mean 'hair_to_hair'?"),
        ({"layout": "crosover"}, "trial.layout", "did you mean 'crossover'?"),
        ({"nme": 1}, "trial", "unknown key 'nme'; did you mean 'name'?"),
        # visits
        ({"visits_weeks": [4, 12]}, "trial.visits_weeks", "must begin with 0, the baseline"),
        ({"visits_weeks": [0]}, "trial.visits_weeks", "as [0, 12, 24] (given: [0.0])"),
        ({"visits_weeks": [0, 0.01]}, "trial.visits_weeks", "a day or more apart"),
        ({"primary_week": 13}, "trial.primary_week", "(given: 13; allowed: 12, 24)"),
        # interim analyses
        ({"accrual_weeks": 52, "interim_weeks": [90]}, "trial.interim_weeks",
         "after the end: the last person reaches week 24 in week 76 of the trial (given: week 90)"),
        ({"accrual_weeks": 52, "interim_weeks": [20]}, "trial.interim_weeks",
         "nobody has reached the primary visit, week 24, by then (given: week 20); interims lie "
         "between week 24 and 76"),
        ({"interim_weeks": [30]}, "trial.interim_weeks", "need accrual_weeks"),
        ({"accrual_weeks": 52, "interim_weeks": [40], "futility_z": [0, 1]}, "trial.futility_z",
         "needs one number for each of the 1 interim analyses"),
        ({"arms": [ACTIVE, dict(ACTIVE, name="b"), CONTROL], "accrual_weeks": 52,
          "interim_weeks": [40]}, "trial.interim_weeks", "are for two parallel arms; remove them"),
        # who leaves
        ({"dropout": 1}, "trial.dropout", "give a share below 1 (given: 1)"),
        ({"dropout": -0.1}, "trial.dropout", "must lie between 0 and 1 (given: -0.1)"),
        ({"dropout": {"12": 0.3, "24": 0.2}}, "trial.dropout",
         "weeks and cumulative shares must go up (given: 12 = 0.3, 24 = 0.2)"),
        ({"dropout": {"week 12": 0.3}}, "trial.dropout", "keys are weeks, as { 12 = 0.05"),
        ({"dropout": {}}, "trial.dropout", "is empty; give shares by week"),
        ({"dropout": "few"}, "trial.dropout", "a share by the last visit, as 0.1, or shares by"),
        ({"arms": [dict(ACTIVE, dropout={"24": 1}), CONTROL]}, "arm[0].dropout",
         "all of 'active' leave"),
        ({"arms": [dict(ACTIVE, adherence=1.2), CONTROL]}, "arm[0].adherence",
         "must lie between 0.01 and 1"),
        ({"rescue": dict(RESCUE, from_week=24)}, "trial.rescue.from_week",
         "must be week 12, the last visit but one, or before (given: 24)"),
        ({"rescue": dict(RESCUE, courses=[])}, "trial.rescue.courses", "is empty; give what"),
        ({"arms": [dict(ACTIVE, rescue=dict(RESCUE, courses=[dict(TABLET, route="orl")])),
                   CONTROL]}, "arm[0].rescue.courses[0].route", "did you mean 'oral'?"),
        # strata
        ({"strata": [{"of": "age"}]}, "trial.strata[0].cuts", "as cuts = [35]"),
        ({"strata": [{"of": "sex", "cuts": [1]}]}, "trial.strata[0]", "named; remove them"),
        ({"strata": [{"of": "agge"}]}, "trial.strata[0].of", "did you mean 'age'?"),
        ({"strata": [{"of": "sex"}], "block_size": 3}, "trial.block_size",
         "must be a multiple of 2, for arms of 1 : 1 (given: 3)"),
        ({"arms": [dict(ACTIVE, n=30), CONTROL], "strata": [{"of": "sex"}], "block_size": 4},
         "trial.block_size", "must be a multiple of 5, for arms of 3 : 2 (given: 4)"),
        ({"block_size": 4}, "trial.block_size", "needs strata"),
        # layouts
        ({"within_person_correlation": 0.5}, "trial.within_person_correlation",
         'belongs to layout = "split_scalp" (given: parallel); remove it'),
        (SPLIT | {"within_person_correlation": 1}, "trial.within_person_correlation",
         "must lie between -0.99 and 0.99"),
        (SPLIT | {"arms": [ACTIVE, dict(CONTROL, n=21)]}, "arm[1].n",
         "sides of the same heads: give one n (given: 20, 21)"),
        (SPLIT | {"arms": [dict(ACTIVE, courses=[TABLET]), CONTROL]}, "arm[0].courses",
         "a tablet reaches both sides"),
        (SPLIT | {"rescue": RESCUE}, "trial.rescue.courses", "a tablet reaches both sides"),
        (SPLIT | {"population": AREATA}, "trial.layout", "not split"),
        (SPLIT | {"arms": [ACTIVE, dict(ACTIVE, name="b"), CONTROL]}, "arm",
         'layout = "split_scalp" needs two arms (given: 3)'),
        ({"layout": "crossover"}, "trial.period_weeks", "give the weeks of one period, as 24"),
        (CROSSED | {"period_weeks": 12}, "trial.period_weeks", "before the last visit, week 24"),
        (CROSSED | {"washout_weeks": 8}, "trial.washout_weeks", "write 0, or plan a parallel"),
        (CROSSED | {"arms": [dict(ACTIVE, adherence=0.5), CONTROL]}, "arm[0].adherence",
         "write trial.adherence"),
        # endpoints
        ({"endpoint": "salt"}, "trial.endpoint", "read of alopecia areata (diagnosis: androg"),
        ({"endpoint": "telogen_fraction"}, "trial.endpoint", "unknown endpoint of phototrich"),
        ({"endpoint": "anagen_fraction", "instrument": "hair_to_hair"}, "trial.endpoint",
         "unknown endpoint of hair_to_hair"),
        ({"responder": [dict(RULE, week=13)]}, "responder[0].week",
         "is no visit (given: 13; allowed: 12, 24)"),
        ({"responder": [dict(RULE, op="change_gt")]}, "responder[0].op", "mean 'change_ge'?"),
        ({"responder": [dict(RULE, endpoint="salt")]}, "responder[0].endpoint", "areata"),
        ({"responder": [RULE, RULE]}, "responder", "each needs a name of its own"),
        ({"subgroup": [{"of": "hair_diametr"}]}, "subgroup[0].of", "mean 'hair_diameter'?"),
        ({"subgroup": [{"of": "salt"}]}, "subgroup[0].of", "unknown column on day 0 'salt'"),
        ({"subgroup": [{"of": "age", "cuts": [40, 30]}]}, "subgroup[0]", "must go up, each once"),
        # treatment
        ({"arms": [ACTIVE, dict(CONTROL, courses=[dict(LOTION, strength_percent=500)])]},
         "arm[1].courses[0].strength_percent", "must lie between 0.001 and 20 (percent)"),
        ({"arms": [ACTIVE, dict(CONTROL, courses=[VEHICLE, dict(VEHICLE, therapy="vehicl")])]},
         "arm[1].courses[1].therapy", "did you mean 'vehicle'?"),
        ({"arms": [dict(ACTIVE, courses=[LOTION, LOTION]), CONTROL]}, "arm[0].courses[1]",
         "overlaps course[0], also minoxidil (topical); join them"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_one_sentence_with_its_place(
    given: dict[str, Any], field: str, sentence: str
) -> None:
    with pytest.raises(InputError) as refused:
        design_of(tables(**given), "trial.toml")
    assert (str(refused.value.file), refused.value.field) == ("trial.toml", field)
    said = str(refused.value)
    assert said.startswith(f"trial.toml, {field}: ")
    assert sentence in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('schema = 1\n[trial]\nname = "x\n', "line 3: not valid TOML"),
        ('schema = 1\n[trial]\nname = "x" y\n', "(column 12)"),
        ("schema = 2\n[trial]\n", "schema: unknown schema '2'; allowed: 1"),
        ("schema = 1\n[trial]\n[[armm]]\n", "unknown key 'armm'; did you mean 'arm'?"),
        ("schema = 1\n[trial]\n[population]\n", "arm: this table is missing; begin it with [[arm]"),
        ("schema = 1\n[population]\n[trial]\n[[arm]]\n", "trial.name: this key is missing"),
    ],
)
def test_a_file_that_is_no_design_says_where(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "trial.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_design(path)
    assert str(refused.value).startswith(str(path))
    assert sentence in str(refused.value)


def test_what_can_be_planned_though_it_is_unusual() -> None:
    prp, saline = dict(ACTIVE, courses=[PRP]), dict(CONTROL, courses=[SALINE])
    assert tiny([prp, saline], washout_weeks=8, **CROSSED).trial.washout_weeks == 8
    assert tiny([prp, dict(prp, name="sham", sham=True)], **SPLIT).arms[1].regimen.active == ()
    with_rescue = tiny(rescue=RESCUE, dropout={"12": 0.1, "24": 0.1}, strata=[{"of": "sex"}])
    assert with_rescue.trial.rescue is not None
    assert with_rescue.trial.rescue.courses[0].therapy == "finasteride"
    ages = tiny(strata=[{"of": "age", "cuts": [35]}], block_size=6)
    assert ages.trial.strata[0].cuts == (35.0,)


def test_what_an_arm_gets_is_said_in_words() -> None:
    design = tiny([dict(ACTIVE, courses=[LOTION, TABLET]), dict(CONTROL, courses=[PRP], sham=True)])
    lotion, tablet = treatment(design.arms[0])
    assert lotion.startswith("minoxidil, applied to the scalp; strength")
    assert lotion.endswith("from week 0 to the end")
    assert tablet == "finasteride, oral; 1 mg a day; from week 0 to the end"
    prp, sham = treatment(design.arms[1])
    assert "; depth 3 mm; " in prp
    assert prp.endswith("in weeks 0, 4, 8")
    assert sham == "sham: the same, with nothing active in it"
    assert treatment(tiny([dict(ACTIVE, courses=[]), CONTROL]).arms[0]) == ["untreated"]


def test_reading_changes_nothing_that_was_given() -> None:
    given = tables(rescue=RESCUE, strata=[{"of": "sex"}])
    before = copy.deepcopy(given)
    design_of(given)
    assert given == before


def test_a_design_may_ask_for_every_covariance_and_boundary_there_is() -> None:
    assert tuple(covariance.STRUCTURES) == STRUCTURES  # the freest first in both
    assert set(group_sequential.KINDS) == set(get_args(Boundary))
