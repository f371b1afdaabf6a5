"""Words that no page of ours may say of a therapy (the list is ``data/forbidden_wording.yaml``)."""

from __future__ import annotations

import re
from functools import cache

from anagen.files import data_path, read_yaml


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    entries = read_yaml(data_path("forbidden_wording.yaml"))["phrases"]
    return tuple((e["phrase"], re.compile(e["pattern"], re.IGNORECASE)) for e in entries)


def forbidden_phrases(text: str) -> list[str]:
    """Every forbidden phrase in ``text`` with a few words around it; empty when there is none."""
    found = []
    for phrase, pattern in _patterns():
        for match in pattern.finditer(text):
            around = text[max(0, match.start() - 30) : match.end() + 30]
            found.append(f"{phrase}: ...{' '.join(around.split())}...")
    return found
