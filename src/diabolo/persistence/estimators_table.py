"""The closed table of estimators that a model file may hold: nothing is imported by a name from a file."""

from __future__ import annotations

from typing import Any

from diabolo.estimators.autoencoder import Autoencoder

__all__ = ["ESTIMATORS"]

ESTIMATORS: dict[str, Any] = {"Autoencoder": Autoencoder}
