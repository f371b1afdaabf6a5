"""Vehicle: no active input; how it is given decides which control response goes with it."""

from __future__ import annotations

from anagen.errors import InputError, unknown_word

CONTROLS = {
    "topical": "topical_vehicle",
    "injection": "saline_injection",
    "device": "microneedling",
    "oral": "oral_placebo",
    "none": "none",
}
"""Route of a regimen, and the kind of control whose response it carries."""


def control_kind(route: str) -> str:
    """Kind of control that anything given by ``route`` carries. Raises InputError."""
    if route not in CONTROLS:
        raise InputError(unknown_word("route", route, CONTROLS), field="route")
    return CONTROLS[route]
