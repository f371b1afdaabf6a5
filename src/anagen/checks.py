"""`anagen check`: lint everything that ships, or the files that a person gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from anagen.citations import load_references, read_references
from anagen.errors import InputError, nearest, unknown_word
from anagen.evidence.claims import Claims, load_claims, read_claims
from anagen.evidence.double_counting import problems_between
from anagen.evidence.lint import problems_of
from anagen.evidence.regulation import Regulation, load_regulation, read_regulation
from anagen.evidence.studies import load_studies, load_study, study_files
from anagen.evidence.study import Study
from anagen.files import data_path, read_toml, read_yaml
from anagen.parameters import STUDY, load_parameters, read_table
from anagen.patient import read_patient
from anagen.population.request import read_request
from anagen.regimen import read_regimen
from anagen.regimen.administration import Administration, read_administration
from anagen.report.references import Methods, load_methods, read_methods
from anagen.report.wording import Wording, read_wording
from anagen.trial.design import TABLES as DESIGN
from anagen.trial.design import read_design
from anagen.vocabulary import read_vocabulary, vocabulary

MODELS: dict[str, type[BaseModel]] = {
    "study": Study, "regulation": Regulation, "claims": Claims, "methods": Methods,
    "wording": Wording, "administration": Administration,
}  # fmt: skip
READERS: dict[str, Callable[[Path], object]] = {
    "regulation": read_regulation, "claims": read_claims, "methods": read_methods,
    "wording": read_wording, "vocabulary": read_vocabulary, "parameters": read_table,
    "references": read_references, "administration": read_administration,
    "regimen": read_regimen, "patient": read_patient, "population": read_request,
    "design": read_design,
}  # fmt: skip
TOML = {"regimen": ["schema", "name", "course", "session"], "patient": ["schema", "patient"],
        "population": ["schema", "population"], "design": ["schema", *DESIGN]}  # fmt: skip
"""Kinds of TOML file and the keys at their top; the first where a file has nothing but a schema."""
ALLOWED = (
    "allowed: .yaml or .yml (study, regulation, claims, methods, wording, vocabulary), "
    ".toml (patient, population, regimen, trial design), .csv (parameters), .bib (references)"
)


def _told_once(parts: Iterable[Iterator[InputError]]) -> Iterator[InputError]:
    """Problems of every part, each once; a part that cannot be read is a problem, not an end."""
    told: set[str] = set()
    for part in parts:
        for problem in _caught(part):
            if str(problem) not in told:
                told.add(str(problem))
                yield problem


def _caught(part: Iterator[InputError]) -> Iterator[InputError]:
    try:
        yield from part
    except InputError as problem:
        yield problem


def _read(reader: Callable[..., object], *given: Any) -> Iterator[InputError]:
    """A part whose only problem is that it cannot be read."""
    reader(*given)
    yield from ()


# ---- the files that a person gives --------------------------------------------------------------


def check_files(files: Sequence[Path]) -> Iterator[InputError]:
    """Problems of the given files, by what each one is; studies also beside the shipped ones."""
    given: list[tuple[Path, Study]] = []
    yield from _told_once([*(_check_one(path, given) for path in files), _beside_base(given)])


def _check_one(path: Path, given: list[tuple[Path, Study]]) -> Iterator[InputError]:
    """Problems of one file; a study that can be read is added to ``given``."""
    kind = kind_of(path)
    if kind == "study":
        study = load_study(path)
        given.append((path, study))
        yield from problems_of(study, path)
    else:
        READERS[kind](path)


def kind_of(path: Path) -> str:
    """What a file holds, by its suffix and the keys at its top.

    Raises InputError for what is no file of ours, with the kinds that are.
    """
    if path.is_dir():
        raise InputError("is a folder; give the files in it, as folder/*.yaml", file=path)
    if path.suffix in (".csv", ".bib"):
        return "parameters" if path.suffix == ".csv" else "references"
    if path.suffix == ".toml":
        return _most_alike(path, read_toml(path), TOML)
    if path.suffix not in (".yaml", ".yml"):
        raise InputError(f"unknown kind of file '{path.suffix}'; {ALLOWED}", file=path)
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise InputError("expected 'key: value' lines at the top level", file=path)
    return _most_alike(path, content, _keys())


def _most_alike(path: Path, content: dict[str, Any], kinds: dict[str, list[str]]) -> str:
    """The kind whose keys are most like those of ``content``. Raises InputError for none."""
    alike = {kind: _alike(content, keys) for kind, keys in kinds.items()}
    kind = max(alike, key=lambda name: alike[name])
    if not alike[kind]:
        raise InputError(f"none of its keys is of a kind that is known; {ALLOWED}", file=path)
    return kind


def _keys() -> dict[str, list[str]]:
    """The keys at the top of every kind of YAML file; of equally good matches the first counts."""
    fields = {kind: [field.alias or name for name, field in model.model_fields.items()]
              for kind, model in MODELS.items()}  # fmt: skip
    return {**fields, "vocabulary": list(vocabulary())}


def _alike(content: dict[Any, Any], keys: Sequence[str]) -> int:
    """How many of the keys are those of a kind; a slip of the pen counts half."""
    return sum(2 if key in keys else nearest(str(key), keys) is not None for key in content)


def _beside_base(given: Sequence[tuple[Path, Study]]) -> Iterator[InputError]:
    """What the given studies have in common with the shipped ones and with each other."""
    if not given:
        return
    own = {path.resolve() for path, _ in given}
    base = [s for s in load_studies() if data_path("studies", f"{s.id}.yaml").resolve() not in own]
    files = {study.id: path for path, study in given}
    for problem in problems_between([*base, *(study for _, study in given)], files):
        if problem.file in files.values():
            yield problem


# ---- everything that ships ----------------------------------------------------------------------


def check_base() -> Iterator[InputError]:
    """Problems of everything that ships: words, references, numbers, studies, claims, the law."""
    studies: list[Study] = []
    paths = study_files(data_path("studies"))
    yield from _told_once([
        _read(vocabulary),
        _read(load_references),
        *(_read(read_table, path) for path in sorted(data_path("parameters").glob("*.csv"))),
        _read(load_parameters),
        *(_shipped_study(path, studies) for path in paths),
        _between(studies),
        _read(load_regulation),
        _read(load_methods),
        _read(read_wording, data_path("forbidden_wording.yaml")),
        _read(read_administration, data_path("administration.yaml")),
        _check_claims({path.stem for path in paths}),
        _check_references({path.stem for path in paths}),
    ])  # fmt: skip


def _shipped_study(path: Path, studies: list[Study]) -> Iterator[InputError]:
    study = load_study(path)
    studies.append(study)
    yield from problems_of(study, path)


def _between(studies: list[Study]) -> Iterator[InputError]:
    """Problems between the studies that could be read; called when all have been tried."""
    yield from problems_between(studies)


def _check_claims(ids: set[str]) -> Iterator[InputError]:
    """Claims name comparators, claims and studies that are there, and questions can be put."""
    said, file = load_claims(), data_path("claims.yaml")
    comparators = {c.id for c in said.comparators}
    claims = {c.id for c in said.claims}
    for claim in said.claims:
        named = [("comparator", name, comparators) for name in claim.compare]
        named += [("study", name, ids) for name in claim.see]
        named += [("claim", claim.part_of, claims)] if claim.part_of else []
        for kind, name, known in named:
            if name not in known:
                problem = unknown_word(kind, name, known, "mend the name or add it")
                yield InputError(problem, file=file, field=claim.id)
    asked = [(c.id, c.asks) for c in said.comparators] + [(c.id, c.asks) for c in said.claims]
    asked += [(c.id, c.nearest) for c in said.claims if c.nearest is not None]
    for name, asks in asked:
        for found in _caught(_read(asks.question)):
            yield InputError(found.problem, file=file, field=name)


def _check_references(ids: set[str]) -> Iterator[InputError]:
    """Every source key exists, and every reference is used."""
    shelf, bib = load_references(), data_path("references.bib")
    known = {*shelf, *(f"{STUDY}{name}" for name in ids)}
    used = {key: data_path("methods.yaml") for method in load_methods() for key in method.keys}
    for p in load_parameters().values():
        used |= {key: data_path("parameters", f"{p.table}.csv") for key in p.sources}
    for key, file in sorted(used.items()):
        if key not in known:
            problem = unknown_word("source", key, known, "add it to references.bib")
            yield InputError(problem, file=file)
    for key in sorted(set(shelf) - set(used)):
        yield InputError(f"the reference '{key}' is used nowhere; remove it", file=bib)
