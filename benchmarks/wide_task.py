"""The autoencoder of half a million features: its rows, its sizes, and what a step of it must cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_FACTORS = 8
_STRIP = 2**15


@dataclass(frozen=True)
class WideTask:
    """A table in memory, features-width-width-width and back, trained by Adam on the squared error."""

    features: int
    rows: int
    epochs: int
    width: int = 128
    batch_size: int = 64
    learning_rate: float = 1e-3

    @property
    def steps_per_epoch(self) -> int:
        """Batches, the last of which may be short."""
        return -(-self.rows // self.batch_size)

    @property
    def matrix_cells(self) -> int:
        """Of the first matrix, and of the last."""
        return self.features * self.width

    def made_rows(self) -> np.ndarray:
        """Draw rows between 0 and 1: levels of their own for the features, eight common factors, noise."""
        random = np.random.default_rng(0)
        factors = random.standard_normal((self.rows, _FACTORS), np.float32)
        X = np.empty((self.rows, self.features), np.float32)
        for start in range(0, self.features, _STRIP):
            strip = X[:, start : start + _STRIP]
            level = random.uniform(0.1, 0.9, strip.shape[1]).astype(np.float32)
            noise = random.standard_normal(strip.shape, np.float32)
            loadings = random.standard_normal((_FACTORS, strip.shape[1]), np.float32)
            strip[:] = np.clip(level + 0.04 * (factors @ loadings) + 0.05 * noise, 0, 1)
        return X

    def operations(self) -> float:
        """Count a step's multiplications and additions: five products, of the wide matrices with a batch.

        Two of the first layer (output and gradient), three of the last (also the slope toward the code). The
        inner layers' are left out: they are less than a thousandth.
        """
        return 5 * 2.0 * self.batch_size * self.matrix_cells

    def moved_bytes(self, tied: bool) -> float:
        """Count the bytes that a step must move where no wide array fits a cache.

        Of every weight, itself and two moments are read and written once. The first matrix is read once more,
        since no slope is known before all of it has been multiplied; a tied one twice more, since the last
        layer must be through before it may change. The batch is read for the code, for the loss and for the
        first layer's gradient; with tied weights the slopes of the output are written and read.
        """
        batch = 4.0 * self.batch_size * self.features
        if tied:
            return (24 + 8) * self.matrix_cells + (3 + 2) * batch
        return (2 * 24 + 4) * self.matrix_cells + 3 * batch
