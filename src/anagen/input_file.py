"""What a person's TOML file holds: tables of known words and of numbers within their limits.

A record can be made in Python or read from a file; either way what is wrong with it is one
`InputError`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import (
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core.core_schema import CoreSchema, no_info_after_validator_function

from anagen.errors import InputError, brief, unknown_word
from anagen.evidence.studies import explain
from anagen.evidence.study import Record
from anagen.files import read_text, read_toml
from anagen.vocabulary import known, label, span, words

SCHEMA = 1
"""Of every file that is read here."""


@dataclass(frozen=True)
class Word:
    """A word of the list ``kind`` of the vocabulary; a synonym becomes its standard word.

    ``called`` is what a sentence calls it, where that is not the name of the list.
    """

    kind: str
    called: str = ""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, inner: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(inner) | {"enum": list(words(self.kind))}

    def check(self, given: str) -> str:
        """The standard word for ``given``. Raises ValueError with the nearest one."""
        try:
            return known(self.kind, given)
        except InputError:
            allowed = words(self.kind)
            raise ValueError(unknown_word(self.called or self.kind, given, allowed)) from None


Therapy = Annotated[str, Word("therapy")]
Route = Annotated[str, Word("route")]
Condition = Annotated[str, Word("condition")]


def _listed(given: object) -> object:
    if not isinstance(given, list | tuple):
        raise ValueError(f"a list is needed, as [a, b] (given: {brief(repr(given))})")
    return tuple(given)


LISTED = BeforeValidator(_listed)
"""A list of the file, kept as a tuple."""


class Part(Record):
    """A table inside a file: its numbers lie within the ranges of the list ``numbers``."""

    numbers: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _is_table(cls, given: object) -> object:
        if not isinstance(given, dict | cls):
            raise ValueError(f"a table is needed, as {{ key = value }} (given: {brief(given)})")
        return given

    @field_validator("*")
    @classmethod
    def _within(cls, given: Any, info: ValidationInfo) -> Any:
        several = given if isinstance(given, tuple) else (given,)
        if not several or not isinstance(several[0], float | int) or isinstance(given, bool):
            return given
        limits = span(cls.numbers, str(info.field_name))
        if limits and not all(limits[0] <= number <= limits[1] for number in several):
            unit = words(cls.numbers)[str(info.field_name)]["unit"]
            between = f"must lie between {limits[0]:g} and {limits[1]:g} ({unit})"
            raise ValueError(f"{between}; given: {brief(given)}")
        return given

    @classmethod
    def __get_pydantic_json_schema__(
        cls, inner: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler.resolve_ref_schema(handler(inner))
        for name, field in schema.get("properties", {}).items():
            limits = span(cls.numbers, name)
            if limits:
                unit = words(cls.numbers)[name]["unit"]
                field |= {"description": f"{label(cls.numbers, name)} [{unit}], "
                                         f"{limits[0]:g} to {limits[1]:g}"}  # fmt: skip
        return schema

    @property
    def stated(self) -> frozenset[str]:
        """Names of the fields that were given and say something."""
        fields = type(self).model_fields
        return frozenset(
            name for name in self.model_fields_set if getattr(self, name) != fields[name].default
        )


class Entry(Part):
    """A table at the top of a file, also made with keywords. Raises InputError."""

    def __init__(self, /, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            refused = explain(error, type(self), Path())
            raise InputError(refused.problem, field=refused.field) from None


Made = TypeVar("Made", bound=Entry)


def input_record(path: Path) -> dict[str, str]:
    """A file as it was read, for the record of a run: its name, text and SHA-256."""
    text = read_text(path)
    return {"file": path.name, "sha256": hashlib.sha256(text.encode()).hexdigest(), "text": text}


def read_tables(path: Path, allowed: Sequence[str]) -> dict[str, Any]:
    """The content of the file ``path``, whose keys are ``schema`` and the ``allowed`` ones.

    Raises InputError for a file that is not TOML, another schema and an unknown key.
    """
    content = read_toml(path)
    keys = ("schema", *allowed)
    for key in content:
        if key not in keys:
            raise InputError(unknown_word("key", key, keys), file=path)
    if "schema" not in content:
        problem = f"this key is missing; begin the file with schema = {SCHEMA}"
        raise InputError(problem, file=path, field="schema")
    given = content.pop("schema")
    if given != SCHEMA or not isinstance(given, int) or isinstance(given, bool):
        raise InputError(unknown_word("schema", given, [str(SCHEMA)]), file=path, field="schema")
    return content


def make(model: type[Made], given: object, file: str | Path | None, field: str) -> Made:
    """The table ``given`` at ``field`` of ``file`` as a ``model``. Raises InputError."""
    if isinstance(given, model):
        return given
    if not isinstance(given, Mapping):
        problem = f"a table is needed, under [{field}] (given: {brief(repr(given))})"
        raise InputError(problem, file=file, field=field)
    try:
        return model(**given)
    except InputError as error:
        inside = f"{field}.{error.field}" if error.field else field
        raise InputError(error.problem, file=file, field=inside) from None


def make_all(
    model: type[Made], given: object, file: str | Path | None, field: str
) -> tuple[Made, ...]:
    """The list of tables ``given`` at ``field``, counted from 0. Raises InputError."""
    if not isinstance(given, list | tuple):
        problem = f"tables are needed, each under [[{field}]] (given: {brief(repr(given))})"
        raise InputError(problem, file=file, field=field)
    return tuple(make(model, one, file, f"{field}[{i}]") for i, one in enumerate(given))
