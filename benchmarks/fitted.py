"""What a contestant hands back after training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Fitted:
    """A trained network, and how long its epochs took."""

    reconstruct: Callable[[np.ndarray], np.ndarray]
    epoch_seconds: Sequence[float] | None = None
    """Seconds of each epoch where the library tells; the first may hold the compilation."""
