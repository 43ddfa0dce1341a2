import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np
import pytest

from diabolo.core.networks import DenseNetwork, dense_network
from diabolo.core.objectives import Objective
from diabolo.parameters.named_settings import OPTIMIZERS, SCHEDULES, defaults_of
from diabolo.training.engine import Engine
from diabolo.training.fitting import fit as train
from diabolo.training.placement import Placement, choose_placement
from diabolo.training.progress import make_progress
from diabolo.training.rows import Chunk, RowsOnDevice
from diabolo.training.settings import TrainingSettings

FEATURES = 6
BATCH = 8
N_ROWS = 23  # three batches of 8, the last one short of a row


@pytest.fixture(autouse=True, scope="session")
def no_cache_on_disk() -> Iterator[None]:
    """Compile afresh, and leave the user's cache alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "DIABOLO_CACHE_DIR", "off")
        yield


@pytest.fixture(scope="session")
def placement() -> Placement:
    return choose_placement("cpu")


@pytest.fixture
def table() -> np.ndarray:
    return np.random.default_rng(11).random((N_ROWS, FEATURES), dtype=np.float32)


@pytest.fixture
def in_memory(placement) -> Callable[..., RowsOnDevice]:
    def make(table, chosen=None, sample_weight=None):
        chosen = np.arange(len(table)) if chosen is None else np.asarray(chosen)
        return RowsOnDevice(placement.put_rows(table), chosen, sample_weight)

    return make


@dataclass
class Chunked:
    """A source of several chunks, as a file gives them: each padded to one shape with rows not a number."""

    placement: Placement
    tables: list[np.ndarray]
    capacity: int
    orders_seen: list[list[np.ndarray]] = field(default_factory=list)

    mean_weight = 1.0

    @property
    def n_rows(self) -> int:
        return sum(map(len, self.tables))

    def chunks(self, random, skipped=0):
        self.orders_seen.append([])
        for rows in self.tables:
            padded = np.full((self.capacity, rows.shape[1]), np.nan, np.float32)
            padded[: len(rows)] = rows
            order = np.arange(len(rows)) if random is None else random.permutation(len(rows))
            self.orders_seen[-1].append(order)
            if len(self.orders_seen[-1]) > skipped:
                yield Chunk(self.placement.put_rows(padded), order, len(padded))


@pytest.fixture
def chunked(placement) -> Callable[..., Chunked]:
    def make(table, lengths, capacity):
        return Chunked(placement, np.split(table, np.cumsum(lengths)[:-1]), capacity)

    return make


@pytest.fixture(scope="session")
def make_network() -> Callable[..., DenseNetwork]:
    def make(
        sizes: tuple[int, ...] = (FEATURES, 5, 2), *, tied: bool = False, activation="tanh", seed=0
    ) -> DenseNetwork:
        rng = np.random.default_rng(seed)
        network = dense_network(
            sizes,
            activation=activation,
            code_activation="linear",
            tied_weights=tied,
            initializer="glorot_uniform",
            random=rng,
        )
        # Biases that are not zero, so that decay and the mask show on them.
        return jax.tree.map(
            lambda leaf: leaf + 0.2 * rng.standard_normal(leaf.shape, np.float32) * (leaf.ndim == 1), network
        )

    return make


@pytest.fixture
def make_engine(make_network, placement) -> Callable[..., Engine]:
    def make(
        network=None,
        *,
        loss="squared_error",
        output_activation="sigmoid",
        optimizer="adam",
        optimizer_settings=None,
        schedule="constant",
        schedule_settings=None,
        batch_size=BATCH,
        objective=None,
        n_components=0,
        **settings: Any,
    ) -> Engine:
        chosen = TrainingSettings(
            optimizer=optimizer,
            optimizer_settings={**defaults_of(OPTIMIZERS, optimizer), **(optimizer_settings or {})},
            learning_rate_schedule=schedule,
            schedule_settings={**defaults_of(SCHEDULES, schedule), **(schedule_settings or {})},
            batch_size=batch_size,
            **settings,
        )
        network = make_network() if network is None else network
        objective = Objective(loss, output_activation, **(objective or {}))
        return Engine(network, objective, chosen, placement, n_components)

    return make


@pytest.fixture
def fit() -> Callable[..., Any]:
    """Fit in silence."""

    def run(engine, training, validation=None):
        return train(engine, training, validation, make_progress(0, engine.settings.max_epochs))

    return run


@pytest.fixture(scope="session")
def bits() -> Callable[[Any], list[bytes]]:
    """The bytes of every array in a tree, for equality to the bit."""
    return lambda tree: [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(tree)]


class Reference:
    """A tanh network with linear code and sigmoid output, its loss and gradient, in numpy float64.

    Backpropagation is written out by hand; ``leaves`` lie in the order of the network's pytree.
    """

    def __init__(self, network: DenseNetwork, loss: str = "squared_error", tied: bool = False) -> None:
        self.leaves = [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves(network)]
        self.loss, self.tied, self.depth = loss, tied, len(network.encoder)

    def layers(self) -> list[tuple[np.ndarray, np.ndarray]]:
        encoder = list(
            zip(self.leaves[: 2 * self.depth : 2], self.leaves[1 : 2 * self.depth : 2], strict=True)
        )
        rest = self.leaves[2 * self.depth :]
        if self.tied:
            return encoder + [(encoder[-1 - i][0].T, bias) for i, bias in enumerate(rest)]
        return encoder + list(zip(rest[::2], rest[1::2], strict=True))

    def forward(self, rows: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        values = [rows]
        for position, (weight, bias) in enumerate(self.layers()):
            z = values[-1] @ weight + bias
            plain = position in (self.depth - 1, 2 * self.depth - 1)
            values.append(z if plain else np.tanh(z))
        return values, 1 / (1 + np.exp(-values[-1]))

    def row_losses(self, rows: np.ndarray) -> np.ndarray:
        _, p = self.forward(rows)
        if self.loss == "squared_error":
            return ((p - rows) ** 2).mean(axis=1)
        return -(rows * np.log(p) + (1 - rows) * np.log(1 - p)).mean(axis=1)

    def row_absolute_errors(self, rows: np.ndarray) -> np.ndarray:
        return np.abs(self.forward(rows)[1] - rows).mean(axis=1)

    def gradient(self, rows: np.ndarray, weights: np.ndarray) -> list[np.ndarray]:
        values, p = self.forward(rows)
        delta = (p - rows) * weights[:, None] / rows.shape[1]
        if self.loss == "squared_error":
            delta = 2 * delta * p * (1 - p)
        layers, found = self.layers(), []
        for position in reversed(range(len(layers))):
            if position not in (self.depth - 1, 2 * self.depth - 1):
                delta = delta * (1 - values[position + 1] ** 2)
            found.append((values[position].T @ delta, delta.sum(axis=0)))
            delta = delta @ layers[position][0].T
        found.reverse()
        if not self.tied:
            return [part for pair in found for part in pair]
        encoder, decoder = found[: self.depth], found[self.depth :]
        shared = [(weight + decoder[-1 - i][0].T, bias) for i, (weight, bias) in enumerate(encoder)]
        return [part for pair in shared for part in pair] + [bias for _, bias in decoder]

    def train(
        self,
        optimizer: Any,
        table: np.ndarray,
        orders: list[np.ndarray],
        sample_weight: np.ndarray | None = None,
    ) -> list[float]:
        """Run optax in float64 over the orders, an epoch each; return each epoch's mean loss."""
        table = table.astype(np.float64)
        weight = np.ones(len(table)) if sample_weight is None else np.asarray(sample_weight, np.float64)
        history = []
        with jax.enable_x64(True):
            state = optimizer.init(self.leaves)
            update = jax.jit(optimizer.update)
            for order in orders:
                total, mean_weight = 0.0, weight[order].mean()
                for start in range(0, len(order), BATCH):
                    batch = order[start : start + BATCH]
                    share = weight[batch] / (len(batch) * mean_weight)
                    total += weight[batch] @ self.row_losses(table[batch])
                    changes, state = update(self.gradient(table[batch], share), state, self.leaves)
                    self.leaves = [
                        leaf + np.asarray(change) for leaf, change in zip(self.leaves, changes, strict=True)
                    ]
                history.append(total / weight[order].sum())
        return history


@pytest.fixture(scope="session")
def reference() -> type[Reference]:
    return Reference
