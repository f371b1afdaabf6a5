"""Hold delivery, drugs and signals against measurements: python validation/delivery/measured.py.

Prints every comparison, with the reason for each miss; exit code 1 if one misses without a reason.
"""

from __future__ import annotations

import drugs
import signals
import transport
from rows import Row

PARTS = (("delivery", transport), ("drugs and products", drugs), ("signals", signals))


def main() -> int:
    """Run all comparisons."""
    found: list[Row] = []
    for title, part in PARTS:
        print(f"\n{title}")
        of_part = [Row(*row) for row in part.rows()]
        print("\n".join(f"  {row}" for row in of_part))
        found += of_part
    agree = sum(row.verdict == "ok" for row in found)
    judged = sum(row.verdict != "not judged" for row in found)
    print(f"\n{agree} of {judged} within the published range; the others say why not")
    return int(any(row.unexplained for row in found))


if __name__ == "__main__":
    raise SystemExit(main())
