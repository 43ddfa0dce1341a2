"""The closed table of estimators that a model file may hold: nothing is imported by a name from a file."""

from __future__ import annotations

from typing import Any

from diabolo.estimators.autoencoder import Autoencoder
from diabolo.estimators.convolutional import ConvolutionalAutoencoder
from diabolo.estimators.denoising import DenoisingAutoencoder
from diabolo.estimators.sparse import SparseAutoencoder
from diabolo.estimators.variational import VariationalAutoencoder

__all__ = ["ESTIMATORS"]

ESTIMATORS: dict[str, Any] = {
    "Autoencoder": Autoencoder,
    "ConvolutionalAutoencoder": ConvolutionalAutoencoder,
    "DenoisingAutoencoder": DenoisingAutoencoder,
    "SparseAutoencoder": SparseAutoencoder,
    "VariationalAutoencoder": VariationalAutoencoder,
}
