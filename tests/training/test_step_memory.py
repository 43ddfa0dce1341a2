"""What a step takes of memory, asked of the compiler."""

import jax
import numpy as np
import pytest

from diabolo.core.networks import dense_network
from diabolo.core.objectives import Objective
from diabolo.training.step_memory import step_bytes


def network_of(width):
    return dense_network(
        (200, width, 2),
        activation="tanh",
        code_activation="linear",
        tied_weights=False,
        initializer="glorot_uniform",
        random=np.random.default_rng(0),
    )


def test_at_least_the_hidden_units_of_a_batch_and_the_gradient():
    """Units of both hidden layers wait for the way back, each a number in 4 bytes a row."""
    found = step_bytes(network_of(1000), Objective("squared_error", "linear"), 200, 1024, 2)
    gradient = 4 * sum(np.size(leaf) for leaf in jax.tree.leaves(network_of(1000)))
    assert 2 * 4 * 1024 * 1000 + gradient <= found <= 10 * (2 * 4 * 1024 * 1000 + gradient)


def test_it_grows_with_rows_and_with_the_network():
    objective = Objective("squared_error", "linear")
    few, many, wide = (
        step_bytes(network_of(width), objective, 200, n_rows, 2)
        for width, n_rows in ((100, 512), (100, 4096), (800, 512))
    )
    assert many == pytest.approx(8 * few, rel=0.5)
    assert 2 * few < wide <= 8 * few  # what is of the rows' width does not grow with it


def test_small_batches_are_counted_as_those_in_which_rows_are_measured():
    objective = Objective("squared_error", "linear")
    small, usual = (step_bytes(network_of(100), objective, 200, n_rows, 2) for n_rows in (8, 256))
    assert usual / 2 < small


def test_shapes_serve_in_the_place_of_arrays():
    network, objective = network_of(50), Objective("squared_error", "linear")
    shapes = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), network)
    assert step_bytes(shapes, objective, 200, 64, 2) == step_bytes(network, objective, 200, 64, 2)
