"""Protocols searched over a grid: other volumes, spacings, depths, doses of one regimen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import product

from anagen.errors import InputError, unknown_word
from anagen.forecast.exposure import DEPTHS
from anagen.forecast.options import with_shams
from anagen.forecast.salt import SALT, net, own_endpoint, rating_error
from anagen.forecast.spread import Part, Spread, share, spread
from anagen.forecast.timeline import least_measurable
from anagen.measurement import instruments
from anagen.regimen import Course, Regimen
from anagen.simulate.forecast import Forecast

KEYS = tuple(
    name for name, field in Course.model_fields.items() if field.annotation in (float, float | None)
)
"""Fields of a course that are one number."""
MOST = 100
"""Combinations of one run, at most."""
Grid = Mapping[str, tuple[float, ...]]


class Tried(Part):
    """One combination: what it wets and gains over its sham, or why it cannot be.

    Shares wetted by the injection course that wets most, at the first session and after the last,
    by depth.
    """

    values: dict[str, float]
    refused: str | None
    wet_first: dict[str, float] | None = None
    wet_all: dict[str, float] | None = None
    gain: Spread | None = None  # hairs/cm2 over the sham, at the last visit; fall of SALT, points
    measurable: float | None = None
    visible: float | None = None  # from the low anchor
    particles: float | None = None  # of all sessions


def read_grid(texts: Sequence[str], allowed: Sequence[str] = KEYS) -> Grid:
    """The grid of ``KEY=a,b,c`` texts; ``allowed``: the keys that a refusal offers.

    Raises InputError for an unknown key, a value that is no number, a key given twice, and more
    combinations than `MOST`.
    """
    grid: dict[str, tuple[float, ...]] = {}
    for text in texts:
        key, equals, values = text.partition("=")
        key = key.strip()
        if not equals or not values.strip():
            problem = f"write KEY=a,b,c, as spacing_mm=5,10,15 (given: {text})"
            raise InputError(problem, field="--vary")
        if key not in KEYS:
            raise InputError(unknown_word("key", key, allowed), field="--vary")
        if key in grid:
            raise InputError(f"{key} is there twice; join its values", field="--vary")
        grid[key] = tuple(dict.fromkeys(_number(key, value) for value in values.split(",")))
    if math.prod(map(len, grid.values())) > MOST:
        number = math.prod(map(len, grid.values()))
        raise InputError(f"{number} combinations; give at most {MOST}", field="--vary")
    return grid


def _number(key: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        problem = f"'{text.strip()}' is not a number; write {key}=a,b,c with digits"
        raise InputError(problem, field=f"--vary {key}")
    return value


def has(course: Course, key: str) -> bool:
    """Whether the course says ``key``, or had it filled in."""
    return key in course.stated or key in course.assumed


def keys_of(regimen: Regimen) -> list[str]:
    """Keys of the courses of the regimen that can be varied."""
    return [key for key in KEYS if any(has(course, key) for course in regimen.courses)]


def check_grid(grid: Grid, regimen: Regimen) -> None:
    """Raise InputError for a key that no course of the regimen has."""
    for key in grid:
        if not any(has(course, key) for course in regimen.courses):
            there = ", ".join(sorted(keys_of(regimen))) or "none"
            problem = f"no course of '{regimen.name}' has it; allowed: {there}"
            raise InputError(problem, field=f"--vary {key}")


def varied(regimen: Regimen, values: Mapping[str, float]) -> Regimen:
    """The regimen with other ``values`` in every course that has the key. Raises InputError."""
    said = ", ".join(f"{key} {value:g}" for key, value in values.items())
    courses = []
    for course in regimen.courses:
        own = {n: getattr(course, n) for n in course.model_fields_set}
        courses.append(Course(**own | {k: v for k, v in values.items() if has(course, k)}))
    return Regimen(
        name=f"{regimen.name}: {said}", courses=tuple(courses), sessions=regimen.sessions
    )


def search(
    regimen: Regimen, grid: Grid, simulated: Callable[[Sequence[Regimen]], Forecast]
) -> list[Tried]:
    """Simulate every combination beside its own sham; what cannot be is refused with its reason.

    ``simulated`` makes the forecast of some options.
    """
    found = []
    for values in product(*grid.values()):
        named = dict(zip(grid, values, strict=True))
        try:
            options = with_shams([varied(regimen, named)])
            made = simulated(options.regimens[: options.untreated])
        except InputError as error:
            found.append(Tried(values=named, refused=str(error)))
            continue
        found.append(_tried(named, made, options.sham[0]))
    return found


def _tried(values: dict[str, float], made: Forecast, sham: int) -> Tried:
    gain, salt = net(made, 0, sham)[:, -1], own_endpoint(made.patient) == SALT
    least = least_measurable(made)
    if salt:
        least = rating_error(made.true[SALT][:, 0, 0], made.true[SALT][:, 0, -1])
    courses = made.regimens[0].courses
    wet = [shares.mean(axis=0) for (o, _), shares in made.wet.items() if o == 0]
    most = max(wet, key=lambda shares: float(shares[1, -1].sum()), default=None)
    counts = [c.particles * len(c.weeks) for c in courses if c.particles is not None]
    return Tried(
        values=values, refused=None,
        wet_first=None if most is None else {n: float(most[0, 0, d]) for n, d in DEPTHS.items()},
        wet_all=None if most is None else {n: float(most[1, -1, d]) for n, d in DEPTHS.items()},
        gain=spread(gain), measurable=share((gain > 0) & (gain >= least)),
        visible=None if salt else share(gain >= instruments.visible_change()[0]),
        particles=sum(counts) if counts else None,
    )  # fmt: skip
