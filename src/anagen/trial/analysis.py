"""The analysis of one replicate: every endpoint and visit, the primary one by every method."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
from scipy import special

from anagen.measurement.instruments import instrument, measurable_change
from anagen.trial.data import Floats, TrialData
from anagen.trial.design import Design
from anagen.trial.looks import looks_of, sizes_of
from anagen.trial.outcome import (
    OF_ARM,
    OF_TEST,
    OTHERS,
    Outcome,
    levels_of,
    places_of,
    splits_of,
)
from anagen.trial.primary import both_of, by_visit, period_test, side_tests, stratum_of, tried
from anagen.trial.protocol import BY_NAME, better
from anagen.trial.robustness import robust_of
from anagen.trial.statistics.comparison import ancova, ancova_all, t_test
from anagen.trial.statistics.estimate import NotEstimableError
from anagen.trial.statistics.known import known_mean
from anagen.trial.statistics.multiplicity import adjusted, dunnett
from anagen.trial.statistics.ordinal import rank_sum
from anagen.trial.statistics.paired import (
    mcnemar,
    paired_t_test,
    signed_rank_p,
    within_person_correlation,
)
from anagen.trial.statistics.responders import compare_responders, responded
from anagen.trial.statistics.time_to_change import log_rank, times_to_change


def analyse(design: Design, data: TrialData) -> dict[str, Floats]:
    """Everything that is kept of a replicate, by the names of `Outcome`.

    Where an analysis is not possible (too few people left, no convergence) its numbers are nan, and
    ``structure`` says which covariance was used in place of the one asked for; -1: none could be,
    and the analysis of covariance decides.
    """
    out = Outcome(design)
    found = {name: np.full(shape, np.nan) for name, shape in out.shapes.items()}
    strategy = design.trial.estimand
    values = {name: data.values(name, strategy, better(name)) for name in out.endpoints}
    found["arms"] = _arms(out, data, values)
    compare = {"parallel": _parallel, "split_scalp": _split, "crossover": _crossed}
    compare[design.trial.layout](out, data, values, found)
    place = out.endpoints.index(design.trial.endpoint)
    found["adjusted"] = _adjusted(out, data, found["contrasts"][:, place, out.primary])
    _responders(out, data, values, found)
    _others(out, data, values, found)
    found["flow"] = _flow(out, data, values[design.trial.endpoint])
    found["full"] = _full(out, data)
    if design.trial.layout == "parallel":
        _subgroups(out, data, values, found)
    if design.trial.layout == "parallel":
        found["robust"] = robust_of(out, data)
    if design.trial.interim_weeks:
        found["looks"], found["stop"], found["stopped"] = looks_of(out, data)
    found["sizes"] = sizes_of(out, data)
    return found


def _arms(out: Outcome, data: TrialData, values: Mapping[str, Floats]) -> Floats:
    """People seen, means and SD of the change, (arms, endpoints, visits, numbers)."""
    found = np.full(out.shapes["arms"], np.nan)
    for e, name in enumerate(out.endpoints):
        x = values[name]
        change = x - x[:, :1]
        for a in range(len(out.design.arms)):
            own, moved = x[data.arm == a], change[data.arm == a]
            there = np.isfinite(moved)
            n = there.sum(axis=0)
            with np.errstate(invalid="ignore", divide="ignore"):
                mean = np.where(there, moved, 0.0).sum(axis=0) / n
                sd = np.sqrt(np.where(there, (moved - mean) ** 2, 0.0).sum(axis=0) / (n - 1))
                value = np.where(there, own, 0.0).sum(axis=0) / n
                base = np.where(there, own[:, :1], 0.0).sum(axis=0) / n
            found[a, e] = np.stack([n, base, value, mean, np.where(n > 1, sd, np.nan)], axis=-1)
    assert len(OF_ARM) == found.shape[-1]
    return found


# ---- parallel ------------------------------------------------------------------------------------


def _parallel(
    out: Outcome, data: TrialData, values: Mapping[str, Floats], found: dict[str, Floats]
) -> None:
    trial, pairs, names = out.design.trial, out.design.pairs, out.endpoints
    visits, level = len(data.weeks) - 1, 1 - trial.alpha
    y = np.concatenate([(values[n] - values[n][:, :1])[:, 1:] for n in names], axis=1)
    base = np.repeat(np.stack([values[n][:, 0] for n in names], axis=1), visits, axis=1)
    table = ancova_all(y, base, data.arm, stratum_of(data))
    for k, (i, j) in enumerate(pairs):
        place, sign = table.pairs.index((max(i, j), min(i, j))), 1 if i > j else -1
        estimate, se = sign * table.estimate[:, place], table.se[:, place]
        half = se * special.stdtrit(np.maximum(table.df, 1e-9), 0.5 + level / 2)
        df = np.where(np.isfinite(se), table.df, np.nan)
        columns = (estimate, se, df, estimate - half, estimate + half, table.p[:, place])
        found["contrasts"][k] = np.stack(columns, axis=-1).reshape(len(names), visits, -1)
    x = values[trial.endpoint]
    model = by_visit(out, x - x[:, :1], x[:, 0], data)
    structure, tests = model
    found["structure"][0] = structure
    change, plain = x - x[:, :1], np.full_like(tests, np.nan)
    for k, (i, j) in enumerate(pairs):
        for v in range(visits):
            own = [change[data.arm == a, v + 1] for a in (i, j)]
            plain[k, v] = tried(partial(t_test, own[0], own[1], level=level))
    shown = found["contrasts"][:, names.index(trial.endpoint)]
    found["methods"][:] = np.stack([tests, shown, plain])[:, :, out.primary]
    if trial.analysis == "mmrm" and structure >= 0:
        shown[:] = tests
    if trial.analysis == "t_test":
        shown[:] = plain


# ---- within people -------------------------------------------------------------------------------


def _split(
    out: Outcome, data: TrialData, values: Mapping[str, Floats], found: dict[str, Floats]
) -> None:
    i, j = out.design.pairs[0]
    for e, name in enumerate(out.endpoints):
        for v in range(1, len(data.weeks)):
            found["contrasts"][0, e, v - 1] = side_tests(out, data, values[name], v)[0]
    x, e, v = (
        values[out.design.trial.endpoint],
        out.endpoints.index(out.design.trial.endpoint),
        out.primary,
    )
    found["methods"][:, 0] = side_tests(out, data, x, v + 1)
    found["contrasts"][0, e, v] = found["methods"][out.method, 0]
    change = (x - x[:, :1])[:, v + 1]
    with contextlib.suppress(NotEstimableError):
        sides = (change[data.arm == a] for a in (i, j))
        found["correlation"][0] = within_person_correlation(*sides).estimate


def _crossed(
    out: Outcome, data: TrialData, values: Mapping[str, Floats], found: dict[str, Floats]
) -> None:
    """Changes from the start of each period."""
    for e, name in enumerate(out.endpoints):
        change = values[name] - values[name][:, :1]
        for v in range(1, len(data.weeks)):
            found["contrasts"][0, e, v - 1] = period_test(out, data, change[:, v])
    e = out.endpoints.index(out.design.trial.endpoint)
    found["methods"][0, 0] = found["contrasts"][0, e, out.primary]


# ---- several hypotheses, responders, ranks -------------------------------------------------------


def _adjusted(out: Outcome, data: TrialData, tests: Floats) -> Floats:
    """P of every arm against the control after the adjustment that the design asks for."""
    own = tests[: len(out.design.primary)]
    p, method = own[:, OF_TEST.index("p")], out.design.trial.multiplicity
    if not np.all(np.isfinite(p)) or method == "none":
        return np.asarray(p)
    if method == "dunnett":
        n = [int((data.arm == a).sum()) for a, _ in out.design.primary]
        t = own[:, 0] / own[:, 1]
        return dunnett(t, n, int((data.arm == out.design.control).sum()), float(own[0, 2]))
    return adjusted(p, method)


def _responders(
    out: Outcome, data: TrialData, values: Mapping[str, Floats], found: dict[str, Floats]
) -> None:
    design = out.design
    for r, rule in enumerate(design.responders):
        week = design.trial.primary if rule.week is None else rule.week
        x = values[rule.endpoint]
        there = x[:, 0] > 0 if "percent" in rule.op else np.isfinite(x[:, 0])
        answer = np.full(len(x), np.nan)
        answer[there] = responded(
            x[there, data.weeks.index(week)], rule.op, rule.value, x[there, 0]
        )
        for a in range(len(design.arms)):
            own = answer[data.arm == a]
            found["responders"][r, a] = np.nansum(own), len(own)
        for k, pair in enumerate(design.pairs):
            found["responding"][r, k] = _responding(out, data, answer, pair)


def _responding(
    out: Outcome, data: TrialData, answer: Floats, pair: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Difference of two shares, interval and p; within people by McNemar's exact test."""
    level, (i, j) = 1 - out.design.trial.alpha, pair
    if out.design.trial.layout == "parallel":
        try:
            both = compare_responders(answer[data.arm == i], answer[data.arm == j], level=level)
        except NotEstimableError:  # a stratum may leave an arm with one person
            return math.nan, math.nan, math.nan, math.nan
        return both.difference, both.low, both.high, both.p
    a, b = both_of(data, np.nan_to_num(answer), i, j)
    numbers = tried(partial(paired_t_test, a, b, level=level))
    return float((a - b).mean()), numbers[3], numbers[4], mcnemar(a, b)


def _others(
    out: Outcome, data: TrialData, values: Mapping[str, Floats], found: dict[str, Floats]
) -> None:
    """P of the global assessment by ranks and of the time to a measurable gain."""
    trial = out.design.trial
    x = values[trial.endpoint]
    gain = trial.better * (x - x[:, :1])
    least = measurable_change(instrument(trial.instrument), known_mean(x[:, 0]))
    rated = values["global_assessment"][:, out.primary + 1]
    if trial.layout != "parallel":
        sides = both_of(data, rated, *out.design.pairs[0])
        found["others"][0, 0] = signed_rank_p(*sides)
        return
    for k, (i, j) in enumerate(out.design.pairs):
        a, b = data.arm == i, data.arm == j
        with contextlib.suppress(NotEstimableError):
            found["others"][k, 0] = rank_sum(rated[a], rated[b]).p
        if not least > 0:  # nothing is measurable, or no baseline is known
            continue
        with contextlib.suppress(NotEstimableError):
            times = (times_to_change(gain[r, 1:], data.weeks[1:], float(least)) for r in (a, b))
            found["others"][k, 1] = log_rank(*times)[1]
    assert found["others"].shape[1] == len(OTHERS)


def _flow(out: Outcome, data: TrialData, primary: Floats) -> Floats:
    """Randomised, stopped, begun rescue, left, with the primary visit; by arm."""
    there = np.isfinite(primary[:, out.primary + 1])
    parts = (np.ones(data.rows, dtype=bool), np.isfinite(data.stopped), np.isfinite(data.rescued),
             data.left <= data.weeks[-1], there)  # fmt: skip
    return np.array([[np.sum(part[data.arm == a]) for part in parts]
                     for a in range(len(out.design.arms))], dtype=float)  # fmt: skip


def _full(out: Outcome, data: TrialData) -> Floats:
    """Difference of the mean changes that the trial is after, (pairs,).

    Had everybody stayed; without what spills over to another side; of a crossover in the first
    period alone, into which nothing is carried over.
    """
    trial, rows = out.design.trial, data
    if trial.layout == "crossover":
        rows = data.of(data.part == 0)
    full = dict(rows.full)
    if rows.direct is not None:
        full[trial.endpoint] = rows.direct
    stay = replace(rows, left=np.full(rows.rows, np.inf), full=full)
    x = stay.values(trial.endpoint, trial.estimand, trial.better)
    change = x[:, out.primary + 1] - x[:, 0]
    means = [known_mean(change[rows.arm == a]) for a in range(len(out.design.arms))]
    return np.array([means[i] - means[j] for i, j in out.design.pairs])


# ---- subgroups -----------------------------------------------------------------------------------


def groups_of(design: Design, data: TrialData) -> list[Floats]:
    """Place of every row among the groups of each subgroup, (rows,); nan: in none."""
    found = []
    for split in splits_of(design):
        if split.of in BY_NAME:
            levels = levels_of(design.population, split)
            found.append(places_of(levels, [getattr(w, split.of) for w in data.patients]))
            continue
        x = data.columns[split.of]
        known = x[np.isfinite(x)]
        cuts = np.array(split.cuts or (np.median(known) if len(known) else 0.0,))
        found.append(np.where(np.isfinite(x), np.searchsorted(cuts, x, side="left"), np.nan))
    return found


def _subgroups(
    out: Outcome, data: TrialData, values: Mapping[str, Floats], found: dict[str, Floats]
) -> None:
    """The effect in every group by ANCOVA, and whether the groups differ."""
    x, at = values[out.design.trial.endpoint], 0
    change = x[:, out.primary + 1] - x[:, 0]
    for split, places in enumerate(groups_of(out.design, data)):
        size = sum(1 for i, _ in out.groups if i == split)
        for k, (i, j) in enumerate(out.design.primary):
            own = np.isin(data.arm, (i, j))
            tests = np.full((size, len(OF_TEST)), np.nan)
            for g in range(size):
                some = own & (places == g)
                arm = (data.arm[some] == i).astype(np.int64)
                tests[g] = tried(partial(ancova, change[some], x[some, 0], arm, 1, 0))
            found["subgroups"][k, at : at + size] = tests[:, :2]
            found["interaction"][k, split] = heterogeneity(tests[:, :3])
        at += size


def heterogeneity(groups: Floats) -> float:
    r"""P of no difference between effects $d_g$ of groups by Welch's F.

    .. math:: F = \frac{\sum w (d - \bar d)^2 / (k - 1)}{1 + 2 (k - 2)\, c / (k^2 - 1)}, \quad
              w = 1 / s^2, \quad c = \sum (1 - w / \textstyle\sum w)^2 / \nu, \quad
              \nu_2 = \frac{k^2 - 1}{3 c}

    The chi-squared of Cochran's Q would err too often, as every $s$ is estimated. Welch 1951
    (Biometrika 38:330, from memory). ``groups`` (k, 3): estimate, standard error $s$ and its
    degrees of freedom $\nu$; nan where a group could not be estimated.
    """
    d, s, df = groups[np.isfinite(groups).all(axis=1)].T
    k = len(d)
    if k < 2:
        return math.nan
    w = 1 / s**2
    c = float(((1 - w / w.sum()) ** 2 / df).sum())
    f = (
        float(w @ (d - np.average(d, weights=w)) ** 2)
        / (k - 1)
        / (1 + 2 * (k - 2) * c / (k**2 - 1))
    )
    return float(special.fdtrc(k - 1, (k**2 - 1) / (3 * c), f))
