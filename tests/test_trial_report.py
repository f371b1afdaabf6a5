"""The report of a virtual trial: its twenty sections, numbers, figures, what it hangs on."""

from __future__ import annotations

import csv
import html
import io
import re
from dataclasses import replace
from xml.etree import ElementTree as Xml

import numpy as np
import pytest
from monte_carlo import LIMIT
from scipy.stats import spearmanr

from anagen.errors import InputError
from anagen.evidence.studies import load_studies
from anagen.priors import draw_parameters
from anagen.report.simulate_numbers import signed
from anagen.report.trial import figures, render_trial, sections
from anagen.report.trial_blocks import Content, middle90, share_of
from anagen.report.trial_flow import flow_svg
from anagen.report.trial_published import published_beside
from anagen.report.wording import forbidden_phrases
from anagen.trial import run as runs
from anagen.trial.design import design_of
from anagen.trial.outcome import OF_TEST, Outcome
from anagen.trial.run import Plan, run
from anagen.trial.sensitivity import rank_parameters
from anagen.trial.sources import rows_read
from anagen.trial.statistics.rank_correlation import by_chance, rank_correlation_se, spearman
from anagen.trial.summary import Share
from anagen.trial.virtual import virtual_trial

HEADINGS = (
    "1 This is a simulated trial", "2 Context of use", "3 Question and estimand",
    "4 Virtual population", "5 Arms, dose", "6 Endpoints and measurement", "7 Visits, dropout",
    "8 Randomisation", "9 Analysis", "10 Sample size", "11 Results",
    "12 Operating characteristics", "13 Assurance", "14 Subgroups", "15 Responders", "16 Safety",
    "17 Validation", "18 Sensitivity", "19 What a confirmatory", "20 Provenance",
    "What we do not know",
)  # fmt: skip
LOTION = {"therapy": "minoxidil", "route": "topical", "form": "solution", "per_day": 2}
INJECTED = {"route": "injection", "area_cm2": 30, "volume_ml_per_point": 0.05, "spacing_mm": 10,
            "depth_mm": 3, "weeks": [0, 4]}  # fmt: skip
VEHICLE = {"therapy": "vehicle", "route": "topical"}


def parallel():
    return design_of({
        "trial": {"name": "planned for the report", "visits_weeks": [0, 24, 48], "dropout": 0.1,
                  "rescue": {"share": 0.1, "courses": [LOTION | {"strength_percent": 2}]},
                  "discontinuation": {"24": 0.1, "48": 0.2}, "multiplicity": "holm"},
        "population": {"diagnosis": "androgenetic_alopecia", "sex": "male", "age": [18, 49],
                       "baseline": {"age": {"mean": 36}}},
        "arm": [{"name": "5 %", "n": 12, "courses": [LOTION | {"strength_percent": 5}]},
                {"name": "2 %", "n": 12, "courses": [LOTION | {"strength_percent": 2}]},
                {"name": "vehicle", "n": 12, "courses": [VEHICLE]}],
        "responder": [{"name": "a tenth more", "endpoint": "nonvellus_hair_density",
                       "op": "change_percent_ge", "value": 10}],
    })  # fmt: skip


def split():
    given = {"therapy": "exosome", "source": "adipose_stem_cell", "particles": 1e10, **INJECTED}
    saline = {k: v for k, v in ({"therapy": "vehicle"} | INJECTED).items() if k != "area_cm2"}
    return design_of({
        "trial": {"name": "one side each", "visits_weeks": [0, 24], "layout": "split_scalp",
                  "spillover": 0.1, "country": "IN"},
        "population": {"diagnosis": "androgenetic_alopecia", "sex": "any"},
        "arm": [{"name": "exosome", "n": 12, "courses": [given]},
                {"name": "saline", "n": 12, "courses": [saline]}],
    })  # fmt: skip


def crossed():
    return design_of({
        "trial": {"name": "one after the other", "visits_weeks": [0, 12], "layout": "crossover",
                  "period_weeks": 12, "analysis": "t_test"},
        "population": {"diagnosis": "androgenetic_alopecia", "sex": "female"},
        "arm": [{"name": "minoxidil", "n": 6, "courses": [LOTION | {"strength_percent": 5}]},
                {"name": "vehicle", "n": 6, "courses": [VEHICLE]}],
    })  # fmt: skip


def interim():
    return design_of({
        "trial": {"name": "it may end early", "visits_weeks": [0, 24], "accrual_weeks": 24,
                  "interim_weeks": [36], "futility_z": [0.0], "margin": 5, "analysis": "ancova"},
        "population": {"diagnosis": "androgenetic_alopecia", "sex": "male"},
        "arm": [{"name": "finasteride", "n": 12,
                 "courses": [{"therapy": "finasteride", "mg_per_day": 1}]},
                {"name": "placebo", "n": 12, "courses": [{"therapy": "vehicle"}]}],
    })  # fmt: skip


DESIGNS = {"parallel": (parallel, 10), "split": (split, 2), "crossover": (crossed, 2),
           "interim": (interim, 2)}  # fmt: skip
FOLLICLES = 30
ENOUGH = 10
"""Parameter sets of the sensitivity figure here, so that it is drawn at all."""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Everything that the report of each design is made of."""
    kept: dict[str, Content] = {}
    patch = pytest.MonkeyPatch()
    patch.setattr(runs, "POOL", 150)
    patch.setattr("anagen.trial.sensitivity.FEWEST", ENOUGH)
    patch.setattr("anagen.trial.benefit_summary.DRAWS", 2)

    def of(name: str) -> Content:
        if name in kept:
            return kept[name]
        make, replicates = DESIGNS[name]
        design, folder = make(), tmp_path_factory.mktemp(name)
        summary = virtual_trial(design, replicates=replicates, folder=folder, follicles=FOLLICLES)
        drawn, ranking = Plan(design, "drawn", follicles=FOLLICLES), None
        if replicates >= ENOUGH:
            store = run(drawn, replicates, folder / "drawn")
            ranking = rank_parameters(drawn, store, rows_read(design, "gradual"))
        kept[name] = Content(
            summary=summary, design=design, follicles=FOLLICLES, ranking=ranking,
            beside=list(published_beside(summary, design, load_studies())),
        )  # fmt: skip
        return kept[name]

    yield of
    patch.undo()


def page_of(told: Content) -> str:
    return render_trial(told, sections(told), load_studies())


def words_of(page: str) -> str:
    """What a reader reads: no styles, figures or references."""
    text = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<ol>.*?</ol>", " ", page, flags=re.S)
    plain = html.unescape(re.sub(r"<[^>]+>", " ", text)).replace("\N{NO-BREAK SPACE}", " ")
    return " ".join(plain.split())


@pytest.mark.parametrize("name", DESIGNS)
def test_every_section_is_there_in_order_and_says_nothing_forbidden(name, told):
    page = page_of(told(name))
    found = [html.unescape(h) for h in re.findall(r"<h2>(.*?)</h2>", page)]
    assert len(found) == len(HEADINGS)
    for heading, begins in zip(found, HEADINGS, strict=True):
        assert heading.startswith(begins)
    title = re.search(r"<h1>(.*?)</h1>", page)
    assert title is not None
    assert title[1].startswith("Simulated trial: ")
    text = words_of(page)
    assert forbidden_phrases(text) == []
    assert re.findall(r"\bNone\b|\bnan\b|[{}]|dimensionless", text.replace("None of", "")) == []
    assert re.findall(r"(?:src|href)=[\"']?http|url\(http|@import", page) == []
    for part in sections(told(name)):
        assert part.blocks, part.heading


def test_numbers_of_the_page_are_those_of_the_summary(told):
    given = told("parallel")
    s, text = given.summary, words_of(page_of(given))
    primary = [c for c in s.contrasts if c.primary]
    assert len(primary) == 2
    for c in primary:
        for number in (middle90(c.difference), share_of(c.power), share_of(c.assurance)):
            assert number in text
    for arm in s.arms:
        for v in arm.visits:
            if v.endpoint == s.endpoint and v.week > 0:
                assert middle90(v.change_mean) in text
    for c in s.characteristics:
        assert c.type_i_error is not None
        assert f"{100 * c.type_i_error.share:.1f} % ({100 * c.type_i_error.low:.1f}" in text
    for p in s.planned:
        assert f"{signed(p.delta)} ± {p.delta_se:.1f} {p.sd:.1f} {p.n}" in text
    for line in s.warnings:
        assert " ".join(line.split()) in text
    assert "Olsen2002" in text  # the SDs of change that trials printed


def test_data_of_every_figure(told):
    for name in DESIGNS:
        given = told(name)
        drawn = {d.name: d for d in figures(sections(given))}
        assert {"flow", "visits", "contrasts"} <= set(drawn)
        for d in drawn.values():
            assert d.figure.alt
            Xml.fromstring(d.figure.wide)
            Xml.fromstring(d.figure.narrow)
        for row in drawn["visits"].rows:
            arm = next(a for a in given.summary.arms if a.arm == row["arm"])
            visit = next(v for v in arm.visits if v.endpoint == given.summary.endpoint
                         and v.week == row["week"])  # fmt: skip
            assert (row["mean"], row["low"]) == (visit.change_mean.mean, visit.change_mean.q05)
        for row, arm in zip(drawn["flow"].rows, given.summary.arms, strict=True):
            assert row["left"] == arm.flow.left
    assert {"sensitivity", "subgroups"} <= {d.name for d in figures(sections(told("parallel")))}


# ---- flow ----------------------------------------------------------------------------------------


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    tag = "{http://www.w3.org/2000/svg}rect"
    return [tuple(float(r.attrib[k]) for k in ("x", "y", "width", "height"))
            for r in Xml.fromstring(svg).iter(tag)]  # fmt: skip


@pytest.mark.parametrize("arms", [2, 3, 4, 7])
@pytest.mark.parametrize("width", [350, 800])
def test_boxes_of_the_flow_lie_on_the_page_and_apart(arms, width, told):
    s = told("parallel").summary
    one = s.arms[0]
    many = [one.model_copy(update={"arm": f"an arm with a rather long name, {i}"})
            for i in range(arms)]  # fmt: skip
    svg = flow_svg(s.model_copy(update={"arms": many}), width)
    found, page = boxes(svg), Xml.fromstring(svg)
    assert len(found) == 2 + 3 * arms
    for i, (x, y, w, h) in enumerate(found):
        assert x >= 0
        assert x + w <= width
        assert y + h <= float(page.attrib["height"])
        for x2, y2, w2, h2 in found[:i]:
            assert x >= x2 + w2 or x2 >= x + w or y >= y2 + h2 or y2 >= y + h
    for i in range(arms):
        assert sum(f", {i}" in (t.text or "") or f" {i}" == (t.text or "")[-2:]
                   for t in page.iter("{http://www.w3.org/2000/svg}text")) >= 1  # fmt: skip


def test_flow_counts_heads_of_a_split_scalp_and_people_of_a_crossover(told):
    of_sides, of_periods = (flow_svg(told(n).summary, 800) for n in ("split", "crossover"))
    assert "heads who entered: 12" in of_sides
    assert "12 sides" in of_sides
    assert "people who entered: 12" in of_periods
    assert "12 periods" in of_periods


def test_csv_of_figures_reads_back(told):
    from anagen.report.trial_blocks import csv_of

    rows = [{"a": 0.1 + 0.2, "b": None}, {"a": -1.5, "c": 'x, "y"'}]
    back = list(csv.DictReader(io.StringIO(csv_of(rows))))
    assert [float(r["a"]) for r in back] == [0.1 + 0.2, -1.5]
    assert [r["c"] for r in back] == ["", 'x, "y"']


# ---- words ---------------------------------------------------------------------------------------


def test_a_share_of_none_has_no_error_of_nothing():
    none = Share(share=0.0, se=0.0, low=0.0, high=0.25, replicates=12)
    assert share_of(none) == "0 % (to 25.0)"
    assert share_of(none.model_copy(update={"share": 1.0, "low": 0.75})) == "100 % (from 75.0)"
    assert share_of(none.model_copy(update={"share": 0.25, "se": 0.125})) == "25.0 % ± 12.5"


def test_what_belongs_to_a_layout_is_said_there_alone(told):
    of_heads, of_arms = (words_of(page_of(told(n))) for n in ("split", "parallel"))
    assert "extension to within-person trials" in of_heads
    assert "extension to within-person trials" not in of_arms
    assert "Correlation of the changes of the two sides" in of_heads
    assert "3.3e+08" in of_heads  # particles per cm2
    assert "India" in of_heads or "IN, " in of_heads
    assert "particles counted" in of_heads
    assert "particles counted" not in of_arms
    early = words_of(page_of(told("interim")))
    assert "Boundaries" in early
    assert "no worse by more than the margin" in early


def test_published_trials_stand_beside_arms_of_the_same_dose(told):
    given = told("parallel")
    found = {b.arm: b for b in given.beside}
    assert set(found) == {"5 %", "2 %"}
    assert found["5 %"].estimate == pytest.approx(15.98378, abs=1e-5)  # REML of three trials
    assert (found["5 %"].trials, found["5 %"].week) == (3, 48)
    far = replace(found["5 %"], low=200.0, high=210.0)
    text = words_of(page_of(replace(given, beside=[far])))
    assert "5 %: simulated" in text
    assert "the median of the draws falls short. Trust the trials." in text
    assert list(told("split").beside) == []


def test_expected_gains_are_those_of_the_summary(told):
    given = told("parallel")
    text = words_of(page_of(given))
    assert given.summary.benefits
    for b in given.summary.benefits:
        assert f"{signed(b.mean)} ± {b.mean_se:.1f} {b.people_sd:.1f} {b.luck_sd:.1f}" in text
    bare = given.summary.model_copy(update={"benefits": []})
    assert "need the scenario 'central'" in words_of(page_of(replace(given, summary=bare)))


# ---- sensitivity ---------------------------------------------------------------------------------


class Planted:
    """Replicates whose estimate is what a test says."""

    def __init__(self, out: Outcome, estimate: np.ndarray) -> None:
        self.out, self.estimate = out, estimate

    def finished(self) -> np.ndarray:
        return np.arange(len(self.estimate))

    def rows(self, columns: slice, which: np.ndarray) -> np.ndarray:
        found = np.zeros((len(which), *self.out.shapes["methods"]))
        found[..., OF_TEST.index("estimate")] = self.estimate[which, None, None]
        return found.reshape(len(which), -1)


def test_the_planted_parameter_is_found():
    design = parallel()
    names = sorted(rows_read(design, "gradual"))
    plan, sets = Plan(design, "drawn"), 200
    varied = [n for n in names if n in draw_parameters(0)
              and len({draw_parameters(k, [n])[n] for k in range(3)}) > 1]  # fmt: skip
    target = varied[7]
    x = np.array([draw_parameters(k, [target])[target] for k in range(sets)])
    twice = np.concatenate([x, x]) + np.repeat([-1e-6, 1e-6], sets)  # the second 200 have the same
    ranking = rank_parameters(plan, Planted(Outcome(design), np.exp(-twice)), varied)
    assert ranking.top[0].name == target
    assert ranking.top[0].rho == pytest.approx(-1.0, abs=1e-12)
    assert (ranking.sets, ranking.parameters) == (sets, len(varied))
    assert [one.name for one in ranking.beyond_chance][:1] == [target]


def test_ranking_needs_drawn_parameters_and_enough_of_them():
    design = parallel()
    store = Planted(Outcome(design), np.arange(5.0))
    with pytest.raises(InputError, match="given: central"):
        rank_parameters(Plan(design, "central"), store, ["anagen_duration"])
    with pytest.raises(InputError, match="parameter sets or more"):
        rank_parameters(Plan(design, "drawn"), store, ["anagen_duration"])


def test_rank_correlation_is_that_of_scipy():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(50, 4)), rng.integers(0, 9, 50).astype(float)  # with ties
    expected = [spearmanr(x[:, i], y)[0] for i in range(4)]
    assert spearman(x, y) == pytest.approx(expected, abs=1e-12)
    assert spearman(np.ones((50, 1)), y) == pytest.approx([0.0])


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.8])
def test_error_of_a_rank_correlation(rho):
    """2000 samples of 60 (seed 5): the SD seen, within 4 errors and the 5 % of the law itself."""
    rng = np.random.default_rng(5)
    x, e = rng.normal(size=(60, 2000)), rng.normal(size=(60, 2000))
    y = rho * x + np.sqrt(1 - rho**2) * e
    seen = np.array([spearman(x[:, [i]], y[:, i])[0] for i in range(2000)])
    law = rank_correlation_se(float(seen.mean()), 60)
    assert abs(seen.std() / law - 1) < LIMIT / np.sqrt(2 * 2000) + 0.05


def test_the_largest_of_many_keeps_below_chance():
    """400 times 50 parameters without any effect over 100 sets (seed 6): 5 % pass the level."""
    rng = np.random.default_rng(6)
    largest = [np.abs(spearman(rng.random((100, 50)), rng.random(100))).max() for _ in range(400)]
    passed = np.mean(np.array(largest) > by_chance(100, 50))
    assert abs(passed - 0.05) < LIMIT * np.sqrt(0.05 * 0.95 / 400)
