"""People for a trial: plausible ones, weighted until they meet its published baseline table."""

from anagen.population.made import Population, make_population
from anagen.population.matching import select
from anagen.population.plausible import plausible
from anagen.population.request import Request, read_request

__all__ = ["Population", "Request", "make_population", "plausible", "read_request", "select"]
