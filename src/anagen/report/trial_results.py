"""The report of a virtual trial, sections 11 to 15: what the replicates gave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from anagen.report.simulate_numbers import signed
from anagen.report.trial_blocks import (
    RANGE,
    Block,
    Content,
    Section,
    Table,
    Text,
    digits_of,
    endpoint_name,
    middle90,
    plain90,
    primary_of,
    scenario_names,
    share_of,
    share_within,
    whole,
)
from anagen.report.trial_figures import contrasts_figure, visits_figure
from anagen.report.trial_flow import flow_figure
from anagen.trial.summary import Characteristics, Summary


def results(told: Content) -> Section:
    """11: flow, visits by arm, contrasts with intervals."""
    s = told.summary
    of_contrasts = contrasts_figure(s)
    blocks: list[Block] = [flow_figure(s), visits_figure(s)]
    blocks += [of_contrasts] if of_contrasts is not None else []
    blocks += [
        Table(f"Primary comparison, {RANGE}", *_primary(s)),
        Table(f"Mean change by visit as read, {s.unit}: {RANGE}", *_visits(s)),
        Table(
            f"Other endpoints at week {s.week:g}: difference, {RANGE}", *_endpoints(s), folded=True
        ),
    ]
    if s.within_person_correlation is not None:
        blocks.append(
            Text(
                "Correlation of the changes of the two sides of a head, over "
                f"replicates: {plain90(s.within_person_correlation, 2)}."
            )
        )
    blocks.append(
        Text(
            "Differences are absolute. A range over replicates is where one real trial "
            "of this size would fall if the model held; it is no confidence interval "
            "of a treatment's effect.",
            "meta",
        )
    )
    return Section("11 Results", blocks)


def _primary(s: Summary) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    columns = ("comparison", "week", f"difference, {s.unit}", "mean", "power", "assurance")
    rows = [
        (
            f"{c.arm} − {c.versus}",
            f"{c.week:g}",
            middle90(c.difference, digits_of(c.unit)),
            "–" if c.difference is None else signed(c.difference.mean, digits_of(c.unit)),
            share_of(c.power),
            share_of(c.assurance),
        )
        for c in primary_of(s)
    ]
    return columns, rows


def _visits(s: Summary) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    weeks = sorted({v.week for arm in s.arms for v in arm.visits if v.week > 0})
    rows = []
    for arm in s.arms:
        own = {v.week: v for v in arm.visits if v.endpoint == s.endpoint}
        cells = [
            f"{middle90(own[w].change_mean, digits_of(s.unit))}, n {whole(own[w].n)}"
            if w in own
            else "–"
            for w in weeks
        ]
        rows.append((arm.arm, *cells))
    return ("arm", *(f"week {w:g}" for w in weeks)), rows


def _endpoints(s: Summary) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    pairs = [(c.arm, c.versus) for c in primary_of(s)]
    rows = [
        (
            endpoint_name(c.endpoint),
            c.unit,
            f"{c.arm} − {c.versus}",
            middle90(c.difference, digits_of(c.unit)),
            share_of(c.power),
        )
        for c in s.contrasts
        if (c.arm, c.versus) in pairs and c.week == s.week and c.endpoint != s.endpoint
    ]
    return ("endpoint", "unit", "comparison", "difference", "power, unadjusted"), rows


# ---- operating characteristics -------------------------------------------------------------------


def characteristics(told: Content) -> Section:
    """12: type I error, power, bias, coverage, with Monte-Carlo errors."""
    s, level = told.summary, 100 * (1 - told.design.trial.alpha)
    columns = (
        "comparison",
        "analysis",
        "type I error",
        "power (95 % Monte-Carlo interval)",
        f"bias, {s.unit}",
        f"coverage of {level:g} %",
        "SE said / seen",
        "failed",
    )
    blocks: list[Block] = [
        Table(
            "Scenarios",
            ("scenario", "what it is", "replicates", "parameter sets", "table out of reach"),
            list(_scenarios(s)),
        ),
        Table("What each analysis does", columns, _analyses(s.characteristics)),
        Text(
            "Type I error: share of replicates that find a difference where every arm gets what "
            "the control gets. Power: share that favour the arm, at the tables' central values. "
            "Bias: from the difference had nobody left, with interim analyses of the estimate at "
            "the look that ends the trial. ± is the Monte-Carlo standard error, which more "
            "replicates make smaller.",
            "meta",
        ),
    ]
    if s.assumed:
        blocks.append(
            Table(
                f"The same, if the difference were {signed(told.design.trial.difference or 0.0)} "
                f"{s.unit} as assumed",
                columns,
                _analyses(s.assumed),
            )
        )
    blocks += [*_whole(s), *_non_inferiority(s)]
    blocks += _robustness(s)
    if s.sequential is not None:
        blocks += list(_sequential(s))
    return Section("12 Operating characteristics", blocks)


def _analyses(some: Sequence[Characteristics]) -> list[tuple[str, ...]]:
    """A row for every analysis of every comparison."""
    return [
        (
            f"{c.arm} − {c.versus}",
            c.method.replace("_", " ") + (" (planned)" if c.chosen else ""),
            share_within(c.type_i_error),
            share_within(c.power),
            _bias(c),
            share_of(c.coverage),
            _errors(c),
            str(c.failed),
        )
        for c in some
    ]


def _whole(s: Summary) -> list[Block]:
    """All primary comparisons together; nothing for a single one."""
    if s.whole is None:
        return []
    found = (s.whole.type_i_error, s.whole.any_power, s.whole.all_power)
    columns = ("error of the whole trial", "power to find any", "power to find all")
    return [Table("All primary comparisons together", columns, [tuple(map(share_within, found))])]


def _non_inferiority(s: Summary) -> list[Block]:
    """Arms shown to be no worse, where the design has a margin."""
    rows = [
        (
            f"{x.arm} − {x.versus}",
            f"{x.margin:g} {s.unit}",
            share_of(x.power),
            share_of(x.assurance),
        )
        for x in s.non_inferiority
    ]
    columns = ("comparison", "margin", "power", "assurance")
    return [Table("Shown to be no worse by more than the margin", columns, rows)] if rows else []


def _robustness(s: Summary) -> list[Block]:
    """What is left of the result where those who left did worse; nothing where nobody did."""
    known = [x for x in s.robustness if x.power is not None]
    if not known:
        return []
    rows = [
        (
            f"{x.arm} − {x.versus}",
            middle90(x.jump_to_reference),
            share_of(x.power),
            middle90(x.tipping) if x.tipping else "never significant",
        )
        for x in known
    ]
    columns = (
        "comparison",
        f"as the control afterwards, {s.unit}",
        "power of that",
        f"shift at which it is lost, {s.unit}",
    )
    said = (
        "As the control afterwards: those who left an arm are imputed as if they had gone on like "
        "the control (jump to reference, Rubin's rules). Shift: how much worse than expected at "
        "random they must have done for significance to be lost, over the replicates that found "
        "the arm better. Median (5 to 95 % of the replicates), central parameters."
    )
    return [Table("If those who left did worse", columns, rows), Text(said, "meta")]


SCENARIOS = {
    "central": "the tables' central values",
    "drawn": "parameters drawn anew from their priors",
    "null": "central values, every arm given what the control gets",
    "no_effect": "drawn parameters, every arm given what the control gets",
    "assumed": "central values, no effect but the difference that the design assumes",
}


def _scenarios(s: Summary) -> Iterator[tuple[str, ...]]:
    for x in s.scenarios:
        yield (
            x.scenario.replace("_", " "),
            SCENARIOS[x.scenario],
            str(x.replicates),
            str(x.parameter_sets),
            str(x.table_missed),
        )


def _bias(c: Characteristics) -> str:
    if c.bias is None or c.bias_se is None:
        return "–"
    return f"{signed(c.bias, 2)} ± {c.bias_se:.2f}"


def _errors(c: Characteristics) -> str:
    if c.se_mean is None or c.se_empirical is None:
        return "–"
    return f"{c.se_mean:.2f} / {c.se_empirical:.2f}"


def _sequential(s: Summary) -> Iterator[Block]:
    assert s.sequential is not None
    rows = [
        (
            f"week {x.week:g}",
            whole(x.people),
            share_of(x.stops_for_effect),
            share_of(x.stops_for_futility),
            share_of(x.stops_under_null),
        )
        for x in s.sequential.looks
    ]
    columns = (
        "analysis",
        "people in the trial",
        "stops for effect",
        "stops for futility",
        "stops for effect under the null",
    )
    yield Table("Interim analyses: how often the trial ends there", columns, rows)
    with_effect, without = s.sequential.expected_people, s.sequential.expected_people_under_null
    if with_effect is not None:
        null = "" if without is None else f", {whole(without)} under the null"
        yield Text(
            f"People recruited on average: {whole(with_effect)}{null}, of at most "
            f"{s.sequential.people}. With interim analyses the type I error of the planned "
            "analysis is that of finding the arm better (one-sided)."
        )


def assurance(told: Content) -> Section:
    """13: power averaged over what is not known."""
    s = told.summary
    rows = [
        (f"{c.arm} − {c.versus}", share_of(c.power), share_within(c.assurance))
        for c in primary_of(s)
    ]
    said = (
        "Assurance is power averaged over draws of the parameters from their priors: the chance of "
        "a significant result in favour of the arm when no more is known of the treatment than "
        "the priors hold. Power supposes that the central values hold. Where the "
        "two differ much, the number of people is not what decides."
    )
    if "drawn" not in scenario_names(s):
        return Section(
            "13 Assurance",
            [
                Text(said),
                Text("No replicates with drawn parameters were run: assurance is not given."),
            ],
        )
    columns = ("comparison", "power, central values", "assurance (95 % Monte-Carlo interval)")
    return Section("13 Assurance", [Text(said), Table("Power and assurance", columns, rows)])
