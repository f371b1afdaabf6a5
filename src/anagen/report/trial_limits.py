"""The report of a virtual trial, sections 16 to 20: what it cannot say, and where it is from."""

from __future__ import annotations

from math import ceil

from anagen.errors import InputError
from anagen.files import data_hash
from anagen.report.simulate_numbers import say_unit, signed
from anagen.report.trial_blocks import (
    Block,
    Content,
    Items,
    Section,
    Table,
    Text,
    primary_of,
    scenario_names,
)
from anagen.report.trial_figures import parameter_name, ranking_figure
from anagen.trial.sensitivity import FEWEST
from anagen.trial.statistics.power import parallel
from anagen.trial.summary import Planned
from anagen.trial.words import VESICLES
from anagen.vocabulary import label

SAFETY = (
    "Not modelled. No adverse event, infection, immune reaction or unwanted growth is simulated, "
    "and no number of this report says anything about harm. That nothing is shown does not mean "
    "that nothing would happen: a trial must record harms, side by side where a scalp is split."
)
VALIDATED = (
    "hair cycle, natural loss and finasteride: validation/hair_cycle",
    "arrival of injected and topical products: validation/delivery",
    "hair loss by diagnosis, and earlier non-response: validation/conditions",
    "mixed models for repeated measures against R: validation/mmrm; meta-analysis against "
    "metafor: validation/metafor",
    "type I errors, and whole published trials run as virtual ones: validation/trials",
)
MISSES = (
    "There are misses, and they are listed there; what is known to be wrong with whole trials is "
    "in docs/trials.md. What matters most here: in pattern loss all miniaturised hair can come "
    "back in this model, so that long treatments gain too much, and people differ less in their "
    "change than people in trials did."
)
NEEDED = (
    "registration and an analysis plan before the first person, with one primary endpoint, visit "
    "and analysis",
    "a control that is given alike: the same needles, volumes, vehicle and visits",
    "counting by people who do not know the arm, in an area marked so that it is found again",
    "harms recorded actively, for longer than the endpoint needs",
    "permission of the authority where the product is not authorised, and an ethics committee",
)
OF_VESICLES = (
    "a product that is characterised by batch: particles counted, identity, purity, potency, "
    "sterility"
)
UNKNOWN_VESICLES = (
    "whether a vesicle product or conditioned medium reaches follicles in people, and what it does "
    "to them there: the prior of its potency holds none at all"
)
UNKNOWN = (
    "whether people who enter real trials are like these: volunteers, lost visits and earlier "
    "treatment are simulated only as far as the design says",
    "how far expectation moves counts and ratings beyond the published control arms",
    "how the two sides of a head, or visits of a person, correlate in a treatment nobody has tried",
    "what happens after the last visit",
    "whether differences between people are as large as assumed: subgroups and assurance hang on "
    "it",
)
CONSORT = (
    ("title says what kind of trial; here that it is simulated", "title, 1"),
    ("background, question, hypothesis", "2, 3"),
    ("design, allocation ratio", "5, 8"),
    ("who is eligible, where", "4"),
    ("treatments in enough detail to repeat them", "5"),
    ("endpoints, how and when they are read", "6, 7"),
    ("sample size; interim analyses and stopping rules", "9, 10"),
    ("sequence generation, blocks, strata", "8"),
    ("concealment, who enrols and assigns", "does not apply: nobody is assigned by a person"),
    ("blinding", "6"),
    ("statistical methods, missing data, further analyses", "9, 14"),
    ("flow of participants by arm", "11"),
    ("dates of recruitment", "does not apply: simulated time only, 7"),
    ("baseline by arm", "4"),
    ("numbers analysed; results with their precision, absolute", "11, 12"),
    ("responders and other analyses", "14, 15"),
    ("harms", "16: not modelled"),
    ("limitations, generalisability", "17, 18, what we do not know"),
    ("protocol, data, code", "20"),
    ("funding, registration", "does not apply to a simulation"),
)
WITHIN_PERSON = (
    ("why both treatments are on one person; sites eligible", "4, 8"),
    ("how sites are allocated; at once or one after the other", "8"),
    ("what may carry over from one site or period to the other", "8"),
    ("sample size with the correlation within people", "8, 10, 11"),
    ("analysis that keeps the pairs", "9"),
    ("flow of people and of sites or periods", "11"),
    ("results with pairs, and the correlation within people", "11"),
    ("harms by site", "16: not modelled"),
)


def safety(told: Content) -> Section:
    """16: harms are not modelled."""
    assert told.summary.simulated
    return Section("16 Safety", [Text(SAFETY)])


def validation(told: Content) -> Section:
    """17: where predicted stands beside observed, and published effects beside this trial's."""
    blocks: list[Block] = [
        Text("The same code is set beside published results; each folder says what agrees:"),
        Items(VALIDATED),
        Text(MISSES),
    ]
    rows = [
        (
            f"{b.arm} ({label('therapy', b.therapy)})",
            f"{signed(b.estimate)} ({signed(b.low)} to {signed(b.high)})",
            f"{b.trials}, {b.people or 'unknown'}",
            f"{b.trials_week:g}",
            f"{signed(b.simulated.q50)} ({signed(b.simulated.q05)} to {signed(b.simulated.q95)})",
            "–" if b.central is None else signed(b.central),
            f"{b.week:g}",
            "yes" if b.inside else "no",
        )
        for b in told.beside
    ]
    if rows:
        columns = (
            "arm",
            "published over control (95 %)",
            "trials, people",
            "week",
            "simulated (5 to 95 %)",
            "at central values",
            "week",
            "median inside the published interval",
        )
        blocks += [
            Table("Published trials beside this one", columns, rows),
            Text(
                "Published: pooled randomised trials of the same therapy, dose and route in the "
                "diagnosis. Nothing is tuned to them. Their people, visits and readings differ "
                "from these; where the two disagree, trust the trials.",
                "meta",
            ),
        ]
    else:
        blocks.append(
            Text(
                "No pooled published effect of the same therapy, dose and route over a "
                "control was found to set beside this trial."
            )
        )
    return Section("17 Validation", blocks)


def sensitivity(told: Content) -> Section:
    """18: what the spread of the difference over draws hangs on."""
    ranking = told.ranking
    heading = "18 Sensitivity: what the answer hangs on"
    if ranking is None:
        return Section(
            heading,
            [Text(f"Not given: {FEWEST} or more replicates with drawn parameters are needed.")],
        )
    rows = [
        (
            parameter_name(one.name),
            f"{signed(one.rho, 2)} ± {one.se:.2f}",
            one.kind,
            f"{one.low:g} to {one.high:g} {say_unit(one.unit)}".replace("-", "−"),
            "yes" if abs(one.rho) > ranking.by_chance else "no",
        )
        for one in ranking.top
    ]
    columns = (
        "parameter",
        "rank correlation ± MC error",
        "its number is",
        "range",
        "beyond chance",
    )
    clear = len(ranking.beyond_chance)
    said = (
        f"{ranking.sets} parameter sets, {ranking.parameters} parameters that vary. "
        f"{clear or 'None'} of the first {len(ranking.top)} "
        f"{'goes' if clear == 1 else 'go'} with the difference beyond what chance gives the "
        "largest of so many. An assumed number that stands here is what a measurement should be "
        "made of first."
    )
    conflict = [b for b in told.beside if not b.inside]
    blocks: list[Block] = [
        ranking_figure(ranking),
        Table("The first five", columns, rows),
        Text(said),
    ]
    if conflict:
        named = ", ".join(b.arm for b in conflict)
        blocks.append(Text(f"Priors and published trials disagree for: {named} (section 17)."))
    return Section(heading, blocks)


def confirmatory(told: Content) -> Section:
    """19: what a real trial would need."""
    s = told.summary
    who = {"parallel": "people per arm", "split_scalp": "heads", "crossover": "people"}[s.layout]
    sizes = []
    for p in s.planned:
        numbers = [
            f"{n} {who} for {power} % power"
            for n, power in ((p.n_for_80, 80), (p.n_for_90, 90))
            if n is not None
        ]
        wanted = ", ".join(numbers) or "no number is given, as the difference is not told from none"
        sizes.append(
            f"{p.arm} against {p.versus}: {wanted}, if the difference were the {p.basis} "
            f"{signed(p.delta)} {s.unit} and the SD {p.sd:.1f}{_with_published_sd(told, p)}"
        )
    last = max(v.week for arm in s.arms for v in arm.visits)
    sizes.append(f"{last:g} weeks or more of follow-up")
    unsure = [
        f"{c.arm} against {c.versus}: assurance is {100 * c.assurance.share:.0f} %, so that a "
        "smaller trial that narrows the priors may have to come first"
        for c in primary_of(s)
        if c.assurance is not None and c.assurance.share < 0.5
    ]
    return Section(
        "19 What a confirmatory real trial would need",
        [Items([*sizes, *unsure, *NEEDED, *([OF_VESICLES] if has_vesicles(told) else [])])],
    )


def _with_published_sd(told: Content, planned: Planned) -> str:
    """The people for 80 % power with the median SD that parallel trials published."""
    known = told.summary.published_sd
    if known is None or told.summary.layout != "parallel" or planned.n_for_80 is None:
        return ""
    try:
        n = parallel(abs(planned.delta), known.median).n(0.8) / 2
    except InputError:  # no number would do
        return ""
    return f"; with the median SD of published trials, {known.median:g}: {ceil(n)} per arm who stay"


def provenance(told: Content) -> Section:
    """20: seeds, versions, files, checklist."""
    s, run = told.summary, told.run
    scenarios = ", ".join(f"{x.scenario} {x.replicates}" for x in s.scenarios).replace("_", " ")
    given = ", ".join(f"{f['file']} (SHA-256 {f['sha256']})" for f in run.get("input", []))
    rows = [
        ("design file", given or "not given"),
        ("seed", str(s.seed)),
        ("replicates", scenarios),
        ("hypothesis of shrinking", s.hypothesis.replace("_", " ")),
        ("parameters", "priors of the tables" if s.posterior is None else s.posterior),
        ("shipped data", f"SHA-256 {data_hash()}"),
        ("versions of the software", "run.json"),
        ("data of one simulated trial", "adsl and adhc, as .parquet and .csv (ADaM layout)"),
        ("data of every figure", "figures/*.csv"),
        ("every replicate", "replicates/"),
    ]
    items = (*CONSORT, *(WITHIN_PERSON if s.layout != "parallel" else ()))
    name = (
        "CONSORT" if s.layout == "parallel" else "CONSORT and its extension to within-person trials"
    )
    return Section(
        "20 Provenance",
        [
            Table("Where it comes from", ("item", "here"), rows),
            Text(
                "The same file, seed, version and data give the same bytes, however many workers "
                "there are."
            ),
            Table(f"Checklist after {name}", ("item", "section"), items, folded=True),
        ],
    )


def unknown(told: Content) -> Section:
    """At the end: what we do not know."""
    drawn = "drawn" in scenario_names(told.summary)
    more = [] if drawn else ["how unsure the numbers are: parameters were not drawn in this run"]
    first = [UNKNOWN_VESICLES] if has_vesicles(told) else []
    return Section("What we do not know", [Items([*first, *UNKNOWN, *more])])


def has_vesicles(told: Content) -> bool:
    """Whether an arm gets vesicles or a conditioned medium."""
    given = {c.therapy for arm in told.design.arms for c in arm.courses}
    return bool(given & set(VESICLES))
