"""Published trials replayed before any fit: python validation/trials/replay_trials.py.

Every replicate of an example in ``examples/trials`` has a parameter set of its own from the ranges
of the tables, people of its own, and the sampling error of the trial. Beside it, with the same
parameters and people: every arm given what the control gets. A published value of a calibration arm
should lie inside the 90 % interval; where the trial was positive, the published difference has to
lie outside that of no effect. What is missed is printed, and nothing is tuned.

``--quick`` recomputes a slice, drawn by chance, of what is committed in ``replays/``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from records import DIGITS, HOME, Row, differences, read, slices, worked, write

from anagen.evidence.studies import load_studies
from anagen.files import read_yaml
from anagen.trial.analysis import analyse
from anagen.trial.data import TrialData
from anagen.trial.design import Design, read_design
from anagen.trial.outcome import OF_ARM, OF_TEST, Outcome
from anagen.trial.replicate import replicate_data
from anagen.trial.run import Plan, nature
from anagen.trial.statistics.ordinal import rank_sum

Floats = NDArray[np.float64]
EXAMPLES = HOME.parents[1] / "examples" / "trials"
KEPT = HOME / "replays"
SEED, REPLICATES = 6, 200
LEVEL = 0.90
TRIALS = ("minoxidil_men", "prp_split_scalp", "plant_exosome", "secretome_split_scalp",
          "exosome_and_prp", "baricitinib_areata")  # fmt: skip
EFFECT, NONE = "effect", "no effect"


@cache
def design_of(trial: str) -> Design:
    """The design of an example."""
    return read_design(EXAMPLES / f"{trial}.toml")


@cache
def plan_of(trial: str) -> Plan:
    """Its plan."""
    return Plan(design_of(trial), "drawn", SEED)


def replicate(trial: str, r: int) -> Row:
    """One replicate with its effect and without; alike in everything else."""
    plan = plan_of(trial)
    law = nature(plan, plan.draw(r))
    with_effect = replicate_data(plan.design, law, plan.seed, r)
    without = replicate_data(plan.design, replace(law, null=True), plan.seed, r)
    return {
        f"{name}, {what}": x
        for name, data in ((EFFECT, with_effect), (NONE, without))
        for what, x in read_off(plan.design, data).items()
    }


def read_off(design: Design, data: TrialData) -> Row:
    """What a report of the trial would print, at its primary visit."""
    out, trial = Outcome(design), design.trial
    found = analyse(design, data)
    x = data.values(trial.endpoint, trial.estimand)
    change = x[:, out.primary + 1] - x[:, 0]
    row: Row = {}
    at = out.endpoints.index(trial.endpoint), out.primary + 1
    for a, arm in enumerate(design.names):
        numbers = dict(zip(OF_ARM, found["arms"][a][at], strict=True))
        row[f"change: {arm}"], row[f"SD: {arm}"] = numbers["change_mean"], numbers["change_sd"]
        row[f"median: {arm}"] = float(np.nanmedian(change[data.arm == a]))
        for k, rule in enumerate(design.responders):
            responders, people = found["responders"][k, a]
            row[f"{rule.name}: {arm}"] = 100 * responders / people
    for k, (i, j) in enumerate(design.primary):
        pair = f"{design.names[i]} against {design.names[j]}"
        test = dict(zip(OF_TEST, found["methods"][out.method, k], strict=True))
        row[f"difference: {pair}"], row[f"p: {pair}"] = test["estimate"], test["p"]
        row[f"adjusted p: {pair}"] = float(found["adjusted"][k])
        two = [change[data.arm == a] for a in (i, j)]
        for r, rule in enumerate(design.responders):
            share = (100 * found["responders"][r, a, 0] / found["responders"][r, a, 1]
                     for a in (i, j))  # fmt: skip
            row[f"{rule.name}: {pair}"] = next(share) - next(share)
        row[f"Cliff's delta: {pair}"] = 2 * rank_sum(two[0], two[1]).superiority - 1
    if trial.layout == "split_scalp":
        row["correlation of the sides"] = float(found["correlation"][0])
    return row


# ---- what was published --------------------------------------------------------------------------


@dataclass(frozen=True)
class Published:
    """A published ``value`` of a ``quantity`` of a replayed trial, and where it was seen.

    ``use``: calibration values are judged, others shown. ``positive``: the value also has to lie
    outside the interval of no effect.
    """

    trial: str
    quantity: str
    value: float
    study: str
    results: tuple[str, ...]
    locator: str
    use: str
    positive: bool = False
    of: Literal["mean", "sd"] = "mean"


def published() -> list[Published]:
    """Every value of ``published.yaml``."""
    lines: list[dict[str, Any]] = read_yaml(HOME / "published.yaml")["values"]
    return [Published(**{**line, "results": tuple(line["results"])}) for line in lines]


def printed(study: str, results: tuple[str, ...], of: str = "mean") -> float:
    """The number of a study file: one result, a difference of two, or of two changes of two."""
    rows = {r.id: r for s in load_studies() if s.id == study for r in s.results}
    values = []
    for name in results:
        row = rows[name]
        given = (row.sd,) if of == "sd" else (row.mean, row.median, row.share)
        x = next(v for v in given if v is not None)
        values.append(x / (row.area_cm2 or 1.0))
    signs = {1: (1,), 2: (1, -1), 4: (1, -1, -1, 1)}[len(values)]
    return float(sum(sign * x for sign, x in zip(signs, values, strict=True)))


@dataclass(frozen=True)
class Line:
    """Quantiles over replicates, with the effect and without, beside a published value."""

    trial: str
    quantity: str
    effect: tuple[float, float, float]
    none: tuple[float, float, float]
    published: Published | None
    inside: bool | None
    outside_none: bool | None


ENDS = (0.5 - LEVEL / 2, 0.5, 0.5 + LEVEL / 2)


def three(values: Floats) -> tuple[float, float, float]:
    """5 %, 50 % and 95 % of the replicates that have the number."""
    low, middle, high = np.quantile(values[np.isfinite(values)], ENDS)
    return float(low), float(middle), float(high)


def line(trial: str, quantity: str, table: dict[str, Floats], value: Published | None) -> Line:
    """A quantity judged."""
    ours, none = (three(table[f"{name}, {quantity}"]) for name in (EFFECT, NONE))
    inside = outside = None
    if value is not None and value.use == "calibration":
        inside = ours[0] <= value.value <= ours[2]
        outside = None if not value.positive else not none[0] <= value.value <= none[2]
    return Line(trial, quantity, ours, none, value, inside, outside)


def tabled(rows: dict[int, Row]) -> dict[str, Floats]:
    """Columns over replicates."""
    names = next(iter(rows.values()))
    return {name: np.array([row[name] for _, row in sorted(rows.items())]) for name in names}


def lines(trial: str, rows: dict[int, Row]) -> Iterator[Line]:
    """Every quantity of a trial but p, beside what was published of it."""
    table = tabled(rows)
    values = {v.quantity: v for v in published() if v.trial == trial}
    names = [name.removeprefix(f"{EFFECT}, ") for name in table if name.startswith(EFFECT)]
    unknown = set(values) - set(names)
    assert not unknown, unknown
    for name in names:
        if not name.startswith(("p: ", "adjusted p: ")):
            yield line(trial, name, table, values.get(name))


def significant(rows: dict[int, Row], alpha: float = 0.05) -> Iterator[tuple[str, float, float]]:
    """Share of replicates with an adjusted p below alpha, by pair: with the effect and without."""
    table = tabled(rows)
    for name in table:
        if name.startswith(f"{EFFECT}, adjusted p: "):
            pair = name.removeprefix(f"{EFFECT}, adjusted p: ")
            none = table[f"{NONE}, adjusted p: {pair}"]
            yield pair, float((table[name] < alpha).mean()), float((none < alpha).mean())


# ---- running -------------------------------------------------------------------------------------


def path_of(trial: str) -> Path:
    """Where the replicates of a trial are committed."""
    return KEPT / f"{trial}.csv"


def quantiles(every: list[Line]) -> None:
    """Write the quantiles of all trials."""
    text = ["trial,quantity,seed,replicates,effect_5,effect_50,effect_95,none_5,none_50,none_95"]
    for found in every:
        numbers = ",".join(f"{x:.6g}" for x in (*found.effect, *found.none))
        text.append(f'{found.trial},"{found.quantity}",{SEED},{REPLICATES},{numbers}')
    (HOME / "quantiles.csv").write_text("\n".join(text) + "\n")


def show(found: Line) -> None:
    """Print a line."""
    low, middle, high = found.effect
    ours = f"{middle:.3g} ({low:.3g} to {high:.3g}), width {high - low:.3g}"
    none = f"{found.none[1]:.3g} ({found.none[0]:.3g} to {found.none[2]:.3g})"
    value, marks = found.published, []
    if found.inside is not None:
        marks.append("inside" if found.inside else "MISSED")
    if found.outside_none is not None:
        marks.append("no effect excluded" if found.outside_none else "NO EFFECT NOT EXCLUDED")
    theirs = "" if value is None else f"{value.value:.4g} [{value.use}]"
    print(f"  {found.quantity:52s} {ours:42s} {none:30s} {theirs:22s} {', '.join(marks)}")


def recomputed(trial: str, n: int, seed: int | None = None) -> list[str]:
    """What of ``n`` committed replicates, drawn by chance, is not met again."""
    kept = read(path_of(trial))
    own, some = slices(list(kept), n, seed)
    return [f"{trial}, replicate {r} (slice of seed {own}): {wrong}"
            for r in some
            for wrong in differences(kept[r], replicate(trial, r), DIGITS)]  # fmt: skip


def main() -> int:
    """Replay, or recompute a slice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="recompute a slice: half a minute")
    parser.add_argument("--only", choices=TRIALS, help="one trial")
    parser.add_argument("--show", action="store_true", help="show what is committed")
    parser.add_argument("--replicates", type=int, default=REPLICATES)
    parser.add_argument("--workers", type=int, default=2, help="processes (2)")
    options = parser.parse_args()
    failed, every = 0, list[Line]()
    for trial in [options.only] if options.only else TRIALS:
        if options.quick:
            wrong = recomputed(trial, 1)
            print(f"{trial}: {'; '.join(wrong) or 'met again'}", flush=True)
            failed += bool(wrong)
            continue
        if not options.show:
            rows = worked(partial(replicate, trial), range(options.replicates), options.workers)
            write(path_of(trial), rows)
        kept = read(path_of(trial))
        print(f"\n{trial}: {len(kept)} replicates; median (90 % interval) | no effect | published")
        found = list(lines(trial, kept))
        for one in found:
            show(one)
        for pair, effect, none in significant(kept):
            print(f"  share with p < 0.05: {pair}: {effect:.3f}; without effect {none:.3f}")
        every += found
        failed += sum(one.outside_none is False for one in found)
    if not options.quick and not options.only:
        quantiles(every)
        judged = [one for one in every if one.inside is not None]
        missed = [f"{one.trial}: {one.quantity}" for one in judged if not one.inside]
        print(f"\n{len(judged)} published values judged, {len(missed)} missed: {missed}")
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
