"""The training task that every contestant is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from benchmarks.network import Network, network_from_json


@dataclass(frozen=True)
class Task:
    """An autoencoder and how to train it; the optimizer is Adam."""

    network: Network
    hidden_activation: str
    """Of every layer but the last: "relu" or "sigmoid"."""
    output_activation: str
    batch_size: int
    epochs: int
    loss: str = "squared_error"
    """Or "binary_cross_entropy"; either is a mean over the cells of a batch."""
    learning_rate: float = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def activations(self) -> tuple[str, ...]:
        """One activation for each layer with weights."""
        hidden = len(self.network.kernel_shapes()) - 1
        return (self.hidden_activation,) * hidden + (self.output_activation,)

    def for_epochs(self, epochs: int) -> Task:
        """Return the same task, stopped earlier or later."""
        return replace(self, epochs=epochs)

    def to_json(self) -> dict[str, Any]:
        """Plain values, for a worker and for the results file."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Task:
        """Build the task back from :meth:`to_json`."""
        return cls(**{**values, "network": network_from_json(values["network"])})
