"""A trial's population from its file to weighted people, and what is said where that fails.

Stochastic tests: seeds are the arguments, people the replications; limit four standard errors.
"""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from anagen.cli import app
from anagen.errors import InputError
from anagen.evidence.studies import load_studies
from anagen.parameters import load_parameters
from anagen.population import FLOOR, Request, make_population, read_request, select
from anagen.population.sources import citations, rows_read
from anagen.population.summary import Summary, summarise
from anagen.priors import central_parameters
from anagen.regimen import UNTREATED
from anagen.report.population import difference, significant, write_population
from anagen.report.wording import forbidden_phrases
from anagen.simulate import simulate

EXAMPLES = sorted(Path("examples/populations").glob("*.toml"))
MEN = {"diagnosis": "androgenetic_alopecia", "sex": "male"}


def lines_of(made):
    return {(x.endpoint, x.statistic, x.subgroup): x for x in made.table}


@pytest.fixture(scope="module")
def men():
    return make_population(read_request(EXAMPLES[0]), 400, seed=3)


# ---- a table that is met -----------------------------------------------------------------------


def test_a_table_of_five_lines_is_met_with_the_floor_kept():
    request = read_request(Path("examples/populations/men_of_a_minoxidil_trial.toml"))
    made = make_population(request, 2000, threads=2)
    assert len(made.table) == 5
    assert made.reached
    assert made.ess >= FLOOR * 2000
    for line in made.table:
        assert line.virtual == pytest.approx(line.published, rel=1e-3)


def test_weights_make_the_table_and_nothing_else_made_it(men):
    assert men.weights.sum() == pytest.approx(1)
    assert men.ess == pytest.approx(1 / (men.weights**2).sum())
    x = men.columns["nonvellus_hair_density"]
    line = lines_of(men)["nonvellus_hair_density", "mean", ""]
    assert men.weights @ x == pytest.approx(line.virtual) == pytest.approx(line.published, rel=1e-4)
    assert line.pool == pytest.approx(x.mean())
    assert abs(line.difference) < 1e-3


def test_selected_people_have_the_table_within_their_number(men):
    places = select(men.weights, 2000, np.random.default_rng(1))
    x = men.columns["nonvellus_hair_density"][places]
    line = lines_of(men)["nonvellus_hair_density", "mean", ""]
    assert x.mean() == pytest.approx(line.published, abs=4 * x.std() / np.sqrt(2000))


def test_a_population_is_named_by_its_seed_alone(men):
    again = make_population(men.request, 400, seed=3, threads=2)
    assert np.array_equal(again.weights, men.weights)
    other = make_population(men.request, 400, seed=4)
    assert not np.array_equal(other.columns["age"], men.columns["age"])


def test_the_same_people_are_simulated_again_with_the_baseline_they_were_chosen_for(men):
    some = list(men.patients[:20])
    made = simulate(some, [UNTREATED], weeks=4, people="drawn", follicles=250, batches=1,
                    seed=men.seed)  # fmt: skip
    read = made.read["total_hair_density"][:, 0, 0]
    assert read == pytest.approx(men.columns["total_hair_density"][:20])


def test_a_table_is_met_where_only_its_own_error_is_asked_for(men):
    loose = make_population(men.request, 400, seed=3, within_error=True)
    assert loose.reached
    assert loose.ess > men.ess
    lines, n = lines_of(loose), men.request.n
    age, young = lines["age", "mean", ""], lines["", "percent", "younger than 30"]
    assert abs(age.virtual - age.published) <= 8 / np.sqrt(n) + 1e-4
    assert abs(young.virtual - young.published) <= np.sqrt(25 * 75 / n) + 1e-3


def test_without_a_table_everyone_weighs_the_same():
    made = make_population(Request(age=[18, 49], **MEN), 100)
    assert made.ess == pytest.approx(100)
    assert made.table == ()
    assert "weigh the same" in made.sentence


# ---- a table that is not -----------------------------------------------------------------------


def test_a_density_that_nobody_has_is_refused_with_the_nearest():
    ask = Request(baseline={"total_hair_density": {"mean": 480, "sd": 5}}, **MEN)
    made = make_population(ask, 200)
    assert not made.reached
    assert made.sentence.startswith("the table is not reachable: with the other lines no weights")
    assert "mean of total_hair_density" in made.sentence
    assert made.ess >= FLOOR * 200 * 0.99
    line = lines_of(made)["total_hair_density", "mean", ""]
    assert not line.possible
    assert line.pool < line.virtual < 480


def test_a_table_that_leaves_too_few_people_is_refused(men):
    density = float(np.quantile(men.columns["nonvellus_hair_density"], 0.97))
    ask = Request(
        age=[18, 49], baseline={"nonvellus_hair_density": {"mean": round(density)}}, **MEN
    )
    made = make_population(ask, 400, seed=3)
    assert not made.reached
    assert "less than 25 %" in made.sentence
    assert made.ess_exact < FLOOR * 400 <= made.ess * 1.001
    assert make_population(ask, 400, seed=3, floor=0.02).reached


def test_a_subgroup_of_nobody_is_out_of_reach():
    group = {"name": "women", "sex": "female", "percent": 30}
    made = make_population(Request(subgroup=[group], **MEN), 100)
    assert not made.reached
    assert "nobody" in made.sentence or "percent of women" in made.sentence


# ---- what a file says --------------------------------------------------------------------------


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_read_and_met(path):
    made = make_population(read_request(path), 150, seed=1)
    assert made.reached
    summary = summarise(made)
    assert Summary.model_validate_json(summary.model_dump_json()) == summary
    kept = json.loads(summary.model_dump_json())
    assert kept["kind"] == "population"
    assert kept["simulated"] is True


def test_a_design_file_with_arms_is_read_too(tmp_path):
    path = tmp_path / "design.toml"
    path.write_text(
        'schema = 1\n[trial]\nname = "x"\n[population]\ndiagnosis = "healthy"\nsex = "any"\n'
        'washout = { minoxidil = 26 }\n[[arm]]\nname = "a"\nn = 5\n'
    )
    assert read_request(path).washout == {"minoxidil": 26}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sex": "mal"}, "did you mean 'male'"),
        ({"diagnosis": "alopecia_aerata"}, "did you mean 'alopecia_areata'"),
        ({"norwood": ["IX"]}, "unknown norwood"),
        ({"age": [49, 18]}, "the lower first"),
        ({"age": [18]}, "two numbers are needed"),
        ({"age": [18, 130]}, "between 0 and 120"),
        ({"ethnicity": "europe"}, "did you mean 'european'"),
        ({"ethnicity": {"european": 50, "african": 20}}, "add up to 100"),
        ({"country": "RU"}, "no shares of ethnic groups for RU"),
        ({"country": "US", "ethnicity": "african"}, "keep one of them"),
        ({"ludwig": ["I"]}, "is of women"),
        ({"sex": "female", "norwood": ["IV"]}, "add male_pattern = true"),
        ({"baseline": {"hair_densty": {"mean": 3}}}, "unknown column of a baseline table"),
        ({"baseline": {"age": {"mean": 3, "median": 4}}}, "one of the two"),
        ({"baseline": {"age": {"mean": 30, "sd": -4}}}, "sd is above 0"),
        ({"baseline": {"age": {"median": 30, "iqr": [35, 40]}}}, "lies in it"),
        ({"subgroup": [{"name": "a", "percent": 20}]}, "say who is in it"),
        ({"subgroup": [{"name": "a", "sex": "female", "percent": 120}]}, "between 0 and 100"),
        ({"washout": {"minoxidil": -3}}, "0 weeks or more"),
        ({"n": 0}, "must be 1 or more"),
        ({"salt": [1, 50]}, "salt: belongs to alopecia areata"),
        ({"episode_weeks": [10, 50]}, "episode_weeks: belongs to alopecia areata"),
        ({"activity": "active"}, "activity: belongs to scarring alopecia"),
        ({"subtypes": ["psoriasis"]}, "subtypes: belongs to scalp inflammation"),
        ({"diagnosis": "alopecia_areata", "norwood": ["IV"]}, "norwood: belongs to"),
        ({"diagnosis": "telogen_effluvium", "sex": "female", "ludwig": ["I"]}, "ludwig: belongs"),
        ({"diagnosis": "ageing", "years_since_onset": [1, 5]}, "has no day on which it begins"),
        ({"diagnosis": "healthy", "years_since_onset": [1, 5]}, "has no day on which it begins"),
        (
            {
                "diagnosis": "telogen_effluvium",
                "trigger": {"kind": "fever"},
                "years_since_onset": [1, 5],
            },
            "has its trigger.week",
        ),
        ({"trigger": {"kind": "post_partum"}}, 'post_partum goes with sex = "female"'),
        (
            {"sex": "female", "postmenopausal": True, "trigger": {"kind": "post_partum"}},
            "post_partum, with postmenopausal",
        ),
        ({"age": [4, 9]}, "pattern loss does not begin before 10"),
        ({"subgroup": [{"name": "five", "norwood": ["V"], "percent": 20}]}, "not among the grades"),
        ({"salts": [1, 2]}, "salts"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(given, said):
    with pytest.raises(InputError) as caught:
        Request(**(MEN | given))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("schema = 1\n[trial]\n", "begin it with [population]"),
        ('schema = 1\n[population]\nsex = "male"\n', "population.diagnosis: this key is missing"),
        ("schema = 1\n[populations]\n", "did you mean 'population'"),
    ],
)
def test_a_file_without_its_table_is_refused(tmp_path, content, said):
    path = tmp_path / "design.toml"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        read_request(path)
    assert said in str(caught.value)


def test_a_column_that_is_not_read_of_these_people_is_named():
    ask = Request(baseline={"episode_weeks": {"mean": 30}}, **MEN)
    with pytest.raises(InputError, match="'episode_weeks' is not read of these people"):
        make_population(ask, 60)
    with pytest.raises(InputError, match="must lie between 50"):
        make_population(ask, 5)
    with pytest.raises(InputError, match="is missing"):
        make_population(ask, 60, within_error=True)


# ---- the page ----------------------------------------------------------------------------------


def test_the_page_shows_the_table_and_says_nothing_forbidden(men, tmp_path):
    page = write_population(men, load_studies(), tmp_path, {"command": "population"}).read_text()
    assert "younger than 30, share of the people" in page
    for line in men.table:
        assert f"<td>{line.published:g}</td>" in page
    assert "−0<" not in page
    assert "global" not in page
    assert forbidden_phrases(page) == []
    assert "http://" not in page.split("<details>")[0]
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["table"][0]["published"] == men.table[0].published
    people = list(csv.DictReader((tmp_path / "people.csv").read_text().splitlines()))
    assert len(people) == len(men.patients)
    mean = sum(float(x["weight"]) * float(x["nonvellus_hair_density"]) for x in people)
    published = lines_of(men)["nonvellus_hair_density", "mean", ""].published
    assert mean == pytest.approx(published, rel=1e-3)


def test_a_page_of_a_table_out_of_reach_says_so(tmp_path):
    ask = Request(baseline={"total_hair_density": {"mean": 480}}, **MEN)
    page = write_population(make_population(ask, 60), load_studies(), tmp_path, {}).read_text()
    assert "The table is not reachable" in page
    assert "no, by no weights" in page


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1359.2, "1360"), (-0.0004, "−0.0004"), (0.0, "0"), (-0.0, "0"), (2.676, "2.68"), (None, "–")],
)
def test_values_have_three_significant_digits(value, shown):
    assert significant(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(-1e-7, "0"), (-0.5, "−0.5"), (None, "–")])
def test_a_difference_that_rounds_to_nothing_is_nothing(value, shown):
    assert difference(value) == shown


# ---- what it rests on --------------------------------------------------------------------------

CITED = {
    "healthy": {},
    "androgenetic_alopecia": {"norwood": ["II", "V"], "ludwig": ["I"], "country": "US"},
    "alopecia_areata": {"salt": [20, 80]},
    "telogen_effluvium": {},
    "scalp_inflammation": {},
    "scarring_alopecia": {"comorbid": ["androgenetic_alopecia"]},
    "ageing": {},
    "nutrition_gap": {},
}


@pytest.mark.parametrize("diagnosis", CITED)
def test_a_row_that_is_not_cited_changes_nothing(diagnosis):
    made = make_population(Request(diagnosis=diagnosis, sex="any", **CITED[diagnosis]), 50)
    shelf, read = load_parameters(), rows_read(made)
    other = {name: shelf[name].high for name in central_parameters() if name not in read}
    again = make_population(made.request, 50, parameters=other)
    for name, column in made.columns.items():
        assert np.array_equal(column, again.columns[name], equal_nan=True), name


OWN_TABLE = {"alopecia_areata": "areata", "scarring_alopecia": "scarring", "ageing": "ageing",
             "telogen_effluvium": "effluvium", "scalp_inflammation": "inflammation",
             "nutrition_gap": "nutrition", "androgenetic_alopecia": "severity"}  # fmt: skip


def test_tables_are_cited_where_they_are_used_and_nowhere_else():
    shelf = load_parameters()
    for diagnosis, asked in CITED.items():
        made = make_population(Request(diagnosis=diagnosis, sex="any", **asked), 50)
        read = {shelf[name].table for name in rows_read(made)}
        own = {OWN_TABLE[diagnosis]} if diagnosis in OWN_TABLE else set()
        assert read & set(OWN_TABLE.values()) == own, diagnosis
        loaded = "androgenetic_alopecia" in made.request.diagnoses
        assert ("androgen" in read) == loaded
        assert not read & {"minoxidil", "skin", "topical", "potency"}


def test_methods_of_pooling_are_not_cited_for_people(men, tmp_path):
    write_population(men, load_studies(), tmp_path, {"command": "population"})
    said = CliRunner().invoke(app, ["cite", str(tmp_path)]).stdout.splitlines()
    assert len(said) == len(citations(men)) == len(summarise(men).citations)
