"""Who is simulated: one person, with the words of a patient file."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass

from anagen.errors import InputError, unknown_word

DIAGNOSES = ("androgenetic_alopecia", "healthy")
SEXES = ("female", "male")


@dataclass(frozen=True, kw_only=True)
class Patient:
    """One person.

    ``id`` names the person's luck: a whole number, or a pseudonym. ``site`` is the scalp simulated,
    ``years_since_onset`` how long ago its first follicle was
    affected (at the tables' central values some seven years before a man has lost 15 % and may
    notice). Raises InputError for an unknown word, a number that cannot be, and pattern loss in a
    woman, which is not simulated yet.
    """

    id: int | str = 1
    age: float | None = None
    sex: str = "male"
    site: str = "vertex"
    diagnosis: str = "androgenetic_alopecia"
    years_since_onset: float = 0.0

    def __post_init__(self) -> None:
        for name, word, allowed in (
            ("diagnosis", self.diagnosis, DIAGNOSES),
            ("sex", self.sex, SEXES),
        ):
            if word not in allowed:
                raise InputError(unknown_word(name, word, allowed), field=name)
        if self.sex == "female" and self.diagnosis == "androgenetic_alopecia":
            problem = "pattern loss of women is not simulated yet; allowed with it: male"
            raise InputError(problem, field="sex")
        most = 80.0 if self.age is None else min(self.age, 80.0)
        if not (math.isfinite(most) and 0 <= self.years_since_onset <= most):
            problem = f"must lie between 0 and {most:g} (given: {self.years_since_onset})"
            raise InputError(problem, field="years_since_onset")
        if isinstance(self.id, int) and not 0 <= self.id < 2**32:
            raise InputError(f"must be 0 to 2^32 - 1 (given: {self.id})", field="id")

    @property
    def key(self) -> int:
        """The number that names this person's luck."""
        return self.id if isinstance(self.id, int) else zlib.crc32(self.id.encode())
