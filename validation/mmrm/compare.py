"""Compare the MMRM with nlme, lmerTest and pbkrtest on twelve made-up trials: python compare.py.

Prints the largest difference of every statistic; exit code 1 if one exceeds its tolerance. Without
Rscript and the packages it says so and ends with 0.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np

from anagen.trial.statistics.covariance import STRUCTURES
from anagen.trial.statistics.mmrm import contrast, fit_mmrm, trial_design_matrix

SETS, SEED = 12, 2
# Standard errors and df as shares of the value, estimates as shares of the standard error. The
# R programs stop a little below the top, and lmerTest differentiates numerically.
TOLERANCES = {
    "minus two log likelihood": 1e-6, "estimate": 1e-4, "standard error": 1e-4,
    "Satterthwaite df": 1e-5, "Kenward-Roger se": 1e-5, "Kenward-Roger df": 1e-5,
}  # fmt: skip


def made_up(index):
    """Values (n, 4) with dropout and holes, baseline, arm and stratum; sizes and laws vary."""
    rng = np.random.default_rng((SEED, index))
    n, v = int(rng.integers(30, 150)), 4
    root = rng.normal(size=(v, v))
    sigma = 60 * root @ root.T / v + 80 * np.eye(v) + 60
    baseline, arm = rng.normal(180, 30, n), rng.integers(0, 2, n)
    y = rng.multivariate_normal(np.zeros(v), sigma, n) + 4 * arm[:, None] + 0.2 * baseline[:, None]
    y[np.arange(v) >= rng.geometric(0.07, n)[:, None]] = np.nan
    y[rng.random((n, v)) < 0.05] = np.nan
    return y, baseline, arm, rng.integers(0, 2, n)


def written(trial, path):
    y, baseline, arm, stratum = trial
    centred = baseline - baseline[~np.isnan(y).all(axis=1)].mean()
    share = stratum - stratum[~np.isnan(y).all(axis=1)].mean()
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(("person", "visit", "y", "b", "arm", "stratum", "s"))
        for i, t in np.argwhere(~np.isnan(y)):
            out.writerow((i, t + 1, y[i, t], centred[i], arm[i], stratum[i], share[i]))


def ours(trial):
    """The statistics of one trial by (program, structure, statistic), in the order of R's terms."""
    y, baseline, arm, stratum = trial
    x, layout = trial_design_matrix(~np.isnan(y), arm, 2, baseline, stratum)
    found = {}
    for structure in STRUCTURES:
        fit = fit_mmrm(y, x, structure)
        if not fit.converged:
            continue
        each = [contrast(fit, c) for c in terms(layout, x.shape[-1])]
        found["nlme", structure, "minus two log likelihood"] = [fit.minus_two_loglik]
        found["nlme", structure, "estimate"] = [e.estimate for e in each]
        found["nlme", structure, "standard error"] = [e.se for e in each]
    adjusted = [contrast(fit, c, "kenward_roger_expected") for c in terms(layout, x.shape[-1])]
    found["lmerTest", structure, "Satterthwaite df"] = [e.df for e in each]
    found["pbkrtest", structure, "Kenward-Roger se"] = [e.se for e in adjusted]
    found["pbkrtest", structure, "Kenward-Roger df"] = [e.df for e in adjusted]
    return found


def terms(layout, p):
    """Contrasts in the order of R: stratum, arms within visits, baseline by visit."""
    one = np.eye(p)
    cells = [layout.mean(a, t) for t in range(4) for a in (0, 1)]
    return [one[12], *cells, *one[8:12]]


def theirs(trials):
    """What R finds, by (set, program, structure, statistic); exits where R is not there."""
    if shutil.which("Rscript") is None:
        sys.exit(print("MMRM comparison skipped: Rscript is not there"))
    found = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for index, trial in enumerate(trials):
            written(trial, Path(folder) / f"set_{index:02}.csv")
        script = str(Path(__file__).with_suffix(".R"))
        done = subprocess.run(["Rscript", script, folder], capture_output=True, text=True,
                              check=False)  # fmt: skip
        if done.returncode:
            sys.exit(print(f"MMRM comparison skipped: {done.stderr.strip().splitlines()[-1]}"))
        with (Path(folder) / "numbers.csv").open() as file:
            for row in csv.DictReader(file):
                key = (int(row["set"][4:]), row["program"], row["structure"], row["statistic"])
                found[key].append(float(row["value"]))
    return found


def main():
    trials = [made_up(index) for index in range(SETS)]
    reference, worst, count = theirs(trials), defaultdict(float), defaultdict(int)
    for index, trial in enumerate(trials):
        for key, values in ours(trial).items():
            if (index, *key) not in reference:
                continue
            expected = np.array(reference[index, *key])
            scale = np.abs(expected) if key[2] != "minus two log likelihood" else 1.0
            if key[2] == "estimate":
                scale = np.array(reference[index, key[0], key[1], "standard error"])
            gap = np.abs(np.array(values) - expected) / scale
            worst[key] = max(worst[key], float(gap.max()))
            count[key] += expected.size
    print(
        f"{'program':9} {'structure':18} {'statistic':25} {'numbers':>7} {'largest difference':>19}"
    )
    for key, gap in worst.items():
        print(f"{key[0]:9} {key[1]:18} {key[2]:25} {count[key]:7} {gap:19.1e}")
    sys.exit(any(gap > TOLERANCES[key[2]] for key, gap in worst.items()))


if __name__ == "__main__":
    main()
