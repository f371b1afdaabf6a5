"""The report opens offline, says nothing forbidden, and shows what the summary holds."""

from __future__ import annotations

import html
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from anagen import find_evidence, plot
from anagen.evidence.studies import load_studies
from anagen.files import data_hash, data_path
from anagen.parameters import parameter
from anagen.report.answer import (
    addresses,
    country,
    passport_rows,
    render_answer,
    run_record,
    to_json,
    write_answer,
)
from anagen.report.evidence import forest_rows, pool_terms, render_evidence, write_evidence
from anagen.report.figures import (
    comparator_rows,
    control_rows,
    funnel_rows,
    map_alt,
    map_rows,
    pool_rows,
    short,
)
from anagen.report.wording import forbidden_phrases
from anagen.verdict import make_answer
from anagen.verdict.words import HEADLINE, bounds, new_trial
from anagen.vocabulary import label, words

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


@pytest.fixture(scope="module")
def drug():
    return find_evidence("minoxidil", "density", "androgenetic_alopecia")


@pytest.fixture(scope="module")
def drug_page(drug, studies):
    return render_evidence(drug, studies)


@pytest.fixture(params=["page", "drug_page"])
def any_page(request):
    return request.getfixturevalue(request.param)


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


def test_nothing_is_fetched(any_page):
    reader = Outside()
    reader.feed(any_page)
    assert reader.fetched == []
    assert "url(http" not in any_page
    assert "@import" not in any_page


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


def test_the_page_says_nothing_forbidden(any_page):
    assert forbidden_phrases(quoted_apart(any_page)) == []


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


def funnel_of(answer, comparator):
    body = next(c for c in answer.comparators if c.id == comparator).body
    return funnel_rows(body.readings, body.effect), body.effect.estimate


def test_figures_draw_what_the_summary_holds(answer, studies):
    controls = {r["label"] for r in control_rows(answer)}
    assert {"topical vehicle", "saline injection", "microneedling alone"} <= controls
    forest = comparator_rows(answer)
    pool = next(r for r in forest if r["kind"] == "pool")
    assert pool["estimate"] == pytest.approx(15.98, abs=0.005)
    points, centre = funnel_of(answer, "minoxidil_5")
    assert len(points) == 3
    assert centre == pool["estimate"]
    exosomes = [r for r in map_rows(studies) if r["therapy"] in ("exosome", "secretome")]
    assert {r["studies"] for r in exosomes if r["condition"] == "scarring alopecia"} == {0}


def test_secretome_gains_are_told_apart_from_exosome_gains(answer):
    series = {r["label"].split("(")[-1]: r["series"] for r in control_rows(answer)
              if r["series"] in ("uncontrolled", "nearest")}  # fmt: skip
    assert series == {"exosome, no control)": "uncontrolled", "secretome, no control)": "nearest"}
    drawing = plot.svg(plot.control_response(control_rows(answer), "hairs/cm2", 800))
    for said in ("circle", "triangle-up", "square", "cross"):
        assert f'"{said}"' in json.dumps(
            plot.control_response(control_rows(answer), "hairs/cm2", 800).to_dict())  # fmt: skip
    assert "Shin2015 (secretome, no control)" in drawing


def test_the_map_has_every_condition_and_every_therapy_tried(studies):
    rows = map_rows(studies)
    conditions = [label("condition", c) for c in words("condition")
                  if c not in ("healthy", "other_medical")]  # fmt: skip
    assert list(dict.fromkeys(r["condition"] for r in rows)) == conditions
    therapies = list(dict.fromkeys(r["therapy"] for r in rows))
    assert therapies[:2] == ["exosome", "secretome"]
    assert {"platelet-rich plasma", "minoxidil", "cell therapy", "baricitinib"} <= set(therapies)
    assert "hair transplantation" not in therapies  # a registration, no trial
    assert len(rows) == len(conditions) * len(therapies) * 3
    empty = {(r["condition"], r["therapy"]) for r in rows} - {
        (r["condition"], r["therapy"]) for r in rows if r["studies"]}  # fmt: skip
    assert f"{len(empty)} of {len(conditions) * len(therapies)} pairs" in map_alt(rows)


@pytest.mark.parametrize("width", [350, 800])
def test_charts_are_valid_keep_their_width_and_cut_no_label(answer, studies, width):
    charts = [
        plot.control_response(control_rows(answer), "hairs/cm2", width),
        plot.forest(comparator_rows(answer), "hairs/cm2", width),
        plot.funnel(*funnel_of(answer, "minoxidil_5"), "hairs/cm2", width),
        plot.evidence_map(map_rows(studies), width),
    ]
    for chart in charts:
        chart.to_dict(validate=True)
        drawing = plot.svg(chart)
        assert int(re.search(r'<svg[^>]* width="(\d+)', drawing).group(1)) == width
        assert "…" not in drawing


def test_the_funnel_has_the_limits_of_the_normal_law(answer):
    points, centre = funnel_of(answer, "minoxidil_5")
    spec = plot.funnel(points, centre, "hairs/cm2", 800).to_dict()
    cone = next(rows for rows in spec["datasets"].values() if "high" in rows[-1])
    assert (cone[1]["high"] - centre) / cone[1]["se"] == pytest.approx(1.959964, abs=1e-6)


def test_png_is_a_picture(answer):
    assert plot.png(plot.forest(comparator_rows(answer), "hairs/cm2")).startswith(b"\x89PNG")


def test_prediction_interval_only_with_enough_trials(answer, drug, studies):
    needed = int(parameter("minimum_studies_prediction_interval").value)
    effect = next(c for c in answer.comparators if c.id == "minoxidil_5").body.effect
    assert effect.prediction_low is not None
    few = effect.model_copy(update={"k": needed - 1})
    enough = effect.model_copy(update={"k": needed})
    assert new_trial(few) is None
    assert new_trial(enough) == (effect.prediction_low, effect.prediction_high)
    kinds = [[r["kind"] for r in pool_rows(e)] for e in (few, enough)]
    assert kinds == [["pool"], ["pool", "prediction"]]
    shown = "degrees of freedom, as metafor has it"
    for e, said in ((few, False), (enough, True)):
        pool = drug.pools[0].model_copy(update={"effect": e})
        page = render_evidence(drug.model_copy(update={"pools": [pool]}), studies)
        assert (shown in page) is said
        assert ("prediction" in {r["kind"] for r in forest_rows(pool)}) is said
    assert f"k − 1 = {needed - 1} degrees" in page


def test_a_single_trial_is_no_pool_and_no_funnel(drug):
    one = drug.pools[0].effect.model_copy(update={"k": 1})
    assert pool_rows(one) == []
    assert funnel_rows(drug.pools[0].readings, one.model_copy(update={"k": 2})) == []


def test_evidence_page_names_what_was_asked(drug, drug_page, studies):
    asked = "Evidence: minoxidil, density, pattern hair loss"
    assert f"<title>{asked}</title>" in drug_page
    assert f"<h1>{asked}</h1>" in drug_page
    assert "studys" not in drug_page
    assert "against topical vehicle" in pool_terms(drug.pools[0])
    severity = find_evidence("baricitinib", "salt_le_20")
    text = html.unescape(render_evidence(severity, studies))
    assert "SALT 20 or less" in text
    assert "Salt 20" not in text


def test_both_pages_name_approval_and_are_no_advice(any_page):
    assert "Approval: " in any_page
    assert "This is not medical advice: not a diagnosis" in any_page


def test_sentences_keep_their_capitals(page):
    assert "SALT 20 or less against placebo" in page
    for template in TEMPLATES.glob("*.j2"):
        assert "capitalize" not in template.read_text()


def test_the_gathering_is_described_where_the_claims_say_it(page):
    from anagen.evidence.claims import load_claims

    note = getattr(load_claims(), "search", None)
    assert ("How the evidence was gathered" in page) is bool(note)
    assert not note or note.split(".")[0] in html.unescape(page)


def test_tables_are_read_aloud_in_order(any_page):
    heads = re.findall(r"<th\b([^>]*)>(.*?)</th>", any_page, flags=re.S)
    assert heads
    for attributes, content in heads:
        assert re.search(r'scope="(col|row)"', attributes)
        assert re.sub(r"<[^>]+>", "", content).strip()
    style = re.search(r"<style>(.*?)</style>", any_page, flags=re.S).group(1)
    for rule in re.findall(r"([^{}]+)\{([^{}]*)\}", style):
        if re.search(r"\b(table|thead|tbody|tr|th|td)\b", rule[0]):
            assert "display:" not in rule[1]
    for scroll in re.findall(r'<div class="scroll"([^>]*)>', any_page):
        assert 'tabindex="0"' in scroll
        assert re.search(r'aria-label="[^"]+"', scroll)


def test_every_claim_has_a_heading(page, answer):
    heads = re.findall(r"<h4><q>(.*?)</q></h4>", page)
    assert [html.unescape(h) for h in heads] == [
        row.claim for group in dict.fromkeys(r.group for r in answer.claims)
        for row in answer.claims if row.group == group]  # fmt: skip


def test_figures_say_what_they_show(page, answer):
    said = [html.unescape(x) for x in re.findall(r'<div class="wide" role="img" aria-label="(.*?)"',
                                                 page)]  # fmt: skip
    assert len(said) == page.count("<figure>") == 4
    assert all(x.count(". ") == 0 and x.endswith(".") for x in said)
    gains = [r["mean"] for r in control_rows(answer) if r["series"] != "control"]
    assert bounds(min(gains), max(gains)) in said[0]
    assert "+16.0 (9.3 to 22.6)" in said[1]


def test_every_dot_says_study_domain_and_judgement(page):
    dots = re.findall(r'<span class="dot (\w+)"([^>]*)>', page)
    assert dots
    for judgement, attributes in dots:
        said = re.search(r'aria-label="(\w+ \([^)]+\)), ([^:]+): ([^"]+)"', attributes)
        assert said is not None
        assert said.group(3) == judgement.replace("_", " ")
    assert "high, serious or critical" in page


def luminance(colour):
    """Relative luminance of WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_can_be_read():
    """WCAG 2, 1.4.3: text has a contrast of 4.5 to 1 at least."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    style = (TEMPLATES / "style.css").read_text()
    for name in ("ink", "soft", "accent"):
        colour = re.search(rf"--{name}:(#\w{{6}})", style).group(1)
        assert min(contrast(colour, "#ffffff"), contrast(colour, "#f5f8f8")) >= 4.5
    for ground in re.findall(r"\.dot[^{]*\{[^}]*background:(#\w{6})", style):
        assert contrast(ground, "#ffffff") >= 4.5
    for ground, colour in re.findall(r"background:(#\w{6});color:(#\w{6})", style):
        assert contrast(ground, colour) >= 4.5
    assert contrast(plot.FAINT, "#ffffff") >= 4.5


def test_every_verdict_has_a_badge(page):
    style = (TEMPLATES / "style.css").read_text()
    assert re.search(r"\.badge\{[^}]*background:#\w{6};color:", style)
    plain = {"not_studied", "exclusion_stands"}
    assert {c for c in HEADLINE if f".{c}" not in style} == plain


def test_paper_shows_what_the_screen_folds_away(any_page):
    paper = re.search(r"@media print\{(.*)\}", any_page, flags=re.S).group(1)
    assert "details::details-content{content-visibility:visible;display:block}" in paper
    assert "summary{display:none" not in paper


def test_countries_have_names_and_unknown_codes_stay(page, answer):
    assert country("XX") == "XX"
    assert country("KR") == "South Korea"
    for entry in answer.regulation:
        assert country(entry.country) != entry.country


def test_only_long_tokens_break_anywhere():
    text = addresses("see example.org/a/very/long/address <now>")
    assert text == ('see <span class="address">example.org/a/very/long/address</span> &lt;now&gt;')


def test_short_names():
    assert short("secretome / conditioned medium and cell therapy") == "secretome and cell therapy"


def test_the_hash_follows_the_contents(tmp_path):
    copy = tmp_path / "data"
    shutil.copytree(data_path(), copy)
    assert data_hash(copy) == data_hash()
    target = copy / "parameters" / "evidence.csv"
    content = bytearray(target.read_bytes())
    content[-3] ^= 1
    target.write_bytes(bytes(content))
    assert data_hash(copy) != data_hash()
    other = tmp_path / "renamed"
    shutil.copytree(data_path(), other)
    (other / "claims.yaml").rename(other / "claims2.yaml")
    assert data_hash(other) != data_hash()


def test_the_run_record_hashes_the_studies_given(tmp_path):
    records = []
    for text in ("a: 1\n", "a: 2\n"):
        (tmp_path / "mine.yaml").write_text(text)
        records.append(json.loads(run_record({"studies": str(tmp_path)}, [])))
    assert records[0]["studies_sha256"] != records[1]["studies_sha256"]
    assert records[0]["data_sha256"] == records[1]["data_sha256"]
    assert json.loads(run_record({"studies": None}, []))["studies_sha256"] is None
    with pytest.raises(ValueError, match="not JSON compliant"):
        run_record({"seed": float("nan")}, [])


@pytest.mark.parametrize("kind", ["answer", "evidence"])
def test_schemas_describe_what_is_written(kind, answer, drug):
    schema = json.loads(data_path("schema", f"{kind}.json").read_text())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:anagen:schema:{kind}:1"
    jsonschema.Draft202012Validator.check_schema(schema)
    summary = json.loads(to_json(answer if kind == "answer" else drug))
    jsonschema.validate(summary, schema)
    for constant in ("kind", "schema_version", "simulated"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({k: v for k, v in summary.items() if k != constant}, schema)


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_summary_never_holds_nan(answer, value):
    """NaN and Infinity are no JSON (RFC 8259): readers other than Python refuse the file."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(answer.controls[0].model_copy(update={"se": value}))


def test_a_run_leaves_its_figures(answer, drug, studies, tmp_path):
    write_answer(answer, studies, tmp_path / "a", {"studies": None})
    assert {p.name for p in (tmp_path / "a" / "figures").iterdir()} == {
        "control.svg", "comparators.svg", "map.svg", "funnel_minoxidil_5.svg"}  # fmt: skip
    write_evidence(drug, studies, tmp_path / "e", {"studies": None})
    drawings = sorted((tmp_path / "e" / "figures").iterdir())
    assert drawings[0].name == "1_minoxidil_5_nonvellus_hair_density_forest.svg"
    for path in drawings:
        assert path.read_text().startswith("<svg")
        assert 'width="800"' in path.read_text()[:400]


def test_product_passports_show_what_the_sources_show(studies, page):
    rows = {row["name"]: row for row in passport_rows(studies)}
    by_id = {s.id: s for s in studies}
    assert {"Amini2025", "Ersan2024", "Wan2025", "Dehghani2024"} <= set(rows)
    for name, row in rows.items():
        present = [i for i, state in by_id[name].passport.items() if state == "present"]
        assert len(row["shown"]) == len(present) <= row["of"]
    assert "What is known of the products" in page
