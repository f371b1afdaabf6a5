"""Load the study files: one study, one file, nothing else to edit."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from anagen.errors import InputError, brief, unknown_word
from anagen.evidence.double_counting import problems_between
from anagen.evidence.lint import first_problem, problems_of
from anagen.evidence.study import Study
from anagen.files import data_path, read_yaml

Model = TypeVar("Model", bound=BaseModel)


def _model_at(model: Any, location: tuple[Any, ...]) -> list[str]:
    """The keys that are allowed at ``location`` inside ``model``."""
    for step in location:
        if isinstance(step, str) and isinstance(model, type) and issubclass(model, BaseModel):
            fields = {f.alias or name: f for name, f in model.model_fields.items()}
            model = fields[step].annotation if step in fields else None
        model = _first_model(model)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _first_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_first_model(part) for part in getattr(annotation, "__args__", ()))
    return next((model for model in inner if model is not None), None)


def _where(location: tuple[Any, ...]) -> str:
    text = ""
    for step in location:
        if step != "[key]":
            text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


UNKNOWN_KEY = ("extra_forbidden", "invalid_key")
NEEDED = {
    "float_type": "a number is needed",
    "int_type": "a whole number is needed",
    "int_from_float": "a whole number is needed",
    "bool_type": "true or false is needed",
    "string_type": "a text is needed",
    "list_type": "a list is needed, as [a, b]",
    "dict_type": "'key: value' lines are needed",
    "model_type": "'key: value' lines are needed",
    "finite_number": "must be a finite number",
}
"""Our words for the kinds of refusal that pydantic has."""


def explain(error: ValidationError, model: type[BaseModel], file: Path) -> InputError:
    """The first thing that pydantic refused, as one sentence about the file.

    An unknown key comes before a missing one, which it may be meant for.
    """
    errors = error.errors()
    first = next((e for e in errors if e["type"] in UNKNOWN_KEY), errors[0])
    location, kind = first["loc"], first["type"]
    if kind in UNKNOWN_KEY:
        allowed = _model_at(model, location[:-1])
        return InputError(unknown_word("key", location[-1], allowed), file=file,
                          field=_where(location[:-1]) or None)  # fmt: skip
    message = first["msg"].removeprefix("Value error, ")
    if kind == "missing":
        message = "this key is missing; add it"
    elif first["input"] is None:
        message = "is empty; give a value or remove the key"
    elif kind == "literal_error":
        message = _not_listed(location, first["input"], first["ctx"]["expected"])
    elif kind != "value_error":
        message = f"{_needed(kind, first['input'], message)} (given: {brief(repr(first['input']))})"
    return InputError(message, file=file, field=_where(location))


def _not_listed(location: tuple[Any, ...], given: object, expected: str) -> str:
    """The sentence for a word outside the short list that a field takes."""
    name = next((str(step) for step in reversed(location) if isinstance(step, str)), "word")
    return unknown_word(name, given, re.findall(r"'([^']*)'", expected) or [expected])


def _needed(kind: str, given: object, message: str) -> str:
    number = kind in ("float_type", "int_type")
    if number and isinstance(given, str):
        endless = given.strip().lstrip("+-.").lower() in ("inf", "infinity", "nan")
        return NEEDED["finite_number"] if endless else f"{NEEDED[kind]} without unit or quotes"
    if kind == "string_type" and isinstance(given, int | float):
        return f"{NEEDED[kind]}; put it in quotes"
    return NEEDED.get(kind, message[0].lower() + message[1:])


def load_record(model: type[Model], content: Any, file: Path) -> Model:
    """``content`` of ``file`` as a checked record. Raises InputError with one sentence."""
    if not isinstance(content, dict):
        raise InputError("expected 'key: value' lines at the top level", file=file)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise explain(error, model, file) from None


def load_study(path: Path) -> Study:
    """One study file. Raises InputError naming file, field, what was given and what is allowed."""
    return load_record(Study, read_yaml(path), path)


def study_files(folder: Path) -> list[Path]:
    """The .yaml and .yml files directly in ``folder``, by name."""
    return sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml") and p.is_file())


@cache
def _shipped() -> tuple[Study, ...]:
    return tuple(load_study(path) for path in study_files(data_path("studies")))


def load_studies(extra: Path | None = None) -> tuple[Study, ...]:
    """Every shipped study and, if given, those in the folder ``extra``, by file name.

    The shipped ones are linted in CI, those of ``extra`` here. Raises InputError for a malformed
    or careless file, for a study that is there twice, and for a folder without studies.
    """
    studies = _shipped()
    if extra is None:
        return studies
    if not extra.is_dir():
        raise InputError("no such folder of study files", file=extra)
    paths = study_files(extra)
    if not paths:
        problem = "no study directly in this folder; put one .yaml or .yml file per study there"
        raise InputError(problem, file=extra)
    added = []
    for path in paths:
        study = load_study(path)
        first_problem(problems_of(study, path))
        added.append((path, study))
    studies += tuple(study for _, study in added)
    first_problem(problems_between(studies, {study.id: path for path, study in added}))
    return studies
