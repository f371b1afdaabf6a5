"""The report of a virtual trial, sections 5 to 10: how it was planned."""

from __future__ import annotations

from collections.abc import Iterator

from anagen.measurement.instruments import INSTRUMENTS, instrument, measurable_change
from anagen.report.simulate_numbers import signed
from anagen.report.trial_blocks import (
    Block,
    Content,
    Items,
    Section,
    Table,
    Text,
    chance,
    column_name,
    endpoint_name,
    primary_of,
    share,
    share_of,
)
from anagen.report.trial_figures import power_figure
from anagen.report.trial_words import scan_table, scan_title
from anagen.trial.protocol import Shares, last
from anagen.trial.summary import Required
from anagen.vocabulary import label

METHODS = {
    "mmrm": "mixed model for repeated measures (arm by visit, baseline by visit)",
    "ancova": "analysis of covariance on the baseline",
    "t_test": "t test of the changes",
    "paired_t_test": "paired t test of the changes of both sides",
    "paired_ancova": "paired analysis with the difference of the baselines as covariate",
    "crossover": "crossover analysis of the differences within people, with the period",
}
LAYOUTS = {
    "parallel": "parallel arms",
    "split_scalp": "split scalp: both treatments on every head, one to a side",
    "crossover": "crossover: both treatments one after the other in every person",
}
BLINDING = {
    "double_blind": "Double blind: whoever counts and whoever is treated does not know the arm.",
    "single_blind": "Single blind: one side knows the arm; what that adds is not simulated.",
    "open_label": "Open label: everybody knows the arm; what that adds is not simulated.",
}
MISSING = (
    "A visit that did not take place is missing; nothing is carried forward. {how} Whether the "
    "answer would survive worse courses of those who left is in section 12, for parallel arms."
)
HOW_MISSING = {
    "mmrm": "The mixed model takes what is missing as missing at random given the earlier visits.",
    "within": "A person without the visit on both sides, or in both periods, is left out.",
    "single": "A person without the primary visit is left out of its comparison.",
}


def arms(told: Content) -> Section:
    """5: arms, doses and schedule."""
    rows = []
    for arm, planned in zip(told.summary.arms, told.design.arms, strict=True):
        per_area = [
            f"{c.particles_per_cm2:.2g}" for c in planned.courses if c.particles_per_cm2 is not None
        ]
        role = "control" if arm.control else "compared"
        rows.append(
            (
                arm.arm,
                str(arm.n),
                role + (", sham" if planned.sham else ""),
                " · ".join(arm.treatment),
                ", ".join(per_area) or "none",
            )
        )
    who = "heads" if told.summary.layout == "split_scalp" else "people"
    columns = ("arm", who, "role", "treatment", "particles/cm2 in a session")
    blocks: list[Block] = [Table("Arms", columns, rows)]
    if told.summary.regulation:
        blocks += [
            Text("The law where the trial would run, as far as it was found:"),
            Items(told.summary.regulation),
        ]
    return Section("5 Arms, dose and schedule", blocks)


def measurement(told: Content) -> Section:
    """6: endpoints, the error of a reading, blinding, what a control shows."""
    s, trial = told.summary, told.design.trial
    stated = "" if "blinding" in trial.model_fields_set else "Not stated, taken as: "
    rows = [
        ("primary endpoint", f"{endpoint_name(s.endpoint)} [{s.unit}], change to week {s.week:g}"),
        ("read by", label("instrument", s.instrument)),
        ("area read", f"{trial.target_area_cm2:g} cm2"),
        ("follicles grown of each person", str(told.follicles)),
        *_error_rows(told),
        *_unexplained(told),
        ("blinding", stated + BLINDING[trial.blinding]),
        ("other endpoints", ", ".join(endpoint_name(e) for e in secondary(told))),
    ]
    control = (
        "Control response: arms given the same needles, volumes and vehicles show the same "
        "artefact of counting, taken from published control arms; it is added to readings and is "
        "no hair. The luck of a small area and the error of each reading are simulated; so are "
        "season and natural loss."
    )
    return Section(
        "6 Endpoints and measurement", [Table("Reading", ("item", "here"), rows), Text(control)]
    )


def _error_rows(told: Content) -> Iterator[tuple[str, str]]:
    s = told.summary
    if s.instrument not in INSTRUMENTS or s.unit != "hairs/cm2":
        return
    tool = instrument(s.instrument)
    yield "error of one reading", f"{100 * tool.reading_error:.2g} % of the total count"
    base = [
        v.baseline_mean
        for a in s.arms
        for v in a.visits
        if v.endpoint == s.endpoint and v.week == 0
    ]
    if base:
        mean = sum(base) / len(base)
        least = float(measurable_change(tool, mean, years=s.week / 52))
        yield (
            "measurable change of one person",
            f"{least:.1f} hairs/cm2 at a baseline of {mean:.0f} (95 %)",
        )


def _unexplained(told: Content) -> Iterator[tuple[str, str]]:
    sd = told.design.trial.change_sd
    if sd is not None:
        yield (
            "unexplained change of people",
            f"added without any mechanism, so that the SD of change in the control arm is {sd:g} "
            f"{told.summary.unit}",
        )


def secondary(told: Content) -> list[str]:
    """Endpoints beside the primary one."""
    found = dict.fromkeys(c.endpoint for c in told.summary.contrasts)
    return [name for name in found if name != told.summary.endpoint]


def conduct(told: Content) -> Section:
    """7: visits, who leaves, stops, is rescued, and how well the treatment is taken."""
    trial = told.design.trial
    rows = []
    for arm in told.design.arms:
        leaves = trial.dropout if arm.dropout is None else arm.dropout
        stops = trial.discontinuation if arm.discontinuation is None else arm.discontinuation
        rescue = arm.rescue or trial.rescue
        taken = trial.adherence if arm.adherence is None else arm.adherence
        rescued = (
            "none"
            if rescue is None
            else (f"{share(rescue.share)} from week {rescue.from_week:g} on")
        )
        rows.append((arm.name, cumulative(leaves), cumulative(stops), rescued, share(taken)))
    visits = "Visits in weeks " + ", ".join(f"{w:g}" for w in trial.visits_weeks) + "."
    if trial.layout == "crossover":
        visits += (
            f" Both periods have these visits; a period lasts {trial.period_weeks:g} weeks, "
            f"the washout between them {trial.washout_weeks:g}."
        )
    if trial.accrual_weeks:
        visits += f" People are recruited over {trial.accrual_weeks:g} weeks."
    if trial.season_start:
        visits += f" The trial begins in {trial.season_start}; hair is shed with the season."
    odds = trial.dropout_odds_per_10_percent_lost
    worse = (
        (
            f" The odds of leaving are multiplied by {odds:g} for every 10 % of the baseline that "
            "was lost by the visit before."
        )
        if odds != 1
        else ""
    )
    columns = ("arm", "leave by the last visit", "stop treatment", "rescue", "doses taken")
    return Section(
        "7 Visits, dropout, rescue and adherence",
        [Text(visits + worse), Table("What goes wrong, as planned", columns, rows)],
    )


def cumulative(shares: Shares) -> str:
    """A share by the last visit, or the cumulative ones."""
    if not isinstance(shares, dict) or last(shares) == 0:
        return share(last(shares))
    return ", ".join(f"{share(x)} by week {week}" for week, x in shares.items())


def randomisation(told: Content) -> Section:
    """8: how people are allocated."""
    trial = told.design.trial
    sizes = ", ".join(f"{a.name}: {a.n}" for a in told.design.arms)
    if trial.layout == "split_scalp":
        sizes = f"{told.design.arms[0].n} heads"
    said = f"Layout: {LAYOUTS[trial.layout]}. Sizes: {sizes}."
    if trial.strata:
        by = ", ".join(
            column_name(x.of)
            + (f" (cut at {', '.join(f'{c:g}' for c in x.cuts)})" if x.cuts else "")
            for x in trial.strata
        )
        block = (
            "the smallest that hold the ratio of the arms"
            if trial.block_size is None
            else f"of {trial.block_size}"
        )
        said += f" Permuted blocks {block} within strata of {by}."
    elif trial.layout == "split_scalp":
        said += (
            " Both sides of a simulated head are alike but for luck, so that it does not matter "
            "which one is treated."
        )
    else:
        said += (
            " Every arm has a stream of people of its own, drawn from the same law, which is what "
            "simple randomisation to fixed sizes gives."
        )
    blocks: list[Block] = [Text(said)]
    if trial.layout == "split_scalp":
        asked = trial.within_person_correlation
        wanted = (
            "as simulated"
            if asked is None
            else f"{asked:g}, as asked for (between untreated sides)"
        )
        blocks.append(
            Text(
                f"Correlation of the changes of the two sides: {wanted}. Spill-over: "
                f"{share(trial.spillover)} of the other side's active effect."
            )
        )
    return Section("8 Randomisation", blocks)


def analysis(told: Content) -> Section:
    """9: how it is analysed."""
    s, trial = told.summary, told.design.trial
    chosen = next(c.method for c in s.characteristics if c.chosen)
    kind = "within" if trial.layout != "parallel" else "mmrm" if chosen == "mmrm" else "single"
    rows = [
        ("primary analysis", METHODS.get(chosen, chosen)),
        ("level", f"two-sided {trial.alpha:g}"),
        ("several comparisons", trial.multiplicity.replace("_", " ")),
    ]
    if chosen == "mmrm":
        rows.insert(
            1,
            (
                "covariance of visits",
                f"{trial.covariance.replace('_', ' ')}; degrees of "
                f"freedom: {trial.degrees_of_freedom.replace('_', '-').title()}",
            ),
        )
    if trial.margin is not None:
        rows.append(("margin of non-inferiority", f"{abs(trial.margin):g} {s.unit}"))
    rows.append(("other endpoints and visits", "each on its own, without adjustment"))
    blocks: list[Block] = [
        Table("Plan of the analysis", ("item", "here"), rows),
        Text(MISSING.format(how=HOW_MISSING[kind])),
    ]
    fallbacks = [
        (x.scenario.replace("_", " "), name.replace("_", " "), str(count))
        for x in s.scenarios
        for name, count in x.fallbacks.items()
    ]
    if fallbacks:
        columns = ("scenario", "analysed by", "replicates")
        blocks.append(Table("Where the planned covariance did not fit", columns, fallbacks))
    if s.sequential is not None:
        blocks += [
            Text(
                f"Interim analyses with boundaries of the kind "
                f"{s.sequential.boundary.replace('_', ' ')}, one-sided at half of the "
                "level."
            )
        ]
        looks = [
            (
                f"week {x.week:g}",
                f"{100 * x.information:.0f} %",
                f"{x.upper_z:.3f}",
                "–" if x.lower_z is None else f"{x.lower_z:.3f}".replace("-", "−"),
            )
            for x in s.sequential.looks
        ]
        head = ("analysis", "information", "stops for effect above z", "for futility below z")
        blocks.append(Table("Boundaries", head, looks))
    return Section("9 Analysis", blocks)


NOT_CENTRAL = (
    "No replicates with the central parameters were run; the closed form needs their difference "
    "and SD."
)


def size(told: Content) -> Section:
    """10: the sample size in closed form, beside the simulated power."""
    s = told.summary
    simulated = {(c.arm, c.versus): c.power for c in primary_of(s)}
    sd_name = "SD" if s.layout == "parallel" else "SD of the difference within people"
    if not s.planned:
        return Section("10 Sample size", [Text(NOT_CENTRAL)])
    columns = (
        "comparison",
        f"difference, {s.unit}",
        f"{sd_name}, {s.unit}",
        "people",
        "power, closed form",
        "power, simulated (± MC error)",
        "detectable at 80 %",
        f"{_unit(told)} for 80 %",
        f"{_unit(told)} for 90 %",
    )
    rows = [
        (
            f"{p.arm} − {p.versus}, {p.basis} difference",
            f"{signed(p.delta)} ± {p.delta_se:.1f}" if p.delta_se else signed(p.delta),
            f"{p.sd:.1f}",
            str(p.n),
            chance(p.power),
            share_of(simulated.get((p.arm, p.versus))) if p.basis == "simulated" else "–",
            f"{p.detectable:.1f}",
            _count(p.n_for_80),
            _count(p.n_for_90),
        )
        for p in s.planned
    ]
    said = (
        "Difference and SD are those of the simulation at the tables' central values; the closed "
        "form is Student's t of the changes, with the people who are left at the primary visit. "
        "It knows neither covariates nor earlier visits: where the planned analysis uses them, its "
        "simulated power may be higher."
    )
    known = s.published_sd
    if known is not None and s.layout == "parallel":
        said += (
            f" SD of change in {known.arms} arms of trials ({', '.join(known.studies)}): "
            f"{known.low:g} to {known.high:g}, median {known.median:g} {known.unit}."
        )
    blocks: list[Block] = [Table("Closed form beside simulation", columns, rows), Text(said)]
    if s.required:
        blocks += list(_required(told))
    blocks += [Table(scan_title(one), *scan_table(one, s.unit)) for one in s.scans]
    return Section("10 Sample size", blocks)


def _required(told: Content) -> Iterator[Block]:
    """People for a target power, read off the first people of every simulated trial."""
    rows = [
        (
            f"{r.arm} − {r.versus}, {r.basis}",
            f"{100 * r.target:.0f} %",
            "–" if r.n is None else f"{r.n:.0f}{_interval(r)}",
            "; ".join(f"{x.n}: {share_of(x.power)}" for x in r.curve),
            r.note or "–",
        )
        for r in told.summary.required
    ]
    columns = ("comparison", "power", f"{_unit(told)} (95 %)", "power by size", "remark")
    yield Table("Size read off the simulation", columns, rows)
    yield power_figure(told.summary)


def _interval(r: Required) -> str:
    if r.low is None:
        return ""
    return f" ({r.low:.0f} to {'any' if r.high is None else f'{r.high:.0f}'})"


def _unit(told: Content) -> str:
    return {"parallel": "people per arm", "split_scalp": "heads", "crossover": "people"}[
        told.summary.layout
    ]


def _count(n: int | None) -> str:
    return "not told from none" if n is None else f"{n}"
