"""The report of a virtual trial, sections 14 and 15: subgroups, who gains, responders."""

from __future__ import annotations

from collections.abc import Iterator

from anagen.measurement.instruments import visible_change
from anagen.report.simulate_numbers import percent, signed
from anagen.report.trial_blocks import (
    RANGE,
    Block,
    Content,
    Section,
    Table,
    Text,
    column_name,
    middle90,
    plain90,
    share_of,
    whole,
)
from anagen.report.trial_figures import groups_figure
from anagen.trial.summary import Benefit, Enrichment, Rule, Summary

HYPOTHESIS = (
    "Hypothesis only: a trial is not sized for its subgroups, and whoever looks at several finds "
    "one by chance. No group says who responds."
)
INTERACTION = (
    "Interaction: share of replicates in which the groups differ at the trial's level (Welch's "
    "F); without any interaction that is the level itself."
)
GOES_WITH = (
    "Rank correlation of a person's expected gain over the control with what is known on day 0, "
    "and with what no clinic measures (95 % interval). It is what the model assumes of people."
)
EXPECTED = (
    "The same simulated people under the arm and under the control, central parameters, follicles "
    "as they are and not as read: the expected gain is the mean over several lucks. No real trial "
    "sees it, and it is no promise to anyone. Measurable: beyond the error of the instrument. "
    "Visible: beyond what observers notice."
)


NONE = 0.05
"""SD by luck below which an arm does nothing at the central parameters."""


def subgroups(told: Content) -> Section:
    """14: effects in subgroups, shrunk, with the test for interaction; what goes with the gain."""
    s, blocks = told.summary, list[Block]([Text(HYPOTHESIS)])
    figure = groups_figure(s)
    if figure is None:
        blocks.append(Text("Subgroups are analysed for parallel arms only; none here."))
    else:
        columns = (
            "group",
            "comparison",
            f"effect ± SE of one trial, {s.unit}",
            "shrunk",
            "interaction significant in",
        )
        rows = [
            (
                f"{column_name(g.of)}: {g.group}",
                f"{g.arm} − {g.versus}",
                f"{signed(g.estimate)} ± {g.se:.1f}",
                signed(g.shrunk),
                share_of(g.interaction),
            )
            for g in s.subgroups
        ]
        blocks += [figure, Table("Subgroups", columns, rows), Text(INTERACTION, "meta")]
    for benefit in s.benefits:
        blocks += list(_goes_with(benefit))
    return Section("14 Subgroups: hypothesis only", blocks)


def _goes_with(b: Benefit) -> Iterator[Block]:
    rows = [
        (
            column_name(a.of),
            f"{signed(a.correlation, 2)} ({signed(a.low, 2)} to {signed(a.high, 2)})",
            "yes" if a.measured else "no",
        )
        for a in b.associations
    ]
    if rows:
        yield Table(
            f"What the gain of {b.arm} over {b.versus} goes with",
            ("of the person", "rank correlation", "measured in a clinic"),
            rows,
            folded=True,
        )
        yield Text(GOES_WITH, "meta")
    if b.enrichment is not None:
        yield from _enrichment(b, b.enrichment)


def _enrichment(b: Benefit, e: Enrichment) -> Iterator[Block]:
    rows = [
        _rule("everybody", e.everybody),
        _rule(f"best third, in others: {e.best.rule}", e.best),
        *(_rule(f"in its own people: {r.rule}", r) for r in e.rules),
    ]
    yield Table(
        f"Recruiting a third of the people: {b.arm} against {b.versus}",
        ("who", "effect ± error", "people per arm for 80 %", "may enter", "screened in all"),
        rows,
        folded=True,
    )
    flatters = ""
    if e.optimism is not None:
        flatters = (
            " Judged in the people who chose it, the best rule would ask for "
            f"{e.optimism:.2f} times the people that it needs in others."
        )
    yield Text(f"A rule is chosen in some people and judged in others.{flatters}", "meta")


def _rule(name: str, r: Rule) -> tuple[str, ...]:
    need, screened = ("–" if x is None else whole(x) for x in (r.n, r.screened))
    return (
        name.replace("_", " "),
        f"{signed(r.effect)} ± {r.effect_se:.1f}",
        need,
        f"{r.share:.0f} %",
        screened,
    )


def responders(told: Content) -> Section:
    """15: responders by the rules of the design, and measurable and visible expected gains."""
    s, blocks = told.summary, list[Block]()
    if s.responders:
        rows = [
            (
                f"{r.responder} ({r.rule.replace('_', ' ')})",
                f"{r.week:g}",
                r.arm,
                f"{plain90(r.share)} %",
                "–" if r.versus is None else f"{middle90(r.difference)} over {r.versus}",
                share_of(r.power),
            )
            for r in s.responders
        ]
        columns = ("responder", "week", "arm", "share", "difference, percentage points", "power")
        blocks.append(Table(f"Responders, {RANGE}; who left counts as none", columns, rows))
    else:
        blocks.append(Text("No responder rule is in the design; add [[responder]] tables for one."))
    if s.benefits:
        low, high = visible_change()
        head = (
            "comparison",
            f"mean ± error, {s.unit}",
            "SD between people",
            "SD by luck",
            "measurable",
            f"visible, from {low:g} hairs/cm2",
            f"visible, from {high:g} hairs/cm2",
        )
        gains = [
            (
                f"{b.arm} − {b.versus}",
                f"{signed(b.mean)} ± {b.mean_se:.1f}" if b.luck_sd > NONE else "none assumed",
                f"{b.people_sd:.1f}",
                f"{b.luck_sd:.1f}",
                *map(_share, (b.measurable, b.visible_low, b.visible_high)),
            )
            for b in s.benefits
        ]
        people = f"{s.benefits[0].people} simulated people"
        blocks += [
            Table(f"Expected gains of {people} over the control at week {s.week:g}", head, gains),
            Text(EXPECTED, "meta"),
            *_over_draws(s),
        ]
    else:
        blocks.append(Text("Measurable and visible gains need the scenario 'central'; not run."))
    return Section("15 Responders, measurable and visible gains", blocks)


def _over_draws(s: Summary) -> list[Block]:
    """The same over parameters drawn from what is not known; nothing where none were drawn."""
    rows = [
        (
            f"{b.arm} − {b.versus}",
            plain90(d.mean),
            plain90(d.people_sd),
            *(f"{plain90(x)} %" if x else "–" for x in (d.measurable, d.visible_low)),
        )
        for b in s.benefits
        if (d := b.over_draws) is not None
    ]
    if not rows:
        return []
    sets = s.benefits[0].over_draws
    assert sets is not None
    head = (
        "comparison",
        f"mean gain, {s.unit}",
        "SD between people",
        "measurable",
        "visible (low)",
    )
    title = f"The same over {sets.parameter_sets} parameter sets drawn from what is not known"
    return [Table(f"{title}, {RANGE}", head, rows)]


def _share(points: float | None) -> str:
    return "–" if points is None else percent(points / 100)
