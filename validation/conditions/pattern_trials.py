"""Pattern loss: arms of the trials of men and of women, and hair of women by trichoscopy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from expected import Check, Floats, Size, Table, Value, mean, result, sd, se

from anagen.parameters import parameter
from anagen.patient import Patient
from anagen.priors import between_people, draw_parameters
from anagen.regimen import UNTREATED, Course, Needling, Regimen, Session
from anagen.simulate import Result, simulate
from anagen.simulate.reading import tool

NOTICED = 0.15  # part of the hair that is lost before it is noticed (Rushton 1991)
OLDEST = 25.0  # years since the first follicle
LEAST_SHARE = 0.05  # of the people grown; with fewer entrants a trial is left out
THIN = 30.0  # um
VISITS = (12, 16, 20, 24, 28, 43, 48)
BATCHES, FOLLICLES = 8, 1200
"""For the luck of the area read: more follicles than it can hold."""
MONTHLY = (0, 4, 8)


def topical(name: str, therapy: str, **more: Any) -> Regimen:
    return Regimen(name=name, courses=(Course(therapy=therapy, route="topical", **more),))


def oral(name: str, therapy: str, mg: float) -> Regimen:
    return Regimen(name=name, courses=(Course(therapy=therapy, route="oral", mg_per_day=mg),))


def injected(name: str, therapy: str, **more: Any) -> Regimen:
    given = {"volume_ml_per_point": 0.05, "spacing_mm": 10.0, "depth_mm": 3.0, "weeks": MONTHLY}
    return Regimen(
        name=name, courses=(Course(therapy=therapy, route="injection", **given, **more),)
    )


LOTION = topical("lotion", "vehicle")
MINOXIDIL = tuple(
    topical(f"minoxidil {c:g} %", "minoxidil", strength_percent=c) for c in (2, 5)
)  # fmt: skip
MEN = (
    UNTREATED,
    LOTION,
    *MINOXIDIL,
    topical("foam 5 %", "minoxidil", strength_percent=5, form="foam"),
    oral("oral minoxidil", "minoxidil", 5),
    *(oral(f"dutasteride {mg:g} mg", "dutasteride", mg) for mg in (0.05, 0.1, 0.5, 2.5)),
    injected("saline", "vehicle"),
    injected("PRP", "prp", platelet_fold=4.0),
    Regimen(name="needling", sessions=(
        Session(weeks=(0, 4, 8, 12), needling=Needling(needle_mm=1.5)),)),
)  # fmt: skip
WOMEN = (UNTREATED, LOTION, *MINOXIDIL)
SPREADS = {
    "men": ("untreated", "lotion", "minoxidil 5 %"),
    "women": ("untreated", "lotion", "minoxidil 5 %"),
}
"""Options whose spread of change between people is read, with the instrument's error."""
SITES = {"men": "vertex", "women": "frontal"}
TYPES = {"total": "total_hair_density", "nonvellus": "nonvellus_hair_density",
         "diameter": "hair_diameter"}  # fmt: skip


def patients(sex: str, seed: int, size: Size, p: Mapping[str, float]) -> list[Patient]:
    """People of one sex whose loss began as long ago as the tables say."""
    z = np.random.default_rng([seed, 3]).standard_normal(size.people)
    spread = between_people(z, p["time_since_onset_between_people"])
    years = np.minimum(p["time_since_onset"] / 365.25 * spread, OLDEST)
    return [
        Patient(id=i, sex={"men": "male", "women": "female"}[sex], site=SITES[sex],
                years_since_onset=float(y))
        for i, y in enumerate(years)
    ]  # fmt: skip


def well(who: Sequence[Patient]) -> list[Patient]:
    """The same people without the disease."""
    return [Patient(id=w.id, sex=w.sex, site=w.site, diagnosis="healthy") for w in who]


def exact(instrument: str, p: Mapping[str, float]) -> Any:
    """An instrument whose readings have no error."""
    found = tool(instrument, p).instrument
    assert found is not None
    return replace(found, reading_error=0.0)


def draw(seed: int, size: Size) -> dict[str, float]:
    """Mean changes of the entrants of each sex under every option, and women's calibre."""
    p = draw_parameters(seed)
    found = calibre(seed, size, p)
    for sex, options in (("men", MEN), ("women", WOMEN)):
        who = patients(sex, seed, size, p)
        common: dict[str, Any] = {"parameters": p, "people": "drawn", "seed": seed}
        plain = common | {"batches": 1, "follicles": size.follicles,
                          "instrument": exact("phototrichogram_corrected", p)}  # fmt: skip
        run = simulate(who, options, weeks=48, visits_weeks=VISITS, **plain)
        rest = simulate(well(who), [UNTREATED], weeks=1, visits_weeks=[0], **plain)
        enter = entrants(run, rest)
        found[f"{sex}: share that enters [%]"] = 100 * float(enter.mean())
        if enter.mean() >= LEAST_SHARE:
            found |= {f"{sex}: {k}": x for k, x in outcomes(run, rest, enter).items()}
            some = [o for o in options if o.name in SPREADS[sex]]
            chosen = [w for w, takes in zip(who, enter, strict=True) if takes]
            found |= {f"{sex}: {k}": x for k, x in spreads(chosen, some, common).items()}
    return found


def entrants(run: Result, rest: Result) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Who has lost enough of the density to notice it."""
    now, whole = (r.read["total_hair_density"][:, 0, 0] for r in (run, rest))
    return np.asarray(now <= (1 - NOTICED) * whole)


def outcomes(run: Result, rest: Result, enter: Floats) -> dict[str, float]:
    """Mean change from day 0 by option, type of reading and visit; shedding over health's."""
    found = {}
    for kind, endpoint in TYPES.items():
        change = run.change(endpoint, read=True)[enter].mean(axis=0)
        for o, option in enumerate(run.options):
            for v, week in enumerate(run.weeks):
                found[f"{option}, {kind}, week {week:g}"] = float(change[o, v])
    shed = run.true["shed_hairs_per_day"][enter, 0, 0].mean()
    found["shedding over health's"] = float(shed / rest.true["shed_hairs_per_day"].mean())
    return found


def spreads(
    who: Sequence[Patient], options: Sequence[Regimen], common: dict[str, Any]
) -> dict[str, float]:
    """Spread between people of the change as read, error and luck of the area in it."""
    run = simulate(who, options, weeks=48, visits_weeks=(43, 48), batches=BATCHES,
                   follicles=FOLLICLES, **common)  # fmt: skip
    change = run.change(TYPES["nonvellus"], read=True)
    sds = change.std(axis=0, ddof=1)
    return {
        f"SD of change, {option}, week {week:g}": float(sds[o, v])
        for o, option in enumerate(run.options)
        for v, week in enumerate(run.weeks)
    }


def calibre(seed: int, size: Size, p: Mapping[str, float]) -> dict[str, float]:
    """Diameter and thin hairs of healthy women, with pattern loss and with chronic shedding."""
    z = np.random.default_rng([seed, 3]).standard_normal(size.people)
    years = p["time_since_onset"] / 365.25 * between_people(z, p["time_since_onset_between_people"])
    own: dict[str, list[dict[str, Any]]] = {
        "healthy": [{"diagnosis": "healthy"}] * size.people,
        "pattern": [{"years_since_onset": min(float(y), OLDEST)} for y in years],
        "effluvium": [{"diagnosis": "telogen_effluvium", "subtypes": ("chronic",)}] * size.people,
    }
    options: dict[str, Any] = {
        "weeks": 1, "visits_weeks": [0], "parameters": p, "people": "drawn", "batches": 1,
        "follicles": size.follicles, "instrument": exact("trichoscopy_corrected", p), "seed": seed,
    }  # fmt: skip
    runs = {
        (group, site): simulate(
            [Patient(id=i, sex="female", site=site, **more) for i, more in enumerate(each)],
            [UNTREATED], **options,
        )
        for group, each in own.items()
        for site in ("frontal", "occipital")
    }  # fmt: skip
    noticed = entrants(runs["pattern", "frontal"], runs["healthy", "frontal"])
    found: dict[str, float] = {}
    for (group, site), run in runs.items():
        who = noticed if group == "pattern" else np.ones(size.people, dtype=bool)
        if who.mean() < LEAST_SHARE:
            continue
        total = run.true["total_hair_density"][:, 0, 0]
        who = who & (total > 0)  # of no hair there is no diameter
        diameter = run.read["hair_diameter"][who, 0, 0]
        found[f"diameter, {group}, {site} [um]"] = float(diameter.mean())
        if site == "frontal":
            found[f"SD of diameter, {group}, frontal [um]"] = float(diameter.std(ddof=1))
            thin = 1 - run.true["nonvellus_hair_density"][who, 0, 0] / total[who]
            found[f"thin hairs, {group} [%]"] = 100 * float(thin.mean())
    return found | chronic(runs)


def chronic(runs: Mapping[tuple[str, str], Result]) -> dict[str, float]:
    """Women with chronic effluvium beside themselves in health: shedding, and hair that is left."""
    ill, rest = (runs[group, "frontal"].true for group in ("effluvium", "healthy"))
    shed, total = "shed_hairs_per_day", "total_hair_density"
    left, more = ill[total][:, 0, 0] / rest[total][:, 0, 0], ill[shed].mean() / rest[shed].mean()
    return {
        "women: shedding over health's, chronic effluvium": float(more),
        "chronic effluvium: density over health's [%]": 100 * float(left.mean()),
        "chronic effluvium: women with less than half [%]": 100 * float((left < 0.5).mean()),
    }


def change(
    sex: str, option: str, kind: str, week: int, study: str, row: str, use: str = "calibration"
) -> Value:
    """A printed mean change; its error from the printed spread, else from the general one."""
    found = result(study, row)
    spread = found.sd or parameter("sd_of_change_density").value
    n = found.n or 70
    return Value(f"{sex}: {option}, {kind}, week {week}", (mean(study, row),), study,
                 error=se(spread, n), use=use)  # fmt: skip


def gained(study: str, week: int, arm: str = "") -> float:
    """Mean density at a week over that of day 0."""
    return mean(study, f"density_w{week}{arm}") - mean(study, f"density_w0{arm}")


def values() -> list[Value]:
    """Targets C1, C4 to C8 and C11 to C13, spreads of change, and Rakowska 2009."""
    general = parameter("sd_of_change_density").value
    found = [
        Value("men: untreated, nonvellus, week 43",
              tuple(mean("NaturalHistory1990", f"change_w43_{o}") for o in ("novice", "expert")),
              "C1", error=se(14, 22), use="calibration"),
        *(change("men", option, "nonvellus", 48, "Olsen2002", f"change_w48_{arm}")
          for option, arm in (("lotion", "vehicle"), ("minoxidil 2 %", "minoxidil2"),
                              ("minoxidil 5 %", "minoxidil5"))),
        change("men", "lotion", "nonvellus", 16, "Olsen2007", "change_w16_vehicle"),
        change("men", "foam 5 %", "nonvellus", 16, "Olsen2007", "change_w16_minoxidil5"),
        *(Value(f"men: oral minoxidil, total, week {week}", (gained("Panchaprateep2020", week),),
                "C8, no control", error=se(general, 30), use="calibration") for week in (12, 24)),
        change("men", "untreated", "nonvellus", 24, "Olsen2006", "change_w24_placebo"),
        *(change("men", f"dutasteride {mg} mg", "nonvellus", 24, "Olsen2006",
                 f"change_w24_dutasteride{mg.replace('.', '')}")
          for mg in ("0.05", "0.1", "0.5", "2.5")),
        *(Value(f"men: {option}, total, week 20", (gained("Shapiro2020", 20, arm),), "C12",
                error=se(general, 35), use="calibration")
          for option, arm in (("saline", "_saline"), ("PRP", "_prp"))),
        *(Value(f"men: needling, {kind}, week 28", (mean("MicroneedlingPRP2020", row),), "C13",
                error=se(spread, 30), use="calibration")
          for kind, row, spread in (("total", "density_w28_microneedling", general),
                                    ("diameter", "diameter_w28_microneedling", 6.0))),
        *(change("women", option, "nonvellus", 48, "Lucky2004", f"change_w48_{arm}")
          for option, arm in (("lotion", "vehicle"), ("minoxidil 2 %", "minoxidil2"),
                              ("minoxidil 5 %", "minoxidil5"))),
        Value("women: untreated, nonvellus, week 48", rule="shown", source="none seen"),
        *(Value(f"{sex}: share that enters [%]", rule="shown") for sex in ("men", "women")),
    ]  # fmt: skip
    return [*found, *spread_values(), *rakowska()]


def spread_values() -> list[Value]:
    """Spreads of change between people, and shedding by wash counts."""
    normal, pattern, effluvium = (
        parameter(f"wash_count_{name}").value for name in ("normal", "pattern_loss", "effluvium")
    )
    first = tuple(sd("NaturalHistory1990", f"change_w43_{o}") for o in ("novice", "expert"))
    return [
        Value("men: SD of change, untreated, week 43", first, "C1"),
        *(Value(f"{sex}: SD of change, {option}, week 48", (sd(study, f"change_w48_{arm}"),), study)
          for sex, study in (("men", "Olsen2002"), ("women", "Lucky2004"))
          for option, arm in (("lotion", "vehicle"), ("minoxidil 5 %", "minoxidil5"))),
        *(Value(f"{sex}: shedding over health's", (pattern / normal,), "li2022")
          for sex in ("men", "women")),
        Value("women: shedding over health's, chronic effluvium", (effluvium / normal,), "li2022"),
        Value("chronic effluvium: density over health's [%]", rule="shown"),
        Value("chronic effluvium: women with less than half [%]", rule="shown"),
    ]  # fmt: skip


def rakowska() -> list[Value]:
    """Trichoscopy of 131 women."""
    told = {"diameter_frontal_healthy", "thin_healthy", "diameter_frontal_effluvium",
            "diameter_occipital_healthy"}  # fmt: skip
    found = []
    for group, n in (("healthy", 39), ("pattern", 59), ("effluvium", 33)):
        rows = {f"diameter_{site}_{group}": f"diameter, {group}, {site} [um]"
                for site in ("frontal", "occipital")}  # fmt: skip
        rows[f"thin_{group}"] = f"thin hairs, {group} [%]"
        for row, outcome in rows.items():
            found.append(Value(outcome, (mean("Rakowska2009", row),), "Rakowska 2009",
                               error=se(sd("Rakowska2009", row), n),
                               use="told" if row in told else ""))  # fmt: skip
        spread = sd("Rakowska2009", f"diameter_frontal_{group}")
        found.append(Value(f"SD of diameter, {group}, frontal [um]", (spread,), "the same"))
    return found


def checks(table: Table) -> Iterator[Check]:
    """A drug's dose and its gain go together in most draws."""
    doses = [f"men: dutasteride {mg} mg, nonvellus, week 24" for mg in ("0.05", "0.5", "2.5")]
    rises = np.all(np.diff([table[d] for d in doses], axis=0) > 0, axis=0)
    kept = np.isfinite(table[doses[0]])
    part = float(rises[kept].mean())
    yield Check("dutasteride: more gain at more dose", f"in {part:.0%} of the draws", "9 in 10",
                part >= 0.9)  # fmt: skip
