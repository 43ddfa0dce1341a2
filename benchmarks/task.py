"""The training task that every contestant is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Task:
    """A dense autoencoder and how to train it; the loss is the mean squared error, the optimiser Adam."""

    layer_sizes: tuple[int, ...]
    """Widths from input to output, for example (64, 32, 2, 32, 64)."""
    hidden_activation: str
    """Of every layer but the last: "relu" or "sigmoid"."""
    output_activation: str
    batch_size: int
    epochs: int
    learning_rate: float = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    @property
    def encoder_sizes(self) -> tuple[int, ...]:
        """The hidden widths before the code."""
        return self.layer_sizes[1 : len(self.layer_sizes) // 2]

    @property
    def code_size(self) -> int:
        """The width of the waist."""
        return self.layer_sizes[len(self.layer_sizes) // 2]

    def activations(self) -> tuple[str, ...]:
        """One activation for each layer with weights."""
        return (self.hidden_activation,) * (len(self.layer_sizes) - 2) + (self.output_activation,)

    def for_epochs(self, epochs: int) -> Task:
        """Return the same task, stopped earlier or later."""
        return replace(self, epochs=epochs)

    def to_json(self) -> dict[str, Any]:
        """Plain values, for a worker and for the results file."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Task:
        """Build the task back from :meth:`to_json`."""
        return cls(**{**values, "layer_sizes": tuple(values["layer_sizes"])})
