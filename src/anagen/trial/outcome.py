"""What is kept of a replicate: named arrays, laid out as one row of numbers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anagen.patient import SCALES
from anagen.population.request import COLUMNS, Request
from anagen.trial.data import Floats
from anagen.trial.design import Design
from anagen.trial.protocol import Subgroup
from anagen.vocabulary import words

OF_ARM = ("n", "baseline_mean", "value_mean", "change_mean", "change_sd")
OF_TEST = ("estimate", "se", "df", "low", "high", "p")
OF_RESPONDERS = ("difference", "low", "high", "p")
OF_FLOW = ("randomised", "stopped", "rescued", "left", "analysed")
OTHERS = ("global_assessment_rank_p", "time_to_measurable_rank_p")
OF_ROBUST = ("jump_to_reference", "p", "tipping_shift")
OF_LOOK = ("z", "rejects", "futile")
SIZES = (0.2, 0.35, 0.5, 0.7, 1.0)
"""Shares of every arm with which a smaller trial is made of the same people."""
METHODS = {
    "parallel": ("mmrm", "ancova", "t_test"),
    "split_scalp": ("paired_t_test", "paired_ancova"),
    "crossover": ("crossover",),
}


@dataclass(frozen=True)
class Outcome:
    """The layout of a row: which numbers of a replicate lie where.

    ``arms`` (arms, endpoints, visits, `OF_ARM`); ``contrasts`` (pairs, endpoints, visits after the
    first, `OF_TEST`); ``methods`` (methods, pairs, `OF_TEST`) at the primary visit; ``adjusted``
    (primary pairs,) p after multiplicity; ``responders`` (responders, arms, 2): their number and
    the people; ``responding`` (responders, pairs, `OF_RESPONDERS`); ``subgroups`` (primary pairs,
    groups, 2): estimate and its standard error; ``interaction`` (primary pairs, subgroups) p;
    ``sizes`` (`SIZES`, primary pairs): z of the first people of each arm, above 0 in favour of the
    arm; ``reached`` (1,): whether the published baseline table was met;
    ``robust`` (primary pairs, `OF_ROBUST`) to worse courses of those who left; ``others`` (pairs,
    `OTHERS`) p; ``looks`` (looks, `OF_LOOK`), ``stop`` (2,): look and people
    recruited; ``stopped`` (primary pairs, `OF_TEST`): the tests at that look;
    ``flow`` (arms, `OF_FLOW`); ``full`` (pairs,): difference of mean changes had nobody
    left; ``structure`` (1,): place of the covariance used, -1 for none, nan where none was asked
    for; ``correlation`` (1,) of the two sides of a head.
    """

    design: Design

    @cached_property
    def endpoints(self) -> tuple[str, ...]:
        """Endpoints read, in the order of their list."""
        return endpoints_of(self.design)

    @cached_property
    def groups(self) -> tuple[tuple[int, str], ...]:
        """Every group of every subgroup: the place of its split, its name."""
        return tuple((i, level) for i, split in enumerate(splits_of(self.design))
                     for level in levels_of(self.design.population, split))  # fmt: skip

    @property
    def methods(self) -> tuple[str, ...]:
        """Analyses of the primary endpoint that belong to the layout."""
        return METHODS[self.design.trial.layout]

    @property
    def method(self) -> int:
        """Place of the analysis that the design asks for."""
        asked, layout = self.design.trial.analysis, self.design.trial.layout
        if layout == "split_scalp":
            return 0 if asked == "t_test" else 1
        return 0 if layout == "crossover" else self.methods.index(asked)

    @property
    def primary(self) -> int:
        """Place of the primary visit among those after the baseline."""
        trial = self.design.trial
        return trial.visits_weeks.index(trial.primary) - 1

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every array."""
        d = self.design
        arms, visits, e = len(d.arms), len(d.trial.visits_weeks), len(self.endpoints)
        pairs, own, r = len(d.pairs), len(d.primary), len(d.responders)
        return {
            "arms": (arms, e, visits, len(OF_ARM)),
            "contrasts": (pairs, e, visits - 1, len(OF_TEST)),
            "methods": (len(self.methods), pairs, len(OF_TEST)),
            "adjusted": (own,), "responders": (r, arms, 2),
            "responding": (r, pairs, len(OF_RESPONDERS)),
            "subgroups": (own, len(self.groups), 2), "interaction": (own, len(splits_of(d))),
            "others": (pairs, len(OTHERS)), "looks": (len(d.trial.interim_weeks) + 1, len(OF_LOOK)),
            "stop": (2,), "stopped": (own, len(OF_TEST)), "flow": (arms, len(OF_FLOW)),
            "full": (pairs,), "structure": (1,),
            "correlation": (1,), "sizes": (len(SIZES), own), "reached": (1,),
            "robust": (own, len(OF_ROBUST)),
        }  # fmt: skip

    @cached_property
    def places(self) -> dict[str, slice]:
        """Where in a row every array lies."""
        found, at = {}, 0
        for name, shape in self.shapes.items():
            found[name] = slice(at, at + math.prod(shape))
            at += math.prod(shape)
        return found

    @property
    def width(self) -> int:
        """Numbers of a row."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    def row(self, arrays: Mapping[str, Floats]) -> Floats:
        """The arrays of one replicate as a row."""
        for name, shape in self.shapes.items():
            assert arrays[name].shape == shape, (name, arrays[name].shape, shape)
        return np.concatenate([np.ravel(arrays[name]) for name in self.shapes])

    def array(self, name: str, rows: Floats) -> Floats:
        """The array ``name`` of rows that hold nothing else, (replicates, ...)."""
        return rows.reshape(len(rows), *self.shapes[name])


def endpoints_of(design: Design) -> tuple[str, ...]:
    """Every endpoint that a trial's readings hold."""
    return design.endpoints


def splits_of(design: Design) -> tuple[Subgroup, ...]:
    """The subgroups of a design, or age, years since onset and baseline, cut at their medians."""
    if design.subgroups:
        return design.subgroups
    usual = ("age", "years_since_onset", design.trial.endpoint)
    return tuple(Subgroup(of=name) for name in usual if name in COLUMNS)


def levels_of(request: Request, split: Subgroup) -> tuple[str, ...]:
    """Names of the groups of a ``split``, in order."""
    if split.of == "sex":
        return ("male", "female") if request.sex == "any" else (request.sex,)
    if split.of == "ethnicity":
        return tuple(str(group) for group in request.shares if group is not None) or ("unknown",)
    if split.of in SCALES:
        return grades_of(split.of)
    if not split.cuts:
        return ("up to the median", "above the median")
    edges = [f"{cut:g}" for cut in split.cuts]
    between = [f"above {a} to {b}" for a, b in itertools.pairwise(edges)]
    return (f"up to {edges[0]}", *between, f"above {edges[-1]}")


def grades_of(scale: str) -> tuple[str, ...]:
    """Grades of a ``scale`` of pattern loss, the mildest first."""
    return tuple(str(grade) for grade in words(scale)) if scale != "sinclair" else tuple("12345")


def places_of(levels: Sequence[str], values: Sequence[object]) -> Floats:
    """Which level each value is, (people,); nan where none."""
    order = {name: float(i) for i, name in enumerate(levels)}
    return np.array([order.get(str(v), math.nan) for v in values])
