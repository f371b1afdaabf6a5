"""Numbing before a session: recorded, without an effect on hair."""

NOTE = (
    "Numbing is recorded only: no study was found that says whether it changes what a session does "
    "to hair."
)
"""What a report says where a session was numbed."""
