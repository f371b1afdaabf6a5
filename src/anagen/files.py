"""Read the shipped data and a user's files; write results whole or not at all."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import os
import re
import tempfile
import tomllib
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
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(
                    problem="a key must be one word, not a list or a mapping",
                    problem_mark=key.start_mark,
                )
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key '{key.value}' is given twice; keep one",
                    problem_mark=key.start_mark,
                )
            seen.add(key.value)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def _only_plain_scalars() -> None:
    tags = tuple(f"tag:yaml.org,2002:{name}" for name in ("bool", "float", "int", "timestamp"))
    _Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in rules if tag not in tags]
        for first, rules in _Loader.yaml_implicit_resolvers.items()
    }
    number = r"[-+]?(\d[\d_]*\.?\d*|\.\d+)([eE][-+]?\d+)?"
    _Loader.add_implicit_resolver(tags[0], re.compile(r"^(true|false)$"), list("tf"))
    whole = r"[-+]?(0|[1-9][\d_]*)"  # neither 010 (eight) nor 1:30 (ninety)
    _Loader.add_implicit_resolver(tags[2], re.compile(f"^{whole}$"), list("-+0123456789"))
    _Loader.add_implicit_resolver(tags[1], re.compile(f"^{number}$"), list("-+0123456789."))


_only_plain_scalars()


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, with or without a byte-order mark.

    Raises InputError when the file is missing, a folder, unreadable or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError("no such file; check the name and the folder", file=path) from None
    except IsADirectoryError:
        raise InputError("is a folder; give the files in it", file=path) from None
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 text ({error.reason}); save it as UTF-8", file=path) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path) from None


def read_yaml(path: Path) -> Any:
    """The content of a YAML file.

    Raises InputError with the line of what is malformed, and for an empty file.
    """
    text = read_text(path)
    try:
        content = yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        problem = _tab(text, line) or str(error.problem)
        raise InputError(f"not valid YAML: {problem}", file=path, line=line) from None
    except RecursionError:
        raise InputError("not valid YAML: nested too deeply", file=path) from None
    except (yaml.YAMLError, ValueError, TypeError, AttributeError) as error:  # a tag (!!) may lie
        problem = str(error).split("\n", maxsplit=1)[0]
        raise InputError(f"not valid YAML: {problem}", file=path) from None
    if content is None:
        raise InputError("the file is empty", file=path)
    return content


def _tab(text: str, line: int | None) -> str | None:
    """Whether the line that YAML refused is indented with a tab."""
    lines = text.splitlines()
    if line is None or line > len(lines):
        return None
    refused = lines[line - 1]
    indent = refused[: len(refused) - len(refused.lstrip())]
    return "a tab; indent with spaces" if "\t" in indent else None


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a TOML file.

    Raises InputError with the line of what is malformed, and for an empty file.
    """
    try:
        content = tomllib.loads(read_text(path).replace("\r\n", "\n"))
    except RecursionError:
        raise InputError("not valid TOML: nested too deeply", file=path) from None
    except ValueError as error:  # a malformed line, or a whole number of thousands of digits
        problem, _, where = str(error).partition(" (at ")
        at = re.match(r"line (\d+), column (\d+)", where)
        line, column = (int(at[1]), f" (column {at[2]})") if at else (None, "")
        raise InputError(f"not valid TOML: {problem}{column}", file=path, line=line) from None
    if not content:
        raise InputError("the file is empty; begin with schema = 1", file=path)
    return content


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by column name.

    Raises InputError with the line of a row that has too few or too many fields, for a column
    that is there twice and for a file without rows.
    """
    reader = csv.reader(read_text(path).rstrip("\r\n").splitlines(), strict=True)
    rows: list[dict[str, str]] = []
    try:
        header = next(reader, None)
        if header is None:
            problem = "the file is empty; the first line must name the columns"
            raise InputError(problem, file=path)
        if len(set(header)) < len(header):
            raise InputError("two columns have the same name; rename one", file=path, line=1)
        for row in reader:
            if len(row) != len(header):
                problem = f"{len(row)} fields where the header has {len(header)}; quote commas"
                raise InputError(problem, file=path, line=reader.line_num)
            rows.append(dict(zip(header, row, strict=True)))
    except csv.Error as error:
        raise InputError(f"not valid CSV: {error}", file=path, line=reader.line_num) from None
    if not rows:
        raise InputError("only a header; add a row under it", file=path)
    return rows


def cached(name: str, make: Callable[[], str]) -> str:
    """The text ``make()``, kept in the user's cache folder under ``name`` for the next run.

    ``name`` must change whenever the text would. The first line kept is a checksum: what was cut
    short or changed is made again. Where no cache can be written, nothing is kept.
    """
    root = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    path = root / "anagen" / name
    with contextlib.suppress(InputError):
        checksum, _, kept = read_text(path).partition("\n")
        if checksum == _checksum(kept):
            return kept
    text = make()
    with contextlib.suppress(OutputError):
        write_whole(path, f"{_checksum(text)}\n{text}")
    return text


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


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
        reason = error.strerror or "no reason given"
        problem = f"{path.name} cannot be written in the folder {path.parent} ({reason})"
        raise OutputError(problem) from None
    return path


def data_hash(root: Path | None = None, pattern: str = "**/*") -> str:
    """SHA-256 over names and contents of the data files in ``root``, in order of name.

    Parameters
    ----------
    root
        A folder; without it the shipped data.
    pattern
        Which files count: ``**/*`` with, ``*`` without folders inside ``root``.
    """
    root = data_path() if root is None else root
    digest = hashlib.sha256()
    kinds = (".yaml", ".yml", ".csv", ".bib", ".json")
    files = {p.relative_to(root).as_posix(): p for p in root.glob(pattern) if p.suffix in kinds}
    for name, path in sorted(files.items()):
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
