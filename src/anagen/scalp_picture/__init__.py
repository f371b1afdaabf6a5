"""Scalp pictures: simulated follicles of a target area, drawn to scale, option beside option.

What is drawn is what a camera sees of a clipped target area under a contact glass: hair stubs from
their openings, and openings without a hair. The reader can count the hairs.
"""

from anagen.scalp_picture.gallery import Panel, gallery, gallery_svg
from anagen.scalp_picture.layout import follicular_units, layout
from anagen.scalp_picture.picture import Hairs, png, scalp_svg

__all__ = [
    "Hairs",
    "Panel",
    "follicular_units",
    "gallery",
    "gallery_svg",
    "layout",
    "png",
    "scalp_svg",
]
