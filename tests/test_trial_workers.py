"""Replicates on processes, and on a real Dask cluster of this machine: the bytes of one process.

14 replicates of two arms of 10 men, 30 follicles each; workers are killed in mid-run.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import active_children, parent_process
from pathlib import Path
from typing import Any

import dask
import numpy as np
import psutil
import pytest
from distributed import LocalCluster

from anagen.errors import InputError
from anagen.trial import workers
from anagen.trial.design import design_of
from anagen.trial.run import Plan, Runner, here, run
from anagen.trial.store import RECORDS
from anagen.trial.workers import AHEAD, ONE_THREAD, batches, processes, scheduler

REPLICATES = 14
LOTION = {"therapy": "minoxidil", "route": "topical", "strength_percent": 5, "per_day": 2}


DESIGN = design_of({
    "trial": {"name": "tiny", "visits_weeks": [0, 24], "dropout": 0.1},
    "population": {"diagnosis": "androgenetic_alopecia", "sex": "male", "age": [18, 49]},
    "arm": [{"name": "minoxidil", "n": 10, "courses": [LOTION]}, {"name": "none", "n": 10}],
})  # fmt: skip
PLAN = Plan(DESIGN, "central", seed=20, follicles=30)
FAULTY = Plan(DESIGN, "central", seed=20, hypothesis="sudden", follicles=30)


class Deadly(Plan):
    """A plan whose replicates end the process that runs them, unless it is this one."""

    def draw(self, replicate: int) -> int | None:
        if parent_process() is not None:
            os._exit(9)
        return super().draw(replicate)


def kept(folder: Path, runner: Runner) -> bytes:
    run(PLAN, REPLICATES, folder, runner=runner)
    return (folder / RECORDS).read_bytes()


def disturbed(runner: Runner, disturb: Callable[[], None]) -> Runner:
    """The ``runner``, disturbed when its first row has come."""

    def changed(plan: Plan, replicates: Sequence[int]) -> Iterator[tuple[int, np.ndarray]]:
        rows = runner(plan, replicates)
        yield next(rows)
        disturb()
        yield from rows

    return changed


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What a single process keeps."""
    return kept(tmp_path_factory.mktemp("alone"), here)


@pytest.fixture(autouse=True)
def single_replicates(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task for each replicate, so that many are left when a worker is lost."""
    monkeypatch.setattr(workers, "BATCH", 1)


@pytest.mark.parametrize("scenario", ["central", "drawn"])
@pytest.mark.parametrize(("replicates", "count"), [(3, 2), (1000, 2), (1001, 7), (12, 100)])
def test_tasks_hold_every_replicate_once(
    monkeypatch: pytest.MonkeyPatch, scenario: Any, replicates: int, count: int
) -> None:
    monkeypatch.setattr(workers, "BATCH", 5)
    plan = Plan(DESIGN, scenario)
    tasks = batches(plan, range(replicates), count)
    assert sorted(r for task in tasks for r in task) == list(range(replicates))
    assert len(tasks) >= min(count, replicates)
    assert max(map(len, tasks)) <= 5
    if replicates == 1000:  # 200 parameter sets, 5 replicates of each: one set for each task
        assert all(len({plan.draw(r) for r in task}) == 1 for task in tasks)


# ---- processes -----------------------------------------------------------------------------------


def test_a_process_keeps_the_same_bytes_on_one_thread(tmp_path: Path, alone: bytes) -> None:
    before, seen = dict(os.environ), []

    def look() -> None:
        seen.extend(psutil.Process(p.pid).environ() for p in active_children())

    assert kept(tmp_path, disturbed(processes(1), look)) == alone
    assert [own[name] for own in seen for name in ONE_THREAD] == ["1"] * len(ONE_THREAD)
    assert dict(os.environ) == before
    assert not active_children()


def test_a_killed_process_changes_no_byte(tmp_path: Path, alone: bytes) -> None:
    def kill() -> None:
        os.kill(active_children()[0].pid, signal.SIGKILL)

    assert kept(tmp_path, disturbed(processes(2), kill)) == alone


def test_processes_that_always_end_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "TRIES", 2)
    deadly = Deadly(DESIGN, "central")
    with pytest.raises(InputError, match=r"--workers: processes were ended 2 times .* is kept"):
        list(processes(1)(deadly, range(3)))
    assert not active_children()


def test_bad_input_reads_alike_from_a_process() -> None:
    with pytest.raises(InputError) as expected:
        list(here(FAULTY, [0]))
    with pytest.raises(InputError) as error:
        list(processes(1)(FAULTY, range(4)))
    assert str(error.value) == str(expected.value)
    assert error.value.field == expected.value.field


def test_nobody_wants_the_rest_and_the_processes_end() -> None:
    rows = processes(1)(PLAN, range(10_000))
    next(rows)
    start = time.monotonic()
    rows.close()
    assert time.monotonic() - start < 5
    assert not active_children()


INTERRUPTED = """
import pickle
from pathlib import Path
from anagen.trial.run import run
from anagen.trial.workers import processes
if __name__ == "__main__":
    plan, told = pickle.loads(Path("plan").read_bytes()), lambda: print("row", flush=True)
    run(plan, 10_000, Path("kept"), runner=processes(1), told=told)
"""


def test_ctrl_c_ends_the_processes_and_what_is_finished_is_kept(
    tmp_path: Path, alone: bytes
) -> None:
    (tmp_path / "script.py").write_text(INTERRUPTED)
    (tmp_path / "plan").write_bytes(pickle.dumps(PLAN))
    started = subprocess.Popen(
        [sys.executable, "script.py"], cwd=tmp_path, start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with started:
        assert started.stdout is not None
        assert started.stdout.readline() == "row\n"
        children = psutil.Process(started.pid).children(recursive=True)
        os.killpg(started.pid, signal.SIGINT)
        _, err = started.communicate(timeout=10)
    assert err.count("Traceback") == 1
    assert err.rstrip().endswith("KeyboardInterrupt")
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]
    resumed = run(PLAN, REPLICATES, tmp_path / "kept")
    assert (resumed.folder / RECORDS).read_bytes()[: len(alone)] == alone


# ---- a cluster -----------------------------------------------------------------------------------


def a_cluster(count: int) -> LocalCluster:
    # the scheduler gives a task up at the first worker lost: it must be begun anew from outside
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        return LocalCluster(
            n_workers=count, threads_per_worker=1, processes=True, dashboard_address=":0",
            silence_logs=True,
        )  # fmt: skip


def killing(cluster: LocalCluster) -> Callable[[], None]:
    """Kills a worker of the ``cluster`` when called."""
    return lambda: os.kill(next(iter(cluster.workers.values())).process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with a_cluster(2) as two:
        yield two


def test_a_cluster_keeps_the_bytes_of_one_process_with_few_tasks_in_flight(
    tmp_path: Path, alone: bytes, cluster: LocalCluster
) -> None:
    inner, flights = scheduler(cluster.scheduler_address), []

    def watched(plan: Plan, replicates: Sequence[int]) -> Iterator[tuple[int, np.ndarray]]:
        for found in inner(plan, replicates):
            flights.append(len(cluster.scheduler.tasks))
            yield found

    assert kept(tmp_path, watched) == alone
    assert 1 <= max(flights) <= 2 * AHEAD + 2  # and what the workers have just handed over


def test_a_killed_worker_of_a_cluster_changes_no_byte(
    tmp_path: Path, alone: bytes, cluster: LocalCluster
) -> None:
    assert (
        kept(tmp_path, disturbed(scheduler(cluster.scheduler_address), killing(cluster))) == alone
    )


def test_a_task_that_loses_every_worker_is_given_up(
    monkeypatch: pytest.MonkeyPatch, cluster: LocalCluster
) -> None:
    monkeypatch.setattr(workers, "TRIES", 1)
    deadly = Deadly(DESIGN, "central")
    with pytest.raises(InputError, match="every worker that runs replicates 7 to 7 is lost"):
        list(scheduler(cluster.scheduler_address)(deadly, [7]))


def test_bad_input_reads_alike_from_a_cluster(cluster: LocalCluster) -> None:
    with pytest.raises(InputError) as expected:
        list(here(FAULTY, [0]))
    with pytest.raises(InputError) as error:
        list(scheduler(cluster.scheduler_address)(FAULTY, range(4)))
    assert str(error.value) == str(expected.value)


def test_workers_of_another_version_are_refused(
    monkeypatch: pytest.MonkeyPatch, cluster: LocalCluster
) -> None:
    own = workers.software()
    monkeypatch.setattr(workers, "software", lambda: own | {"numpy": "1.0", "code": "f" * 12})
    other = rf"numpy {own['numpy']} instead of 1.0, code {own['code']} instead of ffffffffffff"
    with pytest.raises(InputError, match=f"--scheduler: a worker has {other}; install the same"):
        list(scheduler(cluster.scheduler_address)(PLAN, range(4)))


def test_a_cluster_that_loses_all_workers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "IDLE", 1)
    with a_cluster(1) as cluster:

        def lose() -> None:
            monkeypatch.setattr(workers, "WAIT", 0.5)
            cluster.scale(0)

        rows = disturbed(scheduler(cluster.scheduler_address), lose)
        with pytest.raises(InputError, match=r"all of its workers are lost; logs say why"):
            list(rows(PLAN, range(200)))


def test_a_scheduler_without_workers_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "WAIT", 0.5)
    with a_cluster(0) as cluster, pytest.raises(InputError, match="has no workers; begin them"):
        list(scheduler(cluster.scheduler_address)(PLAN, range(4)))


def test_a_lost_scheduler_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "WAIT", 2.0)
    cluster = a_cluster(1)
    rows = disturbed(scheduler(cluster.scheduler_address), cluster.close)
    with pytest.raises(InputError, match=r"--scheduler: the scheduler at .* what is finished is"):
        list(rows(PLAN, range(200)))


@pytest.mark.parametrize(
    ("address", "why"),
    [("127.0.0.1:9", "refused"), ("tcp://127.0.0.1", "port"), ("", ""), ("a://b:1", "address")],
)
def test_a_scheduler_that_cannot_be_reached_is_one_sentence(address: str, why: str) -> None:
    start = time.monotonic()
    with pytest.raises(InputError, match=f"no scheduler answers at '{address}' .*{why}") as error:
        list(scheduler(address)(PLAN, range(4)))
    assert "\n" not in str(error.value)
    assert time.monotonic() - start < workers.WAIT
