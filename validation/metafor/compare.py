"""Compare the statistics of the evidence layer with metafor: python compare.py [numbers.csv].

Runs compare.R when Rscript and metafor are there, or reads numbers that it wrote before. Prints
the largest difference of every kind of statistic; exit code 1 if one exceeds its tolerance.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))

from reference_data import bcg, column, events, groups, minoxidil_arms, rows, stacked  # noqa: E402
from test_effect_size import MORRIS  # noqa: E402

from anagen.evidence import effect_size as es  # noqa: E402
from anagen.evidence import meta_analysis as ma  # noqa: E402
from anagen.evidence import small_study as ss  # noqa: E402
from anagen.evidence.heterogeneity import TAU2_METHODS, profile_likelihood, q_profile  # noqa: E402
from anagen.evidence.meta_regression import meta_regression  # noqa: E402
from anagen.evidence.sparse import FourFold, mantel_haenszel, peto  # noqa: E402

Row = tuple[str, list[float | None]]
FLOOR = 1e-3  # smaller values are compared by their absolute difference over this
TOLERANCE = 1e-6
CANNOT = "metafor comparison skipped: "
ARMS = ("events_active", "n_active", "events_control", "n_control")
MEASURES = {"RR": "log_risk_ratio", "OR": "log_odds_ratio", "RD": "risk_difference"}


def data_sets() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Our own effects, from the data of the tests."""

    def of(law, pairs):
        return stacked([law(*pair) for pair in pairs])

    stay = groups("normand1999")
    expectancy = [np.array(column("raudenbush1985", f)) for f in ("estimate", "variance")]
    paired = {
        "mc": es.mean_change,
        "smcr": es.standardised_mean_change_raw,
        "smcc": es.standardised_mean_change_change,
        "romc": es.log_ratio_of_means_change,
    }
    pooled = stacked([es.mean_difference(*pair, variances="pooled") for pair in stay])
    return {
        "bcg_rr": bcg(),
        "bcg_or": of(es.log_odds_ratio, events("bcg")),
        "bcg_rd": of(es.risk_difference, events("bcg")),
        "linde_rr": of(es.log_risk_ratio, events("linde2005")),
        "linde_or": of(es.log_odds_ratio, events("linde2005")),
        "hine_rd": of(es.risk_difference, events("hine1989")),
        "stay_md": of(es.mean_difference, stay),
        "stay_md_pooled": pooled,
        "stay_g": of(es.hedges_g, stay),
        "raudenbush": (expectancy[0], expectancy[1]),
        "hair": of(es.mean_difference, minoxidil_arms()),
        **{
            f"morris_{name}": stacked([law(pair) for pair in MORRIS])
            for name, law in paired.items()
        },
    }


def pooled_rows(name: str, y: np.ndarray, v: np.ndarray) -> Iterator[Row]:
    for method in ["EE", *TAU2_METHODS]:
        for test in ma.TESTS:
            key = f"{name}/{method}/{test}"
            p = ma.pool(y, v, method, test)
            yield f"{key}/pooled", [p.estimate, p.se, p.statistic, *p.interval]
            if test == "z":
                yield f"{key}/spread", [p.tau2, p.i2 / 100.0, p.h2, p.q]
            if method == "EE":
                continue
            if test == "z":
                yield f"{key}/tau2_se", [p.tau2_se]
            yield f"{key}/prediction", [*p.prediction_interval]
            shrunken = ma.blups(y, v, tau2_method=method, test=test)
            parts = zip(*((b.estimate, b.se, *b.interval) for b in shrunken), strict=True)
            yield f"{key}/blups", [value for part in parts for value in part]


def study_rows(name: str, y: np.ndarray, v: np.ndarray) -> Iterator[Row]:
    yield f"{name}/effects", [*y, *v]
    yield from pooled_rows(name, y, v)
    for method in ("ML", "REML", "EB", "PM"):
        yield f"stop/{name}/{method}", [ma.pool(y, v, method).tau2]
    ci = q_profile(y, v)
    yield f"{name}/q_profile", [*ci.tau2, *ci.tau, *ci.i2, *ci.h2]
    yield f"{name}/leave_one_out", [p.estimate for p in ma.leave_one_out(y, v)]
    for law, key in ((ss.egger, "egger"), (ss.egger_mixed, "egger_mixed")):
        found = law(y, v)
        yield f"{name}/{key}", [found.statistic, found.p, found.limit]
    rank = ss.rank_test(y, v)
    yield f"{name}/rank", [rank.measure, rank.p]
    for estimator in ss.FILL_ESTIMATORS:
        for side in ("left", "right"):
            f = ss.trim_and_fill(y, v, estimator, side, tau2_method="DL", test="z")
            values = [f.missing, f.missing_se, f.pooled.estimate, f.pooled.se]
            yield f"{name}/trim/{estimator}/{side}", values


def regression_rows() -> Iterator[Row]:
    year = {"ablat": column("bcg", "ablat"), "year": column("bcg", "year")}
    for method in ["EE", *TAU2_METHODS]:
        for test in ma.TESTS:
            for key, moderators in (("ablat", {"ablat": year["ablat"]}), ("ablat+year", year)):
                r = meta_regression(*bcg(), moderators, tau2_method=method, test=test)
                c = r.coefficients
                values = [x.estimate for x in c] + [x.se for x in c]
                values += [x.interval[0] for x in c] + [x.interval[1] for x in c]
                values += [r.tau2, r.qm, r.qm_p, r.qe]
                values += [] if method == "EE" else [r.i2, r.r2]
                yield f"regression/{key}/{method}/{test}", values


def other_rows() -> Iterator[Row]:
    found = ma.subgroups(*bcg(), [row["allocation"] for row in rows("bcg")], test="z")
    for name, group in found.groups.items():
        yield f"subgroup/{name}", [group.estimate, group.se, group.tau2]
    yield "subgroup/between", [found.q_between, found.p]
    for name in ("bcg", "linde2005", "hine1989"):
        table = FourFold(*(column(name, field) for field in ARMS))
        for short, measure in MEASURES.items():
            m = mantel_haenszel(table, measure)
            yield f"mh/{name}/{short}", [m.estimate, m.se, *m.interval]
        p = peto(table)
        yield f"peto/{name}", [p.estimate, p.se, *p.interval, p.q]
    ours = [es.log_odds_ratio(*pair) for pair in events("bcg")]
    yield "profile/bcg_or", [*profile_likelihood(*stacked(ours))]


def all_rows() -> Iterator[Row]:
    for name, (y, v) in data_sets().items():
        yield from study_rows(name, y, v)
    yield from regression_rows()
    yield from other_rows()


def run_metafor(folder: Path) -> Path:
    """Run compare.R; leave with one sentence and exit code 0 where that cannot be."""
    program, target = shutil.which("Rscript"), folder / "numbers.csv"
    if program is None:
        raise SystemExit(print(CANNOT + "no Rscript on this machine"))
    probe = [program, "-e", "quit(status = !requireNamespace('metafor', quietly = TRUE))"]
    if subprocess.run(probe, check=False, capture_output=True).returncode:
        raise SystemExit(print(CANNOT + "R has no package metafor"))
    subprocess.run([program, str(HERE / "compare.R"), str(target)], check=True)
    return target


def read_numbers(path: Path) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    with path.open(newline="") as file:
        for key, value in csv.reader(file):
            found[key.rpartition(":")[0]].append(float("nan") if value == "NA" else float(value))
    return found


def kind_of(key: str) -> str:
    parts = key.split("/")
    if parts[0] in ("stop", "regression", "subgroup", "mh", "peto", "profile"):
        return parts[0]
    return "trim and fill" if "trim" in parts else parts[-1]


def difference(ours: float, theirs: float) -> float:
    """Relative to their value, or to FLOOR where that is smaller."""
    return abs(ours - theirs) / max(FLOOR, abs(theirs))


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else run_metafor(Path(folder))
        theirs = read_numbers(path)
    version = ".".join(f"{part:g}" for part in theirs.pop("version"))
    worst: dict[str, tuple[float, str]] = {}
    counts: dict[str, int] = defaultdict(int)
    for key, values in all_rows():
        reference = theirs.pop(key)
        kind = kind_of(key)
        for own, other in zip(values, reference, strict=True):
            if own is None or np.isnan(other):  # withheld by us for so few studies, or by metafor
                continue
            counts[kind] += 1
            worst[kind] = max(worst.get(kind, (0.0, "")), (difference(float(own), other), key))
    print(f"metafor {version}; difference relative to max({FLOOR}, |value|)")
    failed = bool(theirs)
    for kind, (size, key) in sorted(worst.items()):
        judged = kind != "stop"  # metafor as it is: shows what its stopping rule costs
        failed |= judged and not size <= TOLERANCE
        mark = "  (not judged)" if not judged else "" if size <= TOLERANCE else "  ABOVE TOLERANCE"
        print(f"{kind:14s} {counts[kind]:5d} numbers, largest {size:.1e}  in {key}{mark}")
    if theirs:
        print("not compared:", *theirs)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
