"""Shared: run the command line in process, and write a small valid study to break or to add."""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from anagen.cli import main

SEEN = {"level": "abstract", "where": ["https://example.org/trial"], "locator": "abstract"}
DOMAINS = ("randomisation", "deviations", "missing_data", "measurement", "selection_of_result")


def planted_study(
    name: str = "Planted2030", gain: float = 12.0, sd: float = 20.0, n: int = 200
) -> dict[str, Any]:
    """A synthetic parallel trial of human exosomes against saline injections in pattern loss."""

    def result(arm: str, mean: float) -> dict[str, Any]:
        return {
            "id": f"density_{arm}",
            "arm": arm,
            "outcome": "total_hair_density",
            "measured": "hair density",
            "statistic": "change",
            "unit": "hairs/cm2",
            "week": 24,
            "mean": mean,
            "sd": sd,
            "use": "calibration",
            "seen": dict(SEEN),
        }

    return {
        "schema": 1, "id": name, "label": f"synthetic trial {name}", "kind": "trial", "year": 2030,
        "country": "CH",
        "design": {"allocation": "randomised", "layout": "parallel", "blinding": "double",
                   "printed": "synthetic"},
        "reference": {"authors": "Nobody N", "title": f"Synthetic trial {name}"},
        "funding": {"kind": "public"},
        "population": {"diagnosis": "androgenetic_alopecia", "description": "synthetic",
                       "sex": "female", "n": 2 * n},
        "arms": [
            {"id": "exosome", "label": "exosome", "role": "active", "therapy": "exosome",
             "route": "injection", "n": n, "source": "adipose_stem_cell"},
            {"id": "saline", "label": "saline", "role": "control", "therapy": "vehicle",
             "route": "injection", "n": n},
        ],
        "results": [result("exosome", 10.0 + gain), result("saline", 10.0)],
        "risk_of_bias": [{"tool": "rob2", "results": ["all"], "domains": {
            d: {"judgement": "low", "reason": "synthetic"} for d in DOMAINS}}],
        "passport": {"source_tissue": "present"},
    }  # fmt: skip


def write_study(folder: Path, study: dict[str, Any], name: str | None = None) -> Path:
    """Write ``study`` as a file named after its id (or ``name``)."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name or study['id']}.yaml"
    path.write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    return path


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def anagen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run `anagen ...` in this process: exit code, standard output, standard error."""

    def run(*args: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["anagen", *map(str, args)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
def study() -> dict[str, Any]:
    return copy.deepcopy(planted_study())
