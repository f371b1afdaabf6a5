"""The options of a run: every regimen, its sham, and no treatment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anagen.errors import InputError
from anagen.regimen import UNTREATED, Regimen
from anagen.simulate.forecast import sham_of


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options by number: ``asked`` are those given, ``sham`` the sham of each of them.

    A regimen without anything active is its own sham.
    """

    regimens: tuple[Regimen, ...]
    asked: tuple[int, ...]
    sham: dict[int, int]
    untreated: int

    def role(self, option: int) -> str:
        """``regimen``, ``sham`` or ``untreated``."""
        if option in self.asked:
            return "regimen"
        return "untreated" if option == self.untreated else "sham"

    @property
    def versus(self) -> list[tuple[int, int, str]]:
        """What is set against what: option, comparator, and which kind of comparator it is."""
        pairs = [(o, self.sham[o], "sham") for o in self.asked]
        pairs += [(o, self.untreated, "untreated") for o in self.asked]
        apart = [o for o in range(len(self.regimens)) if self.role(o) == "sham"]
        return pairs + [(o, self.untreated, "untreated") for o in apart]


def with_shams(regimens: Sequence[Regimen]) -> Options:
    """The regimens, then each sham that is not there yet, then no treatment.

    Raises InputError where two options have one name.
    """
    found = list(regimens)
    sham = {i: _place(sham_of(r), found) for i, r in enumerate(regimens)}
    untreated = _place(UNTREATED, found)
    names = [r.name for r in found]
    for name in names:
        if names.count(name) > 1:
            problem = f"two options are called '{name}'; give each regimen a name of its own"
            raise InputError(problem, field="regimens")
    asked = tuple(range(len(regimens)))
    return Options(regimens=tuple(found), asked=asked, sham=sham, untreated=untreated)


def _place(regimen: Regimen, found: list[Regimen]) -> int:
    """Number of the option that is given alike, added to ``found`` where there is none."""
    for i, other in enumerate(found):
        if (other.active, _emptied(other)) == (regimen.active, _emptied(regimen)):
            return i
    found.append(regimen)
    return len(found) - 1


def _emptied(regimen: Regimen) -> tuple[object, ...]:
    """What is left of a regimen without what is in it: needles, volumes and times."""
    fields = ("route", "weeks", "start_week", "stop_week", "volume_ml_per_point", "spacing_mm",
              "depth_mm")  # fmt: skip
    given = ([getattr(c, name) for name in fields] for c in regimen.courses)
    return sorted(map(str, given)), regimen.sessions
