"""Who takes part: one file each, imported only in the environment that holds its library.

Each file imports its library when it is itself imported, so that a run is timed without the import, and
offers ``PACKAGES`` (whose versions to record), ``NOTE`` (in what its work differs, or an empty string)
and ``fit(task, X, layers, seed)``, which builds, compiles and trains the network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Contestant:
    """How the driver knows a contestant."""

    title: str
    module: str
    is_peer: bool = True
    by_default: bool = True
    """False: runs only when named after --only."""


CONTESTANTS = {
    "diabolo": Contestant("Diabolo", "diabolo_", is_peer=False),
    "keras": Contestant("Keras on TensorFlow", "keras_"),
    "torch": Contestant("PyTorch eager", "torch_"),
    "torch-fused": Contestant("PyTorch eager, fused Adam", "torch_fused", by_default=False),
    "sklearn": Contestant("scikit-learn MLPRegressor", "sklearn_"),
}


@dataclass(frozen=True)
class Fitted:
    """A trained network, and how long its epochs took."""

    reconstruct: Callable[[np.ndarray], np.ndarray]
    epoch_seconds: Sequence[float] | None = None
    """Seconds of each epoch where the library tells; the first may hold the compilation."""
