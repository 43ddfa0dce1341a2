"""What is customary of a quantity among known rows: the unit in which others are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["customary"]


def customary(values: Float[np.ndarray, " rows"]) -> float:
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
    >>> customary(np.array([1.0, 2.0, 90.0])), customary(np.array([0.0, 0.0, 3.0])), customary(np.zeros(3))
    (2.0, 1.0, 1.0)
    """
    median, mean = float(np.median(values)), float(np.mean(values))
    if median > 1e-9 * mean:
        return median
    return mean if mean > 0 else 1.0
