"""What a virtual trial is run with where nothing else is asked for; light, for the command line."""

from __future__ import annotations

from typing import Final

REPLICATES: Final = 200
SCENARIOS: Final = ("central", "drawn", "null")
