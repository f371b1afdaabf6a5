"""Write what is made from code and data: nomenclature page, JSON schemas, the README's pictures.

Run `python docs/make.py`; a test fails when a page or a schema is older than its origin.
"""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

from anagen import answer, load_studies, plot
from anagen.files import data_path
from anagen.forecast.options import with_shams
from anagen.forecast.simulated import pictured
from anagen.forecast.summary import Simulated
from anagen.patient import (
    Baseline,
    Labs,
    Past,
    Patient,
    PatientFile,
    Preferences,
    Trigger,
    read_patient,
)
from anagen.population.request import Request
from anagen.population.summary import Summary
from anagen.regimen import Cargo, Course, Needling, RegimenFile, Session, read_regimen
from anagen.report import scalps
from anagen.report.figures import AXIS_CHANGE, control_rows
from anagen.scalp_picture import gallery_svg, png
from anagen.simulate.exposure import SIDE
from anagen.simulate.forecast import forecast
from anagen.trial.design import DesignFile
from anagen.trial.protocol import Arm, Rescue, Responder, Subgroup, Trial
from anagen.trial.summary import Summary as Simulation
from anagen.verdict.lookup import Evidence
from anagen.verdict.summary import Answer
from anagen.vocabulary import vocabulary

SUMMARIES = {"answer": Answer, "evidence": Evidence, "simulate": Simulated, "population": Summary,
             "trial": Simulation}  # fmt: skip
INPUTS = {"patient": PatientFile, "regimen": RegimenFile, "design": DesignFile}
SCHEMAS = (*SUMMARIES, *INPUTS)
DRAFT = "https://json-schema.org/draft/2020-12/schema"

NUMBERS = ("patient_number", "patient_baseline", "regimen_number", "trial_number")
"""Lists of the numbers of input files: their range stands in place of synonyms."""

HEAD = """# Nomenclature

One name and one unit per quantity, used alike in code, data, documents and figures. This page is
written from `src/anagen/data/vocabulary.yaml` by `python docs/make.py`.

Internal units: day, cm2, um (calibre), mm (length, depth), particles, ng, mL.
`exosome` is the label of the *therapy*, as clinics and trials say it; the *quantity* is counted in
particles (extracellular vesicles, MISEV2023).

## Terms of the evidence layer

| term | meaning |
|---|---|
| result | one number of one arm (or of one arm minus another) at one visit, with its source |
| use | what a result may be used for: `calibration`, `validation`, `reference`, `context`, `negative_control`; only the first two enter a pool, only the first a fit |
| seen | where a number was seen: `full_text`, `abstract`, `secondary`, `press`, `registry`, `conference`, `derived`; `memory` is kept apart under `remembered` |
| contrast | an arm beside a control of the same study that lacks one of its treatments |
| reading | a contrast as a reader sees it: one therapy against one control, one outcome, one visit, with its interval or the obstacle to one |
| gain | change from baseline without a control |
| control response | change of an arm that got a vehicle, saline, a needle or nothing |
| span | lowest to highest believable mean change of one kind of control arm within a year |
| comparator | another treatment, set beside the claims in the same terms; it is not reviewed for its own sake |
| implausible | a gain that a remark of its study file calls not believable as reported, with the reason; shown apart, never in a pool |
| pool | random-effects mean (REML) of contrasts that share therapy, dose, route, source (human cells, other, not stated), kind of control, background (what both arms got), diagnosis, design (randomised or not), outcome and unit |
| interval of a pool | the one that a verdict rests on: Knapp-Hartung guarded by max(1, q) for three or more trials, z for two; the others are shown beside it |
| prediction interval | where the effect of a new trial is expected, from t with k - 1 degrees of freedom; shown from the number of trials in `minimum_studies_prediction_interval` on |
| certainty | high, moderate, low or very low by the GRADE domains, computed from the study files; `no evidence` where there is no study |
| verdict | what follows for one claim from counts, effect and certainty alone; its codes are listed under `VerdictCode` in `anagen.verdict.summary` |
| measurable | beyond the error of the instrument; *visible*: beyond what observers see; never the same thing |
| passport | the MISEV items that a vesicle product shows |

## Terms of the follicle layer

The rules themselves are in `follicle.md`; "1" means without unit.

| term | meaning | unit |
|---|---|---|
| residence | what a follicle needs of a phase, drawn on entering it | clock day |
| clock | what a phase's residence is measured by; it runs at a rate, 1 at rest, and the phase ends when it has run the residence | day |
| androgen load | severity times ramp, times scalp DHT over its resting level; 0 in an unaffected follicle | 1 |
| staircase | a load rounded to whole steps (0.1 of severity times ramp, 0.05 of DHT) | 1 |
| severity | androgen load of a follicle at full ramp and resting DHT: the patient's times its sensitivity | 1 |
| sensitivity | a follicle's own factor on the severity, mean 1 | 1 |
| drive | what a load does to a clock: the factor exp(theta x load) on its rate; theta is per unit of load | 1 |
| size | what is left of a full follicle; it scales calibre and growth and changes at anagen onset only | 1 |
| papilla reserve | largest size that the dermal papilla can still build | 1 |
| full calibre | calibre of a hair at size 1 | um |
| emergence delay | from anagen onset until the hair shows above the skin | day |
| position | part of a scalp whose follicles get the same course of clocks | |
| trigger | a day on which a share of the follicles in anagen leaves it, some of them shedding at once | 1 (share) |
| holding | a clock rate of 0: follicles stay in the phase as long as it lasts | 1 |
| lost follicle | destroyed for good: in no phase, its hair gone and not counted as shed | follicles |
| visible hair | above the skin: growing since the emergence delay, or a club hair until exogen | hairs |
| growing | visible and in anagen | hairs |
| detected | growing fast enough for the instrument; a slower one reads as resting | hairs |

## Terms of therapy

| term | meaning | unit |
|---|---|---|
| option | one regimen under which every patient is followed; all options share a patient's luck | |
| course | one therapy by one route, daily or in sessions | |
| session | what the skin gets on one day, whatever is applied: needles, massage, numbing | |
| exposure | what a regimen tells the follicles of one target area: the signals, and scalp DHT | |
| wet share | share of follicles that an injection session reaches at once | 1 |
| occupancy | share of receptors (or uptake sites) that are taken | 1 |
| response | occupancy as a pathway follows it, with its own rise and decay | 1 |
| potency | what a product makes of a response; it may be negative, and is never derived from what is in it | 1 |
| signal | sum of potency times response over all products, saturated: $x/(1 + \\lvert x \\rvert)$ | 1 |
| wound | the signal of a needle or an injection, whatever is in it | 1 |
| artefact | what a control response adds to a reading and not to the hair | hairs/cm2 |
| reference cohort | men like those of the trials, on whom progression and wound are tied to the published control arms | |
| skin | what of a person decides how a regimen arrives: depth of follicles by age, sulfotransferase activity | |

## Terms of the trial layer

| term | meaning |
|---|---|
| design | who takes part, what each arm gets, when and how it is read and analysed |
| replicate | the design run once on new virtual people |
| scenario | which parameters and which effects its replicates have: `central`, `drawn`, `null`, `no_effect` |
| power | share of replicates at the central parameters that find the arm better, as the design tests it |
| assurance | the same share over parameters drawn from what is not known |
| type I error | share of replicates without any difference that find one |
| law of entry | chance of a candidate to enter, learnt once for a parameter set so that the published table is met |
| estimand | what stopping treatment and rescue mean for the difference that is asked for |
| primary pair | an arm and the control at the primary visit |
| unexplained change | change that a design's `change_sd` asks for and no mechanism gives |
| spillover | part of one side's active effect that reaches the other side of a head |
"""


TABLES = {
    "[patient]": Patient, "baseline": Baseline, "trigger": Trigger, "history": Past, "labs": Labs,
    "preferences": Preferences, "[[course]] of a regimen": Course, "cargo": Cargo,
    "[[session]] of a regimen": Session, "needling": Needling, "[population]": Request,
    "[trial]": Trial, "[[arm]]": Arm, "rescue": Rescue, "[[responder]]": Responder,
    "[[subgroup]], strata": Subgroup,
}  # fmt: skip
"""Tables of the input files, and what they hold."""


def keys() -> str:
    """The keys of every table of an input file, with what each may hold."""
    parts = ["\n## Keys of the input files\n\nWords of a list are in the section of that name."]
    for title, model in TABLES.items():
        schema = model.model_json_schema()
        parts.append(f"\n### `{title}`\n\n| key | holds |\n|---|---|")
        parts += [f"| `{name}` | {holds(field)} |" for name, field in schema["properties"].items()]
    return "\n".join(parts) + "\n"


def holds(field: dict[str, Any]) -> str:
    """What one key of an input file may hold, in words."""
    if "description" in field:
        return str(field["description"])
    for one in field.get("anyOf", [field]):
        if "enum" in one:
            found = [k for k, entries in vocabulary().items() if list(entries) == one["enum"]]
            return f"a word of `{found[0]}`" if found else ", ".join(map(str, one["enum"]))
        if one.get("type") == "array":
            return f"a list: {holds(one.get('items', {}))}"
        if "$ref" in one:
            return f"a table ({one['$ref'].rsplit('/', 1)[1].lower()})"
    kinds = [one.get("type") for one in field.get("anyOf", [field])]
    names = {"boolean": "true or false", "integer": "a whole number", "number": "a number",
             "string": "a text", "object": "a table"}  # fmt: skip
    return " or ".join(names[k] for k in kinds if k in names) or "see the examples"


def page() -> str:
    """The whole page as Markdown."""
    parts = [HEAD]
    for kind, entries in vocabulary().items():
        last = "range" if kind in NUMBERS else "synonyms"
        parts.append(f"\n## `{kind}`\n\n| word | means | unit | {last} |\n|---|---|---|---|")
        for word, entry in entries.items():
            said = ", ".join(f"`{s}`" for s in entry.get("synonyms", ()))
            if kind in NUMBERS:
                said = " to ".join(f"{end:g}" for end in entry["range"])
            parts.append(f"| `{word}` | {entry['label']} | {entry.get('unit', '')} | {said} |")
    return "\n".join(parts) + "\n" + keys()


def schema(kind: str) -> str:
    """The JSON schema of one kind of summary, or of input file (for editors)."""
    if kind in INPUTS:
        content, version = INPUTS[kind].model_json_schema(), 1
    else:
        model = SUMMARIES[kind]
        content = model.model_json_schema(mode="serialization")
        content["required"] = list(content["properties"])  # a summary holds its constants too
        version = model.model_fields["schema_version"].default
    head = {"$schema": DRAFT, "$id": f"urn:anagen:schema:{kind}:{version}"}
    return json.dumps({**head, **content}, indent=1, allow_nan=False) + "\n"


def picture() -> bytes:
    """What needles, saline and vehicle do alone, beside the uncontrolled gains."""
    return plot.png(plot.control_response(control_rows(answer()), AXIS_CHANGE, 760))


def scalp() -> bytes:
    """The man of 40 of the example."""
    example = runpy.run_path(str(Path(__file__).parents[1] / "examples" / "one_scalp.py"))
    return plot.png(example["figure"](example["simulated"](120, 600)), scale=1.0)


def scalp_picture() -> bytes:
    """The example man's target area under injected exosomes, sham and nothing: a middling course."""
    examples = Path(__file__).parents[1] / "examples"
    man = read_patient(examples / "patients" / "man_of_34.toml")
    options = with_shams([read_regimen(examples / "regimens" / "exosome_injection.toml")])
    made = forecast(man, options.regimens)
    middling = [x for x in pictured(made, options) if x.percentile == 50]
    ((panels, places),) = scalps.panels(made, options, middling)
    ends = [panel for panel in panels if panel.week in (0, made.weeks[-1])]
    title = ends[0].row
    return png(gallery_svg(ends, places, SIDE, title=title, caption=scalps.CAPTION), scale=1.0)


if __name__ == "__main__":
    here = Path(__file__).parent
    (here / "nomenclature.md").write_text(page(), encoding="utf-8")
    for kind in SCHEMAS:
        data_path("schema").mkdir(exist_ok=True)
        data_path("schema", f"{kind}.json").write_text(schema(kind), encoding="utf-8")
    (here / "control_response.png").write_bytes(picture())
    (here / "one_scalp.png").write_bytes(scalp())
    (here / "scalp.png").write_bytes(scalp_picture())
    print(f"written for {len(load_studies())} studies")
