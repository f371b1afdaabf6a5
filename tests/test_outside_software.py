"""The same numbers from statsmodels and PyMARE, where they mean the same thing."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pytest
from reference_data import bcg, column, groups, minoxidil_arms, stacked

from anagen.evidence.effect_size import mean_difference
from anagen.evidence.heterogeneity import TAU2_METHODS, q_profile
from anagen.evidence.least_squares import design
from anagen.evidence.meta_analysis import pool


def _data_sets():
    expectancy = "raudenbush1985"
    return {
        "bcg": bcg(),
        expectancy: (
            np.array(column(expectancy, "estimate")),
            np.array(column(expectancy, "variance")),
        ),
        "minoxidil": stacked([mean_difference(*pair) for pair in minoxidil_arms()]),
        "normand1999": stacked([mean_difference(*pair) for pair in groups("normand1999")]),
    }


data_sets = pytest.mark.parametrize("name", ["bcg", "raudenbush1985", "normand1999"])


@data_sets
@pytest.mark.parametrize(("method", "theirs"), [("DL", "dl"), ("PM", "pm")])
def test_tau2_and_pooled_effect_agree_with_statsmodels(name, method, theirs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from statsmodels.stats.meta_analysis import combine_effects

        y, v = _data_sets()[name]
        other = combine_effects(y, v, method_re=theirs, atol=1e-12)
    ours = pool(y, v, method, "z")
    assert ours.tau2 == pytest.approx(other.tau2, rel=1e-6)
    assert ours.estimate == pytest.approx(other.mean_effect_re, rel=1e-6)
    assert ours.se == pytest.approx(other.sd_eff_w_re, rel=1e-6)
    assert ours.q == pytest.approx(other.q)


@data_sets
@pytest.mark.parametrize(("method", "theirs"), [("HE", None), ("ML", "ML"), ("REML", "REML")])
def test_tau2_agrees_with_pymare(name, method, theirs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymare.estimators import Hedges, VarianceBasedLikelihoodEstimator

        y, v = _data_sets()[name]
        other = VarianceBasedLikelihoodEstimator(method=theirs) if theirs else Hedges()
        fitted = other.fit(y[:, None], v[:, None], X=design(y.size)).params_
    ours = TAU2_METHODS[method](y, v, design(y.size)).value
    assert ours == pytest.approx(float(fitted["tau2"].ravel()[0]), rel=2e-4, abs=1e-5)


@pytest.mark.parametrize("name", ["bcg", "raudenbush1985", "normand1999", "minoxidil"])
def test_the_guarded_interval_and_the_q_profile_agree_with_pymare(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymare import Dataset
        from pymare.estimators import DerSimonianLaird

        y, v = _data_sets()[name]
        fitted = DerSimonianLaird(small_sample_correction="knapp-hartung-conservative")
        summary = fitted.fit_dataset(Dataset(y[:, None], v[:, None])).summary()
        effect, spread = summary.get_fe_stats(), summary.get_re_stats()
    ours = pool(y, v, "DL")
    theirs = [float(effect[key].ravel()[0]) for key in ("est", "se", "ci_l", "ci_u")]
    assert [ours.estimate, ours.se, *ours.interval] == pytest.approx(theirs, rel=1e-6)
    limits = [float(np.ravel(spread[key])[0]) for key in ("ci_l", "ci_u")]
    assert q_profile(y, v).tau2 == pytest.approx(limits, rel=1e-4, abs=1e-4)


def test_the_evidence_statistics_import_nothing_heavy():
    code = (
        "import sys, anagen.evidence.small_study, anagen.evidence.sparse;"
        "import anagen.evidence.summary_statistics;"
        "print([m for m in ('scipy.stats', 'scipy.optimize', 'pandas', 'statsmodels', 'pymare') "
        "if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
