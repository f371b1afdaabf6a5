"""Delivery, drugs and signals against measurements: no miss without a reason, counts as told."""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "validation" / "delivery"))

import drugs
import signals
import transport
from rows import Row, held

README = Path(drugs.__file__).parent / "README.md"


def test_every_miss_has_its_reason_and_the_readme_counts_them():
    found = [Row(*row) for part in (transport, drugs, signals) for row in part.rows()]
    assert not [row.name for row in found if row.unexplained]
    agree = sum(row.verdict == "ok" for row in found)
    judged = sum(row.verdict != "not judged" for row in found)
    readme = README.read_text(encoding="utf-8")
    told = re.search(r"What agrees \((\d+) of the (\d+) that are judged; (\d+) more", readme)
    assert told is not None
    assert [int(x) for x in told.groups()] == [agree, judged, len(found) - judged]


def test_a_miss_without_a_reason_is_unexplained():
    assert held("x", 2.0, 0.0, 1.0, "source").unexplained
    assert not held("x", 2.0, 0.0, 1.0, "source", "because").unexplained
    assert held("x", 0.5, 0.0, 1.0, "source", "because").verdict == "ok"
