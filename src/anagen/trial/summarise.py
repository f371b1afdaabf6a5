"""From finished replicates to the summary of a virtual trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from anagen.errors import InputError
from anagen.measurement.endpoints import UNITS
from anagen.trial import summary as s
from anagen.trial.finished import (
    ESTIMATE,
    HIGH,
    LOW,
    SE,
    Finished,
    P,
    Stores,
    at_stop,
    decided,
    errs,
    rejects,
    share,
    spread,
)
from anagen.trial.looks import fractions_of, sequential
from anagen.trial.outcome import OF_ARM, OF_FLOW, Outcome, splits_of
from anagen.trial.planning import planned, required
from anagen.trial.primary import STRUCTURES
from anagen.trial.protocol import better
from anagen.trial.published import published_sd
from anagen.trial.run import Plan, Scenario, entry_law, nature
from anagen.trial.sources import citations
from anagen.trial.statistics.comparison import within_margin
from anagen.trial.statistics.known import known_mean, or_none
from anagen.trial.statistics.shrinkage import shrunk
from anagen.trial.store import Store
from anagen.trial.words import (
    attributes,
    not_added,
    pairing,
    regulation,
    rule,
    too_alike,
    too_few,
    treatment,
    warnings,
)


def summarise(plans: Mapping[Scenario, Plan], stores: Mapping[Scenario, Store]) -> s.Summary:
    """The summary of the scenarios that were run; ``drawn`` or ``central`` at least.

    What belongs to a scenario that was not run is None. Raises InputError without replicates.
    """
    plan = next(iter(plans.values()))
    design, out = plan.design, Outcome(plan.design)
    done: Stores = {name: Finished(out, store, plans[name]) for name, store in stores.items()}
    main = done.get("drawn") or done.get("central") or next(iter(done.values()))
    if len(main) == 0:
        raise InputError("no replicate is finished", field="replicates")
    trial, law = design.trial, entry_law(plans.get("central", plan), None)
    plans_of, known = list(planned(out, done)), published_sd(design)
    asked = max(store.replicates for store in stores.values())
    return s.Summary(
        name=trial.name, seed=plan.seed, replicates=asked,
        partial=any(len(f) < f.store.replicates for f in done.values()), posterior=None,
        hypothesis=plan.hypothesis, layout=trial.layout, endpoint=trial.endpoint,
        week=trial.primary, unit=UNITS[trial.endpoint], instrument=trial.instrument,
        estimand=attributes(design), scenarios=list(_scenarios(plans, done)),
        population=law.sentence, baseline=list(law.table),
        arms=[_arm(out, main, a) for a in range(len(design.arms))],
        contrasts=list(_contrasts(out, done)), characteristics=list(_characteristics(out, done)),
        assumed=list(_assumed(out, done)), whole=_whole(out, done),
        non_inferiority=list(_non_inferiority(out, done)),
        robustness=list(_robustness(out, done)), planned=plans_of,
        published_sd=known, required=list(required(out, done)),
        within_person_correlation=_correlation(main), responders=list(_responders(out, done)),
        subgroups=list(_subgroups(out, done)), sequential=_sequential(out, done),
        regulation=regulation(design),
        warnings=[
            *too_few(asked), *pairing(trial, _correlation(main)),
            *not_added(design, nature(plans.get("central", plan), None).unexplained),
            *too_alike(trial, plans_of, known), *warnings(design, law),
        ],
        citations=citations(design, plan.hypothesis),
    )  # fmt: skip


def _scenarios(plans: Mapping[Scenario, Plan], done: Stores) -> Iterator[s.Scenario]:
    for name, finished in done.items():
        used = finished["structure"][:, 0]
        words = {-1.0: "ancova"} | {float(i): word for i, word in enumerate(STRUCTURES)}
        asked = STRUCTURES.index(plans[name].design.trial.covariance)
        counts = {words[v]: int((used == v).sum()) for v in np.unique(used[np.isfinite(used)])
                  if v != asked}  # fmt: skip
        drawn = {plans[name].draw(int(r)) for r in finished.which}
        yield s.Scenario(scenario=name, replicates=len(finished), parameter_sets=len(drawn),
                         fallbacks=counts,
                         table_missed=int((finished["reached"][:, 0] == 0).sum()))  # fmt: skip


def _arm(out: Outcome, done: Finished, a: int) -> s.ArmSummary:
    design, visits = out.design, []
    for e, name in enumerate(out.endpoints):
        numbers = done.of_endpoint("arms", e)[:, a]
        for v, week in enumerate(design.trial.visits_weeks):
            n, base, value, change, sd = (numbers[:, v, i] for i in range(len(OF_ARM)))
            found = spread(value), spread(change)
            if found[0] is None or found[1] is None:
                continue
            visits.append(s.ArmVisit(
                week=week, endpoint=name, unit=UNITS[name], n=float(np.nanmean(n)),
                baseline_mean=float(np.nanmean(base)), value_mean=found[0], change_mean=found[1],
                change_sd=or_none(known_mean(sd)),
            ))  # fmt: skip
    flow = dict(zip(OF_FLOW, done["flow"][:, a].mean(axis=0).tolist(), strict=True))
    arm = design.arms[a]
    return s.ArmSummary(arm=arm.name, n=arm.n, control=a == design.control,
                        treatment=treatment(arm), flow=s.Flow(**flow), visits=visits)  # fmt: skip


def _contrasts(out: Outcome, done: Stores) -> Iterator[s.Contrast]:
    design, primary = out.design, len(out.design.primary)
    trial, e0 = design.trial, out.endpoints.index(design.trial.endpoint)
    both = {name: f for name, f in done.items() if name in ("central", "drawn")}
    for k, (i, j) in enumerate(design.pairs):
        for e, name in enumerate(out.endpoints):
            tests = {scenario: f.of_endpoint("contrasts", e)[:, k] for scenario, f in both.items()}
            drawn = tests.get("drawn", tests.get("central"))
            for v, week in enumerate(trial.visits_weeks[1:]):
                main = k < primary and e == e0 and v == out.primary
                won = {}
                for scenario, x in tests.items():
                    t = x[:, v]
                    if main:
                        won[scenario] = done[scenario].share(
                            rejects(out, done[scenario], k, out.method)
                        )
                    elif np.isfinite(t[:, P]).any():
                        good = (better(name) * t[:, ESTIMATE] > 0) & (t[:, P] < trial.alpha)
                        won[scenario] = done[scenario].share(np.asarray(good))
                yield s.Contrast(
                    arm=design.names[i], versus=design.names[j], week=week, endpoint=name,
                    unit=UNITS[name], primary=main,
                    difference=None if drawn is None else spread(drawn[:, v, ESTIMATE]),
                    power=won.get("central"), assurance=won.get("drawn"),
                )  # fmt: skip


def _characteristics(out: Outcome, done: Stores) -> Iterator[s.Characteristics]:
    central, null, drawn = (done.get(name) for name in ("central", "null", "drawn"))
    for k, (i, j) in enumerate(out.design.primary):
        for m, method in enumerate(out.methods):
            yield s.Characteristics(
                arm=out.design.names[i], versus=out.design.names[j], method=method,
                chosen=m == out.method,
                type_i_error=None if null is None else null.share(errs(out, null, k, m)),
                power=None if central is None else central.share(rejects(out, central, k, m)),
                assurance=None if drawn is None else drawn.share(rejects(out, drawn, k, m)),
                **_accuracy(out, central, k, m),
            )  # fmt: skip


def _assumed(out: Outcome, done: Stores) -> Iterator[s.Characteristics]:
    """What each analysis does if the design's ``difference`` is so."""
    found = done.get("assumed")
    for k, (i, j) in enumerate(out.design.primary if found is not None else ()):
        for m, method in enumerate(out.methods):
            assert found is not None
            yield s.Characteristics(
                arm=out.design.names[i], versus=out.design.names[j], method=method,
                chosen=m == out.method, type_i_error=None, assurance=None,
                power=found.share(rejects(out, found, k, m)), **_accuracy(out, found, k, m),
            )  # fmt: skip


def _whole(out: Outcome, done: Stores) -> s.Whole | None:
    """Errors and power of all primary comparisons together; None for a single one."""
    pairs = range(len(out.design.primary))
    if len(pairs) < 2:
        return None
    null, central = done.get("null"), done.get("central")
    wrong = None if null is None else np.stack([errs(out, null, k, out.method) for k in pairs])
    won = None if central is None else np.stack(
        [rejects(out, central, k, out.method) for k in pairs])  # fmt: skip
    return s.Whole(
        type_i_error=None if wrong is None else share(np.asarray(wrong.any(axis=0))),
        any_power=None if won is None else share(np.asarray(won.any(axis=0))),
        all_power=None if won is None else share(np.asarray(won.all(axis=0))),
    )  # fmt: skip


def _accuracy(out: Outcome, done: Finished | None, pair: int, method: int) -> dict[str, Any]:
    """Bias, coverage and standard errors of an analysis against what staying would have shown."""
    names = ("truth", "bias", "bias_se", "coverage", "se_mean", "se_empirical")
    found: dict[str, Any] = {"failed": 0} | dict.fromkeys(names)
    if done is None:
        return found
    tests, full = at_stop(out, done, pair, method), done["full"][:, pair]
    analysed = np.isfinite(tests[:, ESTIMATE])
    found["failed"] = int((~analysed).sum())
    known = analysed & np.isfinite(full)
    if known.sum() < 2:
        return found
    t, f = tests[known], full[known]
    truth, off = float(full[np.isfinite(full)].mean()), t[:, ESTIMATE] - f
    return found | {
        "truth": truth,
        "bias": float(off.mean()),
        "bias_se": float(off.std(ddof=1) / np.sqrt(len(off))),
        "coverage": share((t[:, LOW] <= truth) & (truth <= t[:, HIGH])),
        "se_mean": float(t[:, SE].mean()),
        "se_empirical": float(t[:, ESTIMATE].std(ddof=1)),
    }


def _non_inferiority(out: Outcome, done: Stores) -> Iterator[s.NonInferior]:
    """The limit of the interval on the bad side beside the margin."""
    trial = out.design.trial
    if trial.margin is None:
        return
    margin = abs(trial.margin)
    for k, (i, j) in enumerate(out.design.primary):
        shares = {}
        for name in ("central", "drawn"):
            if name in done:
                t = decided(out, done[name], k)
                shares[name] = share(within_margin(t[:, LOW], t[:, HIGH], margin, trial.better))
        yield s.NonInferior(arm=out.design.names[i], versus=out.design.names[j], margin=margin,
                            power=shares.get("central"), assurance=shares.get("drawn"))  # fmt: skip


def _robustness(out: Outcome, done: Stores) -> Iterator[s.Robust]:
    """How the central replicates stand worse courses of those who left."""
    found = done.get("central")
    if found is None or out.design.trial.layout != "parallel":
        return
    for k, (i, j) in enumerate(out.design.primary):
        estimate, p, shift = found["robust"][:, k].T
        known = np.isfinite(p)
        won = (out.design.trial.better * estimate > 0) & (p < out.design.trial.alpha)
        yield s.Robust(arm=out.design.names[i], versus=out.design.names[j],
                       jump_to_reference=spread(estimate), power=share(won[known]),
                       tipping=spread(shift))  # fmt: skip


def _correlation(done: Finished) -> s.Spread | None:
    return spread(done["correlation"][:, 0])


# ---- responders, subgroups, interim analyses ---------------------------------------------------


def _responders(out: Outcome, done: Stores) -> Iterator[s.Responding]:
    design = out.design
    found = done.get("drawn") or done.get("central")
    if found is None or not design.responders:
        return
    counts, compared = found["responders"], found["responding"]
    central = done.get("central")
    for r, responder in enumerate(design.responders):
        week = design.trial.primary if responder.week is None else responder.week
        for a, name in enumerate(design.names):
            k = next((k for k, (i, _) in enumerate(design.primary) if i == a), None)
            own = spread(100 * counts[:, r, a, 0] / np.maximum(counts[:, r, a, 1], 1))
            if own is None:
                continue
            won = None
            if k is not None and central is not None:
                t = central["responding"][:, r, k]
                won = share(np.asarray((t[:, 0] > 0) & (t[:, -1] < design.trial.alpha)))
            yield s.Responding(
                responder=responder.name, rule=rule(responder), week=week, arm=name, share=own,
                versus=None if k is None else design.names[design.control],
                difference=None if k is None else spread(100 * compared[:, r, k, 0]), power=won,
            )  # fmt: skip


def _subgroups(out: Outcome, done: Stores) -> Iterator[s.Group]:
    found = done.get("central") or done.get("drawn")
    if found is None or out.design.trial.layout != "parallel":
        return
    values, tests, splits = found["subgroups"], found["interaction"], splits_of(out.design)
    for k, (i, j) in enumerate(out.design.primary):
        for split in range(len(splits)):
            own = [g for g, (of, _) in enumerate(out.groups) if of == split]
            pulled = np.array([shrunk(values[r, k, own]) for r in range(len(found))])
            p = tests[:, k, split]
            for at, g in enumerate(own):
                estimate, se = (or_none(known_mean(values[:, k, g, i])) for i in (0, 1))
                if estimate is None or se is None:
                    continue
                yield s.Group(
                    arm=out.design.names[i], versus=out.design.names[j], of=splits[split].of,
                    group=out.groups[g][1], estimate=estimate, se=se,
                    shrunk=float(np.nanmean(pulled[:, at])),
                    interaction=share(np.asarray(p[np.isfinite(p)] < out.design.trial.alpha)),
                )  # fmt: skip


def _sequential(out: Outcome, done: Stores) -> s.Sequential | None:
    trial = out.design.trial
    if not trial.interim_weeks:
        return None
    fractions = fractions_of(out.design)
    plan = sequential(trial.boundary, trial.alpha, fractions, trial.futility_z)
    weeks = [*trial.interim_weeks, trial.accrual_weeks + trial.visits_weeks[-1]]
    central, null, assumed = (done.get(name) for name in ("central", "null", "assumed"))
    total = sum(arm.n for arm in out.design.arms)

    def ends(found: Finished | None, k: int, why: int) -> s.Share | None:
        if found is None:
            return None
        return share((found["stop"][:, 0] == k) & (found["looks"][:, k, why] > 0))

    looks = []
    for k, week in enumerate(weeks):
        lower = float(plan.lower[k])
        looks.append(s.Look(
            week=week, information=fractions[k], upper_z=float(plan.upper[k]),
            lower_z=lower if np.isfinite(lower) and k < len(weeks) - 1 else None,
            people=total * min(week / trial.accrual_weeks, 1.0),
            stops_for_effect=ends(central, k, 1), stops_for_futility=ends(central, k, 2),
            stops_under_null=ends(null, k, 1), stops_if_assumed=ends(assumed, k, 1),
        ))  # fmt: skip
    return s.Sequential(
        boundary=trial.boundary, looks=looks, people=total,
        expected_people=None if central is None else float(central["stop"][:, 1].mean()),
        expected_people_under_null=None if null is None else float(null["stop"][:, 1].mean()),
        expected_people_if_assumed=None if assumed is None else float(
            assumed["stop"][:, 1].mean()),
    )  # fmt: skip
