"""The rules a study file must keep: small checks, one rule each, each answering in sentences.

``STUDY_RULES`` look at one study; the rules between studies are in ``double_counting``. A rule
yields ``(field, sentence)``; nothing found means nothing to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from anagen.errors import InputError, unknown_word
from anagen.evidence.changes import standard, standard_unit, unit_of
from anagen.evidence.risk_of_bias import ORDER
from anagen.evidence.study import Record, Result, Study
from anagen.units import convert
from anagen.vocabulary import words

Problem = tuple[str, str]
Rule = Callable[[Study], Iterator[Problem]]
WEAK_LEVELS = frozenset({"press", "secondary", "conference", "memory"})
PERCENT_STATISTICS = frozenset({"change_percent", "difference_percent", "relative_excess"})
UNITLESS_STATISTICS = frozenset({"cliffs_delta", "standardised_difference"})
MOST_PEOPLE = 1_000_000
Span = tuple[float, float]
ARM: dict[str, Span] = {
    "particles_per_session": (0, 1e16), "particles_per_cm2": (0, 1e14), "mg_per_day": (0, 1000),
    "per_day": (0, 24), "strength_percent": (0, 100), "needle_mm": (0.1, 5), "sessions": (1, 1000),
    "interval_weeks": (0.1, 520),
}  # fmt: skip
RESULT: dict[str, Span] = {"week": (0, 5200), "area_cm2": (0.01, 1000), "ci_percent": (50, 99.99)}
AGE: dict[str, Span] = {"mean": (0, 120), "low": (0, 120), "high": (0, 120), "sd": (0, 60)}
"""What an arm, a result or an age can be: beyond it lies a slip of the pen."""
PERCENT, SIZE, ANY = (-1000.0, 1000.0), (-20.0, 20.0), (-1e6, 1e6)
"""Possible percent changes, standardised differences, and numbers without a known range."""


def _every(study: Study) -> Iterator[tuple[str, Result]]:
    for part, results in (("results", study.results), ("remembered", study.remembered)):
        for result in results:
            yield f"{part}.{result.id}", result


def _people(study: Study, result: Result) -> int | None:
    arm = next((a for a in study.arms if a.id == result.arm), None)
    return result.n if result.n is not None else arm.n if arm else None


def ids_are_unique(study: Study) -> Iterator[Problem]:
    """Arms and results are named once."""
    for part, ids in (("arms", [a.id for a in study.arms]),
                      ("results", [r.id for _, r in _every(study)])):  # fmt: skip
        for name, times in Counter(ids).items():
            if times > 1:
                yield part, f"the id '{name}' is there {times} times; rename one"


def arms_exist(study: Study) -> Iterator[Problem]:
    """Every result names an arm of its study."""
    ids = [arm.id for arm in study.arms]
    for where, result in _every(study):
        for name in (result.arm, result.versus):
            if name is not None and name not in ids:
                yield where, unknown_word("arm", name, ids)


def something_is_said(study: Study) -> Iterator[Problem]:
    """A result holds a number, a direction or a finding, unless its value was not reached."""
    for where, r in _every(study):
        said = (r.mean, r.median, r.share, r.events, r.low, r.high, r.direction, r.finding)
        if r.statistic != "not_reached" and all(part is None for part in said):
            yield where, "no number, direction or finding; give one or use statistic: not_reached"


def units_fit(study: Study) -> Iterator[Problem]:
    """The unit of a result measures its outcome."""
    for where, r in _every(study):
        wanted = str(words("outcome")[r.outcome]["unit"])
        if r.statistic in UNITLESS_STATISTICS or "text" in (wanted, r.unit):
            continue
        wanted = "percent" if r.statistic in PERCENT_STATISTICS or r.share is not None else wanted
        wanted = r.unit if r.events is not None and r.unit == "people" else wanted
        if r.statistic == "not_reached":
            continue
        try:
            convert(1.0, unit_of(r), wanted)
        except InputError as error:
            yield f"{where}.unit", error.problem


def values_are_possible(study: Study) -> Iterator[Problem]:
    """A level lies in the range that the outcome can have, a change within its whole width.

    What only bounds a number (spreads, intervals, ends) may lie one width beyond.
    """
    for where, r in _every(study):
        bounds = [*(r.ci or []), *(r.iqr or []), r.iqr_width, r.sd, r.se, r.low, r.high]
        for value, widths in [(r.mean, 0), (r.median, 0), *((bound, 1) for bound in bounds)]:
            problem = None if value is None else _impossible(value, r, widths)
            if problem:
                yield where, problem
        if r.share is not None and not 0 <= r.share <= 100:
            yield f"{where}.share", f"{r.share:g} percent is outside 0 to 100"


def _impossible(value: float, r: Result, widths: int) -> str | None:
    """What is wrong with ``value``, which may lie ``widths`` times the range beyond the range."""
    (low, high), unit = _limits(r), r.unit
    if r.statistic not in PERCENT_STATISTICS | UNITLESS_STATISTICS:
        try:
            value, unit = standard(value, r) or 0.0, standard_unit(r)
        except InputError:
            low, high = ANY  # that the unit does not fit is another rule's
    low, high = low - widths * (high - low), high + widths * (high - low)
    if low <= value <= high:
        return None
    return f"{value:g} {unit} is outside {low:g} to {high:g}; check the number and its unit"


def _limits(r: Result) -> Span:
    """Lowest and highest possible centre of a result."""
    if r.statistic in PERCENT_STATISTICS:
        return PERCENT
    if r.statistic in UNITLESS_STATISTICS:
        return (-1.0, 1.0) if r.statistic == "cliffs_delta" else SIZE
    low, high = words("outcome")[r.outcome].get("range", ANY)
    width = high - low
    return (-width, width) if r.statistic in ("change", "difference") else (low, high)


def settings_are_possible(study: Study) -> Iterator[Problem]:
    """Doses, needles, sessions, visits, areas and ages are within what is possible."""
    for arm in study.arms:
        yield from _beyond(f"arms.{arm.id}", arm, ARM)
    for where, r in _every(study):
        yield from _beyond(where, r, RESULT)
    if study.population.age is not None:
        yield from _beyond("population.age", study.population.age, AGE)


def _beyond(where: str, part: Record, possible: Mapping[str, Span]) -> Iterator[Problem]:
    for name, (low, high) in possible.items():
        given = getattr(part, name)
        numbers = given if isinstance(given, list) else [] if given is None else [given]
        if isinstance(given, list) and given[0] > given[1]:
            yield f"{where}.{name}", f"{given} runs downwards; give the lower end first"
        for value in numbers:
            if not low <= value <= high:
                yield f"{where}.{name}", f"{value:g} is outside {low:g} to {high:g}"


def spreads_are_possible(study: Study) -> Iterator[Problem]:
    """A spread is positive and belongs to a known number of people."""
    for where, r in _every(study):
        for name in ("sd", "se", "iqr_width"):
            value = getattr(r, name)
            if value is None:
                continue
            if value < 0:
                yield f"{where}.{name}", f"{value:g} is negative; a spread is 0 or more"
            if _people(study, r) is None and study.kind == "trial":
                yield f"{where}.{name}", f"a {name} without n; give n here or for arm '{r.arm}'"


def intervals_hold_their_centre(study: Study) -> Iterator[Problem]:
    """Intervals run upwards and contain the number that they are about."""
    for where, r in _every(study):
        for name, interval, centre in (("ci", r.ci, r.mean), ("iqr", r.iqr, r.median)):
            if interval is None:
                continue
            if interval[0] > interval[1]:
                yield f"{where}.{name}", f"{interval} runs downwards; give the lower end first"
            elif centre is not None and not interval[0] <= centre <= interval[1]:
                yield f"{where}.{name}", f"{interval} excludes its own centre {centre:g}"
        if r.low is not None and r.high is not None and r.low > r.high:
            yield where, f"low {r.low:g} is above high {r.high:g}"


def counts_are_possible(study: Study) -> Iterator[Problem]:
    """People are counted from 1 to a million, parts among the whole, events among them."""
    people, total = study.population, study.population.n
    counts = [("population.n", total)] + [(f"arms.{a.id}.n", a.n) for a in study.arms]
    counts += [(f"{where}.n", r.n) for where, r in _every(study) if r.versus is None]
    counts += [("population.n_male", people.n_male or None),
               ("population.n_female", people.n_female or None)]  # fmt: skip
    for where, n in counts:
        if n is not None and not 1 <= n <= MOST_PEOPLE:
            yield where, f"{n} people; at least 1 and at most {MOST_PEOPLE}"
        elif n is not None and total is not None and n > total >= 1:
            yield where, f"{n} people, more than the {total} of population.n"
    for where, r in _every(study):
        n = _people(study, r)
        if r.versus is not None and r.n is not None and not 1 <= r.n <= MOST_PEOPLE:
            yield f"{where}.n", f"{r.n} people; at least 1 and at most {MOST_PEOPLE}"
        if r.events is not None and n is not None and not 0 <= r.events <= n:
            yield f"{where}.events", f"{r.events} people with an event out of {n}"


def visits_are_in_order(study: Study) -> Iterator[Problem]:
    """Visits of one outcome of one arm are written from first to last."""
    last: dict[tuple[object, ...], float] = {}
    for where, r in _every(study):
        if r.week is None:
            continue
        key = (where.split(".")[0], r.arm, r.versus, r.outcome, r.statistic, r.subgroup,
               r.seen.level)  # fmt: skip
        if r.week < last.get(key, r.week):
            yield f"{where}.week", f"week {r.week:g} after week {last[key]:g}; order the visits"
        last[key] = r.week


def numbers_have_a_source(study: Study) -> Iterator[Problem]:
    """Every number says where it was seen, and where in it."""
    for where, r in _every(study):
        if r.seen.level != "memory" and not r.seen.where:
            yield f"{where}.seen.where", "no source; give the address where the number was seen"
        if r.seen.level != "memory" and not r.seen.locator:
            yield f"{where}.seen.locator", "no locator; say table, figure, abstract or section"


def memory_is_kept_apart(study: Study) -> Iterator[Problem]:
    """A remembered number never enters a pool or a fit."""
    for where, r in _every(study):
        memory = r.seen.level == "memory"
        if memory and where.startswith("results"):
            yield where, "a number from memory; move it to 'remembered'"
        if not memory and where.startswith("remembered"):
            yield where, f"seen as {r.seen.level}; move it to 'results'"
        if memory and r.use != "context":
            yield f"{where}.use", f"'{r.use}' for a number from memory; only 'context'"


def bias_is_judged(study: Study) -> Iterator[Problem]:
    """Every result of a trial has one risk-of-bias assessment with all its domains."""
    covered: Counter[str] = Counter()
    ids = [r.id for r in study.results]
    for i, entry in enumerate(study.risk_of_bias):
        where = f"risk_of_bias[{i}]"
        covered.update(ids if entry.results == ["all"] else entry.results)
        if entry.tool == "none":
            if not entry.reason:
                yield where, "tool 'none' without a reason; say why no tool applies"
            continue
        domains = list(words(entry.tool))
        if sorted(entry.domains) != sorted(domains):
            yield where, f"{entry.tool} has the domains {', '.join(domains)}; give each once"
        for name, judged in entry.domains.items():
            if judged.judgement not in ORDER[entry.tool]:
                kind = f"{entry.tool} judgement"
                yield f"{where}.{name}", unknown_word(kind, judged.judgement, ORDER[entry.tool])
    for name in ids:
        if covered[name] != 1 and study.kind in ("trial", "case_report"):
            yield f"results.{name}", f"has {covered[name]} risk-of-bias assessments; needs one"
    for name in sorted(set(covered) - set(ids)):
        yield "risk_of_bias", f"names the unknown result '{name}'"


def silence_is_not_low_risk(study: Study) -> Iterator[Problem]:
    """What press, reviews and talks do not say is 'no information', never 'low'."""
    for i, entry in enumerate(study.risk_of_bias):
        weak = {r.seen.level for r in study.results
                if entry.results == ["all"] or r.id in entry.results} <= WEAK_LEVELS  # fmt: skip
        for name, judged in entry.domains.items():
            if judged.judgement == "low" and weak:
                yield f"risk_of_bias[{i}].{name}", "'low' for numbers seen only at second hand"


def products_have_a_passport(study: Study) -> Iterator[Problem]:
    """A study of exosomes or secretome says which passport items its source shows."""
    given = {t for arm in study.arms for t in (arm.therapy, *arm.cotherapy)}
    if given & {"exosome", "secretome"} and study.passport is None:
        yield "passport", "missing; list the items that the source shows ({} when none)"


def kinds_keep_their_rules(study: Study) -> Iterator[Problem]:
    """Registrations announce, pools are context."""
    if study.kind == "registration":
        if study.results:
            yield "results", "a registration has no results; make it a trial"
        if not study.will_answer:
            yield "will_answer", "missing; say what the registered trial will settle"
    for r in study.results:
        if study.kind in ("meta_analysis", "review", "claim") and r.use not in (
            "context",
            "reference",
        ):
            yield f"results.{r.id}.use", f"'{r.use}' in a {study.kind}; only 'context'"


def people_are_possible(study: Study) -> Iterator[Problem]:
    """Ages, years, sexes and country codes make sense."""
    people, age = study.population, study.population.age
    if study.year is not None and not 1950 <= study.year <= 2100:
        yield "year", f"{study.year} is not a year of a study"
    if study.country is not None and not (len(study.country) == 2 and study.country.isupper()):
        yield "country", f"'{study.country}' is no two-letter ISO code such as 'KR'"
    if age is not None and age.low is not None and age.high is not None and age.low > age.high:
        yield "population.age", f"from {age.low:g} to {age.high:g} runs downwards"
    for sex, name, others in (("female", "n_male", people.n_male),
                              ("male", "n_female", people.n_female)):  # fmt: skip
        if people.sex == sex and others:
            yield f"population.{name}", f"{others} in a study with sex: {sex}; mend one of the two"
    sexes = [n for n in (people.n_male, people.n_female) if n is not None]
    if people.n is not None and len(sexes) == 2 and sum(sexes) != people.n:
        remarked = any(r.kind == "denominator" for r in study.remarks)
        if not remarked:
            yield "population", f"{sexes[0]} men and {sexes[1]} women are not {people.n}"


STUDY_RULES: tuple[Rule, ...] = (
    ids_are_unique, arms_exist, something_is_said, units_fit, values_are_possible,
    settings_are_possible, spreads_are_possible, intervals_hold_their_centre, counts_are_possible,
    visits_are_in_order,
    numbers_have_a_source, memory_is_kept_apart, bias_is_judged, silence_is_not_low_risk,
    products_have_a_passport, kinds_keep_their_rules, people_are_possible,
)  # fmt: skip


def problems_of(study: Study, path: Path) -> Iterator[InputError]:
    """Everything that ``STUDY_RULES`` find in one study file."""
    if path.stem != study.id:
        yield InputError(f"the file must be named after its id, {study.id}.yaml", file=path)
    for rule in STUDY_RULES:
        for where, sentence in rule(study):
            yield InputError(sentence, file=path, field=where)


def first_problem(problems: Iterable[InputError]) -> None:
    """Raise the first problem, if any."""
    for problem in problems:
        raise problem
