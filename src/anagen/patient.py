"""Who is simulated: one person, with the words of a patient file."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

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
from anagen.units import DAYS_PER_YEAR
from anagen.vocabulary import label, spelled, words

SIMULATED = (
    "androgenetic_alopecia", "alopecia_areata", "telogen_effluvium", "scalp_inflammation",
    "scarring_alopecia", "ageing", "nutrition_gap", "healthy",
)  # fmt: skip
"""Diagnoses that can be simulated."""
SCALES = ("norwood", "ludwig", "sinclair")
"""Scales of pattern loss."""
INSTEAD = {
    "hormonal": 'telogen_effluvium with trigger = { kind = "post_partum", week = -12, '
    'severity = 0.5 } or conditions = ["thyroid_disease"], or androgenetic_alopecia with pcos or '
    "postmenopausal = true",
    "hair_loss_unspecified": "the diagnosis; `anagen evidence` has the studies of mixed groups",
}
"""What to write for a diagnosis that is not simulated under its own name."""
NO_PICTURE = ("weight", "histology")
"""Instruments that read no picture of an area."""
VELLUS = 30.0
"""Calibre [um] below which every hair is vellus."""
PUBERTY, EARLY_MENOPAUSE = 10.0, 35.0
"""Age [year] before which nobody has pattern loss, and before which a menopause is unusual."""
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


def _items(given: object) -> tuple[object, ...]:
    return tuple(given) if isinstance(given, list | tuple) else ()


def _subtype(given: object) -> str | None:
    """The subtype that a word names, if it names one."""
    return spelled("subtype", given) if isinstance(given, str) else None


class Trigger(Part):
    """What set off a shedding: its kind, the week (today is 0) and how severe it was (0 to 1)."""

    numbers: ClassVar[str] = "patient_number"
    kind: Annotated[str, Word("trigger")]
    week: float
    severity: float


def _picture(given: str) -> str:
    """An instrument that reads an area of the scalp by pictures."""
    pictures = [word for word in words("instrument") if word not in NO_PICTURE]
    if given not in pictures:
        raise ValueError(f"{given} counts no area again; give one of {', '.join(pictures)}")
    return given


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
    instrument: Annotated[str, Word("instrument"), AfterValidator(_picture)] | None = None

    @property
    def grows_unseen(self) -> bool:
        """Whether growth is given of an instrument that compares no pictures of growing hair."""
        growth = (self.anagen_fraction, self.anagen_hair_density, self.hair_growth_rate)
        blind = self.instrument in ("trichoscopy_corrected", "hair_to_hair")
        return blind and any(value is not None for value in growth)

    @model_validator(mode="after")
    def _classes_nest(self) -> Self:
        total, nonvellus = self.total_hair_density, self.nonvellus_hair_density
        grown, share = self.anagen_hair_density, self.anagen_fraction
        if total and grown is not None and share is not None and abs(grown / total - share) > 0.15:
            more = f"anagen_fraction is {share:g}, but {grown:g} of {total:g} hairs grow"
            raise ValueError(f"{more}; mend one of them")
        if nonvellus == 0 and (self.hair_diameter or 0) >= VELLUS:
            more = f"nonvellus_hair_density is 0, but hair_diameter is {self.hair_diameter:g}"
            raise ValueError(f"{more}; mend one of them")
        pairs = (("nonvellus", nonvellus, total), ("terminal", self.terminal_hair_density, total),
                 ("terminal", self.terminal_hair_density, nonvellus),
                 ("anagen", self.anagen_hair_density, total))  # fmt: skip
        if total == 0:
            hairs = [n for n in type(self).model_fields if n != "total_hair_density" and n
                     not in ("instrument", "shed_hairs_per_day") and getattr(self, n)]  # fmt: skip
            if hairs:
                given = f"{hairs[0]} is {getattr(self, hairs[0]):g}"
                raise ValueError(f"total_hair_density is 0, but {given}; mend one of them")
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
    ``years_of_pattern_loss`` is for pattern loss that goes with another diagnosis,
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
    subtypes: Annotated[tuple[Annotated[str, Word("subtype")], ...], LISTED] = ()
    activity: Annotated[str, Word("activity")] | None = None
    male_pattern: bool = False
    norwood: Annotated[str, Word("norwood")] | None = None
    ludwig: Annotated[str, Word("ludwig")] | None = None
    sinclair: int | None = None
    salt: float | None = None
    episode_weeks: float | None = None
    years_since_onset: float = 0.0
    years_of_pattern_loss: float | None = None
    trigger: Trigger | None = None
    baseline: Baseline | None = None
    sult_activity: Sulfotransferase | None = None
    history: Annotated[tuple[Past, ...], LISTED] = ()
    findings: Annotated[tuple[Annotated[str, Word("finding")], ...], LISTED] = ()
    labs: Labs | None = None
    conditions: Annotated[tuple[Annotated[str, Word("medical_condition")], ...], LISTED] = ()
    preferences: Preferences | None = None
    drugs: Annotated[tuple[Annotated[str, Word("drug")], ...], LISTED] = ()

    @model_validator(mode="before")
    @classmethod
    def _subtyped(cls, given: object) -> object:
        """A diagnosis given by the name of its subtype keeps it."""
        if not isinstance(given, dict):
            return given
        named = [given.get("diagnosis"), *_items(given.get("comorbid"))]
        found = [word for word in map(_subtype, named) if word]
        if not found:
            return given
        return given | {"subtypes": tuple(dict.fromkeys([*_items(given.get("subtypes")), *found]))}

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
        for field, problem in contradictions(self):
            raise InputError(problem, field=field)
        return self

    @property
    def key(self) -> int:
        """The number that names this person's luck."""
        return self.id if isinstance(self.id, int) else zlib.crc32(self.id.encode())

    @property
    def diagnoses(self) -> tuple[str, ...]:
        """The diagnosis and what goes with it; a trigger brings its shedding."""
        shed = ("telogen_effluvium",) if self.trigger is not None else ()
        return tuple(dict.fromkeys((self.diagnosis, *self.comorbid, *shed)))

    @property
    def pattern_years(self) -> float | None:
        """Years since pattern loss began; None where it goes with another diagnosis, unstated."""
        main = self.diagnosis == "androgenetic_alopecia"
        return self.years_since_onset if main else self.years_of_pattern_loss

    @property
    def years_unknown(self) -> bool:
        """Whether nobody stated since when there is pattern loss."""
        if self.diagnosis == "androgenetic_alopecia":
            return "years_since_onset" not in self.model_fields_set
        return "androgenetic_alopecia" in self.diagnoses and self.years_of_pattern_loss is None

    @property
    def grade(self) -> tuple[str, str | int] | None:
        """Scale and grade of pattern loss, where one is given."""
        for scale in SCALES:
            if getattr(self, scale) is not None:
                return scale, getattr(self, scale)
        return None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is unusual, but can be: one sentence each."""
        pattern = "androgenetic_alopecia" in self.diagnoses
        unusual = {
            "age: not given; the skin is taken to be an adult's": self.age is None,
            "years since pattern loss began: not given; a forecast draws them":
                pattern and self.years_unknown,
            "postmenopausal: before 35; is the age right?":
                self.postmenopausal and self.age is not None and self.age < EARLY_MENOPAUSE,
            "trigger.week: lies ahead; until then there is no shedding from it":
                self.trigger is not None and self.trigger.week > 0,
            "salt: 0 is no bare scalp; nothing is attacked today": self.salt == 0,
            "ludwig, sinclair: scales for women; norwood is that for men":
                self.sex == "male" and (self.ludwig or self.sinclair) is not None,
            "comorbid: repeats the diagnosis": self.diagnosis in self.comorbid,
            "conditions: pregnancy of a man; is the sex right?":
                self.sex == "male" and "pregnancy" in self.conditions,
            "baseline: trichoscopy sees no growth; what is given of it is not used":
                self.baseline is not None and self.baseline.grows_unseen,
            "baseline: no instrument given; its error is taken to be that of the default":
                self.baseline is not None and self.baseline.instrument is None,
        }  # fmt: skip
        return tuple(sentence for sentence, so in unusual.items() if so)


def contradictions(person: Patient) -> Iterator[tuple[str, str]]:
    """Fields that cannot be together, each with one sentence that says what to mend."""
    woman = person.sex == "female"
    for name in ("postmenopausal", "pcos"):
        if not woman and getattr(person, name):
            yield name, 'true goes with sex = "female" (given: male); remove it or mend the sex'
    if not woman and person.trigger is not None and person.trigger.kind == "post_partum":
        yield "trigger.kind", 'post_partum goes with sex = "female" (given: male); mend one of them'
    if not woman and person.male_pattern:
        yield (
            "male_pattern",
            'true is for women who lose as men do (given: sex = "male"); remove it',
        )
    if woman and person.norwood is not None and not person.male_pattern:
        do = "give ludwig or sinclair, or add male_pattern = true if she loses as men do"
        yield "norwood", f'a scale for men (given: {person.norwood}, with sex = "female"); {do}'
    if person.postmenopausal and person.trigger and person.trigger.kind == "post_partum":
        yield "trigger.kind", "post_partum, with postmenopausal = true; mend one of them"
    if person.postmenopausal and "pregnancy" in person.conditions:
        yield "conditions", "pregnancy, with postmenopausal = true; mend one of them"
    grades = [scale for scale in SCALES if getattr(person, scale) is not None]
    if len(grades) > 1:
        yield grades[1], f"a second scale beside {grades[0]}; give one of them"
    yield from _of_diagnosis(person)
    yield from _too_early(person)


def _of_diagnosis(person: Patient) -> Iterator[tuple[str, str]]:
    """Fields that belong to a diagnosis which was not given."""
    have, called = person.diagnoses, label("condition", person.diagnosis)
    needed = [
        ("salt", "alopecia_areata", person.salt),
        ("activity", "scarring_alopecia", person.activity),
    ]
    if person.grade is not None:
        needed.append((person.grade[0], "androgenetic_alopecia", person.grade[1]))
    needed += [("subtypes", str(words("subtype")[s]["condition"]), s) for s in person.subtypes]
    for field, diagnosis, given in needed:
        if given is not None and diagnosis not in have:
            belongs = f"belongs to {label('condition', diagnosis)}"
            do = f"remove it, or write {diagnosis} as diagnosis or in comorbid"
            yield field, f"{belongs} (given: {brief(given)}, with {called}); {do}"
    beside = person.diagnosis != "androgenetic_alopecia" and "androgenetic_alopecia" in have
    if person.years_of_pattern_loss is not None and not beside:
        do = "write years_since_onset, or name androgenetic_alopecia in comorbid"
        yield "years_of_pattern_loss", f"is for pattern loss beside another diagnosis; {do}"
    if person.episode_weeks is not None and person.salt is None:
        yield "episode_weeks", "is the length of the episode that salt describes; give salt too"


def _too_early(person: Patient) -> Iterator[tuple[str, str]]:
    """What began before the person was born, or pattern loss before puberty."""
    age, since = person.age, person.pattern_years or 0.0
    if age is not None and "androgenetic_alopecia" in person.diagnoses and age - since < PUBERTY:
        main = person.diagnosis == "androgenetic_alopecia"
        since_field = "years_since_onset" if main else "years_of_pattern_loss"
        field = "age" if age < PUBERTY else since_field
        began = f"at the age of {age - since:g}" if since else f"at {age:g}"
        problem = f"pattern loss {began}; it does not begin before {PUBERTY:g}; mend one of them"
        yield field, problem
    weeks = 0.0 if person.trigger is None else -person.trigger.week
    events = (("episode_weeks", person.episode_weeks or 0.0), ("trigger.week", weeks))
    for name, ago in events:
        if person.age is not None and ago * 7 > person.age * DAYS_PER_YEAR:
            problem = f"{ago:g} weeks ago is before birth (age {person.age:g}); mend one of them"
            yield name, problem


def not_simulated(patient: Patient) -> str | None:
    """Why this person cannot be simulated, in one sentence; None for who can."""
    for diagnosis in patient.diagnoses:
        if diagnosis not in SIMULATED:
            field = "diagnosis" if diagnosis == patient.diagnosis else "comorbid"
            give = INSTEAD.get(diagnosis, f"one of {', '.join(SIMULATED)}")
            return f"{field}: '{diagnosis}' is not simulated; give {give}"
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
