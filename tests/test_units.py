"""Units: exact conversions, round trips and refusals."""

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anagen.errors import InputError
from anagen.units import COMMON, convert, is_unit, spell

SAME_KIND = [
    ("nm", "um"), ("um", "mm"), ("um/day", "mm/day"), ("1/cm2", "1/mm2"),
    ("hairs/cm2", "hairs/mm2"), ("week", "day"), ("hour", "min"), ("ng/mL", "pg/mL"),
    ("percent", "dimensionless"), ("pmol/L", "particles/mL"),
    ("mL/g/min", "L/kg/hour"), ("um2/s", "mm2/day"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "given_unit", "wanted", "expected"),
    [
        (139.7, "nm", "um", 0.1397),
        (280.0, "um/day", "mm/day", 0.280),
        (5.0, "percent", "ratio", 0.05),
        (2.0, "week", "day", 14.0),
        (1.0, "um2/s", "mm2/day", 0.0864),
        (24.0, "month", "year", 2.0),
        (0.357, "mL/g/min", "mL/kg/min", 357.0),
        (57.67, "mg/day", "ug/hour", 57.67e3 / 24),
        (37.0, "degC", "kelvin", 310.15),
    ],
)
def test_conversions_by_definition(value, given_unit, wanted, expected):
    assert convert(value, given_unit, wanted) == pytest.approx(expected, rel=1e-12)


def test_a_picomole_per_litre_is_602_million_particles_per_millilitre():
    # Avogadro constant, exact in the SI of 2019: 6.02214076e23 per mole
    assert convert(1.0, "pmol/L", "particles/mL") == pytest.approx(6.02214076e8, rel=1e-9)


@pytest.mark.parametrize(
    "text", ["cm2", "cm^2", "cm**2", "cm²", " cm2 "], ids=["plain", "caret", "stars", "mark", "gap"]
)
def test_spellings_of_a_square_centimetre_agree(text):
    assert spell(text) == "cm**2"
    assert convert(3.0, text, "mm2") == pytest.approx(300.0, rel=1e-12)


@given(st.floats(-1e12, 1e12), st.sampled_from(SAME_KIND))
def test_there_and_back_is_the_same_number(value, pair):
    there = convert(value, *pair)
    assert convert(there, *reversed(pair)) == pytest.approx(value, rel=1e-12, abs=1e-300)


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.sampled_from(SAME_KIND))
def test_a_scale_keeps_ratios(a, b, pair):
    assert convert(a, *pair) / convert(b, *pair) == pytest.approx(a / b, rel=1e-12)


@given(st.floats(allow_nan=False))
def test_the_same_unit_returns_the_very_number_even_when_it_is_no_unit(value):
    assert convert(value, "whatever per punch", "whatever per punch") == value
    assert convert(value, "hairs/cm2", "hairs/cm**2") == value


@pytest.mark.parametrize(
    ("given_unit", "wanted"),
    [("hairs/cm2", "follicles/cm2"), ("hairs/cm2", "1/cm2"), ("points", "mm"), ("um", "um2"),
     ("people", "hairs"), ("FU/cm2", "hairs/cm2"), ("ng/mL", "nmol/L"), ("cells", "particles")],
)  # fmt: skip
def test_units_of_different_things_do_not_convert(given_unit, wanted):
    with pytest.raises(InputError, match="they measure different things") as error:
        convert(1.0, given_unit, wanted)
    assert f"'{given_unit}'" in str(error.value)
    assert f"'{wanted}'" in str(error.value)


@pytest.mark.parametrize(
    ("text", "hint"),
    [("hiars/cm2", "hairs/cm2"), ("particels/mL", "particles/mL"), ("persent", "percent")],
)
def test_an_unknown_unit_names_the_nearest(text, hint):
    assert not is_unit(text)
    with pytest.raises(InputError, match=f"unknown unit '{text}'; did you mean '{hint}'"):
        convert(1.0, text, "mm")


@pytest.mark.parametrize("text", ["5 cm", "cm/", "hairs//cm2", "(", "__import__('os')", "1e9"])
def test_text_that_is_no_unit_is_refused_in_one_sentence(text):
    assert not is_unit(text)
    with pytest.raises(InputError, match=r"is not a unit|unknown unit") as error:
        convert(1.0, text, "mm")
    assert "\n" not in str(error.value)


@given(st.text(max_size=12))
def test_any_text_is_a_unit_or_a_refusal(text):
    if is_unit(text):
        assert math.isfinite(convert(1.0, text, spell(text)))
    else:
        with pytest.raises(InputError):
            convert(1.0, text, "furlong")


def test_why_a_text_is_no_unit():
    from anagen.units import why_no_unit

    assert why_no_unit("hairs/cm2") is None
    assert "did you mean 'hairs/cm2'?" in why_no_unit("hiars/cm2")


def test_every_offered_spelling_is_a_unit():
    assert [text for text in COMMON if not is_unit(text)] == []


def test_identical_units_do_not_import_pint():
    code = (
        "import sys; from anagen.units import convert; convert(1.0, 'hairs/cm2', 'hairs/cm**2');"
        "sys.exit('pint' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
