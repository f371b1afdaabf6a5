"""`anagen check`: lint everything that ships, or the files that a person gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from anagen.citations import load_references
from anagen.errors import InputError
from anagen.evidence.claims import load_claims
from anagen.evidence.lint import problems_between, problems_of
from anagen.evidence.regulation import load_regulation
from anagen.evidence.studies import load_study
from anagen.evidence.study import Study
from anagen.files import data_path, read_yaml
from anagen.parameters import load_parameters
from anagen.report.references import load_methods


def check_files(files: Sequence[Path]) -> Iterator[InputError]:
    """Problems of the given files, by what each one is."""
    for path in files:
        try:
            yield from _check_one(path)
        except InputError as problem:
            yield problem


def _check_one(path: Path) -> Iterator[InputError]:
    if path.suffix == ".csv":
        load_parameters(path)
    elif path.suffix in (".yaml", ".yml"):
        content = read_yaml(path)
        if isinstance(content, dict) and "entries" in content:
            load_regulation(path)
        else:
            yield from problems_of(load_study(path), path)
    else:
        problem = f"unknown kind of file '{path.suffix}'; allowed: .yaml (study), .csv (parameters)"
        raise InputError(problem, file=path)


def check_base() -> Iterator[InputError]:
    """Problems of everything that ships: studies, parameters, claims, regulation, references."""
    folder = data_path("studies")
    studies: list[Study] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            study = load_study(path)
            studies.append(study)
            yield from problems_of(study, path)
        except InputError as problem:
            yield problem
    yield from problems_between(studies, folder)
    yield from _check_names(studies)
    yield from _check_references(studies)


def _check_names(studies: Sequence[Study]) -> Iterator[InputError]:
    """Claims name comparators and studies that are there, and put questions that can be put."""
    ids = {study.id for study in studies}
    claims = load_claims()
    known = {c.id for c in claims.comparators}
    for claim in claims.claims:
        for name in [*(set(claim.compare) - known), *(set(claim.see) - ids)]:
            problem = f"the claim '{claim.id}' names '{name}', which is not there"
            yield InputError(problem, file=data_path("claims.yaml"))
        for asks in (claim.asks, claim.nearest):
            if asks is not None:
                asks.question()


def _check_references(studies: Sequence[Study]) -> Iterator[InputError]:
    """Every source key exists, and every reference is used."""
    shelf, file = load_references(), data_path("references.bib")
    ids = {f"study:{study.id}" for study in studies}
    used = {key for method in load_methods() for key in method.keys}
    for key in sorted(used - set(shelf)):
        yield InputError(f"methods.yaml names the unknown reference '{key}'", file=file)
    for p in load_parameters().values():
        for key in p.sources:
            used.add(key)
            if key not in shelf and key not in ids:
                yield InputError(f"parameter {p.name}: unknown source '{key}'", file=file)
    for key in sorted(set(shelf) - used):
        yield InputError(f"the reference '{key}' is used nowhere; remove it", file=file)
