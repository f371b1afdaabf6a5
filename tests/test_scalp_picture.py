"""Scalp pictures: to scale, countable, the same for all options, and complete."""

import re
import struct
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from anagen.errors import InputError
from anagen.evidence.studies import load_studies
from anagen.parameters import parameter
from anagen.report.wording import forbidden_phrases
from anagen.scalp_picture import (
    Hairs,
    Panel,
    follicular_units,
    gallery,
    gallery_svg,
    layout,
    png,
    scalp_svg,
)

F, SIDE = 223, 10.0
SVG = "{http://www.w3.org/2000/svg}"


def lattice(k: int, side: float = SIDE, seed: int = 1) -> np.ndarray:
    """One jittered position in each cell, in any order."""
    luck = np.random.default_rng(seed)
    cell = np.stack(np.meshgrid(np.arange(k), np.arange(k)), -1).reshape(-1, 2)
    return luck.permutation((cell + luck.random(cell.shape)) * side / k)


def hairs(seed: int = 0, visible: int = 160, follicles: int = F) -> Hairs:
    luck = np.random.default_rng(seed)
    seen = np.zeros(follicles, dtype=bool)
    seen[luck.permutation(follicles)[:visible]] = True
    phase = np.where(seen, luck.choice([0, 1, 2], follicles, p=[0.8, 0.05, 0.15]),
                     luck.choice([0, 3, 4], follicles))  # fmt: skip
    return Hairs(
        visible=seen,
        growing=seen & (phase == 0),
        calibre=np.where(seen, luck.uniform(8, 110, follicles), 0),
        length=np.where(seen, luck.exponential(3, follicles), 0),
        phase=phase,
    )


XY = layout(lattice(8), F, SIDE, seed=4)


def drawing(svg: str) -> tuple[ET.Element, np.ndarray, np.ndarray, np.ndarray]:
    """The tree, and the hairs in it: root, tip minus root (both (n, 2)) and width."""
    tree = ET.fromstring(svg)
    paths = tree.findall(f".//{SVG}g[@class='hairs']/{SVG}path")
    numbers = np.array([[float(x) for x in re.findall(r"-?[\d.]+", p.get("d"))] for p in paths])
    numbers = numbers.reshape(-1, 6)
    return tree, numbers[:, :2], numbers[:, 4:], np.array([float(p.get("stroke-width"))
                                                           for p in paths])  # fmt: skip


def picture(given: Hairs, **options) -> str:
    return scalp_svg(given, XY, SIDE, **{"option": "sham", "week": 24, **options})


# Layout


def test_the_layout_is_named_by_its_seed():
    positions = lattice(8)
    assert np.array_equal(layout(positions, F, seed=7), layout(positions, F, seed=7))
    assert not np.array_equal(layout(positions, F, seed=7), layout(positions, F, seed=8))


@pytest.mark.parametrize(("k", "follicles", "side"), [(8, 223, 10), (4, 1200, 10), (16, 223, 10),
                                                      (1, 9, 2), (3, 5, 5)])  # fmt: skip
def test_every_follicle_lies_in_the_cell_of_its_position(k, follicles, side):
    positions = lattice(k, side)
    xy = layout(positions, follicles, side, seed=2)
    assert ((xy > 0) & (xy < side)).all()
    at = positions[np.arange(follicles) % len(positions)]
    assert np.array_equal(np.floor(xy * k / side), np.floor(at * k / side))


@pytest.mark.parametrize(("k", "follicles"), [(8, 223), (8, 700), (4, 1200)])
def test_units_do_not_overlap(k, follicles):
    positions = lattice(k)
    for seed in range(10):
        unit = follicular_units(follicles, len(positions), seed=seed)
        xy = layout(positions, follicles, seed=seed)
        size = np.bincount(unit)
        centre = np.stack([np.bincount(unit, x) for x in xy.T], axis=1) / size[:, None]
        radius = np.zeros(len(size))
        np.maximum.at(radius, unit, np.linalg.norm(xy - centre[unit], axis=1))
        gap = np.linalg.norm(centre[:, None] - centre, axis=2)
        np.fill_diagonal(gap, np.inf)
        assert (gap > radius[:, None] + radius).all()
        assert (size >= 1).all()
        assert (size <= 4).all()


def test_units_hold_as_many_follicles_as_the_table_says():
    """200 seeds; the expected number of units is exactly follicles / mean."""
    mean = parameter("hairs_per_follicular_unit").value
    units = np.array([follicular_units(F, 64, seed=s).max() + 1 for s in range(200)])
    error = units.std(ddof=1) / np.sqrt(len(units))
    assert abs(units.mean() - F / mean) < 4 * error


def test_unit_sizes_are_near_those_counted_in_han_chinese():
    """20 draws of 2,000 follicles at one place, where no cell cuts a unit short."""
    study = next(s for s in load_studies() if s.id == "GuoND")
    printed = np.array([r.mean for r in study.results][:4])
    mean = parameter("hairs_per_follicular_unit_han").value
    sizes = np.concatenate([np.bincount(follicular_units(2000, 1, seed=s, hairs_per_unit=mean))
                            for s in range(20)])  # fmt: skip
    found = 100 * np.bincount(sizes, minlength=5)[1:] / len(sizes)
    assert found == pytest.approx(printed, abs=10)
    assert sizes.mean() == pytest.approx(mean, rel=0.01)


@pytest.mark.parametrize(
    ("positions", "options", "field"),
    [
        (lattice(8)[:63], {}, "positions"),
        (np.full((4, 2), 1.0), {}, "positions"),
        (lattice(8) + 5, {}, "positions"),
        (lattice(8), {"hairs_per_unit": 5.0}, "hairs_per_unit"),
        (lattice(8), {"side": 0.0}, "side"),
        (lattice(8), {"seed": -1}, "seed"),
    ],
)
def test_a_layout_that_cannot_be_is_refused(positions, options, field):
    with pytest.raises(InputError) as refused:
        layout(positions, F, **options)
    assert refused.value.field == field


# One picture


@pytest.mark.parametrize("visible", [0, 1, 150, 180, F])
def test_the_reader_can_count_the_hairs(visible):
    given = hairs(3, visible)
    tree, roots, _, _ = drawing(picture(given))
    assert len(roots) == visible
    text = " ".join(tree.itertext())
    assert f"week 24: {visible} visible hairs" in text
    assert f"{visible} visible hairs, {given.growing.sum()} of them growing" in text
    assert ((roots >= 0) & (roots <= SIDE)).all()


def test_openings_without_a_hair_are_dots_and_destroyed_follicles_are_nothing():
    given = hairs(5)
    dots = drawing(picture(given))[0].findall(f".//{SVG}circle")
    at = np.array([[float(d.get("cx")), float(d.get("cy"))] for d in dots])
    empty = ~given.visible & (given.phase != 4)
    assert 0 < empty.sum() < (~given.visible).sum()
    assert at == pytest.approx(XY[empty], abs=6e-4)


def test_width_and_length_are_to_scale():
    given = hairs(6)
    _, roots, along, width = drawing(picture(given, trimmed=1.5))
    assert width == pytest.approx(given.calibre[given.visible] / 1000, abs=6e-5)
    assert roots == pytest.approx(XY[given.visible], abs=6e-4)
    cut = np.maximum(np.minimum(given.length, 1.5), given.calibre / 1000)[given.visible]
    assert np.linalg.norm(along, axis=1) == pytest.approx(cut, abs=2e-3)
    assert (cut < 1.5).any()  # a short hair stays short


@pytest.mark.parametrize("side", [2.0, 5.0, 10.0])
def test_the_scale_bar_is_one_millimetre_of_the_drawing(side):
    """Bar and hairs share one coordinate system, in mm, and the picture is as wide as said."""
    svg = scalp_svg(hairs(7), XY * side / SIDE, side, option="sham", week=0)
    tree = ET.fromstring(svg)
    skin = tree.find(f"{SVG}svg")
    assert len(skin.findall(f".//{SVG}g[@class='hairs']/{SVG}path")) == 160
    bar = skin.find(f"{SVG}path[@class='scale']").get("d")
    assert float(bar.split("h")[1]) == 1
    assert [float(x) for x in skin.get("viewBox").split()] == [-1, -1, side + 2, side + 2]
    assert skin.get("width") == skin.get("height")
    assert not any("transform" in part.attrib for part in tree.iter())
    assert "1 mm" in [part.text for part in tree.findall(f"{SVG}text")]


def test_a_picture_says_what_it_is_and_names_are_escaped():
    tree = drawing(picture(hairs(), option="PRP & <saline>", caption="Median of 200."))[0]
    seen = " ".join(part.text for part in tree.iter(f"{SVG}text"))
    for word in ("simulated", "PRP & <saline>", "week 24", "160 visible hairs", "Median of 200."):
        assert word in seen
    assert "simulated" in tree.find(f"{SVG}title").text
    assert "160 visible hairs" in tree.find(f"{SVG}desc").text
    assert min(float(part.get("font-size")) for part in tree.iter(f"{SVG}text")) >= 12
    assert tree.get("width") == "360"


def test_the_fullest_picture_stays_small():
    assert len(picture(hairs(8, F), caption="x" * 200).encode()) < 40_000


def test_follicles_keep_place_and_direction_between_visits_and_options():
    a, b = hairs(9, 150), hairs(10, 190)
    found = []
    for given, words in ((a, {"option": "sham", "week": 0}), (b, {"option": "drug", "week": 52})):
        _, roots, along, _ = drawing(picture(given, trimmed=0.2, **words))
        place = np.full((F, 3), np.nan)
        place[given.visible] = np.column_stack([roots, np.arctan2(along[:, 1], along[:, 0])])
        found.append(place)
    both = a.visible & b.visible & (a.length > 0.1) & (b.length > 0.1)
    assert both.sum() > 50
    assert found[0][both] == pytest.approx(found[1][both], abs=0.02)  # three decimals of 0.1 mm


def test_the_ink_grows_as_the_hair_does():
    """From 150 to 180 equal hairs the drawn area grows by a fifth: not hidden, not swollen."""
    ink = []
    for visible in (150, 180):
        given = hairs(11, visible)
        given = replace(given, calibre=np.full(F, 60.0), length=np.full(F, 50.0))
        _, _, along, width = drawing(picture(given))
        ink.append(np.sum(np.linalg.norm(along, axis=1) * width))
    assert ink[1] / ink[0] == pytest.approx(180 / 150, rel=1e-3)


def test_the_picture_of_a_picture_is_a_png_of_its_size():
    svg = picture(hairs())
    data = png(svg, 2.0)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (720, 2 * int(ET.fromstring(svg).get("height")))


@pytest.mark.parametrize(
    "wrong",
    [
        {"phase": np.full(F, 3)},
        {"calibre": np.zeros(F)},
        {"length": np.full(F, np.nan)},
        {"growing": np.zeros(5, dtype=bool)},
    ],
)
def test_hair_that_cannot_be_is_refused(wrong):
    with pytest.raises(InputError):
        replace(hairs(), **wrong)


@pytest.mark.parametrize(("xy", "options"), [(XY[:5], {}), (XY + 10, {}), (XY, {"trimmed": 0.0})])
def test_a_picture_that_cannot_be_is_refused(xy, options):
    with pytest.raises(InputError):
        scalp_svg(hairs(), xy, SIDE, option="sham", week=0, **options)


# Galleries


ROWS = ("5th percentile of 200 courses", "median course", "95th percentile of 200 courses")
OPTIONS = ("sham", "exosomes & needling")
WEEKS = (0.0, 24.0, 52.0)
PANELS = [
    Panel(row=r, option=o, week=w, hairs=hairs(i, 140 + 10 * j + 5 * k))
    for i, r in enumerate(ROWS)
    for j, o in enumerate(OPTIONS)
    for k, w in enumerate(WEEKS)
]


def test_a_gallery_holds_every_option_at_every_visit():
    svg = gallery_svg(PANELS, XY, title="A man of 40", caption="Vertex.")
    tree = ET.fromstring(svg)
    inner = [g.find(f"{SVG}svg") for g in tree.findall(f"{SVG}g")]
    assert [g.get("aria-label") for g in inner] == [
        f"{o}, week {w:g}, simulated: {140 + 10 * j + 5 * k} visible hairs"
        for _ in ROWS
        for k, w in enumerate(WEEKS)
        for j, o in enumerate(OPTIONS)
    ]
    shown = [part.text for part in tree.findall(f"{SVG}text")]
    assert set(ROWS) <= set(shown)
    places = [g.get("transform") for g in tree.findall(f"{SVG}g")]
    assert len(set(places)) == len(places)


class Page(HTMLParser):
    """Counts the tags of a page part and keeps its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.depth: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag != "input":
            self.depth.append(tag)

    def handle_endtag(self, tag):
        assert self.depth.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def test_the_slider_needs_nothing_else_and_moves_all_options_of_a_row():
    text = gallery(PANELS, XY, title="A man of 40", caption="Vertex & crown.")
    page = Page(text)
    assert page.depth == []
    assert len(page.all("input")) == len(page.all("select")) == len(ROWS)
    assert all(a["type"] == "range" and a["aria-label"] for a in page.all("input"))
    drawn = [a for a in page.all("svg") if "aria-label" in a]
    assert len(drawn) == len(PANELS)
    assert all("simulated" in a["aria-label"] for a in drawn)
    assert len([a for a in page.all("div") if a.get("class") == "before"]) == 6
    assert set(re.findall(r"https?://[^\"]*", text)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\bid=|@import|src=", text)  # two galleries can share a page
    assert forbidden_phrases(re.sub(r"<[^>]*>", " ", text)) == []


@pytest.mark.parametrize(
    "panels",
    [
        [],
        PANELS[:-1],
        [*PANELS, PANELS[0]],
        [p for p in PANELS if p.option == "sham"],
        [p for p in PANELS if p.week == 0],
        [p for p in PANELS if p.week > 0],
    ],
)
def test_no_option_is_shown_without_its_comparator_or_at_chosen_visits(panels):
    with pytest.raises(InputError):
        gallery(panels, XY, title="t", caption="c")
