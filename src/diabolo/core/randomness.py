"""Randomness: one seed, split by purpose and by epoch; no global generator is read or moved."""

from __future__ import annotations

import numpy as np

__all__ = ["PURPOSES", "random_for"]

PURPOSES = ("weights", "order", "split", "noise", "held out", "members", "calibration")


def random_for(seed: int, purpose: str, epoch: int = 0) -> np.random.Generator:
    """Make the generator for one purpose and one epoch.

    Parameters
    ----------
    seed : int, at least 0
        The fit's only seed.
    purpose : str
        One of :data:`PURPOSES`; they do not share numbers.
    epoch : int, default 0
        Epochs do not share numbers either, so an epoch's order needs none of the epochs before it.

    Returns
    -------
    numpy.random.Generator

    Examples
    --------
    >>> int(random_for(0, "order", 3).integers(100)) == int(random_for(0, "order", 3).integers(100))
    True
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(PURPOSES.index(purpose), epoch))
    return np.random.Generator(np.random.SFC64(sequence))
