"""The regulation file: dated, sourced, and honest about what was not found."""

import datetime as dt
import re

import pytest

from anagen.errors import InputError
from anagen.evidence.regulation import Rule, load_regulation, read_regulation
from anagen.files import data_path

LAW = load_regulation()
COUNTRIES = ["US", "EU", "GB", "IN", "KR", "JP", "TW", "SA", "AU"]
PARTS = [*LAW.entries, *LAW.harms]


def rule(**changes):
    base = {"id": "a", "country": "IN", "agency": "x", "date": None, "products": ["any"],
            "routes": ["injection"], "status": "prohibited", "text": "t", "source": ["s"],
            "seen": "press"}  # fmt: skip
    return Rule.model_validate(base | changes)


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country_asked_about_has_an_answer_or_says_not_found(country):
    assert any(r.country == country for r in LAW.entries)
    for product in ("human_derived", "plant_derived"):
        for route in ("injection", "topical"):
            assert LAW.rules(country, product, route)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.id)
def test_every_entry_is_one_sentence_with_a_source(part):
    assert part.text.endswith(".")
    assert not re.search(r"\.\s", part.text.replace("doi. ", ""))
    assert part.source


def test_no_rule_is_dated_after_the_check():
    checked = dt.date.fromisoformat(LAW.checked)
    for r in LAW.entries:
        if r.date is not None:
            parts = [int(part) for part in r.date.split("-")]
            assert dt.date(*[*parts, 1, 1][:3]) <= checked


def test_a_not_found_has_no_date():
    assert [r.id for r in LAW.entries if r.status == "not_found" and r.date] == []


def test_no_country_is_said_to_approve():
    assert "approved" not in {r.status for r in LAW.entries}
    assert any(r.country == "US" and r.status == "not_approved" for r in LAW.entries)


def test_the_indian_notice_meets_injection_of_a_cosmetic():
    # public notice of CDSCO dated 18 May 2026: no cosmetic by injection
    found = {r.id: r for r in LAW.rules("IN", "plant_derived", "injection")}
    notice = found["in_cosmetic_injection_2026"]
    assert (notice.date, notice.status) == ("2026-05-18", "prohibited")
    assert notice.id not in {r.id for r in LAW.rules("IN", "plant_derived", "topical")}


def test_the_three_dated_harms_are_there_and_off_the_scalp():
    serious = {h.id: h for h in LAW.harms if h.serious}
    assert serious["granulomas_2024"].people == 8
    assert serious["sepsis_us_2019"].people == 5
    assert "necrosis_2024" in serious
    assert all(h.setting != "scalp" for h in serious.values())


@pytest.mark.parametrize(
    ("asked", "covered"),
    [({"route": "injection"}, True), ({"route": "topical"}, False), ({}, True),
     ({"product": "plant_derived"}, True)],
)  # fmt: skip
def test_what_a_rule_covers(asked, covered):
    assert rule().covers(**asked) is covered


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "status: not_approved",
            "status: aproved",
            "unknown status 'aproved'; did you mean 'not_approved'",
        ),
        ('date: "2019-12-06"', 'date: "2019-13-06"', "should match pattern"),
        ('date: "2019-12-06"', "date: 2019", "a text is needed; put it in quotes (given: 2019)"),
        ("country: US", "country: usa", "should match pattern"),
        ("agency: FDA", "agency: FDA\n    dates: x", "unknown key 'dates'; did you mean 'date'"),
        ("schema: 1", "schema: 2", "unknown schema '2'; allowed: 1"),
        ("id: us_consumer_alert_2020", "id: us_safety_notification_2019", "is there twice"),
        ("people: 5", "people: 0", "greater than or equal to 1"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(tmp_path, old, new, sentence):
    text = data_path("regulation.yaml").read_text("utf-8")
    assert old in text
    path = tmp_path / "regulation.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(sentence)) as error:
        read_regulation(path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)


def test_the_notice_of_approval_is_dated_and_sourced():
    from anagen.evidence.regulation import approval_notice

    notice = approval_notice(load_regulation())
    assert "2019-12-06" in notice
    assert "fda.gov" in notice
    assert approval_notice(load_regulation(), ["XX"]) == "No rule on approval was found."
