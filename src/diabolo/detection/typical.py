"""The typical size of a quantity among known rows: the unit that the sizes of others are given in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["typical_size"]


def typical_size(values: Float[np.ndarray, " rows"]) -> float:
    """Return the median; the mean where most values are 0, and 1 where all are.

    Parameters
    ----------
    values : array of shape (rows,)
        None below 0; at least one.

    Returns
    -------
    float
        Above 0.

    Examples
    --------
    >>> import numpy as np
    >>> [typical_size(np.array(values)) for values in ([1.0, 2.0, 90.0], [0.0, 0.0, 3.0], [0.0, 0.0])]
    [2.0, 1.0, 1.0]
    """
    median, mean = float(np.median(values)), float(np.mean(values))
    if median > 1e-9 * mean:
        return median
    return mean if mean > 0 else 1.0
