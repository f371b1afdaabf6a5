"""What a failed therapy implies for the next: python validation/conditions/prior_non_response.py.

Prints the page ``docs/prior_non_response.md``; ``--write`` writes it, ``--quick`` takes fewer draws
and never writes. Nothing is compared with a target: no trial enrolled people whom a therapy failed.
Exit code 1 only where the arithmetic fails: the groups do not add up to all, or failing the lotion
would go with more of the enzyme that it needs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from anagen.evidence.studies import load_studies
from anagen.files import write_whole
from anagen.parameters import parameter
from anagen.population.non_response import NOTICED, AfterFailure, Group, after_failure
from anagen.regimen import UNTREATED, Regimen, read_regimen
from anagen.simulate.past import usual, usual_weeks

DRAWS, QUICK, PEOPLE, THREADS = 200, 14, 20, 2
WEEKS = (24.0, 48.0)
PAGE = Path(__file__).parents[2] / "docs" / "prior_non_response.md"
FILES = Path(__file__).parents[2] / "examples" / "regimens"
LOTION, TABLET, PRP = ("minoxidil", "topical"), ("minoxidil", "oral"), ("prp", "injection")
LOTION_FAILED, TABLET_FAILED, PRP_FAILED = (" ".join(x) for x in (LOTION, TABLET, PRP))
BOTH = (LOTION_FAILED, PRP_FAILED)
ALL = Group(name="everybody")
FAILED = (
    Group(name="minoxidil lotion failed", failed=(LOTION_FAILED,)),
    Group(name="PRP failed", failed=(PRP_FAILED,)),
    Group(name="both failed", failed=BOTH),
)
RESPONDED = (
    Group(name="responded to minoxidil lotion", failed=(LOTION_FAILED,), responded=True),
    Group(name="responded to PRP", failed=(PRP_FAILED,), responded=True),
    Group(name="responded to either", failed=BOTH, responded=True),
)
POTENCIES = ("minoxidil_potency", "prp_potency", "vesicle_potency")


def before(therapy: str, route: str, name: str) -> Regimen:
    """The course that is usually given, under another name."""
    found = usual(therapy, route)
    assert found is not None
    return found.model_copy(update={"name": name})


def to_come() -> list[Regimen]:
    """The therapies to come, as in examples/regimens or as usually given."""
    files = ("minoxidil_5", "finasteride", "dutasteride", "exosome_injection", "exosome_needling",
             "prp_and_exosome")  # fmt: skip
    read = {name: read_regimen(FILES / f"{name}.toml") for name in files}
    return [
        UNTREATED, read["minoxidil_5"], before(*TABLET, "minoxidil 2.5 mg by mouth"),
        read["finasteride"], read["dutasteride"],
        before("microneedling", "device", "microneedling alone"), before(*PRP, "PRP"),
        read["exosome_injection"], read["exosome_needling"], read["prp_and_exosome"],
    ]  # fmt: skip


def signed(x: float) -> str:
    """One decimal and a sign; what rounds to nothing has none."""
    text = f"{x:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def ranged(low: float, high: float) -> str:
    return f"{signed(low)} to {signed(high)}"


def percent(x: float) -> str:
    return f"{100 * x:.0f} %"


def table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def who_table(found: AfterFailure) -> str:
    """Who is in each group, and which of nature's numbers it speaks for."""

    def rows() -> Iterator[list[str]]:
        for group in (ALL, *FAILED, *RESPONDED):
            mean, low, high = found.share(group)
            people, draws = found.effective(group)
            yield [
                group.name, f"{percent(mean)} ({percent(low)} to {percent(high)})",
                f"{people:.0f}", f"{draws:.0f}",
                f"{found.trait('sult_activity', group):.2f}",
                percent(found.trait("low_activity", group)), percent(found.trait("lost", group)),
                f"{found.trait('density', group):.0f}",
                *(f"{found.parameter(name, group):.1f}".replace("-", "−") for name in POTENCIES),
            ]  # fmt: skip

    head = ["group", "share of people (90 % of draws)", "effective people", "effective draws",
            "sulfotransferase (1 is normal)", "below the test's cut-off", "hair lost",
            "hairs/cm2", "minoxidil potency", "PRP potency", "vesicle potency"]  # fmt: skip
    return table(head, rows())


def gain_table(found: AfterFailure, week: float) -> str:
    """Net gain of every therapy, for everybody and after a failure."""

    def cell(name: str, group: Group) -> str:
        line = found.line(name, week, group)
        return f"{signed(line.mean)} ({ranged(line.low, line.high)}); {percent(line.measurable)}"

    rows = ([name, *(cell(name, g) for g in (ALL, *FAILED))] for name in found.regimens)
    return table(["therapy to come", ALL.name, *(g.name for g in FAILED)], rows)


def difference_table(found: AfterFailure, week: float, groups: Sequence[Group]) -> str:
    """Group less everybody, with its two parts."""

    def rows() -> Iterator[list[str]]:
        for name in found.regimens:
            for group in groups:
                d = found.line(name, week, group).versus_all
                yield [name, group.name, f"{signed(d.total)} ± {d.error:.1f}",
                       f"{signed(d.person)} ± {d.person_error:.1f}",
                       f"{signed(d.nature)} ± {d.nature_error:.1f}",
                       ranged(d.low, d.high)]  # fmt: skip

    head = ["therapy to come", "group", "less everybody", "the person's part", "nature's part",
            "within a draw, 90 % of draws"]  # fmt: skip
    return table(head, rows())


def responders(found: AfterFailure, failed: str) -> tuple[float, float, float]:
    """Share judged to respond, of low and of other activity, and the error of their difference."""
    low, worked = found.traits["low_activity"], 1 - found.chance[failed]
    shares, by_draw = [], []
    for some in (low, 1 - low):
        weights = found.base * some
        share = float(np.average(worked, weights=weights))
        own = np.bincount(found.draw, weights * (worked - share))
        shares.append(share)
        by_draw.append(own / weights.sum())
    error = np.sqrt(len(found.seeds)) * np.std(by_draw[0] - by_draw[1], ddof=1)
    return shares[0], shares[1], float(error)


def enzyme(found: AfterFailure, who: str) -> Iterator[str]:
    """Lotion and tablet by activity."""
    for name, failed in (("lotion", LOTION_FAILED), ("tablet", TABLET_FAILED)):
        low, high, error = responders(found, failed)
        yield (
            f"- {who}, {name}: {percent(low)} with low activity and {percent(high)} with normal or "
            f"high activity judged to respond (difference {signed(100 * (low - high))} ± "
            f"{100 * error:.1f} points)."
        )


def kept_gain(found: AfterFailure, who: str) -> str:
    """What failing the lotion leaves of the mean gain of lotion and tablet."""
    shares = []
    for name in (found.regimens[1], found.regimens[2]):
        of_all, after = (found.line(name, WEEKS[0], g).mean for g in (ALL, FAILED[0]))
        shares.append(f"{percent(after / of_all)} for {name}")
    return f"- {who}, after a failed lotion, mean gain over everybody's: {', '.join(shares)}."


def published() -> str:
    """The little that was published about people whom a therapy failed or helped before."""
    studies = {s.id: s for s in load_studies()}
    sasaki, kim = studies["Sasaki2022"], studies["Kim2025"]
    tablet = studies["OralMinoxidilSulfotransferaseND"]
    share = {r.id: r.share for r in tablet.results}
    seen = next(r for r in kim.results if r.id == "visible_improvement")
    return PUBLISHED.format(
        sasaki=sasaki.population.n, events=seen.events, kim=seen.n, n=tablet.population.n,
        low=share["responders_low_activity"], high=share["responders_high_activity"],
    )  # fmt: skip


HEAD = """# After a therapy failed: what the simulation says

For readers who ask whether another therapy helps people whom minoxidil lotion or PRP failed. This
page is written by `python validation/conditions/prior_non_response.py --write`.

**Simulated, not calibrated. No trial enrolled people whom a therapy for pattern loss had failed, so
nothing here has been tested on such people.** The numbers say what follows from this program's
assumptions, not what happens.

## What was published

"""
PUBLISHED = """\
- Sasaki 2022, {sasaki} people, looked back, no control: exosome injections are said to do better in
  people who had responded to earlier medical or surgical treatment. Unadjusted, no numbers. Turned
  round it is a sign against, not for, use after failure.
- Kim 2025, a congress talk told by the press, no control: {events} of {kim} people called poor
  responders looked better two months after a deer secretome with radiofrequency. Which treatments
  had failed is not said; without a control nobody knows what the others would have shown.
- Minoxidil tablet, {n} people, no control, seen second-hand: {low:g} % of those with low and
  {high:g} % of those with high sulfotransferase activity of the follicle improved. For the lotion
  two studies of the enzyme test (Goren 2014, Roberts 2014) print the opposite sign: low activity
  goes with failure.
"""
HOW = """
## How it was simulated

- {draws} parameter sets are drawn from the priors. In each, people are grown whose years since
  onset are spread as in the trials, and up to {people} of those who have lost {noticed} of their
  non-vellus hair or more are kept; a draw in which fewer than one in twenty have is left out. All
  draws kept weigh alike.
- Each person gets the therapy that failed, as it is usually given (`past_therapies.yaml`), and
  every therapy to come, **all as if tried today**, on the same square centimetre with the same
  luck. So the line of no treatment is not the same after a failure: a patch whose hairs are about
  to fall is judged a failure more often, whatever was put on it.
- Failing is judged at week {week:g} by the change from the start: it is called none with the chance
  that the instrument's error leaves below the measurable change; a partial and a good response
  are taken together. The change holds what needles do by themselves, which a sham shares, and the
  luck of the patch. It is not a clinic's judgement, and not the patient's.
- "Gain" is hairs/cm2 over the same person's sham (same needles, volumes and times, nothing active);
  of needling alone, over no treatment; of no treatment, the change from today. Behind it: 90 % of
  people and draws, and the share of people whose gain exceeds the instrument's error.
- "Less everybody" is the mean of the group minus that of everybody, ± one Monte-Carlo standard
  error. It is the sum of two parts. **The person's part** is what failing says of a person when
  nature's numbers are known: activity of the enzyme, hair left to win, luck of the patch.
  **Nature's part** is what failing says of the product: its potency is common to all people of a
  draw, and a failure speaks for the draws in which it is low. The last column has the difference
  within single draws; with {people} people or fewer in each it holds their luck too.
- Effective people and draws (Kish) say how many equally weighted ones would be as precise.
  Potencies are medians over the draws as the group weighs them.
"""
READING = """
## What the simulation cannot say

- Potencies of minoxidil, PRP and vesicles are drawn independently of each other. That failing PRP
  says little or nothing of vesicles is therefore put in, not found. If they act by one path in one
  person, a failure of one would speak against the other more than is shown here.
- What differs between people here is the enzyme, the androgen load, follicles, calibre and growth.
  Response to vesicles or PRP has no trait of its own: none was measured. The sign that Sasaki 2022
  reports could come from such a trait, from dose, or from selection; the simulation cannot tell.
- The most that a therapy can give is bounded by the law and by the hair left. Where gains are small
  for everybody, differences are smaller still, and of either sign within their error.
- Failing is judged once, on the dose that is usual, with every dose taken. Failures by doses left
  out, by a wrong diagnosis or by shedding in the first weeks are not in it.
- What would show it: people whom minoxidil or PRP failed, drawn by lot to the therapy or its sham.
"""


def section(found: AfterFailure, who: str) -> str:
    kept = f"{len(found.seeds)} of {found.asked} draws have people who noticed their loss"
    parts = [
        f"\n## {who}\n\n{kept}; {len(found.draw)} people in all.\n",
        f"### Who fails\n\n{who_table(found)}\n",
        f"### Gain by week {WEEKS[0]:g}: mean (90 %); share measurable\n",
        gain_table(found, WEEKS[0]) + "\n",
        f"### After a failure, less everybody, week {WEEKS[0]:g}\n",
        difference_table(found, WEEKS[0], FAILED) + "\n",
        f"### After a response, less everybody, week {WEEKS[0]:g}\n",
        difference_table(found, WEEKS[0], RESPONDED) + "\n",
        f"### Gain by week {WEEKS[1]:g}: mean (90 %); share measurable\n",
        gain_table(found, WEEKS[1]) + "\n",
        f"### After a failure, less everybody, week {WEEKS[1]:g}\n",
        difference_table(found, WEEKS[1], FAILED),
    ]
    return "\n".join(parts) + "\n"


def page(populations: dict[str, AfterFailure], draws: int) -> str:
    how = HOW.format(draws=draws, people=PEOPLE, noticed=percent(NOTICED), week=usual_weeks())
    lines: list[str] = []
    for who, found in populations.items():
        lines += [*enzyme(found, who), kept_gain(found, who)]
    sections = "".join(section(found, who) for who, found in populations.items())
    return (
        HEAD + published() + how + "\n## The enzyme: lotion and tablet\n\n" + "\n".join(lines)
        + "\n\n" + enzyme_words() + sections + READING
    )  # fmt: skip


ENZYME = """Both signs are built in: a follicle with less of the enzyme gets less of the active drug
from a lotion, and no more of it from a tablet, of which a part arrives already activated.

- The sign for the lotion agrees with the studies of the enzyme test; the size does not. Printed are
  a sensitivity of {sensitivity} and a specificity of {specificity}, {women} in women, in small
  studies; if they hold, most people whom the lotion fails are below the cut-off and few
  responders are. In the simulation the shares below it hardly differ (tables below): who fails
  depends more on the potency, the hair left to win and the luck of the patch. Nothing was tuned.
- For the tablet the published sign is the opposite (low activity, more improvement). No parameter
  of this simulation can give that, and it is not explained.
- How far failing the lotion speaks against the tablet rests less on the enzyme than on the potency,
  which both share: that one is nature's part in the tables.
"""


def enzyme_words() -> str:
    """What is said of the enzyme, with the printed quality of its test."""
    test = {n: percent(parameter(f"sulfotransferase_{n}").value)
            for n in ("sensitivity", "specificity")}  # fmt: skip
    return ENZYME.format(**test, women="93 and 83 %")


def sound(found: AfterFailure) -> bool:
    """Groups add up to all; the lotion fails people with less of its enzyme."""
    worse, better = FAILED[0], RESPONDED[0]
    shares = [found.share(g)[0] for g in (worse, better)]
    added = sum(
        share * found.line(name, WEEKS[0], g).mean
        for share, g in zip(shares, (worse, better), strict=True)
        for name in found.regimens
    )
    all_of_them = sum(found.line(name, WEEKS[0], ALL).mean for name in found.regimens)
    less = found.trait("sult_activity", worse) <= found.trait("sult_activity", better)
    return bool(abs(added - all_of_them) < 1e-6 and less)


def main() -> int:
    quick = "--quick" in sys.argv
    draws = QUICK if quick else DRAWS
    populations = {
        who: after_failure([LOTION, PRP, TABLET], to_come(), sex=sex, weeks=WEEKS, draws=draws,
                           people=PEOPLE, threads=THREADS)
        for who, sex in (("Men", "male"), ("Women", "female"))
    }  # fmt: skip
    text = page(populations, draws)
    print(text)
    if "--write" in sys.argv and not quick:
        write_whole(PAGE, text)
    return int(not all(map(sound, populations.values())))


if __name__ == "__main__":
    raise SystemExit(main())
