"""A trial as a design file has it: protocol, people, arms, responders, subgroups."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from anagen.errors import InputError, unknown_word
from anagen.files import read_toml
from anagen.input_file import Entry, Part, make, make_all, read_tables
from anagen.measurement.endpoints import UNITS
from anagen.measurement.instruments import instrument
from anagen.population.request import COLUMNS, PERSONAL, Request
from anagen.regimen import Course, Regimen, Session
from anagen.simulate.reading import OF_GROWTH
from anagen.trial.protocol import BY_NAME, Arm, Responder, Subgroup, Trial, last, wrong_shares

TABLES = ("trial", "population", "arm", "responder", "subgroup")
OTHERS = {"patient": "patient", "course": "regimen", "session": "regimen"}
"""Tables at the top of other files."""
ONLY_HISTOLOGY = ("telogen_fraction",)
TABLET = "a tablet reaches both sides of a head and cannot be split; plan a parallel trial"


class Design(Entry):
    """A whole trial design. Raises InputError."""

    numbers: ClassVar[str] = "trial_number"
    trial: Trial
    population: Request
    arms: tuple[Arm, ...]
    responders: tuple[Responder, ...] = ()
    subgroups: tuple[Subgroup, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for check in (
            self._of_arms,
            self._of_paired,
            self._of_names,
            self._of_endpoints,
            self._of_splits,
            self._of_rescue,
        ):
            for field, problem in check():
                raise InputError(problem, field=field)
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the arms."""
        return tuple(arm.name for arm in self.arms)

    @property
    def control(self) -> int:
        """Place of the arm with which others are compared: the last, unless it is named."""
        named = self.trial.control
        return len(self.arms) - 1 if named is None else self.names.index(named)

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Every pair of arms, an arm and what it is compared with; those with the control first."""
        c, others = self.control, [i for i in range(len(self.arms)) if i != self.control]
        return (*((i, c) for i in others),
                *((i, j) for k, i in enumerate(others) for j in others[k + 1 :]))  # fmt: skip

    @property
    def primary(self) -> tuple[tuple[int, int], ...]:
        """The pairs that the trial is about: every arm with the control."""
        return self.pairs[: len(self.arms) - 1]

    def _of_arms(self) -> Iterator[tuple[str, str]]:
        if len(self.arms) < 2:
            yield "arm", f"two arms or more are needed (given: {len(self.arms)})"
        for i, arm in enumerate(self.arms):
            if arm.n < 2:
                problem = f"'{arm.name}' has {arm.n}; an arm needs two people or more for a spread"
                yield f"arm[{i}].n", problem
            for name in ("dropout", "discontinuation"):
                given = getattr(arm, name)
                problem = "" if given is None else wrong_shares(given)
                if problem:
                    yield f"arm[{i}].{name}", problem
            share = last(arm.dropout if arm.dropout is not None else self.trial.dropout)
            if share >= 1:
                field = "trial.dropout" if arm.dropout is None else f"arm[{i}].dropout"
                problem = f"all of '{arm.name}' leave and nobody is left to analyse"
                yield field, f"{problem}; give a share below 1 (given: {share:g})"
        if self.trial.control is not None and self.trial.control not in self.names:
            yield "trial.control", unknown_word("arm", self.trial.control, self.names)
        if self.trial.interim_weeks and (len(self.arms) > 2 or self.trial.layout != "parallel"):
            yield "trial.interim_weeks", "interim analyses are for two parallel arms; remove them"

    def _of_paired(self) -> Iterator[tuple[str, str]]:
        layout = self.trial.layout
        if layout == "parallel":
            return
        if len(self.arms) != 2:
            yield "arm", f'layout = "{layout}" needs two arms (given: {len(self.arms)})'
        if layout == "split_scalp":
            yield from self._of_sides()
        lotions = [any(c.route == "topical" and not c.weeks for c in a.courses) for a in self.arms]
        if layout == "crossover" and all(lotions) and self.trial.washout_weeks > 0:
            problem = "how the response to a lotion returns after a pause is not simulated"
            yield "trial.washout_weeks", f"{problem}; write 0, or plan a parallel trial"
        alone = ["strata", "accrual_weeks"]
        if layout == "crossover":
            alone += ["discontinuation", "rescue"]
            for i, arm in enumerate(self.arms):
                for name in ("rescue", "discontinuation", "adherence"):
                    if name in arm.stated:
                        do = "write trial.adherence" if name == "adherence" else "remove it"
                        yield f"arm[{i}].{name}", f'does not belong to layout = "{layout}"; {do}'
        for name in alone:
            if name in self.trial.stated:
                yield f"trial.{name}", f'does not belong to layout = "{layout}"; remove it'

    def _of_sides(self) -> Iterator[tuple[str, str]]:
        if len({arm.n for arm in self.arms}) > 1:
            given = ", ".join(f"{arm.n}" for arm in self.arms)
            yield (
                "arm[1].n",
                f"both arms are sides of the same heads: give one n (given: {given})",
            )
        for i, arm in enumerate(self.arms):
            if _by_mouth(arm.courses):
                yield f"arm[{i}].courses", TABLET
        if "alopecia_areata" in self.population.diagnoses:
            yield "trial.layout", "alopecia areata is grown over the whole scalp, not split"

    def _of_names(self) -> Iterator[tuple[str, str]]:
        for field, names in (("arm", self.names), ("responder", [r.name for r in self.responders])):
            if len(set(names)) < len(names):
                yield field, f"each needs a name of its own (given: {', '.join(names)})"

    def _of_endpoints(self) -> Iterator[tuple[str, str]]:
        asked = {f"responder[{i}].endpoint": r.endpoint for i, r in enumerate(self.responders)}
        asked["trial.endpoint"] = self.trial.endpoint
        for field, name in asked.items():
            if name == "salt" and name not in self.endpoints:
                given = f"(diagnosis: {self.population.diagnosis})"
                yield field, f"salt is read of alopecia areata {given}; choose another endpoint"
            elif name not in self.endpoints:
                yield field, unknown_word(f"endpoint of {self.trial.instrument}", name,
                                          self.endpoints)  # fmt: skip
        for i, r in enumerate(self.responders):
            if r.week is not None and r.week not in self.trial.visits_weeks[1:]:
                allowed = ", ".join(f"{w:g}" for w in self.trial.visits_weeks[1:])
                yield f"responder[{i}].week", f"is no visit (given: {r.week:g}; allowed: {allowed})"

    def _of_splits(self) -> Iterator[tuple[str, str]]:
        splits = {f"trial.strata[{i}]": s for i, s in enumerate(self.trial.strata)}
        read = [name for name in self.endpoints if name in COLUMNS]
        known = (*BY_NAME, *PERSONAL, *read)
        for field, split in (splits | {f"subgroup[{i}]": s
                                       for i, s in enumerate(self.subgroups)}).items():  # fmt: skip
            if split.of not in known:
                yield f"{field}.of", unknown_word("column on day 0", split.of, known)
            if field in splits and split.of not in BY_NAME and not split.cuts:
                problem = f"is missing; strata of {split.of} need cuts, as cuts = [35]"
                yield f"{field}.cuts", problem
        block, sizes = self.trial.block_size, [arm.n for arm in self.arms]
        ratio = [n // math.gcd(*sizes) for n in sizes]
        if block is not None and block % sum(ratio):
            said = " : ".join(map(str, ratio))
            problem = f"must be a multiple of {sum(ratio)}, for arms of {said}"
            yield "trial.block_size", f"{problem} (given: {block})"

    def _of_rescue(self) -> Iterator[tuple[str, str]]:
        given = {f"arm[{i}].rescue": arm.rescue for i, arm in enumerate(self.arms)}
        for field, rescue in (given | {"trial.rescue": self.trial.rescue}).items():
            if rescue is None:
                continue
            if not rescue.courses:
                yield f"{field}.courses", "is empty; give what people are rescued with"
            weeks = self.trial.visits_weeks[:-1]
            if rescue.from_week > weeks[-1]:
                problem = f"must be week {weeks[-1]:g}, the last visit but one, or before"
                yield f"{field}.from_week", f"{problem} (given: {rescue.from_week:g})"
            if self.trial.layout == "split_scalp" and _by_mouth(rescue.courses):
                yield f"{field}.courses", TABLET
            try:
                Regimen(name="rescue", courses=rescue.courses)
            except InputError as error:
                yield f"{field}.courses", error.problem

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Every endpoint that the trial's readings hold, in the order of their list."""
        out = set(ONLY_HISTOLOGY)
        if instrument(self.trial.instrument).growth_limit is None:
            out |= set(OF_GROWTH)
        if "alopecia_areata" not in self.population.diagnoses:
            out.add("salt")
        return tuple(name for name in UNITS if name not in out)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is unusual, but can be, and what was assumed: one sentence each."""
        return tuple(f"{a.name}: {text}" for a in self.arms for text in a.regimen.warnings)


def _by_mouth(courses: Sequence[Course]) -> bool:
    return any(c.route == "oral" and c.active for c in courses)


class DesignFile(Part):
    """A whole design file, for its JSON schema."""

    numbers: ClassVar[str] = "trial_number"
    schema_: Literal[1] = Field(alias="schema")
    trial: Trial
    population: Request
    arm: list[Arm]
    responder: list[Responder] = []
    subgroup: list[Subgroup] = []


def read_design(path: Path) -> Design:
    """The trial of a design file. Raises InputError with file, field, given and allowed."""
    other = next((name for name in OTHERS if name in read_toml(path)), None)
    if other is not None:
        problem = f"this is a {OTHERS[other]} file, not a trial design; for it: anagen simulate"
        raise InputError(problem, file=path)
    return design_of(read_tables(path, TABLES), path)


def design_of(content: Mapping[str, Any], file: str | Path | None = None) -> Design:
    """The trial of the tables of a design file. Raises InputError."""
    for name in ("trial", "population", "arm"):
        if name not in content:
            head = "[[arm]]" if name == "arm" else f"[{name}]"
            problem = f"this table is missing; begin it with {head}"
            raise InputError(problem, file=file, field=name)
    for table, keys in (("trial", ("name", "visits_weeks")), ("population", ("diagnosis", "sex"))):
        for key in keys:
            if isinstance(content[table], Mapping) and key not in content[table]:
                problem = "this key is missing; add it"
                raise InputError(problem, file=file, field=f"{table}.{key}")
    parts: dict[str, Any] = {
        "trial": make(Trial, _inside(content["trial"], file, "trial"), file, "trial"),
        "population": make(Request, content["population"], file, "population"),
        "arms": _arms(content["arm"], file),
        "responders": make_all(Responder, content.get("responder", []), file, "responder"),
        "subgroups": make_all(Subgroup, content.get("subgroup", []), file, "subgroup"),
    }
    try:
        return Design(**parts)
    except InputError as error:
        raise InputError(error.problem, file=file, field=error.field) from None


def _arms(given: Any, file: str | Path | None) -> tuple[Arm, ...]:
    """The arms; a faulty course is named as `arm[0].courses[1].field`."""
    arms = []
    tables = given if isinstance(given, list | tuple) else [given]
    for i, table in enumerate(tables):
        field = f"arm[{i}]"
        for key in ("name", "n"):
            if isinstance(table, Mapping) and key not in table:
                raise InputError("this key is missing; add it", file=file, field=f"{field}.{key}")
        arm = make(Arm, _inside(table, file, field), file, field)
        if not arm.name.strip():
            raise InputError("is empty; give the arm a name", file=file, field=f"{field}.name")
        try:
            _ = arm.regimen
        except InputError as error:  # which speaks of course[0], as in a regimen file
            where = (error.field or "").replace("course[", "courses[").replace("ion[", "ions[")
            raise InputError(error.problem, file=file, field=f"{field}.{where}") from None
        arms.append(arm)
    return tuple(arms)


INSIDE: dict[str, type[Course | Session | Subgroup]] = {
    "courses": Course, "sessions": Session, "strata": Subgroup}  # fmt: skip
"""Tables within tables, which are made first so that a fault in one is named by its place."""


def _inside(given: Any, file: str | Path | None, field: str) -> Any:
    """A table whose inner tables are made."""
    if not isinstance(given, Mapping):
        return given
    own = dict(given)
    for name, model in INSIDE.items():
        if name in own:
            own[name] = make_all(model, own[name], file, f"{field}.{name}")
    if "rescue" in own:
        own["rescue"] = _inside(own["rescue"], file, f"{field}.rescue")
    return own
