"""Replicates on several processes of this machine, or on the workers of a Dask cluster.

A replicate is a function of its number alone, so that it does not matter who runs it, in which
order, or how often: the same bytes come back.
"""

from __future__ import annotations

import hashlib
import os
import signal
import socket
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from anagen.errors import InputError
from anagen.files import data_hash
from anagen.trial.data import Floats
from anagen.trial.run import Plan, Runner, in_turn, rows_of

BATCH = 5
"""Replicates of one task: fewer than a worker's loss could matter, more than its sending costs."""
AHEAD = 4
"""Tasks in flight for every worker, so that memory does not grow with the replicates."""
TRIES = 3
"""How often what a lost worker was at is begun anew, before it is taken to be the cause."""
WAIT = 10.0
"""Seconds until a scheduler that does not answer is given up."""
IDLE = 6
"""How often in turn so long is waited for a cluster that has lost all of its workers."""
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
"""A worker has one processor: linear algebra on more threads would take those of the others."""
PACKAGES = ("anagen", "numpy", "scipy", "statsmodels", "numba")
"""Of one version everywhere, so that the bytes are the same."""
HASH = 12
KEPT = "what is finished is kept: run the same again"

Rows = list[tuple[int, Floats]]


def batches(plan: Plan, replicates: Sequence[int], workers: int) -> list[list[int]]:
    """Replicates by task; those of one parameter set stay together, as far as workers allow."""
    order = in_turn(plan, replicates)
    size = max(1, min(BATCH, len(order) // max(workers, 1)))
    return [order[i : i + size] for i in range(0, len(order), size)]


# ---- processes of this machine -------------------------------------------------------------------


def processes(workers: int) -> Runner:
    """A runner on ``workers`` processes of this machine.

    Where one is lost, all are begun anew and run what was not finished. Raises InputError where
    that happens `TRIES` times in turn and nothing gets finished.
    """

    def runner(plan: Plan, replicates: Sequence[int]) -> Iterator[tuple[int, Floats]]:
        todo, vain = deque(batches(plan, replicates, workers)), 0
        while todo:
            before = len(todo)
            yield from _pool(plan, todo, workers)
            vain = vain + 1 if len(todo) == before else 0
            if vain == TRIES:
                problem = f"processes were ended {TRIES} times in turn, as when memory is short"
                raise InputError(f"{problem}; {KEPT} with fewer workers", field="--workers")

    return runner


def _pool(plan: Plan, todo: deque[list[int]], workers: int) -> Iterator[tuple[int, Floats]]:
    """Rows of the tasks to do, as they come; those unfinished when a process is lost stay there."""
    from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import active_children, get_context

    others = set(active_children())
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _quiet)
    running: dict[Future[Rows], list[int]] = {}
    try:
        while todo or running:
            with _one_thread():  # a process reads this when it begins, at one of the first tasks
                while todo and len(running) < AHEAD * workers:
                    running[pool.submit(rows_of, plan, todo[0])] = todo[0]
                    todo.popleft()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                rows = future.result()
                del running[future]
                yield from rows
    except BrokenProcessPool:
        todo.extendleft(running.values())
    except BaseException:  # Ctrl-C, an error, or nobody wants the rest: nothing is waited for
        for process in set(active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _quiet() -> None:
    """Ctrl-C is for the process that began this one, which ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _one_thread() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


# ---- a cluster -----------------------------------------------------------------------------------


def scheduler(address: str) -> Runner:
    """A runner on the Dask cluster whose scheduler listens at ``address``.

    What a lost worker was at is run by another. Raises InputError where the scheduler does not
    answer, is lost or has no workers, where a worker has other versions, and without the extra.
    """
    with _client(address):  # whoever cannot be reached is told before anything is begun
        pass

    def runner(plan: Plan, replicates: Sequence[int]) -> Iterator[tuple[int, Floats]]:
        with _client(address) as client:
            yield from _over(client, address, plan, replicates)

    return runner


def _distributed() -> Any:
    try:
        return import_module("distributed")
    except ImportError:
        do = 'install it, as pip install "anagen[distributed]"'
        raise InputError(f"needs the extra 'distributed'; {do}", field="--scheduler") from None


@contextmanager
def _client(address: str) -> Iterator[Any]:
    """A connection to a scheduler that has workers."""
    distributed = _distributed()
    try:
        _knock(distributed, address)
        client = distributed.Client(address, timeout=WAIT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise _nobody(f"no scheduler answers at '{address}' ({error})") from None
    try:
        try:
            client.wait_for_workers(1, timeout=WAIT)
        except TimeoutError:
            raise _nobody(f"the scheduler at '{address}' has no workers") from None
        yield client
    finally:
        client.close()


def _knock(distributed: Any, address: str) -> None:
    """Raise OSError or ValueError where nothing is that speaks first, as a scheduler does.

    A client of Dask waits without end for a server of another kind, its own dashboard among them.
    """
    host_and_port = distributed.comm.get_address_host_port(address)
    with socket.create_connection(host_and_port, WAIT) as line:
        if not address.startswith("tls:"):
            line.recv(1)


def _nobody(problem: str) -> InputError:
    do = "begin them by `dask scheduler` and `dask worker ADDRESS`, as docs/scaling.md says"
    return InputError(f"{problem}; {do}", field="--scheduler")


def _over(
    client: Any, address: str, plan: Plan, replicates: Sequence[int]
) -> Iterator[tuple[int, Floats]]:
    """Rows as they come, with a bounded number of tasks in flight."""
    distributed = _distributed()
    todo = deque((task, 0) for task in batches(plan, replicates, len(client.nthreads())))
    running: dict[Any, tuple[list[int], int]] = {}
    while todo or running:
        try:
            ahead = AHEAD * max(1, sum(client.nthreads().values()))
            while todo and len(running) < ahead:
                task, tries = todo.popleft()
                future = client.submit(rows_alike, plan, task, software(), pure=False)
                running[future] = task, tries
            done = _finished(client, running)
        except (OSError, distributed.CancelledError):
            problem = f"the scheduler at '{address}' or all of its workers are lost; logs say why"
            raise InputError(f"{problem}; {KEPT}", field="--scheduler") from None
        for future in done:
            task, tries = running.pop(future)
            try:
                rows = future.result()
            except distributed.KilledWorker:
                if tries == TRIES:
                    problem = f"every worker that runs replicates {task[0]} to {task[-1]} is lost"
                    raise InputError(f"{problem}; their logs say why; {KEPT}",
                                     field="--scheduler") from None  # fmt: skip
                todo.append((task, tries + 1))
            except Exception as error:
                if not isinstance(error.__cause__ or error, ImportError):
                    raise
                problem = f"the scheduler or a worker lacks a package ({error.__cause__ or error})"
                raise InputError(f"{problem}; install anagen there", field="--scheduler") from None
            else:
                yield from rows


def _finished(client: Any, running: Iterable[Any]) -> set[Any]:
    """Tasks that are finished, at least one. Raises TimeoutError where all workers stay away."""
    idle = 0
    while True:
        try:
            with client.as_current():
                found = _distributed().wait(list(running), WAIT, "FIRST_COMPLETED")
            return set(found.done)
        except TimeoutError:
            idle = 0 if client.nthreads() else idle + 1
            if idle == IDLE:
                raise


def rows_alike(plan: Plan, task: Sequence[int], asked: Mapping[str, str]) -> Rows:
    """`rows_of` a task by a worker whose `software` is the one ``asked`` for. Raises InputError."""
    own = software()
    other = [f"{name} {own[name]} instead of {asked[name]}" for name in asked
             if own[name] != asked[name]]  # fmt: skip
    if other:
        problem = f"a worker has {', '.join(other)}; install the same everywhere"
        raise InputError(problem, field="--scheduler")
    return rows_of(plan, task)


@lru_cache(maxsize=1)
def software() -> dict[str, str]:
    """Versions of what the bytes of a row depend on, and short hashes of Anagen's code and data."""
    code = hashlib.sha256()
    home = Path(str(files("anagen")))
    for path in sorted(home.rglob("*.py")):
        code.update(path.relative_to(home).as_posix().encode() + path.read_bytes())
    hashes = {"code": code.hexdigest()[:HASH], "data": data_hash()[:HASH]}
    return {name: version(name) for name in PACKAGES} | hashes
