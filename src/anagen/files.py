"""Read the shipped data and a user's files; write results whole or not at all."""

from __future__ import annotations

import contextlib
import csv
import os
import tempfile
from collections.abc import Callable, Hashable
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from anagen.errors import InputError, OutputError


def data_path(*parts: str) -> Path:
    """Path of a shipped data file, for example ``data_path("studies")``."""
    return Path(str(files("anagen"))).joinpath("data", *parts)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML as its readers expect it: 1e10 is a number, `no` is a word, a key appears once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key '{key.value}' is given twice; keep one",
                    problem_mark=key.start_mark,
                )
            seen.add(key.value)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def _only_plain_scalars() -> None:
    import re

    tags = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp")
    _Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in rules if tag not in tags]
        for first, rules in _Loader.yaml_implicit_resolvers.items()
    }
    number = r"[-+]?(\d[\d_]*\.?\d*|\.\d+)([eE][-+]?\d+)?"
    _Loader.add_implicit_resolver(tags[0], re.compile(r"^(true|false)$"), list("tf"))
    _Loader.add_implicit_resolver(tags[1], re.compile(f"^{number}$"), list("-+0123456789."))


_only_plain_scalars()


def read_text(path: Path) -> str:
    """The text of a UTF-8 file.

    Raises InputError when the file is missing, a folder, unreadable or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError("no such file; check the name and the folder", file=path) from None
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 text ({error.reason}); save it as UTF-8", file=path) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path) from None


def read_yaml(path: Path) -> Any:
    """The content of a YAML file. Raises InputError with the line of what is malformed."""
    try:
        return yaml.load(read_text(path), Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise InputError(f"not valid YAML: {error.problem}", file=path, line=line) from None
    except yaml.YAMLError as error:
        raise InputError(f"not valid YAML: {error}", file=path) from None


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by column name.

    Raises InputError with the line of a row that has too few or too many fields.
    """
    reader = csv.reader(read_text(path).splitlines(), strict=True)
    rows: list[dict[str, str]] = []
    try:
        header = next(reader, None)
        if header is None:
            raise InputError("empty file; the first line must name the columns", file=path)
        for row in reader:
            if len(row) != len(header):
                problem = f"{len(row)} fields where the header has {len(header)}; quote commas"
                raise InputError(problem, file=path, line=reader.line_num)
            rows.append(dict(zip(header, row, strict=True)))
    except csv.Error as error:
        raise InputError(f"not valid CSV: {error}", file=path, line=reader.line_num) from None
    return rows


def cached(name: str, make: Callable[[], str]) -> str:
    """The text ``make()``, kept in the user's cache folder under ``name`` for the next run.

    ``name`` must change whenever the text would. Where no cache can be written, nothing is kept.
    """
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    path = root / "anagen" / name
    if path.is_file():
        return read_text(path)
    text = make()
    with contextlib.suppress(OutputError):
        write_whole(path, text)
    return text


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write ``content`` to a temporary name in the same folder, then move it to ``path``.

    Raises OutputError, leaving what was there, when the folder cannot be written.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as handle:
            temporary = Path(handle.name)
            handle.write(data)
        temporary.chmod(0o644)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        problem = f"{path}: cannot be written ({error.strerror}); give another --out folder"
        raise OutputError(problem) from None
    return path
