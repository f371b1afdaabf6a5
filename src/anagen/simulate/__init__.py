"""The hub: people and regimens in, what a trial would report out.

condition -> scalps, therapy -> course, follicle engine -> counts, measurement -> endpoints. Only
this package knows them all; each of them takes and returns numbers and arrays.
"""

from anagen.simulate.model import follicle_law
from anagen.simulate.result import Result
from anagen.simulate.run import simulate

__all__ = ["Result", "follicle_law", "simulate"]
