from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest
import scipy.special

from diabolo.core.networks import DenseNetwork, dense_network

# The definitions on paper, in numpy and scipy, at the precision of what they are given.
NUMPY_ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "gelu": lambda x: x * 0.5 * (1 + scipy.special.erf(x / np.sqrt(2))),
    "tanh": np.tanh,
    "sigmoid": scipy.special.expit,
    "softplus": lambda x: np.logaddexp(x, 0),
}


@pytest.fixture
def numpy_activations() -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    return NUMPY_ACTIVATIONS


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def make_network() -> Callable[..., DenseNetwork]:
    def make(sizes: tuple[int, ...] = (5, 4, 2), *, tied: bool = False, dtype: Any = np.float32) -> Any:
        rng = np.random.default_rng(3)
        network = dense_network(
            sizes,
            activation="tanh",
            code_activation="softplus",
            tied_weights=tied,
            initializer="glorot_uniform",
            random=rng,
        )
        # Biases that are not zero, or a forgotten one would not be seen.
        return jax.tree.map(
            lambda leaf: (leaf + 0.1 * rng.standard_normal(leaf.shape)).astype(dtype), network
        )

    return make


@pytest.fixture
def numpy_logits() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """Code and output before its activation, from the arrays alone, in float64."""

    def logits(leaves: list[np.ndarray], rows: np.ndarray, *, tied: bool) -> tuple[np.ndarray, np.ndarray]:
        leaves = [np.asarray(leaf, np.float64) for leaf in leaves]
        if tied:
            w1, b1, w2, b2, d2, d1 = leaves
            v2, v1 = w2.T, w1.T
        else:
            w1, b1, w2, b2, v2, d2, v1, d1 = leaves
        code = np.logaddexp(np.tanh(rows @ w1 + b1) @ w2 + b2, 0)
        return code, np.tanh(code @ v2 + d2) @ v1 + d1

    return logits
