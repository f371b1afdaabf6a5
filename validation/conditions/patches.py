"""Alopecia areata: what regrows untreated, by severity, in the trials' arms, in sections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from expected import LITERATURE, Check, Floats, Size, Table, Value, mean, middle, result, share

from anagen.conditions.alopecia_areata import BOUNDS, CLASSES, remission_share, salt_of_people
from anagen.patient import Patient
from anagen.priors import between_people, draw_parameters
from anagen.regimen import UNTREATED, Course, Regimen
from anagen.simulate import Result, simulate

RECENT = (4.0, 26.0)
"""Weeks that patchy disease of short duration has lasted (assumed)."""
EPISODE = 52.0
"""Weeks of the episode where classes of severity are compared."""
TRIAL_EPISODE, EPISODE_SPREAD = (26.0, 416.0), 1.0
"""Weeks that the trials let in, half a year to eight, and the spread of episodes (assumed)."""
SEVERE = 50.0
CLEAR, WORSE = 20.0, 20.0
LEAST_SHARE = 0.05  # of the people treated; with fewer responders none are followed
NEVER = 260
NO_NEW, NO_END = {"areata_new_patch_rate": 0.0}, {"areata_remission_rate": 1e-9}
"""No further patches come, so that the first ones are told; and no attack ends by itself."""
LITTLE = 0.10  # of a person's bare scalp: less than this has not regrown


def tablet(name: str, *parts: tuple[str, float, float, float | None]) -> Regimen:
    """Tablets, one after another: drug, mg a day, from week, to week."""
    return Regimen(name=name, courses=tuple(
        Course(therapy=drug, route="oral", mg_per_day=mg, start_week=start, stop_week=stop)
        for drug, mg, start, stop in parts))  # fmt: skip


ARMS = (
    UNTREATED,
    tablet("baricitinib 2 mg", ("baricitinib", 2, 0, None)),
    tablet("baricitinib 4 mg", ("baricitinib", 4, 0, None)),
    tablet("ritlecitinib 50 mg", ("ritlecitinib", 50, 0, None)),
)
STOP = 52
"""Week of the visit that finds the responders, and of the change."""
LATER = (
    tablet("stays on 4 mg", ("baricitinib", 4, 0, None)),
    tablet("steps down to 2 mg", ("baricitinib", 4, 0, STOP), ("baricitinib", 2, STOP, None)),
    tablet("stops", ("baricitinib", 4, 0, STOP)),
)
AFTER = (56, 60, 76, 104)
DIFFERENT = 7
"""Step between the lucks of the groups of one draw."""


def draw(seed: int, size: Size) -> dict[str, float]:
    """Untreated patches, classes of severity, arms of trials, sections; of one parameter set."""
    p = draw_parameters(seed)
    rng = np.random.default_rng([seed, 5])
    return (
        patchy(seed, size, p, rng) | classes(seed, size, p, rng) | arms(seed, size, p, rng)
        | sections(seed, size, p, rng) | stopped(seed, size, p, rng)
    )  # fmt: skip


def grown(
    salts: Floats, since: Floats, seed: int, size: Size, p: dict[str, float], **more: Any
) -> Result:
    """People drawn, with a score and an episode each; true SALT and as raters give it."""
    who = [Patient(id=i, diagnosis="alopecia_areata", salt=float(s), episode_weeks=float(w))
           for i, (s, w) in enumerate(zip(salts, since, strict=True))]  # fmt: skip
    options = {"regimens": [UNTREATED], "parameters": p, "people": "drawn", "batches": 1,
               "follicles": size.follicles, "seed": seed} | more  # fmt: skip
    regimens = options.pop("regimens")
    return simulate(who, regimens, **options)


def regrown(run: Result, salts: Floats) -> Floats:
    """Share of the scalp attacked on day 0 that bears its hair at the visits, of all people.

    Of the score that was given: after a short episode part of the hair has not yet fallen on day 0.
    """
    return np.asarray(1 - run.true["salt"][:, 0].sum(axis=0) / salts.sum())


def patchy(
    seed: int, size: Size, p: dict[str, float], rng: np.random.Generator
) -> dict[str, float]:
    """Limited disease of short duration; no new patch comes, so that the first ones are told."""
    salts = rng.uniform(5, 25, size.people)
    weeks = rng.uniform(*RECENT, size.people)
    visits = [13, 26, 52, 104, 156, 208, NEVER]
    run = grown(salts, weeks, seed, size, p | NO_NEW, weeks=NEVER, visits_weeks=visits)
    part, each = 100 * regrown(run, salts), run.true["salt"][:, 0] / salts[:, None]
    held = grown(salts, weeks, seed, size, p | NO_NEW | NO_END, weeks=52, visits_weeks=visits[:3])
    bare = [r.true["salt"][:, 0, 2:4].sum(axis=0) for r in (run, held)]
    over = [remission_share(p, salts / 100, 7 * weeks, 7 * t).mean() for t in (26, 52)]
    return {
        "patchy: hair there on day 0 [%]": float(part[0]),
        "patchy: regrown, week 26 [%]": float(part[2]),
        "patchy: regrown, week 52 [%]": float(part[3]),
        **{f"patchy: of what would be bare, regrown, week {w} [%]": float(100 * (1 - b / h))
           for w, b, h in zip((26, 52), *bare, strict=True)},
        "patchy: attack over, week 26 [%]": 100 * float(over[0]),
        "patchy: attack over, week 52 [%]": 100 * float(over[1]),
        "patchy: never regrown in five years [%]":
            100 * float(np.mean(each[:, 2:].min(axis=1) > 1 - LITTLE)),
        "patchy: patches that never end [%]": 100 * float(remission_never(p, salts, weeks)),
    }  # fmt: skip


def remission_never(p: dict[str, float], salts: Floats, weeks: Floats) -> float:
    """Mean share of today's patches that has not remitted after a lifetime."""
    return float(1 - remission_share(p, salts / 100, 7 * weeks, 1e5).mean())


def classes(
    seed: int, size: Size, p: dict[str, float], rng: np.random.Generator
) -> dict[str, float]:
    """Share regrown in a year by class of severity, episodes alike."""
    found = {}
    for k, name in enumerate(CLASSES):
        salts = rng.uniform(max(BOUNDS[k], 5), BOUNDS[k + 1], size.people)
        run = grown(salts, np.full(size.people, EPISODE), seed + DIFFERENT, size, p, weeks=52,
                    visits_weeks=[52])  # fmt: skip
        found[f"regrown in a year, {name} [%]"] = 100 * float(regrown(run, salts)[1])
        ends = remission_share(p, salts / 100, 0.0, 364).mean()
        found[f"first year ends the attack, {name} [%]"] = 100 * float(ends)
    return found


def trial_people(
    size: Size, p: dict[str, float], rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Scores of people with half of the scalp bare or more, and episodes that trials let in."""
    shares = np.linspace(0, 1, 2001)
    scores = np.array([salt_of_people(p, u) for u in shares])
    salts = scores[rng.choice(np.flatnonzero(scores >= SEVERE), size.people)]
    episodes = p["areata_episode"] * between_people(
        rng.standard_normal(size.people), EPISODE_SPREAD
    )
    return salts, np.clip(episodes, *TRIAL_EPISODE)


def arms(seed: int, size: Size, p: dict[str, float], rng: np.random.Generator) -> dict[str, float]:
    """SALT of 20 or less at weeks 24 and 36, as raters give it."""
    salts, weeks = trial_people(size, p, rng)
    run = grown(salts, weeks, seed + 2 * DIFFERENT, size, p, weeks=36, visits_weeks=[24, 36],
                regimens=ARMS)  # fmt: skip
    clear = 100 * (run.read["salt"] <= CLEAR).mean(axis=0)
    return {f"{o}, SALT 20 or less, week {week:g} [%]": float(clear[i, v])
            for i, o in enumerate(run.options) for v, week in enumerate(run.weeks)
            } | {"mean SALT of the trials": float(salts.mean())}  # fmt: skip


def sections(
    seed: int, size: Size, p: dict[str, float], rng: np.random.Generator
) -> dict[str, float]:
    """Phases and sizes of the hairs left where all of the scalp is under attack."""
    weeks = p["areata_episode"] * between_people(rng.standard_normal(size.people), EPISODE_SPREAD)
    run = grown(np.full(size.people, 100.0), np.clip(weeks, 1, 2000), seed + 3 * DIFFERENT, size,
                p, weeks=1, visits_weeks=[0])  # fmt: skip
    counts = run.counts[0]
    phases = {name: float(counts.daily(name)[:, 0, 0].sum())
              for name in ("anagen", "catagen", "telogen", "kenogen")}  # fmt: skip
    haired = max(sum(phases.values()) - phases["kenogen"], 1e-9)
    total = run.true["total_hair_density"][:, 0, 0].sum()
    thick = run.true["nonvellus_hair_density"][:, 0, 0].sum()
    return {
        "section: anagen of the hairs [%]": 100 * phases["anagen"] / haired,
        "section: telogen of the hairs [%]": 100 * phases["telogen"] / haired,
        "section: empty follicles [%]": 100 * phases["kenogen"] / sum(phases.values()),
        "section: terminal to vellus": thick / max(total - thick, 1e-9),
    }


def stopped(
    seed: int, size: Size, p: dict[str, float], rng: np.random.Generator
) -> dict[str, float]:
    """Of those clear at week 52 on 4 mg, who stays so, and who is worse by more than 20 points."""
    salts, weeks = trial_people(size, p, rng)
    run = grown(salts, weeks, seed + 4 * DIFFERENT, size, p, weeks=104, visits_weeks=[STOP, *AFTER],
                regimens=LATER)  # fmt: skip
    salt = run.read["salt"]
    responders = salt[:, 0, 1] <= CLEAR
    if responders.mean() < LEAST_SHARE:
        return {}
    found = {}
    for o, option in enumerate(run.options):
        for v, week in enumerate(run.weeks[2:], start=2):
            now, before = salt[responders, o, v], salt[responders, o, 1]
            found[f"{option}: clear, week {week:g} [%]"] = 100 * float(np.mean(now <= CLEAR))
            worse = np.mean(now - before > WORSE)
            found[f"{option}: worse, week {week:g} [%]"] = 100 * float(worse)
    return found


def values() -> list[Value]:
    """Targets C15 and C16, ALLEGRO, the second BRAVE-AA trial, biopsies."""
    remarks, withdrawn = LITERATURE["areata_remarks"], LITERATURE["baricitinib_withdrawal"]
    low, high = (getattr(result("SpontaneousRemissionND", "remission_w52"), k)
                 for k in ("low", "high"))  # fmt: skip
    trials = [
        Value(f"{option}, SALT 20 or less, week {week} [%]",
              (share(study, f"salt20_w{week}_{arm}"),), study, people=n,
              use="told" if arm == "placebo" else kept)
        for study, week, kept, each in (
            ("BraveAA1", 36, "calibration", (("baricitinib 4 mg", "baricitinib4", 281),
             ("baricitinib 2 mg", "baricitinib2", 184), ("untreated", "placebo", 189))),
            ("BraveAA2", 36, "validation", (("baricitinib 4 mg", "baricitinib4", 234),
             ("baricitinib 2 mg", "baricitinib2", 156), ("untreated", "placebo", 156))),
            ("Allegro2023", 24, "calibration", (("ritlecitinib 50 mg", "ritlecitinib50", 130),
             ("untreated", "placebo", 131))))
        for option, arm, n in each
    ]  # fmt: skip
    return [
        Value("patchy: hair there on day 0 [%]", rule="shown"),
        Value("patchy: of what would be bare, regrown, week 26 [%]",
              (share("SpontaneousRemissionND", "remission_w26"),), "C16", use="told"),
        Value("patchy: of what would be bare, regrown, week 52 [%]", (low, high), "C16",
              rule="range", use="told"),
        *(Value(f"patchy: {what}, week {w} [%]", rule="shown") for w in (26, 52)
          for what in ("regrown", "attack over")),
        Value("patchy: never regrown in five years [%]", rule="shown"),
        Value("patchy: patches that never end [%]", (remarks["never_regrown"],), "a textbook",
              use="told"),
        *(Value(f"regrown in a year, {name} [%]", rule="shown") for name in CLASSES[:2]),
        *(Value(f"regrown in a year, {name} [%]", (remarks["half_bare_regrown"],),
                "under 10 %, a remark", rule="most") for name in CLASSES[2:]),
        Value("mean SALT of the trials", rule="shown"),
        *trials,
        Value("stays on 4 mg: clear, week 104 [%]", (remarks["stay_on_4_mg"],), "BRAVE-AA",
              people=remarks["stay_people"]),
        Value("steps down to 2 mg: clear, week 104 [%]", (remarks["step_down_to_2_mg"],),
              "BRAVE-AA", people=remarks["step_down_people"]),
        Value("stays on 4 mg: worse, week 104 [%]", (withdrawn["stay_week_52"],),
              "BRAVE-AA1, withdrawal", people=remarks["stay_people"]),
        *(Value(f"stops: worse, week {STOP + week} [%]", (withdrawn[f"week_{week}"],),
                "BRAVE-AA1, withdrawal", people=withdrawn["people"], use="told")
          for week in (4, 8, 24)),
        *(Value(f"section: {name} of the hairs [%]", (mean("Biopsy700ND", f"{name}_areata"),),
                "115 biopsies", error=error, use="told")
          for name, error in (("anagen", 1.8), ("telogen", 2.3))),
        Value("section: empty follicles [%]", rule="shown"),
        Value("section: terminal to vellus", (mean("Biopsy700ND", "ratio_areata"),),
              "115 biopsies", error=0.4, use="told"),
    ]  # fmt: skip


def checks(table: Table) -> Iterator[Check]:
    """Severity, time and dose have to act the way they are said to."""
    ends = np.diff([table[f"first year ends the attack, {name} [%]"] for name in CLASSES], axis=0)
    falls = float((ends < 0).mean())
    yield Check("attacks end less with severity, by the law", f"in {falls:.0%} of the steps", "all",
                falls == 1)  # fmt: skip
    hair = np.array([table[f"regrown in a year, {name} [%]"] for name in CLASSES])
    means, steps = hair.mean(axis=1), np.diff(hair, axis=0)
    error = steps.std(axis=1, ddof=1) / np.sqrt(hair.shape[1])
    yield Check("and hair regrows less, no step rising by 4 errors",
                ", ".join(f"{x:.1f}" for x in means) + " %", "falling",
                bool(np.all(steps.mean(axis=1) <= 4 * error) and means[0] > means[-1]))  # fmt: skip
    for week in (26, 52):
        names = (f"patchy: {word}, week {week} [%]" for word in ("regrown", "attack over"))
        hair, over = (middle(table, name) for name in names)
        yield Check(f"hair trails the end of the attack, week {week}", f"{hair:.0f} %",
                    f"below {over:.0f} %", hair < over)  # fmt: skip
    doses = [table[f"{o}, SALT 20 or less, week 36 [%]"].mean()
             for o in ("untreated", "baricitinib 2 mg", "baricitinib 4 mg")]  # fmt: skip
    yield Check("more baricitinib clears more of the same people",
                ", ".join(f"{x:.1f}" for x in doses) + " % in the mean", "rising",
                bool(np.all(np.diff(doses) >= 0) and doses[0] < doses[-1]))  # fmt: skip
