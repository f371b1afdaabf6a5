"""The whole summary from a forecast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from anagen.conditions.diagnoses import diagnoses_of
from anagen.conditions.healthy import unknown_group
from anagen.conditions.telogen_effluvium import is_chronic
from anagen.evidence.regulation import approval_notice, load_regulation
from anagen.evidence.study import Study
from anagen.forecast import summary as s
from anagen.forecast.exposure import Patch, arrived, wetted
from anagen.forecast.known import effective_draws, known_part, not_used
from anagen.forecast.options import Options
from anagen.forecast.protocol import Tried
from anagen.forecast.published import published
from anagen.forecast.ranking import counted, ranking
from anagen.forecast.rerun import artefact_course, parameters_of, parameters_read
from anagen.forecast.salt import TOTAL, net, own_endpoint, salt_gains
from anagen.forecast.spread import Floats, band, interval, share, spread
from anagen.forecast.stops import stops
from anagen.forecast.tested import extrapolations, tested
from anagen.forecast.timeline import clinic_claims, first_weeks, least_measurable
from anagen.measurement import endpoints, instruments
from anagen.parameters import load_parameters
from anagen.regimen import Regimen
from anagen.signalling.drive import thetas
from anagen.signalling.response import SIGNALS
from anagen.simulate.forecast import Forecast
from anagen.therapies import after_effects, numbing
from anagen.therapies.exosome import does_nothing

SHED = "shed_hairs_per_day"
HALF_YEAR = 24.0
PERCENTILES = (5.0, 50.0, 95.0)
CLASS = ("exosome", "secretome")
"""Therapies that share the mass at zero."""
WEEK = 7
FROM_THEN_ON = (SHED,)
"""Endpoints counted over the week after a visit: that of day 0 already holds the session."""
FEW = 50
"""Draws below which the ends of an interval say little."""


def make_simulated(
    forecast: Forecast, options: Options, studies: Sequence[Study],
    patches: Mapping[int, Sequence[Patch]], vary: Sequence[Tried] = (),
) -> s.Simulated:  # fmt: skip
    """Everything that is said of ``forecast``, whose options are ``options``.

    ``patches``: those of `anagen.forecast.exposure.patches_of`.
    """
    table_of = {name: p.table for name, p in load_parameters().items()}
    read = parameters_read(forecast, table_of)
    low, high = instruments.visible_change()
    artefact = artefact_course(forecast)
    first, patient = options.asked[0], forecast.patient
    beside, worth = published(forecast, options, studies), effective_draws(forecast)
    return s.Simulated(
        patient=str(patient.id), diagnosis=patient.diagnosis,
        diagnoses=list(diagnoses_of(parameters_of(forecast, 0), patient)),
        subtypes=list(patient.subtypes), stops=stops(patient),
        acute="telogen_effluvium" in patient.diagnoses and not is_chronic(patient),
        endpoint=own_endpoint(patient), month=forecast.month,
        hypothesis=forecast.hypothesis, instrument=forecast.instrument.name,
        solver=forecast.solver, seed=forecast.seed, draws=forecast.draws,
        positions=forecast.positions, weeks=list(forecast.weeks),
        thresholds=s.Thresholds(measurable=spread(least_measurable(forecast)), visible_low=low,
                                visible_high=high),
        tested=tested(patient, options, studies), published=beside,
        extrapolations=extrapolations(patient, options, studies),
        gains=list(_gains(forecast, options)), salt=list(salt_gains(forecast, options)),
        nothing=_nothing(forecast, options),
        null_prior=float(forecast.parameters["exosome_null_probability"].mean()),
        known=known_part(forecast, options), worth=worth, error=0.5 / worth**0.5,
        not_used=not_used(patient),
        options=[_option(forecast, options, o, artefact[:, o])
                 for o in range(len(options.regimens))],
        contrasts=list(_contrasts(forecast, options)),
        clinic=clinic_claims() if _vesicles(options) else [],
        first=list(first_weeks(forecast, options)), wet=wetted(forecast, options),
        arrived=arrived(forecast, options, patches), signals=list(_signals(forecast, options)),
        ranking=ranking(forecast, first, options.sham[first], read), parameters=counted(read),
        pictures=pictured(forecast, options), after_effects=list(_after(options)),
        followed=list(_followed(options)), numbing=numbing.NOTE,
        regulation=_approval(options), vary=list(vary),
        warnings=warnings(forecast, options),
        citations=sorted({*_citations(read), *(name for p in beside for name in p.ids)}),
    )  # fmt: skip


def _gains(forecast: Forecast, options: Options) -> Iterator[s.Gain]:
    """Every regimen at half a year and at the horizon."""
    for o in options.asked:
        for v in sorted({_visit(forecast, HALF_YEAR), len(forecast.weeks) - 1} - {-1}):
            yield _gain(forecast, options, o, v)


def _visit(forecast: Forecast, week: float) -> int:
    return forecast.weeks.index(week) if week in forecast.weeks else -1


def _gain(forecast: Forecast, options: Options, o: int, v: int) -> s.Gain:
    sham = options.sham[o]
    net, least = forecast.gain(TOTAL, o, sham)[:, v], least_measurable(forecast)
    low, high = instruments.visible_change()
    own, its = (forecast.change(TOTAL, i, read=True)[:, v] for i in (o, sham))
    median, of_sham = float(np.median(own)), float(np.median(its))
    return s.Gain(
        option=forecast.options[o], sham=forecast.options[sham], week=forecast.weeks[v],
        over_sham=interval(net),
        over_untreated=interval(forecast.gain(TOTAL, o, options.untreated)[:, v]),
        untreated_change=interval(forecast.change(TOTAL, options.untreated)[:, v]),
        untreated_rise=share(forecast.change(TOTAL, options.untreated)[:, v] > 0),
        shed_over_sham=interval(forecast.gain(SHED, o, sham)[:, v]),
        living_over_sham=interval(np.subtract(
            *(living(forecast, i)[:, round(forecast.weeks[v])] for i in (o, sham)))),
        change=interval(forecast.change(TOTAL, o)[:, v]),
        measurable=share(net >= least), visible_low=share(net >= low),
        visible_high=share(net >= high), loss=share(net < 0),
        measurable_loss=share(net <= -least), zero=share(net == 0),
        read_change=interval(own), sham_read_change=interval(its),
        sham_share=of_sham / median if median > 0 and of_sham > 0 else None,
    )  # fmt: skip


def _nothing(forecast: Forecast, options: Options) -> dict[str, float]:
    drawn = [does_nothing(parameters_of(forecast, k)) for k in range(forecast.draws)]
    asked = [options.regimens[o] for o in options.asked]
    return {r.name: share(drawn) for r in asked if any(c.therapy in CLASS for c in r.courses)}


def _vesicles(options: Options) -> bool:
    """Whether a regimen holds a vesicle product or a conditioned medium."""
    return any(c.therapy in CLASS for o in options.asked for c in options.regimens[o].courses)


def _approval(options: Options) -> str | None:
    """What has been approved of vesicles, without the keys of its sources."""
    if not _vesicles(options):
        return None
    law = load_regulation()
    notice = approval_notice(law)
    for source in (source for rule in law.entries for source in rule.source):
        notice = notice.replace(f"; {source})", ")")
    return notice


def _option(forecast: Forecast, options: Options, o: int, artefact: Floats) -> s.Option:
    found = []
    for name, values in forecast.true.items():
        read = forecast.read.get(name, values)
        today = name not in FROM_THEN_ON
        found.append(s.Endpoint(
            endpoint=name, unit=endpoints.UNITS[name], value=band(values[:, o]),
            change=band(forecast.change(name, o)) if today else None, read_value=band(read[:, o]),
            read_change=band(read[:, o] - read[:, o, :1]) if today else None))  # fmt: skip
    density = forecast.density[:, o]
    role = options.role(o)
    return s.Option.model_construct(
        option=forecast.options[o], role=role,
        sham=forecast.options[options.sham[o]] if role == "regimen" else None,
        endpoints=found, density_change=band(density - density[:, :1]),
        phases={name: band(x[:, o]) for name, x in forecast.phases.items()},
        living=band(living(forecast, o)), artefact=band(artefact),
    )  # fmt: skip


def living(forecast: Forecast, option: int) -> Floats:
    """Share of the follicles that no scar has destroyed, week by week, (K, W)."""
    return np.asarray(sum(x[:, option] for x in forecast.phases.values()))


def _contrasts(forecast: Forecast, options: Options) -> Iterator[s.Contrast]:
    for o, versus, kind in options.versus:
        for name in forecast.true:
            net = forecast.gain(name, o, versus)
            read = forecast.gain(name, o, versus, read=True) if name in forecast.read else net
            yield s.Contrast.model_construct(
                option=forecast.options[o], versus=forecast.options[versus], kind=kind,
                endpoint=name, unit=endpoints.UNITS[name], gain=band(net),
                read_gain=band(read),
            )  # fmt: skip


def _signals(forecast: Forecast, options: Options) -> Iterator[s.Signal]:
    """Every signal that is moved in some draw, week by week."""
    rows = thetas(parameters_of(forecast, 0))
    for o in options.asked:
        for name in SIGNALS:
            weekly = forecast.signals[name][:, o, :, ::WEEK]
            if np.any(weekly):
                yield s.Signal(
                    option=forecast.options[o], signal=name, at_rest=band(weekly[:, 0]),
                    at_bulb=band(weekly[:, 1]),
                    moves=[moved for moved, by in rows.items() if name in by],
                )  # fmt: skip


def pictured(forecast: Forecast, options: Options) -> list[s.Pictured]:
    """The draws at the percentiles of the first regimen's net gain at the last visit, worst first.

    Draws of one net gain are ordered by the change from baseline.
    """
    o, endpoint = options.asked[0], own_endpoint(forecast.patient)
    gain = forecast.gain(endpoint, o, options.sham[o])[:, -1]
    better = net(forecast, o, options.sham[o])[:, -1]
    order = np.lexsort((forecast.change(TOTAL, o)[:, -1], better))
    places = [(q, int(order[round(q / 100 * (forecast.draws - 1))])) for q in PERCENTILES]
    return [s.Pictured(percentile=q, draw=k, gain=float(gain[k])) for q, k in places]


def _routes(options: Options) -> list[str]:
    found = []
    for regimen in (options.regimens[o] for o in options.asked):
        found += [c.route for c in regimen.courses if c.route in after_effects.ROUTES]
        found += ["microneedling"] if regimen.needled else []
    return list(dict.fromkeys(found))


def _after(options: Options) -> Iterator[s.After]:
    for route in _routes(options):
        for row in after_effects.after_effects(route):
            yield s.After(route=route, effect=row.effect, days=row.days, low=row.low, high=row.high)


def _followed(options: Options) -> Iterator[s.Followed]:
    for route in _routes(options):
        row = after_effects.any_effect(route)
        if row is not None:
            yield s.Followed(route=route, people=row.people, affected=row.affected, upper=row.upper)


def warnings(forecast: Forecast, options: Options) -> list[str]:
    """What is unusual in the input, and what was drawn for want of it."""
    patient = forecast.patient
    found = [f"patient: {text}" for text in patient.warnings]
    group = unknown_group(patient)
    found += [f"patient: {group}"] if group else []
    if forecast.draws < FEW:
        found.append(f"{forecast.draws} draws are too few for intervals; use --draws {FEW} or more")
    asked = [options.regimens[o] for o in options.asked]
    if patient.sult_activity is None and any(_takes_minoxidil(r) for r in asked):
        found.append("patient: sult_activity: not given; drawn from its spread between people")
    if forecast.solver == "reference":
        said = ("injected PRP keeps the closed form, as the reference solver has no depot that "
                "releases slowly")  # fmt: skip
        found += [f"{r.name}: {said}" for r in asked if _injects_platelets(r)]
    return found + [f"{r.name}: {text}" for r in asked for text in r.warnings]


def _takes_minoxidil(regimen: Regimen) -> bool:
    return any(c.therapy == "minoxidil" for c in regimen.courses)


def _injects_platelets(regimen: Regimen) -> bool:
    return any((c.therapy, c.route) == ("prp", "injection") for c in regimen.active)


def _citations(read: set[str]) -> list[str]:
    """Sources of the parameters read: keys of the reference list, and study files."""
    shelf = load_parameters()
    keys = {key.removeprefix("study:") for name in read for key in shelf[name].sources}
    return sorted(keys - {"assumed"})
