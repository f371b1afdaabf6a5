"""A progress bar on standard error, for a person who has waited for some seconds."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

PATIENCE = 2.0  # seconds


class Progress:
    """Shows a bar after `PATIENCE`, where standard error is a terminal; gone at the end."""

    def __init__(self, steps: int, what: str = "draws") -> None:
        self.steps, self.what, self.done, self.begun = steps, what, 0, time.monotonic()
        self.bar: Bar | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: Any) -> None:
        if self.bar is not None:
            self.bar.stop()

    def step(self) -> None:
        """One more is done."""
        self.done += 1
        late = time.monotonic() - self.begun > PATIENCE
        if self.bar is None and late and sys.stderr.isatty():
            self.bar = self._shown()
        if self.bar is not None:
            self.bar.update(self.bar.task_ids[0], completed=self.done)

    def _shown(self) -> Bar:
        from rich.console import Console
        from rich.progress import Progress as Bar

        bar = Bar(console=Console(stderr=True), transient=True)
        bar.add_task(self.what, total=self.steps)
        bar.start()
        return bar
