"""What the skin gets in a session, whatever is applied: needles, massage, numbing."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import model_validator

from anagen.errors import InputError
from anagen.input_file import Entry, Part, Word
from anagen.parameters import parameter
from anagen.regimen.administration import administration, unusual
from anagen.regimen.course import Weeks, days_of
from anagen.regimen.tissue import check_depth


class Needling(Part):
    """Needles of a roller or pen: length, and channels per cm2 (from the tables if omitted)."""

    numbers: ClassVar[str] = "regimen_number"
    needle_mm: float
    density_per_cm2: float | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        try:
            check_depth("needle_mm", self.needle_mm)
        except InputError as error:
            raise ValueError(f"needle_mm {error.problem}") from None
        if self.density_per_cm2 is None:
            row = administration().omitted["density_per_cm2"]
            self.__dict__["density_per_cm2"] = parameter(row).value
        return self


class Session(Entry):
    """Sessions in ``weeks``, each with needles, massage or numbing; counted once.

    Raises InputError for weeks that do not go up, a session in which nothing is done and a needle
    longer than the scalp.
    """

    numbers: ClassVar[str] = "regimen_number"
    weeks: Weeks
    needling: Needling | None = None
    massage: bool = False
    numbing: Annotated[str, Word("numbing")] | None = None

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if not self.weeks:
            problem = "is empty; write the weeks of the sessions, as [0, 4, 8]"
            raise InputError(problem, field="weeks")
        days_of(self.weeks)
        if self.needling is None and not self.massage and self.numbing is None:
            problem = "nothing is done in it; add needling, massage or numbing, or leave it out"
            raise InputError(problem, field="weeks")
        return self

    @property
    def days(self) -> tuple[int, ...]:
        """Days of the sessions, in order."""
        return days_of(self.weeks)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is unusual, but can be, and what was assumed: one sentence each."""
        said = [unusual("sessions", len(self.weeks))]
        if self.needling is not None:
            said.append(unusual("needle_mm", self.needling.needle_mm))
            density = self.needling.density_per_cm2 or 0.0
            said.append(unusual("density_per_cm2", density)
                        if "density_per_cm2" in self.needling.model_fields_set
                        else f"density_per_cm2: not given; taken as {density:g}")  # fmt: skip
        if self.numbing is not None:
            said.append(f"numbing: {self.numbing} is recorded; nothing that is simulated changes")
        return tuple(sentence for sentence in said if sentence)
