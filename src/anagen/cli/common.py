"""What the commands share: options, and how things are read and printed."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anagen.errors import InputError, OutputError

if TYPE_CHECKING:
    from rich.console import Console

    from anagen.evidence.study import Study


def _folder(text: str) -> Path:
    """The folder that an option names; an empty name would be the one we are in."""
    if not text.strip():
        raise InputError("an empty name of a folder; name one, or leave the option out")
    return Path(text)


Out = Annotated[
    Path | None,
    typer.Option(help="Folder for the report and the data.", parser=_folder, metavar="FOLDER"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]
Studies = Annotated[
    Path | None,
    typer.Option(
        help="Folder of further study files, checked before use.", parser=_folder, metavar="FOLDER"
    ),
]
Hypothesis = Annotated[
    str, typer.Option(help="How follicles shrink: gradual, abrupt or kenogen_driven.")
]
Luck = Annotated[int, typer.Option("--seed", help="Name of the luck.")]
Threads = Annotated[int, typer.Option(help="The result does not depend on it.", min=1, max=256)]
Seed = Annotated[int, typer.Option(help="Recorded; nothing here is random.")]


def load(extra: Path | None) -> tuple[Study, ...]:
    """The evidence base, with the studies of the folder ``extra``."""
    from anagen.evidence.studies import load_studies

    return load_studies(extra)


def writable(out: Path | None) -> None:
    """Refuse an --out that cannot be a folder before any work is done."""
    if out is None:
        return
    there = next(path for path in (out.absolute(), *out.absolute().parents) if path.exists())
    if there == out.absolute() and not there.is_dir():
        raise OutputError(f"{out} is a file")
    try:
        tempfile.TemporaryDirectory(dir=there).cleanup()
    except OSError:
        why = "may not be written" if there.is_dir() else "is a file"
        problem = f"the report cannot be written in the folder {out} ({there} {why})"
        raise OutputError(problem) from None


def print_json(text: str) -> None:
    """JSON as it is, or with escapes where the terminal has too few letters."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(json.loads(text), indent=1) + "\n"
    sys.stdout.write(text)


def console_of() -> Console:
    """A console as wide as the terminal, or of 120 columns."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else 120
    return Console(width=width, highlight=False, markup=False, emoji=False)
