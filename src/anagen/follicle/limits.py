"""What may be given: finite numbers and whole numbers within a range, in arrays of one shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anagen.errors import InputError, brief

Floats = NDArray[np.float64]
Shape = tuple[int | str, ...]


def numbers(name: str, given: object, low: float, high: float, shape: Shape | None = ()) -> Floats:
    """``given`` as finite numbers from ``low`` to ``high``; a field called ``name``.

    ``shape``: its axes, a word for one of any length; () is a single number and None any shape.
    Raises InputError for anything else, and for no number at all.
    """
    try:
        array = np.asarray(given)
    except ValueError:  # rows of unequal length
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        problem = f"must be numbers from {low:.10g} to {high:.10g} (given: {brief(repr(given))})"
        raise InputError(problem, field=name)
    if shape is not None and not (
        len(shape) == array.ndim
        and all(isinstance(a, str) or a == b for a, b in zip(shape, array.shape, strict=True))
    ):
        axes = ", ".join(map(str, shape)) + "," * (len(shape) == 1)
        wanted = f"have shape ({axes})" if shape else "be a single number"
        raise InputError(f"must {wanted} (given: shape {array.shape})", field=name)
    if array.size == 0:
        raise InputError("empty; give at least one number", field=name)
    array = array.astype(float, copy=False)
    wrong = ~((array >= low) & (array <= high))  # so that NaN is wrong
    if wrong.any():
        problem = f"must lie between {low:.10g} and {high:.10g}"
        raise InputError(f"{problem} (given: {array[wrong].flat[0]:.10g})", field=name)
    return array


def whole(
    name: str, given: object, low: int, high: int, shape: Shape | None = ()
) -> NDArray[np.int64]:
    """The same of whole numbers."""
    array = numbers(name, given, low, high, shape)
    broken = array != np.rint(array)
    if broken.any():
        problem = f"must be whole, from {low} to {high} (given: {array[broken].flat[0]:.10g})"
        raise InputError(problem, field=name)
    return array.astype(np.int64)
