"""The report of a virtual trial, sections 1 to 4: what it is, its question, its people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from anagen.report.answer import country
from anagen.report.population import difference, line_name, significant
from anagen.report.trial_blocks import (
    Block,
    Content,
    Section,
    Table,
    Text,
    column_name,
    endpoint_name,
    primary_of,
    whole,
)
from anagen.vocabulary import label

CONTEXT = (
    (
        "question of interest",
        "Would a trial of this design find the difference that the model "
        "implies, and how often would it say so where there is none?",
    ),
    (
        "context of use",
        "Ranking hypotheses and comparing designs before people are asked to take "
        "part. Not for claims about a treatment, nor for the care of anybody.",
    ),
    (
        "influence of the model",
        "Low: a real trial decides; the model is one argument of several in its planning.",
    ),
    (
        "consequence of a wrong answer",
        "A trial that is too small, too large or never begun. Nobody is treated because of it.",
    ),
    (
        "risk of the model",
        "Low for that use. For any other use the risk is high, and this report "
        "does not support it.",
    ),
    (
        "credibility so far",
        "The code is tested against closed forms and other software; the "
        "parameters are priors from publications and assumptions; comparisons with real trials, "
        "with their misses, are in section 17.",
    ),
)
REQUEST_SKIPPED = ("baseline", "subgroup", "n")


def simulated(told: Content) -> Section:
    """1: that everything is simulated."""
    s = told.summary
    counted = ", ".join(
        f"{x.replicates} replicates '{x.scenario.replace('_', ' ')}'" for x in s.scenarios
    )
    said = (
        "Every person, reading and result on this page is simulated. Nobody was treated, and "
        "nothing here is evidence about a treatment: it is what a set of assumptions implies for a "
        "trial."
    )
    return Section(
        "1 This is a simulated trial",
        [
            Text(said),
            Text(
                f"The trial was run many times: {counted}. A replicate is one whole "
                "trial with new people and new luck."
            ),
            *(
                [
                    Text(
                        "Not all replicates are finished: the numbers are of those that are.",
                        "warning",
                    )
                ]
                if s.partial
                else []
            ),
        ],
    )


def context(told: Content) -> Section:
    """2: context of use and risk of the model."""
    lead = (
        "Headings of ASME V&V 40 (2018) and of the FDA guidance on the credibility of "
        "computational modelling (2023)."
    )
    return Section(
        "2 Context of use and model risk",
        [Text(lead, "meta"), Table("Credibility", ("item", "statement"), CONTEXT)],
    )


def estimand(told: Content) -> Section:
    """3: the question and the estimand."""
    s, e = told.summary, told.summary.estimand
    asked = "; ".join(f"{c.arm} against {c.versus}" for c in primary_of(s))
    rows = (
        ("treatment", e.treatment),
        ("population", e.population),
        ("variable", e.variable),
        ("intercurrent events", f"{e.strategy.replace('_', ' ')}: {e.intercurrent_events}"),
        ("summary measure", e.summary_measure),
    )
    question = (
        f"How much does {endpoint_name(s.endpoint)} change by week {s.week:g}, and how much "
        f"of it is the treatment's? {asked}."
    )
    return Section(
        "3 Question and estimand",
        [Text(question), Table("Estimand (ICH E9(R1))", ("attribute", "here"), rows)],
    )


def population(told: Content) -> Section:
    """4: who is simulated, and the published table beside the virtual one."""
    s = told.summary
    blocks: list[Block] = [
        Text(
            "People are drawn from the prevalence of the diagnosis by age, sex and ethnicity; "
            "each scalp is grown from its own history and read on day 0. Every number of this is "
            "a row of the parameter tables with its source; the references are at the end."
        ),
        Table("Who may enter", ("item", "asked for"), list(_asked(told))),
    ]
    if s.population:
        blocks.append(Text(f"{s.population[:1].upper()}{s.population[1:]}."))
    if s.baseline:
        columns = (
            "line",
            "unit",
            "published",
            "virtual (those who enter)",
            "pool, unweighted",
            "difference in SDs",
            "reached",
        )
        rows = [
            (
                line_name(x),
                x.unit,
                significant(x.published),
                significant(x.virtual),
                significant(x.pool),
                difference(x.difference),
                "yes" if x.reached else "no",
            )
            for x in s.baseline
        ]
        blocks.append(Table("Published and virtual baseline", columns, rows))
    else:
        blocks.append(Text("The design names no published baseline table: nothing real was met."))
    blocks.append(_baselines(told))
    return Section("4 Virtual population", blocks)


def _asked(told: Content) -> Iterator[tuple[str, str]]:
    people = told.design.population
    yield "diagnosis", label("condition", people.diagnosis)
    for name in sorted(people.stated - {"diagnosis", *REQUEST_SKIPPED}):
        if name == "history":
            history = ", ".join(label("therapy", p.therapy) for p in people.history)
            yield "earlier treatment", history
        else:
            yield column_name(name), _said(name, getattr(people, name))


def _said(name: str, given: Any) -> str:
    """A field of the population in words."""
    if name == "country":
        return country(given)
    if isinstance(given, dict):
        return ", ".join(f"{str(k).replace('_', ' ')} {v:g}" for k, v in given.items())
    if isinstance(given, tuple) and len(given) == 2 and all(isinstance(x, float) for x in given):
        return f"{given[0]:g} to {given[1]:g}"
    if isinstance(given, tuple):
        return ", ".join(str(x).replace("_", " ") for x in given)
    return {True: "yes", False: "no"}.get(given, str(given).replace("_", " "))


def _baselines(told: Content) -> Table:
    """Mean baselines by arm over the replicates."""
    s = told.summary
    rows = []
    for arm in s.arms:
        v = next(v for v in arm.visits if v.endpoint == s.endpoint and v.week == 0)
        rows.append((arm.arm, whole(v.n), f"{v.baseline_mean:.1f}"))
    name = f"mean {endpoint_name(s.endpoint)} on day 0 as read, {s.unit}"
    return Table("Baseline by arm, mean over replicates", ("arm", "read on day 0", name), rows)
