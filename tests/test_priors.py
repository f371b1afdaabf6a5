"""A parameter set is the tables' values or a draw named by its seed."""

import numpy as np
import pytest

from anagen.errors import InputError
from anagen.parameters import load_parameters, parameter
from anagen.priors import HELD, TABLES, central_parameters, draw_parameters, luck, quantile

MODEL = {n: p for n, p in load_parameters().items() if p.table in TABLES or n in HELD}
SHARES = np.linspace(0.0005, 0.9995, 1999)


@pytest.mark.parametrize("name", MODEL)
def test_a_prior_rises_and_keeps_to_its_range(name):
    p = MODEL[name]
    values = quantile(p, SHARES)
    assert (np.diff(values) >= 0).all()
    inside = (p.low - 1e-12 <= values) & (values <= p.high + 1e-12)
    if p.distribution in ("normal", "lognormal"):
        sides = (p.low < p.value) + (p.high > p.value)  # a value at an end has one side only
        assert np.mean(inside) == pytest.approx(1 - 0.025 * sides, abs=0.002)
        assert quantile(p, 0.5) == pytest.approx(p.value)
        assert quantile(p, [0.025, 0.975]) == pytest.approx([p.low, p.high])
    elif p.distribution == "fixed":
        assert (values == p.value).all()
    else:
        assert inside.all()


def test_a_beta_prior_has_the_mean_of_its_law():
    # PERT: (low + 4 mode + high) / 6
    p = parameter("vellus_share")
    grid = (np.arange(20_000) + 0.5) / 20_000
    assert quantile(p, grid).mean() == pytest.approx((p.low + 4 * p.value + p.high) / 6, abs=1e-5)


def test_a_draw_is_named_by_seed_and_parameter_alone():
    whole, part = draw_parameters(17), draw_parameters(17, ["anagen_duration"])
    assert whole["anagen_duration"] == part["anagen_duration"]
    assert draw_parameters(18)["anagen_duration"] != whole["anagen_duration"]
    assert set(whole) == set(MODEL) == set(central_parameters())


@pytest.mark.parametrize("name", HELD)
def test_the_share_of_draws_that_do_nothing_is_no_draw(name):
    assert {draw_parameters(seed)[name] for seed in range(5)} == {parameter(name).value}


def test_draws_fill_the_prior_evenly():
    # 4000 draws of two parameters; a uniform mean has standard error 1/sqrt(12 n), and two
    # independent ones a correlation of standard error 1/sqrt(n); limit four errors
    n = 4000
    u = np.array([[luck(s, name) for name in ("anagen_duration", "growth_rate")] for s in range(n)])
    assert np.abs(u.mean(axis=0) - 0.5).max() < 4 / np.sqrt(12 * n)
    assert abs(np.corrcoef(u.T)[0, 1]) < 4 / np.sqrt(n)


def test_central_values_are_those_of_the_tables():
    assert central_parameters(["anagen_duration"]) == {"anagen_duration": 1000.0}


@pytest.mark.parametrize("make", [central_parameters, lambda names: draw_parameters(1, names)])
def test_an_unknown_parameter_names_the_nearest(make):
    with pytest.raises(InputError, match="did you mean 'anagen_duration'"):
        make(["anagen_duratio"])
