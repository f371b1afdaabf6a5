"""Documents tell the truth: examples run, pages are as new as what they are made from."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from anagen.files import data_path
from anagen.verdict.words import signed

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def make():
    spec = importlib.util.spec_from_file_location("make_docs", ROOT / "docs" / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EXAMPLES = [
    pytest.param(code, said, id=f"{path.name}: {said}")
    for path, sayings in (
        (ROOT / "README.md", ["certainty very low", "simulated, not calibrated: +"]),
        (ROOT / "docs" / "statistics.md", ["-0.7145"]),
        (ROOT / "docs" / "follicle.md", ["[3019 2407]"]),
        (ROOT / "docs" / "conditions.md", ["simulated, not calibrated: SALT 20 or less in ["]),
        (ROOT / "docs" / "trials.md", ["simulated: plant exosome against saline by t_test: power"]),
        (ROOT / "docs" / "delivery.md", ["[0.84 0.25 0.84]", "net gain, hairs/cm2, 5, 50, 95 %"]),
    )
    for code, said in zip(
        re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), flags=re.S),
        sayings,
        strict=True,
    )
]


@pytest.mark.parametrize(("code", "said"), EXAMPLES)
def test_examples_of_the_documents_run(code, said, capsys):
    exec(compile(code, "example", "exec"), {})
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("page", "shrunk", "kept"),
    [
        ("adam.md", {}, ["adam/adsl.parquet", "adam/adhc.csv"]),
        ("scaling.md", {"1000": "2", "processes(2)": "processes(1)"}, ["minoxidil/replicates.bin"]),
    ],
)
def test_examples_that_keep_files_run(page, shrunk, kept, tmp_path, monkeypatch):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", text, flags=re.S)[0]
    for given, less in shrunk.items():
        assert given in code
        code = code.replace(given, less)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "example", "exec"), {"__name__": "__main__"})
    assert all((tmp_path / name).stat().st_size for name in kept)


def test_readme_gives_the_present_answer(anagen):
    from anagen import answer

    now = answer()
    assert f"> {now.bottom_line[0]}" in README
    assert now.evidence_checked in README
    main = next(r for r in now.claims if r.id == "pattern_hair_loss")
    reading = next(r for r in main.body.readings if r.study == "Amini2025" and r.estimate)
    gains = [g for g in main.body.gains if g.unit == "hairs/cm2" and g.mean is not None]
    minoxidil = next(c for c in now.comparators if c.id == "minoxidil_5").body
    pools = [p for p in main.nearest.published_pools if p.controlled]
    harms = next(r for r in now.claims if r.id == "safety").harms
    untested = {r.id for r in now.claims if r.verdict == "not_studied"}
    e = minoxidil.effect
    numbers = {2: "two", 3: "three", 8: "eight"}
    believable = [g for g in gains if not g.implausible]
    text = " ".join(README.split())
    for part in (
        f"medians differ by {signed(reading.estimate)} hairs from saline injections, roughly "
        f"{reading.low:.1f} to {reading.high:.1f} by".replace("-", "−"),
        f"{reading.printed}, rank test p {reading.p}",
        f"{main.body.controlled.participants} men",
        f"Of {numbers[main.body.uncontrolled.studies]} studies without a control",
        *(signed(g.mean) for g in gains),
        f"Certainty {main.body.certainty.level}.",
        f"{signed(e.estimate)} hairs/cm2 over its vehicle ({e.low:.1f} to {e.high:.1f}",
        f"{e.z_low:.1f} to {e.z_high:.1f} by z; {numbers[e.k]} trials, {e.participants} people; "
        f"certainty {minoxidil.certainty.level})",
        f"{signed(pools[0].estimate)} ({pools[0].low:.1f} to {pools[0].high:.1f}) hairs/cm2",
        f"certainty {main.nearest.certainty.level}",
        f"in {harms.people} people",
        f"up to {harms.upper_percent:.1f} %",
        *(f"{signed(c.pooled if c.pooled is not None else c.span_high)}" for c in now.controls
          if c.kind in ("topical vehicle", "saline injection", "microneedling alone")),
    ):  # fmt: skip
        assert part in text
    assert len(believable) == 1
    assert harms.serious == 0
    assert {"stress_shedding", "ageing", "hormonal", "scalp_inflammation", "after_failed_prp",
            "after_failed_minoxidil"} <= untested  # fmt: skip
    assert any(r.direction == "no_difference" for r in main.nearest.readings)


def test_pages_made_from_data_are_current():
    docs = make()
    assert (ROOT / "docs" / "nomenclature.md").read_text(encoding="utf-8") == docs.page()
    for kind in docs.SCHEMAS:
        assert data_path("schema", f"{kind}.json").read_text(encoding="utf-8") == docs.schema(kind)


def test_ci_runs_the_command_that_the_readme_gives():
    blocks = re.findall(r"```sh\n(.*?)```", README, flags=re.S)
    assert "anagen answer" in blocks[0]
    assert "python -m pytest" in blocks[1]
    assert "python -m pytest" in (ROOT / ".ci" / "run").read_text()


def test_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"version: {project['version']}" in (ROOT / "CITATION.cff").read_text()
    assert f"[{project['version']}]" in (ROOT / "CHANGELOG.md").read_text()
    pinned = {re.split("==", line)[0].lower().replace("_", "-")
              for line in (ROOT / "constraints.txt").read_text().splitlines()}  # fmt: skip
    wanted = {re.split("[<>=]", d)[0].lower() for d in project["dependencies"]}
    assert wanted <= pinned


def test_import_is_light():
    """The slow libraries are loaded when they are used, not when anagen is imported."""
    slow = ["numpy", "scipy", "altair", "pint", "pandas", "vl_convert", "jinja2", "pydantic"]
    code = f"import sys, anagen, anagen.cli; assert not set({slow}) & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_public_names_resolve():
    import anagen

    for name in anagen.__all__:
        assert getattr(anagen, name) is not None
    with pytest.raises(AttributeError, match="no attribute"):
        anagen.nonsense  # noqa: B018
