import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from diabolo.core.losses import LOSSES
from diabolo.core.objectives import Objective, reconstruct

WEIGHTS = np.array([0.5, 0.0, 0.3, 0.2])
DELTA = 0.2


def on_paper(loss, logits, rows, weights):
    """Weighted sum over rows of the mean over features, and the same of the absolute error; float64."""
    prediction = scipy.special.expit(logits)
    size = np.abs(prediction - rows)
    cells = {
        "squared_error": size**2,
        "absolute_error": size,
        "huber": np.where(size <= DELTA, size**2 / 2, DELTA * (size - DELTA / 2)),
        "binary_cross_entropy": -rows * scipy.special.log_expit(logits)
        - (1 - rows) * scipy.special.log_expit(-logits),
    }[loss]
    return weights @ cells.mean(axis=1), weights @ size.mean(axis=1)


@pytest.fixture
def rows(rng):
    return rng.random((4, 5))


@pytest.mark.parametrize("loss", LOSSES)
def test_terms_equal_the_formula_in_float64(loss, make_network, numpy_logits, rows):
    network = make_network()
    _, logits = numpy_logits(jax.tree.leaves(network), rows, tied=False)
    got = Objective(loss, "sigmoid", DELTA).batch_terms(
        network, jnp.asarray(rows, jnp.float32), jnp.asarray(WEIGHTS, jnp.float32)
    )
    np.testing.assert_allclose(got, on_paper(loss, logits, rows, WEIGHTS), rtol=1e-5)


@pytest.mark.parametrize("tied", [False, True], ids=["free", "tied"])
@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_equals_float64_central_differences(loss, tied, make_network, numpy_logits, rows):
    network = make_network(tied=tied, dtype=np.float64)
    leaves, structure = jax.tree.flatten(network)
    objective = Objective(loss, "sigmoid", DELTA)
    with jax.enable_x64(True):
        gradient = jax.jit(
            jax.grad(
                lambda arrays: objective.batch_terms(
                    jax.tree.unflatten(structure, arrays), jnp.asarray(rows), jnp.asarray(WEIGHTS)
                )[0]
            )
        )(leaves)
        gradient = [np.asarray(part) for part in gradient]

    def measured(position, cell, step):
        moved = [leaf.copy() for leaf in leaves]
        moved[position][cell] += step
        _, logits = numpy_logits(moved, rows, tied=tied)
        return on_paper(loss, logits, rows, WEIGHTS)[0]

    step = 1e-6
    for position, leaf in enumerate(leaves):
        expected = np.array(
            [
                (measured(position, cell, step) - measured(position, cell, -step)) / (2 * step)
                for cell in np.ndindex(leaf.shape)
            ]
        ).reshape(leaf.shape)
        assert np.abs(expected).max() > 1e-5
        np.testing.assert_allclose(gradient[position], expected, rtol=1e-5, atol=1e-8)


def test_rows_of_weight_zero_do_not_count(make_network, rows):
    network, weights = make_network(), jnp.asarray(WEIGHTS, jnp.float32)
    objective = Objective("squared_error", "sigmoid")
    other = rows.copy()
    other[1] = 0.123
    assert WEIGHTS[1] == 0
    terms = [
        objective.batch_terms(network, jnp.asarray(table, jnp.float32), weights) for table in (rows, other)
    ]
    assert [float(term) for term in terms[0]] == [float(term) for term in terms[1]]


def test_absolute_error_is_only_watched(make_network, rows):
    gradient = jax.jit(
        jax.grad(
            lambda network: Objective("squared_error", "sigmoid").batch_terms(
                network, jnp.asarray(rows, jnp.float32), jnp.ones(4)
            )[1]
        )
    )(make_network())
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(gradient))


def test_objectives_of_the_same_words_are_one_key():
    first, same = Objective("huber", "linear", 0.5), Objective("huber", "linear", 0.5)
    assert first == same
    assert hash(first) == hash(same)
    assert len({first, same, Objective("huber", "linear", 0.6), Objective("huber", "tanh", 0.5)}) == 3


def test_reconstruct_activates_the_decoded_code(make_network, numpy_logits, rows):
    network = make_network()
    _, logits = numpy_logits(jax.tree.leaves(network), rows, tied=False)
    got = reconstruct(network, jnp.asarray(rows, jnp.float32), "sigmoid")
    np.testing.assert_allclose(got, scipy.special.expit(logits), rtol=1e-5)
