"""The mixed model for repeated measures against SAS, mmrm, nlme and lme4, and against theory."""

from __future__ import annotations

import numpy as np
import pytest
from monte_carlo import LIMIT, assert_moment
from reference_data import all_to_printed_digits, column, rows, to_printed_digits
from scipy import stats

from anagen.errors import InputError
from anagen.trial.statistics import mmrm
from anagen.trial.statistics.covariance import STRUCTURES, Linear, compound_symmetry, unstructured
from anagen.trial.statistics.mmrm import (
    MmrmFit,
    analyse_mmrm,
    contrast,
    fit_mmrm,
    fit_with_fallback,
    trial_design_matrix,
)
from anagen.trial.statistics.restricted_likelihood import Maximum, derivatives, likelihood, sums_of

structures = pytest.mark.parametrize("structure", STRUCTURES)


# --- fev_data -----------------------------------------------------------------------------------
def fev(*names: str) -> tuple[np.ndarray, np.ndarray]:
    """FEV1 of 200 people at 4 visits, and the named columns of the design."""
    data = rows("fev_data")
    y = np.array([float(r["FEV1"] or "nan") for r in data]).reshape(-1, 4)

    def is_(field, value):
        return np.array([float(r[field] == value) for r in data]).reshape(-1, 4)

    treated = is_("ARMCD", "TRT")
    visits = {f"V{k}": is_("AVISIT", f"VIS{k}") for k in (2, 3, 4)}
    columns = {
        "one": np.ones_like(y), "black": is_("RACE", "Black or African American"),
        "white": is_("RACE", "White"), "female": is_("SEX", "Female"), "treated": treated,
        **visits, **{f"treated:{k}": treated * visit for k, visit in visits.items()},
    }  # fmt: skip
    return y, np.stack([columns[name] for name in names], axis=-1)


REGULATORS = ("one", "black", "white", "female", "treated", "V2", "V3", "V4",
              "treated:V2", "treated:V3", "treated:V4")  # fmt: skip
# nlme::gls(corSymm, varIdent): estimate and standard error; mmrm: Satterthwaite df as it prints it
FEV = {
    "one": ("30.77741", ".88657", 219), "black": ("1.53061", ".62445", 169),
    "white": ("5.64358", ".66558", 157), "female": (".32601", ".53193", 166),
    "treated": ("3.77440", "1.07417", 146), "V2": ("4.83960", ".80174", 144),
    "V3": ("10.34217", ".82269", 156), "V4": ("15.05379", "1.31288", 138),
    "treated:V2": ("-.04206", "1.12935", 139), "treated:V3": ("-.69379", "1.18764", 158),
    "treated:V4": (".62413", "1.85096", 130),
}  # fmt: skip
NLME_STOP = 5e-5  # nlme stops 2e-7 short of the top of the log likelihood: this share of an se


def test_fev_equals_nlme_and_the_snapshot_of_mmrm():
    y, x = fev(*REGULATORS)
    fit = fit_mmrm(y, x)
    assert fit.converged
    assert to_printed_digits(fit.minus_two_loglik, "3386.4499")
    assert to_printed_digits(fit.minus_two_loglik + 2 * 10, "3406.4")
    for one, name in zip(np.eye(len(REGULATORS)), REGULATORS, strict=True):
        estimate, se, df = FEV[name]
        found = contrast(fit, one)
        assert abs(found.estimate - float(estimate)) < NLME_STOP * found.se
        assert abs(found.se - float(se)) < NLME_STOP * found.se
        assert round(found.df) == df
    upper = fit.sigma[np.triu_indices(4)]
    assert all_to_printed_digits(upper, "40.6 14.4 5.0 13.4 26.6 2.8 7.5 14.9 .9 95.6")


UNSTRUCTURED = unstructured(4)


def at_covariance(y, x, parameters: str, law=UNSTRUCTURED) -> MmrmFit:
    """The model with its covariance held where another program stopped."""
    sums, theta = sums_of(y, x), np.array(parameters.split(), dtype=float)
    top = likelihood(sums, law.covariance(theta))
    return mmrm._fit_at(sums, law, Maximum(theta, top, derivatives(sums, top, law, theta), 0, ""))


# SAS PROC MIXED stops when the gain of -2 log likelihood is below 1e-8 of it: 4e-5. Its last step
# left 7.6e-6, which moves printed digits; at the covariance that it prints, all digits agree.
# Full listings: openpharma/mmrm, design/SAS/sas_coef_ci_reml_un.txt and design/KR
SAS_SEX = "108.64 45.5282 -2.4314 -46.7566 40.1475 .8698 -13.0626 24.7713 18.9219 152.49"
SAS_ARM = "108.39 45.4113 -2.6971 -47.0103 40.1721 .7771 -13.0998 24.6058 18.7346 152.36"
SAS_GAIN = 1e-8


def test_fev_equals_sas_satterthwaite():
    y, x = fev("one", "female", "treated")
    best, sas = fit_mmrm(y, x), at_covariance(y, x, SAS_SEX)
    assert to_printed_digits(best.minus_two_loglik, "3666.967")
    assert 0 < 3666.96698281 - best.minus_two_loglik < SAS_GAIN * 3667
    assert sas.minus_two_loglik == pytest.approx(3666.96698281, abs=1e-6)
    treated = contrast(sas, [0, 0, 1])
    found = (treated.estimate, treated.se, treated.df, treated.low, treated.high)
    assert all_to_printed_digits(found, "3.8265 .6421 161 2.5584 5.0945")
    assert to_printed_digits(treated.estimate / treated.se, "5.96")
    one, female = contrast(sas, [1, 0, 0]), contrast(sas, [0, 1, 0])
    assert all_to_printed_digits((one.estimate, one.se, one.df), "41.0762 .5504 156")
    assert all_to_printed_digits((one.low, one.high), "39.9890 42.1634")
    assert all_to_printed_digits((female.estimate, female.se, female.df), "-0.1404 .6434 161")
    for c in np.eye(3):
        assert abs(contrast(best, c).estimate - contrast(sas, c).estimate) < 2e-3 * one.se
        assert round(contrast(best, c).df) == round(contrast(sas, c).df)


def test_fev_equals_sas_kenward_roger():
    y, x = fev("one", "treated")
    best, sas = fit_mmrm(y, x), at_covariance(y, x, SAS_ARM)
    assert 0 < 3667.96276376 - best.minus_two_loglik < SAS_GAIN * 3668
    rows_of_sas = {
        (0, 1): "3.8197 .6612 161 2.5139 5.1256",
        (1, 1): "44.8255 .4801 159 43.8773 45.7737",
        (1, 0): "41.0058 .4547 162 40.1078 41.9037",
    }
    for c, printed in rows_of_sas.items():
        found, ours = contrast(sas, c, "kenward_roger"), contrast(best, c, "kenward_roger")
        values = (found.estimate, found.se, found.df, found.low, found.high)
        assert all_to_printed_digits(values, printed), (values, printed)
        assert ours.estimate == pytest.approx(found.estimate, abs=2e-3 * found.se)
        assert ours.se == pytest.approx(found.se, rel=1e-3)
        assert ours.df == pytest.approx(found.df, rel=5e-3)


# SAS PROC MIXED, FEV1 ~ ARMCD, Kenward-Roger, -2 log likelihood: openpharma/mmrm design/KR and
# design/ddfm_covtype; difference, LS means with se, df; covariance parameters
SAS_SIMPLE = {
    "toeplitz": ("3830.79965777", "83.8804 35.9753 1.9311 -22.3320", "4.4705 .8784 160",
                 "44.6591 .6290 153", "40.1886 .6132 167"),
    "ar1": ("3855.12433951", "84.4289 .3904", "4.2257 .9587 188", "44.5139 .6904 183",
            "40.2881 .6651 194"),
    "compound_symmetry": ("3890.97896859", "82.6295 1.1388", "4.1966 .7965 177",
                          "44.4461 .5703 168", "40.2495 .5560 187"),
}  # fmt: skip


@pytest.mark.parametrize("structure", SAS_SIMPLE)
def test_simpler_structures_equal_sas_kenward_roger(structure):
    y, x = fev("one", "treated")
    value, parameters, *printed = SAS_SIMPLE[structure]
    best, sas = (
        fit_mmrm(y, x, structure), at_covariance(y, x, parameters, STRUCTURES[structure](4))
    )  # fmt: skip
    assert -1e-7 < float(value) - best.minus_two_loglik < 1e-6
    for c, row in zip(([0, 1], [1, 1], [1, 0]), printed, strict=True):
        found, ours = contrast(sas, c, "kenward_roger"), contrast(best, c, "kenward_roger")
        assert all_to_printed_digits((found.estimate, found.se, found.df), row)
        close = (found.estimate, found.se, found.df)
        assert (ours.estimate, ours.se, ours.df) == pytest.approx(close, rel=3e-4)


def test_fev_mean_alone_equals_sas():
    # SAS prints 42.8338 and t 122.07; where it stopped is not printed, so the share of an se that
    # its stop moved the other two models is allowed
    found = contrast(fit_mmrm(*fev("one")), [1])
    assert abs(found.estimate - 42.8338) < 3e-3 * found.se
    assert all_to_printed_digits((found.se, found.df), ".3509 171")
    assert abs(found.estimate / found.se - 122.07) < 0.02


# --- Orthodont and sleepstudy -------------------------------------------------------------------
def orthodont() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distance (27 children, 4 ages), ages, and whether a girl (27, 4)."""
    y = np.array(column("orthodont", "distance")).reshape(-1, 4)
    age = np.array(column("orthodont", "age")).reshape(-1, 4)
    girl = np.array([float(r["Sex"] == "Female") for r in rows("orthodont")]).reshape(-1, 4)
    return y, age, girl


def random_slope(times: np.ndarray) -> Linear:
    """Covariance of a random intercept and slope with independent errors, linear in its parameters.

    Parameters: variance of the intercept, covariance, variance of the slope, error variance.
    """
    one = np.ones_like(times)
    both = np.add.outer(times, times)
    basis = [np.outer(one, one), both, np.outer(times, times), np.eye(times.size)]
    return Linear("random slope", np.stack(basis))


def test_orthodont_unstructured_equals_nlme():
    y, age, girl = orthodont()
    cells = [(age == a) * (girl == g) for g in (0, 1) for a in (8, 10, 12, 14)]
    fit = fit_mmrm(y, np.stack(cells, axis=-1).astype(float))
    assert to_printed_digits(-0.5 * fit.minus_two_loglik, "-207.0174")
    upper = fit.sigma[np.triu_indices(4)]
    printed = "5.4155 2.7168 3.9102 2.7102 4.1848 2.9272 3.3172 6.4557 4.1307 4.9857"
    assert all_to_printed_digits(upper, printed)


def test_orthodont_random_intercept_is_compound_symmetry():
    y, age, girl = orthodont()
    fit = fit_mmrm(y, np.stack((np.ones_like(y), age, girl), axis=-1), "compound_symmetry")
    assert to_printed_digits(-0.5 * fit.minus_two_loglik, "-218.75625")
    assert to_printed_digits(fit.minus_two_loglik + 2 * 5, "447.51251")
    one, slope, female = (contrast(fit, c) for c in np.eye(3))
    assert all_to_printed_digits((one.estimate, one.se), "17.70671296 .833922")
    assert all_to_printed_digits((slope.estimate, slope.se), ".66018519 .061605916")
    assert to_printed_digits(female.estimate, "-2.32102273")
    assert female.se == pytest.approx(0.761416849, rel=5e-9)  # nlme stops short of the top
    assert female.df == pytest.approx(25)
    between = fit.sigma[0, 1]
    assert to_printed_digits(between, "3.2667837")
    assert to_printed_digits(fit.sigma[0, 0] - between, "2.0494560")


def random_slope_in_closed_form(y: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Restricted maximum likelihood on complete data: people's own regression lines.

    The errors' variance is pooled around the lines; the spread of the lines' coefficients holds
    that of the people and that of the errors. Order as in `random_slope`.
    """
    z = np.column_stack((np.ones_like(times), times))
    lines, left, *_ = np.linalg.lstsq(z, y.T)
    error = left.sum() / (len(y) * (times.size - 2))
    between = np.cov(lines) - error * np.linalg.inv(z.T @ z)
    return np.array([between[0, 0], between[0, 1], between[1, 1], error])


# nlme and lme4 stop when little is left to gain: their variances differ by this from the top
EARLY_STOP = 3e-5


def test_orthodont_random_slope_as_a_linear_structure():
    y, age, _ = orthodont()
    fit = fit_mmrm(y, np.stack((np.ones_like(y), age), axis=-1), random_slope(age[0]))
    one, slope = (contrast(fit, c) for c in np.eye(2))
    assert to_printed_digits(-0.5 * fit.minus_two_loglik, "-221.31834")
    assert to_printed_digits(one.estimate, "16.76111111")
    assert to_printed_digits(slope.estimate, ".66018519")
    assert (one.se, slope.se) == pytest.approx((0.775246026, 0.071253264), rel=EARLY_STOP)
    theta = fit.maximum.theta
    assert theta == pytest.approx(random_slope_in_closed_form(y, age[0]), rel=1e-8)
    printed = (5.415087581, 0.051269545, 1.716204)
    assert theta[[0, 2, 3]] == pytest.approx(printed, rel=EARLY_STOP)
    assert to_printed_digits(theta[1] / (theta[0] * theta[2]) ** 0.5, "-.609")


def test_sleepstudy_random_slope_as_a_linear_structure():
    y = np.array(column("sleepstudy", "Reaction")).reshape(-1, 10)
    days = np.array(column("sleepstudy", "Days")).reshape(-1, 10)
    fit = fit_mmrm(y, np.stack((np.ones_like(y), days), axis=-1), random_slope(days[0]))
    assert to_printed_digits(fit.minus_two_loglik, "1743.6283")
    theta = fit.maximum.theta
    assert theta == pytest.approx(random_slope_in_closed_form(y, days[0]), rel=1e-8)
    assert theta[[0, 2, 3]] == pytest.approx((612.100, 35.072, 654.940), rel=EARLY_STOP)
    assert to_printed_digits(theta[1] / (theta[0] * theta[2]) ** 0.5, ".066")
    for method in mmrm.METHODS[:3]:
        one, slope = (contrast(fit, c, method) for c in np.eye(2))
        assert to_printed_digits(one.estimate, "251.4051")
        assert to_printed_digits(slope.estimate, "10.4673")
        assert (one.se, slope.se) == pytest.approx((6.8246, 1.5458), rel=EARLY_STOP)
        assert (one.df, slope.df) == pytest.approx((17, 17))


# --- theory -------------------------------------------------------------------------------------
def a_trial(n=60, v=4, seed=0, missing=0.1, shift=5.0):
    """Changes with holes, baseline, arm and stratum of a made-up trial."""
    rng = np.random.default_rng(seed)
    covariance = 300 * 0.7 ** np.abs(np.subtract.outer(range(v), range(v)))
    arm, baseline = np.arange(n) % 2, rng.normal(180, 30, n)
    y = rng.multivariate_normal(np.zeros(v), covariance, n) + 0.1 * baseline[:, None]
    y += shift * arm[:, None]
    y[rng.random((n, v)) < missing] = np.nan
    return y, baseline, arm, rng.integers(0, 3, n)


def design_of(y, baseline, arm, stratum=None, **more):
    return trial_design_matrix(~np.isnan(y), arm, arm.max() + 1, baseline, stratum, **more)


@structures
def test_slope_and_curvature_equal_finite_differences(structure):
    y, baseline, arm, stratum = a_trial()
    sums = sums_of(y, design_of(y, baseline, arm, stratum)[0])
    law = STRUCTURES[structure](4)
    theta = law.start(300 * 0.5 ** np.abs(np.subtract.outer(range(4), range(4))) + np.eye(4))

    def at(t):
        top = likelihood(sums, law.covariance(t))
        return top, derivatives(sums, top, law, t)

    found = at(theta)[1]
    for k, unit in enumerate(np.eye(law.size)):
        step = 1e-4 * max(abs(theta[k]), 1.0) * unit
        (above, slope_above), (below, slope_below) = at(theta + step), at(theta - step)
        width = 2 * step.sum()
        slope = (above.minus_two_log - below.minus_two_log) / width
        assert found.slope[k] == pytest.approx(slope, rel=1e-5, abs=1e-6)
        curve = (slope_above.slope - slope_below.slope) / width
        assert found.observed[k] == pytest.approx(curve, rel=1e-4, abs=1e-7)


def test_expected_curvature_is_the_mean_of_the_observed_one():
    # seed 3, 400 replicates; each entry within 4 Monte-Carlo standard errors
    _, baseline, arm, _ = a_trial()
    holes = a_trial(missing=0.2)[0]
    x = design_of(holes, baseline, arm)[0]
    law, rng = unstructured(3), np.random.default_rng(3)
    sigma = np.array([[4.0, 2, 1], [2, 5, 2], [1, 2, 6]])
    seen, theta, draws = ~np.isnan(holes[:, :3]), sigma[np.triu_indices(3)], []
    x = trial_design_matrix(seen, arm, 2, baseline)[0]
    for _ in range(400):
        y = np.where(seen, rng.multivariate_normal(np.zeros(3), sigma, len(arm)), np.nan)
        sums = sums_of(y, x)
        found = derivatives(sums, likelihood(sums, sigma), law, theta)
        draws.append(found.observed)
    draws = np.array(draws)
    for index in np.ndindex(6, 6):
        assert_moment(draws[:, *index], found.expected[index])


def test_one_visit_is_analysis_of_covariance():
    y, baseline, arm, _ = a_trial(v=1)
    analysis = analyse_mmrm(y, baseline, arm, 2, None, ("compound_symmetry",))
    seen = ~np.isnan(y[:, 0])
    x = np.column_stack((np.ones(seen.sum()), arm[seen], baseline[seen]))
    b, rss, *_ = np.linalg.lstsq(x, y[seen, 0])
    se = (rss[0] / (len(x) - 3) * np.linalg.inv(x.T @ x)[1, 1]) ** 0.5
    for method in ("satterthwaite", "kenward_roger", "residual"):
        found = contrast(analysis.fit, analysis.contrasts.difference(1, 0, 0), method)
        expected = (b[1], se, len(x) - 3)
        assert (found.estimate, found.se, found.df) == pytest.approx(expected, rel=1e-9)


def test_one_visit_without_baseline_is_the_t_test():
    y, _, arm, _ = a_trial(v=1)
    found = analyse_mmrm(y, None, arm, 2).difference(1, 0, 0)
    seen = ~np.isnan(y[:, 0])
    test = stats.ttest_ind(y[seen & (arm == 1), 0], y[seen & (arm == 0), 0])
    assert (found.p, found.df) == pytest.approx((test.pvalue, test.df), rel=1e-9)


def test_complete_compound_symmetry_is_the_paired_analysis_of_variance():
    # split-plot: change between two visits is the paired t test; the arm's mean over visits is the
    # t test of people's means
    y, _, arm, _ = a_trial(v=2, missing=0)
    fit = fit_mmrm(y, np.eye(2)[None].repeat(len(y), 0), "compound_symmetry")
    paired = stats.ttest_rel(y[:, 1], y[:, 0])
    analysis = analyse_mmrm(y, None, arm, 2, None, ("compound_symmetry",), "kenward_roger")
    means = stats.ttest_ind(y[arm == 1].mean(axis=1), y[arm == 0].mean(axis=1))
    average = analysis.difference(1, 0, [0, 1])
    for method in ("satterthwaite", "kenward_roger"):
        found = contrast(fit, [-1, 1], method)
        assert (found.p, found.df) == pytest.approx((paired.pvalue, len(y) - 1), rel=1e-8)
    assert (average.p, average.df) == pytest.approx((means.pvalue, means.df), rel=1e-8)


def test_complete_data_give_the_sample_covariance():
    y, _, arm, _ = a_trial(missing=0)
    fit = fit_mmrm(y, design_of(y, None, arm)[0])
    left = y - np.array([y[arm == a].mean(axis=0) for a in (0, 1)])[arm]
    assert fit.sigma == pytest.approx(left.T @ left / (len(y) - 2), rel=1e-9)
    last = contrast(fit, design_of(y, None, arm)[1].difference(1, 0, 3))
    test = stats.ttest_ind(y[arm == 1, 3], y[arm == 0, 3])
    assert (last.p, last.df) == pytest.approx((test.pvalue, test.df), rel=1e-8)


@structures
def test_units_and_order(structure):
    y, baseline, arm, stratum = a_trial()

    def difference(y, baseline, visit):
        for method in mmrm.METHODS:
            found = analyse_mmrm(y, baseline, arm, 2, stratum, (structure,), method)
            yield found.difference(1, 0, visit)

    forth = y[:, ::-1]  # every structure allows visits to be told backwards
    for plain, scaled, turned in zip(
        difference(y, baseline, 3), difference(10 * y, baseline - 1e4, 3),
        difference(forth, baseline, 0), strict=True,
    ):  # fmt: skip
        assert scaled.estimate == pytest.approx(10 * plain.estimate, rel=1e-7)
        assert scaled.se == pytest.approx(10 * plain.se, rel=1e-7)
        assert (scaled.df, turned.df) == pytest.approx((plain.df, plain.df), rel=1e-6)
        assert (turned.estimate, turned.se) == pytest.approx((plain.estimate, plain.se), rel=1e-7)


def test_change_and_value_give_the_same_difference_and_order_of_visits_is_free():
    y, baseline, arm, stratum = a_trial()
    change = analyse_mmrm(y, baseline, arm, 2, stratum).difference(1, 0, [2, 3])
    value = analyse_mmrm(y + baseline[:, None], baseline, arm, 2, stratum)
    assert value.difference(1, 0, [2, 3]).estimate == pytest.approx(change.estimate)
    mixed = analyse_mmrm(y[:, [2, 0, 3, 1]], baseline, arm, 2, stratum)
    assert mixed.difference(1, 0, [0, 2]).p == pytest.approx(change.p, rel=1e-6)


def test_people_never_observed_change_nothing():
    y, baseline, arm, stratum = a_trial()
    more = np.vstack((y, np.full((3, 4), np.nan)))
    unknown = np.append(baseline, [np.nan] * 3)
    found = analyse_mmrm(more, unknown, np.append(arm, [0, 1, 1]), 2, np.append(stratum, [0, 1, 2]))
    plain = analyse_mmrm(y, baseline, arm, 2, stratum)
    assert found.means == plain.means


def test_least_squares_means_at_their_margins():
    y, baseline, arm, stratum = a_trial(missing=0)
    analysis = analyse_mmrm(y, baseline, arm, 2, stratum)
    beta, weights = analysis.fit.beta, np.bincount(stratum) / len(stratum)
    slopes, effects = beta[8:12], np.append(0, beta[12:])
    # mean of an arm = its raw mean moved to the mean baseline and to the shares of the strata
    for a in (0, 1):
        here = arm == a
        away = baseline[here].mean() - baseline.mean()
        tilt = effects @ (np.bincount(stratum[here], minlength=3) / here.sum() - weights)
        expected = y[here].mean(axis=0) - away * slopes - tilt
        assert [e.estimate for e in analysis.means[a]] == pytest.approx(expected)
    balanced = analyse_mmrm(y, baseline, arm, 2, stratum, margins="balanced")
    shift = balanced.means[0][0].estimate - analysis.means[0][0].estimate
    assert shift == pytest.approx(effects @ (1 / 3 - weights))
    assert balanced.difference(1, 0, 2).p == pytest.approx(analysis.difference(1, 0, 2).p)


@structures
def test_planted_covariance_is_found(structure):
    # seed 11, 60 trials of 100 people with every tenth value missing
    truth = {
        "unstructured": np.array([[4.0, 2, 1], [2, 9, 3], [1, 3, 16]]),
        "toeplitz": 4.0 * np.array([[1, 0.6, 0.1], [0.6, 1, 0.6], [0.1, 0.6, 1]]),
        "ar1": 4.0 * 0.6 ** np.abs(np.subtract.outer(range(3), range(3))),
        "compound_symmetry": 2.0 * np.eye(3) + 2.0,
    }[structure]
    rng, found = np.random.default_rng(11), []
    for _ in range(60):
        y = rng.multivariate_normal(np.zeros(3), truth, 100)
        y[rng.random(y.shape) < 0.1] = np.nan
        fit = fit_mmrm(y, np.eye(3)[None].repeat(100, 0), structure)
        assert fit.converged
        found.append(fit.sigma)
    for index in zip(*np.triu_indices(3), strict=True):
        assert_moment([sigma[index] for sigma in found], truth[index])


@pytest.mark.parametrize("method", ["satterthwaite", "kenward_roger"])
def test_small_null_trials_reject_at_the_level(method):
    # seed 7, 400 trials of 2 x 12 people, 3 visits, dropout; 4 Monte-Carlo standard errors
    rng, arm, rejected = np.random.default_rng(7), np.arange(24) % 2, []
    covariance = 100 * 0.6 ** np.abs(np.subtract.outer(range(3), range(3)))
    for _ in range(400):
        y = rng.multivariate_normal(np.zeros(3), covariance, 24)
        y[np.arange(3) >= rng.geometric(0.12, 24)[:, None]] = np.nan
        found = analyse_mmrm(y, None, arm, 2, method=method).difference(1, 0, 2)
        rejected.append(found.p < 0.05)
    assert abs(np.mean(rejected) - 0.05) < LIMIT * (0.05 * 0.95 / 400) ** 0.5


# --- what cannot be fitted ----------------------------------------------------------------------
def test_fallback_says_which_structure_failed_and_why():
    y, _, arm, _ = a_trial(n=8, v=8, missing=0.0)
    found = fit_with_fallback(y, design_of(y, None, arm)[0], ("unstructured", "ar1"))
    assert found.structure == "ar1"
    assert found.note == (
        "unstructured failed (an unstructured covariance of 8 visits needs more people than visits "
        "(observed: 8)); ar1 used instead"
    )
    y, _, arm, _ = a_trial(n=40, v=4)
    assert fit_with_fallback(y, design_of(y, None, arm)[0]).note == ""


def test_a_fit_that_does_not_converge_is_named_and_refused():
    # two visits in perfect agreement: the likelihood has no top
    y, _, arm, _ = a_trial(v=3, missing=0)
    y[:, 2] = y[:, 1]
    x = design_of(y, None, arm)[0]
    try:
        fit = fit_mmrm(y, x)
    except InputError as error:
        assert "vary" in str(error)  # noqa: PT017
    else:
        assert not fit.converged
        with pytest.raises(InputError, match="did not converge"):
            contrast(fit, np.eye(x.shape[-1])[0])
    assert fit_with_fallback(y, x).structure != "unstructured"


def lose(y, where):
    y = y.copy()
    y[where] = np.nan
    return y


def test_what_cannot_be_analysed_is_said_in_one_sentence():
    y, baseline, arm, stratum = a_trial(missing=0)
    single = np.where(np.arange(len(arm)) == 0, 0, 1)
    cases = {
        "0 .counted from 0. has 1 people": lambda: analyse_mmrm(y, baseline, single, 2),
        "nobody of arm 1 was observed at visit 2": lambda: analyse_mmrm(
            lose(y, np.ix_(arm == 1, [2])), baseline, arm, 2
        ),
        "nobody was observed at visit 3": lambda: fit_mmrm(lose(y, np.s_[:, 3]), y[..., None]),
        "all have dropped out": lambda: fit_mmrm(lose(y, np.s_[:]), y[..., None]),
        "arms count from 0 to 1": lambda: analyse_mmrm(y, baseline, arm + 1, 2),
        "baseline: the same": lambda: analyse_mmrm(y, 0 * baseline, arm, 2),
        "baseline: a number is missing": lambda: analyse_mmrm(y, np.nan * baseline, arm, 2),
        "repeats the earlier": lambda: analyse_mmrm(y, baseline, arm, 2, arm),
        "structure": lambda: fit_mmrm(y, y[..., None], "toplitz"),
        "margins": lambda: design_of(y, baseline, arm, stratum, margins="even"),
        "method": lambda: analyse_mmrm(y, baseline, arm, 2, method="kr"),
        "cannot carry 8 coefficients": lambda: fit_mmrm(y[:4], design_of(y[:4], None, arm[:4])[0]),
        "both visits": lambda: fit_mmrm(
            lose(lose(y, np.s_[:30, 0]), np.s_[30:, 3]), np.ones((60, 4, 1))
        ),
        "must lie between 0 and 3": lambda: design_of(y, None, arm)[1].mean(0, 4),
        "no covariance structure": lambda: fit_with_fallback(
            y[:4], np.ones((4, 4, 1)), ("unstructured",)
        ),
    }
    for sentence, call in cases.items():
        with pytest.raises(InputError, match=sentence):
            call()


def test_compound_symmetry_of_one_visit_is_a_variance():
    assert compound_symmetry(1).size == STRUCTURES["ar1"](1).size == 1
