"""What a simulation gives back: endpoints as arrays over patients, options and visits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anagen.conditions.healthy import Floats, Scalp
from anagen.errors import InputError, unknown_word
from anagen.follicle.counts import Counts
from anagen.measurement import endpoints
from anagen.simulate.exposure import Exposure


@dataclass(frozen=True, kw_only=True)
class Result:
    """What was simulated; P patients, O options, V visits (the first on day 0).

    ``true`` and ``read`` hold every endpoint by its word, shape (P, O, V): of the follicles, and
    as the instrument reads them (empty without one). ``histogram`` (P, O, V, bins) holds
    hairs/cm2 by calibre in steps of ``bin_width`` [um]. ``exposures``: of every option, for each
    kind of skin among the patients.
    """

    patients: tuple[int | str, ...]
    options: tuple[str, ...]
    weeks: tuple[float, ...]
    true: dict[str, Floats]
    read: dict[str, Floats]
    histogram: Floats
    bin_width: float
    scalp: Scalp
    counts: tuple[Counts, ...]
    exposures: tuple[tuple[Exposure, ...], ...]

    def unit(self, endpoint: str) -> str:
        """Unit of ``endpoint``. Raises InputError for an unknown word."""
        self._known(endpoint, self.true | self.read)
        return endpoints.UNITS[endpoint]

    def change(self, endpoint: str, *, read: bool = False) -> Floats:
        """Change from day 0, (P, O, V); ``read``: of the readings, which share their baseline."""
        values = self._known(endpoint, self.read if read else self.true)
        return np.asarray(values - values[..., :1])

    def gain(self, endpoint: str, option: str, versus: str, *, read: bool = False) -> Floats:
        """``option`` minus ``versus`` in the same people with the same luck, (P, V).

        Total and anagen density are endpoints of their own and are not to be mixed. Raises
        InputError for an unknown word.
        """
        values = self._known(endpoint, self.read if read else self.true)
        this, other = (self._option(name) for name in (option, versus))
        return np.asarray(values[:, this] - values[:, other])

    def _known(self, endpoint: str, values: dict[str, Floats]) -> Floats:
        if endpoint not in values:
            raise InputError(unknown_word("endpoint", endpoint, values), field="endpoint")
        return values[endpoint]

    def _option(self, name: str) -> int:
        if name not in self.options:
            raise InputError(unknown_word("option", name, self.options), field="option")
        return self.options.index(name)
