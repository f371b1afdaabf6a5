"""Time the MMRM of 400 people x 5 visits beside nlme::gls: benchmarks/mmrm.py [--repeats 50].

Unstructured covariance, restricted likelihood, arm x visit + baseline x visit + stratum, a tenth of
the people drops out. Without Rscript and nlme the peer is not measured. statsmodels is no peer: its
MixedLM has random effects only, no unstructured covariance of residuals and no Satterthwaite df.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from anagen.trial.statistics.mmrm import analyse_mmrm, fit_mmrm, trial_design_matrix

PEOPLE, VISITS, DROPOUT, SEED = 400, 5, 0.1, 20
PEER_REPEATS = 5


def made_up_trial(intermittent=0.0):
    """Change (people, visits) with dropout, baseline, arm and stratum."""
    rng = np.random.default_rng(SEED)
    lags = np.abs(np.subtract.outer(range(VISITS), range(VISITS)))
    arm, baseline = np.arange(PEOPLE) % 2, rng.normal(180, 30, PEOPLE)
    y = rng.multivariate_normal(np.zeros(VISITS), 200 + 200 * 0.7**lags, PEOPLE)
    y += 5.0 * arm[:, None] + 0.1 * baseline[:, None]
    gone = np.where(rng.random(PEOPLE) < DROPOUT, rng.integers(1, VISITS, PEOPLE), VISITS)
    y[np.arange(VISITS) >= gone[:, None]] = np.nan
    y[rng.random(y.shape) < intermittent] = np.nan
    return y, baseline, arm, rng.integers(0, 2, PEOPLE)


def seconds(task, repeats):
    """Wall seconds of every repeat, after one that is not counted."""
    task()
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        task()
        found.append(time.perf_counter() - start)
    return found


def peer(trial, repeats):
    """Seconds of nlme::gls and its -2 log likelihood; a sentence where it is not there."""
    y, baseline, arm, stratum = trial
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.csv"
        with path.open("w", newline="") as file:
            out = csv.writer(file)
            out.writerow(("person", "visit", "y", "baseline", "arm", "stratum"))
            for i, t in np.argwhere(~np.isnan(y)):
                out.writerow((i, t + 1, y[i, t], baseline[i], arm[i], stratum[i]))
        script = str(Path(__file__).with_suffix(".R"))
        if shutil.which("Rscript") is None:
            return "not measured: Rscript is not there"
        done = subprocess.run(["Rscript", script, str(path), str(repeats)], capture_output=True,
                              text=True, check=False)  # fmt: skip
    if done.returncode:
        return f"not measured: {done.stderr.strip().splitlines()[-1]}"
    times, value = done.stdout.strip().splitlines()
    return [float(t) for t in times.split()], float(value)


def line(name, times):
    low, middle, high = (1e3 * f(times) for f in (min, statistics.median, max))
    print(f"{name:58} {middle:9.2f} ms ({low:.2f}-{high:.2f})")
    return middle


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=50)
    repeats = parser.parse_args().repeats
    for name, trial in (("dropout", made_up_trial()), ("10 % of visits too", made_up_trial(0.1))):
        y, baseline, arm, stratum = trial
        x, _ = trial_design_matrix(~np.isnan(y), arm, 2, baseline, stratum)
        print(f"{PEOPLE} people x {VISITS} visits, {x.shape[2]} coefficients, missing: {name}")
        for method in ("satterthwaite", "kenward_roger"):
            times = seconds(
                lambda trial=trial, method=method: analyse_mmrm(
                    trial[0], trial[1], trial[2], 2, trial[3], method=method
                ).difference(1, 0, VISITS - 1),
                repeats,
            )
            line(f"  design, fit, 10 means and a difference, {method}", times)
        ours = line("  fit alone", seconds(lambda y=y, x=x: fit_mmrm(y, x), repeats))
        found = peer(trial, PEER_REPEATS)
        if isinstance(found, str):
            print(f"  nlme::gls {found}")
            continue
        theirs = line("  nlme::gls, the same fit (no degrees of freedom)", found[0])
        gain = found[1] - fit_mmrm(y, x).minus_two_loglik
        print(f"  ratio {theirs / ours:.0f}; nlme ends {gain:.1e} above us in -2 log likelihood")


if __name__ == "__main__":
    main()
