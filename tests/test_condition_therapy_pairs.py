"""Every diagnosis under every therapy: no crash, no follicle lost from sight, nothing does nothing.

Luck is shared between options, so all statements hold to the bit.
"""

from __future__ import annotations

import numpy as np
import pytest

from anagen.patient import SIMULATED, Labs, Patient, Trigger
from anagen.priors import draw_parameters
from anagen.regimen import PLACEBO, UNTREATED, Regimen, regimen_of
from anagen.regimen.administration import administration
from anagen.simulate import simulate
from anagen.vocabulary import words

WEEKS = [0.0, 4.0, 8.0]
AMOUNTS = {
    "particles": 1e11, "area_cm2": 100, "volume_ml_per_point": 0.05, "ug_per_ml": 1000,
    "ml_per_application": 1, "platelet_fold": 4, "per_day": 0.5,
    "cargo": {"therapy": "finasteride", "mg": 1},
}  # fmt: skip
"""What a way of giving needs beside its highest dose, and a cargo where there may be one."""
NULL = {
    "vesicle_null_rank": 0.0, "prp_potency": 0.0, "tgf_beta_potency": 0.0, "minoxidil_potency": 0.0,
    "finasteride_scalp_exposure": 0.0, "dutasteride_scalp_exposure": 0.0,
    "finasteride_topical_scalp_clearance": 1e300,
    "baricitinib_max_inhibition": 0.0, "ritlecitinib_max_inhibition": 0.0,
    "ketoconazole_max_suppression": 0.0, "deficiency_correction_time": 1e300,
}  # fmt: skip
"""Every therapy is given, and none does anything."""
INTACT = {f"{name} topical sessions" for name in ("secretome", "prp")}
"""Intact skin lets almost nothing of three applications through."""
AHEAD = ("shed_hairs_per_day", "wash_count", "comb_count", "pull_count")
"""Counted over the week that begins at a visit."""
LEAST = {"global_assessment": -3}
STRONG = {"vesicle_null_rank": 1.0, "vesicle_potency": 30.0, "areata_response_time": 1.0}
NEEDLES = {"weeks": WEEKS, "needling": {"needle_mm": 1.0}}


def regimens() -> list[Regimen]:
    """Every therapy by every way in which it can be given; topical sessions also needled."""
    found = []
    for therapy, routes in administration().ways.items():
        for route, way in routes.items():
            for timing in way.given:
                given = {"therapy": therapy, "route": route}
                fields = {*way.needs, *({"cargo"} & {*way.may})} & AMOUNTS.keys()
                given |= {n: AMOUNTS[n] for n in fields} | way.most
                given |= {"weeks": WEEKS} if timing == "sessions" else {}
                name = f"{therapy} {route} {timing}"
                found.append(regimen_of(name, [given], []))
                if (route, timing) == ("topical", "sessions"):
                    found.append(regimen_of(f"{name} needled", [given], [NEEDLES]))
    return [UNTREATED, PLACEBO, regimen_of("microneedling", [], [NEEDLES]), *found]


ACTIVE = regimens()
SHAMS = [r.model_copy(update={"name": f"sham of {r.name}", "sham": True}) for r in ACTIVE]


def people() -> list[Patient]:
    """Every diagnosis and subtype, triggers, and combinations of two."""
    given = [{"diagnosis": name} for name in SIMULATED]
    given += [{"diagnosis": row["condition"], "subtypes": [name]}
              for name, row in words("subtype").items() if row["condition"] in SIMULATED
              and name != "acute"]  # fmt: skip
    woman = {"sex": "female", "years_since_onset": 12.0}
    fever = Trigger(kind="fever", week=-6.0, severity=1.0)
    given += [
        {"years_since_onset": 15.0},
        {"years_since_onset": 12.0, "site": "frontal", "norwood": "IV"},
        woman,
        woman | {"postmenopausal": True, "ludwig": "II"},
        woman | {"pcos": True, "sinclair": 3},
        woman | {"male_pattern": True, "norwood": "III"},
        woman | {"diagnosis": "telogen_effluvium",
                 "trigger": Trigger(kind="post_partum", week=-12.0, severity=0.7)},
        {"years_since_onset": 10.0, "trigger": fever},
        {"years_since_onset": 10.0, "trigger": fever, "conditions": ["thyroid_disease"]},
        {"diagnosis": "healthy", "trigger": Trigger(kind="drug", week=2.0, severity=0.5)},
        {"years_since_onset": 10.0, "comorbid": ["scalp_inflammation"]},
        {"years_since_onset": 10.0, "comorbid": ["seborrhoeic_dermatitis", "psoriasis"]},
        {"years_since_onset": 5.0, "labs": Labs(ferritin_ug_l=8.0)},
        {"diagnosis": "scarring_alopecia", "activity": "active", "site": "frontal"},
        {"diagnosis": "scarring_alopecia", "activity": "burnt_out"},
        {"diagnosis": "alopecia_areata", "salt": 12.0, "episode_weeks": 8.0},
        {"diagnosis": "alopecia_areata", "salt": 100.0, "comorbid": ["androgenetic_alopecia"]},
    ]  # fmt: skip
    return [Patient(**({"age": 62.0, "id": i} | own)) for i, own in enumerate(given)]


def run(drawn: bool, *options: Regimen, **parameters: float) -> list:
    """Everybody under all options; people with patches apart, as they need many places."""
    patchy = [w for w in people() if "alopecia_areata" in w.diagnoses]
    others = [w for w in people() if "alopecia_areata" not in w.diagnoses]
    assert {d for w in patchy + others for d in w.diagnoses} == set(SIMULATED)
    p = draw_parameters(3) if drawn else {}
    return [
        simulate(who, options, weeks=12, visits_weeks=[6, 12], follicles=n, batches=1,
                 positions=4, people="drawn" if drawn else "typical", parameters=p | parameters)
        for who, n in ((others, 100), (patchy, 200))
    ]  # fmt: skip


@pytest.fixture(scope="module")
def lived():
    return run(False, *ACTIVE, **STRONG) + run(True, *ACTIVE, **STRONG)


def without(found, name):
    """Where the hair that an endpoint is a mean or a ratio of is missing."""
    hair = {n: found.true[f"{n}_hair_density"] for n in ("total", "nonvellus", "anagen")}
    of = {"hair_diameter": hair["total"], "anagen_fraction": hair["total"],
          "hair_growth_rate": hair["anagen"],
          "terminal_vellus_ratio": hair["total"] - hair["nonvellus"]}  # fmt: skip
    return of[name] == 0 if name in of else np.zeros(hair["total"].shape, dtype=bool)


def test_every_endpoint_is_a_number(lived):
    for found in lived:
        for values in (found.true, found.read):
            for name, x in values.items():
                assert (x[np.isfinite(x)] >= LEAST.get(name, 0)).all(), name
                assert (np.isfinite(x) | without(found, name)).all(), name
        if "salt" in found.true:
            assert (found.true["salt"] <= 100).all()


def test_follicles_are_conserved_and_those_lost_stay_lost(lived):
    for found in lived:
        (counts,) = found.counts
        phases = ("anagen", "catagen", "telogen", "kenogen", "lost")
        total = sum(counts.daily(name).astype(int) for name in phases)
        assert (total == counts.follicles).all()
        assert (np.diff(counts.daily("lost"), axis=-1) >= 0).all()


def test_everybody_is_the_same_today_under_all_options(lived):
    for found in lived:
        for values in (found.true, found.read):
            for name, x in values.items():
                if name not in AHEAD:
                    np.testing.assert_array_equal(x[:, :, 0], x[:, :1, 0].repeat(x.shape[1], 1))
        (counts,) = found.counts
        today = counts.counts[..., 0]
        np.testing.assert_array_equal(today, today[:, :1].repeat(today.shape[1], axis=1))


def test_a_tablet_without_a_drug_is_no_treatment(lived):
    for found in lived:
        for x in found.true.values():
            np.testing.assert_array_equal(x[:, 0], x[:, 1])


def test_every_therapy_does_something_to_somebody(lived):
    """So that what is equal below is not so for want of any effect."""
    moved = np.zeros(len(ACTIVE), dtype=bool)
    for found in lived:
        growing = found.true["anagen_hair_density"][:, :, -1]
        moved |= (growing != growing[:, :1]).any(axis=0)
    still = {r.name for r, so in zip(ACTIVE, moved.tolist(), strict=True) if not so}
    pricked = {r.name for r in ACTIVE if r.needled or any(c.points_per_cm2 for c in r.courses)}
    nothing = {r.name for r in ACTIVE if not r.active} - pricked
    assert nothing <= still <= nothing | INTACT


def test_a_therapy_that_does_nothing_is_its_sham_to_the_bit():
    for found in run(False, *ACTIVE, *SHAMS, **NULL):
        n = len(ACTIVE)
        for name, x in found.true.items():
            np.testing.assert_array_equal(x[:, :n], x[:, n:], err_msg=name)
        (counts,) = found.counts
        np.testing.assert_array_equal(counts.counts[:, :n], counts.counts[:, n:])
        np.testing.assert_array_equal(counts.sums[:, :n], counts.sums[:, n:])
