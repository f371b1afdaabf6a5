"""Load the study files: one study, one file, nothing else to edit."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from anagen.errors import InputError, unknown_word
from anagen.evidence.lint import first_problem, problems_between, problems_of
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
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def explain(error: ValidationError, model: type[BaseModel], file: Path) -> InputError:
    """The first thing that pydantic refused, as one sentence about the file."""
    first = error.errors()[0]
    location, kind = first["loc"], first["type"]
    if kind == "extra_forbidden":
        allowed = _model_at(model, location[:-1])
        return InputError(unknown_word("key", location[-1], allowed), file=file,
                          field=_where(location[:-1]) or None)  # fmt: skip
    if kind == "missing":
        return InputError("this key is missing; add it", file=file, field=_where(location))
    given = first["input"]
    message = first["msg"].removeprefix("Value error, ")
    said = "" if kind == "value_error" else f" (given: {given!r})"
    return InputError(message[0].lower() + message[1:] + said, file=file, field=_where(location))


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


@cache
def _load_folder(folder: Path) -> tuple[Study, ...]:
    return tuple(load_study(path) for path in sorted(folder.glob("*.yaml")))


def load_studies(extra: Path | None = None) -> tuple[Study, ...]:
    """Every shipped study and, if given, those in the folder ``extra``, by file name.

    The shipped ones are linted in CI, those of ``extra`` here. Raises InputError for a malformed
    or careless file, or for a study that is there twice.
    """
    studies = _load_folder(data_path("studies"))
    if extra is None:
        return studies
    if not extra.is_dir():
        raise InputError("no such folder of study files", file=extra)
    added = []
    for path in sorted(extra.glob("*.yaml")):
        study = load_study(path)
        first_problem(problems_of(study, path))
        added.append(study)
    studies += tuple(added)
    first_problem(problems_between(studies, extra))
    return studies
