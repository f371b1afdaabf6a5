"""Time and memory of `anagen answer`, as ratios to a peer measured in the same run.

Run `python benchmarks/answer.py [--runs 5]`. The peer is the bare import of the statistics
libraries that the product could have used instead (statsmodels and PyMARE).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

COMMANDS = {
    "import of statsmodels and PyMARE": ["-c", "import pymare, statsmodels.stats.meta_analysis"],
    "import anagen": ["-c", "import anagen"],
    "anagen answer, first run": ["-c", "from anagen.cli import main; main()", "answer", "--out"],
    "anagen answer, later run": ["-c", "from anagen.cli import main; main()", "answer", "--out"],
}


def once(arguments, cache):
    """Wall seconds and peak memory (MiB) of one process."""
    with tempfile.TemporaryDirectory() as out:
        tail = [out] if arguments[-1] == "--out" else []
        environment = {**os.environ, "XDG_CACHE_HOME": cache}
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, *arguments, *tail], env=environment,
                                   stdout=subprocess.DEVNULL)  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"{arguments} failed")
    return seconds, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    found = {name: [] for name in COMMANDS}
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as cache:
            for name, arguments in COMMANDS.items():
                found[name].append(once(arguments, cache))
    peer = statistics.median(s for s, _ in found["import of statsmodels and PyMARE"])
    print(f"{'command':36} {'s (median of ' + str(runs) + ')':>18} {'x peer':>8} {'MiB':>6}")
    for name, rows in found.items():
        seconds = statistics.median(s for s, _ in rows)
        memory = max(m for _, m in rows)
        print(f"{name:36} {seconds:18.2f} {seconds / peer:8.2f} {memory:6.0f}")


if __name__ == "__main__":
    main()
