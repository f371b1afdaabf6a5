"""Write a forecast to a folder: summary, report, figures, record of the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from anagen.evidence.study import Study
from anagen.files import write_whole
from anagen.forecast.command import Made
from anagen.forecast.exposure import BULB, REST, Patch
from anagen.forecast.options import Options
from anagen.forecast.spread import Band
from anagen.forecast.summary import Simulated
from anagen.report import scalps
from anagen.report import simulate_gains as gains
from anagen.report import simulate_numbers as numbers
from anagen.report import simulate_patient as patient
from anagen.report import simulate_words as words
from anagen.report.answer import environment, run_record, write_figures
from anagen.report.figures import Figure
from anagen.report.references import references
from anagen.simulate.forecast import Forecast

NUMBERS = (
    "at",
    "amount",
    "amounts",
    "of_draws",
    "percent",
    "range90",
    "readable",
    "say_unit",
    "signed",
    "week",
)
SAID = ("say_growth_factors", "say_microrna", "say_signal", "say_tried")


def write_simulated(made: Made, studies: Sequence[Study], out: Path, run: dict[str, Any]) -> Path:
    """Write everything that a run leaves in ``out``; returns the report's path.

    Raises OutputError when the folder cannot be written; each file is whole or absent.
    """
    summary, forecast, options = made.summary, made.forecast, made.options
    figures = charts(summary, options, made.patches)
    rows = pictures(summary, forecast, options)
    page = render_simulated(summary, studies, figures, rows)
    write_whole(out / "summary.json", words.to_json(summary))
    write_figures(figures, out)
    for name, svg in scalps.files(rows, summary.pictures).items():
        write_whole(out / "figures" / name, svg)
    write_whole(out / "run.json", run_record(run, summary.citations))
    return write_whole(out / "report.html", page)


def pictures(summary: Simulated, forecast: Forecast, options: Options) -> scalps.Rows:
    """Scalp pictures; none where there is nothing to set beside the option."""
    alone = len(scalps.shown(options)) < 2
    return [] if alone else scalps.panels(forecast, options, summary.pictures)


def charts(
    summary: Simulated, options: Options, patches: Mapping[int, Sequence[Patch]]
) -> dict[str, Figure]:
    """Every figure by its name."""
    return {name: made for name, made in _charts(summary, options, patches) if made is not None}


def _charts(
    summary: Simulated, options: Options, patches: Mapping[int, Sequence[Patch]]
) -> Iterator[tuple[str, Figure | None]]:
    from anagen.report import simulate_figures as draw

    for o in options.asked:
        name = options.regimens[o].name
        of_own = draw.salt_figure if gains.of_salt(summary) else draw.density_figure
        yield f"density_{o + 1}", of_own(summary, name)
        yield f"timeline_{o + 1}", draw.timeline_figure(summary, name)
        for patch in (each for each in patches[o] if not each.even):
            yield f"map_{o + 1}_{patch.course + 1}", draw.map_figure(patch, name)
        yield f"signals_{o + 1}", draw.signal_figure(summary, name)
        yield f"courses_{o + 1}", draw.course_figure(summary, name)
    yield "ranking", draw.ranking_figure(summary)
    yield "vary", draw.vary_figure(summary)


def beside_untreated(summary: Simulated) -> dict[tuple[str, str], Band]:
    """Differences to no treatment, by option and endpoint."""
    return {(c.option, c.endpoint): c.gain for c in summary.contrasts if c.kind == "untreated"}


def render_simulated(
    summary: Simulated, studies: Sequence[Study], figures: dict[str, Figure], rows: scalps.Rows
) -> str:
    """The report as one HTML page that needs nothing else."""
    made = environment()
    made.filters["say_source"] = words.say_source
    template = made.get_template("simulate.html.j2")
    asked = [o.option for o in summary.options if o.role == "regimen"]
    weeks = [w for w in (0.0, 12.0, 24.0, summary.weeks[-1]) if w in summary.weeks]
    slider = scalps.slider(rows) if rows else "<p>None: there is no comparator.</p>"
    told = {name: getattr(numbers, name) for name in NUMBERS}
    told |= {name: getattr(words, name) for name in SAID}
    return str(template.render(
        s=summary, asked=asked, figures=figures, slider=slider, rest=REST, bulb=BULB,
        weeks=list(dict.fromkeys(weeks)), before=patient.before_all(summary),
        who=patient.say_who(summary), first=patient.first_words(summary),
        verdicts=gains.verdicts(summary), gains=gains.gain_tables(summary),
        of_salt=gains.of_salt(summary), gain_unit=gains.gain_unit(summary),
        prior_only=words.PRIOR_ONLY, few=words.say_few(summary), same=gains.SAME,
        by_regimen=words.by_regimen(summary), of_all=words.of_all(summary),
        zero=any(numbers.is_zero(g.over_sham) for g in summary.gains if g.option != g.sham),
        beyond_chance=words.beyond_chance(summary), beside=beside_untreated(summary),
        chance=words.say_chance(summary), error=words.say_error(summary),
        limits=words.what_it_is_not(summary),
        references=references(summary.citations, studies, pooled=False), **told,
    ))  # fmt: skip
