"""The report opens offline, says nothing forbidden, and shows what the summary holds."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from anagen import plot
from anagen.evidence.studies import load_studies
from anagen.files import data_path
from anagen.report.answer import render_answer
from anagen.report.figures import comparator_rows, control_rows, funnel_rows, map_rows
from anagen.report.wording import forbidden_phrases
from anagen.verdict import make_answer

TEMPLATES = Path(str(data_path())).parent / "report" / "templates"


@pytest.fixture(scope="module")
def studies():
    return load_studies()


@pytest.fixture(scope="module")
def answer(studies):
    return make_answer(studies)


@pytest.fixture(scope="module")
def page(answer, studies):
    return render_answer(answer, studies)


class Outside(HTMLParser):
    """Every address that a browser would fetch by itself."""

    def __init__(self):
        super().__init__()
        self.fetched = []

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        if tag in ("script", "img", "link", "iframe", "object", "embed", "video", "audio"):
            self.fetched.append(named.get("src") or named.get("href") or tag)
        if tag == "image":
            self.fetched.append(named.get("xlink:href") or named.get("href"))


def test_nothing_is_fetched(page):
    reader = Outside()
    reader.feed(page)
    assert reader.fetched == []
    assert "url(http" not in page
    assert "@import" not in page


def test_every_claim_number_and_entry_is_shown(page, answer):
    text = html.unescape(page)
    for row in answer.claims:
        assert row.claim in text
        assert row.controlled_words in text
    for entry in answer.regulation:
        assert entry.text in text
        assert (entry.date or "undated") in text
    for comparator in answer.comparators:
        assert comparator.words in text
    assert "Not a diagnosis" in text
    assert page.count("<svg") == 8  # four figures, each for a wide and a narrow page


def test_the_csv_in_the_page_is_the_table(page, studies):
    import base64

    from anagen.evidence.table import COLUMNS, table_csv

    packed = re.search(r"data:text/csv;base64,([A-Za-z0-9+/=]+)", page).group(1)
    text = base64.b64decode(packed).decode()
    assert text == table_csv(studies)
    lines = text.splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert len(lines) - 1 >= sum(len(s.results) for s in studies)


def quoted_apart(page):
    """The page without claims (quoted), study titles and what other people's files say."""
    page = re.sub(r"<q>.*?</q>", "", page, flags=re.S)
    page = re.sub(r"<svg.*?</svg>", "", page, flags=re.S)
    page = re.sub(r"<style>.*?</style>|base64,[^\"]*", "", page, flags=re.S)
    page = re.sub(r"<ol>.*?</ol>", "", page, flags=re.S)
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def test_the_page_says_nothing_forbidden(page):
    assert forbidden_phrases(quoted_apart(page)) == []


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.j2")), ids=lambda p: p.name)
def test_templates_say_nothing_forbidden(template):
    assert forbidden_phrases(template.read_text().replace("| safe }}", "}}")) == []


@pytest.mark.parametrize(
    "phrase",
    ["It cures baldness.", "clinically proven", "It is safe.", "results guaranteed",
     "works for you", "FDA-approved for hair loss", "better than minoxidil", "wakes dead follicles",
     "no side effects", "You can stop your minoxidil", "90 % success"],
)  # fmt: skip
def test_forbidden_wording_is_found(phrase):
    assert forbidden_phrases(phrase)


@pytest.mark.parametrize(
    "phrase",
    ["Harms not excluded.", "not approved for hair loss", "accuracy of the count", "unsafe",
     "In 3 trials the difference from sham was 2.0 (−1.0 to 5.0)"],
)  # fmt: skip
def test_honest_wording_passes(phrase):
    assert forbidden_phrases(phrase) == []


def test_figures_draw_what_the_summary_holds(answer, studies):
    controls = {r["label"] for r in control_rows(answer)}
    assert {"topical vehicle", "saline injection", "microneedling alone"} <= controls
    forest = comparator_rows(answer)
    pool = next(r for r in forest if r["kind"] == "pool")
    assert pool["estimate"] == pytest.approx(15.98, abs=0.005)
    points, centre = funnel_rows(answer, "minoxidil_5")
    assert len(points) == 3
    assert centre == pool["estimate"]
    assert {r["studies"] for r in map_rows(studies) if r["condition"] == "scarring alopecia"} == {0}


@pytest.mark.parametrize("width", [350, 800])
def test_charts_are_valid_and_keep_their_width(answer, studies, width):
    charts = [
        plot.control_response(control_rows(answer), "hairs/cm2", width),
        plot.forest(comparator_rows(answer), "hairs/cm2", width),
        plot.funnel(*funnel_rows(answer, "minoxidil_5"), "hairs/cm2", width),
        plot.evidence_map(map_rows(studies), width),
    ]
    for chart in charts:
        chart.to_dict(validate=True)
        drawn = re.search(r'<svg[^>]* width="(\d+)', plot.svg(chart))
        assert int(drawn.group(1)) == width


def test_png_is_a_picture(answer):
    assert plot.png(plot.forest(comparator_rows(answer), "hairs/cm2")).startswith(b"\x89PNG")
