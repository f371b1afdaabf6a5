"""Finished replicates on disk: one record of numbers each, kept as they come, in any order.

A record counts as finished when its checksum fits its numbers and what they are of, so that an
interrupted run loses at most the replicates it was working on, and a damaged one is run again. Two
runs at once in one folder do work twice and no harm: they write the same bytes to the same place.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from anagen.errors import InputError, OutputError
from anagen.files import read_text, write_whole
from anagen.trial.data import Floats, Ints

RECORDS, ABOUT = "replicates.bin", "replicates.json"
NUMBER = np.dtype("<f8")
"""A number of a row on disk; the checksum before the row takes as many bytes."""
BLOCK = 1024
"""Records read at a time, so that memory does not grow with their number."""


class Store:
    """Rows of ``width`` numbers of ``replicates`` replicates in a ``folder``.

    ``about`` says what the rows are of, and the version of Anagen is added to it; a folder that
    holds rows of something else is refused with InputError. More replicates than before extend what
    is there; of more than are asked for, the first are used. Raises OutputError where the folder
    cannot be written.
    """

    def __init__(self, folder: Path, replicates: int, width: int, about: Mapping[str, Any]) -> None:
        self.folder, self.replicates, self.width = folder, replicates, width
        said = {"width": width, "version": version("anagen"), **about}
        text = json.dumps(said, indent=1, sort_keys=True) + "\n"
        self._key = hashlib.sha256(text.encode()).digest()
        self._size = NUMBER.itemsize * (1 + width)
        with self._usable():
            if not (folder / ABOUT).exists():
                write_whole(folder / ABOUT, text)
            self._refuse(said)
            (folder / RECORDS).touch()

    def _refuse(self, said: Mapping[str, Any]) -> None:
        """Raise InputError where the folder holds replicates of something else."""
        try:
            given = json.loads(read_text(self.folder / ABOUT))
        except ValueError:
            given = None
        there = given if isinstance(given, dict) else {}
        other = sorted(name for name in {*there, *said} if there.get(name) != said.get(name))
        if other:
            problem = f"holds replicates of another run (another {', '.join(other)})"
            raise InputError(f"{problem}; name another folder, or empty it", file=self.folder)

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            problem = f"{self.folder} cannot hold the replicates ({error.strerror})"
            raise OutputError(problem) from None

    @contextmanager
    def _open(self) -> Iterator[BinaryIO]:
        # opened each time: no handle is left open, and a full disk is an error, not a signal
        with self._usable(), (self.folder / RECORDS).open("r+b") as file:
            yield file

    def put(self, replicate: int, row: Floats) -> None:
        """Keep the row of a finished replicate. Raises OutputError, as on a full disk."""
        numbers = np.asarray(row, dtype=NUMBER).tobytes()
        with self._open() as file:
            file.seek(replicate * self._size)
            file.write(self._sum(numbers) + numbers)

    def _sum(self, numbers: bytes) -> bytes:
        """Checksum of a row and of what it is of."""
        return hashlib.blake2b(numbers, digest_size=NUMBER.itemsize, key=self._key).digest()

    def _blocks(self) -> Iterator[tuple[int, bytes]]:
        """Whole records from the first on, some at a time, and the number of the first of them."""
        with self._open() as file:
            for first in range(0, self.replicates, BLOCK):
                data = file.read(self._size * min(BLOCK, self.replicates - first))
                yield first, data[: len(data) // self._size * self._size]

    def _sound(self) -> Iterator[int]:
        for first, data in self._blocks():
            for r, at in enumerate(range(0, len(data), self._size), first):
                numbers = data[at + NUMBER.itemsize : at + self._size]
                if data[at : at + NUMBER.itemsize] == self._sum(numbers):
                    yield r

    def finished(self) -> Ints:
        """Finished replicates, in order."""
        return np.fromiter(self._sound(), dtype=np.int64)

    def missing(self) -> list[int]:
        """Replicates that are not finished, in order."""
        there = set(self._sound())
        return [r for r in range(self.replicates) if r not in there]

    def rows(self, columns: slice, which: Ints | None = None) -> Floats:
        """Some columns of finished replicates, by rising number, (replicates, columns)."""
        chosen = self.finished() if which is None else np.asarray(which)
        parts = []
        for first, data in self._blocks():
            table = np.frombuffer(data, dtype=NUMBER).reshape(-1, 1 + self.width)[:, 1:]
            own = chosen[(chosen >= first) & (chosen < first + len(table))]
            parts.append(table[own - first, columns])
        return np.concatenate(parts).astype(np.float64)

    def flush(self) -> None:
        """Wait until the disk has what was written."""
        with self._open() as file:
            os.fsync(file.fileno())
