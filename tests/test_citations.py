"""The reference list: readable, without gaps that hide, and printable."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anagen.citations import (
    ASSUMED,
    FIELDS,
    Reference,
    format_reference,
    load_references,
    read_references,
    reference,
    to_bibtex,
)
from anagen.errors import InputError
from anagen.files import data_path

METHODS = """
dersimonian1986 hedges1985 paule1982 sidik2005 sidik2002 viechtbauer2005
viechtbauer2007 hartung2001 higgins2009 egger1997 begg1994 duval2000 morris2008 wan2014 luo2018
mantel1959 yusuf1985 cochrane8 cochrane10 sterne2019 sterne2016 guyatt2008 welsh2024 page2021
hanley1983
""".split()  # noqa: SIM905


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_every_method_of_the_evidence_layer_has_its_reference():
    assert [key for key in METHODS if key not in load_references()] == []


@pytest.mark.parametrize("ref", load_references().values(), ids=lambda ref: ref.key)
def test_an_entry_says_where_to_look_or_that_it_was_not_checked(ref):
    assert re.fullmatch(r"[a-z][a-z0-9]*", ref.key)
    if ref.key == ASSUMED:
        return
    place = ref.doi or ref.pmid or ref.url or (ref.journal and ref.volume)
    assert place or not ref.checked or ref.kind in ("book", "incollection")
    if ref.checked:
        assert ref.title
        assert ref.author
    if ref.author and ref.year and ref.kind == "article":
        assert ref.key.endswith(ref.year)
        assert ref.key.rstrip(string.digits) in re.sub(r"[^a-z]", "", ref.author.lower())
    if ref.doi:
        assert re.fullmatch(r"10\.\d{4,}/\S+", ref.doi)


def test_no_identifier_stands_for_two_entries():
    for field in ("doi", "pmid", "url"):
        values = [getattr(ref, field) for ref in load_references().values()]
        given_values = [value for value in values if value]
        twice = {value for value in given_values if given_values.count(value) > 1}
        assert twice <= {reference("cochrane8").url}  # one handbook, three chapters


def test_clinical_studies_are_not_in_the_list():
    text = "\n".join(path.read_text("utf-8") for path in data_path("studies").glob("*.yaml"))
    dois = set(re.findall(r"doi: (10\.[^\s,}]+)", text))
    assert {ref.doi for ref in load_references().values() if ref.doi} & dois == set()


def test_one_line_per_reference():
    assert format_reference(reference("egger1997")) == (
        "Egger M. et al. (1997). Bias in meta-analysis detected by a simple, graphical test. "
        "BMJ 315(7109):629-634. doi:10.1136/bmj.315.7109.629."
    )
    assert format_reference(reference("hedges1985")) == (
        "Hedges L. V., Olkin I. (1985). Statistical methods for meta-analysis. Academic Press."
    )
    assert all("\n" not in format_reference(ref) for ref in load_references().values())


def test_what_was_not_checked_is_said_in_print():
    for ref in load_references().values():
        assert ("not checked" in format_reference(ref)) is not ref.checked


WORD = st.text(string.ascii_letters + string.digits + " ,.:;-()/?é", min_size=1).map(str.strip)
ENTRY = st.fixed_dictionaries(
    {"key": st.from_regex(r"[a-z]{2,8}[0-9]{4}", fullmatch=True),
     "kind": st.sampled_from(["article", "book", "incollection", "misc"])},
    optional={name: WORD.filter(bool) for name in FIELDS},
)  # fmt: skip


REFERENCES = st.lists(
    ENTRY.map(lambda content: Reference(**content)), unique_by=lambda ref: ref.key, min_size=1
)


@given(REFERENCES)
def test_written_and_read_again_is_the_same(tmp_path_factory, references):
    path = write(tmp_path_factory.mktemp("bib") / "a.bib", to_bibtex(references))
    assert list(read_references(path).values()) == references


def test_the_shipped_list_survives_a_round_trip(tmp_path):
    shipped = load_references()
    path = write(tmp_path / "a.bib", to_bibtex(shipped.values()))
    assert read_references(path) == shipped


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("@article{a2000,\n  titel = {x},\n}", "unknown field 'titel'; did you mean 'title'"),
        ("@artikel{a2000,\n  title = {x},\n}", "unknown kind of entry 'artikel'; did you mean"),
        ("@misc{a2000,\n  title = {x},\n}\n@misc{a2000,\n  title = {y},\n}", "not valid BibTeX"),
        ("@article{a2000,\n  title = {x,\n", "not valid BibTeX"),
    ],
)
def test_a_bad_entry_is_named_with_its_line(tmp_path, text, sentence):
    path = write(tmp_path / "a.bib", text)
    with pytest.raises(InputError, match=re.escape(sentence)) as error:
        read_references(path)
    assert str(path) in str(error.value)
    assert error.value.line is not None


def test_a_study_without_a_title_never_lends_its_label_to_one(study, tmp_path):
    from conftest import write_study

    from anagen.evidence.studies import load_study
    from anagen.report.references import references, references_bibtex, study_reference

    titled = load_study(write_study(tmp_path, study))
    del study["reference"]["title"]
    bare = load_study(write_study(tmp_path, study))
    assert study_reference(titled).title == "Synthetic trial Planted2030"
    assert study_reference(titled).note is None
    assert study_reference(bare).title is None
    said = "title not seen; in this base: synthetic trial Planted2030"
    assert said in references([bare.id], [bare])[0]
    entry = references_bibtex([bare.id], [bare])[0].split("@")[1]
    assert f"note = {{{said}}}" in entry
    assert " title =" not in entry


def test_an_unknown_key_names_the_nearest():
    with pytest.raises(InputError, match="unknown reference 'eger1997'; did you mean 'egger1997'"):
        reference("eger1997")
