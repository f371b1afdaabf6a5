"""Layouts whose type I error is measured: designs, the people on whom they are tried, the tests."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anagen.trial.analysis import analyse
from anagen.trial.data import TrialData
from anagen.trial.design import Design, design_of
from anagen.trial.looks import fractions_of, looks_of, sequential
from anagen.trial.outcome import OF_TEST, OTHERS, Outcome, splits_of
from anagen.trial.primary import STRUCTURES, by_visit, primary_tests
from anagen.trial.run import Plan, data_of
from anagen.trial.statistics.comparison import noninferior
from anagen.trial.statistics.estimate import estimate_of
from anagen.trial.statistics.group_sequential import KINDS
from anagen.trial.statistics.multiplicity import adjusted, dunnett
from anagen.trial.surrogate import Surrogate, covariance_of, from_changes

Floats = NDArray[np.float64]
Row = dict[str, float]
SEED, ALPHA = 6, 0.05
MEN = {"diagnosis": "androgenetic_alopecia", "sex": "male"}
DENSITY = "nonvellus_hair_density"
ESTIMATE, SE, DF, P = (OF_TEST.index(name) for name in ("estimate", "se", "df", "p"))

# What surrogates are like: baselines as of simulated men, a change as of published trials.
BASELINE, BASELINE_SD, SLOPE, CHANGE_SD = 150.0, 40.0, -0.1, 20.0
DECLINE = np.array([0.0, -1.0, -2.0, -3.0])
LAGS = np.abs(np.subtract.outer(range(3), range(3)))
AR1 = from_changes(BASELINE_SD, [SLOPE] * 3, CHANGE_SD**2 * 0.7**LAGS)
CS = from_changes(BASELINE_SD, [SLOPE] * 3, CHANGE_SD**2 * np.where(LAGS > 0, 0.5, 1.0))
PILOT = np.array([[1993.0, 2010, 1980, 1961], [2010, 2191, 2083, 2059],
                  [1980, 2083, 2135, 2048], [1961, 2059, 2048, 2109]])  # fmt: skip
"""Of 800 simulated men on lotions (`surrogate.learnt`, 230 follicles); of no simple structure."""
MARGIN = 8.0
BOUNDARIES = tuple(KINDS)
ADJUSTMENTS = ("holm", "hochberg", "hommel", "dunnett", "fixed_sequence")


def designed(n: tuple[int, ...], layout: str = "parallel", **trial: Any) -> Design:
    """A design of as many arms as ``n`` has, untreated."""
    return design_of({
        "trial": {"name": "null", "layout": layout, "visits_weeks": [0, 8, 16, 24],
                  "endpoint": DENSITY, "dropout": 0.2, **trial},
        "population": MEN,
        "arm": [{"name": f"arm {a}", "n": size} for a, size in enumerate(n)],
        "responder": [{"name": "gain", "endpoint": DENSITY, "op": "change_ge", "value": 10}],
    })  # fmt: skip


def changed(design: Design, **trial: Any) -> Design:
    """The design with other fields of the trial."""
    return design.model_copy(update={"trial": design.trial.model_copy(update=trial)})


def like(design: Design, covariance: Floats, **more: Any) -> Surrogate:
    """People of the design who change alike in every arm."""
    parts = 1 if design.trial.layout == "parallel" else 2
    mean = np.broadcast_to(BASELINE + DECLINE, (len(design.arms), parts, 4)).copy()
    return Surrogate(design=design, mean=mean, covariance=covariance, **more)


def mixed(
    design: Design, data: TrialData, *structures: str,
    ways: tuple[str, ...] = ("satterthwaite", "kenward_roger"),
) -> Row:  # fmt: skip
    """P of the mixed model with each covariance and way of degrees of freedom; nan: no fit."""
    row: Row = {}
    x = data.values(DENSITY)
    change, out = x - x[:, :1], Outcome(design)
    for name in structures:
        for way in ways:
            one = Outcome(changed(design, covariance=name, degrees_of_freedom=way))
            used, tests = by_visit(one, change, x[:, 0], data)
            fitted = used == STRUCTURES.index(name)  # and no simpler one in its place
            row[f"MMRM {name}, {way}"] = float(tests[0, out.primary, P]) if fitted else math.nan
    return row


def simple(design: Design, data: TrialData) -> Row:
    """P of the t test and of the analysis of covariance."""
    return {name: float(primary_tests(Outcome(changed(design, analysis=name)), data)[0, P])
            for name in ("t_test", "ancova")}  # fmt: skip


def several(found: Mapping[str, Floats], design: Design) -> Row:
    """P of responders, ranks, time to a measurable change and subgroups in an analysis."""
    row = {"responders, chi-square": float(found["responding"][0, 0, 3])}
    row |= {name: float(p) for name, p in zip(OTHERS, found["others"][0], strict=True)}
    splits = zip(splits_of(design), found["interaction"][0], strict=True)
    return row | {f"interaction: {split.of}": float(p) for split, p in splits}


# ---- surrogates ----------------------------------------------------------------------------------


@cache
def people(name: str) -> Surrogate:
    """The people of a layout."""
    both = covariance_of(np.sqrt(np.diag(AR1)), _correlation(AR1), 0.6)
    match name:
        case "parallel":
            return like(designed((40, 40)), AR1)
        case "compound_symmetry":
            return like(designed((40, 40)), CS)
        case "as_simulated":
            return like(designed((40, 40)), PILOT)
        case "three_arms":
            return like(designed((30, 30, 30)), AR1)
        case "stratified":
            design = designed((40, 40), strata=[{"of": "age", "cuts": [40]}], block_size=4)
            return like(design, AR1, shifts=np.array([[0.0, 0, 0, 0], [30, 35, 40, 45]]))
        case "response_dependent_dropout":
            design = designed((60, 60), dropout_odds_per_10_percent_lost=3.0)
            left, stay = design.arms
            arms = (left.model_copy(update={"dropout": 0.4}),
                    stay.model_copy(update={"dropout": 0.05}))  # fmt: skip
            return like(design.model_copy(update={"arms": arms}), AR1)
        case "sequential":
            return like(designed((60, 60), accrual_weeks=60, interim_weeks=[44, 64]), AR1)
        case "split_scalp":
            return like(designed((35, 35), "split_scalp"), both)
        case "crossover":
            whole = like(designed((20, 20), "crossover", period_weeks=24), both)
            second = np.array([0.0, 4.0, 6.0, 8.0])  # a period effect, which must do no harm
            return replace(whole, mean=whole.mean + np.array([[[0.0] * 4, second]]))
        case "non_inferiority":
            design = designed((60, 60), margin=MARGIN)
            return _with_effect(like(design, AR1), -MARGIN)
        case "ten_per_arm":
            plain = from_changes(BASELINE_SD, [0.0] * 3, CHANGE_SD**2 * 0.7**LAGS)
            return _with_effect(like(designed((10, 10), dropout=0.0), plain), 9.5)
    raise KeyError(name)


def _correlation(covariance: Floats) -> Floats:
    sd = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(sd, sd))


def _with_effect(whole: Surrogate, effect: float) -> Surrogate:
    """The first arm changes by ``effect`` more, from the first visit on."""
    mean = whole.mean.copy()
    mean[0, 0, 1:] += effect
    return replace(whole, mean=mean)


def parallel(data: TrialData, design: Design) -> Row:
    found = analyse(changed(design, analysis="t_test"), data)  # the others are in it as well
    methods = zip(Outcome(design).methods, found["methods"][:, 0, P], strict=True)
    return {
        **{name: float(p) for name, p in methods if name != "mmrm"},
        **mixed(design, data, "unstructured", "toeplitz", "ar1"), **several(found, design),
    }  # fmt: skip


def compound_symmetry(data: TrialData, design: Design) -> Row:
    return mixed(design, data, "compound_symmetry")


def as_simulated(data: TrialData, design: Design) -> Row:
    return mixed(design, data, *STRUCTURES, ways=("satterthwaite",))


def three_arms(data: TrialData, design: Design) -> Row:
    """Least p of the two comparisons after each adjustment: the familywise error."""
    tests = primary_tests(Outcome(design), data)
    p, t = tests[:, P], tests[:, ESTIMATE] / tests[:, SE]
    n = [int((data.arm == a).sum()) for a in range(3)]
    row = {"none": float(p.min())}
    for name in ADJUSTMENTS:
        mended = (dunnett(t, n[:2], n[2], float(tests[0, DF])) if name == "dunnett"
                  else adjusted(p, name))  # fmt: skip
        row[name] = float(np.min(mended))
    return row


def stratified(data: TrialData, design: Design) -> Row:
    return simple(design, data) | mixed(design, data, "unstructured")


def looked(data: TrialData, design: Design) -> Row:
    """Z at every look, and whether the trial rejects by each boundary."""
    z = looks_of(Outcome(design), data)[0][:, 0]
    row = {f"z {k}": float(x) for k, x in enumerate(z, 1)}
    for kind in BOUNDARIES:
        upper = sequential(kind, design.trial.alpha, fractions_of(design), ()).upper
        row[kind] = float(np.any(z >= upper))
    return row


def pairs(data: TrialData, design: Design) -> Row:
    asked = {"paired_t_test": "t_test", "paired_ancova": "ancova"}
    return {
        name: float(primary_tests(Outcome(changed(design, analysis=word)), data)[0, P])
        for name, word in asked.items()
    }


def periods(data: TrialData, design: Design) -> Row:
    return {"crossover": float(primary_tests(Outcome(design), data)[0, P])}


def non_inferiority(data: TrialData, design: Design) -> Row:
    """One-sided p of a difference that lies at the margin."""
    row: Row = {}
    for analysis in ("t_test", "ancova", "mmrm"):
        test = primary_tests(Outcome(changed(design, analysis=analysis)), data)[0]
        found = estimate_of(float(test[ESTIMATE]), float(test[SE]), float(test[DF]), 0.95)
        row[f"non-inferior, {analysis}"] = noninferior(found, MARGIN).p
    return row


def few(data: TrialData, design: Design) -> Row:
    return {"power, t_test": simple(design, data)["t_test"]}


SURROGATES: dict[str, Callable[[TrialData, Design], Row]] = {
    "parallel": parallel, "compound_symmetry": compound_symmetry,
    "as_simulated": as_simulated, "three_arms": three_arms,
    "stratified": stratified, "response_dependent_dropout": stratified, "sequential": looked,
    "split_scalp": pairs, "crossover": periods, "non_inferiority": non_inferiority,
    "ten_per_arm": few,
}  # fmt: skip


def surrogate(name: str, r: int) -> Row:
    """One replicate of a layout on normal numbers."""
    whole = people(name)
    return SURROGATES[name](whole.data(SEED, r), whole.design)


# ---- simulated people ----------------------------------------------------------------------------

NEEDLES = {"volume_ml_per_point": 0.05, "spacing_mm": 10, "depth_mm": 3, "route": "injection"}
PRP = [{"therapy": "prp", "platelet_fold": 4, "weeks": [0, 4, 8], **NEEDLES}]
SALINE = [{"therapy": "vehicle", "weeks": [0, 4, 8], **NEEDLES}]
LOTION = [{"therapy": "minoxidil", "route": "topical", "form": "solution", "strength_percent": 5,
           "per_day": 2}]  # fmt: skip
VEHICLE = [{"therapy": "vehicle", "route": "topical"}]
GROWN = 100


@cache
def simulated(name: str) -> Plan:
    """A small trial in which both arms get what the control gets."""
    trial: dict[str, Any] = {"name": name, "visits_weeks": [0, 12, 24], "endpoint": DENSITY,
                             "dropout": 0.2}  # fmt: skip
    table: dict[str, Any] = {}
    courses, n = (PRP, SALINE), 30
    match name:
        case "parallel":
            courses, table = (LOTION, VEHICLE), {"baseline": {DENSITY: {"mean": 152, "sd": 45}}}
            n = 40
        case "split_scalp":
            trial |= {"layout": "split_scalp"}
        case "crossover":
            trial |= {"layout": "crossover", "period_weeks": 24, "washout_weeks": 8}
        case "sequential":
            trial |= {"accrual_weeks": 60, "interim_weeks": [54]}
            n = 40
    design = design_of({
        "trial": trial,
        "population": {**MEN, "age": [18, 60], **table},
        "arm": [{"name": f"arm {a}", "n": n, "courses": c} for a, c in enumerate(courses)],
        "responder": [{"name": "gain", "endpoint": DENSITY, "op": "change_ge", "value": 10}],
    })  # fmt: skip
    return Plan(design, "null", SEED, follicles=GROWN)


SIMULATED = ("parallel", "split_scalp", "crossover", "sequential")


def engine(name: str, r: int) -> Row:
    """One replicate of a layout on simulated people."""
    plan = simulated(name)
    data, design = data_of(plan, r), plan.design
    match name:
        case "split_scalp":
            return pairs(data, design)
        case "crossover":
            return periods(data, design)
        case "sequential":
            return looked(data, design)
    return parallel(data, design)
