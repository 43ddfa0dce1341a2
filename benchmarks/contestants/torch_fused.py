"""PyTorch, eagerly, with Adam's single kernel in place of its loop over the parameters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.contestants import Fitted, torch_
from benchmarks.task import Task
from benchmarks.weights import Layer

PACKAGES = torch_.PACKAGES
NOTE = "Adam(fused=True)"


def fit(task: Task, X: np.ndarray, layers: Sequence[Layer], seed: int) -> Fitted:
    """Train as torch_ does, with the other Adam."""
    return torch_.fit(task, X, layers, seed, fused=True)
