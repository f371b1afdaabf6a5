"""Who is simulated: one person, with the words of a patient file."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from anagen.errors import InputError, brief
from anagen.input_file import (
    LISTED,
    Condition,
    Entry,
    Part,
    Route,
    Therapy,
    Word,
    make,
    read_tables,
)
from anagen.vocabulary import label

SIMULATED = ("androgenetic_alopecia", "healthy")
"""Diagnoses that can be simulated yet."""
STATED = ("sex", "diagnosis")
"""Fields that a file must give: a person is not a man with pattern loss for want of a word."""

Site = Annotated[str, Word("site")]
Sex = Annotated[str, Word("sex")]
Ethnicity = Annotated[str, Word("ethnicity")]
Sulfotransferase = Annotated[str, Word("sult_activity")]


def _named(given: object) -> object:
    if isinstance(given, bool) or not isinstance(given, int | str):
        raise ValueError(f"a text or a whole number is needed (given: {brief(repr(given))})")
    return given


class Trigger(Part):
    """What set off a shedding: its kind, the week (today is 0) and how severe it was (0 to 1)."""

    numbers: ClassVar[str] = "patient_number"
    kind: Annotated[str, Word("trigger")]
    week: float
    severity: float


class Baseline(Part):
    """What was measured before any therapy; densities in hairs/cm2, shares from 0 to 1."""

    numbers: ClassVar[str] = "patient_baseline"
    total_hair_density: float | None = None
    nonvellus_hair_density: float | None = None
    terminal_hair_density: float | None = None
    anagen_hair_density: float | None = None
    anagen_fraction: float | None = None
    hair_diameter: float | None = None  # um
    cumulative_thickness: float | None = None  # mm/cm2
    hair_growth_rate: float | None = None  # mm/day
    shed_hairs_per_day: float | None = None  # of the whole scalp
    coverage: float | None = None
    instrument: Annotated[str, Word("instrument")] | None = None

    @model_validator(mode="after")
    def _classes_nest(self) -> Self:
        total, nonvellus = self.total_hair_density, self.nonvellus_hair_density
        pairs = (("nonvellus", nonvellus, total), ("terminal", self.terminal_hair_density, total),
                 ("terminal", self.terminal_hair_density, nonvellus),
                 ("anagen", self.anagen_hair_density, total))  # fmt: skip
        for name, part, whole in pairs:
            if part is not None and whole is not None and part > whole:
                more = f"{name}_hair_density is {part:g}, more than the {whole:g} it is part of"
                raise ValueError(f"{more}; mend one of them")
        return self


class Labs(Part):
    """Blood values; the unit is in the name."""

    numbers: ClassVar[str] = "patient_number"
    ferritin_ug_l: float | None = None
    haemoglobin_g_l: float | None = None
    tsh_mu_l: float | None = None
    vitamin_d_nmol_l: float | None = None
    zinc_umol_l: float | None = None


class Past(Part):
    """A therapy that the person has had, and what it did."""

    numbers: ClassVar[str] = "patient_number"
    therapy: Therapy
    route: Route = "unknown"
    response: Annotated[str, Word("response")] = "unknown"


class Preferences(Part):
    """What the person wants, and will not have."""

    numbers: ClassVar[str] = "patient_number"
    needles: Annotated[str, Word("needles")] | None = None
    goal: Annotated[str, Word("goal")] | None = None


class Patient(Entry):
    """One person.

    ``id`` names the person's luck: a whole number, or a pseudonym. ``site`` is the scalp simulated,
    ``years_since_onset`` how long ago its first follicle was affected (at the tables' central
    values some seven years before a man has lost 15 % and may notice). Units, ranges and words of
    the fields are in ``docs/nomenclature.md``. Raises InputError for an unknown word or key, a
    number that cannot be, and fields that contradict one another.
    """

    numbers: ClassVar[str] = "patient_number"
    id: Annotated[int | str, BeforeValidator(_named)] = 1
    age: float | None = None
    sex: Sex = "male"
    postmenopausal: bool = False
    pcos: bool = False
    ethnicity: Ethnicity | None = None
    site: Site = "vertex"
    diagnosis: Annotated[str, Word("condition", "diagnosis")] = "androgenetic_alopecia"
    comorbid: Annotated[tuple[Condition, ...], LISTED] = ()
    norwood: Annotated[str, Word("norwood")] | None = None
    ludwig: Annotated[str, Word("ludwig")] | None = None
    sinclair: int | None = None
    salt: float | None = None
    episode_weeks: float | None = None
    years_since_onset: float = 0.0
    trigger: Trigger | None = None
    baseline: Baseline | None = None
    sult_activity: Sulfotransferase | None = None
    history: Annotated[tuple[Past, ...], LISTED] = ()
    findings: Annotated[tuple[Annotated[str, Word("finding")], ...], LISTED] = ()
    labs: Labs | None = None
    conditions: Annotated[tuple[Annotated[str, Word("medical_condition")], ...], LISTED] = ()
    preferences: Preferences | None = None
    drugs: Annotated[tuple[Annotated[str, Word("drug")], ...], LISTED] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if isinstance(self.id, int) and not 0 <= self.id < 2**32:
            raise InputError(f"must be 0 to 2^32 - 1 (given: {self.id})", field="id")
        if isinstance(self.id, str) and not self.id.strip():
            raise InputError('is empty; give a pseudonym, as id = "p-017"', field="id")
        if self.age is not None and self.years_since_onset > self.age:
            given = f"given: {self.years_since_onset:g}"
            problem = f"must lie between 0 and {self.age:g}, the age ({given})"
            raise InputError(problem, field="years_since_onset")
        self._only_of_women()
        if self.episode_weeks is not None and self.salt is None:
            problem = "is the length of the episode that salt describes; give salt too"
            raise InputError(problem, field="episode_weeks")
        return self

    def _only_of_women(self) -> None:
        for name in ("postmenopausal", "pcos"):
            if self.sex == "male" and getattr(self, name):
                problem = 'true goes with sex = "female" (given: male); remove it or mend the sex'
                raise InputError(problem, field=name)

    @property
    def key(self) -> int:
        """The number that names this person's luck."""
        return self.id if isinstance(self.id, int) else zlib.crc32(self.id.encode())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is unusual, but can be: one sentence each."""
        pattern = self.diagnosis == "androgenetic_alopecia"
        unusual = {
            "age: not given; the skin is taken to be an adult's": self.age is None,
            "years_since_onset: not given; pattern loss is taken to begin today":
                pattern and not self.years_since_onset,
            "norwood: a scale for men; ludwig and sinclair are those for women":
                self.sex == "female" and self.norwood is not None,
            "ludwig, sinclair: scales for women; norwood is that for men":
                self.sex == "male" and (self.ludwig or self.sinclair) is not None,
            f"norwood, ludwig, sinclair: scales of pattern loss, given with "
            f"{label('condition', self.diagnosis)}":
                not pattern and (self.norwood or self.ludwig or self.sinclair) is not None,
            f"salt: a score of alopecia areata, given with {label('condition', self.diagnosis)}":
                self.salt is not None and self.diagnosis != "alopecia_areata",
            "comorbid: repeats the diagnosis": self.diagnosis in self.comorbid,
            "baseline: no instrument given; its error is taken to be that of the default":
                self.baseline is not None and self.baseline.instrument is None,
        }  # fmt: skip
        return tuple(sentence for sentence, so in unusual.items() if so)


def not_simulated(patient: Patient) -> str | None:
    """Why this person cannot be simulated yet, in one sentence; None for who can."""
    if patient.diagnosis not in SIMULATED:
        allowed = ", ".join(SIMULATED)
        return f"diagnosis: '{patient.diagnosis}' is not simulated yet; allowed: {allowed}"
    if patient.sex == "female" and patient.diagnosis == "androgenetic_alopecia":
        do = "allowed with it: male; `anagen evidence` has the trials of women"
        return f"sex: pattern loss of women is not simulated yet; {do}"
    return None


class PatientFile(Part):
    """A whole patient file, for its JSON schema."""

    numbers: ClassVar[str] = "patient_number"
    schema_: Literal[1] = Field(alias="schema")
    patient: Patient


def read_patient(path: Path) -> Patient:
    """The person of a patient file.

    Raises InputError with the file, the field, what was given and what is allowed.
    """
    content = read_tables(path, ("patient",))
    if "patient" not in content:
        problem = "this table is missing; begin it with [patient]"
        raise InputError(problem, file=path, field="patient")
    patient = make(Patient, content["patient"], path, "patient")
    for name in STATED:
        if name not in patient.model_fields_set:
            raise InputError("this key is missing; add it", file=path, field=f"patient.{name}")
    return patient
