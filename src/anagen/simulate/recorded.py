"""A table of numbers that remembers what was read of it, so that its sources can be named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

V = TypeVar("V")


class Recorded(dict[str, V]):
    """A copy of a table; ``read`` holds the names that were looked up."""

    def __init__(self, table: Mapping[str, V]) -> None:
        super().__init__(table)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> V:
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Look up a row that may be absent."""
        return self[name] if name in self else default  # noqa: SIM401
