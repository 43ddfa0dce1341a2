"""Who takes part: one file each, imported only in the environment that holds its library.

Each file imports its library when it is itself imported, so that a run is timed without the import, and
offers ``PACKAGES`` (whose versions to record), ``NOTE`` (in what its work differs, or an empty string)
and ``fit(task, X, layers, seed)``, which builds, compiles and trains the network.
"""

from __future__ import annotations

from dataclasses import dataclass


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
